"""The steps of the action in the environment that a runner gives them, on a real git repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / ".github" / "action" / "scan.sh"


@pytest.fixture
def change(tmp_path: Path) -> Path:
    """The example, committed, and then a new import of the driver."""
    folder = Path(shutil.copytree(REPOSITORY / "examples" / "control-plane", tmp_path / "repo"))
    for words in (("init", "-q"), ("add", "-A", "-f"), ("commit", "-q", "-m", "base")):
        subprocess.run(
            ["git", "-c", "user.email=a@b.example", "-c", "user.name=A", *words],
            cwd=folder, check=True,
        )  # fmt: skip
    extra = folder / "cmd" / "node-agent" / "more.go"
    extra.write_text('package main\n\nimport _ "drivers.example/acceldrv"\n', "utf-8")
    return folder


def step(folder: Path, tmp_path: Path, **inputs: str) -> tuple[int, str, dict[str, str], str]:
    """Exit code, stderr, outputs and summary of the scan step."""
    files = {n: tmp_path / n for n in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("", "utf-8")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir(exist_ok=True)
    python = bin_folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    done = subprocess.run(
        ["bash", str(SCRIPT)], cwd=folder, capture_output=True, text=True, check=False,
        env={
            "PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY),
            "HOME": str(tmp_path), "GOPROXY": "off",
            "COMPLIANCE_CACHE": str(tmp_path / "cache"),
            **{k: str(v) for k, v in files.items()},
            "INPUT_PATH": ".", "INPUT_BASE": "", "INPUT_POLICY": "", "INPUT_FAIL_ON": "block",
            "INPUT_PLATFORMS": "", "INPUT_OUTPUT": str(tmp_path / "report"), **inputs,
        },
    )  # fmt: skip
    lines = files["GITHUB_OUTPUT"].read_text("utf-8").splitlines()
    outputs = dict(line.split("=", 1) for line in lines)
    return done.returncode, done.stderr, outputs, files["GITHUB_STEP_SUMMARY"].read_text("utf-8")


def test_a_change_is_judged_against_its_base(change: Path, tmp_path: Path) -> None:
    status, said, outputs, summary = step(change, tmp_path, INPUT_BASE="HEAD")
    assert status == 1
    assert outputs["outcome"] == "fail"
    assert json.loads(outputs["counts"])["block"] == 2
    errors = [line for line in said.splitlines() if line.startswith("::error ")]
    assert len(errors) == 1
    assert "file=cmd/node-agent/more.go,line=3,title=strong-copyleft-ships" in errors[0]
    assert "node-agent" in summary
    assert {p.name for p in Path(outputs["files"]).iterdir()} == {
        "report.html", "report.json", "report.sarif", "report.md", "sbom.spdx.json",
    }  # fmt: skip


def test_inputs_are_data_and_never_commands(change: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    status, _, outputs, _ = step(change, tmp_path, INPUT_BASE=f"$(touch {mark})")
    assert (status, outputs, mark.exists()) == (3, {}, False)


def test_a_push_has_no_base_and_every_finding_counts(change: Path, tmp_path: Path) -> None:
    status, said, outputs, _ = step(change, tmp_path, INPUT_PLATFORMS="linux/amd64\nlinux/arm64\n")
    assert (status, outputs["outcome"]) == (1, "fail")
    assert said.count("::error ") == 2


def test_the_action_and_the_workflows_are_well_formed() -> None:
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    for item in action["runs"]["steps"]:
        assert "${{" not in item.get("run", ""), "inputs reach scripts through the environment only"
        if "run" in item:
            script = item["run"].split("$GITHUB_ACTION_PATH/")[1].rstrip('"')
            assert (REPOSITORY / script).is_file()
    for workflow in (REPOSITORY / ".github" / "workflows").glob("*.yml"):
        jobs = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]
        assert all("runs-on" in job for job in jobs.values())
