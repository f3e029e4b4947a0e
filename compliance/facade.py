"""Facades that import a file of their room only when something of it is used (PEP 562).

A command that finds its answer in the memory of the last run needs two files of the twenty that
read the world. Type checkers see ordinary imports; at run time a name is fetched on first use.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

COMPILED = "compliance._bundled.compiled"
"""Package of the modules that `make setup` and the wheel hold so that no run has to make them."""


def compiled(name: str) -> ModuleType | None:
    """A module that set-up made; None where there is none. Whether it still holds is told inside.

    Nothing is made at run time: code that a run executes comes with the installation.
    """
    try:
        return importlib.import_module(f"{COMPILED}.{name}")
    except ImportError:
        return None


def fetcher(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """`__getattr__` for a package: `homes` maps the name of a file to the names it defines.

    `new=old` gives what the file calls `old` under the name `new`.
    """
    where = {
        name.partition("=")[0]: (file, name.rpartition("=")[2])
        for file, names in homes.items()
        for name in names.split()
    }

    def fetch(name: str) -> Any:  # noqa: ANN401 - the type is that of the attribute
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        file, defined = where[name]
        value = getattr(importlib.import_module(f"{package}.{file}"), defined)
        setattr(sys.modules[package], name, value)
        return value

    return fetch
