"""Prose that says which folders have which license: LICENSING.md, `Files:` lines in a LICENSE.

The default license for this project is [AGPL-3.0-only](LICENSE).

## Apache-2.0
The following directories and their subdirectories are licensed under Apache-2.0:
    pkg/logproto/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from compliance.licenses.evidence import FileLicense, Match
from compliance.licenses.expression import Expression, license_node, parse_or_none
from compliance.licenses.reuse import MalformedMapError, PathRule, checked_rules
from compliance.licenses.statement import Said, join
from compliance.value import dataclass, replace

_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*[A-Za-z0-9+]")
_PATH_LINE: Final = re.compile(
    r"^[\s*+\-|>`\"']*(?:\./)?(?P<path>[\w.@*-]+(?:/[\w.@*-]+)*/?)[\s`\"'|,;:]*$"
)
_LINKED_PATH: Final = re.compile(
    r"^[\s*+\-|>]*\[`?[^\]]*`?\]\((?:\./)?(?P<path>[\w.@*/-]+)\)[\s|,;:]*$"
)
_FILES_LINE: Final = re.compile(r"^[\s*/#-]*Files?\s*:\s*(?P<globs>\S[^\n]*)$", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class Sections:
    """A license file cut at its `Files:` lines: what precedes them, and a rule for each."""

    general: FileLicense
    rules: tuple[PathRule, ...]


def cut_at_files(file: FileLicense, text: str, *, folder: str) -> Sections | None:
    """Split a license file whose later texts are for the files named above them.

    Returns:
        None where no line names files, or no license stands above the first one.
    """
    marks = [(n, m["globs"]) for n, m in _files_lines(text.splitlines())]
    if not marks:
        return None
    general = tuple(m for m in file.matches if m.start_line < marks[0][0])
    if not general:
        return None
    rules: list[PathRule] = []
    for at, (line, globs) in enumerate(marks):
        stop = marks[at + 1][0] if at + 1 < len(marks) else None
        rules.extend(_section(file, _region(file, line, stop), globs, folder, line))
    grouped = _shared(rules, marks)
    try:
        checked = checked_rules(grouped)
    except MalformedMapError:
        return None
    kept = replace(
        file, matches=general, expression=join([Said(m.license, m.kind) for m in general])
    )
    return Sections(kept, checked)


def _files_lines(lines: Sequence[str]) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(lines, 1):
        found = _FILES_LINE.match(line)
        if found and re.search(r"[/*.]", found["globs"]):
            yield number, found


def _region(file: FileLicense, start: int, stop: int | None) -> tuple[Match, ...]:
    return tuple(
        m for m in file.matches if m.start_line > start and (stop is None or m.start_line < stop)
    )


def _section(
    file: FileLicense, matches: Sequence[Match], globs: str, folder: str, line: int
) -> Iterator[PathRule]:
    expression = parse_or_none(join([Said(m.license, m.kind) for m in matches]))
    for pattern in re.split(r"[,\s]+", globs.strip()):
        if pattern:
            yield PathRule(
                folder=folder,
                pattern=f"{pattern}*" if pattern.endswith("/*") else pattern.rstrip("/"),
                expression=expression,
                source=file.path,
                line=line,
            )


def _shared(rules: Sequence[PathRule], marks: Sequence[tuple[int, str]]) -> list[PathRule]:
    """Consecutive `Files:` lines share the text that follows the last of them."""
    by_line = {r.line: r.expression for r in rules}
    following: Expression | None = None
    for line, _ in reversed(marks):
        following = by_line.get(line) or following
        by_line[line] = following
    return [replace(r, expression=by_line[r.line]) for r in rules if by_line[r.line] is not None]
