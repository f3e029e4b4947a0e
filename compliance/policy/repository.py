"""Findings of the repository: license problems that no artifact has (policy-model 8.11)."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.findings import Finding, Location, Severity, curation_lines
from compliance.policy.case import Sitting
from compliance.policy.inventory import Group
from compliance.policy.sentences import short
from compliance.policy.terms import Atom, Term
from compliance.policy.world import World
from compliance.value import replace

APART = frozenset({"test", "build-tool"})


def repository_findings(world: World, sittings: Sequence[Sitting]) -> list[Finding]:
    """What only tests and tools use under an unknown license, or one that forbids any use by a
    company: review, no verdict changes."""  # noqa: D205, D209
    graph = world.graph
    classes = graph.classes
    apart = {i for i, c in enumerate(classes) if c.kind in APART}
    if not apart:
        return []
    shipped = {g for s in sittings for g in (s.members.included | s.members.joined)}
    commercial = any(s.artifact.commercial for s in sittings)
    told = {
        i: made for i, g in enumerate(world.inventory.groups)
        if not g.system and i not in shipped and (made := _problem(world, g, commercial))
    }  # fmt: skip
    if not told:
        return []
    starts: dict[int, tuple[str | None, int | None]] = {}
    for source in range(len(graph)):
        for target, number, place in graph.arcs(source):
            if number in apart:
                starts.setdefault(target, (place.file, place.line))
    linked = tuple(c.kind == "import-static" for c in classes)
    of = world.inventory.group_of
    found: dict[str, Finding] = {}
    for position in graph.reachable(starts, linked):
        made = told.get(of[position])
        if made is None or made.component in found:
            continue
        file, line = starts.get(position, (None, None))
        at = Location(file=file, line=line) if file else None
        found[made.component or ""] = replace(made, location=at)
    return list(found.values())


def _problem(world: World, group: Group, commercial: bool) -> Finding | None:
    """What is wrong with a component that tests or tools alone use."""
    if group.term is None:
        return Finding(
            code="unknown-license", severity=Severity.REVIEW,
            message=f"The license of {short(group.component)} is unknown. Only tests or tools"
            " use it, nothing that ships contains it.",
            remedy="Ask its author for a license, and record the answer:"
            f" {curation_lines(group.component)}",
            component=group.component, license="NOASSERTION",
        )  # fmt: skip
    if not commercial or not _forbids_business(world, group.term):
        return None
    return Finding(
        code="use-restricted", severity=Severity.REVIEW,
        message=f"{short(group.component)} ({group.license}) may not be used for business, not in"
        " tests or as a tool either. Nothing that ships contains it.",
        remedy="Legal decides: get a grant, another version, or another component; or say that the"
        " programs are not commercial.",
        component=group.component, license=group.license,
    )  # fmt: skip


def _forbids_business(world: World, term: Term) -> bool:
    """Whether every way to take an expression has a license for noncommercial use only."""
    if isinstance(term, Atom):
        options = world.facts.options(term)
        return bool(options) and all(f.restriction == "noncommercial" for f in options)
    inner = [_forbids_business(world, p) for p in term.parts]
    return any(inner) if term.operator == "AND" else all(inner)
