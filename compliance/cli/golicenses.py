"""`compliance licenses report|csv|check|save`: the commands and flags of go-licenses."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from compliance.cli import options
from compliance.cli.place import print_findings, printable
from compliance.cli.progress import Progress
from compliance.config import ScanOptions
from compliance.errors import ComplianceError, UsageError
from compliance.findings import Severity
from compliance.report import Library, LibraryListing

F = TypeVar("F", bound=Callable[..., Any])
_LOGGING = (
    "--logtostderr", "--alsologtostderr", "--stderrthreshold", "--log_dir", "--log_file",
    "--vmodule", "--log_backtrace_at", "--add_dir_header", "--one_output", "--skip_headers",
    "--skip_log_headers", "--log_file_max_size",
)  # fmt: skip
"""Flags of its logging library: taken, so that scripts go on, and without effect."""
_SWITCHES = frozenset({
    "--logtostderr", "--alsologtostderr", "--add_dir_header", "--one_output", "--skip_headers",
    "--skip_log_headers",
})  # fmt: skip


def _shared(function: F) -> F:
    """Arguments and flags that all four commands have."""
    for flag in _LOGGING:
        switch = {"is_flag": True, "flag_value": ""} if flag in _SWITCHES else {}
        function = click.option(flag, hidden=True, expose_value=False, **switch)(function)  # type: ignore[arg-type]
    decorators = (
        click.argument("packages", nargs=-1, required=True, metavar="PACKAGE..."),
        click.option("--ignore", multiple=True, metavar="PREFIX[,PREFIX]",
                     help="Import paths to leave out, by prefix; what they import is not."),
        click.option("--include_tests", "--include-tests", is_flag=True,
                     help="Also what the tests of the packages need."),
        click.option("--confidence_threshold", "--confidence-threshold", type=float, metavar="N",
                     help="Taken and not used: a text is a license or unknown, never nearly one."),
        click.option("-C", "--repository", default=".", metavar="DIR",
                     help="The repository [the current folder]."),
        click.option(
            "--platform", "platforms", multiple=True, metavar="GOOS/GOARCH[,cgo|nocgo][,tag...]",
            help="Repeatable. Default: the host's, as `go env` would say.",
        ),
        options.fetch_flags,
        click.option("-q", "--quiet", is_flag=True, help="No warnings, no progress."),
    )  # fmt: skip
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


@click.command("report")
@_shared
@click.option("--template", metavar="FILE", help="A Go template (docs/from-go-licenses.md).")
def report(*, template: str | None, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """Print `library,url,license`, or what a Go template makes of it."""
    from compliance.cli.templates import read_text
    from compliance.outputs import render_libraries

    source = read_text(template) if template else None
    listing = _list(flags)
    made = render_libraries(listing.libraries, template=source, file=template or "")
    sys.stdout.buffer.write(made)
    sys.stdout.flush()
    return 3 if listing.incomplete else 0


@click.command("csv")
@_shared
def csv(**flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """Print `library,url,license` (as report without a template)."""
    return int(report.callback(template=None, **flags))  # type: ignore[misc]


@click.command("check")
@_shared
@click.option("--allowed_licenses", "--allowed-licenses", multiple=True, metavar="ID[,ID]",
              help="Licenses that may occur; of a choice one is enough.")  # fmt: skip
@click.option("--disallowed_types", "--disallowed-types", multiple=True, metavar="TYPE[,TYPE]",
              help="forbidden, notice, permissive, reciprocal, restricted, unencumbered, unknown"
              " [forbidden,unknown].")  # fmt: skip
def check(
    *, allowed_licenses: tuple[str, ...], disallowed_types: tuple[str, ...], **flags: Any  # noqa: ANN401
) -> int:  # fmt: skip
    """End with 1 if a license of a library is unknown or not allowed."""
    from compliance.outputs import library_check

    complaints = library_check(_split(allowed_licenses), _split(disallowed_types))
    listing = _list(flags)
    said = [text for library in listing.libraries for text in complaints(library)]
    for text in said:
        _complain(text)
    if listing.incomplete:
        return 3
    return 1 if said else 0


@click.command("save")
@_shared
@click.option(
    "--save_path", "--save-path", required=True, metavar="DIR",
    help="Folder to make: texts, and the source where a license asks for it.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace the folder if it is there.")
def save(*, save_path: str, force: bool, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """Save license texts, notices, and source that must go along.

    That is the source of libraries of the types reciprocal and restricted.
    """
    target = Path(save_path)
    if target.is_symlink():
        raise UsageError(f"--save_path {save_path}: is a link; name the folder itself")
    if target.exists() and not force:
        raise UsageError(f"{save_path} already exists")
    if target.exists() and not target.is_dir():
        raise UsageError(f"--save_path {save_path}: not a folder")
    listing = _list(flags)
    unknown = _save(listing, target)
    for library in unknown:
        kinds = ", ".join(s.license for s in library.statements) or "no license"
        _complain(f"{library.name}: not saved, {kinds}: its terms are unknown or forbidden")
    if listing.incomplete:
        return 3
    return 1 if unknown else 0


def _save(listing: LibraryListing, target: Path) -> list[Library]:
    """Fill a folder beside the target, then put it in its place; return what could not be saved."""
    from compliance.golang import UnreadableFileError
    from compliance.outputs import library_files

    unknown = []
    scratch: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
        for library in listing.libraries:
            files = library_files(library)
            if files is None:
                unknown.append(library)
            else:
                _store(scratch, library.name, files)
        scratch.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        scratch.replace(target)
    except UnreadableFileError as problem:
        raise ComplianceError(f"cannot be copied: {problem}") from None
    except OSError as problem:
        raise ComplianceError(f"cannot write into {target}: {problem.strerror}") from None
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
    return unknown


def _store(folder: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Write files below the folder of a library; no name of the input leaves it."""
    for path, data in files.items():
        place = os.path.normpath(os.path.join(name, path))  # noqa: PTH118
        if place.startswith(("/", "../")) or "\0" in place:
            raise ComplianceError(f"{name}: {path} would lie outside")
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _list(flags: dict[str, Any]) -> LibraryListing:
    """The libraries that the flags ask for; warnings go to stderr, as with go-licenses."""
    from compliance.pipeline import list_libraries

    request = options.request_from(
        ScanOptions(
            path=flags["repository"], platforms=flags["platforms"], offline=flags["offline"],
            goproxy=flags["goproxy"],
        )
    )  # fmt: skip
    progress = Progress(enabled=not flags["quiet"])
    try:
        listing = list_libraries(
            request,
            flags["packages"],
            progress.say,
            include_tests=flags["include_tests"],
            ignore=_split(flags["ignore"]),
        )
    finally:
        progress.done()
    if flags["confidence_threshold"] is not None and not flags["quiet"]:
        _complain("--confidence_threshold has no effect: a text is a license or it is unknown")
    if not flags["quiet"]:
        print_findings(f for f in listing.findings if f.severity is Severity.BLOCK)
    return listing


def _split(values: tuple[str, ...]) -> tuple[str, ...]:
    """Repeated flags and comma-separated lists, as go-licenses takes both."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _complain(text: str) -> None:
    print(printable(text), file=sys.stderr)
