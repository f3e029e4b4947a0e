"""SARIF: what GitHub takes in, on the line that a person edits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from compliance import outputs
from compliance.findings import Finding, Location, Severity
from compliance.report import ScanReport
from tests.outputs import judges, reports, states
from tests.outputs.golden import agree


def run(report: ScanReport) -> dict[str, Any]:
    document = json.loads(outputs.render("sarif", report))
    assert document["version"] == "2.1.0"
    assert len(document["runs"]) == 1
    made: dict[str, Any] = document["runs"][0]
    return made


def uris(value: Any) -> list[str]:
    if isinstance(value, dict):
        here = [value["uri"]] if isinstance(value.get("uri"), str) else []
        return here + [u for v in value.values() for u in uris(v)]
    return [u for v in value for u in uris(v)] if isinstance(value, list) else []


def test_incident(update_golden: bool) -> None:
    agree("incident/report.sarif", outputs.render("sarif", states.incident()), update=update_golden)


@pytest.mark.parametrize("state", states.STATES)
def test_obeys_the_schema(state: str) -> None:
    assert judges.sarif(outputs.render("sarif", states.STATES[state]())) == []


def test_the_schema_still_finds_what_is_wrong() -> None:
    made = json.loads(outputs.render("sarif", states.incident()))
    made["runs"][0]["results"][0]["level"] = "fatal"
    del made["runs"][0]["tool"]["driver"]["name"]
    assert len(judges.sarif(json.dumps(made).encode())) == 2


def test_only_violations_are_results() -> None:
    results = run(states.incident())["results"]
    codes = {r["ruleId"] for r in results}
    assert "copyleft-separate" not in codes
    assert {r["level"] for r in results} == {"error", "warning", "note"}
    assert run(reports.small())["results"] == []


@pytest.mark.parametrize("state", states.STATES)
def test_every_result_has_what_github_asks_for(state: str) -> None:
    made = run(states.STATES[state]())
    rules = made["tool"]["driver"]["rules"]
    for result in made["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert len(result["locations"]) == 1
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert place["artifactLocation"]["uri"]
        assert result["partialFingerprints"]["complianceFinding/v1"]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]


def test_a_finding_stands_where_it_can_be_mended_and_its_path_is_a_flow() -> None:
    results = run(states.incident())["results"]
    first = next(r for r in results if r["ruleId"] == "strong-copyleft-ships")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "internal/devices/accel.go"
    assert place["region"]["startLine"] == 9
    steps = first["codeFlows"][0]["threadFlows"][0]["locations"]
    files = [s["location"]["physicalLocation"]["artifactLocation"]["uri"] for s in steps]
    assert files == ["cmd/control-plane/main.go", "internal/devices/accel.go"]


def test_without_a_place_it_stands_in_go_mod() -> None:
    found = Finding(code="module-deprecated", severity=Severity.WARN, message="x")
    result = run(replace(reports.small(), findings=(found,)))["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "go.mod"


def test_new_and_old_are_told_apart_against_a_base_only() -> None:
    states_of = {r["ruleId"]: r["baselineState"] for r in run(states.incident())["results"]}
    assert states_of["strong-copyleft-ships"] == "new"
    assert states_of["unknown-license"] == "unchanged"
    assert all("baselineState" not in r for r in run(reports.mixed())["results"])


@pytest.mark.parametrize(("state", "suppressed"), [("granted", True), ("pending-review", False)])
def test_only_a_waiver_that_masks_suppresses(state: str, suppressed: bool) -> None:
    result = run(states.with_waiver(state))["results"][0]
    assert ("suppressions" in result) == suppressed


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/c%d.go", "a%20b/c%25d.go"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("//evil.example/x", "evil.example/x"),
        ("caf\u00e9.go", "caf%C3%A9.go"),
        ("bad\udcff.go", "bad%5Cudcff.go"),
    ],
)
def test_places_are_relative_uri_references(file: str, uri: str) -> None:
    found = Finding(
        code="file-unreadable", severity=Severity.BLOCK, message="x", location=Location(file=file)
    )
    assert uris(run(replace(reports.small(), findings=(found,)))["results"]) == [uri]


def test_brackets_of_the_input_make_no_links() -> None:
    found = Finding(code="x", severity=Severity.BLOCK, message="[go](https://evil.example)")
    text = run(replace(reports.small(), findings=(found,)))["results"][0]["message"]["text"]
    assert text == "\\[go\\](https://evil.example)"


def test_the_worst_results_are_kept_and_all_are_counted() -> None:
    found = tuple(
        Finding(code="x", severity=Severity.BLOCK if n > 5_000 else Severity.WARN, message=str(n))
        for n in range(5_100)
    )
    made = run(replace(reports.small(), findings=found))
    assert len(made["results"]) == 5_000
    assert made["properties"] == {"violations": 5_100}
    assert [r["level"] for r in made["results"][:100]] == ["error"] * 99 + ["warning"]
