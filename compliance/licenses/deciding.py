"""One compiled file against the license files above it.

A header that merely repeats or points to the license file adds nothing; one that names another
license counts for its file. A passing mention ("license-model: general-public-license") is no
statement of the file at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from typing import Final

from compliance import patterns as re
from compliance.licenses.choice import offered
from compliance.licenses.evidence import TAG_RULE, Confidence, FileLicense, Match
from compliance.licenses.expression import (
    Expression,
    License,
    Node,
    Or,
    conjoin,
    conjuncts,
    is_permissive,
    parse_or_none,
    restricts_use,
)
from compliance.licenses.governing import (
    Basis,
    confidence_of,
    is_changed_text,
    meant,
    stem,
    stems,
    weakest,
)
from compliance.licenses.headers import is_header_material
from compliance.licenses.statement import Said, join, stated_first, terms
from compliance.value import dataclass, replace

ReadLines = Callable[[str], Sequence[str]]
"""Path of a file -> its lines; empty when it cannot be read."""

HEADER_LINES: Final = 60
"""Where the head of a source file ends at the latest: references below are mentions."""

MOST_OWN: Final = 12
"""Licenses that one source file names of itself; a file with more is a list of licenses."""

_ABOVE: Final = 4
_SURELY_HEAD: Final = 6  # a statement this high up is in the head, whatever follows
_TAKEN: Final = re.compile(
    r"""(?ix) \b(?:copyright | copied | derived | based\s+on | taken | adapted | adopted | ported
    | borrowed
    | portions | originally | authors? | fork(?:ed)? | snippets? | inspired | modified\s+from
    | (?:is|are|be|was|were)\s+(?:also\s+)?licen[sc]ed | (?:file|code|function|method|package)\s+is
    )\b"""
)
_EXAMPLE: Final = re.compile(r"(?i)\bexamples?\s*:|\be\.g\.|\bfor example\b|\bvalues?\s*[:=]")
# "that can be found in the LICENSE file", "see the file COPYING"; `License` alone is the license.
_POINTS_AT: Final = re.compile(
    r"""(?x) \b(?:[Ii]n|[Ss]ee)\s+ (?:(?:the|this|files?|accompanying|included|enclosed)\s+){0,3}
    [\"'`<(]? (?P<name>(?:https?://)?[\w./-]*\b(?:UN)?(?:LICEN[CS]ES?|COPYING)(?![a-z])[\w.-]*)"""
)
_GRANTS: Final = re.compile(
    r"""(?ix) \blicen[sc]es?\s*[:=] | \b(?:licen[sc]ed | SPDX | released | (?:re)?distribut\w+
    | available | published | provided | governed | covered | offered | subject\s+to | terms
    | free\s+software | copying | permission )\b"""
)
_LICENSE_FIELD: Final = re.compile(
    r"^[\s/*#;-]*@?Licen[sc]e(?:s|d\s+under)?\s*[:=-]\s*\S", re.IGNORECASE
)
_SHOWN_FIELD: Final = re.compile(r"^[\s/*#;]*[a-z][\w-]*\s*[:=]\s")
_BESIDE: Final = 2  # lines above and below a field
_WORD: Final = re.compile(r"[A-Za-z]+")
_SHORT_LINE: Final = 6  # words: a line with the name of a license and little else
_CODE_LINE: Final = re.compile(r"^(?:package|import|func|type|var|const)\b")
_BSD: Final = re.compile(r"BSD-\d-Clause|BSD-Source-Code|0BSD")
_GNU: Final = re.compile(r"(?:A|L)?GPL-")
_BUSINESS_SOURCE: Final = "LicenseRef-scancode-bsl-1.0"  # "the Business Source License", bare
_ANY_VERSION: Final = frozenset({"GPL-1.0-or-later", "LGPL-2.0-or-later", "AGPL-1.0-or-later"})


class Relation(Enum):
    """How a file stands to the license file above it."""

    INHERITS = "inherits"
    NARROWS = "narrows"
    """Says which version, or which of several, applies to it."""
    OWN = "own"
    CONFLICTS = "conflicts"
    """One of header and license file restricts use, the other one does not."""
    MENTIONS = "mentions"
    """Names a stricter license in passing, without granting anything under it."""
    OVERRIDDEN = "overridden"
    """A map of licenses says another one than the file itself, and shall be the one that counts."""
    NOTHING = "nothing"
    """Neither the file nor anything above it says anything."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The license of one file; `expression` is None where it is unknown or unresolved.

    `mentioned` is what a file names in passing or against a map, `absent` the file in which its
    license is said to stand, where no license file is at hand.
    """

    relation: Relation
    expression: Expression | None
    confidence: Confidence = "high"
    mentioned: Expression | None = None
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a file says of its own license, how surely, and the matches that say so.

    `partial`: it speaks of something in the middle of the file, the rest follows from above.
    `passing`: it names a license in a sentence that grants nothing.
    `headers`: it came with header files of C, of which the file holds constants and types only.
    """

    expression: Expression | None
    confidence: Confidence
    matches: tuple[Match, ...]
    partial: bool = False
    passing: bool = False
    headers: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for statements that are ruled on alike."""
        kinds = frozenset((m.license, m.kind) for m in self.matches)
        return (
            id(self.expression), self.confidence, kinds, self.partial, self.passing, self.headers
        )  # fmt: skip


NOTHING: Final = Statement(None, "high", ())


def is_usual(file: FileLicense) -> bool:
    """Whether a file has the usual header: one notice, tag or text so high up that its place in
    the file needs no look."""  # noqa: D205, D209
    if len(file.matches) != 1 or file.findings:
        return False
    only = file.matches[0]
    return only.start_line <= _SURELY_HEAD and _is_plain(only)


def statement_of(file: FileLicense, lines: ReadLines) -> Statement:
    """What a compiled file says of its own license."""
    if not file.matches:
        return NOTHING
    if is_usual(file):
        only = file.matches[0]
        expression = parse_or_none(file.expression)
        if expression is not None:
            return Statement(expression, only.confidence, file.matches)
    expression, matches = _said(file, lines)
    if expression is None:
        # An expression beyond the limits of the parser is no statement, and not nothing either.
        return Statement(None, "review", matches) if matches else NOTHING
    first = min(m.start_line for m in matches)
    looked_up = first > _SURELY_HEAD or not all(map(_is_plain, matches))
    partial = looked_up and not _in_head(lines(file.path), first)
    passing = looked_up and all(_is_passing(m, lines(file.path)) for m in matches)
    headers = (
        partial
        and not all(map(is_permissive, expression.licenses()))
        and is_header_material(file.path, lines(file.path))
    )
    return Statement(expression, confidence_of(file, matches), matches, partial, passing, headers)


def _said(file: FileLicense, lines: ReadLines) -> tuple[Expression | None, tuple[Match, ...]]:
    if all(map(_is_plain, file.matches)):
        choice = _choice(file.matches, file, lines)
        return choice or parse_or_none(file.expression), file.matches
    text = lines(file.path)
    counted = tuple(m for m in file.matches if _is_plain(m) or _is_statement(m, text))
    if len({m.license for m in counted}) > MOST_OWN:
        counted = tuple(m for m in counted if m.kind == "text" or m.rule == TAG_RULE)
    choice = _choice(counted, file, lines)
    if choice is not None or len(counted) == len(file.matches):
        return choice or parse_or_none(file.expression), counted
    said = [Said(m.license, m.kind) for m in counted]
    return parse_or_none(join(said, stated_first(counted))), counted


def _choice(matches: Sequence[Match], file: FileLicense, lines: ReadLines) -> Expression | None:
    """A header that offers several licenses in words that no rule knows."""
    if len({m.license for m in matches}) == 1 or all(m.rule == TAG_RULE for m in matches):
        return None
    choice = offered(matches, lines(file.path))
    named = {t for m in matches for t in terms(m.license)}
    return choice if choice is not None and set(terms(choice.text)) == named else None


def _is_plain(match: Match) -> bool:
    """Whether a match speaks for its file wherever it stands."""
    if match.kind in ("text", "exception") or match.rule == TAG_RULE:
        return True
    return match.kind == "notice" and match.confidence == "high"


def _is_statement(match: Match, text: Sequence[str]) -> bool:
    if match.license.startswith("LicenseRef-scancode-") and "propriet" in match.license:
        return False
    if match.start_line <= HEADER_LINES and _in_head(text, match.start_line):
        return True
    field = _field(match, text)
    if field is not None:
        return field
    around = " ".join(text[max(0, match.start_line - 1 - _ABOVE) : match.end_line])
    return _TAKEN.search(around) is not None and _EXAMPLE.search(around) is None


def _field(match: Match, text: Sequence[str]) -> bool | None:
    """Whether "License: AGPL-3.0" in a comment is meant; None where the match is no such field.

    Among other fields in small letters it is the output of a program, shown as an example, and one
    of several in a row is an example of a notation.
    """
    lines = text[match.start_line - 1 : match.end_line]
    if len(lines) > _BESIDE or not any(map(_LICENSE_FIELD.match, lines)):
        return None
    first = max(0, match.start_line - 1 - _BESIDE)
    beside = (*text[first : match.start_line - 1], *text[match.end_line : match.end_line + _BESIDE])
    shown = sum(_SHOWN_FIELD.match(other) is not None for other in beside)
    return shown < _BESIDE and not any(map(_LICENSE_FIELD.match, beside))


def _is_passing(match: Match, text: Sequence[str]) -> bool:
    """Whether a bare name stands in a longer sentence that gives nothing."""
    if match.kind != "reference" or match.confidence == "high":
        return False
    around = " ".join(text[max(0, match.start_line - 2) : match.end_line + 1])
    line = " ".join(text[match.start_line - 1 : match.end_line])
    return len(_WORD.findall(line)) > _SHORT_LINE and _GRANTS.search(around) is None


def pointed_at(said: Statement, lines: Sequence[str]) -> str:
    """The file in which a notice says that its license stands; "" where it says it all itself."""
    if any(m.kind == "text" or m.rule == TAG_RULE for m in said.matches):
        return ""
    for match in said.matches:
        around = " ".join(line.strip(" \t\r/*#") for line in lines[match.start_line - 1 :][
            : match.end_line - match.start_line + 1 + _BESIDE
        ])  # fmt: skip
        found = _POINTS_AT.search(around)
        if found is not None:
            return found["name"].rstrip(".")
    return ""


def _in_head(text: Sequence[str], line: int) -> bool:
    return not any(_CODE_LINE.match(above) for above in text[: line - 1])


def rule_on(said: Statement, basis: Basis | None, *, ours: bool = False) -> Ruling:
    """Decide between the statement of a file and the nearest license files above it.

    `ours`: the code of the scanned repository. There a file from elsewhere under open terms is no
    conflict with restricting ones of the owner's; in a module of others the restriction may hold.
    """
    own = said.expression
    if own is None or (said.partial and basis is None):
        unreadable = own is None and said.matches
        return _of_license_file(None if unreadable else basis)
    if basis is not None and own.has_choice:
        known = (basis.expression, *basis.alternatives)
        own = meant(own, said.matches, [t.id for e in known if e for t in e.licenses()])
    if basis is None or basis.expression is None:
        return _without_text(own, basis, said.confidence)
    above = basis.expression
    related = [(t, _relation(t, above, said.matches)) for t in conjuncts(own)]
    foreign = tuple(t for t, relation in related if relation is not Relation.INHERITS)
    beside = conjoin(Expression(root=t) for t in foreign)
    # Of a list of all works in a product the header says which license is that of the file.
    listed = basis.lists_works and not (said.partial or said.passing)
    if beside is None or (listed and said.confidence != "review"):
        narrow = (basis.separate and not said.partial) or any(map(is_changed_text, said.matches))
        level = weakest([said.confidence, "medium"]) if listed else said.confidence
        return Ruling(Relation.OWN, own, level) if narrow or listed else _of_license_file(basis)
    if said.passing and not all(map(is_permissive, beside.licenses())):
        return Ruling(Relation.MENTIONS, above, "review", beside)
    if (not ours and _conflicts(beside, above)) or _takes_back(beside, above, said.matches):
        return Ruling(Relation.CONFLICTS, conjoin([beside, above]), "review")
    return _beside(said, own, above, related)


def rule_over(said: Statement, basis: Basis) -> Ruling:
    """Decide where a map of licenses shall count and not the file (REUSE 3.3, `override`).

    Open terms of the file stay as evidence; copyleft and limits on use that it states are not gone
    because a map says so: both count until a person has looked.
    """
    ruling = rule_on(NOTHING, basis)
    if said.expression is None or basis.expression is None or said.passing:
        return ruling
    given = stems(basis.expression)
    lost = conjoin(Expression(root=t) for t in conjuncts(said.expression) if not _offers(t, given))
    if lost is None:
        return ruling
    if all(map(is_permissive, lost.licenses())):
        return replace(ruling, relation=Relation.NARROWS)
    both = conjoin([lost, basis.expression])
    return Ruling(Relation.OVERRIDDEN, both, "review", lost)


def _offers(term: Node, given: frozenset[str]) -> bool:
    """Whether the licenses of a map are among what a term of the file allows to choose."""
    arms = term.terms if isinstance(term, Or) else (term,)
    return any(stems(Expression(root=arm)) <= given for arm in arms)


def _beside(
    said: Statement, own: Expression, above: Expression, related: Sequence[tuple[Node, Relation]]
) -> Ruling:
    foreign = tuple(t for t, relation in related if relation is not Relation.INHERITS)
    if all(relation is not Relation.OWN for _, relation in related):
        return Ruling(Relation.NARROWS, _narrowed(above, foreign), said.confidence)
    whole = conjoin([own, above]) if said.partial else own
    return Ruling(Relation.OWN, whole, said.confidence)


def _of_license_file(basis: Basis | None) -> Ruling:
    if basis is None:
        return Ruling(Relation.NOTHING, None, "review")
    return Ruling(Relation.INHERITS, basis.expression, basis.confidence)


def _without_text(own: Expression, basis: Basis | None, confidence: Confidence) -> Ruling:
    """A header below license files that leave the choice open, or below none."""
    if basis is not None and basis.unknown:
        return Ruling(Relation.OWN, None, "review")
    return Ruling(Relation.OWN, own, confidence)


def _relation(term: Node, above: Expression, matches: Sequence[Match]) -> Relation:
    others = conjuncts(above)
    if term in others:
        # A choice in a header is the whole statement of its file, whatever else the license file
        # says of others.
        single = len(others) == 1 or not isinstance(term, Or)
        return Relation.INHERITS if single else Relation.OWN
    if not isinstance(term, License):
        return Relation.OWN
    if _points_at(term, above, matches):
        return Relation.INHERITS
    for other in others:
        if isinstance(other, License) and stem(other) == stem(term):
            return Relation.NARROWS
        if isinstance(other, Or) and _is_arm(term, other):
            return Relation.INHERITS if is_permissive(term) else Relation.NARROWS
    return Relation.OWN


def _is_arm(term: License, choice: Or) -> bool:
    """Whether a header names one of the licenses that the license file offers."""
    return any(stem(o) == stem(term) for o in Expression(root=choice).licenses())


def _points_at(term: License, above: Expression, matches: Sequence[Match]) -> bool:
    """A header such as "a BSD-style license that can be found in the LICENSE file".

    A license text and an SPDX tag say exactly which one is meant; the tags of the rule data hold
    "BSD-style license" and "License: BSD", too.
    """
    if any(m.kind == "text" or m.rule == TAG_RULE for m in matches if term.id in m.license):
        return False
    ids = [t.id for t in above.licenses()]
    if _BSD.fullmatch(term.id):
        return any(_BSD.match(i) for i in ids)
    if term.id == _BUSINESS_SOURCE:
        return "BUSL-1.1" in ids
    if term.id in _ANY_VERSION:
        return any(_GNU.match(i) for i in ids)
    return False


def _narrowed(above: Expression, said: Sequence[Node]) -> Expression | None:
    """The license file with the terms that the header is more exact about replaced by its own.

    An exception stays: it is granted for the whole, and headers seldom repeat it.
    """
    exact = {stem(t): t for t in said if isinstance(t, License)}
    nodes: list[Node] = []
    replaced: dict[Node, Node] = {}
    for node in conjuncts(above):
        own = exact.pop(stem(node), None) if isinstance(node, License) else None
        if own is not None and isinstance(node, License) and node.exception and not own.exception:
            extended = License(own.id, own.or_later, node.exception)
            replaced[own], own = extended, extended
        nodes.append(own or node)
    rest = [t for t in said if replaced.get(t, t) not in nodes]
    return conjoin(Expression(root=t) for t in [*nodes, *rest])


@lru_cache(maxsize=1024)
def _conflicts(said: Expression, above: Expression) -> bool:
    if stems(said) & stems(above):
        return False
    restricted = any(restricts_use(t) for t in above.licenses())
    return restricted and not any(restricts_use(t) for t in said.licenses())


def _takes_back(said: Expression, above: Expression, matches: Sequence[Match]) -> bool:
    """Whether a notice restricts the use that a permissive license file grants.

    A tag or a whole text in a file is the license of that file; a notice that points to terms which
    the license file does not hold may be left over, or the license file may be.
    """
    restricting = [t.id for t in said.licenses() if restricts_use(t)]
    if not restricting or not all(map(is_permissive, above.licenses())):
        return False
    return not any(
        m.kind in ("tag", "text") and i in m.license for m in matches for i in restricting
    )
