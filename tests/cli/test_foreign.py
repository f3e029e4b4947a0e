"""Code of others that a change puts below our go.mod without its license is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import git
from tests.cli.test_change import standing
from tests.cli.vendored import Repo, text_of

BODY = "\n".join(f"func Spin{n}(a, b int) int {{ return a*{n} + b }}" for n in range(12))
README = "# wheel\n\nSpins.\n\n## License\n\n{}\n"
BOB = "// Copyright 2019 Bob Wheeler. All rights reserved.\n"
OURS = "// Copyright 2024 The Authors\n"
LICENSED = BOB + "// SPDX-License-Identifier: MIT\n"


@pytest.fixture
def repo(change: Path) -> Repo:
    """A program of The Authors under MIT, with one package of its own."""
    git(change, "rm", "-rqf", ".")
    repo = Repo(change)
    repo.write("LICENSE", text_of("MIT"))
    repo.package("internal/own", body="var Own int")
    repo.package("cmd/app", ["internal/own"])
    root = repo.done()
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "base")
    return repo


def brings(folder: str, head: str = "", **files: str) -> Callable[[Repo], None]:
    """A new package that the program imports, with files beside it."""

    def edit(repo: Repo) -> None:
        repo.package(folder, head=head, body=BODY)
        repo.package("cmd/app", ["internal/own", folder])
        for name, text in files.items():
            repo.write(f"{folder}/{name}", text)

    return edit


def readme_alone(repo: Repo) -> None:
    repo.write("internal/own/README.md", README.format("GPL-3.0-or-later"))


def readme_above(repo: Repo) -> None:
    brings("internal/wheel/spin")(repo)
    repo.write("internal/wheel/README.rst", "wheel\n=====\n\nLicensed under the AGPLv3.\n")


CASES: dict[str, tuple[Callable[[Repo], None], str]] = {
    "a README with a license": (
        brings("internal/wheel", README=README.format("This is under the GNU AGPL v3.0.")),
        "internal/wheel/README states AGPL-3.0-only",
    ),
    "a README above": (readme_above, "internal/wheel/README.rst states AGPL-3.0"),
    "a README that is edited": (readme_alone, "internal/own/README.md states GPL-3.0-or-later"),
    "a README that speaks of another program": (
        brings("internal/wheel", README="# wheel\n\nCalls the tool foo (GPL-3.0).\n"), "",
    ),
    "a README under a license as ours": (
        brings("internal/wheel", README=README.format("MIT")), "",
    ),
    "a README with its license": (
        brings("internal/wheel", README=README.format("MPL-2.0"), LICENSE=text_of("MPL-2.0")), "",
    ),
    "an owner": (brings("internal/wheel", BOB), "wheel.go names Bob Wheeler as its owner"),
    "an owner with a license": (brings("internal/wheel", LICENSED), ""),
    "an owner whose license is beside": (
        brings("internal/wheel", BOB, LICENSE=text_of("MIT")), "",
    ),
    "an owner that we are": (brings("internal/wheel", OURS), ""),
    "a folder for others": (brings("third_party/wheel"), "third_party/wheel is a folder for code"),
    "a folder for others, licensed": (brings("third_party/wheel", LICENSED), ""),
    "a folder of ours": (brings("party/wheel"), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_speaks_against_taking_code_for_ours_is_told(
    judge: Any, repo: Repo, name: str
) -> None:
    edit, says = CASES[name]
    edit(repo)
    status, report, _ = judge()
    told = [f for f in report["findings"]
            if f["new"] and f["code"] in ("license-text-missing", "unknown-license")]  # fmt: skip
    assert status == 0, standing(report, "new")
    assert [f["severity"] for f in told] == (["review"] if says else []), told
    assert all(says in f["message"] for f in told)
    git(repo.folder, "add", "-A", "-f")
    git(repo.folder, "commit", "-qm", "merged")
    repo.write("notes.txt", "more\n")
    status, report, _ = judge()
    assert (status, standing(report, "new")) == (0, set())
