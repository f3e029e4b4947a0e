"""Comparisons in which base and head lie differently: moved modules, broken bases, sparse trees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, git
from tests.cli.test_base import IMPORT
from tests.cli.test_change import standing
from tests.cli.test_escapes import SHIPS


@pytest.fixture
def bare(change: Path) -> Path:
    git(change, "rm", "-q", ".compliance.yaml")
    git(change, "commit", "-qm", "no facts")
    return change


def violate(root: Path) -> None:
    (root / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")


def test_a_module_that_moved_into_a_folder_brings_nothing_new(
    run: Run, bare: Path, tmp_path: Path
) -> None:
    (bare / "svc").mkdir()
    for name in ("go.mod", "cmd", "internal", "vendor"):
        git(bare, "mv", name, f"svc/{name}")
    out = tmp_path / "out"
    words = ("--base", "HEAD", "-o", out, "--format", "json")
    done = run("scan", bare / "svc", *words)
    assert (done.returncode, "NOTHING THAT FAILS" in done.stdout) == (0, True)
    assert ", new]" not in done.stdout
    violate(bare / "svc")
    done = run("scan", bare / "svc", *words)
    assert (done.returncode, "node-agent must not ship" in done.stdout) == (1, True)
    assert done.stdout.count(", new]") == 1


def test_a_change_that_repairs_a_broken_base_is_judged_with_all_it_has(
    judge: Any, bare: Path
) -> None:
    gomod = bare / "go.mod"
    good = gomod.read_text("utf-8")
    gomod.write_text(good + "requir x\n", "utf-8")
    git(bare, "commit", "-qam", "broken")
    gomod.write_text(good, "utf-8")
    status, report, said = judge()
    assert (status, ("strong-copyleft-ships", "console") in standing(report, "new")) == (1, True)
    assert "The base could not be read: go.mod:" in " ".join(said.split())


def test_a_sparse_checkout_names_what_it_lacks(judge: Any, bare: Path) -> None:
    violate(bare)
    git(bare, "add", "-A")
    git(bare, "commit", "-qm", "violation")
    git(bare, "sparse-checkout", "set", "--no-cone", "/*", "!/cmd/node-agent/", "!/docs/")
    status, report, said = judge(base="HEAD~1")
    assert (status, standing(report, "new")) == (3, {("file-unreadable", None)})
    assert "lacks programs that the base judges: ./cmd/node-agent" in " ".join(said.split())
    assert any("checkout is sparse" in x["what"] for x in report["limits"])
    git(bare, "sparse-checkout", "set", "--no-cone", "/*", "!/docs/")
    status, report, _ = judge(base="HEAD~1")
    assert (status, standing(report, "new")) == (1, {SHIPS})


def test_a_declared_program_that_a_sparse_checkout_lacks(judge: Any, change: Path) -> None:
    git(change, "sparse-checkout", "set", "--no-cone", "/*", "!/cmd/node-agent/")
    status, _, said = judge()
    assert status == 2
    assert "the checkout is sparse: 1 tracked files are not on disk" in said


def test_a_base_that_selects_other_versions_in_a_folder_is_not_taken_for_head(
    judge: Any, bare: Path
) -> None:
    for name in ("vendor", "cmd", "internal"):
        git(bare, "rm", "-rq", name)
    (bare / "lib").mkdir()
    old = "module a.example/lib\n\ngo 1.16\n\nrequire b.example/x v1.0.0\n"
    (bare / "lib" / "go.mod").write_text(old, "utf-8")
    (bare / "lib" / "lib.go").write_text("package lib\n", "utf-8")
    (bare / "x").mkdir()
    (bare / "x" / "go.mod").write_text("module b.example/x\n\ngo 1.16\n", "utf-8")
    (bare / "x" / "x.go").write_text("package x\n", "utf-8")
    (bare / "main.go").write_text(
        'package main\n\nimport (\n\t_ "a.example/lib"\n\t_ "b.example/x"\n)\n\nfunc main() {}\n'
    )
    (bare / "go.mod").write_text(
        "module m.example\n\ngo 1.16\n\nrequire a.example/lib v1.0.0\n\n"
        "replace a.example/lib => ./lib\n\nreplace b.example/x => ./x\n"
    )
    git(bare, "add", "-A", "-f")
    git(bare, "commit", "-qm", "folders")
    new = old.replace("v1.0.0", "v1.2.0")
    (bare / "lib" / "go.mod").write_text(new, "utf-8")
    _, report, _ = judge()
    (moved,) = report["change"]["modules"]
    assert (moved["path"], moved["before"], moved["after"]) == (
        "b.example/x", "v1.0.0 => ./x", "v1.2.0 => ./x",
    )  # fmt: skip


@pytest.mark.parametrize("joined", [False, True])
def test_modules_that_the_build_does_not_have_are_named(
    run: Run, tmp_path: Path, joined: bool
) -> None:
    root = tmp_path / "mono"
    for folder in ("", "sdk/", "lib/", "x/testdata/case/", "x/vendor/gone.example/"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        name = f"mono.example/{folder}".rstrip("/")
        (root / folder / "go.mod").write_text(f"module {name}\n\ngo 1.22\n", "utf-8")
        (root / folder / "a.go").write_text("package main\n\nfunc main() {}\n", "utf-8")
    with (root / "go.mod").open("a", encoding="utf-8") as file:
        file.write("\nrequire mono.example/lib v0.0.0\n\nreplace mono.example/lib => ./lib\n")
    if joined:
        (root / "go.work").write_text("go 1.22\n\nuse (\n\t.\n\t./sdk\n)\n", "utf-8")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    done = run("scan", root, "-o", "-", "--format", "json", "-q", "--offline")
    limits = [x["what"] for x in json.loads(done.stdout)["limits"]]
    told = [x for x in limits if x.startswith("Modules of the repository that this build")]
    named = [x.rpartition(": ")[2] for x in told]
    assert named == ([] if joined else ["sdk"])
    assert ("# sdk\n" in run("init", root).stdout) != joined


@pytest.mark.parametrize("bumped", [False, True])
def test_a_submodule_has_the_commit_that_the_base_names(
    judge: Any, bare: Path, tmp_path: Path, *, bumped: bool
) -> None:
    """What lies in a submodule is no news in every change."""
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "-q")
    driver = bare / "vendor" / "drivers.example" / "acceldrv"
    (source / "lib.go").write_text("package lib\n", "utf-8")
    if not bumped:
        (source / "COPYING").write_text((driver / "COPYING").read_text("utf-8"), "utf-8")
    git(source, "add", "-A")
    git(source, "commit", "-qm", "a library")
    git(bare, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(source), "lib")
    (bare / "cmd" / "node-agent" / "more.go").write_text(
        'package main\n\nimport _ "nimbus.example/platform/lib"\n', "utf-8"
    )
    git(bare, "add", "-A")
    git(bare, "commit", "-qm", "a submodule")
    (bare / "README.md").write_text("words\n", "utf-8")
    if bumped:
        (bare / "lib" / "COPYING").write_text((driver / "COPYING").read_text("utf-8"), "utf-8")
        git(bare / "lib", "add", "-A")
        git(bare / "lib", "commit", "-qm", "a license")
    git(bare, "add", "-A")
    git(bare, "commit", "-qm", "the change")
    status, report, _ = judge(base="HEAD^1")
    assert (status, SHIPS in standing(report, "new")) == (int(bumped), bumped)
    assert bumped or SHIPS in standing(report, "same")
