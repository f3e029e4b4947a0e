"""One license in one place: what it raises, what it asks for, and the cheapest way to comply.

The same assessment prices the arms of an OR and gives the final answer, so an election can never
disagree with the verdict (policy-model 3.4 and 3.5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from compliance.findings import Severity
from compliance.graph import Artifact
from compliance.policy.facts import Events, Facts, LicenseFact, Reach
from compliance.policy.switches import Reading
from compliance.policy.terms import Atom, Term, everything
from compliance.value import dataclass, replace

Stance = Literal["covered", "governed"]
Price = tuple[int, int, int, int, int]
"""Findings of severity block, warn, review and latent, then weight of duties."""

NOTICE_DUTIES = frozenset({"license-text", "notice"})
"""Every binary owes these, because of the standard library: they alone are `pass` (8.3)."""

WEIGHT = {
    "license-text": 1, "notice": 1, "attribution": 3, "patent-notice": 3, "name-restriction": 3,
    "state-changes": 3, "share-alike-asset": 8, "source-of-files": 10, "source-of-component": 20,
    "installation-information": 30, "relink-kit": 40, "network-source": 60, "source-of-work": 80,
}  # fmt: skip
"""How much work a duty is; decides between arms of an OR that are equally permitted."""

DUTIES = tuple(WEIGHT)
"""The names of all duties (policy-model 8.3)."""

DELIVERY = frozenset({"distribute", "distribute-source"})
OFFER = frozenset({"offer"})
"""What a service may do; it counts where the deployment says `offers_as_service` (row 22)."""


class Spot(NamedTuple):
    """How a component is used by an artifact.

    `kernel` says that it is joined as the kernel is, `bare` that exceptions do not help here.
    """

    included: bool = False
    joined: bool = False
    beside: bool = False
    static: bool = False
    kernel: bool = False
    modified: bool = False
    bare: bool = False


class Issue(NamedTuple):
    """A finding to be: code and severity as the readings decide it."""

    code: str
    severity: Severity


class Chosen(NamedTuple):
    """A license that counts after elections: its fact, as it was written, and its stance."""

    fact: LicenseFact | None
    written: str
    stance: Stance
    undecided: bool = False


class Option(NamedTuple):
    """A way to take an expression, with its price."""

    price: Price
    chosen: tuple[Chosen, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one license raises and asks for in one spot."""

    issues: tuple[Issue, ...]
    duties: tuple[str, ...]
    fired: Events


MOST_WAYS = 64
"""Ways to take an expression that are weighed by rules; real expressions have at most 12."""

NO_PRICE: Price = (0, 0, 0, 0, 0)


def open_source(facts: Facts, outbound: Term | None) -> bool:
    """Whether recipients get the source of the whole binary under the outbound license.

    Every license of the table that neither restricts use nor is closed counts; an unknown
    LicenseRef does not (policy-model 8.12).
    """
    if outbound is None:
        return False
    if isinstance(outbound, Atom):
        options = facts.options(outbound)
        return bool(options) and all(
            f.restriction is None and f.domain == "code" and f.by_default in (None, "Permissive")
            for f in options
        )
    inner = [open_source(facts, p) for p in outbound.parts]
    return all(inner) if outbound.operator == "AND" else any(inner)


class Judge:
    """Assessments for one artifact under one reading."""

    def __init__(
        self, facts: Facts, reading: Reading, artifact: Artifact, *, is_open: bool
    ) -> None:
        self.facts = facts
        self.reading = reading
        self.artifact = artifact
        self.open = is_open
        self.events = self._events()
        self._effective: dict[tuple[LicenseFact, bool, bool], LicenseFact] = {}
        self._assessed: dict[tuple[LicenseFact, Spot, Stance], Assessment] = {}
        self._options: dict[tuple[Term, Spot, str | None], Option | None] = {}
        self._governed: dict[tuple[Term, Spot], Option] = {}

    def _events(self) -> Events:
        """What the deployment does (policies/profiles.yaml)."""
        profile = self.facts.profiles[self.artifact.profile]
        events = set(profile.events)
        for switch, value, more, _ in profile.conditional:
            if self.reading[switch] == value:
                events |= more
        return frozenset(events)

    @property
    def gives(self) -> str:
        """Who gets a copy, in words, under the readings in force."""
        profile = self.facts.profiles[self.artifact.profile]
        for switch, value, _, gives in profile.conditional:
            if gives and self.reading[switch] == value:
                return f"{gives} ({switch}: {value})"
        return profile.gives

    # Facts as they stand here

    def effective(self, fact: LicenseFact, spot: Spot) -> LicenseFact:
        """The fact under the readings, and without an exception that does not help here.

        An edit of the component itself stays under its license whatever the exception frees
        (policy-model row 18).
        """
        key = (fact, spot.bare, spot.modified)
        found = self._effective.get(key)
        if found is None:
            found = self._effective[key] = self._read(fact, spot)
        return found

    def _read(self, fact: LicenseFact, spot: Spot) -> LicenseFact:
        bare = fact.without
        if bare is not None:
            if spot.bare:
                fact = bare
            elif spot.modified and not fact.duties:
                fact = replace(bare, reach=Reach.COMPONENT, exempted=True)
        if fact.switch == "eupl_linking_joins" and not self.reading.on(fact.switch):
            return replace(fact, reach=min(fact.reach, Reach.COMPONENT))
        installs = fact.switch == "gpl2_scripts_include_install" and "user-product" in self.events
        if installs and self.reading.on("gpl2_scripts_include_install"):
            return replace(fact, triggers=fact.triggers | {"user-product"})
        return fact

    def fired(self, fact: LicenseFact, spot: Spot) -> Events:
        """The events of this deployment to which the license reacts."""
        found = fact.triggers & self.events
        if not self.artifact.offers_as_service:
            found -= OFFER
        conditional = found & fact.needs_modified
        if not conditional or spot.modified:
            return found
        if spot.joined and self.reading.on("agpl_linking_counts_as_modifying"):
            return found
        return found - conditional

    def fits(self, fact: LicenseFact, umbrella: str | None) -> str:
        """ok, review or no: may it be part of a work under that outbound license?

        None stands for closed and permissive outbound licenses, which leave copyleft no room.
        """
        if umbrella is None:
            return "ok" if fact.reach < Reach.WORK else "no"
        if (fact.base, umbrella) == ("Apache-2.0", "GPL-2.0-only") and self.reading.on(
            "gpl2_apache2_compatible"
        ):
            return "ok"
        return self.facts.fits(fact, umbrella)

    def conflict(self, umbrella: str, spot: Spot) -> Severity:
        """What does not fit is as severe as breaking the license that wants the whole work."""
        facts = self.facts.options(Atom(umbrella))
        found = self.assess(facts[0], spot, "governed").issues if facts else ()
        return max((i.severity for i in found), default=Severity.BLOCK)

    # Assessment

    def assess(self, fact: LicenseFact, spot: Spot, stance: Stance) -> Assessment:
        """What the license raises and asks for; `governed` means that it reaches beyond the
        outbound license."""  # noqa: D205, D209
        key = (fact, spot, stance)
        found = self._assessed.get(key)
        if found is None:
            fired = self.fired(fact, spot)
            found = self._assessed[key] = Assessment(
                tuple(self._issues(fact, spot, stance, fired)),
                tuple(self._duties(fact, spot, fired)),
                fired,
            )
        return found

    def _issues(self, fact: LicenseFact, spot: Spot, stance: Stance, fired: Events) -> list[Issue]:
        issues: list[Issue] = []
        if fact.restriction:
            issues += self._restriction(fact, spot)
        if stance == "governed" and fact.reach >= Reach.WORK:
            issues.append(self._governs(spot, fired))
        if fact.reach is Reach.LIBRARY and self._relink_is_owed(spot):
            issues += self._relink(spot)
        if fact.headers and spot.included and "distribute" in self.events:
            issues.append(Issue("header-material", Severity.COMPLY))
        if self._is_locked(fact, spot):
            issues.append(Issue("lockdown", Severity.BLOCK))
        if fact.unread_exception and (spot.included or spot.joined):
            issues.append(Issue("unknown-license", Severity.REVIEW))
        return issues

    def _governs(self, spot: Spot, fired: Events) -> Issue:
        """Reach beyond the outbound license: does the deployment fire it?"""
        if self.artifact.profile == "library" and not spot.included:
            value = self.reading["sdk_downstream_copyleft"]
            severity = Severity.BLOCK if value == "block" else Severity.WARN
            return Issue("downstream-copyleft", severity)
        if fired & DELIVERY:
            code = "kernel-license" if spot.kernel else "strong-copyleft-ships"
            return Issue(code, Severity.BLOCK)
        if fired & {"network", "offer"}:
            return Issue("network-copyleft-served", Severity.BLOCK)
        return Issue("strong-copyleft-sleeping", self.sleeping())

    def sleeping(self) -> Severity:
        """Reach without trigger: latent, or warn where it may wake (8.4)."""
        value = self.reading["saas_latent"]
        if value == "warn-if-may-ship":
            return Severity.WARN if self.artifact.may_ship_later else Severity.LATENT
        return Severity.BLOCK if value == "block" else Severity.WARN

    def _relink_is_owed(self, spot: Spot) -> bool:
        return spot.included and spot.joined and "distribute" in self.events and not self.open

    def _relink(self, spot: Spot) -> list[Issue]:
        """LGPL-2.1 s6, LGPL-3.0 s4: the user must be able to exchange the library."""
        if not self.artifact.eula_allows_re:
            return [Issue("relink", Severity.BLOCK)]
        if not spot.static:
            return []
        blocked = self.reading["lgpl_static_go"] == "block"
        if blocked or not self.artifact.relink_kit:
            return [Issue("relink", Severity.BLOCK)]
        return []

    def _is_locked(self, fact: LicenseFact, spot: Spot) -> bool:
        return (
            self.artifact.locked_boot and spot.included and fact.reach >= Reach.LIBRARY
            and "user-product" in fact.triggers & self.events
        )  # fmt: skip

    def _restriction(self, fact: LicenseFact, spot: Spot) -> list[Issue]:
        """Limits on use: forbidden where the declared facts hit them, else for Legal (8.14)."""
        if fact.restriction == "agreement":
            return []
        inside = spot.included or spot.joined
        hit = self.hits(fact.restriction or "") or self._changed_for_others(fact, spot)
        if not inside and not hit and fact.restriction in ("sspl", "unread", "proprietary"):
            return []
        if hit:
            return [Issue("use-forbidden", Severity.BLOCK)]
        blocked = self.reading["use_restriction_default"] == "block"
        return [Issue("use-restricted", Severity.BLOCK if blocked else Severity.REVIEW)]

    def _changed_for_others(self, fact: LicenseFact, spot: Spot) -> bool:
        """A changed copy of what may be passed on unchanged only."""
        given = self.events & (DELIVERY | {"network"})
        return (
            fact.restriction == "no-derivatives" and spot.included and spot.modified and bool(given)
        )

    def hits(self, restriction: str) -> bool:
        """Whether what is declared of the deployment is what the license forbids."""
        a = self.artifact
        offered = a.offers_as_service and bool(self.events & {"offer", "network"})
        sold = bool(self.events & {"offer", "network", "distribute"})
        answers: Mapping[str, bool] = {
            "busl": a.competes,
            "no-compete": a.competes,
            "sspl": offered,
            "no-managed-service": offered or (a.competes and "offer" in self.events),
            "noncommercial": a.commercial,
            "no-sell": a.commercial and sold,
            "evaluation": a.production,
        }
        return answers.get(restriction, False)

    def _duties(self, fact: LicenseFact, spot: Spot, fired: Events) -> list[str]:
        delivered = fired & (DELIVERY if fact.domain == "code" else DELIVERY | {"network"})
        duties: list[str] = []
        if spot.included and delivered:
            for duty in fact.duties:
                if duty == "source":
                    duties.append(_source(fact, spot))
                elif duty != "state-changes" or spot.modified:
                    duties.append(duty)
            if fact.reach is Reach.LIBRARY and self._relink_is_owed(spot) and spot.static:
                duties.append("relink-kit")
            if "user-product" in fired and fact.reach >= Reach.LIBRARY:
                duties.append("installation-information")
        if self._network_source(fact, spot, fired):
            duties.append("network-source")
        return duties

    def _network_source(self, fact: LicenseFact, spot: Spot, fired: Events) -> bool:
        if fact.domain != "code" or "network" not in fired or fact.reach < Reach.WORK:
            return False
        if spot.joined:
            return True
        return spot.modified and self.reading.on("agpl_proxy_is_interaction")

    # Choice

    def price(self, assessment: Assessment) -> Price:
        """Lexicographic: blocks, warnings, reviews, sleeping reach, then duties."""
        weight = 1 + sum(WEIGHT[d] for d in assessment.duties)
        return (*added_up([i.severity for i in assessment.issues]), weight)

    def cheapest(self, term: Term, spot: Spot, umbrella: str | None) -> Option | None:
        """The cheapest way that fits the umbrella: OR takes the least, AND adds; None for none."""
        key = (term, spot, umbrella)
        if key not in self._options:
            self._options[key] = self._cheapest(term, spot, umbrella)
        return self._options[key]

    def _cheapest(self, term: Term, spot: Spot, umbrella: str | None) -> Option | None:
        if isinstance(term, Atom):
            return least([o for o in self._atom_options(term, spot, umbrella) if o is not None])
        parts = [self.cheapest(p, spot, umbrella) for p in term.parts]
        fitting = [p for p in parts if p is not None]
        if term.operator == "OR":
            return least(fitting)
        return added(fitting) if len(fitting) == len(parts) else None

    def _atom_options(self, atom: Atom, spot: Spot, umbrella: str | None) -> list[Option | None]:
        options: list[Option | None] = []
        for version in self._written(atom):
            fact = self.effective(version, spot)
            answer = self.fits(fact, umbrella)
            if answer == "no":
                options.append(None)
                continue
            price = self.price(self.assess(fact, spot, "covered"))
            undecided = answer == "review" and umbrella is not None
            if undecided and umbrella is not None:
                worse = min(Severity.REVIEW, self.conflict(umbrella, spot))
                review = worse is Severity.REVIEW
                price = (price[0], price[1], price[2] + review, price[3] + (not review), price[4])
            chosen = Chosen(fact, str(atom), "covered", undecided)
            options.append(Option(price, (chosen,)))
        return options

    def _written(self, atom: Atom) -> Sequence[LicenseFact]:
        return self.facts.options(atom)

    def governed(self, term: Term, spot: Spot) -> Option:
        """The mildest way to take an expression whose copyleft goes beyond the outbound license.

        An unknown license counts as a block, so it is taken only where nothing else is offered.
        """
        key = (term, spot)
        if key not in self._governed:
            self._governed[key] = self._mildest(term, spot)
        return self._governed[key]

    def _mildest(self, term: Term, spot: Spot) -> Option:
        if not isinstance(term, Atom):
            parts = [self.governed(p, spot) for p in term.parts]
            found = least(parts) if term.operator == "OR" else added(parts)
            return found if found is not None else Option((1, 0, 0, 0, 0), ())
        options = []
        for version in self._written(term):
            fact = self.effective(version, spot)
            stance: Stance = "governed" if fact.reach >= Reach.WORK and spot.joined else "covered"
            price = self.price(self.assess(fact, spot, stance))
            options.append(Option(price, (Chosen(fact, str(term), stance),)))
        unknown = Option((1, 0, 0, 0, 1_000), (Chosen(None, str(term), "governed"),))
        return least(options) or unknown

    def alone(self, term: Term, spot: Spot) -> Option | None:
        """The cheapest way to take a component for itself; None where its parts contradict."""
        umbrellas: list[str | None] = [None, *self.umbrellas([(term, spot)])]
        found = [self.cheapest(term, spot, u) for u in umbrellas]
        return least([f for f in found if f is not None])

    def all_met(
        self, term: Term, spot: Spot, umbrellas: Sequence[str | None]
    ) -> Term | None:  # fmt: skip
        """All licenses of an expression together, where that raises nothing; None where it does.

        Whether one may be chosen or all hold makes no difference then.
        """
        whole = everything(term)
        found = [self.cheapest(whole, spot, u) for u in umbrellas]
        return whole if all(o is not None and not any(o.price[:4]) for o in found) else None

    def ways(
        self, term: Term, spot: Spot, umbrella: str | None, *, beyond: bool
    ) -> Sequence[Option]:
        """All ways to take an expression under an umbrella, or `beyond` every one: cheapest first.

        Of very many ways the MOST_WAYS cheapest of each part are looked at.
        """
        found: list[Option] = []
        if isinstance(term, Atom):
            options = [self.governed(term, spot)] if beyond else self._atom_options(
                term, spot, umbrella
            )  # fmt: skip
            found = [o for o in options if o is not None]
        elif term.operator == "OR":
            found = [w for p in term.parts for w in self.ways(p, spot, umbrella, beyond=beyond)]
        else:
            found = [Option(NO_PRICE, ())]
            for part in term.parts:
                more = self.ways(part, spot, umbrella, beyond=beyond)
                found = sorted((added((a, b)) for a in found for b in more), key=rank)[:MOST_WAYS]
        return sorted(found, key=rank)[:MOST_WAYS]

    def ways_alone(self, term: Term, spot: Spot) -> Sequence[Option]:
        """All ways to take a component for itself, as `alone` looks for the cheapest."""
        umbrellas: list[str | None] = [None, *self.umbrellas([(term, spot)])]
        return [w for u in umbrellas for w in self.ways(term, spot, u, beyond=False)]

    def umbrellas(self, terms: Sequence[tuple[Term, Spot]]) -> list[str]:
        """Ids of the licenses of terms under which a whole work could be conveyed, sorted."""
        found: set[str] = set()
        seen: set[tuple[Term, bool, bool]] = set()
        for term, spot in terms:
            key = (term, spot.bare, spot.modified)
            if key in seen:
                continue
            seen.add(key)
            stack = [term]
            while stack:
                top = stack.pop()
                if not isinstance(top, Atom):
                    stack.extend(top.parts)
                    continue
                facts = (self.effective(f, spot) for f in self._written(top))
                found |= {f.base for f in facts if f.reach >= Reach.WORK and f.domain == "code"}
        return sorted(found)

    def gets_along(self, one: tuple[Term, Spot], other: tuple[Term, Spot]) -> bool:
        """Whether some license allows a work of two parts."""
        both = (one, other)
        return any(
            all(self.cheapest(term, spot, umbrella) for term, spot in both)
            for umbrella in (None, *self.umbrellas(both))
        )


def added_up(severities: Iterable[Severity]) -> tuple[int, int, int, int]:
    """How many of them block, warn, ask for review, or sleep."""
    count = Counter(severities)
    return (
        count[Severity.BLOCK], count[Severity.WARN], count[Severity.REVIEW],
        count[Severity.LATENT],
    )  # fmt: skip


def least(options: Sequence[Option]) -> Option | None:
    """The option with the least price; equal prices go by reach, then by names of licenses."""
    if not options:
        return None
    return min(options, key=rank)


def rank(option: Option) -> tuple[Price, int, list[str]]:
    """What is taken first: the price, then reach, then names of licenses."""
    reach = max((c.fact.reach if c.fact else Reach.STACK for c in option.chosen), default=0)
    return option.price, int(reach), [c.written for c in option.chosen]


def added(options: Sequence[Option]) -> Option:
    """All options together."""
    price = tuple(sum(column) for column in zip(NO_PRICE, *(o.price for o in options), strict=True))
    chosen = tuple(dict.fromkeys(c for o in options for c in o.chosen))
    return Option((price[0], price[1], price[2], price[3], price[4]), chosen)


def _source(fact: LicenseFact, spot: Spot) -> str:
    if fact.reach is Reach.FILE:
        return "source-of-files"
    if fact.reach >= Reach.WORK and spot.joined:
        return "source-of-work"
    return "source-of-component"
