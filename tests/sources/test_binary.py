"""Executables whose bytes want to mislead or to keep busy."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from compliance.errors import MalformedInputError
from compliance.golang import BUILD_INFO_MAGIC
from compliance.sources import read_build_info
from tests.golang.test_exefile import elf

HEAD = (BUILD_INFO_MAGIC + b"\x08\x02").ljust(32, b"\0")


def info(name: str) -> bytes:
    """Build information of a main package without modules."""
    text = b"0" * 16 + f"path\t{name}\n".encode() + b"1" * 16
    return HEAD + b"\x08go1.26.8" + bytes([len(text)]) + text


@pytest.mark.parametrize(
    "spam",
    [BUILD_INFO_MAGIC + b"\x08\x02", HEAD + b"\x04go1.\xff\xff\xff\x07"],
    ids=["magic", "head"],
)
def test_thousands_of_headers_are_not_all_read(tmp_path: Path, spam: bytes) -> None:
    (tmp_path / "x").write_bytes(spam * 1_000_000)
    with pytest.raises(MalformedInputError):
        read_build_info(str(tmp_path / "x"))


def test_a_program_inside_another_is_not_taken_for_it(tmp_path: Path) -> None:
    image = bytearray(elf(wide=True, named=False).ljust(0x1000, b"\0"))
    image += info("inner.example/x").ljust(0x1000, b"\0") + info("outer.example/x")
    struct.pack_into("<Q", image, 64 + 56 + 32, len(image) - 0x2000)
    (tmp_path / "x").write_bytes(image)
    assert read_build_info(str(tmp_path / "x")).path == "outer.example/x"


def test_data_beyond_the_end(tmp_path: Path) -> None:
    image = bytearray(elf(wide=True, named=True))
    at = image.find(struct.pack("<QQ", 0x2010, 16))
    struct.pack_into("<QQ", image, at, (1 << 64) - 16, (1 << 64) - 1)
    (tmp_path / "x").write_bytes(image)
    with pytest.raises(MalformedInputError, match="no Go executable"):
        read_build_info(str(tmp_path / "x"))
