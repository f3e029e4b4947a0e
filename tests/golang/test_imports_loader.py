"""The package loader as a whole: patterns, several contexts, tests and tools, missing parts."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from compliance.errors import ModuleUnavailableError, UsageError
from compliance.findings import Severity
from compliance.golang import (
    BuildList,
    Files,
    GoFile,
    LoadRequest,
    Module,
    ModuleVersion,
    Package,
    PackageLoader,
    WorkspaceSettings,
    load_workspace,
)
from compliance.golang.patterns import IgnoreRules, matcher
from tests.golang.packagecases import MemoryTree, NoTrees, context, loader, small_std

LINUX = context("linux/amd64,cgo")
WINDOWS = context("windows/amd64")
MAIN = b"package main\n\nfunc main() {}\n"

REPOSITORY = {
    "go.mod": b"module example.com/m\n\ngo 1.26\n\nignore ./skipped\nignore third_party\n",
    "main.go": MAIN,
    "cmd/a/a.go": MAIN,
    "cmd/lin/x_linux.go": MAIN,
    "cmd/win/x_windows.go": MAIN,
    "cmd/both/x_linux.go": MAIN,
    "cmd/both/y.go": b"package main\n",
    "cmd/off/x.go": b"//go:build ignore\n\npackage main\n",
    "lib/l.go": b"package lib\n",
    "cmd/testdata/t/x.go": MAIN,
    "cmd/_x/x.go": MAIN,
    "cmd/.x/x.go": MAIN,
    "skipped/x.go": MAIN,
    "a/third_party/x.go": MAIN,
    "nested/go.mod": b"module example.com/n\n",
    "nested/x.go": MAIN,
    "cmd/vendor/x.go": MAIN,
    "cmd/vendor/y/x.go": MAIN,
}


def mains(*patterns: str, platforms: tuple[str, ...] = ("linux/amd64,cgo",)) -> list[str]:
    tree = MemoryTree(REPOSITORY)
    contexts = [context(p) for p in platforms]
    found = loader(tree, small_std()).find_mains(contexts, patterns)
    return [m.import_path.removeprefix("example.com/") for m in found]


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ((), ["m", "m/cmd/a", "m/cmd/both", "m/cmd/lin", "m/cmd/vendor"]),
        (("./...",), ["m", "m/cmd/a", "m/cmd/both", "m/cmd/lin", "m/cmd/vendor"]),
        (("./cmd/...",), ["m/cmd/a", "m/cmd/both", "m/cmd/lin", "m/cmd/vendor"]),
        (("./cmd/l...",), ["m/cmd/lin"]),
        (("./.../a", "./cmd/a"), ["m/cmd/a"]),
        (("example.com/m/cmd/...",), ["m/cmd/a", "m/cmd/both", "m/cmd/lin", "m/cmd/vendor"]),
        (("...",), ["m", "m/cmd/a", "m/cmd/both", "m/cmd/lin", "m/cmd/vendor"]),
        ((".",), ["m"]),
        (("./",), ["m"]),
        (("./cmd/a", "./cmd//lin/"), ["m/cmd/a", "m/cmd/lin"]),
        (("./cmd/../lib",), ["m/lib"]),
        (("example.com/m/lib",), ["m/lib"]),
        (("./cmd/testdata/t",), ["m/cmd/testdata/t"]),
        (("./skipped",), ["m/skipped"]),
    ],
)
def test_patterns_name_main_packages(patterns: tuple[str, ...], found: list[str]) -> None:
    assert mains(*patterns) == found


@pytest.mark.parametrize(
    "pattern",
    ["./none", "./nested", "./nested/...", "../x", "..", "./lib/...", "example.com/none", "./cmd",
     "nosuch", "./cmd/x/..."],
)  # fmt: skip
def test_a_pattern_without_a_package_is_a_usage_error(pattern: str) -> None:
    with pytest.raises(UsageError, match=r"--main "):
        mains(pattern)


def test_a_main_counts_for_the_platforms_that_have_it() -> None:
    found = loader(MemoryTree(REPOSITORY), small_std()).find_mains([LINUX, WINDOWS])
    platforms = {m.folder: [c.goos for c in m.contexts] for m in found}
    assert platforms["cmd/lin"] == ["linux"]
    assert platforms["cmd/win"] == ["windows"]
    assert platforms["cmd/both"] == ["linux", "windows"]
    assert "cmd/off" not in platforms


@pytest.mark.parametrize(
    "text",
    [
        "//go:build (linux\n\npackage main\n",
        "//go:build " + "(" * 1001 + "linux" + ")" * 1001 + "\n\npackage main\n",
        'package main\nimport "fmt"\0\n',
        "no Go at all\n",
    ],
)
def test_what_may_be_a_program_but_is_refused_is_looked_at(text: str) -> None:
    files = {
        "go.mod": b"module example.com/m\n\ngo 1.26\n",
        "cmd/x/main.go": text.encode(),
        "lib/lib.go": b"package lib\n",
        "lib/bad.go": text.encode(),
        "off/x_plan9.go": text.encode(),
    }
    packages = loader(MemoryTree(files), small_std())
    found = packages.find_mains([LINUX])
    assert [m.folder for m in found] == ["cmd/x"]
    (cell,) = packages.cells(found)
    (finding,) = cell.findings
    assert (finding.code, finding.severity) == ("package-invalid", Severity.BLOCK)
    assert finding.location is not None
    assert finding.location.file == "cmd/x/main.go"


def test_a_plain_main_without_files_anywhere_is_a_finding() -> None:
    packages = loader(MemoryTree(REPOSITORY), small_std())
    (cell,) = packages.cells(packages.find_mains([LINUX], ["./cmd/win"]))
    (finding,) = cell.findings
    assert (finding.code, finding.severity) == ("package-missing", Severity.BLOCK)
    assert finding.location is not None
    assert finding.location.file == "cmd/win"


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("a/...", "a", True), ("a/...", "a/b", True), ("a/...", "ab", False),
        ("a...", "ab/c", True), ("...", "x/y", True), (".../b", "a/b", True),
        ("a/.../b", "a/b", False), ("a/.../b", "a/x/b", True),
        ("a/...", "a/vendor", True), ("a/...", "a/vendor/b", False),
        ("a/vendor/...", "a/vendor/b", True), ("a/vendor/...", "a/vendor", True),
        ("vendor/...", "vendor/x", True), ("a/.../b", "a/vendor/b", False),
        ("a.b", "axb", False), ("a/...", "a/b\n/c", True), ("a/[x]...", "a/[x]y", True),
        ("a/...", "a/x\0", False),
    ],
)  # fmt: skip
def test_dots_match_any_text_but_vendored_packages(pattern: str, name: str, found: bool) -> None:
    assert matcher(pattern)(name) is found


def test_many_dots_take_little_time() -> None:
    start = time.process_time()
    assert not matcher("a..." * 12 + "b")("a" * 300)
    assert matcher("..." * 1000 + "b")("a" * 3000 + "b")
    assert time.process_time() - start < 5


def test_ignore_rules_are_anchored_or_not() -> None:
    rules = IgnoreRules(["./a/b", "c", "d/e"])
    skipped = ["a/b", "a/b/x", "c", "x/c", "x/c/y", "d/e", "x/d/e/f"]
    assert [p for p in skipped if not rules.skips(p)] == []
    assert [p for p in ("a", "x/a/b", "cc", "xc", "d", "e", "d/x/e") if rules.skips(p)] == []
    assert not IgnoreRules([]).skips("a")


SHARED = {
    "go.mod": b"module example.com/m\n\ngo 1.26\n",
    "main.go": b'package main\n\nimport (\n\t"example.com/m/p"\n\t"example.com/m/q"\n)\n',
    "p/p.go": b"package p\n",
    "q/q.go": b"package q\n",
    "q/q_windows.go": b'package q\n\nimport "example.com/m/w"\n',
    "w/w.go": b"package w\n",
}


def test_contexts_share_files_and_packages() -> None:
    tree = MemoryTree(SHARED)
    seen: list[Package] = []
    base = loader(tree, small_std())
    request = base._request
    packages = PackageLoader(
        LoadRequest(
            workspace=request.workspace, build=request.build, files=tree,
            trees=NoTrees(small_std()), on_package=seen.append,
        )
    )  # fmt: skip
    tree.reads.clear()
    linux, windows = packages.cells(packages.find_mains([LINUX, WINDOWS], ["."]))
    assert len(tree.reads) == len(set(tree.reads)), "a file was read twice"
    by_path = [{p.import_path: p for p in c.packages} for c in (linux, windows)]
    assert by_path[0]["example.com/m/p"] is by_path[1]["example.com/m/p"]
    assert by_path[0]["example.com/m/q"].go_files == ("q.go",)
    assert by_path[1]["example.com/m/q"].go_files == ("q.go", "q_windows.go")
    assert "example.com/m/w" not in by_path[0]
    assert "example.com/m/w" in by_path[1]
    objects = {id(p) for c in (linux, windows) for p in c.packages}
    assert {id(p) for p in seen} == objects
    assert len(seen) == len(objects), "each package is reported once"


class RememberedFiles:
    """Facts of an earlier run."""

    def __init__(self) -> None:
        self.folders: dict[tuple[str, str], Mapping[str, GoFile]] = {}

    def get(self, tree: str, files: Files, place: str) -> Mapping[str, GoFile] | None:
        return self.folders.get((tree, place)) if isinstance(files, MemoryTree) else None

    def put(self, tree: str, files: Files, place: str, parsed: Mapping[str, GoFile]) -> None:
        assert isinstance(files, MemoryTree)
        self.folders[tree, place] = dict(parsed)


def test_remembered_files_are_not_read_again() -> None:
    cache = RememberedFiles()
    results = []
    for _ in range(2):
        tree = MemoryTree(SHARED)
        request = loader(tree)._request
        tree.reads.clear()
        packages = PackageLoader(
            LoadRequest(
                workspace=request.workspace, build=request.build, files=tree,
                trees=NoTrees(), cache=cache,
            )
        )  # fmt: skip
        results.append(packages.cells(packages.find_mains([LINUX], ["."])))
        packages.save()
        reads = list(tree.reads)
    assert results[0] == results[1]
    assert reads == []


SIDE = {
    "go.mod": b"module example.com/m\n\ngo 1.26\n\ntool example.com/m/tool\n",
    "main.go": b'package main\n\nimport "example.com/m/p"\n',
    "p/p.go": b"package p\n",
    "p/p_test.go": (
        b'package p_test\n\nimport (\n\t"example.com/m/helper"\n\t"example.com/m/p"\n)\n'
    ),
    "p/w_windows_test.go": b'package p\n\nimport "example.com/m/winhelper"\n',
    "helper/h.go": b'package helper\n\nimport "example.com/m/deep"\n',
    "deep/d.go": b"package deep\n",
    "winhelper/h.go": b"package winhelper\n",
    "unused/u.go": b"package unused\n",
    "tested/t.go": b'package tested\n\nimport "example.com/m/used"\n',
    "tested/t_test.go": b'package tested\n\nimport "example.com/absent"\n',
    "used/u.go": b"package used\n",
    "tool/t.go": b'package main\n\nimport "example.com/m/toollib"\n',
    "toollib/t.go": b"package toollib\n",
}


def test_tests_and_tools_are_apart_from_what_is_linked() -> None:
    packages = loader(MemoryTree(SIDE), small_std())
    (cell,) = packages.cells(packages.find_mains([LINUX], ["."]))
    scope = packages.side_scope([LINUX], [p.import_path for p in cell.packages])
    assert [p.import_path.rpartition("/")[2] for p in scope.test if not p.standard] == [
        "deep", "helper", "tested", "used",
    ]  # fmt: skip
    assert [p.import_path.rpartition("/")[2] for p in scope.tool] == ["tool", "toollib"]
    (finding,) = scope.findings
    assert (finding.code, finding.severity) == ("package-missing", Severity.WARN)
    assert finding.location is not None
    assert (finding.location.file, finding.location.line) == ("tested/t_test.go", 3)
    both = packages.side_scope([LINUX, WINDOWS], [p.import_path for p in cell.packages])
    assert "example.com/m/winhelper" in [p.import_path for p in both.test]


def test_a_library_is_loaded_as_one_cell() -> None:
    packages = loader(MemoryTree(SIDE), small_std())
    cell = packages.closure("example.com/m", ["example.com/m/helper", "example.com/m/p"], LINUX)
    assert cell.main == "example.com/m"
    assert [p.folder for p in cell.packages] == ["deep", "helper", "p"]


DEPENDENT = {
    "go.mod": b"module example.com/m\n\ngo 1.26\n\nrequire example.com/far v1.0.0\n",
    "main.go": b'package main\n\nimport (\n\t"fmt"\n\t"example.com/far/p"\n\t"math"\n)\n',
}


class OneModule:
    """One module tree, or none."""

    def __init__(self, tree: Files | None) -> None:
        self._tree = tree

    def tree(self, module: Module) -> Files:
        if self._tree is None:
            raise ModuleUnavailableError(f"{module.id} is nowhere")
        return self._tree

    def std(self) -> Files | None:
        return None


def dependent(tree: Files | None, files: Mapping[str, bytes] = DEPENDENT) -> PackageLoader:
    repository = MemoryTree(files)
    workspace = load_workspace(repository, settings=WorkspaceSettings(local_go="1.26"))
    build = BuildList(
        mode="mod",
        modules=(
            Module(id=ModuleVersion("example.com/m"), main=True, folder="."),
            Module(id=ModuleVersion("example.com/far", "v1.0.0")),
            Module(id=ModuleVersion("example.com/far/p", "v1.1.0")),
        ),
        edges=(),
    )
    return PackageLoader(
        LoadRequest(workspace=workspace, build=build, files=repository, trees=OneModule(tree))
    )


def test_an_unavailable_module_is_a_finding_at_the_import() -> None:
    packages = dependent(None)
    (cell,) = packages.cells(packages.find_mains([LINUX], ["."]))
    (finding,) = cell.findings
    assert (finding.code, finding.severity) == ("module-unavailable", Severity.BLOCK)
    assert finding.location is not None
    assert (finding.location.file, finding.location.line) == ("main.go", 5)


def test_an_unavailable_module_is_told_once() -> None:
    more = {f"p{n}/x.go": b'package p\n\nimport "example.com/far/q"\n' for n in range(3)}
    more["x.go"] = b"package main\n" + b"".join(
        b'import _ "example.com/m/p%d"\n' % n for n in range(3)
    )
    packages = dependent(None, DEPENDENT | more)
    (cell,) = packages.cells(packages.find_mains([LINUX], ["."]))
    (finding,) = cell.findings
    assert finding.component == "pkg:golang/example.com/far@v1.0.0"
    assert finding.message.endswith("(imported by example.com/m and by 3 more imports)")


def test_modules_that_go_mod_requires_are_asked_first() -> None:
    tree = MemoryTree({"p/p.go": b"package p\n", "x.go": b"package p\n"})
    packages = dependent(tree)
    (cell,) = packages.cells(packages.find_mains([LINUX], ["."]))
    package = next(p for p in cell.packages if p.import_path == "example.com/far/p")
    assert str(package.module) == "example.com/far@v1.0.0"
    assert (package.tree, package.folder) == ("example.com/far@v1.0.0", "p")
    assert cell.findings == ()


def test_a_package_in_two_modules_is_ambiguous() -> None:
    tree = MemoryTree({"p/p.go": b"package p\n", "x.go": b"package p\n"})
    packages = dependent(tree, DEPENDENT | {"go.mod": b"module example.com/m\n\ngo 1.16\n"})
    (cell,) = packages.cells(packages.find_mains([LINUX], ["."]))
    (finding,) = cell.findings
    assert "ambiguous import" in finding.message
    assert "example.com/far/p@v1.1.0 and example.com/far@v1.0.0" in finding.message


def test_without_an_installation_the_standard_library_has_no_files() -> None:
    packages = dependent(MemoryTree({"p/p.go": b"package p\n"}))
    (cell,) = packages.cells(packages.find_mains([LINUX], ["."]))
    standard = {p.import_path: p for p in cell.packages if p.standard}
    assert sorted(standard) == ["fmt", "math", "runtime"]
    assert all(p.go_files == () and p.tree == "std" for p in standard.values())


def test_files_that_cannot_be_read_are_findings() -> None:
    files = {"go.mod": b"module example.com/m\n\ngo 1.26\n", "main.go": MAIN}
    tree = MemoryTree(files, {"gone.go": "nowhere", "gone_windows.go": "nowhere"})
    packages = loader(tree, small_std())
    (cell,) = packages.cells(packages.find_mains([LINUX], ["."]))
    (finding,) = cell.findings
    assert finding.location is not None
    assert finding.location.file == "gone.go"


def hostile(files: Mapping[str, bytes]) -> float:
    base = {"go.mod": b"module example.com/m\n\ngo 1.26\n"}
    start = time.process_time()
    packages = loader(MemoryTree(base | dict(files)), small_std())
    packages.cells(packages.find_mains([LINUX], ["."]))
    return time.process_time() - start


@pytest.mark.parametrize("path", ["all", "cmd", "std", "tool", "work", "C"])
def test_no_package_has_the_name_of_a_pattern(path: str) -> None:
    tree = MemoryTree({"go.mod": f"module {path}\n\ngo 1.26\n".encode(), "main.go": MAIN})
    packages = loader(tree, small_std())
    assert packages.find_mains([LINUX]) == ()
    assert [f.code for f in packages.nameless] == ["package-invalid"]


def test_all_programs_of_a_module_below_vendor_are_found() -> None:
    tree = MemoryTree({"go.mod": b"module vendor/x\n\ngo 1.26\n", "main.go": MAIN})
    (main,) = loader(tree, small_std()).find_mains([LINUX])
    assert main.import_path == "vendor/x"


def test_a_ring_of_packages_is_one_cycle() -> None:
    count = 3000
    files = {
        f"p{n}/x.go": f'package p{n}\nimport "example.com/m/p{(n + 1) % count}"\n'.encode()
        for n in range(count)
    }
    files["main.go"] = b'package main\nimport "example.com/m/p7"\n'
    packages = loader(
        MemoryTree(files | {"go.mod": b"module example.com/m\n\ngo 1.26\n"}), small_std()
    )
    (cell,) = packages.cells(packages.find_mains([LINUX], ["."]))
    cycles = [f for f in cell.findings if "import cycle" in f.message]
    assert len(cycles) == 1
    assert cycles[0].location is not None
    assert cycles[0].location.file == "p0/x.go"


def test_hostile_repositories_take_bounded_time() -> None:
    wide = b"package main\n" + b"".join(b'import "example.com/m/x%d"\n' % n for n in range(50_000))
    deep = "/".join(["d"] * 900)
    long_path = b'package main\nimport "' + b"a/" * 500_000 + b'b"\n'
    assert hostile({"main.go": wide}) < 20
    assert hostile({"main.go": MAIN, f"{deep}/x.go": b"package x\n"}) < 10
    assert hostile({"main.go": long_path}) < 5
    assert hostile({"main.go": b'package main\nimport "example.com/m/' + deep.encode() + b'"\n',
                    f"{deep}/x.go": b"package x\n"}) < 10  # fmt: skip
