"""A deadline for a whole request, which httpx does not have.

httpx bounds each read; a server that sends one byte now and then would hold a request for ever.
Here every wait on a socket is bounded by what is left of the request's time, too. Imported with
the first request: httpx costs a fifth of a second.
"""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

# httpx imports its command line, which brings rich: a third of its time, for nothing here.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpcore  # noqa: E402
import httpx  # noqa: E402

MAX_CACHED_BYTES = 1 << 20
"""Of one answer: version lists and pages. Archives have a cache of their own."""
MAX_STORE_BYTES = 64 << 20

_END: ContextVar[float | None] = ContextVar("end of the request", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound all waiting of the requests inside, in this thread."""
    token = _END.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _END.reset(token)


def open_client(
    *,
    connect: float,
    stall: float,
    mounts: Mapping[str, str | None],
    store: str | None = None,
    verify: bool = True,
) -> httpx.Client:
    """A client that reads nothing from the environment and follows no redirect by itself.

    Args:
        connect: Seconds to connect.
        stall: Seconds without progress.
        mounts: Web proxy by URL pattern; None for a direct connection.
        store: File of an HTTP cache that obeys RFC 9111, or None for no cache.
        verify: Whether certificates must be good.
    """
    context = _context(verify=verify)

    def transport(proxy: str | None = None) -> httpx.BaseTransport:
        made = httpx.HTTPTransport(verify=context, proxy=proxy, trust_env=False, http2=True)
        # httpx has no argument for the backend of its connection pool.
        made._pool._network_backend = _Backend()
        return made if store is None else _cached(made, store)

    direct = transport()
    return httpx.Client(
        transport=direct,
        timeout=httpx.Timeout(stall, connect=connect),
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": "compliance", "Accept-Encoding": "gzip, deflate"},
        mounts={
            pattern: direct if proxy is None else transport(proxy)
            for pattern, proxy in mounts.items()
        },
    )


@cache
def _context(*, verify: bool) -> ssl.SSLContext:
    """One for all clients: reading the certificates of the system takes a while."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _cached(direct: httpx.BaseTransport, store: str) -> httpx.BaseTransport:
    """Caching by RFC 9111: freshness, ETag, Last-Modified, Vary.

    The mode has to be asked for: by itself hishel keeps every answer, whatever its headers say.
    As a private cache it may keep what was answered to credentials; no one else reads the file.
    A store that cannot be used is a miss, and no record on stderr, where messages of ours belong.
    """
    import logging

    from hishel import CacheOptions, SqliteStorage
    from hishel.httpx import CacheTransport

    logging.getLogger("hishel").addHandler(logging.NullHandler())
    storage = SqliteStorage(
        database_path=store, max_stream_size=MAX_CACHED_BYTES, max_size=MAX_STORE_BYTES
    )
    return CacheTransport(direct, storage=storage, rfc=CacheOptions(shared=False))


def _left(timeout: float | None) -> float | None:
    """The lesser of a timeout and what is left of the request."""
    end = _END.get()
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the request is over")
    return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the request's time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    """Connects like httpcore's own backend, within the request's time."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(
            super().connect_tcp(host, port, _left(timeout), local_address, socket_options)
        )
