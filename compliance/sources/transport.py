"""Transport: one document from an URL, within limits of time and size.

http and https through httpx, file through the file system. Redirects are followed by hand, so that
credentials never reach another host and only http(s) is ever followed to.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from compliance.sources.goproxy import FetchError, NotFoundError
from compliance.sources.paths import read_small

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
REQUEST_SECONDS = 90.0
"""Promises of the command line: to connect, without progress, and for one request in all."""
MAX_REDIRECTS = 10
MAX_ATTEMPTS = 3
_BACK_OFF_SECONDS = 0.5
_RETRY = frozenset((408, 425, 429, 500, 502, 503, 504))
_MISSING = frozenset((404, 410))
_REDIRECT = frozenset((301, 302, 303, 307, 308))

Credentials = Callable[[str], Mapping[str, str]]
"""URL -> headers that authenticate at that host; empty when none are known."""


def no_credentials(_url: str) -> Mapping[str, str]:
    """Credentials of somebody who has none."""
    return {}


@dataclass(slots=True)
class Transport:
    """Fetches documents; the connection pool is opened on first use and safe between threads.

    Args:
        credentials: Who we are at a host.
        proxies: Web proxies by URL prefix (`https://`, `all://host`), as httpx mounts them.
        sleep: How to wait between attempts.
    """

    credentials: Credentials = no_credentials
    proxies: Mapping[str, str | None] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep
    _client: httpx.Client | None = None

    def get(self, url: str, limit: int) -> bytes:
        """Body of a document of at most `limit` bytes.

        Raises:
            NotFoundError: 404, 410, or no such file.
            FetchError: Any other failure; the message names the URL without credentials.
        """
        if urlsplit(url).scheme == "file":
            return _read_file(url, limit)
        attempt = 1
        while True:
            try:
                return self._follow(url, limit)
            except _RetryableError as error:
                if attempt >= MAX_ATTEMPTS or error.wait > REQUEST_SECONDS:
                    raise FetchError(str(error)) from error
                self.sleep(max(error.wait, _BACK_OFF_SECONDS * 2 ** (attempt - 1)))
                attempt += 1

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

    def _follow(self, url: str, limit: int) -> bytes:
        """Get an URL and what it redirects to."""
        seen = [url]
        while True:
            answer = self._once(seen[-1], limit)
            if isinstance(answer, bytes):
                return answer
            target = urljoin(seen[-1], answer)
            if urlsplit(target).scheme not in ("http", "https"):
                raise FetchError(f"{shown(url)}: redirected to {shown(target)}")
            if target in seen or len(seen) > MAX_REDIRECTS:
                raise FetchError(f"{shown(url)}: redirected in circles or more than ten times")
            seen.append(target)

    def _once(self, url: str, limit: int) -> bytes | str:
        """The body, or where to look instead."""
        import httpx

        place = shown(url)
        end = time.monotonic() + REQUEST_SECONDS
        try:
            with self._open().stream(
                "GET", bare(url), headers=dict(self.credentials(url))
            ) as reply:
                status = reply.status_code
                if status in _REDIRECT and "location" in reply.headers:
                    return str(reply.headers["location"])
                if status in _MISSING:
                    raise NotFoundError(f"{place}: {status}")
                if status in _RETRY:
                    raise _RetryableError(f"{place}: {status}", _wait(reply.headers))
                if status != httpx.codes.OK:
                    raise FetchError(f"{place}: {status}")
                return _body(reply, limit, end, place)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _RetryableError(f"{place}: {_cause(error)}", 0.0) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise FetchError(f"{place}: {_cause(error)}") from error

    def _open(self) -> httpx.Client:
        if self._client is None:
            import httpx

            self._client = httpx.Client(
                timeout=httpx.Timeout(STALL_SECONDS, connect=CONNECT_SECONDS, pool=REQUEST_SECONDS),
                limits=httpx.Limits(max_connections=32, max_keepalive_connections=32),
                trust_env=False,  # the environment is handed in, never read here
                follow_redirects=False,
                mounts={
                    prefix: None if proxy is None else httpx.HTTPTransport(proxy=proxy)
                    for prefix, proxy in self.proxies.items()
                },
            )
        return self._client


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


def _body(reply: httpx.Response, limit: int, end: float, place: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in reply.iter_bytes(1 << 16):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise FetchError(f"{place}: larger than {limit} bytes")
        if time.monotonic() > end:
            raise FetchError(f"{place}: not complete after {REQUEST_SECONDS:.0f} s")
    return b"".join(parts)


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After; a date is taken as longer than we wait."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return 0.0
    return float(text) if text.isdecimal() and len(text) < 10 else REQUEST_SECONDS + 1  # noqa: PLR2004


def _cause(error: Exception) -> str:
    return str(error) or type(error).__name__


def _read_file(url: str, limit: int) -> bytes:
    path = unquote(urlsplit(url).path)
    data = read_small(path, limit)
    if data is not None:
        return data
    import os

    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"{url}: no such file") from error
    except (OSError, ValueError) as error:
        raise FetchError(f"{url}: {error}") from error
    what = f"larger than {limit} bytes" if stat.S_ISREG(mode) else "not a regular file"
    raise FetchError(f"{url}: {what}")
