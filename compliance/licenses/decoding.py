"""Any text file as UTF-8, with offsets that can be traced back to its own bytes."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from compliance import patterns as re
from compliance.value import dataclass

BINARY_PROBE: Final = 8192
"""Bytes looked at to tell a binary file: git looks at as many."""

_PIECE: Final = 1 << 20  # decoded at a time: a whole file as str would take four times its size
_UTF16: Final = frozenset({codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE})
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
"""Byte order marks; that of UTF-16 is the beginning of that of UTF-32."""

_WIDE_PROBE: Final = 64
_ZEROS: Final = (
    ("utf-32-le", (False, True, True, True)), ("utf-32-be", (True, True, True, False)),
    ("utf-16-le", (False, True)), ("utf-16-be", (True, False)),
)  # fmt: skip
"""Where the zero bytes of Latin letters stand in each form without a mark."""
# Characters nobody sees: soft hyphen, combining grapheme joiner, zero-width
# space and joiners, bidi marks and overrides, word joiner, byte order mark inside a text.
_INVISIBLE: Final = (
    rb"(?:\xc2\xad|\xcd\x8f|\xd8\x9c|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]"
    rb"|\xef\xbb\xbf|\xf3\xa0[\x80-\x87][\x80-\xbf])"
)
# Letters of another script that look Latin: Greek, Cyrillic, Armenian, Cherokee, letterlike
# symbols, fullwidth forms and mathematical alphanumerics.
_FOREIGN: Final = (
    rb"(?:[\xcd-\xcf\xd0-\xd6][\x80-\xbf]|\xe1[\x8e-\x8f][\x80-\xbf]|\xe2\x84[\x80-\xbf]"
    rb"|\xef\xbc[\xa1-\xba]|\xef\xbd[\x81-\x9a]|\xf0\x9d[\x90-\x9f][\x80-\xbf])"
)
_INVISIBLE_RE: Final = re.compile(_INVISIBLE)
# What turns the order in which a text is shown: marks, embeddings, overrides, isolates. Between
# words of a script that is written from left to right they have no use but to deceive.
_TURNING: Final = re.compile(rb"\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
_OVERRIDING: Final = re.compile(rb"\xe2\x80[\xad\xae]")
_RIGHT_TO_LEFT: Final = re.compile(
    rb"[\xd6-\xdd][\x80-\xbf]|\xe0[\xa0-\xa3][\x80-\xbf]|\xef[\xac-\xbb]"
)
_LINE_AROUND: Final = 500  # bytes before and behind a mark in which its line is looked at
# A byte order mark at the start of a line is from a file that was put behind another.
_JOINT: Final = b"\xef\xbb\xbf"
_STRANGE: Final = re.compile(_INVISIBLE + rb"+|" + _FOREIGN)
_LETTERS: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_ASCII: Final = bytes(range(0x80))
_FIRST_BEYOND_ASCII: Final = 0x80
_LEAD_BITS: Final = 0xC0
_INNER_BYTE: Final = 0x80  # of a character of several bytes, by its two highest bits
_MOST_DISGUISES: Final = 1000


@dataclass(frozen=True, slots=True)
class Decoded:
    """UTF-8 `text` of a file and the codec its bytes are in ("utf-8" when nothing changed)."""

    text: bytes
    codec: str
    mark: int = 0
    """Bytes of the byte order mark before the text."""

    def original_offsets(self, offsets: Iterable[int]) -> Mapping[int, int]:
        """The places in the file's own bytes of offsets into `text`, in one pass over it."""
        if self.codec == "utf-8":
            return {offset: offset for offset in offsets}
        places: dict[int, int] = {}
        at, place = 0, self.mark
        for offset in sorted(set(offsets)):
            begin = offset
            while begin < len(self.text) and self.text[begin] & _LEAD_BITS == _INNER_BYTE:
                begin -= 1  # inside a character: the place of the whole of it
            place += len(self.text[at:begin].decode("utf-8").encode(self.codec, "replace"))
            at = begin
            places[offset] = place
        return places


def to_utf8(data: bytes) -> Decoded:
    """`data` as UTF-8: UTF-16 and -32, as it is, or Windows-1252 (superset of Latin-1)."""
    wide = _wide(data)
    if wide is not None:
        codec, mark = wide
        return Decoded(_recoded(data[mark:], codec), codec, mark)
    if data.isascii():
        return Decoded(data, "utf-8")
    if _is_utf8(data):
        return Decoded(data, "utf-8")
    return Decoded(_recoded(data, "cp1252"), "cp1252")


def _wide(data: bytes) -> tuple[str, int] | None:
    """(codec, bytes of its mark) of UTF-16 and UTF-32, told by a mark or by the zero bytes."""
    head = data[:4]
    if b"\0" not in head and head[:2] not in _UTF16:
        return None
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec, len(mark)
    probe = data[: min(_WIDE_PROBE, len(data) // 4 * 4)]
    for codec, zeros in _ZEROS:
        width = len(zeros)
        lanes = (probe[n::width].count(0) == len(probe[n::width]) for n in range(width))
        letters = probe[zeros.index(False) :: width]
        if probe and tuple(lanes) == zeros and 0 not in letters:
            return codec, 0
    return None


def _pieces(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield data[at : at + _PIECE]


def _is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8; the last character may be cut short."""
    at, used = 0, 1
    try:
        while used:
            _, used = codecs.utf_8_decode(data[at : at + _PIECE], "strict", False)
            at += used
    except UnicodeDecodeError:
        return False
    return True


def _recoded(data: bytes, codec: str) -> bytes:
    decoder = codecs.getincrementaldecoder(codec)("replace")
    return b"".join(decoder.decode(p).encode("utf-8", "replace") for p in _pieces(data))


def is_wide(data: bytes) -> bool:
    """Whether the bytes are UTF-16 or UTF-32."""
    return _wide(data) is not None


def is_binary(data: bytes) -> bool:
    """Whether the bytes are no text: a NUL near the start, and neither UTF-16 nor UTF-32."""
    return data.find(b"\0", 0, BINARY_PROBE) >= 0 and not is_wide(data)


def disguises(text: bytes, begin: int, until: int) -> tuple[int, ...]:
    """Offsets in `begin:until` where invisible or look-alike letters hide; at most 1,000.

    A look-alike letter counts beside an ASCII letter, an invisible one wherever a reader of Latin
    letters has no use for it: between two letters, between words, at the end of a line. Marks of
    direction on a line of a script that is written from right to left, and joiners in scripts that
    join letters, belong there; overrides of the direction do not.
    """
    found: list[int] = []
    if not _STRANGE.search(text[begin:until].translate(None, _ASCII)):
        return ()
    for match in _STRANGE.finditer(text, begin, until):
        start, end = match.span()
        before = start > 0 and text[start - 1] in _LETTERS
        behind = end < len(text) and text[end] in _LETTERS
        invisible = _INVISIBLE_RE.match(text, start) is not None
        if _hides(text, start, end) if invisible else (before or behind):
            found.append(start)
            if len(found) >= _MOST_DISGUISES:
                break
    return tuple(found)


def _hides(text: bytes, start: int, end: int) -> bool:
    """Whether invisible characters stand where they have no use."""
    run = text[start:end]
    if run == _JOINT and text[max(0, start - 1) : start] in (b"", b"\n", b"\r"):
        return False
    if _TURNING.search(run):
        line = text[max(0, start - _LINE_AROUND) : start].rpartition(b"\n")[2]
        line += text[end : end + _LINE_AROUND].partition(b"\n")[0]
        return _OVERRIDING.search(run) is not None or not _RIGHT_TO_LEFT.search(line)
    ascii_before = start == 0 or text[start - 1] < _FIRST_BEYOND_ASCII
    return ascii_before and (end == len(text) or text[end] < _FIRST_BEYOND_ASCII)
