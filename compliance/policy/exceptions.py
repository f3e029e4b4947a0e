"""Exceptions that the CNCF Governing Board decided, from the file that it publishes.

The document (`license-exceptions/exceptions.json` of github.com/cncf/foundation) has `exceptions`
with package, license, status, project and scope, and `blanketExceptions` with licenses and scope.
A scope is a sentence; what it asks for becomes conditions of a waiver, which are checked against
the graph in every run. A scope that no condition says stays pending until a person has read it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance import patterns as re
from compliance.errors import MalformedInputError
from compliance.policy.terms import Term, atoms, parse
from compliance.policy.waiver import GRANTED_DAYS, LAST_EDGES, PENDING_DAYS, days_after, quoted
from compliance.policy.yamlfile import shown
from compliance.value import dataclass

MOST_EXCEPTIONS = 50_000
"""Entries of a file; the published one has some 500."""

EVERYBODY = "all cncf projects"

_FETCHED = re.compile(
    r"\bnot stored in [^.;]*?\bretrieved at [^.;]*?\b(?:installation|build)[^.;]*?\bfrom\b[^.;]*"
)
"""Fetched from upstream by whoever builds: not modified either, and no use at build time."""

_SCOPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (_FETCHED, "unmodified"),
    (re.compile(r"\bunmodified\b|\bnot modified\b|without modification"), "unmodified"),
    (
        re.compile(r"\bdynamic(?:ally)?[ -]link\w*(?: only)?|\bdynamic linking(?: only)?"),
        "dynamic-only",
    ),
    (
        re.compile(
            r"\b(?:build|install|test)(?:[- ](?:time|and[- ]test))?\b(?: dependency| tooling)?"
        ),
        "build-time-only",
    ),
    (re.compile(r"separate process|\barms?[- ]length|command[- ]line tool"), "separate-process"),
    (
        re.compile(r"in[- ]kernel|inside the kernel(?: \(not to any code[^)]*\))?|\bebpf\b"),
        "in-kernel-only",
    ),
)  # fmt: skip
_ELECTS = re.compile(
    r"\belect(?:s|ed|ing)?(?: to do so)?(?: under)?(?: the)?\s+"
    r"(?P<id>[A-Z0-9][A-Za-z0-9.+-]*[A-Za-z0-9+])"
    r"(?: license)?(?: \(rather than [^)]*\))?(?: and declare such election in its documentation)?",
    re.IGNORECASE,
)  # fmt: skip
_NOTHING = re.compile(r"\b(?:no scope restrictions?|not applicable|none)\b[^.]*")
_STORED = re.compile(r"\bstored\b|\bin a designated third[- ]party folder\b")
_FREE = re.compile(
    r"\b(?:allowed|approved|approval|applies|exception|only|if|for|to|when|used?|use|in|as|the|a|an|of"
    r"|is|are|be|must|either|or|and|also|furthermore|dependency|dependencies|files?|form|code|that"
    r"|runs?|run-?time|statically linked|libraries|library|vendored|go module|programs?"
    r"|any cncf project|this|using"
    r"|static(?:ally)? link(?:ing|ed) (?:is )?not (?:permitted|approved))\b"
    r"|\([ab]?\)|[\s,;.()-]"
)
"""Words of a scope that ask for nothing that the graph could contradict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decided case. `package` is "" for a blanket exception; `conditions` are what its scope
    asks for, `unread` the rest of the scope that no condition says."""  # noqa: D205, D209

    id: str
    package: str
    licenses: tuple[str, ...]
    approved: bool
    projects: tuple[str, ...]
    scope: str
    conditions: tuple[str, ...]
    unread: str
    decided: str


def read_exceptions(name: str, document: object) -> tuple[Decided, ...]:
    """The approved and denied cases of a file.

    Raises:
        MalformedInputError: it is no such document.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("exceptions"), Sequence):
        raise MalformedInputError("is no file of exceptions: want a list `exceptions`", file=name)
    found: list[Decided] = []
    for key, entry in _entries(name, document):
        status = entry.get("status", "approved")
        if status not in ("approved", "denied"):
            continue  # on the allow-list, or Apache-2.0: no exception is needed
        licenses = entry.get("licenses", entry.get("license"))
        texts = [licenses] if isinstance(licenses, str) else licenses
        if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise MalformedInputError(f"{key}: want license or licenses as text", file=name)
        scope = _text(name, key, entry, "scope")
        conditions, unread = conditions_of(scope)
        projects = entry.get("project", ())
        found.append(
            Decided(
                id=_text(name, key, entry, "id") or key,
                package=_package(_text(name, key, entry, "package")),
                licenses=tuple(_spdx(t) for t in texts), approved=status == "approved",
                projects=tuple(
                    str(p).strip()
                    for p in (projects.split(",") if isinstance(projects, str) else projects)
                ),
                scope=scope, conditions=conditions, unread=unread,
                decided=_text(name, key, entry, "approvedDate"),
            )
        )  # fmt: skip
    return tuple(found)


def _entries(name: str, document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for list_name in ("blanketExceptions", "exceptions"):
        entries = document.get(list_name, [])
        if not isinstance(entries, list) or len(entries) > MOST_EXCEPTIONS:
            raise MalformedInputError(
                f"{list_name}: want a list of at most {MOST_EXCEPTIONS} entries", file=name
            )
        for number, entry in enumerate(entries):
            if not isinstance(entry, Mapping):
                raise MalformedInputError(f"{list_name}[{number}]: want an object", file=name)
            yield f"{list_name}[{number}]", entry


def _text(name: str, key: str, entry: Mapping[str, Any], field: str) -> str:
    value = entry.get(field, "")
    if not isinstance(value, str):
        raise MalformedInputError(f"{key}.{field}: want text, found {shown(str(value))}", file=name)
    return " ".join(value.split())


def _package(text: str) -> str:
    return re.sub(r"^(?:https?://|pkg:golang/)", "", text).rstrip("/").partition("@")[0]


def _spdx(text: str) -> str:
    """`CC-BY-SA 4.0` as `CC-BY-SA-4.0`; what is no expression stays as it is."""
    plain = re.sub(r"(?<=[A-Za-z]) (?=\d)", "-", text.strip())
    if parse(plain) is None:
        parts = [p.strip() for p in re.split(r"[,/]", plain)]
        plain = " OR ".join(p for p in parts if parse(p) is not None)
    return plain or text


def conditions_of(scope: str) -> tuple[tuple[str, ...], str]:
    """Conditions that a scope asks for, and what is left of it that none of them says."""
    low = _NOTHING.sub(" ", " ".join(scope.lower().split()))
    found: list[str] = []
    for match in _ELECTS.finditer(scope):
        found.append(f"elected:{match['id']}")
        low = low.replace(match[0].lower(), " ")
    for pattern, condition in _SCOPES:
        if pattern.search(low):
            found.append(condition)
            low = pattern.sub(" ", low)
    low = _STORED.sub(" ", low)
    return tuple(dict.fromkeys(found)), " ".join(_FREE.sub(" ", low).split())


def covers(case: Decided, finding: Mapping[str, Any], project: str) -> bool:
    """Whether a case was decided about the component of a finding, for this project."""
    if project and case.projects and not any(
        p.lower() in (EVERYBODY, project.lower()) for p in case.projects
    ):  # fmt: skip
        return False
    wanted = parse(finding["license"])
    if wanted is None or not any(_has(parse(x), wanted) for x in case.licenses):
        return False
    name = str(finding["component"]).removeprefix("pkg:golang/").partition("@")[0]
    if not case.package:
        return _used_so(case, finding)
    tail = case.package.count("/") > 0 and name.endswith(f"/{case.package}")
    return name == case.package or name.startswith(f"{case.package}/") or tail


def _has(term: Term | None, wanted: Term) -> bool:
    names = {str(a).lower() for a in atoms(wanted)}
    return term is not None and names <= {str(a).lower() for a in atoms(term)}


def _used_so(case: Decided, finding: Mapping[str, Any]) -> bool:
    """A blanket exception is offered where the component is used as it asks."""
    kinds = [hop["edge"] for hop in finding["path"] if hop["edge"]]
    asked = [c for c in case.conditions if c in LAST_EDGES]
    return bool(kinds) and bool(asked) and all(kinds[-1] in LAST_EDGES[c] for c in asked)


def exception_waiver(
    case: Decided, finding: Mapping[str, Any], *, created: datetime.date, number: int
) -> tuple[str, ...]:  # fmt: skip
    """Lines of a waiver that a decided case gives for a finding.

    Granted where every word of the scope is a condition, else pending until a person has read it;
    a case that was denied stays as precedent.
    """
    readable = not case.unread
    state = "denied" if not case.approved else "granted" if readable else "pending-review"
    days = GRANTED_DAYS if state != "pending-review" else PENDING_DAYS
    reason = f"{case.id}, decided {case.decided or 'on an unknown day'}"
    reason += f": {case.scope}" if case.scope else ", without a scope"
    covered = {
        "rule": finding["code"], "component": finding["component"],
        "artifact": finding["artifact"], "license": finding["license"],
    }  # fmt: skip
    return (
        f"  - id: {re.sub(r'[^A-Za-z0-9.-]+', '-', case.id)}-{number}",
        "    covers:",
        *(f"      {key}: {quoted(str(value))}" for key, value in covered.items()),
        f"    state: {state}"
        + (f"  # no condition says: {shown(case.unread)}" if not readable else ""),
        f"    conditions: [{', '.join(quoted(c) for c in case.conditions)}]",
        "    owner: maintainers@example.com",
        "    approver: CNCF Governing Board",
        f"    reason: {quoted(reason)}",
        f"    created: {created.isoformat()}",
        f"    expires: {days_after(created, days).isoformat()}",
    )  # fmt: skip
