"""A trace says whether anything that a run read has changed since."""

from __future__ import annotations

import os
import time

import pytest

from compliance.golang import UnreadableFileError
from compliance.sources import FolderFiles, Trace, decode_trace

LATER = 10_000_000_000


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "a.go").write_bytes(b"package a\n")
    (tmp_path / "b.go").write_bytes(b"package b\n")
    (tmp_path / "link").symlink_to("b.go")
    (tmp_path / "dangling").symlink_to("later")
    return tmp_path


def record(tree):
    """What a run reads: everything, and something that is not there."""
    trace = Trace(started=time.time_ns() + LATER)
    files = FolderFiles(str(tree), trace)
    files.listing(".")
    files.listing("pkg")
    files.listing("gone")
    for name in ("b.go", "pkg/a.go", "link"):
        files.read(name)
    with pytest.raises(UnreadableFileError):
        files.read("missing.go")
    sealed = trace.seal()
    assert sealed is not None
    again = decode_trace(sealed.encode())
    assert again == sealed
    return again


def test_nothing_changed(tree):
    assert record(tree).unchanged()


CHANGES = {
    "content of the same size": lambda t: (t / "b.go").write_bytes(b"package c\n"),
    "content grows": lambda t: (t / "pkg" / "a.go").write_bytes(b"package a // x\n"),
    "file replaced": lambda t: (
        (t / "n").write_bytes(b"package b\n"),
        (t / "n").rename(t / "b.go"),
    ),
    "file removed": lambda t: (t / "pkg" / "a.go").unlink(),
    "file added": lambda t: (t / "pkg" / "new.go").write_bytes(b""),
    "missing file appears": lambda t: (t / "missing.go").write_bytes(b""),
    "missing folder appears": lambda t: (t / "gone").mkdir(),
    "link points elsewhere": lambda t: (
        (t / "link").unlink(),
        (t / "link").symlink_to("pkg/a.go"),
    ),
    "dangling link finds its target": lambda t: (t / "later").write_bytes(b""),
    "folder replaced by a file": lambda t: (
        (t / "pkg" / "a.go").unlink(),
        (t / "pkg").rmdir(),
        (t / "pkg").write_bytes(b""),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(tree, change):
    trace = record(tree)
    CHANGES[change](tree)
    assert not trace.unchanged()


def test_a_change_with_the_old_modification_time_is_seen(tree):
    trace = record(tree)
    before = (tree / "b.go").stat()
    (tree / "b.go").write_bytes(b"package x\n")
    os.utime(tree / "b.go", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not trace.unchanged()


def test_what_was_written_a_moment_ago_cannot_be_relied_on(tree):
    trace = Trace()
    FolderFiles(str(tree), trace).read("b.go")
    assert trace.seal() is None


def test_names_that_are_not_utf8_make_a_trace_unusable(tree):
    os.close(os.open(os.fsencode(str(tree)) + b"/\xff", os.O_CREAT))
    trace = Trace(started=time.time_ns() + LATER)
    files = FolderFiles(str(tree), trace)
    files.read("\udcff")
    assert trace.seal() is None


@pytest.mark.parametrize("data", [b"", b"x", b"\x92\x90", b"\xc1", bytes(range(64))])
def test_a_damaged_trace_is_none(data):
    assert decode_trace(data) is None
