"""What there is: repository, settings, workspace, build list, build contexts."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from compliance.config import ScanRequest
from compliance.errors import (
    IncompleteError,
    LimitExceededError,
    ModuleUnavailableError,
    UsageError,
)
from compliance.golang import (
    BuildContext,
    BuildList,
    ModuleVersion,
    Outside,
    UnreadableFileError,
    Workspace,
    WorkspaceSettings,
    load_workspace,
    needed_modules,
    select,
)
from compliance.integrity import EMPTY_GOSUM, GoSum, merge_gosums, parse_gosum
from compliance.pipeline.contexts import build_contexts, check_experiments
from compliance.sources import (
    Acquirer,
    FolderFiles,
    GoSettings,
    Repository,
    RevisionFiles,
    Trace,
    find_toolchain,
    go_settings,
    read_build_info,
)
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.golang import (
        BuildInfo,
        Files,
        Folder,
        GoFileCache,
        Main,
        Module,
        Package,
        PackageLoader,
    )
    from compliance.pipeline.matrix import Matrix
    from compliance.sources import SourceTree

MAX_MISSING = 10_000
"""go.mod files that cannot be had: with more, a list of them helps nobody and costs a gigabyte."""
_TOGETHER = 2_000
MAX_DOWNLOADS = 16
"""go.mod files and zips that are fetched at the same time: enough to hide latency, polite."""

MAX_ARCHIVES = 8
"""Module zips that are fetched at the same time; each goes to disk in pieces."""

Say = Callable[[str], None]
"""Progress: called with the name of the stage that starts."""

_GOVERNING = ("go.work", "go.mod")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The facts that every command starts from.

    `folder` is where the go command would run; `on_disk` is False for the tree of a revision,
    whose files lie in git objects. `matrix` is what a release file builds, None without one;
    `binary` is what the executable of --compare says of its build.
    """

    request: ScanRequest
    repository: Repository
    folder: str
    settings: GoSettings
    workspace: Workspace
    acquirer: Acquirer
    trees: ModuleTrees
    build: BuildList
    contexts: tuple[BuildContext, ...]
    trace: Trace
    gomods: GoModFiles
    on_disk: bool = True
    matrix: Matrix | None = None
    binary: BuildInfo | None = None

    def loader(
        self,
        on_package: Callable[[Package], None] | None = None,
        earlier: Callable[[str, str], Folder | None] | None = None,
        like: PackageLoader | None = None,
        cache: GoFileCache | None = None,
    ) -> PackageLoader:
        """What follows imports in the modules of this build list (see `LoadRequest`)."""
        from compliance.golang import LoadRequest, PackageLoader

        request = LoadRequest(
            workspace=self.workspace, build=self.build, files=self.repository.files,
            trees=self.trees, on_package=on_package, earlier=earlier,
            like=like, cache=cache,
        )  # fmt: skip
        return PackageLoader(request)

    def patterns(self, given: Iterable[str]) -> tuple[str, ...]:
        """Patterns as given in the scanned folder, relative to the root of the repository.

        They differ where a go.work or go.mod above the folder governs it.
        """
        return tuple(
            f"./{posixpath.join(self.folder, p)}"
            if self.folder != "." and (p.startswith(("./", "../")) or p in (".", ".."))
            else p
            for p in given
        )

    def find_mains(
        self, loader: PackageLoader, contexts: Sequence[BuildContext] = ()
    ) -> tuple[Main, ...]:
        """The main packages that are asked for: all, those of --main, of the release file, or of
        the executable that is compared.

        Args:
            loader: Where packages are looked for.
            contexts: What is built for, where that is more than the command line says.

        Raises:
            UsageError: --main, a build of the release file, or the executable names no package.
        """  # noqa: D205
        if self.matrix is None:
            if self.binary is not None and not self.request.mains:
                from compliance.pipeline.executable import binary_mains

                name = self.request.compare or ""
                found = binary_mains(self.binary, name, loader, self.contexts[0])
                return tuple(replace(m, contexts=self.contexts) for m in found)
            mains = self.patterns(self.request.mains)
            return loader.find_mains(contexts or self.contexts, mains)
        built = self.matrix.find_mains(loader)
        if not self.request.mains:
            return built
        mains = self.patterns(self.request.mains)
        named = {m.import_path for m in loader.find_mains(self.contexts, mains)}
        found = tuple(m for m in built if m.import_path in named)
        if not found:
            raise UsageError(f"--main: {self.matrix.file} builds none of these")
        return found

    def other_modules(self, gomods: Iterable[str]) -> tuple[str, ...]:
        """Folders with a go.mod that this build does not have, of those given.

        Those that hold what the go command never builds (vendor, testdata, names that begin with
        `.` or `_`) are left out, and those of modules in the build list.
        """
        known = {m.folder for m in self.workspace.mains}
        known |= {posixpath.normpath(m.folder) for m in self.build.modules if m.folder is not None}
        return tuple(
            folder
            for folder in gomods
            if folder not in known
            and not any(e in _NEVER_BUILT or e[0] in "._" for e in folder.split("/"))
        )

    def revision_files(self) -> RevisionFiles:
        """The tree of the revision that this is the inventory of."""
        return base_files(self.repository)


_NEVER_BUILT = frozenset({"vendor", "testdata"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The repository as a revision has it, beside the inventory of the files at hand."""

    head: Inventory
    repository: Repository


def take_inventory(request: ScanRequest, say: Say, *, base: Base | None = None) -> Inventory:
    """Read what the repository says of its modules: its files, or those of a `base`.

    Raises:
        UsageError: no go.mod or go.work, or settings that exclude each other.
        MalformedInputError: a go.mod, go.work or modules.txt cannot be parsed.
    """
    trace, repository, folder, settings = _opened(request, base)
    if settings.get("GOENV") not in ("", "off"):
        trace.add(settings.get("GOENV"))
    outside = Outside(root=repository.root, read=_read_outside)
    say("reading go.mod")
    asked, workspace = _loaded(repository, folder, settings, outside)
    if base is None and workspace.other_toolchain:
        name = workspace.other_toolchain
        goroot = find_toolchain(settings, name, request.home, trace)
        if goroot is not None:
            settings = read_settings(request, repository.root, goroot)
            asked, workspace = _loaded(repository, folder, settings, outside)
    if asked.gowork[:1] == "/" and all(m.folder[:1] == "/" for m in workspace.mains):
        raise UsageError(f"GOWORK={asked.gowork} uses no module of {request.shown}; set GOWORK=off")
    acquirer, gomods, build = _selected(_Stage(
        request=request, trace=trace, repository=repository, settings=settings, outside=outside,
        workspace=workspace, base=base,
    ), say)  # fmt: skip
    root = settings.standard_library
    check_experiments(settings, FolderFiles(root, trace) if root else None)
    matrix = None
    if request.matrix is not None and not (base and _lacks(repository, request.matrix)):
        from compliance.pipeline.matrix import read_matrix

        matrix = read_matrix(request.matrix, repository, folder, settings, workspace, trace)
    binary = None
    if request.compare is not None and base is None:
        trace.add(os.path.abspath(request.compare))  # noqa: PTH100
        binary = read_build_info(request.compare)
    built = binary if base is None else base.head.binary
    if matrix is not None:
        contexts = matrix.contexts
    elif built is not None and not request.platforms:
        from compliance.pipeline.executable import binary_context

        contexts = (binary_context(built, settings, workspace),)
    else:
        contexts = build_contexts(request.platforms, settings, workspace)
    return Inventory(
        request=request,
        repository=repository,
        folder=folder,
        settings=settings,
        workspace=workspace,
        acquirer=acquirer,
        trees=ModuleTrees(
            acquirer,
            repository,
            workspace,
            base.head.trees if base is not None and acquirer is base.head.acquirer else None,
        ),
        build=build,
        contexts=contexts,
        trace=trace,
        gomods=gomods,
        matrix=matrix,
        binary=binary,
        on_disk=base is None,
    )


def _loaded(
    repository: Repository, folder: str, settings: GoSettings, outside: Outside
) -> tuple[WorkspaceSettings, Workspace]:
    """The workspace, and the settings that made it one."""
    asked = WorkspaceSettings(
        mod=_mod_flag(settings), gowork=_gowork(settings), local_go=settings.go_version,
        gotoolchain=settings.get("GOTOOLCHAIN"),
    )  # fmt: skip
    files = repository.files
    return asked, load_workspace(files, folder=folder, settings=asked, outside=outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What is known when versions are selected."""

    request: ScanRequest
    trace: Trace
    repository: Repository
    settings: GoSettings
    outside: Outside
    workspace: Workspace
    base: Base | None


def _selected(stage: _Stage, say: Say) -> tuple[Acquirer, GoModFiles, BuildList]:
    """The build list, and what answered its questions; that of head where a base selects alike."""
    sums = read_sums(stage.repository.files, stage.workspace)
    if stage.base is not None and _selects_alike(stage.base, stage.workspace, sums):
        head = stage.base.head
        return head.acquirer, head.gomods, head.build
    acquirer = Acquirer(
        settings=stage.settings,
        offline=stage.request.offline,
        cache_dir=stage.request.cache,
        go_sum=sums,
        trace=stage.trace,
    )
    say("selecting module versions")
    gomods = GoModFiles(acquirer, ask_latest=stage.request.ask_latest)
    build = select(
        stage.workspace, stage.repository.files, gomods.read, outside=stage.outside,
        prefetch=gomods.prefetch, latest=gomods.latest,
    )  # fmt: skip
    return acquirer, gomods, build


def _selects_alike(base: Base, workspace: Workspace, sums: GoSum) -> bool:
    """Whether all that versions are selected from is the same in a base and in head.

    go.mod, go.work, modules.txt and sums, and the go.mod of each folder that replaces a module.
    """
    head = base.head
    if workspace != head.workspace or sums != head.acquirer.go_sum:
        return False
    files = base_files(base.repository)
    folders = {m.folder for m in head.build.modules if m.folder is not None and not m.main}
    return all(f[:1] == "/" or files.same(posixpath.normpath(f"{f}/go.mod")) for f in folders)


def _opened(request: ScanRequest, base: Base | None) -> tuple[Trace, Repository, str, GoSettings]:
    """Trace, repository, folder and settings: those of head, for a base but for its files."""
    if base is not None:
        return base.head.trace, base.repository, base.head.folder, base.head.settings
    trace = Trace()
    repository, folder = open_repository(request.root, trace)
    return trace, repository, folder, read_settings(request, repository.root)


def _lacks(repository: Repository, name: str) -> bool:
    """Whether a revision has not yet the release file that head is built from."""
    folder, file = posixpath.split(posixpath.normpath(name))
    return not folder.startswith(("/", "..")) and file not in repository.files.listing(
        folder or "."
    )


def base_files(repository: Repository) -> RevisionFiles:
    """The tree of a repository that `at_revision` made."""
    if not isinstance(repository.files, RevisionFiles):
        raise TypeError("not the tree of a revision")
    return repository.files


def open_repository(root: str, trace: Trace) -> tuple[Repository, str]:
    """The tree to read, and the folder in it where the go command would run.

    That is the folder itself, unless the go.mod or go.work that governs it lies above, inside the
    same git work tree: then it is the work tree (https://go.dev/ref/mod#workspaces). In no work
    tree it is the nearest folder with one of these files.
    """
    repository = Repository.open(root, trace=trace)
    top = repository.work_tree
    if top is None:
        return _nearest(repository, trace)
    if top == repository.root:
        return repository, "."
    around = FolderFiles(top, trace)
    inside = posixpath.relpath(repository.root, top)
    above = posixpath.dirname(inside)
    own = repository.files.listing(".")
    while True:
        names = around.listing(above or ".")
        work, module = _GOVERNING
        if work in names or (module in names and module not in own):
            return Repository.open(top, trace=trace), inside
        if not above:
            return repository, "."
        above = posixpath.dirname(above)


def _nearest(repository: Repository, trace: Trace) -> tuple[Repository, str]:
    folder = repository.root
    while not any(os.path.isfile(f"{folder}/{name}") for name in _GOVERNING):  # noqa: PTH113
        for name in _GOVERNING:
            trace.add(f"{folder.rstrip('/')}/{name}")
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return repository, "."
        folder = above
    if folder == repository.root:
        return repository, "."
    return Repository.open(folder, trace=trace), posixpath.relpath(repository.root, folder)


def read_settings(request: ScanRequest, root: str, goroot: str | None = None) -> GoSettings:
    """Settings of the go command; files of the scanned repository never count.

    `goroot` is the tree of another toolchain than the installed one, which then runs.
    """
    environ = request.environ if goroot is None else {**request.environ, "GOROOT": goroot}
    settings = go_settings(environ, request.home, untrusted=(root,))
    if request.goproxy is not None:
        settings = settings.with_goproxy(request.goproxy, "--goproxy")
    return replace(settings, run_goauth=request.run_goauth)


def read_sums(files: Files, workspace: Workspace) -> GoSum:
    """go.work.sum and the go.sum of each main module.

    Raises:
        MalformedInputError: a line has not three fields.
        IncompleteError: one cannot be read.
    """
    names = [posixpath.join(m.folder, "go.sum") for m in workspace.mains if m.folder[:1] != "/"]
    found = [_read_sum(files, n) for n in dict.fromkeys(map(posixpath.normpath, names))]
    if workspace.work is None:
        return merge_gosums(found)
    return merge_gosums(found, over=_read_sum(files, f"{workspace.work.file}.sum"))


def _read_sum(files: Files, name: str) -> GoSum:
    """One go.sum, empty where there is none."""
    if posixpath.basename(name) not in files.listing(posixpath.dirname(name) or "."):
        return EMPTY_GOSUM
    try:
        return parse_gosum(files.read(name), file=name)
    except UnreadableFileError as error:
        raise IncompleteError(error.reason(name), file=name) from error


class GoModFiles:
    """go.mod files for version selection, fetched together where they are far away.

    `near` looks at the places on this machine only.
    """

    def __init__(self, acquirer: Acquirer, *, ask_latest: bool = False) -> None:
        """Read from the places on this machine first, then from where the settings say."""
        self.near = replace(acquirer, offline=True)
        self._far = acquirer
        self._ask_latest = ask_latest
        self._known: dict[ModuleVersion, bytes | ModuleUnavailableError] = {}
        self._missing = 0

    def read(self, module: ModuleVersion) -> bytes:
        """A `golang.GoModReader`. Raises ModuleUnavailableError."""
        self.prefetch((module,))
        answer = self._known[module]
        if isinstance(answer, ModuleUnavailableError):
            raise answer
        return answer

    def differs(self, module: ModuleVersion) -> bool:
        """Whether the go.mod of a module was seen, with other bytes than are vouched for."""
        answer = self._known.get(module)
        return isinstance(answer, ModuleUnavailableError) and answer.differs

    def known(self, module: ModuleVersion) -> bytes | None:
        """A go.mod that was read for version selection."""
        answer = self._known.get(module)
        return answer if isinstance(answer, bytes) else None

    def versions(self, path: str) -> tuple[str, ...]:
        """Versions of a module that version selection looked at, in no order."""
        return tuple(m.version for m in self._known if m.path == path)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Modules of which no proxy said which versions are retracted, though it was asked."""
        return self._far.unanswered if self._ask_latest else ()

    def latest(self, path: str) -> bytes | None:
        """A `golang.LatestReader` of what the caches know; a request for each module costs time."""
        if self._ask_latest:
            return self._far.latest_gomod(path)
        version = self.near.latest_known(path)
        if not version:
            return None
        module = ModuleVersion(path, version)
        known = self._known.get(module)
        return known if isinstance(known, bytes) else self.near.gomod_or_none(module)

    def prefetch(self, modules: Sequence[ModuleVersion]) -> None:
        """Have the answers for these ready."""
        for start in range(0, len(modules), _TOGETHER):
            self._bring(modules[start : start + _TOGETHER])
            if self._missing > MAX_MISSING:
                raise LimitExceededError(
                    f"more than {MAX_MISSING} go.mod files cannot be had, that of"
                    f" {modules[start]} among them: the module graph is not known"
                )

    def _bring(self, modules: Sequence[ModuleVersion]) -> None:
        far: dict[ModuleVersion, ModuleUnavailableError] = {}
        fresh = [m for m in modules if m not in self._known]
        for module in fresh:
            try:
                self._known[module] = self.near.gomod(module)
            except ModuleUnavailableError as missing:
                self._known[module] = far[module] = _kept(missing)
        if not self._far.offline:
            self._ask(far)
        self._missing += sum(isinstance(self._known[m], ModuleUnavailableError) for m in fresh)

    def _ask(self, far: Mapping[ModuleVersion, ModuleUnavailableError]) -> None:
        if len(far) == 1:
            self._known |= {m: self._fetched(m, missing) for m, missing in far.items()}
        elif far:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(MAX_DOWNLOADS) as pool:
                answers = pool.map(self._fetched, far, far.values())
                self._known.update(zip(far, answers, strict=True))

    def _fetched(
        self, module: ModuleVersion, near: ModuleUnavailableError
    ) -> bytes | ModuleUnavailableError:
        """A go.mod from far away; the places on this machine were looked at (`near`)."""
        places = tuple(t for t in near.tried if not t.startswith("GOPROXY: "))
        try:
            return self._far.fetch_gomod(module, places)
        except ModuleUnavailableError as missing:
            return _kept(missing)


def _kept(missing: ModuleUnavailableError) -> ModuleUnavailableError:
    """An answer that is kept for later: without the frames of the search, which weigh 10 KB."""
    missing.__cause__ = missing.__context__ = None
    return missing.with_traceback(None)


class ModuleTrees:
    """Source trees of modules, each looked for once. A `golang.TreeProvider`."""

    def __init__(
        self,
        acquirer: Acquirer,
        repository: Repository,
        workspace: Workspace,
        like: ModuleTrees | None = None,
    ) -> None:
        """Trees of one scan; `like` knows those of the same modules outside of the repository."""
        self._like = like if workspace.vendor is None else None
        self._acquirer = acquirer
        self._repository = repository
        self._workspace = workspace
        self._known: dict[ModuleVersion, SourceTree | ModuleUnavailableError] = {}
        self._needed: set[ModuleVersion] = set()

    def source(self, module: Module) -> SourceTree:
        """The tree with what vouches for it. Raises ModuleUnavailableError."""
        self._needed.add(module.id)
        answer = self._known.get(module.id)
        if answer is None and self._like is not None:
            outside = module.source is not None and not module.main and module.folder is None
            answer = self._like._known.get(module.id) if outside else None
        if answer is None:
            answer = self._find(module)
            self._known[module.id] = answer
        if isinstance(answer, ModuleUnavailableError):
            raise answer
        return answer

    def tree(self, module: Module) -> Files:
        """Its files. Raises ModuleUnavailableError, also where they are not those of go.sum."""
        found = self.source(module)
        if found.files is None:
            because = f"its bytes differ from go.sum ({found.place})"
            raise ModuleUnavailableError(f"{module.id}: {because}", tried=(because,))
        return found.files

    def fetch(self, modules: Sequence[Module], say: Say) -> None:
        """Download together what is far away and may be needed; more is looked for by itself.

        go.sum lists the sources that some build needed. From go 1.17 on, the go.mod of a main
        module names each module with a package that is linked or that its tests import
        (https://go.dev/ref/mod#graph-pruning), so what it does not name is not downloaded.
        """
        if self._acquirer.offline or self._workspace.vendor is not None:
            return
        known = self._acquirer.go_sum
        needed = needed_modules(self._workspace)
        far = [
            m
            for m in modules
            if m.source is not None and not m.main and m.folder is None
            and (needed is None or m.id.path in needed)
            and known.of_zip(m.source) is not None and not self._acquirer.at_hand(m.source)
        ]  # fmt: skip
        if not far:
            return
        from concurrent.futures import ThreadPoolExecutor, as_completed

        with ThreadPoolExecutor(MAX_ARCHIVES) as pool:
            waiting = {pool.submit(self._find, m): m for m in far}
            try:
                for number, done in enumerate(as_completed(waiting), 1):
                    self._known[waiting[done].id] = done.result()
                    say(f"downloading modules: {number} of {len(far)}")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def std(self) -> Files | None:
        """GOROOT/src, None without a Go installation."""
        root = self._acquirer.settings.standard_library
        return None if root is None else FolderFiles(root, self._repository.trace)

    def known(self, module: Module) -> SourceTree | None:
        """The tree of a module that was needed and found; looks for nothing.

        Not of one that was only downloaded with others: in a later run it may be at hand before.
        """
        answer = self._known.get(module.id) if module.id in self._needed else None
        return None if isinstance(answer, ModuleUnavailableError) else answer

    def distribution(self) -> Files | None:
        """GOROOT, None without a Go installation."""
        root = self._acquirer.settings.goroot
        return None if root is None else FolderFiles(root, self._repository.trace)

    def _find(self, module: Module) -> SourceTree | ModuleUnavailableError:
        try:
            return self._acquirer.tree(module, self._repository, vendor=self._workspace.vendor)
        except ModuleUnavailableError as missing:
            return _kept(missing)


def _gowork(settings: GoSettings) -> str:
    """GOWORK, in module mode (https://go.dev/ref/mod#mod-commands). Raises UsageError."""
    mode, where = settings.get("GO111MODULE"), settings.origin("GO111MODULE")
    if mode == "off":
        raise UsageError(
            f"GO111MODULE=off ({where}): the go command would take packages from GOPATH, which is"
            " not supported; unset it to scan modules"
        )
    if mode not in ("", "on", "auto"):
        raise UsageError(f"GO111MODULE={mode} ({where}) is not one of on, auto, off")
    gowork = settings.get("GOWORK")
    if gowork not in ("", "off", "auto") and not os.path.isabs(gowork):  # noqa: PTH117
        raise UsageError(f"GOWORK={gowork} ({settings.origin('GOWORK')}) is not an absolute path")
    return gowork


def _mod_flag(settings: GoSettings) -> Literal["", "mod", "readonly", "vendor"]:
    for flag, value in (("modfile", settings.flags.mod_file), ("overlay", settings.flags.overlay)):
        if value:
            raise UsageError(f"GOFLAGS: -{flag} is not supported")
    match settings.flags.mod:
        case "" | "mod" | "readonly" | "vendor" as mod:
            return mod
        case other:
            raise UsageError(f"GOFLAGS: -mod={other} is not one of mod, readonly, vendor")


def _read_outside(path: str) -> bytes:
    folder, _, name = path.rpartition("/")
    return FolderFiles(folder or "/").read(name)
