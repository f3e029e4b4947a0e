"""Every finding code has its section in docs/findings.md."""

from __future__ import annotations

import re
from pathlib import Path

from compliance.policy import load_policy
from compliance.policy.codes import OTHER_CODES

PAGE = (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^### ([a-z-]+)$", PAGE, re.M)


def test_every_code_of_the_policy_has_a_section() -> None:
    assert {*load_policy([]).rules, *OTHER_CODES} - set(SECTIONS) == set()


def test_no_section_stands_twice() -> None:
    assert sorted(SECTIONS) == sorted(set(SECTIONS))


def test_every_section_says_what_it_means_and_what_to_do() -> None:
    for code, text in zip(SECTIONS, re.split(r"^### [a-z-]+$", PAGE, flags=re.M)[1:], strict=True):
        assert "**Means.**" in text, code
        assert "**Do.**" in text, code
