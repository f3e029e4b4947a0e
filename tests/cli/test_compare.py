"""`scan --compare`: an executable against the source, by the build information in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compliance.golang import BUILD_INFO_MAGIC
from tests.cli.conftest import Run

MAIN = "nimbus.example/platform"
LINKED = {"drivers.example/acceldrv", "logs.example/slate", "plugins.example/accelplug"}
"""Modules of cmd/control-plane."""


def executable(at: Path, *, path: str, lines: list[str], go: str = "go1.24.1") -> Path:
    """A file with the bytes that the linker would write into a program."""
    info = "\n".join([f"path\t{path}", f"mod\t{MAIN}\t(devel)\t", *lines, ""])
    marked = b"0" * 16 + info.encode() + b"1" * 16
    at.write_bytes(
        b"\x7fELF".ljust(64, b"\0")
        + (BUILD_INFO_MAGIC + b"\x08\x02").ljust(32, b"\0")
        + b"".join(_varint(len(s)) + s for s in (go.encode(), marked))
    )
    return at


def _varint(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _settings(*more: str) -> list[str]:
    plain = ("GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOAMD64=v1")
    return [f"build\t{s}" for s in (*plain, *more)]


def _deps(example: Path) -> list[str]:
    """`dep` lines of control-plane as vendor/modules.txt has its modules."""
    known = dict(
        line.split()[1:3]
        for line in (example / "vendor" / "modules.txt").read_text().splitlines()
        if line.startswith("# ") and "=>" not in line
    )
    wanted = sorted(set(known) & LINKED)
    return [f"dep\t{path}\t{known[path]}\t" for path in wanted]


def scan(run: Run, example: Path, binary: Path, tmp_path: Path, *words: str) -> dict[str, Any]:
    out = tmp_path / "out"
    done = run("scan", example, "--compare", binary, "-o", out, "--format", "json", *words)
    assert "Executable" in done.stdout, done.stderr
    report: dict[str, Any] = json.loads((out / "report.json").read_text("utf-8"))
    return report


@pytest.fixture
def main() -> str:
    return f"{MAIN}/cmd/control-plane"


def test_the_executable_of_this_source(run: Run, example: Path, tmp_path: Path, main: str) -> None:
    binary = executable(tmp_path / "cp", path=main, lines=[*_deps(example), *_settings()])
    report = scan(run, example, binary, tmp_path)
    assert [d for d in report["binary"]["differences"] if d["kind"] != "toolchain"] == []
    assert [a["name"] for a in report["artifacts"]] == ["control-plane"]
    assert report["artifacts"][0]["platforms"] == ["linux/amd64,nocgo"]


def test_settings_of_the_executable_choose_the_cell(
    run: Run, example: Path, tmp_path: Path, main: str
) -> None:
    settings = [
        "build\t-tags=b,a", "build\tGOOS=windows", "build\tGOARCH=arm64", "build\tCGO_ENABLED=1"
    ]  # fmt: skip
    binary = executable(tmp_path / "cp", path=main, lines=[*_deps(example), *settings])
    report = scan(run, example, binary, tmp_path)
    assert report["binary"]["platform"] == "windows/arm64,a,b"
    assert report["artifacts"][0]["platforms"] == ["windows/arm64,a,b"]


def test_each_difference_is_a_finding(run: Run, example: Path, tmp_path: Path, main: str) -> None:
    first, *rest = _deps(example)
    moved = first.rsplit("\t", 2)[0] + "\tv9.9.9\t"
    lines = [
        moved, rest[0], "=>\tfork.example/y\tv1.0.0\t", *rest[2:],
        "dep\tstranger.example/x\tv1.0.0\t", *_settings("vcs.revision=0123", "vcs.modified=true"),
    ]  # fmt: skip
    binary = executable(tmp_path / "cp", path=main, lines=lines)
    report = scan(run, example, binary, tmp_path)
    kinds = {(d["kind"], d["path"]) for d in report["binary"]["differences"]}
    assert {k for k in kinds if k[0] not in ("toolchain", "commit")} == {
        ("extra", "stranger.example/x"),
        ("version", first.split("\t")[1]),
        ("replacement", rest[0].split("\t")[1]),
        ("missing", rest[1].split("\t")[1]),
    }
    found = [f for f in report["findings"] if f["code"] == "binary-differs"]
    assert len(found) == len(kinds)
    assert report["gate"]["outcome"] == "fail"
    assert report["artifacts"][0]["verdict"] == "block"


@pytest.mark.parametrize(("path", "message"), [
    ("other.example/cmd/x", "which is no package here"),
    ("command-line-arguments", "from single files: name its --main"),
])  # fmt: skip
def test_an_executable_of_something_else(
    run: Run, example: Path, tmp_path: Path, path: str, message: str
) -> None:
    binary = executable(tmp_path / "cp", path=path, lines=_settings())
    done = run("scan", example, "--compare", binary)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_no_executable(run: Run, example: Path, tmp_path: Path) -> None:
    assert run("scan", example, "--compare", tmp_path / "none").returncode == 2
    (tmp_path / "text").write_text("hello")
    assert run("scan", example, "--compare", tmp_path / "text").returncode == 3
