"""Strict YAML: a tree of values that know their line, and nothing that can surprise.

Refused with file and line: aliases and anchors (a bomb needs them), tags, merge keys, several
documents, duplicate keys, keys that are no plain text, nesting and size beyond the limits. A file
of another tool may have anchors, tags and merge keys: an alias is the same value once more, never a
copy. Booleans
are yes, no, true and false (policy-model 8.16). The tree is built from parser events without
recursion; what a scalar means is decided by the place where it stands, so that `1.10` stays text
where a version is wanted. PyYAML is imported on first use.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any, NoReturn, TypeAlias

from compliance.errors import UsageError
from compliance.value import dataclass

LARGEST_FILE = 2 * 1024 * 1024
"""Bytes. A policy with a thousand curations has 200 KB."""

DEEPEST = 24
"""Nested lists and mappings. The grammar needs 6."""

MOST_VALUES = 200_000
"""Scalars, lists and mappings of one file."""

REPOSITORY_FILE = ".compliance.yaml"
"""What a repository says of itself; other policy files may be shared by several."""

BOOLEANS = {"yes": True, "true": True, "no": False, "false": False}
_NULLS = frozenset({"", "~", "null"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text as written; `plain` says that it had no quotes."""

    text: str
    plain: bool
    line: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Value, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys in file order, each once."""

    items: tuple[tuple[Scalar, Value], ...]
    line: int

    def get(self, key: str) -> Value | None:
        """The value of a key, None where it is absent."""
        return next((v for k, v in self.items if k.text == key), None)


Value: TypeAlias = Scalar | Sequence | Mapping


def read_yaml(name: str, data: bytes, *, foreign: bool = False) -> Mapping:
    """Parse a file whose top is a mapping; an empty file is an empty mapping.

    Args:
        name: Of the file, for messages.
        data: Its content.
        foreign: A file of another tool: anchors, aliases, merge keys and tags are understood.

    Raises UsageError `NAME:LINE: message`.
    """
    top = _Builder(name, foreign=foreign).build(data)
    if top is None:
        return Mapping((), 1)
    if not isinstance(top, Mapping):
        refuse(name, top.line, "want `key: value` lines at the top of the file")
    return top


def plain(value: Value) -> Any:  # noqa: ANN401 - JSON
    """A value as JSON data: booleans, whole numbers, null and text by YAML's plain spelling."""
    if isinstance(value, Mapping):
        return {k.text: plain(v) for k, v in value.items}
    if isinstance(value, Sequence):
        return [plain(v) for v in value.items]
    if not value.plain:
        return value.text
    if value.text in BOOLEANS:
        return BOOLEANS[value.text]
    if value.text in _NULLS:
        return None
    return value.text


def plain_yaml(name: str, data: bytes) -> Any:  # noqa: ANN401 - JSON
    """A whole file as JSON data. Raises UsageError."""
    return plain(read_yaml(name, data))


def refuse(name: str, line: int, message: str) -> NoReturn:
    """Stop with the place of the mistake."""
    raise UsageError(message, file=name, line=line)


def nearest(word: str, words: Collection[str]) -> str:
    """`; did you mean X?`, or the list of what is valid."""
    known = sorted(words)
    plain = "-".join(word[:100].lower().split())  # SaaS, Apache 2.0
    same = [w for w in known if w.lower() == plain]
    near = same or difflib.get_close_matches(word[:100], known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    shown = ", ".join(known[:40])
    return f"; valid: {shown}" if known else ""


def shown(text: str) -> str:
    """Text of the input as it may stand in a message: short, without control characters."""
    clean = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:80])
    return clean + ("..." if len(text) > len(clean) else "")


class _Builder:
    """Events to values with a stack of open collections."""

    def __init__(self, name: str, *, foreign: bool = False) -> None:
        self._name = name
        self._foreign = foreign
        self._anchors: dict[str, Value] = {}
        self._stack: list[tuple[str, int, list[Any], str | None]] = []
        self._top: Value | None = None
        self._count = 0

    def build(self, data: bytes) -> Value | None:
        for event in self._events(data):
            self._take(event)
        return self._top

    def _events(self, data: bytes) -> Iterator[Any]:
        """Parser events; libyaml's parser is pulled, so that depth is checked as it grows."""
        import yaml

        if len(data) > LARGEST_FILE:
            refuse(self._name, 1, f"larger than {LARGEST_FILE} bytes")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            refuse(self._name, data.count(b"\n", 0, error.start) + 1, "not UTF-8")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            yield from yaml.parse(text, Loader=loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            refuse(self._name, line, f"not YAML: {shown(error.problem or 'syntax error')}")
        except yaml.reader.ReaderError as error:
            before = text.encode("utf-8")[: max(error.position, 0)]
            what = f"character U+{error.character:04X}: {error.reason}"
            refuse(self._name, before.count(b"\n") + 1, f"not YAML: {shown(what)}")
        except (yaml.YAMLError, ValueError) as error:
            refuse(self._name, 1, f"not YAML: {shown(str(error))}")

    def _take(self, event: Any) -> None:  # noqa: ANN401 - untyped library
        kind = type(event).__name__
        line = event.start_mark.line + 1 if event.start_mark else 1
        anchor: str | None = getattr(event, "anchor", None)
        if anchor is not None and not self._foreign:
            refuse(self._name, line, "anchors and aliases are not allowed; write the value out")
        if kind == "AliasEvent":
            self._alias(anchor or "", line)
        if kind in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent"):
            self._count += 1
            self._check(event, line)
        if kind == "ScalarEvent":
            self._put(Scalar(event.value, not event.style, line), anchor)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._stack.append((kind, line, [], anchor))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._close()
        elif kind == "DocumentStartEvent" and self._top is not None:
            refuse(self._name, line, "only one document per file")

    def _alias(self, anchor: str, line: int) -> None:
        """The same value once more; it stands whole before, so that it cannot hold itself."""
        if anchor not in self._anchors:
            refuse(self._name, line, f"no anchor &{shown(anchor)} before this alias")
        self._count += 1
        self._put(self._anchors[anchor])

    def _check(self, event: Any, line: int) -> None:  # noqa: ANN401 - untyped library
        if event.tag is not None and not self._foreign:
            refuse(self._name, line, f"tags are not allowed: {shown(event.tag)}")
        if len(self._stack) >= DEEPEST:
            refuse(self._name, line, f"nested deeper than {DEEPEST} levels")
        if self._count > MOST_VALUES:
            refuse(self._name, line, f"more than {MOST_VALUES} values")

    def _close(self) -> None:
        kind, line, items, anchor = self._stack.pop()
        if kind == "SequenceStartEvent":
            self._put(Sequence(tuple(items), line), anchor)
            return
        pairs = list(zip(items[::2], items[1::2], strict=True))
        seen: dict[str, int] = {}
        for key, _ in pairs:
            if not isinstance(key, Scalar):
                refuse(self._name, key.line, "a key must be one word")
            if key.text == "<<" and not self._foreign:
                refuse(self._name, key.line, "merge keys are not allowed; write the values out")
            if key.text in seen:
                first = seen[key.text]
                refuse(
                    self._name, key.line, f"duplicate key {shown(key.text)}, first in line {first}"
                )
            seen[key.text] = key.line
        self._put(Mapping(self._merged(pairs) if "<<" in seen else tuple(pairs), line), anchor)

    def _merged(self, pairs: list[tuple[Scalar, Value]]) -> tuple[tuple[Scalar, Value], ...]:
        """Own keys, then those of the mappings behind `<<` that are not there yet."""
        found = {k.text: (k, v) for k, v in pairs if k.text != "<<"}
        for key, value in pairs:
            if key.text != "<<":
                continue
            for source in value.items if isinstance(value, Sequence) else (value,):
                if not isinstance(source, Mapping):
                    refuse(self._name, key.line, "only mappings can be merged")
                self._count += len(source.items)
                if self._count > MOST_VALUES:  # each merge copies what it merges
                    refuse(self._name, key.line, f"more than {MOST_VALUES} values with merges")
                for inner, item in source.items:
                    found.setdefault(inner.text, (inner, item))
        return tuple(found.values())

    def _put(self, value: Value, anchor: str | None = None) -> None:
        if anchor is not None:
            self._anchors[anchor] = value
        if self._stack:
            self._stack[-1][2].append(value)
        else:
            self._top = value
