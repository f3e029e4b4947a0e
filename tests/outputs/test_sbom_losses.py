"""Bills of other tools: nothing is lost in silence, and nothing is said that is not so."""

from __future__ import annotations

import base64
import json
import time

import pytest

from compliance import __version__
from compliance.outputs.sbom import bill_of_materials
from compliance.outputs.sbomformats import SBOM_FORMATS, write_bill
from compliance.outputs.sbomread import read_bill
from compliance.outputs.sbomtools import check_bill, convert_bill, losses
from tests.outputs import reports

NAMES = pytest.mark.parametrize("name", SBOM_FORMATS)


def values(name: str) -> dict:
    return json.loads(write_bill(name, bill_of_materials(reports.small())))


def said(value: dict) -> list[str]:
    return [n.removesuffix(" are left out.") for n in losses(json.dumps(value).encode())]


def reference(kind: str, locator: str) -> dict:
    return {
        "referenceCategory": "SECURITY", "referenceType": kind, "referenceLocator": locator,
    }  # fmt: skip


def test_spdx_2_values_without_a_place() -> None:
    value = values("spdx-json")
    value["creationInfo"]["creators"].append("Organization: Another One")
    first, second, third = value["packages"][:3]
    cpes = [f"cpe:2.3:a:golang:go:1.{n}:-:*:*:*:*:*:*" for n in (24, 25, 25)]
    first["externalRefs"] = [reference("cpe23Type", name) for name in cpes]
    first["homepage"] = "ftp://example.com/x"
    second["externalRefs"] = [reference("cpe23Type", "cpe:/a:golang:go"), reference("purl", "x")]
    second["downloadLocation"] = "git://example.com/x"
    second["supplier"] = "Example Inc."
    third["supplier"] = "Person: A. Author"
    third["originator"] = "NOASSERTION"
    third["checksums"] = [
        {"algorithm": "SHA256", "checksumValue": "not hex"},
        {"algorithm": "SHA512", "checksumValue": "a" * 128},
        {"algorithm": "SHA512", "checksumValue": "b" * 128},
    ]
    assert said(value) == [
        "1 CPEs that cannot be written",
        '1 addresses "downloadLocation" of packages that cannot be written',
        '1 addresses "homepage" of packages that cannot be written',
        '1 agents "supplier" of packages that cannot be written',
        "1 checksums that cannot be written",
        '1 further checksums "SHA512" of packages',
        "1 further creators",
        '1 further external references "cpe23Type" of packages',
        '1 marks of "supplier" as a person',
        "1 package URLs that cannot be written",
    ]


def test_cyclonedx_values_without_a_place() -> None:
    value = values("cyclonedx-json")
    value["metadata"]["authors"].append({"name": "Another One"})
    value["metadata"]["component"]["components"] = [
        {"type": "file", "name": "inner.go", "components": [{"type": "file", "name": "deep.go"}]}
    ]
    first = value["components"][0]
    first["externalReferences"] = [
        {"type": "vcs", "url": "git://example.com/x.git"},
        {"type": "website", "url": "https://example.com/a"},
        {"type": "website", "url": "https://example.com/b"},
        {"type": "distribution", "url": "https://example.com/a.zip"},
        {"type": "source-distribution", "url": "https://example.com/b.zip"},
    ]
    first["licenses"] = [{"license": {"id": "MIT", "url": "https://example.com"}}]
    assert said(value) == [
        '1 external references "source-distribution" of components',
        '1 external references "vcs" of components that cannot be written',
        '1 fields "url" of licenses',
        "1 further authors",
        '1 further external references "website" of components',
    ]
    names = {e.name for e in read_bill(json.dumps(value).encode())[1].elements}
    assert names >= {"inner.go", "deep.go"}


def test_spdx_3_values_without_a_place() -> None:
    value = values("spdx3-json")
    packages = [e for e in value["@graph"] if e["type"] == "software_Package"]
    packages[0]["externalIdentifier"] = [
        {"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": name}
        for name in ("cpe:2.3:a:a:b:1:-:*:*:*:*:*:*", "cpe:2.3:a:a:b:2:-:*:*:*:*:*:*")
    ]
    packages[1]["software_downloadLocation"] = "ftp://example.com"
    packages[1]["originatedBy"] = ["urn:a", "urn:b"]
    file, info = "urn:file", {"creationInfo": "_:creationinfo"}
    value["@graph"] += [
        {"type": "ai_AIPackage", "spdxId": "urn:ai", "name": "model", **info},
        {"type": "software_File", "spdxId": file, "name": "x.c", **info},
        {
            "type": "Relationship", "spdxId": "urn:r", "from": file, "to": [packages[0]["spdxId"]],
            "relationshipType": "dependsOn", "comment": "why", **info,
        },
    ]  # fmt: skip
    assert said(value) == [
        '1 addresses "software_downloadLocation" of packages that cannot be written',
        "1 comments of relationships",
        "1 elements of type ai_AIPackage",
        "1 files",
        '1 further identifiers "cpe23" of packages',
        "1 further originators",
        "1 relationships of elements that are not packages",
    ]


def spdx3_license(element: dict, *more: dict) -> tuple[str, list[str]]:
    """What is concluded for a package whose license element is this one, and what is lost."""
    value = values("spdx3-json")
    package = next(e for e in value["@graph"] if e.get("name") == reports.TOML)
    for each in value["@graph"]:
        if (
            each.get("relationshipType") == "hasConcludedLicense"
            and each["from"] == package["spdxId"]
        ):
            each["to"] = [element["spdxId"]]
    value["@graph"] += [element, *more]
    elements = read_bill(json.dumps(value).encode())[1].elements
    return next(e.concluded for e in elements if e.name == reports.TOML), said(value)


def a_set(kind: str, name: str, *members: str) -> dict:
    return {
        "type": f"expandedlicensing_{kind}LicenseSet", "spdxId": name,
        "expandedlicensing_member": list(members), "creationInfo": "_:creationinfo",
    }  # fmt: skip


def test_sets_of_listed_licenses_are_expressions() -> None:
    listed = "https://spdx.org/licenses/"
    both = a_set("Conjunctive", "urn:and", listed + "ISC", "urn:or")
    either = a_set("Disjunctive", "urn:or", listed + "MIT", listed + "Apache-2.0")
    assert spdx3_license(both, either) == ("ISC AND (MIT OR Apache-2.0)", [])


@pytest.mark.parametrize(
    "element",
    [
        a_set("Conjunctive", "urn:self", "urn:self"),
        a_set("Conjunctive", "urn:empty"),
        {"type": "expandedlicensing_OrLaterOperator", "spdxId": "urn:later"},
    ],
)
def test_a_license_that_is_no_expression_is_unknown_and_told(element: dict) -> None:
    concluded, lost = spdx3_license(element)
    assert concluded == "NOASSERTION"
    assert any("licenses that are no expression" in one for one in lost)


def test_sets_that_double_take_no_time() -> None:
    sets = [a_set("Conjunctive", f"urn:{n}", f"urn:{n + 1}", f"urn:{n + 1}") for n in range(200)]
    start = time.process_time()
    concluded, _ = spdx3_license(sets[0], *sets[1:])
    assert concluded == "NOASSERTION"
    assert time.process_time() - start < 5


def test_a_license_text_in_base64_is_a_text() -> None:
    value = values("cyclonedx-json")
    content = base64.b64encode(b"Do what is right.\n").decode()
    attached = {"contentType": "text/plain", "encoding": "base64", "content": content}
    value["components"][0]["licenses"] = [{"license": {"name": "Own", "text": attached}}]
    sbom = read_bill(json.dumps(value).encode())[1]
    assert "Do what is right." in {t.text.strip() for t in sbom.license_texts}
    attached["content"] = "*"
    assert said(value) == ["1 attached texts that are no text"]


@NAMES
def test_a_bill_of_ours_keeps_the_version_that_wrote_it(name: str) -> None:
    data = write_bill(name, bill_of_materials(reports.small()))
    sbom = read_bill(data)[1]
    assert sbom.tool_version == bill_of_materials(reports.small()).tool_version
    assert not any(n.startswith("Read from") for n in sbom.notes)


def test_another_tool_does_not_become_ours() -> None:
    spdx = values("spdx-json")
    spdx["creationInfo"]["creators"] = ["Tool: other-9.9.9"]
    spdx["comment"] = "Made by hand.\nAnd checked."
    cdx = values("cyclonedx-json")
    cdx["metadata"]["tools"] = [{"vendor": "Maker", "name": "other", "version": "9.9.9"}]
    spdx3 = values("spdx3-json")
    next(e for e in spdx3["@graph"] if e["type"] == "Tool")["name"] = "other-9.9.9"
    for value, who in ((spdx, "other"), (cdx, "Maker other"), (spdx3, "other")):
        sbom = read_bill(json.dumps(value).encode())[1]
        assert sbom.tool_version == __version__
        assert f"Read from a bill written by {who}-9.9.9." in sbom.notes
    made = json.loads(convert_bill(json.dumps(spdx).encode(), "spdx-json"))
    assert f"Tool: compliance-{__version__}" in made["creationInfo"]["creators"]
    assert "Made by hand.\nAnd checked." in made["comment"]


def test_the_answer_of_a_dependency_graph_is_the_bill_inside() -> None:
    plain = json.dumps(values("spdx-json")).encode()
    assert read_bill(b'{"sbom": ' + plain + b"}") == read_bill(plain)


def test_a_time_with_fractions_hides_no_other_fault() -> None:
    value = values("spdx-json")
    value["creationInfo"]["created"] = "2026-01-02T03:04:05.678Z"
    value["packages"][0]["supplier"] = "Nobody"
    first, *rest = check_bill(json.dumps(value).encode()).problems
    assert first.startswith("creationInfo.created: 2026-01-02T03:04:05.678Z has not the form")
    assert any("supplier" in one for one in rest)
