"""Laws of go.mod files, versions and version selection, on generated input."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import ComplianceError
from compliance.golang import (
    ModuleVersion,
    WorkspaceSettings,
    canonical_version,
    compare_versions,
    escape_path,
    load_workspace,
    module_path_problem,
    parse_mod_file,
    parse_vendor_list,
    parse_work_file,
    select,
    unescape_path,
    version_key,
)
from compliance.golang.modquick import QuickReader
from tests.oracle.goworld import MemoryFiles, Universe

SETTINGS = settings(derandomize=True, deadline=None, max_examples=150, database=None)

words = st.sampled_from([
    "module ", "go ", "require ", "require (\n", "\n)\n", ")", "\n", "\t", " ", "x.io/a",
    "x.io/b/v2",
    "v1.0.0", "v2.3.4", "v1.0", "// indirect", "//", "/*", "1.21", "1.16", "toolchain go1.22.1",
    "replace ", "=> ", "./x", "retract ", "[", ",", "]", '"', "`", "\\", "\r", "\x00", "é", "use ",
    "## workspace", "# ", "## explicit; go 1.20", "exclude ", "tool ", "ignore ", "godebug a=b",
])  # fmt: skip
texts = st.lists(words, max_size=40).map("".join)


@SETTINGS
@given(st.one_of(st.binary(max_size=300), texts.map(lambda t: t.encode())))
def test_any_bytes_are_read_or_refused_with_an_error_of_ours(data: bytes) -> None:
    for strict in (True, False):
        with suppress(ComplianceError):
            parse_mod_file(data, file="go.mod", strict=strict)
    with suppress(ComplianceError):
        parse_work_file(data, file="go.work")
    parse_vendor_list(data, file="modules.txt").providers()


paths = st.sampled_from(["x.io/a", "x.io/b", "x.io/c/v2", "gopkg.in/y.v3", "x.io//d", "x.io/e/v1"])
versions = st.sampled_from([
    "v1.0.0", "v0.1.0-rc.1", "v2.0.0", "v3.1.0", "v1", "v1.0.0-01", "v2.0.0+incompatible", "latest",
    "v0.0.0-20200101000000-abcdefabcdef",
])  # fmt: skip
lines = st.builds(
    "{}{} {}{}".format,
    st.sampled_from(["\t", "\t", "\t", "  ", ""]), paths, versions,
    st.sampled_from(["", " // indirect", " // (x)", "//y", " /* */", "\r"]),
)  # fmt: skip
blocks = st.lists(lines, max_size=4).map(lambda x: "require (\n" + "".join(f"{y}\n" for y in x))
heads = st.sampled_from([
    "module x.io/m\n\ngo 1.20\n\n", "module x.io/m\n", "// c\nmodule x.io/m\n",
    "module x.io/m\ngo x\n", "module x.io/m\n\nrequire x.io/b v1.2.0\n\n",
    "module x.io/m\nrequire gopkg.in/y.v3 v3.1.0 // (c)\ngo 1.20\n",
    "module x.io/m\n\ngo 1.21\n\ntoolchain go1.22.1\n\n", "", "module x.io//m\n\n",
])  # fmt: skip
alone = "\nrequire x.io/a v1.0.0 // indirect\n"
ends = st.sampled_from([
    ")\n", ")", ")\n\n", ")\nretract v1.0.0\n", ") // x\n", "\n)\n", "", f")\n{alone}",
    f")\n{alone}require x.io/b v1.0.0//y", f")\n{alone}\trequire x.io/b v1.0.0\n",
])  # fmt: skip


@SETTINGS
@given(heads, st.lists(st.tuples(blocks, ends), max_size=3))
def test_the_short_way_says_what_the_full_reader_says_or_nothing(
    head: str, parts: list[tuple[str, str]]
) -> None:
    data = (head + "".join(b + e for b, e in parts)).encode()
    outline = QuickReader().read(data)
    if outline is None:
        return
    full = parse_mod_file(data, file="go.mod", strict=False)
    assert (outline.module, outline.go) == (full.module, full.go)
    assert outline.requires == [f"{r.id.path} {r.id.version}" for r in full.requires]


def test_the_short_way_is_taken_for_the_usual_shape() -> None:
    data = "module x.io/m\n\ngo 1.20\n\nrequire (\n\tx.io/a v1.0.0\n)\n"
    data += "\nrequire (\n\tx.io/b v1.0.0 // indirect\n)\n"
    assert QuickReader().read(data.encode()) == (
        "x.io/m",
        "1.20",
        ["x.io/a v1.0.0", "x.io/b v1.0.0"],
    )


numbers = st.integers(0, 12).map(str)
pre = st.lists(st.sampled_from(["0", "1", "10", "a", "rc", "a-1", "Z"]), max_size=3).map(".".join)
semantic = st.builds(
    lambda a, b, c, p: f"v{a}.{b}.{c}" + (f"-{p}" if p else ""), numbers, numbers, numbers, pre
)


@SETTINGS
@given(semantic, semantic, semantic)
def test_precedence_is_a_total_order(a: str, b: str, c: str) -> None:
    assert compare_versions(a, b) == -compare_versions(b, a)
    assert (compare_versions(a, b) == 0) == (a == b)
    assert canonical_version(a) == a
    if compare_versions(a, b) <= 0 and compare_versions(b, c) <= 0:
        assert compare_versions(a, c) <= 0


@SETTINGS
@given(st.from_regex(r"[a-z]{1,5}\.[a-z]{2,3}(/[A-Za-z0-9_]{1,6}){0,3}", fullmatch=True))
def test_escaped_paths_have_no_capitals_and_come_back(path: str) -> None:
    if module_path_problem(path):
        return
    escaped = escape_path(path)
    assert escaped == escaped.lower()
    assert unescape_path(escaped) == path


IDS = [ModuleVersion(f"x.io/{n}", f"v1.{v}.0") for n in "abcde" for v in range(3)]
graphs = st.fixed_dictionaries({i: st.lists(st.sampled_from(IDS), max_size=3) for i in IDS})


def _reachable(graph: dict[ModuleVersion, list[ModuleVersion]], roots: list[ModuleVersion]) -> set:
    seen, queue = set(roots), list(roots)
    for id_ in queue:
        for r in graph[id_]:
            if r not in seen:
                seen.add(r)
                queue.append(r)
    return seen


@SETTINGS
@given(graphs, st.lists(st.sampled_from(IDS), min_size=1, max_size=3))
def test_without_pruning_the_highest_reachable_version_is_selected(
    graph: dict[ModuleVersion, list[ModuleVersion]], roots: list[ModuleVersion]
) -> None:
    universe = Universe()
    for id_, requires in graph.items():
        body = "".join(f"require {r.path} {r.version}\n" for r in requires)
        universe.add(id_.path, id_.version, f"module {id_.path}\n{body}")
    highest: dict[str, str] = {}
    for id_ in _reachable(graph, roots):
        highest[id_.path] = max(highest.get(id_.path, ""), id_.version, key=version_key)
    body = "".join(f"require {r.path} {r.version}\n" for r in roots)
    files = MemoryFiles({"go.mod": f"module m\ngo 1.16\n{body}"})
    announced: list[ModuleVersion] = []
    workspace = load_workspace(files, settings=WorkspaceSettings(mod="mod"))
    build = select(workspace, files, universe.read, prefetch=announced.extend)
    assert {m.id.path: m.id.version for m in build.modules[1:]} == highest
    names = {str(m.id) for m in build.modules}
    assert all(a in names and b in names and a != b for a, b in build.edges)
    assert list(build.edges) == sorted(set(build.edges))
    assert set(universe.reads) <= set(announced)
    assert len(universe.reads) == len(set(universe.reads))
