"""Whatever stands in a repository, its bills of materials are valid."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.outputs.cyclonedx import cyclonedx_json
from compliance.outputs.sbomtext import clean, golang_purl, identifier, line, public_url
from compliance.outputs.spdx import spdx_json, spdx_tag_value, spdx_xml
from compliance.outputs.spdx3 import spdx3_json
from compliance.outputs.spdxlicense import join_and, spdx_license
from compliance.report import ScanReport
from tests.outputs import judges, reports

SETTINGS = settings(derandomize=True, deadline=None, max_examples=40, database=None)

NASTY = st.sampled_from([
    "", " ", "\x00", "\udcff", "\u202e", "]]>", "</text>", "<text>", "NONE", "NOASSERTION", "-",
    "LicenseRef-", "LicenseRef-a_b", "DocumentRef-x:LicenseRef-y", "MIT AND", "(" * 50, "MIT)",
    "pkg:golang/", "pkg:golang/x@%", "h1:", "Tool: x", "a b", "é", "🦆", "..", "/", "//", "@", "#",
    "https://[::1]/x", "https://user:pw@example.com/x", "GPL-2.0+", "Apache-2.0+", "\r\n::error::",
    "1.0\n2.0", "x" * 300, "SPDXRef-DOCUMENT", "&#10;", "\ufffe", "MIT WITH MIT",
])  # fmt: skip
TEXT = st.one_of(st.text(max_size=40), NASTY, st.builds(lambda a, b: a + b, NASTY, NASTY))
TERM = st.sampled_from([
    "MIT", "mit", "Apache-2.0", "GPL-2.0", "GPL-2.0-or-later", "LGPL-2.1+", "LicenseRef-a_b",
    "LicenseRef-scancode-x", "Foo", "EPL-1.0+", "GPL-3.0-only WITH GCC-exception-3.1",
    "GPL-2.0 WITH LicenseRef-odd", "GPL-2.0-with-classpath-exception", "MIT WITH Nothing",
])  # fmt: skip
EXPRESSION = st.recursive(
    TERM,
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("({})".format, inner),
    ),
    max_leaves=8,
)


@st.composite
def any_report(draw: st.DrawFn) -> ScanReport:
    """A report whose modules come from anywhere, under any terms."""
    report = reports.hostile(draw(TEXT))
    more = tuple(
        reports.module(
            draw(TEXT), draw(TEXT), draw(st.one_of(EXPRESSION, TEXT, st.none())),
            purl=draw(TEXT), copyrights=tuple(draw(st.lists(TEXT, max_size=3))),
            modified=draw(st.booleans()), scope=draw(st.sampled_from(["linked", "test", "tool"])),
            sum=draw(st.one_of(st.none(), TEXT)), place=draw(TEXT),
        )
        for _ in range(draw(st.integers(0, 3)))
    )  # fmt: skip
    return replace(report, components=(*report.components, *more))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sbom")


@SETTINGS
@given(any_report(), st.sampled_from(["build", "source"]))
def test_spdx_is_valid(report: ScanReport, scope: str) -> None:
    data = spdx_json(report, scope=scope)
    assert judges.spdx_tools(data) == ()
    assert judges.against_schema(data, "spdx-2.3.json") == []


@SETTINGS
@given(any_report(), st.sampled_from(["build", "source"]))
def test_spdx_3_is_valid(report: ScanReport, scope: str) -> None:
    data = spdx3_json(report, scope=scope)
    assert judges.against_schema(data, "spdx-3.0.1.json") == []
    elements = json.loads(data)["@graph"]
    ids = {e["spdxId"] for e in elements if "spdxId" in e}
    assert len(ids) == len(elements) - 1


@settings(SETTINGS, max_examples=25)
@given(any_report(), st.sampled_from(["1.6", "1.7"]))
def test_cyclonedx_is_valid(report: ScanReport, version: str) -> None:
    assert judges.cyclonedx_strict(cyclonedx_json(report, version), version) == ""


@settings(SETTINGS, max_examples=8)
@given(any_report())
def test_tag_value_and_xml_can_be_read(folder: Path, report: ScanReport) -> None:
    from spdx_tools.spdx.parser import parse_anything

    count = len(json.loads(spdx_json(report))["packages"])
    for data, suffix in ((spdx_tag_value(report), ".spdx"), (spdx_xml(report), ".spdx.xml")):
        file = folder / f"sbom{suffix}"
        file.write_bytes(data)
        assert len(parse_anything.parse_file(str(file)).packages) == count


@settings(SETTINGS, max_examples=300)
@given(st.one_of(EXPRESSION, TEXT))
def test_expressions_are_known_or_own(text: str) -> None:
    from spdx_tools.common.spdx_licensing import spdx_licensing

    made = spdx_license(text)
    if made.text in ("NOASSERTION", "NONE"):
        return
    unknown = set(spdx_licensing.validate(made.text).invalid_symbols)
    assert unknown == set(made.refs)
    again = spdx_license(made.text)
    assert (again.text, set(again.refs), again.notes) == (made.text, set(made.refs), ())


@settings(SETTINGS, max_examples=200)
@given(st.frozensets(EXPRESSION, min_size=1, max_size=4))
def test_a_conjunction_holds_every_license(expressions: frozenset[str]) -> None:
    from spdx_tools.common.spdx_licensing import spdx_licensing as licensing

    parts = frozenset(spdx_license(e).text for e in expressions)
    whole = join_and(parts)
    assert spdx_license(whole).text == whole
    want = {key for p in parts for key in licensing.license_keys(p)}
    assert set(licensing.license_keys(whole)) == want


@settings(SETTINGS, max_examples=300)
@given(TEXT, TEXT)
def test_texts_are_clean(text: str, other: str) -> None:
    made = clean(text)
    assert clean(made) == made
    assert made.encode("utf-8").decode("utf-8") == made
    assert not [c for c in made if ord(c) < 0x20 and c not in "\n\t"]
    assert "\n" not in line(text)
    key = identifier("module", text, other)
    assert set(key) <= set(string.ascii_letters + string.digits + ".-")
    assert (key == identifier("module", other, text)) == (text == other)
    assert " " not in golang_purl(text, other)
    assert "@" not in (public_url(text) or "").partition("://")[2].partition("/")[0]
