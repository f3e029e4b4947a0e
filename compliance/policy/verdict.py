"""Verdict: the answer for one artifact, with what is owed and what was elected."""

from __future__ import annotations

from compliance.findings import Severity
from compliance.graph import Artifact
from compliance.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Election:
    """Which arm of an OR was taken for a component, and by whom."""

    component: str
    expression: str
    elected: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something owed when the artifact is shipped; `satisfied_by` is None while it is missing."""

    component: str
    license: str
    duty: str
    satisfied_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All causes of a verdict mended together, judged again.

    `title` says what the edits are for, where one remedy mends all.
    """

    edits: tuple[str, ...]
    verdict_after: Severity
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome for one artifact.

    `umbrella` is the license under which the whole work would have to be conveyed, None where
    nothing reaches it; `because` and `do` are one sentence each. `unread` says that nothing blocks
    it but what could not be read: with that read it may pass or not.
    """

    artifact: Artifact
    outcome: Severity
    umbrella: str | None
    elections: tuple[Election, ...]
    duties: tuple[Duty, ...]
    because: str
    do: str
    plan: Plan | None = None
    unread: bool = False
