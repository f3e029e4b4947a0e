"""Each job of the workflows that use the action, step by step, in its passing and failing case."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.action.runner import REPOSITORY, Runner
from tests.cli.conftest import git

EXAMPLE = REPOSITORY / ".github" / "workflows" / "example.yml"
PULL_REQUEST = REPOSITORY / "examples" / "ci" / "github-pull-request.yml"
NIGHTLY = REPOSITORY / "examples" / "ci" / "github-nightly.yml"
GITLAB = REPOSITORY / "examples" / "ci" / "gitlab-ci.yml"
IMPORT = 'package main\n\nimport _ "drivers.example/acceldrv"\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example as the whole of a repository, with one commit."""
    source = REPOSITORY / "examples" / "control-plane"
    folder = Path(shutil.copytree(source, tmp_path / "repository"))
    git(folder, "init", "-q")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-qm", "base")
    return folder


def event(base: str, *labels: str) -> dict[str, Any]:
    return {
        "pull_request": {
            "number": 7,
            "base": {"sha": base},
            "labels": [{"name": label} for label in labels],
        }
    }


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A repository with the example where this one has it."""
    folder = tmp_path / "ours"
    shutil.copytree(
        REPOSITORY / "examples" / "control-plane", folder / "examples" / "control-plane"
    )
    git(folder, "init", "-q")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-qm", "base")
    return folder


def test_the_example_is_blocked_and_says_so(ours: Path, tmp_path: Path) -> None:
    runner = Runner(ours, tmp_path / "home")
    assert runner.job(EXAMPLE, "blocked")
    facts = ours / "examples" / "control-plane" / ".compliance.yaml"
    facts.write_text(facts.read_text("utf-8").replace("on-prem", "saas"), "utf-8")
    assert not runner.job(EXAMPLE, "blocked")


def test_the_example_is_allowed_against_itself(ours: Path, tmp_path: Path) -> None:
    runner = Runner(ours, tmp_path / "home")
    assert runner.job(EXAMPLE, "allowed")
    (ours / "examples" / "control-plane" / "cmd" / "node-agent" / "x.go").write_text(IMPORT)
    assert not runner.job(EXAMPLE, "allowed")
    assert "::error file=examples/control-plane/cmd/node-agent/x.go,line=3" in runner.log


def test_a_pull_request_passes_fails_and_is_approved(repository: Path, tmp_path: Path) -> None:
    base = git(repository, "rev-parse", "HEAD")
    runner = Runner(repository, tmp_path / "home", event(base, "bug"))
    assert runner.job(PULL_REQUEST, "gate")
    more = repository / "cmd" / "node-agent" / "more.go"
    more.write_text(IMPORT, "utf-8")
    git(repository, "add", "-A", "-f")
    git(repository, "commit", "-qm", "an import")
    assert not runner.job(PULL_REQUEST, "gate")
    assert "title=strong-copyleft-ships" in runner.log
    git(repository, "rm", "-q", str(more))
    facts = repository / ".compliance.yaml"
    text = facts.read_text("utf-8")
    facts.write_text(
        text.replace("control-plane, profile: on-prem", "control-plane, profile: saas")
    )
    git(repository, "commit", "-qam", "facts")
    assert not runner.job(PULL_REQUEST, "gate")
    report = json.loads((tmp_path / "home/temp/compliance-report/report.json").read_text("utf-8"))
    (found,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    digest = found["remedy"].rsplit(" ", 1)[1]
    runner.context["github"]["event"] = event(base, f"policy-approved:{digest}", "bug")
    assert runner.job(PULL_REQUEST, "gate")


def test_the_night_has_nothing_to_tell_and_then_it_has(repository: Path, tmp_path: Path) -> None:
    runner = Runner(repository, tmp_path / "home")
    assert runner.job(NIGHTLY, "drift")
    assert runner.job(NIGHTLY, "drift")
    facts = repository / ".compliance.yaml"
    facts.write_text(facts.read_text("utf-8").replace("profile: saas", "profile: on-prem"), "utf-8")
    git(repository, "commit", "-qam", "console is sold")
    assert not runner.job(NIGHTLY, "drift")
    assert runner.job(NIGHTLY, "drift"), "what was told last night is not told again"
    assert len(runner.kept) == 4


def gitlab(folder: Path, home: Path, job: str, **variables: str) -> int:
    """Exit code of a job of the GitLab template."""
    document = yaml.safe_load(GITLAB.read_text("utf-8"))
    home.mkdir(exist_ok=True)
    program = home / "compliance"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m compliance "$@"\n')
    program.chmod(0o755)

    def run(lines: list[str]) -> int:
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(lines)], cwd=folder, check=False,
            capture_output=True, timeout=300,
            env={"PATH": f"{home}:{os.environ['PATH']}", "HOME": str(home), "GOPROXY": "off",
                 "COMPLIANCE_CACHE": f"{folder}/.cache/compliance", **variables},
        ).returncode  # fmt: skip

    status = run(document[job]["script"])
    run(document[job].get("after_script", []))
    return status


def test_the_gitlab_template(repository: Path, tmp_path: Path) -> None:
    base = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": git(repository, "rev-parse", "HEAD")}
    assert gitlab(repository, tmp_path / "home", "license-gate", **base) == 0
    assert (repository / "compliance-report" / "report.sarif").is_file()
    (repository / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")
    assert gitlab(repository, tmp_path / "home", "license-gate", **base) == 1
    assert gitlab(repository, tmp_path / "home", "license-drift") == 0
    (repository / "cmd" / "console" / "more.go").write_text(IMPORT, "utf-8")
    facts = repository / ".compliance.yaml"
    facts.write_text(facts.read_text("utf-8").replace("profile: saas", "profile: on-prem"), "utf-8")
    assert gitlab(repository, tmp_path / "home", "license-drift") == 1
    assert gitlab(repository, tmp_path / "home", "license-drift") == 0
