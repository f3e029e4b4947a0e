"""Where two lines of history part: what `git merge-base` says."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from compliance.sources import Parting, parting


class History:
    """A repository of empty commits, each a minute after the one before, or all at once."""

    def __init__(self, folder: Path, *, apart: int = 60) -> None:
        self.folder, self._apart, self._now = folder, apart, 1_700_000_000
        folder.mkdir()
        self.git("init", "-q", "-b", "main")
        self._tree = self.git("mktree", stdin="")

    def git(self, *words: str, stdin: str | None = None) -> str:
        date = f"{self._now} +0000"
        done = subprocess.run(
            ["git", "-c", "user.email=a@b.example", "-c", "user.name=A", *words],
            cwd=self.folder, capture_output=True, text=True, check=True, input=stdin,
            env={**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, *parents: str) -> str:
        self._now += self._apart
        words = [w for p in parents for w in ("-p", p)]
        return self.git("commit-tree", self._tree, *words, "-m", str(self._now))

    def bases(self, one: str, other: str) -> set[str]:
        done = subprocess.run(
            ["git", "merge-base", "--all", one, other], cwd=self.folder, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        return set(done.stdout.split())


@pytest.mark.parametrize("apart", [60, 0, -60])
def test_any_history_parts_where_git_says(tmp_path: Path, apart: int) -> None:
    """Commits with one to three parents, in their order, at the same time, and in turned order."""
    history = History(tmp_path / "r", apart=apart)
    chance = random.Random(5)  # noqa: S311 - cases
    commits = [history.commit(), history.commit()]
    for _ in range(40):
        parents = chance.sample(commits[-8:], k=min(len(commits), chance.choice((1, 1, 2, 3))))
        commits.append(history.commit(*parents))
    for _ in range(60):
        one, other = chance.choices(commits, k=2)
        want = history.bases(one, other)
        found = parting(str(history.folder), one, other)
        assert found.whole
        assert found.fork in want if want else found.fork is None


def test_what_a_shallow_clone_lacks_is_not_claimed(tmp_path: Path) -> None:
    history = History(tmp_path / "r")
    first = history.commit()
    one, other = history.commit(history.commit(first)), history.commit(first)
    history.git("update-ref", "refs/heads/main", one)
    history.git("update-ref", "refs/heads/other", other)
    clone = str(tmp_path / "c")
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "--no-single-branch", f"file://{history.folder}",
         clone], check=True,
    )  # fmt: skip
    assert parting(clone, one, other) == Parting(fork=None, whole=False)
    subprocess.run(["git", "fetch", "-q", "--depth=1", "origin", first], cwd=clone, check=True)
    assert parting(clone, other, first) == Parting(fork=first, whole=True)
    assert parting(str(history.folder), one, other) == Parting(fork=first, whole=True)
    assert parting(str(tmp_path), one, other) == Parting(fork=None, whole=False)
    assert parting(str(history.folder), one, "0" * 40) == Parting(fork=None, whole=False)
