"""Explanation: the path by which a component is in, what its license reaches, what fires it.

A witness is the shortest path in the filtered subgraph; each hop carries the kind of use and its
file and line. The hop whose replacement by a process would have stopped the reach is marked, as is
a boundary that holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from compliance.findings import Finding, Hop, Location, Severity, Trigger, curation_lines
from compliance.graph import Approach, Artifact, Edge
from compliance.policy.candidate import COPYLEFT, Candidate
from compliance.policy.case import Sitting
from compliance.policy.document import Rule
from compliance.policy.inventory import OWN
from compliance.policy.purl import split
from compliance.policy.rules import conditions, custom
from compliance.policy.sentences import message, short
from compliance.policy.terms import atoms


def explain(sitting: Sitting) -> list[Finding]:
    """The findings of a case with message, path, reach, trigger and place."""
    own = {r.id for r in custom(sitting.world.policy)}
    return [_finding(sitting, c, custom_rule=c.code in own) for c in sitting.case.candidates]


def _finding(sitting: Sitting, candidate: Candidate, *, custom_rule: bool) -> Finding:
    edges, near = witness(sitting, candidate)
    reach = _reach(sitting, candidate) if candidate.code in COPYLEFT else ()
    path = _hops(sitting, candidate, edges, near, frozenset(reach))
    kit = sitting.under[0]["lgpl_static_go"] != "block"
    text = message(
        sitting.artifact,
        candidate,
        sitting.judge.gives,
        _string(sitting, candidate),
        kit_suffices=kit,
    )
    rule = candidate.rule
    if rule is not None and rule.say is not None:
        text = _said(rule.say, sitting.artifact, candidate, path)
    elif rule is not None and custom_rule:
        text = _by_rule(sitting.artifact, candidate, rule)
    return Finding(
        code=candidate.code, severity=candidate.severity, message=text,
        remedy=_advice(sitting, candidate, rule if custom_rule else None),
        location=_location(sitting, candidate, edges), artifact=sitting.artifact.name,
        component=candidate.component, license=candidate.license, path=path, reach=reach,
        trigger=_trigger(sitting, candidate),
    )  # fmt: skip


def _by_rule(artifact: Artifact, candidate: Candidate, rule: Rule) -> str:
    """What a rule without words of its own says."""
    when = f" ({conditions(rule.when)})" if rule.when else ""
    what = f"{short(candidate.component)} ({candidate.license or 'unknown'})"
    return f"{what} is in {artifact.name}, and the policy has a rule for that: {rule.id}{when}."


def _string(sitting: Sitting, candidate: Candidate) -> str:
    groups = sitting.world.inventory.groups
    return next((s for g in candidate.groups if (s := groups[g].elf_license)), "")


def _lists_works(sitting: Sitting, candidate: Candidate) -> bool:
    """Whether it is under so many licenses that most are those of other works in a product."""
    groups = (sitting.world.inventory.groups[g] for g in candidate.groups)
    return any(len({str(a) for a in atoms(g.term)}) > MOST_OF_ONE for g in groups if g.term)


def _advice(sitting: Sitting, candidate: Candidate, rule: Rule | None) -> str:
    if rule is not None:
        return f"Change it, or have a waiver for {rule.id} granted by the owners of the policy."
    if candidate.undecided:
        return UNDECIDED
    name = candidate.component
    if _lists_works(sitting, candidate):
        lines = curation_lines(name)
        return f"{SORT_OUT}, and record them: {lines}"
    if candidate.code == "unknown-license" and name.startswith("c:") and "/" not in name:
        return f'Declare it: components: [{{id: "{name}", license: ..., kind: c-lib}}]'
    return ADVICE.get(candidate.code, "").format(
        curation=curation_lines(name),
        choice=f'choices: [{{component: "{name}", take: ..., by: "..."}}]',
    )


FOR_PEOPLE = frozenset({
    "unknown-license", "license-choice-unresolved", "ebpf-license-string", "generated-output",
    "derived-database", "use-restricted",
})  # fmt: skip
"""Codes that an answer settles which no change of the graph can give: what to ask stands beside
the remedies."""

ADVICE = {
    "unknown-license": "Ask its author for a license, and record the answer: {curation}",
    "license-choice-unresolved": "Read the files, and record the answer: {choice}",
    "use-restricted": "Legal decides: get a grant, another version, or another component.",
    "use-forbidden": "Buy a license, pin an earlier version, or replace the component.",
    "relink": "Ship a relink kit and declare relink_kit: yes, or replace the library.",
    "header-material": "Nothing is owed for it; a curation of the package says otherwise.",
    "lockdown": "Give installation information with the device, or leave the component out.",
    "strong-copyleft-ships": "Keep it out of the binary: a separate program, or another component.",
    "network-copyleft-served": "Keep it out of the binary, or offer the source to its users.",
    "strong-copyleft-sleeping": "Nothing is owed yet; decide before this is handed to anyone.",
    "downstream-copyleft": "Say so in the documentation, or replace the import.",
    "incompatible-work": "Replace one of the parts; publishing cannot cure this.",
    "self-incompatible": "Ask the author; as stated nobody can meet both licenses.",
    "ebpf-license-string": "Make the ELF license string and the SPDX expression agree.",
    "kernel-license": "License the module under GPL-2.0-only, or move it to user space.",
    "copyleft-separate": "Hand over or offer the source of this component.",
    "generated-output": "Check whether the output copies the generator's text.",
    "derived-database": "Legal decides whether the index is a derived database.",
}
"""What to do where no remedy could be proven."""

SORT_OUT = "Look which of its licenses are for the packages used"
"""What to do about a component under the licenses of a whole product."""

MOST_OF_ONE = 12
"""Licenses of one component; one with more has a license file that lists those of other works."""

UNDECIDED = "Legal decides whether the two fit; record the answer as a waiver, or replace it."
"""The same for two licenses of which nobody has said whether they fit."""


def witness(sitting: Sitting, candidate: Candidate) -> tuple[tuple[Edge, ...], Approach | None]:
    """The path to the nearest node of a candidate, and what leads there in that build cell."""
    groups = sitting.world.inventory.groups
    targets = [n for g in candidate.groups for n in groups[g].nodes]
    name = (candidate.component, *map(str, sorted(candidate.groups)))
    for relation in dict.fromkeys((candidate.relation, "includes", "beside")):
        for table in sitting.work.tables:
            near = sitting.world.near(name, targets, getattr(table, relation), table.contested)
            if near.distance[sitting.work.root] >= 0:
                return near.path(sitting.work.root), near
    return (), None


def _reach(sitting: Sitting, candidate: Candidate) -> tuple[str, ...]:
    """Packages that the license would govern besides its own, first-party code first."""
    graph = sitting.world.graph
    groups = sitting.world.inventory.groups
    own = {graph.node(n).id for g in candidate.groups for n in groups[g].nodes}
    mine, others = sitting.work.governed(candidate.work)
    return (*mine, *[name for name in others if name not in own])


def _hops(
    sitting: Sitting, candidate: Candidate, edges: Sequence[Edge], near: Approach | None,
    reach: frozenset[str],
) -> tuple[Hop, ...]:  # fmt: skip
    if not edges:
        return ()
    graph = sitting.world.graph
    marks = _marks(sitting, candidate, edges, near)
    culprit = edges[-1].target
    names = [edges[0].source, *(e.target for e in edges)]
    hops: list[Hop] = []
    for i, name in enumerate(names):
        node = graph.node(graph.position(name))
        edge = edges[i] if i < len(edges) else None
        number = sitting.world.inventory.group_of[graph.position(name)]
        shown = sitting.artifact.outbound if number == OWN else _license(sitting, number)
        hops.append(
            Hop(
                node=name, edge=edge.kind if edge else None, file=edge.file if edge else None,
                line=edge.line if edge else None, license=_plain(shown),
                first_party=node.first_party, reached=name == culprit or name in reach,
                boundary=marks.get(i),
            )
        )  # fmt: skip
    return tuple(hops)


def _license(sitting: Sitting, number: int) -> str:
    return sitting.world.inventory.groups[number].license or "NOASSERTION"


def _plain(license_: str) -> str:
    return "proprietary" if license_ == "LicenseRef-proprietary" else license_


def _marks(
    sitting: Sitting, candidate: Candidate, edges: Sequence[Edge], near: Approach | None
) -> dict[int, str]:
    """Where a boundary holds, or where one would have stopped the reach."""
    rows = sitting.edges
    if candidate.code == "copyleft-separate" or candidate.relation != "joins":
        holds = {i: "holds" for i, e in enumerate(edges) if rows.boundary(e.kind) is not None}
        return dict(list(holds.items())[-1:])
    if candidate.code not in COPYLEFT or near is None:
        return {}
    graph = sitting.world.graph
    nodes = graph.nodes
    path = [graph.position(e.source) for e in edges] + [graph.position(edges[-1].target)]
    bridges = graph.bridges(path, near)
    own = [i for i in sorted(bridges) if nodes[edges[i].source].first_party]
    exits = [i for i in own if not nodes[edges[i].target].first_party]
    first = [*exits, *own, *sorted(bridges)]
    return {first[0]: "would-stop"} if first else {}


def _location(sitting: Sitting, candidate: Candidate, edges: Sequence[Edge]) -> Location | None:
    """Where the team can act: the last first-party edge of the path, else the component's line."""
    nodes = sitting.world.graph.nodes
    for edge in reversed(edges):
        if nodes[edge.source].first_party and edge.file:
            return Location(file=edge.file, line=edge.line)
    groups = sitting.world.inventory.groups
    if candidate.code == "generated-output":
        return _generated_at(sitting, candidate)
    for number in candidate.groups:
        for position in groups[number].nodes:
            node = sitting.world.graph.node(position)
            if node.file:
                return Location(file=node.file, line=node.line)
    return None


def _generated_at(sitting: Sitting, candidate: Candidate) -> Location | None:
    """The first file of the artifact that the tool wrote."""
    graph = sitting.world.graph
    tools = {n for g in candidate.groups for n in sitting.world.inventory.groups[g].nodes}
    for position in sitting.work.nodes("joins"):
        for target, number, place in graph.arcs(position):
            if target in tools and graph.classes[number].kind == "generated-by" and place.file:
                return Location(file=place.file, line=place.line)
    return None


_CODES_EVENTS = {
    "network-copyleft-served": ("network", "offer"),
    "lockdown": ("user-product",),
    "use-restricted": ("use", "offer", "network", "distribute"),
    "use-forbidden": ("use", "offer", "network", "distribute"),
}


def _trigger(sitting: Sitting, candidate: Candidate) -> Trigger | None:
    """The event that counts, and why it does or does not happen here."""
    if candidate.code in ("boundary-broken", "license-choice-unresolved", "ebpf-license-string"):
        return None
    artifact, judge = sitting.artifact, sitting.judge
    gives = judge.gives
    if candidate.code in ("unknown-license", "self-incompatible"):
        return Trigger(
            event=_event(judge.events), fires=True,
            because="an unknown license in shipped code never passes"
            if candidate.code == "unknown-license"
            else "no way to meet all of its licenses at once",
        )  # fmt: skip
    order = _CODES_EVENTS.get(candidate.code, ("distribute", "distribute-source", "network"))
    event = next((e for e in order if e in candidate.fired), "")
    if candidate.code == "strong-copyleft-sleeping":
        later = "yes" if artifact.may_ship_later else "no"
        why = f"profile {artifact.profile}: {gives}; may_ship_later is {later}"
        return Trigger(event="distribute", fires=False, because=why)
    if candidate.code == "downstream-copyleft":
        return Trigger(event="distribute-source", fires=False, because=f"profile library: {gives}")
    fires = bool(event) or candidate.severity >= Severity.WARN
    return Trigger(
        event=event or _event(judge.events), fires=fires,
        because=f"profile {artifact.profile}: {gives}",
    )  # fmt: skip


def _event(events: frozenset[str]) -> str:
    order = ("distribute", "distribute-source", "network", "use")
    return next((e for e in order if e in events), "use")


def _said(say: str, artifact: Artifact, candidate: Candidate, path: Sequence[Hop]) -> str:
    """The text of a rule with its placeholders filled, as a sentence."""
    values = {
        "license": _plain(candidate.license or "unknown"),
        "component": split(candidate.component)[0],
        "artifact": artifact.name, "profile": artifact.profile,
        "umbrella": candidate.umbrella or "none", "path": " -> ".join(h.node for h in path),
    }  # fmt: skip
    for name, value in values.items():
        say = say.replace("{" + name + "}", value)
    return say if say.endswith((".", "!", "?")) else f"{say}."
