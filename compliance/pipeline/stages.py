"""scan(): the order of the stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from compliance.config import ScanRequest
from compliance.pipeline.archives import ZipDigests
from compliance.pipeline.assembly import assemble
from compliance.pipeline.bases import around, at_revision, base_inventory, limits_of_base
from compliance.pipeline.builds import artifacts_of
from compliance.pipeline.comparison import Edits, Pair, compare
from compliance.pipeline.concluding import RememberedConclusions
from compliance.pipeline.detection import DetectionWorker
from compliance.pipeline.earlier import EarlierVersions
from compliance.pipeline.edits import (
    DIGEST_DIGITS,
    digest_of,
    edited_files,
    edited_rules,
    in_base,
    opened,
    with_facts,
)
from compliance.pipeline.escapes import escapes, outbound_of_base
from compliance.pipeline.exploring import Exploration, Twin, by_tree, concluded, explore
from compliance.pipeline.gates import GateEdits, edited_gates
from compliance.pipeline.inventory import Base, Inventory, Say, take_inventory
from compliance.pipeline.learned import Learned, license_files, outbound_licenses
from compliance.pipeline.licensing import recover, unread_embeds
from compliance.pipeline.links import linked_statements
from compliance.pipeline.owners import edited_owners
from compliance.pipeline.placing import graph_of
from compliance.pipeline.policies import FACTS_FILE, day_of, read_earlier_policy, read_policy
from compliance.pipeline.retracing import retraced
from compliance.pipeline.sameness import judged_alike
from compliance.pipeline.scanned import Scanned
from compliance.pipeline.treenames import BASE_TREE, REPOSITORY_TREE, STANDARD_TREE
from compliance.pipeline.unseen import unseen
from compliance.pipeline.vendoring import Vendored, compare_vendored
from compliance.policy import components_of, evaluate, with_declared
from compliance.sources import toolchain_module
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.findings import Finding
    from compliance.golang import ModuleVersion
    from compliance.graph import Artifact, DependencyGraph
    from compliance.licenses import FileLicense, ModuleConclusion
    from compliance.pipeline.detecting import Key
    from compliance.pipeline.exploring import Detected
    from compliance.policy import Before, Policy


NOTICES = {"notice": "NOTICE.txt", "notice-md": "NOTICE.md", "notice-html": "NOTICE.html"}
"""Formats that satisfy the duties to hand on texts and notices, and their files."""


def scan(
    request: ScanRequest,
    say: Say,
    worker: DetectionWorker | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> Scanned:
    """Scan one repository; with a base, compared with that revision.

    Args:
        request: What is scanned and how.
        say: Told of each stage.
        worker: One that was started earlier; the caller closes it.
        meanwhile: Called once, at a time when this process would only wait for the worker.

    Raises:
        UsageError: wrong flags, configuration or policy.
        IncompleteError: what the repository says of itself cannot be read; a base is no commit.
    """
    if request.base is not None:
        return _scan_change(request, say, request.base, worker, meanwhile)
    inventory = take_inventory(request, say)
    policy = read_policy(inventory.repository, request.policies, inventory.trace)
    (learned,) = learn(inventory, (policy,), say, worker, meanwhile)
    return judged(learned)


def _scan_change(
    request: ScanRequest,
    say: Say,
    revision: str,
    worker: DetectionWorker | None,
    meanwhile: Callable[[], object] | None,
) -> Scanned:
    """Head and base under head's policy, and under base's where the change edits it."""
    head = take_inventory(request, say)
    policy = read_policy(head.repository, request.policies, head.trace)
    say(f"reading {revision}")
    earlier = at_revision(head, revision)
    with in_base(revision):
        before, unusable = read_earlier_policy(earlier, request.policies, head.trace)
        base, unread = base_inventory(Base(head=head, repository=earlier), say)
    edited = edited_files(policy, before)
    digest = digest_of(policy, before)
    after = replace(opened(before, policy), elsewhere=True)
    # A base whose facts cannot be used is compared by those of head, so that what was there before
    # is not new; that the facts changed fails the change all the same.
    alike = with_facts(policy, policy if unusable else before)
    sides = _Sides(
        head=(policy, after) if edited else (policy,),
        base=tuple(replace(p, elsewhere=True) for p in ((alike, before) if edited else (policy,))),
    )
    own = worker or DetectionWorker(request.cache)
    try:
        ours, theirs = _learn_both(head, base, sides, say, own, meanwhile)
    finally:
        if own is not worker:
            own.close()
    pairs, relicensed, escaped = _judged_both(ours, theirs)
    if theirs:
        escaped += tuple(unseen(ours[0], theirs[0]))
    gates: list[GateEdits] = []
    for inside, then, now in around(head, earlier, revision):
        gates.append(edited_gates(then, now, inside))
        of_policy = (FACTS_FILE, *dict(policy.files), *dict(before.files))
        escaped += tuple(edited_owners(then, now, of_policy, inside))
    return compare(
        pairs,
        relicensed=relicensed,
        revision=earlier.commit or revision,
        limits=tuple(limits_of_base(head, earlier, revision, unread)),
        edits=Edits(
            files=edited,
            rules=edited_rules(policy, before),
            gates=GateEdits(
                gates=tuple(n for g in gates for n in g.gates),
                steps=tuple(n for g in gates for n in g.steps),
            ),
            digest=digest,
            escaped=escaped,
            approved=digest in {d[:DIGEST_DIGITS] for d in request.policy_approved},
            first=not (before.files or unusable),
            unusable=unusable,
        ),
        trace=head.trace,
    )


def _judged_both(
    ours: tuple[Learned, ...], theirs: tuple[Learned, ...]
) -> tuple[list[Pair], list[Pair], tuple[Finding, ...]]:
    """Head and base under each policy; head under licenses of the base; ways around the policy.

    A base that rests on the same as head is judged as head was, and there is no way around.
    """
    pairs, relicensed = [], []
    escaped: tuple[Finding, ...] = ()
    for number, head in enumerate(ours):
        base = theirs[number] if theirs else None
        now = outbound_licenses(head)
        if base is None or judged_alike(head, base):
            built = _built(head, now)
            before = components_of(built.graph) if base is not None else {}
            judgement = judged(head, compared=True, before=before, built=built)
            then = judgement if base is not None else None
            pairs.append(Pair(head=judgement, base=then, policy=head.policy))
            continue
        said = (now, outbound_licenses(base))
        built = _built(base, said[1])
        before = components_of(built.graph)
        judgement = judged(head, compared=True, before=before, outbound=now)
        then = judged(base, compared=True, against=judgement, built=built)
        pairs.append(Pair(head=judgement, base=then, policy=head.policy))
        mixed = outbound_of_base(head, base, said)
        if mixed is not None:
            under = judged(head, compared=True, before=before, outbound=mixed)
            relicensed.append(Pair(head=under, base=then, policy=head.policy))
        if number == 0:
            escaped = tuple(escapes(head, base, said))
    return pairs, relicensed, escaped


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """The policies under which head and base are judged, in pairs."""

    head: tuple[Policy, ...]
    base: tuple[Policy, ...]


def _learn_both(
    head: Inventory,
    base: Inventory | None,
    sides: _Sides,
    say: Say,
    worker: DetectionWorker,
    meanwhile: Callable[[], object] | None,
) -> tuple[tuple[Learned, ...], tuple[Learned, ...]]:
    """Explore both before the one worker answers; what is the same in both is read once."""
    heads = explore(head, sides.head, say, worker)
    twin = bases = None
    if base is not None:
        twin = Twin(heads, base.revision_files())
        with in_base(head.request.base or ""):
            told = retraced(heads, base, sides.base, worker)
            if told is not None:
                bases, twin.modified = told
            else:
                bases = explore(base, sides.base, say, worker, twin)
    found, beside = _found_out(heads, say, worker, meanwhile)
    memory = RememberedConclusions(head.request.cache, head.repository.root)
    heads, licenses = _concluded(heads, found, memory)
    ours = _learned(heads, by_tree(found), licenses, beside)
    theirs: tuple[Learned, ...] = ()
    if base is not None and bases is not None and twin is not None:
        then = compare_vendored(
            base, bases.published, bases.readings, beside.vendored, twin.has_file
        )
        of_base = _of_base(found, twin)
        bases, licenses = _concluded(bases, of_base, memory, twin, licenses)
        none = ZipDigests(base.acquirer, base.request.cache, worker)
        theirs = _learned(bases, by_tree(of_base), licenses, _Beside(then, none))
    memory.save()
    beside.zips.settle()
    return ours, theirs


def learn(
    inventory: Inventory,
    policies: tuple[Policy, ...],
    say: Say,
    worker: DetectionWorker | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> tuple[Learned, ...]:
    """All facts of a tree, once for each policy (they differ in what is built)."""
    if worker is not None:
        return _learn(inventory, policies, say, worker, meanwhile)
    own = DetectionWorker(inventory.request.cache)
    try:
        learned = _learn(inventory, policies, say, own, meanwhile)
        for one in learned:
            one.zips.settle()
        return learned
    finally:
        own.close()


def _learn(
    inventory: Inventory,
    policies: tuple[Policy, ...],
    say: Say,
    worker: DetectionWorker,
    meanwhile: Callable[[], object] | None,
) -> tuple[Learned, ...]:
    explored = explore(inventory, policies, say, worker)
    found, beside = _found_out(explored, say, worker, meanwhile)
    memory = RememberedConclusions(inventory.request.cache, inventory.repository.root)
    explored, licenses = _concluded(explored, found, memory)
    memory.save()
    return _learned(explored, by_tree(found), licenses, beside)


def _found_out(
    explored: Exploration,
    say: Say,
    worker: DetectionWorker,
    meanwhile: Callable[[], object] | None,
) -> tuple[dict[Key, FileLicense], _Beside]:
    """What the worker found, and what was found out while it was busy."""
    inventory = explored.inventory
    zips = ZipDigests(inventory.acquirer, inventory.request.cache, worker)
    zips.ask(_published(explored))
    worker.no_more()
    dirty = inventory.repository.dirty()
    vendored = compare_vendored(inventory, explored.published, explored.readings)
    if meanwhile is not None:
        meanwhile()
    found = dict(worker.results())
    say("judging")
    return found, _Beside(vendored, zips, dirty, worker.without_maker(REPOSITORY_TREE))


def _published(explored: Exploration) -> Iterable[ModuleVersion]:
    """Shipped modules whose zips the bill of materials names by digest, and the Go toolchain's.

    Of vendored code those that it was asked to be compared with: it came with the repository, and
    which zips lie in a cache beside it says more about earlier runs than about what is built.
    """
    inventory = explored.inventory
    toolchain = toolchain_module(inventory.settings)
    if toolchain is not None:
        yield toolchain
    if inventory.workspace.vendor is not None and not inventory.request.verify_vendor:
        return
    shipped = explored.linked()
    yield from (m.source for m in inventory.build.modules if m.source and m.id in shipped)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is found out beside the licenses: fields as in Learned."""

    vendored: Vendored
    zips: ZipDigests
    dirty: bool | None = None
    without_maker: frozenset[str] = frozenset()


def _learned(
    explored: Exploration,
    detected: Detected,
    licenses: Mapping[ModuleVersion, ModuleConclusion],
    beside: _Beside,
) -> tuple[Learned, ...]:
    binary = explored.binary
    files = license_files(detected.get(REPOSITORY_TREE, {}))
    return tuple(
        Learned(
            inventory=explored.inventory,
            policy=plan.policy,
            plan=plan,
            cells=of_plan,
            side=explored.side,
            readings=explored.readings,
            concluded=licenses,
            standard=detected.get(STANDARD_TREE, {}),
            detected=detected,
            license_files=files,
            findings=(
                *plan.findings,
                *explored.missing,
                *beside.vendored.findings,
                *unread_embeds((c for b in of_plan.values() for c in b), detected, licenses),
                *(binary.findings if binary else ()),
            ),
            binary=binary.comparison if binary else None,
            vendored=beside.vendored,
            zips=beside.zips,
            dirty=beside.dirty,
            without_maker=beside.without_maker,
        )
        for plan, of_plan in zip(explored.plans, explored.cells, strict=True)
    )


def _concluded(
    explored: Exploration,
    found: dict[Key, FileLicense],
    memory: RememberedConclusions,
    twin: Twin | None = None,
    known: Mapping[ModuleVersion, ModuleConclusion] | None = None,
) -> tuple[Exploration, dict[ModuleVersion, ModuleConclusion]]:
    """What is concluded of each module; what vendored files leave open is read again.

    `found` is what files say; what was read again is added.
    """
    inventory = explored.inventory
    vendor = inventory.workspace.vendor
    found.update(linked_statements(inventory.repository.files, vendor, explored.readings, found))
    licenses = concluded(explored, by_tree(found), memory, twin, known)
    renewed, more = recover(explored.published, explored.readings, licenses)
    if renewed:
        found.update(more)
        again = replace(explored, readings=tuple(renewed.values()))
        licenses.update(concluded(again, by_tree(found), memory))
        readings = tuple(renewed.get(r.module.id, r) for r in explored.readings)
        explored = replace(explored, readings=readings)
    return explored, licenses


def _of_base(found: Mapping[Key, FileLicense], twin: Twin) -> dict[Key, FileLicense]:
    """What was found, as the base has it: its own files, and those of head that are the same."""
    kept = {
        (tree, path): license_
        for (tree, path), license_ in found.items()
        if tree not in (REPOSITORY_TREE, BASE_TREE)
        or (tree == REPOSITORY_TREE and twin.has_file(path))
    }
    own = {(REPOSITORY_TREE, p): x for (tree, p), x in found.items() if tree == BASE_TREE}
    return {**kept, **own}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """What is judged: the artifacts, and the graph with what the policy declares."""

    artifacts: tuple[Artifact, ...]
    graph: DependencyGraph


def _built(learned: Learned, outbound: Mapping[str, str]) -> _Built:
    artifacts = artifacts_of(learned.inventory, learned.policy, learned.plan, outbound)
    graph = with_declared(graph_of(learned), learned.policy, artifacts)
    return _Built(artifacts=artifacts, graph=graph)


def judged(
    learned: Learned,
    *,
    compared: bool = False,
    against: Scanned | None = None,
    before: Mapping[str, Before] | None = None,
    outbound: Mapping[str, str] | None = None,
    built: _Built | None = None,
) -> Scanned:
    """Graph, artifacts, verdicts, report.

    Args:
        learned: All facts.
        compared: Whether there is a base.
        before: Components of the base, where this is the head.
        against: Head, where this is the base: nobody mends a base, so no remedies are tried.
        outbound: Licenses under which programs go out, where not those of the license files.
        built: Artifacts and graph, where they were made before.
    """
    inventory, policy = learned.inventory, learned.policy
    if built is None:
        built = _built(learned, outbound_licenses(learned) if outbound is None else outbound)
    graph, artifacts = built.graph, built.artifacts
    notice = next((NOTICES[f] for f in inventory.request.formats if f in NOTICES), None)
    judgement = evaluate(
        graph,
        artifacts,
        policy,
        as_of=day_of(inventory.request, policy),
        produced=dict.fromkeys(("license-text", "notice"), notice) if notice else None,
        advise=against is None,
        before=before,
        versions=EarlierVersions(learned) if against is None else None,
    )
    texts = against.report.texts if against is not None else None
    return Scanned(
        report=assemble(learned, graph, judgement, compared=compared, texts=texts),
        graph=graph,
        artifacts=artifacts,
        trace=inventory.trace if inventory.request.base is None else None,
    )
