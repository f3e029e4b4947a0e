"""Versions: semantic versions of modules, and the versions of Go itself.

Module versions follow https://semver.org with a `v` (https://go.dev/ref/mod#versions); Go versions
follow https://go.dev/doc/toolchain#version, where `1.21` < `1.21rc1` < `1.21.0`. Numbers are
compared as digit strings, so that no length of input costs more than reading it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from compliance import patterns as re

_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_BUILD = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
CANONICAL_PATTERN = (
    rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?(?:\+incompatible)?"
)
"""A canonical module version: no build metadata but `+incompatible`."""

_CANONICAL = re.compile(CANONICAL_PATTERN)
_SEMVER = re.compile(
    rf"v({_NUMBER})(?:\.({_NUMBER})(?:\.({_NUMBER})"
    rf"(-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?(\+{_BUILD})?)?)?"
)
_PSEUDO = re.compile(
    r"v[0-9]+\.(?:0\.0-|[0-9]+\.[0-9]+-(?:[^+]*\.)?0\.)[0-9]{14}-[A-Za-z0-9]+"
    rf"(?:\+{_BUILD})?"
)
_GO = re.compile(
    rf"({_NUMBER})(?:\.({_NUMBER})(?:\.({_NUMBER})|([a-z]+)({_NUMBER})?)?)?",
)
_CACHE = 1 << 16  # distinct versions of one run; beyond it, entries are computed again

SortKey = tuple[object, ...]
INVALID: SortKey = (0,)


class Pseudo(NamedTuple):
    """Parts of a pseudo-version: `base` is the tag it follows ("" for none), `time` yyyymmddhhmmss.

    https://go.dev/ref/mod#pseudo-versions
    """

    base: str
    time: str
    revision: str


def _int_key(digits: str) -> tuple[int, str]:
    return (len(digits), digits)


def _prerelease_key(text: str) -> SortKey:
    """Order of https://semver.org/#spec-item-11: a release is higher than its pre-releases."""
    if not text:
        return (1,)
    parts = text[1:].split(".")
    return (0, tuple((0, len(p), p) if p.isdigit() else (1, 0, p) for p in parts))


@lru_cache(maxsize=_CACHE)
def sort_key(version: str) -> SortKey:
    """Key that orders module versions as the go command does; invalid versions are lowest.

    Build metadata does not count, so `v1.0.0` and `v1.0.0+incompatible` have the same key.
    """
    found = _SEMVER.fullmatch(version)
    if found is None:
        return INVALID
    major, minor, patch, prerelease, _ = found.groups(default="")
    return (
        1, _int_key(major), _int_key(minor or "0"), _int_key(patch or "0"),
        _prerelease_key(prerelease),
    )  # fmt: skip


def _three_way(x: SortKey, y: SortKey) -> int:
    return (x > y) - (x < y)


def compare(x: str, y: str) -> int:
    """-1, 0 or 1 by semantic version precedence; an invalid version is less than a valid one."""
    return _three_way(sort_key(x), sort_key(y))


def is_valid(version: str) -> bool:
    """Whether it is a semantic version with `v`; `v1` and `v1.2` count, as in golang.org/x/mod."""
    return _SEMVER.fullmatch(version) is not None


def canonical(version: str) -> str:
    """`vX.Y.Z[-pre][+incompatible]`; "" for an invalid version. Other build metadata is dropped."""
    found = _SEMVER.fullmatch(version)
    if found is None:
        return ""
    major, minor, patch, prerelease, metadata = found.groups(default="")
    suffix = metadata if metadata == "+incompatible" else ""
    return f"v{major}.{minor or '0'}.{patch or '0'}{prerelease}{suffix}"


def is_canonical(version: str) -> bool:
    """Whether `canonical` would give the version back."""
    return _CANONICAL.fullmatch(version) is not None


def major(version: str) -> str:
    """`v2` of `v2.1.0`; "" for an invalid version."""
    found = _SEMVER.fullmatch(version)
    return f"v{found.group(1)}" if found else ""


def prerelease(version: str) -> str:
    """`-rc.1` of `v1.0.0-rc.1+meta`, or ""."""
    found = _SEMVER.fullmatch(version)
    return (found.group(4) or "") if found else ""


def build(version: str) -> str:
    """`+incompatible` of `v2.0.0+incompatible`, or ""."""
    found = _SEMVER.fullmatch(version)
    return (found.group(5) or "") if found else ""


def is_pseudo(version: str) -> bool:
    """Whether it is a pseudo-version (https://go.dev/ref/mod#pseudo-versions)."""
    return _PSEUDO.fullmatch(version) is not None and is_valid(version)


def pseudo(version: str) -> Pseudo | None:
    """Parts of a pseudo-version, None for any other version.

    `base` is `v1.2.3` for `v1.2.4-0.TIME-REV`, `v1.2.3-pre` for `v1.2.3-pre.0.TIME-REV` and ""
    for `vX.0.0-TIME-REV`; a `+incompatible` of the pseudo-version stays on the base.
    """
    if not is_pseudo(version):
        return None
    suffix = build(version)
    text = version.removesuffix(suffix) if suffix else version
    text, _, revision = text.rpartition("-")
    dash, dot = text.rfind("-"), text.rfind(".")
    if dot < dash:
        return Pseudo("", text[dash + 1 :], revision)
    base, time = text[:dot], text[dot + 1 :]
    if prerelease(base) == "-0":
        stem, _, patch = base.removesuffix("-0").rpartition(".")
        before = _decrement(patch)
        return Pseudo(f"{stem}.{before}{suffix}" if before else "", time, revision)
    return Pseudo(base.removesuffix(".0") + suffix, time, revision)


def _decrement(digits: str) -> str:
    """One less, in decimal digits of any length; "" for zero."""
    stripped = digits.rstrip("0")
    if not stripped:
        return ""
    lowered = stripped[:-1] + chr(ord(stripped[-1]) - 1) + "9" * (len(digits) - len(stripped))
    return lowered.lstrip("0") or "0"


# --- versions of Go ------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def go_key(version: str) -> SortKey:
    """Key that orders Go versions (`1.21`, `1.21rc1`, `1.21.0`); malformed ones are lowest.

    Before 1.21 the patch `0` may be left out: `1.20` is `1.20.0`. From 1.21 on `1.21` is the
    language version, which is less than all its releases.
    """
    found = _GO.fullmatch(version)
    if found is None:
        return (_int_key(""),)
    major, minor, patch, kind, pre = found.groups(default="")
    if not minor:
        minor, patch = "0", "0"
    elif not patch and not kind and _int_key(minor) < _int_key("21"):
        patch = "0"
    return (_int_key(major), _int_key(minor), _int_key(patch), kind, _int_key(pre))


def compare_go(x: str, y: str) -> int:
    """-1, 0 or 1 for two Go versions without prefix, as go/version orders them."""
    return _three_way(go_key(x), go_key(y))


def is_valid_go(version: str) -> bool:
    """Whether it is a Go version such as `1.21`, `1.21rc2` or `1.21.3`."""
    return _GO.fullmatch(version) is not None


def go_language(version: str) -> str:
    """Language version: `1.21` of `1.21.3` and `1.21rc1`; "" for a malformed version."""
    found = _GO.fullmatch(version)
    if found is None:
        return ""
    return ".".join(part for part in found.group(1, 2) if part)


def toolchain_version(name: str) -> str:
    """Go version of a toolchain name: `1.22.1` of `go1.22.1-corp`; "" for any other text.

    https://go.dev/doc/toolchain#name
    """
    if not name.startswith("go") or "/" in name or "\\" in name:
        return ""
    version = re.split(r"[ \t-]", name[2:], maxsplit=1)[0]
    return version if is_valid_go(version) else ""


def module_sort_key(path: str, version: str) -> SortKey:
    """Key for versions of one module path; `go` and `toolchain` are ordered as Go versions."""
    if path == "go":
        return go_key(version)
    if path == "toolchain":
        return go_key(version if is_valid_go(version) else toolchain_version(version))
    return sort_key(version)
