"""SPDX 3.0.1, judged by its schema, its SHACL shapes, its bindings, and the checks of agencies."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from compliance.outputs.spdx3 import spdx3_json
from compliance.report import ScanReport
from tests.outputs import judges, reports
from tests.outputs.test_spdx import with_digests

ALL = pytest.mark.parametrize("name", ["small", "mixed", "incomplete", "hostile"])
SCOPES = pytest.mark.parametrize("scope", ["build", "source"])


def graph(report: ScanReport, **options: str) -> list[dict]:
    return json.loads(spdx3_json(report, **options))["@graph"]


def named(elements: list[dict], name: str, kind: str = "software_Package") -> dict:
    (found,) = [e for e in elements if e.get("name") == name and e["type"] == kind]
    return found


def related(elements: list[dict], source: str, kind: str) -> list[dict]:
    """Relationships of one kind from one element."""
    return [e for e in elements if e.get("relationshipType") == kind and e["from"] == source]


@ALL
@SCOPES
def test_obeys_the_schema(name: str, scope: str) -> None:
    data = spdx3_json(getattr(reports, name)(), scope=scope)
    assert judges.against_schema(data, "spdx-3.0.1.json") == []


@ALL
@SCOPES
def test_the_bindings_read_it(name: str, scope: str) -> None:
    bindings = pytest.importorskip("spdx_python_model.bindings.v3_0_1")
    objects = bindings.SHACLObjectSet()
    data = spdx3_json(getattr(reports, name)(), scope=scope)
    bindings.JSONLDDeserializer().read(io.BytesIO(data), objects)
    assert len(list(objects.foreach_type(bindings.SpdxDocument))) == 1
    assert objects.link() is not None


@ALL
def test_conforms_to_the_shapes_of_the_model(name: str) -> None:
    pyshacl, rdflib = pytest.importorskip("pyshacl"), pytest.importorskip("rdflib")
    shapes = rdflib.Graph().parse(judges.schema_file("spdx-model.ttl"))
    value = json.loads(spdx3_json(getattr(reports, name)(), scope="source"))
    context = json.loads(judges.schema_file("spdx-context.jsonld").read_bytes())
    data = rdflib.Graph().parse(data=json.dumps(value | context), format="json-ld")
    conforms, _, text = pyshacl.validate(data, shacl_graph=shapes, ont_graph=shapes)
    assert conforms, text


@pytest.mark.parametrize("standard", ["ntia", "fsct3-min", "bsi"])
def test_agencies_accept_a_complete_release(standard: str, tmp_path: Path) -> None:
    file = tmp_path / "sbom.spdx3.json"
    file.write_bytes(spdx3_json(with_digests()))
    conforms, missing = judges.ntia(file, "spdx3", standard)
    assert conforms, missing


def test_what_is_unknown_is_missing_for_the_agencies_too(tmp_path: Path) -> None:
    file = tmp_path / "sbom.spdx3.json"
    file.write_bytes(spdx3_json(reports.mixed()))
    conforms, missing = judges.ntia(file, "spdx3", "bsi")
    assert not conforms
    assert missing["distribution_licenses"] == ["github.com/mystery/box", "seccomp", "server"]


def test_licenses_are_elements_with_their_own_texts() -> None:
    elements = graph(reports.mixed())
    custom = named(elements, "git.example.org/odd/terms")["spdxId"]
    (concluded,) = related(elements, custom, "hasConcludedLicense")
    (expression,) = [e for e in elements if e.get("spdxId") == concluded["to"][0]]
    (entry,) = expression["simplelicensing_customIdToUri"]
    assert expression["simplelicensing_licenseExpression"] == f"{entry['key']} AND MIT"
    (text,) = [e for e in elements if e.get("spdxId") == entry["value"]]
    assert text["simplelicensing_licenseText"] == reports.CUSTOM_TEXT.strip()


def test_a_commit_is_the_identity_of_its_content() -> None:
    """No digest of a file: Software/contentIdentifier, not Core/verifiedUsing."""
    elements = graph(reports.small())
    main = named(elements, reports.MAIN)
    commit = "swh:1:rev:0123456789abcdef0123456789abcdef01234567"
    assert main["software_contentIdentifier"] == [
        {
            "software_contentIdentifierType": "swhid",
            "software_contentIdentifierValue": commit,
            "type": "software_ContentIdentifier",
        }
    ]
    assert "verifiedUsing" not in main
    assert "software_contentIdentifier" not in named(elements, "stdlib")


def test_unknown_and_none_are_told_apart() -> None:
    elements = graph(reports.mixed())
    unknown = named(elements, "github.com/mystery/box")["spdxId"]
    (concluded,) = related(elements, unknown, "hasConcludedLicense")
    assert concluded["to"] == [
        "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
    ]
    leaf = named(elements, "stdlib")["spdxId"]
    (depends,) = related(elements, leaf, "dependsOn")
    assert depends["to"] == ["https://spdx.org/rdf/3.0.1/terms/Core/NoneElement"]
    declared = named(elements, "seccomp")["spdxId"]
    (depends,) = related(elements, declared, "dependsOn")
    assert depends["completeness"] == "noAssertion"


def test_test_dependencies_have_their_own_scope() -> None:
    elements = graph(reports.mixed(), scope="source")
    main = named(elements, reports.MAIN)["spdxId"]
    assertion = named(elements, "github.com/stretchy/assert")["spdxId"]
    scoped = [e for e in related(elements, main, "dependsOn") if e.get("scope") == "test"]
    assert [e["to"] for e in scoped] == [[assertion]]
    assert all(assertion not in e["to"] for e in elements
               if e.get("relationshipType") == "dependsOn" and "scope" not in e)  # fmt: skip


def test_an_incomplete_run_claims_no_complete_dependencies() -> None:
    states = {
        e["completeness"]
        for e in graph(reports.incomplete())
        if e.get("relationshipType") in ("dependsOn", "contains", "hasStaticLink", "describes")
    }
    assert states == {"incomplete"}


def test_every_id_is_defined_once_and_every_reference_is_defined() -> None:
    elements = graph(reports.mixed(), scope="source")
    ids = [e["spdxId"] for e in elements if "spdxId" in e]
    assert len(ids) == len(set(ids))
    for e in elements:
        for target in (e.get("from"), *e.get("to", ()), *e.get("element", ())):
            assert target is None or target in ids or "/terms/" in target


def test_what_has_no_file_of_its_own_is_in_what_was_built(tmp_path: Path) -> None:
    """With the built files at hand, main module and standard library reach a customer in them."""
    base = reports.small()
    built = tuple(
        replace(a, archive=reports.archive(a.verdict.artifact.name), file=f"{n}.exe")
        for n, a in enumerate(base.artifacts)
    )
    report = replace(base, artifacts=built)
    file = tmp_path / "sbom.spdx3.json"
    file.write_bytes(spdx3_json(report))
    elements = graph(report)
    names = {e["spdxId"]: e["name"] for e in elements if e["type"] == "software_File"}
    library = named(elements, "stdlib")
    (inside,) = related(elements, library["spdxId"], "hasDistributionArtifact")
    assert sorted(names[i] for i in inside["to"]) == ["0.exe", "1.exe"]
    assert judges.ntia(file, "spdx3", "bsi") == (True, {})
    assert related(graph(base), library["spdxId"], "hasDistributionArtifact") == []
