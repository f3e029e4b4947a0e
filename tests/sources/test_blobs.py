"""Contents by the names that git gives them: never a name for another content."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from compliance.sources import Repository
from tests.sources.test_repository import git

GO = "package a\n\n/* $Id$ */\n"


@pytest.fixture(params=["sha1", "sha256"])
def checkout(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    root = tmp_path / "checkout"
    (root / "in" / "a").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main", f"--object-format={request.param}")
    (root / "in" / "a" / "a.go").write_text(GO)
    (root / "in" / "b.go").write_text(GO)
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return settled(root)


def settled(root: Path) -> Path:
    """Files that are older than the index by seconds."""
    for path in root.rglob("*.go"):
        os.utime(path, ns=(10**18, 10**18), follow_symlinks=False)
    time.sleep(0.05)
    (root / ".git" / "index").unlink()
    git(root, "reset", "-q")  # git itself looks at seconds only, and would leave what it has
    return root


def name(root: Path, path: str = "a/a.go", folder: str = "in") -> bytes | None:
    """What a new look at the folder says; None where it says nothing of any file."""
    names = Repository.open(str(root / folder)).blob_names()
    return names(path) if names is not None else None


def test_the_name_is_that_of_the_blob_and_the_size(checkout: Path) -> None:
    oid = bytes.fromhex(git(checkout, "rev-parse", "HEAD:in/a/a.go"))
    assert name(checkout) == oid + len(GO).to_bytes(4, "big") == name(checkout, "in/a/a.go", ".")
    assert name(checkout, "b.go") == name(checkout)
    assert name(checkout, "none.go") == b""


def test_another_checkout_has_the_same_names(checkout: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(checkout), "again")
    assert name(settled(tmp_path / "again")) == name(checkout) != b""


def _in_place(path: Path) -> None:
    """Another content of the same size, with the times of before."""
    before = path.stat()
    path.write_text(GO.replace("$Id$", "more"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _swapped(path: Path) -> None:
    before = path.stat()
    other = path.with_name("other")
    other.write_text(GO.upper())
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


def _linked(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


def _young(path: Path) -> None:
    """As old as the index: it may have changed in the same tick (racy-git)."""
    now = path.parents[2] / ".git" / "index"
    os.utime(now, ns=(10**18, 10**18))


CHANGES = {
    "content in place": _in_place,
    "another file in its place": _swapped,
    "a link": _linked,
    "its mode": lambda p: p.chmod(0o755),
    "no file": lambda p: p.unlink(),
    "as young as the index": _young,
    "given again": lambda p: shutil.copy2(p, p.with_name("x")) and p.with_name("x").rename(p),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_in_another_state_has_no_name(checkout: Path, change: str) -> None:
    assert name(checkout)
    CHANGES[change](checkout / "in" / "a" / "a.go")
    assert name(checkout) == b"" or name(checkout) is None


def test_what_only_the_index_says_is_believed_of_no_file(checkout: Path) -> None:
    path = checkout / "in" / "a" / "a.go"
    path.write_text(GO.replace("$Id$", "more"))
    git(checkout, "update-index", "--assume-unchanged", "in/a/a.go")
    git(checkout, "update-index", "--skip-worktree", "in/b.go")
    (checkout / "in" / "b.go").write_text(GO.replace("$Id$", "more"))
    (checkout / "in" / "new.go").write_text(GO)
    git(checkout, "add", "-N", "in/new.go")
    assert {name(checkout, n) for n in ("a/a.go", "b.go", "new.go")} <= {b"", None}


def test_entries_that_are_not_merged_name_nothing(checkout: Path) -> None:
    git(checkout, "checkout", "-qb", "side")
    (checkout / "in" / "b.go").write_text("package one\n")
    git(checkout, "commit", "-qam", "one")
    git(checkout, "checkout", "-q", "main")
    (checkout / "in" / "b.go").write_text("package two\n")
    git(checkout, "commit", "-qam", "two")
    with pytest.raises(subprocess.CalledProcessError):
        git(checkout, "merge", "side")
    assert name(checkout, "b.go") in (b"", None)


def test_a_split_index_names_nothing(checkout: Path) -> None:
    git(checkout, "update-index", "--split-index")
    assert name(checkout) is None


ATTRIBUTES = {
    "*.go ident": True,
    "* filter=lfs": True,
    "*.g\\o working-tree-encoding=UTF-16": True,
    '"*.go" ident': True,
    "a/*.go\tident": True,
    "*.[g]o ident": True,
    "*.GO ident": True,
    "[attr]x.png ident\n*.go x.png": True,
    "*.png filter=lfs diff=lfs merge=lfs -text": False,
    "*.go text eol=lf\n* text=auto": False,
}


@pytest.mark.parametrize("text", ATTRIBUTES)
@pytest.mark.parametrize("place", [".gitattributes", "in/a/.gitattributes", ".git/info/attributes"])
def test_nothing_is_known_where_git_may_convert_go_files(
    checkout: Path, text: str, place: str
) -> None:
    (checkout / place).parent.mkdir(exist_ok=True)
    (checkout / place).write_text(text + "\n")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "attributes", "--allow-empty")
    settled(checkout)
    known = name(checkout)
    assert (known is None) == ATTRIBUTES[text]


def test_line_ends_are_another_content(checkout: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "-c", "core.autocrlf=true", str(checkout), "again")
    again = settled(tmp_path / "again")
    assert (again / "in" / "a" / "a.go").read_bytes().count(b"\r\n") == GO.count("\n")
    assert name(again) not in (name(checkout), None, b"")
