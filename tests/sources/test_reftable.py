"""Refs in tables; the writer of tables here follows the format, git itself judges where it can."""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import IncompleteError
from compliance.sources import Repository, RevisionFiles
from compliance.sources.reftable import table_log, table_ref
from tests.sources.test_repository import git

ZERO = "0" * 40
RESTART_EVERY = 16
_NAMES = st.text("ab/-", min_size=1, max_size=12).map("refs/heads/x{}".format)
_OIDS = st.binary(min_size=20, max_size=20).filter(any).map(bytes.hex)
_VALUES = st.one_of(_OIDS, st.just(""), _NAMES.map("ref: {}".format), st.tuples(_OIDS, _OIDS))


def number(value: int) -> bytes:
    """As the offsets of packs are written: seven bits a byte, each further one worth one more."""
    out = [value & 127]
    while value := value >> 7:
        value -= 1
        out.append(128 | value & 127)
    return bytes(reversed(out))


def ref_value(value: str | tuple[str, str]) -> tuple[int, bytes]:
    """Kind and bytes: an object, an object with what it peels to, another ref, or nothing."""
    if isinstance(value, tuple):
        return 2, number(0) + bytes.fromhex("".join(value))
    if value.startswith("ref: "):
        target = value.removeprefix("ref: ").encode()
        return 3, number(0) + number(len(target)) + target
    return (1, number(0) + bytes.fromhex(value)) if value else (0, number(0))


def log_value(change: tuple[str, str]) -> tuple[int, bytes]:
    """Two objects, who, when and why; no objects for a change that was forgotten."""
    if not change[0]:
        return 0, b""
    parts = [
        number(1) + b"A",
        number(3) + b"a@b",
        number(1_700_000_000),
        b"\0\0",
        number(2) + b"x\n",
    ]
    return 1, bytes.fromhex("".join(change)) + b"".join(parts)


def blocks(
    kind: bytes, records: Iterable[tuple[bytes, int, bytes]], *, start: int, size: int
) -> list[bytes]:
    """Blocks of at most `size` bytes with prefixes left out; the first has room for the header."""
    found: list[bytes] = []
    rows = list(records)
    while rows:
        here = start if not found else 0
        body, restarts, before = b"", [], b""
        count = 0
        while rows:
            key, code, value = rows[0]
            restart = count % RESTART_EVERY == 0
            shared = 0
            while not restart and key[: shared + 1] == before[: shared + 1] and shared < len(key):
                shared += 1
            row = number(shared) + number((len(key) - shared) << 3 | code) + key[shared:] + value
            if count and here + 4 + len(body) + len(row) + 3 * (len(restarts) + 1) + 2 > size:
                break
            if restart:
                restarts.append(here + 4 + len(body))
            body, before, count = body + row, key, count + 1
            rows.pop(0)
        tail = b"".join(r.to_bytes(3, "big") for r in restarts) + len(restarts).to_bytes(2, "big")
        length = here + 4 + len(body) + len(tail)
        packed = zlib.compress(body + tail) if kind == b"g" else body + tail
        found.append(kind + length.to_bytes(3, "big") + packed)
    return found


def table(
    refs: Mapping[str, str | tuple[str, str]],
    logs: Mapping[tuple[str, int], tuple[str, str]] | None = None,
    *,
    size: int = 256,
    padded: bool = True,
) -> bytes:
    """A table with refs, and what they were changed to by name and number of the change."""
    header = b"REFT\1" + (size if padded else 0).to_bytes(3, "big") + bytes(16)
    rows = [(n.encode(), *ref_value(refs[n])) for n in sorted(refs, key=str.encode)]
    made = blocks(b"r", rows, start=len(header), size=size)
    data = header
    for place, block in enumerate(made):
        data += block
        if padded and place < len(made) - 1:
            data += bytes(-len(data) % size)
    changes = sorted(
        (n.encode() + b"\0" + (2**64 - 1 - i).to_bytes(8, "big"), *log_value(change))
        for (n, i), change in (logs or {}).items()
    )
    at = len(data) if made and changes else 0
    start = 0 if made else len(header)
    data += b"".join(blocks(b"g", changes, start=start, size=size))
    foot = header + bytes(24) + at.to_bytes(8, "big") + bytes(8)
    return data + foot + zlib.crc32(foot).to_bytes(4, "big")


def stack(folder: Path, tables: Iterable[bytes]) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for place, data in enumerate(tables):
        names.append(f"{place}.ref")
        (folder / names[-1]).write_bytes(data)
    (folder / "tables.list").write_text("".join(f"{n}\n" for n in names))
    return str(folder)


def plain(value: str | tuple[str, str]) -> str | None:
    return (value[0] if isinstance(value, tuple) else value) or None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dictionaries(_NAMES, _VALUES, max_size=40), min_size=1, max_size=3),
    st.sampled_from([128, 256, 4096]),
    st.booleans(),
)
def test_what_a_later_table_says_counts(
    tmp_path_factory: pytest.TempPathFactory,
    layers: list[dict[str, str | tuple[str, str]]],
    size: int,
    padded: bool,
) -> None:
    made = [table(layer, size=size, padded=padded) for layer in layers]
    folder = stack(tmp_path_factory.mktemp("tables"), made)
    expected = {n: plain(v) for layer in layers for n, v in layer.items()}
    assert {n: table_ref(folder, n) for n in expected} == expected
    assert table_ref(folder, "refs/heads/nobody") is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(_OIDS, min_size=1, max_size=30), min_size=1, max_size=3), st.booleans())
def test_a_log_is_read_from_its_end(
    tmp_path_factory: pytest.TempPathFactory,
    layers: list[list[str]],
    alone: bool,
) -> None:
    made, turn = [], 0
    for layer in layers:
        logs = {("HEAD", turn + n): (ZERO, oid) for n, oid in enumerate(layer, 1)}
        logs |= {("HEADER", turn + n): (ZERO, "f" * 40) for n in range(1, 4)}
        turn += len(layer)
        made.append(table({} if alone else {"HEAD": "ref: refs/heads/main"}, logs))
    folder = stack(tmp_path_factory.mktemp("tables"), made)
    assert table_log(folder, "HEAD") == tuple(reversed([o for layer in layers for o in layer]))


def test_changes_that_were_forgotten_are_no_changes(tmp_path: Path) -> None:
    first = table({}, {("HEAD", n): (ZERO, f"{n:040x}") for n in range(1, 5)})
    second = table({}, {("HEAD", 4): ("", ""), ("HEAD", 9): (ZERO, ZERO)})
    assert table_log(stack(tmp_path, [first, second]), "HEAD") == tuple(
        f"{n:040x}" for n in (3, 2, 1)
    )


def test_damaged_tables_leave_nothing_known_and_never_a_crash(tmp_path: Path) -> None:
    refs = {f"refs/heads/b{n}": f"{n:040x}" for n in range(1, 40)}
    logs = {("HEAD", n): (ZERO, f"{n:040x}") for n in range(1, 20)}
    whole = table(refs, logs)
    for at in range(len(whole)):
        for data in (whole[:at] + bytes([whole[at] ^ 0xA5]) + whole[at + 1 :], whole[:at]):
            folder = stack(tmp_path, [data])
            table_ref(folder, "refs/heads/b7")
            table_log(folder, "HEAD")
    (tmp_path / "tables.list").write_text("../elsewhere.ref\n")
    assert table_ref(str(tmp_path), "refs/heads/b7") is None


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits, with refs moved into tables by hand: no git is needed that can do it."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for text in "ab":
        (root / "LICENSE").write_text(text)
        git(root, "add", ".")
        git(root, "commit", "-qm", text)
    new, old = git(root, "rev-parse", "HEAD"), git(root, "rev-parse", "HEAD~1")
    refs = {"HEAD": "ref: refs/heads/main", "refs/heads/main": new, "refs/tags/v1": old}
    refs["refs/remotes/origin/HEAD"] = "ref: refs/remotes/origin/main"
    refs["refs/remotes/origin/main"] = old
    stack(
        root / ".git" / "reftable",
        [table(refs, {("HEAD", 1): (ZERO, old), ("HEAD", 2): (old, new)})],
    )
    (root / ".git" / "refs" / "heads" / "main").unlink()
    (root / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")
    with (root / ".git" / "config").open("a") as config:
        config.write("[extensions]\n\trefStorage = reftable\n")
    (root / "expected").write_text(f"{new} {old}")
    return root


def test_a_repository_with_tables_is_like_any_other(repository: Path) -> None:
    new, old = (repository / "expected").read_text().split()
    (repository / "expected").unlink()
    for revision, expected in {
        "HEAD": new, "main": new, "HEAD^": old, "v1": old, "origin/main": old, "origin": old,
        "HEAD@{0}": new, "HEAD@{1}": old, new[:12]: new,
    }.items():  # fmt: skip
        assert RevisionFiles(str(repository), revision).commit == expected
    assert RevisionFiles(str(repository), "v1").read("LICENSE") == b"a"
    with pytest.raises(IncompleteError, match="is no commit here"):
        RevisionFiles(str(repository), "nobody")
    found = Repository.open(str(repository))
    assert (found.commit, found.dirty()) == (new, False)


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_tables_that_git_writes_mean_what_git_says(tmp_path: Path, form: str) -> None:
    words = ("init", "-q", "-b", "main", "--ref-format=reftable", f"--object-format={form}")
    try:
        git(tmp_path, *words)
    except subprocess.CalledProcessError:
        pytest.skip("this git writes no tables")
    for text in range(4):
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", str(text))
    git(tmp_path, "tag", "-am", "t", "v1", "HEAD~1")
    git(tmp_path, "branch", "topic", "HEAD~2")
    git(tmp_path, "worktree", "add", "-q", "wt", "topic")
    for place in (tmp_path, tmp_path / "wt"):
        for revision in ("HEAD", "main", "v1", "topic", "main~1", "HEAD@{0}"):
            expected = git(place, "rev-parse", revision + "^{commit}")
            assert RevisionFiles(str(place), revision).commit == expected
