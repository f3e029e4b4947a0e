"""The go command's module cache (https://go.dev/ref/mod#module-cache); only ever read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache

from compliance.golang import (
    EntryKind,
    Files,
    ModuleVersion,
    UnreadableFileError,
    escape_path,
    escape_version,
)
from compliance.integrity import h1
from compliance.sources.cache import BlobCache
from compliance.sources.download import DownloadFolder
from compliance.sources.folder import FolderFiles
from compliance.sources.paths import RealFolders, is_file, is_folder
from compliance.sources.trace import Trace
from compliance.value import dataclass


class ExtractedFiles(FolderFiles):
    """The extracted folder of a module, looked at again where it changed since.

    The go command makes the folder read-only as the last step of extraction. What changed later
    (st_ctime, which cannot be set back) makes the whole folder be hashed once: when its sum is not
    the recorded one any more, nothing in it is readable.

    Args:
        module: The module version.
        root: Its extracted folder, with links resolved.
        recorded: The h1 sum that the go command recorded.
        trace: Recorder of what is read, or None.
        memory: Remembers what was hashed and found whole, so that it is not hashed in each run.
    """

    __slots__ = ("_altered", "_memory", "_module", "_recorded", "_remembered")

    def __init__(
        self, module: ModuleVersion, root: str, recorded: str, *, trace: Trace | None,
        memory: BlobCache,
    ) -> None:  # fmt: skip
        super().__init__(root, trace, is_real=True)
        self._module = module
        self._recorded = recorded
        self._memory = memory
        self._altered = False
        self._remembered = False
        self._newest = _changed(self.root)

    @property
    def altered(self) -> bool:
        """Whether the folder was found not to have the recorded sum."""
        return self._altered

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        """Names directly inside `folder`; all unreadable when the module was altered.

        Other files than Go source are looked at here: another process may read them.
        """
        entries = super().listing(folder)
        prefix = f"{self.root}/{folder}" if folder not in ("", ".") else self.root
        young = bool(entries) and self._is_young(_changed(prefix))
        if young or any(
            kind == EntryKind.FILE
            and not name.endswith(".go")
            and self._is_young(_changed(f"{prefix}/{name}"))
            for name, kind in entries.items()
        ):
            self._look_again()
        return dict.fromkeys(entries, EntryKind.UNREADABLE) if self._altered else entries

    def _check_young(self, path: str, changed: int) -> None:
        if self._is_young(changed):
            self._look_again()
        if self._altered:
            raise UnreadableFileError(f"{path}: the module was altered after its extraction")

    def _is_young(self, changed: int) -> bool:
        """Whether a time lies after the extraction, and after what earlier runs hashed."""
        if changed > self._newest and not self._remembered:
            self._remembered = True
            kept = self._memory.get(self._key())
            if kept is not None:
                self._newest = max(self._newest, int.from_bytes(kept, "big"))
        return changed > self._newest

    def _look_again(self) -> None:
        """Hash everything, once."""
        if self._altered:
            return
        plain = FolderFiles(self.root)
        try:
            newest = max((_changed(f"{self.root}/{p}") for p in walk(plain)), default=0)
            self._altered = h1_of_tree(self._module, plain) != self._recorded
        except UnreadableFileError:
            self._altered = True
        if not self._altered:
            folders = (_changed(f"{self.root}/{folder}") for folder in _folders(plain))
            self._newest = max(newest, *folders, self._newest)
            self._memory.put(self._key(), self._newest.to_bytes(8, "big"))

    def _key(self) -> bytes:
        text = f"extracted {self._module} {self._recorded} {self.root}"
        return text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCache:
    """A module cache; `root` is GOMODCACHE, "" for none."""

    root: str

    @property
    def downloads(self) -> DownloadFolder:
        """Files as they were downloaded."""
        return DownloadFolder(root=f"{self.root}/cache/download")

    def place(self, module: ModuleVersion) -> str:
        """Where a module version is extracted, whether or not it is."""
        return f"{self.root}/{escape_path(module.path)}@{escape_version(module.version)}"

    def resolved(self, place: str) -> str:
        """A place in the cache with links resolved."""
        return _real_folders(self.root).resolve(place[len(self.root) + 1 :])

    def folder(self, module: ModuleVersion) -> str | None:
        """Extracted folder of a module version, None unless extraction was completed."""
        if not self.root:
            return None
        path = self.place(module)
        # The go command leaves this mark while it extracts.
        if not is_folder(path) or is_file(self.downloads.path(module, "partial")):
            return None
        return path


_real_folders = lru_cache(maxsize=8)(RealFolders)
"""A run reads one module cache, from hundreds of places."""


def recorded_sum(recorded: bytes | None) -> str:
    """h1 in the `ziphash` file that the go command puts beside a zip; "" when there is none."""
    if recorded is None or not recorded.startswith(b"h1:"):
        return ""
    return recorded.decode("ascii", "replace").strip()


def _changed(path: str) -> int:
    """Time of the last change of an entry, in nanoseconds; beyond all when it is gone."""
    try:
        return os.lstat(path).st_ctime_ns
    except OSError:
        return 1 << 62


def _folders(files: Files) -> Iterator[str]:
    """All folders of a tree, the root as `.`."""
    todo = ["."]
    while todo:
        folder = todo.pop()
        yield folder
        for name, kind in files.listing(folder).items():
            if kind == EntryKind.FOLDER:
                todo.append(name if folder == "." else f"{folder}/{name}")


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
