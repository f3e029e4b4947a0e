"""`compliance why`: why a module, package or license is in an artifact, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.config import ScanRequest
from compliance.errors import UsageError
from compliance.findings import Finding, Hop
from compliance.pipeline.inventory import Say
from compliance.pipeline.scanned import Scanned
from compliance.pipeline.stages import scan
from compliance.report import Reason, Why

if TYPE_CHECKING:
    from compliance.graph import Artifact, DependencyGraph, Edge, Node

_NOT_SHIPPED = frozenset({"test", "build-tool", "generated-by"})


def why(request: ScanRequest, target: str, say: Say) -> Why:
    """Explain a target: import path, module path (with or without @version), component or license.

    Raises:
        UsageError: nothing that the artifacts contain is named so.
    """
    scanned = scan(request, say)
    matched = _matches(scanned, target)
    if not matched:
        raise UsageError(_unknown(scanned, target))
    reasons = tuple(
        Reason(
            artifact=a.name,
            path=_path(scanned.graph, a, matched),
            findings=_about(scanned, a.name, matched, target),
        )
        for a in scanned.artifacts
    )
    return Why(
        target=target,
        matched=tuple(n.id for n in matched),
        reasons=reasons,
        findings=_about(scanned, None, matched, target),
        incomplete=scanned.report.gate.outcome == "incomplete",
    )


def _matches(scanned: Scanned, target: str) -> list[Node]:
    """Nodes by id; else by module; else by a license in their expression."""
    nodes = scanned.graph.nodes
    if target in nodes:
        return [nodes[target]]
    path, _, version = target.removeprefix("pkg:golang/").partition("@")
    of_module = {
        package.import_path
        for cell in scanned.report.cells
        for package in cell.packages
        if package.module and package.module.path == path
        and version in ("", package.module.version)
    }  # fmt: skip
    if of_module:
        return [nodes[i] for i in sorted(of_module) if i in nodes]
    wanted = target.lower()
    return [n for n in nodes.values() if wanted in _words(n.license)]


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
    edges = graph.witness(root, targets, follows, contested)
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
    listed = next((c for c in scanned.report.components if c.path == target), None)
    if listed is not None:
        return f"{target} is in the build list, but in no artifact (scope: {listed.scope})"
    near = difflib.get_close_matches(target, known[:20_000], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{target}: no package, module, component or license of the artifacts is named so{hint}"
