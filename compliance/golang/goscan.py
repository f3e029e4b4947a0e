"""The exact reader of a Go file's head, after go/scanner and go/parser in ImportsOnly mode.

It accepts what they accept and stops at the first error, with its line. What stands after the
imports and the comments that follow them is not looked at, as the go command does not either.
"""

from __future__ import annotations

import sys
import unicodedata
from typing import NamedTuple

from compliance import patterns as re
from compliance.golang.constraint import GO_SPACE

KEYWORDS = frozenset(
    [
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
    ]
)

_TOKEN = re.compile(
    rb"(?P<space>[ \t\r]++)|(?P<newline>\n)|(?P<line>//[^\n]*+)|(?P<block>/\*[\s\S]*?\*/)"
    rb"|(?P<word>[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*+)"
    rb'|(?P<string>"(?:\\[^\n]|[^"\\\n])*+"|`[^`]*+`)|(?P<mark>[();.,])'
)
_EMBED_TOKEN = re.compile(
    rb"//[^\n]*+|/\*(?:[\s\S]*?\*/|[\s\S]*+)"
    rb'|"(?:\\[^\n]|[^"\\\n])*+"?|`[^`]*+`?|\'(?:\\[^\n]|[^\'\\\n])*+\'?'
)
_EMBED_ARGUMENT = re.compile(
    rf"""([{GO_SPACE}]++)("(?:\\[^\n]|[^"\\\n])*+"|`[^`]*+`|[^"`{GO_SPACE}][^{GO_SPACE}]*+)"""
)
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(\\)"
)
_SIMPLE_ESCAPES = dict(zip('abfnrtv\\"', '\a\b\f\n\r\t\v\\"', strict=True))
_ILLEGAL_IN_IMPORT = frozenset("!\"#$%&'()*,:;<=>?[\\]^{|}`\ufffd")
_NOT_GRAPHIC = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
NUL_PROBLEM = "unexpected NUL in input"
_READ_ON = frozenset(("/", "\f", NUL_PROBLEM))
"""Characters at which the go command does not cut the file after a declaration."""

_SURROGATES = range(0xD800, 0xE000)
_MAX_BYTE = 0xFF
MAX_CGO_COMMENTS = 100_000
"""Of one group; real preambles have a few dozen."""
_BOM = b"\xef\xbb\xbf"
_BAD_START = {
    b'"': "string literal not terminated",
    b"`": "raw string literal not terminated",
    b"\0": NUL_PROBLEM,
}


class Head(NamedTuple):
    """Package clause and imports; `clause` is the offset of `package`, -1 where none was found.

    `imports` are (path, line), `cgo` (text, line) of the `#cgo` lines before `import "C"`.
    """

    package: str = ""
    clause: int = -1
    imports: tuple[tuple[str, int], ...] = ()
    cgo: tuple[tuple[str, int], ...] = ()
    problem: str = ""
    problem_line: int = 0


def scan_head(data: bytes) -> Head:
    """Read the head of a file (without byte order mark)."""
    reader = _HeadReader(data)
    try:
        reader.file()
        problem, line = "", 0
    except _SyntaxProblemError as error:
        problem, line = error.message, error.line
    return Head(
        reader.package, reader.clause, tuple(reader.imports), tuple(reader.cgo), problem, line
    )


def scan_embeds(data: bytes) -> tuple[tuple[str, int], ...]:
    """Patterns of the //go:embed comments of a whole file with their lines.

    Lines that are badly formed count as absent, as for the go command, which leaves them to the
    compiler.
    """
    if b"//go:embed" not in data and b"\r" not in data:
        return ()
    found: list[tuple[str, int]] = []
    line, at = 1, 0
    for match in _EMBED_TOKEN.finditer(data):
        # Go's scanner drops carriage returns from comments.
        text = match[0].replace(b"\r", b"")
        if text.startswith(b"//go:embed"):
            line += data.count(b"\n", at, match.start())
            at = match.start()
            for pattern in _embed_patterns(text.decode("utf-8", "replace")):
                found.append((pattern, line))
    return tuple(found)


def unquote(literal: str) -> str | None:
    """Value of a Go string literal; None where an escape is not valid."""
    body = literal[1:-1]
    if literal.startswith("`"):
        return body.replace("\r", "")
    if "\\" not in body:
        return body
    bad = False

    def value(match: re.Match[str]) -> str:
        nonlocal bad
        simple, byte, octal, short, long, rest = match.groups()
        if simple:
            return _SIMPLE_ESCAPES[simple]
        code = int(byte or short or long or "0", 16) if not octal else int(octal, 8)
        if rest or code > sys.maxunicode or code in _SURROGATES or (octal and code > _MAX_BYTE):
            bad = True
            return ""
        return chr(code)

    text = _ESCAPE.sub(value, body)
    return None if bad else text


def is_valid_import(path: str) -> bool:
    """Whether the go command takes the text as an import path (go/build's isValidImport)."""
    return bool(path) and not any(
        c in _ILLEGAL_IN_IMPORT
        or c in GO_SPACE
        or (not c.isascii() and unicodedata.category(c) in _NOT_GRAPHIC)
        or c < " "
        or c == "\x7f"
        for c in path
    )


def _embed_patterns(comment: str) -> list[str]:
    """Arguments of a //go:embed comment: bare words and string literals between spaces."""
    text = comment.rstrip(GO_SPACE)
    at = len("//go:embed")
    if text[at : at + 1].strip(GO_SPACE):
        return []
    patterns: list[str] = []
    for match in _EMBED_ARGUMENT.finditer(text, at):
        space, word = match.groups()
        quoted = word[:1] in ('"', "`")
        pattern = unquote(word) if quoted else word
        if pattern is None or not space or match.start() != at:
            return []
        patterns.append(pattern)
        at = match.end()
    return patterns if at == len(text) else []


class _SyntaxProblemError(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _Token(NamedTuple):
    """`kind` is word, string, mark, other, bad (`text` says why), or end.

    A newline that ends a statement is the mark `;`.
    """

    kind: str
    text: str
    line: int
    start: int


class _HeadReader:
    """Recursive descent without recursion: package clause, then import declarations."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.line = 1
        self.ends_statement = False
        self.comments: list[tuple[bytes, int]] = []
        self.group_end = 0
        """Comment group that may be a doc comment: text, first line, last line of each."""
        self.trailing = 0
        self.token = _Token("end", "", 0, 0)
        self.package = ""
        self.clause = -1
        self.imports: list[tuple[str, int]] = []
        self.cgo: list[tuple[str, int]] = []

    def file(self) -> None:
        """The package clause and the import declarations."""
        self._next()
        if self.token[:2] != ("word", "package"):
            raise self._unexpected("'package'")
        self.clause = self.token.start
        self._next()
        self.package = self._identifier()
        self._end_of_statement()
        while self.token[:2] == ("word", "import"):
            self._declaration()
        if self.token.text in (NUL_PROBLEM, "\f"):
            raise self._unexpected("declaration")

    def _declaration(self) -> None:
        doc = self._doc()
        self._next()
        if self.token[:2] != ("mark", "("):
            self._spec()
            self._end_of_statement()
            if self.imports[-1][0] == "C":
                self._preamble(doc)
            return
        self._next()
        first = len(self.imports)
        outer_doc = doc
        docs: list[list[tuple[bytes, int]]] = []
        while self.token[:2] != ("mark", ")"):
            if self.token.kind == "end":
                raise self._unexpected("')'")
            docs.append(self._doc())
            self._spec()
            self._end_of_spec()
        self._next()
        self._end_of_statement()
        added = self.imports[first:]
        for (path, _), inner in zip(added, docs, strict=True):
            if path == "C":
                self._preamble(inner or (outer_doc if len(added) == 1 else []))

    def _spec(self) -> None:
        if self.token.kind == "word" and self.token.text not in KEYWORDS:
            self._identifier()
        elif self.token[:2] == ("mark", "."):
            self._next()
        if self.token.kind == "bad":
            raise self._unexpected("import path")
        if self.token.kind != "string":
            raise _SyntaxProblemError("missing import path; require quoted string", self.token.line)
        path, line = unquote(self.token.text), self.token.line
        if path is None:
            raise _SyntaxProblemError("unknown escape sequence", line)
        if not is_valid_import(path):
            raise _SyntaxProblemError(f"invalid import path: {path!r}", line)
        self.imports.append((path, line))
        self._next()

    def _identifier(self) -> str:
        token = self.token
        if token.kind != "word" or token.text in KEYWORDS:
            raise self._unexpected("'IDENT'")
        if not token.text.isascii() and not _is_identifier(token.text):
            raise _SyntaxProblemError("illegal character in identifier", token.line)
        self._next()
        return token.text

    def _end_of_statement(self) -> None:
        """What ends a package clause or an import declaration.

        Before it parses, the go command cuts the file at the first character after a declaration
        that does not begin the word `import`, so that anything may follow there.
        """
        if self.token[:2] == ("mark", ";"):
            self._next()
        elif self._reads_on():
            raise self._unexpected("';'")
        else:
            self.token = _Token("end", "", self.token.line, self.token.start)

    def _reads_on(self) -> bool:
        token = self.token
        if token.kind == "word":
            return token.text.startswith("i")
        return token.kind in ("bad", "other") and token.text in _READ_ON

    def _end_of_spec(self) -> None:
        """What ends an import in parentheses: `;`, a line end, or the closing parenthesis."""
        if self.token[:2] == ("mark", ";"):
            self._next()
        elif self.token[:2] != ("mark", ")"):
            raise self._unexpected("';'")

    def _unexpected(self, wanted: str) -> _SyntaxProblemError:
        if self.token.kind == "bad":
            return _SyntaxProblemError(self.token.text, self.token.line)
        found = self.token.text or "end of file"
        return _SyntaxProblemError(f"expected {wanted}, found {found[:40]!r}", self.token.line)

    def _doc(self) -> list[tuple[bytes, int]]:
        """Comments with `#cgo` of the group that ends on the line before the current token."""
        return self.comments if self.group_end + 1 == self.token.line else []

    def _preamble(self, doc: list[tuple[bytes, int]]) -> None:
        for text, first in doc:
            body = text[2:-2] if text.startswith(b"/*") else text[2:]
            for offset, raw in enumerate(body.decode("utf-8", "replace").split("\n")):
                line = raw.strip(GO_SPACE)
                if line.startswith(("#cgo ", "#cgo\t")):
                    self.cgo.append((line, first + offset))

    def _next(self) -> None:
        """Move to the next token; newlines after a statement count as `;`."""
        self.comments, self.group_end = [], 0
        self.trailing = self.token.line
        while True:
            match = _TOKEN.match(self.data, self.at)
            if match is None:
                self._end_or_illegal()
                return
            kind, raw, line = match.lastgroup or "", match[0], self.line
            if kind == "newline" and self.ends_statement:
                self._newline_token(line)
                return
            newlines = raw.count(b"\n")
            if kind == "block" and newlines and self.ends_statement:
                self._newline_token(line)
                return
            self.at = match.end()
            self.line += newlines
            if kind in ("line", "block"):
                self._comment(raw, line)
            elif kind not in ("space", "newline"):
                self._take(kind, raw, line, match.start())
                return

    def _take(self, kind: str, raw: bytes, line: int, start: int) -> None:
        problem = _encoding_problem(raw)
        if problem:
            self.token = _Token("bad", problem, line, start)
            return
        text = raw.decode()
        self.token = _Token(kind, text, line, start)
        self.ends_statement = (
            kind == "string" or text == ")" or (kind == "word" and text not in KEYWORDS)
        )

    def _newline_token(self, line: int) -> None:
        self.ends_statement = False
        self.token = _Token("mark", ";", line, self.at)

    def _comment(self, raw: bytes, line: int) -> None:
        problem = _encoding_problem(raw)
        if problem:
            raise _SyntaxProblemError(problem, line)
        if not self.group_end and line == self.trailing:
            # A comment behind a token belongs to that line, never to what follows.
            self.trailing = self.line
            return
        if self.group_end + 1 < line:
            self.comments = []
        self.group_end = self.line
        if b"#cgo" in raw:
            self.comments.append((raw, line))
            if len(self.comments) > MAX_CGO_COMMENTS:
                raise _SyntaxProblemError(f"more than {MAX_CGO_COMMENTS} comments with #cgo", line)

    def _end_or_illegal(self) -> None:
        """The end of the file, or a character that is no token of a package or import clause."""
        if self.at == len(self.data):
            self.token = _Token("end", "", self.line, self.at)
            if self.ends_statement:
                self._newline_token(self.line)
            return
        if self.data.startswith(b"/*", self.at):
            raise _SyntaxProblemError("comment not terminated", self.line)
        first = self.data[self.at : self.at + 1]
        self.ends_statement = False
        known = _BAD_START.get(first, "")
        text = known or first.decode("ascii", "replace")
        self.token = _Token("bad" if known else "other", text, self.line, self.at)


def _encoding_problem(raw: bytes) -> str:
    """What Go's scanner says of bytes that it does not take, "" if it takes them."""
    if b"\0" in raw:
        return NUL_PROBLEM
    if raw.isascii():
        return ""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "illegal UTF-8 encoding"
    return "illegal byte order mark" if _BOM in raw else ""


def _is_identifier(text: str) -> bool:
    return not text[:1].isdecimal() and all(c == "_" or c.isalpha() or c.isdecimal() for c in text)
