"""What a change brings that no judgement of it sees; told only against a base.

Go files and programs that no build of the scan takes (`unjudged`); programs of modules beside the
build; vendored code that is edited though its version stays, and vendored code that is linked now
under another license than the one that lay there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.golang import EntryKind
from compliance.licenses import is_license_name
from compliance.pipeline.copied import copied
from compliance.pipeline.foreign import foreign
from compliance.pipeline.inventory import base_files
from compliance.pipeline.origins import left_behind
from compliance.pipeline.sides import Sides, hidden, license_names, licenses_of, listed, says
from compliance.pipeline.treenames import REPOSITORY_TREE
from compliance.pipeline.unjudged import unjudged

if TYPE_CHECKING:
    from compliance.pipeline.learned import Learned
    from compliance.pipeline.licensing import Reading
    from compliance.sources import RevisionFiles

MOST_READ = 200
"""Edited files of a module that are read for what they said at the base."""


def unseen(head: Learned, base: Learned) -> Iterator[Finding]:
    """What the owner of the gate should know though no verdict rests on it."""
    sides = Sides(head.inventory.repository.files, base_files(base.inventory.repository))
    yield from unjudged(head, base, sides)
    left = list(left_behind(head, base, sides))
    yield from left
    yield from copied(head, base, sides, frozenset(f.location.file for f in left if f.location))
    yield from foreign(head, base, sides)
    yield from _beside(head, base)
    yield from _vendored(head, base, sides)


# Modules beside the build


def _beside(head: Learned, base: Learned) -> Iterator[Finding]:
    """Modules that a change adds to the repository and that the build does not have."""
    inventory = head.inventory
    before = base.inventory.repository.files
    gomods = inventory.repository.aside()[1]
    for folder in inventory.other_modules(gomods):
        if "go.mod" not in before.listing(folder):
            yield Finding(
                code="main-undeclared",
                severity=Severity.REVIEW,
                message=f"this change adds a module that this build does not have, so nothing of"
                f" it is judged: {folder}",
                remedy="scan that folder as well, or add it to go.work",
                location=Location(file=f"{folder}/go.mod"),
                new=True,
            )


# Vendored code


def _vendored(head: Learned, base: Learned, sides: Sides) -> Iterator[Finding]:
    vendor, before = head.inventory.workspace.vendor, base.inventory.workspace.vendor
    if vendor is None or before is None:
        return
    files = sides.base
    listed = base.inventory.workspace.vendor_list
    packages = {p for m in listed.modules for p in m.packages} if listed is not None else set()
    known = {m.id: m for m in base.inventory.build.modules}
    linked = {r.module.id.path for r in base.readings}
    told = {f.component for f in head.findings if f.code == "vendor-modified"}
    for reading in head.readings:
        module = reading.module
        if module.main or reading.root != f"{vendor}/{module.id.path}":
            continue
        old = known.get(module.id)
        # The copy of a folder of the repository follows that folder.
        stays = (
            old is not None
            and module.source is not None
            and (old.source, old.replace) == (module.source, module.replace)
        )
        if stays and module.id.purl not in told:
            different = sorted(_different(reading, sides, packages))
            if different:
                yield from _edited(head, reading, files, different)
        if module.id.path not in linked:
            yield from _relabelled(head, reading, files, f"{before}/{module.id.path}", stays=stays)


def _different(reading: Reading, sides: Sides, packages: set[str]) -> Iterator[str]:
    """Files that differ of packages that the base has, and license files of the module's folder.

    Which packages are copied, and other files with them, may change under one version.
    """
    whole = {p.folder for p in reading.packages if p.import_path in packages}
    for folder in sorted({reading.root, *whole}):
        if not sides.differ(folder):
            continue
        then, now = sides.base.listing(folder), sides.head.listing(folder)
        for name in {*then, *now}:
            kinds = {then.get(name, EntryKind.FILE), now.get(name, EntryKind.FILE)}
            counts = kinds == {EntryKind.FILE} and (folder in whole or is_license_name(name))
            both = name in then and name in now
            if counts and not (both and sides.same(f"{folder}/{name}")):
                yield f"{folder}/{name}"


def _edited(
    head: Learned, reading: Reading, base: RevisionFiles, different: list[str]
) -> Iterator[Finding]:
    """Vendored files that differ under one version of their module.

    Where they say another license than before, that is a curation: it may hide none.
    """
    yield Finding(
        code="vendor-modified",
        severity=Severity.REVIEW,
        message=f"{reading.module.id}: this change edits its vendored files, and its version"
        f" stays: {listed(different)}",
        remedy="restore it with `go mod vendor`, or say what was changed and under which license",
        location=Location(file=different[0]),
        component=reading.module.id.purl,
        new=True,
    )
    concluded = head.concluded.get(reading.module.id)
    if concluded is None:
        return
    if concluded.conclusion.concluded is None:
        yield from _made_a_choice(reading, base, different, concluded.conclusion.unresolved)
        return
    said = head.detected.get(REPOSITORY_TREE, {})
    restated = [
        (path, before)
        for path in different[:MOST_READ]
        if (before := says(base, path)) != (said[path].expression if path in said else None)
    ]
    named = [e for e in (concluded.conclusion.declared, *(b for _, b in restated)) if e]
    left = hidden(named, concluded.conclusion.concluded)
    if restated and left:
        yield Finding(
            code="policy-relaxed",
            severity=Severity.BLOCK,
            message=f"this change edits what {restated[0][0]} says of the license of"
            f" {reading.module.id}, and with that hides: {', '.join(left)}",
            remedy="restore it with `go mod vendor`, or write a curation that its owner reviews",
            location=Location(file=restated[0][0]),
            component=reading.module.id.purl,
            license=concluded.conclusion.concluded,
            new=True,
        )


def _made_a_choice(
    reading: Reading, base: RevisionFiles, different: list[str], offered: tuple[str, ...]
) -> Iterator[Finding]:
    """A license text that is put beside that of a module, so that one may be chosen."""
    fresh = [p for p in different if is_license_name(posixpath.basename(p))]
    if not (fresh and offered):
        return
    before = licenses_of(base, reading.root, license_names(base, reading.root))
    left = hidden(before, None)
    if left and any(not hidden([e], None) for e in offered):
        yield Finding(
            code="policy-relaxed",
            severity=Severity.BLOCK,
            message=f"this change edits {fresh[0]}, so that the license of {reading.module.id} is a"
            f" choice; it was {', '.join(left)}",
            remedy="restore it with `go mod vendor`, or write a curation that its owner reviews",
            location=Location(file=fresh[0]),
            component=reading.module.id.purl,
            new=True,
        )


def _relabelled(
    head: Learned, reading: Reading, base: RevisionFiles, root: str, *, stays: bool
) -> Iterator[Finding]:
    """Code that is linked only now, under a license that its license files did not give before."""
    concluded = head.concluded.get(reading.module.id)
    said = concluded.conclusion.concluded if concluded is not None else None
    names = license_names(base, root)
    if said is None or all(base.same(f"{root}/{n}") for n in names):
        return
    before = hidden(licenses_of(base, root, names), said)
    if before:
        hides = " and ".join(before)
        yield Finding(
            code="policy-relaxed" if stays else "license-changed",
            severity=Severity.BLOCK if stays else Severity.REVIEW,
            message=f"this change links {reading.module.id} under {said}; the base has"
            f" {root} under {hides}",
            remedy="show that its owners changed the license, or restore its license files",
            location=Location(file=f"{reading.root}/{sorted(names)[0]}"),
            component=reading.module.id.purl,
            license=said,
            new=True,
        )
