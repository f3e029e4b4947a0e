"""All that was learned before judging, and the graph that it makes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeGuard

from compliance.findings import Severity
from compliance.graph import STANDARD_LICENSE, PackageFacts
from compliance.licenses import Expression, License, conjoin, conjuncts, is_license_name
from compliance.pipeline.contexts import toolchain_version
from compliance.pipeline.turns import license_turns
from compliance.policy import category
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.findings import Finding
    from compliance.golang import Cell, Module, ModuleVersion, Package, SideScope
    from compliance.graph import EdgeKind
    from compliance.licenses import Conclusion, FileLicense, LinkedPackage, ModuleConclusion
    from compliance.pipeline.archives import ZipDigests
    from compliance.pipeline.builds import Build, Plan
    from compliance.pipeline.inventory import Inventory
    from compliance.pipeline.licensing import Reading
    from compliance.pipeline.vendoring import Vendored
    from compliance.policy import Policy
    from compliance.report import BinaryComparison

STANDARD_LICENSE_FILE = "LICENSE"
LicenseFiles = Mapping[str, set[str]]
"""Licenses, without versions, that license files give; by folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Facts of one scan.

    `cells` are keyed by the name of the build, `concluded` by module; `license_files` is what those
    of the repository give, `standard` what those of the Go distribution say, `zips` the digests of
    the zips of linked modules, `binary` what an executable and the source differ in, `dirty`
    whether tracked files differ from the commit (None outside git), `without_maker` files of the
    repository outside vendor/ that were read and do not mention bpf2go.
    """

    inventory: Inventory
    policy: Policy
    plan: Plan
    cells: Mapping[str, tuple[Cell, ...]]
    side: SideScope
    readings: tuple[Reading, ...]
    concluded: Mapping[ModuleVersion, ModuleConclusion]
    standard: Mapping[str, FileLicense]
    findings: tuple[Finding, ...]
    vendored: Vendored
    detected: Mapping[str, Mapping[str, FileLicense]]
    license_files: LicenseFiles
    zips: ZipDigests
    binary: BinaryComparison | None = None
    dirty: bool | None = None
    without_maker: frozenset[str] = frozenset()

    @property
    def builds(self) -> tuple[Build, ...]:
        """One per artifact."""
        return self.plan.builds

    def all_cells(self) -> tuple[Cell, ...]:
        """The cells of all builds."""
        return tuple(c for build in self.builds for c in self.cells[build.name])

    def standard_purl(self) -> str:
        """Package URL of the standard library (the form of OSV and syft)."""
        version = self.go_version()
        return f"pkg:golang/stdlib@{version}" if version else "pkg:golang/stdlib"

    def said_of(self, reading: Reading, package: LinkedPackage) -> str | None:
        """The license that was concluded for a package; None where none was."""
        concluded = self.concluded.get(reading.module.id)
        conclusion = concluded.packages.get(package.import_path) if concluded else None
        return license_of(conclusion) if conclusion else None

    def go_version(self) -> str:
        """Version of the standard library: `1.26.8`, "" where nothing says it."""
        return toolchain_version(self.inventory.settings, self.inventory.workspace)


def outbound_licenses(learned: Learned) -> Mapping[str, str]:
    """What the license files of the repository say of its own code.

    By module path what the module declares; by import path what a main package says of itself
    where that is another license that a file in its folder or above gives (a program under GPL in
    a repository whose library is under LGPL), and what strong copyleft of our own code it links
    (an Apache-2.0 tool that is built from AGPL-3.0 packages goes out under both). Silent modules
    are left out.
    """
    found: dict[str, str] = {}
    files = learned.license_files
    for module in learned.inventory.build.modules:
        declared = _declared(learned, module) if module.main else None
        if declared is not None:
            found[module.id.path] = declared
    for cell in learned.all_cells():
        for package in cell.packages:
            if package.name == "main" and package.module and package.module.path in found:
                own = _own_license(learned, package, files)
                if own is not None and own != found[package.module.path]:
                    found[package.import_path] = own
    strong = _strong(learned)
    for cell in learned.all_cells() if strong else ():
        main = next((p for p in cell.packages if p.import_path == cell.main), None)
        base = found.get(cell.main) or (main and main.module and found.get(main.module.path))
        if base:
            linked = {strong[p.import_path] for p in cell.packages if p.import_path in strong}
            found[cell.main] = _together(base, linked)
    return found


def _strong(learned: Learned) -> Mapping[str, str]:
    """Packages of our own under strong copyleft, with their license."""
    ours = first_party(learned, learned.inventory.build.modules)
    foreign = _foreign(learned, ours)
    copied: dict[str, str] = {}
    for copy in copies(learned):
        foreign.pop(copy.package, None)
        before = copied.get(copy.package)
        copied[copy.package] = f"{before} AND ({copy.license})" if before else copy.license
    found: dict[str, str] = {}
    for module, concluded in learned.concluded.items():
        for path, package in concluded.packages.items() if module.path in ours else ():
            said = license_of(package)
            if path in copied:
                said = without(said, copied[path])
            if said is not None and path not in foreign and category(said) in ("strong", "network"):
                found[path] = said
    return found


def _together(base: str, linked: Iterable[str]) -> str:
    """A license, and the strong copyleft of code that is linked in, each once."""
    given = frozenset(map(_version, Expression.parse(base).licenses()))
    parts: dict[str, None] = {}
    for said in sorted(linked):
        for part in (f"({said})",) if " OR " in said else said.split(" AND "):
            if category(part) in ("strong", "network") and not _is_given(part, given):
                parts[part] = None
    own = f"({base})" if parts and " OR " in base else base
    return " AND ".join((own, *parts))


def _own_license(learned: Learned, package: Package, files: LicenseFiles) -> str | None:
    """What a main package says, where license files in its folder or above give all of it."""
    assert package.module is not None  # noqa: S101 - the caller asks for those of main modules
    conclusion = learned.concluded[package.module].packages.get(package.import_path)
    said = license_of(conclusion) if conclusion else None
    if said is None:
        return None
    return said if _is_given(said, _given(files, ".", package.folder)) else None


def _given(files: LicenseFiles, top: str, folder: str) -> frozenset[str]:
    """What license files of the repository give from a folder up to another, without versions."""
    parts = folder.split("/")
    on_way = ["", *("/".join(parts[: n + 1]) for n in range(len(parts)))]
    return frozenset(
        term
        for above in on_way
        if top == "." or f"{above}/".startswith(f"{top}/")
        for term in files.get(above, ())
    )


def license_files(detected: Mapping[str, FileLicense]) -> LicenseFiles:
    """What the license files among these say, by folder ("" for the root)."""
    found: dict[str, set[str]] = {}
    for path, file in detected.items():
        above, _, name = path.rpartition("/")
        if file.expression and is_license_name(name):
            said = map(_version, Expression.parse(file.expression).licenses())
            found.setdefault(above, set()).update(said)
    return found


def _is_given(license_: str, given: frozenset[str]) -> bool:
    return all(_version(atom) in given for atom in Expression.parse(license_).licenses())


def _version(term: License) -> str:
    """A license without the word whether later versions may be taken."""
    base = term.id.removesuffix("-only").removesuffix("-or-later")
    return f"{base} WITH {term.exception}" if term.exception else base


def package_facts(learned: Learned) -> PackageFacts:
    """Licenses, owners and changes by import path."""
    licenses: dict[str, str | None] = {}
    unresolved: set[str] = set()
    headers: dict[str, tuple[str, ...]] = {}
    for conclusion in learned.concluded.values():
        for path, package in conclusion.packages.items():
            licenses[path] = license_of(package)
            if package.unresolved:
                unresolved.add(path)
            if package.header_material:
                headers[path] = package.header_material
    modules = learned.inventory.build.modules
    ours = first_party(learned, modules)
    foreign = _foreign(learned, ours)
    for copy in copies(learned):
        foreign.pop(copy.package, None)
    licenses.update(foreign)
    return PackageFacts(
        licenses=licenses,
        components={m.id: purl_of(m) for m in modules},
        first_party=ours,
        third_party=entries_of(learned, foreign),
        standard=learned.standard_purl(),
        modified=frozenset((*_modified(learned, ours), *learned.vendored.packages)),
        unresolved=unresolved,
        header_material=headers,
        texts=_text_digests(learned.concluded.values()),
        changes=license_turns(
            learned.inventory, learned.all_cells(), learned.concluded, learned.detected
        ),
        standard_license=standard_license(learned),
    )


def standard_license(learned: Learned) -> str:
    """What the standard library is under: as its license file says, where that is at hand."""
    file = learned.standard.get(STANDARD_LICENSE_FILE)
    return file.expression if file is not None and file.expression else STANDARD_LICENSE


def _text_digests(concluded: Iterable[ModuleConclusion]) -> Mapping[str, str]:
    """sha256 of the file on which the license of a package rests, by import path.

    A waiver that names the digest ends with the text: one file speaks for most packages; of
    several the first by path counts.
    """
    found: dict[str, str] = {}
    for module in concluded:
        for path, package in module.packages.items():
            files = sorted((e.file, e.sha256) for e in package.evidence if e.sha256)
            if files:
                found[path] = files[0][1]
    return found


def license_of(conclusion: Conclusion) -> str | None:
    """What a package is under; files that offer several licenses without a word give an OR."""
    if conclusion.unresolved:
        return " OR ".join(conclusion.unresolved)
    return conclusion.concluded


def purl_of(module: Module) -> str:
    """Package URL of what is built: of the replacement where another module takes its place."""
    return (module.source or module.id).purl


def first_party(learned: Learned, modules: Iterable[Module]) -> frozenset[str]:
    """Module paths whose code is ours (policy-model 8.1).

    Main modules, and folders of the repository that take the place of a module, unless a license
    of their own says that they are somebody else's. A module path of the same project is no proof
    where that license is strong copyleft: anybody can give a copy of it our path.
    """
    own = {m.id.path for m in modules if m.main}
    said = {_declared(learned, m) for m in modules if m.main}
    for module in modules:
        if module.main or module.folder is None or module.folder.startswith("/"):
            continue
        if f"{module.folder}/..." in _unknown_folders(learned, module.id):
            continue
        declared = _declared(learned, module)
        strong = category(declared) in ("strong", "network")
        near = not strong and _same_project(module.id.path, own)
        if declared is None or declared in said or near:
            own.add(module.id.path)
    return frozenset(own)


def _unknown_folders(learned: Learned, module: ModuleVersion) -> frozenset[str]:
    """Folders (`x/...`) under license files of which nothing is known, not even whose they are.

    What the repository says of itself in words of its own is not among them.
    """
    found = learned.concluded.get(module)
    blocking = (
        f for f in found.findings if f.code == "unknown-license" and f.severity is Severity.BLOCK
    ) if found else ()  # fmt: skip
    return frozenset(d for f in blocking for d in f.folders if d.endswith("/..."))


def _declared(learned: Learned, module: Module) -> str | None:
    found = learned.concluded.get(module.id)
    return found.conclusion.declared if found else None


def _same_project(path: str, mains: Iterable[str]) -> bool:
    """Whether a module path shares its repository with a main module: host, owner, name."""
    return any(path.split("/")[:3] == main.split("/")[:3] for main in mains)


def _foreign(learned: Learned, ours: frozenset[str]) -> dict[str, str | None]:
    """Packages inside our modules that hold code of others, with the licenses of that code.

    A license that neither the module itself nor a main module declares is somebody else's
    (policy-model 8.1), unless the license files in the root of the module give it: COPYING beside
    COPYING.LESSER is the owner's for both.
    """
    found: dict[str, str | None] = {}
    modules = learned.inventory.build.modules
    roots = {m.id: m.folder or "." for m in modules}
    said = {d for m in modules if m.main and (d := _declared(learned, m)) is not None}
    files = learned.license_files
    places = {p.import_path: p.folder for c in learned.all_cells() for p in c.packages if p.module}
    house = {_version(term) for d in said for term in Expression.parse(d).licenses()}
    for module, concluded in learned.concluded.items():
        if module.path in ours:
            given = _given(files, roots.get(module, "."), roots.get(module, "."))
            unknown = _unknown_folders(learned, module)
            for path, package in concluded.packages.items():
                license_ = license_of(package)
                rest = without(license_ or _stated(package), concluded.conclusion.declared)
                if license_ is None and unknown and _is_below(places.get(path), unknown):
                    found[path] = None
                elif rest is not None and not _is_given(rest, given | house):
                    found[path] = rest
    return found


MOST_COPIES: Final = 5
"""Copied files of a package under one license that are components of their own; of more, the first
stands for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Files of others, under `license`, in a package of ours whose other files are ours.

    `id` is the import path of the package and the name of the first file, `line` where that says
    its license; `edge` is how the text came in.
    """

    package: str
    id: str
    license: str
    files: tuple[str, ...]
    line: int | None
    edge: EdgeKind


def copies(learned: Learned) -> tuple[Copy, ...]:
    """Single files of others in packages of ours: the packages stay ours.

    A package is split where its files alone say whose they are: not where a license file or a
    curation does, and not where no Go file of it is ours.
    """
    ours = first_party(learned, learned.inventory.build.modules)
    foreign = {p: x for p, x in _foreign(learned, ours).items() if x is not None}
    files: dict[str, dict[str, bool]] = {}
    modules: dict[str, ModuleVersion] = {}
    for cell in learned.all_cells() if foreign else ():
        for package in cell.packages:
            if package.import_path in foreign and package.module and not package.tree:
                modules[package.import_path] = package.module
                known = files.setdefault(package.import_path, {})
                place = "" if package.folder == "." else f"{package.folder}/"
                known |= {f"{place}{n}": True for n in (*package.go_files, *package.cgo_files)}
                known |= {f"{place}{n}": False for n in package.other_files}
    found: list[Copy] = []
    for path, known in sorted(files.items()):
        own = learned.concluded[modules[path]].conclusion.declared
        found += _split(learned, path, known, foreign[path], own)
    return tuple(found)


def _split(
    learned: Learned, path: str, files: Mapping[str, bool], license_: str, own: str | None
) -> Iterable[Copy]:
    from compliance.pipeline.marks import is_generated

    detected = learned.detected.get("", {})
    parts = {str(node) for node in conjuncts(Expression.parse(license_))}
    alike: dict[tuple[str, EdgeKind], list[str]] = {}
    told: set[str] = set()
    for name in sorted(files):
        said = detected[name].expression if name in detected else None
        rest = without(said, own)
        terms = {str(node) for node in conjuncts(Expression.parse(rest))} if rest else set()
        if rest is None or terms.isdisjoint(parts):
            continue
        if not terms <= parts:
            return
        generated = name.endswith(".go") and is_generated(learned.inventory.repository.files, name)
        alike.setdefault((rest, "copies-output" if generated else "vendored"), []).append(name)
        told |= terms
    theirs = {name for names in alike.values() for name in names}
    if told != parts or not any(is_go and name not in theirs for name, is_go in files.items()):
        return
    for (rest, edge), names in alike.items():
        groups = [[n] for n in names] if len(names) <= MOST_COPIES else [names]
        for group in groups:
            matches = detected[group[0]].matches
            yield Copy(
                package=path, id=f"{path}/{posixpath.basename(group[0])}", license=rest,
                files=tuple(group), line=matches[0].start_line if matches else None, edge=edge,
            )  # fmt: skip


def _stated(package: Conclusion) -> str | None:
    """What single files of a package of ours say where others say nothing: those are ours."""
    said = conjoin(Expression.parse(text) for text in package.detected)
    return said.text if said is not None else None


def _is_below(folder: str | None, heads: Iterable[str]) -> bool:
    """Whether a folder is one of `x/...`, or below it."""
    return folder is not None and any(f"{folder}/".startswith(h.removesuffix("...")) for h in heads)


def entries_of(learned: Learned, foreign: Mapping[str, str | None]) -> dict[str, EdgeKind]:
    """How the text of others came into packages of ours (policy-model 3.1 and 8.1).

    Where only files that a tool wrote carry the other license, the tool copied its own text into
    its output, as the skeleton of a parser generator; everything else is a copy by hand.
    """
    from compliance.pipeline.marks import is_generated

    files = learned.inventory.repository.files
    mains = {m.id for m in learned.inventory.build.modules if m.main}
    found: dict[str, EdgeKind] = dict.fromkeys(foreign, "vendored")
    for module in learned.concluded.keys() & mains:
        concluded = learned.concluded[module]
        for path in concluded.packages.keys() & foreign.keys():
            own = concluded.conclusion.declared
            said = {
                e.file for e in concluded.packages[path].evidence
                if e.license and without(e.license, own) is not None
            }  # fmt: skip
            if said and all(f.endswith(".go") and is_generated(files, f) for f in said):
                found[path] = "copies-output"
    return found


def without(license_: str | None, declared: str | None) -> str | None:
    """The parts of a conjunction that another does not have; None when nothing is left.

    The text of a GNU license stands for one version: "or any later version" in the headers of the
    same code is no other license.
    """
    if license_ is None:
        return None
    expression = Expression.parse(license_)
    own = set(conjuncts(Expression.parse(declared))) if declared else set()
    later = {f"{n.id.removesuffix('-only')}-or-later" for n in own if _is_only(n)}
    rest = [
        Expression.parse(str(node))
        for node in conjuncts(expression)
        if node not in own and str(node) not in later
    ]
    left = conjoin(rest)
    return left.text if left is not None else None


def _is_only(node: object) -> TypeGuard[License]:
    return isinstance(node, License) and node.id.endswith("-only") and node.exception is None


def _modified(learned: Learned, ours: frozenset[str]) -> Iterable[str]:
    """Packages of modules that a folder replaces: a copy that somebody works on."""
    for module in learned.inventory.build.modules:
        if module.folder is not None and not module.main and module.id.path not in ours:
            found = learned.concluded.get(module.id)
            yield from found.packages if found else ()
