"""The audit of module mirrors: as JSON, as a table for the terminal, as a page with pictures."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from compliance.integrity import PARTS, STATUSES
from compliance.outputs.document import Document, finding_document
from compliance.outputs.escaping import visible_document

if TYPE_CHECKING:
    from compliance.integrity import MirrorSummary, ModuleAudit, Sample
    from compliance.report import MirrorAudit

TEMPLATE = "audit.html.j2"
_COLUMNS = 100
"""Squares in a row of the picture of all modules."""
_WIDTH = 640.0
_CURVE_POINTS = 120


def audit_document(audit: MirrorAudit) -> Document:
    """`compliance/audit/1`."""
    outcome = "fail" if any(f.severity.word == "block" for f in audit.findings) else "pass"
    return {
        "schema": "compliance/audit/1",
        "path": audit.path,
        "outcome": "incomplete" if audit.incomplete and outcome == "pass" else outcome,
        "resumed": audit.resumed,
        "mirrors": [_mirror(m) for m in audit.mirrors],
        "modules": [_module(m) for m in audit.modules],
        "findings": [finding_document(f) for f in audit.findings],
    }


def _mirror(item: MirrorSummary) -> Document:
    caching: dict[str, dict[str, int]] = {}
    for (part, value), count in sorted(item.caching.items()):
        caching.setdefault(part, {})[value] = count
    return {
        "url": item.url,
        "requests": item.requests,
        "failure_rate": round(item.failure_rate, 4),
        "latency": {
            "median": item.median and round(item.median, 4),
            "p95": item.p95 and round(item.p95, 4),
        },
        "bytes": item.size,
        "redirects": item.redirects,
        "lagging": item.lagging,
        "validated": item.validated,
        "cache_control": caching,
        "parts": {p: {s: item.counts.get((p, s), 0) for s in STATUSES} for p in PARTS},
    }


def _module(item: ModuleAudit) -> Document:
    return {
        "path": item.module.path,
        "version": item.module.version,
        "private": item.private,
        "expected": {
            part: {"sum": total, "by": witness}
            for part, (total, witness) in sorted(item.expected.items())
        },
        "time_drift": list(item.drift),
        "differences": list(item.differences),
        "answers": [_answer(s) for s in item.samples],
    }


def _answer(item: Sample) -> Document:
    return {
        "mirror": item.mirror,
        "part": item.part,
        "status": item.status,
        "reason": item.reason or None,
        "sum": item.sum or None,
        "time": item.time or None,
        "lacks": list(item.lacks),
        "seconds": round(item.seconds, 4),
        "bytes": item.size,
        "redirects": item.redirects,
        "headers": dict(item.headers),
    }


# --- terminal -------------------------------------------------------------------------------------

_HEADS = ("requests", "same", "missing", "differ", "failed", "lagging", "median", "p95", "MB")


def render_audit(document: Document) -> str:
    """A table of the mirrors, then the findings, one a line."""
    rows = [("mirror", *_HEADS)]
    for mirror in document["mirrors"]:
        total = {s: sum(mirror["parts"][p][s] for p in PARTS) for s in STATUSES}
        rows.append((
            mirror["url"], str(mirror["requests"]), str(total["ok"]), str(total["missing"]),
            str(total["differs"] + total["damaged"]), f"{mirror['failure_rate']:.1%}",
            str(mirror["lagging"]), _seconds(mirror["latency"]["median"]),
            _seconds(mirror["latency"]["p95"]), f"{mirror['bytes'] / 1e6:.1f}",
        ))  # fmt: skip
    widths = [max(len(r[n]) for r in rows) for n in range(len(rows[0]))]
    lines = [
        "  ".join(w.ljust(widths[n]) if n == 0 else w.rjust(widths[n]) for n, w in enumerate(row))
        for row in rows
    ]
    private = sum(m["private"] for m in document["modules"])
    asked = len(document["modules"]) - private
    lines += ["", f"{asked} modules; {private} private ones were asked of nobody"]
    for finding in document["findings"]:
        lines += ["", f"{finding['severity']}: {finding['message']} [{finding['code']}]"]
        lines += [f"  {finding['remedy']}"] if finding["remedy"] else []
    return "\n".join(lines) + "\n"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value * 1000:.0f} ms"


# --- page -----------------------------------------------------------------------------------------


def render_audit_page(document: Document) -> bytes:
    """One self-contained HTML file (UTF-8) without script; pictures are SVG."""
    from compliance.outputs.templating import render_template, template_text

    shown = visible_document(document)
    css = template_text("audit.css")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode("ascii")
    context = {
        "a": shown,
        "css": css,
        "css_hash": f"sha256-{digest}",
        "parts": PARTS,
        "statuses": STATUSES,
        "outcomes": [_bars(m) for m in shown["mirrors"]],
        "latency": _latency(shown),
        "squares": _squares(shown),
        "private": sum(m["private"] for m in shown["modules"]),
        "gaps": any(m["parts"][p]["missing"] for m in shown["mirrors"] for p in PARTS),
    }
    return render_template(TEMPLATE, context, {"ms": _seconds}).encode("utf-8")


def _bars(mirror: Document) -> list[Document]:
    """For each part the stretches of a bar: what share of the answers had which status."""
    made = []
    for part in PARTS:
        counts = mirror["parts"][part]
        total = sum(counts.values())
        x = 0.0
        stretches = []
        for status in STATUSES:
            width = _WIDTH * counts[status] / total if total else 0.0
            if width:
                stretches.append({
                    "x": round(x, 2), "width": round(width, 2), "status": status,
                    "count": counts[status],
                })  # fmt: skip
            x += width
        made.append({"part": part, "stretches": stretches, "total": total})
    return made


def _latency(document: Document) -> Document:
    """Share of the answers (upwards) that came within a time (to the right), as a curve each."""
    curves = []
    top = 0.0
    every: list[list[float]] = []
    for number, _ in enumerate(document["mirrors"]):
        seconds = sorted(
            s["seconds"]
            for m in document["modules"]
            for s in m["answers"]
            if s["mirror"] == number and s["status"] != "failed"
        )
        every.append(seconds)
        if seconds:
            top = max(top, seconds[int(0.99 * (len(seconds) - 1))])
    limit = _round_up(top)
    for number, seconds in enumerate(every):
        curves.append({"number": number, "points": _curve(seconds, limit)})
    ticks = [{"x": round(_WIDTH * n / 4, 2), "label": _seconds(limit * n / 4)} for n in range(5)]
    return {"curves": curves, "ticks": ticks, "width": _WIDTH}


def _curve(seconds: Sequence[float], limit: float) -> str:
    points = ["0,160"]
    count = len(seconds)
    for step in range(1, _CURVE_POINTS + 1):
        at = min(count - 1, step * count // _CURVE_POINTS)
        if at < 0:
            break
        x = min(_WIDTH, _WIDTH * seconds[at] / limit)
        points.append(f"{x:.1f},{160 - 160 * step / _CURVE_POINTS:.1f}")
    return " ".join(points)


def _round_up(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten; at least a millisecond."""
    step = 0.001
    while True:
        for factor in (1, 2, 5):
            if value <= step * factor:
                return step * factor
        step *= 10


def _squares(document: Document) -> list[Document]:
    """One square per module for each mirror, with the worst of its answers."""
    rank = {s: n for n, s in enumerate(("ok", "missing", "failed", "damaged", "differs"))}
    made = []
    for number, mirror in enumerate(document["mirrors"]):
        cells = []
        for at, module in enumerate(document["modules"]):
            own = [s["status"] for s in module["answers"] if s["mirror"] == number]
            worst = max(own, key=rank.__getitem__, default="private")
            row, column = divmod(at, _COLUMNS)
            cells.append({
                "x": column * 7, "y": row * 7, "status": worst,
                "name": f"{module['path']}@{module['version']}",
            })  # fmt: skip
        rows = (len(document["modules"]) + _COLUMNS - 1) // _COLUMNS
        made.append({"url": mirror["url"], "cells": cells, "height": max(1, rows) * 7})
    return made
