"""Facades that import a file of their room only when something of it is used (PEP 562).

A command that finds its answer in the memory of the last run needs two files of the twenty that
read the world. Type checkers see ordinary imports; at run time a name is fetched on first use.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def fetcher(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """`__getattr__` for a package: `homes` maps the name of a file to the names it defines."""
    where = {name: file for file, names in homes.items() for name in names.split()}

    def fetch(name: str) -> Any:  # noqa: ANN401 - the type is that of the attribute
        file = where.get(name)
        if file is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{file}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return fetch
