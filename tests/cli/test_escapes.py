"""Ways past the gate that edit no policy: each is told, and none lets something new pass."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, git
from tests.cli.test_base import IMPORT
from tests.cli.test_change import WORKFLOW, edit, standing

DRIVER = "pkg:golang/drivers.example/acceldrv@v0.9.2"
SHIPS = ("strong-copyleft-ships", "node-agent")
RELAXED = ("policy-relaxed", None)
MAIN = 'package main\n\nimport _ "drivers.example/acceldrv"\n\nfunc main() {}\n'


@pytest.fixture
def bare(change: Path) -> Path:
    """The example without facts: each program is an artifact, its license that of its files."""
    git(change, "rm", "-q", ".compliance.yaml")
    git(change, "commit", "-qm", "no facts")
    return change


@pytest.fixture
def licensed(bare: Path) -> Path:
    """The same under Apache-2.0."""
    shutil.copy(bare / "vendor" / "plugins.example" / "accelplug" / "LICENSE", bare / "LICENSE")
    git(bare, "add", "LICENSE")
    git(bare, "commit", "-qm", "a license")
    return bare


@pytest.fixture
def replaced(bare: Path) -> Path:
    """A program beside a folder that takes the place of the driver, which it does not need yet."""
    shutil.move(bare / "vendor" / "drivers.example" / "acceldrv", bare / "acceldrv")
    for name in ("vendor", "cmd", "internal"):
        shutil.rmtree(bare / name)
    (bare / "acceldrv" / "go.mod").write_text("module drivers.example/acceldrv\n\ngo 1.21\n")
    (bare / "go.mod").write_text(
        "module nimbus.example/platform\n\ngo 1.22\n\nrequire drivers.example/acceldrv v0.9.2\n\n"
        "replace drivers.example/acceldrv => ./acceldrv\n"
    )
    (bare / "cmd" / "node-agent").mkdir(parents=True)
    (bare / "cmd" / "node-agent" / "main.go").write_text("package main\n\nfunc main() {}\n")
    git(bare, "add", "-A", "-f")
    git(bare, "commit", "-qm", "a fork")
    return bare


def gpl(root: Path) -> Path:
    return root / "vendor" / "drivers.example" / "acceldrv" / "COPYING"


def violate(root: Path) -> None:
    (root / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")


def new(report: dict[str, Any], code: str) -> list[tuple[str, str | None]]:
    return [(f["severity"], f["artifact"]) for f in report["findings"]
            if f["new"] and f["code"] == code]  # fmt: skip


@pytest.mark.parametrize(("place", "first"), [("COPYING", True), ("LICENSE", False)])
def test_a_license_of_the_repository_lets_in_nothing_that_comes_with_it(
    judge: Any, bare: Path, place: str, *, first: bool
) -> None:
    if not first:
        (bare / "LICENSE").write_text("Copyright 2020 Acme. All rights reserved.\n", "utf-8")
        git(bare, "add", "LICENSE")
        git(bare, "commit", "-qm", "closed")
    violate(bare)
    shutil.copy(gpl(bare), bare / place)
    status, report, said = judge()
    assert status == 1
    assert standing(report, "new") == {SHIPS, RELAXED, ("license-changed", None)}
    assert new(report, "license-changed") == [("review", None)]
    assert "gives its own code another license (it was LicenseRef-proprietary)" in " ".join(
        said.split()
    )
    # In a change of its own it is for review; what it allows is allowed then.
    (bare / "cmd" / "node-agent" / "more.go").unlink()
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, {("license-changed", None)})
    git(bare, "add", "-A")
    git(bare, "commit", "-qm", "open")
    violate(bare)
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, set())


def test_a_license_of_one_program_is_told_and_lets_in_nothing_with_it(
    judge: Any, licensed: Path
) -> None:
    shutil.copy(gpl(licensed), licensed / "cmd" / "node-agent" / "LICENSE")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, {("license-changed", "node-agent")})
    (told,) = [f for f in report["findings"] if f["code"] == "license-changed"]
    assert told["location"]["file"] == "cmd/node-agent/LICENSE"
    assert "goes out under GPL-3.0-only, and went out under Apache-2.0" in told["message"]
    violate(licensed)
    status, report, _ = judge()
    assert status == 1
    assert standing(report, "new") == {SHIPS, RELAXED, ("license-changed", "node-agent")}


def test_a_new_program_under_a_license_of_its_own_is_told(judge: Any, licensed: Path) -> None:
    tool = licensed / "cmd" / "tool"
    tool.mkdir()
    (tool / "main.go").write_text(MAIN, "utf-8")
    shutil.copy(gpl(licensed), tool / "COPYING")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, {("license-changed", "tool")})


def test_programs_that_a_workspace_leaves_out_are_still_there(judge: Any, bare: Path) -> None:
    violate(bare)
    (bare / "tools").mkdir()
    (bare / "tools" / "go.mod").write_text("module t.example\n\ngo 1.22\n", "utf-8")
    (bare / "tools" / "main.go").write_text("package main\n\nfunc main() {}\n", "utf-8")
    (bare / "go.work").write_text("go 1.22\n\nuse ./tools\n", "utf-8")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (1, {RELAXED})
    (told,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    assert (told["severity"], told["location"]["file"]) == ("block", "go.work")
    assert "./cmd/console, ./cmd/control-plane, ./cmd/node-agent" in told["message"]
    shutil.rmtree(bare / "cmd")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, set())


def test_a_program_that_no_build_takes_any_more(judge: Any, bare: Path) -> None:
    main = bare / "cmd" / "node-agent" / "main.go"
    main.write_text("//go:build release\n\n" + main.read_text("utf-8"), "utf-8")
    status, report, _ = judge()
    assert (status, new(report, "policy-relaxed")) == (0, [("review", None)])
    edit(main, "package main", "package agent")
    edit(main, "//go:build release", "")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, set())


def test_a_program_that_go_mod_passes_over(judge: Any, bare: Path) -> None:
    violate(bare)
    edit(bare / "go.mod", "go 1.22", "go 1.25\n\nignore ./cmd/node-agent")
    status, report, _ = judge()
    assert (status, new(report, "policy-relaxed")) == (1, [("block", None)])
    (told,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    assert told["location"] == {"file": "go.mod", "line": 5}
    assert "go.mod passes over them" in told["message"]


def test_a_program_that_becomes_a_module_of_its_own(judge: Any, bare: Path) -> None:
    violate(bare)
    own = bare / "cmd" / "node-agent" / "go.mod"
    own.write_text("module nimbus.example/platform/cmd/node-agent\n\ngo 1.22\n", "utf-8")
    status, report, _ = judge()
    assert (status, new(report, "policy-relaxed")) == (1, [("block", None)])
    (told,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    assert "leaves out the module in ./cmd/node-agent" in told["message"]


@pytest.mark.parametrize("aside", ["testdata", "_old"])
def test_a_program_that_moves_where_nobody_looks(judge: Any, bare: Path, aside: str) -> None:
    violate(bare)
    (bare / aside).mkdir()
    git(bare, "mv", "-k", "cmd/node-agent", f"{aside}/node-agent")
    status, report, _ = judge()
    assert (status, new(report, "policy-relaxed")) == (0, [("review", None)])
    (told,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    assert told["location"]["file"] == f"{aside}/node-agent/main.go"
    git(bare, "rm", "-qrf", aside)
    status, report, _ = judge()
    assert (status, new(report, "policy-relaxed")) == (0, [])


def test_a_program_that_no_deployment_declares_is_told(judge: Any, change: Path) -> None:
    (change / "cmd" / "evil").mkdir()
    (change / "cmd" / "evil" / "main.go").write_text(MAIN, "utf-8")
    status, report, said = judge()
    assert (status, ("review", None) in new(report, "main-undeclared")) == (0, True)
    assert "./cmd/evil" in said
    git(change, "add", "-A")
    git(change, "commit", "-qm", "merged")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, set())


@pytest.mark.parametrize("folder", ["", "acceldrv/"])
@pytest.mark.parametrize("own", ["GPL-3.0-only", "BUSL-1.1"])
def test_a_map_of_licenses_is_no_way_around_a_curation(
    judge: Any, replaced: Path, folder: str, own: str
) -> None:
    """Copyleft of the files themselves counts beside the map; what the map replaces blocks."""
    violate(replaced)
    for file in (replaced / "acceldrv").rglob("*.go"):
        file.write_text(file.read_text("utf-8").replace("GPL-3.0-only", own), "utf-8")
    path = "**" if folder else "acceldrv/**"
    (replaced / f"{folder}REUSE.toml").write_text(
        f'version = 1\n[[annotations]]\npath = "{path}"\nprecedence = "override"\n'
        'SPDX-FileCopyrightText = "A"\nSPDX-License-Identifier = "MIT"\n'
    )
    status, report, _ = judge()
    (told,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    assert (status, told["component"]) == (1, DRIVER)
    if own == "GPL-3.0-only":
        assert new(report, "strong-copyleft-ships") == [("block", "node-agent")]
        assert told["severity"] == "review"
    else:
        assert told["severity"] == "block"
        assert "of which its own files say GPL-3.0-only" in told["message"]  # its LICENSE


def test_a_path_of_ours_makes_nobody_elses_copyleft_ours(judge: Any, replaced: Path) -> None:
    for file in (replaced / "acceldrv").rglob("*"):
        if file.suffix in (".go", ".mod"):
            edit_all(file)
    (replaced / "go.mod").write_text(
        "module github.com/acme/app\n\ngo 1.22\n\nrequire github.com/acme/app/drv v0.9.2\n\n"
        "replace github.com/acme/app/drv => ./acceldrv\n"
    )
    git(replaced, "commit", "-qam", "our path")
    violate(replaced)
    edit_all(replaced / "cmd" / "node-agent" / "more.go")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (1, {SHIPS})


def edit_all(file: Path) -> None:
    text = file.read_text("utf-8").replace("drivers.example/acceldrv", "github.com/acme/app/drv")
    file.write_text(text, "utf-8")


def test_a_module_of_others_is_not_made_ours(judge: Any, replaced: Path) -> None:
    """A line of go.work makes any folder a main module, whose license is ours to give."""
    violate(replaced)
    (replaced / "go.mod").write_text("module nimbus.example/platform\n\ngo 1.22\n", "utf-8")
    (replaced / "go.work").write_text("go 1.22\n\nuse (\n\t.\n\t./acceldrv\n)\n", "utf-8")
    status, report, _ = judge()
    (told,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    assert (status, told["severity"], told["license"]) == (1, "block", "GPL-3.0-only")
    assert "drivers.example/acceldrv (GPL-3.0-only) a module of its own" in told["message"]
    for file in (replaced / "acceldrv").rglob("*"):
        if file.suffix in (".go", ".mod"):
            text = file.read_text("utf-8").replace("drivers.example", "nimbus.example")
            file.write_text(text, "utf-8")
    shutil.rmtree(replaced / "cmd" / "node-agent")
    status, report, _ = judge()
    assert (status, new(report, "policy-relaxed")) == (0, [])


def test_a_workflow_above_the_scanned_folder_is_one_of_the_gate(
    run: Run, change: Path, tmp_path: Path
) -> None:
    top = tmp_path / "mono"
    shutil.copytree(change, top / "svc", ignore=shutil.ignore_patterns(".git"))
    workflow = top / ".github" / "workflows" / "gate.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW, "utf-8")
    owners = top / ".github" / "CODEOWNERS"
    owners.write_text("* @dev\n/svc/.compliance.yaml @legal\n", "utf-8")
    git(top, "init", "-q")
    git(top, "add", "-A", "-f")
    git(top, "commit", "-qm", "base")
    edit(workflow, "fail-on: block", "fail-on: never")
    edit(owners, "/svc/.compliance.yaml @legal\n", "")
    done = run("scan", top / "svc", "--base", "HEAD", "-o", "-", "--format", "json")
    found = {
        (f["code"], f["location"]["file"]) for f in json.loads(done.stdout)["findings"] if f["new"]
    }
    assert (done.returncode, found) == (1, {
        ("policy-relaxed", "../.github/workflows/gate.yml"),
        ("policy-edited", "../.github/CODEOWNERS"),
    })  # fmt: skip
