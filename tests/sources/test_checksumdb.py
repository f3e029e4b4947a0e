"""How the checksum database is reached: through which proxy, when not at all."""

from __future__ import annotations

import pytest

from compliance.golang import ModuleVersion
from compliance.integrity import RemoteError
from compliance.sources import go_settings
from compliance.sources.checksumdb import ChecksumDatabase
from compliance.sources.transport import Transport
from tests.integrity.publiclog import PublicLog
from tests.sources.loopback import Server

M = ModuleVersion("example.com/m", "v1.0.0")


@pytest.fixture
def log():
    made = PublicLog()
    made.fill(20)
    made.add(M.path, M.version, "h1:zip=")
    return made


def serving(log, prefix):
    def page(path):
        if not path.startswith(prefix):
            return (404, {}, b"")
        if path == prefix + "supported":
            return b""
        try:
            return log.read(path.removeprefix(prefix))
        except RemoteError:
            return (404, {}, b"")

    return page


@pytest.fixture
def proxy(log):
    with Server() as running:
        running.fallback = serving(log, f"/sumdb/{log.name}/")
        yield running


def database(tmp_path, *, offline=False, **environ):
    settings = go_settings({"GOENV": "off", "GOROOT": "/nonexistent", **environ}, str(tmp_path))
    transport = Transport(sleep=lambda _: None)
    return ChecksumDatabase(
        settings=settings, offline=offline, cache_dir=str(tmp_path / "own"), get=transport.get
    )


def test_through_a_proxy_that_supports_it(tmp_path, log, proxy):
    found = database(tmp_path, GOPROXY=proxy.url, GOSUMDB=log.key).zip_sum(M)
    assert found.sum == "h1:zip="
    assert proxy.asked[0] == f"/sumdb/{log.name}/supported"
    assert not (tmp_path / "go").exists()  # the go command's files are never written


def test_the_next_proxy_is_asked_when_one_does_not_support_it(tmp_path, log, proxy):
    with Server() as other:
        found = database(tmp_path, GOPROXY=f"{other.url},{proxy.url}", GOSUMDB=log.key).zip_sum(M)
        assert found.sum == "h1:zip="
        assert other.asked == [f"/sumdb/{log.name}/supported"]


def test_an_error_of_a_proxy_is_no_reason_to_go_around_it(tmp_path, log, proxy):
    with Server({f"/sumdb/{log.name}/supported": (403, {}, b"")}) as other:
        text = f"{other.url},{proxy.url}"
        found = database(tmp_path, GOPROXY=text, GOSUMDB=log.key).zip_sum(M)
    assert found.sum == ""
    assert "403" in found.because
    assert proxy.asked == []


def test_an_url_in_gosumdb_goes_around_the_proxies(tmp_path, log, proxy):
    with Server() as direct:
        direct.fallback = serving(log, "/")
        gosumdb = f"{log.key} {direct.url}"
        found = database(tmp_path, GOPROXY=proxy.url, GOSUMDB=gosumdb).zip_sum(M)
    assert found.sum == "h1:zip="
    assert proxy.asked == []


def test_a_second_run_and_an_offline_run_ask_nobody(tmp_path, log, proxy):
    environ = {"GOPROXY": proxy.url, "GOSUMDB": log.key}
    database(tmp_path, **environ).zip_sum(M)
    proxy.asked.clear()
    assert database(tmp_path, **environ).zip_sum(M).sum == "h1:zip="
    assert database(tmp_path, offline=True, **environ).zip_sum(M).sum == "h1:zip="
    unseen = ModuleVersion("example.com/filler1", "v1.0.0")
    assert "offline" in database(tmp_path, offline=True, **environ).zip_sum(unseen).because
    assert proxy.asked == []


def test_what_the_go_command_saw_counts(tmp_path, log, proxy):
    environ = {"GOPROXY": proxy.url, "GOSUMDB": log.key}
    database(tmp_path, **environ).zip_sum(M)
    cache = tmp_path / "go" / "pkg" / "mod" / "cache" / "download" / "sumdb"
    cache.parent.mkdir(parents=True)
    (tmp_path / "own" / "sumdb").rename(cache)
    assert database(tmp_path, offline=True, **environ).zip_sum(M).sum == "h1:zip="


@pytest.mark.parametrize("pattern", ["GONOSUMDB", "GOPRIVATE"])
def test_a_private_path_is_never_looked_up(tmp_path, log, proxy, pattern):
    environ = {"GOPROXY": proxy.url, "GOSUMDB": log.key, pattern: "example.com"}
    asked = database(tmp_path, **environ)
    assert asked.zip_sum(M).sum == ""
    assert asked.private(M.path)
    assert proxy.asked == []


@pytest.mark.parametrize("gosumdb", ["off", "", "example.com", "a b c", "x+00000000+AAAA"])
def test_without_a_usable_key_nobody_is_asked(tmp_path, proxy, gosumdb):
    found = database(tmp_path, GOPROXY=proxy.url, GOSUMDB=gosumdb).zip_sum(M)
    assert (found.sum, found.refused) == ("", False)
    assert "GOSUMDB" in found.because
    assert proxy.asked == []


def test_after_one_failure_nobody_waits_again(tmp_path, log):
    with Server() as broken:
        broken.fallback = lambda _path: (500, {}, b"")
        asked = database(tmp_path, GOPROXY=broken.url, GOSUMDB=log.key)
        for n in range(5):
            module = ModuleVersion(f"example.com/filler{n}", "v1.0.0")
            assert "500" in asked.zip_sum(module).because
        assert len(broken.asked) == 3  # the attempts of the first request


def test_an_unknown_module_does_not_stop_the_others(tmp_path, log, proxy):
    asked = database(tmp_path, GOPROXY=proxy.url, GOSUMDB=log.key)
    assert "does not know" in asked.zip_sum(ModuleVersion("example.com/none", "v1.0.0")).because
    assert asked.zip_sum(M).sum == "h1:zip="


def test_a_liar_is_refused(tmp_path, log, proxy):
    honest = proxy.fallback

    def lying(path):
        page = honest(path)
        return page.replace(b"h1:zip=", b"h1:evil") if isinstance(page, bytes) else page

    proxy.fallback = lying
    found = database(tmp_path, GOPROXY=proxy.url, GOSUMDB=log.key).zip_sum(M)
    assert found.refused
    assert "genuine" in found.because


def test_a_fork_is_refused_with_both_trees(tmp_path, log, proxy):
    environ = {"GOPROXY": proxy.url, "GOSUMDB": log.key}
    database(tmp_path, **environ).zip_sum(M)
    log.records[3] = b"example.com/filler3 v1.0.0 h1:evil=\nx v1/go.mod h1:e=\n"
    asked = database(tmp_path, **environ)
    found = asked.zip_sum(ModuleVersion("example.com/filler1", "v1.0.0"))
    assert found.refused
    assert "two histories" in found.because
    (kept,) = (tmp_path / "own" / "forks").iterdir()
    assert asked.fork.path == str(kept)
    assert kept.read_text().count("go.sum database tree\n") == 2
    assert all(tree in kept.read_text() for tree in asked.fork.trees)
