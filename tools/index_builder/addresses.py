"""Addresses of license texts, from the data about licenses: rules that the rule data does not have.

An address counts where it speaks of a license, is listed for one license alone and no other
license has an address that begins with it. Files of a forge are the license of one project, and
move.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from compliance.licenses.tokens import plain, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.index_builder.labels import Labels
    from tools.index_builder.upstream import Entry

_FIELDS: Final = ("text_urls", "osi_url", "homepage_url", "other_urls")
_OF_A_LICENSE: Final = re.compile(r"licen[sc]e", re.IGNORECASE)
_NO_TEXT: Final = re.compile(
    r"github|gitlab|bitbucket|sourceforge|googlesource|codeberg|launchpad|pypi|npm|spdx\.org|wikipedia"
    r"|web\.archive|\?|#|\.(?:c|h|cc|cpp|java|py|pl|js|zip|gz|tgz|jar|rpm|deb)$",
    re.IGNORECASE,
)
_LEAST: Final = 3  # words of an address, "http" among them

Address = tuple[str, str, str]
"""(key of the license, name of the rule, address)"""


def _listed(entry: Entry) -> Iterable[str]:
    for field in _FIELDS:
        value = entry.fields.get(field) or ()
        yield from (value,) if isinstance(value, str) else map(str, value)


def _is_of_a_text(url: str) -> bool:
    return _OF_A_LICENSE.search(url) is not None and _NO_TEXT.search(url.rstrip("/")) is None


def _is_one(entry: Entry, labels: Labels) -> bool:
    key = str(entry.fields["key"])
    return not entry.flag("is_deprecated") and key not in labels.vague | labels.generic


def addresses(licenses: Iterable[Entry], labels: Labels) -> list[Address]:
    """The addresses that name one license, each once, in the order of the data."""
    meant: dict[tuple[int, ...], set[str]] = defaultdict(set)
    begins: dict[tuple[int, ...], set[str]] = defaultdict(set)
    found: dict[tuple[int, ...], tuple[str, str]] = {}
    for entry in licenses:
        key = str(entry.fields["key"])
        for url in _listed(entry):
            cut = tuple(words(plain(url.encode())).hashes.tolist())
            meant[cut].add(labels.spdx[key])
            for size in range(1, len(cut)):
                begins[cut[:size]].add(labels.spdx[key])
            if _is_of_a_text(url) and len(cut) >= _LEAST and _is_one(entry, labels):
                found.setdefault(cut, (key, url))
    return [
        (key, f"{key}.{number}.address", url)
        for number, (cut, (key, url)) in enumerate(found.items())
        if len(meant[cut]) == 1 and begins[cut] <= meant[cut]
    ]
