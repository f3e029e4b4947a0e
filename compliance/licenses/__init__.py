"""Which license is this? No I/O but the index that is part of the package."""

from compliance.licenses.evidence import (
    Conclusion,
    Confidence,
    Copyright,
    FileLicense,
    Kind,
    Match,
)

__all__ = ["Conclusion", "Confidence", "Copyright", "FileLicense", "Kind", "Match"]
