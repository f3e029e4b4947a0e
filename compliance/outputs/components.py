"""Components of a report: the rows of their table, and how their licenses spread over artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from compliance.outputs import wording
from compliance.outputs.causes import Cause
from compliance.outputs.document import Document, listed, name_in_findings
from compliance.report import OWN, SYSTEM
from compliance.value import dataclass

OPEN_NAMES = 3
"""Artifacts named in a row; the details name all, up to MAX_NAMES."""
MAX_NAMES = 500
LEAST_SHARE = 1.0
"""Percent: a smaller segment of a bar could not be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table of components."""

    path: str
    version: str
    license: str
    category: str
    scope: str
    verdict: str
    where: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a bar; x and width in percent."""

    key: str
    n: int
    x: float
    w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Components of one artifact by category of license."""

    name: str
    counts: Mapping[str, int]
    total: int
    segments: tuple[Segment, ...]


def everything(document: Document) -> list[Document]:
    """All components: what ships first, then by name."""
    scopes = list(wording.SCOPES)
    return sorted(
        listed(document), key=lambda m: (scopes.index(m["scope"]), m["path"], m["version"] or "")
    )


def shown_license(module: Document) -> tuple[str, str]:
    """License and category as shown; code of ours, and what was not read, is not "unknown"."""
    license_ = module["license"]
    word = wording.license_word(license_["concluded"])
    if word == "unknown" and module["main"]:
        return wording.CATEGORIES["own"], "own"
    if word == "unknown" and module["scope"] == "unused" and not license_["evidence"]:
        return wording.CATEGORIES["unread"], "unread"
    if license_["category"] in (SYSTEM, OWN):
        return wording.CATEGORIES[license_["category"]], str(license_["category"])
    category = license_["category"]
    return word, category if category in wording.CATEGORIES else "other"


def component_counts(document: Document) -> dict[str, int]:
    """Components of each artifact by its name: all that are listed, what is inside included."""
    return {bar.name: bar.total for bar in license_bars(document)}


def license_bars(document: Document) -> list[Bar]:
    """One bar per artifact, in the order of the document."""
    counts: dict[str, dict[str, int]] = {a["name"]: {} for a in document["artifacts"]}
    for module in listed(document):
        category = shown_license(module)[1]
        for name in module["artifacts"]:
            if name in counts:
                counts[name][category] = counts[name].get(category, 0) + 1
    return [_bar(name, found) for name, found in counts.items()]


def _bar(name: str, counts: Mapping[str, int]) -> Bar:
    total = sum(counts.values())
    small = {k for k, n in counts.items() if 100 * n / total < LEAST_SHARE}
    free = 100 - LEAST_SHARE * len(small)
    rest = sum(n for k, n in counts.items() if k not in small) or 1
    x, segments = 0.0, []
    for key in wording.CATEGORIES:
        if key in counts:
            width = LEAST_SHARE if key in small else free * counts[key] / rest
            segments.append(
                Segment(key=key, n=counts[key], x=round(x, 3), w=round(max(width - 0.15, 0.1), 3))
            )
            x += width
    return Bar(name=name, counts=counts, total=total, segments=tuple(segments))


def license_counts(document: Document) -> list[tuple[str, str, int]]:
    """(license, category, number of shipped components), most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for module in everything(document):
        if module["artifacts"]:
            key = shown_license(module)
            counts[key] = counts.get(key, 0) + 1
    return [(*k, n) for k, n in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))]


def facets(rows: Sequence[Row]) -> tuple[tuple[str, str, list[tuple[str, str, int]]], ...]:
    """Filters of the table: key, label, and (value, words, number of rows) of what occurs."""
    return (
        ("c", "License", _facet([r.category for r in rows], wording.CATEGORIES)),
        ("s", "Scope", _facet([r.scope for r in rows], wording.SCOPES)),
        ("v", "Verdict", _facet([r.verdict for r in rows], wording.VERDICTS)),
    )


def component_rows(
    document: Document, causes: tuple[Cause, ...], linked: Set[str]
) -> tuple[list[Row], list[list[object]]]:
    """Rows of the table, and for each row what its details show, in the order the script knows.

    Args:
        document: `compliance/report/1`, every string visible.
        causes: All causes of the report.
        linked: Ids of the causes that the page shows.
    """
    worst = {c.component: c for c in causes if c.component}
    owed = {
        d["component"]
        for a in document["artifacts"]
        for d in a["duties"]
        if d["duty"] not in wording.TEXT_DUTIES
    }
    numbers = {a["name"]: n for n, a in enumerate(document["artifacts"])}
    rows, details = [], []
    for module in everything(document):
        cause = worst.get(name_in_findings(module))
        row = _row(module, _component_verdict(document, module, cause, owed))
        shown = cause if cause and cause.id in linked else None
        rows.append(row)
        details.append(_details(module, row, shown, numbers))
    return rows, details


def _row(module: Document, verdict: str) -> Row:
    shown, category = shown_license(module)
    return Row(
        path=module["path"],
        version=module["version"] or "",
        license=shown,
        category=category,
        scope=module["scope"],
        verdict=verdict,
        where=_where(module),
        proof="; ".join(_span(e) for e in module["license"]["evidence"]),
    )


def _details(
    module: Document, row: Row, cause: Cause | None, numbers: Mapping[str, int]
) -> list[object]:
    """What the row does not say already; evidence is taken from the row."""
    license_ = module["license"]
    return [
        _unless(module["purl"], f"pkg:golang/{row.path}@{row.version}"),
        _unless(", ".join(license_["detected"]), row.license),
        _unless(license_["declared"] or "", row.license),
        license_["confidence"],
        "; ".join(module["copyrights"]),
        _integrity(module),
        [cause.id, cause.title] if cause else None,
        [
            [p["import_path"], wording.license_word(p["license"])]
            for p in module["package_licenses"]
        ],
        [numbers[n] for n in module["artifacts"] if n in numbers][:MAX_NAMES],
    ]


def _component_verdict(
    document: Document, module: Document, cause: Cause | None, owed: Set[str]
) -> str:
    if cause is not None:
        return wording.shown_verdict(document, cause.severity)
    if not module["artifacts"] or module["license"]["category"] == SYSTEM:
        return "none"
    verdict = "comply" if name_in_findings(module) in owed else "pass"
    return (
        "open"
        if shown_license(module)[0] == "unknown"
        else wording.shown_verdict(document, verdict)
    )


def _unless(text: str, shown: str) -> str | int:
    """0 where the script can take the text from the row: the page holds it once."""
    return 0 if text == shown else text


def _where(module: Document) -> str:
    names = module["artifacts"]
    if module["license"]["category"] == SYSTEM:
        return "nothing: the system has it"
    if len(names) > OPEN_NAMES:
        more = len(names) - OPEN_NAMES + 1
        return f"{', '.join(names[: OPEN_NAMES - 1])} and {more} more"
    return ", ".join(names) or wording.SCOPES.get(module["scope"], str(module["scope"]))


def _integrity(module: Document) -> str:
    because = module["verification_because"]
    changed = "; changed against the published module" if module["modified"] else ""
    return f"{module['verification']}{': ' if because else ''}{because}{changed}"


def _span(evidence: Document) -> str:
    return f"{evidence['file']}:{evidence['start_line']}\u2013{evidence['end_line']}"


def _facet(values: list[str], words: Mapping[str, str]) -> list[tuple[str, str, int]]:
    return [(k, t, values.count(k)) for k, t in words.items() if k in values]
