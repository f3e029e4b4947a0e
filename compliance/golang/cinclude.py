"""Files that are compiled into a package though the go command does not list them: `#include`.

The go command lists the C and assembly files of a package's own folder only, by their endings.
What these and the preambles of `import "C"` include (relative to the including file, or by an `-I`
or `-isystem` flag of a `#cgo CFLAGS`, CPPFLAGS or CXXFLAGS line), and what an `-include` flag
names, is compiled into the same binary: from other folders of the module, or under another ending.
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

_NAMED = rb'#[ \t]*(?:include|include_next|import)[ \t]*(?:"([^"\n]{1,400})"|<([^>\n]{1,400})>)'
_INCLUDE = re.compile(rb"^[ \t]*" + _NAMED, re.MULTILINE)
_PREAMBLE = re.compile(rb"^[ \t]*(?://)?[ \t]*" + _NAMED, re.MULTILINE)
"""In a Go file the preamble stands in a comment, which may be one of line comments."""
_INCBIN = re.compile(rb'\.incbin[ \t]+\\?"([^"\\\n]{1,400})')
"""A file that the assembler puts into the object as it is (GNU as manual, ".incbin")."""
_OBJECTS = (".syso", ".swig", ".swigcxx")
_FOLDER_FLAGS = ("-I", "-isystem", "-iquote", "-idirafter", "--include-directory=")
_FILE_FLAGS = ("-include", "-imacros", "--include=")
"""GCC manual, "Options for Directory Search" and "Options Controlling the Preprocessor"."""


@dataclass(frozen=True, slots=True)
class Included:
    """A file that the package does not list, and the include or flag that brings it in."""

    path: str
    by: str
    line: int


def included_files(files: Files, package: Package, root: str) -> tuple[Included, ...]:
    """The files that a package includes and does not list, by path in the tree.

    Args:
        files: The tree that holds the package.
        package: A package with cgo files or assembly; others include nothing.
        root: Folder of its module; what lies outside is not followed.
    """
    folder = package.folder
    own = (*package.cgo_files, *(n for n in package.other_files if not n.endswith(_OBJECTS)))
    if not own:
        return ()
    search = tuple(_flag_paths(package, package.cgo.cflags, _FOLDER_FLAGS, root))
    if not package.cgo_files:
        search = (folder,)  # where the assembler runs
    queue = [_join(folder, n) for n in own]
    seen: dict[str, Included | None] = dict.fromkeys(queue)
    if package.cgo_files:
        for path, file, line in _flagged(package, _FILE_FLAGS, root):
            if _is_file(files, path) and path not in seen:
                seen[path] = Included(path, _join(folder, file), line)
                queue.append(path)
    for path in queue:
        for name, quoted, line in _includes(files, path):
            # The assembler runs in the folder of the package.
            places = (posixpath.dirname(path) or ".", *search, folder) if quoted else search
            found = next((p for p in _candidates(name, places, root) if _is_file(files, p)), None)
            if found is not None and found not in seen and len(seen) < MAX_INCLUDED:
                seen[found] = Included(found, path, line)
                queue.append(found)
    return tuple(sorted((i for i in seen.values() if i), key=lambda i: i.path))


def library_folders(package: Package, root: str) -> tuple[str, ...]:
    """Folders of the module where `-L` flags have the linker look for libraries."""
    return tuple(_flag_paths(package, package.cgo.ldflags, ("-L",), root))


def _flag_paths(
    package: Package, lines: Iterable[tuple[str, str, int]], flags: tuple[str, ...], root: str
) -> Iterator[str]:
    return (place for place, _, _ in _paths(package, lines, flags, root))


def _flagged(package: Package, flags: tuple[str, ...], root: str) -> Iterator[tuple[str, str, int]]:
    """What flags of the compilers name: a path of the module, and file and line of the flag."""
    return _paths(package, package.cgo.cflags, flags, root)


def _paths(
    package: Package, lines: Iterable[tuple[str, str, int]], flags: tuple[str, ...], root: str
) -> Iterator[tuple[str, str, int]]:
    for text, file, line in lines:
        words = text.split()
        for i, word in enumerate(words):
            flag = next((f for f in flags if word.startswith(f)), None)
            if flag is None:
                continue
            value = word[len(flag) :] or (words[i + 1] if i + 1 < len(words) else "")
            place = in_tree(package, value, root)
            if place is not None:
                yield place, file, line


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
    try:
        data = files.read(path)
    except UnreadableFileError:
        return
    pattern = _PREAMBLE if path.endswith(".go") else _INCLUDE
    for match, line in _with_lines(pattern, data):
        yield (match[1] or match[2]).decode("utf-8", "replace"), match[1] is not None, line
    for match, line in _with_lines(_INCBIN, data):
        yield match[1].decode("utf-8", "replace"), True, line


def _with_lines(pattern: re.Pattern[bytes], data: bytes) -> Iterator[tuple[re.Match[bytes], int]]:
    """Matches with the line on which each begins, in one pass."""
    line, last = 1, 0
    for match in pattern.finditer(data):
        line += data.count(b"\n", last, match.start())
        last = match.start()
        yield match, line


def _is_file(files: Files, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return files.listing(folder or ".").get(name) is EntryKind.FILE


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"
