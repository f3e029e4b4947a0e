"""What is linked: the types that package loading answers with."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.findings import Finding
from compliance.golang.module import ModuleVersion


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class BuildContext:
    """What the go command builds for; tags are sorted, go_version is `1.26`."""

    goos: str
    goarch: str
    cgo: bool
    tags: tuple[str, ...] = ()
    go_version: str = ""

    @property
    def platform(self) -> str:
        """`linux/amd64`."""
        return f"{self.goos}/{self.goarch}"

    @property
    def label(self) -> str:
        """`linux/amd64`, with `,nocgo` and the tags where they differ from the default."""
        rest = (() if self.cgo else ("nocgo",)) + self.tags
        return ",".join((self.platform, *rest))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Import:
    """One import: the package it resolves to, and where it stands.

    `written` is the path in the source (differs under vendor directories of GOROOT); `file` is
    relative to the package's folder.
    """

    path: str
    file: str
    line: int
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CgoDirectives:
    """What `#cgo` lines ask for, in order of appearance, with file:line of each."""

    ldflags: tuple[tuple[str, str, int], ...] = ()
    pkg_config: tuple[tuple[str, str, int], ...] = ()
    cflags: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package of one build context.

    File names are relative to `folder`. `folder` is relative to the root of the tree that `tree`
    names: "" the scanned repository, "std" GOROOT/src, else `path@version` of the module zip that
    holds it; absolute only for a replacement outside the repository.
    """

    import_path: str
    name: str
    module: ModuleVersion | None
    standard: bool
    tree: str
    folder: str
    imports: tuple[Import, ...]
    go_files: tuple[str, ...]
    cgo_files: tuple[str, ...] = ()
    other_files: tuple[str, ...] = ()
    embed_files: tuple[str, ...] = ()
    cgo: CgoDirectives = CgoDirectives()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The packages linked into one main package in one build context, by import path."""

    main: str
    context: BuildContext
    packages: tuple[Package, ...]
    findings: tuple[Finding, ...] = ()
