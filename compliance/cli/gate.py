"""`compliance gate`: the decision for a release, from the report of a scan."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from compliance.cli import place
from compliance.cli.place import printable
from compliance.cli.reading import load_report
from compliance.config import FAIL_ON
from compliance.errors import UsageError

_ORDER = ("pass", "comply", "latent", "review", "warn", "block")
MOST_NAMED = 3


@click.command("gate")
@click.argument("report", metavar="REPORT.json")
@click.option("-o", "out", metavar="DIR", help="Write the decision as gate.html and gate.md.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="block",
    show_default=True,
    help="Least outcome that fails.",
)
@click.option(
    "--satisfied",
    multiple=True,
    metavar="DUTY=FILE",
    help="What satisfies a duty of every artifact, such as relink-kit=kit.tar; repeatable.",
)
@click.option("--require-duties", is_flag=True, help="Fail while a duty has nothing to satisfy it.")
def command(
    report: str, *, out: str | None, fail_on: str, satisfied: tuple[str, ...], require_duties: bool
) -> int:  # fmt: skip
    """Decide a release from report.json: findings, waivers, and each duty with its proof.

    A release is not a merge: a waiver that is pending review does not pass here.
    """
    from compliance.outputs import render_html, render_markdown

    document = load_report(report)
    proofs = _proofs(satisfied)
    missing = _settle(document, proofs)
    failing = [f for f in document["findings"] if _fails(f, fail_on)]
    if document["gate"]["outcome"] != "incomplete":
        failed = bool(failing) or (require_duties and bool(missing))
        document["gate"]["outcome"] = "fail" if failed else "pass"
    document["gate"]["fail_on"] = fail_on
    _say(document, failing, missing)
    if out is not None:
        files = {"gate.html": render_html(document), "gate.md": render_markdown(document)}
        place.put(place.output_folder(out), files)
    return place.EXIT[document["gate"]["outcome"]]


def _proofs(given: tuple[str, ...]) -> dict[str, str]:
    proofs = {}
    for text in given:
        duty, equals, file = text.partition("=")
        if not equals or not duty:
            raise UsageError(f"--satisfied {text}: want DUTY=FILE")
        if not Path(file).is_file():
            raise UsageError(f"--satisfied {text}: no such file")
        proofs[duty] = Path(file).name
    return proofs


def _settle(document: dict[str, Any], proofs: dict[str, str]) -> list[tuple[str, str, str]]:
    """Write down what satisfies each duty; return (artifact, duty, component) without proof."""
    missing = []
    for artifact in document["artifacts"]:
        for duty in artifact["duties"]:
            if duty["satisfied_by"] is None:
                duty["satisfied_by"] = proofs.get(duty["duty"])
            if duty["satisfied_by"] is None:
                missing.append((artifact["name"], duty["duty"], duty["component"]))
    return missing


def _fails(finding: dict[str, Any], fail_on: str) -> bool:
    if fail_on == "never" or _ORDER.index(finding["severity"]) < _ORDER.index(fail_on):
        return False
    waiver = finding["waiver"]
    return not (waiver and waiver["masks"] and waiver["state"] == "granted")


def _say(
    document: dict[str, Any], failing: list[dict[str, Any]], missing: list[tuple[str, str, str]]
) -> None:
    words = {
        "pass": "may be released",
        "fail": "must not be released",
        "incomplete": "is undecided",
    }
    name, outcome = document["subject"]["name"], document["gate"]["outcome"]
    print(printable(f"{name} {words.get(outcome, 'is undecided')}"))
    for item in document["gate"]["missing"]:
        print(printable(f"  missing: {item}"))
    for finding in failing:
        where = finding["artifact"] or "repository"
        print(printable(f"  {finding['severity']} {where}: {finding['message']}"))
    owed: dict[tuple[str, str], list[str]] = {}
    for artifact, duty, component in missing:
        owed.setdefault((artifact, duty), []).append(component)
    for (artifact, duty), components in owed.items():
        more = f" and {len(components) - MOST_NAMED} more" if len(components) > MOST_NAMED else ""
        named = ", ".join(components[:MOST_NAMED])
        print(printable(f"  owed by {artifact}: {duty} for {named}{more}"))
    sys.stdout.flush()
