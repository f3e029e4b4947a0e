"""Code that a change moves, copies, renames or relabels keeps the license that the base knew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import git
from tests.cli.test_change import standing
from tests.cli.vendored import HOST, Repo, text_of

Edit = Callable[[Path], object]
BODY = "\n".join(
    f"func Turn{n}(wheel, rim int) int {{ return wheel*{n} + rim - {n + 3} }}" for n in range(12)
)
TAG = "// Copyright 2019 The Wheel Authors\n// SPDX-License-Identifier: GPL-3.0-only\n"
OURS = f"{HOST}/app"


@pytest.fixture
def shop(change: Path) -> Path:
    """Its program links a module under MIT; one under GPL is vendored for its tests alone.

    Two packages of its own hold code of others under GPL, one by a header, one by a license file.
    """
    git(change, "rm", "-rqf", ".")
    repo = Repo(change)
    repo.module("mit.example/m", {"LICENSE": "MIT"})
    repo.module("gpl.example/g", {"COPYING": "GPL-3.0-only"})
    repo.package("mit.example/m", body=BODY.replace("Turn", "Ring"))
    repo.package("gpl.example/g", body=BODY)
    repo.package("gpl.example/g/tiny", body="var Size int")
    for name in ("header", "folder"):
        head = TAG if name == "header" else ""
        repo.package(f"third/{name}", head=head, body=BODY.replace("Turn", name))
    repo.write("third/folder/COPYING", text_of("GPL-3.0-only"))
    repo.package("cmd/app", ["mit.example/m", "third/header", "third/folder"])
    repo.write("cmd/app/app_test.go", 'package main\n\nimport _ "gpl.example/g"\n')
    root = repo.done()
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "base")
    return root


def write(name: str, text: str) -> Edit:
    def edit(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")

    return edit


def link(*more: str) -> Edit:
    names = ("mit.example/m", f"{OURS}/third/header", f"{OURS}/third/folder", *more)
    lines = "".join(f'import _ "{n}"\n' for n in names)
    return write("cmd/app/app.go", f"package main\n\n{lines}\nfunc main() {{}}\n")


def both(*edits: Edit) -> Edit:
    return lambda root: [edit(root) for edit in edits]


def moved(old: str, new: str, *left: str) -> Edit:
    """A folder in another place, without some of its files."""

    def edit(root: Path) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(root / old, root / new)
        for name in left:
            (root / new / name).unlink()

    return edit


def relabelled(name: str, old: str, new: str) -> Edit:
    def edit(root: Path) -> None:
        text = (root / name).read_text("utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new), "utf-8")

    return edit


def linked(root: Path) -> None:
    (root / "internal" / "g").mkdir(parents=True)
    (root / "internal" / "g" / "wheel.go").symlink_to("../../vendor/gpl.example/g/g.go")


def renamed(root: Path) -> None:
    for name in ("vendor/modules.txt", "go.mod", "cmd/app/app_test.go"):
        relabelled(name, "gpl.example", "good.example")(root)
    moved("vendor/gpl.example", "vendor/good.example", "g/COPYING")(root)
    write("vendor/good.example/g/LICENSE", text_of("MIT"))(root)
    link("good.example/g")(root)


OWN = BODY.replace("Turn", "Own").replace("wheel*", "rim*")
GPL = f"package g\n\n{BODY}\n"
CASES: dict[str, tuple[Edit, bool]] = {
    "copied": (both(write("internal/g/g.go", GPL), link(f"{OURS}/internal/g")), True),
    "copied, indented and with another head": (
        both(write("internal/g/g.go", "// Ours.\npackage own\n\n" + BODY.replace("func", "\tfunc")),
             link(f"{OURS}/internal/g")), True,
    ),
    "copied with code of ours around it": (
        both(write("internal/g/g.go", GPL + BODY.replace("Turn", "More")),
             link(f"{OURS}/internal/g")), True,
    ),
    "linked": (both(linked, link(f"{OURS}/internal/g")), True),
    "moved, under another name": (
        both(moved("third/folder", "internal/f", "COPYING"),
             moved("internal/f/folder.go", "internal/f/wheel.go"),
             write("cmd/app/app.go", f'package main\n\nimport _ "{OURS}/internal/f"\n\n'
                                     "func main() {}\n")), True,
    ),
    "renamed": (renamed, True),
    "a header is gone": (relabelled("third/header/header.go", TAG, ""), True),
    "a header says something else": (relabelled("third/header/header.go", "GPL-3.0-only", "MIT"),
                                     True),
    "a license file is gone": (lambda root: (root / "third/folder/COPYING").unlink(), True),
    "a license file says something else": (write("third/folder/COPYING", text_of("MIT")), True),
    "written anew": (write("third/header/header.go", "package header\n\nvar Size = 3\n"), False),
    "a few lines that many have": (
        both(write("internal/tiny/tiny.go", "package tiny\n\nvar Size int\n"),
             link(f"{OURS}/internal/tiny")), False,
    ),
    "another file of the same name": (
        both(write("internal/g/g.go", "package g\n\n" + OWN), link(f"{OURS}/internal/g")), False,
    ),
    "moved with its license": (
        both(moved("third/folder", "internal/folder"),
             write("cmd/app/app.go", 'package main\n\nimport _ "mit.example/m"\n'
                   f'import _ "{OURS}/internal/folder"\n\nfunc main() {{}}\n')), False,
    ),
    "code under MIT": (
        both(write("internal/m/m.go", "package m\n\n" + BODY.replace("Turn", "Ring")),
             link(f"{OURS}/internal/m")), False,
    ),
    "not linked": (write("internal/g/g.go", GPL), False),
}  # fmt: skip


STAGED = ("copied", "moved, under another name", "a header is gone", "moved with its license")
RUNS = [(name, True) for name in CASES] + [(name, False) for name in STAGED]


@pytest.mark.parametrize(("name", "committed"), RUNS)
def test_a_license_is_not_left_behind(
    judge: Any, shop: Path, name: str, *, committed: bool
) -> None:
    edit, blocked = CASES[name]
    edit(shop)
    base = git(shop, "rev-parse", "HEAD")
    git(shop, "add", "-A", "-f")
    if committed:
        git(shop, "commit", "-qm", "edit")
    status, report, _ = judge(base=base)
    found = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    assert bool(found) == blocked, standing(report, "new")
    if blocked:
        assert status == 1
        assert "GPL-3.0-only" in found[0]["message"]
        assert "takes a license away" in found[0]["message"]
