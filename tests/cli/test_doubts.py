"""A doubt about a file concerns the programs that link it, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compliance.licenses import license_text
from compliance.licenses.doubts import doubt_words
from tests.cli.conftest import Run
from tests.cli.vendored import Repo


def test_a_doubt_concerns_those_who_link_the_folder(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    module = root / "vendor" / "kit.example" / "kit"
    mit = license_text("MIT")
    assert mit is not None
    changed = "\n".join(f"// {line}".rstrip() for line in mit.splitlines())
    changed = changed.replace("to deal", "not to deal").replace("free of charge", "for a fee")
    files = {
        "go.mod": "module repo.example/repo\n\ngo 1.22\n\nrequire kit.example/kit v1.0.0\n",
        "vendor/modules.txt": "# kit.example/kit v1.0.0\n## explicit; go 1.22\n"
        "kit.example/kit/odd\nkit.example/kit/plain\n",
        "cmd/one/main.go": 'package main\n\nimport _ "kit.example/kit/odd"\n\nfunc main() {}\n',
        "cmd/two/main.go": 'package main\n\nimport _ "kit.example/kit/plain"\n\nfunc main() {}\n',
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, "utf-8")
    for name in ("odd", "plain"):
        (module / name).mkdir(parents=True)
        (module / name / "x.go").write_text(f"package {name}\n", "utf-8")
    (module / "LICENSE").write_text(mit, "utf-8")
    (module / "odd" / "x.go").write_text(f"{changed}\n\npackage odd\n", "utf-8")

    run("scan", root, "-o", tmp_path / "out", "--format", "json", "-q")
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    verdicts = {a["name"]: a["verdict"] for a in report["artifacts"]}
    assert verdicts["two"] == "pass"
    assert verdicts["one"] in ("review", "block")
    assert [f for f in report["findings"] if f["code"] == "unknown-license"]


def test_the_heading_of_a_changed_text_does_not_lift_the_doubt(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    module = root / "vendor" / "kit.example" / "kit"
    module.mkdir(parents=True)
    mit = license_text("MIT")
    assert mit is not None
    assert mit.startswith("MIT License")
    (module / "LICENSE").write_text(
        mit.replace("to deal", "for non-commercial purposes only, to deal", 1), "utf-8"
    )
    (module / "kit.go").write_text("package kit\n", "utf-8")
    (root / "go.mod").write_text(
        "module repo.example/repo\n\ngo 1.22\n\nrequire kit.example/kit v1.0.0\n", "utf-8"
    )
    (root / "vendor" / "modules.txt").write_text(
        "# kit.example/kit v1.0.0\n## explicit; go 1.22\nkit.example/kit\n", "utf-8"
    )
    (root / "main.go").write_text(
        'package main\n\nimport _ "kit.example/kit"\n\nfunc main() {}\n', "utf-8"
    )
    run("scan", root, "-o", tmp_path / "out", "--format", "json", "-q")
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    (kit,) = [m for m in report["modules"] if m["path"] == "kit.example/kit"]
    assert kit["license"]["confidence"] == "review"
    assert report["artifacts"][0]["verdict"] == "review"


@pytest.mark.parametrize(("licenses", "changed", "said"), [
    (("BSD-3-Clause",), False, "is probably"),
    (("LicenseRef-scancode-unknown-license-reference",), False, "could be looked up"),
    (("MIT",), True, "with changes that matter"),
])  # fmt: skip
def test_a_doubt_about_a_known_license_does_not_call_it_unknown(
    licenses: tuple[str, ...], changed: bool, said: str
) -> None:
    assert said in doubt_words(licenses, " and ".join(licenses), changed=changed)


def test_terms_that_many_files_state_are_told_once(run: Run, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.module("kit.example/kit", {"LICENSE": "MIT"})
    head = "// This is a commercial product and requires a license to operate.\n\n"
    paths = [f"kit.example/kit/p{i}" for i in range(5)]
    for path in paths:
        repo.package(path, head=head)
    repo.package("cmd/one", paths[:3])
    repo.package("cmd/two", paths[3:])
    repo.package("cmd/three")

    run("scan", repo.done(), "-o", tmp_path / "out", "--format", "json", "-q")
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    verdicts = {a["name"]: a["verdict"] for a in report["artifacts"]}
    assert verdicts == {"one": "review", "two": "review", "three": "pass"}
    (found,) = report["findings"]
    assert found["message"].endswith(
        "requires a license to operate.' (vendor/kit.example/kit/p0/p0.go,"
        " vendor/kit.example/kit/p1/p1.go, vendor/kit.example/kit/p2/p2.go and 2 more)"
    )


def test_a_doubt_about_included_c_code_concerns_who_links_it(run: Run, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.module("kit.example/kit", {"LICENSE": "MIT"})
    repo.package("kit.example/kit")
    repo.write("vendor/kit.example/kit/kit.go", 'package kit\n\n// #include "c/x.c"\nimport "C"\n')
    terms = "/* This is a commercial product and requires a license to operate. */\n"
    repo.write("vendor/kit.example/kit/c/x.c", f"{terms}int x;\n")
    repo.package("cmd/one", ["kit.example/kit"])
    repo.package("cmd/two")

    words = ("--platform", "linux/amd64,cgo", "--format", "json", "-o", "-", "-q")
    report = json.loads(run("scan", repo.done(), *words).stdout)
    assert {a["name"]: a["verdict"] for a in report["artifacts"]} == {
        "one": "review", "two": "pass",
    }  # fmt: skip
