"""Who has to look at the files of the gate, and whether a change edits that.

CODEOWNERS, as the forges read it: the last pattern that fits a file counts
(docs.github.com, About code owners; docs.gitlab.com, Code Owners syntax). GitHub asks the owners
that the base names, so such an edit relaxes the gate of the changes that come after it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance import wildcard
from compliance.findings import Finding, Location, Severity
from compliance.golang import UnreadableFileError
from compliance.pipeline.gates import gate_files

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.sources import RevisionFiles

PLACES = (
    ".github/CODEOWNERS", ".gitlab/CODEOWNERS", ".gitea/CODEOWNERS", ".forgejo/CODEOWNERS",
    "CODEOWNERS", "docs/CODEOWNERS",
)  # fmt: skip
MAX_BYTES = 3 << 20
"""GitHub takes no larger file."""
MOST_LINES = 20_000
MAX_PATTERN = 1_000
"""Characters of a pattern; a longer one names no file."""
_ESCAPED = re.compile(r"\\(.)")


def edited_owners(
    base: RevisionFiles, head: Files, policies: Iterable[str], inside: str
) -> Iterator[Finding]:
    """Files of the gate that have other owners at head than at the base; per CODEOWNERS file.

    Args:
        base: The tree of the revision.
        head: The same folder of the work tree.
        policies: Files of the policy, relative to the folder that is scanned.
        inside: The folder of these trees that is scanned; ".": all of it.
    """
    for place in PLACES:
        folder, _, name = place.rpartition("/")
        if name not in base.listing(folder or ".") or base.same(place):
            continue
        wanted = {posixpath.normpath(posixpath.join(inside, p)) for p in policies}
        wanted |= {place, *gate_files(base, head)}
        then, now = (_owners(tree, place, sorted(wanted)) for tree in (base, head))
        lost = [n for n in sorted(wanted) if then.get(n) and then[n] - now.get(n, frozenset())]
        if lost:
            first = ", ".join(sorted(then[lost[0]]))
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            shown = posixpath.relpath(place, inside)
            yield Finding(
                code="policy-edited",
                severity=Severity.REVIEW,
                message=f"this change edits {shown}: the owners of {lost[0]}{more} were {first},"
                f" and are {', '.join(sorted(now.get(lost[0], ()))) or 'nobody'} after it",
                remedy="have the owner of the policy look at it",
                location=Location(file=shown),
                new=True,
            )


def _owners(tree: Files, place: str, files: list[str]) -> Mapping[str, frozenset[str]]:
    """The owners of each of the files; none without the file."""
    try:
        data = tree.read(place)
    except UnreadableFileError:
        return {}
    found: dict[str, frozenset[str]] = {}
    for line in data[:MAX_BYTES].decode("utf-8", "replace").splitlines()[:MOST_LINES]:
        words = line.partition(" #")[0].split()
        if not words or words[0][0] in "#[^" or len(words[0]) > MAX_PATTERN:
            continue
        pattern = _Pattern(words[0])
        for name in files:
            if pattern.fits(name):
                found[name] = frozenset(words[1:])
    return found


class _Pattern:
    """A pattern of CODEOWNERS: as gitignore's, without `!` and `[ ]`. Time is linear in both."""

    def __init__(self, text: str) -> None:
        plain = _ESCAPED.sub(r"\1", text)
        self._parts = [p for p in plain.split("/") if p]
        if "/" not in plain.rstrip("/"):
            self._parts.insert(0, "**")
        self._folder = plain.endswith("/")
        # `docs/*` names files, `docs` and `docs/` all that is below.
        self._alone = "/" in plain.rstrip("/") and self._parts[-1:] == ["*"] and not self._folder

    def fits(self, name: str) -> bool:
        """Whether the pattern names a file, or a folder that holds it."""
        parts = name.split("/")
        if self._alone:
            return wildcard.fits(self._parts, parts, _segment, "**")
        last = len(parts) - 1 if self._folder else len(parts)
        return any(
            wildcard.fits(self._parts, parts[:n], _segment, "**") for n in range(last, 0, -1)
        )


def _segment(pattern: str, name: str) -> bool:
    return wildcard.fits(pattern, name, lambda p, c: p in ("?", c), "*")
