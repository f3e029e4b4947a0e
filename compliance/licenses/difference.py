"""Word diff of a changed license text against the license it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from compliance.licenses.approximate import align, unique_runs
from compliance.licenses.evidence import Change
from compliance.licenses.rules import SEED_WIDTH
from compliance.licenses.tokens import grams, plain, run_sums, words

if TYPE_CHECKING:
    from compliance.licenses.approximate import Block
    from compliance.licenses.rules import RuleTable

MOST_WORDS: Final = 50_000
"""Words compared; more is no license text."""


def word_changes(
    table: RuleTable, stretch: bytes, license_text: str, line: int
) -> tuple[Change, ...]:
    """What was changed in `stretch` (UTF-8, starting at `line`) against a license text."""
    ours = _Spelling(table, stretch, line)
    original = _Spelling(table, license_text.encode(), 1)
    if not len(ours.runs) or not len(original.runs):
        return ()
    blocks = align(ours.letters, ours.runs, original.letters, unique_runs(original.runs))
    return tuple(_changes(blocks, ours, original))


class _Spelling:
    """The words of a text, as letters and as they are written there."""

    def __init__(self, table: RuleTable, text: bytes, line: int) -> None:
        found = words(plain(text))
        hashes = found.hashes[:MOST_WORDS]
        self.letters = table.spell(hashes)
        self.runs = grams(run_sums(hashes), SEED_WIDTH)
        self._text = text
        self._starts = found.starts.tolist()
        self._ends = found.ends.tolist()
        self._line = line

    def cut(self, first: int, last: int) -> str:
        """Words `first:last` with single spaces."""
        part = self._text[self._starts[first] : self._ends[last - 1]]
        return " ".join(part.decode("utf-8", "replace").split())

    def line_of(self, word: int) -> int:
        """Line of a word; that of the last word for the place behind it."""
        place = self._starts[min(word, len(self.letters) - 1)]
        return self._line + self._text.count(b"\n", 0, place)


def _changes(blocks: list[Block], ours: _Spelling, original: _Spelling) -> list[Change]:
    changes: list[Change] = []
    at, in_rule = 0, 0
    for begin, place, size in [*blocks, (len(ours.letters), len(original.letters), 0)]:
        line = ours.line_of(at)
        if place > in_rule:
            changes.append(Change(op="-", line=line, text=original.cut(in_rule, place)))
        if begin > at:
            changes.append(Change(op="+", line=line, text=ours.cut(at, begin)))
        if size:
            text = ours.cut(begin, begin + size)
            changes.append(Change(op=" ", line=ours.line_of(begin), text=text))
        at, in_rule = begin + size, place + size
    return changes
