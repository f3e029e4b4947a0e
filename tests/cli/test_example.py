"""The founding incident, end to end: three programs, three answers, and why."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run


def tree_digest(folder: Path) -> str:
    """Names, bytes and times of everything in a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        total.update(f"{path.relative_to(folder)} {status.st_mode} {status.st_mtime_ns}\0".encode())
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()


@pytest.fixture
def report(run: Run, example: Path, tmp_path: Path) -> dict[str, Any]:
    done = run("scan", example, "-o", tmp_path / "out", "-q")
    assert (done.returncode, done.stderr) == (1, "")
    loaded: dict[str, Any] = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    return loaded


def artifact(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(a for a in report["artifacts"] if a["name"] == name)


def test_each_program_gets_its_own_answer(report: dict[str, Any]) -> None:
    verdicts = {a["name"]: a["verdict"] for a in report["artifacts"]}
    assert verdicts == {"control-plane": "block", "node-agent": "comply", "console": "latent"}
    assert report["gate"]["outcome"] == "fail"


def test_the_block_shows_the_path_over_the_plug_in_with_file_and_line(
    report: dict[str, Any],
) -> None:
    finding = next(
        f for f in report["findings"]
        if f["code"] == "strong-copyleft-ships" and f["artifact"] == "control-plane"
    )  # fmt: skip
    hops = [(h["node"], h["edge"], h["file"], h["line"]) for h in finding["path"]]
    main = "nimbus.example/platform/cmd/control-plane"
    plugin = "vendor/plugins.example/accelplug/accelplug.go"
    assert hops == [
        (main, "import-static", "cmd/control-plane/main.go", 8),
        ("nimbus.example/platform/internal/devices", "import-static",
         "internal/devices/devices.go", 5),
        ("plugins.example/accelplug", "import-static", plugin, 9),
        ("drivers.example/acceldrv", None, None, None),
    ]  # fmt: skip
    assert finding["license"] == "GPL-3.0-only"
    assert finding["component"] == "pkg:golang/drivers.example/acceldrv@v0.9.2"
    assert "plugins.example/accelplug" in finding["reach"]
    assert "logs.example/slate" in finding["reach"]


def test_a_proven_remedy_is_offered_for_the_block(report: dict[str, Any]) -> None:
    finding = next(f for f in report["findings"] if f["code"] == "strong-copyleft-ships")
    kinds = {r["kind"]: r["verdict_after"] for r in finding["remedies"]}
    assert "isolate" in kinds
    assert set(kinds.values()) <= {"pass", "comply"}


def test_the_driver_started_as_a_program_owes_only_its_own_source(report: dict[str, Any]) -> None:
    agent = artifact(report, "node-agent")
    owed = {(d["component"], d["duty"]) for d in agent["duties"]}
    assert any("acceldrvd" in c and duty == "source-of-component" for c, duty in owed)
    assert not any(duty == "source-of-work" for _, duty in owed)


def test_licenses_and_evidence_name_the_files(report: dict[str, Any]) -> None:
    concluded = {m["path"]: m["license"]["concluded"] for m in report["modules"]}
    assert concluded["drivers.example/acceldrv"] == "GPL-3.0-only"
    assert concluded["plugins.example/accelplug"] == "Apache-2.0"
    assert concluded["logs.example/slate"] == "MIT"
    for module in report["modules"]:
        if not module["main"]:
            assert module["license"]["evidence"], module["path"]


def test_an_embedded_file_keeps_its_own_license_and_owes_its_own_duty(
    run: Run, example: Path, tmp_path: Path
) -> None:
    agent = example / "cmd" / "node-agent"
    text = "<!-- SPDX-License-Identifier: CC-BY-SA-4.0 -->\n# Icons\n"
    (agent / "icons.md").write_text(text, "utf-8")
    (agent / "icons.go").write_text(
        'package main\n\nimport _ "embed"\n\n//go:embed icons.md\nvar icons string\n', "utf-8"
    )
    out = tmp_path / "out"
    run("scan", example, "--main", "./cmd/node-agent", "-o", out, "--format", "json", "-q")
    found = json.loads((out / "report.json").read_text("utf-8"))
    agent_report = artifact(found, "node-agent")
    owed = {(d["duty"], d["license"]) for d in agent_report["duties"]}
    assert ("share-alike-asset", "CC-BY-SA-4.0") in owed
    assert agent_report["verdict"] == "comply"


def test_a_script_in_one_line_is_more_than_the_notice_above_it(
    run: Run, example: Path, tmp_path: Path
) -> None:
    """Minified code has few spaces: counted by them, the file was the text of a license."""
    agent = example / "cmd" / "node-agent"
    notice = (
        "/*\n * This program is free software: you can redistribute it and/or modify it under the\n"
        " * terms of the GNU General Public License as published by the Free Software Foundation,\n"
        " * either version 3 of the License, or (at your option) any later version.\n */\n"
    )
    code = "!function(e){" + "".join(f"e.a{i}=e.b{i};" for i in range(200)) + "}(window);\n"
    (agent / "chart.min.js").write_text(notice + code, "utf-8")
    (agent / "chart.go").write_text(
        'package main\n\nimport _ "embed"\n\n//go:embed chart.min.js\nvar chart string\n', "utf-8"
    )
    out = tmp_path / "out"
    run("scan", example, "--main", "./cmd/node-agent", "-o", out, "--format", "json", "-q")
    found = json.loads((out / "report.json").read_text("utf-8"))
    owed = {(d["duty"], d["license"]) for d in artifact(found, "node-agent")["duties"]}
    assert ("source-of-component", "GPL-3.0-or-later") in owed


def test_nothing_is_written_into_the_scanned_tree(run: Run, example: Path) -> None:
    before = tree_digest(example)
    run("scan", example)
    assert tree_digest(example) == before


def test_same_input_gives_same_bytes(run: Run, example: Path, tmp_path: Path) -> None:
    """Under three hash seeds, from two folders, with and without a cache."""
    formats = "spdx-json,spdx3-json,cyclonedx-json,html,json,sarif,markdown,notice,csv"
    copy = tmp_path / "elsewhere" / "copy"
    copy.parent.mkdir()
    example.rename(copy)
    seen = set()
    for number, seed in enumerate(("0", "1", "2")):
        place = tmp_path / f"place{number}" / "repo"
        place.parent.mkdir()
        copy.rename(place)
        copy = place
        out = tmp_path / f"out{number}"
        run("scan", place, "-o", out, "--format", formats, "--as-of", "2026-01-01",
            PYTHONHASHSEED=seed)  # fmt: skip
        files = sorted(p for p in out.iterdir())
        seen.add(tuple((p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files))
    assert len(files) == len(formats.split(","))
    assert len(seen) == 1


def test_a_second_run_gives_the_same_answer(run: Run, example: Path, tmp_path: Path) -> None:
    first = run("scan", example, "-o", tmp_path / "a")
    second = run("scan", example, "-o", tmp_path / "b")
    assert first.returncode == second.returncode == 1
    assert first.stdout.replace("/a:", "/b:") == second.stdout
    for name in ("report.json", "sbom.spdx.json", "report.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_change_is_seen_by_the_next_run(run: Run, example: Path, tmp_path: Path) -> None:
    assert run("scan", example, "-q").returncode == 1
    devices = example / "internal" / "devices" / "devices.go"
    devices.write_text("package devices\n\nfunc Names() []string { return nil }\n", "utf-8")
    done = run("scan", example, "-o", tmp_path / "out", "--format", "json", "-q")
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert artifact(report, "control-plane")["verdict"] == "pass"
    assert done.returncode == 0


def test_a_changed_license_text_is_seen_by_the_next_run(
    run: Run, example: Path, tmp_path: Path
) -> None:
    run("scan", example, "-q")
    for source in example.rglob("vendor/logs.example/slate/*.go"):
        text = source.read_text("utf-8").replace("// SPDX-License-Identifier: MIT\n", "")
        source.write_text(text, "utf-8")
    run("scan", example, "-q")
    (example / "vendor" / "logs.example" / "slate" / "LICENSE").write_text("Ask us.\n", "utf-8")
    run("scan", example, "-o", tmp_path / "out", "--format", "json", "-q")
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    slate = next(m for m in report["modules"] if m["path"] == "logs.example/slate")
    assert slate["license"]["concluded"] == "NOASSERTION"
    assert artifact(report, "node-agent")["verdict"] == "block"


def test_changed_settings_of_go_are_seen_by_the_next_run(run: Run, example: Path) -> None:
    assert run("scan", example, "-q").returncode == 1
    assert run("scan", example, "-q", GOFLAGS="-mod=vendorr").returncode == 2


@pytest.mark.oracle
def test_the_example_builds_with_the_go_command(example_source: Path, tmp_path: Path) -> None:
    """Read only: the go command builds it from vendor/, in a copy."""
    import shutil
    import subprocess

    if shutil.which("go") is None:
        pytest.skip("no go command")
    done = subprocess.run(
        ["go", "vet", "./..."], cwd=example_source, capture_output=True, text=True, check=False,
        env={**os.environ, "GOFLAGS": "-mod=vendor", "GOPROXY": "off", "GOWORK": "off",
             "GOCACHE": str(tmp_path / "gocache")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_one_program_of_several_is_judged_alone(run: Run, example: Path) -> None:
    """What is declared of the other programs does not get in the way."""
    done = run("scan", example, "--main", "./cmd/console", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    done = run("scan", example, "--main", "./cmd/control-plane", "-q")
    assert (done.returncode, done.stderr) == (1, "")


def test_bills_of_the_example_have_no_fault(run: Run, example: Path, tmp_path: Path) -> None:
    bills = ("spdx-json", "spdx3-json", "cyclonedx-json", "spdx-tv")
    run("scan", example, "-o", tmp_path / "out", "--format", ",".join(bills), "-q")
    files = sorted((tmp_path / "out").iterdir())
    done = run("sbom", "validate", *files)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("0 faults") == len(bills)
    text = (tmp_path / "out" / "sbom.spdx").read_text("utf-8")
    assert "PackageVersion: 0.9.2\nPackageSupplier: Organization: Drivers Inc.\n" in text
    assert "purl pkg:generic/acceldrvd@0.9.2" in text


def test_a_source_bill_lists_the_toolchain_and_says_so(run: Run, example: Path) -> None:
    out = example.parent / "bills"
    done = run("scan", example, "-o", out, "-q", "--format", "spdx-json", "--sbom-type", "source")
    assert done.returncode == 1
    bill = json.loads((out / "sbom.spdx.json").read_text("utf-8"))
    assert bill["creationInfo"]["comment"] == "SBOM Type: Source"
    kinds = {r["relationshipType"] for r in bill["relationships"]}
    assert "BUILD_TOOL_OF" in kinds
