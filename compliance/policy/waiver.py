"""Waivers: exemptions with owner, conditions and an end (policy-model 5.1 and 8.5).

States: pending-review lets merges through for at most 14 days and never a release; granted holds
for at most 365 days; denied and revoked mask nothing and stay as precedent. A waiver whose day is
over, whose license text changed, or whose condition fails masks nothing and says so; so does one
that covers nothing here. A finding and the verdict stay as they are: masking concerns the gate
alone.
"""

from __future__ import annotations

import datetime
import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from compliance.findings import Condition, Finding, Location, Severity, WaiverNote
from compliance.graph import Artifact, DependencyGraph
from compliance.policy.document import Policy, Waiver, Where
from compliance.policy.purl import Pattern
from compliance.policy.rules import regraded
from compliance.policy.terms import atoms, parse
from compliance.policy.unused import absent, ended
from compliance.policy.verdict import Verdict
from compliance.policy.yamlfile import REPOSITORY_FILE, nearest, shown
from compliance.value import dataclass, replace

PENDING_DAYS = 14
GRANTED_DAYS = 365
WORKING_DAYS: Mapping[Severity, int] = {
    Severity.BLOCK: 2, Severity.WARN: 5, Severity.REVIEW: 5,
}  # fmt: skip
"""Days within which a pending review is due, by severity; everything else 10."""
SLOWEST = 10
STUB_APPROVER, STUB_REASON = "@your-organisation/legal", "to be written:"
"""What a stub says before a person did: a waiver with it was granted by nobody."""

NEVER_PENDING = frozenset({"incompatible-work", "unknown-license"})
WEEKEND = 5
LAST_EDGES: Mapping[str, tuple[str, ...]] = {
    "build-time-only": ("build-tool", "generated-by", "test"),
    "dynamic-only": ("cgo-dynamic", "plugin"),
    "separate-process": ("exec", "ipc", "network"),
    "in-kernel-only": ("ebpf-load", "kernel-load"),
}
"""Conditions on how a component is used, and the kinds of every edge that leads to it."""

REPOSITORY = "repository"
"""Artifact that a waiver names for a finding which no artifact has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What conditions are checked against."""

    graph: DependencyGraph
    verdicts: Sequence[Verdict]
    narrowed: bool = False
    """Whether only some programs were asked for: then waivers of others mean nothing."""


def apply_waivers(
    findings: Sequence[Finding], policy: Policy, ground: Ground, *, as_of: datetime.date,
    compared: bool = False,
) -> tuple[Finding, ...]:  # fmt: skip
    """Attach waivers to the findings they cover; add waiver-expired, waiver-void, waiver-unused.

    Args:
        findings: Of evaluate() and of other rooms.
        policy: Its waivers.
        ground: Graph and verdicts, for conditions.
        as_of: The day that counts.
        compared: Whether a base was given: only then does a pending review mask.
    """
    artifacts = {v.artifact.name: v.artifact for v in ground.verdicts}
    done: list[Finding] = []
    notes: dict[str, Finding] = {}
    for finding in findings:
        covering = [w for w in policy.waivers if _covers(w, finding)]
        best: Finding | None = None
        for waiver in covering:
            state = _judge(waiver, finding, ground, artifacts, as_of=as_of, compared=compared)
            if best is None or (state.note.masks and not (best.waiver and best.waiver.masks)):
                best = replace(finding, waiver=state.note)
            if state.code:
                notes.setdefault(f"{state.code} {waiver.id}", _notice(waiver, finding, state))
        done.append(best or finding)
    alive = {n.split(" ", 1)[1] for n in notes}
    used = {f.waiver.id for f in done if f.waiver is not None}
    for waiver in policy.waivers:
        if waiver.id in used | alive or policy.elsewhere:
            continue
        if why := _other_license(waiver, ground, artifacts):
            notes[f"waiver-void {waiver.id}"] = _license_notice(waiver, why)
        elif unused := _unused(waiver, done, ground, artifacts, as_of):
            notes[f"waiver-unused {waiver.id}"] = unused
    done += (regraded(policy, n, artifacts.get(n.artifact or "")) for n in notes.values())
    return tuple(sorted(done, key=Finding.sort_key))


@dataclass(frozen=True, slots=True)
class _State:
    note: WaiverNote
    code: str
    why: str


def _covers(waiver: Waiver, finding: Finding) -> bool:
    return (
        waiver.rule == finding.code
        and finding.component is not None
        and waiver.component.covers(finding.component)
        and waiver.artifact == (finding.artifact or REPOSITORY)
        and waiver.license == finding.license
    )


def _judge(
    waiver: Waiver, finding: Finding, ground: Ground, artifacts: Mapping[str, Artifact], *,
    as_of: datetime.date, compared: bool,
) -> _State:  # fmt: skip
    conditions = tuple(
        Condition(name=c, holds=_holds(c, finding, ground, artifacts)) for c in waiver.conditions
    )
    code, why = _trouble(waiver, finding, conditions, ground, as_of)
    masks = not code and (
        waiver.state == "granted" or (waiver.state == "pending-review" and compared)
    )
    due = due_day(waiver, finding.severity)
    note = WaiverNote(
        id=waiver.id, state=waiver.state, owner=waiver.owner, approver=waiver.approver,
        ticket=waiver.ticket, reason=waiver.reason, conditions=conditions,
        created=waiver.created or "", due=due, expires=waiver.expires, masks=masks,
        effect=_effect(waiver, code, why, compared, overdue=bool(due) and due < as_of.isoformat()),
    )  # fmt: skip
    return _State(note, code, why)


def _trouble(
    waiver: Waiver, finding: Finding, conditions: Sequence[Condition], ground: Ground,
    as_of: datetime.date,
) -> tuple[str, str]:  # fmt: skip
    """(finding code, reason) of a waiver that does not hold; ("", "") for one that may."""
    if waiver.state in ("denied", "revoked"):
        return "", ""
    if last_day(waiver) < as_of.isoformat():
        return "waiver-expired", f"it ended on {last_day(waiver)}"
    why = _void(waiver, finding, conditions, ground, as_of)
    return ("waiver-void", why) if why else ("", "")


def _void(
    waiver: Waiver, finding: Finding, conditions: Sequence[Condition], ground: Ground,
    as_of: datetime.date,
) -> str:  # fmt: skip
    """Why a waiver that has not ended does not hold; "" where it may."""
    if never := never_holds(waiver, as_of):
        return never
    if waiver.created is not None and waiver.created > as_of.isoformat():
        return f"it begins on {waiver.created}"
    failed = [c.name for c in conditions if not c.holds]
    if failed:
        return f"condition {', '.join(failed)} does not hold"
    if waiver.text_sha256 and waiver.text_sha256 not in _texts(finding, ground):
        return "the license text is another one than it was granted for"
    return ""


def days_after(day: datetime.date, days: int) -> datetime.date:
    """A day so many days later; the last day that there is where that is beyond the year 9999."""
    try:
        return day + datetime.timedelta(days=days)
    except OverflowError:
        return datetime.date.max


def never_holds(waiver: Waiver, as_of: datetime.date) -> str:
    """Why no finding at all can make a waiver count; "" where one may (policy-model 5.1)."""
    if too_long(waiver, as_of):
        return f"without `created` it may end at most {_longest(waiver)} days ahead"
    shipped = waiver.rule != "unknown-license" or waiver.artifact != REPOSITORY
    if waiver.state == "pending-review" and waiver.rule in NEVER_PENDING and shipped:
        return f"a pending review cannot cover {waiver.rule}"
    if waiver.state == "granted" and (
        waiver.approver == STUB_APPROVER or waiver.reason.startswith(STUB_REASON)
    ):
        return "approver and reason are those of the stub; write who granted it, and why"
    return ""


def waiver_doubts(policy: Policy, as_of: datetime.date) -> tuple[tuple[Waiver, str, bool], ...]:
    """What can be said of waivers before any scan: (waiver, what, whether it never counts)."""
    found: list[tuple[Waiver, str, bool]] = []
    for waiver in policy.waivers:
        if waiver.state not in ("granted", "pending-review"):
            continue
        last = last_day(waiver)
        if why := never_holds(waiver, as_of):
            found.append((waiver, f"never counts: {why}", True))
        elif last < as_of.isoformat():
            found.append((waiver, f"ended on {last}", False))
        elif waiver.created is not None and waiver.created > as_of.isoformat():
            found.append((waiver, f"begins on {waiver.created}", False))
        elif last < waiver.expires:
            days = f"{waiver.state} counts for at most {_longest(waiver)} days"
            found.append((waiver, f"ends on {last}, before {waiver.expires}: {days}", False))
    return tuple(found)


def _longest(waiver: Waiver) -> int:
    return PENDING_DAYS if waiver.state == "pending-review" else GRANTED_DAYS


def last_day(waiver: Waiver) -> str:
    """The last day on which a waiver can count: its own end, or what its state allows."""
    if waiver.created is None:
        return waiver.expires
    end = days_after(datetime.date.fromisoformat(waiver.created), _longest(waiver))
    return min(waiver.expires, end.isoformat())


def too_long(waiver: Waiver, as_of: datetime.date) -> bool:
    """A waiver that hides when it began may not reach further than a new one could."""
    if waiver.created is not None:
        return False
    return waiver.expires > days_after(as_of, _longest(waiver)).isoformat()


def due_day(waiver: Waiver, severity: Severity) -> str:
    """The day a pending review is due: 2, 5 or 10 working days by severity; "" for others."""
    if waiver.state != "pending-review" or waiver.created is None:
        return ""
    day = datetime.date.fromisoformat(waiver.created)
    left = WORKING_DAYS.get(severity, SLOWEST)
    while left and day < datetime.date.max:
        day = days_after(day, 1)
        left -= day.weekday() < WEEKEND
    return min(day.isoformat(), last_day(waiver))


def _effect(waiver: Waiver, code: str, why: str, compared: bool, *, overdue: bool) -> str:
    if code:
        return f"Does not count: {why}."
    if waiver.state == "granted":
        return f"The gate does not count the finding until {last_day(waiver)}."
    if waiver.state == "pending-review":
        late = " The review is overdue." if overdue else ""
        if compared:
            return f"Lets this merge through until {last_day(waiver)}, never a release.{late}"
        return f"Lets merges through, never a release: this gate counts the finding.{late}"
    return f"The request was {waiver.state}: the gate counts the finding."


def _texts(finding: Finding, ground: Ground) -> frozenset[str]:
    """Digests of the texts on which the license of the component rests."""
    shown = frozenset(e.sha256 for e in finding.evidence if e.sha256)
    return shown | frozenset(
        n.license_text_sha256
        for n in ground.graph.nodes.values()
        if (n.component or n.id) == finding.component and n.license_text_sha256
    )


def _other_license(waiver: Waiver, ground: Ground, artifacts: Mapping[str, Artifact]) -> str:
    """What its component is under now, where that is another license than the waiver names."""
    if waiver.state not in ("granted", "pending-review") or waiver.artifact not in artifacts:
        return ""
    wanted = parse(waiver.license)
    found = [
        n.license for n in ground.graph.nodes.values()
        if not n.first_party and waiver.component.covers(n.component or n.id)
    ]  # fmt: skip
    if not found or wanted is None or waiver.license == "NOASSERTION":
        return ""
    for license_ in found:
        term = parse(license_)
        if term is None or license_ == waiver.license:
            return ""
        if any(str(a) == str(wanted) for a in atoms(term)):
            return ""
    return ", ".join(sorted({x for x in found if x is not None}))


def _license_notice(waiver: Waiver, now: str) -> Finding:
    return Finding(
        code="waiver-void", severity=Severity.WARN,
        message=f"Waiver {waiver.id} covers nothing: {waiver.component.name} is under {now} now,"
        f" not under {waiver.license}.",
        remedy="Take it out, or ask for a new one.",
        location=Location(file=waiver.where.file, line=waiver.where.line),
        artifact=waiver.artifact, component=waiver.component.text, license=waiver.license,
    )  # fmt: skip


def _unused(
    waiver: Waiver, findings: Sequence[Finding], ground: Ground, artifacts: Mapping[str, Artifact],
    as_of: datetime.date,
) -> Finding | None:  # fmt: skip
    """What is said of a waiver that covers nothing; None where that is as it should be.

    One that names what is not there is a slip or a leftover; a shared policy file may speak of
    other repositories, and a finding that was mended needs no exemption any more.
    """
    if waiver.state not in ("granted", "pending-review") or last_day(waiver) < as_of.isoformat():
        return None
    if waiver.artifact not in artifacts and ground.narrowed:
        return None
    why = _absent(waiver, findings, ground, artifacts)
    mended = f"{waiver.artifact} has no finding {waiver.rule} of {waiver.component.name}"
    own = posixpath.basename(waiver.where.file) == REPOSITORY_FILE
    return Finding(
        code="waiver-unused", severity=Severity.WARN if why and own else Severity.PASS,
        message=f"Waiver {waiver.id} covers nothing: "
        + ended(why or mended),
        remedy="Mend what it names, or take it out.",
        location=Location(file=waiver.where.file, line=waiver.where.line),
        artifact=waiver.artifact if waiver.artifact in artifacts else None,
        component=waiver.component.text, license=waiver.license,
    )  # fmt: skip


def _absent(
    waiver: Waiver, findings: Sequence[Finding], ground: Ground, artifacts: Mapping[str, Artifact]
) -> str:
    """Which of the things that it names is not there; "" where all are."""
    if waiver.artifact not in artifacts and waiver.artifact != REPOSITORY:
        near = nearest(waiver.artifact, list(artifacts)[:2_000])
        return f"there is no artifact {shown(waiver.artifact)} here{near}"
    names = {n.component or n.id for n in ground.graph.nodes.values()}
    names |= {f.component for f in findings if f.component is not None}
    if why := absent(waiver.component, names):
        return why
    alike = [
        f for f in findings
        if f.code == waiver.rule and f.component is not None
        and waiver.component.covers(f.component)
        and waiver.artifact == (f.artifact or REPOSITORY)
    ]  # fmt: skip
    if alike:
        licenses = ", ".join(sorted({f.license or "NOASSERTION" for f in alike}))
        return f"{waiver.rule} is about {licenses} here, not about {waiver.license}"
    return ""


def _holds(
    condition: str, finding: Finding, ground: Ground, artifacts: Mapping[str, Artifact]
) -> bool:
    """Whether a condition is true in this run; what cannot be checked is false."""
    artifact = artifacts.get(finding.artifact or "")
    kinds = [h.edge for h in finding.path if h.edge]
    name, _, value = condition.partition(":")
    if name == "profile":
        return artifact is not None and artifact.profile == value
    if name == "elected":
        return any(
            e.component == finding.component and e.elected == value
            for v in ground.verdicts if v.artifact.name == finding.artifact
            for e in v.elections
        ) or finding.license == value  # fmt: skip
    if name == "not-in-firmware":
        return artifact is not None and artifact.profile != "firmware"
    if name == "unmodified":
        nodes = [
            n for n in ground.graph.nodes.values() if (n.component or n.id) == finding.component
        ]
        return bool(nodes) and not any(n.modified for n in nodes)
    if not kinds or kinds[-1] not in LAST_EDGES.get(name, ()):
        return False
    return artifact is None or _used_so_only(name, finding, ground.graph, artifact)


def _used_so_only(name: str, finding: Finding, graph: DependencyGraph, artifact: Artifact) -> bool:
    """Whether every way in which an artifact uses a component is what a condition says.

    A path shows one of them; a library that is loaded here and linked in there is both.
    """
    shipped = tuple(c.kind not in LAST_EDGES["build-time-only"] for c in graph.classes)
    inside = set(graph.reachable((graph.position(artifact.root),), shipped))
    parts = {
        p for p in inside
        if (graph.node(p).component or graph.node(p).id) == finding.component
    }  # fmt: skip
    if name == "build-time-only":
        return not parts
    entering = [
        graph.classes[number] for part in parts for source, number in graph.users(part)
        if source in inside and source not in parts and shipped[number]
    ]  # fmt: skip
    return all(c.kind in LAST_EDGES[name] and not c.tight for c in entering)


def _notice(waiver: Waiver, finding: Finding, state: _State) -> Finding:
    return Finding(
        code=state.code, severity=Severity.WARN,
        message=f"Waiver {waiver.id} for {waiver.rule} does not count: {state.why}.",
        remedy="Renew it with its approver, or mend the finding.",
        location=Location(file=waiver.where.file, line=waiver.where.line),
        artifact=finding.artifact, component=finding.component, license=finding.license,
    )  # fmt: skip


def waivers_ending(policy: Policy, as_of: datetime.date, days: int) -> tuple[Waiver, ...]:
    """Waivers that end within so many days, soonest first; those that ended come first."""
    limit = days_after(as_of, days).isoformat()
    alive = [w for w in policy.waivers if w.state in ("granted", "pending-review")]
    ending = (w for w in alive if last_day(w) <= limit)
    return tuple(sorted(ending, key=lambda w: (last_day(w), w.id)))


def waiver_stub(
    finding: Mapping[str, Any], *, state: str, created: datetime.date, days: int | None, number: int
) -> tuple[str, ...]:  # fmt: skip
    """Lines of a waiver for a finding of a report document: valid as they stand.

    Owner, approver and reason are placeholders that a person replaces.
    """
    longest = PENDING_DAYS if state == "pending-review" else GRANTED_DAYS
    expires = days_after(created, min(days or longest, longest))
    severity = Severity.of(finding["severity"])
    texts = [e["sha256"] for e in finding["evidence"] if e.get("sha256")]
    artifact = finding["artifact"] or REPOSITORY
    covers = {
        "rule": finding["code"], "component": finding["component"], "artifact": artifact,
        "license": finding["license"] or "NOASSERTION",
        **({"text_sha256": texts[0]} if texts else {}),
    }  # fmt: skip
    made = Waiver(
        id="", rule="", component=Pattern("", ""), artifact="", license="", text_sha256=None,
        state=state, conditions=(), owner="", approver="", reason="", ticket="",
        created=created.isoformat(), expires=expires.isoformat(),
        where=Where(file="", line=0),
    )  # fmt: skip
    due = due_day(made, severity)
    note = f"  # the review is due on {due}; lets merges through, never a release" if due else ""
    message = " ".join(finding["message"].split())[:300]
    refused = state == "pending-review" and finding["code"] in NEVER_PENDING
    return (
        f"  - id: W-{created.isoformat()}-{number}",
        "    covers:",
        *(f"      {key}: {quoted(value)}" for key, value in covers.items()),
        f"    state: {state}{note}",
        *((f"    # a pending review can never cover {finding['code']}: ask for `granted`",)
          if refused else ()),
        "    conditions: []  # unmodified, dynamic-only, separate-process, not-in-firmware, ...",
        "    owner: your-team@example.com",
        f"    approver: {quoted(STUB_APPROVER)}  # somebody else than the owner",
        f"    reason: {quoted(f'{STUB_REASON} {message}')}",
        f"    created: {created.isoformat()}",
        f"    expires: {expires.isoformat()}",
    )  # fmt: skip


def quoted(text: str) -> str:
    """A YAML scalar in double quotes; control characters are dropped."""
    clean = "".join(c for c in text if c.isprintable())
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'
