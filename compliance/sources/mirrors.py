"""Asking module mirrors for the same things, one by one, and noting all that they answer."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Sequence

from compliance.errors import MalformedInputError, UsageError
from compliance.golang import ModuleVersion, escape_path
from compliance.integrity import (
    Copy,
    ModuleAudit,
    Part,
    Sample,
    diagnose_copies,
    h1_gomod,
    judge,
)
from compliance.sources.acquire import Acquirer
from compliance.sources.archive import ZipFiles
from compliance.sources.copies import copy_of
from compliance.sources.download import (
    MAX_INFO_BYTES,
    MAX_LIST_BYTES,
    parse_info,
    proxy_path,
)
from compliance.sources.goproxy import (
    DIRECT,
    NO_PROXY,
    OFF,
    FetchError,
    NotFoundError,
    matches_private,
    proxy_list,
)
from compliance.sources.paths import MAX_SMALL_FILE_BYTES
from compliance.sources.settings import GoSettings
from compliance.sources.spool import Spool, open_spool
from compliance.sources.transport import Page, Transport, shown
from compliance.sources.ziparchive import MAX_ZIP_BYTES, open_zip
from compliance.value import dataclass, replace

MAX_VERSION_CHARS = 256
_CACHE_HEADERS = (
    "cache-control", "etag", "last-modified", "expires", "vary", "age", "content-type",
)  # fmt: skip
_MAX_HEADER_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A mirror under audit; `wait` paces the requests to it."""

    number: int
    url: str
    wait: Callable[[], None]


def mirror_urls(settings: GoSettings, named: Sequence[str]) -> tuple[str, ...]:
    """The mirrors to audit: those that are named, else the proxies of GOPROXY.

    Raises:
        UsageError: There is none, or one is no URL of http, https or file.
    """
    text = ",".join(named)
    chosen = settings.with_goproxy(text, "--mirror") if named else settings
    urls = [e.url.rstrip("/") for e in proxy_list(chosen) if e.url not in (DIRECT, OFF, NO_PROXY)]
    if not urls:
        raise UsageError("no mirror to audit: name one with --mirror, or set GOPROXY")
    return tuple(dict.fromkeys(urls))


def pace(rate: float) -> Callable[[], None]:
    """A function that waits so that it returns `rate` times a second on average, in any thread."""
    started, numbers = time.monotonic(), itertools.count()

    def wait() -> None:
        left = started + next(numbers) / rate - time.monotonic()
        if left > 0:
            time.sleep(left)

    return wait


def audit_module(
    acquirer: Acquirer, module: ModuleVersion, mirrors: Sequence[Mirror], parts: Iterable[Part]
) -> ModuleAudit:
    """What each mirror answers about a module version, judged by who vouches for it.

    A private module (GONOPROXY) is asked of nobody.

    Raises:
        MalformedInputError: It is no module version.
    """
    proxy_path(module, "mod")
    if matches_private(acquirer.settings.get("GONOPROXY"), module.path):
        return ModuleAudit(module=module, private=True)
    asking = _Asking(acquirer, module)
    samples = [asking.ask(m, part) for part in parts for m in mirrors]
    expected = {
        "mod": _expected(acquirer, module, "mod"),
        "zip": _expected(acquirer, module, "zip"),
    }
    found = ModuleAudit(
        module=module,
        expected={part: known for part, known in expected.items() if known[0]},
        samples=tuple(samples),
    )
    judged = judge(found)
    if any(s.part == "zip" and s.status == "differs" for s in judged.samples):
        told = asking.compare(mirrors, expected["zip"][0])
        judged = replace(judged, differences=told)
    return judged


def _expected(acquirer: Acquirer, module: ModuleVersion, part: str) -> tuple[str, str]:
    """(sum, who vouches for it); the public log goes before go.sum."""
    database, known = acquirer.database, acquirer.go_sum
    answer = database.zip_sum(module) if part == "zip" else database.gomod_sum(module)
    if answer.sum and not answer.refused:
        return answer.sum, "checksum database"
    own = known.of_zip(module) if part == "zip" else known.of_gomod(module)
    return (own, "go.sum") if own else ("", "")


class _Asking:
    """Requests about one module version."""

    def __init__(self, acquirer: Acquirer, module: ModuleVersion) -> None:
        self.transport = acquirer.transport or Transport.of(acquirer.settings)
        self.module = module

    def ask(self, mirror: Mirror, part: Part) -> Sample:
        """One request."""
        mirror.wait()
        blank = Sample(mirror=mirror.number, part=part)
        started = time.monotonic()
        try:
            if part == "zip":
                with open_spool(None) as spool:
                    page = self._save(mirror, spool)
                    seconds = time.monotonic() - started
                    found = replace(blank, sum=self._sum(spool), size=spool.size)
            else:
                page = self.transport.inspect(self._url(mirror, part), _LIMITS[part])
                seconds = time.monotonic() - started
                found = replace(self._read(blank, page.body), size=len(page.body))
        except NotFoundError as error:
            spent = time.monotonic() - started
            return replace(blank, status="missing", reason=str(error), seconds=spent)
        except FetchError as error:
            spent = time.monotonic() - started
            return replace(blank, status="failed", reason=str(error), seconds=spent)
        except MalformedInputError as error:
            spent = time.monotonic() - started
            return replace(blank, status="damaged", reason=error.message, seconds=spent)
        return replace(
            found, seconds=seconds, redirects=page.redirects, headers=_about_caching(page)
        )

    def compare(self, mirrors: Sequence[Mirror], expected: str) -> tuple[str, ...]:
        """How the zips of the mirrors differ; they are fetched once more."""
        copies: list[Copy] = []
        for mirror in mirrors:
            mirror.wait()
            with open_spool(None) as spool:
                try:
                    self._save(mirror, spool)
                    files = ZipFiles(self.module, open_zip(spool.read_at, spool.size))
                except (FetchError, MalformedInputError):
                    continue
                copies += copy_of(self.module, shown(self._url(mirror, "zip")), files)
        if not copies:
            return ()
        known = any(c.sum == expected for c in copies)
        return diagnose_copies(copies, expected if known else copies[0].sum).lines

    def _save(self, mirror: Mirror, spool: Spool) -> Page:
        return self.transport.save(self._url(mirror, "zip"), MAX_ZIP_BYTES, spool)

    def _sum(self, spool: Spool) -> str:
        return ZipFiles(self.module, open_zip(spool.read_at, spool.size)).h1()

    def _url(self, mirror: Mirror, part: Part) -> str:
        if part == "list":
            return f"{mirror.url}/{escape_path(self.module.path)}/@v/list"
        return f"{mirror.url}/{proxy_path(self.module, part)}"

    def _read(self, blank: Sample, body: bytes) -> Sample:
        if blank.part == "mod":
            return replace(blank, sum=h1_gomod(body))
        if blank.part == "list":
            lines = body.decode("utf-8", "replace").split("\n")
            words = {line.split()[0] for line in lines if line.strip()}
            return replace(
                blank, versions=tuple(sorted(w for w in words if len(w) < MAX_VERSION_CHARS))
            )
        info = parse_info(body)
        if info is None or info.version != self.module.version:
            raise MalformedInputError("no .info of this version")
        return replace(blank, time=info.time[:MAX_VERSION_CHARS])


_LIMITS: dict[Part, int] = {
    "info": MAX_INFO_BYTES, "mod": MAX_SMALL_FILE_BYTES, "list": MAX_LIST_BYTES,
}  # fmt: skip


def _about_caching(page: Page) -> dict[str, str]:
    return {
        name: page.headers[name][:_MAX_HEADER_CHARS]
        for name in _CACHE_HEADERS
        if name in page.headers
    }
