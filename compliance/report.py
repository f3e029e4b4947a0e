"""ScanReport: all that a scan learned, complete and immutable. Outputs need nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from compliance.value import dataclass, field

if TYPE_CHECKING:
    from compliance.findings import Finding, Hop, Severity
    from compliance.golang import BuildContext, BuildList, Cell, Files, Mode, Module, ModuleVersion
    from compliance.graph import EdgeKind
    from compliance.integrity import MirrorSummary, ModuleAudit, Verification
    from compliance.licenses import Conclusion
    from compliance.policy import Publisher, Verdict
    from compliance.sources import Archive, Origin, Trace

Scope = Literal["linked", "test", "tool", "unused"]
ComponentKind = Literal["module", "standard-library", "declared", "c-library", "embedded"]
SYSTEM = "system"
"""Category of C libraries of the system that are loaded, and of whose license nothing is known."""
RETRACTIONS = "No proxy said which versions are retracted of"
"""Begins the limit of a run that asked for it; `drift` says so where nothing else is to be told."""
OWN = "own"
"""Category of a file of a main module of which no license is known: it goes out like its module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was scanned; `dirty` is None where there is no git repository."""

    name: str
    path: str
    module: str
    commit: str | None = None
    dirty: bool | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What scanned it: version, digest of the license index, the command line as given."""

    version: str
    index: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """A policy file that was in force."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A contested reading: its value here and its value in preset `common`."""

    name: str
    value: str
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInForce:
    """Preset, files and switches that judged this run.

    `assumed` is the profile under which artifacts were judged of which nothing says where they go.
    """

    preset: str
    files: tuple[PolicyFile, ...]
    switches: tuple[Switch, ...]
    assumed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLicense:
    """A linked package and the license of the files that are compiled into it."""

    import_path: str
    license: str | None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Use:
    """What brings something that is no Go module into programs.

    `source` is an import path, or the id of a declared component; `file` and `line` (0 where there
    is none) say where; `cells` are the build cells in which it holds (none: all), `artifacts` the
    programs that the source is linked into.
    """

    source: str
    kind: EdgeKind
    file: str
    line: int
    cells: tuple[str, ...]
    artifacts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A module of the build list, the standard library, a declared component, or what is beside.

    A `c-library` is named by `#cgo` lines; something `embedded` is a program, library or object
    file of the module `holder` (as `path@version`), `file` is its path there, `archive` has its
    digests. Both have `uses`, and so has what is declared.

    `version` is "" for a main module. `purl` is its package URL. `artifacts` names the artifacts
    that contain it. The standard library has the digests of the toolchain's module zip where it
    was read from there, and `file` names that. `place` says where the bytes of a component were
    read, `texts` are (file, sha256) of its license and notice files, whose content stands in
    ScanReport.texts. `released` is when the version was made, as a proxy said, "" where it is not
    known. `supplier` is who supplies a declared component, as the policy says.
    """

    kind: ComponentKind
    path: str
    version: str
    purl: str
    module: Module | None
    conclusion: Conclusion
    category: str
    copyrights: tuple[str, ...]
    verification: Verification
    scope: Scope
    artifacts: tuple[str, ...]
    sum: str | None = None
    gomod_sum: str | None = None
    place: str = ""
    origin: Origin | None = None
    released: str = ""
    archive: Archive | None = None
    modified: bool = False
    packages: tuple[PackageLicense, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    supplier: str = ""
    uses: tuple[Use, ...] = ()
    holder: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactReport:
    """One artifact with its verdict, and what was found to be in it.

    `packages` counts the linked packages (union over platforms); `modules` are node names,
    `path@version`, or the path of a main module. `file` and `archive` are name and digests of the
    file that was built from it, where that was handed in.
    """

    verdict: Verdict
    packages: int
    modules: tuple[str, ...]
    archive: Archive | None = None
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something the scan did not see, and what that means for the verdicts."""

    what: str
    effect: str
    code: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Outcome of the run; `missing` lists what an incomplete run lacks."""

    outcome: Literal["pass", "fail", "incomplete"]
    fail_on: str
    counts: Mapping[str, int]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleChange:
    """A linked module that a change adds, removes or moves to another version.

    Versions are None where the module is not there; licenses are expressions, None for unknown.
    """

    path: str
    before: str | None
    after: str | None
    license_before: str | None
    license_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideChange:
    """A C library or a program, library or object file inside that a change adds, drops or alters.

    `path` is the path of its component, `uses` are those of head (of the base where it is gone).
    `altered` says that another file stands in its place, or that it is linked in another way.
    """

    kind: ComponentKind
    path: str
    license: str | None
    standing: Literal["added", "removed", "altered"]
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyOwed:
    """A duty that an artifact gains or loses; `component` is a package URL."""

    component: str
    license: str
    duty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactChange:
    """What a change does to one artifact.

    `name_before` is its name at the base, None where it is new; `before` and `after` are its
    verdicts, None where it is not there. `added` and `removed` are module paths.
    """

    name: str
    name_before: str | None
    before: Severity | None
    after: Severity | None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    gained: tuple[DutyOwed, ...] = ()
    lost: tuple[DutyOwed, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether anything differs."""
        return (
            self.before != self.after
            or self.name_before not in (None, self.name)
            or bool(self.added or self.removed or self.gained or self.lost)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a change does besides its findings: findings of the base that are gone, modules,
    artifacts with their verdicts and duties, and what is inside of them besides Go code."""  # noqa: D205, D209

    fixed: tuple[Finding, ...]
    modules: tuple[ModuleChange, ...]
    artifacts: tuple[ArtifactChange, ...] = ()
    inside: tuple[InsideChange, ...] = ()


BinaryDifferenceKind = Literal[
    "extra", "missing", "version", "replacement", "bytes", "toolchain", "commit"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryDifference:
    """One thing in which an executable and the source's answer differ.

    `path` is a module, `std` for the toolchain, "" for the commit; `source` and `binary` say what
    each has, "" where it has nothing.
    """

    kind: BinaryDifferenceKind
    path: str
    source: str
    binary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryComparison:
    """An executable held against the source's answer for the same main package and settings.

    `platform` is the label of its build context, `modules` the number of modules that the source
    links into it, `go_version` the Go that built it (`go1.26.8`).
    """

    file: str
    main: str
    platform: str
    go_version: str
    modules: int
    differences: tuple[BinaryDifference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """No field is optional: a stage that could not finish says so in findings and limits.

    `created` is an RFC 3339 UTC time, `as_of` the ISO day on which it was judged. `edges` are
    those of the build list. `texts` maps a sha256 to the text of a license or notice file;
    `text_licenses` to the licenses whose whole text it holds; `license_refs` maps each LicenseRef
    that occurs to its text. `go_version` is the language
    version of the main module, `toolchain` the version whose standard library counts.
    """

    created: str
    as_of: str = ""
    subject: Subject
    tool: Tool
    policy: PolicyInForce
    gate: Gate
    mode: Mode
    go_version: str
    toolchain: str
    components: tuple[Component, ...]
    edges: tuple[tuple[str, str], ...]
    contexts: tuple[BuildContext, ...]
    cells: tuple[Cell, ...]
    artifacts: tuple[ArtifactReport, ...]
    findings: tuple[Finding, ...]
    limits: tuple[Limit, ...]
    texts: Mapping[str, str]
    license_refs: Mapping[str, str]
    change: Comparison | None = None
    binary: BinaryComparison | None = None
    publisher: Publisher | None = None
    text_licenses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSums:
    """What go.sum says of a module and what vouches for its bytes; sums are `h1:...` or None."""

    sum: str | None
    gomod_sum: str | None
    verification: Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleListing:
    """The answer of `compliance modules`; `sums` has an entry for each module.

    `trace` is what was read for it, None for an executable.
    """

    build_list: BuildList
    sums: Mapping[ModuleVersion, ModuleSums]
    incomplete: bool
    trace: Trace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageListing:
    """The answer of `compliance packages`; `trace` is what was read for it."""

    cells: tuple[Cell, ...]
    findings: tuple[Finding, ...]
    incomplete: bool
    trace: Trace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The shortest chain from an artifact to the target; `path` is empty when there is none.

    `findings` are those of the artifact about the target, with their remedies.
    """

    artifact: str
    path: tuple[Hop, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The answer for one target: `matched` are the nodes that it names.

    Where no artifact contains it, `scope` says what does need it and `aside` how: the shortest
    chain from the code whose tests need it, from the go.mod whose tool does, or from a main
    module over the requirements of go.mod files.
    """

    target: str
    matched: tuple[str, ...]
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    incomplete: bool
    scope: Scope = "linked"
    aside: tuple[Hop, ...] = ()
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A license of a library and the file that says so, relative to `Library.files`."""

    license: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Packages of one module that the same license files cover.

    `module` is what is built (a replacement where there is one); `root` is the folder of the module
    inside `files`, `folder` that of the license files; `disk` is where `files` lie, None for a
    zip. `expression` is None when the license of a package is unknown. Without a license file there
    is one library per package, and `folder` is that of the package.
    """

    name: str
    module: Module
    source: ModuleVersion
    packages: tuple[str, ...]
    expression: str | None
    statements: tuple[Statement, ...]
    license_files: tuple[str, ...]
    files: Files
    root: str
    folder: str
    disk: str | None
    origin: Origin | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryListing:
    """Libraries by name; `incomplete` when a package or module could not be read."""

    libraries: tuple[Library, ...]
    findings: tuple[Finding, ...]
    incomplete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorAudit:
    """What an audit of module mirrors found.

    `resumed` counts the modules whose answers were kept from an interrupted run. `incomplete` says
    that some request had no answer.
    """

    path: str
    mirrors: tuple[MirrorSummary, ...]
    modules: tuple[ModuleAudit, ...]
    findings: tuple[Finding, ...]
    resumed: int = 0
    incomplete: bool = False
