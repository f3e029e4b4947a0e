"""Questions to large graphs, level by level with numpy.

The answers are those of `DependencyGraph`, in the same order; importing numpy costs as much as
judging a usual repository, so only graphs with `dependency.LARGE` edges come here. A graph that is
deeper than `MOST_LEVELS` gets None: step by step is faster there.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int32]

MOST_LEVELS = 2_000
"""Levels of a search, after which each costs more than it saves."""


class Edges:
    """Edges by one of their ends, as in a DependencyGraph: views of its arrays, no copies."""

    __slots__ = ("_count", "_ends", "_kinds", "_start")

    def __init__(self, start: array[int], ends: array[int], kinds: array[int]) -> None:
        self._start = np.frombuffer(start, dtype=np.int32)
        self._ends = np.frombuffer(ends, dtype=np.int32)
        self._kinds = np.frombuffer(kinds, dtype=np.int32)
        self._count = len(start) - 1

    def _of(self, level: Numbers) -> Numbers:
        """The edges of all nodes of a level, node by node."""
        begin = self._start[level]
        sizes = self._start[level + 1] - begin
        ends = np.cumsum(sizes)
        total = int(ends[-1]) if ends.size else 0
        offsets = np.repeat(begin - (ends - sizes), sizes)
        return (offsets + np.arange(total, dtype=np.int32)).astype(np.int32)

    def reachable(self, roots: Collection[int], follows: Sequence[bool]) -> list[int] | None:
        """Positions reachable from the roots, in breadth-first order; None for a deep graph."""
        table = np.array(follows, dtype=bool)
        seen = np.zeros(self._count, dtype=bool)
        first = np.zeros(self._count, dtype=np.int32)
        level = np.array(list(roots), dtype=np.int32)
        seen[level] = True
        parts: list[Numbers] = []
        while level.size:
            if len(parts) == MOST_LEVELS:
                return None
            parts.append(level)
            edges = self._of(level)
            ends = self._ends[edges]
            ends = ends[table[self._kinds[edges]] & ~seen[ends]]
            level = _once(ends, first)
            seen[level] = True
        found: list[int] = np.concatenate(parts).tolist() if parts else []
        return found

    def distances(
        self, targets: Collection[int], follows: Sequence[bool], contested: Sequence[bool]
    ) -> tuple[list[int], list[int]] | None:
        """Steps to the nearest target (-1: none) and the fewest contested edges on that many."""
        table, doubt = np.array(follows, dtype=bool), np.array(contested, dtype=np.int32)
        distance = np.full(self._count, -1, dtype=np.int32)
        cost = np.zeros(self._count, dtype=np.int32)
        first = np.zeros(self._count, dtype=np.int32)
        level = np.array(sorted(set(targets)), dtype=np.int32)
        distance[level] = 0
        step = 0
        while level.size:
            if step == MOST_LEVELS:
                return None
            step += 1
            edges = self._of(level)
            users = np.repeat(level, self._start[level + 1] - self._start[level])
            ends, kinds = self._ends[edges], self._kinds[edges]
            keep = table[kinds] & (distance[ends] < 0)
            ends = ends[keep]
            price = cost[users[keep]] + doubt[kinds[keep]]
            if price.size and price.min() != price.max():
                order = np.argsort(-price, kind="stable")
                ends, price = ends[order], price[order]
            cost[ends] = price
            distance[ends] = step
            level = _once(ends, first)
        return distance.tolist(), cost.tolist()


def _once(numbers: Numbers, first: Numbers) -> Numbers:
    """Each number once, in order of first occurrence; `first` is room for all numbers."""
    turns = np.arange(numbers.size, dtype=np.int32)
    first[numbers[::-1]] = turns[::-1]
    found: Numbers = numbers[first[numbers] == turns]
    return found


def grouped(keys: array[int], count: int) -> tuple[array[int], array[int] | None]:
    """Where the edges of each key begin, and the order that brings them together."""
    numbers = np.frombuffer(keys, dtype=np.int32)
    start = array("i")
    start.frombytes(
        np.concatenate(([0], np.cumsum(np.bincount(numbers, minlength=count))))
        .astype(np.int32)
        .tobytes()
    )
    if bool(np.all(numbers[:-1] <= numbers[1:])):
        return start, None
    order = array("i")
    order.frombytes(np.argsort(numbers, kind="stable").astype(np.int32).tobytes())
    return start, order


def taken(values: array[int], order: array[int]) -> array[int]:
    """The values at some positions."""
    found = array("i")
    found.frombytes(
        np.frombuffer(values, dtype=np.int32)[np.frombuffer(order, dtype=np.int32)].tobytes()
    )
    return found
