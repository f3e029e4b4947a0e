"""GOFLAGS: flags that apply to every go command (https://pkg.go.dev/cmd/go, "GOFLAGS")."""

from __future__ import annotations

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.value import dataclass

_FIELD = re.compile(r"[ \t\r\n]*(?:\"([^\"]*)\"|'([^']*)'|([^\"' \t\r\n][^ \t\r\n]*))")
_WITH_ARGUMENT = frozenset({"mod", "modfile", "overlay", "tags"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GoFlags:
    """The flags that change what is selected; `all` holds every (name, value) in order.

    `mod` is "mod", "vendor", "readonly" or "" when not given; `mod_file` is -modfile, `overlay`
    -overlay. A flag without a value is "true".
    """

    all: tuple[tuple[str, str], ...] = ()
    mod: str = ""
    mod_file: str = ""
    overlay: str = ""
    tags: tuple[str, ...] = ()


def parse_goflags(text: str, origin: str) -> GoFlags:
    """Split GOFLAGS as cmd/internal/quoted does and read the flags that matter here.

    Args:
        text: Value of GOFLAGS.
        origin: Where it comes from, for the message.

    Raises:
        UsageError: An unterminated quote, a word that is no flag, or a flag without its value.
    """
    flags: list[tuple[str, str]] = []
    for word in split_quoted(text, origin, "GOFLAGS"):
        name = word[2:] if word.startswith("--") else word[1:]
        if not word.startswith("-") or not name or name[0] in "-=":
            raise UsageError(f"GOFLAGS ({origin}): {word!r} is not a flag")
        name, equals, value = name.partition("=")
        if name in _WITH_ARGUMENT and not equals:
            raise UsageError(f"GOFLAGS ({origin}): flag needs an argument: -{name}")
        flags.append((name, value if equals else "true"))
    last = dict(flags)
    tags = _tags(last.get("tags", ""), origin)
    return GoFlags(
        all=tuple(flags),
        mod=last.get("mod", ""),
        mod_file=last.get("modfile", ""),
        overlay=last.get("overlay", ""),
        tags=tuple(sorted(set(tags))),
    )


def _tags(value: str, origin: str) -> list[str]:
    """Tags of -tags: parted by commas; where it holds a space or `'`, by spaces (tagsFlag.Set)."""
    if " " in value or "'" in value:
        return split_quoted(value, origin, "GOFLAGS: -tags")
    return [tag for tag in value.split(",") if tag]


def split_quoted(text: str, origin: str, name: str) -> list[str]:
    """Words of a setting, split as cmd/internal/quoted does. Raises UsageError."""
    words: list[str] = []
    at = 0
    text = text.rstrip(" \t\r\n")
    while at < len(text):
        match = _FIELD.match(text, at)
        if match is None:
            raise UsageError(f"{name} ({origin}): unterminated quote")
        words.append(next(group for group in match.groups() if group is not None))
        at = match.end()
    return words
