"""A short way through go.mod files of the usual shape, for graphs of thousands of them.

It answers only where the full reader (`modparse`) would give the same answer, and None elsewhere:
`module`, `go`, `toolchain` and `require` as the go command formats them, in ASCII, with nothing
else. Each requirement is one string `PATH VERSION`, checked when it is first seen.
"""

from __future__ import annotations

from typing import NamedTuple

from compliance import patterns as re
from compliance.golang import semver
from compliance.golang.module import major_problem, split_path_version

_HEAD = re.compile(
    r"module ([A-Za-z0-9._~/-]++)\n++"
    r"(?:go ([1-9][0-9]*+\.(?:0|[1-9][0-9]*+)(?:\.(?:0|[1-9][0-9]*+))?)\n++)?"
    r"(?:toolchain [A-Za-z0-9._-]++\n++)?"
)
_PAIR = r"([A-Za-z0-9._~/-]++ v[A-Za-z0-9.+-]++)(?: //[^\n]*+)?$"
_IN_BLOCK = re.compile(rf"^\t{_PAIR}", re.MULTILINE)
_ALONE = re.compile(rf"^require {_PAIR}", re.MULTILINE)


class Outline(NamedTuple):
    """Module path, go line and requirements (`PATH VERSION`) of a go.mod."""

    module: str
    go: str | None
    requires: list[str]


class QuickReader:
    """Reads files of the usual shape; remembers which requirements it has checked."""

    def __init__(self) -> None:
        self._checked: set[str] = set()

    def read(self, data: bytes) -> Outline | None:
        """Outline of a go.mod, or None where the full reader has to look."""
        if not data.isascii():
            return None
        head, *blocks = data.decode("ascii").split("require (\n")
        requires: list[str] = _ALONE.findall(head)
        found = _HEAD.fullmatch(_ALONE.sub("", head) if requires else head)
        if found is None or "//" in found[1]:
            return None
        for block in blocks:
            body, end, rest = block.partition("\n)\n")
            lines = _IN_BLOCK.findall(body)
            if not end or len(lines) != body.count("\n") + 1:
                return None
            requires += lines
            if rest.strip("\n"):
                requires += _ALONE.findall(rest)
                if _ALONE.sub("", rest).strip("\n"):
                    return None
        checked = self._checked
        for line in requires:
            if line not in checked and not self._check(line):
                return None
        return Outline(found[1], found[2], requires)

    def _check(self, line: str) -> bool:
        path, _, version = line.partition(" ")
        parts = split_path_version(path)
        if "//" in path or parts is None or not semver.is_canonical(version):
            return False
        if major_problem(version, parts[1]):
            return False
        self._checked.add(line)
        return True
