"""A verdict is never better than what was found about the parts of its artifact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from compliance.findings import Severity
from compliance.licenses import OUTBOUND_UNDECLARED
from compliance.pipeline.learned import purl_of
from compliance.pipeline.listings import is_missing
from compliance.policy import component_and_version
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.findings import Finding
    from compliance.pipeline.learned import Learned
    from compliance.policy import Verdict

OF_LICENSES = ("license-", "unknown-license", "spdx-expression-invalid", OUTBOUND_UNDECLARED)
"""Findings about a module that bear on whether it may ship; others (retracted, deprecated, without
a sum) are for its users to know and change no verdict."""

IMPORTED = " (imported by "
"""What stands before the importer in a message about a package that is not there."""


def raised(
    learned: Learned,
    verdict: Verdict,
    findings: Sequence[Finding],
) -> Verdict:
    """A verdict is never better than what was found about the parts of the artifact.

    Nor is what a plan leads to: it takes out parts that the policy judged, and nothing else.
    """
    name = verdict.artifact.name
    inside = _folders(learned, name)
    own = {f.fingerprint for c in learned.cells[name] for f in c.findings}
    other = {f.fingerprint for c in learned.all_cells() for f in c.findings} - own
    plan = verdict.plan
    after = plan.verdict_after if plan is not None else verdict.outcome
    mended = {f.component for f in findings if f.artifact == name and f.severity > after}
    worst, left, known = verdict.outcome, Severity.PASS, verdict.outcome
    reason: Finding | None = None
    for finding in findings:
        if finding.artifact is not None or finding.fingerprint in other:
            continue
        if (
            finding.fingerprint in own
            or _concerns(finding, inside)
            or (finding.code == "binary-differs" and _built(learned, verdict))
        ):
            if finding.severity > worst:
                worst, reason = finding.severity, finding
            if not is_missing(finding):
                known = max(known, finding.severity)
            if finding.component is None or finding.component not in mended:
                left = max(left, finding.severity)
    if plan is not None and left > after:
        plan = replace(plan, verdict_after=left)
    if reason is None:
        return replace(verdict, plan=plan)
    do = _sentence(reason.remedy)
    unread = known < worst and is_missing(reason)
    because = _reason(reason)
    return replace(verdict, outcome=worst, because=because, do=do, plan=plan, unread=unread)


def _folders(learned: Learned, name: str) -> dict[str, set[str]]:
    """Folders of the linked packages of an artifact and their parts, by package URL of the module.

    Parts are C code of other folders, embedded folders and the like.
    """
    purls = {m.id: purl_of(m) for m in learned.inventory.build.modules}
    found: dict[str, set[str]] = {}
    linked: set[str] = set()
    for cell in learned.cells[name]:
        for package in cell.packages:
            if package.module is not None and package.module in purls:
                found.setdefault(purls[package.module], set()).add(package.folder)
                linked.add(package.import_path)
    for reading in learned.readings:
        folders = {p.folder for p in reading.parts if p.user in linked}
        if folders and reading.module.id in purls:
            found.setdefault(purls[reading.module.id], set()).update(folders)
    return found


def _built(learned: Learned, verdict: Verdict) -> bool:
    """Whether the executable that was compared is this artifact."""
    return learned.binary is not None and learned.binary.main == verdict.artifact.root


def _concerns(finding: Finding, inside: Mapping[str, set[str]]) -> bool:
    """Whether a finding about a module, or about what is not known, concerns an artifact."""
    if is_missing(finding):
        return True
    if finding.component is None or not finding.code.startswith(OF_LICENSES):
        return False
    linked = inside.get(finding.component)
    if linked is None:
        return False
    return not finding.folders or any(_holds(f, linked) for f in finding.folders)


def _holds(place: str, linked: set[str]) -> bool:
    """Whether a folder (`x/...`: with all below) has a linked package."""
    if not place.endswith("/..."):
        return place in linked
    head = place.removesuffix("/...")
    return head == "." or any(f == head or f.startswith(f"{head}/") for f in linked)


def _reason(finding: Finding) -> str:
    """What was found, and of which component."""
    name, version = component_and_version(finding.component or "")
    if finding.code == "module-unavailable" and name:
        return f"The source of {name} {version} is not at hand, so its license is not known."
    if not name or name in finding.message:
        # Several programs lack the same package: who imports it is in the findings.
        return _sentence(finding.message.partition(IMPORTED)[0])
    place = finding.location
    where = ""
    if place is not None and place.file not in finding.message and place.file[-6:] != "go.mod":
        where = f" ({place.file}{f':{place.line}' if place.line else ''})"
    return f"{name}: {finding.message.rstrip('.')}{where}."


def _sentence(text: str) -> str:
    """With a capital, unless it begins with a name: a path, a module, a file."""
    first = text.partition(" ")[0]
    start = text[:1] if any(c in first for c in "/._@") else text[:1].upper()
    return start + text[1:].rstrip(".") + "." if text else ""
