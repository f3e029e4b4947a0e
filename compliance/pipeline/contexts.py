"""What is built for: platforms and settings to build contexts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.config import PlatformSpec
from compliance.errors import UsageError
from compliance.golang import PLATFORMS, BuildContext, UnreadableFileError, Workspace, level_of
from compliance.sources import GoSettings

if TYPE_CHECKING:
    from compliance.golang import Files

_FLAG = re.compile(r"^\t(\w+)\s+bool$", re.MULTILINE)


def build_contexts(
    platforms: tuple[PlatformSpec, ...], settings: GoSettings, workspace: Workspace
) -> tuple[BuildContext, ...]:
    """One context per platform that was asked for; that of GOOS and GOARCH where none was.

    Raises UsageError where GOOS and GOARCH name none that Go builds for.
    """
    wanted = platforms or (_own_platform(settings),)
    return tuple(dict.fromkeys(_context(p, settings, workspace) for p in wanted))


def _own_platform(settings: GoSettings) -> PlatformSpec:
    goos, goarch = settings.goos, settings.goarch
    if f"{goos}/{goarch}" not in PLATFORMS:  # go list takes any word, go build refuses
        where = " and ".join(f"{n} ({settings.origin(n)})" for n in ("GOOS", "GOARCH"))
        raise UsageError(f"Go builds for no {goos}/{goarch}: {where}")
    return PlatformSpec(goos=goos, goarch=goarch)


def _context(spec: PlatformSpec, settings: GoSettings, workspace: Workspace) -> BuildContext:
    cgo = spec.cgo if spec.cgo is not None else settings.cgo(spec.goos, spec.goarch)
    return BuildContext(
        goos=spec.goos,
        goarch=spec.goarch,
        cgo=cgo,
        tags=tuple(sorted({*spec.tags, *settings.flags.tags})),
        go_version=toolchain_version(settings, workspace),
        experiments=experiments(settings),
        arch_level=level_of(spec.goarch, settings.level(spec.goarch)),
    )


def toolchain_version(settings: GoSettings, workspace: Workspace) -> str:
    """The Go version whose standard library and release tags count: `1.26.8`.

    The one that the go command would run: the installed one, or another that go.mod, go.work or
    GOTOOLCHAIN ask for; without an installation the newest that go.mod or go.work name.
    """
    return workspace.toolchain or settings.go_version or workspace.go_version


def check_experiments(settings: GoSettings, std: Files | None) -> None:
    """Refuse what the installed Go does not know, as the go command does.

    Raises UsageError.
    """
    named = experiments(settings)
    if not named or std is None:
        return
    try:
        text = std.read("internal/goexperiment/flags.go").decode("utf-8", "replace")
    except UnreadableFileError:
        return  # a Go that keeps the list elsewhere: what it knows cannot be said
    known = {name.lower() for name in _FLAG.findall(text)} | {"none", "regabi"}
    for name in named:
        if name not in known and name.removeprefix("no") not in known:
            raise UsageError(
                f"GOEXPERIMENT={name}: Go {settings.go_version} has no such experiment"
            )


def experiments(settings: GoSettings) -> tuple[str, ...]:
    """GOEXPERIMENT as a list."""
    return tuple(e for e in settings.get("GOEXPERIMENT").split(",") if e)
