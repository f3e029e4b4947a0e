"""Vendored code against the module as published, where that is at hand."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

MODULE, VERSION = "logs.example/slate", "v1.4.0"


@pytest.fixture
def module_cache(example: Path, tmp_path: Path) -> Path:
    """A module cache with the zip of one vendored module, made from the vendored files."""
    root = tmp_path / "modcache"
    folder = root / "cache" / "download" / MODULE / "@v"
    folder.mkdir(parents=True)
    source = example / "vendor" / MODULE
    with zipfile.ZipFile(folder / f"{VERSION}.zip", "w") as made:
        for name in ("LICENSE", "slate.go"):
            made.writestr(f"{MODULE}@{VERSION}/{name}", (source / name).read_bytes())
        made.writestr(f"{MODULE}@{VERSION}/go.mod", f"module {MODULE}\n\ngo 1.20\n")
    (folder / f"{VERSION}.mod").write_text(f"module {MODULE}\n\ngo 1.20\n", "utf-8")
    return root


def scan(run: Run, example: Path, cache: Path, tmp_path: Path) -> dict[str, Any]:
    out = tmp_path / "out"
    run("scan", example, "-o", out, "--format", "json", "-q", GOMODCACHE=str(cache))
    report: dict[str, Any] = json.loads((out / "report.json").read_text("utf-8"))
    return report


def test_an_unchanged_copy_is_no_finding(
    run: Run, example: Path, module_cache: Path, tmp_path: Path
) -> None:
    report = scan(run, example, module_cache, tmp_path)
    assert "vendor-modified" not in {f["code"] for f in report["findings"]}


def test_a_patched_file_is_named_and_the_component_counts_as_modified(
    run: Run, example: Path, module_cache: Path, tmp_path: Path
) -> None:
    source = example / "vendor" / MODULE / "slate.go"
    source.write_text(source.read_text("utf-8") + "\n// patched here\n", "utf-8")
    report = scan(run, example, module_cache, tmp_path)
    (finding,) = [f for f in report["findings"] if f["code"] == "vendor-modified"]
    assert finding["component"] == f"pkg:golang/{MODULE}@{VERSION}"
    assert finding["location"]["file"] == f"vendor/{MODULE}/slate.go"
    assert finding["severity"] == "review"
    modified = {m["path"] for m in report["modules"] if m["modified"]}
    assert modified == {MODULE}


def test_without_the_published_module_nothing_is_claimed(
    run: Run, example: Path, tmp_path: Path
) -> None:
    report = scan(run, example, tmp_path / "empty", tmp_path)
    assert "vendor-modified" not in {f["code"] for f in report["findings"]}
    assert any("not compared" in x["what"] for x in report["limits"])
