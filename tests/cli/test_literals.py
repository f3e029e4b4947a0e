"""Objects that stand as literals in Go source are named among what was not seen."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def loading(folder: Path, rest: str) -> Path:
    """A vendored program that imports a library which loads eBPF objects; `rest` follows line 4."""
    root = folder / "app"
    library = "github.com/cilium/ebpf"
    (root / "vendor" / library).mkdir(parents=True)
    (root / "go.mod").write_text(f"module example.com/app\n\ngo 1.22\n\nrequire {library} v0.9.0\n")
    (root / "vendor/modules.txt").write_text(
        f"# {library} v0.9.0\n## explicit; go 1.22\n{library}\n"
    )
    (root / "vendor" / library / "e.go").write_text("package ebpf\n")
    (root / "main.go").write_text(f'package main\n\nimport _ "{library}"\n\n{rest}')
    return root


@pytest.mark.parametrize(
    ("literal", "named"),
    [
        (r'"\x7fELF\x02\x01\x01"', True),
        (r'"\x7f\x45\x4c\x46\x02"', True),
        ("[]byte{0x7f, 0x45, 0x4c, 0x46, 0x02}", True),
        ("[]byte{\n\t0x1f, 0x8b, 0x08,\n}", True),
        (r'"\x00ELF"', False),
    ],
)
def test_an_object_in_source(run: Run, tmp_path: Path, literal: str, named: bool) -> None:
    root = loading(
        tmp_path,
        f"var object = {literal}\n\nfunc main() {{ _ = object }}\n",
    )
    words = ("--format", "json", "-o", "-", "--fail-on", "never", "--offline", "-q")
    report = json.loads(run("scan", root, *words).stdout)
    told = [x["what"] for x in report["limits"] if x["what"].startswith("Objects stand")]
    assert told == (["Objects stand as literals in Go source: main.go"] if named else [])


@pytest.mark.parametrize(
    ("made", "named"),
    [("", True), ("prog_x86_bpfel.go", False), ("prog_bpfel.o", False), ("other_bpfel.o", True)],
)
def test_an_object_that_the_build_makes_first_is_named(
    run: Run, tmp_path: Path, made: str, named: bool
) -> None:
    root = loading(
        tmp_path,
        "//go:generate go tool bpf2go -target amd64 Prog ./bpf/prog.c -- -I./bpf\n\n"
        "func main() {}\n",
    )
    if made:
        (root / made).write_text("package main\n")
    words = ("--format", "json", "-o", "-", "--fail-on", "never", "--offline", "-q")
    report = json.loads(run("scan", root, *words).stdout)
    told = [x["what"].rpartition(": ")[2] for x in report["limits"] if "go generate" in x["what"]]
    assert told == (["Prog (main.go:5)"] if named else [])


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"dist/.gitkeep": ""}, True),
        ({"dist/index.html": ""}, True),
        ({"dist/gitkeep": "Keep this file for the embedding to work.\n"}, True),
        ({"dist/index.html": "<p>Run `npm run build` first.</p>"}, True),
        ({"dist/README.md": "what stands here\n"}, True),
        ({"dist/index.html": "<p>a page</p>"}, False),
        ({"dist/.gitkeep": "", "dist/app.js": "let a = 1"}, False),
    ],
)
def test_an_embedded_folder_that_a_build_fills_is_named(
    run: Run, tmp_path: Path, files: dict[str, str], named: bool
) -> None:
    root = tmp_path / "app"
    for name, text in {
        **files,
        "../go.mod": "module example.com/app\n\ngo 1.22\n",
        "../main.go": 'package main\n\nimport _ "example.com/app/web"\n\nfunc main() {}\n',
        "web.go": 'package web\n\nimport "embed"\n\n//go:embed dist/*\nvar Page embed.FS\n',
    }.items():
        (root / "web" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "web" / name).write_text(text)
    words = ("--format", "json", "-o", "-", "--fail-on", "never", "--offline", "-q")
    report = json.loads(run("scan", root, *words).stdout)
    told = [x["what"] for x in report["limits"] if "placeholders" in x["what"]]
    said = "Embedded folders hold placeholders only: web/dist (web/web.go:5)"
    assert told == ([said] if named else [])


def test_archives_that_are_embedded_are_named(run: Run, tmp_path: Path) -> None:
    """What lies in them was not looked at; a script that is packed by itself is read."""
    root = tmp_path / "app"
    script = b"/*! chart v1 | (c) 2020 Foo | GPL-3.0 license */\n!function(){}();\n"
    (root / "web").mkdir(parents=True)
    (root / "go.mod").write_text("module example.com/app\n\ngo 1.22\n")
    (root / "main.go").write_text(
        'package main\n\nimport _ "example.com/app/web"\n\nfunc main() {}\n'
    )
    (root / "web" / "web.go").write_text(
        'package web\n\nimport "embed"\n\n//go:embed *.zip *.gz\nvar Page embed.FS\n'
    )
    (root / "web" / "site.zip").write_bytes(b"PK\5\6" + bytes(18))
    (root / "web" / "chart.js.gz").write_bytes(gzip.compress(script, mtime=0))
    words = ("--format", "json", "-o", "-", "--fail-on", "never", "--offline", "-q")
    report = json.loads(run("scan", root, *words).stdout)
    told = [x["what"] for x in report["limits"] if x["what"].startswith("Archives")]
    assert told == ["Archives are embedded as they are: example.com/app/web/site.zip"]
    owed = [(d["component"], d["license"]) for d in report["artifacts"][0]["duties"]]
    assert ("example.com/app/web/chart.js.gz", "GPL-3.0-only") in owed
