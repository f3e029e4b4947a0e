"""Duties of an artifact, grouped so that a person can work them off."""

from __future__ import annotations

from compliance.outputs import wording
from compliance.outputs.causes import purl_path
from compliance.outputs.document import Document, listed, name_in_findings
from compliance.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """Equal duties of the same components, and whether something fulfils them.

    `state` is missing, observe (it forbids something), texts (they go in a notice file) or done;
    `license` is None where the components have several.
    """

    state: str
    duty: str
    components: tuple[str, ...]
    license: str | None
    satisfied_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyList:
    """All duties of one artifact: rows with what is missing first, and counts per state."""

    artifact: str
    rows: tuple[DutyRow, ...]
    missing: int
    observe: int
    texts: int
    done: int
    without: str

    @property
    def summary(self) -> str:
        """`2 missing, 38 to send along`, without what is none."""
        counts = (
            (self.observe, "to observe"),
            (self.texts, "to send along"),
            (self.done, "fulfilled"),
        )
        return ", ".join(f"{n} {word}" for n, word in counts if n)

    @property
    def only_texts(self) -> bool:
        """Whether a notice file is all that is owed."""
        return self.texts > 0 and not (self.missing or self.observe or self.done)

    @property
    def settled_by(self) -> str | None:
        """The one thing that fulfils all that is owed; None where something is left to do."""
        by = {row.satisfied_by for row in self.rows}
        settled = self.done > 0 and not (self.missing or self.observe or self.texts)
        return by.pop() if settled and len(by) == 1 else None

    @property
    def components(self) -> int:
        """How many components something is owed for."""
        return len({name for row in self.rows for name in row.components})


def find_duties(document: Document) -> tuple[DutyList, ...]:
    """One list per artifact, in the order of the document."""
    paths = {name_in_findings(m): m["path"] for m in listed(document)}
    return tuple(_list(a, paths) for a in document["artifacts"])


def _list(artifact: Document, paths: dict[str, str]) -> DutyList:
    states = [_state(d) for d in artifact["duties"]]
    return DutyList(
        artifact=artifact["name"],
        rows=_rows(artifact["duties"], paths),
        missing=states.count("missing"),
        observe=states.count("observe"),
        texts=states.count("texts"),
        done=states.count("done"),
        without="No duty while no copy is handed over"
        if artifact["profile"] in wording.UNDISTRIBUTED
        else "No duty found",
    )


def _state(duty: Document) -> str:
    if duty["satisfied_by"] is not None:
        return "done"
    if duty["duty"] in wording.OBSERVED:
        return "observe"
    return "texts" if duty["duty"] in wording.TEXT_DUTIES else "missing"


def _rows(duties: list[Document], paths: dict[str, str]) -> tuple[DutyRow, ...]:
    """First one line per duty and what fulfils it, then lines of the same components joined."""
    groups: dict[tuple[str, str | None, str | None], list[Document]] = {}
    for duty in duties:
        split = None if duty["duty"] in wording.TEXT_DUTIES else duty["license"]
        groups.setdefault((duty["duty"], duty["satisfied_by"], split), []).append(duty)
    joined: dict[tuple[object, ...], tuple[list[str], list[Document]]] = {}
    for (name, by, split), members in groups.items():
        key = (_state(members[0]), by, split, tuple(m["component"] for m in members))
        joined.setdefault(key, ([], members))[0].append(name)
    order = ("missing", "observe", "texts", "done")
    rows = [
        (min(map(_gravity, names)), _row(names, members, paths))
        for names, members in joined.values()
    ]
    rows.sort(
        key=lambda r: (
            order.index(r[1].state), r[0], len(r[1].components) > 1, r[1].duty, r[1].components,
            r[1].license or "",
        )
    )  # fmt: skip
    return tuple(row for _, row in rows)


def _gravity(duty: str) -> int:
    """How far a duty goes; 0 is the furthest."""
    known = wording.GRAVEST_DUTIES
    return known.index(duty) if duty in known else len(known)


def _row(names: list[str], members: list[Document], paths: dict[str, str]) -> DutyRow:
    licenses = {m["license"] for m in members}
    return DutyRow(
        state=_state(members[0]),
        duty=wording.duty_list(names),
        components=tuple(
            dict.fromkeys(paths.get(m["component"]) or purl_path(m["component"]) for m in members)
        ),
        license=licenses.pop() if len(licenses) == 1 else None,
        satisfied_by=members[0]["satisfied_by"],
    )
