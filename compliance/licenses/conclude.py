"""The license of a module and of each of its linked packages, with the evidence for it.

Per file: what its header says, weighed against the license files above it. Per package: all its
compiled files. Per module: all its linked packages. What no statement decides stays open, and
what nothing names is unknown; neither is ever filled with a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from compliance.findings import Evidence, Finding
from compliance.golang import Files
from compliance.licenses.coverage import Coverage, basis_of_rule, purpose_of
from compliance.licenses.deciding import (
    NOTHING,
    Relation,
    Ruling,
    Statement,
    pointed_at,
    rule_on,
    rule_over,
)
from compliance.licenses.doubts import Doubts, quoted
from compliance.licenses.evidence import Conclusion, Confidence, Copyright, FileLicense
from compliance.licenses.expression import Expression, License, conjoin, parse_or_none
from compliance.licenses.governing import (
    Basis,
    evidence_of,
    weakest,
)
from compliance.licenses.holders import merge_copyrights
from compliance.licenses.notices import HeaderText, header_texts
from compliance.licenses.ownterms import SAID_BESIDE
from compliance.licenses.reuse import PathRule
from compliance.licenses.roles import Purpose
from compliance.licenses.wanted import join, wanted_files
from compliance.value import dataclass, replace

MOST_EVIDENCE = 40
"""Evidence listed per module; headers repeat the same statement in thousands of files."""

_TEXT_PURPOSES = frozenset(
    {
        Purpose.CODE, Purpose.PART, Purpose.NOTICE, Purpose.PATENTS, Purpose.TEXT,
        Purpose.THIRD_PARTY,
    }
)  # fmt: skip
_OPEN = frozenset({Relation.NOTHING, Relation.CONFLICTS, Relation.MENTIONS, Relation.OVERRIDDEN})
_LICENSES = frozenset({Purpose.CODE, Purpose.PART})
_COUNTED = frozenset({Purpose.CODE, Purpose.PART, Purpose.TEXT, Purpose.SIDECAR, Purpose.MAP})


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPackage:
    """A package whose files are compiled: `folder` in the tree, `files` relative to it."""

    import_path: str
    folder: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleConclusion:
    """What is concluded about a module.

    `packages` has an entry for each linked package. `texts` are (path, sha256) of the license,
    notice and patent files whose text goes with the code, `headers` the license texts that stand
    in source files only; `findings` carry the component.
    """

    conclusion: Conclusion
    packages: Mapping[str, Conclusion]
    copyrights: tuple[Copyright, ...]
    texts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    headers: tuple[HeaderText, ...] = ()


def conclude_module(  # noqa: PLR0913 - one value per fact, all by keyword
    *,
    tree: Files,
    detected: Mapping[str, FileLicense],
    packages: Iterable[LinkedPackage],
    root: str = ".",
    outer: str | None = None,
    component: str | None = None,
    first_party: bool = False,
    beside: bool = False,
    wanted: Sequence[str] | None = None,
) -> ModuleConclusion:
    """Conclude the license of a module from what was detected in its files.

    Args:
        tree: Where the module lies; a few license files are read again for their wording.
        detected: What was found, by path in the tree; files without a statement may be missing.
        packages: The linked packages of the module.
        root: Folder of the module in the tree.
        outer: Folder whose license files stand in when the module has none of its own: the root
            of the repository for a module in it, as the go command copies it into module zips.
        component: Package URL for the findings.
        first_party: Code of the scanned repository: no license is no finding there.
        beside: Code in a folder of the repository that takes the place of a module of the same
            owner: no license is no finding there, either; license files of its own count.
        wanted: The files that were read (`wanted_files`), where the caller has them.
    """
    linked = tuple(sorted(packages, key=lambda p: p.import_path))
    folders = {p.folder: p.files for p in linked}
    names = wanted or wanted_files(tree, folders, root=root, outer=outer)
    coverage = Coverage(tree=tree, detected=detected, names=names, root=root, outer=outer)
    compiled = {join(p.folder, f) for p in linked for f in p.files}
    coverage.gather(compiled)
    rulings: dict[tuple[object, ...], Ruling] = {}
    results = {p.import_path: _package(coverage, p, rulings, ours=first_party) for p in linked}
    terms = {root, outer} if first_party else {outer} - {root}
    doubts = Doubts(
        component=component,
        tree=tree,
        first_party=first_party or beside,
        terms=frozenset(folder for folder in terms if folder is not None),
    )
    return _concluded(coverage, results, doubts, compiled)


@dataclass(frozen=True, slots=True)
class _PackageResult:
    conclusion: Conclusion
    notable: Mapping[str, Ruling]
    bases: tuple[Basis, ...]
    own: tuple[str, ...]
    relies: frozenset[str]


def _package(
    coverage: Coverage,
    package: LinkedPackage,
    rulings: dict[tuple[object, ...], Ruling],
    *,
    ours: bool,
) -> _PackageResult:
    """Rule on every compiled file of a package, and join the answers."""
    nearest = coverage.basis(package.folder)
    tally = _Tally()
    prefix = "" if package.folder == "." else f"{package.folder}/"
    said_of = coverage.said.get
    alike: set[int] = set()
    for name in sorted(package.files):
        path = prefix + name
        said = said_of(path, NOTHING)
        rule = coverage.rule_for(path) if coverage.rules else None
        if rule is not None:
            coverage.applied.update(rule.doubts)
            basis = basis_of_rule(rule, coverage.detected)
            tally.add(path, said, basis, _mapped(said, basis, rule, nearest))
        elif path in coverage.under_sidecars and _is_overridden(coverage, path):
            header, basis = coverage.under_sidecars[path]
            tally.add(path, header, basis, rule_over(header, basis))
        elif id(said) in alike:
            continue  # a file before it was ruled on in the same words, and left nothing to tell
        elif nearest is None and said.expression is not None:
            tally.add(path, said, None, _alone(coverage, rulings, path, said))
        else:
            ruling = _ruling(rulings, said, nearest, ours=ours)
            if not tally.add(path, said, nearest, ruling):
                alike.add(id(said))
    # Without a compiled file nothing of its own says more than the license file above it.
    beside = nearest is not None and (
        not package.files or nearest.folder == package.folder != coverage.root
    )
    return tally.result(coverage.detected, nearest if beside else None)


def _is_overridden(coverage: Coverage, path: str) -> bool:
    """Whether a `.license` file takes back what its file says, and that is no open license."""
    return rule_over(*coverage.under_sidecars[path]).relation is Relation.OVERRIDDEN


def _ruling(
    known: dict[tuple[object, ...], Ruling], said: Statement, basis: Basis | None, *, ours: bool
) -> Ruling:
    quick = (id(basis), id(said))
    found = known.get(quick)
    if found is None:
        key = (id(basis),) if said is NOTHING else (id(basis), *said.key)
        found = known.get(key)
        if found is None:
            found = known[key] = rule_on(said, basis, ours=ours)
        known[quick] = found
    return found


def _alone(
    coverage: Coverage, known: dict[tuple[object, ...], Ruling], path: str, said: Statement
) -> Ruling:
    """The ruling on a file without license files above it, which may point at one."""
    key = ("alone", id(said))
    if key not in known:
        ruling = rule_on(said, None)
        absent = pointed_at(said, coverage.lines_of(path))
        sure = weakest([ruling.confidence, "medium"]) if absent else ruling.confidence
        known[key] = replace(ruling, confidence=sure, absent=absent)
    return known[key]


def _mapped(said: Statement, basis: Basis, rule: PathRule, nearest: Basis | None) -> Ruling:
    """The ruling on a file of which a map of licenses speaks."""
    if rule.beside and nearest is not None and basis.expression is not None:
        ruling = rule_on(said, nearest)
        if ruling.expression is not None:
            return replace(
                ruling,
                expression=conjoin([ruling.expression, basis.expression]),
                confidence=weakest([ruling.confidence, basis.confidence]),
            )
    if rule.precedence == "override":
        return rule_over(said, basis)
    ruling = rule_on(said, basis)
    if rule.precedence == "aggregate" and ruling.expression and basis.expression:
        return replace(ruling, expression=conjoin([ruling.expression, basis.expression]))
    return ruling


class _Tally:
    """Answers for the files of one package, joined; equal answers are counted once."""

    def __init__(self) -> None:
        self.rulings: dict[int, Ruling] = {}
        self.notable: dict[str, Ruling] = {}
        self.bases: dict[str, Basis] = {}
        self.proofs: dict[tuple[Relation, str], tuple[str, Statement]] = {}
        self.relies: dict[str, Basis] = {}
        self.plain: dict[int, Ruling] = {}
        self.headers: dict[License, None] = {}

    def add(self, path: str, said: Statement, basis: Basis | None, ruling: Ruling) -> bool:
        """Count one file; whether it is notable by itself."""
        self.rulings.setdefault(id(ruling), ruling)
        relation = ruling.relation
        if basis is not None:
            self.bases.setdefault(basis.folder, basis)
            if relation is not Relation.OWN:
                self.relies.setdefault(basis.folder, basis)
        unsure = ruling.confidence == "review" and relation in (Relation.OWN, Relation.NARROWS)
        notable = unsure or bool(ruling.absent) or relation in _OPEN
        if notable:
            self.notable[path] = ruling
        if said.headers and said.expression is not None:
            self.headers.update(dict.fromkeys(said.expression.licenses()))
        else:
            self.plain.setdefault(id(ruling), ruling)
        if relation is not Relation.INHERITS and said.expression is not None:
            self.proofs.setdefault((relation, said.expression.text), (path, said))
        return notable

    def result(self, detected: Mapping[str, FileLicense], beside: Basis | None) -> _PackageResult:
        """The conclusion; a license file that stands in the folder of the package applies."""
        if beside is not None:
            ruling = rule_on(NOTHING, beside)
            self.rulings[id(ruling)] = ruling
            self.relies.setdefault(beside.folder, beside)
        rulings = list(self.rulings.values())
        known = list({id(r.expression): r.expression for r in rulings if r.expression}.values())
        complete = all(r.expression is not None for r in rulings)
        together = conjoin(known)
        unresolved = sorted({u for b in self.bases.values() for u in b.unresolved})
        conclusion = Conclusion(
            declared=None,
            detected=tuple(sorted({e.text for e in known})),
            concluded=together.text if together and complete else None,
            confidence=weakest(r.confidence for r in rulings) if complete else "review",
            evidence=tuple(self._evidence(detected))[:MOST_EVIDENCE],
            unresolved=() if complete else tuple(unresolved),
            header_material=self._header_material() if self.headers else (),
        )
        own = tuple(path for path, _ in self.proofs.values())
        bases = tuple(self.bases.values())
        return _PackageResult(conclusion, self.notable, bases, own, frozenset(self.relies))

    def _header_material(self) -> tuple[str, ...]:
        """Licenses that no other file of the package has, nor the license files above it."""
        said = [r.expression for r in self.plain.values()]
        said += [b.expression for b in self.bases.values()]
        others = {term for e in said if e is not None for term in e.licenses()}
        return tuple(sorted(str(t) for t in self.headers if t not in others))

    def _evidence(self, detected: Mapping[str, FileLicense]) -> Iterator[Evidence]:
        for basis in self.relies.values():
            yield from basis.evidence
        for path, said in self.proofs.values():
            file = detected.get(path)
            if file is not None:
                yield from evidence_of(replace(file, matches=said.matches))


def _concluded(
    coverage: Coverage,
    results: Mapping[str, _PackageResult],
    doubts: Doubts,
    compiled: set[str],
) -> ModuleConclusion:
    packages = {name: r.conclusion for name, r in results.items()}
    root = coverage.basis(coverage.root)
    concluded = [parse_or_none(c.concluded) for c in packages.values()]
    complete = bool(concluded) and all(e is not None for e in concluded)
    together = conjoin(e for e in concluded if e is not None)
    evidence: dict[tuple[str, int, str | None], Evidence] = {}
    for item in (e for c in packages.values() for e in c.evidence):
        evidence.setdefault((item.file, item.start_line, item.license), item)
    confidence: Confidence = (
        weakest(c.confidence for c in packages.values()) if complete else "review"
    )
    conclusion = Conclusion(
        declared=root.expression.text if root and root.expression and not root.prose else None,
        detected=_detected(coverage, compiled),
        concluded=together.text if together and complete else None,
        confidence=confidence,
        evidence=tuple(evidence.values())[:MOST_EVIDENCE],
        unresolved=tuple(sorted({u for c in packages.values() for u in c.unresolved})),
    )
    relies = frozenset[str]().union(*(r.relies for r in results.values()))
    every = _bases(results.values())
    bases = tuple(b for b in every if b.folder in relies or not b.lists_works)
    aside = {p for b in every if b not in bases for p in b.files}
    findings = doubts.of(
        conclusion=conclusion,
        rulings={p: r for result in results.values() for p, r in result.notable.items()},
        bases=bases,
        files=[
            *(f for f in _counted(coverage) if f.path not in aside),
            *_sources(coverage, compiled),
        ],
        problems=coverage.problems,
    )
    return ModuleConclusion(
        conclusion=replace(conclusion, findings=findings),
        packages=packages,
        copyrights=merge_copyrights(_copyrights(coverage, compiled)),
        texts=_texts(coverage),
        findings=findings,
        headers=_headers(coverage, sorted({p for r in results.values() for p in r.own})),
    )


def _bases(results: Iterable[_PackageResult]) -> tuple[Basis, ...]:
    return tuple({b.folder: b for r in results for b in r.bases}.values())


def _files(coverage: Coverage) -> Iterator[FileLicense]:
    """The license-like files that are for the module, by folder.

    Those of the repository around it are where it has none of its own; notices and maps are.
    """
    apart = coverage.outer if coverage.outer != coverage.root else None
    used = any(b is not None and b.folder == apart for b in coverage.bases.values())
    for folder in sorted(coverage.files):
        for file in coverage.files[folder]:
            if folder != apart or used or purpose_of(file) not in _LICENSES:
                yield file


def _counted(coverage: Coverage) -> Iterator[FileLicense]:
    for file in _files(coverage):
        unreadable = any(f.code == "file-unreadable" for f in file.findings)
        if unreadable or purpose_of(file) in _COUNTED:
            whole = coverage.cut.get(file.path, file)
            applied = tuple(f for f in file.findings if f in coverage.applied)
            yield replace(whole, findings=(*whole.findings, *applied)) if applied else whole
        elif bound := tuple(f for f in file.findings if f.message.startswith(SAID_BESIDE)):
            yield replace(file, findings=bound)


def _sources(coverage: Coverage, compiled: set[str]) -> Iterator[FileLicense]:
    for path in sorted(compiled):
        file = coverage.detected.get(path)
        if file is not None:
            yield file


def _detected(coverage: Coverage, compiled: set[str]) -> tuple[str, ...]:
    found = {f.expression for f in _files(coverage) if f.expression}
    found |= {f.expression for f in _sources(coverage, compiled) if f.expression}
    return tuple(sorted(found))


def _copyrights(coverage: Coverage, compiled: set[str]) -> Iterator[Copyright]:
    for file in _files(coverage):
        if purpose_of(file) in (Purpose.CODE, Purpose.PART, Purpose.NOTICE, Purpose.SIDECAR):
            yield from file.copyrights
    for file in _sources(coverage, compiled):
        yield from file.copyrights


def _texts(coverage: Coverage) -> tuple[tuple[str, str], ...]:
    used = {p for b in coverage.bases.values() if b is not None for p in b.files}
    found = {
        f.path: f.sha256
        for f in _files(coverage)
        if f.sha256
        and (purpose_of(f) in _TEXT_PURPOSES or (purpose_of(f) is Purpose.DOCS and f.path in used))
    }
    return tuple(sorted(found.items()))


def _headers(coverage: Coverage, paths: Iterable[str]) -> tuple[HeaderText, ...]:
    """License texts in source files, each wording once."""
    found: dict[str, HeaderText] = {}
    for path in paths:
        file = coverage.detected.get(path)
        if file is not None and any(m.kind == "text" for m in file.matches):
            for header in header_texts(file, coverage.lines_of(path)):
                found.setdefault(" ".join(header.text.split()), header)
    return tuple(found.values())


def apply_curation(conclusion: Conclusion, license: str, because: str) -> Conclusion:
    """The conclusion as a person corrected it; declared and detected stay as they were.

    Raises:
        InvalidExpressionError: `license` is no SPDX expression.
    """
    text = Expression.parse(license).text
    note = f"Curated to {text}: {because}"
    return replace(
        conclusion,
        concluded=text,
        confidence="high",
        unresolved=(),
        evidence=(*conclusion.evidence, quoted(note, text)),
        findings=tuple(f for f in conclusion.findings if f.code not in _SETTLED),
    )


_SETTLED = frozenset(
    {"unknown-license", "license-choice-unresolved", "license-conflict", "license-text-missing"}
)
