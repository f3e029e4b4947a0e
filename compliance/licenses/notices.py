"""Texts that have to go with the code, exactly as they were found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from compliance.licenses.evidence import FileLicense
from compliance.licenses.names import is_license_name
from compliance.licenses.roles import Purpose, role_of_path
from compliance.licenses.within import text_within
from compliance.value import dataclass

_EMPTY: Final = hashlib.sha256(b"").hexdigest()
_ABOVE: Final = 12
"""Lines above a license text in which the copyright lines that belong to it stand."""

MOST_HEADER_LINES: Final = 400
"""Lines of a license text in a source file; the longest real ones (MPL-1.1) have some 40."""

LONGEST_HEADER_LINE: Final = 12_000
"""Characters of a line that may be a license text: Apache-2.0 in one line has 11,300. A longer one
is a script or its map that a tool made, of which no part can be cut out by lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderText:
    """A license text that stands in a source file and in no license file.

    `place` is `path:first-last` in the tree, `sha256` that of the UTF-8 `text`.
    """

    place: str
    sha256: str
    text: str


def goes_along(file: FileLicense) -> bool:
    """Whether a file says something that a scan keeps.

    A NOTICE or PATENTS file need name neither license nor owner for that (Apache-2.0, 4d: the
    notices that it contains go along).
    """
    if file.matches or file.copyrights or file.findings:
        return True
    if not is_license_name(file.path.rpartition("/")[2]):
        return False
    purpose = role_of_path(file.path).purpose
    return purpose in (Purpose.NOTICE, Purpose.PATENTS) and file.sha256 != _EMPTY


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
    """The whole license texts in a source file, with the copyright lines above them.

    None where they stand in a line that goes on with code: the standard text is told then.
    """
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
        if any(len(line) > LONGEST_HEADER_LINE for line in lines[first - 1 : last]):
            continue
        text = "\n".join(lines[first - 1 : last]) + "\n"
        yield HeaderText(
            place=f"{file.path}:{first}-{last}",
            sha256=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
            text=text,
        )
