"""The order of the stages, and the processes they run in."""

from typing import TYPE_CHECKING

from compliance.facade import fetcher

if TYPE_CHECKING:
    from compliance.pipeline.audit import AuditRequest, audit_mirrors
    from compliance.pipeline.detection import DetectionWorker
    from compliance.pipeline.libraries import list_libraries
    from compliance.pipeline.listings import list_binary, list_modules, list_packages
    from compliance.pipeline.proposing import Proposal, propose
    from compliance.pipeline.scanned import Scanned
    from compliance.pipeline.stages import scan
    from compliance.pipeline.trees import TreeLicenses, detect_paths, text_changes
    from compliance.pipeline.why import why
else:
    __getattr__ = fetcher(__name__, {
        "audit": "AuditRequest audit_mirrors",
        "detection": "DetectionWorker",
        "libraries": "list_libraries",
        "listings": "list_binary list_modules list_packages",
        "proposing": "Proposal propose",
        "scanned": "Scanned",
        "stages": "scan",
        "trees": "TreeLicenses detect_paths text_changes",
        "why": "why",
    })  # fmt: skip

__all__ = [
    "AuditRequest", "DetectionWorker", "Proposal", "Scanned", "TreeLicenses", "audit_mirrors",
    "detect_paths", "list_binary", "list_libraries", "list_modules", "list_packages", "propose",
    "scan", "text_changes", "why",
]  # fmt: skip
