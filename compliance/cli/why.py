"""`compliance why`: the path to a module, package or license, and the remedy."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import click

from compliance.cli import options
from compliance.cli.place import printable
from compliance.cli.progress import Progress
from compliance.config import ScanOptions

if TYPE_CHECKING:
    from compliance.findings import Finding, Hop
    from compliance.report import Reason, Why


MOST_SHOWN: Final = 20
"""Modules that are named where a license was asked for; the JSON has all."""


@click.command("why")
@click.argument("path")
@click.argument("target")
@options.json_flag
@options.build_flags
@options.policy_flags
@options.fetch_flags
@options.talk_flags
def command(path: str, target: str, *, as_json: bool, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """Say why TARGET is in the artifacts of PATH.

    TARGET is a package or module (with or without @version), a folder (./internal/x,
    ./vendor/m/..., relative to PATH), a component, or a license: an SPDX id or expression, the
    beginning of an id (GPL, gpl-3.0), or `unknown`. What no artifact contains is explained, too:
    by tests, by tools, or by the go.mod files alone.

    A name that a package and its module share means the package; with @version it is the module.
    """
    from compliance.outputs import json_bytes, why_document
    from compliance.pipeline import why

    quiet, still = flags.pop("quiet"), flags.pop("no_progress")
    del flags["verbose"], flags["no_color"]
    request = options.request_from(ScanOptions(path=path, **flags))
    progress = Progress(enabled=not (quiet or still))
    try:
        answer = why(request, target, progress.say)
    finally:
        progress.done()
    if as_json:
        sys.stdout.buffer.write(json_bytes(why_document(answer)))
    else:
        _print(answer)
    sys.stdout.flush()
    return 3 if answer.incomplete else 0


def _print(answer: Why) -> None:
    without = [r.artifact for r in answer.reasons if not r.path]
    for reason in answer.reasons:
        if reason.path:
            _print_reason(reason)
    if answer.aside or answer.scope != "linked":
        _print_aside(answer)
    elif without:
        print(f"not in: {printable(', '.join(without))}")
    if len(answer.under) > 1:
        shown = ", ".join(answer.under[:MOST_SHOWN])
        more = (
            f" and {len(answer.under) - MOST_SHOWN} more" if len(answer.under) > MOST_SHOWN else ""
        )
        print(printable(f"under {answer.target}: {shown}{more}"))
    for finding in answer.findings:
        _print_finding(finding)


def _print_reason(reason: Reason) -> None:
    print(printable(reason.artifact))
    _print_path(reason.path)
    for finding in reason.findings:
        _print_finding(finding)


_ASIDE = {
    "test": "is in no artifact: only tests need it",
    "tool": "is in no artifact: only tools need it",
    "unused": "is in the build list, and nothing needs a package of it",
}


def _print_aside(answer: Why) -> None:
    print(printable(f"{answer.target} {_ASIDE.get(answer.scope, 'is in no artifact')}"))
    _print_path(answer.aside)


def _print_path(path: Iterable[Hop]) -> None:
    """A chain as a tree: each element under the one that needs it, with the place."""
    for depth, hop in enumerate(path):
        owner = "ours" if hop.first_party else hop.license or "license unknown"
        mark = "└ " if depth else ""
        print(printable(f"  {'  ' * depth}{mark}{hop.node} ({owner})"))
        if hop.edge:
            place = f" at {hop.file}:{hop.line}" if hop.file else ""
            print(printable(f"  {'  ' * (depth + 1)}{hop.edge}{place}"))


def _print_finding(finding: Finding) -> None:
    place = finding.location
    at = f" at {place.file}" + (f":{place.line}" if place.line else "") if place else ""
    print(printable(f"  {finding.severity.word}: {finding.message} [{finding.code}]{at}"))
    if finding.remedy and finding.remedy not in {r.title for r in finding.remedies}:
        print(printable(f"    to do: {finding.remedy}"))
    for remedy in finding.remedies:
        print(printable(f"    remedy: {remedy.title} (then {remedy.verdict_after.word})"))
        for edit in remedy.edits:
            print(printable(f"      {edit}"))
