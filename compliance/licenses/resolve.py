"""From everything that could be said about a text to what is said: one claim per stretch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from compliance.licenses.rules import Use
from compliance.licenses.wording import Weights, weights_of
from compliance.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.licenses.approximate import Alignment, Block
    from compliance.licenses.exact import Spans
    from compliance.licenses.rules import RuleTable

_FALSE_POSITIVE: Final = int(Use.FALSE_POSITIVE)
_VAGUE: Final = int(Use.VAGUE)
MOST_OVERLAP: Final = 0.3
"""Share of a claim that better claims may already cover."""

_SHORT_RULE: Final = 60
_MEDIUM_RULE: Final = 400


@dataclass(frozen=True, slots=True)
class Claim:
    """The words `start:end` say rule `rule`; `use` are its flags (`rules.Use`) as a plain int.

    `telling`, `decisive` and `binding` count changed words of these kinds (0 for an exact match),
    `longest` is the longest run of added words, `lacking` the longest one left out in the middle.
    """

    rule: int
    start: int
    end: int
    matched: int
    length: int
    expression: str
    use: int
    telling: int = 0
    decisive: int = 0
    binding: int = 0
    longest: int = 0
    lacking: int = 0
    blocks: tuple[Block, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether every word is as in the rule."""
        return not self.blocks

    @property
    def coverage(self) -> float:
        """Share of the rule that was found."""
        return self.matched / self.length

    @property
    def similarity(self) -> float:
        """Share of the stretch that belongs to the rule."""
        return self.matched / (self.end - self.start)


def exact_claims(table: RuleTable, spans: Spans) -> list[Claim]:
    """Claims of the exact layer; false-positive rules have done their work and are dropped."""
    claims: list[Claim] = []
    flags = table.flags[spans.rules]
    rows = zip(
        spans.rules.tolist(), spans.starts.tolist(), spans.ends.tolist(), flags.tolist(),
        strict=True,
    )  # fmt: skip
    for rule, start, end, flag in rows:
        if not flag & _FALSE_POSITIVE:
            size = end - start
            claims.append(Claim(rule, start, end, size, size, table.expression(rule), flag))
    return claims


def _gaps(alignment: Alignment, rule_length: int) -> list[tuple[int, int, int, int]]:
    """(text from, text to, rule from, rule to) of everything that is not equal."""
    gaps: list[tuple[int, int, int, int]] = []
    at, in_rule = alignment.start, 0
    for begin, place, size in alignment.blocks:
        if begin > at or place > in_rule:
            gaps.append((at, begin, in_rule, place))
        at, in_rule = begin + size, place + size
    if in_rule < rule_length:
        gaps.append((at, at, in_rule, rule_length))
    return gaps


def _counts(letters: str, begin: int, end: int, weights: Weights) -> bool:
    """Whether all that was added is the number of a paragraph: no `version` stands before it."""
    before = letters[begin - 1] if begin else ""
    return end - begin == 1 and letters[begin] in weights.numbers and before not in weights.version


def changed_claim(table: RuleTable, letters: str, alignment: Alignment) -> Claim:
    """Claim of an alignment, with the changed words weighed."""
    rule = alignment.rule
    rule_letters = table.letters(rule)
    weights = weights_of(table)
    telling = decisive = binding = longest = lacking = 0
    for begin, end, lack_from, lack_to in _gaps(alignment, len(rule_letters)):
        if lack_from == lack_to and _counts(letters, begin, end, weights):
            continue
        longest = max(longest, end - begin)
        if lack_from and lack_to < len(rule_letters):
            lacking = max(lacking, lack_to - lack_from - (end - begin))
        changed = letters[begin:end] + rule_letters[lack_from:lack_to]
        if weights.every.isdisjoint(changed):
            continue
        weighty = (weights.binding | weights.telling).intersection(changed)
        named = weights.owners.intersection(changed) and weighty <= weights.around_owners
        for text, low, high in ((letters, begin, end), (rule_letters, lack_from, lack_to)):
            for at in range(low, high):
                word = text[at]
                if word in weights.deciding:
                    decides = bool(at) and text[at - 1] in weights.deciding[word]
                    decisive += decides
                    telling += decides or word not in weights.numbers
                else:
                    telling += word in weights.telling
                binding += not named and word in weights.binding
    return Claim(
        rule, alignment.start, alignment.end, alignment.matched, len(rule_letters),
        table.expression(rule), int(table.flags[rule]), telling=telling, decisive=decisive,
        binding=binding, longest=longest, lacking=lacking, blocks=alignment.blocks,
    )  # fmt: skip


def score(table: RuleTable, claim: Claim) -> float:
    """Words explained, less what lacks, what is added and what was changed in telling words."""
    missing = claim.length - claim.matched
    extra = (claim.end - claim.start) - claim.matched
    per_missing = 1.5 if claim.length < _SHORT_RULE else 0.9
    per_telling = 6 if claim.length < _MEDIUM_RULE else 3
    points = (
        claim.matched
        - per_missing * missing
        - 0.75 * extra
        - per_telling * claim.telling
        - 3 * per_telling * claim.decisive
    )
    return points * (0.5 + 0.5 * int(table.relevance[claim.rule]) / 100)


def _rank(table: RuleTable, claim: Claim) -> float:
    """Score, less for words that name no license, or a GNU license without its version.

    What they lack may stand beside them: "dual licensed | under MIT", "the GPL | version 3".
    """
    points = score(table, claim)
    if claim.length > _STATEMENT or points <= 0:
        return points
    bare = claim.expression in _UNVERSIONED or claim.use & _VAGUE
    return points * _OF_BARE if bare else points


def _choose(table: RuleTable, claims: Sequence[Claim], words: int) -> list[Claim]:
    contested, chosen = _contested(claims)
    ranked = sorted((-_rank(table, claims[n]), n) for n in contested)
    taken = bytearray(words if ranked else 0)
    for points, number in ranked:
        if points >= 0:
            break
        claim = claims[number]
        size = claim.end - claim.start
        if taken.count(1, claim.start, claim.end) <= MOST_OVERLAP * size:
            taken[claim.start : claim.end] = b"\1" * size
            chosen.append(claim)
    chosen.sort(key=lambda c: (c.start, c.end))
    return chosen


def _contested(claims: Sequence[Claim]) -> tuple[list[int], list[Claim]]:
    """(places of claims that overlap another or may fail by themselves, all others)."""
    order = sorted(range(len(claims)), key=lambda n: claims[n].start)
    contested: list[int] = []
    free: list[Claim] = []
    reach = -1
    for place, number in enumerate(order):
        claim = claims[number]
        following = claims[order[place + 1]].start if place + 1 < len(order) else claim.end
        alone = claim.start >= reach and following >= claim.end
        reach = max(reach, claim.end)
        if alone and not claim.blocks and claim.length:
            free.append(claim)  # every word of it is right: its score is positive
        else:
            contested.append(number)
    return contested, free


# A short remark that names a family is noise beside a whole statement of that family.
_PUBLIC_DOMAIN: Final = "LicenseRef-scancode-public-domain"
_FAMILY: Final = {
    "GPL-1.0-or-later": re.compile(r"(?:^|[\s(])[AL]?GPL-"),
    "LGPL-2.0-or-later": re.compile(r"(?:^|[\s(])[AL]?GPL-"),
    "LGPL-2.1-or-later": re.compile(r"(?:^|[\s(])GPL-"),
    "BSD-3-Clause": re.compile(r"(?:^|[\s(])BSD-"),
    _PUBLIC_DOMAIN: re.compile(r"(?:^|[\s(])(?:CC0-|Unlicense|PDDL-)"),
}
_SHORT_REMARK: Final = 12
_BARE: Final = re.compile(r"_no[-_]version")
_STATEMENT: Final = 15
_UNVERSIONED: Final = frozenset(
    {"GPL-1.0-or-later", "GPL-1.0-only", "LGPL-2.0-or-later", "LGPL-2.0-only", "AGPL-1.0-or-later"}
)
_UNVERSIONED_LENGTH: Final = 80
_OF_BARE: Final = 0.3
_VERSIONED: Final = re.compile(r"(?:^|[\s(])(?:A?GPL-[23]\.0|LGPL-(?:2\.1|3\.0))")


def _suppressed(claim: Claim, statements: Sequence[str], every: Sequence[str]) -> bool:
    name = claim.expression
    family = _FAMILY.get(name)
    if (
        name == _PUBLIC_DOMAIN
        and claim.length <= _SHORT_REMARK
        and any(_FAMILY[name].search(s) for s in every)
    ):
        return True
    if (
        family is not None
        and claim.length <= _SHORT_REMARK
        and any(family.search(s) for s in statements if s not in _FAMILY)
    ):
        return True
    return (
        name in _UNVERSIONED
        and claim.length <= _UNVERSIONED_LENGTH
        and any(_VERSIONED.search(s) for s in every)
    )


def _is_bare(table: RuleTable, claim: Claim, statements: Sequence[str]) -> bool:
    """A family's name without a version ("the Eclipse Public License") beside one that has it."""
    if claim.length > _SHORT_REMARK or _BARE.search(table.name(claim.rule)) is None:
        return False
    family = re.compile(rf"(?:^|[\s(]){re.escape(claim.expression.partition('-')[0])}-\d")
    return any(family.search(s) for s in statements)


def resolve(
    table: RuleTable, claims: Sequence[Claim], words: int
) -> tuple[list[Claim], list[Claim]]:
    """(claims that stand, claims that explain words but are said better elsewhere), by place.

    Greedy by score with little overlap; then remarks that only repeat the family of a fuller
    statement are set aside.
    """
    chosen = _choose(table, claims, words)
    statements = sorted({c.expression for c in chosen if c.length >= _STATEMENT})
    every = sorted({c.expression for c in chosen})
    rules = {c.rule: c for c in chosen}.values()  # what is said of one claim holds for its rule
    away_rules = {
        c.rule for c in rules if _suppressed(c, statements, every) or _is_bare(table, c, statements)
    }
    aside = [c for c in chosen if c.rule in away_rules]
    away = set(map(id, aside))
    return [c for c in chosen if id(c) not in away], aside
