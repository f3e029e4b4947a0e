"""Digests of the module zips on this machine, for the bill of materials.

Reading some hundred megabytes of zips is work: the detection worker hashes them when it has named
the licenses, while this process judges, and once per state of a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from compliance.sources import Archive, BlobCache

if TYPE_CHECKING:
    from compliance.golang import ModuleVersion
    from compliance.pipeline.detection import DetectionWorker
    from compliance.sources import Acquirer


class ZipDigests:
    """SHA-256 and SHA-512 of the zip of each module that has one here."""

    def __init__(self, acquirer: Acquirer, cache_folder: str, worker: DetectionWorker) -> None:
        """Nothing is asked yet."""
        self._acquirer = acquirer
        self._cache = BlobCache(cache_folder)
        self._worker = worker
        self._known: dict[ModuleVersion, Archive | None] = {}
        self._asked: dict[ModuleVersion, tuple[bytes, str]] = {}

    def ask(self, modules: Iterable[ModuleVersion]) -> None:
        """Have the zips of these modules hashed, but for those whose digests are remembered."""
        for module in sorted(set(modules)):
            found = _zip_of(self._acquirer, module)
            if found is None:
                continue
            known = self._cache.get(found[0])
            if known is None:
                self._asked[module] = found
            else:
                sha256, _, sha512 = known.decode("ascii").partition(" ")
                self._known[module] = Archive(sha256=sha256, sha512=sha512)
        if self._asked:
            self._worker.hash([path for _, path in self._asked.values()])

    def settle(self) -> None:
        """Wait for the answers; the worker is needed no longer.

        Raises:
            IncompleteError: the worker died.
        """
        if not self._asked:
            return
        digests = self._worker.digests()
        for module, (key, path) in self._asked.items():
            sums = digests.get(path)
            if sums is None:
                # Seen but not readable there: another place may have it.
                self._known[module] = self._acquirer.archive(module)
            else:
                self._cache.put(key, " ".join(sums).encode("ascii"))
                self._known[module] = Archive(sha256=sums[0], sha512=sums[1])
        self._asked.clear()

    def of(self, module: ModuleVersion) -> Archive | None:
        """Digests of the zip of a module that was asked for; None where none lies here."""
        self.settle()
        return self._known.get(module)


def _zip_of(acquirer: Acquirer, module: ModuleVersion) -> tuple[bytes, str] | None:
    """State and place of the zip that `Acquirer.archive` reads; None when there is none."""
    for _, folder in acquirer.folders():
        path = folder.path(module, "zip")
        try:
            status = os.stat(path)  # noqa: PTH116 - plain strings are the currency of `sources`
        except OSError:
            continue
        state = (path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        return b"zip-digests-1\0" + repr(state).encode("utf-8", "surrogateescape"), path
    return None
