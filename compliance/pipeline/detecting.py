"""What the detection worker does: files in, licenses out; their order changes no answer."""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from compliance.findings import Finding, Location, Severity
from compliance.golang import UnreadableFileError
from compliance.licenses import (
    Detector,
    FileLicense,
    Index,
    RememberingReader,
    TextReader,
    goes_along,
)
from compliance.pipeline.makers import OBJECT_MAKER, is_looked_into
from compliance.pipeline.remembering import RememberedAnswers
from compliance.pipeline.treenames import REPOSITORY_TREE
from compliance.sources import FolderFiles, archive_digests

HASHED_TOGETHER = 2
"""Threads that hash: the small machines of continuous integration have two processors."""

Key = tuple[str, str]
"""(tree, path inside it)."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
"""How a Git LFS pointer begins (git-lfs specification, "The Pointer")."""
MOST_LFS_BYTES = 1024
"""A pointer is smaller."""


def detect_all(
    questions: BinaryIO, cache: str | None = None
) -> tuple[dict[Key, FileLicense], frozenset[Key], list[str]]:
    """Answer questions until their end; texts that the cache knows are not read again.

    Returns:
        What was found (files without a statement are left out), the files outside vendor/ that
        mention the maker of objects, and the files to hash.
    """
    index = Index.open()
    answers = RememberedAnswers(cache)
    detector = Detector(index, RememberingReader(_reader(index, answers), answers))
    asked = _Asked(questions)
    found = asked.unreadable
    for result in detector.detect_many(asked.contents()):
        key = asked.keys.popleft()
        if goes_along(result):
            found[key] = result
    answers.save()
    return found, frozenset(asked.makers), asked.to_hash


class _Asked:
    """What is asked for, as the questions come in."""

    def __init__(self, questions: BinaryIO) -> None:
        self._questions = questions
        self._folders: dict[str, FolderFiles] = {}
        self.keys: deque[Key] = deque()
        self.unreadable: dict[Key, FileLicense] = {}
        self.makers: set[Key] = set()
        self.to_hash: list[str] = []

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Every file that can be read, in order; its key is appended to `keys`."""
        for tree, root, names, data in _messages(self._questions):
            if tree is None:
                self.to_hash.extend(names)
            elif data is not None:
                self.keys.extend((tree, name) for name in names)
                yield from ((name, data) for name in names)
            else:
                yield from self._of_folder(tree, root, names)

    def _of_folder(self, tree: str, root: str, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        files = self._folders.get(root)
        if files is None:
            files = self._folders[root] = FolderFiles(root)
        for name, content in contents_of(files, names):
            if isinstance(content, bytes) and tree == REPOSITORY_TREE and _is_pointer(content):
                content = _not_here(name)
            if isinstance(content, FileLicense):
                self.unreadable[tree, name] = content
                continue
            self.keys.append((tree, name))
            if is_looked_into(name) and OBJECT_MAKER in content:
                self.makers.add((tree, name))
            yield name, content


def _reader(index: Index, answers: RememberedAnswers) -> TextReader:
    """A reader, prepared at once where every text will be new: nobody has asked for one yet."""
    reader = TextReader(index)
    if answers.is_empty:
        reader.prepare()
    return reader


def hash_all(paths: Iterable[str]) -> dict[str, tuple[str, str]]:
    """SHA-256 and SHA-512 of files by path; those that cannot be read are left out.

    Two at a time: hashing leaves Python to others, and the parent is often done by now.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(HASHED_TOGETHER) as pool:
        found = pool.map(_digests, paths)
        return {path: sums for path, sums in found if sums is not None}


def _digests(path: str) -> tuple[str, tuple[str, str] | None]:
    try:
        archive = archive_digests(path)
    except OSError:
        return path, None
    return path, (archive.sha256, archive.sha512)


def _messages(questions: BinaryIO) -> Iterator[tuple[str | None, str, list[str], bytes | None]]:
    while True:
        try:
            yield marshal.load(questions)  # noqa: S302 - from our own parent
        except EOFError:
            return


def contents_of(
    files: FolderFiles, names: Iterable[str]
) -> Iterator[tuple[str, bytes | FileLicense]]:
    """`content_of` each file."""
    for name in names:
        yield name, content_of(files, name)


def content_of(files: FolderFiles, name: str) -> bytes | FileLicense:
    """Bytes of a file; for one that cannot be read the finding that says so."""
    try:
        return files.read(name)
    except UnreadableFileError as problem:
        return unreadable(name, problem)


def _is_pointer(content: bytes) -> bool:
    """Whether a file of a checkout stands for another one, which Git LFS did not bring.

    In a module zip or a commit the pointer is what there is.
    """
    return len(content) < MOST_LFS_BYTES and content.startswith(LFS_POINTER)


def _not_here(name: str) -> FileLicense:
    return _blocked(
        name,
        f"{name} is a Git LFS pointer: its content is not here, so its license is unknown",
        "bring it: git lfs pull (in a workflow: actions/checkout with lfs: true)",
    )


def unreadable(name: str, problem: UnreadableFileError) -> FileLicense:
    """What is known of a file that cannot be read: a finding that blocks."""
    return _blocked(
        name,
        f"{name} could not be read ({problem.reason(name)}), so its license is unknown",
        "make the file readable inside the tree, or take it out",
    )


def _blocked(name: str, message: str, remedy: str) -> FileLicense:
    finding = Finding(
        code="file-unreadable",
        severity=Severity.BLOCK,
        message=message,
        remedy=remedy,
        location=Location(file=name),
    )
    return FileLicense(path=name, sha256="", expression=None, findings=(finding,))
