"""What a change brings past every judgement is told, and a license is not edited away."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import git
from tests.cli.test_change import standing

Edit = Callable[[Path], object]
NEW = "import-unjudged"
IMPORT = 'package main\n\nimport _ "gpl.example/g"\n'
INSIDE = 'package main\n\nimport _ "app.example/app/internal/h"\n'
TAGGED = "// SPDX-License-Identifier: MIT\npackage g\n"
LISTED = (
    "# gpl.example/g v1.0.0\n## explicit; go 1.20\ngpl.example/g\n"
    "# mit.example/m v1.0.0\n## explicit; go 1.20\nmit.example/m\n"
)


@pytest.fixture
def shop(change: Path) -> Path:
    """A program with a module under MIT; one under GPL lies in vendor/ and is not linked."""
    root = change
    texts = {
        "gpl.example/g": ("COPYING", root / "vendor" / "drivers.example" / "acceldrv" / "COPYING"),
        "mit.example/m": ("LICENSE", root / "vendor" / "logs.example" / "slate" / "LICENSE"),
    }
    read = {path: (name, file.read_bytes()) for path, (name, file) in texts.items()}
    git(root, "rm", "-rqf", ".")
    for path, (name, text) in read.items():
        put(f"vendor/{path}/x.go", f"package {path[-1]}\n")(root)
        (root / "vendor" / path / name).write_bytes(text)
    put("vendor/modules.txt", LISTED)(root)
    put("go.mod", "module app.example/app\n\ngo 1.22\n\nrequire (\n\tgpl.example/g v1.0.0\n"
        "\tmit.example/m v1.0.0\n)\n")(root)  # fmt: skip
    put("main.go", 'package main\n\nimport _ "mit.example/m"\n\nfunc main() {}\n')(root)
    put("tool/tool.go", f"//go:build ignore\n\n{IMPORT}")(root)
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "base")
    return root


def put(name: str, text: str) -> Edit:
    def edit(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")

    return edit


def both(*edits: Edit) -> Edit:
    return lambda root: [edit(root) for edit in edits]


def relicensed(root: Path) -> None:
    (root / "vendor/gpl.example/g/COPYING").unlink()
    shutil.copy(root / "vendor/mit.example/m/LICENSE", root / "vendor/gpl.example/g/LICENSE")


TAG = "//go:build prod\n\n"
LINK = put("main.go", f"{IMPORT}\nfunc main() {{}}\n")
INNER = put("internal/h/h.go", 'package h\n\nimport _ "gpl.example/g"\n')
FORKED = LISTED.replace("v1.0.0\n##", "v1.0.1\n##", 1)
VERSION = put("vendor/modules.txt", FORKED)


def newer(root: Path) -> None:
    text = (
        (root / "go.mod").read_text("utf-8").replace("gpl.example/g v1.0.0", "gpl.example/g v1.0.1")
    )
    put("go.mod", text)(root)
    VERSION(root)


def ignoring(root: Path) -> None:
    text = (root / "go.mod").read_text("utf-8")
    put("go.mod", text.replace("go 1.22", "go 1.25\n\nignore ./x"))(root)


CASES: dict[str, tuple[Edit, set[str], int]] = {
    "a tag": (put("prod.go", TAG + IMPORT), {NEW}, 0),
    "a platform": (put("x_plan9.go", IMPORT), {NEW}, 0),
    "through a package of ours": (
        both(put("prod.go", TAG + INSIDE), INNER),
        {NEW}, 0,
    ),
    "never built": (put("gen.go", "//go:build ignore\n\n" + IMPORT), set(), 0),
    "a module that is judged": (
        put("prod.go", TAG + 'package main\n\nimport _ "mit.example/m"\n'), set(), 0,
    ),
    "a test": (put("x_test.go", IMPORT), set(), 0),
    "a package of a judged module under a license of its own": (
        both(put("vendor/mit.example/m/s/s.go", TAGGED.replace("MIT", "GPL-3.0-only")),
             put("vendor/modules.txt", LISTED + "mit.example/m/s\n"),
             put("prod.go", TAG + 'package main\n\nimport _ "mit.example/m/s"\n')),
        {NEW}, 0,
    ),
    "a package of ours under a license of its own": (
        both(put("prod.go", TAG + INSIDE),
             put("internal/h/h.go", "// SPDX-License-Identifier: GPL-3.0-only\n\npackage h\n")),
        {NEW}, 0,
    ),
    "a license in the file": (
        put("prod.go", "// SPDX-License-Identifier: GPL-3.0-only\n\n" + TAG + "package main\n"),
        {NEW}, 0,
    ),
    "a program for a tag": (
        put("cmd/x/main.go", TAG + IMPORT + "\nfunc main() {}\n"), {"main-undeclared"}, 0,
    ),
    "a program that go.mod passes over": (
        both(ignoring, put("x/main.go", IMPORT + "\nfunc main() {}\n")), {"main-undeclared"}, 0,
    ),
    "a program that is never built": (
        both(ignoring, put("x/main.go", "//go:build ignore\n\n" + IMPORT)), set(), 0,
    ),
    "a module beside": (
        both(put("x/go.mod", "module app.example/x\n"), put("x/main.go", IMPORT)),
        {"main-undeclared"}, 0,
    ),
    "a license file": (both(relicensed, LINK), {"policy-relaxed", "vendor-modified"}, 1),
    "a license file of another version": (
        both(relicensed, LINK, newer), {"license-changed"}, 0,
    ),
    "a tag in code": (
        both(LINK, put("vendor/gpl.example/g/x.go", TAGGED)),
        {"policy-relaxed", "vendor-modified"}, 1,
    ),
    "a file that speaks for code": (
        both(LINK, put("vendor/gpl.example/g/x.go.license", "SPDX-License-Identifier: MIT\n")),
        {"policy-relaxed", "vendor-modified"}, 1,
    ),
    "code": (put("vendor/mit.example/m/x.go", "package m\n\nvar x int\n"), {"vendor-modified"}, 0),
    "a package more": (
        both(put("vendor/mit.example/m/n/n.go", "package n\n"),
             put("vendor/modules.txt", LISTED + "mit.example/m/n\n"),
             put("main.go", 'package main\n\nimport _ "mit.example/m/n"\n\nfunc main() {}\n')),
        set(), 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_what_no_judgement_sees_is_told(judge: Any, shop: Path, name: str, committed: bool) -> None:
    edit, codes, status = CASES[name]
    edit(shop)
    base = git(shop, "rev-parse", "HEAD")
    git(shop, "add", "-A", "-f")
    if committed:
        git(shop, "commit", "-qm", "edit")
    done, report, _ = judge(base=base)
    found = {code for code, _ in standing(report, "new")}
    watched = {NEW, "main-undeclared", "vendor-modified", "policy-relaxed", "license-changed"}
    assert (done, found & watched) == (status, codes)
