"""vendor/modules.txt (https://go.dev/ref/mod#vendoring).

The file has no written grammar; it is read as the go command reads it, which skips what it does
not know.
"""

from __future__ import annotations

from collections.abc import Mapping

from compliance.golang import modsyntax, semver
from compliance.golang.module import ModuleVersion, import_path_problem
from compliance.value import dataclass

_MARK_WINDOW = 512  # the go command looks for the workspace mark in so many bytes
_MODULE_FIELDS = 3  # "#", path, version or =>
_FOLDER_FIELDS = 2  # "=>", folder
_VERSION_FIELDS = 3  # "=>", path, version


@dataclass(frozen=True, slots=True, kw_only=True)
class VendoredModule:
    """A `# PATH VERSION [=> REPLACEMENT]` line with its packages and annotations.

    `replace` holds the right side as written (version "" for a folder). `id.version` is "" where
    the line names none. Repeated lines of one id are one module, at the first line.
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

    def by_id(self) -> Mapping[ModuleVersion, VendoredModule]:
        """Every entry, replaces without packages included, by path and version."""
        return {m.id: m for m in (*self.unused_replaces, *self.modules)}

    def contributors(self) -> tuple[VendoredModule, ...]:
        """Modules with packages, each at least as high as those of its path before it."""
        highest: dict[str, str] = {}
        found: list[VendoredModule] = []
        for module in self.modules:
            path, version = module.id.path, module.id.version
            known = highest.get(path)
            if module.packages and (known is None or semver.compare(known, version) < 0):
                highest[path] = version
                found.append(module)
        return tuple(found)

    def providers(self) -> tuple[VendoredModule, ...]:
        """Modules that provide packages; a path at two versions counts with the higher one."""
        last = {m.id.path: m for m in self.contributors() if m.id.version}
        return tuple(m for m in self.modules if last.get(m.id.path) is m)

    def owners(self) -> Mapping[str, ModuleVersion]:
        """Module of each vendored package by import path; the last line that names it wins."""
        return {package: m.id for m in self.modules for package in m.packages}


class _Entry:
    """A module while its lines are read."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.explicit = False
        self.go_version: str | None = None
        self.replace: ModuleVersion | None = None
        self.packages: dict[str, None] = {}


def parse_vendor_list(data: bytes, *, file: str) -> VendorList:
    """Read modules.txt.

    Raises:
        LimitExceededError: The file is larger than any modules.txt may be.
    """
    entries: dict[ModuleVersion, _Entry] = {}
    current: _Entry | None = None
    for number, line in enumerate(modsyntax.decode(data, file).split("\n"), 1):
        if line.startswith("# "):
            current = _module_line(line, number, entries, current)
        elif current is None:
            continue
        elif line.startswith("## "):
            _annotate(current, line[3:])
        else:
            words = modsyntax.fields(line)
            if len(words) == 1 and not import_path_problem(words[0]):
                current.packages[words[0]] = None
    modules: list[VendoredModule] = []
    unused: list[VendoredModule] = []
    for id_, entry in entries.items():
        module = VendoredModule(
            id=id_, explicit=entry.explicit, go_version=entry.go_version, replace=entry.replace,
            packages=tuple(entry.packages), line=entry.line,
        )  # fmt: skip
        trailing = entry.replace is not None and not entry.packages and not entry.explicit
        (unused if trailing else modules).append(module)
    return VendorList(
        file=file, workspace=is_workspace_list(data), modules=tuple(modules),
        unused_replaces=tuple(unused),
    )  # fmt: skip


def is_workspace_list(data: bytes) -> bool:
    """Whether the first line of modules.txt carries the mark `## workspace`."""
    first = data[:_MARK_WINDOW].partition(b"\n")[0].decode("utf-8", "replace")
    if not first.startswith("## "):
        return False
    return any(entry.strip() == "workspace" for entry in first[3:].split(";"))


def _module_line(
    line: str, number: int, entries: dict[ModuleVersion, _Entry], current: _Entry | None
) -> _Entry | None:
    words = modsyntax.fields(line)
    if len(words) < _MODULE_FIELDS:
        return current
    if semver.is_valid(words[2]):
        id_, rest = ModuleVersion(words[1], words[2]), words[3:]
    elif words[2] == "=>":
        id_, rest = ModuleVersion(words[1]), words[2:]
    else:
        return None
    entry = entries.setdefault(id_, _Entry(number))
    if len(rest) >= _FOLDER_FIELDS and rest[0] == "=>":
        if len(rest) == _FOLDER_FIELDS:
            entry.replace = ModuleVersion(rest[1])
        elif len(rest) == _VERSION_FIELDS and semver.is_valid(rest[2]):
            entry.replace = ModuleVersion(rest[1], rest[2])
    return entry


def _annotate(entry: _Entry, text: str) -> None:
    for part in text.split(";"):
        word = part.strip()
        if word == "explicit":
            entry.explicit = True
        elif word.startswith("go "):
            entry.go_version = word[3:]
