"""Which files of a module say under which license its linked packages are.

Only the folders of linked packages and their parents inside the module count: a license in a
folder that is not linked says nothing about what is shipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from compliance.golang import EntryKind, Files
from compliance.licenses.names import is_license_name

_FOLDERS: Final = frozenset({EntryKind.FOLDER, EntryKind.LINKED_FOLDER})
_COLLECTIONS: Final = frozenset({"licenses", "licences"})
_ROOT_DOCUMENTS: Final = ("readme", "licensing", "about", "authors")
_MAPS: Final = ("REUSE.toml",)
_FIXED: Final = ((".reuse", "dep5"), ("debian", "copyright"))


def wanted_files(
    tree: Files,
    packages: Mapping[str, Iterable[str]],
    *,
    root: str = ".",
    outer: str | None = None,
) -> tuple[str, ...]:
    """Paths to read for one module, sorted.

    Args:
        tree: Where the module lies.
        packages: Folder of each linked package in the tree -> names of its compiled files.
        root: Folder of the module in the tree: "." in a module zip, `vendor/<module path>` in a
            vendored repository.
        outer: The root of the repository for a module in it: where the go command looks for a
            license when the module has none.

    Returns:
        The compiled files; license, notice and patent files of the package folders and of their
        parents up to `root`; the texts in LICENSES/; README, REUSE.toml, .reuse/dep5 and
        debian/copyright at the root.
    """
    names: set[str] = set()
    for folder, compiled in packages.items():
        names.update(join(folder, name) for name in compiled)
    for folder in ancestry(packages, root):
        names.update(_in_folder(tree, folder, at_root=folder == root))
    if outer is not None:
        names.update(_in_folder(tree, outer, at_root=True))
    return tuple(sorted(names))


def join(folder: str, name: str) -> str:
    """Path of a name in a folder ("." is the root of the tree)."""
    return name if folder == "." else f"{folder}/{name}"


def parent_of(path: str) -> str:
    """Folder that holds a path; "." for those at the top."""
    head, _, _ = path.rpartition("/")
    return head or "."


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies below it; compares whole elements."""
    return folder in (".", path) or path.startswith(f"{folder}/")


def ancestry(folders: Iterable[str], root: str) -> tuple[str, ...]:
    """The folders and all their parents up to `root`, sorted; folders elsewhere alone."""
    found = {root}
    for folder in folders:
        here = folder
        while here not in found:
            found.add(here)
            if here == "." or not is_inside(here, root):
                break
            here = parent_of(here)
    return tuple(sorted(found))


def _in_folder(tree: Files, folder: str, *, at_root: bool) -> Iterator[str]:
    listing = tree.listing(folder)
    for name, kind in listing.items():
        if kind in _FOLDERS:
            if at_root and name.lower() in _COLLECTIONS:
                yield from _files_of(tree, join(folder, name))
        elif name.endswith(".go"):
            continue  # most of them, and none is a license file, whatever its name
        elif is_license_name(name) or name in _MAPS or (at_root and _is_root_document(name)):
            yield join(folder, name)
    if at_root:
        for holder, name in _FIXED:
            inner = join(folder, holder)
            if listing.get(holder) in _FOLDERS and name in tree.listing(inner):
                yield join(inner, name)


def _files_of(tree: Files, folder: str) -> Iterator[str]:
    for name, kind in tree.listing(folder).items():
        if kind not in _FOLDERS:
            yield join(folder, name)


def _is_root_document(name: str) -> bool:
    low = name.lower()
    return low.split(".", 1)[0].split("-", 1)[0] in _ROOT_DOCUMENTS and not low.endswith(".go")
