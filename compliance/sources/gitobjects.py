"""Refs and commits of a git repository, read without git.

Layout: https://git-scm.com/docs/gitrepository-layout, packs: https://git-scm.com/docs/pack-format.
Only what is needed to name the commit that is checked out, and the tree of it.
"""

from __future__ import annotations

import os
import re
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAX_REF_BYTES = 4096
MAX_PACKED_REFS_BYTES = 256 << 20
MAX_COMMIT_BYTES = 16 << 20
"""A commit message beyond this is no message."""
_MAX_SYMBOLIC = 5  # git's own limit for chains of symbolic refs
_MAX_DELTA_CHAIN = 4096
_MAX_DELTAS = 64 << 20
"""Of the deltas of one commit together."""
_MAX_BUCKET = 1 << 22
"""Objects of one pack that begin with the same byte: a thousandth of a billion."""
_MAX_ALTERNATES = 32
_PACK_INDEX_HEAD = 8 + 4 * 256
_DELTA_OFFSET_BYTES = 4
_COMMIT, _OFFSET_DELTA, _REF_DELTA = 1, 6, 7

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFolder:
    """A git directory; `common` holds refs and objects and differs in linked work trees."""

    path: str
    common: str

    @classmethod
    def find(cls, work_tree: str) -> GitFolder | None:
        """The git directory of a folder that has `.git` as folder or as file, else None."""
        dot = work_tree.rstrip("/") + "/.git"
        path = dot
        if Path(dot).is_file():
            text = _text(dot, MAX_REF_BYTES)
            if text is None or not text.startswith("gitdir:"):
                return None
            path = os.path.normpath(Path(work_tree, text.removeprefix("gitdir:").strip()))
        if not Path(path, "HEAD").is_file() and not Path(path, "HEAD").is_symlink():
            return None
        common = _text(path + "/commondir", MAX_REF_BYTES)
        if common is None:
            return cls(path=path, common=path)
        return cls(path=path, common=os.path.normpath(Path(path, common.strip())))

    def head(self) -> str | None:
        """Object name of the commit that is checked out; None before the first commit."""
        name = "HEAD"
        for _ in range(_MAX_SYMBOLIC):
            text = self._ref(name)
            if text is None:
                return None
            if not text.startswith("ref:"):
                return text if _OID.fullmatch(text) else None
            name = text.removeprefix("ref:").strip()
        return None

    def resolve(self, revision: str) -> str | None:
        """Object name of a full hex name, a branch, a tag or a remote branch; None if unknown."""
        if _OID.fullmatch(revision):
            return revision
        if revision == "HEAD":
            return self.head()
        for prefix in ("", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"):
            if found := self._ref(prefix + revision):
                return found if _OID.fullmatch(found) else None
        return None

    def files_of_head(self) -> tuple[str, ...]:
        """Files that decide what `head` answers."""
        text = self._ref("HEAD") or ""
        own = [self.path + "/HEAD", self.common + "/packed-refs"]
        if text.startswith("ref:"):
            own.append(f"{self.common}/{text.removeprefix('ref:').strip()}")
        return tuple(own)

    def tree_of(self, commit: str) -> bytes | None:
        """Object name of a commit's tree; None when the commit cannot be read."""
        body = _Objects(self.common, len(commit) // 2).commit(bytes.fromhex(commit))
        found = re.match(rb"tree ([0-9a-f]+)\n", body) if body is not None else None
        return bytes.fromhex(found[1].decode("ascii")) if found else None

    def setting(self, section: str, key: str) -> str | None:
        """Last value of a plain key of the repository's config; includes are not followed."""
        text = _text(self.common + "/config", 1 << 20) or ""
        value = None
        here = False
        for line in text.splitlines():
            line = line.strip()
            if line.startswith("["):
                here = line.lower() == f"[{section}]"
            elif here and "=" in line:
                name, _, rest = line.partition("=")
                if name.strip().lower() == key:
                    value = rest.strip().lower()
        return value

    def _ref(self, name: str) -> str | None:
        """Content of a ref: hex, or `ref: NAME`; None when there is none."""
        if ".." in name or name.startswith("/") or "\0" in name:
            return None
        for base in dict.fromkeys((self.path, self.common)):
            text = _text(f"{base}/{name}", MAX_REF_BYTES)
            if text is not None and text.strip():
                return text.strip()
        packed = _bytes(self.common + "/packed-refs", MAX_PACKED_REFS_BYTES) or b""
        found = re.search(rb"^([0-9a-f]+) " + re.escape(os.fsencode(name)) + rb"$", packed, re.M)
        return found[1].decode("ascii") if found else None


class _Objects:
    """Commits in the object folders of a repository and its alternates."""

    def __init__(self, common: str, oid_size: int) -> None:
        self._size = oid_size
        self._folders = _object_folders(common + "/objects")

    def commit(self, oid: bytes) -> bytes | None:
        """Content of a commit object, or None."""
        name = oid.hex()
        for folder in self._folders:
            data = _bytes(f"{folder}/{name[:2]}/{name[2:]}", MAX_COMMIT_BYTES)
            if data is not None:
                header, _, body = _inflate(data, 0, MAX_COMMIT_BYTES).partition(b"\0")
                return body if header.startswith(b"commit ") else None
        kind, body = self._packed(oid, 0) or (0, b"")
        return body if kind == _COMMIT else None

    def _packed(self, oid: bytes, depth: int) -> tuple[int, bytes] | None:
        for folder in self._folders:
            try:
                names = sorted(os.listdir(folder + "/pack"))
            except OSError:
                continue
            for name in names:
                if name.endswith(".idx"):
                    base = f"{folder}/pack/{name.removesuffix('.idx')}"
                    at = _find_in_pack(base + ".idx", oid, self._size)
                    if at is not None:
                        return self._unpack(base + ".pack", at, depth)
        return None

    def _unpack(self, pack: str, at: int, depth: int) -> tuple[int, bytes] | None:
        """Object at an offset of a pack with its deltas applied, innermost first."""
        deltas: list[bytes] = []
        with _open(pack) as file:
            while depth + len(deltas) < _MAX_DELTA_CHAIN and sum(map(len, deltas)) < _MAX_DELTAS:
                file.seek(at)
                # A header is at most 10 + 10 bytes; a commit rarely needs more than one block.
                data = file.read(64 << 10)
                kind, size, start = _object_header(data)
                if size > MAX_COMMIT_BYTES:
                    return None
                back, start, base = self._base(kind, data, start)
                file.seek(at + start)
                body = _inflate(file.read(size + (1 << 10)), 0, size)
                if kind == _OFFSET_DELTA:
                    deltas.append(body)
                    at -= back
                    continue
                found: tuple[int, bytes] | None = (kind, body)
                if kind == _REF_DELTA:
                    deltas.append(body)
                    found = self._packed(base, depth + len(deltas))
                if found is None:
                    return None
                kind, body = found
                for delta in reversed(deltas):
                    body = _apply(body, delta)
                return kind, body
        return None

    def _base(self, kind: int, data: bytes, start: int) -> tuple[int, int, bytes]:
        """Distance or name of a delta's base, and where the compressed bytes begin."""
        if kind == _REF_DELTA:
            return 0, start + self._size, data[start : start + self._size]
        if kind != _OFFSET_DELTA:
            return 0, start, b""
        byte = data[start]
        back = byte & 127
        while byte & 128:
            start += 1
            byte = data[start]
            back = (back + 1) << 7 | byte & 127
        return back, start + 1, b""


def _object_folders(first: str) -> tuple[str, ...]:
    """An object folder and its alternates (objects/info/alternates), transitively."""
    todo = [first]
    found: list[str] = []
    while todo and len(found) < _MAX_ALTERNATES:
        folder = todo.pop(0)
        if folder in found:
            continue
        found.append(folder)
        for line in (_text(folder + "/info/alternates", 1 << 20) or "").splitlines():
            if line and not line.startswith("#"):
                todo.append(os.path.normpath(Path(folder, line)))
    return tuple(found)


def _find_in_pack(index: str, oid: bytes, size: int) -> int | None:
    """Offset of an object by a pack index of version 2, by binary search on the file."""
    with _open(index) as file:
        head = file.read(8 + 1024)
        if len(head) < _PACK_INDEX_HEAD or head[:8] != b"\xfftOc\0\0\0\2":
            return None
        fan = [int.from_bytes(head[8 + 4 * i : 12 + 4 * i], "big") for i in range(256)]
        low, high, count = (fan[oid[0] - 1] if oid[0] else 0), fan[oid[0]], fan[255]
        if not 0 <= high - low <= _MAX_BUCKET:
            return None
        file.seek(_PACK_INDEX_HEAD + low * size)
        names = file.read((high - low) * size)
        at = names.find(oid)
        while at >= 0 and at % size:
            at = names.find(oid, at + 1)
        if at < 0:
            return None
        row = low + at // size
        file.seek(_PACK_INDEX_HEAD + count * (size + 4) + 4 * row)
        offset = int.from_bytes(file.read(4), "big")
        if offset & 0x80000000:
            file.seek(_PACK_INDEX_HEAD + count * (size + 8) + 8 * (offset & 0x7FFFFFFF))
            offset = int.from_bytes(file.read(8), "big")
        return offset


def _object_header(data: bytes) -> tuple[int, int, int]:
    """Type, inflated size and header length of a packed object."""
    byte = data[0]
    kind, size, shift, at = byte >> 4 & 7, byte & 15, 4, 1
    while byte & 128:
        byte = data[at]
        size |= (byte & 127) << shift
        shift += 7
        at += 1
    return kind, size, at


def _inflate(data: bytes, at: int, limit: int) -> bytes:
    """Decompressed bytes, never more than the limit (and a loose object's header)."""
    return zlib.decompressobj().decompress(data[at:], limit + 64)


def _apply(base: bytes, delta: bytes) -> bytes:
    """Apply a git delta."""
    _, at = _varint(delta, 0)
    size, at = _varint(delta, at)
    parts: list[bytes] = []
    total = 0
    while at < len(delta) and total <= min(size, MAX_COMMIT_BYTES):
        op = delta[at]
        at += 1
        if op & 128:
            offset = length = 0
            for bit in range(7):
                if op >> bit & 1:
                    if bit < _DELTA_OFFSET_BYTES:
                        offset |= delta[at] << 8 * bit
                    else:
                        length |= delta[at] << 8 * (bit - _DELTA_OFFSET_BYTES)
                    at += 1
            part = base[offset : offset + (length or 0x10000)]
        else:
            part = delta[at : at + op]
            at += op
        parts.append(part)
        total += len(part)
    return b"".join(parts)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, at


def _open(path: str) -> BinaryIO:
    """Open a regular file, never waiting for anything. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path}: not a regular file")
    return os.fdopen(handle, "rb")


def _bytes(path: str, limit: int) -> bytes | None:
    """Content of a small file, None when missing, unreadable, not regular or too large."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        data = os.read(handle, limit + 1)
        if len(data) > limit:
            return None
    except OSError:
        return None
    finally:
        os.close(handle)
    return data


def _text(path: str, limit: int) -> str | None:
    data = _bytes(path, limit)
    return None if data is None else os.fsdecode(data)
