"""ZipFiles: a module zip read in place (https://go.dev/ref/mod#zip-files)."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping

from compliance.errors import MalformedInputError
from compliance.golang import (
    EntryKind,
    ModuleVersion,
    UnreadableFileError,
    file_path_problem,
    fold_case,
)
from compliance.integrity import h1
from compliance.sources.cache import BlobCache
from compliance.sources.trace import RACY_NANOSECONDS
from compliance.sources.tree import Archive
from compliance.sources.ziparchive import ZipArchive, ZipEntry, of_bytes, of_path

MAX_GOMOD_BYTES = 16 << 20
MAX_LICENSE_BYTES = 16 << 20
"""Both limits are those of the go command."""
_BLOCK = 1 << 20


class ZipFiles:
    """`golang.Files` over the files of one module in a module zip.

    The names obey the rules for module zips: under `path@version/`, clean, no two that differ in
    case only, none of another module. An entry that says it is a link is a file that holds the
    name of the target, as the go command writes it.

    Args:
        module: The module that the zip must hold.
        archive: The opened archive.

    Raises:
        MalformedInputError: A rule is broken; the go command would refuse the zip.
    """

    __slots__ = ("_archive", "_entries", "_folders", "module")

    def __init__(self, module: ModuleVersion, archive: ZipArchive) -> None:
        self.module = module
        self._archive = archive
        self._entries: dict[str, ZipEntry] = {}
        self._folders: dict[str, dict[str, EntryKind]] = {".": {}}
        prefix = f"{module}/"
        seen: dict[str, tuple[str, bool]] = {}
        for entry in archive.entries:
            name = _checked_name(entry, prefix)
            if name:
                _check_collision(seen, name.rstrip("/"), is_folder=name.endswith("/"))
            if name and not name.endswith("/"):
                _check_file(name, entry)
                self._entries[name] = entry
                self._add(name)

    @classmethod
    def of(cls, module: ModuleVersion, data: bytes) -> ZipFiles:
        """Open a zip in memory. Raises MalformedInputError."""
        return cls(module, of_bytes(data))

    @classmethod
    def at(cls, module: ModuleVersion, path: str) -> ZipFiles:
        """Open a zip on disk. Raises MalformedInputError, OSError."""
        return cls(module, of_path(path))

    def names(self) -> tuple[str, ...]:
        """All files, sorted."""
        return tuple(sorted(self._entries))

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        """Names directly inside `folder`; empty when there is no such folder."""
        return self._folders.get(folder or ".", {})

    def read(self, path: str) -> bytes:
        """Whole content. Raises UnreadableFileError with the reason."""
        entry = self._entries.get(path)
        if entry is None:
            raise UnreadableFileError(f"{path}: not in the zip of {self.module}")
        try:
            return self._archive.read(entry)
        except MalformedInputError as error:
            raise UnreadableFileError(f"{path}: {error.message}") from error

    def size(self, path: str) -> int:
        """Bytes of a file, 0 when there is none."""
        entry = self._entries.get(path)
        return entry.size if entry else 0

    def digest(self, path: str) -> bytes:
        """SHA-256 of a file. Raises MalformedInputError."""
        entry = self._entries.get(path)
        if entry is None:
            raise MalformedInputError(f"{path}: not in the zip of {self.module}")
        return self._archive.digest(entry)

    def h1(self) -> str:
        """`h1:` sum of the zip; reads everything. Raises MalformedInputError."""
        digest = self._archive.digest
        return h1((e.name, digest(e)) for e in self._archive.entries)

    def _add(self, name: str) -> None:
        folder, _, base = name.rpartition("/")
        folder = folder or "."
        kind = EntryKind.FILE
        while True:
            known = folder in self._folders
            self._folders.setdefault(folder, {})[base] = kind
            if known or folder == ".":
                return
            folder, _, base = folder.rpartition("/")
            folder = folder or "."
            kind = EntryKind.FOLDER


def remembered_sum(files: ZipFiles, path: str, memory: BlobCache) -> str:
    """`h1:` sum of a zip on disk, hashed again only when the file changed since it was hashed.

    A file that changed in the last two seconds is hashed and not remembered: a further change
    could leave its times as they are.

    Raises:
        MalformedInputError: The zip is damaged.
        OSError: It is gone.
    """
    status = os.stat(path)
    state = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    key = f"zip {files.module} {path} {state}".encode("utf-8", "surrogateescape")
    known = memory.get(key)
    if known is not None:
        return known.decode("ascii", "replace")
    total = files.h1()
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > RACY_NANOSECONDS:
        memory.put(key, total.encode())
    return total


def archive_digests(path: str, url: str | None = None) -> Archive:
    """SHA-256 and SHA-512 of a zip on disk. Raises OSError."""
    sha256, sha512 = hashlib.sha256(), hashlib.sha512()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
            sha512.update(block)
    return Archive(sha256=sha256.hexdigest(), sha512=sha512.hexdigest(), url=url)


def _checked_name(entry: ZipEntry, prefix: str) -> str:
    """Name inside the module; "" for the entry of the module's own folder."""
    if not entry.name.startswith(prefix):
        raise MalformedInputError(f"zip entry {entry.name!r} is not under {prefix!r}")
    if entry.name.endswith("/") and entry.size:
        raise MalformedInputError(f"zip entry {entry.name!r} is a folder with content")
    name = entry.name[len(prefix) :]
    problem = file_path_problem(name.removesuffix("/")) if name else ""
    if problem:
        raise MalformedInputError(f"zip entry {entry.name!r}: {problem}")
    return name


def _check_file(name: str, entry: ZipEntry) -> None:
    base = name.rpartition("/")[2]
    if base.lower() == "go.mod" and name != "go.mod":
        raise MalformedInputError(f"zip entry {entry.name!r}: go.mod of another module")
    limit = {"go.mod": MAX_GOMOD_BYTES, "LICENSE": MAX_LICENSE_BYTES}.get(name)
    if limit is not None and entry.size > limit:
        raise MalformedInputError(f"zip entry {entry.name!r} is larger than {limit} bytes")


def _check_collision(seen: dict[str, tuple[str, bool]], name: str, *, is_folder: bool) -> None:
    """Refuse names that are one file on some system, and a name that is file and folder."""
    while name:
        folded = fold_case(name)
        other = seen.get(folded)
        if other is not None:
            if other[0] != name:
                raise MalformedInputError(f"zip entries {other[0]!r} and {name!r} differ in case")
            if not (is_folder and other[1]):
                raise MalformedInputError(f"two zip entries {name!r}")
            return
        seen[folded] = (name, is_folder)
        name = name.rpartition("/")[0]
        is_folder = True
