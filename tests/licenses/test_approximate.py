"""Changed texts: the right license, and never a sure answer when a word that matters changed."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
from rapidfuzz.distance import LCSseq

from compliance.licenses import Detector, FileLicense
from compliance.licenses.approximate import _equal_blocks, _Runs, unique_runs
from compliance.licenses.rules import SEED_WIDTH, RuleTable
from compliance.licenses.tokens import grams, run_sums

POPULAR = tuple(
    """
    MIT ISC BSD-2-Clause BSD-3-Clause Apache-2.0 MPL-2.0 GPL-2.0-only GPL-3.0-only LGPL-2.1-only
    AGPL-3.0-only EPL-2.0 CC0-1.0 CC-BY-4.0 CC-BY-SA-4.0 CC-BY-NC-4.0 Unlicense Zlib BSL-1.0
    OFL-1.1 EUPL-1.2 SSPL-1.0 Elastic-2.0 BUSL-1.1 CDDL-1.0 Artistic-2.0
    """.split()  # noqa: SIM905 - quoted names would be hard to read
)
FILLER = ("alpha", "river", "stone", "table", "window", "signal")
KEEP = re.compile(
    r"later|only|either|not?|without|\d|version|advertising|endorse|affero|lesser|except.*"
)


def detect(detector: Detector, text: str) -> FileLicense:
    return detector.detect("LICENSE", text.encode())


def changed(text: str, every: int, *, drop: bool) -> str:
    """Every n-th word replaced or left out, telling words spared."""
    parts = re.split(r"(\s+)", text)
    for number in range(0, len(parts), 2):
        bare = re.sub(r"\W", "", parts[number]).lower()
        if number // 2 % every == every - 1 and not KEEP.fullmatch(bare):
            parts[number] = "" if drop else FILLER[number % len(FILLER)]
    return "".join(parts)


@pytest.mark.parametrize("name", POPULAR)
@pytest.mark.parametrize(("every", "drop"), [(50, False), (20, True), (13, False)])
def test_random_changes_keep_the_id(detector: Detector, name: str, every: int, drop: bool) -> None:
    text = detector.index.text(name)
    assert text is not None
    found = detect(detector, changed(text, every, drop=drop))
    assert {m.license for m in found.matches} == {name}


@pytest.mark.parametrize("name", POPULAR)
@pytest.mark.parametrize(
    ("old", "new"),
    [("may", "may not"), ("shall", "shall not"), ("without", "with"), ("must", "need not"),
     ("granted", "refused"), ("permitted", "forbidden")],
)  # fmt: skip
def test_changed_binding_word_is_for_review(
    detector: Detector, name: str, old: str, new: str
) -> None:
    text = detector.index.text(name)
    assert text is not None
    place = re.search(rf"\b{old}\b", text)
    if place is None:
        return
    found = detect(detector, text[: place.start()] + new + text[place.end() :])
    assert found.confidence == "review"


@pytest.mark.parametrize("name", POPULAR)
@pytest.mark.parametrize(
    "duty",
    ["You must send all modifications to the author.", "Non-commercial use only.",
     "Use by military organizations is prohibited.", "Commercial use requires a subscription."],
)  # fmt: skip
def test_added_demand_is_for_review(detector: Detector, name: str, duty: str) -> None:
    text = detector.index.text(name)
    assert text is not None
    for hostile in (f"{text}\n\n{duty}\n", f"{duty}\n\n{text}"):
        assert detect(detector, hostile).confidence == "review"


def test_diff_shows_the_changed_words(detector: Detector) -> None:
    text = (detector.index.text("MIT") or "").replace("without restriction", "with restriction")
    found = detect(detector, text)
    (match,) = (m for m in found.matches if m.kind == "text")
    changes = detector.changes(text.encode(), match)
    assert [(c.op, c.text) for c in changes if c.op != " "] == [("-", "without"), ("+", "with")]


def test_long_unknown_text_costs_linear_time(detector: Detector) -> None:
    import time

    text = ("You may use the license under the terms of the license. " * 400).encode()
    times = []
    for factor in (8, 32):
        begin = time.process_time()
        detector.detect("LICENSE", text * factor)
        times.append(time.process_time() - begin)
    assert times[1] < 8 * times[0] + 1


@pytest.mark.parametrize("seed", range(20))
def test_one_changed_word_in_a_short_gap_is_told_as_a_longest_common_subsequence(seed: int) -> None:
    pick = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(200):
        words = "".join(pick.choice("abc") for _ in range(pick.randrange(2, 24)))
        at = pick.randrange(len(words))
        other = words[:at] + pick.choice("abcx") + words[at + 1 :]
        found = LCSseq.editops(words, other).as_matching_blocks()
        assert _equal_blocks(words, other) == [(b.a, b.b, b.size) for b in found if b.size]


def test_a_rule_stands_where_its_runs_are_whatever_stretch_of_the_text_is_looked_at(
    detector: Detector,
) -> None:
    table = RuleTable(detector.index)
    long = [n for n in range(len(table)) if 400 <= table.lengths[n] < 700][:40]
    hashes = np.concatenate([table.vocabulary[table.word_ids(n)] for n in long[::2]])
    every = grams(run_sums(hashes), SEED_WIDTH)
    runs = _Runs(table, every)
    for rule in long:
        known, at_rule = unique_runs(
            grams(run_sums(table.vocabulary[table.word_ids(rule)]), SEED_WIDTH)
        )
        words = dict(zip(known.tolist(), at_rule.tolist(), strict=True))
        for low, high in ((0, len(hashes)), (300, 2000), (1000, 1003)):
            there = every[low : max(low, high - SEED_WIDTH + 1)].tolist()
            assert runs.words_of(rule, low, high).tolist() == [words.get(r, -1) for r in there]
