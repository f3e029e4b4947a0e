"""SARIF 2.1.0 (OASIS) for code scanning, within the limits of GitHub.

Uploads may hold 25,000 results and rules per run, of which the 5,000 worst are shown, and 1,000
locations per result, of which 100 are shown, in 10 MB gzipped. Only what is worse than `comply` is
a result; each stands on the line that a person can edit. Fingerprints are those of report.json and
survive version bumps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.outputs import wording
from compliance.outputs.causes import advice, purl_path
from compliance.outputs.document import Document, json_bytes
from compliance.outputs.escaping import one_line, uri_path, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION = "2.1.0"
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS = {"block": "error", "warn": "warning", "review": "warning", "latent": "note"}
"""Violations and their level; `comply` and `pass` are none."""
MAX_RESULTS = 5_000
MAX_LOCATIONS = 100
"""What is shown; more would only make the file larger than an upload may be."""
MAX_TEXT = 2_000
DEFAULT_FILE = "go.mod"
FINGERPRINT = "complianceFinding/v1"


def render_sarif(document: Document) -> bytes:
    """The violations of a report as one SARIF run."""
    violations = [f for f in document["findings"] if f["severity"] in LEVELS]
    found = violations[:MAX_RESULTS]
    codes = sorted({f["code"] for f in found})
    index = {code: i for i, code in enumerate(codes)}
    places = {m["purl"]: m for m in document["modules"]}
    return json_bytes({
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "compliance",
                        "semanticVersion": document["tool"]["version"],
                        "rules": [_rule(code, _of(found, code)) for code in codes],
                    }
                },
                "automationDetails": {"id": f"compliance/{_id(document)}/"},
                "originalUriBaseIds": {
                    "%SRCROOT%": {"description": {"text": "Root of the scanned repository"}}
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {"executionSuccessful": not wording.is_incomplete(document)}
                ],
                "properties": {"violations": len(violations)},
                "results": [_result(document, f, index, places) for f in found],
            }
        ],
    })  # fmt: skip


def _id(document: Document) -> str:
    return one_line(document["subject"]["module"] or document["subject"]["name"])[:200]


def _of(found: Iterable[Document], code: str) -> Document:
    return next(f for f in found if f["code"] == code)


def _rule(code: str, worst: Document) -> Document:
    words = wording.code_words(code)
    sentence = f"{words[:1].upper()}{words[1:]}"
    name = "".join(part.capitalize() for part in code.split("-"))
    return {
        "id": code,
        **({"name": name} if name.lower() != code else {}),
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": sentence},
        "help": {
            "text": f"See docs/findings.md, {code}.",
            "markdown": f"See `docs/findings.md`, section `{code}`.",
        },
        "defaultConfiguration": {"level": LEVELS[worst["severity"]]},
        "properties": {"tags": ["license"], "precision": "high"},
    }


def _result(
    document: Document, finding: Document, index: dict[str, int], places: dict[str, Document]
) -> Document:
    result: Document = {
        "ruleId": finding["code"],
        "ruleIndex": index[finding["code"]],
        "level": LEVELS[finding["severity"]],
        "message": {"text": _message(finding)},
        "locations": [_location(finding, places)],
        "partialFingerprints": {FINGERPRINT: finding["fingerprint"]},
    }
    steps = _steps(finding["path"])
    if steps:
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if document["subject"]["base"] is not None:
        result["baselineState"] = "new" if finding["new"] else "unchanged"
    if finding["waiver"] and finding["waiver"]["masks"]:
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": visible(finding["waiver"]["reason"])[:MAX_TEXT],
            }
        ]
    return result


def _message(finding: Document) -> str:
    """What is wrong, where, and what to do; brackets are escaped (SARIF 3.11.6, embedded links)."""
    name = purl_path(finding["component"] or "")
    about = name if not finding["artifact"] and name not in finding["message"] else ""
    who = f"{finding['artifact'] or about}: " if finding["artifact"] or about else ""
    todo = [advice(finding), *(r["title"] for r in finding["remedies"][:1])]
    told = [finding["message"], *(f"To do: {t}" for t in todo if t)]
    ended = [t if t.endswith((".", "!", "?", "]")) else f"{t}." for t in told[:-1]]
    text = who + " ".join([*ended, told[-1]])
    shown = one_line(text)[:MAX_TEXT] or finding["code"]
    return shown.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(finding: Document, places: dict[str, Document]) -> Document:
    place = finding["location"] or {"file": DEFAULT_FILE, "line": None}
    made = _physical(place["file"], place["line"])
    module = places.get(finding["component"] or "")
    if module is not None:
        made["logicalLocations"] = [
            {"fullyQualifiedName": one_line(module["path"]), "kind": "module"}
        ]
    return made


def _physical(file: str, line: int | None) -> Document:
    uri = uri_path(file)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri.lstrip("/"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": max(1, line or 1)},
        }
    }


def _steps(path: list[Document]) -> list[Document]:
    """The import positions of a path that lie in the repository's own code."""
    steps = []
    for hop in path[:MAX_LOCATIONS]:
        if hop["file"] and hop["first_party"]:
            step = _physical(hop["file"], hop["line"])
            step["message"] = {"text": one_line(hop["node"])[:MAX_TEXT]}
            steps.append({"location": step})
    return steps
