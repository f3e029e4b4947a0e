"""Words of a text as 64-bit hashes with byte offsets, and rolling hashes over runs of words.

A word is a run of ASCII letters and digits (case folded), of bytes >= 0x80 that are not
punctuation, with an optional single `+` behind it (`GPLv2+`). Comment signs, markup and layout are
no words, so that a license reads the same in a Go comment, a Markdown file and a man page.

The hash of a word is a polynomial over its bytes, taken from one prefix sum over the whole text;
a second prefix sum over the word hashes gives the hash of any run of words in O(1). That is what
makes comparing a text with tens of thousands of rules cheap. numpy is imported here, so this
module is only imported once a text has to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from compliance import patterns as re
from compliance.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    U64 = npt.NDArray[np.uint64]
    I64 = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

_Scalar = TypeVar("_Scalar", bound="np.generic")

TOKENIZER_VERSION: Final = 2
"""Part of the index: rules and texts must be cut into words by the same code."""

SENTINEL: Final = b"\n\x01\n"
"""Between two texts that are read in one pass: one word that no rule has."""

_MASK: Final = (1 << 64) - 1
_BASE: Final = 0x9E3779B97F4A7C15
_RUN_BASE: Final = 0xD6E8FEB86659FD93
_MIX: Final = np.uint64(0xFF51AFD7ED558CCD)
_PLUS: Final = 43
_SENTINEL_BYTE: Final = 1

_FIRST_NOT_ASCII: Final = 0x80


def _split(names: str) -> tuple[str, ...]:
    return tuple(names.split())


# British and misspelt words that scancode's and SPDX's matching guidelines treat as equal.
_EQUAL: Final = {
    "acknowledgement": "acknowledgment", "acknowledgements": "acknowledgments",
    "analogue": "analog", "artefact": "artifact", "authorisation": "authorization",
    "authorised": "authorized", "calibre": "caliber", "cancelled": "canceled",
    "catalogue": "catalog", "centre": "center", "copyrights": "copyright",
    "emphasised": "emphasized", "favour": "favor", "favourite": "favorite",
    "fulfil": "fulfill", "fulfilment": "fulfillment", "https": "http",
    "initialise": "initialize", "judgement": "judgment", "labelling": "labeling",
    "labour": "labor", "licence": "license", "licenced": "licensed", "licencee": "licensee",
    "licences": "licenses", "licencing": "licensing", "maximise": "maximize",
    "merchantabilty": "merchantability", "merchantibility": "merchantability",
    "modelled": "modeled", "modelling": "modeling", "offence": "offense",
    "optimise": "optimize", "organisation": "organization", "organise": "organize",
    "practise": "practice", "programme": "program", "realise": "realize",
    "recognise": "recognize", "signalling": "signaling",
    "sublicence": "sublicense", "sublicenced": "sublicensed", "sublicences": "sublicenses",
    "sublicencing": "sublicensing", "utilisation": "utilization",
    "whilst": "while", "wilful": "willful",
}  # fmt: skip
# Names of markup and comment signs that are letters: they say nothing about rights.
_MARKUP: Final = _split(
    "amp blockquote body br div dnl em font gt h1 h2 h3 h4 head href html li lt nbsp ol p pre "
    "quot rem span strong td th tr tt ul www"
)

_HTML_TAG: Final = re.compile(
    rb"</?(?:a|abbr|b|big|blockquote|body|br|center|cite|code|dd|div|dl|dt|em|font|h[1-6]|head|hr"
    rb"|html|i|img|li|link|main|meta|ol|p|pre|section|small|span|strong|style|sub|sup|table|tbody"
    rb"|td|th|thead|title|tr|tt|u|ul)(?:\s[^<>]{0,400}+)?/?>|<!--|-->|<!doctype[^<>]{0,200}+>",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(
    rb"&(?:quot|apos|lt|gt|amp|nbsp|copy|reg|trade|[lr][sd]quo|[mn]dash|hellip|bull|middot"
    rb"|#[0-9]{1,6}|#x[0-9a-fA-F]{1,5});"
)
_ESCAPED_BREAK: Final = re.compile(rb"\\[nrt]")
# UTF-8 of U+0080-U+00BF (signs of Latin-1), U+2000-U+2FFF (punctuation, arrows, bullets),
# U+3000-U+303F (CJK punctuation), the byte order mark and the replacement character.
_SHORT_SIGNS: Final = re.compile(rb"\xc2[\x80-\xbf]")
_LONG_SIGNS: Final = re.compile(
    rb"\xe2[\x80-\xbf]{2}|\xe3\x80[\x80-\xbf]|\xef\xbb\xbf|\xef\xbf\xbd"
)


def _byte_values() -> U64:
    """One odd 64-bit value per byte of a word, 0 for bytes between words (splitmix64)."""
    values = np.zeros(256, dtype=np.uint64)
    state = 0x5EED
    for byte in range(256):
        state = (state + _BASE) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        char = chr(byte)
        is_word = byte >= _FIRST_NOT_ASCII or (char.isascii() and char.isalnum())
        if is_word or byte in (_PLUS, _SENTINEL_BYTE):
            values[byte] = (mixed ^ (mixed >> 31)) | 1
    for upper in range(ord("A"), ord("Z") + 1):
        values[upper] = values[upper + 32]
    return values


class _Powers:
    """Powers of an odd base modulo 2**64, and of its inverse; grown when a text needs more."""

    __slots__ = ("base", "forward", "inverse")

    def __init__(self, base: int) -> None:
        self.base = base
        self.forward = np.empty(0, dtype=np.uint64)
        self.inverse = np.empty(0, dtype=np.uint64)

    def grow(self, count: int) -> None:
        """Make the first `count` powers available."""
        if len(self.forward) >= count:
            return
        size = max(1 << 16, count + count // 4)
        self.forward = self._series(self.base, size)
        self.inverse = self._series(pow(self.base, -1, 1 << 64), size)

    @staticmethod
    def _series(factor: int, size: int) -> U64:
        """The first `size` powers of a factor: those that are there make as many again."""
        series = np.empty(size, dtype=np.uint64)
        series[0] = done = 1
        while done < size:
            more = min(done, size - done)
            np.multiply(series[:more], np.uint64(factor), out=series[done : done + more])
            factor = factor * factor & _MASK
            done += more
        return series


_VALUE: Final = _byte_values()
_IN_WORD: Final = _VALUE != 0
_IN_WORD_BYTES: Final = _IN_WORD.tobytes()
_BYTE_POWERS: Final = _Powers(_BASE)
_RUN_POWERS: Final = _Powers(_RUN_BASE)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text: `hashes[i]` is the word at bytes `starts[i]:ends[i]`."""

    hashes: U64
    starts: I64
    ends: I64

    def __len__(self) -> int:
        return len(self.hashes)


def _blank(match: re.Match[bytes]) -> bytes:
    return b" " * len(match.group())


def plain(data: bytes) -> bytes:
    """`data` with signs, HTML tags, entities and escaped breaks blanked, length unchanged.

    Expects UTF-8 (see `decoding.to_utf8`). Offsets into the result are offsets into `data`.
    """
    if not data.isascii():
        data = _LONG_SIGNS.sub(b"   ", _SHORT_SIGNS.sub(b"  ", data))
    if b"&" in data:
        data = _ENTITY.sub(_blank, data)
    if b"%" in data and b"%20" in data:  # one byte takes next to no time
        data = data.replace(b"%20", b"   ")
    if b"<" in data and (b"</" in data or b"<br" in data or b"<!" in data or b"<p" in data):
        data = _HTML_TAG.sub(_blank, data)
    if b"\\" in data:
        data = _ESCAPED_BREAK.sub(b"  ", data)
    return data


def _word_edges(data: bytes, values: U64) -> tuple[I64, I64]:
    """Start and end offsets of words; a `+` counts only directly behind a word, once."""
    inside = np.zeros(len(data) + 2, dtype=np.bool_)
    inside[1:-1] = np.frombuffer(data.translate(_IN_WORD_BYTES), dtype=np.bool_)
    if b"+" in data:
        array = np.frombuffer(data, dtype=np.uint8)
        plus = np.flatnonzero(array == _PLUS)
        before = np.where(plus > 0, array[plus - 1], 0)
        stray = plus[~_IN_WORD[before] | (before == _PLUS) | (plus == 0)]
        inside[stray + 1] = False
        values[stray] = 0
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    return edges[0::2], edges[1::2]


def _raw_words(data: bytes) -> Words:
    array = np.frombuffer(data, dtype=np.uint8)
    size = len(array)
    _BYTE_POWERS.grow(size + 1)
    values = _VALUE[array]
    starts, ends = _word_edges(data, values)
    values *= _BYTE_POWERS.forward[:size]
    sums = np.empty(size + 1, dtype=np.uint64)
    sums[0] = 0
    np.cumsum(values, out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * _BYTE_POWERS.inverse[starts]
    hashes ^= hashes >> np.uint64(32)
    hashes *= _MIX
    hashes ^= hashes >> np.uint64(29)
    return Words(hashes, starts, ends)


def word_hash(word: str) -> int:
    """Hash of one word as `words` gives it, before equal spellings are joined."""
    return int(_raw_words(word.encode()).hashes[0])


def word_hashes(names: Iterable[str]) -> U64:
    """`word_hash` of many words, in order."""
    return _raw_words(" ".join(names).encode()).hashes


def _equal_tables() -> tuple[U64, U64, U64]:
    source = word_hashes(_EQUAL)
    order = np.argsort(source)
    return source[order], word_hashes(_EQUAL.values())[order], np.sort(word_hashes(_MARKUP))


_EQUAL_FROM, _EQUAL_TO, _MARKUP_HASHES = _equal_tables()
_SPECIAL: Final = np.zeros(1 << 16, dtype=np.bool_)
_SPECIAL[(_EQUAL_FROM >> np.uint64(48)).astype(np.int64)] = True
_SPECIAL[(_MARKUP_HASHES >> np.uint64(48)).astype(np.int64)] = True


def distinct(values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    """The values sorted, each once: `np.unique` without numpy.ma, which takes 10 ms to import."""
    ordered = np.sort(values)
    keep = np.ones(len(ordered), dtype=np.bool_)
    keep[1:] = ordered[1:] != ordered[:-1]
    return ordered[keep]


def find_sorted(table: U64, wanted: U64) -> tuple[I64, Bools]:
    """Positions of `wanted` in the sorted `table`, and which of them are really there."""
    at = table.searchsorted(wanted)
    at[at == len(table)] = 0
    return at, table[at] == wanted


def words(data: bytes) -> Words:
    """The words of `plain` text, equal spellings joined and markup names left out."""
    found = _raw_words(data)
    hashes = found.hashes
    special = _SPECIAL[(hashes >> np.uint64(48)).view(np.int64)].nonzero()[0]
    if not len(special):
        return found
    at, same = find_sorted(_EQUAL_FROM, hashes[special])
    hashes[special[same]] = _EQUAL_TO[at[same]]
    _, markup = find_sorted(_MARKUP_HASHES, hashes[special])
    if not markup.any():
        return found
    keep = np.ones(len(hashes), dtype=np.bool_)
    keep[special[markup]] = False
    return Words(hashes[keep], found.starts[keep], found.ends[keep])


def run_sums(hashes: U64) -> U64:
    """Prefix sums that `run_hashes` and `grams` read; one longer than `hashes`."""
    count = len(hashes)
    _RUN_POWERS.grow(count + 1)
    sums = np.empty(count + 1, dtype=np.uint64)
    sums[0] = 0
    np.cumsum(hashes * _RUN_POWERS.forward[:count], out=sums[1:])
    return sums


def grams(sums: U64, width: int) -> U64:
    """Hash of every run of `width` words, in text order; empty when the text is shorter."""
    count = len(sums) - 1
    if count < width:
        return np.empty(0, dtype=np.uint64)
    inverse = _RUN_POWERS.inverse[: count - width + 1]
    result: U64 = (sums[width:] - sums[: count - width + 1]) * inverse
    return result


def run_hashes(sums: U64, starts: I64, lengths: I64) -> U64:
    """Hash of the runs `starts[i]:starts[i]+lengths[i]`."""
    result: U64 = (sums[starts + lengths] - sums[starts]) * _RUN_POWERS.inverse[starts]
    return result
