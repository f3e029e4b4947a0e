"""Which policy judges: presets, the repository's own facts, and the files of --policy."""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compliance.errors import IncompleteError, UsageError
from compliance.golang import EntryKind, UnreadableFileError
from compliance.pipeline.given import read_given
from compliance.policy import NAMED, PolicySource, load_policy
from compliance.sources import RevisionFiles
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.config import ScanRequest
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
    return _loaded(repository, layers, {name for name in named if name not in NAMED}, trace)


def day_of(request: ScanRequest, policy: Policy) -> datetime.date:
    """The day that is judged: of --as-of, else a fixed one of the policy, else of the request."""
    if request.day_named or policy.as_of in (None, "today"):
        return request.as_of
    return datetime.date.fromisoformat(policy.as_of)


def _loaded(
    repository: Repository, layers: list[PolicySource | str], outside: set[str], trace: Trace
) -> Policy:
    """A policy of layers; files that those `outside` extend may lie anywhere, too."""

    def resolve(path: str, by: str) -> PolicySource:
        """A file named in `extends`: relative to the file that names it."""
        name = os.path.normpath(os.path.join(os.path.dirname(by), path))  # noqa: PTH118, PTH120
        if by in outside:
            outside.add(name)
            return _given(repository, name, trace)
        return PolicySource(name=name, data=_inside(repository, name))

    return load_policy(layers, resolve=resolve)


def read_earlier_policy(
    repository: Repository, named: tuple[str, ...], trace: Trace
) -> tuple[Policy, str]:
    """The policy of a revision, and why its own files cannot be used ("" where they can).

    Where they cannot, presets and files from elsewhere are left, and what its own files said is not
    known: the caller lets nothing pass for that. `files` names the content that stands there
    all the same, so that an approval is one of this repair and no other.

    Raises:
        IncompleteError: a file of the revision cannot be read.
        UsageError: a file from elsewhere is at fault.
    """
    try:
        return read_policy(repository, named, trace, earlier=True), ""
    except UsageError as broken:
        elsewhere = tuple(n for n in named if n in NAMED or not _is_inside(repository, n))
        layers = [n if n in NAMED else _given(repository, n, trace) for n in elsewhere]
        left = _loaded(repository, layers, {n for n in elsewhere if n not in NAMED}, trace)
        own = [FACTS_FILE, *(_inside_name(repository, n) for n in named if n not in elsewhere)]
        known = dict(left.files)
        known.update(_contents(repository, [*own, *([broken.file] if broken.file else [])]))
        return replace(left, files=tuple(known.items())), str(broken)


def _contents(repository: Repository, names: list[str]) -> Iterator[tuple[str, str]]:
    """Names and digests of files of a revision, as far as it has them."""
    for name in names:
        try:
            data = repository.files.read(name)
        except UnreadableFileError:
            continue
        yield name, hashlib.sha256(data).hexdigest()


def _inside_name(repository: Repository, name: str) -> str:
    """A file as it is called from the root of the repository."""
    return os.path.relpath(os.path.abspath(name), repository.root)  # noqa: PTH100


def _is_inside(repository: Repository, name: str) -> bool:
    return not _inside_name(repository, name).startswith("..")


def _lacks(repository: Repository, name: str) -> bool:
    """Whether a file would lie in the repository, and this revision of it has none."""
    folder, base = os.path.split(_inside_name(repository, name))
    return _is_inside(repository, name) and base not in repository.files.listing(folder or ".")


def _inside(repository: Repository, name: str) -> bytes:
    try:
        return repository.files.read(name)
    except UnreadableFileError as problem:
        folder, base = os.path.split(name)
        kind = repository.files.listing(folder or ".").get(base)
        if isinstance(repository.files, RevisionFiles) and kind is EntryKind.FILE:
            raise IncompleteError(str(problem)) from None  # its object is damaged or not here
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
