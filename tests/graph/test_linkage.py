"""From linked packages to nodes and edges."""

from __future__ import annotations

import pytest

from compliance.golang import BuildContext, Cell, CgoDirectives, Import, ModuleVersion, Package
from compliance.graph import (
    Asset,
    DependencyGraph,
    Edge,
    Main,
    Node,
    PackageFacts,
    artifact_names,
    build_graph,
    module_name,
)

LINUX = BuildContext(goos="linux", goarch="amd64", cgo=True)
WINDOWS = BuildContext(goos="windows", goarch="amd64", cgo=True)
APP, LIB = ModuleVersion("example.com/app"), ModuleVersion("example.com/lib", "v1.2.0")


def package(
    path: str, *imports: str, module: ModuleVersion | None = APP, folder: str = "",
    ldflags: str = "", pkg_config: str = "",
) -> Package:  # fmt: skip
    return Package(
        import_path=path, name=path.rpartition("/")[2], module=module, standard=module is None,
        tree="" if module == APP else "std" if module is None else str(module), folder=folder,
        imports=tuple(
            Import(path=p, file="a.go", line=i + 3, written=p) for i, p in enumerate(imports)
        ),
        go_files=("a.go",),
        cgo=CgoDirectives(
            ldflags=((ldflags, "a.go", 9),) if ldflags else (),
            pkg_config=((pkg_config, "a.go", 8),) if pkg_config else (),
        ),
    )  # fmt: skip


def cell(*packages: Package, context: BuildContext = LINUX) -> Cell:
    return Cell(main="example.com/app/cmd/a", context=context, packages=packages)


FACTS = PackageFacts(
    licenses={"example.com/lib": "MIT"},
    components={LIB: "pkg:golang/example.com/lib@v1.2.0"},
    first_party={"example.com/app"},
    standard="pkg:golang/stdlib@1.24.0",
)
MAIN = package("example.com/app/cmd/a", "example.com/lib", "fmt", folder="cmd/a")
LIBRARY = package("example.com/lib", "fmt", module=LIB)
FMT = package("fmt", module=None)


def edges(graph: DependencyGraph) -> list[tuple[str, str, str]]:
    return [(e.source, e.kind, e.target) for e in graph.edges()]


def test_packages_become_nodes_with_license_component_and_owner() -> None:
    graph = build_graph([cell(MAIN, LIBRARY, FMT)], FACTS)
    main, lib, fmt = (graph.nodes[n] for n in (MAIN.import_path, "example.com/lib", "fmt"))
    assert (main.first_party, main.component) == (True, None)
    assert (lib.license, lib.component) == ("MIT", "pkg:golang/example.com/lib@v1.2.0")
    assert (fmt.license, fmt.component) == ("BSD-3-Clause", "pkg:golang/stdlib@1.24.0")


def test_imports_become_edges_with_file_and_line() -> None:
    graph = build_graph([cell(MAIN, LIBRARY, FMT)], FACTS)
    first = next(iter(graph.edges()))
    assert (first.target, first.file, first.line) == ("example.com/lib", "cmd/a/a.go", 3)


def test_a_package_without_an_answer_is_unknown() -> None:
    other = package("example.com/other", module=ModuleVersion("example.com/other", "v1.0.0"))
    graph = build_graph([cell(package("example.com/app", "example.com/other"), other)], FACTS)
    assert graph.nodes["example.com/other"].license is None


def test_an_edge_of_some_platforms_names_them() -> None:
    bare = package("example.com/app/cmd/a", "fmt", folder="cmd/a")
    graph = build_graph([cell(MAIN, LIBRARY, FMT), cell(bare, FMT, context=WINDOWS)], FACTS)
    cells = {(e.source, e.target): e.cells for e in graph.edges()}
    assert cells["example.com/app/cmd/a", "example.com/lib"] == {"linux/amd64"}
    assert cells["example.com/app/cmd/a", "fmt"] == frozenset()


def test_a_dynamic_c_library_comes_with_the_system() -> None:
    graph = build_graph([cell(package("example.com/app", ldflags="-lssl -lm -lpthread"))], FACTS)
    (edge,) = graph.edges()
    assert (edge.target, edge.kind, edge.by) == ("c:ssl", "cgo-dynamic", "system")


def test_static_flags_and_archives_put_a_c_library_inside() -> None:
    flags = "-Wl,-Bstatic -lfoo -Wl,-Bdynamic -lbar ${SRCDIR}/libbaz.a -l:libqux.a"
    graph = build_graph([cell(package("example.com/app", ldflags=flags))], FACTS)
    kinds = {e.target: e.kind for e in graph.edges()}
    assert kinds == {
        "c:foo": "cgo-static", "c:bar": "cgo-dynamic", "c:baz": "cgo-static",
        "c:qux": "cgo-static",
    }  # fmt: skip


def test_c_libraries_are_those_of_each_build_context() -> None:
    here = package("example.com/app", ldflags="-lboth -lhere")
    there = package("example.com/app", ldflags="-lboth -lthere")
    graph = build_graph([cell(here), cell(there, context=WINDOWS)], FACTS)
    assert {e.target: sorted(e.cells) for e in graph.edges()} == {
        "c:both": [], "c:here": ["linux/amd64"], "c:there": ["windows/amd64"],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["foo", "libfoo"])
def test_a_declared_library_may_be_spelled_with_lib_or_without(name: str) -> None:
    declared = Node(id=name, kind="c-lib", license="LGPL-2.1-only")
    for flags in ({"ldflags": "-lfoo"}, {"pkg_config": "libfoo"}):
        graph = build_graph([cell(package("example.com/app", **flags))], FACTS, nodes=[declared])
        assert edges(graph) == [("example.com/app", "cgo-dynamic", name)]


def test_a_declared_component_takes_the_place_of_a_c_library() -> None:
    declared = Node(id="libfoo", kind="c-lib", license="LGPL-2.1-only")
    graph = build_graph(
        [cell(package("example.com/app", pkg_config="--static foo"))], FACTS, nodes=[declared]
    )
    assert edges(graph) == [("example.com/app", "cgo-static", "libfoo")]


@pytest.mark.parametrize("flags", ["", "--static "])
def test_a_pkg_config_file_of_the_module_is_no_library_of_the_system(flags: str) -> None:
    own = f"{flags}${{SRCDIR}}/build/lib/pkgconfig/libgit2.pc"
    graph = build_graph([cell(package("example.com/app", pkg_config=own))], FACTS)
    assert edges(graph) == [("example.com/app", "cgo-static", "c:libgit2")]


def test_an_embedded_file_with_a_license_is_a_node() -> None:
    asset = Asset(package="example.com/app", file="static/icons.svg", license="CC-BY-SA-4.0")
    graph = build_graph([cell(package("example.com/app"))], FACTS, assets=[asset])
    assert edges(graph) == [("example.com/app", "embed-data", "example.com/app/static/icons.svg")]


def test_test_edges_are_added_and_dangling_ones_left_out() -> None:
    extra = [
        Edge(source="example.com/app", target="example.com/mock", kind="test"),
        Edge(source="example.com/app", target="example.com/gone", kind="test"),
    ]
    graph = build_graph(
        [cell(package("example.com/app"))], FACTS, nodes=[Node(id="example.com/mock")], edges=extra
    )
    assert edges(graph) == [("example.com/app", "test", "example.com/mock")]


def test_artifacts_are_named_after_their_folder_until_two_collide() -> None:
    mains = [
        Main(import_path="m/cmd/a", folder="cmd/a", module="m"),
        Main(import_path="m/tools/a", folder="tools/a", module="m"),
        Main(import_path="m/cmd/b", folder="cmd/b", module="m"),
        Main(import_path="m", folder=".", module="example.com/app/v2"),
    ]
    assert artifact_names(mains) == {
        "m/cmd/a": "cmd/a", "m/tools/a": "tools/a", "m/cmd/b": "b", "m": "app",
    }  # fmt: skip


def test_a_major_version_is_no_name() -> None:
    assert module_name("example.com/x/v3") == "x"
    assert module_name("example.com/v1") == "v1"


@pytest.mark.parametrize("flags", ["-lfoo -static", "-static -lfoo", "-L. -lfoo --static",
                                   "-lfoo -static-pie"])  # fmt: skip
def test_a_flag_of_the_compiler_links_statically_wherever_it_stands(flags: str) -> None:
    graph = build_graph([cell(package("example.com/app", ldflags=flags))], FACTS)
    (edge,) = graph.edges()
    assert (edge.target, edge.kind, edge.by) == ("c:foo", "cgo-static", "us")


def test_a_flag_of_the_linker_counts_for_what_follows() -> None:
    flags = "-lfoo -Wl,-Bstatic -lbar"
    graph = build_graph([cell(package("example.com/app", ldflags=flags))], FACTS)
    assert {e.target: e.kind for e in graph.edges()} == {
        "c:foo": "cgo-dynamic", "c:bar": "cgo-static",
    }  # fmt: skip
