"""What there is: repository, settings, workspace, build list, build contexts."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compliance.config import PlatformSpec, ScanRequest
from compliance.errors import UsageError
from compliance.golang import (
    BuildContext,
    BuildList,
    Outside,
    Workspace,
    WorkspaceSettings,
    load_workspace,
    select,
)
from compliance.sources import Acquirer, FolderFiles, GoSettings, Repository, Trace, go_settings

if TYPE_CHECKING:
    from compliance.golang import Module, ModuleVersion
    from compliance.sources import SourceTree

Say = Callable[[str], None]
"""Progress: called with the name of the stage that starts."""

_GOVERNING = ("go.work", "go.mod")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The facts that every command starts from. `folder` is where the go command would run."""

    request: ScanRequest
    repository: Repository
    folder: str
    settings: GoSettings
    workspace: Workspace
    acquirer: Acquirer
    build: BuildList
    contexts: tuple[BuildContext, ...]
    trace: Trace


def take_inventory(request: ScanRequest, say: Say) -> Inventory:
    """Read what the repository says of its modules.

    Raises:
        UsageError: no go.mod or go.work, or settings that exclude each other.
        MalformedInputError: a go.mod, go.work or modules.txt cannot be parsed.
    """
    trace = Trace()
    repository, folder = open_repository(request.root, trace)
    settings = read_settings(request, repository.root)
    outside = Outside(root=repository.root, read=_read_outside)
    say("reading go.mod")
    workspace = load_workspace(
        repository.files,
        folder=folder,
        settings=WorkspaceSettings(
            mod=_mod_flag(settings), gowork=settings.get("GOWORK"), local_go=settings.go_version
        ),
        outside=outside,
    )
    acquirer = Acquirer(
        settings=settings,
        repository=repository,
        workspace=workspace,
        offline=request.offline,
        cache_folder=request.cache,
        trace=trace,
    )
    say("selecting module versions")
    build = select(workspace, repository.files, acquirer.gomod, outside=outside)
    return Inventory(
        request=request,
        repository=repository,
        folder=folder,
        settings=settings,
        workspace=workspace,
        acquirer=acquirer,
        build=build,
        contexts=build_contexts(request.platforms, settings, workspace),
        trace=trace,
    )


def open_repository(root: str, trace: Trace) -> tuple[Repository, str]:
    """The tree to read, and the folder in it where the go command would run.

    That is the folder itself, unless the go.mod or go.work that governs it lies above, inside the
    same git work tree: then it is the work tree (https://go.dev/ref/mod#workspaces).
    """
    repository = Repository.open(root, trace=trace)
    top = repository.work_tree
    if top is None or top == repository.root:
        return repository, "."
    around = FolderFiles(top, trace)
    inside = posixpath.relpath(repository.root, top)
    above = posixpath.dirname(inside)
    own = repository.files.listing(".")
    while True:
        names = around.listing(above or ".")
        if "go.work" in names or ("go.mod" in names and "go.mod" not in own):
            return Repository.open(top, trace=trace), inside
        if not above:
            return repository, "."
        above = posixpath.dirname(above)


def read_settings(request: ScanRequest, root: str) -> GoSettings:
    """Settings of the go command; files of the scanned repository never count."""
    settings = go_settings(request.environ, request.home, untrusted=(root,))
    if request.goproxy is not None:
        settings = settings.with_goproxy(request.goproxy, "--goproxy")
    return settings


def build_contexts(
    platforms: tuple[PlatformSpec, ...], settings: GoSettings, workspace: Workspace
) -> tuple[BuildContext, ...]:
    """One context per platform that was asked for; the host's where none was."""
    wanted = platforms or (PlatformSpec(goos=settings.goos, goarch=settings.goarch),)
    return tuple(dict.fromkeys(_context(p, settings, workspace) for p in wanted))


def _context(spec: PlatformSpec, settings: GoSettings, workspace: Workspace) -> BuildContext:
    cgo = spec.cgo if spec.cgo is not None else settings.cgo(spec.goos, spec.goarch)
    return BuildContext(
        goos=spec.goos,
        goarch=spec.goarch,
        cgo=cgo,
        tags=tuple(sorted({*spec.tags, *settings.flags.tags})),
        go_version=toolchain_version(settings, workspace),
    )


def toolchain_version(settings: GoSettings, workspace: Workspace) -> str:
    """The Go version whose standard library and release tags count: `1.26.8`.

    The installed one; without an installation the one that go.mod asks for.
    """
    return settings.go_version or workspace.toolchain or workspace.go_version


def read_tree(inventory: Inventory, module: Module) -> SourceTree:
    """The source of a module. Raises ModuleUnavailableError."""
    return inventory.acquirer.tree(module)


def package_url(module: ModuleVersion) -> str:
    """`pkg:golang/...` of a module."""
    return module.purl()


def _mod_flag(settings: GoSettings) -> str:
    mod = settings.flags.mod
    if mod not in ("", "mod", "readonly", "vendor"):
        raise UsageError(f"GOFLAGS: -mod={mod} is not one of mod, readonly, vendor")
    return mod


def _read_outside(path: str) -> bytes:
    folder, _, name = path.rpartition("/")
    return FolderFiles(folder or "/").read(name)
