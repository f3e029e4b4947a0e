"""Hit: one match while a file is being read."""

from __future__ import annotations

from compliance.licenses.evidence import Confidence, Kind
from compliance.value import dataclass


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
