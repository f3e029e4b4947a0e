"""What the build needs to know of a Go source file: everything up to its imports.

Two readers give the same answer. The fast one takes a file whose head is written as gofmt writes
it, mostly by looking whole headers and import lines up in a table of what it saw before. Every
other file goes to the exact reader (`goscan`), which follows go/scanner and go/parser.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from compliance.golang.constraint import Constraint
from compliance.golang.goscan import KEYWORDS, scan_embeds, scan_head
from compliance.golang.header import Header, read_header


class GoFile(NamedTuple):
    """Facts of one Go file; a tuple because a program has thousands of them.

    `imports` are the paths as written, in order, with `import "C"` among them, and `lines` the
    line of each. `cgo` are the lines of the preambles of `import "C"` that start with `#cgo`,
    `embeds` the patterns of //go:embed lines, both with their line. `constraints` must all hold.
    `problem` is why the go command refuses the file, at `problem_line`.
    """

    package: str
    imports: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    embeds: tuple[tuple[str, int], ...] = ()
    cgo: tuple[tuple[str, int], ...] = ()
    problem: str = ""
    problem_line: int = 0


MAX_REMEMBERED = 50_000
"""Headers, and import lines, that a table keeps; beyond it (never in honest code) it starts anew."""

_IRREGULAR = "\0"
_BOM = b"\xef\xbb\xbf"
_HEADER = re.compile(rb"(?:[ \t\r]*+(?://[^\n]*+)?\n|[ \t]*+/\*(?:[^*]|\*(?!/))*+\*/[ \t\r]*+\n)*+")
_CLAUSE = re.compile(rb"package[ \t]+([A-Za-z_][A-Za-z0-9_]*+)[ \t\r]*+(?://[^\n]*+)?\n")
_NEXT = re.compile(
    rb"(?:[ \t\r]*+(?://[^\n]*+)?\n|[ \t]*+/\*(?:[^*]|\*(?!/))*+\*/[ \t\r]*+\n)*+"
    rb"(?:(import)[ \t]+(\([ \t\r]*+\n)?|(?:func|type|var|const)[ \t(]|[ \t\r]*+\Z)"
)
_LINE_END = re.compile(rb"[ \t\r]*+(?://[^\n]*+)?(?:\n|\Z)")
_SPEC = re.compile(
    rb'[ \t]*+(?:([A-Za-z_][A-Za-z0-9_]*+|\.)[ \t]++)?"([A-Za-z0-9_./+~@-]++)"'
    rb"[ \t]*+(?:;[ \t]*+)?(?://[^\n]*+)?\r?"
)
_NO_SPEC = re.compile(rb"[ \t\r]*+(?://[^\n]*+)?")


class GoFileReader:
    """Reads Go files and remembers headers and import lines, most of which occur many times."""

    def __init__(self) -> None:
        self._headers: dict[bytes, tuple[Header, int] | None] = {}
        self._specs: dict[bytes, str] = {}

    def read(self, data: bytes) -> GoFile:
        """Facts of a file; see `parse_gofile`."""
        if data.startswith(_BOM):
            data = data[3:]
        return self._fast(data) or _exact(data)

    def _fast(self, data: bytes) -> GoFile | None:
        """Facts of an ordinarily written file, None for any other."""
        start = 0 if data.startswith(b"package ") else data.find(b"\npackage ") + 1
        head = data[:start]
        try:
            header = self._headers[head]
        except KeyError:
            header = self._remember_header(head)
        clause = _CLAUSE.match(data, start)
        if header is None or clause is None:
            return None
        imports: list[str] = []
        lines: list[int] = []
        end = self._imports(data, clause.end(), header[1], (imports, lines))
        if end < 0:
            return None
        read = data[start:end]
        if (not read.isascii() and not _is_clean(read)) or b"\0" in read:
            return None
        name = clause[1].decode()
        if name in KEYWORDS:
            return None
        embeds = scan_embeds(data) if "embed" in imports else ()
        facts = header[0]
        return GoFile(
            name,
            tuple(imports),
            tuple(lines),
            facts.constraints,
            embeds,
            (),
            facts.problem,
            facts.line if facts.problem else 0,
        )

    def _imports(self, data: bytes, at: int, line: int, found: tuple[list[str], list[int]]) -> int:
        """Collect imports from `at` on; where the comments after them end, -1 if irregular.

        `line` is the line of the package clause, which is the line before `at`.
        """
        specs = self._specs
        paths, lines = found
        line += 1
        while True:
            following = _NEXT.match(data, at)
            if following is None:
                return -1
            if following[1] is None:
                return following.end()
            start = following.end()
            line += data.count(b"\n", at, start)
            if following[2] is None:
                at = data.find(b"\n", start) + 1
                end = at - 1
            else:
                end = data.find(b"\n)", start - 1)
                closing = _LINE_END.match(data, end + 2)
                if closing is None:
                    return -1
                at = closing.end()
            if end < 0:
                return -1
            for text in data[start:end].split(b"\n"):
                path = specs.get(text)
                if path is None:
                    path = self._remember_spec(text)
                if path:
                    if path == _IRREGULAR:
                        return -1
                    paths.append(path)
                    lines.append(line)
                line += 1
            # The loop counts the line of the last spec; a closing parenthesis has its own line.
            line += following[2] is not None and end >= start

    def _remember_header(self, head: bytes) -> tuple[Header, int] | None:
        if len(self._headers) >= MAX_REMEMBERED:
            self._headers.clear()
        match = _HEADER.fullmatch(head)
        known = None
        if match is not None and b"\0" not in head and _is_clean(head):
            known = (read_header(head), head.count(b"\n") + 1)
        self._headers[head] = known
        return known

    def _remember_spec(self, text: bytes) -> str:
        if len(self._specs) >= MAX_REMEMBERED:
            self._specs.clear()
        match = _SPEC.fullmatch(text)
        if match is None:
            path = "" if _NO_SPEC.fullmatch(text) else _IRREGULAR
        else:
            path = match[2].decode()
            if path == "C" or (match[1] or b"").decode() in KEYWORDS:
                path = _IRREGULAR
        self._specs[text] = path
        return path


def parse_gofile(data: bytes) -> GoFile:
    """Package name, imports, constraints, cgo directives and embed patterns of a Go file.

    Never raises: what the go command refuses is told in `problem`. What follows the imports does
    not matter, but for //go:embed lines where the file imports "embed".
    """
    return GoFileReader().read(data)


def _exact(data: bytes) -> GoFile:
    head = scan_head(data)
    facts = read_header(data[: head.clause] if head.clause >= 0 else data)
    problem, line = head.problem, head.problem_line
    if facts.problem:
        problem, line = facts.problem, facts.line
    imports = () if head.problem else head.imports
    return GoFile(
        head.package,
        tuple(path for path, _ in imports),
        tuple(line for _, line in imports),
        facts.constraints,
        scan_embeds(data) if any(path == "embed" for path, _ in imports) else (),
        () if head.problem else head.cgo,
        problem,
        line,
    )


def _is_clean(text: bytes) -> bool:
    """Whether Go's scanner accepts the bytes: UTF-8 without a byte order mark inside."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return _BOM not in text
