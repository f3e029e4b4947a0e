"""Trace: what a run read from disk, so that a later run can tell that nothing changed.

A file is known by size, modification time, change time and inode; a folder by the same, which
covers its names. One stat per entry verifies a trace, no content is read. Times that are younger
than the clock of a file system can tell apart make a trace unusable, as they do in git
(https://git-scm.com/docs/racy-git).
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Mapping

import msgspec

RACY_NANOSECONDS = 2_000_000_000
"""Coarsest time stamp among the file systems in use (FAT: 2 s)."""

_WORTH_OPENING = 3
"""Names from which on opening their folder costs less than it saves."""

Signature = tuple[int, int, int, int]
"""Size, modification and change time in nanoseconds, inode."""


class _Folder(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A folder with its own signature (None: only files in it matter) and its files'."""

    path: str
    own: Signature | None
    names: list[str]
    signatures: list[Signature]


class SealedTrace(msgspec.Struct, array_like=True, frozen=True):
    """A finished trace: what must still be true for the result of the run to hold.

    `links` holds (path, answer) for links and for what could not be read or did not exist.
    """

    folders: list[_Folder]
    links: list[tuple[str, str]]

    def encode(self) -> bytes:
        """Compact form for the cache."""
        return msgspec.msgpack.encode(self)

    def unchanged(self) -> bool:
        """Whether every entry still has the signature it had; never raises."""
        try:
            return all(_same_folder(f) for f in self.folders) and all(
                _answer(path) == answer for path, answer in self.links
            )
        except (OSError, ValueError):
            return False


def decode_trace(data: bytes) -> SealedTrace | None:
    """Inverse of `SealedTrace.encode`; None for anything else."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


class Trace:
    """Recorder of one run. Not safe to share between threads that record the same entry.

    Args:
        started: Nanoseconds since the epoch; now unless a test says otherwise.
    """

    __slots__ = ("_files", "_folders", "_links", "_started")

    def __init__(self, started: int | None = None) -> None:
        self._started = time.time_ns() if started is None else started
        self._files: dict[str, os.stat_result] = {}
        self._folders: dict[str, os.stat_result] = {}
        self._links: dict[str, str] = {}

    @property
    def files(self) -> Mapping[str, os.stat_result]:
        """The files read so far, each with its state before the first byte was."""
        return self._files

    def file(self, full: str, status: os.stat_result) -> None:
        """A file was read; `status` is its state before the first byte was."""
        self._files.setdefault(full, status)

    def folder(self, full: str) -> None:
        """A folder is about to be listed. Raises OSError when it cannot be looked at."""
        try:
            self._folders.setdefault(full.rstrip("/") or "/", os.stat(full))
        except OSError:
            self.add(full)
            raise

    def add(self, full: str) -> None:
        """The state or the absence of this path matters, wherever it leads.

        For links, for what could not be read, and for files that somebody else reads.
        """
        try:
            status = os.lstat(full)
        except (OSError, ValueError):
            status = None
        if status is not None and stat.S_ISREG(status.st_mode):
            self.file(full, status)
        elif full not in self._links:
            self._links[full] = _answer(full)

    def seal(self) -> SealedTrace | None:
        """The finished trace, or None when it cannot be relied on.

        That is: an entry is too young to be told from a later change, or a name is not UTF-8.
        """
        try:
            "\n".join((*self._files, *self._folders, *self._links)).encode()
        except UnicodeEncodeError:
            return None
        newest = self._started - RACY_NANOSECONDS
        for status in (*self._files.values(), *self._folders.values()):
            if status.st_mtime_ns >= newest or status.st_ctime_ns >= newest:
                return None
        groups: dict[str, tuple[list[str], list[Signature]]] = {p: ([], []) for p in self._folders}
        for full, status in self._files.items():
            parent, _, name = full.rpartition("/")
            names, signatures = groups.setdefault(parent or "/", ([], []))
            names.append(name)
            signatures.append(_signature(status))
        folders = [
            _Folder(path, _own(self._folders.get(path)), *groups[path]) for path in sorted(groups)
        ]
        return SealedTrace(folders, sorted(self._links.items()))


def _own(status: os.stat_result | None) -> Signature | None:
    return None if status is None else _signature(status)


def _signature(status: os.stat_result) -> Signature:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _same_folder(folder: _Folder) -> bool:
    """Names are looked up from the open folder, where there are some: one path component each."""
    if len(folder.names) < _WORTH_OPENING:
        return _same_small_folder(folder)
    handle = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if folder.own is not None and _signature(os.fstat(handle)) != folder.own:
            return False
        look = os.stat
        for name, want in zip(folder.names, folder.signatures, strict=True):
            now = look(name, dir_fd=handle, follow_symlinks=False)
            if (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino) != want:
                return False
    finally:
        os.close(handle)
    return True


def _same_small_folder(folder: _Folder) -> bool:
    if folder.own is not None:
        status = os.stat(folder.path)
        if not stat.S_ISDIR(status.st_mode) or _signature(status) != folder.own:
            return False
    prefix = folder.path.rstrip("/") + "/"
    return all(
        _signature(os.lstat(prefix + name)) == want
        for name, want in zip(folder.names, folder.signatures, strict=True)
    )


def _answer(full: str) -> str:
    """What a path leads to: an error number, a folder, or a file with its signature."""
    try:
        status = os.stat(full)
    except (OSError, ValueError) as error:
        return f"!{getattr(error, 'errno', 0)}"
    place = f"{stat.S_IFMT(status.st_mode):o} {status.st_dev} {status.st_ino}"
    # A folder that is merely passed through may change inside; its listing is recorded apart.
    return f"{place} {_signature(status)}" if stat.S_ISREG(status.st_mode) else place


_DECODER = msgspec.msgpack.Decoder(SealedTrace)
