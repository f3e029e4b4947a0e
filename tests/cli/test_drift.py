"""Drift between two reports, and reports that are none."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, git
from tests.cli.test_base import WAIVER

GRANTED = WAIVER.replace("artifact: node-agent", "artifact: control-plane") % "granted"


@pytest.fixture
def scanned(run: Run, example: Path, tmp_path: Path) -> Any:
    def scan(day: str, *words: str, folder: Path = example, **environ: str) -> Path:
        out = tmp_path / f"of-{day}"
        done = run("scan", folder, "-o", out, "--format", "json", "-q", "--as-of", day, *words,
                   **environ)  # fmt: skip
        assert (out / "report.json").is_file(), done.stderr
        return out / "report.json"

    return scan


def drift(run: Run, *words: str | Path, **environ: str) -> tuple[int, dict[str, Any]]:
    done = run("drift", *words, "--json", **environ)
    assert "Traceback" not in done.stderr
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_same_report_has_no_drift(run: Run, scanned: Any) -> None:
    file = scanned("2026-01-05")
    status, found = drift(run, file, file)
    assert (status, found["drift"], found["gate"]["outcome"]) == (0, [], "pass")
    assert "Nothing changed." in run("drift", file, file).stdout


def test_a_waiver_that_ended_fails_and_says_which(run: Run, scanned: Any, example: Path) -> None:
    facts = example / ".compliance.yaml"
    facts.write_text(facts.read_text("utf-8") + GRANTED, "utf-8")
    git(example, "init", "-q")
    git(example, "add", "-A", "-f")
    git(example, "commit", "-qm", "base")
    file = scanned("2026-01-05")
    status, found = drift(run, file, example, "--as-of", "2026-01-05")
    assert (status, found["drift"]) == (0, [])
    status, found = drift(run, file, example, "--as-of", "2026-02-05")
    assert status == 1
    assert found["same_code"] is True
    assert found["days"] == ["2026-01-05", "2026-02-05"]
    assert {d["kind"] for d in found["drift"]} == {"waiver"}
    assert [d["component"] for d in found["drift"] if d["fails"]] == [
        "pkg:golang/drivers.example/acceldrv@v0.9.2"
    ]
    said = run("drift", file, example, "--as-of", "2026-02-05").stdout
    assert "Waivers that ended or no longer hold" in said
    assert "W-1" in said
    status, _ = drift(run, file, example, "--as-of", "2026-02-05", "--fail-on", "never")
    assert status == 0


def test_a_policy_that_is_stricter_today(run: Run, scanned: Any, example: Path) -> None:
    file = scanned("2026-01-05")
    status, found = drift(run, file, example, "--policy", "strict", "--as-of", "2026-01-05")
    assert status == int(any(d["fails"] for d in found["drift"]))
    kinds = {d["kind"] for d in found["drift"]}
    assert {"policy", "verdict"} <= kinds
    assert any("saas_latent" in d["what"] for d in found["drift"])


def publish(proxy: Path, path: str, version: str, gomod: str) -> None:
    """A module version as a proxy keeps it."""
    folder = proxy / path / "@v"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "list").open("a") as names:
        names.write(f"{version}\n")
    (folder / f"{version}.mod").write_text(gomod)
    (folder / f"{version}.info").write_text(json.dumps({"Version": version}))
    with zipfile.ZipFile(folder / f"{version}.zip", "w") as archive:
        archive.writestr(f"{path}@{version}/go.mod", gomod)
        archive.writestr(
            f"{path}@{version}/lib.go", "// SPDX-License-Identifier: MIT\npackage lib\n"
        )


def test_a_version_that_was_retracted_meanwhile(run: Run, scanned: Any, tmp_path: Path) -> None:
    proxy, app = tmp_path / "proxy", tmp_path / "app"
    publish(proxy, "dep.example/lib", "v1.0.0", "module dep.example/lib\n")
    app.mkdir()
    (app / "go.mod").write_text("module app.example\n\ngo 1.22\n\nrequire dep.example/lib v1.0.0\n")
    (app / "main.go").write_text('package main\n\nimport _ "dep.example/lib"\n\nfunc main() {}\n')
    environ = {"GOPROXY": f"file://{proxy}", "GONOSUMDB": "*", "GOFLAGS": "-mod=mod"}
    file = scanned("2026-01-05", folder=app, **environ)
    publish(proxy, "dep.example/lib", "v1.0.1",
            "module dep.example/lib\n\nretract v1.0.0 // leaks\n")  # fmt: skip
    status, found = drift(run, file, app, "--as-of", "2026-01-06", "--offline", **environ)
    assert (status, found["drift"]) == (0, []), "offline nobody is asked"
    status, found = drift(run, file, app, "--as-of", "2026-01-06", **environ)
    assert [d["kind"] for d in found["drift"]] == ["retracted"], found
    assert "leaks" in found["drift"][0]["what"]
    assert status == 0


def test_a_proxy_that_does_not_answer_is_told(run: Run, scanned: Any, tmp_path: Path) -> None:
    proxy, app = tmp_path / "proxy", tmp_path / "app"
    publish(proxy, "dep.example/lib", "v1.0.0", "module dep.example/lib\n")
    app.mkdir()
    (app / "go.mod").write_text("module app.example\n\ngo 1.22\n\nrequire dep.example/lib v1.0.0\n")
    (app / "main.go").write_text('package main\n\nimport _ "dep.example/lib"\n\nfunc main() {}\n')
    environ = {"GONOSUMDB": "*", "GOFLAGS": "-mod=mod"}
    file = scanned("2026-01-05", folder=app, GOPROXY=f"file://{proxy}", **environ)
    for url, told in (("http://127.0.0.1:9", True), (f"file://{proxy}", False)):
        done = run("drift", file, app, "--as-of", "2026-01-06", GOPROXY=url, **environ)
        assert (done.returncode, "retracted of dep.example/lib" in done.stderr) == (0, told)


def damaged(file: Path, change: Any) -> Path:
    report = json.loads(file.read_text("utf-8"))
    change(report)
    made = file.with_name("damaged.json")
    made.write_text(json.dumps(report), "utf-8")
    return made


def drop_finding(report: dict[str, Any]) -> None:
    del report["findings"][0]


def soften(report: dict[str, Any]) -> None:
    report["findings"][0]["severity"] = "comply"
    report["gate"]["counts"] = {"comply": 99}


def relicense(report: dict[str, Any]) -> None:
    report["findings"][0]["license"] = "MIT"


def drop_and_count(report: dict[str, Any]) -> None:
    gone = report["findings"].pop(0)
    report["gate"]["counts"][gone["severity"]] -= 1


def complete(report: dict[str, Any]) -> None:
    report["gate"]["missing"] = ["a module"]


def older(report: dict[str, Any]) -> None:
    report["schema"] = "compliance/report/0"


def newer_key_gone(report: dict[str, Any]) -> None:
    del report["findings"][0]["standing"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop_finding, "contradicts itself"),
        (soften, "contradicts itself"),
        (relicense, "fingerprint"),
        (drop_and_count, "no finding says why"),
        (complete, "outcome is not incomplete"),
        (older, "compliance/report/0"),
        (newer_key_gone, "scan again"),
        (dict.clear, "names no schema"),
    ],
)
def test_what_is_no_report_is_refused(run: Run, scanned: Any, change: Any, said: str) -> None:
    file = damaged(scanned("2026-01-05"), change)
    for command in (("gate", file), ("drift", file, file)):
        done = run(*command)
        assert done.returncode == 3
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr) < 800


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no JSON"),
        (b"[]", "names no schema"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"schema": "compliance/report/1"}', "no report of this version"),
        (b'{"schema": "a", "schema": "compliance/report/1"}', "twice"),
        (b'{"spdxVersion": "SPDX-2.3"}', "names no schema"),
    ],
)
def test_a_foreign_file_is_refused(run: Run, tmp_path: Path, data: bytes, said: str) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(data)
    done = run("gate", file)
    assert (done.returncode, said in done.stderr) == (3, True), done.stderr


def test_no_file_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    assert run("gate", tmp_path / "none.json").returncode == 2
    assert run("drift", tmp_path / "none.json").returncode == 2


def test_an_incomplete_report_never_passes(run: Run, scanned: Any, example: Path) -> None:
    (example / "cmd" / "console" / "x.go").write_text('package main\n\nimport _ "gone.example/x"\n')
    file = scanned("2026-01-05")
    for words in ((), ("--fail-on", "never")):
        done = run("gate", file, *words)
        assert done.returncode == 3
        assert "missing" in done.stdout
    assert run("drift", file, file).returncode == 3


@pytest.mark.parametrize(
    ("state", "day", "status"),
    [
        ("granted", "2026-01-06", 0),
        ("granted", "2026-02-01", 1),
        ("pending-review", "2026-01-06", 1),
    ],
)
def test_a_waiver_and_a_release(
    run: Run, scanned: Any, example: Path, state: str, day: str, status: int
) -> None:
    facts = example / ".compliance.yaml"
    waived = WAIVER.replace("artifact: node-agent", "artifact: control-plane") % state
    facts.write_text(facts.read_text("utf-8") + waived, "utf-8")
    file = scanned("2026-01-05")
    done = run("gate", file, "--as-of", day, "-o", file.parent / "decision")
    assert done.returncode == status, done.stdout
    page = (file.parent / "decision" / "gate.md").read_text("utf-8")
    assert "Satisfied by" in page
    assert "W-1" in page
    assert "<html" in (file.parent / "decision" / "gate.html").read_text("utf-8")


def test_open_questions_are_told_with_the_decision(run: Run, scanned: Any, example: Path) -> None:
    facts = example / ".compliance.yaml"
    rule = "{reach: work, joined: yes, fires: distribute}, then: review}\n"
    facts.write_text(
        facts.read_text("utf-8") + "rules:\n  - {id: strong-copyleft-ships, when: " + rule
    )
    file = scanned("2026-01-05")
    done = run("gate", file)
    assert done.returncode == 0, done.stdout
    assert "may be released, with open questions" in done.stdout
    assert "to decide, control-plane: drivers.example/acceldrv" in done.stdout
    done = run("gate", file, "--fail-on", "review")
    assert done.returncode == 1
    assert "to decide" not in done.stdout


def test_the_report_of_a_change_is_judged_whole(run: Run, scanned: Any, example: Path) -> None:
    git(example, "init", "-q")
    git(example, "add", "-A", "-f")
    git(example, "commit", "-qm", "base")
    facts = example / ".compliance.yaml"
    waived = WAIVER.replace("artifact: node-agent", "artifact: control-plane") % "pending-review"
    facts.write_text(facts.read_text("utf-8") + waived, "utf-8")
    file = scanned("2026-01-05", "--base", "HEAD")
    assert json.loads(file.read_text("utf-8"))["gate"]["outcome"] == "pass"
    done = run("gate", file, "--as-of", "2026-01-05")
    assert done.returncode == 1
    assert "must not be released" in done.stdout
