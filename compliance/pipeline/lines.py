"""Lines of code: what tells a copy of a file, whatever its name, indentation and remarks are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.golang import UnreadableFileError

if TYPE_CHECKING:
    from compliance.golang import Files

LEAST_LINES = 8
"""Lines of code that make a text somebody's: a file with fewer is like many others."""
SHARE = 0.7
"""Part of the lines of a file that another one has where it is a copy of it."""
_CODE = re.compile(
    rb"^(?!//|/?\*|import\b|package\b|#include\b|(?:\w+[ \t]+)?\"[^\"]*\"$).{6,}$", re.MULTILINE
)
_INDENT = re.compile(rb"^[ \t]+|[ \t\r]+$", re.MULTILINE)


def code_lines(data: bytes) -> set[bytes]:
    """Lines of code without indentation, comments and imports."""
    return set(_CODE.findall(_INDENT.sub(b"", data)))


def is_copy(one: bytes, other: bytes) -> bool:
    """Whether most lines of code of one text are those of another, which is somebody's."""
    mine, theirs = code_lines(one), code_lines(other)
    shared = len(mine & theirs)
    return len(theirs) >= LEAST_LINES and shared >= max(LEAST_LINES, SHARE * len(theirs))


def read_or_nothing(files: Files, path: str) -> bytes:
    """The content of a file; nothing where it is not there."""
    try:
        return files.read(path)
    except UnreadableFileError:
        return b""
