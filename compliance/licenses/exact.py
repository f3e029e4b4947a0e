"""Exact layer: every rule of the index that stands in a text word for word.

Each rule is found by its rarest run of up to four words (its anchor); where a text has that run,
one comparison of rolling hashes decides about the whole rule. Cost: a few numpy passes over the
words of the text, whatever the number of rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compliance.licenses.rules import ANCHOR_BITS
from compliance.licenses.tokens import find_sorted, grams, run_hashes
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.licenses.rules import Anchors, RuleTable
    from compliance.licenses.tokens import I64, U64, Bools


@dataclass(frozen=True, slots=True)
class Spans:
    """Rule `rules[i]` covers the words `starts[i]:ends[i]`."""

    rules: I64
    starts: I64
    ends: I64

    def __len__(self) -> int:
        return len(self.rules)


def expand(first: I64, rows: I64) -> tuple[I64, I64]:
    """For CSR rows: (index into `rows`, index into the values) of every value of every row."""
    begin = first[rows]
    counts = first[rows + 1] - begin
    total = int(counts.sum())
    owner = np.repeat(np.arange(len(rows)), counts)
    before = counts.cumsum() - counts
    values = np.arange(total)
    values += np.repeat(begin - before, counts)
    return owner, values


def _with_anchor(table: RuleTable, anchors: Anchors, sums: U64) -> tuple[I64, I64] | None:
    count = len(sums) - 1
    runs = grams(sums, anchors.width)
    shift = np.uint64(64 - ANCHOR_BITS)
    at = anchors.bitmap[(runs >> shift).view(np.int64)].nonzero()[0]
    if not len(at):
        return None
    place, same = find_sorted(anchors.grams, runs[at])
    at, place = at[same], place[same]
    if not len(at):
        return None
    owner, values = expand(anchors.first, place)
    rules = anchors.rules[values]
    starts = at[owner] - anchors.offsets[values]
    lengths = table.lengths[rules]
    inside = ((starts >= 0) & (starts + lengths <= count)).nonzero()[0]
    rules, starts, lengths = rules[inside], starts[inside], lengths[inside]
    equal = (run_hashes(sums, starts, lengths) == table.hashes[rules]).nonzero()[0]
    return rules[equal], starts[equal]


def maximal(spans: Spans) -> Spans:
    """Spans that no other span contains; sorted by start."""
    order = np.lexsort((-spans.ends, spans.starts))
    rules, starts, ends = spans.rules[order], spans.starts[order], spans.ends[order]
    reach = np.maximum.accumulate(ends)
    keep = np.ones(len(ends), dtype=np.bool_)
    keep[1:] = ends[1:] > reach[:-1]
    return Spans(rules[keep], starts[keep], ends[keep])


def find_exact(table: RuleTable, sums: U64) -> tuple[Spans, Spans]:
    """(maximal spans, all spans) of rules in a text given by its run sums (`tokens.run_sums`).

    False-positive rules take part, so that they swallow what they contain.
    """
    found = [_with_anchor(table, a, sums) for a in table.anchors if len(sums) > a.width]
    hits = [f for f in found if f is not None and len(f[0])]
    if not hits:
        empty = np.empty(0, dtype=np.int64)
        nothing = Spans(empty, empty, empty)
        return nothing, nothing
    rules = np.concatenate([h[0] for h in hits])
    starts = np.concatenate([h[1] for h in hits])
    every = Spans(rules, starts, starts + table.lengths[rules])
    return maximal(every), every


def outside(every: Spans, taken: Bools) -> Spans:
    """Maximal spans among those that touch no taken word."""
    before = np.concatenate(([0], np.cumsum(taken)))
    free = before[every.ends] == before[every.starts]
    rest = Spans(every.rules[free], every.starts[free], every.ends[free])
    return maximal(rest) if len(rest) else rest
