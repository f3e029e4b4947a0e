"""Choices in prose: "under your choice of A or B", "dual licensed under A or B".

Rules know the common wordings; where they only know the parts, the words between them decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from compliance import patterns as re
from compliance.licenses.evidence import Confidence
from compliance.licenses.operands import is_dedication
from compliance.licenses.statement import terms
from compliance.value import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.licenses.hit import Hit

_REACH: Final = 240  # bytes before the first and behind the last name in which the offer is made
_BETWEEN: Final = 200  # bytes between two names of one offer
# For text in lower case.
_OFFER: Final = re.compile(
    rb"\b(?:your\s+(?:\W{0,4}\w+\W+){0,2}choice|choice\s+of|choose|at\s+your\s+(?:option|preference|discretion)"
    rb"|if\s+you\s+(?:prefer|like|wish|want|choose)|dual(?:ly)?[\s-]+"
    rb"licen[sc]\w+|(?:under|of)\s+either|either\W{1,3}(?:of|under|the)|(?:any|one)\s+(?:one\s+)?of\s+(?:(?:the|these)"
    rb"\s+)?(?:following|two|three|four|licen[sc]es)|alternatively|pick\s+one|at\s+the\s+(?:discretion|option|choice)\s+of\s+the"
    rb"\s+(?:user|recipient|licensee))\b",
)
_OR: Final = re.compile(
    rb"\bor\b(?!\W+(?:\(?at\W+your\W+option\W*\)?\W+)?(?:any\W+)?(?:later|newer|higher))"
)
# "A or B, depending on the file": which one is for something else to say.
_DEPENDS: Final = re.compile(
    rb"[\s,(*/#-]{0,12}(?:licen[sc]e[\s,]+)?(?:depend(?:s|ing)\b|respectively\b|according\s+to\b"
    rb"|as\s+(?:noted|indicated|stated|marked|specified|declared)\b|see\s+(?:the\s+)?(?:file|header|each))",
    re.IGNORECASE,
)
# "Licensed under A or B": the grant itself is the offer, where nothing but the "or" parts them.
_ONLY_OR: Final = re.compile(
    rb"[\s*/#;,)]{0,12}or(?:,?\s+alternatively)?,?\s[\s*/#;]*(?:(?:an?|the)\s+)?(?:(?:under|in)\s+)?(?:the\s+)?"
)
_GRANTED: Final = re.compile(
    rb"\b(?:licen[sc]ed|released|(?:re)?distributed?|available|published|provided|offered|used?|licensable)"
    rb"\s+(?:\w+\s+){0,2}?under\b",
    re.IGNORECASE,
)
_GRANT_REACH: Final = 60
# "Dual licensed under A and B", "under both A and B. You may select, at your option, one": the
# words of choice say that the "and" only lists what may be chosen from.
_DUAL: Final = re.compile(rb"\b(?:dual|tri|triple|multi)(?:ly)?[\s-]+(?:[^.;]|\.(?=\d)){0,90}\Z")
_BOTH: Final = re.compile(rb"\bboth\b")
# "You can choose between A and B"
_BETWEEN_TWO: Final = re.compile(
    rb"\b(?:choose|choice|select|pick|decide|option)\b[^.;]{0,30}\b(?:between|among)\b[^.;]{0,60}\Z"
)
_CHOOSE: Final = re.compile(
    rb"\b(?:whichever|(?:select|choose|pick|take)\b[^.]{0,40}?\b(?:one|either|which)\b"
    rb"|one\s+of\s+(?:them|the\s+above)|under\s+either\s+licen[sc]e)"
)
_LISTED: Final = re.compile(
    rb"(?:[-\s]licen[sc]e[sd]?)?[\s*/#;]{0,8}(?:,|/|&|\band\b|\bor\b|as\s+well\s+as\b)"
    rb"[\s*/#;]{0,8}(?:(?:an?|the)\s+)?(?:gnu\s+)?",
    re.IGNORECASE,
)
# "A or B" with nothing else between is a choice, unless the words before it say of what parts.
_DIRECT: Final = re.compile(
    rb"(?:[-\s]licen[sc]e)?[\s*#;)]{0,8}\bor\b[\s*#;]{0,8}(?:(?:an?|the)[\s*#]{1,8})?(?:gnu\s+)?",
    re.IGNORECASE,
)
_SOME: Final = re.compile(
    rb"\b(?:some|parts?|portions?|files|various|each|contributions?|var(?:y|ies)|other|others|not|nor|any)\b[^.;]{0,60}\Z"
)
# "from an MIT-only license to a dual MIT/Apache-2.0 license": for which code is said elsewhere.
_MOVES: Final = re.compile(
    rb"\b(?:transition\w*|mov(?:es|ed|ing)|switch\w*|chang\w+|relicens\w+)\b"
)
_STOP: Final = re.compile(rb"[.;]\s+[A-Z]|\n\s*\n|\band\b", re.IGNORECASE)
# "A, B, or C": only the last one is named with an "or" before it.
_COMMA: Final = re.compile(rb"[\s*/#;]*,[\s*/#;]*(?:an?\s+|the\s+)?")
_LAST: Final = re.compile(rb"[^.;]{0,40},?\s+or\b", re.IGNORECASE)
_PARTED: Final = re.compile(rb"[.;]\s+[A-Z]|\n\s*\n")
_OPTION: Final = re.compile(
    rb"[\s,(*/#]{0,12}at\s+(?:your|the\s+\w+'s?)\s+(?:option|choice)\b", re.I
)
# "under one of three licenses: 1. A 2. B": the items of a list below the offer.
_NEXT_ITEM: Final = re.compile(rb"\n[\s/#]*(?:[-*+]|\xe2\x80\xa2|\(?[0-9a-z]{1,2}[.)])\s")
_ABOVE_LIST: Final = 160  # bytes before the first item
_LONGEST: Final = 60  # words of a rule that is still a part of a sentence


_ANOTHER: Final = "LicenseRef-scancode-free-unknown"
"""Of rules that know one license of a choice ("dual licensed under X"): the other one follows."""

_LIST: Final = 12  # words of a rule that names several licenses in a row
_ONE_OF: Final = re.compile(
    rb"\b(?:(?:pick|choose|select)\s+(?:any\s+)?one|(?:any|one|either)\s+(?:one\s+)?of\s+(?:the\s+)?"
    rb"(?:following|these|two|three)|your\s+choice\s+of|at\s+your\s+option)\b[^.]{0,60}\Z",
    re.IGNORECASE,
)


def _chosen(hit: Hit, text: bytes) -> Hit:
    """A list of names that a rule takes for a sum, below "pick one of the following"."""
    if hit.words > _LIST or " AND " not in hit.license or " OR " in hit.license:
        return hit
    parts = terms(hit.license)
    if len(parts) <= 1 or not _ONE_OF.search(text, max(0, hit.start - _REACH // 2), hit.start):
        return hit
    return replace(hit, license=" OR ".join(parts))


def _offers_next(text: bytes, first: Hit, second: Hit) -> bool:
    """Whether two names at most `_BETWEEN` bytes apart are parts of one offer."""
    between = text[first.end : second.start]
    if len(between) <= _BETWEEN // 4 and _OPTION.match(text, second.end):
        return _PARTED.search(between) is None
    if _NEXT_ITEM.search(between):
        above = text[max(0, first.start - _ABOVE_LIST) : first.start]
        return _OFFER.search(above.lower()) is not None
    listed = _COMMA.fullmatch(between) and (
        _LAST.match(text, second.end, second.end + _BETWEEN)
        or _ONE_OF.search(text, max(0, first.start - _REACH // 2), first.start)
    )
    if _STOP.search(between) or not (listed or _OR.search(between)):
        return False
    if _DEPENDS.match(text, second.end, second.end + _BETWEEN):
        return False
    around = text[max(0, first.start - _REACH) : second.end + _REACH // 2]
    if _OFFER.search(around.lower()) is not None:
        return True
    granted = text[max(0, first.start - _GRANT_REACH) : first.end]
    return _ONLY_OR.fullmatch(between) is not None and _GRANTED.search(granted) is not None


def _is_offer(text: bytes, first: Hit, second: Hit) -> bool:
    return _lists_a_choice(text, first, second) or _offers_next(text, first, second)


def _lists_a_choice(text: bytes, first: Hit, second: Hit) -> bool:
    """Whether nothing but "or", or "and" in a dual license, parts two names."""
    between = text[first.end : second.start]
    if len(between) > _BETWEEN // 4:
        return False
    direct = _DIRECT.fullmatch(between) is not None
    if not direct and _LISTED.fullmatch(between) is None:
        return False
    before = text[max(0, first.start - _REACH // 2) : first.end].lower()
    if _MOVES.search(before) or _SOME.search(before):
        return False
    if direct:
        return not _DEPENDS.match(text, second.end, second.end + _BETWEEN)
    behind = text[second.end : second.end + _REACH // 2].lower().partition(b"\n\n")[0]
    if _CHOOSE.search(behind) or _BETWEEN_TWO.search(before):
        return True
    return _DUAL.search(before) is not None and _BOTH.search(before) is None


def _is_part(hit: Hit) -> bool:
    return (
        (hit.kind in ("notice", "reference", "tag") or is_dedication(hit))
        and hit.words <= _LONGEST
        and " AND " not in hit.license
    )


def with_offers(hits: Sequence[Hit], text: bytes) -> list[Hit]:
    """Hits with the parts of an offer joined by OR; a name said twice in it counts once."""
    found: list[Hit] = []
    for hit in (_chosen(h, text) for h in hits):
        last = found[-1] if found else None
        if last is not None and _is_part(last) and _is_part(hit):
            between = hit.start - last.end
            near = between <= _BETWEEN // 4
            repeated = (
                near
                and " OR " in last.license
                and set(terms(hit.license)) <= set(terms(last.license))
            )
            if repeated or (
                hit.license != last.license and between <= _BETWEEN and _is_offer(text, last, hit)
            ):
                found[-1] = _joined(last, hit)
                continue
        found.append(hit)
    return found


def _joined(first: Hit, second: Hit) -> Hit:
    every = dict.fromkeys((*terms(first.license), *terms(second.license)))
    known = [n for n in every if n != _ANOTHER]
    names = known if len(known) > 1 else list(every)
    worse = (
        first if first.coverage * first.similarity < second.coverage * second.similarity else second
    )
    weak: Confidence = "review" if "review" in (first.confidence, second.confidence) else "medium"
    return replace(
        first, license=" OR ".join(names), end=second.end, words=first.words + second.words,
        coverage=worse.coverage, similarity=worse.similarity, confidence=weak,
    )  # fmt: skip
