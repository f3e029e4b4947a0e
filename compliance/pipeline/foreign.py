"""Code of others that a change brings into our own folders without its license.

Whatever lies below our go.mod is taken for ours. What speaks against that, in code that a change
adds: a README that states a license of its own, a file that names an owner whom nothing here names
and no license, a folder for code of others (`third_party`) in which nothing states any.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.golang import EntryKind
from compliance.licenses import ancestry, holder_key
from compliance.pipeline.sides import Sides, hidden, license_names, listed, says
from compliance.pipeline.treenames import REPOSITORY_TREE

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.licenses import LinkedPackage
    from compliance.pipeline.learned import Learned
    from compliance.pipeline.licensing import Reading

OF_OTHERS = frozenset({
    "third_party", "thirdparty", "third-party", "3rdparty", "3rd_party", "3rd-party",
})  # fmt: skip
"""Names of folders for code of others, in lower case."""
_README = "readme"
_REMEDY = (
    "put the license that its owners gave beside it, or record it under curations with the reason"
)


def foreign(head: Learned, base: Learned, sides: Sides) -> Iterator[Finding]:
    """What speaks against taking new code of a change for ours."""
    known = {p.folder for r in base.readings if r.tree == REPOSITORY_TREE for p in r.packages}
    names = _Names(base)
    for reading in head.readings:
        if _is_ours(head, reading) and reading.module.id in head.concluded:
            yield from _readmes(head, reading, sides, known)
            for package in reading.packages:
                if sides.differ(package.folder) and not _governed(sides.head, reading, package):
                    yield from _owners(head, package, sides, names)
                    if package.folder not in known:
                        yield from _of_others(head, reading, package)


def _is_ours(head: Learned, reading: Reading) -> bool:
    vendor = head.inventory.workspace.vendor
    vendored = vendor is not None and reading.root.startswith(f"{vendor}/")
    return reading.tree == REPOSITORY_TREE and not vendored


def _above(reading: Reading, folders: Iterable[str]) -> list[str]:
    """Folders and those above them, below the top of the module."""
    return [f for f in ancestry(folders, reading.root) if f != reading.root]


def _governed(files: Files, reading: Reading, package: LinkedPackage) -> bool:
    """Whether a license file below the top of the module stands in or above a folder."""
    return any(license_names(files, f) for f in _above(reading, [package.folder]))


# A README


def _readmes(head: Learned, reading: Reading, sides: Sides, known: set[str]) -> Iterator[Finding]:
    """READMEs that state a license that the code beside and below them is not under."""
    for folder in _above(reading, [p.folder for p in reading.packages]):
        below = [p for p in reading.packages if f"{p.folder}/".startswith(f"{folder}/")]
        fresh = any(p.folder not in known for p in below)
        if not (fresh or sides.differ(folder)) or license_names(sides.head, folder):
            continue
        for name, kind in sorted(sides.head.listing(folder).items()):
            path = f"{folder}/{name}"
            if kind is not EntryKind.FILE or name.lower().split(".", 1)[0] != _README:
                continue
            if not fresh and sides.same(path):
                continue
            now = [e for e in (says(sides.head, path),) if e]
            known_of = [e for p in below if (e := head.said_of(reading, p))]
            if not fresh:
                known_of += [e for e in (says(sides.base, path),) if e]
            left = hidden(now, " AND ".join(f"({e})" for e in known_of) or None)
            if left:
                yield Finding(
                    code="license-text-missing",
                    severity=Severity.REVIEW,
                    message=f"{path} states {' and '.join(left)} for code that is taken for ours;"
                    " no license text stands beside it",
                    remedy=_REMEDY,
                    component=below[0].import_path,
                    license=" AND ".join(left),
                    location=Location(file=path),
                    new=True,
                )


# Owners


class _Names:
    """Who is named as an owner in the base's own code; asked for when a change names somebody."""

    def __init__(self, base: Learned) -> None:
        self._base = base
        self._keys: set[str] | None = None

    def __contains__(self, holder: str) -> bool:
        if self._keys is None:
            vendor = self._base.inventory.workspace.vendor
            said = self._base.detected.get(REPOSITORY_TREE, {})
            self._keys = {
                holder_key(c.holder)
                for path, file in said.items()
                if vendor is None or not path.startswith(f"{vendor}/")
                for c in file.copyrights
            }
        return holder_key(holder) in self._keys


def _owners(
    head: Learned, package: LinkedPackage, sides: Sides, names: _Names
) -> Iterator[Finding]:
    """New files that name an owner whom nothing of ours named, and no license."""
    before = sides.base.listing(package.folder)
    found: dict[str, list[str]] = {}
    for name, path in _paths(package):
        said = head.detected.get(REPOSITORY_TREE, {}).get(path)
        if said is None or said.expression or name in before:
            continue
        for holder in {c.holder for c in said.copyrights if c.holder}:
            if holder not in names:
                found.setdefault(holder, []).append(path)
    for holder, paths in sorted(found.items()):
        yield _unlicensed(
            package, paths[0], f"{listed(paths)} names {holder} as its owner and no license;"
            " nothing of ours names that owner",
        )  # fmt: skip


def _of_others(head: Learned, reading: Reading, package: LinkedPackage) -> Iterator[Finding]:
    """A new package in a folder for code of others, of which nothing states a license."""
    inside = posixpath.relpath(package.folder, reading.root).lower().split("/")
    paths = [path for _, path in _paths(package)]
    said = head.detected.get(REPOSITORY_TREE, {})
    silent = paths and not any(p in said and said[p].expression for p in paths)
    if silent and not OF_OTHERS.isdisjoint(inside):
        yield _unlicensed(
            package, paths[0], f"{package.folder} is a folder for code of others, and nothing"
            " in it states a license",
        )  # fmt: skip


def _paths(package: LinkedPackage) -> list[tuple[str, str]]:
    return [(n, posixpath.normpath(posixpath.join(package.folder, n))) for n in package.files]


def _unlicensed(package: LinkedPackage, file: str, why: str) -> Finding:
    return Finding(
        code="unknown-license",
        severity=Severity.REVIEW,
        message=f"this change brings code that is taken for ours: {why}",
        remedy=_REMEDY,
        component=package.import_path,
        location=Location(file=file),
        new=True,
    )
