"""Every license that detection can name has facts, so that none blocks for being unheard of."""

from __future__ import annotations

from compliance.licenses import Detector, Expression, InvalidExpressionError
from compliance.policy import category

UNHEARD = {"any-OSI", "any-OSI-perl-modules"}
"""Ids that stand for whatever the Open Source Initiative approved: no terms of their own."""

MOST_BY_NAME_ALONE = 40
"""Ids of the SPDX list whose texts no data has: they are told by name, nobody read their terms."""


def test_every_id_of_the_index_has_a_category() -> None:
    index = Detector.open().index
    named: set[str] = set()
    for text in index.strings("expressions"):
        try:
            named.update(str(term) for term in Expression.parse(text).licenses())
        except InvalidExpressionError:
            continue
    assert len(named) > 1000
    spdx = {name for name in named if not name.startswith("LicenseRef-")}
    unheard = {name for name in spdx if category(name) == "unknown"}
    by_name_alone = {name for name in unheard if index.text(name) is None}
    assert unheard - by_name_alone == UNHEARD
    assert len(by_name_alone) <= MOST_BY_NAME_ALONE
