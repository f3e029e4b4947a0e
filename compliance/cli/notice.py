"""`compliance notice`: write what goes along with the artifacts, or check a file that says so."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance import patterns as re
from compliance.cli import options, place
from compliance.cli.place import print_findings, printable
from compliance.cli.progress import Progress
from compliance.config import ScanOptions
from compliance.errors import UsageError
from compliance.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from compliance.report import ScanReport

KINDS = {"txt": "notice", "md": "notice-md", "html": "notice-html"}
"""Ending of a file to the format that writes it."""
MAX_NOTICE = 256 << 20
"""Bytes of a notice that is compared; those of large repositories have 2 MB."""
MAX_DIFF_LINES = 400
"""Of a diff; a notice that differs in more has to be written anew, not read."""
MAX_COMPARED = 60_000
"""Lines up to which the differing part is compared line by line: the time grows with the square."""

_HUNK = re.compile(r"^@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@$")


@click.command("notice")
@click.argument("path", default=".")
@click.option("--format", "kind", type=click.Choice(tuple(KINDS)),
              help="txt, md or html [by the name of the file, else txt].")  # fmt: skip
@click.option("-o", "out", metavar="FILE", default="-", help="File to write [stdout].")
@click.option("--check", "check", metavar="FILE",
              help="Write nothing; end with 1 and a diff where FILE differs.")  # fmt: skip
@options.build_flags
@options.policy_flags
@options.fetch_flags
@options.talk_flags
def command(
    path: str, *, kind: str | None, out: str, check: str | None, **flags: Any  # noqa: ANN401
) -> int:  # fmt: skip
    """Write the notice of PATH: components, copyright lines, and every license text once.

    Ends with 3 where the scan is incomplete: a notice that may lack something is not written.
    """
    from compliance.outputs import render

    if check is not None and out != "-":
        raise UsageError("--check writes nothing: leave out -o")
    name = KINDS[kind or _kind_of(check or out)]
    old = place.read_file(check, "--check", MAX_NOTICE) if check is not None else b""
    report = _scan(path, flags)
    if report.gate.outcome == "incomplete":
        for item in report.gate.missing:
            print(printable(f"missing: {item}"), file=sys.stderr)
        return 3
    made = render(name, report)
    if check is not None:
        return _compare(check, old, made)
    if out == "-":
        sys.stdout.buffer.write(made)
        sys.stdout.flush()
    else:
        target = Path(out)
        place.put(place.output_folder(str(target.parent)), {target.name: made})
    return 0


def _kind_of(file: str) -> str:
    ending = file.rpartition(".")[2].lower()
    return {"markdown": "md", "htm": "html"}.get(ending, ending if ending in KINDS else "txt")


def _scan(path: str, flags: dict[str, Any]) -> ScanReport:
    from compliance.pipeline import scan

    quiet, still = flags.pop("quiet"), flags.pop("no_progress")
    del flags["verbose"], flags["no_color"]
    request = options.request_from(ScanOptions(path=path, **flags))
    progress = Progress(enabled=not (quiet or still))
    try:
        return scan(request, progress.say).report
    finally:
        progress.done()


def _compare(file: str, old: bytes, made: bytes) -> int:
    """0 where the file says what is shipped, line ends aside; else a diff and 1."""
    before = old.decode("utf-8-sig", "replace").replace("\r\n", "\n").rstrip("\n").split("\n")
    after = made.decode("utf-8").rstrip("\n").split("\n")
    if before == after:
        print(printable(f"{file} says what is shipped"))
        return 0
    first, diff = _difference(file, before, after)
    for line in diff[:MAX_DIFF_LINES]:
        print(printable(line))
    if len(diff) > MAX_DIFF_LINES:
        print(f"... {len(diff) - MAX_DIFF_LINES} more lines differ")
    sys.stdout.flush()
    drift = Finding(
        code="notice-drift",
        severity=Severity.REVIEW,
        message="the notice does not say what is shipped any more",
        remedy=f"write it again: compliance notice -o {file}",
        location=Location(file=file, line=first),
    )
    print_findings((drift,))
    print(printable(f"  to do: {drift.remedy}"), file=sys.stderr)
    return 1


def _difference(file: str, before: list[str], after: list[str]) -> tuple[int, list[str]]:
    """Number of the first line that differs, and a unified diff.

    What both share at the start and the end is left out of the comparison, whose time grows with
    the square of the rest.
    """
    start = 0
    least = min(len(before), len(after))
    while start < least and before[start] == after[start]:
        start += 1
    end = 0
    while end < least - start and before[-1 - end] == after[-1 - end]:
        end += 1
    low = max(0, start - 3)
    old = before[low : len(before) - max(0, end - 3)]
    new = after[low : len(after) - max(0, end - 3)]
    if len(old) + len(new) > MAX_COMPARED:
        return start + 1, [f"{len(old)} lines of {file} would become {len(new)} other lines"]
    lines = list(difflib.unified_diff(old, new, file, "what is shipped", lineterm=""))
    return start + 1, [_HUNK.sub(lambda m: _moved(m, low), line) for line in lines]


def _moved(hunk: re.Match[str], low: int) -> str:
    """The head of a hunk with the line numbers of the whole files."""
    old, old_count, new, new_count = hunk.groups(default="")
    return f"@@ -{int(old) + low}{old_count} +{int(new) + low}{new_count} @@"
