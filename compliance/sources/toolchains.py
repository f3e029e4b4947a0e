"""Go toolchains beside the installed one: where the go command looks before it downloads."""

from __future__ import annotations

import os
from collections.abc import Iterator

from compliance.errors import IncompleteError
from compliance.golang import ModuleVersion, toolchain_version
from compliance.sources.modcache import ModuleCache
from compliance.sources.settings import GoSettings, installed_version, is_goroot
from compliance.sources.trace import Trace

_MODULE = "golang.org/toolchain"
_VERSION = "v0.0.1"


def find_toolchain(
    settings: GoSettings, name: str, home: str, trace: Trace | None = None
) -> str | None:
    """GOROOT of a toolchain (`go1.27.0`) that is on this machine, None where there is none.

    That is a program of this name on PATH with its tree around it, or in ~/sdk, where those of
    golang.org/dl put theirs; else a module in the module cache (cmd/go/internal/toolchain.Exec).

    Raises:
        IncompleteError: GOTOOLCHAIN allows programs on PATH only, and there is none.
    """
    if _on_path_only(settings) and _program(settings, name) is None:
        setting = settings.get("GOTOOLCHAIN")
        raise IncompleteError(f"cannot find {name} in PATH (GOTOOLCHAIN={setting})")
    for root, complete in _places(settings, name, home):
        if trace is not None:
            trace.add(f"{root}/VERSION")
        usable = complete and settings.trusts(root) and is_goroot(root)
        if usable and installed_version(root) == toolchain_version(name):
            return root
    return None


def _on_path_only(settings: GoSettings) -> bool:
    return settings.get("GOTOOLCHAIN").endswith("path")


def _program(settings: GoSettings, name: str) -> str | None:
    """The program of this name on PATH."""
    programs = (f"{folder}/{name}" for folder in settings.search_path.split(":") if folder)
    return next((p for p in programs if os.access(p, os.X_OK)), None)


def _places(settings: GoSettings, name: str, home: str) -> Iterator[tuple[str, bool]]:
    """Folders, and whether they are not half extracted."""
    program = _program(settings, name)
    if program is not None:
        yield os.path.normpath(os.path.realpath(program) + "/../.."), True
        yield f"{home}/sdk/{name}", True
    if _on_path_only(settings) or not settings.module_cache:
        return
    module = _module(name, settings)
    cache = ModuleCache(root=settings.module_cache)
    yield cache.place(module), cache.folder(module) is not None


def toolchain_module(settings: GoSettings) -> ModuleVersion | None:
    """The module that the Go installation in use was extracted from; None for any other one.

    https://go.dev/ref/mod#go-mod-toolchain: `golang.org/toolchain@v0.0.1-go1.27.0.linux-amd64`.
    """
    if not settings.goroot or not settings.module_cache or not settings.go_version:
        return None
    module = _module(f"go{settings.go_version}", settings)
    place = ModuleCache(root=settings.module_cache).place(module)
    return module if os.path.realpath(settings.goroot) == os.path.realpath(place) else None


def _module(name: str, settings: GoSettings) -> ModuleVersion:
    return ModuleVersion(_MODULE, f"{_VERSION}-{name}.{settings.host[0]}-{settings.host[1]}")
