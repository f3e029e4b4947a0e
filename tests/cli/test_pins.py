"""The last good version as a remedy of a plain scan: which versions are known, read and shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compliance.golang import ModuleVersion
from tests.cli.conftest import Run
from tests.cli.vendored import text_of
from tests.sources.loopback import Server

D = "dep.example/d"
LIST = f"/{D}/@v/list"


def files(license_: str, path: str = D, requires: str = "", **more: str) -> dict[str, bytes]:
    texts = {
        "go.mod": f"module {path}\n\ngo 1.20\n{requires}",
        "LICENSE": text_of(license_), "d.go": "package d\n", **more,
    }  # fmt: skip
    return {name: text.encode() for name, text in texts.items()}


HISTORY = {
    "v1.4.0": files("GPL-3.0-only"),
    "v1.3.1": files("MIT", **{"d.go": 'package d\n\nimport _ "gone.example/x"\n'}),
    "v1.3.0": files("GPL-3.0-only", **{"d_windows.go": "package d\n"}),
    "v1.2.2": files("GPL-3.0-only"),
    "v1.2.1": {k: v for k, v in files("MIT").items() if k != "d.go"},
    "v1.1.3": files("MIT"),
    "v1.1.2": files("MIT"),
}
"""By version: in use; one that needs a module of nobody; GPL; GPL; without the package; good."""


@pytest.fixture
def proxy() -> Iterator[Server]:
    with Server() as running:
        for version, content in HISTORY.items():
            running.serve_module(ModuleVersion(D, version), content)
        running.pages[LIST] = "\n".join([*HISTORY, "v1.5.0", "v1.4.0-rc.1"]).encode()
        yield running


class World:
    def __init__(self, run: Run, folder: Path) -> None:
        self.run, self.folder = run, folder
        (folder / "repo").mkdir()
        self.needs(f"require {D} v1.4.0\n")

    def needs(self, requires: str, *imports: str) -> None:
        repo = self.folder / "repo"
        (repo / "go.mod").write_text(f"module app.example\n\ngo 1.16\n\n{requires}")
        names = "".join(f'import _ "{i}"\n' for i in (D, *imports))
        (repo / "main.go").write_text(f"package main\n\n{names}\nfunc main() {{}}\n")

    def scan(self, proxy: Server, *flags: str) -> dict[str, Any]:
        """The report."""
        environ = {
            "GOENV": "off", "GOROOT": "/nonexistent", "GOSUMDB": "off", "GOPROXY": proxy.url,
            "GOMODCACHE": str(self.folder / "none"), "COMPLIANCE_CACHE": str(self.folder / "cache"),
        }  # fmt: skip
        words = ("--format", "json", "-o", "-", "-q", *flags)
        done = self.run("scan", self.folder / "repo", *words, **environ)
        assert "Traceback" not in done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture
def world(run: Run, tmp_path: Path) -> World:
    return World(run, tmp_path)


def pins(report: dict[str, Any]) -> list[tuple[str, list[str], str]]:
    return [
        (r["title"], r["edits"], r["verdict_after"])
        for f in report["findings"] for r in f["remedies"] if r["kind"] == "pin"
    ]  # fmt: skip


def test_the_last_good_version_is_read_once_and_known_again(world: World, proxy: Server) -> None:
    expected = [(
        "Go back to dep.example/d v1.1.3 (MIT), without what was mended since",
        [f"go.mod:5: require {D} v1.1.3"], "pass",
    )]  # fmt: skip
    report = world.scan(proxy)
    assert pins(report) == expected
    (artifact,) = report["artifacts"]
    assert artifact["plan"]["edits"] == [f"go.mod:5: require {D} v1.1.3"]
    zips = [p.rpartition("/")[2] for p in proxy.asked if p.endswith(".zip")]
    assert zips == ["v1.4.0.zip", "v1.3.1.zip", "v1.2.2.zip", "v1.1.3.zip", "v1.2.1.zip"]
    proxy.asked.clear()
    assert pins(world.scan(proxy)) == pins(world.scan(proxy, "--offline")) == expected
    assert not [p for p in proxy.asked if p.endswith((".zip", "list"))]


def test_nobody_is_asked_offline_or_without_need(world: World, proxy: Server) -> None:
    world.scan(proxy, "--profile", "on-prem", "--outbound", "GPL-3.0-only")
    assert LIST not in proxy.asked
    assert pins(world.scan(proxy, "--offline")) == []
    assert LIST not in proxy.asked
    proxy.pages[LIST] = (500, {}, b"")
    assert pins(world.scan(proxy)) == []
    assert proxy.asked.count(LIST) >= 1


def test_a_version_that_others_outbid_is_had_by_a_replacement(world: World, proxy: Server) -> None:
    other = files("MIT", "dep.example/e", f"\nrequire {D} v1.4.0\n")
    proxy.serve_module(ModuleVersion("dep.example/e", "v1.0.0"), other)
    world.needs(f"require dep.example/e v1.0.0\n\nrequire {D} v1.4.0\n", "dep.example/e")
    assert [edits for _, edits, _ in pins(world.scan(proxy))] == [
        [f"go.mod: replace {D} => {D} v1.1.3 (dep.example/e requires v1.4.0)"]
    ]


def test_a_version_that_was_taken_back_is_no_advice(world: World, proxy: Server) -> None:
    latest = files("GPL-3.0-only", requires="\nretract v1.1.3\n")
    proxy.serve_module(ModuleVersion(D, "v1.4.0"), latest)
    assert [title.split()[3:5] for title, _, _ in pins(world.scan(proxy))] == [[D, "v1.1.2"]]
