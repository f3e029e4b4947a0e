"""SPDX 3.0.1 as JSON-LD (https://spdx.github.io/spdx-spec/v3.0.1/).

Profiles core, software and simpleLicensing, with the file properties of BSI TR-03183-2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from compliance import patterns as re
from compliance.outputs.sbom import bill_of_materials, without_collector
from compliance.outputs.sbomgraph import deployed_in
from compliance.outputs.sbommodel import (
    DOCUMENT,
    NO_ASSERTION,
    NONE,
    Agent,
    Element,
    LicenseText,
    RelationKind,
    Relations,
    Sbom,
    Scope,
)
from compliance.outputs.spdx import PIECE, Pieces, comment, json_document
from compliance.outputs.spdxlicense import LICENSE_LIST_VERSION
from compliance.report import ScanReport

Value = dict[str, Any]

_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_CORE = "https://spdx.org/rdf/3.0.1/terms/Core/"
_LICENSING = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/"
_INFO = "_:creationinfo"
_BSI = "software_additionalPurpose field is used to indicate the properties of BSI TR-03183-2"
_INDIVIDUALS = {NONE: _CORE + "NoneElement", NO_ASSERTION: _CORE + "NoAssertionElement"}
_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")

# SPDX 2.3 kind to (3.0.1 type, turned round, scope); 3.0.1 names the dependency after its user.
_KINDS: Mapping[RelationKind, tuple[str, bool, str | None]] = {
    "CONTAINS": ("contains", False, None),
    "DEPENDS_ON": ("dependsOn", False, None),
    "STATIC_LINK": ("hasStaticLink", False, None),
    "DYNAMIC_LINK": ("hasDynamicLink", False, None),
    "GENERATED_FROM": ("generates", True, None),
    "TEST_DEPENDENCY_OF": ("dependsOn", True, "test"),
    "DEV_TOOL_OF": ("usesTool", True, "development"),
    "BUILD_TOOL_OF": ("usesTool", True, "build"),
    "OPTIONAL_DEPENDENCY_OF": ("hasOptionalDependency", True, None),
}


def json_name(name: str) -> str:
    """`software_home_page` is `software_homePage`: a prefix for the profile, then camel case."""
    prefix, mark, rest = name.rpartition("software_")
    first, *more = rest.split("_")
    return prefix + mark + first + "".join(word.capitalize() for word in more)


# The parts that a document has thousands of: fields in the order of their names in JSON, those that
# hold nothing left out.


class Hash(Struct, rename=json_name, gc=False):
    """A digest (Core/Hash)."""

    algorithm: str
    hash_value: str
    type: str = "Hash"


class ExternalIdentifier(Struct, rename=json_name, gc=False, kw_only=True):
    """Another name of an element (Core/ExternalIdentifier)."""

    comment: str | UnsetType = UNSET
    external_identifier_type: str
    identifier: str
    type: str = "ExternalIdentifier"


class ContentIdentifier(Struct, rename=json_name, gc=False):
    """A digest of a tree or commit that is no digest of a file (Software/ContentIdentifier)."""

    software_content_identifier_type: str
    software_content_identifier_value: str
    type: str = "software_ContentIdentifier"


class ExternalRef(Struct, rename=json_name, gc=False):
    """A place with more about an element (Core/ExternalRef)."""

    external_ref_type: str
    locator: tuple[str]
    type: str = "ExternalRef"


class Relationship(Struct, rename=json_name, gc=False):
    """Core/Relationship, and Core/LifecycleScopedRelationship where it has a scope."""

    completeness: str
    creation_info: str
    source: str = field(name="from")
    relationship_type: str
    scope: str | UnsetType
    spdx_id: str
    to: list[str]
    type: str


class Package(Struct, rename=json_name, omit_defaults=True, gc=False):
    """Software/Package."""

    comment: str = ""
    creation_info: str | None = None
    external_identifier: tuple[ExternalIdentifier, ...] = ()
    external_ref: tuple[ExternalRef, ...] = ()
    name: str | None = None
    originated_by: tuple[str, ...] = ()
    release_time: str | None = None
    software_attribution_text: tuple[str, ...] = ()
    software_content_identifier: tuple[ContentIdentifier, ...] = ()
    software_copyright_text: str = ""
    software_download_location: str | None = None
    software_home_page: str | None = None
    software_package_url: str | None = None
    software_package_version: str = ""
    software_primary_purpose: str | None = None
    software_source_info: str = ""
    spdx_id: str | None = None
    supplied_by: str | None = None
    type: str | None = None
    verified_using: tuple[Hash, ...] = ()


class File(Struct, rename=json_name, omit_defaults=True, gc=False):
    """Software/File."""

    comment: str = ""
    creation_info: str | None = None
    external_ref: tuple[ExternalRef, ...] = ()
    name: str | None = None
    software_additional_purpose: tuple[str, ...] = ()
    software_primary_purpose: str | None = None
    spdx_id: str | None = None
    type: str | None = None
    verified_using: tuple[Hash, ...] = ()


@without_collector
def spdx3_json(report: ScanReport, *, artifact: str | None = None, scope: Scope = "build") -> bytes:
    """SPDX 3.0.1 JSON-LD: UTF-8, indented by one space, sorted, with a final line feed."""
    return document_bytes(bill_of_materials(report, artifact=artifact, scope=scope))


def document_bytes(sbom: Sbom) -> bytes:
    """The document as JSON; its elements are made while it is written."""
    return json_document({"@context": _CONTEXT, "@graph": Pieces(_Writer(sbom).pieces())})


def document(sbom: Sbom) -> Value:
    """The document (schema spdx-json-schema 3.0.1) with keys in order.

    JSON values, and structs that become objects.
    """
    graph = [each for piece in _Writer(sbom).pieces() for each in piece]
    return {"@context": _CONTEXT, "@graph": graph}


class _Writer:
    """Writes the elements of one document; every id starts with its namespace."""

    def __init__(self, sbom: Sbom) -> None:
        self._sbom = sbom
        self._base = sbom.namespace + "#"
        self._graph: list[Value | Struct] = []
        self._ids: list[str] = []
        self._agents: dict[Agent, str] = {}
        self._expressions: dict[str, str] = {}
        self._texts = {t.id: t for t in sbom.license_texts}
        self._count = 0
        self._complete = "noAssertion" if sbom.complete is None else sbom.completeness

    def pieces(self) -> Iterator[list[Value | Struct]]:
        """The elements of the graph, some hundred at a time: each piece is forgotten after it."""
        sbom, graph = self._sbom, self._graph
        author = self._agent(sbom.author)
        tool = self._add("Tool", "tool-compliance", name=f"compliance-{sbom.tool_version}")
        info = {
            "@id": _INFO, "created": sbom.created, "createdBy": [author], "createdUsing": [tool],
            "specVersion": "3.0.1", "type": "CreationInfo",
        }  # fmt: skip
        graph.insert(0, info)
        for text in sbom.license_texts:
            self._license_text(text)
        software: list[str] = []
        for e in sbom.elements:
            software += self._software(e)
            if len(graph) >= PIECE:
                yield graph
                graph.clear()
        for part, artifacts in deployed_in(sbom).items():
            files = [f"{self._base}file-{key}" for key in artifacts]
            self._relate(self._base + part, "hasDistributionArtifact", files, "complete")
        for _ in self._relations(sbom.relations):
            if len(graph) >= PIECE:
                yield graph
                graph.clear()
        for number, review in enumerate(sbom.reviews, 1):
            self._add(
                "Annotation", f"review-{number}", annotationType="review", statement=review.text,
                subject=self._base + review.subject,
                comment=f"By {review.reviewer}, {review.date}.",
            )  # fmt: skip
        license_ = self._expression("CC0-1.0")
        roots = [self._base + key for key in sbom.roots]
        bill = self._add(
            "software_Sbom", "sbom", name=sbom.title, comment=comment(sbom),
            element=software, rootElement=roots,
            software_sbomType=[sbom.scope] if sbom.scope else None,
            profileConformance=["core", "software", "simpleLicensing"],
        )  # fmt: skip
        self._relate(bill, "describes", roots, self._complete)
        every = self._ids.copy()
        self._add(
            "SpdxDocument", "document", name=sbom.title, dataLicense=license_, element=every,
            rootElement=[bill], profileConformance=["core", "software", "simpleLicensing"],
        )  # fmt: skip
        yield graph

    def _add(self, kind: str, key: str, **fields: object) -> str:
        """Append one element; fields that are None or empty are left out."""
        spdx_id = self._base + key
        made: Value = {k: v for k, v in fields.items() if v}
        made["type"], made["spdxId"], made["creationInfo"] = kind, spdx_id, _INFO
        self._graph.append(dict(sorted(made.items())))
        self._ids.append(spdx_id)
        return spdx_id

    def _agent(self, agent: Agent) -> str:
        if agent not in self._agents:
            given = (("email", agent.email), ("urlScheme", agent.url))
            content = "\0".join((agent.name, agent.email or "", agent.url or ""))
            digest = hashlib.sha256(content.encode()).hexdigest()[:12]
            self._agents[agent] = self._add(
                "Organization", f"organization-{digest}", name=agent.name,
                externalIdentifier=[_identifier(kind, v) for kind, v in given if v],
            )  # fmt: skip
        return self._agents[agent]

    def _software(self, e: Element) -> tuple[str, ...]:
        """A package with its licenses, and the file that it is distributed as."""
        supplier = self._agent(e.supplier) if e.supplier else None
        originator = self._agent(e.originator) if e.originator else None
        hashes = _hashes(e)
        package = self._base + e.key
        self._ids.append(package)
        self._graph.append(
            Package(  # in the order of the fields: a call with so many names costs a dictionary
                "\n".join([s for s in (*e.notes, e.license_notes) if s]),
                _INFO,
                _identifiers(e),
                (ExternalRef("vcs", (e.repository,)),) if e.repository else (),
                e.name,
                (originator,) if originator else (),
                e.released or None,
                e.attributions,
                (ContentIdentifier("swhid", e.swhid),) if e.swhid else (),
                e.copyright,
                e.download or None,
                e.homepage or None,
                e.purl or None,
                e.version,
                e.purpose.lower(),
                e.source,
                package,
                supplier,
                "software_Package",
                hashes,
            )
        )
        licenses = self._expressions
        concluded = licenses.get(e.concluded) or self._expression(e.concluded)
        self._relate(package, "hasConcludedLicense", [concluded], "complete")
        declared = licenses.get(e.declared) or self._expression(e.declared)
        self._relate(package, "hasDeclaredLicense", [declared], "complete")
        if not (e.file_name and hashes):
            return (package,)
        return (package, self._file(e, package, hashes))

    def _file(self, e: Element, package: str, hashes: tuple[Hash, ...]) -> str:
        executable = e.kind in ("artifact", "embedded")
        # The module zip is both; a commit is its source, and no place of the zip itself.
        refs: tuple[str, ...] = ("binaryArtifact", "sourceArtifact")
        if executable:
            refs = refs[:1]
        elif e.download and e.download.startswith("git+"):
            refs = refs[1:]
        file = f"{self._base}file-{e.key}"
        self._ids.append(file)
        self._graph.append(
            File(  # in the order of the fields
                _BSI,
                _INFO,
                tuple([ExternalRef(kind, (e.download,)) for kind in refs]) if e.download else (),
                e.file_name or "",
                ("executable", "container") if executable else ("archive", "container"),
                "executable" if executable else "archive",
                file,
                "software_File",
                hashes,
            )
        )
        self._relate(package, "hasDistributionArtifact", [file], "complete")
        if not executable:  # the module zip is the source
            self._relate(file, "generates", [package], "complete")
        return file

    def _expression(self, text: str) -> str:
        if text == NO_ASSERTION:
            return _LICENSING + "NoAssertionLicense"
        if text == NONE:
            return _LICENSING + "NoneLicense"
        if text not in self._expressions:
            digest = hashlib.sha256(text.encode()).hexdigest()[:12]
            refs = sorted(set(_REF.findall(text)) & set(self._texts))
            self._expressions[text] = self._add(
                "simplelicensing_LicenseExpression", f"license-{digest}",
                simplelicensing_licenseExpression=text,
                simplelicensing_licenseListVersion=f"{LICENSE_LIST_VERSION}.0",
                simplelicensing_customIdToUri=[
                    {"key": ref, "type": "DictionaryEntry", "value": self._base + ref}
                    for ref in refs
                ],
            )  # fmt: skip
        return self._expressions[text]

    def _license_text(self, text: LicenseText) -> None:
        self._add(
            "simplelicensing_SimpleLicensingText", text.id, name=text.name,
            simplelicensing_licenseText=text.text,
        )  # fmt: skip

    def _relations(self, relations: Iterable[Relations]) -> Iterator[None]:
        """One relationship for each source and kind, with all its targets."""
        base = self._base
        grouped: dict[tuple[str, str, str | None], list[str]] = {}
        for source, kind, targets in relations:
            if source == DOCUMENT:
                continue
            name, turned, scope = _KINDS[kind]
            if turned:
                for target in targets:
                    grouped.setdefault((target, name, scope), []).append(source)
            else:
                grouped.setdefault((source, name, scope), []).extend(targets)
        for (source, name, scope), every in grouped.items():
            to = [base + t for t in every]
            if NONE in every or NO_ASSERTION in every:
                to = [_INDIVIDUALS.get(t) or base + t for t in every]
            state = "noAssertion" if every == [NO_ASSERTION] else self._complete
            self._relate(base + source, name, to, state, scope)
            yield

    def _relate(
        self, source: str, kind: str, to: list[str], state: str, scope: str | None = None
    ) -> None:
        self._count += 1
        spdx_id = f"{self._base}relationship-{self._count}"
        self._ids.append(spdx_id)
        self._graph.append(
            Relationship(  # in the order of the fields
                state,
                _INFO,
                source,
                kind,
                scope or UNSET,
                spdx_id,
                to,
                "LifecycleScopedRelationship" if scope else "Relationship",
            )
        )


def _hashes(e: Element) -> tuple[Hash, ...]:
    if e.sha256 and e.sha512:
        return (Hash("sha256", e.sha256), Hash("sha512", e.sha512))
    given = (("sha256", e.sha256), ("sha512", e.sha512))
    return tuple(Hash(a, v) for a, v in given if v)


def _identifiers(e: Element) -> tuple[ExternalIdentifier, ...]:
    given = (("packageUrl", e.purl), ("cpe23", e.cpe), ("swhid", e.swhid))
    made = [_identifier(kind, value) for kind, value in given if value]
    if e.module_sum:
        made.append(_identifier("other", e.module_sum, e.module_sum_note))
    return tuple(made)


def _identifier(kind: str, value: str, comment: str | UnsetType = UNSET) -> ExternalIdentifier:
    return ExternalIdentifier(comment=comment, external_identifier_type=kind, identifier=value)
