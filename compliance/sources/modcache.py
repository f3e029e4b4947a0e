"""The go command's module cache (https://go.dev/ref/mod#module-cache); only ever read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from compliance.golang import (
    EntryKind,
    Files,
    ModuleVersion,
    UnreadableFileError,
    escape_path,
    escape_version,
)
from compliance.integrity import h1
from compliance.sources.download import DownloadFolder
from compliance.sources.paths import is_file, is_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCache:
    """A module cache; `root` is GOMODCACHE, "" for none."""

    root: str

    @property
    def downloads(self) -> DownloadFolder:
        """Files as they were downloaded."""
        return DownloadFolder(root=f"{self.root}/cache/download")

    def folder(self, module: ModuleVersion) -> str | None:
        """Extracted folder of a module version, None unless extraction was completed."""
        if not self.root:
            return None
        path = f"{self.root}/{escape_path(module.path)}@{escape_version(module.version)}"
        # The go command leaves this mark while it extracts.
        if not is_folder(path) or is_file(self.downloads.path(module, "partial")):
            return None
        return path

    def extracted_sum(self, module: ModuleVersion, files: Files, *, deep: bool) -> str:
        """h1 of an extracted folder: as recorded beside the zip, or of its bytes when `deep`.

        "" when the files cannot be read, or when there is neither record nor permission to hash.
        """
        if not deep:
            recorded = self.downloads.read(module, "ziphash")
            if recorded is not None and recorded.startswith(b"h1:"):
                return recorded.decode("ascii", "replace").strip()
        try:
            return h1_of_tree(module, files)
        except UnreadableFileError:
            return ""


def h1_of_tree(module: ModuleVersion, files: Files) -> str:
    """h1 of all regular files of a tree, as the module zip's. Raises UnreadableFileError."""
    return h1(
        (f"{module}/{path}", hashlib.sha256(files.read(path)).digest()) for path in walk(files)
    )


def walk(files: Files) -> Iterator[str]:
    """Paths of all files, folder by folder.

    Raises:
        UnreadableFileError: At the first entry that is neither a file nor a folder.
    """
    todo = ["."]
    while todo:
        folder = todo.pop()
        for name, kind in sorted(files.listing(folder).items()):
            path = name if folder == "." else f"{folder}/{name}"
            if kind == EntryKind.FOLDER:
                todo.append(path)
            elif kind == EntryKind.FILE:
                yield path
            else:
                raise UnreadableFileError(f"{path}: neither file nor folder")
