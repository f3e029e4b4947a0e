"""Files of ours that are links into vendored code: their license is that of the code they lead to.

The go command compiles what a link ends at. Where such a file states nothing itself, the license
files around the target speak for it, not those around the link.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.licenses import FileLicense, Match
from compliance.pipeline.sides import license_names, licenses_of
from compliance.pipeline.treenames import REPOSITORY_TREE
from compliance.sources import FolderFiles, RevisionFiles

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.pipeline.detecting import Key
    from compliance.pipeline.licensing import Reading

_RULE = "link-target"


def linked_statements(
    files: Files, vendor: str | None, readings: Iterable[Reading], said: Mapping[Key, FileLicense]
) -> dict[Key, FileLicense]:
    """What links of our own packages into `vendor` are under, by tree and path.

    Args:
        files: The repository, or a revision of it.
        vendor: Folder of the vendored code.
        readings: Modules with their compiled files.
        said: What files say themselves.
    """
    if vendor is None or not isinstance(files, FolderFiles | RevisionFiles) or not files.links:
        return {}
    found: dict[Key, FileLicense] = {}
    for path in sorted(_compiled(readings, vendor) & files.links):
        stated = said.get((REPOSITORY_TREE, path))
        target = files.leads_to(path) or ""
        if not target.startswith(f"{vendor}/") or (stated is not None and stated.expression):
            continue
        found[REPOSITORY_TREE, path] = _of_target(files, path, target, vendor, stated)
    return found


def _compiled(readings: Iterable[Reading], vendor: str) -> frozenset[str]:
    return frozenset(
        posixpath.normpath(posixpath.join(package.folder, name))
        for reading in readings
        if reading.tree == REPOSITORY_TREE and not reading.root.startswith(f"{vendor}/")
        for package in reading.packages
        for name in package.files
    )


def _of_target(
    files: Files, path: str, target: str, vendor: str, stated: FileLicense | None
) -> FileLicense:
    governing = next(_governing(files, target, vendor), [])
    expression = " AND ".join(f"({e})" if " " in e else e for e in governing) or None
    digest = hashlib.sha256(f"{path}\0{target}\0{expression}".encode("utf-8", "surrogateescape"))
    matches: tuple[Match, ...] = ()
    findings: tuple[Finding, ...] = ()
    if expression is not None:
        matches = (
            Match(
                license=expression, kind="reference", start_line=1, end_line=1, coverage=1.0,
                similarity=1.0, confidence="medium", rule=_RULE,
            ),
        )  # fmt: skip
    else:
        findings = (
            Finding(
                code="unknown-license",
                severity=Severity.BLOCK,
                message=f"{path} is a link to {target}, of which no license is known",
                remedy="import the package, or put its license beside it",
                location=Location(file=path),
            ),
        )
    return FileLicense(
        path=path, sha256=digest.hexdigest(), expression=expression, confidence="medium",
        matches=matches, copyrights=stated.copyrights if stated is not None else (),
        findings=findings,
    )  # fmt: skip


def _governing(files: Files, target: str, vendor: str) -> Iterator[list[str]]:
    """What license files say, from the folder of a vendored file upwards."""
    folder = posixpath.dirname(target)
    while folder.startswith(f"{vendor}/"):
        named = sorted({*licenses_of(files, folder, license_names(files, folder))})
        if named:
            yield named
        folder = posixpath.dirname(folder)
