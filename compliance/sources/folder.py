"""FolderFiles: a tree on disk, read without leaving it and without waiting for anything.

This is the hot path of a scan (thousands of files), hence plain `os` calls: one open, fstat, read
and close per file, one scandir per folder. A folder is resolved once; every later access to one
of its entries goes to that resolved path with O_NOFOLLOW.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping

from compliance.golang import EntryKind, Files, LinkAware, UnreadableFileError
from compliance.sources.trace import Signature, Trace

MAX_FILE_BYTES = 64 << 20
"""Larger files are not read: no Go source or license is near it, and memory stays bounded."""

MAX_PATH = 4096
"""Linux opens no longer path; each folder above a path that is looked for is remembered."""

# O_NONBLOCK: opening a FIFO must not wait for a writer. O_NOCTTY: nor a terminal become ours.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


_NEVER = 1 << 63


class FolderFiles:
    """`golang.Files` over a folder on disk.

    A link that ends outside the folder is UNREADABLE and never followed, also when it is a parent
    of the path asked for. Devices, sockets and FIFOs are UNREADABLE. Names that are not UTF-8 are
    spelled with surrogate escapes (PEP 383).

    Args:
        root: The folder; links in its own path are resolved once.
        trace: Where to record everything that is read or listed, or None.
        limit: Bytes above which a file is unreadable.
        is_real: Whether the caller has resolved the links in the path of `root`.
    """

    __slots__ = (
        "_folders", "_limit", "_links", "_listings", "_newest", "_problems", "_stepped", "_trace",
        "root",
    )  # fmt: skip

    def __init__(
        self, root: str, trace: Trace | None = None, limit: int = MAX_FILE_BYTES, *,
        is_real: bool = False,
    ) -> None:  # fmt: skip
        self.root = root if is_real else os.path.realpath(root)
        self._trace = trace
        self._limit = limit
        self._newest = _NEVER
        # Folder as asked for -> its real path with a trailing slash; None: no such folder inside.
        prefix = self.root.rstrip("/") + "/"
        self._folders: dict[str, str | None] = {".": prefix, "": prefix}
        self._problems: dict[str, str] = {}
        self._stepped: dict[str, os.stat_result] = {}
        """State of folders that were passed and not yet listed."""
        self._listings: dict[str, Mapping[str, EntryKind]] = {}
        self._links: set[str] = set()

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """Folders that exist and could not be listed, with the reason; sorted."""
        return tuple(sorted(self._problems.items()))

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        """Names directly inside `folder`, in no particular order; empty when there is none.

        Each folder is listed once: every stage of a run sees the same names.
        """
        known = self._listings.get(folder)
        if known is None:
            known = self._listings[folder] = self._list(folder)
        return known

    @property
    def links(self) -> frozenset[str]:
        """Symbolic links among all listings so far that end at a file inside the tree."""
        return frozenset(self._links)

    @property
    def listed(self) -> Mapping[str, Mapping[str, EntryKind]]:
        """All listings so far, by folder as it was asked for."""
        return self._listings

    def _list(self, folder: str) -> Mapping[str, EntryKind]:
        real = self._folders.get(folder, "")
        if real == "":
            real = self._resolve(folder)
        if real is None:
            return {}
        entries: dict[str, EntryKind] = {}
        others: set[str] = set()
        inside = "" if folder in ("", ".") else f"{folder}/"
        a_file, a_folder = EntryKind.FILE, EntryKind.FOLDER
        try:
            if self._trace is not None:
                self._trace.folder(real, self._stepped.pop(real, None))
            with os.scandir(real) as found:
                for entry in found:
                    if entry.is_file(follow_symlinks=False):
                        entries[entry.name] = a_file
                    elif entry.is_dir(follow_symlinks=False):
                        entries[entry.name] = a_folder
                        self._folders.setdefault(inside + entry.name, entry.path + "/")
                    else:
                        others.add(entry.name)
                        entries[entry.name] = kind = self._kind_of_link(entry)
                        if kind is a_file:
                            self._links.add(inside + entry.name)
            if self._trace is not None:
                self._trace.listed(real, entries, others)
        except OSError as error:
            self._note(folder, error)
        return entries

    def read(self, path: str) -> bytes:
        """Whole content of a regular file inside the tree.

        Raises:
            UnreadableFileError: It is missing, leaves the tree, is no regular file, is larger than
                the limit, or the system refuses to read it.
        """
        return self.read_head(path, 0)

    def read_head(self, path: str, size: int) -> bytes:
        """The first `size` bytes of a regular file inside the tree; all of it where that is 0.

        Raises:
            UnreadableFileError: As `read` does.
        """
        folder, _, name = path.rpartition("/")
        real = self._folders.get(folder, "")
        if real == "":
            real = self._resolve(folder)
        if real is None:
            raise UnreadableFileError(f"{path}: no such file in the tree")
        try:
            return self._read(real + name, path, size)
        except (OSError, ValueError) as error:
            raise UnreadableFileError(f"{path}: {_reason(error)}") from error

    def is_link(self, path: str) -> bool:
        """Whether the name itself is a symbolic link: the go command embeds none."""
        folder, _, name = path.rpartition("/")
        real = self._folders.get(folder, "")
        if real == "":
            real = self._resolve(folder)
        return real is not None and os.path.islink(real + name)

    def real_path(self, path: str) -> str | None:
        """Absolute path of an entry with all links resolved; None when it is not in the tree."""
        try:
            return self._inside(self.root + "/" + path)
        except (OSError, ValueError):
            return None

    def leads_to(self, path: str) -> str | None:
        """The file that a path ends at, links resolved; None where it is not in the tree."""
        real = self.real_path(path)
        return os.path.relpath(real, self.root) if real is not None else None

    def _read(self, full: str, path: str, most: int) -> bytes:
        try:
            handle = os.open(full, _OPEN)
        except OSError:
            if self._trace is not None:
                self._trace.add(full)
            full = self._target(full, path)
            handle = os.open(full, _OPEN)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFileError(f"{path}: not a regular file")
            size = status.st_size
            if status.st_ctime_ns > self._newest:
                self._check_young(path, status.st_ctime_ns)
            if size > self._limit:
                raise UnreadableFileError(
                    f"{path}: {size} bytes are beyond the limit of {self._limit}"
                )
            wanted = most if 0 < most < size else size
            content = os.read(handle, wanted if wanted < size else size + 1)
            if len(content) != wanted:
                content = _read_on(handle, content, self._limit)
        finally:
            os.close(handle)
        if self._trace is not None:
            self._trace.file(full, status, content)
        return content

    def plain(self, path: str) -> os.stat_result | None:
        """State of a regular file inside the tree that is no link; None for anything else.

        It counts as read: what was read in this state before is known. None, too, for a file that
        has to be looked at again.
        """
        folder, _, name = path.rpartition("/")
        real = self._folders.get(folder, "")
        if real == "":
            real = self._resolve(folder)
        if real is None:
            return None
        try:
            # What was looked at a moment ago is not looked at again.
            seen = self._trace.files.get(real + name) if self._trace is not None else None
            status = seen or os.lstat(real + name)
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(status.st_mode) or status.st_ctime_ns > self._newest:
            return None
        if self._trace is not None:
            self._trace.file(real + name, status)
        return status

    def settled(self, folder: str, names: Iterable[str]) -> list[tuple[str, Signature]]:
        """Files of a folder that were read, with the state in which that was.

        One that could have changed since without another state is left out.
        """
        trace, real = self._trace, self._folders.get(folder)
        return trace.settled(real, names) if trace is not None and real else []

    def place(self, path: str) -> str:
        """Absolute path under which a trace records a file; "" where its folder is not inside."""
        folder, _, name = path.rpartition("/")
        real = self._folders.get(folder, "")
        if real == "":
            real = self._resolve(folder)
        return "" if real is None else real + name

    def _check_young(self, path: str, changed: int) -> None:
        """Called for a file that changed after `_newest`; may raise UnreadableFileError."""

    def _target(self, full: str, path: str) -> str:
        """Where a link inside the tree ends.

        Raises:
            UnreadableFileError: Outside the tree.
            OSError: Nowhere; or it was no link, and opening it again says why it fails.
        """
        target = self._inside(full)
        if target is None:
            raise UnreadableFileError(f"{path}: a link that leaves the tree")
        return target

    def _note(self, folder: str, error: Exception) -> None:
        """Remember why a folder cannot be listed, unless it simply is not there."""
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            self._problems[folder] = _reason(error)

    def _kind_of_link(self, entry: os.DirEntry[str]) -> EntryKind:
        """Kind of an entry that is neither a plain file nor a plain folder."""
        if not entry.is_symlink():
            return EntryKind.UNREADABLE
        if self._trace is not None:
            self._trace.add(entry.path)
        try:
            target = self._inside(entry.path)
            mode = os.lstat(target).st_mode if target is not None else 0
        except (OSError, ValueError):
            return EntryKind.UNREADABLE
        if stat.S_ISREG(mode):
            return EntryKind.FILE
        return EntryKind.LINKED_FOLDER if stat.S_ISDIR(mode) else EntryKind.UNREADABLE

    def _inside(self, full: str) -> str | None:
        """Real path of `full`, or None where it ends outside the tree.

        The kernel resolves first: it gives up on loops and after 40 links, so that the resolution
        in Python that follows is bounded.

        Raises:
            OSError: Dangling, looping, or not permitted.
        """
        os.stat(full)
        real = os.path.realpath(full, strict=True)
        prefix = self._folders["."] or "/"
        return real if real == self.root or real.startswith(prefix) else None

    def _resolve(self, folder: str) -> str | None:
        """Real path of a folder with a trailing slash, found step by step from known parents."""
        if len(folder) > MAX_PATH:
            return None
        known = folder
        steps: list[str] = []
        while known not in self._folders:
            known, _, name = known.rpartition("/")
            steps.append(name)
        real = self._folders[known]
        for name in reversed(steps):
            known = f"{known}/{name}" if known else name
            real = None if real is None else self._step(real, name, known)
            self._folders[known] = real
        return real

    def _step(self, parent: str, name: str, folder: str) -> str | None:
        """Real path of the folder `name` inside the real folder `parent`, or None."""
        if name in ("", ".", ".."):
            return None
        full = parent + name
        try:
            status = os.lstat(full)
            if stat.S_ISDIR(status.st_mode):
                full += "/"
                self._stepped[full] = status
                return full
            if self._trace is not None:
                self._trace.add(full)
            if not stat.S_ISLNK(status.st_mode):
                return None
            target = self._inside(full)
            if target is None or not stat.S_ISDIR(os.lstat(target).st_mode):
                return None
        except (OSError, ValueError) as error:
            if self._trace is not None:
                self._trace.add(full)
            self._note(folder, error)
            return None
        return target.rstrip("/") + "/"


class SubFiles:
    """A folder inside another tree, as a tree of its own.

    Links are judged against the outer tree: what a vendored module links to inside the repository
    is readable.
    """

    __slots__ = ("_files", "_prefix")

    def __init__(self, files: Files, folder: str) -> None:
        self._files = files
        self._prefix = "" if folder in ("", ".") else folder.rstrip("/") + "/"

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        """Names directly inside `folder`; empty when there is no such folder."""
        if folder in ("", "."):
            return self._files.listing(self._prefix.rstrip("/") or ".")
        return self._files.listing(self._prefix + folder)

    def read(self, path: str) -> bytes:
        """Whole content. Raises UnreadableFileError with the reason."""
        return self._files.read(self._prefix + path)

    def is_link(self, path: str) -> bool:
        """Whether the name itself is a symbolic link."""
        return isinstance(self._files, LinkAware) and self._files.is_link(self._prefix + path)


def _read_on(handle: int, content: bytes, limit: int) -> bytes:
    """All of a file whose size changed while it was read, up to the limit."""
    parts = [content]
    size = len(content)
    while part := os.read(handle, 1 << 20):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise UnreadableFileError(f"the file grew beyond {limit} bytes while it was read")
    return b"".join(parts)


def _reason(error: Exception) -> str:
    """Short cause without the path, which the caller names as the user knows it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
