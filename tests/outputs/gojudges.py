"""Judges that come as Go modules: fetched by the go command, verified by its checksum database.

`sbom-utility` (CycloneDX) brings the JSON schema of SPDX 2.3, `sbomqs` (Interlynk) is built once
into .cache/judges. A test skips with the reason where there is no go command or no module proxy.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

SCHEMAS = ("github.com/CycloneDX/sbom-utility", "v0.16.0")
PLACES = {"spdx-2.3.json": "2.3", "spdx-2.3.1.json": "2.3.1"}
SBOMQS = ("github.com/interlynk-io/sbomqs", "v1.3.0")
FOLDER = Path(__file__).parents[2] / ".cache" / "judges"
PATIENCE = 900
"""Seconds for a build on a busy machine: sbomqs has 45 modules."""


@cache
def _go() -> str:
    return shutil.which("go") or ""


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A go command that runs no code of the project and asks nobody but the module proxy."""
    environ = {**os.environ, "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    return subprocess.run(
        [_go(), *words], cwd=folder, env=environ, capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip


@cache
def _folder(module: str, version: str) -> tuple[Path | None, str]:
    """Folder of a module in the module cache, or the reason why there is none."""
    if not _go():
        return None, "no go command"
    scratch = FOLDER / "empty"
    scratch.mkdir(parents=True, exist_ok=True)
    if not (scratch / "go.mod").exists():
        (scratch / "go.mod").write_text("module empty\n", "utf-8")
    done = _run(scratch, "mod", "download", "-json", f"{module}@{version}")
    answer = json.loads(done.stdout or "{}")
    if answer.get("Dir"):
        return Path(answer["Dir"]), ""
    return None, f"{module}@{version}: {answer.get('Error') or done.stderr}"[:300]


def spdx_schema(name: str) -> tuple[Path | None, str]:
    """A JSON schema of SPDX 2.3 or 2.3.1, or the reason why it cannot be had."""
    if name not in PLACES:
        return None, ""
    folder, reason = _folder(*SCHEMAS)
    if folder is None:
        return None, reason
    return folder / "resources/schema/spdx" / PLACES[name] / "spdx-schema.json", ""


@cache
def sbomqs() -> Path:
    """The built tool; skips the test where it cannot be had."""
    tool = FOLDER / f"sbomqs-{SBOMQS[1]}"
    if not tool.exists():
        folder, reason = _folder(*SBOMQS)
        if folder is None:
            pytest.skip(f"sbomqs: {reason}")
        fresh = tool.with_name(f"{tool.name}.{os.getpid()}")
        done = _run(folder, "build", "-mod=readonly", "-o", str(fresh), ".")
        if done.returncode:
            pytest.skip(f"sbomqs cannot be built: {done.stderr.strip()[-300:]}")
        fresh.replace(tool)
    return tool
