"""Identity of a Go module: path and version (https://go.dev/ref/mod#module-path).

The checks return the reason why a path is not valid, or "" for a valid one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from compliance import patterns as re
from compliance.errors import MalformedInputError
from compliance.value import dataclass

_CACHE = 1 << 14  # a path is checked and escaped for each of its files; beyond it, again

PathKind = Literal["module", "import", "file"]

_ALLOWED: dict[PathKind, re.Pattern[str]] = {
    "module": re.compile(r"[A-Za-z0-9._~-]*"),
    "import": re.compile(r"[A-Za-z0-9._~+-]*"),
    "file": re.compile(r"[A-Za-z0-9!#$%&()+,.=@\[\]^_{}~ -]*"),
}
_WINDOWS_NAMES = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)]
)
_SHORT_NAME = re.compile(r".*~[0-9]+", re.DOTALL)
_ORDINARY = re.compile(
    r"(?:(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[./]|\Z))[a-z0-9][a-z0-9_-]*+(?:\.[a-z0-9_-]++)*"
    r"(?:/(?!\Z)|\Z))+",
    re.IGNORECASE | re.ASCII,
)
"""Nearly every path: of any kind, nothing is wrong with one like this."""
_FIRST_ELEMENT = re.compile(r"[a-z0-9.-]*")
_MAJOR_SUFFIX = re.compile(r"/v([0-9.]+)\Z")
_GOPKG_SUFFIX = re.compile(r"\.v(0|[1-9][0-9]*)(-unstable)?\Z")
_PURL_PLAIN = re.compile(r"[A-Za-z0-9._~/-]*")  # RFC 3986 unreserved, and the separator


@dataclass(frozen=True, slots=True, order=True)
class ModuleVersion:
    """A module path with a canonical version; the version is "" for a main module."""

    path: str
    version: str = ""

    def __str__(self) -> str:
        """`path@version`, or the path alone for a main module: a node of `go mod graph`."""
        return f"{self.path}@{self.version}" if self.version else self.path

    @property
    def purl(self) -> str:
        """Package URL: `pkg:golang/golang.org/x/text@v0.3.8`.

        Case is kept, since two paths that differ in case are two modules, and `+` is written
        `%2B` (https://github.com/package-url/purl-spec, type golang).
        """
        version = f"@{_percent_encode(self.version)}" if self.version else ""
        return f"pkg:golang/{_percent_encode(self.path)}{version}"


def _percent_encode(text: str) -> str:
    if _PURL_PLAIN.fullmatch(text):
        return text
    return "".join(
        c
        if _PURL_PLAIN.fullmatch(c)
        else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace"))
        for c in text
    )


# --- paths ---------------------------------------------------------------------------------------


@lru_cache(maxsize=_CACHE)
def module_path_problem(path: str) -> str:
    """Why `path` cannot be the path of a module that is fetched; "" when it can."""
    problem = _path_problem(path, "module")
    if problem:
        return problem
    first = path.partition("/")[0]
    if "." not in first:
        return "missing dot in first path element"
    if not _FIRST_ELEMENT.fullmatch(first):
        return f"invalid character in first path element {first!r}"
    return "" if split_path_version(path) else "invalid major version suffix"


def import_path_problem(path: str) -> str:
    """Why `path` cannot be an import path; "" when it can. Main modules need no more than this."""
    return _path_problem(path, "import")


def fold_case(text: str) -> str:
    """`text` as files are compared that may not differ in case only (cmd/go/internal/str.ToFold).

    Each character is folded to one character: `K` (Kelvin) to `k`, but `ß` not to `ss`.
    """
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


def _fold_character(c: str) -> str:
    for folded in (c.casefold(), c.lower()):
        if len(folded) == 1:
            return folded
    return c


def file_path_problem(path: str) -> str:
    """Why `path` cannot name a file inside a module zip; "" when it can."""
    return _path_problem(path, "file")


def _path_problem(path: str, kind: PathKind) -> str:
    return "" if _ORDINARY.fullmatch(path) else _rare_path_problem(path, kind)


def _rare_path_problem(path: str, kind: PathKind) -> str:
    if not path:
        return "empty string"
    if path[0] == "-" and kind != "file":
        return "leading dash"
    if "//" in path:
        return "double slash"
    if path[-1] == "/":
        return "trailing slash"
    for element in path.split("/"):
        problem = _element_problem(element, kind) if element else "empty path element"
        if problem:
            return problem
    return ""


def _element_problem(element: str, kind: PathKind) -> str:
    if element[0] == "." and (kind == "module" or not element.strip(".")):
        return "leading dot in path element"
    if element[-1] == ".":
        return "trailing dot in path element"
    if not _characters_allowed(element, kind):
        return f"invalid character in path element {element!r}"
    short = element.partition(".")[0]
    if short.lower() in _WINDOWS_NAMES:
        return f"{short!r} disallowed as path element component on Windows"
    if kind != "file" and _SHORT_NAME.fullmatch(short):
        return "trailing tilde and digits in path element"
    return ""


def _characters_allowed(element: str, kind: PathKind) -> bool:
    if _ALLOWED[kind].fullmatch(element) is not None:
        return True
    if kind != "file":
        return False
    letters = "".join("a" if not c.isascii() and c.isalpha() else c for c in element)
    return _ALLOWED[kind].fullmatch(letters) is not None


def split_path_version(path: str) -> tuple[str, str] | None:
    """`(prefix, major)` with prefix + major == path; None for a suffix that is not allowed.

    The major is "", `/v2` and up, or `.v0` and up (with `-unstable`) under gopkg.in
    (https://go.dev/ref/mod#major-version-suffixes).
    """
    if path.startswith("gopkg.in/"):
        found = _GOPKG_SUFFIX.search(path)
        return (path[: found.start()], found.group()) if found else None
    if not path or path[-1] not in "0123456789.":
        return path, ""
    found = _MAJOR_SUFFIX.search(path)
    if found is None:
        return path, ""
    digits = found.group(1)
    if "." in digits or digits[0] == "0" or digits == "1":
        return None
    return path[: found.start()], found.group()


def major_problem(version: str, path_major: str) -> str:
    """Why a canonical version does not belong to a path with this major suffix; "" if it does."""
    path_major = path_major.removesuffix("-unstable")
    if path_major == ".v1" and version.startswith("v0.0.0-"):
        return ""  # pseudo-versions of gopkg.in modules were once written so
    major = version.partition(".")[0]
    if not path_major:
        if major in ("v0", "v1") or version.endswith("+incompatible"):
            return ""
        return f"should be v0 or v1, not {major}"
    return "" if major == path_major[1:] else f"should be {path_major[1:]}, not {major}"


def path_contains(path: str, package: str) -> bool:
    """Whether an import path lies in a module path, by whole elements."""
    return package == path or package.startswith(path + "/")


# --- escaping (https://go.dev/ref/mod#goproxy-protocol) -------------------------------------------

_UPPER = re.compile(r"[A-Z]")
_ESCAPED = re.compile(r"!([a-z])")


def _escape(text: str) -> str:
    return _UPPER.sub(lambda m: "!" + m.group().lower(), text)


def _unescape(text: str) -> str | None:
    if not text.isascii() or _UPPER.search(text):
        return None
    plain = _ESCAPED.sub(lambda m: m.group(1).upper(), text)
    return None if "!" in plain else plain


@lru_cache(maxsize=_CACHE)
def escape_path(path: str) -> str:
    """Module path as proxies and the module cache write it: `!a` for `A`.

    Raises:
        MalformedInputError: The path is no valid module path.
    """
    problem = module_path_problem(path)
    if problem:
        raise MalformedInputError(f"malformed module path {path!r}: {problem}")
    return _escape(path)


@lru_cache(maxsize=_CACHE)
def escape_version(version: str) -> str:
    """Version as proxies and the module cache write it.

    Raises:
        MalformedInputError: The version could not be a file name.
    """
    if "!" in version or not version.isascii() or not version or _element_problem(version, "file"):
        raise MalformedInputError(f"malformed module version {version!r}")
    return _escape(version)


def unescape_path(escaped: str) -> str:
    """Inverse of `escape_path`.

    Raises:
        MalformedInputError: The text is not what `escape_path` gives for any path.
    """
    path = _unescape(escaped)
    if path is None or module_path_problem(path):
        raise MalformedInputError(f"malformed escaped module path {escaped!r}")
    return path


def unescape_version(escaped: str) -> str:
    """Inverse of `escape_version`.

    Raises:
        MalformedInputError: The text is not what `escape_version` gives for any version.
    """
    version = _unescape(escaped)
    if not version or _element_problem(version, "file"):
        raise MalformedInputError(f"malformed escaped module version {escaped!r}")
    return version
