"""`compliance detect`: licenses and copyright of any file or tree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compliance.errors import UsageError
from compliance.findings import Finding, Location, Severity
from compliance.golang import EntryKind
from compliance.pipeline.detecting import detect_files
from compliance.sources import FolderFiles

if TYPE_CHECKING:
    from compliance.licenses import Change, FileLicense
    from compliance.pipeline.inventory import Say

MAX_FOLDER_DEPTH = 1000
"""Deeper nesting is no source tree; names of that length cannot be opened anyway."""

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
    from compliance.licenses import Detector

    detector = Detector.open()
    files: list[FileLicense] = []
    findings: list[Finding] = []
    for path in paths:
        root, names = _named(path, findings)
        for number, (_, result) in enumerate(detect_files(detector, root, names), 1):
            if number % 200 == 1:
                say(f"{path}: {number} files read")
            files.append(result)
    return TreeLicenses(files=tuple(files), findings=tuple(findings))


def text_changes(paths: Iterable[str]) -> Iterator[tuple[str, str, tuple[Change, ...]]]:
    """(file, license, changed words) of each text that differs from the license it resembles.

    Raises:
        UsageError: a path that does not exist.
    """
    from compliance.licenses import Detector

    detector = Detector.open()
    for path in paths:
        root, names = _named(path, [])
        files = FolderFiles(root)
        for name, found in detect_files(detector, root, names):
            for match in found.matches:
                if match.kind in ("text", "exception") and match.similarity < 1.0:
                    changes = detector.changes(files.read(name), match)
                    told = tuple(c for c in changes if c.op != " ")
                    if told:
                        yield found.path, match.license, told


def _named(path: str, findings: list[Finding]) -> tuple[str, Iterable[str]]:
    if os.path.isdir(path):  # noqa: PTH112 - plain strings are the currency of `sources`
        return path, _walk(FolderFiles(path), findings)
    if not os.path.lexists(path):
        raise UsageError(f"{path}: no such file or folder")
    folder, name = os.path.split(path)
    return folder or ".", (name,)


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
