"""Laws of package loading: two readers agree, expressions mean what they say, globs are simple."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.golang.constraint import parse_go_build, parse_plus_build
from compliance.golang.embed import Embedder, EmbedError
from compliance.golang.gofile import GoFileReader, _exact
from compliance.golang.patterns import matcher
from tests.golang.packagecases import MemoryTree

settings.register_profile("packages", derandomize=True, max_examples=300, deadline=None)
FIXED = settings.get_profile("packages")

TAGS = ("linux", "amd64", "cgo", "a", "b_1", "go1.21")

expressions = st.recursive(
    st.sampled_from(TAGS).map(lambda t: (t, t)),
    lambda inner: st.one_of(
        inner.map(lambda e: (f"!({e[0]})", f"(not {e[1]})")),
        st.tuples(inner, inner).map(
            lambda p: (f"({p[0][0]}) && ({p[1][0]})", f"({p[0][1]} and {p[1][1]})")
        ),
        st.tuples(inner, inner).map(
            lambda p: (f"{p[0][0]} || {p[1][0]}", f"({p[0][1]} or {p[1][1]})")
        ),
    ),
    max_leaves=12,
)


@FIXED
@given(expressions, st.sets(st.sampled_from(TAGS)))
def test_an_expression_means_what_its_tree_means(pair: tuple[str, str], on: set[str]) -> None:
    text, tree = pair
    wanted = re.sub(
        r"[a-z][\w.]*", lambda m: m[0] if m[0] in ("not", "and", "or") else str(m[0] in on), tree
    )
    assert parse_go_build(text).holds(on.__contains__) is bool(eval(wanted))  # noqa: S307


literals = st.sampled_from([*TAGS, *(f"!{t}" for t in TAGS)])
clauses = st.lists(st.lists(literals, min_size=1, max_size=3), min_size=1, max_size=4)


@FIXED
@given(clauses, st.sets(st.sampled_from(TAGS)))
def test_an_old_line_is_an_or_of_ands(parts: list[list[str]], on: set[str]) -> None:
    constraint = parse_plus_build(" ".join(",".join(clause) for clause in parts))
    assert constraint is not None
    wanted = any(all((x[1:] not in on) if x[0] == "!" else x in on for x in c) for c in parts)
    assert constraint.holds(on.__contains__) is wanted


pieces = st.sampled_from(
    [
        "package x", "package x\n", "package x; ", "\n", "\n\n", "\t", " ", ";", "// c\n",
        "/* c */",
        "/* c\n*/\n", "//go:build linux\n", "// +build a,b\n\n", "import ", 'import "os"\n',
        "import (\n", ")\n", ")", '"os"', '"C"', '\t"a/b"\n', '\tx "a/b" // c\n', '. "e"\n',
        "`raw`", "func f() {}\n", "var x int\n", "type", "embed", 'import "embed"\n',
        "//go:embed a b\n", "// #cgo LDFLAGS: -l\n", 'import "C"\n', "\r\n", "é", "\u2028", "'",
        '"', "`", "\\", "/*", "*/", "\ufeff", "\x00", "import\n", 'import _ "u"\n', "if", "(", "//",
    ]
)  # fmt: skip
READER = GoFileReader()


@FIXED
@given(st.lists(pieces, max_size=14), st.booleans())
def test_both_readers_say_the_same_and_never_raise(parts: list[str], ordinary: bool) -> None:
    text = ("// c\n\npackage x\n\n" if ordinary else "") + "".join(parts)
    data = text.encode()
    assert READER.read(data) == _exact(data.removeprefix(b"\xef\xbb\xbf"))


@FIXED
@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    facts = READER.read(data)
    assert facts.problem or facts.package
    assert len(facts.imports) == len(facts.lines)


def glob_reference(pattern: str, name: str) -> bool:
    """path.Match for patterns of letters, `*` and `?`, by its definition."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(glob_reference(pattern[1:], name[n:]) for n in range(len(name) + 1))
    return bool(name) and pattern[0] in ("?", name[0]) and glob_reference(pattern[1:], name[1:])


@FIXED
@given(st.text("ab*?", min_size=1, max_size=7), st.lists(st.text("ab", min_size=1, max_size=6)))
def test_globs_match_by_their_definition(pattern: str, names: list[str]) -> None:
    tree = MemoryTree(dict.fromkeys(names, b""))
    try:
        found = list(Embedder(tree, ".").resolve(pattern))
    except EmbedError:
        found = []
    assert found == sorted({name for name in names if glob_reference(pattern, name)})


def dots_reference(pattern: str, name: str) -> bool:
    choices = [pattern]
    if pattern.endswith("/..."):
        choices.append(pattern.removesuffix("/..."))
    return any(
        re.fullmatch(re.escape(c).replace(re.escape("..."), ".*"), name, re.DOTALL) is not None
        for c in choices
    )


@FIXED
@given(
    st.lists(st.sampled_from(["a", "b", "/", "..."]), max_size=7).map("".join),
    st.text("ab/", max_size=8),
)
def test_dots_match_by_their_definition(pattern: str, name: str) -> None:
    assert matcher(pattern)(name) is dots_reference(pattern, name)
