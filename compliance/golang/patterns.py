"""Package patterns of the command line (go help packages): `./cmd/x`, import paths, `...`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from compliance.golang.folder import Folder

_VENDOR_MARK = "\0"


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a path matches a pattern, in which `...` stands for any text.

    `x/...` also matches `x`, and no wildcard matches an element `vendor` that something follows
    (cmd/internal/pkgpattern). Matching never tries a wildcard twice: time is linear.
    """
    if _VENDOR_MARK in pattern:
        return lambda _: False
    marked = _mark_vendor(pattern)
    choices = [marked.split("...")]
    if marked.endswith(f"/{_VENDOR_MARK}/..."):
        choices.append((marked.removesuffix(f"{_VENDOR_MARK}/...") + "vendor").split("..."))
    elif marked.endswith("/..."):
        choices.append(marked.removesuffix("/...").split("..."))

    def matches(name: str) -> bool:
        if _VENDOR_MARK in name:
            return False
        text = _mark_vendor(name)
        return any(_parts_match(parts, text) for parts in choices)

    return matches


def _parts_match(parts: list[str], text: str) -> bool:
    """Whether `text` consists of the parts with any text but the vendor mark between them.

    The first place of each part is the best one: a gap that is clean up to a later place is clean
    up to the first, and a part that holds a mark fits the next mark only.
    """
    first, *rest = parts
    if not rest:
        return text == first
    if not text.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        place = text.find(part, at)
        if place < 0 or _VENDOR_MARK in text[at:place]:
            return False
        at = place + len(part)
    end = len(text) - len(rest[-1])
    return end >= at and text.endswith(rest[-1]) and _VENDOR_MARK not in text[at:end]


class IgnoreRules:
    """`ignore` directives of a go.mod: folders that patterns skip.

    `./x` is the folder x of the module root, `x` any folder x (or path ending in a/x for `a/x`).
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        cleaned = tuple(patterns)
        self._anchored = tuple(_slashed(p[2:]) for p in cleaned if p.startswith("./"))
        self._anywhere = tuple(_slashed(p) for p in cleaned if not p.startswith("./"))

    def skips(self, relative: str) -> bool:
        """Whether the folder, relative to the module root, is ignored."""
        path = _slashed(relative)
        return path.startswith(self._anchored) or any(p in path for p in self._anywhere)


def walk(
    open_folder: Callable[[str], Folder], ignore: IgnoreRules, *, start: str = "."
) -> Iterator[tuple[str, Folder]]:
    """Folders of a module below `start` that `...` patterns visit, parents first, sorted.

    Left out are nested modules, `testdata`, names that begin with `.` or `_`, what is below a
    `vendor` folder, links, and what the go.mod ignores.
    """
    stack = [start]
    while stack:
        relative = stack.pop()
        folder = open_folder(relative)
        if relative != start and folder.has_gomod:
            continue
        yield relative, folder
        if relative.rpartition("/")[2] == "vendor":
            continue
        for name in reversed(folder.folders):
            below = name if relative == "." else f"{relative}/{name}"
            if name[0] not in "._" and name != "testdata" and not ignore.skips(below):
                stack.append(below)


def cleaned(pattern: str) -> str:
    """`./x/../y//z/` as `./y/z`; `.` stays."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "./" + "/".join(parts) if parts else "."


def _slashed(path: str) -> str:
    return "/" + path.strip("/") + "/"


def _mark_vendor(path: str) -> str:
    """Replace elements `vendor` that something follows by a mark that no wildcard matches."""
    if "vendor" not in path:
        return path
    *parents, last = path.split("/")
    return "/".join([*(_VENDOR_MARK if e == "vendor" else e for e in parents), last])
