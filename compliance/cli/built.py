"""Files that were built from the artifacts: their names and digests for the bills of materials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from compliance.errors import UsageError
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.report import ScanReport
    from compliance.sources import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What `--built ARTIFACT=FILE` says."""

    artifact: str
    file: str
    archive: Archive


def read_built(given: tuple[str, ...]) -> tuple[Built, ...]:
    """The values of --built. Raises UsageError for a file that cannot be read."""
    return tuple(_read(text) for text in given)


def _read(text: str) -> Built:
    from compliance.sources import archive_digests

    artifact, equals, file = text.partition("=")
    if not equals or not artifact or not file:
        raise UsageError(f"--built {text}: want ARTIFACT=FILE")
    if not Path(file).is_file():
        raise UsageError(f"--built {file}: no such file, or no regular one")
    try:
        return Built(artifact=artifact, file=Path(file).name, archive=archive_digests(file))
    except OSError as problem:
        raise UsageError(f"--built {file}: {problem.strerror}") from None


def with_built(report: ScanReport, built: tuple[Built, ...]) -> ScanReport:
    """The report with the files that were handed in. Raises UsageError for an unknown artifact."""
    if not built:
        return report
    files = {b.artifact: b for b in built}
    known = {a.verdict.artifact.name for a in report.artifacts}
    unknown = next((name for name in files if name not in known), None)
    if unknown is not None:
        raise UsageError(f"--built {unknown}=...: artifacts are {', '.join(sorted(known))}")
    artifacts = tuple(
        replace(a, archive=files[name].archive, file=files[name].file)
        if (name := a.verdict.artifact.name) in files
        else a
        for a in report.artifacts
    )
    return replace(report, artifacts=artifacts)
