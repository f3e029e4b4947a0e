"""Policy: files, layers, and the values that judging needs.

Layers, later wins (policy-model 8.7): preset < files of `extends` < .compliance.yaml < each
`--policy` in order. A preset that a layer extends lies right under it: what an organisation builds
on is not undone by the file that it is laid over. Reading files is the caller's work: a layer is a
name with its bytes.
"""

from __future__ import annotations

import difflib
import hashlib
import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from compliance.errors import UsageError
from compliance.findings import Severity
from compliance.graph import Edge, Node
from compliance.policy.codes import NAMED, OTHER_CODES, PACKS, PRESETS, pack_rules, rule_codes
from compliance.policy.facts import data_bytes, data_file
from compliance.policy.grammar import DEPLOYMENT_FACTS, DOCUMENT, LINE
from compliance.policy.purl import Pattern, too_wide
from compliance.policy.yamlfile import nearest, read_yaml, shown
from compliance.value import dataclass, replace

DEEPEST_EXTENDS = 8
"""Files that extend files that extend files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySource:
    """A policy file: its name as messages show it, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where an entry stands."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who supplies the subject and answers for its bill of materials, as they declared it."""

    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A declared artifact; None where the declaration is silent."""

    name: str
    build: str
    profile: str | None
    outbound: str | None
    platforms: tuple[str, ...]
    facts: Mapping[str, bool]
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A declared edge; ends are artifacts, packages, modules or components."""

    edge: Edge
    evidence: str | None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """A claim that two sides are kept apart."""

    between: tuple[str, str]
    kind: str
    evidence: str | None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`then` is a severity word or `as-switched`.

    `under` is the rule of an earlier layer with this id, which counts where this one does not hold.
    """

    id: str
    when: Mapping[str, Any]
    unless: Mapping[str, Any] | None
    then: str
    say: str | None
    remedies: tuple[str, ...]
    where: Where
    preset: bool = False
    under: Rule | None = None

    def chain(self) -> Iterator[Rule]:
        """This rule, then those under it."""
        rule: Rule | None = self
        while rule is not None:
            yield rule
            rule = rule.under


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An election under OR that a person made."""

    component: Pattern
    take: str
    by: str
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Curation:
    """A correction of what was found, with its reason."""

    component: Pattern
    license: str | None
    because: str
    evidence: str | None
    modified: bool | None
    first_party: bool | None
    change_date: str | None
    change_license: str | None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An exemption with owner and end (policy-model 5.1); days are ISO 8601."""

    id: str
    rule: str
    component: Pattern
    artifact: str
    license: str
    text_sha256: str | None
    state: str
    conditions: tuple[str, ...]
    owner: str
    approver: str
    reason: str
    ticket: str
    created: str | None
    expires: str
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All layers together. `files` are (name, sha256) of what was read; `common` the values of
    the preset `common`, which the report shows as defaults. `elsewhere` says that the policy was
    written for another revision: what it names and nobody has here is left out."""  # noqa: D205, D209

    preset: str
    files: tuple[tuple[str, str], ...]
    as_of: str | None
    interpretations: Mapping[str, str]
    common: Mapping[str, str]
    deployments: tuple[Deployment, ...]
    components: tuple[Node, ...]
    links: tuple[Link, ...]
    boundaries: tuple[Boundary, ...]
    rules: Mapping[str, Rule]
    defaults: Mapping[str, Rule]
    choices: tuple[Choice, ...]
    curations: tuple[Curation, ...]
    waivers: tuple[Waiver, ...]
    publisher: Publisher | None = None
    elsewhere: bool = False


Resolver = Callable[[str, str], PolicySource]
"""(path as written in `extends`, name of the file that says so) -> the file; raises UsageError."""


def load_policy(
    layers: Iterable[PolicySource | str] = (), *, resolve: Resolver | None = None
) -> Policy:
    """Read presets and files into one policy.

    Args:
        layers: .compliance.yaml first, then each --policy in order; a text names a preset.
        resolve: Gives the bytes of a file named in `extends`; None refuses every file.

    Raises:
        UsageError: `FILE:LINE: message` for the first mistake.
    """
    stack = _Stack(resolve)
    for layer in layers:
        stack.layer(layer)
    return stack.policy()


def overlay(policy: Policy, file: str, record: Mapping[str, Any]) -> Policy:
    """A policy with the `interpretations`, `rules`, `choices`, ... of a record on top."""
    rules = {
        r["id"]: replace(_rule(file, r, preset=False), under=policy.rules.get(r["id"]))
        for r in record.get("rules", ())
    }
    return replace(
        policy,
        interpretations={**policy.interpretations, **record.get("interpretations", {})},
        rules={**policy.rules, **rules},
        choices=(*policy.choices, *(_choice(file, r) for r in record.get("choices", ()))),
        curations=(*policy.curations, *(_curation(file, r) for r in record.get("curations", ()))),
        boundaries=(
            *policy.boundaries, *(_boundary(file, r) for r in record.get("boundaries", ())),
        ),
    )  # fmt: skip


class _Stack:
    """Layers on the way to a policy."""

    def __init__(self, resolve: Resolver | None) -> None:
        self._resolve = resolve
        self._base: str | None = None
        self._named: str | None = None
        self._layers = 0
        self._documents: list[tuple[str, dict[str, Any], bool]] = []
        self._files: dict[str, str] = {}

    def layer(self, layer: PolicySource | str) -> None:
        """.compliance.yaml or what a --policy names, over what there is."""
        self._layers += 1
        if isinstance(layer, str):
            self.preset_layer(layer)
        else:
            self.add(layer, ())

    def preset_layer(self, name: str) -> None:
        if name in PACKS:
            self._pack(name)
            return
        if name not in PRESETS:
            raise UsageError(f"no preset {shown(name)}{nearest(name, NAMED)}")
        self._named = name
        self._documents.extend(_preset_documents(name))

    def add(self, source: PolicySource, chain: tuple[str, ...]) -> None:
        """A file after the files that it extends."""
        tree = read_yaml(source.name, source.data)
        document = DOCUMENT.read(source.name, "", tree)
        said = tree.get("extends")
        line = said.line if said is not None else document[LINE]
        if len(chain) >= DEEPEST_EXTENDS:
            raise UsageError(
                f"extends deeper than {DEEPEST_EXTENDS} files", file=source.name, line=line
            )
        for name in document.get("extends", ()):
            if name in PRESETS:
                self._extended_preset(name)
            elif name in PACKS:
                self._pack(name)
            else:
                known = (*chain, source.name)
                found = self._extended(name, source.name, line)
                if found.name in known:
                    circle = " -> ".join((*known, found.name))
                    raise UsageError(f"extends in a circle: {circle}", file=source.name, line=line)
                self.add(found, known)
        self._files[source.name] = hashlib.sha256(source.data).hexdigest()
        self._documents.append((source.name, document, False))

    def _extended_preset(self, name: str) -> None:
        """The preset of the first layer lies under everything; that of a later one over those
        before it. `common` lies under everything anyway, and takes nothing back."""  # noqa: D205, D209
        if self._layers == 1:
            self._base = name
        elif name != "common":
            self.preset_layer(name)

    def _pack(self, name: str) -> None:
        file = f"{name}.yaml"
        data = data_bytes(file)
        if file not in self._files:
            self._files[file] = hashlib.sha256(data).hexdigest()
            self._documents.append((file, DOCUMENT.read(file, "", read_yaml(file, data)), False))

    def _extended(self, name: str, by: str, line: int) -> PolicySource:
        clean = posixpath.normpath(posixpath.join(posixpath.dirname(by), name))
        if name.startswith("/") or "\\" in name or clean.startswith("../") or clean == "..":
            raise UsageError(
                f"extends {shown(name)}: outside of the repository", file=by, line=line
            )
        if self._resolve is None:
            near = nearest(name, NAMED)
            raise UsageError(f"extends {shown(name)}: no such preset{near}", file=by, line=line)
        try:
            return self._resolve(name, by)
        except UsageError as error:
            near = nearest(name, NAMED)
            near = near if near.startswith("; did") and "." not in name else ""
            raise UsageError(
                f"extends {shown(name)}: {error.message}{near}", file=by, line=line
            ) from None

    def policy(self) -> Policy:
        preset = self._base or "common"
        documents = [*_preset_documents(preset), *self._documents]
        merged = _merge(documents)
        switches = {k: v for _, d, _ in documents for k, v in d.get("interpretations", {}).items()}
        return Policy(
            preset=self._named or preset,
            files=tuple(self._files.items()),
            interpretations=switches,
            common=dict(_preset_documents("common")[0][1]["interpretations"]),
            **merged,
        )


def _preset_documents(name: str) -> list[tuple[str, dict[str, Any], bool]]:
    """The documents of a preset, the one it extends first, in the form that files have."""
    document = _from_plain(data_file(f"{name}.yaml"))
    own = (f"{name}.yaml", document, True)
    base = document.get("extends")
    return [*(_preset_documents(base) if base else ()), own]


def _from_plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """A preset that was read as plain data; tests hold it against the strict grammar."""
    words = {True: "yes", False: "no"}
    return {
        "extends": data.get("extends"),
        "interpretations": {
            k: words[v] if isinstance(v, bool) else str(v)
            for k, v in data.get("interpretations", {}).items()
        },
        "rules": tuple(
            {LINE: 0, **rule, "when": _facts(rule.get("when", {}))}
            for rule in data.get("rules", ())
        ),
    }


def _facts(when: Mapping[str, Any]) -> dict[str, Any]:
    """One-value lists written without brackets, as the grammar reads them."""
    lists = ("license", "reach", "fires", "restriction", "umbrella", "profile", "node")
    found: dict[str, Any] = {}
    for key, value in when.items():
        several = tuple(value) if isinstance(value, list) else (value,)
        found[key] = several if key in lists else value
    return found


def preset_bytes(name: str) -> bytes:
    """The text of a preset, for people who want to read or copy it."""
    return data_bytes(f"{name}.yaml")


def _merge(documents: Sequence[tuple[str, dict[str, Any], bool]]) -> dict[str, Any]:
    """Later layers win: by name where entries have one, else all of them in order."""
    rules: dict[str, Rule] = {}
    defaults: dict[str, Rule] = {}
    deployments: dict[str, Deployment] = {}
    components: dict[str, Node] = {}
    waivers: dict[str, Waiver] = {}
    choices: dict[str, Choice] = {}
    links: list[Link] = []
    boundaries: list[Boundary] = []
    curations: list[Curation] = []
    as_of: str | None = None
    publisher: Publisher | None = None
    for file, document, preset in documents:
        as_of = document.get("as_of", as_of)
        publisher = _publisher(document.get("publisher")) or publisher
        for record in _unique(file, "rules", document.get("rules", ()), "id"):
            rule = _rule(file, record, preset)
            if preset:
                defaults[rule.id] = rule
                rules[rule.id] = _over(rule, rules.get(rule.id))
            else:
                rules[rule.id] = replace(rule, under=rules.get(rule.id))
        for name, record in document.get("deployments", {}).items():
            deployments[name] = _deployment(file, name, record)
        for record in _unique(file, "components", document.get("components", ()), "id"):
            components[record["id"]] = _component(file, record)
        for record in _unique(file, "waivers", document.get("waivers", ()), "id"):
            waivers[record["id"]] = _waiver(file, record)
        for record in document.get("choices", ()):
            choices[record["component"]] = _choice(file, record)
        links += [_link(file, r) for r in document.get("links", ())]
        boundaries += [_boundary(file, r) for r in document.get("boundaries", ())]
        curations += [_curation(file, r) for r in document.get("curations", ())]
    _check_rules(waivers.values(), rules)
    return {
        "as_of": as_of, "rules": rules, "defaults": defaults,
        "deployments": tuple(deployments.values()), "components": tuple(components.values()),
        "waivers": tuple(waivers.values()), "choices": tuple(choices.values()),
        "links": tuple(links), "boundaries": tuple(boundaries), "curations": tuple(curations),
        "publisher": publisher,
    }  # fmt: skip


def _over(preset: Rule, below: Rule | None) -> Rule:
    """The rule of a preset laid over those of files: only what they make graver is left of them."""
    said = [r for r in below.chain() if not r.preset] if below is not None else []
    made = preset
    for rule in reversed(said):
        if "as-switched" not in (rule.then, preset.then) and (
            Severity.of(rule.then) > Severity.of(preset.then)
        ):
            made = replace(rule, under=made)
    return made


def _unique(file: str, key: str, records: Sequence[dict[str, Any]], name: str) -> Any:  # noqa: ANN401
    seen: dict[str, int] = {}
    for record in records:
        if record[name] in seen:
            first = seen[record[name]]
            message = f"{key}: {shown(record[name])} is declared twice, first in line {first}"
            raise UsageError(message, file=file, line=record[LINE])
        seen[record[name]] = record[LINE]
    return records


def _where(file: str, record: Mapping[str, Any]) -> Where:
    return Where(file=file, line=record[LINE])


def _publisher(record: Mapping[str, Any] | None) -> Publisher | None:
    return Publisher(**_bare(record)) if record else None


def _deployment(file: str, name: str, record: Mapping[str, Any]) -> Deployment:
    return Deployment(
        name=name, build=record["build"], profile=record.get("profile"),
        outbound=record.get("outbound"), platforms=record.get("platforms", ()),
        facts={k: record[k] for k in DEPLOYMENT_FACTS if k in record},
        where=_where(file, record),
    )  # fmt: skip


def _component(file: str, record: Mapping[str, Any]) -> Node:
    if ("change_date" in record) != ("change_license" in record):
        raise UsageError(
            f"components: {shown(record['id'])}: change_date and change_license belong together",
            file=file, line=record[LINE],
        )  # fmt: skip
    return Node(
        id=record["id"], kind=record.get("kind", "binary"),
        component=record["id"] if record["id"].startswith("pkg:") else None,
        license=_said(record.get("license")), first_party=record.get("first_party", False),
        modified=record.get("modified", False),
        gpl_only_helpers=record.get("gpl_only_helpers", False),
        elf_license=record.get("elf_license"), change_date=record.get("change_date"),
        change_license=record.get("change_license"), version=record.get("version"),
        supplier=record.get("supplier"), file=file, line=record[LINE],
    )  # fmt: skip


def _said(license_: str | None) -> str | None:
    """None for a license that the declaration calls unknown."""
    return None if license_ == "NOASSERTION" else license_


def _link(file: str, record: Mapping[str, Any]) -> Link:
    if record["from"] == record["to"]:
        raise UsageError(
            f"links: from and to are both {shown(record['to'])}", file=file, line=record[LINE]
        )
    edge = Edge(
        source=record["from"], target=record["to"], kind=record["kind"],
        by=record.get("by", "us"), tight=record.get("tight", False), file=file, line=record[LINE],
    )  # fmt: skip
    return Link(edge=edge, evidence=record.get("evidence"), where=_where(file, record))


def _boundary(file: str, record: Mapping[str, Any]) -> Boundary:
    if len({n.removeprefix("./").rstrip("/") for n in record["between"]}) == 1:
        raise UsageError(
            f"boundaries: both sides are {shown(record['between'][0])}",
            file=file, line=record[LINE],
        )  # fmt: skip
    return Boundary(
        between=record["between"], kind=record["kind"], evidence=record.get("evidence"),
        where=_where(file, record),
    )  # fmt: skip


PLACEHOLDERS = ("license", "component", "artifact", "profile", "umbrella", "path")
"""What `say` may name in braces."""

NEAR_MISS = 0.9
"""A rule of its own may not be called nearly as a finding code: it would decide nothing there."""


def _rule(file: str, record: Mapping[str, Any], preset: bool) -> Rule:
    if not preset:
        _check_rule(file, record)
    return Rule(
        id=record["id"], when=_bare(record.get("when", {})),
        unless=_bare(record["unless"]) if "unless" in record else None,
        then=record["then"], say=record.get("say"),
        remedies=tuple(record.get("remedies", ())), where=_where(file, record), preset=preset,
    )  # fmt: skip


def _check_rule(file: str, record: Mapping[str, Any]) -> None:
    """Refuse rules that would silently do nothing."""

    def refuse_rule(message: str) -> NoReturn:
        raise UsageError(f"rules: {shown(record['id'])}: {message}", file=file, line=record[LINE])

    for name in re.findall(r"\{([^{}]*)\}", record.get("say", "")):
        if name not in PLACEHOLDERS:
            refuse_rule(f"say: no value {{{shown(name)}}}{nearest(name, PLACEHOLDERS)}")
    if hole := _never_holds(record):
        refuse_rule(f"unless: {hole}")
    for conditions in (record.get("when", {}), record.get("unless", {})):
        for name in conditions.get("component", ()):
            _pattern(file, record, name, wide=True)
    codes = rule_codes()
    if record["id"] in codes:
        return
    near = difflib.get_close_matches(record["id"], codes, n=1, cutoff=NEAR_MISS)
    if near:
        refuse_rule(f"did you mean {near[0]}? A rule of its own needs another name")
    if record["then"] in ("pass", "as-switched"):
        refuse_rule(
            f"then: {record['then']} belongs to the rule of a finding code (a rule of its own adds"
            " findings, it takes none away)"
        )


def _never_holds(record: Mapping[str, Any]) -> str:
    """Why an `unless` holds wherever `when` does, "" where it does not."""
    if "unless" not in record:
        return ""
    when, unless = _bare(record.get("when", {})), _bare(record["unless"])
    if not unless:
        return "says nothing, so the rule would never hold; take it out"
    taken = all(
        key in when
        and (set(when[key]) <= set(value) if isinstance(value, tuple) else when[key] == value)
        for key, value in unless.items()
    )
    return "takes away all that when names, so the rule would never hold" if taken else ""


def _bare(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return {k: v for k, v in record.items() if k != LINE}


def _pattern(
    file: str, record: Mapping[str, Any], text: str, *, wide: bool = False
) -> Pattern:  # fmt: skip
    """A component; one that would cover what strangers own is refused like a wildcard."""
    try:
        pattern = Pattern.parse(text)
    except ValueError as error:
        raise UsageError(
            f"component {shown(text)}: {error}", file=file, line=record[LINE]
        ) from None
    if not wide and too_wide(pattern):
        raise UsageError(
            f"component {shown(text)}: covers more than a module; name the module",
            file=file, line=record[LINE],
        )  # fmt: skip
    return pattern


def _choice(file: str, record: Mapping[str, Any]) -> Choice:
    if " OR " in record["take"]:
        raise UsageError(
            f"choices: take {shown(record['take'])}: a choice names what is taken, without OR",
            file=file, line=record[LINE],
        )  # fmt: skip
    return Choice(
        component=_pattern(file, record, record["component"]), take=record["take"],
        by=record.get("by", "policy"), where=_where(file, record),
    )  # fmt: skip


def _curation(file: str, record: Mapping[str, Any]) -> Curation:
    if ("change_date" in record) != ("change_license" in record):
        raise UsageError(
            "curations: change_date and change_license belong together",
            file=file, line=record[LINE],
        )  # fmt: skip
    if not set(record) & {"license", "modified", "first_party", "change_date"}:
        raise UsageError(
            "curations: says nothing; want license, modified, first_party or change_date",
            file=file, line=record[LINE],
        )  # fmt: skip
    owner = "license" not in record and record["component"].rstrip("/").count("/") > 0
    return Curation(
        component=_pattern(
            file, record, record["component"], wide=record.get("first_party", False) and owner
        ),
        license=record.get("license"), because=record["because"], evidence=record.get("evidence"),
        modified=record.get("modified"), first_party=record.get("first_party"),
        change_date=record.get("change_date"), change_license=record.get("change_license"),
        where=_where(file, record),
    )  # fmt: skip


def _person(name: str) -> str:
    """A name as two spellings of the same one are compared."""
    return unicodedata.normalize("NFKC", name).strip().lstrip("@").casefold()


def _waiver(file: str, record: Mapping[str, Any]) -> Waiver:
    covers = record["covers"]
    if _person(record["approver"]) == _person(record["owner"]):
        raise UsageError(
            f"waivers: {shown(record['id'])}: the approver must be somebody else than the owner",
            file=file, line=record[LINE],
        )  # fmt: skip
    if record.get("created", "") > record["expires"]:
        raise UsageError(
            f"waivers: {shown(record['id'])}: expires before it was created",
            file=file, line=record[LINE],
        )  # fmt: skip
    return Waiver(
        id=record["id"], rule=covers["rule"],
        component=_pattern(file, record, covers["component"]), artifact=covers["artifact"],
        license=covers["license"], text_sha256=covers.get("text_sha256"), state=record["state"],
        conditions=record.get("conditions", ()), owner=record["owner"],
        approver=record["approver"], reason=record["reason"], ticket=record.get("ticket", ""),
        created=record.get("created"), expires=record["expires"], where=_where(file, record),
    )  # fmt: skip


def _check_rules(waivers: Iterable[Waiver], rules: Mapping[str, Rule]) -> None:
    known = {*rules, *OTHER_CODES, *pack_rules()}
    for waiver in waivers:
        if waiver.rule not in known:
            raise UsageError(
                f"waivers: {shown(waiver.id)}: no rule {shown(waiver.rule)}"
                f"{nearest(waiver.rule, known)}",
                file=waiver.where.file, line=waiver.where.line,
            )  # fmt: skip
