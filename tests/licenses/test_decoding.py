"""Files in any encoding, and files that are no text."""

from __future__ import annotations

import codecs

import pytest

from compliance.licenses import Detector
from compliance.licenses.decoding import to_utf8

CODECS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le",
          "utf-32-be")  # fmt: skip


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", ["LICENSE", "docs/legal.md", "x.c"])
def test_a_text_reads_the_same_in_every_encoding(detector: Detector, codec: str, name: str) -> None:
    text = detector.index.text("MIT")
    assert text is not None

    found = detector.detect(name, text.encode(codec))

    assert (found.expression, found.confidence) == ("MIT", "high")


@pytest.mark.parametrize("codec", CODECS)
def test_places_are_those_of_the_bytes_of_the_file(codec: str) -> None:
    data = "MIT License\n\nCopyright".encode(codec)
    decoded = to_utf8(data)

    at = decoded.text.index(b"Copyright")
    place = decoded.original_offsets([at])[at]

    width = 4 if "32" in codec else 2 if "16" in codec else 1
    assert data[place:] == data[-len("Copyright") * width :]


@pytest.mark.parametrize("data", [bytes(range(256)) * 40, b"\x7fELF\x02\x01\x01\0" * 90])
def test_a_binary_license_file_is_for_review(detector: Detector, data: bytes) -> None:
    found = detector.detect("LICENSE", data)

    assert (found.expression, found.confidence) == (None, "review")
    assert [f.code for f in found.findings] == ["unknown-license"]


@pytest.mark.parametrize("data", [b"", b"\0" * 4096])
def test_an_empty_file_says_nothing(detector: Detector, data: bytes) -> None:
    found = detector.detect("LICENSE", data)

    assert (found.expression, found.findings) == (None, ())


@pytest.mark.parametrize("codec", ["cp1252", "utf-16-le", "utf-32-be"])
def test_every_place_is_that_of_the_letters_before_it(codec: str) -> None:
    mark = codecs.BOM_UTF16_LE if codec == "utf-16-le" else b""
    text = "MIT License of all \u2014 l\u00edcense\n\u00a9 \u00e9 A\n" * 3
    decoded = to_utf8(mark + text.encode(codec))
    assert decoded.codec == codec

    found = decoded.original_offsets([*range(len(decoded.text) + 1), 5, 0])

    for offset, place in found.items():
        before = decoded.text[:offset].decode("utf-8", "ignore")
        assert place == len(mark) + len(before.encode(codec))


@pytest.mark.parametrize("before", [0, 1, 2, (1 << 20) - 2, (1 << 20) - 1, (1 << 20) + 1])
@pytest.mark.parametrize(
    ("end", "codec"),
    [("\u20ac end".encode(), "utf-8"), ("\u20ac".encode()[:-1], "utf-8"), (b"\xe9 end", "cp1252"),
     (b"\xe2\x82 end", "cp1252")],
)  # fmt: skip
def test_utf8_is_told_wherever_its_characters_stand(before: int, end: bytes, codec: str) -> None:
    """Large files are looked at in pieces; a file may be cut in its last character."""
    assert to_utf8(b"a" * before + end).codec == codec
