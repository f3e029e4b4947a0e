"""Workspace: the main modules of a run and where their dependencies come from.

What the go command would work on in a folder: https://go.dev/ref/mod#workspaces for go.work,
https://go.dev/ref/mod#vendoring and the -mod flag (https://go.dev/ref/mod#build-commands) for the
vendor folder.
"""

from __future__ import annotations

import posixpath
from typing import Literal

from compliance.errors import IncompleteError, MalformedInputError, NoModuleError, UsageError
from compliance.findings import Finding, Location, Severity
from compliance.golang import semver
from compliance.golang.buildlist import Mode
from compliance.golang.files import EntryKind, Files, UnreadableFileError
from compliance.golang.modfile import GoDebug, ModFile, Use, WorkFile
from compliance.golang.modparse import parse_mod_file, parse_work_file
from compliance.golang.modsyntax import Problems
from compliance.golang.module import import_path_problem
from compliance.golang.place import Outside, World, join, parents
from compliance.golang.replacement import MainModule, Replacements
from compliance.golang.toolchain import Running, chosen_toolchain
from compliance.golang.vendorcheck import vendor_findings
from compliance.golang.vendored import VendorList, is_workspace_list, parse_vendor_list
from compliance.value import dataclass

ModFlag = Literal["", "mod", "readonly", "vendor"]

DEFAULT_GO = "1.16"
"""Go version of a main go.mod without a go line, in module mode."""

DEFAULT_WORK_GO = "1.18"
"""Go version of a go.work without a go line: the release that brought workspaces."""

MOST_NAMED = 3
MOST_LISTED = 2_000
"""Folders that are looked into for the sake of a message."""
_NO_MODULES = frozenset({"vendor", "testdata", "node_modules"})
_FIRST_VENDOR_GO = "1.14"
_STRICT_GO = "1.21"
_RESERVED = frozenset({"go", "toolchain"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """Settings of the go command that decide what it works on.

    `mod` is the -mod flag; `gowork` is GOWORK: "" or "auto" to look for go.work, "off", or a path
    (absolute, or relative to the root of the tree); `local_go` is the installed Go version
    (`1.26.8`), "" without an installation; `gotoolchain` is GOTOOLCHAIN.
    """

    mod: ModFlag = ""
    gowork: str = ""
    local_go: str = ""
    gotoolchain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What the go command would work on in this folder.

    `vendor` is the vendor folder in use (relative to the root) with its list, or None when module
    mode is in force. `go_version` is the language version that governs the run, `toolchain` the Go
    version that the go command would run (`1.26.8`), None when nothing says it,
    `other_toolchain` its name where it is not the installed one, and `running` what it refuses,
    None without an installation. `update` is true when `-mod=mod`
    lets requirements be raised; `vendor_unused` says why a vendor folder that is there does not
    count.
    """

    mode: Mode
    mains: tuple[MainModule, ...]
    work: WorkFile | None
    vendor: str | None
    vendor_list: VendorList | None
    go_version: str
    toolchain: str | None
    other_toolchain: str = ""
    running: Running | None = None
    findings: tuple[Finding, ...] = ()
    folder: str = "."
    update: bool = False
    vendor_unused: str = ""

    @property
    def in_workspace(self) -> bool:
        """Whether a go.work governs the run (with `mode` "vendor" it still may)."""
        return self.work is not None


def load_workspace(
    files: Files,
    *,
    folder: str = ".",
    settings: WorkspaceSettings | None = None,
    outside: Outside | None = None,
) -> Workspace:
    """Find and read go.work, go.mod and vendor/modules.txt for a folder of the tree.

    Args:
        files: The tree.
        folder: Folder in which the go command would run; relative to the root of the tree.
        settings: Settings of the go command.
        outside: How to read main modules beyond the tree; without it they are unavailable.

    Raises:
        UsageError: There is no go.mod and no go.work, or the settings contradict each other.
        MalformedInputError: A file cannot be parsed, or the go command would refuse it.
    """
    settings = settings or WorkspaceSettings()
    world = World(files, outside)
    folder = posixpath.normpath(folder)
    if world.is_outside(folder):
        raise UsageError(f"{folder} lies outside the scanned tree")
    loaded = _find_work(world, folder, settings)
    if loaded is None:
        return _load_module(world, folder, settings)
    return _load_work(world, loaded, settings)


# --- finding the files ---------------------------------------------------------------------------


def _find_up(files: Files, folder: str, name: str) -> str | None:
    """Nearest folder at or above `folder` with a file of this name.

    Raises:
        IncompleteError: There is such a name, but it cannot be read.
    """
    for candidate in parents(folder):
        kind = files.listing(candidate).get(name)
        if kind is EntryKind.FILE:
            return candidate
        if kind is EntryKind.UNREADABLE:
            message = "is no regular file inside the tree, so what it says is unknown"
            raise IncompleteError(message, file=join(candidate, name))
    return None


def _find_work(world: World, folder: str, settings: WorkspaceSettings) -> WorkFile | None:
    if settings.gowork == "off":
        return None
    if settings.gowork in ("", "auto"):
        place = _find_up(world.files, folder, "go.work")
        if place is None:
            return None
        name = "go.work"
    else:
        path, name = posixpath.split(settings.gowork)
        place = world.resolve(".", path or ".")
    try:
        data = world.read(place, name)
    except UnreadableFileError as error:
        file = join(place, name)
        raise UsageError(f"cannot be read: {error.reason(file)}", file=file) from error
    return parse_work_file(data, file=join(place, name))


def _read_main(world: World, folder: str, use: str = ".") -> MainModule:
    """Read the go.mod of a main module, strictly.

    Raises:
        UnreadableFileError: It is not there.
        MalformedInputError: It cannot be parsed, or names no module that Go accepts.
    """
    file = join(folder, "go.mod")
    gomod = parse_mod_file(world.read(folder, "go.mod"), file=file)
    problems = Problems(file)
    if not gomod.module:
        problems.add(gomod.module_line, "missing module declaration")
    elif gomod.module in _RESERVED:
        problems.add(gomod.module_line, f"invalid module path {gomod.module!r}: it is reserved")
    elif problem := import_path_problem(gomod.module):
        problems.add(gomod.module_line, f"malformed module path {gomod.module!r}: {problem}")
    for tool in gomod.tools:
        if problem := import_path_problem(tool.path):
            problems.add(tool.line, f"malformed tool path {tool.path!r}: {problem}")
    problems.raise_if_any()
    return MainModule(path=gomod.module, folder=folder, gomod=gomod, use=use)


def _check_godebugs(file: str, godebugs: tuple[GoDebug, ...]) -> None:
    """Check what needs no list of known settings: `default` names a Go version."""
    problems = Problems(file)
    for setting in godebugs:
        if setting.key == "default" and not semver.toolchain_version(setting.value):
            problems.add(setting.line, "value for default= must be goVERSION")
    problems.raise_if_any()


# --- module mode ---------------------------------------------------------------------------------


def _modules_below(files: Files, folder: str) -> list[str]:
    """Some folders below that have a go.mod, the nearest first; only looked for until found."""
    todo, found = [folder], []
    for place in todo:
        listing = files.listing(place)
        if listing.get("go.mod") is EntryKind.FILE:
            found.append(place)
        if len(found) == MOST_NAMED or len(todo) > MOST_LISTED:
            break
        todo += [
            join(place, name)
            for name, kind in sorted(listing.items())
            if kind is EntryKind.FOLDER and name not in _NO_MODULES and name[0] not in "._"
        ]
    return found


_BEFORE_MODULES = (
    "name a folder with a go.mod; for code from before modules `go mod init` and `go mod tidy` make"
    " one, and `compliance detect` reads the licenses of any files"
)


def _load_module(world: World, folder: str, settings: WorkspaceSettings) -> Workspace:
    place = _find_up(world.files, folder, "go.mod")
    if place is None:
        looked = " or ".join(join(f, "go.mod") for f in parents(folder))
        below = _modules_below(world.files, folder)
        such = (
            f"name a folder with a go.mod, such as {', '.join(below)}" if below else _BEFORE_MODULES
        )
        raise NoModuleError(f"no Go module: there is no {looked}, and no go.work beside; {such}")
    try:
        main = _read_main(world, place)
    except UnreadableFileError as error:
        file = join(place, "go.mod")
        raise IncompleteError(error.reason(file), file=file) from error
    except MalformedInputError:
        _refuse_newer(world, place, settings)
        raise
    toolchain, other, running = _toolchain(main.gomod, settings)
    _check_godebugs(main.gomod.file, main.gomod.godebugs)
    vendor, unused = _vendor_folder(world.files, place, settings, main.gomod.go, workspace=False)
    replacements = Replacements(world, None, (main,))
    vendor_list = _read_vendor_list(world.files, vendor)
    findings: tuple[Finding, ...] = ()
    if vendor_list is not None:
        _check_vendored(vendor_list, running)
        findings = vendor_findings(vendor_list, (main,), replacements, workspace=False)
    return Workspace(
        mode="vendor" if vendor else "mod", mains=(main,), work=None, vendor=vendor,
        vendor_list=vendor_list, go_version=main.gomod.go or DEFAULT_GO,
        toolchain=toolchain, other_toolchain=other, running=running, findings=findings,
        folder=place,
        update=settings.mod == "mod", vendor_unused=unused,
    )  # fmt: skip


def _toolchain(
    file: ModFile | WorkFile, settings: WorkspaceSettings
) -> tuple[str | None, str, Running | None]:
    """Version of the Go that runs, its name where it is another than the installed one, and it.

    Without an installation it is the newest that the file names.

    Raises:
        UsageError: GOTOOLCHAIN is malformed.
        IncompleteError: That Go refuses a file whose go line is so new.
    """
    named = semver.toolchain_version(file.toolchain or "")
    if not semver.is_valid_go(settings.local_go):
        known = [v for v in (file.go or "", named) if semver.is_valid_go(v)]
        return (max(known, key=semver.go_key) if known else None), "", None
    other = chosen_toolchain(settings.gotoolchain, settings.local_go, file.go, file.toolchain)
    version = semver.toolchain_version(other) or settings.local_go
    running = Running(version, settings.gotoolchain)
    running.check("", file.go, file=file.file, line=file.go_line)
    return version, other, running


def _refuse_newer(world: World, folder: str, settings: WorkspaceSettings) -> None:
    """A go.mod that cannot be parsed may be too new: that is the reason then."""
    file = join(folder, "go.mod")
    try:
        gomod = parse_mod_file(world.read(folder, "go.mod"), file=file, strict=False)
    except MalformedInputError:
        return  # no reading at all: the caller has the reasons
    _toolchain(gomod, settings)


def _check_vendored(vendor_list: VendorList, running: Running | None) -> None:
    """Refuse vendored modules that the Go that runs is too old for."""
    if running is None:
        return
    for module in vendor_list.modules:
        running.check(str(module.id), module.go_version, file=vendor_list.file, line=module.line)


# --- vendor folder -------------------------------------------------------------------------------


def _vendor_folder(
    files: Files, folder: str, settings: WorkspaceSettings, go: str | None, *, workspace: bool
) -> tuple[str | None, str]:
    """The vendor folder that counts, or None with the reason why one that is there does not."""
    path = join(folder, "vendor")
    if settings.mod == "vendor":
        return path, ""
    kind = files.listing(folder).get("vendor")
    if kind is EntryKind.UNREADABLE:
        raise MalformedInputError(
            "is no folder inside the tree, so what it holds is unknown", file=path
        )
    if kind not in (EntryKind.FOLDER, EntryKind.LINKED_FOLDER):
        return None, ""
    reason = _vendor_ignored(settings, go, "go.work" if workspace else "go.mod")
    if not reason:
        marked = is_workspace_list(_modules_txt(files, path))
        if marked != workspace:
            reason = f"modules.txt is {'' if marked else 'not '}marked for a workspace"
    return (None, reason) if reason else (path, "")


def _vendor_ignored(settings: WorkspaceSettings, go: str | None, source: str) -> str:
    """Why settings or the go line rule a vendor folder out; "" when they do not."""
    if settings.mod:
        return f"-mod={settings.mod} is set"
    if not go:
        return f"{source} has no go line"
    if semver.compare_go(go, _FIRST_VENDOR_GO) < 0:
        return f"the go line of {source} is {go}, below {_FIRST_VENDOR_GO}"
    return ""


def _modules_txt(files: Files, vendor: str) -> bytes:
    """Content of modules.txt; empty when there is none, which the consistency check reports."""
    if "modules.txt" not in files.listing(vendor):
        return b""
    file = join(vendor, "modules.txt")
    try:
        return files.read(file)
    except UnreadableFileError as error:
        raise IncompleteError(error.reason(file), file=file) from error


def _read_vendor_list(files: Files, vendor: str | None) -> VendorList | None:
    if vendor is None:
        return None
    return parse_vendor_list(_modules_txt(files, vendor), file=join(vendor, "modules.txt"))


# --- workspace mode ------------------------------------------------------------------------------


def _load_work(world: World, work: WorkFile, settings: WorkspaceSettings) -> Workspace:
    if settings.mod == "mod":
        raise UsageError(
            "-mod may only be readonly or vendor in a workspace, but it is mod;"
            " remove the flag or set GOWORK=off",
            file=work.file,
        )
    if not work.uses:
        raise UsageError("the workspace uses no module", file=work.file)
    toolchain, other, running = _toolchain(work, settings)
    _check_godebugs(work.file, work.godebugs)
    place = posixpath.dirname(work.file) or "."
    go = work.go or DEFAULT_WORK_GO
    mains, findings = _read_uses(world, work, place, go)
    vendor, unused = _vendor_folder(world.files, place, settings, work.go, workspace=True)
    replacements = Replacements(world, work, mains)
    vendor_list = _read_vendor_list(world.files, vendor)
    if vendor_list is not None:
        _check_vendored(vendor_list, running)
        findings += vendor_findings(vendor_list, mains, replacements, workspace=True)
    return Workspace(
        mode="vendor" if vendor else "workspace", mains=mains, work=work, vendor=vendor,
        vendor_list=vendor_list, go_version=go, toolchain=toolchain, other_toolchain=other,
        running=running,
        findings=findings, folder=place, vendor_unused=unused,
    )  # fmt: skip


def _read_uses(
    world: World, work: WorkFile, place: str, go: str
) -> tuple[tuple[MainModule, ...], tuple[Finding, ...]]:
    """Main modules in the order of go.work; every one that cannot be read is reported."""
    problems = Problems(work.file)
    mains: list[MainModule] = []
    findings: list[Finding] = []
    folders: set[str] = set()
    paths: set[str] = set()
    for use in work.uses:
        folder = world.resolve(place, use.path)
        if folder in folders:
            problems.add(use.line, f"path {use.path} appears multiple times in workspace")
            continue
        folders.add(folder)
        try:
            main = _read_main(world, folder, use.path)
        except UnreadableFileError as error:
            if world.is_outside(folder):
                findings.append(_unavailable(work, use, str(error)))
            else:
                problems.add(use.line, f"cannot load module {use.path}: {error}")
            continue
        except MalformedInputError as error:
            problems.add(use.line, f"cannot load module {use.path}: {error}")
            continue
        if main.path in paths:
            problems.add(use.line, f"module {main.path} appears multiple times in workspace")
        paths.add(main.path)
        if problem := _work_too_old(main, work, go):
            problems.add(use.line, problem)
        mains.append(main)
    problems.raise_if_any()
    return tuple(mains), tuple(findings)


def _work_too_old(main: MainModule, work: WorkFile, go: str) -> str:
    needed = main.gomod.go or DEFAULT_GO
    if semver.compare_go(needed, go) <= 0 or semver.compare_go(needed, _STRICT_GO) < 0:
        return ""
    verb = "lists" if work.go else "implicitly requires"
    return f"module {main.use} requires go >= {needed}, but go.work {verb} go {go}"


def _unavailable(work: WorkFile, use: Use, reason: str) -> Finding:
    return Finding(
        code="module-unavailable",
        severity=Severity.BLOCK,
        message=f"workspace module {use.path} cannot be read: {reason}",
        remedy="scan a folder that contains the whole workspace, or leave the use directive out",
        location=Location(file=work.file, line=use.line),
    )
