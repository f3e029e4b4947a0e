"""Markdown: complete, within GitHub's limits, and without markup from the input."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from compliance import outputs
from compliance.findings import Finding, Severity
from compliance.outputs.escaping import markdown
from compliance.report import ModuleChange
from tests.outputs import reports, states
from tests.outputs.golden import agree


def summary(report: object) -> str:
    return outputs.render("markdown", report).decode("utf-8")  # type: ignore[arg-type]


def test_incident(update_golden: bool) -> None:
    made = outputs.render("markdown", states.incident())
    agree("incident/report.md", made, update=update_golden)


def test_incident_as_a_comment(update_golden: bool) -> None:
    made = outputs.render_comment(outputs.report_document(states.incident()))
    agree("incident/comment.md", made.encode(), update=update_golden)


def test_a_change(update_golden: bool) -> None:
    made = outputs.render_markdown(outputs.report_document(states.changed()))
    agree("change/report.md", made, update=update_golden)


@pytest.mark.parametrize("state", states.STATES)
def test_tables_are_whole(state: str) -> None:
    for block in summary(states.STATES[state]()).split("\n\n"):
        lines = block.splitlines()
        if lines[0].startswith("|"):
            cells = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
            assert len(cells) == 1


def test_a_comment_lists_only_what_is_new_against_the_base() -> None:
    text = outputs.render_comment(outputs.report_document(states.incident()))
    assert "strong-copyleft-ships" in text
    assert "module-deprecated" not in text
    assert "copyleft-separate" not in text
    assert text.startswith("<!-- compliance-report -->\n")


def test_what_does_not_fit_is_counted() -> None:
    found = tuple(
        Finding(
            code="unknown-license", severity=Severity.BLOCK, component=f"pkg:golang/x/{n}@v1",
            artifact="server", message="word " * 200,
        )
        for n in range(3000)
    )  # fmt: skip
    report = replace(reports.small(), findings=found)
    whole = summary(report)
    assert 900_000 < len(whole.encode()) <= 1024 * 1024
    assert re.search(r"_[\d,]+ more parts left out here; see the report\._", whole)
    comment = outputs.render_comment(outputs.report_document(report))
    assert 55_000 < len(comment.encode("utf-16-le")) // 2 <= 65_536
    assert "more parts left out here" in comment


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*a* _b_ `c`", r"\*a\* \_b\_ \`c\`"),
        ("[x](javascript:y)", r"\[x\](javascript:y)"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("a|b", r"a\|b"),
        ("https://evil.example", r"https\://evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("@someone", "@<!-- -->someone"),
        ("see #12 and GH-3", "see #<!-- -->12 and GH-<!-- -->3"),
        ("# head", r"\# head"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("a\n\nb", "a b"),
        ("&lt;", "&amp;lt;"),
        ("\u202e", "⟨U+202E⟩"),
        ("MIT-0 OR GPL-2.0-only", "MIT-0 OR GPL-2.0-only"),
    ],
)
def test_escaping(text: str, shown: str) -> None:
    assert markdown(text) == shown


def test_hostile_text_makes_no_markup() -> None:
    hostile = "</td>\n\n## x\n| a | <script> ![y](z) @team #1 `code`"
    text = re.sub(r"(`+) .*? \1", "code", summary(states.hostile_findings(hostile)))
    assert "<script" not in text
    assert "\n## x" not in text
    assert "![y]" not in text
    assert "@team" not in text
    assert text.count("\n## ") + text.startswith("## ") == 1


def test_artifacts_with_the_same_answer_share_a_row() -> None:
    text = summary(states.many_artifacts(40))
    table = [line for line in text.split("\n") if line.startswith("| ") and "**" in line]
    assert len(table) < 10
    assert any("artifacts" in row for row in table)


def test_an_executable_is_told_with_its_differences() -> None:
    text = summary(states.compared())
    assert "### The executable" in text
    assert "| Not in the source: `example.com/x/y` | nothing | `example.com/x/y@v1.0.0` |" in text
    assert "### The executable" not in summary(states.incident())


def test_many_modules_of_a_change_are_folded_and_none_is_lost() -> None:
    made = states.changed()
    assert made.change is not None
    more = tuple(
        ModuleChange(path=f"m{n:03}.example/lib", before="v1.0.0", after="v1.1.0",
                     license_before="MIT", license_after="MIT")
        for n in range(40)
    )  # fmt: skip
    change = replace(made.change, modules=(*made.change.modules, *more))
    text = outputs.render_comment(outputs.report_document(replace(made, change=change)))
    open_, folded = text.split("<details><summary>30 more modules</summary>")
    assert "MPL-2.0 → BUSL-1.1" in open_
    assert all(m.path in text for m in change.modules)
    assert folded.count("| `m") == 30


def test_lines_for_a_policy_file_are_code() -> None:
    line = 'curations: [{component: "pkg:golang/a.org/x_y@v1.0.0", license: MIT, because: "..."}]'
    given = states.incident().findings
    finding = next(f for f in given if f.code == "use-restricted")
    rest = [f for f in given if f is not finding]
    asked = replace(finding, remedy=f"Ask the_author: {line}.", remedies=())
    made = summary(replace(states.incident(), findings=(asked, *rest)))
    assert f"Ask the\\_author: `{line}`" in made


def test_a_remedy_of_many_edits_names_the_first() -> None:
    given = states.incident().findings
    finding = next(f for f in given if f.remedies)
    rest = [f for f in given if f is not finding]
    edits = tuple(f"a.go:{n}: stop importing x" for n in range(40))
    many = replace(finding, remedies=(replace(finding.remedies[0], edits=edits),))
    made = summary(replace(states.incident(), findings=(many, *rest)))
    assert "    - 34 more edits in the report" in made
    assert "a.go:6:" not in made


def test_the_same_duty_under_two_licenses_is_told_with_each() -> None:
    owed = [line for line in summary(states.incident()).splitlines() if line.startswith("- [ ] ")]
    assert owed
    assert len(owed) == len(set(owed))
    assert any(line.endswith(")") for line in owed)
