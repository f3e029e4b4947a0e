"""Import cycles: one for each knot of packages, whatever else these import."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import networkx as nx
import pytest

from compliance.golang.cycles import import_cycles
from compliance.golang.node import Node
from compliance.golang.package import Package


def node(path: str, needs: Sequence[str], *, standard: bool = False) -> Node:
    package = Package(
        import_path=path, name=path, module=None, standard=standard, tree="", folder=path,
        imports=(), go_files=(),
    )  # fmt: skip
    return Node(package, tuple(needs), ())


def cycles(graph: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    return import_cycles({p: node(p, needs) for p, needs in graph.items()}, sorted(graph))


@pytest.mark.parametrize(("graph", "found"), [
    ({"a": "b", "b": ""}, []),
    ({"a": "a"}, [("a",)]),
    ({"a": "b", "b": "a"}, [("a", "b")]),
    ({"m": "cd", "c": "", "d": "m"}, [("d", "m")]),  # the first import of m leads nowhere
    ({"m": "ab", "a": "b", "b": "cm", "c": "d", "d": ""}, [("a", "b", "m")]),
    ({"a": "bx", "b": "a", "x": "y", "y": "xz", "z": ""}, [("a", "b"), ("x", "y")]),
])  # fmt: skip
def test_each_knot_is_one_cycle(graph: dict[str, str], found: list[tuple[str, ...]]) -> None:
    assert cycles(graph) == found


def test_the_standard_library_has_none() -> None:
    nodes = {p: node(p, q, standard=True) for p, q in (("a", "b"), ("b", "a"))}
    assert import_cycles(nodes, ["a", "b"]) == []


def test_knots_are_the_strongly_connected_parts() -> None:
    choose = random.Random(1)  # noqa: S311
    for _ in range(1000):
        names = "abcdefghijkl"[: choose.randint(1, 12)]
        graph = {p: sorted(set(choose.choices(names, k=choose.randrange(4)))) for p in names}
        whole = nx.DiGraph(graph)
        knots = [k for k in nx.strongly_connected_components(whole)
                 if len(k) > 1 or whole.has_edge(*k, *k)]  # fmt: skip
        found = cycles(graph)
        assert len(found) == len(knots)
        for cycle in found:
            assert cycle[0] == min(cycle)
            assert any(knot.issuperset(cycle) for knot in knots)
            assert all(b in graph[a] for a, b in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
