"""Earlier versions of modules with findings: which are known, and what their files say.

Known are versions that version selection looked at, that lie in a module cache or in our own, and,
unless offline, that a proxy lists. A version is read as it was published: the license files above
the linked packages, and the files of these packages. One that lacks a linked package, or needs a
module that is not in the build, is no way back.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from compliance.errors import MalformedInputError, ModuleUnavailableError
from compliance.golang import (
    OTHER_EXTENSIONS,
    EntryKind,
    ModuleVersion,
    UnreadableFileError,
    is_canonical_version,
    parse_gofile,
    parse_mod_file,
    path_contains,
    version_key,
)
from compliance.licenses import LinkedPackage, wanted_files
from compliance.pipeline.learned import license_of, purl_of
from compliance.pipeline.licensing import Reading, conclude, detected_here
from compliance.sources import BlobCache
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.golang import Files, ModFile, Module
    from compliance.pipeline.inventory import Inventory
    from compliance.pipeline.learned import Learned
    from compliance.policy import Before
    from compliance.sources import SourceTree

MOST_ASKED = 10
"""Modules for which a proxy is asked in one scan: with more findings a version is not the point."""

MOST_FETCHED = 8
"""Zips that one scan brings for advice."""

MAX_FETCHED_BYTES = 48 << 20
"""Of the zip of an earlier version: large servers have some 35 MiB; advice is not worth more."""

_KEY = b"earlier-versions-1\0"


class EarlierVersions:
    """The `policy.Versions` of a scan. Looks for nothing until it is asked."""

    def __init__(self, learned: Learned) -> None:
        """Know what is linked; nothing is read yet."""
        self._learned = learned
        self._inventory: Inventory = learned.inventory
        self._asked = 0
        self._fetched = 0
        self._unreachable = self._inventory.acquirer.offline
        self._listed: set[str] = set()
        self._versions: dict[str, tuple[str, ...]] = {}
        self._latest: dict[str, ModFile | None] = {}
        self._known: dict[tuple[str, str], Before | None] = {}
        self._readings: dict[str, Reading] | None = None

    def below(self, component: str) -> Sequence[str]:
        """Releases below the version of a package URL, newest first; none of folders."""
        reading = self._reading(component)
        source = reading.module.source if reading is not None else None
        if source is None:
            return ()
        if component not in self._versions:
            self._versions[component] = self._releases(source)
        return self._versions[component]

    def read(self, component: str, version: str) -> Before | None:
        """What is linked as it is in an earlier version; None where that is no way back."""
        key = (component, version)
        if key not in self._known:
            reading = self._reading(component)
            self._known[key] = self._read(reading, version) if reading is not None else None
        return self._known[key]

    def _reading(self, component: str) -> Reading | None:
        if self._readings is None:
            found = (r for r in self._learned.readings if not r.module.main)
            self._readings = {purl_of(r.module): r for r in found}
        return self._readings.get(component)

    # Which versions there are

    def _releases(self, source: ModuleVersion) -> tuple[str, ...]:
        inventory = self._inventory
        found = {*inventory.gomods.versions(source.path)}
        found.update(inventory.gomods.near.cached_versions(source.path))
        found.update(self._published(source))
        now = version_key(source.version)
        known = {v for v in found if is_canonical_version(v) and "-" not in v}
        known = {v for v in known if version_key(v) < now and not self._retracted(source.path, v)}
        return tuple(sorted(known, key=version_key, reverse=True))

    def _retracted(self, path: str, version: str) -> bool:
        """Whether the latest go.mod on this machine takes a version back."""
        if path not in self._latest:
            data = self._inventory.gomods.latest(path)
            self._latest[path] = _parsed(data, path) if data is not None else None
        latest = self._latest[path]
        at = version_key(version)
        return latest is not None and any(
            version_key(r.low) <= at <= version_key(r.high) for r in latest.retracts
        )

    def _published(self, source: ModuleVersion) -> tuple[str, ...]:
        """What a proxy lists: remembered, for what lies below a version hardly ever changes."""
        cache = BlobCache(self._inventory.request.cache)
        key = _KEY + str(source).encode()
        kept = cache.get(key)
        if kept is not None:
            self._listed.add(source.path)
            return tuple(kept.decode().split())
        if self._unreachable or self._asked == MOST_ASKED:
            return ()
        self._asked += 1
        listed = self._inventory.acquirer.listed_versions(source.path)
        if listed is None:
            self._unreachable = True
            return ()
        self._listed.add(source.path)
        valid = tuple(v for v in listed if is_canonical_version(v))
        cache.put(key, " ".join(valid).encode())
        return valid

    # What a version says

    def _read(self, reading: Reading, version: str) -> Before | None:
        from compliance.policy import Before

        source = reading.module.source
        assert source is not None  # noqa: S101 - `below` lists no versions of folders
        wanted = ModuleVersion(source.path, version)
        tree = self._tree(replace(reading.module, id=wanted, replace=None, location=None))
        if tree is None or tree.files is None:
            return None
        try:
            earlier = self._as_linked(reading, tree.files, wanted)
            if earlier is None:
                return None
            concluded = conclude(earlier, detected_here(earlier), wanted.purl)
        except UnreadableFileError:
            return None
        packages = {path: license_of(c) for path, c in concluded.packages.items()}
        edit = self._edit(reading.module, wanted)
        return Before(version=version, packages=packages, edit=edit)

    def _tree(self, module: Module) -> SourceTree | None:
        inventory = self._inventory
        try:
            return inventory.gomods.near.upstream(module, origin=False)
        except ModuleUnavailableError:
            path = module.id.path
            if path not in self._listed or self._unreachable or self._fetched == MOST_FETCHED:
                return None
        self._fetched += 1
        try:
            return inventory.acquirer.upstream(module, origin=False, most=MAX_FETCHED_BYTES)
        except ModuleUnavailableError:
            return None

    def _as_linked(self, reading: Reading, files: Files, wanted: ModuleVersion) -> Reading | None:
        """The packages of a reading in another tree of the module; None where one is missing."""
        parts = {p.id for p in reading.parts}
        linked = {p.import_path for c in self._learned.all_cells() for p in c.packages}
        modules = tuple(m.id.path for m in self._inventory.build.modules)
        packages: list[LinkedPackage] = []
        for package in reading.packages:
            if package.import_path in parts:
                continue
            folder = posixpath.relpath(package.folder, reading.root)
            names = tuple(sorted(_compiled(files, folder, reading, package)))
            if not _fits(files, folder, names, modules):
                if package.import_path in linked:
                    return None
                continue
            packages.append(
                LinkedPackage(import_path=package.import_path, folder=folder, files=names)
            )
        folders = {p.folder: p.files for p in packages}
        return Reading(
            module=replace(reading.module, id=wanted, replace=None), tree=str(wanted), root=".",
            files=files, packages=tuple(packages),
            wanted=wanted_files(files, folders),
        )  # fmt: skip

    # How to have it

    def _edit(self, module: Module, wanted: ModuleVersion) -> str:
        """The line of go.mod: a requirement, or a replacement where others ask for more."""
        if module.replace is not None:
            at = module.replace.location
            place = f"{at.file}:{at.line}" if at is not None and at.line else "go.mod"
            return f"{place}: replace {module.id.path} => {wanted.path} {wanted.version}"
        asking = next(self._asking(wanted), None)
        if asking is not None:
            needs = f"{asking[0]} requires {asking[1]}"
            return f"go.mod: replace {wanted.path} => {wanted.path} {wanted.version} ({needs})"
        at = module.location
        place = f"{at.file}:{at.line}" if at is not None and at.line else "go.mod"
        return f"{place}: require {wanted.path} {wanted.version}"

    def _asking(self, wanted: ModuleVersion) -> Iterator[tuple[str, str]]:
        """Modules of the build whose go.mod asks for a later version, as far as it was read."""
        name, least = wanted.path.encode(), version_key(wanted.version)
        for module in self._inventory.build.modules:
            data = self._inventory.gomods.known(module.source or module.id)
            if module.main or data is None or name not in data:
                continue
            parsed = _parsed(data, str(module.id))
            for line in parsed.requires if parsed else ():
                if line.id.path == wanted.path and version_key(line.id.version) > least:
                    yield module.id.path, line.id.version


def _parsed(data: bytes, file: str) -> ModFile | None:
    """A go.mod as that of a dependency is read; None where it cannot be."""
    try:
        return parse_mod_file(data, file=file, strict=False)
    except MalformedInputError:
        return None


def _compiled(files: Files, folder: str, reading: Reading, package: LinkedPackage) -> Iterator[str]:
    """Names of what is compiled of a folder as it was then.

    Build constraints are those of now: a file that is not compiled now was not compiled then.
    """
    now: Mapping[str, EntryKind] = reading.files.listing(package.folder)
    for name, kind in files.listing(folder).items():
        if kind is not EntryKind.FILE or name.endswith("_test.go"):
            continue
        source = name.endswith(".go") or posixpath.splitext(name)[1] in OTHER_EXTENSIONS
        if source and (name in package.files or name not in now):
            yield name


def _fits(files: Files, folder: str, names: Sequence[str], modules: Sequence[str]) -> bool:
    """Whether a package has Go files, and imports only modules that are in the build."""
    go_files = [n for n in names if n.endswith(".go")]
    for name in go_files:
        for path in parse_gofile(files.read(posixpath.normpath(f"{folder}/{name}"))).imports:
            standard = path == "C" or "." not in path.partition("/")[0]
            if not standard and not any(path_contains(m, path) for m in modules):
                return False
    return bool(go_files)
