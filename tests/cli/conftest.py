"""Running the command as users do: a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, repository: Path) -> Run:
    """`run("scan", path, ...)`: stdout, stderr, exit code; no network, no Go settings of ours."""

    def call(*words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "compliance", *map(str, words)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=tmp_path,
            timeout=120,
            check=False,
            env=_surroundings(tmp_path, repository, environ),
        )

    return call


def _surroundings(home: Path, repository: Path, more: dict[str, str]) -> dict[str, str]:
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("GO")},
        "PYTHONPATH": str(repository),
        "HOME": str(home),
        "GOPROXY": "off",
        **more,
    }


_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=100)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.fixture
def peak(tmp_path: Path, repository: Path) -> Callable[..., int]:
    """`peak("scan", path, ...)`: most memory of the command in KiB, whatever ran before it."""

    def call(*words: str | Path, **environ: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, sys.executable, "-m", "compliance", *map(str, words)],
            capture_output=True, text=True, cwd=tmp_path, check=True, timeout=120,
            env=_surroundings(tmp_path, repository, environ),
        )  # fmt: skip
        return int(done.stdout)

    return call


@pytest.fixture(scope="session")
def example_source() -> Path:
    return Path(__file__).parents[2] / "examples" / "control-plane"


@pytest.fixture
def example(tmp_path: Path, example_source: Path) -> Path:
    """A copy of the example, so that a test may change it."""
    return Path(shutil.copytree(example_source, tmp_path / "control-plane"))


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.email=a@b.example", "-c", "user.name=A", *words],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def change(example: Path) -> Path:
    """The example as a git repository with one commit."""
    git(example, "init", "-q")
    git(example, "add", "-A", "-f")
    git(example, "commit", "-q", "-m", "base")
    return example


@pytest.fixture
def judge(run: Run, change: Path, tmp_path: Path) -> Any:
    """`judge(base="HEAD")`: exit code, report and terminal text of a comparison with a base."""

    def scan(*words: str, base: str = "HEAD") -> tuple[int, dict[str, Any], str]:
        out = tmp_path / "out"
        done = run("scan", change, "--base", base, "-o", out, "--format", "json",
                   "--as-of", "2026-01-05", *words)  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert "defect" not in done.stderr, done.stderr
        if not (out / "report.json").exists():
            return done.returncode, {}, done.stderr
        report = json.loads((out / "report.json").read_text("utf-8"))
        return done.returncode, report, done.stdout

    return scan
