"""Artifacts that get the same answer for the same reason are told together, once."""

from __future__ import annotations

import re
from dataclasses import replace

from compliance import outputs
from compliance.findings import Severity
from compliance.outputs.document import report_document
from compliance.outputs.grouping import EACH, decided_artifacts, group_artifacts
from compliance.report import ScanReport
from tests.outputs import reports, states


def many(count: int, because: str = "The terms of lib are unclear in {}.") -> ScanReport:
    """Programs that wait for the same decision; every third one may ship."""
    names = [f"tool-{n:02}" for n in range(count)]
    lib = states.module("example.com/lib", "MIT", "permissive", tuple(names))
    made = tuple(
        states.artifact(
            name, Severity.PASS if n % 3 == 0 else Severity.REVIEW, (lib,),
            because=because.format(name), do=f"Decide about {name}, then build ./cmd/{name}x.",
        )
        for n, name in enumerate(names)
    )  # fmt: skip
    return reports.report((lib,), made)


def rows(report: ScanReport) -> list[dict]:
    document = report_document(report)
    return group_artifacts(decided_artifacts(document, document["artifacts"]))


def test_names_inside_of_other_words_stay() -> None:
    report = many(3)
    row = next(r for r in rows(report) if r["shown"] == "review")
    assert row["names"] == ["tool-01"]
    assert "./cmd/tool-01x" in row["do"]


def test_a_group_says_how_many_and_why() -> None:
    base = many(60)
    same = replace(
        base,
        artifacts=tuple(
            replace(a, verdict=replace(a.verdict, do="Decide.")) for a in base.artifacts
        ),
    )
    first, last = rows(same)
    assert first["sentence"] == "40 artifacts wait for a decision"
    assert first["because"] == f"The terms of lib are unclear in {EACH}."
    assert first["components"] == "1 component each"
    assert len(first["names"]) == 40
    assert last["sentence"] == "20 artifacts may ship"
    page = outputs.render("html", same).decode()
    assert page.count('<td role="cell"><span class="v v-') == 2
    assert len(set(re.findall(r"tool-\d\d", page))) == 60
    shown = outputs.render_terminal(report_document(same))
    assert "40 artifacts wait for a decision: tool-01, tool-02" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_another_delivery_or_reason_is_another_row() -> None:
    one, two = states.artifact("a", Severity.PASS, ()), states.artifact("b", Severity.PASS, ())
    assert len(rows(reports.report((), (one, two)))) == 1
    hosted = states.artifact("b", Severity.PASS, (), profile="saas", because="The reason of b.")
    assert len(rows(reports.report((), (one, hosted)))) == 2
    other = states.artifact("b", Severity.PASS, (), because="Another one.")
    assert len(rows(reports.report((), (one, other)))) == 2


def test_ids_of_duties_are_words() -> None:
    said = "It asks for source-of-files and license-text; see source-of-files-x."
    row = rows(reports.report((), (states.artifact("a", Severity.COMPLY, (), because=said),)))[0]
    assert row["because"] == (
        "It asks for source of the files and license text; see source-of-files-x."
    )
