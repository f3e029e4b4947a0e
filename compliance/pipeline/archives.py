"""Digests of the module zips on this machine, for the bill of materials.

Reading some hundred megabytes of zips is work: they are hashed side by side (hashing releases the
interpreter lock), and once per state of a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from compliance.sources import Archive, BlobCache

if TYPE_CHECKING:
    from compliance.golang import ModuleVersion
    from compliance.sources import Acquirer

WORKERS = 4
"""Zips hashed at a time: more threads than cores hide the waiting for the disk."""


def zip_digests(
    acquirer: Acquirer, modules: Iterable[ModuleVersion], cache_folder: str
) -> Mapping[ModuleVersion, Archive]:
    """SHA-256 and SHA-512 of the zip of each module that has one here; others are left out."""
    cache = BlobCache(cache_folder)
    wanted = sorted(set(modules))
    if not wanted:
        return {}
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(lambda m: _digest(acquirer, m, cache), wanted)
        return {m: a for m, a in zip(wanted, found, strict=True) if a is not None}


def _digest(acquirer: Acquirer, module: ModuleVersion, cache: BlobCache) -> Archive | None:
    key = _key(acquirer, module)
    if key is None:
        return None
    known = cache.get(key)
    if known is not None:
        sha256, _, sha512 = known.decode("ascii").partition(" ")
        return Archive(sha256=sha256, sha512=sha512)
    archive = acquirer.archive(module)
    if archive is not None:
        cache.put(key, f"{archive.sha256} {archive.sha512}".encode("ascii"))
    return archive


def _key(acquirer: Acquirer, module: ModuleVersion) -> bytes | None:
    """The state of the zip that `Acquirer.archive` reads; None when there is none."""
    for _, folder in acquirer.folders():
        path = folder.path(module, "zip")
        try:
            status = os.stat(path)  # noqa: PTH116 - plain strings are the currency of `sources`
        except OSError:
            continue
        state = (path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        return b"zip-digests-1\0" + repr(state).encode("utf-8", "surrogateescape")
    return None
