"""Work that somebody else's input steers, in a process of its own with bounds on what it uses."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from typing import NoReturn

from compliance.errors import ComplianceError, UsageError

CPU_SECONDS = 10
"""The largest report page takes one second."""
WALL_SECONDS = 60
"""Only for a process that waits: processor time ends every other one."""
MEMORY = 512 << 20
"""Bytes beyond what the process holds when it starts."""
MOST_BYTES = 200 << 20
"""Of output: what no reader opens any more."""
_DONE, _WRONG = b"\x00", b"\x01"


def confined(work: Callable[[], bytes], what: str) -> bytes:
    """What `work` returns. It runs in a fork that can open no file and has little time and memory.

    Args:
        work: Imports what it needs before it is called here: a fork cannot read modules.
        what: Names it in messages.

    Raises:
        UsageError: raised by the work itself, or it went beyond a bound.
        ComplianceError: this system cannot fork.
    """
    if not hasattr(os, "fork"):
        raise ComplianceError(f"{what}: this system has no processes to confine it in")
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        _run(work, into, what)
    os.close(into)
    try:
        data = _collect(out)
    finally:
        os.close(out)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if data[:1] == _DONE:
        return data[1:]
    if data[:1] == _WRONG:
        raise UsageError(data[1:].decode("utf-8", "replace"))
    raise UsageError(
        f"{what}: needs more than {CPU_SECONDS} seconds, {MEMORY >> 20} MB or "
        f"{MOST_BYTES >> 20} MB of output"
    )


def _run(work: Callable[[], bytes], into: int, what: str) -> NoReturn:
    """The child: bounds first, then the work; it never returns into the caller's code."""
    status = 1
    try:
        _bound()
        try:
            answer = _DONE + work()
        except UsageError as problem:
            answer = _WRONG + str(problem).encode("utf-8", "backslashreplace")
        except (MemoryError, RecursionError):
            answer = b""
        except Exception as problem:  # noqa: BLE001 - it must reach the parent as a message
            answer = _WRONG + f"{what}: {type(problem).__name__}: {problem}".encode(
                "utf-8", "backslashreplace"
            )
        view = memoryview(answer)
        while view:
            view = view[os.write(into, view) :]
        status = 0
    finally:
        os._exit(status)


def _bound() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # no such bound on this system
        pages = int(open("/proc/self/statm", "rb").read().split()[0])  # noqa: PTH123, SIM115
        most = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _collect(out: int) -> bytes:
    """All that the child writes, within bounds; b"" when it goes beyond them."""
    parts: list[bytes] = []
    size, end = 0, time.monotonic() + WALL_SECONDS
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([out], [], [], left)[0]:
            return b""
        part = os.read(out, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            return b""
