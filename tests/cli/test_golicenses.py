"""`compliance licenses report|csv|check|save`, with the flags of go-licenses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_csv_and_report_print_the_same_rows(run: Run, example: Path) -> None:
    done = run("licenses", "csv", "./cmd/control-plane", "-C", example, "--logtostderr")
    assert (done.returncode, done.stderr) == (0, "")
    rows = done.stdout.splitlines()
    assert "drivers.example/acceldrv,Unknown,GPL-3.0-only" in rows
    assert [r.split(",")[0] for r in rows] == sorted(r.split(",")[0] for r in rows)
    report = run("licenses", "report", "./cmd/control-plane", "-C", example)
    assert report.stdout == done.stdout


def test_packages_are_those_of_go_build(run: Run, example: Path) -> None:
    def names(*packages: str) -> set[str]:
        done = run("licenses", "csv", *packages, "-C", example)
        assert done.returncode == 0
        return {line.split(",")[0] for line in done.stdout.splitlines()}

    assert "drivers.example/acceldrv" not in names("./cmd/node-agent")
    assert "drivers.example/acceldrv" in names("./internal/devices")
    assert "drivers.example/acceldrv" in names("./...")
    assert names("nimbus.example/platform/cmd/node-agent") == names("./cmd/node-agent")
    wrong = run("licenses", "csv", "./nothing", "-C", example)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "./nothing" in wrong.stderr


def test_ignore_drops_packages_and_keeps_what_they_import(run: Run, example: Path) -> None:
    done = run("licenses", "csv", "./...", "-C", example, "--ignore=nimbus.example,plugins.example")
    names = {line.split(",")[0] for line in done.stdout.splitlines()}
    assert "drivers.example/acceldrv" in names
    assert not any(n.startswith(("nimbus", "plugins")) for n in names)


def test_check_ends_with_one_and_says_why(run: Run, example: Path) -> None:
    here = ("./cmd/control-plane", "-C", example)
    assert run("licenses", "check", *here, "--ignore", "nimbus.example").returncode == 0
    bad = run("licenses", "check", *here, "--disallowed_types=restricted", "--ignore=nimbus")
    assert bad.returncode == 1
    assert (
        "License 'GPL-3.0-only' of not allowed license type 'Restricted' found for library "
        "'drivers.example/acceldrv'." in bad.stderr
    )
    named = run("licenses", "check", *here, "--allowed_licenses=MIT,Apache-2.0")
    assert named.returncode == 1
    assert "Not allowed license 'GPL-3.0-only'" in named.stderr
    both = run("licenses", "check", *here, "--allowed_licenses=MIT", "--disallowed_types=notice")
    assert both.returncode == 2


def test_save_copies_texts_and_the_source_that_is_owed(
    run: Run, example: Path, tmp_path: Path
) -> None:
    here = ("./cmd/control-plane", "-C", example, "--ignore", "nimbus.example", "-q")
    target = tmp_path / "saved"
    assert run("licenses", "save", *here, "--save_path", target).returncode == 0
    files = {str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()}
    assert "drivers.example/acceldrv/acceldrv.go" in files
    assert "drivers.example/acceldrv/COPYING" in files
    assert "plugins.example/accelplug/LICENSE" in files
    assert "plugins.example/accelplug/accelplug.go" not in files
    again = run("licenses", "save", *here, "--save_path", target)
    assert again.returncode == 2
    assert "already exists" in again.stderr
    (target / "old").write_text("x")
    assert run("licenses", "save", *here, "--save_path", target, "--force").returncode == 0
    assert not (target / "old").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".saved")] == []


def test_what_is_unknown_is_said_and_fails(run: Run, example: Path, tmp_path: Path) -> None:
    plugin = example / "vendor/plugins.example/accelplug"
    (plugin / "LICENSE").unlink()
    for file in plugin.rglob("*.go"):
        lines = file.read_text("utf-8").split("\n")
        file.write_text("\n".join(x for x in lines if not x.startswith("//")), "utf-8")
    here = ("./cmd/control-plane", "-C", example, "-q", "--ignore=nimbus.example")
    check = run("licenses", "check", *here)
    assert check.returncode == 1
    assert "Did not find license for library 'plugins.example/accelplug" in check.stderr
    save = run("licenses", "save", *here, "--save_path", tmp_path / "s")
    assert save.returncode == 1
    assert "not saved, no license" in save.stderr
    rows = run("licenses", "csv", *here).stdout
    assert "plugins.example/accelplug,Unknown,Unknown\n" in rows


def test_the_file_with_the_text_comes_before_one_that_names_it(
    run: Run, example: Path, tmp_path: Path
) -> None:
    plugin = example / "vendor/plugins.example/accelplug"
    said = "Copyright 2025 The Accelplug Authors\n\nSPDX-License-Identifier: Apache-2.0\n"
    (plugin / "COPYRIGHT.txt").write_text(said, "utf-8")
    template = tmp_path / "t"
    template.write_text("{{range .}}{{.Name}} {{.LicensePath}}\n{{end}}", "utf-8")
    here = ("./cmd/control-plane", "-C", example, "--template", template)
    rows = run("licenses", "report", *here).stdout.splitlines()
    (row,) = [row for row in rows if row.startswith("plugins.example/accelplug ")]
    assert row.endswith("/LICENSE")


def test_a_package_that_cannot_be_read_is_no_pass(run: Run, example: Path) -> None:
    file = example / "cmd/node-agent/main.go"
    file.write_text('package main\nimport "x.example/none"\n', "utf-8")
    for words in (("csv",), ("check",)):
        done = run("licenses", *words, "./cmd/node-agent", "-C", example)
        assert done.returncode == 3
        assert "x.example/none" in done.stderr


def test_tests_are_left_out_until_they_are_asked_for(run: Run, example: Path) -> None:
    test = example / "cmd/node-agent/main_test.go"
    test.write_text('package main\n\nimport _ "plugins.example/accelplug"\n', "utf-8")
    here = ("./cmd/node-agent", "-C", example)
    assert "plugins.example" not in run("licenses", "csv", *here).stdout
    assert "plugins.example" in run("licenses", "csv", *here, "--include_tests").stdout


@pytest.mark.parametrize("threshold", ["0.9", "0.1"])
def test_a_threshold_is_taken_and_explained(run: Run, example: Path, threshold: str) -> None:
    here = ("./cmd/node-agent", "-C", example)
    done = run("licenses", "csv", *here, "--confidence_threshold", threshold)
    assert done.returncode == 0
    assert "has no effect" in done.stderr


def test_a_template(run: Run, example: Path, tmp_path: Path) -> None:
    template = tmp_path / "licenses.tpl"
    template.write_text("{{range .}}- {{.Name}}: {{.LicenseName}}\n{{end}}", "utf-8")
    here = ("./cmd/control-plane", "-C", example)
    done = run("licenses", "report", *here, "--template", template)
    assert done.returncode == 0
    assert "- drivers.example/acceldrv: GPL-3.0-only\n" in done.stdout
    template.write_text("{{range .}}{{.Nothing}}{{end}}", "utf-8")
    wrong = run("licenses", "report", *here, "--template", template)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert f"{template}:1: " in wrong.stderr
