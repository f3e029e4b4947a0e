"""Matching with wildcards, whatever the elements are: characters, or folders of a path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

P = TypeVar("P")
T = TypeVar("T")


def fits(pattern: Sequence[P], text: Sequence[T], same: Callable[[P, T], bool], many: P) -> bool:
    """Whether a pattern fits all of a text; `many` stands for any number of elements, also none.

    Only the last `many` ever has to give up what it took, so that the time is len(pattern) *
    len(text), never exponential.
    """
    at = here = 0
    star, taken = -1, 0
    while here < len(text):
        if at < len(pattern) and pattern[at] == many:
            star, taken = at, here
            at += 1
        elif at < len(pattern) and same(pattern[at], text[here]):
            at, here = at + 1, here + 1
        elif star >= 0:
            taken += 1
            at, here = star + 1, taken
        else:
            return False
    return all(p == many for p in pattern[at:])
