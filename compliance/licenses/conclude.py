"""The license of a module and of each of its linked packages, with the evidence for it.

Per file: what its header says, weighed against the license files above it. Per package: all its
compiled files. Per module: all its linked packages. What no statement decides stays open, and
what nothing names is unknown; neither is ever filled with a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compliance.findings import Evidence, Finding
from compliance.golang import Files, UnreadableFileError
from compliance.licenses.choice import named_together, offered
from compliance.licenses.debian import parse_debian_copyright
from compliance.licenses.deciding import (
    NOTHING,
    Relation,
    Ruling,
    Statement,
    rule_on,
    statement_of,
)
from compliance.licenses.doubts import Doubts, quoted
from compliance.licenses.evidence import Conclusion, Confidence, Copyright, FileLicense
from compliance.licenses.expression import Expression, conjoin, is_permissive, parse_or_none
from compliance.licenses.governing import (
    Basis,
    evidence_of,
    governing,
    stems,
    weakest,
)
from compliance.licenses.holders import merge_copyrights
from compliance.licenses.maps import cut_at_files, parse_licensing
from compliance.licenses.reuse import MalformedMapError, PathRule, parse_reuse_toml
from compliance.licenses.roles import Purpose, role_of_path
from compliance.licenses.wanted import is_inside, join, parent_of, wanted_files

MOST_EVIDENCE = 40
"""Evidence listed per module; headers repeat the same statement in thousands of files."""

_TEXT_PURPOSES = frozenset(
    {
        Purpose.CODE, Purpose.PART, Purpose.NOTICE, Purpose.PATENTS, Purpose.TEXT,
        Purpose.THIRD_PARTY,
    }
)  # fmt: skip
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
    notice and patent files whose text goes with the code; `findings` carry the component.
    """

    conclusion: Conclusion
    packages: Mapping[str, Conclusion]
    copyrights: tuple[Copyright, ...]
    texts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]


def conclude_module(  # noqa: PLR0913 - one value per fact, all by keyword
    *,
    tree: Files,
    detected: Mapping[str, FileLicense],
    packages: Iterable[LinkedPackage],
    root: str = ".",
    outer: str | None = None,
    component: str | None = None,
    first_party: bool = False,
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
        wanted: The files that were read (`wanted_files`), where the caller has them.
    """
    linked = tuple(sorted(packages, key=lambda p: p.import_path))
    folders = {p.folder: p.files for p in linked}
    names = wanted or wanted_files(tree, folders, root=root, outer=outer)
    module = _Module(tree=tree, detected=detected, names=names, root=root, outer=outer)
    compiled = {join(p.folder, f) for p in linked for f in p.files}
    module.gather(compiled)
    results = {p.import_path: module.package(p) for p in linked}
    doubts = Doubts(component=component, tree=tree, first_party=first_party)
    return _concluded(module, results, doubts, compiled)


@dataclass(frozen=True, slots=True)
class _PackageResult:
    conclusion: Conclusion
    notable: Mapping[str, Ruling]
    bases: tuple[Basis, ...]


class _Module:
    """Working state of one module: its license files by folder, and what was decided so far."""

    def __init__(
        self,
        *,
        tree: Files,
        detected: Mapping[str, FileLicense],
        names: Sequence[str],
        root: str,
        outer: str | None,
    ) -> None:
        self.tree, self.detected, self.names = tree, detected, names
        self.root, self.outer = root, outer
        self.files: dict[str, list[FileLicense]] = {}
        self.bases: dict[str, Basis | None] = {}
        self.sidecars: dict[str, FileLicense] = {}
        self.rules: list[PathRule] = []
        self.problems: list[tuple[str, int, str]] = []
        self.said: dict[str, Statement] = {}
        self.rulings: dict[tuple[object, ...], Ruling] = {}

    def gather(self, compiled: set[str]) -> None:
        """Sort the license-like files by folder; read maps of licenses."""
        for path in self.names:
            if path in compiled:
                continue
            file = self.detected.get(path) or FileLicense(path=path, sha256="", expression=None)
            purpose = role_of_path(path).purpose
            if purpose is Purpose.SIDECAR:
                self.sidecars[path[: -len(".license")]] = file
            elif purpose is Purpose.MAP:
                self._read_map(path)
            if purpose is not Purpose.SOURCE:
                self.files.setdefault(self._speaks_in(path, purpose), []).append(file)
        for path in sorted(compiled):
            source = self.sidecars.get(path) or self.detected.get(path)
            if source is not None:
                self.said[path] = statement_of(source, self.lines_of)

    def _speaks_in(self, path: str, purpose: Purpose) -> str:
        folder = parent_of(path)
        return parent_of(folder) if purpose is Purpose.TEXT else folder

    def _read_map(self, path: str) -> None:
        name = path.rpartition("/")[2].lower()
        folder = parent_of(path)
        try:
            if name == "reuse.toml":
                self.rules += parse_reuse_toml(self.bytes_of(path), folder=folder, source=path)
            elif name.startswith("licensing"):
                text = self.bytes_of(path).decode("utf-8", "replace")
                self.rules += parse_licensing(text, folder=folder, source=path)
            else:
                above = parent_of(folder)
                self.rules += parse_debian_copyright(self.bytes_of(path), folder=above, source=path)
        except MalformedMapError as error:
            if name in ("reuse.toml", "dep5"):
                self.problems.append((path, error.line, str(error)))

    def bytes_of(self, path: str) -> bytes:
        """Content of a file; empty when it cannot be read, which detection has reported."""
        try:
            return self.tree.read(path)
        except UnreadableFileError:
            return b""

    def lines_of(self, path: str) -> Sequence[str]:
        """Lines of a file, numbered as matches number them."""
        return self.bytes_of(path).decode("utf-8", "replace").split("\n")

    def basis(self, folder: str) -> Basis | None:
        """What the nearest license files at or above a folder say."""
        if folder not in self.bases:
            self.bases[folder] = self._nearest(folder)
        return self.bases[folder]

    def _nearest(self, folder: str) -> Basis | None:
        own = self._of_folder(folder)
        if own is not None and not own.partial:
            return own
        above = None
        if folder not in (self.root, ".") and is_inside(folder, self.root):
            above = self.basis(parent_of(folder))
        elif own is None:
            return self._fallback()
        return own.beside(above) if own is not None else above

    def _of_folder(self, folder: str) -> Basis | None:
        files = [self._cut(f, folder) for f in self.files.get(folder, ())]
        basis = governing(folder, files, self._statement) if files else None
        return self._with_others(basis) if basis and basis.expression else basis

    def _with_others(self, basis: Basis) -> Basis:
        """Licenses in files of their own: for files that refer to them, for all, or open."""
        referred = frozenset[str]().union(
            *(stems(e) for e in {s.expression for s in self.said.values()} if e)
        )
        loose = [e for e in basis.alternatives if not stems(e) <= referred]
        if not loose or basis.expression is None:
            return basis
        if all(is_permissive(t) for e in [*loose, basis.expression] for t in e.licenses()):
            together = conjoin([basis.expression, *loose])
            return replace(
                basis, expression=together, confidence=weakest([basis.confidence, "medium"])
            )
        texts = sorted({e.text for e in [*loose, basis.expression]})
        return replace(basis, expression=None, unresolved=tuple(texts), confidence="review")

    def _cut(self, file: FileLicense, folder: str) -> FileLicense:
        several = len({m.license for m in file.matches}) > 1
        if not several or role_of_path(file.path).purpose is not Purpose.CODE:
            return file
        sections = cut_at_files(file, "\n".join(self.lines_of(file.path)), folder=folder)
        if sections is None:
            return file
        self.rules += sections.rules
        return sections.general

    def _statement(self, file: FileLicense) -> Iterator[Expression]:
        """Statements about several licenses in the words of a file."""
        for match in file.matches:
            said = parse_or_none(match.license)
            if said is not None and match.confidence != "review" and len(said.licenses()) > 1:
                yield said
        if len({m.license for m in file.matches}) > 1:
            lines = self.lines_of(file.path)
            choice = offered(file.matches, lines)
            if choice is not None:
                yield choice
            together = named_together(file.matches, lines)
            if together is not None:
                yield together

    def _fallback(self) -> Basis | None:
        """Without a license file: a lone text in LICENSES/, the repository's, the README."""
        texts = [f for f in self.files.get(self.root, ()) if _purpose(f) is Purpose.TEXT]
        alone = governing(self.root, [replace(f, path=_as_license(f)) for f in texts])
        if alone is not None and alone.expression is not None and not alone.alternatives:
            return replace(alone, confidence=weakest([alone.confidence, "medium"]))
        if self.outer is not None and self.outer != self.root:
            outer = self._of_folder(self.outer)
            if outer is not None:
                return outer
        return self._readme()

    def _readme(self) -> Basis | None:
        for file in self.files.get(self.root, ()):
            said = [m for m in file.matches if m.kind in ("notice", "text", "tag")]
            if _purpose(file) is Purpose.README and said and file.expression:
                return Basis(
                    folder=self.root,
                    expression=parse_or_none(file.expression),
                    confidence="review",
                    files=(file.path,),
                    evidence=evidence_of(file, note="Named in the README; no license text."),
                    prose=True,
                )
        return None

    def package(self, package: LinkedPackage) -> _PackageResult:
        """Rule on every compiled file of a package, and join the answers."""
        nearest = self.basis(package.folder)
        tally = _Tally()
        for name in package.files:
            path = join(package.folder, name)
            said = self.said.get(path, NOTHING)
            rule = self._rule_for(path) if self.rules else None
            if rule is None:
                tally.add(path, said, nearest, self._ruling(said, nearest))
            else:
                basis = _basis_of_rule(rule, self.detected)
                tally.add(path, said, basis, _mapped(said, basis, rule))
        return tally.result(self.detected)

    def _ruling(self, said: Statement, basis: Basis | None) -> Ruling:
        key = (id(basis), *said.key)
        known = self.rulings.get(key)
        if known is None:
            known = self.rulings[key] = rule_on(said, basis)
        return known

    def _rule_for(self, path: str) -> PathRule | None:
        for rule in reversed(self.rules):
            if rule.expression is not None and rule.matches(path):
                return rule
        return None


def _purpose(file: FileLicense) -> Purpose:
    return role_of_path(file.path).purpose


def _as_license(file: FileLicense) -> str:
    return f"LICENSE-{file.path.rpartition('/')[2].lower()}"


def _basis_of_rule(rule: PathRule, detected: Mapping[str, FileLicense]) -> Basis:
    source = detected.get(rule.source)
    return Basis(
        folder=f"{rule.source}:{rule.line}",
        expression=rule.expression,
        confidence="high",
        files=(rule.source,),
        evidence=(
            Evidence(
                file=rule.source,
                sha256=source.sha256 if source else "",
                start_line=max(1, rule.line),
                end_line=max(1, rule.line),
                license=rule.expression.text if rule.expression else None,
                rule="license-map",
                note=f"says it of {rule.pattern}",
            ),
        ),
    )


def _mapped(said: Statement, basis: Basis, rule: PathRule) -> Ruling:
    """The ruling on a file of which a map of licenses speaks."""
    ruling = rule_on(NOTHING if rule.precedence == "override" else said, basis)
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

    def add(self, path: str, said: Statement, basis: Basis | None, ruling: Ruling) -> None:
        """Count one file."""
        self.rulings.setdefault(id(ruling), ruling)
        relation = ruling.relation
        if basis is not None:
            self.bases.setdefault(basis.folder, basis)
            if relation is not Relation.OWN:
                self.relies.setdefault(basis.folder, basis)
        if relation in (Relation.NOTHING, Relation.CONFLICTS):
            self.notable[path] = ruling
        if relation is not Relation.INHERITS and said.expression is not None:
            self.proofs.setdefault((relation, said.expression.text), (path, said))

    def result(self, detected: Mapping[str, FileLicense]) -> _PackageResult:
        """The conclusion for the package."""
        rulings = list(self.rulings.values())
        known = {r.expression for r in rulings if r.expression is not None}
        complete = all(r.expression is not None for r in rulings)
        together = conjoin(known)
        unresolved = sorted({u for b in self.bases.values() for u in b.unresolved})
        conclusion = Conclusion(
            declared=None,
            detected=tuple(sorted(e.text for e in known)),
            concluded=together.text if together and complete else None,
            confidence=weakest(r.confidence for r in rulings) if complete else "review",
            evidence=tuple(self._evidence(detected))[:MOST_EVIDENCE],
            unresolved=() if complete else tuple(unresolved),
        )
        return _PackageResult(conclusion, self.notable, tuple(self.bases.values()))

    def _evidence(self, detected: Mapping[str, FileLicense]) -> Iterator[Evidence]:
        for basis in self.relies.values():
            yield from basis.evidence
        for path, said in self.proofs.values():
            file = detected.get(path)
            if file is not None:
                yield from evidence_of(replace(file, matches=said.matches))


def _concluded(
    module: _Module,
    results: Mapping[str, _PackageResult],
    doubts: Doubts,
    compiled: set[str],
) -> ModuleConclusion:
    packages = {name: r.conclusion for name, r in results.items()}
    root = module.basis(module.root)
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
        detected=_detected(module, compiled),
        concluded=together.text if together and complete else None,
        confidence=confidence,
        evidence=tuple(evidence.values())[:MOST_EVIDENCE],
        unresolved=tuple(sorted({u for c in packages.values() for u in c.unresolved})),
    )
    findings = doubts.of(
        conclusion=conclusion,
        rulings={p: r for result in results.values() for p, r in result.notable.items()},
        bases=_bases(results.values()),
        files=[*_counted(module), *_sources(module, compiled)],
        problems=module.problems,
    )
    return ModuleConclusion(
        conclusion=replace(conclusion, findings=findings),
        packages=packages,
        copyrights=merge_copyrights(_copyrights(module, compiled)),
        texts=_texts(module),
        findings=findings,
    )


def _bases(results: Iterable[_PackageResult]) -> tuple[Basis, ...]:
    return tuple({b.folder: b for r in results for b in r.bases}.values())


def _counted(module: _Module) -> Iterator[FileLicense]:
    for folder in sorted(module.files):
        for file in module.files[folder]:
            unreadable = any(f.code == "file-unreadable" for f in file.findings)
            if unreadable or _purpose(file) in _COUNTED:
                yield file


def _sources(module: _Module, compiled: set[str]) -> Iterator[FileLicense]:
    for path in sorted(compiled):
        file = module.detected.get(path)
        if file is not None:
            yield file


def _detected(module: _Module, compiled: set[str]) -> tuple[str, ...]:
    found = {f.expression for files in module.files.values() for f in files if f.expression}
    found |= {f.expression for f in _sources(module, compiled) if f.expression}
    return tuple(sorted(found))


def _copyrights(module: _Module, compiled: set[str]) -> Iterator[Copyright]:
    for folder in sorted(module.files):
        for file in module.files[folder]:
            if _purpose(file) in (Purpose.CODE, Purpose.PART, Purpose.NOTICE, Purpose.SIDECAR):
                yield from file.copyrights
    for file in _sources(module, compiled):
        yield from file.copyrights


def _texts(module: _Module) -> tuple[tuple[str, str], ...]:
    found = {
        f.path: f.sha256
        for files in module.files.values()
        for f in files
        if f.sha256 and _purpose(f) in _TEXT_PURPOSES
    }
    return tuple(sorted(found.items()))


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
