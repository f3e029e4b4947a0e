"""Answer: all that one text says. Plain data, so that it can be sent and remembered."""

from __future__ import annotations

from compliance.licenses.evidence import Copyright
from compliance.licenses.hit import Hit
from compliance.licenses.tags import Tag
from compliance.value import dataclass


@dataclass(frozen=True, slots=True)
class Remainder:
    """An unexplained stretch: byte offsets [start, end) in the text, and its number of words."""

    start: int
    end: int
    words: int
    strong: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """All that one text says."""

    hits: tuple[Hit, ...]
    rest: tuple[Remainder, ...] = ()
    tags: tuple[Tag, ...] = ()
    copyrights: tuple[Copyright, ...] = ()
    disguised: tuple[int, ...] = ()
    """Offsets of words with look-alike letters (outside of license files: inside a hit)."""
