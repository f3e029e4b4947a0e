"""Objects that stand as literals in Go source, as bindata and the first bpf2go wrote them.

A literal is a string, several joined by `+`, or a list of bytes; what it holds may be packed by
gzip. Only literals that begin like an ELF file or like gzip are looked at, and only their values
are computed: nothing of the source runs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from compliance import patterns as re
from compliance.value import dataclass

LARGEST_SOURCE = 16 * 1024 * 1024
"""Bytes of a Go file that are looked into."""

LARGEST_OBJECT = 16 * 1024 * 1024
"""Bytes of an object, unpacked; the largest of real projects have some megabytes."""

MOST_LITERALS = 1_000
"""Literals of one file; generated code has one a file, seldom some tens."""

_START = re.compile(
    rb'"(?=\\x7f(?:ELF|\\x45\\x4c\\x46)|\\x1f\\x8b\\x08)'
    rb"|\{(?=\s*(?:0x7f,\s*0x45,\s*0x4c,\s*0x46\b|0x1f,\s*0x8b,\s*0x0?8\b))",
    re.IGNORECASE,
)
_PIECE = re.compile(rb'"((?:\\[^\n]|[^"\\\n])*+)"')
_NO_ESCAPE = re.compile(
    rb'\\(?!x[0-9a-fA-F]{2}|[0-7]{3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[abfnrtv"])'
)
_JOINED = re.compile(rb"\s*\+\s*(?=\")")
_LIST = re.compile(rb"\{([0-9a-fA-FxX,\s]*)\}")
_GZIP = 31
"""zlib's word for a gzip header and the largest window."""


@dataclass(frozen=True, slots=True)
class Literal:
    """What a literal holds, unpacked, and the line where it begins; None for what is cut off,
    damaged or larger than the limit."""  # noqa: D205, D209

    data: bytes | None
    line: int


def object_literals(source: bytes) -> Iterator[Literal]:
    """Literals of a Go file that hold an ELF file or something packed by gzip, in file order."""
    text = source[:LARGEST_SOURCE]
    at = count = seen = 0
    line = 1
    while (start := _START.search(text, at)) is not None:
        count += 1
        line += text.count(b"\n", seen, start.start())
        seen = start.start()
        if count > MOST_LITERALS:
            yield Literal(None, line)
            return
        is_list = start.group() == b"{"
        data, at = (_bytes if is_list else _string)(text, start.start())
        yield Literal(_unpacked(data) if data is not None else None, line)


def _string(text: bytes, at: int) -> tuple[bytes | None, int]:
    """The value of string literals joined by `+`, and where they end."""
    pieces: list[bytes] = []
    size = 0
    while (piece := _PIECE.match(text, at)) is not None:
        at = piece.end()
        value = _value(piece[1])
        if value is None or (size := size + len(value)) > LARGEST_OBJECT:
            return None, at
        pieces.append(value)
        joined = _JOINED.match(text, at)
        if joined is None:
            return b"".join(pieces), at
        at = joined.end()
    return None, at + 1


def _value(piece: bytes) -> bytes | None:
    """The bytes that a Go string stands for; None where an escape is none, or names no byte.

    Python reads every escape that Go has in the same way.
    """
    if _NO_ESCAPE.search(piece.replace(b"\\\\", b"")) is not None:
        return None
    try:
        return piece.decode("unicode_escape").encode("latin-1")
    except UnicodeError:
        return None


def _bytes(text: bytes, at: int) -> tuple[bytes | None, int]:
    """The value of a list of numbers, and where it ends."""
    found = _LIST.match(text, at)
    if found is None:
        return None, at + 1
    try:
        return bytes(int(word, 0) for word in found[1].replace(b",", b" ").split()), found.end()
    except ValueError:
        return None, found.end()


def _unpacked(data: bytes) -> bytes | None:
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpacker = zlib.decompressobj(_GZIP)
    try:
        found = unpacker.decompress(data, LARGEST_OBJECT)
    except zlib.error:
        return None
    return found if unpacker.eof else None
