"""The form of an SPDX 3.0.1 document: classes, properties, types and words of its JSON schema.

Elements of the classes that a bill of software consists of are looked at closely, others no closer
than that their class exists.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from compliance.outputs.spdx3 import json_name

_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_Iri = Annotated[str, Meta(pattern=r"\A(?!_:).+:.+\Z")]
_Object = dict[str, Any]
_Link = Annotated[str, Meta(min_length=1)] | _Object
_Time = Annotated[
    str, Meta(pattern=r"\A[0-9]{4}-(?:0[1-9]|1[0-2])-[0-3][0-9]T[0-2][0-9](?::[0-5][0-9]){2}Z\Z")
]
_Version = Annotated[str, Meta(pattern=r"\A[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?\Z")]
_Purpose = Literal[
    "application", "archive", "bom", "configuration", "container", "data", "device",
    "deviceDriver", "diskImage", "documentation", "evidence", "executable", "file",
    "filesystemImage", "firmware", "framework", "install", "library", "manifest", "model",
    "module", "operatingSystem", "other", "patch", "platform", "requirement", "source",
    "specification", "test",
]  # fmt: skip
_RelationshipType = Literal[
    "affects", "amendedBy", "ancestorOf", "availableFrom", "configures", "contains",
    "coordinatedBy", "copiedTo", "delegatedTo", "dependsOn", "descendantOf", "describes",
    "doesNotAffect", "expandsTo", "exploitCreatedBy", "fixedBy", "fixedIn", "foundBy",
    "generates", "hasAddedFile", "hasAssessmentFor", "hasAssociatedVulnerability",
    "hasConcludedLicense", "hasDataFile", "hasDeclaredLicense", "hasDeletedFile",
    "hasDependencyManifest", "hasDistributionArtifact", "hasDocumentation", "hasDynamicLink",
    "hasEvidence", "hasExample", "hasHost", "hasInput", "hasMetadata", "hasOptionalComponent",
    "hasOptionalDependency", "hasOutput", "hasPrerequisite", "hasProvidedDependency",
    "hasRequirement", "hasSpecification", "hasStaticLink", "hasTest", "hasTestCase",
    "hasVariant", "invokedBy", "modifiedBy", "other", "packagedBy", "patchedBy", "publishedBy",
    "reportedBy", "republishedBy", "serializedInArtifact", "testedOn", "trainedOn",
    "underInvestigationFor", "usesTool",
]  # fmt: skip
_Algorithm = Literal[
    "adler32", "blake2b256", "blake2b384", "blake2b512", "blake3", "crystalsDilithium",
    "crystalsKyber", "falcon", "md2", "md4", "md5", "md6", "other", "sha1", "sha224", "sha256",
    "sha384", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "sha512",
]  # fmt: skip
_IdentifierType = Literal[
    "cpe22", "cpe23", "cve", "email", "gitoid", "other", "packageUrl", "securityOther", "swhid",
    "swid", "urlScheme",
]  # fmt: skip


class _Form(Struct, rename=json_name, forbid_unknown_fields=True, gc=False, kw_only=True):
    """An object: msgspec refuses what has another form, and says where."""

    type: str


class _Hash(_Form, kw_only=True):
    algorithm: _Algorithm
    comment: str = ""
    hash_value: str


class _Identifier(_Form, kw_only=True):
    comment: str = ""
    external_identifier_type: _IdentifierType
    identifier: str
    identifier_locator: list[str] = []
    issuing_authority: str = ""


class _Reference(_Form, kw_only=True):
    comment: str = ""
    content_type: str = ""
    external_ref_type: str = ""
    locator: list[str] = []


class _Element(_Form, kw_only=True):
    comment: str = ""
    creation_info: _Link
    description: str = ""
    extension: list[_Object] = []
    external_identifier: list[_Identifier] = []
    external_ref: list[_Reference] = []
    name: str = ""
    spdx_id: _Iri
    summary: str = ""
    verified_using: list[_Object] = []


class _Artifact(_Element, kw_only=True):
    built_time: _Time = ""
    originated_by: list[_Link] = []
    release_time: _Time = ""
    software_additional_purpose: list[_Purpose] = []
    software_attribution_text: list[str] = []
    software_content_identifier: list[_Object] = []
    software_copyright_text: str = ""
    software_primary_purpose: _Purpose = "other"
    standard_name: list[str] = []
    supplied_by: _Link = "-"
    support_level: list[str] = []
    valid_until_time: _Time = ""


class _Package(_Artifact, kw_only=True):
    software_download_location: str = ""
    software_home_page: str = ""
    software_package_url: str = ""
    software_package_version: str = ""
    software_source_info: str = ""


class _File(_Artifact, kw_only=True):
    content_type: str = ""
    software_file_kind: Literal["directory", "file"] = "file"


class _Relationship(_Element, kw_only=True):
    completeness: Literal["complete", "incomplete", "noAssertion"] = "noAssertion"
    end_time: _Time = ""
    source: _Link = field(name="from")
    relationship_type: _RelationshipType
    start_time: _Time = ""
    to: Annotated[list[_Link], Meta(min_length=1)]


class _Scoped(_Relationship, kw_only=True):
    scope: Literal["build", "design", "development", "other", "runtime", "test"] = "other"


class _Collection(_Element, kw_only=True):
    element: list[_Link] = []
    profile_conformance: list[str] = []
    root_element: list[_Link] = []


class _Document(_Collection, kw_only=True):
    data_license: _Link = "-"
    imports: list[_Object] = field(name="import", default=[])
    namespace_map: list[_Object] = []


class _Sbom(_Collection, kw_only=True):
    context: str = ""
    software_sbom_type: list[
        Literal["analyzed", "build", "deployed", "design", "runtime", "source"]
    ] = []


class _Expression(_Element, kw_only=True):
    custom: list[_Object] = field(name="simplelicensing_customIdToUri", default=[])
    expression: str = field(name="simplelicensing_licenseExpression")
    version: _Version = field(name="simplelicensing_licenseListVersion", default="")


class _Text(_Element, kw_only=True):
    text: str = field(name="simplelicensing_licenseText")


class _Annotation(_Element, kw_only=True):
    annotation_type: Literal["other", "review"]
    content_type: str = ""
    statement: str = ""
    subject: _Link


class _Creation(_Form, kw_only=True):
    id: str = field(name="@id", default="")
    comment: str = ""
    created: _Time
    created_by: Annotated[list[_Link], Meta(min_length=1)]
    created_using: list[_Link] = []
    spec_version: _Version


_FORMS: dict[str, type[Struct]] = {
    "Annotation": _Annotation,
    "Bom": _Collection,
    "CreationInfo": _Creation,
    "LifecycleScopedRelationship": _Scoped,
    "Organization": _Element,
    "Person": _Element,
    "Relationship": _Relationship,
    "SoftwareAgent": _Element,
    "SpdxDocument": _Document,
    "Tool": _Element,
    "simplelicensing_LicenseExpression": _Expression,
    "simplelicensing_SimpleLicensingText": _Text,
    "software_File": _File,
    "software_Package": _Package,
    "software_Sbom": _Sbom,
}
_OTHER_CLASSES = frozenset({
    "Agent", "Bundle", "DictionaryEntry", "ExternalIdentifier", "ExternalMap", "ExternalRef",
    "Hash",
    "IndividualElement", "NamespaceMap", "PackageVerificationCode", "PositiveIntegerRange",
    "ai_AIPackage", "ai_EnergyConsumption", "ai_EnergyConsumptionDescription", "build_Build",
    "dataset_DatasetPackage", "expandedlicensing_ConjunctiveLicenseSet",
    "expandedlicensing_CustomLicense", "expandedlicensing_CustomLicenseAddition",
    "expandedlicensing_DisjunctiveLicenseSet", "expandedlicensing_IndividualLicensingInfo",
    "expandedlicensing_ListedLicense", "expandedlicensing_ListedLicenseException",
    "expandedlicensing_OrLaterOperator", "expandedlicensing_WithAdditionOperator",
    "extension_CdxPropertiesExtension", "extension_CdxPropertyEntry",
    "security_CvssV2VulnAssessmentRelationship", "security_CvssV3VulnAssessmentRelationship",
    "security_CvssV4VulnAssessmentRelationship", "security_EpssVulnAssessmentRelationship",
    "security_ExploitCatalogVulnAssessmentRelationship",
    "security_SsvcVulnAssessmentRelationship", "security_VexAffectedVulnAssessmentRelationship",
    "security_VexFixedVulnAssessmentRelationship",
    "security_VexNotAffectedVulnAssessmentRelationship",
    "security_VexUnderInvestigationVulnAssessmentRelationship", "security_Vulnerability",
    "software_ContentIdentifier", "software_Snippet",
})  # fmt: skip


def form_faults(value: dict[str, Any]) -> list[str]:
    """What has another form than the schema asks for: one fault for an element, with its place."""
    found = []
    if value.get("@context") != _CONTEXT:
        found.append(f"document: @context is not {_CONTEXT}")
    graph = value.get("@graph")
    if not isinstance(graph, list):
        return [*found, "document: @graph is no list"]
    for number, each in enumerate(graph):
        place = f"@graph[{number}]"
        if not isinstance(each, dict):
            found.append(f"{place}: is no object")
            continue
        name = each.get("spdxId")
        place = name if isinstance(name, str) else place
        found += _element_faults(each, place)
    return found


def _element_faults(value: dict[str, Any], place: str) -> list[str]:
    kind = value.get("type")
    form = _FORMS.get(kind) if isinstance(kind, str) else None
    if form is None:  # extensions name their class by an IRI
        known = isinstance(kind, str) and (kind in _OTHER_CLASSES or ":" in kind)
        return [] if known else [f"{place}: {kind} is no class of SPDX 3"]
    found = _faults(value, form, place)
    given = value.get("verifiedUsing")
    for method in given if isinstance(given, list) else ():
        if isinstance(method, dict) and method.get("type") == "Hash":
            found += _faults(method, _Hash, f"{place}.verifiedUsing")
    return found


def _faults(value: dict[str, Any], form: type[Struct], place: str) -> list[str]:
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        return [f"{place}{where.rstrip('`')}: {what}"]
    return []
