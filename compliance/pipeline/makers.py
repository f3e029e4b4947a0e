"""Files that have objects made: looked for while they are read for their licenses anyway."""

from __future__ import annotations

OBJECT_MAKER = b"bpf2go"
"""Name of the program that `go:generate` lines have compile C to objects for the kernel."""


def is_looked_into(name: str) -> bool:
    """Whether a file, by its path in a tree, may order objects: those in vendor/ were published."""
    return not name.startswith("vendor/") and "/vendor/" not in name
