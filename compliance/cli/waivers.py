"""`compliance waivers`: exemptions and when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from compliance.cli.place import printable
from compliance.cli.reading import load_json, load_report, policy_names, read_day, read_policies
from compliance.errors import UsageError
from compliance.policy import waivers_ending

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compliance.policy import Waiver


@click.group("waivers")
def command() -> None:
    """Exemptions: list them, those that end soon, and stubs of new ones."""


_quiet = click.option("-q", "--quiet", is_flag=True, help="Print only what is asked for.")


@command.command("list")
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER]...")
@_quiet
def list_all(files: tuple[str, ...], *, quiet: bool) -> None:
    """List every waiver of the policy files [.compliance.yaml]."""
    found = sorted(read_policies(policy_names(files)).waivers, key=lambda w: w.id)
    _print(found)
    if not found and not quiet:
        click.echo("no waivers", err=True)


@command.command("expiring")
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER]...")
@click.option("--days", type=click.IntRange(0), default=30, show_default=True,
              help="How far ahead to look.")  # fmt: skip
@click.option("--as-of", metavar="DATE", help="The day to count from [today].")
@_quiet
def expiring(files: tuple[str, ...], *, days: int, as_of: str | None, quiet: bool) -> int:
    """List waivers that end soon; ends with 1 when there are any."""
    day = read_day(as_of)
    found = waivers_ending(read_policies(policy_names(files)), day, days)
    _print(found)
    if not found and not quiet:
        click.echo(f"no waiver ends within {days} days of {day.isoformat()}", err=True)
    return 1 if found else 0


@command.command("new")
@click.argument("report", metavar="REPORT.json")
@click.argument("code", required=False)
@click.argument("component", required=False)
@click.option("--artifact", metavar="NAME", help="Only findings of this artifact.")
@click.option("--state", type=click.Choice(("pending-review", "granted")), default="pending-review",
              show_default=True, help="What is asked for.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 365), help="How long it holds [14; granted: 365].")
@click.option("--as-of", metavar="DATE", help="The day on which it begins [today].")
def new(  # noqa: PLR0913 - one per option
    report: str, code: str | None, component: str | None, *, artifact: str | None, state: str,
    days: int | None, as_of: str | None,
) -> int:  # fmt: skip
    """Print a valid stub for each finding of a report above comply.

    CODE and COMPONENT choose among them. Owner, approver and reason are for people to fill in.
    """
    from compliance.policy import waiver_stub

    day = read_day(as_of)
    wanted = [
        f for f in load_report(report)["findings"]
        if f["severity"] in ("review", "warn", "block") and f["component"]
        and code in (None, f["code"]) and artifact in (None, f["artifact"] or "repository")
        and (component is None or _names(f["component"], component))
    ]  # fmt: skip
    if not wanted:
        raise UsageError(f"{report}: no finding of a component is like that; nothing to waive")
    print("waivers:")
    for number, finding in enumerate(wanted, 1):
        for line in waiver_stub(finding, state=state, created=day, days=days, number=number):
            print(printable(line))
    return 0


@command.command("cncf")
@click.argument("exceptions", metavar="EXCEPTIONS.json")
@click.argument("report", metavar="REPORT.json")
@click.option(
    "--project", default="", metavar="NAME", help="Cases decided for others are left out."
)
@click.option("--as-of", metavar="DATE", help="The day on which the waivers begin [today].")
def cncf(exceptions: str, report: str, *, project: str, as_of: str | None) -> int:
    """Print waivers that CNCF's Governing Board has decided.

    One for each finding of the pack `cncf` that has a case in EXCEPTIONS.json, the file that CNCF
    publishes. The scope of a case becomes conditions, which
    every scan checks again; what no condition can say is printed beside it and stays pending.
    """
    from compliance.policy import covers, exception_waiver, read_exceptions

    cases = read_exceptions(exceptions, load_json(exceptions))
    day = read_day(as_of)
    found = [f for f in load_report(report)["findings"] if f["code"].startswith("cncf-")]
    lines: list[str] = []
    open_ = 0
    for number, finding in enumerate(found, 1):
        case = next((c for c in cases if covers(c, finding, project)), None)
        if case is None:
            open_ += 1
            what = f"{finding['component']} ({finding['license']}) in {finding['artifact']}"
            lines.append(f"  # no decided case: {what}")
        else:
            lines += exception_waiver(case, finding, created=day, number=number)
    print("waivers:" if len(found) > open_ else "waivers: []")
    for line in lines:
        print(printable(line))
    return 0


def _names(found: str, wanted: str) -> bool:
    """A component by its package URL or its path, with or without the version."""
    plain = found.removeprefix("pkg:golang/")
    return wanted.removeprefix("pkg:golang/") in (plain, plain.partition("@")[0])


def _print(waivers: Iterable[Waiver]) -> None:
    for waiver in waivers:
        covers = f"{waiver.rule} of {waiver.component.name} in {waiver.artifact}"
        line = f"{waiver.id} {waiver.state}, ends {waiver.expires}: {covers} ({waiver.license})"
        ticket = f", ticket {waiver.ticket}" if waiver.ticket else ""
        print(printable(f"{line}; owner {waiver.owner}{ticket}"))
