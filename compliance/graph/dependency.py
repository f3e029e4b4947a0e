"""DependencyGraph: who uses whom, read-only. The only user of networkx.

Edges of one kind, provider, tightness and set of build cells behave alike, so they share an
*edge class*; a question follows a set of classes (a `Follows` table, one truth value per class)
and costs O(V + E) over flat arrays: edges stand one behind the other, by the node they leave, so
that a question about millions of them reads memory in order and makes no objects. Nodes are
addressed by position inside a question and by id outside. networkx is imported by `to_networkx`
alone, since its import costs more than judging a large repository; tests hold paths and cuts
against it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise, repeat
from operator import sub
from typing import TYPE_CHECKING, NamedTuple

from compliance.graph.node import Edge, EdgeKind, Node, Provider

if TYPE_CHECKING:
    import networkx

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
LARGE = 150_000
"""Edges from which on importing numpy for a question costs less than answering without."""
Arc = tuple[int, int, Place]
"""Target position, class position, place."""
Entering = tuple["array[int]", "array[int]", "array[int]"]
"""Edges by the node they enter: where those of each begin, their sources, their classes."""


class DependencyGraph:
    """Nodes and typed edges. Nothing of it changes after it was made.

    Args:
        nodes: Every node; of two with one id the first counts.
        edges: Edges between them; an edge with an end that is no node is a KeyError.
    """

    __slots__ = (
        "_classes", "_into", "_kinds", "_numbers", "_order", "_places", "_position", "_start",
        "_targets", "nodes",
    )  # fmt: skip

    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> None:
        self._hold(nodes)
        self._fill(self._stars(edges))

    @classmethod
    def of_stars(
        cls, nodes: Iterable[Node], stars: Iterable[tuple[str, EdgeClass, str, Place]]
    ) -> DependencyGraph:
        """Build from plain tuples (source, class, target, place): the fast way for many edges."""
        graph = cls(nodes, ())
        graph._fill(stars)
        return graph

    def _hold(self, nodes: Iterable[Node]) -> None:
        named: dict[str, Node] = {}
        for node in nodes:
            named.setdefault(node.id, node)
        self.nodes: Mapping[str, Node] = named
        self._order: list[Node] = list(named.values())
        self._position: dict[str, int] = {name: i for i, name in enumerate(named)}
        self._classes: list[EdgeClass] = []
        self._numbers: dict[EdgeClass, int] = {}

    def _stars(self, edges: Iterable[Edge]) -> Iterator[tuple[str, EdgeClass, str, Place]]:
        for e in edges:
            own = self._order[self._position[e.target]].first_party
            kind = EdgeClass(e.kind, e.by, e.tight, own, e.cells)
            yield e.source, kind, e.target, Place(e.file, e.line)

    def _fill(self, stars: Iterable[tuple[str, EdgeClass, str, Place]]) -> None:
        position, numbers = self._position, self._numbers
        sources, targets, kinds = array("i"), array("i"), array("i")
        places: list[Place] = []
        for source, kind, target, place in stars:
            number = numbers.get(kind)
            if number is None:
                number = self._number(kind)
            sources.append(position[source])
            targets.append(position[target])
            kinds.append(number)
            places.append(place)
        self._arrange(sources, targets, kinds, places)

    def _arrange(
        self, sources: array[int], targets: array[int], kinds: array[int], places: list[Place]
    ) -> None:
        """Lay the edges out by source; those of one source keep their order."""
        self._start, order = _grouped(sources, len(self._order))
        if order is not None:
            targets, kinds = _taken(targets, order), _taken(kinds, order)
            places = list(map(places.__getitem__, order))
        self._targets, self._kinds, self._places = targets, kinds, places
        self._into: Entering | None = None

    def _number(self, kind: EdgeClass) -> int:
        number = self._numbers.get(kind)
        if number is None:
            number = self._numbers[kind] = len(self._classes)
            self._classes.append(kind)
        return number

    def _sources(self) -> Iterator[int]:
        """The source of each edge, in the order of the edges."""
        degrees = map(sub, self._start[1:], self._start)
        return chain.from_iterable(map(repeat, range(len(self._order)), degrees))

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
        a, b = self._start[position], self._start[position + 1]
        return list(zip(self._targets[a:b], self._kinds[a:b], self._places[a:b], strict=True))

    def leaving(self, position: int) -> Iterator[tuple[int, int]]:
        """(target position, class position) of the edges that leave a node."""
        a, b = self._start[position], self._start[position + 1]
        return zip(self._targets[a:b], self._kinds[a:b], strict=True)

    def edges(self) -> Iterator[Edge]:
        """Every edge, by source in node order."""
        for source in range(len(self._order)):
            for arc in self.arcs(source):
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
        if len(self._targets) >= LARGE:
            from compliance.graph import bulk

            edges = bulk.Edges(self._start, self._targets, self._kinds)
            if (found := edges.reachable(order, follows)) is not None:
                return found
        seen = bytearray(len(self._order))
        for root in order:
            seen[root] = 1
        start, targets, kinds = self._start, self._targets, self._kinds
        everything = all(follows)
        for source in order:
            a, b = start[source], start[source + 1]
            if everything:
                for target in targets[a:b]:
                    if not seen[target]:
                        seen[target] = 1
                        order.append(target)
                continue
            for target, number in zip(targets[a:b], kinds[a:b], strict=True):
                if follows[number] and not seen[target]:
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
        start, targets, kinds = self._start, self._targets, self._kinds
        changed = True
        while changed:
            changed = False
            done = bytearray(len(masks))
            for source in order:
                done[source] = 1
                mask = masks[source]
                a, b = start[source], start[source + 1]
                for target, number in zip(targets[a:b], kinds[a:b], strict=True):
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
            stack = [(root, self.leaving(root))]
            while stack:
                source, rest = stack[-1]
                for target, number in rest:
                    if follows[number] and not seen[target]:
                        seen[target] = 1
                        stack.append((target, self.leaving(target)))
                        break
                else:
                    stack.pop()
                    order.append(source)
        order.reverse()
        return order

    def towards(self, targets: Collection[int], follows: Follows, contested: Follows) -> Approach:
        """How far every node is from the nearest target. O(V + E), for all starting points."""
        start, sources, kinds = self._entering()
        if len(sources) >= LARGE:
            from compliance.graph import bulk

            found = bulk.Edges(start, sources, kinds).distances(targets, follows, contested)
            if found is not None:
                return Approach(self, follows, contested, *found)
        distance, cost = [-1] * len(self._order), [0] * len(self._order)
        level = sorted(set(targets))
        for target in level:
            distance[target] = 0
        step = 0
        while level:
            step += 1
            following: list[int] = []
            for target in level:
                a, b = start[target], start[target + 1]
                for source, number in zip(sources[a:b], kinds[a:b], strict=True):
                    if not follows[number]:
                        continue
                    price = cost[target] + contested[number]
                    if distance[source] < 0:
                        distance[source] = step
                        cost[source] = price
                        following.append(source)
                    elif distance[source] == step and price < cost[source]:
                        cost[source] = price
            level = following
        return Approach(self, follows, contested, distance, cost)

    def witness(
        self, root: int, targets: Collection[int], follows: Follows, contested: Follows
    ) -> tuple[Edge, ...]:
        """The path that shows how the nearest target is reached; () where root is a target.

        Shortest first; among equals the one with the fewest contested edges, then the first by
        node ids (policy-model 3.6). Raises KeyError when no target is reachable.
        """
        return self.towards(targets, follows, contested).path(root)

    def _entering(self) -> Entering:
        """Edges by the node they enter: where those of each begin, sources, classes."""
        if self._into is None:
            start, order = _grouped(self._targets, len(self._order))
            sources, kinds = array("i", self._sources()), self._kinds
            if order is not None:
                sources, kinds = _taken(sources, order), _taken(kinds, order)
            self._into = start, sources, kinds
        return self._into

    def users(self, position: int) -> Iterator[tuple[int, int]]:
        """The edges that enter a node, as (source position, class position)."""
        start, sources, kinds = self._entering()
        a, b = start[position], start[position + 1]
        return zip(sources[a:b], kinds[a:b], strict=True)

    def minimum_cut(
        self, root: int, near: Approach, price: Callable[[int, int], int], *, limit: int
    ) -> tuple[tuple[int, int], ...]:  # fmt: skip
        """The cheapest set of (source, target) pairs whose removal keeps root from all targets.

        Augmenting paths (Edmonds and Karp) over the part of the graph that leads to a target. The
        cut is the one nearest to the root; parallel edges between two nodes are cut together.

        Args:
            root: Where paths start; not a target itself.
            near: What leads to the targets, from `towards`.
            price: Cost of cutting (source, target), a whole number above 0.
            limit: Give up beyond this total cost.

        Returns:
            Sorted pairs of positions; () when no target is reachable, or only beyond the limit.
        """
        flow = _Flow(near, price)
        total = 0
        while path := flow.augmenting(root):
            total += flow.push(path)
            if total > limit:
                return ()
        return flow.cut(root) if total else ()

    def bridges(self, path: Sequence[int], near: Approach) -> frozenset[int]:
        """Indices i of a path whose edge (path[i], path[i + 1]) lies on every way to a target.

        One pass: what can be reached beside the path is explored once, so an index is a bridge
        when nothing explored before it comes back to the path behind it.
        """
        place = {node: i for i, node in enumerate(path)}
        seen: set[int] = set()
        found: set[int] = set()
        furthest, last = 0, len(path) - 1
        for index in range(last):
            stack = [path[index]]
            while stack and furthest < last:
                node = stack.pop()
                for target in near.steps(node):
                    if node in place and place.get(target) == place[node] + 1:
                        continue
                    if near.distance[target] == 0:
                        furthest = last
                    elif target in place:
                        furthest = max(furthest, place[target])
                    elif target not in seen:
                        seen.add(target)
                        stack.append(target)
            if furthest >= last:
                break
            if furthest <= index:
                found.add(index)
                furthest = index + 1
        return frozenset(found)

    def leads(self, root: int, near: Approach, cut: Collection[tuple[int, int]]) -> bool:
        """Whether a target is still reachable from root when these pairs are gone."""
        gone = frozenset(cut)
        seen, stack = {root}, [root]
        while stack:
            node = stack.pop()
            if near.distance[node] == 0:
                return True
            for target in near.steps(node):
                if target not in seen and (node, target) not in gone:
                    seen.add(target)
                    stack.append(target)
        return False

    def to_networkx(self) -> networkx.MultiDiGraph[str]:
        """The same graph for analysis with networkx; edges carry their kind."""
        import networkx

        made: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
        made.add_nodes_from(self.nodes)
        for edge in self.edges():
            made.add_edge(edge.source, edge.target, kind=edge.kind, by=edge.by, tight=edge.tight)
        return made

    # Edits, for judging a change before it is made

    def edited(
        self, *, cut: Collection[tuple[int, int]] = (), kind: EdgeKind | None = None,
        by: Provider | None = None, nodes: Mapping[str, Node] | None = None,
    ) -> DependencyGraph:  # fmt: skip
        """A copy in which edges are gone, or turned into `kind`, and nodes are exchanged.

        Args:
            cut: Pairs (source, target); every edge of a pair is changed.
            kind: The new kind; None removes the edges.
            by: Who supplies the target then; None leaves it as it is.
            nodes: Nodes to exchange, by id.
        """
        copy = self._copy({**self.nodes, **(nodes or {})} if nodes else self.nodes)
        gone = frozenset(cut)
        if not gone:
            copy._into = self._into
            return copy
        turned: dict[int, int] = {}
        for source in sorted({pair[0] for pair in gone}):
            for edge in range(self._start[source], self._start[source + 1]):
                if (source, self._targets[edge]) in gone:
                    turned[edge] = self._kinds[edge]
        if kind is not None:
            copy._kinds = self._kinds[:]
            for edge, number in turned.items():
                old = self._classes[number]
                copy._kinds[edge] = copy._number(
                    old._replace(kind=kind, tight=False, by=by or old.by)
                )
            return copy
        kept = [i for i in range(len(self._targets)) if i not in turned]
        sources = list(self._sources())
        copy._arrange(
            array("i", map(sources.__getitem__, kept)),
            array("i", map(self._targets.__getitem__, kept)),
            array("i", map(self._kinds.__getitem__, kept)),
            list(map(self._places.__getitem__, kept)),
        )
        return copy

    def extended(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> DependencyGraph:
        """A copy with further nodes and edges; a node with a known id replaces the old one."""
        copy = self._copy({**self.nodes, **{n.id: n for n in nodes}})
        sources, targets, kinds = array("i", self._sources()), self._targets[:], self._kinds[:]
        places = list(self._places)
        for source, kind, target, place in copy._stars(edges):
            sources.append(copy._position[source])
            targets.append(copy._position[target])
            kinds.append(copy._number(kind))
            places.append(place)
        copy._arrange(sources, targets, kinds, places)
        return copy

    def _copy(self, nodes: Mapping[str, Node]) -> DependencyGraph:
        """The same edges among nodes that begin with those of this graph."""
        copy = DependencyGraph.__new__(DependencyGraph)
        same = nodes is self.nodes
        copy.nodes = nodes
        copy._order = self._order if same else list(nodes.values())
        copy._position = (
            self._position if len(nodes) == len(self._order)
            else {name: i for i, name in enumerate(nodes)}
        )  # fmt: skip
        copy._classes, copy._numbers = list(self._classes), dict(self._numbers)
        copy._start, copy._targets, copy._kinds = self._start, self._targets, self._kinds
        copy._places, copy._into = self._places, None
        return copy


def _grouped(keys: array[int], count: int) -> tuple[array[int], array[int] | None]:
    """Where the edges of each key begin, and the order that brings them together.

    A stable counting sort, O(edges + count); the order is None where they stand so already.
    """
    if len(keys) >= LARGE:
        from compliance.graph import bulk

        return bulk.grouped(keys, count)
    sizes = [0] * (count + 1)
    last, ordered = 0, True
    for key in keys:
        sizes[key + 1] += 1
        ordered = ordered and key >= last
        last = key
    start = array("i", accumulate(sizes))
    if ordered:
        return start, None
    free = start[:]
    order = array("i", bytes(free.itemsize * len(keys)))
    for edge, key in enumerate(keys):
        slot = free[key]
        order[slot] = edge
        free[key] = slot + 1
    return start, order


def _taken(values: array[int], order: array[int]) -> array[int]:
    """The values at some positions."""
    if len(order) >= LARGE:
        from compliance.graph import bulk

        return bulk.taken(values, order)
    return array("i", map(values.__getitem__, order))


class Approach:
    """Distances to the nearest of some targets: -1 where none is reachable."""

    __slots__ = ("_contested", "_cost", "_follows", "_graph", "distance")

    def __init__(
        self, graph: DependencyGraph, follows: Follows, contested: Follows,
        distance: list[int], cost: list[int],
    ) -> None:  # fmt: skip
        self._graph = graph
        self._follows = follows
        self._contested = contested
        self._cost = cost
        self.distance: Sequence[int] = distance

    def steps(self, position: int) -> list[int]:
        """Targets of the followed edges that lead on, the farthest first."""
        distance, follows = self.distance, self._follows
        found = [
            t for t, number in self._graph.leaving(position) if follows[number] and distance[t] >= 0
        ]
        if len(found) > 1:
            found.sort(key=lambda t: -distance[t])
        return found

    def path(self, root: int) -> tuple[Edge, ...]:
        """The witness from a node. Raises KeyError when no target is reachable from it."""
        graph, distance, cost = self._graph, self.distance, self._cost
        if distance[root] < 0:
            raise KeyError(graph.node(root).id)
        edges: list[Edge] = []
        at = root
        while distance[at]:
            ways = [
                arc for arc in graph.arcs(at)
                if self._follows[arc[1]]
                and distance[arc[0]] == distance[at] - 1
                and cost[arc[0]] + self._contested[arc[1]] == cost[at]
            ]  # fmt: skip
            arc = min(ways, key=lambda a: (graph.node(a[0]).id, graph.classes[a[1]].kind))
            edges.append(graph.edge(at, arc))
            at = arc[0]
        return tuple(edges)


class _Flow:
    """A flow from a root to the targets of an approach, as it grows."""

    def __init__(self, near: Approach, price: Callable[[int, int], int]) -> None:
        self._near = near
        self._price = price
        self._used: dict[tuple[int, int], int] = {}
        self._back: dict[int, set[int]] = {}

    def _room(self, source: int, target: int) -> int:
        """What more can flow: capacity that is left, or flow the other way that can be undone."""
        undo = self._used.get((target, source), 0)
        return undo or self._price(source, target) - self._used.get((source, target), 0)

    def _ways(self, node: int) -> list[int]:
        forward = [t for t in dict.fromkeys(self._near.steps(node)) if self._left(node, t) > 0]
        return [*sorted(u for u in self._back.get(node, ()) if self._used[u, node]), *forward]

    def _left(self, source: int, target: int) -> int:
        return self._price(source, target) - self._used.get((source, target), 0)

    def augmenting(self, root: int) -> list[int]:
        """Some path to a target along which more can flow; [] when there is none."""
        parent = {root: -1}
        stack = [root]
        while stack:
            node = stack.pop()
            for target in self._ways(node):
                if target in parent:
                    continue
                parent[target] = node
                if self._near.distance[target] == 0:
                    path = [target]
                    while parent[path[-1]] >= 0:
                        path.append(parent[path[-1]])
                    return path[::-1]
                stack.append(target)
        return []

    def push(self, path: Sequence[int]) -> int:
        """Send as much as fits along a path; returns how much."""
        pairs = list(pairwise(path))
        amount = min(self._room(*pair) for pair in pairs)
        for source, target in pairs:
            undone = min(amount, self._used.get((target, source), 0))
            if undone:
                self._used[target, source] -= undone
            if amount - undone:
                key = (source, target)
                self._used[key] = self._used.get(key, 0) + amount - undone
                self._back.setdefault(target, set()).add(source)
        return amount

    def cut(self, root: int) -> tuple[tuple[int, int], ...]:
        """Full edges from what can still be reached to the rest."""
        seen, stack = {root}, [root]
        while stack:
            for target in self._ways(stack.pop()):
                if target not in seen:
                    seen.add(target)
                    stack.append(target)
        return tuple(sorted({(n, t) for n in seen for t in self._near.steps(n) if t not in seen}))
