"""Detector: bytes of a file in, licenses with their places out. Pure, apart from the index.

License files are read whole. Source files and documents are read in the paragraphs round
keywords; a file without any is done after one pass. Equal paragraphs (headers) are read once.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from compliance.findings import Finding, Location, Severity
from compliance.licenses.answering import Memo, Text, TextReader
from compliance.licenses.assemble import Seen, assemble, is_credits
from compliance.licenses.decoding import Decoded, is_binary, is_wide, to_utf8
from compliance.licenses.evidence import Change, FileLicense, Match
from compliance.licenses.index import Index
from compliance.licenses.names import Role, role_of
from compliance.licenses.ownterms import head_of_go, license_sections, own_terms
from compliance.licenses.regions import (
    GO_GAP,
    NOWHERE,
    PROSE_GAP,
    Keywords,
    on_comment_line,
    opening_comments,
    paragraphs,
)
from compliance.licenses.within import text_within
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.licenses.answer import Answer
    from compliance.licenses.answering import Reader

ENGINE_VERSION: Final = 17
"""Part of cache keys: raise it whenever the same text may get another answer."""

_FIRST: Final = 50  # files of the first batch: who reads texts elsewhere starts early
_BATCH: Final = 500  # files whose paragraphs are read together
_BATCH_BYTES: Final = 16 << 20  # and how much of them is held meanwhile
_WAITING_BYTES: Final = 48 << 20  # of all batches that wait for their answers
_AFTER_HEADING: Final = 2  # paragraphs of prose read behind one with a keyword: "License", "MIT"
_DENSE: Final = 4  # keywords from which a document is likely to hold a license text
_WHOLE_DOCUMENT: Final = 1 << 18
_SHARED: Final = 10_000  # files that say the same in the same words share the result


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that waits for its stretches to be read."""

    name: str
    role: Role
    decoded: Decoded
    sha256: str
    texts: tuple[tuple[int, bytes], ...]
    terms: tuple[tuple[int, int], ...] = ()


class _Batch:
    """Files that are read together, in order; `held` counts their bytes.

    `answers` has every text of the batch, with None until its answer is known; `asked` are those
    that are read for this batch first.
    """

    __slots__ = ("answers", "asked", "held", "items", "most")

    def __init__(self, most: int = _BATCH) -> None:
        self.most = most
        self.items: list[_Pending | FileLicense] = []
        self.held = 0
        self.asked: list[Text] = []
        self.answers: dict[Text, Answer | None] = {}

    @property
    def full(self) -> bool:
        """Whether it is time to have it read."""
        return len(self.items) >= self.most or self.held >= _BATCH_BYTES


_Alike = tuple[Role, bool, bool, bytes]
"""Role, whether it is Go, whether it is a file of credits, the text."""


def _no_text(name: str, sha256: str) -> FileLicense:
    """A license file of which nothing can be read."""
    finding = Finding(
        code="unknown-license",
        severity=Severity.REVIEW,
        message=f"{name.rpartition('/')[2]} is no text, so what it says is unknown",
        remedy="Look at the file, and record what it says under curations.",
        location=Location(file=name),
    )
    return FileLicense(
        path=name, sha256=sha256, expression=None, confidence="review", findings=(finding,)
    )


def _own_terms(name: str, role: Role, text: bytes, trigger: int) -> tuple[tuple[int, int], ...]:
    """Spans of terms in words of one's own, where they count.

    In the comments at the head of a source file, in the section of a README on the license.
    """
    if trigger == NOWHERE or role == "license":
        return ()
    if role == "document":
        if not name.rpartition("/")[2].lower().startswith("readme"):
            return ()
        sections = license_sections(text)
        return tuple((a + x, a + y) for a, b in sections for x, y in own_terms(text[a:b]))
    end = head_of_go(text) if name.endswith(".go") else opening_comments(text)
    if trigger > end:
        return ()
    return tuple(span for span in own_terms(text[:end]) if on_comment_line(text, span[0]))


class Detector:
    """Finds licenses with one index. Open one per process; forked children may use it."""

    def __init__(self, index: Index, reader: Reader | None = None) -> None:
        """Detector over an index; `reader` reads the texts, by default this process."""
        self._index = index
        self._own = TextReader(index)
        self._reader: Reader = reader or self._own
        self._memo = Memo()
        self._shared: dict[_Alike, FileLicense] = {}

    @classmethod
    def open(cls, path: Path | None = None) -> Detector:
        """Detector over the index at `path`, by default the one that ships in the package.

        Raises:
            MalformedInputError: The index is missing, damaged or of another version.
        """
        return cls(Index.open(path))

    @property
    def digest(self) -> str:
        """Changes whenever the same file may get another answer: key for caches."""
        return f"{ENGINE_VERSION}:{self._index.digest}"

    @property
    def index(self) -> Index:
        """The index, for texts and ids."""
        return self._index

    @property
    def reader(self) -> Reader:
        """Reads the texts; detectors may share it."""
        return self._reader

    @cached_property
    def _keywords(self) -> Keywords:
        return Keywords.compiled()

    def detect(self, name: str, data: bytes) -> FileLicense:
        """All that the file says; `name` is its path relative to the tree."""
        return next(self.detect_many(((name, data),)))

    def changes(self, data: bytes, match: Match) -> tuple[Change, ...]:
        """Word diff of the stretch of a match against the text of its license.

        Args:
            data: The bytes of the file the match is from.
            match: One of its matches.

        Returns:
            Runs of words, equal, added and missing, in order; empty when the license has no text
            of its own (a choice, a reference) or the match is no text.
        """
        text = self._index.text(match.license)
        if text is None or match.kind not in ("text", "exception"):
            return ()
        from compliance.licenses.difference import word_changes

        stretch = to_utf8(data[match.start : match.end]).text
        return word_changes(self._own.judge.table, stretch, text, match.start_line)

    def detect_many(
        self, files: Iterable[tuple[str, bytes]], *, hash_silent: bool = False
    ) -> Iterator[FileLicense]:
        """`detect` for many files, in order; faster, because paragraphs are read together.

        Files without any statement have "" for their SHA-256 unless `hash_silent` is true.
        """
        open_batches: deque[_Batch] = deque()
        batch = _Batch(_FIRST)
        for name, data in files:
            item = self._start(name, data, hash_silent=hash_silent)
            batch.items.append(item)
            if isinstance(item, _Pending):
                batch.held += len(data)
            if batch.full:
                self._ask(batch, open_batches)
                batch = _Batch()
                while self._is_far_ahead(open_batches):
                    yield from self._finish(open_batches)
        self._ask(batch, open_batches)
        while open_batches:
            yield from self._finish(open_batches)

    def _is_far_ahead(self, open_batches: deque[_Batch]) -> bool:
        """Whether it is time to wait for the answers to the oldest batch."""
        held = sum(b.held for b in open_batches)
        return len(open_batches) > self._reader.ahead or held > _WAITING_BYTES

    def _start(self, name: str, data: bytes, *, hash_silent: bool) -> _Pending | FileLicense:
        role = role_of(name)
        whole, data = data, text_within(data)
        hits, trigger = self._keywords.find(data) if role != "license" else ([], NOWHERE)
        terms = _own_terms(name, role, data, trigger)
        if terms:
            hits = sorted({*hits, *(end for _, end in terms)})
        silent = (role != "license" and not hits and not is_wide(data)) or is_binary(data)
        sha256 = hashlib.sha256(whole).hexdigest() if hash_silent or not silent else ""
        if silent and role == "license" and data.strip(b"\0"):
            return _no_text(name, sha256 or hashlib.sha256(whole).hexdigest())
        if silent:
            return FileLicense(path=name, sha256=sha256, expression=None)
        decoded = to_utf8(data)
        text = decoded.text
        texts: tuple[tuple[int, bytes], ...] = ((0, text),)
        if role != "license":
            if decoded.codec != "utf-8":
                hits, trigger = self._keywords.find(text)
                terms = _own_terms(name, role, text, trigger)
                hits = sorted({*hits, *(end for _, end in terms)})
            if role == "source" or len(hits) < _DENSE or len(text) > _WHOLE_DOCUMENT:
                following = _AFTER_HEADING if role == "document" else 0
                gap = GO_GAP if name.endswith(".go") else PROSE_GAP
                spans = paragraphs(text, hits, gap, following=following)
                texts = tuple((a, text[a:b]) for a, b in spans)
        return _Pending(name, role, decoded, sha256, texts, terms)

    def _ask(self, batch: _Batch, others: deque[_Batch]) -> None:
        """Have the texts read that are new; those of batches under way are waited for."""
        for item in batch.items:
            if isinstance(item, _Pending):
                for _, text in item.texts:
                    key = (item.role, text)
                    if key not in batch.answers:
                        held = batch.answers[key] = self._memo.get(key)
                        if held is None and not any(key in b.answers for b in others):
                            batch.asked.append(key)
        self._reader.ask(batch.asked)
        others.append(batch)

    def _finish(self, batches: deque[_Batch]) -> Iterator[FileLicense]:
        """Results of the oldest batch."""
        batch = batches.popleft()
        for key, answer in zip(batch.asked, self._reader.answers(), strict=True):
            self._memo.put(key, answer)
            for each in (batch, *batches):
                if key in each.answers:
                    each.answers[key] = answer
        for item in batch.items:
            yield item if isinstance(item, FileLicense) else self._assembled(item, batch.answers)

    def _assembled(self, item: _Pending, answers: dict[Text, Answer | None]) -> FileLicense:
        """The result; files that are one text (or one header on top and code) share it."""
        first, text = item.texts[0] if len(item.texts) == 1 else (1, b"")
        whole = len(text) == len(item.decoded.text)
        header = item.role == "source" and b"`" not in text
        credits = item.role == "license" and is_credits(item.name)
        key = (item.role, item.name.endswith(".go"), credits, text)
        alike = first == 0 and (whole or header) and item.decoded.codec == "utf-8"
        held = self._shared.get(key) if alike else None
        if held is None:
            parts = [(base, a) for base, t in item.texts if (a := answers[item.role, t])]
            held = assemble(
                Seen(item.name, item.role, item.decoded, parts, item.sha256, item.terms)
            )
            if alike and not held.findings:
                if len(self._shared) >= _SHARED:
                    self._shared.clear()
                self._shared[key] = held
        return FileLicense(
            path=item.name, sha256=item.sha256, expression=held.expression,
            confidence=held.confidence, matches=held.matches, copyrights=held.copyrights,
            findings=held.findings, parameters=held.parameters,
        )  # fmt: skip
