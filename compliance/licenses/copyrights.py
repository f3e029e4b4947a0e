"""Copyright statements: who says to hold the copyright, and for which years.

A statement is a mark (`Copyright`, `(c)`, `©`, `SPDX-FileCopyrightText:`) with a holder. License
prose speaks of copyright all the time ("copyright notice", "the copyright holders") and carries
templates ("[yyyy] [name of copyright owner]"); neither states anything and neither is reported.

All work is linear: lines without a mark are never decoded, and of a very long line only a window
around the mark is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from compliance import patterns as re
from compliance.licenses.evidence import MOST_STATEMENTS, Copyright

WINDOW = 300
"""Characters of a line that are looked at from a mark on: minified lines have megabytes."""

CONTINUATION = 3
"""Lines after a mark in which a statement may go on."""

MOST_HOLDER_WORDS = 16
"""A longer "holder" is prose; the longest real ones name three companies."""

_YEAR = r"(?:19|20)\d\d"
_RANGE_END = rf"{_YEAR}|\d\d(?!\d)|present|now|today|current|date"
_RANGE_SIGN = r"\s*[-\u2013\u2014,/&]\s*|\s*(?:and|to|through)\s+"
_YEARS = rf"(?<!\d){_YEAR}(?!\d)\+?(?:(?:{_RANGE_SIGN})(?:{_RANGE_END})\b\+?)*"
_YEARS_RE = re.compile(_YEARS, re.IGNORECASE)
_AHEAD_RE = re.compile(rf"({_YEARS})[\s,:]*$", re.IGNORECASE)
_WORDY_RE = re.compile(r"[^\W\d_]{3}")
_MARK = (
    r"SPDX-(?:File|Snippet)CopyrightText:|\bcopyright(?:ed|s)?(?!\w)|\bcopr\.(?!\w)"
    r"|(?<!\w)\(c\)(?!\w)|©|&copy;|\\\(co"
)
_MARKS_RE = re.compile(rf"(?:{_MARK})(?:[\s:,]*(?:{_MARK}))*", re.IGNORECASE)
_SIGN_RE = re.compile(r"(?<!\w)\(c\)(?!\w)|©|&copy;|\\\(co", re.IGNORECASE)

_LEADER_RE = re.compile(
    r"^(?:[\s/*#;!%|\"'>.\-=+~\\{}`:,]|<!--|--|(?:dnl|rem|REM)\s)*"
    r"(?:(?:[cC]|\*)\s(?=\(c\)|[Cc]opyr))?"
)
_RUN_RE = re.compile(r"([^\w\s])\1{3,}")
_TRAILING = " \t\r\n*/#|;,+\\"
_QUOTE_SIGNS = ('"', "'", "`")
_HTML_RE = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,9}(?:\s[^<>]{0,120})?/?>")
_LINK_RE = re.compile(r"\[([^\[\]]{1,80})\]\(([^()\s]{1,200})\)")

_PROSE_WORDS = r"""
    notices? holders? owners? owned ownership laws? licen[sc]e[sd]? licensing statements?
    protect\w* claims? interests? infring\w* act treat\w* material\w* works? status terms?
    years? lines? headers? symbols? strings? information messages? files? assign\w*
    disclaim\w* patents? page tags? texts? comments? polic(?:y|ies) agreements? violations?
    attributions? legend purposes? rights? doctrines? staring starting management
    circumvention registration permission conventions? treat(?:y|ies) signs? check\w* and or
    is are was were in of to for on at with that this these those which if as from under you
    your it its has have had be been belongs can will may must should shall not no all any
    other such above
"""
_PROSE_NOUNS = (
    "above software work program copyright following original licen[sc]e text file code material"
    " owner holder law"
)
_PROSE_RE = re.compile(
    rf"^[\W_]*(?:{'|'.join(_PROSE_WORDS.split())}|by\s+(?:applicable|law|a|any|using)"
    rf"|the\s+(?:{_PROSE_NOUNS.replace(' ', '|')}))\b",
    re.IGNORECASE,
)
_SLOT_WORDS = (
    r"yyyy year xxxx name owner copyright author full\s?name holder company organi[sz]ation insert"
    r" dates? your"
)


def _in_any_case(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """Search for a pattern, written in lower case, without regard to case.

    In ASCII text lower case is compared with lower case, at a fraction of the cost; the other form
    is compiled when other text comes.
    """
    plain = re.compile(pattern, re.VERBOSE)
    folding = re.later(pattern, re.VERBOSE | re.IGNORECASE)

    def search(text: str) -> re.Match[str] | None:
        return plain.search(text.lower()) if text.isascii() else folding().search(text)

    return search


_find_template = _in_any_case(
    rf"""
      [\[<{{(]\s*(?:{_SLOT_WORDS.replace(" ", "|")})\b
    | \b(?: yyyy\b | (?:19|20)(?:yy|xx|__)\b | xxxx\b | your\s+name\b
        | name\s+of\s+(?:the\s+)?(?:copyright|author|owner)
        | year\b\s+(?:by\s+)?[\W_]*(?:copyright|owner|name|author) )
    | %[sdv](?!\w) | {{{{ | \${{ | \$(?:year|name|author|holder)
    """
)
_THING = (
    "file|software|program|work|code|library|source|project|product|document|package|is|module"
    "|license|repo"
)
_SEE = r"the|also|https?|file|licen|copying|authors|readme|\[|[`\"']"
_STREET = r"street|st\.|avenue|ave|road|rd|drive|boulevard|blvd|place|way|parkway|lane|suite"
_find_cut = _in_any_case(
    rf"""
    \b(?:
        all\s+rights?\b | (?:some\s+)?rights\s+reserved
      | (?:(?:and|is|are|was)\s+)?(?:dual[-\s])?
        (?:licensed|released|distributed|published|provided|available)\s+
        (?:under|by|as|in|at|with|from|to|on|for)\b
      | used?\s+of\s+this\b | this\s+(?:{_THING})\b | permission\s+(?:is|to)\b
      | see\s+(?:{_SEE}) | (?:under|in)\s+the\s+(?:\w+\s+){{0,3}}(?:licen|terms|public\s+domain)
      | under\s+(?:an?\s|mit\b|bsd\b|apache\b|gpl|lgpl|mpl) | subject\s+to\b
      | redistribut | no\s+warranty | unpublished\b | released\s+and\b
      | for\s+(?:terms|licen|conditions|more|details) | has\s+been\b
      | (?:is|are)\s+(?:free|a\s|part|hereby|subject|governed) | licen[sc]ed?\s*:
      | spdx-license | licensed\b | portions\b | please\b | the\s+following\b
      | (?:the\s+)?(?:mit|bsd|apache|gpl|isc)(?:[-\s][\w.]+){{0,2}}\s+licen[sc]e
      | \d+\s+(?:[a-z][\w.]*\s+){{1,3}}(?:{_STREET})(?!\w)
      )
    | ,?\s\bcontinued\s+(?:on|from)\b | ; | \\n | [`"]
    """
)
_CONTACT_RE = re.compile(
    r"""(?ix)
      \s*<[^<>\s]*(?:@|\bat\b|://)[^<>]{0,120}>
    | \s*\(\s*(?:https?://|www\.|mailto:)?[^()\s]*[@/.][^()\s]*\s*\)
    | \s*<[^<>]{0,120}(?:\bat\b|@|\[at\]|\(at\))[^<>]{0,120}>
    | \s*[<(\[]?(?:https?://|www\.|mailto:)\S*[>)\]]?
    | \s*[<(\[]?(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})*[>)\]]?
    """
)
_LEAD_RE = re.compile(
    r"^(?:[\s,:;.\-\u2013\u2014|/(+]+|by\b[\s:]*|(?:is|are)\s+held\s+by\b|held\s+by\b|of\b\s+)+",
    re.IGNORECASE,
)
_CONTACT_SIGN_RE = re.compile(r"[<(@:]|www\.", re.IGNORECASE)  # every contact has one of them
_DIGIT_RE = re.compile(r"\d")
_EMPTY_RE = re.compile(r"\(\s*\)|<\s*>|\[\s*\]")
_SPACED_RE = re.compile(r"\s+([,.])")
_AFTER_RE = re.compile(r"\s+\((?:[\w-]*mail|https?):[^()]*\)|\s+(?:and|or)$")
_COMPANY = (
    r"Inc|Ltd|Corp|LLC|L\.L\.C|GmbH|Co|S\.A|S\.r\.l|Pty|KG|AG|B\.V|e\.V|Limited|LTD|INC"
    r"|inc|ltd|corp"
)
_COMPANY_END_RE = re.compile(
    rf"\b(?:{_COMPANY})\b\.?(?=\s+(?!(?:and|or|et|of|{_COMPANY})\b|[&(+/\d])\S)"
)
_ABBREVIATED_RE = re.compile(
    r"(?:^|[\s.(])(?:[A-Z]|[Ii]nc|INC|[Ll]td|LTD|[Cc]orp|Co|St|Jr|Sr|Dr|Mr|Ms|Mrs|Prof"
    r"|Bros|Intl|Univ|Dept|Pty|al|e\.V|S\.A|B\.V|vs|No)$"
)
_LONGEST_FORM = 8  # characters of an abbreviation with what stands before it
_SENTENCE_RE = re.compile(r"\.(?=\s|$)")
_GROUP_RE = re.compile(
    r"\b(?:authors?|contributors?|developers?|maintainers?|team|project|committers|members)\b",
    re.IGNORECASE,
)
_CLAUSE_RE = re.compile(r"\b(?:which|that)\s+(?:is|are)\s*$")
_NAMED_RE = re.compile(r"(?:Will|May|Page|Line|Law|Work|Tag|Mark)\s+[A-Z][a-z]")  # names, not prose
_TITLE_RE = re.compile(r"\s*(?:by\s+)?(?:[Tt]he\s+)?[^\W\d_a-z]")
_BY_RE = re.compile(r"\bby\s+((?:[^\W\d_a-z][\w.'-]*\s*){1,4})$")
_CHAIN_RE = re.compile(r"(?:of|and|or|&)\s+[A-Z]")
_IS_RE = re.compile(r"\b(?:is|are)\s*$")
_THE_GROUP_RE = re.compile(
    r"\s+The\s+[\w.-]+\s+(?:[A-Z][\w.-]+\s+){0,2}(?:Authors|Contributors|Developers)\b"
)
_NO_HOLDER_RE = re.compile(
    r"(?i)^(?:the|and|or|by|is|in|of|to|year|years|name|yyyy|owners?|holders?|authors?|me|you|others?"
    r"|the\s+(?:authors?|owners?|copyright\s+\w+)|copyright|notice|all|present"
    r"|c|text|string|none|noassertion|unknown)$"
)
_OPEN_END_RE = re.compile(r"(?:,|\band|\bby|&|\bof|\bthe|\bfor|-)$", re.IGNORECASE)
_OPEN_END = 5  # characters that tell it: the longest word and the one before it
_SENTENCE_END_RE = re.compile(r"[.;>)]\s*$|reserved", re.IGNORECASE)
_HALF_GROUP_RE = re.compile(r"\b[Tt]he\s+[\w-]+$")
_MORE_RE = re.compile(rf"^(?:{_YEARS})[\s,:]*(?:by\s+)?(?=[^\W\d_])", re.IGNORECASE)
_DOCUMENT_RE = re.compile(rb"of\s+(?:\W*)this\s+(?:\W*)licen[sc]e\s+(?:\W*)document", re.IGNORECASE)

_TAG_RE = re.compile(r"(?i)^SPDX-\w+:\s*")
_STARTS_BY_RE = re.compile(r"\s*by\s")
_BEFORE_NAME_RE = re.compile(r"^\s*[:\-]?\s*(?:by\s+)?(?:the\s+)?", re.IGNORECASE)
_LETTER_RE = re.compile(r"[^\W\d_]")
_LETTER_NEXT_RE = re.compile(r"\s*[:\-]?\s*(?=[^\W\d_])")
_EMPTY_WORDS_RE = re.compile(r"(?i)\bby\b|\ball rights? reserved\b|[\W\d_]")
_FIRST_BY_RE = re.compile(r"(?i)^[\W\d]*by\b")
_CODE_SIGN_RE = re.compile(r"[{}=]|:=|\|\||\\[a-z(\[]")
_CAPITAL_RE = re.compile(r"[A-Z\u0080-\uffff]")

_PREFILTER = (b"copyright", b"\xc2\xa9", b"&copy;", b"copr.", b"\\(co")
_BEHIND_SIGN_RE = re.compile(rb"[\s,:\-]{0,4}(?:by\s+)?(?:copyright|(?:19|20)\d\d)")
_YEAR_BEFORE_RE = re.compile(rb"(?:19|20)\d\d[\s,:]{0,3}\Z")
_SIGN_BESIDE_RE = re.compile(
    rb"\(c\)(?:"
    + b"".join(rb"(?<=(?:19|20)\d\d[\s,:]{%d}\(c\))|" % n for n in range(4))
    + rb"(?=" + _BEHIND_SIGN_RE.pattern + rb"))"
)  # fmt: skip
"""A sign that may have one of the two beside it: most of the rest of a long list has none."""

_YEAR_REACH = 7  # bytes before a sign in which its year stands


def find_copyrights(data: bytes) -> tuple[Copyright, ...]:
    """Every copyright statement of a file, in order of appearance.

    Args:
        data: The file as it is; UTF-8, UTF-16 with a byte order mark, or Latin-1.

    Returns:
        Statements with white space made single and without "All rights reserved"; `line` counts
        from 1. At most `MOST_STATEMENTS`.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    found: list[Copyright] = []
    lines = _LinesBehind(data)
    for number, start, end in _candidates(data):
        raw = data[start:end]
        if b"\0" in raw:
            continue
        line = _text(raw)
        if not _may_state(line):
            continue  # most lines that speak of copyright are prose
        following = lines.following(end)
        for statement, holder, years in _statements(line, following):
            if not _is_of_document(data, end):
                found.append(
                    Copyright(statement=statement, holder=holder, years=years, line=number)
                )
        if len(found) >= MOST_STATEMENTS:
            break
    return tuple(found[:MOST_STATEMENTS])


def _candidates(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(line number, start, end) of lines that hold a mark; long lines are cut to a window."""
    low = data.lower()
    hits: list[int] = []
    for needle in _PREFILTER:
        at = low.find(needle) if needle[0] in low else -1  # one byte takes next to no time
        while at >= 0:
            hits.append(at)
            at = low.find(needle, at + len(needle))
    hits.extend(_signs(low))
    if not hits and b"\xa9" in low and not _is_utf8(data):
        hits.extend(m.start() for m in re.finditer(rb"\xa9", low))
    hits.sort()
    number, counted, done = 1, 0, -1
    for at in hits:
        if at < done:
            continue
        low_end = max(0, at - WINDOW // 4, done)
        start = max(low_end, data.rfind(b"\n", low_end, at) + 1, data.rfind(b"\r", low_end, at) + 1)
        end = _line_end(data, at)
        number += data.count(b"\n", counted, at)
        counted = done = at
        done = end
        yield number, start, end


def _signs(low: bytes) -> Iterator[int]:
    """Where a `(c)` has a year or the word copyright beside it: offset of the first of the two."""
    done = 0
    for sign in _SIGN_BESIDE_RE.finditer(low):
        at, behind = sign.span()
        year = _YEAR_BEFORE_RE.search(low, max(done, at - _YEAR_REACH), at)
        if year is not None:
            done = behind
            yield year.start()
        elif at >= done and (mark := _BEHIND_SIGN_RE.match(low, behind)):
            done = mark.end()
            yield at


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at, at + WINDOW)
    return end if end >= 0 else min(len(data), at + WINDOW)


class _LinesBehind:
    """Lines of a text that follow others; in a list of statements each follows three."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._held: dict[int, tuple[str, int]] = {}

    def following(self, end: int) -> tuple[str, ...]:
        """The next lines, in which a statement may go on (until an empty one)."""
        lines: list[str] = []
        held, self._held = self._held, {}
        while len(lines) < CONTINUATION and self._data[end : end + 1] == b"\n":
            line, stop = self._held[end] = held.get(end) or self._line(end + 1)
            if not line.strip(" \t\r/*#;"):
                break
            lines.append(line)
            end = stop
        return tuple(lines)

    def _line(self, begin: int) -> tuple[str, int]:
        end = _line_end(self._data, begin)
        return _text(self._data[begin:end]), end


def _is_of_document(data: bytes, end: int) -> bool:
    """Whether the statement is about the license text itself (GPL, WTFPL): no one's code."""
    near = data[end : end + WINDOW]
    return b"document" in near and _DOCUMENT_RE.search(near) is not None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        # A window may cut the last character in two; all else that is no UTF-8 is Latin-1.
        cut = error.reason == "unexpected end of data"
        return raw[: error.start].decode("utf-8") if cut else raw.decode("latin-1")


def _may_state(line: str) -> bool:
    """Whether a mark of the line can be a statement, whatever follows."""
    return any(judged is not None for *_, judged in _judged_marks(line))


@lru_cache(maxsize=4096)
def _judged_marks(line: str) -> tuple[tuple[str, str, str, _Judged | None], ...]:
    """(mark, text behind it, text before it, what stands round it) of each mark of a line."""
    return tuple((*parts, _judged(*parts)) for parts in _marked(_plain(line)))


def _marked(text: str) -> Iterator[tuple[str, str, str]]:
    """(mark, text behind it, text before it) of each mark of a line, up to the next ones."""
    marks = list(_MARKS_RE.finditer(text))
    for index, mark in enumerate(marks):
        stop = len(text) if index + 1 == len(marks) else marks[index + 1].start()
        before = text[marks[index - 1].end() if index else 0 : mark.start()]
        yield mark.group(), text[mark.end() : stop], before


@lru_cache(maxsize=4096)
def _statements(line: str, following: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """(statement, holder, years) of one line; the same headers come again and again."""
    marks = _judged_marks(line)
    found: list[tuple[str, str, str]] = []
    for index, (mark, rest, before, judged) in enumerate(marks):
        last = index + 1 == len(marks)
        one = _statement(mark, rest, before, judged, following if last else ())
        if one is not None:
            found.append(one)
    if found and len(marks) == 1:
        found.extend(_more(following))
    return tuple(found)


def _more(following: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Further holders below the first, each with years of its own."""
    for line in following:
        text = _plain(line)
        if not _MORE_RE.match(text) or _MARKS_RE.search(text):
            return
        mark = ("Copyright", " " + text, "")
        one = _statement(*mark, _judged(*mark), ())
        if one is None:
            return
        yield one


def _unquoted(text: str) -> str:
    """Without the end of a comment or of a string literal."""
    text = text.rstrip(_TRAILING).removesuffix("--" + ">").removesuffix("\\n")
    if text.rstrip(_TRAILING + ")")[-1:] in _QUOTE_SIGNS:
        for quote in _QUOTE_SIGNS:
            bare = text.rstrip(_TRAILING + ")")
            if bare.endswith(quote):
                text = bare[:-1].rstrip(_TRAILING).removesuffix("\\n")
    return text


def _behind(leader: re.Pattern[str], text: str) -> str:
    """The text without what it begins with: `sub` would go on to look for a second beginning."""
    found = leader.match(text)
    return text[found.end() :] if found else text


@lru_cache(maxsize=256)
def _plain(line: str) -> str:
    """The line without comment signs, markup and repeated white space."""
    text = _unquoted(_behind(_LEADER_RE, _RUN_RE.sub(r"\1\1", line)))
    if "<" in text:
        text = _HTML_RE.sub(" ", text)
    if "](" in text:
        text = _LINK_RE.sub(r"\1", text)
    if "&" in text:
        text = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    if "**" in text or "__" in text:
        text = text.replace("**", "").replace("__", "")
    return " ".join(text.split())


_Judged = tuple[bool, str | None, bool]


def _judged(mark: str, rest: str, before: str) -> _Judged | None:
    """What stands round a mark, None when it states nothing.

    Returns:
        Whether years stand first behind it, the years before it, whether a sign marks it.
    """
    years = _YEARS_RE.search(rest)
    leading = years is not None and not _WORDY_RE.search(
        rest[: years.start()].lower().replace("by", "")
    )
    ahead = _AHEAD_RE.search(before) if before else None
    signed = mark[:5].upper() == "SPDX-" or _SIGN_RE.search(mark) is not None
    if mark.lower() == "copyrighted" and _CLAUSE_RE.search(before):
        return None
    if not _states(mark, rest, before, dated=leading or ahead is not None, signed=signed):
        return None
    return leading, ahead.group(1) if ahead else None, signed


def _statement(
    mark: str, rest: str, before: str, judged: _Judged | None, following: tuple[str, ...]
) -> tuple[str, str, str] | None:
    """Read what stands after one mark."""
    if judged is None:
        return None
    leading, ahead, signed = judged
    body = _with_continuation(rest, following, leading)
    if _find_template(body):
        return None
    tail, holder = _holder(body)
    if not holder and leading and (author := _BY_RE.search(before)):
        holder = author.group(1).strip()  # "Modified by A. Author (c) 2015."
        tail = f"{tail} {holder}"
    if not _is_holder(holder, certain=leading or signed or ahead is not None):
        return None
    found = _YEARS_RE.search(tail)
    years_text = " ".join(found.group().split()) if found else ahead or ""
    tagged = mark[:5].upper() == "SPDX-"
    return _worded(mark, tail, ahead or "", tagged=tagged), holder, years_text


def _worded(mark: str, tail: str, ahead: str, *, tagged: bool) -> str:
    head = _TAG_RE.sub("", mark).strip(" :,") if tagged else mark.strip(" :,")
    head = " ".join(head.replace("&copy;", "©").split())
    if not head or head.lower() == "copyrighted":
        head = "Copyright"
    return " ".join(part for part in (head, ahead, tail.strip(" :,-")) if part)


def _states(mark: str, rest: str, before: str, *, dated: bool, signed: bool) -> bool:
    """Whether a mark with this continuation can be a statement rather than prose or code."""
    lower = mark.lower()
    quoted = before[-1:] in ("=", "/") or (before[-1:] == '"' and before[-2:-1] in "=(")
    if quoted or dated:
        return not quoted
    if "copyright" not in lower and "copr" not in lower:
        return mark == "©" and not before.strip() and _TITLE_RE.match(rest) is not None
    if signed or _PROSE_RE.match(rest):
        return not _PROSE_RE.match(rest)
    if _looks_like_code(rest) or ("copyrighted" in lower and not _STARTS_BY_RE.match(rest)):
        return False
    after = _behind(_BEFORE_NAME_RE, rest)
    group = _GROUP_RE.search(after[:60]) is not None
    if after[:1].islower():
        return group and (mark[:1] == "C" or _THE_GROUP_RE.match(rest) is not None)
    stated = mark[:1] == "C" or _IS_RE.search(before) is not None
    return stated or group or rest.lstrip()[:3] == "by "


def _looks_like_code(rest: str) -> bool:
    """Whether no word follows: an assignment, a call, a sign of punctuation."""
    return _LETTER_NEXT_RE.match(rest) is None


def _with_continuation(rest: str, following: tuple[str, ...], leading: bool) -> str:
    """Add the next line where this one stops before its holder, or at "," or "and"."""
    if not following:
        return rest
    bare = _YEARS_RE.sub(" ", rest) if leading else rest
    bare = _EMPTY_WORDS_RE.sub("", bare)
    body = rest
    for line in following:
        text = _plain(line)
        split = _GROUP_RE.match(text) is not None and _HALF_GROUP_RE.search(body) is not None
        chain = _CHAIN_RE.match(text) is not None and _SENTENCE_END_RE.search(body) is None
        if bare and not (split or chain or _OPEN_END_RE.search(body.rstrip()[-_OPEN_END:])):
            break
        if not text or _MARKS_RE.search(text) or _MORE_RE.match(text):
            break
        if _PROSE_RE.match(text) and not chain:
            break
        body, bare = f"{body} {text}", text
    return body


def _holder(body: str) -> tuple[str, str]:
    """(text from the mark on that belongs to the statement, holder without years and contacts)."""
    cut = _find_cut(body)
    tail = body[: cut.start()] if cut else body
    tail = tail[: _sentence_end(tail)].rstrip(" ,:;(-\u2013|/=_")
    name = _CONTACT_RE.sub(" ", tail) if _CONTACT_SIGN_RE.search(tail) else tail
    name = _behind(_LEAD_RE, _YEARS_RE.sub(" ", name, count=1))
    if _DIGIT_RE.search(name):
        name = _YEARS_RE.sub(" ", name)
    if "(" in name or "<" in name or "[" in name:
        name = _EMPTY_RE.sub(" ", name)
    name = " ".join(name.split())
    if " ," in name or " ." in name:
        name = _SPACED_RE.sub(r"\1", name)
    name = " ".join(_behind(_LEAD_RE, name).split())
    if "(" in name or name.endswith((" and", " or")):
        name = _AFTER_RE.sub("", name)
    name = name.strip(' ,:;-\u2013\u2014|/=_<>[]{}"*')
    name = name if name.count("'") != 1 or name[:1] not in "'" else name[1:]
    name = name[:-1] if name.count("'") == 1 and name.endswith("'") else name
    if name.count("(") != name.count(")"):
        name = name.strip("() ").split(" (")[0]
    if name.endswith(".") and not _ABBREVIATED_RE.search(name[:-1]):
        name = name[:-1]
    if tail.endswith(".") and not _ABBREVIATED_RE.search(tail[:-1]):
        tail = tail[:-1]
    return tail, name


def _sentence_end(text: str) -> int:
    """Where the first sentence stops; initials and company forms do not stop one."""
    if "." not in text:
        return len(text)
    by = _FIRST_BY_RE.match(text)
    named = _LETTER_RE.search(text, by.end() if by else 0)
    for match in _SENTENCE_RE.finditer(text):
        stop = match.start()
        if named is None or stop <= named.start():
            continue
        if not _ABBREVIATED_RE.search(text[max(0, stop - _LONGEST_FORM) : stop]):
            return stop
        company = _COMPANY_END_RE.search(text, max(0, stop - _LONGEST_FORM), stop + 12)
        if company and company.end() >= stop:
            return match.end()
    return len(text)


def _is_holder(holder: str, *, certain: bool) -> bool:
    """Whether a text can name someone; without year or sign it has to look like a name."""
    if _LETTER_RE.search(holder) is None or not holder[1:]:
        return False
    if _NO_HOLDER_RE.match(holder) or len(holder.split()) > MOST_HOLDER_WORDS:
        return False
    if _CODE_SIGN_RE.search(holder):
        return False
    if certain:
        prose = _PROSE_RE.match(holder) is not None and _NAMED_RE.match(holder) is None
        return not prose or _GROUP_RE.search(holder) is not None
    return _CAPITAL_RE.search(holder) is not None or _GROUP_RE.search(holder) is not None
