"""Laws of judging that hold for every graph (policy-model 3.8), and of the policy language."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import UsageError
from compliance.findings import Finding, Severity
from compliance.graph import Artifact, DependencyGraph, Edge, Node
from compliance.policy import (
    Ground,
    Judgement,
    Policy,
    PolicySource,
    Waiver,
    apply_waivers,
    category,
    evaluate,
    load_policy,
    policy_test,
)
from compliance.policy.document import Where
from compliance.policy.purl import Pattern

EXAMPLES = int(os.environ.get("COMPLIANCE_EXAMPLES", "120"))
SETTINGS = settings(derandomize=True, deadline=None, max_examples=EXAMPLES, database=None)
DAY = datetime.date(2026, 1, 1)


class Named(Policy):
    """A preset that shows as its name when a law fails."""

    def __repr__(self) -> str:
        return self.preset


def preset(name: str) -> Policy:
    loaded = load_policy([name])
    return Named(**{f.name: getattr(loaded, f.name) for f in fields(loaded)})


POLICIES = {name: preset(name) for name in ("common", "strict")}
LICENSES = (
    "MIT", "Apache-2.0", "GPL-2.0-only", "GPL-3.0-only", "AGPL-3.0-only", "MPL-2.0",
    "LGPL-2.1-only", "GPL-2.0-or-later", "MIT OR GPL-3.0-only", "MPL-2.0 OR LGPL-3.0-or-later",
    "Apache-2.0 AND MPL-2.0", "BUSL-1.1", "GPL-2.0-only WITH Classpath-exception-2.0", "EUPL-1.2",
    "SSPL-1.0", "CC-BY-SA-4.0", "CDDL-1.0", "LicenseRef-nobody-knows",
)  # fmt: skip
JOINING = ("import-static", "cgo-static", "cgo-dynamic", "plugin", "embed-code")
KINDS = (
    *JOINING, "exec", "ipc", "network", "test", "build-tool", "embed-data", "vendored",
    "aggregate", "generated-by", "ebpf-load",
)  # fmt: skip
PROFILES = ("saas", "internal", "on-prem", "image", "library", "firmware", "browser")
NAMES = ("app", "a", "b", "c", "d", "e")


class Shown(DependencyGraph):
    """A graph that shows what is in it when a law fails."""

    __slots__ = ()

    def __repr__(self) -> str:
        parts = {n.id: "ours" if n.first_party else n.license for n in self.nodes.values()}
        return f"{parts} {[f'{e.source} {e.kind} {e.target}' for e in self.edges()]}"


@st.composite
def worlds(draw: st.DrawFn) -> tuple[DependencyGraph, Artifact, Policy]:
    """A small graph whose edges point from left to right, an artifact, and a preset."""
    nodes = [Node(id="app", first_party=True)]
    for name in NAMES[1:]:
        own = draw(st.integers(0, 9)) == 0
        license_ = None if draw(st.integers(0, 19)) == 0 else draw(st.sampled_from(LICENSES))
        nodes.append(Node(id=name, first_party=own, license=license_, modified=draw(st.booleans())))
    count = draw(st.integers(1, 9))
    edges = []
    for _ in range(count):
        i, j = sorted(draw(st.lists(st.integers(0, 5), min_size=2, max_size=2, unique=True)))
        kind = draw(st.sampled_from(KINDS))
        edges.append(Edge(source=NAMES[i], target=NAMES[j], kind=kind, by="us"))
    artifact = Artifact(
        name="app", root="app", main=".", profile=draw(st.sampled_from(PROFILES)),
        outbound=draw(
            st.sampled_from(("LicenseRef-proprietary", "MIT", "GPL-2.0-only", "GPL-3.0-only"))
        ),
        relink_kit=draw(st.booleans()), may_ship_later=draw(st.booleans()),
        offers_as_service=draw(st.booleans()), competes=draw(st.booleans()),
        locked_boot=draw(st.booleans()),
    )  # fmt: skip
    name = draw(st.sampled_from(("common", "strict")))
    return Shown(nodes, edges), artifact, POLICIES[name]


World = tuple[DependencyGraph, Artifact, Policy]


def judged(world: World, *, advise: bool = False) -> Judgement:
    graph, artifact, policy = world
    return evaluate(graph, [artifact], policy, as_of=DAY, advise=advise)


def outcome(world: World) -> Severity:
    return judged(world).verdicts[0].outcome


def relicensed(graph: DependencyGraph, name: str, license_: str) -> DependencyGraph:
    return graph.edited(nodes={name: replace(graph.nodes[name], license=license_)})


@SETTINGS
@given(worlds(), st.sampled_from(KINDS), st.integers(0, 4), st.integers(1, 5))
def test_a_further_edge_never_lowers_the_verdict(
    world: World, kind: str, source: int, ahead: int
) -> None:
    graph, artifact, policy = world
    target = min(source + ahead, 5)
    edge = Edge(source=NAMES[source], target=NAMES[target], kind=kind)  # type: ignore[arg-type]
    assert outcome((graph.extended([], [edge]), artifact, policy)) >= outcome(world)


@SETTINGS
@given(worlds(), st.sampled_from(NAMES[1:]), st.sampled_from(LICENSES))
def test_a_further_arm_of_an_or_never_raises_it(world: World, name: str, arm: str) -> None:
    graph, artifact, policy = world
    old = graph.nodes[name].license
    if old is None:
        return
    wider = relicensed(graph, name, f"({old}) OR ({arm})")
    assert outcome((wider, artifact, policy)) <= outcome(world)


@SETTINGS
@given(worlds(), st.sampled_from(NAMES[1:]), st.sampled_from(LICENSES))
def test_a_further_arm_of_an_and_never_lowers_it(world: World, name: str, arm: str) -> None:
    graph, artifact, policy = world
    old = graph.nodes[name].license
    if old is None:
        return
    narrower = relicensed(graph, name, f"({old}) AND ({arm})")
    assert outcome((narrower, artifact, policy)) >= outcome(world)


@SETTINGS
@given(worlds(), st.integers(0, 8))
def test_running_it_as_a_program_instead_never_raises_it(world: World, index: int) -> None:
    """A source release is the exception: it contains the programs it ships, not its imports."""
    graph, artifact, policy = world
    edges = [e for e in graph.edges() if e.kind in JOINING]
    if not edges or artifact.profile == "library":
        return
    edge = edges[index % len(edges)]
    pair = (graph.position(edge.source), graph.position(edge.target))
    apart = graph.edited(cut=[pair], kind="exec")
    assert outcome((apart, artifact, policy)) <= outcome(world)


@SETTINGS
@given(worlds())
def test_strict_is_never_milder_than_common(world: World) -> None:
    graph, artifact, _ = world
    verdicts = [outcome((graph, artifact, POLICIES[p])) for p in ("common", "strict")]
    assert verdicts[0] <= verdicts[1]


@SETTINGS
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_nodes_and_edges_does_not_matter(world: World, random: object) -> None:
    graph, artifact, policy = world
    nodes, edges = list(graph.nodes.values()), list(graph.edges())
    random.shuffle(nodes)  # type: ignore[attr-defined]
    random.shuffle(edges)  # type: ignore[attr-defined]
    other = (DependencyGraph(nodes, edges), artifact, policy)
    first, second = judged(world, advise=True), judged(other, advise=True)
    assert first.verdicts[0].outcome is second.verdicts[0].outcome
    assert [f.fingerprint for f in first.findings] == [f.fingerprint for f in second.findings]
    assert first.verdicts[0].duties == second.verdicts[0].duties


@SETTINGS
@given(worlds(), st.sampled_from(LICENSES))
def test_what_cannot_be_reached_changes_nothing(world: World, license_: str) -> None:
    graph, artifact, policy = world
    more = graph.extended(
        [Node(id="x", license=license_), Node(id="y", first_party=True)],
        [Edge(source="y", target="x", kind="import-static")],
    )
    first, second = judged(world), judged((more, artifact, policy))
    assert first.findings == second.findings
    assert first.verdicts == second.verdicts


@SETTINGS
@given(worlds())
def test_every_path_replays_edge_by_edge(world: World) -> None:
    graph, _, _ = world
    edges = {(e.source, e.kind, e.target) for e in graph.edges()}
    for finding in judged(world).findings:
        for hop, following in zip(finding.path, finding.path[1:], strict=False):
            assert (hop.node, hop.edge, following.node) in edges
        if finding.path:
            assert finding.path[0].node == "app"
            assert finding.path[-1].node == finding.component


@SETTINGS
@given(worlds())
def test_every_remedy_holds_when_the_whole_graph_is_judged_again(world: World) -> None:
    graph, artifact, policy = world
    for finding in judged(world, advise=True).findings:
        for remedy in finding.remedies:
            assert remedy.verdict_after <= Severity.COMPLY
            if remedy.kind not in ("isolate", "replace"):
                continue
            pairs = []
            for edit in remedy.edits:
                source, _, rest = edit.partition(":")
                pairs.append((graph.position(source), graph.position(rest.split()[-1])))
            after = graph.edited(cut=pairs, kind="exec" if remedy.kind == "isolate" else None)
            left = [
                f
                for f in judged((after, artifact, policy)).findings
                if f.artifact and f.component == finding.component
                if f.severity > Severity.COMPLY
            ]
            assert left == []


@SETTINGS
@given(worlds())
def test_flips_say_what_the_other_reading_answers(world: World) -> None:
    graph, artifact, policy = world
    for finding in judged(world, advise=True).findings:
        for flip in finding.flips or ():
            if "(" in flip.switch or flip.switch == "as_of":
                continue
            other = replace(
                policy, interpretations={**policy.interpretations, flip.switch: flip.to}
            )
            found = judged((graph, artifact, other)).findings
            worst = max(
                (f.severity for f in found if f.component == finding.component),
                default=Severity.PASS,
            )
            assert flip.verdict == worst or (
                flip.verdict is Severity.COMPLY and worst is Severity.PASS
            )


@SETTINGS
@given(worlds())
def test_unknown_never_passes(world: World) -> None:
    graph, _, _ = world
    found = judged(world)
    inside = {"app"}
    for edge in list(graph.edges()) * 6:
        if edge.source in inside and edge.kind in ("import-static", "vendored"):
            inside.add(edge.target)
    unknown = [n for n in inside if graph.nodes[n].license is None and n != "app"]
    if any(not graph.nodes[n].first_party for n in unknown):
        assert found.verdicts[0].outcome is Severity.BLOCK


WIDER = (("internal", "on-prem"), ("internal", "saas"), ("image", "on-prem"), ("image", "firmware"))
"""Profiles of which the second does all that the first does, under the preset common."""


@SETTINGS
@given(worlds(), st.sampled_from(WIDER))
def test_a_deployment_that_does_more_is_never_judged_milder(
    world: World, profiles: tuple[str, str]
) -> None:
    graph, artifact, _ = world
    first, second = (
        outcome((graph, replace(artifact, profile=p), POLICIES["common"])) for p in profiles
    )
    assert second >= first


@SETTINGS
@given(worlds(), st.sampled_from(["granted", "pending-review", "denied", "revoked"]))
def test_waivers_only_mask(world: World, state: str) -> None:
    graph, _, policy = world
    found = judged(world)
    waived = replace(
        policy, waivers=tuple(_waiver(f, i, state) for i, f in enumerate(found.findings))
    )
    ground = Ground(graph=graph, verdicts=found.verdicts)
    after = apply_waivers(found.findings, waived, ground, as_of=DAY)
    kept = [f for f in after if not f.code.startswith("waiver-")]
    assert [(f.fingerprint, f.severity) for f in kept] == [
        (f.fingerprint, f.severity) for f in found.findings
    ]
    masked = [f for f in kept if f.waiver is not None and f.waiver.masks]
    assert bool(masked) == (state == "granted" and bool(found.findings))


def _waiver(finding: Finding, number: int, state: str) -> Waiver:
    component = finding.component or ""
    return Waiver(
        id=f"w{number}", rule=finding.code, component=Pattern(component, component),
        artifact=finding.artifact or "repository", license=finding.license or "NOASSERTION",
        text_sha256=None, state=state, conditions=(), owner="a", approver="b", reason="c",
        ticket="", created=DAY.isoformat(), expires="2026-01-14",
        where=Where(file="w.yaml", line=1),
    )  # fmt: skip


@SETTINGS
@given(worlds())
def test_a_change_that_changes_nothing_has_no_new_finding(world: World) -> None:
    first, second = judged(world), judged(world)
    old = {f.fingerprint: f.severity for f in first.findings}
    assert all(old[f.fingerprint] >= f.severity for f in second.findings)


@settings(derandomize=True, deadline=None, max_examples=300, database=None)
@given(st.text(alphabet="MIT GPL-2.0()+ANDORWITH:_", max_size=60) | st.text(max_size=40))
def test_any_text_has_a_category(text: str) -> None:
    assert category(text) in {"permissive", "weak", "strong", "network", "restricted", "unknown"}


@settings(derandomize=True, deadline=None, max_examples=300, database=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")))
def test_any_bytes_are_a_policy_or_a_usage_error(data: bytes) -> None:
    source = PolicySource(name="p.yaml", data=data)
    for read in (lambda: load_policy([source]), lambda: policy_test([source])):
        assert _refusal(read).startswith(("p.yaml:", "accepted"))


def _refusal(read: Callable[[], object]) -> str:
    try:
        read()
    except UsageError as error:
        return str(error)
    return "accepted"
