"""The license field of package manifests of other ecosystems (package.json, Cargo.toml, ...).

Only values that are SPDX expressions count here; other spellings are left to the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from compliance.licenses.expression import MAX_LENGTH, Expression, InvalidExpressionError
from compliance.licenses.tags import Tag

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
    for match in _FIELD.finditer(text):
        group = next(n for n in (1, 2, 3) if match.group(n) is not None)
        written = match.group(group).decode("utf-8", "replace").strip()
        slashed = re.fullmatch(r"[\w.+-]+(?:/[\w.+-]+)+", written)  # Cargo's old way to say OR
        wanted = written.replace("/", " OR ") if slashed else written
        if len(wanted) > MAX_LENGTH:
            continue
        try:
            expression = Expression.parse(wanted)
        except InvalidExpressionError:
            continue
        start = match.start(group)
        yield Tag(match.start(), start + len(written.encode()), written, expression.text, rule=RULE)
