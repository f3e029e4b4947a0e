"""A repository that was made to attack its readers, through the command, into every format."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from compliance.outputs import FORMATS
from tests.cli.conftest import Run

ATTACK = (
    "\x1b[31mred\x1b[2J\x07 </script><script>window.evil=1</script><img src=x onerror=evil()> ]]> "
    "</text> =cmd|'/c calc'!A1 \u202egnp javascript:alert(1) {{7*7}} ${7*7} %0A::error::x"
)
NAMES = (
    b"=cmd|' C calc'!A0.go", b"<_script><svg onload=alert(1)>.go", b"\x1b[31mred.go",
    b"caf\xff\xfe.go", "\u202egnp.go".encode(), b"::error::x.go", b"a\nb.go", b"]]> & <x>.go",
)  # fmt: skip
STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
COMMAND = re.compile(r"^\s*(::|##\[)", re.MULTILINE)
LIVE = re.compile(r"<(script|img|svg onload)", re.IGNORECASE)


@pytest.fixture
def hostile(example: Path) -> Path:
    slate, plugin = (example / "vendor" / p for p in ("logs.example/slate", "plugins.example"))
    text = (slate / "LICENSE").read_text("utf-8")
    lines = (f"Copyright (c) 2020 =HYPERLINK(1) {ATTACK}", "::error file=a::x", "##[error]x")
    (slate / "LICENSE").write_text("\n".join((text, *lines, "")), "utf-8")
    (slate / "NOTICE").write_text(f"{ATTACK}\n```\n# head\n</text>\n]]>\n::error::y\n", "utf-8")
    code = (slate / "slate.go").read_text("utf-8")
    (slate / "slate.go").write_text(f"// Copyright 2019 @SUM(1) {ATTACK}\n{code}", "utf-8")
    for name in NAMES:
        path = os.fsencode(plugin / "accelplug") + b"/" + name
        with open(path, "wb") as file:  # noqa: PTH123 - a name that is no text
            file.write(b"// SPDX-License-Identifier: GPL-2.0-only\npackage accelplug\n")
    facts = example / ".compliance.yaml"
    told = facts.read_text("utf-8").replace(
        "components:\n", f"components:\n  - {{id: {json.dumps('=cmd()|<script>]]></text>')}, "
        "license: GPL-2.0-only, kind: service}\n",
    )  # fmt: skip
    told += f"publisher: {{name: {json.dumps('=<script>evil()</script> ::error::')}}}\n"
    told += "curations:\n  - {component: 'pkg:golang/logs.example/slate', license: MIT, because: "
    facts.write_text(told + json.dumps("</script> ::error::x =1+1 `x` | [a](b)") + "}\n", "utf-8")
    return example


def test_every_output_is_harmless(run: Run, hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("scan", hostile, "-o", out, "--format", ",".join(FORMATS), "--per-artifact")
    assert done.returncode == 3, "the go command takes no file of such a name"
    assert "Traceback" not in done.stderr
    for text in (done.stdout, done.stderr):
        assert STEERING.search(text) is None
        assert COMMAND.search(text) is None
        assert max(map(len, text.splitlines()), default=0) <= 80
    assert len(list(out.iterdir())) == len(FORMATS) + 3 * 7
    for file in out.iterdir():
        harmless(file)


def harmless(file: Path) -> None:
    """A file parses as what it is, steers nothing, and nothing in it acts."""
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as book:
            parts = [book.read(n) for n in book.namelist()]
        for part in parts:
            ElementTree.fromstring(part)
        assert b"<f>" not in b"".join(parts)
        return
    text = file.read_text("utf-8-sig")
    assert STEERING.search(text) is None, file
    assert COMMAND.search(text) is None, file
    if file.suffix in (".json", ".sarif"):
        json.loads(text)
    elif file.suffix == ".xml":
        ElementTree.fromstring(text)
    elif file.suffix == ".yaml":
        yaml.safe_load(text)
    elif file.suffix == ".csv":
        cells = [c for row in csv.reader(io.StringIO(text, newline="")) for c in row]
        assert not [c for c in cells if c.lstrip().startswith(("=", "+", "-", "@"))]
    elif file.suffix == ".html":
        ours = 2 if file.name == "report.html" else 0
        assert len(LIVE.findall(text)) == ours, file
