"""Sentences: what a person reads about a finding and about an artifact.

Plain words, the same everywhere: what it is, why it counts here, what wakes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from compliance.findings import Finding, Severity
from compliance.graph import Artifact
from compliance.policy.candidate import Candidate, Case
from compliance.policy.judge import NOTICE_DUTIES
from compliance.policy.purl import split
from compliance.policy.verdict import Plan

SHOWN_EDITS = 3
"""Edits of a plan in a sentence before `and n more`."""

SHOWN_RIVALS = 3
"""Names in a sentence before `and n more`."""


def short(component: str) -> str:
    """`x/y` of `pkg:golang/example.com/x/y@v1.0.0`: the last two elements of a name.

    C code that cgo compiles and C libraries (`c:example.com/m/bpf`, `c:seccomp`) are called so.
    """
    name = split(component)[0]
    if name.startswith("c:"):
        where = name.removeprefix("c:")
        folder = "/".join(where.split("/")[-2:])
        return f"the C code in {folder}" if "/" in where else f"the C library {where}"
    return "/".join(name.split("/")[-2:]) if component.startswith("pkg:") else name


def some(names: Sequence[str]) -> str:
    """`a, b, c and 4 more`."""
    head = ", ".join(names[:SHOWN_RIVALS])
    rest = len(names) - SHOWN_RIVALS
    return f"{head} and {rest} more" if rest > 0 else head


def message(
    artifact: Artifact, candidate: Candidate, gives: str, string: str = "", *,
    kit_suffices: bool = True,
) -> str:  # fmt: skip
    """What a finding says.

    `gives` tells who gets a copy, `string` what an eBPF object says, `kit_suffices` whether a
    relink kit is enough under the reading of the policy.
    """
    what = short(candidate.component)
    license_ = candidate.license or "unknown"
    whole = f"all of {artifact.name}"
    umbrella = candidate.umbrella or license_
    texts = {
        "strong-copyleft-ships": f"{what} ({license_}) is part of {artifact.name}. Its license"
        f" governs {whole}, which would have to be published under {umbrella}: {gives}.",
        "kernel-license": f"{artifact.name} is loaded into {what} ({license_}) and forms one work"
        f" with it, so the module must be under {license_} too: {gives}.",
        "network-copyleft-served": f"{what} ({license_}) is part of {artifact.name}. Users who"
        f" reach it over the network must be offered the source of {whole}.",
        "strong-copyleft-sleeping": f"{what} ({license_}) is part of {artifact.name}. Its duty"
        f" sleeps: {gives}. It wakes the day {artifact.name} is handed over: private cloud,"
        " appliance, sale of assets.",
        "downstream-copyleft": f"{artifact.name} imports {what} ({license_}). Its source is not in"
        " what is published here, but whoever builds with it must publish the result under"
        f" {license_}.",
        "copyleft-separate": f"{what} ({license_}) {_apart(candidate, artifact)}. Its license"
        " governs it alone; its source has to be offered with it.",
        "relink": f"{what} ({license_}) is linked into {artifact.name}. Customers must be able to"
        f" relink {artifact.name} with a changed {what}"
        + (
            "; the declared license terms forbid reverse engineering."
            if not artifact.eula_allows_re
            else "; under the policy a relink kit does not suffice."
            if artifact.relink_kit or not kit_suffices
            else "; no relink kit is shipped."
        ),
        "header-material": f"{artifact.name} has constants and types from header files of {what}"
        f" ({license_}), and nothing else that is under this license. Such object code may be"
        " conveyed freely.",
        "lockdown": f"{what} ({license_}) is in {artifact.name}, whose boot is locked. Its license"
        " asks for the information that installing a changed version needs, keys included.",
        "incompatible-work": _incompatible(what, license_, candidate, artifact.name),
        "self-incompatible": f"{what} is under {license_}, whose parts contradict each other:"
        " nobody can meet all of them at once.",
        "use-forbidden": f"{what} ({license_}) forbids what is declared of {artifact.name}:"
        f" {_restriction(candidate)}.",
        "use-restricted": f"{what} ({license_}) limits use: {_restriction(candidate)}."
        + (" The policy asks Legal to decide." if candidate.severity > Severity.COMPLY else ""),
        "unknown-license": _unknown(what, candidate),
        "license-choice-unresolved": f"{what} comes with several licenses ({license_}) and does"
        " not say whether all of them hold or one may be chosen."
        + (" All of them are met." if candidate.severity is Severity.PASS else ""),
        "ebpf-license-string": f"{what} is under {license_}"
        + (
            f" and its license string {_quoted(string)} is not GPL-compatible: the kernel refuses"
            " helpers that it calls."
            if candidate.severity is Severity.BLOCK
            else f", but its license string is {_quoted(string)}: the two contradict each other"
            " about the GPL."
        ),
        "generated-output": f"{artifact.name} contains output of {what} ({license_}); the policy"
        " asks whether the output copies the generator's text.",
        "derived-database": f"{artifact.name} contains an index built from {what} ({license_}),"
        " which may be a derived database that shares alike.",
    }
    text = texts.get(candidate.code, f"{what} ({license_}) in {artifact.name}.")
    return text[:1].upper() + text[1:] if text.startswith("the C ") else text


def _quoted(string: str) -> str:
    """The string of an object, which anybody may have written: shown escaped."""
    return json.dumps(string, ensure_ascii=False) if string else "(none)"


_APART = {
    "ebpf": "is an eBPF program that {name} carries and loads into the kernel",
    "asset": "is carried inside {name} as data",
    "dataset": "is carried inside {name} as data",
    "kernel-module": "is a kernel module beside {name}",
    "image": "is an image that is handed over with {name}",
}


def _apart(candidate: Candidate, artifact: Artifact) -> str:
    """How something is there without being part of the program."""
    text = _APART.get(candidate.kind, "is a separate program beside {name}")
    return text.format(name=artifact.name)


_LIMITS = {
    "busl": "production use is limited to what the licensor grants, and competing is not",
    "no-compete": "not in a product that competes with the licensor",
    "sspl": "whoever offers it as a service must publish the whole service stack",
    "no-managed-service": "not as a managed service to others",
    "noncommercial": "no commercial use",
    "no-sell": "not to be sold, hosting and support included",
    "no-derivatives": "no changed versions",
    "field-of-use": "only for some purposes",
    "small-business": "only for companies below a size",
    "evaluation": "not in production",
    "proprietary": "closed code of somebody else; the grant is in a contract that is not here",
    "unread": "known by its category only, nobody read its terms for this table",
}


def _incompatible(what: str, license_: str, candidate: Candidate, name: str) -> str:
    if candidate.undecided:
        return (
            f"No source that is at hand says whether {what} ({license_}) may be part of a work"
            f" under {some(candidate.undecided)}, the license of {name}."
        )
    return (
        f"{what} ({license_}) cannot be in one work with"
        f" {some(candidate.rivals) or 'the other parts'}: no license allows {name} as a whole, so"
        " publishing cannot cure it."
    )


def _restriction(candidate: Candidate) -> str:
    fact = candidate.fact
    return _LIMITS.get(fact.restriction or "", "a limit on use") if fact else "a limit on use"


def _unknown(what: str, candidate: Candidate) -> str:
    if candidate.fact is not None:
        return (
            f"{what} is under {candidate.fact.name}, whose exception is not known here; it is"
            " judged as if there were none."
        )
    if candidate.license in (None, "NOASSERTION"):
        where = candidate.component.removeprefix("c:")
        library = where != candidate.component and "/" not in where
        if not library:
            return f"The license of {what} is unknown. Without a license nobody may ship it."
        example = " (musl is MIT, glibc LGPL-2.1-or-later)" if where == "libc" else ""
        return (
            f"The license of {what}, which is linked into the program, is unknown: no component"
            f" declares it. Say under components which one is built in{example}."
        )
    return f"{what} is under {candidate.license}, of which nothing is known here."


GRAVITY = (
    "boundary-broken", "incompatible-work", "self-incompatible", "unknown-license",
    "strong-copyleft-ships", "kernel-license", "network-copyleft-served", "use-forbidden",
)  # fmt: skip
"""Of findings of one severity those first that decide what can be done at all."""


def gravest(findings: Sequence[Finding]) -> list[Finding]:
    """Findings of one severity, the one that a person has to know first in front."""
    order = {code: i for i, code in enumerate(GRAVITY)}
    return sorted(findings, key=lambda f: order.get(f.code, len(order)))


def because(case: Case, outcome: Severity, findings: Sequence[Finding]) -> str:
    """Why an artifact has its verdict, in one sentence."""
    artifact = case.artifact
    worst = gravest([f for f in findings if f.severity is outcome and outcome > Severity.COMPLY])
    if worst:
        others = len({(f.component, f.code) for f in worst}) - 1
        more = f" {others} more of that severity." if others else ""
        return f"{worst[0].message}{more}"
    open_duties = sorted({d.duty for d in case.duties if d.duty not in NOTICE_DUTIES})
    if open_duties:
        return (
            f"Every license in {artifact.name} allows this, with duties: {', '.join(open_duties)}."
        )
    remarks = gravest([f for f in findings if f.severity is outcome and outcome is Severity.COMPLY])
    if remarks:
        return remarks[0].message
    if case.duties:
        return f"Every license in {artifact.name} allows this; texts and notices travel with it."
    return f"Nothing that is in {artifact.name} asks for anything under profile {artifact.profile}."


def to_do(case: Case, outcome: Severity, findings: Sequence[Finding], plan: Plan | None) -> str:
    """What to do next, in one sentence."""
    title = f"{plan.title}: " if plan is not None and plan.title else ""
    if outcome is Severity.LATENT:
        first = f". {title}{plan.edits[0]}" if plan is not None and plan.edits else ""
        return (
            f"Nothing is owed as it is deployed now; decide before it is handed to anyone{first}."
        )
    worst = gravest([f for f in findings if f.severity is outcome and outcome > Severity.COMPLY])
    if worst and outcome is Severity.REVIEW:
        asked = worst[0].remedy
        if asked and asked not in [r.title for r in worst[0].remedies]:
            title = f"{asked} Or: {title}"
    if plan is not None and plan.edits:
        # More than twice as many are no plan for one sentence: where it starts, and how much it is.
        shown = 1 if len(plan.edits) > 2 * SHOWN_EDITS else SHOWN_EDITS
        more = len(plan.edits) - shown
        rest = f"; and {more} more" if more > 0 else ""
        return f"{title}{'; '.join(plan.edits[:shown])}{rest}."
    if worst and worst[0].remedy:
        return worst[0].remedy
    open_duties = [d for d in case.duties if d.satisfied_by is None and d.duty not in NOTICE_DUTIES]
    if open_duties:
        names = ", ".join(sorted({d.duty for d in open_duties}))
        before = "users reach it" if names == "network-source" else "handing it over"
        return f"Meet the duties before {before}: {names}."
    if any(d.satisfied_by is None for d in case.duties):
        return "Ship the license texts and notices with it."
    return "Nothing."
