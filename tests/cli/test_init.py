"""A first .compliance.yaml: what it proposes is valid, and nothing is written unless told."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run

MAIN = """package main

import (
	"os/exec"
	"plugin"
)

func main() {
	_ = exec.Command("git", "status").Run()
	_, _ = plugin.Open("x.so")
}
"""
RELEASE = """version: 2
builds:
  - id: tool
    main: ./cmd/tool
    goos: [linux, windows]
    goarch: [amd64]
    env: [CGO_ENABLED=0]
"""


def repository(folder: Path) -> Path:
    for name, text in {
        "go.mod": "module m.example\n\ngo 1.22\n",
        "cmd/tool/main.go": MAIN,
        "hack/gen/main.go": "package main\n\nfunc main() {}\n",
        ".goreleaser.yaml": RELEASE,
        "Dockerfile": 'FROM scratch\nCOPY tool /tool\nENTRYPOINT ["/tool"]\n',
        "Makefile": "build:\n\tgo build -tags netgo,osusergo ./cmd/tool\n",
    }.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return folder


def test_what_it_prints_is_valid_and_says_where_each_question_comes_from(
    run: Run, tmp_path: Path
) -> None:
    repo = repository(tmp_path / "repo")
    before = sorted(p.name for p in repo.rglob("*"))
    done = run("init", repo)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in repo.rglob("*")) == before
    assert "build: ./cmd/tool" in done.stdout
    assert "platforms: ['linux/amd64,nocgo', 'windows/amd64,nocgo']" in done.stdout
    assert "cmd/tool/main.go:9 starts git (usually GPL-2.0-only)" in done.stdout
    assert "cmd/tool/main.go:10 loads a Go plugin" in done.stdout
    assert "started by an image: Dockerfile:3" in done.stdout
    assert "Makefile:2: build tags: netgo,osusergo" in done.stdout
    assert "# gen: {build: ./hack/gen}" in done.stdout
    (tmp_path / ".compliance.yaml").write_text(done.stdout, "utf-8")
    checked = run("policy", "check", tmp_path / ".compliance.yaml")
    assert checked.returncode == 0, checked.stderr
    scanned = run("scan", repo, "--policy", tmp_path / ".compliance.yaml")
    assert scanned.returncode == 0, scanned.stdout + scanned.stderr


def test_it_writes_when_told_and_replaces_only_when_told(run: Run, tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo")
    assert run("init", repo, "--write").returncode == 0
    written = (repo / ".compliance.yaml").read_text("utf-8")
    assert written.startswith("# What is true of m.example")
    (repo / ".compliance.yaml").write_text("version: 1\n", "utf-8")
    refused = run("init", repo, "--write")
    assert (refused.returncode, "--force" in refused.stderr) == (2, True)
    assert (repo / ".compliance.yaml").read_text("utf-8") == "version: 1\n"
    assert run("init", repo, "--write", "--force").returncode == 0
    assert (repo / ".compliance.yaml").read_text("utf-8") == written


def test_a_library_is_proposed_as_one(run: Run, tmp_path: Path) -> None:
    repo = tmp_path / "lib"
    repo.mkdir()
    (repo / "go.mod").write_text("module m.example/lib\n\ngo 1.22\n", "utf-8")
    (repo / "lib.go").write_text("package lib\n", "utf-8")
    done = run("init", repo, "--write")
    assert done.returncode == 0, done.stderr
    assert "profile: library" in (repo / ".compliance.yaml").read_text("utf-8")
    assert run("scan", repo).returncode == 0


def test_a_license_file_that_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/x\n\ngo 1.22\n", "utf-8")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n", "utf-8")
    with (tmp_path / "LICENSE").open("wb") as file:
        file.truncate(1 << 30)
    done = run("init", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "LICENSE" in done.stdout


def test_a_program_that_several_packages_start_is_one_question(run: Run, tmp_path: Path) -> None:
    """Whoever takes the comments away must not declare it twice."""
    repo = repository(tmp_path / "repo")
    for name in ("a", "b"):
        (repo / name).mkdir()
        (repo / name / f"{name}.go").write_text(
            f'package {name}\n\nimport "os/exec"\n\nvar X = exec.Command("git", "x")\n', "utf-8"
        )
    main = MAIN.replace('"plugin"', '"plugin"\n\n\t_ "m.example/a"\n\t_ "m.example/b"')
    (repo / "cmd/tool/main.go").write_text(main, "utf-8")
    said = run("init", repo).stdout
    assert "? a/a.go:5 and 2 more places: starts git (usually GPL-2.0-only)" in said
    assert said.count("{id: git,") == 1
    assert said.count("to: git, kind: exec") == 3
    bare = said.replace("components: []\nlinks: []\n", "")
    components = [x[2:] for x in bare.splitlines() if x.startswith("#   - {id: git")]
    links = [x[2:] for x in bare.splitlines() if x.startswith("#   - {from: ") and "to: git" in x]
    (tmp_path / "p.yaml").write_text(
        "version: 1\ncomponents:\n" + "\n".join(components).replace("?", "GPL-2.0-only")
        + "\nlinks:\n" + "\n".join(links) + "\n", "utf-8",
    )  # fmt: skip
    checked = run("policy", "check", tmp_path / "p.yaml")
    assert checked.returncode == 0, checked.stderr
