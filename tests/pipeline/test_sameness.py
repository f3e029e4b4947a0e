"""A base that is judged as its head was: the answer of head stands, and is never a wrong one."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compliance.config import ScanOptions, scan_request
from compliance.outputs import report_document
from compliance.pipeline import scan, stages
from tests.cli.conftest import change, example, example_source, git  # noqa: F401 - fixtures

Edit = Callable[[Path], object]
DAY = datetime.date(2026, 1, 5)
MAIN = "cmd/control-plane/main.go"
DEVICES = "internal/devices/devices.go"
SLATE = "vendor/logs.example/slate/slate.go"
POLICY = ".compliance.yaml"
RULES = "\nrules:\n"
TAG = "// SPDX-License-Identifier: GPL-2.0-only\n\n// Command"
CGO = 'package devices\n\n// #cgo LDFLAGS: -lssl\nimport "C"\n'
SUM = "A" * 43 + "="
CONSOLE = "  console:       {build: ./cmd/console, profile: saas, outbound: proprietary}\n"
WAIVER = """
waivers:
  - {id: W-1, covers: {rule: strong-copyleft-ships,
     component: "pkg:golang/drivers.example/acceldrv", artifact: control-plane,
     license: GPL-3.0-only}, state: granted,
     owner: a@nimbus.example,
     approver: "@nimbus/legal", reason: asked, ticket: T-1,
     created: 2026-01-02, expires: 2026-02-10}
"""


def put(name: str, text: str) -> Edit:
    def edit(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")

    return edit


def more(name: str, text: str) -> Edit:
    return lambda root: put(name, (root / name).read_text("utf-8") + text)(root)


def swap(name: str, old: str, new: str) -> Edit:
    def edit(root: Path) -> None:
        text = (root / name).read_text("utf-8")
        assert old in text
        put(name, text.replace(old, new, 1))(root)

    return edit


def gone(name: str) -> Edit:
    return lambda root: (root / name).unlink()


KEPT: dict[str, Edit] = {
    "nothing": lambda _: None,
    "a remark at the end of a program": more(MAIN, "\n// a remark\n"),
    "a function of a linked package": more(DEVICES, "\nfunc more() int { return 1 }\n"),
    "prose": more("README.md", "more\n"),
    "a folder that nothing links": put("docs/more/readme.txt", "text\n"),
}
"""Edits that change nothing that a judgement rests on."""

POLICIES: dict[str, Edit] = {
    "a reading": more(POLICY, "\ninterpretations: {saas_latent: warn}\n"),
    "a rule": more(POLICY, RULES + "  - {id: no, when: {license: GPL-3.0-only}, then: block}\n"),
    "a curation": more(
        POLICY,
        "\ncurations:\n  - {component: drivers.example/acceldrv, license: MIT, because: x,"
        " evidence: 'https://example.com'}\n",
    ),
    "a waiver": more(POLICY, WAIVER),
}  # fmt: skip
"""Edits of the policy: both sides are judged under each version, and are alike under each."""

JUDGED: dict[str, Edit] = {
    "an import of a module": swap(MAIN, "import (\n", 'import (\n\t_ "drivers.example/acceldrv"\n'),
    "an import of the standard library": swap(MAIN, "import (\n", 'import (\n\t_ "embed"\n'),
    "an import one line below": swap(MAIN, "import (\n", "import (\n\n"),
    "a build constraint": swap(DEVICES, "package devices", "//go:build windows\n\npackage devices"),
    "a license tag": swap(MAIN, "// Command", TAG),
    "a license tag at the end": more(DEVICES, "\n// SPDX-License-Identifier: MPL-2.0\n"),
    "an owner": more(DEVICES, "\n// Copyright (c) 2020 Somebody Else Inc.\n"),
    "a file more": put("internal/devices/more.go", "package devices\n"),
    "a file less": gone("internal/health/health.go"),
    "C code beside": put("internal/devices/x.c", "int x;\n"),
    "cgo": swap(DEVICES, "package devices\n", CGO),
    "a test with an import": put(
        "internal/devices/devices_test.go",
        'package devices\n\nimport _ "drivers.example/acceldrv/ioctl"\n',
    ),
    "the license of a module": put("vendor/logs.example/slate/LICENSE", "All rights reserved.\n"),
    "no license of a module": gone("vendor/logs.example/slate/LICENSE"),
    "a copying file more": put("vendor/logs.example/slate/COPYING", "GNU GPL version 3\n"),
    "the tag of a module": swap(SLATE, "MIT", "GPL-3.0-only"),
    "a version": lambda root: [
        swap(f, "slate v1.4.0", "slate v1.4.1")(root) for f in ("go.mod", "vendor/modules.txt")
    ],
    "an indirect requirement": swap("go.mod", " // indirect", ""),
    "the language version": swap("go.mod", "go 1.22", "go 1.23"),
    "a replacement": lambda root: [
        more("go.mod", "\nreplace logs.example/slate => ./vendor/logs.example/slate\n")(root)
    ],
    "sums": put("go.sum", f"logs.example/slate v1.4.0 h1:{SUM}\n"),
    "modules.txt alone": swap("vendor/modules.txt", "## explicit; go 1.20", "## explicit"),
    "the license of the repository": put("LICENSE", "SPDX-License-Identifier: Apache-2.0\n"),
    "a program more": put("cmd/more/main.go", "package main\n\nfunc main() {}\n"),
    "a rule about changes": more(POLICY, RULES + "  - {id: new, when: {changed: yes}, then: warn}"),
    "a profile": swap(POLICY, "profile: saas", "profile: on-prem"),
    "an outbound license": swap(POLICY, "outbound: proprietary", "outbound: GPL-3.0-only"),
    "a deployment less": swap(
        POLICY, CONSOLE, ""
    ),
    "a link": swap(POLICY, "kind: exec", "kind: ipc"),
    "the license of a component": swap(POLICY, "license: GPL-3.0-only", "license: AGPL-3.0-only"),
}  # fmt: skip
"""Edits of an input: each is judged on both sides."""


def judge(root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[bool], Any]:
    """Whether each pair was found alike, and the report."""
    asked: list[bool] = []
    ask = stages.judged_alike

    def alike(*pair: Any) -> bool:
        asked.append(ask(*pair))
        return asked[-1]

    with monkeypatch.context() as patch:
        patch.setattr(stages, "judged_alike", alike)
        return asked, _report(root, cache, patch)


def apart(root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The report where both sides are judged, whatever they have in common."""
    with monkeypatch.context() as patch:
        patch.setattr(stages, "judged_alike", lambda *_: False)
        return _report(root, cache, patch)


def _report(root: Path, cache: Path, patch: pytest.MonkeyPatch) -> Any:
    patch.setenv("COMPLIANCE_CACHE", str(cache))
    patch.setenv("GOPROXY", "off")
    options = ScanOptions(path=str(root), base="HEAD", offline=True)
    return report_document(scan(scan_request(options, today=DAY), lambda _: None).report)


@pytest.mark.parametrize("name", KEPT)
def test_a_change_of_nothing_that_counts_is_judged_once(
    change: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str  # noqa: F811
) -> None:  # fmt: skip
    KEPT[name](change)
    asked, report = judge(change, tmp_path / "cache", monkeypatch)
    assert asked == [True]
    assert report == apart(change, tmp_path / "cache", monkeypatch)


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_asked_once_for_each_version(
    change: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str  # noqa: F811
) -> None:  # fmt: skip
    POLICIES[name](change)
    asked, report = judge(change, tmp_path / "cache", monkeypatch)
    assert asked == [True, True]
    assert report == apart(change, tmp_path / "cache", monkeypatch)


@pytest.mark.parametrize("name", JUDGED)
def test_each_input_that_changes_is_judged_on_both_sides(
    change: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str  # noqa: F811
) -> None:  # fmt: skip
    JUDGED[name](change)
    asked, _ = judge(change, tmp_path / "cache", monkeypatch)
    assert not all(asked)


@pytest.mark.parametrize("seed", range(6))
def test_the_report_is_that_of_judging_both_sides(
    change: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int  # noqa: F811
) -> None:  # fmt: skip
    """Some edits in the base, then some on top of it."""
    chosen = random.Random(seed)  # noqa: S311 - a table, no secret
    every = {**KEPT, **POLICIES, **JUDGED}
    for name in chosen.sample(sorted(every), 2):
        every[name](change)
    git(change, "add", "-A", "-f")
    git(change, "commit", "-qm", "more", "--allow-empty")
    for name in chosen.sample(sorted(KEPT), 2):
        try:
            KEPT[name](change)
        except FileNotFoundError:
            continue
    _, report = judge(change, tmp_path / "cache", monkeypatch)
    assert report == apart(change, tmp_path / "cache", monkeypatch)


def test_nothing_is_alike_where_a_rule_asks_for_changes(
    change: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    """Head knows what changed since the base; the base has nothing to compare with."""
    JUDGED["a rule about changes"](change)
    git(change, "commit", "-qam", "a rule")
    asked, report = judge(change, tmp_path / "cache", monkeypatch)
    assert asked == [False]
    assert report == apart(change, tmp_path / "cache", monkeypatch)
