"""What the linking of programs means for what is in them: C libraries, and who loads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from compliance.golang import Folder, GoFileReader, Matcher
from compliance.graph import Edge, Node, dynamic_libraries, static_line
from compliance.pipeline.linkflags import PLAIN, Linking, linking_of_flags
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.golang import Cell
    from compliance.pipeline.inventory import Inventory
    from compliance.pipeline.learned import Learned

C_LIBRARY = "c:libc"
"""The C library of the system, where it is inside of a program."""


def linkings(learned: Learned) -> Iterator[tuple[Cell, Linking]]:
    """Each program and build context whose linking differs from the default."""
    folders = {m.import_path: m.folder for m in learned.plan.mains}
    for cell in learned.all_cells():
        if cell.main in folders:
            found = _linking(learned.inventory, folders[cell.main], cell)
            if found != PLAIN:
                yield cell, found


def _linking(inventory: Inventory, folder: str, cell: Cell) -> Linking:
    """What settings and flags say; else what a `#cgo LDFLAGS` line of a linked package asks for."""
    stated = _stated(inventory, folder, cell)
    said = None if stated.static or not cell.context.cgo else static_line(cell.packages)
    if said is None:
        return stated
    return Linking(
        mode=stated.mode, static=True, external=stated.external, file=said[0], line=said[1]
    )


def _stated(inventory: Inventory, folder: str, cell: Cell) -> Linking:
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
        bound, unsure = without_cgo(learned, cell)
        before = nodes.get(C_LIBRARY, Node(id=C_LIBRARY, kind="c-lib"))
        nodes[C_LIBRARY] = replace(
            before,
            needed_by=tuple(sorted({*before.needed_by, *bound})),
            maybe_needed_by=tuple(sorted({*before.maybe_needed_by, *unsure})),
        )
        names = {C_LIBRARY}
        for package in with_c:
            if not package.standard:
                names |= {
                    f"c:{name}"
                    for name in dynamic_libraries(package)
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


def without_cgo(learned: Learned, cell: Cell) -> tuple[list[str], list[str]]:
    """Packages of a program that a build without cgo has no Go file of, and those of which it is
    not known whether they compile: no file of theirs is there for such a build.

    The standard library is made for both.
    """  # noqa: D205
    trees = {r.module.id: r.files for r in learned.readings}
    matcher = Matcher(replace(cell.context, cgo=False))
    reader = GoFileReader()
    bound: list[str] = []
    unsure: list[str] = []
    for package in cell.packages:
        if package.standard or not package.cgo_files or package.module not in trees:
            continue
        taken = Folder(trees[package.module], package.folder, reader).select(matcher)
        if taken.empty:
            bound.append(package.import_path)
        elif set(taken.go_files) <= set(package.go_files):
            unsure.append(package.import_path)
    return bound, unsure
