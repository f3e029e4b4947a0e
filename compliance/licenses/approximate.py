"""Layer for changed texts: rules that stand in a text with words added, left out or replaced.

Runs of five words that a rule and the text share (seeds) are grouped by rule and diagonal; the
best groups are aligned word by word (longest common subsequence). A rule counts only when its
required phrases are intact and enough of it is there. Long texts are aligned between seeds that
agree, so that the cost stays linear.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from compliance.licenses.exact import expand
from compliance.licenses.rules import SEED_BITS, SEED_WIDTH
from compliance.licenses.tokens import find_sorted, grams, run_sums
from compliance.licenses.wording import telling_places
from compliance.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from compliance.licenses.rules import RuleTable, Seeds
    from compliance.licenses.tokens import I64, U64, Bools

Block = tuple[int, int, int]
"""(word of the text, word of the rule, number of equal words)"""

LEAST_COVERAGE: Final = 0.6
SHORT_RULE: Final = 20
LEAST_OF_SHORT: Final = 0.8
"""Of a single sentence nearly all must be there, or the name it speaks of is what lacks."""

LONG_TEXT: Final = 200
"""Words from which a text tells its license without its title."""

LONGEST_TITLE: Final = 20
"""Words of a title, with version and date."""

LEAST_OPEN_SEEDS: Final = 20
"""Fewer seeds outside exact matches are remarks, not texts: measured on license collections."""

_NEAR: Final = 260  # words around an open seed whose covered neighbours help to place a rule
_LEAST_SEEDS: Final = 3
_LEAST_SHARE: Final = 0.3
_MOST_GROUPS: Final = 300
_WORDS_PER_GROUP: Final = 60
_MOST_POSTINGS: Final = 500_000  # places of rules looked at per text: bounds time and memory
_MOST_LONG: Final = 60
_TRIES: Final = 20
_LONG_TRIES: Final = 5
_ZONE: Final = 48  # words; candidates with the middle in one zone compete
_LONG_RULE: Final = 600
_LONG_ZONE: Final = 400
_STITCH_FROM: Final = 400  # words from which alignment goes from seed to seed
_RULES_AT_ONCE: Final = 64  # whose runs in a text are remembered: 0.1 MB each
_SHORT_GAP: Final = 24  # words up to which it is worth to look whether one alone differs
_GAP_LIMIT: Final = 1500  # words of a gap that are still aligned: cost is the product of both
_SHIFT: Final = 1 << 24
_DIAGONAL_AT: Final = 20
"""Bits for a word of a text: one pass reads half a million bytes (`reading.CHUNK`)."""
_RULE_AT: Final = 45  # bits for a word and a diagonal: 2**24 words to either side


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

    rules: Sequence[int]
    value: Sequence[float]
    first: Sequence[int]
    last: Sequence[int]
    low: Sequence[int]
    high: Sequence[int]

    def window(self, number: int, length: int, words: int) -> tuple[int, int]:
        """Words [low, high) of the text in which a rule of `length` words can lie."""
        slack = 8 + length // 12
        low = min(max(0, self.low[number] - slack), self.first[number])
        return low, min(words, max(self.last[number], self.high[number] + length + slack))


def open_seeds(
    seeds: Seeds, sums: U64, open_words: Bools, closed: Bools, first: I64, last: I64
) -> Iterator[I64 | None]:
    """Where texts have runs that may be seeds, near words that no exact match explains.

    Args:
        seeds: The runs of all rules.
        sums: Run sums of all texts, one behind the other.
        open_words: Per word, whether no exact match of 20 words or more covers it.
        closed: Per word, whether an exact match is so long that nothing can beat it.
        first: First word of each text.
        last: The word behind its last one.

    Yields per text the places of such runs, counted from its first word; None for a text with too
    few to look at.
    """
    runs = grams(sums, SEED_WIDTH)
    bit = (runs >> np.uint64(64 - SEED_BITS)).view(np.int64)
    hit = ((seeds.bitmap[bit >> 3] >> (bit & 7).astype(np.uint8)) & 1).astype(np.bool_)
    uncovered = np.concatenate(([0], np.cumsum(~closed)))
    hit &= (uncovered[SEED_WIDTH:] - uncovered[:-SEED_WIDTH]) > 0
    at = hit.nonzero()[0]
    is_open = open_words[at + SEED_WIDTH // 2]
    opened = np.concatenate(([0], np.cumsum(is_open)))
    low = at.searchsorted(first)
    high = np.maximum(low, at.searchsorted(last - SEED_WIDTH, side="right"))
    many = (opened[high] - opened[low] >= LEAST_OPEN_SEEDS).tolist()
    for begin, a, b, enough in zip(first.tolist(), low.tolist(), high.tolist(), many, strict=True):
        yield _near_open(at[a:b], is_open[a:b]) - begin if enough else None


def _near_open(at: I64, is_open: Bools) -> I64:
    """Places within reach of an open one."""
    anchors = at[is_open]
    place = anchors.searchsorted(at)
    before = np.abs(at - anchors[np.maximum(place - 1, 0)])
    after = np.abs(at - anchors[np.minimum(place, len(anchors) - 1)])
    near: I64 = at[np.minimum(before, after) <= _NEAR]
    return near


def _within_limit(seeds: Seeds, at: I64, place: I64) -> tuple[I64, I64]:
    """The rarest seeds, so that together they stand in a bounded number of places of rules."""
    counts = seeds.first[place + 1] - seeds.first[place]
    if int(counts.sum()) <= _MOST_POSTINGS:
        return at, place
    per_count = np.bincount(counts)
    total = np.cumsum(per_count * np.arange(len(per_count)))
    rarest = counts <= int(np.searchsorted(total, _MOST_POSTINGS))
    return at[rarest], place[rarest]


@lru_cache(maxsize=4)
def _needed(table: RuleTable) -> I64:
    """Seeds of each rule without which none of its groups can count: most rules have fewer."""
    share: I64 = (_LEAST_SHARE * table.seeds.per_rule).astype(np.int64)
    return np.maximum(_LEAST_SEEDS, share)


def _group(table: RuleTable, runs: U64, at: I64, words: int) -> _Groups | None:
    seeds = table.seeds
    place, same = find_sorted(seeds.grams, runs[at])
    at, place = at[same], place[same]
    if len(at) < _LEAST_SEEDS:
        return None
    at, place = _within_limit(seeds, at, place)
    owner, values = expand(seeds.first, place)
    rule = seeds.rules[values].astype(np.int64)
    enough = np.bincount(rule, minlength=len(table))[rule] >= _needed(table)[rule]
    owner, values, rule = owner[enough], values[enough], rule[enough]
    if not len(rule):
        return None
    where = at[owner]
    diagonal = where - seeds.offsets[values]
    # Sorted as one number each: a third of the time of an order that three columns follow.
    packed = np.sort((rule << _RULE_AT) | (diagonal + _SHIFT << _DIAGONAL_AT) | where)
    rule, where = packed >> _RULE_AT, packed & (1 << _DIAGONAL_AT) - 1
    diagonal = (packed >> _DIAGONAL_AT & (_SHIFT << 1) - 1) - _SHIFT
    tolerance = np.maximum(8, table.lengths[rule] // 6)
    new = np.ones(len(rule), dtype=np.bool_)
    new[1:] = (rule[1:] != rule[:-1]) | ((diagonal[1:] - diagonal[:-1]) > tolerance[1:])
    begin = new.nonzero()[0]
    end = np.append(begin[1:], len(rule))
    count = end - begin
    owner_rule = rule[begin]
    share = np.minimum(count / np.maximum(1, seeds.per_rule[owner_rule]), 1.0)
    good = ((count >= _LEAST_SEEDS) & (share >= _LEAST_SHARE)).nonzero()[0]
    if not len(good):
        return None
    value = share[good] * share[good] * table.lengths[owner_rule[good]]
    best = np.argsort(-value, kind="stable")[: max(_MOST_GROUPS, (words + 1) // _WORDS_PER_GROUP)]
    pick = good[best]
    first, behind = begin[pick], end[pick]
    where = np.append(where, 0)  # a place for the end of the last group
    borders = np.column_stack((first, behind)).ravel()
    return _Groups(
        owner_rule[pick].tolist(),
        value[best].tolist(),
        np.minimum.reduceat(where, borders)[::2].tolist(),
        (np.maximum.reduceat(where, borders)[::2] + SEED_WIDTH).tolist(),
        diagonal[first].tolist(),  # sorted by it
        diagonal[behind - 1].tolist(),
    )


@cache
def _edit_operations() -> Callable[[str, str], Any]:
    from rapidfuzz.distance import LCSseq

    return LCSseq.editops


def _equal_blocks(text: str, rule: str) -> list[Block]:
    """Blocks of a longest common subsequence; what needs no search is told at once."""
    if text == rule:
        return [(0, 0, len(text))]
    if len(text) == 1 or len(rule) == 1:
        at, place = text.find(rule), rule.find(text)
        if at < 0 and place < 0:
            return []
        if text.count(rule) + rule.count(text) == 1:
            return [(max(at, 0), max(place, 0), 1)]
    elif len(text) == len(rule) <= _SHORT_GAP:
        at = next(n for n, letter in enumerate(text) if letter != rule[n])
        behind = at + 1
        if text[behind:] == rule[behind:]:
            blocks = ((0, 0, at), (behind, behind, len(text) - behind))
            return [b for b in blocks if b[2]]
    found = _edit_operations()(text, rule).as_matching_blocks()
    return [(b.a, b.b, b.size) for b in found if b.size]


def unique_runs(runs: U64) -> tuple[U64, I64]:
    """Runs that occur once, sorted by hash, with their places."""
    order = np.argsort(runs, kind="stable")
    ordered = runs[order]
    alone = np.ones(len(ordered), dtype=np.bool_)
    same = ordered[1:] == ordered[:-1]
    alone[1:] &= ~same
    alone[:-1] &= ~same
    return ordered[alone], order[alone]


@lru_cache(maxsize=512)
def _runs_of_rule(table: RuleTable, rule: int) -> tuple[U64, I64]:
    words = table.vocabulary[table.word_ids(rule)]
    return unique_runs(grams(run_sums(words), SEED_WIDTH))


class _Runs:
    """The runs of a text, numbered: equal ones have one number.

    A rule is looked up in them once, however many stretches of the text it is aligned with.
    """

    def __init__(self, table: RuleTable, runs: U64) -> None:
        self._table = table
        order = np.argsort(runs, kind="stable")
        ordered = runs[order]
        new = np.ones(len(runs), dtype=np.bool_)
        new[1:] = ordered[1:] != ordered[:-1]
        self._distinct = ordered[new]
        self._numbers = np.empty(len(runs), dtype=np.int64)
        self._numbers[order] = new.cumsum() - 1
        self._words = np.full(len(self._distinct), -1, dtype=np.int64)
        self._shared: dict[int, tuple[I64, I64]] = {}

    def words_of(self, rule: int, low: int, high: int) -> I64:
        """For each run of the words `low:high` the word of the rule at which it stands.

        -1 for one that the rule does not have once.
        """
        if rule not in self._shared:
            if len(self._shared) >= _RULES_AT_ONCE:
                self._shared.clear()
            known, at_rule = _runs_of_rule(self._table, rule)
            place, same = find_sorted(self._distinct, known)
            self._shared[rule] = place[same], at_rule[same]
        numbers, words = self._shared[rule]
        self._words[numbers] = words
        found = self._words[self._numbers[low : max(low, high - SEED_WIDTH + 1)]]
        self._words[numbers] = -1
        return found


def _fixed_blocks(words: I64) -> list[Block]:
    """Equal blocks made of runs that are unique in both (patience diff), in order.

    `words` has for each run of the text the word of the rule at which it stands, or -1.
    """
    a = (words >= 0).nonzero()[0]
    b = words[a]
    alone = np.bincount(b)[b] == 1
    a, b = a[alone], b[alone]
    if not len(a):
        return []
    new = np.ones(len(a), dtype=np.bool_)
    new[1:] = (a[1:] != a[:-1] + 1) | (b[1:] != b[:-1] + 1)
    begin = new.nonzero()[0]
    sizes = np.append(begin[1:], len(a)) - begin + SEED_WIDTH - 1
    a, b = a[begin], b[begin]
    apart = (a[1:] >= (a + sizes)[:-1]) & (b[1:] >= (b + sizes)[:-1])
    if apart.all():
        return list(zip(a.tolist(), b.tolist(), sizes.tolist(), strict=True))
    order = np.argsort(-sizes, kind="stable")  # the longest first, then by place
    rows = zip(a[order].tolist(), b[order].tolist(), sizes[order].tolist(), strict=True)
    return _in_order(rows)


def _in_order(blocks: Iterable[Block]) -> list[Block]:
    """The longest blocks that rise in both texts, cut where they overlap."""
    chosen: list[Block] = []
    for block in blocks:
        a, b, size = block
        at = bisect_left(chosen, block)
        before = -1
        if at > 0:
            left, before, length = chosen[at - 1]
            over, lower = left + length - a, before + length - b
            over = max(over, lower)
            if over > 0:
                a, b, size = a + over, b + over, size - over
        if at < len(chosen):
            right, behind, _ = chosen[at]
            size = min(size, right - a, behind - b)
        if size > 0 and b > before:
            chosen.insert(at, (a, b, size))
    return chosen


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


def _stitched(text: str, rule: str, fixed: list[Block]) -> list[Block]:
    """Blocks of the gaps between fixed blocks, and these themselves."""
    blocks: list[Block] = []
    at, in_rule = 0, 0
    for begin, place, size in [*fixed, (len(text), len(rule), 0)]:
        wide, tall = begin - at, place - in_rule
        if wide == 1 == tall:  # one word for another: most changes of a text
            if text[at] == rule[in_rule]:
                blocks.append((at, in_rule, 1))
        elif 0 < wide <= _GAP_LIMIT and 0 < tall <= _GAP_LIMIT:
            inner = _equal_blocks(text[at:begin], rule[in_rule:place])
            blocks.extend([(a + at, b + in_rule, n) for a, b, n in inner])
        if size:
            blocks.append((begin, place, size))
        at, in_rule = begin + size, place + size
    return _merge(blocks)


def align(letters: str, runs: U64, rule: str, rule_runs: tuple[U64, I64]) -> list[Block]:
    """Equal blocks of two long texts, in order: only the gaps between fixed blocks are compared.

    Args:
        letters: The text, spelt (`RuleTable.spell`).
        runs: Hashes of its runs of `SEED_WIDTH` words.
        rule: The other text, spelt.
        rule_runs: The runs that are unique in it (`unique_runs`).
    """
    known, at_rule = rule_runs
    if not len(known):
        return _stitched(letters, rule, [])
    place, same = find_sorted(known, runs)
    return _stitched(letters, rule, _fixed_blocks(np.where(same, at_rule[place], -1)))


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


def _intact(required: list[tuple[int, int]], blocks: list[Block], length: int) -> bool:
    """Whether the phrases of a rule are there without which it does not count.

    A long text is told by itself: its heading may be left out as a whole.
    """
    first = blocks[0][1]
    heading = first if length >= LONG_TEXT and first <= LONGEST_TITLE else 0
    return all(
        end <= heading or any(at <= begin and end <= at + size for _, at, size in blocks)
        for begin, end in required
    )


def _ranked(table: RuleTable, groups: _Groups, hashes: U64) -> list[tuple[float, int]]:
    """(value, group), best first; long rules by the words they have in common with the text.

    Seeds alone cannot tell texts that differ in a clause (CC-BY and CC-BY-NC); aligning all of
    them would cost too much.
    """
    ranked = [(value, number) for number, value in enumerate(groups.value)]
    long = [n for n, rule in enumerate(groups.rules) if table.lengths[rule] >= _LONG_RULE]
    if len(long) > 1:
        ids = table.places(hashes)
        telling = telling_places(table)
        for number in long[: max(_MOST_LONG, len(hashes) // _WORDS_PER_GROUP)]:
            rule = groups.rules[number]
            low, high = groups.window(number, int(table.lengths[rule]), len(ids))
            ranked[number] = (_common(table, rule, ids[low:high], telling), number)
    return sorted(ranked, key=lambda r: (-r[0], r[1]))


@lru_cache(maxsize=512)
def _counts_of_rule(table: RuleTable, rule: int) -> tuple[I64, I64, I64]:
    """The words of a rule, how often it has each, and how often each of the telling ones."""
    every = np.bincount(table.word_ids(rule), minlength=len(table.vocabulary) + 1)
    known = every.nonzero()[0]
    return known, every[known], every[telling_places(table)]


def _common(table: RuleTable, rule: int, ids: I64, telling: I64) -> float:
    """Score of a rule by word counts: an estimate of `resolve.score` without order."""
    unknown = len(table.vocabulary)
    counts = np.bincount(ids, minlength=unknown + 1)
    known, wanted, wanted_telling = _counts_of_rule(table, rule)
    missing = int(np.maximum(wanted - counts[known], 0).sum())
    extra = len(ids) - int(counts[unknown]) - int(wanted.sum()) + missing
    changed = int(np.abs(counts[telling] - wanted_telling).sum())
    return float(table.lengths[rule]) - 1.9 * missing - 0.75 * extra - 3 * changed


class _Zones:
    """Limits how many candidates are aligned in one part of the text."""

    def __init__(self) -> None:
        self._tried: dict[int, int] = {}
        self._best: dict[int, tuple[float, float]] = {}

    def worth(self, zone: int, value: float, length: int) -> bool:
        """Whether one more candidate may still win there."""
        tried = self._tried.get(zone, 0)
        if tried >= (_TRIES if length < _LONG_RULE else _LONG_TRIES):
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


def find_changed(table: RuleTable, hashes: U64, at: I64) -> tuple[str, list[Alignment]]:
    """Alignments of rules with stretches of the text that no exact match explains.

    Args:
        table: The rules.
        hashes: The text's words.
        at: Places of its runs that may be seeds (`open_seeds`).

    Returns:
        The text's words, one character each (`RuleTable.spell`), and the alignments.
    """
    every = grams(run_sums(hashes), SEED_WIDTH)
    groups = _group(table, every, at, len(hashes))
    if groups is None:
        return "", []
    letters = table.spell(hashes)
    runs: _Runs | None = None
    zones = _Zones()
    found: list[Alignment] = []
    for value, number in _ranked(table, groups, hashes):
        rule, first, last = groups.rules[number], groups.first[number], groups.last[number]
        length = int(table.lengths[rule])
        zone = (first + last) // 2 // (_ZONE if length < _STITCH_FROM else _LONG_ZONE)
        zone = zone if length < _STITCH_FROM else -1 - zone
        if not zones.worth(zone, value, length):
            continue
        low, high = groups.window(number, length, len(letters))
        other, stretch = table.letters(rule), letters[low:high]
        if length < _STITCH_FROM:
            blocks = _trim(_equal_blocks(stretch, other))
        else:
            runs = runs or _Runs(table, every)
            blocks = _trim(_stitched(stretch, other, _fixed_blocks(runs.words_of(rule, low, high))))
        if not blocks:
            continue
        matched = sum(size for _, _, size in blocks)
        coverage = matched / length
        zones.note(zone, value, coverage)
        least = LEAST_COVERAGE if length >= SHORT_RULE else LEAST_OF_SHORT
        if coverage < max(least, table.minimum_coverage[rule] / 100):
            continue
        if _intact(table.required(rule), blocks, length):
            moved = tuple((a + low, b, size) for a, b, size in blocks)
            end = moved[-1][0] + moved[-1][2]
            found.append(Alignment(rule, moved[0][0], end, matched, moved))
    return letters, found
