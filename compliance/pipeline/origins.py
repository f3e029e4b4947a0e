"""Code whose license a change leaves behind: moved, copied, renamed, or its statement edited away.

What the base knows of the license of a file holds for its text, wherever a change puts it. Files of
linked packages that a change adds are held against files of the base with the same name and against
all that it takes away; files of packages that say less of their license now, against what they
were. Vendored code under the path of its module is looked at in `unseen`.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.golang import EntryKind
from compliance.pipeline.lines import LEAST_LINES, code_lines, is_copy, read_or_nothing
from compliance.pipeline.sides import Sides, hidden, license_names, licenses_of, says, terms
from compliance.pipeline.treenames import REPOSITORY_TREE
from compliance.policy import same_owner
from compliance.sources import FolderFiles
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.licenses import LinkedPackage
    from compliance.pipeline.learned import Learned
    from compliance.pipeline.licensing import Reading

MOST_FRESH = 1_000
"""New files of a change that are looked at; a change with more is no move of some code."""
MOST_NAMESAKES = 200
"""Files of the base that are held against a new one: `doc.go` is in every other package."""
MOST_FOLDERS = 20_000
"""Folders of a base in which files are looked for where git does not tell what changed."""
_MARGIN = 4
"""A copy is at most so many times smaller or larger than what it was made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """A file of head that is one of the base; `same` where it lies where it lay.

    `was` are the licenses that are gone.
    """

    path: str
    source: str
    was: tuple[str, ...]

    @property
    def same(self) -> bool:
        return self.path == self.source


def left_behind(head: Learned, base: Learned, sides: Sides) -> Iterator[Finding]:
    """Code of the base that head has under no such license any more."""
    origins = _Origins(base, sides)
    told: dict[tuple[str, str, str, bool], list[_Copy]] = defaultdict(list)
    for reading in head.readings:
        if reading.tree != REPOSITORY_TREE:
            continue
        for package in reading.packages:
            said = head.said_of(reading, package) or ""
            for copy in origins.copies(reading, package, said):
                # Their owners may change a license; who has a copy in a folder may not.
                vendored = reading.root.startswith(f"{head.inventory.workspace.vendor}/")
                owned = vendored and same_owner(
                    reading.module.id.path, [origins.module_of(copy.source)]
                )
                stated = head.detected.get(REPOSITORY_TREE, {}).get(copy.path)
                now = said or (stated.expression if stated else None) or ""
                key = (reading.module.id.purl, " AND ".join(copy.was), now, owned)
                told[key].append(copy)
    for (component, was, said, owned), copies in sorted(told.items()):
        yield _finding(component, was, said, copies, owned=owned)


def _finding(component: str, was: str, said: str, copies: list[_Copy], *, owned: bool) -> Finding:
    """What the copies of one component are, in words."""
    first = copies[0]
    more = f" (and {len(copies) - 1} more like it)" if len(copies) > 1 else ""
    now = f"under {said}" if said else "under no license"
    if first.same:
        message = f"{first.path}{more} is {was} at the base, and with this change {now}"
    else:
        message = (
            f"{first.path}{more} is {first.source} of the base, which is {was}; here it is {now}"
        )
    return Finding(
        code="license-changed" if owned else "policy-relaxed",
        severity=Severity.REVIEW if owned else Severity.BLOCK,
        message=f"this change takes a license away: {message}",
        remedy="keep the license with the code, or have its owners confirm the other one in a"
        " curation that the owner of the policy reviews",
        location=Location(file=first.path),
        component=component,
        license=said or None,
        new=True,
    )


class _Origins:
    """What the base knows of files and their licenses."""

    def __init__(self, base: Learned, sides: Sides) -> None:
        self._base, self._sides = base, sides
        self._packages: dict[str, tuple[Reading, LinkedPackage]] = {}
        for reading in base.readings:
            if reading.tree == REPOSITORY_TREE:
                self._packages |= {p.folder: (reading, p) for p in reading.packages}
        mains = {m.path for m in base.inventory.workspace.mains}
        declared = [
            c.conclusion.declared for m, c in base.concluded.items()
            if m.path in mains and c.conclusion.declared
        ]  # fmt: skip
        self._ours = terms(declared)
        self._vendor = base.inventory.workspace.vendor
        self._named: dict[str, list[tuple[str, int | None]]] | None = None
        self._gone: list[str] = []
        self._said: dict[str, tuple[str, ...]] = {}
        self._left = MOST_FRESH

    def copies(self, reading: Reading, package: LinkedPackage, said: str) -> Iterator[_Copy]:
        """Files of a package that were under a license which it does not name."""
        if not self._sides.differ(package.folder) and self._says_no_less(package, said):
            return
        before = self._sides.base.listing(package.folder)
        vendored = self._is_vendored(reading.root)
        for name in package.files:
            path = posixpath.normpath(posixpath.join(package.folder, name))
            if "/" in name or before.get(name) is EntryKind.FILE:
                was = () if vendored else self._gone_terms(path, said)
                now, then = (
                    read_or_nothing(self._sides.head, path),
                    read_or_nothing(self._sides.base, path),
                )
                if was and is_copy(now, then):
                    yield _Copy(path=path, source=path, was=was)
            elif self._left:
                self._left -= 1
                found = self._of_fresh(path, said)
                if found is not None and not (
                    vendored and found.source.startswith(f"{reading.root}/")
                ):
                    yield found

    def module_of(self, path: str) -> str:
        """The module that holds a file of the base."""
        known = self._packages.get(posixpath.dirname(path) or ".")
        if known is not None:
            return known[0].module.id.path
        return self._vendored_module(path) or ""

    def _says_no_less(self, package: LinkedPackage, said: str) -> bool:
        known = self._packages.get(package.folder)
        return known is None or not self._left_of(self._of_package(*known), said)

    def _gone_terms(self, path: str, said: str) -> tuple[str, ...]:
        """Licenses of a file of the base that ask for more than a notice, without `said`."""
        if path not in self._said:
            self._said[path] = tuple(self._licenses(path))
        return self._left_of(self._said[path], said)

    def _left_of(self, was: Iterable[str], said: str) -> tuple[str, ...]:
        return tuple(t for t in hidden(was, said) if t not in self._ours)

    def _of_fresh(self, path: str, said: str) -> _Copy | None:
        """What a new file is a copy of, where that is under a license which is gone."""
        target = _linked(self._sides.head, path)
        if target is not None:
            was = self._gone_terms(target, said)
            return _Copy(path=path, source=target, was=was) if was else None
        data = read_or_nothing(self._sides.head, path)
        if len(code_lines(data)) < LEAST_LINES:
            return None
        named = self._by_name()
        stem, ending = posixpath.basename(path), posixpath.splitext(path)[1]
        gone = [(p, None) for p in self._gone if p.endswith(ending)]
        near = [(p, size) for p, size in named.get(stem, ()) if p != path]
        for source, size in (*gone[:MOST_NAMESAKES], *near[:MOST_NAMESAKES]):
            if size is not None and not size < _MARGIN * len(data) < _MARGIN**2 * max(size, 1):
                continue
            was = self._gone_terms(source, said)
            if was and is_copy(data, read_or_nothing(self._sides.base, source)):
                return _Copy(path=path, source=source, was=was)
        return None

    def _by_name(self) -> Mapping[str, list[tuple[str, int | None]]]:
        """Files of the base by name, with the size that git notes; those that head lacks apart."""
        if self._named is not None:
            return self._named
        self._named = defaultdict(list)
        here = set()
        for path, size in self._sides.base.tracked():
            here.add(path)
            self._named[posixpath.basename(path)].append((path, size))
        changes = self._sides.changes
        others = changes.others if changes is not None else _walk(self._sides.base)
        for path in sorted(others):
            if path not in here or not _has(self._sides.head, path):
                self._gone.append(path)
        return self._named

    # Licenses of files of the base

    def _licenses(self, path: str) -> Iterator[str]:
        """What the base knows of the license of a file."""
        folder = posixpath.dirname(path) or "."
        known = self._packages.get(folder)
        own = self._base.detected.get(REPOSITORY_TREE, {}).get(path)
        if known is not None:
            yield from self._of_package(*known)
            if own is not None and own.expression:
                yield own.expression
            return
        files = self._sides.base
        stated = own.expression if own is not None else says(files, path)
        if stated:
            yield stated
        module = self._vendored_module(path)
        top = f"{self._vendor}/{module}" if module else "."
        while folder not in (".", ""):
            yield from licenses_of(files, folder, license_names(files, folder))
            if folder == top:
                return
            folder = posixpath.dirname(folder) or "."

    def _of_package(self, reading: Reading, package: LinkedPackage) -> Iterator[str]:
        if said := self._base.said_of(reading, package):
            yield said

    def _is_vendored(self, root: str) -> bool:
        return self._vendor is not None and root.startswith(f"{self._vendor}/")

    def _vendored_module(self, path: str) -> str | None:
        """The vendored module in whose folder a file of the base lies."""
        listed = self._base.inventory.workspace.vendor_list
        if listed is None or not self._is_vendored(path):
            return None
        inside = path[len(self._vendor or "") + 1 :]
        holding = [m.id.path for m in listed.modules if inside.startswith(f"{m.id.path}/")]
        return max(holding, key=len, default=None)


def _walk(files: Files) -> Iterator[str]:
    """Files of a tree, folder by folder."""
    todo, seen = ["."], 0
    while todo and seen < MOST_FOLDERS:
        folder = todo.pop()
        seen += 1
        for name, kind in files.listing(folder).items():
            path = name if folder == "." else f"{folder}/{name}"
            if kind is EntryKind.FOLDER:
                todo.append(path)
            elif kind is EntryKind.FILE:
                yield path


def _has(files: Files, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return name in files.listing(folder or ".")


def _linked(files: Files, path: str) -> str | None:
    """The file of the repository that a link ends at; None for what is no link."""
    if not isinstance(files, FolderFiles) or not files.is_link(path):
        return None
    return files.leads_to(path)
