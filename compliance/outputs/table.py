"""CSV: one line per component, safe to open in a spreadsheet (RFC 4180, OWASP CSV Injection)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from compliance.outputs import wording
from compliance.outputs.document import Document, listed, name_in_findings
from compliance.outputs.escaping import cell

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for a local code page."""
COLUMNS = (
    "component", "version", "package URL", "license", "category", "declared", "detected",
    "confidence", "scope", "artifacts", "verdicts", "verification", "modified", "copyrights",
    "evidence", "kind",
)  # fmt: skip


def render_csv(document: Document) -> bytes:
    """The table of components as UTF-8 with a byte order mark and CRLF line ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in component_table(document):
        writer.writerow([cell(v) for v in row])
    return (BYTE_ORDER_MARK + out.getvalue()).encode("utf-8")


def component_table(document: Document) -> Iterator[list[str]]:
    """The values of COLUMNS for each component, as they are: not yet safe for any medium."""
    verdicts = _verdicts(document)
    for module in listed(document):
        yield _row(module, verdicts.get(name_in_findings(module), []))


def _verdicts(document: Document) -> dict[str, list[str]]:
    """Findings of each component as `block: relink (node-agent)`, worst first."""
    made: dict[str, list[str]] = {}
    for finding in document["findings"]:
        where = f" ({finding['artifact']})" if finding["artifact"] else ""
        text = f"{finding['severity']}: {finding['code']}{where}"
        kept = made.setdefault(finding["component"] or "", [])
        if text not in kept:
            kept.append(text)
    return made


def _row(module: Document, verdicts: list[str]) -> list[str]:
    lic = module["license"]
    spans = [f"{e['file']}:{e['start_line']}-{e['end_line']}" for e in lic["evidence"]]
    return [
        module["path"],
        module["version"] or "",
        module["purl"],
        lic["concluded"],
        wording.CATEGORIES.get(lic["category"], lic["category"]),
        lic["declared"] or "",
        "; ".join(lic["detected"]),
        lic["confidence"],
        module["scope"],
        "; ".join(module["artifacts"]),
        "; ".join(verdicts),
        module["verification"],
        "yes" if module["modified"] else "no",
        "; ".join(module["copyrights"]),
        "; ".join(spans),
        module["kind"],
    ]
