"""Patterns that Python 3.11.0 to 3.11.4 understands as later ones do.

Their `re` does not go back when the body of a possessive group fails after it took something
(`(?:[^*]|\\*(?!/))*+`), so such a body must not be written at all.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from compliance.golang import parse_gofile
from compliance.golang.header import read_other_header
from compliance.golang.modsyntax import _WORDS
from compliance.golang.module import import_path_problem

ROOM = Path(__file__).parents[2] / "compliance" / "golang"


def test_no_repeated_group_is_possessive_but_for_bodies_that_fail_at_once() -> None:
    harmless = (
        r'(?:\\[^\n]|[^"\\\n])*+',
        r"(?:\\[^\n]|[^\'\\\n])*+",
        r"(?:[ \t\r]++{_WORD})*+",
        "(?:[A-Za-z0-9._~-]++/?)++",
    )
    for path in sorted(ROOM.glob("*.py")):
        text = path.read_text("utf-8")
        for body in harmless:
            text = text.replace(body, "")
        assert not re.search(r"\)[*+?]\+", text), path.name


@pytest.mark.parametrize(
    "source",
    [
        b'/* a * b ** c */\npackage p\nimport "fmt"\n',
        b'/*\n * Copyright **\n */\n\n// +build x\n\npackage p\n\nimport "fmt"\n\nfunc f() {}\n',
        b'/* a */ package p; import "fmt" /* b */\n',
        b'// a\n\npackage p\n\nimport (\n\t"fmt"\n)\n\n// b\n\n// c\nfunc f() {}\n',
        b'// a\n\t// b\npackage p\n\nimport (\n\t"fmt"\n) // b\n\n /* c */\nfunc f() {}\n',
        b'/* a\n*//* b **/\n\npackage p\n\nimport (\n\t"fmt"\n)\n',
        b'package p\n/* a */\nimport (\n\t"fmt" /* c */\n)\n/* d */\nvar x = 1\n',
    ],
)
def test_comments(source: bytes) -> None:
    facts = parse_gofile(source)
    assert (facts.package, facts.imports, facts.problem) == ("p", ("fmt",), "")


def test_comments_that_do_not_end() -> None:
    assert parse_gofile(b"/* a *").problem == "comment not terminated"
    assert parse_gofile(b'package p\n/* a\nimport "fmt"\n').problem == "comment not terminated"


def test_other_files() -> None:
    assert read_other_header(b"/* a * b */\n//go:build linux\n\nint x;\n").constraints
    assert not read_other_header(b"int x;\n//go:build linux\n").constraints


@pytest.mark.parametrize("path", ["example.com/a.", "example.com/a/", "example.com//a", "a.b/.."])
def test_paths(path: str) -> None:
    assert import_path_problem(path)


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("require a.b/c v1.2.3", 20), ("require (", 9), ("require  (x", 10), ("foo(", 3),
        ("(", 1), ("  a b  ", 7), ("", 0), ("a !", 2),
    ],
)  # fmt: skip
def test_words(line: str, taken: int) -> None:
    found = _WORDS.match(line)
    assert found is not None
    assert found.end() == taken, sys.version
