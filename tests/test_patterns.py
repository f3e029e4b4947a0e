"""The compiled table of patterns: it changes nothing but the time that compiling takes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from compliance import patterns
from compliance.facade import COMPILED

HELD = f"{COMPILED}.patterns"
LETTERS = (r"(?P<first>a)|(b+?)\b|[\u0100-\uffff]", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    patterns._table.cache_clear()
    yield
    patterns._table.cache_clear()


def held(monkeypatch: pytest.MonkeyPatch, table: patterns.Table, made_by: str) -> None:
    module = ModuleType(HELD)
    module.__dict__.update(TABLE=table, MADE_BY=made_by)
    monkeypatch.setitem(sys.modules, HELD, module)


def test_the_table_holds_what_compiling_gives() -> None:
    table = patterns._table()
    if not table:
        pytest.skip("set-up was made by another interpreter")
    assert len(table) > 300
    for pattern, flags in table:
        made, plain = patterns.compile(pattern, flags), re.compile(pattern, flags)
        assert made == plain  # the same pattern, flags and code
        assert made.groups == plain.groups
        assert dict(made.groupindex) == dict(plain.groupindex)


def test_no_pattern_of_a_scan_is_compiled_anew() -> None:
    if not patterns._table():
        pytest.skip("set-up was made by another interpreter")
    script = (
        "import re, compliance.patterns as p\n"
        "class Strict:\n"
        "    def __getattr__(self, name): return getattr(re, name)\n"
        "    def compile(self, *given): raise AssertionError(given)\n"
        "p.re = Strict()\n"
        "import compliance.pipeline.stages, compliance.pipeline.trees\n"
        "from compliance.licenses import Detector\n"
        "said = b'Copyright 2020 J\\xc3\\xb6rg. MIT License\\nCopyright Ann Author'\n"
        "assert len(Detector.open().detect('LICENSE', said).copyrights) == 2\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_another_interpreter_compiles_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: patterns.Table = {("a", 0): (0, 0, b"", (None,))}
    held(monkeypatch, wrong, made_by="another")
    assert patterns.compile("a") == re.compile("a")


def test_a_pattern_is_taken_by_its_text_and_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    held(monkeypatch, {}, made_by=patterns.MADE_BY)
    pattern, flags = LETTERS
    assert patterns.compile(pattern, flags) == re.compile(pattern, flags)
    assert patterns.later(pattern, flags)() is not patterns.later(pattern)()


def test_without_a_table_patterns_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, HELD, None)
    assert patterns._table() == {}
    assert patterns.compile(rb"a+", re.MULTILINE).findall(b"aab") == [b"aa"]
