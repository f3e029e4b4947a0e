"""Artifacts: deployments of the policy met with the mains of the repository (policy-model 8.6).

Also the declared part of the graph: components and links that code does not show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compliance.errors import UsageError
from compliance.findings import Evidence
from compliance.graph import (
    Artifact,
    DependencyGraph,
    Edge,
    Main,
    Node,
    Profile,
    artifact_names,
)
from compliance.policy.document import Deployment, Policy, Where
from compliance.policy.purl import bare, split
from compliance.policy.yamlfile import nearest, shown
from compliance.value import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Artifacts to judge, the mains that no deployment declares, and nodes and edges of
    artifacts that are no main package (libraries)."""  # noqa: D205, D209

    artifacts: tuple[Artifact, ...]
    undeclared: tuple[Main, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


def deployed(
    policy: Policy, mains: Sequence[Main], *, profile: Profile = "on-prem",
    outbound: Mapping[str, str] | None = None, platforms: Sequence[str] = (),
    packages: Sequence[Main] = (),
) -> Deployed:  # fmt: skip
    """The artifacts of a repository.

    Args:
        policy: Its deployments; without any, each main is an artifact.
        mains: Main packages of the main modules.
        profile: Profile where a deployment names none, and of mains without deployments.
        outbound: What `--outbound` or else the license files of the repository say: by import path
            of a main package, else by module path; without an entry it is closed.
        platforms: Labels of the build cells; they win over those of a deployment.
        packages: First-party packages, for a `build` of a library that names no main.

    Raises:
        UsageError: a `build` that matches nothing, with the place of the deployment.
    """
    known = dict(outbound or {})
    if not policy.deployments:
        names = artifact_names(mains)
        artifacts = tuple(
            Artifact(
                name=names[m.import_path], root=m.import_path, main=_shown_path(m.folder),
                platforms=tuple(platforms), profile=profile,
                outbound=_known(m, known),
            )
            for m in sorted(mains, key=lambda m: (m.folder, m.import_path))
        )  # fmt: skip
        return Deployed(artifacts=artifacts)
    found: list[Artifact] = []
    nodes: list[Node] = []
    edges: list[Edge] = []
    used: set[str] = set()
    for deployment in policy.deployments:
        matched = [m for m in mains if _matches(deployment.build, m)]
        parts = matched or [p for p in packages if _matches(deployment.build, p)]
        if not parts and policy.elsewhere:
            continue
        if not parts:
            raise _no_match(deployment, [*mains, *packages])
        used |= {m.import_path for m in matched}
        base = outbound_of(deployment, parts, known)
        for name, root, folder in _roots(deployment, parts, bool(matched), nodes, edges):
            found.append(_artifact(deployment, name, root, folder, (profile, base, platforms)))
    rest = tuple(m for m in mains if m.import_path not in used)
    return Deployed(artifacts=tuple(found), undeclared=rest, nodes=tuple(nodes), edges=tuple(edges))


def outbound_of(deployment: Deployment, parts: Sequence[Main], known: Mapping[str, str]) -> str:
    """The declared license, else what is known of the module, else closed."""
    return deployment.outbound or _known(parts[0], known)


def _known(part: Main, known: Mapping[str, str]) -> str:
    return known.get(part.import_path) or known.get(part.module) or "LicenseRef-proprietary"


def _shown_path(folder: str) -> str:
    return "." if folder == "." else f"./{folder}"


def _matches(build: str, part: Main) -> bool:
    """`./cmd/x`, `cmd/x`, `./sdk/...`, `.`, or an import path."""
    wanted = build.removeprefix("./").rstrip("/") or "."
    if wanted == "...":
        return True
    if wanted.endswith("/..."):
        head = wanted.removesuffix("/...")
        return any(n == head or n.startswith(head + "/") for n in (part.folder, part.import_path))
    return wanted in (part.folder, part.import_path)


def _roots(
    deployment: Deployment, parts: Sequence[Main], are_mains: bool, nodes: list[Node],
    edges: list[Edge],
) -> list[tuple[str, str, str]]:  # fmt: skip
    """(artifact name, root node, shown path): one for each main, one for all of a library."""
    if len(parts) == 1:
        return [(deployment.name, parts[0].import_path, _shown_path(parts[0].folder))]
    if are_mains and deployment.profile != "library":
        names = artifact_names(parts)
        return [
            (f"{deployment.name}/{names[p.import_path]}", p.import_path, _shown_path(p.folder))
            for p in parts
        ]
    root = f"artifact:{deployment.name}"
    nodes.append(Node(id=root, first_party=True))
    where = deployment.where
    edges += [
        Edge(source=root, target=p.import_path, kind="import-static", file=where.file,
             line=where.line)
        for p in parts
    ]  # fmt: skip
    return [(deployment.name, root, deployment.build)]


def _artifact(
    deployment: Deployment, name: str, root: str, folder: str,
    fallback: tuple[Profile, str, Sequence[str]],
) -> Artifact:  # fmt: skip
    profile, outbound, platforms = fallback
    artifact = Artifact(
        name=name, root=root, main=folder, outbound=outbound,
        platforms=tuple(platforms) or deployment.platforms,
        profile=deployment.profile or profile,  # type: ignore[arg-type]  # a word of the grammar
    )  # fmt: skip
    facts = deployment.facts
    return replace(
        artifact,
        relink_kit=facts.get("relink_kit", artifact.relink_kit),
        may_ship_later=facts.get("may_ship_later", artifact.may_ship_later),
        offers_as_service=facts.get("offers_as_service", artifact.offers_as_service),
        competes=facts.get("competes", artifact.competes),
        commercial=facts.get("commercial", artifact.commercial),
        production=facts.get("production", artifact.production),
        locked_boot=facts.get("locked_boot", artifact.locked_boot),
        eula_allows_re=facts.get("eula_allows_re", artifact.eula_allows_re),
    )


def _no_match(deployment: Deployment, parts: Sequence[Main]) -> UsageError:
    folders = sorted({_shown_path(p.folder) for p in parts})
    near = nearest(deployment.build, folders[:2_000])
    return UsageError(
        f"deployments.{shown(deployment.name)}: build {shown(deployment.build)} matches no main"
        f" package{near}",
        file=deployment.where.file, line=deployment.where.line,
    )  # fmt: skip


def with_declared(
    graph: DependencyGraph, policy: Policy, artifacts: Sequence[Artifact] = ()
) -> DependencyGraph:
    """The graph with the components and links of the policy.

    An end of a link is an artifact, a package (import path, or path in the repository), a module,
    or a declared component; a module stands for all of its packages.

    Raises:
        UsageError: an end that names nothing, with the place of the link.
    """
    if not (policy.components or policy.links):
        return graph
    roots = {a.name: a.root for a in artifacts}
    names = {**{i: (i,) for i in graph.nodes}, **{c.id: (c.id,) for c in policy.components}}
    for node in graph.nodes.values():
        if node.component is not None:
            for name in (node.component, split(node.component)[0]):
                if name not in graph.nodes:
                    names[name] = (*names.get(name, ()), node.id)
    declared = {c.id: c for c in policy.components}
    edges: list[Edge] = []
    for link in policy.links:
        try:
            sources = _ends(link.edge.source, names, roots, link.where)
            targets = _ends(link.edge.target, names, roots, link.where)
        except UsageError:
            if policy.elsewhere:
                continue
            raise
        edges += [
            replace(link.edge, source=s, target=t) for s in sources for t in targets if s != t
        ]
        edges += _loaded_by(link.edge, sources, targets, graph, declared)
    for component in policy.components:
        _check_component(graph, component)
    nodes = [_merged(graph.nodes.get(c.id), c) for c in policy.components]
    return graph.extended(nodes, edges)


LOADING = frozenset({"plugin", "cgo-dynamic", "kernel-load"})
"""Kinds of use in which both ends are one work whichever loads the other (policy-model row 11)."""


def _loaded_by(
    edge: Edge, sources: Sequence[str], targets: Sequence[str], graph: DependencyGraph,
    declared: Mapping[str, Node],
) -> list[Edge]:  # fmt: skip
    """Edges from code of ours to what others load it into: the host is part of that work.

    Nobody hands the host over with it, unless a link of its own says so.
    """
    if edge.kind not in LOADING:
        return []

    def is_ours(name: str) -> bool:
        node = declared.get(name) or graph.nodes.get(name)
        return node is not None and node.first_party

    return [
        replace(edge, source=t, target=s, by="user")
        for s in sources if not is_ours(s)
        for t in targets if is_ours(t)
    ]  # fmt: skip


def declared_evidence(policy: Policy) -> dict[str, tuple[Evidence, ...]]:
    """The lines that say under which license a declared component is, by its id."""
    return {
        c.component or c.id: (
            Evidence(
                file=c.file, sha256="", start_line=c.line, end_line=c.line, license=c.license,
                note="declared under components",
            ),
        )
        for c in policy.components if c.file and c.line
    }  # fmt: skip


def _check_component(graph: DependencyGraph, declared: Node) -> None:
    """Refuse a component that would silently relicense a package that is imported."""
    found = graph.nodes.get(declared.id) or _imported(graph, declared.id)
    if found is None or found.kind != "package" or declared.license in (None, found.license):
        return
    raise UsageError(
        f"components: {shown(declared.id)} is a package that is imported; what is true of its"
        " license belongs under curations, with the reason",
        file=declared.file or "", line=declared.line or 0,
    )  # fmt: skip


def _imported(graph: DependencyGraph, purl: str) -> Node | None:
    """A package of the module that a package URL names."""
    if not purl.startswith("pkg:"):
        return None
    name, version = split(purl)
    for node in graph.nodes.values():
        if node.component is not None and node.kind == "package":
            found = split(node.component)
            if found == (name, version or found[1]):
                return node
    return None


def _merged(found: Node | None, declared: Node) -> Node:
    """A declared component that the code shows too keeps what only the code knows."""
    if found is None:
        return declared
    return replace(
        found, license=declared.license or found.license,
        modified=declared.modified or found.modified,
        first_party=declared.first_party or found.first_party,
    )  # fmt: skip


def _ends(
    name: str, names: Mapping[str, tuple[str, ...]], roots: Mapping[str, str], where: Where
) -> tuple[str, ...]:
    wanted = name.removeprefix("./").rstrip("/")
    if wanted in roots:
        return (roots[wanted],)
    for candidate in (name, wanted, bare(wanted)):
        if candidate in names:
            return names[candidate]
    tails = [i for i in names if i.endswith(f"/{wanted}")]
    if len(tails) == 1:
        return names[tails[0]]
    known = [*roots, *(n for n in names if "/" not in n)]
    near = nearest(wanted, known[:2_000])
    raise UsageError(
        f"links: nothing is named {shown(name)}{near}", file=where.file, line=where.line
    )
