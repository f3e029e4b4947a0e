"""Which module version or folder takes the place of a module (https://go.dev/ref/mod#go-mod-file-replace).

A replace for one version wins over one for all versions; in a workspace those of go.work win over
those of the go.mod files, for every version of a path that go.work names.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from compliance.errors import MalformedInputError
from compliance.findings import Location
from compliance.golang.modfile import ModFile, Replace, WorkFile
from compliance.golang.module import ModuleVersion
from compliance.golang.place import World
from compliance.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MainModule:
    """A main module: `folder` relative to the repository root with slashes, "." for the root.

    A main module outside the repository has an absolute folder. `use` is the path of the `use`
    directive as written, "." in module mode.
    """

    path: str
    folder: str
    gomod: ModFile
    use: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Right side of a replace that is in force.

    `id` is as the go command prints it: in a workspace a relative folder is relative to go.work.
    `written` is as it stands in the file. `folder` is the folder it means, None for a version.
    """

    id: ModuleVersion
    written: ModuleVersion
    folder: str | None
    location: Location


_Table = dict[ModuleVersion, Target]


class Replacements:
    """The replaces of a workspace, looked up by module version."""

    def __init__(self, world: World, work: WorkFile | None, mains: Sequence[MainModule]) -> None:
        """Index them.

        Raises:
            MalformedInputError: Two replaces of one module disagree.
        """
        self._workspace = work is not None
        work_folder = posixpath.dirname(work.file) or "." if work else "."
        self._work = _table(world, work.file, work_folder, work.replaces) if work else {}
        self._mains = [
            (m, _table(world, m.gomod.file, m.folder, m.gomod.replaces, self._prefix(m)))
            for m in mains
        ]
        self._main_paths = {m.path for m in mains}
        self._replaced = {old.path for old, _ in self.all()}
        self._check(work)

    def _prefix(self, main: MainModule) -> str | None:
        return main.use if self._workspace else None

    def _check(self, work: WorkFile | None) -> None:
        for replace in work.replaces if work else ():
            if replace.old.path in self._main_paths and not replace.old.version:
                raise MalformedInputError(
                    f"workspace module {replace.old.path} is replaced at all versions;"
                    " name the version at which to replace it",
                    file=work.file if work else "", line=replace.line,
                )  # fmt: skip
        overridden = {id_.path for id_ in self._work}
        seen: _Table = {}
        for _, table in self._mains:
            for old, target in table.items():
                if old.path not in overridden:
                    _disagree(old, seen.setdefault(old, target), target)

    def find(self, module: ModuleVersion) -> Target | None:
        """What replaces `module`, if anything does. A main module itself is never replaced.

        Raises:
            MalformedInputError: Two main modules replace it differently.
        """
        if module.path not in self._replaced:
            return None
        if not module.version and module.path in self._main_paths:
            return None
        target = _lookup(self._work, module)
        if target is not None:
            return target[1]
        found: Target | None = None
        for _, table in self._mains:
            here = _lookup(table, module)
            if here is None:
                continue
            specific, candidate = here
            if found is not None and specific:
                _disagree(module, found, candidate)
            found = candidate
        return found

    def everywhere(self, path: str) -> bool:
        """Whether all versions of a path are replaced."""
        return self.find(ModuleVersion(path)) is not None

    def all(self) -> Iterable[tuple[ModuleVersion, Target]]:
        """Left side and target of every replace, in the order of the files."""
        for _, table in self._mains:
            yield from table.items()
        yield from self._work.items()


def _table(
    world: World, file: str, folder: str, replaces: Sequence[Replace], prefix: str | None = None
) -> _Table:
    table: _Table = {}
    for replace in replaces:
        new = replace.new
        place = world.resolve(folder, new.path) if replace.is_folder else None
        shown = new
        if place is not None and prefix is not None and not new.path.startswith("/"):
            shown = ModuleVersion(_as_folder(posixpath.normpath(f"{prefix}/{new.path}")))
        location = Location(file=file, line=replace.line)
        target = Target(id=shown, written=new, folder=place, location=location)
        earlier = table.get(replace.old)
        if earlier is not None and earlier.written != new:
            _disagree(replace.old, earlier, target)
        table[replace.old] = target
    return table


def _as_folder(path: str) -> str:
    return path if path in (".", "..") or path.startswith(("../", "/")) else f"./{path}"


def _lookup(table: _Table, module: ModuleVersion) -> tuple[bool, Target] | None:
    target = table.get(module)
    if target is not None:
        return bool(module.version), target
    target = table.get(ModuleVersion(module.path)) if table else None
    return None if target is None else (False, target)


def _disagree(old: ModuleVersion, first: Target, second: Target) -> None:
    """Raise MalformedInputError unless both mean the same version or folder."""
    if (first.folder or first.id) == (second.folder or second.id):
        return
    raise MalformedInputError(
        f"conflicting replacements for {old}: {second.written} here, {first.written} at"
        f" {first.location.file}:{first.location.line}",
        file=second.location.file, line=second.location.line or 0,
    )  # fmt: skip
