"""Who gets which credentials: the go command and ours, against the same servers over TLS."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from dataclasses import replace

import pytest

from compliance.errors import ComplianceError, UsageError
from compliance.golang import ModuleVersion
from compliance.sources import Acquirer, Transport, deadline, go_settings
from compliance.sources.credentials import AuthError, parse_auth_answer, parse_netrc
from tests.oracle.goworld import GO, goroot
from tests.sources.loopback import Server, write_certificate

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(GO is None, reason="the go command is not on PATH"),
]

M = ModuleVersion("example.com/m", "v1.0.0")
GOOD = "Basic " + base64.b64encode(b"me:secret").decode()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two servers with one certificate: HOST wants credentials, OTHER notes what it is sent."""
    folder = tmp_path_factory.mktemp("tls")
    certificate = write_certificate(folder / "both.pem")
    with Server(certificate=certificate) as host, Server(certificate=certificate) as other:
        yield folder, certificate, host, other


def guarded(server, other, mode):
    """Pages for those who have credentials; with mode `redirect` they lie on another server."""
    server.pages.clear()
    other.pages.clear()
    other.serve_module(M, {})
    server.serve_module(M, {})
    inner = dict(server.pages)
    elsewhere = other.url.replace("127.0.0.1", "localhost")

    def page(handler):
        known = handler.headers.get("Authorization") == GOOD
        if mode == "redirect":
            status, headers, body = 302, {"Location": elsewhere + handler.path}, b""
        elif known or mode == "open":
            status, headers, body = 200, {}, inner[handler.path]
        else:
            status, headers, body = (401 if mode == "401" else 404), {}, b"who are you?"
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    for path in inner:
        server.pages[path] = page


def sent(server):
    """Values of Authorization that a server was sent, in order of first use."""
    return list(dict.fromkeys(h.get("authorization") for h in server.headers))


COMMAND = """#!/bin/sh
case "$0 $1" in
*late\\ https*|*early*) printf '%s/\\n\\nAuthorization: {good}\\n\\n' '{url}' ;;
*bad*) printf 'nonsense' ;;
*fails*) exit 3 ;;
esac
"""
SITUATIONS = {
    "netrc": ("netrc", "401"),
    "netrc for another host": ("netrc-other", "401"),
    "netrc and a redirect to another host": ("netrc", "redirect"),
    "netrc where 404 hides": ("netrc", "404"),
    "off": ("off", "401"),
    "nothing needed": ("netrc", "open"),
    "a command that knows at once": ("early", "401"),
    "a command that wants the URL": ("late", "401"),
    "a command that wants the URL of what is hidden": ("late", "404"),
    "a command that fails, then netrc": ("fails;netrc", "401"),
    "a command that talks nonsense": ("bad", "401"),
    "a command and a redirect": ("early", "redirect"),
    "git": ("git", "401"),
    "git where it is not needed": ("git", "open"),
    "the first method wins": ("netrc-wrong;early", "401"),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_same_credentials_go_to_the_same_servers(world, tmp_path, name):
    folder, certificate, host, other = world
    text, mode = SITUATIONS[name]
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for program in ("early", "late", "bad", "fails"):
        (programs / program).write_text(COMMAND.format(good=GOOD, url=host.url))
        (programs / program).chmod(0o755)
    address = host.url.removeprefix("https://")
    machine = "elsewhere.example" if "other" in text else address
    password = "wrong" if "wrong" in text else "secret"
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text(f"machine {machine} login me password {password}\n")
    (home / ".gitconfig").write_text(
        '[credential]\n\thelper = "!f() { echo username=me; echo password=secret; }; f"\n'
    )
    method = text.replace("netrc-other", "netrc").replace("netrc-wrong", "netrc")
    method = f"git {home}" if method == "git" else method
    environ = {
        "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(home), "GOPROXY": host.url,
        "GOAUTH": method, "SSL_CERT_FILE": certificate, "GOENV": "off", "GONOSUMDB": "*",
        "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local",
    }  # fmt: skip

    def ask(action):
        guarded(host, other, mode)
        for server in (host, other):
            server.headers.clear()
        return action(), set(sent(host)), set(sent(other))

    def theirs():
        run = subprocess.run(
            [GO, "mod", "download", str(M)], cwd=home, env=environ, check=False,
            capture_output=True,
        )  # fmt: skip
        return run.returncode == 0

    def ours():
        settings = go_settings(environ, str(tmp_path / "elsewhere"))
        settings = replace(settings, netrc=str(home / ".netrc"), run_goauth=True)
        transport = Transport.of(settings)
        try:
            return bool(Acquirer(settings=settings, offline=False, transport=transport).gomod(M))
        except ComplianceError:
            return False

    os.environ["SSL_CERT_FILE"] = certificate
    deadline._context.cache_clear()
    try:
        assert ask(ours) == ask(theirs)
    finally:
        del os.environ["SSL_CERT_FILE"]
        deadline._context.cache_clear()


@pytest.mark.parametrize("text", ["git", "git relative", "git /nonexistent", "off;netrc", "netrc;"])
def test_a_goauth_that_the_go_command_refuses_is_a_usage_error(world, tmp_path, text):
    _, certificate, host, _ = world
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "GOPROXY": host.url, "GOAUTH": text,
        "SSL_CERT_FILE": certificate, "GOENV": "off", "GONOSUMDB": "*", "GOTOOLCHAIN": "local",
    }  # fmt: skip
    run = subprocess.run(
        [GO, "mod", "download", str(M)], cwd=tmp_path, env=environ, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert "GOAUTH" in run.stderr
    with pytest.raises(UsageError, match="GOAUTH"):
        Acquirer(settings=go_settings(environ, str(tmp_path)), offline=False).gomod(M)


PROGRAM = """
func main() {
	var lines []string
	json.NewDecoder(os.Stdin).Decode(&lines)
	answers := [][2]any{}
	for _, text := range lines {
		netrc := [][3]string{}
		for _, l := range parseNetrc(text) {
			netrc = append(netrc, [3]string{l.machine, l.login, l.password})
		}
		known, err := parseUserAuth(text)
		if err != nil {
			known = nil
		}
		answers = append(answers, [2]any{netrc, known})
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
"""


def test_netrc_and_answers_of_programs_are_read_as_the_go_command_reads_them(tmp_path):
    """Its own functions, taken from GOROOT at test time, on thousands of random files."""
    source = goroot() / "src/cmd/go/internal/auth"
    (tmp_path / "go.mod").write_text("module oracle\n\ngo 1.25\n")
    needed = ("encoding/json", "os", "fmt", "maps", "net/http", "net/url", "strings")
    imports = "package main\n\nimport (\n" + "".join(f'\t"{n}"\n' for n in needed) + ")\n\n"
    body = ""
    for name, functions in (
        ("netrc.go", ("parseNetrc",)), ("userauth.go", ("parseUserAuth", "mapHeadersToPrefixes")),
    ):  # fmt: skip
        text = (source / name).read_text()
        body += "".join(
            text[text.index(f"func {f}(") :].partition("\n}\n")[0] + "\n}\n" for f in functions
        )
    body += "type netrcLine struct {\n\tmachine, login, password string\n}\n"
    (tmp_path / "main.go").write_text(imports + body + PROGRAM)
    shutil.copy(source / "httputils.go", tmp_path / "httputils.go")
    helper = tmp_path / "httputils.go"
    helper.write_text(helper.read_text().replace("package auth", "package main"))
    words = ["machine", "default", "login", "password", "macdef", "a.example", "b", "c", " ", "\t",
             "\n", "\n\n", "\n", "account", "#", "https://a.example", "https://b.example/x/",
             "X-Token: 1", "Authorization: Basic x", "bad header", ": ", "/path",
             "\x01"]  # fmt: skip
    rng = random.Random(7)  # noqa: S311 - the same files in each run
    texts = [
        "".join(
            w + rng.choice(("", " ", " ", "\n")) for w in rng.choices(words, k=rng.randint(0, 14))
        )
        for _ in range(4000)
    ]
    program = tmp_path / "oracle"
    environ = {
        **os.environ,
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    subprocess.run([GO, "build", "-o", program, "."], cwd=tmp_path, env=environ, check=True)
    run = subprocess.run(
        [program], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    for text, (netrc, known) in zip(texts, json.loads(run.stdout), strict=True):
        assert [list(entry) for entry in parse_netrc(text)] == netrc, text
        if not all(prefix.startswith(("a.example", "b.example")) for prefix in known or {}):
            continue  # an address that no request to a host ever matches
        try:
            answer = dict(parse_auth_answer(text))
        except AuthError:
            answer = None
        ours = answer and {p: {n.title() for n, _ in headers} for p, headers in answer.items()}
        theirs = known and {p: {n.title() for n in headers} for p, headers in known.items()}
        assert (ours or {}) == (theirs or {}), text
