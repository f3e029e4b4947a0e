"""The index of a git work tree, and whether the work tree still agrees with it.

Formats: https://git-scm.com/docs/index-format, versions 2 to 4. Neither git nor any filter, hook or
configuration runs: a file whose stat differs is hashed as it stands.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from compliance.errors import MalformedInputError
from compliance.sources.folder import MAX_FILE_BYTES
from compliance.sources.gitnumber import offset_number
from compliance.sources.gitstore import object_oid
from compliance.sources.trace import Trace
from compliance.value import dataclass

MAX_INDEX_BYTES = 512 << 20
"""About five million entries."""

_HEADER = 12
_NAME_LENGTH = 0xFFF
_ASSUME_VALID = 0x8000
_EXTENDED = 0x4000
_SKIP_WORKTREE = 0x4000
_INTENT_TO_ADD = 0x2000
_STAGE = 0x3000
_PREFIXED = 4  # version whose paths share prefixes
_SHA256 = 32
_FILE = 0o100000
_LINK = 0o120000
_GITLINK = 0o160000
_TREE = 0o040000
_KIND = 0o170000
_MASK32 = 0xFFFFFFFF


class IndexEntry(NamedTuple):
    """One tracked path as the index knows it.

    `mtime` and `ctime` in nanoseconds, seconds modulo 2**32, `size` modulo 2**32.
    """

    path: bytes
    mode: int
    oid: bytes
    size: int
    mtime: int
    ctime: int
    inode: int
    flags: int
    extended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Entries in the order of the file.

    `split` means that a shared index holds the rest. `tree` is the object name of the tree of these
    entries where git noted it. `written` is the file's modification time in nanoseconds: entries as
    young as it are hashed (https://git-scm.com/docs/racy-git).
    """

    entries: tuple[IndexEntry, ...]
    split: bool = False
    tree: bytes | None = None
    written: int = 0


def parse_index(data: bytes, *, oid_size: int = 20, written: int = 0) -> Index:
    """Parse an index file.

    Args:
        data: Content of the file.
        oid_size: 20 for SHA-1 repositories, 32 for SHA-256.
        written: Modification time of the file in nanoseconds.

    Raises:
        MalformedInputError: Not an index of version 2, 3 or 4, or truncated.
    """
    if len(data) < _HEADER + oid_size or data[:4] != b"DIRC":
        raise MalformedInputError("not a git index")
    version, count = struct.unpack_from(">II", data, 4)
    if version not in (2, 3, _PREFIXED):
        raise MalformedInputError(f"git index of unknown version {version}")
    try:
        entries, at = _entries(data, version, count, oid_size)
        extensions = _extensions(data, at, oid_size)
    except (struct.error, ValueError, IndexError) as error:
        raise MalformedInputError("truncated git index") from error
    if any(
        e.path[:1] == b"/" or b"\0" in e.path or (b".." in e.path and b".." in e.path.split(b"/"))
        for e in entries
    ):
        raise MalformedInputError("git index with a path that git refuses")
    return Index(
        entries=tuple(entries),
        split=b"link" in extensions,
        tree=_cached_tree(extensions.get(b"TREE", b""), oid_size),
        written=written,
    )


def _entries(data: bytes, version: int, count: int, oid_size: int) -> tuple[list[IndexEntry], int]:
    fixed = struct.Struct(f">4I4xII8xI{oid_size}sH")
    unpack, width, new = fixed.unpack_from, fixed.size, IndexEntry._make
    if count * (width + 1) > len(data):
        raise ValueError(count)
    at = _HEADER
    path = b""
    found: list[IndexEntry] = []
    for _ in range(count):
        changed, fraction, seconds, nanoseconds, inode, mode, size, oid, flags = unpack(data, at)
        start = at + width
        extended = 0
        if flags & _EXTENDED:
            extended = data[start] << 8 | data[start + 1]
            start += 2
        if version == _PREFIXED:
            strip, start = offset_number(data, start)
            end = data.index(0, start)
            path = path[: len(path) - strip] + data[start:end]
            at = end + 1
        else:
            length = flags & _NAME_LENGTH
            end = start + length if length < _NAME_LENGTH else data.index(0, start)
            path = data[start:end]
            at += (end - at + 8) & ~7
        mtime = seconds * 1_000_000_000 + nanoseconds
        ctime = changed * 1_000_000_000 + fraction
        found.append(new((path, mode, oid, size, mtime, ctime, inode, flags, extended)))
    return found, at


def _extensions(data: bytes, at: int, oid_size: int) -> dict[bytes, bytes]:
    """Extensions by signature: a capital first letter means that it may be ignored."""
    found: dict[bytes, bytes] = {}
    end = len(data) - oid_size
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        found[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size
    return found


def _cached_tree(extension: bytes, oid_size: int) -> bytes | None:
    """Root of the cache tree: `NUL`, number of entries (-1: not valid), subtrees, object name."""
    match = re.match(rb"\0(\d+) \d+\n", extension)
    oid = extension[match.end() : match.end() + oid_size] if match else b""
    return oid if len(oid) == oid_size else None


def left_out(index: Index) -> tuple[bytes, ...]:
    """Tracked paths that a sparse checkout leaves out of the work tree."""
    return tuple([e.path for e in index.entries if e.extended & _SKIP_WORKTREE])


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """The folder that an index describes.

    `file_mode` is core.fileMode: whether the executable bit counts.
    `head_of` names the commit that is checked out in a submodule's folder, or None.
    """

    root: str
    oid_size: int
    file_mode: bool
    head_of: Callable[[str], str | None]

    def agrees(
        self, entries: Iterable[IndexEntry], written: int, trace: Trace | None = None
    ) -> bool:
        """Whether tracked paths are as the index says; stops at the first that is not.

        Args:
            entries: Those to look at.
            written: When the index was written (`Index.written`).
            trace: What was read a moment ago, which is not looked at again.
        """
        prefix = self.root.rstrip("/") + "/"
        look, spell = os.lstat, os.fsdecode
        seen = trace.files if trace is not None else {}
        for entry in entries:
            path, mode, _, size, mtime, _, inode, flags, extended = entry
            if flags & _STAGE or extended & _INTENT_TO_ADD:
                return False
            if flags & _ASSUME_VALID or extended & _SKIP_WORKTREE or mode == _TREE:
                continue
            full = prefix + spell(path)
            try:
                now = seen.get(full) or look(full)
            except (OSError, ValueError):
                return False
            if mode == _GITLINK:
                if not self._same_commit(full, entry, now):
                    return False
                continue
            if trace is not None:
                trace.file(full, now)
            same = (
                now.st_mtime_ns == mtime
                and now.st_size == size
                and now.st_ino & _MASK32 == inode
                and mtime < written
            )
            if not self._same_kind(mode, now.st_mode):
                return False
            if not same and not self._same_content(full, entry, now):
                return False
        return True

    def _same_commit(self, full: str, entry: IndexEntry, status: os.stat_result) -> bool:
        """Whether a submodule is not checked out, or at the commit that is recorded."""
        head = self.head_of(full) if stat.S_ISDIR(status.st_mode) else None
        return head is None or head == entry.oid.hex()

    def _same_kind(self, want: int, mode: int) -> bool:
        if want & _KIND == _LINK:
            return stat.S_ISLNK(mode)
        if not stat.S_ISREG(mode):
            return False
        return not self.file_mode or bool(want & 0o100) == bool(mode & 0o100)

    def _same_content(self, full: str, entry: IndexEntry, status: os.stat_result) -> bool:
        """Hash the file; CRLF line ends may be those of a conversion that git would undo."""
        parent = os.path.dirname(full)
        try:
            # A link in place of a parent folder: git counts what was below it as removed.
            if os.path.realpath(parent) != parent:
                return False
            if stat.S_ISLNK(status.st_mode):
                return (
                    object_oid("blob", os.fsencode(os.readlink(full)), self.oid_size) == entry.oid
                )
            if status.st_size > MAX_FILE_BYTES:
                return self._oid_of_large(full, status.st_size) == entry.oid
            content = _read(full)
        except OSError:
            return False
        if object_oid("blob", content, self.oid_size) == entry.oid:
            return True
        plain = content.replace(b"\r\n", b"\n")
        return plain != content and object_oid("blob", plain, self.oid_size) == entry.oid

    def _oid_of_large(self, full: str, size: int) -> bytes:
        """Object name of a file that is not held in memory. Raises OSError."""
        new = hashlib.sha256 if self.oid_size == _SHA256 else hashlib.sha1
        digest = new(b"blob %d\0" % size, usedforsecurity=False)
        with os.fdopen(_open(full), "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.digest()


_last: dict[tuple[object, ...], Index] = {}
"""The index that was read last, by path and state: a comparison asks for it more than once."""


def read_index(path: str, oid_size: int) -> Index | None:
    """The index file of a work tree: empty when there is none, None when it is damaged."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if status.st_size > MAX_INDEX_BYTES:
                return None
            now = (path, oid_size, status.st_mtime_ns, status.st_size, status.st_ino)
            known = _last.get(now)
            if known is None:
                data = file.read(status.st_size)
                known = parse_index(data, oid_size=oid_size, written=status.st_mtime_ns)
                _last.clear()
                _last[now] = known
            return known
    except FileNotFoundError:
        return Index(entries=())
    except (OSError, MalformedInputError):
        return None


class TrackedFiles:
    """What an index knows of its work tree without reading a file.

    `clean` has the entry of each regular file that is as the index noted it, by path; `links` are
    symbolic links of which the same is true; `rest` are all other entries: what differs in size,
    times, inode or kind, is as young as the index (https://git-scm.com/docs/racy-git), is not
    merged, not there, or a submodule. Paths are spelled as `os.fsdecode` does.
    """

    __slots__ = ("_index", "_names", "_oid_size", "_tree", "_unclean", "clean", "links", "rest")

    def __init__(
        self, index: Index | None, root: str, oid_size: int, trace: Trace | None = None
    ) -> None:
        """Compare an index with the work tree at `root`, one lstat each.

        What the trace saw is not looked at again, and what is looked at here, it sees. Without an
        index, or where a shared one holds the rest, nothing is known.
        """
        self._index = index if index is not None and not index.split else Index(entries=())
        self._oid_size = oid_size
        self._tree = self._index.tree
        self._names: dict[str, set[str]] | None = None
        self._unclean: frozenset[str] | None = None
        self.clean: dict[str, IndexEntry] = {}
        self.links: list[str] = []
        self.rest: list[IndexEntry] = []
        self._compare(root.rstrip("/") + "/", trace)

    def _compare(self, prefix: str, trace: Trace | None) -> None:
        entries, written = self._index.entries, self._index.written
        look, clean = os.lstat, self.clean
        seen = trace.files if trace is not None else {}
        for name, entry in zip(_spelled(entries), entries, strict=True):
            _, mode, _, size, mtime, ctime, inode, flags, extended = entry
            full = prefix + name
            try:
                now = seen.get(full) or look(full)
            except (OSError, ValueError):
                self.rest.append(entry)
                continue
            kind = now.st_mode
            regular = kind & _KIND == _FILE
            if trace is not None and regular:
                trace.file(full, now)
            if not (
                now.st_mtime_ns == mtime < written
                and now.st_ctime_ns == ctime
                and now.st_size == size
                and now.st_ino & _MASK32 == inode
                and mode & _KIND == kind & _KIND
                and not flags & _STAGE
                and not extended & _INTENT_TO_ADD
            ):
                self.rest.append(entry)
            elif regular and bool(mode & 0o100) == bool(kind & 0o100):
                clean[name] = entry
            elif kind & _KIND == _LINK:
                self.links.append(name)
            else:
                self.rest.append(entry)

    @property
    def index(self) -> Index:
        """The index; an empty one where nothing is known."""
        return self._index

    @property
    def paths(self) -> list[str]:
        """All tracked paths."""
        return _spelled(self._index.entries)

    @property
    def tree(self) -> bytes | None:
        """Object name of the tree of these entries; None where there are none."""
        if self._tree is None and self._index.entries:
            self._tree = tree_oid(self._index.entries, self._oid_size)
        return self._tree

    @property
    def unclean(self) -> frozenset[str]:
        """Folders in which something tracked is not among `clean`."""
        if self._unclean is None:
            paths = (*self.links, *(os.fsdecode(e.path).rstrip("/") for e in self.rest))
            self._unclean = frozenset(p.rpartition("/")[0] for p in paths)
        return self._unclean

    @property
    def names(self) -> Mapping[str, set[str]]:
        """Tracked names by folder, those of folders among them."""
        if self._names is None:
            names = self._names = {}
            for path in _spelled(self._index.entries):
                folder, _, name = path.rstrip("/").rpartition("/")
                if folder not in names:
                    _add_folder(names, folder)
                names[folder].add(name)
        return self._names


def _spelled(entries: tuple[IndexEntry, ...]) -> list[str]:
    """Paths of entries as the system spells them; no path holds a NUL."""
    return os.fsdecode(b"\0".join([e.path for e in entries])).split("\0") if entries else []


def _add_folder(names: dict[str, set[str]], folder: str) -> None:
    """Note a folder and, in its parents, its name."""
    names[folder] = set()
    while folder:
        folder, _, name = folder.rpartition("/")
        known = folder in names
        names.setdefault(folder, set()).add(name)
        if known:
            return


def tree_oid(entries: tuple[IndexEntry, ...], oid_size: int = 20) -> bytes:
    """Object name of the tree that a commit of these entries would have.

    Entries of an index stand in byte order of their paths, so one pass with a stack is enough.
    """
    new = hashlib.sha256 if oid_size == _SHA256 else hashlib.sha1
    stack: list[tuple[bytes, list[tuple[bytes, bytes]]]] = [(b"", [])]

    def close() -> None:
        name, items = stack.pop()
        # git orders a folder as if its name ended with a slash.
        body = b"".join(item for _, item in sorted(items))
        oid = new(b"tree %d\0" % len(body) + body, usedforsecurity=False).digest()
        stack[-1][1].append((name + b"/", b"40000 " + name + b"\0" + oid))

    folder: list[bytes] = []
    for entry in entries:
        *parents, name = entry.path.rstrip(b"/").split(b"/")
        same = 0
        for have, want in zip(folder, parents, strict=False):
            if have != want:
                break
            same += 1
        while len(stack) > same + 1:
            close()
        stack.extend((part, []) for part in parents[same:])
        folder = parents
        key = name + b"/" if entry.mode == _TREE else name
        stack[-1][1].append((key, b"%o %s\0" % (entry.mode, name) + entry.oid))
    while len(stack) > 1:
        close()
    body = b"".join(item for _, item in sorted(stack[0][1]))
    return new(b"tree %d\0" % len(body) + body, usedforsecurity=False).digest()


def _open(full: str) -> int:
    return os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _read(full: str) -> bytes:
    with os.fdopen(_open(full), "rb") as file:
        return file.read(MAX_FILE_BYTES)
