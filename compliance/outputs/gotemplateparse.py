"""Go's text/template, parsed: the text of a template as nested tuples (kind, line, ...)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.outputs.gotemplatewords import FUNCTIONS
from compliance.value import dataclass

_SPACE = " \t\r\n"
_TRIM_LEFT = re.compile(r"-[ \t\r\n/]")
_COMMENT = re.compile(r"[ \t\r\n]*/\*")
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      |(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
      |(?P<char>'(?:[^'\\\n]|\\.)+')
      |(?P<number>[+-]?\d[\d_]*(?:\.\d+)?)
      |(?P<declare>:=|=)
      |(?P<field>\.[A-Za-z_]\w*)
      |(?P<variable>\$\w*)
      |(?P<word>[A-Za-z_]\w*)
      |(?P<sign>[|(),.])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


Node = tuple[Any, ...]
"""(kind, line, ...): a part of a template."""


class Parser:
    """Turns the text of a template into nodes."""

    def __init__(self, source: str, file: str) -> None:
        self.file = file
        self.items = list(self._split(source))
        self.at = 0
        self.ranges = 0
        self.defined: dict[str, list[Node]] = {}

    def wrong(self, line: int, message: str) -> UsageError:
        """The error for a mistake in the template."""
        return UsageError(message, file=self.file, line=line)

    def _split(self, source: str) -> Iterator[tuple[str, int, str]]:
        """Text and actions in turn, trim markers applied."""
        at, line, trim = 0, 1, False
        while at < len(source):
            start = source.find("{{", at)
            text = source[at:] if start < 0 else source[at:start]
            opened_line = line + text.count("\n")
            inside = start + 2
            left = start >= 0 and bool(_TRIM_LEFT.match(source, inside))
            shown = text.lstrip(_SPACE) if trim else text
            yield "text", line, shown.rstrip(_SPACE) if left else shown
            if start < 0:
                return
            inside += left
            end = self._end(source, inside, opened_line)
            action = source[inside:end]
            trim = action.endswith("-") and action[-2:-1] in (*_SPACE, "/")
            action = action[:-1] if trim else action
            if not action.strip(_SPACE).startswith("/*"):
                yield "action", opened_line, action
            line = opened_line + source.count("\n", start, end)
            at = end + 2

    def _end(self, source: str, at: int, line: int) -> int:
        """Where the action ends; `}}` inside of a string or comment does not count."""
        if _COMMENT.match(source, at):
            close = source.find("*/", at)
            end = source.find("}}", close) if close >= 0 else -1
            if end < 0:
                raise self.wrong(line, "unclosed comment")
            return end
        while at < len(source):
            if source.startswith("}}", at):
                return at
            if source[at] in "\"'`":
                found = _TOKEN.match(source, at)
                if found is None:
                    raise self.wrong(line, "unterminated quoted string")
                at = found.end()
            else:
                at += 1
        raise self.wrong(line, "unclosed action")

    def parse(self) -> tuple[list[Node], dict[str, list[Node]]]:
        """The nodes of the template, and those of the templates that it defines, by name."""
        body, stop = self._list(frozenset())
        if stop is not None:
            raise self.wrong(stop.line, f"unexpected {{{{{stop.text}}}}}")
        return body, self.defined

    def _list(self, ends: frozenset[str]) -> tuple[list[Node], _Token | None]:
        """Nodes up to an action that starts with one of `ends`; its tokens stay in `self.rest`."""
        nodes: list[Node] = []
        while self.at < len(self.items):
            kind, line, text = self.items[self.at]
            self.at += 1
            if kind == "text":
                if text:
                    nodes.append(("text", line, text))
                continue
            tokens = self._tokens(text, line)
            first = tokens[0]
            if first.kind == "word" and first.text in ends:
                self.rest = tokens[1:]
                return nodes, first
            node = self._action(tokens)
            if node is not None:
                nodes.append(node)
        if ends:
            raise self.wrong(
                self.items[-1][1] if self.items else 1, "unexpected end: {{end}} is missing"
            )
        return nodes, None

    def _tokens(self, text: str, line: int) -> list[_Token]:
        tokens, at = [], 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise self.wrong(line, f"unexpected {text[at:][:20]!r} in action")
            if found.lastgroup == "space":
                tokens.append(_Token("space", " ", line))
            else:
                tokens.append(_Token(str(found.lastgroup), found[0], line))
            line += found[0].count("\n")
            at = found.end()
        while tokens and tokens[0].kind == "space":
            tokens.pop(0)
        while tokens and tokens[-1].kind == "space":
            tokens.pop()
        if not tokens:
            raise self.wrong(line, "missing value for command")
        return tokens

    def _action(self, tokens: list[_Token]) -> Node | None:
        first = tokens[0]
        rest = _stripped(tokens[1:])
        match first.text if first.kind == "word" else "":
            case "if" | "with" | "range":
                return self._control(first, rest)
            case "define":
                self._define(first, rest)
                return None
            case "block":
                name, tail = self._name(first, rest)
                body, _ = self._list(frozenset({"end"}))
                self.defined.setdefault(name, body)
                return ("template", first.line, name, self._pipe(tail, first.line))
            case "template":
                name, tail = self._name(first, rest)
                pipe = self._pipe(tail, first.line) if tail else None
                return ("template", first.line, name, pipe)
            case "break" | "continue":
                if not self.ranges:
                    raise self.wrong(first.line, f"{{{{{first.text}}}}} outside {{{{range}}}}")
                return (first.text, first.line)
            case "end" | "else":
                raise self.wrong(first.line, f"unexpected {{{{{first.text}}}}}")
        return ("print", first.line, self._pipe(tokens, first.line))

    def _control(self, first: _Token, rest: list[_Token]) -> Node:
        if not rest:
            raise self.wrong(first.line, f"missing value for {first.text}")
        pipe = self._pipe(rest, first.line)
        self.ranges += first.text == "range"
        body, stop = self._list(frozenset({"end", "else"}))
        self.ranges -= first.text == "range"
        other: list[Node] = []
        if stop is not None and stop.text == "else":
            again = _stripped(self.rest)
            if again and again[0].text in ("if", "with"):
                other = [self._control(again[0], _stripped(again[1:]))]
            elif again:
                raise self.wrong(stop.line, f"unexpected {again[0].text!r} after else")
            else:
                other, _ = self._list(frozenset({"end"}))
        return (first.text, first.line, pipe, body, other)

    def _define(self, first: _Token, rest: list[_Token]) -> None:
        name, tail = self._name(first, rest)
        if tail:
            raise self.wrong(first.line, "unexpected text after the name in define")
        outer, self.ranges = self.ranges, 0
        self.defined[name], _ = self._list(frozenset({"end"}))
        self.ranges = outer

    def _name(self, first: _Token, rest: list[_Token]) -> tuple[str, list[_Token]]:
        if not rest or rest[0].kind != "string":
            raise self.wrong(first.line, f"{first.text}: want a name in quotes")
        return self._unquoted(rest[0]), _stripped(rest[1:])

    def _unquoted(self, token: _Token) -> str:
        if token.text[0] == "`":
            return token.text[1:-1].replace("\r", "")
        try:
            return str(json.loads(_JSON_ESCAPE.sub(_json_escape, token.text)))
        except ValueError:
            raise self.wrong(token.line, f"malformed string {token.text}") from None

    def _pipe(self, tokens: list[_Token], line: int) -> Node:
        """`[$x [, $y] :=] command | command`: (names, declared, commands)."""
        names: list[str] = []
        declared = ""
        for number, token in enumerate(tokens):
            if token.kind == "declare":
                head = [t for t in tokens[:number] if t.kind != "space"]
                names = [t.text for t in head if t.kind == "variable"]
                fits = [t for t in head if t.kind == "variable" or t.text == ","]
                if len(fits) != len(head) or len(names) not in (1, 2):
                    raise self.wrong(line, "malformed declaration")
                declared, tokens = token.text, _stripped(tokens[number + 1 :])
                break
        commands: list[list[Node]] = []
        part: list[_Token] = []
        depth = 0
        for token in tokens:
            depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
            if token.text == "|" and token.kind == "sign" and depth == 0:
                commands.append(self._command(part, line))
                part = []
            else:
                part.append(token)
        commands.append(self._command(part, line))
        return ("pipe", line, names, declared, commands)

    def _command(self, tokens: list[_Token], line: int) -> list[Node]:
        """Operands of one command."""
        operands: list[Node] = []
        tokens = _stripped(tokens)
        at, glued = 0, False
        while at < len(tokens):
            token = tokens[at]
            at += 1
            if token.kind == "space":
                glued = False
                continue
            if token.kind == "field" and glued and operands:
                operands[-1] = ("chain", token.line, operands[-1], token.text[1:])
            elif token.text == "(" and token.kind == "sign":
                end = self._closing(tokens, at, line)
                operands.append(self._pipe(_stripped(tokens[at:end]), token.line))
                at = end + 1
            else:
                operands.append(self._operand(token))
            glued = True
        if not operands:
            raise self.wrong(line, "missing value for command")
        return operands

    def _closing(self, tokens: list[_Token], at: int, line: int) -> int:
        depth = 1
        for number in range(at, len(tokens)):
            if tokens[number].kind == "sign":
                depth += {"(": 1, ")": -1}.get(tokens[number].text, 0)
                if depth == 0:
                    return number
        raise self.wrong(line, "unclosed left paren")

    def _operand(self, token: _Token) -> Node:
        line, text = token.line, token.text
        match token.kind:
            case "string":
                node: Node = ("value", line, self._unquoted(token))
            case "char":
                node = ("value", line, ord(self._unquoted(_quoted(token))))
            case "number":
                bare = text.replace("_", "")
                node = ("value", line, float(bare) if "." in bare else int(bare))
            case "field":
                node = ("chain", line, ("dot", line), text[1:])
            case "variable":
                node = ("variable", line, text)
            case "word" if text in _WORDS:
                node = ("value", line, _WORDS[text])
            case "word" if text in FUNCTIONS or text in ("and", "or"):
                node = ("function", line, text)
            case "word":
                raise self.wrong(line, f"function {text!r} not defined")
            case _ if text == ".":
                node = ("dot", line)
            case _:
                raise self.wrong(line, f"unexpected {text!r} in operand")
        return node


_WORDS = {"true": True, "false": False, "nil": None}
_JSON_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[av']|U[0-9a-fA-F]{8}|[0-7]{3})")


def _json_escape(found: re.Match[str]) -> str:
    """Escapes of Go strings that JSON lacks."""
    code = found[1]
    if code in ("a", "v", "'"):
        return {"a": "\\u0007", "v": "\\u000b", "'": "'"}[code]
    number = int(code, 8) if code.isdigit() else int(code[1:], 16)
    return json.dumps(chr(number))[1:-1] if number <= 0x10FFFF else code  # noqa: PLR2004


def _quoted(token: _Token) -> _Token:
    return _Token("string", '"' + token.text[1:-1].replace('"', '\\"') + '"', token.line)


def _stripped(tokens: list[_Token]) -> list[_Token]:
    start = 0
    while start < len(tokens) and tokens[start].kind == "space":
        start += 1
    end = len(tokens)
    while end > start and tokens[end - 1].kind == "space":
        end -= 1
    return tokens[start:end]
