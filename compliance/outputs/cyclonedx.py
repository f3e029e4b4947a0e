"""CycloneDX 1.6 and 1.7 as JSON (ECMA-424, https://cyclonedx.org/docs/1.6/json/).

1.6 has room for one expression a component: the concluded one, with the declared one as a property.
1.7 takes both, and texts for the LicenseRefs in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from compliance.outputs.sbom import bill_of_materials, without_collector
from compliance.outputs.sbommodel import (
    NO_ASSERTION,
    NONE,
    Agent,
    Element,
    LicenseText,
    Sbom,
    Scope,
)
from compliance.outputs.sbomtext import locator
from compliance.outputs.spdx import json_document
from compliance.outputs.spdxlicense import join_and
from compliance.report import ScanReport

Value = dict[str, Any]
Version = Literal["1.6", "1.7"]

_LEADS_TO = frozenset({"DEPENDS_ON", "CONTAINS"})
_ASIDE = frozenset({"TEST_DEPENDENCY_OF", "DEV_TOOL_OF", "BUILD_TOOL_OF", "OPTIONAL_DEPENDENCY_OF"})
_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_MAX_VERSION = 1024  # maxLength of the schema
_PHASES = {"build": "build", "source": "pre-build"}


@without_collector
def cyclonedx_json(
    report: ScanReport,
    version: Version = "1.6",
    *,
    artifact: str | None = None,
    scope: Scope = "build",
) -> bytes:
    """CycloneDX as JSON: UTF-8, indented by one space, sorted, with a final line feed."""
    sbom = bill_of_materials(report, artifact=artifact, scope=scope)
    return json_document(document(sbom, version))


def document(sbom: Sbom, version: Version = "1.6") -> Value:
    """The document as JSON values (schema bom-1.6 or bom-1.7)."""
    elements = sbom.by_key()
    texts = {t.id: t for t in sbom.license_texts}
    aside = {r.source for r in sbom.relations if r.kind in _ASIDE}
    single = sbom.roots[0] if len(sbom.roots) == 1 else None
    write = _Writer(version, texts)
    subject = write.component(elements[single], required=None) if single else _subject(sbom)
    made: Value = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": f"urn:uuid:{sbom.uuid}",
        "version": 1,
        "metadata": _metadata(sbom, subject),
        "components": [
            write.component(e, required=e.key not in aside)
            for e in sbom.elements
            if e.key != single
        ],
        **_graph(sbom, None if single else str(subject["bom-ref"])),
    }
    if sbom.reviews:
        made["annotations"] = [
            {
                "subjects": [review.subject],
                "annotator": {"individual": {"name": review.reviewer}},
                "timestamp": review.date,
                "text": review.text,
            }
            for review in sbom.reviews
        ]
    return made


def _metadata(sbom: Sbom, subject: Value) -> Value:
    tool = {
        "type": "application",
        "name": "compliance",
        "version": sbom.tool_version[:_MAX_VERSION],
    }
    author = _entity(sbom.author)
    said = [("completeness", "complete" if sbom.complete else "incomplete")]
    return {
        "timestamp": sbom.created,
        "lifecycles": [{"phase": _PHASES[sbom.scope]}],
        "tools": {"components": [tool]},
        "authors": [
            {"name": sbom.author.name} | ({"email": sbom.author.email} if sbom.author.email else {})
        ],
        "manufacturer": author,
        "supplier": author,
        "component": subject,
        "licenses": [{"license": {"id": "CC0-1.0"}}],
        "properties": _properties((*said, *(("note", n) for n in sbom.notes))),
    }


def _subject(sbom: Sbom) -> Value:
    """The repository itself, where it holds several main modules or none."""
    elements = sbom.by_key()
    texts = {elements[key].concluded for key in sbom.roots}
    known = texts and not texts & {NO_ASSERTION, NONE}
    name = sbom.name.rpartition("/")[2] or "unnamed"
    return {
        "type": "application",
        "bom-ref": f"subject-{sbom.uuid}",
        "name": sbom.name,
        "version": sbom.version[:_MAX_VERSION],
        "supplier": _entity(sbom.author),
        "purl": locator(f"pkg:generic/{name}@{sbom.version}"),
    } | (
        {"licenses": [{"expression": join_and(frozenset(texts)), "acknowledgement": "concluded"}]}
        if known
        else {}
    )


def _graph(sbom: Sbom, subject: str | None) -> Value:
    """Dependencies of every component, and for which of them they are known to be complete."""
    leads: dict[str, set[str]] = {}
    unknown: set[str] = set()
    for r in sbom.relations:
        if r.target == NO_ASSERTION:
            unknown.add(r.source)
        elif r.kind in _LEADS_TO:
            leads.setdefault(r.source, set()).update(() if r.target == NONE else (r.target,))
    if subject:
        leads[subject] = set(sbom.roots)
    aggregate = "complete" if sbom.complete else "incomplete"
    compositions: list[Value] = [
        {"aggregate": aggregate},
        {"aggregate": aggregate, "dependencies": sorted(leads)},
    ]
    if unknown:
        compositions.append({"aggregate": "unknown", "dependencies": sorted(unknown)})
    return {
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(leads[ref])} if leads[ref] else {"ref": ref}
            for ref in sorted(leads)
        ],
        "compositions": [c for c in compositions if c.get("dependencies", True)],
    }


class _Writer:
    """Writes components in one version of the format."""

    def __init__(self, version: Version, texts: Mapping[str, LicenseText]) -> None:
        self._mixed = version != "1.6"
        self._texts = texts

    def component(self, e: Element, *, required: bool | None) -> Value:
        made: Value = {
            "type": e.purpose.lower(),
            "bom-ref": e.key,
            "name": e.name,
            "version": "" if e.version == NO_ASSERTION else e.version[:_MAX_VERSION],
        }
        optional = (
            ("scope", None if required is None else "required" if required else "excluded"),
            ("supplier", e.supplier and _entity(e.supplier)),
            ("manufacturer", e.originator and _entity(e.originator)),
            ("description", " ".join(e.notes)),
            ("hashes", _hashes(e)),
            ("licenses", self._licenses(e)),
            ("copyright", None if e.copyright == NO_ASSERTION else e.copyright),
            ("cpe", e.cpe),
            ("purl", e.purl),
            ("swhid", [e.swhid] if e.swhid else None),
            ("pedigree", _pedigree(e)),
            ("externalReferences", _references(e)),
            ("properties", _component_properties(e, both=self._mixed)),
            ("evidence", self._evidence(e)),
        )
        made.update((k, v) for k, v in optional if v)
        return made

    def _licenses(self, e: Element) -> list[Value]:
        said = (("declared", e.declared), ("concluded", e.concluded))
        known = [(how, text) for how, text in said if text not in (NO_ASSERTION, NONE)]
        if self._mixed or all(_single(text) for _, text in known):
            return [self._license(text, how) for how, text in known]
        return [self._license(text, how) for how, text in known[-1:]]

    def _license(self, text: str, how: str) -> Value:
        if not _single(text):
            made: Value = {"expression": text, "acknowledgement": how}
            refs = sorted(set(_REF.findall(text)) & set(self._texts))
            if self._mixed and refs:
                made["expressionDetails"] = [
                    {"licenseIdentifier": ref, "text": {"content": self._texts[ref].text}}
                    for ref in refs
                ]
            return made
        if text.startswith("LicenseRef-"):
            given = self._texts.get(text)
            body = {"text": {"content": given.text}} if given else {}
            return {"license": {"name": text, "acknowledgement": how, **body}}
        return {"license": {"id": text, "acknowledgement": how}}

    def _evidence(self, e: Element) -> Value | None:
        """1.6 has no room for a LicenseRef's text beside an expression but here."""
        if self._mixed or _single(e.concluded):
            return None
        refs = sorted(set(_REF.findall(e.concluded)) & set(self._texts))
        named = [
            {"license": {"name": ref, "text": {"content": self._texts[ref].text}}} for ref in refs
        ]
        return {"licenses": named} if named else None


def _single(text: str) -> bool:
    return " " not in text


def _hashes(e: Element) -> list[Value]:
    given = (("SHA-256", e.sha256), ("SHA-512", e.sha512))
    return [{"alg": alg, "content": value} for alg, value in given if value]


def _entity(agent: Agent) -> Value:
    made: Value = {"name": agent.name}
    if agent.url:
        made["url"] = [agent.url]
    if agent.email:
        made["contact"] = [{"name": agent.name, "email": agent.email}]
    return made


def _pedigree(e: Element) -> Value | None:
    """What it was made from: the module that it replaces, or the published one it differs from."""
    if e.replaced:
        ancestor = {
            "type": "library",
            "name": e.replaced.name,
            "version": e.replaced.version[:_MAX_VERSION],
            "purl": e.replaced.purl,
        }
        return {"ancestors": [ancestor], "notes": e.replaced.because}
    if e.modified:
        version = e.version[:_MAX_VERSION]
        published = {"type": "library", "name": e.name, "version": version}
        return {
            "ancestors": [published | ({"purl": e.purl} if e.purl else {})],
            "notes": "The files differ from those that were published under this version.",
        }
    return None


def _references(e: Element) -> list[Value]:
    made: list[Value] = []
    if e.download and not e.download.startswith("git+"):
        kinds = (
            ("distribution",) if e.kind == "artifact" else ("distribution", "source-distribution")
        )
        hashes = {"hashes": found} if (found := _hashes(e)) else {}
        made += [{"type": kind, "url": e.download, **hashes} for kind in kinds]
    if e.repository:
        made.append({"type": "vcs", "url": e.repository})
    if e.homepage:
        made.append({"type": "website", "url": e.homepage})
    return made


def _component_properties(e: Element, *, both: bool) -> list[Value]:
    said: list[tuple[str, str]] = []
    if e.module_sum:
        said.append(("go:sum:h1", e.module_sum))
    if not both and not (_single(e.declared) and _single(e.concluded)):
        said.append(("license:declared", e.declared))
    if e.concluded in (NO_ASSERTION, NONE):
        said.append(("license:concluded", e.concluded))
    if e.license_notes:
        said.append(("license:comment", e.license_notes))
    if e.source:
        said.append(("source", e.source))
    if e.released:
        said.append(("released", e.released))
    made = _properties(said)
    if e.file_name:
        executable = e.kind == "artifact"
        made += [
            {"name": "bsi:component:filename", "value": e.file_name},
            {
                "name": "bsi:component:executable",
                "value": "executable" if executable else "non-executable",
            },
            {"name": "bsi:component:archive", "value": "no archive" if executable else "archive"},
            {"name": "bsi:component:structured", "value": "structured"},
        ]
    return made


def _properties(said: Iterable[tuple[str, str]]) -> list[Value]:
    return [{"name": f"compliance:{name}", "value": value} for name, value in said]
