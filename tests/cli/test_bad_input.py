"""What cannot be done is said in a line or two, with the right exit code and no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

MAIN = "package main\n\nimport _ {path!r}\n\nfunc main() {{}}\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        target = folder / name.replace("__", "/").replace("_DOT_", ".")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return folder


def test_a_folder_without_go_mod_is_a_usage_error_that_says_what_was_looked_for(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    done = run("scan", tmp_path / "empty")
    assert done.returncode == 2
    assert "go.mod" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_go_mod_is_named_with_file_and_line(run: Run, tmp_path: Path) -> None:
    repo = write(
        tmp_path / "repo", go_DOT_mod="module m.example\n\ngo 1.22\n\nrequire (\n\tbroken\n)\n"
    )
    done = run("scan", repo)
    assert done.returncode == 3
    assert "go.mod:6" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["go.sum", "vendor/modules.txt", "go.mod", "go.work.sum"])
@pytest.mark.parametrize("kind", ["folder", "link"])
def test_a_file_of_go_that_cannot_be_read_is_named_once(
    run: Run, tmp_path: Path, name: str, kind: str
) -> None:
    repo = write(tmp_path / "repo", main_DOT_go="package main\n\nfunc main() {}\n")
    if name != "go.mod":
        write(repo, go_DOT_mod="module m.example\n\ngo 1.22\n")
    if name == "go.work.sum":
        write(repo, go_DOT_work="go 1.22\n\nuse .\n")
    place = repo / name
    place.parent.mkdir(exist_ok=True)
    if kind == "folder" and name != "go.mod":
        place.mkdir()
    else:
        place.symlink_to("/etc/hostname")
    for command in ("modules", "packages", "scan"):
        done = run(command, repo)
        assert done.returncode == 3
        assert done.stderr.count(name) == 1, done.stderr
        assert "defect" not in done.stderr


def test_a_module_that_nobody_has_is_listed_and_the_report_is_written(
    run: Run, tmp_path: Path
) -> None:
    repo = write(
        tmp_path / "repo",
        go_DOT_mod="module m.example\n\ngo 1.22\n\nrequire gone.example/x v1.0.0\n",
        main_DOT_go=MAIN.replace("'", '"').format(path="gone.example/x"),
    )
    (repo / "main.go").write_text('package main\n\nimport _ "gone.example/x"\n\nfunc main() {}\n')
    total = f"h1:{'A' * 43}="
    sums = f"gone.example/x v1.0.0 {total}\ngone.example/x v1.0.0/go.mod {total}\n"
    (repo / "go.sum").write_text(sums)
    (repo / "also").mkdir()
    (repo / "also/main.go").write_text((repo / "main.go").read_text())
    done = run("scan", repo, "-o", tmp_path / "out")
    assert done.returncode == 3
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert report["gate"]["outcome"] == "incomplete"
    told = [text for text in report["gate"]["missing"] if "gone.example/x@v1.0.0" in text]
    assert len(told) == 1, "two programs lack the same module, its go.mod and its source"
    importing = {f["location"]["file"] for f in report["findings"] if "imported by" in f["message"]}
    assert importing == {"main.go", "also/main.go"}
    assert [a["verdict"] for a in report["artifacts"]] == ["block", "block"]
    assert "module-unavailable" in {f["code"] for f in report["findings"]}
    assert "pass" not in {a["verdict"] for a in report["artifacts"]}
    _is_shipped_and_unknown(report, "gone.example/x", tmp_path / "out")


def _is_shipped_and_unknown(report: dict[str, Any], path: str, out: Path) -> None:
    """What a binary imports is in it, whether it can be read or not: the bill lists it."""
    (module,) = [m for m in report["modules"] if m["path"] == path]
    assert (module["scope"], sorted(module["artifacts"])) == ("linked", ["also", "m.example"])
    assert module["license"]["concluded"] == "NOASSERTION"
    assert module["verification"] == "unverifiable"
    assert path in " ".join(report["artifacts"][0]["modules"])
    bill = json.loads((out / "sbom.spdx.json").read_text("utf-8"))
    packages = {p["name"]: p for p in bill["packages"]}
    assert packages[path]["licenseConcluded"] == "NOASSERTION"
    built = [p for p in bill["packages"] if p["SPDXID"].startswith("SPDXRef-artifact")]
    assert [p["licenseConcluded"] for p in built] == ["NOASSERTION", "NOASSERTION"]
    linked = {r["relatedSpdxElement"] for r in bill["relationships"]
              if r["relationshipType"] == "STATIC_LINK"}  # fmt: skip
    assert packages[path]["SPDXID"] in linked
    assert {f["component"] for f in report["findings"] if f["code"] == "module-unavailable"} == {
        module["purl"]
    }


def test_a_link_out_of_the_tree_is_not_followed(run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("MIT License\n")
    repo = write(
        tmp_path / "repo",
        go_DOT_mod="module m.example\n\ngo 1.22\n",
        main_DOT_go="package main\n\nfunc main() {}\n",
    )
    (repo / "LICENSE").symlink_to(secret)
    done = run("scan", repo, "-o", tmp_path / "out")
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert "file-unreadable" in {f["code"] for f in report["findings"]}
    assert "Traceback" not in done.stderr


def test_an_output_folder_that_is_a_link_is_refused(
    run: Run, tmp_path: Path, example: Path
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    done = run("scan", example, "-o", tmp_path / "link")
    assert done.returncode == 2
    assert list((tmp_path / "real").iterdir()) == []


def test_an_unwritable_output_folder_ends_with_three(
    run: Run, tmp_path: Path, example: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = run("scan", example, "-o", blocked / "out")
    assert done.returncode in (2, 3)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("scan", "--fail-on", "sometimes"),
        ("scan", "--platform", "linux"),
        ("scan", "--platform", "linux/amd46"),
        ("scan", "--format", "spdx"),
        ("scan", "--as-of", "yesterday"),
        ("scan", "no-such-folder"),
        ("scna",),
        ("schema", "nothing"),
    ],
)
def test_wrong_usage_ends_with_two(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_ends_with_130_and_leaves_no_half_file(
    repository: Path, tmp_path: Path, example: Path
) -> None:
    for number in range(2000):
        folder = example / "cmd" / f"x{number}"
        folder.mkdir()
        (folder / "main.go").write_text('package main\n\nimport _ "os/exec"\n\nfunc main() {}\n')
    out = tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-m", "compliance", "scan", str(example), "-o", str(out)],
        env={**os.environ, "PYTHONPATH": str(repository), "GOPROXY": "off"},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        deadline = time.monotonic() + 30
        while not children.read_text("utf-8") and time.monotonic() < deadline:
            time.sleep(0.01)  # until the detection worker shows that the scan is under way
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in complaint
    assert not out.exists() or list(out.iterdir()) == []


def test_a_file_name_cannot_speak_to_the_terminal_or_the_runner(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    text = "SPDX-License-Identifier: MIT\n"
    for name in ("::error::owned", "##[command]x", "\x1b[31mred", "\u202egnp.exe"):
        (folder / name).write_text(text, "utf-8")
    done = run("detect", folder)
    lines = done.stdout.splitlines()
    assert len([line for line in lines if line.startswith("MIT ")]) == 4
    assert not any(line.lstrip().startswith(("::", "##[")) for line in lines)
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_more_missing_modules_than_a_list_can_help_with(run: Run, tmp_path: Path) -> None:
    """One clear refusal, instead of a gigabyte of findings."""
    lines = "".join(f"\tm{i}.example/x v1.0.0\n" for i in range(12_500))
    (tmp_path / "go.mod").write_text(f"module x.example/y\n\ngo 1.24\n\nrequire (\n{lines})\n")
    done = run("modules", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("compliance: more than 10000 go.mod files cannot be had")


def test_more_missing_packages_than_a_list_can_help_with(run: Run, tmp_path: Path) -> None:
    """The same for imports of one file: 300,000 took 1.8 GB."""
    lines = "".join(f'\t_ "m.example/x/p{i}"\n' for i in range(50_001))
    (tmp_path / "go.mod").write_text("module m.example/x\n\ngo 1.24\n")
    (tmp_path / "main.go").write_text(f"package main\n\nimport (\n{lines})\n\nfunc main() {{}}\n")
    done = run("packages", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("compliance: more than 50000 imports name packages that nothing")
