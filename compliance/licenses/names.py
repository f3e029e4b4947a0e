"""What a file is by its name: license file, document, source."""

from __future__ import annotations

import re
from typing import Final, Literal

Role = Literal["license", "document", "source"]

_LICENSE: Final = re.compile(
    r"(?:.*[._-])?(?:(?:un)?licen[sc]es?|licen[sc]ing|copying|copyleft|copyrights?|notices?|patents"
    r"|legal|eula|third[-_ ]?party.*|a?gpl(?:[-_]?v?[0-9.]+)?|lgpl(?:[-_]?v?[0-9.]+)?"
    r"|mit-licen[sc]e|mpl(?:[-_]?v?[0-9.]+)?|cc0|busl|bsl)"
    r"(?:[._-].*|[0-9.]*)?",
    re.IGNORECASE,
)
_DOCUMENT: Final = re.compile(
    r"(?:readme|copying|authors|contributors|contributing|acknowledge?ments|credits|third[-_ ]?party"
    r"|dep5|copyright|patents|install|about)(?:[._-].*)?"
    r"|.*\.(?:md|mdown|markdown|txt|rst|adoc|asciidoc|org|pod|html?|tex|texi|texinfo|rtf)",
    re.IGNORECASE,
)
# Endings that say "source" whatever the rest of the name is: license.go, licenses.proto.
_SOURCE: Final = re.compile(
    r"\.(?:go|s|asm|c|h|cc|cpp|cxx|hh|hpp|hxx|m|mm|f|f90|py|pyi|sh|bash|zsh|fish|js|mjs|cjs|jsx|ts"
    r"|tsx|css|scss|less|java|kt|kts|scala|groovy|gradle|rs|swift|proto|y|l|pl|pm|rb|erb|php|lua|cs"
    r"|fs|vb|ex|exs|erl|hs|ml|mli|clj|lisp|el|sql|vue|svelte|tmpl|tpl|gotmpl|json|ya?ml|toml|xml"
    r"|ini|cfg|conf|mod|sum|work|bzl|bazel|cmake|mk|tf|hcl|nix|ps1|psm1|bat|cmd|svg|png|jpe?g|gif"
    r"|ico|pdf|gz|zip|tar|woff2?|ttf|eot|lock|csv|tsv|patch|diff|snap|golden|pb|bin|exe|so|a|o)$",
    re.IGNORECASE,
)


def _base(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def is_license_name(name: str) -> bool:
    """Whether a file of that name holds license texts or notices (LICENSE, COPYING.md, NOTICE)."""
    base = _base(name)
    if base.lower().endswith(".license") and len(base) > len(".license"):
        return True  # REUSE: x.png.license speaks for x.png
    if "/licenses/" in f"/{name.lower()}" and base.lower().endswith(".txt"):
        return True  # REUSE and vendored collections: LICENSES/MIT.txt
    return _LICENSE.fullmatch(base) is not None and _SOURCE.search(base) is None


def is_doc_name(name: str) -> bool:
    """Whether a file of that name is prose that may state a license (README, *.md, *.txt)."""
    base = _base(name)
    return _DOCUMENT.fullmatch(base) is not None and _SOURCE.search(base) is None


def role_of(name: str) -> Role:
    """License file, document or source; every other file counts as source."""
    if is_license_name(name):
        return "license"
    return "document" if is_doc_name(name) else "source"
