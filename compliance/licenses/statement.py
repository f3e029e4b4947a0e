"""One expression for a file from what stands at its places.

Everything counts together (AND), with four readings of how people write files: an exception
belongs to the license before it, a choice covers the texts it chooses from, a notice `or later`
covers the bare text of that version, and a statement WITH an exception covers the license alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from compliance.licenses.evidence import Kind
from compliance.value import dataclass

_TERM: Final = re.compile(r"[^\s()]+(?: WITH [^\s()]+)?")
_OPERATORS: Final = frozenset({"AND", "OR"})
# The license an exception is written for, by a word of its name; GNU licenses otherwise.
_HOSTS: Final = (
    (re.compile(r"llvm|swift", re.IGNORECASE), re.compile(r"Apache-2\.0\Z")),
    (re.compile(r".", re.DOTALL), re.compile(r"(?:A|L)?GPL-[\d.]+-(?:only|or-later)\Z")),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of a file: an SPDX expression and its kind, in order of place."""

    expression: str
    kind: Kind


def terms(expression: str) -> list[str]:
    """License terms of an expression (`X` or `X WITH Y`), in order."""
    return [t for t in _TERM.findall(expression) if t not in _OPERATORS]


def _host(said: Sequence[Said], at: int, exception: str) -> int | None:
    """Which statement the exception at place `at` belongs to: the nearest before, else behind."""
    pattern = next(host for word, host in _HOSTS if word.search(exception))
    before = range(at - 1, -1, -1)
    behind = range(at + 1, len(said))
    places = (*before, *behind)
    fits = (p for p in places if said[p].kind != "exception" and pattern.match(said[p].expression))
    return next(fits, None)


def _attach_exceptions(said: Sequence[Said]) -> list[str]:
    """Expressions with the exceptions in place; one without a license it fits is left out."""
    joined = [s.expression for s in said]
    alone: set[int] = set()
    for at, item in enumerate(said):
        if item.kind != "exception":
            continue
        alone.add(at)
        if any(f" WITH {item.expression}" in e for e in joined):
            continue
        host = _host(said, at, item.expression)
        if host is not None:
            joined[host] = f"{said[host].expression} WITH {item.expression}"
    kept = (e for at, e in enumerate(joined) if at not in alone)
    return list(dict.fromkeys(part for e in kept for part in _parts(e)))


def _parts(expression: str) -> list[str]:
    """What an expression joins with AND, when it has no choice."""
    if " OR " in expression or "(" in expression:
        return [expression]
    return expression.split(" AND ")


def _covered_by_choice(expressions: list[str]) -> set[str]:
    covered: set[str] = set()
    for choice in expressions:
        if " OR " in choice:
            members = set(terms(choice))
            covered |= {e for e in expressions if e != choice and set(terms(e)) <= members}
    return covered


def _covered_by_later(said: Sequence[Said], expressions: list[str]) -> set[str]:
    """Texts of one version beside a notice that grants later ones."""
    every = {t.split(" WITH ")[0] for e in expressions for t in terms(e)}
    texts = {s.expression for s in said if s.kind == "text"}
    notices = {s.expression for s in said if s.kind != "text"}
    return {
        e
        for e in expressions
        if e in texts
        and e not in notices
        and e.endswith("-only")
        and f"{e.removesuffix('-only')}-or-later" in every
    }


def _covered_by_exception(expressions: list[str]) -> set[str]:
    hosts = {t.split(" WITH ")[0] for e in expressions for t in terms(e) if " WITH " in t}
    return {e for e in expressions if e in hosts}


def join(said: Sequence[Said]) -> str | None:
    """The expression of a file, or None when nothing names a license."""
    expressions = _attach_exceptions(said)
    dropped = (
        _covered_by_choice(expressions)
        | _covered_by_later(said, expressions)
        | _covered_by_exception(expressions)
    )
    kept = [e for e in expressions if e not in dropped]
    if not kept:
        return None
    if len(kept) == 1:
        return kept[0]
    return " AND ".join(f"({e})" if " OR " in e else e for e in kept)
