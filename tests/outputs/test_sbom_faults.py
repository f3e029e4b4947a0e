"""Documents with one thing wrong: what we say about them, beside what the judges say.

A mutation is a name and a change to a copy of a good document. Where a judge refuses a document, so
do we; the short way past the reference library (spdxplain) never changes a word that it says.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from compliance.outputs.sbom import bill_of_materials
from compliance.outputs.sbomformats import write_bill
from compliance.outputs.sbomtools import check_bill
from compliance.outputs.spdxplain import without_plain
from compliance.outputs.spdxvalidation import (
    _PART,
    MAX_MESSAGES,
    library_messages,
    validation_messages,
)
from tests.outputs import judges, reports

Value = dict[str, Any]
Change = Callable[[Value], object]


def good(name: str) -> Value:
    return json.loads(write_bill(name, bill_of_materials(reports.small())))


def library(value: Value) -> Value:
    """A package with all that a module has."""
    return next(p for p in value["packages"] if p["name"] == reports.TOML)


def put(key: str, new: object) -> Change:
    return lambda v: library(v).__setitem__(key, new)


def top(key: str, new: object) -> Change:
    return lambda v: v.__setitem__(key, new)


def info(key: str, new: object) -> Change:
    return lambda v: v["creationInfo"].__setitem__(key, new)


def related(**changes: object) -> Change:
    return lambda v: v["relationships"][-1].update(changes)


def reference(**changes: object) -> Change:
    return lambda v: library(v)["externalRefs"][0].update(changes)


SPDX: dict[str, Change] = {
    **{f"package without {k}": (lambda v, k=k: library(v).pop(k)) for k in (
        "SPDXID", "name", "downloadLocation", "filesAnalyzed", "licenseConcluded", "supplier",
        "versionInfo", "copyrightText", "externalRefs",
    )},
    **{f"document without {k}": (lambda v, k=k: v.pop(k)) for k in (
        "SPDXID", "spdxVersion", "dataLicense", "name", "documentNamespace", "creationInfo",
        "packages", "relationships",
    )},
    **{f"creation without {k}": (lambda v, k=k: v["creationInfo"].pop(k)) for k in (
        "created", "creators", "licenseListVersion",
    )},
    "id with an underscore": put("SPDXID", "SPDXRef-a_b"),
    "id without a prefix": put("SPDXID", "a"),
    "id that is a number": put("SPDXID", 7),
    "id of the document": put("SPDXID", "SPDXRef-DOCUMENT"),
    "id twice": lambda v: v["packages"].append(copy.deepcopy(library(v))),
    "package that is a text": lambda v: v["packages"].append("package"),
    "packages that are none": top("packages", {"a": "b"}),
    "name that is empty": put("name", ""),
    "name that is a list": put("name", ["a"]),
    "version that is a number": put("versionInfo", 1.3),
    "unknown field": put("colour", "blue"),
    "location in words": put("downloadLocation", "somewhere"),
    "location on a disk": put("downloadLocation", "/usr/src"),
    "location without a host": put("downloadLocation", "https:///x.zip"),
    "homepage in words": put("homepage", "see there"),
    "supplier without a kind": put("supplier", "Acme"),
    "supplier of another kind": put("supplier", "Company: Acme"),
    "supplier without a name": put("supplier", "Organization: "),
    "originator that is a tool with mail": put("originator", "Tool: x (a@example.com)"),
    "expression unknown": put("licenseConcluded", "Foo-1.0"),
    "expression cut off": put("licenseConcluded", "MIT AND"),
    "expression with a comma": put("licenseDeclared", "MIT, BSD-3-Clause"),
    "expression not closed": put("licenseDeclared", "(MIT OR Apache-2.0"),
    "expression with a lost reference": put("licenseConcluded", "MIT AND LicenseRef-lost"),
    "expression with an exception alone": put("licenseConcluded", "Classpath-exception-2.0"),
    "expression that is empty": put("licenseConcluded", ""),
    "expression that is a number": put("licenseDeclared", 1),
    "expression in lower case": put("licenseDeclared", "mit"),
    "expression of an old name": put("licenseDeclared", "GPL-2.0"),
    "files analyzed without files": put("filesAnalyzed", True),
    "code of files not analyzed": put(
        "packageVerificationCode", {"packageVerificationCodeValue": "a" * 40}
    ),
    "files that are nowhere": put("hasFiles", ["SPDXRef-file"]),
    "purpose unknown": put("primaryPackagePurpose", "GAME"),
    "release on no day": put("releaseDate", "2025-02-30T00:00:00Z"),
    "release without a time": put("releaseDate", "2025-02-03"),
    "release in another zone": put("releaseDate", "2025-02-03T00:00:00+02:00"),
    "digest too short": put("checksums", [{"algorithm": "SHA256", "checksumValue": "abc"}]),
    "digest in capitals": put("checksums", [{"algorithm": "SHA1", "checksumValue": "A" * 40}]),
    "digest of no algorithm": put("checksums", [{"algorithm": "X", "checksumValue": "a" * 40}]),
    "digest with the length of another": put(
        "checksums", [{"algorithm": "SHA512", "checksumValue": "a" * 64}]
    ),
    "package URL without a scheme": reference(referenceLocator="golang/github.com/a/b@v1"),
    "package URL without a name": reference(referenceLocator="pkg:golang"),
    "package URL in no category": reference(referenceCategory="SHOP"),
    "package URL in another category": reference(referenceCategory="SECURITY"),
    "reference of no type": reference(referenceType="barcode"),
    "reference without a locator": lambda v: library(v)["externalRefs"][0].pop("referenceLocator"),
    "go.sum hash with a blank": lambda v: library(v)["externalRefs"][-1].update(
        referenceLocator="h1: a"
    ),
    "relationship to nowhere": related(relatedSpdxElement="SPDXRef-nowhere"),
    "relationship from nowhere": related(spdxElementId="SPDXRef-nowhere"),
    "relationship of no type": related(relationshipType="LIKES"),
    "relationship to no id": related(relatedSpdxElement="nowhere"),
    "relationship without a type": lambda v: v["relationships"][-1].pop("relationshipType"),
    "relationship to a list": related(relatedSpdxElement=[]),
    "nothing described": lambda v: v.__setitem__("relationships", [
        r for r in v["relationships"] if r["relationshipType"] != "DESCRIBES"
    ]),
    "version of the future": top("spdxVersion", "SPDX-9.9"),
    "version of the past": top("spdxVersion", "SPDX-2.2"),
    "data license": top("dataLicense", "MIT"),
    "namespace with a fragment": top("documentNamespace", "https://example.com/a#b"),
    "namespace in words": top("documentNamespace", "my document"),
    "created on no day": info("created", "2025-13-01T00:00:00Z"),
    "created without a zone": info("created", "2025-01-01T00:00:00"),
    "creator without a kind": info("creators", ["Acme"]),
    "creators that are none": info("creators", []),
    "list version with three numbers": info("licenseListVersion", "3.29.0"),
    "license text without a text": top("hasExtractedLicensingInfos", [
        {"licenseId": "LicenseRef-a", "name": "a"}
    ]),
    "license text of no id": top("hasExtractedLicensingInfos", [
        {"licenseId": "a_b", "extractedText": "a"}
    ]),
    "snippet without all": top("snippets", [{}]),
    "file without all": top("files", [{}]),
    "annotation without all": put("annotations", [{}]),
}  # fmt: skip


def test_the_good_document_needs_no_library() -> None:
    assert without_plain(good("spdx-json")) is None
    assert library_messages(good("spdx-json")) == ()


def many(number: int) -> Value:
    """A document with as many packages that have no valid download location."""
    value = good("spdx-json")
    package = {**value["packages"][0], "downloadLocation": "nowhere"}
    described = next(r for r in value["relationships"] if r["relationshipType"] == "DESCRIBES")
    packages = [{**package, "SPDXID": f"SPDXRef-{n}"} for n in range(number)]
    first = {**described, "relatedSpdxElement": "SPDXRef-0"}
    loose = [{**first, "spdxElementId": f"SPDXRef-none-{n}"} for n in range(number)]
    return {**value, "packages": packages, "relationships": [first, *loose]}


def test_a_document_in_parts_gets_the_words_of_the_whole() -> None:
    value = many(_PART + 100)
    value["name"] = ""
    value["packages"][-1]["SPDXID"] = "SPDXRef-7"  # in another part than its twin
    rest = without_plain(value)
    assert rest is not None
    whole = library_messages(rest, [p["SPDXID"] for p in value["packages"]])
    assert sorted(validation_messages(value)) == sorted(whole)
    assert len(whole) > 2 * _PART


def test_after_some_thousand_faults_the_rest_is_counted() -> None:
    found = validation_messages(many(4 * _PART))
    assert len(found) < MAX_MESSAGES + 3 * _PART
    assert found[-1] == f"{4 * _PART} more parts are not plainly right, and were not looked at"


@pytest.mark.parametrize("name", SPDX)
def test_the_short_way_changes_no_word_of_the_library(name: str) -> None:
    value = good("spdx-json")
    SPDX[name](value)
    said = tuple(m for m in validation_messages(value) if "unknown field" not in m)
    assert said == library_messages(value)


@pytest.mark.parametrize("name", SPDX)
def test_what_the_judges_of_spdx_refuse_is_refused(name: str) -> None:
    value = good("spdx-json")
    SPDX[name](value)
    data = json.dumps(value).encode()
    refused = bool(judges.against_schema(data, "spdx-2.3.json") or library_messages(value))
    assert bool(faults(data)) >= refused, name


def faults(data: bytes) -> tuple[str, ...]:
    """What we say against a document; it may also be none at all."""
    from compliance.errors import MalformedInputError

    try:
        return check_bill(data).problems
    except MalformedInputError as error:
        return (str(error),)


def part(name: str) -> Callable[[Value], Value]:
    return lambda v: next(c for c in v["components"] if c["name"] == name)


def component(key: str, new: object) -> Change:
    return lambda v: part(reports.TOML)(v).__setitem__(key, new)


CYCLONEDX: dict[str, Change] = {
    **{f"component without {k}": (lambda v, k=k: part(reports.TOML)(v).pop(k)) for k in (
        "name", "type", "version", "bom-ref", "purl", "supplier", "licenses",
    )},
    **{f"document without {k}": (lambda v, k=k: v.pop(k)) for k in (
        "bomFormat", "specVersion", "metadata", "components", "dependencies", "serialNumber",
    )},
    "version of the future": top("specVersion", "9.9"),
    "number of this version": top("version", 0),
    "serial number in words": top("serialNumber", "urn:uuid:my-bill"),
    "unknown field": top("colour", "blue"),
    "unknown field of a component": component("colour", "blue"),
    "time in words": lambda v: v["metadata"].__setitem__("timestamp", "yesterday"),
    "time that is a number": lambda v: v["metadata"].__setitem__("timestamp", 7),
    "phase unknown": lambda v: v["metadata"].__setitem__("lifecycles", [{"phase": "party"}]),
    "type unknown": component("type", "toy"),
    "scope unknown": component("scope", "maybe"),
    "name that is a list": component("name", ["a"]),
    "bom-ref that is empty": component("bom-ref", ""),
    "bom-ref twice": lambda v: v["components"].append(copy.deepcopy(part(reports.TOML)(v))),
    "hash of no algorithm": component("hashes", [{"alg": "SHA-9", "content": "a" * 64}]),
    "hash too short": component("hashes", [{"alg": "SHA-256", "content": "abc"}]),
    "hash with the length of another": component(
        "hashes", [{"alg": "SHA-256", "content": "a" * 40}]
    ),
    "license id unknown": component("licenses", [{"license": {"id": "Foo-1.0"}}]),
    "license id of an expression": component("licenses", [{"license": {"id": "MIT OR ISC"}}]),
    "license of nothing": component("licenses", [{"license": {}}]),
    "expression that is a number": component("licenses", [{"expression": 1}]),
    "expression cut off": component("licenses", [{"expression": "MIT AND"}]),
    "two expressions": component("licenses", [{"expression": "MIT"}, {"expression": "ISC"}]),
    "expression beside an id": component(
        "licenses", [{"expression": "MIT OR ISC"}, {"license": {"id": "MIT"}}]
    ),
    "acknowledgement unknown": component(
        "licenses", [{"license": {"id": "MIT", "acknowledgement": "rumoured"}}]
    ),
    "licenses that are a text": component("licenses", "MIT"),
    "package URL in words": component("purl", "toml 1.3"),
    "package URL without a name": component("purl", "pkg:golang"),
    "cpe in words": component("cpe", "toml"),
    "supplier that is a text": component("supplier", "Acme"),
    "reference of no type": component("externalReferences", [{"type": "x", "url": "https://a.b"}]),
    "reference without an address": component("externalReferences", [{"type": "vcs"}]),
    "property without a name": component("properties", [{"value": "a"}]),
    "dependency on nothing known": lambda v: v["dependencies"][0].__setitem__(
        "dependsOn", ["nowhere"]
    ),
    "dependency of nothing known": lambda v: v["dependencies"][0].__setitem__("ref", "nowhere"),
    "dependency twice": lambda v: v["dependencies"].append(copy.deepcopy(v["dependencies"][0])),
    "dependency without a ref": lambda v: v["dependencies"][0].pop("ref"),
    "dependency on the same twice": lambda v: v["dependencies"][0].__setitem__(
        "dependsOn", [v["dependencies"][1]["ref"]] * 2
    ),
    "composition unknown": top("compositions", [{"aggregate": "most"}]),
    "component that is a text": lambda v: v["components"].append("toml"),
    "components that are none": top("components", {"a": "b"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CYCLONEDX)
@pytest.mark.parametrize("version", ["1.6", "1.7"])
def test_what_the_schema_of_cyclonedx_refuses_is_refused(name: str, version: str) -> None:
    value = good("cyclonedx-json" if version == "1.6" else "cyclonedx17-json")
    CYCLONEDX[name](value)
    data = json.dumps(value).encode()
    refused = judges.cyclonedx_schema(data, version)
    assert bool(faults(data)) >= bool(refused), refused


def element(kind: str) -> Callable[[Value], Value]:
    return lambda v: next(e for e in v["@graph"] if e["type"] == kind)


def set_in(kind: str, key: str, new: object) -> Change:
    return lambda v: element(kind)(v).__setitem__(key, new)


PACKAGE, RELATION = "software_Package", "Relationship"
SPDX3: dict[str, Change] = {
    **{f"package without {k}": (lambda v, k=k: element(PACKAGE)(v).pop(k)) for k in (
        "spdxId", "creationInfo", "name", "type",
    )},
    **{f"relationship without {k}": (lambda v, k=k: element(RELATION)(v).pop(k)) for k in (
        "spdxId", "creationInfo", "from", "to", "relationshipType",
    )},
    **{f"creation without {k}": (lambda v, k=k: element("CreationInfo")(v).pop(k)) for k in (
        "created", "createdBy", "specVersion",
    )},
    "document without a context": lambda v: v.pop("@context"),
    "context of another": top("@context", "https://example.com/context.jsonld"),
    "unknown field": set_in(PACKAGE, "colour", "blue"),
    "type unknown": set_in(PACKAGE, "type", "software_Toy"),
    "purpose unknown": set_in(PACKAGE, "software_primaryPurpose", "game"),
    "relationship of no type": set_in(RELATION, "relationshipType", "likes"),
    "relationship to nowhere": set_in(RELATION, "to", ["https://example.com/nowhere"]),
    "relationship to a number": set_in(RELATION, "to", [7]),
    "relationship to nothing": set_in(RELATION, "to", []),
    "completeness unknown": set_in(RELATION, "completeness", "mostly"),
    "created on no day": set_in("CreationInfo", "created", "2025-99-01T00:00:00Z"),
    "created in words": set_in("CreationInfo", "created", "yesterday"),
    "version in words": set_in("CreationInfo", "specVersion", "three"),
    "creator unknown": set_in("CreationInfo", "createdBy", ["https://example.com/nobody"]),
    "digest of no algorithm": set_in(
        PACKAGE, "verifiedUsing", [{"type": "Hash", "algorithm": "x", "hashValue": "a"}]
    ),
    "digest without a value": set_in(
        PACKAGE, "verifiedUsing", [{"type": "Hash", "algorithm": "sha256"}]
    ),
    "identifier of no type": set_in(PACKAGE, "externalIdentifier", [
        {"type": "ExternalIdentifier", "externalIdentifierType": "x", "identifier": "a"}
    ]),
    "name that is a list": set_in(PACKAGE, "name", ["a"]),
    "copyright that is a number": set_in(PACKAGE, "software_copyrightText", 7),
    "id twice": lambda v: v["@graph"].append(copy.deepcopy(element(PACKAGE)(v))),
    "id that is no URI": set_in(PACKAGE, "spdxId", "package"),
    "kind of bill unknown": set_in("software_Sbom", "software_sbomType", ["guessed"]),
    "element that is a text": lambda v: v["@graph"].append("package"),
    "graph that is none": top("@graph", {"a": "b"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SPDX3)
def test_what_the_schema_of_spdx3_refuses_is_refused(name: str) -> None:
    value = good("spdx3-json")
    SPDX3[name](value)
    data = json.dumps(value).encode()
    refused = judges.against_schema(data, "spdx-3.0.1.json")
    assert bool(faults(data)) >= bool(refused), refused
