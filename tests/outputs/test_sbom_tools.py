"""Bills that exist: read, checked, converted, compared, merged."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import (
    ComplianceError,
    IncompleteError,
    LimitExceededError,
    MalformedInputError,
    UsageError,
)
from compliance.outputs.sbom import bill_of_materials
from compliance.outputs.sbomformats import SBOM_FORMATS, write_bill
from compliance.outputs.sbommodel import Sbom
from compliance.outputs.sbomread import load_values, read_bill
from compliance.outputs.sbomtools import (
    check_bill,
    compare_bills,
    convert_bill,
    losses,
    merge_bills,
)
from compliance.outputs.spdx import spdx_json
from tests.outputs import judges, reports
from tests.outputs.test_sbom import with_waiver

FORMATS = pytest.mark.parametrize("name", SBOM_FORMATS)


def test_what_has_no_place_is_told_one_by_one() -> None:
    spdx = json.loads(write_bill("spdx-json", bill()))
    spdx["packages"][0] |= {"summary": "a", "builtDate": "2025-01-01T00:00:00Z"}
    spdx["packages"][1]["checksums"] = [{"algorithm": "SHA1", "checksumValue": "a" * 40}]
    spdx["relationships"][1]["comment"] = "why"
    assert losses(json.dumps(spdx).encode()) == (
        '1 checksums "SHA1" of packages are left out.',
        "1 comments of relationships are left out.",
        '1 fields "builtDate" of packages are left out.',
        '1 fields "summary" of packages are left out.',
    )
    cdx = json.loads(write_bill("cyclonedx-json", bill()))
    cdx["services"] = [{"name": "a"}]
    cdx["components"][0] |= {
        "author": "a", "properties": [{"name": "syft:found", "value": "1"}],
        "hashes": [{"alg": "MD5", "content": "a" * 32}],
    }  # fmt: skip
    assert losses(json.dumps(cdx).encode()) == (
        '1 fields "author" of components are left out.',
        '1 hashes "MD5" of components are left out.',
        '1 properties "syft:found" of components are left out.',
        "1 services are left out.",
    )


@pytest.mark.parametrize("name", [f for f in SBOM_FORMATS if f.endswith("-json")])
def test_components_with_the_same_id_are_both_kept(name: str) -> None:
    value = json.loads(write_bill(name, bill()))
    parts = value.get("packages") or value.get("components") or value["@graph"]
    first, second = [p for p in parts if p.get("name") in (reports.TOML, reports.TEXT)][:2]
    for key in {"SPDXID", "bom-ref", "spdxId"} & first.keys():
        first[key] = second[key]
    names = {e.name for e in read_bill(json.dumps(value).encode())[1].elements}
    assert names >= {reports.TOML, reports.TEXT}


@FORMATS
@pytest.mark.parametrize("report", ["small", "mixed"])
def test_our_own_bills_lose_nothing(name: str, report: str) -> None:
    kept = losses(write_bill(name, bill(report)))
    assert [loss for loss in kept if "elements of type" not in loss] == []


def bill(report: str = "small") -> Sbom:
    return bill_of_materials(getattr(reports, report)())


@FORMATS
def test_our_own_bills_are_without_fault(name: str) -> None:
    checked = check_bill(write_bill(name, bill()))
    assert (checked.format, checked.problems) == (name, ())


@FORMATS
def test_what_is_unknown_is_a_problem(name: str) -> None:
    problems = check_bill(write_bill(name, bill("mixed"))).problems
    assert "github.com/mystery/box: has no concluded license" in problems
    assert "driverd: has no version, supplier" in problems


@FORMATS
@pytest.mark.parametrize("report", ["small", "mixed"])
def test_reading_what_was_written_changes_no_component(name: str, report: str) -> None:
    before = bill(report)
    found, after = read_bill(write_bill(name, before))
    assert found == name
    assert compare_bills(before, after) == ()
    assert {e.name for e in after.elements} == {e.name for e in before.elements}
    assert after.complete == before.complete
    assert after.author.name == before.author.name


@FORMATS
def test_dependencies_survive_every_format(name: str) -> None:
    before, after = bill("mixed"), read_bill(write_bill(name, bill("mixed")))[1]

    def depends(sbom: Sbom) -> set[tuple[str, str]]:
        names = {e.key: e.name for e in sbom.elements}
        return {
            (names[s], names.get(t, t)) for s, k, t in sbom.each_relation() if k == "DEPENDS_ON"
        }

    # CycloneDX has no word for "contains": a holder of something depends on it there.
    holder = ("github.com/dual/lib", "NONE")
    assert depends(before) - {holder} <= depends(after)


@FORMATS
def test_links_of_what_is_no_go_module_survive_every_format(name: str) -> None:
    before, after = bill("mixed"), read_bill(write_bill(name, bill("mixed")))[1]

    def links(sbom: Sbom) -> set[tuple[str, str, str]]:
        names = {e.key: e.name for e in sbom.elements}
        beside = {"libdrv", "lz4", "seccomp", f"{reports.MAIN}/drv/rsrc.syso",
                  "github.com/dual/lib/web/tool.wasm"}  # fmt: skip
        return {
            (names[s], k, names[t])
            for s, k, t in sbom.each_relation()
            if k in ("CONTAINS", "DYNAMIC_LINK", "STATIC_LINK") and names.get(t) in beside
        }

    assert len(links(before)) == 8, links(before)
    assert links(before) == links(after)
    kinds = {e.name.rpartition("/")[2]: e.purpose for e in after.elements}
    assert (kinds["tool.wasm"], kinds["rsrc.syso"], kinds["lz4"]) == ("FILE", "FILE", "LIBRARY")


def test_merging_keeps_links_and_what_is_inside() -> None:
    merged = merge_bills([bill("small"), bill("mixed")], name="both")
    names = {e.key: e.name for e in merged.elements}
    found = {(names.get(s), k, names.get(t)) for s, k, t in merged.each_relation()}
    assert ("server", "DYNAMIC_LINK", "seccomp") in found
    assert ("server", "CONTAINS", "github.com/dual/lib/web/tool.wasm") in found


@pytest.mark.parametrize("source", ["spdx-json", "spdx3-json", "cyclonedx17-json"])
@pytest.mark.parametrize("target", ["spdx-json", "spdx3-json", "cyclonedx-json"])
def test_a_converted_bill_is_valid(source: str, target: str) -> None:
    data = convert_bill(write_bill(source, bill("mixed")), target)
    if target == "spdx-json":
        assert judges.spdx_tools(data) == ()
        assert judges.against_schema(data, "spdx-2.3.json") == []
    elif target == "spdx3-json":
        assert judges.against_schema(data, "spdx-3.0.1.json") == []
    else:
        assert judges.cyclonedx_strict(data, "1.6") == ""


def test_what_has_no_place_is_counted() -> None:
    value = json.loads(write_bill("spdx-json", bill()))
    value["files"] = [{"SPDXID": "SPDXRef-f", "fileName": "x", "checksums": []}] * 3
    value["relationships"].append(
        {"spdxElementId": "SPDXRef-f", "relationshipType": "COPY_OF", "relatedSpdxElement": "NONE"}
    )
    notes = read_bill(json.dumps(value).encode())[1].notes
    assert "3 files are left out." in notes
    assert "1 relationships of type COPY_OF are left out." in notes


def test_a_bill_of_another_tool_is_read() -> None:
    data = {
        "bomFormat": "CycloneDX", "specVersion": "1.5",
        "metadata": {"component": {"type": "application", "bom-ref": "root", "name": "shop"}},
        "components": [
            {"type": "library", "bom-ref": "a", "group": "org.example", "name": "core",
             "version": "1.0",
             "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Odd one"}}],
             "components": [{"type": "file", "name": "inner"}]},
        ],
        "dependencies": [{"ref": "root", "dependsOn": ["a", "lost"]}],
    }  # fmt: skip
    name, sbom = read_bill(json.dumps(data).encode())
    assert name == "cyclonedx-json"
    core = next(e for e in sbom.elements if e.name == "org.example/core")
    assert core.declared == "LicenseRef-Odd-one AND MIT"
    assert core.concluded == "NOASSERTION"
    problems = check_bill(json.dumps(data).encode()).problems
    assert "lost: used but not defined" in problems
    assert "1 relationships to elements that are not packages are left out." in sbom.notes


FOREIGN: dict[str, dict[str, object]] = {
    "spdx-json": {
        "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "x",
        "creationInfo": {"created": "2026-01-02T03:04:05Z", "creators": ["Tool: other-1.0"]},
        "packages": [{"SPDXID": "SPDXRef-a", "name": "a", "downloadLocation": "NOASSERTION"}],
    },
    "cyclonedx-json": {
        "bomFormat": "CycloneDX", "specVersion": "1.6",
        "metadata": {"tools": [{"name": "other", "version": "1.0"}]},
        "components": [{"type": "library", "name": "a"}],
    },
}  # fmt: skip


@pytest.mark.parametrize("source", FOREIGN)
@FORMATS
def test_what_a_bill_of_another_tool_does_not_say_is_not_said_for_it(
    source: str, name: str
) -> None:
    data = convert_bill(json.dumps(FOREIGN[source]).encode(), name)
    sbom = read_bill(data)[1]
    assert (sbom.scope, sbom.complete) == ("", None)
    said = data.decode()
    assert "SBOM Type" not in said
    assert "lifecycles" not in said
    assert "software_sbomType" not in said
    assert "Lists " not in said
    assert "Read from a bill written by other-1.0." in said
    if name == "spdx3-json":
        assert judges.against_schema(data, "spdx-3.0.1.json") == []
    elif name.startswith("cyclonedx"):
        version = "1.7" if "17" in name else "1.6"
        assert judges.cyclonedx_schema(data, version) == []


@pytest.mark.parametrize(
    ("phase", "kind"),
    [("design", "design"), ("pre-build", "source"), ("build", "build"), ("post-build", "analyzed"),
     ("operations", "deployed"), ("decommission", "")],
)  # fmt: skip
@FORMATS
def test_the_type_of_a_bill_survives_every_format(name: str, phase: str, kind: str) -> None:
    value = FOREIGN["cyclonedx-json"] | {"compositions": [{"aggregate": "complete"}]}
    value = json.loads(json.dumps(value))
    value["metadata"]["lifecycles"] = [{"phase": phase}]
    sbom = read_bill(convert_bill(json.dumps(value).encode(), name))[1]
    assert (sbom.scope, sbom.complete) == (kind, True)


def test_bills_of_different_types_are_of_none_together() -> None:
    ours, source = bill(), replace(bill(), scope="source", complete=None)
    assert merge_bills([ours, bill("mixed")], name="both").scope == "build"
    merged = merge_bills([ours, source], name="both")
    assert (merged.scope, merged.complete) == ("", None)
    assert merge_bills([source, replace(ours, complete=False)], name="both").complete is False


def test_ids_that_are_given_twice_are_a_problem() -> None:
    value = json.loads(write_bill("cyclonedx-json", bill()))
    value["components"].append(value["components"][0])
    problems = check_bill(json.dumps(value).encode()).problems
    assert any(p.endswith(": defined more than once") for p in problems)


def test_a_component_that_nothing_leads_to_is_a_problem() -> None:
    value = json.loads(write_bill("cyclonedx-json", bill()))
    value["dependencies"] = []
    problems = check_bill(json.dumps(value).encode()).problems
    assert f"{reports.TOML}: nothing leads to it" in problems


def test_what_changed_between_two_releases() -> None:
    report = reports.small()
    *kept, last = report.components
    newer = replace(last, version="v3.1.0", conclusion=reports.conclusion("GPL-3.0-only"))
    added = reports.module("example.org/fresh", "v1.0.0")
    after = replace(report, components=(*kept[:2], *kept[3:], newer, added))
    changes = compare_bills(bill_of_materials(report), bill_of_materials(after))
    found = {(c.name, c.kind, c.before, c.after) for c in changes}
    assert ("example.org/fresh", "added", "", "v1.0.0") in found
    assert (reports.TOML, "removed", "v1.3.2", "") in found
    (changed,) = [c for c in changes if c.name == reports.YAML]
    assert ("version", "v3.0.1", "v3.1.0") in changed.fields
    assert ("concluded", "Apache-2.0 AND MIT", "GPL-3.0-only") in changed.fields
    assert compare_bills(bill(), bill()) == ()


def test_merged_bills_hold_every_component_once() -> None:
    merged = merge_bills([bill("small"), bill("mixed")], name="both")
    names = [(e.name, e.version, e.purl) for e in merged.elements]
    assert len(names) == len(set(names))
    assert {e.name for e in bill("mixed").elements} <= {n for n, _, _ in names}
    data = write_bill("spdx-json", merged)
    assert judges.spdx_tools(data) == ()
    assert merge_bills([bill("small"), bill("mixed")], name="both").uuid == merged.uuid
    with pytest.raises(UsageError):
        merge_bills([], name="none")


def test_one_name_for_two_texts_becomes_two_names() -> None:
    first = bill("mixed")
    other = replace(
        first,
        license_texts=tuple(replace(t, text=f"{t.text} Twice.") for t in first.license_texts),
        elements=tuple(replace(e, name=f"{e.name}-2", purl=None) for e in first.elements),
    )
    merged = merge_bills([first, other], name="both")
    assert len({t.id for t in merged.license_texts}) == 2 * len(first.license_texts)
    assert judges.spdx_tools(write_bill("spdx-json", merged)) == ()


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", MalformedInputError, "neither SPDX nor CycloneDX"),
        (b"{}", MalformedInputError, "neither SPDX nor CycloneDX"),
        (b'{"spdxVersion": "SPDX-2.3"}', MalformedInputError, "lists no component"),
        (b"{", MalformedInputError, "not JSON"),
        (b"[]", MalformedInputError, "neither SPDX nor CycloneDX"),
        (b'{"spdxVersion":' + b"[" * 500 + b"]" * 500 + b"}", LimitExceededError, "nested"),
        (b"{" * 200_000, ComplianceError, "x.json"),
        (b'{"a":' * 200_000, ComplianceError, "x.json"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><Document>&a;</Document>", MalformedInputError, "type"),
        (b"<bom/>", MalformedInputError, "neither SPDX nor CycloneDX"),
        (b"<Document>" + b"<a>" * 500 + b"</a>" * 500 + b"</Document>", LimitExceededError, "deep"),
        (b"spdxVersion: &a [*a]", ComplianceError, "x.json"),
        (b"spdxVersion: [", MalformedInputError, "not YAML"),
        (b"spdxVersion: " + b"[" * 5000, ComplianceError, "x.json"),
        (b"SPDXVersion: SPDX-2.3\nFoo", MalformedInputError, "2: no `Tag: value`"),
        (b"SPDXVersion: SPDX-2.3\n\nFoo: x", MalformedInputError, "3: Foo is not known here"),
        (b"SPDXVersion: <text>x\ny", MalformedInputError, "1: <text> is never closed"),
        (b"SPDXVersion: x\nRelationship: a b", MalformedInputError, "2: Relationship: 'a b' has"),
        (b"SPDXVersion: x\nRelationshipComment: b", MalformedInputError, "2: Relationship"),
        (b"SPDXVersion: x\nBytes: b", MalformedInputError, "2: Bytes is not known here"),
        (b"SPDXVersion: \xff", MalformedInputError, "not UTF-8"),
        (b"\xff\xfe", MalformedInputError, "is UTF-16"),
    ],
)  # fmt: skip
def test_damaged_input_is_an_error_with_its_file(
    data: bytes, error: type[ComplianceError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        read_bill(data, file="x.json")
    assert str(caught.value).startswith("x.json:")


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


@settings(derandomize=True, deadline=None, max_examples=60, database=None)
@given(st.data(), st.sampled_from(["spdx-json", "spdx3-json", "cyclonedx-json"]))
def test_bills_with_any_value_in_any_place_can_be_read(data: st.DataObject, name: str) -> None:
    value = json.loads(write_bill(name, bill()))
    here: object = value
    while isinstance(here, (dict, list)) and here:
        places = sorted(here) if isinstance(here, dict) else list(range(len(here)))
        place = data.draw(st.sampled_from(places))
        if data.draw(st.integers(0, 2)) == 0 or not isinstance(here[place], (dict, list)):
            here[place] = data.draw(JSON)
            break
        here = here[place]
    try:
        _, sbom = read_bill(json.dumps(value).encode())
    except MalformedInputError:
        return
    assert judges.spdx_tools(write_bill("spdx-json", sbom)) == ()


def test_the_room_offers_all_of_it() -> None:
    from compliance.outputs import convert_bill, diff_bills, merge_bills, render_bill

    one = render_bill("spdx-json", reports.small(), artifact="agent")
    both = render_bill("cyclonedx-json", reports.small())
    added = {c.name for c in diff_bills(("one", one), ("both", both)) if c.kind == "added"}
    assert added == {"server", reports.TEXT, reports.YAML}
    merged = merge_bills([("one", one), ("both", both)], "spdx3-json", name="all")
    assert judges.against_schema(merged, "spdx-3.0.1.json") == []
    with pytest.raises(UsageError):
        render_bill("html", reports.small())
    with pytest.raises(UsageError):
        convert_bill(one, "pdf")


@pytest.mark.parametrize(
    "text",
    [
        "Organization: " + "( " * 20_000, "https://" + "a-" * 20_000, "https://" + "a." * 20_000,
        "(" * 20_000, "MIT AND " * 10_000, "pkg:golang/" + "%" * 20_000,
        "gopkg.in/" + ".v1" * 10_000,
        "cpe:2.3:a" + ":-" * 20_000, "\u202e" * 20_000, "SBOM Type:" + " " * 20_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_hostile_text_takes_linear_time(text: str) -> None:
    value = json.loads(write_bill("spdx-json", bill()))
    package = value["packages"][3]
    fields = ("name", "versionInfo", "supplier", "downloadLocation", "licenseConcluded", "homepage")
    package.update(dict.fromkeys((*fields, "copyrightText", "sourceInfo"), text))
    for reference in package["externalRefs"]:
        reference["referenceLocator"] = text
    value["creationInfo"]["comment"] = text
    started = time.process_time()
    read_bill(json.dumps(value).encode())
    bill_of_materials(reports.hostile(text))
    assert time.process_time() - started < 4  # a fraction of a second; minutes, if not linear


@pytest.mark.parametrize("name", ["spdx-json", "spdx-xml", "cyclonedx-json"])
def test_decisions_about_components_are_read_and_merged(name: str) -> None:
    before = bill_of_materials(with_waiver())
    after = read_bill(write_bill(name, before))[1]
    assert [(r.date, r.reviewer, r.text) for r in after.reviews] == [
        (r.date, r.reviewer, r.text) for r in before.reviews
    ]
    assert len(merge_bills([bill("small"), after], name="both").reviews) == 1


TAG_VALUE = """\
# a comment
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: shop
DocumentNamespace: https://example.com/shop
ExternalDocumentRef: DocumentRef-x http://e.com/x SHA1: da39a3ee5e6b4b0d3255bfef95601890afd80709
Creator: Person: Ann (ann@example.com)
Creator: Tool: other-1.0
Created: 2026-01-01T00:00:00Z
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-shop
RelationshipComment: the shop

PackageName: shop
SPDXID: SPDXRef-shop
PackageVersion: 2.0
PackageDownloadLocation: NOASSERTION
FilesAnalyzed: true
PackageVerificationCode: d6a770ba38583ed4bb4525bd96e50461655d2758 (excludes: ./x.spdx)
PackageChecksum: SHA1: 85ed0817af83a24ad8da68c2b5094de69833983c
PackageLicenseInfoFromFiles: MIT
PackageLicenseConcluded: MIT
PackageLicenseDeclared: LicenseRef-own
PackageCopyrightText: <text>one
two: three
</text>
ExternalRef: PACKAGE-MANAGER purl pkg:generic/shop@2.0
ExternalRefComment: <text>a
b</text>
FileName: ./a.c
SPDXID: SPDXRef-a
FileType: SOURCE
FileChecksum: SHA1: d6a770ba38583ed4bb4525bd96e50461655d2758
LicenseConcluded: MIT
LicenseInfoInFile: MIT
FileCopyrightText: NONE
SnippetSPDXID: SPDXRef-s
SnippetFromFileSPDXID: SPDXRef-a
SnippetByteRange: 1:9
SnippetLineRange: 1:2
SnippetLicenseConcluded: MIT
SnippetCopyrightText: NONE
LicenseInfoInSnippet: MIT
LicenseID: LicenseRef-own
ExtractedText: <text>Mine.</text>
LicenseCrossReference: https://example.com/a
LicenseCrossReference: https://example.com/b
Annotator: Person: Bob
AnnotationDate: 2026-01-02T00:00:00Z
AnnotationType: REVIEW
SPDXREF: SPDXRef-shop
AnnotationComment: fine
Relationship: SPDXRef-shop CONTAINS SPDXRef-a
"""


def test_tag_value_of_others_is_read_as_the_reference_library_reads_it() -> None:
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.parser.tagvalue.parser import Parser

    value = load_values(TAG_VALUE.encode())[1]
    ours, theirs = JsonLikeDictParser().parse(value), Parser().parse(TAG_VALUE)
    assert ours.creation_info == theirs.creation_info
    assert ours.packages == theirs.packages
    assert ours.files == theirs.files
    assert ours.snippets == theirs.snippets
    assert ours.extracted_licensing_info == theirs.extracted_licensing_info
    assert ours.annotations == theirs.annotations
    assert [r for r in theirs.relationships if r not in ours.relationships] == []
    _, sbom = read_bill(TAG_VALUE.encode())
    assert sbom.elements[0].copyright == "one\ntwo: three"
    assert "1 files are left out." in sbom.notes


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"spdxVersion: " + b"[" * 100_000, "nested too deeply"),
        ('{"spdxVersion": "SPDX-2.3"}'.encode("utf-16"), "is UTF-16"),
        (b'<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>', "lists no component"),
        (b'{"spdxVersion":5,"packages":{"a":1},"creationInfo":[]}', "lists no component"),
    ],
    ids=["deep-yaml", "utf-16", "cyclonedx-xml", "other-types"],
)
def test_what_cannot_be_read_is_told_at_once(data: bytes, said: str) -> None:
    with pytest.raises(IncompleteError, match=said):
        check_bill(data, file="x")


def test_a_form_that_the_reference_library_does_not_expect_is_a_fault() -> None:
    value = json.loads(spdx_json(reports.small()))
    value["creationInfo"] = ["x"]
    problems = check_bill(json.dumps(value).encode()).problems
    assert any("does not have the form of SPDX 2" in p for p in problems)


@FORMATS
def test_a_source_bill_keeps_what_is_not_shipped_apart_in_every_format(name: str) -> None:
    written = write_bill(name, bill_of_materials(reports.mixed(), scope="source"))
    sbom = read_bill(written)[1]
    assert sbom.scope == "source"
    assert not [f for f in check_bill(written).problems if "nothing leads to it" in f]
    aside = {r.source for r in sbom.relations if r.kind.endswith("_OF")}
    shipped = {r.target for r in sbom.each_relation() if r.kind in ("STATIC_LINK", "DEPENDS_ON")
               and r.source not in aside}  # fmt: skip
    assert aside
    assert not aside & shipped
