"""evaluate(): verdicts and findings of every artifact, explained."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from compliance.findings import Finding, Severity
from compliance.graph import Artifact, DependencyGraph
from compliance.policy.boundaries import broken_boundaries
from compliance.policy.case import Case, Sitting, World
from compliance.policy.document import Policy
from compliance.policy.explain import explain
from compliance.policy.facts import Facts, facts
from compliance.policy.remedies import flips, plan_for, remedies
from compliance.policy.repository import repository_findings
from compliance.policy.sentences import because, to_do
from compliance.policy.verdict import Election, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What evaluate() answers.

    Attributes:
        verdicts: One per artifact, in the order in which they were given.
        findings: Sorted, without waivers (see `apply_waivers`).
        system_libraries: C libraries of the system that artifacts link to, with unknown license:
            they are not handed over, which the report says among the things not seen.
    """

    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    system_libraries: tuple[str, ...] = ()
    elections: Mapping[str, tuple[Election, ...]] = field(default_factory=dict)


def evaluate(
    graph: DependencyGraph, artifacts: Sequence[Artifact], policy: Policy, *,
    as_of: datetime.date, produced: Mapping[str, str] | None = None, advise: bool = True,
    tables: Facts | None = None,
) -> Judgement:  # fmt: skip
    """May each artifact be deployed as declared?

    Args:
        graph: Packages and components; see `build_graph` and `with_declared`.
        artifacts: What is built and where it goes; each `root` is a node of the graph.
        policy: Readings, rules, choices, curations, boundaries.
        as_of: The day on which change dates count.
        produced: By duty the output that satisfies it, such as {"license-text": "NOTICE.txt"}.
        advise: Whether to try remedies and flips (each is a further evaluation).
        tables: License facts; default those that come with the product.

    Raises:
        UsageError: A choice that its component does not offer.
    """
    known = tables or facts()
    world = World.of(graph, policy, known, as_of.isoformat(), dict(produced or {}))
    cases, sittings = world.cases(artifacts, policy.interpretations)
    broken = broken_boundaries(world, sittings)
    findings: list[Finding] = []
    verdicts: list[Verdict] = []
    for case, sitting in zip(cases, sittings, strict=True):
        own = [*explain(sitting, case), *broken.get(case.artifact.name, ())]
        if advise:
            own = _advise(world, sitting, case, own)
        findings += own
        verdicts.append(_verdict(world, sitting, case, own, advise))
    findings += broken.get("", ())
    findings += repository_findings(world, sittings)
    findings.sort(key=Finding.sort_key)
    return Judgement(
        verdicts=tuple(verdicts),
        findings=tuple(findings),
        system_libraries=tuple(sorted({s for c in cases for s in c.system})),
        elections={v.artifact.name: v.elections for v in verdicts},
    )


def _advise(
    world: World, sitting: Sitting, case: Case, findings: Sequence[Finding]
) -> list[Finding]:
    """Add proven remedies and flips to what is worse than comply."""
    if all(f.severity <= Severity.COMPLY for f in findings):
        return list(findings)
    proven = remedies(world, sitting, case, findings)
    flipped = flips(world, sitting, case, findings)
    done: list[Finding] = []
    for f in findings:
        if f.severity <= Severity.COMPLY:
            done.append(f)
            continue
        found = proven.get(f.fingerprint, ())
        advice = found[0].title if found else f.remedy
        done.append(
            replace(f, remedies=found, flips=flipped.get(f.fingerprint, ()), remedy=advice)
        )
    return done


def _verdict(
    world: World, sitting: Sitting, case: Case, findings: Sequence[Finding], advise: bool
) -> Verdict:
    outcome = max([case.outcome, *(f.severity for f in findings)])
    ordered = sorted(findings, key=Finding.sort_key)
    plan = plan_for(world, sitting, ordered) if advise and outcome > Severity.COMPLY else None
    return Verdict(
        artifact=case.artifact, outcome=outcome, umbrella=case.umbrella,
        elections=case.elections, duties=case.duties,
        because=because(case, outcome, ordered), do=to_do(case, outcome, ordered, plan),
        plan=plan,
    )  # fmt: skip
