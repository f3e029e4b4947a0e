"""Text from the input, made harmless for each medium. One rule for each.

All that a scan reads may be hostile: module paths, license names, copyright lines, file names.
Nothing is dropped; what could act on a reader's screen or tool is shown as what it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import msgspec

from compliance import patterns as re

_ACTIVE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# What steers a terminal or the direction of text, and what JSON readers print raw.
_STEERING = re.compile(
    "[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_STEERS_NOTHING = bytes(range(0x7F))  # in JSON, which writes control characters as escapes
_ESCAPED = re.compile(r"\\[bfru]")  # in JSON: line feeds and tabs, which stay, are not among them
_COMMAND = re.compile(r"^(\s*)(::|##\[)", re.MULTILINE)
_COMMAND_ANYWHERE = re.compile(r"#(?=#(?:vso|teamcity)\[)", re.IGNORECASE)
_MAX_CELL = 32_767
"""Characters that spreadsheets take; readers refuse or cut a cell with more."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_MARKDOWN_SIGN = re.compile(r"[\\`*_\[\]|~$]")
_MARKDOWN_LINK = re.compile(r"(https?|ftp|www)(:|\.)", re.IGNORECASE)
_MARKDOWN_START = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=#:]))([-+=#:.)])")
_MARKDOWN_REFERENCE = re.compile(r"[@#](?=\w)|\bGH-(?=\d)")


def visible(text: str, keep: str = "\t\n") -> str:
    """Control, format, bidi, surrogate and unassigned characters become `⟨U+202E⟩`.

    Args:
        text: Any string, lone surrogates included.
        keep: Control characters that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        f"\u27e8U+{ord(c):04X}\u27e9" if c not in keep and unicodedata.category(c) in _ACTIVE else c
        for c in text
    )


def visible_document(document: dict[str, Any]) -> dict[str, Any]:
    """`visible` for every string of a JSON object, keys included; most documents stay as they are.

    As JSON they are one text, in which it shows whether any character needs a look.
    """
    try:
        text = msgspec.json.encode(document).decode()
    except (UnicodeEncodeError, TypeError):  # a lone surrogate, or no JSON
        text = ""
    if text.isprintable() and text and not _ESCAPED.search(text):
        return document
    return {visible(k): _mapped(v, visible) for k, v in document.items()}


def _mapped(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(k): _mapped(v, change) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mapped(v, change) for v in value]
    return value


def one_line(text: str) -> str:
    """Visible text without line breaks or tabs: runs of white space become one space.

    Commands that a runner finds anywhere in a line (see `without_commands`) are none any more.
    """
    return _COMMAND_ANYWHERE.sub("#.", " ".join(visible(text).split()))


def without_commands(text: str) -> str:
    """Keep a CI runner from reading a line as a workflow command.

    GitHub acts on lines that start with `::` or `##[`, white space before it included
    (docs.github.com, Workflow commands), Azure Pipelines on `##vso[` and TeamCity on `##teamcity[`
    anywhere in a line; a printable dot takes that away.
    """
    return _COMMAND_ANYWHERE.sub("#.", _COMMAND.sub(r"\1.\2", text))


def without_surrogates(document: dict[str, Any]) -> dict[str, Any]:
    r"""Lone surrogates (file names that are no UTF-8) as the text `\udcff`: UTF-8 holds that."""
    return {_encodable(k): _mapped(v, _encodable) for k, v in document.items()}


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def json_steering(data: bytes) -> bytes:
    r"""JSON (UTF-8) with steering characters as `\uXXXX`: the same values, safe to print.

    Such characters can stand only inside strings, so that the text stays the same JSON value. Most
    documents are ASCII but for a few letters, and only those are looked at.
    """
    if data.isascii() and b"\x7f" not in data:
        return data
    if not _STEERING.search(data.translate(None, _STEERS_NOTHING).decode("utf-8")):
        return data
    return _STEERING.sub(_escape, data.decode("utf-8")).encode("utf-8")


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def uri_path(text: str) -> str:
    """A relative path as the path of a URI reference (RFC 3986, 2.1 and 3.3)."""
    data = text.encode("utf-8", "backslashreplace")
    return "".join(chr(b) if b in _UNRESERVED else f"%{b:02X}" for b in data)


def acts_as_formula(text: str) -> bool:
    """Whether a spreadsheet would read the text as a formula (OWASP, CSV Injection)."""
    return text.startswith(_FORMULA) or visible(text, keep="").lstrip().startswith(_FORMULA)


def cell(text: str) -> str:
    """A CSV cell that no spreadsheet reads as a formula, cut where spreadsheets end."""
    shown = visible(text, keep="")
    made = f"'{shown}" if acts_as_formula(text) else shown
    return made if len(made) <= _MAX_CELL else f"{made[: _MAX_CELL - 1]}…"


def markdown(text: str) -> str:
    """Inline text for GitHub flavored markdown, without markup, links or mentions of its own.

    Mentions and issue references are found in the rendered text, where a backslash no longer
    helps: an empty comment parts the sign from the word.
    """
    shown = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _MARKDOWN_SIGN.sub(r"\\\g<0>", shown)
    shown = _MARKDOWN_LINK.sub(r"\1\\\2", shown)
    shown = _MARKDOWN_START.sub(r"\1\\\2", shown)
    return _MARKDOWN_REFERENCE.sub(r"\g<0><!-- -->", shown)


def markdown_code(text: str) -> str:
    """A code span outside of tables, with a fence longer than any run of backticks inside."""
    shown = one_line(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
