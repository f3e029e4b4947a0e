"""What is in programs besides Go code: C libraries, embedded programs, object files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

WASM = b"\0asm\1\0\0\0\0zlib 1.3 Copyright 1995-2023 Jean-loup Gailly and Mark Adler \0\xff"
ELF = b"\x7fELF\2\1\1\0".ljust(64, b"\0")
FILES: dict[str, str | bytes] = {
    "go.mod": "module example.com/app\n\ngo 1.24\n",
    "cmd/a/main.go": (
        'package main\n\nimport (\n\t"embed"\n\t_ "example.com/app/net"\n)\n\n'
        "//go:embed tool.wasm lib.jar helper page.html\nvar files embed.FS\n\nfunc main() {}\n"
    ),
    "cmd/a/tool.wasm": WASM,
    "cmd/a/lib.jar": b"PK\3\4rest",
    "cmd/a/helper": ELF,
    "cmd/a/page.html": "<p>",
    "cmd/b/main.go": "package main\n\nfunc main() {}\n",
    "net/net.go": (
        "package net\n\n// #cgo LDFLAGS: -lm -lpthread\n// #cgo linux LDFLAGS: -lseccomp\n"
        "// #cgo windows LDFLAGS: -lfancy -luser32\n// #cgo linux pkg-config: libfoo\n"
        '// #cgo pkg-config: --static zlib\nimport "C"\n'
    ),
    "net/rsrc_linux_amd64.syso": ELF,
    ".compliance.yaml": (
        "version: 1\ncomponents:\n"
        "  - {id: libfoo, license: MIT, kind: c-lib, version: '2', supplier: Foo}\n"
        "  - {id: \"c:zlib\", license: Zlib, kind: c-lib, version: '1.3', supplier: Zlib}\n"
        "  - {id: plug, license: MIT, kind: binary, version: '1', supplier: Plug}\n"
        "links:\n  - {from: a, to: plug, kind: plugin}\n"
    ),
}
PLATFORMS = ("--platform", "linux/amd64,cgo", "--platform", "windows/amd64,cgo")


def bill(run: Run, tmp_path: Path, *, policy: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """The SPDX bill and the report of the repository."""
    root, out = tmp_path / "app", tmp_path / "out"
    files = FILES | ({".compliance.yaml": policy} if policy else {})
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode() if isinstance(text, str) else text)
    words = (*PLATFORMS, "-o", str(out), "--format", "spdx-json,json")
    done = run("scan", root, *words, "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    return json.loads((out / "sbom.spdx.json").read_text()), json.loads(
        (out / "report.json").read_text()
    )


def test_they_are_components_with_their_link_and_evidence(run: Run, tmp_path: Path) -> None:
    value, report = bill(run, tmp_path)
    packages = {p["name"]: p for p in value["packages"]}
    names = {p["SPDXID"]: n for n, p in packages.items()}
    found = {
        (r["relationshipType"], names.get(r["relatedSpdxElement"], ""))
        for r in value["relationships"]
        if names.get(r["spdxElementId"]) == "a" and r["relationshipType"] != "DEPENDS_ON"
    }
    inside = "example.com/app/cmd/a"
    assert found == {
        ("GENERATED_FROM", "example.com/app"), ("STATIC_LINK", "stdlib"),
        ("DYNAMIC_LINK", "seccomp"), ("DYNAMIC_LINK", "fancy"), ("DYNAMIC_LINK", "libfoo"),
        ("DYNAMIC_LINK", "plug"), ("STATIC_LINK", "zlib"),
        ("STATIC_LINK", "example.com/app/net/rsrc_linux_amd64.syso"),
        ("CONTAINS", f"{inside}/tool.wasm"), ("CONTAINS", f"{inside}/lib.jar"),
        ("CONTAINS", f"{inside}/helper"),
    }  # fmt: skip
    assert not any(names.get(r["spdxElementId"]) == "b" and "LINK" in r["relationshipType"]
                   and names.get(r["relatedSpdxElement"]) != "stdlib"
                   for r in value["relationships"])  # fmt: skip
    wasm = packages[f"{inside}/tool.wasm"]
    sums = {c["algorithm"]: c["checksumValue"] for c in wasm["checksums"]}
    assert sums["SHA256"] == hashlib.sha256(WASM).hexdigest()
    assert wasm["sourceInfo"] == ("Embedded by example.com/app/cmd/a (cmd/a/main.go:8).")
    assert wasm["copyrightText"] == "Copyright 1995-2023 Jean-loup Gailly and Mark Adler"
    assert packages[f"{inside}/helper"]["copyrightText"] == "NONE"
    assert packages["fancy"]["copyrightText"] == "NOASSERTION"
    assert packages["fancy"]["sourceInfo"] == (
        "Linked dynamically by example.com/app/net (net/net.go:5) for windows/amd64."
    )
    assert packages["zlib"]["licenseConcluded"] == "Zlib"
    assert packages["zlib"]["externalRefs"][0]["referenceLocator"] == "pkg:generic/zlib@1.3"
    rows = {c["path"]: c for c in report["inside"]}
    assert rows["c:seccomp"]["license"]["category"] == "system"
    assert rows["c:seccomp"]["artifacts"] == ["a"]
    assert rows["c:seccomp"]["uses"][0]["cells"] == ["linux/amd64"]


def test_the_c_runtime_is_told_and_no_component(run: Run, tmp_path: Path) -> None:
    value, _ = bill(run, tmp_path)
    names = {p["name"] for p in value["packages"]}
    assert not names & {"m", "pthread", "user32", "libc", "c"}
    assert "Programs with cgo load the C library" in value["comment"]


@pytest.mark.parametrize("name", ["libfoo", "foo", "c:libfoo"])
def test_a_declared_library_is_judged_by_either_spelling(
    run: Run, tmp_path: Path, name: str
) -> None:
    said = str(FILES[".compliance.yaml"]).replace(
        "id: libfoo, license: MIT", f'id: "{name}", license: GPL-3.0-only'
    )
    _, report = bill(run, tmp_path, policy=said)
    found = {(f["code"], f["component"]) for f in report["findings"]}
    assert ("strong-copyleft-ships", name) in found


@pytest.mark.parametrize("name", ["libown", "own", "c:own", "libown.a"])
@pytest.mark.parametrize("flag", ["${SRCDIR}/libown.a", "-L${SRCDIR} -lown"])
def test_a_declared_library_stands_for_the_file_in_its_module(
    run: Run, tmp_path: Path, name: str, flag: str
) -> None:
    root = tmp_path / "app"
    (root / "net").mkdir(parents=True)
    (root / "net" / "libown.a").write_bytes(b"!<arch>\n")
    (root / "net" / "own.go").write_text(
        f'package net\n\n// #cgo linux LDFLAGS: {flag}\nimport "C"\n', "utf-8"
    )
    policy = f'version: 1\ncomponents:\n  - {{id: "{name}", license: GPL-3.0-only, kind: c-lib}}\n'
    _, report = bill(run, tmp_path, policy=policy)
    (found,) = [f for f in report["findings"] if f["code"] == "strong-copyleft-ships"]
    assert found["component"] == name
    assert found["path"][-2]["edge"] == "cgo-static"
    (file,) = [c for c in report["inside"] if c["path"].endswith("libown.a")]
    assert file["license"]["concluded"] == "GPL-3.0-only"
    assert file["sha256"]
