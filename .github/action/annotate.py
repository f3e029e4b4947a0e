"""Annotations for the lines that cause findings, and the outputs of the action.

    python annotate.py REPORT_FOLDER >> "$GITHUB_OUTPUT"

Annotations go to stderr, which the runner reads as well; the outputs to stdout. GitHub shows ten
errors and ten warnings per step: the worst come first, the rest stands in the summary.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

MOST = 10
LEVELS = {"block": "error", "warn": "warning", "review": "warning", "latent": "notice"}


def escaped(text: str, *, inside: bool = False) -> str:
    """Text of a workflow command; `inside` a property, colons and commas are escaped, too."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if inside else text


def annotations(report: dict[str, Any]) -> list[str]:
    """One workflow command per finding that counts: with a base, only what is new."""
    compared = report["subject"]["base"] is not None
    shown = {"error": 0, "warning": 0, "notice": 0}
    lines = []
    for finding in report["findings"]:
        level = LEVELS.get(finding["severity"])
        hops = [h for h in finding["path"] if h["file"] and h["first_party"]]
        place = finding["location"] or (hops[0] if hops else None)
        if level is None or place is None or (compared and not finding["new"]):
            continue
        if shown[level] < MOST:
            shown[level] += 1
            where = f"file={escaped(place['file'], inside=True)}"
            if place["line"]:
                where += f",line={place['line']}"
            title = escaped(finding["code"], inside=True)
            lines.append(f"::{level} {where},title={title}::{escaped(finding['message'])}")
    return lines


def main() -> None:
    folder = Path(sys.argv[1])
    report = json.loads((folder / "report.json").read_text("utf-8"))
    for line in annotations(report):
        print(line, file=sys.stderr)
    print(f"outcome={report['gate']['outcome']}")
    print(f"counts={json.dumps(report['gate']['counts'], sort_keys=True)}")
    print(f"files={folder}")


if __name__ == "__main__":
    main()
