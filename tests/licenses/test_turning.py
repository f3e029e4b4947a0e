"""When BUSL-1.1 turns into another license."""

from __future__ import annotations

import pytest

from compliance.licenses.parameters import value_spans, values
from compliance.licenses.turning import Turn, turn_of


@pytest.mark.parametrize(
    ("stated", "day", "years"),
    [
        ("2028-01-31", "2028-01-31", None),
        ("2028/1/2", "2028-01-02", None),
        ("January 1, 2030", "2030-01-01", None),
        ("Jan 1 2030", "2030-01-01", None),
        ("3rd of March 2027", "2027-03-03", None),
        ("Four years from the date the Licensed Work is published.", None, 4),
        ("Four (4) years after the release of the Licensed Work", None, 4),
        ("3 years from release", None, 3),
        ("2026-02-30", None, None),
        ("When the moon is full", None, None),
        ("", None, None),
    ],
)
def test_dates(stated: str, day: str | None, years: int | None) -> None:
    turn = turn_of({"Change Date": stated, "Change License": "MPL 2.0"})
    assert turn == Turn(day=day, years=years, license="MPL-2.0")


@pytest.mark.parametrize(
    ("written", "license_"),
    [
        ("MPL 2.0", "MPL-2.0"),
        ("Mozilla Public License, version 2.0", "MPL-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Version 2 or later of the GNU General Public License as published", "GPL-2.0-or-later"),
        ("GNU General Public License v2.0 or later", "GPL-2.0-or-later"),
        ("GNU General Public License, version 3", "GPL-3.0-only"),
        ("GNU Affero General Public License v3.0 or any later version", "AGPL-3.0-or-later"),
        ("MIT", "MIT"),
        ("AGPL-3.0-or-later", "AGPL-3.0-or-later"),
        ("GPLv2+", "GPL-2.0-or-later"),
        ("a license that we shall choose", None),
        ("", None),
    ],
)
def test_licenses(written: str, license_: str | None) -> None:
    turn = turn_of({"Change Date": "2030-01-01", "Change License": written})
    assert (turn.license if turn else None) == license_


@pytest.mark.parametrize(
    ("day", "years", "published", "turns"),
    [
        ("2030-01-01", None, None, "2030-01-01"),
        ("2030-01-01", None, "2024-05-06", "2028-08-04"),  # the anniversary comes first
        ("2025-01-01", None, "2024-05-06", "2025-01-01"),
        (None, 4, "2023-12-01", "2028-02-29"),
        (None, 3, "2023-12-01", "2027-03-01"),
        (None, 9, "2024-01-01", "2028-03-31"),
        (None, 4, None, None),
    ],
)
def test_the_earlier_day_counts(
    day: str | None, years: int | None, published: str | None, turns: str | None
) -> None:
    assert Turn(day=day, years=years, license="MIT").on(published) == turns


def test_a_notice_in_a_source_file_states_both() -> None:
    text = b"""// Use of this software is governed by the Business Source License included
// in the file licenses/BSL.txt.
//
// Change Date: 2022-10-01
//
// On the date above, in accordance with the Business Source License, use
// of this software will be governed by the Apache License, Version 2.0,
// included in the file licenses/APL.txt.

package x
"""
    found = dict(values(text, value_spans(text)))
    assert found["Change Date"] == "2022-10-01"
    assert turn_of(found) == Turn(day="2022-10-01", years=None, license="Apache-2.0")
