"""`compliance waivers`: exemptions and when they end."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.place import printable
from compliance.errors import UsageError
from compliance.policy import PolicySource, load_policy, waivers_ending

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compliance.policy import Policy, Waiver

FACTS = ".compliance.yaml"


@click.group("waivers")
def command() -> None:
    """List exemptions, and those that end soon."""


@command.command("list")
@click.argument("files", nargs=-1, metavar="[FILE]...")
def list_all(files: tuple[str, ...]) -> None:
    """List every waiver of the policy files [.compliance.yaml]."""
    _print(sorted(_policy(files).waivers, key=lambda w: w.id))


@command.command("expiring")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--days", default=30, show_default=True, help="How far ahead to look.")
@click.option("--as-of", metavar="DATE", help="The day to count from [today].")
def expiring(files: tuple[str, ...], *, days: int, as_of: str | None) -> int:
    """List waivers that end within so many days; ends with 1 when there are any."""
    try:
        day = (
            datetime.date.fromisoformat(as_of)
            if as_of
            else datetime.datetime.now(datetime.UTC).date()
        )
    except ValueError:
        raise UsageError(f"--as-of {as_of}: want a day such as 2026-11-23") from None
    found = waivers_ending(_policy(files), day, days)
    _print(found)
    return 1 if found else 0


def _policy(files: tuple[str, ...]) -> Policy:
    return load_policy([_source(name) for name in files or (FACTS,)])


def _source(name: str) -> PolicySource:
    try:
        return PolicySource(name=name, data=Path(name).read_bytes())
    except OSError as problem:
        raise UsageError(f"{name}: {problem.strerror}") from None


def _print(waivers: Iterable[Waiver]) -> None:
    for waiver in waivers:
        covers = f"{waiver.rule} of {waiver.component.name} in {waiver.artifact}"
        line = f"{waiver.id} {waiver.state}, ends {waiver.expires}: {covers} ({waiver.license})"
        print(printable(f"{line}; owner {waiver.owner}, ticket {waiver.ticket}"))
