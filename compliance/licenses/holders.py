"""Copyright statements of many files made one per holder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from compliance.licenses.evidence import Copyright


def merge_copyrights(statements: Iterable[Copyright]) -> tuple[Copyright, ...]:
    """One statement per holder, years united, sorted by holder.

    Holders are the same when they differ only in case, punctuation or a leading "The". A holder
    with one statement keeps its wording; the line is that of the first statement.
    """
    groups: dict[str, list[Copyright]] = {}
    for statement in statements:
        groups.setdefault(holder_key(statement.holder or statement.statement), []).append(statement)
    return tuple(_united(groups[key]) for key in sorted(groups))


def _united(group: list[Copyright]) -> Copyright:
    distinct = sorted({(c.statement, c.holder, c.years) for c in group})
    if len(distinct) == 1:
        return group[0]
    holder = min({c.holder for c in group}, key=lambda h: (-len(h), h))
    years = _united_years([c.years for c in group])
    text = " ".join(part for part in ("Copyright", years, holder) if part)
    return Copyright(statement=text, holder=holder, years=years, line=group[0].line)


@lru_cache(maxsize=16_384)
def holder_key(holder: str) -> str:
    """What is the same for two names of one holder."""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?i)^the\s+", "", holder)).strip().casefold()


def _united_years(texts: Iterable[str]) -> str:
    """Union of year texts as ranges: "2014-2016, 2019"; an open end stays ("2014-present")."""
    years: set[int] = set()
    open_from: int | None = None
    for text in texts:
        for first, last in re.findall(
            r"(\d{4})\+?(?:\s*[-\u2013\u2014]\s*(\d{4}|\d\d\b|[a-z]+))?", text.lower()
        ):
            start = int(first)
            years.add(start)
            if last.isdigit():
                end = (
                    int(last)
                    if last.startswith(("19", "20")) and last[2:]
                    else start - start % 100 + int(last)
                )
                years.update(range(start, min(end, start + 100) + 1))
            elif last or f"{first}+" in text:
                open_from = min(start, open_from or start)
    parts: list[str] = []
    for start, end in _runs(sorted(y for y in years if open_from is None or y < open_from)):
        parts.append(str(start) if start == end else f"{start}-{end}")
    if open_from is not None:
        parts.append(f"{open_from}-present")
    return ", ".join(parts)


def _runs(years: list[int]) -> Iterator[tuple[int, int]]:
    start = previous = None
    for year in years:
        if start is None or previous is None:
            start = previous = year
        elif year == previous + 1:
            previous = year
        else:
            yield start, previous
            start = previous = year
    if start is not None and previous is not None:
        yield start, previous
