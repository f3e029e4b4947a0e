"""Cases of package loading: a description, what is expected, and the files of a repository.

A case is one text file (tests/data/golang/packages). After the description stand lines of

    main PATTERN                         packages to start from, default "."
    files PLATFORM PATH: NAMES           Go, cgo, other and embedded files of a package
    imports PLATFORM PATH: PATHS         what its files import
    implicit PLATFORM PATH: PATHS        what the toolchain adds
    deps PLATFORM MAIN: PATHS            packages linked that are not in the standard library
    folder PLATFORM PATH: FOLDER         where a package stands
    finding PLATFORM CODE FILE[:LINE] TEXT

then the files, each after a line `-- NAME --`, `-- NAME | crlf --` (also bom, nul, latin1), or
`-- NAME -> TARGET --` for a link.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compliance.errors import ModuleUnavailableError
from compliance.golang import (
    BuildContext,
    Cell,
    EntryKind,
    Files,
    LoadRequest,
    Module,
    PackageLoader,
    UnreadableFileError,
    WorkspaceSettings,
    load_workspace,
    select,
)

FOLDER = Path(__file__).parents[1] / "data" / "golang" / "packages"
_EXPECTATION = re.compile(r"(files|imports|implicit|deps|folder) (\S+) (\S+):(.*)")
_FINDING = re.compile(r"finding (\S+) (\S+) ([^\s:]+)(?::(\d+))? (.+)")


class MemoryTree:
    """Files that are a mapping of paths to contents, or to `Link`s."""

    def __init__(self, files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> None:
        self._files = dict(files)
        self._links = dict(links or {})
        self.reads: list[str] = []
        self.listings: list[str] = []
        self._folders: dict[str, dict[str, EntryKind]] = {".": {}}
        for path in self._files:
            self._enter(path, EntryKind.FILE)
        for path in self._links:
            self._enter(path, EntryKind.UNREADABLE)
        for path in self._links:
            target = self._target(path)
            kind = EntryKind.UNREADABLE
            if target in self._files:
                kind = EntryKind.FILE
            elif target in self._folders:
                kind = EntryKind.LINKED_FOLDER
            self._enter(path, kind)

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        self.listings.append(folder)
        return self._folders.get(self._real(folder), {})

    def read(self, path: str) -> bytes:
        self.reads.append(path)
        real = self._real(path)
        if real not in self._files:
            raise UnreadableFileError(f"{path}: no such file")
        return self._files[real]

    def is_link(self, path: str) -> bool:
        return path in self._links

    def _enter(self, path: str, kind: EntryKind) -> None:
        while path:
            folder, name = posixpath.split(path)
            self._folders.setdefault(folder or ".", {})[name] = kind
            path, kind = folder, EntryKind.FOLDER

    def _target(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), self._links[path]))

    def _real(self, path: str) -> str:
        for link in self._links:
            if path == link or path.startswith(link + "/"):
                return self._target(link) + path[len(link) :]
        return path


@dataclass(frozen=True)
class Case:
    name: str
    about: str
    mains: tuple[str, ...]
    expected: tuple[tuple[str, str, str, str], ...]
    findings: tuple[tuple[str, str, str, int | None, str], ...]
    files: Mapping[str, bytes]
    links: Mapping[str, str]

    @property
    def tree(self) -> MemoryTree:
        return MemoryTree(self.files, self.links)

    def write(self, folder: Path) -> None:
        """The repository on disk."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for name, target in self.links.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)


@dataclass(frozen=True)
class NoTrees:
    """No modules but those in the repository, and perhaps an installed standard library."""

    standard: Files | None = field(default=None)

    def tree(self, module: Module) -> Files:
        raise ModuleUnavailableError(f"{module.id}: not here")

    def std(self) -> Files | None:
        return self.standard


def read_case(path: Path) -> Case:
    about: list[str] = []
    mains: list[str] = []
    expected: list[tuple[str, str, str, str]] = []
    findings: list[tuple[str, str, str, int | None, str]] = []
    head, *sections = re.split(r"^-- (.+) --\n", path.read_text(encoding="utf-8"), flags=re.M)
    for line in head.splitlines():
        if match := _EXPECTATION.fullmatch(line):
            kind, platform, subject, rest = match.groups()
            expected.append((kind, platform, subject, rest.strip()))
        elif match := _FINDING.fullmatch(line):
            platform, code, file, number, text = match.groups()
            findings.append((platform, code, file, int(number) if number else None, text))
        elif line.startswith("main "):
            mains.append(line.removeprefix("main "))
        else:
            about.append(line)
    files, links = {}, {}
    for title, text in zip(sections[::2], sections[1::2], strict=True):
        name, arrow, target = title.partition(" -> ")
        if arrow:
            links[name] = target
            continue
        name, _, change = title.partition(" | ")
        files[name] = _changed(text.encode(), change)
    return Case(
        path.stem, "\n".join(about).strip(), tuple(mains) or (".",), tuple(expected),
        tuple(findings), files, links,
    )  # fmt: skip


def all_cases() -> list[Case]:
    return [read_case(path) for path in sorted(FOLDER.glob("*.txt"))]


def context(text: str, go_version: str = "1.26") -> BuildContext:
    """`linux/amd64`, `linux/amd64,cgo`, `linux/amd64,cgo,tag`; without `cgo` it is off."""
    platform, *rest = text.split(",")
    goos, goarch = platform.split("/")
    tags = tuple(sorted(t for t in rest if t != "cgo"))
    return BuildContext(
        goos=goos, goarch=goarch, cgo="cgo" in rest, tags=tags, go_version=go_version
    )


def loader(tree: Files, std: Files | None = None, folder: str = ".") -> PackageLoader:
    """A loader for a repository that needs no module from elsewhere."""

    def nowhere(module: object) -> bytes:
        raise ModuleUnavailableError(f"{module}: not here")

    settings = WorkspaceSettings(local_go="1.26")
    workspace = load_workspace(tree, folder=folder, settings=settings)
    build = select(workspace, tree, nowhere)
    return PackageLoader(
        LoadRequest(workspace=workspace, build=build, files=tree, trees=NoTrees(std))
    )


def load(case: Case, platform: str, tree: Files, std: Files | None = None) -> Cell:
    contexts = [context(platform)]
    packages = loader(tree, std)
    (cell,) = packages.cells(packages.find_mains(contexts, case.mains))
    return cell


def _changed(data: bytes, change: str) -> bytes:
    if change == "crlf":
        return data.replace(b"\n", b"\r\n")
    if change == "bom":
        return b"\xef\xbb\xbf" + data
    if change == "nul":
        return data.replace(b"NUL", b"\0")
    if change == "latin1":
        return data.decode().encode("latin-1")
    assert not change, change
    return data


def small_std() -> MemoryTree:
    """A standard library of empty packages, with the defaults of a toolchain's experiments."""
    names = [
        "bufio",
        "bytes",
        "cmp",
        "context",
        "crypto",
        "embed",
        "errors",
        "fmt",
        "hash",
        "html",
        "internal/abi",
        "io",
        "iter",
        "log",
        "maps",
        "math",
        "mime",
        "net",
        "os",
        "path",
        "runtime",
        "runtime/cgo",
        "slices",
        "sort",
        "strings",
        "sync",
        "syscall",
        "testing",
        "time",
        "unsafe",
    ]
    files = {f"{name}/x.go": f"package {name.rpartition('/')[2]}\n".encode() for name in names}
    files["internal/buildcfg/exp.go"] = (
        b"package buildcfg\n\nfunc parse() {\n\tbaseline := goexperiment.Flags{\n"
        b"\t\tRegabiWrappers: regabiSupported,\n\t\tRegabiArgs: regabiSupported,\n"
        b"\t\tDwarf5: dwarf5Supported,\n\t\tGreenTeaGC: true,\n\t}\n}\n"
    )
    return MemoryTree(files)
