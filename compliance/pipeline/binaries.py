"""`scan --compare BINARY`: was this executable built from what is scanned?

The linker wrote main package, modules and settings into the executable. They are read, never run,
and held against the answer for the same main package under the same settings: what is in the
executable and not in the answer was not judged.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compliance.errors import UsageError
from compliance.findings import Finding, Location, Severity
from compliance.golang import BuildContext, Main, compare_go_versions
from compliance.pipeline.contexts import toolchain_version
from compliance.pipeline.executable import FILES_GIVEN, RELEASE, binary_context, binary_mains
from compliance.report import BinaryComparison, BinaryDifference
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.golang import BuildInfo, Module, ModuleVersion, PackageLoader
    from compliance.pipeline.inventory import Inventory

_DEVELOPED = "(devel)"
_SEVERITY = {
    "extra": Severity.BLOCK,
    "version": Severity.BLOCK,
    "replacement": Severity.BLOCK,
    "bytes": Severity.BLOCK,
    "missing": Severity.REVIEW,
    "toolchain": Severity.REVIEW,
    "commit": Severity.REVIEW,
}
_REMEDY = {
    "extra": "scan the source that the executable was built from, with its settings",
    "version": "scan the commit that the executable was built from, or build it again",
    "replacement": "scan the commit that the executable was built from, or build it again",
    "bytes": "find out where the build got these bytes: run `go mod verify` there",
    "missing": "name platform, tags and main package of the build, or build it again",
    "toolchain": "scan with the Go release of the build, whose standard library is linked",
    "commit": "scan the commit that the executable was built from, or build it again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The comparison for the report, and a finding for each difference."""

    comparison: BinaryComparison
    findings: tuple[Finding, ...]


def compare_binary(inventory: Inventory, loader: PackageLoader) -> Compared | None:
    """Hold the executable against the answer for the same main package and settings.

    Raises:
        UsageError: the repository does not have its main package.
    """
    info, name = inventory.binary, inventory.request.compare
    if info is None or name is None:
        return None
    context = binary_context(info, inventory.settings, inventory.workspace)
    main = _main(inventory, info, name, loader, context)
    (cell,) = loader.cells((main,))
    linked = {p.module for p in cell.packages if p.module is not None}
    differences = tuple(
        sorted(
            (
                *_modules(inventory, info, linked),
                *_toolchain(inventory, info),
                *_commit(inventory, info),
            ),
            key=lambda d: (d.kind, d.path),
        )
    )
    shown = posixpath.basename(name)
    comparison = BinaryComparison(
        file=shown,
        main=cell.main,
        platform=context.label,
        go_version=info.go_version,
        differences=differences,
        modules=len(linked),
    )
    places = {m.id.path: m.location for m in inventory.build.modules}
    findings = (_finding(d, shown, places.get(d.path)) for d in differences)
    return Compared(comparison=comparison, findings=tuple(findings))


def _main(
    inventory: Inventory, info: BuildInfo, name: str, loader: PackageLoader, context: BuildContext
) -> Main:
    """Its main package: of several that --main names, the one that the executable names."""
    asked = inventory.patterns(inventory.request.mains)
    if asked and info.path == FILES_GIVEN:
        mains = loader.find_mains((context,), asked)
        if len(mains) != 1:
            raise UsageError(f"--compare {name}: it was built from single files: name one --main")
        return mains[0]
    return binary_mains(info, name, loader, context)[0]


def _modules(
    inventory: Inventory, info: BuildInfo, linked: set[ModuleVersion]
) -> Iterator[BinaryDifference]:
    ours = {m.id.path: m for m in inventory.build.modules if m.id in linked}
    theirs = {m.id.path: m for m in info.build_list.modules}
    listed = {m.id.path for m in inventory.build.modules if m.main}
    sums = dict(info.sums)
    for path in sorted({*ours, *theirs}):
        mine, other = ours.get(path), theirs.get(path)
        if mine is None and other is not None:
            if other.main and path in listed:
                continue  # a main module all of whose own packages lie elsewhere
            yield BinaryDifference(kind="extra", path=path, source="", binary=_spelled(other))
        elif mine is not None and other is None:
            yield BinaryDifference(kind="missing", path=path, source=_spelled(mine), binary="")
        elif mine is not None and other is not None and not mine.main:
            yield from _one(mine, other, inventory, sums)


def _one(
    mine: Module, other: Module, inventory: Inventory, sums: dict[ModuleVersion, str]
) -> Iterator[BinaryDifference]:
    path = mine.id.path
    if mine.id.version != other.id.version:
        yield BinaryDifference(
            kind="version", path=path, source=_spelled(mine), binary=_spelled(other)
        )
        return
    if _replacement(mine) != _replacement(other):
        yield BinaryDifference(
            kind="replacement", path=path, source=_spelled(mine), binary=_spelled(other)
        )
        return
    said = sums.get(other.id)
    trusted = inventory.acquirer.go_sum.of_zip(mine.source) if mine.source else None
    if said and trusted and said != trusted:
        yield BinaryDifference(kind="bytes", path=path, source=trusted, binary=said)


def _replacement(module: Module) -> tuple[str, str] | None:
    """What takes the place of a module. A folder has another path on another machine: its last
    element counts."""  # noqa: D205, D209
    found = module.replace
    if found is None:
        return None
    if found.version in (None, _DEVELOPED):
        return posixpath.basename(posixpath.normpath(found.path)), ""
    return found.path, found.version or ""


def _spelled(module: Module) -> str:
    version = "" if module.id.version == _DEVELOPED else module.id.version
    text = f"{module.id.path} {version}".rstrip()
    if module.replace is not None:
        target = module.replace.version
        text += f" => {module.replace.path}"
        text += "" if target in (None, _DEVELOPED) else f" {target}"
    return text


def _toolchain(inventory: Inventory, info: BuildInfo) -> Iterator[BinaryDifference]:
    release = RELEASE.match(info.go_version)
    ours = toolchain_version(inventory.settings, inventory.workspace)
    if ours and (release is None or compare_go_versions(release[1], ours)):
        yield BinaryDifference(
            kind="toolchain", path="std", source=f"go{ours}", binary=info.go_version
        )


def _commit(inventory: Inventory, info: BuildInfo) -> Iterator[BinaryDifference]:
    """The commit that the executable says; without a word of it there is nothing to compare."""
    said = dict(info.settings)
    ours, theirs = inventory.repository.commit, said.get("vcs.revision", "")
    if ours and theirs and ours != theirs:
        yield BinaryDifference(kind="commit", path="", source=ours, binary=theirs)
    elif theirs and said.get("vcs.modified") == "true":
        changed = f"{theirs} with uncommitted changes"
        yield BinaryDifference(kind="commit", path="", source=ours or "", binary=changed)


_SAYS = {
    "extra": "{binary} is in it, and in no package that the source needs",
    "missing": "{source} is what the source needs, and it is not in it",
    "version": "it has {binary}, the source {source}",
    "replacement": "it has {binary}, the source {source}",
    "bytes": "it was built from other bytes of {path}: {binary}, go.sum lists {source}",
    "toolchain": "it was built with {binary}, the source was read with {source}",
    "commit": "it was built from commit {binary}, the source is at {source}",
}


def _finding(difference: BinaryDifference, name: str, place: Location | None) -> Finding:
    says = _SAYS[difference.kind]
    if difference.kind == "commit" and not difference.source:
        says = "it was built from commit {binary}"
    text = says.format(path=difference.path, source=difference.source, binary=difference.binary)
    return Finding(
        code="binary-differs",
        severity=_SEVERITY[difference.kind],
        message=f"executable {name} was not built from this source: {text}",
        remedy=_REMEDY[difference.kind],
        location=place,
    )
