"""`compliance schema`: the shape of each document."""

from __future__ import annotations

import json

import click

NAMES = ("modules", "packages", "detect", "report", "policy", "config")


@click.command("schema")
@click.argument("name", type=click.Choice(NAMES))
def command(name: str) -> None:
    """Print the JSON Schema of a document, a policy file or .compliance.yaml."""
    from compliance.outputs import schema

    print(json.dumps(schema(name), indent=2, sort_keys=True))
