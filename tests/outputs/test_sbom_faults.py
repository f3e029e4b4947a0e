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
from compliance.outputs.spdxvalidation import library_messages, validation_messages
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
