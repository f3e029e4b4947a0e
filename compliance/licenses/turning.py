"""When a license turns into another: the Change Date and Change License of BUSL-1.1.

The license turns, for each version apart, "on the Change Date, or the fourth anniversary of the
first publicly available distribution of a specific version ... whichever comes first" (BUSL-1.1,
Terms).
"""

from __future__ import annotations

from calendar import month_name
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from compliance import patterns as re
from compliance.value import dataclass

ANNIVERSARY_YEARS: Final = 4
MARGIN_DAYS: Final = 90
"""A version is known by the day of its commit; it may be published so much later."""

_MONTHS: Final = tuple(month_name)[1:]
_NUMBERS: Final = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_ISO: Final = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_WRITTEN: Final = re.compile(
    r"(?P<m1>[a-z]{3,9})\.? (?P<d1>\d{1,2})(?:st|nd|rd|th)?,? (?P<y1>\d{4})"
    r"|(?P<d2>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<m2>[a-z]{3,9})\.?,? (?P<y2>\d{4})"
)
_YEARS: Final = re.compile(
    r"(?P<n>\d|one|two|three|four|five)(?: \(\d\))? years? (?:from|after|following|since)\b"
)
_LATER: Final = r"\bor[- ](?:\(at your option\) )?(?:any )?(?:later|newer|greater)\b|\d\+"
_GNU: Final = r"general public licen[sc]e"
_LICENSES: Final = (
    ("apache", "2", "Apache-2.0"),
    ("mpl|mozilla public licen[sc]e", "2", "MPL-2.0"),
    (f"agpl|affero {_GNU}", "3", "AGPL-3.0"),
    (f"lgpl|lesser {_GNU}", "3", "LGPL-3.0"),
    (f"lgpl|lesser {_GNU}", r"2\.1", "LGPL-2.1"),
    (f"gpl|{_GNU}", "3", "GPL-3.0"),
    (f"gpl|{_GNU}", "2", "GPL-2.0"),
    ("mit", "", "MIT"),
    ("bsd", "3", "BSD-3-Clause"),
    ("bsd", "2", "BSD-2-Clause"),
)
"""Words that name a license, its version, and the SPDX id (GNU licenses without -only)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A change to come: `day` (ISO 8601) or `years` after publication, and the license then."""

    day: str | None
    years: int | None
    license: str

    def on(self, published: str | None) -> str | None:
        """The day of the change for a version that was committed on a day (both ISO 8601).

        The earlier of the stated day and the anniversary of its publication, for which a margin is
        added to the commit; None where neither is known.
        """
        years = min(self.years or ANNIVERSARY_YEARS, ANNIVERSARY_YEARS)
        days = [d for d in (self.day, _years_after(published, years)) if d is not None]
        return min(days, default=None)


def turn_of(parameters: Mapping[str, str]) -> Turn | None:
    """The change that the parameters of a license state; None where its license is not clear."""
    becomes = _license(parameters.get("Change License", ""))
    if becomes is None:
        return None
    stated = " ".join(parameters.get("Change Date", "").lower().split())
    found = _YEARS.search(stated)
    years = None
    if found is not None:
        years = _NUMBERS.get(found["n"]) or int(found["n"])
    return Turn(day=None if found else _day(stated), years=years, license=becomes)


def _license(value: str) -> str | None:
    said = " ".join(value.lower().split())
    for words, version, name in _LICENSES:
        named = re.search(rf"\b(?:{words})(?:v?\d|\b)", said)
        if named is None or not re.search(rf"(?<![\d.])v?{version}(?:\.0)?(?![\d.]*\d)", said):
            continue
        if "GPL" not in name:
            return name
        return f"{name}-or-later" if re.search(_LATER, said) else f"{name}-only"
    return None


def _day(stated: str) -> str | None:
    iso = _ISO.search(stated)
    if iso is not None:
        return _checked(int(iso[1]), int(iso[2]), int(iso[3]))
    written = _WRITTEN.search(stated)
    if written is None:
        return None
    said = (written["m1"] or written["m2"])[:3]
    month = next((n for n, m in enumerate(_MONTHS, 1) if m.lower().startswith(said)), 0)
    year, day = written["y1"] or written["y2"], written["d1"] or written["d2"]
    return _checked(int(year), month, int(day))


def _checked(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _years_after(published: str | None, years: int) -> str | None:
    if published is None:
        return None
    try:
        start = date.fromisoformat(published) + timedelta(days=MARGIN_DAYS)
    except OverflowError:
        return None
    year = start.year + years
    if (start.month, start.day) == (2, 29):
        return _checked(year, 2, 29) or _checked(year, 3, 1)
    return _checked(year, start.month, start.day)
