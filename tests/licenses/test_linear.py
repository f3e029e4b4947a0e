"""Long lists take time in proportion to their length, and what is quick says what is plain."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

from compliance.licenses import Detector, context
from compliance.licenses.approximate import _common, _equal_blocks
from compliance.licenses.completion import _DATED, _as_dated, _is_of
from compliance.licenses.hit import Hit
from compliance.licenses.rules import RuleTable
from compliance.licenses.wording import telling_places
from compliance.value import replace

LICENSES = ("GPL-2.0-only", "GPL-3.0-only", "GPL-2.0-or-later", "GPL-1.0-or-later", "MIT",
            "LGPL-2.0-or-later", "LGPL-2.1-only")  # fmt: skip


def hits(seed: int, count: int) -> list[Hit]:
    pick = random.Random(seed)  # noqa: S311 - a seed for the same cases each time
    found, at = [], 0
    for _ in range(count):
        at += pick.randrange(4)
        size = pick.choice((1, 2, 8, 30))
        sure = pick.choice(("review", "medium"))
        same = pick.choice((1.0, 0.9))
        found.append(
            Hit(pick.choice(LICENSES), "notice", at, at + size, 1.0, same, sure, "r", size)
        )
    return found


def plainly(every: list[Hit]) -> list[Hit]:
    """What `_as_dated` says, each hit compared with each."""
    named = [h for h in every if _DATED.fullmatch(h.license) and h.similarity == 1]
    inner = {id(n) for n in named for hit in every if _is_of(n, hit)}
    found = []
    for hit in every:
        if id(hit) not in inner:
            dated = next((n for n in named if _is_of(n, hit)), hit)
            found.append(replace(hit, license=dated.license))
    return found


def test_names_inside_notices_are_found_as_one_by_one() -> None:
    changed = 0
    for seed in range(300):
        every = hits(seed, 30)
        assert _as_dated(every) == plainly(every)
        changed += _as_dated(every) != every
    assert changed > 100


def test_many_names_are_looked_at_once() -> None:
    every = [replace(h, start=9 * n, end=9 * n + 8) for n, h in enumerate(hits(1, 40_000))]
    begin = time.process_time()
    _as_dated(every)
    assert time.process_time() - begin < 2


def test_words_in_common_are_counted(detector: Detector) -> None:
    table, pick = RuleTable(detector.index), np.random.default_rng(3)
    telling, size = telling_places(table), len(table.vocabulary) + 1
    for rule in pick.integers(0, len(table), 40).tolist():
        own = table.word_ids(rule)
        ids = np.concatenate((pick.choice(own, len(own)), pick.integers(0, size, 9), [size - 1]))
        apart = np.bincount(ids, minlength=size) - np.bincount(own, minlength=size)
        wanted = (
            float(table.lengths[rule])
            + 1.9 * int(apart[apart < 0].sum())
            - 0.75 * int(apart[:-1].clip(0).sum())
            - 3 * int(np.abs(apart[telling]).sum())
        )
        assert abs(_common(table, rule, ids, telling) - wanted) < 1e-6


def test_one_other_word_is_told_without_search() -> None:
    assert _equal_blocks("abcde", "abXde") == [(0, 0, 2), (3, 3, 2)]
    assert _equal_blocks("Xbcde", "abcde") == [(1, 1, 4)]
    assert _equal_blocks("abcdX", "abcde") == [(0, 0, 4)]
    assert sum(size for _, _, size in _equal_blocks("aXcYe", "abcde")) == 3


def test_sections_with_terms_and_names_take_time_in_proportion(detector: Detector) -> None:
    section = b"## License\n\nMIT License\n\nThis project may not be used commercially.\n\n"
    begin = time.process_time()
    found = detector.detect("README.md", section * 8000)

    assert time.process_time() - begin < 4  # each of 8,000 terms beside each name: 20
    assert found.findings


def test_names_on_one_long_line_take_time_in_proportion(detector: Detector) -> None:
    begin = time.process_time()
    detector.detect("x.js", b"license GPLv2+ LGPL AGPL-3.0-or-later; " * 8000)

    assert time.process_time() - begin < 4  # copying the line up to each name: 13


def test_words_without_which_a_pattern_finds_nothing(detector: Detector) -> None:
    pairs = (
        (context._SPEAKS, context._SPEAKING), (context._GIVEN, context._GIVING),
        (context._VERB, context._VERBS), (context._OF_A_CUSTOMER, context._BOUGHT),
    )  # fmt: skip
    found = [0] * len(pairs)
    for name in detector.index.text_ids()[::9]:
        text = (detector.index.text(name) or "").lower().encode()
        for at in range(0, len(text), 30):
            near = text[at : at + 80]
            for number, (pattern, words) in enumerate(pairs):
                if pattern.search(near):
                    found[number] += 1
                    assert context._has(near, words) or not near.isascii()
    assert min(found) > 10


@pytest.mark.parametrize(
    ("before", "alone"),
    [
        (b"", True), (b" " * 500, True), (b" /* " * 100, True), (b"x" + b" " * 500, False),
        (b" " * 250 + b"x" + b" " * 250, False), (b" " * 500 + b"x ", False),
    ],
)  # fmt: skip
def test_all_that_a_line_says_before_a_name_counts(before: bytes, alone: bool) -> None:
    start = len(before)
    assert context._is_paragraph(before + b"GPL-2.0\n", start, start + 7) is alone
