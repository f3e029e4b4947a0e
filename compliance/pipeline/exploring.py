"""Exploration: all of a tree that can be found before its licenses are named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from compliance.pipeline.binaries import Compared, compare_binary
from compliance.pipeline.builds import build_cells, plan_builds
from compliance.pipeline.licensing import Reader, plan_reading
from compliance.pipeline.published import Published
from compliance.pipeline.remembering import RememberedFacts
from compliance.pipeline.treenames import REPOSITORY_TREE
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.findings import Finding
    from compliance.golang import Cell, Folder, ModuleVersion, PackageLoader, SideScope
    from compliance.licenses import FileLicense, ModuleConclusion
    from compliance.pipeline.builds import Plan
    from compliance.pipeline.concluding import RememberedConclusions
    from compliance.pipeline.detecting import Key
    from compliance.pipeline.detection import DetectionWorker
    from compliance.pipeline.inventory import Inventory, Say
    from compliance.pipeline.licensing import Reading
    from compliance.policy import Policy
    from compliance.sources import RevisionFiles

Detected = Mapping[str, Mapping[str, "FileLicense"]]
"""What was found, by tree and by path inside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """A tree with its packages, whose files the worker was asked to read.

    `plans` and `cells` have an entry for each of `policies`; `loader` knows the folders.
    """

    inventory: Inventory
    policies: tuple[Policy, ...]
    loader: PackageLoader
    plans: tuple[Plan, ...]
    cells: tuple[Mapping[str, tuple[Cell, ...]], ...]
    side: SideScope
    readings: tuple[Reading, ...]
    missing: tuple[Finding, ...]
    published: Published
    binary: Compared | None = None

    def linked(self) -> frozenset[ModuleVersion]:
        """Modules that something shipped is linked with."""
        return frozenset(
            p.module
            for of_plan in self.cells
            for group in of_plan.values()
            for cell in group
            for p in cell.packages
            if p.module is not None
        )


class Twin:
    """Head as its base sees it: what is the same in both is not looked at twice."""

    def __init__(self, head: Exploration, files: RevisionFiles) -> None:
        """`files` is the tree of the base."""
        self._head = head
        self.published = head.published
        self.loader = head.loader
        self._files = files
        self._readings = {r.module.id: r for r in head.readings}
        self._same: dict[ModuleVersion, bool] = {}

        self.modified: frozenset[str] | None = None
        """All that differs, where the base was not explored; then the rest is the same."""

    def folder(self, tree: str, place: str) -> Folder | None:
        """A folder that head listed and that the base has with the same content."""
        if tree == REPOSITORY_TREE and not self._files.same_folder(place):
            return None
        return self._head.loader.listed(tree, place)

    def has_file(self, path: str) -> bool:
        """Whether a file of the repository is the same in both."""
        return path not in self.modified if self.modified is not None else self._files.same(path)

    def has_reading(self, reading: Reading) -> bool:
        """Whether head read the very same files of a module, for the same packages."""
        known = self._same.get(reading.module.id)
        if known is None:
            known = self._same[reading.module.id] = self._compare(reading)
        return known

    def _compare(self, reading: Reading) -> bool:
        other = self._readings.get(reading.module.id)
        if other is reading and self.modified is not None:
            return True
        return (
            other is not None
            and other.tree == reading.tree
            and other.root == reading.root
            and other.module.main == reading.module.main
            and other.module.source == reading.module.source
            and other.module.folder == reading.module.folder
            and other.wanted == reading.wanted
            and other.packages == reading.packages
            and other.parts == reading.parts
            and (reading.tree != REPOSITORY_TREE or all(map(self.has_file, reading.wanted)))
        )


def by_tree(found: Mapping[Key, FileLicense]) -> dict[str, dict[str, FileLicense]]:
    """What files say, by tree and then by path."""
    trees: dict[str, dict[str, FileLicense]] = {}
    for (tree, path), result in found.items():
        trees.setdefault(tree, {})[path] = result
    return trees


def explore(
    inventory: Inventory,
    policies: tuple[Policy, ...],
    say: Say,
    worker: DetectionWorker,
    twin: Twin | None = None,
) -> Exploration:
    """Follow imports from what each policy builds, and have the worker read what is linked."""
    reader = Reader(inventory, worker, twin.has_file if twin is not None else None)
    reader.read_standard()
    inventory.trees.fetch(inventory.build.modules, say)
    say("following imports")
    facts = _facts(inventory) if inventory.on_disk else None
    loader = inventory.loader(
        cache=facts,
        on_package=reader.on_package,
        earlier=twin.folder if twin is not None else None,
        like=twin.loader if twin is not None else None,
    )
    plans = tuple(plan_builds(inventory, policy, loader) for policy in policies)
    cells = tuple({b.name: build_cells(b, loader) for b in plan.builds} for plan in plans)
    linked = {
        id(p): p
        for of_plan in cells
        for group in of_plan.values()
        for c in group
        for p in c.packages
    }
    binary = compare_binary(inventory, loader)
    side = loader.side_scope(inventory.contexts, {p.import_path for p in linked.values()})
    if facts is not None:
        loader.save()
        facts.save()

    say("reading licenses")
    modules = {m.id: m for m in inventory.build.modules}
    packages = (*linked.values(), *side.test, *side.tool)
    published = Published(inventory, twin.published if twin is not None else None)
    if inventory.request.verify_vendor:
        say("fetching what was published")
        published.fetch_vendored()
    readings, missing = plan_reading(inventory, modules, packages, published)
    for reading in readings:
        reader.read(reading)
    return Exploration(
        inventory=inventory, policies=policies, loader=loader, plans=plans, cells=cells, side=side,
        readings=readings, missing=missing, published=published, binary=binary,
    )  # fmt: skip


def _facts(inventory: Inventory) -> RememberedFacts | None:
    """What earlier runs learned of Go files; None without a cache."""
    cache, repository = inventory.request.cache, inventory.repository
    return RememberedFacts(cache, repository.root, repository.blob_names()) if cache else None


def concluded(
    exploration: Exploration,
    detected: Detected,
    memory: RememberedConclusions,
    twin: Twin | None = None,
    known: Mapping[ModuleVersion, ModuleConclusion] | None = None,
) -> dict[ModuleVersion, ModuleConclusion]:
    """The license of each module; what head `known` of one that is the same holds here, too."""
    found = {}
    for reading in exploration.readings:
        id_ = reading.module.id
        if twin is not None and known is not None and id_ in known and twin.has_reading(reading):
            found[id_] = known[id_]
        else:
            found[id_] = memory.conclude(reading, detected.get(reading.tree, {}), id_.purl)
    return found
