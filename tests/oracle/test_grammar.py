"""Grammar, versions and paths against golang.org/x/mod, on generated text."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compliance.errors import ComplianceError, MalformedInputError
from compliance.golang import (
    ModFile,
    WorkFile,
    canonical_version,
    compare_versions,
    escape_path,
    escape_version,
    file_path_problem,
    import_path_problem,
    module_path_problem,
    parse_mod_file,
    parse_work_file,
    pseudo_version,
    split_path_version,
    unescape_path,
    unescape_version,
)
from compliance.golang.module import major_problem
from compliance.golang.semver import build as build_metadata
from compliance.golang.semver import is_valid, major, prerelease
from tests.oracle import xmod
from tests.oracle.goworld import GO, goroot, read_txtar

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(GO is None, reason="no go command")]

PIECES = json.loads((Path(__file__).parents[1] / "data/oracle/grammar.json").read_text())


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return xmod.build(tmp_path_factory.mktemp("xmod"))


def _rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - cases, not secrets


def _sentence(rng: random.Random) -> str:
    if rng.random() < 0.85:
        return rng.choice(PIECES["sentences"]) + rng.choice(PIECES["endings"])
    pairs = range(rng.randint(1, 5))
    return "".join(rng.choice(PIECES["words"]) + rng.choice(PIECES["glue"]) for _ in pairs)


def _documents(count: int) -> list[bytes]:
    rng = _rng(20)
    documents = []
    for _ in range(count):
        lines = [_sentence(rng) for _ in range(rng.randint(1, 9))]
        text = "\n".join(lines)
        if rng.random() < 0.5:
            text = "module example.com/m\n" + text
        if text.count("(") > text.count(")"):
            text += "\n)"
        data = bytearray(text.encode())
        if rng.random() < 0.15 and data:
            data[rng.randrange(len(data))] = rng.randrange(256)
        documents.append(bytes(data))
    return documents


def _mod(f: ModFile) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if f.module_line:
        out["module"] = [f.module, f.deprecated or "", f.module_line]
    if f.go is not None:
        out["go"] = [f.go, f.go_line]
    if f.toolchain is not None:
        out["toolchain"] = [f.toolchain, f.toolchain_line]
    out["list"] = [
        *(["require", r.id.path, r.id.version, r.indirect, r.line] for r in f.requires),
        *(["exclude", x.id.path, x.id.version, x.line] for x in f.excludes),
        *_replaces(f),
        *(["retract", r.low, r.high, r.rationale, r.line] for r in f.retracts),
        *(["tool", t.path, t.line] for t in f.tools),
        *(["ignore", i.path, i.line] for i in f.ignores),
        *(["godebug", g.key, g.value, g.line] for g in f.godebugs),
    ]
    return out


def _work(f: WorkFile) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if f.go is not None:
        out["go"] = [f.go, f.go_line]
    if f.toolchain is not None:
        out["toolchain"] = [f.toolchain, f.toolchain_line]
    out["list"] = [
        *(["use", u.path, u.line] for u in f.uses),
        *_replaces(f),
        *(["godebug", g.key, g.value, g.line] for g in f.godebugs),
    ]
    return out


def _replaces(f: ModFile | WorkFile) -> list[list[Any]]:
    return [
        ["replace", r.old.path, r.old.version, r.new.path, r.new.version, r.line]
        for r in f.replaces
    ]


def _ours(kind: str, data: bytes) -> dict[str, Any]:
    try:
        if kind == "work":
            return _work(parse_work_file(data, file="f"))
        return _mod(parse_mod_file(data, file="f", strict=kind == "strict"))
    except MalformedInputError as error:
        return {"error": str(error)}


def _alike(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return ours == theirs or ("error" in ours and "error" in theirs)


@pytest.mark.parametrize("kind", ["strict", "lax", "work"])
def test_files_are_read_as_x_mod_reads_them(program: Path, kind: str) -> None:
    documents = _documents(3000)
    theirs = xmod.ask(program, [{"Kind": kind, "Data": d} for d in documents])
    read = 0
    for data, expected in zip(documents, theirs, strict=True):
        ours = _ours(kind, data)
        assert _alike(ours, expected), (data.decode("utf-8", "replace"), ours, expected)
        read += "error" not in expected
    assert read > 40


def test_every_go_mod_of_the_go_commands_scripts_is_read_alike(program: Path) -> None:
    documents = []
    for script in sorted((goroot() / "src/cmd/go/testdata/script").glob("*.txt")):
        text = script.read_text(encoding="utf-8", errors="replace")
        documents += [
            content.encode()
            for name, content in read_txtar(text)[1].items()
            if name.endswith((".mod", "go.mod"))
        ]
    assert len(documents) > 500
    for kind in ("strict", "lax"):
        theirs = xmod.ask(program, [{"Kind": kind, "Data": d} for d in documents])
        for data, expected in zip(documents, theirs, strict=True):
            ours = _ours(kind, data)
            assert _alike(ours, expected), (kind, data.decode(), ours, expected)


def _made(rng: random.Random, pieces: list[str], count: int, longest: int) -> list[str]:
    return [
        "".join(rng.choice(pieces) for _ in range(rng.randint(1, longest))) for _ in range(count)
    ]


def _versions() -> list[str]:
    made = _made(_rng(4), PIECES["version_pieces"], 1500, 9)
    built = [s + t for s in PIECES["version_stems"] for t in PIECES["version_tails"]]
    return made + built + PIECES["versions"]


def _or_empty(function: Callable[[str], str], text: str) -> str:
    try:
        return function(text)
    except ComplianceError:
        return ""


def test_versions_are_understood_as_x_mod_understands_them(program: Path) -> None:
    versions = _versions()
    theirs = xmod.ask(program, [{"Kind": "version", "A": v} for v in versions])
    for version, expected in zip(versions, theirs, strict=True):
        parts = pseudo_version(version)
        ours = [
            is_valid(version), canonical_version(version), major(version), prerelease(version),
            build_metadata(version), parts is not None, parts.base if parts else "",
            parts.revision if parts else "", _or_empty(escape_version, version),
            _or_empty(unescape_version, version),
        ]  # fmt: skip
        assert ours == expected, version
    rng = _rng(5)
    pairs = [(rng.choice(versions[1400:]), rng.choice(versions[1400:])) for _ in range(4000)]
    theirs = xmod.ask(program, [{"Kind": "compare", "A": a, "B": b} for a, b in pairs])
    assert [compare_versions(a, b) for a, b in pairs] == theirs


def _paths() -> list[str]:
    return _made(_rng(6), PIECES["path_pieces"], 3000, 7) + PIECES["paths"]


def test_paths_are_checked_and_escaped_as_x_mod_does(program: Path) -> None:
    paths = _paths()
    theirs = xmod.ask(program, [{"Kind": "path", "A": p} for p in paths])
    for path, expected in zip(paths, theirs, strict=True):
        split = split_path_version(path)
        ours = [
            not module_path_problem(path), not import_path_problem(path),
            not file_path_problem(path), *(split or (path, "")), split is not None,
            _or_empty(escape_path, path), _or_empty(unescape_path, path),
        ]  # fmt: skip
        assert ours == expected, path


def test_versions_belong_to_paths_as_in_x_mod(program: Path) -> None:
    paths = [
        "example.com/a",
        "example.com/a/v2",
        "gopkg.in/a.v1",
        "gopkg.in/a.v2-unstable",
        "gopkg.in/a.v0",
    ]
    versions = [v for v in _versions() if canonical_version(v) == v and v]
    asked = [(p, v) for p in paths for v in versions]
    theirs = xmod.ask(program, [{"Kind": "major", "A": p, "B": v} for p, v in asked])
    for (path, version), expected in zip(asked, theirs, strict=True):
        split = split_path_version(path)
        assert (split is not None and not major_problem(version, split[1])) == expected, (
            path,
            version,
        )
