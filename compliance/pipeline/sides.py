"""Head and base of a change side by side: which files differ, and what single files say.

What the judgement of a change reads is in `Learned`; this is for files beside it, read when a
change touches them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from compliance.golang import EntryKind, UnreadableFileError
from compliance.licenses import Expression, is_license_name
from compliance.policy import category

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.licenses import Detector
    from compliance.sources import Changes, RevisionFiles

MOST_NAMED = 5
"""Files or imports that one finding names."""


MOST_FOLDERS = 20_000
"""Folders in which new files are looked for where git does not tell what changed."""


class Sides:
    """The trees of head and base; `changes` are what git knows of their difference, if it does."""

    def __init__(self, head: Files, base: RevisionFiles) -> None:
        """Ask git's objects and index what differs; cheap, no file is read."""
        self.head, self.base = head, base
        self.changes: Changes | None = base.changes()
        changes = self.changes
        paths = (*changes.modified, *changes.others) if changes is not None else ()
        self._touched = {p.rpartition("/")[0] or "." for p in paths}

    def differ(self, folder: str) -> bool:
        """Whether names or files of a folder may differ; cheap where git tells."""
        if self.changes is None:
            return not self.base.same_folder(folder)
        return folder in self._touched or self.base.untracked(folder, self.head.listing(folder))

    def came(self) -> Iterator[str]:
        """Files that may have come, gone or changed their kind; where git tells, just those.

        Else the files of folders that differ and that the base has not.
        """
        if self.changes is not None:
            yield from self.changes.others
            return
        todo, seen = ["."], 0
        while todo and seen < MOST_FOLDERS:
            folder = todo.pop()
            seen += 1
            if self.base.same_folder(folder):
                continue
            before = self.base.listing(folder)
            for name, kind in self.head.listing(folder).items():
                path = name if folder == "." else f"{folder}/{name}"
                if kind is EntryKind.FOLDER and name != ".git":
                    todo.append(path)
                elif kind is EntryKind.FILE and name not in before:
                    yield path

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


def license_names(files: Files, folder: str) -> list[str]:
    """Names of the license files of a folder."""
    listing = files.listing(folder).items()
    return sorted(n for n, kind in listing if kind is EntryKind.FILE and is_license_name(n))


def says(files: Files, path: str) -> str | None:
    """The license that a file states; None where it states none, or is not there."""
    try:
        return _detector().detect(path, files.read(path)).expression
    except UnreadableFileError:
        return None


@cache
def _detector() -> Detector:
    from compliance.licenses import Detector

    return Detector.open()


def licenses_of(files: Files, folder: str, names: Iterable[str]) -> list[str]:
    """What files of a folder state, in order of their names."""
    found = (says(files, f"{folder}/{name}" if folder != "." else name) for name in sorted(names))
    return [e for e in found if e]


def hidden(named: Iterable[str], said: str | None) -> list[str]:
    """Licenses that ask for more than a notice and that a conclusion does not name."""
    return list(_hidden(tuple(named), said))


@cache
def _hidden(named: tuple[str, ...], said: str | None) -> tuple[str, ...]:
    left = terms(named) - terms([said] if said else ())
    return tuple(t for t in sorted(left) if category(t) != "permissive")


def terms(expressions: Iterable[str]) -> set[str]:
    """The licenses in expressions, each with its exception."""
    return {str(term) for e in expressions for term in Expression.parse(e).licenses()}


def listed(names: list[str]) -> str:
    """Names in words, the first few of them."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
