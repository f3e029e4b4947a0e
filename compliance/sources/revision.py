"""RevisionFiles: the tree of a git commit, read from objects; nothing is checked out.

Neither git nor a library that starts it runs; hooks, filters and configuration of the repository
have no effect. A symbolic link counts when it ends inside the tree.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from compliance import patterns as re
from compliance.errors import ComplianceError, IncompleteError
from compliance.golang import EntryKind, Files, UnreadableFileError
from compliance.sources.folder import MAX_FILE_BYTES, SubFiles
from compliance.sources.gitindex import TrackedFiles
from compliance.sources.gitobjects import GitFolder
from compliance.sources.gitstore import object_oid
from compliance.value import dataclass

MAX_TREE_BYTES = 64 << 20
_MAX_LINKS = 40  # as the kernel follows
_MAX_TARGET_BYTES = 4096

_FOLDER, _FILE, _LINK, _SUBMODULE = 0o040000, 0o100000, 0o120000, 0o160000
_NO_NAMES = frozenset((b".", b"..", b".git"))
MOST_CHANGES = 50_000
"""Files that differ between a commit and the one checked out; with more nothing is saved."""
MOST_LINKS = 1_000
"""Symbolic links of which it is found out where they lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """In what a commit and the work tree differ; paths are relative to the scanned folder.

    `modified` are regular files of both with other bytes. `others` came, went, or changed their
    kind.
    """

    modified: frozenset[str]
    others: frozenset[str]


class RevisionFiles:
    """A `golang.Files` over a commit; contents are those of the repository, without conversions.

    The files of a submodule are those of the commit that the tree names, where the work tree has
    the submodule and that commit is in its repository; else it is an empty folder.

    Args:
        work_tree: Top of the git work tree.
        revision: HEAD, a branch, a tag, FETCH_HEAD, hex of at least four digits; then `@{N}` or
            `@{upstream}`, and any of `~N`, `^N` and `^{commit}`.
        inside: Folder of the tree that counts as its root.
        near: The same folder in the work tree: a file that did not change is read from there.
            Without it nothing is known to be the same in both.
        tracked: Asked when it matters for what the index says of the work tree.

    Raises:
        IncompleteError: `revision` names no commit of the repository. Reading raises it, too, where
            a folder of the commit is not here or damaged, or the clone is a partial one: a part of
            a base would be no base. A single file that is gone is unreadable.
    """

    __slots__ = (
        "_absent", "_alike", "_ask", "_changes", "_equal", "_folders", "_git", "_head", "_inside",
        "_links", "_near", "_oid_size", "_revision", "_store", "_submodules", "_tracked", "_tree",
        "_trees", "_work_tree", "commit",
    )  # fmt: skip

    def __init__(
        self,
        work_tree: str,
        revision: str,
        inside: str = ".",
        near: Files | None = None,
        tracked: Callable[[], TrackedFiles | None] | None = None,
    ) -> None:
        """Find the commit; cheap, its tree is read when asked for."""
        git = GitFolder.find(work_tree)
        if git is None:
            raise IncompleteError(f"--base {revision}: {work_tree} is no git work tree")
        self.commit: str = git.resolve(revision)
        tree = git.tree_of(self.commit)
        if tree is None:
            raise git.absent(revision, f"commit {self.commit}")
        self._git = git
        self._revision = revision
        self._tree = tree
        self._oid_size = len(tree)
        self._store = git.store(self._oid_size)
        self._inside = "" if inside in ("", ".") else inside.rstrip("/") + "/"
        self._near = near
        self._ask = tracked
        self._work_tree = work_tree
        self._trees: dict[bytes, dict[str, tuple[int, bytes]]] = {}
        self._folders: dict[str, tuple[int, bytes] | None] = {"": (_FOLDER, tree)}
        self._tracked: TrackedFiles | None = None
        self._changes: list[Changes | None] = []
        self._head: bytes | None = None
        self._alike: dict[str, bool] = {}
        self._equal: dict[str, bool] = {}
        self._submodules: dict[str, RevisionFiles | None] = {}
        self._absent: dict[str, str] = {}
        self._links: set[str] = set()

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        """Names directly inside `folder`; empty when there is no such folder."""
        if self._near is not None and self.same_folder(folder):
            return self._near.listing(folder)
        full = self._full(folder)
        within = self._submodule(full)
        if within is not None:
            return within[0].listing(within[1])
        found = self._follow(full)
        if found is None or found[0] != _FOLDER:
            return {}
        prefix = full + "/" if full else ""
        return {
            name: self._kind(prefix + name, mode)
            for name, (mode, _) in self._entries(found[1]).items()
        }

    def read(self, path: str) -> bytes:
        """Whole content. Raises UnreadableFileError with the reason."""
        full = self._full(path)
        within = self._submodule(full)
        if within is not None:
            return within[0].read(within[1])
        found = self._follow(full)
        if found is None or found[0] in (_FOLDER, _SUBMODULE):
            raise UnreadableFileError(f"{path}: no such file in the commit")
        data = self._unchanged(path, full, found[1])
        return self._blob(path, found[1], MAX_FILE_BYTES) if data is None else data

    def same(self, path: str) -> bool:
        """Whether the work tree has these very bytes there, as its index vouches; False if unsure.

        Reads no file: what git noted of a file (size, times, inode) is compared, as git does.
        """
        if self._near is None:
            return False
        folder, _, _ = path.rpartition("/")
        if self.same_folder(folder or "."):
            return True
        full = self._full(path)
        found = self._follow(full)
        if found is None or found[0] in (_FOLDER, _SUBMODULE):
            return False
        return self._is_clean(full, found[1])

    def _submodule(self, full: str) -> tuple[RevisionFiles, str] | None:
        """The submodule that holds a path, and the path in it; None outside of submodules."""
        if self._near is None or ".gitmodules" not in self._entries(self._tree):
            return None
        oid, at = self._tree, 0
        while at <= len(full):
            end = full.find("/", at)
            end = len(full) if end < 0 else end
            mode, oid = self._entries(oid).get(full[at:end], (0, b""))
            if mode == _SUBMODULE:
                found = self._opened(full[:end], oid)
                return (found, full[end + 1 :] or ".") if found is not None else None
            if mode != _FOLDER:
                return None
            at = end + 1
        return None

    @property
    def absent(self) -> Mapping[str, str]:
        """Submodules that were asked for, are checked out, and lack the commit of this tree.

        Folder in the work tree to commit (hex).
        """
        return self._absent

    def _opened(self, place: str, commit: bytes) -> RevisionFiles | None:
        """The tree of the commit of a submodule, as far as the work tree has its repository."""
        if place not in self._submodules:
            inner = place[len(self._inside) :]
            near = SubFiles(self._near, inner) if self._near is not None else None
            top = f"{os.path.realpath(self._work_tree)}/{place}"
            found = None
            if place.startswith(self._inside) and os.path.realpath(top) == top:
                try:
                    found = RevisionFiles(top, commit.hex(), near=near)
                except IncompleteError:  # not checked out, or a commit that nobody fetched
                    if GitFolder.find(top) is not None:
                        self._absent[place] = commit.hex()
            self._submodules[place] = found
        return self._submodules[place]

    def _is_clean(self, full: str, oid: bytes) -> bool:
        """Whether the index vouches that the work tree has an object there, as a regular file."""
        entry = self._work().clean.get(full)
        return entry is not None and entry.oid == oid

    def same_folder(self, folder: str) -> bool:
        """Whether a folder has the same names, and files with the same bytes, in the work tree.

        Where the commit that is checked out has the same tree object there, neither is read.
        """
        known = self._alike.get(folder)
        if known is None:
            known = self._alike[folder] = self._compare(folder)
        return known

    def _compare(self, folder: str) -> bool:
        if self._near is None:
            return False
        full = self._full(folder)
        work = self._work()
        names = work.names.get(full)
        if names is None or self._near.listing(folder).keys() != names:
            return False
        if full in work.unclean:
            return False
        if self._is_head(work) and self._same_tree(full):
            return True
        found = self._follow(full)
        if found is None or found[0] != _FOLDER:
            return False
        entries = self._entries(found[1])
        prefix = full + "/" if full else ""
        return entries.keys() == names and all(
            mode == _FOLDER or self._is_clean(prefix + name, oid)
            for name, (mode, oid) in entries.items()
        )

    def _is_head(self, work: TrackedFiles) -> bool:
        """Whether the index holds the tree that is checked out."""
        return self._head is not None and work.tree == self._head

    def changes(self) -> Changes | None:
        """All in what this commit and the work tree differ, as far as git tracks it.

        None where that cannot be told from objects and index alone: other content is staged, a
        submodule is there, a link leads to what differs, or it is too much. Files that are not
        tracked are not looked for: who lists a folder sees them (`untracked`).
        """
        if not self._changes:
            try:
                found = self._find_changes() if self._near is not None else None
            except IncompleteError:  # a folder that is not here, and that nobody may ask for
                found = None
            self._changes.append(found)
        return self._changes[0]

    def tracked(self) -> Iterator[tuple[str, int]]:
        """Files that git tracks in the work tree, with the size that it notes of each."""
        work, inside = self._work(), self._inside
        for path, entry in zip(work.paths, work.index.entries, strict=True):
            if path.startswith(inside):
                yield path[len(inside) :], entry.size

    def untracked(self, folder: str, names: Mapping[str, object]) -> bool:
        """Whether a listing of a folder of the work tree has other names than git tracks there."""
        known = self._work().names.get(self._full(folder), set())
        return set(names) - {".git"} != known

    def _find_changes(self) -> Changes | None:
        work = self._work()
        if not self._is_head(work) or len(work.links) > MOST_LINKS:
            return None
        modified: set[str] = set()
        others: set[str] = set()
        for entry in work.rest:
            if entry.mode & 0o170000 != _FILE:
                return None
            others.add(os.fsdecode(entry.path))
        differing = self._differing(self._tree, self._head or b"")
        if differing is None:
            return None
        for path, before, after in differing:
            same_kind = before == after == _FILE and path in work.clean
            (modified if same_kind else others).add(path)
        around = {a for path in (*modified, *others) for a in _ancestors(path)}
        top = self._work_tree.rstrip("/") + "/"
        if any(os.path.realpath(top + x).removeprefix(top) in around for x in work.links):
            return None
        return Changes(modified=self._below(modified), others=self._below(others))

    def _differing(self, ours: bytes, theirs: bytes) -> list[tuple[str, int, int]] | None:
        """Path and kinds, 0 for none, of each entry that two trees do not share; None: too many."""
        found: list[tuple[str, int, int]] = []
        todo = [("", ours, theirs)]
        looked = 0
        while todo:
            looked += 1  # folders may be many where nothing differs but how they are written
            if len(found) + looked > MOST_CHANGES:
                return None
            prefix, one, other = todo.pop()
            before = self._entries(one) if one else {}
            after = self._entries(other) if other else {}
            for name in before.keys() | after.keys():
                old, new = before.get(name, (0, b"")), after.get(name, (0, b""))
                if old == new:
                    continue
                folders = [oid if kind == _FOLDER else b"" for kind, oid in (old, new)]
                if any(folders):
                    todo.append((prefix + name + "/", folders[0], folders[1]))
                if not all(folders):
                    found.append((prefix + name, old[0], new[0]))
        return found

    def _below(self, paths: set[str]) -> frozenset[str]:
        """Paths inside the scanned folder, relative to it."""
        inside = self._inside
        return frozenset(p[len(inside) :] for p in paths if p.startswith(inside))

    def _same_tree(self, full: str) -> bool:
        """Whether a folder is the same tree object in the commit that is checked out."""
        known = self._equal.get(full)
        if known is None:
            parent = full.rpartition("/")[0]
            if full and self._same_tree(parent):
                known = True
            else:
                known = self._tree_at(self._tree, full) == self._tree_at(self._head, full)
            self._equal[full] = known
        return known

    def _tree_at(self, root: bytes | None, full: str) -> bytes:
        """Object of a folder of a tree; empty where there is no such folder, or a link."""
        oid = root
        for name in full.split("/") if full else ():
            mode, oid = self._entries(oid).get(name, (0, b"")) if oid else (0, b"")
            if mode != _FOLDER:
                return b""
        return oid or b""

    def _full(self, path: str) -> str:
        return (self._inside + ("" if path in ("", ".") else path)).rstrip("/")

    def _work(self) -> TrackedFiles:
        """What the index knows of the work tree."""
        if self._tracked is None:
            commit = self._git.head()
            self._head = self._git.tree_of(commit) if commit else None
            known = self._ask() if self._ask is not None else None
            self._tracked = known or TrackedFiles(None, self._work_tree, self._oid_size)
        return self._tracked

    def _unchanged(self, path: str, full: str, name: bytes) -> bytes | None:
        """The file of the work tree, if its bytes are those of the object: far quicker to read."""
        if self._near is None:
            return None
        try:
            data = self._near.read(path)
        except UnreadableFileError:
            return None
        if self._is_clean(full, name):
            return data
        return data if object_oid("blob", data, self._oid_size) == name else None

    def _kind(self, path: str, mode: int) -> EntryKind:
        if mode == _LINK:
            found = self._follow(path)
            if found is None:
                return EntryKind.UNREADABLE
            if found[0] in (_FOLDER, _SUBMODULE):
                return EntryKind.LINKED_FOLDER
            self._links.add(path[len(self._inside) :])
            return EntryKind.FILE
        return EntryKind.FOLDER if mode in (_FOLDER, _SUBMODULE) else EntryKind.FILE

    def _follow(self, path: str) -> tuple[int, bytes] | None:
        """Mode and object of a path with links resolved; None where it leaves or ends."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = self._walk(folder)
        parent = self._folders[folder]
        if parent is None or parent[0] != _FOLDER:
            return None
        if not name:
            return parent
        entry = self._entries(parent[1]).get(name)
        if entry is not None and entry[0] != _LINK:
            return entry
        return self._walk(path)

    def _walk(self, path: str) -> tuple[int, bytes] | None:
        """As `_follow`, step by step from the root."""
        found = self._walked(path)
        return found[:2] if found is not None else None

    @property
    def links(self) -> frozenset[str]:
        """Links among all listings so far that end at a file, in folders that differ from head."""
        return frozenset(self._links)

    def leads_to(self, path: str) -> str | None:
        """The file that a path ends at, links resolved; None where it is not in this tree."""
        found = self._walked(self._full(path))
        if found is None or not found[2].startswith(self._inside):
            return None
        return found[2][len(self._inside) :]

    def _walked(self, path: str) -> tuple[int, bytes, str] | None:
        """Mode, object and real path of what a path ends at."""
        todo = [p for p in reversed(path.split("/")) if p not in ("", ".")]
        walked: list[tuple[int, bytes]] = [(_FOLDER, self._tree)]
        names = [""]
        links = 0
        while todo:
            name = todo.pop()
            if name == "..":
                if len(walked) == 1:
                    return None
                walked.pop()
                names.pop()
                continue
            mode, oid = walked[-1]
            entry = self._entries(oid).get(name) if mode == _FOLDER else None
            if entry is None:
                return None
            if entry[0] != _LINK:
                walked.append(entry)
                names.append(name)
                continue
            links += 1
            target = self._target(path, entry[1]) if links <= _MAX_LINKS else None
            if target is None:
                return None
            todo += [p for p in reversed(target.split("/")) if p not in ("", ".")]
        return (*walked[-1], "/".join(names[1:]))

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
        if found is None and self._git.promised:
            raise self._git.absent(self._revision, f"the content of {path}")
        if found is None or found[0] != "blob":
            raise UnreadableFileError(f"{path}: its object is missing")
        return found[1]

    def _damaged(self, path: str, error: ComplianceError) -> IncompleteError:
        return IncompleteError(
            f"--base {self._revision}: {path or 'its root'}: {error.message}\n"
            "find out with: git fsck"
        )

    def _entries(self, oid: bytes) -> dict[str, tuple[int, bytes]]:
        """Name -> (mode, object) of a tree object."""
        known = self._trees.get(oid)
        if known is not None:
            return known
        try:
            found = self._store.get(oid, MAX_TREE_BYTES)
        except ComplianceError as error:
            raise self._damaged("a folder", error) from error
        if found is None or found[0] != "tree":
            raise self._git.absent(self._revision, f"a folder ({oid.hex()})")
        entries: dict[str, tuple[int, bytes]] = {}
        at, body = 0, found[1]
        seen: set[bytes] = set()
        pattern = re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0(.{%d})" % self._oid_size, re.DOTALL)
        while at < len(body):
            match = pattern.match(body, at)
            if match is None or match[2] in _NO_NAMES or match[2] in seen:
                raise IncompleteError(
                    f"--base {self._revision}: the folder {oid.hex()} holds a name that git refuses"
                    "\nfind out with: git fsck"
                )
            at = match.end()
            seen.add(match[2])
            kind = int(match[1], 8) & 0o170000
            plain = kind in (_FOLDER, _LINK, _SUBMODULE)
            name = match[2].decode("utf-8", "surrogateescape")
            entries[name] = (kind if plain else _FILE, match[3])
        self._trees[oid] = entries
        return entries


def _ancestors(path: str) -> Iterator[str]:
    """A path and the folders above it."""
    while path:
        yield path
        path = path.rpartition("/")[0]
