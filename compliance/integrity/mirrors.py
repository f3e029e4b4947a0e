"""What module mirrors answered, side by side: which bytes, what is missing, how fast."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from compliance.golang import ModuleVersion, is_pseudo_version
from compliance.value import dataclass, field, replace

Part = Literal["info", "mod", "zip", "list"]
PARTS: tuple[Part, ...] = ("info", "mod", "zip", "list")
Status = Literal["ok", "missing", "failed", "damaged", "differs"]
STATUSES: tuple[Status, ...] = ("ok", "missing", "failed", "damaged", "differs")
SHOWN_VERSIONS = 5
"""Of the versions that a list lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One answer: of a mirror (by its number) for one part of a module.

    `sum` is the h1 of mod and zip, `time` what .info says, `versions` what the list names,
    `lacks` those of them that other mirrors have. `seconds` is the time to the last byte, `size`
    the bytes of the body; `headers` are those about caching.
    """

    mirror: int
    part: Part
    status: Status = "ok"
    reason: str = ""
    sum: str = ""
    time: str = ""
    versions: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    seconds: float = 0.0
    size: int = 0
    redirects: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleAudit:
    """All answers about one module version.

    `expected` maps `mod` and `zip` to (h1 sum, who vouches for it); `differences` say how copies
    differ; a private module is never asked for (`private`).
    """

    module: ModuleVersion
    private: bool = False
    expected: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    differences: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether some mirror gave no answer about it."""
        return any(s.status == "failed" for s in self.samples)

    @property
    def drift(self) -> tuple[str, ...]:
        """The times that .info documents name, when they are more than one."""
        times = sorted({s.time for s in self.samples if s.part == "info" and s.status == "ok"})
        return tuple(times) if len(times) > 1 else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorSummary:
    """What one mirror is like.

    `counts` is by (part, status); `median` and `p95` are seconds over all answers, None without
    one; `failure_rate` is the share of requests without an answer, `caching` counts values of
    Cache-Control by part, `validated` answers with ETag or Last-Modified.
    """

    url: str
    counts: Mapping[tuple[Part, Status], int]
    requests: int
    failure_rate: float
    median: float | None
    p95: float | None
    size: int
    redirects: int
    caching: Mapping[tuple[Part, str], int]
    validated: int
    lagging: int


def judge(audit: ModuleAudit) -> ModuleAudit:
    """Mark the samples whose bytes are not those that are vouched for.

    Without a witness the mirrors are compared with each other: where they disagree, all differ.
    """
    samples = list(audit.samples)
    for part in ("mod", "zip"):
        sums = {s.sum for s in samples if s.part == part and s.status == "ok"}
        wanted, witness = audit.expected.get(part, ("", ""))
        if not wanted and len(sums) < 2:  # noqa: PLR2004 - two sums disagree
            continue
        for at, sample in enumerate(samples):
            if sample.part == part and sample.status == "ok" and sample.sum != wanted:
                told = f"expected {wanted} ({witness})" if wanted else "the mirrors disagree"
                samples[at] = replace(sample, status="differs", reason=told)
    return replace(audit, samples=_lagging(audit.module, samples))


def _lagging(module: ModuleVersion, samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Say which versions each list lacks: those of other lists, and the one that is served."""
    lists = [s for s in samples if s.part == "list" and s.status == "ok"]
    every = {v for s in lists for v in s.versions if not is_pseudo_version(v)}
    served = any(s.part in ("mod", "zip") and s.status == "ok" for s in samples)
    if served and not is_pseudo_version(module.version):
        every.add(module.version)
    return tuple(
        replace(s, lacks=tuple(sorted(every - set(s.versions))), versions=()) if s in lists else s
        for s in samples
    )


def summarize(number: int, url: str, audits: Iterable[ModuleAudit]) -> MirrorSummary:
    """One mirror, over all modules."""
    samples = [s for a in audits for s in a.samples if s.mirror == number]
    answered = sorted(s.seconds for s in samples if s.status != "failed")
    failed = len(samples) - len(answered)
    caching = Counter(
        (s.part, s.headers.get("cache-control", "")) for s in samples if s.status == "ok"
    )
    return MirrorSummary(
        url=url,
        counts=Counter((s.part, s.status) for s in samples),
        requests=len(samples),
        failure_rate=failed / len(samples) if samples else 0.0,
        median=percentile(answered, 0.5),
        p95=percentile(answered, 0.95),
        size=sum(s.size for s in samples),
        redirects=sum(s.redirects for s in samples),
        caching=caching,
        validated=sum(bool({"etag", "last-modified"} & set(s.headers)) for s in samples),
        lagging=sum(bool(s.lacks) for s in samples),
    )


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The least value that `share` of all do not exceed (nearest rank); None of none."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
