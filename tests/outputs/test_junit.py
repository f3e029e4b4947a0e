"""JUnit XML: a case per component, failures as the gate counts, never green when incomplete."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from compliance import outputs
from compliance.report import SYSTEM, Gate, ScanReport
from tests.outputs import reports, states
from tests.outputs.golden import agree


def suites(report: ScanReport) -> ElementTree.Element:
    return ElementTree.fromstring(outputs.render("junit", report))


def suite(report: ScanReport, name: str) -> ElementTree.Element:
    (found,) = [s for s in suites(report) if s.get("name") == name]
    return found


def test_incident(update_golden: bool) -> None:
    made = outputs.render("junit", states.incident())
    agree("incident/report.junit.xml", made, update=update_golden)


@pytest.mark.parametrize("state", states.STATES)
def test_counts_are_those_of_the_cases(state: str) -> None:
    root = suites(states.STATES[state]())
    for kind, name in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if kind != "skipped":  # which the root has no attribute for
            assert int(root.get(kind, "")) == len(root.findall(f".//{name}"))
        for one in root:
            assert int(one.get(kind, "")) == len(one.findall(f".//{name}"))
    assert int(root.get("tests", "")) == len(root.findall(".//testcase"))


# Elements of junit-10.xsd (Jenkins xUnit plugin): attributes, those required, children in order.
COMMON: dict[str, tuple[str, str, str]] = {
    "testsuites": ("name time tests failures disabled errors", "", "testsuite"),
    "testsuite": (
        "name tests failures errors time disabled skipped timestamp hostname id package",
        "name tests", "properties testcase system-out system-err",
    ),
    "testcase": (
        "name assertions time classname status", "name",
        "skipped error failure system-out system-err",
    ),
    "failure": ("type message", "", ""), "error": ("type message", "", ""),
    "skipped": ("type message", "", ""), "system-out": ("", "", ""),
}  # fmt: skip


@pytest.mark.parametrize("state", states.STATES)
def test_it_has_the_form_that_ci_systems_read(state: str) -> None:
    for node in suites(states.STATES[state]()).iter():
        attributes, required, children = map(str.split, COMMON[node.tag])
        assert set(required) <= set(node.attrib) <= set(attributes)
        order = [children.index(child.tag) for child in node]
        assert order == sorted(order)
        if node.tag in ("testsuite", "testsuites"):
            assert all(node.get(k, "0").isdigit() for k in ("tests", "failures", "errors"))
        if node.tag == "testcase":
            assert len({child.tag for child in node}) == len(node)


def test_a_component_of_unknown_terms_is_never_green() -> None:
    report = reports.mixed()
    gate = Gate(outcome="incomplete", fail_on="block", counts={})
    undecided = replace(report, findings=(), gate=gate)
    found = 0
    for component in report.components:
        if component.conclusion.concluded is None and component.category != SYSTEM:
            for artifact in component.artifacts:
                name = f"{component.path} {component.version}".strip()
                (case,) = [c for c in suite(undecided, artifact)
                           if c.get("name", "").startswith(name)]  # fmt: skip
                assert case.find("error") is not None
                found += 1
    assert found


def test_what_the_system_brings_is_no_case() -> None:
    names = [c.get("name", "") for c in suite(reports.mixed(), "server")]
    assert not any(n.startswith("c:seccomp") for n in names)
    assert any(n.startswith("c:lz4: MIT") for n in names)


def test_every_component_of_an_artifact_is_a_case_and_a_block_fails() -> None:
    report = states.incident()
    control = suite(report, "control-plane")
    shipped = [c for c in report.components if "control-plane" in c.artifacts]
    assert len(control) == len(shipped)
    driver = next(c for c in control if c.get("name", "").startswith(states.DRIVER))
    failure = driver.find("failure")
    assert failure is not None
    assert failure.get("type") == "boundary-broken"
    assert "cmd/control-plane/main.go:14" in (failure.text or "")
    assert "To do: Move the plug-in" in (failure.text or "")


def test_what_is_below_the_limit_is_told_and_does_not_fail() -> None:
    """The incident is compared with a base: `relink` there is not new, so that it does not fail."""
    store = next(
        c for c in suite(states.incident(), "nimbusctl") if states.STORE in c.get("name", "")
    )
    assert store.find("failure") is None
    assert "use-restricted" in (store.findtext("system-out") or "")


def test_a_waiver_skips() -> None:
    report = states.incident()
    waived = tuple(
        replace(f, waiver=states.waiver("granted", masks=True)) if f.code == "relink" else f
        for f in report.findings
    )
    control = suite(replace(report, findings=waived), "control-plane")
    geo = next(c for c in control if states.GEO in c.get("name", ""))
    skipped = geo.find("skipped")
    assert skipped is not None
    assert "W-2026-014" in skipped.get("message", "")


def test_nothing_fails_when_the_gate_never_does() -> None:
    report = states.incident()
    gate = Gate(outcome="pass", fail_on="never", counts=report.gate.counts)
    assert suites(replace(report, gate=gate)).get("failures") == "0"


def test_an_incomplete_run_is_an_error() -> None:
    whole = suite(reports.incomplete(), "repository")
    assert whole.get("errors") == "1"
    assert "github.com/lost/module@v1.0.0" in (whole.findtext(".//error") or "")


def test_a_clean_report_has_no_suite_but_its_artifacts() -> None:
    assert [s.get("name") for s in suites(reports.small())] == ["agent", "server"]
