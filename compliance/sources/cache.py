"""BlobCache: our own cache of computed results and downloaded archives.

One file per entry, named by the SHA-256 of its key. Each file carries a checksum and its key, so a
damaged, truncated or foreign file is a miss. Writing goes to a temporary file that is renamed into
place: two processes and kill -9 leave an old entry or a new one, never half. The folder may be
deleted at any time; where it cannot be written, everything is a miss.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterator
from typing import NamedTuple

from compliance.sources.paths import write_atomic
from compliance.value import dataclass

MAX_CACHE_BYTES = 2 << 30
"""What `trim` leaves: enough for the archives of some thousand modules."""
MAX_BLOB_BYTES = 600 << 20
"""A module zip has at most 500 MiB (golang.org/x/mod/zip.MaxZipFile)."""

_FILE_PARTS = ("blobs", "download", "sumdb")
_MAGIC = b"compliance-cache-1\n"
_DIGEST = 32
_STALE_SECONDS = 3600  # a temporary file of a killed process
_TOUCH_SECONDS = 86400  # how exact "recently used" is


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheUse:
    """What lies in the cache."""

    folder: str
    entries: int
    size: int


class BlobCache:
    """Keyed blobs in a folder; safe to share between threads and processes.

    Args:
        folder: Where; created on first write. None switches the cache off.
        limit: Bytes that `trim` leaves.
    """

    __slots__ = ("_limit", "folder")

    def __init__(self, folder: str | None, limit: int = MAX_CACHE_BYTES) -> None:
        self.folder = folder
        self._limit = limit

    def get(self, key: bytes) -> bytes | None:
        """The blob of a key, None when there is none or it is damaged."""
        path = self._path(key)
        if path is None:
            return None
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BLOB_BYTES:
                return None
            data = os.read(handle, status.st_size + 1)
            if time.time() - status.st_mtime > _TOUCH_SECONDS:
                with contextlib.suppress(OSError):
                    os.utime(handle)
        except OSError:
            return None
        finally:
            os.close(handle)
        return _unwrap(key, data)

    def put(self, key: bytes, value: bytes) -> bool:
        """Store a blob; False when the folder cannot be written or the blob is too large."""
        path = self._path(key)
        if path is None or len(value) > MAX_BLOB_BYTES:
            return False
        done = write_atomic(path, _head(key, value) + value)
        # Every sixteenth key, by its hash, pays for keeping the folder within its limit.
        if done and path.removesuffix(os.path.basename(path)).endswith("0/"):
            self.trim()
        return done

    def use(self) -> CacheUse:
        """Number and size of the entries, downloads and repositories included."""
        units = list(self._units())
        return CacheUse(
            folder=self.folder or "", entries=len(units), size=sum(u.size for u in units)
        )

    def trim(self) -> int:
        """Remove the least recently used entries beyond the limit; bytes removed."""
        kept = removed = 0
        now = time.time_ns()
        for unit in sorted(self._units(), key=lambda u: (-u.used, u.path)):
            stale = unit.temporary and now - unit.used > _STALE_SECONDS * 1_000_000_000
            if kept + unit.size <= self._limit and not stale:
                kept += unit.size
                continue
            with contextlib.suppress(OSError):
                if unit.is_folder:
                    shutil.rmtree(unit.path)
                else:
                    os.unlink(unit.path)
                removed += unit.size
        return removed

    def clean(self) -> int:
        """Remove every entry; bytes removed. Files that are not ours stay."""
        return BlobCache(self.folder, limit=-1).trim()

    def _path(self, key: bytes) -> str | None:
        if self.folder is None:
            return None
        name = hashlib.sha256(key).hexdigest()
        return f"{self.folder}/blobs/{name[:2]}/{name[2:]}"

    def _units(self) -> Iterator[_Unit]:
        """What can be removed by itself: files, and whole git repositories."""
        if self.folder is None:
            return
        for part in _FILE_PARTS:
            for path, status in _files(f"{self.folder}/{part}"):
                name = os.path.basename(path)
                yield _Unit(path, status.st_size, status.st_mtime_ns, name.startswith(".tmp-"))
        for path in _children(f"{self.folder}/vcs"):
            sizes = [(s.st_size, s.st_mtime_ns) for _, s in _files(path)]
            used = max((m for _, m in sizes), default=0)
            yield _Unit(path, sum(n for n, _ in sizes), used, is_folder=True)
        for path in _children(self.folder):
            if os.path.basename(path).startswith("http.sqlite"):
                with contextlib.suppress(OSError):
                    status = os.lstat(path)
                    yield _Unit(path, status.st_size, status.st_mtime_ns)


class _Unit(NamedTuple):
    """Something in the cache: size in bytes, last use in nanoseconds."""

    path: str
    size: int
    used: int
    temporary: bool = False
    is_folder: bool = False


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Regular files below a folder; links are not followed."""
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                status = os.lstat(f"{root}/{name}")
                if stat.S_ISREG(status.st_mode):
                    yield f"{root}/{name}", status


def _children(folder: str) -> list[str]:
    try:
        return [f"{folder}/{name}" for name in sorted(os.listdir(folder))]
    except OSError:
        return []


def _head(key: bytes, value: bytes) -> bytes:
    return _MAGIC + _digest(key, value) + len(key).to_bytes(4, "big") + key


def _unwrap(key: bytes, data: bytes) -> bytes | None:
    """The value of a file's content, if it is whole and belongs to the key."""
    start = len(_MAGIC) + _DIGEST + 4 + len(key)
    value = data[start:]
    return value if len(data) >= start and data[:start] == _head(key, value) else None


def _digest(key: bytes, value: bytes) -> bytes:
    """Guards against damage, not against forgery: who can write here can run as the user."""
    return hashlib.blake2b(value, key=hashlib.sha256(key).digest(), digest_size=_DIGEST).digest()
