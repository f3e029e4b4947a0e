"""What `compliance --version --verbose` says: whose data is inside."""

from __future__ import annotations

from compliance.licenses import index_about


def data_sources() -> tuple[str, ...]:
    """Attribution of the data in the package, one line each (see NOTICE)."""
    return (
        "license: Apache-2.0",
        f"license index: {index_about()}",
        "  rules and texts from ScanCode, Copyright (c) nexB Inc. and others, CC-BY-4.0",
        "compatibility rows: OSADL license compatibility matrix, Copyright (c) OSADL eG, CC-BY-4.0",
    )
