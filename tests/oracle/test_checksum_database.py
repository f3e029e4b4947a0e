"""The checksum database: golang.org/x/mod's own server, honest and lying, and the real one.

The go command is asked the same of the same server: what it refuses, we refuse.
"""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from compliance.golang import Module, ModuleVersion
from compliance.integrity import GoSum, Voucher, h1_gomod
from compliance.sources import Acquirer, Repository, Transport, go_settings
from compliance.sources.archive import ZipFiles
from tests.oracle.goworld import GO, goroot
from tests.oracle.xmod import build
from tests.sources.loopback import Server, module_zip

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(GO is None, reason="the go command is not on PATH"),
]

MODULES = [ModuleVersion(f"example.com/m{n}", "v1.0.0") for n in range(6)]
UNKNOWN = ModuleVersion("example.com/unknown", "v1.0.0")


def files(m):
    return {"go.mod": f"module {m.path}\n".encode(), "m.go": b"package m\n"}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return build(tmp_path_factory.mktemp("sumdb"), "sumdb.go")


@pytest.fixture(scope="module")
def proxy():
    with Server() as running:
        for m in (*MODULES, UNKNOWN):
            running.serve_module(m, files(m))
        yield running


@pytest.fixture
def database(program):
    """A server of its own for each test: (key, URL)."""
    records = {}
    for m in MODULES:
        total = ZipFiles.of(m, module_zip(m, files(m))).h1()
        gomod = h1_gomod(files(m)["go.mod"])
        lines = f"{m.path} {m.version} {total}\n{m.path} {m.version}/go.mod {gomod}\n"
        records[f"{m.path} {m.version}"] = lines
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write(json.dumps({"name": "sums.example.com", "records": records}))
    process.stdin.close()
    said = json.loads(process.stdout.readline())
    yield said["key"], said["url"]
    process.kill()
    process.wait()
    process.stdout.close()


SITUATIONS = {
    "honest": [("honest", 0), ("honest", 1), ("honest", 0)],
    "forged signature": [("forged", 0)],
    "signed by a stranger": [("stranger", 0)],
    "not signed": [("unsigned", 0)],
    "forged later": [("honest", 0), ("forged", 1), ("honest", 2)],
    "another record": [("record", 0)],
    "another number": [("number", 0)],
    "wrong inclusion": [("tile", 0)],
    "short tile": [("short", 0)],
    "wrong consistency": [("honest", 0), ("tile", 1)],
    "rolled back": [("honest", 0), ("remember", 0), ("honest", 1), ("rollback", 0),
                    ("rollback", 2)],
    "split view": [("honest", 0), ("other", 1), ("honest", 2)],
    "record of another module": [("honest", 0), ("swap", 1)],
    "unknown module": [("honest", 0), ("honest", "unknown")],
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_the_go_command_refuses_is_refused(database, proxy, tmp_path, name):
    key, url = database
    home = tmp_path / "theirs"
    home.mkdir()
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(home), "GOPROXY": proxy.url, "GOENV": "off",
        "GOSUMDB": f"{key} {url}", "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local",
    }  # fmt: skip
    settings = go_settings(environ, str(tmp_path / "ours"))
    forked = False
    for mode, which in SITUATIONS[name]:
        Transport().get(f"{url}/control/{mode}", 1 << 20)
        if mode == "remember":
            continue
        m = UNKNOWN if which == "unknown" else MODULES[which]
        run = subprocess.run(
            [GO, "mod", "download", "-json", str(m)], cwd=home, env=environ, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        theirs = run.returncode == 0
        # Each of these is a run of its own, with what the runs before it kept.
        acquirer = Acquirer(
            settings=settings, offline=False, cache_dir=str(tmp_path / "own"),
            transport=Transport(sleep=lambda _: None),
        )  # fmt: skip
        tree = acquirer.tree(Module(id=m), Repository.open(str(home)))
        ours = tree.verification.voucher is Voucher.CHECKSUM_DATABASE
        assert (mode, which, ours) == (mode, which, theirs), run.stdout
        if theirs:
            assert tree.verification.actual == json.loads(run.stdout)["Sum"]
        else:
            expected = (
                (Voucher.MISSING,) if which == "unknown" or mode in ("swap", "short")
                else (Voucher.MISMATCH,)
            )  # fmt: skip
            assert tree.verification.voucher in (*expected, Voucher.MISMATCH)
        forked = forked or acquirer.database.fork is not None
    assert forked == (name == "split view")
    if forked:
        (proof,) = (tmp_path / "own" / "forks").iterdir()
        assert proof.read_text().count("\u2014 sums.example.com ") == 2


def test_the_real_database_through_the_module_proxy(tmp_path):
    """Every line of a go.sum that came with the toolchain, against the public log."""
    settings = go_settings(dict(os.environ), str(tmp_path))
    if not settings.get("GOPROXY") or settings.get("GOPROXY").startswith("off"):
        pytest.skip("no module proxy is set")
    acquirer = Acquirer(settings=settings, offline=False, cache_dir=str(tmp_path / "own"))
    lines = [line.split() for line in (goroot() / "src/cmd/go.sum").read_text().splitlines()]
    zips = [(ModuleVersion(p, v), s) for p, v, s in lines if not v.endswith("/go.mod")][:5]
    first = acquirer.database.zip_sum(zips[0][0])
    if not first.sum and not first.refused:
        pytest.skip(f"the checksum database is out of reach: {first.because}")
    for m, expected in zips:
        assert acquirer.database.zip_sum(m).sum == expected
    again = Acquirer(settings=settings, offline=True, cache_dir=str(tmp_path / "own"))
    assert again.database.zip_sum(zips[0][0]).sum == zips[0][1]
    assert Acquirer(settings=settings, offline=True, go_sum=GoSum(sums={})).database.fork is None
