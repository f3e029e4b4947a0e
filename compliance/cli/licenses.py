"""`compliance licenses`: the commands of go-licenses, and the license index."""

from __future__ import annotations

import sys

import click

from compliance.cli import golicenses
from compliance.errors import UsageError


@click.group("licenses")
def command() -> None:
    """Report, check and save licenses as go-licenses does; texts of the license index."""


for _each in (golicenses.report, golicenses.csv, golicenses.check, golicenses.save):
    command.add_command(_each)


@command.command("show")
@click.argument("identifier", metavar="ID")
def show(identifier: str) -> None:
    """Print the text of a license or exception.

    ID is one of SPDX, or LicenseRef-scancode-*.
    """
    from compliance.licenses import license_text

    text = license_text(identifier)
    if text is None:
        raise UsageError(f"{identifier}: the license index has no such text")
    sys.stdout.write(text.rstrip("\n") + "\n")
