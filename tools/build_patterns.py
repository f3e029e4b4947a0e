"""Compile the regular expressions and keywords of the package, so that no run has to.

    python tools/build_patterns.py OUT_FOLDER

Imports every module of the package and writes down what each pattern was compiled to
(compliance/patterns.py says when it is taken).
"""

from __future__ import annotations

import compileall
import importlib
import pkgutil
import re._compiler
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, AnyStr

sys.path.insert(0, str(Path(__file__).parents[1]))

import compliance
from compliance import patterns


def collect() -> patterns.Table:
    """The code of every pattern that is compiled when a module of the package is imported."""
    found: dict[tuple[str | bytes, int], patterns.Code] = {}
    given: list[tuple[Any, ...]] = []
    engine = re._compiler._sre  # type: ignore[attr-defined]

    class Engine:
        """Notes what it is given to compile."""

        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def compile(self, *parts: Any) -> object:  # noqa: ANN401 - of many types
            given.append(parts)
            return engine.compile(*parts)

    def record(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        re.purge()
        given.clear()
        made = re.compile(pattern, flags)
        _, every, code, groups, _, names = given[-1]
        found[pattern, int(flags)] = (int(every), groups, array("I", code).tobytes(), names)
        return made

    def record_later(pattern: AnyStr, flags: int = 0) -> Callable[[], re.Pattern[AnyStr]]:
        made = record(pattern, flags)
        return lambda: made

    re._compiler._sre = Engine()  # type: ignore[attr-defined]
    patterns.compile, patterns.later = record, record_later  # type: ignore[assignment]
    for module in pkgutil.walk_packages(compliance.__path__, "compliance."):
        if not module.name.startswith("compliance._bundled") and "__main__" not in module.name:
            importlib.import_module(module.name)
    re._compiler._sre = engine  # type: ignore[attr-defined]
    return found


def table() -> str:
    """Source of the module that holds the code of all patterns."""
    rows = "".join(f"    {key!r}: {code!r},\n" for key, code in collect().items())
    return f"MADE_BY = {patterns.MADE_BY!r}\n\nTABLE = {{\n{rows}}}\n"


def keywords() -> str:
    """Source of the module that holds the database of hyperscan for the keywords of licenses."""
    from compliance.licenses import regions

    try:
        import hyperscan
    except ImportError:  # no wheel for this machine: nothing to hold
        return "EXPRESSIONS = ()\n"
    packed = hyperscan.dumpb(regions.keyword_database(hyperscan))
    return f"EXPRESSIONS = {regions.EXPRESSIONS!r}\n\nDATABASE = {packed!r}\n"


def build(out: Path) -> None:
    """Write the modules, and their byte code."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (("patterns", table()), ("keywords", keywords())):
        partial = out / f"{name}.partial"
        partial.write_text(f'"""Made by tools/build_patterns.py."""\n\n{text}', encoding="utf-8")
        partial.replace(out / f"{name}.py")
    compileall.compile_dir(out, quiet=1)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
