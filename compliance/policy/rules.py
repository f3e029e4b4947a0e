"""Rules of a policy: conditions over derived facts, and what they decide.

Every finding code has a rule in the preset. A rule of a file with the same id replaces it where its
conditions hold; elsewhere that of the layer below counts, so that a narrow rule never opens a hole.
A rule with a new id makes findings of that code. The vocabulary is closed (policy-model 5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compliance.findings import Finding, Severity
from compliance.graph import Artifact
from compliance.policy.codes import OTHER_CODES
from compliance.policy.document import Policy, Rule
from compliance.policy.ebpf import GPL_STRINGS
from compliance.policy.facts import LicenseFact, Reach, category
from compliance.policy.grammar import DEPLOYMENT_FACTS
from compliance.policy.inventory import Group
from compliance.policy.judge import Spot
from compliance.policy.purl import Pattern
from compliance.policy.terms import Compound, atoms, parse, required, satisfied
from compliance.value import replace

NEVER_MILD = frozenset({"unknown-license", "incompatible-work", "self-incompatible"})
"""Findings that no rule makes milder than review: unknown never passes."""

NEVER_MILDER = frozenset(
    {
        "module-unavailable", "package-missing", "package-invalid", "file-unreadable",
        "limit-exceeded", "checksum-mismatch", "vendor-inconsistent", "policy-relaxed",
        "waiver-expired", "waiver-void", "boundary-broken", "ebpf-license-string",
    }
)  # fmt: skip
"""Findings of what is not known, not true, or does not work: rules may only make them graver."""

Subject = Mapping[str, Any]

_UNKNOWN = ("license", "category")

_WORDS = {True: "yes", False: "no"}


def conditions(found: Mapping[str, Any]) -> str:
    """A condition as a person reads it: `license: MIT or ISC, included: yes`."""
    return ", ".join(
        f"{k}: {' or '.join(map(str, v)) if isinstance(v, tuple) else _WORDS.get(v, v)}"
        for k, v in found.items()
    )


def subject(  # noqa: PLR0913 - the facts of one license in one place
    artifact: Artifact, group: Group, spot: Spot, fact: LicenseFact | None, *,
    license_: str | None, fired: frozenset[str], umbrella: str | None, linked: str, changes: str,
) -> Subject:  # fmt: skip
    """The derived facts of one license of one component in one artifact.

    `changes` is what happened to the component since the base: "license", "new" or "".
    """
    reach = fact.reach.word if fact else "work"
    named = (license_ or "unknown", "unknown" if fact is None else "known")
    return {
        "license": (*named, "changed-since-base") if changes == "license" else named,
        "beside": () if group.term is None else tuple(str(a) for a in required(group.term)),
        "changed": changes != "",
        "first_party": False,
        "reach": (reach, "work") if fact and fact.reach is Reach.STACK else (reach,),
        "joined": spot.joined,
        "included": spot.included,
        "linked": linked,
        "fires": tuple(sorted(fired)) or ("never",),
        "restriction": (fact.restriction, "any") if fact and fact.restriction else ("none",),
        "umbrella": (umbrella or "none",),
        "profile": (artifact.profile,),
        "node": (group.kind,),
        "component": (group.component,),
        "artifact": (artifact.name,),
        "category": (fact.category if fact else "unknown",),
        "modified": spot.modified,
        "outbound": (artifact.outbound,),
        "gpl_only_helpers": group.gpl_only_helpers,
        "elf_license": "gpl-compatible"
        if group.elf_license in GPL_STRINGS
        else "not-gpl-compatible",
        **{name: getattr(artifact, name) for name in DEPLOYMENT_FACTS},
    }


def matches(conditions: Mapping[str, Any], facts: Subject) -> bool:
    """Whether every condition holds; of several values in one condition any."""
    return all(
        _holds(key, wanted, facts.get(key)) or (key == "license" and _expressed(wanted, facts))
        for key, wanted in conditions.items()
    )


def _expressed(wanted: Sequence[str], facts: Subject) -> bool:
    """Whether a license is one of an expression that it satisfies.

    `A OR B` stands for both, `A AND B` for each where the component is under the other one, too.
    """
    for text in wanted:
        term = parse(text)
        if isinstance(term, Compound):
            mine = facts["license"][0]
            have = {mine, *facts.get("beside", ())}
            if satisfied(term, have) and any(str(a) == mine for a in atoms(term)):
                return True
    return False


def _holds(key: str, wanted: Any, found: Any) -> bool:  # noqa: ANN401 - by fact
    if isinstance(wanted, tuple):
        have = found if isinstance(found, tuple) else (found,)
        if key == "component":
            return any(Pattern.parse(w).covers(h) for w in wanted for h in have)
        return bool(set(wanted) & set(have))
    return bool(wanted == found)


def severity_of(
    policy: Policy, code: str, severity: Severity, facts: Callable[[], Subject]
) -> Severity:
    """The severity of a finding under the rules; `severity` is what the readings decide."""
    return by_rule(deciding(policy.rules.get(code), facts), code, severity)


def deciding(rule: Rule | None, facts: Callable[[], Subject]) -> Rule | None:
    """Of a rule and those of the layers below the first that holds; that of the preset always."""
    for one in rule.chain() if rule is not None else ():
        if one.preset or applies(one, facts()):
            return one
    return None


def by_rule(rule: Rule | None, code: str, severity: Severity) -> Severity:
    """What a rule makes of a severity; it cannot make what is not known pass."""
    if rule is None or rule.then == "as-switched":
        return severity
    decided = Severity.of(rule.then)
    if code in NEVER_MILDER or (code == "unknown-license" and severity is Severity.BLOCK):
        return max(decided, severity)
    return max(decided, Severity.REVIEW) if code in NEVER_MILD else decided


def regraded(
    policy: Policy, finding: Finding, artifact: Artifact | None = None, *, changed: bool = False
) -> Finding:  # fmt: skip
    """A finding that no license of a component raised, with the severity that a rule gives it.

    Its rule may ask for what such a finding has: license, category, component, artifact, profile,
    outbound and the facts of the deployment, `changed`; a condition on anything else does not hold.
    """
    rule = policy.rules.get(finding.code)
    if rule is None or rule.preset:
        return finding
    license_ = finding.license or "unknown"
    words = ("unknown",) if license_ == "NOASSERTION" or finding.code == "unknown-license" else ()
    facts: dict[str, Any] = {
        "license": (license_, *words, *(("changed-since-base",) if changed else ())),
        "category": words or (category(license_),),
        "component": (finding.component or "",),
        "artifact": (finding.artifact or "",),
        "changed": changed,
    }
    if artifact is not None:
        facts["profile"] = (artifact.profile,)
        facts["outbound"] = (artifact.outbound,)
        facts |= {name: getattr(artifact, name) for name in DEPLOYMENT_FACTS}
    severity = severity_of(policy, finding.code, finding.severity, lambda: facts)
    return finding if severity is finding.severity else replace(finding, severity=severity)


def applies(rule: Rule, facts: Subject) -> bool:
    """Whether a rule speaks of a subject."""
    if not matches(rule.when, facts):
        return False
    return rule.unless is None or not matches(rule.unless, facts)


def asks_for_unknown(rule: Rule) -> bool:
    """Whether a rule names what nobody knows: `license: unknown` or `category: unknown`."""
    return any("unknown" in one.when.get(k, ()) for one in rule.chain() for k in _UNKNOWN)


def custom(policy: Policy) -> tuple[Rule, ...]:
    """Rules that make findings of their own."""
    known = {*policy.defaults, *OTHER_CODES}
    return tuple(r for r in policy.rules.values() if r.id not in known)
