"""Running the command as users do: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("GO")},
                "PYTHONPATH": str(repository),
                "HOME": str(tmp_path),
                "GOPROXY": "off",
                **environ,
            },
        )

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
