"""Where two lines of history part, read from commit objects; git itself never runs."""

from __future__ import annotations

import heapq

from compliance import patterns as re
from compliance.errors import ComplianceError
from compliance.sources.gitobjects import MAX_COMMIT_BYTES, GitFolder
from compliance.value import dataclass

MOST_COMMITS = 20_000
"""Commits that are read; of a base further away nobody asks where it parted."""
MOST_AFTER = 2_000
"""Commits before common ones that are looked at where there are several."""
_ONE, _OTHER, _STALE = 1, 2, 4
_HEAD = re.compile(rb"^(?:parent ([0-9a-f]+)|committer [^\n]*> (-?\d+) [^\n]*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """`fork`: the latest commit that both sides have (hex), None where none was found.

    `whole`: whether all was looked through that could hold one.
    """

    fork: str | None
    whole: bool


def parting(work_tree: str, one: str, other: str) -> Parting:
    """Where the history of two commits parts: what `git merge-base` says.

    Commits are taken by date, latest first, each with the sides that reach it; one that both reach
    is common, and so is all before it (`paint_down_to_common` of git's commit-reach.c). Where a
    shallow clone cut history off, a parent counts that was fetched by itself.

    Args:
        work_tree: Top of the git work tree.
        one: A commit, in hex.
        other: The other one.
    """
    git = GitFolder.find(work_tree)
    if git is None:
        return Parting(fork=None, whole=False)
    return _Walk(git, len(one) // 2).run(one, other)


class _Walk:
    def __init__(self, git: GitFolder, oid_size: int) -> None:
        self._store = git.store(oid_size)
        self._flags: dict[str, int] = {}
        self._known: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._queue: list[tuple[int, str]] = []
        self._live: set[str] = set()
        self._whole = True

    def run(self, one: str, other: str) -> Parting:
        self._reach(one, _ONE)
        self._reach(other, _OTHER)
        common: list[str] = []
        left = MOST_AFTER
        while self._queue and len(self._known) < MOST_COMMITS:
            if not self._live:
                # One of several may lie before another where clocks were wrong.
                left -= 1
                if left < 0 or len(common) < 2:  # noqa: PLR2004 - several
                    break
            _, oid = heapq.heappop(self._queue)
            self._live.discard(oid)
            flags = self._flags[oid]
            if flags & (_ONE | _OTHER) == _ONE | _OTHER:
                if not flags & _STALE:
                    common.append(oid)
                flags |= _STALE
            for parent in self._known[oid][1]:
                self._reach(parent, flags)
        best = next((oid for oid in common if not self._flags[oid] & _STALE), None)
        return Parting(fork=best, whole=self._whole and not self._live)

    def _reach(self, oid: str, flags: int) -> None:
        """Note that a commit is reached from these sides."""
        before = self._flags.get(oid, 0)
        if before | flags == before:
            return
        if oid not in self._known:
            found = self._read(oid)
            if found is None:
                self._whole = False
                return
            self._known[oid] = found
        self._flags[oid] = before | flags
        heapq.heappush(self._queue, (-self._known[oid][0], oid))
        if self._flags[oid] & _STALE:
            self._live.discard(oid)
        else:
            self._live.add(oid)

    def _read(self, oid: str) -> tuple[int, tuple[str, ...]] | None:
        """Date and parents of a commit; None where it is not here."""
        try:
            found = self._store.get(bytes.fromhex(oid), MAX_COMMIT_BYTES)
        except ComplianceError:
            return None
        if found is None or found[0] != "commit":
            return None
        parents: list[str] = []
        date = 0
        for match in _HEAD.finditer(found[1].partition(b"\n\n")[0]):
            if match[1] is not None:
                parents.append(match[1].decode("ascii"))
            else:
                date = int(match[2][:19])
        return date, tuple(parents)
