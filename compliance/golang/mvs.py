"""Version selection: which version of each module counts (https://go.dev/ref/mod#minimal-version-selection).

The answer is that of `go list -m all`, and the edges are those of `go mod graph` between the
selected versions. Where the go command would refuse, so do we, with the same cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from compliance import patterns as re
from compliance.errors import ComplianceError, IncompleteError
from compliance.findings import Finding, Location, Severity
from compliance.golang import garbage, semver
from compliance.golang.buildlist import BuildList, GoModReader, Module, Replacement
from compliance.golang.files import Files, UnreadableFileError
from compliance.golang.modfile import ModFile, Require
from compliance.golang.modgraph import GraphLoader, ModuleGraph, Pruning
from compliance.golang.modparse import parse_mod_file
from compliance.golang.module import ModuleVersion
from compliance.golang.place import Outside, World
from compliance.golang.replacement import MainModule, Replacements
from compliance.golang.summary import (
    FIRST_PRUNED_GO,
    STRICT_GO,
    Failure,
    Node,
    Prefetch,
    Summaries,
    module_of,
    node_of,
)  # fmt: skip
from compliance.golang.workspace import DEFAULT_GO, Workspace

LatestReader = Callable[[str], bytes | None]
"""go.mod of the latest version of a module path, retracted versions included; None when there is
none to be had. It says which versions are retracted and whether the module is deprecated."""

RETRACTED_WITHOUT_REASON = "retracted by module author"

_GO_SUM_MOD = re.compile(r"^([^ \n]+ [^ /\n]+)/go\.mod ", re.MULTILINE)
_MAX_NAMED = 10  # modules that one message names
_TOOLCHAIN_PATHS = frozenset({"go", "toolchain"})


def select(
    workspace: Workspace,
    files: Files,
    read_gomod: GoModReader,
    *,
    outside: Outside | None = None,
    prefetch: Prefetch | None = None,
    latest: LatestReader | None = None,
) -> BuildList:
    """Select versions for a workspace.

    A go.mod that cannot be had is a finding `module-unavailable`, and selection goes on without
    it: with such a finding the list is incomplete.

    Args:
        workspace: The main modules and their settings.
        files: The tree, for folders that replace modules.
        read_gomod: Reads the go.mod of a published version.
        outside: Reads folders beyond the tree.
        prefetch: Told which go.mod files are read next, so that they can be fetched together.
        latest: Source of retractions and deprecations; without it there are none.

    Raises:
        IncompleteError: The go command would refuse: go.mod needs updates.
        MalformedInputError: Replaces contradict each other.
    """
    world = World(files, outside)
    replacements = Replacements(world, workspace.work, workspace.mains)
    summaries = Summaries(world, workspace.mains, replacements, read_gomod, prefetch)
    with garbage.paused():
        return _Selection(workspace, world, replacements, summaries, latest).answer()


class _Selection:
    """One run of version selection."""

    def __init__(
        self,
        workspace: Workspace,
        world: World,
        replacements: Replacements,
        summaries: Summaries,
        latest: LatestReader | None,
    ) -> None:
        self.workspace = workspace
        self.world = world
        self.mains = workspace.mains
        self.replacements = replacements
        self.summaries = summaries
        self.latest = latest
        self.excluded = frozenset(x.id for m in self.mains for x in m.gomod.excludes)
        self.main_nodes = tuple(m.path for m in self.mains)
        self.findings: list[Finding] = list(workspace.findings)

    def answer(self) -> BuildList:
        if self.workspace.vendor_list is not None:
            graph = self._vendor_graph()
        elif self.workspace.in_workspace:
            graph = self._workspace_graph()
        else:
            graph = self._module_graph()
        self._report_failures(graph)
        modules = self._modules(graph)
        return BuildList(
            mode=self.workspace.mode,
            modules=modules,
            edges=_edges(graph, modules),
            findings=tuple(sorted(self.findings, key=Finding.sort_key)),
        )

    # --- graphs ----------------------------------------------------------------------------------

    def _roots(self, main: MainModule) -> list[Node]:
        """Requirements of a main go.mod that count, with the go line and the toolchain line."""
        own = {x.id for x in main.gomod.excludes}
        roots = [node_of(r.id) for r in main.gomod.requires if r.id not in own]
        return roots + self._toolchain_roots(main.gomod.go or DEFAULT_GO, main.gomod.toolchain)

    @staticmethod
    def _toolchain_roots(go: str, toolchain: str | None) -> list[Node]:
        return [f"go {go}", *([f"toolchain {toolchain}"] if toolchain else [])]

    def _module_graph(self) -> ModuleGraph:
        main = self.mains[0]
        go = main.gomod.go or DEFAULT_GO
        pruning = _pruning(go)
        roots = self._roots(main)
        if not self.workspace.update:
            self._refuse_untidy(main)
        elif pruning is Pruning.PRUNED:
            roots = _distinct(roots, main.path)
        while True:
            graph = ModuleGraph(self.main_nodes)
            graph.require(self.main_nodes[0], tuple(roots))
            GraphLoader(graph, self.summaries).load(roots, pruning)
            self._refuse_newer(graph)
            raised = _raised(main, graph, roots)
            if not raised or self.summaries.failures:
                return graph
            if not self.workspace.update:
                raise _needs_updates(main, graph, raised)
            if pruning is Pruning.UNPRUNED:
                return graph  # raising roots changes nothing: all of the graph is loaded
            roots = [graph.choice(module_of(r).path) for r in roots]

    def _refuse_untidy(self, main: MainModule) -> None:
        """Refuse what the go command would rewrite before it answers."""
        gomod = main.gomod
        own = {x.id: x.line for x in gomod.excludes}
        for require in gomod.requires:
            if require.id in own:
                raise IncompleteError(
                    f"updates to go.mod needed: it requires {require.id}, which it excludes in"
                    f" line {own[require.id]}; run `go mod tidy`",
                    file=gomod.file, line=require.line,
                )  # fmt: skip
        if gomod.toolchain is None:
            return
        version = semver.toolchain_version(gomod.toolchain)
        go = gomod.go or DEFAULT_GO
        if gomod.toolchain == f"go{go}" or semver.compare_go(version, STRICT_GO) < 0:
            raise IncompleteError(
                f"updates to go.mod needed: toolchain {gomod.toolchain} says nothing beside"
                f" go {go}; run `go mod tidy`",
                file=gomod.file, line=gomod.toolchain_line,
            )  # fmt: skip

    def _refuse_lower(self, main: MainModule, graph: ModuleGraph) -> None:
        """Refuse requirements that go.mod itself overrides, by a second one or as main module."""
        raised = _raised(main, graph, self._roots(main))
        if raised:
            raise _needs_updates(main, graph, raised)

    def _workspace_graph(self) -> ModuleGraph:
        work = self.workspace.work
        toolchain = work.toolchain if work else None
        roots = [*self.main_nodes, *self._toolchain_roots(self.workspace.go_version, toolchain)]
        graph = ModuleGraph(roots)
        GraphLoader(graph, self.summaries).load_workspace(roots)
        self._refuse_newer(graph)
        return graph

    def _refuse_newer(self, graph: ModuleGraph) -> None:
        """Refuse a module of the graph that the Go that runs is too old for."""
        running, go = self.workspace.running, graph.selected.get("go")
        if running is None or not go:
            return
        by = module_of(graph.requirers().get(f"go {go}", ""))
        running.check(f"module {by}", go)

    def _vendor_graph(self) -> ModuleGraph:
        """Requirements of the main modules; modules.txt says which versions are there.

        Where both agree, as they must, this is the highest required version of each path.
        """
        graph = ModuleGraph(self.main_nodes)
        for main in self.mains:
            graph.require(main.path, tuple(self._roots(main)))
        if not self.workspace.in_workspace:
            self._refuse_untidy(self.mains[0])
            self._refuse_lower(self.mains[0], graph)
        vendor = self.workspace.vendor_list
        for module in vendor.providers() if vendor else ():
            if graph.selected.get(module.id.path) != "":
                graph.selected[module.id.path] = module.id.version
        return graph

    # --- modules ---------------------------------------------------------------------------------

    def _modules(self, graph: ModuleGraph) -> tuple[Module, ...]:
        chosen = [
            ModuleVersion(path, version)
            for path, version in sorted(graph.selected.items())
            if version and path not in _TOOLCHAIN_PATHS
        ]
        recorded = self._recorded()
        if self.workspace.vendor_list is None:
            self.summaries.prefetch(map(node_of, chosen), recorded)
        locations, direct = self._requirements()
        vendored = self.workspace.vendor_list.by_id() if self.workspace.vendor_list else None
        modules = [self._main(m) for m in sorted(self.mains, key=lambda m: m.path)]
        for id_ in chosen:
            if vendored is None:
                go_version = self.summaries.go_version(id_, recorded)
            else:
                entry = vendored.get(id_)
                go_version = entry.go_version if entry else None
            location = locations.get(id_) or locations.get(ModuleVersion(id_.path))
            modules.append(self._module(id_, go_version, id_.path not in direct, location))
        return tuple(modules)

    def _recorded(self) -> frozenset[Node] | None:
        """Versions whose go.mod stands in go.sum, where the go command reads no others."""
        if self.workspace.in_workspace or self.workspace.update:
            return None
        try:
            text = self.world.read(self.workspace.folder, "go.sum").decode("utf-8", "replace")
        except UnreadableFileError:
            return frozenset()
        return frozenset(line.group(1) for line in _GO_SUM_MOD.finditer(text))

    def _main(self, main: MainModule) -> Module:
        go = main.gomod.go or (None if self.workspace.in_workspace else DEFAULT_GO)
        return Module(
            id=ModuleVersion(main.path), main=True, go_version=go, folder=main.folder,
            deprecated=main.gomod.deprecated,
            location=Location(file=main.gomod.file, line=main.gomod.module_line or None),
        )  # fmt: skip

    def _module(
        self, id_: ModuleVersion, go: str | None, indirect: bool, location: Location | None
    ) -> Module:
        target = self.replacements.find(id_)
        replace, folder = None, None
        if target is not None:
            replace = Replacement(
                path=target.id.path, version=target.id.version or None, location=target.location
            )
            folder = target.folder
        retracted, deprecated = self._latest_word(id_, location, indirect=indirect)
        return Module(
            id=id_, indirect=indirect, go_version=go, replace=replace, folder=folder,
            retracted=retracted, deprecated=deprecated, location=location,
        )  # fmt: skip

    def _requirements(self) -> tuple[Mapping[ModuleVersion, Location], frozenset[str]]:
        """Require lines by id and by path alone, and the paths that are required directly."""
        places: dict[ModuleVersion, Location] = {}
        direct: set[str] = set()
        for main in self.mains:
            for require in main.gomod.requires:
                location = Location(file=main.gomod.file, line=require.line)
                places.setdefault(require.id, location)
                places.setdefault(ModuleVersion(require.id.path), location)
                if not require.indirect and self._counts(require):
                    direct.add(require.id.path)
        return places, frozenset(direct)

    def _counts(self, require: Require) -> bool:
        return self.workspace.in_workspace or require.id not in self.excluded

    # --- findings --------------------------------------------------------------------------------

    def _latest_word(
        self, id_: ModuleVersion, location: Location | None, *, indirect: bool
    ) -> tuple[tuple[str, ...], str | None]:
        """Retractions and deprecation, as the latest version of the module declares them.

        Which indirect modules are in is for others to decide: that one is deprecated is a remark.
        """
        if self.latest is None or self.replacements.everywhere(id_.path):
            return (), None
        gomod = _parse_latest(self.latest, id_.path)
        if gomod is None:
            return (), None
        target = self.replacements.find(id_)
        reasons = () if target else _retractions(gomod, id_.version)
        for reason in reasons[:1]:
            self.findings.append(
                Finding(
                    code="module-retracted",
                    severity=Severity.WARN,
                    message=f"{id_} is retracted: {_one_line(reason)}",
                    remedy=f"require another version of {id_.path}",
                    location=location,
                    component=id_.purl,
                )
            )
        if gomod.deprecated:
            self.findings.append(
                Finding(
                    code="module-deprecated",
                    severity=Severity.PASS if indirect else Severity.WARN,
                    message=f"{id_.path} is deprecated by its authors:"
                    f" {_one_line(gomod.deprecated)}",
                    remedy="ask those who require it to move to what its authors recommend"
                    if indirect
                    else "move to what the authors recommend",
                    location=location,
                    component=id_.purl,
                )
            )
        return reasons, gomod.deprecated

    def _report_failures(self, graph: ModuleGraph) -> None:
        if not self.summaries.failures:
            return
        requirers = graph.requirers()
        places, _ = self._requirements()
        for failure in self.summaries.failures.values():
            self.findings.append(_unavailable(failure, requirers, places))


def _pruning(go: str) -> Pruning:
    older = semver.compare_go(go, FIRST_PRUNED_GO) < 0
    return Pruning.UNPRUNED if older else Pruning.PRUNED


def _raised(main: MainModule, graph: ModuleGraph, roots: Iterable[Node]) -> list[Node]:
    """Requirements of the main module that are not selected.

    From go 1.17 on, one on the main module itself is ignored.
    """
    raised = [r for r in roots if not graph.is_selected(r)]
    if _pruning(main.gomod.go or DEFAULT_GO) is Pruning.PRUNED:
        raised = [r for r in raised if module_of(r).path != main.path]
    return raised


def _distinct(roots: Iterable[Node], main: str) -> list[Node]:
    """Highest version of each required path, without the main module itself."""
    highest: dict[str, ModuleVersion] = {}
    key = semver.module_sort_key
    for root in map(module_of, roots):
        other = highest.setdefault(root.path, root)
        if key(root.path, other.version) < key(root.path, root.version):
            highest[root.path] = root
    return [node_of(r) for path, r in highest.items() if path != main]


_SAYS_SOMETHING = (b"retract", b"Deprecated:")
"""What a go.mod holds that says anything of its versions; few do, so few are parsed."""


def _parse_latest(latest: LatestReader, path: str) -> ModFile | None:
    """go.mod of the latest version; None when it is silent, not to be had or cannot be read.

    What it says is advice. The go command leaves it out as well when it cannot be loaded.
    """
    try:
        data = latest(path)
        if data is None or not any(word in data for word in _SAYS_SOMETHING):
            return None
        return parse_mod_file(data, file=path, strict=False)
    except ComplianceError:
        return None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _retractions(gomod: ModFile, version: str) -> tuple[str, ...]:
    """Rationales of the retractions that cover a version, in the order of the file."""
    covering = [
        r for r in gomod.retracts
        if semver.compare(r.low, version) <= 0 and semver.compare(version, r.high) <= 0
    ]  # fmt: skip
    reasons = tuple(r.rationale for r in covering if r.rationale)
    return reasons or ((RETRACTED_WITHOUT_REASON,) if covering else ())


def _needs_updates(main: MainModule, graph: ModuleGraph, raised: Sequence[Node]) -> IncompleteError:
    """The error of requirements that are lower than what the graph selects."""
    gomod = main.gomod
    lines = {node_of(r.id): r.line for r in gomod.requires}
    lines[f"go {gomod.go or DEFAULT_GO}"] = gomod.go_line
    lines[f"toolchain {gomod.toolchain}"] = gomod.toolchain_line
    requirers = graph.requirers()
    parts = []
    for root in map(module_of, raised[:_MAX_NAMED]):
        choice = graph.choice(root.path)
        chosen = module_of(choice).version or "the main module"
        by = requirers.get(choice, main.path)
        cause = "" if by == main.path else f", which {module_of(by)} requires"
        parts.append(f"{root} is lower than {chosen}{cause}")
    if len(raised) > _MAX_NAMED:
        parts.append(f"and {len(raised) - _MAX_NAMED} more")
    return IncompleteError(
        "updates to go.mod needed (run `go mod tidy`): " + "; ".join(parts),
        file=gomod.file, line=lines.get(raised[0], 0),
    )  # fmt: skip


def _unavailable(
    failure: Failure,
    requirers: Mapping[Node, Node],
    places: Mapping[ModuleVersion, Location],
) -> Finding:
    nodes = [node_of(failure.module)]
    while nodes[-1] in requirers and len(nodes) <= _MAX_NAMED:
        nodes.append(requirers[nodes[-1]])
    chain = [module_of(n) for n in nodes]
    where = "" if failure.actual == failure.module else f" (replaced by {failure.actual})"
    message = f"go.mod of {failure.module}{where} could not be read: {failure.reason}"
    if len(chain) > 1:
        message += f"; required by {' < '.join(str(m) for m in chain[1:])}"
    if failure.tried:
        message += f"; tried: {'; '.join(failure.tried)}"
    location = next((places[m] for m in chain if m in places), None)
    return Finding(
        code="module-unavailable",
        severity=Severity.BLOCK,
        message=message,
        remedy="make the module available (GOPROXY, credentials, vendor folder), or correct the"
        " requirement",
        location=location,
        component=failure.module.purl,
    )


def _edges(graph: ModuleGraph, modules: Iterable[Module]) -> tuple[tuple[str, str], ...]:
    """Requirements among selected versions, without those of a module on itself."""
    names = {m.id.path: str(m.id) for m in modules}
    edges: set[tuple[str, str]] = set()
    for path, name in names.items():
        for required in graph.required.get(graph.choice(path), ()):
            target = names.get(module_of(required).path)
            if target is not None and target != name:
                edges.add((name, target))
    return tuple(sorted(edges))
