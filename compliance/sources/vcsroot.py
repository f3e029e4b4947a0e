"""From a module path to its git repository (https://go.dev/ref/mod#vcs-find).

Well-known hosts and paths with a `.git` element name the repository themselves; any other host is
asked for `?go-get=1` over https and answers with a meta tag `go-import`.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from compliance import patterns as re
from compliance.golang import path_contains
from compliance.sources.goproxy import FetchError, matches_private
from compliance.sources.settings import GoSettings
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.sources.transport import Page

MAX_PAGE_BYTES = 1 << 20
"""A page that answers `?go-get=1` is a few kilobytes."""
_FIELDS = (3, 4)
_OK = 200

_NAMED = r"(?P<root>{host}/[\w.-]+/[\w.-]+)(/[\w.-]+)*"
_HOSTS = {
    "github.com": re.compile(_NAMED.format(host=r"github\.com"), re.ASCII),
    "bitbucket.org": re.compile(_NAMED.format(host=r"bitbucket\.org"), re.ASCII),
    "hub.jazz.net/git": re.compile(
        r"(?P<root>hub\.jazz\.net/git/[a-z0-9]+/[\w.-]+)(/[\w.-]+)*", re.ASCII
    ),
    "git.apache.org": re.compile(
        r"(?P<root>git\.apache\.org/[a-z0-9_.-]+\.git)(/[\w.-]+)*", re.ASCII
    ),
    "git.openstack.org": re.compile(
        r"(?P<root>git\.openstack\.org/[\w.-]+/[\w.-]+)(\.git)?(/[\w.-]+)*", re.ASCII
    ),
}
"""Hosts that the go command knows without asking (cmd/go/internal/vcs, vcsPaths)."""
_BARE = ("github.com", "bitbucket.org", "hub.jazz.net/git")
"""Hosts whose repositories are named without `.git` and its like."""
_SUFFIXES = (".bzr", ".fossil", ".git", ".hg", ".svn")
_WITH_VCS = re.compile(
    r"(?P<root>(?P<repo>([a-z0-9.-]+\.)+[a-z0-9.-]+(:[0-9]+)?(/~?[\w.-]+)+?)"
    r"\.(?P<vcs>bzr|fossil|git|hg|svn))(/~?[\w.-]+)*",
    re.ASCII,
)


class GetPage(Protocol):
    """Fetches a page whatever its status; raises FetchError where there is no answer."""

    def __call__(self, url: str, limit: int, *, insecure: bool = False) -> Page:
        """The page of an URL, with any certificate where `insecure`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRoot:
    """A repository and the module path prefix that stands for its root.

    `vcs` is `git`, or `mod` where `url` is a module proxy. `folder` is the folder inside the
    repository that `path` stands for, "" for the root.
    """

    path: str
    vcs: str
    url: str
    folder: str = ""


def find_repository(path: str, settings: GoSettings, get: GetPage) -> RepositoryRoot:
    """The repository of a module path.

    Raises:
        FetchError: No repository, one that is not git, or one that GOVCS forbids.
    """
    root = _well_known(path) or _from_page(path, settings, get)
    if root.vcs not in ("git", "mod"):
        raise FetchError(f"{root.path} is in a {root.vcs} repository; only git can be read")
    if root.vcs == "git" and not _allowed(root.path, settings):
        raise FetchError(f"GOVCS does not allow git for {root.path}")
    return root


def _well_known(path: str) -> RepositoryRoot | None:
    for host, pattern in _HOSTS.items():
        if not path_contains(host, path):
            continue
        match = pattern.fullmatch(path)
        if match is None or (host in _BARE and match["root"].endswith(_SUFFIXES)):
            raise FetchError(f"{path}: names no repository of {host}")
        return RepositoryRoot(path=match["root"], vcs="git", url=f"https://{match['root']}")
    if match := _WITH_VCS.fullmatch(path):
        url = f"https://{match['repo']}.{match['vcs']}"
        return RepositoryRoot(path=match["root"], vcs=match["vcs"], url=url)
    return None


def _from_page(path: str, settings: GoSettings, get: GetPage) -> RepositoryRoot:
    """Ask the host, and the prefix that it names, which must say the same."""
    root = _ask(path, path, settings, get)
    if root.path != path and _ask(root.path, path, settings, get) != root:
        raise FetchError(f"{path} and {root.path} disagree about their repository")
    scheme = urlsplit(root.url).scheme
    if scheme not in ("https", "ssh", "git+ssh") and not (
        scheme == "http" and _insecure(path, settings)
    ):
        raise FetchError(f"{path}: repository over {scheme or 'no scheme'} is not secure")
    if root.folder.startswith(("/", "-")) or ".." in root.folder.split("/"):
        raise FetchError(f"{path}: invalid folder of the repository")
    return root


def _ask(url_path: str, module: str, settings: GoSettings, get: GetPage) -> RepositoryRoot:
    """The repository that the page of `url_path` names for a module."""
    page = _page(url_path, _insecure(module, settings), get)
    parser = _Page()
    parser.feed(page.body.decode("utf-8", "replace"))
    proxied = {r.path for r in parser.roots if r.vcs == "mod"}
    found = [r for r in parser.roots if path_contains(r.path, module)]
    proxies = [r for r in found if r.vcs == "mod"]
    # A module proxy goes before the repositories that it stands for.
    others = [r for r in found if r.vcs != "mod" and r.path not in proxied]
    if not parser.roots and page.status != _OK:
        raise FetchError(f"{url_path}: {page.status}")
    if not found or len(proxies or others) > 1:
        raise FetchError(f"{url_path}: {len(found)} meta tags for {module}")
    return (proxies or others)[0]


def _page(url_path: str, insecure: bool, get: GetPage) -> Page:
    """https, with GOINSECURE any certificate will do, and http where nobody speaks https."""
    host, slash, rest = url_path.partition("/")
    if "." not in host:
        raise FetchError(f"{url_path}: does not begin with a host name")
    place = f"://{host}/{rest if slash else ''}?go-get=1"
    try:
        return get(f"https{place}", MAX_PAGE_BYTES, insecure=insecure)
    except FetchError:
        if not insecure:
            raise
        return get(f"http{place}", MAX_PAGE_BYTES)


def _insecure(path: str, settings: GoSettings) -> bool:
    return matches_private(settings.get("GOINSECURE"), path)


def _allowed(path: str, settings: GoSettings) -> bool:
    """GOVCS: the first pattern that matches decides; git is allowed by default."""
    private = matches_private(settings.get("GOPRIVATE"), path)
    for rule in settings.get("GOVCS").split(","):
        pattern, _, allowed = rule.strip().partition(":")
        matches = {"public": not private, "private": private}.get(pattern)
        if matches is None:
            matches = matches_private(pattern, path)
        if pattern and matches:
            return bool({"all", "git"} & set(allowed.strip().split("|")))
    return True


class _Page(HTMLParser):
    """Meta tags `go-import` in the head of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.roots: list[RepositoryRoot] = []
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._over = self._over or tag == "body"
        values = dict(attrs)
        words = (values.get("content") or "").split()
        if self._over or tag != "meta" or values.get("name") != "go-import":
            return
        if len(words) in _FIELDS:
            path, vcs, url, folder = (*words, "")[:4]
            self.roots.append(RepositoryRoot(path=path, vcs=vcs, url=url, folder=folder))

    def handle_endtag(self, tag: str) -> None:
        self._over = self._over or tag == "head"
