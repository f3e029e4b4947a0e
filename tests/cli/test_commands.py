"""The other commands, as users call them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema_rs
import pytest

from compliance.cli.main import cli
from tests.cli.conftest import Run


def document(run: Run, *words: str | Path) -> Any:
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("modules", ("modules", "EXAMPLE", "--json")),
        ("packages", ("packages", "EXAMPLE", "--json")),
        ("detect", ("detect", "EXAMPLE", "--json")),
        ("why", ("why", "EXAMPLE", "drivers.example/acceldrv", "--json")),
        ("cache", ("cache", "info", "--json")),
        ("settings", ("proxies", "settings", "--json")),
    ],
)
def test_every_document_obeys_its_schema(
    run: Run, example: Path, name: str, words: tuple[str, ...]
) -> None:
    found = document(run, *(example if w == "EXAMPLE" else w for w in words))
    jsonschema_rs.validator_for(document(run, "schema", name)).validate(found)
    assert found["schema"] == f"compliance/{name}/1"


def leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for each in command.list_commands(context):
        below = command.get_command(context, each)
        assert below is not None
        yield from leaves(below, f"{name} {each}".strip())


def test_help_of_a_group_cuts_no_line() -> None:
    """As click lists it: 80 columns, six of them blank."""
    for name, command in leaves(cli, ""):
        _, in_group, last = name.rpartition(" ")
        if in_group:
            assert not command.get_short_help_str(80 - 6 - len(last)).endswith("..."), name


def test_every_document_that_a_command_prints_has_a_schema() -> None:
    from compliance.cli.schema import NAMES

    printing = {n for n, c in leaves(cli, "") if any("--json" in p.opts for p in c.params)}
    names = {"cache info": "cache", "proxies settings": "settings", "proxies audit": "audit"}
    assert printing
    assert {names.get(n, n) for n in printing} <= set(NAMES)


@pytest.mark.parametrize("flag", ["-q", "--quiet", "-v", "--verbose", "--no-color",
                                  "--no-progress"])  # fmt: skip
def test_every_command_takes_the_flags_of_all(flag: str) -> None:
    assert [n for n, c in leaves(cli, "") if not any(flag in p.opts for p in c.params)] == []


def test_flags_of_all_change_nothing_where_there_is_nothing_to_quieten(run: Run) -> None:
    plain = run("schema", "cache")
    said = run("schema", "cache", "-q", "-v", "--no-color", "--no-progress")
    assert (said.returncode, said.stdout, said.stderr) == (0, plain.stdout, "")


@pytest.mark.parametrize(("policy", "told"), [("deployments:\n  a: {build: .}\n", True),
                                              ("", False)])  # fmt: skip
def test_a_profile_that_deployments_override_is_told(
    run: Run, tmp_path: Path, policy: str, told: bool
) -> None:
    (tmp_path / "go.mod").write_text("module m.example\n\ngo 1.22\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    (tmp_path / ".compliance.yaml").write_text(f"version: 1\n{policy}")
    said = " ".join(run("scan", ".", "--profile", "saas", "--fail-on", "never").stdout.split())
    assert ("--profile saas was not used: the policy declares deployments" in said) == told


def test_the_report_obeys_its_schema(run: Run, example: Path, tmp_path: Path) -> None:
    run("scan", example, "-o", tmp_path / "out", "--format", "json", "-q")
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    jsonschema_rs.validator_for(document(run, "schema", "report")).validate(report)


def test_modules_lists_what_modules_txt_selects(run: Run, example: Path) -> None:
    found = document(run, "modules", example, "--json")
    assert found["mode"] == "vendor"
    assert [(m["path"], m["version"]) for m in found["modules"]] == [
        ("nimbus.example/platform", None),
        ("drivers.example/acceldrv", "v0.9.2"),
        ("logs.example/slate", "v1.4.0"),
        ("plugins.example/accelplug", "v1.3.0"),
    ]


def test_packages_of_one_main(run: Run, example: Path) -> None:
    found = document(run, "packages", example, "--json", "--main", "./cmd/node-agent")
    (cell,) = found["cells"]
    paths = {p["import_path"] for p in cell["packages"] if not p["standard"]}
    assert paths == {
        "logs.example/slate",
        "nimbus.example/platform/cmd/node-agent",
        "nimbus.example/platform/internal/health",
    }


def test_why_shows_the_chain_and_the_remedy(run: Run, example: Path) -> None:
    done = run("why", example, "drivers.example/acceldrv")
    assert done.returncode == 0
    assert "vendor/plugins.example/accelplug/accelplug.go:9" in done.stdout
    assert "remedy: " in done.stdout


def test_why_of_a_name_that_is_nowhere_suggests_the_nearest(run: Run, example: Path) -> None:
    done = run("why", example, "drivers.example/acceldrw")
    assert done.returncode == 2
    assert "drivers.example/acceldrv" in done.stderr


def test_a_policy_with_a_misspelt_key_is_named_with_file_and_line(run: Run, tmp_path: Path) -> None:
    policy = tmp_path / "acme.yaml"
    policy.write_text("version: 1\ninterpretations:\n  go_plugin_joins_wrk: yes\n", "utf-8")
    done = run("policy", "check", policy)
    assert done.returncode == 2
    assert "acme.yaml:3" in done.stderr
    assert "go_plugin_joins_work" in done.stderr


def test_a_waiver_that_no_scan_can_count_is_refused_by_check(run: Run, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("version: 1\n", "utf-8")
    policy = tmp_path / "acme.yaml"
    text = (
        "version: 1\nextends: base.yaml\nwaivers:\n  - id: W1\n"
        "    covers: {rule: incompatible-work, component: m.example/x, artifact: a, license: MIT}\n"
        "    state: STATE\n    owner: a\n    approver: b\n    reason: r\n"
        "    created: 2026-01-01\n    expires: 2028-01-01\n"
    )
    policy.write_text(text.replace("STATE", "pending-review"), "utf-8")
    done = run("policy", "check", policy, "--as-of", "2026-01-02")
    assert done.returncode == 2
    assert "acme.yaml:4: waivers: W1 never counts: a pending review cannot cover" in done.stderr
    policy.write_text(text.replace("STATE", "granted"), "utf-8")
    done = run("policy", "check", policy, "--as-of", "2026-01-02")
    assert done.returncode == 0
    assert ", 1 waiver\n" in done.stdout
    assert "acme.yaml:4: waivers: W1 ends on 2027-01-01, before 2028-01-01" in done.stdout
    assert "W1 granted" in run("waivers", "list", policy).stdout


def test_the_golden_cases_of_the_policy_hold(run: Run, repository: Path) -> None:
    done = run("policy", "test", repository / "policies" / "tests" / "golden.yaml")
    assert done.returncode == 0, done.stdout
    assert done.stdout.strip().endswith("0 fail")


def test_bills_are_valid_and_say_the_same(run: Run, example: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    formats = "spdx-json,spdx3-json,cyclonedx-json"
    run("scan", example, "-o", out, "--format", formats, "-q")
    bills = sorted(out.iterdir())
    done = run("sbom", "validate", *bills)
    faults = [line for line in done.stdout.splitlines() if line.startswith("  ")]
    # The repository's facts do not say who supplies the driver daemon, and in which version.
    assert set(faults) <= {"  acceldrvd: has no version, supplier"}, done.stdout
    assert len(bills) == 3
    assert run("sbom", "diff", bills[0], bills[1]).stdout == ""


def test_a_fault_of_many_components_is_one_line(run: Run, tmp_path: Path) -> None:
    parts = [{"type": "library", "bom-ref": f"r{n}", "name": f"n{n}"} for n in range(5)]
    value = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": parts}
    file = tmp_path / "a.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    done = run("sbom", "validate", file)
    assert done.returncode == 1
    lacks = "has no version, supplier, package URL or CPE, concluded license"
    assert f"  n0, n1, n2 and 2 more: {lacks}" in done.stdout.splitlines()
    every = run("sbom", "validate", "--all", file).stdout.splitlines()
    assert f"  n4: {lacks}" in every
    count = int(done.stdout.split(", ")[1].split()[0])
    assert len(every) == count + 1


def test_the_version_names_the_data_inside(run: Run) -> None:
    done = run("--version", "--verbose")
    assert done.returncode == 0
    assert "CC-BY-4.0" in done.stdout


def test_one_format_goes_to_stdout(run: Run, example: Path) -> None:
    done = run("scan", example, "-o", "-", "--format", "json")
    assert json.loads(done.stdout)["schema"] == "compliance/report/1"


def test_the_gate_decides_a_release_from_the_report(
    run: Run, example: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run("scan", example, "-o", out, "--format", "json,notice", "-q")
    done = run("gate", out / "report.json", "-o", tmp_path / "gate")
    assert done.returncode == 1
    assert "must not be released" in done.stdout
    assert "owed by node-agent: source-of-component for acceldrvd" in done.stdout
    assert "license-text" not in done.stdout  # the notice that was written satisfies it
    assert "license texts" not in done.stdout
    assert {p.name for p in (tmp_path / "gate").iterdir()} == {"gate.html", "gate.md"}
    run("scan", example, "-o", out, "--format", "json", "-q")
    said = run("gate", out / "report.json").stdout
    assert "owed by control-plane, node-agent: license texts and notices" in said


def test_the_gate_names_the_waivers_that_a_release_rests_on(
    run: Run, example: Path, tmp_path: Path
) -> None:
    main = ("--main", "./cmd/control-plane", "-o", tmp_path / "out", "--format", "json", "-q")
    run("scan", example, *main)
    report = tmp_path / "out" / "report.json"
    stub = run("waivers", "new", report, "--state", "granted").stdout
    facts = example / ".compliance.yaml"
    facts.write_text(f"{facts.read_text('utf-8')}{stub}", "utf-8")
    done = run("policy", "check", facts)
    assert (done.returncode, "those of the stub" in done.stderr) == (2, True)
    stub = stub.replace("@your-organisation", "@acme").replace("to be written", "approved")
    facts.write_text(f"{facts.read_text('utf-8').partition('waivers:')[0]}{stub}", "utf-8")
    run("scan", example, *main)
    done = run("gate", report)
    assert done.returncode == 0
    assert "may be released under a waiver, with duties\n" in done.stdout
    assert "waived by W-" in done.stdout
    assert "ticket" not in run("waivers", "list", facts).stdout


def test_a_diff_of_bills_has_a_line_for_a_field(run: Run, tmp_path: Path) -> None:
    bills = []
    for name, copyright_ in (
        ("a", "Copyright 2020 A"),
        ("b", "Copyright 2020 A\nCopyright 2021 B"),
    ):
        package = {
            "SPDXID": "SPDXRef-x", "name": "x", "versionInfo": "v1", "copyrightText": copyright_,
            "downloadLocation": "NOASSERTION",
        }  # fmt: skip
        document = {
            "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "x",
            "dataLicense": "CC0-1.0", "documentNamespace": "https://x.example/1",
            "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: x"]},
            "packages": [package], "documentDescribes": ["SPDXRef-x"],
        }  # fmt: skip
        bills.append(tmp_path / f"{name}.spdx.json")
        bills[-1].write_text(json.dumps(document), "utf-8")
    said = run("sbom", "diff", *bills).stdout
    assert "copyright: Copyright 2020 A -> Copyright 2020 A; Copyright 2021 B\n" in said


def test_where_no_waiver_ends_that_is_said(run: Run, example: Path) -> None:
    facts = example / ".compliance.yaml"
    done = run("waivers", "expiring", facts, "--as-of", "2026-01-01")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "no waiver ends within 30 days of 2026-01-01\n"
    assert run("waivers", "list", facts).stderr == "no waivers\n"
    assert run("waivers", "list", facts, "-q").stderr == ""


def test_a_proof_names_a_duty_that_there_is(run: Run, example: Path, tmp_path: Path) -> None:
    run("scan", example, "-o", tmp_path, "--format", "json", "-q")
    done = run("gate", tmp_path / "report.json", "--satisfied", "notise=report.json")
    assert (done.returncode, "no such duty" in done.stderr) == (2, True)


def test_a_release_needs_the_proof_of_each_duty_when_asked(
    run: Run, example: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    main = ("--main", "./cmd/node-agent")
    run("scan", example, *main, "-o", out, "--format", "json,notice", "-q")
    report = out / "report.json"
    done = run("gate", report)
    assert done.returncode == 0
    assert "may be released, with duties\n" in done.stdout
    assert run("gate", report, "--require-duties").returncode == 1
    (tmp_path / "driver.tar").write_bytes(b"source")
    proof = ("--satisfied", "source-of-component=driver.tar")
    done = run("gate", report, "--require-duties", *proof)
    assert done.returncode == 0
    assert "may be released\n" in done.stdout


def test_a_file_that_is_no_report_is_damaged_input(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"schema": "other"}', "utf-8")
    done = run("gate", tmp_path / "x.json")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_each_artifact_gets_a_bill_of_its_own(run: Run, example: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("scan", example, "-o", out, "--format", "spdx-json", "--per-artifact", "-q")
    names = {
        p.name: {x["name"] for x in json.loads(p.read_text("utf-8"))["packages"]}
        for p in out.iterdir()
    }
    assert set(names) == {
        "sbom.spdx.json", "sbom.console.spdx.json", "sbom.control-plane.spdx.json",
        "sbom.node-agent.spdx.json",
    }  # fmt: skip
    assert "drivers.example/acceldrv" in names["sbom.control-plane.spdx.json"]
    assert "drivers.example/acceldrv" not in names["sbom.node-agent.spdx.json"]


def test_packages_are_remembered_until_a_file_changes(run: Run, example: Path) -> None:
    first = run("packages", example, "--json")
    assert run("packages", example, "--json").stdout == first.stdout
    assert run("packages", example).stdout != first.stdout
    main = next((example / "cmd").rglob("main.go"))
    text = main.read_text("utf-8").replace("import (", 'import (\n\t_ "net/http/pprof"', 1)
    assert 'pprof"' in text
    main.write_text(text, "utf-8")
    changed = run("packages", example, "--json")
    assert '"net/http/pprof"' in changed.stdout
    assert '"net/http/pprof"' not in first.stdout


def test_built_files_are_named_in_the_bills(run: Run, example: Path, tmp_path: Path) -> None:
    (tmp_path / "agent.bin").write_bytes(b"built")
    words = ("scan", example, "-o", "-", "--format", "spdx-json", "--built")
    done = run(*words, "node-agent=agent.bin")
    bill = json.loads(done.stdout)
    agent = next(p for p in bill["packages"] if p["name"] == "node-agent")
    assert agent["packageFileName"] == "agent.bin"
    digests = {c["algorithm"]: c["checksumValue"] for c in agent["checksums"]}
    assert digests["SHA256"] == hashlib.sha256(b"built").hexdigest()
    for wrong in ("node-agent", "node-agent=missing", "nobody=agent.bin"):
        refused = run(*words, wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "--built" in refused.stderr


def test_packages_of_a_library_say_what_to_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module lib.example/lib\n\ngo 1.22\n", "utf-8")
    (tmp_path / "lib.go").write_text("package lib\n", "utf-8")
    done = run("packages", tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "--main ." in done.stderr
    assert "lib.example/lib" in run("packages", tmp_path, "--main", ".").stdout


def test_policies_of_a_folder_are_its_facts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    for words in (("policy", "check"), ("waivers", "list"), ("waivers", "expiring")):
        done = run(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("compliance: no .compliance.yaml in this folder: name a")
    (tmp_path / "repo" / ".compliance.yaml").write_text("version: 1\n")
    assert run("policy", "check", "repo").stdout.startswith("repo/.compliance.yaml: valid")
    assert run("waivers", "list", "repo").stderr == "no waivers\n"
