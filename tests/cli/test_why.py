"""`why`: how something is needed, also where no artifact contains it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FILES = {
    "go.mod": "module app.example/x\n\ngo 1.24\n\n"
    "require (\n\ttest.example/t v0.0.0\n\ttool.example/u v0.0.0\n\tlist.example/v v0.0.0\n"
    "\tshared.example/s v0.0.0\n)\n\nrequire deep.example/w v0.0.0 // indirect\n\n"
    "tool tool.example/u/cmd/gen\n\n"
    "replace (\n\ttest.example/t => ./t\n\ttool.example/u => ./u\n\tlist.example/v => ./v\n"
    "\tshared.example/s => ./s\n\tdeep.example/w => ./w\n)\n",
    "main.go": "package main\n\nfunc main() {}\n",
    "main_test.go": 'package main\n\nimport (\n\t_ "test.example/t"\n\t_ "testing"\n)\n',
    "t/go.mod": "module test.example/t\n\ngo 1.24\n\nrequire shared.example/s v0.0.0\n",
    "t/t.go": 'package t\n\nimport _ "shared.example/s"\n',
    "u/go.mod": "module tool.example/u\n\ngo 1.24\n",
    "u/cmd/gen/main.go": 'package main\n\nimport _ "tool.example/u/lib"\n\nfunc main() {}\n',
    "u/lib/lib.go": "package lib\n",
    "v/go.mod": "module list.example/v\n\ngo 1.24\n\nrequire deep.example/w v0.0.0\n",
    "v/v.go": "package v\n",
    "w/go.mod": "module deep.example/w\n\ngo 1.24\n",
    "s/go.mod": "module shared.example/s\n\ngo 1.24\n",
    "s/s.go": "package s\n",
    "loose/loose.go": "package loose\n",
    "loose/loose_test.go": 'package loose\n\nimport _ "app.example/x/helper"\n',
    "helper/helper.go": "package helper\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    at = tmp_path / "app"
    for name, text in FILES.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text)
    return at


def chain(run: Run, root: Path, target: str) -> tuple[str, list[tuple[str, str | None, str]]]:
    done = run("why", root, target, "--json")
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout)
    assert all(a["path"] == [] for a in answer["artifacts"])
    hops = answer["aside"]
    return answer["scope"], [(h["node"], h["edge"], f"{h['file']}:{h['line']}") for h in hops]


@pytest.mark.parametrize(("target", "scope", "expected"), [
    ("test.example/t", "test", [
        ("app.example/x", "test", "main_test.go:4"), ("test.example/t", None, "None:None"),
    ]),
    ("shared.example/s", "test", [
        ("app.example/x", "test", "main_test.go:4"),
        ("test.example/t", "import-static", "t/t.go:3"), ("shared.example/s", None, "None:None"),
    ]),
    ("tool.example/u/lib", "tool", [
        ("go.mod", "build-tool", "go.mod:14"),
        ("tool.example/u/cmd/gen", "import-static", "u/cmd/gen/main.go:3"),
        ("tool.example/u/lib", None, "None:None"),
    ]),
    ("app.example/x/loose", "test", [
        ("go.mod", "test", "loose/loose_test.go:None"), ("app.example/x/loose", None, "None:None"),
    ]),
    ("app.example/x/helper", "test", [
        ("app.example/x/loose", "test", "loose/loose_test.go:3"),
        ("app.example/x/helper", None, "None:None"),
    ]),
    ("list.example/v@v0.0.0", "unused", [
        ("app.example/x", "requires", "go.mod:8"), ("list.example/v@v0.0.0", None, "None:None"),
    ]),
])  # fmt: skip
def test_chains_beside_the_artifacts(
    run: Run, root: Path, target: str, scope: str, expected: list[tuple[str, str | None, str]]
) -> None:
    assert chain(run, root, target) == (scope, expected)


def test_it_is_said_in_words(run: Run, root: Path) -> None:
    done = run("why", root, "test.example/t")
    assert done.stdout.startswith("test.example/t is in no artifact: only tests need it\n")
    assert "test at main_test.go:4" in done.stdout
    done = run("why", root, "list.example/v")
    assert done.stdout.startswith(
        "list.example/v is in the build list, and nothing needs a package of it\n"
    )
    done = run("why", root, "tool.example/u")
    assert "build-tool at go.mod:14" in done.stdout


def test_scopes_follow(run: Run, root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("scan", root, "-o", out, "--format", "json", "-q")
    report = json.loads((out / "report.json").read_text())
    assert {m["path"]: m["scope"] for m in report["modules"] if "example/" in m["path"]} == {
        "app.example/x": "linked", "test.example/t": "test", "shared.example/s": "test",
        "tool.example/u": "tool", "list.example/v": "unused", "deep.example/w": "unused",
    }  # fmt: skip


def test_a_name_that_is_nowhere(run: Run, root: Path) -> None:
    done = run("why", root, "test.example/tt")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean test.example/t?" in done.stderr


DRIVER = "drivers.example/acceldrv"
IOCTL = f"{DRIVER}/ioctl"
OURS = "nimbus.example/platform"
PLUGIN = "plugins.example/accelplug"


@pytest.mark.parametrize(("target", "matched", "under"), [
    ("GPL-3.0-only", [DRIVER, IOCTL, "acceldrvd"], ["acceldrvd", f"{DRIVER}@v0.9.2"]),
    ("gpl-3.0", [DRIVER, IOCTL, "acceldrvd"], ["acceldrvd", f"{DRIVER}@v0.9.2"]),
    ("GPL", [DRIVER, IOCTL, "acceldrvd"], ["acceldrvd", f"{DRIVER}@v0.9.2"]),
    ("mit", ["logs.example/slate"], ["logs.example/slate@v1.4.0"]),
    (DRIVER, [DRIVER], []),
    (f"{DRIVER}@v0.9.2", [DRIVER, IOCTL], []),
    (f"pkg:golang/{DRIVER}@v0.9.2", [DRIVER, IOCTL], []),
    (f"./vendor/{DRIVER}", [DRIVER], []),
    (f"vendor/{PLUGIN}/accelplug.go", [PLUGIN], []),
    ("./vendor/plugins.example/...", [PLUGIN, f"{PLUGIN}/topology"], []),
    ("./internal/devices", [f"{OURS}/internal/devices"], []),
    ("internal/devices/", [f"{OURS}/internal/devices"], []),
    ("./internal/...", [f"{OURS}/internal/devices", f"{OURS}/internal/health"], []),
    ("acceldrvd", ["acceldrvd"], []),
])  # fmt: skip
def test_what_a_target_names(
    run: Run, repository: Path, target: str, matched: list[str], under: list[str]
) -> None:
    done = run("why", repository / "examples/control-plane", target, "--json")
    answer = json.loads(done.stdout)
    assert (answer["matched"], answer["under"]) == (matched, under)
    assert any(a["path"] for a in answer["artifacts"])


@pytest.mark.parametrize(("target", "said"), [
    ("AGPL-3.0-only", "nothing is under this license; there are Apache-2.0, BSD-3-Clause, GPL-3.0"),
    (f"{DRIVER}@v1.0.0", f"the build list has {DRIVER} at v0.9.2"),
    ("unknown", "nothing is under this license"),
    ("../platform", "is named so"),
    ("and", "is named so"),
])  # fmt: skip
def test_targets_that_name_nothing(run: Run, repository: Path, target: str, said: str) -> None:
    done = run("why", repository / "examples/control-plane", target)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_file_is_known_by_its_folder_of_a_replacement(run: Run, root: Path) -> None:
    done = run("why", root, "t/t.go", "--json")
    assert json.loads(done.stdout)["matched"] == ["test.example/t"]
