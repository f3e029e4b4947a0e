"""XLSX: read back with nothing but its own XML; no formula, no link, the same bytes again."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import pytest

from compliance import outputs
from compliance.report import ScanReport
from tests.outputs import reports, states

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class Book:
    """Sheets of a workbook as rows of text."""

    def __init__(self, data: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        self.parts = {n: self.zip.read(n) for n in self.zip.namelist()}
        strings = ElementTree.fromstring(self.parts["xl/sharedStrings.xml"])
        self.strings = ["".join(t.text or "" for t in s.iter(f"{MAIN}t")) for s in strings]
        names = ElementTree.fromstring(self.parts["xl/workbook.xml"]).iter(f"{MAIN}sheet")
        self.names = [s.get("name") for s in names]

    def sheet(self, number: int) -> ElementTree.Element:
        return ElementTree.fromstring(self.parts[f"xl/worksheets/sheet{number}.xml"])

    def rows(self, number: int) -> list[list[str]]:
        made = []
        for row in self.sheet(number).iter(f"{MAIN}row"):
            cells = [(c.get("t"), c.findtext(f"{MAIN}v") or "") for c in row]
            made.append([self.strings[int(v)] if kind == "s" else v for kind, v in cells])
        return made


def book(report: ScanReport) -> Book:
    return Book(outputs.render("xlsx", report))


def test_sheets_and_what_they_say() -> None:
    made = book(states.incident())
    assert made.names == ["Decision", "Findings", "Components", "Duties"]
    assert made.rows(1)[1][:2] == ["control-plane", "block"]
    assert made.rows(2)[1][:3] == ["block", "boundary-broken", "control-plane"]
    assert len(made.rows(3)) == len(states.incident().components) + 1
    assert "License text" in made.rows(4)[1]


@pytest.mark.parametrize("state", states.STATES)
def test_no_cell_is_a_formula_or_a_link(state: str) -> None:
    made = book(states.STATES[state]())
    for number in range(1, 5):
        sheet = made.sheet(number)
        assert list(sheet.iter(f"{MAIN}f")) == []
        assert list(sheet.iter(f"{MAIN}hyperlink")) == []
    assert not any("externalLink" in n or n.endswith(".bin") for n in made.parts)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1", "\t=1", "https://x.example/"])
def test_text_that_looks_like_a_formula_stays_text_when_it_is_edited(text: str) -> None:
    made = book(states.hostile_findings(text))
    styles = ElementTree.fromstring(made.parts["xl/styles.xml"])
    quoted = [x.get("quotePrefix") for x in styles.find(f"{MAIN}cellXfs") or ()]
    for row in made.sheet(2).iter(f"{MAIN}row"):
        for cell in row:
            value = cell.findtext(f"{MAIN}v") or ""
            shown = made.strings[int(value)] if cell.get("t") == "s" else ""
            if shown.startswith(("=", "+", "-", "@")):
                assert quoted[int(cell.get("s", "0"))] == "1"


def test_control_characters_and_long_texts_are_bounded() -> None:
    made = book(states.hostile_findings("\x1b\u202e\x00" + "a" * 40_000))
    assert all(len(s) <= 32_767 and s.isprintable() for s in made.strings)


def test_equal_reports_give_equal_bytes() -> None:
    assert outputs.render("xlsx", reports.mixed()) == outputs.render("xlsx", reports.mixed())


def test_an_incomplete_scan_allows_nothing() -> None:
    made = book(reports.incomplete())
    assert {row[1] for row in made.rows(1)[1:]} == {"undecided"}
