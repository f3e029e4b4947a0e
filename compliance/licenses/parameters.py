"""Named terms of the Business Source License, which every licensor fills in.

They are data of the license: whatever stands behind `Change License:` is no license of the file,
and an Additional Use Grant does not make the text a changed one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from compliance import patterns as re

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES: Final = (
    "Licensor", "Licensed Work", "Additional Use Grant", "Change Date", "Change License",
)  # fmt: skip
VALUE_LIMIT: Final = 4000
"""Characters kept of one value: the longest real grants have about 2,000."""

_KEY: Final = re.compile(
    rb"^[ \t>*_#/|-]*(Licensor|Licensed\s+Work|Additional\s+Use\s+Grant|Change\s+Date"
    rb"|Change\s+License)[*_]*[ \t]*:[*_]*",
    re.IGNORECASE | re.MULTILINE,
)
_END: Final = re.compile(
    rb"^[ \t>*_#/=-]*(?:(?:Terms|Notice)\b[ \t*_:]*$|For\s+information\s+about\s+alternative"
    rb"|The\s+Licensor\s+hereby|Business\s+Source\s+License\b|-{5,}[ \t]*$|_{5,}[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_HEADING: Final = re.compile(rb"^[ \t>*_#/|-]*Parameters[*_: \t]*$", re.IGNORECASE | re.MULTILINE)
_ABOVE: Final = 200
_GAP: Final = rb"[\s/*#-]+"
# The notice in source files: on the change date "use of this software will be governed by ...".
_NOTICE: Final = re.compile(
    _GAP.join(
        rb"accordance with the Business Source License,? use of this (?:software|file|work) will"
        rb" be governed by".split()
    )
    + _GAP
    + rb"(?:the\b)?(?P<license>(?:[^\n]|\n(?=[ \t]*(?:/|\*|#|--)[ \t]*\S)){3,400})",
    re.IGNORECASE,
)
_SPACE: Final = re.compile(r"[\s*_]*\s[\s*_]*")
_LEAST_KEYS: Final = 3
# Of any three names one is among these; a look for words costs less than a look at every line.
_LAST_WORDS: Final = (
    (b"change", re.compile(rb"\s+(?:date|license)")),
    (b"additional", re.compile(rb"\s+use\s+grant")),
)
_NOTICE_WORDS: Final = ((b"business", re.compile(_GAP + rb"source")),)


def value_spans(text: bytes) -> tuple[tuple[str, int, int], ...]:
    """(name, start, end) of each value.

    Empty unless at least three names are there, or the notice that says what will govern the file.
    """
    if b"icen" not in text or b":" not in text:
        return ()
    low = text.lower()
    governed = _speaks_of(low, _NOTICE_WORDS)
    if not governed and not _speaks_of(low, _LAST_WORDS):
        return ()
    keys = list(_KEY.finditer(text))
    notice = _NOTICE.search(text) if governed else None
    if notice is not None:
        dates = [k for k in keys if _name(k.group(1)) == "Change Date"]
        lines = [(d.end(), text.find(b"\n", d.end())) for d in dates]
        spans = [("Change Date", a, b if b >= 0 else len(text)) for a, b in lines]
        return (*spans, ("Change License", notice.start("license"), notice.end("license")))
    if len({_name(k.group(1)) for k in keys}) < _LEAST_KEYS:
        return ()
    found: list[tuple[str, int, int]] = []
    for number, key in enumerate(keys):
        limit = keys[number + 1].start() if number + 1 < len(keys) else len(text)
        limit = min(limit, key.end() + VALUE_LIMIT)
        stop = _END.search(text, key.end(), limit)
        found.append((_name(key.group(1)), key.end(), stop.start() if stop else limit))
    return tuple(found)


def _speaks_of(low: bytes, phrases: Iterable[tuple[bytes, re.Pattern[bytes]]]) -> bool:
    """Whether a text holds one of the phrases, given as first word and the rest."""
    for word, rest in phrases:
        at = low.find(word)
        while at >= 0:
            if rest.match(low, at + len(word)):
                return True
            at = low.find(word, at + 1)
    return False


def _name(raw: bytes) -> str:
    wanted = " ".join(raw.decode().split()).lower()
    return next(n for n in NAMES if n.lower() == wanted)


def without_values(text: bytes, spans: tuple[tuple[str, int, int], ...]) -> bytes:
    """The text without names and values, length and line breaks unchanged.

    What is left is the text of the license, which says nothing of their layout.
    """
    if not spans:
        return text
    places = [(text.rfind(b"\n", 0, begin) + 1, end) for _, begin, end in spans]
    first = places[0][0]
    places += [h.span() for h in _HEADING.finditer(text, max(0, first - _ABOVE), first)]
    blanked = bytearray(text)
    for begin, end in places:
        blanked[begin:end] = re.sub(rb"[^\n]", b" ", text[begin:end])
    return bytes(blanked)


def values(text: bytes, spans: tuple[tuple[str, int, int], ...]) -> tuple[tuple[str, str], ...]:
    """(name, value) with white space joined; the first value of each name."""
    found: dict[str, str] = {}
    for name, begin, end in spans:
        value = _SPACE.sub(" ", text[begin:end].decode("utf-8", "replace")).strip()
        found.setdefault(name, value)
    return tuple(found.items())
