"""Go code that a change adds and that no build of the scan takes: files, and whole programs.

Files of other platforms and tags: their imports of what nothing else needs, and what they and the
packages behind them say of licenses. Programs for other platforms or tags, and programs below
folders that go.mod tells `./...` to pass over.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.golang import EntryKind, IgnoreRules, UnreadableFileError, parse_gofile
from compliance.pipeline.builds import listed_programs
from compliance.pipeline.learned import license_of
from compliance.pipeline.lines import is_copy, read_or_nothing
from compliance.pipeline.sides import Sides, hidden, license_names, licenses_of, listed, says, terms
from compliance.pipeline.treenames import REPOSITORY_TREE
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.golang import Files, ModFile, Module
    from compliance.graph import Main
    from compliance.pipeline.learned import Learned

MOST_FOLLOWED = 500
"""Packages of our own that nothing links, and that are followed to what they import."""
MOST_READ = 200
"""Files of packages that no build takes, which are read for the license that they state."""
MOST_FOLDERS = 5_000
"""Folders below those that a go.mod passes over in which a new program is looked for."""
_IGNORED = ("_", ".")


def unjudged(head: Learned, base: Learned, sides: Sides) -> Iterator[Finding]:
    """Files and programs that a change adds, and that no build context takes."""
    yield from _files(head, base, sides)
    yield from _programs(head, base)
    yield from _passed_over(head, sides)
    yield from _set_aside(head, base, sides)


# Files that no cell takes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Linked:
    """What the scan judges: import paths of packages, and paths of the modules that hold them.

    `known` are licenses that our own code has at the base, or is given by its license file now (it
    is told with that of the repository); `modules` are those of the build list,
    the longest path first.
    """

    packages: frozenset[str]
    holders: frozenset[str]
    known: frozenset[str]
    modules: tuple[str, ...]

    def module_of(self, name: str) -> str:
        """The module that holds an import path, or the path itself."""
        return next((m for m in self.modules if f"{name}/".startswith(f"{m}/")), name)


def _files(head: Learned, base: Learned, sides: Sides) -> Iterator[Finding]:
    """What a change adds to files of our own linked packages that no cell compiles.

    Imports of modules of which nothing is linked, new to such files; of other modules, and of
    packages of our own that nothing links, those that state a license of their own.
    """
    taken = _taken(head)
    packages = [p for c in head.all_cells() for p in c.packages]
    modules = (m.id.path for m in head.inventory.build.modules)
    linked = _Linked(
        packages=frozenset(p.import_path for p in packages),
        holders=frozenset(p.module.path for p in packages if p.module is not None),
        known=_own_terms(base) | _given(head),
        modules=tuple(sorted(modules, key=len, reverse=True)),
    )
    earlier: set[str] | None = None
    for folder in sorted(taken):
        if not sides.differ(folder):
            continue
        for path in _untaken(sides.head, folder, taken[folder]):
            if sides.base.same(path) or not _may_build(sides.head, path):
                continue
            names, own = _through_own(
                head, _imports(sides.head, path) - _imports(sides.base, path), linked
            )
            outside, inside = _apart(names - own.keys(), linked)
            if outside and earlier is None:
                earlier = _of_untaken(sides.base, taken)
            fresh = [n for n, module in outside.items() if not _has(earlier or (), module)]
            fresh += [f"{n} ({t})" for n, t in _with_terms(head, inside, linked)]
            fresh += [f"{n} ({t})" for n, t in _own_with_terms(own, sides, linked)]
            stated = hidden([e for e in (says(sides.head, path),) if e], says(sides.base, path))
            said = sorted(set(stated) - linked.known)
            if fresh or said:
                yield _untold(path, sorted(fresh), said)


def _apart(names: set[str], linked: _Linked) -> tuple[dict[str, str], dict[str, str]]:
    """Imports that nothing links, with their module: of modules that are not judged, and of those
    that are."""  # noqa: D205, D209
    outside: dict[str, str] = {}
    inside: dict[str, str] = {}
    for name in sorted(names - linked.packages):
        if "." in name.partition("/")[0]:
            module = linked.module_of(name)
            (inside if module in linked.holders else outside)[name] = module
    return outside, inside


def _of_untaken(files: Files, taken: Mapping[str, set[str]]) -> set[str]:
    """Imports of all files of our linked packages that no cell compiles."""
    return {
        name
        for place, names in taken.items()
        for other in _untaken(files, place, names)
        for name in _imports(files, other)
    }


def _has(names: Iterable[str], module: str) -> bool:
    return any(f"{name}/".startswith(f"{module}/") for name in names)


def _untold(path: str, imports: list[str], said: list[str]) -> Finding:
    what = [f"adds imports to {path} that are not judged: {listed(imports)}"] if imports else []
    what += [f"brings {path}, which states {' and '.join(said)}"] if said else []
    return Finding(
        code="import-unjudged",
        severity=Severity.REVIEW,
        message=f"this change {', and '.join(what)}; no platform and tag of this scan compiles"
        " the file",
        remedy="scan with the --platform (and tags) that compiles it",
        location=Location(file=path),
        new=True,
    )


def _own_terms(learned: Learned) -> frozenset[str]:
    """Licenses of our own code."""
    said: list[str] = []
    for main in learned.inventory.workspace.mains:
        for module, concluded in learned.concluded.items():
            if module.path == main.path:
                said += [e for e in (concluded.conclusion.declared,) if e]
                said += [e for p in concluded.packages.values() if (e := license_of(p))]
    return frozenset(terms(said))


def _given(learned: Learned) -> frozenset[str]:
    """Licenses that the license files of our own modules give."""
    mains = {m.path for m in learned.inventory.workspace.mains}
    declared = (c.conclusion.declared for m, c in learned.concluded.items() if m.path in mains)
    return frozenset(terms([d for d in declared if d]))


def _with_terms(
    head: Learned, names: Mapping[str, str], linked: _Linked
) -> Iterator[tuple[str, str]]:
    """Packages of judged modules that state a license of their own: (import path, license)."""
    found = {m.id.path: m for m in head.inventory.build.modules}
    for name, path in names.items():
        place = _place_of(head, found[path]) if path in found else None
        if place is None:
            continue
        files, root = place
        inner = name[len(path) + 1 :].split("/") if name != path else []
        stated: list[str] = []
        for depth in range(1, len(inner) + 1):
            folder = posixpath.join(root, *inner[:depth])
            stated += licenses_of(files, folder, license_names(files, folder))
        stated += _of_code(files, posixpath.join(root, *inner))
        said = _concluded(head, path)
        left = [t for t in hidden(stated, said) if t not in linked.known]
        if left:
            yield name, " and ".join(left)


def _own_with_terms(
    own: Mapping[str, str], sides: Sides, linked: _Linked
) -> Iterator[tuple[str, str]]:
    """Packages of our own that nothing links and that state a license which the base lacks."""
    for name, folder in sorted(own.items()):
        if not sides.differ(folder):
            continue
        now, then = (
            terms([*licenses_of(f, folder, license_names(f, folder)), *_of_code(f, folder)])
            for f in (sides.head, sides.base)
        )
        left = [t for t in hidden(now - then, None) if t not in linked.known]
        if left:
            yield name, " and ".join(left)


def _of_code(files: Files, folder: str) -> list[str]:
    """Licenses that Go files of a folder state."""
    names = [posixpath.basename(p) for p in _untaken(files, folder, set())]
    return licenses_of(files, folder, names[:MOST_READ])


def _concluded(head: Learned, path: str) -> str | None:
    return next((c.conclusion.concluded for m, c in head.concluded.items() if m.path == path), None)


def _place_of(head: Learned, module: Module) -> tuple[Files, str] | None:
    """Where the files of a module lie; None where they are not at hand."""
    vendor = head.inventory.workspace.vendor
    if vendor is not None:
        return head.inventory.repository.files, f"{vendor}/{module.id.path}"
    if module.folder is not None:
        return head.inventory.repository.files, posixpath.normpath(module.folder)
    tree = head.inventory.trees.known(module)
    return (tree.files, ".") if tree is not None and tree.files is not None else None


def _through_own(
    head: Learned, names: set[str], linked: _Linked
) -> tuple[set[str], dict[str, str]]:
    """Imports, and those of our own packages among them that nothing links; of all their files.

    Beside them, the folders of these packages by import path.
    """
    files = head.inventory.repository.files
    found, todo = set(names), sorted(names - linked.packages)
    own: dict[str, str] = {}
    for name in todo:
        main = next(
            (m for m in head.inventory.workspace.mains if f"{name}/".startswith(f"{m.path}/")), None
        )
        if main is None or len(todo) > MOST_FOLLOWED:
            continue
        own[name] = posixpath.normpath(posixpath.join(main.folder, name[len(main.path) + 1 :]))
        for path in _untaken(files, own[name], set()):
            more = _imports(files, path) - found
            found |= more
            todo += sorted(more - linked.packages)
    return found, own


def _taken(head: Learned) -> dict[str, set[str]]:
    """Go files of our own linked packages that a cell compiles, by folder."""
    mains = {m.path for m in head.inventory.workspace.mains}
    taken: dict[str, set[str]] = {}
    for package in {id(p): p for c in head.all_cells() for p in c.packages}.values():
        own = package.module is not None and package.module.path in mains
        if own and package.tree == REPOSITORY_TREE:
            files = taken.setdefault(package.folder, set())
            files.update((*package.go_files, *package.cgo_files))
    return taken


def _untaken(files: Files, folder: str, taken: set[str]) -> Iterator[str]:
    """Go files of a folder beside those taken, without tests."""
    prefix = "" if folder == "." else f"{folder}/"
    for name, kind in sorted(files.listing(folder).items()):
        plain = kind is EntryKind.FILE and name.endswith(".go") and name not in taken
        if plain and not name.endswith("_test.go") and not name.startswith(_IGNORED):
            yield prefix + name


def _imports(files: Files, path: str) -> set[str]:
    """What a Go file imports that some build may compile; nothing where there is none."""
    try:
        facts = parse_gofile(files.read(path))
    except UnreadableFileError:
        return set()
    return set(facts.imports) if all(c.may_hold() for c in facts.constraints) else set()


def _may_build(files: Files, path: str) -> bool:
    """Whether some build may compile a Go file."""
    try:
        return all(c.may_hold() for c in parse_gofile(files.read(path)).constraints)
    except UnreadableFileError:
        return False


# Programs that no build takes


def _programs(head: Learned, base: Learned) -> Iterator[Finding]:
    """Programs for other platforms or tags that the base does not have at all."""
    before = base.inventory.repository.files
    fresh = [p for p in head.plan.left_out if not _has_program(before, p.folder)]
    if fresh:
        yield Finding(
            code="main-undeclared",
            severity=Severity.REVIEW,
            message="this change adds programs for other platforms or tags, so they are not"
            f" judged: {listed_programs(fresh)}",
            remedy="scan with the --platform (and tags) that they are built for",
            location=Location(file=posixpath.normpath(f"{fresh[0].folder}/{fresh[0].file}")),
            new=True,
        )


def _passed_over(head: Learned, sides: Sides) -> Iterator[Finding]:
    """Programs that are new below folders which `ignore` lines of a go.mod take out of `./...`."""
    for main in head.inventory.workspace.mains:
        if not main.gomod.ignores:
            continue
        rules = IgnoreRules(i.path for i in main.gomod.ignores)
        fresh = [
            folder
            for folder in _ignored(sides, main.folder, rules)
            if _has_program(sides.head, folder) and not _has_program(sides.base, folder)
        ]
        if fresh:
            yield Finding(
                code="main-undeclared",
                severity=Severity.REVIEW,
                message=f"this change adds programs that {main.gomod.file} passes over (`ignore`),"
                f" so they are not judged: {listed([f'./{f}' for f in sorted(fresh)])}",
                remedy="name them with --main or in a deployment, or take them out of `ignore`",
                location=_place_of_ignore(main.gomod),
                new=True,
            )


def _place_of_ignore(mod: ModFile) -> Location:
    return Location(file=mod.file, line=mod.ignores[0].line)


def _ignored(sides: Sides, top: str, rules: IgnoreRules) -> Iterator[str]:
    """Folders with Go files below what is passed over; where git tells, those that changed."""
    if sides.changes is not None:
        paths = (*sides.changes.modified, *sides.changes.others)
        for folder in {p.rpartition("/")[0] for p in paths if p.endswith(".go")}:
            inside = posixpath.relpath(folder or ".", top)
            if not inside.startswith("..") and rules.skips(inside):
                yield folder
        return
    todo, seen = [top], 0
    while todo and seen < MOST_FOLDERS:
        folder = todo.pop()
        seen += 1
        if rules.skips(posixpath.relpath(folder, top)):
            yield folder
        todo += [
            posixpath.normpath(posixpath.join(folder, name))
            for name, kind in sides.head.listing(folder).items()
            if kind is EntryKind.FOLDER and name[0] not in _IGNORED and name != "vendor"
        ]


def _has_program(files: Files, folder: str) -> bool:
    """Whether some build may take a Go file of package main there."""
    for path in _untaken(files, folder, set()):
        try:
            facts = parse_gofile(files.read(path))
        except UnreadableFileError:
            continue
        if facts.package == "main" and all(c.may_hold() for c in facts.constraints):
            return True
    return False


def _set_aside(head: Learned, base: Learned, sides: Sides) -> Iterator[Finding]:
    """Programs of the base that moved to where `./...` does not look: testdata, `_x`, `.x`."""
    judged = {root for build in base.builds for root in build.roots}
    here = {m.import_path for m in head.plan.mains}
    gone = [m for m in base.plan.mains if m.import_path in judged - here]
    if not gone:
        return
    aside = sorted(p for p in sides.came() if p.endswith(".go") and _is_aside(p))
    for main in gone:
        place = _folder_of(base, main)
        theirs = list(_untaken(sides.base, place, set()))
        for path in aside:
            if any(_is_moved(sides, path, old) for old in theirs):
                yield Finding(
                    code="policy-relaxed",
                    severity=Severity.REVIEW,
                    message=f"this change moves a program that the base judges to {path}, where"
                    f" `./...` passes over it: {main.import_path}",
                    remedy="name it with --main or in a deployment, or keep it where it is judged",
                    location=Location(file=path),
                    new=True,
                )
                break


def _is_moved(sides: Sides, path: str, old: str) -> bool:
    """Whether a file is one of the base: most of its code, or its name and all its imports."""
    data = read_or_nothing(sides.head, path)
    before = _imports(sides.base, old)
    named = posixpath.basename(path) == posixpath.basename(old) and bool(before)
    return is_copy(data, read_or_nothing(sides.base, old)) or (
        named and before <= _imports(sides.head, path)
    )


def _is_aside(path: str) -> bool:
    folders = path.split("/")[:-1]
    return any(f == "testdata" or f.startswith(_IGNORED) for f in folders)


def _folder_of(learned: Learned, main: Main) -> str:
    mains = learned.inventory.workspace.mains
    folder = next((m.folder for m in mains if m.path == main.module), ".")
    return posixpath.normpath(posixpath.join(folder, main.import_path[len(main.module) + 1 :]))
