"""Spool: where a large download lies until it is judged, never in memory as a whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator


class Spool:
    """A file that is being written; it becomes part of the cache only through `keep`.

    Args:
        handle: Its file descriptor.
        path: Its name beside `kept`, "" for a file without name.
        kept: Where it belongs when it is good.
    """

    __slots__ = ("_kept", "_open", "_path", "handle", "size")

    def __init__(self, handle: int, path: str = "", kept: str = "") -> None:
        self.handle = handle
        self.size = 0
        self._path = path
        self._kept = kept
        self._open = True

    def __del__(self) -> None:
        """A file without name lives as long as somebody reads it."""
        self.close()

    def restart(self) -> None:
        """Forget what was written: another place is asked."""
        os.ftruncate(self.handle, 0)
        os.lseek(self.handle, 0, os.SEEK_SET)
        self.size = 0

    def write(self, block: bytes) -> None:
        """Append. Raises OSError when the disk is full."""
        view = memoryview(block)
        while view:
            view = view[os.write(self.handle, view) :]
        self.size += len(block)

    def read_at(self, offset: int, length: int) -> bytes:
        """A `ziparchive.ReadAt`; who holds it keeps the file open."""
        return os.pread(self.handle, length, offset)

    def keep(self) -> bool:
        """Put the file in its place by renaming; False where that is not possible."""
        if not self._path:
            return False
        with contextlib.suppress(OSError):
            os.replace(self._path, self._kept)
            self._path = ""
            return True
        return False

    def discard(self) -> None:
        """Remove the file unless it was kept."""
        if self._path:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            self._path = ""

    def close(self) -> None:
        """Close the file."""
        if self._open:
            self._open = False
            os.close(self.handle)


@contextlib.contextmanager
def open_spool(kept: str | None) -> Iterator[Spool]:
    """A spool beside `kept`; without a place that can be written, a file without a name.

    What was not kept is gone afterwards.
    """
    spool = None
    if kept is not None:
        with contextlib.suppress(OSError):
            folder = os.path.dirname(kept)
            os.makedirs(folder, mode=0o700, exist_ok=True)
            handle, path = tempfile.mkstemp(prefix=".tmp-", dir=folder)
            spool = Spool(handle, path, kept)
    if spool is None:
        with tempfile.TemporaryFile() as file:
            spool = Spool(os.dup(file.fileno()))
    try:
        yield spool
    finally:
        spool.discard()
