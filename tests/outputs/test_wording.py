"""The words of the decision."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from compliance import outputs
from compliance.outputs import wording
from compliance.outputs.causes import find_causes, purl_path, short_name
from compliance.outputs.document import Document, report_document
from tests.outputs import states


def document(
    *verdicts: str, outcome: str = "pass", base: str | None = None, masks: bool | None = None
) -> Document:
    waiver = None if masks is None else {"masks": masks, "id": "W-1"}
    return {
        "gate": {"outcome": outcome, "missing": []},
        "subject": {"base": base},
        "artifacts": [{"name": f"a{n}", "verdict": v} for n, v in enumerate(verdicts)],
        "findings": [
            {"artifact": f"a{n}", "severity": "block", "waiver": waiver}
            for n, v in enumerate(verdicts)
            if v == "block"
        ],
    }


def changing(verdict: str, before: str, *standing: str, severity: str = "block") -> Document:
    """A comparison with one artifact, `a0`, and a finding of each standing."""
    return {
        "gate": {"outcome": "pass", "missing": []},
        "subject": {"base": "9f1c"},
        "artifacts": [{"name": "a0", "verdict": verdict}],
        "change": {"artifacts": [{"name": "a0", "before": before, "after": verdict}]},
        "findings": [
            {"artifact": "a0", "severity": severity, "waiver": None, "standing": word}
            for word in standing
        ],
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (document("pass"), "The artifact may be used as planned"),
        (document("pass", "comply"), "Both artifacts may be used as planned"),
        (document("block", outcome="fail"), "The artifact is blocked"),
        (
            document("block", "review", "pass", "latent", outcome="fail"),
            "1 of 4 artifacts is blocked, 1 waits for a decision, 2 may be used as planned",
        ),
        (
            document("block", "block", "review", "review", outcome="fail"),
            "2 of 4 artifacts are blocked, 2 wait for a decision",
        ),
        (document("block", masks=True), "The artifact is blocked and waived"),
        (document("block", masks=False), "The artifact is blocked"),
        (changing("block", "block", "same"), "The artifact is blocked, as before"),
        (changing("block", "block", "new"), "The artifact is blocked"),
        (
            document("block", "pass", outcome="incomplete"),
            "1 of 2 artifacts is blocked, 1 cannot be decided",
        ),
        (document("block", outcome="incomplete"), "The artifact is blocked"),
        (document("pass", "pass", outcome="incomplete"), "None of the 2 artifacts can be decided"),
        (
            document(),
            "No main package and no library was found, so that no artifact was judged",
        ),
    ],
)
def test_summary(given: Document, expected: str) -> None:
    assert wording.summary(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (document("pass"), "Cleared for release"),
        (document("review"), "The gate passed, with open questions"),
        (document("block", masks=True), "The gate passed under a waiver"),
        (document("block"), "The gate passed, with blocks"),
        (document("block", outcome="fail"), "Not cleared for release"),
        (document("block", outcome="fail", base="9f1c"), "This change is not cleared"),
        (document("block", base="9f1c"), "This change adds nothing that fails"),
        (document("pass", outcome="incomplete"), "No decision: the scan is incomplete"),
        (document(), "Nothing here is shipped"),
    ],
)
def test_headline(given: Document, expected: str) -> None:
    assert wording.headline(given) == expected


@pytest.mark.parametrize("verdict", ["pass", "comply", "latent", "review", "warn"])
def test_an_incomplete_scan_never_shows_an_allowance(verdict: str) -> None:
    assert wording.shown_verdict(document(verdict, outcome="incomplete"), verdict) == "open"


def test_a_block_stays_a_block_in_an_incomplete_scan() -> None:
    assert wording.shown_verdict(document(outcome="incomplete"), "block") == "block"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("github.com/go-chi/chi/v5", "chi"),
        ("gopkg.in/yaml.v3", "yaml.v3"),
        ("std", "std"),
        ("v2", "v2"),
        ("example.com/a/", "a"),
        ("", ""),
    ],
)
def test_short_names(path: str, name: str) -> None:
    assert short_name(path) == name


@pytest.mark.parametrize(
    ("purl", "path"),
    [
        ("pkg:golang/example.com/a/b@v1.0.0", "example.com/a/b"),
        ("pkg:golang/example.com/a@v1.0.0?type=module#cmd", "example.com/a"),
        ("pkg:generic/driverd", "driverd"),
        ("driverd", "driverd"),
        ("./services/x", "./services/x"),
    ],
)
def test_paths_of_package_urls(purl: str, path: str) -> None:
    assert purl_path(purl) == path


def test_causes_are_ordered_by_gravity_and_say_what_they_are() -> None:
    causes = find_causes(report_document(states.without_base()))
    assert [(c.severity, c.title) for c in causes] == [
        ("block", "accel-driver: GPL-3.0-only"),
        ("block", "geo: LGPL-3.0-only"),
        ("block", "ringhash: no known license"),
        ("warn", "multi: deprecated"),
        ("review", "store: BUSL-1.1"),
        ("comply", "Could not be read"),
    ]
    assert causes[0].artifacts == ("control-plane", "fleet-api", "node-agent")
    assert [lane.others for lane in causes[0].lanes] == [True, False, False]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (changing("block", "block", "same"), "a0 must not ship, as before"),
        (changing("block", "block", "same", "new"), "a0 must not ship"),
        (changing("block", "pass", "new"), "a0 must not ship"),
        (changing("review", "block", "same"), "a0 waits for a decision"),
        (changing("pass", "pass"), "a0 may ship"),
        (changing("comply", "comply"), "a0 may ship, with duties"),
    ],
)
def test_what_a_change_leaves_as_it_was_is_told_so(given: Document, expected: str) -> None:
    assert wording.sentence(given, given["artifacts"][0], ()) == expected


def test_a_change_with_something_to_decide_says_so() -> None:
    told = "This change adds nothing that fails"
    asked = changing("review", "pass", "new", severity="review")
    assert wording.headline(asked) == f"{told}, with open questions"
    assert wording.headline(changing("review", "review", "same", severity="review")) == told


def test_modules_of_a_change_stand_by_weight() -> None:
    def module(path: str, before: str | None, after: str | None, *licenses: str) -> Document:
        return {"path": path, "before": before, "after": after,
                "license_before": licenses[0], "license_after": licenses[-1]}  # fmt: skip

    given = [
        module("a", "v1", "v2", "MIT"), module("b", "v1", None, "MIT"),
        module("c", None, "v1", "MIT"), module("d", "v1", "v2", "MPL-2.0", "BUSL-1.1"),
    ]  # fmt: skip
    assert [m["path"] for m in wording.by_weight(given)] == ["d", "c", "a", "b"]


def test_an_incomplete_scan_shows_no_allowance_after_a_remedy_either() -> None:
    """A block stays; what would be allowed if all were known is not known."""
    report = states.incident()
    open_ = replace(report, gate=replace(report.gate, outcome="incomplete", missing=("m",)))
    page = outputs.render("html", open_).decode()
    assert 'class="after">then <span class="v v-open">Undecided' in page
    assert not re.search(r'class="after">then <span class="v v-(?:pass|comply)', page)
    assert not re.search(r'<td><span class="v v-(?:pass|comply)', page)
    text = outputs.render_terminal(outputs.report_document(open_))
    assert "-> Undecided" in " ".join(text.split())
    assert not re.search(r"(?:->|after this:)\s+(?:Pass|Comply)", text)
    summary = outputs.render("markdown", open_).decode()
    assert not re.search(r"[Tt]hen:? [^\n]*(?:Pass|Comply)", summary)
    sure = outputs.render("html", report).decode()
    assert re.search(r'class="after">then <span class="v v-(?:pass|comply)', sure)
