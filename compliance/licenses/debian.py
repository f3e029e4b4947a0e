"""Machine-readable debian/copyright files (DEP-5), also used as .reuse/dep5.

Paragraphs are separated by empty lines. A paragraph with `Files:` lists patterns (a star crosses
folders) and names a license in the first line of `License:`; the last paragraph that matches a
path counts. Names are Debian's own ("GPL-2+", "Expat") and are written as SPDX ids here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from compliance import patterns as re
from compliance.licenses.expression import Expression, InvalidExpressionError
from compliance.licenses.reuse import MalformedMapError, PathRule, checked_rules

_FIELD: Final = re.compile(r"([A-Za-z][A-Za-z-]*):[ \t]*(.*)")
# https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-short-name
_NAMES: Final = {
    "expat": "MIT",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "bsd-2-clauses": "BSD-2-Clause",
    "bsd-3-clauses": "BSD-3-Clause",
    "apache-2": "Apache-2.0",
    "asl-2.0": "Apache-2.0",
    "artistic": "Artistic-1.0-Perl",
    "public-domain": "LicenseRef-scancode-public-domain",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "cc0": "CC0-1.0",
    "psfl-2": "PSF-2.0",
    "python": "Python-2.0",
    "zope": "ZPL-2.1",
}
_GNU: Final = re.compile(r"(a|l)?gpl-?v?([\d.]+)(\+)?", re.IGNORECASE)
_GFDL: Final = re.compile(r"gfdl(-niv)?-?v?([\d.]+)(\+)?", re.IGNORECASE)
_WITH: Final = re.compile(r"\s+with\s+(.+?)\s+exception\b", re.IGNORECASE)


def parse_debian_copyright(data: bytes, *, folder: str, source: str) -> tuple[PathRule, ...]:
    """Rules of a DEP-5 file; of several that match a path the last one counts.

    Args:
        data: The file.
        folder: The folder to which its patterns are relative (above debian/ or .reuse/).
        source: Its path, for evidence.

    Raises:
        MalformedMapError: It is no DEP-5 file, or a license name is no expression.
    """
    text = data.decode("utf-8", "replace")
    paragraphs = tuple(_paragraphs(text))
    if not paragraphs or "format" not in paragraphs[0][1]:
        raise MalformedMapError("no machine-readable copyright file (Format: is missing)", line=1)
    rules: list[PathRule] = []
    for line, fields in paragraphs[1:]:
        if "files" not in fields or "license" not in fields:
            continue
        expression = _expression(fields["license"].partition("\n")[0], line)
        rules.extend(
            PathRule(
                folder=folder,
                pattern=pattern.removeprefix("./"),
                expression=expression,
                source=source,
                line=line,
                crosses=True,
            )
            for pattern in fields["files"].split()
        )
    return checked_rules(rules)


def _paragraphs(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line of its first field, fields by lower-case name) of each paragraph."""
    fields: dict[str, str] = {}
    first = last = 0
    name = ""
    for last, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            if fields:
                yield first, fields
            fields, name = {}, ""
        elif line[0] in " \t":
            if name:
                fields[name] += f"\n{line.strip()}"
        elif found := _FIELD.fullmatch(line):
            name = found.group(1).lower()
            first = first if fields else last
            fields[name] = found.group(2)
    if fields:
        yield first, fields


def _expression(written: str, line: int) -> Expression | None:
    """SPDX expression of a Debian license synopsis: `GPL-2+ or Expat`, `A and B`."""
    if not written.strip():
        return None
    arms = re.split(r"\s*,?\s+or\s+", written.strip(), flags=re.IGNORECASE)
    text = " OR ".join(f"({_conjunction(arm)})" for arm in arms)
    try:
        return Expression.parse(text)
    except InvalidExpressionError as error:
        raise MalformedMapError(f"License: {written.strip()}: {error}", line=line) from error


def _conjunction(text: str) -> str:
    terms = re.split(r"\s*,?\s+and\s+|\s*,\s*", text, flags=re.IGNORECASE)
    return " AND ".join(f"({spdx_name(t)})" for t in terms if t)


def spdx_name(name: str) -> str:
    """The SPDX expression for a license name of Debian; names that are none of its stay."""
    exception = _WITH.search(name)
    base = name[: exception.start()] if exception else name
    found = _single(base.strip())
    if exception is None:
        return found
    return f"{found} WITH {_EXCEPTIONS.get(exception.group(1).lower(), exception.group(1))}"


_EXCEPTIONS: Final = {
    "openssl": "x11vnc-openssl-exception",
    "font": "Font-exception-2.0",
    "autoconf": "Autoconf-exception-2.0",
    "bison": "Bison-exception-2.2",
    "classpath": "Classpath-exception-2.0",
    "gcc": "GCC-exception-3.1",
}


def _single(name: str) -> str:
    known = _NAMES.get(name.lower())
    if known:
        return known
    gnu = _GNU.fullmatch(name)
    if gnu:
        return _versioned(f"{(gnu.group(1) or '').upper()}GPL", gnu.group(2), gnu.group(3))
    gfdl = _GFDL.fullmatch(name)
    if gfdl:
        kind = "-no-invariants" if gfdl.group(1) else ""
        return _versioned("GFDL", gfdl.group(2), gfdl.group(3), kind)
    return name


def _versioned(family: str, version: str, later: str | None, kind: str = "") -> str:
    number = version.rstrip(".")
    number = number if "." in number else f"{number}.0"
    return f"{family}-{number}{kind}-{'or-later' if later else 'only'}"
