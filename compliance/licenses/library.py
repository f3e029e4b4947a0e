"""The license index as the rest of the product needs it: texts by id, and whose data it is."""

from __future__ import annotations

from functools import lru_cache

from compliance.licenses.index import Index


@lru_cache(maxsize=1)
def _index() -> Index:
    return Index.open()


def license_text(identifier: str) -> str | None:
    """Text of a license or exception by SPDX id or LicenseRef-scancode-*; None if unknown."""
    return _index().text(identifier)


def index_digest() -> str:
    """sha256 (hex) of the content of the license index: what licenses are named by."""
    return _index().digest


def index_about() -> str:
    """Digest and sources of the index, for `compliance --version --verbose`."""
    index = _index()
    return f"{index.digest[:16]} from {', '.join(index.sources)}"
