"""Facts of Go files that an earlier run read: the same answers, and nothing from another state."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from compliance.golang import GoFile, ModuleVersion, parse_gofile
from compliance.pipeline.remembering import RememberedFacts
from compliance.sources import BlobCache, FolderFiles, Trace
from compliance.sources.modcache import ExtractedFiles

SOURCES = {
    "a.go": b'//go:build linux && !cgo\n\npackage a\n\nimport (\n\t"fmt"\n\tx "example.com/x"\n)\n',
    "b.go": b'package a\n\n// #cgo LDFLAGS: -lz\nimport "C"\n',
    "c.go": b'package a\n\nimport _ "embed"\n\n//go:embed a.txt\nvar s string\n',
    "d.go": b"package a b\n",
    "e_test.go": b"package a_test\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "tree" / "p"
    root.mkdir(parents=True)
    for name, data in SOURCES.items():
        (root / name).write_bytes(data)
    return root


def files_of(folder: Path, *, seconds: int = 100) -> FolderFiles:
    """The tree as a run sees it that starts so long after the files were written."""
    return FolderFiles(str(folder.parent), Trace(time.time_ns() + seconds * 10**9))


def run(folder: Path, cache: Path, *, seconds: int = 100) -> tuple[dict[str, GoFile], int]:
    """Facts of all files, as a run with this cache knows them, and how many it had to read."""
    facts, files = (
        RememberedFacts(str(cache), str(folder.parent)),
        files_of(folder, seconds=seconds),
    )
    known = dict(facts.get("", files, "p") or {})
    fresh = 0
    for name in sorted(p.name for p in folder.iterdir()):
        if name not in known:
            known[name] = parse_gofile(files.read(f"p/{name}"))
            fresh += 1
    facts.put("", files, "p", known)
    facts.save()
    return known, fresh


def test_what_did_not_change_is_not_read_again(folder: Path, tmp_path: Path) -> None:
    first, fresh = run(folder, tmp_path / "cache")
    assert fresh == len(SOURCES)
    again, fresh = run(folder, tmp_path / "cache")
    assert (again, fresh) == (first, 0)
    assert {n: type(f) for n, f in again.items()} == dict.fromkeys(SOURCES, GoFile)
    assert again["a.go"].constraints[0].holds({"linux"}.__contains__)


def test_a_file_in_another_state_is_read_again(folder: Path, tmp_path: Path) -> None:
    first, _ = run(folder, tmp_path / "cache")
    before = (folder / "a.go").stat()
    (folder / "a.go").write_bytes(SOURCES["a.go"].replace(b"fmt", b"net"))
    os.utime(folder / "a.go", ns=(before.st_atime_ns, before.st_mtime_ns))
    (folder / "d.go").unlink()
    (folder / "new.go").write_bytes(b"package a\n")
    again, fresh = run(folder, tmp_path / "cache")
    assert fresh == 2
    assert again["a.go"].imports == ("net", "example.com/x")
    assert set(again) == {*SOURCES, "new.go"} - {"d.go"}
    assert run(folder, tmp_path / "cache") == (again, 0)
    assert first["b.go"] == again["b.go"]


def test_a_file_too_young_to_be_told_from_a_change_is_not_remembered(
    folder: Path, tmp_path: Path
) -> None:
    run(folder, tmp_path / "cache", seconds=0)
    assert run(folder, tmp_path / "cache")[1] == len(SOURCES)


def test_a_link_in_place_of_a_file_is_no_file_that_was_read(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "cache")
    (folder / "a.go").rename(tmp_path / "outside.go")
    (folder / "a.go").symlink_to(tmp_path / "outside.go")
    facts = RememberedFacts(str(tmp_path / "cache"), str(folder.parent))
    assert "a.go" not in (facts.get("", files_of(folder), "p") or {})


def test_a_damaged_record_means_more_work(folder: Path, tmp_path: Path) -> None:
    first, _ = run(folder, tmp_path / "cache")
    blobs = [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and p.name != ".lock"]
    assert blobs
    for blob in blobs:
        blob.chmod(0o600)
        blob.write_bytes(blob.read_bytes()[:-3] + b"xyz")
    assert run(folder, tmp_path / "cache") == (first, len(SOURCES))


def test_folders_of_another_program_stay(folder: Path, tmp_path: Path) -> None:
    other = folder.parent / "q"
    other.mkdir()
    (other / "q.go").write_bytes(b"package q\n")
    for place in ("p", "q"):
        facts, files = RememberedFacts(str(tmp_path), str(folder.parent)), files_of(folder)
        name = "a.go" if place == "p" else "q.go"
        assert facts.get("", files, place) is None
        facts.put("", files, place, {name: parse_gofile(files.read(f"{place}/{name}"))})
        facts.save()
    facts = RememberedFacts(str(tmp_path), str(folder.parent))
    assert all(facts.get("", files_of(folder), place) for place in ("p", "q"))


def test_a_module_that_was_altered_is_looked_at_again(folder: Path, tmp_path: Path) -> None:
    root = folder.parent
    time.sleep(0.05)
    root.chmod(0o755)  # the last step of an extraction: nothing in it is younger
    module, cache = ModuleVersion("example.com/a", "v1.0.0"), tmp_path / "cache"

    def known() -> set[str]:
        trace = Trace(time.time_ns() + 100 * 10**9)
        files = ExtractedFiles(module, str(root), "h1:x", trace=trace, memory=BlobCache(None))
        facts = RememberedFacts(str(cache), str(root))
        found = dict(facts.get("a@v1", files, "p") or {})
        if not found:
            found = {n: parse_gofile(files.read(f"p/{n}")) for n in SOURCES}
            facts.put("a@v1", files, "p", found)
            facts.save()
        return set(found)

    assert known() == known() == set(SOURCES)
    (folder / "a.go").chmod(0o600)
    assert known() == set(SOURCES) - {"a.go"}


def known_by_blob(folder: Path, cache: Path, blobs: dict[str, bytes]) -> set[str]:
    """Names of files that a run finds known in another checkout; it remembers all it reads."""
    facts = RememberedFacts(str(cache), "/the/root", lambda path: blobs.get(path, b""))
    files = files_of(folder)
    known = dict(facts.get("", files, "p") or {})
    found = set(known)
    for name in (n for n in SOURCES if n not in known):
        known[name] = parse_gofile(files.read(f"p/{name}"))
    facts.put("", files, "p", known)
    facts.save()
    return found


def test_another_checkout_is_known_by_the_names_of_its_blobs(folder: Path, tmp_path: Path) -> None:
    cache, blobs = tmp_path / "cache", {f"p/{n}": n.encode() for n in SOURCES}
    assert known_by_blob(folder, cache, blobs) == set()
    again = tmp_path / "again" / "p"
    again.mkdir(parents=True)
    for name, data in SOURCES.items():
        (again / name).write_bytes(data)
    assert known_by_blob(again, cache, {}) == set()
    assert known_by_blob(folder, cache, blobs) == set(), "the last checkout was another one"
    assert known_by_blob(again, cache, blobs) == set(SOURCES)
    other = {**blobs, "p/a.go": b"another content"}
    assert known_by_blob(again, cache, other) == set(SOURCES) - {"a.go"}


def test_a_young_file_is_remembered_by_its_blob_alone(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    facts = RememberedFacts(str(cache), "/the/root", lambda path: path.encode())
    files = files_of(folder, seconds=0)
    facts.put("", files, "p", {n: parse_gofile(files.read(f"p/{n}")) for n in SOURCES})
    facts.save()
    for names, found in ((lambda path: path.encode(), set(SOURCES)), (lambda _: b"", set())):
        again = RememberedFacts(str(cache), "/the/root", names)
        assert set(again.get("", files_of(folder), "p") or {}) == found
