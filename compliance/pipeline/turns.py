"""Licenses that turn into another on a day: what the files of a module say, for its version.

The day counts from the publication of the version where the license says so: the commit time of a
pseudo-version, else the time that a cache of the go command or of ours knows. Without either, the
license stays what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.golang import pseudo_version
from compliance.licenses import is_license_name, turn_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compliance.golang import Cell, ModuleVersion, Package
    from compliance.licenses import FileLicense, ModuleConclusion
    from compliance.pipeline.inventory import Inventory

_TURNS = "BUSL-"
_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)")


def license_turns(
    inventory: Inventory,
    cells: tuple[Cell, ...],
    concluded: Mapping[ModuleVersion, ModuleConclusion],
    detected: Mapping[str, Mapping[str, FileLicense]],
) -> dict[str, tuple[str, str]]:
    """(day as ISO 8601, license then) by import path, for packages of other modules.

    Args:
        inventory: Modules, and what the caches know of their versions.
        cells: The linked packages.
        concluded: Conclusions by module.
        detected: What was found in files, by tree and path.
    """
    turning = {m: c for m, c in concluded.items() if _turns(c)}
    sources = {m.id: m.source or m.id for m in inventory.build.modules if m.id in turning}
    found: dict[str, tuple[str, str]] = {}
    for cell in cells:
        for package in cell.packages:
            module, path = package.module, package.import_path
            if module is None or module not in turning or path in found:
                continue
            said = turning[module].packages.get(path)
            if said is None or _TURNS not in (said.concluded or ""):
                continue
            published = _published(inventory, sources[module])
            turn = _turn(package, detected.get(package.tree, {}), published)
            if turn is not None:
                found[path] = turn
    return found


def _turns(conclusion: ModuleConclusion) -> bool:
    return any(_TURNS in (p.concluded or "") for p in conclusion.packages.values())


def _turn(
    package: Package, files: Mapping[str, FileLicense], published: str | None
) -> tuple[str, str] | None:
    for file in _speaking(package, files):
        turn = turn_of(dict(file.parameters))
        day = turn.on(published) if turn is not None else None
        if turn is not None and day is not None:
            return day, turn.license
    return None


def _published(inventory: Inventory, module: ModuleVersion) -> str | None:
    """The day (UTC) of the commit of a version, as far as it is known without asking anyone."""
    pseudo = pseudo_version(module.version)
    if pseudo is not None:
        time = pseudo.time
        return f"{time[:4]}-{time[4:6]}-{time[6:8]}"
    if not module.version:  # a folder of the repository
        return None
    info = inventory.acquirer.info(module)
    return info.time[:10] if info is not None and _DAY.match(info.time) else None


def _speaking(package: Package, files: Mapping[str, FileLicense]) -> Iterator[FileLicense]:
    """Files with terms: those of the package, then license files from the nearest folder up."""
    prefix = "" if package.folder == "." else f"{package.folder}/"
    own = [f"{prefix}{name}" for name in (*package.go_files, *package.cgo_files)]
    yield from (files[p] for p in own if p in files and files[p].parameters)
    above = [
        (-path.count("/"), path)
        for path, file in files.items()
        if file.parameters
        and is_license_name(path)
        and prefix.startswith(path[: path.rfind("/") + 1])
    ]
    yield from (files[path] for _, path in sorted(above))
