"""How a program is linked, as far as the settings of its build say: mode, and C code inside.

`go build` passes `-extldflags` to the linker of the system, which the go command calls for C code
outside of the standard library, or where `-linkmode=external` asks for it (cmd/link, "Flags"). With
`-static` among them the C libraries, the C library itself included, are inside of the program, and
no longer those of the system that runs it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from compliance.graph import Edge, Node, libraries_of
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.golang import Cell
    from compliance.pipeline.inventory import Inventory
    from compliance.pipeline.learned import Learned

LOADED: Mapping[str, tuple[str, str]] = {
    "plugin": ("a Go plugin", "plugin"),
    "c-shared": ("a C shared library", "cgo-dynamic"),
    "c-archive": ("a C archive", "cgo-static"),
}
"""Build modes whose product is part of another program: in words, and the kind of that link."""

C_LIBRARY = "c:libc"
_STATIC = frozenset({"-static", "--static", "-static-pie"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """`mode` is -buildmode ("" for the default), `static` whether the linker of the system is told
    to link statically, `external` whether it is asked for in any case. `file` and `line` are where
    that is said; None for GOFLAGS."""  # noqa: D205, D209

    mode: str = ""
    static: bool = False
    external: bool = False
    file: str | None = None
    line: int | None = None


PLAIN = Linking()


def linking_of_flags(
    flags: Iterable[tuple[str, str]],
    environ: Mapping[str, str],
    place: tuple[str | None, int | None],
) -> Linking:
    """What (name, value) flags of `go build` and the variables of that build say.

    The last -buildmode and the last -ldflags count. CGO_LDFLAGS goes to the same linker.
    """
    last = dict(flags)
    words = _words(last.get("ldflags", ""))
    own = _words(environ.get("CGO_LDFLAGS", ""))
    mode = last.get("buildmode", "")
    return Linking(
        mode=mode,
        static=not _STATIC.isdisjoint([*_given(words, "extldflags"), *own]),
        external="external" in _given(words, "linkmode") or mode in LOADED,
        file=place[0],
        line=place[1],
    )


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an open quote: the go command refuses it
        return text.split()


def _given(words: Sequence[str], name: str) -> list[str]:
    """The words in the value of a linker flag: `-x=v`, `-x v`, one dash or two."""
    found: list[str] = []
    for i, word in enumerate(words):
        key, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and key == name:
            found += _words(value if equals else (words[i + 1] if i + 1 < len(words) else ""))
    return found


def linkings(learned: Learned) -> Iterator[tuple[Cell, Linking]]:
    """Each program and build context whose linking differs from the default."""
    folders = {m.import_path: m.folder for m in learned.plan.mains}
    for cell in learned.all_cells():
        if cell.main in folders:
            found = _linking(learned.inventory, folders[cell.main], cell)
            if found != PLAIN:
                yield cell, found


def _linking(inventory: Inventory, folder: str, cell: Cell) -> Linking:
    if inventory.matrix is not None:
        return inventory.matrix.linking(folder, cell.context)
    settings = inventory.settings
    environ = {"CGO_LDFLAGS": settings.get("CGO_LDFLAGS")}
    return linking_of_flags(settings.flags.all, environ, (None, None))


def static_parts(
    learned: Learned, found: Iterable[tuple[str, str]]
) -> tuple[list[Node], list[Edge]]:
    """The C libraries inside of statically linked programs, and the edges from the programs.

    Args:
        learned: What is built, and how.
        found: (import path, library) of libraries that lie in their module and are parts already.
    """
    known = set(found)
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str, str], Edge] = {}
    several = len({c.context.label for c in learned.all_cells()}) > 1
    for cell, linking in linkings(learned):
        if not (linking.static and cell.context.cgo):
            continue
        with_c = [p for p in cell.packages if p.cgo_files]
        if not with_c or not (linking.external or any(not p.standard for p in with_c)):
            continue
        names = {C_LIBRARY}
        for package in with_c:
            if not package.standard:
                names |= {
                    f"c:{name}"
                    for name in libraries_of(package)
                    if (package.import_path, name) not in known and name != "c"
                }
        label = cell.context.label
        for name in sorted(names):
            nodes.setdefault(name, Node(id=name, kind="c-lib"))
            edges.setdefault(
                (cell.main, name, label),
                Edge(
                    source=cell.main, target=name, kind="cgo-static", file=linking.file,
                    line=linking.line, cells=frozenset({label} if several else ()),
                ),
            )  # fmt: skip
    return list(nodes.values()), list(edges.values())
