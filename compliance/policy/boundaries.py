"""Declared boundaries against the graph (policy-model 3.1 and 8.9).

A boundary claims that two sides are kept apart. It is broken when a package of one side is part of
the work of the other; a third package that both import does not break it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compliance.errors import UsageError
from compliance.findings import Finding, Hop, Location, Remedy, Severity
from compliance.graph import Artifact, DependencyGraph, Edge
from compliance.policy.case import Sitting, sit
from compliance.policy.document import Boundary
from compliance.policy.purl import Pattern, split
from compliance.policy.remedies import Pairs, component_severity, place_of
from compliance.policy.world import World
from compliance.policy.yamlfile import nearest, shown
from compliance.value import dataclass, replace


def side(world: World, name: str, boundary: Boundary, artifacts: Sequence[Artifact]) -> list[int]:
    """Positions of the nodes of one side: an artifact, a path of the repository, a component.

    Raises UsageError when nothing has that name.
    """
    graph = world.graph
    for artifact in artifacts:
        if artifact.name == name:
            return [graph.position(artifact.root)]
    wanted = name.removeprefix("./").strip("/")
    if wanted in ("", "."):
        if roots := [graph.position(a.root) for a in artifacts if a.main in (".", "./")]:
            return roots
        wanted = name
    pattern = Pattern.parse(wanted)
    found = _at_path(graph, wanted, artifacts) or [
        p for p in range(len(graph))
        if _names(graph, p, wanted) or pattern.covers(graph.node(p).component or graph.node(p).id)
    ]  # fmt: skip
    if not found:
        names = {n.component or i for i, n in graph.nodes.items() if not _standard(n.component)}
        raise UsageError(
            f"boundaries: nothing is named {shown(name)}{nearest(wanted, sorted(names)[:2_000])}",
            file=boundary.where.file, line=boundary.where.line,
        )  # fmt: skip
    return found


def _at_path(graph: DependencyGraph, wanted: str, artifacts: Sequence[Artifact]) -> list[int]:
    """First-party packages at or below a path, from where the modules of the artifacts start."""
    folders = {(a.root, a.main.removeprefix("./")) for a in artifacts}
    modules = {r.removesuffix("/" + f) for r, f in folders if r.endswith("/" + f)}
    heads = tuple(f"{m}/{wanted}" for m in sorted(modules))
    below = tuple(f"{h}/" for h in heads)
    return [
        p for p in range(len(graph))
        if graph.node(p).first_party
        and (graph.node(p).id in heads or graph.node(p).id.startswith(below))
    ] if heads else []  # fmt: skip


def _standard(component: str | None) -> bool:
    return component is not None and split(component)[0] == "stdlib"


def _names(graph: DependencyGraph, position: int, wanted: str) -> bool:
    """Whether a node has that id, or is first-party code with that path inside its own."""
    node = graph.node(position)
    if node.id == wanted:
        return True
    return node.first_party and f"/{wanted}/" in f"/{node.id}/"


MOST_CUT = 20
"""Uses of one side by the other beyond which no list of edits is advice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A broken boundary: its finding, and the uses (source, target) without which it holds.

    `cut` is empty where that was not tried, or there are too many.
    """

    finding: Finding
    cut: Pairs = ()


def broken_boundaries(
    world: World, sittings: Sequence[Sitting], *, advise: bool
) -> Mapping[str, Sequence[Crossing]]:
    """Crossings by artifact name; "" for boundaries broken in no artifact."""
    found: dict[str, list[Crossing]] = {}
    for boundary in world.policy.boundaries:
        artifacts = [s.artifact for s in sittings]
        try:
            left, right = (side(world, n, boundary, artifacts) for n in boundary.between)
        except UsageError:
            if world.policy.elsewhere:
                continue
            raise
        crossed = False
        for sitting in sittings:
            path = _crossing(world, sitting, left, right)
            if path:
                crossed = True
                made = Crossing(finding=_finding(world, boundary, path, sitting))
                if advise:
                    made = _mended(world, sitting, made, (left, right))
                found.setdefault(sitting.artifact.name, []).append(made)
        if not crossed and (path := _anywhere(world, sittings, left, right)):
            made = Crossing(finding=_finding(world, boundary, path, None))
            found.setdefault("", []).append(made)
    return found


def _mended(
    world: World, sitting: Sitting, crossing: Crossing, sides: tuple[Sequence[int], Sequence[int]]
) -> Crossing:  # fmt: skip
    """With the remedy to stop every use of one side by the other, tried and judged again.

    It is shown where the boundary holds then and the component is no worse than comply.
    """
    cut = _uses_across(world, sitting, *sides)
    if not cut or len(cut) > MOST_CUT:
        return crossing
    after = sit(
        world.with_(graph=world.graph.edited(cut=cut)), [sitting.artifact], sitting.under[0]
    )[0]
    if _crossing(after.world, after, *sides):
        return crossing
    finding = crossing.finding
    severity = component_severity(after.case, finding.component or "")
    if severity > Severity.COMPLY:
        return crossing
    remedy = Remedy(
        kind="isolate", title="Take out what crosses the boundary",
        edits=tuple(place_of(sitting, pair) for pair in cut), verdict_after=severity,
        duties_after=tuple(
            sorted({d.duty for d in after.case.duties if d.component == finding.component})
        ),
    )  # fmt: skip
    return Crossing(finding=replace(finding, remedies=(remedy,)), cut=cut)


def _uses_across(
    world: World, sitting: Sitting, left: Sequence[int], right: Sequence[int]
) -> Pairs:
    """The edges by which, in the work of an artifact, one side enters the other."""
    graph, joined = world.graph, sitting.work.nodes("joins")
    found: dict[tuple[int, int], None] = {}
    for one, other in ((left, right), (right, left)):
        theirs = set(other) - set(one)
        for table in sitting.work.tables:
            stops = [n for n in one if n in joined]
            seen = set(stops)
            for source in stops:  # grows: what one side reaches before it enters the other
                for target, number, _ in graph.arcs(source):
                    if not table.joins[number] or target in seen:
                        continue
                    if target in theirs:
                        found[source, target] = None
                        continue
                    seen.add(target)
                    stops.append(target)
    return tuple(sorted(found))


def _crossing(
    world: World, sitting: Sitting, left: Sequence[int], right: Sequence[int]
) -> tuple[Edge, ...]:
    """The path from the root over one side into the other, where an artifact has both."""
    joined = sitting.work.nodes("joins")
    for one, other in ((left, right), (right, left)):
        mine = [n for n in one if n in joined]
        theirs = set(other) - set(one)
        if not mine or not any(n in joined for n in theirs):
            continue
        path = _path(world, sitting, mine, theirs)
        if path:
            return path
    return ()


def _path(
    world: World, sitting: Sitting, mine: Sequence[int], theirs: set[int]
) -> tuple[Edge, ...]:
    graph = world.graph
    for table in sitting.work.tables:
        near = set(graph.reachable(mine, table.joins)) & theirs
        if not near:
            continue
        best: tuple[Edge, ...] = ()
        for start in mine:
            try:
                tail = graph.witness(start, near, table.joins, table.contested)
            except KeyError:
                continue
            if tail and (not best or len(tail) < len(best)):
                best = tail
        if not best:
            continue
        start = graph.position(best[0].source)
        if start == sitting.work.root:
            return best
        try:
            head = graph.witness(sitting.work.root, {start}, table.joins, table.contested)
        except KeyError:
            continue
        return (*head, *best)
    return ()


def _anywhere(
    world: World, sittings: Sequence[Sitting], left: Sequence[int], right: Sequence[int]
) -> tuple[Edge, ...]:
    """A crossing outside of every artifact, such as in a main that no deployment names."""
    if not sittings:
        return ()
    graph = world.graph
    table = sittings[0].work.tables[0]
    for one, other in ((left, right), (right, left)):
        theirs = set(other) - set(one)
        for start in one:
            try:
                path = graph.witness(start, theirs, table.joins, table.contested)
            except KeyError:
                continue
            if path:
                return path
    return ()


def _finding(
    world: World, boundary: Boundary, path: Sequence[Edge], sitting: Sitting | None
) -> Finding:
    graph = world.graph
    last = graph.nodes[path[-1].target]
    hops = [
        Hop(
            node=e.source, edge=e.kind, file=e.file, line=e.line,
            first_party=graph.nodes[e.source].first_party, reached=True,
            license=graph.nodes[e.source].license,
        )
        for e in path
    ]  # fmt: skip
    hops.append(Hop(node=last.id, license=last.license, first_party=last.first_party, reached=True))
    a, b = boundary.between
    place = next((Location(file=e.file, line=e.line) for e in reversed(path) if e.file), None)
    return Finding(
        code="boundary-broken", severity=Severity.BLOCK,
        message=f"The policy says that a {boundary.kind} separates {a} and {b}"
        f" ({boundary.where.file}:{boundary.where.line}), but {last.id} is linked into the other"
        " side.",
        remedy=f"Move what both sides need into a package of its own that neither"
        f" {a} nor {b} contains, or generate it from the protocol's description.",
        location=place or Location(file=boundary.where.file, line=boundary.where.line),
        artifact=sitting.artifact.name if sitting else None,
        component=last.component or last.id, license=last.license, path=tuple(hops),
    )  # fmt: skip
