"""What the build needs to know of a Go source file: everything up to its imports.

Two readers give the same answer. The fast one takes a file whose head is written as gofmt writes
it, mostly by looking whole headers and import lines up in a table of what it saw before. Every
other file goes to the exact reader (`goscan`), which follows go/scanner and go/parser.
"""

from __future__ import annotations

import string
from typing import NamedTuple

from compliance import patterns as re
from compliance.golang.constraint import Constraint
from compliance.golang.goscan import KEYWORDS, NUL_PROBLEM, scan_embeds, scan_head
from compliance.golang.header import Header, read_header


class GoFile(NamedTuple):
    """Facts of one Go file; a tuple because a program has thousands of them.

    `imports` are the paths as written, in order, with `import "C"` among them, and `lines` the
    line of each. `cgo` are the lines of the preambles of `import "C"` that start with `#cgo`,
    `embeds` the patterns of //go:embed lines, both with their line. `constraints` must all hold.
    `problem` is why the go command refuses the file, at `problem_line`; `counts` is False where
    it then does not list the file at all.
    """

    package: str
    imports: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    embeds: tuple[tuple[str, int], ...] = ()
    cgo: tuple[tuple[str, int], ...] = ()
    problem: str = ""
    problem_line: int = 0
    counts: bool = True


MAX_REMEMBERED = 50_000
"""Headers, and import lines, that a table keeps; hostile input makes it start anew."""

MAX_ORDINARY_BYTES = 1 << 20
"""Larger files go to the exact reader, which matches one token at a time: a pattern over many lines
remembers each of them until it is through."""

_IRREGULAR = "\0"
_BOM = b"\xef\xbb\xbf"
_LINE = rb"[ \t\r]*+(?://[^\n]*+)?\n"
_BLOCK = rb"(?>/\*[^*]*+(?:\*(?!/)[^*]*+)*\*/)"
_COMMENT = rb"[ \t]*+" + _BLOCK + rb"[ \t\r]*+\n"
_BLANKS = rb"(?>(?:" + _LINE + rb"|" + _COMMENT + rb")*)"
_STOP = _BLANKS + rb"(?:(import)[ \t]+(\([ \t\r]*+\n)?|(?:func|type|var|const)[ \t(]|[ \t\r]*+\Z)"
_HEADER = re.compile(_BLANKS)
_CLAUSE = re.compile(rb"package[ \t]+([A-Za-z_][A-Za-z0-9_]*+)" + _LINE + _STOP)
_NEXT = re.compile(rb"()" + _STOP)
_AFTER_GROUP = re.compile(rb"()(?:" + _LINE + _STOP + rb"|[ \t\r]*+\Z)")
_SPEC = re.compile(
    rb'[ \t]*+(?:([A-Za-z_][A-Za-z0-9_]*+|\.)[ \t]++)?"([A-Za-z0-9_./+~@-]++)"'
    rb"[ \t]*+(?:;[ \t]*+)?(?://[^\n]*+)?\r?"
)
_NO_SPEC = re.compile(rb"[ \t\r]*+(?://[^\n]*+)?")
# The shapes of nearly all files, which cost a tenth of what the patterns above do: those look at a
# line in several ways each.
_USUAL_CLAUSE = re.compile(rb"package ([A-Za-z_]\w*+)\n\n(import) (\(\n)")
_CODE_IN_HEADER = re.compile(rb"\n[ \t\r]*+(?!//|\n|\Z)")
_CODE = re.compile(rb"\n(?!//|\n)")
_DECLARATION = re.compile(rb"()(?:func|type|var|const)[ \t(]|(?!)()()")  # groups as in _AFTER_GROUP
_PATH_BYTES = (string.ascii_letters + string.digits + "_./+~@-").encode()


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

    def read_head(self, data: bytes) -> GoFile | None:
        """Facts of a file whose first bytes these are, None where they do not tell."""
        return self._fast(data.removeprefix(_BOM), cut=True)

    def _fast(self, data: bytes, *, cut: bool = False) -> GoFile | None:
        """Facts of an ordinarily written file, None for any other.

        With `cut` there is more of the file: None, too, where it could matter.
        """
        if len(data) > MAX_ORDINARY_BYTES:
            return None
        start = 0 if data.startswith(b"package ") else data.find(b"\npackage ") + 1
        head = data[:start]
        try:
            header = self._headers[head]
        except KeyError:
            header = self._remember_header(head)
        clause = _USUAL_CLAUSE.match(data, start) or _CLAUSE.match(data, start)
        if header is None or clause is None:
            return None
        facts, line = header
        name = clause[1].decode()
        paths: list[str] = []
        lines: list[int] = []
        end = self._imports(data, clause, line, (paths, lines))
        if end < 0 or name in KEYWORDS or (cut and (end == len(data) or "embed" in paths)):
            return None
        read = data[start:end]
        if not _is_clean(read):
            return None
        embeds = scan_embeds(data) if "embed" in paths else ()
        values = (name, tuple(paths), tuple(lines), facts.constraints, embeds, ())
        return tuple.__new__(GoFile, (*values, facts.problem, facts.line, not facts.problem))

    def _imports(
        self,
        data: bytes,
        stop: re.Match[bytes] | None,
        line: int,
        found: tuple[list[str], list[int]],
    ) -> int:
        """Collect the imports from `stop` on, which begins on `line`.

        Returns:
            The offset up to which the go command reads, -1 where something is not ordinary.
        """
        known = self._specs
        paths, lines = found
        while stop is not None and stop[2] is not None:
            start = stop.end()
            line += data.count(b"\n", stop.start(), start)
            end = data.find(b"\n)", start - 1) if stop[3] else data.find(b"\n", start)
            if end < 0:
                return -1
            specs = data[start:end].split(b"\n")
            try:
                group = [*map(known.__getitem__, specs)]
            except KeyError:
                group = [known[t] if t in known else self._remember_spec(t) for t in specs]
            if _IRREGULAR in group:
                return -1
            if "" not in group:
                paths += group
                lines += range(line, line + len(group))
            elif stop[3] is None:
                return -1
            else:
                for number, path in enumerate(group, line):
                    if path:
                        paths.append(path)
                        lines.append(number)
            line += len(group)
            if stop[3] is None:
                stop = _NEXT.match(data, end + 1)
            else:
                # An empty group has one line, that of its closing parenthesis.
                line -= end < start
                stop = _after_group(data, end + 2)
        return -1 if stop is None else stop.end()

    def _remember_header(self, head: bytes) -> tuple[Header, int] | None:
        if len(self._headers) >= MAX_REMEMBERED:
            self._headers.clear()
        known = None
        if _is_comments(head) and _is_clean(head):
            known = (read_header(head), head.count(b"\n") + 1)
        self._headers[head] = known
        return known

    def _remember_spec(self, text: bytes) -> str:
        """Path of an import line, "" where none stands, `_IRREGULAR` where it is not ordinary."""
        if len(self._specs) >= MAX_REMEMBERED:
            self._specs.clear()
        if text.startswith(b'\t"') and text.endswith(b'"') and text != b'\t"C"':
            plain = text[2:-1]
            if plain and not plain.translate(None, _PATH_BYTES):
                path = self._specs[text] = plain.decode()
                return path
        match = _SPEC.fullmatch(text)
        if match is None:
            path = "" if _NO_SPEC.fullmatch(text) else _IRREGULAR
        else:
            path = match[2].decode()
            if path == "C" or (match[1] or b"").decode() in KEYWORDS:
                path = _IRREGULAR
        self._specs[text] = path
        return path


def _is_comments(head: bytes) -> bool:
    """Whether a header is whole lines of comments and blanks."""
    if b"/*" in head:
        return _HEADER.fullmatch(head) is not None
    return head[-1:] in (b"", b"\n") and _CODE_IN_HEADER.search(b"\n" + head) is None


def _after_group(data: bytes, at: int) -> re.Match[bytes] | None:
    """What stands behind the parenthesis that closes a group of imports, at `at`."""
    if data.startswith(b"\n", at):
        code = _CODE.search(data, at)
        if code is not None and (usual := _DECLARATION.match(data, code.end())) is not None:
            return usual
    return _AFTER_GROUP.match(data, at)


def parse_gofile(data: bytes) -> GoFile:
    """Package name, imports, constraints, cgo directives and embed patterns of a Go file.

    Never raises: what the go command refuses is told in `problem`. What follows the imports does
    not matter, but for //go:embed lines where the file imports "embed".
    """
    return GoFileReader().read(data)


def _exact(data: bytes) -> GoFile:
    head = scan_head(data)
    facts = read_header(
        data[: head.clause] if head.clause >= 0 else data, only_comments=head.clause >= 0
    )
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
        not facts.problem and head.problem != NUL_PROBLEM,
    )


def _is_clean(text: bytes) -> bool:
    """Whether Go's scanner takes the bytes: UTF-8 without NUL and byte order mark."""
    if text.isascii():
        return b"\0" not in text
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in text and _BOM not in text
