"""The revision to compare with: what a pull request is merged into, not what it once started from.

    python -I base.py FOLDER

On `pull_request` the runner checks out a merge that GitHub made (GITHUB_SHA). Its first parent is
the base as it is by then; the event names the base as it was when the event was made, and all that
others merged in between would count as part of the change. Prints what is given in INPUT_BASE in
every other case: another event, another checkout, a base that the workflow names.
"""

from __future__ import annotations

import json
import sys
from os import environ  # noqa: TID251 - a script of the runner, not the product
from pathlib import Path

from compliance.sources import base_commit


def base_of(folder: str, given: str) -> str:
    """The first parent where HEAD is the merge that this run is about."""
    try:
        event = json.loads(Path(environ.get("GITHUB_EVENT_PATH", "")).read_text("utf-8"))
        request = event["pull_request"]
        base, head = str(request["base"]["sha"]), str(request["head"]["sha"])
    except (OSError, ValueError, KeyError, TypeError):
        return given
    about = environ.get("GITHUB_EVENT_NAME") == "pull_request" and given == base
    merge = environ.get("GITHUB_SHA")
    if not (about and merge and merge == base_commit(folder, "HEAD") != head):
        return given
    if base_commit(folder, "HEAD^2") != head:
        return given
    return base_commit(folder, "HEAD^1") or given


if __name__ == "__main__":
    print(base_of(sys.argv[1], environ.get("INPUT_BASE", "")))
