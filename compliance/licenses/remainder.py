"""What a license file says beside the licenses that were found in it.

A clean license file is explained by rules, copyright lines and headings. A paragraph that is left
over and speaks of duties, bans or permission changes what the file means: it is reported, so that
an MIT text with restrictions of its own is not taken for MIT.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from compliance import patterns as re
from compliance.licenses.answer import Remainder
from compliance.licenses.languages import demands_in
from compliance.licenses.ownterms import HEAD_LIMIT, own_terms
from compliance.licenses.ownwords import OwnWords
from compliance.licenses.rules import SEED_WIDTH, Use
from compliance.licenses.sections import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compliance.licenses.reading import Reading
    from compliance.licenses.rules import RuleTable

_LEADER: Final = b" \t\n\r\f\v/*#;%|>\"'.-=+~"
# Patterns without a word on case are for text in lower case: that costs half of what folding does.
_OWNER_LINE: Final = re.compile(
    rb"^\W*(?:(?:and|all|portions?|parts?|modifications?|changes|files|original|this|some|the|code|work"
    rb"|software|program|file|library|based|on|of|is|are|by|for|from|in|with)\W+){0,6}"
    rb"(?:copyright|copr\b|\xc2\xa9|\(c\))"
    rb"|(?:copyright|\xc2\xa9|\(c\))[^.]{0,60}(?:19|20)\d\d|(?:19|20)\d\d[^.]{0,30}(?:copyright|\xc2\xa9|\(c\))"
    rb"|all rights reserved|^\W*+(?:https?://|www\.)\S++(?:\s\W*+)?$"
    rb"|^\W*(?:licensor|licensed\s+work|additional\s+use\s+grant|change\s+(?:date|license))\s*:"
    rb"|spdx-|^\W*(?:author|maintainer|contributor)s?\b.{0,80}$",
)
# One of them is in every line that matches, and in few others.
_OWNER_SIGNS: Final = (
    b"copyright", b"\xc2\xa9", b"(c)", b"copr", b"all rights reserved", b"http", b"www.", b"spdx-",
    b":", b"author", b"maintainer", b"contributor",
)  # fmt: skip
# A copyright line that goes on with a demand ("Copyright 2020 X. Non-commercial use only").
_OWNER_DEMANDS: Final = re.compile(
    rb"\b(?:not|never|cannot|only|must|shall|prohibit\w*|forbidden|restricted|required|requires"
    rb"|non-?\s?commercial|commercial\s+use|fees?|payment|permission|license[ds]?\s+(?:to|for|under)"
    rb"|agree|exclud\w+|military\s+use|owes?|dollars?|buy|no\s+one|nobody|weapons?|machine\s+learning"
    rb"|have\s+to|derived\s+works?|granted|mandatory|obligatory|compulsory|except|approval|until"
    rb"|evaluation|expir\w+|internal\s+(?:use|only)|confidential|proprietary)\b",
)
_PATH: Final = re.compile(rb"(?<!\S)\S*/\S+|(?<!\S)\S+\.(?:go|c|h|py|js|md|txt)\b|how\s+to\s+apply")
_WORD: Final = re.compile(rb"[A-Za-z][A-Za-z'-]*")
# One of these is enough: it takes something away, asks for something or says for whom it holds.
_STRONG: Final = re.compile(
    rb"\b(?:not|never|cannot|mustn't|don't|only|solely|exclusively|limited|must|shall|unless|except"
    rb"|prohibit\w*|forbid\w*|forbidden|restrict\w*|require[sd]?|agree[sd]?|oblig\w+|exclud\w+"
    rb"|exempt\w*|mandatory|obligatory|compulsory|until|ban|banned|disallow\w*|den(?:y|ies|ied)|refus\w+|refrain\w*|illegal\w*"
    rb"|non-?\s?commercial\w*|commercial\w*|internal|proprietary|confidential|evaluation"
    rb"|pay|paid|payments?|fees?|royalt(?:y|ies)|subscriptions?|purchase[sd]?|donates?|donations?|buy|bought"
    rb"|owes?|owed|money|dollars?|euros?|usd|eur|revenue|profit\w*|non-?profit\w*|invoice\w*"
    rb"|permission|consent|approval|prior|evil|ethic\w*|military|weapons?|nuclear|surveillance"
    rb"|have\s+the\s+right|competing|competitors?|competitive|terminate[sd]?|revok\w+|expir\w+"
    rb"|(?:has|have|needs?|ought|supposed)\s+to|machine\s+learning"
    rb"|(?:to|for|in|ai|model)\s+train(?:ing)?|train(?:ed|ing|s)?\s+(?:\w+\s+){0,3}?(?:ai|models?|networks?|systems?|llms?|on)"
    rb"|please\s+(?!see|refer|visit|read|consult|contact|consider)|artificial\s+intelligence|no\s+one|nobody|anyone|everyone|users?(?![-\s]?space)|licensees?|compan(?:y|ies)"
    rb"|corporations|employ\w+|governments?|agenc(?:y|ies)|individuals?|citizens?|nationals?"
    rb"|countr(?:y|ies)|sanction\w*|territor\w+|academic|educational|personal|private|research"
    rb"|harm(?:s|ful|less)?|lapses?|ends?\s+(?:on|in|at|when|after|with)"
    rb"|you\s+(?:\w+\s+)?accept|accept(?:s|ed|ance|ing)?\s+(?:of\s+)?(?:our|the|these|all|its|any)"
    rb"\s+(?:\w+\s+){0,2}(?:terms|agreements?|conditions|licen[sc]e)"
    rb"|by\s+(?:using|downloading|installing)\b[^.]{0,80}\byou"
    rb"|terms\s+of\s+(?:service|use)|enterprises|(?<!non[\s-])(?<!non)exclusive"
    rb"|(?:obtain|acquire|get|need|contact\b[^.]{0,60}\bfor)\s+(?:a|an|another)\s+(?:\w+\s+)?licen[sc]e)\b"
    rb"|(?:\b[a-z]\b\W{1,3}){8}",
)
_WEAK: Final = re.compile(
    rb"\b(?:licen[sc]\w*|permi(?:ts?|ssions?|tted)|grant\w*|redistribut\w*|distribut\w*|modif\w*"
    rb"|condition\w*|provided|warrant\w*|liab\w*|rights?|terms|sublicen\w*|copy|copies|use|notice)\b",
)
# What is no demand of its own: a work that moves from one license to another, and which of them
# code of a time is under; for which files the license is, that use needs the license (as the
# notice of the Apache License says), the denial of a demand ("is not required", "without
# restriction", "should not be a factor"; "do not alter" is a demand), where policies of a website
# stand, and the sentence of the license of FreeBSD ("The views and conclusions ... are
# those of the authors").
_SCOPE: Final = re.compile(
    rb"\b(?:this|the)\s+\w+\s+is\s+(?:transition|mov|switch)ing\s+from\s+an?(?:\s+\S+-only)?"
    rb"(?:\s+licen[sc]e)?(?:\s+to\s+an?\s+dual)?"
    rb"|-only\s+licen[sc]e\s+to\s+an?\s+dual\b"
    rb"|\ball\s+code\s+contributed\s+(?:prior\s+to|before)\s+[\d-]{4,10}(?:\s+and\s+not\s+contributed\s+by"
    rb"\s+an?\s+user\s+listed\s+in\s+\[[\w\s-]{0,30})?"
    rb"|\bdocumentation(?:\s+contributions)?(?:\s+in\s+this\s+project)?\s+\(excluding\s+\w+\)\s+(?:is|are)\b"
    rb"|\bcontributions\s+for\s+which\s+(?:relicensing\s+)?consent\s+has\s+been\s+(?:obtained|given)\s+are\b"
    rb"|\bcontributions\s+made\s+by\s+authors\s+who\s+originally\s+licensed\s+their\s+work\b"
    rb"|\bwho\s+have\s+not\s+(?:yet\s+)?granted\s+(?:explicit\s+)?permission\s+to\s+relicense\s+remain\b"
    rb"|\bno\s+rights\s+beyond\s+those\s+granted\s+by\s+the\s+(?:applicable\s+)?(?:original\s+)?licen[sc]es?\s+are"
    rb"\s+conveyed\b"
    rb"|(?:\bonly\.\s+)?\ball\s+(?:new|later|future)\s+contributions(?:\s+\(and\s+past\s+contributions\s+since"
    rb"\s+[\d-]{4,10}\))?\s+are\b"
    rb"|\b(?:you\s+)?may\s+not\s+use\s+[^.]{0,60}\bexcept\s+in\s+compliance\s+with\s+[^.]{0,60}?"
    rb"\blicen[sc]es?\b"
    rb"|\b(?:unless|except\s+where)\s+(?:(?:otherwise|explicitly|expressly|specifically)\s+)?"
    rb"(?:noted|stated|specified|indicated|mentioned|marked|declared)\b"
    rb"(?:\s+(?:otherwise|in|at|on|by|the|top|head|header|of|each|individual|an?|files?|below|above"
    rb"|here|elsewhere|source|within|its|their|such|director(?:y|ies)|subdirector(?:y|ies)|folder))*"
    rb"|\b(?:note\s+that\s+)?(?:this|the)\s+(?:dual[-\s]licensing|licen[sc]e|licensing|exception)"
    rb"\s+(?:only\s+)?applies\s+(?:only\s+)?to\s+(?:the\s+)?(?:files|code|sources?)\b[^.]{0,100}"
    rb"|\byou\s+may\s+not\s+use\s+(?:this|these|the)\s+[^.;:]{0,80}?\bexcept\s+in\s+compliance\s+with"
    rb"\s+(?:(?:at\s+least\s+)?(?:one|either|any|both)\s+of\s+)?(?:the|these|those|this)"
    rb"\s+(?:(?:listed|above|following|said|mentioned|aforementioned)\s+)*licen[sc]es?\b"
    rb"|\b(?:is|are|was|were)\s+not\s+(?:affected|limited|restricted|required|obliged|obligated|needed"
    rb"|necessary|forbidden|prohibited)\b(?!\s+(?:unless|except|until|if|where|when|for|only))"
    rb"|\bdoes\s+not\s+(?:affect|limit|restrict|require|prohibit|forbid|prevent|impose|change|alter"
    rb"|diminish|reduce)\b"
    rb"|\b(?:is|are|should|need|will)\s+not\s+(?:be\s+)?(?:a|of)\s+(?:factor|concern|problem)\b"
    rb"|\bno\s+(?:[a-z]+\s+){1,3}?(?:is|are)\s+(?:required|needed|necessary)\b"
    rb"(?!\s+(?:unless|except|until|if|where|when|for|only))"
    rb"|\bwithout\s+(?:any\s+)?(?:restrictions?|limitations?)(?!\s+(?:on|as|other|except|only))\b"
    rb"|\bfor\s+web\s?site\s+terms\s+of\s+(?:use|service)\b[^.]{0,120}?\bsee\b"
    rb"|\bviews\s+and\s+conclusions\s+contained\s+in\s+the\s+software\s+and\s+documentation\s+are"
    rb"\s+those\s+of\s+the\s+authors?\s+and\s+should\s+not\s+be\s+interpreted\s+as\s+representing"
    rb"\s+official\s+policies[^.]{0,120}",
)
_BAR: Final = re.compile(rb"(?m)^" + SEPARATOR.encode() + rb"$")
_WHOLE: Final = 0.8
"""Share of a license text from which its own appendix may stand beside it."""

_CHANGED_SHARE: Final = 0.5
"""Share of a stretch in the words of a license from which it is a passage of it, changed."""

_LINE_HEAD: Final = 200  # bytes looked at before a stretch that begins within a line
_LINE: Final = re.compile(rb"[^\n]+")
MOST_REMAINDERS: Final = 200
"""Stretches reported of one text: nobody reads more."""

LEAST_WORDS: Final = 3
_WEAK_WORDS: Final = 30
_WEAK_ALONE: Final = 10  # in a license file of which nothing else is known
_WEAK_SHARE: Final = 0.08


def _open_runs(reading: Reading) -> Iterator[tuple[int, int]]:
    """Word spans between what is explained."""
    at = 0
    for start, end in reading.explained:
        if start > at:
            yield at, start
        at = max(at, end)
    if len(reading.words) > at:
        yield at, len(reading.words)


@lru_cache(maxsize=4096)
def _is_of_owner(line: bytes) -> bool:
    """Whether a line names owners; a line of a stretch is asked about more than once."""
    low = line.lower()
    for sign in _OWNER_SIGNS:  # `any` with a generator takes twice as long
        if sign in low:
            return _OWNER_LINE.search(low) is not None
    return False


def _statement_lines(text: bytes) -> bytes:
    """The stretch in lower case, without copyright lines, addresses and comment signs."""
    lines = [line.lstrip(_LEADER) for line in text.splitlines()]
    said = b" ".join([x for x in lines if not _is_of_owner(x) or _OWNER_DEMANDS.search(x.lower())])
    if b"/" in said or b"." in said or b"how" in said:
        said = _PATH.sub(b" ", said)
    return _SCOPE.sub(b" ", said.lower())


def _is_strong(said: bytes, raw: bytes) -> bool:
    """Whether what is said (of a stretch, `_statement_lines`) takes away or asks for something."""
    return _STRONG.search(said) is not None or bool(own_terms(raw[:HEAD_LIMIT]))


def _from_owner(text: bytes, begin: int) -> bytes:
    """The beginning of the copyright line in the middle of which a stretch begins."""
    low = max(0, begin - _LINE_HEAD)
    head = text[max(low, text.rfind(b"\n", low, begin) + 1) : begin]
    return head if _is_of_owner(head) else b""


def _segments(reading: Reading, text: bytes, first: int, last: int) -> list[tuple[int, int]]:
    """Word spans of a stretch between its copyright lines; short ones where no other is."""
    starts = reading.words.starts
    found: list[tuple[int, int]] = []
    at = first
    begin, end = int(starts[first]), int(reading.words.ends[last - 1])
    for line in _LINE.finditer(text, begin, end):
        if _is_of_owner(line.group()):
            low, high = (int(starts.searchsorted(p)) for p in line.span())
            found.append((at, min(low, last)))
            at = max(at, min(high, last))
    found.append((at, last))
    return [s for s in found if s[1] - s[0] >= SEED_WIDTH] or [s for s in found if s[1] > s[0]]


def _own_share(texts: OwnWords, segments: list[tuple[int, int]], count: int) -> float:
    """Share of the segments in the words of a license; a short one with the words beside it."""
    if not segments or segments[0][1] - segments[0][0] >= SEED_WIDTH:
        return texts.share(segments)
    for first, last in segments:
        around = ((last - SEED_WIDTH, last), (first, first + SEED_WIDTH))
        inside = [(a, b) for a, b in around if a >= 0 and b <= count]
        if not any(texts.are_whole(inside)):
            return 0.0
    return 1.0


def _whole_licenses(table: RuleTable, reading: Reading) -> list[str]:
    """Licenses whose text stands there as good as whole."""
    longest: dict[str, int] = {}
    for claim in reading.claims:
        longest[claim.expression] = max(claim.matched, longest.get(claim.expression, 0))
    return sorted(
        name
        for name, words in longest.items()
        if (whole := table.whole_length(name)) and words >= _WHOLE * whole
    )


_MOST_QUOTED: Final = 150  # words of a statement that a license text may hold as an example
_BESIDE: Final = 3  # words around it that have to be those of the license text, too


def quoted_claims(table: RuleTable, reading: Reading) -> set[int]:
    """Places in `reading.claims` of what only repeats the words of a license that stands there.

    The sample notice in the instructions behind the GPL, the list of compatible licenses behind
    the EUPL: the words around them are those of the text as well. A notice that somebody filled
    in, or put above the text, has other words beside it.
    """
    if not any(c.matched >= _MOST_QUOTED for c in reading.claims):
        return set()
    names = _whole_licenses(table, reading)
    whole = frozenset(names)
    first = min((c.start for c in reading.claims if c.expression in whole), default=None)
    if first is None:
        return set()
    small = [
        n
        for n, c in enumerate(reading.claims)
        if c.length <= _MOST_QUOTED and c.start >= first and c.expression not in whole
    ]
    count = len(reading.words)
    claims = (reading.claims[n] for n in small)
    around = [(max(0, c.start - _BESIDE), min(count, c.end + _BESIDE)) for c in claims]
    quoted = OwnWords(table, names, reading.words.hashes).are_whole(around)
    return {n for n, is_quoted in zip(small, quoted, strict=True) if is_quoted}


# Beside a notice in source much is said that is no condition ("DO NOT EDIT"); these are.
_RESTRICTS: Final = re.compile(
    rb"\b(?:non-?\s?commercial\s+(?:use|purposes?)|not\s+for\s+(?:commercial|production)\b"
    rb"|(?:may|must|shall|can)\s+not\s+be\s+(?:used|copied|modified|distributed|redistributed|sold)"
    rb"|for\s+(?:evaluation|research|educational|academic|internal|personal|private)\s+"
    rb"(?:use|purposes?)\s+only|(?:paid|commercial|separate|additional)\s+licen[sc]e"
    rb"|use\s+(?:\w+\s+){0,3}(?:is\s+)?(?:prohibited|forbidden)|royalt(?:y|ies)"
    rb"|additional\s+(?:terms|restrictions?|conditions?)"
    rb"|only\s+(?:if|when|where)\s+you\b|unless\s+you\b|(?:for|by)\s+students?\b|if\s+you\s+are\s+(?:a|an|not)\b)",
    re.IGNORECASE,
)
_GENERIC: Final = int(Use.GENERIC)
_DEMAND: Final = 40  # bytes of a word in another language that a known word may end
_FAR: Final = 12  # words between a notice and a condition that belongs to it


def restrictions(reading: Reading, text: bytes, least: int) -> list[Remainder]:
    """Conditions in source that stand directly beside a notice of `least` words or more."""
    notices = [c for c in reading.claims if c.length >= least]
    starts = [c.start for c in notices]
    reach = list(accumulate((c.end for c in notices), max))
    found: list[Remainder] = []
    classes = ((c.start, c.end) for c in reading.claims if c.use & _GENERIC)
    for first, last in (*_open_runs(reading), *classes) if notices else ():
        begin, end = int(reading.words.starts[first]), int(reading.words.ends[last - 1])
        for match in _RESTRICTS.finditer(text, begin, end):
            at = int(reading.words.starts.searchsorted(match.start()))
            near = bisect_right(starts, at + _FAR)
            if near and reach[near - 1] >= at - _FAR:
                words = len(_WORD.findall(match.group()))
                found.append(Remainder(match.start(), match.end(), words, strong=True))
        if len(found) >= MOST_REMAINDERS:
            break
    return found


def remainders(table: RuleTable, reading: Reading, text: bytes) -> list[Remainder]:
    """Unexplained stretches of `text` that speak as licenses do, by place."""
    found: list[Remainder] = []
    starts = reading.words.starts
    names = _whole_licenses(table, reading)
    texts = OwnWords(table, names, reading.words.hashes)
    for first, last in _open_runs(reading):
        if last - first < LEAST_WORDS:
            continue
        begin, end = int(starts[first]), int(reading.words.ends[last - 1])
        head = _from_owner(text, begin)
        raw = head + text[begin:end]
        said = _statement_lines(raw)
        count = len(_WORD.findall(said))
        if count < LEAST_WORDS and last - first <= LEAST_WORDS:
            continue
        strong = _is_strong(said, raw)
        if count < LEAST_WORDS and not strong:  # "until May 2027" counts
            continue
        weak = 0 if strong else len(_WEAK.findall(said))
        least = _WEAK_WORDS if reading.claims else _WEAK_ALONE
        speaks = strong or (count >= least and weak >= _WEAK_SHARE * count)
        if not speaks and not (names and weak):
            continue
        own = 0.0
        if names:
            segments = _segments(reading, text, first, last)
            own = _own_share(texts, segments, len(reading.words))
        if own < 1 and (speaks or own >= _CHANGED_SHARE):
            rest = Remainder(begin, end, count, strong)
            parted = head or _BAR.search(text, begin, end)
            found.extend(_apart(rest, text) if parted else (rest,))
            if len(found) >= MOST_REMAINDERS:
                break
    found += _in_other_words(reading, text, found)
    return found[:MOST_REMAINDERS]


def _in_other_words(reading: Reading, text: bytes, known: list[Remainder]) -> Iterator[Remainder]:
    """Lines that demand something in another language, beside what is explained and known."""
    starts, ends = reading.words.starts, reading.words.ends
    demands = demands_in(text.lower())
    taken = [(int(starts[a]), int(ends[b - 1])) for a, b in reading.explained if b > a]
    taken = sorted(taken + [(r.start, r.end) for r in known])
    reach = list(accumulate((end for _, end in taken), max))
    done = -1  # where the line ends that was looked at last
    for first, last in _between(taken, len(text)):
        for match in demands(first, last + _DEMAND):
            at = match.start()
            before = bisect_right(taken, (at, len(text)))
            if at >= last:
                break
            if at < done or (before and reach[before - 1] > at):
                continue
            begin = text.rfind(b"\n", max(0, done), at) + 1
            end = text.find(b"\n", match.end())
            done = len(text) if end < 0 else end
            if not _is_of_owner(text[begin:done]):
                yield Remainder(at, match.end(), len(match.group().split()), strong=True)


def _between(taken: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """What the spans (sorted) leave of a text of `size` bytes, with short spans in it."""
    low = first = last = 0
    for begin, end in (*taken, (size + 1, size + 1)):
        if begin <= last:
            last = max(last, end)
            continue
        if last - first > _DEMAND:
            if first > low:
                yield low, first
            low = last
        first, last = begin, end
    if size > low:
        yield low, size


def _apart(rest: Remainder, text: bytes) -> list[Remainder]:
    """A stretch that lines of dashes part: what is said stands on its side of them."""
    places = [rest.start]
    for bar in _BAR.finditer(text, rest.start, rest.end):
        places += [bar.start(), bar.end()]
    places.append(rest.end)
    found: list[Remainder] = []
    for start, end in zip(places[::2], places[1::2], strict=True):
        said = _statement_lines(text[start:end])
        strong = _is_strong(said, text[start:end])
        if strong if rest.strong else len(_WORD.findall(said)) >= _WEAK_ALONE:
            found.append(Remainder(start, end, len(_WORD.findall(said)), strong))
    return found or [rest]
