"""`compliance notice`: written, checked, and never written from half a scan."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_it_is_written_to_stdout_or_into_a_file(run: Run, example: Path, tmp_path: Path) -> None:
    shown = run("notice", example)
    assert shown.returncode == 0
    assert shown.stdout.startswith("Third-party software in nimbus.example/platform\n")
    assert run("notice", example, "-o", tmp_path / "out" / "NOTICE.txt").returncode == 0
    assert (tmp_path / "out" / "NOTICE.txt").read_text("utf-8") == shown.stdout


@pytest.mark.parametrize("name", ["NOTICE", "NOTICE.md", "NOTICE.html"])
def test_a_file_of_the_repository_is_checked(run: Run, example: Path, name: str) -> None:
    file = example / name
    assert run("notice", example, "-o", file).returncode == 0
    assert run("notice", example, "--check", file).returncode == 0, (
        "it does not change its own scan"
    )
    text = file.read_text("utf-8")
    file.write_bytes(text.replace("\n", "\r\n").encode())
    assert run("notice", example, "--check", file).returncode == 0, "line ends aside"
    file.write_text(text.replace("logs.example/slate", "logs.example/other"), "utf-8")
    drifted = run("notice", example, "--check", file)
    assert drifted.returncode == 1
    assert "[notice-drift]" in drifted.stderr
    changed = [x for x in drifted.stdout.splitlines() if x[:1] in "+-" and "logs.example" in x]
    assert changed
    assert {"other" in x for x in changed if x.startswith("-")} == {True}
    assert {"slate" in x for x in changed if x.startswith("+")} == {True}


def test_wrong_use_is_told(run: Run, example: Path) -> None:
    for words in (("--check", "missing.txt"), ("--check", "a", "-o", "b")):
        done = run("notice", example, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "--check" in done.stderr


def test_an_incomplete_scan_writes_nothing(run: Run, example: Path, tmp_path: Path) -> None:
    (example / "cmd/control-plane/main.go").write_text('package main\nimport "x.example/none"\n')
    done = run("notice", example, "-o", tmp_path / "NOTICE")
    assert done.returncode == 3
    assert "missing: " in done.stderr
    assert not (tmp_path / "NOTICE").exists()


def test_templates_are_written_beside_the_formats(run: Run, example: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.md.j2"
    own.write_text("{{ headline }}: {{ report.artifacts|length }}\n", "utf-8")
    done = run("scan", example, "-q", "-o", tmp_path / "o", "--format", "csv", "--template", own)
    assert done.returncode == 1
    assert sorted(p.name for p in (tmp_path / "o").iterdir()) == ["components.csv", "own.md"]
    assert (tmp_path / "o" / "own.md").read_text() == "Not cleared for release: 3\n"
    only = run("scan", example, "-o", "-", "--template", own)
    assert only.stdout == "Not cleared for release: 3\n"
    own.write_text("{{ report.nothing }}", "utf-8")
    wrong = run("scan", example, "-o", "-", "--template", own)
    assert wrong.returncode == 2
    assert f"{own}:1: " in wrong.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--template", "x.j2"), "needs -o"),
        (("--template", "missing.j2", "-o", "o"), "missing.j2: No such file"),
        (("--template", "json=x.j2", "-o", "o"), "is made from no template"),
    ],
)
def test_templates_that_cannot_be_meant(
    run: Run, example: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "x.j2").write_text("x")
    done = run("scan", example, *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_the_publisher_supplies_the_bill(run: Run, example: Path) -> None:
    facts = example / ".compliance.yaml"
    told = (
        "publisher: {name: Nimbus GmbH, email: sbom@nimbus.example, url: https://nimbus.example}\n"
    )
    facts.write_text(facts.read_text("utf-8") + told, "utf-8")
    bill = run("scan", example, "-o", "-", "--format", "spdx-json").stdout
    assert '"Organization: Nimbus GmbH (sbom@nimbus.example)"' in bill
    assert '"supplier": "Organization: Nimbus GmbH (sbom@nimbus.example)"' in bill
    facts.write_text(facts.read_text("utf-8").replace("https://", "javascript:"), "utf-8")
    wrong = run("scan", example)
    assert wrong.returncode == 2
    assert "publisher.url" in wrong.stderr


def test_only_files_are_replaced(run: Run, example: Path, tmp_path: Path) -> None:
    """A link, a folder or a device under the name of an output stays what it is."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "link", "folder"):
        done = run("notice", example, "-o", tmp_path / name)
        assert done.returncode == 2
        assert f"{name}: is a link, a folder or a device" in done.stderr
    assert (tmp_path / "pipe").is_fifo()
    assert not (tmp_path / "elsewhere").exists()
