"""The license of a folder's code, from the license files that stand in it.

One text is that license. Several are weighed: a statement of a choice makes it a choice (OR), a
statement that all apply or names of parts make it all of them (AND), and without any statement it
stays open: an election is the licensor's to offer, never ours to guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from compliance import patterns as re
from compliance.findings import Evidence
from compliance.licenses.evidence import Confidence, FileLicense, Match
from compliance.licenses.expression import (
    And,
    Expression,
    License,
    Node,
    Or,
    conjoin,
    conjuncts,
    parse_or_none,
)
from compliance.licenses.roles import Purpose, role_of_path
from compliance.licenses.statement import terms
from compliance.value import dataclass, replace

ORDER: Final[dict[Confidence, int]] = {"high": 0, "medium": 1, "review": 2}
MOST_EVIDENCE_PER_FILE: Final = 8
"""Licenses of one file that are quoted; a list of hundreds of texts is no evidence of one."""

MOST_OF_ONE: Final = 12
"""Licenses of one license file; a file with more lists those of other works."""

Statements = Callable[[FileLicense, Sequence[Expression]], Iterable[Expression]]
"""What a file says about several licenses at once: choices first, then conjunctions.

The second argument are licenses that it may call by their common names.
"""

_WHOLE: Final = 0.8  # of a license text, so that it is meant as that text
_CONTENT: Final = re.compile(r"CC-BY|GFDL|OFL|LicenseRef-scancode-free-art")
_GRANT: Final = re.compile(r"LicenseRef-scancode-.*patent.*")
_NAME: Final = re.compile(r"(?:un)?licen[sc]e|copying|eula", re.IGNORECASE)
_CAPITALS: Final = re.compile(r"LICEN[CS]E|COPYING")
_BSD: Final = re.compile(r"BSD-\d-Clause|BSD-Source-Code|0BSD")
_SPEAKING: Final = frozenset({Purpose.CODE, Purpose.MAP, Purpose.README})


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the license files of a folder say about the code in it and below.

    `expression` is None where they say nothing that is known (`unknown` lists the files), or
    where `unresolved` lists the licenses between which no statement decides. `alternatives` are
    licenses in files of their own beside the main one: they apply where a file refers to them.
    `partial`: only named parts are covered, the rest follows from above. `prose`: a README.
    `separate`: several licenses in files of their own, all of which apply somewhere.
    """

    folder: str
    expression: Expression | None
    confidence: Confidence
    files: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    unresolved: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    alternatives: tuple[Expression, ...] = ()
    partial: bool = False
    prose: bool = False
    separate: bool = False

    @property
    def lists_works(self) -> bool:
        """Whether it names so many licenses that most are those of other works."""
        return self.expression is not None and len(self.expression.licenses()) > MOST_OF_ONE

    def beside(self, above: Basis | None) -> Basis:
        """This basis, for a part of the code only, together with the one above it."""
        if above is None:
            return self
        known = [b.expression for b in (self, above) if b.expression is not None]
        whole = len(known) == 2  # noqa: PLR2004 - both
        return replace(
            above,
            folder=self.folder,
            expression=conjoin(known) if whole else None,
            confidence=weakest([self.confidence, above.confidence]),
            files=(*self.files, *above.files),
            evidence=(*self.evidence, *above.evidence),
            unknown=(*self.unknown, *above.unknown),
        )


def weakest(levels: Iterable[Confidence]) -> Confidence:
    """The least certain of several."""
    return max(levels, key=ORDER.__getitem__, default="high")


def stem(term: License) -> str:
    """The license without its version grant: what GPL-2.0-only and GPL-2.0-or-later share."""
    return term.id.removesuffix("-only").removesuffix("-or-later").removesuffix("+")


def stems(expression: Expression) -> frozenset[str]:
    """Stems of all licenses of an expression."""
    return frozenset(stem(t) for t in expression.licenses())


def meant(expression: Expression, matches: Sequence[Match], texts: Iterable[str]) -> Expression:
    """What is only called a BSD license is the one whose text is at hand, if that is one.

    Rules read "the BSD License" as three clauses; a tag or a text of the file itself is exact.
    """
    at_hand = [t for t in dict.fromkeys(texts) if _BSD.fullmatch(t)]
    if len(at_hand) != 1:
        return expression
    exact = {t for m in matches if m.kind in ("text", "tag") for t in terms(m.license)}
    called = {t for t in expression.licenses() if _BSD.fullmatch(t.id) and t.id not in exact}
    if not called - {License(at_hand[0])}:
        return expression
    return Expression(root=_swapped(expression.root, called, License(at_hand[0])))


def _swapped(node: Node, old: set[License], new: License) -> Node:
    if isinstance(node, License):
        return new if node in old else node
    inner = tuple(dict.fromkeys(_swapped(t, old, new) for t in node.terms))
    if len(inner) == 1:
        return inner[0]
    return Or(inner) if isinstance(node, Or) else And(inner)


def evidence_of(file: FileLicense, *, note: str | None = None) -> tuple[Evidence, ...]:
    """One evidence per license of a file: its longest match."""
    best: dict[str, Match] = {}
    for match in file.matches:
        known = best.get(match.license)
        if known is None or _weight(match) > _weight(known):
            best[match.license] = match
    return tuple(
        Evidence(
            file=file.path,
            sha256=file.sha256,
            start_line=m.start_line,
            end_line=m.end_line,
            license=m.license,
            coverage=m.coverage,
            similarity=m.similarity,
            rule=m.rule,
            note=note,
        )
        for m in sorted(best.values(), key=lambda m: (m.start_line, m.license))
    )[:MOST_EVIDENCE_PER_FILE]


def _weight(match: Match) -> tuple[bool, int, float]:
    return (match.kind in ("text", "tag"), match.end_line - match.start_line, match.coverage)


@dataclass(frozen=True, slots=True)
class _Candidate:
    file: FileLicense
    expression: Expression
    qualifier: str
    is_part: bool


def governing(
    folder: str, files: Sequence[FileLicense], statements: Statements = lambda _, __: ()
) -> Basis | None:
    """Weigh the license files of one folder; None when none of its files holds a license.

    Args:
        folder: The folder in the tree.
        files: Every license-like file and README of the folder, with what was found in each.
        statements: What a file says about several licenses at once.
    """
    roles = [(role_of_path(f.path), f) for f in files]
    code = [f for role, f in roles if role.purpose in (Purpose.CODE, Purpose.PART)]
    # A Creative Commons license beside none of the code is for what lies there, say a font.
    code = code or [f for role, f in roles if role.by_license]
    candidates = [c for c in (_candidate(f, statements) for f in code) if c is not None]
    if len(candidates) > 1:
        texts = [t.id for c in candidates for t in _written(c)]
        candidates = [
            replace(c, expression=meant(c.expression, c.file.matches, texts)) for c in candidates
        ]
    speaking = [f for role, f in roles if role.purpose in _SPEAKING]
    unknown = tuple(f.path for f in code if parse_or_none(f.expression) is None and _may_hold(f))
    exceptions = _exceptions_alone(code)
    if not candidates and not unknown and not exceptions:
        return None
    basis = _Weighing(folder, candidates, speaking, statements).result()
    if exceptions:
        basis = _with_exceptions(basis, exceptions)
    return replace(basis, expression=None, unknown=unknown) if unknown else basis


def _written(candidate: _Candidate) -> tuple[License, ...]:
    """Licenses whose text stands in the file."""
    texts = {t for m in candidate.file.matches if m.kind == "text" for t in terms(m.license)}
    return tuple(t for t in candidate.expression.licenses() if str(t) in texts)


def _candidate(file: FileLicense, statements: Statements) -> _Candidate | None:
    expression = parse_or_none(file.expression)
    if expression is None:
        return None
    role = role_of_path(file.path)
    return _Candidate(
        file,
        _of_code(_chosen(expression, file, statements), file),
        role.qualifier,
        role.purpose is not Purpose.CODE,
    )


def _chosen(expression: Expression, file: FileLicense, statements: Statements) -> Expression:
    """Several licenses of one file, when its own words make them a choice."""
    if len(conjuncts(expression)) > 1:
        for said in statements(file, ()):
            if said.has_choice and stems(said) <= stems(expression) and _texts(file) <= stems(said):
                return said
    return expression


def _texts(file: FileLicense) -> frozenset[str]:
    found = (parse_or_none(m.license) for m in file.matches if m.kind == "text")
    return frozenset[str]().union(*(stems(e) for e in found if e is not None))


def _of_code(expression: Expression, file: FileLicense) -> Expression:
    """Without what is no license of the code beside one that is.

    That is the license of documents or pictures that are only mentioned, and a patent grant.
    """
    texts = _texts(file)
    kept = [t for t in conjuncts(expression) if not _is_beside(t, texts)]
    remaining = conjoin(Expression(root=t) for t in kept)
    return expression if remaining is None or len(kept) == len(conjuncts(expression)) else remaining


def _is_beside(term: Node, texts: frozenset[str]) -> bool:
    if not isinstance(term, License):
        return False
    if _GRANT.fullmatch(term.id):
        return True
    return _CONTENT.match(term.id) is not None and stem(term) not in texts


def _may_hold(file: FileLicense) -> bool:
    """Whether a file without a known license may hold one.

    An exception belongs to another file, a COPYRIGHT file that lists people is none, and a name
    like `check-license` is that of a script.
    """
    if any(m.kind == "exception" for m in file.matches):
        return False
    name = file.path.rpartition("/")[2]
    if file.copyrights and "copyright" in name.lower():
        return False
    return _NAME.match(name) is not None or _CAPITALS.search(name) is not None


@dataclass(frozen=True, slots=True)
class _Weighing:
    folder: str
    candidates: Sequence[_Candidate]
    speaking: Sequence[FileLicense]
    statements: Statements

    def result(self) -> Basis:
        """One license, all of them, a stated choice, or open."""
        parts = [c for c in self.candidates if c.is_part]
        whole = [c for c in self.candidates if not c.is_part]
        distinct = list({c.expression.text: c for c in whole}.values())
        if len(distinct) <= 1:
            basis = self._basis([*whole, *parts], conjoin(c.expression for c in self.candidates))
            return replace(basis, partial=not whole and bool(parts))
        decided, source = self._stated(distinct)
        decided = decided or _complete(distinct) or _lesser(distinct)
        if decided is not None:
            both = conjoin([decided, *(p.expression for p in parts)])
            basis = replace(self._basis([*whole, *parts], both), separate=not decided.has_choice)
            return _with_source(basis, source)
        generic = [c for c in whole if not c.qualifier]
        if len({c.expression.text for c in generic}) == 1:
            return self._main_and_others(generic, whole, parts)
        return self._open(whole)

    def _stated(
        self, candidates: Sequence[_Candidate]
    ) -> tuple[Expression | None, FileLicense | None]:
        """A statement that speaks of all candidates (a choice, or that all apply), and its file."""
        needed = frozenset[str]().union(*(stems(c.expression) for c in candidates))
        texts = tuple(c.expression for c in candidates)
        for file in sorted(self.speaking, key=lambda f: f.path):
            for said in self.statements(file, texts):
                if needed <= stems(said):
                    return said, file
        return None, None

    def _main_and_others(
        self, generic: list[_Candidate], whole: list[_Candidate], parts: list[_Candidate]
    ) -> Basis:
        """A plain LICENSE beside named ones: it governs, the others where files refer to them."""
        main = generic[0].expression
        basis = self._basis([*generic, *parts], conjoin([main, *(p.expression for p in parts)]))
        others = [c for c in whole if not stems(c.expression) <= stems(main)]
        return replace(
            basis,
            alternatives=tuple(c.expression for c in others),
            files=(*basis.files, *(c.file.path for c in others)),
            evidence=(*basis.evidence, *(e for c in others for e in evidence_of(c.file))),
        )

    def _open(self, whole: Sequence[_Candidate]) -> Basis:
        return Basis(
            folder=self.folder,
            expression=None,
            confidence="review",
            files=tuple(c.file.path for c in whole),
            evidence=tuple(e for c in whole for e in evidence_of(c.file)),
            unresolved=tuple(sorted({c.expression.text for c in whole})),
            alternatives=tuple(c.expression for c in whole),
        )

    def _basis(self, used: Sequence[_Candidate], expression: Expression | None) -> Basis:
        files = [c.file for c in used]
        note = _version_note(files)
        levels = [confidence_of(f, f.matches) for f in files]
        return Basis(
            folder=self.folder,
            expression=expression,
            confidence=weakest([*levels, "medium"] if note else levels),
            files=tuple(f.path for f in files),
            evidence=tuple(e for f in files for e in evidence_of(f, note=note)),
        )


def _with_source(basis: Basis, source: FileLicense | None) -> Basis:
    """Add the file that says how the licenses combine to the evidence."""
    if source is None or source.path in basis.files or basis.expression is None:
        return basis
    note = f"Says how the licenses combine: {basis.expression}"
    found = evidence_of(source, note=note)[:2] or (
        Evidence(
            file=source.path, sha256=source.sha256, start_line=1, end_line=1,
            license=basis.expression.text, rule="license-statement", note=note,
        ),
    )  # fmt: skip
    return replace(basis, files=(*basis.files, source.path), evidence=(*basis.evidence, *found))


def is_changed_text(match: Match) -> bool:
    """Whether it is a whole license text with other words in a place that matters."""
    return match.kind == "text" and match.confidence == "review" and match.coverage >= _WHOLE


def confidence_of(file: FileLicense, matches: Sequence[Match]) -> Confidence:
    """How sure a file's statement is: the best match for each license, if nothing casts doubt.

    A whole text that was changed in a word that matters does: its heading says the license, too.
    """
    if any(f.code != "file-unreadable" for f in file.findings):
        return "review"
    if any(map(is_changed_text, matches)):
        return "review"
    best: dict[str, Confidence] = {}
    for match in matches:
        for term in terms(match.license):
            known = best.get(term)
            if known is None or ORDER[match.confidence] < ORDER[known]:
                best[term] = match.confidence
    return weakest(best.values())


def _version_note(files: Iterable[FileLicense]) -> str | None:
    """GNU texts alone leave open whether later versions may be taken; -only is the careful side."""
    for file in files:
        for match in file.matches:
            bare = match.kind == "text" and match.license.endswith("-only")
            if bare and "GPL-" in match.license and not _grants(file, match):
                return (
                    f"The text of {match.license.removesuffix('-only')} stands alone and does not"
                    " say whether later versions may be chosen; read as this version only."
                )
    return None


def _grants(file: FileLicense, text: Match) -> bool:
    family = text.license.removesuffix("-only")
    return any(m.kind != "text" and family in m.license for m in file.matches)


def _complete(candidates: Sequence[_Candidate]) -> Expression | None:
    """The one file that speaks of all licenses that stand in the others (LEGAL, COPYING.md)."""
    needed = frozenset[str]().union(*(stems(c.expression) for c in candidates))
    whole = [c.expression for c in candidates if needed <= stems(c.expression)]
    return whole[0] if len(whole) == 1 else None


def _lesser(candidates: Sequence[_Candidate]) -> Expression | None:
    """LGPL-3.0 is written as additions to GPL-3.0, so its users ship both texts."""
    found = {frozenset(stems(c.expression)): c.expression for c in candidates}
    lesser = found.pop(frozenset({"LGPL-3.0"}), None)
    return lesser if lesser is not None and set(found) == {frozenset({"GPL-3.0"})} else None


def _exceptions_alone(code: Sequence[FileLicense]) -> tuple[str, ...]:
    """Exceptions that stand in a file of their own beside the license text."""
    return tuple(
        m.license
        for f in code
        if f.expression is None
        for m in f.matches
        if m.kind == "exception" and m.confidence != "review"
    )


def _with_exceptions(basis: Basis, exceptions: Sequence[str]) -> Basis:
    if basis.expression is None:
        return basis
    nodes = list(conjuncts(basis.expression))
    for name in exceptions:
        for at, node in enumerate(nodes):
            if isinstance(node, License) and "GPL-" in node.id and node.exception is None:
                nodes[at] = License(node.id, node.or_later, name)
                break
    root: Node = nodes[0] if len(nodes) == 1 else And(tuple(nodes))
    return replace(basis, expression=Expression(root=root, written=str(root)))
