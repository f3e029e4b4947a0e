"""Transport: one document from an URL, within limits of time and size.

http and https through httpx, file through the file system. Redirects are followed by hand, so that
credentials never reach another host, https never becomes http, and only http(s) is followed to.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from compliance.sources.credentials import Credentials, read_credentials
from compliance.sources.goproxy import FetchError, NotFoundError
from compliance.sources.paths import read_small
from compliance.sources.settings import GoSettings

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
REQUEST_SECONDS = 90.0
"""Promises of the command line: to connect, without progress, and for one request in all."""
MAX_REDIRECTS = 10
MAX_ATTEMPTS = 3
MAX_CONNECTIONS = 32
_BACK_OFF_SECONDS = 0.5
_MAX_DIGITS = 6  # of a Retry-After worth reading
_RETRY = frozenset((408, 425, 429, 500, 502, 503, 504))
_MISSING = frozenset((404, 410))
_REDIRECT = frozenset((301, 302, 303, 307, 308))


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
    """

    __slots__ = ("_caching", "_client", "credentials", "patience", "proxies", "sleep", "store")

    def __init__(
        self,
        *,
        credentials: Credentials | None = None,
        proxies: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        store: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.credentials = credentials or Credentials()
        self.proxies = proxies or {}
        self.patience = patience or Patience()
        self.store = store
        self.sleep = sleep
        self._client: httpx.Client | None = None
        self._caching: httpx.Client | None = None

    @classmethod
    def of(cls, settings: GoSettings, cache_dir: str | None = None) -> Transport:
        """A transport with the credentials and web proxies of the settings."""
        return cls(
            credentials=read_credentials(settings),
            proxies=settings.web_proxies,
            store=http_store(cache_dir),
        )

    def get_current(self, url: str, limit: int) -> bytes:
        """Like `get`, for what may change: kept and asked for again as its headers say."""
        if self.store is None or urlsplit(url).scheme == "file":
            return self.get(url, limit)
        import sqlite3

        try:
            return self._get(url, limit, cached=True)
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
        return self._get(url, limit, cached=False)

    def _get(self, url: str, limit: int, *, cached: bool) -> bytes:
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise FetchError("malformed URL") from error
        if parts.scheme == "file":
            return _read_file(url, limit)
        if parts.scheme == "http" and parts.username is not None:
            raise FetchError(f"{shown(url)}: credentials are not sent over http")
        attempt = 1
        while True:
            try:
                return self._follow(url, limit, cached=cached)
            except _RetryableError as error:
                if attempt >= MAX_ATTEMPTS or error.wait > self.patience.request:
                    raise FetchError(str(error)) from error
                self.sleep(max(error.wait, _BACK_OFF_SECONDS * 2 ** (attempt - 1)))
                attempt += 1

    def close(self) -> None:
        """Close the connections."""
        for client in (self._client, self._caching):
            if client is not None:
                client.close()

    def _follow(self, url: str, limit: int, *, cached: bool) -> bytes:
        """Get an URL and what it redirects to, all within the time of one request."""
        from compliance.sources.deadline import deadline

        seen = [url]
        with deadline(self.patience.request):
            while True:
                answer = self._once(seen[-1], limit, self._open(cached=cached))
                if isinstance(answer, bytes):
                    return answer
                target = _redirect(seen[-1], answer)
                if target in seen or len(seen) > MAX_REDIRECTS:
                    message = f"redirected in circles or more than {MAX_REDIRECTS} times"
                    raise FetchError(f"{shown(url)}: {message}")
                seen.append(target)

    def _once(self, url: str, limit: int, client: httpx.Client) -> bytes | str:
        """The body, or where to look instead."""
        import httpx

        place = shown(url)
        headers = self.credentials.headers(url)
        try:
            with client.stream("GET", bare(url), headers=headers) as reply:
                if reply.status_code in _REDIRECT and "location" in reply.headers:
                    return str(reply.headers["location"])
                _check_status(reply, place)
                return _body(reply, limit, place)
        except (httpx.ConnectTimeout, httpx.ReadTimeout) as error:
            # Waiting again as long would break the promise on waiting.
            raise FetchError(f"{place}: no answer in time") from error
        except httpx.TransportError as error:
            raise _RetryableError(f"{place}: {_cause(error)}", 0.0) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise FetchError(f"{place}: {_cause(error)}") from error

    def _open(self, *, cached: bool) -> httpx.Client:
        client = self._caching if cached else self._client
        if client is None:
            from compliance.sources.deadline import open_client

            client = open_client(
                connect=self.patience.connect,
                stall=self.patience.stall,
                connections=MAX_CONNECTIONS,
                mounts=_mounts(self.proxies),
                store=self.store if cached else None,
            )
            if cached:
                self._caching = client
            else:
                self._client = client
        return client


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


def _check_status(reply: httpx.Response, place: str) -> None:
    status = reply.status_code
    if status in _MISSING:
        raise NotFoundError(f"{place}: {status}")
    if status in _RETRY:
        raise _RetryableError(f"{place}: {status}", _wait(reply.headers))
    if status != 200:  # noqa: PLR2004 - the only answer that carries the document
        raise FetchError(f"{place}: {status}")


def _body(reply: httpx.Response, limit: int, place: str) -> bytes:
    announced = reply.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) <= _MAX_DIGITS * 3 and int(announced) > limit:
        raise FetchError(f"{place}: {announced} bytes are beyond the limit of {limit}")
    parts: list[bytes] = []
    size = 0
    for part in reply.iter_bytes(1 << 16):
        parts.append(part)
        size += len(part)
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


def _read_file(url: str, limit: int) -> bytes:
    path = unquote(urlsplit(url).path)
    data = read_small(path, limit)
    if data is not None:
        return data
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
