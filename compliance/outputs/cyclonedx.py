"""CycloneDX 1.6 and 1.7 as JSON (ECMA-424, https://cyclonedx.org/docs/1.6/json/).

1.6 has room for one expression a component: the concluded one, with the declared one as a property.
1.7 takes both, and texts for the LicenseRefs in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal

from msgspec import Struct, field

from compliance import patterns as re
from compliance.outputs.sbom import bill_of_materials, without_collector
from compliance.outputs.sbommodel import (
    DOCUMENT,
    NO_ASSERTION,
    NONE,
    Agent,
    BillType,
    Element,
    LicenseText,
    Occurrence,
    RelationKind,
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
LINK_PROPERTIES: Mapping[RelationKind, str] = {
    "CONTAINS": "contained-in", "STATIC_LINK": "linked-statically-into",
    "DYNAMIC_LINK": "loaded-by",
}  # fmt: skip
"""How a component that is no Go module gets into another: the format knows dependencies alone, so
that a property of it names the other one."""
_MAX_VERSION = 1024  # maxLength of the schema
PHASES: Mapping[BillType, str] = {
    "design": "design", "source": "pre-build", "build": "build", "analyzed": "post-build",
    "deployed": "operations", "runtime": "operations",
}  # fmt: skip
"""The lifecycle phase of each type of bill (CycloneDX, Authoritative Guide to SBOM)."""


# The parts that a document has thousands of: fields in the order of their names in JSON, those that
# hold nothing left out.


class Hash(Struct, gc=False):
    """A digest."""

    alg: str
    content: str


class Property(Struct, gc=False):
    """A name and a value that the format has no field for."""

    name: str
    value: str


class Reference(Struct, omit_defaults=True, gc=False, kw_only=True):
    """A place with more about a component."""

    hashes: tuple[Hash, ...] = ()
    type: str
    url: str


class Dependency(Struct, omit_defaults=True, gc=False, kw_only=True):
    """What a component depends on directly."""

    depends_on: tuple[str, ...] = field(name="dependsOn", default=())
    ref: str


class Component(Struct, omit_defaults=True, gc=False):
    """A component."""

    bom_ref: str | None = field(name="bom-ref", default=None)
    copyright: str | None = None
    cpe: str | None = None
    description: str = ""
    evidence: Value | None = None
    external_references: tuple[Reference, ...] = field(name="externalReferences", default=())
    hashes: tuple[Hash, ...] = ()
    licenses: tuple[Value, ...] = ()
    manufacturer: Value | None = None
    name: str | None = None
    pedigree: Value | None = None
    properties: tuple[Property, ...] = ()
    purl: str | None = None
    scope: str | None = None
    supplier: Value | None = None
    swhid: tuple[str, ...] = ()
    type: str | None = None
    version: str | None = None


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
    """The document (schema bom-1.6 or bom-1.7) with keys in order.

    JSON values, and structs that become objects.
    """
    elements = sbom.by_key()
    texts = {t.id: t for t in sbom.license_texts}
    aside = {r.source for r in sbom.relations if r.kind in _ASIDE}
    single = sbom.roots[0] if len(sbom.roots) == 1 else None
    write = _Writer(version, texts, _links(sbom, elements))
    subject = write.component(elements[single], required=None) if single else _subject(sbom)
    made: Value = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "annotations": [
            {
                "annotator": {"individual": {"name": review.reviewer}},
                "subjects": [review.subject],
                "text": review.text,
                "timestamp": review.date,
            }
            for review in sbom.reviews
        ],
        "bomFormat": "CycloneDX",
        "components": [
            write.component(e, required=e.key not in aside)
            for e in sbom.elements
            if e.key != single
        ],
        **_graph(sbom, None if single else subject.bom_ref),
        "metadata": _metadata(sbom, subject),
        "serialNumber": f"urn:uuid:{sbom.uuid}",
        "specVersion": version,
        "version": 1,
    }
    if not sbom.reviews:
        del made["annotations"]
    return dict(sorted(made.items()))


def _links(sbom: Sbom, elements: Mapping[str, Element]) -> Mapping[str, list[tuple[str, str]]]:
    """Properties for links, by the component that is linked, held or loaded."""
    aside = {k for k, e in elements.items() if e.purpose == "FILE" or not _is_module(e)}
    made: dict[str, list[tuple[str, str]]] = {}
    for source, kind, targets in sbom.relations:
        name = LINK_PROPERTIES.get(kind)
        if name is not None and source != DOCUMENT:
            for target in aside.intersection(targets):
                made.setdefault(target, []).append((name, source))
    return made


def _is_module(e: Element) -> bool:
    """Whether it is Go code, which is linked statically in any case."""
    return e.kind == "artifact" or (e.purl or "").startswith("pkg:golang/")


def _metadata(sbom: Sbom, subject: Component) -> Value:
    tool = {
        "name": "compliance",
        "type": "application",
        "version": sbom.tool_version[:_MAX_VERSION],
    }
    author = _entity(sbom.author)
    said = [("completeness", sbom.completeness)]
    mail = {"email": sbom.author.email} if sbom.author.email else {}
    return {
        "authors": [mail | {"name": sbom.author.name}],
        "component": subject,
        "licenses": [{"license": {"id": "CC0-1.0"}}],
        **({"lifecycles": [{"phase": PHASES[sbom.scope]}]} if sbom.scope else {}),
        "manufacturer": author,
        "properties": _properties((*said, *(("note", n) for n in sbom.notes))),
        "supplier": author,
        "timestamp": sbom.created,
        "tools": {"components": [tool]},
    }


def _subject(sbom: Sbom) -> Component:
    """The repository itself, where it holds several main modules or none."""
    elements = sbom.by_key()
    texts = {elements[key].concluded for key in sbom.roots}
    known = texts and not texts & {NO_ASSERTION, NONE}
    name = sbom.name.rpartition("/")[2] or "unnamed"
    return Component(
        bom_ref=f"subject-{sbom.uuid}",
        licenses=({"acknowledgement": "concluded", "expression": join_and(frozenset(texts))},)
        if known
        else (),
        name=sbom.name,
        purl=locator(f"pkg:generic/{name}@{sbom.version}"),
        supplier=_entity(sbom.author),
        type="application",
        version=sbom.version[:_MAX_VERSION],
    )


def _graph(sbom: Sbom, subject: str | None) -> Value:
    """Dependencies of every component, and for which of them they are known to be complete."""
    leads: dict[str, set[str]] = {}
    unknown: set[str] = set()
    for source, kind, targets in sbom.relations:
        if NO_ASSERTION in targets:
            unknown.add(source)
            targets = tuple(t for t in targets if t != NO_ASSERTION)
        if kind in _LEADS_TO and targets:
            leads.setdefault(source, set()).update(t for t in targets if t != NONE)
    if subject:
        leads[subject] = set(sbom.roots)
    aggregate = sbom.completeness
    compositions: list[Value] = [
        {"aggregate": aggregate},
        {"aggregate": aggregate, "dependencies": sorted(leads)},
    ]
    if unknown:
        compositions.append({"aggregate": "unknown", "dependencies": sorted(unknown)})
    return {
        "compositions": [c for c in compositions if c.get("dependencies", True)],
        "dependencies": [
            Dependency(depends_on=tuple(sorted(leads[ref])), ref=ref) for ref in sorted(leads)
        ],
    }


class _Writer:
    """Writes components in one version of the format."""

    def __init__(
        self,
        version: Version,
        texts: Mapping[str, LicenseText],
        links: Mapping[str, list[tuple[str, str]]],
    ) -> None:
        self._links = links
        self._mixed = version != "1.6"
        self._texts = texts
        # The same few answers for thousands of components.
        self._licenses = cache(self._choices)
        self._entity = cache(_entity)

    def component(self, e: Element, *, required: bool | None) -> Component:
        hashes = _hashes(e)
        # In the order of the fields: a call with so many names costs a dictionary.
        return Component(
            e.key,
            None if e.copyright == NO_ASSERTION else e.copyright or None,
            e.cpe or None,
            " ".join(e.notes),
            self._evidence(e),
            _references(e, hashes),
            hashes,
            self._licenses((e.declared, e.concluded)),
            self._entity(e.originator) if e.originator else None,
            e.name,
            _pedigree(e),
            _component_properties(e, self._links.get(e.key, ()), both=self._mixed),
            e.purl or None,
            None if required is None else "required" if required else "excluded",
            self._entity(e.supplier) if e.supplier else None,
            (e.swhid,) if e.swhid else (),
            e.purpose.lower(),
            None if e.version == NO_ASSERTION else e.version[:_MAX_VERSION],
        )

    def _choices(self, given: tuple[str, str]) -> tuple[Value, ...]:
        """Declared and concluded expression as the licenses of a component."""
        said = zip(("declared", "concluded"), given, strict=True)
        known = [(how, text) for how, text in said if text not in (NO_ASSERTION, NONE)]
        if not self._mixed and not all(_single(text) for _, text in known):
            known = known[-1:]
        return tuple(self._license(text, how) for how, text in known)

    def _license(self, text: str, how: str) -> Value:
        if not _single(text):
            refs = sorted(set(_REF.findall(text)) & set(self._texts))
            made: Value = {"acknowledgement": how, "expression": text}
            if self._mixed and refs:
                made["expressionDetails"] = [
                    {"licenseIdentifier": ref, "text": {"content": self._texts[ref].text}}
                    for ref in refs
                ]
            return made
        if text.startswith("LicenseRef-"):
            given = self._texts.get(text)
            body = {"text": {"content": given.text}} if given else {}
            return {"license": {"acknowledgement": how, "name": text, **body}}
        return {"license": {"acknowledgement": how, "id": text}}

    def _evidence(self, e: Element) -> Value | None:
        """1.6 has no room for a LicenseRef's text beside an expression but here."""
        made: Value = {}
        if e.occurrences:
            made["occurrences"] = [_occurrence(o) for o in e.occurrences]
        if self._mixed or _single(e.concluded):
            return made or None
        refs = sorted(set(_REF.findall(e.concluded)) & set(self._texts))
        named = [
            {"license": {"name": ref, "text": {"content": self._texts[ref].text}}} for ref in refs
        ]
        return {"licenses": named, **made} if named else made or None


def _occurrence(given: Occurrence) -> Value:
    made: Value = {"additionalContext": given.user} if given.user else {}
    made["location"] = given.place
    if given.line:
        made["line"] = given.line
    return dict(sorted(made.items()))


def _single(text: str) -> bool:
    return " " not in text


def _hashes(e: Element) -> tuple[Hash, ...]:
    given = (("SHA-256", e.sha256), ("SHA-512", e.sha512))
    return tuple(Hash(alg, value) for alg, value in given if value)


def _entity(agent: Agent) -> Value:
    made: Value = {"name": agent.name}
    if agent.url:
        made["url"] = [agent.url]
    if agent.email:
        made = {"contact": [{"email": agent.email, "name": agent.name}], **made}
    return made


def _pedigree(e: Element) -> Value | None:
    """What it was made from: the module that it replaces, or the published one it differs from."""
    if e.replaced:
        ancestor = {
            "name": e.replaced.name,
            "purl": e.replaced.purl,
            "type": "library",
            "version": e.replaced.version[:_MAX_VERSION],
        }
        return {"ancestors": [ancestor], "notes": e.replaced.because}
    if e.modified:
        url = {"purl": e.purl} if e.purl else {}
        version = e.version[:_MAX_VERSION]
        return {
            "ancestors": [{"name": e.name, **url, "type": "library", "version": version}],
            "notes": "The files differ from those that were published under this version.",
        }
    return None


def _references(e: Element, hashes: tuple[Hash, ...]) -> tuple[Reference, ...]:
    made = []
    if e.download and not e.download.startswith("git+"):
        kinds = (
            ("distribution",) if e.kind == "artifact" else ("distribution", "source-distribution")
        )
        made += [Reference(hashes=hashes, type=kind, url=e.download) for kind in kinds]
    if e.repository:
        made.append(Reference(type="vcs", url=e.repository))
    if e.homepage:
        made.append(Reference(type="website", url=e.homepage))
    return tuple(made)


def _component_properties(
    e: Element, links: Iterable[tuple[str, str]], *, both: bool
) -> tuple[Property, ...]:
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
    said += links
    made = _properties(said)
    if e.file_name:
        name = Property("bsi:component:filename", e.file_name)
        made = (*made, name, *(_EXECUTABLE if e.kind in ("artifact", "embedded") else _ARCHIVE))
    return made


def _bsi(executable: str, archive: str) -> tuple[Property, ...]:
    return (
        Property("bsi:component:executable", executable),
        Property("bsi:component:archive", archive),
        Property("bsi:component:structured", "structured"),
    )


_EXECUTABLE = _bsi("executable", "no archive")
_ARCHIVE = _bsi("non-executable", "archive")


def _properties(said: Iterable[tuple[str, str]]) -> tuple[Property, ...]:
    return tuple(Property(f"compliance:{name}", value) for name, value in said)
