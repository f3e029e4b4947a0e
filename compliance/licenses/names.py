"""What a file is by its name: license file, document, source."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

from compliance import patterns as re

Role = Literal["license", "document", "source"]

_LICENSE: Final = re.compile(
    r"(?:.*[._-])?(?:(?:un)?licen[sc]es?|licen[sc]ing|copying|copyleft|copyrights?|notices?|patents"
    r"|legal|eula|third[-_ ]?party.*|a?gpl(?:[-_]?v?[0-9.]+)?|lgpl(?:[-_]?v?[0-9.]+)?"
    r"|mit-licen[sc]e|mpl(?:[-_]?v?[0-9.]+)?|cc0|busl|bsl)"
    r"(?:[._-].*|[0-9.]*)?"
    # Names of a license alone: OFL.txt, MIT.txt, Apache-2.0.txt; "apache.md" tells of a server.
    r"|(?:.*[._-])?(?:(?:ofl|epl|cddl|eupl|sspl|osl)(?:[-_ ]?v?[0-9.]+)?|mit|isc|unlicense|wtfpl"
    r"|apache[-_ ]?(?:v?2(?:[.-]0)?)|bsd(?:[-_ ]?[0-4][-_ ]?clause)?)(?:\.(?:txt|md))?",
    re.IGNORECASE,
)
_DOCUMENT: Final = re.compile(
    r"(?:readme|authors|contributors|contributing|acknowledge?ments|credits|dep5|install|about)(?:[._-].*)?"
    r"|.*\.(?:md|mdown|markdown|txt|rst|adoc|asciidoc|org|pod|html?|tex|texi|texinfo|rtf)",
    re.IGNORECASE,
)
# Endings that say "source" whatever the rest of the name is: license.go, licenses.proto, and the
# signatures and digests of a file: LICENSE.asc.
_SOURCE: Final = frozenset(
    """
    go s asm c h cc cpp cxx hh hpp hxx m mm f f90 py pyi sh bash zsh fish js mjs cjs jsx ts tsx css
    scss less java kt kts scala groovy gradle rs swift proto y l pl pm rb erb php lua cs fs vb ex
    exs erl hs ml mli clj lisp el sql vue svelte tmpl tpl gotmpl hbs
    mustache ejs pug j2 robot bats json yaml yml toml xml ini cfg conf
    mod sum work bzl bazel cmake mk tf hcl nix ps1 psm1 bat cmd svg png jpg jpeg gif ico pdf gz zip
    tar woff woff2 ttf eot lock csv tsv patch diff snap golden pb bin exe so a o asc sig sign
    minisig p7s sigstore md5 sha1 sha256 sha512 sha256sum sha512sum
    """.split()  # noqa: SIM905 - a hundred quoted words would be hard to read
)


# Names without an ending, or hidden ones, that hold instructions for a machine.
_BUILD: Final = re.compile(
    r"\..*|[a-z]*(?:makefile|dockerfile|jenkinsfile|vagrantfile|rakefile|gemfile|procfile|tiltfile"
    r"|brewfile|justfile|containerfile)(?:\..*)?|build|workspace|configure|gradlew|owners|codeowners",
    re.IGNORECASE,
)


# What changed from version to version: a license named there was added, fixed or dropped once.
_HISTORY: Final = re.compile(
    r"(?:change[-_]?logs?|changes|history|news|releases?(?:[-_ ]?notes?)?|relnotes)(?:[._-].*)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=1 << 15)  # the same files are asked about by several stages
def role_of(name: str) -> Role:
    """License file, document or source; every other file counts as source."""
    base = name.rpartition("/")[2]
    stem, _, ending = base.rpartition(".")
    if stem and ending.lower() in _SOURCE:
        return "source"
    if stem and ending.lower() == "license":
        return "license"  # REUSE: x.png.license speaks for x.png
    if ending.lower() == "txt" and "/licenses/" in f"/{name.lower()}":
        return "license"  # REUSE and vendored collections: LICENSES/MIT.txt
    if _LICENSE.fullmatch(base):
        return "license"
    if _DOCUMENT.fullmatch(base) and not _HISTORY.fullmatch(base):
        return "document"
    return "source" if _BUILD.fullmatch(base) or _HISTORY.fullmatch(base) else "document"


def is_license_name(name: str) -> bool:
    """Whether a file of that name holds license texts or notices (LICENSE, COPYING.md, NOTICE)."""
    return role_of(name) == "license"


def is_doc_name(name: str) -> bool:
    """Whether a file of that name is prose that may state a license (README, *.md, *.txt).

    Every file that is neither a license file nor known to be source counts as prose.
    """
    return role_of(name) == "document"
