"""Zips made to harm: each a function from a module version to the bytes of its zip."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from compliance.golang import ModuleVersion
from tests.sources.loopback import module_zip

CODE = b"package m\n"


def plain(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), b"text")
    return buffer.getvalue()


def good(m: ModuleVersion) -> bytes:
    return module_zip(m, {"go.mod": f"module {m.path}\n".encode(), "m.go": CODE})


def bomb(m: ModuleVersion) -> bytes:
    """One gigabyte of zeros in a megabyte."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(f"{m}/zeros", "w", force_zip64=True) as file,
    ):
        for _ in range(64):
            file.write(bytes(16 << 20))
    return buffer.getvalue()


def overlapping(m: ModuleVersion) -> bytes:
    """One local entry behind a thousand entries of the directory."""
    data = plain(f"{m}/a")
    start = struct.unpack("<L", data[-6:-2])[0]
    entry = data[start : len(data) - 22]
    entries = entry * 1000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, len(entries), start, 0)
    return data[:start] + entries + end


def million(m: ModuleVersion) -> bytes:
    """A directory of a million entries (zip64), without a file behind any."""
    name = f"{m}/a".encode()
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0
    )  # fmt: skip
    size = (len(entry) + len(name)) * 1_000_000
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, size, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return (entry + name) * 1_000_000 + end + locator + tail


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


def encrypted(m: ModuleVersion) -> bytes:
    """The flag of encryption in every entry of the directory."""
    data = bytearray(good(m))
    at = data.find(b"PK\1\2")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\1\2", at + 4)
    return bytes(data)


ZIPS: dict[str, Callable[[ModuleVersion], bytes]] = {
    "traversal": lambda m: plain(f"{m}/../../../../evil"),
    "absolute": lambda _: plain("/evil"),
    "duplicate": lambda m: replaced(
        plain(f"{m}/a", f"{m}/b"), f"{m}/b".encode(), f"{m}/a".encode()
    ),
    "case": lambda m: plain(f"{m}/a", f"{m}/A"),
    "content": lambda m: plain(f"{m}/a/"),
    "prefix": lambda _: plain("dep.example/other@v1.0.0/a"),
    "backslash": lambda m: plain(f"{m}/..\\..\\evil"),
    "control": lambda m: plain(f"{m}/a\x1b[2J"),
    "both": lambda m: plain(f"{m}/a", f"{m}/a/b"),
    "crc": lambda m: replaced(good(m), struct.pack("<L", zlib.crc32(CODE)), b"\0\0\0\0"),
    "encrypted": encrypted,
    "truncated": lambda m: good(m)[:-30],
    "page": lambda _: b"<!doctype html><title>Sign in</title>",
    "empty": lambda _: b"",
    "bomb": bomb,
    "overlapping": overlapping,
    "million": million,
}
