"""From linked packages to a graph: what the code itself says about who needs whom.

Granularity is the package (policy-model, decision 5): nodes are import paths, the import
statements of each build cell are edges with file and line. C libraries that `#cgo` lines name,
embedded files with a license of their own, tests and tools come on top.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from compliance import patterns as re
from compliance.golang import Cell, ModuleVersion, Package
from compliance.graph.dependency import DependencyGraph, EdgeClass, Place
from compliance.graph.node import Edge, EdgeKind, Node, NodeKind
from compliance.value import dataclass, field, replace

STANDARD_LICENSE = "BSD-3-Clause"
"""LICENSE at the root of the Go distribution; a caller who read another text passes that."""

C_RUNTIME = frozenset(
    (
        "c", "m", "dl", "rt", "pthread", "util", "resolv", "nsl", "crypt", "gcc", "gcc_s", "stdc++",
        "c++", "atomic", "System", "objc", "ws2_32", "kernel32", "user32", "advapi32", "ntdll",
        "ole32", "shell32", "gdi32", "iphlpapi", "userenv", "bcrypt", "crypt32", "secur32",
    )
)  # fmt: skip
"""Libraries of the C runtime and of the operating system: linked dynamically they are its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """An embedded file that has a license of its own.

    `package` is the import path that embeds it, `file` its path relative to the package folder;
    `edge` is how it is used: data, code that runs in the process, or an eBPF object.
    """

    package: str
    file: str
    license: str | None
    kind: NodeKind = "asset"
    edge: EdgeKind = "embed-data"
    component: str | None = None
    gpl_only_helpers: bool = False
    elf_license: str | None = None

    @property
    def id(self) -> str:
        """Its node."""
        return f"{self.package}/{self.file}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """What other rooms know of the packages, by import path.

    Attributes:
        licenses: SPDX expression, or None for unknown; a package without an entry is unknown,
            one of the standard library has the license of the Go distribution.
        components: Package URL by module.
        first_party: Paths of modules whose code is ours (8.1 of the policy model).
        third_party: Import paths inside those modules that are somebody else's, each with the
            kind of edge by which the text came in: `vendored`, or `copies-output` of a generator.
        standard: Package URL of the standard library.
        standard_license: Its license.
        modified: Import paths whose source was changed.
        unresolved: Import paths whose license files do not say whether all or any hold.
        header_material: Licenses of which a package has only constants and types of header files.
        texts: sha256 of the license text that governs a package.
        changes: (change date, change license) of packages under a license that turns.
    """

    licenses: Mapping[str, str | None]
    components: Mapping[ModuleVersion, str]
    first_party: Collection[str] = ()
    third_party: Mapping[str, EdgeKind] = field(default_factory=dict)
    standard: str = "pkg:golang/stdlib"
    standard_license: str = STANDARD_LICENSE
    modified: Collection[str] = ()
    unresolved: Collection[str] = ()
    header_material: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    texts: Mapping[str, str] | None = None
    changes: Mapping[str, tuple[str, str]] | None = None


def build_graph(
    cells: Sequence[Cell], facts: PackageFacts, *, assets: Iterable[Asset] = (),
    nodes: Iterable[Node] = (), edges: Iterable[Edge] = (),
    found: Collection[tuple[str, str]] = (),
) -> DependencyGraph:  # fmt: skip
    """The graph of all packages linked into all mains.

    Args:
        cells: Linked packages per main and build context.
        facts: Licenses and components of the packages.
        assets: Embedded files with a license of their own.
        nodes: Further nodes: packages of tests and tools, declared components.
        edges: Further edges (test, build-tool, generated-by, ...); one whose end is no node of the
            graph is left out.
        found: (import path, library) of C libraries that are among `nodes` already.

    Returns:
        Nodes by import path, sorted; edges in the order of sources and imports. The file of an
        edge is relative to the repository, or to its module where that lies elsewhere. An edge
        that not all build contexts have names those that have it.
    """
    contexts = _contexts(cells)
    packages: dict[str, Package] = {}
    for _, cell in contexts:
        for package in cell:
            packages.setdefault(package.import_path, package)
    known = [_node(packages[path], facts) for path in sorted(packages)]
    names = set(packages)
    more = [*_asset_nodes(assets, names), *(n for n in nodes if n.id not in names)]
    c_nodes, c_edges = _c_libraries(contexts, {n.id for n in more}, found)
    every = [*known, *more, *c_nodes]
    ids = {n.id for n in every}
    graph = DependencyGraph.of_stars(every, _imports(contexts, known, facts.third_party))
    own_edges = [*_asset_edges(assets, names), *c_edges, *edges]
    extra = [e for e in own_edges if e.source in ids and e.target in ids]
    return graph.extended((), extra) if extra else graph


def _contexts(cells: Sequence[Cell]) -> list[tuple[str, list[Package]]]:
    """Packages per build context: imports depend on the context, not on the main."""
    merged: dict[str, dict[str, Package]] = {}
    for cell in cells:
        into = merged.setdefault(cell.context.label, {})
        for package in cell.packages:
            into.setdefault(package.import_path, package)
    return [(label, list(packages.values())) for label, packages in merged.items()]


def _node(package: Package, facts: PackageFacts) -> Node:
    path, module = package.import_path, package.module
    if package.standard:
        return Node(id=path, component=facts.standard, license=facts.standard_license)
    inside = module is not None and module.path in facts.first_party
    own = inside and path not in facts.third_party
    change = (facts.changes or {}).get(path, (None, None))
    return Node(
        id=path,
        component=facts.components.get(module) if module is not None and not inside else None,
        license=facts.licenses.get(path),
        first_party=own,
        modified=path in facts.modified,
        unresolved=path in facts.unresolved,
        header_material=facts.header_material.get(path, ()),
        license_text_sha256=(facts.texts or {}).get(path),
        change_date=change[0],
        change_license=change[1],
    )


def _imports(
    contexts: Sequence[tuple[str, list[Package]]], nodes: Sequence[Node],
    copied: Mapping[str, EdgeKind],
) -> Iterator[tuple[str, EdgeClass, str, Place]]:  # fmt: skip
    """One edge per (package, imported package), at its first import statement.

    What was `copied` into our modules is in them, and not only imported by them.
    """
    own = {n.id: n.first_party for n in nodes}
    if len(contexts) <= 1:
        none: frozenset[str] = frozenset()
        kinds = {o: EdgeClass("import-static", "us", False, o, none) for o in (True, False)}
        copies = {t: EdgeClass(kind, "us", False, False, none) for t, kind in copied.items()}
        for _, packages in contexts:
            for source, target, place in _stars(packages, own):
                yield source, copies.get(target) or kinds[own[target]], target, place
        return
    merged: dict[tuple[str, str], tuple[Place, list[str]]] = {}
    for label, packages in contexts:
        for source, target, place in _stars(packages, own):
            merged.setdefault((source, target), (place, []))[1].append(label)
    labels = [label for label, _ in contexts]
    shared: dict[tuple[str, ...], frozenset[str]] = {tuple(labels): frozenset()}
    for (source, target), (place, where) in merged.items():
        key = tuple(where)
        cells = shared.setdefault(key, frozenset(key))
        kind = copied.get(target, "import-static")
        yield source, EdgeClass(kind, "us", False, own[target], cells), target, place


def _stars(
    packages: Iterable[Package], own: Mapping[str, bool]
) -> Iterator[tuple[str, str, Place]]:
    for package in packages:
        seen: set[str] = set()
        for item in package.imports:
            if item.path in own and item.path not in seen:
                seen.add(item.path)
                place = Place(source_file(package, item.file), item.line)
                yield package.import_path, item.path, place


def source_file(package: Package, file: str) -> str:
    """Path of a file of a package: relative to the repository, or to the module elsewhere."""
    return f"{package.folder}/{file}" if package.folder not in ("", ".") else file


def _asset_nodes(assets: Iterable[Asset], packages: Collection[str]) -> list[Node]:
    return [
        Node(
            id=a.id, kind=a.kind, component=a.component, license=a.license,
            gpl_only_helpers=a.gpl_only_helpers, elf_license=a.elf_license,
        )
        for a in assets
        if a.package in packages
    ]  # fmt: skip


def _asset_edges(assets: Iterable[Asset], packages: Collection[str]) -> list[Edge]:
    return [
        Edge(source=a.package, target=a.id, kind=a.edge) for a in assets if a.package in packages
    ]


# C libraries


@dataclass(frozen=True, slots=True)
class _CLibrary:
    name: str
    static: bool
    file: str
    line: int


_ARCHIVE = re.compile(r"(?:.*/)?(?:lib)?([^/]+?)\.a$")


STATIC_FLAGS = frozenset({"-static", "--static", "-static-pie"})
"""Flags of the compiler as linker (GCC manual, "Options for Linking"): wherever one stands, the
whole program is linked statically. The others count for the libraries that follow (ld manual)."""
_STATIC = STATIC_FLAGS | {"-Wl,-Bstatic", "-Bstatic"}
_DYNAMIC = frozenset({"-Wl,-Bdynamic", "-Bdynamic", "-shared"})


def _flags(package: Package) -> Iterator[_CLibrary]:
    """The libraries that `#cgo LDFLAGS` and `pkg-config` lines of a package name."""
    for text, file, line in package.cgo.ldflags:
        static = any(flag in STATIC_FLAGS for flag in text.split())
        for flag in text.split():
            static = (static or flag in _STATIC) and flag not in _DYNAMIC
            archive = _ARCHIVE.match(flag.removeprefix("-l:"))
            if archive:
                yield _CLibrary(archive[1], True, file, line)
            elif flag.startswith("-l") and len(flag) > len("-l"):
                yield _CLibrary(flag[2:].removeprefix(":"), static, file, line)
    for text, file, line in package.cgo.pkg_config:
        static = "--static" in text.split()
        for name in text.split():
            if not name.startswith("-"):
                # A file of the module, made by its build: no library of the system's.
                own = "${SRCDIR}" in name
                short = posixpath.basename(name).removesuffix(".pc")
                yield _CLibrary(short, static or own, file, line)


def static_line(packages: Iterable[Package]) -> tuple[str, int] | None:
    """The first `#cgo LDFLAGS` line that has the whole program linked statically, if any."""
    for package in packages:
        for text, file, line in package.cgo.ldflags:
            if not package.standard and any(flag in STATIC_FLAGS for flag in text.split()):
                return source_file(package, file), line
    return None


def dynamic_libraries(package: Package) -> tuple[str, ...]:
    """C libraries that the `#cgo` lines of a package link, unless they say how: dynamically."""
    return tuple(dict.fromkeys(lib.name for lib in _flags(package) if not lib.static))


def declared_library(name: str, declared: Collection[str]) -> str | None:
    """The declared component that stands for the library `-lNAME`.

    For `-lfoo` that is `c:foo`, `foo`, `libfoo` or `libfoo.a`.
    """
    short = name.removeprefix("lib")
    ways = (f"c:{name}", name, f"lib{name}", short, f"lib{short}.a")
    return next((n for n in ways if n in declared), None)


def _c_libraries(
    contexts: Sequence[tuple[str, list[Package]]],
    declared: Collection[str],
    found: Collection[tuple[str, str]],
) -> tuple[list[Node], list[Edge]]:
    """Nodes `c:NAME` and the edges to them; a declared component of that name takes its place.

    A library that is linked dynamically comes with the system unless somebody declares that we
    ship it; one that is linked statically is inside the binary, and its license unknown until it
    is declared. C and C++ files of a package belong to the package. Which lines count depends on
    the build context (`#cgo windows LDFLAGS`), so an edge names those that have it, if not all do.
    """
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str, bool], tuple[Edge, list[str]]] = {}
    for label, packages in contexts:
        for package in packages:
            if package.standard or not (package.cgo.ldflags or package.cgo.pkg_config):
                continue
            for lib in _flags(package):
                runtime = lib.name in C_RUNTIME and not lib.static
                if runtime or (package.import_path, lib.name) in found:
                    continue
                name = declared_library(lib.name, declared)
                if name is None:
                    name = f"c:{lib.name}"
                    nodes.setdefault(name, Node(id=name, kind="c-lib"))
                edge = Edge(
                    source=package.import_path, target=name,
                    kind="cgo-static" if lib.static else "cgo-dynamic",
                    by="us" if lib.static else "system",
                    file=source_file(package, lib.file), line=lib.line,
                )  # fmt: skip
                key = (package.import_path, name, lib.static)
                labels = edges.setdefault(key, (edge, []))[1]
                if label not in labels[-1:]:
                    labels.append(label)
    several = len(contexts)
    return list(nodes.values()), [
        edge if len(labels) == several else replace(edge, cells=frozenset(labels))
        for edge, labels in edges.values()
    ]


# Artifacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Main:
    """A main package: its import path, its folder relative to the repository ("." for the root),
    and the path of its module."""  # noqa: D205, D209

    import_path: str
    folder: str
    module: str


_MAJOR = re.compile(r"v[2-9]\d*|v1\d+")


def module_name(path: str) -> str:
    """The last element of a module path that is not a major version suffix."""
    parts = path.split("/")
    if len(parts) > 1 and _MAJOR.fullmatch(parts[-1]):
        parts.pop()
    return parts[-1]


def artifact_names(mains: Sequence[Main]) -> Mapping[str, str]:
    """Name of the artifact of each main, by import path (policy-model 8.6).

    The last element of its path, its relative path where two collide, the module's own name for
    a main in the root.
    """
    short = {
        m.import_path: module_name(m.module) if m.folder == "." else posixpath.basename(m.folder)
        for m in mains
    }
    taken: dict[str, int] = {}
    for name in short.values():
        taken[name] = taken.get(name, 0) + 1
    return {
        m.import_path: short[m.import_path]
        if taken[short[m.import_path]] == 1
        else (m.folder if m.folder != "." else m.module)
        for m in mains
    }
