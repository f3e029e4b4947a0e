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
from compliance.pipeline.detecting import content_of
from compliance.pipeline.remembering import RememberedAnswers, RememberedTree
from compliance.pipeline.textreading import ReadingWorker
from compliance.sources import FolderFiles, Trace
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.licenses import Change, FileLicense, Match
    from compliance.pipeline.inventory import Say

MAX_FOLDER_DEPTH = 1000
"""Deeper nesting is no source tree; names of that length cannot be opened anyway."""

ALONE = 150
"""Files up to which a second process costs more than it saves."""

_STEP = 200
_SKIPPED = frozenset({".git", ".hg", ".svn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLicenses:
    """What the files of one argument say, in the order in which they were read.

    `argument` is what the user wrote, `root` the folder that paths are relative to; `content` is
    what was read from the standard input, which has no folder.
    """

    argument: str
    root: str
    content: bytes | None = None
    files: tuple[FileLicense, ...]
    findings: tuple[Finding, ...]


def detect_paths(
    paths: Iterable[str],
    say: Say,
    *,
    cache: str | None = None,
    trace: Trace | None = None,
    stdin: bytes | None = None,
) -> tuple[TreeLicenses, ...]:
    """Read files and trees; folders of version control are left out.

    Args:
        paths: Files and folders, as the user wrote them.
        say: Told how far it is.
        cache: Our cache folder; None to remember nothing.
        trace: Where to record what was read.
        stdin: What the path `-` stands for, a license text.

    Raises:
        UsageError: a path that does not exist.
    """
    answers = RememberedAnswers(cache)
    trace = trace or Trace()
    found: list[TreeLicenses] = []
    for path in paths:
        if path == "-" and stdin is not None:
            found.append(_of_stdin(stdin))
            continue
        findings: list[Finding] = []
        tree, names = _named(path, findings, trace)
        whole = tree.root if isinstance(names, Iterator) else None
        known = RememberedTree.open(cache if whole else None, tree.root)
        reading = _Reading(tree, known, trace, partial(_tell, say, path))
        files = reading.run(iter(names), answers)
        found.append(
            TreeLicenses(
                argument=path, root=tree.root, files=tuple(files), findings=tuple(findings)
            )
        )
    answers.save()
    return tuple(found)


def _of_stdin(content: bytes) -> TreeLicenses:
    from compliance.licenses import Detector

    file = Detector.open().detect("LICENSE", content)
    here = Location(file="-")
    notes = tuple(replace(f, location=replace(f.location or here, file="-")) for f in file.findings)
    said = replace(file, path="-", findings=notes)
    return TreeLicenses(argument="-", root="", content=content, files=(said,), findings=())


class _Reading:
    """Reads one tree: what is remembered is not read, the rest is detected together."""

    def __init__(
        self, tree: FolderFiles, known: RememberedTree, trace: Trace, tell: Callable[[int], None]
    ) -> None:
        self._tree, self._known, self._trace, self._tell = tree, known, trace, tell
        self._order: list[str] = []
        self._said: dict[str, FileLicense] = {}
        self._read = 0

    def run(self, names: Iterator[str], answers: RememberedAnswers) -> list[FileLicense]:
        """What each file says, in order."""
        from compliance.licenses import Detector, Index, RememberingReader, TextReader

        index = Index.open()
        first = list(islice(names, ALONE + 1))
        worker = ReadingWorker(index) if len(first) > ALONE and _has_cores() else None
        if worker is not None and answers.is_empty:
            worker.start()  # whatever the texts are, they have to be read
        detector = Detector(index, RememberingReader(worker or TextReader(index), answers))
        try:
            contents = self._contents(chain(first, names))
            for result in detector.detect_many(contents, hash_silent=True):
                self._said[result.path] = result
        finally:
            if worker is not None:
                worker.close()
        if self._read:
            read = self._trace.files
            places = ((n, read.get(self._tree.place(n))) for n in self._order)
            files = {n: (status, self._said[n]) for n, status in places if status is not None}
            self._known.save(files, self._trace)
        return [self._said[name] for name in self._order]

    def _contents(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The files that have to be read."""
        known = self._known.known
        for name in names:
            self._order.append(name)
            if len(self._order) % _STEP == 0:
                self._tell(len(self._order))
            held = self._known.recall(name, self._tree.plain(name)) if name in known else None
            if held is not None:
                self._said[name] = held
                continue
            self._read += 1
            content = content_of(self._tree, name)
            if isinstance(content, bytes):
                yield name, content
            else:
                self._said[name] = content


def _tell(say: Say, path: str, count: int) -> None:
    say(f"{path}: {count} files read")


def _has_cores() -> bool:
    return len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else True


def text_changes(found: Iterable[TreeLicenses]) -> Iterator[tuple[str, Match, tuple[Change, ...]]]:
    """(file, match, words) of each text that differs from the license it resembles."""
    from compliance.licenses import Detector

    detector = Detector.open()
    for tree in found:
        files = FolderFiles(tree.root)
        for file in tree.files:
            for match in file.matches:
                if match.kind in ("text", "exception") and match.similarity < 1.0:
                    data = files.read(file.path) if tree.content is None else tree.content
                    changes = detector.changes(data, match)
                    if any(c.op != " " for c in changes):
                        yield file.path, match, changes


def _named(path: str, findings: list[Finding], trace: Trace) -> tuple[FolderFiles, Iterable[str]]:
    if os.path.isdir(path):  # noqa: PTH112 - plain strings are the currency of `sources`
        files = FolderFiles(path, trace)
        return files, _walk(files, findings)
    if not os.path.lexists(path):
        raise UsageError(f"{path}: no such file or folder")
    folder, name = os.path.split(path)
    return FolderFiles(folder or ".", trace), (name,)


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
        findings.append(_skipped(folder, f"could not be read ({reason})", "file-unreadable"))


def _skipped(path: str, reason: str, code: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.BLOCK,
        message=f"{path} {reason}, so what it says is unknown",
        remedy="make it readable, or leave it out",
        location=Location(file=path),
    )
