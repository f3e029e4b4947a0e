"""C files that cgo compiles into a package from elsewhere: `#include` of files outside its folder.

The go command lists the C files of a package's own folder only. What these and the preambles of
`import "C"` include from other folders of the module (relative to the including file, or by an
`-I` flag of a `#cgo CFLAGS` line) is compiled into the same binary.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from compliance import patterns as re
from compliance.golang.files import EntryKind, Files, UnreadableFileError
from compliance.golang.package import Package
from compliance.value import dataclass

MAX_INCLUDED = 5_000
"""Files that one package may include; the kernel's headers as a whole have fewer."""

_NAMED = rb'#[ \t]*include[ \t]+(?:"([^"\n]{1,400})"|<([^>\n]{1,400})>)'
_INCLUDE = re.compile(rb"^[ \t]*" + _NAMED, re.MULTILINE)
_PREAMBLE = re.compile(rb"^[ \t]*(?://)?[ \t]*" + _NAMED, re.MULTILINE)
"""In a Go file the preamble stands in a comment, which may be one of line comments."""
_C = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".m", ".S", ".s", ".inc", ".def")


@dataclass(frozen=True, slots=True)
class Included:
    """A file outside of the package's folder, and the include that brings it in."""

    path: str
    by: str
    line: int


def included_files(files: Files, package: Package, root: str) -> tuple[Included, ...]:
    """The files that a cgo package includes from outside its folder, by path in the tree.

    Args:
        files: The tree that holds the package.
        package: A package with cgo files; others include nothing.
        root: Folder of its module; what lies outside is not followed.
    """
    if not package.cgo_files:
        return ()
    folder = package.folder
    search = tuple(_include_folders(package, root))
    queue = [_join(folder, n) for n in (*package.cgo_files, *package.other_files)]
    seen: dict[str, Included | None] = dict.fromkeys(queue)
    for path in queue:
        for name, quoted, line in _includes(files, path):
            places = (posixpath.dirname(path) or ".", *search) if quoted else search
            found = next((p for p in _candidates(name, places, root) if _is_file(files, p)), None)
            if found is not None and found not in seen and len(seen) < MAX_INCLUDED:
                seen[found] = Included(found, path, line)
                queue.append(found)
    outside = (i for i in seen.values() if i and (posixpath.dirname(i.path) or ".") != folder)
    return tuple(sorted(outside, key=lambda i: i.path))


def library_folders(package: Package, root: str) -> tuple[str, ...]:
    """Folders of the module where `-L` flags have the linker look for libraries."""
    return tuple(_flag_folders(package, package.cgo.ldflags, "-L", root))


def _include_folders(package: Package, root: str) -> Iterator[str]:
    yield from _flag_folders(package, package.cgo.cflags, "-I", root)


def _flag_folders(
    package: Package, lines: Iterable[tuple[str, str, int]], flag: str, root: str
) -> Iterator[str]:
    for text, _, _ in lines:
        words = text.split()
        for i, word in enumerate(words):
            if not word.startswith(flag):
                continue
            value = word[len(flag) :] or (words[i + 1] if i + 1 < len(words) else "")
            place = in_tree(package, value, root)
            if place is not None:
                yield place


def in_tree(package: Package, value: str, root: str) -> str | None:
    """A path of a `#cgo` flag as a path in the tree; None outside of the module."""
    path = value.strip("\"'").replace("${SRCDIR}", ".")
    if not path or path.startswith("/") or "$" in path:
        return None
    return _inside(posixpath.join(package.folder, path), root)


def _inside(path: str, root: str) -> str | None:
    clean = posixpath.normpath(path)
    if clean.startswith("../") or clean == "..":
        return None
    return clean if root in (".", clean) or clean.startswith(f"{root}/") else None


def _candidates(name: str, places: Iterable[str], root: str) -> Iterator[str]:
    for place in places:
        found = _inside(posixpath.join(place, name), root)
        if found is not None:
            yield found


def _includes(files: Files, path: str) -> Iterator[tuple[str, bool, int]]:
    """(name, whether it is quoted, line) of each include of a C file or of a Go file's preamble."""
    if not path.endswith((*_C, ".go")):
        return
    try:
        data = files.read(path)
    except UnreadableFileError:
        return
    pattern = _PREAMBLE if path.endswith(".go") else _INCLUDE
    for match in pattern.finditer(data):
        line = data.count(b"\n", 0, match.start()) + 1
        yield (match[1] or match[2]).decode("utf-8", "replace"), match[1] is not None, line


def _is_file(files: Files, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return files.listing(folder or ".").get(name) is EntryKind.FILE


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"
