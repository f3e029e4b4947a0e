"""Findings of the repository: license problems that no artifact has (policy-model 8.11)."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.findings import Finding, Location, Severity, curation_lines
from compliance.policy.case import Sitting
from compliance.policy.sentences import short
from compliance.policy.world import World

APART = frozenset({"test", "build-tool"})


def repository_findings(world: World, sittings: Sequence[Sitting]) -> list[Finding]:
    """Unknown licenses of what only tests and tools use: review, no verdict changes."""
    graph = world.graph
    classes = graph.classes
    apart = {i for i, c in enumerate(classes) if c.kind in APART}
    if not apart:
        return []
    shipped = {g for s in sittings for g in (s.members.included | s.members.joined)}
    unknown = [
        i for i, g in enumerate(world.inventory.groups)
        if g.term is None and not g.system and i not in shipped
    ]  # fmt: skip
    if not unknown:
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
        number = of[position]
        if number < 0 or number in shipped:
            continue
        group = world.inventory.groups[number]
        if group.term is None and not group.system and group.component not in found:
            file, line = starts.get(position, (None, None))
            found[group.component] = Finding(
                code="unknown-license", severity=Severity.REVIEW,
                message=f"The license of {short(group.component)} is unknown. Only tests or tools"
                " use it, nothing that ships contains it.",
                remedy="Ask its author for a license, and record the answer:"
                f" {curation_lines(group.component)}",
                location=Location(file=file, line=line) if file else None,
                component=group.component, license="NOASSERTION",
            )  # fmt: skip
    return list(found.values())
