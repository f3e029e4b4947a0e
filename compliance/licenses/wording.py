"""Words that decide what a license demands: a change of one of them is never a small change."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from compliance.licenses.tokens import word_hash

if TYPE_CHECKING:
    from compliance.licenses.rules import RuleTable
    from compliance.licenses.tokens import I64

# Tell one license from its neighbours (versions, -only and -or-later, clauses): count in the score.
TELLING: Final = (
    "later only either not no without advertising endorse affero lesser except exception version"
    " 1 2 3 4 0 noncommercial commercial sell sublicense derivatives derivative sharealike"
    " advertise distribute"
).split()
# Grant, duty, condition and ban in any license: a change of one is for a person to read.
BINDING: Final = (
    # modality and negation
    "may might can cannot must shall should will would need required requires require requirement"
    " requirements obliged obligated not no never none neither nor without unless except excepting"
    " excluding exclude excluded only solely exclusively limited unlimited but however"
    " notwithstanding if provided condition conditions conditioned subject"
    # permission and ban
    " permit permits permitted permission permissions allow allows allowed grant grants granted"
    " prohibit prohibits prohibited forbid forbids forbidden ban banned restrict restricted"
    " restriction restrictions deny denied refuse revoke revoked revocable irrevocable terminate"
    " terminates terminated termination expire expires exclusive nonexclusive perpetual worldwide"
    # acts
    " use used using copy copies copied modify modified modification modifications merge publish"
    " published distribute distributed distribution redistribute redistributed redistribution"
    " redistributions sublicense sublicensed sell sold selling resell rent lease lend host hosted"
    " hosting service services saas embed link linked linking compete competing competitor"
    " competitive derive derived derivative derivatives disclose display perform reproduce"
    # purposes and persons
    " commercial commercially noncommercial non profit nonprofit business businesses personal"
    " private internal educational academic research evaluation testing production military"
    " government governmental weapons nuclear evil good harm ethical person persons company"
    " companies organization organizations enterprise employees revenue users"
    # price and consideration
    " fee fees free charge charges pay paid payment royalty royalties price money donate"
    " donation purchase buy"
    # duties
    " source binary notice notices attribution acknowledge acknowledgment advertising advertise"
    " endorse promote credit mention include included retain reproduce display notify inform"
    " submit send contribute report register written prior consent approval share patent patents"
    " trademark trademarks warranty warranties liable liability indemnify"
    # choice and version
    " or and either any all later version exception affero lesser sharealike 0 1 2 3 4 5"
).split()


@lru_cache(maxsize=4)
def _ids(table: RuleTable, words: tuple[str, ...]) -> frozenset[int]:
    wanted = np.array(sorted({word_hash(w) for w in words}), dtype=np.uint64)
    at = table.vocabulary.searchsorted(wanted)
    at[at == len(table.vocabulary)] = 0
    found: I64 = at[table.vocabulary[at] == wanted]
    return frozenset(found.tolist())


def telling_words(table: RuleTable) -> frozenset[int]:
    """Places of the TELLING words in the vocabulary."""
    return _ids(table, tuple(TELLING))


def binding_words(table: RuleTable) -> frozenset[int]:
    """Places of the BINDING words in the vocabulary."""
    return _ids(table, tuple(BINDING))
