"""The head of a source file: which of its comments are build constraints.

The rules are those of go/build's parseFileHeader and shouldBuild: a //go:build line may stand
anywhere in the comments before the first code (also between block comments, never inside one) and
must be alone; // +build lines count only where there is no //go:build line, and only in the
leading run of // comments that a blank line ends.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from compliance import patterns as re
from compliance.golang.constraint import (
    GO_SPACE,
    Constraint,
    ConstraintSyntaxError,
    parse_go_build,
    parse_plus_build,
)

# A thousand at a time: a pattern remembers each repetition until it is through.
_LEADING = re.compile(rb"(?:[ \f\t\r\n;]++|//[^\n]*+(?:\n|\Z)|/\*[\s\S]*?\*/){1,1000}")


class Header(NamedTuple):
    """Constraints of a file; `problem` says why the go command cannot tell (line in `line`)."""

    constraints: tuple[Constraint, ...] = ()
    problem: str = ""
    line: int = 0


_UNCONSTRAINED = Header()


def read_header(head: bytes, *, only_comments: bool = True) -> Header:
    """Build constraints in `head`, the bytes of a Go file before its package clause.

    Without a package clause it is the whole file, and `only_comments` is False.
    """
    if b"build" not in head:
        return _UNCONSTRAINED
    if only_comments and b"/*" not in head:
        # Line comments only, as nearly everywhere: each go:build line counts.
        mentions = head.count(b"go:build")
        old = b"+build" in head
        if not mentions and not old:
            return _UNCONSTRAINED
        known = _constraint(_line_with(head, b"go:build")) if mentions == 1 else None
        if known is not None and (known.constraints or not old):
            return known
    return _read_slowly(head)


def _line_with(head: bytes, mark: bytes) -> bytes:
    at = head.find(mark)
    end = head.find(b"\n", at)
    return head[head.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(head)]


@lru_cache(maxsize=4096)
def _constraint(raw: bytes) -> Header | None:
    """Header whose only line with "go:build" is this; None where an error needs its place."""
    line = raw.decode("utf-8", "replace").strip(GO_SPACE)
    if not _is_go_build(line):
        return _UNCONSTRAINED
    try:
        return Header((parse_go_build(line.removeprefix("//go:build").strip(GO_SPACE)),))
    except ConstraintSyntaxError:
        return None


def _read_slowly(head: bytes) -> Header:
    lines = head.decode("utf-8", "replace").split("\n")
    if not lines[-1].strip(GO_SPACE).startswith("//"):
        # What stands before the code on the line of the code is no line of its own.
        lines.pop()
    go_build, plus_end, problem_line = _scan(lines)
    if problem_line:
        return Header(problem="multiple //go:build comments", line=problem_line)
    if go_build:
        text = lines[go_build - 1].strip(GO_SPACE).removeprefix("//go:build").strip(GO_SPACE)
        try:
            return Header((parse_go_build(text),))
        except ConstraintSyntaxError as error:
            return Header(problem=f"parsing //go:build line: {error}", line=go_build)
    old = [_plus_build(line) for line in lines[:plus_end]]
    return Header(tuple(c for c in old if c is not None))


def read_other_header(data: bytes) -> Header:
    """Build constraints of a C, assembly or header file.

    The go command keeps such a file whatever its constraints say when the leading comments do
    not end or hold a NUL, and drops it when the //go:build line cannot be parsed (`problem`).
    """
    end = 0
    while match := _LEADING.match(data, end):
        end = match.end()
    if b"\0" in data[:end] or data[end : end + 1] == b"/":
        return _UNCONSTRAINED
    return read_header(data[:end])


def _scan(lines: list[str]) -> tuple[int, int, int]:
    """Line of //go:build (0: none), number of lines where +build counts, line of a second one."""
    go_build = plus_end = 0
    ended = in_block = False
    for number, raw in enumerate(lines, 1):
        line = raw.strip(GO_SPACE)
        if not line and not ended:
            plus_end = number
            continue
        if not line.startswith("//"):
            ended = True
        if not in_block and _is_go_build(line):
            if go_build:
                return go_build, plus_end, number
            go_build = number
        in_block, code = _skip_comments(line, in_block=in_block)
        if code:
            break
    return go_build, plus_end, 0


def _skip_comments(line: str, *, in_block: bool) -> tuple[bool, bool]:
    """Whether a block comment is open at the end of the line, and whether code stands on it."""
    while line:
        if in_block:
            end = line.find("*/")
            if end < 0:
                return True, False
            in_block = False
            line = line[end + 2 :].strip(GO_SPACE)
        elif line.startswith("//"):
            return False, False
        elif line.startswith("/*"):
            in_block = True
            line = line[2:].strip(GO_SPACE)
        else:
            return False, True
    return in_block, False


def _is_go_build(line: str) -> bool:
    if not line.startswith("//go:build"):
        return False
    rest = line[len("//go:build") :]
    return not rest or rest[0] in GO_SPACE


def _plus_build(raw: str) -> Constraint | None:
    line = raw.strip(GO_SPACE)
    if not line.startswith("//"):
        return None
    line = line[2:].strip(GO_SPACE)
    if not line.startswith("+build"):
        return None
    rest = line[len("+build") :]
    if rest and rest[0] not in GO_SPACE:
        return None
    return parse_plus_build(rest.strip(GO_SPACE))
