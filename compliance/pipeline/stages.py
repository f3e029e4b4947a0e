"""scan(): the order of the stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from compliance.config import ScanRequest
from compliance.golang import LoadRequest, PackageLoader
from compliance.pipeline.archives import ZipDigests
from compliance.pipeline.assembly import assemble
from compliance.pipeline.binaries import compare_binary
from compliance.pipeline.builds import artifacts_of, build_cells, plan_builds
from compliance.pipeline.comparison import Pair, compare, edited_files, opened, with_facts
from compliance.pipeline.detection import DetectionWorker
from compliance.pipeline.inventory import Inventory, Say, take_inventory
from compliance.pipeline.learned import Learned, outbound_licenses
from compliance.pipeline.licensing import STANDARD_TREE, Reader, conclude, plan_reading, recover
from compliance.pipeline.placing import graph_of
from compliance.pipeline.policies import read_policy
from compliance.pipeline.published import Published
from compliance.pipeline.scanned import Scanned
from compliance.pipeline.vendoring import compare_vendored
from compliance.policy import evaluate, with_declared

if TYPE_CHECKING:
    from compliance.golang import Cell, ModuleVersion, Package
    from compliance.licenses import FileLicense, ModuleConclusion
    from compliance.pipeline.detecting import Key
    from compliance.pipeline.licensing import Reading
    from compliance.policy import Policy


NOTICES = {"notice": "NOTICE.txt", "notice-md": "NOTICE.md", "notice-html": "NOTICE.html"}
"""Formats that satisfy the duties to hand on texts and notices, and their files."""


def scan(
    request: ScanRequest,
    say: Say,
    worker: DetectionWorker | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> Scanned:
    """Scan one repository; with a base, compared with that revision.

    Args:
        request: What is scanned and how.
        say: Told of each stage.
        worker: One that was started earlier; the caller closes it.
        meanwhile: Called once, at a time when this process would only wait for the worker.

    Raises:
        UsageError: wrong flags, configuration or policy.
        IncompleteError: what the repository says of itself cannot be read; a base is no commit.
    """
    if request.base is not None:
        return _scan_change(request, say, request.base)
    inventory = take_inventory(request, say)
    policy = read_policy(inventory.repository, request.policies, inventory.trace)
    (learned,) = learn(inventory, (policy,), say, worker, meanwhile)
    return judged(learned)


def _scan_change(request: ScanRequest, say: Say, revision: str) -> Scanned:
    """Head and base under head's policy, and under base's where the change edits it."""
    head = take_inventory(request, say)
    policy = read_policy(head.repository, request.policies, head.trace)
    say(f"reading {revision}")
    base = take_inventory(request, say, revision=revision)
    before = read_policy(base.repository, request.policies, base.trace)
    edited = edited_files(policy, before)
    heads = learn(head, (policy, opened(before, policy)) if edited else (policy,), say)
    bases = learn(base, (with_facts(policy, before), before) if edited else (policy,), say)
    pairs = tuple(
        Pair(head=judged(h, compared=True), base=judged(b, compared=True))
        for h, b in zip(heads, bases, strict=True)
    )
    return compare(pairs, revision=base.repository.commit or revision, edited=edited)


def learn(
    inventory: Inventory,
    policies: tuple[Policy, ...],
    say: Say,
    worker: DetectionWorker | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> tuple[Learned, ...]:
    """All facts of a tree, once for each policy (they differ in what is built)."""
    if worker is not None:
        return _learn(inventory, policies, say, worker, meanwhile)
    own = DetectionWorker()
    try:
        learned = _learn(inventory, policies, say, own, meanwhile)
        for one in learned:
            one.zips.settle()
        return learned
    finally:
        own.close()


def _learn(
    inventory: Inventory,
    policies: tuple[Policy, ...],
    say: Say,
    worker: DetectionWorker,
    meanwhile: Callable[[], object] | None,
) -> tuple[Learned, ...]:
    reader = Reader(inventory, worker)
    reader.read_standard()

    say("following imports")
    loader = _loader(inventory, reader)
    plans = [plan_builds(inventory, policy, loader) for policy in policies]
    cells = [{b.name: build_cells(b, loader) for b in plan.builds} for plan in plans]
    linked = _linked(cells)
    binary = compare_binary(inventory, loader)
    side = loader.side_scope(inventory.contexts, {p.import_path for p in linked})

    say("reading licenses")
    modules = {m.id: m for m in inventory.build.modules}
    published = Published(inventory)
    readings, missing = plan_reading(
        inventory, modules, (*linked, *side.test, *side.tool), published
    )
    for reading in readings:
        reader.read(reading)
    zips = ZipDigests(inventory.acquirer, inventory.request.cache, worker)
    shipped = {p.module for p in linked}
    zips.ask(m.source for m in inventory.build.modules if m.source and m.id in shipped)
    worker.no_more()
    dirty = inventory.repository.dirty()
    vendored = compare_vendored(inventory, published, readings)
    if meanwhile is not None:
        meanwhile()
    found = dict(worker.results())

    say("judging")
    readings, concluded = _concluded(published, readings, found)
    by_tree = _by_tree(found)
    return tuple(
        Learned(
            inventory=inventory,
            policy=plan.policy,
            plan=plan,
            cells=of_plan,
            side=side,
            readings=readings,
            concluded=concluded,
            standard=by_tree.get(STANDARD_TREE, {}),
            detected=by_tree,
            findings=(
                *plan.findings,
                *missing,
                *vendored.findings,
                *(binary.findings if binary else ()),
            ),
            binary=binary.comparison if binary else None,
            vendored=vendored,
            zips=zips,
            dirty=dirty,
        )
        for plan, of_plan in zip(plans, cells, strict=True)
    )


def _loader(inventory: Inventory, reader: Reader) -> PackageLoader:
    return PackageLoader(
        LoadRequest(
            workspace=inventory.workspace,
            build=inventory.build,
            files=inventory.repository.files,
            trees=inventory.trees,
            on_package=reader.on_package,
        )
    )


def _linked(cells: Iterable[Mapping[str, tuple[Cell, ...]]]) -> tuple[Package, ...]:
    """Every package of every cell; those that cells share once."""
    found = {
        id(p): p
        for of_plan in cells
        for group in of_plan.values()
        for c in group
        for p in c.packages
    }
    return tuple(found.values())


def _concluded(
    published: Published,
    readings: tuple[Reading, ...],
    found: dict[Key, FileLicense],
) -> tuple[tuple[Reading, ...], dict[ModuleVersion, ModuleConclusion]]:
    """What is concluded of each module; what vendored files leave open is read again.

    `found` is what files say; what was read again is added.
    """

    def conclude_all(of: Iterable[Reading]) -> dict[ModuleVersion, ModuleConclusion]:
        by_tree = _by_tree(found)
        return {r.module.id: conclude(r, by_tree.get(r.tree, {}), r.module.id.purl) for r in of}

    concluded = conclude_all(readings)
    renewed, more = recover(published, readings, concluded)
    if renewed:
        found.update(more)
        concluded.update(conclude_all(renewed.values()))
        readings = tuple(renewed.get(r.module.id, r) for r in readings)
    return readings, concluded


def judged(learned: Learned, *, compared: bool = False) -> Scanned:
    """Graph, artifacts, verdicts, report; `compared` when there is a base."""
    inventory, policy = learned.inventory, learned.policy
    artifacts = artifacts_of(inventory, policy, learned.plan, outbound_licenses(learned))
    graph = with_declared(graph_of(learned), policy, artifacts)
    notice = next((NOTICES[f] for f in inventory.request.formats if f in NOTICES), None)
    judgement = evaluate(
        graph,
        artifacts,
        policy,
        as_of=inventory.request.as_of,
        produced=dict.fromkeys(("license-text", "notice"), notice) if notice else None,
    )
    return Scanned(
        report=assemble(learned, graph, judgement, compared=compared),
        graph=graph,
        artifacts=artifacts,
        trace=inventory.trace if inventory.request.base is None else None,
    )


def _by_tree(found: Mapping[Key, FileLicense]) -> dict[str, dict[str, FileLicense]]:
    trees: dict[str, dict[str, FileLicense]] = {}
    for (tree, path), result in found.items():
        trees.setdefault(tree, {})[path] = result
    return trees
