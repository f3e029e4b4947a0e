"""Fetching a document: limits of time and size, redirects, credentials."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time

import pytest

from compliance.sources.credentials import Credentials, parse_netrc
from compliance.sources.goproxy import FetchError, NotFoundError
from compliance.sources.transport import Patience, Transport
from tests.sources.loopback import Server

LIMIT = 1 << 20


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def waits():
    return []


@pytest.fixture
def transport(waits):
    made = Transport(patience=Patience(connect=2, stall=0.5, request=1.5), sleep=waits.append)
    yield made
    made.close()


def test_a_document(server, transport):
    server.pages["/x"] = b"content"
    assert transport.get(server.url + "/x", LIMIT) == b"content"


@pytest.mark.parametrize("status", [404, 410])
def test_missing(server, transport, status):
    server.pages["/x"] = (status, {}, b"")
    with pytest.raises(NotFoundError, match=str(status)):
        transport.get(server.url + "/x", LIMIT)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 403, 418, 501])
def test_other_answers_are_errors_at_once(server, transport, status):
    server.pages["/x"] = (status, {}, b"")
    with pytest.raises(FetchError) as caught:
        transport.get(server.url + "/x", LIMIT)
    assert not isinstance(caught.value, NotFoundError)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_failures_are_tried_again_with_growing_pauses(server, transport, waits, status):
    server.pages["/x"] = (status, {}, b"")
    with pytest.raises(FetchError, match=str(status)):
        transport.get(server.url + "/x", LIMIT)
    assert len(server.asked) == 3
    assert waits == [0.5, 1.0]


def test_recovery_after_a_failure(server, transport):
    answers = iter([(503, b""), (200, b"ok")])

    def page(handler):
        status, body = next(answers)
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    server.pages["/x"] = page
    assert transport.get(server.url + "/x", LIMIT) == b"ok"


def test_retry_after_is_waited_for(server, transport, waits):
    server.pages["/x"] = (429, {"Retry-After": "1"}, b"")
    with pytest.raises(FetchError):
        transport.get(server.url + "/x", LIMIT)
    assert waits == [1.0, 1.0]


@pytest.mark.parametrize("value", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT", "9" * 400, "-1"])
def test_a_long_retry_after_is_a_failure(server, transport, waits, value):
    server.pages["/x"] = (503, {"Retry-After": value}, b"")
    with pytest.raises(FetchError):
        transport.get(server.url + "/x", LIMIT)
    assert (len(server.asked), waits) == (1, [])


def test_a_body_beyond_the_limit_is_refused(server, transport):
    server.pages["/x"] = bytes(101)
    with pytest.raises(FetchError, match="limit of 100"):
        transport.get(server.url + "/x", 100)


def test_a_bomb_is_cut_off(server, transport):
    bomb = gzip.compress(bytes(50 << 20))
    server.pages["/x"] = (200, {"Content-Encoding": "gzip"}, bomb)
    with pytest.raises(FetchError, match="limit"):
        transport.get(server.url + "/x", LIMIT)


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(65536))


def test_an_endless_body_is_cut_off(server, transport):
    server.pages["/x"] = endless
    with pytest.raises(FetchError, match="limit"):
        transport.get(server.url + "/x", LIMIT)


def slow_body(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b"x")
        time.sleep(0.1)


def slow_head(handler):
    for byte in b"HTTP/1.1 200 OK\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyy":
        handler.wfile.write(bytes([byte]))
        time.sleep(0.1)


def silence(_handler):
    time.sleep(3)


@pytest.mark.parametrize("page", [slow_body, slow_head, silence])
def test_slow_servers_are_left(server, transport, page):
    server.pages["/x"] = page
    start = time.monotonic()
    with pytest.raises(FetchError, match="in time"):
        transport.get(server.url + "/x", LIMIT)
    assert time.monotonic() - start < 2.5


def short(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"short")
    handler.close_connection = True


def garbage(handler):
    handler.wfile.write(b"\x00\xff not http\r\n\r\n")
    handler.close_connection = True


def hang_up(handler):
    handler.close_connection = True


@pytest.mark.parametrize("page", [short, garbage, hang_up])
def test_broken_answers_are_errors(server, transport, page):
    server.pages["/x"] = page
    with pytest.raises(FetchError):
        transport.get(server.url + "/x", LIMIT)


def test_nobody_listens(transport):
    with pytest.raises(FetchError):
        transport.get("http://127.0.0.1:1/x", LIMIT)


@pytest.mark.parametrize(
    "url", ["ftp://example.com/x", "http://", "http://[::1", "http://127.0.0.1:99999/", "x", ""]
)
def test_malformed_urls_are_errors(transport, url):
    with pytest.raises(FetchError):
        transport.get(url, LIMIT)


def redirect(to):
    return (302, {"Location": to}, b"")


def test_a_redirect_is_followed(server, transport):
    server.pages.update({"/a": redirect("/b"), "/b": redirect("c"), "/c": b"ok"})
    assert transport.get(server.url + "/a", LIMIT) == b"ok"


def test_redirects_end(server, transport):
    server.pages.update({f"/{n}": redirect(f"/{n + 1}") for n in range(30)})
    with pytest.raises(FetchError, match="more than 10 times"):
        transport.get(server.url + "/0", LIMIT)
    assert len(server.asked) == 11


def test_circles_end(server, transport):
    server.pages.update({"/a": redirect("/b"), "/b": redirect("/a")})
    with pytest.raises(FetchError, match="circles"):
        transport.get(server.url + "/a", LIMIT)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://example.com/", "gopher://x/", "http://[", "data:,x"]
)
def test_redirects_elsewhere_are_refused(server, transport, target):
    server.pages["/a"] = redirect(target)
    with pytest.raises(FetchError, match=r"redirected|absolute URLs"):
        transport.get(server.url + "/a", LIMIT)


def test_credentials_are_never_sent_over_http_nor_shown(server, transport):
    url = server.url.replace("http://", "http://user:secret@") + "/x"
    with pytest.raises(FetchError) as caught:
        transport.get(url, LIMIT)
    assert "secret" not in str(caught.value)
    assert "user" not in str(caught.value)
    assert server.asked == []


def test_credentials_belong_to_their_host():
    mine = Credentials(logins={"a.example": ("u", "p"), "b.example/x": ("v", "q")})
    assert mine.headers("https://a.example/m/@v/list") == {"Authorization": "Basic dTpw"}
    assert mine.headers("https://b.example/x/y") == {"Authorization": "Basic djpx"}
    for url in (
        "http://a.example/", "https://b.example/xy", "https://b.example/",
        "https://evil.example/a.example", "https://a.example.evil.example/",
        "https://a.example:8443/",
    ):  # fmt: skip
        assert mine.headers(url) == {}
    assert mine.headers("https://me:it@c.example/") == {"Authorization": "Basic bWU6aXQ="}


def test_credentials_are_not_in_the_representation():
    assert "hunter2" not in repr(Credentials(logins={"a.example": ("u", "hunter2")}))


def test_netrc_grammar():
    text = """\
machine incomplete.example
login baz

machine one.example login user password pass # after
  account ignored

machine two.example
  login a
  password b
macdef init
machine in.macro login x password y

machine three.example password p login l
default login anonymous password d
machine after.default login x password y
"""
    assert parse_netrc(text) == (
        ("one.example", "user", "pass"),
        ("two.example", "a", "b"),
        ("three.example", "l", "p"),
        ("after.default", "x", "y"),
    )
    # The word ends the file only where its line leaves it without a pair: so does the go command.
    assert parse_netrc("default\nmachine m login x password y\n") == ()


def test_files(tmp_path, transport):
    (tmp_path / "a b").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    assert transport.get(f"file://{tmp_path}/a%20b", LIMIT) == b"x"
    with pytest.raises(NotFoundError):
        transport.get(f"file://{tmp_path}/none", LIMIT)
    for name, limit in (("pipe", LIMIT), ("", LIMIT), ("a%20b", 0), ("a%00b", LIMIT)):
        with pytest.raises(FetchError) as caught:
            transport.get(f"file://{tmp_path}/{name}", limit)
        assert not isinstance(caught.value, NotFoundError)


def test_what_may_change_is_kept_as_its_headers_say(server, tmp_path):
    def with_etag(handler):
        fresh = handler.headers.get("If-None-Match") == '"1"'
        body = b"" if fresh else b"listed"
        handler.send_response(304 if fresh else 200)
        handler.send_header("ETag", '"1"')
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    server.pages["/kept"] = (200, {"Cache-Control": "max-age=60"}, b"kept")
    server.pages["/not"] = (200, {"Cache-Control": "no-store"}, b"not kept")
    server.pages["/etag"] = with_etag
    store = str(tmp_path / "http.sqlite")
    for _ in range(2):  # two runs over one store
        transport = Transport(store=store, sleep=lambda _: None)
        assert transport.get_current(server.url + "/kept", LIMIT) == b"kept"
        assert transport.get_current(server.url + "/not", LIMIT) == b"not kept"
        assert transport.get_current(server.url + "/etag", LIMIT) == b"listed"
        transport.close()
    assert server.asked == ["/kept", "/not", "/etag", "/not", "/etag"]
    assert server.headers[4]["if-none-match"] == '"1"'


def test_a_damaged_store_is_passed_over_in_silence(server, tmp_path, repository):
    server.pages["/x"] = (200, {"Cache-Control": "max-age=60"}, b"content")
    (tmp_path / "http.sqlite").write_bytes(b"not a database" * 1000)
    code = """
import sys
from compliance.sources.transport import Transport
transport = Transport(store=sys.argv[1], sleep=lambda _: None)
print(transport.get_current(sys.argv[2], 100))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "http.sqlite", server.url + "/x"],
        capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("b'content'\n", "")


def test_a_web_proxy_is_used_except_where_no_proxy_says(server):
    with Server({"http://module.example/x": b"through"}) as proxy:
        names = {"http_proxy": proxy.url, "no_proxy": "direct.example"}
        transport = Transport(proxies=names, sleep=lambda _: None)
        assert transport.get("http://module.example/x", LIMIT) == b"through"
        server.pages["/x"] = b"direct"
        assert transport.get(server.url + "/x", LIMIT) == b"direct"
        assert proxy.asked == ["http://module.example/x"]
        transport.close()
