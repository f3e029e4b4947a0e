"""`compliance proxies`: where the bytes of modules come from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.cli import options, place
from compliance.cli.place import printable
from compliance.cli.progress import Progress
from compliance.config import ScanOptions, environment, home_folder, own_cache
from compliance.errors import UsageError

if TYPE_CHECKING:
    from compliance.integrity import Part

MAX_RATE = 1000.0


@click.group("proxies")
def command() -> None:
    """Where the bytes of modules come from."""


@command.command("settings")
@options.json_flag
def settings(*, as_json: bool) -> None:
    """Print the settings of the go command, each with its origin."""
    from compliance.outputs import json_bytes
    from compliance.sources import go_settings

    environ = environment()
    found = go_settings(environ, home_folder(environ))
    cache = own_cache()
    if as_json:
        document = {
            "schema": "compliance/settings/1",
            "settings": {
                name: {"value": value.shown, "origin": value.origin}
                for name, value in sorted(found.values.items())
            },
            "cache": cache,
        }
        sys.stdout.buffer.write(json_bytes(document))
        return
    for name in sorted(found.values):
        value = found.values[name]
        print(printable(f"{name}={value.shown}  ({value.origin})"))
    print(printable(f"cache={cache}"))


@command.command("audit")
@click.argument("path", default=".")
@click.option(
    "--mirror",
    "mirrors",
    multiple=True,
    metavar="URL",
    help="A module mirror (http, https, file), repeatable. Default: the proxies of GOPROXY.",
)
@click.option(
    "--parts",
    metavar="LIST",
    default="info,mod,zip,list",
    show_default=True,
    help="What to ask for.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0.1, MAX_RATE),
    default=20.0,
    show_default=True,
    help="Requests a second to each mirror.",
)
@click.option("-o", "out", metavar="DIR", help="Write audit.json and audit.html into DIR.")
@options.json_flag
@options.fetch_flags
@options.talk_flags
def audit(
    path: str,
    *,
    mirrors: tuple[str, ...],
    parts: str,
    rate: float,
    out: str | None,
    as_json: bool,
    **flags: Any,  # noqa: ANN401 - click's keywords
) -> int:  # fmt: skip
    """Compare what mirrors serve for the modules of the build list.

    Every mirror is asked for info, mod, zip and version list of each module; bytes are compared
    with the checksum database, else with go.sum, else with each other. Private modules are asked
    of nobody. An audit that was interrupted goes on where it stopped.

    Ends with 1 when a mirror serves other bytes, with 3 when a request had no answer.
    """
    from compliance.outputs import audit_document, json_bytes, render_audit, render_audit_page
    from compliance.pipeline import AuditRequest, audit_mirrors

    quiet, still = flags.pop("quiet"), flags.pop("no_progress")
    del flags["verbose"], flags["no_color"]
    request = AuditRequest(
        scan=options.request_from(ScanOptions(path=path, **flags)),
        mirrors=mirrors,
        parts=_parts(parts),
        rate=rate,
    )
    folder = place.output_folder(out) if out is not None else None
    progress = Progress(enabled=not (quiet or still))
    try:
        document = audit_document(audit_mirrors(request, progress.say))
    finally:
        progress.done()
    if folder is not None:
        written = {"audit.json": json_bytes(document), "audit.html": render_audit_page(document)}
        place.put(Path(folder), written)
    if as_json:
        sys.stdout.buffer.write(json_bytes(document))
    elif not quiet:
        for line in render_audit(document).splitlines():
            print(printable(line))
    sys.stdout.flush()
    return place.EXIT[document["outcome"]]


def _parts(text: str) -> tuple[Part, ...]:
    from compliance.integrity import PARTS

    named = [word.strip() for word in text.split(",") if word.strip()]
    for word in named:
        if word not in PARTS:
            raise UsageError(f"--parts {word}: parts are {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in named)
