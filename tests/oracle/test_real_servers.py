"""Servers of others: a module proxy (goproxy) and a caching HTTP server (nginx)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from compliance.errors import ModuleUnavailableError
from compliance.golang import Module, ModuleVersion
from compliance.integrity import GoSum, Voucher
from compliance.sources import Acquirer, Repository, Transport, go_settings
from compliance.sources.archive import ZipFiles
from compliance.sources.goproxy import FetchError, NotFoundError
from tests.oracle.goworld import GO
from tests.sources.loopback import Server, module_zip, write_certificate

GOPROXY_MODULE = "github.com/goproxy/goproxy"
GOPROXY_VERSION = "v0.20.0"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
DATA = Path(__file__).parents[1] / "data" / "oracle"

M = ModuleVersion("example.com/Mod", "v1.0.0")
SUB = ModuleVersion("example.com/Mod/sub", "v0.1.0")
FILES = {"go.mod": b"module example.com/Mod\n", "LICENSE": b"text", "a.go": b"package mod\n"}
LIMIT = 1 << 20

# --- goproxy --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The proxy, built through the module proxy that is set."""
    if GO is None:
        pytest.skip("the go command is not on PATH")
    folder = tmp_path_factory.mktemp("mirror")
    shutil.copy(DATA / "mirror.go", folder / "main.go")
    (folder / "go.mod").write_text(
        f"module mirror\n\ngo 1.24\n\nrequire {GOPROXY_MODULE} {GOPROXY_VERSION}\n"
    )
    environ = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off", "CGO_ENABLED": "0"}
    done = subprocess.run(
        [GO, "build", "-o", "mirror", "."], cwd=folder, env=environ, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip(f"{GOPROXY_MODULE} cannot be built here: {done.stderr.strip()[-200:]}")
    return folder / "mirror"


@pytest.fixture
def upstream():
    with Server() as running:
        for m in (M, SUB):
            files = {**FILES, "go.mod": f"module {m.path}\n".encode()}
            base = f"/{m.path.replace('M', '!m')}/@v"
            info = json.dumps({"Version": m.version, "Time": "2020-01-01T00:00:00Z"})
            running.pages[f"{base}/{m.version}.info"] = info.encode()
            running.pages[f"{base}/{m.version}.mod"] = files["go.mod"]
            running.pages[f"{base}/{m.version}.zip"] = module_zip(m, files)
            running.pages[f"{base}/list"] = f"{m.version}\n".encode()
        yield running


@pytest.fixture
def mirror(program, tmp_path):
    """Starts a proxy in front of a GOPROXY: its (URL, store)."""
    started = []

    def start(source):
        store = tmp_path / "store"
        (tmp_path / "home").mkdir(exist_ok=True)
        environ = {**os.environ, "HOME": str(tmp_path / "home"), "GOTOOLCHAIN": "local",
                   "GOMODCACHE": str(tmp_path / "home/cache")}  # fmt: skip
        process = subprocess.Popen(
            [program, store, source], stdout=subprocess.PIPE, env=environ, text=True
        )
        started.append(process)
        return process.stdout.readline().strip(), store

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def acquirer(url, tmp_path, name, go_sum=None):
    environ = {"GOENV": "off", "GOROOT": "/nonexistent", "GOPROXY": url, "GOSUMDB": "off"}
    settings = go_settings(environ, str(tmp_path / name))
    transport = Transport(sleep=lambda _: None)
    return Acquirer(
        settings=settings, offline=False, cache_dir=str(tmp_path / name), transport=transport,
        go_sum=go_sum or GoSum(sums={}),
    )  # fmt: skip


@pytest.mark.parametrize("m", [M, SUB])
def test_a_module_proxy_in_front_of_another(mirror, upstream, tmp_path, m):
    url, store = mirror(upstream.url)
    repository = Repository.open(str(tmp_path))
    total = ZipFiles.of(m, module_zip(m, {**FILES, "go.mod": f"module {m.path}\n".encode()})).h1()
    sums = GoSum(sums={(m.path, m.version): total})
    got = acquirer(url, tmp_path, "one", sums)
    assert got.gomod(m) == f"module {m.path}\n".encode()
    tree = got.tree(Module(id=m), repository)
    assert (tree.where, tree.verification.voucher) == ("proxy", Voucher.GO_SUM)
    assert tree.files.read("LICENSE") == b"text"
    assert got.latest_gomod(m.path) == f"module {m.path}\n".encode()
    # Now the store alone has it: the upstream is gone, and `off` takes its place.
    upstream.pages.clear()
    alone, _ = mirror("off")
    assert store.is_dir()
    tree = acquirer(alone, tmp_path, "two", sums).tree(Module(id=m), repository)
    assert tree.verification.actual == total


def test_what_a_module_proxy_does_not_have(mirror, upstream, tmp_path):
    url, _ = mirror(upstream.url)
    got = acquirer(url, tmp_path, "one")
    for m in (ModuleVersion("example.com/none", "v1.0.0"), ModuleVersion(M.path, "v1.9.0")):
        with pytest.raises(ModuleUnavailableError) as caught:
            got.gomod(m)
        assert any("404" in t for t in caught.value.tried)
        place = f"{url}/{m.path.replace('M', '!m')}/@v/{m.version}.zip"
        with pytest.raises(NotFoundError):
            got.transport.get(place, LIMIT)


# --- nginx ----------------------------------------------------------------------------------------

CONFIG = """
daemon off;
pid {folder}/pid;
error_log {folder}/errors;
{user}
events {{}}
http {{
  log_format short '$request_uri $status $server_protocol "$sent_http_etag"';
  access_log {folder}/log short;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  proxy_cache_path {folder}/cache keys_zone=z:1m;
  types {{ text/plain list; }}
  default_type application/octet-stream;
  gzip on; gzip_types text/plain; gzip_min_length 1; gzip_vary on;
  server {{
    listen 127.0.0.1:{port};
    listen 127.0.0.1:{secure} ssl http2;
    ssl_certificate {certificate}; ssl_certificate_key {certificate};
    root {folder}/www;
    location /always/ {{ add_header Cache-Control no-cache; }}
    location /minute/ {{ expires 1m; }}
    location /never/ {{ add_header Cache-Control no-store; }}
    location /behind/ {{
      proxy_pass {upstream}; proxy_cache z; proxy_cache_valid 200 1m; proxy_buffering on;
      add_header Cache-Control no-cache;
    }}
    location /moved/ {{ return 301 /always/list; }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def nginx(tmp_path):
    """A running nginx: its URLs, its folder of files, and what it logged."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path / "nginx"
    for name in ("always", "minute", "never"):
        (folder / "www" / name).mkdir(parents=True)
        (folder / "www" / name / "list").write_text("v1.0.0\n")
    for part in (tmp_path, *tmp_path.parents):
        if os.geteuid() == 0 and part.stat().st_uid == 0 and str(part).startswith("/tmp/"):  # noqa: S108
            part.chmod(0o755)
    with Server() as upstream:
        upstream.pages["/behind/list"] = (200, {"ETag": '"one"'}, b"v1.0.0\n")
        text = CONFIG.format(
            folder=folder, port=(port := free_port()), secure=(secure := free_port()),
            certificate=write_certificate(tmp_path / "both.pem"), upstream=upstream.url,
            user="user root;" if os.geteuid() == 0 else "",
        )  # fmt: skip
        (folder / "conf").write_text(text)
        process = subprocess.Popen(
            [NGINX, "-p", folder, "-e", folder / "errors", "-c", folder / "conf"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", f"https://127.0.0.1:{secure}", folder, upstream
        process.terminate()
        process.wait()


def logged(folder, count):
    """(path, status, protocol) of the requests, once `count` are in the log."""
    lines = []
    for _ in range(100):
        lines = (folder / "log").read_text().splitlines()
        if len(lines) >= count:
            break
        time.sleep(0.02)
    return [tuple(line.split()[:3]) for line in lines]


def test_what_may_change_is_asked_for_again_by_its_etag(nginx, tmp_path):
    url, _, folder, _ = nginx
    store = str(tmp_path / "http.sqlite")

    def get(path):
        transport = Transport(store=store, sleep=lambda _: None)
        try:
            return transport.get_current(url + path, LIMIT)
        finally:
            transport.close()

    assert [get("/always/list") for _ in range(3)] == [b"v1.0.0\n"] * 3
    assert [get("/minute/list") for _ in range(3)] == [b"v1.0.0\n"] * 3
    assert [get("/never/list") for _ in range(2)] == [b"v1.0.0\n"] * 2
    time.sleep(1.1)  # Date tells seconds apart, and the newest answer is the one that counts
    (folder / "www/always/list").write_text("v1.0.0\nv1.1.0\n")
    assert [get("/always/list") for _ in range(2)] == [b"v1.0.0\nv1.1.0\n"] * 2
    assert [(p, s) for p, s, _ in logged(folder, 8)] == [
        ("/always/list", "200"), ("/always/list", "304"), ("/always/list", "304"),
        ("/minute/list", "200"), ("/never/list", "200"), ("/never/list", "200"),
        ("/always/list", "200"), ("/always/list", "304"),
    ]  # fmt: skip


def test_a_cache_in_between_answers_for_what_is_behind_it(nginx, tmp_path):
    url, _, folder, upstream = nginx
    transport = Transport(store=str(tmp_path / "http.sqlite"), sleep=lambda _: None)
    for _ in range(3):
        assert transport.get_current(url + "/behind/list", LIMIT) == b"v1.0.0\n"
    transport.close()
    assert upstream.asked == ["/behind/list"]
    assert [s for _, s, _ in logged(folder, 3)] == ["200", "304", "304"]


def test_http_2_is_spoken_where_it_is_offered(nginx, tmp_path, monkeypatch):
    _, url, folder, _ = nginx
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    from compliance.sources import deadline

    deadline._context.cache_clear()
    transport = Transport(sleep=lambda _: None)
    try:
        assert transport.get(f"{url}/always/list", LIMIT) == b"v1.0.0\n"
        assert transport.get(f"{url}/moved/list", LIMIT) == b"v1.0.0\n"
        with pytest.raises(FetchError):
            transport.get(f"{url}/none", LIMIT)
    finally:
        transport.close()
        deadline._context.cache_clear()
    assert {p for _, _, p in logged(folder, 4)} == {"HTTP/2.0"}


def test_many_threads_share_no_connection(nginx, tmp_path, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from compliance.sources import deadline

    _, url, folder, _ = nginx
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    deadline._context.cache_clear()
    (folder / "www/always/zip").write_bytes(bytes(range(256)) * 2000)
    transport = Transport(sleep=lambda _: None, attempts=1)
    try:
        with ThreadPoolExecutor(16) as pool:
            sizes = set(
                pool.map(lambda _: len(transport.get(f"{url}/always/zip", LIMIT)), range(200))
            )
    finally:
        transport.close()
        deadline._context.cache_clear()
    assert sizes == {512_000}
