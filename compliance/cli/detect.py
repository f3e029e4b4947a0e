"""`compliance detect`: what files say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from compliance.cli import options
from compliance.cli.place import print_findings, printable
from compliance.cli.progress import Progress

if TYPE_CHECKING:
    from compliance.licenses import FileLicense


@click.command("detect")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.json_flag
@click.option("--diff", "show_diff", is_flag=True, help="Changed words against the license text.")
@options.talk_flags
def command(paths: tuple[str, ...], *, as_json: bool, show_diff: bool, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """Find licenses and copyright in files and trees of any language.

    Files that say nothing are listed with -v only. Ends with 3 when a file could not be read.
    """
    from compliance.outputs import detect_document, json_bytes
    from compliance.pipeline import detect_paths

    progress = Progress(enabled=not (flags["quiet"] or flags["no_progress"]))
    try:
        found = detect_paths(paths, progress.say)
    finally:
        progress.done()
    if show_diff:
        return _print_changes(paths)
    if as_json:
        sys.stdout.buffer.write(json_bytes(detect_document(found.files, found.findings)))
    else:
        for file in found.files:
            if file.expression or file.matches or flags["verbose"]:
                _print(file, verbose=flags["verbose"])
    sys.stdout.flush()
    every = (*found.findings, *(f for file in found.files for f in file.findings))
    if not flags["quiet"]:
        print_findings(every)
    return 3 if any(f.code in ("file-unreadable", "limit-exceeded") for f in every) else 0


def _print_changes(paths: tuple[str, ...]) -> int:
    """Words that a text has or lacks compared with the license that it resembles."""
    from compliance.pipeline import text_changes

    for path, license_, changes in text_changes(paths):
        print(f"{printable(path)} against {license_}")
        for change in changes:
            print(f"  {change.line} {change.op} {printable(change.text)}")
    sys.stdout.flush()
    return 0


def _print(file: FileLicense, *, verbose: bool) -> None:
    print(f"{printable(file.path)}: {file.expression or 'no license'} ({file.confidence})")
    if not verbose:
        return
    for match in file.matches:
        print(
            f"  {match.start_line}-{match.end_line} {match.license} {match.kind}"
            f" coverage {match.coverage:.0%} {match.confidence} {match.rule}"
        )
    for notice in file.copyrights:
        print(f"  {notice.line} {printable(notice.statement)}")
