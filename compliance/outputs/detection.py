"""What `compliance detect` shows a person: files with their licenses, and changed license texts.

Plain text, with ANSI colour where it is asked for. Every word of the input is made visible first,
so that no escape sequence acts, and no line can be read as a workflow command by a CI runner.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from compliance.outputs.escaping import one_line, without_commands

if TYPE_CHECKING:
    from compliance.licenses import Change, FileLicense, Match

MOST_ROWS = 40
"""Files that are listed one by one on a terminal; of more, each license has its count."""

MOST_EXAMPLES = 3
LICENSE_WIDTH, LINES_WIDTH, SURE_WIDTH = 26, 11, 6
CONTEXT_WORDS = 10
"""Unchanged words shown on each side of a change: enough to find it in the file."""

_COLORS = {
    "high": "32", "medium": "33", "review": "35", "-": "31", "+": "32", "bold": "1", "dim": "2",
}  # fmt: skip


class _Style:
    """Paints text, or leaves it as it is."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def paint(self, text: str, style: str) -> str:
        """Text in a style."""
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if self._color and text else text


def render_detection(
    files: Sequence[FileLicense], *, width: int | None, color: bool, verbose: bool
) -> str:
    """The files that name a license, with lines and confidence, and a summary by license.

    Args:
        files: What was read, in order.
        width: Columns of the terminal; None where it is none: every file, nothing cut.
        color: Whether to paint.
        verbose: Every file, with its matches and copyright statements.
    """
    style = _Style(color=color)
    named = [f for f in files if f.expression or f.matches]
    every = verbose or width is None or len(named) <= MOST_ROWS
    doubtful = [f for f in named if f.confidence == "review"]
    shown = (list(files) if verbose else named) if every else doubtful[:MOST_ROWS]
    lines: list[str] = []
    if shown:
        lines += _table(shown, width, style, verbose=verbose)
    if not every and len(doubtful) > MOST_ROWS:
        lines.append(style.paint(f"and {len(doubtful) - MOST_ROWS} more for review", "dim"))
    if len(files) > 1:
        lines += (
            ["", *_summary(files, named, width, style)]
            if lines
            else _summary(files, named, width, style)
        )
    elif not named and not verbose:
        lines.append(f"{one_line(files[0].path)}: no license named" if files else "no files")
    return without_commands("\n".join(lines) + "\n")


def _table(
    files: Iterable[FileLicense], width: int | None, style: _Style, *, verbose: bool
) -> list[str]:
    rest = None if width is None else width - LICENSE_WIDTH - LINES_WIDTH - SURE_WIDTH - 6
    head = f"{'license':{LICENSE_WIDTH}}  {'confidence':>10}  {'lines':>7}  file"
    lines = [style.paint(head, "dim")]
    for file in files:
        said = _cut(file.expression or "-", LICENSE_WIDTH if rest else None)
        sure = style.paint(f"{file.confidence if file.matches else '':>10}", file.confidence)
        path = _cut(one_line(file.path), rest, end=True)
        lines.append(f"{said:{LICENSE_WIDTH}}  {sure}  {_span(file):>7}  {path}".rstrip())
        if verbose:
            lines += [
                f"    {m.start_line}-{m.end_line} {m.license} {m.kind} coverage {m.coverage:.0%}"
                f" similarity {m.similarity:.0%} {m.confidence} {one_line(m.rule)}"
                for m in file.matches
            ]
            lines += [f"    {c.line} {one_line(c.statement)}" for c in file.copyrights]
    return lines


def _span(file: FileLicense) -> str:
    if not file.matches:
        return ""
    first = min(m.start_line for m in file.matches)
    last = max(m.end_line for m in file.matches)
    return f"{first}-{last}" if last > first else str(first)


def _cut(text: str, width: int | None, *, end: bool = False) -> str:
    """The text in at most `width` columns; of a path the end tells most."""
    if width is None or len(text) <= width:
        return text
    return f"\u2026{text[1 - width :]}" if end else f"{text[: width - 1]}\u2026"


def _summary(
    files: Sequence[FileLicense], named: Sequence[FileLicense], width: int | None, style: _Style
) -> list[str]:
    by_license: dict[str, list[FileLicense]] = {}
    for file in named:
        by_license.setdefault(file.expression or "-", []).append(file)
    lines = [style.paint(f"{len(named)} of {len(files)} files name a license", "bold")]
    for license_, group in sorted(by_license.items(), key=lambda g: (-len(g[1]), g[0])):
        review = sum(f.confidence == "review" for f in group)
        note = style.paint(f"  {review} for review", "review") if review else ""
        said = _cut(license_, None if width is None else width - 30)
        lines.append(f"{len(group):>7}  {said}{note}")
        if len(named) > MOST_ROWS and width is not None:
            told = sorted(group, key=lambda f: (f.path.count("/"), f.path))[:MOST_EXAMPLES]
            more = "" if len(group) <= MOST_EXAMPLES else ", \u2026"
            paths = ", ".join(one_line(f.path) for f in told)
            lines.append(style.paint(f"         {_cut(paths + more, width - 9)}", "dim"))
    return lines


def render_changes(
    texts: Iterable[tuple[str, Match, Sequence[Change]]], *, width: int, color: bool
) -> str:
    """Changed license texts against the license, as a word diff: [-left out-] {+added+}."""
    style = _Style(color=color)
    lines: list[str] = []
    for path, match, changes in texts:
        places = sum(
            a.op != " " and (i == 0 or changes[i - 1].op == " ") for i, a in enumerate(changes)
        )
        head = f"{one_line(path)}:{match.start_line}-{match.end_line}"
        lines += [
            f"{style.paint(head, 'bold')} differs from {match.license} in"
            f" {places} {'place' if places == 1 else 'places'}"
            f" ({match.similarity:.0%} alike, {match.confidence})",
            "",
        ]
        for line, words in _hunks(changes):
            lines += _wrapped(line, words, width, style)
        lines.append("")
    if not lines:
        return "No license text was changed.\n"
    return without_commands("\n".join(lines).rstrip("\n") + "\n")


_Word = tuple[str, str]
"""(op of `licenses.Change`, the word)"""


def _hunks(changes: Sequence[Change]) -> Iterable[tuple[int, list[_Word]]]:
    """(line, words) of each stretch of changes that lie near one another, with some context."""
    hunk: list[_Word] = []
    at = 0
    for number, change in enumerate(changes):
        words = one_line(change.text).split(" ")
        if change.op != " ":
            at = at or change.line
            hunk += [(change.op, w) for w in words]
            continue
        last = number + 1 == len(changes)
        if hunk and at and not last and len(words) <= 2 * CONTEXT_WORDS:
            hunk += [(" ", w) for w in words]
            continue
        if at:
            tail = words[:CONTEXT_WORDS]
            hunk += [(" ", w) for w in tail]
            yield at, hunk if len(words) <= CONTEXT_WORDS else [*hunk, (" ", "\u2026")]
        hunk, at = [], 0
        if not last:
            lead = ["\u2026"] if len(words) > CONTEXT_WORDS else []
            hunk = [(" ", w) for w in (*lead, *words[-CONTEXT_WORDS:])]
    if at:
        yield at, hunk


def _wrapped(line: int, words: Sequence[_Word], width: int, style: _Style) -> list[str]:
    """A hunk as lines of a width: each run of changed words in its brackets."""
    marks = {"-": ("[-", "-]"), "+": ("{+", "+}"), " ": ("", "")}
    lines: list[str] = []
    row: list[str] = []
    indent = f"  line {line}: "
    used = len(indent)
    for number, (op, word) in enumerate(words):
        first = number == 0 or words[number - 1][0] != op
        last = number + 1 == len(words) or words[number + 1][0] != op
        start, end = marks[op]
        text = f"{start if first else ''}{word}{end if last else ''}"
        if row and used + len(text) + 1 > width:
            lines.append(indent + " ".join(row))
            row, indent, used = [], " " * 4, 4
        row.append(style.paint(text, op) if op != " " else text)
        used += len(text) + 1
    lines.append(indent + " ".join(row))
    return lines
