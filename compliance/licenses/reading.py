"""Reads texts with the index: words, exact layer, changed texts, one list of claims per text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from compliance.licenses.approximate import find_changed, open_seeds
from compliance.licenses.exact import Spans, find_exact, outside
from compliance.licenses.fragments import with_fragments
from compliance.licenses.resolve import Claim, changed_claims, exact_claims, resolve
from compliance.licenses.rules import Use
from compliance.licenses.tokens import SENTINEL, Words, plain, run_sums, word_hash, words
from compliance.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compliance.licenses.rules import RuleTable
    from compliance.licenses.tokens import I64, U64, Bools

CHUNK: Final = 1 << 19
"""Bytes read in one pass: bounds memory (about 120 bytes per byte of text)."""

OVERLAP: Final = 1 << 17
"""Bytes two neighbouring chunks share: the longest common licenses have 40 kB."""

_CLUE: Final = int(Use.CLUE)
_FALSE_POSITIVE: Final = int(Use.FALSE_POSITIVE)
_SURE: Final = 20  # words from which an exact match needs no second look
_LONG: Final = 150  # words from which nothing can beat an exact match
_SENTINEL_HASH: Final = word_hash("\x01")


@dataclass(frozen=True, slots=True)
class Reading:
    """Claims about one text by place, with the words they count in."""

    claims: tuple[Claim, ...]
    words: Words
    explained: tuple[tuple[int, int], ...]
    """Word spans that some rule accounts for: the claims, remarks set aside, false positives."""

    def placed(self, base: int) -> Iterator[tuple[Claim, int, int]]:
        """Each claim with its byte offsets [first, last), counted from `base` on."""
        first, last = self.words.starts.item, self.words.ends.item
        for claim in self.claims:
            yield claim, base + first(claim.start), base + last(claim.end - 1)


def _covered(count: int, starts: I64, ends: I64) -> Bools:
    steps = np.bincount(starts, minlength=count + 1) - np.bincount(ends, minlength=count + 1)
    covered: Bools = steps[:-1].cumsum() > 0
    return covered


def _seeds(
    table: RuleTable, sums: U64, spans: Spans, first: I64, last: I64
) -> Iterator[I64 | None]:
    """For each of the texts `first:last` its seeds of rules that no exact match explains."""
    count = len(sums) - 1
    sizes = spans.ends - spans.starts
    sure, long = sizes >= _SURE, sizes >= _LONG
    open_words = ~_covered(count, spans.starts[sure], spans.ends[sure])
    closed = _covered(count, spans.starts[long], spans.ends[long])
    return open_seeds(table.seeds, sums, open_words, closed, first, last)


def _reading(
    table: RuleTable, found: Words, spans: Spans, every: Spans, seeds: I64 | None
) -> Reading:
    """Claims of both layers about one text, resolved."""
    count = len(found)
    claims = exact_claims(table, spans)
    letters = ""
    if seeds is not None:
        letters, changed = find_changed(table, found.hashes, seeds)
        claims += changed_claims(table, changed)
    kept, aside = resolve(table, claims, count, letters)
    if _long_loser(spans, kept):
        taken = np.zeros(count, dtype=np.bool_)
        for claim in kept:
            taken[claim.start : claim.end] = True
        claims += exact_claims(table, outside(every, taken))
        kept, aside = resolve(table, claims, count, letters)
    if seeds is not None:
        kept = with_fragments(table, found.hashes, letters, seeds, kept)
    explained = [(c.start, c.end) for c in (*kept, *aside) if not c.use & _CLUE]
    swallowed = (table.flags[spans.rules] & _FALSE_POSITIVE).nonzero()[0]
    if len(swallowed):
        starts, ends = spans.starts[swallowed].tolist(), spans.ends[swallowed].tolist()
        explained += zip(starts, ends, strict=True)
    return Reading(tuple(kept), found, tuple(sorted(explained)))


def _long_loser(spans: Spans, kept: Sequence[Claim]) -> bool:
    """Whether a long exact match lost to one it overlaps: shorter ones inside it count again."""
    at = (spans.ends - spans.starts >= _SURE).nonzero()[0]
    if not len(at):
        return False
    standing = {(c.start, c.end) for c in kept}
    ends = zip(spans.starts[at].tolist(), spans.ends[at].tolist(), strict=True)
    return any(span not in standing for span in ends)


def _read_chunk(table: RuleTable, text: bytes) -> Reading:
    found = words(plain(text))
    sums = run_sums(found.hashes)
    spans, every = find_exact(table, sums)
    whole = np.array([0]), np.array([len(found)])
    return _reading(table, found, spans, every, *_seeds(table, sums, spans, *whole))


def _cut_at_line(text: bytes, begin: int, wanted: int) -> int:
    """The end of the last line before `wanted`; `wanted` itself when no line ends near it."""
    at = text.rfind(b"\n", max(begin + 1, wanted - OVERLAP // 2), wanted)
    return at + 1 if at >= 0 else wanted


def read_text(table: RuleTable, text: bytes) -> Iterator[tuple[int, int, Reading]]:
    """Claims about one text of any length, chunk by chunk.

    Yields (offset of the chunk, offset from which the next chunk answers, reading). Claims that
    start at or behind the second offset are found again by the next chunk.
    """
    begin = 0
    while True:
        if len(text) - begin <= CHUNK:
            yield begin, len(text), _read_chunk(table, text[begin:])
            return
        end = _cut_at_line(text, begin, begin + CHUNK)
        following = _cut_at_line(text, begin, end - OVERLAP)
        yield begin, following, _read_chunk(table, text[begin:end])
        begin = following


def read_many(table: RuleTable, texts: Sequence[bytes]) -> list[Reading]:
    """Claims about many short texts, each on its own, with one pass of the exact layer.

    The texts must not hold the byte 0x01; together they should stay below `CHUNK`.
    """
    if not texts:
        return []
    joined = SENTINEL.join(plain(t) for t in texts)
    found = words(joined)
    sums = run_sums(found.hashes)
    spans, every = find_exact(table, sums)
    order = np.argsort(every.starts, kind="stable")
    every = Spans(every.rules[order], every.starts[order], every.ends[order])
    borders = np.flatnonzero(found.hashes == np.uint64(_SENTINEL_HASH))
    first = np.concatenate(([0], borders + 1))
    last = np.append(borders, len(found))
    readings: list[Reading] = []
    begin = 0
    rows = zip(
        texts, first.tolist(), last.tolist(), _parts(spans, first, last),
        _parts(every, first, last), _seeds(table, sums, spans, first, last), strict=True,
    )  # fmt: skip
    for text, a, b, own, own_every, seeds in rows:
        part = Words(found.hashes[a:b], found.starts[a:b] - begin, found.ends[a:b] - begin)
        readings.append(_reading(table, part, own, own_every, seeds))
        begin += len(text) + len(SENTINEL)
    return readings


def _parts(spans: Spans, first: I64, last: I64) -> Iterator[Spans]:
    """The spans (sorted by start) of each text, counted from its first word."""
    cut_from = np.searchsorted(spans.starts, first).tolist()
    cut_to = np.searchsorted(spans.starts, last).tolist()
    for a, c, d in zip(first.tolist(), cut_from, cut_to, strict=True):
        yield Spans(spans.rules[c:d], spans.starts[c:d] - a, spans.ends[c:d] - a)
