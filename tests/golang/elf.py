"""Small eBPF objects, written byte by byte."""

from __future__ import annotations

import struct


def ebpf_object(
    license_: str | None = "GPL", *, helpers: tuple[int, ...] = (), kfunc: str = "",
    section: str = "kprobe/f", big: bool = False,
) -> bytes:  # fmt: skip
    """A relocatable ELF for the BPF machine with one program that calls the given helpers."""
    order = ">" if big else "<"
    call = struct.pack(f"{order}BBhi", 0x85, 0, 0, 0)
    code = b"".join(call[:4] + struct.pack(f"{order}i", h) for h in helpers)
    offset = len(code)
    if kfunc:
        code += struct.pack(f"{order}BBhi", 0x85, 0x01 if big else 0x10, 0, -1)
    code += struct.pack(f"{order}BBhi", 0x95, 0, 0, 0)
    parts = [("", 0, 0, 0, b"", 0), (section, 1, 6, 0, code, 0)]
    if license_ is not None:
        parts.append(("license", 1, 3, 0, license_.encode() + b"\0", 0))
    symbols = bytes(24) + struct.pack(f"{order}IBBHQQ", 1, 0x12, 0, 0, 0, 0)
    parts.append((".strtab", 3, 0, 0, b"\0" + kfunc.encode() + b"\0", 0))
    parts.append((".symtab", 2, 0, len(parts) - 1, symbols, 24))
    if kfunc:
        relocation = struct.pack(f"{order}QQ", offset, 1 << 32 | 10)
        parts.append((f".rel{section}", 9, 0, len(parts) - 1, relocation, 16))
    names = b"\0"
    where = []
    for name, *_ in parts:
        where.append(len(names))
        names += name.encode() + b"\0"
    where.append(len(names))
    names += b".shstrtab\0"
    parts.append((".shstrtab", 3, 0, 0, names, 0))
    body, headers = b"", b""
    for (_, kind, flags, link, data, entry), at in zip(parts, where, strict=True):
        headers += struct.pack(
            f"{order}IIQQQQIIQQ", at, kind, flags, 0, 64 + len(body), len(data), link, 0, 1, entry
        )
        body += data
    ident = b"\x7fELF" + bytes((2, 2 if big else 1, 1)) + bytes(9)
    head = struct.pack(
        f"{order}HHIQQQIHHHHHH", 1, 247, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64, len(parts),
        len(parts) - 1,
    )  # fmt: skip
    return ident + head + body + headers
