"""GOPROXY: which entry is asked, in which order, and which answer wins."""

from __future__ import annotations

import pytest

from compliance.errors import UsageError
from compliance.sources import go_settings
from compliance.sources.goproxy import (
    FetchError,
    NotFoundError,
    ProxyEntry,
    matches_private,
    proxy_list,
    try_proxies,
)


def settings_with(**environ):
    return go_settings({"GOENV": "off", "GOROOT": "/nonexistent", **environ}, "/nonexistent")


def entries(text, **environ):
    return [
        (e.url, "|" if e.after_any_error else ",")
        for e in proxy_list(settings_with(GOPROXY=text, **environ))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example", [("https://a.example", ",")]),
        ("https://a.example,direct", [("https://a.example", ","), ("direct", ",")]),
        ("https://a.example|http://b.example/x,off",
         [("https://a.example", "|"), ("http://b.example/x", ","), ("off", ",")]),
        ("a.example", [("https://a.example", ",")]),
        (" a.example , , direct ", [("https://a.example", ","), ("direct", ",")]),
        ("direct,https://a.example", [("direct", ",")]),
        ("off,https://a.example", [("off", ",")]),
        ("file:///srv/proxy", [("file:///srv/proxy", ",")]),
    ],
)  # fmt: skip
def test_the_list(text, expected):
    assert entries(text) == expected


def test_private_modules_add_an_entry_of_their_own():
    assert entries("https://a.example", GOPRIVATE="x.example") == [
        ("noproxy", ","), ("https://a.example", ","),
    ]  # fmt: skip
    assert entries("direct", GOPRIVATE="x.example") == [("direct", ",")]


def test_unset_means_offline():
    assert proxy_list(settings_with()) == ()


@pytest.mark.parametrize(
    "text", [",", " | ", "ftp://a.example", "word", "/srv/proxy", "file://host/x", "http://[::1"]
)
def test_what_is_no_proxy_is_a_usage_error(text):
    with pytest.raises(UsageError):
        proxy_list(settings_with(GOPROXY=text))


def test_a_password_is_not_in_the_message():
    with pytest.raises(UsageError) as caught:
        proxy_list(settings_with(GOPROXY="ftp://me:hunter2@a.example"))
    assert "hunter2" not in str(caught.value)


ANSWERS = {"ok": None, "missing": NotFoundError("missing"), "broken": FetchError("broken")}


@pytest.mark.parametrize(
    ("first", "separator", "second", "asked", "result"),
    [
        ("ok", ",", "ok", 1, "a"), ("ok", "|", "ok", 1, "a"),
        ("missing", ",", "ok", 2, "b"), ("missing", "|", "ok", 2, "b"),
        ("broken", ",", "ok", 1, "broken"), ("broken", "|", "ok", 2, "b"),
        ("missing", ",", "missing", 2, "missing"), ("missing", ",", "broken", 2, "broken"),
        ("broken", "|", "missing", 2, "broken"), ("broken", "|", "broken", 2, "broken"),
    ],
)  # fmt: skip
def test_separators(first, separator, second, asked, result):
    seen = []
    answers = {"a": first, "b": second}

    def ask(url):
        seen.append(url)
        error = ANSWERS[answers[url]]
        if error is not None:
            raise error
        return url

    listed = (ProxyEntry(url="a", after_any_error=separator == "|"), ProxyEntry(url="b"))
    try:
        got = try_proxies(listed, ask)
    except FetchError as error:
        got = str(error)
    assert (len(seen), got) == (asked, result)


@pytest.mark.parametrize(
    ("globs", "path", "expected"),
    [
        ("example.com", "example.com/x/y", True),
        ("example.com", "example.com", True),
        ("example.com", "example.community/x", False),
        ("example.com/x", "example.com/x/y", True),
        ("example.com/x", "example.com/xy", False),
        ("example.com/x", "example.com", False),
        ("example.com/x/", "example.com/x/y", True),
        ("*.example.com", "git.example.com/x", True),
        ("*.example.com", "example.com/x", False),
        ("*.example.com", "a.b.example.com/x", True),
        ("*.example.com", "a/b.example.com", False),
        ("example.com/*/lib", "example.com/team/lib/v2", True),
        ("example.com/*/lib", "example.com/team/sub/lib", False),
        ("a.example,,b.example", "b.example/x", True),
        ("a.example, b.example", "b.example/x", False),
        ("gi?.example", "git.example/x", True),
        ("g[a-i]t.example", "git.example/x", True),
        ("g[^a-i]t.example", "git.example/x", False),
        ("g\\*t.example", "git.example/x", False),
        ("[", "[", False),
        ("", "example.com", False),
        ("*", "anything.example/x", True),
    ],
)
def test_private_patterns_match_whole_path_elements(globs, path, expected):
    assert matches_private(globs, path) is expected
