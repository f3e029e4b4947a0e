"""Every fact that a rule may ask for, in `when` and in `unless`; what rules can never do."""

from __future__ import annotations

import pytest

from compliance.errors import UsageError
from compliance.findings import Finding, Severity
from compliance.graph import Artifact, DependencyGraph, Edge, Node
from compliance.policy import (
    Before,
    Judgement,
    Policy,
    PolicySource,
    evaluate,
    load_policy,
    regraded,
    with_declared,
)
from tests.policy.worlds import DAY, codes, graph, judge, policy

BUILT = DependencyGraph(
    [
        Node(id="app", first_party=True),
        Node(id="lib", component="pkg:golang/example.com/lib@v1.2.0", license="LGPL-2.1-only"),
        Node(id="so", kind="c-lib", license="MPL-2.0", modified=True),
        Node(id="prog.o", kind="ebpf", license="MIT", elf_license="MIT", gpl_only_helpers=True),
        Node(id="busl", license="BUSL-1.1"),
    ],
    [
        Edge(source="app", target="lib", kind="import-static"),
        Edge(source="app", target="so", kind="cgo-dynamic", by="us"),
        Edge(source="app", target="prog.o", kind="ebpf-load"),
        Edge(source="app", target="busl", kind="exec"),
    ],
)
BEFORE = {
    "example.com/lib": Before(version="v1.1.0", packages={"lib": "MIT"}),
    "so": Before(version="", packages={"so": "MPL-2.0"}),
    "busl": Before(version="", packages={"busl": "BUSL-1.1"}),
}


def hits(rule: str, *, compared: bool = False) -> set[str]:
    """Components of which a rule of its own speaks."""
    rules = policy(f"rules: [{{id: mine, {rule}, then: review}}]")
    app = Artifact(name="app", root="app", main=".")
    found = evaluate(BUILT, [app], rules, as_of=DAY, before=BEFORE if compared else None)
    return {f.component or "" for f in found.findings if f.code == "mine"}


LIB, SO, PROG, BUSL = "pkg:golang/example.com/lib@v1.2.0", "so", "prog.o", "busl"
ALL = {LIB, SO, PROG, BUSL}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("license: LGPL-2.1-only", {LIB}), ("license: [MIT, MPL-2.0]", {SO, PROG}),
        ("reach: library", {LIB}), ("reach: [none, file]", {SO, PROG, BUSL}),
        ("joined: yes", {LIB, SO}), ("included: yes", ALL), ("linked: static", {LIB}),
        ("linked: dynamic", {SO}), ("linked: none", {PROG, BUSL}),
        ("fires: distribute", ALL), ("restriction: any", {BUSL}), ("restriction: busl", {BUSL}),
        ("restriction: none", {LIB, SO, PROG}), ("umbrella: none", ALL), ("profile: on-prem", ALL),
        ("profile: saas", set()), ("node: ebpf", {PROG}), ("node: [c-lib, ebpf]", {SO, PROG}),
        ("modified: yes", {SO}), ("contested: yes", {SO}), ("first_party: no", ALL),
        ("outbound: proprietary", ALL), ("outbound: MIT", set()), ("category: weak", {LIB, SO}),
        ("component: example.com/lib", {LIB}), ("artifact: app", ALL),
        ("gpl_only_helpers: yes", {PROG}), ("elf_license: not-gpl-compatible", ALL),
        ("relink_kit: no", ALL), ("competes: yes", set()), ("changed: no", ALL),
    ],
)  # fmt: skip
def test_a_fact_counts_in_when_and_in_unless(condition: str, expected: set[str]) -> None:
    assert hits(f"when: {{{condition}}}") == expected
    assert hits(f"when: {{}}, unless: {{{condition}}}") == ALL - expected


def test_what_changed_since_the_base_is_a_fact() -> None:
    assert hits("when: {changed: yes}", compared=True) == {LIB, PROG}
    assert hits("when: {license: changed-since-base}", compared=True) == {LIB}
    assert hits("when: {license: changed-since-base}") == set()


def test_our_own_code_is_a_subject_for_rules_that_ask_for_it() -> None:
    assert hits("when: {first_party: yes}") == {"app"}
    assert hits("when: {first_party: yes}, unless: {outbound: proprietary}") == set()


def severity(built: DependencyGraph, rules: str) -> Severity:
    return judge(built, policy(rules)).verdicts[0].outcome


def test_no_rule_lets_an_unknown_license_pass() -> None:
    built = graph({"app": "ours", "dep": None}, "app import-static dep")
    for then in ("pass", "comply", "review", "warn"):
        rules = f"rules: [{{id: unknown-license, when: {{}}, then: {then}}}]"
        assert severity(built, rules) is Severity.BLOCK


def test_a_rule_may_make_an_incompatible_work_a_review_and_no_less() -> None:
    built = graph(
        {"app": "ours", "a": "GPL-2.0-only", "b": "GPL-3.0-only"},
        "app import-static a", "app import-static b",
    )  # fmt: skip
    rules = "rules: [{id: incompatible-work, then: pass}, {id: strong-copyleft-ships, then: pass}]"
    assert severity(built, rules) is Severity.REVIEW


@pytest.mark.parametrize(
    "code", ["module-unavailable", "file-unreadable", "checksum-mismatch", "boundary-broken"]
)
def test_what_is_missing_or_untrue_is_never_made_milder(code: str) -> None:
    found = Finding(code=code, severity=Severity.BLOCK, message="m", component="c")
    rules = policy(f"rules: [{{id: {code}, when: {{}}, then: pass}}]")
    assert regraded(rules, found).severity is Severity.BLOCK


def test_a_rule_decides_a_finding_of_another_room_where_its_conditions_hold() -> None:
    found = Finding(code="license-changed", severity=Severity.REVIEW, message="m", license="MIT")
    for condition, expected in (
        ("license: changed-since-base", Severity.BLOCK), ("license: GPL-2.0-only", Severity.REVIEW)
    ):  # fmt: skip
        rules = policy(f"rules: [{{id: license-changed, when: {{{condition}}}, then: block}}]")
        assert regraded(rules, found, changed=True).severity is expected


def test_a_boundary_never_hides_an_import() -> None:
    built = graph({"app": "ours", "driver": "GPL-3.0-only"}, "app import-static driver")
    rules = policy("boundaries: [{between: [app, example.com/driver], kind: process}]")
    assert codes(judge(built, rules).findings) == ["boundary-broken", "strong-copyleft-ships"]


def test_a_link_never_hides_an_import() -> None:
    built = graph({"app": "ours", "driver": "GPL-3.0-only"}, "app import-static driver")
    rules = policy("links: [{from: app, to: example.com/driver, kind: exec, by: user}]")
    app = Artifact(name="app", root="app", main=".")
    found = evaluate(with_declared(built, rules, [app]), [app], rules, as_of=DAY)
    assert found.verdicts[0].outcome is Severity.BLOCK


def test_a_component_never_relicenses_a_package_that_is_imported() -> None:
    built = graph({"app": "ours", "driver": None}, "app import-static driver")
    rules = policy("components:\n  - {id: driver, license: MIT}")
    with pytest.raises(UsageError, match=r"^p.yaml:3: components: driver is a package"):
        with_declared(built, rules)


# Remedies


def remedies(found: Judgement) -> list[tuple[str, str]]:
    return [(r.kind, r.verdict_after.word) for f in found.findings for r in f.remedies]


def test_the_version_of_the_base_is_a_remedy_where_its_license_was_another() -> None:
    built = graph({"app": "ours", "dep": "BUSL-1.1"}, "app import-static dep")
    before = {"example.com/dep": Before(version="v1.1.0", packages={"dep": "MPL-2.0"})}
    app = Artifact(name="app", root="app", main=".")
    found = evaluate(built, [app], policy(), as_of=DAY, before=before)
    assert remedies(found) == [("pin", "comply"), ("replace", "pass"), ("buy", "pass")]
    assert found.findings[0].remedies[0].edits == ("go.mod: require example.com/dep v1.1.0",)
    same = {"example.com/dep": Before(version="v1.1.0", packages={"dep": "BUSL-1.1"})}
    assert remedies(evaluate(built, [app], policy(), as_of=DAY, before=same)) == [
        ("replace", "pass"), ("buy", "pass"),
    ]  # fmt: skip


def test_another_arm_is_a_remedy_for_a_choice_that_a_person_made() -> None:
    built = graph({"app": "ours", "dep": "MIT OR GPL-3.0-only"}, "app import-static dep")
    rules = policy("choices: [{component: example.com/dep, take: GPL-3.0-only}]")
    assert ("elect", "pass") in remedies(judge(built, rules))


def test_an_arm_is_a_remedy_where_no_statement_decides() -> None:
    node = Node(id="dep", license="Apache-2.0 OR GPL-2.0-only", unresolved=True)
    built = DependencyGraph(
        [Node(id="app", first_party=True), node],
        [Edge(source="app", target="dep", kind="import-static")],
    )
    (finding,) = judge(built).findings
    assert [r.title for r in finding.remedies if r.kind == "elect"] == [
        "Take Apache-2.0 for dep, if its author offers a choice"
    ]


def test_a_service_owes_no_relink_kit() -> None:
    built = graph({"app": "ours", "dep": "LGPL-2.1-only"}, "app import-static dep")
    assert ("profile", "pass") in remedies(judge(built))


def test_a_rule_names_the_remedies_it_wants_in_its_order() -> None:
    built = graph({"app": "ours", "dep": "GPL-3.0-only"}, "app import-static dep")
    rules = policy(
        "rules: [{id: strong-copyleft-ships, when: {}, then: block, remedies: [publish, drop]}]"
    )
    assert [k for k, _ in remedies(judge(built, rules))] == ["publish", "replace"]


def test_a_rule_of_its_own_does_not_take_remedies_from_a_license() -> None:
    built = graph({"app": "ours", "dep": "GPL-3.0-only"}, "app import-static dep")
    rules = policy("rules: [{id: ask, when: {included: yes}, then: review, say: '{component}'}]")
    found = judge(built, rules)
    ships = next(f for f in found.findings if f.code == "strong-copyleft-ships")
    assert [r.kind for r in ships.remedies] == ["isolate", "replace", "publish"]
    ask = next(f for f in found.findings if f.code == "ask")
    assert [r.kind for r in ask.remedies] == ["replace"]
    assert ask.message == "example.com/dep."


def test_a_message_says_who_gets_a_copy_under_the_reading_in_force() -> None:
    built = graph({"app": "ours", "dep": "GPL-3.0-only"}, "app import-static dep")
    rules = policy("interpretations: {hoster_is_recipient: yes}")
    (finding,) = judge(built, rules, profile="saas").findings
    assert finding.code == "strong-copyleft-ships"
    assert "the provider that runs it for us gets a copy" in finding.message
    assert finding.trigger is not None
    assert "hoster_is_recipient: yes" in finding.trigger.because


class History:
    """Versions of one component, and the license of each."""

    def __init__(self, **licenses: str | None) -> None:
        self.licenses = {k.replace("_", "."): v for k, v in licenses.items()}
        self.read_: list[str] = []

    def below(self, component: str) -> list[str]:
        return list(self.licenses) if component.startswith("pkg:golang/example.com/dep@") else []

    def read(self, component: str, version: str) -> Before | None:
        assert component == "pkg:golang/example.com/dep@v1.2.0"
        self.read_.append(version)
        license_ = self.licenses[version]
        return Before(version=version, packages={"dep": license_}) if license_ else None


BUSL_DEP = graph({"app": "ours", "dep": "BUSL-1.1"}, "app import-static dep")
APP = Artifact(name="app", root="app", main=".")


def test_the_last_version_under_another_license_is_found_and_few_are_read() -> None:
    history = History(
        v1_9_1="BUSL-1.1", v1_9_0="BUSL-1.1", v1_8_0=None, v1_7_5="BUSL-1.1", v1_7_4="BUSL-1.1",
        v1_7_3="MPL-2.0", v1_7_2="MPL-2.0", v1_7_1="MPL-2.0", v1_6_9="MPL-2.0", v1_6_8="MPL-2.0",
    )  # fmt: skip
    found = evaluate(BUSL_DEP, [APP], policy(), as_of=DAY, versions=history)
    first = found.findings[0].remedies[0]
    assert first.title == (
        "Go back to example.com/dep v1.7.3 (MPL-2.0), without what was mended since"
    )
    assert (first.kind, first.verdict_after.word) == ("pin", "comply")
    assert history.read_ == ["v1.9.1", "v1.8.0", "v1.7.5", "v1.6.9", "v1.7.2", "v1.7.3", "v1.7.4"]
    plan = found.verdicts[0].plan
    assert plan is not None
    assert (plan.edits, plan.verdict_after.word) == (
        ("go.mod: require example.com/dep v1.7.3",), "comply"
    )  # fmt: skip


def test_no_version_is_read_without_need_nor_shown_without_proof() -> None:
    built = graph({"app": "ours", "dep": "MPL-2.0"}, "app import-static dep")
    history = History(v1_0_0="MIT")
    evaluate(built, [APP], policy(), as_of=DAY, versions=history)
    assert history.read_ == []
    worse = History(v1_1_0="GPL-3.0-only", v1_0_0=None)
    found = evaluate(BUSL_DEP, [APP], policy(), as_of=DAY, versions=worse)
    assert worse.read_ == ["v1.1.0", "v1.0.0"]
    assert "pin" not in dict(remedies(found))
    many = History(**{f"v1_{n}_0": "BUSL-1.1" for n in range(40, 0, -1)})
    evaluate(BUSL_DEP, [APP], policy(), as_of=DAY, versions=many)
    assert len(many.read_) == 8


def test_a_pin_and_a_cut_make_one_plan() -> None:
    built = graph(
        {"app": "ours", "dep": "BUSL-1.1", "gpl": "GPL-3.0-only"},
        "app import-static dep", "app import-static gpl",
    )  # fmt: skip
    found = evaluate(built, [APP], policy(), as_of=DAY, versions=History(v1_0_0="MIT"))
    plan = found.verdicts[0].plan
    assert plan is not None
    assert set(plan.edits) == {
        "go.mod: require example.com/dep v1.0.0", "app.go:2: stop importing gpl",
    }  # fmt: skip


# Layers of rules, and what they say


def layered(*texts: str) -> Policy:
    sources = [PolicySource(name=f"{n}.yaml", data=f"version: 1\n{t}\n".encode())
               for n, t in enumerate(texts)]  # fmt: skip
    return load_policy(sources)


MPL_TWICE = graph(
    {"app": "ours", "a": "MPL-2.0", "b": "MPL-2.0"}, "app import-static a", "app import-static b"
)
ORG = "rules: [{id: no-mpl, when: {license: MPL-2.0}, then: block, say: 'none of {license}'}]"


def test_a_narrow_rule_leaves_the_rule_of_the_layer_below_in_force() -> None:
    own = (
        "rules: [{id: no-mpl, when: {component: example.com/a}, then: comply,"
        " say: 'ours: {component}'}]"
    )
    found = evaluate(MPL_TWICE, [APP], layered(ORG, own), as_of=DAY)
    assert [(f.component, f.severity.word, f.message) for f in found.findings] == [
        ("pkg:golang/example.com/b@v1.2.0", "block", "none of MPL-2.0."),
        ("pkg:golang/example.com/a@v1.2.0", "comply", "ours: example.com/a."),
    ]
    milder = "rules: [{id: relink, when: {profile: firmware}, then: comply, say: 'a device'}]"
    org = "rules: [{id: relink, when: {profile: on-prem}, then: warn, say: 'ask us'}]"
    lgpl = graph({"app": "ours", "a": "LGPL-2.1-only"}, "app import-static a")
    (finding,) = evaluate(lgpl, [APP], layered(org, milder), as_of=DAY).findings
    assert (finding.severity.word, finding.message) == ("warn", "ask us.")


def test_what_a_rule_says_and_advises_counts_where_it_holds_only() -> None:
    text = (
        "rules: [{id: strong-copyleft-ships, when: {component: example.com/a}, then: review,"
        " say: 'Legal looks at {component}', remedies: [replace]}]"
    )
    built = graph(
        {"app": "ours", "a": "GPL-3.0-only", "b": "GPL-3.0-only"},
        "app import-static a", "app import-static b",
    )  # fmt: skip
    b, a = evaluate(built, [APP], layered(text), as_of=DAY).findings
    assert (a.severity.word, a.message) == (
        "review",
        "Legal looks at example.com/a.",
    )
    assert [r.kind for r in a.remedies] == ["replace"]
    assert b.message.startswith("example.com/b (GPL-3.0-only) is part of app.")
    assert [r.kind for r in b.remedies] == ["isolate", "replace", "publish"]


def test_a_rule_without_words_names_what_it_is_about() -> None:
    text = "rules: [{id: mpl-needs-us, when: {license: MPL-2.0, included: yes}, then: review}]"
    built = graph({"app": "ours", "a": "MPL-2.0"}, "app import-static a")
    found = evaluate(built, [APP], layered(text), as_of=DAY)
    assert found.findings[0].message == (
        "example.com/a (MPL-2.0) is in app, and the policy has a rule for that: mpl-needs-us"
        " (license: MPL-2.0, included: yes)."
    )
    assert found.verdicts[0].do == (
        "Replace example.com/a or build without it: app.go:1: stop importing a."
    )


def test_what_waits_for_a_decision_says_who_decides_first() -> None:
    found = evaluate(BUSL_DEP, [APP], policy(), as_of=DAY)
    assert found.verdicts[0].do == (
        "Legal decides: get a grant, another version, or another component. Or: Replace"
        " example.com/dep or build without it: app.go:1: stop importing dep."
    )


def test_a_kit_that_does_not_suffice_is_not_asked_for() -> None:
    lgpl = graph({"app": "ours", "a": "LGPL-2.1-only"}, "app import-static a")
    (finding,) = evaluate(lgpl, [APP], layered("extends: strict"), as_of=DAY).findings
    assert finding.message.endswith("under the policy a relink kit does not suffice.")


@pytest.mark.parametrize(
    "condition", ["license: unknown", "category: unknown", "license: NOASSERTION"]
)
def test_a_rule_for_unknown_licenses_speaks_of_tests_too(condition: str) -> None:
    if condition.endswith("NOASSERTION"):
        with pytest.raises(UsageError):
            policy(f"rules: [{{id: unknown-license, when: {{{condition}}}, then: block}}]")
        return
    rules = policy(f"rules: [{{id: unknown-license, when: {{{condition}}}, then: block}}]")
    built = graph({"app": "ours", "dep": None}, "app test dep")
    judged = judge(built, rules)
    assert [(f.code, f.severity) for f in judged.findings] == [("unknown-license", Severity.BLOCK)]
    assert judged.verdicts[0].outcome is Severity.PASS
