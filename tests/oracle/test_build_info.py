"""Modules of executables against `go version -m`, for three executable formats."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from compliance.errors import MalformedInputError
from compliance.golang import BUILD_INFO_MAGIC, parse_build_info
from compliance.sources import read_build_info

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two modules, one of them in the place of another."""
    if shutil.which("go") is None:
        pytest.skip("no go command")
    root = tmp_path_factory.mktemp("sources")
    app, lib = root / "app", root / "lib"
    app.mkdir()
    lib.mkdir()
    (app / "go.mod").write_text(
        "module app.example/x\n\ngo 1.22\n\nrequire lib.example/y v1.2.3\n\n"
        "replace lib.example/y => ../lib\n"
    )
    (app / "main.go").write_text(
        'package main\n\nimport "lib.example/y"\n\nfunc main() { y.F() }\n'
    )
    (lib / "go.mod").write_text("module lib.example/y\n\ngo 1.22\n")
    (lib / "y.go").write_text("package y\n\nfunc F() {}\n")
    return app


def built(sources: Path, goos: str) -> Path:
    target = sources.parent / f"x-{goos}"
    subprocess.run(
        ["go", "build", "-o", str(target), "."], cwd=sources, check=True, capture_output=True,
        env={**os.environ, "GOOS": goos, "GOARCH": "amd64", "CGO_ENABLED": "0",
             "GOFLAGS": "-buildvcs=false", "GOWORK": "off", "GOPROXY": "off"},
    )  # fmt: skip
    return target


@pytest.mark.parametrize("goos", ["linux", "darwin", "windows"])
def test_modules_are_those_that_go_version_prints(sources: Path, goos: str) -> None:
    binary = built(sources, goos)
    info = read_build_info(str(binary))
    said = subprocess.run(
        ["go", "version", "-m", str(binary)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    version = said[0].rpartition(": ")[2]
    rows = [line.split("\t")[1:] for line in said[1:]]
    assert info.go_version == version
    assert info.path == next(r[1] for r in rows if r[0] == "path")
    assert dict(info.settings) == dict(r[1].split("=", 1) for r in rows if r[0] == "build")
    main, dep = info.build_list.modules
    assert (main.id.path, main.id.version, main.main) == ("app.example/x", "", True)
    assert (dep.id.path, dep.id.version) == ("lib.example/y", "v1.2.3")
    assert dep.replace is not None
    assert [dep.replace.path, dep.replace.version or ""] == next(r for r in rows if r[0] == "=>")[
        1:3
    ]


def test_damage_is_named_and_never_a_crash(sources: Path) -> None:
    data = built(sources, "linux").read_bytes()
    at = next(i for i in range(0, len(data), 16) if data.startswith(BUILD_INFO_MAGIC, i))
    whole = data[at : at + 4096]
    assert parse_build_info(whole, file="x").build_list.modules
    for cut in (0, 10, 31, 33, 60, 120):
        with pytest.raises(MalformedInputError):
            parse_build_info(whole[:cut], file="x")
    for place in range(14, 200):
        for value in (0, 0x7F, 0xFF):
            changed = whole[:place] + bytes([value]) + whole[place + 1 :]
            try:
                parse_build_info(changed, file="x")
            except MalformedInputError as problem:
                assert str(problem).startswith("x: ")  # noqa: PT017 - either answer is right
