"""`compliance proxies audit` and `compliance cache`, as users run them, against servers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from compliance import outputs
from compliance.golang import ModuleVersion
from compliance.integrity import h1_gomod
from compliance.sources.archive import ZipFiles
from tests.cli.conftest import Run
from tests.sources.loopback import Server, module_zip

MODULES = [ModuleVersion(f"dep.example/m{n}", "v1.0.0") for n in range(6)]
SCHEMA = jsonschema_rs.validator_for(outputs.schema("audit"))


def files(m: ModuleVersion) -> dict[str, bytes]:
    return {"go.mod": f"module {m.path}\n".encode(), "LICENSE": b"text\n", "m.go": b"package m\n"}


def serve(server: Server) -> None:
    for m in MODULES:
        base = f"/{m.path}/@v"
        info = json.dumps({"Version": m.version, "Time": "2020-01-01T00:00:00Z"}).encode()
        cached = {"Cache-Control": "public, max-age=60", "ETag": '"1"'}
        server.pages[f"{base}/v1.0.0.info"] = (200, cached, info)
        server.pages[f"{base}/v1.0.0.mod"] = files(m)["go.mod"]
        server.pages[f"{base}/v1.0.0.zip"] = module_zip(m, files(m))
        server.pages[f"{base}/list"] = b"v1.0.0\nv1.1.0\n"


@pytest.fixture
def mirrors() -> Iterator[tuple[Server, Server]]:
    with Server() as one, Server() as two:
        serve(one)
        serve(two)
        yield one, two


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    lines = "".join(f"require {m.path} {m.version}\n" for m in MODULES)
    (root / "go.mod").write_text(f"module app.example\n\ngo 1.22\n\n{lines}")
    (root / "main.go").write_text("package main\n\nfunc main() {}\n")
    sums = ""
    for m in MODULES:
        total = ZipFiles.of(m, module_zip(m, files(m))).h1()
        sums += f"{m.path} v1.0.0 {total}\n"
        sums += f"{m.path} v1.0.0/go.mod {h1_gomod(files(m)['go.mod'])}\n"
    (root / "go.sum").write_text(sums)
    return root


class Auditor:
    """Runs audits of one repository with one cache."""

    def __init__(self, run: Run, repo: Path, folder: Path) -> None:
        self.run = run
        self.repo = repo
        self.folder = folder

    def __call__(self, *servers: Server, **environ: str) -> tuple[int, dict[str, Any]]:
        words = [w for s in servers for w in ("--mirror", s.url)]
        done = self.run(
            "proxies", "audit", self.repo, *words, "--json", "--rate", "1000", "-o",
            self.folder / "out", GOENV="off", GOROOT="/nonexistent", GOSUMDB="off",
            COMPLIANCE_CACHE=str(self.folder / "cache"), **{"GOPROXY": servers[0].url, **environ},
        )  # fmt: skip
        assert "defect" not in done.stderr, done.stderr
        document = json.loads(done.stdout)
        assert [e.message for e in SCHEMA.iter_errors(document)] == []
        return done.returncode, document


@pytest.fixture
def audit(run: Run, repo: Path, tmp_path: Path) -> Auditor:
    return Auditor(run, repo, tmp_path)


def codes(document: dict[str, Any]) -> list[str]:
    return sorted({f["code"] for f in document["findings"]})


def test_equal_mirrors_pass(audit: Auditor, mirrors: tuple[Server, Server]) -> None:
    one, two = mirrors
    for server in mirrors:  # not even a list lags
        for m in MODULES:
            server.pages[f"/{m.path}/@v/list"] = b"v1.0.0\n"
    status, document = audit(one, two)
    assert (status, document["outcome"], document["findings"]) == (0, "pass", [])
    assert len(document["modules"]) == len(MODULES)
    for mirror in document["mirrors"]:
        assert mirror["requests"] == 4 * len(MODULES)
        assert mirror["parts"]["zip"]["ok"] == len(MODULES)
        assert mirror["latency"]["median"] <= mirror["latency"]["p95"]
        assert mirror["cache_control"]["info"] == {"public, max-age=60": len(MODULES)}
        assert mirror["validated"] == len(MODULES)
    assert document["modules"][0]["expected"]["zip"]["by"] == "go.sum"


def test_all_that_can_be_wrong_is_told(
    audit: Auditor, mirrors: tuple[Server, Server], run: Run
) -> None:
    one, two = mirrors
    a, b, c, d, e, _ = (f"/{m.path}/@v" for m in MODULES)
    two.pages[f"{a}/v1.0.0.zip"] = module_zip(MODULES[0], {**files(MODULES[0]), "m.go": b"evil"})
    two.pages[f"{b}/v1.0.0.info"] = b'{"Version":"v1.0.0","Time":"2021-01-01T00:00:00Z"}'
    two.pages[f"{c}/list"] = b"v1.0.0\n"
    del two.pages[f"{d}/v1.0.0.mod"]
    two.pages[f"{e}/v1.0.0.zip"] = (302, {"Location": "/moved"}, b"")
    two.pages["/moved"] = module_zip(MODULES[4], files(MODULES[4]))
    two.pages[f"{e}/v1.0.0.mod"] = b"<html>"
    status, document = audit(one, two)
    assert status == 1
    assert codes(document) == [
        "mirror-differs", "mirror-incomplete", "mirror-lagging", "mirror-time-drift",
    ]  # fmt: skip
    told = {f["code"]: f["message"] for f in document["findings"]}
    differ = [f["message"] for f in document["findings"] if f["code"] == "mirror-differs"]
    assert any("differs first in m.go" in m and two.url in m for m in differ)
    assert any("m4@v1.0.0" in m and "serves a mod" in m for m in differ)
    assert "2020-01-01T00:00:00Z, 2021-01-01T00:00:00Z" in told["mirror-time-drift"]
    assert "dep.example/m2 (v1.1.0)" in told["mirror-lagging"]
    assert "dep.example/m3@v1.0.0 (mod)" in told["mirror-incomplete"]
    assert document["mirrors"][1]["redirects"] == 1
    page = (audit.folder / "out" / "audit.html").read_text("utf-8")
    assert page.count("<svg") > 8
    assert "<script" not in page
    assert two.url in page
    shown = run(
        "proxies", "audit", audit.repo, "--mirror", one.url, "--mirror", two.url, "--rate", "1000",
        GOENV="off", GOSUMDB="off", GOPROXY=one.url, GOROOT="/nonexistent",
    )  # fmt: skip
    assert shown.returncode == 1
    assert "mirror-differs" in shown.stdout


def test_an_audit_with_failures_asks_again_for_these_only(
    audit: Auditor, mirrors: tuple[Server, Server]
) -> None:
    one, two = mirrors
    bad = f"/{MODULES[2].path}/@v/v1.0.0.zip"
    good, two.pages[bad] = two.pages[bad], (403, {}, b"")
    status, document = audit(one, two)
    assert (status, document["outcome"]) == (3, "incomplete")
    assert "mirror-failing" in codes(document)
    assert document["mirrors"][1]["failure_rate"] > 0
    two.pages[bad] = good
    one.asked.clear()
    two.asked.clear()
    status, document = audit(one, two)
    assert (status, document["resumed"]) == (0, len(MODULES) - 1)
    assert len(two.asked) == 4
    assert not list((audit.folder / "cache" / "audit").iterdir())
    assert audit(one, two)[1]["resumed"] == 0


def test_private_modules_are_asked_of_nobody(
    audit: Auditor, mirrors: tuple[Server, Server]
) -> None:
    one, two = mirrors
    with Server() as inside:
        serve(inside)
        environ = {"GONOPROXY": "dep.example/m0", "GOVCS": "*:off", "GOPROXY": two.url}
        _, document = audit(one, **environ)
    assert [m["private"] for m in document["modules"]][:2] == [True, False]
    assert not [p for s in mirrors for p in s.asked if "/m0/" in p]


def test_the_rate_is_kept(audit: Auditor, mirrors: tuple[Server, Server]) -> None:
    one, _ = mirrors
    words = ("proxies", "audit", audit.repo, "--mirror", one.url, "--parts", "mod", "--rate", "10")
    started = time.monotonic()
    done = audit.run(*words, GOENV="off", GOSUMDB="off", GOPROXY=one.url, GOROOT="/nonexistent")
    assert done.returncode == 0
    assert time.monotonic() - started >= 0.5
    assert audit.run(*words, "--offline").returncode == 2
    assert audit.run(*words, "--parts", "nothing").returncode == 2
    assert audit.run("proxies", "audit", audit.repo, "--mirror", "ftp://x").returncode == 2


def test_settings_are_printed_with_their_origin_and_without_passwords(run: Run) -> None:
    environ = {"GOENV": "off", "GOROOT": "/nonexistent", "GOPROXY": "https://me:hunter2@a.example"}
    document = json.loads(run("proxies", "settings", "--json", **environ).stdout)
    assert jsonschema_rs.validator_for(outputs.schema("settings")).is_valid(document)
    assert document["settings"]["GOPROXY"] == {
        "value": "https://a.example", "origin": "environment",
    }  # fmt: skip
    assert document["settings"]["GOSUMDB"] == {"value": "", "origin": "not set"}
    text = run("proxies", "settings", **environ).stdout
    assert "GOPROXY=https://a.example  (environment)" in text
    assert "hunter2" not in text


def test_the_cache_is_shown_by_part_and_cleaned(
    audit: Auditor, mirrors: tuple[Server, Server], run: Run
) -> None:
    one, _ = mirrors
    environ = {"COMPLIANCE_CACHE": str(audit.folder / "cache"), "GOENV": "off"}
    run("modules", audit.repo, **{**environ, "GOPROXY": one.url, "GOSUMDB": "off"})
    use = json.loads(run("cache", "info", "--json", **environ).stdout)
    assert use["schema"] == "compliance/cache/1"
    assert jsonschema_rs.validator_for(outputs.schema("cache")).is_valid(use)
    assert use["parts"]["download"]["entries"] == len(MODULES)
    assert use["bytes"] == sum(p["bytes"] for p in use["parts"].values())
    assert "download" in run("cache", "info", **environ).stdout
    assert "removed" in run("cache", "clean", **environ).stdout
    assert json.loads(run("cache", "info", "--json", **environ).stdout)["entries"] == 0
