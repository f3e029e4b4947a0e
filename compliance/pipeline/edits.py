"""What a change edits of its own gate: policy, facts and waivers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from compliance.errors import ComplianceError
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.policy import Policy

JUDGING = ("preset", "as_of", "interpretations", "rules", "waivers", "choices", "curations")
FACTS = ("deployments", "components", "links", "boundaries")
_PLACES = frozenset({"where", "file", "line"})
_WORDS = {"interpretations": "readings", "as_of": "the day of judgement"}

DIGEST_DIGITS = 32


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
