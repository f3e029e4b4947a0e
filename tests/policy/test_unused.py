"""Choices and curations that cover nothing are told: somebody thinks that they settle something."""

from __future__ import annotations

import pytest

from compliance.policy import PolicySource, load_policy, unused_entries

NAMES = frozenset({
    "pkg:golang/example.com/dep@v1.2.0", "example.com/dep/sub", "pkg:golang/stdlib@1.26.8",
})  # fmt: skip
POLICY = """
version: 1
choices:
  - {{component: "{0}", take: MIT, by: legal}}
curations:
  - {{component: "{0}", license: MIT, because: asked, evidence: mail}}
"""


def told(component: str, file: str = ".compliance.yaml") -> list[tuple[str, str, int | None]]:
    policy = load_policy([PolicySource(name=file, data=POLICY.format(component).encode())])
    return [
        (f.code, f.message.partition(": ")[2], f.location.line if f.location else None)
        for f in unused_entries(policy, NAMES, ["agent"])
    ]


@pytest.mark.parametrize(
    "component",
    [
        "example.com/dep", "example.com/dep@v1.2.0", "example.com/dep@>=v1.0.0,<v2.0.0",
        "pkg:golang/example.com/dep", "pkg:golang/example.com/dep@v1.2.0", "example.com/dep/sub",
    ],
)  # fmt: skip
def test_what_covers_something_is_not_told(component: str) -> None:
    assert told(component) == []


@pytest.mark.parametrize(
    ("component", "why"),
    [
        ("example.com/dep@v1.3.0", "example.com/dep is at v1.2.0 now."),
        ("example.com/dap", "there is no component example.com/dap here; did you mean"
                            " example.com/dep?"),
        ("other.org/zzz", "there is no component other.org/zzz here."),
    ],
)  # fmt: skip
def test_what_covers_nothing_is_told_at_its_line(component: str, why: str) -> None:
    assert told(component) == [("choice-unused", why, 4), ("curation-unused", why, 6)]


def test_a_shared_policy_file_may_speak_of_other_repositories() -> None:
    assert told("other.org/zzz", "org-policy.yaml") == []


RULES = """
version: 1
rules:
  - {{id: no-gpl, when: {{license: GPL-3.0-only, {0}}}, then: block}}
"""


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("artifact: agent", []),
        ("artifact: [agent, agnt]", ["there is no artifact agnt here; did you mean agent?"]),
        ("component: other.org/banned", []),
    ],
)
def test_a_rule_for_an_artifact_that_is_not_here_is_told(condition: str, why: list[str]) -> None:
    data = RULES.format(condition).encode()
    policy = load_policy([PolicySource(name=".compliance.yaml", data=data)])
    found = list(unused_entries(policy, NAMES, ["agent"]))
    assert [(f.code, f.message.partition(": ")[2]) for f in found] == [
        ("rule-unused", w) for w in why
    ]
