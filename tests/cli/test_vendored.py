"""Vendored code against the module as published, where that is at hand."""

from __future__ import annotations

import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from compliance.licenses import license_text
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


def _differ(report: dict[str, Any]) -> str:
    (finding,) = [f for f in report["findings"] if f["code"] == "vendor-modified"]
    return str(finding["message"]).partition("published module; ")[2]


def _modified(report: dict[str, Any]) -> set[str]:
    return {m["path"] for m in report["modules"] if m["modified"]}


def test_every_vendored_file_counts_not_only_what_is_compiled(
    run: Run, example: Path, module_cache: Path, tmp_path: Path
) -> None:
    folder = example / "vendor" / MODULE
    (folder / "slate_windows.go").write_text("package slate\n")
    (folder / ".editorconfig").write_text("root = true\n")
    assert _differ(scan(run, example, module_cache, tmp_path)) == (
        "not in the published module: slate_windows.go"
    )


def test_what_was_taken_out_is_named(
    run: Run, example: Path, module_cache: Path, tmp_path: Path
) -> None:
    archive = next(module_cache.rglob("*.zip"))
    with zipfile.ZipFile(archive, "a") as more:
        for name, text in {
            "slate_plan9.go": "package slate\n", "slate_test.go": "package slate\n",
            "gen.go": "//go:build ignore\n\npackage main\n", "patch.c": "int x;\n",
            ".golangci.yml": "x: y\n", "fuzz.go": "//go:build gofuzz || !ignore\n\npackage slate\n",
        }.items():  # fmt: skip
            more.writestr(f"{MODULE}@{VERSION}/{name}", text)
    (example / "vendor" / MODULE / "LICENSE").unlink()
    report = scan(run, example, module_cache, tmp_path)
    assert _differ(report) == "taken out: LICENSE, fuzz.go, patch.c, slate_plan9.go"
    assert _modified(report) == {MODULE}


def test_a_license_that_was_taken_out_is_read_from_the_published_module(
    run: Run, example: Path, module_cache: Path, tmp_path: Path
) -> None:
    before = scan(run, example, module_cache, tmp_path)
    (example / "vendor" / MODULE / "LICENSE").unlink()
    report = scan(run, example, module_cache, tmp_path)
    assert _differ(report) == "taken out: LICENSE"
    assert _modified(report) == set()
    licenses = [
        next(m["license"] for m in r["modules"] if m["path"] == MODULE) for r in (before, report)
    ]
    assert licenses[0]["concluded"] == licenses[1]["concluded"]
    (evidence,) = [e for e in licenses[1]["evidence"] if e["file"].endswith("LICENSE")]
    assert evidence["file"] == f"{MODULE}@{VERSION}/LICENSE"
    assert evidence["note"] == "not vendored; read from the published module (module-cache)"


def test_an_answer_is_remembered_until_a_file_changes(
    run: Run, example: Path, module_cache: Path, tmp_path: Path
) -> None:
    source = example / "vendor" / MODULE / "slate.go"
    for file in (*example.rglob("*"), *module_cache.rglob("*")):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    time.sleep(2.1)  # younger files are not trusted to be told apart
    for _ in range(2):
        assert _modified(scan(run, example, module_cache, tmp_path)) == set()
    source.write_bytes(source.read_bytes().replace(b"package", b"package "))
    assert _modified(scan(run, example, module_cache, tmp_path)) == {MODULE}


# Files that vendoring leaves out

CHOICE = "choice.example/lib"


@pytest.fixture
def choice(tmp_path: Path) -> tuple[Path, Path]:
    """A repository that vendors a module whose README offers a choice, and a proxy that has it."""
    root, proxy = tmp_path / "app", tmp_path / "proxy"
    texts = {
        "LICENSE-APACHE": license_text("Apache-2.0"), "COPYING": license_text("GPL-2.0-only"),
        "lib.go": "package lib\n", "go.mod": f"module {CHOICE}\n\ngo 1.20\n",
        "README.md": "# lib\n\n## License\n\nThis library is licensed under either of the"
        " Apache License, Version 2.0 or the GNU General Public License version 2, at your"
        " option.\n",
    }  # fmt: skip
    folder = proxy / CHOICE / "@v"
    folder.mkdir(parents=True)
    (folder / "v1.0.0.mod").write_text(texts["go.mod"])
    (folder / "v1.0.0.info").write_text('{"Version": "v1.0.0"}')
    (folder / "list").write_text("v1.0.0\n")
    with zipfile.ZipFile(folder / "v1.0.0.zip", "w") as made:
        for name, text in texts.items():
            made.writestr(f"{CHOICE}@v1.0.0/{name}", text)
    vendored = root / "vendor" / CHOICE
    vendored.mkdir(parents=True)
    for name in ("LICENSE-APACHE", "COPYING", "lib.go"):
        (vendored / name).write_text(texts[name])
    (root / "vendor" / "modules.txt").write_text(
        f"# {CHOICE} v1.0.0\n## explicit; go 1.20\n{CHOICE}\n"
    )
    (root / "go.mod").write_text(f"module app.example/x\n\ngo 1.20\n\nrequire {CHOICE} v1.0.0\n")
    (root / "main.go").write_text(f'package main\n\nimport _ "{CHOICE}"\n\nfunc main() {{}}\n')
    return root, proxy


def _concluded(run: Run, root: Path, out: Path, *words: str, **environ: str) -> dict[str, Any]:
    run("scan", root, "-o", out, "--format", "json,notice", "-q", *words, **environ)
    report = json.loads((out / "report.json").read_text("utf-8"))
    found: dict[str, Any] = next(m for m in report["modules"] if m["path"] == CHOICE)
    return found


def test_a_choice_that_only_the_readme_states_is_recovered(
    run: Run, choice: tuple[Path, Path], tmp_path: Path
) -> None:
    root, proxy = choice
    settings = {"GOPROXY": f"file://{proxy}", "GONOSUMDB": "*", "GOMODCACHE": str(tmp_path / "mc")}
    offline = _concluded(run, root, tmp_path / "out", "--offline", **settings)
    assert offline["license"]["concluded"] == "NOASSERTION"
    online = _concluded(run, root, tmp_path / "out", **settings)
    assert online["license"]["concluded"] == "Apache-2.0 OR GPL-2.0-only"
    notes = {e["file"]: e["note"] for e in online["license"]["evidence"]}
    assert "published module" in notes[f"{CHOICE}@v1.0.0/README.md"]
    again = _concluded(run, root, tmp_path / "out", "--offline", **settings)
    assert again["license"]["concluded"] == "Apache-2.0 OR GPL-2.0-only"


def test_what_is_not_at_hand_is_fetched_on_request(
    run: Run, example: Path, module_cache: Path, tmp_path: Path
) -> None:
    source = example / "vendor" / MODULE / "slate.go"
    source.write_text(source.read_text("utf-8") + "\n// patched here\n", "utf-8")
    words = ("scan", example, "--format", "json", "-o", "-", "-q")
    own = {"GOMODCACHE": str(tmp_path / "none"), "COMPLIANCE_CACHE": str(tmp_path / "own")}
    proxy = ("--goproxy", f"file://{module_cache}/cache/download")

    told: list[str] = []

    def modified(*more: str) -> list[str]:
        report = json.loads(run(*words, *proxy, *more, GONOSUMDB="*", **own).stdout)
        told[:] = [x["what"] for x in report["limits"] if "not compared" in x["what"]]
        return [f["component"] for f in report["findings"] if f["code"] == "vendor-modified"]

    assert modified() == []
    assert told[0].endswith("it is not at hand")
    assert modified("--verify-vendor", "--offline") == []
    assert "which could not be fetched: " in told[0]
    assert f"{MODULE}@{VERSION}" in told[0]
    assert modified("--verify-vendor") == [f"pkg:golang/{MODULE}@{VERSION}"]
    assert not any(f"{MODULE}@{VERSION}" in what for what in told)
