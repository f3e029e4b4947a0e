"""Import cycles among packages: the go command refuses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compliance.golang.node import Node


def import_cycles(nodes: Mapping[str, Node], paths: Sequence[str]) -> list[tuple[str, ...]]:
    """Import cycles, one for each knot of packages, beginning at its first import path.

    Packages that nothing in the rest imports, or that import nothing of it, are peeled off; what
    remains holds every cycle. The standard library has none.
    """
    own = [p for p in paths if not nodes[p].package.standard]
    inside = set(own)
    needed = {p: [d for d in nodes[p].dependencies if d in inside] for p in own}
    count = dict.fromkeys(own, 0)
    for dependencies in needed.values():
        for path in dependencies:
            count[path] += 1
    free = [p for p in own if not count[p]]
    while free:
        for path in needed.pop(free.pop()):
            count[path] -= 1
            if not count[path]:
                free.append(path)
    cycles = []
    left = {p for p in own if p in needed}
    while left:
        trail: list[str] = []
        place: dict[str, int] = {}
        path = min(left)
        while path in left and path not in place:
            place[path] = len(trail)
            trail.append(path)
            path = next((d for d in needed[path] if d in left), "")
        if path in place:
            knot = trail[place[path] :]
            start = knot.index(min(knot))
            cycles.append(tuple(knot[start:] + knot[:start]))
        left.difference_update(trail)
    return cycles
