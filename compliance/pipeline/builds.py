"""What is built: one build per artifact, from deployments or from the main packages themselves."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compliance.config import PlatformSpec
from compliance.errors import UsageError
from compliance.findings import Finding, Location, Severity
from compliance.graph import Artifact, Profile, artifact_names
from compliance.graph import Main as NamedMain
from compliance.pipeline.inventory import Inventory, build_contexts

if TYPE_CHECKING:
    from compliance.golang import BuildContext, Cell, Main, PackageLoader
    from compliance.policy import Deployment, Policy

PROPRIETARY = "LicenseRef-proprietary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """An artifact on the way: name, what it starts from, and where it is built.

    `roots` are import paths: one main package, or the packages of a library.
    """

    name: str
    main: str
    roots: tuple[str, ...]
    contexts: tuple[BuildContext, ...]
    deployment: Deployment | None = None
    library: bool = False

    @property
    def root(self) -> str:
        """Node of the graph that the artifact starts from."""
        return self.roots[0] if len(self.roots) == 1 else f"library:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Builds:
    """All builds, and what is said about mains that are no artifact."""

    builds: tuple[Build, ...]
    findings: tuple[Finding, ...] = ()


def plan_builds(inventory: Inventory, policy: Policy, loader: PackageLoader) -> Builds:
    """Artifacts as policy-model 8.6 names them.

    Raises:
        UsageError: `--main` or the `build` of a deployment matches no package.
    """
    request = inventory.request
    if policy.deployments:
        return _declared(inventory, policy, loader)
    mains = loader.find_mains(inventory.contexts, request.mains)
    if not mains:
        return Builds(builds=_libraries(inventory, loader))
    names = artifact_names([_named(inventory, m) for m in mains])
    return Builds(
        builds=tuple(
            Build(
                name=names[m.import_path],
                main=_shown(m),
                roots=(m.import_path,),
                contexts=m.contexts,
            )
            for m in mains
        )
    )


def _declared(inventory: Inventory, policy: Policy, loader: PackageLoader) -> Builds:
    builds: list[Build] = []
    for deployment in policy.deployments:
        contexts = _contexts(inventory, deployment)
        builds += _deployed(deployment, contexts, loader)
    if inventory.request.mains:
        wanted = {
            m.import_path for m in loader.find_mains(inventory.contexts, inventory.request.mains)
        }
        builds = [b for b in builds if wanted.intersection(b.roots)]
        if not builds:
            raise UsageError("--main: names no main package of a declared deployment")
        return Builds(builds=tuple(builds))
    taken = {root for b in builds for root in b.roots}
    rest = [m for m in loader.find_mains(inventory.contexts) if m.import_path not in taken]
    return Builds(builds=tuple(builds), findings=_undeclared(rest))


def _deployed(
    deployment: Deployment, contexts: tuple[BuildContext, ...], loader: PackageLoader
) -> Iterable[Build]:
    where = deployment.where
    message = f"deployment {deployment.name}: build {deployment.build} matches no"
    if deployment.profile == "library":
        paths = loader.match(deployment.build, contexts)
        if not paths:
            raise UsageError(f"{message} package", file=where.file, line=where.line)
        return (
            Build(
                name=deployment.name, main=deployment.build, roots=tuple(paths),
                contexts=contexts, deployment=deployment, library=True,
            ),
        )  # fmt: skip
    try:
        mains = loader.find_mains(contexts, (deployment.build,))
    except UsageError:
        raise UsageError(f"{message} main package", file=where.file, line=where.line) from None
    return [
        Build(
            name=deployment.name if len(mains) == 1 else f"{deployment.name}/{_base(m)}",
            main=_shown(m), roots=(m.import_path,), contexts=m.contexts, deployment=deployment,
        )
        for m in mains
    ]  # fmt: skip


def _libraries(inventory: Inventory, loader: PackageLoader) -> tuple[Build, ...]:
    """A repository without any main package ships its packages as source: one library a module."""
    builds = []
    for module in inventory.workspace.mains:
        pattern = "./..." if module.folder == "." else f"./{module.folder}/..."
        paths = loader.match(pattern, inventory.contexts)
        if paths:
            named = NamedMain(import_path=module.path, folder=".", module=module.path)
            builds.append(
                Build(
                    name=artifact_names([named])[module.path], main=pattern, roots=tuple(paths),
                    contexts=inventory.contexts, library=True,
                )
            )  # fmt: skip
    return tuple(builds)


def _contexts(inventory: Inventory, deployment: Deployment) -> tuple[BuildContext, ...]:
    """Platforms of a deployment yield to --platform (policy-model 8.7)."""
    if inventory.request.platforms or not deployment.platforms:
        return inventory.contexts
    try:
        specs = tuple(PlatformSpec.parse(p) for p in deployment.platforms)
    except UsageError as problem:
        where = deployment.where
        raise UsageError(problem.message, file=where.file, line=where.line) from None
    return build_contexts(specs, inventory.settings, inventory.workspace)


def _undeclared(rest: Sequence[Main]) -> tuple[Finding, ...]:
    if not rest:
        return ()
    names = ", ".join(_shown(m) for m in rest)
    return (
        Finding(
            code="main-undeclared",
            severity=Severity.PASS,
            message=f"no deployment declares these main packages, so they are not judged: {names}",
            remedy="declare a deployment for each program that is shipped",
            location=Location(file=".compliance.yaml"),
        ),
    )


def make_artifact(build: Build, inventory: Inventory, own_license: str | None) -> Artifact:
    """The artifact with its profile, outbound license and declared facts.

    `own_license` is what the license files of its module say (None: nothing).
    """
    deployment, request = build.deployment, inventory.request
    declared = deployment.profile if deployment else None
    profile = declared or request.profile or ("library" if build.library else "on-prem")
    said = request.outbound or (deployment.outbound if deployment else None) or own_license
    return Artifact(
        name=build.name,
        root=build.root,
        main=build.main,
        platforms=tuple(c.label for c in build.contexts),
        profile=_profile(profile),
        outbound=PROPRIETARY if said in (None, "proprietary") else said,
        **(dict(deployment.facts) if deployment else {}),
    )


def _profile(word: str) -> Profile:
    match word:
        case "saas" | "internal" | "on-prem" | "image" | "library" | "firmware" | "browser" as known:
            return known
        case _:
            raise UsageError(f"no such profile: {word}")


def build_cells(build: Build, loader: PackageLoader) -> tuple[Cell, ...]:
    """The linked packages of a build, one cell per context."""
    if build.library:
        return tuple(loader.closure(build.root, build.roots, c) for c in build.contexts)
    return loader.cells(loader.find_mains(build.contexts, build.roots))


def _named(inventory: Inventory, main: Main) -> NamedMain:
    """A main with the module that holds it: the longest module path that is a prefix."""
    best = max(
        (m for m in inventory.workspace.mains if _holds(m.path, main.import_path)),
        key=lambda m: len(m.path),
        default=None,
    )
    module = best.path if best else main.import_path
    at_root = best is not None and main.import_path == module
    folder = "." if at_root else main.folder or posixpath.basename(main.import_path)
    return NamedMain(import_path=main.import_path, folder=folder, module=module)


def _holds(module: str, path: str) -> bool:
    return path == module or path.startswith(f"{module}/")


def _shown(main: Main) -> str:
    if not main.folder:
        return main.import_path
    return "." if main.folder == "." else f"./{main.folder}"


def _base(main: Main) -> str:
    return posixpath.basename(main.folder) or posixpath.basename(main.import_path)
