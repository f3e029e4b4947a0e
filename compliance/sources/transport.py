"""Transport: one document from an URL, within limits of time and size.

http and https through httpx, file through the file system. Redirects are followed by hand, so that
credentials never reach another host, https never becomes http, and only http(s) is followed to.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args
from urllib.parse import unquote, urljoin, urlsplit

from compliance.sources.authrun import credentials_of
from compliance.sources.credentials import Credentials
from compliance.sources.goproxy import FetchError, NotFoundError
from compliance.sources.paths import is_file, read_small
from compliance.sources.settings import GoSettings
from compliance.sources.spool import Spool
from compliance.value import dataclass

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
REQUEST_SECONDS = 90.0
"""Promises of the command line: to connect, without progress, and for one request in all, with the
pauses between its attempts."""
MAX_REDIRECTS = 10
MAX_ATTEMPTS = 3
_BACK_OFF_SECONDS = 0.5
_MAX_DIGITS = 6  # of a Retry-After worth reading
_RETRY = frozenset((408, 425, 429, 500, 502, 503, 504))
_MISSING = frozenset((404, 410))
_REDIRECT = frozenset((301, 302, 303, 307, 308))
_REFUSED = range(400, 500)
_MAYBE_PRIVATE = frozenset((401, 403, 404))
_OK = 200
_BLOCK = 1 << 16


_Kind = Literal["plain", "cached", "page", "insecure"]
"""Clients: for immutable documents, for what may change, for pages, for GOINSECURE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds: to connect, without progress, for one request in all."""

    connect: float = CONNECT_SECONDS
    stall: float = STALL_SECONDS
    request: float = REQUEST_SECONDS


class Transport:
    """Fetches documents; the connections are opened on first use and safe between threads.

    Args:
        credentials: Who we are at a host.
        proxies: http_proxy, https_proxy and no_proxy.
        patience: Limits of time.
        store: File of the HTTP cache for what may change (version lists), or None.
        sleep: How to wait between attempts.
        attempts: How often a failure that may pass is tried again, the first time included.
    """

    __slots__ = ("_free", "attempts", "credentials", "patience", "proxies", "sleep", "store")

    def __init__(
        self,
        *,
        credentials: Credentials | None = None,
        proxies: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        store: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        attempts: int = MAX_ATTEMPTS,
    ) -> None:
        self.credentials = credentials or Credentials()
        self.proxies = proxies or {}
        self.patience = patience or Patience()
        self.store = store
        self.sleep = sleep
        self.attempts = attempts
        self._free: dict[_Kind, list[httpx.Client]] = {k: [] for k in get_args(_Kind)}

    @classmethod
    def of(
        cls, settings: GoSettings, cache_dir: str | None = None, attempts: int = MAX_ATTEMPTS
    ) -> Transport:
        """A transport with the credentials and web proxies of the settings."""
        return cls(
            credentials=credentials_of(settings),
            proxies=settings.web_proxies,
            store=http_store(cache_dir),
            attempts=attempts,
        )

    def get_current(self, url: str, limit: int) -> bytes:
        """Like `get`, for what may change: kept and asked for again as its headers say."""
        if self.store is None or urlsplit(url).scheme == "file":
            return self.get(url, limit)
        import sqlite3

        try:
            return self._get(url, limit, "cached").body
        except sqlite3.Error:
            # A damaged or read-only store: the cache is a convenience, the answer is not.
            self.store = None
            return self.get(url, limit)

    def get(self, url: str, limit: int) -> bytes:
        """Body of a document of at most `limit` bytes.

        Raises:
            NotFoundError: 404, 410, or no such file.
            FetchError: Any other failure; the message names the URL without credentials.
        """
        return self._get(url, limit, "plain").body

    def save(self, url: str, limit: int, spool: Spool) -> Page:
        """Like `inspect`, with the body written to `spool` instead. Raises as `get`, and OSError
        when the disk is full."""  # noqa: D205, D209
        return self._get(url, limit, "plain", spool=spool)

    def page(self, url: str, limit: int, *, insecure: bool = False) -> Page:
        """A page whatever its status, as `?go-get=1` is read: some stand behind a 404.

        Args:
            url: Of http or https.
            limit: Bytes of the body.
            insecure: Whether to accept any certificate (GOINSECURE).

        Raises:
            FetchError: No answer.
        """
        return self._get(url, limit, "insecure" if insecure else "page", any_status=True)

    def inspect(self, url: str, limit: int) -> Page:
        """A document with the headers of its answer and the number of redirects.

        Raises:
            NotFoundError: 404, 410, or no such file.
            FetchError: Any other failure.
        """
        return self._get(url, limit, "plain")

    def _get(
        self, url: str, limit: int, kind: _Kind, *, any_status: bool = False,
        spool: Spool | None = None,
    ) -> Page:  # fmt: skip
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise FetchError("malformed URL") from error
        if parts.scheme == "file" and not any_status:
            return _read_file(url, limit, spool)
        if parts.scheme == "http" and parts.username is not None:
            raise FetchError(f"{shown(url)}: credentials are not sent over http")
        from compliance.sources.deadline import deadline

        end = time.monotonic() + self.patience.request
        attempt = 1
        while True:
            left = end - time.monotonic()
            try:
                with deadline(left):
                    return self._follow(url, limit, kind, any_status=any_status, spool=spool)
            except _RetryableError as error:
                pause = max(error.wait, _BACK_OFF_SECONDS * 2 ** (attempt - 1))
                if attempt >= self.attempts or pause > end - time.monotonic():
                    raise FetchError(str(error)) from error
                self.sleep(pause)
                attempt += 1

    def close(self) -> None:
        """Close the connections that wait for another request."""
        for free in self._free.values():
            while free:
                free.pop().close()

    def _follow(
        self, url: str, limit: int, kind: _Kind, *, any_status: bool, spool: Spool | None
    ) -> Page:
        """Get an URL and what it redirects to."""
        seen = [url]
        asked_again = False
        while True:
            here = seen[-1]
            # Credentials are for the host that was asked, never for one that it points to.
            headers = self.credentials.headers(here) if _same_host(url, here) else {}
            with self._client(kind) as client:
                page = self._once(here, limit, client, headers, spool)
            if page.location is None:
                if page.status in _REFUSED and not asked_again and _same_host(url, here):
                    asked_again = True
                    if self.credentials.refused(here, page.head):
                        continue
                if not any_status:
                    self._check_status(page, shown(here))
                return page._replace(redirects=len(seen) - 1)
            target = _redirect(here, page.location)
            if target in seen or len(seen) > MAX_REDIRECTS:
                message = f"redirected in circles or more than {MAX_REDIRECTS} times"
                raise FetchError(f"{shown(url)}: {message}")
            seen.append(target)

    def _once(
        self, url: str, limit: int, client: httpx.Client, headers: dict[str, str],
        spool: Spool | None,
    ) -> Page:  # fmt: skip
        """One answer, or where to look instead."""
        import httpx

        place = shown(url)
        try:
            with client.stream("GET", bare(url), headers=headers) as reply:
                status = reply.status_code
                if status in _REDIRECT and "location" in reply.headers:
                    return Page(status=status, location=str(reply.headers["location"]))
                sink = spool if status == _OK else None
                body = _body(reply, limit, place, sink) if status not in _RETRY else b""
                return Page(status=status, body=body, headers=dict(reply.headers))
        except (httpx.ConnectTimeout, httpx.ReadTimeout) as error:
            # Waiting again as long would break the promise on waiting.
            raise FetchError(f"{place}: no answer in time") from error
        except httpx.TransportError as error:
            raise _RetryableError(f"{place}: {_cause(error)}", 0.0) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise FetchError(f"{place}: {_cause(error)}") from error

    def _check_status(self, page: Page, place: str) -> None:
        status = page.status
        hint = ""
        private = status in _MAYBE_PRIVATE and place.startswith("https:")
        if private and (words := self.credentials.not_run):
            hint = f" (GOAUTH's {', '.join(words)} was not run: see --run-goauth)"
        if status in _MISSING:
            raise NotFoundError(f"{place}: {status}{hint}")
        if status in _RETRY:
            raise _RetryableError(f"{place}: {status}", _wait(page.headers))
        if status != _OK:
            raise FetchError(f"{place}: {status}{hint}")

    @contextlib.contextmanager
    def _client(self, kind: _Kind) -> Iterator[httpx.Client]:
        """A client for one request at a time: HTTP/2 of httpcore is not safe between threads.

        Connections are reused: a client that is done waits for the next request.
        """
        free = self._free[kind]
        try:
            client = free.pop()
        except IndexError:
            client = self._open(kind)
        try:
            yield client
        finally:
            free.append(client)

    def _open(self, kind: _Kind) -> httpx.Client:
        from compliance.sources.deadline import open_client

        return open_client(
            connect=self.patience.connect,
            stall=self.patience.stall,
            mounts=_mounts(self.proxies),
            store=self.store if kind == "cached" else None,
            verify=kind != "insecure",
        )


class Page(NamedTuple):
    """An answer: its status, body and headers, where it redirects to, and after how many."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}
    location: str | None = None
    redirects: int = 0

    @property
    def head(self) -> bytes:
        """Status line and headers, as programs of GOAUTH read them."""
        from http.client import responses

        lines = [f"HTTP/1.1 {self.status} {responses.get(self.status, '')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


def http_store(cache_dir: str | None) -> str | None:
    """Where the HTTP cache lies; None when the folder cannot be written."""
    if cache_dir is None:
        return None
    try:
        os.makedirs(cache_dir, mode=0o700, exist_ok=True)
    except OSError:
        return None
    return f"{cache_dir}/http.sqlite" if os.access(cache_dir, os.W_OK) else None


class _RetryableError(Exception):
    """A failure that may pass; `wait` is what the server asked for, in seconds."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


def shown(url: str) -> str:
    """An URL as it may be printed: without user, password and query."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=netloc, query="", fragment="").geturl()


def bare(url: str) -> str:
    """An URL without user and password: they travel in a header, to their own host only."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _same_host(url: str, other: str) -> bool:
    """Whether two URLs have scheme, host and port in common."""
    one, two = urlsplit(url), urlsplit(other)
    mine, theirs = one.netloc.rpartition("@")[2], two.netloc.rpartition("@")[2]
    return (one.scheme, mine.lower()) == (two.scheme, theirs.lower())


def _redirect(url: str, location: str) -> str:
    """Where a redirect leads. Raises FetchError where it may not be followed."""
    try:
        target = urljoin(bare(url), location)
        scheme = urlsplit(target).scheme
        place = shown(target)
    except ValueError as error:
        raise FetchError(f"{shown(url)}: redirected to a malformed URL") from error
    if scheme not in ("http", "https"):
        raise FetchError(f"{shown(url)}: redirected to {place}, neither http nor https")
    if scheme == "http" and urlsplit(url).scheme == "https":
        raise FetchError(f"{shown(url)}: redirected from https to {place}")
    return target


def _body(reply: httpx.Response, limit: int, place: str, spool: Spool | None) -> bytes:
    """The body, or b"" where it is written to a spool."""
    announced = reply.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) <= _MAX_DIGITS * 3 and int(announced) > limit:
        raise FetchError(f"{place}: {announced} bytes are beyond the limit of {limit}")
    parts: list[bytes] = []
    size = 0
    if spool is not None:
        spool.restart()
    for part in reply.iter_bytes(_BLOCK):
        parts.append(part)
        size += len(part)
        if spool is not None:
            spool.write(parts.pop())
        if size > limit:
            raise FetchError(f"{place}: larger than the limit of {limit} bytes")
    return b"".join(parts)


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After; a date counts as longer than we wait."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return 0.0
    return float(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else float("inf")


def _mounts(proxies: Mapping[str, str]) -> dict[str, str | None]:
    """Web proxies by URL pattern of httpx; None: no proxy for that host."""
    mounts: dict[str, str | None] = {}
    for scheme in ("http", "https"):
        proxy = proxies.get(f"{scheme}_proxy", "")
        if proxy:
            mounts[f"{scheme}://"] = proxy if "://" in proxy else f"http://{proxy}"
    for word in proxies.get("no_proxy", "").replace(",", " ").split():
        if word == "*":
            return {}
        host = word.removeprefix("*").lower()
        mounts[f"all://*{host}"] = None  # httpx: a leading dot excludes the host itself
    for host in ("localhost", "127.0.0.1", "[::1]"):
        mounts[f"all://{host}"] = None
    return mounts


def _cause(error: Exception) -> str:
    return str(error) or type(error).__name__


def _read_file(url: str, limit: int, spool: Spool | None) -> Page:
    path = unquote(urlsplit(url).path)
    if spool is not None and is_file(path):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            spool.restart()
            while (block := file.read(_BLOCK)) and spool.size <= limit:
                spool.write(block)
            if spool.size <= limit:
                return Page(status=_OK)
    data = read_small(path, limit) if spool is None else None
    if data is not None:
        return Page(status=_OK, body=data)
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"{url}: no such file") from error
    except (OSError, ValueError) as error:
        raise FetchError(f"{url}: {error}") from error
    with contextlib.suppress(OSError):
        if stat.S_ISREG(mode) and not os.access(path, os.R_OK):
            raise FetchError(f"{url}: permission denied")
    what = f"larger than {limit} bytes" if stat.S_ISREG(mode) else "not a regular file"
    raise FetchError(f"{url}: {what}")
