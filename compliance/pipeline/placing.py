"""The graph of what was learned: packages, embedded files, and parts.

A node stands for each part with a license of its own, with the edge that uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.golang import Cell, UnreadableFileError
from compliance.graph import Asset, DependencyGraph, Edge, Node, build_graph, declared_library
from compliance.licenses import (
    KERNEL_STRINGS,
    Expression,
    InvalidExpressionError,
    is_license_name,
    text_within,
)
from compliance.pipeline.generated import generator_edges
from compliance.pipeline.learned import copies, license_of, package_facts, without
from compliance.pipeline.linking import static_parts
from compliance.pipeline.parts import collects_licenses, is_plain_text
from compliance.policy import AGREEMENT
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.graph import PackageFacts
    from compliance.licenses import FileLicense, ModuleConclusion
    from compliance.pipeline.learned import Learned
    from compliance.pipeline.parts import Part

_WHOLE = frozenset({"text", "exception", "notice"})
_FRAME = 0.2
"""Share of words beside the texts up to which a file is a license text: titles, copyright lines."""
_WORD = re.compile(rb"\w+")
"""A word; minified code has thousands without a space between them."""


def graph_of(learned: Learned) -> DependencyGraph:
    """Packages of all builds with their licenses; a library starts at a node of its own."""
    plan = learned.plan
    facts = package_facts(learned)
    parts = (*part_nodes(learned, facts), *copied_nodes(learned))
    if learned.policy.interpretations["generator_output"] != "clean-unless-copied":
        parts += tuple(generator_edges(learned, facts))
    placed = {(e.source, n.id) for n, e in parts}
    aside, nodes, edges = beside(learned)
    libraries = library_places(learned)
    static_nodes, static_edges = static_parts(learned, libraries)
    graph = build_graph(
        (*learned.all_cells(), *aside),
        facts,
        assets=tuple(a for a in embedded(learned) if (a.package, a.id) not in placed),
        nodes=(
            *plan.nodes,
            *(node for node, _ in parts),
            *nodes,
            *static_nodes,
            *(n for n in learned.policy.components if n.kind == "c-lib"),
        ),
        edges=(
            *plan.edges,
            *(edge for _, edge in parts),
            *declared_edges(learned),
            *edges,
            *static_edges,
        ),
        found=libraries,
    )
    return _without_claims(graph)


def _without_claims(graph: DependencyGraph) -> DependencyGraph:
    """What a file says of a contract with us is no contract: the license is unknown."""
    claims = {
        name: replace(node, license=None)
        for name, node in graph.nodes.items()
        if node.license is not None and AGREEMENT.lower() in node.license.lower()
    }
    return graph.edited(nodes=claims) if claims else graph


def beside(learned: Learned) -> tuple[tuple[Cell, ...], list[Node], list[Edge]]:
    """What only tests and tools need: its packages, where they start, and the edges to them.

    Tests start at the package that they test and tools at the go.mod that names them; a tested
    package starts at the go.mod of its module, for nothing else may need it.
    """
    side = learned.side
    contexts = [c for b in learned.builds for c in b.contexts] or list(learned.inventory.contexts)
    packages = {p.import_path: p for p in (*side.tool, *side.test)}
    cell = Cell(main="", context=contexts[0], packages=tuple(packages[p] for p in sorted(packages)))
    starts = {e.source: e for e in side.edges}
    gomods = {m.gomod.file for m in learned.inventory.workspace.mains}
    nodes = [
        Node(id=name, kind="file-set" if name in gomods else "package", first_party=True)
        for name in sorted({*starts, *(e.target for e in side.edges if e.source in gomods)})
        if name not in packages
    ]
    edges = [
        Edge(source=e.source, target=e.target, kind=e.kind, file=e.file, line=e.line)
        for e in side.edges
    ]
    return (cell,), nodes, edges


def embedded(learned: Learned) -> tuple[Asset, ...]:
    """Embedded files that say themselves that they are under another license than their package.

    A file without a statement of its own is under the license of the module that it is part of;
    one that is the text or notice of a license and nothing else is under none: it tells what
    something else is under. So are the texts of a package whose data are licenses.
    """
    found: dict[tuple[str, str], Asset] = {}
    trees = {r.tree: r.files for r in learned.readings}
    for cell in learned.all_cells():
        for package in cell.packages:
            module = learned.concluded.get(package.module) if package.module else None
            of_package = module.packages.get(package.import_path) if module else None
            files = learned.detected.get(package.tree, {})
            collected = bool(package.embed_files) and collects_licenses(package)
            for name in package.embed_files if of_package else ():
                if collected and is_plain_text(name):
                    continue
                path = name if package.folder == "." else f"{package.folder}/{name}"
                said = files[path].expression if path in files else None
                if of_package is None or without(said, license_of(of_package)) is None:
                    continue
                if not _is_text(files[path], trees.get(package.tree)):
                    asset = Asset(package=package.import_path, file=name, license=said)
                    found.setdefault((package.import_path, name), asset)
    return tuple(found[key] for key in sorted(found))


def _is_text(said: FileLicense, tree: Files | None) -> bool:
    """Whether a file is a license text or notice and nothing else, by its name or content."""
    if is_license_name(said.path):
        return True
    spans = sorted((m.start, m.end) for m in said.matches if m.kind in _WHOLE)
    if not spans or tree is None:
        return False
    try:
        data = text_within(tree.read(said.path))
    except UnreadableFileError:
        return False  # it was read a moment ago; what it said counts
    rest, last = 0, 0
    for start, end in (*spans, (len(data), len(data))):
        rest += len(_WORD.findall(data, last, start))
        last = max(last, end)
    return rest <= _FRAME * len(_WORD.findall(data))


def part_nodes(learned: Learned, facts: PackageFacts) -> Iterator[tuple[Node, Edge]]:
    """Parts that differ from the package that uses them, each with its edge."""
    modules = {m.id: m for m in learned.inventory.build.modules}
    for reading in learned.readings:
        module = modules[reading.module.id]
        concluded = learned.concluded[reading.module.id]
        ours = module.id.path in facts.first_party
        for part in reading.parts:
            if declared_of(learned, part) is not None:
                continue
            license_, stated = _license(learned, reading.tree, part, concluded, facts)
            own = ours and not stated
            if not part.own and (own or license_ == facts.licenses.get(part.user)):
                continue
            node = Node(
                id=part.id,
                kind=part.kind,
                component=None if ours else facts.components.get(module.id),
                license=license_ or _closed(part, own),
                first_party=own and part.ebpf is None,
                gpl_only_helpers=part.ebpf is not None and bool(part.ebpf.gpl_only),
                elf_license=part.ebpf.license if part.ebpf is not None else None,
                license_text_sha256=(facts.texts or {}).get(part.id),
                file=part.file,
                line=part.line,
            )
            edge = Edge(
                source=part.user, target=part.id, kind=part.edge, file=part.file, line=part.line
            )
            yield node, edge


def declared_of(learned: Learned, part: Part) -> Node | None:
    """The component that the policy declares for a static library that lies in its module."""
    known = {n.id: n for n in learned.policy.components if n.kind == "c-lib"}
    name = declared_library(part.library, known) if part.library and known else None
    return known[name] if name is not None else None


def declared_edges(learned: Learned) -> Iterator[Edge]:
    """Edges to the declared components that stand for static libraries in their modules."""
    for part in (p for r in learned.readings for p in r.parts if p.library):
        found = declared_of(learned, part)
        if found is not None:
            yield Edge(
                source=part.user, target=found.id, kind=part.edge, file=part.file, line=part.line
            )


def copied_nodes(learned: Learned) -> Iterator[tuple[Node, Edge]]:
    """Files of others inside packages of ours, each with the edge by which it came in."""
    for copy in copies(learned):
        file, line = copy.files[0], copy.line
        yield (
            Node(id=copy.id, kind="file-set", license=copy.license, file=file, line=line),
            Edge(source=copy.package, target=copy.id, kind=copy.edge, file=file, line=line),
        )


def library_places(learned: Learned) -> frozenset[tuple[str, str]]:
    """(import path, library) of static C libraries that were found in their module."""
    return frozenset((p.user, p.library) for r in learned.readings for p in r.parts if p.library)


def _license(
    learned: Learned, tree: str, part: Part, concluded: ModuleConclusion, facts: PackageFacts
) -> tuple[str | None, bool]:
    """The license of a part, and whether something besides its module's license file says it."""
    found = facts.licenses.get(part.id)
    declared = concluded.conclusion.declared
    detected = learned.detected.get(tree, {})
    folder = "" if part.folder == "." else f"{part.folder}/"
    said = any((f := detected.get(folder + n)) is not None and f.expression for n in part.files)
    if said or (found is not None and found != declared and part.id in facts.third_party):
        return found, True
    if part.ebpf is not None and part.ebpf.license is not None:
        expression = _of_string(part.ebpf.license)
        if expression is not None:
            return expression, True
    return found, found is not None and found != declared


def _of_string(text: str) -> str | None:
    """The expression of the license string of an eBPF object; None for what is no license."""
    known = KERNEL_STRINGS.get(text)
    if known is not None:
        return known
    try:
        return Expression.parse(text).text
    except InvalidExpressionError:
        return None


def _closed(part: Part, own: bool) -> str | None:
    """A closed eBPF program of ours is a component, too: the kernel asks for its license."""
    return "LicenseRef-proprietary" if own and part.ebpf is not None else None
