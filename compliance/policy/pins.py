"""Pins: earlier versions of a component that are under another license, found by judging them.

A project that changed its license keeps offering its old versions under the old one. Which versions
there are is known from the base, go.mod files, caches, and the version list of a proxy (`Versions`
of world.py); each that is shown was read, and judged on a copy of the graph.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from compliance.graph import Node
from compliance.policy.candidate import Candidate
from compliance.policy.case import Sitting
from compliance.policy.purl import split
from compliance.policy.world import Before
from compliance.value import replace

MOST_READ = 8
"""Earlier versions of one component that are read for advice: the newest of each minor version,
then between the first good one and the last bad one."""

Settles = Callable[[Mapping[str, Node]], bool]
"""Whether a finding is gone when these nodes take the place of those with their ids."""


def earlier(
    sitting: Sitting, candidate: Candidate, settles: Settles
) -> Iterator[tuple[Before, Mapping[str, Node]]]:
    """At most one version that settles the finding, with the nodes that it makes.

    That of the base where its license was another, else the newest of those that are read.
    """
    world = sitting.world
    groups = [world.inventory.groups[g] for g in candidate.groups]
    name, version = split(candidate.component)
    asked: dict[tuple[str | None, ...], bool] = {}

    def good(before: Before | None) -> Mapping[str, Node] | None:
        """The nodes that a version makes, where it settles the finding."""
        nodes = _nodes(sitting, candidate, before) if before is not None else {}
        key = tuple(n.license for n in nodes.values())
        if nodes and key not in asked:
            asked[key] = settles(nodes)
        return nodes if nodes and asked[key] else None

    old = (world.before or {}).get(name)
    if old is not None and old.version and any(world.changes(g) == "license" for g in groups):
        nodes = good(old)
        if nodes is not None:
            yield old, nodes
            return
    if world.versions is None or not version:
        return
    found = _search(world.versions.below(candidate.component), candidate.component, sitting, good)
    if found is not None:
        yield found


def _search(
    versions: Sequence[str], component: str, sitting: Sitting,
    good: Callable[[Before | None], Mapping[str, Node] | None],
) -> tuple[Before, Mapping[str, Node]] | None:  # fmt: skip
    """The newest good version: of the heads of minor versions first, then closer to the present.

    A license changes once, so between a good and a newer bad version halving finds the day.
    """
    source = sitting.world.versions
    assert source is not None  # noqa: S101 - the caller asks where there is one
    heads = [next(same) for _, same in itertools.groupby(versions, _minor)]
    left = MOST_READ
    found: tuple[Before, Mapping[str, Node]] | None = None
    newer, bad = 0, 0
    for head in heads[:MOST_READ]:
        left -= 1
        before = source.read(component, head)
        nodes = good(before)
        if before is not None and nodes is not None:
            found, newer = (before, nodes), versions.index(head)
            break
        bad = versions.index(head) + 1
    while found is not None and left and bad < newer:
        middle = (bad + newer) // 2
        left -= 1
        before = source.read(component, versions[middle])
        nodes = good(before)
        if before is not None and nodes is not None:
            found, newer = (before, nodes), middle
        else:
            bad = middle + 1
    return found


def _minor(version: str) -> str:
    """`v1.14` of `v1.14.3`."""
    return ".".join(version.split(".")[:2])


def _nodes(sitting: Sitting, candidate: Candidate, before: Before) -> dict[str, Node]:
    """The packages of a finding with the licenses of a version; {} where one is not known or all
    are what they are now."""  # noqa: D205, D209
    world = sitting.world
    numbers = [n for g in candidate.groups for n in world.inventory.groups[g].nodes]
    nodes = [world.graph.node(n) for n in numbers]
    if any(before.packages.get(n.id) is None for n in nodes):
        return {}
    if all(before.packages[n.id] == n.license for n in nodes):
        return {}
    return {
        n.id: replace(n, license=before.packages[n.id], unresolved=False, change_date=None)
        for n in nodes
    }
