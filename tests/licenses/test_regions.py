"""The database of keywords that set-up holds finds what a compiled one finds."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from compliance.facade import COMPILED
from compliance.licenses import regions

hyperscan = pytest.importorskip("hyperscan")
HELD = f"{COMPILED}.keywords"
TEXT = (
    b"// Copyright (c) 2020 A. Author\n// Licensed under the Apache License; PERMISSION  is\n"
    b"// proprietary and confidential, public domain, GPL, LGPL, cc-by, \xc2\xa9\n"
)


def holding(monkeypatch: pytest.MonkeyPatch, **what: object) -> None:
    module = ModuleType(HELD)
    module.__dict__.update(what)
    monkeypatch.setitem(sys.modules, HELD, module)


def test_what_is_held_finds_what_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    made = regions.keyword_database(hyperscan)
    packed = hyperscan.dumpb(made)
    holding(monkeypatch, EXPRESSIONS=regions.EXPRESSIONS, DATABASE=packed)
    assert regions._held(hyperscan) is not None
    found = regions.Keywords.compiled().find(TEXT)
    assert len(found[0]) > 8
    assert found == regions.Keywords(made.scan, hyperscan.ScanTerminated).find(TEXT)


@pytest.mark.parametrize("cut", [0, 100, 5000])
def test_a_damaged_database_is_compiled_anew(monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    packed = hyperscan.dumpb(regions.keyword_database(hyperscan))
    holding(monkeypatch, EXPRESSIONS=regions.EXPRESSIONS, DATABASE=packed[:cut])
    assert regions._held(hyperscan) is None
    assert regions.Keywords.compiled().find(TEXT)[0]


def test_a_database_for_other_keywords_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = hyperscan.dumpb(regions.keyword_database(hyperscan))
    holding(monkeypatch, EXPRESSIONS=regions.EXPRESSIONS[:-1], DATABASE=packed)
    assert regions._held(hyperscan) is None


def test_without_set_up_keywords_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, HELD, None)
    assert regions.Keywords.compiled().find(TEXT)[0]
