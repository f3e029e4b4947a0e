"""Sentences that offer a choice between licenses, or say that all of them apply.

Rules know the usual wordings ("Licensed under either of ... at your option"); people write others.
The words between and around the references of one passage decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from compliance import patterns as re
from compliance.licenses.evidence import Match
from compliance.licenses.expression import Expression, License, Or, conjoin, parse_or_none

PASSAGE_LINES: Final = 8
"""Lines between two references of one passage; further apart they are statements of their own."""

MOST_MENTIONS: Final = 300
"""Mentions of licenses in a text that may offer a choice: more make it a list of licenses."""

_MENTION: Final = 3
_ABOVE: Final = 3
_BELOW: Final = 2
_WIDEST: Final = 40
_CHOICE: Final = re.compile(
    r"""(?ix)
      \bat\s+(?:your|the\s+\w+'s?)\s+(?:own\s+)?(?:option|choice|discretion)
    | \byour\s+(?:choice|choosing|option) | \bwhichever\b | \beither\b | \balternatively\b
    | \b(?:pick|choose|select|use|take|apply)\s+(?:(?:the|any|either|just|only)\s+)*
      (?:one|either|whichever|between|which)\b
    | \b(?:dual|multi)[-\s]?licen[sc]ed\b | \binstead\s+of\b | \byou\s+can\s+choose\b
    | \b(?:one|any)\s+of\s+(?:(?:the|these)\s+)?(?:following|two|three|four|licen[sc]es|above)\b
    | \bmay\s+(?:choose|elect|select)
    """
)
_BOTH: Final = re.compile(
    r"(?i)\b(?:under\s+)?both\b(?!.{0,60}\bat\s+your)|\band\s+also\b|\ball\s+of\s+the\b"
)
# "or later" widens one license, it offers no other; "redistribute it and/or modify it" neither.
_OR: Final = re.compile(
    r"(?i)(?<!and/)\bor\b(?!\W+(?:\(?at\W+your\W+option\W*\)?\W+)?(?:any\W+)?"
    r"(?:later|newer|higher|above|greater|subsequent)\b)"
)
# Words of choice that belong to one license: which version of it, which warranty is disclaimed.
_WITHIN_ONE: Final = re.compile(
    r"""(?ix) (?:\beither\s+version\b [^.;]{0,60}? )?
      \bor\b[\s,(]* at\s+your\s+(?:own\s+)?option [\s,)]* any\s+(?:later|newer|higher)\b
    | \beither\s+expressed?\s+or\s+implied\b
    """
)
# What a sentence about code from elsewhere offers is a choice for that code only.
_OF_A_PART: Final = re.compile(
    r"""(?ix) \b(?:portions?|parts?) \b | \b(?:based|derived|taken|copied|ported|adapted|borrowed
    |translated|converted|generated|forked|extracted|comes?)\s+(?:on|from|of|by)\b"""
)
_SIGNS: Final = re.compile(r"^[\s/*#;>!-]+")
_OR_LICENSE: Final = re.compile(r"(?i)\blicen[sc]ed?\b.{0,80}\bor\b|\bor\b.{0,40}\blicen[sc]e\b")
_NAMES: Final = {
    "MIT": r"\b(?:MIT|Expat)\b",
    "Apache": r"\b(?:Apache|APLv?2|ASLv?2|ALv2)\b",
    "GPL": r"(?<![AL])GPL|GNU\s+General",
    "LGPL": r"\bLGPL|Lesser\s+General|Library\s+General",
    "AGPL": r"\bAGPL|Affero",
    "MPL": r"\bMPL|Mozilla",
    "EPL": r"\bEPL|Eclipse",
    "BSD": r"\bBSD\b",
    "ISC": r"\bISC\b",
    "Unlicense": r"\bUnlicense\b",
    "CC0": r"\bCC-?0|public\s+domain",
    "0BSD": r"\b(?:0BSD|BSD)\b",
}
# "transitioning from an MIT-only license to a dual MIT/Apache-2.0 license", with a date
_MOVES: Final = re.compile(
    r"(?i)\b(?:transition\w*|mov(?:es|ed|ing)|switch\w*|chang(?:es|ed|ing)|relicens\w+)\s+from\s+"
    r"(?:an?\s+|the\s+)?(?P<old>\w[\w.+-]*?)(?:[-\s]only)?(?:\s+licen[sc]e)?\s+to\s+(?:an?\s+|the\s+)?"
    r"(?:dual|either)\b"
)
_EARLIER: Final = re.compile(
    r"(?i)\b(?:code|contribut\w+|commits?|committed|written|changes|work)\b[^.]{0,60}?"
    r"\b(?:prior\s+to|before|until)\s+(?:\w+\s+){0,2}\d"
)
_MOST_LINES: Final = 5_000
_WIDEST_PASSAGE: Final = 2_000
_COMPARED: Final = re.compile(r"(?i)\b(?:similar\s+to|compatible\s+with|like\s+the|unlike)\b")


def passages(matches: Sequence[Match], lines: Sequence[str] = ()) -> tuple[tuple[Match, ...], ...]:
    """Matches in groups that stand close together, in order of place.

    With the text at hand an empty line parts two groups that name several licenses each.
    """
    groups: list[list[Match]] = []
    for match in sorted(matches, key=lambda m: (m.start_line, m.end_line)):
        near = groups and match.start_line - groups[-1][-1].end_line <= PASSAGE_LINES
        if near and not _parted(groups[-1], match, matches, lines):
            groups[-1].append(match)
        else:
            groups.append([match])
    return tuple(tuple(g) for g in groups)


def _parted(
    group: Sequence[Match], match: Match, matches: Sequence[Match], lines: Sequence[str]
) -> bool:
    between = lines[group[-1].end_line : match.start_line - 1]
    if all(line.strip(" \t\r/*#>") for line in between) or not between:
        return False
    following = {
        m.license
        for m in matches
        if match.start_line <= m.start_line <= match.start_line + _BELOW
    }  # fmt: skip
    return len({m.license for m in group}) > 1 and len(following) > 1


def offered(matches: Sequence[Match], lines: Sequence[str]) -> Expression | None:
    """The choices that the passages of a text offer between the licenses they refer to, if any.

    Args:
        matches: What was found in the text.
        lines: The text.
    """
    return conjoin(_offers(matches, lines))


def _offers(matches: Sequence[Match], lines: Sequence[str]) -> Iterator[Expression]:
    for group in passages(_mentions(matches), lines):
        terms = _distinct(group, lines)
        first, last = group[0].start_line, group[-1].end_line
        if len(terms) < 2 or last - first > _WIDEST:  # noqa: PLR2004 - a choice needs two
            continue
        around = _prose(lines[max(0, first - 1 - _ABOVE) : last + _BELOW])
        if _BOTH.search(around):
            continue
        if _OR.search(_between(group, lines)):
            yield _choice_of(terms)
        elif _CHOICE.search(around):
            meant = _distinct(_in_paragraph(group, lines), lines)
            if len(meant) > 1:
                yield _choice_of(meant)


def _choice_of(terms: Sequence[Expression]) -> Expression:
    return Expression(root=Or(tuple(t.root for t in terms)))


def _prose(lines: Sequence[str]) -> str:
    """The words of lines of text or comment, without those that are within one license."""
    return _WITHIN_ONE.sub(" ", " ".join(_SIGNS.sub("", line) for line in lines))


def _in_paragraph(group: Sequence[Match], lines: Sequence[str]) -> Sequence[Match]:
    """The references that words of choice speak of.

    Those are the ones in the paragraph of these words where it names two or a choice, or where it
    is about code from elsewhere; a heading ("Dual licensed:") or a single name ("Alternatively,
    under the GPL") speaks of the whole group.
    """
    first = max(0, group[0].start_line - 1 - _ABOVE)
    last = min(len(lines), group[-1].end_line + _BELOW)
    for begin, end in _spans(lines, first, last):
        text = _prose(lines[begin:end])
        if _CHOICE.search(text):
            inside = [m for m in group if begin < m.start_line <= end]
            said = _distinct(inside, lines)
            alone = len(said) > 1 or any(e.has_choice for e in said)
            if alone or (said and _OF_A_PART.search(text)):
                return inside
    return group


def _spans(lines: Sequence[str], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Paragraphs among `lines[first:last]`; lines with comment signs only part them."""
    begin = first
    for number in range(first, last):
        if not _SIGNS.sub("", lines[number]):
            yield begin, number
            begin = number + 1
    yield begin, last


def offered_by_name(candidates: Sequence[Expression], lines: Sequence[str]) -> Expression | None:
    """The choice between given single licenses that a paragraph offers by their common names."""
    names = [_name_of(c) for c in candidates]
    if not all(isinstance(c.root, License) for c in candidates) or len(set(names)) < len(names):
        return None
    for paragraph in _paragraphs(lines):
        named = all(name.search(paragraph) for name in names)
        chosen = _CHOICE.search(paragraph) or _OR_LICENSE.search(paragraph)
        if named and chosen and not _BOTH.search(paragraph):
            return Expression(root=Or(tuple(c.root for c in candidates)))
    return None


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Passages parted by empty lines; a list belongs to the sentence above it."""
    text: list[str] = []
    for line in lines[:_MOST_LINES]:
        if not line.strip() and text and not text[-1].rstrip().endswith((":", "of")):
            yield " ".join(text)[:_WIDEST_PASSAGE]
            text = []
        elif line.strip():
            text.append(line)
    yield " ".join(text)[:_WIDEST_PASSAGE]


def _name_of(candidate: Expression) -> re.Pattern[str]:
    family = candidate.text.partition("-")[0]
    return re.compile(_NAMES.get(family, rf"\b{re.escape(candidate.text)}\b"), re.IGNORECASE)


def _mentions(matches: Sequence[Match]) -> list[Match]:
    """Matches that are mentions; none where there are so many that the text is a list."""
    found = [m for m in matches if _refers(m)]
    return found if len(found) <= MOST_MENTIONS else []


def _refers(match: Match) -> bool:
    """Whether a match is a mention.

    Texts and long notices have words of choice of their own ("either express or implied").
    """
    return match.kind != "exception" and match.end_line - match.start_line <= _MENTION


def moved(matches: Sequence[Match], lines: Sequence[str]) -> Expression | None:
    """The former license and the choice of a work whose new code alone offers the choice.

    Which lines are older than the date nobody can tell from the files: both hold for the whole.
    """
    terms = _distinct([m for m in matches if m.kind != "text"], lines)
    if len(terms) != 2 or len(matches) > MOST_MENTIONS:  # noqa: PLR2004 - the old and the new one
        return None
    for paragraph in _paragraphs(lines):
        move = _MOVES.search(paragraph)
        if move is None or _EARLIER.search(paragraph) is None:
            continue
        for old in terms:
            if isinstance(old.root, License) and _name_of(old).search(move["old"]):
                return conjoin([old, Expression(root=Or(tuple(t.root for t in terms)))])
    return None


def named_together(matches: Sequence[Match], lines: Sequence[str]) -> Expression | None:
    """All licenses that a text names in statements of its own, or joined by "and" (AND)."""
    if len(matches) > MOST_MENTIONS:
        return None
    telling = passages([m for m in matches if m.kind in ("notice", "tag", "text")])
    if len(telling) > 1:
        return conjoin(e for g in telling for e in _distinct(g, lines))
    for group in passages(_mentions(matches)):
        terms = _distinct(group, lines)
        if len(terms) > 1 and re.search(r"(?i)\band\b|&", _between(group, lines)):
            return conjoin(terms)
    return None


def _distinct(group: Sequence[Match], lines: Sequence[str]) -> list[Expression]:
    found: dict[str, Expression] = {}
    for match in group:
        said = parse_or_none(match.license)
        compared = _COMPARED.search(" ".join(lines[match.start_line - 1 : match.start_line]))
        if said is not None and not compared:
            found.setdefault(said.text, said)
    return list(found.values())


def _between(group: Sequence[Match], lines: Sequence[str]) -> str:
    """Words between the first and the last reference when they share a sentence."""
    first, last = group[0], group[-1]
    if last.start_line - first.end_line > 1:
        return ""
    return " ".join(lines[first.end_line - 1 : last.start_line])
