"""`compliance gate`: the decision for a release, from the report of a scan."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from compliance.cli import place
from compliance.cli.place import printable
from compliance.cli.reading import load_report, read_day
from compliance.config import FAIL_ON
from compliance.errors import UsageError

_ORDER = ("pass", "comply", "latent", "review", "warn", "block")
_OF_NOTICE = ("license-text", "notice")
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
@click.option("--as-of", metavar="DATE", help="Day on which waivers have to hold [today].")
def command(
    report: str, *, out: str | None, fail_on: str, satisfied: tuple[str, ...], require_duties: bool,
    as_of: str | None,
) -> int:  # fmt: skip
    """Decide a release from report.json: findings, waivers, and each duty with its proof.

    A release is not a merge: a waiver that is pending review does not pass here, nor one that has
    ended since the scan. The report of a change (--base) is read as that of a release: what is old
    counts, too.
    """
    from compliance.outputs import render_decision, render_html

    document = load_report(report)
    proofs = _proofs(satisfied)
    missing = _settle(document, proofs)
    _as_release(document, read_day(as_of).isoformat())
    failing = [f for f in document["findings"] if _fails(f, fail_on)]
    if document["gate"]["outcome"] != "incomplete":
        failed = bool(failing) or (require_duties and bool(missing))
        document["gate"]["outcome"] = "fail" if failed else "pass"
    document["gate"]["fail_on"] = fail_on
    _say(document, failing, missing)
    if out is not None:
        files = {"gate.html": render_html(document), "gate.md": render_decision(document)}
        place.put(place.output_folder(out), files)
    return place.EXIT[document["gate"]["outcome"]]


def _as_release(document: dict[str, Any], day: str) -> None:
    """Take away what lets a merge through only; say of each waiver what it is worth today."""
    document["subject"]["base"] = document["change"] = None
    for finding in document["findings"]:
        finding["standing"], finding["wider"], finding["new"] = None, [], False
        waiver = finding["waiver"]
        if waiver is None or not waiver["masks"]:
            continue
        if waiver["state"] != "granted":
            waiver["masks"] = False
            waiver["effect"] = "Lets merges through, never a release: this gate counts the finding."
        elif waiver["expires"] < day:
            waiver["masks"] = False
            waiver["effect"] = f"Does not count: it ended on {waiver['expires']}."
    counted = [f for f in document["findings"] if not (f["waiver"] and f["waiver"]["masks"])]
    words = [f["severity"] for f in counted]
    document["gate"]["counts"] = {w: words.count(w) for w in reversed(_ORDER[1:]) if w in words}


def _proofs(given: tuple[str, ...]) -> dict[str, str]:
    proofs = {}
    for text in given:
        duty, equals, file = text.partition("=")
        if not equals or not duty:
            raise UsageError(f"--satisfied {text}: want DUTY=FILE")
        from compliance.policy import DUTIES

        if duty not in DUTIES:
            raise UsageError(f"--satisfied {text}: no such duty; they are {', '.join(DUTIES)}")
        if not Path(file).is_file():
            raise UsageError(f"--satisfied {text}: no such file, or no regular one")
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


def _is_waived(finding: dict[str, Any]) -> bool:
    """Whether a release rests on a waiver of this finding."""
    waiver = finding["waiver"]
    return bool(waiver and waiver["masks"] and waiver["state"] == "granted")


def _told(finding: dict[str, Any]) -> str:
    """The message, with the component and the place where it does not name them."""
    message, at = finding["message"], finding["location"]
    name = (finding["component"] or "").removeprefix("pkg:golang/").partition("@")[0]
    if not name or name.rpartition("/")[2] in message:
        return str(message)
    line = f":{at['line']}" if at and at["line"] else ""
    where = f" ({at['file']}{line})" if at else ""
    return f"{name}: {message.rstrip('.')}{where}"


def _open_questions(
    document: dict[str, Any], failing: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Findings that a person has to decide and that do not fail this gate; none that is waived."""
    return [
        f
        for f in document["findings"]
        if f["severity"] == "review"
        and f not in failing
        and not (f["waiver"] and f["waiver"]["masks"])
    ]


def _say(
    document: dict[str, Any], failing: list[dict[str, Any]], missing: list[tuple[str, str, str]]
) -> None:
    words = {
        "pass": "may be released",
        "fail": "must not be released",
        "incomplete": "is undecided",
    }
    name, outcome = document["subject"]["name"], document["gate"]["outcome"]
    asked = _open_questions(document, failing)
    waived = [f for f in document["findings"] if f not in failing and _is_waived(f)]
    terms = [w for w, some in (("open questions", asked), ("duties", missing)) if some]
    under = f" under {'a waiver' if len(waived) == 1 else 'waivers'}" if waived else ""
    owed = f", with {' and '.join(terms)}" if terms else ""
    with_ = f"{under}{owed}" if outcome == "pass" else ""
    print(printable(f"{name} {words.get(outcome, 'is undecided')}{with_}"))
    for item in document["gate"]["missing"]:
        print(printable(f"  missing: {item}"))
    for finding in failing:
        where = finding["artifact"] or "repository"
        print(printable(f"  {finding['severity']} {where}: {_told(finding)}"))
    for finding in waived:
        waiver, where = finding["waiver"], finding["artifact"] or "repository"
        until = f"waived by {waiver['id']} until {waiver['expires']}"
        print(printable(f"  {until}, {where}: {_told(finding)}"))
    for finding in asked[:MOST_NAMED]:
        where = finding["artifact"] or "repository"
        print(printable(f"  to decide, {where}: {_told(finding)}"))
    if len(asked) > MOST_NAMED:
        print(f"  and {len(asked) - MOST_NAMED} more to decide")
    warned = sum(f["severity"] == "warn" and f not in failing for f in document["findings"])
    if warned:
        print(f"  {warned} {'warning' if warned == 1 else 'warnings'} in the report")
    _say_owed(missing)
    sys.stdout.flush()


def _say_owed(missing: list[tuple[str, str, str]]) -> None:
    owed: dict[tuple[str, str], list[str]] = {}
    for artifact, duty, component in missing:
        known = owed.setdefault((artifact, duty), [])
        if component not in known:
            known.append(component)
    texts = {artifact: None for artifact, duty in owed if duty in _OF_NOTICE}
    if texts:
        named = ", ".join(list(texts)[:MOST_NAMED])
        more = f" and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
        print(printable(f"  owed by {named}{more}: license texts and notices"))
        print("    a scan with --format json,notice writes them, and its report says so")
    for (artifact, duty), components in owed.items():
        if duty in _OF_NOTICE:
            continue
        more = f" and {len(components) - MOST_NAMED} more" if len(components) > MOST_NAMED else ""
        named = ", ".join(components[:MOST_NAMED])
        print(printable(f"  owed by {artifact}: {duty} for {named}{more}"))
