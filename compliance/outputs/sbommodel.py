"""The neutral bill of materials: what SPDX 2.3, SPDX 3.0 and CycloneDX are written from.

Names follow SPDX 2.3. All text is clean (sbomtext), all expressions fit (spdxlicense), all keys are
idstrings of SPDX 2.3, all sequences are sorted: a writer only changes the shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from compliance.config import BillScope
from compliance.value import dataclass

Scope = BillScope
BillType = Literal["", "design", "source", "build", "analyzed", "deployed", "runtime"]
"""When a bill was made (CISA, Types of SBOM Documents, 2023); "" where it does not say so."""
BILL_TYPES: tuple[BillType, ...] = (
    "design", "source", "build", "analyzed", "deployed", "runtime",
)  # fmt: skip

ElementKind = Literal[
    "main", "artifact", "module", "standard-library", "declared", "toolchain", "c-library",
    "embedded",
]  # fmt: skip
RelationKind = Literal[
    "DESCRIBES", "CONTAINS", "DEPENDS_ON", "STATIC_LINK", "DYNAMIC_LINK", "GENERATED_FROM",
    "TEST_DEPENDENCY_OF", "DEV_TOOL_OF", "BUILD_TOOL_OF", "OPTIONAL_DEPENDENCY_OF",
]  # fmt: skip
Purpose = Literal["APPLICATION", "LIBRARY", "FILE"]

DOCUMENT = "DOCUMENT"
NONE = "NONE"
NO_ASSERTION = "NOASSERTION"
READ_FROM = "Read from a bill "
"""Begins the note of a bill that was made from one of another tool."""
DEVEL = "(devel)"
"""Version of a main module that no commit names, as the go command writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An organisation; `url` and `email` are how it can be reached, where that is known."""

    name: str
    url: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The module version that a replace directive put aside, and where it says so."""

    name: str
    version: str
    purl: str
    because: str


class Occurrence(NamedTuple):
    """Where something was found: a file, its line (0 for none), and who needs it there."""

    place: str
    line: int
    user: str


@dataclass(frozen=True, slots=True)
class Element:
    """One component of the bill.

    `declared`, `concluded` and `copyright` hold NOASSERTION where nothing is known and NONE where
    there is nothing. `download`, `homepage` and `repository` are public URLs. `sha256` and `sha512`
    are those of the file `file_name`, `module_sum` is the go.sum hash of the tree. `released` is an
    RFC 3339 time, `swhid` the Software Heritage name of the commit. `notes` are sentences for
    people, `occurrences` the places that ask for what is no Go module.
    """

    key: str
    kind: ElementKind
    name: str
    version: str
    purpose: Purpose
    purl: str | None
    declared: str
    concluded: str
    copyright: str
    supplier: Agent | None
    originator: Agent | None
    cpe: str | None = None
    license_notes: str = ""
    source: str = ""
    repository: str | None = None
    swhid: str | None = None
    download: str | None = None
    homepage: str | None = None
    file_name: str | None = None
    sha256: str | None = None
    sha512: str | None = None
    module_sum: str | None = None
    module_sum_note: str = ""
    released: str | None = None
    replaced: Replaced | None = None
    modified: bool = False
    attributions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()


class Relation(NamedTuple):
    """`source kind target`: keys of elements, DOCUMENT, or NONE / NOASSERTION as target."""

    source: str
    kind: RelationKind
    target: str


class Relations(NamedTuple):
    """All relations of one source and kind; `targets` are as in `Relation`, each once."""

    source: str
    kind: RelationKind
    targets: tuple[str, ...]


def by_source(relations: Iterable[Relation]) -> tuple[Relations, ...]:
    """Sorted by source and kind, targets sorted; what is given twice stands once."""
    found: dict[str, dict[RelationKind, set[str]]] = {}
    for source, kind, target in relations:
        found.setdefault(source, {}).setdefault(kind, set()).add(target)
    return in_order(found)


def in_order(
    found: Mapping[str, Mapping[RelationKind, Iterable[str]]],
) -> tuple[Relations, ...]:
    """Targets by source and kind as relations: all three sorted."""
    return tuple(
        Relations(source, kind, tuple(sorted(targets)))
        for source, kinds in sorted(found.items(), key=_first)
        for kind, targets in sorted(kinds.items(), key=_first)
    )


def _first(pair: tuple[str, object]) -> str:
    return pair[0]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LicenseText:
    """The text behind a LicenseRef."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Review:
    """What a person decided about an element: `date` is an RFC 3339 time in UTC."""

    subject: str
    date: str
    reviewer: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sbom:
    """A whole bill of materials.

    `roots` are the described elements. `uuid` is derived from all else but `created` (RFC 4122,
    version 5), so that equal content has an equal name. `complete` says whether all that is in the
    roots is listed, None in a bill that was read and says nothing about it; `notes` says what is
    known to be missing or unseen, and who wrote a bill that was read.
    """

    name: str
    version: str
    scope: BillType
    created: str
    tool_version: str
    author: Agent
    roots: tuple[str, ...]
    elements: tuple[Element, ...]
    relations: tuple[Relations, ...]
    license_texts: tuple[LicenseText, ...]
    complete: bool | None
    notes: tuple[str, ...]
    uuid: str
    reviews: tuple[Review, ...] = ()

    @property
    def completeness(self) -> str:
        """`complete`, `incomplete`, or `unknown` where the bill does not say it."""
        return {True: "complete", False: "incomplete", None: "unknown"}[self.complete]

    @property
    def foreign(self) -> bool:
        """Whether it was made from a bill of another tool: what that covers is not ours to say."""
        return any(note.startswith(READ_FROM) for note in self.notes)

    @property
    def title(self) -> str:
        """Name of the document: what it is about, with its version where there is one."""
        return f"{self.name}-{self.version}" if self.version != DEVEL else self.name

    @property
    def namespace(self) -> str:
        """A URI for this document: unique, not a place to look it up (SPDX 2.3, 6.5)."""
        title = f"{self.name}-{self.version[:12]}" if self.version != DEVEL else self.name
        safe = "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in title)
        return f"https://spdx.org/spdxdocs/{safe[:80].strip('-.')}-{self.uuid}"

    def each_relation(self) -> Iterator[Relation]:
        """Relations with one target each, in the order of `relations`."""
        for source, kind, targets in self.relations:
            for target in targets:
                yield Relation(source, kind, target)

    def by_key(self) -> Mapping[str, Element]:
        """Elements by their key."""
        return {e.key: e for e in self.elements}
