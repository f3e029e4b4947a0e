"""What is built: the artifacts of the policy, what each starts from, and for which platforms."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from compliance.config import PlatformSpec
from compliance.errors import UsageError
from compliance.findings import Finding, Location, Severity
from compliance.graph import Artifact, Edge, Node, Profile, artifact_names
from compliance.graph import Main as NamedMain
from compliance.pipeline.contexts import build_contexts
from compliance.pipeline.inventory import Inventory
from compliance.policy import Deployed, deployed
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.golang import BuildContext, Cell, LeftOut, Main, PackageLoader
    from compliance.policy import Policy

PROPRIETARY = "LicenseRef-proprietary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """An artifact on the way: `roots` are import paths, one main package or those of a library."""

    name: str
    roots: tuple[str, ...]
    contexts: tuple[BuildContext, ...]
    library: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All builds, and what `artifacts` needs to make them once licenses are known.

    `policy` is the one that was given, without what it says of programs that are not asked for;
    `undeclared` are the main packages that no deployment builds, `left_out` those of which no
    build context takes a file.
    """

    policy: Policy
    builds: tuple[Build, ...]
    mains: tuple[NamedMain, ...]
    packages: tuple[NamedMain, ...]
    labels: tuple[str, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    findings: tuple[Finding, ...] = ()
    undeclared: tuple[NamedMain, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def plan_builds(inventory: Inventory, policy: Policy, loader: PackageLoader) -> Plan:
    """Decide what is built, as policy-model 8.6 says.

    Raises:
        UsageError: `--main`, or the `build` of a deployment, matches no package.
    """
    try:
        return _planned(inventory, policy, loader)
    except UsageError as problem:
        absent = inventory.repository.left_out() if inventory.on_disk else ()
        if absent:
            problem.message += (
                f"\nthe checkout is sparse: {len(absent)} tracked files are not on disk;"
                " bring them: git sparse-checkout disable"
            )
        raise


def _planned(inventory: Inventory, policy: Policy, loader: PackageLoader) -> Plan:
    request = inventory.request
    contexts = _all_contexts(inventory, policy)
    found = inventory.find_mains(loader, contexts)
    mains = tuple(_named(inventory, m) for m in found)
    policy = _narrowed(inventory, policy, mains)
    packages: tuple[NamedMain, ...] = ()
    if not mains or any(d.profile == "library" for d in policy.deployments):
        packages = _packages(inventory, loader, contexts)
    labels = tuple(c.label for c in inventory.contexts) if _asked(inventory) else ()
    first = _deployed(inventory, policy, mains, packages, labels, {})
    whole = not (request.mains or inventory.matrix or inventory.binary)
    unbuilt = loader.left_out(contexts) if whole else ()
    built = [
        Build(
            name=a.name,
            roots=_roots(a, first),
            contexts=_contexts(inventory, policy, a, found),
            library=a.root not in {m.import_path for m in mains},
        )
        for a in first.artifacts
    ]
    return Plan(
        policy=policy, builds=tuple(built), mains=mains, packages=packages, labels=labels,
        nodes=first.nodes, edges=first.edges,
        findings=(
            *_undeclared(first, request.mains),
            *_of_matrix(inventory),
            *loader.nameless,
            *(() if mains else _unbuilt(unbuilt, contexts, nothing=not first.artifacts)),
        ),
        undeclared=() if request.mains else first.undeclared,
        left_out=unbuilt,
    )  # fmt: skip


def artifacts_of(
    inventory: Inventory, policy: Policy, plan: Plan, outbound: Mapping[str, str]
) -> tuple[Artifact, ...]:
    """The artifacts; `outbound` is what the license files of each main module say, by path."""
    made = _deployed(inventory, policy, plan.mains, plan.packages, plan.labels, outbound)
    contexts = {b.name: b.contexts for b in plan.builds}
    from compliance.value import replace

    return tuple(
        replace(a, platforms=tuple(c.label for c in contexts[a.name]))
        for a in made.artifacts
        if a.name in contexts
    )


def build_cells(build: Build, loader: PackageLoader) -> tuple[Cell, ...]:
    """The linked packages of a build, one cell per context."""
    if build.library:
        return tuple(loader.closure(build.name, build.roots, c) for c in build.contexts)
    return loader.cells(loader.find_mains(build.contexts, build.roots))


def _deployed(
    inventory: Inventory,
    policy: Policy,
    mains: Sequence[NamedMain],
    packages: Sequence[NamedMain],
    labels: Sequence[str],
    outbound: Mapping[str, str],
) -> Deployed:
    request = inventory.request
    forced = request.outbound
    if not mains and not policy.deployments:
        return _libraries(inventory, packages, forced, outbound)
    if forced:  # --outbound wins over what the license files say, yields to a deployment
        outbound = {m.module: forced for m in (*mains, *packages)}
    return deployed(
        policy, mains, profile=_profile(request.profile or "on-prem"), outbound=outbound,
        platforms=labels, packages=packages,
    )  # fmt: skip


def _narrowed(inventory: Inventory, policy: Policy, mains: Sequence[NamedMain]) -> Policy:
    """The policy for the main packages that are asked for, where they are not all.

    Deployments of other programs are left out, and with them what is declared of those alone.
    """
    from compliance.value import replace

    chosen = inventory.request.mains or inventory.matrix or inventory.binary
    if not chosen or not policy.deployments:
        return policy
    kept = []
    for deployment in policy.deployments:
        try:
            deployed(replace(policy, deployments=(deployment,)), mains)
        except UsageError:
            continue
        kept.append(deployment)
    if not kept:
        names = ", ".join(m.import_path for m in mains[:3])
        raise UsageError(f"no declared deployment builds what is asked for ({names})")
    others = {_end(n) for d in policy.deployments if d not in kept for n in (d.name, d.build)}
    return replace(
        policy,
        deployments=tuple(kept),
        links=tuple(
            x for x in policy.links
            if others.isdisjoint({_end(x.edge.source), _end(x.edge.target)})
        ),
        boundaries=tuple(
            b for b in policy.boundaries if others.isdisjoint({_end(n) for n in b.between})
        ),
    )  # fmt: skip


def _end(name: str) -> str:
    return name.removeprefix("./").rstrip("/")


def _libraries(
    inventory: Inventory,
    packages: Sequence[NamedMain],
    forced: str | None,
    outbound: Mapping[str, str],
) -> Deployed:
    """A repository without main packages ships its packages as source: one library a module."""
    artifacts, nodes, edges = [], [], []
    for module in inventory.workspace.mains:
        parts = [p for p in packages if p.module == module.path]
        if not parts:
            continue
        named = NamedMain(import_path=module.path, folder=".", module=module.path)
        name = artifact_names([named])[module.path]
        root = f"library:{name}"
        nodes.append(Node(id=root, kind="file-set", first_party=True))
        edges += [Edge(source=root, target=p.import_path, kind="import-static") for p in parts]
        artifacts.append(
            Artifact(
                name=name,
                root=root,
                main="./..." if module.folder == "." else f"./{module.folder}/...",
                profile=_profile(inventory.request.profile or "library"),
                outbound=forced or outbound.get(module.path) or PROPRIETARY,
            )
        )
    return Deployed(artifacts=tuple(artifacts), nodes=tuple(nodes), edges=tuple(edges))


def _roots(artifact: Artifact, found: Deployed) -> tuple[str, ...]:
    parts = tuple(e.target for e in found.edges if e.source == artifact.root)
    return parts or (artifact.root,)


def _all_contexts(inventory: Inventory, policy: Policy) -> tuple[BuildContext, ...]:
    """Those of the command line, and those that deployments name where it names none."""
    more: list[BuildContext] = []
    if not _asked(inventory):
        for deployment in policy.deployments:
            try:
                specs = tuple(PlatformSpec.parse(p) for p in deployment.platforms)
            except UsageError as problem:
                where = deployment.where
                raise UsageError(problem.message, file=where.file, line=where.line) from None
            if specs:
                more += build_contexts(specs, inventory.settings, inventory.workspace)
    return tuple(dict.fromkeys((*inventory.contexts, *more)))


def _contexts(
    inventory: Inventory, policy: Policy, artifact: Artifact, mains: Iterable[Main]
) -> tuple[BuildContext, ...]:
    """Platforms of a deployment yield to --platform (policy-model 8.7)."""
    wanted = inventory.contexts
    named = {d.name: d.platforms for d in policy.deployments}
    own = named.get(artifact.name) or named.get(artifact.name.partition("/")[0])
    if own and not _asked(inventory):
        specs = tuple(PlatformSpec.parse(p) for p in own)
        wanted = build_contexts(specs, inventory.settings, inventory.workspace)
    for main in mains:
        if main.import_path == artifact.root:
            return tuple(c for c in wanted if c in main.contexts) or wanted
    return wanted


def _asked(inventory: Inventory) -> bool:
    """Whether the command line says for which platforms, which then wins over deployments."""
    stated = inventory.matrix is not None or inventory.binary is not None
    return bool(inventory.request.platforms) or stated


def _undeclared(found: Deployed, asked: Sequence[str]) -> tuple[Finding, ...]:
    if not found.undeclared or asked:
        return ()
    names = ", ".join(f"./{m.folder}".removesuffix("/.") for m in found.undeclared)
    return (
        Finding(
            code="main-undeclared",
            severity=Severity.PASS,
            message=f"no deployment declares these main packages, so they are not judged: {names}",
            remedy="declare a deployment for each program that is shipped",
            location=Location(file=".compliance.yaml"),
        ),
    )


_HELPERS: Final = frozenset({
    "hack", "tools", "tool", "test", "tests", "testing", "testdata", "example", "examples",
    "scripts", "script", "internal", "docs", "doc", "contrib", "benchmark", "benchmarks", "bench",
    "build", "integration", "e2e", "codegen", "fuzz", "demo", "demos", "ci", "dev", "magefiles",
    "third_party", "_examples",
})  # fmt: skip
"""Folders whose programs are seldom shipped."""


def is_helper(folder: str) -> bool:
    """Whether programs of a folder of the repository are seldom shipped, by its name."""
    return any(part in _HELPERS or part.startswith("_") for part in folder.split("/"))


MOST_UNBUILT: Final = 5
"""Programs that are named in one sentence."""


def listed_programs(left_out: Sequence[LeftOut]) -> str:
    """Programs that are not built, with the first file and what it asks for."""
    shown = ", ".join(f"./{p.folder} ({p.file}: {p.condition})" for p in left_out[:MOST_UNBUILT])
    more = len(left_out) - MOST_UNBUILT
    return shown.replace("./. (", "the root (") + (f" and {more} more" if more > 0 else "")


def _unbuilt(
    left_out: Sequence[LeftOut], contexts: Sequence[BuildContext], *, nothing: bool
) -> Iterable[Finding]:
    """A repository all of whose programs are for other platforms: without them nothing is known.

    Beside packages that are judged as a library, programs in folders of examples and the like are
    a remark: they stand among what was not seen.
    """
    if not left_out:
        return
    platforms = ", ".join(c.label for c in contexts)
    remedy = "name the platforms that they are for with --platform"
    if all(p.foreign for p in left_out):
        remedy = (
            "TinyGo and TamaGo bring a standard library of their own, which is not read here:"
            " such programs are not judged; go by what their own builds list"
        )
    severity = Severity.PASS if all(is_helper(p.folder) for p in left_out) else Severity.WARN
    yield Finding(
        code="build-undetermined",
        severity=Severity.BLOCK if nothing else severity,
        message=f"no program is built for {platforms}: {listed_programs(left_out)}",
        remedy=remedy,
        location=Location(file=posixpath.normpath(f"{left_out[0].folder}/{left_out[0].file}")),
    )


def _of_matrix(inventory: Inventory) -> tuple[Finding, ...]:
    return inventory.matrix.findings if inventory.matrix else ()


def _profile(word: str) -> Profile:
    match word:
        case "saas" | "internal" | "on-prem" | "image" | "library" | "firmware" | "browser":
            return word
        case _:
            raise UsageError(f"no such profile: {word}")


def _packages(
    inventory: Inventory, loader: PackageLoader, contexts: Sequence[BuildContext]
) -> tuple[NamedMain, ...]:
    """Packages of the main modules that are no programs."""
    return tuple(_placed(inventory, path, folder) for path, folder in loader.libraries(contexts))


def _named(inventory: Inventory, main: Main) -> NamedMain:
    return _placed(inventory, main.import_path, main.folder)


def _placed(inventory: Inventory, path: str, folder: str) -> NamedMain:
    """A package with the module that holds it: the longest module path that is a prefix."""
    holders = [m.path for m in inventory.workspace.mains if _holds(m.path, path)]
    module = max(holders, key=len, default=path)
    return NamedMain(
        import_path=path,
        folder="." if path == module else folder or posixpath.basename(path),
        module=module,
    )


def _holds(module: str, path: str) -> bool:
    return path == module or path.startswith(f"{module}/")
