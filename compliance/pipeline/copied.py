"""Code under far-reaching copyleft that a change copies under another name, or into other files.

Where a file only moves or keeps its name, `origins` tells. Here all lines that a change adds to a
package are held against each file of the modules that are under copyleft for the whole work, or
under a limit on use: who has most lines of such a file has a copy of it, in however many files.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.pipeline.lines import LEAST_LINES, SHARE, code_lines, read_or_nothing
from compliance.pipeline.sides import Sides, hidden, license_names, licenses_of, terms
from compliance.pipeline.treenames import REPOSITORY_TREE
from compliance.policy import category
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.pipeline.learned import Learned
    from compliance.pipeline.licensing import Reading

MOST_SOURCES = 2_000
"""Files that added lines are held against."""
MOST_BYTES = 4 << 20
"""A larger file is no code that somebody wrote."""
_FAR = frozenset({"strong", "network", "restricted"})
_CODE = (".go", ".c", ".cc", ".cpp", ".h", ".hpp", ".s", ".S")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A file of others: where it lies, whose it is, and under which license."""

    files: Files
    path: str
    module: str
    license: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Added:
    """What a change adds to a package: lines by file, and what the package is under."""

    module: str
    component: str
    said: str | None
    lines: Mapping[str, frozenset[bytes]]


def copied(head: Learned, base: Learned, sides: Sides, told: frozenset[str]) -> Iterator[Finding]:
    """Files of others that a change has copied; those that `told` names are told already."""
    added = [a for a in _of_change(head, sides) if told.isdisjoint(a.lines)]
    if not added:
        return
    known: dict[tuple[str, str], _Source] = {}
    for source in _sources(head, base, sides):
        if len(known) == MOST_SOURCES:
            break
        known.setdefault((source.module, source.path), source)
    for source in known.values():
        theirs = code_lines(read_or_nothing(source.files, source.path)[:MOST_BYTES])
        if len(theirs) < LEAST_LINES:
            continue
        for one in added:
            if one.module == source.module or not hidden([source.license], one.said):
                continue
            shared = theirs & set().union(*one.lines.values())
            if len(shared) >= max(LEAST_LINES, SHARE * len(theirs)):
                yield _finding(one, source, shared)


def _finding(one: _Added, source: _Source, shared: set[bytes]) -> Finding:
    counts = {path: len(shared & lines) for path, lines in one.lines.items()}
    first = min(counts, key=lambda path: (-counts[path], path))
    more = sum(n > 0 for n in counts.values()) - 1
    others = f" (and {more} more files beside it)" if more > 0 else ""
    return Finding(
        code="policy-relaxed",
        severity=Severity.BLOCK,
        message=f"this change takes a license away: {first}{others} has the code of {source.path}"
        f" ({source.module}), which is {source.license}; here it is"
        f" {f'under {one.said}' if one.said else 'under no license'}",
        remedy="import it where it is, keep its license with the code, or have its owners confirm"
        " another one in a curation that the owner of the policy reviews",
        location=Location(file=first),
        component=one.component,
        license=one.said,
        new=True,
    )


def _of_change(head: Learned, sides: Sides) -> Iterator[_Added]:
    """Lines that are new to files of packages, and to what they embed."""
    for reading in head.readings:
        if reading.tree != REPOSITORY_TREE:
            continue
        for package in reading.packages:
            paths = [_clean(package.folder, name) for name in package.files]
            prefix = "" if package.folder == "." else f"{package.folder}/"
            paths += [p for p in reading.embedded if posixpath.dirname(p) == prefix.rstrip("/")]
            lines = _new_lines(paths, sides) if _differs(paths, sides) else {}
            if sum(map(len, lines.values())) >= LEAST_LINES:
                yield _Added(
                    module=reading.module.id.path,
                    component=reading.module.id.purl
                    if reading.module.main
                    else package.import_path,
                    said=head.said_of(reading, package),
                    lines=lines,
                )


def _differs(paths: list[str], sides: Sides) -> bool:
    return any(sides.differ(folder) for folder in {posixpath.dirname(p) or "." for p in paths})


def _new_lines(paths: list[str], sides: Sides) -> dict[str, frozenset[bytes]]:
    found = {}
    for path in dict.fromkeys(paths):
        if sides.base.same(path):
            continue
        now = code_lines(read_or_nothing(sides.head, path)[:MOST_BYTES])
        fresh = now - code_lines(read_or_nothing(sides.base, path)[:MOST_BYTES]) if now else now
        if fresh:
            found[path] = frozenset(fresh)
    return found


def _sources(head: Learned, base: Learned, sides: Sides) -> Iterator[_Source]:
    """Files under licenses that reach far: of the modules of both sides, and what is vendored."""
    mains = {m.path for m in base.inventory.workspace.mains}
    declared = [c.conclusion.declared for m, c in base.concluded.items() if m.path in mains]
    ours = terms([d for d in declared if d])
    for learned in (base, head):
        for reading in learned.readings:
            if not reading.module.main:
                yield from _of_reading(learned, reading, ours)
    yield from _vendored(head, sides, ours)


def _reaches_far(license_: str | None, ours: set[str]) -> bool:
    return license_ is not None and category(license_) in _FAR and not terms([license_]) <= ours


def _of_reading(learned: Learned, reading: Reading, ours: set[str]) -> Iterator[_Source]:
    for package in reading.packages:
        said = learned.said_of(reading, package)
        if said is not None and _reaches_far(said, ours):
            for name in package.files:
                if name.endswith(_CODE):
                    yield _Source(
                        files=reading.files, path=_clean(package.folder, name),
                        module=reading.module.id.path, license=said,
                    )  # fmt: skip


def _vendored(head: Learned, sides: Sides, ours: set[str]) -> Iterator[_Source]:
    """Vendored files that a change adds, whether or not something imports them."""
    vendor = head.inventory.workspace.vendor
    if vendor is None:
        return
    said: dict[str, str | None] = {}
    for path in sorted(sides.came()):
        if path.startswith(f"{vendor}/") and path.endswith(_CODE):
            folder = posixpath.dirname(path)
            if folder not in said:
                said[folder] = _above(sides.head, folder, vendor)
            license_ = said[folder]
            if license_ is not None and _reaches_far(license_, ours):
                module = folder[len(vendor) + 1 :]
                yield _Source(files=sides.head, path=path, module=module, license=license_)


def _above(files: Files, folder: str, vendor: str) -> str | None:
    """What the nearest license files of a vendored folder say."""
    while folder.startswith(f"{vendor}/"):
        named = sorted(set(licenses_of(files, folder, license_names(files, folder))))
        if named:
            return " AND ".join(f"({e})" if " " in e else e for e in named)
        folder = posixpath.dirname(folder)
    return None


def _clean(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))
