"""What is installed: results that were computed by other code must not be taken for ours."""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from pathlib import Path

from compliance import __version__

_PACKAGES = ("site-packages", "dist-packages")


@cache
def tool_mark() -> str:
    """Changes whenever a file of the package does, or the version of an installed library."""
    digest = hashlib.sha256(f"{__version__} {sys.version}\n".encode())
    package = Path(__file__).parents[1]
    for root in (package, package.parent / "policies", package.parent / "templates"):
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if f != "__pycache__")
            for name in sorted(names):
                status = os.stat(os.path.join(folder, name))
                digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    for line in sorted(_libraries()):
        digest.update(f"{line}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _libraries() -> list[str]:
    """Names of the folders that say which version of a library is installed."""
    found: list[str] = []
    for place in sys.path:
        if place.endswith(_PACKAGES):
            try:
                names = os.listdir(place)
            except OSError:
                continue  # a folder that is not there has no libraries
            found += [n for n in names if n.endswith((".dist-info", ".egg-info"))]
    return found
