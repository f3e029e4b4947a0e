"""Toolchains beside the installed one: where they are looked for, and what counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.errors import IncompleteError
from compliance.sources import GoSettings, Trace, find_toolchain, go_settings, toolchain_module

NAME = "go1.99.2"


def tree(folder: Path, version: str = "go1.99.2") -> Path:
    (folder / "src/fmt").mkdir(parents=True)
    (folder / "VERSION").write_text(f"{version}\ntime 2030-01-01T00:00:00Z\n", encoding="ascii")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    tree(tmp_path / "go1", "go1.26.8")
    return tmp_path


def settings(home: Path, *untrusted: str, **environ: str) -> GoSettings:
    base = {"GOENV": "off", "GOROOT": str(home / "go1"), "GOMODCACHE": str(home / "cache")}
    return go_settings({**base, **environ}, str(home), untrusted=untrusted)


def cached(home: Path) -> Path:
    goos, goarch = settings(home).host
    return home / f"cache/golang.org/toolchain@v0.0.1-{NAME}.{goos}-{goarch}"


def test_the_module_cache_has_it(home: Path) -> None:
    root = tree(cached(home))
    assert find_toolchain(settings(home), NAME, str(home)) == str(root)
    assert find_toolchain(settings(home), "go1.99.3", str(home)) is None
    inside = settings(home, str(home / "cache"))
    assert find_toolchain(inside, NAME, str(home)) is None
    only_path = settings(home, GOTOOLCHAIN="local+path")
    with pytest.raises(IncompleteError, match=r"^cannot find go1\.99\.2 in PATH"):
        find_toolchain(only_path, NAME, str(home))


def test_one_of_another_version_or_half_extracted_does_not_count(home: Path) -> None:
    root = tree(cached(home), "go1.99.1")
    assert find_toolchain(settings(home), NAME, str(home)) is None
    (root / "VERSION").write_text("go1.99.2\n", encoding="ascii")
    assert find_toolchain(settings(home), NAME, str(home)) == str(root)
    goos, goarch = settings(home).host
    mark = home / f"cache/cache/download/golang.org/toolchain/@v/v0.0.1-{NAME}.{goos}-{goarch}"
    mark.parent.mkdir(parents=True)
    mark.with_name(mark.name + ".partial").touch()
    trace = Trace()
    assert find_toolchain(settings(home), NAME, str(home), trace) is None


def test_a_program_of_its_name_on_path_leads_to_it(home: Path) -> None:
    program = home / "bin" / NAME
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o755)
    on_path = settings(home, PATH=str(program.parent))
    assert find_toolchain(on_path, NAME, str(home)) is None
    root = tree(home / "sdk" / NAME)
    assert find_toolchain(settings(home), NAME, str(home)) is None
    assert find_toolchain(on_path, NAME, str(home)) == str(root)


def test_a_later_run_knows_that_it_came(home: Path) -> None:
    trace = Trace(started=1 << 62)
    assert find_toolchain(settings(home), NAME, str(home), trace) is None
    sealed = trace.seal()
    assert sealed is not None
    assert sealed.unchanged()
    tree(cached(home))
    assert not sealed.unchanged()


def test_an_installation_of_the_module_cache_is_known_as_its_module(home: Path) -> None:
    root = tree(cached(home))
    goos, goarch = settings(home).host
    found = toolchain_module(settings(home, GOROOT=str(root)))
    assert str(found) == f"golang.org/toolchain@v0.0.1-{NAME}.{goos}-{goarch}"
    assert toolchain_module(settings(home)) is None, "an installation of its own"
    tree(home / "sdk" / NAME)
    assert toolchain_module(settings(home, GOROOT=str(home / "sdk" / NAME))) is None
    assert toolchain_module(settings(home, GOROOT=str(home / "nowhere"))) is None
