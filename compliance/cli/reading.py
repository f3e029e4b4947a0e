"""Documents of earlier runs that commands take as input.

One that is damaged, foreign or at odds with itself is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from compliance.errors import MalformedInputError, UsageError

MAX_REPORT_BYTES = 256 << 20
"""A report of 10,000 components has some 20 MB."""
MOST_TOLD = 200
"""Characters of what a schema says against a document."""
_SCHEMA = "compliance/report/1"
_COUNTED = ("block", "warn", "review", "latent", "comply")


def load_report(name: str) -> dict[str, Any]:
    """The document of a scan.

    Raises:
        UsageError: no such file.
        MalformedInputError: it is no report, one of another version, or contradicts itself.
    """
    import jsonschema_rs

    from compliance.outputs import schema

    document = load_json(name)
    told = document.get("schema") if isinstance(document, dict) else None
    if told != _SCHEMA:
        what = f"is {told!r}" if isinstance(told, str) else "names no schema"
        raise MalformedInputError(f"{what[:80]}, want a {_SCHEMA} of `compliance scan`", file=name)
    fault = next(iter(jsonschema_rs.validator_for(schema("report")).iter_errors(document)), None)
    if fault is not None:
        where = "/".join(str(p) for p in fault.instance_path) or "the document"
        why = fault.message if len(fault.message) < MOST_TOLD else f"{fault.message[:MOST_TOLD]}..."
        raise MalformedInputError(
            f"is no report of this version: {where}: {why}; scan again", file=name
        )
    wrong = _contradiction(document)
    if wrong:
        raise MalformedInputError(f"contradicts itself: {wrong}; scan again", file=name)
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
        return json.loads(path.read_bytes(), object_pairs_hook=_once)
    except OSError as problem:
        raise UsageError(f"{name}: {problem.strerror}") from None
    except (ValueError, RecursionError) as problem:
        raise MalformedInputError(f"is no JSON ({problem})", file=name) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without a key that is there twice: readers differ in which one they take."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is there twice")
    return made


def _contradiction(document: dict[str, Any]) -> str:
    """What cannot be true of a report that a scan wrote; "" where nothing speaks against it.

    It finds damage and edits by hand; what is signed, only a signature proves.
    """
    gate, findings = document["gate"], document["findings"]
    counted = [f for f in findings if not (f["waiver"] and f["waiver"]["masks"])]
    for word in _COUNTED:
        found = sum(f["severity"] == word for f in counted)
        if gate["counts"].get(word, 0) != found:
            return f"gate.counts says {gate['counts'].get(word, 0)} {word}, findings hold {found}"
    if gate["missing"] and gate["outcome"] != "incomplete":
        return "something is missing, and the outcome is not incomplete"
    for finding in findings:
        if finding["fingerprint"] != _fingerprint(finding):
            return f"a finding ({finding['code']}) has the fingerprint of another one"
    worst: dict[str, set[str]] = {}
    for finding in findings:
        worst.setdefault(finding["severity"], set()).add(finding["artifact"] or "")
    for artifact in document["artifacts"]:
        verdict = artifact["verdict"]
        if verdict in ("block", "warn", "review") and not (
            worst.get(verdict, set()) & {artifact["name"], ""}
        ):
            return f"{artifact['name']} is {verdict}, and no finding says why"
        if verdict != "block" and artifact["name"] in worst.get("block", ()):
            return f"{artifact['name']} is {verdict}, and a finding blocks it"
    return ""


def _fingerprint(finding: dict[str, Any]) -> str:
    from compliance.findings import Finding, Hop, Location, Severity

    place = finding["location"]
    return Finding(
        code=finding["code"],
        severity=Severity.of(finding["severity"]),
        message=finding["message"],
        artifact=finding["artifact"],
        component=finding["component"],
        license=finding["license"],
        path=tuple(Hop(node=h["node"], edge=h["edge"]) for h in finding["path"]),
        location=place and Location(file=place["file"], line=place["line"]),
    ).fingerprint
