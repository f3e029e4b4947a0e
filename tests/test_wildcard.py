"""Matching with wildcards against the regular expression that says the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from compliance import wildcard


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_characters(pattern: str, text: str) -> None:
    same = {"*": "[ab]*", "?": "[ab]"}
    wanted = re.fullmatch("".join(same.get(c, c) for c in pattern), text) is not None
    assert wildcard.fits(pattern, text, lambda p, c: p in ("?", c), "*") == wanted


@given(st.lists(st.sampled_from(["a", "b", "**"]), max_size=6), st.lists(st.sampled_from("ab")))
def test_folders(pattern: list[str], text: list[str]) -> None:
    wanted = re.fullmatch("".join("(?:[ab]/)*" if p == "**" else f"{p}/" for p in pattern),
                          "".join(f"{t}/" for t in text)) is not None  # fmt: skip
    assert wildcard.fits(pattern, text, str.__eq__, "**") == wanted


def test_many_stars_take_no_exponential_time() -> None:
    assert not wildcard.fits("a*" * 50 + "b", "a" * 2000, lambda p, c: p in ("?", c), "*")
