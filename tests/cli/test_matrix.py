"""`--matrix`: the builds of a release file as cells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FILES = {
    "go.mod": "module example.com/app\n\ngo 1.24\n",
    "cmd/a/main.go": "package main\n\nfunc main() {}\n",
    "cmd/a/a_windows.go": "package main\n\nimport _ \"example.com/app/win\"\n",
    "cmd/b/main.go": "package main\n\nfunc main() {}\n",
    "cmd/b/tagged.go": "//go:build extra\n\npackage main\n\nimport _ \"example.com/app/extra\"\n",
    "win/win.go": "package win\n",
    "extra/extra.go": "package extra\n",
    ".goreleaser.yaml": (
        "version: 2\nenv: [CGO_ENABLED=0]\nbuilds:\n"
        "  - {id: a, main: ./cmd/a, targets: [linux_amd64, windows_arm64]}\n"
        "  - {id: b, dir: cmd, main: ./b/main.go, goos: [linux], goarch: [arm],\n"
        "     goarm: ['6', '7'], tags: [extra]}\n"
    ),
}  # fmt: skip


def _repository(at: Path) -> Path:
    for name, text in FILES.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text)
    return at


def test_each_program_has_only_its_own_platforms(run: Run, tmp_path: Path) -> None:
    root = _repository(tmp_path / "app")
    done = run("packages", root, "--matrix", root / ".goreleaser.yaml", "--json")
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)["cells"]
    own = [
        [
            c["main"].rpartition("/")[2], c["platform"], c["cgo"], c["tags"], c["arch_level"],
            [p["import_path"].rpartition("/")[2] for p in c["packages"] if not p["standard"]],
        ]
        for c in cells
    ]  # fmt: skip
    assert own == [
        ["a", "linux/amd64", False, [], None, ["a"]],
        ["a", "windows/arm64", False, [], None, ["a", "win"]],
        ["b", "linux/arm", False, ["extra"], "6", ["b", "extra"]],
        ["b", "linux/arm", False, ["extra"], None, ["b", "extra"]],
    ]


def test_a_scan_names_the_platforms_of_each_artifact(run: Run, tmp_path: Path) -> None:
    root = _repository(tmp_path / "app")
    out = tmp_path / "out"
    words = ("--matrix", root / ".goreleaser.yaml", "--format", "json", "-o", out)
    done = run("scan", root, *words, "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    report = json.loads((out / "report.json").read_text())
    assert [(a["name"], a["platforms"]) for a in report["artifacts"]] == [
        ("a", ["linux/amd64,nocgo", "windows/arm64,nocgo"]),
        ("b", ["linux/arm,nocgo,extra,arm=6", "linux/arm,nocgo,extra"]),
    ]


def test_main_narrows_it_and_platform_contradicts_it(run: Run, tmp_path: Path) -> None:
    root = _repository(tmp_path / "app")
    file = root / ".goreleaser.yaml"
    done = run("packages", root, "--matrix", file, "--main", "./cmd/b", "--json")
    assert {c["main"] for c in json.loads(done.stdout)["cells"]} == {"example.com/app/cmd/b"}
    done = run("packages", root, "--matrix", file, "--platform", "linux/amd64")
    assert (done.returncode, done.stderr) == (
        2, "compliance: --matrix and --platform exclude each other\n"
    )  # fmt: skip


def test_what_is_wrong_has_file_and_line(run: Run, tmp_path: Path) -> None:
    root = _repository(tmp_path / "app")
    file = root / "release.yml"
    file.write_text("builds:\n  - id: x\n    main: ./cmd/none\n")
    done = run("packages", root, "--matrix", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("compliance: release.yml:2: no folder cmd/none")
    done = run("packages", root, "--matrix", tmp_path / "none.yml")
    assert done.returncode == 2
    file.write_text("builds:\n  - {targets: [linux_amd64], main: ./cmd/a, flags: [-mod=vendor]}\n")
    done = run("packages", root, "--matrix", file)
    assert done.returncode == 3
    assert "release.yml:2: block" in done.stderr


WITH_C = {
    "go.mod": "module example.com/app\n\ngo 1.24\n",
    "main.go": (
        "package main\n\n// #cgo LDFLAGS: -lfoo -lm\n// void foo(void);\nimport \"C\"\n\n"
        "import _ \"plugin\"\n\nfunc main() { C.foo() }\n"
    ),
    ".goreleaser.yaml": (
        "version: 2\nenv: [CGO_ENABLED=1]\nbuilds:\n"
        "  - goos: [linux]\n    goarch: [amd64]\n    ldflags: ['-s -extldflags \"-static\"']\n"
    ),
    ".compliance.yaml": (
        "version: 1\ncomponents:\n"
        "  - {id: 'c:foo', license: LGPL-2.1-only, kind: c-lib}\n"
        "  - {id: 'c:libc', license: MIT, kind: c-lib}\n"
        "  - {id: 'c:m', license: MIT, kind: c-lib}\n"
    ),
}  # fmt: skip


def _with_c(at: Path, **changed: str) -> Path:
    for name, text in {**WITH_C, **changed}.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text)
    return at


def test_static_linking_puts_the_libraries_of_c_inside(run: Run, tmp_path: Path) -> None:
    root = _with_c(tmp_path / "app")
    words = ("--format", "json", "-o", "-", "--fail-on", "never", "--offline")
    loose = json.loads(run("scan", root, *words, "--platform", "linux/amd64,cgo").stdout)
    assert {f["code"] for f in loose["findings"]} & {"relink", "unknown-license"} == set()
    done = run("scan", root, *words, "--matrix", root / ".goreleaser.yaml")
    report = json.loads(done.stdout)
    (relink,) = (f for f in report["findings"] if f["code"] == "relink")
    assert relink["component"] == "c:foo"
    assert [(h["edge"], h["file"], h["line"]) for h in relink["path"]] == [
        ("cgo-static", ".goreleaser.yaml", 6), (None, None, None),
    ]  # fmt: skip
    plugins = [x for x in report["limits"] if x["what"].startswith("Go plugins")]
    assert "main.go:7" in plugins[0]["what"]


def test_a_static_flag_of_one_package_puts_the_libraries_of_all_inside(
    run: Run, tmp_path: Path
) -> None:
    root = _with_c(tmp_path / "app", **{
        ".compliance.yaml": "version: 1\ncomponents: [{id: 'c:bar', license: MIT, kind: c-lib}]\n",
        "main.go": "package main\n\n// #cgo LDFLAGS: -lfoo\n// void foo(void);\nimport \"C\"\n\n"
        "import _ \"example.com/app/in\"\n\nfunc main() { C.foo() }\n",
        "in/in.go": "package in\n\n// #cgo LDFLAGS: -lbar -static\n// void bar(void);\n"
        "import \"C\"\n\nfunc F() { C.bar() }\n",
    })  # fmt: skip
    words = ("--format", "json", "-o", "-", "--fail-on", "never", "--offline")
    report = json.loads(run("scan", root, *words, "--platform", "linux/amd64,cgo").stdout)
    unknown = [f for f in report["findings"] if f["code"] == "unknown-license"]
    assert {f["component"] for f in unknown} == {"c:foo", "c:libc"}
    assert {(f["severity"], f["path"][-2]["file"], f["path"][-2]["line"]) for f in unknown} == {
        ("block", "in/in.go", 3)
    }
    assert all("no component declares it" in f["message"] for f in unknown)
    first = {f["component"]: f["remedies"][:2] for f in unknown}
    assert [(r["kind"], r["edits"]) for r in first["c:libc"]] == [
        ("isolate", ["in/in.go:3: link without -static"]),
        (
            "replace",
            [
                "build without cgo: CGO_ENABLED=0, and without example.com/app and 1 more,"
                " which have no Go file for it"
            ],
        ),
    ]
    assert first["c:foo"][0]["title"] == "Link the C library foo dynamically, as the system has it"
    assert [e.partition(": ")[2] for e in first["c:foo"][1]["edits"]] == [
        "stop using the C library foo"
    ]
    for finding in unknown:
        for remedy in finding["remedies"]:
            assert len(remedy["edits"]) == len(set(remedy["edits"]))
    plain = json.loads(run("scan", root, *words, "--platform", "linux/amd64,nocgo").stdout)
    assert not [f for f in plain["findings"] if f["code"] == "unknown-license"]


@pytest.mark.parametrize(
    ("more", "edit"),
    [
        ({"pure.go": "//go:build !cgo\n\npackage main\n\nfunc main() {}\n"}, ""),
        ({"plain.go": "package main\n\nvar x = 1\n"},
         "; whether example.com/app compiles then is not known"),
        ({}, ", and without example.com/app, which has no Go file for it"),
    ],
)  # fmt: skip
def test_a_build_without_cgo_is_advised_with_what_is_known_of_it(
    run: Run, tmp_path: Path, more: dict[str, str], edit: str
) -> None:
    main = (
        'package main\n\n// #cgo LDFLAGS: -static\n// void f(void);\nimport "C"\n\nfunc main() {}\n'
    )
    root = _with_c(
        tmp_path / "app", **{".compliance.yaml": "version: 1\n", "main.go": main, **more}
    )
    words = ("--format", "json", "-o", "-", "--offline", "--platform", "linux/amd64,cgo")
    report = json.loads(run("scan", root, *words).stdout)
    (finding,) = (f for f in report["findings"] if f["component"] == "c:libc")
    (replaced,) = (r for r in finding["remedies"] if r["kind"] == "replace")
    assert replaced["edits"] == [f"build without cgo: CGO_ENABLED=0{edit}"]


def test_what_is_linked_statically_and_not_declared_is_unknown(run: Run, tmp_path: Path) -> None:
    root = _with_c(tmp_path / "app", **{".compliance.yaml": "version: 1\n"})
    words = ("--format", "json", "-o", "-", "--fail-on", "never", "--offline")
    done = run("scan", root, *words, "--platform", "linux/amd64,cgo",
               GOFLAGS="-ldflags=-extldflags=-static -buildmode=c-shared")  # fmt: skip
    report = json.loads(done.stdout)
    unknown = {f["component"] for f in report["findings"] if f["code"] == "unknown-license"}
    assert unknown == {"c:foo", "c:libc", "c:m"}
    shared = [x for x in report["limits"] if x["what"].startswith("Built as a C shared library")]
    assert "example.com/app (GOFLAGS)" in shared[0]["what"]
