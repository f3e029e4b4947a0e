"""The license under which first-party code goes out, where nobody declares it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compliance.licenses import license_text
from tests.cli.conftest import Run

GPL = """// This file is free software: you can redistribute it and/or modify it under the terms of
// the GNU General Public License as published by the Free Software Foundation, either version
// 3 of the License, or (at your option) any later version.

"""


def text(name: str) -> str:
    found = license_text(name)
    assert found is not None
    return found


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """An LGPL library beside a program whose headers say GPL."""
    root = tmp_path / "lib"
    (root / "cmd" / "tool").mkdir(parents=True)
    (root / "go.mod").write_text("module lib.example/lib\n\ngo 1.22\n", "utf-8")
    (root / "lib.go").write_text("package lib\n\nfunc Answer() int { return 42 }\n", "utf-8")
    main = 'package main\n\nimport "lib.example/lib"\n\nfunc main() { println(lib.Answer()) }\n'
    (root / "cmd" / "tool" / "main.go").write_text(GPL + main, "utf-8")
    return root


def tool(run: Run, root: Path, *more: str) -> dict[str, Any]:
    run("scan", root, "-o", root.parent / "out", "--format", "json", "-q", *more)
    report = json.loads((root.parent / "out" / "report.json").read_text("utf-8"))
    (artifact,) = report["artifacts"]
    found: dict[str, Any] = artifact
    return found


def test_a_program_goes_out_under_the_license_file_that_its_headers_name(
    run: Run, library: Path
) -> None:
    (library / "COPYING").write_text(text("GPL-3.0-only"), "utf-8")
    (library / "COPYING.LESSER").write_text(text("LGPL-3.0-only"), "utf-8")
    artifact = tool(run, library)
    assert artifact["outbound"] == "GPL-3.0-or-later"
    assert artifact["verdict"] == "comply"
    assert "source-of-work" in {d["duty"] for d in artifact["duties"]}


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ({"COPYING": "GPL-3.0-only", "COPYING.LESSER": "LGPL-3.0-only"}, "comply"),
        ({"LICENSE": "LGPL-3.0-only", "strict/LICENSE": "GPL-3.0-only"}, "block"),
    ],
    ids=["root", "folder"],
)
def test_code_under_a_license_file_of_the_root_is_ours(
    run: Run, library: Path, files: dict[str, str], verdict: str
) -> None:
    """A license file further down is somebody else's until a curation says otherwise."""
    (library / "strict").mkdir()
    for name, license_ in files.items():
        (library / name).write_text(text(license_), "utf-8")
    (library / "strict" / "strict.go").write_text(f"{GPL}package strict\n", "utf-8")
    (library / "cmd" / "tool" / "main.go").write_text(
        'package main\n\nimport _ "lib.example/lib/strict"\n\nfunc main() {}\n', "utf-8"
    )
    assert tool(run, library)["verdict"] == verdict


def test_a_license_file_in_the_folder_of_the_program_counts(run: Run, library: Path) -> None:
    (library / "LICENSE").write_text(text("Apache-2.0"), "utf-8")
    (library / "cmd" / "tool" / "LICENSE").write_text(text("GPL-3.0-only"), "utf-8")
    artifact = tool(run, library)
    assert artifact["outbound"] == "GPL-3.0-only AND GPL-3.0-or-later"
    assert artifact["verdict"] == "comply"


def test_a_header_alone_does_not_change_what_the_repository_promises(
    run: Run, library: Path
) -> None:
    (library / "LICENSE").write_text(text("Apache-2.0"), "utf-8")
    artifact = tool(run, library)
    assert artifact["outbound"] == "Apache-2.0"
    assert artifact["verdict"] == "block"


def test_the_flag_wins_and_our_own_code_is_ours_to_license(run: Run, library: Path) -> None:
    (library / "COPYING").write_text(text("GPL-3.0-only"), "utf-8")
    artifact = tool(run, library, "--outbound", "proprietary")
    assert artifact["outbound"] == "LicenseRef-proprietary"
    assert artifact["verdict"] == "pass"


def test_a_permissive_tool_that_links_copyleft_of_our_own_goes_out_under_both(
    run: Run, tmp_path: Path
) -> None:
    root = tmp_path / "app"
    for folder in ("tools/export", "tools/plain", "engine"):
        (root / folder).mkdir(parents=True)
    (root / "go.mod").write_text("module app.example/app\n\ngo 1.22\n", "utf-8")
    (root / "LICENSE").write_text(text("AGPL-3.0-only"), "utf-8")
    (root / "tools" / "LICENSE").write_text(text("Apache-2.0"), "utf-8")
    (root / "engine" / "engine.go").write_text("package engine\n\nfunc Run() {}\n", "utf-8")
    main = 'package main\n\nimport "app.example/app/engine"\n\nfunc main() { engine.Run() }\n'
    (root / "tools" / "export" / "main.go").write_text(main, "utf-8")
    plain = "package main\n\nfunc main() {}\n"
    (root / "tools" / "plain" / "main.go").write_text(plain, "utf-8")
    done = run("scan", root, "-o", "-", "--format", "json", "-q", "--fail-on", "never")
    found = {a["name"]: a for a in json.loads(done.stdout)["artifacts"]}
    assert found["plain"]["outbound"] == "Apache-2.0"
    assert found["export"]["outbound"] == "Apache-2.0 AND AGPL-3.0-only"
    assert ("AGPL-3.0-only", "source-of-work") in {
        (d["license"], d["duty"]) for d in found["export"]["duties"]
    }


def test_code_of_a_module_beside_under_the_license_of_the_program_is_ours(
    run: Run, tmp_path: Path
) -> None:
    """An API under a milder license in a folder, with one package under the license of the main."""
    root = tmp_path / "app"
    (root / "api" / "core").mkdir(parents=True)
    (root / "LICENSE").write_text(text("AGPL-3.0-only"), "utf-8")
    (root / "api" / "LICENSE").write_text(text("MPL-2.0"), "utf-8")
    (root / "go.mod").write_text(
        "module app.example/o/app\n\ngo 1.22\n\nrequire app.example/o/app/api v0.1.0\n\n"
        "replace app.example/o/app/api => ./api\n",
        "utf-8",
    )
    (root / "api" / "go.mod").write_text("module app.example/o/app/api\n\ngo 1.22\n", "utf-8")
    head = "// SPDX-License-Identifier: AGPL-3.0-only\n\n"
    (root / "api" / "core" / "core.go").write_text(f"{head}package core\n", "utf-8")
    (root / "api" / "api.go").write_text("package api\n", "utf-8")
    main = 'package main\n\nimport (\n\t_ "app.example/o/app/api"\n\t_ "app.example/o/app/api/core"'
    (root / "main.go").write_text(f"{main}\n)\n\nfunc main() {{}}\n", "utf-8")
    artifact = tool(run, root)
    owed = {(d["component"], d["duty"]) for d in artifact["duties"]}
    assert ("app", "source-of-work") in owed
    assert not any("AGPL" in d["license"] for d in artifact["duties"] if d["component"] != "app")


OWN_TERMS = "Copyright 2024 Somebody Ltd.\n\nUse is subject to the Tuesday agreement.\n"


def test_terms_of_our_own_are_ours_to_name(run: Run, library: Path) -> None:
    """The license file of a closed repository blocks nothing; who names what it means is done."""
    (library / "LICENSE").write_text(OWN_TERMS, "utf-8")
    (library / "cmd" / "tool" / "main.go").write_text("package main\n\nfunc main() {}\n", "utf-8")
    artifact = tool(run, library)
    assert (artifact["outbound"], artifact["verdict"]) == ("LicenseRef-proprietary", "review")
    assert "outbound" in artifact["do"]
    assert tool(run, library, "--outbound", "proprietary")["verdict"] == "pass"
    (library / ".compliance.yaml").write_text(
        "version: 1\ndeployments:\n"
        "  tool: {build: ./cmd/tool, profile: on-prem, outbound: LicenseRef-proprietary}\n", "utf-8"
    )  # fmt: skip
    assert tool(run, library)["verdict"] == "pass"


def replaced(root: Path, license_: str) -> None:
    """A folder of the repository that takes the place of a module, with a license of its own."""
    (root / "fork").mkdir()
    (root / "fork" / "go.mod").write_text("module other.example/x\n\ngo 1.22\n", "utf-8")
    (root / "fork" / "x.go").write_text("package x\n", "utf-8")
    (root / "fork" / "LICENSE").write_text(license_, "utf-8")
    (root / "go.mod").write_text(
        "module lib.example/lib\n\ngo 1.22\n\nrequire other.example/x v1.0.0\n\n"
        "replace other.example/x => ./fork\n", "utf-8",
    )  # fmt: skip
    imports = 'package main\n\nimport _ "other.example/x"\n\nfunc main() {}\n'
    (root / "cmd" / "tool" / "main.go").write_text(imports, "utf-8")


@pytest.mark.parametrize("place", ["fork", "folder"])
def test_unknown_terms_of_others_block_and_the_plan_knows_of_them(
    run: Run, library: Path, place: str
) -> None:
    if place == "fork":
        replaced(library, OWN_TERMS)
    else:
        (library / "third_party" / "x").mkdir(parents=True)
        (library / "third_party" / "x" / "LICENSE").write_text(OWN_TERMS, "utf-8")
        (library / "third_party" / "x" / "x.go").write_text("package x\n", "utf-8")
        (library / "cmd" / "tool" / "main.go").write_text(
            'package main\n\nimport _ "lib.example/lib/third_party/x"\n\nfunc main() {}\n', "utf-8"
        )
    artifact = tool(run, library, "--outbound", "proprietary")
    assert artifact["verdict"] == "block"
    assert [e.partition(": ")[2].partition(" ")[0] for e in artifact["plan"]["edits"]] == ["stop"]
    assert artifact["plan"]["verdict_after"] in ("pass", "comply")
    report = json.loads((library.parent / "out" / "report.json").read_text("utf-8"))
    assert {(f["code"], f["artifact"]) for f in report["findings"]} == {("unknown-license", "tool")}


def test_a_plan_promises_no_more_than_what_it_leaves(run: Run, library: Path) -> None:
    """An added duty in one module is for review whatever is done about another one."""
    replaced(library, text("GPL-3.0-only"))
    (library / "doubt").mkdir()
    (library / "doubt" / "go.mod").write_text("module other.example/y\n\ngo 1.22\n", "utf-8")
    (library / "doubt" / "y.go").write_text("package y\n", "utf-8")
    duty = "\nAny product must display the name Somebody Ltd. on its first screen.\n"
    (library / "doubt" / "LICENSE").write_text(text("MIT") + duty, "utf-8")
    with (library / "go.mod").open("a", encoding="utf-8") as gomod:
        gomod.write("\nrequire other.example/y v1.0.0\n\nreplace other.example/y => ./doubt\n")
    (library / "cmd" / "tool" / "main.go").write_text(
        'package main\n\nimport (\n\t_ "other.example/x"\n\t_ "other.example/y"\n)\n\n'
        "func main() {}\n", "utf-8",
    )  # fmt: skip
    artifact = tool(run, library, "--outbound", "proprietary")
    assert (artifact["verdict"], artifact["plan"]["verdict_after"]) == ("block", "review")


def test_a_copyleft_file_counts_beside_files_that_say_nothing(run: Run, library: Path) -> None:
    """A closed repository has no license file: its own files say nothing, one copied file does."""
    (library / "copied.go").write_text(f"{GPL}package lib\n\nfunc more() {{}}\n", "utf-8")
    main = 'package main\n\nimport "lib.example/lib"\n\nfunc main() { println(lib.Answer()) }\n'
    (library / "cmd" / "tool" / "main.go").write_text(main, "utf-8")
    artifact = tool(run, library)
    assert (artifact["outbound"], artifact["verdict"]) == ("LicenseRef-proprietary", "block")
    assert "lib.example/lib/copied.go (GPL-3.0-or-later)" in artifact["because"]


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("corp.example/platform/auth", "pass"),
        ("auth", "pass"),
        ("github.com/upstream/auth", "block"),
        ("golang.org/x/auth", "block"),
    ],
)
def test_a_folder_of_ours_without_a_license_is_ours(
    run: Run, tmp_path: Path, path: str, verdict: str
) -> None:
    """Of a module of other owners it is a copy that lost its license."""
    root = tmp_path / "app"
    (root / "auth").mkdir(parents=True)
    (root / "go.mod").write_text(
        f"module corp.example/platform/app\n\ngo 1.22\n\nrequire {path} v0.0.0\n\n"
        f"replace {path} => ./auth\n",
        "utf-8",
    )
    (root / "auth" / "go.mod").write_text(f"module {path}\n\ngo 1.22\n", "utf-8")
    (root / "auth" / "auth.go").write_text("package auth\n", "utf-8")
    (root / "main.go").write_text(
        f'package main\n\nimport _ "{path}"\n\nfunc main() {{}}\n', "utf-8"
    )
    assert tool(run, root)["verdict"] == verdict
