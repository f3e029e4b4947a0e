"""`compliance modules`: what it remembers, and what it says of settings and folders."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A module that needs another one, of which the module cache has a version."""
    folder = tmp_path / "library"
    folder.mkdir()
    text = "module lib.example/lib\n\ngo 1.20\n\nrequire dep.example/x v1.0.0\n"
    (folder / "go.mod").write_text(text, "utf-8")
    publish(tmp_path, "v1.0.0", "")
    return folder


def publish(tmp_path: Path, version: str, more: str) -> None:
    versions = tmp_path / "mod/cache/download/dep.example/x/@v"
    versions.mkdir(parents=True, exist_ok=True)
    text = f"module dep.example/x\n\ngo 1.20\n{more}"
    (versions / f"{version}.mod").write_text(text, "utf-8")


def test_the_list_is_remembered_until_what_it_says_changes(
    run: Run, library: Path, tmp_path: Path
) -> None:
    cache = {"GOMODCACHE": str(tmp_path / "mod"), "COMPLIANCE_CACHE": str(tmp_path / "own")}
    time.sleep(2.1)  # what a run read is old enough to be remembered
    first = run("modules", library, **cache)
    assert first.stdout == "lib.example/lib\ndep.example/x v1.0.0\n"
    assert first.stderr == ""
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "own/blobs").rglob("*/*")}
    assert kept
    assert run("modules", library, **cache).stdout == first.stdout
    assert kept == {p: p.stat().st_mtime_ns for p in (tmp_path / "own/blobs").rglob("*/*")}
    assert run("modules", library, "--json", **cache).stdout != first.stdout
    publish(tmp_path, "v1.1.0", "\nretract v1.0.0 // leaks\n")
    assert "is retracted: leaks" in run("modules", library, **cache).stderr
    (library / "go.mod").write_text("module lib.example/lib\n\ngo 1.20\n", "utf-8")
    assert run("modules", library, **cache).stdout == "lib.example/lib\n"
