"""Prose that says which folders have which license: LICENSING.md.

The default license for this project is [AGPL-3.0-only](LICENSE).

## Apache-2.0
The following directories and their subdirectories are licensed under Apache-2.0:
    pkg/logproto/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from compliance import patterns as re
from compliance.licenses.expression import Expression, license_node
from compliance.licenses.reuse import PathRule, checked_rules

_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*[A-Za-z0-9+]")
_PATH_LINE: Final = re.compile(
    r"^[\s*+\-|>`\"']*(?:\./)?(?P<path>[\w.@*-]+(?:/[\w.@*-]+)*/?)[\s`\"'|,;:]*$"
)
_LINKED_PATH: Final = re.compile(
    r"^[\s*+\-|>]*\[`?[^\]]*`?\]\((?:\./)?(?P<path>[\w.@*/-]+)\)[\s|,;:]*$"
)


def parse_licensing(text: str, *, folder: str, source: str) -> tuple[PathRule, ...]:
    """Rules of a LICENSING.md: paths below a heading or sentence that names one SPDX id.

    Raises:
        MalformedMapError: More rules than real ones have.
    """
    rules: list[PathRule] = []
    current: Expression | None = None
    for number, line in enumerate(text.splitlines(), 1):
        found = _LINKED_PATH.match(line) or _PATH_LINE.match(line)
        ids = _ids(line)
        if found and not ids and current is not None:
            rules.extend(_below(found["path"], current, folder, source, number))
        elif len(ids) == 1 and not _is_default(line):
            current = ids[0]
        elif line.lstrip().startswith("#") or len(ids) > 1:
            current = None
    return checked_rules(rules)


def parse_default(text: str) -> Expression | None:
    """The one SPDX id that a LICENSING.md calls the license of all that it does not name."""
    lines = (x for x in text.splitlines() if re.search(r"(?i)\bdefault licen[sc]e\b", x))
    found = {e.text: e for line in lines for e in _ids(line)}
    return next(iter(found.values())) if len(found) == 1 else None


def _is_default(line: str) -> bool:
    return (
        re.search(r"(?i)\bdefault\b|\beverything else\b|\ball other\b|\bunless\b", line) is not None
    )


def _ids(line: str) -> list[Expression]:
    found: dict[str, Expression] = {}
    for word in _WORD.findall(line):
        term = license_node(word) if re.search(r"[\d-]", word) or word in _SHORT else None
        if term is not None:
            found.setdefault(str(term), Expression(root=term))
    return list(found.values())


_SHORT: Final = frozenset({"MIT", "ISC", "Zlib", "Unlicense", "WTFPL"})


def _below(
    path: str, expression: Expression, folder: str, source: str, line: int
) -> Iterator[PathRule]:
    bare = path.rstrip("/")
    if not bare or set(bare) <= {".", "*"}:
        return
    for pattern in (bare, f"{bare}/**"):
        yield PathRule(
            folder=folder, pattern=pattern, expression=expression, source=source, line=line
        )
