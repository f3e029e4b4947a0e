"""Source trees that lie in the scanned repository itself: folders, and vendored modules."""

from __future__ import annotations

import os

from compliance.golang import Files, Module
from compliance.integrity import Verification, Voucher
from compliance.sources.folder import FolderFiles, SubFiles
from compliance.sources.repository import Repository
from compliance.sources.tree import SourceTree


def folder_tree(module: Module, folder: str, repository: Repository) -> SourceTree:
    """A main module or a replacement by a folder."""
    because = "a folder of the repository" if module.main else "replaced by a folder"
    found = Verification(voucher=Voucher.UNVERIFIABLE, because=because)
    if os.path.isabs(folder):
        files: Files = FolderFiles(folder, repository.trace)
        root = os.path.realpath(folder)
    else:
        files = repository.files if folder == "." else SubFiles(repository.files, folder)
        root = os.path.normpath(f"{repository.root}/{folder}")
    return SourceTree(
        module=module.id, where="folder", place=folder, verification=found, files=files, root=root
    )


def vendored_tree(module: Module, vendor: str, repository: Repository) -> SourceTree:
    """A module inside the vendor folder; folders of other modules may lie inside it."""
    place = f"{vendor}/{module.id.path}"
    because = "vendored: the repository's own copy counts, go.sum says nothing of it"
    return SourceTree(
        module=module.id,
        where="vendor",
        place=place,
        verification=Verification(voucher=Voucher.VENDORED, because=because),
        files=SubFiles(repository.files, place),
        root=f"{repository.root}/{place}",
    )
