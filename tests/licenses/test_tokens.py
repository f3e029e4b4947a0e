"""Words and their hashes."""

from __future__ import annotations

import numpy as np
import pytest

from compliance.licenses.tokens import (
    distinct,
    grams,
    plain,
    run_hashes,
    run_sums,
    word_hash,
    word_hashes,
    words,
)


def spelt(text: str) -> list[str]:
    data = plain(text.encode())
    found = words(data)
    return [
        data[a:b].decode().lower()
        for a, b in zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("   \n\t ", []),
        ("Hello, World!", ["hello", "world"]),
        ("GPLv2+ or C++", ["gplv2+", "or", "c+"]),
        ("// a\n * b\n# c", ["a", "b", "c"]),
        ("“quoted” — dash", ["quoted", "dash"]),
        ("Müller", ["müller"]),
        ("<p class='x'>text</p>", ["text"]),
        ("&quot;as is&quot; &copy; 2020", ["as", "is", "2020"]),
        (r"line\nbreak", ["line", "break"]),
        ("<name of author>", ["name", "of", "author"]),
    ],
)
def test_words_of(text: str, expected: list[str]) -> None:
    assert spelt(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("licence", "license"),
        ("LICENSE", "license"),
        ("organisation", "organization"),
        ("https", "http"),
    ],
)
def test_equal_spellings_hash_the_same(one: str, other: str) -> None:
    assert words(one.encode()).hashes.tolist() == words(other.encode()).hashes.tolist()


def test_different_words_hash_differently() -> None:
    assert word_hash("may") != word_hash("yam") != word_hash("amy")


def test_many_words_are_hashed_as_each_alone() -> None:
    names = ("gplv2+", "a", "licence", "www", "\u00e9t\u00e9", "0")
    assert word_hashes(names).tolist() == [word_hash(n) for n in names]


def test_distinct_values_are_sorted() -> None:
    assert distinct(np.array([3, 1, 3, 2, 1])).tolist() == [1, 2, 3]
    assert distinct(np.array([], dtype=np.int64)).tolist() == []


def test_hash_of_a_run_does_not_depend_on_its_place() -> None:
    alone = words(b"permission is hereby granted").hashes
    inside = words(b"x y z permission is hereby granted to w").hashes
    wanted = run_hashes(run_sums(alone), np.array([0]), np.array([4]))
    found = run_hashes(run_sums(inside), np.array([3]), np.array([4]))
    assert wanted.tolist() == found.tolist()
    assert wanted.tolist() == [grams(run_sums(inside), 4)[3]]


def test_plain_keeps_every_offset() -> None:
    text = "a&quot;b “c” <br/> \\n d".encode()
    assert len(plain(text)) == len(text)


def test_one_enormous_word() -> None:
    assert len(words(b"a" * 3_000_000)) == 1
