"""What a change edits of its own gate: policy, facts, waivers, and the workflow that runs us."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from compliance.errors import ComplianceError
from compliance.golang import EntryKind, UnreadableFileError
from compliance.policy import plain_yaml
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.policy import Policy

JUDGING = ("preset", "as_of", "interpretations", "rules", "waivers", "choices", "curations")
FACTS = ("deployments", "components", "links", "boundaries")
_PLACES = frozenset({"where", "file", "line"})
_WORDS = {"interpretations": "readings", "as_of": "the day of judgement"}

WORKFLOW_FOLDERS = (".github/workflows", ".gitea/workflows", ".forgejo/workflows")
WORKFLOW_FILES = (".gitlab-ci.yml", ".pre-commit-config.yaml")
DIGEST_DIGITS = 32
MOST_WORKFLOWS = 500
"""Files looked at; more is no set of workflows."""
_OURS = re.compile(
    r"compliance@|/compliance(\.git)?/?$|\bcompliance\s+(scan|gate|drift)\b", re.MULTILINE
)


@contextmanager
def in_base(revision: str) -> Iterator[None]:
    """Say of an error that it is about the base, not about the files at hand."""
    try:
        yield
    except ComplianceError as error:
        if "--base" not in error.message:
            error.message = f"{error.message} (in the base, {revision})"
        raise


def edited_files(head: Policy, base: Policy) -> tuple[str, ...]:
    """Policy and fact files that the change adds, removes or edits."""
    after, before = dict(head.files), dict(base.files)
    return tuple(sorted(n for n in {*after, *before} if after.get(n) != before.get(n)))


def digest_of(head: Policy, base: Policy) -> str:
    """What an approval of the edit names: 32 hexadecimal digits of a SHA-256.

    It covers names and content of the edited files on both sides, so another edit, or the same on
    top of another base, has another digest; 128 bits leave nothing to be gained by trying.
    """
    after, before = dict(head.files), dict(base.files)
    lines = [f"{before.get(n, '-')} {after.get(n, '-')} {n}\0" for n in edited_files(head, base)]
    text = "".join(lines).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:DIGEST_DIGITS]


def edited_rules(head: Policy, base: Policy) -> tuple[str, ...]:
    """What of a policy differs, in words; the reviews that the change opens do not count."""
    before = opened(base, head)
    return tuple(
        _WORDS.get(name, name)
        for name in (*JUDGING, *FACTS)
        if _plain(getattr(head, name)) != _plain(getattr(before, name))
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of a policy
    """The value without the places where it was written."""
    if isinstance(value, tuple):
        return tuple(_plain(v) for v in value)
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    names = getattr(value, "__dataclass_fields__", ())
    if names:
        return {n: _plain(getattr(value, n)) for n in names if n not in _PLACES}
    return value


def with_facts(policy: Policy, facts: Policy) -> Policy:
    """A policy over what another revision says of itself: deployments, components, links."""
    return replace(
        policy,
        deployments=facts.deployments,
        components=facts.components,
        links=facts.links,
        boundaries=facts.boundaries,
    )


def opened(base: Policy, head: Policy) -> Policy:
    """The base policy with the reviews that the change opens (5.1: the one exception)."""
    known = {w.id for w in base.waivers}
    new = tuple(w for w in head.waivers if w.state == "pending-review" and w.id not in known)
    return replace(base, waivers=(*base.waivers, *new))


def edited_gates(base: Files, head: Files) -> tuple[str, ...]:
    """Workflow files in which the steps that run this tool differ, as far as YAML shows it.

    Every other edit of a workflow is somebody else's affair: a new step, a newer checkout.
    """
    names = {*_workflows(base), *_workflows(head)}
    return tuple(n for n in sorted(names) if _gate(_text(base, n)) != _gate(_text(head, n)))


def _workflows(files: Files) -> Iterator[str]:
    top = files.listing(".")
    yield from (n for n in WORKFLOW_FILES if top.get(n) is EntryKind.FILE)
    for folder in WORKFLOW_FOLDERS:
        names = sorted(files.listing(folder))[:MOST_WORKFLOWS]
        yield from (f"{folder}/{n}" for n in names if n.endswith((".yml", ".yaml")))


def _text(files: Files, name: str) -> str:
    try:
        return files.read(name).decode("utf-8", "replace")
    except UnreadableFileError:
        return ""


def _gate(text: str) -> object:
    """What of a workflow decides whether and how this tool runs; None where it does not."""
    if not _OURS.search(text):
        return None
    try:
        document = plain_yaml("workflow", text.encode("utf-8", "replace"))
    except ComplianceError:
        return text
    if not isinstance(document, dict):
        return text
    found: list[object] = []
    jobs = document.get("jobs")
    for name, job in (jobs if isinstance(jobs, dict) else document).items():
        if isinstance(job, dict) and isinstance(job.get("steps"), list):
            steps = [s for s in job["steps"] if _OURS.search(_words(s))]
            if steps:
                found.append((name, _without(job, "steps"), steps))
        elif _OURS.search(_words(job)):
            found.append((name, job))
    # YAML reads the key `on` as the truth value.
    return [found, document.get("on", document.get(True)), document.get("env")] if found else None


def _words(value: object) -> str:
    """All texts of a YAML value, a line each."""
    if isinstance(value, dict):
        return "\n".join(f"{k} {_words(v)}" if isinstance(v, str) else _words(v)
                         for k, v in value.items())  # fmt: skip
    if isinstance(value, list):
        return "\n".join(map(_words, value))
    return str(value)


def _without(job: dict[str, object], key: str) -> dict[str, object]:
    return {k: v for k, v in job.items() if k != key}
