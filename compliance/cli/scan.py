"""`compliance scan`: everything."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.cli import options, place
from compliance.cli.progress import Progress
from compliance.config import DEFAULT_FORMATS, ScanOptions, ScanRequest
from compliance.errors import UsageError

if TYPE_CHECKING:
    from compliance.report import ScanReport

EXIT = {"pass": 0, "fail": 1, "incomplete": 3}


@click.command("scan")
@click.argument("path", default=".")
@click.option(
    "-o", "out", metavar="DIR", help="Write the files of --format into DIR; - for stdout."
)
@click.option(
    "--format", "formats", metavar="LIST", help="Comma-separated; default: spdx-json,html,json."
)
@options.build_flags
@options.policy_flags
@options.gate_flags
@options.fetch_flags
@options.talk_flags
def command(path: str, *, out: str | None, formats: str | None, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """Scan a repository: graph, licenses, policy, SBOM, report.

    Without -o it prints the decision and writes nothing. Formats: spdx-json, spdx3-json,
    cyclonedx-json, spdx-tv, spdx-yaml, spdx-xml, html, json, sarif, markdown, notice, csv.
    """
    quiet = flags.pop("quiet")
    del flags["verbose"]
    plain, still = flags.pop("no_color"), flags.pop("no_progress")
    request = options.request_from(ScanOptions(path=path, **flags))
    wanted = _wanted(out, formats)
    folder = _folder(out, request)
    progress = Progress(enabled=not (quiet or still))
    try:
        report, files = _run(request, wanted, progress)
    finally:
        progress.done()
    if out == "-":
        sys.stdout.buffer.write(files[wanted[0]])
        sys.stdout.flush()
    else:
        _deliver(report, files, folder, quiet=quiet, plain=plain)
    return EXIT[report.gate.outcome]


def _wanted(out: str | None, formats: str | None) -> tuple[str, ...]:
    from compliance.outputs import FORMATS

    names = tuple(f.strip() for f in formats.split(",")) if formats else DEFAULT_FORMATS
    for name in names:
        if name not in FORMATS:
            import difflib

            near = difflib.get_close_matches(name, FORMATS, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; formats are {', '.join(FORMATS)}"
            raise UsageError(f"--format {name}: no such format{hint}")
    if out == "-" and len(names) != 1:
        raise UsageError("-o - writes one document: name one format with --format")
    return names if out is not None else ()


def _folder(out: str | None, request: ScanRequest) -> Path | None:
    """The folder of -o, created. Inside the scanned tree only if it was named as a path into it."""
    if out is None or out == "-":
        return None
    target = Path(out).expanduser()
    if target.resolve() == Path(request.root):
        raise UsageError(
            f"-o {out}: is the scanned folder itself; name a folder inside or elsewhere"
        )
    return place.output_folder(str(target))


def _run(
    request: ScanRequest, wanted: tuple[str, ...], progress: Progress
) -> tuple[ScanReport, dict[str, bytes]]:
    from compliance.outputs import render_all
    from compliance.pipeline import scan

    report = scan(request, progress.say).report
    progress.say("writing")
    return report, render_all(wanted, report)


def _deliver(
    report: ScanReport,
    files: dict[str, bytes],
    folder: Path | None,
    *,
    quiet: bool,
    plain: bool,
) -> None:
    from compliance.outputs import FORMATS, render_terminal, report_document

    written = []
    if folder is not None:
        place.put(folder, {FORMATS[name]: data for name, data in files.items()})
        written = [str(folder / FORMATS[name]) for name in files]
    if quiet:
        return
    color = sys.stdout.isatty() and not plain and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80
    text = render_terminal(report_document(report), width=width, color=color, files=written)
    sys.stdout.write(text)
    sys.stdout.flush()
