"""report.json: the promise of its keys, its bytes, and its schema."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from compliance import outputs
from compliance.errors import UsageError
from compliance.findings import Evidence, Finding, Severity
from tests.outputs import reports, states
from tests.outputs.golden import agree


def closed(value: Any) -> Any:
    """The schema with no room for keys that it does not name."""
    if isinstance(value, dict):
        made = {k: closed(v) for k, v in value.items()}
        return {"additionalProperties": False, **made} if "properties" in made else made
    return [closed(v) for v in value] if isinstance(value, list) else value


VALIDATOR = jsonschema_rs.validator_for(closed(outputs.schema("report")))


@pytest.mark.parametrize("state", states.STATES)
def test_every_document_obeys_its_schema_and_has_no_other_key(state: str) -> None:
    document = json.loads(outputs.render("json", states.STATES[state]()))
    assert [f"{list(e.instance_path)}: {e.message}" for e in VALIDATOR.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("where", "change"),
    [
        (("schema",), "compliance/report/2"),
        (("gate", "outcome"), "maybe"),
        (("findings", 0, "severity"), "BLOCK"),
        (("findings", 0, "fingerprint"), "0x"),
        (("modules", 0, "verification"), "trusted"),
        (("modules", 0, "license", "concluded"), None),
        (("created",), "yesterday"),
    ],
)
def test_the_schema_refuses_what_is_no_report(where: tuple[Any, ...], change: object) -> None:
    document = json.loads(outputs.render("json", states.incident()))
    place = document
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = change
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("name", ["modules", "packages", "detect", "why", "report"])
def test_schemas_are_schemas(name: str) -> None:
    jsonschema_rs.meta.validate(outputs.schema(name))


def test_an_unknown_document_has_no_schema() -> None:
    with pytest.raises(UsageError, match="modules, packages, detect, report"):
        outputs.schema("nothing")


def test_incident_report_json(update_golden: bool) -> None:
    agree("incident/report.json", outputs.render("json", states.incident()), update=update_golden)


def test_versions_are_null_for_main_modules_and_std_is_named_by_its_path() -> None:
    document = outputs.report_document(reports.small())
    named = {m["path"]: m for m in document["modules"]}
    assert named[reports.MAIN]["version"] is None
    assert named[reports.MAIN]["main"] is True
    assert named["std"]["version"] == "1.26.8"
    assert named["std"]["kind"] == "standard-library"


def test_declared_components_stand_apart_from_modules() -> None:
    document = outputs.report_document(reports.mixed())
    assert [d["path"] for d in document["declared"]] == ["driverd", "libdrv"]
    inside = [d["path"].rpartition("/")[2] for d in document["inside"]]
    assert inside == ["c:seccomp", "c:lz4", "tool.wasm", "rsrc.syso"]
    assert all(m["kind"] != "declared" for m in document["modules"])


def test_unknown_is_noassertion_and_packages_with_another_license_are_listed() -> None:
    document = outputs.report_document(reports.mixed())
    unknown = next(m for m in document["modules"] if m["path"] == "github.com/mystery/box")
    assert unknown["license"]["concluded"] == "NOASSERTION"
    yaml = next(
        m for m in outputs.report_document(reports.small())["modules"] if m["path"] == reports.YAML
    )
    assert yaml["package_licenses"] == [
        {"import_path": f"{reports.YAML}/internal/scan", "license": "MIT"}
    ]


def test_flips_not_examined_differ_from_none_that_matter() -> None:
    found = outputs.report_document(states.incident())["findings"]
    by_code = {f["code"]: f["flips"] for f in found}
    assert by_code["copyleft-separate"] is None
    assert by_code["strong-copyleft-ships"] == []


def test_findings_are_sorted_worst_first() -> None:
    found = outputs.report_document(states.incident())["findings"]
    order = ["block", "warn", "review", "latent", "comply", "pass"]
    ranks = [order.index(f["severity"]) for f in found]
    assert ranks == sorted(ranks)


def test_json_can_be_printed_and_keeps_every_value() -> None:
    report = states.hostile_findings()
    data = outputs.render("json", report)
    text = data.decode("utf-8")
    assert not any(c in text for c in "\x1b\x00\r\u202e\ufeff\u2028")
    assert text.endswith("}\n")
    message = json.loads(data)["findings"][0]["message"]
    assert message == reports.HOSTILE.replace("\udcff", "\\udcff")


@pytest.mark.parametrize("near", ["", "\u00a9 \u00e9"])
@pytest.mark.parametrize(
    "sign", ["\x7f", "\u0080", "\u00ad", "\u200b", "\u202e", "\ufeff", "\ufffb"]
)
def test_each_sign_that_steers_is_an_escape_among_any_letters(sign: str, near: str) -> None:
    data = outputs.json_bytes({"text": f"a{sign}{near}"})
    assert sign not in data.decode("utf-8")
    assert json.loads(data) == {"text": f"a{sign}{near}"}


def test_an_unknown_format_is_an_error_that_names_the_formats() -> None:
    with pytest.raises(UsageError, match="cyclonedx-json"):
        outputs.render("pdf", reports.small())


def test_evidence_is_quoted_from_the_text_it_names() -> None:
    text = "".join(f"  line {n}\n" for n in range(1, 41))
    digest = reports.sha256(text)

    def quoted(start: int, end: int, sha256: str = digest) -> list[dict[str, Any]]:
        seen = Evidence(file="LICENSE", sha256=sha256, start_line=start, end_line=end)
        found = Finding(code="x", severity=Severity.BLOCK, message="x", evidence=(seen,))
        report = replace(reports.small(), findings=(found,), texts={digest: text})
        made: list[dict[str, Any]] = outputs.report_document(report)["findings"][0]["evidence"]
        excerpt: list[dict[str, Any]] = made[0]["excerpt"]
        return excerpt

    assert quoted(3, 4) == [
        {"line": 3, "text": "  line 3", "matched": [[2, 8]]},
        {"line": 4, "text": "  line 4", "matched": [[2, 8]]},
    ]
    assert [x["line"] for x in quoted(1, 40)] == list(range(1, 13))
    assert not any(x["matched"] for x in quoted(1, 40))
    assert quoted(41, 50) == []
    assert quoted(3, 4, sha256="0" * 64) == []
