"""Every license that detection can name has facts, so that none blocks for being unheard of."""

from __future__ import annotations

from compliance.licenses import Detector, Expression, InvalidExpressionError
from compliance.policy import category

UNHEARD = {"any-OSI", "any-OSI-perl-modules"}
"""Ids that stand for whatever the Open Source Initiative approved: no terms of their own."""


def test_every_id_of_the_index_has_a_category() -> None:
    named: set[str] = set()
    for text in Detector.open().index.strings("expressions"):
        try:
            named.update(str(term) for term in Expression.parse(text).licenses())
        except InvalidExpressionError:
            continue
    assert len(named) > 1000
    spdx = {name for name in named if not name.startswith("LicenseRef-")}
    assert {name for name in spdx if category(name) == "unknown"} == UNHEARD
