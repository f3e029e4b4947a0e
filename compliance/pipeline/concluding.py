"""What earlier runs concluded of modules, in our cache folder.

Most modules of a change are those of its base, and those of the run before. A conclusion is a
function of what was found in the files of a module, so it is kept by the digest of all that.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from compliance.licenses import ModuleConclusion
from compliance.pipeline.licensing import conclude
from compliance.pipeline.remembering import decoded, record_key
from compliance.sources import BlobCache
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.golang import EntryKind, Files
    from compliance.licenses import FileLicense
    from compliance.pipeline.licensing import Reading

MOST_CONCLUSION_BYTES = 16 << 20
"""Conclusions kept for one repository; those of moby's dockerd, 290 modules, have 1.1 MB."""


class RememberedConclusions:
    """What was concluded of modules, in a cache; `save` it at the end.

    The key holds all that `licensing.conclude` is given, each file by its digest. A conclusion for
    which more was looked at (a folder, a file without a digest) is drawn anew each time.
    """

    def __init__(self, folder: str | None, root: str) -> None:
        """Conclusions about the repository at `root` (a real path), in the cache at `folder`."""
        self._cache = BlobCache(folder)
        self._key = record_key("conclusions", root)
        self._held: dict[bytes, bytes] | None = None
        self._used: dict[bytes, bytes] = {}
        self._fresh = False

    def conclude(
        self, reading: Reading, detected: Mapping[str, FileLicense], purl: str
    ) -> ModuleConclusion:
        """As `licensing.conclude`."""
        key = None if reading.recovered else _rests_on(reading, detected, purl)
        if key is None:
            return conclude(reading, detected, purl)
        if self._held is None:
            self._held = decoded(self._cache.get(self._key), dict[bytes, bytes]) or {}
        packed = self._used.get(key) or self._held.get(key)
        known = decoded(packed, ModuleConclusion)
        if known is not None and packed is not None:
            self._used[key] = packed
            return known
        watched = _Watched(reading.files, detected)
        found = conclude(replace(reading, files=watched), detected, purl)
        if watched.knew:
            with contextlib.suppress(UnicodeEncodeError):  # a name that is not UTF-8
                self._used[key] = msgspec.msgpack.encode(found)
                self._fresh = True
        return found

    def save(self) -> None:
        """Write new conclusions; those that were used longest ago make room."""
        if not self._fresh:
            return
        kept: dict[bytes, bytes] = {}
        size = 0
        for key, packed in (self._used | (self._held or {}) | self._used).items():
            size += len(key) + len(packed)
            if size > MOST_CONCLUSION_BYTES:
                break
            kept[key] = packed
        self._cache.put(self._key, msgspec.msgpack.encode(kept))
        self._fresh = False


def _rests_on(reading: Reading, detected: Mapping[str, FileLicense], purl: str) -> bytes | None:
    """Digest of all that is known before a module is concluded; None where that is not all.

    Files without a statement are not among the detected ones, and stand for nothing.
    """
    wanted = [(name, _digest(detected, name)) for name in reading.wanted]
    packages = []
    for package in reading.packages:
        prefix = "" if package.folder == "." else f"{package.folder}/"
        names = [(name, _digest(detected, prefix + name)) for name in package.files]
        packages.append((package.import_path, package.folder, names))
    module = reading.module
    facts = (
        purl, reading.tree, reading.root, module.main, module.folder, reading.beside, wanted,
        packages,
    )  # fmt: skip
    try:
        return hashlib.sha256(msgspec.msgpack.encode(facts)).digest()
    except UnicodeEncodeError:
        return None


def _digest(detected: Mapping[str, FileLicense], name: str) -> str | None:
    """What a file holds: None without a statement, the finding where it could not be read."""
    file = detected.get(name)
    return None if file is None else file.sha256 or repr(file.findings)


class _Watched:
    """The files of a module; knows whether only files with a digest were asked for."""

    def __init__(self, files: Files, detected: Mapping[str, FileLicense]) -> None:
        self._files, self._detected = files, detected
        self.knew = True

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        self.knew = False
        return self._files.listing(folder)

    def read(self, path: str) -> bytes:
        file = self._detected.get(path)
        self.knew &= file is not None and bool(file.sha256)
        return self._files.read(path)
