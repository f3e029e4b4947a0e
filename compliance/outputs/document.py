"""report.json (`compliance/report/1`): the whole report as one JSON value.

The other outputs for people are made from this document, so that a page can be written again from
a report.json alone. Keys are a promise: add freely, change or drop only with a step of `schema`.

Every key is always present. Unknown is written as null, except for the concluded license, which
is `NOASSERTION` (SPDX 2.3, 7.13) so that no reader takes it for "free". `modules` lists Go modules
and, as path `std`, the standard library; `declared` lists components that the policy names, and
`inside` C libraries that are linked or loaded and programs that are inside as they are.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from compliance.outputs.escaping import json_steering, without_surrogates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compliance.findings import Evidence, Finding, Hop, Remedy, Severity, WaiverNote
    from compliance.licenses import Conclusion
    from compliance.report import (
        ArtifactReport,
        BinaryComparison,
        Comparison,
        Component,
        DutyOwed,
        ScanReport,
        Use,
    )

Document = dict[str, Any]

SCHEMA = "compliance/report/1"
BESIDE = ("c-library", "embedded")
"""Kinds of components that are no Go module and stand in no policy."""
STANDARD_LIBRARY = "std"
NO_ASSERTION = "NOASSERTION"
MAX_QUOTED_LINES = 12
"""Of a license text; the file and its digest say where the rest is."""
SEVERITIES = ("block", "warn", "review", "latent", "comply", "pass")


def report_document(report: ScanReport) -> Document:
    """The report as a JSON value, equal for equal reports (see the module's text)."""
    modules = [c for c in report.components if c.kind not in ("declared", *BESIDE)]
    places = {(c.purl, file): sha for c in report.components for file, sha in c.texts}
    return {
        "schema": SCHEMA,
        "created": report.created,
        "subject": {
            "name": report.subject.name,
            "path": report.subject.path,
            "module": report.subject.module,
            "commit": report.subject.commit,
            "dirty": report.subject.dirty,
            "base": report.subject.base,
            "publisher": report.publisher
            and {
                "name": report.publisher.name,
                "email": report.publisher.email,
                "url": report.publisher.url,
            },
        },
        "tool": {
            "name": "compliance",
            "version": report.tool.version,
            "data_lock": report.tool.index,
            "command": report.tool.command,
        },
        "policy": {
            "preset": report.policy.preset,
            "assumed_profile": report.policy.assumed,
            "files": [{"path": f.path, "sha256": f.sha256} for f in report.policy.files],
            "switches": [
                {"name": s.name, "value": s.value, "default": s.default}
                for s in report.policy.switches
            ],
        },
        "go": {
            "mode": report.mode,
            "version": report.go_version,
            "toolchain": report.toolchain,
            "platforms": [c.label for c in report.contexts],
        },
        "gate": {
            "outcome": report.gate.outcome,
            "fail_on": report.gate.fail_on,
            "counts": {s: report.gate.counts[s] for s in SEVERITIES if s in report.gate.counts},
            "missing": list(report.gate.missing),
        },
        "artifacts": [_artifact(a) for a in report.artifacts],
        "findings": [
            _with_place(
                finding_document(f, report.texts, compared=report.subject.base is not None),
                report,
                places,
            )
            for f in sorted(report.findings, key=lambda f: f.sort_key())
        ],
        "change": report.change and _change(report.change, report.findings),
        "binary": report.binary and _binary(report.binary),
        "limits": [
            {"what": x.what, "effect": x.effect, "code": x.code, "count": x.count}
            for x in report.limits
        ],
        "modules": [_component(c) for c in modules],
        "declared": [_inside(c) for c in report.components if c.kind == "declared"],
        "inside": [_inside(c) for c in report.components if c.kind in BESIDE],
    }


def listed(document: Document) -> list[Document]:
    """Every component of a report, whoever wrote it: modules, declared ones, what is inside."""
    return [*document["modules"], *document["declared"], *document.get("inside", ())]


def name_in_findings(module: Document) -> str:
    """How findings name a component: by package URL, by its name in the graph where it has none."""
    path, purl = str(module["path"]), str(module["purl"])
    bare = module["kind"] in BESIDE or purl == f"pkg:generic/{path.removeprefix('c:')}"
    return path if bare else purl


def json_bytes(document: Document) -> bytes:
    r"""JSON as UTF-8, indented by one space, with a final line feed; keys keep their order.

    Characters that steer a terminal or the direction of text are written as escapes, so that the
    document can be printed as it is. Lone surrogates become the text `\udcff`.
    """
    import msgspec

    try:
        packed = msgspec.json.encode(document)
    except UnicodeEncodeError:
        packed = msgspec.json.encode(without_surrogates(document))
    return json_steering(msgspec.json.format(packed, indent=1)) + b"\n"


def _artifact(item: ArtifactReport) -> Document:
    verdict, artifact = item.verdict, item.verdict.artifact
    plan = verdict.plan
    return {
        "name": artifact.name,
        "main": artifact.main,
        "platforms": list(artifact.platforms),
        "profile": artifact.profile,
        "outbound": artifact.outbound,
        "verdict": verdict.outcome.word,
        "umbrella": verdict.umbrella,
        "because": verdict.because,
        "unread": verdict.unread,
        "do": verdict.do,
        "plan": plan and {"edits": list(plan.edits), "verdict_after": plan.verdict_after.word},
        "packages": item.packages,
        "modules": list(item.modules),
        "elections": [
            {"component": e.component, "expression": e.expression, "elected": e.elected, "by": e.by}
            for e in verdict.elections
        ],
        "duties": [
            {
                "component": d.component,
                "license": d.license,
                "duty": d.duty,
                "satisfied_by": d.satisfied_by,
            }
            for d in verdict.duties
        ],
    }


def _component(item: Component) -> Document:
    module = item.module
    replace = module.replace if module else None
    standard = item.kind == "standard-library"
    return {
        "kind": item.kind,
        "path": STANDARD_LIBRARY if standard else item.path,
        "version": item.version or None,
        "purl": item.purl,
        "main": bool(module and module.main),
        "indirect": bool(module and module.indirect),
        "go_version": module.go_version if module else None,
        "replace": replace and {"path": replace.path, "version": replace.version},
        "retracted": list(module.retracted) if module else [],
        "deprecated": module.deprecated if module else None,
        "sum": item.sum,
        "gomod_sum": item.gomod_sum,
        "verification": item.verification.voucher.value,
        "verification_because": item.verification.because,
        "place": item.place,
        "modified": item.modified,
        "license": _license(item.conclusion, item.category),
        "package_licenses": [
            {"import_path": p.import_path, "license": p.license}
            for p in item.packages
            if p.license != item.conclusion.concluded
        ],
        "copyrights": list(item.copyrights),
        "scope": item.scope,
        "artifacts": list(item.artifacts),
    }


def _inside(item: Component) -> Document:
    """A component that is no Go module, with what brings it in."""
    return _component(item) | {
        "sha256": item.archive.sha256 if item.archive else None,
        "uses": [_use(u) for u in item.uses],
    }


def _use(item: Use) -> Document:
    return {
        "source": item.source,
        "edge": item.kind,
        "file": item.file or None,
        "line": item.line or None,
        "cells": list(item.cells),
        "artifacts": list(item.artifacts),
    }


def _license(conclusion: Conclusion, category: str) -> Document:
    return {
        "declared": conclusion.declared,
        "detected": list(conclusion.detected),
        "concluded": conclusion.concluded or NO_ASSERTION,
        "confidence": conclusion.confidence,
        "category": category,
        "evidence": [_evidence(e) for e in conclusion.evidence],
    }


def _binary(item: BinaryComparison) -> Document:
    """An executable against the source's answer; null in the document without --compare."""
    return {
        "file": item.file,
        "main": item.main,
        "platform": item.platform,
        "go_version": item.go_version,
        "modules": item.modules,
        "differences": [
            {"kind": d.kind, "path": d.path, "source": d.source, "binary": d.binary}
            for d in item.differences
        ],
    }


def _change(item: Comparison, findings: Sequence[Finding]) -> Document:
    """What the change does besides its findings; null in the document without a base."""
    return {
        "fixed": [
            {"code": f.code, "severity": f.severity.word, "artifact": f.artifact,
             "component": f.component, "license": f.license, "message": f.message,
             "fingerprint": f.fingerprint}
            for f in sorted(item.fixed, key=lambda f: f.sort_key())
        ],
        "modules": [
            {"path": m.path, "before": m.before, "after": m.after,
             "license_before": m.license_before, "license_after": m.license_after}
            for m in item.modules
        ],
        "artifacts": [
            {"name": a.name, "name_before": a.name_before,
             "before": _word(a.before), "after": _word(a.after),
             "modules_added": list(a.added), "modules_removed": list(a.removed),
             "duties_gained": [_owed(d) for d in a.gained],
             "duties_lost": [_owed(d) for d in a.lost]}
            for a in item.artifacts
        ],
        "inside": [
            {"path": i.path, "kind": i.kind, "license": i.license, "standing": i.standing,
             "uses": [_use(u) for u in i.uses]}
            for i in item.inside
        ],
        "counts": {
            "new": sum(1 for f in findings if f.new),
            "wider": sum(1 for f in findings if f.standing == "wider"),
            "same": sum(1 for f in findings if f.standing == "same"),
            "fixed": len(item.fixed),
        },
    }  # fmt: skip


def _word(verdict: Severity | None) -> str | None:
    return None if verdict is None else verdict.word


def _owed(item: DutyOwed) -> Document:
    return {"component": item.component, "license": item.license, "duty": item.duty}


def hop_document(item: Hop) -> Document:
    """One element of a path and the edge that leaves it."""
    return {
        "node": item.node,
        "edge": item.edge,
        "file": item.file,
        "line": item.line,
        "license": item.license,
        "first_party": item.first_party,
        "reached": item.reached,
        "boundary": item.boundary,
    }


def finding_document(
    item: Finding, texts: Mapping[str, str] = MappingProxyType({}), *, compared: bool = False
) -> Document:
    """One finding, as it stands in every document that has findings.

    Args:
        item: The finding.
        texts: Known texts by sha256; evidence without an excerpt is quoted from them.
        compared: Whether there is a base, so that a finding is `new`, `wider` or the `same`.
    """
    place, trigger = item.location, item.trigger
    return {
        "code": item.code,
        "severity": item.severity.word,
        "artifact": item.artifact,
        "component": item.component,
        "license": item.license,
        "message": item.message,
        "remedy": item.remedy,
        "path": [hop_document(h) for h in item.path],
        "reach": list(item.reach),
        "trigger": trigger
        and {"event": trigger.event, "fires": trigger.fires, "because": trigger.because},
        "remedies": [_remedy(r) for r in item.remedies],
        "flips": None
        if item.flips is None
        else [{"switch": f.switch, "to": f.to, "verdict": f.verdict.word} for f in item.flips],
        "evidence": [_evidence(e, texts.get(e.sha256, "")) for e in item.evidence],
        "location": place and {"file": place.file, "line": place.line},
        "fingerprint": item.fingerprint,
        "new": item.new,
        "standing": item.standing if compared else None,
        "wider": [hop_document(h) for h in item.wider],
        "waiver": item.waiver and _waiver(item.waiver),
    }


def _with_place(
    finding: Document, report: ScanReport, places: Mapping[tuple[str, str], str]
) -> Document:
    """A finding that points at a line of a license file, with the lines that stand there."""
    spot = finding["location"] or {"file": "", "line": None}
    line: int = spot["line"] or 0
    digest = places.get((finding["component"], spot["file"]), "")
    text = report.texts.get(digest)
    if finding["evidence"] or not line or not text:
        return finding
    lines = text.removesuffix("\n").split("\n")[line - 1 : line - 1 + MAX_QUOTED_LINES]
    if not lines:
        return finding
    quoted = [{"line": n, "text": words, "matched": []} for n, words in enumerate(lines, line)]
    seen = {
        "file": spot["file"], "sha256": digest, "start_line": line,
        "end_line": line + len(lines) - 1, "license": None, "coverage": 1.0, "similarity": 1.0,
        "rule": None, "note": "what stands at this place", "excerpt": quoted,
    }  # fmt: skip
    return {**finding, "evidence": [seen]}


def _remedy(item: Remedy) -> Document:
    return {
        "kind": item.kind,
        "title": item.title,
        "edits": list(item.edits),
        "verdict_after": item.verdict_after.word,
        "duties_after": list(item.duties_after),
    }


def _evidence(item: Evidence, text: str = "") -> Document:
    made: Document = {
        "file": item.file,
        "sha256": item.sha256,
        "start_line": item.start_line,
        "end_line": item.end_line,
        "license": item.license,
        "coverage": item.coverage,
        "similarity": item.similarity,
        "rule": item.rule,
        "note": item.note,
        "excerpt": [
            {"line": x.line, "text": x.text, "matched": [list(m) for m in x.matched]}
            for x in item.excerpt
        ]
        or _quoted(item, text),
    }
    if item.diff:
        made["diff"] = [list(d) for d in item.diff]
    return made


def _quoted(item: Evidence, text: str) -> list[Document]:
    """The first lines of what a statement rests on; a short one is marked as matched."""
    if item.diff or not text:
        return []
    lines = text.removesuffix("\n").split("\n")[max(0, item.start_line - 1) : item.end_line]
    short = len(lines) <= MAX_QUOTED_LINES
    return [
        {
            "line": number,
            "text": line,
            "matched": [[len(line) - len(line.lstrip()), len(line.rstrip())]]
            if short and line.strip()
            else [],
        }
        for number, line in enumerate(lines[:MAX_QUOTED_LINES], item.start_line)
    ]


def _waiver(item: WaiverNote) -> Document:
    return {
        "id": item.id,
        "state": item.state,
        "owner": item.owner,
        "approver": item.approver,
        "ticket": item.ticket,
        "reason": item.reason,
        "conditions": [{"name": c.name, "holds": c.holds} for c in item.conditions],
        "created": item.created,
        "due": item.due,
        "expires": item.expires,
        "masks": item.masks,
        "effect": item.effect,
    }
