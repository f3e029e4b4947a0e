"""The exact layer against a search that needs no index."""

from __future__ import annotations

import numpy as np
import pytest

from compliance.licenses import Index
from compliance.licenses.exact import Spans, find_exact, maximal
from compliance.licenses.rules import RuleTable
from compliance.licenses.tokens import plain, run_sums, words


@pytest.fixture(scope="module")
def table() -> RuleTable:
    return RuleTable(Index.open())


@pytest.mark.parametrize("seed", range(8))
def test_every_rule_is_found_in_its_own_words(table: RuleTable, seed: int) -> None:
    noise = words(b"zebra quilt").hashes
    for rule in range(seed, len(table), 907):
        own = table.vocabulary[table.word_ids(rule)]
        text = np.concatenate([noise, own, noise])
        spans, every = find_exact(table, run_sums(text))
        found = set(zip(every.rules.tolist(), every.starts.tolist(), strict=True))
        assert (rule, 2) in found
        assert any(
            s <= 2 and e >= 2 + len(own) for s, e in zip(spans.starts, spans.ends, strict=True)
        )


def test_one_changed_word_is_no_exact_match(table: RuleTable) -> None:
    text = Index.open().text("MIT") or ""
    whole, _ = find_exact(table, run_sums(words(plain(text.encode())).hashes))
    changed = words(plain(text.replace("without restriction", "with restriction").encode()))
    part, _ = find_exact(table, run_sums(changed.hashes))
    assert (whole.ends - whole.starts).max() > 160
    assert (part.ends - part.starts).max() < 160


def test_maximal_drops_what_is_contained() -> None:
    spans = Spans(np.array([1, 2, 3, 4]), np.array([0, 0, 5, 3]), np.array([4, 9, 9, 12]))
    kept = maximal(spans)
    assert list(
        zip(kept.rules.tolist(), kept.starts.tolist(), kept.ends.tolist(), strict=True)
    ) == [
        (2, 0, 9),
        (4, 3, 12),
    ]


def test_empty_text(table: RuleTable) -> None:
    spans, every = find_exact(table, run_sums(words(b"").hashes))
    assert len(spans) == len(every) == 0
