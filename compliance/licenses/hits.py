"""From a reading to hits: matches relative to the text they were found in, with confidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from compliance import patterns as re
from compliance.licenses.abbreviations import named_alone, with_abbreviations
from compliance.licenses.answer import Answer, Remainder
from compliance.licenses.completion import completed
from compliance.licenses.context import (
    REMARK,
    SENTENCE,
    SHORT,
    is_conditional,
    is_deferred,
    is_statement,
)
from compliance.licenses.copyrights import find_copyrights
from compliance.licenses.decoding import disguises
from compliance.licenses.evidence import Confidence, Kind
from compliance.licenses.hit import MOST_HITS, Hit
from compliance.licenses.offer import with_offers
from compliance.licenses.operands import with_pairs
from compliance.licenses.ownwords import own_share
from compliance.licenses.remainder import quoted_claims, remainders, restrictions
from compliance.licenses.rules import Use
from compliance.licenses.statement import terms
from compliance.licenses.tags import find_tags
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.licenses.names import Role
    from compliance.licenses.reading import Reading
    from compliance.licenses.resolve import Claim
    from compliance.licenses.rules import RuleTable
    from compliance.licenses.tokens import U64

SURE_WORDS: Final = 20
"""Exact matches from this length on were right in 793 of 793 cases of license collections."""

SURE_NOTICE: Final = 12
"""The same for notices: "governed by a BSD-style license that can be found in the" is a whole
statement, whatever file it goes on to name."""

SURE_CHANGED: Final = 100
"""Words of a text in which only names of owners, numbering and spelling differ that are sure."""

LEAST_NOTICE: Final = 3
"""Words of a notice in source ("licensed under MIT") that a condition beside it may narrow."""

LEAST_COVERAGE: Final = 0.9
"""A changed text with less of its license than this is for a person to read."""

LEAST_OF_NOTICE: Final = 0.75
"""The same of a notice that names a license: what lacks there stands in the license."""

LONGEST_CHANGE: Final = 8
"""Words added in one place that can still be a name ("the University of X and its staff")."""

LONGEST_GAP: Final = 4
"""Words left out in one place that can still be a name."""

_PASSAGES: Final = 8  # disclaimers of a text that are looked at for the license they are from
_OF_THE_TEXT: Final = 0.8
"""Share of a passage in the words of a license from which it is a part of that license."""

# Plain numbers: operations on IntFlag cost a microsecond each.
_SAYS_NOTHING: Final = int(Use.CLUE | Use.INTRO | Use.VAGUE)
_GENERIC: Final = int(Use.GENERIC)
_DOUBTFUL: Final = int(Use.GENERIC | Use.TRIMMED)
_PARTIAL: Final = int(Use.PARTIAL)
_NOTICE: Final = int(Use.NOTICE)
_UNDISCLAIMED: Final = int(Use.UNDISCLAIMED)
_DISCLAIMS: Final = re.compile(
    rb"\bwarrant|\bas[\W_]{1,12}is\b|\bliab(?:le|ilit)|\bguarant|\bresponsib|\bown\s+risk",
    re.IGNORECASE,
)
# The number of a list item that ends a name only by chance: "the GPL.\n\n2. An author".
_ITEM: Final = re.compile(rb"\n[ \t]*\d{1,2}[.)]\s\Z")
_ITEM_REACH: Final = 40
_DISCLAIMER_BEFORE: Final = 1500  # bytes around a license in which its disclaimer may stand
_DISCLAIMER_BEHIND: Final = 3000
_KINDS: Final[tuple[tuple[int, Kind], ...]] = (
    (int(Use.EXCEPTION), "exception"),
    (int(Use.TEXT), "text"),
    (int(Use.NOTICE), "notice"),
    (int(Use.TAG), "tag"),
)


def _confidence(claim: Claim) -> Confidence:
    if not claim.blocks:  # exact
        if claim.use & _DOUBTFUL:
            return "review"
        whole = not claim.use & _PARTIAL
        sure = SURE_NOTICE if claim.use & _NOTICE else SURE_WORDS
        return "high" if claim.length >= sure and whole else "medium"
    if claim.binding or claim.telling or claim.longest > LONGEST_CHANGE:
        return "review"
    if claim.lacking > LONGEST_GAP and not claim.points:
        return "review"
    least = LEAST_OF_NOTICE if claim.points else LEAST_COVERAGE
    if claim.coverage < least:
        return "review"
    sure = claim.same and claim.matched >= SURE_CHANGED and not claim.use & (_DOUBTFUL | _PARTIAL)
    return "high" if sure else "medium"


def _disclaimed(text: bytes, start: int, end: int) -> bool:
    """Whether something before or behind a license disclaims warranty."""
    before = _DISCLAIMS.search(text, max(0, start - _DISCLAIMER_BEFORE), start)
    return (before or _DISCLAIMS.search(text, end, end + _DISCLAIMER_BEHIND)) is not None


def _is_class(claim: Claim) -> bool:
    """A few words that name a class of licenses ("end user license agreement")."""
    return bool(claim.use & _GENERIC) and claim.length < SHORT


@lru_cache(maxsize=1024)
def _kind(use: int) -> Kind:
    return next((kind for flag, kind in _KINDS if use & flag), "reference")


def _hit(table: RuleTable, claim: Claim, start: int, end: int) -> Hit:
    name, kind = table.name(claim.rule), _kind(claim.use)
    if not claim.blocks:
        return Hit(
            claim.expression, kind, start, end, 1.0, 1.0, _confidence(claim), name, claim.length
        )
    return Hit(
        claim.expression, kind, start, end, round(claim.coverage, 4), round(claim.similarity, 4),
        _confidence(claim), name, claim.length,
    )  # fmt: skip


def _with_support(hits: list[Hit]) -> list[Hit]:
    """Short exact remarks are as sure as a whole statement of the same license beside them."""
    sure = {t for h in hits if h.confidence == "high" for t in terms(h.license)}
    return [
        replace(h, confidence="high")
        if h.confidence == "medium"
        and h.coverage == 1.0
        and h.words < SURE_WORDS
        and set(terms(h.license)) <= sure
        else h
        for h in hits
    ]


@dataclass(frozen=True, slots=True)
class Judge:
    """Turns readings into answers; holds what does not change between texts."""

    table: RuleTable

    def answer(
        self, readings: Iterable[tuple[int, int, Reading]], text: bytes, role: Role, *, read: bytes
    ) -> Answer:
        """All that a text says that was read in one or more chunks.

        `read` is what was read: the text, or the text with the values of parameters blanked.
        """
        hits, rest = self._hits(readings, read, role)
        spans = [(0, len(text))] if role == "license" else [(h.start, h.end) for h in hits]
        hidden: tuple[int, ...] = ()
        if not text.isascii():
            hidden = tuple(p for begin, end in spans for p in disguises(text, begin, end))
        tags = tuple(find_tags(text))
        hits = with_abbreviations(
            completed(hits, text),
            text,
            lambda a, b, n: is_statement(read, a, b, n, role),
            ids=role != "source",
        )
        hits = with_offers(with_pairs(hits, text), text)
        if not hits and role == "license" and (alone := named_alone(text)) is not None:
            hits = [alone]
        return Answer(tuple(_with_support(hits)), tuple(rest), tags, find_copyrights(text), hidden)

    def _beside(self, reading: Reading, text: bytes, role: Role) -> list[Remainder]:
        if role == "license":
            return remainders(self.table, reading, text)
        return restrictions(reading, text, LEAST_NOTICE) if role == "source" else []

    def _whole(self, hits: list[Hit], passages: Sequence[U64]) -> list[Hit]:
        """Titles of a license whose text stands below only in part (a disclaimer) are doubtful."""
        names = sorted({h.license for h in hits})
        if not names or any(h.words >= SENTENCE for h in hits):
            return hits
        for words in passages:
            if own_share(self.table, names, words, [(0, len(words))]) >= _OF_THE_TEXT:
                return [replace(h, confidence="review") for h in hits]
        return hits

    def _hits(
        self, readings: Iterable[tuple[int, int, Reading]], text: bytes, role: Role
    ) -> tuple[list[Hit], list[Remainder]]:
        hits: list[Hit] = []
        seen: set[int] = set()
        rest: list[Remainder] = []
        passages: list[U64] = []
        last = 0
        for offset, following, reading in readings:
            before = last
            quoted = quoted_claims(self.table, reading)
            for number, (claim, start, end) in enumerate(reading.placed(offset)):
                if start >= following or (offset and start < before):
                    continue
                last = max(last, end)
                if claim.use & _SAYS_NOTHING or not claim.expression or number in quoted:
                    if claim.length >= SENTENCE and len(passages) < _PASSAGES:
                        passages.append(reading.words.hashes[claim.start : claim.end].copy())
                    continue
                repeated = len(hits) >= MOST_HITS and claim.exact and claim.rule in seen
                if not repeated and _states(claim, text, start, end, role):
                    hit = _hit(self.table, claim, start, end)
                    open_ = claim.use & _UNDISCLAIMED and not _disclaimed(text, start, end)
                    short = claim.length <= REMARK and is_conditional(text, start, end)
                    if open_ or short or is_deferred(text, start, end):
                        hit = replace(hit, confidence="review")
                    hits.append(hit)
                    seen.add(claim.rule)
            part = text[offset : offset + _end_of(reading)]
            for stretch in self._beside(reading, part, role):
                start, end = stretch.start + offset, stretch.end + offset
                if start < following and (not offset or start >= before):
                    rest.append(replace(stretch, start=start, end=end))
        return (self._whole(hits, passages) if role == "license" else hits), rest


def _states(claim: Claim, text: bytes, start: int, end: int, role: Role) -> bool:
    if role != "license" and _is_class(claim):
        return False
    if claim.length < SHORT and _ITEM.search(text, max(start, end - _ITEM_REACH), end + 2):
        return False
    return is_statement(text, start, end, claim.length, role)


def _end_of(reading: Reading) -> int:
    return int(reading.words.ends[-1]) if len(reading.words) else 0
