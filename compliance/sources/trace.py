"""Trace: what a run read from disk, so that a later run can tell that nothing changed.

A file is known by device, inode, size, modification and change time; a folder by the same, which
covers its names. One stat per entry verifies a trace, no content is read. Where the times are
younger than the clock of a file system can tell apart, a later change may hide behind them, as in
git (https://git-scm.com/docs/racy-git): such an entry is known by a digest of its content, too, and
read again; where there is none, the trace is unusable.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from compliance.sources.paths import mod_names_in

if TYPE_CHECKING:
    from compliance.golang import EntryKind

RACY_NANOSECONDS = 2_000_000_000
"""Coarsest time stamp among the file systems in use (FAT: 2 s)."""

_WORTH_OPENING = 3
"""Names from which on opening their folder costs less than it saves."""

Signature = tuple[int, int, int, int, int]
"""Size, modification and change time in nanoseconds, inode, device."""


class _Folder(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A folder with its own signature (None: only files in it matter) and its files'."""

    path: str
    own: Signature | None
    names: list[str]
    signatures: list[Signature]


class SealedTrace(msgspec.Struct, array_like=True, frozen=True):
    """A finished trace: what must still be true for the result of the run to hold.

    `links` holds (path, answer) for links and for what could not be read or did not exist, `young`
    (path, digest) of files that are too young to be known by their times alone, `versions` (path,
    signature, digest of names) of folders in which only the names of go.mod files count: other
    processes put zips and locks there all the time. Their signature is None while it is young.
    """

    folders: list[_Folder]
    links: list[tuple[str, str]]
    young: list[tuple[str, bytes]]
    versions: list[tuple[str, Signature | None, bytes]] = []

    def encode(self) -> bytes:
        """Compact form for the cache."""
        return msgspec.msgpack.encode(self)

    def unchanged(self) -> bool:
        """Whether every entry still has the signature it had; never raises."""
        try:
            return (
                all(_same_folder(f) for f in self.folders)
                and all(_answer(path) == answer for path, answer in self.links)
                and all(_digest_at(path) == digest for path, digest in self.young)
                and all(_same_versions(*entry) for entry in self.versions)
            )
        except (OSError, ValueError):
            return False

    def aged(self) -> SealedTrace | None:
        """The trace without young entries, once all are old enough; None before that.

        To be asked for after `unchanged` has compared their content.
        """
        signatures = [s for f in self.folders for s in (f.own, *f.signatures) if s is not None]
        newest = max((max(s[1], s[2]) for s in signatures), default=0)
        if not self.young or newest >= time.time_ns() - RACY_NANOSECONDS:
            return None
        return SealedTrace(self.folders, self.links, [], self.versions)


def decode_trace(data: bytes) -> SealedTrace | None:
    """Inverse of `SealedTrace.encode`; None for anything else."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


class Trace:
    """Recorder of one run. Not safe to share between threads that record the same entry.

    Args:
        started: Nanoseconds since the epoch; now unless a test says otherwise.
    """

    __slots__ = ("_files", "_folders", "_links", "_newest", "_spoiled", "_versions", "_young")

    def __init__(self, started: int | None = None) -> None:
        now = time.time_ns() if started is None else started
        self._newest = now - RACY_NANOSECONDS
        self._files: dict[str, os.stat_result] = {}
        self._folders: dict[str, os.stat_result] = {}
        self._links: dict[str, str] = {}
        self._young: dict[str, bytes] = {}
        self._versions: dict[str, tuple[str, Signature | None, bytes]] = {}
        self._spoiled = False

    def spoil(self) -> None:
        """Something else than the disk was asked: the same run later may see something else."""
        self._spoiled = True

    @property
    def files(self) -> Mapping[str, os.stat_result]:
        """The files read so far, each with its state before the first byte was."""
        return self._files

    def is_young(self, status: os.stat_result) -> bool:
        """Whether a change of the entry could hide behind the times that it has now."""
        return status.st_mtime_ns >= self._newest or status.st_ctime_ns >= self._newest

    def settled(self, prefix: str, names: Iterable[str]) -> list[tuple[str, Signature]]:
        """Names below a prefix that were read, with their state; none of them is young."""
        files, newest = self._files, self._newest
        found = []
        for name in names:
            status = files.get(prefix + name)
            if status is not None and status.st_mtime_ns < newest and status.st_ctime_ns < newest:
                found.append((name, signature_of(status)))
        return found

    def file(self, full: str, status: os.stat_result, content: bytes | None = None) -> None:
        """A file was read; `status` is its state before the first byte was."""
        self._files.setdefault(full, status)
        if content is not None and self.is_young(status):
            self._young.setdefault(full, _digest(content))

    def listed(self, full: str, names: Mapping[str, EntryKind], others: Container[str]) -> None:
        """What a folder that was announced (`folder`) turned out to hold.

        `others` are the names of neither plain files nor plain folders.
        """
        path = full.rstrip("/") or "/"
        status = self._folders.get(path)
        if status is not None and self.is_young(status):
            kinds = ((n, 0 if n in others else int(k)) for n, k in names.items())
            self._young.setdefault(path, _digest_of_names(kinds))

    def folder(self, full: str, status: os.stat_result | None = None) -> None:
        """A folder is about to be listed; `status` is its state before that, where it is known.

        Raises OSError when it cannot be looked at.
        """
        try:
            self._folders.setdefault(full.rstrip("/") or "/", status or os.stat(full))
        except OSError:
            self.add(full)
            raise

    def versions(self, full: str, status: os.stat_result, names: list[str]) -> None:
        """Names of go.mod files were listed; `status` is the folder's state before that."""
        signature = None if self.is_young(status) else signature_of(status)
        self._versions.setdefault(full, (full, signature, _digest_of_list(names)))

    def add(self, full: str) -> None:
        """The state or the absence of this path matters, wherever it leads.

        For links, for what could not be read, and for files that somebody else reads.
        """
        try:
            status = os.lstat(full)
        except (OSError, ValueError):
            status = None
        if status is not None and stat.S_ISREG(status.st_mode):
            self.file(full, status)
        elif full not in self._links:
            self._links[full] = _answer(full)

    def seal(self) -> SealedTrace | None:
        """The finished trace, or None when it cannot be relied on.

        That is: the network was asked, an entry is too young to be told from a later change, or a
        name is not UTF-8.
        """
        if self._spoiled:
            return None
        try:
            "\n".join((*self._files, *self._folders, *self._links, *self._versions)).encode()
        except UnicodeEncodeError:
            return None
        if any(self.is_young(s) and p not in self._young for p, s in self._folders.items()):
            return None
        newest, young = self._newest, self._young
        groups: dict[str, tuple[list[str], list[Signature]]] = {p: ([], []) for p in self._folders}
        for full, status in self._files.items():
            signature = signature_of(status)
            if (signature[1] >= newest or signature[2] >= newest) and full not in young:
                return None
            parent, _, name = full.rpartition("/")
            group = groups.get(parent or "/")
            if group is None:
                group = groups[parent or "/"] = ([], [])
            group[0].append(name)
            group[1].append(signature)
        folders = [
            _Folder(path, _own(self._folders.get(path)), *groups[path]) for path in sorted(groups)
        ]
        versions = [self._versions[path] for path in sorted(self._versions)]
        return SealedTrace(
            folders, sorted(self._links.items()), sorted(self._young.items()), versions
        )


def _own(status: os.stat_result | None) -> Signature | None:
    return None if status is None else signature_of(status)


def signature_of(status: os.stat_result) -> Signature:
    """What tells one state of an entry from another."""
    return (
        status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev,
    )  # fmt: skip


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _digest_of_list(names: list[str]) -> bytes:
    return _digest("\n".join(names).encode("utf-8", "surrogateescape"))


def _same_versions(path: str, known: Signature | None, digest: bytes) -> bool:
    """Whether a folder has the same go.mod files: it is as it was, or has the same names."""
    if known is not None and signature_of(os.stat(path)) == known:
        return True
    return _digest_of_list(mod_names_in(path)) == digest


def _digest_of_names(names: Iterable[tuple[str, int]]) -> bytes:
    return _digest(repr(sorted(names)).encode("utf-8", "surrogatepass"))


def _kinds_in(path: str) -> Iterator[tuple[str, int]]:
    """Each name in a folder with the number of its kind, 0 for links and the like."""
    from compliance.golang import EntryKind

    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield entry.name, int(EntryKind.FILE)
            else:
                folder = entry.is_dir(follow_symlinks=False)
                yield entry.name, int(EntryKind.FOLDER) if folder else 0


def _digest_at(path: str) -> bytes:
    """Digest of the content that a young file or folder has now."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            return _digest_of_names(_kinds_in(path))
        content = hashlib.blake2b(digest_size=16)
        while part := os.read(handle, 1 << 20):
            content.update(part)
        return content.digest()
    finally:
        os.close(handle)


def _same_folder(folder: _Folder) -> bool:
    """Names are looked up from the open folder, where there are some: one path component each."""
    if len(folder.names) < _WORTH_OPENING:
        return _same_small_folder(folder)
    handle = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if folder.own is not None and signature_of(os.fstat(handle)) != folder.own:
            return False
        look = os.stat
        for name, want in zip(folder.names, folder.signatures, strict=True):
            now = look(name, dir_fd=handle, follow_symlinks=False)
            have = (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino, now.st_dev)
            if have != want:
                return False
    finally:
        os.close(handle)
    return True


def _same_small_folder(folder: _Folder) -> bool:
    if folder.own is not None:
        status = os.stat(folder.path)
        if not stat.S_ISDIR(status.st_mode) or signature_of(status) != folder.own:
            return False
    prefix = folder.path.rstrip("/") + "/"
    return all(
        signature_of(os.lstat(prefix + name)) == want
        for name, want in zip(folder.names, folder.signatures, strict=True)
    )


def _answer(full: str) -> str:
    """What a path leads to: an error number, a folder, or a file with its signature."""
    try:
        status = os.stat(full)
    except (OSError, ValueError) as error:
        return f"!{getattr(error, 'errno', 0)}"
    place = f"{stat.S_IFMT(status.st_mode):o} {status.st_dev} {status.st_ino}"
    # A folder that is merely passed through may change inside; its listing is recorded apart.
    return f"{place} {signature_of(status)}" if stat.S_ISREG(status.st_mode) else place


_DECODER = msgspec.msgpack.Decoder(SealedTrace)
