"""Parts of license texts: too little to count as the license, too much to be silent about.

Half of a text grants nothing for sure, yet it tells which license was meant. What it names in
passing (the licenses that the other one is compatible with) says nothing of the file at all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from compliance.licenses.approximate import align, unique_runs
from compliance.licenses.exact import expand
from compliance.licenses.resolve import Claim
from compliance.licenses.rules import SEED_WIDTH, Use
from compliance.licenses.tokens import find_sorted, grams, run_sums, word_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.licenses.approximate import Block
    from compliance.licenses.rules import RuleTable
    from compliance.licenses.tokens import I64, U64, Bools

LEAST: Final = 50
"""Words of a license text in a row from which a stretch is a part of it."""

_LEAST_SEEDS: Final = 40
_LEAST_TEXT: Final = 100  # words of a text of which a part can be told
_SENTENCE: Final = 20  # words of a claim that stands for itself
_WIDEST_GAP: Final = 25  # words of something else within a part
_LEAST_SHARE: Final = 0.8  # of its words in those of the text
_MOST: Final = 8  # parts looked for in one text
_MOST_POSTINGS: Final = 200_000  # places of rules looked at for one part
_LISTED: Final = 10  # of so many seeds a license of the SPDX list needs one less
_LICENSE: Final = int(Use.TEXT)
_NO_LICENSE: Final = int(
    Use.FALSE_POSITIVE | Use.CLUE | Use.VAGUE | Use.GENERIC | Use.PARTIAL | Use.EXCEPTION
)
_GRANTING: Final = np.sort(
    np.array(
        [
            word_hash(w)
            for w in (
                "permission", "permitted", "granted", "grants", "grant", "licensee", "licensor",
                "redistribution", "redistributions", "redistribute", "sublicense", "covered",
                "contributor", "distribute", "licensed",
            )
        ],
        dtype=np.uint64,
    )
)  # fmt: skip
"""Words of which every license has one and a disclaimer of warranty none."""


@lru_cache(maxsize=4)
def _whole_texts(table: RuleTable) -> tuple[Bools, Bools]:
    """Per rule whether it is the text of one license, and whether that is on the SPDX list."""
    is_text = (table.flags & _LICENSE) != 0
    plain = (table.flags & _NO_LICENSE) == 0
    usable = is_text & plain & (table.lengths >= _LEAST_TEXT)
    listed = usable.copy()
    for rule in usable.nonzero()[0].tolist():
        listed[rule] = not table.expression(rule).startswith("LicenseRef-")
    return usable, listed


def with_fragments(
    table: RuleTable, hashes: U64, letters: str, seeds: I64, kept: Sequence[Claim]
) -> list[Claim]:
    """Claims with those of parts of license texts, without the names that stand inside these.

    Args:
        table: The rules.
        hashes: The text's words.
        letters: These words, spelt; "" where nobody has spelt them yet.
        seeds: Places of runs that may be seeds (`open_seeds`).
        kept: The claims that stand (`resolve`), by place.
    """
    closed = np.zeros(len(hashes) + 1, dtype=np.bool_)
    for claim in kept:
        if claim.length >= _SENTENCE:
            closed[claim.start : claim.end] = True
    at = seeds[~(closed[seeds] | closed[seeds + SEED_WIDTH - 1])]
    if len(at) < _LEAST_SEEDS:
        return list(kept)
    every = grams(run_sums(hashes), SEED_WIDTH)
    place, same = find_sorted(table.seeds.grams, every[at])
    at, place = at[same], place[same]
    found: list[Claim] = []
    inside: list[tuple[int, int]] = []
    for _ in range(_MOST):
        if len(at) < _LEAST_SEEDS:
            break
        rule = _likeliest(table, place)
        if rule is None:
            break
        letters = letters or table.spell(hashes)
        blocks = _part(table, rule, letters, every, closed)
        if not blocks:
            break
        claim = _claim(table, rule, blocks)
        if _grants(hashes, claim):
            found.append(claim)
            inside += [(a, a + size) for a, _, size in blocks]
        closed[claim.start : claim.end] = True
        open_ = ~closed[at]
        at, place = at[open_], place[open_]
    if not found:
        return list(kept)
    rest = [c for c in kept if not _is_inside(c, inside)]
    return sorted([*rest, *found], key=lambda c: (c.start, c.end))


def _likeliest(table: RuleTable, place: I64) -> int | None:
    """The whole text with most of the seeds, the shortest of several.

    A license of the SPDX list goes before one that took its words from it.
    """
    first = table.seeds.first
    counts = first[place + 1] - first[place]
    near = int(np.searchsorted(np.cumsum(counts), _MOST_POSTINGS)) + 1
    _, values = expand(first, place[:near])
    rules = table.seeds.rules[values]
    usable, listed = _whole_texts(table)
    count = np.bincount(rules[usable[rules]], minlength=len(table))
    if int(count.max()) < _LEAST_SEEDS:
        return None
    count += np.where(listed, count // _LISTED, 0)
    best = (count == count.max()).nonzero()[0]
    return int(best[np.argmin(table.lengths[best])])


@lru_cache(maxsize=64)
def _runs(table: RuleTable, rule: int) -> tuple[U64, I64]:
    return unique_runs(grams(run_sums(table.vocabulary[table.word_ids(rule)]), SEED_WIDTH))


def _part(table: RuleTable, rule: int, letters: str, runs: U64, closed: Bools) -> tuple[Block, ...]:
    """The longest stretch of open words that stands in the text of the rule, as equal blocks."""
    blocks = align(letters, runs, table.letters(rule), _runs(table, rule))
    groups: list[list[Block]] = []
    for block in blocks:
        a, _, size = block
        if closed[a : a + size].any():
            continue
        last = groups[-1][-1] if groups else None
        if last is not None and a - last[0] - last[2] <= _WIDEST_GAP:
            groups[-1].append(block)
        else:
            groups.append([block])
    best = max(groups, key=lambda g: sum(size for _, _, size in g), default=[])
    matched = sum(size for _, _, size in best)
    if matched < LEAST or matched < _LEAST_SHARE * (best[-1][0] + best[-1][2] - best[0][0]):
        return ()
    return tuple(best)


def _claim(table: RuleTable, rule: int, blocks: tuple[Block, ...]) -> Claim:
    matched = sum(size for _, _, size in blocks)
    end = blocks[-1][0] + blocks[-1][2]
    return Claim(
        rule, blocks[0][0], end, matched, int(table.lengths[rule]), table.expression(rule),
        int(table.flags[rule]), binding=1, blocks=blocks,
    )  # fmt: skip


def _grants(hashes: U64, claim: Claim) -> bool:
    return bool(find_sorted(_GRANTING, np.unique(hashes[claim.start : claim.end]))[1].any())


def _is_inside(claim: Claim, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a short claim stands within a run of words of a part."""
    return claim.length < _SENTENCE and any(
        a <= claim.start and claim.end <= b and b - a >= _SENTENCE for a, b in spans
    )
