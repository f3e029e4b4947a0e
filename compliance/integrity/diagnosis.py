"""Why two copies of a module version differ, as far as their bytes tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


_EXPLANATIONS: dict[Cause, tuple[str, str]] = {
    "line-ends": (
        "Only line ends differ: the version was packed on a system that converts them.",
        "Fetch it from a module proxy, or correct .gitattributes and publish a new version.",
    ),
    "local-edit": (
        "The extracted folder was edited after the go command wrote it.",
        "Run `go clean -modcache`, and use a replace directive for changes of your own.",
    ),
    "re-tagged": (
        "Files differ as between two commits: the version was tagged again.",
        "Ask its authors which commit they meant, and require a new version.",
    ),
    "rewritten": (
        "Every file differs: a server in between rewrites what passes through it.",
        "Ask another proxy, and the operator of this one.",
    ),
    "packing": (
        "All common files agree; files are added or left out: "
        "the zip was not made by the rules for module zips, or for another folder.",
        "Ask the operator of that place how it makes zips, and take the version from another.",
    ),
}
_NO_REFERENCE = (
    "No copy has the sum that is expected: ask the authors which commit the version was, and take "
    "it from a proxy that still has it; `go mod verify` and `go clean -modcache` tell a damaged "
    "cache from a changed version."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What the copies of a module version tell about a sum that is not as expected.

    `lines` say which place gave which bytes and how they differ, `remedy` what to do.
    """

    lines: tuple[str, ...]
    remedy: str


def diagnose_copies(copies: Sequence[Copy], expected: str) -> Diagnosis:
    """Compare copies with one that has the sum that is expected, where there is one."""
    lines = [f"{c.place}: {c.sum}{' (as expected)' * (c.sum == expected)}" for c in copies]
    good = next((c for c in copies if c.sum == expected), None)
    remedies: list[str] = []
    for copy in copies:
        difference = compare_copies(good, copy) if good and copy.sum != expected else None
        if difference is not None:
            probable, remedy = _EXPLANATIONS[difference.cause]
            lines.append(
                f"{copy.place} differs first in {difference.file} ({difference.changed} "
                f"changed, {difference.extra} added, {difference.missing} missing). {probable}"
            )
            remedies.append(remedy)
    if good is None:
        remedies.append(_NO_REFERENCE)
    return Diagnosis(lines=tuple(lines), remedy=" ".join(dict.fromkeys(remedies)))


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
