"""Names of contents: what git calls a file of a work tree, where that tells its bytes.

An index notes of each file its blob and its state (size, times, inode). A file in that state, and
older than the index, has what was checked out for the blob. That is the blob itself, unless git
converts: line ends (which changes the size), or by attributes a filter, `ident`, or an encoding.
Blob and size on disk together therefore name one content, as long as no attributes of a repository
have its Go files converted in another way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.golang import UnreadableFileError
from compliance.sources.folder import FolderFiles

if TYPE_CHECKING:
    from compliance.sources.gitindex import TrackedFiles

MAX_ATTRIBUTE_FILES = 5_000
MAX_ATTRIBUTE_BYTES = 1 << 20
_CONVERTING = re.compile(rb"filter|ident|working-tree-encoding")
_OTHER_ENDING = re.compile(rb'[^"\s\[]*\.(?!go$)[a-z0-9_-]+', re.IGNORECASE)
"""A pattern for files of another ending; not `[attr]`, which defines what others may use."""
_NAME = ".gitattributes"


def blob_names(
    tracked: TrackedFiles, work_tree: str, inside: str, git_folder: str
) -> Callable[[str], bytes] | None:
    """What answers for a path with the name of its content, b"" where git does not vouch for it.

    Args:
        tracked: What the index says of the files on disk.
        work_tree: Top of the work tree.
        inside: Folder of it that paths are relative to, "." for the top.
        git_folder: The git directory, whose `info/attributes` count.

    Returns:
        None where nothing is known, or attributes may have Go files converted.
    """
    clean = tracked.clean
    if not clean or _converts(tracked, work_tree, git_folder):
        return None
    prefix = "" if inside == "." else f"{inside}/"

    def name_of(path: str) -> bytes:
        entry = clean.get(prefix + path)
        return entry.oid + entry.size.to_bytes(4, "big") if entry is not None else b""

    return name_of


def _converts(tracked: TrackedFiles, work_tree: str, git_folder: str) -> bool:
    """Whether attributes may have git write another content than that of the blob."""
    names = [
        n for n in tracked.paths if n.endswith(_NAME) and n[-len(_NAME) - 1 : -len(_NAME)] in "/"
    ]
    if len(names) > MAX_ATTRIBUTE_FILES:
        return True
    work = FolderFiles(work_tree, limit=MAX_ATTRIBUTE_BYTES)
    own = FolderFiles(git_folder, limit=MAX_ATTRIBUTE_BYTES)
    try:
        texts = [work.read(n) for n in names]
        if "attributes" in own.listing("info"):
            texts.append(own.read("info/attributes"))
    except UnreadableFileError:
        return True
    return any(map(_converts_go, texts))


def _converts_go(attributes: bytes) -> bool:
    """Whether a line that converts may be about Go files: its pattern has no other ending."""
    if not _CONVERTING.search(attributes):
        return False
    for line in attributes.splitlines():
        if _CONVERTING.search(line) and not _OTHER_ENDING.fullmatch(line.split(None, 1)[0]):
            return True
    return False
