"""Package patterns of the command line (go help packages): `./cmd/x`, import paths, `...`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from compliance.golang.folder import Folder

_VENDOR_MARK = "\0"


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a path matches a pattern, in which `...` stands for any text.

    `x/...` also matches `x`, and no wildcard matches an element `vendor` that something follows
    (cmd/internal/pkgpattern).
    """
    if _VENDOR_MARK in pattern:
        return lambda _: False
    text = re.escape(_mark_vendor(pattern)).replace(re.escape(_VENDOR_MARK), _VENDOR_MARK)
    dots = re.escape("...")
    tail = ""
    if text.endswith(f"/{_VENDOR_MARK}/{dots}"):
        text = text.removesuffix(f"/{_VENDOR_MARK}/{dots}")
        tail = f"(?:/vendor|/{_VENDOR_MARK}(?:/{dots})?)"
    elif text == f"{_VENDOR_MARK}/{dots}":
        text, tail = "", f"(?:/vendor|/{_VENDOR_MARK}(?:/{dots})?)"
    elif text.endswith(f"/{dots}"):
        text, tail = text.removesuffix(f"/{dots}"), f"(?:/{dots})?"
    # Adjacent wildcards are one: that keeps the time of matching small.
    wild = re.sub(f"(?:{re.escape(dots)})+", "...", text + tail).replace(
        "...", f"[^{_VENDOR_MARK}]*"
    )
    compiled = re.compile(wild, re.DOTALL)

    def matches(name: str) -> bool:
        return _VENDOR_MARK not in name and compiled.fullmatch(_mark_vendor(name)) is not None

    return matches


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


def _slashed(path: str) -> str:
    return "/" + path.strip("/") + "/"


def _mark_vendor(path: str) -> str:
    """Replace elements `vendor` that something follows by a mark that no wildcard matches."""
    if "vendor" not in path:
        return path
    *parents, last = path.split("/")
    return "/".join([*(_VENDOR_MARK if e == "vendor" else e for e in parents), last])
