"""Direct access: which repository a path means, and a git that nobody else configures."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess

import pytest

from compliance.errors import MalformedInputError
from compliance.golang import ModuleVersion
from compliance.sources import go_settings
from compliance.sources.direct import DirectSource
from compliance.sources.gitrun import Git
from compliance.sources.goproxy import FetchError
from compliance.sources.modulezip import is_vendored, select_files
from compliance.sources.transport import Page
from compliance.sources.vcsroot import RepositoryRoot, find_repository

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="needs git")


def settings_with(**environ):
    base = {"GOENV": "off", "GOROOT": "/nonexistent", "PATH": os.environ["PATH"]}
    return go_settings({**base, **environ}, "/nonexistent")


def pages(table):
    def get(url, _limit, *, insecure=False):
        asked.append((url, insecure))
        page = table.get(url, Page(status=404))
        if isinstance(page, Exception):
            raise page
        return Page(status=200, body=page.encode()) if isinstance(page, str) else page

    asked = get.asked = []
    return get


def meta(*contents):
    tags = "".join(f'<meta name="go-import" content="{c}">' for c in contents)
    return f"<!doctype html><html><head><title>x</title>{tags}</head><body>x</body></html>"


def root(path, url, vcs="git", folder=""):
    return RepositoryRoot(path=path, vcs=vcs, url=url, folder=folder)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("github.com/a/b", root("github.com/a/b", "https://github.com/a/b")),
        ("github.com/a/b/v2/x", root("github.com/a/b", "https://github.com/a/b")),
        ("bitbucket.org/a/b/c", root("bitbucket.org/a/b", "https://bitbucket.org/a/b")),
        ("git.example.com/team/x.git/sub",
         root("git.example.com/team/x.git", "https://git.example.com/team/x.git")),
    ],
)  # fmt: skip
def test_paths_that_name_their_repository(path, expected):
    assert find_repository(path, settings_with(), pages({})) == expected


@pytest.mark.parametrize("path", ["github.com/a", "example.org/x", "example.org/x.hg/y"])
def test_paths_without_a_git_repository(path):
    with pytest.raises(FetchError):
        find_repository(path, settings_with(), pages({}))


def test_a_page_names_the_repository():
    answer = meta("example.org/x git https://git.example.org/x")
    table = {"https://example.org/x/y?go-get=1": answer, "https://example.org/x?go-get=1": answer}
    expected = root("example.org/x", "https://git.example.org/x")
    assert find_repository("example.org/x/y", settings_with(), pages(table)) == expected
    assert find_repository("example.org/x", settings_with(), pages(table)) == expected


def test_the_prefix_must_say_the_same():
    table = {
        "https://example.org/x/y?go-get=1": meta("example.org/x git https://git.example.org/x"),
        "https://example.org/x?go-get=1": meta("example.org/x git https://evil.example/x"),
    }
    with pytest.raises(FetchError, match="disagree"):
        find_repository("example.org/x/y", settings_with(), pages(table))


def test_a_module_proxy_and_a_folder():
    path = "example.org/x"
    both = meta(f"{path} git https://git.example.org/x", f"{path} mod https://proxy.example.org")
    found = find_repository(path, settings_with(), pages({f"https://{path}?go-get=1": both}))
    assert found == root(path, "https://proxy.example.org", "mod")
    sub = meta(f"{path} git https://git.example.org/x go/x")
    found = find_repository(path, settings_with(), pages({f"https://{path}?go-get=1": sub}))
    assert found == root(path, "https://git.example.org/x", folder="go/x")


@pytest.mark.parametrize(
    "page",
    [
        "", meta(), meta("other.example/x git https://g.example/x"),
        meta("example.org/x git http://g.example/x"), meta("example.org/x git ext::sh"),
        meta("example.org/x git file:///etc"), meta("example.org/x git -oProxyCommand=x"),
        meta("example.org/x git https://g.example/x ../../etc"),
        meta("example.org/x git https://g.example/x /etc"),
        meta("example.org/x git https://a.example", "example.org/x git https://b.example"),
        meta("example.org/xy git https://g.example/x"), meta("example.org/x svn https://g.example"),
        '<body><meta name="go-import" content="example.org/x git https://g.example/x"></body>',
        "\x00" * 1000 + "<" * 1000, meta("example.org/x git"),
    ],
)  # fmt: skip
def test_pages_that_name_no_usable_repository(page):
    with pytest.raises(FetchError):
        find_repository(
            "example.org/x", settings_with(), pages({"https://example.org/x?go-get=1": page})
        )


def test_http_only_where_goinsecure_says_so():
    page = meta("example.org/x git http://g.example/x")
    table = {"http://example.org/x?go-get=1": page,
             "https://example.org/x?go-get=1": FetchError("no TLS")}  # fmt: skip
    get = pages(table)
    found = find_repository("example.org/x", settings_with(GOINSECURE="example.org"), get)
    assert found.url == "http://g.example/x"
    assert get.asked == [
        ("https://example.org/x?go-get=1", True), ("http://example.org/x?go-get=1", False),
    ]  # fmt: skip
    get = pages(table)
    with pytest.raises(FetchError):
        find_repository("example.org/x", settings_with(), get)
    assert get.asked == [("https://example.org/x?go-get=1", False)]


def test_a_meta_tag_on_a_page_that_is_not_found_counts():
    page = meta("example.org/x git https://g.example/x")
    table = {"https://example.org/x?go-get=1": Page(status=404, body=page.encode())}
    assert (
        find_repository("example.org/x", settings_with(), pages(table)).url == "https://g.example/x"
    )


@pytest.mark.parametrize(
    "path", ["github.com/a", "github.com/a/b.git", "github.com/a/b.git/c", "bitbucket.org/a/b.hg",
             "github.com/a/b/~c", "git.apache.org/x", "example/x"]
)  # fmt: skip
def test_paths_that_name_no_repository_ask_nobody(path):
    get = pages({})
    with pytest.raises(FetchError):
        find_repository(path, settings_with(), get)
    assert get.asked == []


@pytest.mark.parametrize(
    ("govcs", "private", "allowed"),
    [
        ("", "", True), ("*:off", "", False), ("public:off,private:all", "", False),
        ("public:off,private:all", "github.com/a", True), ("public:hg", "", False),
        ("github.com/a:git,*:off", "", True), ("github.com/b:git,*:off", "", False),
        ("*:git|hg", "", True), ("*:all", "", True),
    ],
)  # fmt: skip
def test_govcs(govcs, private, allowed):
    settings = settings_with(GOVCS=govcs, GOPRIVATE=private)
    expected = contextlib.nullcontext() if allowed else pytest.raises(FetchError, match="GOVCS")
    with expected:
        find_repository("github.com/a/b", settings, pages({}))


# --- git ------------------------------------------------------------------------------------------


@pytest.fixture
def git(tmp_path):
    settings = settings_with()
    return Git(
        program=settings.git, search_path=settings.search_path, home=str(tmp_path), proxies={}
    )


@needs_git
@pytest.mark.parametrize("url", ["ext::sh -c 'touch {m}'", "file://{t}/r", "http://127.0.0.1:1/x"])
def test_only_secure_transports_are_used(git, tmp_path, url):
    subprocess.run([GIT, "init", "-q", "--bare", tmp_path / "r"], check=True)
    marker = tmp_path / "marker"
    with pytest.raises(FetchError):
        git.run(str(tmp_path / "r"), "fetch", "--end-of-options", url.format(m=marker, t=tmp_path))
    assert not marker.exists()


@needs_git
def test_configuration_of_the_user_does_not_count(git, tmp_path):
    marker = tmp_path / "marker"
    (tmp_path / ".gitconfig").write_text(f"[core]\n\tfsmonitor = touch {marker}\n[x]\n\ty = 1\n")
    subprocess.run([GIT, "init", "-q", "--bare", tmp_path / "r"], check=True)
    with pytest.raises(FetchError):
        git.run(str(tmp_path / "r"), "config", "x.y")
    git.run(str(tmp_path / "r"), "rev-parse", "--git-dir")
    assert not marker.exists()


@needs_git
def test_an_option_in_the_place_of_an_url_is_an_url(git, tmp_path):
    subprocess.run([GIT, "init", "-q", "--bare", tmp_path / "r"], check=True)
    marker = tmp_path / "marker"
    with pytest.raises(FetchError):
        git.run(str(tmp_path / "r"), "fetch", "--end-of-options", f"--upload-pack=touch {marker}")
    assert not marker.exists()


def test_without_git_there_is_no_direct_access(tmp_path):
    settings = settings_with(PATH="/nonexistent")
    direct = DirectSource(settings=settings, cache_dir=str(tmp_path), get=None, page=pages({}))
    with pytest.raises(FetchError, match="needs git"):
        direct.fetch(ModuleVersion("github.com/a/b", "v1.0.0"), "mod", 1000)


# --- which files belong to a module ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("vendor/modules.txt", False, True), ("vendor/x.go", False, False),
        ("vendor/example.com/x.go", True, True), ("a/vendor/x.go", True, False),
        ("a/vendor/b/x.go", True, True), ("pkg/vendor/vendor.go", True, False),
        ("avendor/b/x.go", False, False), ("vendor", False, False),
    ],
)  # fmt: skip
def test_vendored_paths_by_go_version(path, old, new):
    assert is_vendored(path, "1.23") is old
    assert is_vendored(path, "") is old
    assert is_vendored(path, "1.24") is new


def test_what_belongs_to_a_module():
    paths = ["go.mod", "a.go", "sub/go.mod", "sub/b.go", "sub/x/c.go", "link", "subx/d.go",
             ".hg_archival.txt", "linked/go.mod", "linked/e.go"]  # fmt: skip
    chosen = select_files(dict.fromkeys(paths, 1), frozenset({"link", "linked/go.mod"}), b"")
    assert chosen == ("a.go", "go.mod", "linked/e.go", "subx/d.go")


@pytest.mark.parametrize(
    "paths", [["a.go", "A.go"], ["d/x", "D/y"], ["con"], ["a:b"], ["Go.mod"], ["x."]]
)
def test_names_that_no_module_may_have(paths):
    with pytest.raises(MalformedInputError):
        select_files(dict.fromkeys(paths, 1), frozenset(), b"")


def test_sizes_beyond_the_limits():
    for sizes in ({"a": 501 << 20}, {"go.mod": 17 << 20}, {"LICENSE": 17 << 20}):
        with pytest.raises(MalformedInputError):
            select_files(sizes, frozenset(), b"")
