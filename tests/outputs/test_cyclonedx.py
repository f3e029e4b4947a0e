"""CycloneDX 1.6 and 1.7, judged by the strict validator of the project."""

from __future__ import annotations

import json

import pytest

from compliance.outputs.cyclonedx import cyclonedx_json
from compliance.report import ScanReport
from tests.outputs import judges, reports

VERSIONS = pytest.mark.parametrize("version", ["1.6", "1.7"])


def document(report: ScanReport, version: str = "1.6", **options: str) -> dict:
    return json.loads(cyclonedx_json(report, version, **options))


def component(report: ScanReport, name: str, version: str = "1.6") -> dict:
    (found,) = [c for c in document(report, version)["components"] if c["name"] == name]
    return found


@VERSIONS
@pytest.mark.parametrize("scope", ["build", "source"])
@pytest.mark.parametrize("name", ["small", "mixed", "incomplete", "hostile"])
def test_the_strict_validator_accepts_it(name: str, scope: str, version: str) -> None:
    data = cyclonedx_json(getattr(reports, name)(), version, scope=scope)
    assert judges.cyclonedx_strict(data, version) == ""


@VERSIONS
def test_references_are_unique_and_defined(version: str) -> None:
    made = document(reports.mixed(), version)
    refs = [made["metadata"]["component"]["bom-ref"], *(c["bom-ref"] for c in made["components"])]
    assert len(refs) == len(set(refs))
    used = [d["ref"] for d in made["dependencies"]]
    used += [ref for d in made["dependencies"] for ref in d.get("dependsOn", ())]
    used += [ref for c in made["compositions"] for ref in c.get("dependencies", ())]
    assert set(used) <= set(refs)


def test_declared_and_concluded_stand_apart() -> None:
    dual = "github.com/dual/lib"
    assert component(reports.mixed(), dual, "1.7")["licenses"] == [
        {"license": {"id": "Apache-2.0", "acknowledgement": "declared"}},
        {"expression": "Apache-2.0 OR GPL-2.0-only", "acknowledgement": "concluded"},
    ]
    old = component(reports.mixed(), dual)
    assert old["licenses"] == [
        {"expression": "Apache-2.0 OR GPL-2.0-only", "acknowledgement": "concluded"}
    ]
    assert {"name": "compliance:license:declared", "value": "Apache-2.0"} in old["properties"]


@VERSIONS
def test_the_text_of_own_terms_is_inside(version: str) -> None:
    custom = component(reports.mixed(), "git.example.org/odd/terms", version)
    assert reports.CUSTOM_TEXT.strip() in json.dumps(custom).replace("\\n", "\n")


def test_unknown_terms_are_said_and_are_no_license() -> None:
    unknown = component(reports.mixed(), "github.com/mystery/box")
    assert "licenses" not in unknown
    assert {"name": "compliance:license:concluded", "value": "NOASSERTION"} in unknown["properties"]


def test_the_pedigree_of_replaced_and_modified_modules() -> None:
    fork = component(reports.mixed(), "github.com/acme-forks/queue")
    assert fork["pedigree"]["ancestors"][0]["purl"] == "pkg:golang/github.com/upstream/queue@v1.0.0"
    assert fork["pedigree"]["notes"] == "replace directive at go.mod:21"
    assert "differ" in component(reports.mixed(), "github.com/toolbox/log")["pedigree"]["notes"]


def test_test_and_tool_modules_are_excluded_from_what_runs() -> None:
    made = document(reports.mixed(), scope="source")
    scopes = {c["name"]: c["scope"] for c in made["components"]}
    assert scopes["github.com/stretchy/assert"] == "excluded"
    assert scopes["github.com/gen/tool"] == "excluded"
    assert scopes["github.com/dual/lib"] == "required"
    assert made["metadata"]["lifecycles"] == [{"phase": "pre-build"}]


def test_completeness_is_stated() -> None:
    whole = document(reports.small())["compositions"]
    assert whole[0] == {"aggregate": "complete"}
    assert document(reports.incomplete())["compositions"][0] == {"aggregate": "incomplete"}
    unknown = [c for c in document(reports.mixed())["compositions"] if c["aggregate"] == "unknown"]
    names = {c["bom-ref"]: c["name"] for c in document(reports.mixed())["components"]}
    assert sorted(names[ref].rpartition("/")[2] for ref in unknown[0]["dependencies"]) == [
        "libdrv", "lz4", "rsrc.syso", "seccomp", "tool.wasm",
    ]  # fmt: skip


def test_who_made_it() -> None:
    made = document(reports.small())["metadata"]
    acme = {
        "name": "Acme Corp.",
        "url": ["https://acme.example.com"],
        "contact": [{"name": "Acme Corp.", "email": "sbom@acme.example.com"}],
    }
    assert made["manufacturer"] == made["supplier"] == acme
    assert made["tools"]["components"][0]["name"] == "compliance"
    assert made["timestamp"] == reports.CREATED
    assert made["lifecycles"] == [{"phase": "build"}]


def test_several_main_modules_stand_below_the_repository() -> None:
    base = reports.small()
    second = reports.main_module("example.com/acme/second")
    made = document(
        reports.report((*base.components, second), base.artifacts, base.edges)
    )  # fmt: skip
    subject = made["metadata"]["component"]
    (root,) = [d for d in made["dependencies"] if d["ref"] == subject["bom-ref"]]
    assert subject["name"] == "app"
    assert len(root["dependsOn"]) == 2
    assert judges.cyclonedx_strict(json.dumps(made).encode(), "1.6") == ""


def test_a_version_without_end_is_cut_where_the_schema_ends() -> None:
    data = cyclonedx_json(reports.hostile("x" * 5000), "1.6")
    assert judges.cyclonedx_strict(data, "1.6") == ""
