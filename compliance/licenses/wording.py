"""Words that decide what a license demands: a change of one of them is never a small change."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from compliance.licenses.rules import UNKNOWN_LETTER
from compliance.licenses.tokens import distinct, word_hashes
from compliance.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compliance.licenses.rules import RuleTable
    from compliance.licenses.tokens import I64


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TELLING: Final = _words(
    "later only either not no without advertising endorse affero lesser except exception version"
    " 1 2 3 4 0 noncommercial commercial sell sublicense derivatives derivative sharealike"
    " advertise distribute v1 v2 v3 v10 v11 v12 v13 v20 v21 v30"
)
"""Words that tell a license from its neighbours (versions, clauses): they count in the score."""

BINDING: Final = _words(
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
    # who
    " person persons anyone anybody everyone individual individuals student students"
    # price
    " fee fees free charge charges pay paid payment royalty royalties price money donate"
    " donation purchase buy"
    # duties
    " source binary notice notices attribution acknowledge acknowledgment advertising advertise"
    " endorse promote credit mention include included retain reproduce display notify inform"
    " submit send contribute report register written prior consent approval share patent patents"
    " trademark trademarks warranty warranties liable liability indemnify disclaim disclaims"
    " disclaimed disclaiming disclaimer disclaimers same"
    # choice and version
    " or and either any all later version exception affero lesser sharealike"
    " v1 v2 v3 v10 v11 v12 v13 v20 v21 v30"
)
"""Grant, duty, condition and ban in any license: a change of one is for a person to read."""


OWNERS: Final = _words(
    "holder holders owner owners contributor contributors author authors name names regents"
)
AROUND_OWNERS: Final = (*OWNERS, *_words("or and nor neither the of its any copyright their s"))
"""Words that stand for whoever owns the code: "the copyright owner or contributors"."""


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
    owners: frozenset[str]
    around_owners: frozenset[str]
    version: frozenset[str]
    deciding: Mapping[str, frozenset[str]]
    every: frozenset[str]
    """All of which a change weighs something."""


@lru_cache(maxsize=4)
def weights_of(table: RuleTable) -> Weights:
    """The word lists in the letters of `table`; words that no rule has are left out."""

    def letters(words: tuple[str, ...]) -> frozenset[str]:
        return frozenset(table.spell(word_hashes(words))) - {UNKNOWN_LETTER}

    decide = table.spell(word_hashes(_DECIDING))
    known = {before: letters(before) for before in set(_DECIDING.values())}
    deciding = {x: known[before] for x, before in zip(decide, _DECIDING.values(), strict=True)}
    telling, binding = letters(TELLING), letters(BINDING)
    return Weights(
        telling, binding, letters(NUMBERS), letters(OWNERS), letters(AROUND_OWNERS),
        letters(VERSION), deciding, telling | binding | deciding.keys(),
    )  # fmt: skip


@lru_cache(maxsize=4)
def telling_places(table: RuleTable) -> I64:
    """Places of the TELLING words in the vocabulary of `table`, sorted."""
    places = distinct(table.places(word_hashes(TELLING)))
    return places[places < len(table.vocabulary)]
