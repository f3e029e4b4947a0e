"""Facts about the go command that surprise, each seen with it and answered alike by us.

Facts about proxies and go.sum are judged in test_module_cache*.py, about grammar in
test_grammar.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.oracle.goworld import GO

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(GO is None, reason="no go command")]

MAIN = "package main\n\nfunc main() {}\n"
MOD = "module m.example/x\n\ngo 1.24\n"
LIB = {"lib/go.mod": "module l.example/y\n\ngo 1.24\n", "lib/y.go": "package y\n"}
NEEDS = MOD + "\nrequire l.example/y v1.0.0\n\nreplace l.example/y => ./lib\n"
USES = 'package main\n\nimport _ "l.example/y"\n\nfunc main() {}\n'
LISTED = (
    "# l.example/y v1.0.0 => ./lib\n## explicit; go 1.24\nl.example/y\n# l.example/y => ./lib\n"
)


class Done(NamedTuple):
    """Exit code, output, complaints."""

    code: int
    out: str
    err: str


class World:
    """A folder of files, the go command and our command in it."""

    def __init__(self, at: Path) -> None:
        self.root = at / "w"
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("GO", "CGO"))},
            "GOPROXY": "off", "GOFLAGS": "", "GOWORK": "", "GOENV": "off", "GOSUMDB": "off",
            "GOTOOLCHAIN": "local", "GOMODCACHE": str(at / "modcache"), "CGO_ENABLED": "1",
            "COMPLIANCE_CACHE": str(at / "cache"),
        }  # fmt: skip

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    def go(self, *words: str, **environ: str) -> Done:
        return self._run([str(GO), *words], environ)

    def ours(self, command: str, *words: str, **environ: str) -> tuple[int, dict[str, Any], str]:
        call = [sys.executable, "-m", "compliance", command, str(self.root), *words, "--json"]
        done = self._run(call, environ)
        return done.code, json.loads(done.out) if done.out else {}, done.err

    def _run(self, words: list[str], environ: dict[str, str]) -> Done:
        done = subprocess.run(
            words, cwd=self.root, env={**self.environ, **environ}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def codes(self, command: str = "packages") -> set[str]:
        return {f["code"] for f in self.ours(command)[1].get("findings", ())}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_01_a_workspace_sibling_at_a_version_is_fetched(world: World) -> None:
    world.write({
        "go.work": "go 1.24\n\nuse (\n\t./a\n\t./b\n)\n",
        "a/go.mod": "module a.example/a\n\ngo 1.24\n\nrequire b.example/b v0.0.0\n",
        "a/a.go": "package a\n", "b/go.mod": "module b.example/b\n\ngo 1.24\n",
        "b/b.go": "package b\n",
    })  # fmt: skip
    assert world.go("list", "-m", "all").code == 1
    code, document, _ = world.ours("modules")
    assert code == 3
    assert [f["code"] for f in document["findings"]] == ["module-unavailable"]


def test_02_the_graph_names_go_and_toolchain_the_list_does_not(world: World) -> None:
    world.write({"go.mod": NEEDS, "main.go": USES, **LIB})
    assert " go@1.24" in world.go("mod", "graph").out
    assert "go@" not in world.go("list", "-m", "all").out
    document = world.ours("modules")[1]
    assert document["edges"] == [["m.example/x", "l.example/y@v1.0.0"]]
    assert [m["path"] for m in document["modules"]] == ["m.example/x", "l.example/y"]


def test_03_a_main_module_without_a_go_line_counts_as_1_16(world: World) -> None:
    world.write({"go.mod": "module m.example/x\n", "main.go": MAIN})
    said = json.loads(world.go("list", "-m", "-json").out)
    assert said["GoVersion"] == "1.16"
    assert world.ours("modules")[1]["modules"][0]["go_version"] == "1.16"
    world.write({"go.work": "go 1.24\n\nuse .\n"})
    assert "GoVersion" not in json.loads(world.go("list", "-m", "-json").out)
    assert world.ours("modules")[1]["modules"][0]["go_version"] is None


@pytest.mark.parametrize(("gomod", "listed", "used"), [
    (NEEDS, LISTED, True),
    (NEEDS, "## workspace\n" + LISTED, False),
    (NEEDS.replace("\ngo 1.24\n", "\n"), LISTED, False),
    (NEEDS.replace("go 1.24", "go 1.13"), LISTED, False),
])  # fmt: skip
def test_04_which_vendor_folder_counts(
    world: World, gomod: str, listed: str, *, used: bool
) -> None:
    world.write({
        "go.mod": gomod, "main.go": USES, "lib/go.mod": "module l.example/y\n\ngo 1.12\n",
        "lib/y.go": "package y\n", "vendor/modules.txt": listed,
        "vendor/l.example/y/y.go": "package y\n",
    })  # fmt: skip
    done = world.go("list", "-deps", "-f", "{{.ImportPath}} {{.Dir}}")
    folder = next(x for x in done.out.splitlines() if x.startswith("l.example/y")).split()[1]
    assert ("/vendor/" in folder) == used
    code, document, _ = world.ours("packages")
    found = {p["import_path"]: p["dir"] for p in document["cells"][0]["packages"]}
    assert (code, found["l.example/y"]) == (0, "vendor/l.example/y" if used else "lib")


def test_04_an_empty_vendor_folder_is_refused(world: World) -> None:
    world.write({"go.mod": NEEDS, "main.go": USES, **LIB})
    (world.root / "vendor").mkdir()
    assert world.go("list").code == 1
    assert world.codes() >= {"vendor-inconsistent"}


@pytest.mark.parametrize("listed", [
    LISTED.replace("## explicit; go 1.24", "## go 1.24"),
    LISTED.replace("=> ./lib", "=> ./x/../lib"),
    LISTED + "# o.example/z => ./lib\n",
    LISTED.replace("v1.0.0", "v1.0.1"),
])  # fmt: skip
def test_06_inconsistent_vendoring(world: World, listed: str) -> None:
    world.write({
        "go.mod": NEEDS, "main.go": USES, **LIB, "vendor/modules.txt": listed,
        "vendor/l.example/y/y.go": "package y\n",
    })  # fmt: skip
    assert "inconsistent vendoring" in world.go("list").err
    assert "vendor-inconsistent" in world.codes()


@pytest.mark.parametrize("go", ["1.17", "1.24"])
def test_06_packages_below_the_line_of_a_replace_are_of_no_version(world: World, go: str) -> None:
    module, mark, package, replaced = LISTED.splitlines(keepends=True)
    world.write({
        "go.mod": NEEDS.replace("1.24", go), "main.go": USES, **LIB,
        "vendor/modules.txt": module + mark + replaced + package,
        "vendor/l.example/y/y.go": "package y\n",
    })  # fmt: skip
    assert "should be required explicitly" in world.go("list").err
    assert "vendor-inconsistent" in world.codes()


@pytest.mark.parametrize("listed", [
    LISTED.replace("\n", "\r\n"),
    LISTED * 2,
    LISTED.replace("explicit; go 1.24", "explicit; go 1.9"),
    LISTED.replace("## explicit; go 1.24", "## explicit; go 1.24; unknown"),
    LISTED.replace("v1.0.0 => ./lib", "v1.0.0"),
])  # fmt: skip
def test_07_tolerated_vendoring(world: World, listed: str) -> None:
    world.write({
        "go.mod": NEEDS, "main.go": USES, **LIB, "vendor/modules.txt": listed,
        "vendor/l.example/y/y.go": "package y\n",
    })  # fmt: skip
    assert world.go("list").code == 0
    assert "vendor-inconsistent" not in world.codes()


def test_08_excluding_what_is_required_drops_the_requirement(world: World) -> None:
    world.write({
        "go.mod": NEEDS + "\nexclude l.example/y v1.0.0\n", "main.go": MAIN, **LIB,
    })  # fmt: skip
    assert "updates to go.mod needed" in world.go("list", "-m", "all").err
    code, _, err = world.ours("modules")
    assert code == 3
    assert "updates to go.mod needed" in err


def test_09_what_go_mod_vendor_copies(world: World) -> None:
    """Our list of what it copies is its own: nothing differs after it ran."""
    files = {
        "lib/sub/s.go": "package sub\n", "lib/sub/s_windows.go": "package sub\n",
        "lib/sub/s_test.go": "package sub\n",
        "lib/sub/gen.go": "//go:build ignore\n\npackage main\n", "lib/sub/notes.md": "x\n",
        "lib/sub/a.c": "//go:build ignore\n", "lib/sub/LICENSE": "x\n",
        "lib/LICENSE.txt": "x\n", "lib/NOTICE": "x\n", "lib/README.md": "x\n",
        "lib/unused/u.go": "package unused\n",
    }  # fmt: skip
    use = 'package main\n\nimport _ "l.example/y/sub"\n\nfunc main() {}\n'
    world.write({"go.mod": NEEDS, "main.go": use, **LIB, **files})
    assert world.go("mod", "vendor").code == 0
    copied = {
        p.relative_to(world.root / "vendor/l.example/y").as_posix()
        for p in (world.root / "vendor/l.example/y").rglob("*")
        if p.is_file()
    }
    assert copied == {
        "LICENSE.txt", "NOTICE", "sub/LICENSE", "sub/a.c", "sub/notes.md", "sub/s.go",
        "sub/s_windows.go",
    }  # fmt: skip
    assert world.ours("packages")[0] == 0


@pytest.mark.parametrize(("number", "files", "says"), [
    (12, {"a_windows.go": "package main\n", "A_windows.go": "package main\n"}, "case-insensitive"),
    (13, {"a.go": "//go:build linux // x\n\npackage main\n"}, "parsing //go:build"),
    (13, {"a.go": "//go:build linux\n//go:build amd64\n\npackage main\n"}, "multiple //go:build"),
    (13, {"a.go": "//go:build a,b\n\npackage main\n"}, "parsing //go:build"),
    (17, {"a.go": "package main\n\nimport (\n\t\"fmt\"\n\tfunc\n)\n"}, "a.go:5"),
])  # fmt: skip
def test_refusals_of_files(world: World, number: int, files: dict[str, str], says: str) -> None:
    world.write({"go.mod": MOD, "main.go": MAIN, **files})
    done = world.go("list", "-deps")
    assert done.code == 1, number
    assert says in done.err
    code, document, _ = world.ours("packages")
    assert code == 3
    assert {f["code"] for f in document["findings"]} == {"package-invalid"}


def test_14_without_cgo_its_sources_vanish_and_headers_stay(world: World) -> None:
    names = ("x.c", "x.cc", "x.m", "x.S", "x.h", "y.s")
    world.write({
        "go.mod": MOD, "main.go": MAIN, "c.go": 'package main\n\nimport "C"\n',
        **dict.fromkeys(names, "\n"),
    })  # fmt: skip
    fields = ("CFiles", "CXXFiles", "MFiles", "SFiles", "HFiles")
    for cgo, flag in (("1", "cgo"), ("0", "nocgo")):
        said = json.loads(world.go("list", f"-json={','.join(fields)}", CGO_ENABLED=cgo).out)
        document = world.ours("packages", "--platform", f"linux/amd64,{flag}")[1]
        own = next(p for p in document["cells"][0]["packages"] if not p["standard"])
        assert sorted(own["other_files"]) == sorted(f for k in fields for f in said.get(k, ()))
    assert sorted(own["other_files"]) == ["x.h", "y.s"]
    world.write({"x.f": "\n"})
    assert world.go("list", CGO_ENABLED="0").code == 1
    assert world.ours("packages", "--platform", "linux/amd64,nocgo")[0] == 3


def test_15_a_dependency_with_tests_only(world: World) -> None:
    world.write({
        "go.mod": NEEDS, "main.go": USES, "lib/go.mod": LIB["lib/go.mod"],
        "lib/y_test.go": "package y\n",
    })  # fmt: skip
    assert world.go("list", "-deps").code == 0
    assert world.go("build", "-o", os.devnull).code == 1
    assert "package-missing" in world.codes()


def test_15_a_folder_of_text_does_not_make_an_import_ambiguous(world: World) -> None:
    world.write({
        "go.mod": MOD + "\nrequire (\n\tl.example/y v1.0.0\n\tl.example/y/sub v1.0.0\n)\n\n"
        "replace (\n\tl.example/y => ./lib\n\tl.example/y/sub => ./sub\n)\n",
        "main.go": 'package main\n\nimport _ "l.example/y/sub"\n\nfunc main() {}\n', **LIB,
        "sub/go.mod": "module l.example/y/sub\n\ngo 1.24\n", "sub/s.go": "package sub\n",
        "lib/sub/readme.txt": "x\n",
    })  # fmt: skip
    assert world.go("list", "-deps").code == 0
    assert world.ours("packages")[0] == 0
    world.write({"lib/sub/s_test.go": "package sub\n"})
    assert "ambiguous import" in world.go("list", "-deps").err
    assert world.ours("packages")[0] == 3


def test_16_a_dangling_link_to_a_go_file(world: World) -> None:
    world.write({"go.mod": MOD, "main.go": MAIN})
    for name in ("b.txt", "x_windows.go"):
        (world.root / name).symlink_to("nowhere")
        assert world.go("list", GOOS="linux").code == 0
        assert world.ours("packages", "--platform", "linux/amd64")[0] == 0
    (world.root / "x.go").symlink_to("nowhere")
    assert world.go("list").code == 1
    assert world.ours("packages")[0] == 3


def test_17_a_broken_body_does_not_matter(world: World) -> None:
    world.write({"go.mod": MOD, "main.go": MAIN, "a.go": "package main\n\nfunc f() { (( }\n"})
    assert world.go("list", "-deps").code == 0
    assert world.ours("packages")[0] == 0


def test_patterns_are_relative_to_the_folder_that_is_asked_about(world: World) -> None:
    world.write({
        "go.work": "go 1.24\n\nuse (\n\t./a\n\t./b\n)\n", ".git/HEAD": "ref: refs/heads/x\n",
        "a/go.mod": "module a.example/a\n\ngo 1.24\n", "a/main.go": MAIN, "a/cmd/x/x.go": MAIN,
        "b/go.mod": "module b.example/b\n\ngo 1.24\n", "b/main.go": MAIN,
    })  # fmt: skip
    for pattern in (".", "./...", "./cmd/x", "../b", "./cmd/..."):
        go = subprocess.run(
            [str(GO), "list", "-buildvcs=false", pattern], cwd=world.root / "a",
            capture_output=True, text=True, check=True, env=world.environ,
        ).stdout.split()  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "compliance", "packages", ".", "--json", "--main", pattern],
            cwd=world.root / "a", env=world.environ, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert [c["main"] for c in json.loads(done.stdout)["cells"]] == sorted(go), pattern


@pytest.mark.parametrize("named", ["bogus", "jsonv2", "none,noregabi", "nojsonv2", "nobogus"])
def test_experiments_that_go_does_not_know_are_refused(world: World, named: str) -> None:
    world.write({"go.mod": MOD, "main.go": MAIN})
    refused = world.go("list", "-deps", GOEXPERIMENT=named).code != 0
    assert world.ours("packages", GOEXPERIMENT=named)[0] == (2 if refused else 0)


@pytest.mark.parametrize("go", ["1.15", "1.16", "1.17", "1.24"])
@pytest.mark.parametrize("own", ["a", "b", "a b"])
def test_a_requirement_that_go_mod_lacks_is_told(world: World, go: str, own: str) -> None:
    """a requires b; the main module requires a only, and imports one of them or both."""
    imports = "".join(f'import _ "{name}.example/{name}"\n' for name in own.split())
    world.write({
        "go.mod": f"module m.example/m\n\ngo {go}\n\nrequire a.example/a v1.0.0\n\n"
        "replace a.example/a => ./a\n\nreplace b.example/b => ./b\n",
        "main.go": f"package main\n\n{imports}\nfunc main() {{}}\n",
        "a/go.mod": "module a.example/a\n\ngo 1.15\n\nrequire b.example/b v1.0.0\n",
        "a/a.go": 'package a\n\nimport _ "b.example/b"\n',
        "b/go.mod": "module b.example/b\n\ngo 1.15\n", "b/b.go": "package b\n",
    })  # fmt: skip
    refused = world.go("list", "-deps")
    code, document, complaints = world.ours("packages")
    found = [f for f in document["findings"] if f["code"] == "requirement-missing"]
    assert bool(refused.code) == bool(found), refused.err
    assert code == 0
    assert ("b.example/b@v1.0.0" in complaints) == bool(found)
    world.go("list", "-deps", "-mod=mod")
    assert not world.go("list", "-deps").code
    assert world.ours("packages")[1]["findings"] == []


@pytest.mark.parametrize("go", ["1.16", "1.17", "1.24"])
@pytest.mark.parametrize("second", ["./a", "./c/../a", "./b"])
@pytest.mark.parametrize("work", [False, True])
@pytest.mark.parametrize("named", ["a", "a b"])
def test_code_under_two_module_paths_is_told(
    world: World, go: str, second: str, work: bool, named: str
) -> None:
    """a requires b, and both are replaced, maybe by the same folder."""
    requires = "".join(f"require {name}.example/{name} v1.0.0\n" for name in named.split())
    world.write({
        "go.mod": f"module m.example/m\n\ngo {go}\n\n{requires}\n"
        f"replace a.example/a => ./a\n\nreplace b.example/b => {second}\n",
        "main.go": 'package main\n\nimport _ "a.example/a"\n\nfunc main() {}\n',
        "a/go.mod": "module a.example/a\n\ngo 1.15\n\nrequire b.example/b v1.0.0\n",
        "a/a.go": "package a\n",
        "b/go.mod": "module b.example/b\n\ngo 1.15\n", "b/b.go": "package b\n",
    })  # fmt: skip
    if work:
        world.write({"go.work": f"go {go}\n\nuse .\n"})
    refused = world.go("list", "-deps")
    code, document, _ = world.ours("packages")
    assert code == 0
    found = [f for f in document["findings"] if f["code"] == "module-used-twice"]
    assert ("two different module paths" in refused.err) == bool(found)


@pytest.mark.parametrize("folder", ["c d", "é", "a@b", "x/con", "ok.d", "_x", "trailing."])
@pytest.mark.parametrize("text", [MAIN, "package p\n"])
def test_a_folder_that_no_import_path_can_name_is_told(
    world: World, folder: str, text: str
) -> None:
    world.write({"go.mod": MOD, "main.go": MAIN, f"{folder}/x.go": text})
    refused = world.go("list", "./...").code != 0
    code, document, _ = world.ours("packages")
    if text == MAIN:
        assert (code == 3) == refused
        assert {f["location"]["file"] for f in document["findings"]} == (
            {folder} if refused else set()
        )
        assert all(c["packages"] for c in document["cells"])
    else:
        assert code == 0  # no program needs it
    world.write({"main.go": "package x\n"})
    scan = [sys.executable, "-m", "compliance", "scan", str(world.root), "--outbound", "MIT"]
    done = subprocess.run(scan, env=world.environ, capture_output=True, text=True, check=False)
    assert done.returncode == (3 if refused else 0), done.stderr


@pytest.mark.parametrize(
    "path",
    ["all", "cmd", "std", "tool", "work", "C", "fmt", "unsafe", "vendor/x", "a.b/vendor/x",
     "cmd/x", "std/x", "all/x", "main", "internal/x", "go/x", "_"],
)  # fmt: skip
def test_main_modules_with_names_of_the_go_command_are_read_alike(world: World, path: str) -> None:
    main = f'package main\n\nimport _ "{path}/sub"\n\nfunc main() {{}}\n'
    world.write({"go.mod": f"module {path}\n\ngo 1.24\n", "main.go": main})
    world.write({"sub/sub.go": "package sub\n"})
    listed = world.go("list", "-deps", "./...")
    code, document, _ = world.ours("packages")
    assert (code == 3) == bool(listed.code), listed.err
    if not listed.code:
        (cell,) = document["cells"]
        assert sorted(p["import_path"] for p in cell["packages"]) == sorted(listed.out.split())
