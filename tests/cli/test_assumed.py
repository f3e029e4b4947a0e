"""Where a program goes is told as an assumption where nothing says it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FACTS = "version: 1\ndeployments:\n  a: {build: ., profile: saas, outbound: proprietary}\n"


@pytest.mark.parametrize(
    ("facts", "flags", "assumed"),
    [("", (), "on-prem"), ("", ("--profile", "saas"), None), (FACTS, (), None),
     ("version: 1\n", (), "on-prem")],
)  # fmt: skip
def test_what_is_assumed(
    run: Run, tmp_path: Path, facts: str, flags: tuple[str, ...], assumed: str | None
) -> None:
    (tmp_path / "go.mod").write_text("module example.com/a\n\ngo 1.22\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    if facts:
        (tmp_path / ".compliance.yaml").write_text(facts)
    done = run("scan", str(tmp_path), "--format", "json", "-o", "-", *flags)
    policy = json.loads(done.stdout)["policy"]
    assert policy["assumed_profile"] == assumed
