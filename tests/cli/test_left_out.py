"""Programs for platforms that a scan does not look at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

PROGRAM = "package main\n\nfunc main() {}\n"
LIBRARY = {"lib/lib.go": "package lib\n"}


def scanned(run: Run, root: Path, files: dict[str, str], *words: str) -> tuple[int, dict[str, Any]]:
    for name, text in {"go.mod": "module app.example/app\n\ngo 1.22\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    words = words or ("--platform", "linux/amd64")
    done = run("scan", root, "--format", "json", "-o", "-", "-q", *words)
    return done.returncode, json.loads(done.stdout)


def named(report: dict[str, Any]) -> list[str]:
    return [x["what"] for x in report["limits"] if x["what"].startswith("Programs are for")]


@pytest.mark.parametrize(
    ("files", "words", "code", "limit"),
    [
        ({"cmd/w/main.go": f"//go:build windows\n\n{PROGRAM}"}, "other platforms or tags", 3,
         "./cmd/w (main.go: windows)"),
        ({"cmd/w/main_windows.go": PROGRAM}, "other platforms or tags", 3,
         "./cmd/w (main_windows.go: windows)"),
        ({"main.go": f"//go:build tamago && arm\n\n{PROGRAM}"}, "TinyGo or TamaGo", 3,
         "the root (main.go: tamago && arm)"),
        ({"cmd/w/main_windows.go": PROGRAM, **LIBRARY}, "other platforms or tags", 0,
         "./cmd/w (main_windows.go: windows)"),
        ({"cmd/w/main_windows.go": PROGRAM, "cmd/l/l.go": PROGRAM}, "other platforms or tags", 0,
         "./cmd/w (main_windows.go: windows)"),
    ],
)  # fmt: skip
def test_programs_that_are_not_built_are_named(
    run: Run, tmp_path: Path, files: dict[str, str], words: str, code: int, limit: str
) -> None:
    found, report = scanned(run, tmp_path / "app", files)
    assert named(report) == [f"Programs are for {words}: {limit}"]
    assert (found, report["gate"]["outcome"]) == (code, "incomplete" if code else "pass")
    told = [f["severity"] for f in report["findings"] if f["code"] == "build-undetermined"]
    assert told == ([] if "cmd/l/l.go" in files else ["block" if code else "warn"])


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"gen/gen.go": f"//go:build ignore\n\n{PROGRAM}", **LIBRARY}, ()),
        ({"cmd/l/l.go": PROGRAM, "cmd/l/l_windows.go": "package main\n"}, ()),
        ({"cmd/w/main_windows.go": PROGRAM}, ("--platform", "windows/amd64")),
        ({"cmd/w/main_windows.go": PROGRAM, "cmd/l/l.go": PROGRAM}, ("--main", "./cmd/l")),
        ({"testdata/w/main_windows.go": PROGRAM, **LIBRARY}, ()),
    ],
)  # fmt: skip
def test_what_is_built_or_never_is_not_named(
    run: Run, tmp_path: Path, files: dict[str, str], words: tuple[str, ...]
) -> None:
    code, report = scanned(run, tmp_path / "app", files, *words)
    assert (code, named(report), report["findings"]) == (0, [], [])


@pytest.mark.parametrize("platform", ["tamago/arm", "linux/arm,tinygo"])
def test_other_compilers_are_refused_with_the_reason(
    run: Run, tmp_path: Path, platform: str
) -> None:
    done = run("scan", tmp_path, "--platform", platform)
    assert done.returncode == 2
    assert "TinyGo and TamaGo are not judged" in done.stderr


def test_an_incomplete_document_on_stdout_says_so_beside(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "app"
    scanned(run, root, {"cmd/w/main_windows.go": PROGRAM})
    words = ("--platform", "linux/amd64", "--format", "spdx-json", "-o", "-")
    done = run("scan", root, *words)
    assert done.returncode == 3
    assert done.stderr.startswith("compliance: incomplete: ")
    assert run("scan", root, *words, "-q").stderr == ""


def test_examples_behind_a_tag_are_a_remark_beside_a_library(run: Run, tmp_path: Path) -> None:
    tagged = f"//go:build examples\n\n{PROGRAM}"
    code, report = scanned(run, tmp_path / "app", {"examples/a/main.go": tagged, **LIBRARY})
    found = [f["severity"] for f in report["findings"] if f["code"] == "build-undetermined"]
    assert (code, found) == (0, ["pass"])
    assert named(report) == [
        "Programs are for other platforms or tags: ./examples/a (main.go: examples)"
    ]
    shown = run("scan", tmp_path / "app", "--platform", "linux/amd64").stdout
    assert "build-undetermined" not in shown
    assert "./examples/a (main.go: examples)" in " ".join(shown.split())


def test_programs_for_tinygo_are_undecided_and_told_once(run: Run, tmp_path: Path) -> None:
    device = 'package main\n\nimport "machine"\n\nfunc main() { machine.Init() }\n'
    files = {f"cmd/{n}/main.go": device for n in ("blink", "flash", "watch")}
    code, report = scanned(run, tmp_path / "app", files)
    assert (code, report["gate"]["outcome"]) == (3, "incomplete")
    assert {(a["verdict"], a["unread"]) for a in report["artifacts"]} == {("block", True)}
    shown = run("scan", tmp_path / "app", "--platform", "linux/amd64").stdout
    assert "None of the 3 artifacts can be decided" in " ".join(shown.split())
    assert "3 artifacts are not decided: blink, flash, watch" in shown
    assert "TinyGo brings this package" in " ".join(shown.split())
