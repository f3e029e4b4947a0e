"""Which license is this? No I/O but the index that is part of the package."""

from compliance.licenses.detect import Detector
from compliance.licenses.evidence import (
    Conclusion,
    Confidence,
    Copyright,
    FileLicense,
    Kind,
    Match,
)
from compliance.licenses.index import Index
from compliance.licenses.names import is_doc_name, is_license_name

__all__ = [
    "Conclusion",
    "Confidence",
    "Copyright",
    "Detector",
    "FileLicense",
    "Index",
    "Kind",
    "Match",
    "is_doc_name",
    "is_license_name",
]
