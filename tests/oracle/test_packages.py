"""`go list -deps` as judge of package loading: tiny packages for each rule, on six platforms."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from compliance.golang import Cell, Package
from compliance.sources import FolderFiles
from tests.golang.packagecases import Case, all_cases, context, loader

GO = shutil.which("go")
PLATFORMS = (
    "linux/amd64,cgo", "linux/amd64,special", "windows/amd64", "darwin/arm64,cgo", "js/wasm",
    "android/arm,cgo", "illumos/amd64",
)  # fmt: skip
OTHERS = (
    "CFiles", "CXXFiles", "MFiles", "HFiles", "FFiles", "SFiles", "SwigFiles", "SwigCXXFiles",
    "SysoFiles",
)  # fmt: skip
FIELDS = (
    "ImportPath", "Name", "Dir", "Standard", "Module", "GoFiles", "CgoFiles", "EmbedFiles",
    "Imports", "Error", *OTHERS,
)  # fmt: skip

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(GO is None, reason="the go command is not installed"),
]


@cache
def go_env(name: str) -> str:
    assert GO is not None
    return subprocess.check_output([GO, "env", name], text=True).strip()


def go_list(root: Path, pattern: str, platform: str, scratch: Path) -> dict[str, dict]:
    """Packages by import path, as the go command lists them with errors and all."""
    assert GO is not None
    wanted = context(platform)
    env = {
        "PATH": os.environ["PATH"], "HOME": str(scratch), "GOTOOLCHAIN": "local", "GOENV": "off",
        "GOPROXY": "off", "GOTELEMETRY": "off", "GOFLAGS": "", "GOCACHE": str(scratch / "cache"),
        "GOMODCACHE": str(scratch / "mod"), "GOOS": wanted.goos, "GOARCH": wanted.goarch,
        "CGO_ENABLED": "1" if wanted.cgo else "0",
    }  # fmt: skip
    tags = [f"-tags={','.join(wanted.tags)}"] if wanted.tags else []
    done = subprocess.run(
        [GO, "list", "-e", "-deps", f"-json={','.join(FIELDS)}", *tags, pattern],
        cwd=root, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = {p["ImportPath"]: p for p in _documents(done.stdout)}
    assert found, done.stderr
    return found


def _documents(text: str) -> Iterator[dict]:
    decoder, at = json.JSONDecoder(), 0
    text = text.rstrip()
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        while at < len(text) and text[at].isspace():
            at += 1


def ours(package: Package) -> dict[str, object]:
    return {
        "name": package.name,
        "standard": package.standard,
        "module": str(package.module) if package.module else None,
        "go": list(package.go_files),
        "cgo": list(package.cgo_files),
        "other": list(package.other_files),
        "embed": list(package.embed_files),
        "imports": list(package.listed_imports),
    }


def theirs(package: Mapping) -> dict[str, object]:
    module = package.get("Module")
    version = f"@{module['Version']}" if module and module.get("Version") else ""
    return {
        "name": package.get("Name", ""),
        "standard": package.get("Standard", False),
        "module": module["Path"] + version if module else None,
        "go": package.get("GoFiles", []),
        "cgo": package.get("CgoFiles", []),
        "other": sorted(name for kind in OTHERS for name in package.get(kind, [])),
        "embed": package.get("EmbedFiles", []),
        "imports": package.get("Imports", []),
    }


def check(cell: Cell, listed: Mapping[str, Mapping]) -> None:
    """The same packages with the same files; findings exactly where the go command has errors."""
    mine = {p.import_path: p for p in cell.packages}
    real = {path for path, p in listed.items() if p.get("Dir") or not p.get("Error")}
    assert sorted(mine) == sorted(real)
    broken = {path for path, p in listed.items() if p.get("Error")}
    for path in sorted(mine):
        left, right = ours(mine[path]), theirs(listed[path])
        if path in broken:
            # Of a package that it refuses the go command tells only a part.
            left = {k: v for k, v in left.items() if k in ("standard", "module", "go")}
            right = {k: right[k] for k in left}
        assert left == right, path
    only_tests = [f for f in cell.findings if "no non-test Go files" in f.message]
    assert bool(broken) == (len(cell.findings) > len(only_tests)), (broken, cell.findings)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in all_cases()])
def test_packages_are_those_of_the_go_command(
    case: Case, platform: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path / "repo"
    case.write(root)
    files = FolderFiles(str(root))
    std = FolderFiles(str(Path(go_env("GOROOT")) / "src"))
    packages = loader(files, std)
    scratch = tmp_path_factory.getbasetemp() / "go"
    for pattern in case.mains:
        cells = packages.cells(packages.find_mains([context(platform)], [pattern]))
        for cell in cells:
            check(cell, go_list(root, pattern, platform, scratch))
