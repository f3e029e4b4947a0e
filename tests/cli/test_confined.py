"""Work in a confined process: its answer, its mistakes, and the end of what wants too much."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest

from compliance.cli import confined
from compliance.cli.confined import confined as run
from compliance.errors import UsageError


def test_the_answer_comes_back_whole() -> None:
    assert run(lambda: b"x" * 3_000_000, "w") == b"x" * 3_000_000
    assert run(lambda: b"", "w") == b""


def test_mistakes_come_back_as_messages() -> None:
    def wrong() -> bytes:
        raise UsageError("is wrong", file="t.j2", line=3)

    with pytest.raises(UsageError, match=r"^t\.j2:3: is wrong$"):
        run(wrong, "w")
    with pytest.raises(UsageError, match=r"^w: ZeroDivisionError: "):
        run(lambda: bytes(1 // 0), "w")


def test_nothing_can_be_opened_or_written(tmp_path: Path) -> None:
    target = tmp_path / "x"
    with pytest.raises(UsageError, match="Too many open files"):
        run(lambda: Path("/etc/hostname").read_bytes(), "w")
    with pytest.raises(UsageError, match="Too many open files"):
        run(lambda: bytes(target.write_bytes(b"x")), "w")
    assert not target.exists()


def test_time_memory_and_output_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "CPU_SECONDS", 1)
    monkeypatch.setattr(confined, "WALL_SECONDS", 2)
    monkeypatch.setattr(confined, "MOST_BYTES", 1 << 20)

    def busy() -> bytes:
        while True:
            pass

    start = time.monotonic()
    for work in (
        busy,
        lambda: bytes(time.sleep(60) or b""),
        lambda: bytes(len(bytearray(2 << 30))),
        lambda: b"x" * (2 << 20),
    ):
        with pytest.raises(UsageError, match=r"^w: needs more than"):
            run(work, "w")
    assert time.monotonic() - start < 30


def test_no_process_is_left() -> None:
    def children() -> set[str]:
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it ended meanwhile
                state = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
                if state[1] == str(os.getpid()):
                    found.add(stat.parent.name)
        return found

    before = children()
    run(lambda: b"", "w")
    assert children() <= before
