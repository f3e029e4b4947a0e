"""Making a module zip from files: which belong to a module (https://go.dev/ref/mod#zip-files).

The rules are those of golang.org/x/mod/zip, checkFiles: with the same files, the same h1 sum.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping

from compliance.errors import MalformedInputError
from compliance.golang import (
    ModuleVersion,
    compare_go_versions,
    file_path_problem,
    fold_case,
    parse_mod_file,
)

MAX_MODULE_BYTES = 500 << 20
MAX_SPECIAL_BYTES = 16 << 20
"""Of go.mod and LICENSE each."""
_MODULES_TXT_SINCE = "1.24"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def select_files(sizes: Mapping[str, int], links: frozenset[str], gomod: bytes) -> tuple[str, ...]:
    """Paths that belong to a module, sorted.

    Args:
        sizes: Size in bytes of every file below the module's folder, by path relative to it.
        links: Those of the paths that are symbolic links, which never belong to a module.
        gomod: Content of its go.mod, b"" when it has none.

    Raises:
        MalformedInputError: A path that no module zip may hold, two that differ in case only, or
            a size beyond the limits.
    """
    go_version = _go_version(gomod)
    nested = {
        path.rpartition("/")[0]
        for path in sizes
        if path.rpartition("/")[2].lower() == "go.mod" and path not in links
    }
    chosen: list[str] = []
    seen: dict[str, str] = {}
    total = 0
    for path in sorted(sizes):
        if (
            is_vendored(path, go_version)
            or _in_nested(path, nested)
            or path == ".hg_archival.txt"
            or path in links
        ):
            continue
        _check(path, sizes[path])
        _check_case(seen, path)
        total += sizes[path]
        chosen.append(path)
    if total > MAX_MODULE_BYTES:
        raise MalformedInputError(f"module of {total} bytes is beyond {MAX_MODULE_BYTES}")
    return tuple(chosen)


def is_vendored(path: str, go_version: str) -> bool:
    """Whether a path is a package in a vendor folder, which a module zip leaves out.

    Before go 1.24 a nested vendor folder was recognised by a wrong offset, which old sums rely on.
    """
    modern = bool(go_version) and compare_go_versions(go_version, _MODULES_TXT_SINCE) >= 0
    if modern and path == "vendor/modules.txt":
        return True
    if path.startswith("vendor/"):
        return "/" in path[len("vendor/") :]
    at = path.find("/vendor/")
    if at < 0:
        return False
    start = at + len("/vendor/") if modern else len("/vendor/")
    return "/" in path[start:]


def write_zip(module: ModuleVersion, files: Iterable[tuple[str, bytes]]) -> bytes:
    """A module zip: the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files):
            archive.writestr(
                zipfile.ZipInfo(f"{module}/{path}", _EPOCH), content, zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def _go_version(gomod: bytes) -> str:
    if not gomod:
        return ""
    try:
        return parse_mod_file(gomod, file="go.mod", strict=False).go or ""
    except MalformedInputError:
        return ""


def _in_nested(path: str, nested: set[str]) -> bool:
    """Whether a folder between the module's root and the file has a go.mod of its own."""
    folder = path.rpartition("/")[0]
    while folder:
        if folder in nested:
            return True
        folder = folder.rpartition("/")[0]
    return False


def _check(path: str, size: int) -> None:
    problem = file_path_problem(path)
    if problem:
        raise MalformedInputError(f"{path!r} cannot be in a module zip: {problem}")
    if path.lower() == "go.mod" and path != "go.mod":
        raise MalformedInputError(f"{path!r} is not spelled go.mod")
    if path in ("go.mod", "LICENSE") and size > MAX_SPECIAL_BYTES:
        raise MalformedInputError(f"{path} is larger than {MAX_SPECIAL_BYTES} bytes")


def _check_case(seen: dict[str, str], path: str) -> None:
    while path:
        other = seen.setdefault(fold_case(path), path)
        if other != path:
            raise MalformedInputError(f"{other!r} and {path!r} differ in case only")
        path = path.rpartition("/")[0]
