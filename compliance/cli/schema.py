"""`compliance schema`: the shape of each document."""

from __future__ import annotations

import json

import click

NAMES = (
    "modules", "packages", "detect", "why", "report", "drift", "audit", "cache", "settings",
    "policy", "config",
)  # fmt: skip
_POLICY = frozenset({"policy", "config"})
"""A policy file and .compliance.yaml have one grammar."""


@click.command("schema")
@click.argument("name", type=click.Choice(NAMES), metavar="NAME")
def command(name: str) -> None:
    """Print the JSON Schema of a document, a policy file or .compliance.yaml.

    NAME is modules, packages, detect, why, report, drift, audit, cache, settings, policy or config.
    """
    if name in _POLICY:
        from compliance.policy import policy_schema

        document = policy_schema()
    else:
        from compliance.outputs import schema

        document = schema(name)
    print(json.dumps(document, indent=2, sort_keys=True))
