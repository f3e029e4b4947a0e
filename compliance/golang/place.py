"""Folders named in go.mod and go.work: inside the repository, or outside of it.

The only places outside the tree that a scan reads are folders that a `use` or `replace` names; who
calls hands in how (`Outside`), and without it such a folder is unavailable.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from compliance.golang.files import Files, UnreadableFileError
from compliance.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How to read beyond the tree.

    `root` is the absolute path of the tree's root, with slashes; `read` takes an absolute path and
    raises UnreadableFileError.
    """

    root: str
    read: Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class World:
    """The tree and what lies around it. Folders are relative to its root, or absolute outside."""

    files: Files
    outside: Outside | None = None

    def resolve(self, folder: str, path: str) -> str:
        """Folder that `path` means when it is written in a file in `folder`.

        The answer is normal: "." for the root, `a/b` below it, absolute beyond it; it starts with
        `..` where the folder lies beyond a root whose own place is not known.
        """
        target = posixpath.normpath(posixpath.join(folder, path))
        if not target.startswith(("/", "../")) and target != "..":
            return target
        if self.outside is None:
            return target
        root = posixpath.normpath(self.outside.root)
        absolute = posixpath.normpath(posixpath.join(root, target))
        if absolute == root:
            return "."
        inside = absolute.removeprefix(root.rstrip("/") + "/")
        return inside if inside != absolute else absolute

    def is_outside(self, folder: str) -> bool:
        """Whether a resolved folder lies beyond the tree."""
        return folder.startswith(("/", "../")) or folder == ".."

    def read(self, folder: str, name: str) -> bytes:
        """Content of a file in a resolved folder.

        Raises:
            UnreadableFileError: It is missing, or beyond a tree that must not be left.
        """
        if not self.is_outside(folder):
            return self.files.read(join(folder, name))
        if self.outside is None or not folder.startswith("/"):
            raise UnreadableFileError(f"{folder} lies outside the scanned tree")
        return self.outside.read(posixpath.join(folder, name))


def join(folder: str, name: str) -> str:
    """`folder/name`, without the folder where it is the root."""
    return name if folder == "." else posixpath.join(folder, name)


def parents(folder: str) -> tuple[str, ...]:
    """The folder itself and those above it, up to "."."""
    parts = [] if folder == "." else folder.split("/")
    return (*("/".join(parts[:n]) for n in range(len(parts), 0, -1)), ".")
