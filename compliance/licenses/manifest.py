"""The license field of package manifests of other ecosystems (package.json, Cargo.toml, ...).

Only values that are SPDX expressions count here; other spellings are left to the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from compliance import patterns as re
from compliance.licenses.expression import MAX_LENGTH, Expression, InvalidExpressionError
from compliance.licenses.spans import Covered
from compliance.licenses.tags import MOST_DIFFERENT, MOST_TAGS, Tag

RULE: Final = "license-field"

_MANIFEST: Final = re.compile(
    r"package\.json|bower\.json|composer\.json|manifest\.json|cargo\.toml|pyproject\.toml|setup\.(?:cfg|py)"
    r"|(?:chart|galaxy|meta|pubspec|package|action)\.ya?ml|pkgbuild|opam|dune-project|description"
    r"|metadata|pkg-info"
    r"|.*\.(?:cff|spec|gemspec|podspec|nuspec|cabal|opam)",
    re.IGNORECASE,
)
# Of a Python package: fields, an empty line, and its README (core metadata; PEP 639).
_PACKAGED: Final = re.compile(r"metadata|pkg-info", re.IGNORECASE)
_EMPTY_LINE: Final = re.compile(rb"\n\r?\n")
_FIELD: Final = re.compile(
    rb"(?<![\w.-])[\"']?licen[sc]e(?:-expression)?[\"']?[ \t]*(?::|=>?)[ \t]*"
    rb"(?:\{[ \t]*[\"']?(?:text|type)[\"']?[ \t]*[:=][ \t]*)?"
    rb"(?:\"([^\"\n]{1,400})\"|'([^'\n]{1,400})'|([A-Za-z0-9(][^\"'\n#;,{}\[\]]{1,400}))",
    re.IGNORECASE,
)


# Several at once: `"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]` (npm of old), and
# `"license": ["LGPL-2.1-only", "GPL-3.0-or-later"]` (Composer), where one may be chosen.
_LIST: Final = re.compile(
    rb"(?<![\w.-])[\"']?licen[sc]es?[\"']?[ \t]*(?::|=>?)\s*\[(?P<items>[^\[\]]{2,2000})\]",
    re.IGNORECASE,
)
_ITEM: Final = re.compile(
    rb"[\"'](?:type|name|id)[\"']\s*(?::|=>?)\s*[\"']([^\"'\n]{2,400})[\"']", re.IGNORECASE
)
_BARE_ITEM: Final = re.compile(rb"[\"']([^\"'\n]{2,400})[\"']")
MOST_LISTED: Final = 20
"""Licenses in one list of a manifest; a longer list is no field of a package."""


def is_manifest(name: str) -> bool:
    """Whether a file of that name is a manifest with a license field."""
    return _MANIFEST.fullmatch(name.rpartition("/")[2]) is not None


def license_fields(name: str, text: bytes) -> Iterator[Tag]:
    """License fields of the manifest `name` that are SPDX expressions, or lists of them."""
    if _PACKAGED.fullmatch(name.rpartition("/")[2]):
        text = _EMPTY_LINE.split(text, 1)[0]
    lists = list(islice(_lists(text), MOST_TAGS))
    yield from lists
    known = Covered((tag.start, tag.end) for tag in lists)
    for tag in _single(text):
        if not known.touches(tag.start, tag.start + 1):
            yield tag


def _lists(text: bytes) -> Iterator[Tag]:
    """Lists of licenses, as a choice between those that are SPDX expressions."""
    for match in _LIST.finditer(text):
        items = match["items"]
        written = _ITEM.findall(items) if b"{" in items else _BARE_ITEM.findall(items)
        parsed = [_value(raw)[1] for raw in written[: MOST_LISTED + 1]]
        named = list(dict.fromkeys(e for e in parsed if e is not None))
        if not named or len(parsed) > MOST_LISTED:
            continue
        plain = len(named) == 1
        choice = " OR ".join(named if plain else [_bracketed(e) for e in named])
        shown = items.decode("utf-8", "replace")
        yield Tag(match.start(), match.end(), shown, choice, rule=RULE)


def _bracketed(expression: str) -> str:
    return f"({expression})" if " AND " in expression or " OR " in expression else expression


def _single(text: bytes) -> Iterator[Tag]:
    known: dict[bytes, tuple[str, str | None]] = {}
    count = 0
    for match in _FIELD.finditer(text):
        group = next(n for n in (1, 2, 3) if match.group(n) is not None)
        raw = match.group(group)
        if raw in known and count >= MOST_TAGS:
            continue
        if raw not in known and len(known) >= MOST_DIFFERENT:
            problem = f"more than {MOST_DIFFERENT} different license fields in one file"
            yield Tag(match.start(), match.end(), raw.decode("utf-8", "replace"), None, problem)
            return
        if raw not in known:
            known[raw] = _value(raw)
        written, expression = known[raw]
        if expression is not None:
            count += 1
            start = match.start(group)
            yield Tag(match.start(), start + len(written.encode()), written, expression, rule=RULE)


def _value(raw: bytes) -> tuple[str, str | None]:
    """(what is written, the expression or None)."""
    written = raw.decode("utf-8", "replace").strip()
    slashed = re.fullmatch(r"[\w.+-]+(?:/[\w.+-]+)+", written)  # Cargo's old way to say OR
    wanted = written.replace("/", " OR ") if slashed else written
    if len(wanted) > MAX_LENGTH:
        return written, None
    try:
        return written, Expression.parse(wanted).text
    except InvalidExpressionError:
        return written, None
