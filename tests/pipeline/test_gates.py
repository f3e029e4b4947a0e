"""Which edits of workflows, pipelines, hooks and scripts touch the check, and which do not."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from compliance.golang import EntryKind, UnreadableFileError
from compliance.pipeline.gates import edited_gates


class Tree:
    """A `golang.Files` of texts; as a base it knows that what has the same texts is the same."""

    def __init__(self, texts: Mapping[str, str], head: Mapping[str, str] | None = None) -> None:
        self.texts = texts
        self.head = head or {}

    def same(self, path: str) -> bool:
        return self.texts.get(path) == self.head.get(path)

    def same_folder(self, folder: str) -> bool:
        names = {n for n in (*self.texts, *self.head) if n.startswith(f"{folder}/")}
        return all(map(self.same, names))

    def listing(self, folder: str) -> dict[str, EntryKind]:
        prefix = "" if folder == "." else f"{folder}/"
        found = {}
        for name in self.texts:
            if name.startswith(prefix):
                first, _, rest = name[len(prefix) :].partition("/")
                found[first] = EntryKind.FOLDER if rest else EntryKind.FILE
        return found

    def read(self, path: str) -> bytes:
        if path not in self.texts:
            raise UnreadableFileError(path)
        return self.texts[path].encode()


GITHUB = """
on: [pull_request]
defaults: {run: {shell: bash}}
jobs:
  other:
    runs-on: ubuntu-24.04
    steps: [{run: make test}]
  gate:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: make generate
      - uses: acme/compliance@v1
        with: {fail-on: block}
      - run: echo done
"""
LOCAL = """
on: [pull_request]
jobs:
  gate:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - uses: ./.github/actions/licenses
"""
ACTION = """
inputs: {level: {default: block}}
runs:
  using: composite
  steps:
    - uses: acme/compliance@v1
      with: {fail-on: "${{ inputs.level }}"}
"""
GITLAB = """
variables: {COMPLIANCE: compliance}
.licenses:
  image: python:3.11-slim
  before_script:
    - python -I -m pip install "$COMPLIANCE"
other:
  script: [make test]
license-gate:
  extends: .licenses
  script:
    - compliance scan . --base "$BASE"
      --no-progress
"""
REFERENCE = """
.setup:
  script:
    - pip install compliance
other:
  script: [make test]
license-gate:
  script:
    - !reference [.setup, script]
    - compliance scan .
"""
HOOKS = """
repos:
  - repo: https://example.com/acme/linters
    rev: v1
    hooks: [{id: lint}]
  - repo: https://example.com/acme/compliance
    rev: v1
    hooks: [{id: compliance}]
"""
MAKE = """
test:
\tgo test ./...
licenses: build
\tcompliance -q scan . \\
\t  --base main
"""
IMAGE = """
gate:
  script: [docker run --rm acme/compliance:1.2 scan .]
"""
DOCKER = (
    "jobs: {gate: {steps: [{uses: 'docker://ghcr.io/acme/compliance:1', with: {args: scan .}}]}}\n"
)
REUSED = "jobs: {gate: {uses: acme/ci/.github/workflows/compliance.yml@v1}, x: {runs-on: a}}\n"
CI_MAKE = "jobs: {gate: {steps: [{run: make test}, {run: make licenses}, {run: make lint}]}}\n"
SCRIPT = "set -e\ncompliance scan . --base main\necho done\n"

CASES = [
    # file, its text, old, new, what is edited: the gate, the steps before it, or nothing
    (".github/workflows/a.yml", GITHUB, "fail-on: block", "fail-on: never", "gate"),
    (".github/workflows/a.yml", GITHUB, "[pull_request]", "[push]", "gate"),
    (".github/workflows/a.yml", GITHUB, "shell: bash", "shell: 'true {0}'", "gate"),
    (".github/workflows/a.yml", GITHUB, "gate:\n", "gate:\n    if: false\n", "gate"),
    (".github/workflows/a.yml", GITHUB, "acme/compliance@v1", "evil/other@v1", "gate"),
    (".github/workflows/a.yml", GITHUB, "make generate", "rm -r cmd", "steps"),
    (".github/workflows/a.yml", GITHUB, "checkout@v4", "checkout@v5", ""),
    (".github/workflows/a.yml", GITHUB, "echo done", "echo ready", ""),
    (".github/workflows/a.yml", GITHUB, "make test", "make all", ""),
    (".github/workflows/a.yml", GITHUB, "on: [", "# compliance scan\non: [", ""),
    (".github/actions/licenses/action.yml", ACTION, "default: block", "default: never", "gate"),
    (".github/actions/licenses/action.yml", ACTION, "compliance@v1", "compliance@v2", "gate"),
    (".gitlab-ci.yml", GITLAB, "--no-progress", "|| true", "gate"),
    (".gitlab-ci.yml", GITLAB, "pip install", "pip install ./x", "gate"),
    (".gitlab-ci.yml", GITLAB, "COMPLIANCE: compliance", "COMPLIANCE: ./x", "gate"),
    (".gitlab-ci.yml", GITLAB, "make test", "make all", ""),
    (".gitlab-ci.yml", REFERENCE, "pip install", "pip install ./x", "gate"),
    (".gitlab-ci.yml", REFERENCE, "scan .", "scan ./docs", "gate"),
    (".gitlab-ci.yml", REFERENCE, "make test", "make all", ""),
    (".pre-commit-config.yaml", HOOKS, "id: compliance}", "id: compliance, args: [-h]}", "gate"),
    (".pre-commit-config.yaml", HOOKS, "id: lint", "id: lint2", ""),
    (".gitlab-ci.yml", IMAGE, "1.2 scan", "1.2 --help", "gate"),
    (".github/workflows/a.yml", DOCKER, "scan .", "about", "gate"),
    (".github/workflows/a.yml", REUSED, "acme/ci", "evil/ci", "gate"),
    (".github/workflows/a.yml", REUSED, "runs-on: a", "runs-on: b", ""),
    (".github/scripts/check.sh", SCRIPT, "--base main", "--base main || true", "gate"),
    (".github/actions/licenses/run.sh", SCRIPT, "--base main", "--base main || true", "gate"),
    ("Makefile", MAKE, "--base main", "--base HEAD", "gate"),
    ("Makefile", MAKE, "go test ./...", "go test .", ""),
    ("scripts/check.sh", SCRIPT, "--base main", "--base main || true", "gate"),
    ("scripts/check.sh", SCRIPT, "echo done", "echo ready", ""),
]


def told(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    found = edited_gates(Tree(before, after), Tree(after))  # type: ignore[arg-type]
    return "gate" if found.gates else "steps" if found.steps else ""


@pytest.mark.parametrize(("name", "text", "old", "new", "edited"), CASES)
def test_what_of_a_file_runs_the_check(
    name: str, text: str, old: str, new: str, edited: str
) -> None:
    assert old in text
    assert told({name: text}, {name: text.replace(old, new)}) == edited
    assert told({name: text}, {name: text}) == ""


def test_a_gate_that_goes_or_comes_is_an_edit() -> None:
    name = ".github/workflows/a.yml"
    assert told({name: GITHUB}, {}) == "gate"
    assert told({}, {name: GITHUB}) == "gate"


@pytest.mark.parametrize(
    ("helper", "text", "workflow", "step"),
    [
        (".github/actions/licenses/run.sh", SCRIPT, ACTION.replace("uses: acme/compliance@v1",
         "run: bash ${{ github.action_path }}/run.sh"),
         "run: bash ${{ github.action_path }}/run.sh"),
        (".github/actions/licenses/action.yml", ACTION, LOCAL, "uses: ./.github/actions/licenses"),
        ("Makefile", MAKE, CI_MAKE, "make licenses"),
        ("scripts/check.sh", SCRIPT, LOCAL.replace("uses: ./.github/actions/licenses",
         "run: bash scripts/check.sh"), "run: bash scripts/check.sh"),
    ],
)  # fmt: skip
def test_a_step_that_runs_the_check_through_a_file(
    helper: str, text: str, workflow: str, step: str
) -> None:
    name = ".github/workflows/a.yml"
    before = {helper: text, name: workflow}
    assert step in workflow
    assert told(before, {helper: text, name: workflow.replace(step, "run: 'true'")}) == "gate"
    assert told(before, {helper: text, name: workflow + "\n# a remark\n"}) == ""


@pytest.mark.parametrize(
    "text",
    [
        "compliance " + "-\\" * 200_000,
        "make " * 100_000 + "compliance scan",
        "a: !x\n" * 100_000 + "compliance scan .",
        "[" * 5_000 + "compliance scan",
    ],
)
def test_hostile_pipelines_cost_no_time(text: str) -> None:
    start = time.process_time()
    before = {".gitlab-ci.yml": text, "Makefile": MAKE}
    assert told(before, {**before, ".gitlab-ci.yml": text + " x\n"}) in ("", "gate")
    assert time.process_time() - start < 5
