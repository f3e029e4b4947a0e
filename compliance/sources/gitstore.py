"""Objects of a git repository, read without git: loose, packed, and those of alternates.

Pack format: https://git-scm.com/docs/pack-format. Nothing is ever waited for, and nothing that a
file claims about itself makes more memory be used than the limits allow.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zlib
from typing import Literal

from compliance.errors import LimitExceededError, MalformedInputError
from compliance.sources.gitnumber import offset_number
from compliance.value import dataclass

Kind = Literal["commit", "tree", "blob", "tag"]

MAX_ALTERNATES = 32
MAX_DELTA_CHAIN = 4096
MAX_DELTA_BYTES = 128 << 20
"""Of all deltas of one object together."""
MAX_KEPT_BYTES = 32 << 20
"""Objects that are kept as bases of other deltas."""

_KINDS: dict[int, Kind] = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_NAMES: frozenset[str] = frozenset(_KINDS.values())
_OFFSET_DELTA, _REF_DELTA = 6, 7
_FIRST_HEAD = 4 * 256  # of an index of version 1, which begins with its table
_INDEX_HEAD = 8 + _FIRST_HEAD
_OLD_OFFSET = 4
_OFFSET_BYTES = 4  # of a copy instruction in a delta; three more are its length
_HEADER = 64  # a loose object's header, and a packed one's, are shorter
_BLOCK = 4096
_SHA256 = 32


class ObjectStore:
    """The objects below one or more object folders.

    Args:
        folder: `objects` of the git directory; alternates are followed.
        oid_size: 20 for SHA-1, 32 for SHA-256.
    """

    __slots__ = ("_folders", "_kept", "_kept_bytes", "_oid_size", "_packs")

    def __init__(self, folder: str, oid_size: int) -> None:
        self._oid_size = oid_size
        self._folders = _with_alternates(folder)
        self._packs: tuple[_Pack, ...] | None = None
        self._kept: dict[tuple[int, int], tuple[int, bytes]] = {}
        self._kept_bytes = 0

    def get(self, oid: bytes, limit: int) -> tuple[Kind, bytes] | None:
        """Kind and content of an object of at most `limit` bytes; None when there is none.

        Raises:
            MalformedInputError: The object is damaged.
            LimitExceededError: It is larger.
        """
        name = oid.hex()
        for folder in self._folders:
            loose = read_regular(f"{folder}/{name[:2]}/{name[2:]}", limit + _BLOCK)
            if loose is not None:
                kind, body = _loose(loose, limit)
                return _genuine(oid, kind, body)
        try:
            found = self._packed(oid, limit)
        except (OSError, IndexError, ValueError, struct.error, zlib.error) as error:
            raise MalformedInputError(f"git object {name} is damaged") from error
        return None if found is None else _genuine(oid, _KINDS[found[0]], found[1])

    def complete(self, prefix: str) -> tuple[bytes, ...]:
        """Object names that begin with a hex prefix of at least four digits; at most two."""
        found: set[bytes] = set()
        for folder in self._folders:
            for name in _names(f"{folder}/{prefix[:2]}"):
                if (prefix[:2] + name).startswith(prefix) and len(name) == 2 * self._oid_size - 2:
                    found.add(bytes.fromhex(prefix[:2] + name))
        low = bytes.fromhex(prefix.ljust(2 * self._oid_size, "0"))
        for pack in self._all_packs():
            found.update(oid for oid in pack.from_(low, 2) if oid.hex().startswith(prefix))
        return tuple(sorted(found)[:2])

    def _all_packs(self) -> tuple[_Pack, ...]:
        if self._packs is None:
            found = []
            for folder in self._folders:
                for name in _names(folder + "/pack"):
                    if name.endswith(".idx"):
                        base = f"{folder}/pack/{name.removesuffix('.idx')}"
                        pack = _open_pack(base, self._oid_size)
                        found += [pack] if pack is not None else []
            self._packs = tuple(found)
        return self._packs

    def _packed(self, oid: bytes, limit: int, depth: int = 0) -> tuple[int, bytes] | None:
        for number, pack in enumerate(self._all_packs()):
            at = pack.find(oid)
            if at is not None:
                return self._unpack(number, at, limit, depth)
        return None

    def _unpack(self, number: int, at: int, limit: int, depth: int) -> tuple[int, bytes] | None:
        """Object at an offset of a pack: its deltas are collected down to a whole object."""
        pack = self._all_packs()[number]
        deltas: list[bytes] = []
        first = at
        total = 0
        while True:
            known = self._kept.get((number, at))
            if known is not None:
                kind, body = known
                break
            kind, size, data = pack.object_at(at, limit)
            if kind not in (_OFFSET_DELTA, _REF_DELTA):
                body = _inflate(data, size)
                self._keep((number, at), kind, body)
                break
            back, data, base = _base(kind, data, self._oid_size)
            deltas.append(_inflate(data, size))
            total += size
            if depth + len(deltas) > MAX_DELTA_CHAIN or total > MAX_DELTA_BYTES:
                raise LimitExceededError("git object with too long a chain of deltas")
            if kind == _REF_DELTA:
                found = self._packed(base, limit, depth + len(deltas))
                if found is None:
                    return None
                kind, body = found
                break
            at -= back
        for delta in reversed(deltas):
            body = _apply(body, delta, limit)
        if deltas:
            self._keep((number, first), kind, body)
        return kind, body

    def _keep(self, key: tuple[int, int], kind: int, body: bytes) -> None:
        """Keep an object as a possible base; everything is dropped when it becomes too much."""
        if self._kept_bytes + len(body) > MAX_KEPT_BYTES:
            self._kept.clear()
            self._kept_bytes = 0
        if len(body) < MAX_KEPT_BYTES // 8:
            self._kept[key] = (kind, body)
            self._kept_bytes += len(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pack:
    """A pack and its index, both open; indexes of version 1 are old, and still read by git."""

    index: int
    pack: int
    fan: tuple[int, ...]
    oid_size: int
    version: int

    def __del__(self) -> None:
        os.close(self.index)
        os.close(self.pack)

    def find(self, oid: bytes) -> int | None:
        """Offset of an object in the pack."""
        row = self._lower(oid)
        if row >= self.fan[255] or self._oid(row) != oid:
            return None
        if self.version == 1:
            at = _FIRST_HEAD + row * (_OLD_OFFSET + self.oid_size)
            return int.from_bytes(os.pread(self.index, _OLD_OFFSET, at), "big")
        count = self.fan[255]
        at = _INDEX_HEAD + count * (self.oid_size + 4) + 4 * row
        offset = int.from_bytes(os.pread(self.index, 4, at), "big")
        if offset & 0x80000000:
            at = _INDEX_HEAD + count * (self.oid_size + 8) + 8 * (offset & 0x7FFFFFFF)
            offset = int.from_bytes(os.pread(self.index, 8, at), "big")
        return offset

    def from_(self, low: bytes, count: int) -> list[bytes]:
        """The first object names that are not less than `low`."""
        row = self._lower(low)
        return [self._oid(r) for r in range(row, min(row + count, self.fan[255]))]

    def object_at(self, at: int, limit: int) -> tuple[int, int, bytes]:
        """Kind, size and what follows the header of the object at an offset."""
        data = os.pread(self.pack, _BLOCK, at)
        byte = data[0]
        kind, size, shift, start = byte >> 4 & 7, byte & 15, 4, 1
        while byte & 128:
            byte = data[start]
            size |= (byte & 127) << shift
            shift += 7
            start += 1
        if size > limit:
            raise LimitExceededError(f"git object of {size} bytes is beyond {limit}")
        # zlib adds little to what it cannot compress: 5 bytes in 16 KiB, and its own frame.
        if size + size // 1000 + 2 * _HEADER + start > len(data):
            data = os.pread(self.pack, size + size // 1000 + 2 * _HEADER + start, at)
        return kind, size, data[start:]

    def _lower(self, oid: bytes) -> int:
        """First row whose object name is not less than `oid`."""
        low, high = (self.fan[oid[0] - 1] if oid[0] else 0), self.fan[oid[0]]
        while low < high:
            middle = (low + high) // 2
            if self._oid(middle) < oid:
                low = middle + 1
            else:
                high = middle
        return low

    def _oid(self, row: int) -> bytes:
        if self.version == 1:  # rows of offset and name
            at = _FIRST_HEAD + row * (_OLD_OFFSET + self.oid_size) + _OLD_OFFSET
        else:
            at = _INDEX_HEAD + row * self.oid_size
        return os.pread(self.index, self.oid_size, at)


def read_regular(path: str, limit: int) -> bytes | None:
    """Content of a regular file of at most `limit` bytes; None for anything else."""
    handle = _open(path)
    if handle is None:
        return None
    try:
        data = os.read(handle, limit + 1) if os.fstat(handle).st_size <= limit else None
    except OSError:
        return None
    finally:
        os.close(handle)
    return data


def _open(path: str) -> int | None:
    """A regular file, opened without waiting for anything."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    return None


def _open_pack(base: str, oid_size: int) -> _Pack | None:
    index = _open(base + ".idx")
    if index is None:
        return None
    pack = _open(base + ".pack")
    head = os.pread(index, _INDEX_HEAD, 0)
    version = 2 if head[:8] == b"\xfftOc\0\0\0\2" else 1
    at = 8 if version > 1 else 0
    fan = struct.unpack_from(">256I", head, at) if len(head) >= at + _FIRST_HEAD else ()
    old = version == 1 and (head[:4] == b"\xfftOc" or oid_size == _SHA256)  # of no known version
    if pack is None or not fan or old or list(fan) != sorted(fan):
        os.close(index)
        if pack is not None:
            os.close(pack)
        return None
    return _Pack(index=index, pack=pack, fan=fan, oid_size=oid_size, version=version)


def _with_alternates(first: str) -> tuple[str, ...]:
    """An object folder and its alternates (objects/info/alternates), transitively."""
    todo = [first]
    found: list[str] = []
    while todo and len(found) < MAX_ALTERNATES:
        folder = todo.pop(0)
        if folder in found:
            continue
        found.append(folder)
        text = os.fsdecode(read_regular(folder + "/info/alternates", 1 << 20) or b"")
        todo += [
            os.path.normpath(os.path.join(folder, line))
            for line in text.splitlines()
            if line and not line.startswith("#")
        ]
    return tuple(found)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def object_oid(kind: str, body: bytes, oid_size: int) -> bytes:
    """Name of an object; SHA-1 finds damage here, it protects from nobody."""
    data = f"{kind} {len(body)}\0".encode("ascii") + body
    if oid_size == _SHA256:
        return hashlib.sha256(data).digest()
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _genuine(oid: bytes, kind: Kind, body: bytes) -> tuple[Kind, bytes]:
    """The object, if its name is what it says. Raises MalformedInputError."""
    if object_oid(kind, body, len(oid)) != oid:
        raise MalformedInputError(f"git object {oid.hex()} is damaged")
    return kind, body


def _loose(data: bytes, limit: int) -> tuple[Kind, bytes]:
    try:
        whole = zlib.decompressobj().decompress(data, limit + _HEADER)
    except zlib.error as error:
        raise MalformedInputError("damaged git object") from error
    header, nul, body = whole.partition(b"\0")
    name, _, size = header.decode("ascii", "replace").partition(" ")
    if not nul or name not in _NAMES or not size.isdecimal():
        raise MalformedInputError("damaged git object")
    if len(body) > limit or len(size) > len(str(limit)):
        raise LimitExceededError(f"git object of {size} bytes is beyond {limit}")
    if len(body) != int(size):
        raise MalformedInputError("damaged git object")
    kind: Kind = next(k for k in _KINDS.values() if k == name)
    return kind, body


def _base(kind: int, data: bytes, oid_size: int) -> tuple[int, bytes, bytes]:
    """Distance or name of a delta's base, and the compressed bytes."""
    if kind == _REF_DELTA:
        return 0, data[oid_size:], data[:oid_size]
    back, at = offset_number(data, 0)
    return back, data[at:], b""


def _inflate(data: bytes, size: int) -> bytes:
    """Exactly `size` bytes. Raises zlib.error, ValueError."""
    body = zlib.decompressobj().decompress(data, size + 1)
    if len(body) != size:
        raise ValueError(size)
    return body


def _apply(base: bytes, delta: bytes, limit: int) -> bytes:
    """Apply a delta. Raises LimitExceededError, ValueError, IndexError."""
    _, at = _varint(delta, 0)
    size, at = _varint(delta, at)
    if size > limit:
        raise LimitExceededError(f"git object of {size} bytes is beyond {limit}")
    parts: list[bytes] = []
    total = 0
    while at < len(delta) and total <= size:
        op = delta[at]
        at += 1
        if op & 128:
            offset = length = 0
            for bit in range(7):
                if op >> bit & 1:
                    if bit < _OFFSET_BYTES:
                        offset |= delta[at] << 8 * bit
                    else:
                        length |= delta[at] << 8 * (bit - _OFFSET_BYTES)
                    at += 1
            part = base[offset : offset + (length or 0x10000)]
        else:
            part = delta[at : at + op]
            at += op
        parts.append(part)
        total += len(part)
    if total != size:
        raise ValueError(size)
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
