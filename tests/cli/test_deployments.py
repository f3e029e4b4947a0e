"""What a deployment of the policy names is what is judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compliance.licenses import license_text
from tests.cli.conftest import Run


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """`app` imports a GPL module on Windows; `service` is a program on Windows only."""
    root = tmp_path / "app"
    files = {
        "go.mod": "module app.example\n\ngo 1.22\n\nrequire gpl.example/g v1.0.0\n",
        "app/main.go": "package main\n\nfunc main() {}\n",
        "app/extra_windows.go": 'package main\n\nimport _ "gpl.example/g"\n',
        "service/main_windows.go": "package main\n\nfunc main() {}\n",
        "vendor/modules.txt": "# gpl.example/g v1.0.0\n## explicit\ngpl.example/g\n",
        "vendor/gpl.example/g/g.go": "package g\n",
        "vendor/gpl.example/g/LICENSE": license_text("GPL-3.0-only") or "",
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, "utf-8")
    return root


def report(run: Run, root: Path, *more: str) -> dict[str, Any]:
    run("scan", root, "-o", root.parent / "out", "--format", "json", "-q", *more)
    found: dict[str, Any] = json.loads((root.parent / "out" / "report.json").read_text("utf-8"))
    return found


WINDOWS = "windows/amd64,nocgo"


@pytest.mark.parametrize(
    ("platforms", "more", "verdict"),
    [
        (["linux/amd64"], (), "pass"),
        (["linux/amd64", WINDOWS], (), "block"),
        ([WINDOWS], (), "block"),
        ([WINDOWS], ("--platform", "linux/amd64"), "pass"),
    ],
)
def test_the_platforms_of_a_deployment_are_looked_at(
    run: Run, programs: Path, platforms: list[str], more: tuple[str, ...], verdict: str
) -> None:
    policy = (
        f"version: 1\ndeployments:\n  app: {{build: ./app, platforms: {platforms},"
        " profile: on-prem, outbound: proprietary}\n"
    )
    (programs / ".compliance.yaml").write_text(policy, "utf-8")
    (artifact,) = report(run, programs, *more)["artifacts"]
    assert artifact["verdict"] == verdict
    assert artifact["platforms"] == ([*more[1:]] or platforms)


def test_a_program_of_a_declared_platform_alone_is_one(run: Run, programs: Path) -> None:
    policy = f'version: 1\ndeployments:\n  svc: {{build: ./service, platforms: ["{WINDOWS}"]}}\n'
    (programs / ".compliance.yaml").write_text(policy, "utf-8")
    (artifact,) = report(run, programs)["artifacts"]
    assert (artifact["name"], artifact["platforms"]) == ("svc", [WINDOWS])


def test_what_no_deployment_declares_is_told_at_the_terminal(run: Run, programs: Path) -> None:
    for name in ("main.go", "tools/t/main.go", "web/main.go"):
        (programs / name).parent.mkdir(parents=True, exist_ok=True)
        (programs / name).write_text("package main\n\nfunc main() {}\n", "utf-8")
    (programs / ".compliance.yaml").write_text(
        "version: 1\ndeployments:\n  app: {build: ./app, profile: on-prem}\n", "utf-8"
    )
    said = " ".join(run("scan", programs).stdout.split())
    assert "No deployment declares these programs: the root, ./web, ./tools/t." in said


def test_a_boundary_may_name_the_program_in_the_root(run: Run, programs: Path) -> None:
    (programs / "main.go").write_text(
        'package main\n\nimport _ "gpl.example/g"\n\nfunc main() {}\n', "utf-8"
    )
    (programs / ".compliance.yaml").write_text(
        "version: 1\nboundaries:\n  - {between: [., gpl.example/g], kind: process}\n", "utf-8"
    )
    found = report(run, programs)["findings"]
    crossed = [f for f in found if f["code"] == "boundary-broken"]
    assert [f["artifact"] for f in crossed] == ["app.example"]
    assert crossed[0]["remedies"][0]["edits"] == ["main.go:3: stop importing gpl.example/g"]
