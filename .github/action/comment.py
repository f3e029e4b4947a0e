"""The comment on a pull request: one per gate, found again by a hidden mark and renewed.

Where the token may not write (a pull request from a fork), or there is no pull request (a merge
group, a push), the job summary is all there is, and nothing fails for it.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compliance.outputs import render_comment

SECONDS = 15.0
MOST_PAGES = 30
"""Pages of a hundred comments: a pull request with more is read by nobody."""
MAX_ANSWER_BYTES = 64 << 20
MAX_COMMENT_CHARACTERS = 65_536
_PLAIN_MARK = "<!-- compliance-report -->"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes to the server that was named, and to no other."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Refuse."""


def put_comment(report: dict[str, Any], environ: Mapping[str, str]) -> str:
    """Write or renew the comment; the answer says in one line what was done, or why not."""
    number = _pull_request(environ)
    if number is None:
        event = environ.get("GITHUB_EVENT_NAME", "")
        return f"No comment: this run ({event or 'of no event'}) belongs to no pull request."
    api = _Api(environ)
    if not api.usable:
        return "No comment: no token."
    mark = f"<!-- compliance-report {_identity(environ)} -->"
    body = render_comment(report).replace(_PLAIN_MARK, mark, 1)[:MAX_COMMENT_CHARACTERS]
    try:
        return _upsert(api, number, (mark, body), first=_worth_telling(report))
    except urllib.error.HTTPError as refused:
        if refused.code in (401, 403, 404):
            return "No comment: the token may not write here; the job summary has it all."
        return f"No comment: the server answers {refused.code}."
    except (OSError, ValueError, http.client.HTTPException) as problem:
        return f"No comment: {type(problem).__name__}."


def _upsert(api: _Api, number: int, written: tuple[str, str], *, first: bool) -> str:
    """Renew our comment; write one where there is none and it is worth a `first` one.

    Jobs of a matrix that wrote at the same time left one each: none of them stays behind.
    """
    mark, body = written
    ours = [c for c in api.comments(number) if str(c.get("body") or "").startswith(mark)]
    if sum(api.renew(comment, body) for comment in ours):
        return "Renewed the comment on the pull request."
    if not first:
        return "No comment: nothing to tell."
    api.add(number, body)
    return "Commented on the pull request."


def _worth_telling(report: dict[str, Any]) -> bool:
    """Whether a first comment says more than that nothing happened."""
    change = report["change"]
    return (
        report["gate"]["outcome"] != "pass"
        or change is None
        or any(change["counts"][k] for k in ("new", "wider", "fixed"))
        or any(change.get(k) for k in ("modules", "artifacts", "inside"))
    )


def _identity(environ: Mapping[str, str]) -> str:
    """Tells the gates of one repository apart: by job, path and policy."""
    parts = [environ.get(k, "") for k in ("GITHUB_WORKFLOW", "GITHUB_JOB", "INPUT_PATH",
                                          "INPUT_POLICY", "INPUT_PLATFORMS")]  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def _pull_request(environ: Mapping[str, str]) -> int | None:
    if not environ.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return None
    try:
        event = json.loads(Path(environ.get("GITHUB_EVENT_PATH", "")).read_text("utf-8"))
        number = event["pull_request"]["number"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) else None


class _Api:
    """The few calls of GitHub's REST API that a comment needs."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._root = environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
        self._repository = environ.get("GITHUB_REPOSITORY", "")
        self._token = environ.get("INPUT_TOKEN", "")
        self._opener = urllib.request.build_opener(_NoRedirect)

    @property
    def usable(self) -> bool:
        """Whether there is something to ask with."""
        return bool(self._token and self._repository and self._root.startswith("http"))

    def comments(self, number: int) -> Iterator[dict[str, Any]]:
        """All comments of a pull request, oldest first."""
        for page in range(1, MOST_PAGES + 1):
            path = f"issues/{number}/comments?per_page=100&page={page}"
            found = self._call("GET", path)
            if not isinstance(found, list):
                return
            yield from (c for c in found if isinstance(c, dict))
            if len(found) < 100:  # noqa: PLR2004 - per_page
                return

    def renew(self, comment: dict[str, Any], body: str) -> bool:
        """Whether a comment could be changed: one with our mark may be somebody else's."""
        try:
            self._call("PATCH", f"issues/comments/{int(comment['id'])}", {"body": body})
        except urllib.error.HTTPError as refused:
            if refused.code in (403, 404):
                return False
            raise
        return True

    def add(self, number: int, body: str) -> None:
        """A new comment."""
        self._call("POST", f"issues/{number}/comments", {"body": body})

    def _call(self, method: str, path: str, value: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        data = None if value is None else json.dumps(value).encode("ascii")
        request = urllib.request.Request(  # noqa: S310 - the runner's own address
            f"{self._root}/repos/{self._repository}/{path}",
            data=data,
            method=method,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "User-Agent": "compliance",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        with self._opener.open(request, timeout=SECONDS) as answer:
            return json.loads(answer.read(MAX_ANSWER_BYTES))
