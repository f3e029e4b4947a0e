"""All that was learned before judging, and the graph that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compliance.graph import Asset, DependencyGraph, PackageFacts, build_graph
from compliance.licenses import Expression, conjoin, conjuncts

if TYPE_CHECKING:
    from compliance.findings import Finding
    from compliance.golang import Cell, Module, ModuleVersion, SideScope
    from compliance.licenses import Conclusion, FileLicense, ModuleConclusion
    from compliance.pipeline.archives import ZipDigests
    from compliance.pipeline.builds import Build, Plan
    from compliance.pipeline.inventory import Inventory
    from compliance.pipeline.licensing import Reading
    from compliance.pipeline.vendoring import Vendored
    from compliance.policy import Policy

STANDARD_LICENSE_FILE = "LICENSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Facts of one scan. `cells` are keyed by the name of the build, `concluded` by module;
    `standard` is what the license files of the Go distribution say, `zips` the digests of the
    zips of linked modules, `dirty` whether tracked files differ from the commit (None outside
    git)."""  # noqa: D205, D209

    inventory: Inventory
    policy: Policy
    plan: Plan
    cells: Mapping[str, tuple[Cell, ...]]
    side: SideScope
    readings: tuple[Reading, ...]
    concluded: Mapping[ModuleVersion, ModuleConclusion]
    standard: Mapping[str, FileLicense]
    findings: tuple[Finding, ...]
    vendored: Vendored
    detected: Mapping[str, Mapping[str, FileLicense]]
    zips: ZipDigests
    dirty: bool | None = None

    @property
    def builds(self) -> tuple[Build, ...]:
        """One per artifact."""
        return self.plan.builds

    def all_cells(self) -> tuple[Cell, ...]:
        """The cells of all builds."""
        return tuple(c for build in self.builds for c in self.cells[build.name])

    def standard_purl(self) -> str:
        """Package URL of the standard library (the form of OSV and syft)."""
        version = self.go_version()
        return f"pkg:golang/stdlib@{version}" if version else "pkg:golang/stdlib"

    def go_version(self) -> str:
        """Version of the standard library: `1.26.8`, "" where nothing says it."""
        workspace = self.inventory.workspace
        return self.inventory.settings.go_version or workspace.toolchain or workspace.go_version


def outbound_licenses(learned: Learned) -> Mapping[str, str]:
    """What the license files of each main module say, by module path; silent ones are left out."""
    found = {}
    for module in learned.inventory.build.modules:
        declared = _declared(learned, module) if module.main else None
        if declared is not None:
            found[module.id.path] = declared
    return found


def graph_of(learned: Learned) -> DependencyGraph:
    """Packages of all builds with their licenses; a library starts at a node of its own."""
    plan = learned.plan
    facts = package_facts(learned)
    return build_graph(
        learned.all_cells(), facts, assets=embedded(learned), nodes=plan.nodes, edges=plan.edges
    )


def embedded(learned: Learned) -> tuple[Asset, ...]:
    """Embedded files that say themselves that they are under another license than their package.

    A file without a statement of its own is under the license of the module that it is part of.
    """
    found: dict[tuple[str, str], Asset] = {}
    for cell in learned.all_cells():
        for package in cell.packages:
            module = learned.concluded.get(package.module) if package.module else None
            of_package = module.packages.get(package.import_path) if module else None
            files = learned.detected.get(package.tree, {})
            for name in package.embed_files if of_package else ():
                path = name if package.folder == "." else f"{package.folder}/{name}"
                said = files[path].expression if path in files else None
                if of_package and without(said, license_of(of_package)) is not None:
                    asset = Asset(package=package.import_path, file=name, license=said)
                    found.setdefault((package.import_path, name), asset)
    return tuple(found[key] for key in sorted(found))


def package_facts(learned: Learned) -> PackageFacts:
    """Licenses, owners and changes by import path."""
    licenses: dict[str, str | None] = {}
    unresolved: set[str] = set()
    for conclusion in learned.concluded.values():
        for path, package in conclusion.packages.items():
            licenses[path] = license_of(package)
            if package.unresolved:
                unresolved.add(path)
    modules = learned.inventory.build.modules
    ours = first_party(learned, modules)
    foreign = _foreign(learned, ours)
    licenses.update(foreign)
    standard = learned.standard.get(STANDARD_LICENSE_FILE)
    facts = PackageFacts(
        licenses=licenses,
        components={m.id: purl_of(m) for m in modules},
        first_party=ours,
        third_party=frozenset(foreign),
        standard=learned.standard_purl(),
        modified=frozenset((*_modified(learned, ours), *learned.vendored.packages)),
        unresolved=unresolved,
    )
    if standard is not None and standard.expression:
        from dataclasses import replace

        return replace(facts, standard_license=standard.expression)
    return facts


def license_of(conclusion: Conclusion) -> str | None:
    """What a package is under; files that offer several licenses without a word give an OR."""
    if conclusion.unresolved:
        return " OR ".join(conclusion.unresolved)
    return conclusion.concluded


def purl_of(module: Module) -> str:
    """Package URL of what is built: of the replacement where another module takes its place."""
    return (module.source or module.id).purl


def first_party(learned: Learned, modules: Iterable[Module]) -> frozenset[str]:
    """Module paths whose code is ours (policy-model 8.1).

    Main modules, and folders of the repository that take the place of a module, unless a license
    of their own says that they are somebody else's.
    """
    own = {m.id.path for m in modules if m.main}
    said = {_declared(learned, m) for m in modules if m.main}
    for module in modules:
        if module.main or module.folder is None or module.folder.startswith("/"):
            continue
        declared = _declared(learned, module)
        if declared is None or declared in said or _same_project(module.id.path, own):
            own.add(module.id.path)
    return frozenset(own)


def _declared(learned: Learned, module: Module) -> str | None:
    found = learned.concluded.get(module.id)
    return found.conclusion.declared if found else None


def _same_project(path: str, mains: Iterable[str]) -> bool:
    """Whether a module path shares its repository with a main module: host, owner, name."""
    return any(path.split("/")[:3] == main.split("/")[:3] for main in mains)


def _foreign(learned: Learned, ours: frozenset[str]) -> dict[str, str | None]:
    """Packages inside our modules that hold code of others, with the licenses of that code.

    A license that the module itself does not declare is somebody else's (policy-model 8.1).
    """
    found: dict[str, str | None] = {}
    for module, concluded in learned.concluded.items():
        if module.path in ours:
            for path, package in concluded.packages.items():
                rest = without(license_of(package), concluded.conclusion.declared)
                if rest is not None:
                    found[path] = rest
    return found


def without(license_: str | None, declared: str | None) -> str | None:
    """The parts of a conjunction that another does not have; None when nothing is left."""
    if license_ is None:
        return None
    expression = Expression.parse(license_)
    own = set(conjuncts(Expression.parse(declared))) if declared else set()
    rest = [Expression.parse(str(node)) for node in conjuncts(expression) if node not in own]
    left = conjoin(rest)
    return left.text if left is not None else None


def _modified(learned: Learned, ours: frozenset[str]) -> Iterable[str]:
    """Packages of modules that a folder replaces: a copy that somebody works on."""
    for module in learned.inventory.build.modules:
        if module.folder is not None and not module.main and module.id.path not in ours:
            found = learned.concluded.get(module.id)
            yield from found.packages if found else ()
