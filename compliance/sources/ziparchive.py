"""A strict reader of zip archives that were written by strangers.

Formats: PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16; zip64 where a writer used it. Only what
the go command reads is accepted: stored and deflated entries, not encrypted, on one disk. Sizes
and positions of the central directory are checked against the file before anything is unpacked,
and no more is unpacked than was announced.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from compliance.errors import MalformedInputError
from compliance.value import dataclass

MAX_ZIP_BYTES = 500 << 20
"""Of the archive, and of all its files together (golang.org/x/mod/zip.MaxZipFile)."""
MAX_ENTRIES = 200_000
"""The largest module zips have some 40,000 files; a million entries would fill the memory."""
MAX_DIRECTORY_BYTES = 64 << 20
"""Central directory: 320 bytes for each of MAX_ENTRIES."""

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_COMMENT = 65535
_ALL16, _ALL32 = 0xFFFF, 0xFFFFFFFF
_STORED, _DEFLATED = 0, 8
_USUAL_EXTRA = 64
_BLOCK = 1 << 20
_WHOLE_BYTES = 4 << 20
_ENCRYPTED, _STRONG = 1, 64
_UNIX = 3
_SYMLINK = 0o120000

ReadAt = Callable[[int, int], bytes]
"""(offset, length) -> bytes, shorter only at the end."""


class ZipEntry(NamedTuple):
    """One file of an archive; `start` is the offset of its local header."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    start: int
    symlink: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipArchive:
    """An opened archive. Reading is safe from several threads."""

    entries: tuple[ZipEntry, ...]
    read_at: ReadAt
    directory: int

    def read(self, entry: ZipEntry) -> bytes:
        """Content of an entry.

        Raises:
            MalformedInputError: Damaged data, a wrong checksum, or more data than announced.
        """
        name = entry.name.encode("utf-8", "surrogateescape")
        # Header, name, extra field and data in one read; extra fields are rarely longer.
        block = self.read_at(entry.start, _LOCAL.size + len(name) + _USUAL_EXTRA + entry.packed)
        if len(block) < _LOCAL.size or block[:4] != b"PK\3\4":
            raise MalformedInputError(f"{entry.name}: no local header")
        fields = _LOCAL.unpack_from(block)
        begin = _LOCAL.size + fields[9] + fields[10]
        if entry.start + begin + entry.packed > self.directory:
            raise MalformedInputError(f"{entry.name}: data beyond the end")
        if block[_LOCAL.size : _LOCAL.size + fields[9]] != name:
            raise MalformedInputError(f"{entry.name}: the local header has another name")
        if fields[10] > _USUAL_EXTRA:
            data = self.read_at(entry.start + begin, entry.packed)
        else:
            data = block[begin : begin + entry.packed]
        if entry.method == _DEFLATED:
            data = _inflate(data, entry)
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise MalformedInputError(f"{entry.name}: wrong checksum or size")
        return data

    def digest(self, entry: ZipEntry) -> bytes:
        """SHA-256 of the content of an entry; a large one is never in memory as a whole.

        Raises:
            MalformedInputError: As `read`.
        """
        if entry.size + entry.packed <= _WHOLE_BYTES:
            return hashlib.sha256(self.read(entry)).digest()
        total = hashlib.sha256()
        crc = size = 0
        for part in self._parts(entry):
            total.update(part)
            crc = zlib.crc32(part, crc)
            size += len(part)
            if size > entry.size:
                break
        if size != entry.size or crc != entry.crc:
            raise MalformedInputError(f"{entry.name}: wrong checksum or size")
        return total.digest()

    def _parts(self, entry: ZipEntry) -> Iterator[bytes]:
        """Content of an entry in blocks."""
        name = entry.name.encode("utf-8", "surrogateescape")
        head = self.read_at(entry.start, _LOCAL.size + len(name))
        if len(head) < _LOCAL.size or head[:4] != b"PK\3\4":
            raise MalformedInputError(f"{entry.name}: no local header")
        fields = _LOCAL.unpack_from(head)
        if head[_LOCAL.size :] != name or fields[9] != len(name):
            raise MalformedInputError(f"{entry.name}: the local header has another name")
        at = entry.start + _LOCAL.size + fields[9] + fields[10]
        end = at + entry.packed
        if end > self.directory:
            raise MalformedInputError(f"{entry.name}: data beyond the end")
        unpacker = zlib.decompressobj(-15) if entry.method == _DEFLATED else None
        while at < end:
            block = self.read_at(at, min(_BLOCK, end - at))
            if not block:
                raise MalformedInputError(f"{entry.name}: data beyond the end")
            at += len(block)
            if unpacker is None:
                yield block
                continue
            try:
                while block and not unpacker.eof:
                    yield unpacker.decompress(block, _BLOCK)
                    block = unpacker.unconsumed_tail
            except zlib.error as error:
                raise MalformedInputError(f"{entry.name}: {error}") from error
        if unpacker is not None:
            yield unpacker.flush()


def open_zip(read_at: ReadAt, size: int) -> ZipArchive:
    """Read the central directory of an archive of `size` bytes.

    Raises:
        MalformedInputError: Not a zip, beyond a limit, or with entries that overlap or that the go
            command would not read.
    """
    if size > MAX_ZIP_BYTES:
        raise MalformedInputError(f"zip of {size} bytes is beyond {MAX_ZIP_BYTES}")
    try:
        count, length, start, base = _locate(read_at, size)
        if count > MAX_ENTRIES or length > MAX_DIRECTORY_BYTES:
            raise MalformedInputError(f"zip with {count} entries is beyond {MAX_ENTRIES}")
        entries = _directory(read_at(start, length), count, base)
    except (struct.error, IndexError, OverflowError) as error:
        raise MalformedInputError("truncated zip") from error
    _check_extents(entries, start)
    return ZipArchive(entries=entries, read_at=read_at, directory=start)


def of_bytes(data: bytes) -> ZipArchive:
    """Open an archive that is in memory. Raises MalformedInputError."""
    view = memoryview(data)
    return open_zip(lambda at, length: bytes(view[at : at + length]), len(data))


def of_path(path: str) -> ZipArchive:
    """Open an archive on disk; the file is opened again for each read, so nothing is kept open.

    Raises:
        MalformedInputError: Not a zip that may be read.
        OSError: The file cannot be opened.
    """

    def read_at(at: int, length: int) -> bytes:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                return os.pread(handle, length, at)
            finally:
                os.close(handle)
        except OSError as error:
            raise MalformedInputError(f"zip cannot be read: {error.strerror}") from error

    return open_zip(read_at, os.stat(path).st_size)


def _locate(read_at: ReadAt, size: int) -> tuple[int, int, int, int]:
    """Number of entries, length and start of the central directory, and bytes put before it."""
    tail_at = max(0, size - _END.size - _MAX_COMMENT)
    tail = read_at(tail_at, size - tail_at)
    at = tail.rfind(b"PK\5\6")
    while at >= 0 and (
        len(tail) - at < _END.size or at + _END.size + _END.unpack_from(tail, at)[7] > len(tail)
    ):
        at = tail.rfind(b"PK\5\6", 0, at + 3) if at else -1
    if at < 0:
        raise MalformedInputError("not a zip: no end of central directory")
    _, disk, first, here, count, length, start, _ = _END.unpack_from(tail, at)
    end = tail_at + at
    if count == _ALL16 or _ALL32 in (length, start):
        found = _locate64(read_at, end)
        if found is not None:
            count, length, start, end = found
            disk = first = 0
            here = count
    if disk or first or here != count:
        raise MalformedInputError("zip on several disks")
    base = end - length - start
    if base < 0 or length > end:
        raise MalformedInputError("truncated zip")
    return count, length, start + base, base


def _locate64(read_at: ReadAt, end: int) -> tuple[int, int, int, int] | None:
    """The zip64 record, if its locator stands before the end record."""
    if end < _LOCATOR.size:
        return None
    magic, disk, at, disks = _LOCATOR.unpack(read_at(end - _LOCATOR.size, _LOCATOR.size))
    if magic != b"PK\6\7":
        return None
    fields = _END64.unpack(read_at(at, _END64.size))
    if fields[0] != b"PK\6\6" or disk or disks != 1 or fields[6] != fields[7]:
        raise MalformedInputError("damaged zip64 record")
    return fields[7], fields[8], fields[9], at


def _directory(data: bytes, count: int, base: int) -> tuple[ZipEntry, ...]:
    unpack, width = _ENTRY.unpack_from, _ENTRY.size
    found: list[ZipEntry] = []
    at = 0
    for _ in range(count):
        (
            magic, made_by, _needs, flags, method, _time, _date, crc, packed, size,
            name_size, extra_size, comment_size, disk, _internal, attributes, start,
        ) = unpack(data, at)  # fmt: skip
        if magic != b"PK\1\2" or disk not in (0, _ALL16):
            raise MalformedInputError("damaged central directory")
        at += width
        raw = data[at : at + name_size]
        name = raw.decode("utf-8", "surrogateescape")
        at += name_size
        if _ALL32 in (packed, size, start):
            packed, size, start = _wide(data[at : at + extra_size], packed, size, start)
        at += extra_size + comment_size
        if at > len(data):
            raise MalformedInputError("truncated central directory")
        if flags & (_ENCRYPTED | _STRONG) or method not in (_STORED, _DEFLATED):
            raise MalformedInputError(f"{name}: encrypted, or packed by unknown method {method}")
        symlink = made_by >> 8 == _UNIX and attributes >> 16 & 0o170000 == _SYMLINK
        found.append(ZipEntry(name, method, crc, packed, size, start + base, symlink))
    return tuple(found)


def _wide(extra: bytes, packed: int, size: int, start: int) -> tuple[int, int, int]:
    """Fields that did not fit into 32 bits, from the zip64 extra field (APPNOTE 4.5.3)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            numbers = list(struct.unpack_from(f"<{length // 8}Q", extra, at + 4))
            size = numbers.pop(0) if size == _ALL32 else size
            packed = numbers.pop(0) if packed == _ALL32 else packed
            start = numbers.pop(0) if start == _ALL32 else start
            break
        at += 4 + length
    return packed, size, start


def _check_extents(entries: tuple[ZipEntry, ...], directory: int) -> None:
    """Announced data must fit into the file without overlap, and into the limit unpacked."""
    total = 0
    last = 0
    for entry in sorted(entries, key=lambda e: e.start):
        if entry.start < last:
            raise MalformedInputError(f"{entry.name}: overlaps another entry")
        last = entry.start + _LOCAL.size + entry.packed
        total += entry.size
    if last > directory:
        raise MalformedInputError("entry beyond the end of the zip")
    if total > MAX_ZIP_BYTES:
        raise MalformedInputError(f"zip unpacks to {total} bytes, beyond {MAX_ZIP_BYTES}")


def _inflate(data: bytes, entry: ZipEntry) -> bytes:
    unpacker = zlib.decompressobj(-15)
    try:
        # One byte more than announced is enough to see that there is more.
        return unpacker.decompress(data, entry.size + 1)
    except zlib.error as error:
        raise MalformedInputError(f"{entry.name}: {error}") from error
