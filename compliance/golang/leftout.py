"""Programs that no build context takes: all of their files are for other systems or tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from compliance.golang.buildcontext import name_tags

if TYPE_CHECKING:
    from compliance.golang.folder import Folder

OTHER_TOOLCHAINS: Final = frozenset({"tamago", "tinygo"})
"""Tags of compilers with a standard library of their own: the go command builds none of it."""


class LeftOut(NamedTuple):
    """A program that is not built: its folder, its first file, and what that file asks for.

    `foreign` says that it asks for another compiler than Go's.
    """

    folder: str
    file: str
    condition: str
    foreign: bool


def left_out(folders: Iterable[tuple[str, Folder]]) -> Iterator[LeftOut]:
    """Programs among folders (place, folder) of which no context takes a Go file.

    Files that no build takes (`//go:build ignore`) are no programs.
    """
    for place, folder in folders:
        for name in folder.go_names:
            facts = folder.file(name)
            if facts is None or facts.package != "main":
                continue
            if not all(c.may_hold() for c in facts.constraints):
                continue
            of_name = name_tags(name)
            words = " && ".join((*of_name, *(c.text for c in facts.constraints)))
            tags = {*of_name, *(tag for c in facts.constraints for tag in c.postfix)}
            yield LeftOut(place, name, words or "cgo", not tags.isdisjoint(OTHER_TOOLCHAINS))
            break
