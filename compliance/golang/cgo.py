"""`#cgo` lines of a package: what its C code asks of the compiler and the linker.

The grammar is that of go/build's saveCgo: `#cgo [CONDITION...] VERB: ARGUMENTS`, of which a line
counts when one of its conditions holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from compliance import patterns as re
from compliance.golang.buildcontext import Matcher
from compliance.golang.constraint import GO_SPACE
from compliance.golang.folder import Folder, Problem
from compliance.golang.package import CgoDirectives

_SAFE = frozenset("+-.,/0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz:$@%! ~^")
_PIECE = re.compile(
    rf"(?P<space>[{GO_SPACE}]+)|\\(?P<escaped>.)"
    r"""|"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'"""
    rf"|(?P<plain>[^{GO_SPACE}\"'\\]+)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMPILER = ("CFLAGS", "CPPFLAGS", "CXXFLAGS", "FFLAGS")
_KEPT = ("LDFLAGS", "pkg-config", *_COMPILER)
_KNOWN = frozenset(_KEPT)


def cgo_directives(
    folder: Folder, names: tuple[str, ...], matcher: Matcher
) -> tuple[CgoDirectives, list[Problem]]:
    """Directives in force in the files `names`, and lines that the go command refuses."""
    found: dict[str, list[tuple[str, str, int]]] = {verb: [] for verb in _KEPT}
    problems: list[Problem] = []
    for name in names:
        facts = folder.file(name)
        for text, line in facts.cgo if facts is not None else ():
            verb, value = _directive(text, matcher)
            if verb in found:
                found[verb].append((value, name, line))
            elif verb == "" and value:
                problems.append(Problem(value, name, line))
    return CgoDirectives(
        ldflags=tuple(found["LDFLAGS"]),
        pkg_config=tuple(found["pkg-config"]),
        cflags=tuple(line for verb in _COMPILER for line in found[verb]),
    ), problems


def _directive(text: str, matcher: Matcher) -> tuple[str, str]:
    """Verb and arguments of a line; ("", "") where it does not count, ("", why) if malformed."""
    words = text.split()
    if len(words) == 3 and words[1] in ("nocallback", "noescape"):  # noqa: PLR2004
        return "", ""
    left, colon, arguments = text[len("#cgo") :].partition(":")
    *conditions, verb = left.split() or [""]
    if not colon or not verb:
        return "", f"invalid #cgo line: {text}"
    if conditions and not matcher.cgo_condition(conditions):
        return "", ""
    problem = _refusal(arguments)
    if problem:
        return "", f"{problem}: {text}"
    return (
        (verb, arguments.strip(GO_SPACE)) if verb in _KNOWN else ("", f"invalid #cgo verb: {text}")
    )


def _refusal(arguments: str) -> str:
    try:
        safe = all(_is_safe(argument) for argument in _arguments(arguments))
    except ValueError:
        return "invalid #cgo line"
    return "" if safe else "malformed #cgo argument"


def _is_safe(argument: str) -> bool:
    """Whether the go command passes it on: no characters of a shell, `${SRCDIR}` apart."""
    chunks = argument.split("${SRCDIR}")
    if len(chunks) == 1 and not argument:
        return False
    return all(c in _SAFE or not c.isascii() for chunk in chunks for c in chunk)


def _arguments(text: str) -> Iterator[str]:
    """Words between spaces; quotes and backslashes keep spaces in a word.

    Raises:
        ValueError: a quote does not end, or nothing follows a backslash.
    """
    word: str | None = None
    at = 0
    for match in _PIECE.finditer(text):
        if match.start() != at:
            raise ValueError(text)
        at = match.end()
        if match["space"]:
            if word is not None:
                yield word
            word = None
        else:
            quoted = match["double"] or match["single"] or ""
            plain = match["plain"] or match["escaped"] or ""
            word = (word or "") + _ESCAPED.sub(r"\1", quoted) + plain
    if at != len(text):
        raise ValueError(text)
    if word is not None:
        yield word
