"""Markdown: the summary of a run for a CI page, and a short form for a pull request comment.

GitHub shows step summaries up to 1 MiB (docs.github.com, Workflow commands) and comments up to
65,536 characters. What does not fit is counted, never cut in the middle of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from compliance.outputs import wording
from compliance.outputs.causes import Cause, Lane, advice, find_causes
from compliance.outputs.components import shown_license
from compliance.outputs.document import Document, listed
from compliance.outputs.duties import find_duties
from compliance.outputs.escaping import markdown as text
from compliance.outputs.escaping import markdown_code as code
from compliance.outputs.grouping import decided_artifacts, group_artifacts

MAX_SUMMARY_BYTES = 1024 * 1024
MAX_COMMENT_CHARACTERS = 65_536
ROOM = 512
"""Kept free for the line that says what was left out."""
MARKER = "<!-- compliance-report -->"
"""First line of a comment, so that the next run finds and replaces it."""
MAX_LANES = 5
MAX_NAMES = 6
MAX_EDITS = 6
MAX_TOGETHER = 40
"""Names of artifacts that share a row."""
MAX_ROWS = 200
MAX_OPEN = 12
"""Rows of modules that are shown at once; the others open on a click."""
WHOLE = "The whole repository: duties, licenses, and what was not seen"
GO_ON = (
    "**How to go on:** carry out one of the remedies. Where none fits, ask for a waiver in this"
    " change, for its approver to decide: `compliance waivers new report.json` writes the entry for"
    " `.compliance.yaml`."
)
SHOWN = {w: wording.SAYS[w] for w in wording.ORDER}
"""What the verdicts mean, for readers who see them for the first time."""
PROOFS = {
    "missing": "**nothing yet**", "observe": "to be observed, not handed over",
    "texts": "a notice file, when it is written",
}  # fmt: skip
"""Rows of one table; a block that is too large would be left out as a whole."""
SIGNS = {
    "block": "\U0001f6d1", "warn": "\u26a0\ufe0f", "review": "\U0001f7e3", "latent": "\u26aa",
    "comply": "\U0001f535", "pass": "\u2705", "open": "\u2754", "none": "\u26aa",
}  # fmt: skip


def render_markdown(document: Document) -> bytes:
    """The whole summary, at most 1 MiB of UTF-8."""
    compared = document["subject"]["base"] is not None
    blocks = [
        *_head(document),
        *_artifacts(document, wording.concerned(document)),
        *_findings(document, find_causes(document, "new" if compared else None)),
        *_change(document),
        *_as_before(document),
        *_how_to_go_on(document),
        *_binary(document),
        *_whole(document, (*_duties(document), *_licenses(document), *_limits(document))),
        _foot(document),
    ]
    return _fit(blocks, MAX_SUMMARY_BYTES, _utf8_size).encode("utf-8", "replace")


def render_comment(document: Document) -> str:
    """A comment for a pull request, at most 65,536 characters.

    Against a base it lists only what is new; artifacts that are fine are left out.
    """
    compared = document["subject"]["base"] is not None
    artifacts = wording.concerned(document)
    held = [a for a in artifacts if a["verdict"] not in ("comply", "pass")]
    blocks = [
        MARKER,
        *_head(document),
        *_artifacts(document, held or artifacts),
        *_findings(document, find_causes(document, "new" if compared else None)),
        *_change(document),
        *_as_before(document),
        *_how_to_go_on(document),
        _foot(document),
    ]
    return _fit(blocks, MAX_COMMENT_CHARACTERS, _utf16_size)


def render_decision(document: Document) -> bytes:
    """The decision for a release: as the summary, with what satisfies each duty."""
    blocks = [
        *_head(document),
        *_artifacts(document, document["artifacts"]),
        *_findings(document, find_causes(document)),
        *_proofs(document),
        *_limits(document),
        _foot(document),
    ]
    return _fit(blocks, MAX_SUMMARY_BYTES, _utf8_size).encode("utf-8", "replace")


def _proofs(document: Document) -> Iterator[str]:
    """Each duty of each artifact, and what satisfies it."""
    for entry in find_duties(document):
        if not entry.rows:
            yield f"### Duties of {text(entry.artifact)}\n\n{text(entry.without)}."
            continue
        rows = ["| Duty | License | Components | Satisfied by |", "|---|---|---|---|"]
        for row in entry.rows[:MAX_ROWS]:
            names = ", ".join(text(c) for c in row.components[:MAX_NAMES])
            more = len(row.components) - MAX_NAMES
            tail = f" and {more} more" if more > 0 else ""
            proof = text(row.satisfied_by) if row.satisfied_by else PROOFS.get(row.state, "nothing")
            known = text(wording.license_word(row.license)) if row.license else "several"
            rows.append(f"| {text(row.duty)} | {known} | {names}{tail} | {proof} |")
        yield f"### Duties of {text(entry.artifact)}\n\n" + "\n".join(rows)


def _utf8_size(block: str) -> int:
    return len(block.encode("utf-8", "replace"))


def _utf16_size(block: str) -> int:
    """GitHub counts as JavaScript does; a character beyond the basic plane counts twice."""
    return len(block.encode("utf-16-le", "replace")) // 2


def _fit(blocks: Iterable[str], limit: int, measure: Callable[[str], int]) -> str:
    """Blocks joined by blank lines, up to the limit; what is left out is counted."""
    kept: list[str] = []
    used = left_out = 0
    for block in blocks:
        size = measure(block) + len("\n\n")
        if used + size > limit - ROOM:
            left_out += 1
        else:
            kept.append(block)
            used += size
    if left_out:
        kept.append(f"_{wording.plural(left_out, 'more part')} left out here; see the report._")
    return "\n\n".join(kept) + "\n"


def _verdict(word: str) -> str:
    return f"{SIGNS.get(word, '')} **{text(wording.VERDICTS.get(word, word))}**".strip()


def _whole(document: Document, blocks: Sequence[str]) -> Iterator[str]:
    """What holds for the whole repository: folded where a change is judged."""
    if document["subject"]["base"] is None or not blocks:
        yield from blocks
        return
    yield f"<details><summary>{WHOLE}</summary>\n\n" + "\n\n".join(blocks) + "\n\n</details>"


def _how_to_go_on(document: Document) -> Iterator[str]:
    """Who reads this for the first time is told what a change that fails can do."""
    failing = [
        f for f in document["findings"]
        if f["standing"] == "new" and f["severity"] == "block" and f["code"] != "policy-relaxed"
    ]  # fmt: skip
    if document["gate"]["outcome"] == "fail" and failing:
        yield GO_ON


def _head(document: Document) -> Iterator[str]:
    said = wording.headline(document)
    yield f"## License check: {text(said[0].lower() + said[1:])}"
    subject = document["subject"]
    commit = f" at {code(subject['commit'][:10])}" if subject["commit"] else ""
    dirty = ", with uncommitted changes" if subject["dirty"] else ""
    yield (
        f"{text(subject['name'])}{commit}{dirty}. {text(wording.summary(document))}."
        f" {text(wording.judged_under(document))}."
    )
    if wording.assumed(document):
        yield f"{text(wording.assumed(document))}."
    missing = document["gate"]["missing"]
    if missing:
        listed = "\n".join(f"- {text(item)}" for item in missing[:MAX_ROWS])
        yield f"**Missing, so that this is no pass:**\n\n{listed}"


def _change(document: Document) -> Iterator[str]:
    """What the change does besides new findings: what is wider, fixed, moved, and as before."""
    change = document["change"]
    if change is None:
        return
    yield from _modules(wording.by_weight(change["modules"]))
    for title, told in (
        (wording.INSIDE, [text(wording.inside_step(i)) for i in change.get("inside", ())]),
        ("Artifacts", [text(wording.artifact_step(a)) for a in change["artifacts"]]),
        ("Wider, no new problem", [text(wording.widened(f)) for f in _wider(document)]),
        (
            "Fixed by this change",
            [f"{_verdict(f['severity'])} {text(wording.of_artifact(f))}" for f in change["fixed"]],
        ),
    ):
        if told:
            rest = [f"_{len(told) - MAX_ROWS} more_"] if len(told) > MAX_ROWS else []
            listed = "\n".join(f"- {line}" for line in (*told[:MAX_ROWS], *rest))
            yield f"### {title}\n\n{listed}"


def _modules(modules: Sequence[Document]) -> Iterator[str]:
    """Modules that come, go or move: many of them folded, what weighs most stays open."""
    if not modules:
        return
    head = "| Module | Version | License |\n|---|---|---|\n"
    rows = [
        f"| {code(m['path'])} | {text(_step(m['before'], m['after']))}"
        f" | {text(_step(m['license_before'], m['license_after']))} |"
        for m in modules[:MAX_ROWS]
    ]
    shown = len(rows) if len(rows) <= MAX_OPEN else MAX_OPEN
    yield "### Modules that this change adds, drops or moves"
    yield head + "\n".join(rows[:shown])
    if shown < len(rows):
        folded = "\n".join(rows[shown:])
        title = wording.plural(len(rows) - shown, "more module")
        yield f"<details><summary>{title}</summary>\n\n{head}{folded}\n\n</details>"
    if len(modules) > MAX_ROWS:
        yield f"_{wording.plural(len(modules) - MAX_ROWS, 'more module')} in the report._"


def _as_before(document: Document) -> Iterator[str]:
    told = wording.as_before(document)
    if told:
        yield f"_{text(told)}_"


def _wider(document: Document) -> list[Document]:
    return [f for f in document["findings"] if f["standing"] == "wider"]


def _step(before: str | None, after: str | None) -> str:
    if before == after:
        return after or "unknown"
    return f"{before or 'none'} \u2192 {after or 'none'}"


def _artifacts(document: Document, artifacts: list[Document]) -> Iterator[str]:
    """The decision: artifacts with the same answer for the same reason in one row."""
    if not artifacts:
        return
    rows = ["| Verdict | Artifact and reason | What to do |", "|---|---|---|"]
    entries = group_artifacts(decided_artifacts(document, artifacts))
    for entry in entries[:MAX_ROWS]:
        shown, names, plan = entry["shown"], entry["names"], entry["plan"]
        todo = entry["do"]
        after = ""
        if plan and not wording.is_incomplete(document):
            after = f" Then: {_verdict(wording.shown_verdict(document, plan['verdict_after']))}"
        many = f"<br>{_names(names, MAX_TOGETHER)}" if len(names) > 1 else ""
        rows.append(
            f"| {_verdict(shown)} | **{text(entry['sentence'])}**{many}<br>{text(entry['because'])}"
            f" | {_with_lines(todo, table=True)}{after} |"
        )
    yield "\n".join(rows)
    if len(entries) > MAX_ROWS:
        left = sum(len(entry["names"]) for entry in entries[MAX_ROWS:])
        yield f"_{wording.plural(left, 'more artifact')} in the report._"


def _with_lines(said: str, *, table: bool = False) -> str:
    """Text in which lines for a policy file are code, to be copied as they are."""
    pieces = wording.POLICY_LINES.split(said)
    for number, piece in enumerate(pieces):
        plain = number % 2 == 0 or (table and "|" in piece)  # a cell would end there
        pieces[number] = _inner(piece) if plain else code(piece)
    return "".join(pieces)


def _inner(piece: str) -> str:
    """Escaped text with the blanks at its ends, which part it from code beside it."""
    shown = text(piece)
    before, after = piece[:1].isspace(), piece[-1:].isspace()
    return f"{' ' * before}{shown}{' ' * (after and bool(shown))}"


def _names(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(text(n) for n in names[:most]) + (f" and {more} more" if more > 0 else "")


def _findings(document: Document, causes: tuple[Cause, ...]) -> Iterator[str]:
    if not causes:
        return
    yield f"### Findings: {wording.plural(len(causes), 'cause')}"
    for cause in causes:
        lines = [f"#### {_verdict(cause.severity)} {text(cause.title)}"]
        if cause.component:
            lines.append(code(cause.component))
        lines += [_lane(document, lane) for lane in cause.lanes[:MAX_LANES]]
        rest = [text(lane.artifact or "the repository") for lane in cause.lanes[MAX_LANES:]]
        if rest:
            more = len(rest) - MAX_NAMES
            tail = f" and {more} more" if more > 0 else ""
            lines.append(f"Likewise in {', '.join(rest[:MAX_NAMES])}{tail}.")
        yield "\n\n".join(lines)


def _lane(document: Document, lane: Lane) -> str:
    first = lane.findings[0]
    name = lane.artifact if lane.artifact is not None else "repository"
    new = ", new" if first["new"] and document["subject"]["base"] is not None else ""
    lines = [
        f"- {_verdict(first['severity'])} {text(name)} ({code(first['code'])}{new}):"
        f" {text(first['message'])}"
    ]
    if first["path"]:
        lines.append(f"  - Path: {_chain(first['path'])}")
    if first["location"]:
        lines.append(f"  - Where: {code(_place(first['location']))}")
    if first["waiver"]:
        waiver = first["waiver"]
        state = waiver["state"].replace("-", " ")
        lines.append(f"  - Waiver {text(waiver['id'])}, {text(state)}: {text(waiver['effect'])}")
    asked = advice(first)
    if asked:
        lines.append(f"  - To do: {_with_lines(asked)}")
    for remedy in first["remedies"]:
        after = wording.shown_verdict(document, remedy["verdict_after"])
        lines.append(f"  - Remedy: {text(remedy['title'])}, then {_verdict(after)}")
        lines += [f"    - {_with_lines(edit)}" for edit in remedy["edits"][:MAX_EDITS]]
        if len(remedy["edits"]) > MAX_EDITS:
            more = wording.plural(len(remedy["edits"]) - MAX_EDITS, "more edit")
            lines.append(f"    - {more} in the report")
    if len(lane.findings) > 1:
        codes = ", ".join(code(c) for c in sorted({f["code"] for f in lane.findings[1:]}))
        lines.append(f"  - Also {len(lane.findings) - 1} more here: {codes}")
    return "\n".join(lines)


def _chain(path: list[Document]) -> str:
    """A path in one line: packages, and the place of each import in parentheses."""
    parts = []
    for position, hop in enumerate(path):
        mine = "ours" if hop["first_party"] else wording.license_word(hop["license"])
        part = f"{code(hop['node'])} ({text(mine)})"
        if position < len(path) - 1:
            verb = wording.EDGES.get(hop["edge"], hop["edge"] or "leads to")
            at = f" at {code(_place(hop))}" if hop["file"] else ""
            part += f" {text(verb)}{at}"
        parts.append(part)
    return " \u2192 ".join(parts)


def _place(place: Document) -> str:
    return f"{place['file']}:{place['line']}" if place["line"] else str(place["file"])


def _duties(document: Document) -> Iterator[str]:
    """What nothing fulfils: the same duty for the same components once, with the artifacts."""
    owed: dict[tuple[str, str | None, tuple[str, ...]], list[str]] = {}
    for entry in find_duties(document):
        for row in entry.rows:
            if row.state == "missing":
                owed.setdefault((row.duty, row.license, row.components), []).append(entry.artifact)
    lines = []
    for (duty, license_, components), artifacts in owed.items():
        names = ", ".join(code(c) for c in components[:MAX_NAMES])
        more = len(components) - MAX_NAMES
        tail = f" and {more} more" if more > 0 else ""
        under = f" ({text(license_)})" if license_ else ""
        lines.append(f"- [ ] {_names(artifacts, MAX_NAMES)}: {text(duty)}, {names}{tail}{under}")
    if lines:
        yield "### Duties that nothing fulfils yet"
        yield "\n".join(lines[:MAX_ROWS])
        if len(lines) > MAX_ROWS:
            yield f"_{len(lines) - MAX_ROWS} more in the report._"


def _binary(document: Document) -> Iterator[str]:
    """In what an executable differs from the source."""
    binary = document["binary"]
    if binary is None:
        return
    yield "### The executable"
    if not binary["differences"]:
        yield f"{code(binary['file'])} has the modules that this source links into it."
        return
    rows = ["| Difference | The source has | The executable has |", "|---|---|---|"]
    for item in binary["differences"][:MAX_ROWS]:
        kind = text(wording.BINARY_DIFFERENCES.get(item["kind"], item["kind"]))
        sides = (code(item[s]) if item[s] else "nothing" for s in ("source", "binary"))
        rows.append(f"| {kind}: {code(item['path'] or 'main module')} | {' | '.join(sides)} |")
    yield f"{code(binary['file'])} was not built from this source.\n\n" + "\n".join(rows)


def _licenses(document: Document) -> Iterator[str]:
    counts: dict[str, int] = {}
    for module in listed(document):
        if module["artifacts"]:
            name = shown_license(module)[0]
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        return
    yield "### Licenses of shipped components"
    ordered = sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))
    rows = ["| License | Components |", "|---|---:|"]
    rows += [f"| {text(name)} | {n} |" for name, n in ordered[:MAX_ROWS]]
    yield "\n".join(rows)


def _limits(document: Document) -> Iterator[str]:
    if document["limits"]:
        yield "### What this scan did not see"
        yield "\n".join(
            f"- **{text(x['what'])}**: {text(x['effect'])}" for x in document["limits"][:MAX_ROWS]
        )


def _foot(document: Document) -> str:
    gate = document["gate"]
    return (
        f"<sub>Gate: {text(gate['outcome'])}, fails on {text(gate['fail_on'])}."
        f" compliance {text(document['tool']['version'])}. Engineering evidence, not legal"
        f" advice.<br>{'; '.join(f'{wording.VERDICTS[w]}: {s}' for w, s in SHOWN.items())}.</sub>"
    )
