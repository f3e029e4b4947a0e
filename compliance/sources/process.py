"""Running a program of this machine: bounded in time and output, with all that it starts."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MAX_ERROR_BYTES = 4096
"""What is read of a program's complaints."""
_BLOCK = 1 << 16


class ProcessError(Exception):
    """A program could not be started, took too long or said too much."""


class Done(NamedTuple):
    """How a program ended: exit status, what it printed, the end of what it complained."""

    status: int
    output: bytes
    errors: bytes


def run(
    command: Sequence[str], *, environ: Mapping[str, str], folder: str, seconds: float, limit: int,
    given: bytes = b"",
) -> Done:  # fmt: skip
    """Run a program in a session of its own; nothing of it is left when this returns.

    Args:
        command: Program (absolute path) and arguments.
        environ: Its environment.
        folder: Where it runs.
        seconds: How long it may take.
        limit: Bytes that it may print.
        given: Its standard input, a few kilobytes at most.

    Raises:
        ProcessError: It cannot be started, or goes beyond a limit.
    """
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(  # noqa: S603 - callers name programs that the user trusts
                list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
                env=dict(environ), cwd=folder, start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise ProcessError(str(error)) from error
        try:
            output = _talk(process, given, time.monotonic() + seconds, seconds, limit)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
        complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - MAX_ERROR_BYTES))
        return Done(status, output, complaints.read())


def _talk(
    process: subprocess.Popen[bytes], given: bytes, end: float, seconds: float, limit: int
) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise ProcessError("no pipe")
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(given)
        process.stdin.close()
    parts: list[bytes] = []
    size = 0
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            raise ProcessError(f"not complete after {seconds:.0f} s")
        part = os.read(process.stdout.fileno(), _BLOCK)
        if not part:
            break
        parts.append(part)
        size += len(part)
        if size > limit:
            raise ProcessError(f"answers more than {limit} bytes")
    try:
        process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise ProcessError(f"not complete after {seconds:.0f} s") from error
    return b"".join(parts)
