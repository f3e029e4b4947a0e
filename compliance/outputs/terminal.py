"""What a person reads at the terminal: the decision first, then why, then what to do.

Plain text with ANSI colour where it is asked for; nothing is loaded for it. Every word of the
input is made visible, so that no escape sequence acts, and no line can be read as a workflow
command by a CI runner.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from compliance.outputs import wording
from compliance.outputs.causes import Cause, Lane, advice, find_causes
from compliance.outputs.document import Document
from compliance.outputs.duties import DutyList, DutyRow, find_duties
from compliance.outputs.escaping import one_line, without_commands
from compliance.outputs.grouping import decided_artifacts, group_artifacts

LEAST_WIDTH, MOST_WIDTH = 40, 100
"""Prose wider than this is hard to read, whatever the window."""
MAX_ARTIFACTS = 20
MAX_REASONS = 8
MAX_CAUSES = 12
MAX_LANES = 3
MAX_REMEDIES = 2
MAX_EDITS = 3
MAX_DUTIES = 4
MAX_HOPS = 8
MAX_LIMITS = 6
MAX_NAMES = 6
"""The terminal shows what is worst; the page and report.json have everything."""
LONGEST_WORD = 300
"""A package URL or path is copied, so that it stays in one piece: on a line of its own that the
terminal folds. What is longer than this was made to be in the way, and is cut."""
LABEL, BODY = 9, 5

_CODES = {
    "block": "1;31", "warn": "33", "review": "35", "latent": "36", "comply": "34", "pass": "32",
    "open": "1", "bold": "1", "dim": "2",
}  # fmt: skip
_WALLS = {"would-stop": "; a process boundary here would stop it", "holds": "; boundary holds"}


class _Page:
    """Lines of a fixed width, with or without colour."""

    def __init__(self, width: int, color: bool) -> None:
        # One column is kept for the guard that a line may get in `text`.
        self.width = max(LEAST_WIDTH, min(width, MOST_WIDTH)) - 1
        self.color = color
        self.lines: list[str] = []

    def paint(self, text: str, style: str) -> str:
        """Text in a style, plain where colour is off."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.color and style in _CODES else text

    def add(self, text: str = "", *, indent: int = 0, lead: str = "", style: str = "") -> None:
        """A paragraph, wrapped and indented by `indent` columns.

        `lead` is a word of ours that stands before its first line inside the indent; it takes the
        style then, else the text does. Only a word that has no room is wider than the page.
        """
        said = one_line(text)
        wrapped = textwrap.wrap(
            said, max(16, self.width - indent), break_on_hyphens=False,
            break_long_words=any(len(word) > LONGEST_WORD for word in said.split()),
        ) or [""]  # fmt: skip
        start = " " * (indent - len(lead) - 1) + self.paint(lead, style) + " " if lead else ""
        body = "" if lead else style
        for number, line in enumerate(wrapped):
            gap = start if start and number == 0 else " " * indent
            self.lines.append((gap + self.paint(line, body)).rstrip())

    def text(self) -> str:
        """All lines; no two blank ones in a row."""
        kept = [x for i, x in enumerate(self.lines) if x or (i and self.lines[i - 1])]
        return without_commands("\n".join(kept).strip("\n")) + "\n"


def render_terminal(
    document: Document, *, width: int = 80, color: bool = False, files: Iterable[str] = ()
) -> str:
    """The report as text, ending with a line feed.

    Args:
        document: `compliance/report/1`.
        width: Columns of the terminal; 80 when it is none.
        color: Whether ANSI colours are wanted.
        files: Paths of the files that were written.
    """
    page = _Page(width, color)
    compared = document["subject"]["base"] is not None
    causes = find_causes(document, "new" if compared else None)
    _decision(page, document)
    _missing(page, document)
    _artifacts(page, document)
    telling = [c for c in causes if c.severity not in ("comply", "pass")]
    _findings(page, document, telling)
    _idle_waivers(page, document)
    _wider(page, document)
    _change(page, document)
    _as_before(page, document)
    _binary(page, document)
    duties = find_duties(document)
    _duties(page, duties)
    clean = document["gate"]["outcome"] == "pass" and not telling
    brief = clean and not any(d.missing for d in duties)
    _limits(page, document, brief=brief)
    if not brief:
        page.add()
    _closing(page, document, tuple(files))
    return page.text()


def _change(page: _Page, document: Document) -> None:
    """What the change does besides new findings, in a line each."""
    change = document["change"]
    if change is None or not any(
        change.get(key) for key in ("modules", "fixed", "artifacts", "inside")
    ):
        return
    page.add()
    page.add("This change", style="bold")
    for module in wording.by_weight(change["modules"])[:MAX_CAUSES]:
        page.add(wording.module_step(module), indent=2, lead="-")
    if len(change["modules"]) > MAX_CAUSES:
        page.add(f"and {len(change['modules']) - MAX_CAUSES} more modules", indent=2, lead="-")
    for part in change.get("inside", ())[:MAX_CAUSES]:
        page.add(wording.inside_step(part), indent=2, lead="-")
    if len(change.get("inside", ())) > MAX_CAUSES:
        more = len(change.get("inside", ())) - MAX_CAUSES
        page.add(f"and {more} more libraries and programs inside", indent=2, lead="-")
    for artifact in change["artifacts"][:MAX_CAUSES]:
        page.add(wording.artifact_step(artifact), indent=2, lead="-")
    for finding in change["fixed"][:MAX_CAUSES]:
        page.add(f"fixed: {wording.of_artifact(finding)}", indent=2, lead="-")
    if len(change["fixed"]) > MAX_CAUSES:
        page.add(f"and {len(change['fixed']) - MAX_CAUSES} more that are fixed", indent=2, lead="-")


def _wider(page: _Page, document: Document) -> None:
    """Old problems that this change reaches in one more way; none of them fails it."""
    found = [f for f in document["findings"] if f["standing"] == "wider"]
    if not found:
        return
    page.add()
    page.add("Wider, no new problem", style="bold")
    for finding in found[:MAX_CAUSES]:
        page.add(wording.widened(finding), indent=2, lead="-")
    if len(found) > MAX_CAUSES:
        page.add(f"and {len(found) - MAX_CAUSES} more", indent=2, lead="-")


def _idle_waivers(page: _Page, document: Document) -> None:
    """Waivers that cover nothing here and are no slip: a mended finding, another repository."""
    idle = [
        f for f in document["findings"] if f["code"] == "waiver-unused" and f["severity"] == "pass"
    ]
    if not idle:
        return
    page.add()
    page.add("Waivers that nothing needs", style="bold")
    for finding in idle[:MAX_LIMITS]:
        place = finding["location"]
        at = f" ({place['file']}:{place['line']})" if place else ""
        page.add(f"{finding['message'].rstrip('.')}{at}.", indent=2, lead="-")
    if len(idle) > MAX_LIMITS:
        page.add(f"and {len(idle) - MAX_LIMITS} more", indent=2, lead="-")


def _as_before(page: _Page, document: Document) -> None:
    told = wording.as_before(document)
    if told:
        page.add()
        page.add(told, style="dim")


def _binary(page: _Page, document: Document) -> None:
    """Whether the executable that was handed in was built from this source."""
    binary = document["binary"]
    if binary is None:
        return
    page.add()
    page.add("Executable", style="bold")
    place = f"{binary['file']} ({binary['main']}, {binary['platform']}, {binary['go_version']})"
    if not binary["differences"]:
        page.add(f"- {place} has the {binary['modules']} modules that the source links into it")
        return
    count = wording.plural(len(binary["differences"]), "difference")
    page.add(f"- {place}: {count} to the source")
    for item in binary["differences"][:MAX_CAUSES]:
        source, built = item["source"] or "nothing", item["binary"] or "nothing"
        page.add(f"- {item['kind']}: source {source}, executable {built}")
    if len(binary["differences"]) > MAX_CAUSES:
        page.add(f"- and {len(binary['differences']) - MAX_CAUSES} more")


def _decision(page: _Page, document: Document) -> None:
    outcome = {"pass": "pass", "fail": "block"}.get(document["gate"]["outcome"], "open")
    page.add(wording.headline(document).upper(), style=outcome)
    subject = document["subject"]
    parts = [subject["name"]]
    if subject["commit"]:
        parts.append(f"commit {subject['commit'][:10]}{' + changes' if subject['dirty'] else ''}")
    page.add(f"{', '.join(parts)}. {wording.summary(document)}. {wording.judged_under(document)}.")
    if wording.assumed(document):
        page.add(f"{wording.assumed(document)}.")


def _missing(page: _Page, document: Document) -> None:
    missing = document["gate"]["missing"]
    if not missing:
        return
    page.add()
    page.add("Missing, so that this is no pass:", style="bold")
    for item in missing[:MAX_LIMITS]:
        page.add(wording.opening(item), indent=2, lead="-")
    if len(missing) > MAX_LIMITS:
        page.add(f"and {len(missing) - MAX_LIMITS} more", indent=2)


def _artifacts(page: _Page, document: Document) -> None:
    """The answer for each group of artifacts: in full while it needs a person."""
    rows = group_artifacts(decided_artifacts(document, wording.concerned(document)))
    if rows:
        page.add()
    for number, row in enumerate(rows[:MAX_ARTIFACTS]):
        _artifact(page, document, row, brief=number >= MAX_REASONS)
    rest = [name for row in rows[MAX_ARTIFACTS:] for name in row["names"]]
    if rest:
        worst = wording.VERDICTS.get(rows[MAX_ARTIFACTS]["verdict"], "")
        count = wording.plural(len(rest), "more artifact")
        page.add(f"{count}, none worse than {worst}", indent=LABEL + 1)


def _artifact(page: _Page, document: Document, row: Document, *, brief: bool) -> None:
    shown, names = row["shown"], row["names"]
    lead = f"{wording.VERDICTS.get(shown, shown):<{LABEL}}"
    if len(names) > 1:
        said = f"{row['sentence']}: {_some(names, MAX_ARTIFACTS)}"
    else:
        said = f"{row['sentence']} ({row['components']})"
    page.add(said, indent=LABEL + 1, lead=lead, style=shown)
    if shown == "pass" or brief:
        return
    page.add(row["because"], indent=LABEL + 1)
    if row["unread"]:
        page.add(f"To do: {row['do']}", indent=LABEL + 1)
    elif shown != "open" and row["do"]:
        page.add(f"To do: {row['do']}{_after(document, row)}", indent=LABEL + 1)


def _some(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _after(document: Document, artifact: Document) -> str:
    plan = artifact["plan"]
    if not plan or wording.is_incomplete(document):
        return ""
    return f" (judged again after this: {_word_after(document, plan)})"


def _word_after(document: Document, edits: Document) -> str:
    """What edits lead to; an incomplete scan leads to no allowance."""
    verdict = wording.shown_verdict(document, edits["verdict_after"])
    return wording.VERDICTS.get(verdict, verdict)


def _findings(page: _Page, document: Document, telling: Sequence[Cause]) -> None:
    if not telling:
        return
    page.add()
    page.add(f"Findings: {wording.plural(len(telling), 'cause')}", style="bold")
    for number, cause in enumerate(telling[:MAX_CAUSES], 1):
        page.add()
        page.add(cause.title, indent=3, lead=f"{number:>2}"[-2:], style="bold")
        if cause.component:
            page.add(cause.component, indent=3, style="dim")
        for lane in cause.lanes[:MAX_LANES]:
            _lane(page, document, lane)
        rest = [lane.artifact or "the repository" for lane in cause.lanes[MAX_LANES:]]
        if rest:
            page.add(f"Likewise in {_some(rest, MAX_NAMES)}.", indent=BODY)
    if len(telling) > MAX_CAUSES:
        page.add()
        worst = wording.VERDICTS.get(telling[MAX_CAUSES].severity, "")
        rest_count = wording.plural(len(telling) - MAX_CAUSES, "more cause")
        page.add(f"{rest_count}, none worse than {worst}: see the report.", indent=3)


def _lane(page: _Page, document: Document, lane: Lane) -> None:
    first = lane.findings[0]
    severity = first["severity"]
    name = lane.artifact if lane.artifact is not None else "repository"
    new = ""
    if document["subject"]["base"] is not None:
        new = ", new" if first["new"] else ", as before"
    word = wording.VERDICTS.get(severity, str(severity))
    page.add(f"{name} [{first['code']}{new}]", indent=len(word) + 4, lead=word, style=severity)
    page.add(wording.opening(first["message"]), indent=BODY)
    if severity in ("comply", "pass"):
        return
    _chain(page, first["path"])
    if not first["path"] and first["location"]:
        page.add(f"at {_place(first['location'])}", indent=BODY)
    if first["waiver"]:
        waiver = first["waiver"]
        state = waiver["state"].replace("-", " ")
        page.add(f"Waiver {waiver['id']}, {state}: {waiver['effect']}", indent=BODY)
    _remedies(page, document, first)
    if len(lane.findings) > 1:
        codes = ", ".join(sorted({f["code"] for f in lane.findings[1:]}))
        page.add(f"Also {len(lane.findings) - 1} more here: {codes}", indent=BODY)


def _chain(page: _Page, path: list[Document]) -> None:
    """A path, two lines a hop: the package with its license, and the edge that leaves it."""
    cut = len(path) - MAX_HOPS
    for position, hop in enumerate(path):
        if cut > 0 and MAX_HOPS // 2 <= position < MAX_HOPS // 2 + cut:
            if position == MAX_HOPS // 2:
                page.add(f"... {wording.plural(cut, 'package')} ...", indent=BODY + 2, style="dim")
            continue
        mine = "ours" if hop["first_party"] else wording.license_word(hop["license"])
        last = position == len(path) - 1
        page.add(f"{hop['node']} ({mine}){'  <- cause' if last else ''}", indent=BODY + 2)
        if last:
            return
        verb = wording.EDGES.get(hop["edge"], hop["edge"] or "leads to")
        at = f" at {_place(hop)}" if hop["file"] else ""
        page.add(f"{verb}{at}{_WALLS.get(hop['boundary'], '')}", indent=BODY + 6, lead="|")


def _place(place: Document) -> str:
    return f"{place['file']}:{place['line']}" if place["line"] else str(place["file"])


def _remedies(page: _Page, document: Document, finding: Document) -> None:
    asked = advice(finding)
    if asked:
        page.add(f"To do: {asked}", indent=BODY)
    proven = finding["remedies"]
    for remedy in proven[:MAX_REMEDIES]:
        page.add(f"Remedy: {remedy['title']} -> {_word_after(document, remedy)}", indent=BODY)
        for edit in remedy["edits"][:MAX_EDITS]:
            page.add(edit, indent=BODY + 2, lead="-")
        if len(remedy["edits"]) > MAX_EDITS:
            more = wording.plural(len(remedy["edits"]) - MAX_EDITS, "more edit")
            page.add(f"and {more}", indent=BODY + 2, lead="-")
    for remedy in proven[MAX_REMEDIES:]:
        page.add(f"Or: {remedy['title']} -> {_word_after(document, remedy)}", indent=BODY)


def _duties(page: _Page, duties: tuple[DutyList, ...]) -> None:
    owed = [d for d in duties if d.missing]
    if owed:
        page.add()
        page.add("Duties", style="bold")
    alike: dict[tuple[int, tuple[DutyRow, ...]], list[str]] = {}
    for entry in owed:
        rows = tuple(r for r in entry.rows if r.state == "missing")
        alike.setdefault((entry.missing, rows), []).append(entry.artifact)
    for (count, rows), names in list(alike.items())[:MAX_LIMITS]:
        each = " each" if len(names) > 1 else ""
        page.add(f"{_some(names, MAX_EDITS)}: {count} missing{each}", indent=2)
        for row in rows[:MAX_DUTIES]:
            under = f" ({row.license})" if row.license else ""
            page.add(f"{row.duty}: {_some(row.components, MAX_EDITS)}{under}", indent=4, lead="-")
        if len(rows) > MAX_DUTIES:
            more = sum(len(r.components) for r in rows[MAX_DUTIES:])
            page.add(f"and {more} more", indent=4, lead="-")
    more = sum(len(names) for names in list(alike.values())[MAX_LIMITS:])
    if more:
        page.add(f"and {wording.plural(more, 'more artifact')}", indent=2)
    if any(d.texts for d in duties):
        page.add("Send the license texts and notices along: --format notice writes them.")


def _limits(page: _Page, document: Document, *, brief: bool) -> None:
    """What was not seen, with its effect; in a clean run what it is, in one paragraph."""
    limits = document["limits"]
    if not limits:
        return
    if brief:
        what = [limit["what"].rstrip(".") for limit in limits[:MAX_LIMITS]]
        more = [f"{len(limits) - MAX_LIMITS} more"] if len(limits) > MAX_LIMITS else []
        page.add(f"Not seen: {'. '.join([*what, *more])}.")
        return
    page.add()
    page.add("Not seen", style="bold")
    for limit in limits[:MAX_LIMITS]:
        effect = limit["effect"].rstrip(".")
        page.add(f"{limit['what']}. {effect[:1].upper()}{effect[1:]}.", indent=2, lead="-")
    if len(limits) > MAX_LIMITS:
        page.add(f"and {len(limits) - MAX_LIMITS} more", indent=2)


def _closing(page: _Page, document: Document, files: tuple[str, ...]) -> None:
    if files:
        folders = {name.rpartition("/")[0] for name in files}
        if len(folders) == 1 and folders != {""}:
            names = ", ".join(name.rpartition("/")[2] for name in files)
            page.add(f"Wrote {folders.pop()}: {names}")
        else:
            page.add(f"Wrote {', '.join(files)}")
    gate = document["gate"]
    counts = ", ".join(
        f"{n} {wording.VERDICTS.get(k, k).lower()}" for k, n in gate["counts"].items() if n
    )
    page.add(
        f"Gate: {gate['outcome']} (fails on {gate['fail_on']}; findings: {counts or 'none'})",
        style="dim",
    )
