"""Where executables keep their build information, format by format, without a linker."""

from __future__ import annotations

import struct

import pytest

from compliance.golang import build_data


def elf(*, wide: bool, named: bool, order: str = "<") -> bytes:
    """An ELF file with a text segment and a data segment, and perhaps the named section."""
    head, row, section = (64, 56, 64) if wide else (52, 32, 40)
    segments = b""
    for flags, start in ((5, 0x1000), (6, 0x2000)):
        form, fields = ("IIQQQQQQ", (1, flags, start, start, start, 32, 64, 4096)) if wide else (
            "IIIIIIII", (1, start, start, start, 32, 64, flags, 4096))  # fmt: skip
        segments += struct.pack(order + form, *fields)
    names = b"\0.shstrtab\0.go.buildinfo\0"
    texts = head + len(segments)
    at = texts + len(names) if named else 0
    rows = b""
    for name, start, size in ((0, 0, 0), (1, texts, len(names)), (11, 0x2010, 16)):
        form, fields = ("IIQQQQ", (name, 1, 0, 0, start, size)) if wide else (
            "IIIIII", (name, 1, 0, 0, start, size))  # fmt: skip
        rows += struct.pack(order + form, *fields).ljust(section, b"\0")
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]).ljust(12, b"\0")
    start = struct.pack(order + ("HHIQQQI" if wide else "HHIIIII"), 2, 0, 1, 0, head, at, 0)
    counts = struct.pack(order + "HHHHHH", head, row, 2, section, 3 if named else 0, 1)
    return ident + start + counts + segments + names + (rows if named else b"")


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_elf(wide, order):
    assert build_data(elf(wide=wide, named=True, order=order)) == (0x2010, 16)
    assert build_data(elf(wide=wide, named=False, order=order)) == (0x2000, 32)


def mach_o(*, wide: bool, section: str) -> bytes:
    """A Mach-O file with one segment of plain data that has one section."""
    name = section.encode().ljust(16, b"\0") + b"__DATA".ljust(16, b"\0")
    if wide:
        inner = name + struct.pack("<QQI", 0x100, 16, 0x2010).ljust(48, b"\0")
        segment = struct.pack("<QQQQIIII", 0x100, 64, 0x2000, 32, 3, 3, 1, 0)
    else:
        inner = name + struct.pack("<III", 0x100, 16, 0x2010).ljust(36, b"\0")
        segment = struct.pack("<IIIIIIII", 0x100, 64, 0x2000, 32, 3, 3, 1, 0)
    body = b"__DATA".ljust(16, b"\0") + segment + inner
    command = struct.pack("<II", 0x19 if wide else 1, len(body) + 8) + body
    magic = 0xFEEDFACF if wide else 0xFEEDFACE
    head = struct.pack("<IIIIIII", magic, 0, 0, 2, 1, len(command), 0)
    return head + (b"\0" * 4 if wide else b"") + command


@pytest.mark.parametrize("wide", [True, False])
def test_mach_o(wide):
    named = mach_o(wide=wide, section="__go_buildinfo")
    assert build_data(named) == (0x2010, 16)
    assert build_data(mach_o(wide=wide, section="__data")) == (0x2000, 32)
    fat = struct.pack(">II", 0xCAFEBABE, 1) + struct.pack(">IIIII", 7, 3, 64, len(named), 2)
    assert build_data(fat.ljust(64, b"\0") + named) == (64 + 0x2010, 16)


def test_pe():
    rows = b""
    for name, flags in ((b".text", 0x60000020), (b".data", 0xC0000040)):
        place = struct.pack("<IIII", 24, 0x1000, 32, 0x2000)
        rows += name.ljust(8, b"\0") + place + b"\0" * 12 + struct.pack("<I", flags)
    head = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 2, 0, 0, 0, 0, 0)
    stub = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    assert build_data(stub + head + rows) == (0x2000, 24)
    assert build_data(stub + head + rows[:40] * 2) == (0, 0)
    assert build_data(stub + b"NE\0\0" + bytes(100)) is None


@pytest.mark.parametrize("wide", [True, False])
def test_xcoff(wide):
    if wide:
        head = struct.pack(">HHIQHHI", 0x01F7, 1, 0, 0, 0, 0, 0)
        row = b".data\0\0\0" + struct.pack(">QQQQQQIII", 0, 0, 32, 0x2000, 0, 0, 0, 0, 0x40)
        row = row.ljust(72, b"\0")
    else:
        head = struct.pack(">HHIIIHH", 0x01DF, 1, 0, 0, 0, 0, 0)
        row = b".data\0\0\0" + struct.pack(">IIIIIIHHI", 0, 0, 32, 0x2000, 0, 0, 0, 0, 0x40)
    assert build_data(head + row) == (0x2000, 32)


def test_plan9():
    assert build_data(struct.pack(">IIIIIIII", 0x1EB, 100, 50, 0, 0, 0, 0, 0)) == (132, 50)
    assert build_data(struct.pack(">IIIIIIII", 0x8A97, 100, 50, 0, 0, 0, 0, 0)) == (140, 50)


def test_damage_is_an_unknown_format():
    for whole in (elf(wide=True, named=True), mach_o(wide=True, section="__go_buildinfo")):
        for cut in range(len(whole)):
            found = build_data(whole[:cut])
            assert found is None or found.size <= 32
        for at in range(4, len(whole)):
            build_data(whole[:at] + b"\xff" + whole[at + 1 :])
    for data in (b"", b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\x01\xdf", b"plain text"):
        assert build_data(data) is None
