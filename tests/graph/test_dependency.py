"""Paths, reachability and cuts, held against networkx."""

from __future__ import annotations

from unittest import mock

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.graph import DependencyGraph, Edge, EdgeClass, Node, Place, bulk, dependency
from compliance.graph.node import EdgeKind


def graph_of(*pairs: str, kinds: dict[str, EdgeKind] | None = None) -> DependencyGraph:
    """`ab` is an edge from a to b; kinds by pair, import-static otherwise."""
    names = sorted({n for p in pairs for n in p})
    edges = [
        Edge(source=p[0], target=p[1], kind=(kinds or {}).get(p, "import-static"), file=f"{p}.go")
        for p in pairs
    ]
    return DependencyGraph([Node(id=n) for n in names], edges)


def everything(graph: DependencyGraph) -> tuple[bool, ...]:
    return graph.follows(lambda _: True)


def nodes_of(path: tuple[Edge, ...]) -> str:
    return "".join([*(e.source for e in path[:1]), *(e.target for e in path)])


def test_witness_is_the_shortest_path() -> None:
    graph = graph_of("ab", "bc", "cd", "ad")
    follows = everything(graph)
    position = graph.position
    assert nodes_of(graph.witness(position("a"), {position("d")}, follows, [False])) == "ad"


def test_equal_paths_go_by_name() -> None:
    graph = graph_of("az", "ab", "zd", "bd")
    follows = everything(graph)
    found = graph.witness(graph.position("a"), {graph.position("d")}, follows, [False])
    assert nodes_of(found) == "abd"


def test_equal_paths_prefer_the_one_with_fewer_contested_edges() -> None:
    graph = graph_of("ab", "az", "bd", "zd", kinds={"bd": "plugin"})
    contested = graph.follows(lambda c: c.kind == "plugin")
    found = graph.witness(graph.position("a"), {graph.position("d")}, everything(graph), contested)
    assert nodes_of(found) == "azd"


def test_an_unreachable_target_has_no_witness() -> None:
    graph = graph_of("ab", "cd")
    with pytest.raises(KeyError):
        graph.witness(graph.position("a"), {graph.position("d")}, everything(graph), [False])


def test_filtered_edges_are_not_followed() -> None:
    graph = graph_of("ab", "bc", kinds={"bc": "test"})
    linked = graph.follows(lambda c: c.kind == "import-static")
    assert [graph.node(n).id for n in graph.reachable([graph.position("a")], linked)] == ["a", "b"]


def test_a_cycle_ends() -> None:
    graph = graph_of("ab", "ba", "bc")
    masks = graph.reached_by([graph.position("a"), graph.position("c")], everything(graph))
    assert masks == [1, 1, 3]


def test_an_edge_to_nothing_is_refused() -> None:
    with pytest.raises(KeyError):
        DependencyGraph([Node(id="a")], [Edge(source="a", target="b", kind="exec")])


def test_an_edit_leaves_the_graph_as_it_was() -> None:
    graph = graph_of("ab", "bc")
    pair = (graph.position("a"), graph.position("b"))
    assert [e.kind for e in graph.edited(cut=(pair,), kind="exec").edges()] == [
        "exec", "import-static",
    ]  # fmt: skip
    assert len(list(graph.edited(cut=(pair,)).edges())) == 1
    assert [e.kind for e in graph.edges()] == ["import-static"] * 2


def test_extending_replaces_a_node_of_the_same_name() -> None:
    graph = graph_of("ab").extended([Node(id="b", license="MIT")], [])
    assert graph.nodes["b"].license == "MIT"
    assert len(graph) == 2


def test_a_bridge_is_an_edge_on_every_path() -> None:
    graph = graph_of("ab", "bc", "bd", "ce", "de", "ef")
    near = graph.towards([graph.position("f")], everything(graph), [False])
    path = [graph.position(n) for n in "abcef"]
    assert graph.bridges(path, near) == {0, 3}


EDGES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] != p[1]),
    min_size=1, max_size=24, unique=True,
)  # fmt: skip


def numbered(pairs: list[tuple[int, int]]) -> DependencyGraph:
    kind = EdgeClass("import-static", "us", False, False, frozenset())
    stars = [(str(a), kind, str(b), Place(None, None)) for a, b in pairs]
    return DependencyGraph.of_stars([Node(id=str(i)) for i in range(8)], stars)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(EDGES)
def test_paths_bridges_and_cuts_agree_with_networkx(pairs: list[tuple[int, int]]) -> None:
    graph = numbered(pairs)
    follows = everything(graph)
    near = graph.towards([7], follows, [False])
    other = networkx.DiGraph(pairs)
    other.add_nodes_from(range(8))
    ways = networkx.has_path(other, 0, 7)
    assert (near.distance[0] >= 0) == ways
    cut = graph.minimum_cut(0, near, lambda _a, _b: 1, limit=100)
    if not ways:
        assert cut == ()
        return
    path = near.path(0)
    assert len(path) == networkx.shortest_path_length(other, 0, 7)
    assert len(cut) == networkx.minimum_edge_cut(other, 0, 7).__len__()
    assert not graph.leads(0, near, cut)
    for pair in cut:
        assert graph.leads(0, near, [p for p in cut if p != pair])
    positions = [graph.position(e.source) for e in path] + [7]
    bridges = graph.bridges(positions, near)
    for index in range(len(path)):
        without = networkx.DiGraph(other)
        without.remove_edge(positions[index], positions[index + 1])
        assert (index in bridges) == (not networkx.has_path(without, 0, 7))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(EDGES, st.lists(st.integers(0, 7), min_size=1, max_size=6))
def test_one_sweep_for_all_roots_agrees_with_a_search_each(
    pairs: list[tuple[int, int]], roots: list[int]
) -> None:
    graph = numbered(pairs)
    follows = everything(graph)
    masks = graph.reached_by(roots, follows)
    for bit, root in enumerate(roots):
        expected = set(graph.reachable([root], follows))
        assert {n for n in range(8) if masks[n] >> bit & 1} == expected


@settings(max_examples=100, deadline=None, derandomize=True)
@given(EDGES, st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(1, 9)))
def test_the_cut_is_the_cheapest(
    pairs: list[tuple[int, int]], prices: dict[tuple[int, int], int]
) -> None:
    graph = numbered(pairs)
    near = graph.towards([7], everything(graph), [False])
    other: networkx.DiGraph[int] = networkx.DiGraph()
    other.add_nodes_from(range(8))
    for a, b in pairs:
        other.add_edge(a, b, capacity=prices.get((a, b), 1))
    cut = graph.minimum_cut(0, near, lambda a, b: prices.get((a, b), 1), limit=10_000)
    assert sum(prices.get(p, 1) for p in cut) == networkx.minimum_cut_value(other, 0, 7)


def test_the_graph_can_be_handed_to_networkx() -> None:
    made = graph_of("ab", "bc", kinds={"bc": "exec"}).to_networkx()
    assert list(made.edges(data="kind")) == [("a", "b", "import-static"), ("b", "c", "exec")]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(EDGES, st.lists(st.integers(0, 7), min_size=1, max_size=3), st.integers(0, 3))
def test_large_graphs_are_answered_like_small_ones(
    pairs: list[tuple[int, int]], roots: list[int], odd: int
) -> None:
    kinds = [EdgeClass(k, "us", False, False, frozenset()) for k in ("import-static", "plugin")]
    stars = [
        (str(a), kinds[(a + b) % 4 == odd], str(b), Place(f"{a}.go", b)) for a, b in reversed(pairs)
    ]
    nodes = [Node(id=str(i)) for i in range(8)]
    for follows in ([True, True], [True, False], [False, True]):
        small = DependencyGraph.of_stars(nodes, stars)
        near = small.towards(roots, follows, [False, True])
        with mock.patch.object(dependency, "LARGE", 1):
            large = DependencyGraph.of_stars(nodes, stars)
            far = large.towards(roots, follows, [False, True])
            assert large.reachable(roots, follows) == small.reachable(roots, follows)
        assert list(large.edges()) == list(small.edges())
        assert far.distance == near.distance
        for root in range(8):
            if near.distance[root] >= 0:
                assert far.path(root) == near.path(root)
                assert far.steps(root) == near.steps(root)


def test_a_deep_graph_is_followed_step_by_step() -> None:
    count = bulk.MOST_LEVELS + 50
    kind = EdgeClass("import-static", "us", False, False, frozenset())
    stars = [(str(i), kind, str(i + 1), Place("a.go", i)) for i in range(count)]
    with mock.patch.object(dependency, "LARGE", 1):
        graph = DependencyGraph.of_stars([Node(id=str(i)) for i in range(count + 1)], stars)
        assert graph.reachable([0], [True]) == list(range(count + 1))
        assert graph.towards([count], [True], [False]).distance[0] == count
