"""The files of a commit, without a checkout; git itself is the judge of revisions."""

from __future__ import annotations

import os
import subprocess

import pytest

from compliance.errors import IncompleteError
from compliance.golang import EntryKind, UnreadableFileError
from compliance.sources import FolderFiles, Repository, RevisionFiles
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
            except (UnreadableFileError, IncompleteError):
                continue
            assert got == content


def test_an_index_of_the_first_version_is_read(history):
    if (history / ".git" / "config").read_text().count("sha256"):
        pytest.skip("that version knows SHA-1 only")
    git(history, "-c", "pack.indexVersion=1", "repack", "-adq")
    (index,) = (history / ".git/objects/pack").glob("*.idx")
    assert index.read_bytes()[:4] == bytes(4)
    commit = git(history, "rev-parse", "HEAD~1")
    assert RevisionFiles(str(history), commit[:9]).commit == commit
    assert RevisionFiles(str(history), "HEAD").read("LICENSE") == b"text\n"


def test_large_offsets_stand_in_a_table_of_their_own(history):
    """As in packs of more than 2 GiB."""
    git(history, "repack", "-adq")
    (index,) = (history / ".git/objects/pack").glob("*.idx")
    index.chmod(0o644)
    index.unlink()
    git(history, "index-pack", "--index-version=2,0x40", str(index.with_suffix(".pack")))
    for path in ("LICENSE", "a/b/c.go", "run.sh"):
        assert RevisionFiles(str(history), "HEAD").read(path)


def test_the_tree_is_the_one_that_gitpython_reads(history):
    if (history / ".git" / "config").read_text().count("sha256"):
        pytest.skip("GitPython reads SHA-1 repositories only")
    repository = pytest.importorskip("git").Repo(history)
    files = RevisionFiles(str(history), "HEAD")
    for item in repository.commit("HEAD").tree.traverse():
        folder, _, name = item.path.rpartition("/")
        assert name in files.listing(folder or ".")
        if item.type == "blob" and item.mode != 0o120000:
            assert files.read(item.path) == item.data_stream.read()


FORMS = (
    "HEAD@{0}", "HEAD@{1}", "@{0}", "main@{1}", "side@{0}", "main@{0}~1", "v1.0.0^{}",
    "v1.0.0^{commit}", "v1.1.0^{commit}~1", "main@{0}^2",
)  # fmt: skip


def test_logs_and_peeled_tags_mean_what_git_says(history):
    for form in FORMS:
        expected = git(history, "rev-parse", form + "^{commit}")
        assert RevisionFiles(str(history), form).commit == expected, form


def test_the_upstream_and_what_was_fetched(history, tmp_path):
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", str(history), str(copy))
    git(copy, "fetch", "-q", "origin", "side")
    for form in ("@{u}", "main@{upstream}", "origin/side", "FETCH_HEAD"):
        expected = git(copy, "rev-parse", form)
        assert RevisionFiles(str(copy), form).commit == expected, form


def test_what_the_index_vouches_for_is_not_read_again(history):
    close = FolderFiles(str(history))
    files = RevisionFiles(str(history), "HEAD", near=close)
    (history / "only0").write_text("changed")
    (history / "a" / "new").write_text("")
    assert not files.same("only0")
    assert not files.same_folder(".")
    assert not files.same_folder("a")
    assert files.same_folder("a/b") == files.same("a/b/c.go")
    assert files.listing("a").keys() == {"b"}
    assert files.read("only0") == b""


def changes_since(root, revision, inside="."):
    """What differs from the work tree, as a run sees it."""
    repository = Repository.open(str(root))
    near = FolderFiles(str(root / inside))
    files = RevisionFiles(str(root), revision, inside, near=near, tracked=repository.tracked)
    return files.changes()


@pytest.mark.parametrize("revision", ["HEAD", "HEAD~1", "HEAD~2", "side", "side~1"])
def test_what_differs_is_what_git_says(history, revision):
    for path in history.rglob("*"):
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts:
            os.utime(path, ns=(10**18, 10**18))
    git(history, "update-index", "-q", "--really-refresh")
    revision = git(history, "rev-parse", revision)
    found = changes_since(history, revision)
    diff = git(history, "diff", "--name-status", revision)
    said = [line.split("\t") for line in diff.splitlines()]
    assert (found is None) == any(name in ("a/b/c.go", "link") for _, name in said)
    if found is None:  # a link leads there
        git(history, "rm", "-q", "link", "folder", "up", "absolute", "loop", "inner")
        git(history, "commit", "-qm", "no links")
        diff = git(history, "diff", "--name-status", revision)
        said = [line.split("\t") for line in diff.splitlines()]
        found = changes_since(history, revision)
    assert found.modified == {name for kind, name in said if kind == "M"}
    assert found.others == {name for kind, name in said if kind != "M"}
    inside = changes_since(history, revision, "a")
    assert inside.modified == {n[2:] for n in found.modified if n.startswith("a/")}


def test_what_differs_is_not_told_where_something_else_is_staged(history):
    (history / "LICENSE").write_text("other\n")
    git(history, "add", ".")
    assert changes_since(history, "HEAD~1") is None


def test_a_folder_that_is_not_here_matters_when_it_is_asked_for(history):
    (history / "docs").mkdir()
    (history / "docs" / "x").write_text("x")
    git(history, "add", ".")
    git(history, "commit", "-qm", "docs")
    base = git(history, "rev-parse", "HEAD")
    tree = git(history, "rev-parse", "HEAD:docs")
    (history / "docs" / "x").write_text("y")
    git(history, "commit", "-qam", "more")
    (history / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    assert changes_since(history, base) is None
    with pytest.raises(IncompleteError):
        RevisionFiles(str(history), base).listing("docs")


def test_folders_that_differ_without_end_are_not_walked(history, monkeypatch):
    """Trees that only are written differently, each holding the next one many times."""
    blob = bytes.fromhex(git(history, "rev-parse", "HEAD:LICENSE"))
    trees = [written(history, "tree", mode + b" x\0" + blob) for mode in (b"100644", b"100664")]
    for _ in range(12):
        trees = [
            written(history, "tree", b"".join(
                b"40000 %d\0" % n + bytes.fromhex(tree) for n in range(8)
            ))
            for tree in trees
        ]  # fmt: skip
    author = "A <a@b.example> 0 +0000"
    commits = [
        written(history, "commit", f"tree {t}\nauthor {author}\ncommitter {author}\n\nx\n".encode())
        for t in trees
    ]
    git(history, "update-ref", "--no-deref", "HEAD", commits[1])
    monkeypatch.setattr(Repository, "tracked", lambda _: Whole(bytes.fromhex(trees[1])))
    assert changes_since(history, commits[0]) is None


class Whole:
    """An index that holds a tree."""

    def __init__(self, tree):
        self.tree, self.links, self.rest, self.clean = tree, [], [], {}


def test_a_damaged_folder_of_a_base_is_an_error_and_no_empty_folder(history):
    tree = git(history, "rev-parse", "HEAD:a")
    path = history / ".git" / "objects" / tree[:2] / tree[2:]
    path.unlink()
    with pytest.raises(IncompleteError, match="git fsck"):
        RevisionFiles(str(history), "HEAD").listing("a/b")
    path.write_bytes(b"damaged")
    with pytest.raises(IncompleteError, match="damaged"):
        RevisionFiles(str(history), "HEAD").listing("a/b")


@pytest.mark.parametrize("name", ["..", ".git", ".", "x/y", "twice"])
def test_a_name_that_git_refuses_is_an_error(history, name):
    blob = bytes.fromhex(git(history, "rev-parse", "HEAD:LICENSE"))
    entry = b"100644 " + name.encode() + b"\0" + blob
    tree = written(history, "tree", entry * (2 if name == "twice" else 1))
    author = "A <a@b.example> 0 +0000"
    text = f"tree {tree}\nauthor {author}\ncommitter {author}\n\nx\n"
    commit = written(history, "commit", text.encode())
    with pytest.raises(IncompleteError, match="git refuses"):
        RevisionFiles(str(history), commit).listing(".")


def written(root, kind, body):
    """Write an object as git would, without asking whether it is sound."""
    done = subprocess.run(
        ["git", "hash-object", "-w", "--literally", "-t", kind, "--stdin"],
        input=body, cwd=root, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


def test_a_shallow_or_partial_clone_says_what_brings_the_rest(history, tmp_path):
    git(history, "config", "uploadpack.allowFilter", "true")
    url = f"file://{history}"
    git(tmp_path, "clone", "-q", "--depth", "1", url, "shallow")
    git(tmp_path, "clone", "-q", "--filter=tree:0", "--no-checkout", url, "partial")
    with pytest.raises(IncompleteError, match="fetch --unshallow"):
        RevisionFiles(str(tmp_path / "shallow"), "HEAD~1")
    with pytest.raises(IncompleteError, match="partial clone"):
        RevisionFiles(str(tmp_path / "partial"), "HEAD~1").listing(".")


def test_a_loose_object_that_inflates_without_end_costs_no_memory(history):
    import hashlib
    import zlib

    body = b"\0" * (300 << 20)
    packer = zlib.compressobj(9)
    data = packer.compress(b"blob %d\0" % len(body) + body) + packer.flush()
    sha256 = len(git(history, "rev-parse", "HEAD")) == 64
    digest = hashlib.sha256 if sha256 else hashlib.sha1
    name = digest(b"blob %d\0" % len(body) + body).hexdigest()
    folder = history / ".git" / "objects" / name[:2]
    folder.mkdir(exist_ok=True)
    (folder / name[2:]).write_bytes(data)
    tree = written(history, "tree", b"100644 bomb\0" + bytes.fromhex(name))
    text = f"tree {tree}\nauthor A <a@b.example> 0 +0000\ncommitter A <a@b.example> 0 +0000\n\nx\n"
    files = RevisionFiles(str(history), written(history, "commit", text.encode()))
    with pytest.raises(UnreadableFileError, match="beyond"):
        files.read("bomb")


def test_hostile_layouts_of_a_git_folder(history, tmp_path):
    git_folder = history / ".git"
    head = git(history, "rev-parse", "HEAD")
    alternates = git_folder / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{git_folder}/objects\n../objects\n/nonexistent\n/dev/zero\n")
    os.mkfifo(git_folder / "fifo")
    with (git_folder / "config").open("a") as config:
        config.write("[include]\n\tpath = fifo\n[core]\n\tworktree = /etc\n\thooksPath = /tmp\n")
    (git_folder / "refs" / "heads" / "a\nb").write_text(head + "\n")
    os.mkfifo(git_folder / "refs" / "heads" / "pipe")
    assert RevisionFiles(str(history), "HEAD").read("LICENSE") == b"text\n"
    for name in ("pipe", "a\nb", "../../etc/passwd"):
        with pytest.raises(IncompleteError):
            RevisionFiles(str(history), name)
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / ".git").symlink_to(git_folder)
    assert RevisionFiles(str(linked), "HEAD").read("LICENSE") == b"text\n"


def test_a_submodule_is_an_empty_folder_whatever_its_address_is(history):
    entry = b"160000 sub\0" + bytes.fromhex(git(history, "rev-parse", "HEAD"))
    modules = written(history, "blob", b'[submodule "sub"]\n\tpath = sub\n\turl = ext::touch ran\n')
    tree = written(history, "tree", b"100644 .gitmodules\0" + bytes.fromhex(modules) + entry)
    text = f"tree {tree}\nauthor A <a@b.example> 0 +0000\ncommitter A <a@b.example> 0 +0000\n\nx\n"
    files = RevisionFiles(str(history), written(history, "commit", text.encode()))
    assert files.listing(".")["sub"] is EntryKind.FOLDER
    assert files.listing("sub") == {}
    assert not (history / "ran").exists()
