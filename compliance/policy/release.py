"""One election for a whole release (switch `choice_scope: release`).

By default each artifact takes the arm of an OR that is best for it. A company that promises one
license per component takes the arm under which the worst artifact is best off; elections that a
person made stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from compliance.policy.case import Sitting, sit
from compliance.policy.document import Choice, Where
from compliance.policy.purl import Pattern
from compliance.policy.world import World
from compliance.value import replace


def one_choice_for_all(world: World, sittings: Sequence[Sitting]) -> tuple[World, list[Sitting]]:
    """The world with the same arm of each expression in every artifact, judged again."""
    offers: dict[str, set[str]] = {}
    for sitting in sittings:
        for election in sitting.case.elections:
            offers.setdefault(election.component, set()).add(election.elected)
    current, found = world, list(sittings)
    for component in sorted(c for c, taken in offers.items() if len(taken) > 1):
        tries = [
            _judged(current, found, component, arm) for arm in sorted(offers[component])
        ]  # fmt: skip
        current, found = min(tries, key=_cost)
    return current, found


def _judged(
    world: World, sittings: Sequence[Sitting], component: str, arm: str
) -> tuple[World, list[Sitting]]:
    where = Where(file="choice_scope: release", line=0)
    pattern = Pattern(component, component.partition("@")[0])
    choice = Choice(component=pattern, take=arm, by="compliance", where=where)
    policy = replace(world.policy, choices=(*world.policy.choices, choice))
    other = world.with_(policy=policy)
    artifacts = [s.artifact for s in sittings]
    return other, sit(other, artifacts, policy.interpretations)


def _cost(tried: tuple[World, list[Sitting]]) -> tuple[int, int, int]:
    """The worst artifact, then all of them, then the number of duties."""
    outcomes = [int(s.case.outcome) for s in tried[1]]
    return max(outcomes), sum(outcomes), sum(len(s.case.duties) for s in tried[1])
