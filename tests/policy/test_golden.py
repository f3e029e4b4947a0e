"""The table that Legal signs, and what a change of a fact does to it."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compliance.errors import UsageError
from compliance.policy import CaseResult, PolicySource, policy_test

facts_module = importlib.import_module("compliance.policy.facts")
evaluate_module = importlib.import_module("compliance.policy.evaluation")
document_module = importlib.import_module("compliance.policy.document")
FILES = sorted((Path(__file__).parents[2] / "policies" / "tests").glob("*.yaml"))


def run() -> tuple[CaseResult, ...]:
    return policy_test([PolicySource(name=p.name, data=p.read_bytes()) for p in FILES])


@pytest.mark.parametrize("result", run(), ids=lambda r: f"{r.name}-{r.preset}")
def test_the_table_holds(result: CaseResult) -> None:
    assert result.differences == ()


def test_there_is_a_case_for_every_part_of_the_model() -> None:
    names = {r.name.split("-")[0][0] for r in run()}
    assert names >= set("HSWLNPKBGEVCFJUDMX")


Edit = Callable[[dict[str, Any]], None]
MUTATIONS: dict[str, tuple[str, Edit]] = {
    "reach of GPL-3.0": (
        "licenses.yaml", lambda d: d["licenses"]["GPL-3.0-only"].update(reach="library"),
    ),
    "triggers of AGPL": (
        "licenses.yaml",
        lambda d: d["licenses"]["AGPL-3.0-only"].update(triggers=["distribute"]),
    ),
    "modification for AGPL": (
        "licenses.yaml", lambda d: d["licenses"]["AGPL-3.0-only"].update(needs_modified=[]),
    ),
    "restriction of BUSL": (
        "licenses.yaml", lambda d: d["licenses"]["BUSL-1.1"].update(restriction=None),
    ),
    "duties of MPL": (
        "licenses.yaml", lambda d: d["licenses"]["MPL-2.0"].update(duties=["license-text"]),
    ),
    "classpath exception": (
        "exceptions.yaml",
        lambda d: d["exceptions"]["Classpath-exception-2.0"].update(reach="base"),
    ),
    "exec joins": ("edges.yaml", lambda d: d["edges"]["exec"].update(joins=True)),
    "import does not join": (
        "edges.yaml", lambda d: d["edges"]["import-static"].update(joins=False),
    ),
    "cgo-static is replaceable": (
        "edges.yaml", lambda d: d["edges"]["cgo-static"].update(library="ok"),
    ),
    "saas distributes": (
        "profiles.yaml", lambda d: d["profiles"]["saas"].update(events=["distribute"]),
    ),
    "note for the kernel itself": (
        "exceptions.yaml", lambda d: d["exceptions"]["Linux-syscall-note"].update(parts=[]),
    ),
    "GPL-2.0 fits GPL-3.0": (
        "overrides/compat.yaml",
        lambda d: d["outbound"]["GPL-3.0-only"].update(
            ok={"GPL-2.0-only": "x"}, no={},
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_fact_turns_a_case_red(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file, edit = MUTATIONS[name]
    names = ("licenses.yaml", "exceptions.yaml", "edges.yaml", "profiles.yaml",
             "overrides/compat.yaml")  # fmt: skip
    documents = {n: copy.deepcopy(facts_module.data_file(n)) for n in names}
    edit(documents[file])
    changed = facts_module.Facts(documents, facts_module._bundle())
    monkeypatch.setattr(evaluate_module, "facts", lambda: changed)
    assert [r for r in run() if not r.passed]


@pytest.mark.parametrize("code", ["strong-copyleft-ships", "relink", "use-forbidden", "lockdown"])
def test_a_changed_rule_turns_a_case_red(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = copy.deepcopy(facts_module.data_file("common.yaml"))
    for rule in changed["rules"]:
        if rule["id"] == code:
            rule["then"] = "comply"
    original = facts_module.data_file
    monkeypatch.setattr(
        document_module, "data_file", lambda n: changed if n == "common.yaml" else original(n)
    )
    assert [r for r in run() if not r.passed]


CASE = """version: 1
tests:
  - case: a
    parts: {app: ours, d: MIT}
    uses: [app import-static d]
    ship: {what: app}
    expect: {verdict: pass}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("expect: {verdict: pass}", "expect: {}", "c.yaml:3: a: expect: says nothing"),
        ("d: MIT", "d: {license: BUSL-1.1, change_date: 2026-01-01}",
         "c.yaml:4: parts: d: change_date and change_license belong together"),
        ("[app import-static d]", "['app import-static d, on linux/amd63']",
         "c.yaml:3: uses: app import-static d, on linux/amd63: linux/amd63 is no platform of Go"),
        ("what: app", "what: app, platforms: [plan10/x]",
         "c.yaml:6: tests[0].ship.platforms[0]: plan10/x is no platform of Go"),
        ("expect:", "choices: [{component: e, take: MIT}]\n    expect:", "c.yaml:7: no part e"),
        ("expect:", "before: {e: MIT}\n    expect:", "c.yaml:3: before: no part e"),
    ],
)  # fmt: skip
def test_a_case_that_could_not_fail_is_refused(old: str, new: str, message: str) -> None:
    text = CASE.replace(old, new)
    assert text != CASE
    with pytest.raises(UsageError) as refused:
        policy_test([PolicySource(name="c.yaml", data=text.encode())])
    assert str(refused.value).startswith(message)
