"""What is selected: the types that version selection answers with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from compliance.findings import Finding, Location
from compliance.golang.module import ModuleVersion
from compliance.value import dataclass

Mode = Literal["mod", "vendor", "workspace"]

GoModReader = Callable[[ModuleVersion], bytes]
"""go.mod of a module version that is not replaced by a folder; raises ModuleUnavailableError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Right side of a replace: another module version, or a folder (version None).

    `path` is as `go list -m` prints it: as written in the file, but in a workspace a relative
    folder of a go.mod is relative to go.work. `location` is the line of the replace directive.
    """

    path: str
    version: str | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module of the build list.

    `folder` is the directory of a main module or of a module replaced by a folder: relative to
    the repository root with slashes ("." for the root), absolute when it lies outside; None for
    modules that come from elsewhere. `location` is the require line that names it, if any.
    `retracted` holds the rationales (an empty rationale is "retracted by module author").
    """

    id: ModuleVersion
    main: bool = False
    indirect: bool = False
    go_version: str | None = None
    replace: Replacement | None = None
    retracted: tuple[str, ...] = ()
    deprecated: str | None = None
    folder: str | None = None
    location: Location | None = None

    @property
    def source(self) -> ModuleVersion | None:
        """The module version whose zip holds the code; None when a folder does."""
        if self.folder is not None:
            return None
        if self.replace is not None and self.replace.version is not None:
            return ModuleVersion(self.replace.path, self.replace.version)
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildList:
    """Selected versions (main modules first, then by path) and the requirements among them.

    Each edge goes from a module's node name to a selected one (`path` or `path@version`).
    """

    mode: Mode
    modules: tuple[Module, ...]
    edges: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...] = ()

    def by_path(self) -> Mapping[str, Module]:
        """Modules keyed by module path."""
        return {m.id.path: m for m in self.modules}
