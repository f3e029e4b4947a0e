"""Reading a tree on disk: what is inside is read, what is not is never touched."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from compliance.golang import EntryKind, UnreadableFileError
from compliance.sources import FolderFiles, SubFiles, Trace
from compliance.sources.paths import RealFolders


@pytest.fixture
def tree(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    root = tmp_path / "root"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "a.go").write_bytes(b"package pkg\n")
    (root / "LICENSE").write_bytes(b"text")
    return root


def test_listing_names_files_and_folders(tree):
    files = FolderFiles(str(tree))
    assert files.listing(".") == {"pkg": EntryKind.FOLDER, "LICENSE": EntryKind.FILE}
    assert files.listing("pkg") == {"a.go": EntryKind.FILE}
    assert files.listing("missing") == {}
    assert files.listing("LICENSE") == {}
    assert files.problems == ()


def test_content_is_read_whole(tree):
    (tree / "big").write_bytes(b"x" * 300_000)
    files = FolderFiles(str(tree))
    assert files.read("pkg/a.go") == b"package pkg\n"
    assert len(files.read("big")) == 300_000


@pytest.mark.parametrize(
    "path",
    ["nothing", "pkg/nothing", "pkg", ".", "..", "../outside/secret", "pkg/../LICENSE", "pkg//a.go",
     "a\0b", "x" * 5000, "pkg/" * 3000 + "a.go", ""],
)  # fmt: skip
def test_what_is_no_file_of_the_tree_is_unreadable(tree, path):
    with pytest.raises(UnreadableFileError):
        FolderFiles(str(tree)).read(path)


@pytest.mark.parametrize("folder", ["..", "../outside", "pkg/..", "pkg/../..", "/etc", "a\0b"])
def test_nothing_outside_is_listed(tree, folder):
    assert FolderFiles(str(tree)).listing(folder) == {}


def test_links_inside_are_followed(tree):
    (tree / "link").symlink_to("LICENSE")
    (tree / "chain").symlink_to("link")
    (tree / "absolute").symlink_to(tree / "LICENSE")
    (tree / "folder").symlink_to("pkg")
    files = FolderFiles(str(tree))
    kinds = files.listing(".")
    assert kinds["link"] == kinds["chain"] == kinds["absolute"] == EntryKind.FILE
    assert kinds["folder"] == EntryKind.LINKED_FOLDER
    assert files.read("chain") == files.read("absolute") == b"text"
    assert files.read("folder/a.go") == b"package pkg\n"
    assert files.listing("folder") == {"a.go": EntryKind.FILE}


@pytest.mark.parametrize(
    "target", ["../outside/secret", "../outside", "/etc/passwd", "gone", "loop"]
)
def test_links_that_leave_dangle_or_loop_are_unreadable(tree, target):
    name = "loop" if target == "loop" else "link"
    (tree / name).symlink_to(target)
    files = FolderFiles(str(tree))
    assert files.listing(".")[name] == EntryKind.UNREADABLE
    with pytest.raises(UnreadableFileError):
        files.read(name)
    assert files.listing(name) == {}


def test_a_linked_parent_that_leaves_is_not_followed(tree):
    (tree / "away").symlink_to("../outside")
    files = FolderFiles(str(tree))
    with pytest.raises(UnreadableFileError):
        files.read("away/secret")
    assert files.listing("away") == {}


def test_a_sibling_whose_name_begins_alike_is_outside(tree):
    sibling = tree.parent / "root-two"
    sibling.mkdir()
    (sibling / "f").write_bytes(b"x")
    (tree / "link").symlink_to("../root-two/f")
    assert FolderFiles(str(tree)).listing(".")["link"] == EntryKind.UNREADABLE


def test_a_long_chain_of_links_ends(tree):
    (tree / "l0").symlink_to("LICENSE")
    for n in range(1, 3000):
        (tree / f"l{n}").symlink_to(f"l{n - 1}")
    files = FolderFiles(str(tree))
    assert files.listing(".")["l2999"] == EntryKind.UNREADABLE
    with pytest.raises(UnreadableFileError):
        files.read("l2999")


def test_pipes_sockets_and_devices_are_unreadable_and_never_waited_for(tree):
    os.mkfifo(tree / "pipe")
    server = socket.socket(socket.AF_UNIX)
    here = os.open(tree, os.O_RDONLY)
    try:
        server.bind(f"/proc/self/fd/{here}/sock")
        (tree / "null").symlink_to("/dev/null")
        files = FolderFiles(str(tree))
        for name in ("pipe", "sock", "null"):
            assert files.listing(".")[name] == EntryKind.UNREADABLE
            with pytest.raises(UnreadableFileError):
                files.read(name)
    finally:
        server.close()
        os.close(here)


def test_a_file_beyond_the_limit_is_unreadable(tree):
    (tree / "large").write_bytes(b"x" * 101)
    files = FolderFiles(str(tree), limit=100)
    with pytest.raises(UnreadableFileError, match="101 bytes"):
        files.read("large")


def test_a_sparse_giant_costs_nothing(tree):
    with (tree / "giant").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UnreadableFileError):
        FolderFiles(str(tree)).read("giant")


def test_names_that_are_not_utf8_are_readable(tree):
    raw = os.fsencode(str(tree)) + b"/bad\xff.go"
    os.close(os.open(raw, os.O_CREAT))
    files = FolderFiles(str(tree))
    (name,) = [n for n in files.listing(".") if n.startswith("bad")]
    assert name == "bad\udcff.go"
    assert files.read(name) == b""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_a_problem_not_an_absence(tree):
    (tree / "pkg").chmod(0)
    files = FolderFiles(str(tree))
    assert files.listing("pkg") == {}
    assert files.problems == (("pkg", "Permission denied"),)
    (tree / "pkg").chmod(0o755)


def test_thousands_of_nested_folders_end_without_recursion(tree):
    here = os.open(tree, os.O_RDONLY)
    for _ in range(5000):
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    files = FolderFiles(str(tree))
    folder, depth = "d", 0
    while files.listing(folder):
        folder += "/d"
        depth += 1
    assert 1000 < depth < 5000
    assert files.problems  # what is beyond is named, not passed over
    assert "too long" in files.problems[0][1]
    subprocess.run(["rm", "-rf", tree / "d"], check=True)  # deeper than shutil.rmtree can go


def test_the_root_may_be_a_link(tree):
    link = tree.parent / "alias"
    link.symlink_to("root")
    assert FolderFiles(str(link)).read("LICENSE") == b"text"


def test_a_part_of_a_tree_is_a_tree(tree):
    (tree / "pkg" / "up").symlink_to("../LICENSE")
    part = SubFiles(FolderFiles(str(tree)), "pkg")
    assert part.listing(".") == {"a.go": EntryKind.FILE, "up": EntryKind.FILE}
    assert part.read("up") == b"text"
    with pytest.raises(UnreadableFileError):
        part.read("../LICENSE")


def test_links_among_the_folders_of_a_cache_are_followed(tmp_path: Path) -> None:
    """Paths below one root are resolved as the kernel resolves them, parents only once."""
    (tmp_path / "real/a.example/m@v1/x").mkdir(parents=True)
    (tmp_path / "elsewhere/n@v1").mkdir(parents=True)
    (tmp_path / "real/b.example").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "real/a.example/o@v1").symlink_to("m@v1")
    (tmp_path / "cache").symlink_to(tmp_path / "real")
    folders = RealFolders(str(tmp_path / "cache"))
    for below in ("a.example/m@v1", "a.example/o@v1", "b.example/n@v1", "a.example/none@v1"):
        assert folders.resolve(below) == os.path.realpath(tmp_path / "cache" / below)
    assert RealFolders("/").resolve("tmp") == os.path.realpath("/tmp")  # noqa: S108


def test_a_folder_that_changes_before_it_is_listed_is_told(tmp_path: Path) -> None:
    """Its state is taken when it is passed: what comes after that makes the trace untrue."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.go").write_text("package a\n", encoding="ascii")
    old = time.time() - 100
    for place in ("a/x.go", "a", "."):
        os.utime(tmp_path / place, (old, old))
    trace = Trace(started=time.time_ns() + 10**10)
    files = FolderFiles(str(tmp_path), trace)
    files.read("a/x.go")
    (tmp_path / "a/y.go").write_text("package a\n", encoding="ascii")
    assert sorted(files.listing("a")) == ["x.go", "y.go"]
    sealed = trace.seal()
    assert sealed is not None
    assert not sealed.unchanged()


def test_a_path_that_no_system_opens_takes_no_memory_for_each_of_its_folders(tree: Path) -> None:
    """A million folders, as a `use` or `replace` line can name them."""
    files = FolderFiles(str(tree))
    endless = "/".join(["pkg"] * 1_000_000)
    with pytest.raises(UnreadableFileError, match="no such file"):
        files.read(f"{endless}/go.mod")
    assert files.listing(endless) == {}
    assert files.plain(endless) is None
    assert files.listing("pkg") == {"a.go": EntryKind.FILE}
