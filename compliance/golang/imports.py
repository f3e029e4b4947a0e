"""Package loading: what `go list -deps` says, for several main packages and build contexts.

Imports are followed from each main package under the build constraints of each context. Folders
are listed and files parsed once for all contexts, and contexts that take the same files of a
package share one Package object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from compliance.errors import UsageError
from compliance.findings import Finding, Location, Severity
from compliance.golang.buildcontext import Matcher, experiment_tags
from compliance.golang.buildlist import BuildList
from compliance.golang.cycles import import_cycles
from compliance.golang.files import Files, UnreadableFileError
from compliance.golang.folder import Folder, GoFileCache, Selection
from compliance.golang.leftout import LeftOut, left_out
from compliance.golang.module import fold_case
from compliance.golang.node import Node, NodeBuilder, place
from compliance.golang.package import BuildContext, Cell, Package
from compliance.golang.patterns import IgnoreRules, cleaned, matcher, walk
from compliance.golang.resolve import Resolver, Target, TreeProvider, Unresolved
from compliance.golang.workspace import Workspace
from compliance.value import dataclass, replace

_EXPERIMENTS_FILE = "internal/buildcfg/exp.go"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """What packages are loaded from.

    `files` is the repository; `on_package` is called for each package as soon as it is known
    (once, also where several contexts have it). `earlier` answers with a folder that another loader
    listed and that is the same here, by tree and place; `like` is that loader, whose packages are
    kept where they hold here, too.
    """

    workspace: Workspace
    build: BuildList
    files: Files
    trees: TreeProvider
    cache: GoFileCache | None = None
    on_package: Callable[[Package], None] | None = None
    earlier: Callable[[str, str], Folder | None] | None = None
    like: PackageLoader | None = None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Main:
    """A package to start from and the contexts in which it is one.

    `folder` is relative to the repository; "" where the package is not in a main module.
    """

    import_path: str
    folder: str
    contexts: tuple[BuildContext, ...]


class SideEdge(NamedTuple):
    """Why tests or tools need a package: `kind` is `test` or `build-tool`.

    `source` is the import path of the tested package, or the go.mod file that has the tool line
    or the tested package in its module; `file` is relative to the repository.
    """

    kind: Literal["test", "build-tool"]
    source: str
    target: str
    file: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideScope:
    """Packages that nothing shipped needs: by import path, those that tests or tools reach.

    `edges` lead from code of the main modules to what its tests and tools need, linked or not.
    """

    test: tuple[Package, ...]
    tool: tuple[Package, ...]
    findings: tuple[Finding, ...] = ()
    edges: tuple[SideEdge, ...] = ()


class PackageLoader:
    """Loads packages of one workspace; everything it learns is kept for the next question."""

    def __init__(self, request: LoadRequest) -> None:
        self._request = request
        self._resolver = Resolver(
            request.workspace, request.build, request.files, request.trees, request.cache,
            request.earlier,
        )  # fmt: skip
        like = request.like
        self._builder: NodeBuilder = NodeBuilder(
            self._resolver, like._builder if like is not None else None
        )
        self._graphs: dict[BuildContext, _Graph] = {}
        self._reported: set[int] = set()
        self._nameless: dict[str, Finding] = {}
        self._walks: dict[tuple[int, str], tuple[tuple[str, Folder], ...]] = {}

    def find_mains(
        self, contexts: Sequence[BuildContext], patterns: Sequence[str] = ()
    ) -> tuple[Main, ...]:
        """Main packages that patterns name, all of the main modules where there is no pattern.

        A pattern is `./folder`, an import path, or either with `...`, which then selects the main
        packages among its matches, and those that may be one: the go command refuses their files.
        A plain folder or path may name a library as well.

        Raises:
            UsageError: a pattern names no package.
        """
        found = {} if patterns else {m.import_path: m for m in self._programs(contexts)}
        for pattern in patterns:
            mains = self._match(pattern, contexts)
            if not mains:
                raise UsageError(f"--main {pattern}: matches no main package")
            for main in mains:
                found.setdefault(main.import_path, main)
        return tuple(sorted(found.values()))

    def listed(self, tree: str, place: str) -> Folder | None:
        """A folder that was listed on the way, None for any other."""
        return self._resolver.listed(tree, place)

    def save(self) -> None:
        """Hand what was read of Go files to the cache, once all is asked."""
        self._resolver.save()

    def libraries(self, contexts: Sequence[BuildContext]) -> tuple[tuple[str, str], ...]:
        """Import path and folder of every package of the main modules that is no program, sorted.

        A package without Go files in each of the contexts does not count.
        """
        found = set()
        for number, main in enumerate(self._request.workspace.mains):
            for relative, folder in self._walk(number):
                path, place = _names(main.path, main.folder, relative)
                if self._library_in(folder, contexts) and self._has_name(path, place):
                    found.add((path, place))
        return tuple(sorted(found))

    def left_out(self, contexts: Sequence[BuildContext]) -> tuple[LeftOut, ...]:
        """Programs of the main modules of which none of the contexts takes a file, by folder."""
        modules = enumerate(self._request.workspace.mains)
        folders = {
            _names(main.path, main.folder, relative)[1]: folder
            for number, main in modules
            for relative, folder in self._walk(number)
            if folder.go_names
            and all(folder.select(self._graph(c).matcher).empty for c in contexts)
        }
        return tuple(left_out(sorted(folders.items(), key=lambda item: item[0])))

    def find_packages(
        self, contexts: Sequence[BuildContext], patterns: Sequence[str]
    ) -> tuple[str, ...]:
        """Import paths of the packages that patterns name, programs or not, sorted.

        Patterns with `...` select among the packages of the main modules.

        Raises:
            UsageError: a pattern names no package.
        """
        found: set[str] = set()
        every: set[tuple[str, str]] | None = None
        for pattern in patterns:
            if "..." not in pattern:
                found.update(m.import_path for m in self._match(pattern, contexts))
                continue
            if every is None:
                programs = {(m.import_path, m.folder) for m in self.find_mains(contexts)}
                every = programs | set(self.libraries(contexts))
            local = pattern.startswith(("./", "../"))
            test = matcher(cleaned(pattern) if local else pattern)
            named = {
                path
                for path, place in every
                if test((place if place == "." else f"./{place}") if local else path)
            }
            if not named:
                raise UsageError(f"--main {pattern}: matches no package")
            found |= named
        return tuple(sorted(found))

    def tests_of(self, roots: Sequence[str], context: BuildContext) -> Cell:
        """All packages that tests of some packages of the main modules need, as one cell."""
        graph = self._graph(context)
        findings: list[Finding] = []
        wanted = self._test_imports(graph, findings, only=frozenset(roots))
        resolved = [p for p in wanted if isinstance(self._resolver.resolve(p), Target)]
        graph.load(resolved)
        packages, more = graph.reach(resolved)
        return Cell(main="tests", context=context, packages=packages, findings=(*findings, *more))

    def _library_in(self, folder: Folder, contexts: Sequence[BuildContext]) -> bool:
        chosen = [folder.select(self._graph(c).matcher) for c in contexts if folder.go_names]
        return any(not s.empty and s.name != "main" for s in chosen)

    def cells(self, mains: Iterable[Main]) -> tuple[Cell, ...]:
        """The packages linked into each main in each of its contexts, sorted by import path."""
        wanted = [(main, context) for main in mains for context in main.contexts]
        for main, context in wanted:
            self._graph(context).load((main.import_path,))
        return tuple(self._cell(main, context) for main, context in wanted)

    def closure(self, name: str, roots: Sequence[str], context: BuildContext) -> Cell:
        """All packages that some packages need, as one cell (a library has no main package)."""
        graph = self._graph(context)
        graph.load(roots)
        packages, findings = graph.reach(roots)
        return Cell(main=name, context=context, packages=packages, findings=findings)

    def side_scope(self, contexts: Sequence[BuildContext], linked: Iterable[str]) -> SideScope:
        """Packages beyond `linked` that tests of the main modules, or `tool` lines, reach."""
        known = set(linked)
        test: dict[str, Package] = {}
        tool: dict[str, Package] = {}
        findings: list[Finding] = []
        mains = self._request.workspace.mains
        tools = [t.path for m in mains for t in m.gomod.tools]
        edges: set[SideEdge] = {
            SideEdge("build-tool", m.gomod.file, t.path, m.gomod.file, t.line)
            for m in mains
            for t in m.gomod.tools
        }
        for context in contexts:
            graph = self._graph(context)
            roots = self._test_imports(graph, findings, edges=edges)
            for names, into in ((roots, test), (tools, tool)):
                resolved = [p for p in names if isinstance(self._resolver.resolve(p), Target)]
                graph.load(resolved)
                packages, more = graph.reach(resolved)
                findings += more
                for package in packages:
                    if package.import_path not in known:
                        into.setdefault(package.import_path, package)
        softened: dict[object, Finding] = {}
        for finding in sorted(map(_soften, findings), key=Finding.sort_key):
            softened.setdefault(finding.component or finding, finding)
        return SideScope(
            test=tuple(test[p] for p in sorted(test)),
            tool=tuple(tool[p] for p in sorted(tool)),
            findings=tuple(softened.values()),
            edges=_first_places(edges),
        )

    def _graph(self, context: BuildContext) -> _Graph:
        known = self._graphs.get(context)
        if known is None:
            known = _Graph(self._resolver, self._builder, self._matcher(context), self._report)
            self._graphs[context] = known
        return known

    def _matcher(self, context: BuildContext) -> Matcher:
        std = self._resolver.std
        text = None
        if std is not None:
            try:
                text = std.read(_EXPERIMENTS_FILE)
            except UnreadableFileError:
                # A toolchain that keeps its defaults elsewhere: those of the platform are assumed.
                text = None
        return Matcher(context, experiment_tags(context, text))

    def _report(self, package: Package) -> None:
        if id(package) not in self._reported:
            self._reported.add(id(package))
            if self._request.on_package is not None:
                self._request.on_package(package)

    def _cell(self, main: Main, context: BuildContext) -> Cell:
        packages, findings = self._graph(context).reach((main.import_path,))
        return Cell(main=main.import_path, context=context, packages=packages, findings=findings)

    def _match(self, pattern: str, contexts: Sequence[BuildContext]) -> list[Main]:
        local = pattern.startswith(("./", "../")) or pattern in (".", "..")
        if "..." not in pattern:
            return [self._local(pattern, contexts) if local else self._literal(pattern, contexts)]
        test = matcher(cleaned(pattern) if local else pattern)
        if local:
            return self._programs(contexts, lambda _, p: test(p if p == "." else f"./{p}"))
        return self._programs(contexts, lambda path, _: test(path))

    def _programs(
        self,
        contexts: Sequence[BuildContext],
        wanted: Callable[[str, str], bool] = lambda path, folder: True,  # noqa: ARG005
    ) -> list[Main]:
        """Programs of the main modules whose import path and folder are `wanted`."""
        found = []
        for number, main in enumerate(self._request.workspace.mains):
            for relative, folder in self._walk(number):
                path, place = _names(main.path, main.folder, relative)
                if wanted(path, place):
                    in_force = self._program_in(folder, contexts)
                    if in_force and self._has_name(path, place):
                        found.append(Main(import_path=path, folder=place, contexts=in_force))
        return found

    def _has_name(self, path: str, place: str) -> bool:
        """Whether a package can be imported, and so built, by the path of its folder."""
        answer = self._resolver.resolve(path)
        if isinstance(answer, Unresolved):
            self._nameless[place] = Finding(
                code=answer.code,
                severity=Severity.BLOCK,
                message=f"{answer.message}: the go command builds no package in this folder",
                remedy="Rename the folder (testdata, or _ in front, where it is not to be built),"
                " or name the programs to look at with --main.",
                location=Location(file=place),
            )
        return not isinstance(answer, Unresolved)

    @property
    def nameless(self) -> tuple[Finding, ...]:
        """Folders that patterns matched and that were left out: they cannot be built."""
        return tuple(self._nameless[place] for place in sorted(self._nameless))

    def _program_in(
        self, folder: Folder, contexts: Sequence[BuildContext]
    ) -> tuple[BuildContext, ...]:
        if not folder.go_names:
            return ()
        return tuple(c for c in contexts if _may_be_program(folder.select(self._graph(c).matcher)))

    def _walk(self, number: int) -> tuple[tuple[str, Folder], ...]:
        known = self._walks.get((number, "."))
        if known is None:
            main = self._request.workspace.mains[number]
            ignore = IgnoreRules(i.path for i in main.gomod.ignores)
            resolver = self._resolver
            known = tuple(walk(lambda r: resolver.main_package(number, r)[1], ignore))
            self._walks[number, "."] = known
        return known

    def _local(self, pattern: str, contexts: Sequence[BuildContext]) -> Main:
        """The package of `./folder`: it belongs to the main module with the deepest folder."""
        place = cleaned(pattern).removeprefix("./")
        if place.startswith("../") or place == "..":
            raise UsageError(f"--main {pattern}: leaves the repository")
        owners = [
            (len(m.folder) if m.folder != "." else 0, number)
            for number, m in enumerate(self._request.workspace.mains)
            if m.folder in (".", place) or place.startswith(m.folder + "/")
        ]
        if not owners:
            return self._literal(self._replaced(pattern, place), contexts)
        number = max(owners)[1]
        main = self._request.workspace.mains[number]
        relative = place if main.folder == "." else place[len(main.folder) + 1 :] or "."
        if relative.startswith("vendor/"):
            return self._literal(self._vendored(pattern, main.folder, relative), contexts)
        path, folder = self._resolver.main_package(number, relative)
        if not folder.has_go:
            raise UsageError(f"--main {pattern}: no Go files in {place}")
        if self._find(path, pattern).folder != place:
            raise UsageError(f"--main {pattern}: belongs to another module")
        in_force = self._taken_in(folder, contexts)
        return Main(import_path=path, folder=place, contexts=in_force)

    def _replaced(self, pattern: str, place: str) -> str:
        """Import path of a folder of a replaced module (modload.pathInModuleCache)."""
        for module in self._request.build.modules:
            if module.folder and not module.main and f"{place}/".startswith(f"{module.folder}/"):
                return module.id.path + place[len(module.folder) :]
        raise UsageError(f"--main {pattern}: is in no main module")

    def _vendored(self, pattern: str, root: str, relative: str) -> str:
        """Import path of a folder below `vendor/` (modload.resolveLocalPackage)."""
        workspace = self._request.workspace
        listed = workspace.vendor_list
        if listed is None or workspace.vendor != ("vendor" if root == "." else f"{root}/vendor"):
            raise UsageError(f"--main {pattern}: this vendor folder does not count")
        path = relative.removeprefix("vendor/")
        if path not in listed.owners():
            raise UsageError(f"--main {pattern}: no package that vendor/modules.txt lists")
        return path

    def _literal(self, path: str, contexts: Sequence[BuildContext]) -> Main:
        target = self._find(path, path)
        in_main = any(
            target.module is not None and target.module.path == m.path
            for m in self._request.workspace.mains
        )
        in_force = tuple(contexts)
        if target.here is not None:
            in_force = self._taken_in(target.here, contexts)
        folder = target.folder if in_main else ""
        return Main(import_path=path, folder=folder, contexts=in_force)

    def _taken_in(
        self, folder: Folder, contexts: Sequence[BuildContext]
    ) -> tuple[BuildContext, ...]:
        """Contexts that have files of the folder; all where none has, which is then a finding."""
        found = tuple(c for c in contexts if not folder.select(self._graph(c).matcher).empty)
        return found or tuple(contexts)

    def _find(self, path: str, pattern: str) -> Target:
        answer = self._resolver.resolve(path)
        if isinstance(answer, Unresolved):
            raise UsageError(f"--main {pattern}: {answer.message}")
        return answer

    def _test_imports(
        self,
        graph: _Graph,
        findings: list[Finding],
        only: frozenset[str] | None = None,
        edges: set[SideEdge] | None = None,
    ) -> list[str]:
        """What tests of the main modules need: the package tested and what its tests import.

        `only` limits it to the tests of some packages; `edges` takes why each is needed.
        """
        paths: set[str] = set()
        for number, main in enumerate(self._request.workspace.mains):
            for relative, folder in self._walk(number):
                tests = folder.selected_tests(graph.matcher)
                if not tests:
                    continue
                path, folder_name = _names(main.path, main.folder, relative)
                if only is not None and path not in only:
                    continue
                target = Target(
                    path, None, False, "", folder_name, self._request.files, folder_name, folder
                )
                imports, needed = self._builder.imports(target, dict(tests), findings)
                paths.update(needed)
                tested = bool(folder.go_names) and not folder.select(graph.matcher).empty
                if tested:
                    paths.add(path)
                if edges is not None:
                    where = "" if folder_name == "." else f"{folder_name}/"
                    gomod = main.gomod.file
                    edges.add(SideEdge("test", gomod, path, f"{where}{tests[0][0]}", None))
                    edges.update(
                        SideEdge("test", path, i.path, where + i.file, i.line)
                        for i in imports
                        if i.path in needed and i.path != path
                    )
        return sorted(paths)


class _Graph:
    """Packages of one build context and what they need."""

    def __init__(
        self,
        resolver: Resolver,
        builder: NodeBuilder,
        matcher: Matcher,
        report: Callable[[Package], None],
    ) -> None:
        self.matcher = matcher
        self._resolver = resolver
        self._builder = builder
        self._report = report
        self._nodes: dict[str, Node] = {}
        self._acyclic = 0

    def load(self, roots: Iterable[str]) -> None:
        """Follow imports from `roots`, which must be resolvable."""
        nodes = self._nodes
        resolve, build, report = self._resolver.resolve, self._builder.build, self._report
        stack = [path for path in roots if path not in nodes]
        while stack:
            path = stack.pop()
            if path in nodes:
                continue
            target = resolve(path)
            if isinstance(target, Unresolved):
                continue
            node = nodes[path] = build(target, self.matcher)
            report(node.package)
            stack += [d for d in node.dependencies if d not in nodes]

    def reach(self, roots: Iterable[str]) -> tuple[tuple[Package, ...], tuple[Finding, ...]]:
        """Packages that `roots` need, by import path, and the findings about them."""
        nodes = self._nodes
        start = tuple(roots)
        seen = {path for path in start if path in nodes}
        stack = list(seen)
        while stack:
            more = [d for d in nodes[stack.pop()].dependencies if d not in seen and d in nodes]
            seen.update(more)
            stack += more
        paths = sorted(seen)
        reached = [nodes[path] for path in paths]
        found = _once_per_module(f for node in reached if node.findings for f in node.findings)
        found += self._relations(paths, start)
        packages = tuple([node.package for node in reached])
        return packages, tuple(sorted(dict.fromkeys(found), key=Finding.sort_key))

    def _relations(self, paths: Sequence[str], roots: tuple[str, ...]) -> list[Finding]:
        """What the go command says of packages together: cycles, programs imported, collisions."""
        nodes = self._nodes
        findings = [
            _refused(self._first_import(path, paths), f"import {path!r} is a program")
            for path in paths
            if nodes[path].package.name == "main" and path not in roots
        ]
        if len({fold_case(p) for p in paths}) != len(paths):
            seen: dict[str, str] = {}
            for path in paths:
                other = seen.setdefault(fold_case(path), path)
                if other != path:
                    message = f'case-insensitive import collision: "{path}" and "{other}"'
                    findings.append(_refused(self._first_import(path, paths), message))
        findings += [
            _absent(self._first_import(path, paths), path, nodes[path])
            for path in paths
            if nodes[path].absent
        ]
        for cycle in self._cycles(paths):
            message = "import cycle not allowed: " + " imports ".join([*cycle, cycle[0]])
            findings.append(_refused(self._place(cycle[0], cycle[1 % len(cycle)]), message))
        return findings

    def _cycles(self, paths: Sequence[str]) -> list[tuple[str, ...]]:
        """Import cycles among the packages.

        What was loaded before needs nothing that came later: a new cycle lies among the new ones.
        """
        new = list(islice(self._nodes, self._acyclic, None))
        if import_cycles(self._nodes, new):
            return import_cycles(self._nodes, paths)
        self._acyclic = len(self._nodes)
        return []

    def _first_import(self, path: str, paths: Sequence[str]) -> Location | None:
        for importer in paths:
            if path in self._nodes[importer].dependencies:
                return self._place(importer, path)
        return None

    def _place(self, importer: str, path: str) -> Location | None:
        package = self._nodes[importer].package
        for entry in package.imports:
            if entry.path == path:
                return place(package.tree, package.folder, entry.file, entry.line)
        return None


def load_cells(request: LoadRequest, mains: Iterable[Main]) -> tuple[Cell, ...]:
    """One-off form of `PackageLoader.cells`."""
    return PackageLoader(request).cells(mains)


def _may_be_program(selection: Selection) -> bool:
    """A program, or what the go command refuses before it can tell the name of the package."""
    if selection.name:
        return selection.name == "main" and not selection.empty
    return selection.refused


def _refused(place: Location | None, message: str) -> Finding:
    return Finding(
        code="package-invalid",
        severity=Severity.BLOCK,
        message=message,
        remedy="The go command refuses these imports: change them.",
        location=place,
    )


def _absent(where: Location | None, path: str, node: Node) -> Finding:
    package = node.package
    return Finding(
        code="package-missing",
        severity=Severity.BLOCK,
        message=f"package {path}: {node.absent}",
        remedy="Build for a platform and tags that the package is for, or do not import it there.",
        location=where or place(package.tree, package.folder, ""),
    )


def _first_places(edges: Iterable[SideEdge]) -> tuple[SideEdge, ...]:
    """Of several places for one edge the first, sorted."""
    found: dict[tuple[str, str, str], SideEdge] = {}
    for edge in sorted(edges, key=lambda e: (*e[:4], e.line or 0)):
        found.setdefault(edge[:3], edge)
    return tuple(found.values())


def _once_per_module(findings: Iterable[Finding]) -> list[Finding]:
    """Of the imports that need an unavailable module only the first, with the number of others."""
    found: list[Finding] = []
    needed: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.component is None:
            found.append(finding)
        else:
            needed.setdefault(finding.component, []).append(finding)
    for group in needed.values():
        first = min(group, key=Finding.sort_key)
        more = len(group) - 1
        text = f" and by {more} more import{'s' if more > 1 else ''}" if more else ""
        found.append(replace(first, message=first.message.removesuffix(")") + text + ")"))
    return found


def _soften(finding: Finding) -> Finding:
    """Tests and tools are not shipped: what is wrong with them warns."""
    return replace(finding, severity=min(finding.severity, Severity.WARN))


def _names(module: str, folder: str, relative: str) -> tuple[str, str]:
    """Import path and folder in the repository of a folder of a main module."""
    if relative == ".":
        return module, folder
    return f"{module}/{relative}", relative if folder == "." else f"{folder}/{relative}"
