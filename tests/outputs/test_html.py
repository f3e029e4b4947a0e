"""The page: its states, its safety, its size. What needs a browser is in tests/browser."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from compliance import outputs
from compliance.findings import Evidence, ExcerptLine, Finding, Severity
from compliance.outputs.html import FILTERS
from compliance.report import ScanReport
from tests.outputs import reports, states

VOID = {"meta", "input", "wbr", "use", "rect", "path", "col"}


class Page(HTMLParser):
    """Tags with attributes, text by element, and whether every element was closed."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.broken: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.broken.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))

    def every(self, attribute: str) -> Iterator[str]:
        for _, attrs in self.tags:
            if attrs.get(attribute) is not None:
                yield str(attrs[attribute])


def html(report: ScanReport) -> str:
    return outputs.render_html(outputs.report_document(report)).decode("utf-8")


@pytest.fixture(scope="module", params=states.STATES)
def page(request: pytest.FixtureRequest) -> Page:
    return Page(html(states.STATES[request.param]()))


def test_every_element_is_closed(page: Page) -> None:
    assert page.broken == []
    assert page.open == []


def test_ids_are_unique_and_every_link_has_a_target(page: Page) -> None:
    ids = list(page.every("id"))
    assert len(ids) == len(set(ids))
    targets = list(page.every("href"))
    assert targets
    assert all(h.startswith("#") and h[1:] in ids for h in targets)
    assert all(label in ids for label in page.every("aria-labelledby"))


def test_nothing_is_loaded_and_no_script_or_style_stands_in_an_attribute(page: Page) -> None:
    names = {name for _, attrs in page.tags for name in attrs}
    assert not names & {"src", "srcset", "style", "action", "formaction", "background", "data"}
    assert not [name for name in names if name.startswith("on")]
    assert {tag for tag, _ in page.tags} & {
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "base",
    } == set()


def test_headings_have_no_gap(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_policy_allows_exactly_our_style_and_our_script() -> None:
    source = html(reports.small())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', source)
    assert policy is not None
    rules = policy[1].replace("&#39;", "'")
    assert rules.startswith("default-src 'none'; ")
    assert "unsafe" not in rules
    for tag, kind in (("style", "style-src"), ("script", "script-src")):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", source, re.DOTALL)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in rules


def test_hostile_text_is_shown_and_never_markup() -> None:
    source = html(states.hostile_findings())
    page = Page(source)
    assert not any(c in source for c in "\x1b\x00\u202e\ufeff")
    assert source.count("<script") == 2
    assert "<script>alert(1)</script>" in page.words()
    assert "\u27e8U+202E\u27e9gnp.exe" in page.words()
    assert [h for h in page.every("href") if not h.startswith("#")] == []


def test_details_are_inert_json() -> None:
    source = html(states.hostile_findings("</script><script>alert(1)</script><!--"))
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', source, re.DOTALL)
    assert data is not None
    assert "<" not in data[1]
    assert "</script><script>" in json.dumps(json.loads(data[1]))


def test_css_takes_only_digits_from_the_input() -> None:
    report = states.hostile_findings('"} body{display:none} /*')
    style = re.search(r"<style>(.*?)</style>", html(report), re.DOTALL)
    assert style is not None
    assert "body{display" not in style[1]


def test_a_pass_is_one_sentence() -> None:
    words = Page(html(reports.small())).words()
    assert "Cleared for release" in words
    assert "None. Every component has a known license" in words
    assert "No gap is known" in words


def test_an_incomplete_scan_shows_no_allowance() -> None:
    source = html(reports.incomplete())
    words = Page(source).words()
    assert "No decision: the scan is incomplete" in words
    assert "github.com/lost/module@v1.0.0" in words
    assert "may ship" not in words.replace("may ship with", "")
    rows = source[source.index('id="grid"') :]
    assert 'data-v="pass"' not in rows
    assert 'data-v="comply"' not in rows


def test_only_what_was_computed_is_shown() -> None:
    words = Page(html(states.incident())).words()
    assert "Not examined in this run." in words
    assert "No contested reading does: all 2 switches were flipped" in words


def test_reach_and_boundaries_are_said_in_words() -> None:
    words = Page(html(states.incident())).words()
    assert "no boundary: a process here would stop it" in words
    assert "boundary holds" in words
    assert "License stays here" in words
    assert "distribute does not fire: profile saas" in words


def test_one_cause_stands_once_with_all_its_artifacts() -> None:
    source = html(states.incident())
    shown = f"pkg:golang/{states.DRIVER}@v2.3.1".replace("/", "/<wbr>")
    assert source.count(f'<p class="mono">{shown}</p>') == 1
    words = Page(source).words()
    assert "9 findings have 6 causes" in words


def test_findings_without_component_are_grouped_by_what_they_say() -> None:
    assert "Could not be read" in Page(html(states.incident())).words()


def test_middle_of_a_long_path_is_folded_and_whole() -> None:
    source = html(states.long_path(30))
    words = Page(source).words()
    assert "23 packages" in words
    assert [n for n in range(30) if f"hop{n:02}" not in source] == []
    assert 'class="hop folded' not in html(states.long_path(8))


def test_marks_stand_where_they_belong_whatever_the_text_and_the_ranges() -> None:
    line = ExcerptLine(line=1, text="\u202eab MIT cd", matched=((4, 7), (0, 3), (5, 99)))
    seen = Evidence(
        file="LICENSE", sha256="0" * 64, start_line=1, end_line=200,
        excerpt=(line, *(ExcerptLine(line=n, text="x" * 1000) for n in range(2, 200))),
    )  # fmt: skip
    found = Finding(code="x", severity=Severity.BLOCK, message="x", evidence=(seen,))
    source = html(replace(reports.small(), findings=(found,)))
    assert "<mark>⟨U+202E⟩ab</mark> <mark>MIT</mark><mark> cd</mark>" in source
    assert "the rest stands in report.json" in source
    assert source.count("x" * 400) == 79
    assert "x" * 401 not in source


def test_causes_without_end_are_counted_and_no_link_dangles() -> None:
    source = html(states.many_causes(300))
    page = Page(source)
    assert "270 more causes, none worse than Blocked" in page.words()
    assert "70 more causes in report.json." in page.words()
    ids = set(page.every("id"))
    assert {h[1:] for h in page.every("href")} <= ids
    assert set(re.findall(r'\["(cause-\d+)"', source)) <= ids


def test_many_artifacts_are_all_there_and_mostly_folded() -> None:
    source = html(states.many_artifacts(200))
    words = Page(source).words()
    assert "100 artifacts must not ship" in words
    assert "100 artifacts may run as a service, not be handed over" in words
    assert "The same cause in 195 more artifacts" in words
    assert [n for n in range(200) if f"svc-{n:03}" not in words] == []


def test_artifacts_with_reasons_of_their_own_are_folded() -> None:
    report = states.many_artifacts(200)
    told = tuple(
        replace(a, verdict=replace(a.verdict, because=f"Reason {n}."))
        for n, a in enumerate(report.artifacts)
    )
    words = Page(html(replace(report, artifacts=told))).words()
    assert "188 more artifacts, none worse than Blocked" in words
    assert [n for n in range(200) if f"svc-{n:03}" not in words] == []


def test_without_git_the_page_says_so() -> None:
    words = Page(html(states.no_git())).words()
    assert "no git commit" in words
    assert "not under git" in words
    assert "None" not in words.replace("None. Every", "")


@pytest.mark.parametrize("state", ["pending-review", "granted", "void", "expired"])
def test_a_waiver_shows_state_effect_and_conditions(state: str) -> None:
    words = Page(html(states.with_waiver(state))).words()
    assert f"Waiver W-2026-014, {state.replace('-', ' ')}" in words
    assert f"The effect of {state}." in words
    assert ("broken" in words) == (state == "void")
    assert ("ships under waiver W-2026-014 only" in words) == (state == "granted")


def test_components_that_ship_nowhere_are_not_judged() -> None:
    source = html(reports.mixed())
    row = next(x for x in source.splitlines() if "github.com/gen/tool" in x and "<tr" in x)
    assert 'data-v="none"' in row
    assert "Not shipped" in row


def test_an_unknown_license_in_what_ships_is_never_a_pass() -> None:
    unknown = reports.module("example.com/x", "v1.0.0", None)
    report = reports.report((unknown,), (reports.artifact("server", ("example.com/x@v1.0.0",)),))
    row = next(x for x in html(report).splitlines() if "<tr" in x and ">example.com/x<" in x)
    assert 'data-v="open"' in row


def test_five_thousand_components_stay_below_four_megabytes() -> None:
    assert len(outputs.render_html(outputs.report_document(reports.large(5000)))) < 4_000_000


def test_same_bytes_under_any_hash_seed() -> None:
    code = (
        "import hashlib; from compliance import outputs; from tests.outputs import states;"
        "print([hashlib.sha256(outputs.render(f, states.incident())).hexdigest()"
        " for f in ('html', 'json', 'sarif', 'markdown', 'notice', 'csv')])"
    )
    root = Path(__file__).parents[2]
    made = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
        ).stdout
        for seed in ("0", "1", "4242")
    }  # fmt: skip
    assert len(made) == 1


def test_a_change_is_told_apart_from_what_was_there_before() -> None:
    page = outputs.render_html(outputs.report_document(states.changed())).decode()
    for part in (
        'id="change"', "3 new, 1 wider, 5 as before, 1 fixed", "control-plane (was control)",
        "MPL-2.0 -&gt; BUSL-1.1", "wider, no new problem", "as before</span>", "Was restricted.",
    ):  # fmt: skip
        assert part in page, part
    assert (
        'id="change"'
        not in outputs.render_html(outputs.report_document(states.without_base())).decode()
    )


def test_an_executable_has_a_section_of_its_own() -> None:
    words = Page(outputs.render("html", states.compared()).decode()).words()
    assert "7 differences between dist/server and this source" in words
    assert "Not in the source example.com/x/y nothing v1.0.0" in words
    assert "Other commit the main module " + "a" * 40 in words
    same = Page(outputs.render("html", states.compared(())).decode()).words()
    assert "dist/server says that it was built from the 12 modules" in same
    assert "The executable" not in Page(outputs.render("html", states.incident()).decode()).words()


def test_artifacts_that_owe_only_what_is_done_share_a_paragraph() -> None:
    report = states.many_artifacts(20)
    document = outputs.report_document(report)
    for artifact in document["artifacts"]:
        artifact["duties"] = [
            {"component": c["purl"], "license": "MIT", "duty": "license-text",
             "satisfied_by": "NOTICE.txt"}
            for c in document["modules"][:2]
        ]  # fmt: skip
    words = Page(outputs.render_html(document).decode()).words()
    assert words.count("Only license texts and notices, all in NOTICE.txt") == 1


def test_lines_for_a_policy_file_stand_apart() -> None:
    told = 'Ask, and record it: curations: [{component: "pkg:x@v1", license: <b>}].'
    assert str(FILTERS["nb"](told)) == (
        "Ask, and record it: "
        '<code class="lines">curations: [{component: &#34;pkg:x@v1&#34;,'
        " license: &lt;b&gt;}]</code>"
    )
    assert str(FILTERS["nb"]("choices: [{a}], or X")).endswith("</code>, or X")


def test_many_edits_of_a_remedy_are_folded() -> None:
    given = states.incident().findings
    finding = next(f for f in given if f.remedies)
    rest = [f for f in given if f is not finding]
    edits = tuple(f"a.go:{n}: stop importing x" for n in range(40))
    many = replace(finding, remedies=(replace(finding.remedies[0], edits=edits),))
    page = outputs.render("html", replace(states.incident(), findings=(many, *rest))).decode()
    before, _, after = page.partition("<summary>34 more edits</summary>")
    assert "a.go:5:" in before
    assert "a.go:6:" not in before
    assert "a.go:39:" in after
