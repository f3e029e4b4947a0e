"""GOPROXY: a list of module proxies and what happens when one of them fails.

https://go.dev/ref/mod#module-proxy and cmd/go/internal/modfetch TryProxies: after `,` only 404 and
410 lead to the next entry, after `|` every error does; `direct` and `off` end the list; modules
that match GONOPROXY are fetched directly and their path is never sent to a proxy.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.sources.settings import GoSettings
from compliance.value import dataclass

T = TypeVar("T")

DIRECT, OFF, NO_PROXY = "direct", "off", "noproxy"


class FetchError(Exception):
    """A place could not answer; the message never holds credentials."""


class NotFoundError(FetchError):
    """A place says that it has no such thing (404, 410, no such file)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyEntry:
    """One element of the list: an URL, or DIRECT, OFF, NO_PROXY.

    `after_any_error` says that the next entry is asked after any error, not only after 404 and 410.
    """

    url: str
    after_any_error: bool = False


def proxy_list(settings: GoSettings) -> tuple[ProxyEntry, ...]:
    """The effective list; empty when GOPROXY is not set at all, which means offline.

    Raises:
        UsageError: An entry is no URL of http, https or file, or the list has no entry.
    """
    text = settings.get("GOPROXY")
    origin = settings.origin("GOPROXY")
    if not text:
        return ()
    entries: list[ProxyEntry] = []
    if settings.get("GONOPROXY") and text != DIRECT:
        entries.append(ProxyEntry(url=NO_PROXY))
    for url, separator in re.findall(r"([^,|]*)([,|]?)", text):
        word = url.strip()
        if not word:
            continue
        if word in (OFF, DIRECT):
            entries.append(ProxyEntry(url=word))
            break
        entries.append(ProxyEntry(url=_proxy_url(word, origin), after_any_error=separator == "|"))
    if not [e for e in entries if e.url != NO_PROXY]:
        raise UsageError(f"GOPROXY ({origin}) is not empty but names no proxy")
    return tuple(entries)


def try_proxies(entries: tuple[ProxyEntry, ...], ask: Callable[[str], T]) -> T:
    """Ask one entry after the other until one answers.

    Args:
        entries: From `proxy_list`.
        ask: Called with each entry's URL; raises NotFoundError or FetchError.

    Raises:
        FetchError: The most telling error: of direct access, else of a proxy, else "not found".
    """
    best: FetchError = NotFoundError("GOPROXY is not set: offline")
    rank = 0
    for entry in entries:
        try:
            return ask(entry.url)
        except FetchError as error:
            missing = isinstance(error, NotFoundError)
            if entry.url == DIRECT or (entry.url == NO_PROXY and not missing):
                best, rank = error, 2
            elif rank <= 1 and not missing:
                best, rank = error, 1
            elif rank == 0:
                best = error
            if not missing and not entry.after_any_error:
                break
    raise best


def matches_private(globs: str, path: str) -> bool:
    """Whether a module path matches a list such as GOPRIVATE.

    Each glob is compared with as many leading path elements as it has itself
    (golang.org/x/mod/module.MatchPrefixPatterns).
    """
    elements = path.split("/")
    return any(
        len(elements) >= count and pattern.fullmatch("/".join(elements[:count]))
        for count, pattern in _patterns(globs)
    )


@lru_cache(maxsize=64)
def _patterns(globs: str) -> tuple[tuple[int, re.Pattern[str]], ...]:
    """Number of elements and expression of each glob; malformed ones match nothing."""
    found = []
    for glob in globs.split(","):
        text = glob.removesuffix("/")
        if text:
            with contextlib.suppress(re.error):
                found.append((text.count("/") + 1, re.compile(_expression(text), re.DOTALL)))
    return tuple(found)


def _expression(glob: str) -> str:
    """Regular expression of a glob of Go's path.Match."""
    parts: list[str] = []
    for match in re.finditer(r"\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|(\*+)|(\?)|(.)", glob, re.DOTALL):
        escaped, negated, inside, stars, single, plain = match.groups()
        if stars:
            parts.append("[^/]*")
        elif single:
            parts.append("[^/]")
        elif inside is not None:
            # A class never matches a slash; inside it only `-` and the escapes are special.
            content = inside.replace("[", "\\[").replace("^", "\\^")
            parts.append(f"(?!/)[{'^' if negated else ''}{content}]")
        elif plain in ("[", "\\"):
            raise re.error("malformed glob")
        else:
            parts.append(re.escape(escaped or plain))
    return "".join(parts)


def _proxy_url(word: str, origin: str) -> str:
    if any(c in word for c in ".:/") and ":/" not in word and not word.startswith("/"):
        word = "https://" + word
    try:
        parts = urlsplit(word)
    except ValueError as error:
        raise UsageError(f"GOPROXY ({origin}): {error}") from error
    if parts.scheme == "file" and (parts.netloc or parts.query or parts.fragment):
        raise UsageError(f"GOPROXY ({origin}): file:// proxy with more than a path")
    if parts.scheme not in ("http", "https", "file"):
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        raise UsageError(f"GOPROXY ({origin}): {shown!r} is no URL of http, https or file")
    return word
