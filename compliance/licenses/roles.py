"""What a license-like file is for, by its name: the code, its documents, somebody else's code.

`LICENSE.docs` governs documents, `LICENSE-3rdparty` speaks of bundled code, `LICENSE.libyaml` of a
part of the code beside it, `LICENSE-MIT` names one of several licenses of the whole.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Final

from compliance import patterns as re
from compliance.value import dataclass


class Purpose(Enum):
    """What a license-like file speaks of."""

    CODE = "code"
    """The code of its folder and below."""
    PART = "part"
    """A part of that code that its name hints at (LICENSE.libyaml): applies beside CODE."""
    DOCS = "docs"
    THIRD_PARTY = "third-party"
    NOTICE = "notice"
    PATENTS = "patents"
    TEXT = "text"
    """A text in LICENSES/: others refer to it (REUSE)."""
    SIDECAR = "sidecar"
    """`x.go.license`: speaks for x.go (REUSE)."""
    MAP = "map"
    """REUSE.toml, dep5, debian/copyright, LICENSING.md: says which file has which license."""
    README = "readme"
    PEOPLE = "people"
    """AUTHORS and the like: no license."""
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Role:
    """Purpose of a file; `qualifier` is what its name says beyond LICENSE ("mit", "libyaml").

    `by_license`: it counts as one of documents only because of the license that it is named by.
    """

    purpose: Purpose
    qualifier: str = ""
    by_license: bool = False


_CODE_RE: Final = re.compile(
    r"(?P<before>.*?)(?:(?:un)?licen[sc]es?|licen[sc]ing|copying|copyleft|copyrights?|eula|legal)"
    r"(?P<after>(?![a-z]).*|)",
    re.IGNORECASE,
)
_EXTENSION_RE: Final = re.compile(
    r"\.(?:md|mdown|markdown|txt|text|rst|adoc|html?|org|rtf|license)$", re.IGNORECASE
)
_DOCS_RE: Final = re.compile(
    r"(?:^|[^a-z])(?:docs?|documentation|website|site|content|artwork|logo|media)(?:$|[^a-z])"
)
_CONTENT_RE: Final = re.compile(r"(?:^|[^a-z])cc-by")
_THIRD_RE: Final = re.compile(
    r"3rd|third|vendor|bundled|dependenc|depend|external|(?:^|[^a-z])deps?(?:$|[^a-z])|binar|inherit"
    r"|(?:open[-_ ]?source|f?oss|others?)[-_ ]?licen[sc]es?$"
)
_NAMED_RE: Final = re.compile(
    r"(?:^|[^a-z])(?:apache\d*|asl\d*|al2|mit|expat|x11|bsd\w*|[al]?gpl\w*|mpl\w*|isc|unlicense|cc0\S*"
    r"|epl\w*|cddl\w*|upl|eupl\S*|zlib|boost|bsl\w*|busl\w*|sspl\w*|wtfpl|lesser|lib|ofl\w*|artistic\S*"
    r"|osl\w*|afl\w*|ecl\w*|ms-?pl|psf|postgresql|elastic\S*|commercial|mulan\S*|gnu)(?:$|[^a-z])"
)
_GENERIC: Final = frozenset(
    {"code", "source", "src", "software", "project", "main", "file", "me", "terms"}
)
_PURPOSES: Final = (
    (re.compile(r"(?:.*[._-])?notices?(?:[._-].*)?$"), Purpose.NOTICE),
    (re.compile(r"(?:.*[._-])?patents?(?:[._-].*)?$"), Purpose.PATENTS),
    (re.compile(r"(?:authors|contributors|maintainers|credits)(?:[._-].*)?$"), Purpose.PEOPLE),
    (re.compile(r"(?:readme|about)(?:[._-].*)?$"), Purpose.README),
)
_MAP_NAMES: Final = frozenset({"reuse.toml", "dep5", "licensing.md", "licensing", "licensing.txt"})


@lru_cache(maxsize=8192)
def role_of_path(path: str) -> Role:
    """Role of a file by its path in a module."""
    folder, _, name = path.lower().rpartition("/")
    holder = folder.rpartition("/")[2]
    if holder in ("licenses", "licences"):
        return Role(Purpose.TEXT)
    if name in _MAP_NAMES or (holder == "debian" and name == "copyright"):
        return Role(Purpose.MAP)
    bare = _EXTENSION_RE.sub("", name)
    if name.endswith(".license") and "." in bare:
        return Role(Purpose.SIDECAR)
    if _THIRD_RE.search(bare) and re.search(r"licen|notice|copy|part", bare):
        return Role(Purpose.THIRD_PARTY)
    found = _CODE_RE.fullmatch(bare)
    if found is None:
        return _without_license_word(bare)
    return _qualified(f"{found['before']} {found['after']}".strip(" ._-"))


def _without_license_word(bare: str) -> Role:
    for pattern, purpose in _PURPOSES:
        if pattern.fullmatch(bare):
            return Role(purpose)
    if _NAMED_RE.match(bare):
        return Role(Purpose.CODE, bare)
    return Role(Purpose.SOURCE)


def _qualified(qualifier: str) -> Role:
    if _DOCS_RE.search(qualifier):
        return Role(Purpose.DOCS, qualifier)
    if _CONTENT_RE.search(qualifier):
        return Role(Purpose.DOCS, qualifier, by_license=True)
    if not qualifier or qualifier in _GENERIC or re.fullmatch(r"[\d._ v-]+", qualifier):
        return Role(Purpose.CODE)
    if _NAMED_RE.search(qualifier) or re.search(r"exception|additional|permission", qualifier):
        return Role(Purpose.CODE, qualifier)
    return Role(Purpose.PART, qualifier)
