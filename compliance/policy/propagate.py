"""Propagation: what is inside an artifact, what forms one work with it, what runs beside it.

Every transfer along an edge keeps or drops a bit, so the least fixpoint is reachability in filtered
subgraphs (policy-model 3.3): *included* follows the edges that carry a copy into what is handed
over, *joined* those that make one work, *beside* also those to separate programs. Each artifact
costs O(V + E); many artifacts share one sweep with a bit per artifact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compliance.graph import Artifact, DependencyGraph, EdgeClass, Follows
from compliance.policy.facts import EdgeFact, Facts
from compliance.policy.inventory import OWN, Inventory
from compliance.policy.switches import Reading
from compliance.value import dataclass

EDGES_STATIC = frozenset(
    {"import-static", "cgo-static", "vendored", "modified-copy", "copies-output", "embed-code"}
)
"""Kinds of use that put a copy of the code into the file that uses it, as code."""

EDGES_DYNAMIC = frozenset({"cgo-dynamic", "plugin"})
"""Kinds of use that load it."""

KERNEL_EDGES = frozenset({"kernel-load"})
"""Kinds of use that make a program part of the kernel."""

FEW = 3
"""Up to this many roots a search each is cheaper than one sweep for all."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Which edge classes are followed by which question, in one build cell."""

    includes: tuple[bool, ...]
    joins: tuple[bool, ...]
    beside: tuple[bool, ...]
    contested: tuple[bool, ...]
    relinks: tuple[bool, ...]


class Edges:
    """Edge semantics under a reading."""

    def __init__(self, facts: Facts, reading: Reading) -> None:
        self._rows: Mapping[str, EdgeFact] = facts.edges
        self._reading = reading

    @property
    def read(self) -> set[str]:
        """The switches that were looked at."""
        return self._reading.read

    def tables(self, graph: DependencyGraph, profile: str, cell: str | None) -> Tables:
        """The tables of a graph for one profile and one build cell (None: any)."""
        held = [not c.cells or cell is None or cell in c.cells for c in graph.classes]
        classes = [c if h else None for c, h in zip(graph.classes, held, strict=True)]
        includes = tuple(c is not None and self.includes(c, profile) for c in classes)
        joins = tuple(c is not None and self.joins(c) for c in classes)
        beside = tuple(
            c is not None and (i or j or (self._rows[c.kind].beside and c.by == "us"))
            for c, i, j in zip(classes, includes, joins, strict=True)
        )
        return Tables(
            includes, joins, beside,
            tuple(c is not None and self.contested(c) for c in classes),
            tuple(c is not None and self._rows[c.kind].library == "relink" for c in classes),
        )  # fmt: skip

    def includes(self, kind: EdgeClass, profile: str) -> bool:
        """Is a copy of the target inside what we hand over?

        A library hands over its own text: what it imports is fetched by others.
        """
        row = self._rows[kind.kind]
        if profile == "library" and kind.kind in ("import-static", "cgo-static"):
            return kind.own
        if row.includes != "by-us":
            return row.includes == "yes"
        if kind.by == "us":
            return True
        return kind.by == "user" and self._reading["user_fetched_is_ours"] == "yes"

    def joins(self, kind: EdgeClass) -> bool:
        """Do both ends form one work?"""
        row = self._rows[kind.kind]
        if self._decides(row.joins):
            return True
        return kind.tight and row.tight is not None and self._decides(row.tight)

    def _decides(self, word: str) -> bool:
        if word in ("yes", "no"):
            return word == "yes"
        return self._reading[word] in ("yes", "joins")

    def contested(self, kind: EdgeClass) -> bool:
        """Does a switch decide whether it joins?"""
        row = self._rows[kind.kind]
        return row.joins not in ("yes", "no") or (kind.tight and row.tight is not None)

    def boundary(self, kind: str) -> str | None:
        """What separates the two ends of an edge, if anything does."""
        return self._rows[kind].boundary


@dataclass(frozen=True, slots=True)
class Membership:
    """Group numbers by relation to one artifact; `separate_own` tells that first-party programs
    are included that are not part of the artifact's own work."""  # noqa: D205, D209

    included: frozenset[int]
    joined: frozenset[int]
    beside: frozenset[int]
    separate_own: bool


def cells_of(graph: DependencyGraph, artifact: Artifact) -> tuple[str | None, ...]:
    """The build cells an artifact is judged in; (None,) where edges do not depend on cells."""
    known = sorted({cell for c in graph.classes for cell in c.cells})
    if not known:
        return (None,)
    named = [p for p in artifact.platforms if p in known]
    extra = [k for k in known if any(k.startswith(p + ",") for p in artifact.platforms)]
    return tuple(dict.fromkeys([*named, *extra])) or tuple(known)


def all_tables(graph: DependencyGraph, artifact: Artifact, edges: Edges) -> tuple[Tables, ...]:
    """The tables of every build cell of an artifact."""
    return tuple(edges.tables(graph, artifact.profile, cell) for cell in cells_of(graph, artifact))


def memberships(
    inventory: Inventory, artifacts: Sequence[tuple[str, tuple[Tables, ...]]]
) -> list[Membership]:
    """The membership of every (root, tables); those that follow the same edges share the work."""
    graph = inventory.graph
    batches: dict[Tables, list[int]] = {}
    for index, (_, tables) in enumerate(artifacts):
        for table in tables:
            batches.setdefault(table, []).append(index)
    found: list[tuple[set[int], set[int], set[int], list[bool]]] = [
        (set(), set(), set(), [False]) for _ in artifacts
    ]
    for table, indices in batches.items():
        roots = [graph.position(artifacts[i][0]) for i in indices]
        masks = [_masks(inventory, roots, table.includes)]
        alike = table.includes == table.joins
        masks.append(masks[0] if alike else _masks(inventory, roots, table.joins))
        closed = alike and table.beside == table.includes
        masks.append(masks[0] if closed else _masks(inventory, roots, table.beside))
        for slot, mask in enumerate(masks):
            _collect(inventory, mask, indices, found, slot)
        _separate(inventory, masks, indices, found)
    return [
        Membership(frozenset(i), frozenset(j), frozenset(b), s[0]) for i, j, b, s in found
    ]  # fmt: skip


def _masks(inventory: Inventory, roots: Sequence[int], follows: Follows) -> list[int]:
    """For each node the bit set of the roots that reach it."""
    if len(roots) > FEW:
        return inventory.graph.reached_by(roots, follows)
    masks = [0] * len(inventory.graph)
    for bit, root in enumerate(roots):
        value = 1 << bit
        for position in inventory.reach(root, follows):
            masks[position] |= value
    return masks


def _collect(
    inventory: Inventory, masks: Sequence[int], indices: Sequence[int],
    found: Sequence[tuple[set[int], set[int], set[int], list[bool]]], slot: int,
) -> None:  # fmt: skip
    """Fold node masks into groups, and groups into artifacts."""
    total = [0] * len(inventory.groups)
    for number, mask in zip(inventory.group_of, masks, strict=True):
        if mask and number != OWN:
            total[number] |= mask
    into: list[set[int]] = [found[i][slot] for i in indices]  # type: ignore[misc]  # slots 0 to 2 are sets
    single = len(indices) == 1
    for number, mask in enumerate(total):
        if not mask:
            continue
        if single:
            into[0].add(number)
            continue
        while mask:
            low = mask & -mask
            into[low.bit_length() - 1].add(number)
            mask ^= low


def _separate(
    inventory: Inventory, masks: Sequence[Sequence[int]], indices: Sequence[int],
    found: Sequence[tuple[set[int], set[int], set[int], list[bool]]],
) -> None:  # fmt: skip
    """Note the artifacts that include first-party code outside of their own work."""
    apart = 0
    for position in inventory.own:
        apart |= masks[0][position] & ~masks[1][position]
    for bit, index in enumerate(indices):
        if apart >> bit & 1:
            found[index][3][0] = True


class Work:
    """Node sets of one artifact, computed when an explanation or a rare rule asks for them."""

    __slots__ = ("_cache", "_governed", "_inventory", "root", "tables")

    def __init__(self, inventory: Inventory, root: str, tables: tuple[Tables, ...]) -> None:
        self._inventory = inventory
        self.root = inventory.graph.position(root)
        self.tables = tables
        self._governed: dict[int | None, tuple[Sequence[str], Sequence[str]]] = {}
        self._cache: dict[str, dict[int, None]] = {}

    def nodes(self, relation: str) -> Mapping[int, None]:
        """Positions in breadth-first order: `includes`, `joins` or `beside`, over all cells."""
        if relation not in self._cache:
            found: dict[int, None] = {}
            for table in self.tables:
                reached = self._inventory.reach(self.root, getattr(table, relation))
                found |= dict.fromkeys(reached)
            self._cache[relation] = found
        return self._cache[relation]

    def governed(self, entry: int | None) -> tuple[Sequence[str], Sequence[str]]:
        """Ids of our and of other packages of one work, without the standard library.

        The standard library comes with the compiler, as GPL-3.0 s1 says of System Libraries, and
        two hundred lines of it would hide the code that people own.
        """
        if entry not in self._governed:
            nodes = self.nodes("joins") if entry is None else dict(self.separate_works())[entry]
            inventory = self._inventory
            of, standard = inventory.group_of, inventory.standard
            ids = inventory.ids
            hidden = standard | {OWN}
            self._governed[entry] = (
                [ids[p] for p in nodes if of[p] == OWN],
                [ids[p] for p in nodes if of[p] not in hidden],
            )
        return self._governed[entry]

    def separate_works(self) -> list[tuple[int, Mapping[int, None]]]:
        """First-party programs that are shipped but apart: each entry with its own work."""
        graph = self._inventory.graph
        taken = dict(self.nodes("joins"))
        works: list[tuple[int, Mapping[int, None]]] = []
        own = self._inventory.own
        mine = frozenset(own)
        for position in self.nodes("includes"):
            if position in mine and position not in taken:
                work: dict[int, None] = {}
                for table in self.tables:
                    work |= dict.fromkeys(graph.reachable((position,), table.joins))
                taken |= work
                works.append((position, work))
        return works

    def entered_by(self, nodes: Sequence[int], kinds: frozenset[str], within: str) -> bool:
        """Whether an edge of such a kind, from a node of the relation, enters one of the nodes."""
        graph, inside = self._inventory.graph, self.nodes(within)
        classes = graph.classes
        return any(
            source in inside and classes[number].kind in kinds
            for node in nodes
            for source, number in graph.users(node)
        )

    def only_by_system(self, nodes: Sequence[int]) -> bool:
        """Whether every edge that joins one of the nodes to the work is supplied by the system."""
        graph, joined = self._inventory.graph, self.nodes("joins")
        entering = [
            number for node in nodes for source, number in graph.users(node)
            if source in joined and any(t.joins[number] for t in self.tables)
        ]  # fmt: skip
        return bool(entering) and all(graph.classes[n].by == "system" for n in entering)

    def linked(self, nodes: Sequence[int], *, joined: bool) -> str:
        """static, dynamic or none: how our own works and the nodes come together."""
        loaded = self.entered_by(nodes, EDGES_DYNAMIC, "joins")
        if not joined:
            return "dynamic" if loaded else "none"
        sure = not loaded or self.entered_by(nodes, EDGES_STATIC, "joins")
        return "static" if sure else "dynamic"

    def linked_statically(self, nodes: Sequence[int]) -> bool:
        """Whether code of one of our works is combined with one of the nodes in one file."""
        graph = self._inventory.graph
        joined, included = self.nodes("joins"), self.nodes("includes")
        mine = frozenset(self._inventory.own)
        return any(
            node in included
            and (source in joined or (source in mine and source in included))
            and any(t.relinks[number] and t.includes[number] for t in self.tables)
            for node in nodes
            for source, number in graph.users(node)
        )
