"""go.mod and go.work: positions, comments, errors, limits."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from compliance.errors import LimitExceededError, MalformedInputError
from compliance.golang import ModuleVersion, parse_mod_file, parse_work_file
from compliance.golang.modfile import GoDebug, Ignore, Replace, Require, Retract, Tool, Use
from compliance.golang.modsyntax import MAX_FETCHED_BYTES

WHOLE = b"""\
// Deprecated: use example.com/new instead.
// It is better.
module "example.com/m" // trailing

go 1.24

toolchain go1.24.3

godebug default=go1.21
godebug (
\tpanicnil=1
)

require example.com/a v1.0.0
require (
\texample.com/b/v2 v2.1.0 // indirect
\t"example.com/c" v0.0.0-20200101000000-abcdefabcdef // indirect; for tests

\t// about d
\tgopkg.in/d.v3 v3.0.0 //not indirect
)

exclude example.com/a v1.1.0

replace (
\texample.com/a v1.0.0 => ./a
\texample.com/b/v2 => example.com/fork/v2 v2.0.1
)

// For all of these.
retract (
\tv1.0.0
\t[v1.1.0, v1.2.0] // Broken.

\tv1.3.0
)

tool example.com/a/cmd/gen

ignore (
\t./node_modules
\tthird_party
)
"""


def test_every_element_is_read_with_its_line() -> None:
    f = parse_mod_file(WHOLE, file="go.mod")
    assert (f.module, f.module_line) == ("example.com/m", 3)
    assert f.deprecated == "use example.com/new instead.\nIt is better.\ntrailing"
    assert (f.go, f.go_line, f.toolchain, f.toolchain_line) == ("1.24", 5, "go1.24.3", 7)
    assert f.godebugs == (
        GoDebug(key="default", value="go1.21", line=9),
        GoDebug(key="panicnil", value="1", line=11),
    )
    assert f.requires == (
        Require(ModuleVersion("example.com/a", "v1.0.0"), False, 14),
        Require(ModuleVersion("example.com/b/v2", "v2.1.0"), True, 16),
        Require(ModuleVersion("example.com/c", "v0.0.0-20200101000000-abcdefabcdef"), True, 17),
        Require(ModuleVersion("gopkg.in/d.v3", "v3.0.0"), False, 20),
    )
    assert [(x.id.version, x.line) for x in f.excludes] == [("v1.1.0", 23)]
    assert f.replaces == (
        Replace(old=ModuleVersion("example.com/a", "v1.0.0"), new=ModuleVersion("./a"), line=26),
        Replace(
            old=ModuleVersion("example.com/b/v2"),
            new=ModuleVersion("example.com/fork/v2", "v2.0.1"),
            line=27,
        ),
    )
    assert [r.is_folder for r in f.replaces] == [True, False]
    assert f.retracts == (
        Retract(low="v1.0.0", high="v1.0.0", rationale="For all of these.", line=32),
        Retract(low="v1.1.0", high="v1.2.0", rationale="Broken.", line=33),
        Retract(low="v1.3.0", high="v1.3.0", rationale="", line=35),
    )
    assert f.tools == (Tool(path="example.com/a/cmd/gen", line=38),)
    assert f.ignores == (
        Ignore(path="./node_modules", line=41),
        Ignore(path="third_party", line=42),
    )


def test_crlf_changes_nothing() -> None:
    assert parse_mod_file(WHOLE.replace(b"\n", b"\r\n"), file="go.mod") == parse_mod_file(
        WHOLE, file="go.mod"
    )


def test_work_files_are_read_with_their_lines() -> None:
    text = b'go 1.22\nuse ./a // first\nuse (\n\t../b\n\t"./c d"\n)\nreplace x.io/a => ./y\n'
    f = parse_work_file(text, file="go.work")
    assert f.uses == (Use(path="./a", line=2), Use(path="../b", line=4), Use(path="./c d", line=5))
    assert (f.go, f.go_line, f.replaces[0].line) == ("1.22", 1, 7)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("module m\nmodule n\n", 2, "repeated module statement"),
        ("module m\nrequire (\n\tx.io/a v1.0.0\n", 2, "not closed"),
        ("module m\n\n/* no */\n", 3, "comments must start with //"),
        ("module m\nrequire x.io/a v2.0.0\n", 2, "should be v0 or v1, not v2"),
        ("module m\nrequire x.io/a/v2 v1.0.0\n", 2, "should be v2, not v1"),
        ("module m\nrequire x.io/a v1.2\n", 2, "not canonical"),
        ("module m\nrequire (\n) trailing\n", 3, "closing parenthesis"),
        ("module m\nreplace x.io/a => C:\\a\n", 2, "Windows"),
        ("module m\nreplace x.io/a => ./a v1.0.0\n", 2, "cannot have version"),
        ("module m\ngo 1.2.3.4\n", 2, "invalid go version"),
        ("module m\ntoolchain gcc\n", 2, "invalid toolchain version"),
        ("module m\nrequire `x.io/a` v1.0.0\n", 2, "invalid quoted string"),
        ('module m\nrequire "x.io/a\n', 2, "not closed"),
        ("\ufeffmodule m\n", 1, "unexpected input character '\\ufeff'"),
        ("module m\nrequire x.io/a\x00 v1.0.0\n", 2, "unexpected input character '\\x00'"),
        ("retract v1.0.0\n", 1, "no module directive"),
        ("module m\nrequire (x) (\n)\n", 2, "unknown block type"),
    ],
)
def test_errors_name_file_and_line(text: str, line: int, message: str) -> None:
    with pytest.raises(MalformedInputError) as caught:
        parse_mod_file(text.encode(), file="sub/go.mod")
    assert str(caught.value).startswith(f"sub/go.mod:{line}: ")
    assert message in str(caught.value)


def test_all_errors_are_listed_up_to_a_bound() -> None:
    text = "module m\n" + "bad\n" * 1000
    with pytest.raises(MalformedInputError) as caught:
        parse_mod_file(text.encode(), file="go.mod")
    lines = str(caught.value).splitlines()
    assert lines[1] == "go.mod:3: unknown directive: bad"
    assert lines[-1] == "and 949 more errors in this file"


def test_dependencies_are_read_laxly_exactly_where_go_is() -> None:
    text = (
        b"module x.io/a\ngo v1.20.1-dev\ntoolchain none\nfuture x\nfuture (\n\ty\n)\n"
        b"replace nonsense\nexclude x\nretract [nonsense\nrequire x.io/b v1\n"
        b"retract [v1.0.0, v1.1.0]\n"
    )
    f = parse_mod_file(text, file="go.mod", strict=False)
    assert (f.go, f.toolchain, f.replaces, f.excludes) == ("1.20", None, (), ())
    assert f.requires[0].id == ModuleVersion("x.io/b", "v1.0.0")
    assert [(r.low, r.high) for r in f.retracts] == [("v1.0.0", "v1.1.0")]
    for broken in (b"require x", b'future "', b"future (\n/*\n)", b"go 1", b"module a b"):
        with pytest.raises(MalformedInputError):
            parse_mod_file(broken, file="go.mod", strict=False)


def test_bytes_that_are_no_utf8_are_read_as_replacement_characters() -> None:
    f = parse_mod_file(b"module m\nrequire x.io/\xff v1.0.0 // \xfe\n", file="go.mod")
    assert f.requires[0].id.path == "x.io/\ufffd"


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(LimitExceededError):
        parse_mod_file(b"/" * (MAX_FETCHED_BYTES + 1), file="go.mod", strict=False)


@pytest.mark.parametrize(
    "text",
    [
        "module m\nrequire (\n" + "\tx.io/a/v2 v2.0.0\n" * 200_000 + ")\n",
        "module m\n" + "require (\n)\n" * 50_000,
        "module m\n" + "// comment\n" * 100_000 + "retract v1.0.0\n",
        "module " + "(" * 500_000,
        "module " + '"' + "\\x41" * 200_000 + '"',
        "module m // " + "Deprecated:\n\n" * 100_000,
        "module m\nretract v1.0.0-" + "0." * 300_000 + "0",
        "require x.io/a v1.0.0-" + "a." * 300_000 + "!",
        "require x.io/" + "a/" * 300_000 + "v2 v1.0.0",
    ],
)
def test_hostile_files_end_soon(text: str) -> None:
    start = time.process_time()
    for strict in (True, False):
        with suppress(MalformedInputError):
            parse_mod_file(text.encode(), file="go.mod", strict=strict)
    assert time.process_time() - start < 10
