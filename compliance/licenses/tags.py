"""SPDX tags in files: `SPDX-License-Identifier:` and the expression behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from compliance.licenses.expression import MAX_LENGTH, Expression, InvalidExpressionError
from compliance.value import dataclass

TAG_RULE: Final = "spdx-license-identifier"
TAG: Final = re.compile(rb"SPDX-License-Identifier:[ \t]*([^\r\n]*)", re.IGNORECASE)

_NEEDLE: Final = b"License-Identifier:"
_OTHER_CASE: Final = (b"license-identifier:", b"LICENSE-IDENTIFIER:")
_NO_EXPRESSION: Final = re.compile(r"[^A-Za-z0-9.:+_()\- \t]")
# What follows is a template, a quotation of the tag or the statement that nothing is known.
_PLACEHOLDER: Final = re.compile(r"[%${<\[\\\"'`,;:*|?=.]|NONE\b|NOASSERTION\b|$")
_SHOWN: Final = 200


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
    for match in _tag_lines(text):
        raw = match.group(1)[: MAX_LENGTH + 1].decode("utf-8", "replace")
        if _PLACEHOLDER.match(raw):
            continue
        written = _expression_part(raw)
        start, end = match.start(), match.start(1) + len(written.encode())
        try:
            found.append(Tag(start, end, written, Expression.parse(written).text))
        except InvalidExpressionError as error:
            found.append(Tag(start, end, written[:_SHOWN], None, str(error)))
    return found


def _expression_part(raw: str) -> str:
    """What stands before a comment end, a quote or other sign that no expression has."""
    cut = _NO_EXPRESSION.search(raw)
    if cut is None:
        return raw.strip()
    if re.match(r"[/,|&]\s*\w", raw[cut.start() :]):  # MIT/ISC, "MIT, ISC": wrong, shown whole
        return re.split(r"\*/|-->|[\"'`<>{}]", raw)[0].strip()
    return raw[: cut.start()].strip().rstrip("-:_.").strip()
