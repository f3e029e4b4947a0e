"""Objects that stand as literals in Go source: every spelling that the go command accepts."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.golang import object_literals, read_ebpf
from compliance.golang.literal import MOST_LITERALS
from tests.golang.elf import ebpf_object

OBJECT = ebpf_object("GPL", helpers=(6,))
PLAIN = {0x0A: r"\n", 0x0D: r"\r", 0x09: r"\t", 0x22: r"\"", 0x5C: r"\\", 0x07: r"\a"}


def hexadecimal(data: bytes) -> str:
    return '"' + "".join(f"\\x{b:02x}" for b in data) + '"'


def mixed(data: bytes) -> str:
    """As go-bindata writes: letters as they are, the rest escaped."""
    head = "".join(f"\\x{b:02X}" for b in data[:1])
    return (
        f'"{head}'
        + "".join(PLAIN.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in data[1:])
        + '"'
    )


def octal(data: bytes) -> str:
    return hexadecimal(data[:4])[:-1] + "".join(f"\\{b:03o}" for b in data[4:]) + '"'


def joined(data: bytes) -> str:
    return f"{hexadecimal(data[:40])} +\n\t{hexadecimal(data[40:])}"


def listed(data: bytes) -> str:
    return "[]byte{" + ", ".join(f"0x{b:02x}" for b in data) + "}"


def lines(data: bytes) -> str:
    return "[]byte{\n\t" + ",\n\t".join(f"0x{b:02X}" for b in data) + ",\n}"


SPELLINGS = [hexadecimal, mixed, octal, joined, listed, lines]


@pytest.mark.parametrize("spell", SPELLINGS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_spelling_gives_the_object(
    spell: Callable[[bytes], str], pack: Callable[[bytes], bytes]
) -> None:
    source = f"package p\n\nvar a = 1\nvar object = {spell(pack(OBJECT))}\n"
    (found,) = object_literals(source.encode("latin-1"))
    assert (found.data, found.line) == (OBJECT, 4)
    ebpf = read_ebpf(found.data)
    assert ebpf is not None
    assert ebpf.license == "GPL"


@given(st.binary(max_size=300), st.sampled_from(SPELLINGS))
def test_any_bytes_come_back(data: bytes, spell: Callable[[bytes], str]) -> None:
    whole = b"\x7fELF" + data
    assert [x.data for x in object_literals(spell(whole).encode("latin-1"))] == [whole]


@given(st.binary(max_size=300))
def test_any_source_is_read_without_an_error(source: bytes) -> None:
    for found in object_literals(b'"\\x7fELF' + source):
        assert found.line >= 1


def test_what_is_cut_off_or_too_large_has_no_data() -> None:
    assert [x.data for x in object_literals(hexadecimal(OBJECT)[:-1].encode())] == [None]
    bomb = hexadecimal(gzip.compress(bytes(64 << 20)))
    assert [x.data for x in object_literals(bomb.encode())] == [None]
    many = list(object_literals(b'"\\x7fELF"\n' * (2 * MOST_LITERALS)))
    assert len(many) == MOST_LITERALS + 1
    assert many[-1].data is None, "what is left out is told"
