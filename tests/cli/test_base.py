"""Base against head: only what the change makes worse can fail it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, git

IMPORT = 'package main\n\nimport _ "drivers.example/acceldrv"\n'
WAIVER = """
waivers:
  - id: W-1
    covers: {rule: strong-copyleft-ships, component: "pkg:golang/drivers.example/acceldrv",
             artifact: node-agent, license: GPL-3.0-only}
    state: %s
    owner: team@nimbus.example
    approver: "@nimbus/legal"
    reason: asked the vendor
    ticket: T-1
    created: 2026-01-02
    expires: 2026-01-10
"""


@pytest.fixture
def findings(run: Run, change: Path, tmp_path: Path) -> Any:
    def scan(*words: str) -> tuple[int, list[dict[str, Any]]]:
        out = tmp_path / "out"
        done = run("scan", change, "--base", "HEAD", "-o", out, "--format", "json", "-q",
                   "--as-of", "2026-01-05", *words)  # fmt: skip
        assert "Traceback" not in done.stderr
        report = json.loads((out / "report.json").read_text("utf-8"))
        return done.returncode, report["findings"]

    return scan


def new(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(f["code"], f["artifact"]) for f in found if f["new"]]


def test_no_change_has_no_new_finding_and_passes(findings: Any) -> None:
    status, found = findings()
    assert (status, new(found)) == (0, [])
    assert "strong-copyleft-ships" in {f["code"] for f in found}


def test_a_new_path_to_the_driver_fails_and_the_old_one_does_not_count(
    findings: Any, change: Path
) -> None:
    (change / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")
    status, found = findings()
    assert status == 1
    assert new(found) == [("strong-copyleft-ships", "node-agent")]


def test_a_wider_deployment_is_new(findings: Any, change: Path) -> None:
    facts = change / ".compliance.yaml"
    facts.write_text(facts.read_text("utf-8").replace("profile: saas", "profile: on-prem"), "utf-8")
    status, found = findings()
    assert status == 1
    assert ("strong-copyleft-ships", "console") in new(found)


def test_a_change_cannot_waive_its_own_finding(findings: Any, change: Path) -> None:
    (change / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")
    with (change / ".compliance.yaml").open("a", encoding="utf-8") as facts:
        facts.write(WAIVER % "granted")
    status, found = findings()
    assert status == 1
    assert "policy-relaxed" in {f["code"] for f in found}


def test_a_change_may_open_the_review_of_its_own_finding(findings: Any, change: Path) -> None:
    (change / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")
    with (change / ".compliance.yaml").open("a", encoding="utf-8") as facts:
        facts.write(WAIVER % "pending-review")
    status, found = findings()
    assert (status, "policy-relaxed" in {f["code"] for f in found}) == (0, False)


def test_a_curation_in_the_change_cannot_hide_a_license(findings: Any, change: Path) -> None:
    (change / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")
    with (change / ".compliance.yaml").open("a", encoding="utf-8") as facts:
        facts.write(
            "curations:\n  - {component: drivers.example/acceldrv, license: MIT,"
            " because: we say so, evidence: 'https://example.com'}\n"
        )
    status, found = findings()
    assert status == 1
    assert "policy-relaxed" in {f["code"] for f in found}


def test_a_license_that_changes_is_reported_with_the_lines(findings: Any, change: Path) -> None:
    slate = change / "vendor" / "logs.example" / "slate"
    text = (change / "vendor" / "plugins.example" / "accelplug" / "LICENSE").read_text("utf-8")
    (slate / "LICENSE").write_text(text, "utf-8")
    source = slate / "slate.go"
    source.write_text(source.read_text("utf-8").replace(": MIT", ": Apache-2.0"), "utf-8")
    status, found = findings()
    changed = next(f for f in found if f["code"] == "license-changed")
    assert "MIT" in changed["message"]
    assert changed["license"] == "Apache-2.0"
    assert changed["evidence"][0]["diff"]
    assert status == 0


def test_what_changed_is_told_in_words(run: Run, change: Path, tmp_path: Path) -> None:
    (change / "internal" / "devices" / "devices.go").write_text(
        "package devices\n\nfunc Names() []string { return nil }\n", "utf-8"
    )
    out = tmp_path / "out"
    done = run("scan", change, "--base", "HEAD", "-o", out, "--format", "json,markdown")
    report = json.loads((out / "report.json").read_text("utf-8"))
    gone = {m["path"]: (m["before"], m["after"]) for m in report["change"]["modules"]}
    assert gone == {
        "drivers.example/acceldrv": ("v0.9.2", None),
        "plugins.example/accelplug": ("v1.3.0", None),
    }
    fixed = {(f["code"], f["artifact"]) for f in report["change"]["fixed"]}
    assert fixed == {
        ("strong-copyleft-ships", "control-plane"),
        ("strong-copyleft-sleeping", "console"),
    }
    assert "drivers.example/acceldrv v0.9.2 -> none (GPL-3.0-only)" in done.stdout
    assert "Fixed by this change" in (out / "report.md").read_text("utf-8")


def test_a_base_that_is_no_commit_ends_with_three(run: Run, change: Path) -> None:
    done = run("scan", change, "--base", "no-such-branch", "-q")
    assert done.returncode == 3
    assert "no-such-branch" in done.stderr


def test_the_index_of_git_is_not_touched(run: Run, change: Path) -> None:
    index = change / ".git" / "index"
    before = (index.read_bytes(), index.stat().st_mtime_ns)
    run("scan", change, "--base", "HEAD", "-q")
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


def test_hooks_and_filters_of_the_repository_never_run(run: Run, change: Path) -> None:
    mark = change.parent / "ran"
    git(change, "config", "filter.evil.smudge", f"touch {mark}")
    git(change, "config", "filter.evil.clean", f"touch {mark}")
    git(change, "config", "core.fsmonitor", f"touch {mark}")
    (change / ".gitattributes").write_text("* filter=evil\n", "utf-8")
    (change / "go.mod").touch()
    run("scan", change, "--base", "HEAD", "-q")
    assert not mark.exists()


def told(report: dict[str, Any]) -> dict[str, str]:
    return {limit["what"]: limit["effect"] for limit in report["limits"]}


def test_a_base_beside_the_history_says_where_they_parted(judge: Any, change: Path) -> None:
    """What the base removed meanwhile looks new; with the fork as base it is what it was."""
    fork = git(change, "rev-parse", "HEAD")
    git(change, "checkout", "-qb", "feature")
    git(change, "commit", "-q", "--allow-empty", "-m", "ours")
    git(change, "checkout", "-qb", "moved-on", fork)
    git(change, "rm", "-qr", "cmd/control-plane", ".compliance.yaml")
    git(change, "commit", "-qm", "theirs")
    git(change, "checkout", "-q", "feature")
    _, report, _ = judge(base="moved-on")
    what = f"The base moved-on is no ancestor of what is checked out: they parted at {fork[:12]}"
    assert f"--base {fork[:12]}" in told(report)[what]
    status, report, _ = judge(base=fork[:12])
    assert (status, report["change"]["counts"]["new"]) == (0, 0)
    assert not any("parted" in text for text in told(report))
    git(change, "checkout", "-q", "--orphan", "alone")
    git(change, "commit", "-qm", "alone")
    _, report, _ = judge(base="feature")
    assert "The base feature and what is checked out have no commit in common" in told(report)


def test_a_submodule_whose_old_commit_is_not_here_is_named(
    judge: Any, change: Path, tmp_path: Path
) -> None:
    own = tmp_path / "sub"
    own.mkdir()
    git(own, "init", "-q")
    (own / "go.mod").write_text("module sub.example/s\n\ngo 1.22\n", "utf-8")
    (own / "s.go").write_text("package s\n", "utf-8")
    git(own, "add", "-A")
    git(own, "commit", "-qm", "one")
    first = git(own, "rev-parse", "HEAD")
    git(own, "commit", "-q", "--allow-empty", "-m", "two")
    git(change, "rm", "-rqf", ".")
    (change / "go.mod").write_text(
        "module m.example/app\n\ngo 1.22\n\nrequire sub.example/s v0.0.0\n\n"
        "replace sub.example/s => ./s\n"
    )
    (change / "main.go").write_text(
        'package main\n\nimport _ "sub.example/s"\n\nfunc main() {}\n', "utf-8"
    )
    add = ("-c", "protocol.file.allow=always", "submodule", "add", "-q", "--depth=1")
    git(change, *add, f"file://{own}", "s")
    git(change, "add", "-A")
    git(change, "update-index", "--cacheinfo", f"160000,{first},s")
    git(change, "commit", "-qm", "base")
    git(change, "add", "-A")
    git(change, "commit", "-qm", "bump")
    _, report, _ = judge(base="HEAD^")
    effect = told(report)[f"The base has the submodule s at {first[:12]}, which is not here"]
    assert f"git -C s fetch --depth=1 origin {first}" in effect
    git(change / "s", "fetch", "-q", "--unshallow")
    _, report, _ = judge(base="HEAD^")
    assert not any("submodule" in text for text in told(report))
