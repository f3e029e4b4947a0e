"""RevisionFiles: the tree of a git commit, read from objects; nothing is checked out.

Neither git nor a library that starts it runs; hooks, filters and configuration of the repository
have no effect. A symbolic link counts when it ends inside the tree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from compliance.errors import ComplianceError, IncompleteError
from compliance.golang import EntryKind, Files, UnreadableFileError
from compliance.sources.folder import MAX_FILE_BYTES
from compliance.sources.gitobjects import GitFolder
from compliance.sources.gitstore import object_oid

MAX_TREE_BYTES = 64 << 20
_MAX_LINKS = 40  # as the kernel follows
_MAX_TARGET_BYTES = 4096

_FOLDER, _LINK, _SUBMODULE = 0o040000, 0o120000, 0o160000


def _commit(git: GitFolder, work_tree: str, revision: str) -> str:
    """Object name of a commit: ordinary names are read here, rarer forms by GitPython.

    Such as `main@{1}` or `v1.0^{commit}`. Its pure Python database is used, which reads objects
    and starts nothing.
    """
    try:
        return git.resolve(revision)
    except IncompleteError as unknown:
        try:
            import gitdb.exc
            from git import GitDB, Repo

            repository = Repo(work_tree, odbt=GitDB)
        except (ImportError, ValueError, OSError):  # no git command to be found, or no repository
            raise unknown from None
        try:
            return str(repository.commit(revision).hexsha)
        except (gitdb.exc.ODBError, ValueError, IndexError, OSError, KeyError):
            raise unknown from None


class RevisionFiles:
    """A `golang.Files` over a commit; contents are those of the repository, without conversions.

    Submodules are empty folders: their files are in another repository.

    Args:
        work_tree: Top of the git work tree.
        revision: HEAD, a branch, a tag, hex of at least four digits; `~N` and `^N` after it.
        inside: Folder of the tree that counts as its root.
        near: The same folder in the work tree: a file that did not change is read from there.

    Raises:
        IncompleteError: `revision` names no commit of the repository.
    """

    __slots__ = ("_inside", "_near", "_oid_size", "_store", "_tree", "_trees", "commit")

    def __init__(
        self, work_tree: str, revision: str, inside: str = ".", near: Files | None = None
    ) -> None:
        """Find the commit; cheap, its tree is read when asked for."""
        git = GitFolder.find(work_tree)
        if git is None:
            raise IncompleteError(f"--base {revision}: {work_tree} is no git work tree")
        self.commit: str = _commit(git, work_tree, revision)
        tree = git.tree_of(self.commit)
        if tree is None:
            raise IncompleteError(f"--base {revision}: commit {self.commit} cannot be read")
        self._tree = tree
        self._oid_size = len(tree)
        self._store = git.store(self._oid_size)
        self._inside = "" if inside in ("", ".") else inside.rstrip("/") + "/"
        self._near = near
        self._trees: dict[bytes, dict[str, tuple[int, bytes]]] = {}

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        """Names directly inside `folder`; empty when there is no such folder."""
        full = self._inside + ("" if folder in ("", ".") else folder)
        found = self._follow(full)
        if found is None or found[0] != _FOLDER:
            return {}
        prefix = full.rstrip("/") + "/" if full else ""
        return {
            name: self._kind(prefix + name, mode)
            for name, (mode, _) in self._entries(found[1]).items()
        }

    def read(self, path: str) -> bytes:
        """Whole content. Raises UnreadableFileError with the reason."""
        found = self._follow(self._inside + path)
        if found is None or found[0] in (_FOLDER, _SUBMODULE):
            raise UnreadableFileError(f"{path}: no such file in the commit")
        data = self._unchanged(path, found[1])
        return self._blob(path, found[1], MAX_FILE_BYTES) if data is None else data

    def _unchanged(self, path: str, name: bytes) -> bytes | None:
        """The file of the work tree, if its bytes are those of the object: far quicker to read."""
        try:
            data = self._near.read(path) if self._near is not None else None
        except UnreadableFileError:
            return None
        return (
            data if data is not None and object_oid("blob", data, self._oid_size) == name else None
        )

    def _kind(self, path: str, mode: int) -> EntryKind:
        if mode == _LINK:
            found = self._follow(path)
            if found is None:
                return EntryKind.UNREADABLE
            folder = found[0] in (_FOLDER, _SUBMODULE)
            return EntryKind.LINKED_FOLDER if folder else EntryKind.FILE
        return EntryKind.FOLDER if mode in (_FOLDER, _SUBMODULE) else EntryKind.FILE

    def _follow(self, path: str) -> tuple[int, bytes] | None:
        """Mode and object of a path with links resolved; None where it leaves or ends."""
        todo = [p for p in reversed(path.split("/")) if p not in ("", ".")]
        walked: list[tuple[int, bytes]] = [(_FOLDER, self._tree)]
        links = 0
        while todo:
            name = todo.pop()
            if name == "..":
                if len(walked) == 1:
                    return None
                walked.pop()
                continue
            mode, oid = walked[-1]
            entry = self._entries(oid).get(name) if mode == _FOLDER else None
            if entry is None:
                return None
            if entry[0] != _LINK:
                walked.append(entry)
                continue
            links += 1
            target = self._target(path, entry[1]) if links <= _MAX_LINKS else None
            if target is None:
                return None
            todo += [p for p in reversed(target.split("/")) if p not in ("", ".")]
        return walked[-1]

    def _target(self, path: str, oid: bytes) -> str | None:
        """Where a link points, None when that is outside of every commit."""
        try:
            target = self._blob(path, oid, _MAX_TARGET_BYTES).decode("utf-8", "surrogateescape")
        except UnreadableFileError:
            return None
        return None if target.startswith("/") else target

    def _blob(self, path: str, oid: bytes, limit: int) -> bytes:
        try:
            found = self._store.get(oid, limit)
        except ComplianceError as error:
            raise UnreadableFileError(f"{path}: {error.message}") from error
        if found is None or found[0] != "blob":
            raise UnreadableFileError(f"{path}: its object is missing")
        return found[1]

    def _entries(self, oid: bytes) -> dict[str, tuple[int, bytes]]:
        """Name -> (mode, object) of a tree object; empty when it is missing or damaged."""
        known = self._trees.get(oid)
        if known is not None:
            return known
        try:
            found = self._store.get(oid, MAX_TREE_BYTES)
        except ComplianceError:
            found = None
        entries: dict[str, tuple[int, bytes]] = {}
        pattern = re.compile(rb"([0-7]+) ([^\0]+)\0(.{%d})" % self._oid_size, re.DOTALL)
        for match in pattern.finditer(found[1] if found and found[0] == "tree" else b""):
            mode = int(match[1], 8)
            kind = mode & 0o170000
            plain = kind in (_FOLDER, _LINK, _SUBMODULE)
            name = match[2].decode("utf-8", "surrogateescape")
            entries[name] = (kind if plain else 0o100000, match[3])
        self._trees[oid] = entries
        return entries
