"""What a change brings that no judgement of it sees; told only against a base.

Go files that no platform and tag of the scan takes, and that need what nothing of it needs;
programs of modules beside the build; vendored code that is edited though its version stays, and
vendored code that is linked now under another license than the one that lay there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.golang import EntryKind, UnreadableFileError, parse_gofile
from compliance.licenses import Expression, is_license_name
from compliance.pipeline.inventory import base_files
from compliance.pipeline.licensing import REPOSITORY_TREE
from compliance.policy import category

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.licenses import Detector
    from compliance.pipeline.learned import Learned
    from compliance.pipeline.licensing import Reading
    from compliance.sources import RevisionFiles

MOST_NAMED = 5
"""Files or imports that one finding names."""
MOST_FOLLOWED = 500
"""Packages of our own that nothing links, and that are followed to what they import."""
MOST_READ = 200
"""Edited files of a module that are read for what they said at the base."""
_IGNORED = ("_", ".")


def unseen(head: Learned, base: Learned) -> Iterator[Finding]:
    """What the owner of the gate should know though no verdict rests on it."""
    sides = _Sides(head.inventory.repository.files, base_files(base.inventory.repository))
    yield from _left_out(head, sides)
    yield from _beside(head, base)
    yield from _vendored(head, base, sides)


class _Sides:
    """The trees of head and base."""

    def __init__(self, head: Files, base: RevisionFiles) -> None:
        self.head, self.base = head, base
        changes = base.changes()
        paths = (*changes.modified, *changes.others) if changes is not None else ()
        self._touched = {p.rpartition("/")[0] or "." for p in paths}
        self._told = changes is not None

    def differ(self, folder: str) -> bool:
        """Whether names or files of a folder may differ; cheap where git tells."""
        if not self._told:
            return not self.base.same_folder(folder)
        return folder in self._touched or self.base.untracked(folder, self.head.listing(folder))

    def same(self, path: str) -> bool:
        """Whether a file has the same content in both, but for how lines end."""
        if self.base.same(path):
            return True
        try:
            return _plain(self.head.read(path)) == _plain(self.base.read(path))
        except UnreadableFileError:
            return False


def _plain(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


# Files that no cell takes


def _left_out(head: Learned, sides: _Sides) -> Iterator[Finding]:
    """Imports of modules, new to such files, that a change adds to files which no cell compiles.

    Files of linked packages of our own count; modules of which something is linked are judged.
    """
    taken = _taken(head)
    linked = {p.module.path for c in head.all_cells() for p in c.packages if p.module is not None}
    modules = sorted((m.id.path for m in head.inventory.build.modules), key=len, reverse=True)
    known: set[str] | None = None
    for folder in sorted(taken):
        if not sides.differ(folder):
            continue
        for path in _untaken(sides.head, folder, taken[folder]):
            if sides.base.same(path):
                continue
            outside = {}
            fresh_names = _imports(sides.head, path) - _imports(sides.base, path)
            for name in _through_own(head, fresh_names):
                module = next((m for m in modules if f"{name}/".startswith(f"{m}/")), name)
                if "." in name.partition("/")[0] and module not in linked:
                    outside[name] = module
            if outside and known is None:
                known = {
                    name
                    for place in taken
                    for other in _untaken(sides.base, place, taken[place])
                    for name in _imports(sides.base, other)
                }
            fresh = sorted(
                name for name, module in outside.items()
                if not any(f"{k}/".startswith(f"{module}/") for k in known or ())
            )  # fmt: skip
            if fresh:
                yield Finding(
                    code="import-unjudged",
                    severity=Severity.REVIEW,
                    message=f"this change adds imports to {path} that are not judged:"
                    f" {_listed(fresh)}; no platform and tag of this scan compiles the file",
                    remedy="scan with the --platform (and tags) that compiles it",
                    location=Location(file=path),
                    new=True,
                )


def _through_own(head: Learned, names: set[str]) -> set[str]:
    """Imports, and those of our own packages among them that nothing links; of all their files."""
    files = head.inventory.repository.files
    linked = {p.import_path for c in head.all_cells() for p in c.packages}
    found, todo = set(names), sorted(names - linked)
    for name in todo:
        main = next(
            (m for m in head.inventory.workspace.mains if f"{name}/".startswith(f"{m.path}/")), None
        )
        if main is None or len(todo) > MOST_FOLLOWED:
            continue
        folder = posixpath.normpath(posixpath.join(main.folder, name[len(main.path) + 1 :]))
        for path in _untaken(files, folder, set()):
            more = _imports(files, path) - found
            found |= more
            todo += sorted(more - linked)
    return found


def _taken(head: Learned) -> dict[str, set[str]]:
    """Go files of our own linked packages that a cell compiles, by folder."""
    mains = {m.path for m in head.inventory.workspace.mains}
    taken: dict[str, set[str]] = {}
    for package in {id(p): p for c in head.all_cells() for p in c.packages}.values():
        own = package.module is not None and package.module.path in mains
        if own and package.tree == REPOSITORY_TREE:
            files = taken.setdefault(package.folder, set())
            files.update((*package.go_files, *package.cgo_files))
    return taken


def _untaken(files: Files, folder: str, taken: set[str]) -> Iterator[str]:
    """Go files of a folder beside those taken, without tests."""
    prefix = "" if folder == "." else f"{folder}/"
    for name, kind in sorted(files.listing(folder).items()):
        plain = kind is EntryKind.FILE and name.endswith(".go") and name not in taken
        if plain and not name.endswith("_test.go") and not name.startswith(_IGNORED):
            yield prefix + name


def _imports(files: Files, path: str) -> set[str]:
    """What a Go file imports that some build may compile; nothing where there is none."""
    try:
        facts = parse_gofile(files.read(path))
    except UnreadableFileError:
        return set()
    return set(facts.imports) if all(c.may_hold() for c in facts.constraints) else set()


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


def _vendored(head: Learned, base: Learned, sides: _Sides) -> Iterator[Finding]:
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


def _different(reading: Reading, sides: _Sides, packages: set[str]) -> Iterator[str]:
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
        f" stays: {_listed(different)}",
        remedy="restore it with `go mod vendor`, or say what was changed and under which license",
        location=Location(file=different[0]),
        component=reading.module.id.purl,
        new=True,
    )
    concluded = head.concluded.get(reading.module.id)
    if concluded is None or concluded.conclusion.concluded is None:
        return
    said = head.detected.get(REPOSITORY_TREE, {})
    restated = [
        (path, before)
        for path in different[:MOST_READ]
        if (before := _says(base, path)) != (said[path].expression if path in said else None)
    ]
    named = [e for e in (concluded.conclusion.declared, *(b for _, b in restated)) if e]
    hidden = _hidden(named, concluded.conclusion.concluded)
    if restated and hidden:
        yield Finding(
            code="policy-relaxed",
            severity=Severity.BLOCK,
            message=f"this change edits what {restated[0][0]} says of the license of"
            f" {reading.module.id}, and with that hides: {', '.join(hidden)}",
            remedy="restore it with `go mod vendor`, or write a curation that its owner reviews",
            location=Location(file=restated[0][0]),
            component=reading.module.id.purl,
            license=concluded.conclusion.concluded,
            new=True,
        )


def _relabelled(
    head: Learned, reading: Reading, base: RevisionFiles, root: str, *, stays: bool
) -> Iterator[Finding]:
    """Code that is linked only now, under a license that its license files did not give before."""
    concluded = head.concluded.get(reading.module.id)
    said = concluded.conclusion.concluded if concluded is not None else None
    names = [n for n, k in base.listing(root).items() if k is EntryKind.FILE and is_license_name(n)]
    if said is None or all(base.same(f"{root}/{n}") for n in names):
        return
    before = _hidden(_licenses(base, root, names), said)
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


def _licenses(files: Files, root: str, names: Iterable[str]) -> list[str]:
    found = (_says(files, f"{root}/{name}") for name in sorted(names))
    return [e for e in found if e]


@cache
def _detector() -> Detector:
    from compliance.licenses import Detector

    return Detector.open()


def _says(files: Files, path: str) -> str | None:
    """The license that a file states; None where it states none, or is not there."""
    try:
        return _detector().detect(path, files.read(path)).expression
    except UnreadableFileError:
        return None


def _hidden(named: Iterable[str], said: str) -> list[str]:
    """Licenses that ask for more than a notice and that a conclusion does not name."""
    return [t for t in sorted(_terms(named) - _terms([said])) if category(t) != "permissive"]


def _terms(expressions: Iterable[str]) -> set[str]:
    return {str(term) for e in expressions for term in Expression.parse(e).licenses()}


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
