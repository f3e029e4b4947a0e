"""The report page: one self-contained HTML file, harmless with any input.

The template holds the words and the structure, this module groups and counts. Security rests on
four things: every string is made visible before it is placed, the template escapes all of them,
the Content-Security-Policy allows one style and one script by hash and no request at all, and the
script writes text nodes only. No link carries data from the input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any

from compliance import patterns as re
from compliance.outputs import wording
from compliance.outputs.causes import Cause, find_causes
from compliance.outputs.components import (
    component_rows,
    everything,
    facets,
    license_bars,
    license_counts,
)
from compliance.outputs.document import Document
from compliance.outputs.duties import DutyList, find_duties
from compliance.outputs.escaping import visible_document
from compliance.outputs.grouping import decided_artifacts, group_artifacts
from compliance.outputs.templating import (
    csp_hash,
    prepare_template,
    render_template,
    template_text,
)

TEMPLATE = "report.html.j2"
OPEN_ARTIFACTS = 12
OPEN_PASSES = 5
"""Artifacts shown at once, and those of them that pass; the rest is folded."""
MAX_LINES = 200
"""Lines of one list of what a change does."""
OPEN_CAUSES = 30
OPEN_LANES = 5
OPEN_REST = 6
OPEN_EDITS = 6
OPEN_LICENSES = 18
OPEN_HOPS = 8
"""Longer paths are folded in the middle, so that start, cause and both ends stay in view."""
HEAD_HOPS, TAIL_HOPS = 3, 4
MAX_CAUSES = 200
MAX_REACH = 100
MAX_NAMES = 500
MAX_EXCERPTS = 20
"""Lists that a person no longer reads; report.json has them whole."""
MAX_EXCERPT_LINES = 80
MAX_EXCERPT_COLUMNS = 400
"""An excerpt is for reading; one line of a minified file must not make the page."""

_LONG_PATH = 24
"""Shorter ones fit into any column."""
_NO_BREAK = re.compile(r"(?<![\w/.@-])[A-Za-z0-9]{1,12}(?:-[A-Za-z0-9.]{1,12}){1,3}(?![\w/@-])")
"""An entry that a remedy proposes for a policy file."""


def render_html(document: Document) -> bytes:
    """The page for a document `compliance/report/1`, as UTF-8.

    Same document, same bytes.
    """
    return render_template(TEMPLATE, page_context(document), FILTERS).encode("utf-8")


def page_context(document: Document) -> dict[str, Any]:
    """All names of the template: what is grouped and counted, our style and script."""
    shown = visible_document(_cut(document))
    css = template_text("report.css") + _page_mark(shown)
    script = template_text("report.js")
    return {
        **_context(shown),
        "css": css,
        "js": script,
        "css_hash": csp_hash(css),
        "js_hash": csp_hash(script),
    }


def prepare() -> None:
    """Load the template engine and the page, ahead of their use."""
    prepare_template(TEMPLATE)


def _cut(document: Document) -> Document:
    """The document with quoted lines cut into pieces, while the ranges still fit their text."""
    return {**document, "findings": [_cut_finding(f) for f in document["findings"]]}


def _cut_finding(finding: Document) -> Document:
    quoted = [
        {**e, "excerpt": [_marked(line) for line in e["excerpt"][: MAX_EXCERPT_LINES + 1]]}
        for e in finding["evidence"]
    ]
    return {**finding, "evidence": quoted}


def _page_mark(document: Document) -> str:
    """Foot of each printed page. Only hex digits, digits and hyphens of the input reach the CSS."""
    commit = "".join(re.findall(r"[0-9a-f]", document["subject"]["commit"] or ""))[:10]
    day = "".join(re.findall(r"[0-9-]", document["created"][:10]))
    mark = " / ".join(part for part in (commit, day) if part)
    return (
        f'@page {{ @bottom-left {{ content: "license report {mark}"; font: 8pt sans-serif; }} }}\n'
    )


def _unbroken(text: object) -> object:
    """Identifiers, dates and names of up to four parts are not broken at their hyphens.

    Lines for a policy file stand apart as code, to be copied as they are.
    """
    from markupsafe import Markup, escape

    pieces = wording.POLICY_LINES.split(str(escape(text)))
    for number, piece in enumerate(pieces):
        if number % 2:
            pieces[number] = f'<code class="lines">{piece}</code>'
        else:
            pieces[number] = _NO_BREAK.sub(r'<span class="nb">\g<0></span>', piece)
    return Markup("".join(pieces))  # noqa: S704 - escaped before


def _breakable(path: str) -> object:
    """A path that goes on in the next line after a slash, not within a word."""
    from markupsafe import Markup, escape

    if len(path) < _LONG_PATH or "/" not in path:
        return path
    return Markup(str(escape(path)).replace("/", "/<wbr>"))  # noqa: S704 - escaped before


FILTERS: dict[str, Callable[..., object]] = {
    "nb": _unbroken,
    "breakable": _breakable,
    "opening": wording.opening,
    "license": wording.license_word,
    "plural": wording.plural,
    "duties": wording.duty_list,
    "apart": lambda text, path: text.removeprefix(f"{path}@") or "nothing",
    "sentence": lambda text: f"{text.rstrip('.')}.",
}
"""Filters of the template."""


def _context(document: Document) -> dict[str, Any]:
    """All names of the template but the assets."""
    causes = find_causes(document)
    linked = {c.id for c in causes[: OPEN_CAUSES + MAX_CAUSES]}
    artifacts = decided_artifacts(document, document["artifacts"], causes)
    order = {a["name"]: i for i, a in enumerate(artifacts)}
    rows = group_artifacts(artifacts)
    held = sum(a["shown"] != "pass" for a in rows)
    opened = min(OPEN_ARTIFACTS, max(held, OPEN_PASSES))
    return {
        "r": document,
        "headline": wording.headline(document),
        "dek": f"{wording.summary(document)}. {wording.judged_under(document)}.",
        "incomplete": wording.is_incomplete(document),
        "artifacts": rows[:opened],
        "folded": rows[opened:],
        "causes": causes[:OPEN_CAUSES],
        "more_causes": causes[OPEN_CAUSES:],
        "worst_more": min((c.severity for c in causes[OPEN_CAUSES:]), key=wording.rank, default=""),
        "change": _change_part(document),
        "binary": document["binary"],
        "differs": wording.BINARY_DIFFERENCES,
        "max_lines": MAX_LINES,
        "linked": linked,
        "open_bars": OPEN_ARTIFACTS,
        "changed": sum(s["value"] != s["default"] for s in document["policy"]["switches"]),
        **_license_part(document, order),
        **_duty_part(document, order),
        **_component_part(document, causes, linked),
        **CONSTANTS,
    }


def _change_part(document: Document) -> dict[str, Any] | None:
    """What a change does, in lines; None without a base."""
    change = document["change"]
    if change is None:
        return None
    wider = [f for f in document["findings"] if f["standing"] == "wider"]
    return {
        "counts": change["counts"],
        "parts": (
            ("Artifacts", [wording.artifact_step(a) for a in change["artifacts"]]),
            ("Modules", [wording.module_step(m) for m in wording.by_weight(change["modules"])]),
            (wording.INSIDE, [wording.inside_step(i) for i in change.get("inside", ())]),
            ("Wider, no new problem", [wording.widened(f) for f in wider]),
            ("Fixed by this change", [wording.of_artifact(f) for f in change["fixed"]]),
        ),
    }


def _license_part(document: Document, order: Mapping[str, int]) -> dict[str, Any]:
    """Bars, the list of licenses and the choices, artifacts in the order of the decision."""
    bars = sorted(license_bars(document), key=lambda b: order[b.name])
    counts = license_counts(document)
    used = {key for b in bars for key in b.counts}
    paths = {m["purl"]: m["path"] for m in everything(document)}
    chosen = [
        {**e, "artifact": a["name"], "path": paths.get(e["component"], e["component"])}
        for a in document["artifacts"]
        for e in a["elections"]
    ]
    return {
        "bars": bars,
        "categories": {k: t for k, t in wording.CATEGORIES.items() if k in used},
        "licenses": counts[:OPEN_LICENSES],
        "more_licenses": counts[OPEN_LICENSES:],
        "elections": sorted(chosen, key=lambda e: order[e["artifact"]]),
    }


def _duty_part(document: Document, order: Mapping[str, int]) -> dict[str, Any]:
    """Duties to work off one by one, and artifacts that owe texts only or nothing."""
    duties = sorted(find_duties(document), key=lambda d: order[d.artifact])
    settled: dict[str, list[DutyList]] = {}
    for entry in duties:
        if len(entry.rows) == 1 and entry.settled_by is not None:
            settled.setdefault(entry.settled_by, []).append(entry)
    told = {d.artifact for several in settled.values() if len(several) > 1 for d in several}
    return {
        "duties": [d for d in duties if d.rows and not d.only_texts and d.artifact not in told],
        "settled": [(by, several) for by, several in settled.items() if len(several) > 1],
        "only_texts": [d for d in duties if d.only_texts],
        "without_duties": _without(duties),
        "missing": sum(d.missing for d in duties),
    }


def _component_part(
    document: Document, causes: tuple[Cause, ...], linked: Set[str]
) -> dict[str, Any]:
    rows, details = component_rows(document, causes, linked)
    return {
        "components": rows,
        "details": {"names": [a["name"] for a in document["artifacts"]], "rows": details},
        "facets": facets(rows),
    }


def _without(duties: list[DutyList]) -> list[tuple[str, list[str]]]:
    """Artifacts that owe nothing, by the reason."""
    names: dict[str, list[str]] = {}
    for entry in duties:
        if not entry.rows:
            names.setdefault(entry.without, []).append(entry.artifact)
    return sorted(names.items())


def _fold(path: list[Document]) -> list[Document | list[Document]]:
    """Elements of a path; the middle of a long one is a list of its own."""
    if len(path) <= OPEN_HOPS:
        return list(path)
    return [*path[:HEAD_HOPS], path[HEAD_HOPS:-TAIL_HOPS], *path[-TAIL_HOPS:]]


def _lines(evidence: Document) -> Document:
    """Excerpt or diff within the limits of a page; `cut` says that lines were left out."""
    diff = evidence.get("diff") or []
    excerpt = evidence["excerpt"]
    return {
        "diff": [(op, n, text[:MAX_EXCERPT_COLUMNS]) for op, n, text in diff[:MAX_EXCERPT_LINES]],
        "excerpt": excerpt[:MAX_EXCERPT_LINES],
        "cut": max(len(excerpt), len(diff)) > MAX_EXCERPT_LINES,
    }


def _marked(line: Document) -> tuple[int, list[tuple[bool, str]]]:
    """A line as pieces (matched or not, text), whatever order the ranges have."""
    text, at = line["text"][:MAX_EXCERPT_COLUMNS], 0
    pieces: list[tuple[bool, str]] = []
    for start, end in sorted(tuple(m) for m in line["matched"]):
        begin = max(start, at)
        if end > begin:
            pieces += [(False, text[at:begin]), (True, text[begin:end])]
            at = end
    pieces.append((False, text[at:]))
    return line["line"], [p for p in pieces if p[1]]


CONSTANTS: Mapping[str, Any] = {
    "words": wording.VERDICTS,
    "meanings": wording.MEANINGS,
    "edges": wording.EDGES,
    "fold": _fold,
    "lines": _lines,
    "open_lanes": OPEN_LANES,
    "open_rest": OPEN_REST,
    "open_edits": OPEN_EDITS,
    "open_duties": OPEN_ARTIFACTS,
    "max_causes": MAX_CAUSES,
    "max_reach": MAX_REACH,
    "max_names": MAX_NAMES,
    "max_who": OPEN_LICENSES,
    "max_excerpts": MAX_EXCERPTS,
}
"""Names of the template that no document changes."""
