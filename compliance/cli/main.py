"""Entry point: finds the command, turns expected failures into messages and exit codes."""

from __future__ import annotations

import errno
import gc
import importlib
import io
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from compliance import __version__
from compliance.cli import interrupts
from compliance.cli.place import printable
from compliance.errors import ComplianceError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDERR = 2
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""

COMMANDS = {
    "scan": "compliance.cli.scan",
    "init": "compliance.cli.init",
    "gate": "compliance.cli.gate",
    "drift": "compliance.cli.drift",
    "modules": "compliance.cli.modules",
    "packages": "compliance.cli.packages",
    "detect": "compliance.cli.detect",
    "why": "compliance.cli.why",
    "policy": "compliance.cli.policy",
    "waivers": "compliance.cli.waivers",
    "sbom": "compliance.cli.sbom",
    "notice": "compliance.cli.notice",
    "licenses": "compliance.cli.licenses",
    "proxies": "compliance.cli.proxies",
    "cache": "compliance.cli.cache",
    "schema": "compliance.cli.schema",
}
"""Command to the file that defines it; a file is imported only when its command runs."""

SUMMARIES = {
    "scan": "Everything: graph, licenses, policy, SBOM, report.",
    "init": "Propose a .compliance.yaml: what is built, where it goes, what to ask.",
    "gate": "The decision for a release, from the report of a scan.",
    "drift": "What changed since a former report though no code did.",
    "modules": "The build list (what `go list -m all` says).",
    "packages": "The packages linked into main packages (what `go list -deps` says).",
    "detect": "Licenses and copyright of files and trees, any language.",
    "why": "Why a module, package or license is in, the path and the remedy.",
    "policy": "Check, test and explain policies.",
    "waivers": "Exemptions: list them, those that end soon, stubs of new ones.",
    "sbom": "Check, convert, compare and merge bills of materials.",
    "notice": "Write the notice file, or check that it still says what is shipped.",
    "licenses": "Report, check and save licenses as go-licenses does; texts of the index.",
    "proxies": "Where the bytes of modules come from; an audit of module mirrors.",
    "cache": "What our own cache holds; clean it.",
    "schema": "Print the JSON Schema of a document.",
}


GARBAGE_THRESHOLD = 2_000_000
"""Allocations between searches for cycles: values here have none, so looking often only costs."""


MOST_SHOWN = 1000
"""Characters of a line of a message, which may quote the input."""


class LazyGroup(click.Group):
    """Lists all commands, imports the one that is asked for: start-up is part of speed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Command names in the order of the manual."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file."""
        if cmd_name not in COMMANDS:
            return None
        from compliance.cli.options import take_talk_flags

        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        take_talk_flags(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, with the nearest command named for a misspelt one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line a command, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", "show_version", is_flag=True, help="Print the version; with -v its data."
)
@click.option("-v", "--verbose", is_flag=True, help="With --version: data sources and licenses.")
@click.pass_context
def cli(ctx: click.Context, *, show_version: bool, verbose: bool) -> None:
    """May we ship this, there, under these licenses, and can we prove it?

    Exit codes: 0 passed · 1 the gate failed · 2 wrong usage, configuration or policy ·
    3 could not be completed · 130 interrupted.
    """
    if show_version:
        _print_version(verbose=verbose)
        ctx.exit(0)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(0)


cli.invoke_without_command = True


def _print_version(*, verbose: bool) -> None:
    click.echo(f"compliance {__version__}")
    if verbose:
        from compliance.cli.about import data_sources

        for line in data_sources():
            click.echo(line)


class _Heard(io.FileIO):
    """stdout or stderr, whose reader may go away (`| head`): the exit code stays what it is.

    What stderr has no room for is lost, too: nobody can be told. Of stdout that is an error.
    """

    def write(self, data: ReadableBuffer, /) -> int:
        """As FileIO; what nobody reads counts as written."""
        try:
            return super().write(data)
        except OSError as problem:
            if problem.errno != errno.EPIPE and self.fileno() != STDERR:
                raise
            return memoryview(data).nbytes


def _settle_streams() -> None:
    """Where a terminal knows no UTF-8, characters that it lacks are printed as escapes."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
            raw = getattr(stream.buffer, "raw", stream.buffer)
            if isinstance(raw, io.FileIO):  # not where a test collects what is printed
                heard = io.BufferedWriter(_Heard(raw.fileno(), "w", closefd=False))
                text = io.TextIOWrapper(
                    heard, stream.encoding, "backslashreplace",
                    line_buffering=stream.line_buffering or stream.write_through,
                )  # fmt: skip
                setattr(sys, name, text)


def main(args: list[str] | None = None) -> None:
    """Run a command and leave the process with its exit code."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    interrupts.listen()
    _settle_streams()
    try:
        result: Any = cli.main(args=args, prog_name="compliance", standalone_mode=False)
        status = result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.ClickException as problem:
        problem.show()
        status = 2
    except ComplianceError as problem:
        status = problem.status
        _complain(str(problem))
    except (KeyboardInterrupt, click.Abort):
        status = INTERRUPTED
        _complain("interrupted")
    except OSError as problem:
        status = 3
        place = f"{problem.filename}: " if problem.filename else ""
        _complain(f"{place}{problem.strerror or problem}")
    except (MemoryError, RecursionError) as problem:
        status = 3
        _complain(f"the input is beyond what can be handled ({type(problem).__name__})")
    except Exception as problem:  # noqa: BLE001 - a bug must not look like a verdict (exit code 1)
        status = 3
        _complain(_defect(problem))
    if interrupts.is_lost() and status != INTERRUPTED:
        status = INTERRUPTED
        _complain("interrupted")
    sys.exit(status)


def _defect(problem: Exception) -> str:
    """A defect of ours: what it is, where, and how to see all of it."""
    import traceback

    if os.environ.get("COMPLIANCE_DEBUG"):
        return "".join(traceback.format_exception(problem))
    last = traceback.extract_tb(problem.__traceback__)[-1]
    where = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119
    hint = "COMPLIANCE_DEBUG=1 shows where it comes from; please report it"
    return f"defect: {type(problem).__name__} at {where}: {problem}\n{hint}"


def _complain(message: str) -> None:
    for number, line in enumerate(message.splitlines()):
        start = "compliance: " if number == 0 else "  "
        shown = line if len(line) <= MOST_SHOWN else f"{line[:MOST_SHOWN]}..."
        print(start + printable(shown), file=sys.stderr)
