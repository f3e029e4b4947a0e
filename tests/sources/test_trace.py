"""A trace says whether anything that a run read has changed since."""

from __future__ import annotations

import os
import time

import msgspec
import pytest

from compliance.golang import UnreadableFileError
from compliance.sources import FolderFiles, SealedTrace, Trace, decode_trace
from compliance.sources.paths import mod_names_in
from compliance.sources.trace import signature_of

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


def test_what_was_looked_at_a_moment_after_it_was_written_cannot_be_relied_on(tree):
    trace = Trace()
    trace.add(str(tree / "b.go"))
    assert trace.seal() is None


def recorded_at_once(tree):
    """A trace of everything, recorded in the moment in which it was written."""
    trace = Trace()
    files = FolderFiles(str(tree), trace)
    files.listing(".")
    files.read("b.go")
    sealed = trace.seal()
    assert sealed is not None
    assert sealed.young
    return decode_trace(sealed.encode())


def test_what_was_read_a_moment_after_it_was_written_is_known_by_its_content(tree):
    trace = recorded_at_once(tree)
    assert trace.unchanged()
    assert trace.aged() is None


@pytest.mark.parametrize("change", ["content", "names"])
def test_a_change_that_hides_behind_young_times_is_seen(tree, change):
    trace = recorded_at_once(tree)
    place = (tree / "b.go") if change == "content" else tree
    before = place.stat()
    if change == "content":
        place.write_bytes(bytes(reversed(place.read_bytes())))
    else:
        (tree / "b.go").rename(tree / "c.go")
        (tree / "c.go").rename(tree / "b2.go")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    folders = [replace_times(f, place) for f in trace.folders]
    assert not SealedTrace(folders, trace.links, trace.young).unchanged()
    assert not trace.unchanged()


def replace_times(folder, place):
    """The record of a folder as it would be if the clock had not moved: the times of now."""
    now = signature_of(place.stat())
    if folder.path == str(place):
        return msgspec.structs.replace(folder, own=now, names=[], signatures=[])
    signatures = [
        now if f"{folder.path}/{n}" == str(place) else s
        for n, s in zip(folder.names, folder.signatures, strict=True)
    ]
    return msgspec.structs.replace(folder, signatures=signatures)


def test_young_entries_come_of_age(tree, monkeypatch):
    trace = recorded_at_once(tree)
    later = time.time_ns() + LATER
    monkeypatch.setattr(time, "time_ns", lambda: later)
    aged = trace.aged()
    assert aged is not None
    assert aged.young == []
    assert aged.unchanged()


def test_names_that_are_not_utf8_make_a_trace_unusable(tree):
    os.close(os.open(os.fsencode(str(tree)) + b"/\xff", os.O_CREAT))
    trace = Trace(started=time.time_ns() + LATER)
    files = FolderFiles(str(tree), trace)
    files.read("\udcff")
    assert trace.seal() is None


@pytest.mark.parametrize("data", [b"", b"x", b"\x92\x90", b"\xc1", bytes(range(64))])
def test_a_damaged_trace_is_none(data):
    assert decode_trace(data) is None


def versions_of(folder, *, age=LATER):
    """What a run records that lists the go.mod files of a folder of versions."""
    trace = Trace(started=time.time_ns() + age)
    trace.versions(str(folder), folder.stat(), mod_names_in(str(folder)))
    sealed = trace.seal()
    assert sealed is not None
    return decode_trace(sealed.encode())


@pytest.mark.parametrize("age", [LATER, 0])
def test_of_a_folder_of_versions_only_the_go_mod_files_count(tmp_path, age):
    (tmp_path / "v1.0.0.mod").write_bytes(b"module x\n")
    sealed = versions_of(tmp_path, age=age)
    (tmp_path / "v1.0.0.zip").write_bytes(b"")
    (tmp_path / "list.lock").write_bytes(b"")
    assert sealed.unchanged()
    (tmp_path / "v1.1.0.mod").write_bytes(b"module x\n")
    assert not sealed.unchanged()
    (tmp_path / "v1.1.0.mod").unlink()
    assert sealed.unchanged()
    (tmp_path / "v1.0.0.mod").unlink()
    assert not sealed.unchanged()
