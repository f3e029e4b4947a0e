"""One expression for a file from what stands at its places.

Everything counts together (AND), with four readings of how people write files: an exception
belongs to the license before it, a choice covers the texts it chooses from, a notice `or later`
covers the bare text of that version, and a statement WITH an exception covers the license alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from compliance import patterns as re
from compliance.licenses.evidence import TAG_RULE, Kind, Match
from compliance.value import dataclass

_TERM: Final = re.compile(r"[^\s()]+(?: WITH [^\s()]+)?")
_OPERATORS: Final = frozenset({"AND", "OR"})
# The license an exception is written for, by a word of its name; GNU licenses otherwise.
_HOSTS: Final = (
    (re.compile(r"llvm|swift", re.IGNORECASE), re.compile(r"Apache-2\.0\Z")),
    (re.compile(r".", re.DOTALL), re.compile(r"(?:A|L)?GPL-[\d.]+-(?:only|or-later)\Z")),
)


MOST_EXCEPTIONS: Final = 1000
"""Exceptions of one file that are given to a license; without them the license is stricter."""

MOST_PAIRS: Final = 1_000_000
"""Pairs of a choice and a statement that are compared; a file with more keeps every statement."""


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of a file: an SPDX expression and its kind, in order of place."""

    expression: str
    kind: Kind


@lru_cache(maxsize=4096)
def terms(expression: str) -> tuple[str, ...]:
    """License terms of an expression (`X` or `X WITH Y`), in order."""
    return tuple(t for t in _TERM.findall(expression) if t not in _OPERATORS)


class _Hosts:
    """Statements that an exception can belong to: the nearest before it, else the next behind."""

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = said
        self._fitting: dict[int, list[int]] = {}

    def of(self, at: int, exception: str) -> int | None:
        """Place of the statement that the exception at place `at` belongs to."""
        kind = next(n for n, (word, _) in enumerate(_HOSTS) if word.search(exception))
        if kind not in self._fitting:
            fits = {s.expression: bool(_HOSTS[kind][1].match(s.expression)) for s in self._said}
            self._fitting[kind] = [
                n for n, s in enumerate(self._said) if s.kind != "exception" and fits[s.expression]
            ]
        places = self._fitting[kind]
        behind = bisect_left(places, at)
        if behind:
            return places[behind - 1]
        return places[0] if places else None


def _attach_exceptions(said: Sequence[Said]) -> list[str]:
    """Expressions with the exceptions in place; one without a license it fits is left out."""
    alone = [at for at, item in enumerate(said) if item.kind == "exception"]
    joined = [s.expression for s in said]
    if alone:
        hosts = _Hosts(said)
        granted = Counter(e for e in joined if " WITH " in e)
        for at in alone[:MOST_EXCEPTIONS]:
            exception = said[at].expression
            if any(f" WITH {exception}" in e for e in granted):
                continue
            host = hosts.of(at, exception)
            if host is not None:
                granted -= Counter([joined[host]])
                joined[host] = f"{said[host].expression} WITH {exception}"
                granted[joined[host]] += 1
        for at in alone:
            joined[at] = ""
    kept = dict.fromkeys(e for e in joined if e)
    return list(dict.fromkeys(part for e in kept for part in _parts(e)))


def _parts(expression: str) -> list[str]:
    """What an expression joins with AND, when it has no choice."""
    if " OR " in expression or "(" in expression:
        return [expression]
    return expression.split(" AND ")


def stated_first(matches: Sequence[Match]) -> frozenset[str]:
    """Licenses that a source file states of itself before it speaks of any choice.

    A choice further down is that of a work inside: in "SPDX-License-Identifier: GPL-2.0-only ...
    The tables are from X, which is dual licensed under MIT or GPL-2.0", MIT is none for the file.

    Args:
        matches: What was found in the file, in order of place.
    """
    own: set[str] = set()
    for match in matches:
        if " OR " in match.license:
            return frozenset(own)
        if match.rule == TAG_RULE or (match.kind == "notice" and match.confidence == "high"):
            own.add(match.license)
    return frozenset()


def _covered_by_choice(expressions: list[str]) -> set[str]:
    """What a choice offers already, and the second of two equal choices in another order."""
    choices = [(e, frozenset(terms(e))) for e in expressions if " OR " in e]
    if not choices or len(choices) * len(expressions) > MOST_PAIRS:
        return set()
    members = [(e, frozenset(terms(e))) for e in expressions]
    covered = {e for _, offered in choices for e, named in members if named < offered}
    plain: set[frozenset[str]] = set()
    for expression, offered in choices:
        if " AND " not in expression:
            if offered in plain:
                covered.add(expression)
            plain.add(offered)
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


def _hosts_in(expression: str) -> set[str]:
    return {t.split(" WITH ")[0] for t in terms(expression) if " WITH " in t}


def _covered_by_exception(said: Sequence[Said], expressions: list[str]) -> set[str]:
    """Licenses for which an exception is granted.

    A tag behind a whole text is for other code, and so is a notice behind the text of yet another
    license: they are of the works that a list below the license of the whole names.
    """
    written = {s.expression for s in said}
    hosts = {h for e in expressions if e not in written for h in _hosts_in(e)}
    texts: set[str] = set()
    last = ""
    for item in said:
        found = _hosts_in(item.expression)
        if item.kind == "tag" or (item.kind == "notice" and last not in found):
            found -= texts
        hosts |= found
        if item.kind == "text":
            texts.add(item.expression)
            last = item.expression
    return {e for e in expressions if e in hosts}


def join(said: Sequence[Said], own: frozenset[str] = frozenset()) -> str | None:
    """The expression of a file, or None when nothing names a license.

    Args:
        said: The statements of the file, in order of place.
        own: Statements that hold beside every choice (`stated_first`).
    """
    expressions = _attach_exceptions(said)
    if len(expressions) == 1:
        return expressions[0]
    dropped = (
        (_covered_by_choice(expressions) - own)
        | _covered_by_later(said, expressions)
        | _covered_by_exception(said, expressions)
    )
    kept = [e for e in expressions if e not in dropped]
    if not kept:
        return None
    if len(kept) == 1:
        return kept[0]
    return " AND ".join(f"({e})" if " OR " in e else e for e in kept)
