"""A Ctrl-C that Python drops, because a weak reference was calling back, counts all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DROPPED = """
import os, signal, weakref
from compliance.cli import interrupts, main
from compliance.cli.place import put

class Held: pass

def interrupted(_reference):
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000): pass

interrupts.listen()
held = Held()
reference = weakref.ref(held, interrupted)
del held  # the interrupt comes in the callback and is dropped there
assert interrupts.is_lost()
main({words!r})
"""


def dropped(words: list[str], repository: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", DROPPED.format(words=words)],
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_command_that_went_on_ends_with_130(repository: Path) -> None:
    done = dropped(["--version"], repository)
    assert (done.returncode, done.stderr.strip()) == (130, "compliance: interrupted")


def test_nothing_is_written_any_more(repository: Path, example: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = dropped(["scan", str(example), "-q", "-o", str(out)], repository)
    assert (done.returncode, done.stderr.strip()) == (130, "compliance: interrupted")
    assert not out.exists() or list(out.iterdir()) == []
