"""Whether a short remark is a statement: where it stands and what stands before it.

A whole license text says the same wherever it is. Three words (`MIT`, `GPL v2`, `BSD license`)
are a statement in a license file; in prose and code they are one only where people state
licenses, and never in a list of allowed ids or behind a `not`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from compliance import patterns as re
from compliance.licenses.regions import LONG_BEFORE, on_comment_line, opening_comments

if TYPE_CHECKING:
    from compliance.licenses.names import Role

BARE: Final = 4
"""Rules of fewer words are names."""

SHORT: Final = 8
"""Rules of fewer words are statements in source only behind a verb or with the word license."""

REMARK: Final = 12
"""Rules of up to so many words can be negated by the words before them."""

SENTENCE: Final = 20
"""Rules of so many words are statements wherever they stand."""

_BACK: Final = 120
_NEAR: Final = 60
_WORD: Final = 12
_SPEAKS: Final = re.compile(
    "许可|授权|許可|授權|ライセンス|라이선스|".encode()
    + rb"licen[sc\xc3]|licentie|lizenz|copying|spdx|legal|\b(?:copied|derived|taken|adapted|ported"
    rb"|borrowed|forked|extracted|translated|based)\W+(?:from|on|of)\b",
    re.IGNORECASE,
)
# Both for text in lower case, as all patterns without a word on case.
_NEGATED: Final = re.compile(
    rb"(?:(?:\b(?:not|never|neither|nor)|n(?:'|\xe2\x80\x99)t)\b(?:[^\w.;:!?]+\w+){0,6}"
    rb"(?:[^\w.;:!?]+(?:or|nor)(?:[^\w.;:!?]+\w+){0,4}){0,2}"
    rb"|\b(?:excluded|exempt(?:ed)?|excluding|removed)\W{1,4}from\b(?:[^\w.;:!?]+\w+){0,8}"
    rb"|\b(?:(?:in)?compatible|conflicts?)\s+with\b(?:[^\w.;:!?]+\w+){0,4}"
    rb"|\b(?:similar|comparable|inferior|superior)\s+to\b(?:[^\w.;:!?]+\w+){0,5}"
    # "which makes it possible to combine it with other software that is released under the GPL"
    rb"|\b(?:combin\w+|compatible|used?|mix\w*)\W+(?:\w+\W+){0,3}with\W+(?:\w+\W+){0,2}?"
    rb"(?:software|code|programs?|works?|libraries)\W+(?:that|which)\W+(?:is|are)(?:\W+\w+){0,4}"
    # The end of every text of Creative Commons speaks of the text itself.
    rb"|\btext\s+of\s+(?:the\s+)?creative\s+commons\s+(?:public\s+)?licen[sc]es?\s+is\s+dedicated"
    rb"\s+to\s+the\s+public\s+domain\s+under(?:\s+the)?"
    rb"|\b(?:instead\s+of|rather\s+than|other\s+than|unlike|no\s+longer)\b"
    rb"(?:[^\w.;:!?]+\w+){0,5})[^\w.;:!?]*\Z",
)
_CANCELS: Final = re.compile(
    rb"\b(?:except|unless|only|but|otherwise|distributed\s+with|obtain\w*|found|receiv\w+)\b",
)
# One of them is in all text that negates, and in little else.
_NEGATING: Final = (
    b"not", b"nor", b"never", b"neither", b"longer", b"n't", b"n\xe2\x80\x99t", b"with",
    b"exclud", b"exempt", b"removed", b"similar", b"comparable", b"inferior", b"superior",
    b"instead", b"rather", b"other", b"unlike", b"dedicated",
)  # fmt: skip
_QUOTES: Final = (b'"', b"'", b"`")
_VERB: Final = re.compile(
    rb"\b(?:licen[sc]ed?|licen[sc]ing|licen[sc]es?|released|distributed|available|governed|covered"
    rb"|provided|published|dual|spdx\S*|terms|under|subject\s+to|free\s+software"
    rb"|licencia|licen\xc3\xa7a|licenza|licentie|lizenz(?:iert)?|sous\s+licence|unter)\W+(?:\w+\W+){0,5}\Z"
    rb"|\b(?:copied|derived|taken|adapted|ported|borrowed|forked|extracted|translated|based)\W+(?:from|on|of)\b"
    rb"\W+(?:\w+\W+){0,7}\Z"
    # "This file is", "the rest of the code is", "the folder x, which is"
    rb"|\b(?:this|these|the|all|its|our)\W+(?:\w+\W+){0,3}?(?:files?|code|software|sources?"
    rb"|librar(?:y|ies)"
    rb"|programs?|packages?|modules?|projects?|scripts?|headers?|works?|repo(?:sitory)?|rest)"
    rb"(?:[ ]\w+){0,3}?"
    rb"[ ](?:is|are)[ ](?:(?:now|also|all|both|either|an?|the|gnu)\W+){0,3}\Z"
    rb"|\b(?:which|everything)(?:[ ]else)?[ ](?:is|are)[ ](?:(?:also|the|gnu)\W+){0,2}\Z"
    rb"|\b(?:choice[ ]of|choose|pick)\W+(?:(?:either|between|from|the)\W+){0,2}\Z",
)
_GIVEN: Final = re.compile(
    rb"\b(?:licen[sc]ed|released|distributed|available|published|provided|covered|redistributed)"
    rb"\W+(?:\w+\W+){0,3}?(?:under|by)\b|\bthis\W+(?:\w+\W+){1,2}(?:is|are)\b"
    rb"|\bunder\W+(?:the\W+)?terms\W+(?:and\W+conditions\W+)?of\b|\bsubject\W+to\b"
    rb"|\b(?:use|used|redistribute|modify|copy|copied)\W+(?:\w+\W+){0,4}?under\b",
)
# One of them is in all text that the pattern of its name finds, in lower case.
_SPEAKING: Final = (
    b"licen", b"lizenz", b"copying", b"spdx", b"legal", b"copied", b"derived", b"taken", b"adapted",
    b"ported", b"borrowed", b"forked", b"extracted", b"translated", b"based",
)  # fmt: skip
_GIVING: Final = (b"under", b"by", b"this", b"subject")
_VERBS: Final = (
    *_SPEAKING, b"under", b"terms", b"released", b"distributed", b"available", b"governed",
    b"covered", b"provided", b"published", b"dual", b"subject", b"free", b"sous", b"unter",
    b" is ", b" are ", b"cho", b"pick",
)  # fmt: skip
_BOUGHT: Final = (b"your", b"valid", b"active", b"trial", b"expired", b"paid", b"current")
# What somebody asks of another license: "license must be GPL for kernel helpers".
_ASKED: Final = re.compile(
    rb"\b(?:(?:must|should|needs?\W+to|has\W+to|have\W+to)\W+be|(?:if|when|whether|unless)\W+"
    rb"(?:\w+\W+){1,4}(?:is|be)|requires?|requiring|needs?|expects?)"
    rb"\W+(?:(?:an?|the|gnu|under)\W+){0,3}\Z",
)
_ASKING: Final = (b"must", b"should", b"need", b"has", b"have", b"if", b"when", b"whether",
                  b"unless", b"requir", b"expect")  # fmt: skip
_SIGNS: Final = b" \t\r\n*/#;-"
_OF_THE: Final = (b"the", b"The", b" of", b"gnu", b"GNU", b"ion", b"ons")
_VERSION_OF: Final = re.compile(
    rb"(?:\beither\W{1,12})?\b(?:version|ver|v)\W{0,3}[1-3](?:\.[01])?(?:\W{1,12}of\W{1,12}the"
    rb"\W{1,12}licen[sc]e)?(?:\W{1,12}only)?"
    rb"(?:\W{1,12}(?:or|and)(?:\W{1,12}\w+){0,5}?\W{1,12}(?:later|newer|higher)"
    rb"(?:\W{1,12}versions?)?)?(?:\W{1,12}of(?:\W{1,12}the)?(?:\W{1,12}gnu)?)?\W{1,12}\Z",
)
_AROUND: Final = b" \t\r\n*/#;%-!<>{}"
_TELLS: Final = re.compile(rb"\d|gpl|licen[sc]e", re.IGNORECASE)
_ABOVE: Final = 300  # bytes before a name in which the copyright line above it begins
_OR_LATER: Final = re.compile(
    rb"(?:[ \t,-]{0,3}(?:licen[sc]e[ \t,]{0,3})?(?:version|ver|v)?[ \t.]{0,2}\d[\d.]{0,3}\+?)?"
    rb"(?:,?[ \t]*\(?(?:or|and)\b[\w \t(),']{0,50}\b(?:later|newer|higher|above)"
    rb"(?:[ \t]+versions?)?|[ \t]+\(?only)?[\s*/).>-]*",
    re.IGNORECASE,
)
_COPYRIGHT: Final = re.compile(rb"copyright|\(c\)|\xc2\xa9|all rights reserved", re.IGNORECASE)
# A license that was bought: "your Elastic license", "a valid BSL license key".
_OF_A_CUSTOMER: Final = re.compile(
    rb"\b(?:your|(?:their|a|an|the|no|any)\W+(?:\w+\W+)?(?:valid|active|trial|expired|paid|current))"
    rb"\W+(?:\w+\W+){0,2}\Z",
)
_LICENSED: Final = re.compile(
    rb"[-\s]{1,3}licen[sc]ed\b|[ ]licen[sc]e\b(?![ ]?[=:(.\[])|\s?(?:"
    + "许可|授权|許可|授權|ライセンス|라이선스".encode()
    + rb")",
    re.IGNORECASE,
)
# "GPLv2, see COPYING", "MIT unless otherwise noted"
_SEE_BEHIND: Final = re.compile(
    rb"[,;:]?[ ]\(?(?:see|as in|full text in)[ ](?:the[ ])?(?:files?[ ])?[<`'\"\[]?"
    rb"(?:licen[sc]e|copying)(?![a-z])"
    rb"|,?[ ](?:unless|except[ ](?:where|as))[ ](?:otherwise|noted|stated|specified|indicated)\b",
    re.IGNORECASE,
)
# What is said of a license behind its name: "the MIT license does not apply to this file".
_DENIED: Final = re.compile(
    rb"\W{1,4}(?:licen[sc]es?\W{1,3})?(?:does|do|shall|will|is|are|must|may|can)(?:\W{1,3}not|n't)\W{1,3}"
    rb"(?:be\W{1,3})?(?:apply|cover|extend|govern|valid|applicable|appl(?:ied|icable))\b",
)
# What others are asked to do: "place your modifications in the public domain".
_HANDED_OVER: Final = re.compile(
    rb"\b(?:place|put|release|dedicate|donate|publish|make|makes|places|puts)\W+(?:your|their|his|her|any|such"
    rb"|those|said)\W+(?:\w+\W+){0,6}\Z"
)
_FAMILY: Final = re.compile(
    rb"(?:gnu\W+)?(?:(?:lesser|library|affero)\W+)?general\W+public\W+licen[sc]e", re.IGNORECASE
)
# The comment that minifiers keep, for it states name, author and license: `/*! x v1 | MIT */`.
# Doxygen begins its comments the same way, with a command or a sentence.
_BANNER_BACK: Final = 240
_DOXYGEN: Final = re.compile(rb"/\*!\W*[\\@](?:brief|file|page|ingroup|def|mainpage)\b")
_FIELD_BEFORE: Final = re.compile(rb"(?:[|,;(\-&/*]|\xe2\x80\x93|\d|\b(?:OR|AND))\s*\Z")
_FIELD_BEHIND: Final = re.compile(
    rb"(?:\s+licen[sc]ed?)?\s*(?:[|,;)&/*\n]|-\s|\xe2\x80\x93|\b(?:OR|AND)\b|\Z)"
)
_QUOTE: Final = re.compile(rb"[\"'`]")
_QUOTED_BEHIND: Final = re.compile(rb"[\"'`]\s*(?:[:,\])}]|=>|->)")
_FIELD: Final = re.compile(rb"[\s\"'<_]{0,120}licen[sc]es?_*\b", re.IGNORECASE)
# `<cc:license rdf:resource="http://...`, `<a rel="license" href="...`: pictures and pages.
_ELEMENT: Final = re.compile(
    rb"<[ \t\r\n]{0,20}(?:(?:[\w-]{1,40}:)?licen[sc]e\b|[^<>]{0,200}\brel=[\"']?licen[sc]e\b)"
    rb"[^<>]{0,200}[\"'=>](?:https?://(?:www\.)?)?\Z",
    re.IGNORECASE,
)
_ELEMENT_BACK: Final = 400
_TOP_KEY: Final = re.compile(rb"[\"']licen[sc]es?[\"']\s*:\s*\[?\s*[\"']\Z", re.IGNORECASE)
_LEVEL: Final = 4000  # bytes from the start in which the keys of a JSON object are looked for
_KEY: Final = re.compile(rb"licen[sc]es?[\"'`]?\s*[:=]\s*\[?\s*[\"'`]?\Z", re.IGNORECASE)
# The place in the same document that a link leads to: `[MPL 2.0](#mozilla-public-license-20)`.
_ANCHOR: Final = re.compile(rb"(?:\]\(|\bhref=[\"']?)#[^\s()\"'<>]{0,80}\Z", re.IGNORECASE)
_ANCHOR_BACK: Final = 100


def _is_list_item(text: bytes, start: int, end: int, role: Role) -> bool:
    """A quoted name in a list or table of a program, not the value of a `license` key.

    In source every quoted name is an example or data, and `com.example.license=GPL` is a label.
    """
    if text[max(0, start - 1) : start] in (b".", b"_") and _SPEAKS.match(text, start):
        return True
    if text[max(0, start - 1) : start] not in _QUOTES:
        return False
    if _KEY.search(text[max(0, start - _NEAR) : start]) or _SPEAKS.match(text, start):
        return False
    behind = _QUOTE if role == "source" else _QUOTED_BEHIND
    return behind.match(text, end, end + 20) is not None


def is_negated(text: bytes, start: int) -> bool:
    """Whether words before `text[start:]` negate it."""
    return _negates(text[max(0, start - _BACK) : start])


@lru_cache(maxsize=4096)
def _negates(before: bytes) -> bool:
    """Whether words negate what follows; the same headers come again and again."""
    low = before.lower()
    for word in _NEGATING:  # `any` with a generator takes twice as long
        if word in low:
            match = _NEGATED.search(low)
            return match is not None and _CANCELS.search(match.group()) is None
    return False


_MONTH: Final = rb"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# What was granted once, is granted to some, from some day on or on demand: "it used to be released
# under", "if you need an MIT version, contact us", "after 1 January 2030".
_CONDITIONAL: Final = re.compile(
    rb"(?:\bused\s+to\s+be\b|\bformerly\b|\bin\s+the\s+past\b|\b(?:was|were)\s+once\b"
    rb"|\bwe\s+(?:considered|rejected)\b|\b(?:becomes?|converts?|turns?)\s+(?:to|into|available|licen[sc]ed)\b"
    rb"|\b(?:after|until|before)\s+(?:the\s+)?(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:(?:" + _MONTH
    + rb"\s+)?(?:\d{1,2},?\s+)?20\d\d|20\d\d-\d\d)\b)[^.;]{0,100}\Z"
)  # fmt: skip
_ON_DEMAND: Final = re.compile(rb"\bif\s+you\s+(?:need|want|require|would\s+like)\b[^.;]{0,60}\Z")
_ASK_FOR: Final = re.compile(rb"[^.;]{0,60}?\b(?:contact|ask|e?-?mail|write|buy|purchase)\b")
_TO_SOME: Final = re.compile(
    rb"\W{1,4}(?:licen[sc]e\W{1,4})?(?:only\W{1,4})?(?:for|to|by)\W{1,4}(?:(?:our|its|the|all)\W{1,4})?"
    rb"(?:students?|members|customers|subscribers|partners|employees|academics|academic|non-?\s?commercial"
    rb"|personal|private|educational|evaluation|research|internal)\b"
    rb"|[^.;]{0,40}?\b\w+\s+(?:years?|months?)\s+(?:after|from)\b"
)
_CONDITIONING: Final = (
    b"used", b"formerly", b"past", b"once", b"we ", b"become", b"convert", b"turn", b"after",
    b"until", b"before", b"if you",
)  # fmt: skip
# What is granted some day: "on or after that date, you may use the Software under the MIT license".
_DEFERRED: Final = re.compile(
    rb"\b(?:on|after|from|as\s+of|starting|beginning|effective|until)\b[^.;]{0,80}\b(?:date|anniversary)\b[^.;]{0,200}\Z"
)
_DEFERRED_BEHIND: Final = re.compile(
    rb"\W{1,4}(?:licen[sc]e\W{1,4})?(?:(?:that|which)\W{1,4}(?:is|becomes|will\W{1,4}be)\W{1,4})?effective"
    rb"\W{1,4}(?:on|from|after|as\W{1,4}of|upon)\b"
)
_DEFERRED_BACK: Final = 320


def is_deferred(text: bytes, start: int, end: int) -> bool:
    """Whether the words around `text[start:end]` say that it holds from some day on."""
    before = text[max(0, start - _DEFERRED_BACK) : start].lower()
    if (b"date" in before or b"anniversary" in before) and _DEFERRED.search(before):
        return True
    behind = text[end : end + _NEAR].lower()
    return b"effective" in behind and _DEFERRED_BEHIND.match(behind) is not None


def is_conditional(text: bytes, start: int, end: int) -> bool:
    """Whether a short statement is of the past, of a day to come, or for some people only."""
    before = text[max(0, start - _BACK) : end].lower()[: min(start, _BACK)]
    behind = text[end : end + _BACK].lower()
    if _TO_SOME.match(behind):
        return True
    if not _has(before, _CONDITIONING):
        return False
    if _CONDITIONAL.search(before):
        return True
    return _ON_DEMAND.search(before) is not None and _ASK_FOR.match(behind) is not None


def _is_taken_back(text: bytes, start: int, end: int) -> bool:
    """Whether words behind `text[start:end]` deny it, or it is what others are asked to do."""
    behind = text[end : end + _NEAR]
    if (b"not" in behind or b"n't" in behind) and _DENIED.match(behind.lower()):
        return True
    if not text[start:end].lower().endswith(b"domain"):
        return False
    return _HANDED_OVER.search(text[max(0, start - _BACK) : start].lower()) is not None


def _is_anchor(text: bytes, start: int) -> bool:
    """Whether `text[start:]` is the name of a place in the document that a link leads to."""
    low = max(0, start - _ANCHOR_BACK)
    at = text.rfind(b"#", low, start)
    return at > 0 and text[at - 1] in b"(='\"" and _ANCHOR.search(text, low, start) is not None


def is_statement(text: bytes, start: int, end: int, words: int, role: Role) -> bool:
    """Whether the words `text[start:end]`, matched by a rule of `words` words, state a license.

    Args:
        text: The text (or paragraph) that was read.
        start: Byte offset of the match.
        end: Byte offset behind it.
        words: Length of the rule.
        role: What the file is by its name.
    """
    if words <= REMARK and (
        is_negated(text, start) or _is_taken_back(text, start, end) or _is_anchor(text, start)
    ):
        return False
    if role == "license" or words >= REMARK:
        return True
    if _is_list_item(text, start, end, role):
        return False
    if words < BARE:
        before = text[max(0, start - _NEAR) : start].lower()
        asked = role == "source" and _is_asked_of_others(text, start, before)
        if asked or _is_of_a_customer(before):
            return False
    said = _before_version(text, start)
    near = text[max(0, said - _NEAR) : end + _NEAR // 3].lower()
    bare = words < BARE and not _speaks(near) and not _is_given(near)
    source = role == "source"
    stands = source and (_is_banner(text, start, end) or _is_paragraph(text, start, end))
    if (bare and not stands) or (
        source and words < SHORT and not stands and not _says_so(text, start, end, said)
    ):
        return False
    return role == "document" or on_comment_line(text, start) or _is_field(text, start, end)


def _has(low: bytes, words: tuple[bytes, ...]) -> bool:
    """Whether one of the words is there: a pattern that finds nothing takes ten times as long."""
    for word in words:  # noqa: SIM110 - `any` with a generator takes twice as long
        if word in low:
            return True
    return False


def _speaks(low: bytes) -> bool:
    """Whether words that speak of licenses are there: most often it is the plain word."""
    if b"licens" in low:
        return True
    return (_has(low, _SPEAKING) or not low.isascii()) and _SPEAKS.search(low) is not None


def _is_given(low: bytes) -> bool:
    return _has(low, _GIVING) and _GIVEN.search(low) is not None


def _is_of_a_customer(low: bytes) -> bool:
    return _has(low, _BOUGHT) and _OF_A_CUSTOMER.search(low) is not None


def _is_asked_of_others(text: bytes, start: int, low: bytes) -> bool:
    """Whether a comment among code, not one at the head, names what another license has to be.

    `low` is what stands before `start`, in lower case.
    """
    if not _has(low, _ASKING) or _ASKED.search(low, low.rfind(b"\n") + 1) is None:
        return False
    return start >= LONG_BEFORE or start >= opening_comments(text)


def _says_so(text: bytes, start: int, end: int, said_at: int) -> bool:
    """A name alone (`GPL-2.0-only`) in a comment needs a verb before it.

    `said_at` is where the version begins that stands before it (`_before_version`).
    """
    said = text[start:end]
    if _QUOTE.search(said) and not _is_field(text, start, end):
        return False
    if _speaks(said.lower()) and not _FAMILY.fullmatch(said):
        return True
    if _is_given(said.lower()) or _LICENSED.match(text, end, end + _WORD):
        return True
    if _SEE_BEHIND.match(text, end, end + _NEAR):
        return True
    before = text[max(0, said_at - _NEAR) : said_at].lower()
    return _has(before, _VERBS) and _VERB.search(before) is not None


def _is_paragraph(text: bytes, start: int, end: int) -> bool:
    """Whether a name is all that a paragraph of a comment says, below a copyright line or not."""
    first = text.rfind(b"\n", max(0, start - _BACK), start) + 1
    stop = text.find(b"\n", end, end + _BACK)
    last = stop if stop >= 0 else min(len(text), end + _BACK)
    said = text[first:start].strip(_AROUND) if first else _first_sign(text) < start
    if said or not _TELLS.search(text, start, last):
        return False
    if not _OR_LATER.fullmatch(text, end, last):
        return False
    above = text[max(0, first - _ABOVE) : first].splitlines()
    owner = next((bare for line in reversed(above) if (bare := line.strip(_AROUND))), b"")
    below = text[last : text.find(b"\n", last + 1) if stop >= 0 else last].strip(_AROUND)
    return not below and (not owner or _COPYRIGHT.search(owner) is not None)


@lru_cache(maxsize=2)
def _first_sign(text: bytes) -> int:
    """Offset of the first byte of a text that says something; its length where there is none."""
    return len(text) - len(text.lstrip(_AROUND))


def _before_version(text: bytes, start: int) -> int:
    """Where a version begins that stands before a name: "version 2 or later of the GPL"."""
    if text[max(0, start - 8) : start].rstrip(_SIGNS)[-3:] not in _OF_THE:
        return start
    before = text[max(0, start - _BACK) : start].lower()
    version = _VERSION_OF.search(before) if b"v" in before else None
    return start - len(before) + version.start() if version else start


def _is_banner(text: bytes, start: int, end: int) -> bool:
    """Whether a name is a field of a banner, the comment with which a bundled script begins."""
    low = max(0, start - _BANNER_BACK)
    if text.find(b"/*!", low, start) < 0 and text.find(b"@preserve", low, start) < 0:
        return False
    before = text[low:start]
    begin = max(before.rfind(b"/*!"), before.rfind(b"@preserve"))
    return (
        before.find(b"*/", begin) < 0
        and _FIELD_BEFORE.search(before[-_WORD:]) is not None
        and _FIELD_BEHIND.match(text, end) is not None
        and _DOXYGEN.match(before, begin) is None
    )


def _is_field(text: bytes, start: int, end: int) -> bool:
    """A `license` key of a manifest (package.json, pom.xml, Cargo.toml, a Python module)."""
    line = text.rfind(b"\n", max(0, start - _BACK), start) + 1
    if text.find(b"License ::", max(line, start - _BACK), end + 1) >= 0:
        return True  # a trove classifier
    if _FIELD.match(text, line, end) is not None or _is_top_key(text, start):
        return True
    low = max(0, start - _ELEMENT_BACK)
    return text.find(b"<", low, start) >= 0 and _ELEMENT.search(text[low:start]) is not None


def _is_top_key(text: bytes, start: int) -> bool:
    """Whether a name is the value of `license` in the object that a JSON text is, on one line."""
    if (
        start > _LEVEL
        or not text.startswith(b"{")
        or not _TOP_KEY.search(text[max(0, start - _NEAR) : start])
    ):
        return False
    before = text[:start]
    return before.count(b"{") - before.count(b"}") == 1 and before.count(b"[") == before.count(b"]")
