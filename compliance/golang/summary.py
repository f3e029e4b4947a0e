"""What the go.mod of a module in the graph says, with replaces and excludes applied.

Reading never stops at the first module that is missing: each failure is kept, so that a run can
name all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from compliance.errors import ComplianceError, ModuleUnavailableError
from compliance.golang import semver
from compliance.golang.buildlist import GoModReader
from compliance.golang.files import UnreadableFileError
from compliance.golang.modfile import ModFile
from compliance.golang.modparse import parse_mod_file
from compliance.golang.modquick import QuickReader
from compliance.golang.module import ModuleVersion, module_path_problem
from compliance.golang.place import World, join
from compliance.golang.replacement import MainModule, Replacements, Target
from compliance.value import dataclass

FIRST_PRUNED_GO = "1.17"
"""From this go line on, a go.mod lists all that its packages need (graph pruning)."""

STRICT_GO = "1.21"
"""From this go line on, a go line is a requirement on Go itself."""

Node = str
"""A module version in the graph: `PATH VERSION`, or the path alone for a main module.

Graphs have tens of thousands of edges between few nodes; text is hashed once, an object each time.
"""

Prefetch = Callable[[Sequence[ModuleVersion]], None]
"""Told which go.mod files are about to be read, so that they can be fetched together."""


def node_of(module: ModuleVersion) -> Node:
    """Node of a module version."""
    return f"{module.path} {module.version}" if module.version else module.path


def module_of(node: Node) -> ModuleVersion:
    """Module version of a node."""
    path, _, version = node.rpartition(" ")
    return ModuleVersion(path, version) if path else ModuleVersion(version)


@dataclass(frozen=True, slots=True)
class Summary:
    """The part of a go.mod that version selection needs; `module` is the path it declares."""

    requires: tuple[Node, ...]
    pruned: bool
    go_version: str | None = None
    module: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A go.mod that could not be read: `module` is as required, `actual` what replaced it."""

    module: ModuleVersion
    actual: ModuleVersion
    reason: str
    tried: tuple[str, ...] = ()


class Summaries:
    """Reads go.mod files of the module graph, each one once."""

    def __init__(
        self,
        world: World,
        mains: Sequence[MainModule],
        replacements: Replacements,
        read_gomod: GoModReader,
        prefetch: Prefetch | None = None,
    ) -> None:
        self.failures: dict[ModuleVersion, Failure] = {}
        self._world = world
        self._replacements = replacements
        self._read_gomod = read_gomod
        self._prefetch = prefetch
        self._mains: Mapping[str, MainModule] = {m.path: m for m in mains}
        self._excluded = frozenset(node_of(x.id) for m in mains for x in m.gomod.excludes)
        self._known: dict[ModuleVersion, Summary | Failure] = {}
        self._quick = QuickReader()

    def prefetch(self, nodes: Iterable[Node], recorded: frozenset[Node] | None = None) -> None:
        """Announce modules of which `of` will be asked next, or `go_version` with `recorded`."""
        if self._prefetch is None:
            return
        wanted: dict[ModuleVersion, None] = {}
        for module in map(module_of, nodes):
            if not module.version or module.path in ("go", "toolchain"):
                continue
            target = self._replacements.find(module)
            actual = target.id if target else module
            if actual in self._known or (target is not None and target.folder is not None):
                continue
            if not self._unrecorded(actual, recorded):
                wanted[actual] = None
        if wanted:
            self._prefetch(tuple(wanted))

    def of(self, node: Node) -> Summary | None:
        """Summary of one node of the graph; None when it failed, which `failures` then holds."""
        module = module_of(node)
        if module.path in ("go", "toolchain"):
            return _toolchain_summary(module)
        if not module.version and module.path in self._mains:
            return self._of_file(self._mains[module.path].gomod)
        summary = self._summary(module)
        if isinstance(summary, Failure):
            self.failures.setdefault(summary.actual, summary)
            return None
        return summary

    def go_version(
        self, module: ModuleVersion, recorded: frozenset[Node] | None = None
    ) -> str | None:
        """Go line of a module; None when it has none or its go.mod cannot be had.

        A go.mod that the graph did not need is read only when it is among `recorded` (None for
        all), and that it is missing does not count: the go command does without it as well.
        """
        target = self._replacements.find(module)
        actual = target.id if target else module
        if actual not in self._known and self._unrecorded(actual, recorded):
            return None
        summary = self._summary(module)
        return None if isinstance(summary, Failure) else summary.go_version

    @staticmethod
    def _unrecorded(actual: ModuleVersion, recorded: frozenset[Node] | None) -> bool:
        return recorded is not None and bool(actual.version) and node_of(actual) not in recorded

    def _summary(self, module: ModuleVersion) -> Summary | Failure:
        target = self._replacements.find(module)
        actual = target.id if target else module
        known = self._known.get(actual)
        if known is None:
            known = self._read(module, actual, target)
            self._known[actual] = known
        if isinstance(known, Failure) or not actual.version:
            return known
        return _check_path(known, module, actual) or known

    def _of_file(self, gomod: ModFile) -> Summary:
        return self._of_parts(gomod.module, gomod.go, [node_of(r.id) for r in gomod.requires])

    def _of_parts(self, module: str, go: str | None, requires: list[Node]) -> Summary:
        if self._excluded:
            requires = [r for r in requires if r not in self._excluded]
        if go and semver.compare_go(go, STRICT_GO) >= 0:
            requires.append(f"go {go}")
        pruned = go is not None and semver.compare_go(go, FIRST_PRUNED_GO) >= 0
        return Summary(tuple(requires), pruned, go, module)

    def _read(
        self, module: ModuleVersion, actual: ModuleVersion, target: Target | None
    ) -> Summary | Failure:
        try:
            if target is not None and target.folder is not None:
                data = self._world.read(target.folder, "go.mod")
                file = join(target.folder, "go.mod")
            else:
                problem = module_path_problem(actual.path)
                if problem:
                    reason = f"malformed module path: {problem}"
                    return Failure(module=module, actual=actual, reason=reason)
                data = self._read_gomod(actual)
                file = f"{actual}/go.mod"
            outline = self._quick.read(data)
            if outline is not None:
                return self._of_parts(*outline)
            return self._of_file(parse_mod_file(data, file=file, strict=False))
        except ModuleUnavailableError as error:
            reason = error.message.removeprefix(f"{actual}: ")
            return Failure(module=module, actual=actual, reason=reason, tried=error.tried)
        except (ComplianceError, UnreadableFileError) as error:
            return Failure(module=module, actual=actual, reason=str(error))


def _check_path(summary: Summary, module: ModuleVersion, actual: ModuleVersion) -> Failure | None:
    """A fetched go.mod must declare the path that it was asked for, or that replaces it."""
    if summary.module in (module.path, actual.path):
        return None
    reason = "go.mod has no module line"
    if summary.module:
        reason = f"go.mod declares its path as {summary.module}, but {module.path} was required"
    return Failure(module=module, actual=actual, reason=reason)


def _toolchain_summary(module: ModuleVersion) -> Summary:
    if module.path == "go" and semver.compare_go(module.version, STRICT_GO) >= 0:
        return Summary((f"toolchain go{module.version}",), pruned=True)
    return Summary((), pruned=True)
