"""Functions and formats of Go's text/template and fmt, as templates of reports use them."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from typing import Any

from compliance import patterns as re

MAX_WIDTH = 10_000
"""Of a field that printf pads."""
_VERB = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d*)(?:\.(?P<precision>\d+))?(?P<verb>.)", re.S)


def truth(value: object) -> bool:
    """False for the empty value of its type, as in Go's `if`."""
    return bool(value)


def shown(value: object) -> str:
    """A value as fmt.Print writes it."""
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return "[" + " ".join(shown(v) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{" + " ".join(shown(v) for v in value.values() if not callable(v)) + "}"
    return str(value)


def _print(*values: object) -> str:
    """A blank stands between two operands neither of which is a string (fmt.Sprint)."""
    out = ""
    for number, value in enumerate(values):
        apart = number and not isinstance(value, str) and not isinstance(values[number - 1], str)
        out += (" " if apart else "") + shown(value)
    return out


def _printf(form: str, *values: object) -> str:
    rest = list(values)

    def verb(found: re.Match[str]) -> str:
        if found["verb"] == "%":
            return "%"
        if not rest:
            return f"%!{found['verb']}(MISSING)"
        return _formatted(found, rest.pop(0))

    made = _VERB.sub(verb, form)
    return made + (f"%!(EXTRA {', '.join(shown(v) for v in rest)})" if rest else "")


def _formatted(found: re.Match[str], value: object) -> str:
    kind, precision = found["verb"], found["precision"]
    text = shown(value)
    if kind == "q":
        text = json.dumps(text, ensure_ascii=False)
    elif kind == "d" and not isinstance(value, int):
        text = f"%!d({text})"
    elif kind in "sv" and precision:
        text = text[: int(precision)]
    elif kind not in "svdqt":
        raise ValueError(f"printf knows %s, %v, %d, %q and %t, not %{kind}")
    width = int(found["width"] or 0)
    if width > MAX_WIDTH:
        raise ValueError(f"width {width} is beyond {MAX_WIDTH}")
    if "-" in found["flags"]:
        return text.ljust(width)
    return text.zfill(width) if "0" in found["flags"] and kind == "d" else text.rjust(width)


def _index(value: Any, *keys: Any) -> object:  # noqa: ANN401
    for key in keys:
        if isinstance(value, (list, tuple, str)) and not isinstance(key, int):
            raise TypeError(f"cannot index with {shown(key)}")
        if isinstance(key, int) and key < 0:
            raise IndexError(f"index out of range: {key}")
        value = ord(value[key]) if isinstance(value, str) else value[key]
    return value


def _slice(value: Any, low: int = 0, high: int | None = None) -> object:  # noqa: ANN401
    end = len(value) if high is None else high
    if not 0 <= low <= end <= len(value):
        raise IndexError(f"index out of range: {low}:{end}")
    return value[low:end]


def _equal(first: object, *others: object) -> bool:
    if not others:
        raise TypeError("missing argument for comparison")
    return any(type(first) is type(other) and first == other for other in others)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def check(a: Any, b: Any) -> bool:  # noqa: ANN401
        if type(a) is not type(b):
            raise TypeError("incompatible types for comparison")
        return compare(a, b)

    return check


def _urlquery(text: str) -> str:
    """Query-escaped as url.QueryEscape does: a blank is a plus."""
    kept = re.compile(r"[A-Za-z0-9_.~-]")
    data = text.encode("utf-8", "backslashreplace").decode("latin-1")
    return "".join(c if kept.fullmatch(c) else "+" if c == " " else f"%{ord(c):02X}" for c in data)


def _js(*values: object) -> str:
    text = json.dumps(_print(*values), ensure_ascii=False)[1:-1].replace("'", "\\'")
    for sign in "<>&=":
        text = text.replace(sign, f"\\u{ord(sign):04X}")
    return text


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "not": lambda value: not truth(value),
    "eq": _equal,
    "ne": lambda a, b: not _equal(a, b),
    "lt": _ordered(lambda a, b: a < b),
    "le": _ordered(lambda a, b: a <= b),
    "gt": _ordered(lambda a, b: a > b),
    "ge": _ordered(lambda a, b: a >= b),
    "len": lambda value: len(value.encode() if isinstance(value, str) else value),
    "index": _index,
    "slice": _slice,
    "print": _print,
    "println": lambda *values: " ".join(shown(v) for v in values) + "\n",
    "printf": _printf,
    "html": lambda *values: html.escape(_print(*values)).replace("&#x27;", "&#39;"),
    "js": _js,
    "urlquery": lambda *values: _urlquery(_print(*values)),
}
