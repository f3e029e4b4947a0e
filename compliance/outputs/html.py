"""The report page: one self-contained HTML file, harmless with any input.

The template holds the words and the structure, this module groups and counts. Security rests on
four things: every string is made visible before it is placed, the template escapes all of them,
the Content-Security-Policy allows one style and one script by hash and no request at all, and the
script writes text nodes only. No link carries data from the input.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from compliance.outputs import wording
from compliance.outputs.causes import Cause, find_causes
from compliance.outputs.document import Document, node_name
from compliance.outputs.duties import DutyList, find_duties
from compliance.outputs.escaping import visible_document
from compliance.outputs.templating import render_template, template_text

TEMPLATE = "report.html.j2"
OPEN_ARTIFACTS = 12
OPEN_PASSES = 5
"""Artifacts shown at once, and those of them that pass; the rest is folded."""
OPEN_CAUSES = 30
OPEN_LANES = 5
OPEN_REST = 6
OPEN_NAMES = 3
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
LEAST_SHARE = 1.0
"""Percent: a smaller segment of a bar could not be seen."""

_NO_BREAK = re.compile(r"(?<![\w/.@-])[A-Za-z0-9]{1,12}(?:-[A-Za-z0-9.]{1,12}){1,3}(?![\w/@-])")


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
    counts: dict[str, int]
    total: int
    segments: tuple[Segment, ...]


def render_html(document: Document) -> bytes:
    """The page for a document `compliance/report/1`, as UTF-8.

    Same document, same bytes.
    """
    shown = visible_document(document)
    css = template_text("report.css") + _page_mark(shown)
    script = template_text("report.js")
    page = render_template(
        TEMPLATE,
        {
            **_context(shown),
            "css": css,
            "js": script,
            "css_hash": _csp_hash(css),
            "js_hash": _csp_hash(script),
        },
        FILTERS,
    )
    return page.encode("utf-8")


def _page_mark(document: Document) -> str:
    """Foot of each printed page. Only hex digits, digits and hyphens of the input reach the CSS."""
    commit = "".join(re.findall(r"[0-9a-f]", document["subject"]["commit"] or ""))[:10]
    day = "".join(re.findall(r"[0-9-]", document["created"][:10]))
    mark = " / ".join(part for part in (commit, day) if part)
    return (
        f'@page {{ @bottom-left {{ content: "license report {mark}"; font: 8pt sans-serif; }} }}\n'
    )


def _csp_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _unbroken(text: object) -> object:
    """Identifiers, dates and names of up to four parts are not broken at their hyphens."""
    from markupsafe import Markup, escape

    return Markup(_NO_BREAK.sub(r'<span class="nb">\g<0></span>', str(escape(text))))  # noqa: S704


FILTERS: dict[str, Callable[..., object]] = {
    "nb": _unbroken,
    "license": wording.license_word,
    "plural": wording.plural,
    "sentence": lambda text: f"{text.rstrip('.')}.",
}
"""Filters of the template."""


def _context(document: Document) -> dict[str, Any]:
    causes = find_causes(document)
    linked = {c.id for c in causes[: OPEN_CAUSES + MAX_CAUSES]}
    rows, details = _components(document, causes, linked)
    artifacts = _artifacts(document, causes)
    held = sum(a["shown"] != "pass" for a in artifacts)
    opened = min(OPEN_ARTIFACTS, max(held, OPEN_PASSES))
    categories = {node_name(m): _license(m)[1] for m in _everything(document)}
    duties = find_duties(document)
    order = {a["name"]: i for i, a in enumerate(artifacts)}
    licenses = _license_counts(document)
    bars = sorted((_bar(a, categories) for a in document["artifacts"]), key=lambda b: order[b.name])
    used = {r.category for r in rows}.union(*(b.counts for b in bars))
    return {
        "r": document,
        "headline": wording.headline(document),
        "dek": f"{wording.summary(document)}. {wording.judged_under(document)}.",
        "incomplete": wording.is_incomplete(document),
        "artifacts": artifacts[:opened],
        "folded": artifacts[opened:],
        "causes": causes[:OPEN_CAUSES],
        "linked": linked,
        "more_causes": causes[OPEN_CAUSES:],
        "open_lanes": OPEN_LANES,
        "open_rest": OPEN_REST,
        "max_causes": MAX_CAUSES,
        "max_reach": MAX_REACH,
        "max_names": MAX_NAMES,
        "max_who": OPEN_LICENSES,
        "max_excerpts": MAX_EXCERPTS,
        "fold": _fold,
        "lines": _lines,
        "bars": bars,
        "open_bars": opened,
        "open_duties": OPEN_ARTIFACTS,
        "licenses": licenses[:OPEN_LICENSES],
        "more_licenses": licenses[OPEN_LICENSES:],
        "elections": [
            {**e, "artifact": a["name"], "path": _path_of(document, e["component"])}
            for a in artifacts
            for e in a["elections"]
        ],
        "duties": sorted(
            (d for d in duties if d.rows and not d.only_texts), key=lambda d: order[d.artifact]
        ),
        "only_texts": [d for d in duties if d.only_texts],
        "without_duties": _without(duties),
        "missing": sum(d.missing for d in duties),
        "components": rows,
        "details": {"names": [a["name"] for a in document["artifacts"]], "rows": details},
        "facets": (
            ("c", "License", _facet([r.category for r in rows], wording.CATEGORIES)),
            ("s", "Scope", _facet([r.scope for r in rows], wording.SCOPES)),
            ("v", "Verdict", _facet([r.verdict for r in rows], wording.VERDICTS)),
        ),
        "words": wording.VERDICTS,
        "meanings": wording.MEANINGS,
        "categories": {k: t for k, t in wording.CATEGORIES.items() if k in used},
        "edges": wording.EDGES,
        "changed": sum(s["value"] != s["default"] for s in document["policy"]["switches"]),
    }


def _artifacts(document: Document, causes: tuple[Cause, ...]) -> list[Document]:
    """Artifacts, worst first, each with its sentence and the causes that concern it."""
    mine: dict[str, list[Cause]] = {}
    for cause in causes:
        for name in cause.artifacts:
            mine.setdefault(name, []).append(cause)
    made = []
    for artifact in document["artifacts"]:
        waivers = wording.waived_by(document, artifact)
        made.append(
            {
                **artifact,
                "shown": wording.shown_verdict(document, artifact["verdict"]),
                "sentence": wording.sentence(document, artifact, waivers),
                "delivery": wording.PROFILES.get(artifact["profile"], artifact["profile"]),
                "causes": mine.get(artifact["name"], []),
            }
        )
    return sorted(made, key=lambda a: wording.rank(a["verdict"]))


def _without(duties: tuple[DutyList, ...]) -> list[tuple[str, list[str]]]:
    """Artifacts that owe nothing, by the reason."""
    names: dict[str, list[str]] = {}
    for entry in duties:
        if not entry.rows:
            names.setdefault(entry.without, []).append(entry.artifact)
    return sorted(names.items())


def _everything(document: Document) -> list[Document]:
    """Modules and declared components: what ships first, then by name."""
    listed = [*document["modules"], *document["declared"]]
    scopes = list(wording.SCOPES)
    return sorted(listed, key=lambda m: (scopes.index(m["scope"]), m["path"], m["version"] or ""))


def _license(module: Document) -> tuple[str, str]:
    """License and category as shown; code of ours, and what was not read, is not "unknown"."""
    license_ = module["license"]
    word = wording.license_word(license_["concluded"])
    if word == "unknown" and module["main"]:
        return wording.CATEGORIES["own"], "own"
    if word == "unknown" and module["scope"] == "unused" and not license_["evidence"]:
        return wording.CATEGORIES["unread"], "unread"
    category = license_["category"]
    return word, category if category in wording.CATEGORIES else "other"


def _path_of(document: Document, purl: str) -> str:
    for module in (*document["modules"], *document["declared"]):
        if module["purl"] == purl:
            return str(module["path"])
    return purl


def _fold(path: list[Document]) -> list[Document | list[Document]]:
    """Elements of a path; the middle of a long one is a list of its own."""
    if len(path) <= OPEN_HOPS:
        return list(path)
    return [*path[:HEAD_HOPS], path[HEAD_HOPS:-TAIL_HOPS], *path[-TAIL_HOPS:]]


def _lines(evidence: Document) -> Document:
    """Excerpt or diff within the limits of a page; `cut` counts the lines left out."""
    diff = evidence.get("diff") or []
    excerpt = evidence["excerpt"]
    return {
        "diff": [(op, n, text[:MAX_EXCERPT_COLUMNS]) for op, n, text in diff[:MAX_EXCERPT_LINES]],
        "excerpt": [_marked(line) for line in excerpt[:MAX_EXCERPT_LINES]],
        "cut": max(0, len(excerpt) - MAX_EXCERPT_LINES, len(diff) - MAX_EXCERPT_LINES),
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


def _bar(artifact: Document, categories: dict[str, str]) -> Bar:
    counts: dict[str, int] = {}
    for name in artifact["modules"]:
        key = categories.get(name, "unknown")
        counts[key] = counts.get(key, 0) + 1
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
    return Bar(name=artifact["name"], counts=counts, total=total, segments=tuple(segments))


def _license_counts(document: Document) -> list[tuple[str, str, int]]:
    """(license, category, number of shipped components), most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for module in _everything(document):
        if module["artifacts"]:
            key = _license(module)
            counts[key] = counts.get(key, 0) + 1
    return [(*k, n) for k, n in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))]


def _components(
    document: Document, causes: tuple[Cause, ...], linked: set[str]
) -> tuple[list[Row], list[list[object]]]:
    """Rows of the table, and for each row what its details show, in the order the script knows.

    Evidence is taken from the row.
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
    for module in _everything(document):
        lic = module["license"]
        shown, category = _license(module)
        cause = worst.get(module["purl"])
        proof = "; ".join(_span(e) for e in lic["evidence"])
        rows.append(
            Row(
                path=module["path"],
                version=module["version"] or "",
                license=shown,
                category=category,
                scope=module["scope"],
                verdict=_component_verdict(document, module, cause, owed),
                where=_where(module),
                proof=proof,
            )
        )
        details.append([
            _unless(module["purl"], f"pkg:golang/{module['path']}@{module['version']}"),
            _unless(", ".join(lic["detected"]), shown),
            _unless(lic["declared"] or "", shown),
            lic["confidence"],
            "; ".join(module["copyrights"]),
            _integrity(module),
            [cause.id, cause.title] if cause and cause.id in linked else None,
            [[p["import_path"], wording.license_word(p["license"])]
             for p in module["package_licenses"]],
            [numbers[n] for n in module["artifacts"] if n in numbers][:MAX_NAMES],
        ])  # fmt: skip
    return rows, details


def _component_verdict(
    document: Document, module: Document, cause: Cause | None, owed: set[str]
) -> str:
    if cause is not None:
        return wording.shown_verdict(document, cause.severity)
    if not module["artifacts"]:
        return "none"
    verdict = "comply" if module["purl"] in owed else "pass"
    return "open" if _license(module)[0] == "unknown" else wording.shown_verdict(document, verdict)


def _unless(text: str, shown: str) -> str | int:
    """0 where the script can take the text from the row: the page holds it once."""
    return 0 if text == shown else text


def _where(module: Document) -> str:
    names = module["artifacts"]
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


def _facet(values: list[str], words: dict[str, str]) -> list[tuple[str, str, int]]:
    return [(k, t, values.count(k)) for k, t in words.items() if k in values]
