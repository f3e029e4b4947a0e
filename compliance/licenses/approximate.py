"""Layer for changed texts: rules that stand in a text with words added, left out or replaced.

Runs of five words that a rule and the text share (seeds) are grouped by rule and diagonal; the
best groups are aligned word by word (longest common subsequence). A rule counts only when its
required phrases are intact and enough of it is there. Long texts are aligned between seeds that
agree, so that the cost stays linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from compliance.licenses.exact import expand
from compliance.licenses.rules import SEED_BITS, SEED_WIDTH
from compliance.licenses.tokens import find_sorted, grams

if TYPE_CHECKING:
    from compliance.licenses.rules import RuleTable, Seeds
    from compliance.licenses.tokens import I64, U64, Bools

Block = tuple[int, int, int]
"""(word of the text, word of the rule, number of equal words)"""

LEAST_COVERAGE: Final = 0.6
LEAST_OPEN_SEEDS: Final = 20
"""Fewer seeds outside exact matches are remarks, not texts: measured on license collections."""

_NEAR: Final = 260  # words around an open seed whose covered neighbours help to place a rule
_LEAST_SEEDS: Final = 3
_LEAST_SHARE: Final = 0.3
_MOST_GROUPS: Final = 300
_ZONE: Final = 48  # words; candidates with the middle in one zone compete
_LONG_RULE: Final = 600
_STITCH_FROM: Final = 400  # words from which alignment goes from seed to seed
_GAP_LIMIT: Final = 1500  # words of a gap that are still aligned: cost is the product of both
_SHIFT: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Alignment:
    """Rule `rule` aligned with the words `start:end` of the text."""

    rule: int
    start: int
    end: int
    matched: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class _Groups:
    """Seeds of one rule near one diagonal, best group first."""

    rules: list[int]
    value: list[float]
    first: list[int]
    last: list[int]
    low: list[int]
    high: list[int]


def _seeds_in_text(seeds: Seeds, sums: U64, open_words: Bools, closed: Bools) -> I64 | None:
    """Places of runs that may be seeds, near words that no exact match explains."""
    runs = grams(sums, SEED_WIDTH)
    bit = (runs >> np.uint64(64 - SEED_BITS)).view(np.int64)
    hit = ((seeds.bitmap[bit >> 3] >> (bit & 7).astype(np.uint8)) & 1).astype(np.bool_)
    if closed.any():
        uncovered = np.concatenate(([0], np.cumsum(~closed)))
        hit &= (uncovered[SEED_WIDTH:] - uncovered[:-SEED_WIDTH]) > 0
    at = hit.nonzero()[0]
    is_open = open_words[at + SEED_WIDTH // 2]
    if int(is_open.sum()) < LEAST_OPEN_SEEDS:
        return None
    anchors = at[is_open]
    place = anchors.searchsorted(at)
    before = np.abs(at - anchors[np.maximum(place - 1, 0)])
    after = np.abs(at - anchors[np.minimum(place, len(anchors) - 1)])
    near: I64 = at[np.minimum(before, after) <= _NEAR]
    return near


def _group(table: RuleTable, seeds: Seeds, sums: U64, at: I64) -> _Groups | None:
    place, same = find_sorted(seeds.grams, grams(sums, SEED_WIDTH)[at])
    at, place = at[same], place[same]
    if len(at) < _LEAST_SEEDS:
        return None
    owner, values = expand(seeds.first, place)
    rule = seeds.rules[values].astype(np.int64)
    where = at[owner]
    diagonal = where - seeds.offsets[values]
    order = np.argsort((rule << 32) + (diagonal + _SHIFT), kind="stable")
    rule, diagonal, where = rule[order], diagonal[order], where[order]
    tolerance = np.maximum(8, table.lengths[rule] // 6)
    new = np.ones(len(rule), dtype=np.bool_)
    new[1:] = (rule[1:] != rule[:-1]) | ((diagonal[1:] - diagonal[:-1]) > tolerance[1:])
    begin = new.nonzero()[0]
    count = np.append(begin[1:], len(rule)) - begin
    owner_rule = rule[begin]
    share = np.minimum(count / np.maximum(1, seeds.per_rule[owner_rule]), 1.0)
    good = ((count >= _LEAST_SEEDS) & (share >= _LEAST_SHARE)).nonzero()[0]
    if not len(good):
        return None
    value = share[good] * share[good] * table.lengths[owner_rule[good]]
    best = np.argsort(-value, kind="stable")[:_MOST_GROUPS]
    pick = good[best]
    return _Groups(
        owner_rule[pick].tolist(),
        value[best].tolist(),
        np.minimum.reduceat(where, begin)[pick].tolist(),
        (np.maximum.reduceat(where, begin)[pick] + SEED_WIDTH).tolist(),
        np.minimum.reduceat(diagonal, begin)[pick].tolist(),
        np.maximum.reduceat(diagonal, begin)[pick].tolist(),
    )


def _equal_blocks(text: str, rule: str) -> list[Block]:
    from rapidfuzz.distance import LCSseq

    found = LCSseq.editops(text, rule).as_matching_blocks()
    return [(b.a, b.b, b.size) for b in found if b.size]


def _unique_runs(letters: str, width: int) -> dict[str, int]:
    """Runs of `width` characters that occur once, with their place."""
    seen: dict[str, int] = {}
    for at in range(len(letters) - width + 1):
        run = letters[at : at + width]
        seen[run] = -1 if run in seen else at
    return seen


def _fixed_points(text: str, rule: str) -> list[tuple[int, int]]:
    """Places of runs that are unique in both and in the same order in both (patience diff)."""
    in_text = _unique_runs(text, SEED_WIDTH)
    pairs = [
        (in_text[run], at)
        for run, at in _unique_runs(rule, SEED_WIDTH).items()
        if at >= 0 and in_text.get(run, -1) >= 0
    ]
    return _longest_increasing(sorted(pairs))


def _longest_increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Longest chain that rises in both coordinates; pairs sorted by the first."""
    from bisect import bisect_left

    tails: list[int] = []
    tail_at: list[int] = []
    previous: list[int] = []
    for number, (_, second) in enumerate(pairs):
        place = bisect_left(tails, second)
        previous.append(tail_at[place - 1] if place else -1)
        if place == len(tails):
            tails.append(second)
            tail_at.append(number)
        else:
            tails[place], tail_at[place] = second, number
    chain: list[tuple[int, int]] = []
    at = tail_at[-1] if tail_at else -1
    while at >= 0:
        chain.append(pairs[at])
        at = previous[at]
    return chain[::-1]


def _merge(blocks: list[Block]) -> list[Block]:
    """Join blocks that touch in both texts."""
    joined: list[Block] = []
    for block in blocks:
        if joined:
            a, b, size = joined[-1]
            if a + size == block[0] and b + size == block[1]:
                joined[-1] = (a, b, size + block[2])
                continue
        joined.append(block)
    return joined


def align(text: str, rule: str) -> list[Block]:
    """Equal blocks of two spelt texts, in order.

    Short pairs by one longest common subsequence; long ones between fixed points, where only the
    gaps are compared.
    """
    if len(rule) < _STITCH_FROM:
        return _equal_blocks(text, rule)
    points = _fixed_points(text, rule)
    if not points:
        return _equal_blocks(text[:_GAP_LIMIT], rule[:_GAP_LIMIT])
    blocks: list[Block] = []
    at, in_rule = 0, 0
    for begin, place in [*points, (len(text), len(rule))]:
        if begin < at or place < in_rule:
            # Overlaps the run before: the part that is new continues it.
            grow = min(begin + SEED_WIDTH - at, place + SEED_WIDTH - in_rule)
            if begin - at == place - in_rule and grow > 0 and begin < len(text):
                blocks.append((at, in_rule, grow))
                at, in_rule = at + grow, in_rule + grow
            continue
        gap, lacking = text[at:begin], rule[in_rule:place]
        if gap and lacking and len(gap) <= _GAP_LIMIT:
            inner = _equal_blocks(gap, lacking)
            blocks.extend((a + at, b + in_rule, size) for a, b, size in inner)
        if begin < len(text) and place < len(rule):
            blocks.append((begin, place, SEED_WIDTH))
            at, in_rule = begin + SEED_WIDTH, place + SEED_WIDTH
    return _merge(blocks)


def _trim(blocks: list[Block]) -> list[Block]:
    """Drop short blocks at the ends that lie far from the rest: chance agreement."""
    while len(blocks) > 1:
        (a, _, size), nearest = blocks[0], blocks[1][0]
        if size >= 3 or nearest - a - size <= size + 2:  # noqa: PLR2004 - under three words
            break
        blocks = blocks[1:]
    while len(blocks) > 1:
        (a, _, size), (at, _, before) = blocks[-1], blocks[-2]
        if size >= 3 or a - at - before <= size + 2:  # noqa: PLR2004 - under three words
            break
        blocks = blocks[:-1]
    return blocks


def _intact(required: list[tuple[int, int]], blocks: list[Block]) -> bool:
    return all(
        any(at <= begin and end <= at + size for _, at, size in blocks) for begin, end in required
    )


class _Zones:
    """Limits how many candidates are aligned in one part of the text."""

    def __init__(self) -> None:
        self._tried: dict[int, int] = {}
        self._best: dict[int, tuple[float, float]] = {}

    def worth(self, zone: int, value: float, length: int) -> bool:
        """Whether one more candidate may still win there."""
        tried = self._tried.get(zone, 0)
        if tried >= (10 if length < _LONG_RULE else 5):
            return False
        best, coverage = self._best.get(zone, (0.0, 0.0))
        if coverage >= 0.985 and value < 0.75 * best:  # noqa: PLR2004 - as good as complete
            return False
        self._tried[zone] = tried + 1
        return True

    def note(self, zone: int, value: float, coverage: float) -> None:
        """Remember the best one."""
        if value * coverage > self._best.get(zone, (0.0, 0.0))[0]:
            self._best[zone] = (value * coverage, coverage)


def find_changed(
    table: RuleTable, sums: U64, letters: str, open_words: Bools, closed: Bools
) -> list[Alignment]:
    """Alignments of rules with stretches of the text that no exact match explains.

    Args:
        table: The rules.
        sums: Run sums of the text's words.
        letters: The text's words, one character each (`RuleTable.spell`).
        open_words: Per word, whether no exact match of 20 words or more covers it.
        closed: Per word, whether an exact match is so long that nothing can beat it.
    """
    if len(letters) < 2 * SEED_WIDTH:
        return []
    seeds = table.seeds
    at = _seeds_in_text(seeds, sums, open_words, closed)
    groups = _group(table, seeds, sums, at) if at is not None else None
    if groups is None:
        return []
    zones = _Zones()
    found: list[Alignment] = []
    for number, rule in enumerate(groups.rules):
        first, last, value = groups.first[number], groups.last[number], groups.value[number]
        length = int(table.lengths[rule])
        zone = (first + last) // 2 // _ZONE
        if not zones.worth(zone, value, length):
            continue
        slack = 8 + length // 12
        low = min(max(0, groups.low[number] - slack), first)
        high = min(len(letters), max(last, groups.high[number] + length + slack))
        blocks = _trim(align(letters[low:high], table.letters(rule)))
        if not blocks:
            continue
        matched = sum(size for _, _, size in blocks)
        coverage = matched / length
        zones.note(zone, value, coverage)
        if coverage < max(LEAST_COVERAGE, table.minimum_coverage[rule] / 100):
            continue
        if _intact(table.required(rule), blocks):
            moved = tuple((a + low, b, size) for a, b, size in blocks)
            end = moved[-1][0] + moved[-1][2]
            found.append(Alignment(rule, moved[0][0], end, matched, moved))
    return found
