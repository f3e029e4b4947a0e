"""Case: what one artifact raises and owes, before it is explained.

For each work of the artifact (its own, and those of first-party programs shipped beside it) the
declared outbound license is tried as umbrella first, then every copyleft that occurs in the work.
What does not fit under the declared one is governed by its own license; where no umbrella fits
everything, nothing can be conveyed as a whole (policy-model 3.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from operator import attrgetter

from compliance.findings import Severity
from compliance.graph import Artifact
from compliance.policy.candidate import Candidate, Case, has_choice, relation, written
from compliance.policy.document import Rule
from compliance.policy.ebpf import string_fits
from compliance.policy.facts import LicenseFact, Reach
from compliance.policy.inventory import Group
from compliance.policy.judge import DELIVERY, NOTICE_DUTIES, Chosen, Option, Price, Spot
from compliance.policy.own_rules import preferred, raised
from compliance.policy.propagate import KERNEL_EDGES, Edges, Membership, Tables, Work
from compliance.policy.purl import split
from compliance.policy.rules import Subject, by_rule, custom, deciding, subject
from compliance.policy.terms import Atom, Term, atoms, parse
from compliance.policy.verdict import Duty, Election
from compliance.policy.world import Share, World
from compliance.value import replace

_DUTY_ORDER = attrgetter("component", "license", "duty")


def sit(
    world: World, artifacts: Sequence[Artifact], interpretations: Mapping[str, str]
) -> list[Sitting]:
    """Judge every artifact under a reading."""
    edges = world.edges(interpretations)
    found = world.members(artifacts, edges)
    return [
        Sitting(world, a, m, edges, (interpretations, tables))
        for a, (m, tables) in zip(artifacts, found, strict=True)
    ]


class Sitting:
    """The judging of one artifact; `case` is the answer."""

    def __init__(
        self, world: World, artifact: Artifact, members: Membership, edges: Edges,
        under: tuple[Mapping[str, str], tuple[Tables, ...]],
    ) -> None:  # fmt: skip
        self.world = world
        self.artifact = artifact
        self.members = members
        self.edges = edges
        self.under = under
        self.outbound = parse(artifact.outbound)
        self.judge = world.judge(artifact, under[0])
        self._reading = self.judge.reading
        self.own_rules = custom(world.policy)
        self._candidates: dict[tuple[str, str, str], Candidate] = {}
        self._duties: dict[Duty, None] = {}
        self._elections: dict[str, Election] = {}
        self.seen: list[Candidate] = []
        self._system: dict[str, None] = {}
        self.umbrella: str | None = None
        self._as_whole: str | None = None
        self.case = self._judge()

    @property
    def read(self) -> frozenset[str]:
        """The switches that were looked at."""
        return frozenset(self.judge.reading.read | self.edges.read)

    def again(
        self, *, artifact: Artifact | None = None, members: Membership | None = None
    ) -> Sitting:
        """The same under other facts or with another membership, in the same reading."""
        return Sitting(
            self.world, artifact or self.artifact, members or self.members, self.edges, self.under
        )

    @cached_property
    def work(self) -> Work:
        """Node sets on demand."""
        return self.world.work(self.artifact.root, self.under[1])

    # The parts of a case

    def _judge(self) -> Case:
        """Judge works, separate parts, neighbours, and technical rules."""
        joined = self._works()
        for number in sorted(self.members.included - joined):
            self._single(number, included=True)
        for number in sorted(self.members.beside - self.members.included - joined):
            self._single(number, included=False)
        self._technical()
        self._generators()
        self._own_duties()
        self._by_own_rules()
        ordered = sorted(self._candidates.values(), key=lambda c: (-c.severity, *c.key))
        return Case(
            artifact=self.artifact,
            candidates=tuple(ordered),
            duties=tuple(sorted(self._duties, key=_DUTY_ORDER)),
            elections=tuple(sorted(self._elections.values(), key=lambda e: e.component)),
            umbrella=self.umbrella,
            outcome=self._outcome(),
            seen=tuple(self.seen),
            system=tuple(self._system),
        )

    def _outcome(self) -> Severity:
        worst = max((c.severity for c in self._candidates.values()), default=Severity.PASS)
        owes = any(d.duty not in NOTICE_DUTIES for d in self._duties)
        return max(worst, Severity.COMPLY if owes else Severity.PASS)

    def _works(self) -> frozenset[int]:
        """Judge each work; returns every group that is part of one."""
        self._one_work(self.members.joined, None)
        joined = set(self.members.joined)
        if self.members.separate_own:
            of = self.world.inventory.group_of
            for entry, nodes in self.work.separate_works():
                groups = frozenset(of[n] for n in nodes if of[n] >= 0)
                self._one_work(groups, entry)
                joined |= groups
        return frozenset(joined)

    def _one_work(self, groups: frozenset[int], entry: int | None) -> None:
        usable: list[tuple[int, Group, Term, Spot]] = []
        for number in sorted(groups):
            group = self.world.inventory.groups[number]
            spot = self._spot(number, group, joined=True)
            if group.term is None:
                self._unknown(number, group, spot, entry)
            elif not self._is_systems(number, group, group.term, spot):
                usable.append((number, group, self._open(number, group, spot, entry), spot))
        declared, bad = self._declared(usable)
        if entry is None:
            self._as_whole = declared
        for number, group, term, spot in usable:
            if number not in bad and not self._quiet(number, group, term, spot, declared):
                option = self.judge.cheapest(term, spot, declared)
                if option is not None:
                    option = self._preferred(number, group, spot, option, declared)
                    self._take(number, group, spot, option, entry)
        if bad:
            self._govern(usable, bad, declared, entry)

    def _declared(
        self, usable: Sequence[tuple[int, Group, Term, Spot]]
    ) -> tuple[str | None, frozenset[int]]:
        """The declared umbrella that leaves the least outside, and what is outside."""
        best: tuple[int, Price, bool, int] | None = None
        answer: tuple[str | None, frozenset[int]] = (None, frozenset())
        for index, umbrella in enumerate(self._declared_umbrellas(self.outbound)):
            price, bad = self._total(usable, umbrella)
            rank = (len(bad), price, umbrella is not None, index)
            if best is None or rank < best:
                best, answer = rank, (umbrella, frozenset(bad))
        return answer

    def _total(
        self, usable: Sequence[tuple[int, Group, Term, Spot]], umbrella: str | None
    ) -> tuple[Price, list[int]]:
        total = [0, 0, 0, 0, 0]
        kinds: dict[tuple[Term, Spot], list[int]] = {}
        for number, _, term, spot in usable:
            kinds.setdefault((term, spot), []).append(number)
        bad: list[int] = []
        for (term, spot), numbers in kinds.items():
            option = self.judge.cheapest(term, spot, umbrella)
            if option is None:
                bad += numbers
                continue
            for i, value in enumerate(option.price):
                total[i] += value * len(numbers)
        return (total[0], total[1], total[2], total[3], total[4]), bad

    def _declared_umbrellas(self, term: Term | None) -> list[str | None]:
        """What the outbound expression lets recipients have the whole under; None: no copyleft."""
        if term is None:
            return [None]
        if isinstance(term, Atom):
            facts = [self.judge.effective(f, Spot()) for f in self.world.facts.options(term)]
            strong: list[str | None] = [f.base for f in facts if f.reach >= Reach.WORK]
            return strong or [None]
        parts = [self._declared_umbrellas(p) for p in term.parts]
        every = list(dict.fromkeys(u for p in parts for u in p))
        if term.operator == "OR":
            return every
        return [u for u in every if u is not None] or [None]

    def _govern(
        self, usable: Sequence[tuple[int, Group, Term, Spot]], bad: frozenset[int],
        declared: str | None, entry: int | None,
    ) -> None:  # fmt: skip
        """Licenses that go beyond the outbound one."""
        umbrella = self._find_umbrella(usable)
        if self.umbrella is None:
            self.umbrella = umbrella
        rivals = {} if umbrella is not None else {
            number: self._rivals(usable, number, declared)
            for number, _, term, _ in usable if number in bad and not self._is_unknown(term)
        }  # fmt: skip
        clash = any(rivals.values())
        for number, group, term, spot in usable:
            if number not in bad:
                continue
            if self.judge.alone(term, spot) is None and not self._is_unknown(term):
                self._self_incompatible(number, group, spot, entry)
            option = self.judge.governed(term, spot)
            option = self._preferred(number, group, spot, option, umbrella, beyond=True)
            severity = self._take(number, group, spot, option, entry, umbrella=umbrella)
            if number not in rivals and self._only_clashes(option, declared):
                rivals[number] = self._rivals(usable, number, declared)
            if rivals.get(number) or (number in rivals and not clash):
                conflict = self.judge.conflict(declared, spot) if declared else Severity.PASS
                severity = max(severity, conflict)
                self._raise(
                    "incompatible-work", severity, number, group, spot, entry,
                    license_=written(option) or group.license, rivals=rivals[number],
                    umbrella=umbrella,
                )  # fmt: skip

    @staticmethod
    def _only_clashes(option: Option, declared: str | None) -> bool:
        """Whether what does not fit under a strong outbound license governs nothing itself."""
        return declared is not None and not any(
            c.fact is None or c.fact.reach >= Reach.WORK for c in option.chosen
        )

    def _find_umbrella(self, usable: Sequence[tuple[int, Group, Term, Spot]]) -> str | None:
        """The cheapest license for the whole; of equal ones that which fewer events wake."""
        found: list[tuple[Price, int, str]] = []
        terms = [(term, spot) for _, _, term, spot in usable]
        for umbrella in self.judge.umbrellas(terms):
            price, bad = self._total(usable, umbrella)
            if all(self._is_unknown(t) for n, _, t, _ in usable if n in bad):
                events = (len(f.triggers) for f in self.world.facts.options(Atom(umbrella)))
                found.append((price, max(events, default=0), umbrella))
        return min(found)[2] if found else None

    def _is_unknown(self, term: Term) -> bool:
        """Whether every way to take the expression needs a license that nobody knows."""
        return any(c.fact is None for c in self.judge.governed(term, Spot(joined=True)).chosen)

    def _rivals(
        self, usable: Sequence[tuple[int, Group, Term, Spot]], number: int,
        declared: str | None,
    ) -> tuple[str, ...]:  # fmt: skip
        """What cannot be in one work with a component: the license, and who is under it.

        None where it gets along with each of the others: then others clash, or only all together.
        """
        if declared is not None:
            return (f"the outbound license {self.artifact.outbound}",)
        mine = next((term, spot) for n, _, term, spot in usable if n == number)
        rivals: dict[str, None] = {}
        for other, group, term, spot in usable:
            if other != number and not self.judge.gets_along(mine, (term, spot)):
                rivals[f"{split(group.component)[0]} ({group.license})"] = None
        return tuple(rivals)

    def _single(self, number: int, *, included: bool) -> None:
        """A component that is shipped or used, but not part of a work of ours."""
        group = self.world.inventory.groups[number]
        spot = self._spot(number, group, joined=False, included=included)
        if group.term is None:
            self._unknown(number, group, spot, None)
            return
        term = self._open(number, group, spot, None)
        option = self.judge.alone(term, spot)
        if option is None:
            if not self._is_unknown(term) and included:
                self._self_incompatible(number, group, spot, None)
            option = self.judge.governed(term, spot)
        else:
            option = self._preferred(number, group, spot, option, None, alone=True)
        self._take(number, group, spot, option, None)

    def _preferred(  # noqa: PLR0913 - a place, and which ways are open there
        self, number: int, group: Group, spot: Spot, option: Option, umbrella: str | None, *,
        beyond: bool = False, alone: bool = False,
    ) -> Option:  # fmt: skip
        """What rules of the policy mind least; the cheapest way where they do not care."""
        term = group.term
        if term is None or group.unresolved:
            return option

        def ways() -> Sequence[Option]:
            if alone:
                return self.judge.ways_alone(term, spot)
            return self.judge.ways(term, spot, umbrella, beyond=beyond)

        return preferred(self, (number, group, spot), option, ways, umbrella)

    # What is raised and owed

    def _spot(self, number: int, group: Group, *, joined: bool, included: bool = False) -> Spot:
        included = included or number in self.members.included
        static = joined and included and group.library and self.work.linked_statically(group.nodes)
        relation = "joins" if joined else "includes"
        kernel = joined and self._has_kernel_edges
        kernel = kernel and self.work.entered_by(group.nodes, KERNEL_EDGES, relation)
        bare = group.bare or (
            bool(group.excepted) and self.work.entered_by(group.nodes, group.excepted, relation)
        )
        return Spot(included, joined, True, static, kernel, group.modified, bare)

    def _is_systems(self, number: int, group: Group, term: Term, spot: Spot) -> bool:
        """Whether it comes with the system and asks nothing of what runs there.

        It is not handed over, and the GPL of a work does not reach it (GPL-3.0 s1 System
        Libraries, policy-model row 51). Its own copyleft and limits on use count as ever.
        """
        if spot.included or not self.world.has_systems:
            return False
        chosen = self.judge.governed(term, spot).chosen
        asks = any(
            c.fact is None or c.fact.reach >= Reach.WORK
            or c.fact.restriction not in (None, "proprietary", "agreement")
            for c in chosen
        )  # fmt: skip
        if asks or not self.work.only_by_system(group.nodes):
            return False
        for c in chosen:
            self._note(number, group, spot, c, frozenset(), None)
        return True

    @cached_property
    def _has_kernel_edges(self) -> bool:
        return any(c.kind == "kernel-load" for c in self.world.graph.classes)

    def _take(
        self, number: int, group: Group, spot: Spot, option: Option, entry: int | None, *,
        umbrella: str | None = None,
    ) -> Severity:  # fmt: skip
        """Record what the chosen licenses raise and ask for; returns the worst severity."""
        worst = Severity.PASS
        for chosen in option.chosen:
            worst = max(worst, self._one(number, group, spot, chosen, entry, umbrella))
        self._elect(group, option)
        return worst

    def _quiet(
        self, number: int, group: Group, term: Term, spot: Spot, declared: str | None
    ) -> bool:
        """Take a component that raises nothing: the same for every artifact with these facts."""
        if spot.static or self.own_rules:
            return False
        key = (self.judge, number, spot, declared)
        if key not in self.world.shares:
            self.world.shares[key] = self._share(group, term, spot, declared)
        share = self.world.shares[key]
        if share is None:
            return False
        self._duties.update(dict.fromkeys(share[0]))
        if share[1] is not None:
            self._elections.setdefault(group.component, share[1])
        return True

    def _share(self, group: Group, term: Term, spot: Spot, declared: str | None) -> Share | None:
        option = self.judge.cheapest(term, spot, declared)
        if option is None or any(option.price[:4]):
            return None
        duties: list[Duty] = []
        for chosen in option.chosen:
            if chosen.fact is None:
                return None
            found = self.judge.assess(chosen.fact, spot, chosen.stance)
            if found.issues:
                return None
            duties += [self._duty(group.component, chosen.written, d) for d in found.duties]
        return tuple(duties), self._election(group, option)

    def _one(
        self, number: int, group: Group, spot: Spot, chosen: Chosen, entry: int | None,
        umbrella: str | None,
    ) -> Severity:  # fmt: skip
        fact = chosen.fact
        if fact is None:
            severity = Severity.BLOCK if spot.included or spot.joined else Severity.REVIEW
            self._raise(
                "unknown-license", severity, number, group, spot, entry, license_=chosen.written
            )
            self._note(number, group, spot, chosen, frozenset(), umbrella)
            return severity
        found = self.judge.assess(fact, spot, chosen.stance)
        worst = Severity.PASS
        for issue in found.issues:
            worst = max(worst, issue.severity)
            self._raise(
                issue.code, issue.severity, number, group, spot, entry,
                license_=chosen.written, fact=fact, fired=found.fired, umbrella=umbrella,
            )  # fmt: skip
        if chosen.undecided:
            self._undecided(number, group, spot, chosen, entry)
        separate = spot.included and not spot.joined and fact.reach >= Reach.WORK
        if separate and found.fired & DELIVERY and not fact.exempted:
            self._raise(
                "copyleft-separate", Severity.COMPLY, number, group, spot, entry,
                license_=chosen.written, fact=fact, fired=found.fired,
            )  # fmt: skip
        for duty in found.duties:
            self._owe(group.component, chosen.written, duty)
        self._note(number, group, spot, chosen, found.fired, umbrella)
        return worst

    def _undecided(
        self, number: int, group: Group, spot: Spot, chosen: Chosen, entry: int | None
    ) -> None:
        """No source says whether the license fits under the outbound one."""
        declared = [u for u in self._declared_umbrellas(self.outbound) if u is not None]
        worst = max((self.judge.conflict(u, spot) for u in declared), default=Severity.REVIEW)
        self._raise(
            "incompatible-work", min(Severity.REVIEW, worst), number, group, spot, entry,
            license_=chosen.written, undecided=tuple(declared),
        )  # fmt: skip

    def _owe(self, component: str, license_: str, duty: str) -> None:
        self._duties[self._duty(component, license_, duty)] = None

    def _duty(self, component: str, license_: str, duty: str) -> Duty:
        met = self.world.produced.get(duty)
        if duty == "relink-kit" and self.artifact.relink_kit:
            met = f"deployments.{self.artifact.name}.relink_kit: yes"
        return Duty(component=component, license=license_, duty=duty, satisfied_by=met)

    def _note(
        self, number: int, group: Group, spot: Spot, chosen: Chosen, fired: frozenset[str],
        umbrella: str | None,
    ) -> None:  # fmt: skip
        """Remember what custom rules may ask about."""
        if not self.own_rules:
            return
        self.seen.append(
            Candidate(
                code="", severity=Severity.PASS, component=group.component,
                license=chosen.written, groups=(number,), relation=relation(spot), spot=spot,
                fact=chosen.fact, fired=fired, umbrella=umbrella,
            )
        )  # fmt: skip

    def _raise(  # noqa: PLR0913 - what a finding consists of
        self, code: str, severity: Severity, number: int, group: Group, spot: Spot,
        entry: int | None, *, license_: str | None = None, fact: LicenseFact | None = None,
        fired: frozenset[str] = frozenset(), umbrella: str | None = None,
        rivals: tuple[str, ...] = (), undecided: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Record a finding; of equal ones the worst severity stays, the groups add up."""
        made = Candidate(
            code=code, severity=severity, component=group.component, license=license_,
            groups=(number,), relation=relation(spot), spot=spot, fact=fact, fired=fired,
            umbrella=umbrella, rivals=rivals, undecided=undecided, work=entry, kind=group.kind,
        )  # fmt: skip
        made = self.graded(made, group, code, severity)
        known = self._candidates.get(made.key)
        if known is not None:
            worse = made if made.severity > known.severity else known
            groups = tuple(dict.fromkeys((*known.groups, number)))
            made = replace(worse, groups=groups)
        self._candidates[made.key] = made

    def graded(self, made: Candidate, group: Group, code: str, severity: Severity) -> Candidate:
        """A finding of a code with the severity that the rules give it."""
        rule = deciding(self.world.policy.rules.get(code), lambda: self.subject(made, group))
        decided = by_rule(rule, code, severity)
        own = None if rule is None or rule.preset else rule
        if (made.code, made.severity, made.rule) == (code, decided, own):
            return made
        return replace(made, code=code, severity=decided, rule=own)

    def subject(self, made: Candidate, group: Group) -> Subject:
        """The derived facts that rules ask about."""
        facts = subject(
            self.artifact, group, made.spot, made.fact,
            license_=made.license, fired=made.fired, umbrella=made.umbrella,
            linked=self.work.linked(group.nodes, joined=made.spot.joined),
            changes=self.world.changes(group),
        )  # fmt: skip
        if not any("contested" in (*r.when, *(r.unless or ())) for r in self.replaced):
            return facts
        return {**facts, "contested": self._contested(made, group)}

    def _contested(self, made: Candidate, group: Group) -> bool:
        """Whether it is part of the work only over edges that a switch decides."""
        if not made.spot.joined:
            return False
        for table in self.work.tables:
            sure = tuple(
                j and not c for j, c in zip(table.joins, table.contested, strict=True)
            )  # fmt: skip
            name = (made.component, *map(str, group.nodes[:1]), "sure")
            near = self.world.near(name, group.nodes, sure, table.contested)
            if near.distance[self.work.root] >= 0:
                return False
        return True

    @cached_property
    def replaced(self) -> tuple[Rule, ...]:
        """Rules that do not come from the preset."""
        tops = self.world.policy.rules.values()
        return tuple(r for top in tops for r in top.chain() if not r.preset)

    def _elect(self, group: Group, option: Option) -> None:
        made = self._election(group, option)
        if made is not None:
            self._elections.setdefault(group.component, made)

    def _election(self, group: Group, option: Option) -> Election | None:
        """Which arm of an OR was taken; None where the expression offers no choice."""
        if group.license is None or not option.chosen:
            return None
        offered = parse(group.license)
        if offered is None or not has_choice(offered):
            return None
        taken = " AND ".join(dict.fromkeys(c.written for c in option.chosen))
        if taken == group.license:
            return None
        by = group.choice.by if group.choice is not None else "compliance"
        return Election(component=group.component, expression=group.license, elected=taken, by=by)

    def _unknown(self, number: int, group: Group, spot: Spot, entry: int | None) -> None:
        """No license: nobody may ship it. A system library stays the system's own."""
        inside = spot.included or spot.joined
        if group.system and not spot.included:
            self._system[group.component] = None
            return
        severity = Severity.BLOCK if inside else Severity.REVIEW
        self._raise(
            "unknown-license", severity, number, group, spot, entry,
            license_=group.license or "NOASSERTION",
        )  # fmt: skip
        chosen = Chosen(None, group.license or "NOASSERTION", "covered")
        self._note(number, group, spot, chosen, frozenset(), None)

    def _open(self, number: int, group: Group, spot: Spot, entry: int | None) -> Term:
        """The term as it counts: where nobody says whether all licenses hold, all are met if that
        raises nothing, so that nothing is guessed."""  # noqa: D205, D209
        term = group.term or Atom("NOASSERTION")
        if not group.unresolved or not (spot.included or spot.joined):
            return term
        umbrellas = self._declared_umbrellas(self.outbound) if spot.joined else [None]
        whole = self.judge.all_met(term, spot, umbrellas)
        self._raise(
            "license-choice-unresolved", Severity.REVIEW if whole is None else Severity.PASS,
            number, group, spot, entry, license_=group.license,
        )  # fmt: skip
        return whole or term

    def _self_incompatible(self, number: int, group: Group, spot: Spot, entry: int | None) -> None:
        shipped = spot.included and bool(self.judge.events & DELIVERY)
        severity = Severity.BLOCK if shipped else Severity.REVIEW
        self._raise(
            "self-incompatible", severity, number, group, spot, entry, license_=group.license
        )

    def _technical(self) -> None:
        """Rules of the kernel: the license string of an eBPF object (policy-model row 30)."""
        for number in sorted(self.members.included):
            group = self.world.inventory.groups[number]
            if group.kind != "ebpf":
                continue
            severity = string_fits(self.world.facts, group)
            if severity > Severity.PASS:
                spot = self._spot(number, group, joined=number in self.members.joined)
                code, license_ = "ebpf-license-string", group.license
                self._raise(code, severity, number, group, spot, None, license_=license_)

    def _generators(self) -> None:
        """Output of generators and indexes built from data: contested, off the usual path."""
        graph = self.world.graph
        numbers = {i for i, c in enumerate(graph.classes) if c.kind == "generated-by"}
        if not numbers:
            return
        of = self.world.inventory.group_of
        inside = {**self.work.nodes("includes"), **self.work.nodes("joins")}
        for position in inside:
            for target, number, _ in graph.arcs(position):
                if number in numbers and of[target] >= 0:
                    self._generated(of[target])

    def _generated(self, number: int) -> None:
        group = self.world.inventory.groups[number]
        spot = Spot(modified=group.modified)
        if group.term is None:
            return
        inside = Spot(included=True, joined=True, modified=group.modified)
        facts = [c.fact for c in self.judge.governed(group.term, inside).chosen if c.fact]
        strong = any(f.reach >= Reach.WORK for f in facts)
        if strong and self._reading["generator_output"] == "review":
            self._raise(
                "generated-output", Severity.REVIEW, number, group, spot, None,
                license_=group.license,
            )  # fmt: skip
        shared = [f for f in facts if f.domain == "data" and "share-alike-asset" in f.duties]
        if group.kind == "dataset" and shared and self.judge.events & (DELIVERY | {"network"}):
            value = self._reading["embedded_index_is_derivative_db"]
            if value == "yes":
                self._owe(group.component, shared[0].name, "share-alike-asset")
            if value != "no":
                self._raise(
                    "derived-database", Severity.REVIEW, number, group, spot, None,
                    license_=group.license,
                )  # fmt: skip

    def _by_own_rules(self) -> None:
        """Rules with ids of their own make findings of that code."""
        for made in raised(self):
            known = self._candidates.get(made.key)
            groups = made.groups if known is None else (*known.groups, *made.groups)
            self._candidates[made.key] = replace(made, groups=tuple(dict.fromkeys(groups)))

    def _own_duties(self) -> None:
        """A copyleft outbound license asks the same of us as of everybody who passes it on."""
        if self.outbound is None or self.umbrella is not None:
            return
        strong = self._as_whole is not None
        choice = has_choice(self.outbound)
        for atom in atoms(self.outbound):
            offered = self.world.facts.options(atom)
            if choice and strong and all(f.base != self._as_whole for f in offered):
                continue
            for fact in offered[:1]:
                fired = fact.triggers & self.judge.events
                if fact.reach >= Reach.WORK:
                    if strong and fired & DELIVERY:
                        self._owe(self.artifact.name, str(atom), "source-of-work")
                    if strong and "network" in fired:
                        self._owe(self.artifact.name, str(atom), "network-source")
                elif "source" in fact.duties and "distribute" in fired and not choice:
                    part = "files" if fact.reach is Reach.FILE else "component"
                    self._owe(self.artifact.name, str(atom), f"source-of-{part}")
