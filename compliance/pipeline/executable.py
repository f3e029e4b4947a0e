"""What an executable says of its build: the build context and the main package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.golang import BuildContext, Main, level_of
from compliance.pipeline.contexts import toolchain_version

if TYPE_CHECKING:
    from compliance.golang import BuildInfo, PackageLoader, Workspace
    from compliance.sources import GoSettings

FILES_GIVEN = "command-line-arguments"
"""Import path of a main package whose files were named one by one."""

RELEASE = re.compile(r"go(\d+\.\d+(?:\.\d+)?(?:(?:rc|beta)\d+)?)(?![\w.])")
"""Version of a Go release; what was built from its repository has another form."""


def binary_context(info: BuildInfo, settings: GoSettings, workspace: Workspace) -> BuildContext:
    """The build context that an executable says it was built in.

    Raises:
        UsageError: it does not say its platform.
    """
    said = dict(info.settings)
    goos, goarch = said.get("GOOS", ""), said.get("GOARCH", "")
    if not goos or not goarch:
        raise UsageError("--compare: the executable does not say for which platform it was built")
    level = next((v for k, v in info.settings if k == f"GO{_level_name(goarch)}"), "")
    release = RELEASE.match(info.go_version)
    return BuildContext(
        goos=goos,
        goarch=goarch,
        cgo=said.get("CGO_ENABLED") == "1",
        tags=tuple(sorted(set(said.get("-tags", "").replace(",", " ").split()))),
        go_version=release[1] if release else toolchain_version(settings, workspace),
        experiments=tuple(e for e in said.get("GOEXPERIMENT", "").split(",") if e),
        arch_level=level_of(goarch, level),
    )


def _level_name(goarch: str) -> str:
    shared = {"mipsle": "mips", "mips64le": "mips64", "ppc64le": "ppc64"}
    return shared.get(goarch, goarch).upper()


def binary_mains(
    info: BuildInfo, name: str, loader: PackageLoader, context: BuildContext
) -> tuple[Main, ...]:
    """The main package that the executable names; of files given one by one, the only one.

    Raises:
        UsageError: the repository has no such package, or several could be meant.
    """
    if info.path == FILES_GIVEN or not info.path:
        mains = loader.find_mains((context,))
        if len(mains) == 1:
            return mains
        raise UsageError(f"--compare {name}: it was built from single files: name its --main")
    try:
        return loader.find_mains((context,), (info.path,))
    except UsageError:
        raise UsageError(
            f"--compare {name}: it was built from {info.path}, which is no package here"
        ) from None
