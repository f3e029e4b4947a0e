"""`compliance policy`: check, test, explain and describe policies."""

from __future__ import annotations

import sys

import click

from compliance.cli.place import counted, printable
from compliance.cli.reading import extended_file, policy_file, policy_names, read_day, read_policies
from compliance.errors import UsageError
from compliance.policy import NAMED, conditions, preset_bytes, shown


@click.group("policy")
def command() -> None:
    """Check, test and explain policies."""


@command.command("check")
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER]...")
@click.option("--as-of", metavar="DATE", help="The day on which waivers are judged [today].")
def check(files: tuple[str, ...], *, as_of: str | None) -> None:
    """Check policy files: grammar, names, dates, layers, waivers.

    Without a FILE that is .compliance.yaml. A waiver that no scan can count is an error; one that
    ended, or ends earlier than it says, is told.
    """
    from compliance.policy import waiver_doubts

    for name in policy_names(files):
        policy = read_policies((name,))
        fixed = policy.as_of if policy.as_of != "today" else None
        doubts = waiver_doubts(policy, read_day(as_of or fixed))
        for waiver, what, never in doubts:
            if never:
                raise UsageError(
                    f"waivers: {shown(waiver.id)} {what}",
                    file=waiver.where.file, line=waiver.where.line,
                )  # fmt: skip
        print(
            f"{printable(name)}: valid; preset {policy.preset},"
            f" {counted(len(policy.deployments), 'deployment')},"
            f" {counted(len(policy.rules), 'rule')}, {counted(len(policy.waivers), 'waiver')}"
        )
        for waiver, what, _ in doubts:
            place = f"{waiver.where.file}:{waiver.where.line}"
            print(printable(f"{place}: waivers: {shown(waiver.id)} {what}"))


@command.command("test")
@click.argument("files", nargs=-1, required=True, metavar="CASES...")
@click.option("--policy", "policies", multiple=True, metavar="FILE", help="Policy to test.")
@click.option("-v", "--verbose", is_flag=True, help="List the cases that hold, too.")
def test(files: tuple[str, ...], *, policies: tuple[str, ...], verbose: bool) -> int:
    """Run table cases: a graph in a few lines, and its verdict.

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
    fail = "fails" if len(failed) == 1 else "fail"
    print(f"{counted(len(results), 'case')}, {len(failed)} {fail}")
    return 1 if failed else 0


@command.command("explain")
@click.argument("files", nargs=-1, metavar="[FILE|PRESET]...")
def explain(files: tuple[str, ...]) -> None:
    """Say what is in force: each switch, and what each rule does."""
    policy = read_policies(files)
    print(f"preset {policy.preset}")
    print("switches (contested readings; * differs from preset common)")
    for name, value in sorted(policy.interpretations.items()):
        mark = "*" if policy.common.get(name) != value else " "
        print(printable(f" {mark} {name}: {value}"))
    print("rules")
    for rule in (r for top in policy.rules.values() for r in top.chain()):
        unless = f" unless {conditions(rule.unless)}" if rule.unless is not None else ""
        when = conditions(rule.when) or "always"
        print(printable(f"   {rule.id}: {rule.then} when {when}{unless}"))


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
