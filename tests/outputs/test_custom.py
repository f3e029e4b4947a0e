"""Templates of the user: what they see, how mistakes are told; hostile ones get nowhere."""

from __future__ import annotations

import re

import pytest

from compliance import outputs
from compliance.errors import UsageError
from compliance.outputs.templating import template_text
from tests.outputs import reports, states


def rendered(source: str, file: str = "own.md.j2", replaces: str = "") -> str:
    make = outputs.custom_renderer(source, states.incident(), file=file, replaces=replaces)
    return make().decode("utf-8")


def test_the_report_and_our_words_are_at_hand() -> None:
    text = rendered(
        "{{ headline }}\n{% for a in report.artifacts %}\n"
        "{{ a.name }} {{ words.verdicts[a.verdict] }} {{ a.outbound|license }}\n{% endfor %}\n"
        "{{ report.modules|length|plural('component') }}\n{{ notice.entries[0].name }}\n"
    )
    lines = text.splitlines()
    assert lines[0] == "This change is not cleared"
    assert lines[1] == "control-plane Blocked proprietary"
    assert re.fullmatch(r"\d+ components", lines[-2])


@pytest.mark.parametrize(
    ("name", "format_", "template"),
    [("html", "html", "report.html.j2"), ("notice-html", "notice-html", "notice.html.j2")],
)
def test_our_own_templates_give_our_own_pages(name: str, format_: str, template: str) -> None:
    report = states.incident()
    make = outputs.custom_renderer(template_text(template), report, file="x", replaces=name)
    assert make() == outputs.render(format_, report)


def test_what_a_template_writes_is_named_after_it() -> None:
    assert outputs.custom_name("a/own.md.j2") == "own.md"
    assert outputs.custom_name("own.html.jinja") == "own.html"
    assert outputs.custom_name("plain.txt") == "plain.txt.out"
    assert outputs.custom_name(".j2") == ".j2.out"


@pytest.mark.parametrize("file", ["a.html.j2", "a.xml.j2", "a.svg.j2", "a.HTM.j2"])
def test_markup_is_escaped(file: str) -> None:
    source = "{{ report.subject.name }}"
    hostile = states.hostile_findings("<script>alert(1)</script>")
    made = outputs.custom_renderer(source, hostile, file=file)().decode()
    assert "<script" not in made


def test_text_holds_no_control_character_and_no_workflow_command() -> None:
    hostile = states.hostile_findings("\n::error::x\x1b[2J\u202e")
    made = outputs.custom_renderer("{{ report.subject.name }}", hostile, file="a.txt.j2")()
    assert b"\x1b" not in made
    assert b"\n::" not in made


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ report.__class__ }}{{ report|attr('__class__') + 1 }}",
        "{% include '/etc/passwd' %}",
        "{% import 'x' as y %}",
        "{% extends '/etc/passwd' %}",
        "{{ report.artifacts.append(1) }}",
        "{{ report.update(x=1) }}",
        "{{ lipsum() }}",
        "{{ [1, 2]|random }}",
        "{{ '{0.__class__}'.format(1) }}{{ x }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ range(10**9)|list }}",
    ],
)
def test_the_sandbox_refuses(source: str) -> None:
    with pytest.raises(UsageError) as refused:
        rendered(source)
    assert str(refused.value).startswith("own.md.j2:1: ")


@pytest.mark.parametrize(
    "source",
    ["{% include 'a' %}", "{% import 'a' as b %}", "{% from 'a' import b %}", "{% extends 'a' %}"],
)
def test_other_templates_are_refused_in_words(source: str) -> None:
    with pytest.raises(UsageError) as refused:
        rendered(f"x\n{source}")
    assert str(refused.value) == (
        "own.md.j2:2: a template is one file and reaches no other: a cannot be included, imported "
        "or extended"
    )


def test_functions_of_our_page_are_no_way_out() -> None:
    for name in ("fold", "lines"):
        with pytest.raises(UsageError, match="unsafe"):
            rendered(f"{{{{ {name}.__globals__ }}}}", replaces="html")


@pytest.mark.parametrize(
    ("source", "line"),
    [("a\n{{ report.nothing }}", 2), ("a\n\n{% for %}", 3), ("{{ 1/0 }}", 1)],
)
def test_mistakes_are_told_with_their_line(source: str, line: int) -> None:
    with pytest.raises(UsageError) as refused:
        rendered(source)
    assert (refused.value.file, refused.value.line) == ("own.md.j2", line)


def test_other_formats_are_made_from_no_template() -> None:
    with pytest.raises(UsageError, match="only html and notice-html"):
        outputs.custom_renderer("", reports.small(), file="x", replaces="json")
