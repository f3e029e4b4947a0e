"""The module graph (https://go.dev/ref/mod#module-graph), loaded as far as pruning lets it reach.

Three ways of loading exist: of a main module at go 1.17 or higher (its requirements are complete,
so those of its dependencies count but are not followed), of an older one (everything is followed),
and of a workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from compliance.errors import LimitExceededError
from compliance.golang import semver
from compliance.golang.module import ModuleVersion
from compliance.golang.summary import Node, Summaries, module_of, node_of

MAX_NODES = 200_000
"""Module versions whose go.mod one selection reads; the largest graphs known have some 10,000."""


class Pruning(IntEnum):
    """How far the requirements of a node are followed (https://go.dev/ref/mod#graph-pruning)."""

    PRUNED = 0
    UNPRUNED = 1
    WORKSPACE = 2


class ModuleGraph:
    """Requirements of module versions, and the highest required version of each path.

    Main modules have the version "", which is higher than any other.
    """

    def __init__(self, roots: Sequence[Node]) -> None:
        self.required: dict[Node, tuple[Node, ...]] = {}
        self.selected: dict[str, str] = {}
        self._raised: set[Node] = set()
        self._raise(roots)

    def _raise(self, nodes: Iterable[Node]) -> None:
        raised, selected, key = self._raised, self.selected, semver.module_sort_key
        for node in nodes:
            if node in raised:
                continue
            raised.add(node)
            module = module_of(node)
            path, version = module.path, module.version
            chosen = selected.get(path)
            if chosen is None or (
                chosen and (not version or key(path, chosen) < key(path, version))
            ):
                selected[path] = version

    def require(self, node: Node, requires: tuple[Node, ...]) -> None:
        """Note what a module requires."""
        self.required[node] = requires
        self._raise(requires)

    def is_selected(self, node: Node) -> bool:
        """Whether exactly this version of its path is selected."""
        module = module_of(node)
        return self.selected.get(module.path) == module.version

    def choice(self, path: str) -> Node:
        """The selected version of a path that is in the graph."""
        return node_of(ModuleVersion(path, self.selected[path]))

    def higher(self, required: Node) -> Node | None:
        """The selected version of a required path where it is higher; no main module counts."""
        path, _, version = required.rpartition(" ")
        chosen = self.selected.get(path)
        if not chosen or chosen == version:
            return None
        key = semver.module_sort_key
        return f"{path} {chosen}" if key(path, chosen) > key(path, version) else None

    def requirers(self) -> Mapping[Node, Node]:
        """For each required module version one that requires it, nearest to a main module."""
        first: dict[Node, Node] = {}
        queue = [n for n in self.required if not module_of(n).version]
        seen = set(queue)
        for node in queue:
            for dependency in self.required.get(node, ()):
                if dependency not in seen:
                    seen.add(dependency)
                    first[dependency] = node
                    queue.append(dependency)
        return first


class GraphLoader:
    """Fills a graph from the go.mod files within reach."""

    def __init__(self, graph: ModuleGraph, summaries: Summaries) -> None:
        self.graph = graph
        self._summaries = summaries
        self._seen: dict[Pruning, set[Node]] = {reach: set() for reach in Pruning}

    def load(self, modules: Iterable[Node], pruning: Pruning) -> None:
        """Read the go.mod files of modules and of what they require, within reach."""
        frontier: dict[Pruning, list[Node]] = {pruning: self._new(modules, pruning)}
        while any(frontier.values()):
            required = self.graph.required
            self._summaries.prefetch(
                m for nodes in frontier.values() for m in nodes if m not in required
            )
            found: dict[Pruning, list[Node]] = {}
            for reach, nodes in frontier.items():
                for module in nodes:
                    following, requires = self._load_one(module, reach)
                    found.setdefault(following, []).extend(self._new(requires, following))
            frontier = found

    def _new(self, modules: Iterable[Node], reach: Pruning) -> list[Node]:
        seen = self._seen[reach]
        fresh = [m for m in modules if m not in seen]
        seen.update(fresh)
        return fresh

    def _load_one(self, module: Node, reach: Pruning) -> tuple[Pruning, tuple[Node, ...]]:
        """Read one go.mod: how far, and which, of its requirements are followed."""
        summary = self._summaries.of(module)
        if summary is None:
            return reach, ()
        if module not in self.graph.required:
            self.graph.require(module, summary.requires)
            if len(self.graph.required) > MAX_NODES:
                raise LimitExceededError(f"the module graph has more than {MAX_NODES} versions")
        if reach is Pruning.PRUNED and summary.pruned:
            return reach, ()
        unpruned = reach is Pruning.UNPRUNED or not summary.pruned
        return Pruning.UNPRUNED if unpruned else Pruning.PRUNED, summary.requires

    def load_workspace(self, mains: Sequence[Node]) -> None:
        """Load the graph of several main modules.

        Requirements of main modules that are not at their selected version are followed at the
        selected one as well, since only that tells what its packages need.
        """
        self.load(mains, Pruning.WORKSPACE)
        graph = self.graph
        followed: set[Node] = set()
        relevant = {module_of(m).path for m in mains}
        while True:
            missing: dict[Node, None] = {}
            for path in sorted(relevant):
                node = graph.choice(path)
                if node not in followed:
                    missing[node] = None
                    continue
                for required in graph.required.get(node, ()):
                    choice = graph.higher(required)
                    if choice is not None and choice not in followed:
                        missing[choice] = None
            if not missing:
                return
            self.load(missing, Pruning.WORKSPACE)
            followed.update(missing)
            relevant.update(module_of(m).path for m in missing)
