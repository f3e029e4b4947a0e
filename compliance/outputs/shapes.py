"""JSON Schema (draft 2020-12) of the documents we write: what `compliance schema NAME` prints.

All keys named here are always present. A document may hold more keys than its schema names: keys
are added freely, and dropped or changed only with a new `schema` number.
"""

from __future__ import annotations

from typing import Any, get_args

from compliance.errors import UsageError
from compliance.integrity import PARTS, STATUSES
from compliance.outputs.wording import ORDER
from compliance.report import ComponentKind, Scope

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LINE: Schema = {"type": "integer", "minimum": 1}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
VERDICT: Schema = {"enum": list(ORDER)}
VERIFICATION: Schema = {
    "enum": ["go.sum", "checksum-database", "vendored", "missing", "mismatch", "unverifiable"]
}
CONFIDENCE: Schema = {"enum": ["high", "medium", "review"]}


def schema(name: str) -> Schema:
    """The JSON Schema of a document: modules, packages, detect, why, report, ...

    Raises:
        UsageError: if there is no such document.
    """
    made = {
        "modules": _modules, "packages": _packages, "detect": _detect, "report": _report,
        "audit": _audit, "cache": _cache, "drift": _drift, "settings": _settings,
        "why": _why,
    }  # fmt: skip
    if name not in made:
        raise UsageError(f"no schema {name!r}; documents are {', '.join(made)}")
    return {"$schema": DRAFT, "title": f"compliance {name}", **made[name]()}


def _object(**keys: Schema) -> Schema:
    return {"type": "object", "required": list(keys), "properties": keys}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _maybe(of: Schema) -> Schema:
    return {"anyOf": [of, {"type": "null"}]}


def _pair(first: Schema, second: Schema) -> Schema:
    return {
        "type": "array", "prefixItems": [first, second], "minItems": 2, "items": False,
    }  # fmt: skip


def _module_keys() -> dict[str, Schema]:
    return {
        "path": TEXT,
        "version": _maybe(TEXT),
        "main": FLAG,
        "indirect": FLAG,
        "go_version": _maybe(TEXT),
        "replace": _maybe(_object(path=TEXT, version=_maybe(TEXT))),
        "retracted": _list(TEXT),
        "deprecated": _maybe(TEXT),
        "sum": _maybe(TEXT),
        "gomod_sum": _maybe(TEXT),
        "verification": VERIFICATION,
    }


def _evidence() -> Schema:
    made = _object(
        file=TEXT, sha256=TEXT, start_line=COUNT, end_line=COUNT, license=_maybe(TEXT),
        coverage=SHARE, similarity=SHARE, rule=_maybe(TEXT), note=_maybe(TEXT),
        excerpt=_list(_object(line=COUNT, text=TEXT, matched=_list(_pair(COUNT, COUNT)))),
    )  # fmt: skip
    change = {"type": "array", "prefixItems": [{"enum": [" ", "+", "-"]}, COUNT, TEXT]}
    made["properties"]["diff"] = _list({**change, "minItems": 3, "items": False})
    return made


def _hop() -> Schema:
    return _object(
        node=TEXT, edge=_maybe(TEXT), file=_maybe(TEXT), line=_maybe(LINE), license=_maybe(TEXT),
        first_party=FLAG, reached=FLAG, boundary={"enum": ["would-stop", "holds", None]},
    )  # fmt: skip


def _finding() -> Schema:
    hop = _hop()
    remedy = _object(
        kind=TEXT, title=TEXT, edits=_list(TEXT), verdict_after=VERDICT, duties_after=_list(TEXT)
    )
    waiver = _object(
        id=TEXT, state=TEXT, owner=TEXT, approver=TEXT, ticket=TEXT, reason=TEXT,
        conditions=_list(_object(name=TEXT, holds=FLAG)), created=TEXT, due=TEXT, expires=TEXT,
        masks=FLAG, effect=TEXT,
    )  # fmt: skip
    return _object(
        code={"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
        severity=VERDICT, artifact=_maybe(TEXT), component=_maybe(TEXT), license=_maybe(TEXT),
        message=TEXT, remedy=TEXT, path=_list(hop), reach=_list(TEXT),
        trigger=_maybe(_object(event=TEXT, fires=FLAG, because=TEXT)),
        remedies=_list(remedy),
        flips=_maybe(_list(_object(switch=TEXT, to=TEXT, verdict=VERDICT))),
        evidence=_list({"$ref": "#/$defs/evidence"}),
        location=_maybe(_object(file=TEXT, line=_maybe(LINE))),
        fingerprint={"type": "string", "pattern": "^[0-9a-f]{16}$"},
        new=FLAG, standing={"enum": ["new", "wider", "same", None]}, wider=_list(hop),
        waiver=_maybe(waiver),
    )  # fmt: skip


def _document(name: str, **keys: Schema) -> Schema:
    made = _object(schema={"const": f"compliance/{name}/1"}, **keys)
    return {**made, "$defs": {"evidence": _evidence(), "finding": _finding()}}


def _findings() -> Schema:
    return _list({"$ref": "#/$defs/finding"})


def _cache() -> Schema:
    part = _object(entries=COUNT, bytes=COUNT)
    return _document(
        "cache", folder=TEXT, limit=COUNT, entries=COUNT, bytes=COUNT,
        parts={"type": "object", "additionalProperties": part},
    )  # fmt: skip


def _settings() -> Schema:
    setting = _object(value=TEXT, origin=TEXT)
    return _document(
        "settings", settings={"type": "object", "additionalProperties": setting}, cache=TEXT
    )


def _audit() -> Schema:
    status: Schema = {"enum": list(STATUSES)}
    part: Schema = {"enum": list(PARTS)}
    seconds: Schema = {"type": "number", "minimum": 0}
    counts = _object(**dict.fromkeys(STATUSES, COUNT))
    mirror = _object(
        url=TEXT, requests=COUNT, failure_rate=SHARE,
        latency=_object(median=_maybe(seconds), p95=_maybe(seconds)),
        bytes=COUNT, redirects=COUNT, lagging=COUNT, validated=COUNT,
        cache_control={"type": "object", "additionalProperties": {
            "type": "object", "additionalProperties": COUNT}},
        parts=_object(**dict.fromkeys(PARTS, counts)),
    )  # fmt: skip
    answer = _object(
        mirror=COUNT, part=part, status=status, reason=_maybe(TEXT), sum=_maybe(TEXT),
        time=_maybe(TEXT), lacks=_list(TEXT), seconds=seconds, bytes=COUNT, redirects=COUNT,
        headers={"type": "object", "additionalProperties": TEXT},
    )  # fmt: skip
    module = _object(
        path=TEXT, version=TEXT, private=FLAG,
        expected={"type": "object", "additionalProperties": _object(sum=TEXT, by=TEXT)},
        time_drift=_list(TEXT), differences=_list(TEXT), answers=_list(answer),
    )  # fmt: skip
    return _document(
        "audit",
        path=TEXT,
        outcome={"enum": ["pass", "fail", "incomplete"]},
        resumed=COUNT,
        mirrors=_list(mirror),
        modules=_list(module),
        findings=_findings(),
    )


def _modules() -> Schema:
    return _document(
        "modules",
        mode={"enum": ["mod", "vendor", "workspace"]},
        modules=_list(_object(**_module_keys())),
        edges=_list(_pair(TEXT, TEXT)),
        findings=_findings(),
    )


def _packages() -> Schema:
    package = _object(
        import_path=TEXT, name=TEXT, module=_maybe(_object(path=TEXT, version=_maybe(TEXT))),
        standard=FLAG, dir=TEXT, imports=_list(TEXT), go_files=_list(TEXT), cgo_files=_list(TEXT),
        other_files=_list(TEXT), embed_files=_list(TEXT),
    )  # fmt: skip
    cell = _object(
        main=TEXT, platform=TEXT, cgo=FLAG, tags=_list(TEXT), arch_level=_maybe(TEXT),
        experiments=_list(TEXT), packages=_list(package),
    )  # fmt: skip
    return _document("packages", cells=_list(cell), findings=_findings())


def _detect() -> Schema:
    match = _object(
        license=TEXT, kind={"enum": ["text", "notice", "tag", "reference", "exception"]},
        start_line=LINE, end_line=LINE, coverage=SHARE, similarity=SHARE, confidence=CONFIDENCE,
        rule=TEXT,
    )  # fmt: skip
    file = _object(
        path=TEXT, sha256=TEXT, expression=_maybe(TEXT), matches=_list(match),
        copyrights=_list(_object(statement=TEXT, holder=TEXT, years=TEXT, line=LINE)),
    )  # fmt: skip
    return _document("detect", files=_list(file), findings=_findings())


def _why() -> Schema:
    reason = _object(artifact=TEXT, path=_list(_hop()), findings=_findings())
    return _document(
        "why", target=TEXT, matched=_list(TEXT), artifacts=_list(reason),
        scope={"enum": list(get_args(Scope))}, aside=_list(_hop()), findings=_findings(),
        under=_list(TEXT),
    )  # fmt: skip


def _component() -> Schema:
    license_ = _object(
        declared=_maybe(TEXT), detected=_list(TEXT), concluded=TEXT, confidence=CONFIDENCE,
        category=TEXT, evidence=_list({"$ref": "#/$defs/evidence"}),
    )  # fmt: skip
    return _object(
        kind={"enum": list(get_args(ComponentKind))}, purl=TEXT, **_module_keys(),
        verification_because=TEXT, place=TEXT, modified=FLAG, license=license_,
        package_licenses=_list(_object(import_path=TEXT, license=_maybe(TEXT))),
        copyrights=_list(TEXT), scope={"enum": ["linked", "test", "tool", "unused"]},
        artifacts=_list(TEXT),
    )  # fmt: skip


def _artifact() -> Schema:
    made = _object(
        name=TEXT, main=TEXT, platforms=_list(TEXT), profile=TEXT, outbound=TEXT, verdict=VERDICT,
        umbrella=_maybe(TEXT), because=TEXT, do=TEXT,
        plan=_maybe(_object(edits=_list(TEXT), verdict_after=VERDICT)),
        packages=COUNT, modules=_list(TEXT),
        elections=_list(_object(component=TEXT, expression=TEXT, elected=TEXT, by=TEXT)),
        duties=_list(
            _object(component=TEXT, license=TEXT, duty=TEXT, satisfied_by=_maybe(TEXT))
        ),
    )  # fmt: skip
    made["properties"]["unread"] = FLAG  # reports of earlier versions do not say it
    return made


def _drift() -> Schema:
    kinds = ["waiver", "license", "retracted", "deprecated", "policy", "data", "verdict", "finding"]
    return _document(
        "drift",
        subject=_object(name=TEXT, commit=_maybe(TEXT), commit_before=_maybe(TEXT)),
        days=_pair(TEXT, TEXT),
        same_code=FLAG,
        drift=_list(
            _object(
                kind={"enum": kinds}, what=TEXT, severity=_maybe(VERDICT), fails=FLAG,
                component=_maybe(TEXT), artifact=_maybe(TEXT),
            )
        ),
        gate=_object(
            outcome={"enum": ["pass", "fail", "incomplete"]}, fail_on=TEXT, missing=_list(TEXT)
        ),
    )  # fmt: skip


def _report() -> Schema:
    subject = _object(
        name=TEXT, path=TEXT, module=TEXT, commit=_maybe(TEXT), dirty=_maybe(FLAG),
        base=_maybe(TEXT),
        publisher=_maybe(_object(name=TEXT, email=_maybe(TEXT), url=_maybe(TEXT))),
    )  # fmt: skip
    policy = _object(
        preset=TEXT, files=_list(_object(path=TEXT, sha256=TEXT)),
        switches=_list(_object(name=TEXT, value=TEXT, default=TEXT)),
    )  # fmt: skip
    policy["properties"]["assumed_profile"] = _maybe(TEXT)  # reports of before have it not
    counts = {
        "type": "object", "properties": dict.fromkeys(ORDER, COUNT),
        "additionalProperties": False,
    }  # fmt: skip
    gate = _object(
        outcome={"enum": ["pass", "fail", "incomplete"]}, fail_on=TEXT, counts=counts,
        missing=_list(TEXT),
    )  # fmt: skip
    limit = _object(what=TEXT, effect=TEXT, code=_maybe(TEXT), count=COUNT)
    mode: Schema = {"enum": ["mod", "vendor", "workspace"]}
    made = _document(
        "report",
        created={"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"},
        subject=subject,
        tool=_object(name=TEXT, version=TEXT, data_lock=TEXT, command=TEXT),
        policy=policy,
        go=_object(mode=mode, version=TEXT, toolchain=TEXT, platforms=_list(TEXT)),
        gate=gate,
        artifacts=_list(_artifact()),
        findings=_findings(),
        change=_maybe(_change()),
        binary=_maybe(
            _object(
                file=TEXT,
                main=TEXT,
                platform=TEXT,
                go_version=TEXT,
                modules=COUNT,
                differences=_list(_object(kind=TEXT, path=TEXT, source=TEXT, binary=TEXT)),
            )
        ),
        limits=_list(limit),
        modules=_list(_component()),
        declared=_list(_used()),
    )
    made["properties"]["inside"] = _list(_used())  # reports of earlier versions have none
    return made


def _change() -> Schema:
    fixed = _object(
        code=TEXT, severity=VERDICT, artifact=_maybe(TEXT),
        component=_maybe(TEXT), license=_maybe(TEXT), message=TEXT, fingerprint=TEXT,
    )  # fmt: skip
    moved = _object(
        path=TEXT, before=_maybe(TEXT), after=_maybe(TEXT), license_before=_maybe(TEXT),
        license_after=_maybe(TEXT),
    )  # fmt: skip
    owed = _object(component=TEXT, license=TEXT, duty=TEXT)
    changed = _object(
        name=TEXT, name_before=_maybe(TEXT), before=_maybe(VERDICT), after=_maybe(VERDICT),
        modules_added=_list(TEXT), modules_removed=_list(TEXT), duties_gained=_list(owed),
        duties_lost=_list(owed),
    )  # fmt: skip
    change = _object(
        fixed=_list(fixed), modules=_list(moved), artifacts=_list(changed),
        counts=_object(new=COUNT, wider=COUNT, same=COUNT, fixed=COUNT),
    )  # fmt: skip
    inside = _object(
        path=TEXT, kind=TEXT, license=_maybe(TEXT), uses=_list(_use()),
        standing={"enum": ["added", "removed", "altered"]},
    )  # fmt: skip
    change["properties"]["inside"] = _list(inside)  # reports of earlier versions have none
    return change


def _used() -> Schema:
    """A component that is no Go module; earlier versions did not say what brings it in."""
    made = _component()
    made["properties"] |= {"sha256": _maybe(TEXT), "uses": _list(_use())}
    return made


def _use() -> Schema:
    return _object(
        source=TEXT, edge=TEXT, file=_maybe(TEXT), line=_maybe(LINE), cells=_list(TEXT),
        artifacts=_list(TEXT),
    )  # fmt: skip
