"""The policy language: one table of keys that both reads files and prints their JSON Schema.

Each kind of value reads itself from the YAML tree and describes itself as JSON Schema, so the two
cannot disagree. Mistakes are UsageErrors with file, line and the nearest valid word.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from compliance.errors import UsageError
from compliance.policy import yamlfile
from compliance.policy.facts import CATEGORIES, EVENTS, facts
from compliance.policy.switches import VALUES
from compliance.policy.terms import parse
from compliance.policy.yamlfile import BOOLEANS, Scalar, Value, nearest, refuse, shown
from compliance.value import dataclass

LONGEST_TEXT = 4_000
"""Characters of one value."""

Json = dict[str, Any]
LINE = "__line__"
"""Key under which a record carries the line where it starts."""


class Kind(Protocol):
    """A kind of value."""

    def read(self, file: str, key: str, value: Value) -> Any:  # noqa: ANN401 - by kind
        """The value; raises UsageError."""
        ...

    def schema(self) -> Json:
        """Its JSON Schema."""
        ...


def _scalar(file: str, key: str, value: Value, want: str) -> Scalar:
    if not isinstance(value, Scalar):
        refuse(file, value.line, f"{key}: want {want}")
    if len(value.text) > LONGEST_TEXT:
        refuse(file, value.line, f"{key}: longer than {LONGEST_TEXT} characters")
    return value


@dataclass(frozen=True, slots=True)
class Bool:
    """yes, no, true or false."""

    def read(self, file: str, key: str, value: Value) -> bool:
        """Booleans are plain words; `on`, `off`, `y`, 1 are mistakes."""
        scalar = _scalar(file, key, value, "yes or no")
        if not scalar.plain or scalar.text not in BOOLEANS:
            refuse(file, scalar.line, f"{key}: {shown(scalar.text)} is no boolean; write yes or no")
        return BOOLEANS[scalar.text]

    def schema(self) -> Json:
        """YAML 1.2 readers of a schema see `yes` and `no` as text."""
        return {"enum": [True, False, "yes", "no"]}


@dataclass(frozen=True, slots=True)
class Text:
    """Free text that is not empty."""

    pattern: str = ""
    want: str = "text"

    def read(self, file: str, key: str, value: Value) -> str:
        """The text, without outer blanks."""
        scalar = _scalar(file, key, value, self.want)
        text = scalar.text.strip()
        if not text:
            refuse(file, scalar.line, f"{key}: want {self.want}, found nothing")
        if text.startswith(("...", "…")):  # of a line that a remedy printed
            refuse(file, scalar.line, f"{key}: write {self.want} in place of {text}")
        if self.pattern and not re.fullmatch(self.pattern, text):
            refuse(file, scalar.line, f"{key}: {shown(text)}: want {self.want}")
        return text

    def schema(self) -> Json:
        """A string that is not empty."""
        extra = {"pattern": f"^(?:{self.pattern})$"} if self.pattern else {}
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, **extra}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a closed list."""

    words: Sequence[str]

    def read(self, file: str, key: str, value: Value) -> str:
        """The word; booleans are spelled yes and no."""
        scalar = _scalar(file, key, value, f"one of {', '.join(self.words)}")
        text = scalar.text
        if scalar.plain and text in BOOLEANS and text not in self.words:
            text = "yes" if BOOLEANS[text] else "no"
        if text not in self.words:
            near = nearest(text, self.words)
            refuse(file, scalar.line, f"{key}: {shown(scalar.text)} is not valid here{near}")
        return text

    def schema(self) -> Json:
        """An enum."""
        booleans = {"yes": True, "no": False}
        extra = [booleans[w] for w in self.words if w in booleans]
        return {"enum": [*self.words, *extra]}


PROPRIETARY = "proprietary"
"""The word for LicenseRef-proprietary."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An SPDX license expression, or `proprietary`."""

    unknown: bool = False
    """Whether NOASSERTION or `unknown` is allowed, for a license that is not known."""
    checked: bool = True
    """Whether every id has to be known; what repeats a finding may name what no list has."""

    def read(self, file: str, key: str, value: Value) -> str:
        """The expression; `proprietary` becomes LicenseRef-proprietary."""
        scalar = _scalar(file, key, value, "an SPDX license expression")
        text = scalar.text.strip()
        if self.unknown and text in ("NOASSERTION", "unknown"):
            return "NOASSERTION"
        if text.lower() in (PROPRIETARY, "licenseref-proprietary"):
            return "LicenseRef-proprietary"
        if self.checked:
            return known_expression(file, f"{key}: ", scalar.line, text)
        term = parse(text)
        if term is None:
            refuse(file, scalar.line, f"{key}: {shown(text)} is no SPDX license expression")
        try:
            return known_expression(file, f"{key}: ", scalar.line, text)
        except UsageError:
            return str(term)

    def schema(self) -> Json:
        """A string."""
        return {"type": "string", "minLength": 1, "description": "SPDX license expression"}


def known_expression(file: str, key: str, line: int, text: str) -> str:
    """An expression whose ids are known, as SPDX spells them; raises UsageError."""
    from compliance.licenses import Expression as Checked
    from compliance.licenses import InvalidExpressionError

    if parse(text) is None:
        near = nearest(text, facts().names())
        near = near if near.startswith("; did") else ""
        refuse(file, line, f"{key}{shown(text)} is no SPDX license expression{near}")
    try:
        return str(parse(Checked.parse(text).text))
    except InvalidExpressionError as error:
        names = (*facts().names(), PROPRIETARY) if "license id" in str(error.args[0]) else ()
        word = text[error.position :].split(" ")[0].strip("()+")
        near = nearest(word, names) if names else ""
        near = near if near.startswith("; did") else _meant(word, names)
        refuse(file, line, f"{key}{shown(text)}: {shown(str(error.args[0]))}{near}")


def _meant(word: str, names: Sequence[str]) -> str:
    """`; did you mean ...?` for GPLv3, GPL-3 and the like."""
    found = re.fullmatch(r"([A-Za-z]+?)[-_]?v?(\d)(?:\.(\d))?(\+)?", word)
    if found is None:
        return ""
    start = f"{found[1]}-{found[2]}.{found[3] or 0}".lower()
    near = [n for n in names if n.lower() == start or n.lower().startswith(f"{start}-")]
    return f"; did you mean {' or '.join(sorted(near)[:2])}?" if near else ""


@dataclass(frozen=True, slots=True)
class License:
    """A license in a condition: an expression, or one of some words."""

    words: Sequence[str] = ()

    def read(self, file: str, key: str, value: Value) -> str:
        """The word, or the expression as SPDX spells it."""
        scalar = _scalar(file, key, value, "a license")
        text = scalar.text.strip()
        if text in self.words:
            return text
        if text.lower() in (PROPRIETARY, "licenseref-proprietary"):
            return "LicenseRef-proprietary"
        if not re.search(r"[\s()]", text) and not text.startswith(("LicenseRef-", "DocumentRef-")):
            near = nearest(text, self.words)
            if near.startswith("; did"):
                refuse(file, scalar.line, f"{key}: {shown(text)} is not valid here{near}")
        return known_expression(file, f"{key}: ", scalar.line, text)

    def schema(self) -> Json:
        """A string."""
        return {"type": "string", "minLength": 1, "description": "SPDX license expression"}


@dataclass(frozen=True, slots=True)
class Platform:
    """GOOS/GOARCH with tags, as `--platform` takes it."""

    def read(self, file: str, key: str, value: Value) -> str:
        """A pair that Go builds; tags follow after commas."""
        from compliance.golang import PLATFORMS

        want = "GOOS/GOARCH[,cgo|nocgo][,tag...] in quotes where there is a comma"
        scalar = _scalar(file, key, value, want)
        pair, *rest = scalar.text.split(",")
        if pair not in PLATFORMS:
            near = nearest(pair, PLATFORMS) if "/" in pair else f"; want {want}"
            near = near if near.startswith(("; did", "; want")) else ""
            refuse(file, scalar.line, f"{key}: {shown(scalar.text)} is no platform of Go{near}")
        if not all(re.fullmatch(r"[A-Za-z0-9_.]+", w) for w in rest) or {"cgo", "nocgo"} <= {*rest}:
            refuse(file, scalar.line, f"{key}: {shown(scalar.text)}: want {want}")
        return scalar.text

    def schema(self) -> Json:
        """A string."""
        return {"type": "string", "pattern": "^[a-z0-9]+/[a-z0-9]+(,[A-Za-z0-9_.]+)*$"}


@dataclass(frozen=True, slots=True)
class Day:
    """A day, 2026-12-31."""

    today: bool = False

    def read(self, file: str, key: str, value: Value) -> str:
        """ISO 8601 calendar day."""
        scalar = _scalar(file, key, value, "a day such as 2026-12-31")
        if self.today and scalar.text == "today":
            return "today"
        wanted = re.fullmatch(r"\d{4}-\d{2}-\d{2}", scalar.text)
        try:
            return datetime.date.fromisoformat(scalar.text if wanted else "").isoformat()
        except ValueError:
            refuse(file, scalar.line, f"{key}: {shown(scalar.text)}: want a day such as 2026-12-31")

    def schema(self) -> Json:
        """A date."""
        day: Json = {"type": "string", "format": "date"}
        return {"anyOf": [day, {"const": "today"}]} if self.today else day


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; a single value counts as a list of one where `single` is set.

    An empty one is refused where `some` is set: a condition on none of nothing never holds.
    """

    item: Kind
    exactly: int = 0
    single: bool = False
    some: bool = False

    def read(self, file: str, key: str, value: Value) -> tuple[Any, ...]:
        """Each item in order."""
        if self.single and isinstance(value, Scalar):
            return (self.item.read(file, key, value),)
        if not isinstance(value, yamlfile.Sequence):
            refuse(file, value.line, f"{key}: want a list, `[a, b]` or lines that start with `- `")
        if self.exactly and len(value.items) != self.exactly:
            refuse(file, value.line, f"{key}: want {self.exactly} items, found {len(value.items)}")
        if self.some and not value.items:
            refuse(file, value.line, f"{key}: an empty list never holds; take the key out")
        return tuple(
            self.item.read(file, f"{key}[{i}]", item) for i, item in enumerate(value.items)
        )

    def schema(self) -> Json:
        """An array."""
        array: Json = {"type": "array", "items": self.item.schema()}
        if self.exactly:
            array |= {"minItems": self.exactly, "maxItems": self.exactly}
        if self.some:
            array["minItems"] = 1
        return {"anyOf": [self.item.schema(), array]} if self.single else array


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys; those marked True are required."""

    fields: Mapping[str, tuple[Kind, bool]]

    def read(self, file: str, key: str, value: Value) -> Json:
        """Values by key, and the line of the record under LINE."""
        at = f"{key}: " if key else ""
        if not isinstance(value, yamlfile.Mapping):
            refuse(file, value.line, f"{at}want keys: {', '.join(self.fields)}")
        found: Json = {LINE: value.line}
        for name, item in value.items:
            known = self.fields.get(name.text)
            if known is None:
                near = nearest(name.text, self.fields)
                refuse(file, name.line, f"{at}unknown key {shown(name.text)}{near}")
            path = f"{key}.{name.text}" if key else name.text
            found[name.text] = known[0].read(file, path, item)
        for wanted, (_, required) in self.fields.items():
            if required and wanted not in found:
                refuse(file, value.line, f"{at}{wanted} is missing")
        return found

    def schema(self) -> Json:
        """An object without further keys."""
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: kind.schema() for name, (kind, _) in self.fields.items()},
            "required": [name for name, (_, required) in self.fields.items() if required],
        }


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping from free names to one kind."""

    item: Kind
    name: Text

    def read(self, file: str, key: str, value: Value) -> dict[str, Any]:
        """Values by name."""
        if not isinstance(value, yamlfile.Mapping):
            refuse(file, value.line, f"{key}: want `name: ...` lines")
        return {
            self.name.read(file, key, name): self.item.read(file, f"{key}.{name.text}", item)
            for name, item in value.items
        }

    def schema(self) -> Json:
        """An object."""
        return {
            "type": "object",
            "propertyNames": self.name.schema(),
            "additionalProperties": self.item.schema(),
        }


@dataclass(frozen=True, slots=True)
class Settings:
    """Values of switches."""

    def read(self, file: str, key: str, value: Value) -> dict[str, str]:
        """Each value is checked against its switch."""
        record = Record({name: (Word(words), False) for name, words in VALUES.items()})
        found = record.read(file, key, value)
        del found[LINE]
        return found

    def schema(self) -> Json:
        """An object of enums."""
        return Record({name: (Word(words), False) for name, words in VALUES.items()}).schema()


NAME = Text(r"[^\s\x00-\x1f]{1,300}", "a name without blanks")
PROFILE_NAMES = ("saas", "internal", "on-prem", "image", "library", "firmware", "browser")
PROVIDERS = ("us", "user", "system")
NODE_KINDS = (
    "package", "file-set", "c-lib", "binary", "service", "asset", "dataset", "model", "ebpf",
    "kernel-module", "kernel", "image", "tool",
)  # fmt: skip
EDGE_KINDS = (
    "import-static", "cgo-static", "cgo-dynamic", "vendored", "modified-copy", "copies-output",
    "plugin", "embed-code", "embed-data", "ebpf-load", "exec", "ipc", "network", "kernel-load",
    "syscall", "generated-by", "build-tool", "test", "aggregate",
)  # fmt: skip
BOUNDARY_KINDS = ("process", "network", "kernel", "verifier", "container", "distribution-unit")
SEVERITIES = ("pass", "comply", "latent", "review", "warn", "block")
STATES = ("pending-review", "granted", "denied", "revoked")
CONDITION = Text(
    r"unmodified|build-time-only|dynamic-only|separate-process|not-in-firmware|in-kernel-only"
    rf"|elected:[A-Za-z0-9.+-]+|profile:(?:{'|'.join(PROFILE_NAMES)})",
    "one of unmodified, build-time-only, dynamic-only, separate-process, in-kernel-only,"
    " not-in-firmware, elected:LICENSE, profile:PROFILE",
)
COMPONENT = Text(r"[^\s*?\x00-\x1f]{1,600}", "a component without wildcards")

DEPLOYMENT_FACTS = (
    "relink_kit", "may_ship_later", "offers_as_service", "competes", "commercial", "production",
    "locked_boot", "eula_allows_re",
)  # fmt: skip

_YES: tuple[Kind, bool] = (Bool(), False)
_TEXT: tuple[Kind, bool] = (Text(), False)

DEPLOYMENT = Record({
    "build": (NAME, True),
    "profile": (Word(PROFILE_NAMES), False),
    "outbound": (Expression(), False),
    "platforms": (ListOf(Platform(), single=True), False),
    **dict.fromkeys(DEPLOYMENT_FACTS, _YES),
})  # fmt: skip
COMPONENT_RECORD = Record({
    "id": (NAME, True),
    "license": (Expression(unknown=True), False),
    "kind": (Word(NODE_KINDS), False),
    "modified": _YES,
    "first_party": _YES,
    "gpl_only_helpers": _YES,
    "elf_license": _TEXT,
    "change_date": (Day(), False),
    "change_license": (Expression(), False),
    "version": _TEXT,
    "supplier": _TEXT,
    "because": _TEXT,
    "evidence": _TEXT,
})  # fmt: skip
LINK = Record({
    "from": (NAME, True),
    "to": (NAME, True),
    "kind": (Word(EDGE_KINDS), True),
    "by": (Word(PROVIDERS), False),
    "tight": _YES,
    "over": _TEXT,
    "data": _TEXT,
    "evidence": _TEXT,
})  # fmt: skip
BOUNDARY = Record({
    "between": (ListOf(NAME, exactly=2), True),
    "kind": (Word(BOUNDARY_KINDS), True),
    "over": _TEXT,
    "data": _TEXT,
    "evidence": _TEXT,
})  # fmt: skip


def _any_of(item: Kind) -> ListOf:
    """A condition: one value, or several of which any may hold."""
    return ListOf(item, single=True, some=True)


_FIRES = _any_of(Word((*EVENTS, "never")))
_NAMES = _any_of(NAME)
RESTRICTIONS = (
    "any", "none", "busl", "no-compete", "sspl", "no-managed-service", "noncommercial", "no-sell",
    "no-derivatives", "field-of-use", "small-business", "evaluation", "proprietary", "agreement",
    "unread",
)  # fmt: skip
FACTS = {
    "license": (_any_of(License(("unknown", "known", "changed-since-base"))), False),
    "reach": (
        _any_of(Word(("none", "file", "component", "library", "work", "stack"))), False,
    ),
    "joined": _YES,
    "included": _YES,
    "linked": (Word(("static", "dynamic", "none")), False),
    "fires": (_FIRES, False),
    "restriction": (_any_of(Word(RESTRICTIONS)), False),
    "umbrella": (_any_of(License(("none",))), False),
    "profile": (_any_of(Word(PROFILE_NAMES)), False),
    "node": (_any_of(Word(NODE_KINDS)), False),
    "component": (_NAMES, False),
    "artifact": (_NAMES, False),
    "category": (_any_of(Word(CATEGORIES)), False),
    "modified": _YES,
    "contested": _YES,
    "first_party": _YES,
    "changed": _YES,
    "outbound": (_any_of(License()), False),
    "gpl_only_helpers": _YES,
    "elf_license": (Word(("gpl-compatible", "not-gpl-compatible")), False),
    **dict.fromkeys(DEPLOYMENT_FACTS, _YES),
}  # fmt: skip
REMEDIES = (
    "isolate", "replace", "drop", "elect", "choose", "pin", "buy", "publish", "relink-kit",
    "profile", "curate",
)  # fmt: skip
RULE = Record({
    "id": (Text(r"[a-z0-9][a-z0-9-]{0,79}", "a name such as no-sspl"), True),
    "when": (Record(FACTS), False),
    "unless": (Record(FACTS), False),
    "then": (Word((*SEVERITIES, "as-switched")), True),
    "say": _TEXT,
    "remedies": (ListOf(Word(REMEDIES)), False),
})  # fmt: skip
CHOICE = Record({
    "component": (COMPONENT, True),
    "take": (Expression(), True),
    "by": _TEXT,
    "because": _TEXT,
})  # fmt: skip
CURATION = Record({
    "component": (COMPONENT, True),
    "license": (Expression(), False),
    "because": (Text(), True),
    "evidence": _TEXT,
    "modified": _YES,
    "first_party": _YES,
    "change_date": (Day(), False),
    "change_license": (Expression(), False),
    "by": _TEXT,
})  # fmt: skip
WAIVER = Record({
    "id": (NAME, True),
    "covers": (
        Record({
            "rule": (NAME, True),
            "component": (COMPONENT, True),
            "artifact": (Text(r"[^\s*?]{1,300}", "one artifact, no wildcard"), True),
            "license": (Expression(unknown=True, checked=False), True),
            "text_sha256": (Text(r"[0-9a-f]{64}", "64 hex digits"), False),
        }),
        True,
    ),
    "state": (Word(STATES), True),
    "conditions": (ListOf(CONDITION), False),
    "owner": (Text(), True),
    "approver": (Text(), True),
    "reason": (Text(), True),
    "ticket": _TEXT,
    "created": (Day(), False),
    "expires": (Day(), True),
    "evidence": (ListOf(Text(), single=True), False),
})  # fmt: skip
PUBLISHER = Record({
    "name": (Text(r"[^\x00-\x1f\x7f]{1,200}", "a name in one line"), True),
    "email": (Text(r"[^\s@()<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,253}", "an e-mail address"), False),
    "url": (Text(r"https?://[^\s<>\"]{1,500}", "an http or https address"), False),
})  # fmt: skip
DOCUMENT = Record({
    "version": (Word(("1",)), True),
    "extends": (ListOf(Text(), single=True), False),
    "as_of": (Day(today=True), False),
    "publisher": (PUBLISHER, False),
    "interpretations": (Settings(), False),
    "deployments": (MapOf(DEPLOYMENT, NAME), False),
    "components": (ListOf(COMPONENT_RECORD), False),
    "links": (ListOf(LINK), False),
    "boundaries": (ListOf(BOUNDARY), False),
    "rules": (ListOf(RULE), False),
    "choices": (ListOf(CHOICE), False),
    "curations": (ListOf(CURATION), False),
    "waivers": (ListOf(WAIVER), False),
})  # fmt: skip


def policy_schema() -> Json:
    """JSON Schema (draft 2020-12) of .compliance.yaml and of every policy file."""
    schema = DOCUMENT.schema()
    schema["properties"]["version"] = {"const": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "compliance/policy/1",
        "title": "Policy file or .compliance.yaml",
        **schema,
    }


def outbound_license(text: str) -> str:
    """The license that `--outbound` names, as a deployment would. Raises UsageError."""
    return Expression().read("", "--outbound", Scalar(text, True, 0))
