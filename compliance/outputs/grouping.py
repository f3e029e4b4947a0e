"""Artifacts that get the same answer for the same reason, told once.

A repository that declares no deployments may build fifty programs; most of them are decided by the
same module. What differs between them (components, platforms) stands in their details.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from compliance.outputs import wording
from compliance.outputs.causes import Cause
from compliance.outputs.components import component_counts
from compliance.outputs.document import Document


def decided_artifacts(
    document: Document, artifacts: Sequence[Document], causes: Sequence[Cause] = ()
) -> list[Document]:
    """Artifacts, worst first, each with its sentence and the causes that concern it."""
    mine: dict[str, list[Cause]] = {}
    for cause in causes:
        for name in cause.artifacts:
            mine.setdefault(name, []).append(cause)
    counts = component_counts(document)
    made = []
    for artifact in artifacts:
        name, waivers = artifact["name"], wording.waived_by(document, artifact)
        old = wording.is_as_before(document, artifact)
        shown = wording.shown_of(document, artifact)
        unread = shown == "open" and bool(artifact.get("unread"))
        todo = wording.NOTHING_HERE if old else wording.duty_words(artifact["do"])
        because = wording.duty_words(artifact["because"])
        if shown == "open" and not unread:
            todo, because = wording.COMPLETE_FIRST, wording.AS_READ + because
        made.append(
            {
                **artifact,
                "because": because,
                "do": todo,
                "plan": None if old else artifact["plan"],
                "shown": shown,
                "unread": unread,
                "sentence": wording.sentence(document, artifact, waivers),
                "old": old,
                "delivery": wording.PROFILES.get(artifact["profile"], artifact["profile"]),
                "components": wording.plural(counts[name], "component"),
                "count": counts[name],
                "names": [name],
                "waivers": waivers,
                "causes": mine.get(name, []),
            }
        )
    return sorted(made, key=lambda a: (a["unread"], wording.rank(a["verdict"])))


EACH = "each of them"
_BEFORE, _AFTER = r"(?<![\w./-])", r"(?![\w/-]|\.\w)"
"""A name stands alone: in no path, no file name and no longer word."""


def group_artifacts(artifacts: Sequence[Document]) -> list[Document]:
    """Rows of the decision, in the order of their first artifact.

    Args:
        artifacts: Those of `decided_artifacts`; those that are equal but for the name are told
            together.
    """
    rows: dict[tuple[object, ...], list[Document]] = {}
    for artifact in artifacts:
        rows.setdefault(_key(artifact), []).append(artifact)
    return [members[0] if len(members) == 1 else _row(members) for members in rows.values()]


def _key(artifact: Document) -> tuple[object, ...]:
    plan = artifact["plan"]
    return (
        artifact["shown"], artifact["old"], tuple(artifact["waivers"]),
        artifact["delivery"], artifact["outbound"],
        _anonymous(artifact, artifact["because"]), _anonymous(artifact, artifact["do"]),
        plan and plan["verdict_after"], tuple(c.id for c in artifact["causes"]),
    )  # fmt: skip


def _anonymous(artifact: Document, text: str) -> str:
    """A sentence without the name of its artifact."""
    name = re.escape(artifact["name"])
    return re.sub(_BEFORE + name + _AFTER, EACH, text)


def _row(members: Sequence[Document]) -> Document:
    first = members[0]
    counts = sorted(m["count"] for m in members)
    span = f"{counts[0]:,} to {counts[-1]:,} components"
    said = wording.SAY_MANY.get(first["shown"], first["shown"])
    if first["waivers"]:
        said = f"ship under waiver {', '.join(first['waivers'])} only"
    elif first["old"]:
        said = f"{said}{wording.AS_BEFORE}"
    return {
        **first,
        "names": [m["name"] for m in members],
        "sentence": f"{wording.plural(len(members), 'artifact')} {said}",
        "because": _anonymous(first, first["because"]),
        "do": _anonymous(first, first["do"]),
        "components": span
        if counts[0] != counts[-1]
        else wording.plural(counts[0], "component") + " each",
    }
