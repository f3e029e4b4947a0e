"""License files with parts for named files: `Files:` lines, and sections between lines of dashes.

--------------------------------------------------
For lib/py/compat/win32/stdint.h

// Redistribution and use in source and binary forms, ...

The section is for that file; what stands in no such section is for the whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Final, TypeVar

from compliance import patterns as re
from compliance.findings import Finding
from compliance.licenses.evidence import FileLicense, Match
from compliance.licenses.expression import parse_or_none
from compliance.licenses.reuse import MOST_RULES, MalformedMapError, PathRule, checked_rules
from compliance.licenses.statement import Said, join
from compliance.value import dataclass, replace

_T = TypeVar("_T")

_FILES_LINE: Final = re.compile(r"^[\s*/#-]*Files?\s*:\s*(?P<globs>\S[^\n]*)$", re.IGNORECASE)
_FILE_HEADING: Final = re.compile(r"^[\s*/#-]*Files?\s+(?P<paths>\S[^:]*):\s*$", re.IGNORECASE)
SEPARATOR: Final = r"[ \t]*(?:[*/#;]{1,2}[ \t]*)?([-=*_~#])\1{7,}[ \t]*(?:[*/#]{1,2})?[ \t\r]*"
"""A line that parts two sections: eight or more of one sign, in a comment or not."""

_BARS: Final = tuple(sign * 8 for sign in "-=*_~#")
_SEPARATOR_LINE: Final = re.compile(SEPARATOR)
_FOR_LINE: Final = re.compile(
    r"^[\s*/#]*for\s+(?:the\s+)?(?:(?:following\s+)?(?:files?|director(?:y|ies)|folders?)\s*:?\s+)?"
    r"(?P<paths>\S.*?)\s*(?:\b(?:components?|files?|director(?:y|ies)|folders?|code|sources?))?\s*:?\s*$",
    re.IGNORECASE,
)
_LISTED: Final = re.compile(
    r"^[\s*+\-|>#/]*[`\"']?(?P<path>[\w.@*+-]+(?:/[\w.@*+-]+)*/?)[`\"']?(?:\s*\([^()]*\))?[\s,;:]*$"
)
_ABOUT_LINE: Final = re.compile(
    r"^[\s*/#]*[`\"']?(?P<path>[\w.@+-]+(?:/[\w.@+-]+)*/?)[`\"']?\s+(?:is|was|are|were)\s+(?:\w+\s+)?"
    r"(?:copy|copied|taken|derived|adapted|based|ported|imported|licen[sc]ed|from|part|code)\b",
    re.IGNORECASE,
)
_JOINED: Final = re.compile(r"\s*(?:,|;|\band\b|&)\s*|\s+")
# Names of files, where no folder tells that it is one.
_FILE_NAME: Final = re.compile(
    r"[\w+-]+(?:\.[\w+-]+)*\.(?:go|s|asm|c|h|cc|cpp|cxx|hh|hpp|m|py|js|ts|rs|java|proto|rb|sh|pl|m4|am"
    r"|css|html|json|y|l|inc|syso)",
    re.IGNORECASE,
)
_PATH: Final = r"[`\"']?(?:\./)?[\w.@*+-]+(?:/[\w.@*+{},-]+)+/?[`\"']?"
# "The files in x/y/ have the following license", "* x/y.c and x/y.h are based on code of Z".
_SUBJECT: Final = re.compile(
    r"[\s*+#>/-]*(?:the\s+)?(?:(?:scripts?|files?|code|sources?|director(?:y|ies)|folders?|headers?)\s+)?"
    rf"(?:(?:in|under|below|at)\s+)?(?P<paths>{_PATH}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){_PATH})*)"
    r"\s*(?:\([^()]*\)\s*)?(?::|\b(?:is|are|was|were|has|have|contains?|includes?)\b)",
    re.IGNORECASE,
)
_ITEM: Final = re.compile(r"\s*[*+-]\s+\S")
# A section that goes on to speak of the rest is for more than the files that it names.
_OF_THE_REST: Final = re.compile(
    r"\b(?:all|every|any|entire|whole|remaining|rest\s+of\s+the|other)\s+(?:other\s+)?"
    r"(?:files?|code|parts?|sources?|software|projects?|repositor(?:y|ies)|packages?)\b",
    re.IGNORECASE,
)
_SENTENCES: Final = 3  # before the first path
_HEAD: Final = 15  # lines of a section in which the files are named that it is for
_MOST_LISTED: Final = 200
_WORDS_OF_A_TEXT: Final = 40
_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_OWNER: Final = re.compile(r"(?i)copyright|\(c\)|\u00a9|all rights reserved")


@dataclass(frozen=True, slots=True)
class Sections:
    """A license file cut at its parts: what is for the whole, and a rule for each part.

    `general` is None where all of it is for named files.
    """

    general: FileLicense | None
    rules: tuple[PathRule, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines `start` to `stop` (not included) of a license file are for the files of `globs`.

    `beside`: what is for the whole applies to them, too ("This project includes code from ...").
    `shares`: without a text of its own it has that of the part behind it.
    """

    start: int
    stop: int
    globs: tuple[str, ...]
    beside: bool = False
    shares: bool = False

    def holds(self, line: int | None) -> bool:
        """Whether a line is in it."""
        return line is not None and self.start <= line < self.stop


def cut_at_files(
    file: FileLicense, text: str, *, folder: str, exists: Callable[[str], bool] = lambda _: True
) -> Sections | None:
    """Split a license file with parts that are for the files named above them.

    Args:
        file: What was found in it.
        text: Its wording.
        folder: The folder in which it stands.
        exists: Whether a path below the folder is a file: a heading that names none was copied with
            code that is elsewhere now, and its text is for the whole.

    Returns:
        None where no part names files, or no license stands outside of the parts.
    """
    lines = text.splitlines()
    bundled = _bundled(lines)
    parts = [bundled] if bundled else _files_parts(lines)
    if not parts and any(bar in text for bar in _BARS):
        parts = _separated_parts(lines)
    parts = parts or [p for p in _headed_parts(lines) if any(map(exists, p.globs))]
    general, matches = _by_part(parts, file.matches, lambda m: m.start_line)
    outside, doubts = _by_part(parts, file.findings, _line)
    if not parts or not (general or bundled):
        return None
    shared = _shared(parts, matches, doubts)
    every = (r for said in shared for r in _rules(file, lines, *said, folder))
    rules = tuple(islice(every, MOST_RULES + 1))
    try:
        checked = checked_rules(rules)
    except MalformedMapError:
        return None
    if bundled:
        return Sections(None, checked) if checked else None
    kept = replace(
        file,
        matches=general,
        findings=outside,
        expression=join([Said(m.license, m.kind) for m in general]),
    )
    return Sections(kept, checked)


def _by_part(
    parts: Sequence[_Part], items: Iterable[_T], line_of: Callable[[_T], int | None]
) -> tuple[tuple[_T, ...], list[tuple[_T, ...]]]:
    """(items outside of the parts, those in each part); parts stand one behind the other."""
    starts = [part.start for part in parts]
    outside: list[_T] = []
    inside: list[list[_T]] = [[] for _ in parts]
    for item in items:
        line = line_of(item)
        at = bisect_right(starts, line) - 1 if line is not None else -1
        held = at >= 0 and parts[at].holds(line)
        (inside[at] if held else outside).append(item)
    return tuple(outside), [tuple(found) for found in inside]


def _line(finding: Finding) -> int | None:
    return finding.location.line if finding.location else None


def _bundled(lines: Sequence[str]) -> _Part | None:
    """The whole file, where it begins with the file that it is about: "x/y.sh is a copy of ..."."""
    first = next((line for line in lines[:_HEAD] if line.strip()), "")
    found = _ABOUT_LINE.match(first)
    if found is None or not _is_path(found["path"]):
        return None
    return _Part(1, len(lines) + 1, (found["path"],), beside=True)


def _files_parts(lines: Sequence[str]) -> list[_Part]:
    """`Files: a/*, b.c` and the text below it, up to the next such line."""
    marks: list[tuple[int, tuple[str, ...], bool]] = []
    for n, line in enumerate(lines, 1):
        found = _FILES_LINE.match(line) if ":" in line else None
        if found and re.search(r"[/*.]", found["globs"]):
            globs = [g for g in re.split(r"[,\s]+", found["globs"].strip()) if g]
            marks.append((n, tuple(globs), False))
    return _from_marks(marks, len(lines))


def _from_marks(marks: Sequence[tuple[int, tuple[str, ...], bool]], last: int) -> list[_Part]:
    """Parts from lines that name files, each up to the next one."""
    stops = [*(n for n, _, _ in marks[1:]), last + 1][: len(marks)]
    return [
        _Part(n, stop, globs, beside=beside, shares=True)
        for (n, globs, beside), stop in zip(marks, stops, strict=True)
    ]


def _headed_parts(lines: Sequence[str]) -> list[_Part]:
    """Texts below `File b.c:`, or below the path of a file that is a line of its own: `// x/b.go`.

    A heading adds to what is for the whole, a field stands in its place.
    """
    marks: list[tuple[int, tuple[str, ...], bool]] = []
    for n, line in enumerate(lines, 1):
        heading = _FILE_HEADING.match(line) if ":" in line else None
        paths = _paths(heading["paths"].strip()) if heading else []
        if not paths and "/" in line and ":" not in line:
            paths = [path for path in (_alone(lines, n - 1),) if path]
        if paths:
            marks.append((n, tuple(paths), True))
    return _from_marks(marks, len(lines))


def _alone(lines: Sequence[str], at: int) -> str:
    """The path of a file that is a line of its own between empty ones, below a text; else ""."""
    word = lines[at].strip(" \t\r/#`\"'")
    if not at or "/" not in word or _FILE_NAME.fullmatch(word.rpartition("/")[2]) is None:
        return ""
    beside = (lines[at - 1], *lines[at + 1 : at + 2])
    below = " ".join(lines[at + 1 : at + 1 + _HEAD])
    if any(other.strip() for other in beside) or _OF_THE_REST.search(below):
        return ""
    return word if _is_path(word) else ""


def _separated_parts(lines: Sequence[str]) -> list[_Part]:
    """Sections between lines of dashes that begin with the files they are for."""
    bars = [n for n, line in enumerate(lines, 1) if _SEPARATOR_LINE.fullmatch(line)]
    found: list[_Part] = []
    for start, stop in pairwise([*bars, len(lines) + 1]):
        head = lines[start : min(stop - 1, start + _HEAD + _MOST_LISTED)]
        globs, beside = _named(head)
        above = " ".join(line.strip(" \t\r*/#>") for line in head[:_HEAD])
        if globs and not _OF_THE_REST.search(above):
            found.append(_Part(start, stop, tuple(globs), beside=beside))
    return found


def _named(head: Sequence[str]) -> tuple[list[str], bool]:
    """Paths that a section begins with, and whether what is for the whole applies to them, too."""
    found: list[str] = []
    for said, block in enumerate(_blocks(head)):
        mark = _FOR_LINE.match(block[0])
        paths = _paths(mark["paths"]) if mark and not said else []
        if paths:
            return paths, False
        listed = [_listed(line) for line in block]
        if all(listed):
            found += [p for p in listed if p]
        elif subject := _SUBJECT.match(" ".join(block)):
            found += _paths(re.sub(r"\{[^{}]*\}", "*", subject["paths"]))
        elif found or said >= _SENTENCES:
            break
    return list(dict.fromkeys(found)), True


def _blocks(head: Sequence[str]) -> Iterator[list[str]]:
    """Sentences and items of a list: runs of lines that an empty line or a new item parts."""
    block: list[str] = []
    for line in head:
        bare = line.strip(" \t\r*/#>")
        item = _ITEM.match(line) is not None
        if block and (not bare or item or all(map(_listed, block))):
            yield block
            block = []
        if bare:
            block.append(line if item else line.strip())
    if block:
        yield block


def _listed(line: str) -> str | None:
    found = _LISTED.match(line)
    return found["path"] if found and _is_path(found["path"]) else None


def _paths(text: str) -> list[str]:
    words = [w.strip("`\"'") for w in _JOINED.split(text) if w]
    return words if words and all(map(_is_path, words)) else []


def _is_path(word: str) -> bool:
    """Whether a word names a file of the tree; `example.com/x` is the path of a module."""
    head, slash, rest = word.removeprefix("./").partition("/")
    if not slash:
        return _FILE_NAME.fullmatch(word) is not None
    return "." not in head and bool(head.strip("*")) and (bool(rest) or word.endswith("/"))


def _shared(
    parts: Sequence[_Part],
    matches: Sequence[tuple[Match, ...]],
    doubts: Sequence[tuple[Finding, ...]],
) -> Iterator[tuple[_Part, tuple[Match, ...], tuple[Finding, ...]]]:
    """Parts with what stands in them; several in a row share the text below the last of them."""
    following: tuple[tuple[Match, ...], tuple[Finding, ...]] = ((), ())
    behind = 0
    for part, said, open_ in zip(reversed(parts), reversed(matches), reversed(doubts), strict=True):
        if said or open_ or part.stop != behind or not part.shares:
            following = (said, open_)
        behind = part.start
        yield part, *following


def _rules(
    file: FileLicense,
    lines: Sequence[str],
    part: _Part,
    matches: Sequence[Match],
    doubts: tuple[Finding, ...],
    folder: str,
) -> Iterator[PathRule]:
    expression = parse_or_none(join([Said(m.license, m.kind) for m in matches]))
    open_ = expression is None and (bool(doubts) or _holds_text(lines[part.start : part.stop - 1]))
    if expression is None and not open_:
        return
    for pattern, inner in _patterns(part):
        yield PathRule(
            folder=folder,
            pattern=pattern,
            expression=expression,
            source=file.path,
            line=part.start,
            beside=part.beside or inner,
            doubts=doubts,
            unknown=open_,
        )


def _patterns(part: _Part) -> Iterator[tuple[str, bool]]:
    """(pattern, whether it is the end of a path) for the files of a part.

    A module in a folder of its repository has the license file of the whole repository, in which
    paths begin further up.
    """
    for glob in part.globs:
        bare = glob.removeprefix("./").rstrip("/")
        below = () if "*" in glob or _FILE_NAME.fullmatch(bare.rpartition("/")[2]) else ("/**",)
        steps = bare.split("/")
        fixed = next((n for n, step in enumerate(steps) if "*" in step), len(steps)) - 1
        for drop in range(0 if part.shares else max(0, fixed), -1, -1):
            here = "/".join(steps[drop:])
            for pattern in (
                f"{here}*" if glob.endswith("/*") else here,
                *(here + b for b in below),
            ):
                yield pattern, drop > 0


def _holds_text(lines: Sequence[str]) -> bool:
    """Whether a section in which nothing was recognised says more than who owns the files."""
    said = " ".join(line for line in lines if not _OWNER.search(line))
    return len(_WORD.findall(said)) >= _WORDS_OF_A_TEXT
