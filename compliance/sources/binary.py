"""Go executables: found by their build information, read without being run."""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Iterator

from compliance.errors import MalformedInputError, UsageError
from compliance.golang import (
    BUILD_INFO_MAGIC,
    MAX_BUILD_INFO_BYTES,
    BuildInfo,
    build_data,
    parse_build_info,
)

MAX_HEADERS = 200
"""Places that look like a header: programs that read executables have a handful."""

PIECE = 64 << 20
"""Bytes that are searched before their pages are given back: a program may have gigabytes."""

_WINDOW = MAX_BUILD_INFO_BYTES + 4096
_ALIGN = 16


def read_build_info(path: str) -> BuildInfo:
    """Build information of an executable (ELF, Mach-O, PE, XCOFF, Plan 9).

    Raises:
        UsageError: it cannot be opened, or is no regular file.
        MalformedInputError: it has none, or none that can be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{path}: not a regular file")
        if status.st_size == 0:
            raise MalformedInputError("no Go build information", file=path)
        with mmap.mmap(handle, 0, access=mmap.ACCESS_READ) as data:
            return _find(data, path)
    finally:
        os.close(handle)


def _find(data: mmap.mmap, path: str) -> BuildInfo:
    """The first header in the data of the program; where no place is known, one that reads well."""
    place = build_data(data)
    if place is None:
        return _first_readable(data, path)
    for at in _headers(data, place.start, min(place.start + place.size, len(data))):
        return parse_build_info(data[at : at + _WINDOW], file=path)
    raise MalformedInputError("no Go build information: no Go executable", file=path)


def _first_readable(data: mmap.mmap, path: str) -> BuildInfo:
    fault: MalformedInputError | None = None
    for at in _headers(data, 0, len(data)):
        try:
            return parse_build_info(data[at : at + _WINDOW], file=path)
        except MalformedInputError as problem:
            fault = fault or problem
    raise fault or MalformedInputError("no Go build information: no Go executable", file=path)


def _headers(data: mmap.mmap, start: int, end: int) -> Iterator[int]:
    """Aligned places of the magic words between two offsets, of the first `MAX_HEADERS` of all."""
    seen = 0
    for piece in range(start, end, PIECE):
        last = min(piece + PIECE + len(BUILD_INFO_MAGIC) - 1, end)
        at = data.find(BUILD_INFO_MAGIC, piece, last)
        while at >= 0:
            seen += 1
            if seen > MAX_HEADERS:
                return
            if at % _ALIGN == 0:
                yield at
            at = data.find(BUILD_INFO_MAGIC, at + 1, last)
        page = piece // mmap.PAGESIZE * mmap.PAGESIZE
        data.madvise(mmap.MADV_DONTNEED, page, min(PIECE, len(data) - page))
