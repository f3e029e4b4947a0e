"""Who owns the files of the gate, by patterns as the forges read them."""

from __future__ import annotations

import time

import pytest

from compliance.pipeline.owners import edited_owners
from tests.pipeline.test_gates import GITHUB, Tree

PLACE = ".github/CODEOWNERS"
POLICY = ".compliance.yaml"
WORKFLOW = ".github/workflows/a.yml"


def told(before: str, after: str | None, policies: tuple[str, ...] = (POLICY,)) -> list[str]:
    rest = {WORKFLOW: GITHUB}
    head = rest | ({} if after is None else {PLACE: after})
    base = Tree(rest | {PLACE: before}, head)
    return [f.message for f in edited_owners(base, Tree(head), policies, ".")]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "owns"),
    [
        ("*", True),
        ("/.compliance.yaml", True),
        (".compliance.yaml", True),
        ("*.yaml", True),
        ("/*", True),
        ("**", True),
        ("**/.compliance.yaml", True),
        (".compliance.y?ml", True),
        ("/docs/", False),
        ("docs/*", False),
        ("*.go", False),
        ("/compliance.yaml", False),
        ("/.github/*", False),
        (".compliance.yaml/", False),
    ],
)
def test_the_pattern_that_fits_the_policy(pattern: str, *, owns: bool) -> None:
    found = told(f"{pattern} @legal\n", "# nobody\n")
    assert any(POLICY in message for message in found) == owns


@pytest.mark.parametrize(
    ("before", "after", "edited"),
    [
        ("* @dev\n/.github/ @legal\n", "* @dev\n", True),
        ("* @dev\n/.github/ @legal\n", "/.github/ @legal\n* @dev\n", True),
        ("* @legal\n", "* @legal\n/.github/ # nobody\n", True),
        ("* @legal\n", None, True),
        ("* @legal\n", "* @legal @dev\n", False),
        ("* @legal\n", "# a remark\n\n* @legal\n", False),
        ("* @legal\n", "* @legal\n*.go @dev\n", False),
        ("* @legal\n", "* @legal\n/.github/other/ @dev\n", False),
        ("*.go @dev\n", "*.go @other\n", False),
        ("[Section]\n* @legal\n", "[Other]\n* @legal\n", False),
    ],
)
def test_an_edit_of_the_owners(before: str, after: str | None, *, edited: bool) -> None:
    assert bool(told(before, after)) == edited


def test_a_hostile_pattern_costs_no_time() -> None:
    start = time.process_time()
    told("**/" * 300 + "*a" * 40 + "\n" + "*" * 900 + "b\n", "* @x\n", ("a" * 200,))
    assert time.process_time() - start < 5
