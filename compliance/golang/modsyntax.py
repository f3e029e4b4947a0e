"""Lexical grammar shared by go.mod and go.work (https://go.dev/ref/mod#go-mod-file-lexical).

A file is a sequence of lines and of blocks `verb ( ... )`. Strings never span lines, so that each
line is read on its own and the cost is linear in the size of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compliance import patterns as re
from compliance.errors import LimitExceededError, MalformedInputError
from compliance.value import dataclass

MAX_FETCHED_BYTES = 16 << 20
"""Longest go.mod of a dependency: what the go command itself fetches at most (16 MiB)."""

MAX_OWN_BYTES = 64 << 20
"""Longest go.mod, go.work or modules.txt of the repository: keeps memory under 1 GB."""

_MAX_LISTED = 50  # errors that one message lists; more help nobody

_TOKEN = re.compile(
    r"""[ \t\r]*(?:
      (?P<comment>//.*)
    | (?P<string>"(?:[^"\\]|\\.)*"|`[^`]*`)
    | (?P<mark>[()\[\]{},])
    | (?P<word>(?:(?!//)[^ \t\r()\[\]{},])+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r"[\t\r -!#-_a-~]*")
_WORD = r"[A-Za-z0-9._~+=>/-]++"
_WORDS = re.compile(rf"[ \t]*+(?:{_WORD}(?:[ \t\r]++{_WORD})*+[ \t\r]*+(?:(?<=[ \t\r])\()?|\()?")
_ESCAPE = re.compile(
    r'\\(?:([abfnrtv\\"])|x([0-9A-Fa-f]{2})|([0-7]{3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))'
)
_SIMPLE_ESCAPES = {
    "a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v",
    "\\": b"\\", '"': b'"',
}  # fmt: skip
_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_FIELD = re.compile(f"[^{_SPACE}]+")  # what is no space for Go; Python also counts 0x1c to 0x1f
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_MAX_BYTE = 0xFF
_MAX_RUNE = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class Line:
    """Tokens of one line. `before` are the comment lines above it ("" for a blank line)."""

    tokens: tuple[str, ...]
    number: int
    before: tuple[str, ...] = ()
    suffix: str = ""

    @property
    def indirect(self) -> bool:
        """Whether its comment says `// indirect`, alone or as `// indirect; ...`."""
        return is_indirect(self.suffix)


@dataclass(frozen=True, slots=True)
class Block:
    """`verb ( ... )`: its header without the parenthesis, and its lines as raw text.

    `first` is the number of the line after the header.
    """

    header: tuple[str, ...]
    number: int
    before: tuple[str, ...]
    first: int
    raw: Sequence[str]


class Problems:
    """Errors of one file, collected so that all of them are reported at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, message: str) -> None:
        """Note an error and go on reading."""
        self._found.append((line, message))

    def raise_if_any(self) -> None:
        """Raise one MalformedInputError that names every place, the first one as its own."""
        if not self._found:
            return
        (line, message), *rest = self._found
        more = [f"{self.file}:{n}: {text}" for n, text in rest[:_MAX_LISTED]]
        if len(rest) > _MAX_LISTED:
            more.append(f"and {len(rest) - _MAX_LISTED} more errors in this file")
        raise MalformedInputError("\n".join([message, *more]), file=self.file, line=line)


def decode(data: bytes, file: str, limit: int = MAX_OWN_BYTES) -> str:
    """Text of a file; each byte that is not UTF-8 becomes U+FFFD, as the go command reads it.

    Raises:
        LimitExceededError: More bytes than `limit`.
    """
    if len(data) > limit:
        raise LimitExceededError(f"larger than {limit >> 20} MiB", file=file)
    try:
        return data.decode()
    except UnicodeDecodeError:  # "replace" would make one U+FFFD of several bytes
        return _ESCAPED_BYTE.sub("\ufffd", data.decode("utf-8", "surrogateescape"))


def fields(text: str) -> list[str]:
    """Words of a line, parted by what Go counts as space."""
    return _FIELD.findall(text)


def is_indirect(comment: str) -> bool:
    """Whether a line comment (with its slashes) marks a requirement as indirect."""
    words = fields(comment[2:])
    return bool(words) and (
        (words[0] == "indirect" and len(words) == 1) or (words[0] == "indirect;" and len(words) > 1)
    )


def tokens(raw: str, number: int, file: str) -> tuple[tuple[str, ...], str]:
    """Tokens of a line, and its comment (with the slashes) or "".

    Raises:
        MalformedInputError: A character or string that no token starts with.
    """
    if _WORDS.fullmatch(raw) is not None and "//" not in raw:
        return tuple(raw.split()), ""
    text = raw.strip(" \t\r")
    found: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:  # pragma: no cover - every character starts one of the alternatives
            raise MalformedInputError("unexpected input", file=file, line=number)
        position = match.end()
        word = match["word"]
        if word is not None:
            _check_word(word, number, file)
            found.append(word)
        elif match["comment"] is not None:
            return tuple(found), match["comment"]
        else:
            found.append(match["string"] or match["mark"])
    return tuple(found), ""


def _check_word(word: str, number: int, file: str) -> None:
    if word[0] in '"`':
        raise MalformedInputError("string is not closed on its line", file=file, line=number)
    if "/*" in word:
        message = "comments must start with //, not /*"
        raise MalformedInputError(message, file=file, line=number)
    if not word.isprintable():
        bad = next(c for c in word if not c.isprintable())
        raise MalformedInputError(f"unexpected input character {bad!a}", file=file, line=number)


def statements(text: str, file: str) -> Iterator[Line | Block]:
    """Lines and blocks in order.

    Raises:
        MalformedInputError: At the first place where the text breaks the lexical grammar.
    """
    lines = text.split("\n")
    comments: list[str] = []
    index = 0
    while index < len(lines):
        raw = lines[index]
        index += 1
        if not raw:
            comments.clear()
            continue
        words, comment = tokens(raw, index, file)
        if not words:
            if comment:
                comments.append(comment)
            else:
                comments.clear()
            continue
        before = tuple(comments)
        comments.clear()
        if words[-1] == "(" and len(words) > 1:
            end = _block_end(lines, index, file)
            yield Block(words[:-1], index, before, index + 1, lines[index:end])
            index = end + 1
        elif words[-2:] == ("(", ")") and words[:-2]:
            yield Block(words[:-2], index, before, index + 1, ())
        else:
            yield Line(words, index, before, comment)


def _block_end(lines: Sequence[str], start: int, file: str) -> int:
    for index in range(start, len(lines)):
        raw = lines[index]
        if ")" in raw and raw.lstrip(" \t\r").startswith(")"):
            words, _ = tokens(raw, index + 1, file)
            if len(words) > 1:
                message = "expected a new line after the closing parenthesis"
                raise MalformedInputError(message, file=file, line=index + 1)
            return index
    raise MalformedInputError("block is not closed by )", file=file, line=start)


def block_lines(block: Block, file: str) -> Iterator[Line]:
    """Lines inside a block; blank lines count in `before`, since they part comments.

    Raises:
        MalformedInputError: As `statements`.
    """
    before: list[str] = []
    seen = False
    for number, raw in enumerate(block.raw, block.first):
        words, comment = tokens(raw, number, file)
        if words:
            yield Line(words, number, tuple(before), comment)
            before.clear()
            seen = True
        elif comment:
            before.append(comment)
        elif (before and before[-1]) or (seen and not before):
            before.append("")


def check_lexically(block: Block, file: str) -> None:
    """Read a block only for lexical errors, as the go command does with what it ignores."""
    for number, raw in enumerate(block.raw, block.first):
        if _PLAIN.fullmatch(raw) is None or "/*" in raw:
            tokens(raw, number, file)


def unquote(token: str) -> str | None:
    """Value of a path token: a bare word, or an interpreted string; None when it is neither.

    Raw strings and words with quotes inside are refused, as golang.org/x/mod does.
    """
    if not token.startswith('"'):
        return None if any(q in token for q in "\"'`") else token
    body = token[1:-1]
    if "\\" not in body:
        return body
    return _unescape(body)


def _unescape(body: str) -> str | None:
    out = bytearray()
    position = 0
    while position < len(body):
        if body[position] != "\\":
            end = body.find("\\", position)
            end = len(body) if end < 0 else end
            out += body[position:end].encode("utf-8", "replace")
            position = end
            continue
        match = _ESCAPE.match(body, position)
        value = _escape_value(match) if match else None
        if match is None or value is None:
            return None
        out += value
        position = match.end()
    return out.decode("utf-8", "replace")


def _escape_value(match: re.Match[str]) -> bytes | None:
    simple, hexadecimal, octal, short, long = match.groups()
    if simple:
        return _SIMPLE_ESCAPES[simple]
    if hexadecimal or octal:
        byte = int(hexadecimal, 16) if hexadecimal else int(octal, 8)
        return bytes([byte]) if byte <= _MAX_BYTE else None
    rune = int(short or long, 16)
    if rune > _MAX_RUNE or rune in _SURROGATES:
        return None
    return chr(rune).encode()


def comment_text(lines: Sequence[str]) -> str:
    """Text of comment lines without the slashes; blank separators are left out."""
    return "\n".join(line[2:].strip(_SPACE) for line in lines if line.startswith("//"))
