"""Executable files: where the data lie that the Go linker put its build information into.

As debug/buildinfo looks for it: the section that is named for it, else the first writable segment
(ELF, Mach-O) or section (PE, XCOFF), the data of Plan 9. A program may carry other programs, whose
information comes first in the file: only this place tells whose it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

MAX_HEADERS = 20_000
"""Sections, segments or load commands of one file; large programs have some hundreds."""

_IDENT_BYTES = 16
_NAME_BYTES = 64
_WRITABLE: Final = 2
_PE_DATA, _PE_ALIGNMENT = 0xC0000040, 0x600000
_MACHO_RW = 3
_SEGMENT, _SEGMENT_64 = 1, 0x19
_XCOFF_KIND, _XCOFF_DATA = 0xFFFF, 0x40
_PLAN9, _PLAN9_64 = (0x1EB, 0x8A97, 0x647), 0x8000


class Bytes(Protocol):
    """A file's content: bytes, or a memory map."""

    def __getitem__(self, key: slice, /) -> bytes: ...
    def __len__(self) -> int: ...


class Range(NamedTuple):
    """Part of a file, in bytes from its start."""

    start: int
    size: int


class _Cut(NamedTuple):
    """A file, or the one inside it at `base`, read in one byte order (`<` or `>`)."""

    data: Bytes
    order: str
    base: int = 0

    def read(self, form: str, at: int) -> tuple[int, ...]:
        """Numbers at an offset. Raises struct.error beyond the end."""
        form = self.order + form
        at += self.base
        return struct.unpack(form, self.data[at : at + struct.calcsize(form)])

    def name(self, at: int, size: int = _NAME_BYTES) -> bytes:
        """Text up to a NUL."""
        at += self.base
        return self.data[at : at + size].partition(b"\0")[0]


def build_data(data: Bytes) -> Range | None:
    """Where the build information of an executable lies.

    Returns:
        None where the file is of no known format, or its headers cannot be read; an empty range
        where it has no such place.
    """
    try:
        return _of_format(data)
    except struct.error:
        return None


def _of_format(data: Bytes) -> Range | None:
    head = data[:_IDENT_BYTES].ljust(_IDENT_BYTES, b"\0")
    if head.startswith(b"\x7fELF") and head[5] in (1, 2):
        return _elf(_Cut(data, "<" if head[5] == 1 else ">"), wide=head[4] == 2)  # noqa: PLR2004
    if head.startswith(b"MZ"):
        return _pe(_Cut(data, "<"))
    if head.startswith((b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")):
        fat = _Cut(data, ">")
        (base,) = fat.read("Q" if head[3] == 0xBF else "I", 16)  # noqa: PLR2004
        return _macho(data, base)
    if head[:3] == b"\xfe\xed\xfa" or head[1:4] == b"\xfa\xed\xfe":
        return _macho(data, 0)
    if head[:2] in (b"\x01\xdf", b"\x01\xf7"):
        return _xcoff(_Cut(data, ">"), wide=head[1] == 0xF7)  # noqa: PLR2004
    return _plan9(_Cut(data, ">"))


def _first(ranges: Iterator[Range]) -> Range:
    return next(ranges, Range(0, 0))


def _elf(cut: _Cut, *, wide: bool) -> Range:
    if wide:
        programs, sections = cut.read("QQ", 32)
        program_bytes, n_programs, section_bytes, n_sections, names = cut.read("HHHHH", 54)
    else:
        programs, sections = cut.read("II", 28)
        program_bytes, n_programs, section_bytes, n_sections, names = cut.read("HHHHH", 42)

    def section(number: int) -> tuple[int, int, int]:
        """Offset of the name, offset and size of the content."""
        at = sections + number * section_bytes
        place = cut.read("QQ", at + 24) if wide else cut.read("II", at + 16)
        return cut.read("I", at)[0], place[0], place[1]

    if sections and names < n_sections:
        texts = section(names)[1]
        for number in range(min(n_sections, MAX_HEADERS)):
            name, start, size = section(number)
            if cut.name(texts + name) == b".go.buildinfo":
                return Range(start, size)

    def writable() -> Iterator[Range]:
        for number in range(min(n_programs, MAX_HEADERS)):
            at = programs + number * program_bytes
            if wide:
                kind, flags, start, _, _, size = cut.read("IIQQQQ", at)
            else:
                kind, start, _, _, size, _, flags = cut.read("IIIIIII", at)
            if kind == 1 and flags & 3 == _WRITABLE:
                yield Range(start, size)

    return _first(writable())


def _pe(cut: _Cut) -> Range | None:
    (at,) = cut.read("I", 0x3C)
    if cut.name(at, 4) != b"PE":
        return None
    (number,) = cut.read("H", at + 6)
    (optional,) = cut.read("H", at + 20)

    def data() -> Iterator[Range]:
        for index in range(number):
            row = at + 24 + optional + 40 * index
            size, address, stored, start = cut.read("IIII", row + 8)
            (flags,) = cut.read("I", row + 36)
            if address and stored and flags & ~_PE_ALIGNMENT == _PE_DATA:
                yield Range(start, min(size, stored))

    return _first(data())


def _macho(data: Bytes, base: int) -> Range | None:
    magic = data[base : base + 4]
    orders = {b"\xfe\xed\xfa": ">", b"\xfa\xed\xfe": "<"}
    order = orders.get(magic[:3]) or orders.get(magic[1:4])
    if order is None:
        return None
    wide = magic in (b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe")
    cut = _Cut(data, order, base)
    (commands,) = cut.read("I", 16)
    found = Range(0, 0)
    at = 32 if wide else 28
    for _ in range(min(commands, MAX_HEADERS)):
        kind, size = cut.read("II", at)
        if kind == (_SEGMENT_64 if wide else _SEGMENT):
            segment, named = _segment(cut, at, wide=wide)
            if named:
                return segment
            found = found if found.size else segment
        at += max(size, 8)
    return found


def _segment(cut: _Cut, at: int, *, wide: bool) -> tuple[Range, bool]:
    """A section that is named for it, else the segment where it is one of plain data."""
    if wide:
        address, _, start, size = cut.read("QQQQ", at + 24)
        most, now, count = cut.read("III", at + 56)
    else:
        address, _, start, size, most, now, count = cut.read("IIIIIII", at + 24)
    head, row = (72, 80) if wide else (56, 68)
    for number in range(min(count, MAX_HEADERS)):
        section = at + head + row * number
        if cut.name(section, 16) == b"__go_buildinfo":
            (length,) = cut.read("Q", section + 40) if wide else cut.read("I", section + 36)
            (offset,) = cut.read("I", section + (48 if wide else 40))
            return Range(cut.base + offset, length), True
    plain = address and most == now == _MACHO_RW
    return (Range(cut.base + start, size) if plain else Range(0, 0)), False


def _xcoff(cut: _Cut, *, wide: bool) -> Range:
    (number,) = cut.read("H", 2)
    (optional,) = cut.read("H", 16)
    head, row = (24, 72) if wide else (20, 40)

    def data() -> Iterator[Range]:
        for index in range(number):
            at = head + optional + row * index
            size, start = cut.read("QQ", at + 24) if wide else cut.read("II", at + 16)
            (flags,) = cut.read("I", at + (64 if wide else 36))
            if flags & _XCOFF_KIND == _XCOFF_DATA:
                yield Range(start, size)

    return _first(data())


def _plan9(cut: _Cut) -> Range | None:
    magic, text, data = cut.read("III", 0)
    if magic not in _PLAN9:
        return None
    return Range((40 if magic & _PLAN9_64 else 32) + text, data)
