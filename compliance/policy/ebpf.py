"""The license string of an eBPF object: what the kernel makes of it (policy-model row 30)."""

from __future__ import annotations

from compliance.findings import Severity
from compliance.policy.facts import Facts
from compliance.policy.inventory import Group
from compliance.policy.terms import Atom, Term, atoms

GPL_STRINGS = frozenset(
    {"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"}
)
"""License strings that the kernel takes for GPL-compatible (include/linux/license.h)."""


def string_fits(facts: Facts, group: Group) -> Severity:
    """How grave the license string of an object is, beside its expression.

    Block where the kernel refuses helpers that it calls, review where string and
    expression exclude each other: a GPL string without a GPL arm, or another string where every
    arm holds the GPL. No string at all says nothing.
    """
    string, term = group.elf_license, group.term
    if string in GPL_STRINGS:
        wrong = term is not None and not any(_is_gpl(facts, a) for a in atoms(term))
    elif group.gpl_only_helpers:
        return Severity.BLOCK
    else:
        wrong = bool(string) and term is not None and _holds_gpl(facts, term)
    return Severity.REVIEW if wrong else Severity.PASS


def _holds_gpl(facts: Facts, term: Term) -> bool:
    """Whether the GPL is in every way to take an expression."""
    if isinstance(term, Atom):
        return _is_gpl(facts, term)
    held = [_holds_gpl(facts, p) for p in term.parts]
    return all(held) if term.operator == "OR" else any(held)


def _is_gpl(facts: Facts, atom: Atom) -> bool:
    return any(f.base.startswith(("GPL-", "LGPL-")) for f in facts.options(atom))
