"""`compliance sbom`: check, convert, compare and merge bills of materials."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from compliance.cli import place
from compliance.cli.place import printable

MAX_FAULTS = 200
"""Lines of one file; who has more starts with these."""
MAX_NAMED = 3
"""Places that a line names which many have the same fault in."""
BILL_FORMATS = (
    "spdx-json", "spdx3-json", "cyclonedx-json", "cyclonedx17-json", "spdx-tv", "spdx-yaml",
    "spdx-xml",
)  # fmt: skip

_to = click.option("--to", type=click.Choice(BILL_FORMATS), required=True, help="Format to write.")
_out = click.option("-o", "out", metavar="FILE", default="-", help="File to write [stdout].")


@click.group("sbom")
def command() -> None:
    """Check, convert, compare and merge bills of materials (SPDX, CycloneDX)."""


@command.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--all", "every", is_flag=True, help="Each fault in a line of its own.")
def validate(files: tuple[str, ...], *, every: bool) -> int:
    """Check bills: format, references, licenses, minimum elements. Ends with 1 on a fault."""
    from compliance.outputs import check_bill

    faulty = False
    for name in files:
        checked = check_bill(_read(name), file=name)
        faulty |= bool(checked.problems)
        count = len(checked.problems)
        faults = list(checked.problems) if every else _grouped(checked.problems)
        shown = faults if every else faults[:MAX_FAULTS]
        lines = [f"{name}: {checked.format}, {count} {'fault' if count == 1 else 'faults'}"]
        lines += [f"  {fault}" for fault in shown]
        if len(shown) < len(faults):
            lines.append(f"  and {len(faults) - len(shown)} more lines; --all shows them")
        _say(lines)
    return 1 if faulty else 0


def _grouped(problems: Iterable[str]) -> list[str]:
    """One line for what is said of many places (`place: what`), in the order of the first ones."""
    places: dict[str, list[str]] = {}
    for problem in problems:
        place_, colon, what = problem.partition(": ")
        places.setdefault(what if colon else problem, []).append(place_ if colon else "")
    made = []
    for what, named in places.items():
        if len(named) <= MAX_NAMED:
            made += [f"{each}: {what}" if each else what for each in named]
        else:
            first = list(dict.fromkeys(named))[:MAX_NAMED]
            made.append(f"{', '.join(first)} and {len(named) - len(first)} more: {what}")
    return made


@command.command("convert")
@click.argument("file")
@_to
@_out
def convert(file: str, *, to: str, out: str) -> None:
    """Write a bill in another format; what has no place there is told."""
    from compliance.outputs import convert_bill

    data = _read(file)
    _write(out, convert_bill(data, to, file=file))
    _tell_losses(file, data)


def _flat(value: str) -> str:
    """A value in one line; copyright statements stand in a line each."""
    return "; ".join(value.splitlines()) or "-"


@command.command("diff")
@click.argument("before")
@click.argument("after")
def diff(before: str, after: str) -> int:
    """Say what changed between two bills, in any formats. Ends with 1 when something did."""
    from compliance.outputs import diff_bills

    changes = diff_bills((before, _read(before)), (after, _read(after)))
    for change in changes:
        versions = change.after or "-"
        if change.before != change.after:
            versions = f"{change.before or '-'} -> {versions}"
        fields = [f"  {field}: {_flat(old)} -> {_flat(new)}" for field, old, new in change.fields]
        _say([f"{change.kind} {change.name} {versions}", *fields])
    return 1 if changes else 0


@command.command("merge")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--name", required=True, help="Name of what the bills are parts of.")
@_to
@_out
def merge(files: tuple[str, ...], *, name: str, to: str, out: str) -> None:
    """Make one bill of several."""
    from compliance.outputs import merge_bills

    given = [(f, _read(f)) for f in files]
    _write(out, merge_bills(given, to, name=name))
    for file, data in given:
        _tell_losses(file, data)


def _tell_losses(file: str, data: bytes) -> None:
    from compliance.outputs import bill_losses

    for loss in bill_losses(data, file=file):
        click.echo(printable(f"{file}: {loss}"), err=True)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(printable(line))
    sys.stdout.flush()


def _read(name: str) -> bytes:
    from compliance.outputs import bill_limit

    return place.read_file(name, "", bill_limit())


def _write(out: str, data: bytes) -> None:
    if out == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    target = Path(out)
    place.put(place.output_folder(str(target.parent)), {target.name: data})
