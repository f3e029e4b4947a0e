"""Detector: bytes of a file in, licenses with their places out. Pure, apart from the index.

License files are read whole. Source files and documents are read in the paragraphs round
keywords; a file without any is done after one pass. Equal paragraphs (headers) are read once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from compliance.licenses.assemble import Seen, assemble
from compliance.licenses.decoding import Decoded, is_binary, is_wide, to_utf8
from compliance.licenses.evidence import Change, FileLicense, Match
from compliance.licenses.index import Index
from compliance.licenses.names import Role, role_of
from compliance.licenses.parameters import value_spans, without_values
from compliance.licenses.regions import GO_GAP, PROSE_GAP, Keywords, paragraphs

if TYPE_CHECKING:
    from compliance.licenses.hits import Answer, Judge

ENGINE_VERSION: Final = 1
"""Part of cache keys: raise it whenever the same text may get another answer."""

MEMO_BYTES: Final = 64 << 20
"""Texts remembered in one run; beyond that the memory starts anew."""

_BATCH: Final = 2000  # files whose paragraphs are read together
_BATCH_BYTES: Final = 16 << 20  # and how much of them is held meanwhile
_TOGETHER: Final = 1 << 19  # bytes of paragraphs read in one pass
_SMALL: Final = 1 << 16  # a text beyond that is worth a pass of its own
_AFTER_HEADING: Final = 2  # paragraphs of prose read behind one with a keyword: "License", "MIT"
_DENSE: Final = 4  # keywords from which a document is likely to hold a license text
_WHOLE_DOCUMENT: Final = 1 << 18
_HEADERS: Final = 10_000  # files whose whole statement is one header share the result


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that waits for its stretches to be read."""

    name: str
    role: Role
    decoded: Decoded
    sha256: str
    texts: tuple[tuple[int, bytes], ...]


_Text = tuple[Role, bytes]


class _Memo:
    """Answers by the text they belong to, bounded in bytes."""

    def __init__(self) -> None:
        self._answers: dict[_Text, Answer] = {}
        self._size = 0

    def get(self, key: _Text) -> Answer | None:
        return self._answers.get(key)

    def put(self, key: _Text, answer: Answer) -> None:
        size = len(key[1])
        if self._size + size > MEMO_BYTES:
            self._answers.clear()
            self._size = 0
        if size <= MEMO_BYTES:
            self._answers[key] = answer
            self._size += size


class Detector:
    """Finds licenses with one index. Open one per process; forked children may use it."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._keywords = Keywords.compiled()
        self._prepared: Judge | None = None
        self._memo = _Memo()
        self._headers: dict[tuple[bool, bytes], FileLicense] = {}

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
    def _judge(self) -> Judge:
        if self._prepared is None:
            from compliance.licenses.hits import Judge
            from compliance.licenses.rules import RuleTable

            self._prepared = Judge(RuleTable(self._index))
        return self._prepared

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
        return word_changes(self._judge.table, stretch, text, match.start_line)

    def detect_many(
        self, files: Iterable[tuple[str, bytes]], *, hashes: bool = True
    ) -> Iterator[FileLicense]:
        """`detect` for many files, in order; faster, because paragraphs are read together.

        With `hashes` false the results have "" for their SHA-256.
        """
        batch: list[_Pending | FileLicense] = []
        held = 0
        for name, data in files:
            item = self._start(name, data)
            if hashes and isinstance(item, _Pending):
                item = replace(item, sha256=hashlib.sha256(data).hexdigest())
            batch.append(item)
            held += len(data) if isinstance(item, _Pending) else 0
            if len(batch) >= _BATCH or held >= _BATCH_BYTES:
                yield from self._finish(batch)
                batch, held = [], 0
        yield from self._finish(batch)

    def _start(self, name: str, data: bytes) -> _Pending | FileLicense:
        role = role_of(name)
        hits = self._keywords.find(data) if role != "license" else []
        if (role != "license" and not hits and not is_wide(data)) or is_binary(data):
            return FileLicense(path=name, sha256="", expression=None)
        decoded = to_utf8(data)
        text = decoded.text
        texts: tuple[tuple[int, bytes], ...] = ((0, text),)
        if role != "license":
            if decoded.codec != "utf-8":
                hits = self._keywords.find(text)
            if role == "source" or len(hits) < _DENSE or len(text) > _WHOLE_DOCUMENT:
                following = _AFTER_HEADING if role == "document" else 0
                gap = GO_GAP if name.endswith(".go") else PROSE_GAP
                spans = paragraphs(text, hits, gap, following=following)
                texts = tuple((a, text[a:b]) for a, b in spans)
        return _Pending(name, role, decoded, "", texts)

    def _finish(self, batch: list[_Pending | FileLicense]) -> Iterator[FileLicense]:
        pending = [item for item in batch if isinstance(item, _Pending)]
        wanted = dict.fromkeys((i.role, text) for i in pending for _, text in i.texts)
        answers = self._read(wanted)
        for item in batch:
            yield item if isinstance(item, FileLicense) else self._assembled(item, answers)

    def _read(self, wanted: Iterable[_Text]) -> dict[_Text, Answer]:
        """Answers about every text, from memory or by reading it."""
        answers: dict[_Text, Answer] = {}
        small: list[_Text] = []
        size = 0
        for key in wanted:
            role, text = key
            held = self._memo.get(key)
            if held is not None:
                answers[key] = held
                continue
            if b"\x01" in text or len(text) > _SMALL or (role != "source" and value_spans(text)):
                answers[key] = self._read_large(role, text)
                self._memo.put(key, answers[key])
                continue
            if size + len(text) > _TOGETHER:
                answers |= self._read_small(small)
                small, size = [], 0
            small.append(key)
            size += len(text)
        return answers | self._read_small(small)

    def _read_large(self, role: Role, text: bytes) -> Answer:
        from compliance.licenses.reading import read_text

        clean = text if role == "source" else without_values(text, value_spans(text))
        return self._judge.answer(read_text(self._judge.table, clean), text, role, read=clean)

    def _read_small(self, texts: list[_Text]) -> dict[_Text, Answer]:
        from compliance.licenses.reading import read_many

        answers: dict[_Text, Answer] = {}
        readings = read_many(self._judge.table, [text for _, text in texts]) if texts else []
        for key, reading in zip(texts, readings, strict=True):
            role, text = key
            answers[key] = self._judge.answer([(0, len(text), reading)], text, role, read=text)
            self._memo.put(key, answers[key])
        return answers

    def _assembled(self, item: _Pending, answers: dict[_Text, Answer]) -> FileLicense:
        """The result; files that are one header on top and code share it."""
        header = item.texts[0][1] if len(item.texts) == 1 and item.texts[0][0] == 0 else None
        shared = header is not None and item.role == "source" and b"`" not in header
        key = (item.name.endswith(".go"), header or b"")
        held = self._headers.get(key) if shared else None
        if held is None:
            parts = [(base, answers[item.role, text]) for base, text in item.texts]
            held = assemble(Seen(item.name, item.role, item.decoded, parts, item.sha256))
            if shared and not held.findings and item.decoded.codec == "utf-8":
                if len(self._headers) >= _HEADERS:
                    self._headers.clear()
                self._headers[key] = held
        return FileLicense(
            path=item.name, sha256=item.sha256, expression=held.expression,
            confidence=held.confidence, matches=held.matches, copyrights=held.copyrights,
            findings=held.findings, parameters=held.parameters,
        )  # fmt: skip
