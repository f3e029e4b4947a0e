"""`compliance drift`: what changed since a former report though no code did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from compliance.cli import options, place
from compliance.cli.place import printable
from compliance.cli.reading import load_report
from compliance.config import ScanOptions
from compliance.report import RETRACTIONS
from compliance.value import replace


@click.command("drift")
@click.argument("former", metavar="REPORT.json")
@click.argument("path", metavar="[PATH|REPORT.json]", default=".")
@click.option("-o", "out", metavar="DIR", help="Write today's report.json into DIR, for next time.")
@options.json_flag
@options.build_flags
@options.policy_flags
@options.limit_flag
@options.fetch_flags
@options.talk_flags
def command(
    former: str, path: str, *, out: str | None, as_json: bool, **flags: Any,  # noqa: ANN401 - click
) -> int:  # fmt: skip
    """Compare a former report with today's scan of PATH, or with another report.

    For a schedule: waivers that ended, licenses that turned into another one on their day, versions
    that were retracted, and renewed policy or data. Ends with 1 where something new fails; what the
    former report has, too, does not count again.
    """
    from compliance.outputs import compare_reports, drift_lines, json_bytes

    before = load_report(former)
    after = load_report(path) if Path(path).is_file() else _scan(path, flags)
    document = compare_reports(before, after)
    if out is not None:
        place.put(place.output_folder(out), {"report.json": json_bytes(after)})
    unsaid = [x["what"] for x in after["limits"] if x["what"].startswith(RETRACTIONS)]
    for what in unsaid:
        click.echo(printable(f"compliance: {what}"), err=True)
    if as_json:
        sys.stdout.buffer.write(json_bytes(document))
    elif not flags["quiet"]:
        for line in drift_lines(document):
            print(printable(line))
    sys.stdout.flush()
    return place.EXIT[document["gate"]["outcome"]]


def _scan(path: str, flags: dict[str, Any]) -> dict[str, Any]:
    """Today's report; the proxies are asked which versions are retracted by now."""
    from compliance.cli.progress import Progress
    from compliance.outputs import report_document
    from compliance.pipeline import scan

    words = {k: v for k, v in flags.items() if k not in _OF_TALK}
    request = options.request_from(ScanOptions(path=path, **words))
    progress = Progress(enabled=not (flags["quiet"] or flags["no_progress"]))
    try:
        scanned = scan(replace(request, ask_latest=True), progress.say)
    finally:
        progress.done()
    return report_document(scanned.report)


_OF_TALK = ("quiet", "verbose", "no_color", "no_progress")
