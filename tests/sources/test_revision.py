"""The files of a commit, without a checkout; git itself is the judge of revisions."""

from __future__ import annotations

import os
import subprocess

import pytest

from compliance.errors import IncompleteError
from compliance.golang import EntryKind, UnreadableFileError
from compliance.sources import FolderFiles, RevisionFiles
from tests.sources.test_repository import GIT, git


@pytest.fixture(params=["sha1", "sha256"])
def history(tmp_path, request):
    """Three commits, a merge, tags of both kinds."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main", f"--object-format={request.param}")
    for number in range(3):
        (root / "a" / "b").mkdir(parents=True, exist_ok=True)
        (root / "a" / "b" / "c.go").write_text(f"package b // {number}\n" + "x\n" * 5000)
        (root / "LICENSE").write_text("text\n")
        (root / f"only{number}").write_text("")
        git(root, "add", ".")
        git(root, "commit", "-qm", f"commit {number}")
        git(root, "tag", f"light{number}")
        git(root, "tag", "-a", "-m", "x", f"v1.{number}.0")
    git(root, "checkout", "-qb", "side", "HEAD~1")
    (root / "side").write_text("side")
    (root / "link").symlink_to("a/b/c.go")
    (root / "folder").symlink_to("a/b")
    (root / "up").symlink_to("../../etc/passwd")
    (root / "absolute").symlink_to("/etc/passwd")
    (root / "loop").symlink_to("loop")
    (root / "inner").symlink_to("a/../a/b/../../LICENSE")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    git(root, "add", ".")
    git(root, "commit", "-qm", "side")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "-m", "merge", "side")
    return root


REVISIONS = (
    "HEAD", "@", "main", "side", "refs/heads/side", "heads/side", "light0", "v1.0.0", "v1.2.0",
    "HEAD~1", "HEAD~2", "HEAD^", "HEAD^2", "HEAD^2~1", "main~1^", "v1.2.0~1", "HEAD~~", "HEAD^0",
)  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_revisions_mean_what_git_says(history, packed):
    if packed:
        git(history, "gc", "-q", "--aggressive")
    for revision in REVISIONS:
        expected = git(history, "rev-parse", revision + "^{commit}")
        assert RevisionFiles(str(history), revision).commit == expected
        for digits in (7, 12, len(expected)):
            assert RevisionFiles(str(history), expected[:digits]).commit == expected


@pytest.mark.parametrize(
    "revision",
    ["", "none", "HEAD~99", "HEAD^3", "abc", "ffffffff", "f" * 40, "-x", "../x", "HEAD:a", "a b",
     "HEAD~99999", "v1.0.0^{tree}", "\0", "~1", "HEAD@{99}"],
)  # fmt: skip
def test_what_is_no_commit_is_an_error(history, revision):
    with pytest.raises(IncompleteError):
        RevisionFiles(str(history), revision)


def test_a_tree_or_a_blob_is_no_commit(history):
    for expression in ("HEAD^{tree}", "HEAD:LICENSE"):
        oid = git(history, "rev-parse", expression)
        with pytest.raises(IncompleteError):
            RevisionFiles(str(history), oid)


def test_outside_git_there_is_no_commit(tmp_path):
    with pytest.raises(IncompleteError):
        RevisionFiles(str(tmp_path), "HEAD")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("near", [False, True])
def test_files_are_those_of_the_commit(history, packed, near):
    if packed:
        git(history, "gc", "-q", "--aggressive")
    close = FolderFiles(str(history)) if near else None
    for revision in ("HEAD", "HEAD~2", "side"):
        files = RevisionFiles(str(history), revision, near=close)
        names = git(history, "ls-tree", "-r", "--name-only", revision).splitlines()
        for name in names:
            if name in ("up", "absolute", "loop"):
                continue
            show = ["git", "show", f"{revision}:{name}"]
            content = subprocess.run(show, cwd=history, env=GIT, check=True, capture_output=True)
            if name in ("link", "inner", "folder"):
                continue
            assert files.read(name) == content.stdout
        assert set(files.listing(".")) == {name.split("/")[0] for name in names}


def test_kinds_and_links(history):
    files = RevisionFiles(str(history), "HEAD")
    kinds = files.listing(".")
    assert kinds["a"] == EntryKind.FOLDER
    assert kinds["run.sh"] == kinds["link"] == kinds["inner"] == EntryKind.FILE
    assert kinds["folder"] == EntryKind.LINKED_FOLDER
    assert kinds["up"] == kinds["absolute"] == kinds["loop"] == EntryKind.UNREADABLE
    assert files.read("link") == files.read("folder/c.go") == files.read("a/b/c.go")
    assert files.read("inner") == b"text\n"
    assert files.listing("folder") == files.listing("a/b") == {"c.go": EntryKind.FILE}
    for path in ("up", "absolute", "loop", "a", "none", "../x", "a/../../x", ""):
        with pytest.raises(UnreadableFileError):
            files.read(path)
    assert files.listing("none") == files.listing("..") == files.listing("LICENSE") == {}


def test_a_folder_of_the_tree_as_root(history):
    files = RevisionFiles(str(history), "HEAD", inside="a")
    assert files.listing(".") == {"b": EntryKind.FOLDER}
    assert files.read("b/c.go").startswith(b"package b // 2")


def test_nothing_of_the_checkout_runs_or_is_waited_for(history):
    marker = history.parent / "ran"
    git(history, "gc", "-q")
    git(history, "config", "core.fsmonitor", f"touch {marker}")
    git(history, "config", "core.sshCommand", f"touch {marker}")
    os.mkfifo(history / ".git" / "objects" / "pack" / "aaa.idx")
    os.mkfifo(history / ".git" / "objects" / "pack" / "aaa.pack")
    assert RevisionFiles(str(history), "HEAD").read("LICENSE") == b"text\n"
    assert not marker.exists()


def test_damaged_packs_are_unreadable_never_a_crash(history):
    git(history, "gc", "-q", "--aggressive")
    files = RevisionFiles(str(history), "HEAD")
    good = {path: files.read(path) for path in ("LICENSE", "a/b/c.go", "run.sh")}
    (pack,) = (history / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    whole = pack.read_bytes()
    for at in range(12, len(whole), 23):
        pack.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            files = RevisionFiles(str(history), "HEAD")
        except IncompleteError:
            continue
        for path, content in good.items():
            try:
                got = files.read(path)
            except UnreadableFileError:
                continue
            assert got == content
