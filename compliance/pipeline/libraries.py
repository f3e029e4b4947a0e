"""Libraries as go-licenses understands them: packages that the same license files cover."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.pipeline.detection import DetectionWorker
from compliance.pipeline.inventory import Inventory, Say, take_inventory
from compliance.pipeline.learned import license_of
from compliance.pipeline.licensing import Reader, Reading, conclude, plan_reading
from compliance.pipeline.listings import is_missing
from compliance.pipeline.published import Published
from compliance.report import Library, LibraryListing, Statement

if TYPE_CHECKING:
    from compliance.config import ScanRequest
    from compliance.findings import Finding
    from compliance.golang import Module, Package
    from compliance.licenses import Conclusion, FileLicense, ModuleConclusion
    from compliance.sources import Origin

_LICENSE_FILE = re.compile(r"(?:UN)?LICEN[CS]E|COPYING|COPYRIGHT|EULA|PATENTS", re.IGNORECASE)
_OTHER_FILE = re.compile(r"README|NOTICE", re.IGNORECASE)


def list_libraries(
    request: ScanRequest,
    patterns: tuple[str, ...],
    say: Say,
    *,
    include_tests: bool = False,
    ignore: tuple[str, ...] = (),
) -> LibraryListing:
    """The libraries that packages need, the packages themselves included.

    Args:
        request: The repository, platforms and how to fetch.
        patterns: Packages as `go build` takes them.
        say: Told of each stage.
        include_tests: Also what the tests of these packages need.
        ignore: Prefixes of import paths that are left out; what they import is not.

    Raises:
        UsageError: a pattern names no package.
    """
    inventory = take_inventory(request, say)
    worker = DetectionWorker(request.cache)
    try:
        reader = Reader(inventory, worker)
        inventory.trees.fetch(inventory.build.modules, say)
        say("following imports")
        packages, findings = _packages(inventory, reader, patterns, include_tests=include_tests)
        kept = [p for p in packages if not p.import_path.startswith(ignore or ("\0",))]
        say("reading licenses")
        modules = {m.id: m for m in inventory.build.modules}
        readings, missing = plan_reading(inventory, modules, kept, Published(inventory))
        for reading in readings:
            reader.read(reading)
        worker.no_more()
        detected: dict[str, dict[str, FileLicense]] = {}
        for (tree, path), result in worker.results().items():
            detected.setdefault(tree, {})[path] = result
    finally:
        worker.close()
    libraries: list[Library] = []
    for reading in readings:
        found = detected.get(reading.tree, {})
        concluded = conclude(reading, found, reading.module.id.purl)
        libraries += _libraries(inventory, reader, reading, concluded, found)
    every = tuple(dict.fromkeys((*inventory.build.findings, *findings, *missing)))
    return LibraryListing(
        libraries=tuple(sorted(libraries, key=lambda x: (x.name, x.folder))),
        findings=every,
        incomplete=any(is_missing(f) for f in every),
    )


def _packages(
    inventory: Inventory, reader: Reader, patterns: tuple[str, ...], *, include_tests: bool
) -> tuple[list[Package], list[Finding]]:
    """What the packages link on any of the platforms, without the standard library."""
    loader = inventory.loader(on_package=reader.on_package)
    try:
        roots = loader.find_packages(inventory.contexts, inventory.patterns(patterns))
    except UsageError as problem:
        raise UsageError(problem.message.removeprefix("--main ")) from None
    cells = [loader.closure("packages", roots, context) for context in inventory.contexts]
    if include_tests:
        cells += [loader.tests_of(roots, context) for context in inventory.contexts]
    merged = {id(p): p for c in cells for p in c.packages if not p.standard}
    return list(merged.values()), [f for c in cells for f in c.findings]


def _libraries(
    inventory: Inventory,
    reader: Reader,
    reading: Reading,
    concluded: ModuleConclusion,
    detected: Mapping[str, FileLicense],
) -> Iterable[Library]:
    """The packages of a module, grouped by the folder whose license files cover them."""
    groups: dict[tuple[str, str], list[str]] = {}
    files: dict[str, tuple[str, ...]] = {}
    for package in reading.packages:
        folder, found = _covering(reading, package.folder, detected)
        files[folder] = found
        key = (folder, "" if found else package.import_path)
        groups.setdefault(key, []).append(package.import_path)
    origin = _origin(inventory, reading.module)
    for (folder, _), paths in groups.items():
        conclusions = [concluded.packages[p] for p in sorted(paths)]
        yield Library(
            name=common_path(paths),
            module=reading.module,
            source=reading.module.source or reading.module.id,
            packages=tuple(sorted(paths)),
            expression=_expression(conclusions),
            statements=_statements(conclusions, files[folder], detected),
            license_files=files[folder],
            files=reading.files,
            root=reading.root,
            folder=folder,
            disk=reader.root_of(reading.tree, reading.module.id),
            origin=origin,
        )


def _origin(inventory: Inventory, module: Module) -> Origin | None:
    """Where a version comes from: as its source says, else what a cache on this machine knows."""
    known = inventory.trees.known(module)
    if known is not None and known.origin is not None:
        return known.origin
    info = inventory.acquirer.info(module.source) if module.source else None
    return info.origin if info is not None else None


def common_path(paths: Iterable[str]) -> str:
    """The longest import path that is a prefix of all: `a/b` of `a/b/c` and `a/b/d`.

    C code of other folders (`c:a/b/e`) counts by its place.
    """
    split = [p.removeprefix("c:").split("/") for p in paths]
    shared = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "/".join(shared)


def _covering(
    reading: Reading, folder: str, detected: Mapping[str, FileLicense]
) -> tuple[str, tuple[str, ...]]:
    """The nearest folder upwards with files that name a license, and those files.

    README and NOTICE count where no license file stands beside them. Without any: the folder of
    the package itself.
    """
    by_folder: dict[str, list[str]] = {}
    for path, found in detected.items():
        if found.expression is not None:
            by_folder.setdefault(posixpath.dirname(path) or ".", []).append(path)
    here = folder
    while True:
        named = sorted(by_folder.get(here, ()), key=posixpath.basename)
        for pattern in (_LICENSE_FILE, _OTHER_FILE):
            fits = tuple(p for p in named if pattern.match(posixpath.basename(p)))
            if fits:
                return here, fits
        if here in (reading.root, "."):
            return folder, ()
        here = posixpath.dirname(here) or "."


def _expression(conclusions: Iterable[Conclusion]) -> str | None:
    """The conjunction of the licenses of all packages; None when one of them is unknown."""
    from compliance.licenses import Expression, conjoin

    texts = [license_of(c) for c in conclusions]
    if None in texts:
        return None
    made = conjoin([Expression.parse(t) for t in dict.fromkeys(texts) if t is not None])
    return made.text if made is not None else None


def _statements(
    conclusions: Iterable[Conclusion], files: tuple[str, ...], detected: Mapping[str, FileLicense]
) -> tuple[Statement, ...]:
    """Each license with a file that says so: a license file where one does, else the evidence.

    A file with the text comes before one that only speaks of the license (COPYRIGHT, LICENSE).
    """
    where: dict[str, str] = {}
    for file in files:
        for match in detected[file].matches:
            if match.kind == "text":
                for name in ids(match.license):
                    where.setdefault(name, file)
    for file in files:
        for name in ids(detected[file].expression):
            where.setdefault(name, file)
    made: dict[str, str] = {}
    for conclusion in conclusions:
        said = {name: e.file for e in conclusion.evidence for name in ids(e.license)}
        for name in ids(license_of(conclusion)):
            made.setdefault(name, where.get(name) or said.get(name) or (files or ("",))[0])
    return tuple(Statement(license=name, file=made[name]) for name in sorted(made))


def ids(expression: str | None) -> list[str]:
    """The licenses that an expression names, each once, an exception with its license."""
    if expression is None:
        return []
    text = re.sub(r"\s+WITH\s+", "\0", expression).replace("(", " ").replace(")", " ")
    words = (w.replace("\0", " WITH ") for w in text.split())
    return list(dict.fromkeys(w for w in words if w not in ("AND", "OR")))
