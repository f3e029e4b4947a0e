"""What was seen in files, and what is concluded from it.

Vocabulary of the ClearlyDefined and SPDX world: *declared* is what the license files at the root
of the module say, *detected* is every expression seen in files that count, *concluded* is the
answer after weighing them. They stay apart.
"""

from __future__ import annotations

from typing import Final, Literal

from compliance.findings import Evidence, Finding
from compliance.value import dataclass

Kind = Literal["text", "notice", "tag", "reference", "exception"]
Confidence = Literal["high", "medium", "review"]

TAG_RULE: Final = "spdx-license-identifier"
"""Rule of the matches of SPDX tags; the rule data has tags of other kinds ("License: BSD")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A stretch of a file that says something about a license.

    `license` is an SPDX expression (LicenseRef-scancode-* where SPDX has no id), `coverage` the
    share of the rule that was found, `similarity` the share of the stretch that belongs to the
    rule, both 0 to 1; lines count from 1, both ends included; `start` and `end` are byte offsets.
    """

    license: str
    kind: Kind
    start_line: int
    end_line: int
    coverage: float
    similarity: float
    confidence: Confidence
    rule: str
    start: int = 0
    end: int = 0


MOST_STATEMENTS: Final = 10_000
"""Copyright statements read of one text; real files stay below 500, hostile ones go on and on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copyright:
    """One copyright statement; `holder` and `years` are "" where it names none."""

    statement: str
    holder: str
    years: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLicense:
    """All that one file says. `expression` is None when it names no license.

    `path` is relative to the tree that was read; `confidence` is the weakest of its matches.
    `parameters` are the named terms of a license that has them (BUSL-1.1: Licensor, Licensed Work,
    Additional Use Grant, Change Date, Change License); a Change License is data, not a license
    of the file.
    """

    path: str
    sha256: str
    expression: str | None
    confidence: Confidence = "high"
    matches: tuple[Match, ...] = ()
    copyrights: tuple[Copyright, ...] = ()
    findings: tuple[Finding, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The license of a module or of a package. `concluded` is None when it is unknown.

    Expressions are SPDX texts that keep the terms that were seen (never simplified). `evidence`
    supports `concluded`; findings name conflicts, unresolved choices and unreadable files.
    `unresolved` lists the expressions between which no statement decides: `concluded` is None then,
    and the case is one for review, not an unknown license. `header_material` are licenses of a
    package that only stand in files with constants and types from header files of C.
    """

    declared: str | None
    detected: tuple[str, ...]
    concluded: str | None
    confidence: Confidence
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    unresolved: tuple[str, ...] = ()
    header_material: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A run of words: " " in both, "+" in the file only, "-" in the license only.

    `text` is the spelling of the file, that of "-" the license's. `line` is the line of the file,
    counted from 1, of a "-" the line where the words are missing.
    """

    op: Literal[" ", "+", "-"]
    line: int
    text: str
