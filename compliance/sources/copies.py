"""Copies of one module version, side by side: for the case that a sum is not as expected."""

from __future__ import annotations

import contextlib
import hashlib

from compliance.errors import MalformedInputError
from compliance.golang import Files, ModuleVersion, UnreadableFileError
from compliance.integrity import Copy, compare_copies, h1
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
from compliance.sources.transport import Transport, shown
from compliance.sources.ziparchive import MAX_ZIP_BYTES


def find_copies(acquirer: Acquirer, module: ModuleVersion) -> tuple[Copy, ...]:
    """Every copy of a module version that can be had, with its sum.

    Reads all bytes of each, and asks each proxy of GOPROXY by itself; a private module is looked
    for on this machine only.

    Raises:
        MalformedInputError: It is no module version.
    """
    found: list[Copy] = []
    path = proxy_path(module, "zip")
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
    transport = acquirer.transport or Transport.of(settings)
    for entry in proxy_list(settings):
        if entry.url not in (OFF, DIRECT, NO_PROXY):
            url = f"{entry.url.rstrip('/')}/{path}"
            with contextlib.suppress(FetchError, MalformedInputError):
                data = transport.get(url, MAX_ZIP_BYTES)
                found += copy_of(module, shown(url), ZipFiles.of(module, data))
    return tuple(found)


def diagnose(acquirer: Acquirer, module: ModuleVersion, expected: str) -> tuple[str, ...]:
    """Why copies do not have the sum that is expected: one line per copy, then the cause.

    Args:
        acquirer: Where copies are looked for.
        module: The module version.
        expected: The h1 sum that go.sum or the checksum database lists.
    """
    copies = find_copies(acquirer, module)
    lines = [f"{c.place}: {c.sum}{' (as expected)' * (c.sum == expected)}" for c in copies]
    good = next((c for c in copies if c.sum == expected), None)
    for copy in copies:
        difference = compare_copies(good, copy) if good and copy.sum != expected else None
        if difference is not None:
            lines.append(
                f"{copy.place} differs first in {difference.file} ({difference.changed} "
                f"changed, {difference.extra} added, {difference.missing} missing). "
                f"{difference.explanation}"
            )
    if copies and good is None:
        lines.append("No copy has the sum that is expected: compare with the authors' own.")
    return tuple(lines)


def copy_of(
    module: ModuleVersion, place: str, files: Files, *, extracted: bool = False
) -> tuple[Copy, ...]:
    """A copy with the sums of its files; none when they cannot be read."""
    sums: dict[str, tuple[bytes, bytes]] = {}
    try:
        for path in walk(files):
            content = files.read(path)
            plain = content.replace(b"\r\n", b"\n")
            sums[path] = (hashlib.sha256(content).digest(), hashlib.sha256(plain).digest())
    except UnreadableFileError:
        return ()
    total = h1((f"{module}/{path}", digest) for path, (digest, _) in sums.items())
    return (Copy(place=place, sum=total, files=sums, extracted=extracted),)
