"""From what the stretches of a file say to what the file says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from compliance import patterns as re
from compliance.findings import Finding, Location, Severity
from compliance.licenses.abbreviations import RULE as INITIALS
from compliance.licenses.context import SENTENCE
from compliance.licenses.decoding import Decoded
from compliance.licenses.evidence import MOST_STATEMENTS, Confidence, Copyright, FileLicense, Match
from compliance.licenses.expression import Expression, is_permissive
from compliance.licenses.kernel import kernel_strings
from compliance.licenses.manifest import is_manifest, license_fields
from compliance.licenses.ownterms import SAID, SAID_BESIDE, head_of_go
from compliance.licenses.parameters import value_spans, values
from compliance.licenses.regions import go_comments, on_comment_line, opening_comments
from compliance.licenses.spans import Covered
from compliance.licenses.statement import Said, join, stated_first, terms
from compliance.licenses.unlisted import NAMED, unlisted_names
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.licenses.answer import Answer
    from compliance.licenses.hit import Hit
    from compliance.licenses.names import Role
    from compliance.licenses.tags import Tag

MOST_MATCHES: Final = 20_000
"""Matches listed per file; further ones still count for the expression."""

MOST_FINDINGS: Final = 50
"""Invalid tags and unexplained stretches reported per file, each."""

_ORDER: Final[dict[Confidence, int]] = {"high": 0, "medium": 1, "review": 2}
_TITLE_WORDS: Final = 8
_TITLE_PLACE: Final = 400  # bytes from the start in which a title stands
_TEXT_WORDS: Final = 80
# What a text takes away or asks for; "only", "unless" and "shall" alone say which file is meant.
_TAKES_AWAY: Final = re.compile(
    rb"\b(?:not|never|cannot|must|prohibit\w*|forbid\w*|forbidden|restrict\w*|require[sd]?|agree[sd]?"
    rb"|oblig\w+|non-?\s?commercial\w*|commercial\w*|internal|proprietary|confidential|evaluation"
    rb"|pay|paid|payments?|fees?|royalt(?:y|ies)|purchase[sd]?|permission|consent|approval"
    rb"|military|compet\w+|terminate[sd]?|revok\w+)\b",
    re.IGNORECASE,
)
_EXCEPTED: Final = re.compile(
    r"(?P<kind>[AL]?GPL)-[\d.]+-(?:only|or-later) WITH (?P<exception>\S+)"
)
_BSD: Final = re.compile(r"BSD-[123]-Clause\Z")
MOST_QUOTED: Final = 10
"""Licenses that string literals of a Go file may name before it is a collection of texts."""

_OWN_COPYRIGHT: Final = re.compile(
    rb"(?:copyright|\xc2\xa9|\(c\))[^\n]{0,40}(?:19|20)\d\d(?![^\n]*free software foundation)",
    re.IGNORECASE,
)
_COPYRIGHT_REACH: Final = 400
_LINE_REACH: Final = 1000  # bytes before a tag in which its line is looked at
_QUOTE_BEFORE: Final = re.compile(rb"[\"'`]\W*\Z")
# Files that credit and notify: prose there is no license text.
_CREDITS: Final = re.compile(
    r"(?:.*/)?(?:.*[._-])?(?:notices?|patents|copyrights?|legal|third[-_ ]?party.*"
    r"|(?:open[-_ ]?source|f?oss|others?)[-_ ]?licen[sc]es?)(?:[._-].*)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def is_credits(name: str) -> bool:
    """Whether a file of that name credits and notifies rather than licenses (NOTICE, PATENTS)."""
    return _CREDITS.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Seen:
    """One file with the answers about its stretches, each with its byte offset in the text.

    `terms` are spans of the text that hold terms in words of one's own, at the head of source.
    """

    name: str
    role: Role
    decoded: Decoded
    answers: Sequence[tuple[int, Answer]]
    sha256: str
    terms: Sequence[tuple[int, int]] = ()


class _Lines:
    """Line numbers of offsets, without counting from the start each time."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def of(self, offset: int) -> int:
        """Line of an offset, from 1."""
        if offset < self._at:
            self._line -= self._text.count(b"\n", offset, self._at)
        else:
            self._line += self._text.count(b"\n", self._at, offset)
        self._at = offset
        return self._line


class _GoComments:
    """Tells comments of a Go file from its code; the file is only cut up when a glance fails."""

    def __init__(self, text: bytes, last: int) -> None:
        self._text = text
        self._last = last
        self._first_raw = text.find(b"`")
        self._spans: tuple[tuple[int, int], ...] | None = None

    def __contains__(self, offset: int) -> bool:
        before_raw = self._first_raw < 0 or offset < self._first_raw
        if before_raw and on_comment_line(self._text, offset):
            return True
        if self._spans is None:
            self._spans = go_comments(self._text, self._last)
        at = bisect_right(self._spans, (offset, len(self._text) + 1)) - 1
        return at >= 0 and self._spans[at][0] <= offset < self._spans[at][1]


def _stated(seen: Seen, found: list[tuple[int, int, Hit]]) -> list[tuple[int, int, Hit]]:
    """Hits of a Go file that are statements: text in its string literals is data.

    A whole notice with a copyright line of its own is a copied work wherever it stands; it is
    kept for review. A file that quotes many licenses is a collection of texts.
    """
    if not seen.name.endswith(".go") or not found:
        return found
    text = seen.decoded.text
    comments = _GoComments(text, max(end for _, end, _ in found))
    stands = [start in comments for start, _, _ in found]
    quoted = {h.license for (_, _, h), here in zip(found, stands, strict=True) if not here}
    kept: list[tuple[int, int, Hit]] = []
    for (start, end, hit), here in zip(found, stands, strict=True):
        if here:
            kept.append((start, end, hit))
        elif hit.words >= SENTENCE and len(quoted) <= MOST_QUOTED:
            near = text[max(0, start - _COPYRIGHT_REACH) : start]
            if _OWN_COPYRIGHT.search(near):
                kept.append((start, end, replace(hit, confidence="review")))
    return kept


def _tags(seen: Seen) -> tuple[list[Tag], list[Tag]]:
    """(tags that speak for this file, quoted ones): in code only comments speak."""
    text = seen.decoded.text
    tags = [
        replace(t, start=base + t.start, end=base + t.end) if base else t
        for base, a in seen.answers
        for t in a.tags
    ]
    if seen.role == "license" or not tags:
        return tags, []
    if seen.name.endswith(".go"):
        comments = _GoComments(text, max(t.end for t in tags))
        speaks = [t.start in comments for t in tags]
    else:
        fences = _Fences(text)
        tags.sort(key=lambda t: t.start)
        speaks = [not _is_example(text, t.start, seen.role, fences) for t in tags]
    pairs = list(zip(tags, speaks, strict=True))
    return [t for t, holds in pairs if holds], [t for t, holds in pairs if not holds]


_COMMENTED: Final = re.compile(rb"\s*(?:\.\\\"|\")\s*")  # in a man page, in an editor's script


class _Fences:
    """Counts the fences of code blocks up to rising offsets of a document."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0
        self._counts = [0, 0]

    def holds(self, at: int) -> bool:
        """Whether an offset, not before the last one, lies between two fences."""
        for number, fence in enumerate((b"```", b"~~~")):
            self._counts[number] += self._text.count(fence, self._at, at)
        self._at = at
        return any(count % 2 == 1 for count in self._counts)


def _is_example(text: bytes, at: int, role: Role, fences: _Fences) -> bool:
    low = max(0, at - _LINE_REACH)
    line = text[max(low, text.rfind(b"\n", low, at) + 1) : at]
    if role == "source":
        return _QUOTE_BEFORE.search(line) is not None and not on_comment_line(text, at)
    if _COMMENTED.fullmatch(line):
        return False
    fenced = fences.holds(at)
    return fenced or b"`" in line or line.startswith((b"    ", b"\t")) or b'"' in line


def _free_of_parameters(
    found: list[tuple[int, int, Hit]], spans: tuple[tuple[str, int, int], ...]
) -> list[tuple[int, int, Hit]]:
    """Hits outside the values, which stand one behind the other."""
    begins = [begin for _, begin, _ in spans]
    kept: list[tuple[int, int, Hit]] = []
    for start, end, hit in found:
        at = bisect_right(begins, start) - 1
        if at < 0 or end > spans[at][2]:
            kept.append((start, end, hit))
    return kept


def _found(seen: Seen) -> list[tuple[int, int, Hit]]:
    every = [(base + h.start, base + h.end, h) for base, a in seen.answers for h in a.hits]
    return _stated(seen, every)


def _beside(
    found: list[tuple[int, int, Hit]], spans: list[tuple[int, int]]
) -> list[tuple[int, int, Hit]]:
    """Hits without the short ones that only repeat what stands in the spans (sorted)."""
    if not spans:
        return found
    kept: list[tuple[int, int, Hit]] = []
    for start, end, hit in found:
        at = bisect_right(spans, (end, 0)) - 1
        if hit.words >= SENTENCE or at < 0 or spans[at][1] <= start:
            kept.append((start, end, hit))
    return kept


def _matches(seen: Seen, found: list[tuple[int, int, Hit]], tags: Sequence[Tag]) -> list[Match]:
    lines = _Lines(seen.decoded.text)
    named = [t for t in tags if t.expression]
    spans = [(a, b) for a, b, _ in found] + [(t.start, t.end) for t in named]
    place = seen.decoded.original_offsets(chain.from_iterable(spans))
    matches: list[Match] = []
    for start, end, hit in found:
        matches.append(
            Match(
                license=hit.license,
                kind=hit.kind,
                start_line=lines.of(start),
                end_line=lines.of(end - 1),
                coverage=hit.coverage,
                similarity=hit.similarity,
                confidence=hit.confidence,
                rule=hit.rule,
                start=place[start],
                end=place[end],
            )
        )
    for tag in named:
        line = lines.of(tag.start)
        matches.append(
            Match(
                license=tag.expression or "",
                kind="tag",
                start_line=line,
                end_line=line,
                coverage=1.0,
                similarity=1.0,
                confidence="high",
                rule=tag.rule,
                start=place[tag.start],
                end=place[tag.end],
            )
        )
    matches.sort(key=lambda m: (m.start, m.end, m.license))
    return matches


def _invalid_tags(seen: Seen, tags: Iterable[Tag]) -> list[Finding]:
    lines = _Lines(seen.decoded.text)
    wrong = [t for t in tags if t.expression is None]
    return [
        Finding(
            code="spdx-expression-invalid",
            severity=Severity.REVIEW,
            message=f"SPDX-License-Identifier {tag.written!r} is not valid: {tag.problem}",
            remedy="Write an SPDX license expression with ids of the SPDX license list.",
            location=Location(file=seen.name, line=lines.of(tag.start)),
        )
        for tag in wrong[:MOST_FINDINGS]
    ]


def _unknown(seen: Seen, offset: int, message: str, remedy: str) -> Finding:
    line = seen.decoded.text.count(b"\n", 0, offset) + 1
    return Finding(
        code="unknown-license",
        severity=Severity.REVIEW,
        message=message,
        remedy=remedy,
        location=Location(file=seen.name, line=line),
    )


def _unexplained(
    seen: Seen, found: Sequence[tuple[int, int, Hit]], tags: Sequence[Tag]
) -> list[Finding]:
    if seen.role == "license" and is_credits(seen.name):
        return []
    rest = [(base + r.start, base + r.end, r) for base, a in seen.answers for r in a.rest]
    said = [(t.start, t.end) for t in tags if t.expression is not None]
    rest = [item for item in rest if not any(a <= item[0] and item[1] <= b for a, b in said)]
    if rest and seen.name.endswith(".go"):  # text in its string literals is data
        comments = _GoComments(seen.decoded.text, max(end for _, end, _ in rest))
        rest = [item for item in rest if item[0] in comments]
    if rest and _sums_up(found, tags):
        text = seen.decoded.text
        rest = [(a, b, r) for a, b, r in rest if _TAKES_AWAY.search(text[a:b])]
    return [
        _unknown(
            seen,
            start,
            f"{r.words} words beside the known license text speak of rights or duties",
            "Read the paragraph, and record what it means under curations.",
        )
        for start, _, r in rest[:MOST_FINDINGS]
    ]


def _own_terms(seen: Seen, found: Sequence[tuple[int, int, Hit]]) -> list[Finding]:
    """Terms at the head of source, or in a README, that are no part of a license text there."""
    in_source = seen.role == "source"
    begins, place = (SAID, "head of the file") if in_source else (SAID_BESIDE, "section")
    text = seen.decoded.text
    told = [(base + r.start, base + r.end) for base, a in seen.answers for r in a.rest]
    known = Covered((*((a, b) for a, b, _ in found), *told))
    return [
        _unknown(
            seen,
            start,
            f"{begins}: {_lines_around(text, start, end)}",
            f"Read the {place}, and record what it means under curations.",
        )
        for start, end in islice((t for t in seen.terms if not known.touches(*t)), MOST_FINDINGS)
    ]


def _unlisted(
    seen: Seen, found: Sequence[tuple[int, int, Hit]], tags: Sequence[Tag]
) -> list[Finding]:
    """Statements at the head of a source file that name a license which no rule knows."""
    if seen.role != "source" or not seen.answers:
        return []
    text = seen.decoded.text
    end = head_of_go(text) if seen.name.endswith(".go") else opening_comments(text)
    told = [(base + r.start, base + r.end) for base, a in seen.answers for r in a.rest]
    spans = [*((a, b) for a, b, _ in found), *((t.start, t.end) for t in tags), *told]
    known = Covered((*spans, *seen.terms))
    if all(known.touches(*m.span()) for m in _LICENSE.finditer(text[:end].lower())):
        return []
    names = unlisted_names(text[:end], known=bool(found))
    return [
        _unknown(
            seen,
            start,
            f"{NAMED}: {_lines_around(text, start, stop)}",
            "Read the head of the file, and record what it means under curations.",
        )
        for start, stop, reach in names
        if on_comment_line(text, start) and not known.touches(start, reach)
    ][:MOST_FINDINGS]


_LICENSE: Final = re.compile(rb"licen[sc]e")
_MOST_SAID: Final = 240  # characters of a statement in a message
_SIGNS: Final = re.compile(r"\s*\n[\s/*#;-]*")


def _lines_around(text: bytes, start: int, end: int) -> str:
    """The lines of a span without their comment signs, quoted."""
    begin = text.rfind(b"\n", max(0, start - _LINE_REACH), start) + 1
    last = text.find(b"\n", end, end + _LINE_REACH)
    lines = text[max(begin, start - _LINE_REACH) : last if last >= 0 else end]
    said = _SIGNS.sub(" ", "\n" + lines.decode("utf-8", "replace")).strip(" */")
    return repr(said if len(said) <= _MOST_SAID else said[:_MOST_SAID] + "...")


def _sums_up(found: Sequence[tuple[int, int, Hit]], tags: Sequence[Tag]) -> bool:
    """Whether the file says itself, in an SPDX tag, that it holds exactly the texts found in it.

    Prose beside them then says which text is for which files.
    """
    said = [Expression.parse(t.expression) for t in tags if t.expression]
    named = {str(term) for e in said for term in e.licenses()}
    texts = {h.license for _, _, h in found if h.kind == "text" and h.words >= _TEXT_WORDS}
    return bool(named) and named == texts


def _disguised(seen: Seen) -> list[Finding]:
    places = [base + at for base, a in seen.answers for at in a.disguised]
    if not places or (seen.role == "document" and not any(a.hits for _, a in seen.answers)):
        return []
    message = (
        f"invisible or look-alike letters hide in {len(places)} place{'s' * (len(places) > 1)}"
    )
    return [
        _unknown(
            seen,
            places[0],
            message,
            "Compare the text with the original license, and record what it is under curations.",
        )
    ]


def _copyrights(seen: Seen) -> tuple[Copyright, ...]:
    lines = _Lines(seen.decoded.text)
    found: list[Copyright] = []
    for base, answer in seen.answers:
        if answer.copyrights:
            above = lines.of(base) - 1
            found.extend(replace(c, line=c.line + above) if above else c for c in answer.copyrights)
    return tuple(found)


def _unread(seen: Seen) -> list[Finding]:
    """Texts with more copyright statements than are read."""
    lines = _Lines(seen.decoded.text)
    return [
        Finding(
            code="limit-exceeded",
            severity=Severity.REVIEW,
            message=f"Only the first {MOST_STATEMENTS:,} copyright statements were read",
            remedy="Ship the file itself with the code; it holds them all.",
            location=Location(file=seen.name, line=lines.of(base) - 1 + answer.copyrights[-1].line),
        )
        for base, answer in seen.answers
        if len(answer.copyrights) >= MOST_STATEMENTS
    ]


def _miscounts(found: Sequence[tuple[int, int, Hit]]) -> bool:
    """Whether the heading says BSD with another number of clauses than the text below has."""
    texts = [h for _, _, h in found[1:] if h.kind == "text" and h.words >= _TEXT_WORDS]
    named = {h.license for _, _, h in found[1:]}
    return (
        len(texts) == 1
        and len(named) == 1
        and found[0][2].words <= _TITLE_WORDS
        and found[0][0] <= _TITLE_PLACE
        and _BSD.match(found[0][2].license) is not None
        and _BSD.match(texts[0].license) is not None
    )


# "X includes portions of Y, which is under the Apache License": no heading, but what holds for Y.
_OF_A_PART: Final = re.compile(
    rb"\b(?:portions?|parts?|includ(?:es|ing)|contains?|bundles|incorporates|embeds"
    rb"|(?:based|derived|taken|copied|ported|adapted)\s+(?:on|from))\b",
    re.IGNORECASE,
)


def _is_of_a_part(text: bytes, at: int) -> bool:
    """Whether the sentence up to the offset is about a part of the work."""
    begin = max(text.rfind(b"\n\n", 0, at), text.rfind(b". ", 0, at), 0)
    return _OF_A_PART.search(text, begin, at) is not None


def _contradicted(seen: Seen, found: Sequence[tuple[int, int, Hit]]) -> list[Finding]:
    """A heading that names one license over the whole text of another."""
    if seen.role != "license" or not found:
        return []
    start, _, title = found[0]
    texts = [h for _, _, h in found[1:] if h.kind == "text" and h.words >= _TEXT_WORDS]
    if title.words > _TITLE_WORDS or start > _TITLE_PLACE or not texts:
        return []
    named = _families(title.license)
    if any(named & _families(h.license) for _, _, h in found[1:]):
        return []
    if _miscounts(found) or _is_of_a_part(seen.decoded.text, start):
        return []
    message = f"The heading says {title.license}, the text is {texts[0].license}"
    line = seen.decoded.text.count(b"\n", 0, start) + 1
    return [
        Finding(
            code="license-conflict",
            severity=Severity.REVIEW,
            message=message,
            remedy="Ask the author which of the two is meant, and record it under curations.",
            location=Location(file=seen.name, line=line),
            license=title.license,
        )
    ]


def _asks_for_notices(expression: str) -> bool:
    return all(is_permissive(t) for t in Expression.parse(expression).licenses())


def _families(expression: str) -> set[str]:
    return {re.sub(r"-(?:only|or-later)$|\+$", "", t.split(" WITH ")[0]) for t in terms(expression)}


def _weakest(values: Iterable[Confidence]) -> Confidence:
    return max(values, key=_ORDER.__getitem__, default="high")


def _without_incorporated(found: list[tuple[int, int, Hit]]) -> list[tuple[int, int, Hit]]:
    """Without the text of the GPL that stands behind that of the LGPL which builds on it.

    LGPL-3.0 "incorporates the terms and conditions of version 3 of the GNU General Public License":
    files give both texts in a row. Where something else speaks of the GPL, it stays.
    """
    lesser = [n for n, (_, _, h) in enumerate(found) if _is_text(h, "LGPL-3.0")]
    if not lesser:
        return found
    every = {h.license for _, _, h in found}
    alone = {e for e in every if _families(e) == {"GPL-3.0"}}
    gpl = [n for n, (_, _, h) in enumerate(found) if h.license in alone]
    texts = [n for n in gpl if _is_text(found[n][2], "GPL-3.0")]
    if not texts or min(gpl) < lesser[0]:
        return found
    last = max(found[n][1] for n in texts)
    if any(found[n][0] > last for n in gpl):  # a statement behind both texts
        return found
    left_out = set(gpl)
    return [item for n, item in enumerate(found) if n not in left_out]


def _of_the_text(found: list[tuple[int, int, Hit]]) -> list[tuple[int, int, Hit]]:
    """With an exception whose rule is written for another version than the text that stands there.

    "As a special exception to the LGPL 2.1" in the words of the one for version 3, above the text
    of version 2.1: nothing in the file is under version 3. The change is for a person to read.
    """
    open_ = [n for n, (_, _, h) in enumerate(found) if _EXCEPTED.fullmatch(h.license)]
    whole = {
        h.license
        for _, _, h in found
        if h.kind == "text" and h.words >= _TEXT_WORDS and h.confidence != "review"
    }
    if not open_ or len(whole) != 1:
        return found
    text = whole.pop()
    families = [_families(h.license) for n, (_, _, h) in enumerate(found) if n not in open_]
    renamed = list(found)
    for n in open_:
        start, end, hit = found[n]
        same = _EXCEPTED.fullmatch(hit.license)
        if same is None or hit.confidence != "review" or not text.startswith(f"{same['kind']}-"):
            continue
        if not any(_families(hit.license) & said for said in families):
            renamed[n] = (start, end, replace(hit, license=f"{text} WITH {same['exception']}"))
    return renamed


def _without_bare_initials(
    found: list[tuple[int, int, Hit]], tags: Sequence[Tag]
) -> list[tuple[int, int, Hit]]:
    """Without initials alone ("the CDDL license") in a file that says elsewhere which version."""
    bare = {h.license for _, _, h in found if _is_bare(h)}
    if not bare:
        return found
    said = [h.license for _, _, h in found if not _is_bare(h)]
    said += [t.expression for t in tags if t.expression]
    versioned = {_initials(term) for expression in said for term in _families(expression)}
    return [i for i in found if not _is_bare(i[2]) or _initials(i[2].license) not in versioned]


def _is_bare(hit: Hit) -> bool:
    return hit.rule == INITIALS and hit.confidence == "review"


def _initials(license: str) -> str:
    return re.sub(r"-\d.*", "", license)


def _is_text(hit: Hit, family: str) -> bool:
    return hit.kind == "text" and hit.words >= _TEXT_WORDS and _families(hit.license) == {family}


def assemble(seen: Seen) -> FileLicense:
    """All that the file says."""
    tags, quoted = _tags(seen)
    if is_manifest(seen.name):
        tags = [*tags, *license_fields(seen.name, seen.decoded.text)]
    found = _beside(_found(seen), [(t.start, t.end) for t in tags if t.expression])
    found = _beside(found, [(t.start, t.end) for t in quoted])
    spans = value_spans(seen.decoded.text) if _has_parameters(found) else ()
    if spans:
        found = _free_of_parameters(found, spans)
    found = _without_bare_initials(_of_the_text(_without_incorporated(found)), tags)
    if seen.role == "source" and not found and not tags:
        tags = list(kernel_strings(seen.name, seen.decoded.text))
    matches = _matches(seen, found, tags)
    findings = _invalid_tags(seen, tags)
    contradicted = _contradicted(seen, found)
    doubts = [
        *_unexplained(seen, found, tags),
        *_own_terms(seen, found),
        *_unlisted(seen, found, tags),
        *_disguised(seen),
        *contradicted,
    ]
    if seen.role == "license" and _miscounts(found):
        matches = _matches(seen, found[1:], tags)  # the text has them
    if contradicted and all(_asks_for_notices(h.license) for _, _, h in found):
        matches = _matches(seen, found[1:], tags)  # the text is what is granted
    own = stated_first(matches) if seen.role == "source" else frozenset[str]()
    confidence = _weakest(m.confidence for m in matches)
    if doubts or (findings and matches):
        confidence = "review"
    return FileLicense(
        path=seen.name,
        sha256=seen.sha256,
        expression=join([Said(m.license, m.kind) for m in matches], own),
        confidence=confidence,
        matches=tuple(matches[:MOST_MATCHES]),
        findings=(*findings, *doubts, *_unread(seen)),
        parameters=values(seen.decoded.text, spans),
        copyrights=_copyrights(seen),
    )


def _has_parameters(found: Iterable[tuple[int, int, Hit]]) -> bool:
    return any(h.license.startswith("BUSL") for _, _, h in found)
