"""A base that is not explored: only where head tells, and then the report is the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from compliance.config import ScanOptions, scan_request
from compliance.outputs import report_document
from compliance.pipeline import scan, stages
from tests.cli.conftest import change, example, example_source, git  # noqa: F401 - fixtures
from tests.pipeline.test_sameness import (
    DAY,
    DEVICES,
    JUDGED,
    KEPT,
    MAIN,
    POLICIES,
    SLATE,
    Edit,
    more,
    put,
)

EMBEDDING = 'package health\n\nimport _ "embed"\n\n//go:embed note.txt\nvar note string\n'
IMPORTING = 'package devices\nimport _ "drivers.example/acceldrv"\n'

TOLD: dict[str, Edit] = {
    "nothing": KEPT["nothing"],
    "a remark at the end of a program": KEPT["a remark at the end of a program"],
    "a function of a linked package": KEPT["a function of a linked package"],
    "prose": KEPT["prose"],
    "a license tag at the end": JUDGED["a license tag at the end"],
    "an owner": JUDGED["an owner"],
    "the license of a module": JUDGED["the license of a module"],
    "the tag of a module": JUDGED["the tag of a module"],
    "two files": lambda root: [more(f, "\n// MPL-2.0 applies\n")(root) for f in (MAIN, SLATE)],
    "a workflow": put(".github/workflows/ci.yml", "on: push\njobs: {}\n"),
    "a folder that nothing links": more("docs/readme.txt", "text\n"),
    **POLICIES,
    "a rule about changes": JUDGED["a rule about changes"],
}
"""Edits that exploring does not see: it is not done again."""

ASKED: dict[str, Edit] = {
    **{n: e for n, e in {**KEPT, **POLICIES, **JUDGED}.items() if n not in TOLD},
    "an embedded file": put("internal/health/note.txt", "GNU General Public License v3\n"),
    "a file of a package that embeds": more("internal/health/embed.go", "\n// a remark\n"),
    "a link in place of a file": lambda root: _link(root / DEVICES, root / MAIN),
    "a link that leads to what differs": lambda root: [
        _link(root / "docs/more.go", root / DEVICES), more(DEVICES, "\n// x\n")(root)
    ],
    "a file that is not tracked": lambda root: [
        more(MAIN, "\n// x\n")(root),
        put("internal/devices/zz.go", IMPORTING)(root),
    ],
    "a file that is staged alone": lambda root: [
        more(DEVICES, "\n// x\n")(root), git(root, "add", "."), more(MAIN, "\n// y\n")(root)
    ],
}  # fmt: skip
"""Edits of what exploring rests on, or that git's objects and index do not tell all of."""

UNTRACKED = ("a file that is not tracked",)
STAGED = ("a file that is staged alone",)


def _link(place: Path, target: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(os.path.relpath(target, place.parent))


def prepared(root: Path, name: str, edit: Edit) -> None:
    """The base is committed, and the edit on top of it."""
    put("internal/health/note.txt", "a note\n")(root)
    put("internal/health/embed.go", EMBEDDING)(root)
    put(".github/workflows/ci.yml", "on: push\n")(root)
    put("docs/readme.txt", "text\n")(root)
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "base")
    if name in STAGED:
        git(root, "commit", "-qm", "nothing", "--allow-empty")
        edit(root)
    else:
        edit(root)
        git(root, "add", *(["-u"] if name in UNTRACKED else ["-A", "-f"]))
        git(root, "commit", "-qm", "edit", "--allow-empty")
    for path in (p for p in root.rglob("*") if p.is_file() and not p.is_symlink()):
        if ".git" not in path.parts:
            os.utime(path, ns=(10**18, 10**18))  # older than the index
    git(root, "update-index", "-q", "--really-refresh")


def judged(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, *, apart: bool = False
) -> tuple[bool, Any]:
    """Whether exploring the base was spared, and the report."""
    spared: list[bool] = []
    ask = stages.retraced

    def retrace(*given: Any) -> Any:
        found = None if apart else ask(*given)
        spared.append(found is not None)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(stages, "retraced", retrace)
        if apart:
            patch.setattr(stages, "judged_alike", lambda *_: False)
        patch.setenv("COMPLIANCE_CACHE", str(cache))
        patch.setenv("GOPROXY", "off")
        options = ScanOptions(path=str(root), base="HEAD~1", offline=True)
        report = scan(scan_request(options, today=DAY), lambda _: None).report
        return spared == [True], report_document(report)


@pytest.mark.parametrize("name", TOLD)
def test_a_base_that_head_tells_all_of_is_not_explored(
    change: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str  # noqa: F811
) -> None:  # fmt: skip
    prepared(change, name, TOLD[name])
    spared, report = judged(change, tmp_path / "cache", monkeypatch)
    assert spared
    assert report == judged(change, tmp_path / "cache", monkeypatch, apart=True)[1]


@pytest.mark.parametrize("name", ASKED)
def test_what_exploring_rests_on_is_explored(
    change: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str  # noqa: F811
) -> None:  # fmt: skip
    prepared(change, name, ASKED[name])
    spared, report = judged(change, tmp_path / "cache", monkeypatch)
    assert not spared
    assert report == judged(change, tmp_path / "cache", monkeypatch, apart=True)[1]
