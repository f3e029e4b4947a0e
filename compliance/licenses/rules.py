"""The rules of the index as columns: what each rule says, how it reads, how it may be used."""

from __future__ import annotations

from bisect import bisect_left
from enum import IntFlag
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from compliance.errors import MalformedInputError
from compliance.licenses.tokens import TOKENIZER_VERSION, distinct, grams, run_sums
from compliance.value import dataclass

if TYPE_CHECKING:
    import numpy.typing as npt

    from compliance.licenses.index import Index
    from compliance.licenses.tokens import U64

ANCHOR_WIDTHS: Final = (1, 2, 3, 4)
"""Words in an anchor: a rule shorter than 4 words is its own anchor."""

ANCHOR_BITS: Final = 20
SEED_WIDTH: Final = 5
SEED_BITS: Final = 24


class Use(IntFlag):
    """What a rule is (scancode's flags) and what may be concluded from it (the last ones)."""

    TEXT = 1
    NOTICE = 2
    REFERENCE = 4
    TAG = 8
    INTRO = 16
    CLUE = 32
    FALSE_POSITIVE = 64
    CONTINUOUS = 128
    REQUIRED_PHRASE = 256
    EXCEPTION = 512
    """The expression is an exception alone and needs a license beside it."""
    VAGUE = 1024
    """Points elsewhere or names no license (`see LICENSE`, a warranty disclaimer)."""
    GENERIC = 2048
    """A class of licenses rather than one (`other-permissive`, `public-domain`)."""
    PARTIAL = 4096
    """Holds much less than the license text it is taken from."""
    TRIMMED = 8192
    """A short license without one of its clauses."""
    UNDISCLAIMED = 16384
    """A license without its disclaimer of warranty, which has to stand beside it."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """Rarest run of `width` words of each rule, sorted by hash (CSR)."""

    width: int
    bitmap: npt.NDArray[np.uint8]
    grams: U64
    first: npt.NDArray[np.int64]
    rules: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Seeds:
    """5-word runs of rules, sorted by hash (CSR); `per_rule` counts those of a rule."""

    bitmap: npt.NDArray[np.uint8]
    grams: U64
    first: npt.NDArray[np.int64]
    rules: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int32]
    per_rule: npt.NDArray[np.int32]


_LINE_FEED: Final = ord("\n")


class RuleTable:
    """All rules. Row `i` of every column belongs to rule `i`."""

    def __init__(self, index: Index) -> None:
        """Map the columns.

        Raises:
            MalformedInputError: The index was cut into words by another tokenizer.
        """
        if index.tokenizer != TOKENIZER_VERSION:
            raise MalformedInputError(
                "license index was made by another version; run `make` to build it anew",
                file=str(index.path),
            )
        self._index = index
        self.lengths = index.array("lengths").astype(np.int64)
        self.hashes: U64 = index.array("hashes")
        self.flags: npt.NDArray[np.uint16] = index.array("flags")
        self.relevance: npt.NDArray[np.uint8] = index.array("relevance")
        self.minimum_coverage: npt.NDArray[np.uint8] = index.array("minimum_coverage")
        self._expression_ids: npt.NDArray[np.uint16] = index.array("expression_ids")
        self._first_word: npt.NDArray[np.uint32] = index.array("first_word")
        self._words: npt.NDArray[np.uint16] = index.array("words")
        self.vocabulary: U64 = index.array("vocabulary")
        self._required_first: npt.NDArray[np.uint32] = index.array("required_first")
        self._required: npt.NDArray[np.uint32] = index.array("required")
        self.anchors = tuple(self._anchors(width) for width in ANCHOR_WIDTHS)
        self._name_first: npt.NDArray[np.uint32] = index.array("name_first")
        self._name_words: npt.NDArray[np.uint16] = index.array("name_words")
        self._text_runs: dict[str, U64] = {}
        self._whole: dict[str, int] = {}
        self._known_names: dict[int, str] = {}
        self._expressions = index.strings("expressions")

    def _anchors(self, width: int) -> Anchors:
        def column(name: str) -> npt.NDArray[np.int64]:
            return self._index.array(f"anchor{width}_{name}").astype(np.int64)

        bits = self._index.array(f"anchor{width}_bitmap")
        grams = self._index.array(f"anchor{width}_grams")
        return Anchors(width, bits, grams, column("first"), column("rules"), column("offsets"))

    @cached_property
    def seeds(self) -> Seeds:
        """Columns of the layer for changed texts."""
        get = self._index.array
        return Seeds(
            get("seed_bitmap"), get("seed_grams"), get("seed_first").astype(np.int64),
            get("seed_rules"), get("seed_offsets"), get("seed_per_rule"),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.hashes)

    def expression(self, rule: int) -> str:
        """SPDX expression the rule stands for; "" for a false-positive rule."""
        place = int(self._expression_ids[rule])
        return self._expressions[place]

    def expressions(self, rules: npt.NDArray[np.int64]) -> list[str]:
        """`expression` of each of many rules."""
        return [self._expressions[place] for place in self._expression_ids[rules].tolist()]

    def name(self, rule: int) -> str:
        """Name of the rule in the data it comes from."""
        held = self._known_names.get(rule)
        if held is None:
            text, ends = self._rule_names
            begin = int(ends[rule - 1]) + 1 if rule else 0
            held = self._known_names[rule] = text[begin : int(ends[rule])].decode()
        return held

    @cached_property
    def _rule_names(self) -> tuple[bytes, npt.NDArray[np.int64]]:
        """The names, one a line, and where each ends: few of them are ever asked for."""
        text = self._index.blob("names") + b"\n"
        return text, (np.frombuffer(text, dtype=np.uint8) == _LINE_FEED).nonzero()[0]

    def word_ids(self, rule: int) -> npt.NDArray[np.uint16]:
        """Words of the rule as places in `vocabulary`."""
        return self._words[self._first_word[rule] : self._first_word[rule + 1]]

    def required(self, rule: int) -> list[tuple[int, int]]:
        """Word spans [first, last) that a changed text must have intact."""
        begin, end = self._required_first[rule], self._required_first[rule + 1]
        return [(int(a), int(b)) for a, b in self._required.reshape(-1, 2)[begin:end]]

    def names(self, rule: int) -> frozenset[str]:
        """Words that tell the license of a rule by its name, one character each (`spell`)."""
        place = int(self._expression_ids[rule])
        begin, end = self._name_first[place], self._name_first[place + 1]
        return frozenset(_letters(self._name_words[begin:end].tobytes()))

    @cached_property
    def all_names(self) -> frozenset[str]:
        """Words that tell any license by its name, one character each (`spell`)."""
        return frozenset(_letters(distinct(self._name_words).tobytes()))

    def text_runs(self, expression: str) -> U64:
        """Sorted hashes of the `SEED_WIDTH`-word runs of the texts of a license."""
        if expression not in self._text_runs:
            rules = (self._expression_ids == self._place(expression)).nonzero()[0]
            texts = rules[(self.flags[rules] & int(Use.TEXT)) != 0]
            every = [np.empty(0, dtype=np.uint64)]
            for rule in texts.tolist():
                words = self.vocabulary[self.word_ids(rule)]
                every.append(grams(run_sums(words), SEED_WIDTH))
            self._text_runs[expression] = distinct(np.concatenate(every))
        return self._text_runs[expression]

    def whole_length(self, expression: str) -> int:
        """Words of the shortest complete text of a license; 0 when the data has none."""
        if expression not in self._whole:
            rules = (self._expression_ids == self._place(expression)).nonzero()[0].tolist()
            sizes = [int(self.lengths[r]) for r in rules if self.name(r).endswith(_COMPLETE)]
            self._whole[expression] = min(sizes, default=0)
        return self._whole[expression]

    def _place(self, expression: str) -> int:
        at = bisect_left(self._expressions, expression)
        found = at < len(self._expressions) and self._expressions[at] == expression
        return at if found else -1

    def letters(self, rule: int) -> str:
        """The rule's words, one character each (see `spell`)."""
        return _letters(self.word_ids(rule).tobytes())

    def places(self, hashes: U64) -> npt.NDArray[np.int64]:
        """Places of words in the vocabulary; one past its end for words that no rule has."""
        at = self.vocabulary.searchsorted(hashes)
        at[at == len(self.vocabulary)] = 0
        return np.where(self.vocabulary[at] == hashes, at, len(self.vocabulary))

    def spell(self, hashes: U64) -> str:
        """Words as one character each.

        Two words get the same character exactly when they are the same word of the vocabulary;
        words that no rule has share U+10FFFF, which never equals a rule's character.
        """
        places = self.places(hashes)
        codes = np.where(places < len(self.vocabulary), places + FIRST_LETTER, 0x10FFFF)
        return codes.astype("<u4").tobytes().decode("utf-32-le")


_COMPLETE: Final = (".LICENSE", ".SPDX")
"""Ends of the names of rules that hold a license from its first to its last word."""

FIRST_LETTER: Final = 0x10000
"""Words are spelt with code points above the basic plane: no surrogates there."""

UNKNOWN_LETTER: Final = "\U0010ffff"


@lru_cache(maxsize=2048)
def _letters(word_ids: bytes) -> str:
    ids = np.frombuffer(word_ids, dtype="<u2").astype("<u4") + FIRST_LETTER
    text: bytes = ids.astype("<u4").tobytes()
    return text.decode("utf-32-le")
