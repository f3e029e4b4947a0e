"""What a target of `why` names: a package, a module, a folder, a component, or a license."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from compliance.errors import UsageError
from compliance.licenses import Expression, InvalidExpressionError
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.graph import Node
    from compliance.pipeline.scanned import Scanned
    from compliance.report import Component, ScanReport

UNKNOWN: Final = frozenset({"unknown", "noassertion"})
MOST_NAMED: Final = 12
"""Licenses that are named where none of them is the one asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`nodes` of the graph and `listed` components that a word names.

    `licenses` are the ids, in lower case, that it means where it names licenses.
    """

    nodes: tuple[Node, ...]
    listed: tuple[Component, ...] = ()
    licenses: frozenset[str] = frozenset()


def find_target(scanned: Scanned, word: str) -> Target:
    """What a word names: a node by its id, else a module, else a folder, else licenses.

    Args:
        scanned: What was scanned.
        word: An import path, with or without @version; a module path or package URL likewise; a
            folder or file of the repository (`./internal/x`, `vendor/m/p`, `./cmd/...`); a
            component; an SPDX expression or the beginning of an id (`GPL`, `gpl-3.0`); `unknown`.

    Raises:
        UsageError: nothing is named so.
    """
    nodes = scanned.graph.nodes
    listed = tuple(_listed(scanned.report, word))
    if word in nodes:
        return Target(nodes=(nodes[word],), listed=listed)
    if listed:
        return Target(nodes=_of_modules(scanned, listed), listed=listed)
    named = _package_at_version(scanned, word) or _in_folder(scanned, word)
    if named:
        return Target(nodes=named)
    found = _under_license(scanned, word)
    if found is None:
        raise UsageError(_unknown(scanned, word))
    return found


def _listed(report: ScanReport, word: str) -> list[Component]:
    """Components of the build list that a path, path@version or package URL names."""
    path, _, version = word.removeprefix("pkg:golang/").partition("@")
    return [
        c
        for c in report.components
        if (c.path == path and version in ("", c.version)) or c.purl == word
    ]


def _of_modules(scanned: Scanned, listed: tuple[Component, ...]) -> tuple[Node, ...]:
    purls = {c.purl for c in listed}
    own = tuple(f"{c.path}/" for c in listed if c.module is not None)
    found = (
        n
        for n in scanned.graph.nodes.values()
        if n.component in purls or (n.first_party and f"{n.id}/".startswith(own or ("\0",)))
    )
    return tuple(sorted(found, key=lambda n: n.id))


def _package_at_version(scanned: Scanned, word: str) -> tuple[Node, ...]:
    path, at, version = word.removeprefix("pkg:golang/").partition("@")
    node = scanned.graph.nodes.get(path)
    fits = node is not None and at and (node.component or "").endswith(f"@{version}")
    return (node,) if node is not None and fits else ()


def _in_folder(scanned: Scanned, word: str) -> tuple[Node, ...]:
    """Packages by the place where their files lie; `...` and folders without one: all below."""
    below = word.endswith("...")
    place = posixpath.normpath(word.removesuffix("...") or ".")
    if place.startswith(("/", "..")):
        return ()
    if place.endswith(".go"):
        place = posixpath.dirname(place) or "."
    nodes = scanned.graph.nodes
    for path in _import_paths(scanned, place):
        if path in nodes and not below:
            return (nodes[path],)
        inside = [n for n in nodes.values() if f"{n.id}/".startswith(f"{path}/")]
        if inside:
            return tuple(sorted(inside, key=lambda n: n.id))
    return ()


def _import_paths(scanned: Scanned, place: str) -> list[str]:
    """Import paths that a folder may have, by the module whose folder is the nearest above it."""
    modules = [c.module for c in scanned.report.components if c.module is not None]
    held = [(m.folder, m.id.path) for m in modules if m.folder is not None]
    found = [
        posixpath.normpath(f"{path}/{posixpath.relpath(place, folder)}")
        for folder, path in sorted(held, key=lambda x: (-len(x[0]), x[1]))
        if not folder.startswith(("/", ".."))
        and f"{place}/".startswith("" if folder == "." else f"{folder}/")
    ]
    vendored = place.removeprefix("vendor/")
    return [vendored, *found] if vendored != place else found


def _under_license(scanned: Scanned, word: str) -> Target | None:
    """Nodes under a license: of that id, else of those that begin with the word."""
    theirs = [n for n in scanned.graph.nodes.values() if not n.first_party]
    if word.lower() in UNKNOWN:
        nodes = [n for n in theirs if n.license is None]
        return Target(nodes=tuple(nodes), licenses=UNKNOWN) if nodes else None
    text = (_expression(word) or word).lower()
    same = [n for n in theirs if n.license is not None and n.license.lower() == text]
    ids = {i for n in theirs for i in _ids(n.license)}
    wanted = frozenset(
        {i for i in ids if i == text} or {i for i in ids if i.startswith(f"{text}-")}
    )
    held = same or [n for n in theirs if not wanted.isdisjoint(_ids(n.license))]
    return Target(nodes=tuple(held), licenses=wanted or frozenset({text})) if held else None


def _expression(word: str) -> str | None:
    try:
        return Expression.parse(word).text
    except InvalidExpressionError:
        return None


def _ids(expression: str | None) -> frozenset[str]:
    words = (expression or "").lower().replace("(", " ").replace(")", " ").split()
    return frozenset(words) - {"and", "or", "with"}


def _unknown(scanned: Scanned, word: str) -> str:
    import difflib

    path, _, version = word.removeprefix("pkg:golang/").partition("@")
    others = _listed(scanned.report, path) if version else []
    if others:
        has = ", ".join(sorted({c.version for c in others}))
        return f"{word}: the build list has {path} at {has}"
    if word.lower() in UNKNOWN or _expression(word) is not None:
        ids = sorted({i for n in scanned.graph.nodes.values() for i in (n.license or "").split()})
        ids = [i.strip("()") for i in ids if i not in ("AND", "OR", "WITH")]
        more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
        return (
            f"{word}: nothing is under this license; there are {', '.join(ids[:MOST_NAMED])}{more}"
        )
    known = [*scanned.graph.nodes, *(c.path for c in scanned.report.components)]
    near = difflib.get_close_matches(word, known[:20_000], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{word}: no package, module, folder, component or license is named so{hint}"
