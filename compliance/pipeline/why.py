"""`compliance why`: why a module, package or license is in an artifact, and what can be done."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from compliance.config import ScanRequest
from compliance.findings import Finding, Hop
from compliance.pipeline.inventory import Say
from compliance.pipeline.scanned import Scanned
from compliance.pipeline.stages import scan
from compliance.pipeline.targets import Target, find_target
from compliance.report import Reason, Scope, Why

if TYPE_CHECKING:
    from compliance.graph import Artifact, DependencyGraph, Edge, EdgeKind, Node
    from compliance.report import Component, ScanReport

_NOT_SHIPPED = frozenset({"test", "build-tool", "generated-by"})
_BESIDE: tuple[tuple[EdgeKind, Scope], ...] = (("test", "test"), ("build-tool", "tool"))


def why(request: ScanRequest, target: str, say: Say) -> Why:
    """Explain a target: a package, module (both with or without @version), folder or license.

    Raises:
        UsageError: nothing is named so.
    """
    scanned = scan(request, say)
    named = find_target(scanned, target)
    matched, listed = named.nodes, named.listed
    reasons = tuple(
        Reason(
            artifact=a.name,
            path=_path(scanned.graph, a, matched),
            findings=_about(scanned, a.name, named),
        )
        for a in scanned.artifacts
    )
    scope: Scope = "linked"
    aside: tuple[Hop, ...] = ()
    if not any(r.path for r in reasons):
        scope, aside = _aside(scanned, matched, listed)
    return Why(
        target=target,
        matched=tuple(n.id for n in matched) or tuple(node_name(c) for c in listed),
        reasons=reasons,
        findings=_about(scanned, None, named),
        incomplete=scanned.report.gate.outcome == "incomplete",
        scope=scope,
        aside=aside,
        under=_under(scanned, named),
    )


def node_name(item: Component) -> str:
    """`path@version`, or the path of a main module: as the edges of a report name a module."""
    return f"{item.path}@{item.version}" if item.version else item.path


def _aside(
    scanned: Scanned, matched: tuple[Node, ...], listed: tuple[Component, ...]
) -> tuple[Scope, tuple[Hop, ...]]:
    """How something is needed that no artifact contains: by tests, tools, or go.mod files only."""
    graph = scanned.graph
    targets = frozenset(graph.position(n.id) for n in matched)
    for kind, scope in _BESIDE:
        follows = graph.follows(lambda c, kind=kind: c.kind in (kind, "import-static"))  # type: ignore[misc]
        first = graph.follows(lambda c, kind=kind: c.kind == kind)  # type: ignore[misc]
        starts = [
            p
            for p in range(len(graph))
            if any(first[number] for _, number, _ in graph.arcs(p)) and p not in targets
        ]
        near = graph.towards(targets, follows, first)
        reached = [p for p in starts if near.distance[p] > 0]
        if reached:
            root = min(reached, key=lambda p: (near.distance[p], graph.node(p).id))
            return scope, _hops(graph, near.path(root))
    return "unused", _required(scanned.report, listed)


def _required(report: ScanReport, listed: tuple[Component, ...]) -> tuple[Hop, ...]:
    """The shortest chain of requirements from a main module; () where none is known."""
    wanted = {node_name(c) for c in listed}
    by_name = {node_name(c): c for c in report.components}
    needs: dict[str, list[str]] = {}
    for source, target in report.edges:
        needs.setdefault(source, []).append(target)
    mains = [node_name(c) for c in report.components if c.module is not None and c.module.main]
    came: dict[str, str | None] = dict.fromkeys(mains)
    queue = deque(mains)
    while queue:
        here = queue.popleft()
        if here in wanted:
            chain = [here]
            while (before := came[chain[-1]]) is not None:
                chain.append(before)
            return tuple(_requirements(chain[::-1], by_name))
        for target in needs.get(here, ()):
            if target not in came:
                came[target] = here
                queue.append(target)
    return ()


def _requirements(chain: list[str], by_name: Mapping[str, Component]) -> Iterator[Hop]:
    for number, name in enumerate(chain):
        last = number + 1 == len(chain)
        module = by_name[name].module if name in by_name else None
        target = by_name.get(chain[number + 1]) if not last else None
        where = target.module.location if target and target.module and number == 0 else None
        yield Hop(
            node=name,
            edge=None if last else "requires",
            file=where.file if where else None,
            line=where.line if where else None,
            license=by_name[name].conclusion.concluded if name in by_name else None,
            first_party=module is not None and module.main,
        )


def _path(graph: DependencyGraph, artifact: Artifact, matched: tuple[Node, ...]) -> tuple[Hop, ...]:
    follows = graph.follows(lambda kind: kind.kind not in _NOT_SHIPPED)
    contested = graph.follows(lambda kind: kind.kind != "import-static")
    root = graph.position(artifact.root)
    targets = frozenset(graph.position(n.id) for n in matched)
    if root in targets:
        return (_hop(graph.nodes[artifact.root], None),)
    if targets.isdisjoint(graph.reachable((root,), follows)):
        return ()
    return _hops(graph, graph.witness(root, targets, follows, contested))


def _hops(graph: DependencyGraph, edges: tuple[Edge, ...]) -> tuple[Hop, ...]:
    hops = [_hop(graph.nodes[e.source], e) for e in edges]
    return (*hops, _hop(graph.nodes[edges[-1].target], None))


def _hop(node: Node, edge: Edge | None) -> Hop:
    return Hop(
        node=node.id,
        edge=edge.kind if edge else None,
        file=edge.file if edge else None,
        line=edge.line if edge else None,
        license=node.license,
        first_party=node.first_party,
    )


def _under(scanned: Scanned, named: Target) -> tuple[str, ...]:
    """What ships under a license that was asked for: modules and components, sorted."""
    if not named.licenses:
        return ()
    graph = scanned.graph
    follows = graph.follows(lambda kind: kind.kind not in _NOT_SHIPPED)
    shipped = graph.reachable([graph.position(a.root) for a in scanned.artifacts], follows)
    names = {c.purl: node_name(c) for c in scanned.report.components}
    here = (n for n in named.nodes if graph.position(n.id) in shipped)
    return tuple(sorted({names.get(n.component or "", n.id) for n in here}))


def _about(scanned: Scanned, artifact: str | None, named: Target) -> tuple[Finding, ...]:
    components = {n.component for n in named.nodes if n.component} | {n.id for n in named.nodes}
    return tuple(
        f
        for f in scanned.report.findings
        if f.artifact == artifact
        and (f.component in components or (f.license or "").lower() in named.licenses)
    )
