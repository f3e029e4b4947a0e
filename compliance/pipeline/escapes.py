"""Ways past the gate that lead around the policy: what a change could do besides editing it.

Another license of our own code, a program that is still there and no longer judged, a map of
licenses (REUSE.toml) that speaks for code of others. A change cannot judge itself by any of them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.golang import EntryKind, IgnoreRules, UnreadableFileError, parse_gofile
from compliance.licenses import Expression, is_license_name
from compliance.pipeline.builds import PROPRIETARY
from compliance.pipeline.learned import purl_of
from compliance.pipeline.treenames import REPOSITORY_TREE
from compliance.policy import category, same_owner

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.graph import Main
    from compliance.licenses import LinkedPackage, ModuleConclusion
    from compliance.pipeline.inventory import Inventory
    from compliance.pipeline.learned import Learned
    from compliance.pipeline.licensing import Reading

MOST_NAMED = 20
"""Programs or packages that one finding names."""
_MAP = "license-map"


Outbound = tuple[Mapping[str, str], Mapping[str, str]]
"""What license files say of our own code, at head and at the base (`outbound_licenses`)."""


def outbound_of_base(head: Learned, base: Learned, said: Outbound) -> Mapping[str, str] | None:
    """What the license files of the base say of the programs of head; None where head says it too.

    A program that the base has not is asked for itself, and falls back to its module as of base.
    """
    now, then = said
    old = {m.path for m in base.inventory.workspace.mains}
    old |= {m.import_path for m in base.plan.mains}
    mixed = {k: v for k, v in now.items() if k not in old}
    mixed |= {k: v for k, v in then.items() if k in old}
    asked = {name for m in head.plan.mains for name in (m.import_path, m.module)}
    asked |= {m.path for m in head.inventory.workspace.mains}
    return mixed if any(mixed.get(k) != now.get(k) for k in asked) else None


def escapes(head: Learned, base: Learned, said: Outbound) -> Iterator[Finding]:
    """What the owner of the gate should know of a change that edits no policy."""
    yield from _relicensed(head, base, said)
    yield from _not_built(head, base)
    yield from _undeclared(head, base)
    yield from _mapped(head, base)
    yield from _adopted(head, base)


# A program goes out under another license


def _relicensed(head: Learned, base: Learned, said: Outbound) -> Iterator[Finding]:
    """Programs that have a license of their own, another one than at the base.

    That of a whole module is told with the license of the module.
    """
    now, then = said
    known = {m.import_path for m in base.plan.mains}
    built = {root: build.name for build in head.builds for root in build.roots}
    for main in head.plan.mains:
        path = main.import_path
        was = then.get(path) or then.get(main.module) or PROPRIETARY
        given, own = now.get(main.module), now.get(path)
        alone = own not in (None, given) or then.get(path) not in (None, then.get(main.module))
        if path not in built or not alone or (own or given) == was:
            continue
        there = "went out" if path in known else "would have gone out"
        yield Finding(
            code="license-changed",
            severity=Severity.REVIEW,
            message=f"{built[path]} goes out under {own or given or PROPRIETARY}, and {there}"
            f" under {was} at the base",
            remedy="have the owners of the code confirm that it is offered under another license",
            location=_license_file(head, _place(head.inventory, main)),
            artifact=built[path],
            license=own or given,
            new=True,
        )


def _license_file(head: Learned, folder: str) -> Location | None:
    """The license file that is nearest to a folder, upwards."""
    files = head.detected.get(REPOSITORY_TREE, {})
    while True:
        here = sorted(
            p for p, file in files.items()
            if file.expression and (posixpath.dirname(p) or ".") == folder
            and is_license_name(posixpath.basename(p))
        )  # fmt: skip
        if here or folder == ".":
            return Location(file=here[0], line=1) if here else None
        folder = posixpath.dirname(folder) or "."


# A program that is still there


def _not_built(head: Learned, base: Learned) -> Iterator[Finding]:
    """Programs of the base whose source head still has, and that nothing builds any more."""
    files = head.inventory.repository.files
    here = {m.folder for m in head.inventory.workspace.mains}
    places = {_place(head.inventory, m) for m in head.plan.mains}
    judged = {root for build in base.builds for root in build.roots}
    absent = {posixpath.dirname(p) or "." for p in head.inventory.repository.left_out()
              if p.endswith(".go")}  # fmt: skip
    outside: dict[str, list[str]] = {}
    unseen = [p for m in base.plan.mains if m.import_path in judged
              and (p := _place(base.inventory, m)) in absent - places]  # fmt: skip
    if unseen:
        yield Finding(
            code="file-unreadable",
            severity=Severity.BLOCK,
            message="the checkout is sparse and lacks programs that the base judges:"
            f" {_listed(unseen)}",
            remedy="bring them: git sparse-checkout disable",
            new=True,
        )
    others: list[str] = []
    for main in base.plan.mains:
        place = _place(base.inventory, main)
        if main.import_path not in judged or place in places or not _has_program(files, place):
            continue
        folder = _nested(head, place) or _folder_of(base.inventory, main.module)
        if "go.mod" in files.listing(folder) and folder not in here:
            outside.setdefault(folder, []).append(place)
        else:
            others.append(place)
    for folder, left in sorted(outside.items()):
        file = head.inventory.workspace.work.file if head.inventory.workspace.work else None
        where = "the repository" if folder == "." else f"./{folder}"
        yield _left(
            left, Severity.BLOCK, f"{file or 'the main module'} leaves out the module in {where}",
            Location(file=file, line=1) if file else None,
        )  # fmt: skip
    for owner in head.inventory.workspace.mains:
        rules = IgnoreRules(i.path for i in owner.gomod.ignores)
        passed = [p for p in others if rules.skips(posixpath.relpath(p, owner.folder))]
        others = [p for p in others if p not in passed]
        if passed:
            name = owner.gomod.file
            there = Location(file=name, line=owner.gomod.ignores[0].line)
            yield _left(passed, Severity.BLOCK, f"{name} passes over them: `ignore`", there)
    if others:
        yield _left(others, Severity.REVIEW, "no build that is looked at takes them", None)


def _nested(head: Learned, place: str) -> str | None:
    """The nearest folder upwards with a go.mod, if that is none of the modules of the build."""
    files, here = head.inventory.repository.files, place
    mains = {m.folder for m in head.inventory.workspace.mains}
    while here not in mains:
        if "go.mod" in files.listing(here):
            return here
        if here == ".":
            return None
        here = posixpath.dirname(here) or "."
    return None


def _left(places: list[str], severity: Severity, why: str, where: Location | None) -> Finding:
    return Finding(
        code="policy-relaxed",
        severity=severity,
        message=f"programs that the base judges are still there and are judged no more:"
        f" {_listed(places)} ({why})",
        remedy="keep them in the build, remove them, or merge this in a change of its own",
        location=where,
        new=True,
    )


def _listed(places: list[str]) -> str:
    """Folders in words."""
    more = f" and {len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else ""
    named = ("." if p == "." else f"./{p}" for p in sorted(places)[:MOST_NAMED])
    return ", ".join(named) + more


def _has_program(files: Files, folder: str) -> bool:
    """Whether a folder holds a Go file of package main, whatever its build constraints."""
    for name, kind in sorted(files.listing(folder).items()):
        if kind is not EntryKind.FILE or not name.endswith(".go") or name.endswith("_test.go"):
            continue
        try:
            if parse_gofile(files.read(posixpath.join(folder, name))).package == "main":
                return True
        except UnreadableFileError:
            return True
    return False


def _place(inventory: Inventory, main: Main) -> str:
    """Folder of a main package, relative to the repository."""
    inside = main.import_path[len(main.module) + 1 :]
    return posixpath.normpath(posixpath.join(_folder_of(inventory, main.module), inside))


def _folder_of(inventory: Inventory, module: str) -> str:
    return next((m.folder for m in inventory.workspace.mains if m.path == module), ".")


def _undeclared(head: Learned, base: Learned) -> Iterator[Finding]:
    """Programs that the change adds and that no deployment declares: nobody judges them."""
    known = {_place(base.inventory, m) for m in base.plan.mains}
    fresh = sorted(p for m in head.plan.undeclared if (p := _place(head.inventory, m)) not in known)
    if not fresh:
        return
    yield Finding(
        code="main-undeclared",
        severity=Severity.REVIEW,
        message=f"this change adds programs that no deployment declares, so they are not judged:"
        f" {_listed(fresh)}",
        remedy="declare a deployment for each program that is shipped, or of profile internal",
        location=Location(file=".compliance.yaml"),
        new=True,
    )


# A module of others becomes one of ours


def _adopted(head: Learned, base: Learned) -> Iterator[Finding]:
    """Main modules of head that were none, and whose path is that of somebody else.

    Code of a main module is ours to license, so copyleft of it asks for nothing. A line of go.work
    makes any module one; no license file at all is told where the base knew one.
    """
    mains = {m.path for m in base.inventory.workspace.mains}
    before = {m.id.path: m for m in base.inventory.build.modules if not m.main}
    modules = {m.id.path: m for m in head.inventory.build.modules if m.main}
    for path in sorted(modules.keys() - mains):
        if same_owner(path, mains):
            continue
        concluded = head.concluded.get(modules[path].id)
        said = concluded.conclusion.concluded if concluded is not None else None
        old = before.get(path)
        if concluded is None or (said is None and old is None) or category(said) == "permissive":
            continue
        work = head.inventory.workspace.work
        yield Finding(
            code="policy-relaxed",
            severity=Severity.BLOCK,
            message=f"this change makes {path} ({said or 'no license found'}) a module of its own"
            f"{f', which the base has as {old.id}' if old else ''}: its license counts as one that"
            " you give",
            remedy="have the owner of the policy confirm in a change of its own that the code is"
            " yours, or require the module as one of others",
            component=purl_of(modules[path]),
            license=said,
            location=Location(file=work.file) if work is not None else None,
            new=True,
        )


# A map of licenses speaks for others


def _mapped(head: Learned, base: Learned) -> Iterator[Finding]:
    """Packages whose license is what a map says that this change adds or edits.

    Such a line is a curation; where files of the package say another license, it hides one.
    """
    edited: dict[str, bool] = {}
    told: dict[tuple[str, str, str, str], list[str]] = {}
    for reading in head.readings:
        concluded = head.concluded.get(reading.module.id)
        if reading.tree != REPOSITORY_TREE or concluded is None:
            continue
        for package in reading.packages:
            conclusion = concluded.packages.get(package.import_path)
            maps = {e.file for e in conclusion.evidence if e.rule == _MAP} if conclusion else ()
            for name in sorted(maps):
                if name not in edited:
                    edited[name] = _bytes(head, name) != _bytes(base, name)
                said = conclusion.concluded if conclusion else None
                hidden = _hidden(head, reading, package, concluded, said)
                if edited[name] and (hidden or not reading.module.main):
                    key = (name, reading.module.id.purl, said or "", hidden)
                    told.setdefault(key, []).append(package.import_path)
    for (name, component, said, hidden), packages in sorted(told.items()):
        more = f" and {len(packages) - 1} more" if len(packages) > 1 else ""
        own = f", of which its own files say {hidden}" if hidden else ""
        yield Finding(
            code="policy-relaxed",
            severity=Severity.BLOCK if hidden else Severity.REVIEW,
            message=f"this change edits {name}, which says {said or 'no license'} of"
            f" {sorted(packages)[0]}{more}{own}",
            remedy="have the owner of the policy review the map in a change of its own",
            component=component,
            license=said or None,
            location=Location(file=name, line=1),
            new=True,
        )


def _hidden(
    head: Learned,
    reading: Reading,
    package: LinkedPackage,
    concluded: ModuleConclusion,
    said: str | None,
) -> str:
    """Licenses that files of a package name, or its module declares, and the map does not."""
    files = head.detected.get(reading.tree, {})
    prefix = "" if package.folder in ("", ".") else f"{package.folder}/"
    named = [f.expression for n in package.files if (f := files.get(prefix + n)) and f.expression]
    if not reading.module.main and concluded.conclusion.declared:
        named.append(concluded.conclusion.declared)
    kept = _terms((said,) if said else ())
    return ", ".join(sorted(_terms(named) - kept))


def _terms(expressions: Iterable[str]) -> set[str]:
    return {str(term) for e in expressions for term in Expression.parse(e).licenses()}


def _bytes(learned: Learned, name: str) -> bytes | None:
    try:
        return learned.inventory.repository.files.read(name)
    except UnreadableFileError:
        return None
