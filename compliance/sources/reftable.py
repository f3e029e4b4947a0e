"""Refs that a repository keeps in tables (`extensions.refStorage = reftable`), read without git.

Format: https://git-scm.com/docs/reftable. A stack of sorted, prefix-compressed tables; what a later
table says of a ref, or of a change of one, counts. Nothing that a table claims about itself makes
more memory be used than its bytes and the limits below allow.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator

from compliance.sources.gitnumber import LARGEST, offset_number
from compliance.sources.gitstore import read_regular
from compliance.value import dataclass

MAX_LIST_BYTES = 1 << 20
MAX_TABLE_BYTES = 256 << 20
MOST_TABLES = 1_000
"""git merges tables when there are more than some ten."""

_HEAD = {1: 24, 2: 28}
_FOOT = {1: 68, 2: 72}
_SHA256 = b"s256"
_DELETED, _SYMBOLIC = 0, 3
_OBJECTS = (0, 1, 2)
"""Object names in the value of each other kind: none, an object, an object and what it peels to."""
_DAMAGED = (IndexError, ValueError, struct.error, zlib.error)


def table_ref(folder: str, name: str) -> str | None:
    """What a ref of the stack at `folder` holds: hex, or `ref: NAME`; None when there is none.

    A table that is damaged or of an unknown version leaves nothing known: None, too.
    """
    key = os.fsencode(name)
    try:
        for table in reversed(_stack(folder)):
            found = table.ref(key)
            if found is not None:
                return os.fsdecode(found) or None
    except _DAMAGED:
        return None
    return None


def table_log(folder: str, name: str) -> tuple[str, ...]:
    """Object names that a ref of the stack had after each of its changes, the last one first."""
    changes: dict[int, tuple[bytes, bytes] | None] = {}
    try:
        for table in _stack(folder):
            changes.update(table.changes(os.fsencode(name) + b"\0"))
    except _DAMAGED:
        return ()
    said = [changes[n] for n in sorted(changes, reverse=True)]
    # Both names zero: the log exists, and nothing was written to it yet.
    return tuple(c[1].hex() for c in said if c is not None and any(c[0] + c[1]))


def _stack(folder: str) -> list[_Table]:
    """The tables, the oldest first. Raises ValueError where one cannot be read."""
    listed = read_regular(f"{folder}/tables.list", MAX_LIST_BYTES)
    names = os.fsdecode(listed or b"").splitlines()
    if len(names) > MOST_TABLES or any("/" in n for n in names):
        raise ValueError(folder)
    return [_table(f"{folder}/{name}") for name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """One file; `logs` and `end` are where its log blocks and its footer begin."""

    data: bytes
    start: int
    block_size: int
    oid_size: int
    logs: int
    end: int

    def ref(self, name: bytes) -> bytes | None:
        """Value of a ref in words of a ref file; empty where it was deleted, None if unknown."""
        at = None
        for block in self._blocks(0, b"r"):
            key = next((k for k, _, _ in self._records(self.data, block)), None)
            if key is None or key > name:
                break
            at = block
        for key, kind, where in self._records(self.data, at) if at is not None else ():
            if key == name:
                return self._value(kind, where)
        return None

    def changes(self, prefix: bytes) -> Iterator[tuple[int, tuple[bytes, bytes] | None]]:
        """Number of a change, and old and new object; None for a change that was forgotten."""
        size = self.oid_size
        for at in self._blocks(self.logs, b"g"):
            head = at + 4 + (self.start if at == 0 else 0)
            block = self.data[at:head] + self._inflated(at)[0]
            for key, kind, where in self._records(block, 0, logs=True, first=at == 0):
                if key.startswith(prefix) and len(key) == len(prefix) + 8:
                    number = LARGEST - int.from_bytes(key[-8:], "big")
                    old, new = block[where : where + size], block[where + size : where + 2 * size]
                    yield number, (old, new) if kind else None

    def _blocks(self, at: int, kind: bytes) -> Iterator[int]:
        """Offsets of the blocks of a section that begins at an offset."""
        while at < self.end:
            head = at + (self.start if at == 0 else 0)
            if self.data[head : head + 1] != kind:
                return
            yield at
            if kind == b"g":
                at = self._inflated(at)[1]
                continue
            size = self._length(at)
            padded = size < self.block_size and self.data[at + size] == 0
            if size <= head - at:
                raise ValueError(at)
            at += self.block_size if padded else size

    def _inflated(self, at: int) -> tuple[bytes, int]:
        """What a log block holds, and where it ends."""
        head = at + 4 + (self.start if at == 0 else 0)
        length = self._length(at)
        most = length + length // 1000 + 64  # zlib adds no more to what it cannot compress
        packed = self.data[head : min(head + most, self.end)]
        inflater = zlib.decompressobj()
        body = inflater.decompress(packed, length)
        if not inflater.eof:
            raise ValueError(at)
        return body, head + len(packed) - len(inflater.unused_data)

    def _length(self, at: int) -> int:
        head = at + (self.start if at == 0 else 0)
        return int.from_bytes(self.data[head + 1 : head + 4], "big")

    def _records(
        self, data: bytes, at: int, *, logs: bool = False, first: bool = False
    ) -> Iterator[tuple[bytes, int, int]]:
        """Key, kind and place of the value of each record of a block."""
        here = self.start if (first if logs else at == 0) else 0
        end = at + int.from_bytes(data[at + here + 1 : at + here + 4], "big")
        end -= 2 + 3 * int.from_bytes(data[end - 2 : end], "big")
        place, key = at + here + 4, b""
        while place < end:
            shared, place = offset_number(data, place)
            length, place = offset_number(data, place)
            length, kind = length >> 3, length & 7
            if shared > len(key) or place + length > end:
                raise ValueError(place)
            key = key[:shared] + data[place : place + length]
            place += length
            yield key, kind, place
            place = self._beyond_log(data, kind, place) if logs else self._beyond(data, kind, place)

    def _beyond(self, data: bytes, kind: int, place: int) -> int:
        """Where the value of a ref ends."""
        _, place = offset_number(data, place)
        if kind == _SYMBOLIC:
            length, place = offset_number(data, place)
            return place + length
        return place + self.oid_size * _OBJECTS[kind]

    def _beyond_log(self, data: bytes, kind: int, place: int) -> int:
        """Where a change ends: two objects, who, when, and why."""
        if kind == _DELETED:
            return place
        place += 2 * self.oid_size
        for _ in range(2):
            length, place = offset_number(data, place)
            place += length
        _, place = offset_number(data, place)
        length, place = offset_number(data, place + 2)
        return place + length

    def _value(self, kind: int, place: int) -> bytes:
        _, place = offset_number(self.data, place)
        if kind == _DELETED:
            return b""
        if kind == _SYMBOLIC:
            length, place = offset_number(self.data, place)
            return b"ref: " + self.data[place : place + length]
        return self.data[place : place + self.oid_size].hex().encode("ascii")


def _table(path: str) -> _Table:
    data = read_regular(path, MAX_TABLE_BYTES) or b""
    version = data[4] if data[:4] == b"REFT" else 0
    if version not in _HEAD or len(data) < _HEAD[version] + _FOOT[version]:
        raise ValueError(path)
    start, end = _HEAD[version], len(data) - _FOOT[version]
    foot = data[end:]
    if zlib.crc32(foot[:-4]) != int.from_bytes(foot[-4:], "big"):
        raise ValueError(path)
    logs = int.from_bytes(foot[start + 24 : start + 32], "big")
    return _Table(
        data=data, start=start, block_size=int.from_bytes(data[5:8], "big"),
        oid_size=32 if version > 1 and data[24:28] == _SHA256 else 20, logs=logs, end=end,
    )  # fmt: skip
