"""Detector: bytes of a file in, licenses with their places out. Pure, apart from the index.

License files and documents are read whole. Source files are read in the paragraphs round
keywords; a file without any is done after one pass. Equal paragraphs (headers) are read once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from compliance.licenses.assemble import Seen, assemble
from compliance.licenses.copyrights import find_copyrights
from compliance.licenses.decoding import Decoded, is_binary, is_wide, to_utf8
from compliance.licenses.evidence import Copyright, FileLicense
from compliance.licenses.index import Index
from compliance.licenses.names import Role, role_of
from compliance.licenses.parameters import value_spans, without_values
from compliance.licenses.regions import Keywords, paragraphs
from compliance.licenses.tags import Grammar, find_tags

if TYPE_CHECKING:
    from compliance.licenses.hits import Answer
    from compliance.licenses.rules import RuleTable

ENGINE_VERSION: Final = 1
"""Part of cache keys: raise it whenever the same text may get another answer."""

MEMO_BYTES: Final = 64 << 20
"""Texts remembered in one run; beyond that the memory starts anew."""

_BATCH: Final = 256  # files whose paragraphs are read together


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that waits for its stretches to be read."""

    name: str
    role: Role
    decoded: Decoded
    sha256: str
    texts: tuple[tuple[int, bytes], ...]


class _Memo:
    """Answers by the text they belong to, bounded in bytes."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Role, bytes], Answer] = {}
        self._size = 0

    def get(self, role: Role, text: bytes) -> Answer | None:
        return self._answers.get((role, text))

    def put(self, role: Role, text: bytes, answer: Answer) -> None:
        if self._size + len(text) > MEMO_BYTES:
            self._answers.clear()
            self._size = 0
        self._answers[role, text] = answer
        self._size += len(text)


class Detector:
    """Finds licenses with one index. Open one per process; forked children may use it."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._keywords = Keywords.compiled()
        self._grammar: Grammar | None = None
        self._table: RuleTable | None = None
        self._memo = _Memo()

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
    def grammar(self) -> Grammar:
        """SPDX expressions over the ids of the index."""
        if self._grammar is None:
            self._grammar = Grammar(self._index.document("ids"))
        return self._grammar

    @property
    def _rules(self) -> RuleTable:
        if self._table is None:
            from compliance.licenses.rules import RuleTable

            self._table = RuleTable(self._index)
        return self._table

    def detect(self, name: str, data: bytes) -> FileLicense:
        """All that the file says; `name` is its path relative to the tree."""
        return next(self.detect_many(((name, data),)))

    def detect_many(self, files: Iterable[tuple[str, bytes]]) -> Iterator[FileLicense]:
        """`detect` for many files, in order; faster, because paragraphs are read together."""
        batch: list[_Pending | FileLicense] = []
        for name, data in files:
            batch.append(self._start(name, data))
            if len(batch) >= _BATCH:
                yield from self._finish(batch)
                batch = []
        yield from self._finish(batch)

    def _start(self, name: str, data: bytes) -> _Pending | FileLicense:
        role = role_of(name)
        hits = self._keywords.find(data) if role == "source" else []
        if (role == "source" and not hits and not is_wide(data)) or is_binary(data):
            return FileLicense(path=name, sha256="", expression=None)
        decoded = to_utf8(data)
        text = decoded.text
        if role != "source":
            texts = ((0, text),)
        else:
            if decoded.codec != "utf-8":
                hits = self._keywords.find(text)
            texts = tuple((a, text[a:b]) for a, b in paragraphs(text, hits))
        return _Pending(name, role, decoded, hashlib.sha256(data).hexdigest(), texts)

    def _finish(self, batch: list[_Pending | FileLicense]) -> Iterator[FileLicense]:
        pending = [item for item in batch if isinstance(item, _Pending)]
        answers = self._read({(i.role, text) for i in pending for _, text in i.texts})
        for item in batch:
            yield item if isinstance(item, FileLicense) else self._assembled(item, answers)

    def _read(self, wanted: set[tuple[Role, bytes]]) -> dict[tuple[Role, bytes], Answer]:
        """Answers about every text, from memory or by reading it."""
        from compliance.licenses.reading import CHUNK

        answers: dict[tuple[Role, bytes], Answer] = {}
        small: list[tuple[Role, bytes]] = []
        size = 0
        for role, text in wanted:
            held = self._memo.get(role, text)
            if held is not None:
                answers[role, text] = held
            elif b"\x01" in text or len(text) > CHUNK // 8 or b"hange" in text:
                answers[role, text] = self._read_large(role, text)
            else:
                if size + len(text) > CHUNK // 2:
                    answers |= self._read_small(small)
                    small, size = [], 0
                small.append((role, text))
                size += len(text)
        answers |= self._read_small(small)
        for (role, text), answer in answers.items():
            self._memo.put(role, text, answer)
        return answers

    def _read_large(self, role: Role, text: bytes) -> Answer:
        from compliance.licenses.hits import answer
        from compliance.licenses.reading import read_text

        clean = without_values(text, value_spans(text)) if role != "source" else text
        return answer(self._rules, read_text(self._rules, clean), text, role)

    def _read_small(self, texts: list[tuple[Role, bytes]]) -> dict[tuple[Role, bytes], Answer]:
        from compliance.licenses.hits import answer
        from compliance.licenses.reading import read_many

        readings = read_many(self._rules, [text for _, text in texts])
        return {
            (role, text): answer(self._rules, [(0, len(text), reading)], text, role)
            for (role, text), reading in zip(texts, readings, strict=True)
        }

    def _assembled(self, item: _Pending, answers: dict[tuple[Role, bytes], Answer]) -> FileLicense:
        seen = Seen(
            name=item.name, role=item.role, decoded=item.decoded, sha256=item.sha256,
            answers=[(base, answers[item.role, text]) for base, text in item.texts],
            tags=find_tags(item.decoded.text, self.grammar),
        )  # fmt: skip
        found = assemble(seen)
        copyrights = self._copyrights(item)
        return replace(found, copyrights=copyrights) if copyrights else found

    def _copyrights(self, item: _Pending) -> tuple[Copyright, ...]:
        return find_copyrights(item.decoded.text)
