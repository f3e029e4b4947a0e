"""Finding: one fact about the subject that a person should know.

Findings are data: they carry no clock, sort the same everywhere, and have a fingerprint that
survives version bumps, so that a gate can tell a new problem from an old one. The keys are those
of `compliance/report/1`; each code has a page in docs/findings.md.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

from compliance.value import dataclass


class Severity(IntEnum):
    """Verdict of an artifact and severity of a finding, one scale; joining takes the maximum."""

    PASS = 0
    COMPLY = 1
    LATENT = 2
    REVIEW = 3
    WARN = 4
    BLOCK = 5

    @property
    def word(self) -> str:
        """Spelling in documents and policies: `pass`, `comply`, ..."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Severity:
        """Inverse of `word`; raises KeyError for any other text."""
        return cls[word.upper()] if word.islower() else cls[f"?{word}"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Location:
    """A place in a file: path relative to the repository, line counted from 1 or None."""

    file: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One element of a witness path and the edge that leaves it (None at the last)."""

    node: str
    edge: str | None = None
    file: str | None = None
    line: int | None = None
    license: str | None = None
    first_party: bool = False
    reached: bool = False
    boundary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A change that was applied to a copy of the facts and judged again."""

    kind: str
    title: str
    edits: tuple[str, ...]
    verdict_after: Severity
    duties_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A contested reading or declared fact that would change the verdict."""

    switch: str
    to: str
    verdict: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Whether the deployment fires the license's condition, and why."""

    event: str
    fires: bool
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptLine:
    """One quoted line; `matched` are character ranges [start, end) inside it."""

    line: int
    text: str
    matched: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The lines of a file on which a statement rests.

    `coverage` is the share of the license rule that was found (0 to 1), `similarity` the share of
    the quoted text that belongs to the rule (0 to 1); `diff` holds (op, line, text) with op one of
    " ", "+", "-" where a change of text is the point.
    """

    file: str
    sha256: str
    start_line: int
    end_line: int
    license: str | None = None
    coverage: float = 1.0
    similarity: float = 1.0
    rule: str | None = None
    note: str | None = None
    excerpt: tuple[ExcerptLine, ...] = ()
    diff: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of a waiver and whether it holds in this run."""

    name: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverNote:
    """The waiver that covers a finding; dates are ISO 8601 days."""

    id: str
    state: str
    owner: str
    approver: str
    ticket: str
    reason: str
    conditions: tuple[Condition, ...]
    created: str
    due: str
    expires: str
    masks: bool
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statement with its place, path, evidence and remedy.

    `component` is a package URL; `folders` are those of the component that it is about, `x/...`
    with all below, empty for the whole. `flips` is None where no switch was tried and empty where
    all were tried and none matters; `new` says that a base revision did not have it, `wider` are
    the importers of the culprit that the base did not have.
    """

    code: str
    severity: Severity
    message: str
    remedy: str = ""
    location: Location | None = None
    artifact: str | None = None
    component: str | None = None
    folders: tuple[str, ...] = ()
    license: str | None = None
    path: tuple[Hop, ...] = ()
    reach: tuple[str, ...] = ()
    trigger: Trigger | None = None
    remedies: tuple[Remedy, ...] = ()
    flips: tuple[Flip, ...] | None = None
    evidence: tuple[Evidence, ...] = ()
    new: bool = False
    wider: tuple[Hop, ...] = ()
    waiver: WaiverNote | None = None

    @property
    def fingerprint(self) -> str:
        """16 hex digits over rule, artifact, component without version, license and edge kinds.

        A finding that has neither component nor artifact is told apart by its file and message.
        """
        name = (self.component or "").split("@", 1)[0]
        kinds = ",".join(sorted({h.edge for h in self.path if h.edge}))
        parts = [self.code, self.artifact or "", name, self.license or "", kinds]
        if not self.component:
            parts += [self.location.file if self.location else "", self.message]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def standing(self) -> str:
        """Against a base: `new`, `wider` (another way to the same culprit) or `same`."""
        return "new" if self.new else "wider" if self.wider else "same"

    def sort_key(self) -> tuple[object, ...]:
        """Worst first, then by code, artifact, component and place."""
        place = self.location or Location(file="")
        return (
            -self.severity, self.code, self.artifact or "", self.component or "",
            self.license or "", place.file, place.line or 0, self.message,
        )  # fmt: skip


def curation_lines(component: str | None, license: str = "...") -> str:
    """The lines of .compliance.yaml that settle the license of a component, for a remedy."""
    return (
        f'curations: [{{component: "{component or "..."}", license: {license},'
        ' because: "...", evidence: "..."}]'
    )
