"""Where a source file may speak of licenses: paragraphs round keywords, and what is a comment."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from compliance import patterns as re
from compliance.facade import compiled
from compliance.licenses.ownterms import TRIGGERS
from compliance.value import dataclass

KEYWORDS: Final = (
    rb"licen[sc]e", rb"licen[sc]ing", rb"unlicense", rb"copyright", rb"spdx-", rb"redistribut",
    rb"permission\s+(is|to)\s", rb"\bl?a?gpl", rb"public\W+domain", rb"warrant(y|ies)",
    rb"all rights reserved", rb"creative\s?commons", rb"\bcc[-\s]by\b",
    rb"\b(eupl|sspl|busl|cddl)\b", rb"\b(mpl|epl|osl)-[123]\.",
    rb"\(c\)\s*(19|20)[0-9][0-9]", rb"\xc2\xa9",
)  # fmt: skip
"""About 93 % of the rules hold one of them; the others are bare names, which count only in files
that are read whole."""

_COUNT: Final = len(KEYWORDS)
NOWHERE: Final = sys.maxsize
"""Offset of a trigger that is not there."""

Found = tuple[list[int], int]
"""Offsets at which a keyword ends, rising, at most 100,000; and the first at which one of the
triggers of own terms ends."""

GO_GAP: Final = 300
PROSE_GAP: Final = 1000
"""Bytes between two paragraphs that are read as one: license texts have paragraphs without any
keyword; in Go files most of what lies between is code."""

LONG_BEFORE: Final = 3000
LONG_AFTER: Final = 6000
_CUT_BEFORE: Final = 1500
_CUT_AFTER: Final = 3000
_HIT_LIMIT: Final = 100_000

_GO_LEXEME: Final = re.compile(
    rb"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*\"?|`[^`]*`?|'(?:[^'\\\n]|\\.)*'?", re.DOTALL
)
_COMMENT_LINE: Final = re.compile(
    rb"[ \t]{0,1000}(?://|/\*|\*|#|;|--|%|<!--|\.\\\"|'|!|dnl\b|rem\b|@rem\b|::|\(\*|\{-|\|)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Keywords:
    """Finds the keywords of a file: hyperscan where it is installed, `re` where it is not."""

    _scan: Callable[..., None] | None = None
    _stopped: type[Exception] = ValueError  # what a scan raises when `note` has enough

    @classmethod
    def compiled(cls) -> Keywords:
        """The scanner: what set-up has compiled (17 ms), where hyperscan takes it."""
        try:
            import hyperscan
        except ImportError:  # no wheel for this machine: slower, same answer
            return cls()
        database = _held(hyperscan) or keyword_database(hyperscan)
        return cls(database.scan, hyperscan.ScanTerminated)

    def find(self, data: bytes) -> Found:
        """Where keywords and triggers stand."""
        if self._scan is None:
            return _find_without_hyperscan(data)
        hits: list[int] = []
        trigger = NOWHERE

        def note(which: int, _begin: int, end: int, _flags: int, _context: object) -> bool:
            nonlocal trigger
            if which >= _COUNT:
                trigger = min(trigger, end)
                return False
            hits.append(end)
            return len(hits) >= _HIT_LIMIT

        try:  # noqa: SIM105 - entering a context for each of thousands of files takes time
            self._scan(data, match_event_handler=note)
        except self._stopped:
            pass  # enough of them
        hits.sort()
        return hits, trigger


EXPRESSIONS: Final = (*KEYWORDS, *TRIGGERS)


def keyword_database(hyperscan: Any) -> Any:  # noqa: ANN401 - a library without types
    """A database of hyperscan for all expressions; their places are their numbers."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    count = len(EXPRESSIONS)
    flags = [hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_DOTALL] * count
    database.compile(
        expressions=list(EXPRESSIONS), ids=list(range(count)), elements=count, flags=flags
    )
    return database


def _held(hyperscan: Any) -> Any:  # noqa: ANN401 - a library without types
    """The database of set-up; None where it is for other expressions, another version or CPU."""
    held = compiled("keywords")
    if held is None or held.EXPRESSIONS != EXPRESSIONS:
        return None
    try:
        database = hyperscan.loadb(held.DATABASE, mode=hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except hyperscan.error:
        return None
    return database


_LITERALS: Final = (
    b"licens", b"licenc", b"copyright", b"spdx-", b"redistribut", b"permission", b"gpl", b"public",
    b"warrant", b"all rights reserved", b"commons", b"(c)", b"\xc2\xa9",
    b"cc by", b"cc-by", b"eupl", b"sspl", b"busl", b"cddl", b"mpl-",
    b"epl-", b"osl-",
)  # fmt: skip
_ANY: Final = re.compile(b"|".join(KEYWORDS), re.IGNORECASE)


_ANY_TRIGGER: Final = re.compile(b"|".join(TRIGGERS))


def _find_without_hyperscan(data: bytes) -> Found:
    low = data.lower()
    first = _ANY_TRIGGER.search(low)
    trigger = first.end() if first else NOWHERE
    if not any(word in low for word in _LITERALS):
        return [], trigger
    ends: list[int] = []
    for match in _ANY.finditer(low):
        ends.append(match.end())
        if len(ends) >= _HIT_LIMIT:
            break
    return ends, trigger


def paragraphs(
    data: bytes, hits: list[int], gap: int, *, following: int = 0
) -> list[tuple[int, int]]:
    """Paragraphs [start, end) round the hits, neighbours joined, long code cut at lines.

    Args:
        data: The text.
        hits: Offsets of keywords, rising.
        gap: Bytes between two paragraphs that are still read as one.
        following: Paragraphs behind each hit that are read with it: a heading and what it heads.
    """
    found: list[tuple[int, int]] = []
    last = -1
    size = len(data)
    for at in hits:
        if at <= last:
            continue
        begin = data.rfind(b"\n\n", max(0, at - LONG_BEFORE), at)
        begin = _line_before(data, at) if begin < 0 else _comment_before(data, begin + 2)
        end = data.find(b"\n\n", at, at + LONG_AFTER)
        end = _line_behind(data, at, size) if end < 0 else _comment_behind(data, begin, end)
        for _ in range(following):
            more = data.find(b"\n\n", end + 2, end + GO_GAP)
            end = more if more >= 0 else min(size, _line_after(data, end + GO_GAP))
        if found and begin - found[-1][1] < gap:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
        last = end
    if len(hits) >= _HIT_LIMIT and found:
        found[-1] = (found[-1][0], size)  # further hits were not looked for: read it all
    return found


def _comment_before(data: bytes, begin: int) -> int:
    """Where the /* block */ starts that a paragraph is in, so that it is seen as one."""
    low = max(0, begin - _BLOCK)
    opened = data.rfind(b"/*", low, begin)
    if opened < 0 or data.find(b"*/", opened, begin) >= 0:
        return begin
    line = data.rfind(b"\n", max(0, opened - 100), opened) + 1
    return begin if data[line:opened].strip() else line


def _comment_behind(data: bytes, begin: int, end: int) -> int:
    """Where the /* block */ ends that a paragraph is in: license texts have paragraphs, too."""
    opened = data.rfind(b"/*", begin, end)
    if opened < 0 or data.find(b"*/", opened, end) >= 0:
        return end
    line = data.rfind(b"\n", max(0, opened - 100), opened) + 1
    closed = -1 if data[line:opened].strip() else data.find(b"*/", end, end + _BLOCK)
    return end if closed < 0 else closed


def _line_before(data: bytes, at: int) -> int:
    """Start of a paragraph without a blank line in reach."""
    if at <= LONG_BEFORE:
        return 0
    line = data.rfind(b"\n", at - LONG_BEFORE, at - _CUT_BEFORE)
    return line + 1 if line >= 0 else at - _CUT_BEFORE


def _line_behind(data: bytes, at: int, size: int) -> int:
    if size - at <= LONG_AFTER:
        return size
    line = data.find(b"\n", at + _CUT_AFTER, at + LONG_AFTER)
    return line if line >= 0 else at + LONG_AFTER


def _line_after(data: bytes, at: int) -> int:
    """End of the line that holds `at`, or `at` where the line goes on and on."""
    end = data.find(b"\n", at, at + LONG_BEFORE)
    return end if end >= 0 else at


_OPENED: Final = re.compile(rb"^[ \t]*/\*", re.MULTILINE)
_OTHER_BLOCKS: Final = ((b"(*", b"*)"), (b"{-", b"-}"))
_BLOCK: Final = 3000  # bytes above in which a comment may have been opened, or below closed


def on_comment_line(data: bytes, at: int) -> bool:
    """Whether the line of offset `at` starts as a comment does, in any common language.

    Lines of a /* block */, or one of ML or Haskell, that have no sign of their own count as well.
    """
    begin = data.rfind(b"\n", max(0, at - 1000), at) + 1
    if _COMMENT_LINE.match(data, begin, at + 3) is not None:
        return True
    low = max(0, begin - _BLOCK)
    closed = max(data.rfind(b"*/", low, begin), low)
    if data.find(b"/*", closed, begin) >= 0 and _OPENED.search(data, closed, begin) is not None:
        return True
    return any(
        _begun(data, sign, low, begin) > data.rfind(end, low, begin) for sign, end in _OTHER_BLOCKS
    )


def _begun(data: bytes, sign: bytes, low: int, begin: int) -> int:
    """Where the last line begins with a sign that opens a block, before `begin`; else -1."""
    at = data.rfind(b"\n" + sign, low, begin)
    return at if at >= 0 else (0 if not low and data.startswith(sign) and begin else -1)


def opening_comments(text: bytes) -> int:
    """Where the comments end that a file begins with; looked for in its first bytes."""
    at = 0
    for line in text[:LONG_BEFORE].splitlines(keepends=True):
        if line.strip() and not on_comment_line(text, at + len(line) - len(line.lstrip())):
            break
        at += len(line)
    return at


def go_comments(data: bytes, until: int) -> tuple[tuple[int, int], ...]:
    """Comment spans of Go (and C-like) source up to the lexeme that holds offset `until`."""
    spans: list[tuple[int, int]] = []
    for match in _GO_LEXEME.finditer(data):
        if match.start() > until:
            break
        if data[match.start()] == ord("/"):
            spans.append(match.span())
    return tuple(spans)
