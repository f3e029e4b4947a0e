"""Names of the trees whose files are read; a module that lies elsewhere has its own name."""

from __future__ import annotations

REPOSITORY_TREE = ""
BASE_TREE = "base"
"""Files of the base's own repository that differ from head's, where both are read at once."""
STANDARD_TREE = "std"
