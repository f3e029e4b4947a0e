"""CSV: one line per component, and no formula."""

from __future__ import annotations

import csv
import io

import pytest

from compliance import outputs
from compliance.outputs.escaping import cell
from compliance.report import ScanReport
from tests.outputs import reports, states
from tests.outputs.golden import agree


def table(report: ScanReport) -> list[dict[str, str]]:
    text = outputs.render("csv", report).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_incident(update_golden: bool) -> None:
    agree("incident/components.csv", outputs.render("csv", states.incident()), update=update_golden)


@pytest.mark.parametrize("state", states.STATES)
def test_one_row_per_component_and_no_cell_that_acts(state: str) -> None:
    report = states.STATES[state]()
    rows = table(report)
    assert len(rows) == len(report.components)
    for row in rows:
        for value in row.values():
            assert not value.lstrip().startswith(("=", "+", "-", "@"))
            assert value.isprintable()


def test_what_a_row_says() -> None:
    row = next(r for r in table(states.incident()) if r["component"] == states.DRIVER)
    assert row["license"] == "GPL-3.0-only"
    assert row["category"] == "strong copyleft"
    assert row["artifacts"] == "control-plane; fleet-api"
    assert row["verdicts"].startswith("block: boundary-broken (control-plane); block: strong")
    assert row["evidence"] == "LICENSE:1-21"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'⟨U+0009⟩=1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("plain-text", "plain-text"),
        ("", ""),
    ],
)
def test_formulas_are_guarded(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_spreadsheets_see_utf_8() -> None:
    assert outputs.render("csv", reports.small()).startswith(b"\xef\xbb\xbfcomponent,")
