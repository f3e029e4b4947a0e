"""License facts: what each license asks for, read from policies/*.yaml.

The YAML files are the source. Set-up writes the same data as JSON with the digest of each file; a
run uses that while the digests agree and reads the YAML otherwise: a changed row always counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from compliance.errors import UsageError
from compliance.policy.terms import Atom, Term, parse
from compliance.policy.yamlfile import plain_yaml
from compliance.value import dataclass, replace

Answer = Literal["ok", "review", "no"]
Events = frozenset[str]
EVENTS = ("use", "offer", "network", "distribute", "distribute-source", "user-product")
AGREEMENT = "LicenseRef-commercial-agreement"
"""What a curation names where a contract with the owner replaces the public license."""
CATEGORIES = ("permissive", "weak", "strong", "network", "restricted", "unknown")


class Reach(IntEnum):
    """How much code a license governs when it is part of a work."""

    NONE = 0
    FILE = 1
    COMPONENT = 2
    LIBRARY = 3
    WORK = 4
    STACK = 5

    @property
    def word(self) -> str:
        """Spelling in documents."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LicenseFact:
    """One license after WITH. Made once per table, so identity is equality.

    `name` is the atom as it is shown, `base` the id that compatibility rows know. `category` is
    that of the license index where the row comes from there (`by_default`). `except_edges` are
    the edge kinds and `except_parts` the kinds of components on which the exception does not help,
    `without` the fact that holds there; `admitted` are strong licenses that admit it with the
    exception. `headers` marks the fact about header material.
    """

    name: str
    base: str
    reach: Reach
    triggers: Events
    duties: tuple[str, ...]
    domain: str
    source: str
    needs_modified: Events = frozenset()
    restriction: str | None = None
    switch: str | None = None
    by_default: str | None = None
    exempted: bool = False
    unread_exception: bool = False
    except_edges: frozenset[str] = frozenset()
    except_parts: frozenset[str] = frozenset()
    admitted: frozenset[str] = frozenset()
    without: LicenseFact | None = None
    headers: bool = False

    @property
    def category(self) -> str:
        """Coarse class for people: permissive, weak, strong, network or restricted."""
        if self.restriction:
            return "restricted"
        if self.reach >= Reach.WORK:
            return "network" if "network" in self.triggers else "strong"
        return "weak" if self.reach > Reach.NONE else "permissive"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFact:
    """What the right side of WITH does."""

    name: str
    reach: Reach | None
    except_edges: frozenset[str]
    except_parts: frozenset[str]
    header_material: bool = False
    fits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFact:
    """A row of edges.yaml."""

    includes: str
    joins: str
    tight: str | None
    library: str
    beside: bool
    boundary: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFact:
    """A row of profiles.yaml; `conditional` are (switch, value, events, who then gets a copy)."""

    events: Events
    conditional: tuple[tuple[str, str, Events, str], ...]
    gives: str


class Facts:
    """All tables. Read-only; lookups by SPDX id ignore case."""

    def __init__(self, documents: Mapping[str, Any], compat: Mapping[str, Any]) -> None:
        licenses = documents["licenses.yaml"]
        self._rows: Mapping[str, Any] = licenses["licenses"]
        self._defaults: Mapping[str, Any] = licenses["defaults"]
        self._names = {name.lower(): name for name in self._rows}
        self._later: dict[str, tuple[str, ...]] = {}
        for row in self._rows.values():
            if later := row.get("or_later"):
                self._later[later["id"].lower()] = tuple(later["versions"])
        self._deprecated = {k.lower(): v for k, v in licenses["deprecated"].items()}
        self._categories: Mapping[str, str] = compat.get("categories", {})
        self._additions: frozenset[str] = frozenset(compat.get("additions", ()))
        self.exceptions = _exceptions(documents["exceptions.yaml"])
        self.edges = _edges(documents["edges.yaml"])
        self.profiles = _profiles(documents["profiles.yaml"])
        overrides = documents["overrides/compat.yaml"]
        self._anywhere = frozenset(overrides["anywhere"]["licenses"])
        self._overrides: Mapping[str, Any] = overrides["outbound"]
        self._matrix: Mapping[str, Mapping[str, str]] = compat.get("rows", {})
        self._facts: dict[str, LicenseFact | None] = {}

    # Licenses

    def versions(self, atom: Atom) -> tuple[str, ...]:
        """The concrete ids an atom stands for: one, or every known version of `or later`."""
        name = atom.license
        known = self._deprecated.get(f"{name}+".lower() if atom.plus else name.lower())
        if known is not None and " " not in known:
            name, plus = known, False
        else:
            plus = atom.plus
        later = self._later.get(name.lower())
        if later is None and plus:
            row = self._rows.get(self._names.get(name.lower(), ""), {})
            later = tuple(row["or_later"]["versions"]) if row.get("or_later") else None
        return later or (self._names.get(name.lower(), name),)

    def expand(self, term: Term | None) -> Term | None:
        """Former ids that hold an exception, such as GPL-2.0-with-GCC-exception, written out."""
        if not isinstance(term, Atom) or term.exception:
            return term
        known = self._deprecated.get(term.license.lower())
        return parse(known) if known is not None and " " in known else term

    def options(self, atom: Atom) -> tuple[LicenseFact, ...]:
        """The facts of each version an atom stands for; () when nothing is known of it."""
        spelled = self.expand(atom)
        if isinstance(spelled, Atom):
            atom = spelled
        found = (self._fact(v, atom.exception) for v in self.versions(atom))
        facts = tuple(f for f in found if f is not None)
        return tuple(self._of_headers(f, atom) for f in facts) if atom.headers else facts

    def is_addition(self, atom: Atom) -> bool:
        """Whether an atom is a further permission that needs a license beside it."""
        return atom.license.lower() in self._additions

    def _fact(self, name: str, exception: str | None) -> LicenseFact | None:
        key = f"{name} WITH {exception}".lower() if exception else name.lower()
        if key not in self._facts:
            self._facts[key] = self._make(name, exception)
        return self._facts[key]

    def is_manual(self, atom: Atom) -> bool:
        """Whether a license is for manuals by its own words: in code it is that of comments."""
        return bool(self._rows.get(self._names.get(atom.license.lower(), ""), {}).get("manual"))

    def _of_headers(self, fact: LicenseFact, atom: Atom) -> LicenseFact:
        """What a license asks for of which only header files or comments are used."""
        row = self._rows.get(fact.base, {})
        rule = self.exceptions.get((atom.exception or "").lower())
        free = "header_material" in row or (rule is not None and rule.header_material)
        if not free and not row.get("manual"):
            return fact
        key = f"headers of {fact.name}".lower()
        if key not in self._facts:
            duties = tuple(d for d in fact.duties if d in ("license-text", "notice"))
            self._facts[key] = replace(
                fact, reach=Reach.NONE, duties=duties, exempted=True, headers=free
            )
        return self._facts[key] or fact

    def _make(self, name: str, exception: str | None) -> LicenseFact | None:
        base = self._row(name)
        if base is None or exception is None:
            return base
        shown = f"{base.name} WITH {exception}"
        rule = self.exceptions.get(exception.lower())
        if rule is None:
            return replace(base, name=shown, unread_exception=True)
        full = replace(base, name=f"{base.name} WITH {rule.name}", admitted=rule.fits)
        if rule.reach is None or rule.reach >= base.reach:
            return full
        duties = base.duties if rule.reach > Reach.NONE else tuple(
            d for d in base.duties if d in ("license-text", "notice") and base.reach < Reach.WORK
        )  # fmt: skip
        return replace(
            full, reach=rule.reach, duties=duties, exempted=True,
            triggers=base.triggers if duties else frozenset(),
            except_edges=rule.except_edges, except_parts=rule.except_parts, without=full,
        )  # fmt: skip

    def _row(self, name: str) -> LicenseFact | None:
        known = self._names.get(name.lower())
        if known is not None:
            return license_fact(known, self._rows[known])
        category = self._categories.get(name.lower())
        if category is None or category not in self._defaults:
            return None
        return replace(license_fact(name, self._defaults[category]), by_default=category)

    # Compatibility

    def fits(self, fact: LicenseFact, outbound: str) -> Answer:
        """May code under `fact` be part of a work conveyed under the strong license `outbound`?"""
        if fact.base == outbound or fact.base in self._anywhere:
            return "ok"
        if _leaves_room(fact) or outbound in fact.admitted:
            return "ok"
        own = self._overrides.get(outbound, {})
        for answer in ("ok", "no", "review"):
            if fact.base in own.get(answer, {}):
                return answer
        if fact.restriction and fact.restriction != "unread":
            return "no"
        found = self._matrix.get(outbound, {}).get(fact.base)
        if found in ("ok", "no"):
            return found  # type: ignore[return-value]  # checked in this line
        return "review" if fact.reach < Reach.WORK else "no"

    # For people

    def names(self) -> tuple[str, ...]:
        """Every license with a row of its own, and their `or later` forms, for `did you mean`."""
        return (*self._rows, *(v["or_later"]["id"] for v in self._rows.values() if "or_later" in v))

    def category(self, expression: str | None) -> str:
        """Worst category over AND, mildest over OR; `unknown` for what nobody knows."""
        term = parse(expression)
        return CATEGORIES[self._rank(term)] if term is not None else "unknown"

    def _rank(self, term: Term) -> int:
        if isinstance(term, Atom):
            ranks = [CATEGORIES.index(f.category) for f in self.options(term)]
            return min(ranks, default=len(CATEGORIES) - 1)
        ranks = [self._rank(p) for p in term.parts]
        return max(ranks) if term.operator == "AND" else min(ranks)


def _leaves_room(fact: LicenseFact) -> bool:
    """Whether it asks nothing of the work around it: excepted, a font, data, public domain.

    What is under a license for documents and is part of the work as code is another matter: the
    whole has to be conveyed under one license, so that license has to admit it.
    """
    if fact.by_default == "Public Domain":
        return True
    small = fact.reach < Reach.WORK and not fact.restriction
    return small and (fact.exempted or fact.domain in ("font", "data"))


def license_fact(name: str, row: Mapping[str, Any]) -> LicenseFact:
    """A row of licenses.yaml as a value."""
    return LicenseFact(
        name=name,
        base=name,
        reach=Reach[row["reach"].upper()],
        triggers=frozenset(row["triggers"]),
        duties=tuple(row["duties"]),
        domain=row.get("domain", "code"),
        source=row["source"],
        needs_modified=frozenset(row.get("needs_modified", ())),
        restriction=row.get("restriction"),
        switch=row.get("switch"),
    )


def _exceptions(document: Mapping[str, Any]) -> Mapping[str, ExceptionFact]:
    return {
        name.lower(): ExceptionFact(
            name=name,
            reach=None if row["reach"] == "base" else Reach[row["reach"].upper()],
            except_edges=frozenset(row.get("except", ())),
            except_parts=frozenset(row.get("parts", ())),
            header_material="header_material" in row,
            fits=frozenset(row.get("fits", ())),
        )
        for name, row in document["exceptions"].items()
    }


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _edges(document: Mapping[str, Any]) -> Mapping[str, EdgeFact]:
    return {
        kind: EdgeFact(
            includes=_word(row["includes"]), joins=_word(row["joins"]), tight=row.get("tight"),
            library=row["library"], beside=bool(row.get("beside")), boundary=row.get("boundary"),
        )
        for kind, row in document["edges"].items()
    }  # fmt: skip


def _profiles(document: Mapping[str, Any]) -> Mapping[str, ProfileFact]:
    return {
        name: ProfileFact(
            events=frozenset(row["events"]),
            conditional=tuple(
                (c["switch"], _word(c["is"]), frozenset(c["events"]), c.get("gives", ""))
                for c in row.get("if", ())
            ),
            gives=row["gives"],
        )
        for name, row in document["profiles"].items()
    }


# Files of the package


def data_folder() -> Path:
    """policies/ inside the installed package, else at the root of the checkout."""
    package = Path(__file__).parents[1]
    bundled = package / "_bundled" / "policies"
    return bundled if bundled.is_dir() else package.parent / "policies"


@lru_cache(maxsize=1)
def _bundle() -> Mapping[str, Any]:
    """What set-up wrote; empty before set-up."""
    path = Path(__file__).parents[1] / "_bundled" / "compat.json"
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    document: Mapping[str, Any] = json.loads(text)
    return document


@lru_cache(maxsize=32)
def data_file(name: str) -> Any:  # noqa: ANN401 - JSON
    """A file of policies/ as plain data."""
    data = data_bytes(name)
    ready = _bundle().get("compiled", {}).get(name)
    if ready is not None and ready["sha256"] == hashlib.sha256(data).hexdigest():
        return ready["data"]
    return plain_yaml(f"policies/{name}", data)


def data_bytes(name: str) -> bytes:
    """A file of policies/. Raises UsageError when the installation lacks it."""
    path = data_folder() / name
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError("this file of the installation is missing", file=str(path)) from None


@lru_cache(maxsize=1)
def facts() -> Facts:
    """The tables that come with the product, read once."""
    names = ("licenses.yaml", "exceptions.yaml", "edges.yaml", "profiles.yaml",
             "overrides/compat.yaml")  # fmt: skip
    return Facts({name: data_file(name) for name in names}, _bundle())


def category(expression: str | None) -> str:
    """permissive, weak, strong, network, restricted or unknown: the class of an expression."""
    return facts().category(expression)
