"""Fonts say their license in their name table, and a packed script is the script."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib

import pytest

from compliance.licenses import Detector, text_of, text_within
from compliance.licenses.within import LARGEST_UNPACKED

Names = list[tuple[int, int, int, str]]
"""Platform (1 Macintosh, 3 Windows), language, number, text."""

OFL = "This Font Software is licensed under the SIL Open Font License, Version 1.1."


def name_table(names: Names) -> bytes:
    """Table `name` in format 0 (OpenType specification)."""
    strings, records = b"", b""
    for platform, language, number, text in names:
        raw = text.encode("mac-roman" if platform == 1 else "utf-16-be")
        records += struct.pack(">HHHHHH", platform, 1, language, number, len(raw), len(strings))
        strings += raw
    return struct.pack(">HHH", 0, len(names), 6 + len(records)) + records + strings


def sfnt(names: Names, kind: bytes = b"\0\1\0\0") -> bytes:
    """A font with a table of glyphs, which is no text, and its names."""
    table = name_table(names)
    head = kind + struct.pack(">HHHH", 2, 16, 0, 16)
    at = len(head) + 32
    entries = struct.pack(">4sIII", b"glyf", 0, at, 400)
    entries += struct.pack(">4sIII", b"name", 0, at + 400, len(table))
    return head + entries + b"\0\xff" * 200 + table


def woff(names: Names) -> bytes:
    table = name_table(names)
    packed = zlib.compress(table)
    head = b"wOFF" + b"\0\1\0\0" + struct.pack(">IHH", 0, 1, 0) + b"\0" * 28
    entry = struct.pack(">4sIIII", b"name", len(head) + 20, len(packed), len(table), 0)
    return head + entry + packed


def collection(names: Names) -> bytes:
    font = sfnt(names)
    moved = font[:12]
    for i in range(2):
        tag, check, offset, size = struct.unpack_from(">4sIII", font, 12 + 16 * i)
        moved += struct.pack(">4sIII", tag, check, offset + 16, size)
    return b"ttcf" + struct.pack(">III", 0x10000, 1, 16) + moved + font[44:]


@pytest.mark.parametrize("made", [sfnt, woff, collection], ids=lambda f: f.__name__)
@pytest.mark.parametrize("platform", [1, 3])
def test_the_license_of_a_font(made, platform: int, detector: Detector) -> None:  # type: ignore[no-untyped-def]
    language = 0 if platform == 1 else 0x409
    data = made([(platform, language, 0, "Copyright 2020 Foo"), (platform, language, 13, OFL)])
    found = detector.detect("a.ttf", data)
    assert found.expression == "OFL-1.1"
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert [c.holder for c in found.copyrights] == ["Foo"]
    assert text_of(data) == f"# Copyright 2020 Foo\n# License: {OFL}\n"


def test_english_comes_first(detector: Detector) -> None:
    names: Names = [(3, 0x407, 13, "Alle Rechte vorbehalten"), (3, 0x409, 13, OFL)]
    assert detector.detect("a.otf", sfnt(names, b"OTTO")).expression == "OFL-1.1"


@pytest.mark.parametrize(
    "said", ["Acme Font License", "https://fonts.example/eula", "Commercial use is prohibited."]
)
def test_a_license_that_nobody_knows_is_for_review(said: str, detector: Detector) -> None:
    found = detector.detect("a.ttf", sfnt([(3, 0x409, 13, said)]))
    assert [f.code for f in found.findings] == ["unknown-license"]


def test_a_font_that_says_nothing_of_a_license_is_as_any_other_file(detector: Detector) -> None:
    found = detector.detect(
        "a.ttf", sfnt([(3, 0x409, 0, "Copyright 2020 Foo"), (3, 0x409, 1, "F")])
    )
    assert (found.expression, found.findings) == (None, ())


def test_a_packed_script_is_the_script(detector: Detector) -> None:
    script = b"/*! chart v1 | (c) 2020 Foo | GPL-3.0 license */\n!function(){}();\n"
    data = gzip.compress(script, mtime=0)
    assert detector.detect("chart.js.gz", data).expression == "GPL-3.0-only"
    assert text_within(data) == script


def test_what_is_damaged_stays_as_it_is() -> None:
    font = sfnt([(3, 0x409, 13, OFL)])
    packed = gzip.compress(b"text " * 1000, mtime=0)
    for data in (font, packed, woff([(3, 0x409, 13, OFL)]), collection([(3, 0x409, 13, OFL)])):
        for cut in range(0, len(data), 7):
            text_within(data[:cut])
        for at in range(0, min(len(data), 200)):
            text_within(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :])
    assert text_within(b"\x1f\x8b\x08nothing") == b"\x1f\x8b\x08nothing"


def test_a_bomb_is_read_up_to_a_limit() -> None:
    assert len(text_within(gzip.compress(bytes(LARGEST_UNPACKED * 2)))) == LARGEST_UNPACKED
