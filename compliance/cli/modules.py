"""`compliance modules`: the build list."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.cli import options
from compliance.cli.place import print_findings, printable
from compliance.cli.progress import Progress
from compliance.config import ScanOptions

if TYPE_CHECKING:
    from compliance.report import ModuleListing


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
    from compliance.pipeline import list_binary, list_modules

    if Path(path).is_file():
        return _list(list_binary(path), as_json=as_json, quiet=flags["quiet"])
    request = options.request_from(
        ScanOptions(
            path=path,
            offline=flags["offline"],
            goproxy=flags["goproxy"],
            run_goauth=flags["run_goauth"],
        )
    )
    progress = Progress(enabled=not (flags["quiet"] or flags["no_progress"]))
    try:
        listing = list_modules(request, progress.say)
    finally:
        progress.done()
    return _list(listing, as_json=as_json, quiet=flags["quiet"])


def _list(listing: ModuleListing, *, as_json: bool, quiet: bool) -> int:
    from compliance.outputs import json_bytes, modules_document

    if as_json:
        sys.stdout.buffer.write(json_bytes(modules_document(listing)))
    else:
        for module in listing.build_list.modules:
            line = f"{module.id.path} {module.id.version}".rstrip()
            if module.replace is not None:
                line += f" => {module.replace.path} {module.replace.version or ''}".rstrip()
            print(printable(line))
    sys.stdout.flush()
    if not quiet:
        print_findings(listing.build_list.findings)
    return 3 if listing.incomplete else 0
