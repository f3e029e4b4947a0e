"""Settings and module sums against the go command on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from compliance.golang import Module, ModuleVersion
from compliance.integrity import Voucher, h1_gomod, parse_gosum
from compliance.sources import Acquirer, Repository, go_settings
from compliance.sources.archive import ZipFiles
from compliance.sources.download import DownloadFolder
from tests.sources.loopback import Server

GO = shutil.which("go")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(GO is None, reason="the go command is not on PATH"),
]

NAMES = (
    "GOARCH", "GOAUTH", "GOENV", "GOEXPERIMENT", "GOFLAGS", "GOINSECURE", "GOMODCACHE",
    "GONOPROXY", "GONOSUMDB", "GOOS", "GOPATH", "GOPRIVATE", "GOPROXY", "GOROOT", "GOSUMDB",
    "GOTOOLCHAIN", "GOVCS", "GO111MODULE", "GOAMD64", "GOARM", "GOARM64", "GO386", "GOMIPS",
    "GOMIPS64", "GOPPC64", "GORISCV64", "GOFIPS140",
)  # fmt: skip


def go_env(environ, cwd):
    run = subprocess.run(
        [GO, "env", "-json"], env=environ, cwd=cwd, check=True, capture_output=True, text=True
    )
    return json.loads(run.stdout)


ENVIRONMENTS = {
    "nothing set": {},
    "cross": {"GOOS": "windows", "GOARCH": "arm64"},
    "arm": {"GOARCH": "arm"},
    "mips": {"GOARCH": "mipsle", "GOMIPS": "softfloat"},
    "riscv": {"GOARCH": "riscv64"},
    "386": {"GOARCH": "386"},
    "ppc": {"GOARCH": "ppc64le"},
    "private": {"GOPRIVATE": "*.example.com,example.org/x"},
    "private split": {"GOPRIVATE": "a.example", "GONOPROXY": "none", "GONOSUMDB": "b.example"},
    "proxy": {"GOPROXY": "https://proxy.example|direct", "GOSUMDB": "off"},
    "proxy off": {"GOPROXY": "off"},
    "empty counts as unset": {"GOPROXY": "", "GOFLAGS": ""},
    "GOPATH list": {"GOPATH": "/srv/a:/srv/b"},
    "GOMODCACHE": {"GOMODCACHE": "/srv/cache", "GOPATH": "/srv/a"},
    "no cgo": {"CGO_ENABLED": "0"},
    "cgo for another system": {"CGO_ENABLED": "1", "GOOS": "windows"},
    "no compiler": {"PATH": "GO ONLY"},
    "CC named": {"PATH": "GO ONLY", "CC": "/opt/cc"},
    "GOENV off": {"GOENV": "off"},
    "GOENV elsewhere": {"GOENV": "FILE"},
    "XDG_CONFIG_HOME": {"XDG_CONFIG_HOME": "CONFIG"},
    "flags": {"GOFLAGS": "-mod=mod '-tags=a b' -trimpath"},
    "experiment": {"GOEXPERIMENT": "none"},
}

USER_FILE = """\
# a comment
GOPROXY=https://user.example,off
GOFLAGS=-mod=vendor
GOSUMDB=
GOPRIVATE=old.example
GOPRIVATE=new.example
lower=ignored
not a line
CGO_ENABLED=0
"""


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_settings_are_those_of_go_env(name, tmp_path):
    home = tmp_path / "home"
    (home / ".config" / "go").mkdir(parents=True)
    (tmp_path / "config" / "go").mkdir(parents=True)
    (tmp_path / "config" / "go" / "env").write_text(USER_FILE)
    (tmp_path / "userfile").write_text(USER_FILE)
    only = tmp_path / "bin"
    only.mkdir()
    (only / "go").symlink_to(os.path.realpath(GO))
    places = {"FILE": tmp_path / "userfile", "CONFIG": tmp_path / "config", "GO ONLY": only}
    words = {word: str(place) for word, place in places.items()}
    given = {key: words.get(value, value) for key, value in ENVIRONMENTS[name].items()}
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), **given}
    expected = go_env(environ, tmp_path)
    ours = go_settings(environ, str(home))
    differences = {
        key: (ours.get(key), expected[key])
        for key in NAMES
        if key in expected and ours.get(key) != expected[key]
    }
    if ENVIRONMENTS[name].get("GOENV") == "off":
        differences.pop("GOENV", None)  # go prints an empty name there
    assert differences == {}
    assert ours.cgo(ours.goos, ours.goarch) == (expected["CGO_ENABLED"] == "1")
    assert f"go{ours.go_version}" == expected["GOVERSION"]


WRITTEN = {
    "GOPROXY": "https://a.example|https://b.example,direct", "GOFLAGS": "'-tags=a b' -trimpath",
    "GOPRIVATE": "*.corp.example,git.example/x", "GONOSUMDB": "none", "GOSUMDB": "off",
    "GOINSECURE": "old.example", "GOAUTH": "off", "GOVCS": "public:git,private:all",
    "GOAMD64": "v3", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local",
}  # fmt: skip


@pytest.mark.parametrize("override", [{}, {"GOPROXY": "off"}, {"GONOSUMDB": ""}, {"GOENV": "off"}])
def test_what_go_env_writes_is_read_and_its_place_is_named(tmp_path, override):
    home = tmp_path / "home"
    home.mkdir()
    environ = {"PATH": os.environ["PATH"], "HOME": str(home)}
    words = [f"{name}={value}" for name, value in WRITTEN.items()]
    subprocess.run([GO, "env", "-w", *words], env=environ, cwd=tmp_path, check=True)
    environ |= override
    expected = go_env(environ, tmp_path)
    ours = go_settings(environ, str(home))
    names = [n for n in NAMES if n in expected and n != "GOENV"]
    assert {n: ours.get(n) for n in names} == {n: expected[n] for n in names}
    file = str(home / ".config/go/env")
    for name in WRITTEN:
        if override.get("GOENV"):
            assert ours.origin(name) != file
        elif not override.get(name):
            assert ours.origin(name) == file
        else:
            assert ours.origin(name) == "environment"


def test_a_go_env_of_the_installation_counts_last(tmp_path):
    """A copy of GOROOT with another go.env, as a distribution or a company ships it."""
    root = tmp_path / "goroot"
    real = Path(subprocess.run([GO, "env", "GOROOT"], capture_output=True, text=True,
                               check=True).stdout.strip())  # fmt: skip
    root.mkdir()
    for entry in real.iterdir():
        if entry.name != "go.env":
            (root / entry.name).symlink_to(entry)
    (root / "go.env").write_text("GOPROXY=https://inside.example\nGOSUMDB=off\nGOTOOLCHAIN=local\n")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GOROOT": str(root),
               "GOENV": "off"}  # fmt: skip
    expected = go_env(environ, tmp_path)
    ours = go_settings(environ, str(tmp_path))
    for name in ("GOPROXY", "GOSUMDB", "GOTOOLCHAIN"):
        assert ours.get(name) == expected[name]
        assert ours.origin(name) == f"{root}/go.env"


def make_universe(root: Path) -> None:
    """Two published modules, one of which requires the other, behind a loopback proxy."""
    root.mkdir()
    (root / "go.mod").write_text(
        "module example.com/main\n\ngo 1.20\n\nrequire (\n\texample.com/Lib v1.2.3\n"
        "\texample.com/lib/v2 v2.0.0-20200101000000-abcdefabcdef\n)\n"
    )
    (root / "main.go").write_text(
        'package main\n\nimport (\n\t_ "example.com/Lib"\n\t_ "example.com/lib/v2"\n)\n\n'
        "func main() {}\n"
    )


@pytest.fixture
def downloaded(tmp_path):
    """A module cache that the go command filled, and the go.sum that it wrote."""
    one = ModuleVersion("example.com/Lib", "v1.2.3")
    two = ModuleVersion("example.com/lib/v2", "v2.0.0-20200101000000-abcdefabcdef")
    root = tmp_path / "main"
    make_universe(root)
    with Server() as proxy:
        for module in (one, two):
            files = {
                "go.mod": f"module {module.path}\n".encode(), "LICENSE": b"text\r\n\xff",
                "lib.go": b"package lib\n", "deep/er/x_test.go": b"package er\n",
                "name with space.txt": b"", "\u00fcml\u00e4ut.txt": b"x" * 100_000,
            }  # fmt: skip
            proxy.serve_module(module, files)
        for page in list(proxy.pages):
            if "/Lib/" in page:
                proxy.pages[page.replace("/Lib/", "/!lib/")] = proxy.pages[page]
        environ = {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "GOPROXY": proxy.url,
            "GONOSUMDB": "*", "GOFLAGS": "-mod=mod -modcacherw", "GOTOOLCHAIN": "local",
            "GOENV": "off",
        }  # fmt: skip
        subprocess.run([GO, "mod", "tidy"], cwd=root, env=environ, check=True, capture_output=True)
    return root, environ, (one, two)


def test_sums_are_those_that_the_go_command_writes(downloaded):
    root, environ, modules = downloaded
    sums = parse_gosum((root / "go.sum").read_bytes(), file="go.sum")
    settings = go_settings(environ, environ["HOME"])
    folder = DownloadFolder(root=f"{settings.module_cache}/cache/download")
    for module in modules:
        assert ZipFiles.at(module, folder.path(module, "zip")).h1() == sums.of_zip(module)
        assert h1_gomod(folder.read(module, "mod")) == sums.of_gomod(module)
        for deep in (False, True):
            acquirer = Acquirer(settings=settings, offline=True, go_sum=sums, deep=deep)
            tree = acquirer.tree(Module(id=module), Repository.open(str(root)))
            assert (tree.where, tree.verification.voucher) == ("module-cache", Voucher.GO_SUM)
            assert tree.files.read("LICENSE") == b"text\r\n\xff"


@pytest.mark.parametrize("deep", [False, True])
def test_a_change_that_go_mod_verify_finds_is_found(downloaded, deep):
    root, environ, (module, _) = downloaded
    settings = go_settings(environ, environ["HOME"])
    sums = parse_gosum((root / "go.sum").read_bytes(), file="go.sum")
    (Path(settings.module_cache) / "example.com" / "!lib@v1.2.3" / "LICENSE").write_bytes(b"other")
    verify = subprocess.run(
        [GO, "mod", "verify"], cwd=root, env=environ, check=False, capture_output=True
    )
    assert verify.returncode != 0
    acquirer = Acquirer(settings=settings, offline=True, go_sum=sums, deep=deep)
    tree = acquirer.tree(Module(id=module), Repository.open(str(root)))
    assert tree.verification.voucher is Voucher.MISMATCH
    assert tree.files is None
