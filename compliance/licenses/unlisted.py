"""Licenses that the head of a source file names and that nothing here knows.

"Licensed under the Acme Source License" or `License: Proprietary` above the code of an MIT module
is a statement like any other; that no rule has the name is no reason to pass it over. Looked for
where no known license was found: in the comments above the package clause of Go and above the first
line of code elsewhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from compliance import patterns as re
from compliance.licenses.context import is_negated
from compliance.licenses.ownterms import in_words, places_in_words

NAMED: Final = "the head of the file names a license that is not known"
"""How the message begins that tells of them."""

_NAME: Final = r"(?:[A-Z][\w.'\u2019&+-]*,?)"
_GIVEN: Final = re.compile(
    r"\b(?:(?i:licen[sc]ed|released|re-?distributed|available|published|provided|governed|covered"
    r"|subject) (?i:under|by|to) (?i:the )?(?i:terms (?:and conditions )?of )?(?i:the |an? )?"
    r"|(?i:under the terms (?:and conditions )?of (?:the )?))"
    rf"[\"'\u201c]?(?P<name>{_NAME}(?: (?:{_NAME}|of|for|and|the|v?\d[\w.]*)){{0,7}}?)"
    r"[\"'\u201d]? (?i:licen[sc]e)(?![-\w])"
    rf"|\b(?i:licen[sc]ed under (?:the )?)(?P<short>{_NAME}(?:[- ]v?\d[\d.]*)?)"
    r"(?=[.,;)]? |[.;)]?\Z)"
)
# Names that say whose license it is, not which: it is the one of the file beside.
_POINTS: Final = frozenset({
    "above", "accompanying", "agpl", "apache", "bsd", "bsd-style", "current", "following", "given",
    "go", "golang", "google", "gnu", "gpl", "isc", "lgpl", "mit", "mit-style", "open", "original",
    "parent", "permissive", "project", "project's", "repository", "respective", "root", "same",
    "source", "software", "standard", "this",
})  # fmt: skip
# "... that can be found in the LICENSE file": that file says which license it is.
_BESIDE: Final = re.compile(
    r"[^.;]{0,60}?\b(?:LICEN[SC]E|COPYING)\b(?:\.(?:md|txt|rst))?(?![-.]?\w)"
)
_FIELD: Final = re.compile(
    rb"^[ \t]{0,40}(?:(?://+!?|/\*+!?|\*|#+|;+|--+|<!--|%+)[ \t]{0,40})?"
    rb"(?:@licen[sc]e[ \t]{0,8}[:=]?|licen[sc]e[ \t]{0,8}[:=])[ \t]{1,40}"
    rb"(?P<value>[^\s*][^\r\n]{1,160})",
    re.IGNORECASE | re.MULTILINE,
)
# A file of the same tree, the terms of something else, or words that give no name.
_ELSEWHERE: Final = re.compile(
    rb"(?:please\W+)?(?:see(?!:?\s+https?:)|refer|read|check|found|same|as|like|in|under"
    rb"|this|the|all|to be|tbd|unknown|n/?a|your|my|our|\W"
    rb"|[./\w-]*(?:licen[sc]e|copying|unlicense|readme)\b)"
    rb"|[^\n]{0,120}(?:\b(?:licen[sc]e|copying)[./\w-]*\s+file|/(?:blob|raw|tree|src)/)",
    re.IGNORECASE,
)
_LIST: Final = 240
"""Bytes behind `License:` in which a list of licenses begins."""

_ENDS: Final = re.compile(rb"\s*(?:\*+/|-->)|\s{3,}|[\s*]+\Z")


@lru_cache(maxsize=1024)
def unlisted_names(head: bytes, *, known: bool) -> tuple[tuple[int, int, int], ...]:
    """Statements in the head of a file that name a license, known or not: (start, end, reach).

    A known license that begins before `reach` is the one that is meant.

    Args:
        head: The head of the file, UTF-8.
        known: Whether a license was found in it; `@license Name v1` is a title then.
    """
    found: list[tuple[int, int, int]] = []
    text = in_words(head)
    places: list[tuple[int, int]] = []
    for match in _GIVEN.finditer(text):
        names = (match["name"] or match["short"]).lower().strip(".,;)\"'").split()
        styled = any(name.endswith(("-style", "-like")) for name in names)
        points = styled or all(name.rstrip("0123456789.-") in _POINTS for name in names)
        if points or _BESIDE.match(text, match.end()):
            continue
        places = places or places_in_words(head)
        first, last = text.count(" ", 0, match.start()), text.count(" ", 0, match.end())
        start, end = places[first][0], places[min(last, len(places) - 1)][1]
        if not is_negated(head, start):
            found.append((start, end, end))
    for field in _FIELD.finditer(head):
        if known and b"@" in field.group()[: -len(field["value"])]:
            continue
        value = _ENDS.split(field["value"], 1)[0]
        if value and not _ELSEWHERE.match(value):
            end = field.start("value") + len(value)
            found.append((field.start("value"), end, end + _LIST))
    return tuple(sorted(found))
