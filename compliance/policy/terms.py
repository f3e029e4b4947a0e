"""License expressions as trees of terms, for judging.

The grammar is SPDX annex D: `AND` binds tighter than `OR`, `WITH` adds an exception to one license,
`+` means "or any later version". A tree keeps the terms as they were seen and is never simplified,
since `MIT AND (MIT OR GPL-3.0-only)` asks for two texts. Reading is linear and never recursive;
an expression that cannot be read is None, which is judged as an unknown license.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

from compliance import patterns as re
from compliance.value import dataclass, replace

LONGEST_EXPRESSION = 20_000
"""Characters. The longest expression seen in a real repository has fewer than 2,000."""

DEEPEST = 60
"""Nested parentheses. Real expressions have at most 3."""

_TOKEN = re.compile(r"[()]|[A-Za-z0-9.+:_-]+|\S")
_NAME = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9][A-Za-z0-9.-]*\+?")
NOTHING = frozenset({"noassertion", "none"})


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """One license, with its exception; `plus` where a later version is allowed by `+`.

    `headers` says that only constants and types of header files are under it (`of_headers`).

    Trees are compared by what they say (`str`), so that they can serve as keys at no cost.
    """

    license: str
    exception: str | None = None
    plus: bool = False
    headers: bool = False

    def __str__(self) -> str:
        name = f"{self.license}+" if self.plus else self.license
        return f"{name} WITH {self.exception}" if self.exception else name


@dataclass(frozen=True, slots=True, eq=False)
class Compound:
    """Two or more terms joined by one operator."""

    operator: Literal["AND", "OR"]
    parts: tuple[Term, ...]

    def __str__(self) -> str:
        return f" {self.operator} ".join(
            f"({p})" if isinstance(p, Compound) and p.operator != self.operator else str(p)
            for p in self.parts
        )


Term: TypeAlias = Atom | Compound


@lru_cache(maxsize=16_384)
def parse(expression: str | None) -> Term | None:
    """The tree of an expression, None where it is missing, says nothing or is no expression."""
    if not expression or len(expression) > LONGEST_EXPRESSION:
        return None
    tokens = _TOKEN.findall(expression)
    return _Reader(tokens).whole()


def atoms(term: Term) -> Iterator[Atom]:
    """The licenses of a tree from left to right, as often as they stand in it."""
    stack = [term]
    while stack:
        top = stack.pop()
        if isinstance(top, Atom):
            yield top
        else:
            stack.extend(reversed(top.parts))


def required(term: Term) -> Iterator[Atom]:
    """The licenses of a tree that no choice avoids: those that stand below no OR."""
    if isinstance(term, Atom):
        yield term
    elif term.operator == "AND":
        for part in term.parts:
            yield from required(part)


def satisfied(term: Term, licenses: Collection[str]) -> bool:
    """Whether these licenses give what an expression names: one of OR, all of AND."""
    if isinstance(term, Atom):
        return str(term) in licenses
    inner = (satisfied(p, licenses) for p in term.parts)
    return any(inner) if term.operator == "OR" else all(inner)


def join(operator: Literal["AND", "OR"], parts: tuple[Term, ...]) -> Term:
    """Parts under one operator, flat; a single part stays as it is."""
    flat: list[Term] = []
    for part in parts:
        if isinstance(part, Compound) and part.operator == operator:
            flat.extend(part.parts)
        else:
            flat.append(part)
    return flat[0] if len(flat) == 1 else Compound(operator, tuple(flat))


def everything(term: Term) -> Term:
    """The tree with all arms of every choice taken together."""
    if isinstance(term, Atom):
        return term
    return join("AND", tuple(everything(p) for p in term.parts))


def of_headers(term: Term, licenses: Collection[str]) -> Term:
    """The tree in which these licenses are marked: only header files are under them."""
    if isinstance(term, Compound):
        return Compound(term.operator, tuple(of_headers(p, licenses) for p in term.parts))
    return replace(term, headers=True) if str(term) in licenses else term


class _Reader:
    """Operator precedence by two stacks."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._terms: list[Term] = []
        self._operators: list[str] = []

    def whole(self) -> Term | None:
        expect_term, index, depth = True, 0, 0
        while index < len(self._tokens):
            token = self._tokens[index]
            word = token.upper()
            if expect_term and token == "(":  # noqa: S105 - a parenthesis
                depth += 1
                self._operators.append("(")
            elif expect_term:
                used = self._atom(index)
                if used == 0:
                    return None
                index += used
                expect_term = False
                continue
            elif token == ")":  # noqa: S105 - a parenthesis
                depth -= 1
                if not self._close():
                    return None
            elif word in ("AND", "OR"):
                self._push(word)
                expect_term = True
            else:
                return None
            if depth > DEEPEST:
                return None
            index += 1
        return self._end(expect_term)

    def _end(self, expect_term: bool) -> Term | None:
        if expect_term or "(" in self._operators:
            return None
        while self._operators:
            self._reduce()
        return self._terms[0]

    def _atom(self, index: int) -> int:
        """Read `NAME [WITH NAME]`; returns the number of tokens used, 0 for none."""
        name = self._name(index)
        if name is None:
            return 0
        plus = name.endswith("+")
        following = self._tokens[index + 1] if index + 1 < len(self._tokens) else ""
        if following.upper() != "WITH":
            self._terms.append(Atom(name.removesuffix("+"), plus=plus))
            return 1
        exception = self._name(index + 2)
        if exception is None or exception.endswith("+"):
            return 0
        self._terms.append(Atom(name.removesuffix("+"), exception, plus))
        return 3

    def _name(self, index: int) -> str | None:
        token = self._tokens[index] if index < len(self._tokens) else ""
        if not _NAME.fullmatch(token) or token.upper() in ("AND", "OR", "WITH"):
            return None
        return None if token.lower() in NOTHING else token

    def _push(self, operator: str) -> None:
        while self._operators and (
            self._operators[-1] == "AND" or self._operators[-1] == operator == "OR"
        ):
            self._reduce()
        self._operators.append(operator)

    def _close(self) -> bool:
        while self._operators and self._operators[-1] != "(":
            self._reduce()
        if not self._operators:
            return False
        self._operators.pop()
        return True

    def _reduce(self) -> None:
        operator = self._operators.pop()
        right, left = self._terms.pop(), self._terms.pop()
        self._terms.append(join("AND" if operator == "AND" else "OR", (left, right)))
