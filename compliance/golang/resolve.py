"""From an import path to the folder that holds the package.

The rules are those of cmd/go's modload.importFromModules: the standard library first; with a
vendor folder in use only the main modules and that folder; else every selected module whose path
is a prefix of the import path and whose tree really has Go files there, first among the modules
that the main go.mod requires, then among all; a package found in two places is ambiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from compliance.errors import LimitExceededError, ModuleUnavailableError
from compliance.golang import semver
from compliance.golang.buildlist import BuildList, Module
from compliance.golang.files import Files
from compliance.golang.folder import Folder, GoFileCache
from compliance.golang.gofile import GoFileReader
from compliance.golang.module import ModuleVersion, import_path_problem
from compliance.golang.summary import FIRST_PRUNED_GO
from compliance.golang.workspace import DEFAULT_GO, Workspace
from compliance.value import dataclass

_LISTED_SINCE = "1.23"
"""Language version from which a vendored package must stand in vendor/modules.txt."""


_PATTERN_NAMES = frozenset({"all", "cmd", "std", "tool", "work"})
"""Patterns of the command line (cmd/go's search.IsMetaPackage): no package can have their path."""

MAX_IMPORT_PATH = 4096
"""No file system holds a longer path (PATH_MAX of Linux)."""

MAX_UNRESOLVED = 50_000
"""Imports that nothing provides: with more, a list of them helps nobody and costs a gigabyte."""


class TreeProvider(Protocol):
    """Where the loader gets trees from; `sources` implements it."""

    def tree(self, module: Module) -> Files:
        """Tree of a module, rooted at its go.mod; raises ModuleUnavailableError."""
        ...

    def std(self) -> Files | None:
        """GOROOT/src, None without a Go installation."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """Where a package stands; `tree` and `folder` as in `Package`, `here` the listed folder.

    `place` is the folder relative to the root of `files`. `here` is None for what has no files
    (the standard library without a Go installation). `guarded` says that internal or vendor rules
    may forbid an import.
    """

    import_path: str
    module: ModuleVersion | None
    standard: bool
    tree: str
    folder: str
    files: Files | None
    place: str
    here: Folder | None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Why an import path names no package: finding code, message and what to do.

    `component` is the package URL of a module that cannot be read.
    """

    code: str
    message: str
    remedy: str
    component: str | None = None


@dataclass(frozen=True, slots=True)
class _Root:
    """A module tree: `prefix` is its folder in `files` ("" for the root)."""

    path: str
    module: ModuleVersion
    tree: str
    files: Files
    prefix: str
    shown: str
    local: bool


def _meaning(target: Target) -> tuple[object, ...]:
    """What an importer sees of the package that its import names."""
    return (target.module, target.standard, target.tree, target.folder, target.guarded)


class Resolver:
    """Answers are remembered; folders are listed once."""

    def __init__(
        self,
        workspace: Workspace,
        build: BuildList,
        files: Files,
        trees: TreeProvider,
        cache: GoFileCache | None = None,
        earlier: Callable[[str, str], Folder | None] | None = None,
    ) -> None:
        self._earlier = earlier
        self._workspace = workspace
        self._files = files
        self._trees = trees
        self._cache = cache
        self._std = trees.std()
        self._reader = GoFileReader()
        self._modules = build.by_path()
        self._elements = max((p.count("/") + 1 for p in self._modules), default=1)
        self._roots: dict[str, _Root | Unresolved] = {}
        self._folders: dict[tuple[str, str], Folder] = {}
        self._answers: dict[str, Target | Unresolved] = {}
        self._unresolved = 0
        self._agreed: set[str] = set()
        self.harmless: set[str] = set()
        """Paths known to be packages that anybody may import."""
        self._mains = tuple(self._open_main(m.path, m.folder) for m in workspace.mains)
        self._vendored: dict[str, ModuleVersion] = {}
        if workspace.vendor_list is not None:
            for vendored in workspace.vendor_list.modules:
                selected = self._modules.get(vendored.id.path)
                for package in vendored.packages:
                    self._vendored.setdefault(package, selected.id if selected else vendored.id)
        self._first_choice = self._root_paths()

    @property
    def std(self) -> Files | None:
        """GOROOT/src, if there is one."""
        return self._std

    def resolve(self, path: str) -> Target | Unresolved:
        """The package of an import path as seen from a module (not from the standard library).

        Raises LimitExceededError where nothing provides too many.
        """
        known = self._answers.get(path)
        if known is None:
            known = self._answers[path] = self._resolve(path)
            if isinstance(known, Unresolved):
                self._count_unresolved(path)
            elif not known.guarded:
                self.harmless.add(path)
        return known

    def _count_unresolved(self, path: str) -> None:
        self._unresolved += 1
        if self._unresolved > MAX_UNRESOLVED:
            raise LimitExceededError(
                f"more than {MAX_UNRESOLVED} imports name packages that nothing provides, {path}"
                " among them: what is linked is not known"
            )

    def agrees(self, other: Resolver, paths: Iterable[str]) -> bool:
        """Whether another resolver, always the same one, gives the same answers to these paths.

        Both must find a package; what cannot be resolved counts as another answer.
        """
        for path in paths:
            if path in self._agreed:
                continue
            mine, theirs = self.resolve(path), other.resolve(path)
            if not isinstance(mine, Target) or not isinstance(theirs, Target):
                return False
            if _meaning(mine) != _meaning(theirs):
                return False
            self._agreed.add(path)
        return True

    def vendored_std(self, importer: str, path: str) -> str:
        """Import path that `path` means inside the standard library package `importer`."""
        if self._std is None or is_standard(path):
            return path
        top = "cmd/vendor/" if has_path_prefix(importer, "cmd") else "vendor/"
        here = self._folder("std", self._std, top + path)
        return top + path if here.has_go else path

    def main_package(self, main: int, relative: str) -> tuple[str, Folder]:
        """Import path and folder of the package at `relative` ("." for the root) in a main."""
        root = self._mains[main]
        place = _join(root.prefix, "" if relative == "." else relative)
        path = root.path if relative == "." else f"{root.path}/{relative}"
        return path, self._folder(root.tree, root.files, place or ".")

    def listed(self, tree: str, place: str) -> Folder | None:
        """A folder that was listed here, None for any other."""
        return self._folders.get((tree, place))

    def save(self) -> None:
        """Hand what was parsed to the cache."""
        if self._cache is not None:
            for (tree, place), folder in self._folders.items():
                if folder.parsed:
                    self._cache.put(tree, folder.files, place, folder.parsed)

    def _resolve(self, path: str) -> Target | Unresolved:
        refused = _refusal(path)
        if refused:
            return Unresolved("package-invalid", refused, "Correct the import path.")
        found: list[Target] = []
        if is_standard(path):
            if self._std is None:
                if path == "unsafe" or not self._may_be_module(path):
                    return _standard(path)
            else:
                here = self._folder("std", self._std, path)
                if here.has_go:
                    found.append(_standard(path, self._std, here))
        if self._workspace.vendor is not None:
            return self._choose(path, found + self._in_vendor(path))
        return self._in_modules(path, found)

    def _may_be_module(self, path: str) -> bool:
        return any(prefix in self._modules for prefix in _prefixes(path, self._elements))

    def _in_vendor(self, path: str) -> list[Target]:
        found = [t for root in self._mains if (t := self._in_root(path, root)) is not None]
        vendor = self._workspace.vendor or "vendor"
        place = f"{vendor}/{path}"
        here = self._folder("", self._files, place)
        if here.has_go:
            module = self._vendored.get(path)
            if module is not None or self._unlisted_count():
                owner = module or self._vendor_owner(path)
                guarded = _is_guarded(path)
                found.append(
                    Target(path, owner, False, "", place, self._files, place, here, guarded)
                )
        return found

    def _unlisted_count(self) -> bool:
        return semver.compare_go(self._workspace.go_version, _LISTED_SINCE) < 0

    def _vendor_owner(self, path: str) -> ModuleVersion | None:
        """Module of a vendored package that modules.txt does not list: the longest prefix."""
        vendor_list = self._workspace.vendor_list
        known = {m.id.path: m.id for m in vendor_list.modules} if vendor_list else {}
        return next((known[p] for p in _prefixes(path, self._elements) if p in known), None)

    def _in_modules(self, path: str, found: list[Target]) -> Target | Unresolved:
        """First among the modules that the main go.mod files name, then among all."""
        rounds = (None,) if self._first_choice is None else (self._first_choice, None)
        for only in rounds:
            places = list(found)
            for prefix in _prefixes(path, self._elements):
                if (only is not None and prefix not in only) or prefix not in self._modules:
                    continue
                root = self._root(prefix)
                if isinstance(root, Unresolved):
                    return root
                target = self._in_root(path, root)
                if target is not None:
                    places.append(target)
            if places or only is None:
                return self._choose(path, places)
        return self._choose(path, found)

    def _choose(self, path: str, found: list[Target]) -> Target | Unresolved:
        if len(found) == 1:
            return found[0]
        if found:
            places = " and ".join(sorted(_shown(t) for t in found))
            return Unresolved(
                "package-missing",
                f"ambiguous import: {path} is found in {places}",
                "Require versions of these modules of which only one has the package.",
            )
        if _of_tinygo(path):
            return Unresolved(
                "package-missing",
                f"package {path} is not in std",
                "TinyGo brings this package in a standard library of its own, which is not read"
                " here: go by what tinygo lists, or leave its programs out with --main.",
            )
        if is_standard(path):
            return Unresolved(
                "package-missing",
                f"package {path} is not in std",
                "It belongs to a module that is not required, or to another toolchain: correct the"
                " import, or leave its programs out with --main.",
            )
        if self._workspace.vendor is not None:
            what = f"no module provides package {path}: it is not in {self._workspace.vendor}"
        else:
            what = f"no required module provides package {path}"
        return Unresolved(
            "package-missing",
            what,
            "Run `go mod tidy` (and `go mod vendor` where dependencies are vendored).",
        )

    def _in_root(self, path: str, root: _Root) -> Target | None:
        """The package in a module tree, None if its folder has no Go file or is another module."""
        if path == root.path:
            relative = ""
        elif path.startswith(root.path + "/"):
            relative = path[len(root.path) + 1 :]
        else:
            return None
        place = _join(root.prefix, relative) or "."
        here = self._folder(root.tree, root.files, place)
        if root.local and relative and self._crosses_module(root, relative):
            return None
        if not here.has_go:
            return None
        folder = _join(root.shown, relative) if root.shown else place
        guarded = _is_guarded(path)
        return Target(path, root.module, False, root.tree, folder, root.files, place, here, guarded)

    def _crosses_module(self, root: _Root, relative: str) -> bool:
        while relative:
            place = _join(root.prefix, relative)
            if self._folder(root.tree, root.files, place).has_gomod:
                return True
            relative = relative.rpartition("/")[0]
        return False

    def _root(self, path: str) -> _Root | Unresolved:
        known = self._roots.get(path)
        if known is None:
            known = self._roots[path] = self._open(self._modules[path])
        return known

    def _open_main(self, path: str, folder: str) -> _Root:
        """A main module; raises ModuleUnavailableError for one outside that cannot be read."""
        module = ModuleVersion(path)
        if not _is_outside(folder):
            return _Root(path, module, "", self._files, _prefix(folder), "", True)
        files = self._trees.tree(Module(id=module, main=True, folder=folder))
        return _Root(path, module, path, files, "", folder, True)

    def _open(self, module: Module) -> _Root | Unresolved:
        path = module.id.path
        for main in self._mains:
            if main.path == path:
                return main
        folder = module.folder
        if folder is not None and not _is_outside(folder):
            if "go.mod" not in self._files.listing(folder):
                why = f"{folder}, which replaces it, has no go.mod"
                return Unresolved(
                    "module-unavailable",
                    f"module {module.id} cannot be read: {why}",
                    "Bring the folder (is it a git submodule?), or correct the replace.",
                    module.id.purl,
                )
            return _Root(path, module.id, "", self._files, _prefix(folder), "", True)
        try:
            files = self._trees.tree(module)
        except ModuleUnavailableError as error:
            why = error.message.removeprefix(f"{module.id}: ")
            return Unresolved(
                "module-unavailable",
                f"module {module.id} cannot be read: {why}",
                "Make the module available in the module cache, vendor/ or through GOPROXY.",
                module.id.purl,
            )
        if folder is not None:
            return _Root(path, module.id, str(module.id), files, "", folder, True)
        return _Root(path, module.id, str(module.source or module.id), files, "", "", False)

    def _folder(self, tree: str, files: Files, place: str) -> Folder:
        key = (tree, place)
        known = self._folders.get(key)
        if known is None:
            known = self._earlier(tree, place) if self._earlier is not None else None
            if known is not None:
                self._folders[key] = known
                return known
            known = self._folders[key] = Folder(files, place, self._reader)
            if self._cache is not None:
                parsed = self._cache.get(tree, files, place)
                if parsed is not None:
                    known.known(parsed)
        return known

    def _root_paths(self) -> frozenset[str] | None:
        """Paths of the modules that the go command asks first; None where it asks all at once."""
        mains = {m.path for m in self._workspace.mains}
        if self._workspace.work is not None:
            return frozenset(mains)
        lines = [m.gomod.go or DEFAULT_GO for m in self._workspace.mains]
        if any(semver.compare_go(line, FIRST_PRUNED_GO) < 0 for line in lines):
            return None
        return frozenset(
            mains | {r.id.path for m in self._workspace.mains for r in m.gomod.requires}
        )


def _standard(path: str, files: Files | None = None, here: Folder | None = None) -> Target:
    return Target(path, None, True, "std", path, files, path, here, _is_guarded(path))


def _is_guarded(path: str) -> bool:
    return "internal" in path or "vendor" in path


def is_standard(path: str) -> bool:
    """Whether the path could name a standard library package: no dot in its first element."""
    return "." not in path.partition("/")[0]


_TINYGO = ("device", "machine", "runtime/interrupt", "runtime/volatile")
"""Trees of TinyGo's standard library (its src/) that Go's has not."""


def _of_tinygo(path: str) -> bool:
    return any(has_path_prefix(path, tree) for tree in _TINYGO)


def has_path_prefix(path: str, prefix: str) -> bool:
    """Whether `prefix` is `path` or a parent of it by elements ("" is a parent of all)."""
    return not prefix or path == prefix or path.startswith(prefix + "/")


def _prefixes(path: str, elements: int) -> Iterator[str]:
    """Parents of the path of at most so many elements (the path is one), longest first.

    The pseudo modules go and toolchain are never among them.
    """
    if path.count("/") >= elements:
        path = "/".join(path.split("/", elements)[:elements])
    while path:
        if path not in ("go", "toolchain"):
            yield path
        path = path.rpartition("/")[0]


def _refusal(path: str) -> str:
    """Why no module can have a package of this path, "" if one can."""
    reason = ""
    if len(path) > MAX_IMPORT_PATH:
        reason = f"import path of {len(path)} characters: {path[:40]!r}..."
    elif path.startswith(("./", "../")) or path in (".", ".."):
        reason = f"local import {path!r} in non-local package"
    elif path.startswith("/"):
        reason = f"{path!r} is not a package path"
    elif "@" in path:
        reason = f"import path {path!r} should not have @version"
    elif path == "C" or path in _PATTERN_NAMES:
        reason = f"{path!r} is not an importable package"
    elif path.startswith("mod/"):
        reason = f"disallowed import path {path!r}"
    elif problem := import_path_problem(path):
        reason = f"malformed import path {path!r}: {problem}"
    return reason


def _is_outside(folder: str) -> bool:
    return folder.startswith(("/", "../")) or folder == ".." or folder[1:3] in (":/", ":\\")


def _prefix(folder: str) -> str:
    return "" if folder == "." else folder


def _join(prefix: str, relative: str) -> str:
    return f"{prefix}/{relative}" if prefix and relative else prefix or relative


def _shown(target: Target) -> str:
    if target.standard:
        return "the standard library"
    return str(target.module) if target.module else target.folder
