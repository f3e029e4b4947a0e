"""DependencyGraph: who uses whom, read-only. The only user of networkx.

Edges of one kind, provider, tightness and set of build cells behave alike, so they share an
*edge class*; a question follows a set of classes (a `Follows` table, one truth value per class)
and costs O(V + E) over plain lists. Nodes are addressed by position inside a question and by id
outside. networkx is imported only for a cut that one edge cannot make, since the import alone
costs more than judging a large repository.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from compliance.graph.node import Edge, EdgeKind, Node, Provider

Follows = Sequence[bool]
"""One truth value per edge class: is an edge of that class followed?"""


class EdgeClass(NamedTuple):
    """What decides how an edge behaves; `own` says that its target is first-party code."""

    kind: EdgeKind
    by: Provider
    tight: bool
    own: bool
    cells: frozenset[str]


class Place(NamedTuple):
    """Where an edge stands in a file."""

    file: str | None
    line: int | None


NOWHERE = Place(None, None)
Arc = tuple[int, int, Place]
"""Target position, class position, place."""


class DependencyGraph:
    """Nodes and typed edges. Nothing of it changes after it was made.

    Args:
        nodes: Every node; of two with one id the first counts.
        edges: Edges between them; an edge with an end that is no node is a KeyError.
    """

    __slots__ = ("_arcs", "_classes", "_numbers", "_order", "_position", "_stars", "nodes")

    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> None:
        named: dict[str, Node] = {}
        for node in nodes:
            named.setdefault(node.id, node)
        self._start(named)
        for edge in edges:
            self._add(edge, self._position[edge.source], self._position[edge.target])

    @classmethod
    def of_stars(
        cls, nodes: Iterable[Node], stars: Iterable[tuple[str, EdgeClass, str, Place]]
    ) -> DependencyGraph:
        """Build from plain tuples (source, class, target, place): the fast way for many edges."""
        graph = cls(nodes, ())
        position, arcs = graph._position, graph._arcs
        numbers: dict[EdgeClass, int] = {}
        for source, kind, target, place in stars:
            number = numbers.get(kind)
            if number is None:
                number = numbers[kind] = graph._number(kind)
            arcs[position[source]].append((position[target], number, place))
        return graph

    def _start(self, named: dict[str, Node]) -> None:
        self.nodes: Mapping[str, Node] = named
        self._order: list[Node] = list(named.values())
        self._position: dict[str, int] = {name: i for i, name in enumerate(named)}
        self._arcs: list[list[Arc]] = [[] for _ in named]
        self._classes: list[EdgeClass] = []
        self._numbers: dict[EdgeClass, int] = {}
        self._stars: list[list[int]] | None = None

    def _number(self, kind: EdgeClass) -> int:
        number = self._numbers.get(kind)
        if number is None:
            number = self._numbers[kind] = len(self._classes)
            self._classes.append(kind)
        return number

    def _add(self, edge: Edge, source: int, target: int) -> None:
        own = self._order[target].first_party
        kind = EdgeClass(edge.kind, edge.by, edge.tight, own, edge.cells)
        self._arcs[source].append((target, self._number(kind), Place(edge.file, edge.line)))

    # What is in it

    def __len__(self) -> int:
        return len(self._order)

    @property
    def classes(self) -> tuple[EdgeClass, ...]:
        """The edge classes, in the order in which a Follows table names them."""
        return tuple(self._classes)

    def node(self, position: int) -> Node:
        """The node at a position."""
        return self._order[position]

    def position(self, name: str) -> int:
        """Position of the node with that id; raises KeyError."""
        return self._position[name]

    def arcs(self, position: int) -> Sequence[Arc]:
        """The edges that leave a node, as tuples."""
        return self._arcs[position]

    def edges(self) -> Iterator[Edge]:
        """Every edge, by source in node order."""
        for source in range(len(self._order)):
            for arc in self._arcs[source]:
                yield self.edge(source, arc)

    def edge(self, source: int, arc: Arc) -> Edge:
        """An edge as a value."""
        target, number, place = arc
        kind = self._classes[number]
        return Edge(
            source=self._order[source].id, target=self._order[target].id, kind=kind.kind,
            by=kind.by, tight=kind.tight, file=place.file, line=place.line, cells=kind.cells,
        )  # fmt: skip

    def follows(self, keep: Callable[[EdgeClass], bool]) -> tuple[bool, ...]:
        """The table of the classes that `keep` accepts."""
        return tuple(keep(c) for c in self._classes)

    # Questions

    def reachable(self, roots: Iterable[int], follows: Follows) -> list[int]:
        """Positions reachable from the roots, roots first, in breadth-first order. O(V + E)."""
        order = list(dict.fromkeys(roots))
        seen = bytearray(len(self._order))
        for root in order:
            seen[root] = 1
        arcs = self._arcs
        everything = all(follows)
        for source in order:
            for target, number, _ in arcs[source]:
                if not seen[target] and (everything or follows[number]):
                    seen[target] = 1
                    order.append(target)
        return order

    def reached_by(self, roots: Sequence[int], follows: Follows) -> list[int]:
        """For each node a bit set of the roots (by index) that reach it: all roots in one sweep.

        Nodes are visited in reverse postorder, in which a graph without cycles needs one sweep;
        each cycle that an edge of the depth-first search closes may cost one more.
        """
        masks = [0] * len(self._order)
        for bit, root in enumerate(roots):
            masks[root] |= 1 << bit
        order = self._reverse_postorder(roots, follows)
        arcs = self._arcs
        changed = True
        while changed:
            changed = False
            done = bytearray(len(masks))
            for source in order:
                done[source] = 1
                mask = masks[source]
                for target, number, _ in arcs[source]:
                    if follows[number] and masks[target] | mask != masks[target]:
                        masks[target] |= mask
                        changed = changed or bool(done[target])
        return masks

    def _reverse_postorder(self, roots: Iterable[int], follows: Follows) -> list[int]:
        """Every node reachable from the roots, users before the used where there is no cycle."""
        seen = bytearray(len(self._order))
        order: list[int] = []
        for root in dict.fromkeys(roots):
            if seen[root]:
                continue
            seen[root] = 1
            stack = [(root, iter(self._arcs[root]))]
            while stack:
                source, rest = stack[-1]
                for target, number, _ in rest:
                    if follows[number] and not seen[target]:
                        seen[target] = 1
                        stack.append((target, iter(self._arcs[target])))
                        break
                else:
                    stack.pop()
                    order.append(source)
        order.reverse()
        return order

    def users(self, position: int) -> Sequence[tuple[int, Arc]]:
        """The edges that enter a node, as (source, arc)."""
        if self._stars is None:
            stars: list[list[int]] = [[] for _ in self._order]
            for source, arcs in enumerate(self._arcs):
                for target, _, _ in arcs:
                    stars[target].append(source)
            self._stars = stars
        return [
            (source, arc)
            for source in dict.fromkeys(self._stars[position])
            for arc in self._arcs[source]
            if arc[0] == position
        ]

    def witness(
        self, root: int, targets: Collection[int], follows: Follows, contested: Follows
    ) -> tuple[Edge, ...]:
        """The path that shows how the nearest target is reached; () where root is a target.

        Shortest first; among equals the one with the fewest contested edges, then the first by
        node ids (policy-model 3.6). Raises KeyError when no target is reachable.
        """
        parent: dict[int, tuple[int, Arc]] = {}
        level, cost = [root], {root: 0}
        wanted = frozenset(targets)
        while level and not any(n in wanted for n in level):
            level = self._next_level(level, cost, parent, follows, contested)
        found = [n for n in level if n in wanted]
        if not found:
            raise KeyError(self._order[root].id)
        rank = {n: i for i, n in enumerate(level)}
        at = min(found, key=lambda n: (cost[n], rank[n]))
        path: list[Edge] = []
        while at != root:
            source, arc = parent[at]
            path.append(self.edge(source, arc))
            at = source
        return tuple(reversed(path))

    def _next_level(
        self, level: list[int], cost: dict[int, int], parent: dict[int, tuple[int, Arc]],
        follows: Follows, contested: Follows,
    ) -> list[int]:  # fmt: skip
        """The next level of a breadth-first search, sorted by the ids along each path."""
        rank = {n: i for i, n in enumerate(level)}
        best: dict[int, tuple[int, int, int, Arc]] = {}
        for source in level:
            for arc in self._arcs[source]:
                target, number, _ = arc
                if not follows[number] or (target in cost and target not in best):
                    continue
                key = (cost[source] + contested[number], rank[source])
                if target not in best or key < best[target][:2]:
                    best[target] = (*key, source, arc)
                    cost[target] = key[0]
        for target, (_, _, source, arc) in best.items():
            parent[target] = (source, arc)
        return sorted(best, key=lambda n: (best[n][1], self._order[n].id))

    def minimum_cut(
        self, root: int, targets: Collection[int], follows: Follows,
        price: Callable[[int, Arc], int],
    ) -> tuple[tuple[int, int], ...]:  # fmt: skip
        """The cheapest set of (source, target) pairs whose removal keeps root from all targets.

        Args:
            root: Where paths start.
            targets: What must become unreachable; does not contain the root.
            follows: Edge classes that count.
            price: Cost of an edge; parallel edges between two nodes are cut together.

        Returns:
            Sorted pairs of positions; () when no target is reachable.
        """
        arcs = self._between(root, frozenset(targets), follows)
        if not arcs:
            return ()
        capacity: dict[tuple[int, int], int] = {}
        for source, arc in arcs:
            pair = (source, arc[0])
            capacity[pair] = max(capacity.get(pair, 0), price(source, arc))
        single = self._single_cut(root, frozenset(targets), capacity)
        return single if single is not None else _flow_cut(root, targets, capacity)

    def _between(
        self, root: int, targets: frozenset[int], follows: Follows
    ) -> list[tuple[int, Arc]]:
        """The edges that lie on a path from root to a target (edges out of a target left out)."""
        ahead = self.reachable((root,), follows)
        back: dict[int, list[int]] = {}
        for source in ahead:
            if source not in targets:
                for target, number, _ in self._arcs[source]:
                    if follows[number]:
                        back.setdefault(target, []).append(source)
        near = [t for t in sorted(targets) if t in back]
        seen = set(near)
        for node in near:
            for source in back.get(node, ()):
                if source not in seen:
                    seen.add(source)
                    near.append(source)
        return [
            (source, arc)
            for source in ahead
            if source in seen and source not in targets
            for arc in self._arcs[source]
            if follows[arc[1]] and arc[0] in seen
        ]

    def _single_cut(
        self, root: int, targets: frozenset[int], capacity: Mapping[tuple[int, int], int]
    ) -> tuple[tuple[int, int], ...] | None:
        """One edge of the least price that cuts alone; None when there is none."""
        least = min(capacity.values())
        out: dict[int, list[int]] = {}
        for source, target in capacity:
            out.setdefault(source, []).append(target)
        path = _a_path(root, targets, out, None)
        for pair in zip(path, path[1:], strict=False):
            if capacity[pair] == least and not _a_path(root, targets, out, pair):
                return (pair,)
        return None

    # Edits, for judging a change before it is made

    def edited(
        self, *, cut: Collection[tuple[int, int]] = (), kind: EdgeKind | None = None,
        nodes: Mapping[str, Node] | None = None,
    ) -> DependencyGraph:  # fmt: skip
        """A copy in which edges are gone, or turned into `kind`, and nodes are exchanged.

        Args:
            cut: Pairs (source, target); every edge of a pair is changed.
            kind: The new kind; None removes the edges.
            nodes: Nodes to exchange, by id.
        """
        copy = DependencyGraph((), ())
        copy.nodes = {**self.nodes, **(nodes or {})}
        copy._order = list(copy.nodes.values()) if nodes else self._order
        copy._position = self._position
        copy._arcs = list(self._arcs)
        copy._classes = list(self._classes)
        copy._numbers = dict(self._numbers)
        gone = frozenset(cut)
        for source in {pair[0] for pair in gone}:
            kept: list[Arc] = []
            for target, number, place in self._arcs[source]:
                if (source, target) not in gone:
                    kept.append((target, number, place))
                elif kind is not None:
                    turned = copy._classes[number]._replace(kind=kind, tight=False)
                    kept.append((target, copy._number(turned), place))
            copy._arcs[source] = kept
        return copy

    def extended(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> DependencyGraph:
        """A copy with further nodes and edges; a node with a known id replaces the old one."""
        copy = DependencyGraph((), ())
        copy.nodes = {**self.nodes, **{n.id: n for n in nodes}}
        copy._order = list(copy.nodes.values())
        copy._position = {name: i for i, name in enumerate(copy.nodes)}
        copy._arcs = [list(a) for a in self._arcs]
        copy._arcs += [[] for _ in range(len(copy._order) - len(copy._arcs))]
        copy._classes = list(self._classes)
        copy._numbers = dict(self._numbers)
        for edge in edges:
            copy._add(edge, copy._position[edge.source], copy._position[edge.target])
        return copy


def _a_path(
    root: int, targets: frozenset[int], out: Mapping[int, Sequence[int]],
    banned: tuple[int, int] | None,
) -> list[int]:  # fmt: skip
    """Some shortest path as positions, [] when there is none."""
    parent = {root: -1}
    queue = [root]
    for source in queue:
        if source in targets:
            path = [source]
            while parent[path[-1]] >= 0:
                path.append(parent[path[-1]])
            return path[::-1]
        for target in out.get(source, ()):
            if target not in parent and (source, target) != banned:
                parent[target] = source
                queue.append(target)
    return []


def _flow_cut(
    root: int, targets: Collection[int], capacity: Mapping[tuple[int, int], int]
) -> tuple[tuple[int, int], ...]:
    """Minimum cut by maximum flow (all targets joined in one sink)."""
    import networkx

    flow: networkx.DiGraph[int] = networkx.DiGraph()
    for (source, target), price in capacity.items():
        flow.add_edge(source, target, capacity=price)
    sink = -1
    for target in sorted(targets):
        if target in flow:
            flow.add_edge(target, sink)
    _, (near, _) = networkx.minimum_cut(flow, root, sink)
    return tuple(sorted(p for p in capacity if p[0] in near and p[1] not in near))


def relicensed(node: Node, license: str | None) -> Node:  # noqa: A002 - the field's name
    """The node under another license."""
    return replace(node, license=license)
