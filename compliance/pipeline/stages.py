"""scan(): the order of the stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compliance.config import ScanRequest
from compliance.golang import LoadRequest, PackageLoader
from compliance.pipeline.assembly import assemble
from compliance.pipeline.builds import artifacts_of, build_cells, plan_builds
from compliance.pipeline.detection import DetectionWorker
from compliance.pipeline.inventory import Inventory, Say, take_inventory
from compliance.pipeline.learned import Learned, graph_of, outbound_licenses
from compliance.pipeline.licensing import Reader, conclude, plan_reading
from compliance.pipeline.policies import read_policy
from compliance.policy import evaluate, with_declared

if TYPE_CHECKING:
    from compliance.golang import Cell, ModuleVersion, SideScope
    from compliance.graph import Artifact, DependencyGraph
    from compliance.licenses import FileLicense, ModuleConclusion
    from compliance.pipeline.detection import Key
    from compliance.report import ScanReport
    from compliance.sources import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A report, the graph it rests on, and the trace of what was read (None: not reliable)."""

    report: ScanReport
    graph: DependencyGraph
    artifacts: tuple[Artifact, ...]
    trace: Trace | None


def scan(request: ScanRequest, say: Say) -> Scanned:
    """Scan one repository.

    Raises:
        UsageError: wrong flags, configuration or policy.
        IncompleteError: what the repository says of itself cannot be read.
    """
    worker = DetectionWorker()
    try:
        return _scan(request, say, worker)
    finally:
        worker.close()


def _scan(request: ScanRequest, say: Say, worker: DetectionWorker) -> Scanned:
    inventory = take_inventory(request, say)
    policy = read_policy(inventory.repository, request.policies, inventory.trace)
    reader = Reader(inventory, worker)
    reader.read_standard()

    say("following imports")
    loader = PackageLoader(
        LoadRequest(
            workspace=inventory.workspace,
            build=inventory.build,
            files=inventory.repository.files,
            trees=inventory.trees,
            on_package=reader.on_package,
        )
    )
    planned = plan_builds(inventory, policy, loader)
    cells = {build.name: build_cells(build, loader) for build in planned.builds}
    side = _side_scope(inventory, loader, cells.values())

    say("reading licenses")
    packages = [p for group in cells.values() for c in group for p in c.packages]
    modules = {m.id: m for m in inventory.build.modules}
    readings, missing = plan_reading(inventory, modules, (*packages, *side.test, *side.tool))
    for reading in readings:
        reader.read(reading)
    found = worker.results()
    by_tree = _by_tree(found)
    concluded: dict[ModuleVersion, ModuleConclusion] = {
        r.module.id: conclude(r, by_tree.get(r.tree, {}), r.module.id.purl) for r in readings
    }

    say("judging")
    learned = Learned(
        inventory=inventory,
        policy=policy,
        plan=planned,
        cells=cells,
        side=side,
        readings=readings,
        concluded=concluded,
        standard=by_tree.get("std", {}),
        findings=(*planned.findings, *missing),
    )
    return _judged(learned)


def _judged(learned: Learned) -> Scanned:
    """Graph, artifacts, verdicts, report."""
    inventory, policy = learned.inventory, learned.policy
    artifacts = artifacts_of(inventory, policy, learned.plan, outbound_licenses(learned))
    graph = with_declared(graph_of(learned), policy, artifacts)
    judgement = evaluate(graph, artifacts, policy, as_of=inventory.request.as_of)
    return Scanned(
        report=assemble(learned, graph, judgement),
        graph=graph,
        artifacts=artifacts,
        trace=inventory.trace,
    )


def _by_tree(found: Mapping[Key, FileLicense]) -> dict[str, dict[str, FileLicense]]:
    trees: dict[str, dict[str, FileLicense]] = {}
    for (tree, path), result in found.items():
        trees.setdefault(tree, {})[path] = result
    return trees


def _side_scope(
    inventory: Inventory, loader: PackageLoader, groups: Iterable[tuple[Cell, ...]]
) -> SideScope:
    """Packages of tests and tools: what nothing shipped needs."""
    linked = {p.import_path for group in groups for c in group for p in c.packages}
    return loader.side_scope(inventory.contexts, linked)
