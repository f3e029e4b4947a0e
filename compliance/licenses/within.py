"""Text inside files that are no text: what a font says of itself, and what gzip packs.

A font carries its license in its name table (OpenType specification, `name`: records 13 and 14,
license description and its URL; 0 is the copyright notice), whether or not a text lies beside it.
A packed script (`chart.js.gz`) is the script.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

LARGEST_UNPACKED: Final = 16 * 1024 * 1024
"""Bytes of a packed file that are read."""

MOST_NAMES: Final = 2000
"""Records of a name table that are looked at; real fonts have some hundred."""

LONGEST_NAME: Final = 64 * 1024
"""Bytes of one record; license descriptions that are whole texts have some 5,000."""

_GZIP: Final = b"\x1f\x8b\x08"
_FONTS: Final = (b"\0\1\0\0", b"OTTO", b"true", b"ttcf", b"wOFF")
_COPYRIGHT, _DESCRIPTION, _URL = 0, 13, 14
_UNICODE, _MACINTOSH, _WINDOWS = 0, 1, 3
_ENGLISH: Final = {_MACINTOSH: 0, _WINDOWS: 0x409}


def text_within(data: bytes) -> bytes:
    """The text that a font or a gzip file holds, UTF-8; other data as it is.

    A font that does not name its license, and a packed file that is damaged, too, as it is.
    """
    if data.startswith(_GZIP):
        return _unpacked(data) or data
    if data.startswith(_FONTS):
        return _spoken(data) or data
    return data


def _unpacked(data: bytes) -> bytes | None:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, LARGEST_UNPACKED)
    except zlib.error:
        return None


def _spoken(data: bytes) -> bytes | None:
    """What a font says of its copyright and its license, as the comment at the head of a file."""
    try:
        table = _name_table(data)
        names = _names(table) if table is not None else {}
    except (struct.error, zlib.error):
        return None
    license = [names[n] for n in (_DESCRIPTION, _URL) if n in names]
    if not license:
        return None
    said = "\n".join([names.get(_COPYRIGHT, ""), "License: " + "\n".join(license)])
    return b"".join(b"# %s\n" % line.encode("utf-8", "replace") for line in said.splitlines())


def _name_table(data: bytes) -> bytes | None:
    """The bytes of the table `name`: of the first font, where the file is a collection."""
    if data.startswith(b"wOFF"):
        (count,) = struct.unpack_from(">H", data, 12)
        for i in range(count):
            tag, offset, packed, size, _ = struct.unpack_from(">4sIIII", data, 44 + 20 * i)
            if tag == b"name":
                table = data[offset : offset + packed]
                if packed < size:
                    table = zlib.decompressobj().decompress(table, LARGEST_UNPACKED)
                return table
        return None
    start = struct.unpack_from(">I", data, 12)[0] if data.startswith(b"ttcf") else 0
    (count,) = struct.unpack_from(">H", data, start + 4)
    for i in range(count):
        tag, _, offset, size = struct.unpack_from(">4sIII", data, start + 12 + 16 * i)
        if tag == b"name":
            return data[offset : offset + size]
    return None


def _names(table: bytes) -> dict[int, str]:
    """What is looked for by its number; English before other languages."""
    _, count, strings = struct.unpack_from(">HHH", table)
    found: dict[int, tuple[int, str]] = {}
    for i in range(min(count, MOST_NAMES)):
        platform, _, language, number, length, offset = struct.unpack_from(
            ">HHHHHH", table, 6 + 12 * i
        )
        if number not in (_COPYRIGHT, _DESCRIPTION, _URL) or not 0 < length <= LONGEST_NAME:
            continue
        raw = table[strings + offset : strings + offset + length]
        codec = "mac-roman" if platform == _MACINTOSH else "utf-16-be"
        text = raw.decode(codec, "replace").replace("\0", "").strip()
        rank = 0 if _ENGLISH.get(platform, 0) == language else 1
        if text and (number not in found or rank < found[number][0]):
            found[number] = (rank, text)
    return {number: text for number, (_, text) in found.items()}
