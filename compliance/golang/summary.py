"""What the go.mod of a module in the graph says, with replaces and excludes applied.

Reading never stops at the first module that is missing: each failure is kept, so that a run can
name all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from compliance.errors import ComplianceError, ModuleUnavailableError
from compliance.golang import semver
from compliance.golang.buildlist import GoModReader
from compliance.golang.files import UnreadableFileError
from compliance.golang.modfile import ModFile
from compliance.golang.modparse import parse_mod_file
from compliance.golang.module import ModuleVersion, module_path_problem
from compliance.golang.place import World, join
from compliance.golang.replacement import MainModule, Replacements, Target

FIRST_PRUNED_GO = "1.17"
"""From this go line on, a go.mod lists all that its packages need (graph pruning)."""

STRICT_GO = "1.21"
"""From this go line on, a go line is a requirement on Go itself."""

Prefetch = Callable[[Sequence[ModuleVersion]], None]
"""Told which go.mod files are about to be read, so that they can be fetched together."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The part of a go.mod that version selection needs."""

    requires: tuple[ModuleVersion, ...]
    pruned: bool
    go_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A go.mod that could not be read: `module` is as required, `actual` what replaced it."""

    module: ModuleVersion
    actual: ModuleVersion
    reason: str
    tried: tuple[str, ...] = ()


class Summaries:
    """Reads go.mod files of the module graph, each one once."""

    def __init__(
        self,
        world: World,
        mains: Sequence[MainModule],
        replacements: Replacements,
        read_gomod: GoModReader,
        prefetch: Prefetch | None = None,
    ) -> None:
        self.failures: dict[ModuleVersion, Failure] = {}
        self._world = world
        self._replacements = replacements
        self._read_gomod = read_gomod
        self._prefetch = prefetch
        self._mains: Mapping[str, MainModule] = {m.path: m for m in mains}
        self._excluded = frozenset(x.id for m in mains for x in m.gomod.excludes)
        self._files: dict[ModuleVersion, ModFile | Failure] = {}

    def prefetch(self, modules: Iterable[ModuleVersion]) -> None:
        """Announce modules of which `of` will be asked next."""
        if self._prefetch is None:
            return
        wanted: dict[ModuleVersion, None] = {}
        for module in modules:
            if not module.version or module.path in ("go", "toolchain"):
                continue
            target = self._replacements.find(module)
            actual = target.id if target else module
            if actual not in self._files and (target is None or target.folder is None):
                wanted[actual] = None
        if wanted:
            self._prefetch(tuple(wanted))

    def of(self, module: ModuleVersion) -> Summary | None:
        """Summary of one node of the graph; None when it failed, which `failures` then holds."""
        if module.path in ("go", "toolchain"):
            return _toolchain_summary(module)
        if not module.version and module.path in self._mains:
            return self._summary(self._mains[module.path].gomod)
        gomod = self._gomod(module)
        if isinstance(gomod, Failure):
            self.failures.setdefault(gomod.actual, gomod)
            return None
        return self._summary(gomod)

    def go_version(self, module: ModuleVersion) -> str | None:
        """Go line of a module; None when it has none or its go.mod cannot be had.

        The failure does not count: the go command does not need this file either.
        """
        gomod = self._gomod(module)
        return None if isinstance(gomod, Failure) else gomod.go

    def _summary(self, gomod: ModFile) -> Summary:
        requires = [r.id for r in gomod.requires]
        if self._excluded:
            requires = [r for r in requires if r not in self._excluded]
        go = gomod.go
        if go and semver.compare_go(go, STRICT_GO) >= 0:
            requires.append(ModuleVersion("go", go))
        pruned = bool(go) and semver.compare_go(go or "", FIRST_PRUNED_GO) >= 0
        return Summary(tuple(requires), pruned, go)

    def _gomod(self, module: ModuleVersion) -> ModFile | Failure:
        target = self._replacements.find(module)
        actual = target.id if target else module
        known = self._files.get(actual)
        if known is None:
            known = self._read(module, actual, target)
            self._files[actual] = known
        if isinstance(known, Failure) or not actual.version:
            return known
        return _check_path(known, module, actual) or known

    def _read(
        self, module: ModuleVersion, actual: ModuleVersion, target: Target | None
    ) -> ModFile | Failure:
        try:
            if target is not None and target.folder is not None:
                data = self._world.read(target.folder, "go.mod")
                file = join(target.folder, "go.mod")
            else:
                problem = module_path_problem(actual.path)
                if problem:
                    reason = f"malformed module path: {problem}"
                    return Failure(module=module, actual=actual, reason=reason)
                data = self._read_gomod(actual)
                file = f"{actual}/go.mod"
            return parse_mod_file(data, file=file, strict=False)
        except ModuleUnavailableError as error:
            return Failure(module=module, actual=actual, reason=error.message, tried=error.tried)
        except (ComplianceError, UnreadableFileError) as error:
            return Failure(module=module, actual=actual, reason=str(error))


def _check_path(gomod: ModFile, module: ModuleVersion, actual: ModuleVersion) -> Failure | None:
    """A fetched go.mod must declare the path that it was asked for, or that replaces it."""
    if gomod.module in (module.path, actual.path) and gomod.module:
        return None
    reason = "go.mod has no module line"
    if gomod.module:
        reason = f"go.mod declares its path as {gomod.module}, but {module.path} was required"
    return Failure(module=module, actual=actual, reason=reason)


def _toolchain_summary(module: ModuleVersion) -> Summary:
    if module.path == "go" and semver.compare_go(module.version, STRICT_GO) >= 0:
        return Summary((ModuleVersion("toolchain", f"go{module.version}"),), pruned=True)
    return Summary((), pruned=True)
