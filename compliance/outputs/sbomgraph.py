"""Relations of a bill of materials: what is described, built from what, and depends on what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compliance.golang import Cell, Package
from compliance.outputs.sbommodel import (
    DOCUMENT,
    NO_ASSERTION,
    NONE,
    ElementKind,
    RelationKind,
    Relations,
    Sbom,
    in_order,
)
from compliance.report import ArtifactReport, Component, ScanReport, Use
from compliance.value import dataclass

FORWARD = frozenset({"DESCRIBES", "CONTAINS", "DEPENDS_ON", "STATIC_LINK", "DYNAMIC_LINK"})
"""Kinds of relations that lead from what is described to what is part of it."""
LINKS: Mapping[str, RelationKind] = {
    "import-static": "STATIC_LINK", "cgo-static": "STATIC_LINK",
    "cgo-dynamic": "DYNAMIC_LINK", "plugin": "DYNAMIC_LINK",
    "embed-code": "CONTAINS", "embed-data": "CONTAINS", "ebpf-load": "CONTAINS",
    "vendored": "CONTAINS", "modified-copy": "CONTAINS", "copies-output": "CONTAINS",
    "aggregate": "CONTAINS",
}  # fmt: skip
"""Kinds of edges that a bill has a kind of relation for; the others are dependencies."""
_USES: Mapping[str, RelationKind] = {
    "test": "TEST_DEPENDENCY_OF",
    "tool": "DEV_TOOL_OF",
    "unused": "OPTIONAL_DEPENDENCY_OF",
}
_PARTS = frozenset({"STATIC_LINK", "GENERATED_FROM"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A declared component, a C library or an embedded program: its key, name and uses.

    `holder` is the node name of the module that an embedded file lies in.
    """

    key: str
    name: str
    kind: ElementKind
    artifacts: tuple[str, ...]
    uses: tuple[Use, ...]
    holder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys of the elements of one bill.

    `components` maps the node name of a module (`path@version`, or the path of a main module) to
    its key, `artifacts` the name of an artifact; `beside` is what is no Go module.
    """

    components: Mapping[str, str]
    artifacts: Mapping[str, str]
    standard_library: str | None
    mains: tuple[str, ...]
    beside: tuple[Beside, ...]
    toolchain: str | None = None


def deployed_in(sbom: Sbom) -> Mapping[str, tuple[str, ...]]:
    """Artifacts with a file by the key of each element that has none and is part of them.

    A main module, the standard library and code from a folder reach a customer inside of what is
    built from them, and in no file of their own.
    """
    files = {e.key for e in sbom.elements if e.file_name and (e.sha256 or e.sha512)}
    built = {e.key for e in sbom.elements if e.kind == "artifact"} & files
    found: dict[str, list[str]] = {}
    for source, kind, targets in sbom.relations if built else ():
        if kind in _PARTS and source in built:
            for target in targets:
                if target not in files:
                    found.setdefault(target, []).append(source)
    return {key: tuple(dict.fromkeys(names)) for key, names in found.items()}


def node_name(item: Component) -> str:
    """`path@version`, or the path of a main module: as the edges of a report name a module."""
    return f"{item.path}@{item.version}" if item.version else item.path


class _Gathered(dict[str, dict[RelationKind, set[str]]]):
    """Targets by source and kind."""

    def targets(self, source: str, kind: RelationKind) -> set[str]:
        """The targets of a source, to be added to."""
        return self.setdefault(source, {}).setdefault(kind, set())


def relations(
    report: ScanReport,
    keys: Keys,
    artifacts: tuple[ArtifactReport, ...],
    roots: tuple[str, ...],
) -> tuple[Relations, ...]:
    """All relations: the described roots, then the rest, sorted.

    Every shipped element is reachable from a root by forward relations.
    What is not shipped points backwards (`x TEST_DEPENDENCY_OF main`), as SPDX 2.3 (11.1) defines
    it, and nothing that is shipped leads to it.
    """
    made = _Gathered()
    for artifact in artifacts:
        _relate_artifact(made, artifact, keys, roots)
    aside = _relate_uses(made, report, keys)
    required = _requirements(report, keys)
    depends = _imports(report.cells, keys) or required
    for source in aside & required.keys():  # what is not shipped was not followed
        depends[source] = depends.get(source, set()) | required[source]
    for source, targets in depends.items():
        if kept := targets if source in aside else targets - aside:
            made.targets(source, "DEPENDS_ON").update(kept)
    _relate_beside(made, report, keys, roots)
    loose = _floating(made, keys, roots, aside)
    if loose and roots:
        made.targets(roots[0], "DEPENDS_ON").update(loose)
    _relate_leaves(made, report, keys)
    described = [Relations(DOCUMENT, "DESCRIBES", roots)] if roots else []
    return (*described, *in_order(made))


def main_of(artifact: ArtifactReport, mains: Iterable[Component]) -> Component | None:
    """The main module that holds the artifact's root: the longest path that is its prefix."""
    root = artifact.verdict.artifact.root
    held = [m for m in mains if root == m.path or root.startswith(m.path + "/")]
    held = held or [m for m in mains if m.path in artifact.modules]
    return max(held, key=lambda m: len(m.path), default=None)


def _relate_artifact(
    made: _Gathered, item: ArtifactReport, keys: Keys, roots: tuple[str, ...]
) -> None:
    key = keys.artifacts[item.verdict.artifact.name]
    root = item.verdict.artifact.root
    mains = [m for m in keys.mains if root == m or root.startswith(m + "/")]
    main = max(mains, key=len, default=keys.mains[0] if keys.mains else None)
    own = keys.components.get(main) if main is not None else None
    if own is not None:
        made.targets(key, "GENERATED_FROM").add(own)
        if own in roots:
            made.targets(own, "CONTAINS").add(key)
    linked = {keys.components[name] for name in item.modules if name in keys.components}
    if keys.standard_library:
        linked.add(keys.standard_library)
    if own is not None:
        (linked.discard if own in roots else linked.add)(own)
    if linked:
        made.targets(key, "DEPENDS_ON").update(linked)
        made.targets(key, "STATIC_LINK").update(linked)


def _imports(cells: Iterable[Cell], keys: Keys) -> dict[str, set[str]]:
    """Module uses modules: told by the imports of the linked packages."""
    uses: dict[str, set[str]] = {}
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
                    uses.setdefault(source, set()).add(target)
    return uses


def _owner(package: Package, keys: Keys) -> str | None:
    if package.standard:
        return keys.standard_library
    return keys.components.get(str(package.module)) if package.module else None


def _requirements(report: ScanReport, keys: Keys) -> dict[str, set[str]]:
    """Module requires modules: told by the go.mod files, both ends in the bill."""
    required: dict[str, set[str]] = {}
    components = keys.components
    of, last = set[str](), None
    for source, target in report.edges:
        a, b = components.get(source), components.get(target)
        if a is None or b is None or a == b:
            continue
        if a is not last:  # edges of one module stand together
            of, last = required.setdefault(a, set()), a
        of.add(b)
    return required


def _relate_uses(made: _Gathered, report: ScanReport, keys: Keys) -> set[str]:
    """Modules that are not shipped, and the toolchain, each with the main modules they serve.

    Returns what is not shipped, where it serves one.
    """
    mains = [keys.components[m] for m in keys.mains if m in keys.components]
    aside: set[str] = set()
    for item in report.components:
        if item.kind != "module" or item.scope not in _USES:
            continue
        key = keys.components.get(node_name(item))
        served = [m for m in mains if m != key]
        if key is not None and served:
            aside.add(key)
            made.targets(key, _USES[item.scope]).update(served)
    if keys.toolchain and mains:
        aside.add(keys.toolchain)
        made.targets(keys.toolchain, "BUILD_TOOL_OF").update(mains)
    return aside


def _relate_beside(made: _Gathered, report: ScanReport, keys: Keys, roots: tuple[str, ...]) -> None:
    """What is no Go module: linked, loaded or held by programs, and by the modules that ask for it.

    A link is a dependency as well; what is held is no dependency, but part of its holder.
    """
    if not keys.beside:
        return
    owners = _owners(report.cells, keys, {u.source for b in keys.beside for u in b.uses})
    named = {b.name: b.key for b in keys.beside if b.kind == "declared"}
    for each in keys.beside:
        users = [keys.artifacts[n] for n in each.artifacts if n in keys.artifacts]
        held = {LINKS.get(u.kind) for u in each.uses} == {"CONTAINS"} and each.kind == "embedded"
        for user in users or roots:
            if user != each.key:
                made.targets(user, "CONTAINS" if held else "DEPENDS_ON").add(each.key)
        for use in each.uses:
            programs = [keys.artifacts[n] for n in use.artifacts if n in keys.artifacts]
            module = keys.components.get(each.holder) or owners.get(use.source)
            other = named.get(use.source)
            for source in {*programs, module, other} - {None, each.key}:
                if source is not None:
                    for kind in _kinds(use.kind, each.kind, of_module=source == module):
                        made.targets(source, kind).add(each.key)


def _kinds(edge: str, target: ElementKind, *, of_module: bool) -> tuple[RelationKind, ...]:
    """The relations of one edge: a module is linked into a program and links nothing itself.

    What is embedded lies in the module.
    """
    kind = "CONTAINS" if of_module and target == "embedded" else LINKS.get(edge)
    if kind is None or (of_module and kind != "CONTAINS"):
        return ("DEPENDS_ON",)
    return (kind,) if kind == "CONTAINS" else (kind, "DEPENDS_ON")


def _owners(cells: Iterable[Cell], keys: Keys, wanted: set[str]) -> dict[str, str]:
    """Key of the module of each of these packages."""
    found: dict[str, str] = {}
    for cell in cells if wanted else ():
        for package in cell.packages:
            if package.import_path in wanted and (owner := _owner(package, keys)) is not None:
                found[package.import_path] = owner
    return found


def _floating(made: _Gathered, keys: Keys, roots: tuple[str, ...], aside: set[str]) -> set[str]:
    """Shipped elements that nothing leads to: they depend on the first root.

    A module is linked although no import is known that leads to it when the graph is incomplete
    (a go.mod that could not be read); leaving it loose would hide it from readers of the graph.
    """
    every = {*keys.components.values(), *(b.key for b in keys.beside)}
    if keys.standard_library:
        every.add(keys.standard_library)
    heads = {*roots, *keys.artifacts.values()}
    loose = every - aside - heads
    for head in heads & made.keys():
        loose.difference_update(*made[head].values())
    return loose - _reached(made, roots) if loose else loose


def _reached(made: _Gathered, roots: tuple[str, ...]) -> set[str]:
    seen, queue = set(roots), list(roots)
    while queue:
        for kind, targets in made.get(queue.pop(), {}).items():
            if kind in FORWARD:
                queue += targets - seen
                seen |= targets
    return seen


def _relate_leaves(made: _Gathered, report: ScanReport, keys: Keys) -> None:
    """`DEPENDS_ON NONE` where the scan knows that nothing follows, else NOASSERTION.

    A vendor folder holds no go.mod of its modules, so that without imports nothing is known.
    """
    known = bool(report.cells) or report.mode != "vendor"
    for key in keys.components.values():
        if "DEPENDS_ON" not in made.get(key, {}):
            made.targets(key, "DEPENDS_ON").add(NONE if known else NO_ASSERTION)
    if keys.standard_library:
        made.targets(keys.standard_library, "DEPENDS_ON").add(NONE)
    for beside in keys.beside:
        if "DEPENDS_ON" not in made.get(beside.key, {}):
            made.targets(beside.key, "DEPENDS_ON").add(NO_ASSERTION)
