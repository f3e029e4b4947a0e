"""`go list -deps` as judge of package loading: tiny packages for each rule, on six platforms."""

from __future__ import annotations

import json
import os
import random
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
        # Of broken files the index of files older than two seconds says something else.
        "GODEBUG": "goindex=0",
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
            # Of a package that it refuses the go command tells a part, and not always the same.
            left = {k: v for k, v in left.items() if k in ("standard", "module")}
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


def go_files(root: Path, platform: str, scratch: Path) -> dict[str, dict]:
    """Each package below a folder, alone."""
    return {
        path: package
        for path, package in go_list(root, "./...", platform, scratch).items()
        if path.startswith("example.com/m")
    }


def expression(choose: random.Random, depth: int) -> str:
    """A random //go:build expression, now and then a malformed one."""
    kind = choose.random()
    if depth == 0 or kind < 0.3:
        return choose.choice(TAGS)
    left, right = expression(choose, depth - 1), expression(choose, depth - 1)
    if kind < 0.5:
        return f"!({left})" if choose.random() < 0.5 else f"!{left}"
    if kind < 0.6:
        return f"({left})"
    return f"{left} {choose.choice(('&&', '||', '&&', '||', '&&', ','))} {right}"


TAGS = (
    "linux", "windows", "darwin", "android", "unix", "js", "amd64", "arm64", "wasm", "cgo", "gc",
    "gccgo", "go1.1", "go1.26", "go1.27", "goexperiment.regabiargs", "goexperiment.dwarf5",
    "goexperiment.greenteagc", "amd64.v1", "amd64.v2", "arm64.v8.0", "special", "ignore", "solaris",
    "illumos", "boringcrypto", "purego", "race",
)  # fmt: skip


@pytest.mark.parametrize("platform", PLATFORMS)
def test_random_constraints_hold_where_the_go_command_says(
    platform: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    choose = random.Random(7)  # noqa: S311
    files = {"go.mod": b"module example.com/m\n\ngo 1.26\n"}
    for number in range(400):
        text = expression(choose, choose.randrange(5))
        form = choose.choice(("//go:build", "//go:build", "// +build"))
        if form == "// +build":
            text = text.replace("&&", ",").replace("||", " ").replace(" , ", ",")
        files[f"p{number}/x.go"] = f"{form} {text}\n\npackage p\n".encode()
        files[f"p{number}/y.go"] = b"package p\n"
    assert_each_folder_is_read_alike(files, platform, tmp_path, tmp_path_factory)


PIECES = (
    "/*", "*/", "//", "\n", "\n\n", ";", "import ", 'import "x/y"\n', "import (\n", ")", '"', "`",
    ".", "_ ", "package ", "package p\n", "\r", "//go:build linux\n", "//go:build !linux\n\n",
    "// +build linux\n", "// +build windows\n\n", '"C"', 'import "C"\n', "// #cgo LDFLAGS: -lx\n",
    "//go:embed a b\n", 'import _ "embed"\n', "func", "if", " ", "\t", "1", "é", ",", "(",
    'import "fm\\x74"\n', 'import a.b "x"\n', "/* c */", "/* c\n*/", "var x = `\n", "'\"'",
)  # fmt: skip
HEADS = (
    "// Copyright.\n\n// Package p is.\npackage p\n\nimport (\n\t\"fmt\"\n\tx \"os\" // why\n\n"
    "\t_ \"io\"\n)\n\n// F is.\nfunc F() {}\n",
    "/*\n Copyright.\n*/\n\npackage p\n\nimport \"fmt\"\nimport \"os\"\n\nvar x int\n",
    "//go:build linux && !special\n// +build linux\n\npackage p\n\n/*\n#cgo LDFLAGS: -lm\n*/\n"
    "import \"C\"\n\nimport \"embed\"\n\n//go:embed a b\nvar F embed.FS\n",
    "package p // c\n\ntype T struct{}\n",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_damaged_heads_are_read_as_the_go_command_reads_them(
    seed: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    choose = random.Random(seed)  # noqa: S311
    files = {"go.mod": b"module example.com/m\n\ngo 1.26\n"}
    for number in range(400):
        text = choose.choice(HEADS)
        for _ in range(choose.choice((1, 1, 2, 3))):
            at = choose.randrange(len(text) + 1)
            if choose.random() < 0.7:
                text = text[:at] + choose.choice(PIECES) + text[at:]
            else:
                text = text[:at] + text[at + choose.choice((1, 2, 5)) :]
        files[f"p{number}/x.go"] = text.encode()
        files[f"p{number}/a"] = files[f"p{number}/b"] = b""
        files[f"p{number}/y.go"] = b"package p\n"
    assert_each_folder_is_read_alike(files, "linux/amd64,cgo", tmp_path, tmp_path_factory)


def assert_each_folder_is_read_alike(
    files: Mapping[str, bytes], platform: str, root: Path, factory: pytest.TempPathFactory
) -> None:
    """The same Go files, and a problem where the go command has one."""
    Case("", "", (), (), (), files, {}).write(root)
    listed = go_files(root, platform, factory.getbasetemp() / "go")
    tree = FolderFiles(str(root))
    std = FolderFiles(str(Path(go_env("GOROOT")) / "src"))
    packages = loader(tree, std)
    assert len(listed) == len({name.partition("/")[0] for name in files}) - 1
    for path, package in listed.items():
        cell = packages.closure(path, [path], context(platform))
        mine = next(p for p in cell.packages if p.import_path == path)
        content = files[path.removeprefix("example.com/m/") + "/x.go"]
        own = [f for f in cell.findings if f.message.startswith(f"package {path}: ")]
        assert bool(own) == bool(package.get("Error")), (content, package.get("Error"), own)
        if not own:
            taken = (list(mine.go_files), list(mine.cgo_files))
            assert taken == (package.get("GoFiles", []), package.get("CgoFiles", [])), content
            assert list(mine.listed_imports) == package.get("Imports", []), content
