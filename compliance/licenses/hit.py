"""Hit: one match while a file is being read."""

from __future__ import annotations

from typing import Final

from compliance.licenses.evidence import Confidence, Kind
from compliance.value import dataclass

MOST_HITS: Final = 20_000
"""Hits of one text from which on only those count that say something new."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A match relative to its text; `words` is the length of its rule."""

    license: str
    kind: Kind
    start: int
    end: int
    coverage: float
    similarity: float
    confidence: Confidence
    rule: str
    words: int
