"""CycloneDX as XML: the reference library writes it from our JSON, and it is read as the same."""

from __future__ import annotations

import json
import re

import pytest

from compliance.errors import ComplianceError, LimitExceededError, MalformedInputError
from compliance.outputs.sbom import bill_of_materials
from compliance.outputs.sbomformats import write_bill
from compliance.outputs.sbommodel import Sbom
from compliance.outputs.sbomread import load_values, read_bill
from compliance.outputs.sbomtools import check_bill, compare_bills, losses
from tests.outputs import reports

NAMESPACE = 'xmlns="http://cyclonedx.org/schema/bom/1.6"'


def as_xml(data: bytes, version: str) -> bytes:
    """What cyclonedx-python-lib makes of a JSON document."""
    model = pytest.importorskip("cyclonedx.model.bom")
    output = pytest.importorskip("cyclonedx.output")
    schema = pytest.importorskip("cyclonedx.schema")
    bom = model.Bom.from_json(json.loads(data))
    kind = schema.SchemaVersion.from_version(version)
    maker = output.make_outputter(bom, schema.OutputFormat.XML, kind)
    return str(maker.output_as_string()).encode()


def bill(name: str = "mixed") -> Sbom:
    return bill_of_materials(getattr(reports, name)())


@pytest.mark.parametrize("report", ["small", "mixed"])
def test_the_xml_of_the_reference_library_says_what_our_json_says(report: str) -> None:
    data = write_bill("cyclonedx-json", bill(report))
    name, read = read_bill(as_xml(data, "1.6"))
    assert name == "cyclonedx-xml"
    expected = read_bill(data)[1]
    assert compare_bills(expected, read) == ()
    assert len(read.elements) == len(expected.elements)
    assert read.roots == expected.roots
    # The library drops compositions, which say what is unknown.
    known = [r for r in expected.each_relation() if r.target != "NOASSERTION"]
    assert [r for r in read.each_relation() if r in known] == known
    assert {t.id: t.text for t in read.license_texts} == {
        t.id: t.text for t in expected.license_texts
    }
    assert (read.author, read.created, read.scope) == (
        expected.author, expected.created, expected.scope
    )  # fmt: skip


@pytest.mark.parametrize("report", ["small", "mixed"])
def test_it_is_checked_like_json(report: str) -> None:
    data = write_bill("cyclonedx-json", bill(report))
    checked = check_bill(as_xml(data, "1.6"))
    assert checked.problems == check_bill(data).problems


def test_all_that_the_schema_puts_into_other_places() -> None:
    data = f"""<?xml version="1.0"?>
<bom {NAMESPACE} serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79" version="2">
 <!-- a comment -->
 <metadata>
  <timestamp>2026-01-02T03:04:05Z</timestamp>
  <lifecycles><lifecycle><phase>build</phase></lifecycle></lifecycles>
  <tools><tool><vendor>V</vendor><name>t</name></tool></tools>
  <authors><author><name>A</name><email>a@example.com</email></author></authors>
  <component type="application" bom-ref="r"><name>app</name><version>1</version></component>
 </metadata>
 <components>
  <component type="library" bom-ref="c" mime-type="x/y">
   <supplier><name>S</name><url>https://a.example</url><url>https://b.example</url></supplier>
   <group>g</group><name>n</name><version>v1</version>
   <hashes><hash alg="SHA-256">{"a" * 64}</hash></hashes>
   <licenses><license acknowledgement="concluded"><id>MIT</id></license>
    <expression acknowledgement="declared">MIT OR ISC</expression></licenses>
   <purl>pkg:golang/g/n@v1</purl><swhid>swh:1:cnt:{"b" * 40}</swhid><modified>false</modified>
   <externalReferences><reference type="vcs"><url>https://v.example</url></reference>
   </externalReferences>
   <components><component type="file"><name>inner</name></component></components>
   <evidence><licenses><license><name>Odd</name></license></licenses></evidence>
   <properties><property name="p">q</property></properties>
  </component>
 </components>
 <dependencies><dependency ref="r"><dependency ref="c"/><provides ref="z"/></dependency>
 </dependencies>
 <compositions><composition><aggregate>complete</aggregate>
  <assemblies><assembly ref="c"/></assemblies></composition></compositions>
 <x:extra xmlns:x="http://x.example"><x:y/></x:extra>
</bom>"""
    name, value = load_values(data.encode())
    assert name == "cyclonedx-xml"
    assert value == {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 2,
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": {
            "timestamp": "2026-01-02T03:04:05Z", "lifecycles": [{"phase": "build"}],
            "tools": [{"vendor": "V", "name": "t"}],
            "authors": [{"name": "A", "email": "a@example.com"}],
            "component": {"type": "application", "bom-ref": "r", "name": "app", "version": "1"},
        },
        "components": [{
            "type": "library", "bom-ref": "c", "mime-type": "x/y",
            "supplier": {"name": "S", "url": ["https://a.example", "https://b.example"]},
            "group": "g", "name": "n", "version": "v1",
            "hashes": [{"alg": "SHA-256", "content": "a" * 64}],
            "licenses": [
                {"license": {"acknowledgement": "concluded", "id": "MIT"}},
                {"acknowledgement": "declared", "expression": "MIT OR ISC"},
            ],
            "purl": "pkg:golang/g/n@v1", "swhid": ["swh:1:cnt:" + "b" * 40], "modified": False,
            "externalReferences": [{"type": "vcs", "url": "https://v.example"}],
            "components": [{"type": "file", "name": "inner"}],
            "evidence": {"licenses": [{"license": {"name": "Odd"}}]},
            "properties": [{"name": "p", "value": "q"}],
        }],
        "dependencies": [{"ref": "r", "dependsOn": ["c"], "provides": ["z"]}],
        "compositions": [{"aggregate": "complete", "assemblies": ["c"]}],
        "properties": [{"name": "{http://x.example}extra", "value": ""}],
    }  # fmt: skip
    assert losses(data.encode()) == (
        '1 fields "mime-type" of components are left out.',
        '1 properties "p" of components are left out.',
        '1 properties "{http://x.example}extra" of the document are left out.',
    )
    (library,) = [e for e in read_bill(data.encode())[1].elements if e.name == "g/n"]
    assert library.license_notes == "Licenses seen in the files: Odd."


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (f"<bom {NAMESPACE}/>", MalformedInputError, "lists no component"),
        (f"<bom {NAMESPACE}>", MalformedInputError, "not XML"),
        ("<bom/>", MalformedInputError, "neither SPDX nor CycloneDX"),
        ('<bom xmlns="http://x.example"/>', MalformedInputError, "neither SPDX nor CycloneDX"),
        (
            f"<!DOCTYPE bom [<!ENTITY a 'b'>]><bom {NAMESPACE}>&a;</bom>",
            MalformedInputError,
            "type",
        ),
        (f"<bom {NAMESPACE}><name>&b;</name></bom>", MalformedInputError, "undefined entity"),
        ("<?xml version='1.0' encoding='nonsense'?><bom/>", MalformedInputError, "not XML"),
        (f"<bom {NAMESPACE}>" + "<components><component>" * 500, MalformedInputError, "not XML"),
        (
            f"<bom {NAMESPACE}>"
            + "<components><component>" * 500
            + "</component></components>" * 500
            + "</bom>",
            LimitExceededError,
            "nested",
        ),
    ],
)
def test_damaged_xml_is_an_error_with_its_file(
    data: str, error: type[ComplianceError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        read_bill(data.encode(), file="x.xml")
    assert str(caught.value).startswith("x.xml:")


@pytest.mark.parametrize(
    "data", [b'{"a": [' + b"[]," * 2_500_001, b"<bom>" + b"<a/>" * 5_000_000, b"a:\n" * 5_000_001]
)
def test_more_values_than_any_bill_are_not_even_parsed(data: bytes) -> None:
    with pytest.raises(LimitExceededError, match="5,000,000 values"):
        read_bill(data)


@pytest.mark.parametrize(
    ("head", "part", "tail"),
    [
        (b'{"spdxVersion": "SPDX-2.3", "packages": [{}', b",{}", b"]}"),
        (b'{"bomFormat": "CycloneDX", "components": [{}', b",{}", b"]}"),
        (b'{"@graph": [{}', b',{"type":"software_Package"}', b"]}"),
    ],
)
def test_more_components_than_any_bill_are_not_read(
    head: bytes, part: bytes, tail: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.outputs.sbomvalues.MAX_COMPONENTS", 500)
    for judge in (check_bill, losses):
        with pytest.raises(LimitExceededError, match=r"^x\.json: lists more than 500 components"):
            judge(head + part * 501 + tail, file="x.json")


def test_a_document_type_in_a_text_is_none() -> None:
    data = as_xml(write_bill("cyclonedx-json", bill("small")), "1.6").decode()
    plain = re.sub(r"<copyright>[^<]*", "<copyright><![CDATA[<!DOCTYPE html>]]>", data, count=1)
    assert "DOCTYPE" in plain
    assert any(e.copyright == "<!DOCTYPE html>" for e in read_bill(plain.encode())[1].elements)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32"])
def test_other_encodings_hide_no_document_type(encoding: str) -> None:
    data = "<!DOCTYPE x [<!ENTITY a 'b'>]><bom>&a;</bom>".encode(encoding)
    with pytest.raises(MalformedInputError, match="UTF-16"):
        read_bill(data)
