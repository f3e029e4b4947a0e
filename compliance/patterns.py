"""`re` for this package: what set-up has compiled is not compiled again. Import it as `re`.

Compiling the patterns of a scan takes as long as reading five thousand files. `make setup` and the
wheel therefore hold the machine code of each, as bytecode is held for the source. It is taken only
by the very interpreter that made it, for the very same pattern and flags; everything else is
compiled as `re` does it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from re import (
    ASCII,
    DOTALL,
    IGNORECASE,
    MULTILINE,
    VERBOSE,
    I,
    M,
    Match,
    Pattern,
    S,
    error,
    escape,
    findall,
    finditer,
    fullmatch,
    match,
    search,
    split,
    sub,
)
from typing import AnyStr

from compliance.facade import compiled

try:
    import _sre  # type: ignore[import-not-found]  # what `re` hands its code to
except ImportError:  # an interpreter with another engine
    _sre = None

MADE_BY = f"{sys.version} {getattr(_sre, 'MAGIC', 0)} {getattr(_sre, 'CODESIZE', 0)}"
"""The interpreter that machine code belongs to."""

Code = tuple[int, int, bytes, tuple[str | None, ...]]
"""All flags, the number of groups, the code as 32-bit numbers, the names of the groups."""

Table = Mapping[tuple[str | bytes, int], Code]
"""Pattern and flags to its code."""


@cache
def _table() -> Table:
    held = compiled("patterns")
    table: Table = held.TABLE if held is not None and held.MADE_BY == MADE_BY else {}
    return table


def compile(pattern: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """As `re.compile`."""
    held = _table().get((pattern, int(flags)))
    if held is None or _sre is None:
        return re.compile(pattern, flags)
    every, groups, code, names = held
    by_name = {name: number for number, name in enumerate(names) if name is not None}
    made: Pattern[AnyStr] = _sre.compile(
        pattern, every, memoryview(code).cast("I").tolist(), groups, by_name, names
    )
    return made


def later(pattern: AnyStr, flags: int = 0) -> Callable[[], Pattern[AnyStr]]:
    """`compile` when it is first called for: for a pattern that most runs do without."""

    @cache
    def made() -> Pattern[AnyStr]:
        return compile(pattern, flags)

    return made


__all__ = [
    "ASCII", "DOTALL", "IGNORECASE", "MADE_BY", "MULTILINE", "VERBOSE", "Code", "I", "M", "Match",
    "Pattern", "S", "Table", "compile", "error", "escape", "findall", "finditer", "fullmatch",
    "later", "match", "search", "split", "sub",
]  # fmt: skip
