"""Import cycles among packages: the go command refuses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compliance.golang.node import Node

_Graph = Mapping[str, Sequence[str]]


def import_cycles(nodes: Mapping[str, Node], paths: Sequence[str]) -> list[tuple[str, ...]]:
    """Import cycles, one for each knot of packages, beginning at its first import path.

    A knot are packages that all lead to each other. The standard library has none.
    """
    own = [p for p in paths if not nodes[p].package.standard]
    inside = set(own)
    needed = {p: [d for d in nodes[p].dependencies if d in inside] for p in own}
    _peel(needed)
    return sorted(_ring(needed, knot) for knot in _knots(needed))


def _peel(needed: dict[str, list[str]]) -> None:
    """Drop packages that none of the others imports, until there are no such: usually all."""
    count = dict.fromkeys(needed, 0)
    for dependencies in needed.values():
        for path in dependencies:
            count[path] += 1
    free = [p for p in needed if not count[p]]
    while free:
        for path in needed.pop(free.pop()):
            count[path] -= 1
            if not count[path]:
                free.append(path)


def _knots(needed: _Graph) -> Iterator[set[str]]:
    """Strongly connected parts with an import inside (Kosaraju's algorithm)."""
    importers: dict[str, list[str]] = {path: [] for path in needed}
    for path, dependencies in needed.items():
        for below in dependencies:
            importers[below].append(path)
    seen: set[str] = set()
    for root in reversed(_finished(needed)):
        if root in seen:
            continue
        seen.add(root)
        knot = [root]
        for path in knot:
            new = [p for p in importers[path] if p not in seen]
            seen.update(new)
            knot += new
        if len(knot) > 1 or root in needed[root]:
            yield set(knot)


def _finished(needed: _Graph) -> list[str]:
    """All packages, each behind those that a search in depth from it reaches first."""
    order: list[str] = []
    seen: set[str] = set()
    for root in needed:
        trail = [] if root in seen else [(root, iter(needed[root]))]
        seen.add(root)
        while trail:
            below = next((d for d in trail[-1][1] if d not in seen), None)
            if below is None:
                order.append(trail.pop()[0])
            else:
                seen.add(below)
                trail.append((below, iter(needed[below])))
    return order


def _ring(needed: _Graph, knot: set[str]) -> tuple[str, ...]:
    """A cycle in a knot: from its first package on by the first import inside until one repeats."""
    place: dict[str, int] = {}
    path = min(knot)
    while path not in place:
        place[path] = len(place)
        path = next(d for d in needed[path] if d in knot)
    ring = list(place)[place[path] :]
    start = ring.index(min(ring))
    return tuple(ring[start:] + ring[:start])
