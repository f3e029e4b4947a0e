r"""Files that say which license other files have: REUSE.toml and `x.license` (REUSE 3.3).

version = 1
[[annotations]]
path = "src/**/*.go"                 # or a list; * stays in its folder, ** does not, \* is a star
precedence = "closest"               # of the file (default), "aggregate": both, "override": this
SPDX-License-Identifier = "MIT"      # or a list, all of which apply
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from compliance.licenses.expression import (
    Expression,
    InvalidExpressionError,
    conjoin,
)

Precedence = Literal["closest", "aggregate", "override"]

MOST_RULES: Final = 10_000
"""Path patterns of one map; the largest real ones have some hundred."""

MOST_STARS: Final = 20
"""Stars in one pattern: each may cost time in matching, and real ones have three."""


class MalformedMapError(ValueError):
    """A map of licenses cannot be read; the message says why, `line` where (0: unknown)."""

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRule:
    """License of the files that a pattern matches.

    `pattern` is relative to `folder`, in which the map stands; `expression` is None where the
    rule only states copyright.
    """

    folder: str
    pattern: str
    expression: Expression | None
    source: str
    line: int
    precedence: Precedence = "closest"
    crosses: bool = False

    def matches(self, path: str) -> bool:
        """Whether the rule speaks of a path of the tree."""
        prefix = "" if self.folder == "." else f"{self.folder}/"
        if not path.startswith(prefix):
            return False
        return _compiled(self.pattern, self.crosses).fullmatch(path[len(prefix) :]) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, crosses: bool) -> re.Pattern[str]:
    """Regular expression of a glob; with `crosses` a single star crosses folders (DEP-5)."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        here = pattern[at]
        if here == "\\" and at + 1 < len(pattern):
            parts.append(re.escape(pattern[at + 1]))
            at += 2
        elif here == "*":
            stop = at
            while stop < len(pattern) and pattern[stop] == "*":
                stop += 1
            parts.append(".*" if crosses or stop - at > 1 else "[^/]*")
            at = stop
        elif here == "?" and crosses:
            parts.append(".")
            at += 1
        else:
            parts.append(re.escape(here))
            at += 1
    return re.compile("".join(parts), re.DOTALL)


def checked_rules(rules: Iterable[PathRule]) -> tuple[PathRule, ...]:
    """The rules, when there are not too many and none can take long to match.

    Raises:
        MalformedMapError: Beyond a limit.
    """
    found = tuple(rules)
    if len(found) > MOST_RULES:
        raise MalformedMapError(f"more than {MOST_RULES} path patterns")
    for rule in found:
        if rule.pattern.count("*") > MOST_STARS:
            raise MalformedMapError(f"more than {MOST_STARS} stars in one pattern", line=rule.line)
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
