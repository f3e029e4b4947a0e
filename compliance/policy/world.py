"""World: a graph under a policy on a day, and what has been computed about it.

Artifacts, readings and remedies ask the same questions again and again; each answer is kept under
everything it depends on, so that trying a reading costs what the reading changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from compliance.graph import Approach, Artifact, DependencyGraph
from compliance.policy.document import Policy
from compliance.policy.facts import Facts
from compliance.policy.inventory import Group, Inventory
from compliance.policy.judge import Judge, open_source
from compliance.policy.propagate import (
    Edges,
    Membership,
    Tables,
    Work,
    all_tables,
    memberships,
)
from compliance.policy.purl import split
from compliance.policy.switches import Reading
from compliance.policy.terms import parse
from compliance.policy.verdict import Duty, Election
from compliance.value import dataclass, replace

Pairs = tuple[tuple[int, int], ...]
Share = tuple[tuple[Duty, ...], Election | None]
"""What a component adds to an artifact when it raises nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A component as the base or an earlier version has it.

    `packages` are the licenses by import path, or by id where a component is declared; `edit` is
    what to write into which file to have this version, where that is known.
    """

    version: str
    packages: Mapping[str, str | None]
    edit: str = ""

    @property
    def licenses(self) -> frozenset[str | None]:
        """The licenses of all packages."""
        return frozenset(self.packages.values())


def components_of(graph: DependencyGraph) -> dict[str, Before]:
    """Everything of others in a graph by name: modules, parts, copies, what is declared."""
    packages: dict[str, dict[str, str | None]] = {}
    versions: dict[str, str] = {}
    for node in graph.nodes.values():
        if not node.first_party:
            name, version = split(node.component or node.id)
            packages.setdefault(name, {})[node.id] = node.license
            versions.setdefault(name, version)
    return {name: Before(version=versions[name], packages=p) for name, p in packages.items()}


class Versions(Protocol):
    """Earlier versions of components, as far as they are known; wired in `pipeline`."""

    def below(self, component: str) -> Sequence[str]:
        """Known versions below that of a package URL, newest first."""

    def read(self, component: str, version: str) -> Before | None:
        """What is linked of a component as an earlier version has it.

        None where its source cannot be had, or lacks a package that is linked now.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of other times: the components of a base by name, and earlier versions."""

    before: Mapping[str, Before] | None = None
    versions: Versions | None = None


class World:
    """All that does not depend on the artifact, with its caches."""

    def __init__(
        self, graph: DependencyGraph, policy: Policy, facts: Facts, as_of: str,
        produced: Mapping[str, str], past: Past,
    ) -> None:  # fmt: skip
        self.graph = graph
        self.policy = policy
        self.facts = facts
        self.as_of = as_of
        self.produced = produced
        self.past = past
        self.before = past.before
        self.versions = past.versions
        self.has_systems = any(c.by == "system" for c in graph.classes)
        self.inventory = Inventory(graph, policy, facts, as_of)
        self.shares: dict[tuple[Judge, int, object, str | None], Share | None] = {}
        self.cuts: dict[tuple[int, tuple[str, ...], tuple[bool, ...]], Pairs] = {}
        self._members: dict[tuple[str, tuple[Tables, ...]], Membership] = {}
        self._works: dict[tuple[str, tuple[Tables, ...]], Work] = {}
        self._judges: dict[tuple[Artifact, tuple[str, ...]], Judge] = {}
        self._edges: dict[tuple[str, ...], Edges] = {}
        self._near: dict[tuple[tuple[str, ...], tuple[bool, ...]], Approach] = {}

    def with_(
        self, *, graph: DependencyGraph | None = None, policy: Policy | None = None
    ) -> World:  # fmt: skip
        """Another graph or policy on the same day."""
        return World(
            graph or self.graph, policy or self.policy, self.facts, self.as_of, self.produced,
            self.past,
        )  # fmt: skip

    def on(self, day: str) -> World:
        """The same graph on another day."""
        return World(self.graph, self.policy, self.facts, day, self.produced, self.past)

    def changes(self, group: Group) -> str:
        """What happened to a component since the base: "license", "new", or "" for nothing."""
        if self.before is None:
            return ""
        old = self.before.get(split(group.component)[0])
        if old is None:
            return "new"
        return "" if group.found in old.licenses else "license"

    def edges(self, interpretations: Mapping[str, str]) -> Edges:
        """Edge semantics under a reading."""
        key = tuple(interpretations.values())
        if key not in self._edges:
            self._edges[key] = Edges(self.facts, Reading(interpretations))
        return self._edges[key]

    def judge(self, artifact: Artifact, interpretations: Mapping[str, str]) -> Judge:
        """The judge of all artifacts with these facts."""
        plain = replace(artifact, name="", root="", main="", platforms=())
        key = (plain, tuple(interpretations.values()))
        if key not in self._judges:
            is_open = open_source(self.facts, parse(artifact.outbound))
            self._judges[key] = Judge(self.facts, Reading(interpretations), plain, is_open=is_open)
        return self._judges[key]

    def members(
        self, artifacts: Sequence[Artifact], edges: Edges
    ) -> list[tuple[Membership, tuple[Tables, ...]]]:
        """Membership and tables of each artifact; those not known yet are computed together."""
        keys = [(a.root, all_tables(self.graph, a, edges)) for a in artifacts]
        new = list(dict.fromkeys(k for k in keys if k not in self._members))
        self._members.update(zip(new, memberships(self.inventory, new), strict=True))
        return [(self._members[k], k[1]) for k in keys]

    def work(self, root: str, tables: tuple[Tables, ...]) -> Work:
        """Node sets of an artifact."""
        key = (root, tables)
        if key not in self._works:
            self._works[key] = Work(self.inventory, root, tables)
        return self._works[key]

    def near(
        self, name: tuple[str, ...], targets: Sequence[int], follows: tuple[bool, ...],
        contested: tuple[bool, ...],
    ) -> Approach:  # fmt: skip
        """What leads to some targets, by a name for them."""
        key = (name, follows)
        if key not in self._near:
            self._near[key] = self.graph.towards(targets, follows, contested)
        return self._near[key]
