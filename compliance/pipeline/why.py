"""`compliance why`: why a module, package or license is in an artifact, and what can be done."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from compliance.config import ScanRequest
from compliance.errors import UsageError
from compliance.findings import Finding, Hop
from compliance.pipeline.inventory import Say
from compliance.pipeline.scanned import Scanned
from compliance.pipeline.stages import scan
from compliance.report import Reason, Scope, Why

if TYPE_CHECKING:
    from compliance.graph import Artifact, DependencyGraph, Edge, EdgeKind, Node
    from compliance.report import Component, ScanReport

_NOT_SHIPPED = frozenset({"test", "build-tool", "generated-by"})
_BESIDE: tuple[tuple[EdgeKind, Scope], ...] = (("test", "test"), ("build-tool", "tool"))


def why(request: ScanRequest, target: str, say: Say) -> Why:
    """Explain a target: import path, module path (with or without @version), component or license.

    Raises:
        UsageError: nothing in the build list is named so.
    """
    scanned = scan(request, say)
    matched = _matches(scanned, target)
    listed = _listed(scanned.report, target)
    if not matched and not listed:
        raise UsageError(_unknown(scanned, target))
    reasons = tuple(
        Reason(
            artifact=a.name,
            path=_path(scanned.graph, a, matched),
            findings=_about(scanned, a.name, matched, target),
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
        findings=_about(scanned, None, matched, target),
        incomplete=scanned.report.gate.outcome == "incomplete",
        scope=scope,
        aside=aside,
    )


def _matches(scanned: Scanned, target: str) -> list[Node]:
    """Nodes by id; else by module; else by a license in their expression."""
    nodes = scanned.graph.nodes
    if target in nodes:
        return [nodes[target]]
    listed = _listed(scanned.report, target)
    purls = {c.purl for c in listed}
    own = tuple(f"{c.path}/" for c in listed if c.module is not None)
    of_module = [
        n
        for n in nodes.values()
        if n.component in purls or (n.first_party and f"{n.id}/".startswith(own or ("\0",)))
    ]
    if of_module or listed:
        return sorted(of_module, key=lambda n: n.id)
    wanted = target.lower()
    return [n for n in nodes.values() if wanted in _words(n.license)]


def _listed(report: ScanReport, target: str) -> list[Component]:
    """Components of the build list that a path, path@version or package URL names."""
    path, _, version = target.removeprefix("pkg:golang/").partition("@")
    return [
        c
        for c in report.components
        if (c.path == path and version in ("", c.version)) or c.purl == target
    ]


def node_name(item: Component) -> str:
    """`path@version`, or the path of a main module: as the edges of a report name a module."""
    return f"{item.path}@{item.version}" if item.version else item.path


def _aside(
    scanned: Scanned, matched: list[Node], listed: list[Component]
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


def _required(report: ScanReport, listed: list[Component]) -> tuple[Hop, ...]:
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


def _words(expression: str | None) -> frozenset[str]:
    text = "unknown" if expression is None else expression
    return frozenset(text.lower().replace("(", " ").replace(")", " ").split())


def _path(graph: DependencyGraph, artifact: Artifact, matched: list[Node]) -> tuple[Hop, ...]:
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


def _about(
    scanned: Scanned, artifact: str | None, matched: list[Node], target: str
) -> tuple[Finding, ...]:
    components = {n.component for n in matched if n.component} | {n.id for n in matched}
    return tuple(
        f
        for f in scanned.report.findings
        if f.artifact == artifact
        and (f.component in components or (f.license or "").lower() == target.lower())
    )


def _unknown(scanned: Scanned, target: str) -> str:
    import difflib

    known = [*scanned.graph.nodes, *(c.path for c in scanned.report.components)]
    near = difflib.get_close_matches(target, known[:20_000], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{target}: no package, module, component or license of the artifacts is named so{hint}"
