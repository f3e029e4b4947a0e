"""`compliance detect`: licenses and copyright of any file or tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from compliance.errors import UsageError
from compliance.findings import Finding, Location, Severity
from compliance.golang import EntryKind
from compliance.pipeline.detecting import contents_of, detect_files
from compliance.pipeline.textreading import ReadingWorker
from compliance.sources import FolderFiles
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.licenses import Change, FileLicense
    from compliance.pipeline.inventory import Say

MAX_FOLDER_DEPTH = 1000
"""Deeper nesting is no source tree; names of that length cannot be opened anyway."""

ALONE = 150
"""Files up to which a second process costs more than it saves."""

_STEP = 200
_SKIPPED = frozenset({".git", ".hg", ".svn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLicenses:
    """What files say. Paths are relative to the argument under which they were found."""

    files: tuple[FileLicense, ...]
    findings: tuple[Finding, ...]


def detect_paths(paths: Iterable[str], say: Say) -> TreeLicenses:
    """Read files and trees; folders of version control are left out.

    Raises:
        UsageError: a path that does not exist.
    """
    files: list[FileLicense] = []
    findings: list[Finding] = []
    for path in paths:
        tree, names = _named(path, findings)
        files += _detected(tree, iter(names), partial(_tell, say, path))
    return TreeLicenses(files=tuple(files), findings=tuple(findings))


def _detected(
    tree: FolderFiles, names: Iterator[str], tell: Callable[[int], None]
) -> list[FileLicense]:
    """What each file says, in order."""
    from compliance.licenses import Detector, Index

    index = Index.open()
    first = list(islice(names, ALONE + 1))
    worker = ReadingWorker(index) if len(first) > ALONE and _has_cores() else None
    try:
        detector = Detector(index, worker)
        unread: dict[str, FileLicense] = {}
        order: list[str] = []

        def contents() -> Iterator[tuple[str, bytes]]:
            for name, content in contents_of(tree, chain(first, names)):
                order.append(name)
                if len(order) % _STEP == 0:
                    tell(len(order))
                if isinstance(content, bytes):
                    yield name, content
                else:
                    unread[name] = content

        found = detector.detect_many(contents(), hash_silent=True)
        said = list(found)
    finally:
        if worker is not None:
            worker.close()
    results = iter(said)
    return [unread[n] if n in unread else next(results) for n in order]


def _tell(say: Say, path: str, count: int) -> None:
    say(f"{path}: {count} files read")


def _has_cores() -> bool:
    return len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else True


def text_changes(paths: Iterable[str]) -> Iterator[tuple[str, str, tuple[Change, ...]]]:
    """(file, license, changed words) of each text that differs from the license it resembles.

    Raises:
        UsageError: a path that does not exist.
    """
    from compliance.licenses import Detector

    detector = Detector.open()
    for path in paths:
        files, names = _named(path, [])
        for name, found in detect_files(detector, files, names):
            for match in found.matches:
                if match.kind in ("text", "exception") and match.similarity < 1.0:
                    changes = detector.changes(files.read(name), match)
                    told = tuple(c for c in changes if c.op != " ")
                    if told:
                        yield found.path, match.license, told


def _named(path: str, findings: list[Finding]) -> tuple[FolderFiles, Iterable[str]]:
    if os.path.isdir(path):  # noqa: PTH112 - plain strings are the currency of `sources`
        files = FolderFiles(path)
        return files, _walk(files, findings)
    if not os.path.lexists(path):
        raise UsageError(f"{path}: no such file or folder")
    folder, name = os.path.split(path)
    return FolderFiles(folder or "."), (name,)


def _walk(files: FolderFiles, findings: list[Finding]) -> Iterator[str]:
    """Names of all regular files, folder by folder, sorted."""
    waiting = ["."]
    while waiting:
        folder = waiting.pop()
        prefix = "" if folder == "." else f"{folder}/"
        if prefix.count("/") > MAX_FOLDER_DEPTH:
            findings.append(_skipped(folder, "is nested too deeply", "limit-exceeded"))
            continue
        below = []
        for name, kind in sorted(files.listing(folder).items()):
            if kind is EntryKind.FILE:
                yield prefix + name
            elif kind is EntryKind.FOLDER and name not in _SKIPPED:
                below.append(prefix + name)
            elif kind is EntryKind.UNREADABLE:
                reason = "is no regular file inside the tree"
                findings.append(_skipped(prefix + name, reason, "file-unreadable"))
        waiting += reversed(below)
    for folder, reason in files.problems:
        findings.append(_skipped(folder, reason, "file-unreadable"))


def _skipped(path: str, reason: str, code: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.BLOCK,
        message=f"{path} {reason}, so what it says is unknown",
        remedy="make it readable, or leave it out",
        location=Location(file=path),
    )
