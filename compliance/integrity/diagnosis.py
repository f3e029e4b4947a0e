"""Why two copies of a module version differ, as far as their bytes tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from compliance.value import dataclass

Cause = Literal["line-ends", "local-edit", "re-tagged", "rewritten", "packing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of a module: where it lies, its h1 sum, and its files.

    `files` maps names inside the module to the SHA-256 of the content and of the content with
    LF line ends. `extracted` says that it is a folder, which somebody may have edited.
    """

    place: str
    sum: str
    files: Mapping[str, tuple[bytes, bytes]]
    extracted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How a copy differs from another.

    `file` is the first file by name that differs; `changed`, `extra` and `missing` count files.
    """

    file: str
    changed: int
    extra: int
    missing: int
    cause: Cause

    @property
    def explanation(self) -> str:
        """The probable cause and what to do, in a sentence or two."""
        return _EXPLANATIONS[self.cause]


_EXPLANATIONS: dict[Cause, str] = {
    "line-ends": (
        "Only line ends differ: the version was packed on a system that converts them. "
        "Fetch it from a module proxy, or correct .gitattributes and publish a new version."
    ),
    "local-edit": (
        "The extracted folder was edited after the go command wrote it. "
        "Run `go clean -modcache`, and use a replace directive for changes of your own."
    ),
    "re-tagged": (
        "Files differ as between two commits: the version was tagged again. "
        "Ask its authors which commit they meant, and require a new version."
    ),
    "rewritten": (
        "Every text file differs: a server in between rewrites what passes through it. "
        "Ask another proxy, and the operator of this one."
    ),
    "packing": (
        "All common files agree; files are added or left out: "
        "the zip was not made by the rules for module zips, or for another folder."
    ),
}
_MANY = 0.9  # of the files; a new commit rarely touches as many


def compare_copies(expected: Copy, actual: Copy) -> Difference | None:
    """How `actual` differs from `expected`; None when all files agree."""
    names = sorted({*expected.files, *actual.files})
    differing = [n for n in names if expected.files.get(n) != actual.files.get(n)]
    if not differing:
        return None
    changed = [n for n in differing if n in expected.files and n in actual.files]
    extra = sum(n not in expected.files for n in differing)
    return Difference(
        file=differing[0],
        changed=len(changed),
        extra=extra,
        missing=len(differing) - len(changed) - extra,
        cause=_cause(expected, actual, changed),
    )


def _cause(expected: Copy, actual: Copy, changed: list[str]) -> Cause:
    if not changed:
        return "local-edit" if actual.extracted else "packing"
    if all(expected.files[n][1] == actual.files[n][1] for n in changed):
        return "line-ends"
    if actual.extracted:
        return "local-edit"
    common = sum(n in actual.files for n in expected.files)
    return "rewritten" if common > 1 and len(changed) >= _MANY * common else "re-tagged"
