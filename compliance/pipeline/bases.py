"""The base of a comparison: the repository as a commit has it, wherever its module was then."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compliance.errors import IncompleteError, MalformedInputError, NoModuleError, UsageError
from compliance.golang import EntryKind, UnreadableFileError, parse_mod_file
from compliance.pipeline.inventory import Base, Inventory, Say, base_files, take_inventory
from compliance.report import Limit
from compliance.sources import FolderFiles, RevisionFiles, parting
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.sources import Repository

SHORT = 12
"""Digits of a commit that are told."""
MOST_FOLDERS = 20_000
"""Folders of a base in which a module that moved is looked for; moby has 3,000."""
_PASSED = ("vendor", "testdata", "node_modules")


def at_revision(head: Inventory, revision: str) -> Repository:
    """The repository as a commit has it.

    A module that lay in another folder then is looked at there, so that a move brings nothing new.

    Raises:
        IncompleteError: no git repository, no such commit, or a part of it is not here.
    """
    repository = head.repository
    if repository.work_tree is None:
        raise IncompleteError(
            f"--base {revision}: this is no git repository\n"
            "GIT_DIR does not count here; a file .git with the line `gitdir: FOLDER` does"
        )
    inside = posixpath.relpath(repository.root, repository.work_tree)
    files = RevisionFiles(
        repository.work_tree, revision, inside, near=repository.files, tracked=repository.tracked
    )
    earlier = replace(repository, files=files, commit=files.commit)
    if head.folder != "." or not {"go.mod", "go.work"}.isdisjoint(files.listing(".")):
        return earlier
    whole = RevisionFiles(repository.work_tree, revision)
    paths = {m.path for m in head.workspace.mains}
    found = [folder for folder in _module_folders(whole) if _module_at(whole, folder) in paths]
    if len(found) != 1:
        return earlier
    return replace(earlier, files=RevisionFiles(repository.work_tree, revision, found[0]))


def around(
    head: Inventory, earlier: Repository, revision: str
) -> Iterator[tuple[str, RevisionFiles, Files]]:
    """Base and head where files of the gate lie: what is scanned, and the work tree that holds it.

    Each with the folder in it that is scanned.
    """
    repository, top = head.repository, head.repository.work_tree
    yield ".", base_files(earlier), repository.files
    if top is not None and top != repository.root:
        near = FolderFiles(top, head.trace)
        whole = RevisionFiles(top, revision, near=near, tracked=repository.tracked)
        yield posixpath.relpath(repository.root, top), whole, near


def limits_of_base(
    head: Inventory, earlier: Repository, revision: str, unread: str
) -> Iterator[Limit]:
    """What of a base is not as it seems: it is beside the history of head, or not all here.

    `unread` says why nothing is known of it, where that is so.
    """
    if unread:
        yield Limit(
            what=f"The base could not be read: {unread}",
            effect="all that head has counts as new",
        )
    repository = head.repository
    top, here, there = repository.work_tree, repository.commit, earlier.commit
    if top is not None and here and there and here != there:
        parted = parting(top, here, there)
        if parted.fork is not None and parted.fork != there:
            yield Limit(
                what=f"The base {revision} is no ancestor of what is checked out: they parted at"
                f" {parted.fork[:SHORT]}",
                effect="what the base took out since then counts as new, what it added as fixed;"
                f" to leave that aside: --base {parted.fork[:SHORT]}",
            )
        elif parted.fork is None:
            why = "have no commit in common" if parted.whole else "have none in common that is here"
            yield Limit(
                what=f"The base {revision} and what is checked out {why}",
                effect="what the base took out since they parted counts as new",
            )
    absent = base_files(earlier).absent
    for place, commit in sorted(absent.items()):
        yield Limit(
            what=f"The base has the submodule {place} at {commit[:SHORT]}, which is not here",
            effect="all that lies there counts as new; bring it first:"
            f" git -C {place} fetch --depth=1 origin {commit}",
        )


def _module_folders(files: Files) -> Iterator[str]:
    """Folders with a go.mod, outside of what the go command passes over."""
    todo, seen = ["."], 0
    while todo and seen < MOST_FOLDERS:
        folder = todo.pop()
        seen += 1
        here = files.listing(folder)
        if here.get("go.mod") is EntryKind.FILE:
            yield folder
        todo += [
            posixpath.normpath(posixpath.join(folder, name))
            for name, kind in here.items()
            if kind is EntryKind.FOLDER and name not in _PASSED and name[0] not in "._"
        ]


def _module_at(files: Files, folder: str) -> str | None:
    name = posixpath.normpath(posixpath.join(folder, "go.mod"))
    try:
        return parse_mod_file(files.read(name), file=name, strict=False).module
    except (MalformedInputError, UnreadableFileError):
        return None


def base_inventory(base: Base, say: Say) -> tuple[Inventory | None, str]:
    """What a revision says of its modules, and why not where that cannot be read.

    None where it has no Go module yet, or a go.mod or a release file that is none: all is new
    then, so that a change that repairs it can be judged.
    """
    try:
        return take_inventory(base.head.request, say, base=base), ""
    except NoModuleError:
        return None, ""
    except (MalformedInputError, UsageError) as broken:
        return None, str(broken)
