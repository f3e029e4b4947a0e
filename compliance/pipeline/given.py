"""Files that the user names, wherever they lie: --policy, --matrix, what a policy extends."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from compliance.golang import UnreadableFileError
from compliance.sources import FolderFiles

if TYPE_CHECKING:
    from compliance.sources import Repository, Trace


def read_given(name: str, repository: Repository, trace: Trace) -> tuple[str, bytes]:
    """A file as messages call it, and its content.

    One of the repository is read from there, so that a base has its own, and as everything there:
    a link must not leave it. Elsewhere links are followed: whoever names one means its target.

    Raises:
        UnreadableFileError: It is missing, no regular file, too large, or the system refuses.
    """
    if not name:
        raise UnreadableFileError("names no file")
    full = os.path.abspath(name)  # noqa: PTH100 - plain strings are the currency of `sources`
    inside = os.path.relpath(full, repository.root)
    if not inside.startswith(".."):
        return inside, repository.files.read(inside)
    trace.add(full)
    folder, base = os.path.split(os.path.realpath(full))
    return os.path.basename(full), FolderFiles(folder, trace).read(base)  # noqa: PTH119
