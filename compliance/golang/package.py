"""What is linked: the types that package loading answers with."""

from __future__ import annotations

from typing import NamedTuple

from compliance.findings import Finding
from compliance.golang.module import ModuleVersion
from compliance.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class BuildContext:
    """What the go command builds for; tags are sorted, go_version is `1.26`.

    `go_version` is the toolchain's, which release tags go up to. `experiments` is GOEXPERIMENT as
    a list, `arch_level` the value of GOAMD64, GOARM, ... ("" for the toolchain's default).
    """

    goos: str
    goarch: str
    cgo: bool
    tags: tuple[str, ...] = ()
    go_version: str = ""
    experiments: tuple[str, ...] = ()
    arch_level: str = ""

    @property
    def platform(self) -> str:
        """`linux/amd64`."""
        return f"{self.goos}/{self.goarch}"

    @property
    def label(self) -> str:
        """`linux/amd64`, with `,nocgo` and the tags where they differ from the default."""
        rest = (() if self.cgo else ("nocgo",)) + self.tags
        rest += tuple(f"goexperiment={e}" for e in self.experiments)
        rest += (f"{self.goarch}={self.arch_level}",) if self.arch_level else ()
        return ",".join((self.platform, *rest))


class Import(NamedTuple):
    """One import: the package it resolves to, and where it stands.

    `written` is the path in the source (differs under vendor directories of GOROOT); `file` is
    relative to the package's folder. A tuple, because a program has tens of thousands of them.
    """

    path: str
    file: str
    line: int
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CgoDirectives:
    """What `#cgo` lines ask for, in order of appearance, with file:line of each.

    `cflags` are those of all compilers: CFLAGS, CPPFLAGS, CXXFLAGS, FFLAGS.
    """

    ldflags: tuple[tuple[str, str, int], ...] = ()
    pkg_config: tuple[tuple[str, str, int], ...] = ()
    cflags: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package of one build context.

    File names are relative to `folder`. `folder` is relative to the root of the tree that `tree`
    names: "" the scanned repository, "std" GOROOT/src, else `path@version` of the module zip that
    holds it; absolute only for a replacement outside the repository.

    `imports` has one entry for each path that the files name, at its first place, sorted by path;
    `import "C"` is not among them (`cgo_files` says where it stands). `implicit` are the packages
    that the toolchain adds without an import: what cgo needs, and for a main package what the
    linker needs.
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
    implicit: tuple[str, ...] = ()

    @property
    def dependencies(self) -> tuple[str, ...]:
        """Import paths of the packages it needs, sorted: `imports` and `implicit`."""
        return tuple(sorted({i.path for i in self.imports} | set(self.implicit)))

    @property
    def listed_imports(self) -> tuple[str, ...]:
        """`Imports` as `go list -json` prints them: with "C", by path as written, not implicit."""
        paths = {i.written: i.path for i in self.imports}
        if self.cgo_files:
            paths["C"] = "C"
        return tuple(dict.fromkeys(paths[written] for written in sorted(paths)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The packages linked into one main package in one build context, by import path."""

    main: str
    context: BuildContext
    packages: tuple[Package, ...]
    findings: tuple[Finding, ...] = ()
