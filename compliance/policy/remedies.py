"""Remedies: changes that are applied to a copy and judged again.

Each kind of change says how the membership of the cause moves (out of the binary, or apart as a
separate program) or which declared fact is another one. It is shown only when the cause is gone or
complied with afterwards (policy-model 3.6): that the cut keeps the artifact from the component is
checked on the graph without those edges, and what remains is judged like anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compliance.findings import Finding, Remedy, Severity
from compliance.graph import Artifact, Node, Place
from compliance.policy.candidate import COPYLEFT, Candidate, Case
from compliance.policy.case import Sitting
from compliance.policy.document import Choice, Where
from compliance.policy.facts import AGREEMENT
from compliance.policy.inventory import OWN
from compliance.policy.judge import NOTICE_DUTIES
from compliance.policy.pins import earlier
from compliance.policy.propagate import Membership
from compliance.policy.purl import Pattern, split
from compliance.policy.rules import custom
from compliance.policy.sentences import short
from compliance.policy.terms import Compound, atoms
from compliance.policy.verdict import Plan
from compliance.value import dataclass, field, replace

EXIT_COST, FORK_COST, OWN_COST = 1, 50, 1_000
"""Cutting an import of somebody else's package is an edit, cutting one inside their code is a fork.
Cutting between two packages of ours would leave the culprit in a program of ours, which is no
remedy, so it costs more than anything that is."""

IMPORTED = frozenset({"import-static", "vendored", "modified-copy", "copies-output"})
"""Kinds of use that an import statement of Go makes where both ends are packages."""

COPIED = frozenset({"vendored", "copies-output"})
"""Kinds of use by which text of others is in a package of ours."""

DEAREST_CUT = 64
"""With more ways in than that, isolation is a rewrite and not a piece of advice."""

MOST_CAUSES = 40
"""Findings of one artifact for which remedies and flips are tried; the worst come first. With more
causes than that the artifact is not mended one component at a time."""

SOLD = frozenset({
    "busl", "sspl", "no-compete", "no-managed-service", "noncommercial", "no-sell",
    "small-business", "evaluation",
})  # fmt: skip
"""Limits on use whose owners sell the use that they forbid."""

LIBC = "c:libc"
"""The C library itself: every package with cgo needs it."""

Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An edit of the graph, of the choices, or of a declared fact.

    The edges of `cut` are removed, or become the execution of a separate program (`apart`); those
    of `loose` become the use of what the system has; `nodes` take the place of those with their
    ids; `artifact` has the other facts.
    """

    kind: str
    title: str
    edits: tuple[str, ...]
    cut: Pairs = ()
    apart: bool = False
    loose: Pairs = ()
    artifact: Artifact | None = None
    nodes: Mapping[str, Node] = field(default_factory=dict)
    take: Choice | None = None
    untake: Choice | None = None

    @property
    def is_of_world(self) -> bool:
        """Whether nodes, kinds of use or choices are other ones, so that all is judged again."""
        return bool(self.nodes or self.loose or self.take or self.untake)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Proven remedies by fingerprint of the finding, and the change that each stands for."""

    remedies: Mapping[str, tuple[Remedy, ...]]
    changes: Mapping[tuple[str, Remedy], Change]


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """What is worse than comply, as many as are worth advice."""
    bad = [f for f in findings if f.severity > Severity.COMPLY]
    return sorted(bad, key=Finding.sort_key)[:MOST_CAUSES]


def remedies(sitting: Sitting, findings: Sequence[Finding]) -> Advice:
    """What settles each finding, tried on a copy and judged again."""
    tried: dict[tuple[str, bool], tuple[Remedy, ...]] = {}
    whole: dict[Artifact, Sitting | None] = {}
    found: dict[str, tuple[Remedy, ...]] = {}
    known: dict[tuple[str, Remedy], Change] = {}
    for finding in worst_first(findings):
        candidate = candidate_of(sitting, finding)
        if candidate is None:
            continue
        cause = (candidate.component, candidate.code in _own_rules(sitting))
        if cause not in tried:
            proven: list[Remedy] = []
            for change in changes(sitting, candidate):
                remedy = _prove(sitting, change, candidate, whole)
                if remedy is not None:
                    proven.append(remedy)
                    known[candidate.component, remedy] = change
            tried[cause] = tuple(proven)
        found[finding.fingerprint] = tried[cause]
    return Advice(remedies=found, changes=known)


def candidate_of(sitting: Sitting, finding: Finding) -> Candidate | None:
    """What was judged that a finding explains; None for findings of boundaries."""
    key = (finding.code, finding.component or "", finding.license or "")
    return next((c for c in sitting.case.candidates if c.key == key), None)


def _own_rules(sitting: Sitting) -> frozenset[str]:
    """Codes that rules of a policy add: they ask for approval, and no edit of ours gives it."""
    return frozenset(r.id for r in custom(sitting.world.policy))


def component_severity(
    case: Case, component: str, ignored: frozenset[str] = frozenset()
) -> Severity:
    """The worst that a case says about a component, whatever the license.

    A remedy for what a license asks does not have to settle the `ignored` codes as well.
    """
    worst = max(
        (c.severity for c in case.candidates if c.component == component and c.code not in ignored),
        default=Severity.PASS,
    )
    owes = any(d.component == component and d.duty not in NOTICE_DUTIES for d in case.duties)
    return max(worst, Severity.COMPLY if owes else Severity.PASS)


def _prove(
    sitting: Sitting, change: Change, candidate: Candidate, whole: dict[Artifact, Sitting | None]
) -> Remedy | None:  # fmt: skip
    """A remedy where the change settles the cause; `whole` keeps works published as a whole, which
    are the same for every cause."""  # noqa: D205, D209
    if change.kind == "publish" and change.artifact is not None:
        if change.artifact not in whole:
            whole[change.artifact] = changed(sitting, [(change, candidate.component)])
        after = whole[change.artifact]
    else:
        after = changed(sitting, [(change, candidate.component)])
    if after is None:
        return None
    severity = _severity_after(sitting, after, candidate)
    if severity > Severity.COMPLY:
        return None
    if change.kind == "publish" and any(
        c.severity > Severity.COMPLY and c.code in COPYLEFT for c in after.case.candidates
    ):
        return None
    about = {candidate.component}
    if change.kind == "publish":
        about.add(sitting.artifact.name)  # the license asks the same of our own code
    duties = {d.duty for d in after.case.duties if d.component in about}
    if duties - NOTICE_DUTIES:
        severity = max(severity, Severity.COMPLY)
    return Remedy(
        kind=change.kind, title=change.title, edits=change.edits, verdict_after=severity,
        duties_after=tuple(sorted(duties)),
    )  # fmt: skip


def _severity_after(sitting: Sitting, after: Sitting, candidate: Candidate) -> Severity:
    """The worst that is left of the component of a finding; rules of a policy's own count only
    for findings of theirs."""  # noqa: D205, D209
    extra = _own_rules(sitting)
    ignored = frozenset[str]() if candidate.code in extra else extra
    return component_severity(after.case, candidate.component, ignored)


def changed(
    sitting: Sitting, moves: Sequence[tuple[Change, str]], *, whole: bool = False
) -> Sitting | None:  # fmt: skip
    """The artifact judged after changes, each with the component that it is for; None where a cut
    does not keep its component out.

    Components that were only in because of a cause still count as being in, so the answer is never
    milder than the truth. Without `whole` only the causes are judged, for a change that moves them
    and nothing else.
    """  # noqa: D205
    if any(change.is_of_world for change, _ in moves):
        sitting = _in_other_world(sitting, [change for change, _ in moves])
        moves = [m for m in moves if not m[0].is_of_world]
        if not moves:
            return sitting
        whole = True
    artifact = sitting.artifact
    gone: set[int] = set()
    apart: set[int] = set()
    for change, cause in moves:
        if change.artifact is not None:
            artifact = merged(artifact, sitting.artifact, change.artifact)
        if change.cut:
            numbers = _out(sitting, change, cause)
            if numbers is None:
                return None
            (apart if change.apart else gone).update(numbers)
    members = sitting.members
    if gone or apart:
        members = Membership(
            (members.included | apart) - gone, members.joined - gone - apart,
            (members.beside | apart) - gone, members.separate_own,
        )  # fmt: skip
    changes_only = [change for change, _ in moves]
    if members.separate_own and (gone or apart):
        return _rejudged(sitting, changes_only, artifact)
    if not any(c.kind == "publish" for c in changes_only) and not whole:
        members = _only(sitting, members, {cause for _, cause in moves})
    return sitting.again(artifact=artifact, members=members)


def _in_other_world(sitting: Sitting, made: Sequence[Change]) -> Sitting:
    """The artifact judged with other nodes, kinds of use, and choices."""
    from compliance.policy.case import sit

    world = sitting.world
    nodes = {name: node for change in made for name, node in change.nodes.items()}
    gone = [c.untake for c in made if c.untake is not None]
    kept = tuple(c for c in world.policy.choices if not any(c is g for g in gone))
    more = tuple(c.take for c in made if c.take is not None)
    policy = world.policy
    if gone or more:
        policy = replace(policy, choices=(*kept, *more))
    graph = world.graph.edited(nodes=nodes) if nodes else world.graph
    loose = tuple(p for c in made for p in c.loose)
    if loose:
        graph = graph.edited(cut=loose, kind="cgo-dynamic", by="system")
    after = world.with_(graph=graph, policy=policy)
    return sit(after, [sitting.artifact], sitting.under[0])[0]


def _only(sitting: Sitting, members: Membership, causes: set[str]) -> Membership:
    """The part of a membership that concerns some components."""
    some = frozenset(n for c in causes for n in bad_groups(sitting, c))
    return Membership(
        members.included & some, members.joined & some, members.beside & some,
        members.separate_own,
    )  # fmt: skip


def bad_groups(sitting: Sitting, component: str) -> tuple[int, ...]:
    """The groups of a component that cause findings: not its packages under another license."""
    bad = (c for c in sitting.case.candidates if c.component == component)
    return tuple(sorted({g for c in bad if c.severity > Severity.COMPLY for g in c.groups}))


def _cause(sitting: Sitting, component: str) -> tuple[tuple[str, ...], list[int]]:
    """A name for what has to be kept out, and its nodes."""
    groups = bad_groups(sitting, component)
    nodes = [n for g in groups for n in sitting.world.inventory.groups[g].nodes]
    return (component, *map(str, groups)), nodes


def _rejudged(sitting: Sitting, wanted: Sequence[Change], artifact: Artifact) -> Sitting:
    """With several works of ours the whole edited graph is judged."""
    from compliance.policy.case import sit

    world = sitting.world
    graph = world.graph
    for change in wanted:
        if change.cut:
            graph = graph.edited(cut=change.cut, kind="exec" if change.apart else None)
    after = world.with_(graph=graph)
    return sit(after, [artifact], sitting.under[0])[0]


def _out(sitting: Sitting, change: Change, cause: str) -> set[int] | None:
    """Groups of a cause that a cut keeps out; None where a way in is left."""
    relations = ("joins",) if change.apart else ("joins", "includes", "beside")
    if any(_leads(sitting, cause, relation, change.cut) for relation in relations):
        return None
    return set(bad_groups(sitting, cause))


def _leads(sitting: Sitting, cause: str, relation: str, cut: Pairs) -> bool:
    graph = sitting.world.graph
    name, targets = _cause(sitting, cause)
    for table in sitting.work.tables:
        follows = getattr(table, relation)
        near = sitting.world.near(name, targets, follows, table.contested)
        for root in _entries(sitting):
            if near.distance[root] >= 0 and graph.leads(root, near, cut):
                return True
    return False


def _entries(sitting: Sitting) -> list[int]:
    """Where works of the artifact start."""
    if not sitting.members.separate_own:
        return [sitting.work.root]
    return [sitting.work.root, *(entry for entry, _ in sitting.work.separate_works())]


# What could be changed


def changes(sitting: Sitting, candidate: Candidate) -> Iterator[Change]:
    """What could mend a cause, what the team can do alone first."""
    codes = {c.code for c in sitting.case.candidates if c.component == candidate.component}
    if "relink" in codes:
        yield from _relink_kit(sitting)
    yield from _pinned(sitting, candidate)
    yield from _elected(sitting, candidate)
    yield from _cuts(sitting, candidate, codes)
    if _is_sold(sitting, candidate):
        yield _bought(sitting, candidate)
    if codes & COPYLEFT:
        yield from _publish(sitting, candidate)
    yield from _declared(sitting, codes)


def _pinned(sitting: Sitting, candidate: Candidate) -> Iterator[Change]:
    """Back to an earlier version, where that has another license."""
    what, name = short(candidate.component), split(candidate.component)[0]

    def settles(nodes: Mapping[str, Node]) -> bool:
        trial = Change(kind="pin", title="", edits=(), nodes=nodes)
        after = _in_other_world(sitting, (trial,))
        return _severity_after(sitting, after, candidate) <= Severity.COMPLY

    for before, nodes in earlier(sitting, candidate, settles):
        found = sorted({n.license for n in nodes.values() if n.license is not None})
        license_ = " AND ".join(f"({x})" if " OR " in x else x for x in found)
        of_base = before is (sitting.world.before or {}).get(name)
        verb = "Stay on" if of_base else "Go back to"
        rest = "" if of_base else ", without what was mended since"
        yield Change(
            kind="pin", title=f"{verb} {what} {before.version} ({license_}){rest}",
            edits=(before.edit or f"go.mod: require {name} {before.version}",), nodes=nodes,
        )  # fmt: skip


def _elected(sitting: Sitting, candidate: Candidate) -> Iterator[Change]:
    """Another arm of an OR than a person took, and an arm where nobody decided."""
    world = sitting.world
    groups = [world.inventory.groups[g] for g in candidate.groups]
    choice = next((g.choice for g in groups if g.choice is not None), None)
    if choice is not None:
        place = f"{choice.where.file}:{choice.where.line}"
        yield Change(
            kind="elect", title=f"Take another license of {short(candidate.component)}",
            edits=(f"{place}: choices: do not take {choice.take}",), untake=choice,
        )  # fmt: skip
        return
    term = next((g.term for g in groups if g.unresolved), None)
    if not isinstance(term, Compound) or term.operator != "OR":
        return
    for arm in sorted(map(str, term.parts)):
        made = Choice(
            component=Pattern(candidate.component, split(candidate.component)[0]), take=arm,
            by="compliance", where=Where(file="choices", line=0),
        )  # fmt: skip
        yield Change(
            kind="elect",
            title=f"Take {arm} for {short(candidate.component)}, if its author offers a choice",
            edits=(f'choices: {{component: "{candidate.component}", take: {arm}, by: ...}}',),
            take=made,
        )  # fmt: skip


def _is_sold(sitting: Sitting, candidate: Candidate) -> bool:
    """Whether buying is advice: the license is made to be bought out of, or a rule names `buy`.

    Of copyleft nobody can tell from its text whether its owners sell another license, or whether
    one owner holds it at all; only a policy that says so gets that advice.
    """
    facts = sitting.world.facts
    groups = [sitting.world.inventory.groups[g] for g in candidate.groups]
    known = [
        f for g in groups if g.term is not None for a in atoms(g.term) for f in facts.options(a)
    ]
    if any(f.restriction in SOLD for f in known):
        return True
    of_component = (c for c in sitting.case.candidates if c.component == candidate.component)
    return any(c.rule is not None and "buy" in c.rule.remedies for c in of_component)


def _bought(sitting: Sitting, candidate: Candidate) -> Change:
    """A license of the owner takes the place of the public one for the packages that matter."""
    world = sitting.world
    nodes = [world.graph.node(n) for g in candidate.groups for n in world.inventory.groups[g].nodes]
    return Change(
        kind="buy",
        title=f"Buy a license of {short(candidate.component)} from its owner, if it is sold",
        edits=(
            f'curations: {{component: "{candidate.component}", license: {AGREEMENT},'
            ' because: "... (the contract, its day, who signed it)", evidence: "..."}',
        ),
        nodes={
            n.id: replace(n, license=AGREEMENT, unresolved=False, change_date=None) for n in nodes
        },
    )  # fmt: skip


def _relink_kit(sitting: Sitting) -> Iterator[Change]:
    a = sitting.artifact
    yield Change(
        kind="relink-kit", title="Ship a relink kit",
        edits=(
            f"Ship object archives, importcfg and the exact toolchain version with {a.name}, then"
            f" declare deployments.{a.name}.relink_kit: yes",
        ),
        artifact=replace(a, relink_kit=True, eula_allows_re=True),
    )  # fmt: skip


def _cuts(sitting: Sitting, candidate: Candidate, codes: set[str]) -> Iterator[Change]:
    """Isolation by minimum cut: out of the binary, either apart as a program or gone."""
    what = short(candidate.component)
    pairs = cut_pairs(sitting, candidate, "includes")
    static = [_static_library(sitting, p) for p in pairs]
    if static and None not in static:
        at = (_at(sitting, pair, p) for pair, p in zip(pairs, static, strict=True) if p)
        yield Change(
            kind="isolate", title=f"Link {what} dynamically, as the system has it",
            edits=tuple(dict.fromkeys(f"{place}: link without -static" for place in at)),
            loose=pairs,
        )  # fmt: skip
    if codes & (COPYLEFT | {"relink"}):
        pairs = cut_pairs(sitting, candidate, "joins")
        if pairs:
            yield Change(
                kind="isolate", title=f"Move {what} behind a process boundary",
                edits=tuple(place_of(sitting, p) for p in pairs), cut=pairs, apart=True,
            )  # fmt: skip
    pairs = cut_pairs(sitting, candidate, "beside")
    if pairs:
        yield Change(
            kind="replace", title=f"Replace {what} or build without it",
            edits=tuple(place_of(sitting, p) for p in pairs), cut=pairs,
        )  # fmt: skip


def cut_pairs(sitting: Sitting, candidate: Candidate, relation: str) -> Pairs:
    """The cheapest edges whose removal keeps the works of the artifact from a component."""
    world = sitting.world
    of = world.inventory.group_of

    def price(source: int, target: int) -> int:
        if of[source] != OWN:
            return FORK_COST
        return OWN_COST if of[target] == OWN else EXIT_COST

    name, targets = _cause(sitting, candidate.component)
    found: dict[tuple[int, int], None] = {}
    for table in sitting.work.tables:
        follows = getattr(table, relation)
        near = world.near(name, targets, follows, table.contested)
        for root in _entries(sitting):
            if near.distance[root] > 0:
                key = (root, name, follows)
                if key not in world.cuts:
                    world.cuts[key] = world.graph.minimum_cut(root, near, price, limit=DEAREST_CUT)
                if not world.cuts[key]:
                    return ()
                found |= dict.fromkeys(world.cuts[key])
    return tuple(found)


def place_of(sitting: Sitting, pair: tuple[int, int]) -> str:
    """`file:line: stop importing X`, or the two ends where no line is known.

    A file of others in a package of ours is taken out.
    """
    target = sitting.world.graph.node(pair[1])
    if target.id == LIBC:
        return _without_cgo(target)
    kind, place = _uses(sitting, pair)[0]
    declared = any(c.id == target.id for c in sitting.world.policy.components)
    if place.file and place.file == target.file and kind in COPIED and not declared:
        return f"{place.file}: take the file out of {sitting.world.graph.node(pair[0]).id}"
    is_import = kind in IMPORTED and (place.file or "").endswith(".go")
    what = short(target.id) if target.id.startswith("c:") else target.id
    return f"{_at(sitting, pair, place)}: stop {'importing' if is_import else 'using'} {what}"


def _without_cgo(library: Node) -> str:
    """The edit that takes the C library out, with what stands in its way or is not known."""
    edit = "build without cgo: CGO_ENABLED=0"
    if library.needed_by:
        have = "has" if len(library.needed_by) == 1 else "have"
        return f"{edit}, and without {_some(library.needed_by)}, which {have} no Go file for it"
    if library.maybe_needed_by:
        return f"{edit}; whether {_some(library.maybe_needed_by)} compiles then is not known"
    return edit


def _some(names: Sequence[str]) -> str:
    more = len(names) - 1
    return f"{names[0]} and {more} more" if more else names[0]


def _uses(sitting: Sitting, pair: tuple[int, int]) -> list[tuple[str, Place]]:
    """How one node uses another, and where."""
    graph = sitting.world.graph
    return [(graph.classes[c].kind, p) for target, c, p in graph.arcs(pair[0]) if target == pair[1]]


def _at(sitting: Sitting, pair: tuple[int, int], place: Place) -> str:
    """`file:line`, in a module of others with its name; where no file is known the source."""
    source = sitting.world.graph.node(pair[0])
    if not place.file:
        return source.id
    at = f"{place.file}:{place.line}" if place.line else place.file
    if not source.first_party and source.component:
        at = f"{split(source.component)[0]} {at}"
    return at


def _static_library(sitting: Sitting, pair: tuple[int, int]) -> Place | None:
    """Where a library that systems have is linked statically; archives of modules are not."""
    target = sitting.world.graph.node(pair[1])
    name = target.id.removeprefix("c:")
    if target.kind != "c-lib" or name == target.id or "/" in name:
        return None
    return next((p for kind, p in _uses(sitting, pair) if kind == "cgo-static"), None)


def _publish(sitting: Sitting, candidate: Candidate) -> Iterator[Change]:
    umbrella = candidate.umbrella
    if umbrella is None:
        return
    a = sitting.artifact
    count = len(sitting.work.governed(candidate.work)[0])
    noun = "package" if count == 1 else "packages"
    yield Change(
        kind="publish", title=f"Publish all of {a.name} under {umbrella}",
        edits=(f"deployments.{a.name}.outbound: {umbrella}, for {count} {noun} of ours",),
        artifact=replace(a, outbound=umbrella),
    )  # fmt: skip


def _declared(sitting: Sitting, codes: set[str]) -> Iterator[Change]:
    """Declared facts that a team can change for real."""
    a = sitting.artifact
    if codes & {"relink", "lockdown"} and a.profile in ("on-prem", "image", "firmware"):
        yield Change(
            kind="profile", title="Offer it as a service instead of handing it over",
            edits=(f"deployments.{a.name}.profile: saas",), artifact=replace(a, profile="saas"),
        )  # fmt: skip
    if "lockdown" in codes:
        yield Change(
            kind="profile", title="Leave the boot unlocked",
            edits=(f"deployments.{a.name}.locked_boot: no",),
            artifact=replace(a, locked_boot=False),
        )  # fmt: skip


def merged(now: Artifact, before: Artifact, change: Artifact) -> Artifact:
    """One artifact with the facts of several changes."""
    made = now
    if change.relink_kit != before.relink_kit:
        made = replace(made, relink_kit=change.relink_kit)
    if change.eula_allows_re != before.eula_allows_re:
        made = replace(made, eula_allows_re=change.eula_allows_re)
    if change.locked_boot != before.locked_boot:
        made = replace(made, locked_boot=change.locked_boot)
    if change.profile != before.profile:
        made = replace(made, profile=change.profile)
    if change.outbound != before.outbound:
        made = replace(made, outbound=change.outbound)
    return made


def plan_for(
    sitting: Sitting, findings: Sequence[Finding], advice: Advice, crossed: Mapping[str, Pairs]
) -> Plan | None:  # fmt: skip
    """The first remedy of every cause together, judged again.

    `crossed` are by fingerprint the uses without which a broken boundary holds. None where a cause
    has no remedy, or where the whole is not mended by them.
    """
    bad = [f for f in findings if f.severity > Severity.COMPLY]
    if not bad or len(bad) > MOST_CAUSES or any(not f.remedies for f in bad):
        return None
    edits: dict[str, None] = {}
    wanted: dict[str, Change] = {}
    titles: dict[str, None] = {}
    across: Pairs = ()
    for f in bad:
        component = f.component or ""
        if f.fingerprint in crossed:
            across += crossed[f.fingerprint]
            edits |= dict.fromkeys(f.remedies[0].edits)
            titles[f.remedies[0].title] = None
            continue
        change = advice.changes.get((component, f.remedies[0]))
        if change is None:
            return None
        if component not in wanted:
            wanted[component] = change
            edits |= dict.fromkeys(change.edits)
    cut = tuple(dict.fromkeys((*across, *(p for c in wanted.values() for p in c.cut))))
    moves = [(replace(c, cut=cut) if c.cut else c, cause) for cause, c in wanted.items()]
    after = changed(sitting, moves, whole=True)
    if after is None or after.case.outcome > Severity.COMPLY:
        return None
    titles |= dict.fromkeys(c.title for c in wanted.values())
    title = next(iter(titles)) if len(titles) == 1 else ""
    return Plan(edits=tuple(edits), verdict_after=after.case.outcome, title=title)
