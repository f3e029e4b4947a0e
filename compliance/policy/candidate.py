"""Candidate and Case: what judging one artifact yields, before it is explained."""

from __future__ import annotations

from compliance.findings import Severity
from compliance.graph import Artifact
from compliance.policy.document import Rule
from compliance.policy.facts import LicenseFact
from compliance.policy.judge import Option, Spot
from compliance.policy.terms import Compound, Term
from compliance.policy.verdict import Duty, Election
from compliance.value import dataclass

COPYLEFT = frozenset(
    {
        "strong-copyleft-ships", "network-copyleft-served", "strong-copyleft-sleeping",
        "downstream-copyleft", "kernel-license", "incompatible-work",
    }
)  # fmt: skip
"""Findings of a license that governs the whole work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A finding before explanation. `relation` says which edges its path follows.

    `undecided` are outbound licenses of which no source says whether they admit this one, `kind`
    is what the component is, `rule` the rule of a policy, not of a preset, that decided.
    """

    code: str
    severity: Severity
    component: str
    license: str | None
    groups: tuple[int, ...]
    relation: str
    spot: Spot
    fact: LicenseFact | None = None
    fired: frozenset[str] = frozenset()
    umbrella: str | None = None
    rivals: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    work: int | None = None
    kind: str = "package"
    rule: Rule | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """One finding per code, component and license."""
        return self.code, self.component, self.license or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One artifact, judged. `seen` are all (component, license, fact, spot) for custom rules."""

    artifact: Artifact
    candidates: tuple[Candidate, ...]
    duties: tuple[Duty, ...]
    elections: tuple[Election, ...]
    umbrella: str | None
    outcome: Severity
    seen: tuple[Candidate, ...]
    system: tuple[str, ...]


def relation(spot: Spot) -> str:
    """Which edges lead to it."""
    return "joins" if spot.joined else "includes" if spot.included else "beside"


def written(option: Option) -> str | None:
    """The licenses of an option, as they stand in the expression."""
    return " AND ".join(dict.fromkeys(c.written for c in option.chosen)) or None


def has_choice(term: Term) -> bool:
    """Whether there is an OR in a tree."""
    stack = [term]
    while stack:
        top = stack.pop()
        if isinstance(top, Compound):
            if top.operator == "OR":
                return True
            stack.extend(top.parts)
    return False
