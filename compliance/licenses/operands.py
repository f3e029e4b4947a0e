"""Bare names in a row with a license that a rule knows: "GPL-2.0 or BSD", "ISC or MIT", "MIT/BSD".

A single word is no rule of its own: it is in too much prose. Beside a license that is stated, with
nothing but "or", "and", a comma or a slash between them, it is one of the licenses stated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from compliance import patterns as re
from compliance.licenses.hit import Hit
from compliance.licenses.spans import Covered
from compliance.licenses.statement import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAME: Final = (
    rb"(?P<plain>MIT|Expat|ISC|X11|Unlicense|UNLICENSE|Zlib|WTFPL|0BSD|PostgreSQL(?=[-\s][Ll]icen))"
    rb"(?![\w-]*\d)"
    rb"|(?P<zero>CC-?0(?:[-\s]1\.0)?)(?![\w-]*\d)"
    rb"|(?P<public>[Pp]ublic[-\s][Dd]omain)(?![\w-]|\s+[Dd]edicat)"
    rb"|(?:(?P<before>[2-4]|[Tt]wo|[Tt]hree|[Ff]our)[-\s][Cc]lause[-\s])?BSD"
    rb"(?:[-\s](?P<behind>[2-4])(?:[-\s][Cc]lause)?)?"
    rb"|(?P<apache>Apache)(?:[-\s](?:[Ll]icen[sc]e)?[,\s]{0,2}(?:[Vv](?:ersion)?\.?\s?)?2(?:\.0)?"
    rb"|(?=[-\s][Ll]icen))"
    rb"|(?P<gnu>[AL]?GPL)(?:[-,\s]{0,2}(?:[Vv](?:ersion)?\.?\s?)?(?P<version>[123](?:\.[01])?)(?P<later>\+|-or-later)?(?:-only)?)?"
    rb"|(?P<numbered>MPL|EPL)[-\s]?[Vv]?(?P<number>[12]\.[01])"
)
_NAMES: Final = (
    b"MIT", b"BSD", b"Apache", b"GPL", b"ISC", b"MPL", b"EPL", b"Expat", b"X11", b"icense",
    b"ICENSE", b"Zlib", b"WTFPL", b"CC", b"omain", b"PostgreSQL",
)  # fmt: skip
"""One of them is in every name."""
_BETWEEN: Final = (
    rb"(?:,(?=\s{0,4}(?!or\b|and\b))|/|&|\||,?\s{0,4}\b(?:and|or|OR|AND)\b"
    rb"(?:,?\s{1,4}alternatively,?)?)"
)
_GAP: Final = rb"[\s*#]{0,8}"
_LICENSE: Final = rb"(?:[-\s][Ll]icen[sc]e[sd]?)?"
_BEFORE: Final = re.compile(
    rb"(?<![\w./-])(?P<name>" + _NAME + rb")" + _LICENSE + _GAP + _BETWEEN + _GAP
    + rb"(?:(?:an?|the)[\s*#]{1,8})?(?:gnu\s+)?\Z"
)  # fmt: skip
_BEHIND: Final = re.compile(
    _LICENSE + _GAP + _BETWEEN + _GAP
    + rb"(?:(?:under|in)\s+)?(?:(?:an?|the)[\s*#]{1,8})?(?:GNU\s+)?"
    rb"(?P<name>" + _NAME + rb")(?![\w/-]|\.\w)"
)  # fmt: skip
_NEAR: Final = 60
RULE: Final = "names"
"""Name of the rule of two bare names."""

_PUBLIC_DOMAIN: Final = "LicenseRef-scancode-public-domain"
_DEDICATIONS: Final = ("CC0-", "Unlicense", "PDDL-", "LicenseRef-")
_FIXED: Final = (("zero", "CC0-1.0"), ("public", _PUBLIC_DOMAIN), ("apache", "Apache-2.0"))
_SHORT_DEDICATION: Final = 12  # words
_IDS: Final = {b"Expat": "MIT", b"UNLICENSE": "Unlicense"}
_CLAUSES: Final = {b"two": b"2", b"three": b"3", b"four": b"4"}
_VERSIONS: Final = {
    "GPL": ("1.0", "2.0", "3.0"), "LGPL": ("2.0", "2.1", "3.0"), "AGPL": ("1.0", "3.0"),
}  # fmt: skip
_UNVERSIONED: Final = {
    "GPL": "GPL-1.0-or-later", "LGPL": "LGPL-2.0-or-later", "AGPL": "AGPL-3.0-only",
}  # fmt: skip


def named_beside(hit: Hit, text: bytes, low: int, high: int) -> Iterator[Hit]:
    """The hit, and the bare names in a row with it, in order of place.

    Args:
        hit: A short notice, reference or tag.
        text: The text.
        low: Where the hit before this one ends.
        high: Where the next one begins.
    """
    first = max(low, hit.start - _NEAR)
    beside = text[first : hit.start]
    before = None
    for name in _NAMES:  # the pattern takes ten times as long to find nothing
        if name in beside:
            before = _BEFORE.search(text, first, hit.start)
            break
    behind = _BEHIND.match(text, hit.end, min(high, hit.end + _NEAR))
    if before is not None:
        yield from _beside(hit, before)
    yield hit
    if behind is not None:
        yield from _beside(hit, behind)


def is_dedication(hit: Hit) -> bool:
    """Whether a few words say "public domain": the rules have them as texts."""
    return hit.words <= _SHORT_DEDICATION and hit.license.startswith(_PUBLIC_DOMAIN)


def _beside(hit: Hit, match: re.Match[bytes]) -> Iterator[Hit]:
    license_ = _license(match)
    beside = terms(hit.license)
    if license_ is None or _family(license_) in {_family(t) for t in beside}:
        return
    if license_ == _PUBLIC_DOMAIN and any(t.startswith(_DEDICATIONS) for t in beside):
        return
    start, end = match.span("name")
    yield Hit(license_, "reference", start, end, 1.0, 1.0, "medium", hit.rule, 1)


def _license(match: re.Match[bytes]) -> str | None:
    plain: bytes | None = match["plain"]
    if plain is not None:
        return _IDS.get(plain, plain.decode())
    fixed = next((id_ for group, id_ in _FIXED if match[group] is not None), None)
    if fixed is not None:
        return fixed
    if match["numbered"] is not None:
        return f"{match['numbered'].decode()}-{match['number'].decode()}"
    if match["gnu"] is not None:
        return _gnu(match["gnu"].decode(), (match["version"] or b"").decode(), match["later"])
    count = (match["before"] or match["behind"] or b"3").lower()
    return f"BSD-{_CLAUSES.get(count, count).decode()}-Clause"


def _gnu(name: str, written: str, later: bytes | None) -> str | None:
    if not written:
        return _UNVERSIONED[name]
    version = written if "." in written else f"{written}.0"
    if version not in _VERSIONS[name]:
        return None
    return f"{name}-{version}-{'or-later' if later else 'only'}"


def _family(license_: str) -> str:
    return license_.partition("-")[0]


_PAIR: Final = re.compile(
    rb"under(?<!\w.{5})[\s*#]{1,8}(?:the[\s*#]{1,8})?(?:terms[\s*#]{1,8}of[\s*#]{1,8})?(?:(?:either|both)[\s*#]{1,8})?"
    rb"(?:the[\s*#]{1,8})?(?P<first>MIT|BSD|ISC|X11)(?=" + _LICENSE + _GAP
    + rb"(?:/|&|\band\b|\bor\b)" + _GAP + rb"(?:the[\s*#]{1,8})?(?P<second>MIT|BSD|ISC|X11)\b"
    + _LICENSE + rb")"
)  # fmt: skip


_STATED: Final = re.compile(
    rb"his(?<=[Tt]his)(?<!\w.{4})[\s*#/;-]{1,8}(?:file|code|software|library|program|package|project|module|script|header"
    rb"|repository|repo)[\s*#/;-]{1,8}is[\s*#/;-]{1,8}(?:(?:an?|the|under|available[\s*#/;-]+under)[\s*#/;-]{1,8}){0,2}"
    rb"(?P<name>" + _NAME + rb")(?=[-\s*#/;]{0,8}(?:[.,;/)]|[Ll]icen[sc]e|$|(?:and|or)\b))",
    re.MULTILINE,
)  # fmt: skip


def with_pairs(hits: Sequence[Hit], text: bytes) -> Sequence[Hit]:
    """Hits with licenses given by two bare names: "released under the MIT and BSD licenses".

    And with one that the sentence is about: "This file is MIT."
    """
    pairs = list(_PAIR.finditer(text))
    stated = list(_STATED.finditer(text))
    if not pairs and not stated:
        return hits
    found: list[Hit] = []
    known = Covered((h.start, h.end) for h in hits)
    for match in stated:
        start, end = match.span("name")
        license_ = _license(match)
        if license_ is not None and not known.touches(start, end):
            hit = Hit(license_, "reference", start, end, 1.0, 1.0, "medium", RULE, 1)
            found += (
                h
                for h in named_beside(hit, text, max(0, start - _NEAR), end + _NEAR)
                if h is hit or not known.touches(h.start, h.end)
            )
    for match in pairs:
        first, second = match.span("first"), match.span("second")
        if known.touches(first[0], second[1]):
            continue
        for (start, end), name in ((first, match["first"]), (second, match["second"])):
            license_ = "BSD-3-Clause" if name == b"BSD" else name.decode()
            found.append(Hit(license_, "reference", start, end, 1.0, 1.0, "medium", RULE, 1))
    return sorted([*hits, *found], key=lambda h: (h.start, h.end)) if found else hits
