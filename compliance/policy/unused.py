"""Entries of a policy that name what is not here: a slip, or a leftover, that settles nothing."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.policy.purl import Pattern, bare, split
from compliance.policy.yamlfile import REPOSITORY_FILE, nearest, shown

if TYPE_CHECKING:
    from compliance.policy.document import Policy, Rule

_MOST_NEAR = 20_000  # names among which a slip is looked for


def absent(component: Pattern, names: Collection[str]) -> str:
    """Why a pattern covers none of the components `names`; "" where it covers one."""
    if any(component.covers(n) for n in names):
        return ""
    named = Pattern(component.name, component.name)
    others = sorted({split(n)[1] for n in names if named.covers(n)} - {""})
    if others:
        return f"{component.name} is at {', '.join(others)} now"
    near = nearest(bare(component.name), sorted({split(n)[0] for n in names})[:_MOST_NEAR])
    meant = near if near.endswith("?") else ""  # a list of all that is here helps nobody
    return f"there is no component {shown(component.name)} here{meant}"


def ended(sentence: str) -> str:
    """A sentence with its full stop, unless it is a question."""
    return sentence if sentence.endswith("?") else f"{sentence}."


def unused_entries(
    policy: Policy, names: Collection[str], artifacts: Collection[str]
) -> Iterator[Finding]:
    """`choice-unused`, `curation-unused` and `rule-unused` for entries of .compliance.yaml that
    cover nothing.

    Args:
        policy: Its choices and curations; a policy file that several repositories share may speak
            of others.
        names: Every component of the build list, every package and declared component.
        artifacts: Names of what is judged.
    """  # noqa: D205
    if policy.elsewhere:
        return
    entries = [("choice", c.component, c.where) for c in policy.choices]
    entries += [("curation", c.component, c.where) for c in policy.curations]
    for kind, component, where in entries:
        own = posixpath.basename(where.file) == REPOSITORY_FILE
        why = absent(component, names) if own else ""
        if why:
            yield Finding(
                code=f"{kind}-unused", severity=Severity.WARN,
                message=f"The {kind} for {component.text} covers nothing: {ended(why)}",
                remedy="Mend what it names, or take it out.",
                location=Location(file=where.file, line=where.line), component=component.text,
            )  # fmt: skip
    for rule in policy.rules.values():
        if posixpath.basename(rule.where.file) == REPOSITORY_FILE:
            yield from _unused_rule(rule, artifacts)


def _unused_rule(rule: Rule, artifacts: Collection[str]) -> Iterator[Finding]:
    """Artifacts that a rule names and nobody has: it does not hold there.

    A component that is not here may be one that the rule bans.
    """
    for conditions in (rule.when, rule.unless or {}):
        reasons = [
            f"there is no artifact {shown(n)} here{nearest(n, list(artifacts)[:_MOST_NEAR])}"
            for n in conditions.get("artifact", ()) if n not in artifacts
        ]  # fmt: skip
        for why in reasons:
            yield Finding(
                code="rule-unused", severity=Severity.WARN,
                message=f"The rule {rule.id} asks for what is not here: {ended(why)}",
                remedy="Mend what it names, or take it out.",
                location=Location(file=rule.where.file, line=rule.where.line),
            )  # fmt: skip
