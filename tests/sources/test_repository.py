"""Commit and dirty flag of a checkout, compared with git itself."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from compliance.errors import UsageError
from compliance.sources import Repository, Trace

GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": os.environ["PATH"],
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_OPTIONAL_LOCKS": "0",
}  # fmt: skip


def git(folder, *args, **env):
    run = subprocess.run(
        ["git", *args], cwd=folder, env={**GIT, **env}, check=True, capture_output=True, text=True
    )
    return run.stdout.strip()


def git_says(folder):
    """Commit and dirty flag as git sees them."""
    commit = git(folder, "rev-parse", "HEAD")
    dirty = git(folder, "describe", "--always", "--dirty", "--abbrev=40").endswith("-dirty")
    return commit, dirty


def we_say(folder):
    repository = Repository.open(str(folder))
    return repository.commit, repository.dirty()


@pytest.fixture(params=["sha1", "sha256"])
def checkout(tmp_path, request):
    root = tmp_path / "checkout"
    root.mkdir()
    git(root, "init", "-q", "-b", "main", f"--object-format={request.param}")
    for name in ("go.mod", "a/b/c.go", "a/b.go", "a-b.go", "a.go", "z/y.go"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"content of {name}\n")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("a.go")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    return root


def test_a_fresh_checkout_is_clean(checkout):
    assert we_say(checkout) == git_says(checkout)
    assert we_say(checkout)[1] is False


CHANGES = {
    "content": lambda r: (r / "a.go").write_text("CONTENT OF a.go\n"),
    "same content again": lambda r: (r / "a.go").write_text("content of a.go\n"),
    "touched": lambda r: os.utime(r / "a.go", (1, 1)),
    "removed": lambda r: (r / "z" / "y.go").unlink(),
    "untracked": lambda r: (r / "new.go").write_text("x"),
    "executable": lambda r: (r / "a.go").chmod(0o755),
    "link moved": lambda r: ((r / "link").unlink(), (r / "link").symlink_to("a-b.go")),
    "file to link": lambda r: ((r / "a.go").unlink(), (r / "a.go").symlink_to("a-b.go")),
    "staged": lambda r: ((r / "a.go").write_text("y"), git(r, "add", "a.go")),
    "staged removal": lambda r: git(r, "rm", "-q", "--cached", "a.go"),
    "intent to add": lambda r: ((r / "n.go").write_text("x"), git(r, "add", "-N", "n.go")),
    "assume unchanged": lambda r: (
        git(r, "update-index", "--assume-unchanged", "a.go"),
        (r / "a.go").write_text("y"),
    ),
    "skip worktree": lambda r: (
        git(r, "update-index", "--skip-worktree", "a.go"),
        (r / "a.go").unlink(),
    ),
    "mode ignored": lambda r: (
        git(r, "config", "core.fileMode", "false"),
        (r / "a.go").chmod(0o755),
    ),
    "index version 4": lambda r: git(r, "update-index", "--index-version", "4"),
    "index version 4 changed": lambda r: (
        git(r, "update-index", "--index-version", "4"),
        (r / "a/b/c.go").write_text("z"),
    ),
    "packed": lambda r: git(r, "gc", "-q"),
    "detached": lambda r: git(r, "checkout", "-q", "--detach"),
    "second commit": lambda r: (
        (r / "a.go").write_text("y"),
        git(r, "commit", "-qam", "second"),
        git(r, "gc", "-q", "--aggressive"),
    ),
    "packed refs": lambda r: git(r, "pack-refs", "--all"),
    "line ends": lambda r: (
        (r / ".gitattributes").write_text("* text eol=crlf\n"),
        git(r, "add", "."),
        git(r, "commit", "-qm", "crlf"),
        (r / "a.go").unlink(),
        git(r, "checkout", "-q", "."),
        os.utime(r / "a.go", (5, 5)),
    ),
    "conflict": lambda r: (
        git(r, "checkout", "-qb", "side"),
        (r / "a.go").write_text("side\n"),
        git(r, "commit", "-qam", "s"),
        git(r, "checkout", "-q", "main"),
        (r / "a.go").write_text("main\n"),
        git(r, "commit", "-qam", "m"),
        subprocess.run(["git", "merge", "side"], cwd=r, env=GIT, check=False, capture_output=True),
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_dirty_agrees_with_git(checkout, change):
    CHANGES[change](checkout)
    assert we_say(checkout) == git_says(checkout)


def test_the_index_is_not_written(checkout):
    os.utime(checkout / "a.go", (1, 1))
    before = (checkout / ".git" / "index").read_bytes()
    assert we_say(checkout)[1] is False
    assert (checkout / ".git" / "index").read_bytes() == before


def test_hooks_filters_and_configuration_of_the_checkout_never_run(checkout):
    marker = checkout.parent / "ran"
    git(checkout, "config", "filter.x.clean", f"touch {marker}")
    git(checkout, "config", "core.fsmonitor", f"touch {marker}")
    (checkout / ".gitattributes").write_text("* filter=x\n")
    os.utime(checkout / "a.go", (1, 1))
    Repository.open(str(checkout)).dirty()
    assert not marker.exists()


def test_a_linked_work_tree(checkout):
    git(checkout, "worktree", "add", "-q", "-b", "other", "../other")
    other = checkout.parent / "other"
    (other / "a.go").write_text("y")
    assert we_say(other) == git_says(other)
    assert we_say(checkout) == git_says(checkout)


def test_a_submodule_counts_by_its_commit(checkout, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    kind = "sha256" if len(git(checkout, "rev-parse", "HEAD")) == 64 else "sha1"
    git(source, "init", "-q", f"--object-format={kind}")
    (source / "f").write_text("1")
    git(source, "add", ".")
    git(source, "commit", "-qm", "1")
    git(checkout, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(source), "sub")
    git(checkout, "commit", "-qm", "sub")
    assert we_say(checkout) == git_says(checkout)
    git(checkout / "sub", "commit", "-q", "--allow-empty", "-m", "2")
    assert we_say(checkout) == git_says(checkout)
    assert we_say(checkout)[1] is True


def test_a_shared_clone_reads_the_objects_of_its_source(checkout, tmp_path):
    git(checkout, "gc", "-q")
    git(tmp_path, "clone", "-q", "--shared", str(checkout), "copy")
    assert we_say(tmp_path / "copy") == git_says(tmp_path / "copy")


def test_a_folder_of_a_checkout_has_its_commit(checkout):
    repository = Repository.open(str(checkout / "a"))
    assert repository.commit == git(checkout, "rev-parse", "HEAD")
    assert repository.dirty() is False


def test_an_ignored_folder_is_no_part_of_the_commit_around_it(checkout):
    (checkout / "build").mkdir()
    assert Repository.open(str(checkout / "build")).commit is None


def test_before_the_first_commit_there_is_none(tmp_path):
    git(tmp_path, "init", "-q")
    assert we_say(tmp_path) == (None, None)


def test_without_an_index_everything_is_deleted(checkout):
    (checkout / ".git" / "index").unlink()
    assert we_say(checkout) == git_says(checkout)


def test_outside_git_there_is_no_commit(tmp_path):
    repository = Repository.open(str(tmp_path))
    assert (repository.commit, repository.dirty()) == (None, None)
    assert repository.name == tmp_path.name


DAMAGE = {
    "index truncated": (".git/index", lambda d: d[: len(d) // 2]),
    "index empty": (".git/index", lambda _: b""),
    "index garbage": (".git/index", lambda d: b"DIRC\0\0\0\2\xff\xff\xff\xff" + d[12:]),
    "index version": (".git/index", lambda d: b"DIRC\0\0\0\x09" + d[8:]),
    "head garbage": (".git/HEAD", lambda _: b"\xff\0ref"),
    "head loops": (".git/HEAD", lambda _: b"ref: HEAD\n"),
    "head leaves": (".git/HEAD", lambda _: b"ref: ../../../etc/passwd\n"),
    "head long": (".git/HEAD", lambda _: b"ref: " + b"a" * 100_000),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_git_folder_gives_no_answer_and_no_error(checkout, damage):
    name, change = DAMAGE[damage]
    path = checkout / name
    path.write_bytes(change(path.read_bytes()))
    assert Repository.open(str(checkout)).dirty() is None


def test_damaged_objects_give_no_answer(checkout):
    git(checkout, "gc", "-q")
    for pack in (checkout / ".git/objects/pack").glob("*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(b"PACK" + bytes(len(pack.read_bytes()) - 4))
    assert Repository.open(str(checkout)).dirty() is None


def test_pipes_in_the_git_folder_are_never_waited_for(checkout):
    git(checkout, "gc", "-q")
    for name in ("objects/pack/aaa.idx", "objects/info/alternates", "packed-refs", "config"):
        path = checkout / ".git" / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    assert Repository.open(str(checkout)).dirty() is None
    for name in ("HEAD", "index"):
        (checkout / ".git" / name).unlink()
        os.mkfifo(checkout / ".git" / name)
        assert Repository.open(str(checkout)).dirty() is None


def test_a_pack_index_that_claims_billions_of_objects_is_passed_over(checkout):
    git(checkout, "gc", "-q")
    for index in (checkout / ".git/objects/pack").glob("*.idx"):
        index.chmod(0o644)
        data = bytearray(index.read_bytes())
        data[8:1032] = b"\xff" * 1024
        data[8:12] = bytes(4)
        index.write_bytes(data)
        with index.open("r+b") as file:
            file.truncate(1 << 40)
    assert Repository.open(str(checkout)).dirty() is None


def test_a_link_in_place_of_a_folder_hides_what_was_there(checkout):
    (checkout / "z").rename(checkout.parent / "elsewhere")
    (checkout / "z").symlink_to("../elsewhere")
    os.utime(checkout / "z" / "y.go", (1, 1))
    assert we_say(checkout) == git_says(checkout)
    assert we_say(checkout)[1] is True


def test_a_path_of_the_index_that_leaves_is_not_looked_at(checkout):
    path = checkout / ".git" / "index"
    data = path.read_bytes().replace(b"a/b/c.go", b"../b/c.g", 1)
    path.write_bytes(data.replace(b"TREE", b"TRXX"))
    assert Repository.open(str(checkout)).dirty() is None


def test_a_split_index_gives_no_answer(checkout):
    git(checkout, "update-index", "--split-index")
    assert Repository.open(str(checkout)).dirty() is None


@pytest.mark.parametrize("path", ["missing", "file", "a\0b"])
def test_what_is_no_folder_is_a_usage_error(tmp_path, path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError):
        Repository.open(str(tmp_path / path))


def test_a_trace_covers_what_decides_dirty(checkout):
    def traced():
        trace = Trace(started=time.time_ns() + 10_000_000_000)
        Repository.open(str(checkout), trace=trace).dirty()
        return trace.seal()

    first = traced()
    assert first.unchanged()
    (checkout / "z" / "y.go").write_text("changed")
    assert not first.unchanged()
    second = traced()
    git(checkout, "commit", "-q", "--allow-empty", "-m", "empty")
    assert not second.unchanged()
