"""Our cache: whole entries or none, whatever happens to the files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from compliance.sources import BlobCache
from compliance.sources.cache import hold, using


def only_file(folder):
    (path,) = [p for p in folder.rglob("*") if p.is_file()]
    return path


def test_what_was_put_is_got(tmp_path):
    cache = BlobCache(str(tmp_path / "c"))
    assert cache.get(b"key") is None
    assert cache.put(b"key", b"value" * 1000)
    assert cache.get(b"key") == b"value" * 1000
    assert cache.put(b"key", b"")
    assert cache.get(b"key") == b""
    assert cache.get(b"other") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d[:-1], lambda d: d + b"x", lambda _: b"", lambda d: d[:10],
        lambda d: d.replace(b"value", b"VALUE"), lambda d: bytes(len(d)),
    ],
    ids=["cut", "longer", "empty", "head only", "changed", "zeroed"],
)  # fmt: skip
def test_a_damaged_entry_is_a_miss_and_is_replaced(tmp_path, damage):
    cache = BlobCache(str(tmp_path))
    cache.put(b"key", b"value")
    path = only_file(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get(b"key") is None
    cache.put(b"key", b"new")
    assert cache.get(b"key") == b"new"


def test_an_entry_under_another_name_is_a_miss(tmp_path):
    cache = BlobCache(str(tmp_path))
    cache.put(b"a", b"value of a")
    a = only_file(tmp_path)
    cache.put(b"b", b"value of b")
    (b,) = [p for p in tmp_path.rglob("*") if p.is_file() and p != a]
    b.write_bytes(a.read_bytes())
    assert cache.get(b"b") is None


def test_pipes_and_links_in_the_cache_are_misses(tmp_path):
    cache = BlobCache(str(tmp_path))
    cache.put(b"key", b"value")
    path = only_file(tmp_path)
    path.rename(tmp_path / "kept")
    path.symlink_to(tmp_path / "kept")
    assert cache.get(b"key") is None
    path.unlink()
    os.mkfifo(path)
    assert cache.get(b"key") is None


def test_without_a_folder_everything_is_a_miss(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for folder in (None, str(tmp_path / "file" / "x"), "/proc/nope"):
        cache = BlobCache(folder)
        assert not cache.put(b"key", b"value")
        assert cache.get(b"key") is None
        assert cache.trim() == cache.clean() == 0
        assert cache.use().entries == 0


def test_trim_keeps_what_was_used_last(tmp_path):
    cache = BlobCache(str(tmp_path), limit=3500)
    for n in range(6):
        cache.put(b"%d" % n, bytes(1000))
    now = time.time()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            os.utime(path, (now - 10**6, now - 10**6))
    assert cache.get(b"4") is not None  # reading makes it young
    assert cache.put(b"6", bytes(1000))
    assert cache.trim() > 0
    assert cache.use().size <= 3500
    assert cache.get(b"4") is not None
    assert cache.get(b"6") is not None


def test_clean_removes_everything_of_ours(tmp_path):
    (tmp_path / "notes.txt").write_text("not ours")
    cache = BlobCache(str(tmp_path))
    cache.put(b"key", b"value")
    assert cache.use().entries == 1
    assert cache.clean() == cache.use().size + len(b"value") + 58
    assert cache.use().entries == 0
    assert (tmp_path / "notes.txt").exists()


def test_downloads_and_repositories_count_and_are_cleaned(tmp_path):
    for name in ("download/m/@v/v1.zip", "sumdb/x/latest", "vcs/abc/objects/o", "http.sqlite"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(100))
    cache = BlobCache(str(tmp_path), limit=250)
    assert cache.use().size == 400
    assert cache.trim() == 200
    assert cache.clean() == 200
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [".lock"]


READER = """
import sys
from compliance.sources.cache import hold
hold(sys.argv[1])
print("holding", flush=True)
sys.stdin.read()
"""


def test_what_another_run_reads_in_place_stays(tmp_path):
    for name in ("download/m/@v/v1.zip", "vcs/abc/objects/o", "blobs/aa/b", "forks/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(100))
    cache = BlobCache(str(tmp_path))
    assert cache.use().parts["forks"] == (1, 100)
    other = subprocess.Popen(
        [sys.executable, "-c", READER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout.readline() == b"holding\n"
    assert cache.clean() == 100
    left = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {"v1.zip", "o", "x.txt", ".lock"}
    other.communicate()
    assert cache.clean() == 200
    assert (tmp_path / "forks/x.txt").exists()


def test_a_link_in_the_cache_is_not_followed_when_cleaning(tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_bytes(b"x")
    cache = BlobCache(str(tmp_path / "cache"))
    cache.put(b"key", b"value")
    (tmp_path / "cache" / "blobs" / "zz").symlink_to(tmp_path / "precious")
    cache.clean()
    assert (tmp_path / "precious" / "file").exists()


WRITER = """
import sys
from compliance.sources.cache import BlobCache
cache = BlobCache(sys.argv[1])
n = 0
while True:
    n = (n + 1) % 5
    cache.put(b"key%d" % n, (b"%d" % n) * 200_000)
    print(n, flush=True)
"""


def test_two_writers_and_kill_9_leave_whole_entries(tmp_path, repository):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], cwd=repository, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for writer in writers:
        for _ in range(20):
            assert writer.stdout.readline()
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    cache = BlobCache(str(tmp_path))
    for n in range(5):
        assert cache.get(b"key%d" % n) == (b"%d" % n) * 200_000


def test_trim_leaves_what_this_run_reads_in_place_and_its_children_leave_it_too(tmp_path):
    zips = [tmp_path / f"download/m/@v/v{n}.zip" for n in range(3)]
    zips[0].parent.mkdir(parents=True)
    for path in zips:
        path.write_bytes(bytes(1000))
    cache = BlobCache(str(tmp_path), limit=1)
    hold(str(tmp_path))
    using(str(zips[1]))
    child = os.fork()
    if child == 0:
        BlobCache(str(tmp_path), limit=1).trim()
        os._exit(0)
    os.waitpid(child, 0)
    assert cache.trim() == 2000
    assert [p.name for p in sorted(tmp_path.rglob("*.zip"))] == ["v1.zip"]
