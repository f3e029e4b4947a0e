"""vendor/modules.txt (https://go.dev/ref/mod#vendoring)."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.golang.module import ModuleVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class VendoredModule:
    """A `# PATH VERSION [=> REPLACEMENT]` line with its packages and annotations.

    `replace` holds the right side as written (version "" for a folder). `id.version` is "" where
    the line names none.
    """

    id: ModuleVersion
    explicit: bool = False
    go_version: str | None = None
    replace: ModuleVersion | None = None
    packages: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorList:
    """vendor/modules.txt. `file` is its path, `workspace` whether it is marked `## workspace`.

    `unused_replaces` are the trailing `# PATH [VERSION] => REPLACEMENT` lines without packages.
    """

    file: str
    workspace: bool = False
    modules: tuple[VendoredModule, ...] = ()
    unused_replaces: tuple[VendoredModule, ...] = ()
