"""Modules from git: the same bytes as the go command makes, for awkward repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from compliance.errors import ModuleUnavailableError
from compliance.golang import Module, ModuleVersion
from compliance.integrity import h1_gomod
from compliance.sources import Acquirer, Repository, go_settings
from compliance.sources.direct import DirectSource

GO = shutil.which("go")
GIT = shutil.which("git")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(GO is None or GIT is None, reason="needs the go command and git"),
]

ENV = {
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": os.environ["PATH"],
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_AUTHOR_DATE": "2021-02-03T04:05:06+09:00",
    "GIT_COMMITTER_DATE": "2021-02-03T04:05:06+09:00",
}  # fmt: skip


def git(folder, *args):
    run = subprocess.run(
        ["git", *args], cwd=folder, env=ENV, check=True, capture_output=True, text=True
    )
    return run.stdout.strip()


def put(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


COMMON = {
    "LICENSE": b"root license\n", "go.mod": b"module github.com/acme/thing\n\ngo 1.20\n",
    "a.go": b"package thing\n", "win.bat": b"echo\n", ".gitattributes": b"*.bat text eol=crlf\n"
    b"version.txt export-subst\nhidden.txt export-ignore\n*.lfs filter=lfs\n",
    "version.txt": b"$Format:%H$\n", "hidden.txt": b"kept\n", "x.lfs": b"pointer\n",
    "vendor/modules.txt": b"# x\n", "vendor/example.com/x/x.go": b"package x\n",
    "pkg/vendor/vendor.go": b"package vendor\n", "pkg/vendor/in/in.go": b"package in\n",
    "sub/go.mod": b"module github.com/acme/thing/sub\n", "sub/s.go": b"package sub\n",
    "sub/own/LICENSE": b"not at the root of sub\n", "lic/LICENSE": b"own license\n",
    "lic/go.mod": b"module github.com/acme/thing/lic\n", "lic/README": b"x",
    "v2/go.mod": b"module github.com/acme/thing/v2\n",
    "v2/b.go": b"package thing\n", ".hg_archival.txt": b"x", "deep/er/GO.MOD.txt": b"x",
    "testdata/\xc3\xbc.txt".encode("latin-1").decode(): b"umlaut", "empty": b"",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Repositories of github.com/acme, and a home whose git looks for them on this disk."""
    home = tmp_path_factory.mktemp("home")
    root = home / "repos" / "acme" / "thing"
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    put(root, COMMON)
    (root / "link.txt").symlink_to("LICENSE")
    git(root, "add", "-f", ".")
    git(root, "commit", "-qm", "one")
    for tag in ("v1.0.0", "sub/v0.1.0", "lic/v1.2.0", "v2.0.0"):
        git(root, "tag", "-a", "-m", tag, tag)
    put(
        root, {"go.mod": b"module github.com/acme/thing\n\ngo 1.24\n", "new.go": b"package thing\n"}
    )
    git(root, "add", "-f", ".")
    git(root, "commit", "-qm", "two")
    git(root, "tag", "v1.1.0")
    put(root, {"later.go": b"package thing\n"})
    git(root, "add", ".")
    git(root, "commit", "-qm", "after the last tag")
    major = home / "repos" / "acme" / "major"
    major.mkdir()
    git(major, "init", "-q", "-b", "main")
    put(major, {"go.mod": b"module github.com/acme/major/v3\n", "m.go": b"package major\n"})
    git(major, "add", ".")
    git(major, "commit", "-qm", "three")
    git(major, "tag", "v3.0.0")
    git(major, "commit", "-q", "--allow-empty", "-m", "four")
    old = home / "repos" / "acme" / "old"
    old.mkdir()
    git(old, "init", "-q", "-b", "main")
    put(old, {"o.go": b"package old\n", "COPYING": b"text"})
    git(old, "add", ".")
    git(old, "commit", "-qm", "before modules")
    git(old, "tag", "v1.0.0")
    git(old, "tag", "v2.1.0")
    (home / ".gitconfig").write_text(
        f'[url "file://{home}/repos/"]\n\tinsteadOf = https://github.com/\n[protocol "file"]\n'
        "\tallow = always\n"
    )
    return home


def pseudo(world, name, base="v0.0.0"):
    commit = git(world / "repos" / "acme" / name, "rev-parse", "HEAD")
    return f"{base}-20210202190506-{commit[:12]}"


def go_download(home, module):
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(home), "GOPROXY": "direct", "GONOSUMDB": "*",
        "GOENV": "off", "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local", "GOVCS": "*:git",
    }  # fmt: skip
    run = subprocess.run(
        [GO, "mod", "download", "-json", str(module)], cwd=home, env=environ, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(run.stdout)


def acquirer(world, tmp_path, **environ):
    """Ours: git never sees the user's configuration, so the URL is rewritten for the test."""
    base = {"GOENV": "off", "GOPROXY": "direct", "PATH": os.environ["PATH"], "GOSUMDB": "off"}
    settings = go_settings({**base, **environ}, str(tmp_path))

    class Local(DirectSource):
        __slots__ = ()

        def _git(self, module):
            return Rewriting(super()._git(module))

    class Rewriting:
        def __init__(self, real):
            self.real = real

        def run(self, folder, *args):
            words = [a.replace("https://github.com/", f"file://{world}/repos/") for a in args]
            return self.real.run(folder, *words)

    direct = Local(
        settings=settings, cache_dir=str(tmp_path / "own"), get=None, page=None, protocols="file"
    )
    return Acquirer(
        settings=settings, offline=False, cache_dir=str(tmp_path / "own"), direct=direct
    )


THING = "github.com/acme/thing"
MODULES = {
    "root": (THING, "v1.0.0"),
    "root of a newer go": (THING, "v1.1.0"),
    "sub-folder without license": (THING + "/sub", "v0.1.0"),
    "sub-folder with license": (THING + "/lic", "v1.2.0"),
    "major version folder": (THING + "/v2", "v2.0.0"),
    "major version branch": ("github.com/acme/major/v3", "v3.0.0"),
    "before modules": ("github.com/acme/old", "v1.0.0"),
    "incompatible": ("github.com/acme/old", "v2.1.0+incompatible"),
    "pseudo-version": (THING, "PSEUDO thing v1.1.1-0."),
    "pseudo-version of a major version": ("github.com/acme/major/v3", "PSEUDO major v3.0.1-0."),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules_from_git_have_the_bytes_of_the_go_command(world, tmp_path, name):
    path, version = MODULES[name]
    if version.startswith("PSEUDO"):
        _, repo, base = version.split()
        version = base + pseudo(world, repo).split("-", 1)[1]
    module = ModuleVersion(path, version)
    expected = go_download(world, module)
    assert "Error" not in expected, expected
    ours = acquirer(world, tmp_path)
    tree = ours.tree(Module(id=module), Repository.open(str(tmp_path)))
    again = acquirer(world, tmp_path).tree(Module(id=module), Repository.open(str(tmp_path)))
    assert tree.verification.actual == again.verification.actual == expected["Sum"]
    assert tree.where == again.where == "vcs"
    assert tree.origin == again.origin
    assert tree.origin.url == expected["Origin"]["URL"]
    assert h1_gomod(ours.gomod(module)) == expected["GoModSum"]
    info = json.loads(Path(expected["Info"]).read_bytes())
    got = json.loads(ours.direct.fetch(module, "info", 1 << 20))
    assert {k: got[k] for k in ("Version", "Time")} == {k: info[k] for k in ("Version", "Time")}
    assert got["Origin"]["Hash"] == info["Origin"]["Hash"]


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (THING, "v9.9.9"), (THING + "/sub", "v9.0.0"), ("github.com/acme/none", "v1.0.0"),
        (THING, "v0.0.0-20210202190506-abcdefabcdef"), (THING + "/none", "v1.0.0"),
        (THING + "/v4", "v4.0.0"), ("github.com/acme/major", "v1.0.0"),
        (THING, "v0.0.0-20200101000000-COMMIT"),
    ],
)  # fmt: skip
def test_what_the_go_command_refuses_is_refused(world, tmp_path, path, version):
    head = git(world / "repos" / "acme" / "thing", "rev-parse", "HEAD")
    module = ModuleVersion(path, version.replace("COMMIT", head[:12]))
    assert "Error" in go_download(world, module)
    with pytest.raises(ModuleUnavailableError):
        acquirer(world, tmp_path).tree(Module(id=module), Repository.open(str(tmp_path)))
