"""What is in a program, or loaded by it, besides Go code: C libraries and embedded programs.

They are components of the report and of bills of materials, each with what asks for it. One rule
says which C libraries are: those that are nodes of the graph. The C library of the system and the
system's own libraries that are loaded (`graph.C_RUNTIME`, what cgo of the standard library needs)
are none: the machine that runs the program has them. Inside of a program they are.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.golang import UnreadableFileError
from compliance.graph import source_file
from compliance.integrity import Verification, Voucher
from compliance.licenses import Conclusion, find_copyrights
from compliance.pipeline.learned import license_of, purl_of
from compliance.pipeline.parts import SCRIPTS
from compliance.pipeline.placing import declared_of
from compliance.policy import category
from compliance.report import OWN, SYSTEM, Component, Use
from compliance.sources import Archive
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.golang import Files, Module, Package
    from compliance.graph import DependencyGraph, Edge, EdgeKind, Node
    from compliance.pipeline.learned import Learned
    from compliance.pipeline.licensing import Reading

OF_PROGRAMS = frozenset({"binary", "c-lib", "ebpf"})
NOT_CONCLUDED = Conclusion(declared=None, detected=(), concluded=None, confidence="review")
MOST_NOTICES = 200
"""Places that speak of copyright which are looked at in one file."""
_BEFORE, _AFTER = 40, 240
_UNPRINTABLE = re.compile(rb"[^\x20-\x7e\xa0-\xff]")
_NAMED = "named in Go source, not read"
_READ = "a file of its module; what was compiled into it is not known"


class Inside:
    """Looks for what is inside of the artifacts of one scan."""

    def __init__(self, learned: Learned, graph: DependencyGraph) -> None:
        """`graph` is what was judged, with what the policy declares."""
        self._learned = learned
        self._graph = graph
        self._declared = {n.id for n in learned.policy.components}
        self._linked: dict[str, dict[str, set[str]]] | None = None
        self._packages: dict[str, list[tuple[str, Package]]] | None = None

    def components(self) -> Iterator[Component]:
        """C libraries by name, then embedded programs by their place."""
        made = [*self._libraries(), *self._programs(), *self._objects()]
        yield from sorted(made, key=lambda c: (c.kind, c.path))

    def uses_of(self, name: str) -> tuple[Use, ...]:
        """What has an edge to a node of the graph, inside of artifacts or declared."""
        graph = self._graph
        target = graph.position(name)
        found: dict[Use, None] = {}
        for source in sorted({p for p, _ in graph.users(target)}):
            for arc in graph.arcs(source):
                if arc[0] == target:
                    edge = graph.edge(source, arc)
                    artifacts = self._artifacts(edge.source, edge.cells)
                    if artifacts or edge.source in self._declared:
                        found[_use(edge, artifacts)] = None
        return tuple(sorted(found))

    def _artifacts(self, package: str, cells: frozenset[str]) -> tuple[str, ...]:
        """The artifacts that a package is linked into, in one of these build cells (none: any)."""
        if self._linked is None:
            self._linked = {}
            for build in self._learned.builds:
                for cell in self._learned.cells[build.name]:
                    label = cell.context.label
                    for p in cell.packages:
                        into = self._linked.setdefault(p.import_path, {})
                        into.setdefault(build.name, set()).add(label)
        found = self._linked.get(package, {})
        return tuple(sorted(n for n, have in found.items() if not cells or have & cells))

    # C libraries

    def _libraries(self) -> Iterator[Component]:
        for node in self._graph.nodes.values():
            if node.kind != "c-lib" or not node.id.startswith("c:") or node.id in self._declared:
                continue
            uses = self.uses_of(node.id)
            if uses:
                yield self._library(node, uses)

    def _library(self, node: Node, uses: tuple[Use, ...]) -> Component:
        loaded = all(u.kind == "cgo-dynamic" for u in uses)
        return Component(
            kind="c-library",
            path=node.id,
            version="",
            purl=f"pkg:generic/{node.id.removeprefix('c:')}",
            module=None,
            conclusion=_declared(node.license),
            category=SYSTEM if loaded and node.license is None else category(node.license),
            copyrights=(),
            verification=Verification(voucher=Voucher.UNVERIFIABLE, because=_NAMED),
            scope="linked",
            artifacts=tuple(sorted({a for u in uses for a in u.artifacts})),
            uses=uses,
        )

    # Embedded programs, and object files

    def _programs(self) -> Iterator[Component]:
        """Parts that are programs; scripts only where they are under terms of their own."""
        learned = self._learned
        for reading in learned.readings:
            for part in reading.parts:
                if part.kind not in OF_PROGRAMS or part.id in self._declared:
                    continue
                script = posixpath.splitext(part.id)[1].lower() in SCRIPTS
                if not script or part.id in self._graph.nodes:
                    name = part.id.removeprefix(f"{part.user}/")
                    use = self._use(part.user, name, part.edge, part.file, part.line)
                    if use is not None:
                        yield self._file(reading, part.user, name, use, declared_of(learned, part))

    def _objects(self) -> Iterator[Component]:
        """Object files (.syso) that the linker takes as they are."""
        readings = {r.module.id: r for r in self._learned.readings}
        known: set[tuple[str, str]] = set()
        for path, having in sorted(self._by_path().items()):
            for _, package in having:
                reading = None if package.module is None else readings.get(package.module)
                for name in package.other_files if reading is not None else ():
                    if name.endswith(".syso") and (path, name) not in known:
                        known.add((path, name))
                        use = self._use(path, name, "cgo-static", None, None)
                        if use is not None and reading is not None:
                            yield self._file(reading, path, name, use)

    def _by_path(self) -> dict[str, list[tuple[str, Package]]]:
        """(label of the build cell, package) by import path; the standard library left out."""
        if self._packages is None:
            self._packages = {}
            for cell in self._learned.all_cells():
                for p in cell.packages:
                    if not p.standard:
                        found = self._packages.setdefault(p.import_path, [])
                        found.append((cell.context.label, p))
        return self._packages

    def _use(
        self, user: str, name: str, kind: EdgeKind, file: str | None, line: int | None
    ) -> Use | None:
        """How a package uses a file of its own, in the cells in which it has that file."""
        every = {c.context.label for c in self._learned.all_cells()}
        linked = self._by_path().get(user, [])
        own = name.partition(":")[0]
        having = {label for label, p in linked if own in _files_of(p)}
        having = having or {label for label, _ in linked}
        cells = frozenset(() if having == every else having)
        artifacts = self._artifacts(user, cells) if having else ()
        if not artifacts:
            return None
        return Use(
            source=user, kind=kind, file=file or "", line=line or 0, cells=tuple(sorted(cells)),
            artifacts=artifacts,
        )  # fmt: skip

    def _file(
        self, reading: Reading, user: str, name: str, use: Use, declared: Node | None = None
    ) -> Component:
        """The component of a file of a package; its digests, where it is a file of its own.

        What the policy declares in its place says the license.
        """
        module, id_ = reading.module, f"{user}/{name}"
        package = self._by_path()[user][0][1]
        path = source_file(package, name)
        concluded = self._learned.concluded[module.id].packages
        conclusion = concluded.get(id_) or concluded.get(user) or NOT_CONCLUDED
        node = declared or self._graph.nodes.get(id_)
        license_ = node.license if node is not None else license_of(conclusion)
        own = name.partition(":")[0] not in (*package.go_files, *package.cgo_files)
        data = _content(reading.files, path) if own else None
        return Component(
            kind="embedded",
            path=id_,
            version="" if module.main or module.source is None else module.source.version,
            purl=f"{purl_of(module)}#{posixpath.relpath(path, reading.root)}",
            module=None,
            conclusion=replace(conclusion, declared=None, concluded=license_, unresolved=()),
            category=OWN if license_ is None and module.main else category(license_),
            copyrights=() if data is None else _notices(data),
            verification=Verification(voucher=Voucher.UNVERIFIABLE, because=_READ),
            scope="linked",
            artifacts=use.artifacts,
            place="" if data is None else self._place(module) or reading.root,
            archive=None if data is None else _digests(data),
            uses=(use,),
            holder=str(module.id),
            file=posixpath.relpath(path, reading.root),
        )

    def _place(self, module: Module) -> str:
        source = self._learned.inventory.trees.known(module)
        return source.where if source is not None else ""


def _files_of(package: Package) -> tuple[str, ...]:
    return (
        *package.embed_files, *package.other_files, *package.go_files, *package.cgo_files,
    )  # fmt: skip


def _use(edge: Edge, artifacts: tuple[str, ...]) -> Use:
    return Use(
        source=edge.source, kind=edge.kind, file=edge.file or "", line=edge.line or 0,
        cells=tuple(sorted(edge.cells)), artifacts=artifacts,
    )  # fmt: skip


def _content(files: Files, path: str) -> bytes | None:
    """The bytes of a file; None for one that cannot be read, which others report."""
    try:
        return files.read(path)
    except UnreadableFileError:
        return None


def _notices(data: bytes) -> tuple[str, ...]:
    """Copyright statements among the printable text of a binary file: compilers keep them there."""
    runs: list[bytes] = []
    for mark in (b"opyright", b"OPYRIGHT"):
        at = data.find(mark)
        while at >= 0 and len(runs) < MOST_NOTICES:
            before, after = data[max(0, at - _BEFORE) : at], data[at : at + _AFTER]
            runs.append(_UNPRINTABLE.split(before)[-1] + _UNPRINTABLE.split(after, maxsplit=1)[0])
            at = data.find(mark, at + len(mark))
    found = find_copyrights(b"\n\n".join(runs)) if runs else ()
    return tuple(sorted({c.statement for c in found}))


def _digests(data: bytes) -> Archive:
    """SHA-256 and SHA-512 of a file."""
    return Archive(sha256=hashlib.sha256(data).hexdigest(), sha512=hashlib.sha512(data).hexdigest())


def _declared(license_: str | None) -> Conclusion:
    """What the policy says of a library that Go source names; nothing where it says nothing."""
    known = () if license_ is None else (license_,)
    return Conclusion(declared=None, detected=known, concluded=license_, confidence="review")
