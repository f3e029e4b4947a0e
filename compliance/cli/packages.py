"""`compliance packages`: what is linked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from compliance.cli import options, place
from compliance.cli.memory import Delivery, print_out, remembered
from compliance.cli.progress import Progress
from compliance.config import ScanOptions

if TYPE_CHECKING:
    from compliance.config import ScanRequest
    from compliance.sources import Trace


_NO_MAIN = "compliance: no main package here; name packages with --main, such as --main .\n"


@click.command("packages")
@click.argument("path", default=".")
@options.json_flag
@options.build_flags
@options.fetch_flags
@options.talk_flags
def command(path: str, *, as_json: bool, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """List the packages linked into main packages, as `go list -deps` does.

    Ends with 3 when an import could not be resolved; each one is listed on stderr.
    """
    quiet, still = flags.pop("quiet"), flags.pop("no_progress")
    del flags["verbose"], flags["no_color"]
    request = options.request_from(ScanOptions(path=path, **flags))
    progress = Progress(enabled=not (quiet or still))
    shape = ("packages", as_json, sys.stdout.encoding)
    try:
        delivery = remembered(request, shape, lambda: _run(request, progress, as_json=as_json))
    finally:
        progress.done()
    return print_out(delivery, quiet=quiet)


def _run(
    request: ScanRequest, progress: Progress, *, as_json: bool
) -> tuple[Delivery, Trace | None]:
    """Follow imports; a complete answer may be remembered for the next run."""
    from compliance.outputs import json_bytes, packages_document
    from compliance.pipeline import list_packages

    listing = list_packages(request, progress.say)
    if as_json:
        document = json_bytes(packages_document(listing))
    else:
        lines = []
        for cell in listing.cells:
            lines.append(f"# {place.printable(cell.main)} {cell.context.label}\n")
            lines += [place.printable(p.import_path) + "\n" for p in cell.packages]
        document = "".join(lines).encode(sys.stdout.encoding, "backslashreplace")
    delivery = Delivery(
        files={"stdout": document},
        text=place.findings_text(listing.findings) + ("" if listing.cells else _NO_MAIN),
        outcome="incomplete" if listing.incomplete else "pass",
    )
    return delivery, None if listing.incomplete else listing.trace
