"""Credentials for module servers: GOAUTH with netrc (`go help goauth`).

They go out over https only, to the host and path prefix they were given for, and are never part of
a message. `git` and commands in GOAUTH are not run: a scan starts no program that a setting names.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from compliance.sources.paths import read_small
from compliance.sources.settings import GoSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who the user is, by host. `skipped` names the GOAUTH methods that are not run."""

    logins: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    skipped: tuple[str, ...] = ()

    def headers(self, url: str) -> dict[str, str]:
        """Headers that authenticate a request; empty where nothing is known or over http."""
        parts = urlsplit(url)
        if parts.scheme != "https":
            return {}
        if parts.username is not None:
            user, password = unquote(parts.username), unquote(parts.password or "")
            return _basic(user, password)
        host = parts.netloc.rpartition("@")[2]
        prefix = (host + parts.path).rstrip("/")
        while prefix:
            if login := self.logins.get(prefix):
                return _basic(*login)
            prefix = prefix.rpartition("/")[0]
        return {}


def read_credentials(settings: GoSettings) -> Credentials:
    """Credentials as GOAUTH says; a netrc file that cannot be read counts as absent."""
    logins: dict[str, tuple[str, str]] = {}
    skipped: list[str] = []
    for word in settings.get("GOAUTH").split(";"):
        method = word.split()[:1]
        if method == ["netrc"]:
            data = read_small(settings.netrc) if settings.netrc else None
            text = (data or b"").decode("utf-8", "surrogateescape")
            for machine, login, password in parse_netrc(text):
                logins.setdefault(machine, (login, password))
        elif method and method != ["off"]:
            skipped.append(method[0])
    return Credentials(logins=logins, skipped=tuple(skipped))


def parse_netrc(text: str) -> tuple[tuple[str, str, str], ...]:
    """(machine, login, password) of a netrc file, read as cmd/go/internal/auth reads it."""
    found: list[tuple[str, str, str]] = []
    machine = login = password = ""
    in_macro = False
    for line in text.split("\n"):
        if in_macro:
            in_macro = line != ""
            continue
        words = line.split()
        if words[:1] == ["default"]:
            break
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
    return tuple(found)


def _basic(user: str, password: str) -> dict[str, str]:
    pair = f"{user}:{password}".encode("utf-8", "surrogateescape")
    return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}
