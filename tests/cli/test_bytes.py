"""Where the bytes come from, end to end: `compliance scan` and `modules` against servers."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from compliance.golang import ModuleVersion
from compliance.integrity import h1_gomod
from compliance.sources.archive import ZipFiles
from tests.cli.conftest import Run
from tests.cli.hostilezips import ZIPS
from tests.integrity.publiclog import PublicLog
from tests.sources.loopback import Server, module_zip, write_certificate

M = ModuleVersion("dep.example/m", "v1.0.0")
MIT = """MIT License

Copyright (c) 2020 A. Author

Permission is hereby granted, free of charge, to any person obtaining a copy
"""
GOMOD = b"module dep.example/m\n\ngo 1.20\n"
FILES = {"go.mod": GOMOD, "LICENSE": MIT.encode(), "m.go": b"package m\n", "n.go": b"package m\n"}
ZIP = module_zip(M, FILES)
SUM = ZipFiles.of(M, ZIP).h1()
BASE = "/dep.example/m/@v/v1.0.0"


@pytest.fixture
def proxy() -> Iterator[Server]:
    with Server() as running:
        running.pages.update({f"{BASE}.mod": GOMOD, f"{BASE}.zip": ZIP})
        running.pages[f"{BASE}.info"] = b'{"Version":"v1.0.0"}'
        yield running


class World:
    """A repository that needs one module, and what a scan says of it."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run = run
        self.folder = folder
        self.environ = {
            "GOENV": "off", "GOROOT": "/nonexistent", "GOSUMDB": "off",
            "COMPLIANCE_CACHE": str(folder / "cache"),
        }  # fmt: skip
        self.repo = folder / "repo"
        self.repo.mkdir()
        self.require()
        self.sums(SUM, h1_gomod(GOMOD))

    def require(self, *modules: ModuleVersion) -> None:
        """The repository needs M, and these."""
        every = (M, *modules)
        lines = "".join(f"require {m.path} {m.version}\n" for m in every)
        (self.repo / "go.mod").write_text(f"module app.example\n\ngo 1.16\n\n{lines}")
        imports = "".join(f'import _ "{m.path}"\n' for m in every)
        (self.repo / "main.go").write_text(f"package main\n\n{imports}\nfunc main() {{}}\n")

    def sums(self, zip_sum: str, gomod_sum: str) -> None:
        lines = ((M.version, zip_sum), (f"{M.version}/go.mod", gomod_sum))
        text = "".join(f"{M.path} {version} {value}\n" for version, value in lines if value)
        (self.repo / "go.sum").write_text(text)

    def scan(self, *flags: str, **environ: str) -> tuple[int, dict[str, Any]]:
        out = self.folder / "out"
        names = {**self.environ, **environ}
        done = self.run("scan", self.repo, "-o", out, "--format", "json", *flags, **names)
        assert "Traceback" not in done.stderr
        assert "defect" not in done.stderr
        report = json.loads((out / "report.json").read_text("utf-8"))
        return done.returncode, report

    def verification(self, report: dict[str, Any]) -> str:
        return next(m["verification"] for m in report["modules"] if m["path"] == M.path)


@pytest.fixture
def world(run: Run, tmp_path: Path) -> World:
    return World(run, tmp_path)


def messages(report: dict[str, Any], code: str) -> list[str]:
    return [f["message"] for f in report["findings"] if f["code"] == code]


def test_an_empty_module_cache_is_filled_into_ours_only(world: World, proxy: Server) -> None:
    status, report = world.scan(GOPROXY=proxy.url, GOMODCACHE=str(world.folder / "gocache"))
    assert (status, world.verification(report)) == (0, "go.sum")
    assert not (world.folder / "gocache").exists()
    proxy.asked.clear()
    again = world.scan("--offline", GOPROXY=proxy.url, GOMODCACHE=str(world.folder / "gocache"))
    assert again[0] == 0
    assert again[1]["modules"] == report["modules"]
    assert proxy.asked == []


@pytest.mark.parametrize(("go", "fetched"), [("1.16", True), ("1.17", False)])
def test_sources_that_go_mod_does_not_name_are_not_downloaded(
    world: World, proxy: Server, go: str, fetched: bool
) -> None:
    """From go 1.17 on, go.mod names all that may be linked; go.sum lists more (tests of M)."""
    other = ModuleVersion("tests.example/t", "v1.0.0")
    gomod = b"module tests.example/t\n\ngo 1.20\n"
    source = module_zip(other, {"go.mod": gomod, "t.go": b"package t\n"})
    needing = GOMOD.replace(b"1.20", b"1.16") + b"\nrequire tests.example/t v1.0.0\n"
    zipped = module_zip(M, {**FILES, "go.mod": needing})
    proxy.pages |= {
        f"{BASE}.mod": needing, f"{BASE}.zip": zipped,
        "/tests.example/t/@v/v1.0.0.mod": gomod, "/tests.example/t/@v/v1.0.0.zip": source,
    }  # fmt: skip
    world.sums(ZipFiles.of(M, zipped).h1(), h1_gomod(needing))
    with (world.repo / "go.sum").open("a") as sums:
        sums.write(f"{other.path} {other.version} {ZipFiles.of(other, source).h1()}\n")
        sums.write(f"{other.path} {other.version}/go.mod {h1_gomod(gomod)}\n")
    file = world.repo / "go.mod"
    file.write_text(file.read_text().replace("go 1.16", f"go {go}"))
    status, report = world.scan(GOPROXY=proxy.url, GOMODCACHE=str(world.folder / "gocache"))
    assert (status, world.verification(report)) == (0, "go.sum")
    assert other.path in {m["path"] for m in report["modules"]}
    assert (f"/{other.path}/@v/{other.version}.zip" in proxy.asked) is fetched
    # What was fetched and not needed is in our cache now, and the report says the same of it.
    again = world.scan(GOPROXY=proxy.url, GOMODCACHE=str(world.folder / "gocache"))
    assert again == (status, report)


def download_locations(world: World, *flags: str, **environ: str) -> list[str | None]:
    """Where each bill says that the bytes of M came from."""
    out = world.folder / "bills"
    formats = "spdx-json,spdx3-json,cyclonedx-json"
    names = {**world.environ, **environ}
    done = world.run("scan", world.repo, "-o", out, "--format", formats, *flags, **names)
    assert done.returncode == 0, done.stderr
    for file in out.iterdir():
        assert "hunter2" not in file.read_text("utf-8")
    old, new, cdx = (
        json.loads((out / f"sbom.{n}.json").read_text("utf-8")) for n in ("spdx", "spdx3", "cdx")
    )
    (package,) = [p for p in old["packages"] if p["name"] == M.path]
    (element,) = [
        e for e in new["@graph"] if e["type"] == "software_Package" and e["name"] == M.path
    ]
    (component,) = [c for c in cdx["components"] if c["name"] == M.path]
    refs = {r["type"]: r["url"] for r in component["externalReferences"]}
    return [
        package["downloadLocation"],
        element.get("software_downloadLocation"),
        refs.get("distribution"),
    ]


def test_bills_name_the_place_that_a_zip_was_fetched_from(world: World, proxy: Server) -> None:
    """Through a web proxy on the loopback interface, since an address there is none for others."""
    place = "http://mirror.example.com"
    proxy.pages |= {f"{place}{path}": page for path, page in proxy.pages.items()}
    web = {"http_proxy": proxy.url, "GOPROXY": place}
    expected = [f"{place}{BASE}.zip"] * 3
    assert download_locations(world, **web) == expected
    assert download_locations(world, **web) == expected
    assert download_locations(world, "--offline") == expected
    # Bytes in vendor/ came with the repository, whatever lies in a cache.
    vendored = world.repo / "vendor" / M.path
    vendored.mkdir(parents=True)
    for name, content in FILES.items():
        (vendored / name).write_bytes(content)
    listed = f"# {M.path} {M.version}\n## explicit; go 1.20\n{M.path}\n"
    (world.repo / "vendor" / "modules.txt").write_text(listed)
    assert download_locations(world, "--offline", GOFLAGS="-mod=vendor") == [
        "NOASSERTION", None, None,
    ]  # fmt: skip
    bill = json.loads((world.folder / "bills" / "sbom.spdx.json").read_text("utf-8"))
    assert not any("checksums" in p for p in bill["packages"])
    # Compared with what was published, it is known to be that.
    assert download_locations(world, "--verify-vendor", GOFLAGS="-mod=vendor", **web) == [
        "NOASSERTION", None, None,
    ]  # fmt: skip
    bill = json.loads((world.folder / "bills" / "sbom.spdx.json").read_text("utf-8"))
    (package,) = [p for p in bill["packages"] if p["name"] == M.path]
    sums = {c["algorithm"]: c["checksumValue"] for c in package["checksums"]}
    assert sums["SHA256"] == hashlib.sha256(ZIP).hexdigest()


def test_a_download_location_holds_no_credentials(world: World, tmp_path: Path) -> None:
    certificate = write_certificate(tmp_path / "both.pem")
    with Server(certificate=certificate) as proxy:
        proxy.pages.update({f"{BASE}.mod": GOMOD, f"{BASE}.zip": ZIP})
        place = proxy.url.replace("https://", "https://me:hunter2@") + "/?token=hunter2"
        proxy.fallback = lambda path: (
            (200, {}, proxy.pages[path.removeprefix("/?token=hunter2")])
            if path.removeprefix("/?token=hunter2") in proxy.pages
            else (404, {}, b"")
        )
        found = download_locations(world, GOPROXY=place, SSL_CERT_FILE=certificate)
    assert found == ["NOASSERTION", None, None]  # an address of this machine is none for others
    (kept,) = (tmp_path / "cache").rglob("*.from")
    assert "hunter2" not in kept.read_text("utf-8")


def test_a_module_that_nothing_needs_is_told_the_same_whatever_the_caches_hold(
    world: World, proxy: Server
) -> None:
    (world.repo / "main.go").write_text("package main\n\nfunc main() {}\n")
    world.sums("", h1_gomod(GOMOD))
    without = world.scan(GOPROXY=proxy.url)[1]
    (world.repo / "main.go").write_text(
        'package main\n\nimport _ "dep.example/m"\n\nfunc main() {}\n'
    )
    assert (
        world.verification(world.scan(GOPROXY=proxy.url)[1]) == "missing"
    )  # its zip is at hand now
    (world.repo / "main.go").write_text("package main\n\nfunc main() {}\n")
    again = world.scan(GOPROXY=proxy.url)[1]
    assert (world.verification(without), without["modules"]) == ("go.sum", again["modules"])


def test_goproxy_of_the_command_line_and_a_file_proxy(world: World, proxy: Server) -> None:
    store = world.folder / "store"
    for path, page in proxy.pages.items():
        target = store / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(page)
    assert world.scan(GOPROXY=f"file://{store}")[0] == 0
    other = {"COMPLIANCE_CACHE": str(world.folder / "second"), "GOPROXY": "off"}
    assert world.scan("--goproxy", proxy.url, **other)[0] == 0
    assert proxy.asked


def test_offline_and_off_say_what_was_tried(world: World, proxy: Server) -> None:
    for flags, environ, words in (
        (("--offline",), {"GOPROXY": proxy.url}, "offline"),
        ((), {"GOPROXY": "off"}, "GOPROXY=off"),
        ((), {"GOPROXY": ""}, "GOPROXY is not set"),
        ((), {"GOPROXY": f"{proxy.url}/none,{proxy.url}/more"}, "/more/dep.example/m/@v"),
        ((), {"GOPROXY": proxy.url, "GOPRIVATE": "dep.example", "GOVCS": "*:off"}, "dep.example"),
    ):
        status, report = world.scan(*flags, **environ)
        assert status == 3
        assert any(words in m for m in messages(report, "module-unavailable")), words
        assert report["gate"]["outcome"] == "incomplete"
    assert not [p for p in proxy.asked if not p.startswith(("/none", "/more"))]


def test_what_was_missing_is_looked_for_again(world: World, proxy: Server) -> None:
    """An incomplete run is never the remembered answer to a later one."""
    pages, proxy.pages = proxy.pages, {}
    for _ in range(2):
        assert world.scan(GOPROXY=proxy.url)[0] == 3
    time.sleep(2.1)  # what a run read would be old enough to be remembered
    assert world.scan("--offline", GOPROXY=proxy.url)[0] == 3
    proxy.pages = pages
    assert world.scan(GOPROXY=proxy.url)[0] == 0
    assert world.scan("--offline", GOPROXY=proxy.url)[0] == 0


@pytest.mark.parametrize(
    ("zip_sum", "environ", "status", "expected"),
    [
        (SUM, {}, 0, "go.sum"),
        ("", {}, 0, "missing"),
        ("", {"GONOSUMDB": "dep.example"}, 0, "unverifiable"),
        ("", {"GOSUMDB": "LOG"}, 0, "checksum-database"),
        ("h1:AAAA=", {}, 3, "mismatch"),
        ("", {"GOSUMDB": "LIAR"}, 3, "mismatch"),
    ],
)
def test_verification_says_who_vouches(
    world: World, proxy: Server, zip_sum: str, environ: dict[str, str], status: int, expected: str
) -> None:
    world.sums(zip_sum, h1_gomod(GOMOD))
    log = PublicLog()
    log.fill(5)
    log.add(M.path, M.version, SUM if environ.get("GOSUMDB") != "LIAR" else "h1:AAAA=")
    proxy.fallback = answers(log)
    if environ.get("GOSUMDB"):
        environ = {"GOSUMDB": log.key}
    got, report = world.scan("--fail-on", "never", GOPROXY=proxy.url, **environ)
    assert (got, world.verification(report)) == (status, expected)
    assert bool(messages(report, "checksum-missing")) == (expected == "missing")
    assert bool(messages(report, "checksum-mismatch")) == (expected == "mismatch")


def answers(log: PublicLog) -> Callable[[str], Any]:
    prefix = f"/sumdb/{log.name}/"

    def page(path: str) -> Any:
        if not path.startswith(prefix):
            return (404, {}, b"")
        try:
            return b"" if path.endswith("/supported") else log.read(path.removeprefix(prefix))
        except Exception:  # noqa: BLE001 - what the log does not know is not found
            return (404, {}, b"")

    return page


def test_a_fork_of_the_checksum_database_blocks_and_is_kept(world: World, proxy: Server) -> None:
    world.sums("", h1_gomod(GOMOD))
    log = PublicLog()
    log.fill(9)
    log.add(M.path, M.version, SUM)
    proxy.fallback = answers(log)
    assert world.scan(GOPROXY=proxy.url, GOSUMDB=log.key)[0] == 0
    log.records[3] = b"dep.example/evil v1.0.0 h1:e=\ndep.example/evil v1.0.0/go.mod h1:e=\n"
    log.add("dep.example/n", "v1.0.0", "h1:n=")
    for name in ("lookup", "tile"):
        for kept in sorted(world.folder.rglob(name)):
            kept.rename(kept.with_name(f"old-{name}"))
    status, report = world.scan(GOPROXY=proxy.url, GOSUMDB=log.key)
    assert status == 3
    (message,) = messages(report, "checksum-database-fork")
    assert message.count("go.sum database tree") == 2
    (proof,) = world.folder.rglob("forks/*.txt")
    assert proof.read_text().count("\u2014 sums.example.com") == 2
    assert world.verification(report) == "mismatch"


@pytest.mark.parametrize(
    ("bad", "first", "cause"),
    [
        ({**FILES, "n.go": b"package m // two\n"}, "n.go", "tagged again"),
        ({k: v.replace(b"\n", b"\r\n") for k, v in FILES.items()}, "LICENSE", "line ends"),
        ({**FILES, "x.go": b"package m\n"}, "x.go", "added or left out"),
        ({k: v + b"// seen by us\n" for k, v in FILES.items()}, "LICENSE", "rewrites"),
    ],
)
def test_a_mismatch_is_explained(
    world: World, proxy: Server, bad: dict[str, bytes], first: str, cause: str
) -> None:
    with Server() as evil:
        evil.pages = {**proxy.pages, f"{BASE}.zip": module_zip(M, bad)}
        status, report = world.scan(GOPROXY=f"{evil.url},{proxy.url}")
        wrong = ZipFiles.of(M, evil.pages[f"{BASE}.zip"]).h1()
        assert (status, world.verification(report)) == (3, "mismatch")
        (message,) = messages(report, "checksum-mismatch")
        for part in (
            f"{evil.url}{BASE}.zip: {wrong}", f"{proxy.url}{BASE}.zip: {SUM} (as expected)",
            f"expected {SUM}", f"differs first in {first} ", cause,
        ):  # fmt: skip
            assert part in message
        chain = {**world.environ, "GOPROXY": f"{evil.url},{proxy.url}"}
        shown = world.run("scan", world.repo, **chain)
        assert shown.returncode == 3
        assert f"differs first in {first}" in " ".join(shown.stdout.split())
    assert not list(world.folder.rglob("*.zip"))


def test_an_edited_folder_of_the_module_cache_is_told(world: World, proxy: Server) -> None:
    cache = world.folder / "go/pkg/mod"
    for name, content in {**FILES, "n.go": b"package m // mine\n"}.items():
        target = cache / "dep.example/m@v1.0.0" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    status, report = world.scan(GOPROXY=proxy.url)
    (message,) = messages(report, "checksum-mismatch")
    assert (status, world.verification(report)) == (3, "mismatch")
    assert "$GOMODCACHE/dep.example/m@v1.0.0 differs first in n.go" in message
    assert "edited" in message


def test_a_go_mod_that_differs_from_go_sum_is_never_used(world: World, proxy: Server) -> None:
    proxy.pages[f"{BASE}.mod"] = b"module dep.example/m\n\nrequire evil.example/x v1.0.0\n"
    status, report = world.scan(GOPROXY=proxy.url)
    assert status == 3
    assert any("differs from go.sum" in m for m in messages(report, "module-unavailable"))
    fresh = {"GOPROXY": proxy.url, "COMPLIANCE_CACHE": str(world.folder / "second")}
    done = world.run("modules", world.repo, "--json", **{**world.environ, **fresh})
    assert done.returncode == 3
    listed = {m["path"]: m["verification"] for m in json.loads(done.stdout)["modules"]}
    assert listed[M.path] == "mismatch"


# --- zips made to harm ----------------------------------------------------------------------------


def test_zips_made_to_harm_are_unavailable_or_mismatches(
    world: World, proxy: Server, peak: Callable[..., int]
) -> None:
    """All in one run, every second one with a line in go.sum."""
    bad = {kind: ModuleVersion(f"dep.example/{kind}", "v1.0.0") for kind in ZIPS}
    world.require(*bad.values())
    for number, (kind, m) in enumerate(bad.items()):
        proxy.pages[f"/{m.path}/@v/v1.0.0.mod"] = f"module {m.path}\n".encode()
        proxy.pages[f"/{m.path}/@v/v1.0.0.zip"] = ZIPS[kind](m)
        if number % 2:
            with (world.repo / "go.sum").open("a") as file:
                file.write(f"{m.path} {m.version} h1:AAAA=\n")
    before = set(world.folder.rglob("*"))
    started = time.monotonic()
    status, report = world.scan("--fail-on", "never", GOPROXY=proxy.url)
    assert time.monotonic() - started < 60
    assert status == 3
    told = " ".join(messages(report, "module-unavailable") + messages(report, "checksum-mismatch"))
    assert [kind for kind, m in bad.items() if str(m) not in told] == []
    written = set(world.folder.rglob("*")) - before
    allowed = (world.folder / "cache", world.folder / "out")
    assert [p for p in written if not any(p == a or a in p.parents for a in allowed)] == []
    left = [p for p in written if p.suffix == ".zip" or p.name.startswith(".tmp-")]
    assert [p.parent.parent.name for p in left] == ["m"]  # the one good module
    names = {**world.environ, "GOPROXY": proxy.url}
    assert peak("scan", world.repo, "-o", world.folder / "out", **names) < 1 << 20


# --- servers made to harm -------------------------------------------------------------------------


def short(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"x")
    handler.close_connection = True


def crlf(handler: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: /x\rSet-Cookie: a=b\r\nX\x00: y\r\n\r\n")
    handler.close_connection = True


SERVERS: dict[str, Any] = {
    "short body": short,
    "headers with CR": crlf,
    "redirect to a file": (302, {"Location": "file:///etc/passwd"}, b""),
    "redirect to another scheme": (302, {"Location": "gopher://127.0.0.1/"}, b""),
    "circle": b"",
    "page with 200": b"<html>Please sign in</html>",
    "longer than announced": (200, {"Content-Length": "3"}, GOMOD),
    "long wait": (503, {"Retry-After": "86400"}, b""),
    "gone": (410, {}, b"gone"),
}


def test_servers_made_to_harm_are_no_source(world: World, proxy: Server) -> None:
    names = {kind: f"dep.example/{kind.replace(' ', '-')}" for kind in SERVERS}
    world.require(*(ModuleVersion(name, "v1.0.0") for name in names.values()))
    for kind, page in SERVERS.items():
        place = f"/{names[kind]}/@v/v1.0.0.mod"
        proxy.pages[place] = (302, {"Location": place}, b"") if kind == "circle" else page
    started = time.monotonic()
    status, report = world.scan("--fail-on", "never", GOPROXY=proxy.url)
    assert time.monotonic() - started < 30
    assert status == 3
    bad = " ".join(messages(report, "module-unavailable"))
    assert [name for name in names.values() if f"{name}@v1.0.0" not in bad] == []
