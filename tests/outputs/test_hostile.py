"""Hostile text in every place that takes text from the input is harmless in every output."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance import outputs
from compliance.outputs.escaping import visible, visible_document
from tests.outputs import reports, states
from tests.outputs.test_html import Page

PLAIN = (
    "html", "json", "sarif", "markdown", "notice", "notice-md", "notice-html", "csv", "junit",
)  # fmt: skip
STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\U000e0000-\U000e007f]"
)
COMMAND = re.compile(r"^\s*(::|##\[)|##(vso|teamcity)\[", re.MULTILINE)
ATTACKS = (
    reports.HOSTILE,
    "\x1b]0;title\x07\x1b[2J\x9b31m",
    "::set-output name=x::y\n##[command]z\r::error::w",
    "</text>]]></script></style><!-- --><svg onload=alert(1)>",
    '=HYPERLINK("http://evil.example")',
    "+1\t-1\t@x",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}${7*7}",
    "\ud800\udfff\udc80",
    "a" * 5_000,
    "\u202e\u2066\u200b\ufeff\u2028",
    "",
    "\n\n\n",
    "`" * 200,
    "](x) ![y](z) <b>",
    "%0A::error::x",
    "x ##vso[task.setvariable variable=a]b\n##teamcity[message text='a']",
    "x\U000e0068\U000e0069\U000e0001\u061c\u00ad",
    "c/" * 50_000,
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


def check(name: str, data: bytes) -> None:
    text = data.decode("utf-8-sig" if name == "csv" else "utf-8")
    assert STEERING.search(text) is None
    if name in ("json", "sarif"):
        assert isinstance(json.loads(text), dict)
    if name in ("markdown", "notice", "notice-md", "notice-html", "junit"):
        assert COMMAND.search(text) is None
    if name in ("html", "notice-html"):
        page = Page(text)
        assert (page.broken, page.open) == ([], [])
        assert text.count("<script") == (2 if name == "html" else 0)
    if name == "junit":
        assert ElementTree.fromstring(text).tag == "testsuites"
    if name == "csv":
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert max(len(field) for row in rows for field in row) < 2**15


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize("name", PLAIN)
def test_attacks_are_harmless(name: str, text: str) -> None:
    check(name, outputs.render(name, states.hostile_findings(text)))


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text[:20]))
def test_attacks_are_harmless_at_the_terminal_and_in_a_comment(text: str) -> None:
    document = outputs.report_document(states.hostile_findings(text))
    shown = outputs.render_terminal(document)
    comment = outputs.render_comment(document)
    for made in (shown, comment):
        made.encode("utf-8")
        assert STEERING.search(made) is None
        assert COMMAND.search(made) is None


@given(text=ANY_TEXT)
@settings(
    max_examples=25, derandomize=True, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
def test_any_text_is_harmless(text: str) -> None:
    report = states.hostile_findings(text)
    for name in PLAIN:
        check(name, outputs.render(name, report))
    shown = outputs.render_terminal(outputs.report_document(report), width=60)
    assert [c for c in shown if not c.isprintable() and c != "\n"] == []
    wide = [line for line in shown.splitlines() if len(line) > 60]
    assert [line for line in wide if len(line.split()) > 2] == [], "only a word that has no room"


ANY_TEXT = st.one_of(
    st.text(max_size=8),
    st.text(st.characters(codec=None), max_size=8),
    st.sampled_from(["a\tb\n", "C:\\users", "a\rb", "\u202eb", "\udcff", "\x7f", "\u00a0", "\x00"]),
)


def made_visible(value: object) -> object:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(k): made_visible(v) for k, v in value.items()}
    return [made_visible(v) for v in value] if isinstance(value, list) else value


@settings(max_examples=300)
@given(
    st.dictionaries(
        ANY_TEXT,
        st.recursive(
            st.one_of(ANY_TEXT, st.integers(), st.none(), st.booleans()),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3)
            ),
            max_leaves=6,
        ),
        max_size=3,
    )
)
def test_a_document_is_shown_as_each_of_its_strings(document: dict[str, object]) -> None:
    assert visible_document(document) == made_visible(document)
