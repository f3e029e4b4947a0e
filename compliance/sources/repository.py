"""Repository: the checkout that is scanned, with its commit; read only, and without git."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from compliance.errors import IncompleteError, UsageError
from compliance.golang import EntryKind, Files
from compliance.sources.folder import FolderFiles
from compliance.sources.gitindex import (
    Index,
    TrackedFiles,
    WorkTree,
    left_out,
    read_index,
    tree_oid,
)
from compliance.sources.gitobjects import GitFolder
from compliance.sources.trace import Trace
from compliance.value import dataclass, field


class _Looked:
    """What the one look at the work tree found, None before it."""

    def __init__(self) -> None:
        self.at: TrackedFiles | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A folder with Go code.

    `root` is absolute with links resolved, `name` its last element. `commit` is the commit that is
    checked out (hex), None outside git or before the first commit. `work_tree` is the top of the
    git work tree, which may lie above `root`.
    """

    root: str
    name: str
    files: Files
    commit: str | None = None
    work_tree: str | None = None
    trace: Trace | None = None
    _git: GitFolder | None = field(default=None, repr=False)
    _looked: _Looked = field(default_factory=_Looked, repr=False)

    @classmethod
    def open(cls, path: str, *, trace: Trace | None = None) -> Repository:
        """Open the repository at `path`; cheap: neither lists nor compares any file.

        Args:
            path: A folder.
            trace: Recorder of everything that is read through `files` and `dirty`.

        Raises:
            UsageError: `path` is no folder.
        """
        try:
            root = os.path.realpath(path, strict=True)
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
        if not os.path.isdir(root):
            raise UsageError(f"{path}: not a folder")
        files = FolderFiles(root, trace)
        name = os.path.basename(root) or root
        work_tree, git = _find_git(root)
        commit = git.head() if git else None
        if git is not None and commit is not None and work_tree != root:
            index = _read_index(git, len(commit) // 2, trace)
            # A folder that the work tree around it ignores is no part of that commit.
            inside = os.fsencode(os.path.relpath(root, work_tree)) + b"/"
            if index is None or not any(e.path.startswith(inside) for e in index.entries):
                work_tree, git, commit = None, None, None
        return cls(
            root=root, name=name, files=files, commit=commit,
            work_tree=work_tree, trace=trace, _git=git,
        )  # fmt: skip

    def dirty(self) -> bool | None:
        """Whether tracked files differ from the commit; None where there is no git repository.

        Compares index and commit, then work tree and index; untracked files do not count, as in
        `git describe --dirty`. Costs one lstat per tracked file. None, too, where the repository
        uses what is not read here (a split index) or is damaged.
        """
        if self._git is None or self.work_tree is None or self.commit is None:
            return None
        want = self._git.tree_of(self.commit)
        index = _read_index(self._git, len(self.commit) // 2, self.trace)
        tracked = self.tracked()
        if want is None or index is None or index.split or tracked is None:
            return None
        if (tracked.tree or tree_oid((), len(want))) != want:
            return True
        tree = WorkTree(
            root=self.work_tree,
            oid_size=len(want),
            file_mode=(self._git.setting("core", "filemode") or "").lower() != "false",
            head_of=_head_of,
        )
        return not tree.agrees(tracked.rest, index.written, self.trace)

    def listed(self) -> Mapping[str, Mapping[str, EntryKind]]:
        """Folders that were listed so far, with their names; none of a tree that is not on disk."""
        return self.files.listed if isinstance(self.files, FolderFiles) else {}

    def tracked(self) -> TrackedFiles | None:
        """What git's index says of the files on disk; None where there is no commit.

        Looked at once: every stage of a run sees the same.
        """
        if self._git is None or self.work_tree is None or self.commit is None:
            return None
        if self._looked.at is None:
            oid_size = len(self.commit) // 2
            index = _read_index(self._git, oid_size, self.trace)
            self._looked.at = TrackedFiles(index, self.work_tree, oid_size, self.trace)
        return self._looked.at

    def blob_names(self) -> Callable[[str], bytes] | None:
        """What names the content of files, by path below `root`; see `sources.blobs`."""
        tracked = self.tracked()
        if tracked is None or self._git is None or self.work_tree is None:
            return None
        from compliance.sources.blobs import blob_names

        inside = os.path.relpath(self.root, self.work_tree)
        return blob_names(tracked, self.work_tree, inside, self._git.common)

    def left_out(self) -> tuple[str, ...]:
        """Tracked files, relative to `root`, that a sparse checkout does not have on disk."""
        return self.aside()[0]

    def aside(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What `left_out` says, and the folders of tracked go.mod files below `root`, sorted.

        Both from one look at the index; nothing where there is no git repository.
        """
        if self._git is None or self.work_tree is None or self.commit is None:
            return (), ()
        index = _read_index(self._git, len(self.commit) // 2, self.trace)
        if index is None:
            return (), ()
        inside = os.path.relpath(self.root, self.work_tree)
        prefix = b"" if inside == "." else os.fsencode(inside) + b"/"
        absent = tuple(
            os.fsdecode(path[len(prefix) :])
            for path in left_out(index)
            if path.startswith(prefix)
            and not os.path.lexists(f"{self.work_tree}/{os.fsdecode(path)}")
        )
        modules = sorted(
            os.fsdecode(e.path[len(prefix) : -len(b"/go.mod")])
            for e in index.entries
            if e.path.endswith(b"/go.mod") and e.path.startswith(prefix)
        )
        return absent, tuple(m for m in modules if m)


def _read_index(git: GitFolder, oid_size: int, trace: Trace | None) -> Index | None:
    """The index of a work tree, noted in the trace together with what HEAD rests on."""
    if trace is not None:
        for other in (git.index, *git.files_of_head()):
            trace.add(other)
    return read_index(git.index, oid_size)


def base_commit(root: str, revision: str) -> str | None:
    """The commit that a revision means in the repository of a folder; None where it means none."""
    _, git = _find_git(os.path.realpath(root))
    try:
        return git.resolve(revision) if git is not None else None
    except IncompleteError:
        return None


def _find_git(root: str) -> tuple[str | None, GitFolder | None]:
    """The nearest folder upwards that has a git directory of its own."""
    folder = root
    while True:
        git = GitFolder.find(folder)
        if git is not None:
            return folder, git
        parent = os.path.dirname(folder)
        if parent == folder:
            return None, None
        folder = parent


def _head_of(folder: str) -> str | None:
    """Commit checked out in a submodule; None when it is not checked out."""
    git = GitFolder.find(folder)
    return git.head() if git else None
