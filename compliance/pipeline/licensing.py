"""Licenses of what is linked: which files are read, and what is concluded per module."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from compliance.errors import ModuleUnavailableError
from compliance.findings import Finding, Severity
from compliance.golang import UnreadableFileError
from compliance.licenses import LinkedPackage, ModuleConclusion, conclude_module, wanted_files
from compliance.pipeline.detection import DetectionWorker
from compliance.pipeline.parts import Part, find_parts
from compliance.pipeline.published import CompletedFiles, Published
from compliance.pipeline.treenames import BASE_TREE, REPOSITORY_TREE, STANDARD_TREE
from compliance.policy import same_owner
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.findings import Evidence
    from compliance.golang import Cell, Files, Module, ModuleVersion, Package
    from compliance.licenses import Conclusion, FileLicense
    from compliance.pipeline.detecting import Key
    from compliance.pipeline.inventory import Inventory
    from compliance.sources import Trace

STANDARD_FILES = ("LICENSE", "PATENTS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The files of one module that have to be read, and where they lie.

    `packages` has an entry for each linked package and for each of `parts`, under its id;
    `embedded` are files that packages embed, by their path in the tree; `provider` says where the
    published module was found that completes a vendored one; `beside` that a folder of the
    repository takes the place of a module of the same owner.
    """

    module: Module
    tree: str
    root: str
    files: Files
    packages: tuple[LinkedPackage, ...]
    wanted: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    embedded: tuple[str, ...] = ()
    provider: str = ""
    beside: bool = False

    @property
    def recovered(self) -> tuple[str, ...]:
        """Files that only the published module has; `files` reads them."""
        files = self.files
        return (
            tuple(n for n in self.wanted if files.missing(n))
            if isinstance(files, CompletedFiles)
            else ()
        )


class Reader:
    """Feeds the detection worker while packages are still being discovered."""

    def __init__(
        self,
        inventory: Inventory,
        worker: DetectionWorker,
        same: Callable[[str], bool] | None = None,
    ) -> None:
        """Know where each tree lies: None for one that is no folder on disk.

        `same` tells of a file of the base whether the work tree has the same bytes.
        """
        self.inventory = inventory
        self.worker = worker
        self._same = same
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
        whole = (*reading.wanted, *reading.embedded)
        elsewhere = whole if root is None else reading.recovered
        if root is not None:
            apart = set(elsewhere)
            here = [n for n in reading.wanted if n not in apart] if apart else reading.wanted
            record_files(self.inventory.trace, root, here)
            self.worker.feed(reading.tree, root, here)
        tree = reading.tree
        of_base = root is None and tree == REPOSITORY_TREE
        for name in elsewhere:
            if not self.worker.was_asked(tree, name):
                known = False
            else:
                known = not of_base or (self._same is not None and self._same(name))
            if not known:
                place = BASE_TREE if of_base else tree
                try:
                    self.worker.feed_bytes(place, name, reading.files.read(name))
                except UnreadableFileError as problem:
                    from compliance.pipeline.detecting import unreadable

                    self.worker.note(place, unreadable(name, problem))

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
    inventory: Inventory,
    modules: Mapping[ModuleVersion, Module],
    packages: Iterable[Package],
    published: Published | None = None,
) -> tuple[tuple[Reading, ...], tuple[Finding, ...]]:
    """What to read for each module that has packages among these.

    A module whose source cannot be had is a finding that blocks. `published` completes vendored
    modules; without it only what the repository holds is read.
    """
    merged: dict[ModuleVersion, dict[str, tuple[str, set[str]]]] = {}
    trees: dict[ModuleVersion, str] = {}
    users: dict[ModuleVersion, list[Package]] = {}
    for package in packages:
        if package.module is not None:
            trees[package.module] = package.tree
            if package.embed_files or package.cgo_files or package.other_files or package.imports:
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
            readings.append(_completed(reading, published) if published else reading)
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
    using = tuple(users)
    parts = find_parts(files, using, root)
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
        embedded=tuple(sorted({_clean(p.folder, name) for p in using for name in p.embed_files})),
        beside=_is_beside(inventory, module),
    )


def _is_beside(inventory: Inventory, module: Module) -> bool:
    """Whether a folder of the repository stands for a module of the owner of a main module."""
    inside = module.folder is not None and module.folder[:1] != "/" and not module.main
    return inside and same_owner(module.id.path, [m.path for m in inventory.workspace.mains])


def _completed(reading: Reading, published: Published) -> Reading:
    """A vendored module with what the published one has besides, where that is at hand."""
    module = reading.module
    found = published.near(module) if published.applies(module) else None
    if found is None or found.files is None:
        return reading
    files = CompletedFiles(reading.files, reading.root, found.files, str(module.source))
    folders: dict[str, tuple[str, ...]] = {}
    for package in reading.packages:
        folders[package.folder] = (*folders.get(package.folder, ()), *package.files)
    outer = _outer(module, reading.tree)
    return replace(
        reading,
        files=files,
        wanted=wanted_files(files, folders, root=reading.root, outer=outer),
        provider=found.where,
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
    concluded = conclude_module(
        tree=reading.files,
        detected=detected,
        packages=reading.packages,
        root=reading.root,
        outer=_outer(reading.module, reading.tree),
        component=purl,
        first_party=first,
        beside=reading.beside,
        wanted=reading.wanted,
    )

    files = reading.files
    return _named(concluded, files, reading.provider) if reading.recovered else concluded


def _named(concluded: ModuleConclusion, files: Files, provider: str) -> ModuleConclusion:
    """Evidence from the published module says so, and has the name of a file in it."""
    if not isinstance(files, CompletedFiles):
        return concluded
    shown = files.shown
    note = f"not vendored; read from the published module ({provider})"

    def evidence(items: Iterable[Evidence]) -> tuple[Evidence, ...]:
        return tuple(
            replace(e, file=shown(e.file), note=f"{e.note} ({note})" if e.note else note)
            if shown(e.file) != e.file
            else e
            for e in items
        )

    def findings(items: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(replace(f, evidence=evidence(f.evidence)) if f.evidence else f for f in items)

    def conclusion(item: Conclusion) -> Conclusion:
        return replace(item, evidence=evidence(item.evidence), findings=findings(item.findings))

    return replace(
        concluded,
        conclusion=conclusion(concluded.conclusion),
        packages={path: conclusion(c) for path, c in concluded.packages.items()},
        texts=tuple((shown(path), digest) for path, digest in concluded.texts),
        findings=findings(concluded.findings),
    )


def recover(
    published: Published,
    readings: Iterable[Reading],
    concluded: Mapping[ModuleVersion, ModuleConclusion],
) -> tuple[dict[ModuleVersion, Reading], dict[Key, FileLicense]]:
    """Read again what is not clear from vendored files, with what the published module has.

    Modules without a conclusion are fetched, unless offline; the others are left alone.

    Returns:
        New readings by module, and what their recovered files say.
    """
    open_ = [
        r for r in readings
        if published.applies(r.module) and concluded[r.module.id].conclusion.concluded is None
    ]  # fmt: skip
    arrived = published.fetch(r.module for r in open_)
    renewed: dict[ModuleVersion, Reading] = {}
    found: dict[Key, FileLicense] = {}
    for reading in open_:
        if reading.module.id not in arrived:
            continue
        again = _completed(reading, published)
        if again.recovered:
            renewed[reading.module.id] = again
            found.update(_detected_here(again, again.recovered))
    return renewed, found


def detected_here(reading: Reading) -> dict[str, FileLicense]:
    """Licenses of all files of a reading by path, found in this process.

    Raises:
        UnreadableFileError: a file cannot be read.
    """
    return {path: said for (_, path), said in _detected_here(reading, reading.wanted).items()}


def _detected_here(reading: Reading, names: Iterable[str]) -> dict[Key, FileLicense]:
    """Licenses of a few files, found in this process."""
    from compliance.licenses import Detector, goes_along

    detector = Detector.open()
    files = {n: detector.detect(n, reading.files.read(n)) for n in names}
    return {(reading.tree, name): result for name, result in files.items() if goes_along(result)}


def unread_embeds(
    cells: Iterable[Cell],
    detected: Mapping[str, Mapping[str, FileLicense]],
    concluded: Mapping[ModuleVersion, ModuleConclusion],
) -> Iterator[Finding]:
    """Embedded files of linked packages that could not be read, and that nothing else tells.

    Args:
        cells: What is linked.
        detected: What files say, by tree and path.
        concluded: What is told of modules already.
    """
    told = {
        (module, f.location.file)
        for module, c in concluded.items()
        for f in c.findings
        if f.location is not None
    }
    packages = {id(p): p for c in cells for p in c.packages if p.embed_files and not p.standard}
    for package in packages.values():
        files = detected.get(package.tree, {})
        for path in (_clean(package.folder, name) for name in package.embed_files):
            module = package.module
            if path in files and module is not None and (module, path) not in told:
                unread = (f for f in files[path].findings if f.code == "file-unreadable")
                yield from (replace(f, component=module.purl) for f in unread)


def _clean(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


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
