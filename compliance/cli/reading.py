"""Documents of earlier runs that commands take as input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from compliance.errors import MalformedInputError, UsageError

MAX_REPORT_BYTES = 256 << 20
"""A report of 10,000 components has some 20 MB."""


def load_report(name: str) -> dict[str, Any]:
    """The document of a report.json, as its schema has it.

    Raises:
        UsageError: no such file.
        MalformedInputError: it is no report.
    """
    import jsonschema_rs

    from compliance.outputs import schema

    document = load_json(name)
    fault = next(iter(jsonschema_rs.validator_for(schema("report")).iter_errors(document)), None)
    if fault is not None:
        where = "/".join(str(p) for p in fault.instance_path) or "the document"
        raise MalformedInputError(f"is no report: {where}: {fault.message}", file=name)
    return dict(document)


def load_json(name: str) -> Any:  # noqa: ANN401 - JSON
    """A JSON file of the user.

    Raises:
        UsageError: no such file.
        MalformedInputError: it is no JSON, or larger than any report.
    """
    try:
        path = Path(name)
        if path.stat().st_size > MAX_REPORT_BYTES:
            raise MalformedInputError("is larger than any report", file=name)
        return json.loads(path.read_bytes())
    except OSError as problem:
        raise UsageError(f"{name}: {problem.strerror}") from None
    except (ValueError, RecursionError) as problem:
        raise MalformedInputError(f"is no JSON ({problem})", file=name) from None
