"""`compliance policy`: check, test, explain and describe policies."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from compliance.cli.place import printable
from compliance.cli.reading import FACTS, extended_file, policy_file, read_policies
from compliance.policy import NAMED, preset_bytes


@click.group("policy")
def command() -> None:
    """Check, test and explain policies."""


@command.command("check")
@click.argument("files", nargs=-1, metavar="FILE...")
def check(files: tuple[str, ...]) -> None:
    """Check policy files (default: .compliance.yaml): grammar, names, dates, layers."""
    for name in files or (FACTS,):
        policy = read_policies((name,))
        print(
            f"{printable(name)}: valid; preset {policy.preset},"
            f" {len(policy.deployments)} deployments, {len(policy.rules)} rules,"
            f" {len(policy.waivers)} waivers"
        )


@command.command("test")
@click.argument("files", nargs=-1, required=True, metavar="CASES...")
@click.option("--policy", "policies", multiple=True, metavar="FILE", help="Policy to test.")
@click.option("-v", "--verbose", is_flag=True, help="List the cases that hold, too.")
def test(files: tuple[str, ...], *, policies: tuple[str, ...], verbose: bool) -> int:
    """Run table cases: a graph in a few lines and the verdict that is expected.

    Without --policy each case runs under both presets.
    """
    from compliance.policy import policy_test

    layers = [name if name in NAMED else policy_file(name) for name in policies]
    results = policy_test([policy_file(f) for f in files], layers=layers, resolve=extended_file)
    failed = [r for r in results if not r.passed]
    for result in results if verbose else failed:
        word = "holds" if result.passed else "FAILS"
        print(printable(f"{result.file}:{result.line}: {word} {result.name} ({result.preset})"))
        for difference in result.differences:
            print(printable(f"  {difference}"))
    print(f"{len(results)} cases, {len(failed)} fail")
    return 1 if failed else 0


@command.command("explain")
@click.argument("files", nargs=-1, metavar="[FILE|PRESET]...")
def explain(files: tuple[str, ...]) -> None:
    """Say what is in force: each switch with its value, each rule with what it does."""
    policy = read_policies(files)
    print(f"preset {policy.preset}")
    print("switches (contested readings; * differs from preset common)")
    for name, value in sorted(policy.interpretations.items()):
        mark = "*" if policy.common.get(name) != value else " "
        print(printable(f" {mark} {name}: {value}"))
    print("rules")
    for rule in policy.rules.values():
        unless = f" unless {_conditions(rule.unless)}" if rule.unless is not None else ""
        when = _conditions(rule.when) or "always"
        print(printable(f"   {rule.id}: {rule.then} when {when}{unless}"))


def _conditions(found: Mapping[str, Any]) -> str:
    """`license: MIT or ISC, included: yes`."""
    words = {True: "yes", False: "no"}
    return ", ".join(
        f"{k}: {' or '.join(v) if isinstance(v, tuple) else words.get(v, v)}"
        for k, v in found.items()
    )


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of a policy file."""
    import json

    from compliance.policy import policy_schema

    print(json.dumps(policy_schema(), indent=2, sort_keys=True))


@command.command("show")
@click.argument("preset", type=click.Choice(NAMED))
def show(preset: str) -> None:
    """Print a preset as it is shipped."""
    sys.stdout.write(preset_bytes(preset).decode("utf-8"))
