"""The fields that authorities ask for, told from the documents alone.

CISA, Minimum Elements for an SBOM (2026), and BSI TR-03183-2 v2.1.0, section 5. SPDX 2.3 is no
format of the BSI. A signature goes along beside the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from compliance.outputs.sbom import bill_of_materials
from compliance.outputs.sbomformats import write_bill
from tests.outputs.test_sbom_score import release

Value = dict[str, Any]
OPEN = (None, "", [], "NOASSERTION", "NONE")
REACHED = re.compile(r"[^@\s]+@[^@\s]+|https?://\S+")


def document(name: str) -> Value:
    return json.loads(write_bill(name, bill_of_materials(release())))


def empty(fields: Mapping[str, object]) -> list[str]:
    return [name for name, value in fields.items() if value in OPEN]


def test_cisa_2026_in_spdx_2() -> None:
    value = document("spdx-json")
    info = value["creationInfo"]
    creators = " ".join(info["creators"])
    assert empty({
        "author": re.findall(r"Organization: \S", creators),
        "timestamp": re.findall(r"Z$", info["created"]),
        "tool": re.findall(r"Tool: \S+-[0-9]", creators),
        "generation context": re.findall(r"SBOM Type: \w+", info["comment"]),
        "identity of the document": value["documentNamespace"],
        "format": value["spdxVersion"],
    }) == []  # fmt: skip
    related = {r["spdxElementId"] for r in value["relationships"]}
    for p in value["packages"]:
        assert empty({
            "name": p["name"], "version": p["versionInfo"], "producer": p["originator"],
            "supplier": p["supplier"], "license": p["licenseConcluded"],
            "identifiers": p["externalRefs"], "copyright": p["copyrightText"],
            "dependencies": p["SPDXID"] in related,
        }) == [], p["name"]  # fmt: skip
    files = [p for p in value["packages"] if "packageFileName" in p]
    assert files
    assert all({c["algorithm"] for c in p["checksums"]} >= {"SHA512"} for p in files)


@pytest.mark.parametrize("name", ["cyclonedx-json", "cyclonedx17-json"])
def test_cisa_2026_and_bsi_in_cyclonedx(name: str) -> None:
    value = document(name)
    meta = value["metadata"]
    contact = json.dumps([meta["authors"], meta["manufacturer"]])
    tool = meta["tools"]["components"][0]
    assert empty({
        "author": meta["authors"], "how to reach it": REACHED.findall(contact),
        "timestamp": meta["timestamp"], "tool": tool["name"], "its version": tool["version"],
        "generation context": meta["lifecycles"], "identity": value["serialNumber"],
        "version of the document": value["version"], "format": value["specVersion"],
    }) == []  # fmt: skip
    assert "vulnerabilities" not in value
    graph = {d["ref"] for d in value["dependencies"]}
    stated = {r for c in value["compositions"] for r in c.get("dependencies", ())}
    for c in [meta["component"], *value["components"]]:
        concluded = [
            each for each in c["licenses"]
            if each.get("license", each)["acknowledgement"] == "concluded"
        ]  # fmt: skip
        assert empty({
            "name": c["name"], "version": c["version"], "producer": c["manufacturer"],
            "how to reach it": REACHED.findall(json.dumps(c["manufacturer"])),
            "identifiers": c["purl"], "license": concluded,
            "dependencies": c["bom-ref"] in graph, "completeness": c["bom-ref"] in stated,
        }) == [], c["name"]  # fmt: skip
        told = {p["name"] for p in c.get("properties", ())}
        if "bsi:component:filename" in told:
            assert {h["alg"] for h in c["hashes"]} >= {"SHA-512"}
            assert told >= {f"bsi:component:{p}" for p in ("executable", "archive", "structured")}


def test_cisa_2026_and_bsi_in_spdx_3() -> None:
    graph = document("spdx3-json")["@graph"]
    of = {e["spdxId"]: e for e in graph if "spdxId" in e}
    (info,) = [e for e in graph if e["type"] == "CreationInfo"]
    (bill,) = [e for e in graph if e["type"] == "software_Sbom"]
    assert info["created"].endswith("Z")
    assert re.fullmatch(r"\S+-[0-9]\S*", of[info["createdUsing"][0]]["name"])
    assert REACHED.findall(json.dumps(of[info["createdBy"][0]]["externalIdentifier"]))
    assert bill["software_sbomType"]
    relations = [e for e in graph if e["type"] == "Relationship"]
    assert all(r["completeness"] in ("complete", "incomplete", "noAssertion") for r in relations)
    licensed = {r["from"] for r in relations if r["relationshipType"] == "hasConcludedLicense"}
    depends = {r["from"] for r in relations if r["relationshipType"] == "dependsOn"}
    for p in (e for e in graph if e["type"] == "software_Package"):
        makers = [of[m] for m in p["originatedBy"]]
        assert empty({
            "name": p["name"], "version": p["software_packageVersion"], "producer": makers,
            "how to reach it": REACHED.findall(json.dumps(makers)),
            "identifiers": p["software_packageUrl"], "license": p["spdxId"] in licensed,
            "dependencies": p["spdxId"] in depends,
        }) == [], p["name"]  # fmt: skip
    for f in (e for e in graph if e["type"] == "software_File"):
        assert {h["algorithm"] for h in f["verifiedUsing"]} >= {"sha512"}
        assert {"executable", "archive"} & set(f["software_additionalPurpose"])
