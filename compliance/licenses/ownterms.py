"""Terms in words of one's own at the head of a source file: what no license text has, but binds.

"This file may not be used commercially" above the package clause of a file in an MIT module is no
license that is known, and takes away what the license file gives. Only the head of a file is looked
at, the comments above the package clause of Go and above the first line of code elsewhere: below it
the same words speak of what the code does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from compliance import patterns as re
from compliance.licenses import duties

TRIGGERS: Final = (
    rb"commercial", rb"proprietary", rb"confidential", rb"trade secret", rb"unpublished",
    rb"permission of", rb"permission from", rb"permission by", rb"consent of", rb"consent from",
    rb"authorization of", rb"authorization from", rb"authorization by", rb"approval of",
    rb"approval from", rb"without written", rb"without the", rb"without prior", rb"without express",
    rb"without explicit", rb"written consent", rb"no part", rb"no use", rb"written a",
    rb"written license", rb"prohibited", rb"forbidden", rb"not allowed", rb"not permitted",
    rb"n't allowed", rb"academic", rb"research", rb"evaluation", rb"educational", rb"teaching",
    rb"hobby", rb"use only", rb"purposes only", rb"purpose only", rb"only for", rb"free for",
    rb"not redistribut", rb"distribute this", rb"permission to", rb"redistribution is",
    rb"redistribution of", rb"be redistribut", rb"reproduction", rb"not distribute",
    rb"not be distributed", rb"not sell", rb"not for distribution", rb"not for redistribution",
    rb"unauthori", rb"not resell", rb"be sold", rb"be resold", rb"used with", rb"not copy",
    rb"not be copied", rb"not reproduce", rb"not be reproduced", rb"not share", rb"not be shared",
    rb"not disclose", rb"not be disclosed", rb"not be published", rb"not be used",
    rb"not decompile", rb"n't copy", rb"n't distribute", rb"n't share", rb"n't sell", rb"a license",
    rb"a licence", rb"subscription", rb"eula", rb"agreement", rb"licensed only",
    rb"licensed solely", rb"licensed exclusively", rb"licensed for", rb"only be used",
    rb"solely be used", rb"military", rb"weapon", rb"competing", rb"compete ", rb"training",
    rb"train ", rb"revoked", rb"community license", rb"enterprise license", rb"edition license",
    rb"available license", rb"functional source", rb"timescale", rb"fair source", rb"fair core",
    rb"sustainable use", rb"parity public", rb"compete license", rb"anti-996", rb"the fsl",
    rb"the tsl", rb"the rsal", rb"under fsl", rb"under rsal",
    *duties.TRIGGERS,
)  # fmt: skip
"""One of them stands in nearly every statement that counts: looked for with the keywords. Words as
they are, since those cost a scan nothing."""

SAID: Final = "the head of the file states terms of its own"
SAID_BESIDE: Final = "the section on the license states terms of its own"
"""How the message begins that tells of them, in source and in a README."""

HEAD_LIMIT: Final = 1 << 16
"""Bytes of a Go file in which its package clause is looked for."""

_SECTION_LIMIT: Final = 1 << 13
"""Bytes of a section on the license that are looked at."""

_HEADING: Final = re.compile(
    rb"^(?:[#=]{1,6}[ \t]{0,4}[^\w\n]{0,12}(?:\d{1,2}\.?[ \t]{1,4})?"
    rb"(?:the[ \t])?(?:licen[sc](?:e|es|ing)|legal|copyright|terms)\b[^\n]{0,60}$"
    rb"|[ \t]{0,4}(?:licen[sc](?:e|es|ing)|legal|copyright)[^\n]{0,40}\n[-=~]{3,}[ \t\r]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_ANY_HEADING: Final = re.compile(
    rb"^(?:[#=]{1,6}[ \t]*\w|[^\n]{1,80}\n[-=~]{3,}[ \t\r]*$)", re.MULTILINE
)
_NEAR: Final = 120  # bytes between two statements that are told as one
_PACKAGE: Final = b"\npackage "

_WORD: Final = re.compile(rb"[^\s/*#;]+")
"""A comment in words, without its signs and line ends."""

_PARTS: Final = {
    "NOT": r"(?:not|never|cannot|n['\u2019]t)",
    "MAY NOT": r"(?:may|must|can|shall) ?not",
    "THIS WORK": r"(?:this|the|these|our)(?: (?:source|software))?"
    r" (?:files?|code|sources?|software|programs?|work|library|module|material|product)",
    "PURPOSE": r"(?:academic|scientific|research|evaluation|educational|teaching|personal|private"
    r"|trial|hobby|internal business|non-? ?profit|non-? ?commercial)(?: (?:and|or) [\w-]+)?",
    "TRADE": r"(?:commercial|business|production|proprietary|for-profit|military)",
    "LEAVE": r"(?:permission|consent|authori[sz]ation|approval|agreement|licen[sc]e)",
    "BARRED": r"(?:prohibited|forbidden|NOT(?: be)? (?:allowed|permitted))",
    "ADVICE": r"(?:\w+ ){0,2}?(?:recommended|advised|advisable|suggested|encouraged|suitable|ready"
    r"|stable|mature|hardened|tested|optimi[sz]ed|safe|secure"
    r"|(?:intended|meant|designed|fit)(?= (?:for|in) (?:any |a )?production))\b",
    "OF US": r"(?:(?:the|an?|any|our|my|their|its|express|expressed|explicit|prior|specific) )",
    "COPY": r"(?:re-?distribute|distribute|sell|resell|copy|reproduce|sublicense|share|disclose"
    r"|publish|decompile)",
    "COPIED": r"(?:used|copied|modified|re-?distributed|distributed|published|sold|resold"
    r"|reproduced|sublicensed|disclosed|shared|incorporated)",
    "WORDS": r"(?:[\w'\u2019&-]+,? )",
    **duties.PARTS,
}
"""What the statements below name in capitals."""

_STATEMENTS: Final = (
    # For whom and for what.
    r"non-? ?commercial (?:use|usage|purposes?|projects?|only)\b",
    r"NOT (?!ADVICE)WORDS{0,4}(?:for|in|by) (?:any |a )?TRADE (?:use|usage|purposes?|products?"
    r"|projects?|software|gain|advantage|entit|compan|organi)",
    r"NOT WORDS{0,5}commercially\b",
    r"TRADE (?:use|usage|redistribution|distribution|exploitation)\b[^.]{0,80}?"
    r" (?:BARRED|requires?|needs?|only (?:with|by)|without|subject to)\b",
    r"no TRADE (?:use|usage|redistribution|distribution)\b",
    r"(?:use|usage) WORDS{0,2}in (?:a |any )?(?:TRADE|closed) ?WORDS{0,3}"
    r"(?:requires?|needs?|BARRED|is BARRED)\b",
    r"for PURPOSE (?:use|purposes?|projects?) only\b",
    r"only for PURPOSE (?:use|purposes?|projects?)\b",
    r"PURPOSE (?:use|purposes) only\b",
    r"free (?:of charge )?for PURPOSE\b",
    # Copies.
    r"MAY NOT (?:use|COPY) (?:or \w+ )?THIS WORK\b(?! (?:\w+ )?except in compliance)",
    r"(?:do|should) ?NOT COPY (?:or \w+ )?THIS WORK\b",
    r"(?:do|must|may) ?NOT (?:copy(?! (?:it (?:in)?to|an? (?!copy|part|portion|line|word)"
    r"|the (?!contents|files?|sources?|software|code)))"
    r"|re-?distribute|distribute|reproduce|disclose|resell)\b",
    r"MAY NOT be COPIED(?:,? (?:(?:or|and|nor) )?\w+){0,4} (?:without WORDS{0,4}LEAVE"
    r"|outside (?:of )?(?:the )?compan|to third|commercially|in any (?:commercial|other) )",
    r"THIS WORK [^.]{0,80}?MAY NOT be (?:used|copied|reproduced|modified|distributed|disclosed"
    r"|sold)\b"
    r"(?! (?:to (?:endorse|promote)|except in compliance))",
    r"no (?:use|copying|reproduction|distribution|part)\b[^.]{0,80}? without [^.]{0,60}?LEAVE\b",
    r"not for (?:re-?)?distribution\b",
    r"MAY NOT be (?:re-?distributed|sold|resold|sublicensed|disclosed)\b",
    r"(?:re-?distribution|reproduction|copying|disclosure|unauthori[sz]ed \w+|duplication|sale)\b"
    r"[^.]{0,80}? BARRED\b",
    r"(?:is|are) NOT (?:allowed|permitted) to (?:use|modify|COPY) THIS WORK\b",
    # Secrets.
    r"(?:confidential (?:and|&) proprietary|proprietary (?:and|&) confidential"
    r"|company confidential|strictly confidential|trade secrets? (?:of|and)"
    r"|unpublished (?:proprietary )?(?:source|work)|proprietary source code"
    r"|(?:proprietary|confidential) (?:code|software|information|property) of)\b",
    # With leave, for money, by contract.
    r"without OF US{0,5}(?:written )?LEAVE (?:of|from|by)\b",
    r"without OF US{0,4}written LEAVE\b",
    r"(?:requires?|needs?|(?:must|have to|need to|should|required to)"
    r" (?:buy|purchase|obtain|acquire|have)|buy|purchase)"
    r" an? WORDS{0,2}(?:licen[sc]e|subscription)\b",
    r"requires? (?:OF US|written ){0,3}LEAVE (?:of|from|by)\b",
    r"(?:subject to|governed by|under|covered by|accept|agree to) WORDS{0,7}?"
    r"(?:end.user licen[sc]e agreement|eula|separate agreement|written agreement"
    r"|commercial agreement|commercial licen[sc]e|licen[sc]e agreement with"
    r"|non-?disclosure agreement|nda)\b",
    r"licensed (?:for use )?(?:only|solely|exclusively) (?:to|for|in|with|by)\b",
    r"licensed for (?:\w+ )?use (?:in|with|by|on) WORDS{1,4}(?:only|exclusively)\b",
    r"may (?:only|solely) be used (?:by|with|in|on) (?:\w+ )?"
    r"(?:products?|customers?|employees|licensees|compan)",
    # Licenses that restrict, by a name that no rule knows without its version, or of one owner.
    r"(?:under|by|to) (?:the )?(?:terms (?:and conditions )?of )?WORDS{0,5}"
    r"(?:community|enterprise|edition|source[- ]available|functional source|timescale|fair source"
    r"|fair core|sustainable use|parity public|non-?compete|anti-996) licen[sc]e\b"
    r"(?! (?:manager|server|key)\b)",
    r"(?:licensed|released|available) under (?:the )?(?:fsl|tsl|rsal)(?:v?\d)?\b",
    # Uses that are barred.
    r"(?:NOT|except) WORDS{0,5}(?:military|weapons?)\b",
    r"NOT WORDS{0,8}(?:train|training) WORDS{0,3}(?:ai|models?|machine|llms?)\b",
    r"NOT WORDS{0,6}(?:ai|machine learning|model) training\b",
    r"NOT WORDS{0,6}compet(?:e|es|ing) with\b",
    r"permission WORDS{0,6}revoked\b",
)


def _written_out(statements: tuple[str, ...]) -> str:
    text = "|".join(statements)
    for name in ("BARRED", "MAY NOT", *_PARTS):
        text = text.replace(name, _PARTS[name])
    return rf"(?<!\w)(?:{text})"


_pattern = re.later(_written_out(_STATEMENTS))
"""All statements, for text in lower case; wanted when the first head has a trigger."""

_duties = re.later(_written_out(duties.STATEMENTS))

_OF_DUTIES: Final = (
    *(word.decode() for word in duties.TRIGGERS),
    "a license", "a licence", "free for", "eula", "agreement", "evaluation",
)  # fmt: skip


def _stated(text: str) -> Iterator[tuple[int, int]]:
    """Spans of all statements in a text in lower case, by place."""
    spans = [match.span() for match in _pattern().finditer(text)]
    for word in _OF_DUTIES:  # `any` with a generator takes twice as long
        if word in text:
            spans += [match.span() for match in _duties().finditer(text)]
            break
    return iter(sorted(spans))


def head_of_go(text: bytes) -> int:
    """Where the head of a Go file ends: before its package clause."""
    if text.startswith(_PACKAGE[1:]):
        return 0
    end = text.find(_PACKAGE, 0, HEAD_LIMIT)
    return end + 1 if end >= 0 else min(len(text), HEAD_LIMIT)


def license_sections(text: bytes) -> Iterator[tuple[int, int]]:
    """Spans [start, end) of a README that a heading says to be about the license."""
    for heading in _HEADING.finditer(text):
        behind = _ANY_HEADING.search(text, heading.end())
        end = behind.start() if behind else len(text)
        yield heading.end(), min(end, heading.end() + _SECTION_LIMIT)


def in_words(head: bytes) -> str:
    """The words of a comment, one space between them."""
    return b" ".join(_WORD.findall(head)).decode("utf-8", "replace")


def places_in_words(head: bytes) -> list[tuple[int, int]]:
    """The span in the bytes of a comment of each of its words (`in_words`)."""
    return [word.span() for word in _WORD.finditer(head)]


@lru_cache(maxsize=1024)
def own_terms(head: bytes) -> tuple[tuple[int, int], ...]:
    """Spans of statements in the head of a file, whether they stand in comments or not."""
    text = in_words(head).lower()
    found: list[tuple[int, int]] = []
    places: list[tuple[int, int]] = []
    for start, stop in _stated(text):
        places = places or places_in_words(head)
        first, last = text.count(" ", 0, start), text.count(" ", 0, stop)
        begin, end = places[first][0], places[min(last, len(places) - 1)][1]
        if found and begin - found[-1][1] <= _NEAR:
            begin, before = found.pop()
            end = max(end, before)
        found.append((begin, end))
    return tuple(found)
