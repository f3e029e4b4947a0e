"""The terminal: decision first, narrow, plain, and short when there is nothing to say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from compliance import outputs
from compliance.findings import Finding, Location, Severity
from compliance.policy import Duty
from compliance.report import ArtifactReport, Limit, ScanReport
from tests.outputs import reports, states
from tests.outputs.golden import agree

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def shown(report: ScanReport, **options: object) -> str:
    document = outputs.report_document(report)
    return outputs.render_terminal(document, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", states.STATES)
@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_wider_than_the_window(state: str, width: int) -> None:
    lines = shown(states.STATES[state](), width=width, files=("out/report.html",)).splitlines()
    for line in lines:
        words = line.split()
        assert len(line) <= width or (len(words) <= 2 and len(words[-1]) > width - 20), line


def test_what_is_copied_stays_in_one_piece() -> None:
    purl = f"pkg:golang/github.com/{'a-long-name/' * 6}x@v0.0.0-20260102030405-abcdefabcdef"
    finding, *rest = states.incident().findings
    report = replace(states.incident(), findings=(replace(finding, component=purl), *rest))
    assert purl in [line.strip() for line in shown(report).splitlines()]


def test_a_word_that_was_made_to_be_in_the_way_is_cut() -> None:
    finding, *rest = states.incident().findings
    long = replace(finding, component=f"pkg:golang/{'x' * 400}")
    report = replace(states.incident(), findings=(long, *rest))
    assert max(map(len, shown(report).splitlines())) <= 80


@pytest.mark.parametrize("state", states.STATES)
def test_plain_text_has_no_control_character_and_no_trailing_space(state: str) -> None:
    text = shown(states.STATES[state]())
    assert [c for c in text if not c.isprintable() and c != "\n"] == []
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "\n\n\n" not in text


@pytest.mark.parametrize("state", states.STATES)
def test_colour_changes_nothing_but_colour(state: str) -> None:
    report = states.STATES[state]()
    assert ANSI.sub("", shown(report, color=True)) == shown(report)


def test_colour_is_there_when_it_is_wanted() -> None:
    assert ANSI.search(shown(states.incident(), color=True))


def test_incident(update_golden: bool) -> None:
    text = shown(states.incident(), files=("out/sbom.spdx.json", "out/report.html"))
    agree("incident/terminal.txt", text.encode(), update=update_golden)


def test_a_change(update_golden: bool) -> None:
    agree("change/terminal.txt", shown(states.changed()).encode(), update=update_golden)


def test_the_decision_stands_in_the_first_line() -> None:
    assert shown(states.incident()).startswith("THIS CHANGE IS NOT CLEARED\n")
    assert shown(reports.small()).startswith("CLEARED FOR RELEASE\n")
    assert shown(reports.incomplete()).startswith("NO DECISION: THE SCAN IS INCOMPLETE\n")


def test_a_clean_repository_takes_ten_lines() -> None:
    files = ("out/sbom.spdx.json", "out/report.html", "out/report.json")
    limits = (
        Limit(what="One platform was looked at: linux/amd64", effect="others may differ."),
        Limit(what="Modules that no package needs were not read", effect="no verdict."),
    )
    text = shown(replace(reports.small(), limits=limits), files=files)
    assert len(text.splitlines()) <= 10
    assert "Wrote out: sbom.spdx.json, report.html, report.json" in text
    assert "Not seen: One platform was looked at: linux/amd64. Modules that" in text


def test_a_block_comes_with_path_place_and_remedy() -> None:
    text = shown(states.without_base())
    for part in (
        "cmd/control-plane/main.go:14",
        "imports at internal/devices/accel.go:9; a process boundary",
        f"{states.DRIVER}/ioctl (GPL-3.0-only) <- cause",
        "Remedy: Move the plug-in behind a process boundary -> Comply",
        "To do: Ask its author for a license, or replace it.",
        "W-2026-014, pending review",
    ):
        assert part in text


def test_an_incomplete_scan_allows_nothing() -> None:
    text = shown(reports.incomplete())
    assert "github.com/lost/module@v1.0.0" in text
    assert "may ship" not in text
    assert "Pass" not in text


def test_long_paths_are_folded_in_the_middle() -> None:
    text = shown(states.long_path(30))
    assert "... 22 packages ..." in text
    assert "example.com/hop00/pkg" in text
    assert "example.com/hop29/pkg (GPL-3.0-only) <- cause" in text
    assert "example.com/hop15/pkg" not in text
    assert "packages ..." not in shown(states.long_path(8))


def test_many_artifacts_are_counted_not_listed() -> None:
    report = states.many_artifacts(200)
    lines = shown(report).splitlines()
    assert len(lines) < 120
    assert any("100 artifacts must not ship: svc-001, svc-003" in line for line in lines)
    told = tuple(
        replace(a, verdict=replace(a.verdict, because=f"Reason {n}."))
        for n, a in enumerate(report.artifacts)
    )
    lines = shown(replace(report, artifacts=told)).splitlines()
    assert len(lines) < 160
    assert any("180 more artifacts, none worse than Blocked" in line for line in lines)


def test_no_line_is_a_workflow_command() -> None:
    lines = shown(states.hostile_findings("::error::gotcha\n##[group]x")).splitlines()
    assert [x for x in lines if x.lstrip().startswith(("::", "##["))] == []


@pytest.mark.parametrize("text", ["::error::x", "##[group]x", "  ::set-output name=a::b"])
def test_a_message_that_wraps_to_a_workflow_command_is_guarded(text: str) -> None:
    padded = f"{'word ' * 14}{text}"
    lines = shown(states.hostile_findings(padded)).splitlines()
    assert [x for x in lines if x.lstrip().startswith(("::", "##["))] == []


@pytest.mark.parametrize(
    ("state", "first"),
    [
        ("granted", "THE GATE PASSED UNDER A WAIVER"),
        ("pending-review", "NOT CLEARED FOR RELEASE"),
        ("void", "NOT CLEARED FOR RELEASE"),
        ("expired", "NOT CLEARED FOR RELEASE"),
    ],
)
def test_only_a_granted_waiver_lets_a_block_pass(state: str, first: str) -> None:
    text = shown(states.with_waiver(state))
    assert text.splitlines()[0] == first
    assert f"Waiver W-2026-014, {state.replace('-', ' ')}" in text


def test_duties_that_are_left_out_are_counted() -> None:
    base = reports.small()
    agent = base.artifacts[0]
    duties = tuple(
        Duty(component=f"pkg:golang/m.example/{n}@v1.0.0", license=f"GPL-{n}.0-only", duty=d)
        for n, d in enumerate(("source-of-component",) * 5 + ("source-of-work",), 1)
    )
    verdict = replace(agent.verdict, duties=duties)
    text = shown(replace(base, artifacts=(replace(agent, verdict=verdict),)))
    lines = text.partition("Duties\n")[2].splitlines()
    assert lines[0].strip() == f"{verdict.artifact.name}: 6 missing"
    assert lines[1].strip() == "- Source of the whole work: m.example/6 (GPL-6.0-only)"
    assert lines[5].strip() == "- and 2 more"


def test_duties_that_programs_have_alike_are_told_once() -> None:
    base = reports.small()
    agent = base.artifacts[0]

    def program(name: str, *components: str) -> ArtifactReport:
        duties = tuple(
            Duty(component=f"pkg:golang/{c}@v1.0.0", license="MPL-2.0", duty="source-of-files")
            for c in components
        )
        verdict = replace(agent.verdict, artifact=replace(agent.verdict.artifact, name=name))
        return replace(agent, verdict=replace(verdict, duties=duties))

    made = (program("a", "m.example/x"), program("b", "m.example/y"), program("c", "m.example/x"))
    lines = shown(replace(base, artifacts=made)).partition("Duties\n")[2].splitlines()
    assert [line.strip() for line in lines[:4]] == [
        "a, c: 1 missing each", "- Source of the files: m.example/x (MPL-2.0)",
        "b: 1 missing", "- Source of the files: m.example/y (MPL-2.0)",
    ]  # fmt: skip


def test_a_waiver_that_nothing_needs_is_told() -> None:
    note = Finding(
        code="waiver-unused", severity=Severity.PASS, message="Waiver W-1 covers nothing: mended.",
        location=Location(file="org.yaml", line=7), remedy="",
    )  # fmt: skip
    base = reports.small()
    text = shown(replace(base, findings=(*base.findings, note)))
    assert "Waivers that nothing needs" in text
    assert "- Waiver W-1 covers nothing: mended (org.yaml:7)." in " ".join(text.split())
    assert "Waivers that nothing needs" not in shown(base)


def test_what_is_not_shown_of_a_remedy_is_counted_and_all_remedies_are_named() -> None:
    report = states.without_base()
    found = next(f for f in report.findings if f.remedies)
    edits = tuple(f"a.go:{n}: stop importing x" for n in range(5))
    many = tuple(
        replace(found.remedies[0], title=title, edits=edits) for title in ("One", "Two", "Three")
    )
    asked = replace(found, remedies=many, remedy="Ask the author.")
    findings = tuple(asked if f is found else f for f in report.findings)
    text = shown(replace(report, findings=findings))
    assert "To do: Ask the author." in text
    assert text.count("- and 2 more edits") == 2
    assert "Or: Three -> " in text


@pytest.mark.parametrize("profile", ["on-prem", "library"])
def test_a_profile_that_nobody_declared_is_told_with_what_changes_it(profile: str) -> None:
    report = reports.small()
    told = f"Judged as {profile} by default; --profile or compliance init changes that."
    assumed = replace(report, policy=replace(report.policy, assumed=profile))
    assert told in shown(assumed).splitlines()
    assert "by default" not in shown(report)
    made = outputs.render_all(("markdown",), assumed)["markdown"].decode()
    assert told in made.splitlines()
