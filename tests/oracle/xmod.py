"""golang.org/x/mod as the go command carries it, asked through a small program."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.oracle.goworld import GO, goroot

_PROGRAMS = Path(__file__).parents[1] / "data" / "oracle"


def build(folder: Path, program: str = "xmod.go") -> Path:
    """Compile a program against the copy of golang.org/x/mod in GOROOT."""
    assert GO is not None
    shutil.copytree(goroot() / "src/cmd/vendor/golang.org/x/mod", folder / "mod")
    (folder / "mod/go.mod").write_text("module golang.org/x/mod\n\ngo 1.25\n")
    (folder / "go.mod").write_text(
        "module oracle\n\ngo 1.25\n\nrequire golang.org/x/mod v0.0.0\n\n"
        "replace golang.org/x/mod => ./mod\n"
    )
    shutil.copy(_PROGRAMS / program, folder / "main.go")
    environment = {
        **os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOWORK": "off",
        "GOTOOLCHAIN": "local", "CGO_ENABLED": "0",
    }  # fmt: skip
    subprocess.run([GO, "build", "-o", "oracle", "."], cwd=folder, env=environment, check=True)
    return folder / "oracle"


def ask(program: Path, questions: Sequence[dict[str, Any]]) -> list[Any]:
    lines = []
    for question in questions:
        data = question.get("Data")
        coded = {} if data is None else {"Data": base64.b64encode(data).decode()}
        lines.append(json.dumps({**question, **coded}))
    done = subprocess.run(
        [program], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.split("\n") if line]
