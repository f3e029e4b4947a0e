"""BlobCache: our own cache of computed results and downloaded archives.

One file per entry, named by the SHA-256 of its key. Each file carries a checksum and its key, so a
damaged, truncated or foreign file is a miss. Writing goes to a temporary file that is renamed into
place: two processes and kill -9 leave an old entry or a new one, never half. The folder may be
deleted at any time; where it cannot be written, everything is a miss.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from compliance.sources.paths import write_atomic
from compliance.value import dataclass, field

MAX_CACHE_BYTES = 2 << 30
"""What `trim` leaves: enough for the archives of some thousand modules."""
MAX_BLOB_BYTES = 600 << 20
"""A module zip has at most 500 MiB (golang.org/x/mod/zip.MaxZipFile)."""

_FILE_PARTS = ("blobs", "download", "sumdb", "audit")
_READ_IN_PLACE = frozenset({"download", "vcs", "sumdb"})
"""Parts whose files a run opens again and again: they stay while one is under way elsewhere."""
PARTS: Mapping[str, str] = MappingProxyType({
    "blobs": "results that were computed, and runs that are remembered",
    "download": "go.mod files and module zips",
    "vcs": "git repositories of direct access",
    "sumdb": "answers of the checksum database",
    "http": "version lists, as their headers allow",
    "audit": "answers of an audit that did not end",
    "forks": "proofs against a checksum database; never removed",
})  # fmt: skip
"""What lies in the cache, by part."""
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
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Part to (entries, bytes)."""


_LEASES: dict[str, tuple[int, int]] = {}
"""Folder to (handle, process): a child that was forked shares the handle of its parent."""

_USED: set[str] = set()


def using(path: str) -> None:
    """Say that this run goes on reading a file or repository of the cache: `trim` leaves it.

    Its time of use is renewed once a day, so that what is used goes last.
    """
    if path in _USED:
        return
    _USED.add(path)
    with contextlib.suppress(OSError):
        if time.time() - os.stat(path).st_mtime > _TOUCH_SECONDS:
            os.utime(path)


def hold(folder: str | None) -> None:
    """Tell other processes that this one reads the cache, until it ends; never raises."""
    if folder is None or folder in _LEASES:
        return
    with contextlib.suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        flags = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(f"{folder}/.lock", flags, 0o600)
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        _LEASES[folder] = handle, os.getpid()


def _alone(folder: str) -> bool:
    """Whether no other process reads the cache now."""
    hold(folder)
    handle, owner = _LEASES.get(folder, (-1, 0))
    if owner != os.getpid():
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        alone = False
    else:
        alone = True
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return alone


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
        parts = dict.fromkeys(PARTS, (0, 0))
        for unit in self._units():
            entries, size = parts[unit.part]
            parts[unit.part] = (entries + 1, size + unit.size)
        for _, status in _files(f"{self.folder}/forks"):
            entries, size = parts["forks"]
            parts["forks"] = (entries + 1, size + status.st_size)
        return CacheUse(
            folder=self.folder or "",
            entries=sum(n for n, _ in parts.values()),
            size=sum(n for _, n in parts.values()),
            parts=parts,
        )

    def trim(self) -> int:
        """Remove the least recently used entries beyond the limit; bytes removed.

        What this run reads in place stays, and what another process may be reading.
        """
        kept = removed = 0
        now = time.time_ns()
        alone = self.folder is not None and _alone(self.folder)
        for unit in sorted(self._units(), key=lambda u: (-u.used, u.path)):
            stale = unit.temporary and now - unit.used > _STALE_SECONDS * 1_000_000_000
            needed = unit.part in _READ_IN_PLACE and (not alone or unit.path in _USED)
            if needed or (kept + unit.size <= self._limit and not stale):
                kept += unit.size
                continue
            with contextlib.suppress(OSError):
                if unit.is_folder:
                    import shutil

                    shutil.rmtree(unit.path)
                else:
                    os.unlink(unit.path)
                removed += unit.size
        return removed

    def clean(self) -> int:
        """Remove every entry that no other process reads; bytes removed. What is not ours stays."""
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
                temporary = name.startswith(".tmp-")
                yield _Unit(path, status.st_size, status.st_mtime_ns, part, temporary)
        for path in _children(f"{self.folder}/vcs"):
            sizes = [(s.st_size, s.st_mtime_ns) for _, s in _files(path)]
            used = max((m for _, m in sizes), default=0)
            yield _Unit(path, sum(n for n, _ in sizes), used, "vcs", is_folder=True)
        for path in _children(self.folder):
            if os.path.basename(path).startswith("http.sqlite"):
                with contextlib.suppress(OSError):
                    status = os.lstat(path)
                    yield _Unit(path, status.st_size, status.st_mtime_ns, "http")


class _Unit(NamedTuple):
    """Something in the cache: size in bytes, last use in nanoseconds."""

    path: str
    size: int
    used: int
    part: str
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
