"""A base is not explored where its head was, and nothing that exploring rests on differs.

Exploring is a function of what is asked, of names, and of the content of some files. Git's objects
and index tell which files differ. Where all of them are in both trees, and are Go files of the same
facts or files whose content nobody looks at, every question of the exploration has the answer that
it had for head. What licenses say in files that differ is read for each. In doubt the base is
explored.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import TYPE_CHECKING

from compliance.golang import UnreadableFileError, parse_gofile
from compliance.licenses import is_license_name
from compliance.pipeline.parts import loads_ebpf
from compliance.pipeline.published import CompletedFiles, Published
from compliance.pipeline.sameness import is_alike
from compliance.pipeline.treenames import BASE_TREE, REPOSITORY_TREE
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.golang import Files, Package
    from compliance.pipeline.detection import DetectionWorker
    from compliance.pipeline.exploring import Exploration
    from compliance.pipeline.inventory import Inventory
    from compliance.pipeline.licensing import Reading
    from compliance.policy import Policy
    from compliance.sources import RevisionFiles

_PROSE = frozenset({
    ".md", ".markdown", ".rst", ".txt", ".adoc", ".yml", ".yaml", ".json", ".toml", ".sh", ".css",
    ".html", ".svg", ".png",
})  # fmt: skip
"""Endings of files that exploring does not open, unless it is told to (a release file, modules.txt)
or a program embeds them."""
_NAMED = frozenset({"modules.txt"})


def retraced(
    head: Exploration,
    base: Inventory,
    policies: tuple[Policy, ...],
    worker: DetectionWorker,
) -> tuple[Exploration, frozenset[str]] | None:
    """What exploring a base would find, and the files that differ; None where it has to be done.

    Args:
        head: What was found in head.
        base: What the base says of its modules.
        policies: Those under which the base is judged.
        worker: Is asked to read what differs and was read for head.
    """
    if not _asks_alike(head, base, policies):
        return None
    files = base.revision_files()
    changes = files.changes()
    if changes is None or changes.others or not _is_whole(head, files):
        return None
    modified = changes.modified
    if not _finds_alike(head, modified, files):
        return None
    for path in sorted(modified):
        if worker.was_asked(REPOSITORY_TREE, path):
            _feed(worker, path, files)
    readings = tuple(_reread(r, modified, files) for r in head.readings)
    plans = tuple(
        replace(plan, policy=replace(plan.policy, elsewhere=policy.elsewhere))
        for plan, policy in zip(head.plans, policies, strict=True)
    )
    found = replace(
        head, inventory=base, policies=policies, plans=plans, readings=readings,
        published=Published(base, head.published),
    )  # fmt: skip
    return found, modified


def _asks_alike(head: Exploration, base: Inventory, policies: tuple[Policy, ...]) -> bool:
    """Whether modules, platforms and what is built are those of head."""
    ours = head.inventory
    return (
        head.binary is None
        and not ours.request.verify_vendor
        and base.acquirer is ours.acquirer
        and base.build is ours.build
        and base.settings is ours.settings
        and base.workspace == ours.workspace
        and base.contexts == ours.contexts
        and base.matrix == ours.matrix
        and len(policies) == len(head.policies)
        and all(is_alike(p, q) for p, q in zip(policies, head.policies, strict=True))
    )


def _is_whole(head: Exploration, files: RevisionFiles) -> bool:
    """Whether each folder that was listed for head holds what git tracks there, and no more."""
    listed = head.inventory.repository.listed()
    return not any(files.untracked(folder, names) for folder, names in listed.items())


def _finds_alike(head: Exploration, modified: frozenset[str], files: RevisionFiles) -> bool:
    """Whether the content of files that differ is nothing to exploring, or says the same."""
    packages = [p for p in _packages(head) if p.tree == REPOSITORY_TREE]
    embedded = {
        posixpath.normpath(posixpath.join(p.folder, name))
        for p in packages
        for name in p.embed_files
    }
    release = head.inventory.matrix.file if head.inventory.matrix is not None else ""
    folders = set()
    for path in modified:
        folder, _, name = path.rpartition("/")
        if path in embedded or path == release:
            return False
        if name.endswith(".go"):
            if not _says_alike(head, path, files):
                return False
            folders.add(folder or ".")
        elif name in _NAMED or not (
            is_license_name(name) or posixpath.splitext(name)[1].lower() in _PROSE
        ):
            return False
    return not any(p.folder in folders and _is_read_deeper(p) for p in packages)


def _packages(head: Exploration) -> Iterable[Package]:
    for of_plan in head.cells:
        seen = {id(p): p for cells in of_plan.values() for c in cells for p in c.packages}
        yield from seen.values()
    yield from head.side.test
    yield from head.side.tool


def _is_read_deeper(package: Package) -> bool:
    """Whether more of its Go files is read than what stands up to their imports."""
    return bool(package.embed_files or package.cgo_files) or loads_ebpf(package)


def _says_alike(head: Exploration, path: str, files: RevisionFiles) -> bool:
    """Whether a Go file has the same facts in both."""
    place, _, name = path.rpartition("/")
    folder = head.loader.listed(REPOSITORY_TREE, place or ".")
    if folder is None or not (name in folder.go_names or name in folder.test_names):
        return True  # nobody asked
    ours = folder.file(name)
    try:
        return ours is not None and ours == parse_gofile(files.read(path))
    except UnreadableFileError:
        return False


def _feed(worker: DetectionWorker, path: str, files: Files) -> None:
    try:
        worker.feed_bytes(BASE_TREE, path, files.read(path))
    except UnreadableFileError as problem:
        from compliance.pipeline.detecting import unreadable

        worker.note(BASE_TREE, unreadable(path, problem))


def _reread(reading: Reading, modified: frozenset[str], files: Files) -> Reading:
    """The reading of a module; over the files of the base where one of them differs."""
    if reading.tree != REPOSITORY_TREE or modified.isdisjoint(reading.wanted):
        return reading
    ours = reading.files
    return replace(reading, files=ours.over(files) if isinstance(ours, CompletedFiles) else files)
