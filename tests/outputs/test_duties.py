"""Duties, grouped for people who work them off."""

from __future__ import annotations

from dataclasses import replace

from compliance.outputs.document import report_document
from compliance.outputs.duties import DutyList, find_duties
from compliance.policy import Duty
from tests.outputs import reports

TOML, TEXT, YAML = (
    f"pkg:golang/{path}@{version}"
    for path, version in (
        (reports.TOML, "v1.3.2"),
        (reports.TEXT, "v0.3.8"),
        (reports.YAML, "v3.0.1"),
    )
)


def listed(*duties: Duty, profile: str = "on-prem") -> DutyList:
    base = reports.small()
    agent = base.artifacts[0]
    artifact = replace(agent.verdict.artifact, profile=profile)  # type: ignore[arg-type]
    verdict = replace(agent.verdict, artifact=artifact, duties=duties)
    document = report_document(replace(base, artifacts=(replace(agent, verdict=verdict),)))
    (only,) = find_duties(document)
    return only


def duty(component: str, name: str, license_: str = "MIT", by: str | None = None) -> Duty:
    return Duty(component=component, license=license_, duty=name, satisfied_by=by)


def test_equal_duties_of_the_same_components_are_one_line() -> None:
    made = listed(*(duty(c, d) for c in (TOML, TEXT) for d in ("license-text", "notice")))
    (row,) = made.rows
    assert row.duty == "License text and copyright notice"
    assert row.components == (reports.TOML, reports.TEXT)
    assert (made.texts, made.missing, made.only_texts, made.components) == (4, 0, True, 2)


def test_what_is_missing_stands_first_and_what_is_done_last() -> None:
    made = listed(
        duty(TOML, "source-of-files", "MPL-2.0", by="upstream"),
        duty(TOML, "license-text"),
        duty(TEXT, "name-restriction", "OFL-1.1"),
        duty(YAML, "relink-kit", "LGPL-3.0-only"),
    )
    assert [r.state for r in made.rows] == ["missing", "observe", "texts", "done"]
    assert made.summary == "1 to observe, 1 to send along, 1 fulfilled"
    assert not made.only_texts


def test_a_component_owed_under_two_licenses_is_named_once() -> None:
    (row,) = listed(duty(TOML, "license-text"), duty(TOML, "license-text", "ISC")).rows
    assert row.components == (reports.TOML,)
    assert row.license is None


def test_duties_of_other_licenses_are_other_lines() -> None:
    made = listed(
        duty(TOML, "source-of-files", "MPL-2.0"), duty(TEXT, "source-of-files", "EPL-2.0")
    )
    assert [(r.components, r.license) for r in made.rows] == [
        ((reports.TOML,), "MPL-2.0"),
        ((reports.TEXT,), "EPL-2.0"),
    ]


def test_why_nothing_is_owed() -> None:
    assert listed(profile="saas").without == "No duty while no copy is handed over"
    assert listed(profile="firmware").without == "No duty found"


def test_a_duty_nobody_knows_is_shown_as_it_is_written() -> None:
    (row,) = listed(duty("driverd", "plant-a-tree")).rows
    assert (row.duty, row.state, row.components) == ("plant a tree", "missing", ("driverd",))


def test_what_goes_furthest_is_read_first() -> None:
    made = listed(
        duty(TOML, "share-alike-asset", "CC-BY-SA-4.0"),
        duty(TEXT, "source-of-files", "MPL-2.0"),
        duty(YAML, "relink-kit", "LGPL-3.0-only"),
        duty(TEXT, "source-of-work", "GPL-3.0-only"),
    )
    assert [r.duty for r in made.rows] == [
        "Source of the whole work", "Relink kit", "Source of the files",
        "Same license for the changed asset",
    ]  # fmt: skip
