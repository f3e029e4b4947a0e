"""`compliance modules`: what it remembers, and what it says of settings and folders."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A module that needs another one, of which the module cache has a version."""
    folder = tmp_path / "library"
    folder.mkdir()
    text = "module lib.example/lib\n\ngo 1.20\n\nrequire dep.example/x v1.0.0\n"
    (folder / "go.mod").write_text(text, "utf-8")
    publish(tmp_path, "v1.0.0", "")
    return folder


def publish(tmp_path: Path, version: str, more: str) -> None:
    versions = tmp_path / "mod/cache/download/dep.example/x/@v"
    versions.mkdir(parents=True, exist_ok=True)
    text = f"module dep.example/x\n\ngo 1.20\n{more}"
    (versions / f"{version}.mod").write_text(text, "utf-8")


def test_the_list_is_remembered_until_what_it_says_changes(
    run: Run, library: Path, tmp_path: Path
) -> None:
    cache = {"GOMODCACHE": str(tmp_path / "mod"), "COMPLIANCE_CACHE": str(tmp_path / "own")}
    time.sleep(2.1)  # what a run read is old enough to be remembered
    first = run("modules", library, **cache)
    assert first.stdout == "lib.example/lib\ndep.example/x v1.0.0\n"
    assert first.stderr == ""
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "own/blobs").rglob("*/*")}
    assert kept
    assert run("modules", library, **cache).stdout == first.stdout
    assert kept == {p: p.stat().st_mtime_ns for p in (tmp_path / "own/blobs").rglob("*/*")}
    assert run("modules", library, "--json", **cache).stdout != first.stdout
    publish(tmp_path, "v1.1.0", "\nretract v1.0.0 // leaks\n")
    assert "is retracted: leaks" in run("modules", library, **cache).stderr
    (library / "go.mod").write_text("module lib.example/lib\n\ngo 1.20\n", "utf-8")
    assert run("modules", library, **cache).stdout == "lib.example/lib\n"


@pytest.mark.parametrize(("name", "value", "message"), [
    ("GO111MODULE", "off", "would take packages from GOPATH"),
    ("GO111MODULE", "yes", "is not one of on, auto, off"),
    ("GOWORK", "../go.work", "is not an absolute path"),
    ("GOFLAGS", "-tags", "flag needs an argument: -tags"),
    ("GOFLAGS", "-mod=other", "-mod=other is not one of mod, readonly, vendor"),
])  # fmt: skip
def test_settings_that_the_go_command_refuses(
    run: Run, library: Path, name: str, value: str, message: str
) -> None:
    done = run("modules", library, **{name: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(("name", "value"), [("GOOS", "Linux"), ("GOARCH", "vax")])
def test_a_platform_that_go_does_not_build_for_is_refused(
    run: Run, library: Path, name: str, value: str
) -> None:
    done = run("packages", library, **{name: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert "Go builds for no " in done.stderr
    assert f"{name} (environment)" in done.stderr


def test_a_folder_of_a_module_means_the_module(run: Run, library: Path, tmp_path: Path) -> None:
    inside = library / "some" / "folder"
    inside.mkdir(parents=True)
    done = run("modules", inside, GOMODCACHE=str(tmp_path / "mod"))
    assert done.stdout == "lib.example/lib\ndep.example/x v1.0.0\n"


def test_a_workspace_elsewhere_must_use_a_module_of_the_folder(
    run: Run, library: Path, tmp_path: Path
) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "else/go.mod").write_text("module else.example/x\n\ngo 1.20\n", "utf-8")
    work = tmp_path / "my.work"
    work.write_text("go 1.20\n\nuse ./else\n", "utf-8")
    done = run("modules", library, GOWORK=str(work))
    assert (done.returncode, done.stdout) == (2, "")
    assert "set GOWORK=off" in done.stderr
    work.write_text("go 1.20\n\nuse (\n\t./else\n\t./library\n)\n", "utf-8")
    done = run("modules", library, GOWORK=str(work), GOMODCACHE=str(tmp_path / "mod"))
    assert done.stdout == "else.example/x\nlib.example/lib\ndep.example/x v1.0.0\n"


def test_the_standard_library_is_that_of_the_toolchain_of_the_build(
    run: Run, tmp_path: Path
) -> None:
    """The installed Go is 1.90; go.mod asks for 1.99, which the module cache has, or has not."""
    old, new = tmp_path / "go", tmp_path / "mod/golang.org/toolchain@v0.0.1-go1.99.0.linux-amd64"
    for root, version, more in ((old, "go1.90.1", "old"), (new, "go1.99.0", "new")):
        for name in ("fmt", f"internal/{more}", "runtime"):
            (root / "src" / name).mkdir(parents=True)
            needs = f'\n\nimport _ "internal/{more}"' if name == "fmt" else ""
            text = f"package {name.rpartition('/')[2]}{needs}\n"
            (root / "src" / name / "x.go").write_text(text, "utf-8")
        (root / "VERSION").write_text(f"{version}\n", "utf-8")
        (root / "LICENSE").write_text("The Go Authors.\n", "utf-8")
        (root / "pkg/tool/linux_amd64").mkdir(parents=True)
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "go.mod").write_text("module m.example/m\n\ngo 1.99\n", "utf-8")
    main = 'package main\n\nimport _ "fmt"\n\nfunc main() {}\n'
    (repository / "main.go").write_text(main, "utf-8")
    (repository / "late.go").write_text("//go:build go1.95\n\npackage main\n", "utf-8")
    environ = {
        "GOROOT": str(old), "GOMODCACHE": str(tmp_path / "mod"), "GOENV": "off",
        "GOTOOLCHAIN": "auto",
    }  # fmt: skip
    done = run("packages", repository, "--json", **environ)
    document = json.loads(done.stdout)
    (cell,) = document["cells"]
    assert [p["import_path"] for p in cell["packages"]] == [
        "fmt", "internal/new", "m.example/m", "runtime",
    ]  # fmt: skip
    new.rename(tmp_path / "elsewhere")
    (cell,) = json.loads(run("packages", repository, "--json", **environ).stdout)["cells"]
    named = {p["import_path"]: p["go_files"] for p in cell["packages"]}
    assert "internal/old" in named
    assert named["m.example/m"] == ["late.go", "main.go"]
    run("scan", repository, "-o", tmp_path / "out", "--format", "json", **environ)
    report = json.loads((tmp_path / "out/report.json").read_bytes())
    assert report["go"]["toolchain"] == "1.99.0"
    (limit,) = [x["what"] for x in report["limits"] if "toolchain" in x["what"]]
    assert "go1.99.0, which is not on this machine" in limit
    assert "Go 1.90.1" in limit
