"""Documents that commands take as input: reports of earlier runs, policy files, days.

One that is damaged, foreign or at odds with itself is refused.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.cli import place
from compliance.config import named_day
from compliance.errors import LimitExceededError, MalformedInputError, UsageError

if TYPE_CHECKING:
    from compliance.policy import Policy, PolicySource

MAX_REPORT_BYTES = 96 << 20
"""A report of 10,000 components has some 20 MB."""
MAX_REPORT_VALUES = 4_000_000
"""Commas and brackets. A value takes up to 200 bytes of memory, which is to stay under 1 GB."""
_MARKS = (b",", b"[", b"{")
MOST_TOLD = 200
"""Characters of what a schema says against a document."""
FACTS = ".compliance.yaml"
"""The policy file of a repository, where a command names none."""
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
    validator = jsonschema_rs.validator_for(schema("report"))
    fault = next(iter(validator.iter_errors(_encodable(document))), None)
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


def read_day(as_of: str | None) -> datetime.date:
    """The day of --as-of, such as 2026-11-23; today (UTC) where none is named. Or UsageError."""
    return named_day(as_of) if as_of else datetime.datetime.now(datetime.UTC).date()


def policy_file(name: str) -> PolicySource:
    """A policy file. Raises UsageError where it cannot be read."""
    from compliance.policy import LARGEST_FILE, PolicySource

    try:
        return PolicySource(name=name, data=place.read_file(name, "", LARGEST_FILE))
    except LimitExceededError as problem:
        raise UsageError(str(problem)) from None


def policy_names(given: tuple[str, ...]) -> tuple[str, ...]:
    """Policy files that are named; of a folder its .compliance.yaml, which is also the default.

    Raises:
        UsageError: none is named, and this folder has none.
    """
    if not given and not Path(FACTS).exists():
        raise UsageError(
            f"no {FACTS} in this folder: name a policy file, or a repository that has one"
            " (`compliance init` proposes one)"
        )
    named = given or (FACTS,)
    return tuple(str(Path(n) / FACTS) if Path(n).is_dir() else n for n in named)


def read_policies(names: tuple[str, ...]) -> Policy:
    """Layers of policy files and presets, with the files that they extend. Or UsageError."""
    from compliance.policy import NAMED, load_policy

    return load_policy([n if n in NAMED else policy_file(n) for n in names], resolve=extended_file)


def extended_file(path: str, by: str) -> PolicySource:
    """A file named in `extends`, relative to the file that names it."""
    return policy_file(str(Path(by).parent / path))


def load_json(name: str) -> Any:  # noqa: ANN401 - JSON
    """A JSON file of the user.

    Raises:
        UsageError: it cannot be read, or is larger than any report.
        MalformedInputError: it is no JSON, or holds more values than any report.
    """
    data = place.read_file(name, "", MAX_REPORT_BYTES)
    if sum(map(data.count, _MARKS)) > MAX_REPORT_VALUES:
        raise MalformedInputError("holds more values than any report", file=name)
    try:
        return json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as problem:
        raise MalformedInputError(f"is no JSON ({problem})", file=name) from None


def _encodable(value: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON without lone surrogates, which stand in reports where a file name is not UTF-8."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(k): _encodable(v) for k, v in value.items()}
    return [_encodable(v) for v in value] if isinstance(value, list) else value


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
