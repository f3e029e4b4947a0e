"""Build constraint expressions and where they stand."""

from __future__ import annotations

import pytest

from compliance.golang.constraint import (
    MAX_OPERANDS,
    ConstraintSyntaxError,
    parse_go_build,
    parse_plus_build,
)
from compliance.golang.header import read_header, read_other_header

TAGS = {"linux", "amd64", "cgo", "go1.21", "x_y", "ünï", "7"}


def holds(text: str) -> bool:
    return parse_go_build(text).holds(TAGS.__contains__)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("linux", True), ("windows", False), ("!windows", True), ("!linux", False),
        ("linux && amd64", True), ("linux && arm", False), ("arm || linux", True),
        ("arm || linux && windows", False), ("linux || arm && windows", True),
        ("(arm || linux) && windows", False), ("!(arm || windows)", True), ("!(linux)", False),
        ("! linux", False), ("!( !linux)", True), ("\tlinux\t&&\tamd64 ", True),
        ("linux&&!arm||arm", True), ("go1.21 && !go1.22", True), ("x_y", True), ("ünï", True),
        ("7", True), ("((((linux))))", True), ("a || b || c || linux", True),
        ("linux && linux && linux && a", False), ("!a && !b || c", True),
    ],
)  # fmt: skip
def test_expressions_mean_what_go_means(text: str, value: bool) -> None:
    assert holds(text) is value


@pytest.mark.parametrize(
    "text",
    [
        "", "(", ")", "linux)", "(linux", "linux amd64", "linux,amd64", "linux &", "linux | amd64",
        "&& linux", "linux &&", "!!linux", "!", "! !linux", "linux // comment", "a-b", "linux ! a",
        "()", "(a)(b)", "a (b)", "!()", "a && || b", "a \v b", "a == b",
    ],
)  # fmt: skip
def test_malformed_expressions_are_refused(text: str) -> None:
    with pytest.raises(ConstraintSyntaxError):
        parse_go_build(text)


def test_size_is_limited_as_in_go() -> None:
    assert parse_go_build(" && ".join(["a"] * MAX_OPERANDS)).postfix
    assert parse_go_build("(" * (MAX_OPERANDS - 1) + "a" + ")" * (MAX_OPERANDS - 1)).postfix
    for text in (
        " && ".join(["a"] * (MAX_OPERANDS + 1)),
        "(" * MAX_OPERANDS + "a" + ")" * MAX_OPERANDS,
        "!(" * MAX_OPERANDS + "a" + ")" * MAX_OPERANDS,
    ):
        with pytest.raises(ConstraintSyntaxError, match="too large"):
            parse_go_build(text)


def test_deep_nesting_is_evaluated_without_recursion() -> None:
    depth = 450
    text = "!(" * depth + "linux" + ")" * depth
    assert holds(text) is True
    assert holds("!" + f"({text})") is False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("linux", True), ("windows linux", True), ("linux,arm", False), ("linux,amd64", True),
        ("arm windows,linux", False), ("!arm", True), ("!linux", False), ("!!linux", False),
        ("!", False), ("a-b", False), ("!a-b", True), ("", False), ("linux,", False),
        ("linux,!arm,!windows cgo,arm", True),
    ],
)  # fmt: skip
def test_old_lines_mean_what_go_means(text: str, value: bool) -> None:
    constraint = parse_plus_build(text)
    assert constraint is not None
    assert constraint.holds(TAGS.__contains__) is value


def test_an_old_line_with_too_many_operators_does_not_count() -> None:
    assert parse_plus_build(" ".join(["a"] * 101)) is not None
    assert parse_plus_build(" ".join(["a"] * 102)) is None
    assert read_header(b"// +build " + b"a " * 200 + b"\n\n").constraints == ()


def test_the_two_forms_never_share_a_name() -> None:
    old = parse_plus_build("a||b")
    assert old is not None
    assert old.text != parse_go_build("a||b").text


@pytest.mark.parametrize(
    ("head", "texts"),
    [
        (b"//go:build a\n\n", ["a"]),
        (b"//go:build a\n", ["a"]),
        (b"// c\n//go:build a\n// d\n", ["a"]),
        (b"//go:build a\r\n\r\n", ["a"]),
        (b" \t//go:build a\n", ["a"]),
        (b"//go:build\ta\n", ["a"]),
        (b"//go:buildx a\n", []),
        (b"// go:build a\n", []),
        (b"/* x */\n//go:build a\n", ["a"]),
        (b"/*\n//go:build a\n*/\n", []),
        (b"/* x\n*/ //go:build a\n", []),
        (b"// +build a\n\n", ["+build a"]),
        (b"//+build a\n\n", ["+build a"]),
        (b"// +build a\n", []),
        (b"// +build a\n\n// +build b\n", ["+build a"]),
        (b"// +build a\n// +build b c\n\n", ["+build a", "+build b c"]),
        (b"// +buildx a\n\n", []),
        (b"/* x */\n// +build a\n\n", []),
        (b"//go:build a\n// +build b\n\n", ["a"]),
        (b"// says go:build here\n\n", []),
    ],
)
def test_constraints_count_where_go_reads_them(head: bytes, texts: list[str]) -> None:
    assert [c.text for c in read_header(head).constraints] == texts


def test_two_lines_are_one_too_many() -> None:
    header = read_header(b"// x\n//go:build a\n\n//go:build b\n\n")
    assert (header.problem, header.line) == ("multiple //go:build comments", 4)


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"//go:build a\n\nint f;\n//go:build b\n", ["a"]),
        (b"int f;\n//go:build b\n", []),
        (b"//go:build a", ["a"]),
        (b"; //go:build a\n", []),
        (b"/* open\n//go:build a\n", []),
        (b"//go:build a\n/* open", []),
        (b"//go:build a\n\0\n", ["a"]),
        (b"// \0\n//go:build a\n\n", []),
        (b"#include <a.h>\n", []),
        (b"", []),
    ],
)
def test_files_of_other_languages_have_constraints_too(data: bytes, texts: list[str]) -> None:
    assert [c.text for c in read_other_header(data).constraints] == texts
