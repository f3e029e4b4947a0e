"""The line by which Go files say that a tool wrote them (https://go.dev/s/generatedcode)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.golang import UnreadableFileError

if TYPE_CHECKING:
    from compliance.golang import Files

HEAD_BYTES = 8_192
"""The mark stands before the package clause, after a license header at most."""

MARK = re.compile(
    rb"^// Code generated (?:by )?(?P<by>[^\n]{1,300}?)\.?,?;? DO NOT EDIT\.\r?$", re.M
)


def is_generated(files: Files, path: str) -> bool:
    """Whether a Go file says that a tool wrote it."""
    try:
        return MARK.search(files.read(path), 0, HEAD_BYTES) is not None
    except UnreadableFileError:
        return False
