"""Vendored code against the published module: what somebody changed.

`go mod vendor` copies files byte for byte, so a file that differs from the module's zip, or that
the zip does not have, was changed by hand; one that it would copy and that is not there was taken
out. Every file below vendor/ is compared, not only what is compiled, wherever the published module
is on this machine or is asked for (`--verify-vendor`); where it is not at hand nobody says
"unmodified".
Of what is taken out, source and license texts count: editors' and linters' files are no loss.
What was compared is remembered by the state of the files, so that an unchanged module costs a stat
for each of its files.
"""

from __future__ import annotations

import hashlib
import posixpath
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from compliance.findings import Finding, Location, Severity
from compliance.golang import OTHER_EXTENSIONS, EntryKind, compare_go_versions, parse_gofile
from compliance.licenses import ancestry, is_license_name
from compliance.pipeline.published import Published, read_or_none
from compliance.sources import RACY_NANOSECONDS, BlobCache
from compliance.value import dataclass, field

if TYPE_CHECKING:
    from compliance.golang import Files, Module, ModuleVersion
    from compliance.pipeline.inventory import Inventory
    from compliance.pipeline.licensing import Reading
    from compliance.sources import SourceTree

MOST_NAMED = 20
"""Files that one finding names; the count says how many there are."""

MOST_REMEMBERED = 4000
"""Modules whose comparison is remembered: some large programs' worth, read in milliseconds."""

_KEY = b"vendored-3"
_METADATA = (
    "AUTHORS", "CONTRIBUTORS", "COPYLEFT", "COPYING", "COPYRIGHT", "LEGAL", "LICENSE", "NOTICE",
    "PATENTS",
)  # fmt: skip
"""Beginnings of names that are copied from every folder above a package (modcmd.metaPrefixes)."""
_FIRST_STRIPPED_GO = "1.17"
"""Go version of the main module from which on go.mod and go.sum are not vendored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendored:
    """What the comparison found: changed packages by import path, how many modules were compared
    and which ones could not be."""  # noqa: D205, D209

    packages: frozenset[str] = frozenset()
    modules: frozenset[ModuleVersion] = frozenset()
    findings: tuple[Finding, ...] = ()
    compared: int = 0
    unknown: tuple[ModuleVersion, ...] = ()
    by_module: Mapping[ModuleVersion, Answer] = field(default_factory=dict)


class Difference(msgspec.Struct, frozen=True):
    """Paths relative to the module: changed, there only, published only."""

    changed: tuple[str, ...]
    extra: tuple[str, ...]
    missing: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changed or self.extra or self.missing)

    @property
    def modified(self) -> bool:
        """Whether more differs than license texts that are gone."""
        return bool(self.changed or self.extra) or any(map(_is_source, self.missing))


_DECODER = msgspec.msgpack.Decoder(dict[bytes, Difference])


def compare_vendored(
    inventory: Inventory,
    published: Published,
    readings: Iterable[Reading],
    known: Vendored | None = None,
    same: Callable[[str], bool] | None = None,
) -> Vendored:
    """Compare the vendored modules with the modules as published.

    Args:
        inventory: The repository.
        published: The published modules that are at hand.
        readings: Modules that are linked or tested; their packages are named where they changed.
        known: The answer for the work tree, where `inventory` is a base.
        same: Whether a file of the base is the same in the work tree.
    """
    vendor = inventory.workspace.vendor
    listed = inventory.workspace.vendor_list
    if vendor is None or listed is None:
        return Vendored()
    comparison = _Comparison(inventory, vendor)
    compiled = {r.module.id: r for r in readings}
    packages: set[str] = set()
    modules: set[ModuleVersion] = set()
    findings: list[Finding] = []
    unknown: list[ModuleVersion] = []
    compared = 0
    for module in inventory.build.modules:
        if not published.applies(module) or not comparison.packages_of(module):
            continue
        tree = published.near(module)
        if tree is None:
            unknown.append(module.id)
            continue
        compared += 1
        found = comparison.of(module, tree, known.by_module if known else {}, same)
        if found:
            modules.update((module.id,) if found.modified else ())
            packages.update(_changed_packages(compiled.get(module.id), found))
            findings.append(_finding(vendor, module, found))
    comparison.remember()
    return Vendored(
        packages=frozenset(packages), modules=frozenset(modules), findings=tuple(findings),
        compared=compared, unknown=tuple(unknown), by_module=comparison.done,
    )  # fmt: skip


Answer = tuple[Mapping[str, str], Difference]
"""The files of a vendored module (in the module -> in the repository), and how they differ."""


class _Comparison:
    """Which vendored folder belongs to which module, and how it differs."""

    def __init__(self, inventory: Inventory, vendor: str) -> None:
        self._inventory = inventory
        self._files = inventory.repository.files
        self._vendor = vendor
        self._cache = BlobCache(inventory.request.cache)
        self._remembered = self._recall()
        self._fresh: dict[bytes, Difference] = {}
        listed = inventory.workspace.vendor_list
        self._packages: dict[str, tuple[str, ...]] = {}
        self._owner: dict[str, str] = {}
        for entry in listed.modules if listed else ():
            path = entry.id.path
            self._packages[path] = (*self._packages.get(path, ()), *entry.packages)
            self._owner.update(dict.fromkeys(entry.packages, path))
        go = inventory.workspace.go_version
        self.done: dict[ModuleVersion, Answer] = {}
        self._stripped = compare_go_versions(go, _FIRST_STRIPPED_GO) >= 0

    def packages_of(self, module: Module) -> tuple[str, ...]:
        """Import paths that modules.txt lists for a module."""
        return self._packages.get(module.id.path, ())

    def of(
        self,
        module: Module,
        tree: SourceTree,
        known: Mapping[ModuleVersion, Answer],
        same: Callable[[str], bool] | None,
    ) -> Difference:
        """How the vendored folder of a module differs from the published one."""
        here = dict(self._walk(module.id.path))
        before = known.get(module.id)
        if before and same and before[0] == here and all(map(same, here.values())):
            found = before[1]
        else:
            found = self._of(module, tree, here)
        self.done[module.id] = here, found
        return found

    def _of(self, module: Module, tree: SourceTree, here: Mapping[str, str]) -> Difference:
        key = self._state(module, tree, here) if self._inventory.on_disk else b""
        known = self._remembered.get(key)
        if known is not None:
            return known
        found = self._compare(module, tree, here)
        if key:
            self._fresh[key] = found
        return found

    def _recall(self) -> dict[bytes, Difference]:
        """Answers by the state of the files: one entry of the cache holds all."""
        data = self._cache.get(_KEY)
        try:
            return {} if data is None else _DECODER.decode(data)
        except msgspec.MsgspecError:
            return {}  # written by another version: compared anew

    def remember(self) -> None:
        """Keep what was compared for the next run; the oldest is forgotten."""
        if self._fresh:
            every = list({**self._recall(), **self._fresh}.items())
            self._cache.put(_KEY, msgspec.msgpack.encode(dict(every[-MOST_REMEMBERED:])))

    def _walk(self, path: str) -> Iterator[tuple[str, str]]:
        """(path in the module, path in the repository) of every vendored file of a module."""
        base = f"{self._vendor}/{path}"
        waiting = ["."]
        while waiting:
            inside = waiting.pop()
            folder = base if inside == "." else f"{base}/{inside}"
            own = self._owns(path, path if inside == "." else f"{path}/{inside}")
            for name, kind in sorted(self._files.listing(folder).items()):
                below = name if inside == "." else f"{inside}/{name}"
                if kind in (EntryKind.FOLDER, EntryKind.LINKED_FOLDER):
                    waiting.append(below)
                elif own:
                    yield below, f"{folder}/{name}"

    def _owns(self, module: str, folder: str) -> bool:
        """Whether a folder holds files of this module: a package of it, or nearer to it than to
        another module."""  # noqa: D205, D209
        owner = self._owner.get(folder)
        if owner is not None:
            return owner == module
        holders = [m for m in self._packages if folder == m or folder.startswith(f"{m}/")]
        return max(holders, key=len, default=module) == module

    def _state(self, module: Module, tree: SourceTree, here: Mapping[str, str]) -> bytes:
        """Key under which the answer holds; "" where a file is too young to be told apart."""
        trace = self._inventory.trace
        root = self._inventory.repository.root
        verified = tree.verification
        digest = hashlib.sha256(
            repr((str(module.source), tree.place, verified.actual, verified.expected)).encode(
                "utf-8", "surrogateescape"
            )
        )
        digest.update(repr((self._stripped, sorted(self.packages_of(module)))).encode())
        newest = 0
        for inside, path in sorted(here.items()):
            full = f"{root}/{path}"
            status = trace.files.get(full)
            if status is None:
                trace.add(full)
                status = trace.files.get(full)
                if status is None:
                    return b""
            newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
            state = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            digest.update(f"{inside}\0{state}\n".encode("utf-8", "surrogateescape"))
        if time.time_ns() - newest < RACY_NANOSECONDS:
            return b""
        return digest.digest()

    def _compare(self, module: Module, tree: SourceTree, here: Mapping[str, str]) -> Difference:
        published = tree.files
        if published is None:
            return Difference((), (), ())
        changed: list[str] = []
        extra: list[str] = []
        for inside, path in sorted(here.items()):
            theirs = read_or_none(published, inside)
            if theirs is None:
                if not posixpath.basename(inside).startswith("."):
                    extra.append(inside)
            elif theirs != read_or_none(self._files, path):
                changed.append(inside)
        missing = sorted(set(self._expected(module, published, here)))
        return Difference(tuple(changed), tuple(extra), tuple(missing))

    def _expected(self, module: Module, published: Files, here: Mapping[str, str]) -> Iterator[str]:
        """Source and license texts that `go mod vendor` copies and that are not there: what stands
        beside the Go files of each package, without tests and without what no build takes
        (modcmd.matchPotentialSourceFile), and metadata of the folders above."""  # noqa: D205, D209
        packages = {p[len(module.id.path) + 1 :] or "." for p in self.packages_of(module)}
        for folder in ancestry(packages, "."):
            for name, kind in published.listing(folder).items():
                if kind is not EntryKind.FILE:
                    continue
                inside = name if folder == "." else f"{folder}/{name}"
                if inside in here:
                    continue
                if folder not in packages:
                    if name.startswith(_METADATA):
                        yield inside
                elif self._copied(name) and (_is_source(name) or is_license_name(name)):
                    data = read_or_none(published, inside) if name.endswith(".go") else None
                    if data is None or _may_build(data):
                        yield inside

    def _copied(self, name: str) -> bool:
        if name in ("go.mod", "go.sum"):
            return not self._stripped
        return not name.endswith("_test.go")


def _is_source(path: str) -> bool:
    extension = posixpath.splitext(path)[1]
    return extension == ".go" or extension in OTHER_EXTENSIONS


def _may_build(data: bytes) -> bool:
    """Whether some build takes a Go file: all tags may hold, but `ignore`."""
    return all(c.may_hold() for c in parse_gofile(data).constraints)


def _changed_packages(reading: Reading | None, found: Difference) -> Iterator[str]:
    """Import paths of the packages of which a compiled file is not the published one."""
    if reading is None:
        return
    cut = len(reading.root) + 1
    different = {*found.changed, *found.extra}
    gone = {posixpath.dirname(m) for m in found.missing if m.endswith(".go")}
    for package in reading.packages:
        inside = package.folder[cut:]
        names = {f"{inside}/{name}" if inside else name for name in package.files}
        if names & different or inside in gone:
            yield package.import_path


def _finding(vendor: str, module: Module, found: Difference) -> Finding:
    parts = [
        f"{what} {_named(names)}"
        for what, names in (
            ("changed:", found.changed),
            ("not in the published module:", found.extra),
            ("taken out:", found.missing),
        )
        if names
    ]
    first = (*found.changed, *found.extra, *found.missing)[0]
    gone = first in found.missing
    place = f"{vendor}/modules.txt" if gone else f"{vendor}/{module.id.path}/{first}"
    return Finding(
        code="vendor-modified",
        severity=Severity.REVIEW,
        message=f"{module.id}: vendored files differ from the published module; "
        + "; ".join(parts),
        remedy="say what was changed and under which license, or restore with `go mod vendor`",
        location=Location(file=place),
        component=module.id.purl,
    )


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
