"""Digest of all that the package is made from: names and content of the files of a folder.

    python -I key.py FOLDER

The same on every system: what `sha256sum`, `sort -z` and `grep -z` are differs between them.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

LEFT_OUT = frozenset({
    ".git", ".cache", ".venv", "__pycache__", "benchmarks", "build", "dist", "docs", "examples",
    "tests",
})  # fmt: skip
DIGITS = 32


def key_of(folder: str) -> str:
    """Hexadecimal digits of a SHA-256; links count by where they point."""
    digest = hashlib.sha256()
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in LEFT_OUT)
        for name in sorted(names):
            file = Path(top, name)
            shown = file.relative_to(folder).as_posix()
            data = os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()
            digest.update(f"{shown}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    return digest.hexdigest()[:DIGITS]


if __name__ == "__main__":
    print(key_of(sys.argv[1]))
