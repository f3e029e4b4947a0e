"""Remedies and flips: changes that are applied to a copy and judged again.

A remedy is shown only when the cause is gone or complied with afterwards (policy-model 3.6). A flip
is the answer under another reading, or under another declared fact; only readings that the
judging looked at are tried, since the others cannot matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compliance.findings import Finding, Flip, Remedy, Severity
from compliance.graph import Artifact, DependencyGraph, EdgeKind, Node
from compliance.policy.case import Candidate, Case, Sitting, World
from compliance.policy.inventory import OWN
from compliance.policy.judge import NOTICE_DUTIES
from compliance.policy.switches import VALUES
from compliance.policy.terms import Compound
from compliance.policy.verdict import Plan

FIRST_PARTY_COST, THIRD_PARTY_COST = 1, 50
"""Cutting an import of ours is an edit, cutting one of somebody else's is a fork."""

MOST_CAUSES = 40
"""Findings of one artifact for which remedies and flips are tried; the worst come first. With more
causes than that the artifact is not mended one component at a time."""

COPYLEFT = frozenset(
    {
        "strong-copyleft-ships", "network-copyleft-served", "strong-copyleft-sleeping",
        "downstream-copyleft", "kernel-license", "incompatible-work",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An edit: a graph with other edges or nodes, or an artifact with other facts.

    The edges of `cut` are removed, or turned into the execution of a separate program (`apart`).
    """

    kind: str
    title: str
    edits: tuple[str, ...]
    cut: tuple[tuple[int, int], ...] = ()
    apart: bool = False
    nodes: Mapping[str, Node] | None = None
    artifact: Artifact | None = None


Cause = tuple[str, str]
"""Component and license: what a remedy has to make harmless."""


def remedies(
    world: World, sitting: Sitting, case: Case, findings: Sequence[Finding]
) -> Mapping[str, tuple[Remedy, ...]]:
    """Proven remedies by fingerprint of the finding."""
    by_key = {c.key: c for c in case.candidates}
    tried: dict[Cause, tuple[Remedy, ...]] = {}
    found: dict[str, tuple[Remedy, ...]] = {}
    for finding in _worst(findings):
        candidate = by_key.get((finding.code, finding.component or "", finding.license or ""))
        if candidate is None:
            continue
        cause = (candidate.component, candidate.license or "")
        if cause not in tried:
            tried[cause] = tuple(
                remedy
                for change in changes(world, sitting, candidate, by_key)
                if (remedy := _prove(world, sitting, change, cause)) is not None
            )
        found[finding.fingerprint] = tried[cause]
    return found


def _worst(findings: Sequence[Finding]) -> list[Finding]:
    bad = [f for f in findings if f.severity > Severity.COMPLY]
    return sorted(bad, key=Finding.sort_key)[:MOST_CAUSES]


def changed_case(world: World, sitting: Sitting, change: Change) -> Case:
    """The artifact judged after a change."""
    artifact = change.artifact or sitting.artifact
    after = world
    if change.cut:
        kind: EdgeKind | None = "exec" if change.apart else None
        after = after.with_graph(after.graph.edited(cut=change.cut, kind=kind))
    if change.nodes:
        graph = after.graph.edited(nodes=change.nodes)
        after = World.of(graph, world.policy, world.facts, world.as_of, world.produced)
    cases, _ = after.cases([artifact], world.policy.interpretations)
    del sitting
    return cases[0]


def severity_for(case: Case, cause: Cause) -> Severity:
    """The worst that a case still says about a cause."""
    component, license_ = cause
    worst = max(
        (
            c.severity for c in case.candidates
            if c.component == component and (c.license in (None, license_) or not license_)
        ),
        default=Severity.PASS,
    )  # fmt: skip
    owes = any(d.component == component and d.duty not in NOTICE_DUTIES for d in case.duties)
    return max(worst, Severity.COMPLY if owes else Severity.PASS)


def component_severity(case: Case, component: str) -> Severity:
    """The worst that a case says about a component, whatever the license."""
    worst = max(
        (c.severity for c in case.candidates if c.component == component), default=Severity.PASS
    )
    owes = any(d.component == component and d.duty not in NOTICE_DUTIES for d in case.duties)
    return max(worst, Severity.COMPLY if owes else Severity.PASS)


def _prove(world: World, sitting: Sitting, change: Change, cause: Cause) -> Remedy | None:
    after = changed_case(world, sitting, change)
    severity = component_severity(after, cause[0])
    if severity > Severity.COMPLY:
        return None
    if change.kind == "publish" and any(
        c.severity > Severity.COMPLY and c.code in COPYLEFT for c in after.candidates
    ):
        return None
    duties = sorted({d.duty for d in after.duties if d.component == cause[0]})
    if change.kind == "publish" and "distribute" in sitting.judge.events:
        duties = sorted({*duties, "source-of-work"})
    return Remedy(
        kind=change.kind, title=change.title, edits=change.edits, verdict_after=severity,
        duties_after=tuple(duties),
    )  # fmt: skip


# Candidate changes


def changes(
    world: World, sitting: Sitting, candidate: Candidate,
    known: Mapping[tuple[str, str, str], Candidate],
) -> Iterator[Change]:  # fmt: skip
    """What could mend a cause, cheapest for the team first."""
    code = candidate.code
    if code == "relink":
        yield from _relink_kit(sitting)
    yield from _cuts(world, sitting, candidate)
    yield from _elections(world, candidate)
    if code in COPYLEFT or any(k[1] == candidate.component and k[0] in COPYLEFT for k in known):
        yield from _publish(sitting, candidate)
    yield from _facts(sitting, candidate)


def _relink_kit(sitting: Sitting) -> Iterator[Change]:
    a = sitting.artifact
    yield Change(
        kind="relink-kit", title="Ship a relink kit",
        edits=(
            "hand over the object archives, importcfg and the exact toolchain version",
            f"deployments.{a.name}.relink_kit: yes",
        ),
        artifact=replace(a, relink_kit=True),
    )  # fmt: skip


def _targets(world: World, candidate: Candidate) -> set[int]:
    groups = world.inventory.groups
    names = {groups[g].component for g in candidate.groups}
    return {n for g in groups if g.component in names for n in g.nodes}


def _cuts(world: World, sitting: Sitting, candidate: Candidate) -> Iterator[Change]:
    """Isolation by minimum cut: out of the binary, either apart as a program or gone."""
    relation = candidate.relation
    pairs = cut_pairs(world, sitting, _targets(world, candidate), relation)
    if not pairs:
        return
    graph = world.graph
    where = tuple(_place(graph, pair) for pair in pairs)
    what = candidate.component
    separable = candidate.code in COPYLEFT or candidate.code == "relink"
    if relation == "joins" and separable:
        yield Change(
            kind="isolate", title=f"Move {_name(what)} behind a process boundary",
            edits=where, cut=pairs, apart=True,
        )  # fmt: skip
    yield Change(
        kind="replace", title=f"Replace {_name(what)} or build without it", edits=where, cut=pairs
    )


def cut_pairs(
    world: World, sitting: Sitting, targets: set[int], relation: str
) -> tuple[tuple[int, int], ...]:
    """The cheapest edges whose removal keeps the artifact from the targets, over all cells."""
    graph = world.graph
    of = world.inventory.group_of

    def price(source: int, arc: tuple[int, int, object]) -> int:
        del arc
        return FIRST_PARTY_COST if of[source] == OWN else THIRD_PARTY_COST

    root = sitting.work.root
    if root in targets:
        return ()
    found: dict[tuple[int, int], None] = {}
    for table in sitting.work.tables:
        follows = tuple(
            i or j or (relation == "beside" and b)
            for i, j, b in zip(table.includes, table.joins, table.beside, strict=True)
        )
        if relation == "joins":
            follows = table.joins
        found |= dict.fromkeys(graph.minimum_cut(root, targets, follows, price))
    return tuple(found)


def _place(graph: DependencyGraph, pair: tuple[int, int]) -> str:
    """`file:line: stop importing X`, or the two ends where no line is known."""
    source, target = graph.node(pair[0]), graph.node(pair[1])
    arc = next(a for a in graph.arcs(pair[0]) if a[0] == pair[1])
    place = arc[2]
    verb = "importing" if graph.classes[arc[1]].kind == "import-static" else "using"
    if place.file:
        at = f"{place.file}:{place.line}" if place.line else place.file
        return f"{at}: stop {verb} {target.id}"
    return f"{source.id}: stop {verb} {target.id}"


def _name(component: str) -> str:
    from compliance.policy.sentences import short

    return short(component)


def _elections(world: World, candidate: Candidate) -> Iterator[Change]:
    """Another arm, where files offer several licenses without saying whether one may be chosen."""
    if candidate.code != "license-choice-unresolved":
        return
    group = world.inventory.groups[candidate.groups[0]]
    if not isinstance(group.term, Compound):
        return
    for part in group.term.parts:
        nodes = {
            world.graph.node(n).id: replace(
                world.graph.node(n), license=str(part), unresolved=False
            )
            for n in group.nodes
        }
        yield Change(
            kind="elect", title=f"Find that one may be chosen, and take {part}",
            edits=(f"choices: {{component: {group.component}, take: {part}}}",), nodes=nodes,
        )  # fmt: skip


def _publish(sitting: Sitting, candidate: Candidate) -> Iterator[Change]:
    umbrella = candidate.umbrella
    if umbrella is None:
        return
    a = sitting.artifact
    count = sum(
        1 for n in sitting.work.nodes("joins") if sitting.world.inventory.group_of[n] == OWN
    )
    yield Change(
        kind="publish", title=f"Publish all of {a.name} under {umbrella}",
        edits=(f"deployments.{a.name}.outbound: {umbrella} ({count} first-party packages)",),
        artifact=replace(a, outbound=umbrella),
    )  # fmt: skip


def _facts(sitting: Sitting, candidate: Candidate) -> Iterator[Change]:
    """Declared facts that a team can change for real."""
    a = sitting.artifact
    if candidate.code == "lockdown":
        yield Change(
            kind="profile", title="Leave the boot unlocked, or give installation information",
            edits=(f"deployments.{a.name}.locked_boot: no",),
            artifact=replace(a, locked_boot=False),
        )  # fmt: skip
    if candidate.code == "strong-copyleft-ships" and a.profile in ("on-prem", "image", "browser"):
        yield Change(
            kind="profile", title="Offer it as a service only, and hand no copy to anyone",
            edits=(f"deployments.{a.name}.profile: saas",), artifact=replace(a, profile="saas"),
        )  # fmt: skip


# Flips


FACT_FLIPS: Mapping[str, tuple[tuple[str, bool], ...]] = {
    "relink": (("relink_kit", True), ("eula_allows_re", True)),
    "use-restricted": (
        ("competes", True), ("commercial", False), ("offers_as_service", True),
    ),
    "use-forbidden": (
        ("competes", False), ("commercial", False), ("offers_as_service", False),
    ),
    "strong-copyleft-sleeping": (("may_ship_later", True), ("may_ship_later", False)),
    "lockdown": (("locked_boot", False),),
}  # fmt: skip


def flips(
    world: World, sitting: Sitting, case: Case, findings: Sequence[Finding]
) -> Mapping[str, tuple[Flip, ...]]:
    """By fingerprint: readings and declared facts that would change the severity."""
    worst = _worst(findings)
    now = {f.fingerprint: component_severity(case, f.component or "") for f in worst}
    found: dict[str, list[Flip]] = {f.fingerprint: [] for f in worst}
    for switch, value in _readings(world, sitting):
        cases, _ = world.cases(
            [sitting.artifact], {**world.policy.interpretations, switch: value}
        )
        _record(found, worst, now, cases[0], switch, value)
    for name, value, artifact in _fact_flips(sitting.artifact, worst):
        cases, _ = world.cases([artifact], world.policy.interpretations)
        codes = {f.fingerprint for f in worst if _concerns(f.code, name)}
        some = [f for f in worst if f.fingerprint in codes]
        _record(found, some, now, cases[0], f"{name} (fact)", value)
    _change_dates(world, case, worst, now, found)
    return {k: tuple(v) for k, v in found.items()}


def _readings(world: World, sitting: Sitting) -> Iterator[tuple[str, str]]:
    for switch in sorted(sitting.read):
        for value in VALUES[switch]:
            if value != world.policy.interpretations[switch]:
                yield switch, value


def _concerns(code: str, name: str) -> bool:
    if name == "profile":
        return code in COPYLEFT
    return any(name == n for n, _ in FACT_FLIPS.get(code, ()))


def _fact_flips(
    artifact: Artifact, findings: Sequence[Finding]
) -> Iterator[tuple[str, str, Artifact]]:
    wanted = dict.fromkeys(p for f in findings for p in FACT_FLIPS.get(f.code, ()))
    for name, value in wanted:
        if getattr(artifact, name) != value:
            word = "yes" if value else "no"
            yield name, word, _with_fact(artifact, name, value)
    codes = {f.code for f in findings}
    if "strong-copyleft-sleeping" in codes:
        yield "profile", "on-prem", replace(artifact, profile="on-prem")


def _with_fact(artifact: Artifact, name: str, value: bool) -> Artifact:
    setters: Mapping[str, Callable[[], Artifact]] = {
        "relink_kit": lambda: replace(artifact, relink_kit=value),
        "eula_allows_re": lambda: replace(artifact, eula_allows_re=value),
        "competes": lambda: replace(artifact, competes=value),
        "commercial": lambda: replace(artifact, commercial=value),
        "offers_as_service": lambda: replace(artifact, offers_as_service=value),
        "may_ship_later": lambda: replace(artifact, may_ship_later=value),
        "locked_boot": lambda: replace(artifact, locked_boot=value),
    }
    return setters[name]()


def _record(
    found: dict[str, list[Flip]], findings: Sequence[Finding], now: Mapping[str, Severity],
    after: Case, switch: str, value: str,
) -> None:  # fmt: skip
    for f in findings:
        severity = component_severity(after, f.component or "")
        if severity is not now[f.fingerprint]:
            found[f.fingerprint].append(Flip(switch=switch, to=value, verdict=severity))


def _change_dates(
    world: World, case: Case, findings: Sequence[Finding], now: Mapping[str, Severity],
    found: dict[str, list[Flip]],
) -> None:  # fmt: skip
    """The day on which a license turns into another one."""
    groups = {g.component: g for g in world.inventory.groups if g.change_date}
    for f in findings:
        group = groups.get(f.component or "")
        if group is None or group.change_date is None or group.term is None:
            continue
        day = group.change_date
        after = World.of(world.graph, world.policy, world.facts, day, world.produced)
        cases, _ = after.cases([case.artifact], world.policy.interpretations)
        _record(found, [f], now, cases[0], "as_of", day)


# Plans


def plan_for(world: World, sitting: Sitting, findings: Sequence[Finding]) -> Plan | None:
    """The first remedy of every cause together, judged again; None where a cause has none."""
    bad = [f for f in findings if f.severity > Severity.COMPLY]
    if not bad or any(not f.remedies for f in bad):
        return None
    edits: dict[str, None] = {}
    cut: dict[tuple[int, int], None] = {}
    apart: dict[tuple[int, int], None] = {}
    artifact = sitting.artifact
    case_world = world
    done: set[str | None] = set()
    candidates = sitting.made
    for f in bad:
        remedy = f.remedies[0]
        edits |= dict.fromkeys(remedy.edits)
        if f.component in done:
            continue
        done.add(f.component)
        candidate = candidates.get((f.code, f.component or "", f.license or ""))
        if candidate is None:
            return None
        for change in changes(world, sitting, candidate, candidates):
            if change.kind == remedy.kind and change.edits == remedy.edits:
                (apart if change.apart else cut).update(dict.fromkeys(change.cut))
                artifact = _merged(artifact, sitting.artifact, change.artifact)
                break
    if cut or apart:
        graph = world.graph.edited(cut=tuple(apart), kind="exec").edited(cut=tuple(cut))
        case_world = world.with_graph(graph)
    cases, _ = case_world.cases([artifact], world.policy.interpretations)
    outcome = cases[0].outcome
    if outcome > Severity.COMPLY:
        return None
    return Plan(edits=tuple(edits), verdict_after=outcome)


def _merged(now: Artifact, before: Artifact, change: Artifact | None) -> Artifact:
    """One artifact with the facts of several changes."""
    if change is None:
        return now
    values = {
        name: getattr(change, name)
        for name in ("relink_kit", "locked_boot", "outbound", "profile")
        if getattr(change, name) != getattr(before, name)
    }
    return replace(now, **values)
