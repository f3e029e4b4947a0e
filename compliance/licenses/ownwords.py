"""Which words of a text are those of a license that stands there, run by run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from compliance.licenses.rules import SEED_WIDTH
from compliance.licenses.tokens import find_sorted, grams, run_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from compliance.licenses.rules import RuleTable
    from compliance.licenses.tokens import I64, U64

    I32 = npt.NDArray[np.int32]

Span = tuple[int, int]
"""Words [first, last) of a text."""

_ONE_BY_ONE: Final = 500
"""Looks at a license (stretches times licenses) from which all runs of the text are looked up at
once: a collection of hundreds of licenses has thousands of stretches between them."""


def own_share(
    table: RuleTable, names: Sequence[str], hashes: U64, segments: Sequence[Span]
) -> float:
    """Share of the runs of the segments that stand in the text of one of the licenses, 0 to 1.

    1 for the instructions behind the Apache License and the remarks behind the GPL: parts of the
    license that no rule has on their own. One changed word makes runs that the text does not have.
    """
    if not segments:
        return 0.0
    every = np.concatenate([grams(run_sums(hashes[a:b]), SEED_WIDTH) for a, b in segments])
    known = (table.text_runs(name) for name in names)
    shares = (float(find_sorted(runs, every)[1].mean()) for runs in known if len(runs))
    return max(shares, default=0.0) if len(every) else 0.0


class OwnWords:
    """`own_share` for many stretches of one text, at a cost that is linear in its words."""

    def __init__(self, table: RuleTable, names: Sequence[str], hashes: U64) -> None:
        """Ask about the text of words `hashes` and the licenses `names`."""
        self._table, self._names, self._hashes = table, names, hashes
        self._looks = 0
        self._counts: list[I32] | None = None

    def share(self, segments: Sequence[Span]) -> float:
        """`own_share` of the segments."""
        if not self._is_much(1):
            return own_share(self._table, self._names, self._hashes, segments)
        first, last = self._runs(segments)
        runs = int((last - first).sum())
        if not runs:
            return 0.0
        return max((int((c[last] - c[first]).sum()) / runs for c in self._known()), default=0.0)

    def are_whole(self, stretches: Sequence[Span]) -> list[bool]:
        """Of each stretch whether all its runs stand in the text of one of the licenses."""
        if not self._is_much(len(stretches)):
            return [self.share([stretch]) == 1 for stretch in stretches]
        first, last = self._runs(stretches)
        whole = np.zeros(len(first), dtype=np.bool_)
        for count in self._known():
            whole |= count[last] - count[first] == last - first
        found: list[bool] = (whole & (last > first)).tolist()
        return found

    def _is_much(self, stretches: int) -> bool:
        if self._counts is None and self._looks + stretches * len(self._names) <= _ONE_BY_ONE:
            self._looks += len(self._names) if stretches == 1 else 0
            return False
        return True

    def _runs(self, spans: Sequence[Span]) -> tuple[I64, I64]:
        """The runs [first, last) that lie in each span as a whole."""
        most = max(0, len(self._hashes) - SEED_WIDTH + 1)
        first = np.minimum([a for a, _ in spans], most)
        return first, np.maximum(first, [b - SEED_WIDTH + 1 for _, b in spans])

    def _known(self) -> list[I32]:
        """Of each license how many of the runs before each word stand in its text."""
        if self._counts is None:
            every = grams(run_sums(self._hashes), SEED_WIDTH)
            order = np.argsort(every, kind="stable")
            texts = (self._table.text_runs(name) for name in self._names)
            self._counts = [_counts(every[order], order, runs) for runs in texts if len(runs)]
        return self._counts


def _counts(ordered: U64, order: I64, runs: U64) -> I32:
    """How many of the runs before each place are among the `runs` of a text.

    Args:
        ordered: The runs, sorted.
        order: Their places.
        runs: Different runs.
    """
    size = len(ordered)
    begin, end = ordered.searchsorted(runs), ordered.searchsorted(runs, side="right")
    steps = np.bincount(begin, minlength=size + 1) - np.bincount(end, minlength=size + 1)
    inside = np.empty(size, dtype=np.bool_)
    inside[order] = steps.cumsum()[:-1] > 0
    counts = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(inside, out=counts[1:])
    return counts
