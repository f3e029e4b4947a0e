"""Small graphs and policies for tests."""

from __future__ import annotations

import datetime

from compliance.findings import Finding
from compliance.graph import Artifact, DependencyGraph, Edge, Node
from compliance.policy import Judgement, Policy, PolicySource, evaluate, load_policy

DAY = datetime.date(2026, 1, 1)


def policy(text: str = "", name: str = "p.yaml") -> Policy:
    """A policy over the preset common."""
    return load_policy([PolicySource(name=name, data=f"version: 1\n{text}".encode())])


def graph(parts: dict[str, str | None], *uses: str) -> DependencyGraph:
    """Parts by name with a license, `ours`, or None for unknown; uses as `a import-static b`."""
    nodes = [
        Node(
            id=name, license=None if what == "ours" else what, first_party=what == "ours",
            component=None if what == "ours" else f"pkg:golang/example.com/{name}@v1.2.0",
        )
        for name, what in parts.items()
    ]  # fmt: skip
    edges = []
    for i, use in enumerate(uses):
        source, kind, target = use.split()
        edges.append(Edge(source=source, target=target, kind=kind, file=f"{source}.go", line=i + 1))  # type: ignore[arg-type]
    return DependencyGraph(nodes, edges)


def judge(
    built: DependencyGraph, rules: Policy | None = None, root: str = "app", **facts: object
) -> Judgement:
    artifact = Artifact(name=root, root=root, main=f"./{root}", **facts)  # type: ignore[arg-type]
    return evaluate(built, [artifact], rules or policy(), as_of=DAY)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [f.code for f in findings]
