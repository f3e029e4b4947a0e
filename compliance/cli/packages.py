"""`compliance packages`: what is linked."""

from __future__ import annotations

import sys
from typing import Any

import click

from compliance.cli import options
from compliance.cli.place import print_findings, printable
from compliance.cli.progress import Progress
from compliance.config import ScanOptions


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
    from compliance.outputs import json_bytes, packages_document
    from compliance.pipeline import list_packages

    quiet, still = flags.pop("quiet"), flags.pop("no_progress")
    del flags["verbose"], flags["no_color"]
    request = options.request_from(ScanOptions(path=path, **flags))
    progress = Progress(enabled=not (quiet or still))
    try:
        listing = list_packages(request, progress.say)
    finally:
        progress.done()
    if as_json:
        sys.stdout.buffer.write(json_bytes(packages_document(listing)))
    else:
        for cell in listing.cells:
            print(f"# {printable(cell.main)} {cell.context.label}")
            for package in cell.packages:
                print(printable(package.import_path))
    sys.stdout.flush()
    if not quiet:
        print_findings(listing.findings)
    return 3 if listing.incomplete else 0
