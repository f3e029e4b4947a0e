"""`--matrix FILE`: the builds of a release file, each main package with its own platforms."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from compliance.errors import UsageError
from compliance.findings import Finding, Location, Severity
from compliance.golang import BuildContext, Main, UnreadableFileError, level_of
from compliance.pipeline.contexts import experiments, toolchain_version
from compliance.pipeline.given import read_given
from compliance.pipeline.linkflags import LOADED, PLAIN, Linking
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.golang import Files, PackageLoader, Workspace
    from compliance.pipeline.goreleaser import Target
    from compliance.sources import GoSettings, Repository, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixBuild:
    """Main packages and what they are built for.

    `pattern` is `./folder`, with `...` perhaps, relative to the repository; `line` is where the
    build stands, `linkings` how it is linked for each context.
    """

    pattern: str
    contexts: tuple[BuildContext, ...]
    line: int
    linkings: tuple[Linking, ...]

    def builds(self, folder: str) -> bool:
        """Whether the pattern covers a package folder."""
        wanted = self.pattern.removeprefix("./")
        if not wanted.endswith("..."):
            return folder == wanted
        head = wanted.removesuffix("...").rstrip("/")
        return head in ("", ".") or folder == head or folder.startswith(f"{head}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The builds of a file, and what it does not say."""

    file: str
    builds: tuple[MatrixBuild, ...]
    findings: tuple[Finding, ...]

    @property
    def contexts(self) -> tuple[BuildContext, ...]:
        """Each context once."""
        return tuple(dict.fromkeys(c for b in self.builds for c in b.contexts))

    def linking(self, folder: str, context: BuildContext) -> Linking:
        """How the program of a folder is linked in a context; statically where any build does."""
        found = [
            linking
            for build in self.builds
            if build.builds(folder or ".")
            for known, linking in zip(build.contexts, build.linkings, strict=True)
            if known == context
        ]
        return max(found, key=lambda k: (k.static, k.mode in LOADED), default=PLAIN)

    def find_mains(self, loader: PackageLoader) -> tuple[Main, ...]:
        """The main packages, each in the contexts that it is built for.

        Raises:
            UsageError: a build names no package.
        """
        found: dict[str, Main] = {}
        for build in self.builds:
            try:
                mains = loader.find_mains(build.contexts, (build.pattern,))
            except UsageError as problem:
                message = problem.message.removeprefix(f"--main {build.pattern}: ")
                raise UsageError(
                    f"{build.pattern}: {message}", file=self.file, line=build.line
                ) from None
            for main in mains:
                known = found.get(main.import_path)
                contexts = (*known.contexts, *main.contexts) if known else main.contexts
                found[main.import_path] = Main(
                    import_path=main.import_path,
                    folder=main.folder,
                    contexts=tuple(dict.fromkeys(contexts)),
                )
        return tuple(sorted(found.values()))


def read_matrix(
    name: str,
    repository: Repository,
    folder: str,
    settings: GoSettings,
    workspace: Workspace,
    trace: Trace,
) -> Matrix:
    """Read a .goreleaser.yaml; folders in it are relative to the scanned folder.

    Raises:
        UsageError: no such file, or `FILE:LINE: message` for the first mistake in it.
    """
    from compliance.pipeline.goreleaser import read_releases

    shown, data = _read(name, repository, trace)
    releases = read_releases(shown, data)
    findings = list(releases.findings)
    contexts: dict[str, dict[BuildContext, Linking]] = {}
    lines: dict[str, int] = {}
    for target in releases.targets:
        problem = _other_modules(target, settings, workspace)
        if problem:
            findings.append(_not_read(shown, target, problem))
            continue
        pattern = _pattern(target, folder, repository.files, shown)
        lines.setdefault(pattern, target.line)
        known = contexts.setdefault(pattern, {})
        context = _context(target, settings, workspace)
        linking = known.get(context, target.linking)
        known[context] = target.linking if target.linking.static else linking
    builds = tuple(
        MatrixBuild(
            pattern=pattern,
            contexts=tuple(found),
            line=lines[pattern],
            linkings=tuple(found.values()),
        )
        for pattern, found in contexts.items()
    )
    return Matrix(file=shown, builds=builds, findings=tuple(dict.fromkeys(findings)))


def _read(name: str, repository: Repository, trace: Trace) -> tuple[str, bytes]:
    try:
        return read_given(name, repository, trace)
    except UnreadableFileError as problem:
        raise UsageError(f"--matrix {name}: {problem.reason(posixpath.basename(name))}") from None


def _pattern(target: Target, folder: str, files: Files, shown: str) -> str:
    """The package as a pattern below the root of the repository."""
    package, rest = target.main, ""
    if package.endswith(("/...", "...")):
        package, rest = package.removesuffix("...").rstrip("/") or ".", "/..."
    place = posixpath.normpath(posixpath.join(folder, target.folder, package))
    if place.startswith(("../", "/")) or place == "..":
        raise UsageError(f"{place}: leaves the repository", file=shown, line=target.line)
    if place.endswith(".go"):
        place, name = posixpath.split(place)
        if name not in files.listing(place or "."):
            raise UsageError(f"no file {target.main}", file=shown, line=target.line)
        place = place or "."
    if not files.listing(place):
        hint = "; a hook that makes it has to run first"
        raise UsageError(f"no folder {place}{hint}", file=shown, line=target.line)
    return ("." if place == "." else f"./{place}") + rest


def _context(target: Target, settings: GoSettings, workspace: Workspace) -> BuildContext:
    own = settings.with_environment(target.environ)
    return BuildContext(
        goos=target.goos,
        goarch=target.goarch,
        cgo=own.cgo(target.goos, target.goarch),
        tags=tuple(own.flags.tags if target.tags is None else target.tags),
        go_version=toolchain_version(settings, workspace),
        experiments=experiments(own),
        arch_level=level_of(target.goarch, target.level),
    )


def _other_modules(target: Target, settings: GoSettings, workspace: Workspace) -> str:
    """Why a build has another list of modules than this run; "" where it has not."""
    own = settings.with_environment(target.environ)
    mod = target.mod or own.flags.mod
    vendored = workspace.vendor is not None
    if mod and (mod == "vendor") != vendored:
        return f"it is built with -mod={mod}: set GOFLAGS=-mod={mod} for this run"
    gowork = target.environ.get("GOWORK", "")
    if gowork and gowork != settings.get("GOWORK") and (gowork != "off" or workspace.in_workspace):
        return f"it is built with GOWORK={gowork}: set that for this run"
    return ""


def _not_read(file: str, target: Target, problem: str) -> Finding:
    return Finding(
        code="build-undetermined",
        severity=Severity.BLOCK,
        message=f"{target.main} in {target.folder} is not read: {problem}",
        remedy="run once for each way to build, with the settings of that build",
        location=Location(file=file, line=target.line),
    )
