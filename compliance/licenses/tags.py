"""SPDX tags in files: `SPDX-License-Identifier:` with the grammar of SPDX 2.3, annex D.

    expression = compound; operators AND, OR (any case), WITH, parentheses, `+` behind an id
    id         = on the SPDX list | LicenseRef-X | DocumentRef-X:LicenseRef-Y

Deprecated ids are written as what replaces them (`GPL-2.0+` is `GPL-2.0-or-later`); the case of
ids is corrected. Parsing uses a stack, not recursion: nesting costs memory, never a crash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

TAG: Final = re.compile(rb"SPDX-License-Identifier:[ \t]*([^\r\n]*)", re.IGNORECASE)
EXPRESSION_LIMIT: Final = 65_536
"""Bytes of an expression: longer ones are no statement but an attack."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:+_-]*|[()]")
_NO_EXPRESSION: Final = re.compile(r"[^A-Za-z0-9.:+_()\- \t]")
_PLACEHOLDER: Final = re.compile(r"[%${<\[\\\"'`,;:*|?=.]|NONE\b|NOASSERTION\b|$")
_REF: Final = re.compile(
    r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+|AdditionRef-[A-Za-z0-9.-]+"
)
_NEEDLE: Final = b"License-Identifier:"
_OTHER_CASE: Final = (b"license-identifier:", b"LICENSE-IDENTIFIER:")
_OPERATORS: Final = frozenset({"AND", "OR", "WITH"})


class InvalidExpressionError(ValueError):
    """Not an SPDX expression; the message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: `expression` is None when it is invalid, and `problem` says why."""

    start: int
    end: int
    written: str
    expression: str | None
    problem: str = ""


class Grammar:
    """SPDX expressions over the ids the index knows."""

    def __init__(self, ids: Mapping[str, Any]) -> None:
        self._licenses: Mapping[str, str] = ids["licenses"]
        self._exceptions: Mapping[str, str] = ids["exceptions"]
        self._replaced: Mapping[str, str] = ids["replaced"]

    def license(self, word: str) -> str:
        """The expression that a license id stands for.

        Raises:
            InvalidExpressionError: No list has it.
        """
        if _REF.fullmatch(word):
            return self._licenses.get(word.lower(), word)
        low = word.lower()
        found = self._licenses.get(low) or self._replaced.get(low)
        if found:
            return found
        if low.endswith("+"):
            return self._or_later(word, low[:-1])
        raise InvalidExpressionError(f"{word!r} is no SPDX license id")

    def _or_later(self, word: str, low: str) -> str:
        found = self._licenses.get(low) or self._replaced.get(low)
        if not found:
            raise InvalidExpressionError(f"{word!r} is no SPDX license id")
        if found.endswith("-only"):
            return f"{found.removesuffix('-only')}-or-later"
        return found if found.endswith("-or-later") else f"{found}+"

    def exception(self, word: str) -> str:
        """The spelling of an exception id.

        Raises:
            InvalidExpressionError: No list has it.
        """
        found = self._exceptions.get(word.lower())
        if found:
            return found
        if _REF.fullmatch(word):
            return word
        raise InvalidExpressionError(f"{word!r} is no SPDX exception id")

    def parse(self, text: str) -> str:
        """`text` with ids and operators as SPDX spells them; parentheses stay as written.

        Raises:
            InvalidExpressionError: It is no valid expression.
        """
        if len(text) > EXPRESSION_LIMIT:
            raise InvalidExpressionError("the expression is longer than 64 KiB")
        tokens = _TOKEN.findall(text)
        if "".join(tokens) != "".join(text.split()):
            raise InvalidExpressionError("it has signs that no expression has")
        return self._checked(tokens)

    def _checked(self, tokens: list[str]) -> str:
        written: list[str] = []
        depth = 0
        wants_term = True
        after_with = False
        for token in tokens:
            operator = token.upper()
            if token == "(":  # noqa: S105 - a parenthesis, no password
                self._expect(wants_term and not after_with, token)
                depth += 1
            elif token == ")":  # noqa: S105
                self._expect(not wants_term and depth > 0, token)
                depth -= 1
            elif operator in _OPERATORS:
                self._expect(not wants_term, token)
                if operator == "WITH":
                    self._expect(_takes_exception(written), token)
                wants_term, after_with = True, operator == "WITH"
                token = operator  # noqa: PLW2901 - the spelling of the standard
            else:
                self._expect(wants_term, token)
                token = self.exception(token) if after_with else self.license(token)  # noqa: PLW2901
                if " " in token and len(tokens) > 1:
                    token = f"({token})"  # noqa: PLW2901
                wants_term = after_with = False
            written.append(token)
        if wants_term or depth:
            raise InvalidExpressionError("it ends too early")
        return " ".join(written).replace("( ", "(").replace(" )", ")")

    @staticmethod
    def _expect(holds: bool, token: str) -> None:
        if not holds:
            raise InvalidExpressionError(f"{token!r} is not expected there")


def _takes_exception(written: list[str]) -> bool:
    """WITH stands directly behind a license id that has no exception yet."""
    if not written or written[-1] == ")" or " " in written[-1]:
        return False
    return len(written) < 2 or written[-2] != "WITH"  # noqa: PLR2004 - the word before


def _tag_lines(text: bytes) -> Iterator[re.Match[bytes]]:
    """Places of the tag; a plain search first, because most files have none."""
    at = text.find(_NEEDLE)
    if at < 0 and not any(word in text for word in _OTHER_CASE):
        return
    yield from TAG.finditer(text, max(0, at - 5) if at >= 0 else 0)


def find_tags(text: bytes, grammar: Grammar) -> list[Tag]:
    """Every tag of a text that says something; templates (`%s`, `{{.License}}`) say nothing."""
    found: list[Tag] = []
    for match in _tag_lines(text):
        raw = match.group(1)[: EXPRESSION_LIMIT + 1].decode("utf-8", "replace")
        if _PLACEHOLDER.match(raw):
            continue
        written = _expression_part(raw)
        start, end = match.start(), match.start(1) + len(written.encode())
        try:
            found.append(Tag(start, end, written, grammar.parse(written)))
        except InvalidExpressionError as error:
            found.append(Tag(start, end, written[:200], None, str(error)))
    return found


def _expression_part(raw: str) -> str:
    """What stands before a comment end, a quote or other sign that no expression has."""
    cut = _NO_EXPRESSION.search(raw)
    if cut is None:
        return raw.strip()
    if re.match(r"/\w", raw[cut.start() :]):  # MIT/Apache-2.0: wrong, and to be shown whole
        return re.split(r"\*/|-->|[\"'`<>{}]", raw)[0].strip()
    return raw[: cut.start()].strip().rstrip("-:_.").strip()
