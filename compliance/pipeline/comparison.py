"""Base against head: only what is new can fail a change (policy-model 3.7 and 8.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from compliance.findings import Finding, Hop, Location, Severity
from compliance.pipeline.assembly import NOT_PART, gate_of
from compliance.pipeline.gates import GateEdits
from compliance.pipeline.licensechange import license_changes
from compliance.pipeline.listings import INCOMPLETE_CODES, is_missing
from compliance.pipeline.scanned import Scanned
from compliance.policy import regraded
from compliance.report import (
    ArtifactChange,
    Comparison,
    DutyOwed,
    InsideChange,
    Limit,
    ModuleChange,
)
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.graph import Artifact
    from compliance.policy import Policy
    from compliance.report import ArtifactReport, Component, ScanReport
    from compliance.sources import Trace

_NOT_KNOWN = INCOMPLETE_CODES | {"unknown-license", "license-conflict"}
NOT_COVERED = (
    "; an approval does not cover what the same change brings: merge the policy on its own first"
)
MOST_NAMED = 20
"""Other ways to a culprit, and hidden findings, that one finding names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Head and base, judged under one policy; no base where there was no Go module yet."""

    head: Scanned
    base: Scanned | None
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What the change edits of its own gate: policy files, what of them in words, workflows.

    `digest` names the edit of the policy, `approved` says that its owner approved that edit.
    """

    files: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    gates: GateEdits = GateEdits()
    escaped: tuple[Finding, ...] = ()
    """Ways past the gate that lead around these files; told as they are."""
    digest: str = ""
    approved: bool = False
    first: bool = False
    """Whether the base has no policy of its own: then readings of ours are replaced, no policy."""
    unusable: str = ""
    """Why the policy of the base cannot be used, with file and line: all may be hidden then."""


def compare(
    pairs: Sequence[Pair],
    *,
    revision: str,
    edits: Edits,
    relicensed: Sequence[Pair] = (),
    limits: Sequence[Limit] = (),
    trace: Trace | None = None,
) -> Scanned:
    """Head's report with what is new marked, and the gate that counts only that.

    `pairs` holds the judgement under head's policy and, where the change edits policy or facts,
    the one under base's: what either finds new is new. So is what `relicensed` finds new of the
    code of others, where head was judged under the licenses that the base gives its own code.
    `limits` says what of the base is not as it seems.
    """
    ours = pairs[0]
    report = ours.head.report
    old = ours.base.report if ours.base is not None else None
    findings = _widened(ours, _marked(ours))
    known = {f.fingerprint for f in findings}
    for pair in pairs[1:]:
        theirs = _marked(pair)
        hidden = [f for f in theirs if _hidden(f, findings)]
        findings += [f for f in hidden if f.new and f.fingerprint not in known]
        findings += _of_policy(edits, hidden)
    for pair in relicensed:
        hidden = [f for f in _brought(pair) if _hidden(f, findings)]
        findings += [f for f in hidden if f.fingerprint not in known]
        known |= {f.fingerprint for f in hidden}
        findings += _of_license(pair, hidden)
    findings += edits.escaped
    findings += _of_gates(edits)
    if old is not None:
        findings += [regraded(ours.policy, f, changed=True) for f in license_changes(old, report)]
    ordered = tuple(sorted(dict.fromkeys(findings), key=Finding.sort_key))
    return replace(
        ours.head,
        trace=trace,
        report=replace(
            report,
            findings=ordered,
            gate=gate_of(ordered, report.gate.fail_on, compared=True),
            subject=replace(report.subject, base=revision),
            limits=(*report.limits, *limits, *_limits(old)),
            change=Comparison(
                fixed=_fixed(ours),
                modules=tuple(_module_changes(old, report)),
                artifacts=tuple(_artifact_changes(ours)),
                inside=tuple(_inside_changes(old, report)),
            ),
        ),
    )


def _limits(base: ScanReport | None) -> Iterator[Limit]:
    lost = [f for f in base.findings if is_missing(f)] if base is not None else []
    if lost:
        yield Limit(
            what=f"The base could not be read whole: {lost[0].message}",
            effect="what head does not know either counts as new",
            code=lost[0].code,
            count=len(lost),
        )


# What is new, the same, wider, gone


def _marked(pair: Pair) -> list[Finding]:
    """Findings of head; those that base does not have, or has as less severe, are new."""
    before: dict[str, Severity] = {}
    names: Mapping[str, str] = {}
    if pair.base is not None:
        before = {f.fingerprint: f.severity for f in _known(pair.base.report)}
        names = _renamed(pair.head, pair.base)
    marked = []
    for finding in pair.head.report.findings:
        old = before.get(_earlier_name(finding, names))
        marked.append(replace(finding, new=old is None or old < finding.severity))
    return marked


def _known(base: ScanReport) -> Iterator[Finding]:
    """Findings of the base that hold; where it could not be read whole, what it does not know is
    no knowledge, and what head does not know is new."""  # noqa: D205, D209
    whole = not any(map(is_missing, base.findings))
    return (f for f in base.findings if whole or f.code not in _NOT_KNOWN)


def _earlier_name(finding: Finding, names: Mapping[str, str]) -> str:
    """Its fingerprint in the base, where its artifact may have had another name."""
    name = names.get(finding.artifact or "")
    return (replace(finding, artifact=name) if name else finding).fingerprint


def _renamed(head: Scanned, base: Scanned) -> dict[str, str]:
    """Old name of each artifact that was only moved.

    The base has an artifact that head has no more, handed out on the same terms, and nothing is
    linked into the new one that was not in the old one.
    """
    before = {a.verdict.artifact.name: a for a in base.report.artifacts}
    after = {a.verdict.artifact.name: a for a in head.report.artifacts}
    gone = {n: a for n, a in before.items() if n not in after}
    names: dict[str, str] = {}
    for name, artifact in after.items():
        if name in before:
            continue
        fitting = [
            (-len(set(a.modules) & set(artifact.modules)), n)
            for n, a in gone.items()
            if _terms(a) == _terms(artifact) and _paths(artifact) <= _paths(a)
        ]
        if fitting:
            names[name] = min(fitting)[1]
            del gone[names[name]]
    return names


def _terms(artifact: ArtifactReport) -> Artifact:
    plain = artifact.verdict.artifact
    return replace(plain, name="", root="", main="", platforms=())


def _paths(artifact: ArtifactReport) -> set[str]:
    return {m.partition("@")[0] for m in artifact.modules}


def _fixed(pair: Pair) -> tuple[Finding, ...]:
    """Findings of the base that head does not have."""
    if pair.base is None:
        return ()
    names = _renamed(pair.head, pair.base)
    now = {_earlier_name(f, names) for f in pair.head.report.findings}
    return tuple(
        f
        for f in pair.base.report.findings
        if f.fingerprint not in now and f.severity > Severity.PASS
    )


def _widened(pair: Pair, findings: list[Finding]) -> list[Finding]:
    """Findings of before with the importers of their culprit that the base did not have.

    A second path to the same culprit is no new problem; it makes the old one harder to mend.
    """
    if pair.base is None:
        return findings
    names = _renamed(pair.head, pair.base)
    head, base = _Users(pair.head), _Users(pair.base)
    done = []
    for finding in findings:
        if finding.new or not finding.component or finding.severity <= Severity.COMPLY:
            done.append(finding)
            continue
        artifact = finding.artifact or ""
        culprit = _path_of(finding.component)
        now = head.of(artifact, culprit)
        then = base.of(names.get(artifact, artifact), culprit)
        more = [now[n] for n in sorted(now) if n not in then] if len(now) > len(then) else []
        done.append(replace(finding, wider=tuple(more[:MOST_NAMED])) if more else finding)
    return done


class _Users:
    """Who needs a component directly, in an artifact; its tests and tools are no part of it."""

    def __init__(self, scanned: Scanned) -> None:
        self._graph = scanned.graph
        self._roots = {a.name: a.root for a in scanned.artifacts}
        self._reached: dict[str, frozenset[int]] = {}
        self._nodes: dict[str, list[int]] | None = None

    def of(self, artifact: str, culprit: str) -> dict[str, Hop]:
        """By node name, the hop that leads into the component; empty without an artifact."""
        graph = self._graph
        if artifact not in self._roots:
            return {}
        inside = self._within(artifact)
        mine = set(self._positions().get(culprit, ()))
        found: dict[str, Hop] = {}
        for position in sorted(mine & inside):
            for user, number in graph.users(position):
                part = graph.classes[number].kind not in NOT_PART
                if part and user in inside and user not in mine:
                    arc = next(a for a in graph.arcs(user) if a[:2] == (position, number))
                    edge = graph.edge(user, arc)
                    node = graph.node(user)
                    found.setdefault(
                        node.id,
                        Hop(
                            node=node.id, edge=edge.kind, file=edge.file, line=edge.line,
                            license=node.license, first_party=node.first_party,
                        ),
                    )  # fmt: skip
        return found

    def _within(self, artifact: str) -> frozenset[int]:
        if artifact not in self._reached:
            graph = self._graph
            root = graph.position(self._roots[artifact])
            part = graph.follows(lambda c: c.kind not in NOT_PART)
            self._reached[artifact] = frozenset(graph.reachable((root,), part))
        return self._reached[artifact]

    def _positions(self) -> dict[str, list[int]]:
        if self._nodes is None:
            self._nodes = {}
            for position in range(len(self._graph)):
                node = self._graph.node(position)
                name = _path_of(node.component or node.id)
                self._nodes.setdefault(name, []).append(position)
        return self._nodes


def _path_of(component: str) -> str:
    """A package URL without its version."""
    return component.partition("@")[0]


# Modules and artifacts, in words


def _module_changes(base: ScanReport | None, head: ScanReport) -> Iterator[ModuleChange]:
    """Linked modules that come, go, or change version or license; by path."""
    before = _linked(base) if base is not None else {}
    after = _linked(head)
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        change = ModuleChange(
            path=path,
            before=_version(old),
            after=_version(new),
            license_before=old.conclusion.concluded if old else None,
            license_after=new.conclusion.concluded if new else None,
        )
        if (change.before, change.license_before) != (change.after, change.license_after):
            yield change


def _version(component: Component | None) -> str | None:
    """The version that is linked; with what takes its place, as `go list -m` writes it."""
    if component is None:
        return None
    replaced = component.module.replace if component.module is not None else None
    if replaced is None:
        return component.version
    return f"{component.version} => {replaced.path} {replaced.version or ''}".strip()


def _linked(report: ScanReport) -> dict[str, Component]:
    return {
        c.path: c
        for c in report.components
        if c.kind == "module" and c.scope == "linked" and not (c.module and c.module.main)
    }


def _inside_changes(base: ScanReport | None, head: ScanReport) -> Iterator[InsideChange]:
    """C libraries and embedded programs that come, go, or are others; by path."""
    before = _inside(base) if base is not None else {}
    after = _inside(head)
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old is not None and new is not None and _bytes_and_link(old) == _bytes_and_link(new):
            continue
        here = new or old
        assert here is not None  # noqa: S101 - one of both has the path
        yield InsideChange(
            kind=here.kind,
            path=path,
            license=here.conclusion.concluded,
            standing="added" if old is None else "removed" if new is None else "altered",
            uses=here.uses,
        )


def _inside(report: ScanReport) -> dict[str, Component]:
    return {c.path: c for c in report.components if c.kind in ("c-library", "embedded")}


def _bytes_and_link(component: Component) -> tuple[str | None, frozenset[str]]:
    """Which bytes they are, where they are at hand, and whether they are linked or loaded."""
    digest = component.archive.sha256 if component.archive is not None else None
    return digest, frozenset(u.kind for u in component.uses)


def _artifact_changes(pair: Pair) -> Iterator[ArtifactChange]:
    """Artifacts that come, go, or change in verdict, modules or duties; by name."""
    report = pair.head.report
    before: dict[str, ArtifactReport] = {}
    names: Mapping[str, str] = {}
    if pair.base is not None:
        before = {a.verdict.artifact.name: a for a in pair.base.report.artifacts}
        names = _renamed(pair.head, pair.base)
    after = {a.verdict.artifact.name: a for a in report.artifacts}
    moved = set(names.values())
    for name in sorted({*after, *(n for n in before if n not in moved)}):
        new = after.get(name)
        earlier = names.get(name, name)
        old = before.get(earlier)
        owed_now, owed_then = _duties(new), _duties(old)
        change = ArtifactChange(
            name=name,
            name_before=earlier if old is not None else None,
            before=old.verdict.outcome if old else None,
            after=new.verdict.outcome if new else None,
            added=_beyond(new, old),
            removed=_beyond(old, new),
            gained=tuple(owed_now[k] for k in sorted(owed_now) if k not in owed_then),
            lost=tuple(owed_then[k] for k in sorted(owed_then) if k not in owed_now),
        )
        if change.says_something:
            yield change


def _beyond(one: ArtifactReport | None, other: ArtifactReport | None) -> tuple[str, ...]:
    """Module paths that one artifact has and the other has not."""
    mine = _paths(one) if one is not None else set()
    return tuple(sorted(mine - (_paths(other) if other is not None else set())))


def _duties(artifact: ArtifactReport | None) -> dict[tuple[str, str, str], DutyOwed]:
    if artifact is None:
        return {}
    return {
        (_path_of(d.component), d.duty, d.license): DutyOwed(
            component=d.component, license=d.license, duty=d.duty
        )
        for d in artifact.verdict.duties
    }


# A change and its own gate


def _hidden(finding: Finding, ours: Sequence[Finding]) -> bool:
    """Whether head's own policy says less of the same subject, or hides it behind a waiver."""
    if finding.severity <= Severity.COMPLY:
        return False
    same = [f for f in ours if _subject(f) == _subject(finding)]
    return any(
        _weight(finding, release=release)
        > max((_weight(f, release=release) for f in same), default=Severity.PASS)
        for release in (False, True)
    )


def _subject(finding: Finding) -> tuple[str, str]:
    """What a finding is about: another code or license of the same subject is no other subject."""
    if finding.component:
        return finding.artifact or "", _path_of(finding.component)
    return finding.artifact or "", finding.fingerprint


def _weight(finding: Finding, *, release: bool) -> Severity:
    """How severe it is for a merge, or for a release: there a pending review masks nothing."""
    waiver = finding.waiver
    masked = waiver is not None and waiver.masks and (waiver.state == "granted" or not release)
    return Severity.PASS if masked else finding.severity


def _of_policy(edits: Edits, hidden: Sequence[Finding]) -> Iterator[Finding]:
    """The edit of the policy: what it hides, or that its owner should look at it."""
    if not edits.rules and not hidden and not edits.unusable:
        return
    where = Location(file=edits.files[0], line=1) if edits.files else None
    files = ", ".join(edits.files)
    if not hidden and not edits.unusable:
        yield Finding(
            code="policy-edited",
            severity=Severity.COMPLY if edits.approved else Severity.REVIEW,
            message=f"this change edits {files} ({', '.join(edits.rules)}); it hides nothing here"
            + _approval(edits),
            remedy="have the owner of the policy look at it",
            location=where,
            new=True,
        )
        return
    fresh = any(f.new for f in hidden)
    only = edits.first and not fresh
    severity = Severity.REVIEW if only else Severity.BLOCK
    remedy = (
        "have the owner of the policy review the edit in a change of its own, or approve it:"
        f" --policy-approved {edits.digest}"
    )
    yield Finding(
        code="policy-relaxed",
        severity=Severity.COMPLY if edits.approved and not fresh else severity,
        message=(
            _relaxing(edits, files, hidden)
            + ("; it is the first policy here, and none of it is new" if only else "")
            + (NOT_COVERED if edits.approved and fresh else _approval(edits))
        ),
        remedy=remedy,
        location=where,
        new=True,
    )


def _relaxing(edits: Edits, files: str, hidden: Sequence[Finding]) -> str:
    """What the edit of the policy does."""
    if not edits.unusable:
        return f"this change edits {files}, and with that hides: {_named(hidden)}"
    known = f"; without any policy more is found: {_named(hidden)}" if hidden else ""
    return (
        f"the policy of the base cannot be used ({edits.unusable}), so whether the one that"
        f" replaces it in {files} is milder cannot be told{known}"
    )


def _brought(pair: Pair) -> list[Finding]:
    """What is new about the code of others; what our own code is under, its owners say.

    A package of ours that holds text of others is named by its import path: it is ours where the
    base has it, too.
    """
    components = pair.head.report.components
    ours = {c.purl for c in components if c.module is not None and c.module.main}
    if pair.base is not None:
        graph = pair.base.graph
        ours |= {graph.node(n).id for n in range(len(graph))}
    return [f for f in _marked(pair) if f.new and f.component and f.component not in ours]


def _of_license(pair: Pair, hidden: Sequence[Finding]) -> Iterator[Finding]:
    """That a new license of our own code is what lets in something new of others."""
    if not hidden:
        return
    names = {f.artifact for f in hidden}
    then = {a.outbound for a in pair.head.artifacts if a.name in names}
    yield Finding(
        code="policy-relaxed",
        severity=Severity.BLOCK,
        message=(
            "this change gives its own code another license"
            f" (it was {', '.join(sorted(then))}), and with that hides: {_named(hidden)}"
        ),
        remedy="have the owners of the code review the new license in a change of its own",
        new=True,
    )


def _named(hidden: Sequence[Finding]) -> str:
    told = sorted({f"{f.code} {f.component or f.artifact or ''}".strip() for f in hidden})
    more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return "; ".join(told[:MOST_NAMED]) + more


def _approval(edits: Edits) -> str:
    return f"; its owner approved the edit {edits.digest}" if edits.approved else ""


def _of_gates(edits: Edits) -> Iterator[Finding]:
    for name in edits.gates.steps:
        yield Finding(
            code="policy-edited",
            severity=Severity.REVIEW,
            message=f"this change edits steps of {name} that run before this check, in its job",
            remedy="have the owner of the policy look at them",
            location=Location(file=name, line=1),
            new=True,
        )
    for name in edits.gates.gates:
        yield Finding(
            code="policy-relaxed",
            severity=Severity.BLOCK,
            message=f"this change edits how {name} runs this check",
            remedy="have the owner of the policy review the workflow in a change of its own",
            location=Location(file=name, line=1),
            new=True,
        )
