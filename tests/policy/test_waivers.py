"""Waivers beyond their states: texts, licenses that change, stubs."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from compliance.errors import UsageError
from compliance.findings import Evidence, Finding, Severity
from compliance.graph import DependencyGraph, Edge, Node
from compliance.policy import (
    Ground,
    Policy,
    PolicySource,
    apply_waivers,
    load_policy,
    waiver_doubts,
    waiver_stub,
)
from compliance.value import replace
from tests.policy.worlds import DAY, codes, judge, policy

TEXT, OTHER = "a" * 64, "b" * 64
WAIVER = """
waivers:
  - id: W1
    covers: {{rule: {rule}, component: example.com/dep, artifact: {artifact}, license: {license}{more}}}
    state: granted
    owner: team@example.com
    approver: "@legal"
    reason: bought
    created: 2025-12-20
    expires: 2026-06-01
"""  # noqa: E501 - a line of YAML


def world(license_: str = "GPL-3.0-only", text: str | None = TEXT) -> DependencyGraph:
    dep = Node(
        id="dep", component="pkg:golang/example.com/dep@v1.0.0", license=license_,
        license_text_sha256=text,
    )  # fmt: skip
    return DependencyGraph(
        [Node(id="app", first_party=True), dep],
        [Edge(source="app", target="dep", kind="import-static")],
    )


def rules(
    rule: str = "strong-copyleft-ships", artifact: str = "app", license_: str = "GPL-3.0-only",
    more: str = "",
) -> Policy:  # fmt: skip
    return policy(WAIVER.format(rule=rule, artifact=artifact, license=license_, more=more))


def waived(built: DependencyGraph, chosen: Policy) -> tuple[Finding, ...]:
    judged = judge(built, chosen)
    ground = Ground(graph=built, verdicts=judged.verdicts)
    return apply_waivers(judged.findings, chosen, ground, as_of=DAY)


@pytest.mark.parametrize(("text", "masked"), [(TEXT, True), (OTHER, False), (None, False)])
def test_a_text_that_changed_voids_a_waiver(text: str | None, masked: bool) -> None:
    found = waived(world(text=text), rules(more=f", text_sha256: {TEXT}"))
    assert [f.waiver.masks for f in found if f.waiver] == [masked]
    assert ("waiver-void" in codes(found)) is not masked


def test_the_text_of_the_evidence_counts_too() -> None:
    built = world(text=None)
    chosen = rules(more=f", text_sha256: {TEXT}")
    judged = judge(built, chosen)
    shown = tuple(
        replace(f, evidence=(Evidence(file="LICENSE", sha256=TEXT, start_line=1, end_line=2),))
        for f in judged.findings
    )
    ground = Ground(graph=built, verdicts=judged.verdicts)
    (found,) = apply_waivers(shown, chosen, ground, as_of=DAY)
    assert found.waiver is not None
    assert found.waiver.masks


def test_a_license_that_changed_voids_a_waiver_and_says_so() -> None:
    found = waived(world("BUSL-1.1"), rules())
    assert codes(found) == ["waiver-void", "use-restricted"]
    assert "is under BUSL-1.1 now, not under GPL-3.0-only" in found[0].message
    assert codes(waived(world("MIT"), rules())) == ["waiver-void"]
    assert codes(waived(world(), rules())) == ["strong-copyleft-ships"]


def test_a_finding_that_no_artifact_has_is_one_of_the_repository() -> None:
    chosen = rules("vendor-modified", "repository", "NOASSERTION")
    finding = Finding(
        code="vendor-modified", severity=Severity.REVIEW, message="m",
        component="pkg:golang/example.com/dep@v1.0.0", license="NOASSERTION",
    )  # fmt: skip
    ground = Ground(graph=world(), verdicts=())
    (found,) = apply_waivers((finding,), chosen, ground, as_of=DAY)
    assert found.waiver is not None
    assert found.waiver.masks


def document(**changes: Any) -> dict[str, Any]:
    return {
        "code": "relink", "component": "pkg:golang/example.com/x@v1.0.0", "artifact": "app",
        "license": "LGPL-3.0-only", "severity": "block", "evidence": [{"sha256": TEXT}],
        "message": 'says "hello": \\ {x} # y\n next', **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "state", "days", "expires"),
    [
        ({}, "pending-review", None, "2026-01-15"),
        ({}, "pending-review", 99, "2026-01-15"),
        ({}, "granted", None, "2027-01-01"),
        ({}, "granted", 30, "2026-01-31"),
        ({"artifact": None, "license": None, "evidence": []}, "granted", 30, "2026-01-31"),
        ({"code": "unknown-license", "license": "NOASSERTION"}, "pending-review", 3, "2026-01-04"),
    ],
)
def test_a_stub_is_a_valid_waiver(
    changes: dict[str, Any], state: str, days: int | None, expires: str
) -> None:
    lines = waiver_stub(document(**changes), state=state, created=DAY, days=days, number=1)
    text = "version: 1\nwaivers:\n" + "\n".join(lines) + "\n"
    (waiver,) = load_policy([PolicySource(name="w.yaml", data=text.encode())]).waivers
    assert (waiver.state, waiver.expires, waiver.created) == (state, expires, "2026-01-01")
    assert waiver.artifact == (changes.get("artifact", "app") or "repository")
    assert waiver.reason.endswith("next")


def test_a_stub_says_when_the_review_is_due() -> None:
    friday = datetime.date(2026, 1, 2)
    for severity, due in (("block", "2026-01-06"), ("review", "2026-01-09")):
        lines = waiver_stub(
            document(severity=severity), state="pending-review", created=friday, days=None, number=1
        )
        assert any(f"due on {due}" in line for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("artifact: app", "artifact: apq", "no artifact apq here; did you mean app?"),
        ("component: example.com/dep", "component: example.com/dap", "no component"),
        ("component: example.com/dep", 'component: "example.com/dep@>=2"', "is at v1.0.0 now"),
        ("rule: strong-copyleft-ships", "rule: relink", "app has no finding relink"),
    ],
)
def test_a_waiver_that_covers_nothing_says_why(old: str, new: str, why: str) -> None:
    covers = WAIVER.format(
        rule="strong-copyleft-ships", artifact="app", license="GPL-3.0-only", more=""
    )
    text = f"version: 1\n{covers}".replace(old, new)
    chosen = load_policy([PolicySource(name=".compliance.yaml", data=text.encode())])
    findings = waived(world(), chosen)
    (note,) = (f for f in findings if f.code == "waiver-unused")
    assert why in note.message
    assert note.location is not None
    assert note.severity is (Severity.PASS if "relink" in new else Severity.WARN)
    assert "strong-copyleft-ships" in codes(findings)


def test_waivers_of_shared_files_and_of_programs_left_out_are_no_warnings() -> None:
    chosen = rules(artifact="other-program")
    (note,) = (f for f in waived(world(), chosen) if f.code == "waiver-unused")
    assert note.severity is Severity.PASS
    judged = judge(world(), chosen)
    ground = Ground(graph=world(), verdicts=judged.verdicts, narrowed=True)
    found = apply_waivers(judged.findings, chosen, ground, as_of=DAY)
    assert not any(f.code == "waiver-unused" for f in found)


def test_a_rule_decides_how_grave_a_waiver_of_nothing_is() -> None:
    text = WAIVER.format(rule="relink", artifact="app", license="GPL-3.0-only", more="")
    chosen = policy("rules: [{id: waiver-unused, then: review}]" + text)
    (note,) = (f for f in waived(world(), chosen) if f.code == "waiver-unused")
    assert note.severity is Severity.REVIEW


@pytest.mark.parametrize("approver", ["@team@example.com", "Team@Example.com ", "team@example.com"])
def test_nobody_approves_his_own_waiver_by_spelling_himself_otherwise(approver: str) -> None:
    text = WAIVER.format(rule="relink", artifact="app", license="LGPL-3.0-only", more="").replace(
        '"@legal"', f'"{approver}"'
    )
    with pytest.raises(UsageError, match="the approver must be somebody else"):
        policy(text)


@pytest.mark.parametrize(
    ("change", "what", "never"),
    [
        ({}, "", False),
        ({"expires: 2026-06-01": "expires: 2027-06-01"},
         "ends on 2026-12-20, before 2027-06-01: granted counts for at most 365 days", False),
        ({"created: 2025-12-20": "created: 2026-01-02"}, "begins on 2026-01-02", False),
        ({"expires: 2026-06-01": "expires: 2025-12-31"}, "ended on 2025-12-31", False),
        ({"granted": "pending-review", "2026-06-01": "2026-01-02"}, "", False),
        ({"granted": "pending-review", "strong-copyleft-ships": "incompatible-work"},
         "never counts: a pending review cannot cover incompatible-work", True),
        ({"granted": "pending-review", "strong-copyleft-ships": "unknown-license"},
         "never counts: a pending review cannot cover unknown-license", True),
        ({"    created: 2025-12-20\n": "", "2026-06-01": "2027-06-01"},
         "never counts: without `created` it may end at most 365 days ahead", True),
        ({"granted": "denied", "2026-06-01": "2027-06-01"}, "", False),
    ],
)  # fmt: skip
def test_what_is_doubtful_about_a_waiver_is_known_before_any_scan(
    change: dict[str, str], what: str, never: bool
) -> None:
    text = WAIVER.format(
        rule="strong-copyleft-ships", artifact="app", license="GPL-3.0-only", more=""
    )
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    found = [(w, n) for _, w, n in waiver_doubts(policy(text), DAY)]
    assert found == ([(what, never)] if what else [])


def test_a_stub_that_nobody_filled_in_grants_nothing() -> None:
    built, found = world(), judge(world(), policy()).findings[0]
    told = document(
        code=found.code, component=found.component, license=found.license, message=found.message
    )
    lines = waiver_stub(told, state="granted", created=DAY, days=None, number=1)
    text = "waivers:\n" + "\n".join(lines) + "\n"
    state = {f.code: f.waiver for f in waived(built, policy(text))}
    assert "those of the stub" in state[found.code].effect  # type: ignore[union-attr]
    assert "waiver-void" in state
    filled = text.replace("@your-organisation/legal", "@acme/legal")
    filled = filled.replace("to be written:", "bought:")
    (finding,) = waived(built, policy(filled))
    assert finding.waiver is not None
    assert finding.waiver.masks


USES = {
    "dynamic-only": ("cgo-dynamic", "cgo-static"),
    "separate-process": ("exec", "import-static"),
    "in-kernel-only": ("ebpf-load", "vendored"),
}


def used(kinds: dict[str, tuple[str, bool]]) -> DependencyGraph:
    """app uses mid, and each of them dep: by which kind, and whether tightly."""
    dep = Node(id="dep", component="pkg:golang/example.com/dep@v1.0.0", license="GPL-3.0-only")
    return DependencyGraph(
        [Node(id="app", first_party=True), Node(id="mid", license="MIT"), dep],
        [
            Edge(source="app", target="mid", kind="import-static"),
            *(
                Edge(source=source, target="dep", kind=kind, tight=tight)  # type: ignore[arg-type]
                for source, (kind, tight) in kinds.items()
            ),
        ],
    )


@pytest.mark.parametrize("condition", USES)
@pytest.mark.parametrize("second", [False, True])
def test_a_condition_on_the_use_holds_for_every_use(condition: str, second: bool) -> None:
    """A path shows one use; that which is linked in elsewhere of the program is not apart."""
    apart, linked = USES[condition]
    built = used({"app": (apart, False), "mid": (linked if second else apart, False)})
    code = judge(built).findings[0].code
    found = waived(built, with_condition(code, condition))
    masked = [f.waiver.masks for f in found if f.waiver]
    assert masked == [not second]


def test_a_process_that_shares_memory_is_not_separate() -> None:
    built = used({"app": ("exec", False), "mid": ("exec", True)})
    found = waived(built, with_condition("strong-copyleft-ships", "separate-process"))
    assert [f.waiver.masks for f in found if f.waiver] == [False]


def with_condition(code: str, condition: str) -> Policy:
    text = WAIVER.format(rule=code, artifact="app", license="GPL-3.0-only", more="")
    return policy(f"{text}    conditions: [{condition}]\n")


@pytest.mark.parametrize("condition", ["profile:sass", "profile", "elected"])
def test_a_condition_that_no_program_can_meet_is_refused(condition: str) -> None:
    with pytest.raises(UsageError, match=r"conditions\[0\]: .*: want one of"):
        with_condition("strong-copyleft-ships", condition)


def test_a_waiver_may_name_a_license_by_its_former_id() -> None:
    found = waived(world(), rules(license_="GPL-3.0"))
    assert [f.waiver.masks for f in found if f.waiver] == [True]
