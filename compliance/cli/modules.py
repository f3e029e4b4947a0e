"""`compliance modules`: the build list."""

from __future__ import annotations

import sys
from typing import Any

import click

from compliance.cli import options
from compliance.cli.place import print_findings, printable
from compliance.cli.progress import Progress
from compliance.config import ScanOptions


@click.command("modules")
@click.argument("path", default=".")
@options.json_flag
@options.fetch_flags
@options.talk_flags
def command(path: str, *, as_json: bool, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """List the modules of the build, as `go list -m all` does.

    Ends with 3 when a module could not be read; what is missing is listed on stderr.
    """
    from compliance.outputs import json_bytes, modules_document
    from compliance.pipeline import list_modules

    request = options.request_from(
        ScanOptions(path=path, offline=flags["offline"], goproxy=flags["goproxy"])
    )
    progress = Progress(enabled=not (flags["quiet"] or flags["no_progress"]))
    try:
        listing = list_modules(request, progress.say)
    finally:
        progress.done()
    if as_json:
        sys.stdout.buffer.write(json_bytes(modules_document(listing)))
    else:
        for module in listing.build_list.modules:
            line = f"{module.id.path} {module.id.version}".rstrip()
            if module.replace is not None:
                line += f" => {module.replace.path} {module.replace.version or ''}".rstrip()
            print(printable(line))
    sys.stdout.flush()
    if not flags["quiet"]:
        print_findings(listing.build_list.findings)
    return 3 if listing.incomplete else 0
