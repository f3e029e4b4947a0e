"""Base against head: only what is new can fail a change (policy-model 3.7 and 8.2)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from compliance.findings import Evidence, Finding, Location, Severity
from compliance.pipeline.assembly import gate_of
from compliance.pipeline.scanned import Scanned
from compliance.policy import category
from compliance.report import Comparison, ModuleChange
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.policy import Policy
    from compliance.report import Component, ScanReport

MOST_DIFF_LINES = 60
"""Changed lines of a license text that are quoted; the rest stands in the file itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Head and base, judged under one policy."""

    head: Scanned
    base: Scanned


def edited_files(head: Policy, base: Policy) -> tuple[str, ...]:
    """Policy and fact files that the change adds, removes or edits."""
    after, before = dict(head.files), dict(base.files)
    return tuple(sorted(n for n in {*after, *before} if after.get(n) != before.get(n)))


def with_facts(policy: Policy, facts: Policy) -> Policy:
    """A policy over what another revision says of itself: deployments, components, links."""
    return replace(
        policy,
        deployments=facts.deployments,
        components=facts.components,
        links=facts.links,
        boundaries=facts.boundaries,
    )


def opened(base: Policy, head: Policy) -> Policy:
    """The base policy with the reviews that the change opens (5.1: the one exception)."""
    known = {w.id for w in base.waivers}
    new = tuple(w for w in head.waivers if w.state == "pending-review" and w.id not in known)
    return replace(base, waivers=(*base.waivers, *new))


def compare(pairs: Sequence[Pair], *, revision: str, edited: tuple[str, ...]) -> Scanned:
    """Head's report with what is new marked, and the gate that counts only that.

    `pairs` holds the judgement under head's policy and, where the change edits policy or facts,
    the one under base's: what either finds new is new.
    """
    ours = pairs[0]
    findings = [*_marked(ours)]
    known = {f.fingerprint for f in findings}
    relaxed: list[Finding] = []
    for pair in pairs[1:]:
        relaxed += [f for f in _marked(pair) if f.new and _worse(f, findings)]
    findings += [f for f in relaxed if f.fingerprint not in known]
    if relaxed:
        findings.append(_policy_relaxed(edited, relaxed))
    findings += _license_changes(ours.base.report, ours.head.report)
    ordered = tuple(sorted(dict.fromkeys(findings), key=Finding.sort_key))
    report = ours.head.report
    return replace(
        ours.head,
        report=replace(
            report,
            findings=ordered,
            gate=gate_of(ordered, report.gate.fail_on, compared=True),
            subject=replace(report.subject, base=revision),
            change=Comparison(
                fixed=_fixed(ours), modules=tuple(_module_changes(ours.base.report, report))
            ),
        ),
    )


def _marked(pair: Pair) -> Iterator[Finding]:
    """Findings of head; those that base does not have, or has as less severe, are new."""
    before = {f.fingerprint: f.severity for f in pair.base.report.findings}
    for finding in pair.head.report.findings:
        old = before.get(finding.fingerprint)
        yield replace(finding, new=old is None or old < finding.severity)


def _fixed(pair: Pair) -> tuple[Finding, ...]:
    """Findings of the base that head does not have."""
    now = {f.fingerprint for f in pair.head.report.findings}
    return tuple(f for f in pair.base.report.findings if f.fingerprint not in now)


def _module_changes(base: ScanReport, head: ScanReport) -> Iterator[ModuleChange]:
    """Linked modules that come, go, or change version or license; by path."""
    before, after = _linked(base), _linked(head)
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        change = ModuleChange(
            path=path,
            before=old.version if old else None,
            after=new.version if new else None,
            license_before=old.conclusion.concluded if old else None,
            license_after=new.conclusion.concluded if new else None,
        )
        if (change.before, change.license_before) != (change.after, change.license_after):
            yield change


def _linked(report: ScanReport) -> dict[str, Component]:
    return {
        c.path: c
        for c in report.components
        if c.kind == "module" and c.scope == "linked" and not (c.module and c.module.main)
    }


def _worse(finding: Finding, ours: Sequence[Finding]) -> bool:
    """Whether head's own policy says less of the same thing, or hides it behind a waiver."""
    same = [f for f in ours if f.fingerprint == finding.fingerprint]
    masked = finding.waiver is not None and finding.waiver.masks
    if masked or finding.severity <= Severity.COMPLY:
        return False
    return all(
        f.severity < finding.severity or (f.waiver is not None and f.waiver.masks) for f in same
    )


def _policy_relaxed(edited: tuple[str, ...], hidden: Sequence[Finding]) -> Finding:
    what = "; ".join(
        sorted({f"{f.code} {f.component or f.artifact or ''}".strip() for f in hidden})
    )
    return Finding(
        code="policy-relaxed",
        severity=Severity.BLOCK,
        message=f"this change edits {', '.join(edited)}, and with that hides: {what}",
        remedy="have the owner of the policy review the edit in a change of its own",
        location=Location(file=edited[0], line=1) if edited else None,
        new=True,
    )


def _license_changes(base: ScanReport, head: ScanReport) -> Iterator[Finding]:
    """Components whose license is another one than at the base."""
    before = {c.path: c for c in base.components if c.kind == "module"}
    for component in head.components:
        old = before.get(component.path)
        if old is None or component.scope == "unused" or old.scope == "unused":
            continue
        was, now = old.conclusion.concluded, component.conclusion.concluded
        if was == now or (component.module is not None and component.module.main):
            continue
        yield Finding(
            code="license-changed",
            severity=Severity.REVIEW,
            message=(
                f"{component.path} {old.version or 'here'} -> {component.version or 'here'}:"
                f" the license was {was or 'unknown'} ({category(was)})"
                f" and is {now or 'unknown'} ({category(now)})"
            ),
            remedy="read the change of the text; stay on the old version, or have it approved",
            location=component.module.location if component.module else None,
            component=component.purl,
            license=now,
            evidence=_text_change(base, old, head, component),
            new=True,
        )


def _text_change(
    base: ScanReport, old: Component, head: ScanReport, new: Component
) -> tuple[Evidence, ...]:
    """The lines of the license files that differ."""
    found = []
    before = dict(old.texts)
    for name, digest in new.texts:
        if before.get(name) == digest:
            continue
        was = base.texts.get(before.get(name, ""), "").splitlines()
        now = head.texts.get(digest, "").splitlines()
        lines = [
            (line[0], number, line[2:])
            for number, line in enumerate(difflib.ndiff(was, now), 1)
            if line[0] in "+-"
        ][:MOST_DIFF_LINES]
        found.append(
            Evidence(
                file=name,
                sha256=digest,
                start_line=1,
                end_line=max(1, len(now)),
                license=new.conclusion.concluded,
                note=f"changed since {old.version or 'the base'}",
                diff=tuple(lines),
            )
        )
    return tuple(found)
