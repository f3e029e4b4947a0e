"""The license field of package manifests of other ecosystems (package.json, Cargo.toml, ...).

Only values that are SPDX expressions count here; other spellings are left to the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from compliance import patterns as re
from compliance.licenses.expression import MAX_LENGTH, Expression, InvalidExpressionError
from compliance.licenses.tags import MOST_DIFFERENT, MOST_TAGS, Tag

RULE: Final = "license-field"

_MANIFEST: Final = re.compile(
    r"package\.json|bower\.json|composer\.json|manifest\.json|cargo\.toml|pyproject\.toml|setup\.(?:cfg|py)"
    r"|(?:chart|galaxy|meta|pubspec|package|action)\.ya?ml|pkgbuild|opam|dune-project|description"
    r"|.*\.(?:cff|spec|gemspec|podspec|nuspec|cabal|opam)",
    re.IGNORECASE,
)
_FIELD: Final = re.compile(
    rb"(?<![\w.-])[\"']?licen[sc]e[\"']?[ \t]*(?::|=>?)[ \t]*"
    rb"(?:\{[ \t]*[\"']?(?:text|type)[\"']?[ \t]*[:=][ \t]*)?"
    rb"(?:\"([^\"\n]{1,400})\"|'([^'\n]{1,400})'|([A-Za-z0-9(][^\"'\n#;,{}\[\]]{1,400}))",
    re.IGNORECASE,
)


def is_manifest(name: str) -> bool:
    """Whether a file of that name is a manifest with a license field."""
    return _MANIFEST.fullmatch(name.rpartition("/")[2]) is not None


def license_fields(text: bytes) -> Iterator[Tag]:
    """License fields of a manifest whose value is a valid SPDX expression."""
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
