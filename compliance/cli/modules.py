"""`compliance modules`: the build list."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.cli import options
from compliance.cli.memory import Delivery, print_out, remembered
from compliance.cli.place import findings_text, printable
from compliance.cli.progress import Progress
from compliance.config import ScanOptions

if TYPE_CHECKING:
    from compliance.config import ScanRequest
    from compliance.report import ModuleListing
    from compliance.sources import Trace


@click.command("modules")
@click.argument("path", default=".")
@options.json_flag
@options.fetch_flags
@options.talk_flags
def command(path: str, *, as_json: bool, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """List the modules of the build, as `go list -m all` does.

    PATH may be a Go executable as well: then the modules that it was built from, which the linker
    wrote into it; the program is read, never run.

    Ends with 3 when a module could not be read; what is missing is listed on stderr.
    """
    if Path(path).is_file():
        from compliance.pipeline import list_binary

        delivery = _delivery(list_binary(path), as_json=as_json)
    else:
        request = options.request_from(
            ScanOptions(
                path=path,
                offline=flags["offline"],
                goproxy=flags["goproxy"],
                run_goauth=flags["run_goauth"],
            )
        )
        progress = Progress(enabled=not (flags["quiet"] or flags["no_progress"]))
        shape = ("modules", as_json, sys.stdout.encoding)
        try:
            delivery = remembered(request, shape, lambda: _run(request, progress, as_json=as_json))
        finally:
            progress.done()
    return print_out(delivery, quiet=flags["quiet"])


def _run(
    request: ScanRequest, progress: Progress, *, as_json: bool
) -> tuple[Delivery, Trace | None]:
    """Select versions; a complete answer may be remembered for the next run."""
    from compliance.pipeline import list_modules

    listing = list_modules(request, progress.say)
    return _delivery(listing, as_json=as_json), None if listing.incomplete else listing.trace


def _delivery(listing: ModuleListing, *, as_json: bool) -> Delivery:
    from compliance.outputs import json_bytes, modules_document

    if as_json:
        document = json_bytes(modules_document(listing))
    else:
        lines = []
        for module in listing.build_list.modules:
            line = f"{module.id.path} {module.id.version}".rstrip()
            if module.replace is not None:
                line += f" => {module.replace.path} {module.replace.version or ''}".rstrip()
            lines.append(printable(line) + "\n")
        document = "".join(lines).encode(sys.stdout.encoding, "backslashreplace")
    return Delivery(
        files={"stdout": document},
        text=findings_text(listing.build_list.findings),
        outcome="incomplete" if listing.incomplete else "pass",
    )
