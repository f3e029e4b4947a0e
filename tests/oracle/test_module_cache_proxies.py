"""Which proxies are asked, in which order, and who wins: the go command on the same servers."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess

import pytest

from compliance.errors import ComplianceError
from compliance.golang import ModuleVersion
from compliance.sources import Acquirer, Transport, go_settings
from tests.sources.loopback import Server

GO = shutil.which("go")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(GO is None, reason="the go command is not on PATH"),
]

M = ModuleVersion("example.com/m", "v1.0.0")
ANSWERS = ("ok", 404, 410, 403, 500)
LISTS = (
    *(f"A{s}B" for s in ",|"), "A,off", "A|off", "off,A", " A , , B ", "A|B,off", ",A",
)  # fmt: skip
PRIVATE = ({"GOPRIVATE": "example.com"}, {"GONOPROXY": "other.example"}, {"GONOPROXY": "none"})


def situations():
    for text, first, second in itertools.product(LISTS[:2], ANSWERS, ANSWERS):
        yield text, first, second, {}
    for text, first in itertools.product(LISTS[2:], ("ok", 404, 500)):
        yield text, first, "ok", {}
    for environ, first in itertools.product(PRIVATE, ("ok", 404)):
        yield "A,B,off", first, "ok", environ


SITUATIONS = list(situations())


@pytest.fixture(scope="module")
def servers():
    with Server() as a, Server() as b:
        b.log = a.log
        yield {"A": a, "B": b}


def arrange(servers, **answers):
    servers["A"].log.clear()
    for name, server in servers.items():
        server.asked.clear()
        server.pages.clear()
        answer = answers[name]
        if answer == "ok":
            server.serve_module(M, {"go.mod": f"module example.com/m // {name}\n".encode()})
            server.fallback = lambda _path: (404, {}, b"")
        else:
            server.fallback = lambda _path, status=answer: (status, {}, b"")


def asked(servers):
    """Servers that were asked for anything, in the order in which they were first asked."""
    ports = {server.port: name for name, server in servers.items()}
    return list(dict.fromkeys(ports[port] for port, _ in servers["A"].log))


def winner(data):
    return data.decode().split("// ")[1].strip() if data else None


@pytest.mark.parametrize(
    ("text", "first", "second", "environ"), SITUATIONS,
    ids=[f"{t}-{a}-{b}-{'-'.join(e)}" for t, a, b, e in SITUATIONS],
)  # fmt: skip
def test_the_same_server_wins(servers, tmp_path, text, first, second, environ):
    goproxy = text.replace("A", servers["A"].url).replace("B", servers["B"].url)
    variables = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "GOPROXY": goproxy, "GOENV": "off",
        "GONOSUMDB": "*", "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local", **environ,
        "GOVCS": "*:off",
    }  # fmt: skip
    arrange(servers, A=first, B=second)
    subprocess.run(
        [GO, "mod", "download", str(M)], cwd=tmp_path, env=variables, check=False,
        capture_output=True,
    )  # fmt: skip
    got = tmp_path / "go/pkg/mod/cache/download/example.com/m/@v/v1.0.0.mod"
    expected = winner(got.read_bytes()) if got.exists() else None
    expected_asked = asked(servers)

    arrange(servers, A=first, B=second)
    settings = go_settings(variables, str(tmp_path / "elsewhere"))
    acquirer = Acquirer(settings=settings, offline=False, transport=Transport(sleep=lambda _: None))
    try:
        ours = winner(acquirer.gomod(M))
    except ComplianceError:
        ours = None
    assert (ours, asked(servers)) == (expected, expected_asked)


def test_enough_situations():
    assert len(SITUATIONS) >= 60
