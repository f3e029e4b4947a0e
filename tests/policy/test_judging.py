"""Verdicts beyond the table: explanation, remedies, waivers, gate, deployments."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from compliance.errors import UsageError
from compliance.findings import Finding, Severity
from compliance.graph import Artifact, DependencyGraph, Edge, Main, Node
from compliance.policy import (
    Ground,
    Judgement,
    apply_waivers,
    category,
    deployed,
    evaluate,
    gate,
    load_policy,
    waivers_ending,
    with_declared,
)
from tests.policy.worlds import DAY, codes, graph, judge, policy

HEADLINE = graph(
    {"app": "ours", "app/devices": "ours", "plugin": "Apache-2.0", "driver": "GPL-3.0-only"},
    "app import-static app/devices", "app/devices import-static plugin",
    "plugin import-static driver",
)  # fmt: skip


def test_a_path_names_every_hop_with_file_line_and_license() -> None:
    (finding,) = judge(HEADLINE).findings
    shown = [(h.node, h.edge, h.file, h.line, h.license, h.first_party) for h in finding.path]
    assert shown == [
        ("app", "import-static", "app.go", 1, "proprietary", True),
        ("app/devices", "import-static", "app/devices.go", 2, "proprietary", True),
        ("plugin", "import-static", "plugin.go", 3, "Apache-2.0", False),
        ("driver", None, None, None, "GPL-3.0-only", False),
    ]
    assert [h.boundary for h in finding.path] == [None, "would-stop", None, None]
    assert finding.location is not None
    assert (finding.location.file, finding.location.line) == ("app/devices.go", 2)


def test_remedies_edit_what_the_team_owns() -> None:
    (finding,) = judge(HEADLINE).findings
    assert [(r.kind, r.verdict_after.word) for r in finding.remedies] == [
        ("isolate", "comply"), ("replace", "pass"), ("publish", "comply"),
    ]  # fmt: skip
    assert finding.remedies[0].edits == ("app/devices.go:2: stop importing plugin",)


def test_a_list_of_the_licenses_of_a_product_is_for_a_person_to_sort_out() -> None:
    names = ("0BSD", "Apache-2.0", "BSD-3-Clause", "BSL-1.0", "EPL-2.0", "GPL-3.0-only", "ISC",
             "MIT", "MPL-2.0", "NCSA", "OFL-1.1", "WTFPL", "Zlib")  # fmt: skip
    built = graph({"app": "ours", "p": " AND ".join(names)}, "app import-static p")
    found = judge(built).findings
    assert found
    assert all("curations: [{component:" in f.remedy for f in found)
    few = graph({"app": "ours", "p": " AND ".join(names[-8:])}, "app import-static p")
    assert not any("curations" in f.remedy for f in judge(few).findings)


def test_a_plan_mends_all_causes_together() -> None:
    built = graph(
        {"app": "ours", "gpl": "GPL-3.0-only", "lgpl": "LGPL-2.1-only"},
        "app import-static gpl", "app import-static lgpl",
    )  # fmt: skip
    plan = judge(built).verdicts[0].plan
    assert plan is not None
    assert plan.verdict_after <= Severity.COMPLY
    assert any("relink_kit" in e for e in plan.edits)
    assert any("stop importing gpl" in e for e in plan.edits)


def test_the_fingerprint_survives_a_version_bump() -> None:
    (old,) = judge(HEADLINE).findings
    nodes = [
        replace(n, component=n.component.replace("v1.2.0", "v1.3.0") if n.component else None)
        for n in HEADLINE.nodes.values()
    ]
    (new,) = judge(DependencyGraph(nodes, list(HEADLINE.edges()))).findings
    assert (old.component, old.fingerprint) != (new.component, "")
    assert old.fingerprint == new.fingerprint


def test_one_finding_per_component_and_license() -> None:
    nodes = [Node(id="app", first_party=True)] + [
        Node(id=f"x/{i}", component="pkg:golang/x@v1", license="GPL-3.0-only") for i in range(5)
    ]
    built = DependencyGraph(
        nodes, [Edge(source="app", target=f"x/{i}", kind="import-static") for i in range(5)]
    )
    assert codes(judge(built).findings) == ["strong-copyleft-ships"]


def test_the_standard_library_is_not_listed_in_reach() -> None:
    built = HEADLINE.extended(
        [Node(id="fmt", component="pkg:golang/stdlib@1.24.0", license="BSD-3-Clause")],
        [Edge(source="app", target="fmt", kind="import-static")],
    )
    (finding,) = judge(built).findings
    assert finding.reach == ("app", "app/devices", "plugin")


def test_duties_say_what_meets_them() -> None:
    built = graph({"app": "ours", "dep": "MIT"}, "app import-static dep")
    judged = evaluate(
        built, [Artifact(name="app", root="app", main=".")], policy(), as_of=DAY,
        produced={"license-text": "NOTICE.txt"},
    )  # fmt: skip
    met = {d.duty: d.satisfied_by for d in judged.verdicts[0].duties}
    assert met == {"license-text": "NOTICE.txt", "notice": None}
    assert judged.verdicts[0].outcome is Severity.PASS


def test_a_curation_wins_over_what_was_found_in_its_range_only() -> None:
    built = graph({"app": "ours", "dep": None}, "app import-static dep")
    text = (
        "curations: [{{component: 'pkg:golang/example.com/dep@{}', license: MIT, because: read}}]"
    )
    assert codes(judge(built, policy(text.format("<2"))).findings) == []
    assert codes(judge(built, policy(text.format("<1"))).findings) == ["unknown-license"]


def test_a_choice_that_is_not_offered_is_refused_with_its_place() -> None:
    built = graph({"app": "ours", "dep": "MIT OR GPL-2.0-only"}, "app import-static dep")
    rules = policy("choices:\n  - {component: example.com/dep, take: Apache-2.0}")
    with pytest.raises(UsageError, match=r"^p.yaml:3: choices: .*dep.* does not offer Apache-2.0"):
        judge(built, rules)


def test_a_component_name_matches_whole_path_elements() -> None:
    built = graph({"app": "ours", "dep2": "MIT OR GPL-2.0-only"}, "app import-static dep2")
    rules = policy("choices: [{component: example.com/dep, take: Apache-2.0}]")
    assert judge(built, rules).verdicts[0].outcome is Severity.PASS


# Waivers

WAIVER = """
waivers:
  - id: W1
    covers: {{rule: strong-copyleft-ships, component: "pkg:golang/example.com/driver@<2", artifact: app, license: GPL-3.0-only}}
    state: {state}
    conditions: [{conditions}]
    owner: team@example.com
    approver: "@legal"
    reason: bought
    created: {created}
    expires: {expires}
"""  # noqa: E501 - a line of YAML


def waived(
    *, state: str = "granted", conditions: str = "unmodified", created: str = "2025-12-20",
    expires: str = "2026-06-01", compared: bool = False, built: DependencyGraph = HEADLINE,
) -> tuple[Finding, ...]:  # fmt: skip
    rules = policy(
        WAIVER.format(state=state, conditions=conditions, created=created, expires=expires)
    )
    judged = judge(built, rules)
    ground = Ground(graph=built, verdicts=judged.verdicts)
    return apply_waivers(judged.findings, rules, ground, as_of=DAY, compared=compared)


def masks(findings: tuple[Finding, ...]) -> bool:
    note = next(f for f in findings if f.code == "strong-copyleft-ships").waiver
    assert note is not None
    return note.masks


def test_a_granted_waiver_masks_and_changes_nothing_else() -> None:
    findings = waived()
    assert masks(findings)
    assert findings[0].severity is Severity.BLOCK
    assert gate(findings).outcome == "pass"


def test_a_pending_review_masks_a_merge_and_never_a_release() -> None:
    assert masks(waived(state="pending-review", compared=True))
    assert not masks(waived(state="pending-review"))


@pytest.mark.parametrize("state", ["denied", "revoked"])
def test_what_was_refused_masks_nothing(state: str) -> None:
    assert codes(waived(state=state)) == ["strong-copyleft-ships"]
    assert not masks(waived(state=state))


def test_a_waiver_counts_on_its_last_day_and_not_after() -> None:
    assert masks(waived(expires="2026-01-01"))
    assert codes(waived(expires="2025-12-31")) == ["strong-copyleft-ships", "waiver-expired"]


def test_a_pending_review_ends_after_fourteen_days() -> None:
    found = waived(state="pending-review", created="2025-12-17", compared=True)
    assert "waiver-expired" in codes(found)
    assert masks(waived(state="pending-review", created="2025-12-18", compared=True))


def test_a_waiver_does_not_count_before_it_begins() -> None:
    assert masks(waived(created="2026-01-01"))
    early = waived(created="2026-01-02")
    assert not masks(early)
    assert codes(early) == ["strong-copyleft-ships", "waiver-void"]
    far = waived(created="2030-01-01", expires="2030-12-31")
    assert not masks(far), "else a day in the future would prolong it beyond its year"


def test_a_pending_review_is_due_in_two_working_days_when_it_blocks() -> None:
    note = waived(state="pending-review", created="2025-12-19")[0].waiver
    assert note is not None
    assert note.due == "2025-12-23"


def test_a_failed_condition_voids_a_waiver_and_says_so() -> None:
    nodes = [replace(n, modified=n.id == "driver") for n in HEADLINE.nodes.values()]
    changed = DependencyGraph(nodes, list(HEADLINE.edges()))
    found = waived(built=changed)
    assert "waiver-void" in codes(found)
    assert not masks(found)
    assert gate(found).outcome == "fail"


def test_a_waiver_for_another_version_covers_nothing() -> None:
    nodes = [
        replace(n, component="pkg:golang/example.com/driver@v2.0.0" if n.id == "driver" else None)
        for n in HEADLINE.nodes.values()
    ]
    found = waived(built=DependencyGraph(nodes, list(HEADLINE.edges())))
    assert found[0].waiver is None


def test_waivers_that_end_soon_are_listed() -> None:
    rules = policy(
        WAIVER.format(state="granted", conditions="", created="2025-12-20", expires="2026-01-20")
    )
    assert [w.id for w in waivers_ending(rules, DAY, 30)] == ["W1"]
    assert waivers_ending(rules, DAY, 10) == ()


# Gate


def finding(severity: Severity, *, new: bool = False) -> Finding:
    return Finding(code="x", severity=severity, message="m", component="c", new=new)


@pytest.mark.parametrize(
    ("severity", "fail_on", "outcome"),
    [
        (Severity.BLOCK, "block", "fail"), (Severity.WARN, "block", "pass"),
        (Severity.WARN, "warn", "fail"), (Severity.REVIEW, "warn", "pass"),
        (Severity.WARN, "review", "fail"), (Severity.BLOCK, "never", "pass"),
    ],
)  # fmt: skip
def test_the_gate_fails_from_its_limit_on(severity: Severity, fail_on: str, outcome: str) -> None:
    assert gate([finding(severity)], fail_on=fail_on).outcome == outcome


def test_with_a_base_only_what_is_new_fails() -> None:
    assert gate([finding(Severity.BLOCK)], compared=True).outcome == "pass"
    assert gate([finding(Severity.BLOCK, new=True)], compared=True).outcome == "fail"


def test_a_run_that_lacks_something_never_passes() -> None:
    assert gate([], missing=["example.com/x"], fail_on="never").outcome == "incomplete"


# Deployments

MAINS = [
    Main(import_path="m/cmd/a", folder="cmd/a", module="m"),
    Main(import_path="m/cmd/b", folder="cmd/b", module="m"),
]


def test_without_deployments_each_main_is_an_artifact() -> None:
    found = deployed(policy(), MAINS, profile="saas", outbound={"m": "Apache-2.0"}).artifacts
    assert [(a.name, a.main, a.profile, a.outbound) for a in found] == [
        ("a", "./cmd/a", "saas", "Apache-2.0"), ("b", "./cmd/b", "saas", "Apache-2.0"),
    ]  # fmt: skip


def test_mains_that_no_deployment_declares_are_no_artifacts() -> None:
    rules = policy("deployments: {agent: {build: ./cmd/a, profile: firmware, locked_boot: yes}}")
    found = deployed(rules, MAINS)
    assert [(a.name, a.profile, a.locked_boot) for a in found.artifacts] == [
        ("agent", "firmware", True)
    ]
    assert [m.import_path for m in found.undeclared] == ["m/cmd/b"]


def test_a_build_that_matches_nothing_is_refused_with_its_place() -> None:
    rules = policy("deployments:\n  agent: {build: ./cmd/aa}")
    with pytest.raises(UsageError, match=r"^p.yaml:3: .*matches no main package; did you mean"):
        deployed(rules, MAINS)


def test_declared_components_and_links_join_the_graph() -> None:
    rules = policy(
        "components: [{id: driverd, license: GPL-3.0-only}]\n"
        "links: [{from: agent, to: driverd, kind: exec}]"
    )
    built = graph({"app": "ours"})
    agent = Artifact(name="agent", root="app", main=".")
    full = with_declared(built, rules, [agent])
    judged = evaluate(full, [agent], rules, as_of=DAY)
    assert codes(judged.findings) == ["copyleft-separate"]
    assert judged.findings[0].path[0].boundary == "holds"


@pytest.mark.parametrize("kind", ["plugin", "cgo-dynamic"])
def test_a_host_that_loads_our_code_is_part_of_its_work(kind: str) -> None:
    """Declared from either end: who loads whom makes no difference for one work."""
    built = graph({"app": "ours"})
    agent = Artifact(name="agent", root="app", main=".")
    for link in ("from: host, to: agent", "from: agent, to: host, by: user"):
        rules = policy(
            f"components: [{{id: host, license: GPL-2.0-only}}]\nlinks: [{{{link}, kind: {kind}}}]"
        )
        judged = evaluate(with_declared(built, rules, [agent]), [agent], rules, as_of=DAY)
        assert codes(judged.findings) == ["strong-copyleft-ships"]
        assert judged.verdicts[0].duties == ()


def test_a_closed_program_that_starts_ours_is_none_of_it() -> None:
    rules = policy(
        "components: [{id: shell, license: GPL-3.0-only}]\n"
        "links: [{from: shell, to: agent, kind: exec}]"
    )
    agent = Artifact(name="agent", root="app", main=".")
    full = with_declared(graph({"app": "ours"}), rules, [agent])
    assert codes(evaluate(full, [agent], rules, as_of=DAY).findings) == []


def test_a_link_to_nothing_is_refused_with_its_place() -> None:
    rules = policy("links:\n  - {from: app, to: driverdd, kind: exec}")
    with pytest.raises(UsageError, match=r"^p.yaml:3: links: nothing is named driverdd"):
        with_declared(graph({"app": "ours"}), rules)


def test_a_boundary_that_names_nothing_is_refused() -> None:
    rules = policy("boundaries:\n  - {between: [./app, ./none], kind: process}")
    with pytest.raises(UsageError, match=r"^p.yaml:3: boundaries: nothing is named ./none"):
        judge(graph({"app": "ours"}), rules)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", "permissive"), ("MPL-2.0", "weak"), ("GPL-2.0+", "strong"),
        ("AGPL-3.0-or-later", "network"), ("BUSL-1.1", "restricted"), (None, "unknown"),
        ("MIT OR GPL-3.0-only", "permissive"), ("MIT AND GPL-3.0-only", "strong"),
        ("MIT AND LicenseRef-x", "unknown"), ("NOASSERTION", "unknown"), ("((MIT", "unknown"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "weak"),
    ],
)  # fmt: skip
def test_categories(expression: str | None, expected: str) -> None:
    assert category(expression) == expected


def test_the_day_of_an_evaluation_is_given_and_not_read_from_a_clock() -> None:
    node = Node(id="dep", license="BUSL-1.1", change_date="2030-01-01", change_license="Apache-2.0")
    built = DependencyGraph(
        [Node(id="app", first_party=True), node],
        [Edge(source="app", target="dep", kind="import-static")],
    )
    app = [Artifact(name="app", root="app", main=".")]
    before = evaluate(built, app, load_policy([]), as_of=datetime.date(2029, 12, 31))
    after = evaluate(built, app, load_policy([]), as_of=datetime.date(2030, 1, 1))
    assert (codes(before.findings), codes(after.findings)) == (["use-restricted"], [])


def test_with_release_scope_all_artifacts_take_the_same_arm() -> None:
    built = graph(
        {"app": "ours", "tool": "ours", "dep": "Apache-2.0 OR GPL-2.0-or-later"},
        "app import-static dep", "tool import-static dep",
    )  # fmt: skip
    artifacts = [
        Artifact(name="app", root="app", main=".", outbound="GPL-3.0-only"),
        Artifact(name="tool", root="tool", main=".", outbound="GPL-2.0-only"),
    ]

    def elected(scope: str) -> list[str]:
        rules = policy(f"interpretations: {{choice_scope: {scope}}}")
        judged = evaluate(built, artifacts, rules, as_of=DAY)
        assert [v.outcome for v in judged.verdicts] == [Severity.COMPLY] * 2
        return [e.elected for v in judged.verdicts for e in v.elections]

    assert elected("artifact") == ["Apache-2.0", "GPL-2.0-or-later"]
    assert elected("release") == ["GPL-2.0-or-later", "GPL-2.0-or-later"]


def test_a_path_of_a_boundary_starts_where_the_module_starts() -> None:
    built = graph(
        {"m/cmd/a": "ours", "m/internal/cmd/b": "ours", "m/cmd/b": "ours"},
        "m/cmd/a import-static m/internal/cmd/b",
    )  # fmt: skip
    rules = policy("boundaries: [{between: [./cmd/a, ./cmd/b], kind: process}]")
    a = Artifact(name="a", root="m/cmd/a", main="./cmd/a")
    assert evaluate(built, [a], rules, as_of=DAY).findings == ()
    linked = built.extended(
        [], [Edge(source="m/internal/cmd/b", target="m/cmd/b", kind="import-static")]
    )
    found = evaluate(linked, [a], rules, as_of=DAY).findings
    assert codes(found) == ["boundary-broken"]
    assert [h.node for h in found[0].path] == ["m/cmd/a", "m/internal/cmd/b", "m/cmd/b"]


def test_a_boundary_may_name_an_artifact() -> None:
    built = graph({"m/cmd/a": "ours", "driver": "MIT"}, "m/cmd/a import-static driver")
    rules = policy("boundaries: [{between: [agent, driver], kind: process}]")
    agent = Artifact(name="agent", root="m/cmd/a", main="./cmd/a")
    assert codes(evaluate(built, [agent], rules, as_of=DAY).findings) == ["boundary-broken"]


def crossed(*uses: str, driver: str = "MIT") -> Judgement:
    """A program whose policy keeps `driver` and what is below it apart."""
    parts = {"m/cmd/a": "ours", "m/dev": "ours", "api": "MIT", "drv": driver, "drv/types": driver}
    rules = policy("boundaries: [{between: [./cmd/a, example.com/drv], kind: process}]")
    a = Artifact(name="a", root="m/cmd/a", main="./cmd/a", profile="on-prem")
    return evaluate(graph(parts, *uses), [a], rules, as_of=DAY)


def test_a_broken_boundary_names_every_use_that_crosses_it_and_what_comes_of_taking_them_out() -> (
    None
):
    judged = crossed(
        "m/cmd/a import-static m/dev", "m/cmd/a import-static api", "m/dev import-static drv/types",
        "m/cmd/a import-static drv", "drv import-static drv/types",
    )  # fmt: skip
    (finding,) = judged.findings
    (remedy,) = finding.remedies
    assert (remedy.kind, remedy.verdict_after) == ("isolate", Severity.PASS)
    assert sorted(e.split(": ")[1] for e in remedy.edits) == [
        "stop importing drv", "stop importing drv/types",
    ]  # fmt: skip
    plan = judged.verdicts[0].plan
    assert plan is not None
    assert (plan.edits, plan.verdict_after) == (remedy.edits, Severity.PASS)


def test_a_plan_for_copyleft_across_a_boundary_mends_the_boundary_too() -> None:
    judged = crossed(
        "m/cmd/a import-static m/dev", "m/dev import-static drv/types", "m/cmd/a exec drv",
        driver="GPL-3.0-only",
    )  # fmt: skip
    assert codes(judged.findings) == [
        "boundary-broken", "strong-copyleft-ships", "copyleft-separate",
    ]  # fmt: skip
    plan = judged.verdicts[0].plan
    assert plan is not None
    assert plan.verdict_after is Severity.COMPLY
    assert len(plan.edits) == 1


def test_a_boundary_has_no_remedy_where_the_component_stays_a_problem_without_the_crossing() -> (
    None
):
    judged = crossed(
        "m/cmd/a import-static api", "api exec drv", "m/cmd/a import-static drv/types",
        driver="BUSL-1.1",
    )  # fmt: skip
    finding = next(f for f in judged.findings if f.code == "boundary-broken")
    assert all(r.verdict_after <= Severity.COMPLY for r in finding.remedies)


@pytest.mark.parametrize(
    ("license_", "use", "facts", "expected"),
    [
        ("PolyForm-Noncommercial-1.0.0", "build-tool", {}, ["use-restricted"]),
        ("MIT AND CC-BY-NC-4.0", "test", {}, ["use-restricted"]),
        ("MIT OR CC-BY-NC-4.0", "test", {}, []),
        ("PolyForm-Noncommercial-1.0.0", "build-tool", {"commercial": False}, []),
        ("BUSL-1.1", "test", {}, []), ("GPL-3.0-only", "build-tool", {}, []),
    ],
)  # fmt: skip
def test_no_tool_or_test_of_a_company_is_for_noncommercial_use_only(
    license_: str, use: str, facts: dict[str, bool], expected: list[str]
) -> None:
    judged = judge(graph({"app": "ours", "dep": license_}, f"app {use} dep"), **facts)
    assert codes(judged.findings) == expected
    assert [f.severity for f in judged.findings] == [Severity.REVIEW] * len(expected)
    assert [f.artifact for f in judged.findings] == [None] * len(expected)
    assert judged.verdicts[0].outcome is Severity.PASS


def test_a_granted_waiver_may_cover_an_unknown_license() -> None:
    built = graph({"app": "ours", "driver": None}, "app import-static driver")
    text = (
        WAIVER.format(state="granted", conditions="", created="2025-12-20", expires="2026-02-01")
        .replace("strong-copyleft-ships", "unknown-license")
        .replace("GPL-3.0-only", "NOASSERTION")
    )
    rules = policy(text)
    judged = judge(built, rules)
    ground = Ground(graph=built, verdicts=judged.verdicts)
    (found,) = apply_waivers(judged.findings, rules, ground, as_of=DAY)
    assert found.waiver is not None
    assert found.waiver.masks
    pending = policy(text.replace("granted", "pending-review"))
    found, void = apply_waivers(judged.findings, pending, ground, as_of=DAY, compared=True)
    assert (found.waiver is not None and found.waiver.masks, void.code) == (False, "waiver-void")


def test_a_pending_review_may_cover_an_unknown_license_that_only_tests_need() -> None:
    built = graph({"app": "ours", "driver": None}, "app test driver")
    text = (
        WAIVER.format(
            state="pending-review", conditions="", created="2025-12-20", expires="2026-02-01"
        )
        .replace("strong-copyleft-ships", "unknown-license")
        .replace("GPL-3.0-only", "NOASSERTION")
        .replace("artifact: app", "artifact: repository")
    )
    rules = policy(text)
    judged = judge(built, rules)
    ground = Ground(graph=built, verdicts=judged.verdicts)
    (found,) = apply_waivers(judged.findings, rules, ground, as_of=DAY, compared=True)
    assert found.waiver is not None
    assert found.waiver.masks


def test_a_remedy_keeps_the_packages_that_are_under_another_license() -> None:
    nodes = [
        Node(id="app", first_party=True),
        Node(id="loki/api", component="pkg:golang/loki@v3.0.0", license="Apache-2.0"),
        Node(id="loki/server", component="pkg:golang/loki@v3.0.0", license="AGPL-3.0-only"),
    ]
    edges = [
        Edge(source="app", target=t, kind="import-static", file="a.go", line=i)
        for i, t in ((3, "loki/api"), (4, "loki/server"))
    ]
    (finding,) = judge(DependencyGraph(nodes, edges)).findings
    assert finding.license == "AGPL-3.0-only"
    replaced = next(r for r in finding.remedies if r.kind == "replace")
    assert replaced.edits == ("a.go:4: stop importing loki/server",)


BOUGHT = """
curations:
  - {component: busl, license: LicenseRef-commercial-agreement, because: agreement of 2026-01-05,
     evidence: docs/contract.md}
"""


def test_what_is_sold_can_be_bought_and_the_purchase_is_recorded() -> None:
    built = graph({"app": "ours", "busl": "BUSL-1.1"}, "app import-static busl")
    (found,) = judge(built, policy()).findings
    assert found.code == "use-restricted"
    (bought,) = (r for r in found.remedies if r.kind == "buy")
    assert "LicenseRef-commercial-agreement" in bought.edits[0]
    assert bought.verdict_after is Severity.PASS
    after = judge(built, policy(BOUGHT))
    assert after.verdicts[0].outcome is Severity.PASS
    assert after.findings == ()


@pytest.mark.parametrize("license_", ["GPL-3.0-only", "AGPL-3.0-only", "LGPL-3.0-only"])
def test_copyleft_is_bought_only_where_a_rule_says_that_it_can_be(license_: str) -> None:
    built = graph({"app": "ours", "dep": license_}, "app import-static dep")
    (found,) = judge(built, policy()).findings
    assert not any(r.kind == "buy" for r in found.remedies)
    rule = f"rules: [{{id: {found.code}, when: {{}}, then: block, remedies: [buy, isolate]}}]"
    (found,) = judge(built, policy(rule)).findings
    assert [r.kind for r in found.remedies] == ["buy", "isolate"]


def test_what_was_bought_does_not_go_out_under_a_copyleft_license() -> None:
    built = graph(
        {"app": "ours", "busl": "BUSL-1.1", "gpl": "GPL-3.0-only"},
        "app import-static busl", "app import-static gpl",
    )  # fmt: skip
    assert judge(built, policy(BOUGHT)).verdicts[0].outcome is Severity.BLOCK
