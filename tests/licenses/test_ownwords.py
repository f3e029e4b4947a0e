"""Words of a text that are those of a license: many questions are answered as one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from compliance.licenses import Detector
from compliance.licenses.ownwords import OwnWords, own_share
from compliance.licenses.rules import RuleTable
from compliance.licenses.tokens import plain, words

if TYPE_CHECKING:
    from compliance.licenses.tokens import U64

NAMES = ("GPL-2.0-only", "Apache-2.0", "MIT", "no-such-license")


@pytest.fixture(scope="module")
def table(detector: Detector) -> RuleTable:
    return RuleTable(detector.index)


def _hashes(detector: Detector) -> U64:
    texts = [detector.index.text(n) or "" for n in NAMES]
    parts = [t[a : a + 3000] for t in texts for a in (0, len(t) // 3)]
    return words(plain("\n".join([*parts, "words of nobody else in a row here"]).encode())).hashes


def test_many_stretches_are_as_one_by_one(detector: Detector, table: RuleTable) -> None:
    hashes = _hashes(detector)
    spans = [(a, len(hashes) - a // 2) for a in range(0, len(hashes), 31)]
    spans += [(a, min(len(hashes), a + n)) for a in range(0, len(hashes), 7) for n in (3, 5, 9)]
    groups = [spans[n : n + 3] for n in range(0, len(spans), 3)]

    own = OwnWords(table, NAMES, hashes)

    assert own.are_whole(spans) == [own_share(table, NAMES, hashes, [s]) == 1 for s in spans]
    assert any(own.are_whole(spans))
    assert [own.share(g) for g in groups] == [own_share(table, NAMES, hashes, g) for g in groups]


def test_few_stretches_are_answered_as_many(detector: Detector, table: RuleTable) -> None:
    hashes = _hashes(detector)
    spans = [(0, 40), (len(hashes) - 7, len(hashes)), (3, 3)]

    few = OwnWords(table, NAMES, hashes).are_whole(spans)

    assert few == OwnWords(table, NAMES, hashes).are_whole(spans * 300)[:3] == [True, False, False]
    assert OwnWords(table, (), hashes).share([(0, 40)]) == 0
