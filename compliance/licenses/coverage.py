"""Which license files cover which folder of a module: the nearest ones, maps, the README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compliance.findings import Evidence, Finding
from compliance.golang import Files, UnreadableFileError
from compliance.licenses.choice import moved, named_together, offered, offered_by_name
from compliance.licenses.debian import parse_debian_copyright
from compliance.licenses.deciding import Statement, is_usual, statement_of
from compliance.licenses.evidence import FileLicense
from compliance.licenses.expression import Expression, conjoin, is_permissive, parse_or_none
from compliance.licenses.governing import Basis, evidence_of, governing, stems, weakest
from compliance.licenses.maps import parse_default, parse_licensing
from compliance.licenses.reuse import MalformedMapError, PathRule, parse_reuse_toml
from compliance.licenses.roles import Purpose, role_of_path
from compliance.licenses.sections import cut_at_files
from compliance.licenses.statement import Said, join
from compliance.licenses.wanted import is_inside, parent_of
from compliance.licenses.wanted import join as join_path
from compliance.value import replace


class Coverage:
    """The license-like files of one module by folder, and what its compiled files say.

    `said` has the statement of each compiled file that makes one; `files` the others by the folder
    they speak in; `problems` (path, line, reason) the maps that cannot be read; `cut` has what
    license files say of the whole, where parts of them are for named files, and `applied` the
    doubts about parts that are for compiled files. `under_sidecars` has what compiled files say
    themselves beside a `.license` file, and that as their basis. `defaults` has what the map of a
    folder calls the license of all that it does not name.
    """

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
        self.under_sidecars: dict[str, tuple[Statement, Basis]] = {}
        self.rules: list[PathRule] = []
        self.defaults: dict[str, Expression] = {}
        self.problems: list[tuple[str, int, str]] = []
        self.cut: dict[str, FileLicense] = {}
        self.applied: set[Finding] = set()
        self.said: dict[str, Statement] = {}
        self._last: tuple[str, Sequence[str]] = "", ()

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
        alike: dict[tuple[int, str | None], Statement] = {}
        for path in sorted(compiled):
            source = self._source(path)
            if source is not None and is_usual(source):
                # Files with the same header share its matches.
                key = (id(source.matches), source.expression)
                said = alike.get(key)
                if said is None:
                    said = alike[key] = statement_of(source, self.lines_of)
                self.said[path] = said
            elif source is not None:
                self.said[path] = statement_of(source, self.lines_of)

    def _source(self, path: str) -> FileLicense | None:
        """What speaks for a compiled file: the `.license` file beside it, else itself."""
        own, sidecar = self.detected.get(path), self.sidecars.get(path)
        if sidecar is None or sidecar.expression is None:
            return own
        if own is not None and own.expression is not None:
            header = statement_of(own, self.lines_of)
            self.under_sidecars[path] = header, _basis_of_sidecar(sidecar)
        return sidecar

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
                default = parse_default(text)
                if default is not None:
                    self.defaults[folder] = default
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
        """Lines of a file, numbered as matches number them.

        Questions about one file follow each other: the last one is kept.
        """
        if self._last[0] != path:
            self._last = path, self.bytes_of(path).decode("utf-8", "replace").split("\n")
        return self._last[1]

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
        cut = (self._cut(f, folder) for f in self.files.get(folder, ()))
        files = [f for f in cut if f is not None]
        basis = governing(folder, files, self._statement) if files else None
        if basis is not None and basis.expression is None:
            basis = self._by_default(basis)
        return self._with_others(basis) if basis and basis.expression else basis

    def _by_default(self, basis: Basis) -> Basis:
        """Of licenses in files of their own, the one that a map beside them calls the default."""
        default = self.defaults.get(basis.folder)
        if default is None or basis.unknown or default.text not in basis.unresolved:
            return basis
        others = tuple(e for e in basis.alternatives if e.text != default.text)
        return replace(
            basis, expression=default, confidence="medium", unresolved=(), alternatives=others
        )

    def _with_others(self, basis: Basis) -> Basis:
        """Licenses in files of their own: for files that refer to them, for all, or open.

        A map of folders refers to them, too.
        """
        named = [s.expression for s in self.said.values()]
        named += [r.expression for r in self.rules if is_inside(r.folder, basis.folder)]
        referred = frozenset[str]().union(*(stems(e) for e in set(named) if e))
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

    def _cut(self, file: FileLicense, folder: str) -> FileLicense | None:
        """What a license file says of the whole; None where it only speaks of named files."""
        if not file.matches or role_of_path(file.path).purpose is not Purpose.CODE:
            return file
        text = "\n".join(self.lines_of(file.path))
        sections = cut_at_files(
            file, text, folder=folder, exists=lambda path: self._is_there(folder, path)
        )
        if sections is None:
            return file
        self.rules += sections.rules
        self.cut[file.path] = sections.general or replace(
            file, matches=(), findings=(), expression=None
        )
        return sections.general

    def _is_there(self, folder: str, path: str) -> bool:
        """Whether a path below a folder is in the tree."""
        here = folder
        for step in path.removeprefix("./").rstrip("/").split("/"):
            if step not in self.tree.listing(here):
                return False
            here = join_path(here, step)
        return True

    def _statement(
        self, file: FileLicense, candidates: Sequence[Expression]
    ) -> Iterator[Expression]:
        """Statements about several licenses in the words of a file."""
        several = len({m.license for m in file.matches}) > 1
        if several and (whole := moved(file.matches, self.lines_of(file.path))) is not None:
            yield whole
        for match in file.matches:
            said = parse_or_none(match.license)
            if said is not None and match.confidence != "review" and len(said.licenses()) > 1:
                yield said
        if several or (candidates and purpose_of(file) is not Purpose.CODE):
            lines = self.lines_of(file.path)
            found = [offered(file.matches, lines)] if several else []
            if candidates:
                found.append(offered_by_name(candidates, lines))
            if several:
                found.append(named_together(file.matches, lines))
            yield from (e for e in found if e is not None)

    def _fallback(self) -> Basis | None:
        """Without a license file: a lone text in LICENSES/, the repository's, the README."""
        texts = [f for f in self.files.get(self.root, ()) if purpose_of(f) is Purpose.TEXT]
        alone = governing(self.root, [replace(f, path=_as_license(f)) for f in texts])
        if alone is not None and alone.expression is not None and not alone.alternatives:
            return replace(alone, confidence=weakest([alone.confidence, "medium"]))
        if self.outer is not None and self.outer != self.root:
            outer = self._of_folder(self.outer)
            if outer is not None:
                return outer
        return self._readme()

    def _readme(self) -> Basis | None:
        """A README with the whole text is a license file; one that names a license is prose."""
        for file in self.files.get(self.root, ()):
            said = [m for m in file.matches if m.kind in ("notice", "text", "tag")]
            if purpose_of(file) is Purpose.README and said and file.expression:
                whole = [m for m in said if m.kind == "text" and m.confidence != "review"]
                text = parse_or_none(join([Said(m.license, m.kind) for m in whole]))
                note = None if text else "Named in the README; no license text."
                return Basis(
                    folder=self.root,
                    expression=text or parse_or_none(file.expression),
                    confidence="medium" if text else "review",
                    files=(file.path,),
                    evidence=evidence_of(file, note=note),
                    prose=text is None,
                )
        return None

    def rule_for(self, path: str) -> PathRule | None:
        """What a map of licenses says of a path; the last rule that matches counts."""
        for rule in reversed(self.rules):
            if (rule.expression is not None or rule.unknown) and rule.matches(path):
                return rule
        return None


def purpose_of(file: FileLicense) -> Purpose:
    """Purpose of a license-like file by its name."""
    return role_of_path(file.path).purpose


def _as_license(file: FileLicense) -> str:
    return f"LICENSE-{file.path.rpartition('/')[2].lower()}"


def _basis_of_sidecar(file: FileLicense) -> Basis:
    """What a `.license` file says of the file beside it (REUSE 3.3: it takes precedence)."""
    return Basis(
        folder=file.path,
        expression=parse_or_none(file.expression),
        confidence=weakest(m.confidence for m in file.matches),
        files=(file.path,),
        evidence=evidence_of(file),
    )


def basis_of_rule(rule: PathRule, detected: Mapping[str, FileLicense]) -> Basis:
    """What a rule of a map says, as the basis for the files it matches."""
    source = detected.get(rule.source)
    return Basis(
        folder=f"{rule.source}:{rule.line}",
        expression=rule.expression,
        confidence="review" if rule.doubts or rule.unknown else "high",
        files=(rule.source,),
        unknown=(rule.source,) if rule.unknown else (),
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
