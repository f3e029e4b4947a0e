"""When components of two bills are the same one, whatever tool wrote the bills."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from compliance import patterns as re
from compliance.outputs.sbommodel import Element, Sbom
from compliance.value import replace

_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_MAJOR = re.compile(r"v(?:[2-9]|[1-9][0-9]+)")

_GO = "pkg:golang/"
_STANDARD_LIBRARY = {f"{_GO}std", f"{_GO}stdlib"}
"""cyclonedx-gomod names it `std@go1.26.8`, the vulnerability databases, syft and we `stdlib`."""

_TREE_HASHERS = re.compile(r"\b(?:cyclonedx-gomod|syft)-")
"""Tools that give the go.sum hash of a module, which is one of its file tree, as its SHA-256."""

Pair = tuple[Element | None, Element | None]
"""A component before and after; None where it is not there."""


def package_of(purl: str, name: str) -> str:
    """A package URL without its version and qualifiers, spelled in one way.

    Tools disagree about Go (purl-spec leaves it open): `?type=module&goos=linux` says how a module
    was looked at and not which one it is, and the end of a module path is found as subpath as well
    (`survey@v2.3.7#v2` is `survey/v2@v2.3.7`). That is seen by a major version, or by the name of
    the component where that is the whole path.
    """
    rest, _, subpath = purl.partition("#")
    rest = rest.partition("?")[0]
    folder, slash, last = rest.rpartition("/")
    path = _unescaped(folder + slash + last.partition("@")[0])
    whole = f"{path}/{subpath}"
    if path in _STANDARD_LIBRARY and not subpath:
        return f"{_GO}stdlib"
    if path.startswith(_GO) and (_MAJOR.fullmatch(subpath) or whole == _GO + name):
        return whole
    return f"{path}#{subpath}" if subpath else path


def _unescaped(text: str) -> str:
    """Percent-encoding undone (RFC 3986, 2.1)."""
    return _ESCAPED.sub(
        lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace"), text
    )


def merge_identity(e: Element) -> tuple[str, str, str]:
    """Name, version and package URL: two components that agree in them are one when merged.

    Qualifiers of other package types stay: `?arch=` tells files apart.
    """
    purl = e.purl or ""
    package = package_of(purl, e.name) if purl.startswith(_GO) else purl
    name = "stdlib" if package == f"{_GO}stdlib" else e.name
    return name, version_of(e), package


def version_of(e: Element) -> str:
    """The version; of the standard library without the `go` that some put before it."""
    library = e.version.startswith("go") and package_of(e.purl or "", e.name) == f"{_GO}stdlib"
    return e.version.removeprefix("go") if library else e.version


def pairs(before: Sbom, after: Sbom) -> Iterator[Pair]:
    """Each component of two bills once, with what it was before or became.

    The same package in the same version is the same component; what is left of a package in one
    version on each side is a component whose version changed. A component without package URL is
    found by its name.
    """
    old, new = (_by_package(b.elements) for b in (before, after))
    alone: tuple[list[Element], list[Element]] = ([], [])
    for identity in sorted({*old, *new}):
        a, b = old.get(identity, {}), new.get(identity, {})
        yield from ((a[v], b[v]) for v in sorted(a.keys() & b.keys()))
        left = [a[v] for v in sorted(a.keys() - b.keys())]
        right = [b[v] for v in sorted(b.keys() - a.keys())]
        if len(left) == len(right) == 1:
            yield left[0], right[0]
        else:
            alone[0].extend(left)
            alone[1].extend(right)
    yield from _by_name(*alone)


def _by_package(elements: Iterable[Element]) -> dict[str, dict[str, Element]]:
    """Package (or name, in brackets) to version to the first such element."""
    made: dict[str, dict[str, Element]] = {}
    for e in elements:
        identity = package_of(e.purl, e.name) if e.purl else f"[{e.name}]"
        made.setdefault(identity, {}).setdefault(version_of(e), e)
    return made


def _by_name(left: list[Element], right: list[Element]) -> Iterator[Pair]:
    """Pairs by name where one bill gives no package URL; the others alone."""
    rest = list(right)
    for a in left:
        same = [b for b in rest if b.name == a.name and not (a.purl and b.purl)]
        if len(same) == 1:
            rest.remove(same[0])
        yield a, same[0] if len(same) == 1 else None
    yield from ((None, b) for b in rest)


def with_go_sums(elements: Iterable[Element], notes: Iterable[str]) -> tuple[Element, ...]:
    """Elements of a bill of a tool that writes the go.sum hash as SHA-256, with it under its name.

    No file has that digest: it stands for the tree, as `h1:` does
    (https://go.dev/ref/mod#go-sum-files).
    """
    given = tuple(elements)
    if not any(_TREE_HASHERS.search(note) for note in notes):
        return given
    return tuple(
        replace(e, sha256=None, file_name=None, module_sum=f"h1:{_base64(e.sha256)}")
        if e.sha256 and not e.sha512 and not e.module_sum and (e.purl or "").startswith(_GO)
        else e
        for e in given
    )


def one_form(a: Element, b: Element) -> tuple[Element, Element]:
    """Two states of one component, with the go.sum hash under its name in both.

    Where the SHA-256 of one is the go.sum hash of the other in hexadecimal digits, it is that hash.
    """
    for first, second in ((a, b), (b, a)):
        if first.sha256 and second.module_sum == f"h1:{_base64(first.sha256)}":
            made = replace(first, sha256=None, file_name=None, module_sum=second.module_sum)
            a, b = (made, second) if first is a else (second, made)
    return a, b


DIGESTS = ("sha256", "sha512", "module_sum")


def same_bytes(a: Element, b: Element) -> bool:
    """Whether digests of both show that they are the same: one agrees, and none differs."""
    both = [(getattr(a, d), getattr(b, d)) for d in DIGESTS]
    given = [x == y for x, y in both if x and y]
    return bool(given) and all(given)


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()
