"""From everything that could be said about a text to what is said: one claim per stretch."""

from __future__ import annotations

from bisect import insort
from itertools import chain
from sys import maxsize
from typing import TYPE_CHECKING, Final

from compliance import patterns as re
from compliance.licenses.approximate import LONG_TEXT, LONGEST_TITLE
from compliance.licenses.rules import Use
from compliance.licenses.wording import Weights, weights_of
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.licenses.approximate import Alignment, Block
    from compliance.licenses.exact import Spans
    from compliance.licenses.rules import RuleTable

_FALSE_POSITIVE: Final = int(Use.FALSE_POSITIVE)
_VAGUE: Final = int(Use.VAGUE)
_NOTICE: Final = int(Use.NOTICE)
_TEXT: Final = int(Use.TEXT)
_MUCH_SHORTER: Final = 3
"""A notice has at most this fraction of the words of the license it names."""

MOST_OVERLAP: Final = 0.3
"""Share of a claim that better claims may already cover."""

_BESIDE_OWNERS: Final = 3
"""Words between a name and the words around it: "the name of X", "X nor the names"."""

_LONG_NAME: Final = 0.4
"""Weight of a word of a name: the names of two projects are no paragraph of their own."""

_Gap = tuple[int, int, int, int]
"""(text from, text to, rule from, rule to) of a difference."""

_LONGEST_NUMBER: Final = 2  # words: "1.2" of a paragraph
_LONGEST_NAME: Final = 12  # words
_LONGEST_PLACE: Final = 3
_LONGEST_INTRODUCTION: Final = 6
_DENIED: Final = 8  # words before a notice in which it may be denied
_SURE_NAME: Final = 6  # words of a name that is surely nothing else
_DISCLAIMER: Final = 6  # words from which a part left out is a sentence

_SHORT_RULE: Final = 60
_MEDIUM_RULE: Final = 400


@dataclass(frozen=True, slots=True)
class Claim:
    """The words `start:end` say rule `rule`; `use` are its flags (`rules.Use`) as a plain int.

    `telling`, `decisive` and `binding` count changed words of these kinds (0 for an exact match),
    `longest` is the longest run of added words, `lacking` the longest one left out in the middle,
    `points` whether a changed notice names a license that stands elsewhere, `same` whether nothing
    but names of owners, numbering, spelling and articles changed. All of them count once the words
    are `weighed`; until then the claim is as good as it can be.
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
    points: bool = False
    same: bool = False
    blocks: tuple[Block, ...] = ()
    weighed: bool = True

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
        table.expressions(spans.rules), strict=True,
    )  # fmt: skip
    for rule, start, end, flag, expression in rows:
        if not flag & _FALSE_POSITIVE:
            size = end - start
            claims.append(Claim(rule, start, end, size, size, expression, flag))
    return claims


def changed_claims(table: RuleTable, found: Sequence[Alignment]) -> list[Claim]:
    """Claims of alignments; their words are weighed when that decides (`resolve`)."""
    return [
        Claim(
            a.rule, a.start, a.end, a.matched, int(table.lengths[a.rule]),
            table.expression(a.rule), int(table.flags[a.rule]), blocks=a.blocks, weighed=False,
        )
        for a in found
    ]  # fmt: skip


def _gaps(claim: Claim) -> list[_Gap]:
    """(text from, text to, rule from, rule to) of everything that is not equal."""
    gaps: list[_Gap] = []
    at, in_rule = claim.start, 0
    for begin, place, size in claim.blocks:
        if begin > at or place > in_rule:
            gaps.append((at, begin, in_rule, place))
        at, in_rule = begin + size, place + size
    if in_rule < claim.length:
        gaps.append((at, at, in_rule, claim.length))
    return gaps


def _counts(letters: str, gap: _Gap, rule_letters: str, weights: Weights) -> bool:
    """Whether all that changed is how the items of a list are numbered.

    A figure beside a word of measure, or behind `version`, is no such number.
    """
    begin, end, lack_from, lack_to = gap
    added, lack = letters[begin:end], rule_letters[lack_from:lack_to]
    item = weights.items.issuperset(added) or (not lack and weights.figures.issuperset(added))
    if len(added) > 1 or len(lack) > _LONGEST_NUMBER or not item or not weights.items >= set(lack):
        return False
    if rule_letters[lack_to : lack_to + 1] in weights.units:
        return False
    before = weights.measures.intersection(
        letters[begin - 1 : begin] + rule_letters[max(0, lack_from - 1) : lack_from]
    )
    if not before or weights.numbers.isdisjoint(added + lack):
        return before <= weights.version | weights.license
    # "this License. 2. Grant" begins a paragraph of a long text, "License 2" is a version.
    paragraph = len(rule_letters) >= LONG_TEXT and len(lack) <= 1
    return paragraph and before <= weights.license


def _is_title(gap: _Gap, rule_letters: str, weights: Weights) -> bool:
    """Whether what lacks is the heading of a long text: title, version, date."""
    begin, end, lack_from, lack_to = gap
    lack = rule_letters[lack_from:lack_to]
    return (
        begin == end
        and not lack_from
        and len(lack) <= LONGEST_TITLE
        and len(rule_letters) >= LONG_TEXT
        and weights.titles.issuperset(weights.binding.intersection(lack))
    )


def _is_about_owners(letters: str, gap: _Gap, rule_letters: str, weights: Weights) -> bool:
    """Whether the words changed only say who owns the code.

    "The regents and contributors" for "the regents or contributors", "Meta, nor the names of" for
    "the names of": names stand beside the change, and nothing is said of them.
    """
    begin, end, lack_from, lack_to = gap
    lack = rule_letters[lack_from:lack_to]
    every = weights.binding | weights.telling
    added, lacking = every.intersection(letters[begin:end]), every.intersection(lack)
    behind = _follows_name(letters, begin, weights)
    named = behind and letters[begin - 1] in weights.name_of
    goes_on = letters[end : end + 1] in weights.nor_may
    named = named and (goes_on or _name_goes_on(letters, end, weights))
    given = not lack and letters.endswith(weights.before_owners, 0, begin)
    if weights.owners.intersection(lack) or named or given:
        short = end - begin <= _LONGEST_NAME
        names = weights.around_owners | (weights.in_names if short else frozenset())
        denied = weights.neither.intersection(lack) <= set(letters[begin:end])
        return denied and lacking <= weights.around_owners and added <= names
    owned = not weights.owners.isdisjoint(letters[end : end + _BESIDE_OWNERS - 1])
    if weights.owners.intersection(letters[begin:end]) and (lack or behind or owned):
        return added | lacking <= weights.around_owners
    return (
        behind
        and (owned or goes_on)
        and lacking <= weights.joining
        and added <= weights.joining | weights.nor_may
    )


def _name_goes_on(letters: str, at: int, weights: Weights) -> bool:
    """Whether the words from a place on are the rest of a name: "the name of Acme | Inc. nor"."""
    for word in letters[at : at + _LONGEST_NAME]:
        if word in weights.nor_may:
            return True
        if word in weights.every and word not in weights.in_names:
            return False
    return False


def _narrows(letters: str, gap: _Gap, weights: Weights) -> bool:
    """Whether words were added to those that say to whom, or for what: "any Swiss person"."""
    begin, end, _, _ = gap
    if end <= begin or (weights.items | weights.figures).issuperset(letters[begin:end]):
        return False
    before, behind = letters[max(0, begin - 2) : begin], letters[end : end + 1]
    return (before[-1:] in weights.every_one and behind in weights.grantees) or (
        before[:1] in weights.every_one and before[1:] in weights.grantees
    )


def _is_as_good(letters: str, gap: _Gap, rule_letters: str, weights: Weights) -> bool:
    """Whether a difference is one of articles, or the short name of an owner in its place."""
    begin, end, lack_from, lack_to = gap
    changed = letters[begin:end] + rule_letters[lack_from:lack_to]
    if weights.plain.issuperset(changed):
        return True
    names = weights.every.intersection(changed) <= weights.around_owners
    return (
        names
        and end - begin <= _SURE_NAME
        and lack_to - lack_from <= _SURE_NAME
        and _is_about_owners(letters, gap, rule_letters, weights)
    )


def _follows_name(letters: str, begin: int, weights: Weights) -> bool:
    """Whether a place is behind "the name of": what stands there is a name, however long."""
    return not weights.owners.isdisjoint(letters[max(0, begin - _BESIDE_OWNERS) : begin])


def _is_place(letters: str, gap: _Gap, rule_letters: str, weights: Weights) -> bool:
    """Whether the words changed are the name of the file that a notice points at."""
    begin, end, lack_from, lack_to = gap
    behind = {letters[end : end + 1], rule_letters[lack_to : lack_to + 1]}
    return (
        0 < end - begin <= _LONGEST_PLACE
        and 0 < lack_to - lack_from <= _LONGEST_PLACE
        and letters[begin - 1 : begin] in weights.before_places
        and not weights.behind_places.isdisjoint(behind)
    )


def _is_second_place(letters: str, gap: _Gap, weights: Weights) -> bool:
    """Whether words added name a file that has the text, too: "<LICENSE-X or http://...>"."""
    begin, end, lack_from, lack_to = gap
    return (
        lack_from == lack_to
        and 1 < end - begin <= _LONGEST_PLACE
        and letters[begin] in weights.license
        and letters[end - 1] in weights.alternative
        and letters[end : end + 1] in weights.addresses
        and weights.every.isdisjoint(set(letters[begin + 1 : end - 1]) - weights.numbers)
    )


def _is_introduction(letters: str, gap: _Gap, rule_letters: str, weights: Weights) -> bool:
    """Whether what lacks are the first words of a notice: "of the GNU ..." in another sentence."""
    begin, end, lack_from, lack_to = gap
    return (
        begin == end
        and lack_from == 0
        and lack_to <= _LONGEST_INTRODUCTION
        and weights.introducing.issuperset(rule_letters[:lack_to])
        and weights.denying.isdisjoint(letters[max(0, begin - _DENIED) : begin])
    )


def _points_away(table: RuleTable, rule: int) -> bool:
    """Whether a rule is a notice that names its license rather than a license of its own."""
    notice = bool(int(table.flags[rule]) & _NOTICE) and not int(table.flags[rule]) & _TEXT
    whole = table.whole_length(table.expression(rule)) if notice else 0
    return notice and int(table.lengths[rule]) * _MUCH_SHORTER <= whole


_OF_ANOTHER: Final = 10  # deciding words, for the name of the license: no notice is that long


_TITLE_BEFORE: Final = 3  # words between a name and the word "license" behind it


def _of_another(
    table: RuleTable, letters: str, claim: Claim, rule_letters: str, gaps: Sequence[_Gap]
) -> int:
    """Deciding words for a notice that names another license than its rule, else 0.

    "Under the terms of the Mozilla Public License" differs from the notice of the Artistic License
    in nothing else. Names are told by the data: `RuleTable.names`.
    """
    flags = int(table.flags[claim.rule])
    if not flags & _NOTICE or flags & _TEXT:
        return 0
    own = table.names(claim.rule)
    stretch = letters[claim.start : claim.end]
    if own.isdisjoint(stretch) and not own.isdisjoint(rule_letters):
        return _OF_ANOTHER
    license_, known = weights_of(table).license, own.union(rule_letters)
    for begin, end, _, _ in gaps:
        others = table.all_names.intersection(letters[begin:end])
        if not others <= known and not license_.isdisjoint(letters[begin : end + _TITLE_BEFORE]):
            return _OF_ANOTHER
    return 0


def _says_the_same(
    letters: str, gap: _Gap, rule_letters: str, weights: Weights, *, points: bool
) -> bool:
    """Whether a difference is one of numbering, of a title, of spelling, or a word set twice.

    The disclaimer of a notice that `points` at its license is another: the license has one.
    """
    begin, end, lack_from, lack_to = gap
    lack = rule_letters[lack_from:lack_to]
    disclaimer = points and begin == end and len(lack) >= _DISCLAIMER
    if points and (
        _is_place(letters, gap, rule_letters, weights)
        or _is_second_place(letters, gap, weights)
        or _is_introduction(letters, gap, rule_letters, weights)
    ):
        return True
    doubled = (
        not lack
        and end - begin == 1
        and letters[begin] in (letters[begin - 1 : begin], letters[end : end + 1])
        and letters[begin] not in weights.denying
    )
    return (
        doubled
        or _counts(letters, gap, rule_letters, weights)
        or _is_title(gap, rule_letters, weights)
        or (letters[begin:end], lack) in weights.alike
        or (disclaimer and not weights.warranty.isdisjoint(lack))
    )


def _weighed(table: RuleTable, letters: str, claim: Claim) -> Claim:
    """A claim with its changed words weighed; `letters` are the words of the text."""
    rule_letters = table.letters(claim.rule)
    weights = weights_of(table)
    points = _points_away(table, claim.rule)
    telling = binding = longest = lacking = 0
    gaps = _gaps(claim)
    decisive = _of_another(table, letters, claim, rule_letters, gaps)
    same = True
    for begin, end, lack_from, lack_to in gaps:
        gap = (begin, end, lack_from, lack_to)
        plain = weights.every.isdisjoint(letters[begin:end] + rule_letters[lack_from:lack_to])
        lack = 0
        if lack_from and lack_to < len(rule_letters):
            lack = lack_to - lack_from - (end - begin)
        narrows = _narrows(letters, gap, weights)
        if plain and not (same or narrows) and end - begin <= longest and lack <= lacking:
            continue  # whatever it is, it changes nothing
        if _says_the_same(letters, gap, rule_letters, weights, points=points):
            continue
        binding += narrows
        same = same and _is_as_good(letters, gap, rule_letters, weights)
        lacking = max(lacking, lack)
        if plain and end - begin <= longest:
            continue
        named = _is_about_owners(letters, gap, rule_letters, weights)
        name = named and _follows_name(letters, begin, weights)
        longest = max(longest, int((end - begin) * _LONG_NAME) if name else end - begin)
        if plain:
            continue
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
    return replace(
        claim, telling=telling, decisive=decisive, binding=binding, longest=longest,
        lacking=lacking, points=points, same=same, weighed=True,
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
    resembling = claim.use & _VAGUE and not claim.exact  # a name may stand where the rule has none
    if points <= 0 or (claim.length > _STATEMENT and not resembling):
        return points
    bare = claim.expression in _UNVERSIONED or claim.use & _VAGUE
    return points * _OF_BARE if bare else points


def _choose(table: RuleTable, claims: list[Claim], words: int, letters: str) -> list[Claim]:
    """Claims by rank; words are weighed of those alone that are not covered by better ones."""
    contested, chosen = _contested(claims)
    ranked = sorted((-_rank(table, claims[n]), n) for n in contested)
    taken = bytearray(words if ranked else 0)
    for place, (points, number) in enumerate(ranked):  # it grows behind the place
        if points >= 0:
            break
        claim = claims[number]
        size = claim.end - claim.start
        if taken.count(1, claim.start, claim.end) > MOST_OVERLAP * size:
            continue
        if not claim.weighed:
            claims[number] = _weighed(table, letters, claim)
            insort(ranked, (-_rank(table, claims[number]), number), lo=place + 1)
            continue
        taken[claim.start : claim.end] = b"\1" * size
        chosen.append(claim)
    chosen.sort(key=lambda c: (c.start, c.end))
    return chosen


def _contested(claims: Sequence[Claim]) -> tuple[list[int], list[Claim]]:
    """(places of claims that overlap another or may fail by themselves, all others)."""
    starts = [claim.start for claim in claims]
    order = sorted(range(len(claims)), key=starts.__getitem__)
    contested: list[int] = []
    free: list[Claim] = []
    reach = -1
    following = chain((starts[n] for n in order[1:]), (maxsize,))
    for number, behind in zip(order, following, strict=False):
        claim = claims[number]
        end = claim.end
        alone = starts[number] >= reach and behind >= end
        reach = max(reach, end)
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
_GNU: Final = re.compile(r"(?:^|[\s(])[AL]?GPL-")
_ADDRESS: Final = re.compile(r"_fsf_address_")
"""Rules for the address of the Free Software Foundation, which every GNU notice ends with."""
_OF_BARE: Final = 0.3
_VERSIONED: Final = re.compile(r"(?:^|[\s(])(?:A?GPL-[23]\.0|LGPL-(?:2\.1|3\.0))")
_STRONG: Final = re.compile(r"(?:^|[\s(])A?GPL-[23]\.0")
_GPL: Final = ("GPL-1.0-or-later", "GPL-1.0-only")


def _is_beside_lesser(claim: Claim, every: Sequence[str]) -> bool:
    """Whether it names the GPL without version, and all GNU licenses with one are the Lesser."""
    return claim.expression in _GPL and not any(map(_STRONG.search, every))


def _suppressed(
    table: RuleTable, claim: Claim, statements: Sequence[str], every: Sequence[str]
) -> bool:
    """Whether what is said of a license only repeats the family of what is said more fully.

    The paragraph on warranty of an LGPL notice often names the GPL. A sentence that puts something
    under the GPL is another statement: the library is under the LGPL, its programs are not.
    """
    name = claim.expression
    family = _FAMILY.get(name)
    if _is_beside_lesser(claim, every):
        if not weights_of(table).granting.isdisjoint(table.letters(claim.rule)):
            return False
        if claim.length <= _UNVERSIONED_LENGTH and "LGPL-2.0-or-later" in statements:
            return True
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
    table: RuleTable, claims: list[Claim], words: int, letters: str
) -> tuple[list[Claim], list[Claim]]:
    """(claims that stand, claims that explain words but are said better elsewhere), by place.

    Args:
        table: The rules.
        claims: All that could be said; those that are weighed are replaced in place.
        words: Words of the text.
        letters: These words, spelt (`RuleTable.spell`); "" where no claim is of a changed text.

    Greedy by score with little overlap; then remarks that only repeat the family of a fuller
    statement are set aside.
    """
    chosen = _choose(table, claims, words, letters)
    statements = sorted({c.expression for c in chosen if c.length >= _STATEMENT})
    every = sorted({c.expression for c in chosen})
    rules = {c.rule: c for c in chosen}.values()  # what is said of one claim holds for its rule
    gnu = any(_GNU.search(e) for e in every)
    away_rules = {
        c.rule
        for c in rules
        if _suppressed(table, c, statements, every)
        or _is_bare(table, c, statements)
        or (gnu and _ADDRESS.search(table.name(c.rule)))
    }
    aside = [c for c in chosen if c.rule in away_rules]
    away = set(map(id, aside))
    return [c for c in chosen if id(c) not in away], aside
