"""Inventory: the nodes of a graph, grouped by what decides how they are judged.

Two packages of one module under one license are judged alike, so judging works on groups
(hundreds) while propagation works on nodes (tens of thousands). Curations and change dates are
applied here: the license of a node is a function of what was found, the policy, and the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compliance.graph import DependencyGraph, Follows, Node
from compliance.policy.document import Choice, Curation, Policy
from compliance.policy.facts import Facts, Reach
from compliance.policy.purl import split
from compliance.policy.terms import Atom, Compound, Term, atoms, join, of_headers, parse
from compliance.policy.yamlfile import shown
from compliance.value import dataclass

TURNING = frozenset({"busl-1.1", "fsl-1.1-mit", "fsl-1.1-alv2"})
"""Licenses that become another one on a day that each version names."""

OWN = -1
"""Group number of first-party code: the outbound license of the artifact governs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Nodes of one component under one license and in one state.

    `component` is the package URL, or the node id where there is none; `license` the effective
    expression, `found` the one before curation and change date. `term` is None for unknown.
    `library` says that an arm of it is library copyleft, `excepted` names edge kinds on which an
    exception fails, `bare` that it does not speak of components of this kind.
    """

    component: str
    license: str | None
    found: str | None
    term: Term | None
    nodes: tuple[int, ...]
    kind: str
    modified: bool
    unresolved: bool
    system: bool
    text_sha256: str | None
    change_date: str | None
    change_license: str | None
    choice: Choice | None
    gpl_only_helpers: bool
    elf_license: str | None
    library: bool
    excepted: frozenset[str]
    bare: bool


def own_group(name: str, license_: str, term: Term | None) -> Group:
    """Our own code of an artifact, as rules with `first_party: yes` look at it."""
    return Group(
        component=name, license=license_, found=license_, term=term, nodes=(), kind="package",
        modified=False, unresolved=False, system=False, text_sha256=None, change_date=None,
        change_license=None, choice=None, gpl_only_helpers=False, elf_license=None, library=False,
        excepted=frozenset(), bare=False,
    )  # fmt: skip


class Inventory:
    """Groups of a graph under a policy on a day."""

    __slots__ = ("_reached", "graph", "group_of", "groups", "ids", "own", "standard")

    def __init__(self, graph: DependencyGraph, policy: Policy, facts: Facts, as_of: str) -> None:
        self.graph = graph
        self._reached: dict[tuple[int, tuple[bool, ...]], list[int]] = {}
        members: dict[tuple[Any, ...], list[int]] = {}
        self.ids: Sequence[str] = list(graph.nodes)
        self.group_of: list[int] = [OWN] * len(graph)
        numbers: dict[tuple[Any, ...], int] = {}
        own: list[int] = []
        find = _Effective(policy, as_of)
        for position in range(len(graph)):
            node = graph.node(position)
            key = find.key(node)
            if key is None:
                own.append(position)
                continue
            number = numbers.setdefault(key, len(numbers))
            members.setdefault(key, []).append(position)
            self.group_of[position] = number
        self.own: Sequence[int] = own
        chosen = _Chosen(policy, facts)
        self.groups: tuple[Group, ...] = tuple(
            _group(key, nodes, chosen) for key, nodes in members.items()
        )
        if not policy.elsewhere:
            chosen.check()
        self.standard = frozenset(
            i for i, g in enumerate(self.groups) if split(g.component)[0] == "stdlib"
        )

    def reach(self, root: int, follows: Follows) -> list[int]:
        """What is reachable from a node, kept for the next time it is asked."""
        key = (root, tuple(follows))
        if key not in self._reached:
            self._reached[key] = self.graph.reachable((root,), follows)
        return self._reached[key]


class _Effective:
    """The key of a node: everything that decides how it is judged."""

    def __init__(self, policy: Policy, as_of: str) -> None:
        self._curations = policy.curations
        self._as_of = as_of
        self._cache: dict[str, tuple[Curation, ...]] = {}

    def key(self, node: Node) -> tuple[Any, ...] | None:
        """None for first-party code."""
        component = node.component or node.id
        curations = self._for(node) if self._curations else ()
        own, license_, modified = node.first_party, node.license, node.modified
        date, change = node.change_date, node.change_license
        unresolved, headers = node.unresolved, node.header_material
        for curation in curations:
            own = curation.first_party if curation.first_party is not None else own
            modified = curation.modified if curation.modified is not None else modified
            if curation.license is not None:
                license_, unresolved, headers = curation.license, False, ()
            if curation.change_date is not None:
                date, change = curation.change_date, curation.change_license
        if own:
            return None
        if change is not None and (date is None or date <= self._as_of):
            turned = _turned(license_, change) if date is not None else license_
        else:
            turned = license_
        return (
            component, turned, node.license, node.kind, modified, unresolved, headers,
            node.license_text_sha256, date, change, node.gpl_only_helpers, node.elf_license,
        )  # fmt: skip

    def _for(self, node: Node) -> tuple[Curation, ...]:
        """Curations that name the component or the package itself, in layer order."""
        name = node.component or node.id
        if name not in self._cache:
            self._cache[name] = tuple(c for c in self._curations if c.component.covers(name))
        found = self._cache[name]
        if node.component is not None:
            extra = tuple(
                c for c in self._curations if not c.component.bounds and c.component.covers(node.id)
            )
            found = found + tuple(c for c in extra if c not in found)
        return found


def _turned(expression: str | None, change: str) -> str | None:
    """The expression with each license that has turned replaced by what it became."""
    term, into = parse(expression), parse(change)
    if term is None or into is None:
        return expression
    return str(_replace(term, into))


def _replace(term: Term, into: Term) -> Term:
    if isinstance(term, Atom):
        return into if term.license.lower() in TURNING else term
    return join(term.operator, tuple(_replace(p, into) for p in term.parts))


def _group(key: tuple[Any, ...], nodes: list[int], chosen: _Chosen) -> Group:
    (component, license_, found, kind, modified, unresolved, headers, text, date, change, helpers,
     elf) = key  # fmt: skip
    facts = chosen.facts
    term = parse(license_)
    if term is not None and kind == "package":
        manuals = [str(a) for a in atoms(term) if facts.is_manual(a)]
        term = of_headers(term, (*headers, *manuals)) if headers or manuals else term
    if term is not None and all(facts.is_addition(a) for a in atoms(term)):
        term = None  # a permission in addition to what license?
    choice = None
    if term is not None and (taken := chosen.arm(component, term)) is not None:
        choice, term = taken
        unresolved = False
    known = [f for a in atoms(term) for f in facts.options(a)] if term is not None else []
    return Group(
        library=any(Reach.LIBRARY in (f.reach, (f.without or f).reach) for f in known),
        excepted=frozenset(k for f in known for k in f.except_edges),
        bare=any(kind in f.except_parts for f in known),
        component=component, license=license_, found=found, term=term, nodes=tuple(nodes),
        kind=kind, modified=modified, unresolved=unresolved,
        system=kind == "c-lib" and license_ is None, text_sha256=text, change_date=date,
        change_license=change, choice=choice, gpl_only_helpers=helpers, elf_license=elf,
    )  # fmt: skip


class _Chosen:
    """The choices of a policy, and what was found of each: taken, or offered something else."""

    def __init__(self, policy: Policy, facts: Facts) -> None:
        self.facts = facts
        self._choices = policy.choices
        self._taken: set[int] = set()
        self._others: dict[int, tuple[str, set[str]]] = {}

    def arm(self, component: str, term: Term) -> tuple[Choice, Term] | None:
        """The first choice for a component and the tree with its arm, where the tree offers it."""
        for number, choice in enumerate(self._choices):
            if choice.component.covers(component):
                wanted = parse(choice.take)
                taken = _take(term, wanted, self.facts) if wanted is not None else None
                if taken is not None:
                    self._taken.add(number)
                    return choice, taken
                self._others.setdefault(number, (component, set()))[1].add(str(term))
                return None
        return None

    def check(self) -> None:
        """Every choice was offered somewhere: the packages of a module may differ.

        Raises UsageError for the first that was not (policy-model 8.16).
        """
        for number, (component, offered) in sorted(self._others.items()):
            if number not in self._taken:
                from compliance.errors import UsageError

                choice = self._choices[number]
                raise UsageError(
                    f"choices: {shown(component)} does not offer {shown(choice.take)}, only"
                    f" {shown(' and '.join(sorted(offered)))}",
                    file=choice.where.file, line=choice.where.line,
                )  # fmt: skip


MOST_RESOLVED = 256
"""Ways to resolve the choices of an expression that are compared with what a person took."""


def _take(term: Term, wanted: Term, facts: Facts) -> Term | None:
    """None when nothing in the tree is the wanted license.

    A person may name one arm, which settles the ORs that offer it, or all that is taken
    (`MIT AND BSD-3-Clause` of `(MIT OR GPL-2.0-only) AND BSD-3-Clause`), as reports write it.
    """
    taken = _arm(term, wanted, facts)
    if taken is not None or isinstance(wanted, Atom) or wanted.operator == "OR":
        return taken
    named = {str(a) for a in atoms(wanted)}
    for whole in _resolved(term, wanted, facts):
        if {str(a) for a in atoms(whole)} == named:
            return whole
    return None


def _resolved(term: Term, wanted: Compound, facts: Facts) -> list[Term]:
    """The ways to resolve the choices of a tree with nothing but wanted licenses."""
    if isinstance(term, Atom):
        taken = (_arm(term, a, facts) for a in atoms(wanted))
        return [t for t in taken if t is not None]
    parts = [_resolved(p, wanted, facts) for p in term.parts]
    if term.operator == "OR":
        return [t for p in parts for t in p][:MOST_RESOLVED]
    ways: list[tuple[Term, ...]] = [()]
    for part in parts:
        ways = [(*w, p) for w in ways for p in part][:MOST_RESOLVED]
    return [join("AND", w) for w in ways]


def _arm(term: Term, wanted: Term, facts: Facts) -> Term | None:
    if str(term).lower() == str(wanted).lower():
        return term
    if isinstance(term, Atom):
        offered = isinstance(wanted, Atom) and wanted.exception == term.exception
        return wanted if offered and wanted.license in facts.versions(term) else None  # type: ignore[union-attr]  # an Atom, see above
    if isinstance(wanted, Compound) and wanted.operator == term.operator == "AND":
        return term if {str(p) for p in wanted.parts} == {str(p) for p in term.parts} else None
    taken = [_arm(p, wanted, facts) for p in term.parts]
    found = [t for t in taken if t is not None]
    if not found:
        return None
    if term.operator == "OR":
        return found[0]
    return join("AND", tuple(t or p for t, p in zip(taken, term.parts, strict=True)))
