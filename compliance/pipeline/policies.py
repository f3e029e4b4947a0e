"""Which policy judges: presets, the repository's own facts, and the files of --policy."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from compliance.errors import IncompleteError, UsageError
from compliance.golang import UnreadableFileError
from compliance.pipeline.given import read_given
from compliance.policy import NAMED, PolicySource, load_policy
from compliance.sources import RevisionFiles

if TYPE_CHECKING:
    from compliance.policy import Policy
    from compliance.sources import Repository, Trace

FACTS_FILE = ".compliance.yaml"


def read_policy(
    repository: Repository, named: tuple[str, ...], trace: Trace, *, earlier: bool = False
) -> Policy:
    """Layers in order: preset, .compliance.yaml, then each --policy (a preset or a file).

    Of an `earlier` revision, a file of --policy that it does not have yet says nothing.

    Raises:
        UsageError: a file that cannot be read, or `FILE:LINE: message` for the first mistake.
    """
    layers: list[PolicySource | str] = []
    if FACTS_FILE in repository.files.listing("."):
        layers.append(PolicySource(name=FACTS_FILE, data=_inside(repository, FACTS_FILE)))
    for name in named:
        if name in NAMED:
            layers.append(name)
        elif not (earlier and _lacks(repository, name)):
            layers.append(_given(repository, name, trace))
    outside = {name for name in named if name not in NAMED}

    def resolve(path: str, by: str) -> PolicySource:
        """A file named in `extends`: relative to the file that names it."""
        name = os.path.normpath(os.path.join(os.path.dirname(by), path))  # noqa: PTH118, PTH120
        if by in outside:
            outside.add(name)
            return _given(repository, name, trace)
        return PolicySource(name=name, data=_inside(repository, name))

    return load_policy(layers, resolve=resolve)


def _lacks(repository: Repository, name: str) -> bool:
    """Whether a file would lie in the repository, and this revision of it has none."""
    inside = os.path.relpath(os.path.abspath(name), repository.root)  # noqa: PTH100
    folder, base = os.path.split(inside)
    return not inside.startswith("..") and base not in repository.files.listing(folder or ".")


def _inside(repository: Repository, name: str) -> bytes:
    try:
        return repository.files.read(name)
    except UnreadableFileError as problem:
        if isinstance(repository.files, RevisionFiles):
            raise IncompleteError(str(problem)) from None
        raise UsageError(problem.reason(name), file=name) from None


def _given(repository: Repository, name: str, trace: Trace) -> PolicySource:
    """A file of --policy, or what one extends. Raises UsageError where it cannot be read."""
    try:
        shown, data = read_given(name, repository, trace)
    except UnreadableFileError as problem:
        if isinstance(repository.files, RevisionFiles):
            raise IncompleteError(f"--policy {name}: {problem}") from None
        known = f"; presets are {', '.join(NAMED)}" if not os.path.lexists(name) else ""
        why = problem.reason(os.path.basename(name))  # noqa: PTH119
        raise UsageError(f"--policy {name}: {why}{known}") from None
    return PolicySource(name=shown, data=data)
