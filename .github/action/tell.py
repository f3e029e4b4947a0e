"""What a run tells GitHub: annotations, the job summary, a comment, and the outputs of the action.

    python -I tell.py EXIT_CODE FILE_WITH_STDERR

Annotations are workflow commands on stdout; files named by GITHUB_STEP_SUMMARY and GITHUB_OUTPUT
get the rest. GitHub shows ten errors, ten warnings and ten notices per step: the worst come first,
the others stand in the summary. A report counts only if this run wrote it.
"""

from __future__ import annotations

import json
import posixpath
import sys
from os import environ  # noqa: TID251 - a script of the runner, not the product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # isolated Python leaves it out

from comment import put_comment

from compliance.outputs.escaping import visible

MOST = 10
LEVELS = {"block": "error", "warn": "warning", "review": "warning", "latent": "notice"}
MAX_SUMMARY_BYTES = 1024 * 1024
OUTCOMES = {0: "pass", 1: "fail", 3: "incomplete"}


def escaped(text: str, *, inside: bool = False) -> str:
    """Text of a workflow command; `inside` a property, colons and commas are escaped, too.

    What would steer a terminal, turn the direction of text, or end a line elsewhere is spelled.
    """
    text = visible(text, keep="\r\n")
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if inside else text


def annotations(report: dict[str, Any], root: str, workspace: Path) -> list[str]:
    """One workflow command per finding that counts: with a base, only what is new.

    `root` is the folder that places in the report are relative to, relative to the workspace.
    """
    compared = report["subject"]["base"] is not None
    shown = {"error": 0, "warning": 0, "notice": 0}
    lines = []
    for finding in report["findings"]:
        level = LEVELS.get(finding["severity"])
        if level is None or (compared and not finding["new"]) or masked(finding):
            continue
        place = place_of(finding, root, workspace)
        if place is None or shown[level] >= MOST:
            continue
        shown[level] += 1
        title = escaped(finding["code"], inside=True)
        where = f"title={title}"
        # A name that cannot be printed as it is would be the name of another file.
        if place[0] == visible(place[0], keep=""):
            line = f",line={place[1]}" if place[1] else ""
            where = f"file={escaped(place[0], inside=True)}{line},{where}"
        who = f"{finding['artifact']}: " if finding["artifact"] else ""
        lines.append(f"::{level} {where}::{escaped(who + finding['message'])}")
    return lines


def masked(finding: dict[str, Any]) -> bool:
    """Whether a waiver takes it out of the gate."""
    return bool(finding["waiver"] and finding["waiver"]["masks"])


def place_of(finding: dict[str, Any], root: str, workspace: Path) -> tuple[str, int | None] | None:
    """File and line of the checkout that a person can change: where our code enters, or go.mod."""
    ours = [h for h in finding["path"] if h["file"] and h["first_party"]]
    vendored = finding["location"] and finding["location"]["file"].startswith("vendor/")
    given = [finding["location"]] if finding["location"] else []
    for place in (*ours[-1:], *given) if vendored else (*given, *ours[-1:]):
        name = posixpath.normpath(posixpath.join(root, place["file"]))
        if not name.startswith(("/", "../")) and (workspace / name).is_file():
            return name, place["line"]
    return None


TARGET = (
    "pull_request_target gives a job about a fork's change a token that may write and the caches of"
    " the default branch: check out the head without credentials, run nothing of it, set"
    " cache: false; or use pull_request"
)
UNCHANGED = (
    "the checkout is the base itself, so nothing of the change was judged: check out its head"
)


def is_base(report: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether a run about a pull request scanned the commit that the request is made against.

    That is what actions/checkout brings on pull_request_target unless it is told another ref.
    """
    request = event.get("pull_request") or {}
    base, head = ((request.get(side) or {}).get("sha") for side in ("base", "head"))
    return bool(base) and report["subject"]["commit"] == base != head


def event_of(name: str) -> dict[str, Any]:
    """The event that a file tells of; empty where there is none."""
    try:
        found = json.loads(Path(name).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def root_of(path: str, inside: str, workspace: Path) -> str:
    """The scanned repository, relative to the workspace: the path less the folder inside it."""
    full = posixpath.normpath(posixpath.join(str(workspace), path))
    for _ in [] if inside in ("", ".") else inside.split("/"):
        full = posixpath.dirname(full)
    return posixpath.relpath(full, str(workspace))


def summary(folder: Path, complaint: str, status: int) -> str:
    """The report in markdown; without a report, what the run complained of."""
    if status in OUTCOMES and (folder / "report.md").is_file():
        return (folder / "report.md").read_text("utf-8")
    quoted = "\n".join(f"    {line}" for line in complaint.splitlines()[:50])
    return f"## The license gate could not decide\n\n{quoted}\n"


def append(variable: str, text: str, limit: int | None = None) -> None:
    """Add to the file that a variable names, as far as its limit allows."""
    file = environ.get(variable)
    if not file:
        return
    with open(file, "a", encoding="utf-8", errors="replace") as out:  # noqa: PTH123
        size = len(text.encode("utf-8", "replace"))
        if limit is None or out.tell() + size <= limit:
            out.write(text)


def main() -> None:
    """Tell GitHub what a run found."""
    status, complaint = int(sys.argv[1]), Path(sys.argv[2])
    said = complaint.read_text("utf-8", "replace")
    folder = Path(environ["INPUT_OUTPUT"])
    workspace = Path(environ.get("GITHUB_WORKSPACE") or ".").resolve()
    file = folder / "report.json"
    fresh = file.is_file() and file.stat().st_mtime >= complaint.stat().st_ctime - 1
    report: dict[str, Any] | None = None
    if status in OUTCOMES and fresh and not said.startswith("compliance: "):
        report = json.loads(file.read_text("utf-8"))
    unchanged = report is not None and is_base(
        report, event_of(environ.get("GITHUB_EVENT_PATH", ""))
    )
    if unchanged:
        report, status, said = None, 3, f"compliance: {UNCHANGED}"
    if environ.get("GITHUB_EVENT_NAME") == "pull_request_target":
        print(f"::warning title=compliance::{escaped(TARGET)}")
    outcome = report["gate"]["outcome"] if report else OUTCOMES.get(status, "error")
    if report is None and status in (0, 1):
        outcome = "error"
    counts = report["gate"]["counts"] if report else {}
    change = (report["change"] or {}).get("counts", {}) if report else {}
    if report is None:
        for line in said.splitlines()[:1]:
            print(f"::error title=compliance::{escaped(line)}")
        append("GITHUB_STEP_SUMMARY", summary(folder, said, -1), MAX_SUMMARY_BYTES)
    else:
        root = root_of(environ.get("INPUT_PATH") or ".", report["subject"]["path"], workspace)
        print(*annotations(report, root, workspace), sep="\n")
        append("GITHUB_STEP_SUMMARY", summary(folder, said, status), MAX_SUMMARY_BYTES)
        if environ.get("INPUT_COMMENT", "true") == "true":
            print(put_comment(report, environ))
    lines = [
        f"outcome={outcome}",
        f"counts={json.dumps(counts, sort_keys=True)}",
        f"change={json.dumps(change, sort_keys=True)}",
        f"files={str(folder).splitlines()[0]}",
    ]
    append("GITHUB_OUTPUT", "".join(f"{line}\n" for line in lines))
    if unchanged or (report is None and status in (0, 1)):
        sys.exit(3)


if __name__ == "__main__":
    main()
