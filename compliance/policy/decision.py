"""Gate: the outcome of a run from its findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from compliance.findings import Finding, Severity
from compliance.value import dataclass

Outcome = Literal["pass", "fail", "incomplete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDecision:
    """Outcome and how many findings of each severity there are; masked ones do not count."""

    outcome: Outcome
    fail_on: str
    counts: Mapping[str, int]
    missing: tuple[str, ...] = ()


def gate(
    findings: Sequence[Finding], *, fail_on: str = "block", compared: bool = False,
    missing: Sequence[str] = (),
) -> GateDecision:  # fmt: skip
    """Decide a run.

    Args:
        findings: With waivers applied; a finding whose waiver masks it is not counted.
        fail_on: block, review, warn: the least severity that fails; never fails nothing.
        compared: Whether a base was given: then only new findings can fail.
        missing: What an incomplete run lacks; a run that lacks something never passes.
    """
    counted = [f for f in findings if not (f.waiver is not None and f.waiver.masks)]
    counts = {
        s.word: sum(1 for f in counted if f.severity is s)
        for s in sorted(Severity, reverse=True)
        if s is not Severity.PASS
    }
    limit = None if fail_on == "never" else Severity.of(fail_on)
    failing = limit is not None and any(
        f.severity >= limit and (f.new or not compared) for f in counted
    )
    outcome: Outcome = "incomplete" if missing else "fail" if failing else "pass"
    return GateDecision(outcome=outcome, fail_on=fail_on, counts=counts, missing=tuple(missing))
