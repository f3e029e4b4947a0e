"""Findings grouped by cause: what a person has to mend stands together, once.

The same component may block one artifact, sleep in another and merely oblige a third; side by
side, the boundary explains itself. Findings without a component are grouped by their code.
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance import patterns as re
from compliance.outputs import wording
from compliance.outputs.document import Document, listed, name_in_findings
from compliance.value import dataclass

_MAJOR = re.compile(r"v\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Findings of one cause in one artifact (None: of the repository), worst first.

    `others` says that the artifact has further causes that block, so that no remedy of this one
    alone clears it.
    """

    artifact: str | None
    profile: str
    findings: tuple[Document, ...]
    others: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing to mend: a component, or a kind of problem without one."""

    id: str
    component: str | None
    short: str
    title: str
    severity: str
    lanes: tuple[Lane, ...]
    evidence: tuple[Document, ...]
    new: bool

    @property
    def artifacts(self) -> tuple[str, ...]:
        """Names of the artifacts concerned."""
        return tuple(lane.artifact for lane in self.lanes if lane.artifact is not None)


def short_name(path: str) -> str:
    """Last telling element of a module path: `github.com/go-chi/chi/v5` is `chi`.

    C libraries (`c:pcap`) and C code that cgo compiles (`c:example.com/m/bpf`) are called so.
    """
    if path.startswith("c:"):
        last = path.removeprefix("c:").rpartition("/")[2]
        return f"C code in {last}" if "/" in path else f"C library {last}"
    parts = [p for p in path.split("/") if p] or [path]
    return parts[-2] if len(parts) > 1 and _MAJOR.fullmatch(parts[-1]) else parts[-1]


def advice(finding: Document) -> str:
    """What people have to answer or do, where none of the proven remedies says the same."""
    titles = {r["title"] for r in finding["remedies"]}
    return "" if finding["remedy"] in titles else str(finding["remedy"] or "")


def purl_path(purl: str) -> str:
    """Path of a package URL without type, version, qualifiers and subpath."""
    path = purl.split("?", 1)[0].split("#", 1)[0].removeprefix("pkg:").rsplit("@", 1)[0]
    return path.split("/", 1)[1] if "/" in path and purl.startswith("pkg:") else path


def fails(document: Document, finding: Document) -> bool:
    """Whether a finding fails the gate of its report: at or above its limit, new, not waived.

    The rule of `compliance.policy.gate`, for documents.
    """
    limit, waiver = document["gate"]["fail_on"], finding["waiver"]
    if limit == "never" or wording.rank(finding["severity"]) > wording.rank(limit):
        return False
    compared = document["subject"]["base"] is not None
    return not (waiver and waiver["masks"]) and (finding["new"] or not compared)


def find_causes(document: Document, standing: str | None = None) -> tuple[Cause, ...]:
    """Causes of a report, worst first, then by number of artifacts, then by name.

    Against a base, what is new comes first; `standing` keeps the findings of one standing only.
    """
    paths = {name_in_findings(m): m["path"] for m in listed(document)}
    profiles = {a["name"]: a["profile"] for a in document["artifacts"]}
    grouped: dict[tuple[str, str], list[Document]] = {}
    found = [f for f in document["findings"] if standing in (None, f["standing"])]
    for finding in sorted(found, key=_gravity):
        component = finding["component"]
        key = (component, "") if component else ("", finding["code"])
        grouped.setdefault(key, []).append(finding)
    blocking = _blocking(grouped.values())
    ordered = sorted(grouped.items(), key=lambda item: (*_weight(item[1]), item[0]))
    return tuple(
        _cause(f"cause-{number}", found, paths, profiles, blocking)
        for number, (_, found) in enumerate(ordered, 1)
    )


def _gravity(finding: Document) -> tuple[bool, int, bool, bool, int]:
    return (
        finding["standing"] in ("wider", "same"),
        wording.rank(finding["severity"]),
        finding["waiver"] is not None and finding["waiver"]["masks"],
        finding["trigger"] is None,
        -len(finding["path"]),
    )


def _weight(found: list[Document]) -> tuple[bool, int, bool, int]:
    first = found[0]
    compared = first["standing"] is not None
    old = compared and not any(f["new"] for f in found)
    return old, wording.rank(first["severity"]), first["artifact"] is None, -len(found)


def _blocking(groups: Iterable[list[Document]]) -> dict[str | None, int]:
    count: dict[str | None, int] = {}
    for found in groups:
        for name in {f["artifact"] for f in found if f["severity"] == "block"}:
            count[name] = count.get(name, 0) + 1
    return count


def _cause(
    number: str,
    found: list[Document],
    paths: dict[str, str],
    profiles: dict[str, str],
    blocking: dict[str | None, int],
) -> Cause:
    lanes: dict[str | None, list[Document]] = {}
    for finding in found:
        lanes.setdefault(finding["artifact"], []).append(finding)
    first = found[0]
    component = first["component"]
    short = short_name(paths.get(component) or purl_path(component)) if component else ""
    return Cause(
        id=number,
        component=component,
        short=short or wording.code_words(first["code"]),
        title=_title(first, short, len(found)),
        severity=first["severity"],
        lanes=tuple(
            Lane(
                artifact=name,
                profile=wording.PROFILES.get(profiles.get(name or "", ""), ""),
                findings=tuple(mine),
                others=blocking.get(name, 0) > 1 and mine[0]["severity"] == "block",
            )
            for name, mine in lanes.items()
        ),
        evidence=_distinct(e for f in found for e in f["evidence"]),
        new=any(f["new"] for f in found),
    )


def _title(first: Document, short: str, count: int) -> str:
    words = wording.code_words(first["code"])
    if first["code"] == "unknown-license" and first["severity"] != "block":
        words = wording.PARTLY_UNKNOWN
    if not short:
        return f"{words[:1].upper()}{words[1:]}" + (f" ({count})" if count > 1 else "")
    known = wording.license_word(first["license"])
    if known == "unknown" or first["code"] == "unknown-license":
        return f"{short}: {words}"
    if first["code"] in wording.SHOW_LICENSE:
        return f"{short}: {words} ({known})"
    return f"{short}: {words}" if first["code"] in wording.CODES else f"{short}: {known}"


def _distinct(evidence: Iterable[Document]) -> tuple[Document, ...]:
    kept: dict[tuple[object, ...], Document] = {}
    for item in evidence:
        key = (item["file"], item["sha256"], item["start_line"], item["end_line"], item["note"])
        kept.setdefault(key, item)
    return tuple(kept.values())
