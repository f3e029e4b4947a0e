"""The checksum database of GOSUMDB: how it is reached, and what was seen of it before."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from urllib.parse import urlsplit

from compliance.errors import ComplianceError, MalformedInputError, UsageError
from compliance.golang import ModuleVersion
from compliance.integrity import (
    NOT_ASKED,
    DatabaseAnswer,
    ForkError,
    RemoteError,
    SumDatabase,
    VerifierKey,
    parse_verifier_key,
)
from compliance.sources.goproxy import (
    DIRECT,
    NO_PROXY,
    OFF,
    FetchError,
    NotFoundError,
    matches_private,
    proxy_list,
    try_proxies,
)
from compliance.sources.paths import read_small, write_atomic
from compliance.sources.settings import GoSettings
from compliance.value import dataclass

MAX_ANSWER_BYTES = 1 << 20
"""A tile has 8 KiB, a record some hundred bytes."""
_MAX_WORDS = 2
PROOFS = "forks"
"""Folder of our cache for the proofs against databases that were caught."""

Get = Callable[[str, int], bytes]
"""(URL, limit) -> body; raises FetchError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Two signed trees of one database that exclude each other, and the file that keeps them."""

    database: str
    trees: tuple[str, ...]
    path: str


class ChecksumDatabase:
    """What GOSUMDB says about module versions; after one failure to reach it, nobody waits again.

    Args:
        settings: Effective settings of the go command.
        offline: Whether only answers that are on this machine count.
        cache_dir: Our cache folder, or None.
        get: How documents are fetched.
    """

    __slots__ = (
        "_client", "_lines", "_trouble", "cache_dir", "fork", "get", "offline", "settings",
    )  # fmt: skip

    def __init__(
        self, *, settings: GoSettings, offline: bool, cache_dir: str | None, get: Get
    ) -> None:
        self.settings = settings
        self.offline = offline
        self.cache_dir = cache_dir
        self.get = get
        self._client: SumDatabase | None = None
        self._trouble = ""
        self.fork: Fork | None = None
        self._lines: dict[ModuleVersion, DatabaseAnswer | tuple[str, ...]] = {}

    def private(self, path: str) -> str:
        """Why a module path is never looked up, or ""."""
        if matches_private(self.settings.get("GONOSUMDB"), path):
            return "GONOSUMDB or GOPRIVATE matches it"
        return ""

    def zip_sum(self, module: ModuleVersion) -> DatabaseAnswer:
        """What the database says of a module zip."""
        return self._answer(module, f"{module.path} {module.version} h1:")

    def gomod_sum(self, module: ModuleVersion) -> DatabaseAnswer:
        """What the database says of a go.mod file."""
        return self._answer(module, f"{module.path} {module.version}/go.mod h1:")

    def _answer(self, module: ModuleVersion, prefix: str) -> DatabaseAnswer:
        if self.private(module.path):
            return NOT_ASKED
        if module not in self._lines:
            self._lines[module] = self._ask(module)
        found = self._lines[module]
        if isinstance(found, DatabaseAnswer):
            return found
        sums = [line.split()[-1] for line in found if line.startswith(prefix)]
        if not sums:
            return DatabaseAnswer(because="the checksum database answers without a sum")
        return DatabaseAnswer(sum=sums[0])

    def _ask(self, module: ModuleVersion) -> DatabaseAnswer | tuple[str, ...]:
        """Lines of go.sum for a module, or why there are none."""
        if self._trouble:
            return DatabaseAnswer(because=self._trouble)
        try:
            return self._open().lookup(module)
        except _MissingError as error:
            return DatabaseAnswer(because=f"the checksum database does not know it: {error}")
        except (RemoteError, UsageError) as error:
            self._trouble = f"the checksum database cannot be asked: {error}"
            return DatabaseAnswer(because=self._trouble)
        except ForkError as error:
            self.fork = self.fork or self._keep_proof(error)
            return DatabaseAnswer(because=str(error), refused=True)
        except MalformedInputError as error:
            because = f"the checksum database gave no genuine answer: {error.message}"
            return DatabaseAnswer(because=because, refused=True)

    def _keep_proof(self, error: ForkError) -> Fork:
        """Put both signed trees where neither trimming nor cleaning the cache removes them."""
        content = b"\n".join(error.proof)
        path = ""
        if self.cache_dir:
            digest = hashlib.sha256(content).hexdigest()[:16]
            path = f"{self.cache_dir}/{PROOFS}/{error.name}-{digest}.txt"
            if not write_atomic(path, content):
                path = ""
        trees = tuple(p.decode("utf-8", "replace") for p in error.proof)
        return Fork(database=error.name, trees=trees, path=path)

    def _open(self) -> SumDatabase:
        """The client, on first use. Raises UsageError, RemoteError."""
        if self._client is None:
            key, url = self._key()
            memory = _Memory(
                own=f"{self.cache_dir}/sumdb/{key.name}" if self.cache_dir else "",
                go_cache=f"{self.settings.module_cache}/cache/download/sumdb/{key.name}",
                go_latest=f"{self.settings.get('GOPATH').split(':')[0]}/pkg/sumdb/{key.name}/latest",
            )
            read = _offline if self.offline else _Remote(self, key.name, url).read
            self._client = SumDatabase(key=key, read=read, memory=memory)
        return self._client

    def _key(self) -> tuple[VerifierKey, str]:
        """Key and URL ("" for the usual one) from GOSUMDB. Raises UsageError."""
        words = self.settings.get("GOSUMDB").split()
        origin = self.settings.origin("GOSUMDB")
        if not words or words[0] == "off":
            raise UsageError("no checksum database: GOSUMDB is off or not set")
        if len(words) > _MAX_WORDS:
            raise UsageError(f"GOSUMDB ({origin}) has more than a key and an URL")
        url = words[1] if len(words) == _MAX_WORDS else ""
        known = self.settings.known_keys
        try:
            return parse_verifier_key(known.get(words[0], words[0])), url
        except ComplianceError as error:
            raise UsageError(f"GOSUMDB ({origin}): {error.message}") from error


class _MissingError(RemoteError):
    """The database answers that it has no such thing."""


def _offline(path: str) -> bytes:
    raise _MissingError(f"offline, and {path} was not seen before")


class _Remote:
    """Reads from a database through a module proxy that supports it, else directly."""

    __slots__ = ("name", "owner", "url")

    def __init__(self, owner: ChecksumDatabase, name: str, url: str) -> None:
        self.owner = owner
        self.name = name
        self.url = url

    def read(self, path: str) -> bytes:
        if not self.url:
            self.url = self._find()
        try:
            return self.owner.get(f"{self.url.rstrip('/')}/{path}", MAX_ANSWER_BYTES)
        except NotFoundError as error:
            raise _MissingError(str(error)) from error
        except FetchError as error:
            raise RemoteError(str(error)) from error

    def _find(self) -> str:
        """The first proxy that supports the database (design 25530, "Proxying")."""
        direct = f"https://{self.name}"
        if urlsplit(direct).netloc + urlsplit(direct).path != self.name:
            raise RemoteError(f"{self.name!r} is no host name")

        def ask(proxy: str) -> str:
            if proxy in (DIRECT, OFF, NO_PROXY):
                raise NotFoundError(proxy)
            base = f"{proxy.rstrip('/')}/sumdb/{self.name}"
            self.owner.get(f"{base}/supported", MAX_ANSWER_BYTES)
            return base

        try:
            return try_proxies(proxy_list(self.owner.settings), ask)
        except NotFoundError:
            return direct
        except FetchError as error:
            raise RemoteError(str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """Answers seen before: ours, then those of the go command, which are only read."""

    own: str
    go_cache: str
    go_latest: str

    def load(self, name: str) -> bytes | None:
        kept = read_small(f"{self.own}/{name}", MAX_ANSWER_BYTES) if self.own else None
        if kept:
            return kept
        other = self.go_latest if name == "latest" else f"{self.go_cache}/{name}"
        # The go command creates such a file empty before it writes it.
        return (read_small(other, MAX_ANSWER_BYTES) if os.path.isabs(other) else None) or None

    def save(self, name: str, content: bytes) -> None:
        if self.own:
            write_atomic(f"{self.own}/{name}", content)
