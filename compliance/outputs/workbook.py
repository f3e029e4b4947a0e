"""XLSX: decision, findings, components and duties as sheets, for those who work in spreadsheets.

Every cell is written as text or number, never as a formula or a link; text that begins like a
formula also carries the mark that keeps it text when somebody edits the cell.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from compliance.outputs import wording
from compliance.outputs.causes import advice, purl_path
from compliance.outputs.escaping import acts_as_formula, visible
from compliance.outputs.table import COLUMNS, component_table

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from compliance.outputs.document import Document

MAX_CELL = 32_767
"""Characters that a cell of the format holds (ECMA-376, Excel's limits)."""
MAX_ROWS = 100_000
"""Rows of one sheet: beyond it no person reads, and spreadsheets stop at 1,048,576."""
COLORS = {
    "block": "#F9D6D8", "warn": "#FCE8CC", "review": "#E6DAF5", "latent": "#E3E7EA",
    "comply": "#D3EAF4", "pass": "#D8EEDC",
}  # fmt: skip
"""Grounds of verdicts; the word stands in the cell."""

Sheet = tuple[str, Sequence[tuple[str, int]], Iterable[Sequence[str | int]]]


def render_xlsx(document: Document) -> bytes:
    """The report as a workbook; equal documents give equal bytes."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(
        out,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
         "strings_to_numbers": False},
    )  # fmt: skip
    moment = datetime.datetime.fromisoformat(document["created"]).replace(tzinfo=None)
    book.set_properties(
        {"title": _cell(f"License report of {document['subject']['name']}")[:255],
         "created": moment}
    )  # fmt: skip
    formats = _formats(book)
    for sheet in (
        ("Decision", _DECISION, _decision(document)),
        ("Findings", _FINDINGS, _findings(document)),
        ("Components", _COMPONENTS, component_table(document)),
        ("Duties", _DUTIES, _duties(document)),
    ):
        _write(book.add_worksheet(sheet[0]), sheet, formats)
    book.close()
    return out.getvalue()


_DECISION = (
    ("artifact", 28), ("verdict", 10), ("reason", 60), ("what to do", 60), ("delivery", 24),
    ("outbound license", 22), ("components", 12),
)  # fmt: skip
_FINDINGS = (
    ("severity", 10), ("code", 26), ("artifact", 22), ("component", 40), ("license", 24),
    ("message", 70), ("what to do", 60), ("where", 34), ("path", 60), ("waiver", 24), ("new", 8),
    ("fingerprint", 20),
)  # fmt: skip
_WIDTHS = (44, 22, 30, 26, 16, 22, 26, 11, 10, 24, 30, 14, 10, 40, 30, 16)
_COMPONENTS = tuple(zip(COLUMNS, _WIDTHS, strict=True))
_DUTIES = (
    ("artifact", 28), ("component", 44), ("license", 24), ("duty", 30), ("satisfied by", 30),
)  # fmt: skip


def _decision(document: Document) -> Iterable[Sequence[str | int]]:
    for artifact in sorted(document["artifacts"], key=lambda a: wording.rank(a["verdict"])):
        shown = wording.shown_of(document, artifact)
        open_ = shown == "open" and not artifact.get("unread")
        yield (
            artifact["name"], shown if shown != "open" else "undecided", artifact["because"],
            wording.COMPLETE_FIRST if open_ else artifact["do"],
            wording.PROFILES.get(artifact["profile"], artifact["profile"]),
            wording.license_word(artifact["outbound"]), len(artifact["modules"]),
        )  # fmt: skip


def _findings(document: Document) -> Iterable[Sequence[str | int]]:
    for f in document["findings"]:
        place, waiver = f["location"], f["waiver"]
        where = f"{place['file']}:{place['line'] or ''}".rstrip(":") if place else ""
        todo = "; ".join(t for t in (advice(f), *(r["title"] for r in f["remedies"])) if t)
        yield (
            f["severity"], f["code"], f["artifact"] or "", purl_path(f["component"] or ""),
            wording.license_word(f["license"]) if f["license"] else "", f["message"], todo, where,
            " > ".join(h["node"] for h in f["path"]),
            f"{waiver['id']}: {waiver['state']}, expires {waiver['expires']}" if waiver else "",
            "yes" if f["new"] else "no", f["fingerprint"],
        )  # fmt: skip


def _duties(document: Document) -> Iterable[Sequence[str | int]]:
    for artifact in document["artifacts"]:
        for duty in artifact["duties"]:
            yield (
                artifact["name"], purl_path(duty["component"]), duty["license"],
                wording.DUTIES.get(duty["duty"], duty["duty"]), duty["satisfied_by"] or "",
            )  # fmt: skip


def _formats(book: Any) -> dict[str, Format]:  # noqa: ANN401 - xlsxwriter declares no types
    top = {"valign": "top"}
    return {
        "head": book.add_format({"bold": True, "bottom": 1, **top}),
        "text": book.add_format({"text_wrap": True, **top}),
        "quoted": book.add_format({"text_wrap": True, "quote_prefix": True, **top}),
        **{v: book.add_format({"bg_color": c, "bold": True, **top}) for v, c in COLORS.items()},
    }


def _write(page: Worksheet, sheet: Sheet, formats: dict[str, Format]) -> None:
    _, columns, rows = sheet
    for number, (title, width) in enumerate(columns):
        page.set_column(number, number, width)
        page.write_string(0, number, title, formats["head"])
    last = 0
    for last, row in enumerate(rows, 1):
        if last > MAX_ROWS:
            page.write_string(last, 0, "more stands in report.json", formats["text"])
            break
        for number, value in enumerate(row):
            if isinstance(value, int):
                page.write_number(last, number, value, formats["text"])
            elif value:
                page.write_string(last, number, _cell(value), _format(value, formats))
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(last, 1), len(columns) - 1)


def _format(value: str, formats: dict[str, Format]) -> Format:
    if value in COLORS:
        return formats[value]
    return formats["quoted" if acts_as_formula(value) else "text"]


def _cell(value: str) -> str:
    return visible(value, keep="")[:MAX_CELL]
