"""Credentials for module servers: GOAUTH (`go help goauth`, cmd/go/internal/auth).

They go out over https only, to the host and path prefix they were given for, and are never part of
a message. `netrc` and `off` always work. `git DIR` and commands start a program that a setting
names: they run only when the user of this run allows it.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote, urlsplit

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.sources.paths import is_folder, read_small
from compliance.value import dataclass

Headers = tuple[tuple[str, str], ...]
Answer = tuple[tuple[str, Headers], ...]
"""(URL prefix without scheme, headers for it) of each credential that a program gave."""
Ask = Callable[[str, str, bytes], Answer]
"""(method of GOAUTH, URL or "", HTTP answer or b"") -> credentials; raises AuthError."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|/")
_PLAIN = "%/:?#[]@!$&'()*+,;=~"
_SPACE = re.compile("[\t\n\v\f\r \x85\xa0]+")
_GIT_WORDS = 2


class AuthError(Exception):
    """A program of GOAUTH failed, or answered what it must not; the message holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthMethods:
    """GOAUTH: its methods in the order that it lists them, and where the text comes from."""

    text: str = ""
    origin: str = ""

    def checked(self) -> tuple[str, ...]:
        """The methods.

        Raises:
            UsageError: An empty method, `off` among others, or `git` without an absolute folder.
        """
        if not self.text:
            return ()
        methods = tuple(method.strip() for method in self.text.split(";"))
        for method in methods:
            words = method.split()
            problem = ""
            if not words:
                problem = "an empty method"
            elif words[0] == "off" and len(methods) > 1:
                problem = "off cannot be combined with others"
            elif words[0] == "git" and (
                len(words) != _GIT_WORDS or words[1][:1] != "/" or not is_folder(words[1])
            ):
                problem = "git needs the absolute path of a folder"
            if problem:
                raise UsageError(f"GOAUTH ({self.origin}): {problem}")
        return methods


class Credentials:
    """Who the user is, by URL prefix. Safe between threads.

    Args:
        logins: (user, password) by host or host/path.
        methods: GOAUTH.
        netrc: Path of the netrc file, "" for none.
        ask: Runs `git` and the commands of GOAUTH; None: they are not run.
    """

    __slots__ = ("_ask", "_known", "_lock", "_methods", "_netrc", "_started")

    def __init__(
        self,
        *,
        logins: Mapping[str, tuple[str, str]] | None = None,
        methods: AuthMethods | None = None,
        netrc: str = "",
        ask: Ask | None = None,
    ) -> None:
        self._known: dict[str, Headers] = {k: (basic(*v),) for k, v in (logins or {}).items()}
        self._methods = methods or AuthMethods()
        self._netrc = netrc
        self._ask = ask
        self._lock = threading.RLock()
        self._started = False

    @property
    def not_run(self) -> tuple[str, ...]:
        """The first words of the methods of GOAUTH that would have to be run, and are not."""
        words = [m.split()[0] for m in self._methods.checked()]
        return tuple(w for w in words if w not in ("netrc", "off") and self._ask is None)

    @property
    def programs(self) -> bool:
        """Whether a program may know more than was learned so far."""
        return self._ask is not None and any(
            m.split()[0] not in ("netrc", "off") for m in self._methods.checked()
        )

    def headers(self, url: str) -> dict[str, str]:
        """Headers that authenticate a request; empty where nothing is known or over http.

        Raises:
            UsageError: GOAUTH cannot be meant.
        """
        parts = urlsplit(url)
        if parts.scheme != "https":
            return {}
        if parts.username is not None:
            return dict((basic(unquote(parts.username), unquote(parts.password or "")),))
        self._learn("", b"")
        prefix = (parts.netloc.rpartition("@")[2] + parts.path).rstrip("/")
        while prefix:
            if found := self._known.get(prefix):
                return dict(found)
            prefix = prefix.rpartition("/")[0]
        return {}

    def refused(self, url: str, answer: bytes) -> bool:
        """A server refused a request: whether the programs of GOAUTH know credentials for it.

        Args:
            url: The URL, of https.
            answer: Status line and headers of the answer, as a program reads it.
        """
        if not self.programs or urlsplit(url).scheme != "https":
            return False
        before = self.headers(url)
        self._learn(url, answer)
        return self.headers(url) not in ({}, before)

    def _learn(self, url: str, answer: bytes) -> None:
        """Ask every method; later ones first, so that earlier ones win."""
        with self._lock:
            if self._started and not url:
                return
            self._started = True
            for method in reversed(self._methods.checked()):
                word = method.split()[0]
                if word == "netrc":
                    text = (read_small(self._netrc) if self._netrc else None) or b""
                    entries = parse_netrc(text.decode("utf-8", "surrogateescape"))
                    for machine, login, password in reversed(entries):
                        self._store(machine, (basic(login, password),))
                elif word != "off" and self._ask is not None and (url or word != "git"):
                    try:
                        found = self._ask(method, url, answer)
                    except AuthError:
                        continue  # the server's refusal is what the user sees
                    for prefix, headers in found:
                        self._store(prefix, headers)

    def _store(self, prefix: str, headers: Headers) -> None:
        name = prefix.removeprefix("https://").removesuffix("/")
        self._known.pop(name, None)
        if headers:
            self._known[name] = headers


def parse_netrc(text: str) -> tuple[tuple[str, str, str], ...]:
    """(machine, login, password) of a netrc file, read as cmd/go/internal/auth reads it.

    Words go in pairs, line by line; `default` ends the file where a line leaves it without a pair.
    """
    found: list[tuple[str, str, str]] = []
    machine = login = password = ""
    in_macro = False
    for line in text.split("\n"):
        if in_macro:
            in_macro = line != ""
            continue
        words = [w for w in _SPACE.split(line) if w]
        for key, value in zip(words[::2], words[1::2], strict=False):
            if key == "machine":
                machine, login, password = value, "", ""
            elif key == "login":
                login = value
            elif key == "password":
                password = value
            elif key == "macdef":
                in_macro = True
            if machine and login and password:
                found.append((machine, login, password))
                machine = login = password = ""
        if len(words) % 2 and words[-1] == "default":
            break
    return tuple(found)


def parse_auth_answer(text: str) -> Answer:
    """What a command of GOAUTH prints: URLs, a blank line, headers, a blank line, and again.

    Raises:
        AuthError: It is not of that form.
    """
    found: list[tuple[str, Headers]] = []
    lines = text.split("\n")
    if lines.pop():
        raise AuthError("the answer does not end with a line break")
    while lines:
        urls, lines = _until_blank(lines, "URLs")
        rows, lines = _until_blank(lines, "headers")
        headers = []
        for row in rows:
            name, colon, value = row.partition(": ")
            value = value.strip()
            if not colon or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
                raise AuthError("a line is no header")
            headers.append((name, value))
        for url in urls:
            if not _URL.match(url) or not url.isprintable():
                raise AuthError("a line is no URL")
            found.append((quote(url.removeprefix("https://"), safe=_PLAIN), tuple(headers)))
    return tuple(found)


def parse_git_answer(text: str, url: str) -> Answer:
    """What `git credential fill` prints for an URL.

    Raises:
        AuthError: It is about another URL, or about none.
    """
    said = dict(line.strip().partition("=")[::2] for line in text.split("\n") if "=" in line)
    prefix = said.get("url", "")
    if not prefix:
        path = said.get("path", "").lstrip("/")
        host = f"{said.get('protocol', '')}://{said.get('host', '')}"
        prefix = f"{host}/{path}" if path else host
    if not prefix.startswith("https://") or not url.startswith(prefix):
        raise AuthError("git credential fill answers for another URL")
    login = basic(said.get("username", ""), said.get("password", ""))
    return ((prefix.removeprefix("https://"), (login,)),)


def basic(user: str, password: str) -> tuple[str, str]:
    """The header of a user and a password (RFC 7617)."""
    pair = f"{user}:{password}".encode("utf-8", "surrogateescape")
    return "Authorization", "Basic " + base64.b64encode(pair).decode("ascii")


def _until_blank(lines: list[str], what: str) -> tuple[list[str], list[str]]:
    if "" not in lines:
        raise AuthError(f"no blank line after the {what}")
    at = lines.index("")
    return lines[:at], lines[at + 1 :]
