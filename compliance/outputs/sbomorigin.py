"""Where a component comes from, and who is behind it.

What is not known is not filled in: a supplier that cannot be told from the module path or the
origin of the bytes is none, a download location is the place that the bytes came from.
"""

from __future__ import annotations

from functools import lru_cache

from compliance import patterns as re
from compliance.golang import pseudo_version
from compliance.integrity import Verification, Voucher
from compliance.outputs.sbommodel import Agent, ElementKind
from compliance.outputs.sbomtext import actor, digest, email, host_name, line, public_url, utc_time
from compliance.policy import Publisher
from compliance.report import Component, ScanReport

# Hosts whose first path element names the owner of what follows (their URL scheme).
_FORGES = frozenset({
    "bitbucket.org", "codeberg.org", "git.sr.ht", "gitea.com", "gitee.com", "github.com",
    "gitlab.com",
})  # fmt: skip
GO_AUTHORS = Agent(name="The Go Authors", url="https://go.dev")
_GOPKG = re.compile(r"gopkg\.in/(?:(?P<owner>[^/]+)/)?(?P<name>[^/]+)\.v[0-9]+(?:-unstable)?$")
_MAJOR = re.compile(r"/v[0-9]+$")
_PATH = re.compile(r"[A-Za-z0-9._~/-]+")


def owner_of_mains(report: ScanReport) -> Agent | None:
    """The owner of the module that was scanned; of another main module where that has no host."""
    mains = [c for c in report.components if c.module and c.module.main]
    mains.sort(key=lambda c: c.path != report.subject.module)
    named = (owner(line(c.path), c) for c in mains)
    return next((a for a in named if a), None) or owner(line(report.subject.module), None)


def owner(path: str, item: Component | None) -> Agent | None:
    """Who publishes a module, told by its path or by the repository its bytes came from.

    The path is text of one line (sbomtext.line), here and below.
    """
    # https://gopkg.in: gopkg.in/pkg.v3 is github.com/go-pkg/pkg, gopkg.in/user/pkg.v3 the user's.
    if path.startswith("gopkg.in/") and (found := _GOPKG.match(path)):
        name = found["owner"] or f"go-{found['name']}"
        return Agent(name=actor(name), url=public_url(f"https://github.com/{name}"))
    host, _, rest = path.partition("/")
    if path.startswith("golang.org/x/"):
        return GO_AUTHORS
    if found_owner := _forge_owner(host, rest):
        return found_owner
    if item and item.origin and (url := public_url(item.origin.url)):
        host_of_url, _, rest = url.removeprefix("git+").partition("://")[2].partition("/")
        if found_owner := _forge_owner(host_of_url, rest):
            return found_owner
    if host_name(host):
        return Agent(name=host, url=f"https://{host}")
    return None


def _forge_owner(host: str, rest: str) -> Agent | None:
    name = rest.partition("/")[0]
    return _agent_of_forge(host, name) if host.lower() in _FORGES and name else None


@lru_cache(maxsize=4096)
def _agent_of_forge(host: str, name: str) -> Agent:
    return Agent(name=actor(name) or "unnamed", url=public_url(f"https://{host}/{name}"))


def declared_publisher(publisher: Publisher | None) -> Agent | None:
    """The publisher as an agent of the bill, None where none with a name was declared."""
    if publisher is None or not (name := actor(publisher.name)):
        return None
    return Agent(name=name, url=public_url(publisher.url), email=email(publisher.email))


def commit_location(item: Component) -> str | None:
    """`git+https://host/repo@commit`: the version control location of SPDX 2.3, 7.7."""
    origin = item.origin
    if origin is None or origin.vcs != "git" or not digest(origin.commit, 40):
        return None
    return public_url(f"git+{origin.url}@{origin.commit}")


def zip_location(item: Component) -> str | None:
    """The URL that the module zip with these bytes was fetched from, where it is known."""
    return public_url(item.archive.url) if item.archive and not came_along(item) else None


def tree_location(item: Component) -> str | None:
    """The commit that the bytes were made from, where they came from no downloaded zip."""
    local = item.module is not None and item.module.main
    return None if local or came_along(item) else commit_location(item)


def came_along(item: Component) -> bool:
    """Whether the bytes came with the repository: from vendor/ or a folder, or edited."""
    return item.verification.voucher is Voucher.VENDORED or is_no_zip(item)


def is_no_zip(item: Component) -> bool:
    """Whether the code is not that of the module zip: edited, or from a folder."""
    module = item.module
    local = module is not None and module.folder is not None and not module.main
    return item.modified or local


def source_words(item: Component) -> str:
    """Origin, place of the bytes and what vouches for them, as sentences."""
    origin, said = item.origin, []
    if origin and (repository := public_url(origin.url)):
        ref = f" ({line(origin.ref)})" if origin.ref else ""
        said.append(f"{line(origin.vcs)} {repository} commit {line(origin.commit)}{ref}.")
    if item.place and not item.place.startswith("/"):
        said.append(f"Read from {line(item.place)}.")
    if item.kind == "module" and not (item.module and item.module.main):
        said.append(vouched(item.verification.voucher, item.verification.because)[0])
    return " ".join(said)


@lru_cache(maxsize=4096)
def vouched(voucher: Voucher, reason: str) -> tuple[str, str]:
    """What vouches for the bytes as a sentence, and what is to say about their go.sum hash."""
    word, because = voucher.value, line(reason)
    because = because.removeprefix(f"{word}: ").rstrip(".")
    note = "Hash of the module's file tree as in go.sum; not a digest of the zip file."
    if Verification(voucher=voucher).verified:
        note += f" Verified by {word}."
    return f"Verification: {word}" + (f": {because}." if because else "."), note


def repository_of(kind: ElementKind, name: str, version: str) -> str | None:
    """Where the source is kept, by the go command's table of hosts (https://go.dev/ref/mod#vcs)."""
    if kind == "standard-library":
        return public_url(f"git+https://go.googlesource.com/go@go{version}")
    # Both say so themselves: https://gopkg.in, and the go-import tags of golang.org/x.
    if name.startswith("golang.org/x/"):
        return public_url(f"git+https://go.googlesource.com/{name.split('/')[2]}")
    if name.startswith("gopkg.in/") and (found := _GOPKG.match(name)):
        owner_name = found["owner"] or f"go-{found['name']}"
        return public_url(f"git+https://github.com/{owner_name}/{found['name']}")
    host, _, rest = name.partition("/")
    parts = rest.split("/")[:2]
    if kind == "declared" or host not in _FORGES or len(parts) < 2:  # noqa: PLR2004 - owner/name
        return None
    return public_url("/".join(("git+https:/", host, *parts)))


def homepage_of(kind: ElementKind, name: str) -> str | None:
    """The page behind a published path; a forge's page of the repository."""
    if kind == "standard-library":
        return "https://go.dev/"
    path = _MAJOR.sub("", name) if "/v" in name else name
    host, _, rest = path.partition("/")
    if kind == "declared" or not _PATH.fullmatch(path):
        return None
    if host in _FORGES:
        return "/".join(("https:/", host, *rest.split("/")[:2]))
    return public_url(f"https://{path}")


def pages_of(kind: ElementKind, name: str, version: str) -> tuple[str | None, str | None]:
    """`repository_of` and `homepage_of` a component: of most, one address serves both."""
    host, _, rest = name.partition("/")
    first, _, more = rest.partition("/")
    second = more.partition("/")[0]
    plain = host in _FORGES and kind != "declared" and _PATH.fullmatch(rest)
    if plain and first and second and not _MAJOR.fullmatch(f"/{second}"):
        page = f"https://{host}/{first}/{second}"
        return f"git+{page}", page
    return repository_of(kind, name, version), homepage_of(kind, name)


def release_time(item: Component) -> str | None:
    """When the version was made: as a proxy says, else as a pseudo-version names its commit's time.

    RFC 3339 in UTC; https://go.dev/ref/mod#pseudo-versions.
    """
    given = item.released or (item.origin.time if item.origin else "")
    source = item.module.source if item.module and not item.module.main else None
    if not given and source and (pseudo := pseudo_version(source.version)):
        day, clock = pseudo.time[:8], pseudo.time[8:]
        given = f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}Z"
    return utc_time(given)
