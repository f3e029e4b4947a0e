"""Texts that have to go with the code, exactly as they were found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from compliance.licenses.evidence import FileLicense
from compliance.licenses.within import text_within
from compliance.value import dataclass

_ABOVE: Final = 12
"""Lines above a license text in which the copyright lines that belong to it stand."""

MOST_HEADER_LINES: Final = 400
"""Lines of a license text in a source file; the longest real ones (MPL-1.1) have some 40."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderText:
    """A license text that stands in a source file and in no license file.

    `place` is `path:first-last` in the tree, `sha256` that of the UTF-8 `text`.
    """

    place: str
    sha256: str
    text: str


def text_of(data: bytes) -> str:
    """The words of a license file, nothing added and nothing taken away but a byte order mark.

    Of a font it is what it says of itself. Decodes UTF-8, UTF-16 with a byte order mark, and else
    Latin-1, which takes any byte.
    """
    data = text_within(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def header_texts(file: FileLicense, lines: Sequence[str]) -> Iterable[HeaderText]:
    """The whole license texts in a source file, with the copyright lines above them."""
    done = 0
    for match in sorted(file.matches, key=lambda m: m.start_line):
        if match.kind != "text" or match.start_line <= done:
            continue
        owners = [
            c.line
            for c in file.copyrights
            if max(done, match.start_line - _ABOVE) < c.line <= match.start_line
        ]
        first = min([match.start_line, *owners])
        last = done = min(match.end_line, first + MOST_HEADER_LINES)
        text = "\n".join(lines[first - 1 : last]) + "\n"
        yield HeaderText(
            place=f"{file.path}:{first}-{last}",
            sha256=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
            text=text,
        )
