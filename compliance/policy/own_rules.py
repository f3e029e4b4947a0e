"""Rules of an organisation while an artifact is judged: what they raise, and which arm they mind.

A rule with an id of its own makes findings of that code; one with the id of a finding code decides
how grave it is. Both speak of the license that is taken under an OR, so the arm that they mind
least is taken: an allow-list that names MIT lets `Apache-2.0 OR MIT` pass (policy-model 3.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from compliance.findings import Severity
from compliance.graph import Artifact
from compliance.policy.candidate import Candidate, has_choice, relation
from compliance.policy.document import Rule
from compliance.policy.inventory import Group, own_group
from compliance.policy.judge import Chosen, Judge, Option, Price, Spot, added_up, rank
from compliance.policy.rules import Subject, applies, asks_for_unknown, deciding, subject
from compliance.policy.terms import Atom, Term
from compliance.policy.world import World


class Sitting(Protocol):
    """The judging of an artifact, as far as rules ask about it."""

    @property
    def artifact(self) -> Artifact:
        """What is judged."""

    @property
    def world(self) -> World:
        """Graph, policy and facts."""

    @property
    def judge(self) -> Judge:
        """Assessments under the readings in force."""

    @property
    def outbound(self) -> Term | None:
        """The license of our own code."""

    @property
    def umbrella(self) -> str | None:
        """What would govern the work."""

    @property
    def own_rules(self) -> tuple[Rule, ...]:
        """Rules with ids of their own."""

    @property
    def replaced(self) -> tuple[Rule, ...]:
        """Rules that do not come from the preset."""

    @property
    def seen(self) -> list[Candidate]:
        """Every license that counts, and how it is used."""

    def subject(self, made: Candidate, group: Group) -> Subject:
        """The facts that rules ask about."""

    def graded(self, made: Candidate, group: Group, code: str, severity: Severity) -> Candidate:
        """A finding of a code with the severity that rules give it."""


def raised(sitting: Sitting) -> Iterator[Candidate]:
    """The findings of rules with ids of their own, each rule after the other."""
    for top in sitting.own_rules:
        rule = next((r for r in top.chain() if r.when.get("first_party") is True), None)
        if rule is not None and applies(rule, _own_subject(sitting)):
            yield _own_finding(sitting, rule)
        for seen in sitting.seen:
            group = sitting.world.inventory.groups[seen.groups[0]]
            found = _rule(sitting, top, seen, group)
            if found is not None:
                severity = Severity.of(found.then)
                yield Candidate(
                    code=found.id, severity=severity, component=seen.component,
                    license=seen.license, groups=seen.groups, relation=seen.relation,
                    spot=seen.spot, fact=seen.fact, fired=seen.fired, umbrella=seen.umbrella,
                    rule=found,
                )  # fmt: skip


def _rule(sitting: Sitting, top: Rule, seen: Candidate, group: Group) -> Rule | None:
    """The rule of a chain that holds for a license; what nobody knows has to be asked for.

    An unknown license is a finding already: an allow-list does not repeat it.
    """
    if seen.fact is None and not asks_for_unknown(top):
        return None
    return deciding(top, lambda: sitting.subject(seen, group))


def _own_subject(sitting: Sitting) -> Subject:
    """The facts of our own code in this artifact, for rules that ask for `first_party: yes`."""
    a = sitting.artifact
    facts = sitting.world.facts.options(Atom(a.outbound))
    group = own_group(a.name, a.outbound, sitting.outbound)
    spot = Spot(included=True, joined=True, beside=True)
    known = facts[0] if facts else None
    fired = sitting.judge.fired(known, spot) if known is not None else frozenset()
    found = subject(
        a, group, spot, known, license_=a.outbound, fired=fired, umbrella=sitting.umbrella,
        linked="static", changes="",
    )  # fmt: skip
    return {**found, "first_party": True, "contested": False}


def _own_finding(sitting: Sitting, rule: Rule) -> Candidate:
    return Candidate(
        code=rule.id, severity=Severity.of(rule.then), component=sitting.artifact.name,
        license=sitting.artifact.outbound, groups=(), relation="joins",
        spot=Spot(included=True, joined=True, beside=True), rule=rule,
    )  # fmt: skip


# Which arm is taken


def preferred(
    sitting: Sitting, place: tuple[int, Group, Spot], default: Option,
    ways: Callable[[], Sequence[Option]], umbrella: str | None,
) -> Option:  # fmt: skip
    """The way to take an expression that rules of the policy mind least.

    Args:
        sitting: Whose artifact it is part of.
        place: Number of the group, the group, and how it is used.
        default: The cheapest way before rules are asked; it stays where they do not care.
        ways: All ways that are permitted there.
        umbrella: What governs the work, as rules see it.
    """
    number, group, spot = place
    if group.term is None or not has_choice(group.term):
        return default
    if not sitting.own_rules and not sitting.replaced:
        return default
    options = [default, *ways()]
    weighed = [_weighed(sitting, number, group, spot, o, umbrella) for o in options]
    if weighed[0] <= min(weighed):
        return default
    return min(zip(weighed, options, strict=True), key=lambda w: (w[0], rank(w[1])))[1]


def _weighed(
    sitting: Sitting, number: int, group: Group, spot: Spot, option: Option, umbrella: str | None
) -> Price:  # fmt: skip
    """The price of a way, with what the rules make of it."""
    found: list[Severity] = []
    for chosen in option.chosen:
        found += _severities(sitting, (number, group, spot), chosen, umbrella)
    return (*added_up(found), option.price[4])


def _severities(
    sitting: Sitting, place: tuple[int, Group, Spot], chosen: Chosen, umbrella: str | None
) -> Iterator[Severity]:
    number, group, spot = place
    fact = chosen.fact
    if fact is None:
        yield Severity.BLOCK
        return
    assessed = sitting.judge.assess(fact, spot, chosen.stance)
    plain = Candidate(
        code="", severity=Severity.PASS, component=group.component, license=chosen.written,
        groups=(number,), relation=relation(spot), spot=spot, fact=fact, fired=assessed.fired,
        umbrella=umbrella, kind=group.kind,
    )  # fmt: skip
    if chosen.undecided:
        yield Severity.REVIEW
    for issue in assessed.issues:
        yield sitting.graded(plain, group, issue.code, issue.severity).severity
    for top in sitting.own_rules:
        rule = _rule(sitting, top, plain, group)
        if rule is not None:
            yield Severity.of(rule.then)
