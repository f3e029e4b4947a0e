"""What go.mod and go.work files hold (https://go.dev/ref/mod#go-mod-file)."""

from __future__ import annotations

from compliance.golang.module import ModuleVersion
from compliance.value import dataclass


@dataclass(frozen=True, slots=True)
class Require:
    """`require PATH VERSION`, with the line (from 1) and whether `// indirect` stands there."""

    id: ModuleVersion
    indirect: bool
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    """`exclude PATH VERSION`."""

    id: ModuleVersion
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """`replace OLD [VERSION] => NEW [VERSION]`.

    `old.version` is "" where every version is replaced; `new.version` is "" where `new.path` is a
    folder, as written (`./x`, `../x`, `/x`).
    """

    old: ModuleVersion
    new: ModuleVersion
    line: int

    @property
    def is_folder(self) -> bool:
        """Whether the right side is a folder."""
        return not self.new.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Retract:
    """`retract [LOW, HIGH]`; both ends are the same for a single version."""

    low: str
    high: str
    rationale: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """`tool PACKAGE`."""

    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """`ignore FOLDER`: patterns skip it; `./x` is anchored at the module root."""

    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoDebug:
    """`godebug KEY=VALUE`."""

    key: str
    value: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """`use FOLDER` of go.work, as written."""

    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModFile:
    """A go.mod file. `file` is its name for messages; lines count from 1, 0 means absent.

    `go` is the version of the go line without prefix (`1.21.0`) or None; `toolchain` is the name
    of the toolchain line (`go1.22.1`, `default`) or None.
    """

    file: str
    module: str = ""
    module_line: int = 0
    deprecated: str | None = None
    go: str | None = None
    go_line: int = 0
    toolchain: str | None = None
    toolchain_line: int = 0
    requires: tuple[Require, ...] = ()
    excludes: tuple[Exclude, ...] = ()
    replaces: tuple[Replace, ...] = ()
    retracts: tuple[Retract, ...] = ()
    tools: tuple[Tool, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    godebugs: tuple[GoDebug, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFile:
    """A go.work file; fields as in `ModFile`."""

    file: str
    go: str | None = None
    go_line: int = 0
    toolchain: str | None = None
    toolchain_line: int = 0
    uses: tuple[Use, ...] = ()
    replaces: tuple[Replace, ...] = ()
    godebugs: tuple[GoDebug, ...] = ()
