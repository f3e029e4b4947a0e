"""Table cases of a policy: a graph in a few lines and the expected answer, written by lawyers.

    version: 1
    tests:
      - case: driver-linked
        why: one Go binary; the plug-in's own label hides the driver
        parts: {app: ours, plugin: Apache-2.0, driver: GPL-3.0-only}
        uses: [app import-static plugin, plugin import-static driver]
        ship: {what: app, profile: on-prem}
        expect: {verdict: block, findings: [strong-copyleft-ships driver], reach: [app, plugin]}
        strict: {verdict: block}

`before: {driver: MIT}` says which parts the base had, under which license; the others are new.
`expect` holds under every preset; a key of `common` or `strict` takes its place there. `findings`
are all that are worse than comply, and those of severity comply that a case wants to see.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from compliance.errors import UsageError
from compliance.findings import Severity
from compliance.graph import Artifact, DependencyGraph, Edge, Node
from compliance.policy.codes import OTHER_CODES, PRESETS
from compliance.policy.document import Policy, PolicySource, Resolver, load_policy
from compliance.policy.evaluation import Judgement, evaluate
from compliance.policy.grammar import (
    BOUNDARY,
    CHOICE,
    CURATION,
    DEPLOYMENT_FACTS,
    EDGE_KINDS,
    LINE,
    NAME,
    NODE_KINDS,
    PROFILE_NAMES,
    PROVIDERS,
    RULE,
    SEVERITIES,
    Bool,
    Day,
    Expression,
    Json,
    Kind,
    ListOf,
    MapOf,
    Platform,
    Record,
    Settings,
    Text,
    Word,
)  # fmt: skip
from compliance.policy.terms import atoms, parse
from compliance.policy.world import Before
from compliance.policy.yamlfile import Scalar, Value, nearest, read_yaml, refuse, shown
from compliance.value import dataclass

DEFAULT_DAY = "2026-01-01"
"""The day of a case that names none, so that a case says the same for ever."""


@dataclass(frozen=True, slots=True)
class Part:
    """A node: `ours`, a license, `unknown`, or a record."""

    record = Record({
        "license": (Expression(unknown=True), False),
        "kind": (Word(NODE_KINDS), False),
        "ours": (Bool(), False),
        "modified": (Bool(), False),
        "unresolved": (Bool(), False),
        "header_material": (Bool(), False),
        "gpl_only_helpers": (Bool(), False),
        "elf_license": (Text(), False),
        "change_date": (Day(), False),
        "change_license": (Expression(), False),
    })  # fmt: skip

    def read(self, file: str, key: str, value: Value) -> Json:
        """The fields of a node."""
        if not isinstance(value, Scalar):
            return self.record.read(file, key, value)
        text = value.text.strip()
        if text in ("ours", "unknown"):
            return {LINE: value.line, "ours": text == "ours"}
        return {LINE: value.line, "license": Expression().read(file, key, value)}

    def schema(self) -> Json:
        """A word, a license or an object."""
        return {"anyOf": [{"type": "string"}, self.record.schema()]}


EXPECT = Record({
    "verdict": (Word(SEVERITIES), False),
    "findings": (ListOf(Text()), False),
    "umbrella": (Text(), False),
    "reach": (ListOf(NAME), False),
    "path": (ListOf(NAME), False),
    "duties": (ListOf(Text()), False),
    "elects": (MapOf(Expression(checked=False), NAME), False),
    "remedies": (ListOf(Text()), False),
    "flips": (ListOf(Text()), False),
})  # fmt: skip
_YES: tuple[Kind, bool] = (Bool(), False)
SHIP = Record({
    "what": (NAME, True),
    "profile": (Word(PROFILE_NAMES), False),
    "outbound": (Expression(), False),
    "platforms": (ListOf(Platform(), single=True), False),
    **dict.fromkeys(DEPLOYMENT_FACTS, _YES),
})  # fmt: skip
CASE = Record({
    "case": (NAME, True),
    "why": (Text(), False),
    "parts": (MapOf(Part(), NAME), True),
    "uses": (ListOf(Text()), False),
    "before": (MapOf(Expression(unknown=True), NAME), False),
    "ship": (SHIP, True),
    "as_of": (Day(), False),
    "interpretations": (Settings(), False),
    "choices": (ListOf(CHOICE), False),
    "curations": (ListOf(CURATION), False),
    "boundaries": (ListOf(BOUNDARY), False),
    "rules": (ListOf(RULE), False),
    "expect": (EXPECT, True),
    "common": (EXPECT, False),
    "strict": (EXPECT, False),
})  # fmt: skip
CASES = Record({"version": (Word(("1",)), True), "tests": (ListOf(CASE), True)})


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One case under one preset; `differences` say `what: want X, found Y`."""

    name: str
    preset: str
    file: str
    line: int
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return not self.differences


def policy_test(
    sources: Sequence[PolicySource], *, layers: Sequence[PolicySource | str] = (),
    resolve: Resolver | None = None,
) -> tuple[CaseResult, ...]:  # fmt: skip
    """Run table cases.

    Args:
        sources: Files of cases.
        layers: Policy files to test; without any, every case runs under both presets.
        resolve: Reads files named in `extends` of the layers.

    Raises:
        UsageError: a case that cannot be read, with file and line.
    """
    results: list[CaseResult] = []
    for source in sources:
        document = CASES.read(source.name, "", read_yaml(source.name, source.data))
        if not document["tests"]:
            refuse(source.name, 1, "tests: no case, so nothing is tested")
        seen: dict[str, int] = {}
        for record in document["tests"]:
            first = seen.setdefault(record["case"], record[LINE])
            if first != record[LINE]:
                message = f"tests: {shown(record['case'])} is there twice, first in line {first}"
                refuse(source.name, record[LINE], message)
            for preset in PRESETS if not layers else ("policy",):
                chosen: Sequence[PolicySource | str] = layers or (_preset(preset),)
                differences = _run(source.name, record, chosen, preset, resolve)
                results.append(
                    CaseResult(
                        name=record["case"], preset=preset, file=source.name,
                        line=record[LINE], differences=differences,
                    )
                )  # fmt: skip
    return tuple(results)


def _preset(name: str) -> PolicySource:
    return PolicySource(name=f"preset {name}", data=f"version: 1\nextends: {name}\n".encode())


def _run(
    file: str, record: Json, layers: Sequence[PolicySource | str], preset: str,
    resolve: Resolver | None,
) -> tuple[str, ...]:  # fmt: skip
    from compliance.policy.document import overlay
    from compliance.value import replace

    policy = overlay(load_policy(layers, resolve=resolve), file, record)
    graph = case_graph(file, record)
    ship = {k: v for k, v in record["ship"].items() if k not in ("what", LINE)}
    root = record["ship"]["what"]
    if root not in graph.nodes:
        refuse(
            file, record["ship"][LINE], f"ship: no part {shown(root)}{nearest(root, graph.nodes)}"
        )
    _check_findings(file, record, policy, graph)
    _check_names(file, record, policy, graph)
    artifact = replace(Artifact(name=root, root=root, main=root), **ship)
    day = datetime.date.fromisoformat(record.get("as_of", DEFAULT_DAY))
    wanted = {**record["expect"], **record.get(preset, {})}
    judged = evaluate(
        graph, [artifact], policy, as_of=day, advise="remedies" in wanted or "flips" in wanted,
        before=_before(file, record, graph),
    )  # fmt: skip
    return tuple(differences(judged, wanted))


def _before(file: str, record: Json, graph: DependencyGraph) -> Mapping[str, Before] | None:
    """What the base had; None where a case says nothing of a base."""
    if "before" not in record:
        return None
    for name in record["before"]:
        if name not in graph.nodes:
            message = f"before: no part {shown(name)}{nearest(name, graph.nodes)}"
            refuse(file, record[LINE], message)
    return {n: Before(version="", packages={n: x}) for n, x in record["before"].items()}


def _check_findings(file: str, record: Json, policy: Policy, graph: DependencyGraph) -> None:
    """Refuse what no finding can ever be: a slip would look like a verdict that fails."""
    codes = {*policy.rules, *policy.defaults, *OTHER_CODES}
    for key in ("expect", *PRESETS):
        for text in record.get(key, {}).get("findings", ()):
            code, _, component = text.partition(" ")
            if code not in codes:
                message = f"{key}.findings: no finding {shown(code)}{nearest(code, codes)}"
                refuse(file, record[key][LINE], message)
            if component and component not in graph.nodes:
                message = f"{key}.findings: no part {shown(component)}"
                refuse(file, record[key][LINE], message + nearest(component, graph.nodes))


def _check_names(
    file: str, record: Json, policy: Policy, graph: DependencyGraph
) -> None:  # fmt: skip
    """Refuse what would be about nothing: a case without expectation, a choice of no part."""
    if not any(set(record.get(key, {})) - {LINE} for key in ("expect", *PRESETS)):
        refuse(file, record[LINE], f"{record['case']}: expect: says nothing, so nothing is tested")
    named = [(c.component, c.where) for c in policy.choices]
    named += [(c.component, c.where) for c in policy.curations]
    for pattern, where in named:
        if where.file == file and not any(pattern.covers(n) for n in graph.nodes):
            near = nearest(pattern.name, graph.nodes)
            refuse(file, where.line, f"no part {shown(pattern.name)}{near}")
    for name, part in record["parts"].items():
        if ("change_date" in part) != ("change_license" in part):
            message = f"parts: {shown(name)}: change_date and change_license belong together"
            refuse(file, part[LINE], message)


def case_graph(file: str, record: Mapping[str, Any]) -> DependencyGraph:
    """The graph that `parts` and `uses` describe."""
    nodes = [
        Node(
            id=name, kind=part.get("kind", "package"), license=part.get("license"),
            first_party=part.get("ours", False), modified=part.get("modified", False),
            unresolved=part.get("unresolved", False), header_material=_of_headers(part),
            gpl_only_helpers=part.get("gpl_only_helpers", False),
            elf_license=part.get("elf_license"), change_date=part.get("change_date"),
            change_license=part.get("change_license"), file=file, line=part[LINE],
        )
        for name, part in record["parts"].items()
    ]  # fmt: skip
    names = {n.id for n in nodes}
    edges = [_use(file, record[LINE], text, names) for text in record.get("uses", ())]
    return DependencyGraph(nodes, edges)


def _of_headers(part: Mapping[str, Any]) -> tuple[str, ...]:
    term = parse(part.get("license")) if part.get("header_material") else None
    return tuple(str(a) for a in atoms(term)) if term is not None else ()


def _use(file: str, line: int, text: str, names: set[str]) -> Edge:
    """`A KIND B[, by user][, tight][, on linux/amd64]`."""
    head, *options = (part.strip() for part in text.split(","))
    words = head.split()
    if len(words) != len(("source", "kind", "target")):
        refuse(file, line, f"uses: {shown(text)}: want `A import-static B`")
    source, kind, target = words
    for name in (source, target):
        if name not in names:
            refuse(file, line, f"uses: {shown(text)}: no part {shown(name)}{nearest(name, names)}")
    if kind not in EDGE_KINDS:
        refuse(file, line, f"uses: {shown(text)}: no kind {shown(kind)}{nearest(kind, EDGE_KINDS)}")
    by, tight, cells = "us", False, []
    for option in options:
        word, _, rest = option.partition(" ")
        if option == "tight":
            tight = True
        elif word == "by" and rest in PROVIDERS:
            by = rest
        elif word == "on" and rest:
            cells.append(Platform().read(file, f"uses: {shown(text)}", Scalar(rest, True, line)))
        else:
            refuse(file, line, f"uses: {shown(text)}: want `by user`, `tight` or `on PLATFORM`")
    return Edge(
        source=source, target=target, kind=kind, by=by, tight=tight,  # type: ignore[arg-type]  # words of the grammar
        cells=frozenset(cells), file=file, line=line,
    )  # fmt: skip


def differences(judged: Judgement, wanted: Mapping[str, Any]) -> list[str]:
    """Every expectation that does not hold."""
    verdict = judged.verdicts[0]
    found: list[str] = []
    if "verdict" in wanted and verdict.outcome.word != wanted["verdict"]:
        why = ", ".join(f"{f.code} {f.component}" for f in judged.findings) or "no finding"
        found.append(f"verdict: want {wanted['verdict']}, found {verdict.outcome.word} ({why})")
    if "findings" in wanted:
        found += _finding_differences(judged, wanted["findings"])
    if "umbrella" in wanted:
        shown_umbrella = verdict.umbrella or "none"
        if shown_umbrella != wanted["umbrella"]:
            found.append(f"umbrella: want {wanted['umbrella']}, found {shown_umbrella}")
    worst = [f for f in judged.findings if f.path]
    if "reach" in wanted:
        reach = sorted({r for f in worst for r in f.reach})
        if reach != sorted(wanted["reach"]):
            found.append(f"reach: want {sorted(wanted['reach'])}, found {reach}")
    if "path" in wanted:
        path = tuple(h.node for h in worst[0].path) if worst else ()
        if path != wanted["path"]:
            found.append(f"path: want {list(wanted['path'])}, found {list(path)}")
    return found + _other_differences(judged, wanted)


def _other_differences(judged: Judgement, wanted: Mapping[str, Any]) -> list[str]:
    verdict = judged.verdicts[0]
    found: list[str] = []
    duties = {f"{d.component} {d.duty}" for d in verdict.duties}
    found += [f"duties: {d} is missing" for d in wanted.get("duties", ()) if d not in duties]
    taken = {e.component: e.elected for e in verdict.elections}
    for component, license_ in wanted.get("elects", {}).items():
        if str(parse(taken.get(component))) != str(parse(license_)):
            found.append(f"elects {component}: want {license_}, found {taken.get(component)}")
    kinds = {f"{r.kind} {r.verdict_after.word}" for f in judged.findings for r in f.remedies}
    found += [f"remedies: {r} is missing" for r in wanted.get("remedies", ()) if r not in kinds]
    flipped = {
        f"{x.switch} {x.to} {x.verdict.word}" for f in judged.findings for x in f.flips or ()
    }
    found += [f"flips: {x} is missing" for x in wanted.get("flips", ()) if x not in flipped]
    return found


def _finding_differences(judged: Judgement, wanted: Sequence[str]) -> list[str]:
    """`code` or `code component`; worse than comply exactly, comply where wanted."""
    have = {f"{f.code} {f.component}": f for f in judged.findings}
    want = {w if " " in w else next((h for h in have if h.split()[0] == w), w) for w in wanted}
    missing = sorted(want - set(have))
    extra = sorted(h for h, f in have.items() if f.severity > Severity.COMPLY and h not in want)
    found = [f"findings: {m} is missing" for m in missing]
    return found + [f"findings: {e} was not expected" for e in extra]


def cases_schema() -> Json:
    """JSON Schema of a file of cases."""
    schema = CASES.schema()
    schema["properties"]["version"] = {"const": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "compliance/policy-cases/1",
        "title": "Table cases of a policy",
        **schema,
    }


__all__ = ["CaseResult", "UsageError", "cases_schema", "policy_test"]
