"""What a change is told about itself: new, wider, the same, fixed, and its own gate."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import git
from tests.cli.test_base import IMPORT, WAIVER

WORKFLOW = """
on: [pull_request]
jobs:
  gate:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - uses: acme/compliance@v1
        with: {fail-on: block}
"""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def standing(report: dict[str, Any], word: str) -> set[tuple[str, str | None]]:
    return {(f["code"], f["artifact"]) for f in report["findings"] if f["standing"] == word}


def test_a_second_way_to_an_old_culprit_is_wider_and_no_failure(judge: Any, change: Path) -> None:
    (change / "cmd" / "control-plane" / "more.go").write_text(IMPORT, "utf-8")
    status, report, said = judge()
    assert status == 0
    assert standing(report, "new") == set()
    assert standing(report, "wider") == {("strong-copyleft-ships", "control-plane")}
    (found,) = [f for f in report["findings"] if f["standing"] == "wider"]
    assert found["wider"][0]["file"] == "cmd/control-plane/more.go"
    assert "Wider, no new problem" in said
    assert report["change"]["counts"]["wider"] == 1


def test_a_moved_import_is_not_even_wider(judge: Any, change: Path) -> None:
    old = change / "vendor" / "plugins.example" / "accelplug"
    source = (old / "accelplug.go").read_text("utf-8")
    assert '"drivers.example/acceldrv"' in source
    (old / "moved").mkdir()
    (old / "moved" / "moved.go").write_text(
        'package moved\n\nimport _ "drivers.example/acceldrv"\n'
    )
    (old / "accelplug.go").write_text(
        source.replace('"drivers.example/acceldrv"', '_ "plugins.example/accelplug/moved"'), "utf-8"
    )
    status, report, _ = judge()
    assert (status, standing(report, "wider")) == (0, set())
    assert standing(report, "new") == {("vendor-modified", None)}


def test_a_program_that_is_moved_brings_nothing_new(judge: Any, change: Path) -> None:
    (change / ".compliance.yaml").unlink()
    git(change, "commit", "-qam", "without facts")
    shutil.move(change / "cmd" / "control-plane", change / "cmd" / "plane")
    status, report, said = judge()
    assert (status, standing(report, "new")) == (0, set())
    assert ("strong-copyleft-ships", "plane") in standing(report, "same")
    assert report["change"]["fixed"] == []
    assert "plane (was control-plane)" in said


def test_a_program_that_is_deleted_with_its_deployment(judge: Any, change: Path) -> None:
    shutil.rmtree(change / "cmd" / "console")
    line = "  console:       {build: ./cmd/console, profile: saas, outbound: proprietary}\n"
    edit(change / ".compliance.yaml", line, "")
    status, report, said = judge()
    assert status == 0
    assert {f["code"] for f in report["change"]["fixed"]} == {"strong-copyleft-sleeping"}
    assert {f["code"] for f in report["findings"] if f["new"]} == {"policy-edited"}
    assert "console: gone" in said


def test_one_new_finding_among_two_hundred_old_ones(judge: Any, change: Path) -> None:
    shutil.rmtree(change / "vendor")
    (change / ".compliance.yaml").unlink()
    for folder in ("cmd", "internal"):
        shutil.rmtree(change / folder)
    names = [f"m{n:03}.example/lib" for n in range(201)]
    write_modules(change, names[:200])
    git(change, "add", "-A", "-f")
    git(change, "commit", "-q", "-m", "two hundred")
    write_modules(change, names)
    status, report, said = judge()
    assert status == 1
    new = [f for f in report["findings"] if f["new"]]
    assert [f["component"] for f in new] == ["pkg:golang/m200.example/lib@v1.0.0"]
    assert report["change"]["counts"]["same"] >= 200
    assert "m200.example/lib" in said
    assert "m100.example/lib" not in said
    assert "no part of this decision" in said


def write_modules(root: Path, names: list[str]) -> None:
    """A program that imports vendored modules without any license."""
    requires = "".join(f"\t{n} v1.0.0\n" for n in names)
    (root / "go.mod").write_text(f"module app.example\n\ngo 1.22\n\nrequire (\n{requires})\n")
    imports = "".join(f'\t_ "{n}"\n' for n in names)
    (root / "main.go").write_text(f"package main\n\nimport (\n{imports})\n\nfunc main() {{}}\n")
    for name in names:
        folder = root / "vendor" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lib.go").write_text("package lib\n", "utf-8")
    listed = "".join(f"# {n} v1.0.0\n## explicit; go 1.22\n{n}\n" for n in names)
    (root / "vendor" / "modules.txt").write_text(listed, "utf-8")


def test_a_review_that_becomes_a_grant_is_a_relaxation(judge: Any, change: Path) -> None:
    facts = change / ".compliance.yaml"
    waived = WAIVER.replace("artifact: node-agent", "artifact: control-plane")
    facts.write_text(facts.read_text("utf-8") + waived % "pending-review", "utf-8")
    git(change, "commit", "-qam", "asked")
    edit(facts, "state: pending-review", "state: granted")
    status, report, _ = judge()
    assert status == 1
    (relaxed,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    assert relaxed["severity"] == "block"


def test_a_waiver_for_an_old_finding_needs_its_owner_too(judge: Any, change: Path) -> None:
    with (change / ".compliance.yaml").open("a", encoding="utf-8") as facts:
        facts.write(WAIVER.replace("artifact: node-agent", "artifact: control-plane") % "granted")
    status, report, _ = judge()
    assert status == 1
    assert standing(report, "new") == {("policy-relaxed", None)}


def test_a_stricter_policy_is_told_and_passes(judge: Any, change: Path) -> None:
    edit(
        change / ".compliance.yaml",
        "deployments:",
        "interpretations: {saas_latent: warn}\ndeployments:",
    )
    status, report, _ = judge()
    assert status == 0
    assert ("policy-edited", None) in standing(report, "new")


def test_a_remark_in_the_policy_is_no_edit(judge: Any, change: Path) -> None:
    edit(change / ".compliance.yaml", "version: 1", "# a remark\nversion: 1")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, set())


def test_the_first_policy_is_no_relaxation_of_a_policy(judge: Any, change: Path) -> None:
    facts = (change / ".compliance.yaml").read_text("utf-8")
    (change / ".compliance.yaml").unlink()
    git(change, "commit", "-qam", "no policy yet")
    (change / ".compliance.yaml").write_text(facts, "utf-8")
    status, report, _ = judge()
    (told,) = [f for f in report["findings"] if f["code"].startswith("policy-")]
    assert (status, told["code"], told["severity"]) == (0, "policy-relaxed", "review")
    assert "first policy" in told["message"]


def test_the_first_policy_cannot_hide_what_the_same_change_adds(judge: Any, change: Path) -> None:
    facts = (change / ".compliance.yaml").read_text("utf-8")
    (change / ".compliance.yaml").unlink()
    git(change, "commit", "-qam", "no policy yet")
    (change / ".compliance.yaml").write_text(
        facts.replace("profile: on-prem", "profile: saas"), "utf-8"
    )
    (change / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")
    status, report, _ = judge()
    assert status == 1
    assert ("strong-copyleft-ships", "node-agent") in standing(report, "new")


def test_a_policy_of_the_tree_that_the_change_adds(judge: Any, change: Path) -> None:
    (change / "policy.yaml").write_text(
        "version: 1\ninterpretations: {saas_latent: warn}\n", "utf-8"
    )
    status, report, _ = judge("--policy", str(change / "policy.yaml"))
    assert status == 0
    assert ("policy-edited", None) in standing(report, "new")


def test_a_policy_outside_the_tree_is_nobodys_edit(judge: Any, tmp_path: Path) -> None:
    policy = tmp_path / "acme.yaml"
    policy.write_text("version: 1\ninterpretations: {saas_latent: warn}\n", "utf-8")
    status, report, _ = judge("--policy", str(policy))
    assert (status, standing(report, "new")) == (0, set())


@pytest.mark.parametrize(
    ("old", "new", "blocked"),
    [
        ("fail-on: block", "fail-on: never", True),
        ("on: [pull_request]", "on: [push]", True),
        ("      - uses: acme/compliance@v1\n        with: {fail-on: block}\n", "", True),
        ("actions/checkout@v4", "actions/checkout@v5", False),
        ("jobs:", "# a remark\njobs:", False),
    ],
)
def test_the_workflow_that_runs_the_gate(
    judge: Any, change: Path, old: str, new: str, *, blocked: bool
) -> None:
    workflow = change / ".github" / "workflows" / "gate.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW, "utf-8")
    git(change, "add", "-A", "-f")
    git(change, "commit", "-qm", "a gate")
    edit(workflow, old, new)
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (
        (1, {("policy-relaxed", None)}) if blocked else (0, set())
    )


def test_a_base_without_a_go_module_has_nothing_so_all_is_new(judge: Any, change: Path) -> None:
    git(change, "rm", "-q", "--cached", "-r", ".")
    git(change, "add", ".compliance.yaml")
    git(change, "commit", "-qm", "only the facts")
    status, report, _ = judge()
    assert status == 1
    assert ("strong-copyleft-ships", "control-plane") in standing(report, "new")
    assert standing(report, "same") == set()


def test_a_base_whose_release_file_or_vendor_folder_is_none_has_nothing(
    judge: Any, change: Path, tmp_path: Path
) -> None:
    release = change / ".goreleaser.yaml"
    release.write_text("builds: [\n", "utf-8")
    (change / "vendor").rename(tmp_path / "vendor")
    (change / "vendor").symlink_to(tmp_path / "vendor")
    git(change, "add", "-A", "-f")
    git(change, "commit", "-qm", "broken")
    release.write_text("builds: [{main: ./cmd/control-plane, goos: [linux]}]\n", "utf-8")
    status, report, _ = judge("--matrix", str(release))
    assert (status, report) == (3, {})
    (change / "vendor").unlink()
    (tmp_path / "vendor").rename(change / "vendor")
    for words in ((), ("--matrix", str(release))):
        status, report, _ = judge(*words)
        assert (status, standing(report, "same")) == (1, set())
        assert any("The base could not be read" in x["what"] for x in report["limits"])


def _links_out(facts: Path) -> None:
    facts.unlink()
    facts.symlink_to("/etc/hostname")


BROKEN: dict[str, Callable[[Path], object]] = {
    "unknown key": lambda facts: facts.write_text("deploymentz: {}\n", "utf-8"),
    "no YAML": lambda facts: facts.write_text("a: [\n", "utf-8"),
    "not UTF-8": lambda facts: facts.write_bytes(b"version: 1 # \xff\n"),
    "extends what is not there": lambda facts: facts.write_text(
        facts.read_text("utf-8").replace("version: 1", "version: 1\nextends: gone.yaml"), "utf-8"
    ),
    "a link that leaves": _links_out,
}


@pytest.fixture(params=BROKEN)
def repair(request: pytest.FixtureRequest, change: Path) -> None:
    """A change that repairs the policy of its base, and nothing else."""
    facts = change / ".compliance.yaml"
    good = facts.read_bytes()
    BROKEN[request.param](facts)
    git(change, "commit", "-qam", "broken")
    facts.unlink()
    facts.write_bytes(good)


@pytest.mark.usefixtures("repair")
def test_the_repair_of_a_policy_needs_its_owner_and_is_no_dead_end(judge: Any) -> None:
    status, report, _ = judge()
    (told,) = [f for f in report["findings"] if f["new"]]
    assert (status, told["code"], told["severity"]) == (1, "policy-relaxed", "block")
    assert "the policy of the base cannot be used (.compliance.yaml" in told["message"]
    digest = digest_in(report)
    status, report, _ = judge("--policy-approved", digest)
    (told,) = [f for f in report["findings"] if f["new"]]
    assert (status, told["severity"]) == (0, "comply")


def test_a_broken_policy_in_the_base_lets_nothing_in(judge: Any, change: Path) -> None:
    """Neither a milder policy nor what the same change brings; an approval is for one repair."""
    facts = change / ".compliance.yaml"
    good = facts.read_text("utf-8")
    facts.write_text("deploymentz: {}\n", "utf-8")
    git(change, "commit", "-qam", "broken")
    facts.write_text(good, "utf-8")
    digest = digest_in(judge()[1])
    facts.write_text(good.replace("profile: on-prem", "profile: saas"), "utf-8")
    assert judge()[0] == 1
    assert judge("--policy-approved", digest)[0] == 1
    facts.unlink()
    assert judge()[0] == 1
    facts.write_text(good.replace("profile: on-prem", "profile: saas"), "utf-8")
    (change / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")
    digest = digest_in(judge()[1])
    status, report, _ = judge("--policy-approved", digest)
    assert status == 1
    assert ("strong-copyleft-ships", "node-agent") in standing(report, "new")
    facts.write_text(good, "utf-8")
    (change / "cmd" / "node-agent" / "more.go").unlink()
    digest = digest_in(judge()[1])
    facts.write_text("deploymentz: {x: 1}\n", "utf-8")
    git(change, "commit", "-qam", "broken otherwise")
    facts.write_text(good, "utf-8")
    assert judge("--policy-approved", digest)[0] == 1


def test_the_answer_of_yesterday_is_not_given_for_a_branch_that_moved(
    judge: Any, change: Path
) -> None:
    git(change, "branch", "trunk")
    (change / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")
    git(change, "add", "-A", "-f")
    git(change, "commit", "-qm", "an import")
    assert judge(base="trunk")[0] == 1
    assert judge(base="trunk")[0] == 1
    git(change, "branch", "-f", "trunk", "HEAD")
    assert judge(base="trunk")[0] == 0


def test_a_test_that_needs_an_old_culprit_is_not_even_wider(judge: Any, change: Path) -> None:
    (change / "internal" / "health" / "health_test.go").write_text(
        'package health\n\nimport _ "drivers.example/acceldrv/ioctl"\n', "utf-8"
    )
    status, report, _ = judge()
    assert (status, standing(report, "new"), standing(report, "wider")) == (0, set(), set())


def digest_in(report: dict[str, Any]) -> str:
    (told,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    return str(told["remedy"].rsplit(" ", 1)[1])


def test_an_edit_that_the_owner_approved_passes_and_no_other(judge: Any, change: Path) -> None:
    facts = change / ".compliance.yaml"
    waived = WAIVER.replace("artifact: node-agent", "artifact: control-plane") % "granted"
    facts.write_text(facts.read_text("utf-8") + waived, "utf-8")
    status, report, _ = judge()
    digest = digest_in(report)
    assert (status, len(digest)) == (1, 32)
    status, report, _ = judge("--policy-approved", "0" * 32, "--policy-approved", digest)
    (told,) = [f for f in report["findings"] if f["new"]]
    assert (status, told["code"], told["severity"]) == (0, "policy-relaxed", "comply")
    assert f"its owner approved the edit {digest}" in told["message"]
    assert judge("--policy-approved", digest, "--fail-on", "review")[0] == 0
    facts.write_text(facts.read_text("utf-8") + "# another edit\n", "utf-8")
    assert judge("--policy-approved", digest)[0] == 1


def test_an_approval_is_for_the_policy_and_not_for_what_else_the_change_does(
    judge: Any, change: Path
) -> None:
    """What base's policy finds new fails still; and the workflow is no policy."""
    workflow = change / ".github" / "workflows" / "gate.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW, "utf-8")
    git(change, "add", "-A", "-f")
    git(change, "commit", "-qm", "a gate")
    (change / "cmd" / "node-agent" / "more.go").write_text(IMPORT, "utf-8")
    with (change / ".compliance.yaml").open("a", encoding="utf-8") as facts:
        facts.write(WAIVER % "granted")
    digest = digest_in(judge()[1])
    status, report, _ = judge("--policy-approved", digest)
    (told,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    assert (status, told["severity"]) == (1, "block")
    assert "merge the policy on its own first" in told["message"]
    (change / "cmd" / "node-agent" / "more.go").unlink()
    edit(workflow, "fail-on: block", f"policy-approved: {digest}")
    status, report, _ = judge("--policy-approved", digest)
    assert (status, [f["severity"] for f in report["findings"] if f["code"] == "policy-relaxed"]) \
        == (1, ["block"])  # fmt: skip


def test_the_same_edit_in_the_base_needs_nobody(judge: Any, change: Path) -> None:
    with (change / ".compliance.yaml").open("a", encoding="utf-8") as facts:
        facts.write(WAIVER.replace("artifact: node-agent", "artifact: control-plane") % "granted")
    git(change, "branch", "feature")
    git(change, "commit", "-qam", "the owner's own change")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, set())


@pytest.mark.parametrize("word", ["", "yes", "any", "12345", "g" * 32, "::error::x\x1b[31m"])
def test_an_approval_is_a_digest(judge: Any, word: str) -> None:
    status, _, said = judge("--policy-approved", word)
    assert status == 2
    assert "is no digest" in said
    assert "\x1b" not in said


def test_the_repository_changes_its_own_license(judge: Any, change: Path) -> None:
    apache = (change / "vendor" / "plugins.example" / "accelplug" / "LICENSE").read_text("utf-8")
    gpl = (change / "vendor" / "drivers.example" / "acceldrv" / "COPYING").read_text("utf-8")
    (change / "LICENSE").write_text(apache, "utf-8")

    def told() -> list[tuple[str, str, str | None]]:
        status, report, _ = judge()
        assert status == 0
        return [(f["code"], f["severity"], f["license"]) for f in report["findings"] if f["new"]]

    assert told() == [("license-changed", "comply", "Apache-2.0")]
    git(change, "add", "LICENSE")
    git(change, "commit", "-qm", "a license")
    git(change, "mv", "LICENSE", "COPYING")
    assert told() == []
    (change / "COPYING").write_text(gpl, "utf-8")
    assert told() == [("license-changed", "review", "GPL-3.0-only")]
    (change / "COPYING").unlink()
    assert told() == [("license-changed", "review", None)]


def test_a_new_name_of_the_module_hides_no_new_license(judge: Any, change: Path) -> None:
    """A new major version comes with another module path; so does a rename."""
    texts = [p for p in change.rglob("LICENSE") if p.parent != change]
    apache = next(p for p in texts if "Apache License" in p.read_text("utf-8"))
    mit = next(p for p in texts if "Permission is hereby granted" in p.read_text("utf-8"))
    (change / "LICENSE").write_text(apache.read_text("utf-8"), "utf-8")
    git(change, "add", "-A", "-f")
    git(change, "commit", "-qm", "licensed")
    for file in (change / "go.mod", *change.glob("cmd/*/*.go"), *change.glob("internal/*/*.go")):
        text = file.read_text("utf-8")
        file.write_text(
            text.replace("nimbus.example/platform", "nimbus.example/platform/v2"), "utf-8"
        )
    (change / "LICENSE").write_text(mit.read_text("utf-8"), "utf-8")
    _, report, _ = judge()
    (told,) = [f for f in report["findings"] if f["code"] == "license-changed"]
    assert "platform/v2 itself was Apache-2.0 and is MIT" in told["message"]


def test_a_replacement_is_told_as_a_change_of_the_module(judge: Any, change: Path) -> None:
    shutil.copytree(change / "vendor" / "logs.example" / "slate", change / "fork")
    (change / "fork" / "go.mod").write_text("module logs.example/slate\n\ngo 1.20\n", "utf-8")
    with (change / "go.mod").open("a", encoding="utf-8") as gomod:
        gomod.write("\nreplace logs.example/slate => ./fork\n")
    listed = change / "vendor" / "modules.txt"
    edit(listed, "# logs.example/slate v1.4.0", "# logs.example/slate v1.4.0 => ./fork")
    listed.write_text(listed.read_text("utf-8") + "# logs.example/slate => ./fork\n", "utf-8")
    status, report, said = judge()
    assert status == 0
    (moved,) = report["change"]["modules"]
    assert (moved["before"], moved["after"]) == ("v1.4.0", "v1.4.0 => ./fork")
    assert "slate v1.4.0 -> v1.4.0 => ./fork" in said


@pytest.mark.parametrize(
    ("base", "says"),
    [
        ("main...side", "$(git merge-base main side)"),
        ("origin/main..", "--base origin/main,"),
        ("a..b;c", "is no commit here"),
    ],
)
def test_a_range_is_no_commit(judge: Any, base: str, says: str) -> None:
    status, _, said = judge(base=base)
    assert status == 3
    assert says in said


def test_nothing_is_committed_yet(judge: Any, change: Path) -> None:
    git(change, "checkout", "-q", "--orphan", "empty")
    status, _, said = judge()
    assert (status, "nothing is committed on this branch yet" in said) == (3, True)
