"""Licenses of what is linked: which files are read, and what is concluded per module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from compliance.errors import ModuleUnavailableError
from compliance.findings import Finding, Severity
from compliance.licenses import LinkedPackage, ModuleConclusion, conclude_module, wanted_files
from compliance.pipeline.detection import DetectionWorker
from compliance.pipeline.parts import Part, find_parts
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.golang import Files, Module, ModuleVersion, Package
    from compliance.licenses import FileLicense
    from compliance.pipeline.inventory import Inventory
    from compliance.sources import Trace

REPOSITORY_TREE = ""
STANDARD_TREE = "std"
STANDARD_FILES = ("LICENSE", "PATENTS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The files of one module that have to be read, and where they lie.

    `packages` has an entry for each linked package and for each of `parts`, under its id.
    """

    module: Module
    tree: str
    root: str
    files: Files
    packages: tuple[LinkedPackage, ...]
    wanted: tuple[str, ...]
    parts: tuple[Part, ...] = ()


class Reader:
    """Feeds the detection worker while packages are still being discovered."""

    def __init__(self, inventory: Inventory, worker: DetectionWorker) -> None:
        """Know where each tree lies: None for one that is no folder on disk."""
        self.inventory = inventory
        self.worker = worker
        root = inventory.repository.root if inventory.on_disk else None
        self.roots: dict[str, str | None] = {REPOSITORY_TREE: root}

    def on_package(self, package: Package) -> None:
        """A package became known: have its compiled files read."""
        if package.standard or not (package.go_files or package.cgo_files or package.other_files):
            return
        root = self.root_of(package.tree, package.module)
        if root is not None:
            names = (*compiled_files(package), *package.embed_files)
            prefix = "" if package.folder == "." else f"{package.folder}/"
            self.worker.feed(package.tree, root, [prefix + n for n in names])

    def root_of(self, tree: str, module: ModuleVersion | None) -> str | None:
        """Folder on disk of a tree; None when it is a zip."""
        if tree not in self.roots:
            found = self.inventory.build.by_path().get(module.path if module else "")
            self.roots[tree] = self.inventory.trees.source(found).root if found else None
        return self.roots[tree]

    def read(self, reading: Reading) -> None:
        """Have the files of a module read that were not yet."""
        root = self.root_of(reading.tree, reading.module.id)
        if root is not None:
            record_files(self.inventory.trace, root, reading.wanted)
            self.worker.feed(reading.tree, root, reading.wanted)
            return
        for name in reading.wanted:
            self.worker.feed_bytes(reading.tree, name, reading.files.read(name))

    def read_standard(self) -> None:
        """The license of the Go distribution."""
        goroot = self.inventory.settings.goroot
        if goroot is not None:
            record_files(self.inventory.trace, goroot, (*STANDARD_FILES, "VERSION", "go.env"))
            self.worker.feed(STANDARD_TREE, goroot, STANDARD_FILES)


def record_files(trace: Trace, root: str, names: Iterable[str]) -> None:
    """Have the trace know files that the worker reads; Go files were read here, too."""
    for name in names:
        if not name.endswith(".go"):
            record_file(trace, f"{root}/{name}")


def record_file(trace: Trace, full: str) -> None:
    """Have the trace know a file by its state, or by its absence."""
    trace.add(full)


def compiled_files(package: Package) -> tuple[str, ...]:
    """Files whose content ends up in the binary, relative to the package folder."""
    return (*package.go_files, *package.cgo_files, *package.other_files)


def plan_reading(
    inventory: Inventory, modules: Mapping[ModuleVersion, Module], packages: Iterable[Package]
) -> tuple[tuple[Reading, ...], tuple[Finding, ...]]:
    """What to read for each module that has packages among these.

    A module whose source cannot be had is a finding that blocks.
    """
    merged: dict[ModuleVersion, dict[str, tuple[str, set[str]]]] = {}
    trees: dict[ModuleVersion, str] = {}
    users: dict[ModuleVersion, list[Package]] = {}
    for package in packages:
        if package.module is not None:
            trees[package.module] = package.tree
            if package.embed_files or package.cgo_files or package.imports:
                users.setdefault(package.module, []).append(package)
            _, names = merged.setdefault(package.module, {}).setdefault(
                package.import_path, (package.folder, set())
            )
            names.update(compiled_files(package))
    readings, findings = [], []
    for id_ in sorted(merged):
        linked = tuple(
            LinkedPackage(import_path=path, folder=folder, files=tuple(sorted(names)))
            for path, (folder, names) in sorted(merged[id_].items())
        )
        try:
            reading = _reading(inventory, modules[id_], trees[id_], linked, users.get(id_, ()))
            readings.append(reading)
        except ModuleUnavailableError as missing:
            findings.append(unavailable(modules[id_], missing))
    return tuple(readings), tuple(findings)


def _reading(
    inventory: Inventory,
    module: Module,
    tree: str,
    linked: tuple[LinkedPackage, ...],
    users: Iterable[Package],
) -> Reading:
    files, root = _place(inventory, module, tree)
    parts = find_parts(files, users, root)
    more = tuple(LinkedPackage(import_path=p.id, folder=p.folder, files=p.files) for p in parts)
    folders: dict[str, tuple[str, ...]] = {}
    for package in (*linked, *more):
        folders[package.folder] = (*folders.get(package.folder, ()), *package.files)
    return Reading(
        module=module,
        tree=tree,
        root=root,
        files=files,
        packages=(*linked, *more),
        wanted=wanted_files(files, folders, root=root, outer=_outer(module, tree)),
        parts=parts,
    )


def _place(inventory: Inventory, module: Module, tree: str) -> tuple[Files, str]:
    if tree != REPOSITORY_TREE:
        return inventory.trees.tree(module), "."
    vendor = inventory.workspace.vendor
    if module.folder is not None and not (vendor and not module.main):
        return inventory.repository.files, module.folder
    return inventory.repository.files, f"{vendor}/{module.id.path}"


def _outer(module: Module, tree: str) -> str | None:
    """The root of the repository for a module in a folder of it: its license may stand there."""
    inside = tree == REPOSITORY_TREE and module.folder not in (None, ".")
    return "." if inside else None


def conclude(reading: Reading, detected: Mapping[str, FileLicense], purl: str) -> ModuleConclusion:
    """Weigh what was found in the files of a module."""
    first = reading.module.main
    return conclude_module(
        tree=reading.files,
        detected=detected,
        packages=reading.packages,
        root=reading.root,
        outer=_outer(reading.module, reading.tree),
        component=purl,
        first_party=first,
        wanted=reading.wanted,
    )


def unavailable(module: Module, missing: ModuleUnavailableError) -> Finding:
    """A module that is needed and that nobody has."""
    tried = "; ".join(missing.tried) or "nothing could be asked"
    return Finding(
        code="module-unavailable",
        severity=Severity.BLOCK,
        message=f"{module.id}: its source could not be had ({tried})",
        remedy="run `go mod download`, vendor it, or set GOPROXY to a proxy that has it",
        component=module.id.purl,
        location=module.location,
    )
