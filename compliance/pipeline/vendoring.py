"""Vendored code against the published module: what somebody changed.

`go mod vendor` copies files byte for byte, so a compiled file that differs from the module's zip,
or that the zip does not have, was changed by hand. It is compared where the published module is on
this machine; nothing is fetched for it, and where it is not at hand nobody says "unmodified".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from compliance.errors import ModuleUnavailableError
from compliance.findings import Finding, Location, Severity
from compliance.golang import UnreadableFileError
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.golang import Files, ModuleVersion
    from compliance.pipeline.inventory import Inventory
    from compliance.pipeline.licensing import Reading

MOST_NAMED = 20
"""Files that one finding names; the count says how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendored:
    """What the comparison found: changed packages by import path, and how many modules were
    compared and how many could not be."""  # noqa: D205, D209

    packages: frozenset[str] = frozenset()
    modules: frozenset[ModuleVersion] = frozenset()
    findings: tuple[Finding, ...] = ()
    compared: int = 0
    unknown: int = 0


def compare_vendored(inventory: Inventory, readings: Iterable[Reading]) -> Vendored:
    """Compare the compiled files of vendored modules with the modules as published."""
    vendor = inventory.workspace.vendor
    if vendor is None or not inventory.on_disk:
        return Vendored()
    near = replace(inventory.acquirer, offline=True)
    packages: set[str] = set()
    modules: set[ModuleVersion] = set()
    findings: list[Finding] = []
    compared = unknown = 0
    for reading in readings:
        if reading.module.main or reading.module.folder is not None:
            continue
        try:
            published = near.upstream(reading.module).files
        except ModuleUnavailableError:
            published = None
        if published is None:
            unknown += 1
            continue
        compared += 1
        changed = dict(_changed(reading, published))
        if changed:
            packages.update(changed)
            modules.add(reading.module.id)
            findings.append(_finding(reading, [n for names in changed.values() for n in names]))
    return Vendored(
        packages=frozenset(packages), modules=frozenset(modules), findings=tuple(findings),
        compared=compared, unknown=unknown,
    )  # fmt: skip


def _changed(reading: Reading, published: Files) -> Iterator[tuple[str, list[str]]]:
    """Import path and changed files of each package that somebody edited."""
    cut = len(reading.root) + 1
    for package in reading.packages:
        inside = package.folder[cut:]
        names = [
            f"{package.folder}/{name}"
            for name in package.files
            if _read(reading.files, f"{package.folder}/{name}")
            != _read(published, f"{inside}/{name}" if inside else name)
        ]
        if names:
            yield package.import_path, names


def _read(files: Files, path: str) -> bytes | None:
    try:
        return files.read(path)
    except UnreadableFileError:
        return None


def _finding(reading: Reading, names: list[str]) -> Finding:
    shown = ", ".join(names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return Finding(
        code="vendor-modified",
        severity=Severity.REVIEW,
        message=f"{reading.module.id}: vendored files differ from the published module:"
        f" {shown}{more}",
        remedy="say what was changed and under which license, or restore with `go mod vendor`",
        location=Location(file=names[0]),
        component=reading.module.id.purl,
    )
