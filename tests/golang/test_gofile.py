"""The head of a Go file: package, imports, constraints, cgo lines, embed patterns."""

from __future__ import annotations

import time

import pytest

from compliance.golang import GoFile, parse_gofile
from compliance.golang.gofile import GoFileReader
from compliance.golang.goscan import is_valid_import, unquote


def imports(text: str) -> list[tuple[str, int]]:
    facts = parse_gofile(text.encode())
    assert facts.problem == ""
    return list(zip(facts.imports, facts.lines, strict=True))


ORDINARY = """// Copyright 2020 Somebody.

// Package x does it.
package x // yes

import (
	"context"
	alias "example.com/a" // why
	. "example.com/b"
	_ "example.com/c-d/v2~x+y"

	// a remark
	"os"
)

// F does.
func F() {}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("package x\n", []),
        ("package x", []),
        ('package x\nimport "a"\n', [("a", 2)]),
        ('package x\nimport "a"', [("a", 2)]),
        ('package x\n\nimport "a"\nimport b "b"\n\nvar V int\n', [("a", 3), ("b", 4)]),
        ('package x\nimport (\n)\nimport (\n"a"\n)\nimport "b"\n', [("a", 5), ("b", 7)]),
        ('package x\nimport ("a"; "b")\n', [("a", 2), ("b", 2)]),
        ('/* a\nb */\npackage x\n\n/* c\n*/\nimport "a"\n/* d */\n\nimport "b"\n',
         [("a", 7), ("b", 10)]),
        ("package x\nimport `a`\n", [("a", 2)]),
        ('package x\nimport "\\x61\\142\\u0063"\n', [("abc", 2)]),
        ('package x\nfunc f() {\n}\nimport "a"\n', []),
        ('package x\nvar s = `\nimport "a"\n`\n', []),
        (ORDINARY, [("context", 7), ("example.com/a", 8), ("example.com/b", 9),
                    ("example.com/c-d/v2~x+y", 10), ("os", 13)]),
        (ORDINARY.replace("\n", "\r\n"),
         [("context", 7), ("example.com/a", 8), ("example.com/b", 9),
          ("example.com/c-d/v2~x+y", 10), ("os", 13)]),
    ],
)  # fmt: skip
def test_imports_are_found_with_their_lines(text: str, expected: list[tuple[str, int]]) -> None:
    assert imports(text) == expected


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("", "expected 'package'", 1),
        ("import \"a\"\n", "expected 'package'", 1),
        ("package func\n", "expected 'IDENT'", 1),
        ("package x\nimport (\n\"a\"\n", "expected ')'|missing import path", 4),
        ("package x\nimport (\n\"a\" \"b\"\n)\n", "expected ';'", 3),
        ("package x\nimport func \"a\"\n", "missing import path", 2),
        ("package x\nimport \"a\n\"\n", "string literal not terminated", 2),
        ("package x\nimport `a\n", "raw string literal not terminated", 2),
        ("package x\nimport \"a\\q\"\n", "unknown escape", 2),
        ("package x\nimport \"\\ud800\"\n", "unknown escape", 2),
        ("package x\n\n/* never ends", "comment not terminated", 3),
        ("package x\nimport \"a!\"\n", "invalid import path", 2),
        ("package x\nimport\n", "missing import path", 3),
        ("package x\nimport \x00\"a\"\n", "NUL", 2),
    ],
)  # fmt: skip
def test_a_broken_head_is_told_with_its_line(text: str, problem: str, line: int) -> None:
    facts = parse_gofile(text.encode())
    assert any(p in facts.problem for p in problem.split("|")), facts.problem
    assert facts.problem_line == line
    assert facts.imports == ()


def test_cgo_lines_come_from_the_comment_right_before_import_c() -> None:
    facts = parse_gofile(
        b"package x\n\n// #cgo LDFLAGS: -lold\n\n"
        b"/*\n#cgo linux LDFLAGS: -lm\n  #cgo pkg-config: a b\n#include <x.h>\n"
        b"#cgo noescape f\n*/\n"
        b'import "C"\nimport "os"\n'
    )
    assert facts.cgo == (
        ("#cgo linux LDFLAGS: -lm", 6), ("#cgo pkg-config: a b", 7), ("#cgo noescape f", 9),
    )  # fmt: skip
    assert facts.imports == ("C", "os")


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (b'// #cgo LDFLAGS: -la\nimport (\n"C"\n)\n', (("#cgo LDFLAGS: -la", 2),)),
        (b'// #cgo LDFLAGS: -la\nimport (\n"C"\n"os"\n)\n', ()),
        (b'import (\n// #cgo LDFLAGS: -la\n"C"\n"os"\n)\n', (("#cgo LDFLAGS: -la", 3),)),
        (b'// #cgo LDFLAGS: -la\n\nimport "C"\n', ()),
    ],
)
def test_the_preamble_of_a_group_belongs_to_a_lone_import(
    group: bytes, expected: tuple[tuple[str, int], ...]
) -> None:
    assert parse_gofile(b"package x\n" + group).cgo == expected


def test_embed_patterns_are_read_where_embed_is_imported() -> None:
    body = (
        b'//go:embed a b/*.txt\n//go:embed "c d" `e`\nvar F embed.FS\n'
        b"var s = `\n//go:embed no\n`\nvar r = '\"'\n/*\n//go:embed no\n*/\n//go:embed last\n"
    )
    facts = parse_gofile(b'package x\nimport "embed"\n' + body)
    assert facts.embeds == (("a", 3), ("b/*.txt", 3), ("c d", 4), ("e", 4), ("last", 13))
    assert parse_gofile(b'package x\nimport "os"\n' + body).embeds == ()


def test_constraints_and_syntax_are_independent() -> None:
    facts = parse_gofile(b"//go:build windows\n\npackage x\nimport 1\n")
    assert [c.text for c in facts.constraints] == ["windows"]
    assert facts.problem
    assert facts.counts
    assert not parse_gofile(b"//go:build !!x\n\npackage x\n").counts


def test_a_byte_order_mark_is_skipped_only_in_front() -> None:
    assert parse_gofile(b'\xef\xbb\xbfpackage x\nimport "a"\n').imports == ("a",)
    assert "byte order mark" in parse_gofile(b'package x\n// \xef\xbb\xbf\nimport "a"\n').problem


def test_what_is_remembered_of_one_file_does_not_change_the_next() -> None:
    reader = GoFileReader()
    texts = [
        b'// x\npackage a\nimport "C"\n', b'// x\npackage b\nimport "c"\n', b"// x\npackage c\n",
        b'// \xff\npackage d\n', b'// x\npackage e\nimport "C"\nimport "c"\n',
    ]  # fmt: skip
    first = [reader.read(text) for text in texts]
    assert [reader.read(text) for text in reversed(texts)] == first[::-1]
    assert [parse_gofile(text) for text in texts] == first


def test_facts_are_plain_tuples() -> None:
    facts = parse_gofile(b'//go:build a && !b\n\npackage x\nimport "os"\n')
    assert isinstance(facts, tuple)
    assert facts == GoFile(*facts)


def test_escapes_are_those_of_go() -> None:
    assert unquote('"a\\tb\\\\c\\"d\\a"') == 'a\tb\\c"d\a'
    assert unquote("`a\\n\r`") == "a\\n"
    assert unquote('"\\400"') is None
    assert unquote('"\\U00110000"') is None


def test_import_paths_hold_graphic_characters_only() -> None:
    assert is_valid_import("example.com/ünï/x~1+2")
    for bad in ("", "a b", "a\tb", "a\u2028b", "a\u00a0b", "a\ufffdb", "a[b", "a\\b", "a\x7fb"):
        assert not is_valid_import(bad), bad


@pytest.mark.parametrize(
    "data",
    [
        b"package x\nimport (\n" + b'\t"a/b"\n' * 200_000 + b")\n",
        b"package x\n" + b'import "a"\n' * 200_000,
        b"// c\n" * 400_000 + b"package x\n",
        b"/*" + b"*" * 2_000_000 + b"/\npackage x\n",
        b"/* " * 700_000 + b"package x\n",
        b"package x\nimport (" + b"(" * 2_000_000,
        b"package x\n" + b"\n/**/" * 400_000 + b'\nimport "a"\n',
        b'package x\nimport "embed"\n' + b"//go:embed a\n" * 100_000,
        b'package x\nimport "embed"\n' + b"'" * 2_000_000 + b"//go:embed a",
        b'package x\nimport "embed"\n//go:embed ' + b"a " * 500_000,
        b"//go:build " + b"(" * 1_000_000 + b"\n\npackage x\n",
        b"//go:build " + b"a&&" * 300_000 + b"a\n\npackage x\n",
        b"// +build " + b"a,b " * 300_000 + b"\n\npackage x\n",
    ],
)
def test_hostile_heads_take_linear_time(data: bytes) -> None:
    start = time.process_time()
    parse_gofile(data)
    assert time.process_time() - start < 20
