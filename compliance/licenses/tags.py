"""SPDX tags in files: `SPDX-License-Identifier:` and the expression behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from compliance import patterns as re
from compliance.licenses.evidence import TAG_RULE
from compliance.licenses.expression import MAX_LENGTH, Expression, InvalidExpressionError
from compliance.value import dataclass

TAG: Final = re.compile(rb"SPDX-License-Identifier:[ \t]*([^\r\n]*)", re.IGNORECASE)

_NEEDLE: Final = b"License-Identifier:"
_OTHER_CASE: Final = (b"license-identifier:", b"LICENSE-IDENTIFIER:")
_NO_EXPRESSION: Final = re.compile(r"[^A-Za-z0-9.:+_()\- \t]")
# What follows is a template, a quotation of the tag or the statement that nothing is known.
_PLACEHOLDER: Final = re.compile(r"[%${<\[\\\"'`,;:*|?=.]|NONE\b|NOASSERTION\b|$")
_SHOWN: Final = 200
MOST_DIFFERENT: Final = 2000
"""Different expressions read in one text: each takes 0.1 ms, and no source file has a tenth."""

MOST_TAGS: Final = 20_000
"""Tags of one text from which on only those count that say something new."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: `expression` is None when it is invalid, and `problem` says why.

    `start` and `end` are byte offsets of the tag with its expression.
    """

    start: int
    end: int
    written: str
    expression: str | None
    problem: str = ""
    rule: str = TAG_RULE


def _tag_lines(text: bytes) -> Iterator[re.Match[bytes]]:
    """Places of the tag; a plain search first, because most texts have none."""
    at = text.find(_NEEDLE)
    if at < 0 and not any(word in text for word in _OTHER_CASE):
        return
    yield from TAG.finditer(text, max(0, at - len(b"SPDX-")) if at >= 0 else 0)


def find_tags(text: bytes) -> list[Tag]:
    """Every tag of a text that says something; templates (`%s`, `{{.License}}`) say nothing."""
    found: list[Tag] = []
    known: dict[str, tuple[str, str | None, str]] = {}
    for match in _tag_lines(text):
        raw = match.group(1)[: MAX_LENGTH + 1].decode("utf-8", "replace")
        if _PLACEHOLDER.match(raw):
            continue
        start = match.start()
        if len(found) >= MOST_TAGS and raw in known:
            continue
        if raw not in known:
            if len(known) >= MOST_DIFFERENT:
                problem = f"more than {MOST_DIFFERENT} different ones in one text"
                found.append(Tag(start, match.end(), raw[:_SHOWN], None, problem))
                break
            known[raw] = _read(raw)
        written, expression, problem = known[raw]
        end = match.start(1) + len(written.encode())
        shown = written if expression is not None else written[:_SHOWN]
        found.append(Tag(start, end, shown, expression, problem))
    return found


def _read(raw: str) -> tuple[str, str | None, str]:
    """(what was written, the expression or None, why there is none)."""
    written = _expression_part(raw)
    try:
        return written, Expression.parse(written).text, ""
    except InvalidExpressionError as error:
        return written, None, str(error)


def _expression_part(raw: str) -> str:
    """What stands before a comment end, a quote or other sign that no expression has."""
    cut = _NO_EXPRESSION.search(raw)
    if cut is None:
        return raw.strip()
    if re.match(r"[/,|&]\s*\w", raw[cut.start() :]):  # MIT/ISC, "MIT, ISC": wrong, shown whole
        return re.split(r"\*/|-->|[\"'`<>{}]", raw)[0].strip()
    return raw[: cut.start()].strip().rstrip("-:_.").strip()
