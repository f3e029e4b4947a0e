"""The order of the stages, and the processes they run in."""

from compliance.pipeline.listings import list_modules, list_packages
from compliance.pipeline.scanned import Scanned
from compliance.pipeline.stages import scan
from compliance.pipeline.trees import TreeLicenses, detect_paths
from compliance.pipeline.why import why

__all__ = [
    "Scanned", "TreeLicenses", "detect_paths", "list_modules", "list_packages", "scan", "why",
]  # fmt: skip
