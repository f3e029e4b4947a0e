"""`compliance detect`: what it prints, what it remembers, and that remembering changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from compliance.licenses import license_text
from tests.cli.conftest import Run

HEADER = "// Copyright {year} A. Author\n// SPDX-License-Identifier: MIT\n\npackage p{number}\n"


def text_of(name: str) -> str:
    """A license text, from the index."""
    text = license_text(name)
    assert text is not None
    return text


def grow_old(tree: Path) -> None:
    """Make times older than what could hide a change, which change times do by themselves."""
    for path in [*tree.rglob("*"), tree]:
        if not path.is_symlink():
            os.utime(path, (1_600_000_000, 1_600_000_000))
    time.sleep(2.1)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """More files than are read by one process alone, in two folders."""
    root = tmp_path / "tree"
    for number in range(200):
        folder = root / ("a" if number % 2 else "b")
        folder.mkdir(parents=True, exist_ok=True)
        text = HEADER.format(year=2000 + number % 20, number=number)
        (folder / f"f{number}.go").write_text(text if number % 3 else "package q\n", "utf-8")
    (root / "LICENSE").write_text(text_of("BSD-3-Clause"), "utf-8")
    (root / "a" / "COPYING").write_text(text_of("MPL-2.0").replace("not", "never"), "utf-8")
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def answer(run: Run, tree: Path, cache: Path | str, *words: str) -> bytes:
    done = run("detect", tree, "--json", *words, COMPLIANCE_CACHE=str(cache))
    assert "Traceback" not in done.stderr
    assert done.returncode == 0
    return done.stdout.encode("utf-8")


def blobs(cache: Path) -> list[Path]:
    """All files but the lock, which only a run makes that looks after the size of the cache."""
    return sorted(p for p in cache.rglob("*") if p.is_file() and p.name != ".lock")


def test_every_run_says_the_same(run: Run, tree: Path, cache: Path) -> None:
    """Without a cache, with an empty one, a full one, another hash seed, one core."""
    first = answer(run, tree, "/dev/null/nowhere")
    assert len(json.loads(first)["files"]) == 202
    assert all(len(f["sha256"]) == 64 for f in json.loads(first)["files"])
    assert answer(run, tree, cache) == first
    assert answer(run, tree, cache) == first
    one = run("detect", tree, "--json", PYTHONHASHSEED="7", COMPLIANCE_CACHE=str(cache / "other"))
    assert one.stdout.encode() == first
    if hasattr(os, "sched_setaffinity"):
        core = min(os.sched_getaffinity(0))
        alone = subprocess.run(
            [sys.executable, "-m", "compliance", "detect", str(tree), "--json"],
            capture_output=True, check=True, timeout=120,
            env={**os.environ, "COMPLIANCE_CACHE": str(cache / "alone")},
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )  # fmt: skip
        assert alone.stdout == first


def test_a_change_is_seen_and_undone(run: Run, tree: Path, cache: Path) -> None:
    grow_old(tree)
    first = answer(run, tree, cache)
    file = tree / "a" / "f1.go"
    before = file.stat()
    text = file.read_bytes()
    file.write_bytes(text.replace(b"MIT", b"ISC"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # the same size and time
    second = json.loads(answer(run, tree, cache))
    changed = [f for f in second["files"] if f["path"] == "a/f1.go"]
    assert [f["expression"] for f in changed] == ["ISC"]
    (tree / "a" / "new.go").write_bytes(text)
    assert len(json.loads(answer(run, tree, cache))["files"]) == 203
    (tree / "a" / "new.go").unlink()
    file.write_bytes(text)
    assert answer(run, tree, cache) == first


def test_what_is_unchanged_is_not_read_again(run: Run, tree: Path, cache: Path) -> None:
    grow_old(tree)
    answer(run, tree, cache)
    kept = {p: p.read_bytes() for p in blobs(cache)}
    other = run("detect", tree, COMPLIANCE_CACHE=str(cache))  # another form, same files
    assert "files name a license" in other.stdout
    # Nothing was read, so neither record was written anew: there is only one delivery more.
    assert {p: p.read_bytes() for p in kept} == kept
    assert len(blobs(cache)) == len(kept) + 1


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign", "folder"])
def test_damaged_records_are_replaced(run: Run, tree: Path, cache: Path, damage: str) -> None:
    first = answer(run, tree, cache)
    assert blobs(cache)
    for path in blobs(cache):
        data = path.read_bytes()
        path.unlink()
        match damage:
            case "cut":
                path.write_bytes(data[: len(data) // 2])
            case "flip":
                middle = len(data) // 2
                path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
            case "empty":
                path.write_bytes(b"")
            case "foreign":
                path.write_bytes(b"\x93\x01\x02\x03" * 100)
            case _:
                path.mkdir()
    assert answer(run, tree, cache) == first
    if damage != "folder":
        assert answer(run, tree, cache) == first


def test_two_runs_at_once_and_one_that_is_killed(run: Run, tree: Path, cache: Path) -> None:
    first = answer(run, tree, "/dev/null/nowhere")
    command = [sys.executable, "-m", "compliance", "detect", str(tree), "--json"]
    env = {**os.environ, "COMPLIANCE_CACHE": str(cache)}
    for wait in (0.05, 0.2, 0.35, 0.5):
        with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as killed:
            time.sleep(wait)
            killed.send_signal(signal.SIGKILL)
    both = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE) for _ in range(2)]
    assert [p.communicate(timeout=120)[0] for p in both] == [first, first]
    assert answer(run, tree, cache) == first


def test_a_cache_that_cannot_be_written_is_done_without(
    run: Run, tree: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    first = answer(run, tree, tmp_path / "file")
    assert answer(run, tree, tmp_path / "file") == first
    assert (tmp_path / "file").read_bytes() == b""


def test_the_cache_lies_where_the_environment_says(run: Run, tree: Path, tmp_path: Path) -> None:
    run("detect", tree, XDG_CACHE_HOME=str(tmp_path / "xdg"), COMPLIANCE_CACHE="")
    assert blobs(tmp_path / "xdg" / "compliance")
    assert not (tree / ".cache").exists()


def test_what_is_no_file_is_named_and_ends_with_3(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "odd"
    root.mkdir()
    os.mkfifo(root / "LICENSE")
    (root / "COPYING").symlink_to("/etc/hostname")
    (root / "loop").symlink_to("loop")
    (root / "up").symlink_to("..")
    (root / "NOTICE").mkdir()
    (root / "NOTICE" / "LICENSE").write_text(text_of("MIT"), "utf-8")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(root / "license.sock"))
    with (root / "LICENSE.big").open("wb") as sparse:
        sparse.truncate(1 << 40)
    (root / "LICENSE.bin").write_bytes(b"\0\1\2" * 1000 + text_of("MIT").encode())
    (root / os.fsdecode(b"COPYING\xff\x1b[2J")).write_text(text_of("ISC"), "utf-8")
    (root / "LICENSE\nMIT").write_text("GPL\n", "utf-8")
    done = run("detect", root, "--json")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    document = json.loads(done.stdout)
    said = {f["path"]: f["expression"] for f in document["files"]}
    assert said["NOTICE/LICENSE"] == "MIT"
    assert said["LICENSE.bin"] is None
    assert "ISC" in said.values()
    unread = {f["location"]["file"] for f in document["findings"] if f["severity"] == "block"}
    assert unread >= {"LICENSE", "COPYING", "loop", "license.sock", "LICENSE.big"}
    assert "up" in unread


def test_several_paths_a_file_and_stdin(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "COPYING").write_text(text_of("ISC"), "utf-8")
    (tmp_path / "LICENSE").write_text(text_of("MIT"), "utf-8")
    done = run("detect", "x", "LICENSE", "--json")
    said = {f["path"]: f["expression"] for f in json.loads(done.stdout)["files"]}
    assert said == {"COPYING": "ISC", "LICENSE": "MIT"}
    with (tmp_path / "LICENSE").open("rb") as text:
        piped = subprocess.run(
            [sys.executable, "-m", "compliance", "detect", "-", "--json"],
            stdin=text, capture_output=True, check=True, timeout=60,
        )  # fmt: skip
    (file,) = json.loads(piped.stdout)["files"]
    assert (file["path"], file["expression"]) == ("-", "MIT")
    assert run("detect", "gone").returncode == 2
    assert run("detect", "LICENSE", "--json", "--diff").returncode == 2


def test_a_changed_text_is_shown_word_by_word(run: Run, tmp_path: Path) -> None:
    text = text_of("MIT").replace("without restriction", "with many restrictions")
    (tmp_path / "LICENSE").write_text(text.replace("sublicense", "hide"), "utf-8")
    done = run("detect", "--diff", "LICENSE")
    assert "differs from MIT in 2 places" in done.stdout
    words = " ".join(done.stdout.split())
    assert "[-without restriction-] {+with many restrictions+} including" in words
    assert "[-sublicense-] {+hide+}" in words
    shutil.copy(tmp_path / "LICENSE", tmp_path / "COPYING")
    (tmp_path / "COPYING").write_text(text_of("MIT"), "utf-8")
    assert run("detect", "--diff", "COPYING").stdout == "No license text was changed.\n"


def test_a_folder_beyond_the_longest_path_is_named(run: Run, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    at = os.open(tree, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=at)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    done = run("detect", tree)
    assert done.returncode == 3
    assert "could not be read (File name too long), so what it says is unknown" in done.stderr
