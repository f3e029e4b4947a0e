"""From what was learned and judged to the report."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from compliance import __version__
from compliance.findings import Evidence, Finding, Severity
from compliance.golang import UnreadableFileError, refusals
from compliance.integrity import Verification, Voucher
from compliance.licenses import (
    OUTBOUND_UNDECLARED,
    Conclusion,
    ModuleConclusion,
    apply_curation,
    evidence_of,
    index_digest,
    license_text,
    text_of,
)
from compliance.pipeline.inside import Inside
from compliance.pipeline.learned import (
    STANDARD_LICENSE_FILE,
    Learned,
    license_of,
    purl_of,
    standard_license,
)
from compliance.pipeline.limits import limits_of
from compliance.pipeline.listings import INCOMPLETE_CODES, is_missing, module_sums, once
from compliance.pipeline.policies import day_of
from compliance.pipeline.raising import IMPORTED, OF_LICENSES, raised
from compliance.pipeline.sums import OF_SUMS, findings_of_sums
from compliance.pipeline.treenames import REPOSITORY_TREE
from compliance.policy import (
    Ground,
    apply_waivers,
    category,
    declared_evidence,
    gate,
    regraded,
    unused_entries,
)
from compliance.report import (
    ArtifactReport,
    Component,
    Gate,
    PackageLicense,
    PolicyFile,
    PolicyInForce,
    ScanReport,
    Scope,
    Subject,
    Switch,
    Tool,
)
from compliance.sources import toolchain_module
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.golang import Cell, Files, Module
    from compliance.graph import Artifact, DependencyGraph
    from compliance.licenses import ModuleConclusion
    from compliance.policy import Choice, Curation, Judgement, Policy

_NO_GOMOD = "go.mod of "
"""How the message about a module begins whose go.mod was needed and is not to be had."""
_ADVICE = frozenset({"module-deprecated", "module-retracted"})

NOT_PART = frozenset({"test", "build-tool", "generated-by"})
"""Edges to what is used but not part of what is deployed."""

NOT_READ = Conclusion(declared=None, detected=(), concluded=None, confidence="review")
"""Of a module that nothing needs, or that is not at hand: its files were not looked at."""
_NOT_AT_HAND = Verification(voucher=Voucher.UNVERIFIABLE, because="its source is not at hand")


def assemble(
    learned: Learned,
    graph: DependencyGraph,
    judgement: Judgement,
    *,
    compared: bool = False,
    texts: Mapping[str, str] | None = None,
) -> ScanReport:
    """Everything in one immutable report.

    `texts` are those of head by sha256, where this is its base: what that did not see is not told.
    """
    inventory = learned.inventory
    contents = {b.name: _contents(learned, b.name) for b in learned.builds}
    artifacts = [v.artifact for v in judgement.verdicts]
    findings = _findings(learned, graph, judgement, contents, compared=compared)
    verdicts = [raised(learned, v, findings) for v in judgement.verdicts]
    reports = tuple(
        ArtifactReport(
            verdict=v, packages=_package_count(learned, v.artifact.name),
            modules=contents[v.artifact.name],
        )
        for v in verdicts
    )  # fmt: skip
    beside = Inside(learned, graph)
    components = (
        *_components(learned, contents),
        *_declared(learned, graph, artifacts, beside),
        *beside.components(),
    )
    return ScanReport(
        created=created(learned),
        as_of=day_of(inventory.request, learned.policy).isoformat(),
        subject=_subject(learned),
        tool=Tool(version=__version__, index=index_digest(), command=inventory.request.command),
        policy=_in_force(learned, artifacts),
        gate=gate_of(findings, inventory.request.fail_on),
        mode=inventory.build.mode,
        go_version=inventory.workspace.go_version,
        toolchain=learned.go_version(),
        components=components,
        edges=inventory.build.edges,
        contexts=tuple(dict.fromkeys(c for b in learned.builds for c in b.contexts)),
        cells=learned.all_cells(),
        artifacts=reports,
        findings=findings,
        limits=limits_of(learned, judgement, components) if texts is None else (),
        texts=_texts(learned, texts or {}),
        text_licenses=_text_licenses(learned),
        license_refs=_license_refs(components),
        publisher=learned.policy.publisher,
        binary=learned.binary,
    )


def created(learned: Learned) -> str:
    """RFC 3339: SOURCE_DATE_EPOCH, else the day on which it is judged; never the clock.

    The same input gives the same bytes, so a document names the day, not the minute.
    """
    request = learned.inventory.request
    if request.epoch is not None:
        moment = datetime.datetime.fromtimestamp(request.epoch, datetime.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{day_of(request, learned.policy).isoformat()}T00:00:00Z"


def _subject(learned: Learned) -> Subject:
    inventory = learned.inventory
    module = inventory.workspace.mains[0].path if inventory.workspace.mains else ""
    return Subject(
        name=module or inventory.repository.name,
        path=inventory.folder,
        module=module,
        commit=inventory.repository.commit,
        dirty=learned.dirty,
    )


def _in_force(learned: Learned, artifacts: Sequence[Artifact]) -> PolicyInForce:
    policy = learned.policy
    declared = policy.deployments or learned.inventory.request.profile
    return PolicyInForce(
        assumed=artifacts[0].profile if artifacts and not declared else None,
        preset=policy.preset,
        files=tuple(PolicyFile(path=name, sha256=digest) for name, digest in policy.files),
        switches=tuple(
            Switch(name=name, value=value, default=policy.common.get(name, value))
            for name, value in sorted(policy.interpretations.items())
        ),
    )


# Findings and gate

_OF_MODULES = frozenset({
    "file-unreadable", "module-unavailable", "module-used-twice", "requirement-missing",
})  # fmt: skip
"""Findings of Go's files, which name a module as it is required."""


def _findings(
    learned: Learned,
    graph: DependencyGraph,
    judgement: Judgement,
    contents: Mapping[str, tuple[str, ...]],
    *,
    compared: bool,
) -> tuple[Finding, ...]:
    inventory = learned.inventory
    linked = {node for nodes in contents.values() for node in nodes}
    # What the policy says again, per artifact and with a path, is not said twice.
    again = {(f.code, f.component) for f in judgement.findings}
    deployments = learned.policy.deployments
    declared = bool(inventory.request.outbound) or (
        bool(deployments) and all(d.outbound for d in deployments)
    )
    evidence: dict[str, tuple[Evidence, ...]] = declared_evidence(learned.policy)
    outside = {r.module.id for r in learned.readings if r.tree != REPOSITORY_TREE}
    own: list[Finding] = []
    for module in inventory.build.modules:
        found = learned.concluded.get(module.id)
        if found is None:
            continue
        curated = curation_of(learned.policy, purl_of(module)) is not None
        chosen = choice_of(learned.policy, purl_of(module)) is not None
        evidence[purl_of(module)] = found.conclusion.evidence
        # Parts and packages of others in our code are components by their own names.
        inside = found.packages if module.main or module.folder is not None else {}
        evidence.update((path, c.evidence) for path, c in inside.items())
        for finding in found.findings:
            if curated and finding.code.startswith(OF_LICENSES):
                continue  # somebody looked, and the curation says with what reason
            repeated = any((finding.code, n) in again for n in (purl_of(module), *inside))
            if declared and finding.code == OUTBOUND_UNDECLARED:
                continue  # the owner says what the file of his own words means
            if chosen and finding.code == "license-choice-unresolved" and not repeated:
                continue  # somebody chose; what the choice leaves open, the policy says again
            if repeated:
                evidence[purl_of(module)] += finding.evidence
            else:
                told = finding if str(module.id) in linked else _softened(finding)
                own.append(_of_module(told, module, outside=module.id in outside))
    own += (f for c in learned.all_cells() for f in c.findings)
    own += refusals(inventory.workspace, inventory.build, learned.all_cells())
    own += findings_of_sums(learned, linked)
    judged = [_with_evidence(f, evidence) for f in judgement.findings]
    others = (
        *own, *learned.findings, *learned.side.findings, *_of_build(learned),
        *inventory.workspace.findings,
    )  # fmt: skip
    names = {m.id.purl: purl_of(m) for m in inventory.build.modules if m.source != m.id}
    named = (
        replace(f, component=names[f.component])
        if f.code in _OF_MODULES and f.component in names
        else f
        for f in others
    )
    narrowed = bool(inventory.request.mains or inventory.matrix or inventory.binary)
    unused = () if narrowed else unused_entries(
        learned.policy, _every_name(learned, graph), [v.artifact.name for v in judgement.verdicts]
    )  # fmt: skip
    every = dict.fromkeys((*judged, *(regraded(learned.policy, f) for f in (*named, *unused))))
    ground = Ground(graph=graph, verdicts=judgement.verdicts, narrowed=narrowed)
    waived = apply_waivers(
        tuple(every), learned.policy, ground, as_of=day_of(inventory.request, learned.policy),
        compared=compared,
    )  # fmt: skip
    return tuple(sorted((_without_paths(f, learned) for f in waived), key=Finding.sort_key))


def _of_module(finding: Finding, module: Module, *, outside: bool) -> Finding:
    """A finding about a module, by the name that its component has.

    Where its files are none of the repository it stands where the repository asks for the module;
    the message has the file, and its line.
    """
    finding = replace(finding, component=finding.component and purl_of(module))
    place, message = finding.location, finding.message
    if place is None or not outside:
        return finding
    named = f"{place.file}:{place.line}" if place.line else place.file
    if place.file not in message:
        message = f"{message.rstrip('.')} ({named})"
    elif f"{place.file}:" not in message:
        message = message.replace(place.file, named, 1)
    return replace(finding, message=message, location=module.location)


def _every_name(learned: Learned, graph: DependencyGraph) -> frozenset[str]:
    """What an entry of the policy can be about: all modules, and all that is in the graph."""
    build = learned.inventory.build.modules
    modules = {name for m in build for name in (purl_of(m), m.id.purl)}
    nodes = {name for n in graph.nodes.values() for name in (n.id, n.component) if name}
    return frozenset(modules | nodes | {learned.standard_purl()})


def _without_paths(finding: Finding, learned: Learned) -> Finding:
    """Places of this machine by their names: the same input gives the same bytes on each."""
    if finding.code not in INCOMPLETE_CODES | OF_SUMS:
        return finding
    inventory = learned.inventory
    message = finding.message
    for place, name in (
        (inventory.settings.module_cache, "$GOMODCACHE"),
        (inventory.request.cache, "$COMPLIANCE_CACHE"),
        (inventory.settings.goroot, "$GOROOT"),
        (inventory.repository.root, "."),
    ):
        if place:
            message = message.replace(place, name)
    return replace(finding, message=message) if message != finding.message else finding


def _of_build(learned: Learned) -> Iterator[Finding]:
    """What version selection found; advice about modules that nothing needs is left out."""
    needed = {m.purl for m in learned.concluded}
    for finding in learned.inventory.build.findings:
        if finding.code not in _ADVICE or finding.component is None or finding.component in needed:
            yield finding


def _with_evidence(finding: Finding, known: Mapping[str, tuple[Evidence, ...]]) -> Finding:
    """The license text on which a verdict rests stands beside it."""
    if finding.evidence or finding.component is None:
        return finding
    package, _, file = finding.component.rpartition("/")
    found = known.get(finding.component) or tuple(
        e for e in known.get(package, ()) if e.file.rpartition("/")[2] == file
    )
    named = tuple(
        e for e in found if finding.license and e.license and e.license in finding.license
    )
    return replace(finding, evidence=(named or found)[:3]) if found else finding


def _softened(finding: Finding) -> Finding:
    """A license problem that only tests or tools have changes no verdict (policy-model 8.11)."""
    said = f"{finding.message.rstrip('.')}; only tests or tools use it, nothing that ships does"
    return replace(finding, severity=min(finding.severity, Severity.REVIEW), message=said)


def gate_of(findings: tuple[Finding, ...], fail_on: str, *, compared: bool = False) -> Gate:
    """The outcome of a run from its findings."""
    told: dict[tuple[str | None, str], str] = {}
    lacking = [f for f in once(findings) if is_missing(f)]
    # Where not even the go.mod of a module is at hand, that says all of it.
    whole = {f.component for f in lacking if f.component and f.message.startswith(_NO_GOMOD)}
    for finding in lacking:
        if finding.component in whole and not finding.message.startswith(_NO_GOMOD):
            continue
        # Several programs lack the same module: who imports it is in the findings.
        what = finding.message.partition(IMPORTED)[0]
        told.setdefault((finding.component, what), finding.message)
    missing = tuple(told.values())
    decision = gate(findings, fail_on=fail_on, compared=compared, missing=missing)
    return Gate(
        outcome=decision.outcome,
        fail_on=decision.fail_on,
        counts=decision.counts,
        missing=decision.missing,
    )


# Components


def _contents(learned: Learned, name: str) -> tuple[str, ...]:
    """Node names of the modules linked into an artifact, with those that its imports lack."""
    found = {str(p.module) for c in learned.cells[name] for p in c.packages if p.module is not None}
    lacked = _lacked(learned.cells[name])
    found.update(str(m.id) for m in learned.inventory.build.modules if m.id.purl in lacked)
    return tuple(sorted(found))


def _lacked(cells: Iterable[Cell]) -> set[str]:
    """Package URLs of modules that linked packages import and that are not at hand."""
    findings = (f for c in cells for f in c.findings if f.code == "module-unavailable")
    return {f.component for f in findings if f.component is not None}


def _package_count(learned: Learned, name: str) -> int:
    return len({p.import_path for c in learned.cells[name] for p in c.packages})


def _components(learned: Learned, contents: Mapping[str, tuple[str, ...]]) -> tuple[Component, ...]:
    users: dict[str, list[str]] = {}
    for artifact, nodes in contents.items():
        for node in nodes:
            users.setdefault(node, []).append(artifact)
    test = {str(p.module) for p in learned.side.test if p.module}
    tool = {str(p.module) for p in learned.side.tool if p.module}
    lacked = _lacked(learned.all_cells())
    components = []
    for module in learned.inventory.build.modules:
        node = str(module.id)
        scope: Scope = "unused"
        if node in users:
            scope = "linked"
        elif node in test:
            scope = "test"
        elif node in tool:
            scope = "tool"
        made = _component(learned, module, scope, tuple(users.get(node, ())))
        archive = learned.zips.of(module.source) if module.source and node in users else None
        if module.id.purl in lacked and made.verification.verified:
            made = replace(made, verification=_NOT_AT_HAND)
        components.append(replace(made, archive=archive) if archive else made)
    return (*components, *_standard(learned, tuple(contents)))


def _component(
    learned: Learned, module: Module, scope: Scope, artifacts: tuple[str, ...]
) -> Component:
    found = learned.concluded.get(module.id)
    sums = module_sums(learned.inventory, module, at_hand=False)
    source = learned.inventory.trees.known(module)
    conclusion = found.conclusion if found else NOT_READ
    curation = curation_of(learned.policy, purl_of(module))
    if curation is not None and curation.license is not None:
        conclusion = apply_curation(conclusion, curation.license, curation.because)
    choice = choice_of(learned.policy, purl_of(module))
    if choice is not None and (offered := conclusion.unresolved):
        because = f"{choice.by} chose {choice.take} ({choice.where.file}:{choice.where.line})"
        conclusion = apply_curation(conclusion, " OR ".join(offered), because)
    return Component(
        kind="module",
        path=module.id.path,
        version=module.id.version,
        purl=purl_of(module),
        module=module,
        conclusion=conclusion,
        category=category(license_of(conclusion)),
        copyrights=_statements(found),
        verification=source.verification if source else sums.verification,
        scope=scope,
        artifacts=artifacts,
        sum=sums.sum,
        gomod_sum=sums.gomod_sum,
        place=source.where if source else "",
        origin=source.origin if source else None,
        released=source.released if source else "",
        modified=(module.folder is not None and not module.main)
        or module.id in learned.vendored.modules,
        packages=_package_licenses(found),
        texts=_places(found) if found else (),
    )


def curation_of(policy: Policy, purl: str) -> Curation | None:
    """The curation that says the license of a component; the last one of several."""
    found = [c for c in policy.curations if c.license is not None and c.component.covers(purl)]
    return found[-1] if found else None


def choice_of(policy: Policy, purl: str) -> Choice | None:
    """The election that a person recorded for a component; the first, as judging takes it."""
    return next((c for c in policy.choices if c.component.covers(purl)), None)


def _statements(found: ModuleConclusion | None) -> tuple[str, ...]:
    return tuple(sorted({c.statement for c in found.copyrights})) if found else ()


def _package_licenses(found: ModuleConclusion | None) -> tuple[PackageLicense, ...]:
    if found is None:
        return ()
    return tuple(
        PackageLicense(import_path=path, license=license_of(c))
        for path, c in sorted(found.packages.items())
    )


def _declared(
    learned: Learned, graph: DependencyGraph, artifacts: Iterable[Artifact], beside: Inside
) -> Iterator[Component]:
    """Components that the policy names: what the scanner cannot see in Go source."""
    follows = graph.follows(lambda kind: kind.kind not in NOT_PART)
    reached = {
        a.name: {graph.node(n).id for n in graph.reachable((graph.position(a.root),), follows)}
        for a in artifacts
    }
    for node in sorted(learned.policy.components, key=lambda n: n.id):
        known = (node.license,) if node.license else ()
        because = "declared in the policy, not read"
        yield Component(
            kind="declared",
            path=node.id,
            version=node.version or "",
            purl=node.component or f"pkg:generic/{node.id.removeprefix('c:')}",
            module=None,
            conclusion=Conclusion(
                declared=node.license, detected=known, concluded=node.license, confidence="medium"
            ),
            category=category(node.license),
            copyrights=(),
            verification=Verification(voucher=Voucher.UNVERIFIABLE, because=because),
            scope="linked",
            artifacts=tuple(name for name, nodes in reached.items() if node.id in nodes),
            modified=node.modified,
            supplier=node.supplier or "",
            uses=beside.uses_of(node.id),
        )


def _standard(learned: Learned, artifacts: tuple[str, ...]) -> tuple[Component, ...]:
    """The standard library is a component like any other, with a version and a license."""
    if not learned.builds:
        return ()
    file = learned.standard.get(STANDARD_LICENSE_FILE)
    license_ = standard_license(learned)
    evidence = evidence_of(file) if file else ()
    version = learned.go_version()
    settings = learned.inventory.settings
    goroot = settings.goroot
    because = "no Go installation to look at"
    toolchain = toolchain_module(settings)
    if toolchain is not None:
        because = f"the installation that {toolchain} holds"
    elif goroot:
        because = f"the Go {settings.go_version or version} installation"
    return (
        Component(
            kind="standard-library",
            path="std",
            version=f"go{version}" if version else "",
            purl=learned.standard_purl(),
            module=None,
            conclusion=Conclusion(
                declared=license_, detected=(license_,),
                concluded=license_, confidence="high" if file else "medium",
                evidence=evidence,
            ),
            category=category(license_),
            copyrights=tuple(c.statement for c in file.copyrights) if file else (),
            verification=Verification(voucher=Voucher.UNVERIFIABLE, because=because),
            scope="linked",
            artifacts=artifacts,
            place="goroot" if goroot else "",
            archive=learned.zips.of(toolchain) if toolchain is not None else None,
            file=f"{toolchain.version}.zip" if toolchain is not None else "",
            texts=((STANDARD_LICENSE_FILE, file.sha256),) if file else (),
        ),
    )  # fmt: skip


# Texts


def _texts(learned: Learned, known: Mapping[str, str]) -> dict[str, str]:
    """License and notice files as they were found, by sha256."""
    texts: dict[str, str] = {}
    for reading in learned.readings:
        for path, digest in learned.concluded[reading.module.id].texts:
            if digest and digest not in texts:
                texts[digest] = known.get(digest) or _text(reading.files, path)
        texts.update((h.sha256, h.text) for h in learned.concluded[reading.module.id].headers)
    std = learned.inventory.trees.distribution()
    file = learned.standard.get(STANDARD_LICENSE_FILE)
    if std is not None and file is not None:
        texts.setdefault(file.sha256, _text(std, STANDARD_LICENSE_FILE))
    return dict(sorted(texts.items()))


def _text_licenses(learned: Learned) -> dict[str, tuple[str, ...]]:
    """Licenses whose whole text stands in a license file or header, by the sha256 of that text."""
    found: dict[str, set[str]] = {}
    for reading in learned.readings:
        detected = learned.detected.get(reading.tree, {})
        for place, digest in _places(learned.concluded[reading.module.id]):
            file = detected.get(place) or detected.get(place.rpartition(":")[0])
            if digest and file is not None:
                named = {m.license for m in file.matches if m.kind in ("text", "exception")}
                found.setdefault(digest, set()).update(named)
    file = learned.standard.get(STANDARD_LICENSE_FILE)
    if file is not None:
        found.setdefault(file.sha256, set()).update(m.license for m in file.matches)
    return {digest: tuple(sorted(named)) for digest, named in sorted(found.items()) if named}


def _places(found: ModuleConclusion) -> tuple[tuple[str, str], ...]:
    """Where each text stands, and its digest."""
    return (*found.texts, *((h.place, h.sha256) for h in found.headers))


def _text(files: Files, path: str) -> str:
    """A text as it stands in the tree; that it cannot be read was reported when it was detected."""
    try:
        return text_of(files.read(path))
    except UnreadableFileError:
        return ""


def _license_refs(components: Iterable[Component]) -> dict[str, str]:
    """The text of each LicenseRef that an expression names, from the license index."""
    import re

    named: set[str] = set()
    for c in components:
        for expression in (c.conclusion.declared, c.conclusion.concluded, *c.conclusion.detected):
            named.update(re.findall(r"LicenseRef-[\w.-]+", expression or ""))
    found = {name: license_text(name) for name in sorted(named)}
    return {name: text for name, text in found.items() if text}
