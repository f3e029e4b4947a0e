"""Which toolchain runs, judged by the go command: programs on PATH stand for other toolchains."""

from __future__ import annotations

import os
import subprocess
from itertools import product
from pathlib import Path

import pytest

from compliance.errors import IncompleteError, UsageError
from compliance.golang import WorkspaceSettings, load_workspace
from tests.oracle.goworld import GO, MemoryFiles

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(GO is None, reason="no go command")]

NAMES = ("go1.20.4", "go1.99.0", "go1.99.2", "go1.99.3-corp", "go1.98rc1")
SETTINGS = (
    "local", "auto", "path", "local+auto", "go1.20.4", "go1.20.4+path", "go1.99.2+auto", "go1.99.2",
    "go1.99.3-corp", "+auto", "auto+", "go1.20.4+other", "bash",
)  # fmt: skip
GO_LINES = ("", "go 1.20", "go 1.98rc1", "go 1.99", "go 1.99.2")
TOOLCHAIN_LINES = ("", "toolchain default", "toolchain go1.99.3-corp", "toolchain go1.20.4")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bin")
    for name in NAMES:
        program = folder / name
        program.write_text(f"#!/bin/sh\necho go version {name} fake/fake\n", encoding="ascii")
        program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    ("setting", "work"), [*((s, False) for s in SETTINGS), ("auto", True), ("go1.99.2", True)]
)
def test_the_choice_is_that_of_the_go_command(
    tmp_path: Path, path: str, setting: str, *, work: bool
) -> None:
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GO")},
        "PATH": path, "GOENV": "off", "GOPROXY": "off", "GOTOOLCHAIN": setting,
    }  # fmt: skip

    def version() -> tuple[int, str]:
        done = subprocess.run(
            [str(GO), "version"], cwd=tmp_path, env=environ, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout.split(" ")[2] if done.stdout else done.stderr

    local = subprocess.check_output(
        [str(GO), "env", "GOVERSION"], env={**environ, "GOTOOLCHAIN": "local"}, text=True
    ).strip()
    for go, named in product(GO_LINES, TOOLCHAIN_LINES):
        lines = f"{go}\n{named}\n"
        files = {"go.mod": f"module example.com/m\n{lines}"}
        if work:
            files = {"go.mod": "module example.com/m\n", "go.work": f"{lines}use .\n"}
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="ascii")
        code, said = version()
        settings = WorkspaceSettings(local_go=local.removeprefix("go"), gotoolchain=setting)
        try:
            ours = load_workspace(MemoryFiles(files), settings=settings).other_toolchain or local
        except UsageError:
            assert code, (lines, said)
            continue
        except IncompleteError:
            assert "running" in said if code else _too_old(said, go), (lines, said)
            continue
        if code:
            assert ours in said, (lines, said)  # it is not at hand
        else:
            assert ours == said, lines
            assert not _too_old(said, go) or said == "go1.20.4", lines


def _too_old(said: str, go: str) -> bool:
    """`go version` does not look at the go line; a command that builds would refuse here."""
    wanted = {"go 1.98rc1": 98, "go 1.99": 99, "go 1.99.2": 99}.get(go, 0)
    return int(said.split(".")[1].partition("rc")[0]) < wanted
