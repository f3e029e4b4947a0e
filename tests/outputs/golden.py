"""Outputs that were looked at and accepted; `--update-golden` accepts those of this run."""

from __future__ import annotations

import difflib
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden"


def agree(name: str, made: bytes, *, update: bool) -> None:
    """Compare with tests/golden/NAME; a difference is shown as a unified diff."""
    path = FOLDER / name
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made)
    kept = path.read_bytes() if path.is_file() else b""
    if kept != made:
        diff = difflib.unified_diff(
            kept.decode().splitlines(), made.decode().splitlines(), "accepted", "made", lineterm=""
        )
        raise AssertionError(f"{name} differs (make golden accepts it)\n" + "\n".join(diff))
