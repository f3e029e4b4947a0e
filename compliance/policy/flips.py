"""Flips: the answer under another reading of contested law, or under another declared fact.

Only readings that the judging looked at are tried, since the others cannot matter; only the
components with findings are judged again, in the same works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compliance.findings import Finding, Flip, Severity
from compliance.graph import Artifact
from compliance.policy.candidate import COPYLEFT, Case
from compliance.policy.case import Sitting, sit
from compliance.policy.propagate import Membership
from compliance.policy.remedies import component_severity, worst_first
from compliance.policy.switches import VALUES
from compliance.value import replace

FACTS: Mapping[str, tuple[tuple[str, bool], ...]] = {
    "relink": (("relink_kit", True), ("eula_allows_re", True)),
    "use-restricted": (("competes", True), ("commercial", False), ("offers_as_service", True)),
    "use-forbidden": (("competes", False), ("commercial", False), ("offers_as_service", False)),
    "strong-copyleft-sleeping": (
        ("may_ship_later", True),
        ("may_ship_later", False),
        ("offers_as_service", True),
    ),
    "network-copyleft-served": (("offers_as_service", False),),
    "lockdown": (("locked_boot", False),),
}
"""Declared facts that can change a finding of a code."""


def flips(sitting: Sitting, findings: Sequence[Finding]) -> Mapping[str, tuple[Flip, ...]]:
    """By fingerprint: readings and facts under which the component is judged otherwise."""
    worst = [f for f in worst_first(findings) if f.code != "boundary-broken"]
    if not worst:
        return {}
    now = {f.fingerprint: component_severity(sitting.case, f.component or "") for f in worst}
    found: dict[str, list[Flip]] = {f.fingerprint: [] for f in worst}
    readings = sitting.under[0]
    for switch in sorted(sitting.read):
        for value in VALUES[switch]:
            if value != readings[switch]:
                case = _under(sitting, {**readings, switch: value})
                _record(found, worst, now, case, (switch, value))
    for name, word, artifact in _other_facts(sitting.artifact, worst):
        concerned = [f for f in worst if _concerns(f.code, name)]
        case = sit(sitting.world, [artifact], readings)[0].case
        _record(found, concerned, now, case, (f"{name} (fact)", word))
    _days(sitting, worst, now, found)
    return {k: tuple(v) for k, v in found.items()}


def _under(sitting: Sitting, readings: Mapping[str, str]) -> Case:
    """The components with findings under another reading, in the works that it makes."""
    world = sitting.world
    edges = world.edges(readings)
    members, tables = world.members([sitting.artifact], edges)[0]
    if not any(c.code == "incompatible-work" for c in sitting.case.candidates):
        loud = frozenset(g for c in sitting.case.candidates for g in c.groups)
        members = Membership(
            members.included & loud, members.joined & loud, members.beside & loud,
            members.separate_own,
        )  # fmt: skip
    return Sitting(world, sitting.artifact, members, edges, (readings, tables)).case


def _concerns(code: str, name: str) -> bool:
    if name == "profile":
        return code in COPYLEFT
    return any(name == n for n, _ in FACTS.get(code, ()))


def _other_facts(
    artifact: Artifact, findings: Sequence[Finding]
) -> Iterator[tuple[str, str, Artifact]]:
    wanted = dict.fromkeys(p for f in findings for p in FACTS.get(f.code, ()))
    for name, value in wanted:
        if getattr(artifact, name) != value:
            yield name, "yes" if value else "no", _with_fact(artifact, name, value)
    if any(f.code == "strong-copyleft-sleeping" for f in findings):
        yield "profile", "on-prem", replace(artifact, profile="on-prem")


def _with_fact(artifact: Artifact, name: str, value: bool) -> Artifact:
    made = {
        "relink_kit": replace(artifact, relink_kit=value),
        "eula_allows_re": replace(artifact, eula_allows_re=value),
        "competes": replace(artifact, competes=value),
        "commercial": replace(artifact, commercial=value),
        "offers_as_service": replace(artifact, offers_as_service=value),
        "may_ship_later": replace(artifact, may_ship_later=value),
        "locked_boot": replace(artifact, locked_boot=value),
    }
    return made[name]


def _record(
    found: dict[str, list[Flip]], findings: Sequence[Finding], now: Mapping[str, Severity],
    after: Case, change: tuple[str, str],
) -> None:  # fmt: skip
    for f in findings:
        severity = component_severity(after, f.component or "")
        if severity is not now[f.fingerprint]:
            found[f.fingerprint].append(Flip(switch=change[0], to=change[1], verdict=severity))


def _days(
    sitting: Sitting, findings: Sequence[Finding], now: Mapping[str, Severity],
    found: dict[str, list[Flip]],
) -> None:  # fmt: skip
    """The day on which a license turns into another one."""
    groups = {g.component: g for g in sitting.world.inventory.groups if g.change_date}
    for f in findings:
        group = groups.get(f.component or "")
        if group is None or group.change_date is None:
            continue
        after = sit(sitting.world.on(group.change_date), [sitting.artifact], sitting.under[0])[0]
        _record(found, [f], now, after.case, ("as_of", group.change_date))
