"""What a run remembers for the next one, in our cache folder.

Four records, each replaced as a whole, so that two runs at once or one that is killed leave a
whole one: answers about texts by the digest of the text (any tree has the same license texts); what
the files of one tree said, by their signatures (they are not even read again); what stands up to
the imports of Go files, likewise; what was concluded of modules, by all that it rests on (see
`concluding`). All belong to the tool as it is installed; a record of another build, a damaged one
or none at all means more work, never another answer.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import msgspec

from compliance.findings import Finding
from compliance.golang import Files, GoFile
from compliance.licenses import Confidence, Copyright, FileLicense, Match
from compliance.sources import BlobCache, FolderFiles, Signature, signature_of, tool_mark
from compliance.value import dataclass

if TYPE_CHECKING:
    import os

    from compliance.sources import Trace

MOST_ANSWER_BYTES = 16 << 20
"""Answers kept, about 30,000 texts; the ones that were used longest ago make room."""

MOST_FACT_BYTES = 16 << 20
"""Facts of Go files kept for one repository; those of moby's dockerd have 2 MB."""

MOST_OF_ONE_ANSWER = 1 << 20
"""A text of thousands of licenses is rare, and would displace all others."""

_T = TypeVar("_T")


class RememberedAnswers:
    """`licenses.AnswerStore` in a cache; `save` it at the end."""

    def __init__(self, folder: str | None) -> None:
        """Answers in the cache at `folder`; None switches it off. Read when first asked."""
        self._cache = BlobCache(folder)
        self._key = record_key("answers")
        self._held: dict[bytes, bytes] | None = None
        self._used: dict[bytes, bytes] = {}
        self._fresh = False

    @property
    def is_empty(self) -> bool:
        """Whether every text will have to be read."""
        if self._held is None:
            self._held = self._load()
        return not (self._held or self._used)

    def get(self, key: bytes) -> bytes | None:
        """The answer that was put under a key, or None."""
        if self._held is None:
            self._held = self._load()
        found = self._used.get(key) or self._held.get(key)
        if found is not None:
            self._used[key] = found
        return found

    def put(self, key: bytes, value: bytes) -> None:
        """Remember an answer."""
        if len(value) <= MOST_OF_ONE_ANSWER:
            self._used[key] = value
            self._fresh = True

    def save(self) -> None:
        """Write new answers, beside those that another run may have written meanwhile."""
        if not self._fresh:
            return
        kept: dict[bytes, bytes] = {}
        size = 0
        for key, value in (self._used | self._load() | self._used).items():
            size += len(key) + len(value)
            if size > MOST_ANSWER_BYTES:
                break
            kept[key] = value
        self._cache.put(self._key, msgspec.msgpack.encode(kept))
        self._fresh = False

    def _load(self) -> dict[bytes, bytes]:
        return decoded(self._cache.get(self._key), dict[bytes, bytes]) or {}


class _Said(msgspec.Struct, array_like=True, frozen=True):
    """All of a FileLicense but where it stands."""

    expression: str | None
    confidence: Confidence
    matches: tuple[Match, ...]
    copyrights: tuple[Copyright, ...]
    findings: tuple[Finding, ...]
    parameters: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, file: FileLicense) -> _Said:
        """What a file says."""
        return cls(
            file.expression, file.confidence, file.matches, file.copyrights, file.findings,
            file.parameters,
        )  # fmt: skip

    def at(self, name: str, sha256: str) -> FileLicense:
        """The same, said by the file of a name."""
        return FileLicense(
            path=name, sha256=sha256, expression=self.expression, confidence=self.confidence,
            matches=self.matches, copyrights=self.copyrights, findings=self.findings,
            parameters=self.parameters,
        )  # fmt: skip


class _Record(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Files of a tree; `which` points into `said`, what they said, packed."""

    names: list[str]
    signatures: list[Signature]
    digests: list[str]
    which: list[int]
    said: list[bytes]


@dataclass(frozen=True, slots=True)
class RememberedTree:
    """What the files of one tree said when they were last read, by path."""

    cache: BlobCache
    key: bytes
    known: Mapping[str, tuple[Signature, str, int]]
    said: tuple[bytes, ...]

    @classmethod
    def open(cls, folder: str | None, root: str) -> RememberedTree:
        """The record of the tree at `root` (a real path); empty where there is none."""
        cache, key = BlobCache(folder), record_key("tree", root)
        record = decoded(cache.get(key), _Record)
        if record is None:
            return cls(cache, key, {}, ())
        rows = zip(record.signatures, record.digests, record.which, strict=False)
        return cls(cache, key, dict(zip(record.names, rows, strict=False)), tuple(record.said))

    def recall(self, name: str, status: os.stat_result | None) -> FileLicense | None:
        """What a file said, if it is in the state in which it was read."""
        held = self.known.get(name)
        if held is None or status is None or signature_of(status) != held[0]:
            return None
        _, sha256, place = held
        said = _unpacked(self.said[place]) if place < len(self.said) else None
        return said.at(name, sha256) if said is not None else None

    def save(self, files: Mapping[str, tuple[os.stat_result, FileLicense]], trace: Trace) -> None:
        """Remember what files said, by path; those too young to be told from a change are not."""
        names: list[str] = []
        signatures: list[Signature] = []
        digests: list[str] = []
        which: list[int] = []
        said: dict[bytes, int] = {}
        packed_by: dict[tuple[str, int, int, int], int] = {}
        spelt = _is_utf8("\n".join(files))
        for name, (status, file) in files.items():
            if trace.is_young(status) or not (spelt or _is_utf8(name)):
                continue
            # Files that say the same in the same words share it.
            alike = (file.confidence, id(file.matches), id(file.copyrights), id(file.findings))
            place = packed_by.get(alike)
            if place is None:
                packed = msgspec.msgpack.encode(_Said.of(file))
                place = packed_by[alike] = said.setdefault(packed, len(said))
            names.append(name)
            signatures.append(signature_of(status))
            digests.append(file.sha256)
            which.append(place)
        record = _Record(names, signatures, digests, which, list(said))
        self.cache.put(self.key, msgspec.msgpack.encode(record))


class _Facts(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Go files of one folder; `blobs` are "" where the index did not vouch for a file."""

    names: list[str]
    signatures: list[Signature]
    blobs: list[bytes]
    facts: list[GoFile]


_UNSETTLED: Signature = (0, 0, 0, 0, 0)
"""Of a file that was too young to be known by its state; no file was changed in 1970."""


class RememberedFacts:
    """`golang.GoFileCache` in a cache; `save` it at the end.

    One record holds the folders of a repository and of the modules that it is built with, as far as
    they lie on disk; each is unpacked when it is asked for.
    """

    def __init__(
        self, folder: str | None, root: str, blob_of: Callable[[str], bytes] | None = None
    ) -> None:
        """Facts for the repository at `root` (a real path), in the cache at `folder`.

        `blob_of` answers for a path of the repository what its content is called, which has to be
        another name for any other content, or with b"" (see `Blobs`).
        """
        self._cache = BlobCache(folder)
        self._key = record_key("facts", root)
        self._blob_of = blob_of
        self._held: dict[str, bytes] | None = None
        self._kept: dict[str, bytes] = {}
        self._true: dict[str, int] = {}
        """How many facts of a folder still hold, where that is all that were remembered."""

    def get(self, tree: str, files: Files, place: str) -> Mapping[str, GoFile] | None:
        """Facts of the files that are in the state in which they were read."""
        if not isinstance(files, FolderFiles):
            return None
        if self._held is None:
            self._held = decoded(self._cache.get(self._key), dict[str, bytes]) or {}
        where = _where(tree, place)
        held = decoded(self._held.get(where), _Facts)
        if held is None:
            return None
        prefix = "" if place in ("", ".") else f"{place}/"
        found = {}
        blob_of = self._blob_of if tree == "" else None
        rows = zip(held.names, held.signatures, held.blobs, held.facts, strict=False)
        for name, signature, blob, facts in rows:
            if blob_of is not None and blob and blob_of(prefix + name) == blob:
                found[name] = facts
                continue
            status = files.plain(prefix + name)
            if status is not None and signature_of(status) == signature:
                found[name] = facts
        if len(found) == len(held.names):
            self._kept[where] = self._held[where]
            self._true[where] = len(found)
        return found

    def put(self, tree: str, files: Files, place: str, parsed: Mapping[str, GoFile]) -> None:
        """Remember what stands in files; those too young to be told from a change are not."""
        where = _where(tree, place)
        if not isinstance(files, FolderFiles) or self._true.get(where) == len(parsed):
            return
        self._true[where] = len(parsed)
        settled = dict(files.settled(place, parsed))
        blobs = self._blobs(tree, place, parsed)
        names = [n for n in parsed if n in settled or blobs.get(n)]
        if names:
            record = _Facts(
                names,
                [settled.get(n, _UNSETTLED) for n in names],
                [blobs.get(n, b"") for n in names],
                [parsed[n] for n in names],
            )
            with contextlib.suppress(UnicodeEncodeError):  # a name that is not UTF-8: read it anew
                self._kept[where] = msgspec.msgpack.encode(record)

    def _blobs(self, tree: str, place: str, names: Iterable[str]) -> dict[str, bytes]:
        if self._blob_of is None or tree != "":
            return {}
        prefix = "" if place in ("", ".") else f"{place}/"
        return {n: self._blob_of(prefix + n) for n in names}

    def save(self) -> None:
        """Write what is known now, if that is more or something else than was known before."""
        held = self._held or {}
        if all(held.get(where) == packed for where, packed in self._kept.items()):
            return
        both = {**held, **self._kept}  # folders of another program stay
        if sum(map(len, both.values())) > MOST_FACT_BYTES:
            both = self._kept
        self._cache.put(self._key, msgspec.msgpack.encode(both))


def _where(tree: str, place: str) -> str:
    return f"{tree}\0{place}"


@lru_cache(maxsize=1 << 16)
def _unpacked(said: bytes) -> _Said | None:
    return decoded(said, _Said)


def decoded(data: bytes | None, kind: type[_T]) -> _T | None:
    """A record, None for anything else."""
    if data is None:
        return None
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def record_key(*parts: str) -> bytes:
    """Key of a record of this tool, as it is installed."""
    text = "\0".join((*parts, tool_mark()))
    return b"compliance-detect-1" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
