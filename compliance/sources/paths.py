"""Small questions about files outside the scanned tree: settings, caches, git directories.

Plain `os` calls throughout this room, as in `folder`: it asks them thousands of times.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat

MAX_SMALL_FILE_BYTES = 16 << 20
"""go.mod, .info, settings: the go command itself refuses a go.mod beyond 16 MiB."""
_NUMBERS = itertools.count()


def read_small(path: str, limit: int = MAX_SMALL_FILE_BYTES) -> bytes | None:
    """Content of a regular file of at most `limit` bytes; None for anything else."""
    found = _read_whole(path, limit, 0)
    return found[0] if found is not None else None


def read_plain(path: str) -> tuple[bytes, os.stat_result] | None:
    """Content and state of a small regular file that is no link; None for anything else."""
    return _read_whole(path, MAX_SMALL_FILE_BYTES, os.O_NOFOLLOW)


def _read_whole(path: str, limit: int, more: int) -> tuple[bytes, os.stat_result] | None:
    """Content and state; `more` are flags of open besides those that no device can hang on."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | more
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            return None
        data = os.read(handle, status.st_size + 1)
    except OSError:
        return None
    finally:
        os.close(handle)
    # Another length: changed while it was read, or a file system that reads in pieces.
    return (data, status) if len(data) == status.st_size else None


def mod_names_in(folder: str) -> list[str]:
    """Names of the `.mod` files in a folder of versions, sorted; none where there is no folder."""
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".mod"))
    except (OSError, ValueError):
        return []


def status_of(path: str) -> os.stat_result | None:
    """State of what a path leads to, None where that is nothing."""
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def write_atomic(path: str, content: bytes) -> bool:
    """Put a file in place by renaming, folders included; False where that is not possible."""
    folder = os.path.dirname(path)
    temporary = ""
    try:
        try:
            handle, temporary = _scratch(folder)
        except FileNotFoundError:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            handle, temporary = _scratch(folder)
        with os.fdopen(handle, "wb", buffering=0) as file:
            view = memoryview(content)
            while view:
                view = view[file.write(view) :]
        os.replace(temporary, path)
    except (OSError, ValueError):
        with contextlib.suppress(OSError):
            if temporary:
                os.unlink(temporary)
        return False
    return True


def _scratch(folder: str) -> tuple[int, str]:
    """A new file in a folder; a go.mod file is small, so that making its name counts."""
    name = f"{folder}/.tmp-{os.getpid():x}-{next(_NUMBERS):x}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, 0o600), name
    except FileExistsError:  # left by a process of the same number
        import tempfile

        return tempfile.mkstemp(prefix=".tmp-", dir=folder)


class RealFolders:
    """Folders below one root with links resolved; what leads to many of them is looked at once."""

    __slots__ = ("_known", "_root")

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[str, str] = {}

    def resolve(self, below: str) -> str:
        """Real path of `below`, a path relative to the root without `.` and `..`."""
        if not below:
            if below not in self._known:
                self._known[below] = os.path.realpath(self._root).rstrip("/")
            return self._known[below]
        parent, _, name = below.rpartition("/")
        around = self._known.get(parent)
        if around is None:
            around = self._known[parent] = self.resolve(parent)
        full = f"{around}/{name}"
        return os.path.realpath(full) if _is_link(full) else full


def _is_link(path: str) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def is_file(path: str) -> bool:
    """Whether a path leads to a regular file."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: str) -> bool:
    """Whether a path leads to a folder."""
    return stat.S_ISDIR(_mode(path))


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return 0
