"""evaluate(): verdicts and findings of every artifact, explained."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from compliance.findings import Finding, Remedy, Severity
from compliance.graph import Artifact, DependencyGraph
from compliance.policy.boundaries import broken_boundaries
from compliance.policy.case import Sitting, sit
from compliance.policy.document import Policy
from compliance.policy.explain import FOR_PEOPLE, SORT_OUT, UNDECIDED, explain
from compliance.policy.facts import Facts, facts
from compliance.policy.flips import flips
from compliance.policy.release import one_choice_for_all
from compliance.policy.remedies import Advice, Pairs, candidate_of, plan_for, remedies
from compliance.policy.repository import repository_findings
from compliance.policy.rules import regraded
from compliance.policy.sentences import because, to_do
from compliance.policy.verdict import Election, Verdict
from compliance.policy.world import Before, Past, Versions, World
from compliance.value import dataclass, field, replace


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


def evaluate(  # noqa: PLR0913 - four of them are keywords
    graph: DependencyGraph, artifacts: Sequence[Artifact], policy: Policy, *,
    as_of: datetime.date, produced: Mapping[str, str] | None = None, advise: bool = True,
    tables: Facts | None = None, before: Mapping[str, Before] | None = None,
    versions: Versions | None = None,
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
        before: Components of the base revision by name, where there is one.
        versions: Earlier versions of components, asked only for what has findings.

    Raises:
        UsageError: A choice that its component does not offer.
    """
    known = tables or facts()
    past = Past(before=before, versions=versions)
    world = World(graph, policy, known, as_of.isoformat(), dict(produced or {}), past)
    sittings = sit(world, artifacts, policy.interpretations)
    if policy.interpretations["choice_scope"] == "release":
        world, sittings = one_choice_for_all(world, sittings)
    broken = broken_boundaries(world, sittings, advise=advise)
    findings: list[Finding] = []
    verdicts: list[Verdict] = []
    for sitting in sittings:
        crossed = broken.get(sitting.artifact.name, ())
        told = (regraded(policy, c.finding, sitting.artifact) for c in crossed)
        own = [*explain(sitting), *told]
        advice = None
        if advise and any(f.severity > Severity.COMPLY for f in own):
            advice = remedies(sitting, own)
            own = _advised(sitting, own, advice)
        findings += own
        cuts = {c.finding.fingerprint: c.cut for c in crossed if c.cut}
        verdicts.append(_verdict(sitting, own, advice, cuts))
    findings += (regraded(policy, c.finding) for c in broken.get("", ()))
    findings += (regraded(policy, f) for f in repository_findings(world, sittings))
    findings.sort(key=Finding.sort_key)
    return Judgement(
        verdicts=tuple(verdicts),
        findings=tuple(findings),
        system_libraries=tuple(sorted({s for t in sittings for s in t.case.system})),
        elections={v.artifact.name: v.elections for v in verdicts},
    )


def _advised(sitting: Sitting, findings: Sequence[Finding], advice: Advice) -> list[Finding]:
    """Add proven remedies and flips to what is worse than comply."""
    flipped = flips(sitting, findings)
    done: list[Finding] = []
    for f in findings:
        if f.severity <= Severity.COMPLY or f.code == "boundary-broken":
            done.append(f)  # the remedy of a boundary was tried where it was found broken
            continue
        found = _wanted(sitting, f, advice.remedies.get(f.fingerprint, ()))
        asked = f.code in FOR_PEOPLE or f.remedy == UNDECIDED or f.remedy.startswith(SORT_OUT)
        first = found[0].title if found and not asked else f.remedy
        done.append(replace(f, remedies=found, flips=flipped.get(f.fingerprint), remedy=first))
    return done


SAME_REMEDY = {"choose": "elect", "drop": "replace"}
"""Words of a rule for kinds of remedies."""


def _wanted(sitting: Sitting, finding: Finding, found: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    """The remedies that the rule of a finding names, in its order; all where it names none."""
    candidate = candidate_of(sitting, finding)
    rule = candidate.rule if candidate is not None else None
    if rule is None or not rule.remedies:
        return found
    order = [SAME_REMEDY.get(word, word) for word in rule.remedies]
    named = [r for r in found if r.kind in order]
    return tuple(sorted(named, key=lambda r: order.index(r.kind)))


def _verdict(
    sitting: Sitting, findings: Sequence[Finding], advice: Advice | None, cuts: Mapping[str, Pairs]
) -> Verdict:  # fmt: skip
    case = sitting.case
    outcome = max([case.outcome, *(f.severity for f in findings)])
    ordered = sorted(findings, key=Finding.sort_key)
    plan = plan_for(sitting, ordered, advice, cuts) if advice is not None else None
    return Verdict(
        artifact=case.artifact, outcome=outcome, umbrella=case.umbrella,
        elections=case.elections, duties=case.duties,
        because=because(case, outcome, ordered), do=to_do(case, outcome, ordered, plan),
        plan=plan,
    )  # fmt: skip
