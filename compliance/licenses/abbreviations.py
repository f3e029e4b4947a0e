"""Licenses called by their initials or without a version: AGPLv3, CC BY-NC-SA 4.0, EUPL 1.2, MPL.

Rules have many of these names, not all, and of a Creative Commons license sometimes the part that
leaves its condition out. What restricts must not be missed for the way it is spelt.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Final

from compliance import patterns as re
from compliance.licenses.expression import parse_or_none
from compliance.licenses.hit import MOST_HITS, Hit
from compliance.value import replace

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSIONS: Final = {
    "AGPL": ("1.0", "3.0"), "LGPL": ("2.0", "2.1", "3.0"), "GPL": ("1.0", "2.0", "3.0"),
    "MPL": ("1.0", "1.1", "2.0"), "EPL": ("1.0", "2.0"), "EUPL": ("1.0", "1.1", "1.2"),
    "CDDL": ("1.0", "1.1"), "SSPL": ("1.0",), "OSL": ("1.0", "1.1", "2.0", "2.1", "3.0"),
    "CPL": ("1.0",), "BUSL": ("1.1",), "BSL": ("1.1",), "CC0": ("1.0",),
}  # fmt: skip
"""Initials and the versions there are (SPDX license list); of BSL 1.0 rules know both licenses."""

_IDS: Final = {"BSL": "BUSL"}
_CREATIVE: Final = ("1.0", "2.0", "2.5", "3.0", "4.0")
_CURRENT: Final = "4.0"
_GNU: Final = frozenset({"AGPL", "LGPL", "GPL"})
_ALONE: Final = frozenset({"AGPL", "SSPL", "CDDL", "EUPL", "BUSL", "MPL", "CC0"})
"""Initials that name a license without a version; the others are in rules, or all over prose."""

_FULL: Final = "BUSL-1.1"
"""What "the Business Source License" is; rules know it with its version only."""
_NAME: Final = re.compile(
    rb"(?<![A-Za-z0-9./_-])(?:(?P<name>" + b"|".join(k.encode() for k in _VERSIONS) + rb")"
    rb"(?:[-\s,]{0,2}(?:version|ver\.?|v\.?)?[-\s]{0,2}(?P<version>[1-4](?:\.[0-9])?(?![\d.]*\d)))?"
    rb"(?P<later>\+|[-\s(]{1,3}or[-\s](?:any[-\s])?later)?"
    rb"|(?P<full>Business[\s/*#]+Source[\s/*#]+Licen[sc]e)"
    rb"|(?:CC|Creative\s+Commons|cc(?=[- ]by))[-\s](?:BY|by)"
    rb"(?P<parts>(?:[-\s/](?:NC|SA|ND|nc|sa|nd)\b)*)(?:[-\s,]{1,2}(?:version|v\.?)?\s?"
    rb"(?P<cc>[1-4]\.[05])(?![\d.]*\d))?)(?![A-Za-z0-9_]|-(?!licen[sc])[A-Za-z0-9])",
)
_TAILED: Final = [k.encode() for k in _VERSIONS if k.endswith("L")]
_LONGEST: Final = max(map(len, _TAILED))
_TAIL: Final = re.compile(rb"L(?<=" + b"|".join(sorted({k[-3:] for k in _TAILED})) + rb")")
_INITIALS: Final = re.compile(rb"C(?=C)")
_WORDS: Final = (b"Creative", b"Business", b"cc by", b"cc-by")
"""How names begin or end: one letter in front, or a word of some, is looked for ten times as fast
as a choice of names."""

_SHORT: Final = 12  # words of a rule that may have found a part of a name
_CC: Final = re.compile(r"CC-BY(?:-(?:NC|SA|ND))*-(\d\.\d)")
RULE: Final = "abbreviation"
"""Name of the rule of such a match."""


def with_abbreviations(
    hits: Sequence[Hit], text: bytes, states: Callable[[int, int, int], bool], *, ids: bool
) -> list[Hit]:
    """Hits with the names that no rule has, and with conditions that belong to a name.

    Args:
        hits: What rules found, by place.
        text: The text.
        states: Whether `text[start:end]`, a name of some words, states a license.
        ids: Whether ids of the SPDX list count that no rule has; source has them as examples.
    """
    found = list(hits)
    starts = [h.start for h in hits]
    reach = list(accumulate((h.end for h in hits), max))
    seen = {h.license for h in hits}
    for start, end, license, sure in chain(_names(text), _ids(text) if ids else ()):
        near = range(bisect_right(reach, start), bisect_left(starts, end))
        beside = [n for n in near if start < hits[n].end]
        if not beside:
            if len(found) >= MOST_HITS and license in seen:
                continue
            seen.add(license)
            words = len(text[start:end].split())
            if states(start, end, words):
                found.append(
                    Hit(
                        license, "reference", start, end, 1.0, 1.0,
                        "medium" if sure else "review", RULE, words,
                    )
                )  # fmt: skip
            continue
        for number in beside:
            found[number] = _completed(found[number], license, end)
    found.sort(key=lambda h: (h.start, h.end))
    return found


def named_alone(text: bytes) -> Hit | None:
    """What a license file states that holds an SPDX expression and its owner, and nothing else."""
    if len(text) > _LONGEST_ALONE or not text.isascii():
        return None
    lines = [line.strip(_AROUND) for line in text.splitlines()]
    said = [line for line in lines if line and not _OWNER.match(line)]
    known = parse_or_none(said[0].decode()) if len(said) == 1 else None
    if known is None or known.text in _NO_LICENSE:
        return None
    start = text.rindex(said[0])
    end = start + len(said[0])
    words = len(said[0].split())
    return Hit(known.text, "reference", start, end, 1.0, 1.0, "medium", RULE, words)


def _completed(hit: Hit, license: str, end: int) -> Hit:
    """A Creative Commons license of which a rule left out a condition."""
    known = _CC.fullmatch(hit.license)
    named = _CC.fullmatch(license)
    if known is None or named is None or hit.words > _SHORT or hit.end > end:
        return hit
    if _conditions(license) <= _conditions(hit.license):
        return hit
    return replace(hit, license=license, end=end)


def _conditions(license: str) -> set[str]:
    return {"NC", "SA", "ND"}.intersection(license.split("-"))


def _names(text: bytes) -> Iterator[tuple[int, int, str, bool]]:
    """(start, end, SPDX id, whether the version is said) of each name."""
    for begin in _places(text):
        match = _NAME.match(text, begin)
        if match is None:
            continue
        name = match["name"]
        if match["full"] is not None:
            yield match.start(), match.end(), _FULL, False
            continue
        if name is None:
            yield _creative(match)
            continue
        found = _versioned(name.decode(), match)
        if found is not None:
            yield match.start(), match.end(), *found


# An id of the SPDX list with its version, where no rule has it: "Elastic-2.0".
_VERSION_OF_ID: Final = re.compile(rb"-(?=\d+\.\d)")
_ID_BEFORE: Final = re.compile(rb"(?<![\w./%-])[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)*\Z")
_ID_BEHIND: Final = re.compile(rb"-\d+(?:\.\d+)*[a-z]?(?![\w+-]|\.\w)")
_LONGEST_ID: Final = 40
_LONGEST_ALONE: Final = 300
_OWNER: Final = re.compile(rb"(?:copyright|\(c\))\W", re.IGNORECASE)
_NO_LICENSE: Final = ("NONE", "NOASSERTION")
_AROUND: Final = b" \t\r\n.#*_`\"'"


def _ids(text: bytes) -> Iterator[tuple[int, int, str, bool]]:
    for hyphen in _VERSION_OF_ID.finditer(text):
        low = max(0, hyphen.start() - _LONGEST_ID)
        before = _ID_BEFORE.search(text[low : hyphen.start()])
        behind = _ID_BEHIND.match(text, hyphen.start())
        if before is None or behind is None:
            continue
        start = low + before.start()
        written = text[start : behind.end()].decode()
        known = parse_or_none(written)
        if known is not None and known.text == written:
            yield start, behind.end(), written, True


def _places(text: bytes) -> list[int]:
    """Where a name may begin, in order."""
    found = [initials.start() for initials in _INITIALS.finditer(text)]
    for word in _WORDS:
        at = text.find(word)
        while at >= 0:
            found.append(at)
            at = text.find(word, at + 1)
    for tail in _TAIL.finditer(text):
        found += range(max(0, tail.end() - _LONGEST), tail.start() - 1)
    return sorted(found)


def _creative(match: re.Match[bytes]) -> tuple[int, int, str, bool]:
    parts = [p.decode() for p in re.findall(rb"NC|SA|ND", (match["parts"] or b"").upper())]
    version = (match["cc"] or b"").decode()
    known = version in _CREATIVE
    ordered = [p for p in ("NC", "ND", "SA") if p in parts]
    license = "-".join(["CC-BY", *ordered, version if known else _CURRENT])
    return match.start(), match.end(), license, known


def _versioned(name: str, match: re.Match[bytes]) -> tuple[str, bool] | None:
    written = (match["version"] or b"").decode()
    version = written if "." in written or not written else f"{written}.0"
    if name in ("EUPL", "BUSL", "BSL") and written == "1":
        version = _VERSIONS[name][-1]
    if version and version not in _VERSIONS[name]:
        return None
    if not version and name not in _ALONE:
        return None
    number = version or _VERSIONS[name][-1]
    license = f"{_IDS.get(name, name)}-{number}"
    if name in _GNU:
        license += "-or-later" if match["later"] else "-only"
    return license, bool(version)
