"""Scanned: what a scan hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.graph import Artifact, DependencyGraph
    from compliance.report import ScanReport
    from compliance.sources import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A report, the graph it rests on, and the trace of what was read (None: not reliable)."""

    report: ScanReport
    graph: DependencyGraph
    artifacts: tuple[Artifact, ...]
    trace: Trace | None
