"""Laws of detection that hold for any bytes."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.licenses import Detector, Expression
from compliance.licenses.evidence import Kind
from compliance.licenses.statement import Said, join

PHRASES = (
    "license licensed under the MIT GPL version 2 or later not may copyright (c) 2020 Foo",
    "SPDX-License-Identifier: Apache-2.0 WITH AND ( ) // /* */ ` Licensor: Change Date: Terms",
    '" \n \n\n \r\n \u200b \xa9 + - < p > &quot;',
)
WORDS = tuple(word for phrase in PHRASES for word in phrase.split(" "))
NAMES = st.sampled_from(
    ["LICENSE", "NOTICE", "README.md", "x.go", "x.c", "x", "a/b.license", "LICENSES/X.txt"]
)
TEXTS = st.one_of(
    st.binary(max_size=400),
    st.lists(st.sampled_from(WORDS), max_size=80).map(lambda w: " ".join(w).encode()),
    st.lists(st.sampled_from(WORDS), max_size=40).map(lambda w: " ".join(w).encode("utf-16")),
    st.lists(st.sampled_from(WORDS), max_size=40).map(
        lambda w: " ".join(w).encode("cp1252", "replace")
    ),
)


@cache
def detector() -> Detector:
    return Detector.open()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(NAMES, TEXTS)
def test_any_bytes_have_an_answer_with_places_inside_the_file(name: str, data: bytes) -> None:
    found = detector().detect(name, data)
    lines = data.count(b"\n") + 1
    for match in found.matches:
        assert 0 <= match.start < match.end <= len(data) + 2
        assert 1 <= match.start_line <= match.end_line <= lines
        assert 0 < match.coverage <= 1
        assert 0 < match.similarity <= 1
    assert found == detector().detect(name, data)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(NAMES, TEXTS), max_size=6))
def test_files_read_together_say_what_they_say_alone(files: list[tuple[str, bytes]]) -> None:
    together = list(Detector.open().detect_many(files))
    assert together == [Detector.open().detect(name, data) for name, data in files]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.sampled_from(["MIT", "ISC", "BSD-3-Clause", "Apache-2.0", "MPL-2.0"]),
    st.sampled_from(["//", "#", " *", ";", ">"]),
)
def test_layout_does_not_matter(name: str, sign: str) -> None:
    text = detector().index.text(name) or ""
    shaped = "".join(f"{sign} {line}\n" for line in text.splitlines())
    assert detector().detect("LICENSE", shaped.encode()).expression == name


_IDS = st.sampled_from(["MIT", "Apache-2.0", "EPL-2.0", "GPL-2.0-only", "GPL-2.0-or-later"])
_EXPRESSIONS = st.one_of(
    _IDS,
    st.lists(_IDS, min_size=2, max_size=3, unique=True).map(" OR ".join),
    st.lists(_IDS, min_size=2, max_size=3, unique=True).map(" AND ".join),
)
_KINDS = st.sampled_from(["text", "notice", "tag", "reference"])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.tuples(_EXPRESSIONS, _KINDS), min_size=1, max_size=5))
def test_what_names_licenses_has_an_expression(said: list[tuple[str, Kind]]) -> None:
    joined = join([Said(expression, kind) for expression, kind in said])

    assert joined is not None
    assert Expression.parse(joined)
