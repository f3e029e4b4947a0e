r"""Files that say which license other files have: REUSE.toml and `x.license` (REUSE 3.3).

version = 1
[[annotations]]
path = "src/**/*.go"                 # or a list; * stays in its folder, ** does not, \* is a star
precedence = "closest"               # of the file (default), "aggregate": both, "override": this
SPDX-License-Identifier = "MIT"      # or a list, all of which apply
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Literal

from compliance.findings import Finding
from compliance.licenses.expression import (
    Expression,
    InvalidExpressionError,
    conjoin,
)
from compliance.value import dataclass

Precedence = Literal["closest", "aggregate", "override"]

MOST_RULES: Final = 2_000
"""Path patterns of one map; the largest real ones have some hundred."""

MOST_SIGNS: Final = 1_000
"""Length of one pattern; paths of real trees stay below 300 characters."""


class MalformedMapError(ValueError):
    """A map of licenses cannot be read; the message says why, `line` where (0: unknown)."""

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRule:
    """License of the files that a pattern matches.

    `pattern` is relative to `folder`, in which the map stands; `expression` is None where the
    rule only states copyright, or where its text is no license that is known (`unknown`). `beside`:
    what is said of the whole applies as well. `doubts` are findings about the text of the rule.
    """

    folder: str
    pattern: str
    expression: Expression | None
    source: str
    line: int
    precedence: Precedence = "closest"
    crosses: bool = False
    beside: bool = False
    doubts: tuple[Finding, ...] = ()
    unknown: bool = False

    def matches(self, path: str) -> bool:
        """Whether the rule speaks of a path of the tree."""
        prefix = "" if self.folder == "." else f"{self.folder}/"
        if not path.startswith(prefix):
            return False
        return _glob(self.pattern, self.crosses).matches(path[len(prefix) :])


@dataclass(frozen=True, slots=True)
class _Glob:
    """A pattern as a row of signs, matched by stepping all states at once: linear in the path.

    Bit i of a state set says that i signs are matched. `moves` has the signs (bits) that a
    character matches, `stays` and `stays_within` the places of stars that cross folders or not.
    """

    prefix: str
    suffix: str
    moves: Mapping[str, int]
    any_move: int
    stays: int
    stays_within: int
    last: int

    def matches(self, path: str) -> bool:
        """Whether the whole path matches."""
        if not (path.startswith(self.prefix) and path.endswith(self.suffix)):
            return False
        states = 1
        for char in path:
            moved = (states & (self.moves.get(char, 0) | self.any_move)) << 1
            stays = self.stays if char == "/" else self.stays | self.stays_within
            states = moved | (states & stays)
            if not states:
                return False
        return bool(states & self.last)


@lru_cache(maxsize=4096)
def _glob(pattern: str, crosses: bool) -> _Glob:
    """`*` stays within a folder and `**` does not; with `crosses` (DEP-5) neither does."""
    signs: list[str | None] = []
    stays = within = 0
    at = 0
    while at < len(pattern):
        here = pattern[at]
        at += 1
        if here == "\\" and at < len(pattern):
            signs.append(pattern[at])
            at += 1
        elif here == "*":
            double = at < len(pattern) and pattern[at] == "*"
            if crosses or double:
                stays |= 1 << len(signs)
            else:
                within |= 1 << len(signs)
        else:
            signs.append(None if here == "?" and crosses else here)
    moves: dict[str, int] = {}
    any_move = 0
    for index, sign in enumerate(signs):
        if sign is None:
            any_move |= 1 << index
        else:
            moves[sign] = moves.get(sign, 0) | 1 << index
    fixed = re.split(r"[*?\\]", pattern)
    return _Glob(fixed[0], fixed[-1], moves, any_move, stays, within, 1 << len(signs))


def checked_rules(rules: Iterable[PathRule]) -> tuple[PathRule, ...]:
    """The rules, when neither they nor their patterns are too many.

    Raises:
        MalformedMapError: Beyond a limit.
    """
    found = tuple(rules)
    if len(found) > MOST_RULES:
        raise MalformedMapError(f"more than {MOST_RULES} path patterns")
    for rule in found:
        if len(rule.pattern) > MOST_SIGNS:
            raise MalformedMapError(f"a pattern of more than {MOST_SIGNS} signs", line=rule.line)
    return found


def parse_reuse_toml(data: bytes, *, folder: str, source: str) -> tuple[PathRule, ...]:
    """Rules of a REUSE.toml; of several that match a path the last one counts.

    Args:
        data: The file.
        folder: The folder in which it stands.
        source: Its path, for evidence.

    Raises:
        MalformedMapError: No TOML, not version 1, or an invalid expression.
    """
    import tomllib

    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise MalformedMapError(f"no valid TOML: {error}") from error
    annotations = document.get("annotations", [])
    if document.get("version") != 1 or not isinstance(annotations, list):
        raise MalformedMapError("no REUSE.toml of version 1")
    rules: list[PathRule] = []
    for number, entry in enumerate(annotations):
        if not isinstance(entry, dict):
            raise MalformedMapError(f"annotations[{number}] is no table")
        rules.extend(_rules_of(entry, number, folder, source))
    return checked_rules(rules)


def _rules_of(
    entry: Mapping[str, object], number: int, folder: str, source: str
) -> Iterable[PathRule]:
    place = f"annotations[{number}]"
    precedence = entry.get("precedence", "closest")
    if precedence not in ("closest", "aggregate", "override"):
        raise MalformedMapError(f"{place}.precedence is none of closest, aggregate, override")
    texts = _strings(entry.get("SPDX-License-Identifier", []), f"{place}.SPDX-License-Identifier")
    try:
        expression = conjoin(Expression.parse(text) for text in texts)
    except InvalidExpressionError as error:
        raise MalformedMapError(f"{place}.SPDX-License-Identifier: {error}") from error
    for pattern in _strings(entry.get("path", []), f"{place}.path"):
        yield PathRule(
            folder=folder,
            pattern=pattern,
            expression=expression,
            source=source,
            line=1,
            precedence=precedence,
        )


def _strings(value: object, place: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str) for v in values):
        raise MalformedMapError(f"{place} is neither a text nor a list of texts")
    return tuple(v for v in values if isinstance(v, str))
