"""Copies of one module version, side by side: for the case that a sum is not as expected."""

from __future__ import annotations

import contextlib
import hashlib

from compliance.errors import MalformedInputError
from compliance.golang import ModuleVersion, UnreadableFileError
from compliance.integrity import Copy, Diagnosis, diagnose_copies, h1
from compliance.sources.acquire import Acquirer
from compliance.sources.archive import ZipFiles
from compliance.sources.download import proxy_path
from compliance.sources.folder import FolderFiles
from compliance.sources.goproxy import (
    DIRECT,
    NO_PROXY,
    OFF,
    FetchError,
    matches_private,
    proxy_list,
)
from compliance.sources.modcache import ModuleCache, walk
from compliance.sources.spool import Spool, open_spool
from compliance.sources.transport import Transport, shown
from compliance.sources.ziparchive import MAX_ZIP_BYTES, open_zip

LARGE_BYTES = 16 << 20
"""No text: such a file is not looked at with other line ends."""


def find_copies(acquirer: Acquirer, module: ModuleVersion) -> tuple[Copy, ...]:
    """Every copy of a module version that can be had, with its sum.

    Reads all bytes of each, and asks each proxy of GOPROXY by itself, and version control where
    the list names it; a private module is looked for on this machine only.

    Raises:
        MalformedInputError: It is no module version.
    """
    found: list[Copy] = []
    settings = acquirer.settings
    extracted = ModuleCache(root=settings.module_cache).folder(module)
    if extracted is not None:
        found += copy_of(module, extracted, FolderFiles(extracted), extracted=True)
    for _, folder in acquirer.folders():
        with contextlib.suppress(OSError, MalformedInputError):
            place = folder.path(module, "zip")
            found += copy_of(module, place, ZipFiles.at(module, place))
    if acquirer.offline or matches_private(settings.get("GONOPROXY"), module.path):
        return tuple(found)
    for entry in proxy_list(settings):
        if entry.url not in (OFF, NO_PROXY):
            with contextlib.suppress(FetchError, MalformedInputError), open_spool(None) as spool:
                place = _download(acquirer, module, entry.url, spool)
                files = ZipFiles(module, open_zip(spool.read_at, spool.size))
                found += copy_of(module, place, files)
    return tuple(found)


def diagnose(acquirer: Acquirer, module: ModuleVersion, expected: str) -> Diagnosis:
    """Why copies do not have the sum that is expected.

    Args:
        acquirer: Where copies are looked for.
        module: The module version.
        expected: The h1 sum that go.sum or the checksum database lists.
    """
    return diagnose_copies(find_copies(acquirer, module), expected)


def copy_of(
    module: ModuleVersion, place: str, files: FolderFiles | ZipFiles, *, extracted: bool = False
) -> tuple[Copy, ...]:
    """A copy with the sums of its files; none when they cannot be read."""
    sums: dict[str, tuple[bytes, bytes]] = {}
    try:
        for path in walk(files):
            if isinstance(files, ZipFiles) and files.size(path) > LARGE_BYTES:
                sums[path] = (files.digest(path),) * 2
                continue
            content = files.read(path)
            plain = content.replace(b"\r\n", b"\n")
            sums[path] = (hashlib.sha256(content).digest(), hashlib.sha256(plain).digest())
    except (UnreadableFileError, MalformedInputError):
        return ()
    total = h1((f"{module}/{path}", digest) for path, (digest, _) in sums.items())
    return (Copy(place=place, sum=total, files=sums, extracted=extracted),)


def _download(acquirer: Acquirer, module: ModuleVersion, proxy: str, spool: Spool) -> str:
    """Put a zip into a spool; where it comes from. Raises FetchError."""
    if proxy == DIRECT:
        acquirer.connect()
        if acquirer.direct is None:
            raise FetchError("no direct access")
        spool.write(acquirer.direct.fetch(module, "zip", MAX_ZIP_BYTES))
        return acquirer.direct.place(module)
    transport = acquirer.transport or Transport.of(acquirer.settings)
    url = f"{proxy.rstrip('/')}/{proxy_path(module, 'zip')}"
    transport.save(url, MAX_ZIP_BYTES, spool)
    return shown(url)
