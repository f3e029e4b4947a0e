"""Files: how the pure rooms read a tree. `sources` implements it; tests use a dict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Protocol, runtime_checkable


class EntryKind(IntEnum):
    """What a name in a folder is."""

    FILE = 1
    """A regular file, or a link that ends at one inside the tree."""
    FOLDER = 2
    LINKED_FOLDER = 3
    """A link that ends at a folder inside the tree; the go command does not walk into it."""
    UNREADABLE = 4
    """A dangling link, a link out of the tree, a device, a socket, a FIFO."""


class Files(Protocol):
    """A read-only tree. Paths are relative to its root and use slashes; "." is the root."""

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        """Names directly inside `folder`; empty when there is no such folder."""
        ...

    def read(self, path: str) -> bytes:
        """Whole content. Raises UnreadableFileError with the reason."""
        ...


def read_head(files: Files, path: str, size: int) -> bytes:
    """The first `size` bytes of a file, or all of it where the tree cannot read less.

    Raises UnreadableFileError with the reason.
    """
    partly: Callable[[str, int], bytes] | None = getattr(files, "read_head", None)
    return files.read(path) if partly is None else partly(path, size)


@runtime_checkable
class LinkAware(Protocol):
    """Files that can tell a link from what it ends at; the go command embeds no links."""

    def is_link(self, path: str) -> bool:
        """Whether the name itself is a symbolic link."""
        ...


class UnreadableFileError(Exception):
    """A file is missing, is not a regular file inside the tree, or is beyond the size limit."""

    def reason(self, path: str) -> str:
        """Why it cannot be read, for a message that names its `path` itself."""
        return str(self).removeprefix(f"{path}: ")
