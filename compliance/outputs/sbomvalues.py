"""JSON values of documents that others wrote: read what fits, count what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from compliance import __version__
from compliance import patterns as re
from compliance.errors import LimitExceededError
from compliance.outputs.sbom import bill_uuid
from compliance.outputs.sbommodel import (
    NO_ASSERTION,
    READ_FROM,
    Agent,
    Element,
    ElementKind,
    LicenseText,
    Purpose,
    Relation,
    RelationKind,
    Review,
    Sbom,
    by_source,
)
from compliance.outputs.sbomsame import with_go_sums
from compliance.outputs.sbomtext import (
    actor,
    clean,
    email,
    identifier,
    is_idstring,
    line,
    public_url,
    utc_time,
)
from compliance.outputs.spdxlicense import SpdxLicense, spdx_license
from compliance.value import replace

Value = dict[str, Any]
_T = TypeVar("_T")
_COMPLETENESS = re.compile(r"\bCompleteness: (complete|incomplete)\b")

# Kinds of other documents as ours: (kind, turned round).
RELATION_KINDS: dict[str, tuple[RelationKind, bool]] = {
    "DESCRIBES": ("DESCRIBES", False),
    "DESCRIBED_BY": ("DESCRIBES", True),
    "CONTAINS": ("CONTAINS", False),
    "CONTAINED_BY": ("CONTAINS", True),
    "DEPENDS_ON": ("DEPENDS_ON", False),
    "DEPENDENCY_OF": ("DEPENDS_ON", True),
    "RUNTIME_DEPENDENCY_OF": ("DEPENDS_ON", True),
    "HAS_PREREQUISITE": ("DEPENDS_ON", False),
    "PREREQUISITE_FOR": ("DEPENDS_ON", True),
    "STATIC_LINK": ("STATIC_LINK", False),
    "DYNAMIC_LINK": ("DYNAMIC_LINK", False),
    "GENERATED_FROM": ("GENERATED_FROM", False),
    "GENERATES": ("GENERATED_FROM", True),
    "TEST_DEPENDENCY_OF": ("TEST_DEPENDENCY_OF", False),
    "TEST_TOOL_OF": ("TEST_DEPENDENCY_OF", False),
    "DEV_DEPENDENCY_OF": ("DEV_TOOL_OF", False),
    "DEV_TOOL_OF": ("DEV_TOOL_OF", False),
    "BUILD_DEPENDENCY_OF": ("BUILD_TOOL_OF", False),
    "BUILD_TOOL_OF": ("BUILD_TOOL_OF", False),
    "OPTIONAL_DEPENDENCY_OF": ("OPTIONAL_DEPENDENCY_OF", False),
}
_PURPOSES: dict[str, Purpose] = {"application": "APPLICATION", "file": "FILE"}
MAX_COMPONENTS = 100_000
"""Of one bill; the largest have some ten thousand. Each takes a kilobyte and a millisecond."""
LEFT_OUT = "are left out."
"""How a note ends that tells of a loss."""
_OURSELVES = "compliance"
_NO_TEXT = "The text of this license is not part of the document that was read."


def text(value: object, key: str) -> str:
    """The string under `key`, "" where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def items(value: object, key: str) -> list[Value]:
    """The objects in the list under `key`; what is no object is left out."""
    found = value.get(key) if isinstance(value, dict) else None
    return [i for i in found if isinstance(i, dict)] if isinstance(found, list) else []


def words(value: object, key: str) -> list[str]:
    """The strings in the list under `key`."""
    found = value.get(key) if isinstance(value, dict) else None
    return [i for i in found if isinstance(i, str)] if isinstance(found, list) else []


def agent(name: str, mail: str = "", url: str = "") -> Agent | None:
    """An agent, or None for no name."""
    shown = actor(name)
    return Agent(name=shown, email=email(mail), url=public_url(url)) if shown else None


def purpose_of(word: str) -> Purpose:
    """What a component is for, by the word of any of the formats; a library where it is another."""
    return _PURPOSES.get(word.lower(), "LIBRARY")


def tool_of(tools: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Version of this tool that stands in a bill read here, and what is to say of other tools.

    A bill that another tool wrote (`name-version`) becomes one of ours when it is written again,
    so that the version is ours and the other tool is named in the notes of the bill.
    """
    named = [line(t) for t in tools if t.strip()]
    ours = [t.partition("-")[2] for t in named if t.startswith(f"{_OURSELVES}-")]
    others = [t for t in named if not t.startswith(f"{_OURSELVES}-")]
    by = f"written by {', '.join(others)}" if others else "" if ours else "that names no tool"
    notes = (f"{READ_FROM}{by}.",) if by else ()
    return (ours[0] if ours else "") or __version__.replace("-", "+"), notes


def notes_of(comment: str) -> tuple[str, ...]:
    """The lines of a document's comment; the first one of ours is written anew for each bill."""
    lines = clean(comment).split("\n")
    return tuple(s for s in lines[lines[0].startswith(("Lists ", "Completeness: ")) :] if s)


def completeness_of(comment: str) -> bool | None:
    """Whether a comment of ours says that the bill is complete; None where it does not say it."""
    found = _COMPLETENESS.search(comment)
    return None if found is None else found[1] == "complete"


def kind_of(purl: str | None, purpose: Purpose) -> ElementKind:
    """What a component is, as far as its package URL and purpose tell."""
    if purpose == "FILE":
        return "embedded"
    return "standard-library" if (purl or "").startswith("pkg:golang/stdlib@") else "module"


class Gathered:
    """What was read so far; `keys` maps the ids of the document to ours."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.keys: dict[str, str] = {}
        self.elements: dict[str, Element] = {}
        self.relations: set[Relation] = set()
        self.texts: dict[str, str] = {}
        self.refs: dict[str, str] = {}
        self.left_out: Counter[str] = Counter()
        self.reviews: set[Review] = set()
        self._license = cache(spdx_license)

    def key(self, given: str) -> str:
        """Our key for an id of the document: itself where it fits, else a new one."""
        if given not in self.keys:
            bare = given.removeprefix("SPDXRef-")
            fits = bare and is_idstring(bare)
            self.keys[given] = bare if fits else identifier("element", given)
        return self.keys[given]

    def put(self, element: Element) -> str:
        """Keep an element; one whose id another one has gets a key of its own. Returns the key.

        Raises LimitExceededError.
        """
        if len(self.elements) >= MAX_COMPONENTS:
            raise LimitExceededError(f"lists more than {MAX_COMPONENTS:,} components")
        if element.key in self.elements:
            count = str(len(self.elements))
            element = replace(element, key=identifier("again", element.name, element.key, count))
        self.elements[element.key] = element
        return element.key

    def license(self, given: str) -> SpdxLicense:
        """An expression that fits; remembers its LicenseRefs."""
        made = self._license(given or None)
        if made.refs:
            self.refs.update(made.refs)
        return made

    def relate(self, source: str, kind: str, target: str) -> None:
        """Add a relation given by our keys and a kind of SPDX 2.3; count unknown kinds."""
        if kind not in RELATION_KINDS:
            self.left_out[f"relationships of type {line(kind)[:60]}"] += 1
            return
        ours, turned = RELATION_KINDS[kind]
        a, b = (target, source) if turned else (source, target)
        self.relations.add(Relation(a, ours, b))

    def review(self, subject: str, date: str, reviewer: str, said: str) -> None:
        """Add a decision about an element; one without a time cannot be written again."""
        when = utc_time(date)
        if when is None:
            self.left_out["annotations"] += 1
            return
        name = actor(reviewer) or "unknown"
        self.reviews.add(Review(subject=subject, date=when, reviewer=name, text=line(said)))

    def leave_out(self, what: str, where: str, names: Iterable[str]) -> None:
        """Count parts that the model has no place for: `fields "summary" of packages`."""
        for name in names:
            self.left_out[f'{what} "{line(name)[:60]}" of {where}'] += 1

    def repeat(self, what: str, where: str, given: Iterable[tuple[str, str]]) -> None:
        """Count what comes more than once where there is room for one: (kind, value) of each."""
        kinds = Counter(kind for kind, _ in dict.fromkeys(given))
        for kind, number in kinds.items():
            if number > 1:
                self.left_out[f'further {what} "{line(kind)[:60]}" of {where}'] += number - 1

    def fit(self, given: str, made: _T | None, what: str) -> _T | None:
        """What was made of a value; one that fits in no bill of ours is counted."""
        if made is None and given.strip() and given not in (NO_ASSERTION, "NONE"):
            self.left_out[f"{what} that cannot be written"] += 1
        return made

    def bill(self, frame: Sbom) -> Sbom:
        """The bill of all that was gathered; `frame` gives what concerns the whole."""
        known = {*self.elements, "DOCUMENT", "NONE", NO_ASSERTION}
        kept = {r for r in self.relations if r.source in known and r.target in known}
        self.left_out["relationships to elements that are not packages"] += len(
            self.relations
        ) - len(kept)
        roots = tuple(sorted(r.target for r in kept if r.kind == "DESCRIBES"))
        if not roots:
            first = sorted(set(self.elements) - {r.target for r in kept}) or sorted(self.elements)
            roots = tuple(first[:1])
            kept |= {Relation("DOCUMENT", "DESCRIBES", root) for root in roots}
        lost = [f"{n} {what} {LEFT_OUT}" for what, n in sorted(self.left_out.items()) if n]
        made = replace(
            frame,
            roots=roots,
            elements=with_go_sums((self.elements[k] for k in sorted(self.elements)), frame.notes),
            relations=by_source(kept),
            license_texts=tuple(
                sorted(
                    LicenseText(
                        id=ref, name=line(given), text=clean(self.texts.get(given, "")) or _NO_TEXT
                    )
                    for ref, given in self.refs.items()
                )
            ),
            notes=(*frame.notes, *lost),
            reviews=tuple(sorted(r for r in self.reviews if r.subject in self.elements)),
        )
        return replace(made, uuid=bill_uuid(made))
