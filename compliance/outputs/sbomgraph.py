"""Relations of a bill of materials: what is described, built from what, and depends on what."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from compliance.golang import Cell, Package
from compliance.outputs.sbommodel import (
    DOCUMENT,
    NO_ASSERTION,
    NONE,
    Relation,
    RelationKind,
    Sbom,
)
from compliance.report import ArtifactReport, Component, ScanReport
from compliance.value import dataclass

_FORWARD = frozenset({"DESCRIBES", "CONTAINS", "DEPENDS_ON", "STATIC_LINK"})
_USES: Mapping[str, RelationKind] = {
    "test": "TEST_DEPENDENCY_OF",
    "tool": "DEV_TOOL_OF",
    "unused": "OPTIONAL_DEPENDENCY_OF",
}
_PARTS = frozenset({"STATIC_LINK", "GENERATED_FROM"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys of the elements of one bill.

    `components` maps the node name of a module (`path@version`, or the path of a main module) to
    its key, `artifacts` the name of an artifact; `declared` holds (key, artifact names).
    """

    components: Mapping[str, str]
    artifacts: Mapping[str, str]
    standard_library: str | None
    mains: tuple[str, ...]
    declared: tuple[tuple[str, tuple[str, ...]], ...]
    toolchain: str | None = None


def deployed_in(sbom: Sbom) -> Mapping[str, tuple[str, ...]]:
    """Artifacts with a file by the key of each element that has none and is part of them.

    A main module, the standard library and code from a folder reach a customer inside of what is
    built from them, and in no file of their own.
    """
    files = {e.key for e in sbom.elements if e.file_name and (e.sha256 or e.sha512)}
    built = {e.key for e in sbom.elements if e.kind == "artifact"} & files
    found: dict[str, list[str]] = {}
    for source, kind, target in sbom.relations if built else ():
        if kind in _PARTS and source in built and target not in files:
            found.setdefault(target, []).append(source)
    return {key: tuple(dict.fromkeys(names)) for key, names in found.items()}


def node_name(item: Component) -> str:
    """`path@version`, or the path of a main module: as the edges of a report name a module."""
    return f"{item.path}@{item.version}" if item.version else item.path


def relations(
    report: ScanReport,
    keys: Keys,
    artifacts: tuple[ArtifactReport, ...],
    roots: tuple[str, ...],
) -> tuple[Relation, ...]:
    """All relations: the described roots, then the rest, sorted.

    Every shipped element is reachable from a root by forward relations.
    What is not shipped points backwards (`x TEST_DEPENDENCY_OF main`), as SPDX 2.3 (11.1) defines
    it, and nothing that is shipped leads to it.
    """
    made: set[Relation] = set()
    for artifact in artifacts:
        made.update(_artifact(artifact, keys, roots))
    uses = set(_uses(report, keys))
    aside = {r.source for r in uses}
    required = set(_requirements(report, keys))
    depends = set(_imports(report.cells, keys))
    if not depends and not aside:
        depends = required
    else:
        depends = depends or {r for r in required if r[0] not in aside}
        depends |= {r for r in required if r[0] in aside}
    if aside:
        depends = {pair for pair in depends if pair[0] in aside or pair[1] not in aside}
    made.update([Relation(a, "DEPENDS_ON", b) for a, b in depends])
    made.update(uses)
    for key, names in keys.declared:
        users = [keys.artifacts[n] for n in names if n in keys.artifacts] or list(roots)
        made.update(Relation(user, "DEPENDS_ON", key) for user in users if user != key)
    made.update(_floating(made, keys, roots, aside))
    made.update(_leaves(made, report, keys))
    described = [Relation(DOCUMENT, "DESCRIBES", root) for root in roots]
    return (*described, *_in_order(made))


def _in_order(made: Iterable[Relation]) -> list[Relation]:
    """Sorted; by source first, since comparing keys that begin alike takes most of the time."""
    by_source: dict[str, list[Relation]] = {}
    for relation in made:
        by_source.setdefault(relation[0], []).append(relation)
    ordered: list[Relation] = []
    for source in sorted(by_source):
        same = by_source[source]
        same.sort()
        ordered += same
    return ordered


def main_of(artifact: ArtifactReport, mains: Iterable[Component]) -> Component | None:
    """The main module that holds the artifact's root: the longest path that is its prefix."""
    root = artifact.verdict.artifact.root
    held = [m for m in mains if root == m.path or root.startswith(m.path + "/")]
    held = held or [m for m in mains if m.path in artifact.modules]
    return max(held, key=lambda m: len(m.path), default=None)


def _artifact(item: ArtifactReport, keys: Keys, roots: tuple[str, ...]) -> Iterator[Relation]:
    key = keys.artifacts[item.verdict.artifact.name]
    root = item.verdict.artifact.root
    mains = [m for m in keys.mains if root == m or root.startswith(m + "/")]
    main = max(mains, key=len, default=keys.mains[0] if keys.mains else None)
    own = keys.components.get(main) if main is not None else None
    if own is not None:
        yield Relation(key, "GENERATED_FROM", own)
        if own in roots:
            yield Relation(own, "CONTAINS", key)
    linked = {keys.components[name] for name in item.modules if name in keys.components}
    if keys.standard_library:
        linked.add(keys.standard_library)
    if own is not None and own not in roots:
        linked.add(own)
    for target in linked - ({own} if own in roots else set()):
        yield Relation(key, "DEPENDS_ON", target)
        yield Relation(key, "STATIC_LINK", target)


def _imports(cells: Iterable[Cell], keys: Keys) -> Iterator[tuple[str, str]]:
    """Module uses module: told by the imports of the linked packages."""
    seen: set[int] = set()
    for cell in cells:
        fresh = [p for p in cell.packages if id(p) not in seen]
        if not fresh:
            continue
        seen.update(map(id, fresh))
        owners = {p.import_path: _owner(p, keys) for p in cell.packages}
        for package in fresh:
            source = None if package.standard else owners[package.import_path]
            if source is None:
                continue
            for target in {owners.get(i.path) for i in package.imports}:
                if target is not None and target != source:
                    yield source, target


def _owner(package: Package, keys: Keys) -> str | None:
    if package.standard:
        return keys.standard_library
    return keys.components.get(str(package.module)) if package.module else None


def _requirements(report: ScanReport, keys: Keys) -> Iterator[tuple[str, str]]:
    """Module requires module: told by the go.mod files, both ends in the bill."""
    for source, target in report.edges:
        a, b = keys.components.get(source), keys.components.get(target)
        if a is not None and b is not None and a != b:
            yield a, b


def _uses(report: ScanReport, keys: Keys) -> Iterator[Relation]:
    """Modules that are not shipped, and the toolchain, each with the main modules they serve."""
    mains = [keys.components[m] for m in keys.mains if m in keys.components]
    for item in report.components:
        key = keys.components.get(node_name(item))
        if key is None or item.kind != "module" or item.scope not in _USES:
            continue
        yield from (Relation(key, _USES[item.scope], m) for m in mains if m != key)
    if keys.toolchain:
        yield from (Relation(keys.toolchain, "BUILD_TOOL_OF", m) for m in mains)


def _floating(
    made: set[Relation], keys: Keys, roots: tuple[str, ...], aside: set[str]
) -> list[Relation]:
    """Shipped elements that nothing leads to depend on the first root.

    A module is linked although no import is known that leads to it when the graph is incomplete
    (a go.mod that could not be read); leaving it loose would hide it from readers of the graph.
    """
    every = {*keys.components.values(), *(key for key, _ in keys.declared)}
    if keys.standard_library:
        every.add(keys.standard_library)
    heads = {*roots, *keys.artifacts.values()}
    loose = every - aside - heads - {target for source, _, target in made if source in heads}
    if loose:
        loose -= _reached(made, roots)
    return [Relation(roots[0], "DEPENDS_ON", key) for key in loose] if roots else []


def _reached(made: Iterable[Relation], roots: tuple[str, ...]) -> set[str]:
    forward: dict[str, list[str]] = {}
    for source, kind, target in made:
        if kind in _FORWARD:
            forward.setdefault(source, []).append(target)
    seen, queue = set(roots), deque(roots)
    while queue:
        for target in forward.get(queue.popleft(), ()):
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return seen


def _leaves(made: set[Relation], report: ScanReport, keys: Keys) -> Iterator[Relation]:
    """`DEPENDS_ON NONE` where the scan knows that nothing follows, else NOASSERTION.

    A vendor folder holds no go.mod of its modules, so that without imports nothing is known.
    """
    sources = {source for source, kind, _ in made if kind == "DEPENDS_ON"}
    known = bool(report.cells) or report.mode != "vendor"
    for key in keys.components.values():
        if key not in sources:
            yield Relation(key, "DEPENDS_ON", NONE if known else NO_ASSERTION)
    if keys.standard_library:
        yield Relation(keys.standard_library, "DEPENDS_ON", NONE)
    for key, _ in keys.declared:
        yield Relation(key, "DEPENDS_ON", NO_ASSERTION)
