"""Components of a scan as elements of a bill of materials: who, which version, from where.

What is not known is not filled in: a supplier that cannot be told from the module path or the
origin of the bytes stays NOASSERTION, a download location is the place the bytes came from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from compliance import patterns as re
from compliance.findings import Evidence
from compliance.golang import Module
from compliance.integrity import Voucher
from compliance.outputs.sbommodel import (
    DEVEL,
    NO_ASSERTION,
    NONE,
    Agent,
    Element,
    ElementKind,
    Occurrence,
    Purpose,
    Replaced,
)
from compliance.outputs.sbomorigin import (
    GO_AUTHORS,
    commit_location,
    declared_publisher,
    homepage_of,
    is_no_zip,
    owner,
    owner_of_mains,
    pages_of,
    release_time,
    repository_of,
    source_words,
    tree_location,
    vouched,
    zip_location,
)
from compliance.outputs.sbomtext import (
    clean,
    digest,
    golang_purl,
    identifier,
    line,
    locator,
    module_sum,
    public_url,
    purl,
)
from compliance.outputs.spdxlicense import SpdxLicense, join_and, spdx_license
from compliance.report import (
    SYSTEM,
    ArtifactReport,
    Component,
    PackageLicense,
    ScanReport,
    Use,
)

_RELEASE = re.compile(r"(?:go)?(?P<number>[0-9]+(?:\.[0-9]+)*)(?P<update>(?:beta|rc)[0-9]+)?")

_BESIDE_NOTES: Mapping[str, str] = {
    "c-library": "A C library that cgo code asks for; which version there is, the scan cannot see.",
    "embedded": "A file that is inside as it is: its license is that of its folder or module, what "
    "was compiled into it is not known.",
}
_USE_WORDS: Mapping[str, str] = {
    "cgo-static": "Linked statically by", "cgo-dynamic": "Linked dynamically by",
    "ebpf-load": "Loaded into the kernel by",
}  # fmt: skip

_LICENSE_FILE = re.compile(r"(?:UN)?LICEN[CS]E|COPYING|COPYRIGHT", re.IGNORECASE)

# More lines of evidence than these help nobody inside a bill; the report has all.
_MAX_EVIDENCE = 5
_MAX_PACKAGES = 20
# NOTICE files are a few kilobytes; a larger one is named instead of quoted.
_MAX_ATTRIBUTION = 65_536
# A work under more distinct licenses than this has no useful conjunction.
_MAX_TERMS = 100


class Elements:
    """Turns components and artifacts of one report into elements.

    Expressions repeat hundreds of times in a report, so that each is read once.
    """

    def __init__(self, report: ScanReport) -> None:
        self._report = report
        self._license = lru_cache(maxsize=None)(spdx_license)
        self.refs: dict[str, str] = {}
        self.texts = dict(report.license_refs)
        self.publisher = declared_publisher(report.publisher) or owner_of_mains(report)

    def license(self, text: str | None) -> SpdxLicense:
        """The expression fit for documents; remembers the LicenseRefs it needs."""
        made = self._license(text)
        if made.refs:
            self.refs.update(made.refs)
        return made

    def main_version(self) -> str:
        """Version of what was scanned: its commit, or `(devel)` as the go command says."""
        subject = self._report.subject
        if not subject.commit:
            return DEVEL
        return line(subject.commit) + ("+dirty" if subject.dirty else "")

    def component(self, item: Component) -> Element:
        """The element of a module, the standard library or a declared component."""
        module = item.module
        kind = _kind(item)
        replaced = _replaced(item)
        name, version = item.path, item.version
        if kind == "declared":  # as the linker knows a C library that Go source names
            name = name.removeprefix("c:")
        if replaced and module and module.replace and module.replace.version is not None:
            name, version = module.replace.path, module.replace.version
        local = kind == "module" and module is not None and module.folder is not None
        if kind == "main" or local:
            version = self.main_version()
        if kind == "standard-library":
            name, version = "stdlib", _go_version(self._report.toolchain or item.version)
        name, version = line(name), line(version)
        declared, concluded, notes = self._licenses(item)
        supplier, originator = self._agents(item, kind, name, local=local)
        archive = None if is_no_zip(item) else item.archive
        sha256 = digest(archive.sha256, 64) if archive else None
        url = zip_location(item)
        repository, homepage = pages_of(kind, name, version)
        # In the order of the fields: a call with so many names would cost as much as all the rest.
        return Element(
            identifier(kind, item.path, item.version),
            kind,
            name or "unnamed",
            version or NO_ASSERTION,
            self._purpose(kind),
            _purl(item, kind, name, version, moved=bool(replaced)),
            declared,
            concluded,
            _copyright(item),
            supplier,
            originator,
            _cpe(version) if kind == "standard-library" else None,
            notes,
            self._scanned() if kind == "main" and item.origin is None else source_words(item),
            commit_location(item) or repository,
            self._revision(item, kind),
            url or tree_location(item),
            homepage,
            (line(item.file) or _file_name(url, version)) if sha256 else None,
            sha256,
            digest(archive.sha512, 128) if archive else None,
            module_sum(item.sum),
            vouched(item.verification.voucher, item.verification.because)[1],
            release_time(item),
            replaced,
            item.modified,
            _attributions(item, self._report.texts) if item.texts else (),
            _notes(item, replaced),
        )

    def beside(self, item: Component, holder: Element | None) -> Element:
        """The element of a C library that is linked, or of a program or object file inside.

        `holder` is the element of the module that an embedded file is part of: it comes from the
        same hands in the same version. Of a library that Go source only names, nothing is known.
        """
        kind = _kind(item)
        declared, concluded, notes = self._licenses(item)
        if holder and holder.kind == "main" and item.conclusion.concluded is None:
            concluded, notes = holder.concluded, "It is first-party code like its module."
        name = line(item.path.removeprefix("c:")) or "unnamed"
        base = (holder.purl or "").partition("#")[0] if holder else ""
        archive = item.archive
        return Element(
            key=identifier(kind, item.path, item.holder),
            kind=kind,
            name=name,
            version=holder.version if holder else NO_ASSERTION,
            purpose="FILE" if kind == "embedded" else "LIBRARY",
            purl=purl(f"{base}#{locator(item.file)}") if base else purl(item.purl),
            declared=declared,
            concluded=concluded,
            license_notes=notes,
            copyright=_copyright(item),
            supplier=holder.supplier if holder else None,
            originator=holder.originator if holder else None,
            source=" ".join(_use_words(u) for u in item.uses),
            repository=holder.repository if holder else None,
            file_name=line(item.file.rpartition("/")[2]) or None if archive else None,
            sha256=digest(archive.sha256, 64) if archive else None,
            sha512=digest(archive.sha512, 128) if archive else None,
            released=holder.released if holder else None,
            notes=(_BESIDE_NOTES[kind],),
            occurrences=tuple(
                Occurrence(line(u.file) or line(u.source), u.line, line(_user_words(u)))
                for u in item.uses
            ),
        )

    def artifact(self, item: ArtifactReport, main: Component | None) -> Element:
        """The element of something that is built: a work made of all that is linked into it."""
        artifact = item.verdict.artifact
        declared = self.license(artifact.outbound)
        concluded, notes = self._combined(item)
        root = line(artifact.root)
        path = main.path if main else ""
        base = purl(main.purl) if main else None
        inside = root[len(path) + 1 :] if path and root.startswith(path + "/") else ""
        archive = item.archive
        said = (
            f"Built from package {root}." if root else "",
            f"Platforms: {', '.join(map(line, artifact.platforms))}." if artifact.platforms else "",
        )
        return Element(
            key=identifier("artifact", artifact.name, artifact.root),
            kind="artifact",
            name=line(artifact.name) or "unnamed",
            version=self.main_version(),
            purpose="APPLICATION",
            purl=(f"{base}#{locator(inside)}" if inside else base) if base else None,
            declared=declared.text,
            concluded=concluded,
            license_notes=" ".join((*declared.notes, *notes)),
            copyright=_copyright(main) if main else NO_ASSERTION,
            supplier=self.publisher,
            originator=self.publisher,
            download=public_url(archive.url) if archive else None,
            homepage=homepage_of("main", line(path)),
            repository=(main and commit_location(main)) or repository_of("main", line(path), ""),
            file_name=(line(item.file) or line(artifact.name)) if archive else None,
            sha256=digest(archive.sha256, 64) if archive else None,
            sha512=digest(archive.sha512, 128) if archive else None,
            source=f"Built from the main module {line(path)}." if path else "",
            notes=tuple(s for s in said if s),
        )

    def toolchain(self) -> Element:
        """The Go toolchain that builds: a tool, not part of what is shipped."""
        version = _go_version(self._report.toolchain)
        return Element(
            key=identifier("toolchain", "go", version),
            kind="toolchain",
            name="go",
            version=version or NO_ASSERTION,
            purpose="APPLICATION",
            purl=golang_purl("toolchain", version),
            cpe=_cpe(version),
            declared="BSD-3-Clause",
            concluded="BSD-3-Clause",
            copyright=NO_ASSERTION,
            supplier=GO_AUTHORS,
            originator=GO_AUTHORS,
            homepage="https://go.dev/",
        )

    def _scanned(self) -> str:
        """Where the code of a main module was read: the repository, in which state."""
        subject = self._report.subject
        if not subject.commit:
            return "Read from the scanned folder."
        changed = ", with changes that are not committed" if subject.dirty else ""
        return f"Read from the scanned repository at commit {line(subject.commit)}{changed}."

    def _revision(self, item: Component, kind: ElementKind) -> str | None:
        """`swh:1:rev:<commit>`: the name of a git commit at Software Heritage and elsewhere."""
        subject, origin = self._report.subject, item.origin
        if kind == "main":
            commit = None if subject.dirty else digest(subject.commit, 40)
        else:
            commit = digest(origin.commit, 40) if origin and origin.vcs == "git" else None
        return f"swh:1:rev:{commit}" if commit else None

    def _purpose(self, kind: ElementKind) -> Purpose:
        return "APPLICATION" if kind == "main" and self._report.artifacts else "LIBRARY"

    def _licenses(self, item: Component) -> tuple[str, str, str]:
        """Declared, concluded, and the sentences that explain them."""
        conclusion = item.conclusion
        said = conclusion.declared or self._unidentified(item)
        outbound = self._outbound(item) if said is None else None
        declared = self.license(said or outbound)
        concluded = self.license(conclusion.concluded or outbound)
        notes = [*dict.fromkeys((*declared.notes, *concluded.notes))]
        if outbound and conclusion.concluded is None:
            notes.append(
                "No license file names the terms of this first-party code: it is under "
                "the license that its artifacts are shipped under."
            )
        elif conclusion.concluded is None:
            notes.append("No license could be concluded: the terms are unknown.")
        elif declared.text not in (concluded.text, NO_ASSERTION):
            notes.append(
                f"The license files at the root say {declared.text}; "
                f"{concluded.text} is concluded from all files that count."
            )
        notes += _evidence(item)
        notes += self._packages(item.packages)
        return declared.text, concluded.text, " ".join(notes)

    def _outbound(self, item: Component) -> str | None:
        """The license under which a main module without one is shipped, if there is one answer."""
        if _kind(item) != "main":
            return None
        shipped = (a.verdict.artifact for a in self._report.artifacts)
        given = {a.outbound for a in shipped if a.name in item.artifacts}
        return given.pop() if len(given) == 1 else None

    def _unidentified(self, item: Component) -> str | None:
        """License files that name no known license, each as a LicenseRef with its whole text."""
        found = [(f, sha) for f, sha in item.texts if _LICENSE_FILE.match(f.rpartition("/")[2])]
        depth = min((f.count("/") for f, _ in found), default=0)
        digests = {sha for f, sha in found if f.count("/") == depth and digest(sha, 64)}
        refs = {f"LicenseRef-unidentified-{sha[:12]}": sha for sha in sorted(digests)}
        texts = {r: text for r, sha in refs.items() if (text := self._report.texts.get(sha))}
        self.texts.update(texts)
        return " AND ".join(texts) or None

    def _packages(self, packages: tuple[PackageLicense, ...]) -> list[str]:
        """Where the linked packages are not all under the same terms: which ones differ."""
        spellings = dict.fromkeys(p.license for p in packages)
        if len(spellings) <= 1 or len({self.license(text).text for text in spellings}) <= 1:
            return []
        said = [(p, self.license(p.license).text) for p in packages]
        count = Counter(text for _, text in said)
        (most, number), *_ = sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))
        other = [f"{line(p.import_path)}: {text}" for p, text in said if text != most]
        return [
            f"Of the linked packages {number} are under {most}, others are not: "
            f"{_listed(other[:_MAX_PACKAGES], len(other))}"
        ]

    def _combined(self, item: ArtifactReport) -> tuple[str, tuple[str, ...]]:
        """The conjunction of all that is linked, with the arms of choices that were elected."""
        name = item.verdict.artifact.name
        elected = {(e.component, e.expression): e.elected for e in item.verdict.elections}
        texts, unknown = set(), 0
        for c in self._report.components:
            if name not in c.artifacts or c.scope != "linked" or c.category == SYSTEM:
                continue
            given = c.conclusion.concluded
            if given is None and _kind(c) == "main" and not c.conclusion.declared:
                given = item.verdict.artifact.outbound
            text = self.license(elected.get((c.purl, given or ""), given)).text
            unknown += text == NO_ASSERTION
            texts.add(text)
        texts -= {NO_ASSERTION, NONE}
        if unknown:
            return NO_ASSERTION, (f"The license of {unknown} of its components is unknown.",)
        if not texts or len(texts) > _MAX_TERMS:
            return NO_ASSERTION, ()
        notes = [
            "Declared is the license of the first-party code; concluded is the conjunction of the "
            "licenses of all that is linked."
        ]
        chosen = [
            f"{line(e.elected)} of {line(e.expression)} for {line(e.component)}"
            for e in item.verdict.elections
        ]
        if chosen:
            notes.append(f"Elected: {_listed(chosen[:_MAX_PACKAGES], len(chosen))}")
        return join_and(frozenset(texts)), tuple(notes)

    def _agents(
        self, item: Component, kind: ElementKind, name: str, *, local: bool
    ) -> tuple[Agent | None, Agent | None]:
        """Who supplies it to us, and who made it."""
        if kind == "standard-library":
            return GO_AUTHORS, GO_AUTHORS
        if kind == "main":
            return self.publisher, self.publisher
        if kind == "declared":
            supplier = Agent(name=name) if (name := line(item.supplier)) else None
            return supplier, None
        maker = owner(name, item)
        if local:
            return self.publisher, owner(line(item.path), None) or self.publisher
        return (self.publisher if item.modified else maker), maker


def _use_words(use: Use) -> str:
    return f"{_USE_WORDS.get(use.kind, 'Embedded by')} {_user_words(use)}."


def _user_words(use: Use) -> str:
    """`package (file:line) for cells`."""
    place = f" ({line(use.file)}:{use.line})" if use.file and use.line else ""
    cells = f" for {', '.join(map(line, use.cells))}" if use.cells else ""
    return f"{line(use.source)}{place}{cells}"


def _kind(item: Component) -> ElementKind:
    if item.kind == "module" and item.module and item.module.main:
        return "main"
    return item.kind


def _replaced(item: Component) -> Replaced | None:
    """The module version that is not used, when a replace directive points elsewhere."""
    module = item.module
    if module is None or module.main or module.replace is None:
        return None
    place = module.replace.location
    where = f" at {line(place.file)}:{place.line}" if place and place.line else ""
    return Replaced(
        name=line(module.id.path),
        version=line(module.id.version),
        purl=golang_purl(line(module.id.path), line(module.id.version)),
        because=f"replace directive{where}",
    )


def _purl(
    item: Component, kind: ElementKind, name: str, version: str, *, moved: bool
) -> str | None:
    if kind == "standard-library":
        return golang_purl("stdlib", version)
    given = purl(item.purl)
    if kind == "declared":
        plain = given and version and "@" not in given.rpartition("/")[2]
        return purl(f"{item.purl}@{locator(version)}") if plain else given
    module = item.module
    if moved and module and module.replace:
        if module.replace.version is None:  # a folder has no package URL but that of its module
            return golang_purl(line(item.path), "")
        return golang_purl(name, version)
    return given or golang_purl(name or "unnamed", line(item.version))


def _go_version(text: str) -> str:
    return line(text).removeprefix("go")


def _cpe(version: str) -> str | None:
    """CPE 2.3 name of a Go release, in the form the vulnerability databases use."""
    found = _RELEASE.match(version)
    if not found:
        return None
    update = found["update"] or "-"
    return f"cpe:2.3:a:golang:go:{found['number']}:{update}:*:*:*:*:*:*"


def _copyright(item: Component) -> str:
    """Statements one a line; NONE where files were read and none was found."""
    given = item.copyrights
    said = line(given[0]) if len(given) == 1 else "\n".join(sorted({*map(line, given)} - {""}))
    if said:
        return said
    absent = (Voucher.MISSING, Voucher.MISMATCH)
    if item.kind == "declared" or item.verification.voucher in absent:
        return NO_ASSERTION
    return NONE if item.place or item.texts or item.packages else NO_ASSERTION


def _evidence(item: Component) -> list[str]:
    given = item.conclusion.evidence
    if not given:
        return []
    made = [_proof(e) for e in given[:_MAX_EVIDENCE]]
    return [f"Evidence: {_listed(made, len(given))}"]


def _proof(e: Evidence) -> str:
    end = f"({int(e.coverage * 100)} % of the text, sha256 {e.sha256[:12]})"
    said = f"{e.file}:{e.start_line}-{e.end_line} {e.license or 'no license'} {end}"
    if said.isascii() and said.isprintable() and "  " not in said and " :" not in said:
        return said.lstrip(" ")
    end = f"({int(e.coverage * 100)} % of the text, sha256 {line(e.sha256)[:12]})"
    return f"{line(e.file)}:{e.start_line}-{e.end_line} {line(e.license or 'no license')} {end}"


def _listed(shown: list[str], total: int) -> str:
    more = total - len(shown)
    return "; ".join(shown) + (f"; and {more} more." if more > 0 else ".")


def _file_name(url: str | None, version: str) -> str:
    """Name of the file whose digests are given: the module zip of the module proxy protocol."""
    return (url.rpartition("/")[2] if url else "") or f"{version}.zip"


def _attributions(item: Component, texts: Mapping[str, str]) -> tuple[str, ...]:
    """NOTICE files: attributions that the license asks to pass on (Apache-2.0, section 4 (d))."""
    made = []
    for file, sha256 in item.texts:
        if file.rpartition("/")[2].upper().startswith("NOTICE"):
            text = clean(texts.get(sha256, "")).strip()
            short = len(text) <= _MAX_ATTRIBUTION
            made.append(text if short else f"See the file {line(file)}.")
    return tuple(t for t in made if t)


def _sentence(text: str) -> str:
    return line(text).rstrip(".")


def _notes(item: Component, replaced: Replaced | None) -> tuple[str, ...]:
    module: Module | None = item.module
    said, folder = [], False
    if replaced and module and module.replace:
        folder = module.replace.version is None
        by = f"The folder {line(module.replace.path)} stands" if folder else "Stands"
        said.append(f"{by} in for {replaced.name} {replaced.version} ({replaced.because}).")
    if item.modified and not folder:  # a folder was compared with nothing
        said.append("The files differ from those that were published under this version.")
    if module and module.retracted:
        said.append(
            f"Retracted by its author: {_sentence('; '.join(module.retracted)) or 'no reason'}."
        )
    if module and module.deprecated is not None:
        said.append(f"Deprecated by its author: {_sentence(module.deprecated)}.")
    if item.kind == "standard-library" and item.archive:
        said.append(
            "It was read from the module golang.org/toolchain: the digests are those of its zip, "
            f"{line(item.file)}."
        )
    if item.kind == "declared":
        said.append("Declared by the policy or repository configuration, not seen by the scan.")
    return tuple(said)
