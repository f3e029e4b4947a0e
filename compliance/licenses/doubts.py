"""What a person has to look at before the license of a module is settled, as findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from compliance.findings import Evidence, ExcerptLine, Finding, Location, Severity, curation_lines
from compliance.golang import Files, UnreadableFileError
from compliance.licenses.deciding import Relation, Ruling
from compliance.licenses.evidence import Conclusion, FileLicense, Match
from compliance.licenses.governing import Basis, evidence_of
from compliance.licenses.names import role_of
from compliance.licenses.ownterms import SAID as OWN_TERMS
from compliance.licenses.ownterms import SAID_BESIDE
from compliance.licenses.unlisted import NAMED
from compliance.licenses.wanted import is_inside, parent_of
from compliance.licenses.within import text_within
from compliance.value import dataclass, replace

EXCERPT_LINES = 8
"""Lines quoted of one piece of evidence: enough to recognise a clause."""

EXCERPT_WIDTH = 300
"""Characters of a quoted line; minified sources have lines of megabytes."""

MOST_FILES_NAMED = 3

OUTBOUND_UNDECLARED = "outbound-undeclared"
"""Code of the finding that our own license file is no known license, which a declared outbound
license settles."""


def quoted(note: str, license: str) -> Evidence:
    """Evidence that stands in no file: what a person decided."""
    return Evidence(file="", sha256="", start_line=0, end_line=0, license=license, note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Makes the findings of one module; `component` is its package URL.

    `terms` are the folders whose license files are the repository's own word: what stands there
    and is no known license is what the owner of the code says of it, and nobody has to ask him.
    """

    component: str | None
    tree: Files
    first_party: bool
    terms: frozenset[str] = frozenset()

    def of(
        self,
        *,
        conclusion: Conclusion,
        rulings: Mapping[str, Ruling],
        bases: Sequence[Basis],
        files: Iterable[FileLicense],
        problems: Iterable[tuple[str, int, str]],
    ) -> tuple[Finding, ...]:
        """All findings, worst first."""
        found: list[Finding] = []
        found.extend(self._unknown(rulings, bases))
        found.extend(self._bases(bases, conclusion.unresolved))
        found.extend(self._conflicts(rulings, conclusion))
        found.extend(self._mentions(rulings))
        found.extend(self._overridden(rulings))
        found.extend(self._absent(rulings))
        found.extend(self._maps(problems))
        seen = list({f.path: f for f in files}.values())
        own = {p for b in bases for p in b.unknown if self._is_own(p)}
        told = (
            (file.path, f)
            for file in seen
            for f in file.findings
            if f.code != "unknown-license"
            or not (file.path in own or self._speaks_of_ours(f, file.path, bases))
        )
        found.extend(self._of_files(told))
        found.extend(self._modified(bases, seen, conclusion.concluded))
        found.extend(self._unsure(rulings, seen, conclusion.concluded))
        return tuple(sorted(dict.fromkeys(found), key=Finding.sort_key))

    def _of_files(self, told: Iterable[tuple[str, Finding]]) -> Iterable[Finding]:
        """What was found about single files; terms that many state in the same words are one."""
        alike: dict[object, list[tuple[str, Finding]]] = {}
        for path, f in told:
            same = f.message if f.message.startswith(OWN_TERMS) else (path, f)
            alike.setdefault(same, []).append((path, f))
        for group in alike.values():
            paths = sorted({path for path, _ in group})
            _, first = min(group, key=lambda item: item[0])
            more = f" ({_listed(paths)})" if len(paths) > 1 else ""
            yield replace(
                first,
                message=f"{first.message}{more}",
                component=self.component,
                folders=_folders(paths),
                remedy=first.remedy.replace(" under curations.", f": {self._curation()}"),
            )

    def _curation(self, license: str = "...") -> str:
        """The lines of .compliance.yaml that settle the license of the module."""
        return curation_lines(self.component, license)

    def _unknown(self, rulings: Mapping[str, Ruling], bases: Sequence[Basis]) -> Iterable[Finding]:
        texts = sorted({path for b in bases for path in b.unknown})
        for path in texts:
            if self._is_own(path):
                yield self._finding(
                    OUTBOUND_UNDECLARED,
                    Severity.REVIEW,
                    f"the text of {path} is no license that is known: the code under it is taken to"
                    " be proprietary",
                    "say under which license it goes out: outbound of the deployment in"
                    " .compliance.yaml (LicenseRef-proprietary for closed code), or --outbound",
                    location=Location(file=path),
                    folders=_folders((path,)),
                )
                continue
            yield self._finding(
                "unknown-license",
                Severity.BLOCK,
                f"the text of {path} is no license that is known",
                f"read it and record what it allows ({self._curation()}), or do without the module",
                location=Location(file=path),
                folders=_folders((path,)),
            )
        bare = sorted(p for p, r in rulings.items() if r.relation is Relation.NOTHING)
        if bare and not self.first_party:
            yield self._finding(
                "unknown-license",
                Severity.BLOCK,
                f"no license text covers {_listed(bare)}",
                "ask the author for a license, replace the module, or record what was agreed:"
                f" {self._curation()}",
                location=Location(file=bare[0]),
                folders=_folders(bare),
            )

    def _speaks_of_ours(self, finding: Finding, path: str, bases: Iterable[Basis]) -> bool:
        """Whether the head of a file of ours keeps what no license file gives away."""
        if not self.first_party or not finding.message.startswith((OWN_TERMS, SAID_BESIDE, NAMED)):
            return False
        above = [b for b in bases if is_inside(parent_of(path), b.folder)]
        nearest = max(above, key=lambda b: len(b.folder), default=None)
        return nearest is None or nearest.expression is None

    def _is_own(self, path: str) -> bool:
        return parent_of(path) in self.terms

    def _bases(self, bases: Sequence[Basis], open_: Sequence[str]) -> Iterable[Finding]:
        for basis in bases:
            if basis.unresolved and not set(basis.unresolved).isdisjoint(open_):
                yield self._finding(
                    "license-choice-unresolved",
                    Severity.REVIEW,
                    f"{_listed(basis.files)} hold {' and '.join(basis.unresolved)}, and nothing at"
                    " hand says whether one may be chosen or all apply",
                    "read the README of the module and record the answer:"
                    f" {self._curation(' AND '.join(basis.unresolved))}, with OR where one may be"
                    " chosen",
                    location=Location(file=basis.files[0]),
                    folders=_folders(basis.files[:1]),
                    evidence=self._excerpts(basis.evidence),
                )
            if basis.expression and basis.lists_works:
                yield self._finding(
                    "license-conflict",
                    Severity.REVIEW,
                    f"{_listed(basis.files)} name {len(basis.expression.licenses())} licenses, as a"
                    " list of the works in a product does; all of them are taken to apply to the"
                    " packages below, but for files whose header names one",
                    "look which of them are for the linked packages and record them:"
                    f" {self._curation()}",
                    location=Location(file=basis.files[0]),
                    folders=_folders(basis.files[:1]),
                )
            if basis.prose:
                yield self._finding(
                    "license-text-missing",
                    Severity.REVIEW,
                    f"only {basis.files[0]} names a license; the module has no license text",
                    "confirm the license with the author and record it:"
                    f" {self._curation(basis.expression.text if basis.expression else '...')}",
                    location=Location(file=basis.files[0]),
                    folders=_folders(basis.files[:1]),
                    license=basis.expression.text if basis.expression else None,
                    evidence=self._excerpts(basis.evidence),
                )

    def _conflicts(
        self, rulings: Mapping[str, Ruling], conclusion: Conclusion
    ) -> Iterable[Finding]:
        paths = sorted(p for p, r in rulings.items() if r.relation is Relation.CONFLICTS)
        if paths:
            shown = conclusion.evidence
            yield self._finding(
                "license-conflict",
                Severity.REVIEW,
                f"the headers of {_listed(paths)} name another license than the license file above"
                f" them, and one of the two restricts use ({rulings[paths[0]].expression})",
                f"ask the author which of the two is meant, and record it: {self._curation()}",
                location=Location(file=paths[0]),
                folders=_folders(paths),
                license=str(rulings[paths[0]].expression),
                evidence=self._excerpts(shown[:4]),
            )

    def _mentions(self, rulings: Mapping[str, Ruling]) -> Iterable[Finding]:
        alike: dict[tuple[str, str], list[str]] = {}
        for path, ruling in sorted(rulings.items()):
            if ruling.relation is Relation.MENTIONS:
                key = (str(ruling.mentioned), str(ruling.expression))
                alike.setdefault(key, []).append(path)
        for (named, above), paths in sorted(alike.items()):
            yield self._finding(
                "license-conflict",
                Severity.REVIEW,
                f"{_listed(paths)}: a comment names {named} in passing; the license file above"
                f" says {above}",
                "read the sentence, and record what holds for this code:"
                f" {self._curation(f'{named} AND {above}')}, or {above} alone",
                location=Location(file=paths[0]),
                folders=_folders(paths),
                license=named,
            )

    def _overridden(self, rulings: Mapping[str, Ruling]) -> Iterable[Finding]:
        """Files whose own word a map of licenses, or the `.license` file beside, takes back."""
        alike: dict[tuple[str, str], list[str]] = {}
        for path, ruling in sorted(rulings.items()):
            if ruling.relation is Relation.OVERRIDDEN:
                key = (str(ruling.mentioned), str(ruling.expression))
                alike.setdefault(key, []).append(path)
        for (own, both), paths in sorted(alike.items()):
            yield self._finding(
                "license-conflict",
                Severity.REVIEW,
                f"{_listed(paths)} say{'s' if len(paths) == 1 else ''} {own}, and a map of licenses"
                f" or a .license file overrides it; both are taken to apply ({both})",
                "ask who holds the rights in the files which of the two is meant; correct the map,"
                f" or record the answer: {self._curation()}",
                location=Location(file=paths[0]),
                folders=_folders(paths),
                license=own,
            )

    def _absent(self, rulings: Mapping[str, Ruling]) -> Iterable[Finding]:
        """Notices that point at a license file, where none is at hand."""
        alike: dict[tuple[str, str], list[str]] = {}
        for path, ruling in sorted(rulings.items()):
            if ruling.absent and not self.first_party:
                alike.setdefault((ruling.absent, str(ruling.expression)), []).append(path)
        for (name, license_), paths in sorted(alike.items()):
            yield self._finding(
                "license-text-missing",
                Severity.REVIEW,
                f"{_listed(paths)} point{'s' if len(paths) == 1 else ''} at {name} for the terms"
                f" ({license_}), and the module has no license text",
                f"read the text there or ask the author, and record it: {self._curation(license_)}",
                location=Location(file=paths[0]),
                folders=_folders(paths),
                license=license_,
            )

    def _maps(self, problems: Iterable[tuple[str, int, str]]) -> Iterable[Finding]:
        for path, line, message in problems:
            yield self._finding(
                "spdx-expression-invalid",
                Severity.REVIEW,
                f"{path} cannot be read: {message}",
                "correct the file; what it says of other files was left out",
                location=Location(file=path, line=line or None),
            )

    def _modified(
        self, bases: Sequence[Basis], files: Sequence[FileLicense], concluded: str | None
    ) -> Iterable[Finding]:
        """License files with a text that differs in a word that matters, or that name no license.

        A few words that name a class of licenses ("permissive terms") are as doubtful as a change.
        """
        known = {f.path: f for f in files}
        for basis in bases:
            if basis.confidence != "review" or basis.prose or basis.unresolved:
                continue
            for path in basis.files:
                file = known.get(path)
                unsure = [m for m in file.matches if m.confidence == "review"] if file else []
                if file is None or file.findings or not unsure:
                    continue
                changed = [m for m in unsure if m.similarity < 1 or m.coverage < 1]
                told = changed or unsure
                licenses = sorted({m.license for m in told})
                names = _listed(licenses)
                meaning = concluded or (basis.expression.text if basis.expression else "...")
                yield self._finding(
                    "unknown-license",
                    Severity.REVIEW,
                    f"{path} {doubt_words(licenses, names, changed=bool(changed))}",
                    ("compare it with the original text" if changed else "read the lines")
                    + f", and record what it means: {self._curation(meaning)}",
                    location=Location(file=path, line=told[0].start_line),
                    folders=_folders((path,)),
                    license=names if len(licenses) == 1 else None,
                    evidence=self._excerpts(e for e in evidence_of(file) if e.license in licenses),
                )

    def _unsure(
        self, rulings: Mapping[str, Ruling], files: Sequence[FileLicense], concluded: str | None
    ) -> Iterable[Finding]:
        """Headers and texts in source files that differ from what they resemble."""
        doubted = {f.path for f in files if f.findings}
        sources = {f.path: f for f in files}
        alike: dict[tuple[str, tuple[Match, ...]], list[str]] = {}
        for path, ruling in sorted(rulings.items()):
            own = ruling.relation in (Relation.OWN, Relation.NARROWS)
            if own and ruling.confidence == "review" and path not in doubted:
                unsure = _unsure_of(sources[path]) if path in sources else ()
                told = tuple(replace(m, start=0, end=0, start_line=0, end_line=0) for m in unsure)
                alike.setdefault((str(ruling.expression), told), []).append(path)
        for (expression, told), paths in sorted(alike.items(), key=lambda item: item[1]):
            unsure = _unsure_of(sources[paths[0]]) if told else ()
            changed = not told or any(m.similarity < 1 or m.coverage < 1 for m in told)
            licenses = sorted({m.license for m in told}) or [expression]
            quoted_here = evidence_of(sources[paths[0]]) if told else ()
            yield self._finding(
                "unknown-license",
                Severity.REVIEW,
                f"a passage of {_listed(paths)}"
                f" {doubt_words(licenses, _listed(licenses), changed=changed)}",
                ("compare it with the original text" if changed else "read the lines")
                + f", and record what it means: {self._curation(concluded or expression)}",
                location=Location(file=paths[0], line=unsure[0].start_line if unsure else None),
                folders=_folders(paths),
                license=licenses[0] if len(licenses) == 1 else expression,
                evidence=self._excerpts(e for e in quoted_here if e.license in licenses),
            )

    def _finding(
        self, code: str, severity: Severity, message: str, remedy: str, **more: object
    ) -> Finding:
        return Finding(
            code=code,
            severity=severity,
            message=message,
            remedy=remedy,
            component=self.component,
            **more,  # type: ignore[arg-type]
        )

    def _excerpts(self, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        return tuple(replace(e, excerpt=excerpt(self.tree, e)) for e in evidence)


def _unsure_of(file: FileLicense) -> tuple[Match, ...]:
    """The matches that leave a license open which no other match of the file makes sure."""
    sure = {m.license for m in file.matches if m.confidence != "review"}
    unsure = tuple(m for m in file.matches if m.confidence == "review")
    return tuple(m for m in unsure if m.license not in sure) or unsure


def excerpt(tree: Files, evidence: Evidence) -> tuple[ExcerptLine, ...]:
    """The first lines of the place that a piece of evidence points at, cut to a width."""
    if not evidence.file:
        return ()
    try:
        data = text_within(tree.read(evidence.file))
    except UnreadableFileError:
        return ()
    last = min(evidence.end_line, evidence.start_line + EXCERPT_LINES - 1)
    lines = data.split(b"\n", last)[evidence.start_line - 1 : last]
    quoted_lines = (line[: EXCERPT_WIDTH * 4].decode("utf-8", "replace") for line in lines)
    return tuple(
        ExcerptLine(line=number, text=text.rstrip("\r")[:EXCERPT_WIDTH])
        for number, text in enumerate(quoted_lines, evidence.start_line)
    )


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    """Where the files hold: source files in their folder, all others in what is below it, too."""
    found = set()
    for path in paths:
        folder = path.rpartition("/")[0] or "."
        found.add(folder if role_of(path) == "source" else f"{folder}/...")
    return tuple(sorted(found))


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(paths[:MOST_FILES_NAMED])
    more = len(paths) - MOST_FILES_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def doubt_words(licenses: Sequence[str], names: str, *, changed: bool) -> str:
    """What a text that is no sure sign of a license does: it resembles, says or means one."""
    if changed:
        return f"resembles {names}, with changes that matter"
    if any(name.startswith("LicenseRef-") for name in licenses):
        return f"says {names}, which is no license that could be looked up"
    return f"is probably {names}: its words are too few or too common to be sure"
