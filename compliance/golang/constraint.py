"""Build constraints: `//go:build` expressions and old `// +build` lines.

Grammar, limits and placement are those of go/build/constraint and go/build of the Go
distribution (https://pkg.go.dev/cmd/go#hdr-Build_constraints). Expressions are kept in postfix
order, so that neither parsing nor evaluation recurses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from compliance import patterns as re

MAX_OPERANDS = 1000
"""Operands and parentheses of a //go:build line that the go command accepts."""

MAX_OLD_OPERATORS = 100
"""AND/OR operators of a // +build line that the go command accepts; longer lines do not count."""

GO_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go's unicode.IsSpace calls a space (str.strip() of Python strips more)."""

NOT, AND, OR = "!", "&&", "||"
_OPERATORS = frozenset((NOT, AND, OR))
_BINDING = {OR: 1, AND: 2, NOT: 3}


class Constraint(NamedTuple):
    """A parsed expression in postfix order (tags, `!`, `&&`, `||`).

    No different expression has the same `text` (as written; `+build` in front of the old form).

    A tag never equals an operator, so plain strings hold both.
    """

    text: str
    postfix: tuple[str, ...]

    def holds(self, tag_holds: Callable[[str], bool]) -> bool:
        """Value of the expression when `tag_holds` tells which tags are satisfied."""
        stack: list[bool] = []
        for item in self.postfix:
            if item not in _OPERATORS:
                stack.append(tag_holds(item))
            elif item == NOT:
                stack.append(not stack.pop())
            else:
                right = stack.pop()
                left = stack.pop()
                stack.append((left and right) if item == AND else (left or right))
        return stack[0]

    def may_hold(self, never: str = "ignore") -> bool:
        """Whether the expression may hold when every tag but one counts as set and as not set.

        That is how the go command looks for what any build takes (cmd/go/internal/imports.AnyTags).
        """
        stack: list[tuple[bool, bool]] = []
        for item in self.postfix:
            if item not in _OPERATORS:
                stack.append((item != never, False))
            elif item == NOT:
                wanted, unwanted = stack.pop()
                stack.append((not unwanted, not wanted))
            else:
                right, left = stack.pop(), stack.pop()
                join = all if item == AND else any
                stack.append((join((left[0], right[0])), join((left[1], right[1]))))
        return stack[0][0]


class ConstraintSyntaxError(ValueError):
    """A //go:build line that the go command refuses."""


def is_tag(word: str) -> bool:
    """Whether `word` is a build tag: letters, digits, underscores and dots, not empty."""
    return bool(word) and all(_is_tag_char(c) for c in word)


def parse_go_build(text: str) -> Constraint:
    """Parse what follows `//go:build`, already stripped.

    Raises:
        ConstraintSyntaxError: with the reason, in the cases in which the go command refuses.
    """
    return _plain(text) or _ExpressionParser(text).parse()


def parse_plus_build(text: str) -> Constraint | None:
    """Parse what follows `// +build`; None where the go command disregards the line as too long.

    Spaces mean OR, commas AND; a word that is no tag stands for the tag `ignore`.
    """
    postfix: list[str] = []
    operators = 0
    for number, clause in enumerate(text.split()):
        for place, literal in enumerate(clause.split(",")):
            postfix += _plus_build_literal(literal)
            if place:
                postfix.append(AND)
                operators += 1
        if number:
            postfix.append(OR)
            operators += 1
        if operators > MAX_OLD_OPERATORS:
            return None
    return Constraint(f"+build {text}", tuple(postfix) or ("ignore",))


def _plus_build_literal(literal: str) -> tuple[str, ...]:
    if literal.startswith("!!") or literal == "!":
        return ("ignore",)
    name = literal.removeprefix("!")
    word = name if is_tag(name) else "ignore"
    return (word, NOT) if literal.startswith("!") else (word,)


def _is_tag_char(c: str) -> bool:
    # Go asks for letters (L*) and decimal digits (Nd); str.isalpha is exactly L*.
    return c.isalpha() or c.isdecimal() or c in "_."


_ASCII_TAG = re.compile(r"[A-Za-z0-9_.]++")


def _plain(text: str) -> Constraint | None:
    """Tags, with or without `!`, all joined by one operator: nearly every line is like this."""
    operator = AND if AND in text else OR
    postfix: list[str] = []
    for number, literal in enumerate(text.split(f" {operator} ", MAX_OPERANDS - 1)):
        negated = literal[:1] == NOT
        name = literal[negated:]
        if not _ASCII_TAG.fullmatch(name):
            return None
        postfix.append(name)
        if negated:
            postfix.append(NOT)
        if number:
            postfix.append(operator)
    return Constraint(text, tuple(postfix))


class _ExpressionParser:
    """Shunting yard over the tokens of a //go:build line.

    Every operand and every opening parenthesis counts against MAX_OPERANDS, as in
    go/build/constraint, where each of them is a call of the `not` production.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.output: list[str] = []
        self.pending: list[str] = []
        self.size = 0

    def parse(self) -> Constraint:
        """The whole line as one expression."""
        want_operand = True
        while word := self._next():
            want_operand = self._operand(word) if want_operand else self._operator(word)
        if want_operand:
            raise ConstraintSyntaxError(
                "missing close paren" if "(" in self.pending else "unexpected end of expression"
            )
        while self.pending:
            if (operator := self.pending.pop()) == "(":
                raise ConstraintSyntaxError("missing close paren")
            self.output.append(operator)
        return Constraint(self.text, tuple(self.output))

    def _operand(self, word: str) -> bool:
        """Take a tag, `!` or `(`; whether an operand is still wanted."""
        after_not = bool(self.pending) and self.pending[-1] == NOT
        if not after_not:
            self._count()
        elif word == NOT:
            raise ConstraintSyntaxError("double negation not allowed")
        if word in (NOT, "("):
            self.pending.append(word)
            return True
        if word in _BINDING or word == ")":
            raise ConstraintSyntaxError(f"unexpected token {word}")
        self.output.append(word)
        self._negate()
        return False

    def _operator(self, word: str) -> bool:
        """Take `&&`, `||` or `)`; whether an operand is wanted next."""
        if word == ")":
            while self.pending and self.pending[-1] != "(":
                self.output.append(self.pending.pop())
            if not self.pending:
                raise ConstraintSyntaxError("unexpected token )")
            self.pending.pop()
            self._negate()
            return False
        if word not in (AND, OR):
            raise ConstraintSyntaxError(f"unexpected token {word}")
        while self.pending and _BINDING.get(self.pending[-1], 0) >= _BINDING[word]:
            self.output.append(self.pending.pop())
        self.pending.append(word)
        return True

    def _negate(self) -> None:
        if self.pending and self.pending[-1] == NOT:
            self.output.append(self.pending.pop())

    def _count(self) -> None:
        self.size += 1
        if self.size > MAX_OPERANDS:
            raise ConstraintSyntaxError("build expression too large")

    def _next(self) -> str:
        """The next token, "" at the end."""
        text, at = self.text, self.at
        while at < len(text) and text[at] in " \t":
            at += 1
        if at == len(text):
            return ""
        first = text[at]
        end = at + 1
        if first in "&|":
            end = at + 2
            if text[at:end] != first * 2:
                raise ConstraintSyntaxError(f"invalid syntax at {first}")
        elif first not in "()!":
            match = _ASCII_TAG.match(text, at)
            end = match.end() if match else at
            while end < len(text) and _is_tag_char(text[end]):
                end += 1
            if end == at:
                raise ConstraintSyntaxError(f"invalid syntax at {first}")
        self.at = end
        return text[at:end]
