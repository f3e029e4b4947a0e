"""Embedded files: what nobody could read never passes, and the base has its own."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, git
from tests.cli.test_change import standing
from tests.cli.vendored import Repo, text_of

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 12345\n"
SCRIPT = "/*! SPDX-License-Identifier: GPL-3.0-only */\nfunction f() { return 1 }\n"


def embedding(name: str) -> str:
    return f'import _ "embed"\n\n//go:embed {name}\nvar Data []byte'


@pytest.fixture
def repo(change: Path) -> Repo:
    git(change, "rm", "-rqf", ".")
    repo = Repo(change)
    repo.package("internal/a", body=embedding("x.js"))
    repo.write("internal/a/x.js", SCRIPT)
    repo.package("cmd/app", ["internal/a"])
    root = repo.done()
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "base")
    return repo


def test_an_edit_of_an_embedded_file_keeps_its_findings(judge: Any, repo: Repo) -> None:
    repo.write("internal/a/x.js", SCRIPT + "function g() {}\n")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, set())
    assert ("copyleft-separate", "app") in standing(report, "same")


@pytest.mark.parametrize("name", ["x.js", "data.bin", "libfoo.a", "LICENSE"])
def test_a_pointer_of_git_lfs_is_not_what_it_stands_for(judge: Any, repo: Repo, name: str) -> None:
    body = embedding(name)
    if name == "libfoo.a":
        body = '// #cgo LDFLAGS: ${SRCDIR}/libfoo.a\nimport "C"'
    repo.package("internal/a", body=body)
    repo.write(f"internal/a/{name}", POINTER)
    status, report, _ = judge("--platform", "linux/amd64,cgo")
    assert (status, report["gate"]["outcome"]) == (3, "incomplete")
    (told,) = [f for f in report["findings"] if f["code"] == "file-unreadable"]
    assert told["severity"] == "block"
    assert f"internal/a/{name} is a Git LFS pointer" in told["message"]
    assert "git lfs pull" in told["remedy"]


def test_a_text_about_pointers_is_none(judge: Any, repo: Repo) -> None:
    repo.write("internal/a/x.js", SCRIPT + POINTER)
    status, report, _ = judge()
    assert (status, report["gate"]["outcome"]) == (0, "pass")


def test_an_embedded_file_beyond_the_limit_never_passes(judge: Any, repo: Repo) -> None:
    os.truncate(repo.folder / "internal/a/x.js", 80 << 20)
    status, report, _ = judge()
    assert (status, report["gate"]["outcome"]) == (3, "incomplete")
    (told,) = [f for f in report["findings"] if f["code"] == "file-unreadable"]
    assert "internal/a/x.js could not be read" in told["message"]


def test_what_a_module_embeds_counts_wherever_it_comes_from(
    run: Run, repo: Repo, tmp_path: Path
) -> None:
    """The zip that a proxy serves has the same license as the folder of the module cache."""
    files = {
        "go.mod": "module dep.example/d\n\ngo 1.20\n", "LICENSE": text_of("MIT"),
        "d.go": f"package d\n\n{embedding('x.js')}\n", "x.js": SCRIPT,
    }  # fmt: skip
    versions = tmp_path / "proxy" / "dep.example" / "d" / "@v"
    versions.mkdir(parents=True)
    (versions / "v1.0.0.mod").write_text(files["go.mod"])
    (versions / "v1.0.0.info").write_text('{"Version":"v1.0.0","Time":"2024-01-01T00:00:00Z"}')
    (versions / "list").write_text("v1.0.0\n")
    with zipfile.ZipFile(versions / "v1.0.0.zip", "w") as packed:
        for name, text in files.items():
            packed.writestr(f"dep.example/d@v1.0.0/{name}", text)
    root = repo.folder
    (root / "go.mod").write_text(
        "module m.example/app\n\ngo 1.22\n\nrequire dep.example/d v1.0.0\n"
    )
    (root / "cmd/app/app.go").write_text(
        'package main\n\nimport _ "dep.example/d"\n\nfunc main() {}\n'
    )
    done = run(
        "scan", root, "-o", "-", "--format", "json", GOPROXY=f"file://{tmp_path}/proxy",
        GOSUMDB="off", GOFLAGS="-mod=mod",
    )  # fmt: skip
    found = {(f["code"], f["component"]) for f in json.loads(done.stdout)["findings"]}
    assert ("copyleft-separate", "dep.example/d/x.js") in found
