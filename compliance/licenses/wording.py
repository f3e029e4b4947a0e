"""Words that decide what a license demands: a change of one of them is never a small change."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from compliance.licenses.rules import UNKNOWN_LETTER
from compliance.licenses.tokens import distinct, word_hashes
from compliance.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compliance.licenses.rules import RuleTable
    from compliance.licenses.tokens import I64


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TELLING: Final = _words(
    "later only either not no without advertising endorse affero lesser except exception version"
    " 1 2 3 4 0 noncommercial commercial sell sublicense derivatives derivative sharealike"
    " noderivs noderivatives noderivative"
    " advertise distribute v1 v2 v3 v10 v11 v12 v13 v20 v21 v30"
)
"""Words that tell a license from its neighbours (versions, clauses): they count in the score."""

FIGURES: Final = _words(
    "6 7 8 9 10 12 14 15 18 20 21 24 25 28 30 40 45 50 51 60 75 80 90 100 120 180 365 500 1000"
)
"""Figures that measure: days to cure a breach, shares of a company; a year is no such figure."""

_RIGHTS: Final = _words(
    # modality and negation
    "may might can cannot must shall should will would need needs required requires require"
    " requirement requirements obliged obligated not no never none neither nor without unless"
    " except excepting excluding exclude excluded excludes only solely exclusively limited"
    " unlimited but however notwithstanding if provided condition conditions conditioned subject"
    # permission and ban
    " permit permits permitted permission permissions allow allows allowed grant grants granted"
    " prohibit prohibits prohibited forbid forbids forbidden ban banned restrict restricted"
    " restriction restrictions deny denied refuse revoke revoked revocable irrevocable terminate"
    " terminates terminated termination expire expires exclusive nonexclusive perpetual worldwide"
    # acts
    " use used using copy copies copied copying modify modified modifying modification"
    " modifications merge publish published distribute distributed distributing distribution"
    " redistribute redistributed redistributing redistribution redistributions redistributors"
    " sublicense sublicensed sell sold selling resell rent lease lend host hosted hosting service"
    " services saas embed link linked linking compete competing competitor competitive derive"
    " derived derivative derivatives disclose perform convey conveyed propagate deal"
    # purposes
    " commercial commercially noncommercial non profit nonprofit business businesses personal"
    " private internal educational academic research evaluation testing production military"
    " government governmental weapons nuclear evil good harm ethical"
    # where, when, by whom: what narrows a grant
    " within until by in during after before outside while for when where who whose from under"
    " above below following preceding foregoing previous publicly privately"
    # how much, how long
    " some least most more less fewer greater minimum maximum exceed exceeds once twice percent"
    " percentage half one two three four five six seven eight nine ten twelve fifteen twenty thirty"
    " forty fifty sixty ninety hundred day days week weeks month months years"
    " immediately automatically promptly"
    # who
    " person persons anyone anybody everyone individual individuals student students"
    # price
    " fee fees free charge charges pay paid payment royalty royalties price money donate"
    " donation purchase buy"
    # duties
    " source binary notice notices attribution acknowledge acknowledgment advertising advertise"
    " endorse promote credit mention include included retain reproduce display notify inform"
    " submit send contribute report register written prior consent approval share patent patents"
    " mandatory compulsory obligatory accept accepts accepted agree agrees agreed comply entitled"
    " claims guarantee guarantees party parties jurisdiction law laws irrevocably revocably risk"
    " trademark trademarks warranty warranties liable liability indemnify disclaim disclaims"
    " disclaimed disclaiming disclaimer disclaimers same"
    # choice and version
    " or and either any all later version exception affero lesser sharealike"
    " v1 v2 v3 v10 v11 v12 v13 v20 v21 v30"
)
BINDING: Final = (*FIGURES, *_RIGHTS)
"""Grant, duty, condition and ban in any license: a change of one is for a person to read."""


OWNERS: Final = _words(
    "holder holders owner owners contributor contributors author authors name names regents"
)
AROUND_OWNERS: Final = (*OWNERS, *_words("or and nor neither the of its any copyright their s"))
"""Words that stand for whoever owns the code: "the copyright owner or contributors"."""

JOINING: Final = _words("or and of the its any s")
"""Words that may come and go between two names of owners: "the regents and contributors"."""

BEFORE_OWNERS: Final = (
    "is provided", "is provided by", "is provided by the", "event shall", "event shall the",
)  # fmt: skip
"""Words behind which the name of an owner stands, where a rule leaves it out."""

_NAME_OF: Final = _words("of the name names")
_NOR_MAY: Final = _words("nor may")
_GRANTEES: Final = _words("person persons individual individuals entity entities purpose purposes")
_EVERY_ONE: Final = _words("any every each all")
_BEFORE_PLACES: Final = _words("the in see")
_BEHIND_PLACES: Final = _words("file files directory folder")
_ADDRESSES: Final = _words("http https www")
_INTRODUCING: Final = _words(
    "this file is are be code software program library project licensed license released"
    " distributed available provided published under the terms term of and conditions a in"
    " accordance with by"
)
"""Words of a notice before the name of its license; another sentence may have others."""

_DENYING: Final = _words(
    "not no never neither nor except unless without than instead unlike cannot incompatible"
)
_PLAIN_WORDS: Final = _words("a an the its this that these those")
"""Words of which one may stand for another without a change of meaning."""

_GRANTING: Final = _words("under terms licensed redistribute governed released")
"""Words of a sentence that puts something under a license: "see the GPL for details" has none."""

WARRANTY: Final = _words("warranty warranties")
COUNTING: Final = _words("0 1 2 3 4 5 6 7 8 9 10 12 14 15 18 20")
"""Figures that number the items of a list."""


_SPELT_ALIKE: Final = (
    ("noninfringement", "non infringement"),
    ("sublicense", "sub license"),
    ("sublicensed", "sub licensed"),
    ("sublicenses", "sub licenses"),
    ("nonexclusive", "non exclusive"),
    ("noncommercial", "non commercial"),
    ("redistribution", "re distribution"),
    ("redistributions", "re distributions"),
    ("redistribute", "re distribute"),
    ("worldwide", "world wide"),
    ("acknowledgment", "acknowledgement"),
    ("acknowledgments", "acknowledgements"),
    ("acknowledgment", "acknowledgements"),
    ("modification", "modifications"),
    ("whoever", "who ever"),
    ("cannot", "can not"),
    ("and", "an"),
)
"""Two spellings of one word; `an` where a text has `and` is a slip that leaves no other meaning."""

_LISTED: Final = _words(
    "a b c d e f g h i j k l m n o p q r s t u w x y z ii iii iv vi vii viii ix xi xii"
)
"""Letters and Roman figures that number the items of a list, beside COUNTING."""

_UNITS: Final = _words("days day months month years weeks week percent")
_MEASURES: Final = _words(
    "percent more least than within section sections article clause paragraph exhibit part step"
    " appendix"
)
"""Words before a figure that is a measure, or the place of a section, not the number of an item."""

_IN_TITLES: Final = _words(
    "distribution version versions v or and the of for by software same limited only"
)

IN_NAMES: Final = _words(
    "research business businesses educational academic government governmental service services"
    " hosting evaluation testing personal private internal military nuclear law laws in for by"
    " software commercial open public display production copy link source share six three two one"
)
"""Words of binding texts that names of companies and institutes have, too."""

NUMBERS: Final = _words("0 1 2 3 4 5")
VERSION: Final = _words("version versions v gpl lgpl agpl mpl cc by sa nc nd")
_BEFORE_VERSION: Final = _words(
    "version v versions gpl lgpl agpl license or and mpl bsd by sa nc nd 0 1 2 3 4 5"
)
_DECIDING: Final = {
    **dict.fromkeys(NUMBERS, _BEFORE_VERSION),
    "later": _words("any or version"),
    "only": _words("2 3 1 0 version license v2 v3 gpl lgpl gplv2 gplv3 the"),
}
"""Words that, behind one of the words given, decide about the id itself.

A number elsewhere counts the items of a list.
"""


@dataclass(frozen=True, slots=True)
class Weights:
    """The words above as letters of a rule table (`RuleTable.spell`)."""

    telling: frozenset[str]
    binding: frozenset[str]
    numbers: frozenset[str]
    items: frozenset[str]
    figures: frozenset[str]
    units: frozenset[str]
    measures: frozenset[str]
    license: frozenset[str]
    alternative: frozenset[str]
    addresses: frozenset[str]
    neither: frozenset[str]
    titles: frozenset[str]
    in_names: frozenset[str]
    alike: frozenset[tuple[str, str]]
    owners: frozenset[str]
    around_owners: frozenset[str]
    joining: frozenset[str]
    name_of: frozenset[str]
    nor_may: frozenset[str]
    before_owners: tuple[str, ...]
    every_one: frozenset[str]
    grantees: frozenset[str]
    before_places: frozenset[str]
    behind_places: frozenset[str]
    plain: frozenset[str]
    introducing: frozenset[str]
    denying: frozenset[str]
    granting: frozenset[str]
    warranty: frozenset[str]
    version: frozenset[str]
    deciding: Mapping[str, frozenset[str]]
    every: frozenset[str]
    """All of which a change weighs something."""


@lru_cache(maxsize=4)
def weights_of(table: RuleTable) -> Weights:
    """The word lists in the letters of `table`; words that no rule has are left out."""
    letter = _letters(table)

    def letters(words: Iterable[str]) -> frozenset[str]:
        return frozenset(letter[w] for w in words) - {UNKNOWN_LETTER}

    def spelt(words: str) -> str:
        return "".join(letter[w] for w in words.split())

    known = {before: letters(before) for before in set(_DECIDING.values())}
    deciding = {letter[w]: known[before] for w, before in _DECIDING.items()}
    telling, binding = letters(TELLING), letters(BINDING)
    alike = [(spelt(one), spelt(other)) for one, other in _SPELT_ALIKE]
    alike = [pair for pair in alike if UNKNOWN_LETTER not in "".join(pair)]
    license_ = letters(("license",))
    return Weights(
        telling, binding, letters(NUMBERS), letters((*COUNTING, *_LISTED)),
        letters((*FIGURES, *NUMBERS)),
        letters(_UNITS), letters((*_MEASURES, *VERSION)) | license_, license_,
        letters(("or",)), letters(_ADDRESSES),
        letters(("neither",)), letters((*_IN_TITLES, *NUMBERS)), letters(IN_NAMES),
        frozenset([*alike, *((other, one) for one, other in alike)]), letters(OWNERS),
        letters(AROUND_OWNERS), letters(JOINING), letters(_NAME_OF), letters(_NOR_MAY),
        tuple(map(spelt, BEFORE_OWNERS)), letters(_EVERY_ONE), letters(_GRANTEES),
        letters(_BEFORE_PLACES), letters(_BEHIND_PLACES), letters(_PLAIN_WORDS),
        letters(_INTRODUCING), letters(_DENYING), letters(_GRANTING), letters(WARRANTY),
        letters(VERSION), deciding,
        telling | binding | deciding.keys(),
    )  # fmt: skip


def _letters(table: RuleTable) -> dict[str, str]:
    """The letter of every word above, in one look at the table."""
    lists = (
        TELLING, BINDING, NUMBERS, COUNTING, _LISTED, _UNITS, _MEASURES, VERSION, _IN_TITLES,
        IN_NAMES, AROUND_OWNERS, JOINING, _NAME_OF, _NOR_MAY, WARRANTY,
        _EVERY_ONE, _GRANTEES, _BEFORE_PLACES, _BEHIND_PLACES, _PLAIN_WORDS, _INTRODUCING, _DENYING,
        _GRANTING,
        _BEFORE_VERSION,
        ("license", "or"), _ADDRESSES, _DECIDING, *_DECIDING.values(), *map(_words, BEFORE_OWNERS),
        *(_words(" ".join(pair)) for pair in _SPELT_ALIKE),
    )  # fmt: skip
    words = sorted({w for one in lists for w in one})
    return dict(zip(words, table.spell(word_hashes(words)), strict=True))


@lru_cache(maxsize=4)
def telling_places(table: RuleTable) -> I64:
    """Places of the TELLING words in the vocabulary of `table`, sorted."""
    places = distinct(table.places(word_hashes(TELLING)))
    return places[places < len(table.vocabulary)]
