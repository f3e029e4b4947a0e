"""What leaves the process: text made safe for a terminal, files put in place whole."""

from __future__ import annotations

import os
import select
import stat
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from compliance.cli.interrupts import raise_lost
from compliance.errors import ComplianceError, LimitExceededError, UsageError

if TYPE_CHECKING:
    from compliance.findings import Finding

EXIT = {"pass": 0, "fail": 1, "incomplete": 3}
"""Exit code of each outcome of a gate."""

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


STILL_SECONDS = 30.0
"""How long a pipe may be silent: a command waits for nobody for ever."""
_PIECE = 1 << 20


def read_file(file: str, option: str, limit: int) -> bytes:
    """A file that the user names, or what a pipe such as `<(command)` gives.

    Opening waits for nobody: a FIFO that no program writes into is empty. A device that never ends
    stops at the limit.

    Args:
        file: As it stands on the command line.
        option: The option that names it, for messages; "" for an argument.
        limit: Most bytes.

    Raises:
        UsageError: It cannot be read, or is a pipe that stays silent.
        LimitExceededError: It is larger than `limit`.
    """
    shown = f"{option} {file}".lstrip()
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            data = _read_to(handle, limit)
        finally:
            os.close(handle)
    except TimeoutError:
        raise UsageError(f"{shown}: nothing came for {STILL_SECONDS:.0f} seconds") from None
    except (OSError, ValueError) as problem:
        raise UsageError(f"{shown}: {getattr(problem, 'strerror', None) or problem}") from None
    if data is None:
        size = f"{limit >> 20} MB" if limit >> 20 else f"{limit >> 10} kB"
        raise LimitExceededError(f"{shown}: larger than {size}")
    return data


def _read_to(handle: int, limit: int) -> bytes | None:
    """All bytes, None where there are more than `limit`. Raises OSError, TimeoutError."""
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and status.st_size > limit:
        return None
    pieces: list[bytes] = []
    size = 0
    while size <= limit:
        try:
            piece = os.read(handle, _PIECE)
        except BlockingIOError:
            if not select.select([handle], [], [], STILL_SECONDS)[0]:
                raise TimeoutError from None
            continue
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
    return None


def printable(text: str) -> str:
    """A line that is safe to print.

    Control, bidi and surrogate characters are shown as ⟨U+202E⟩, and a start that a CI runner
    would read as a workflow command (`::`, `##[`) gets a dot before it; nothing else changes.
    """
    if not text.isprintable():
        text = "".join(
            f"\u27e8U+{ord(c):04X}\u27e9" if unicodedata.category(c) in _HIDDEN and c != "\t" else c
            for c in text
        )
    bare = text.lstrip()
    return f".{text}" if bare.startswith(("::", "##[")) else text


PLAIN_WIDTH = 80
"""Columns where the output is no terminal: what it prints must not depend on where it runs."""


def screen(*, plain: bool) -> tuple[int, bool]:
    """Width of the terminal in columns, and whether it shows colours."""
    if not sys.stdout.isatty():
        return PLAIN_WIDTH, False
    import shutil

    width = shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns
    return width, not (plain or os.environ.get("NO_COLOR")) and obeys(sys.stdout)


def obeys(stream: TextIO) -> bool:
    """Whether a stream is a terminal that knows control sequences; TERM=dumb says no."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def output_folder(name: str) -> Path:
    """Create and return the folder of `-o`. A link is refused, for it could lead anywhere.

    Raises UsageError when it is a link or not a folder.
    """
    if not name:
        raise UsageError("-o: names no folder")
    folder = Path(name)
    if folder.is_symlink():
        raise UsageError(f"-o {name}: is a link; name the folder itself")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"-o {name}: not a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ComplianceError(f"cannot create {name}: {problem.strerror}") from None
    return folder


def put(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files beside their final names, then rename each: no half file is ever seen.

    Raises ComplianceError (exit 3) when the disk is full or the folder is not writable.
    """
    import tempfile

    raise_lost()
    waiting: list[tuple[str, Path]] = []
    try:
        for name, data in files.items():
            target = folder / name
            if target.is_symlink() or (target.exists() and not target.is_file()):
                raise UsageError(f"{target}: is a link, a folder or a device; name another file")
            handle, scratch = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            waiting.append((scratch, target))
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                os.fchmod(out.fileno(), 0o644)
        while waiting:
            scratch, target = waiting[0]
            Path(scratch).replace(target)
            waiting.pop(0)
    except OSError as problem:
        raise ComplianceError(f"cannot write into {folder}: {problem.strerror}") from None
    finally:
        for scratch, _ in waiting:
            Path(scratch).unlink(missing_ok=True)


def print_findings(findings: Iterable[Finding]) -> None:
    """List findings on stderr, one line each, as compilers do: FILE:LINE: severity: message."""
    sys.stderr.write(findings_text(findings))


def findings_text(findings: Iterable[Finding]) -> str:
    """What `print_findings` prints; remarks, which ask nothing of anybody, are not among it."""
    lines: list[str] = []
    for finding in sorted(findings, key=lambda f: f.sort_key()):
        if finding.severity.word == "pass":
            continue
        where = finding.location
        spot = f"{where.file}:{where.line}: " if where and where.line else ""
        if where and not where.line:
            spot = f"{where.file}: "
        line = f"{spot}{finding.severity.word}: {finding.message} [{finding.code}]"
        lines.append(printable(line) + "\n")
    return "".join(lines)


def counted(count: int, one: str) -> str:
    """`1 waiver`, `2 waivers`."""
    return f"{count} {one}" if count == 1 else f"{count} {one}s"
