"""Digests of the module zips on this machine, for the bill of materials.

Reading some hundred megabytes of zips is work: the detection worker hashes them when it has named
the licenses, while this process judges, and once per state of a file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from compliance.sources import Archive, BlobCache

if TYPE_CHECKING:
    from compliance.golang import ModuleVersion
    from compliance.pipeline.detection import DetectionWorker
    from compliance.sources import Acquirer, Where


MOST: Final = 4000
"""Zips whose digests are remembered: some large programs' worth, read in a millisecond or two."""
_KEY: Final = b"zip-digests-2"
_DECODER: Final = msgspec.msgpack.Decoder(dict[bytes, tuple[str, str]])


class _Zip(NamedTuple):
    """A module zip on this machine: a name for its state, its path, and which cache it lies in."""

    state: bytes
    path: str
    where: Where


class ZipDigests:
    """SHA-256 and SHA-512 of the zip of each module that has one here."""

    def __init__(self, acquirer: Acquirer, cache_folder: str, worker: DetectionWorker) -> None:
        """Nothing is asked yet."""
        self._acquirer = acquirer
        self._cache = BlobCache(cache_folder)
        self._worker = worker
        self._known: dict[ModuleVersion, Archive | None] = {}
        self._asked: dict[ModuleVersion, _Zip] = {}

    def ask(self, modules: Iterable[ModuleVersion]) -> None:
        """Have the zips of these modules hashed, but for those whose digests are remembered."""
        remembered = self._remembered()
        for module in sorted(set(modules)):
            found = _zip_of(self._acquirer, module)
            if found is None:
                continue
            known = remembered.get(found.state)
            if known is None:
                self._asked[module] = found
            else:
                self._known[module] = self._archive(module, found, known)
        if self._asked:
            self._worker.hash([z.path for z in self._asked.values()])

    def settle(self) -> None:
        """Wait for the answers; the worker is needed no longer.

        Raises:
            IncompleteError: the worker died.
        """
        if not self._asked:
            return
        digests = self._worker.digests()
        fresh: dict[bytes, tuple[str, str]] = {}
        for module, found in self._asked.items():
            sums = digests.get(found.path)
            if sums is None:
                # Seen but not readable there: another place may have it.
                self._known[module] = self._acquirer.archive(module)
            else:
                fresh[found.state] = sums
                self._known[module] = self._archive(module, found, sums)
        self._asked.clear()
        self._remember(fresh)

    def _archive(self, module: ModuleVersion, found: _Zip, sums: tuple[str, str]) -> Archive:
        url = self._acquirer.fetched_from(module, found.where, sums[0])
        return Archive(sha256=sums[0], sha512=sums[1], url=url)

    def _remembered(self) -> dict[bytes, tuple[str, str]]:
        """Digests by the state of the zip: one entry of the cache holds all."""
        data = self._cache.get(_KEY)
        try:
            return {} if data is None else _DECODER.decode(data)
        except msgspec.MsgspecError:
            return {}  # written by another version; the zips are hashed anew

    def _remember(self, fresh: Mapping[bytes, tuple[str, str]]) -> None:
        """Add to what is remembered; the oldest is forgotten."""
        merged = {**self._remembered(), **fresh}
        self._cache.put(_KEY, msgspec.msgpack.encode(dict(list(merged.items())[-MOST:])))

    def of(self, module: ModuleVersion) -> Archive | None:
        """Digests of the zip of a module that was asked for; None where none lies here."""
        self.settle()
        return self._known.get(module)


def _zip_of(acquirer: Acquirer, module: ModuleVersion) -> _Zip | None:
    """The zip that `Acquirer.archive` reads; None when there is none."""
    for where, folder in acquirer.folders():
        path = folder.path(module, "zip")
        try:
            status = os.stat(path)  # noqa: PTH116 - plain strings are the currency of `sources`
        except OSError:
            continue
        state = (path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        spelled = repr(state).encode("utf-8", "surrogateescape")
        return _Zip(hashlib.sha256(spelled).digest(), path, where)
    return None
