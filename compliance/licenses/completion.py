"""What stands directly beside a name and belongs to it: "or later", an exception, "MIT and".

Rules know the common wordings; where they only know the name, the words next to it complete it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

from compliance import patterns as re
from compliance.licenses.expression import License, parse_or_none
from compliance.licenses.operands import is_dedication, named_beside
from compliance.licenses.statement import terms
from compliance.value import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.licenses.hit import Hit

_LONGEST: Final = 60  # words of a rule that is a part of a sentence
_BEHIND: Final = 90  # bytes
_LONGEST_ID: Final = 50
_ID_BEFORE: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9.+-]*-\Z")
_VERSIONED_ID: Final = re.compile(rb"(?:\A|[^a-z])[A-Z][A-Za-z]+-\d+(?:\.\d+)+-\Z")
_ID_BEHIND: Final = re.compile(rb"(?:-[A-Za-z0-9.+]*[A-Za-z0-9+])+")
_ONLY: Final = re.compile(r"((?:[AL]?GPL|GFDL)-[\d.]+)-only")
_LATER: Final = re.compile(
    rb"[\s,(*/#;-]{0,12}(?:of\s+the\s+licen[sc]e\W{1,4})?(?:or|and)\b[\s,(*/#;-]{0,12}"
    rb"(?:(?:at|in)\s+(?:your|the\s+user's|its)\s+(?:own\s+)?(?:option|preference|choice|discretion)[\s,)*/#;-]{1,12}"
    rb"|if\s+you\s+(?:so\s+)?(?:prefer|like|wish|want|choose)[\s,)*/#;-]{1,12})?"
    rb"(?:\(?(?:any|an?)\s+)?(?:(?:later|newer|higher|above|greater|subsequent)\b|up(?:wards?)?\b(?!\s+to)"
    rb"|onwards?\b)",
    re.IGNORECASE,
)
_OR_VERSION: Final = re.compile(  # "GPL version 2 or version 3"
    rb"[\s*/#;-]{1,6}or[\s*/#;-]{1,6}(?:version[\s*/#;-]{1,6}|v\.?)?"
    rb"([123](?:\.[01])?)(?![\w.]*\w|[-+ ]*or)"
    rb"(?![-\s]+clause)",
    re.IGNORECASE,
)
_FAMILY: Final = re.compile(r"(A?GPL|LGPL)-[\d.]+-or-later")
_NAMED: Final = re.compile(r"(A?GPL|LGPL)-[\d.]+-(?:only|or-later)")
_VERSIONS: Final = {
    "GPL": ("1.0", "2.0", "3.0"), "LGPL": ("2.0", "2.1", "3.0"), "AGPL": ("1.0", "3.0"),
}  # fmt: skip
_OF_VERSION: Final = re.compile(
    rb"\b(?:version|ver\.?|v\.?)\W{0,2}([123](?:\.[01])?)((?:\W+\w+){0,8}?\W+later(?:\W+versions?)?)?"
    rb"(?:\W+only)?\W+of\W+(?:the\W+)?\Z",
    re.IGNORECASE,
)
_IN_VERSION: Final = re.compile(
    rb"(?:[-\s]licen[sc]ed?)?"
    rb"(?:[\s*/#;-]{1,12}as[\s*/#;-]+published[\s*/#;-]+by[\s*/#;-]+the[\s*/#;-]+free[\s*/#;-]+software"
    rb"[\s*/#;-]+foundation)?"
    rb"(?:[\s,(*/#;-]{0,12}(?:either[\s*/#;-]+)?(?:version|ver\.?|v\.?)\W{0,2}([123](?:\.[01])?)"
    rb"|[ \t]{1,3}([123](?:\.[01])?)(?![.)]\s+\w))(?![\w.]*\d)"
    rb"(?:[\s*/#;-]+of[\s*/#;-]+the[\s*/#;-]+licen[sc]e\b)?",
    re.IGNORECASE,
)
_OF_THE: Final = re.compile(rb"of\W+(?:the\W+)?", re.IGNORECASE)
_DATED: Final = re.compile(r"(?:A|L)?GPL-[\d.]+-(?:only|or-later)")
_GNU_NOTICE: Final = re.compile(r"[AL]?GPL-[\d.]+-(?:only|or-later)")
_UNNAMED_FAMILY: Final = re.compile(r"GPL-([\d.]+)-(only|or-later)")
_LESSER: Final = re.compile(rb"\bgnu\W+(?:library|lesser)\W+general\b", re.IGNORECASE)
_GENERAL: Final = re.compile(rb"\bgnu\W+(?:general\b|gpl)", re.IGNORECASE)
_GAP: Final = rb"\W{1,24}"
_GRANT: Final = re.compile(
    (
        rb"\b(?:gnu_(?:(affero|lesser|library)_)?general_public_licen[sc]e(?:_[al]?gpl)?"
        rb"|(?:gnu_)?([al]?)gpl|gnu_public_licen[sc]e)"
        rb"(?:_as_published_by_the_free_software_foundation(?:_inc)?)?"
        rb"_(?:(?:under|in|either|the|terms|of)_){0,4}(?:version|ver|v)\W{0,3}"
        rb"([123](?:\.[01])?)(?!\.?\d)(?:_of_the_licen[sc]e)?"
    ).replace(b"_", _GAP),
    re.IGNORECASE,
)
"""The sentence of a GNU notice that grants: name, version, what follows is read by _LATER."""
_LONGEST_NOTICE: Final = 200  # words; what is longer quotes a notice as an example
_MOST_OF_A_RULE: Final = 0.9
"""Of the words of a rule, where a notice has no others: "of the License" or the way to later
versions may be missing, which the sentence of grant says."""
_GRANT_BEFORE: Final = 300
"""Bytes before a notice, of which a rule has the rest, in which its first sentence may stand."""

_OF_NAME: Final = {
    b"": "GPL", b"affero": "AGPL", b"lesser": "LGPL", b"library": "LGPL", b"a": "AGPL",
    b"l": "LGPL",
}  # fmt: skip
_OTHER_NAMED: Final = re.compile(r"(?![AL]?GPL-|GFDL-)([A-Za-z][A-Za-z-]*)-\d+(?:\.\d+)*[a-z]?")
_OTHER_VERSION: Final = re.compile(
    rb"(?:[\s,(*/#;-]{0,12}(?:version|ver\.?|v\.?)\W{0,2}(\d+(?:\.\d+)*[a-z]?)(?![\w.]*\d)"
    rb"|[ ](\d+\.\d+)(?![\w.]*\d|[a-z%]))",
    re.IGNORECASE,
)
_DIGIT: Final = re.compile(rb"\d")
_WORD: Final = re.compile(rb"\w+")
_LEAD: Final = re.compile(
    rb"(?:(?:this|the) \w+|you should have received a copy of(?: the)?)?", re.IGNORECASE
)
_LONGEST_LEAD: Final = 120
"""Bytes of the words that begin a sentence of a notice, with comment signs and a line break."""
_WITH: Final = re.compile(
    rb"[\s,(*/#;]{0,12}(?:with|plus|including)\s+(?:an?\s+|the\s+)?(?:special\s+|additional\s+|gnu\s+)?"
    rb"(llvm|classpath|autoconf|bison|font|gcc\s+runtime\s+library|gcc|swift(?:\s+runtime)?|linux\s+syscall)"
    rb"\W+(?:linking\s+)?exceptions?\b",
    re.IGNORECASE,
)
_GNU: Final = re.compile(r"GPL-[23]\.0-(?:only|or-later)")
_IDS_OF_GNU: Final = ("GPL-", "LGPL-", "AGPL-", "GFDL-")
_APACHE: Final = "Apache-2.0"
_EXCEPTIONS: Final = {
    "llvm": "LLVM-exception",
    "swift": "Swift-exception",
    "classpath": "Classpath-exception-2.0",
    "bison": "Bison-exception-2.2",
    "font": "Font-exception-2.0",
    "linux": "Linux-syscall-note",
}
_BY_VERSION: Final = {
    "autoconf": ("Autoconf-exception-2.0", "Autoconf-exception-3.0"),
    "gcc": ("GCC-exception-2.0", "GCC-exception-3.1"),
}
_BSD: Final = {
    "zero": "0BSD", "0": "0BSD", "one": "BSD-1-Clause", "1": "BSD-1-Clause",
    "two": "BSD-2-Clause", "2": "BSD-2-Clause", "three": "BSD-3-Clause", "3": "BSD-3-Clause",
    "four": "BSD-4-Clause", "4": "BSD-4-Clause",
}  # fmt: skip
_NEXT_CLAUSE: Final = re.compile(
    rb"[\W_]{1,24}(?:(?:3|c|iii|three)\b[\W_]{1,12})?(?:neither\W{1,12}the\W{1,12}names?\b"
    rb"|the\W{1,12}names?\W(?:[^.]{0,160}?\W)?may\W{1,12}not\W{1,12}be\W{1,12}used\b"
    rb"|(?P<advertising>all\W{1,12}advertising\W{1,12}materials\b))",
    re.IGNORECASE,
)
_CLAUSES_BEFORE: Final = re.compile(
    rb"\b(zero|one|two|three|four|[0-4])[-\s]clauses?[-\s]{1,3}\Z", re.IGNORECASE
)
_CLAUSE: Final = re.compile(rb"\bclause", re.IGNORECASE)
_POINT_ZERO: Final = re.compile(rb"\.0(?![\w.]*\d)")
_BEYOND: Final = ("GPL-2.0-only", "LGPL-2.0-only")
_POINT_ONE: Final = re.compile(rb"\.1(?![\w.]*\d)")


def completed(hits: Sequence[Hit], text: bytes) -> list[Hit]:
    """Hits with what the words beside them add."""
    found: list[Hit] = []
    for number, hit in enumerate(hits):
        low = hits[number - 1].end if number else 0
        named = hit.kind in ("notice", "reference", "tag") or is_dedication(hit)
        if hit.words > _LONGEST or not named:
            whole = _granted(hit, text, low) if hit.kind == "notice" else hit
            found.append(_with_clause(whole, text))
            continue
        high = hits[number + 1].start if number + 1 < len(hits) else len(text)
        found.extend(named_beside(_granted(_whole(hit, text), text, low), text, low, high))
    return _with_disclaimer(_as_dated(found), text) if found != list(hits) else found


def _as_dated(hits: list[Hit]) -> list[Hit]:
    """A notice of which a rule knows most, under the version that it names itself.

    "Either version 3 of the License" without "or any later version" is closest to a rule without a
    version; the name inside it was read with the one that stands there.
    """
    outer = [h for h in hits if h.confidence == "review" and _FAMILY.fullmatch(h.license)]
    if not outer:
        return hits
    named = [h for h in hits if _DATED.fullmatch(h.license) and h.similarity == 1]
    order = sorted(range(len(named)), key=lambda n: named[n].start)
    starts = [named[n].start for n in order]
    inner: set[int] = set()
    dated: dict[int, str] = {}
    for hit in outer:
        near = order[bisect_left(starts, hit.start) : bisect_right(starts, hit.end)]
        inside = sorted(n for n in near if _is_of(named[n], hit))
        inner.update(id(named[n]) for n in inside)
        if inside:
            dated[id(hit)] = named[inside[0]].license
    return [
        replace(h, license=dated[id(h)]) if id(h) in dated else h
        for h in hits
        if id(h) not in inner
    ]


def _with_disclaimer(hits: list[Hit], text: bytes) -> list[Hit]:
    """A notice with the paragraph behind it that names its license again, without a version."""
    found: list[Hit] = []
    for hit in hits:
        before = found[-1] if found else None
        if (
            before is not None
            and _DATED.fullmatch(before.license)
            and _FAMILY.fullmatch(hit.license)
            and before.license.split("-")[0] == hit.license.split("-")[0]
            and not _DIGIT.search(text, hit.start, hit.end)
            and hit.start - before.end <= _LONGEST_LEAD
            and _leads_on(text[before.end : hit.start])
        ):
            found[-1] = replace(before, end=hit.end)
        else:
            found.append(hit)
    return found


def _leads_on(between: bytes) -> bool:
    """Whether what stands between two parts of a notice only begins its next sentence."""
    return _LEAD.fullmatch(b" ".join(_WORD.findall(between)).lower()) is not None


def _is_of(inner: Hit, outer: Hit) -> bool:
    """Whether a name stands at the beginning of an unsure notice of its family."""
    return (
        outer.confidence == "review"
        and inner is not outer
        and outer.start <= inner.start
        and inner.end <= outer.end
        and outer.words > inner.words
        and _DATED.fullmatch(inner.license) is not None
        and _FAMILY.fullmatch(outer.license) is not None
        and outer.license.split("-")[0] == inner.license.split("-")[0]
    )


def _whole(hit: Hit, text: bytes) -> Hit:
    whole = _as_written(_pointed(hit, text) if hit.license.startswith(_IDS_OF_GNU) else hit, text)
    if whole.license.startswith(_IDS_OF_GNU):
        whole = _renumbered(_lesser(whole, text), text)
        return _excepted(_extended(_versioned(whole, text), text), text)
    if "BSD" in whole.license:
        whole = _claused(whole, text)
    whole = _renamed(whole, text)
    return _excepted(whole, text) if whole.license == _APACHE else whole


def _with_clause(hit: Hit, text: bytes) -> Hit:
    """The BSD license whose next clause stands behind the two that a rule knows.

    Of a text that is cut short, or goes on in words of its own, the first clauses alone match.
    """
    behind = _NEXT_CLAUSE.match(text, hit.end) if hit.license == "BSD-2-Clause" else None
    if behind is None:
        return hit
    license_ = "BSD-4-Clause" if behind.group("advertising") else "BSD-3-Clause"
    return replace(hit, license=license_, confidence="review", end=behind.end())


def _granted(hit: Hit, text: bytes, low: int) -> Hit:
    """A GNU notice under what its sentence of grant says, where no rule has these words.

    Headers mix the names of the family ("Library" above, "Lesser" below) and forget one of them;
    the rule that comes closest may be of another license or version.
    """
    exact = hit.similarity == hit.coverage == 1
    if exact or hit.words > _LONGEST_NOTICE or not _GNU_NOTICE.fullmatch(hit.license):
        return hit
    grants = _GRANT.finditer(text, max(low, hit.start - _GRANT_BEFORE), hit.end)
    said = {_as_said(grant, text) for grant in grants}
    license_ = said.pop() if len(said) == 1 else None
    if license_ is None:
        return hit
    kept = hit.similarity == 1 and hit.coverage >= _MOST_OF_A_RULE
    if hit.confidence == "review":
        sure = kept and license_ != "LGPL-2.0-only"  # the Lesser one has no version 2
    else:
        sure = hit.confidence == "high" and license_ != hit.license
    return replace(hit, license=license_, confidence="medium" if sure else hit.confidence)


def _as_said(grant: re.Match[bytes], text: bytes) -> str | None:
    """The license of a sentence of grant; None for a version that the license does not have."""
    family = _OF_NAME[(grant.group(1) or grant.group(2) or b"").lower()]
    version = grant.group(3).decode()
    version = version if "." in version else f"{version}.0"
    if version not in _VERSIONS[family]:
        return "LGPL-2.1-only" if (family, version) == ("GPL", "2.1") else None
    later = _LATER.match(text, grant.end(), grant.end() + _BEHIND)
    return f"{family}-{version}-{'or-later' if later else 'only'}"


def _pointed(hit: Hit, text: bytes) -> Hit:
    """A name to the end of its version: a rule for GPL-3 leaves the rest of GPL-3.0 out."""
    whole = _POINT_ZERO.match(text, hit.end) if _GNU_NOTICE.fullmatch(hit.license) else None
    if whole is None or not text[hit.end - 1 : hit.end].isdigit():
        return hit
    return replace(hit, end=whole.end())


def _versioned(hit: Hit, text: bytes) -> Hit:
    """The version of a GNU license that stands before its name, or behind it."""
    family = _NAMED.fullmatch(hit.license)
    if family is None or _DIGIT.search(text, hit.start, hit.end):
        return hit
    name = family.group(1)
    said = text[hit.start : hit.end].lower()
    end = hit.end - len(b"version") * said.endswith(b"version")
    behind = _IN_VERSION.match(text, end, end + _BEHIND)
    of_the = _OF_THE.match(text, hit.start, hit.end)
    name_at = of_the.end() if of_the else hit.start
    before = _OF_VERSION.search(text[max(0, name_at - _BEHIND) : name_at])
    found = behind or before
    if found is None:
        return hit
    version = next(filter(None, found.groups())).decode()
    version = version if "." in version else f"{version}.0"
    if version not in _VERSIONS[name]:
        return hit
    if behind is not None:
        return replace(hit, license=f"{name}-{version}-only", end=behind.end())
    later = "or-later" if found.group(2) else "only"
    return replace(hit, license=f"{name}-{version}-{later}")


def _renamed(hit: Hit, text: bytes) -> Hit:
    """The version behind the name of any other license, where the rule knows the name alone.

    "The OpenLDAP Public License, Version 2.4" is not the one that is called so without a version.
    """
    named = _OTHER_NAMED.fullmatch(hit.license)
    if named is None or _DIGIT.search(text, hit.start, hit.end):
        return hit
    said = text[hit.start : hit.end].lower()
    end = hit.end - len(b"version") * said.endswith(b"version")
    behind = _OTHER_VERSION.match(text, end, end + _BEHIND)
    if behind is None:
        return hit
    version = next(filter(None, behind.groups())).decode()
    wanted = f"{named.group(1)}-{version}"
    known = (parse_or_none(wanted + more) for more in ("", ".0"))
    license_ = next((e.text for e in known if e is not None), None)
    if license_ is None:
        return replace(hit, confidence="review", end=behind.end())
    return replace(hit, license=license_, end=behind.end())


def _claused(hit: Hit, text: bytes) -> Hit:
    """The BSD license with the number of clauses that stands before its name."""
    if hit.license not in _BSD.values() or _CLAUSE.search(text, hit.start, hit.end):
        return hit
    counted = _CLAUSES_BEFORE.search(text[max(0, hit.start - _BEHIND) : hit.start])
    if counted is None:
        return hit
    return replace(hit, license=_BSD[counted.group(1).decode().lower()])


def _lesser(hit: Hit, text: bytes) -> Hit:
    """The family that is named, where a rule for the GPL stands closest to the words."""
    plain = _UNNAMED_FAMILY.fullmatch(hit.license)
    if plain is None or hit.similarity == 1 or _GENERAL.search(text, hit.start, hit.end):
        return hit
    version, which = plain.groups()
    if version not in _VERSIONS["LGPL"] or _LESSER.search(text, hit.start, hit.end) is None:
        return hit
    return replace(hit, license=f"LGPL-{version}-{which}", confidence="review")


def _renumbered(hit: Hit, text: bytes) -> Hit:
    """There is no version 2.1 of the GPL: who names it means the Lesser one, or nobody knows."""
    beyond = hit.license in _BEYOND and text[hit.end - 1 : hit.end] == b"2"
    if not beyond or _POINT_ONE.match(text, hit.end) is None:
        return hit
    sure = hit.confidence if hit.license.startswith("LGPL") else "review"
    return replace(hit, license="LGPL-2.1-only", end=hit.end + 2, confidence=sure)


def _as_written(hit: Hit, text: bytes) -> Hit:
    """The whole id where a rule knows a part of it: MIT in FSL-1.1-MIT."""
    if text[hit.start - 1 : hit.start] != b"-" and text[hit.end : hit.end + 1] != b"-":
        return hit
    before = _ID_BEFORE.search(text, max(0, hit.start - _LONGEST_ID), hit.start)
    behind = _ID_BEHIND.match(text, hit.end, hit.end + _LONGEST_ID)
    words = text[hit.start : hit.end].split()
    first, last = (words[0], words[-1]) if words else (b"", b"")
    spelt = before.group() + first if before else last
    if behind and (before is None or len(words) == 1):
        spelt += behind.group()
    written = parse_or_none(spelt.decode("ascii", "replace"))
    if written is None and before and _VERSIONED_ID.search(before.group()):
        return replace(hit, confidence="review")  # FSL-1.1-Apache-2.0 is not Apache-2.0
    if written is None or not isinstance(written.root, License) or written.text == hit.license:
        return hit
    named = terms(hit.license)
    if len(named) > 1:  # "MIT or GPL" in "MIT or GPL-2.0"
        if before is not None or not hit.license.endswith(f" {named[-1]}"):
            return hit
        whole = f"{hit.license.removesuffix(named[-1])}{written.text}"
        return replace(hit, license=whole, end=behind.end() if behind else hit.end)
    return replace(
        hit,
        license=written.text,
        start=before.start() if before else hit.start,
        end=behind.end() if behind else hit.end,
    )


def _extended(hit: Hit, text: bytes) -> Hit:
    only = _ONLY.fullmatch(hit.license)
    other = _OR_VERSION.match(text, hit.end, hit.end + _BEHIND) if only else None
    if only is not None and other is not None:
        family, _, own = only.group(1).rpartition("-")
        version = other.group(1).decode()
        version = version if "." in version else f"{version}.0"
        if version != own and version in _VERSIONS.get(family, ()):
            license_ = f"{hit.license} OR {family}-{version}-only"
            return replace(hit, license=license_, end=other.end(), confidence="medium")
    later = _LATER.match(text, hit.end, hit.end + _BEHIND) if only else None
    if only is not None and text[hit.end : hit.end + 1] == b"+":
        return replace(hit, license=f"{only.group(1)}-or-later", end=hit.end + 1)
    if only is None or later is None:
        return hit
    return replace(hit, license=f"{only.group(1)}-or-later", end=later.end())


def _excepted(hit: Hit, text: bytes) -> Hit:
    granted = _WITH.match(text, hit.end, hit.end + _BEHIND)
    if granted is None:
        return hit
    word = granted.group(1).decode().lower().split()[0]
    if word in ("llvm", "swift"):
        fits = hit.license == _APACHE
    else:
        fits = _GNU.fullmatch(hit.license) is not None
    if not fits:
        return hit
    versions = _BY_VERSION.get(word)
    name = versions["-3.0-" in hit.license] if versions else _EXCEPTIONS[word]
    return replace(hit, license=f"{hit.license} WITH {name}", end=granted.end())
