"""Identity of a Go module: path and version (https://go.dev/ref/mod#module-path)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ModuleVersion:
    """A module path with a canonical version; the version is "" for a main module."""

    path: str
    version: str = ""

    def __str__(self) -> str:
        """`path@version`, or the path alone for a main module: a node of `go mod graph`."""
        return f"{self.path}@{self.version}" if self.version else self.path
