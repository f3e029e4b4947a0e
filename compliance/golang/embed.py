"""Files that //go:embed takes into a package (cmd/go's resolveEmbed, go help embed).

A pattern is a glob of slash-separated elements, relative to the package's folder; a folder that
it matches counts with all files below, without names that begin with `.` or `_` unless the
pattern begins with `all:`. Links, nested modules and names that no module zip can hold are
refused when they are named, and skipped below a folder.
"""

from __future__ import annotations

from collections.abc import Iterator

from compliance import wildcard
from compliance.golang.files import EntryKind, Files, LinkAware
from compliance.golang.module import file_path_problem

MAX_EMBED_FILES = 100_000
"""Files of one package: honest code has hundreds; more would only serve to exhaust memory."""

MAX_EMBED_DEPTH = 200
"""Folders below a package that a pattern reaches; module zips cannot be that deep either."""

_VERSION_CONTROL = frozenset((".bzr", ".hg", ".git", ".svn"))


class EmbedError(Exception):
    """The go command refuses the pattern; the message says why, without the pattern."""


class NothingToEmbedError(EmbedError):
    """No file is there for the pattern: a build may make it."""


class Embedder:
    """Resolves the patterns of one package folder in a tree."""

    def __init__(self, files: Files, folder: str) -> None:
        self._files = files
        self._folder = folder
        self._listings: dict[str, dict[str, EntryKind]] = {}

    def resolve(self, pattern: str) -> tuple[str, ...]:
        """Files that a pattern matches, relative to the folder, sorted.

        Raises:
            EmbedError: in the cases in which the go command refuses.
        """
        glob = pattern.removeprefix("all:")
        everything = pattern.startswith("all:")
        if not _is_valid(glob):
            raise EmbedError("invalid pattern syntax")
        found: set[str] = set()
        for match, kind in self._matches(glob.split("/")):
            self._check_path(match, kind)
            if kind is EntryKind.FILE and not self._is_link(match):
                found.add(match)
            elif kind is EntryKind.FOLDER:
                inside = list(self._below(match, everything=everything))
                if not inside:
                    raise NothingToEmbedError(
                        f"cannot embed directory {match}: contains no embeddable files"
                    )
                found.update(inside)
            else:
                raise EmbedError(f"cannot embed irregular file {match}")
        if not found:
            raise NothingToEmbedError("no matching files found")
        return tuple(sorted(found))

    def _listing(self, relative: str) -> dict[str, EntryKind]:
        known = self._listings.get(relative)
        if known is None:
            parts = [p for p in (self._folder if self._folder != "." else "", relative) if p]
            known = dict(self._files.listing("/".join(parts) or "."))
            self._listings[relative] = known
        return known

    def _is_link(self, relative: str) -> bool:
        if not isinstance(self._files, LinkAware):
            return False
        return self._files.is_link(
            relative if self._folder == "." else f"{self._folder}/{relative}"
        )

    def _matches(self, elements: list[str]) -> Iterator[tuple[str, EntryKind]]:
        """Paths that the elements match, level by level, as filepath.Glob finds them."""
        level = [("", EntryKind.FOLDER)]
        for element in elements:
            below: list[tuple[str, EntryKind]] = []
            tokens = _tokens(element)
            plain = "".join(c for t in tokens if isinstance(t, frozenset) for c in t)
            special = len(plain) != len(tokens)
            for path, kind in level:
                if kind not in (EntryKind.FOLDER, EntryKind.LINKED_FOLDER):
                    continue
                listing = self._listing(path)
                names = sorted(listing) if special else [plain] if plain in listing else []
                for name in names:
                    if not special or wildcard.fits(tokens, name, _fits, _STAR):
                        below.append((f"{path}/{name}" if path else name, listing[name]))
                if len(below) > MAX_EMBED_FILES:
                    raise EmbedError(f"matches more than {MAX_EMBED_FILES} files")
            level = below
        return iter(level)

    def _check_path(self, match: str, kind: EntryKind) -> None:
        """Refuse what lies in another module, below a link, or under a name no zip can hold."""
        what = "directory" if kind is EntryKind.FOLDER else "file"
        elements = match.split("/")
        for depth in range(len(elements), 0, -1):
            path = "/".join(elements[:depth])
            leaf = depth == len(elements)
            is_folder = not leaf or kind in (EntryKind.FOLDER, EntryKind.LINKED_FOLDER)
            if is_folder and "go.mod" in self._listing(path):
                raise EmbedError(f"cannot embed {what} {match}: in different module")
            if not leaf:
                parent = "/".join(elements[: depth - 1])
                if self._listing(parent).get(elements[depth - 1]) is not EntryKind.FOLDER:
                    raise EmbedError(f"cannot embed {what} {match}: in non-directory {path}")
            if _is_bad_name(elements[depth - 1]):
                where = "invalid name" if leaf else "in invalid directory"
                raise EmbedError(f"cannot embed {what} {match}: {where} {elements[depth - 1]}")

    def _below(self, top: str, *, everything: bool) -> Iterator[str]:
        """Files below a matched folder."""
        count = 0
        stack = [(top, 0)]
        while stack:
            folder, depth = stack.pop()
            listing = self._listing(folder)
            if folder != top and "go.mod" in listing:
                continue
            for name, kind in sorted(listing.items()):
                path = f"{folder}/{name}"
                hidden = name[0] in "._"
                if _is_bad_name(name) or (hidden and not everything):
                    if kind is not EntryKind.FOLDER and not hidden:
                        raise EmbedError(f"cannot embed file {path}: invalid name {name}")
                elif kind is EntryKind.FOLDER:
                    if depth >= MAX_EMBED_DEPTH:
                        raise EmbedError(f"directory {top} is nested too deeply")
                    stack.append((path, depth + 1))
                elif kind is EntryKind.FILE and not self._is_link(path):
                    count += 1
                    if count > MAX_EMBED_FILES:
                        raise EmbedError(f"matches more than {MAX_EMBED_FILES} files")
                    yield path


def _is_bad_name(name: str) -> bool:
    """Whether no module zip can hold a file or folder of this name."""
    return name in _VERSION_CONTROL or file_path_problem(name) != ""


def _is_valid(glob: str) -> bool:
    """fs.ValidPath, not ".", and no malformed glob."""
    if glob in ("", "."):
        return False
    elements = glob.split("/")
    if any(e in ("", ".", "..") for e in elements):
        return False
    return all(_is_valid_element(e) for e in elements)


def _is_valid_element(element: str) -> bool:
    try:
        _tokens(element)
    except ValueError:
        return False
    return True


_STAR = "*"
_Token = str | frozenset[str] | tuple[bool, tuple[tuple[str, str], ...]]
"""One element of a glob: `*`, a set of one character (empty: any), or a class (negated, ranges)."""


def _tokens(element: str) -> list[_Token]:
    """The parts of one path element of a glob (path.Match). ValueError where it is malformed."""
    tokens: list[_Token] = []
    at = 0
    while at < len(element):
        c = element[at]
        at += 1
        if c == "*":
            tokens.append(_STAR)
        elif c == "?":
            tokens.append(frozenset())
        elif c == "[":
            token, at = _class(element, at)
            tokens.append(token)
        else:
            if c == "\\":
                if at == len(element):
                    raise ValueError(element)
                c = element[at]
                at += 1
            tokens.append(frozenset((c,)))
    return tokens


def _class(element: str, at: int) -> tuple[_Token, int]:
    """A character class after its `[`, and the offset behind its `]`."""
    negated = element.startswith("^", at)
    at += negated
    ranges: list[tuple[str, str]] = []
    while not (ranges and element.startswith("]", at)):
        low, at = _class_char(element, at)
        high = low
        if element.startswith("-", at):
            high, at = _class_char(element, at + 1)
        ranges.append((low, high))
    return (negated, tuple(ranges)), at + 1


def _class_char(element: str, at: int) -> tuple[str, int]:
    if at >= len(element) or element[at] in "-]":
        raise ValueError(element)
    at += element[at] == "\\"
    if at + 1 >= len(element):
        raise ValueError(element)
    return element[at], at + 1


def _fits(token: _Token, c: str) -> bool:
    if isinstance(token, tuple):
        negated, ranges = token
        return negated is not any(low <= c <= high for low, high in ranges)
    return not token or c in token
