"""Answers about texts: read once each, here or in another process, and remembered.

A file is cut into texts (the whole of it, or paragraphs); what a text says depends on its bytes
and on what its file is by name, on nothing else. That makes answers worth remembering.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from compliance.licenses.parameters import value_spans, without_values

if TYPE_CHECKING:
    from compliance.licenses.answer import Answer
    from compliance.licenses.hits import Judge
    from compliance.licenses.index import Index
    from compliance.licenses.names import Role

MEMO_BYTES: Final = 64 << 20
"""Texts remembered in one run; beyond that the memory starts anew."""

_TOGETHER: Final = 1 << 19  # bytes of paragraphs read in one pass
_SMALL: Final = 1 << 16  # a text beyond that is worth a pass of its own

Text = tuple["Role", bytes]
"""What the file is by its name, and a stretch of it as UTF-8."""


class Reader(Protocol):
    """Reads texts. Questions are answered in the order in which they were asked."""

    @property
    def ahead(self) -> int:
        """Questions that may wait while the next one is prepared."""

    def ask(self, texts: Sequence[Text]) -> None:
        """Have texts read."""

    def answers(self) -> Sequence[Answer]:
        """What the texts of the oldest open question say, in their order."""


class AnswerStore(Protocol):
    """Remembers packed answers from one run to the next; forgetting is allowed at any time."""

    def get(self, key: bytes) -> bytes | None:
        """What was put under a key, or None."""

    def put(self, key: bytes, value: bytes) -> None:
        """Remember a value."""


class Memo:
    """Answers by the text they belong to, bounded in bytes."""

    def __init__(self) -> None:
        self._answers: dict[Text, Answer] = {}
        self._size = 0

    def get(self, key: Text) -> Answer | None:
        """The answer about a text, if it is remembered."""
        return self._answers.get(key)

    def put(self, key: Text, answer: Answer) -> None:
        """Remember an answer."""
        size = len(key[1])
        if self._size + size > MEMO_BYTES:
            self._answers.clear()
            self._size = 0
        if size <= MEMO_BYTES:
            self._answers[key] = answer
            self._size += size


class TextReader:
    """Reads texts in this process. What that takes is imported with the first text."""

    ahead = 0

    def __init__(self, index: Index) -> None:
        self._index = index
        self._prepared: Judge | None = None
        self._waiting: deque[Sequence[Text]] = deque()

    @property
    def judge(self) -> Judge:
        """Reads and weighs; holds the rules."""
        if self._prepared is None:
            from compliance.licenses.hits import Judge
            from compliance.licenses.rules import RuleTable

            self._prepared = Judge(RuleTable(self._index))
        return self._prepared

    def prepare(self) -> None:
        """Import and load now what reading needs: a process that waits for texts has the time."""
        from compliance.licenses.reading import read_many

        read_many(self.judge.table, [b"Permission is granted"])

    def ask(self, texts: Sequence[Text]) -> None:
        """Put texts in line."""
        self._waiting.append(texts)

    def answers(self) -> list[Answer]:
        """Read the texts that have waited longest."""
        return self.read(self._waiting.popleft())

    def read(self, texts: Sequence[Text]) -> list[Answer]:
        """What each text says; short ones are read together."""
        answers: dict[int, Answer] = {}
        small: list[int] = []
        size = 0
        for number, (role, text) in enumerate(texts):
            if b"\x01" in text or len(text) > _SMALL or (role != "source" and value_spans(text)):
                answers[number] = self._read_large(role, text)
                continue
            if size + len(text) > _TOGETHER:
                self._read_small(texts, small, answers)
                small, size = [], 0
            small.append(number)
            size += len(text)
        self._read_small(texts, small, answers)
        return [answers[number] for number in range(len(texts))]

    def _read_large(self, role: Role, text: bytes) -> Answer:
        from compliance.licenses.reading import read_text

        clean = text if role == "source" else without_values(text, value_spans(text))
        return self.judge.answer(read_text(self.judge.table, clean), text, role, read=clean)

    def _read_small(
        self, texts: Sequence[Text], numbers: list[int], answers: dict[int, Answer]
    ) -> None:
        if not numbers:
            return
        from compliance.licenses.reading import read_many

        readings = read_many(self.judge.table, [texts[n][1] for n in numbers])
        for number, reading in zip(numbers, readings, strict=True):
            role, text = texts[number]
            part = [(0, len(text), reading)]
            answers[number] = self.judge.answer(part, text, role, read=text)


class RememberingReader:
    """Asks another reader only for texts that a store does not know.

    The store must belong to the rules and the code in use: its answers are taken as they are.
    """

    def __init__(self, reader: Reader, store: AnswerStore) -> None:
        self.ahead = reader.ahead
        self._reader = reader
        self._store = store
        self._waiting: deque[tuple[list[bytes], list[Answer | None]]] = deque()

    def ask(self, texts: Sequence[Text]) -> None:
        """Look texts up; have the others read."""
        keys = [_key(text) for text in texts]
        known = [self._remembered(key) for key in keys]
        self._waiting.append((keys, known))
        self._reader.ask([t for t, k in zip(texts, known, strict=True) if k is None])

    def answers(self) -> list[Answer]:
        """What the texts of the oldest open question say."""
        keys, known = self._waiting.popleft()
        fresh = iter(self._reader.answers())
        found: list[Answer] = []
        for key, held in zip(keys, known, strict=True):
            answer = held or next(fresh)
            if held is None:
                self._store.put(key, _codec().encode(answer))
            found.append(answer)
        return found

    def _remembered(self, key: bytes) -> Answer | None:
        packed = self._store.get(key)
        return _codec().decode(packed) if packed is not None else None


def _key(text: Text) -> bytes:
    role, data = text
    return hashlib.blake2b(data, digest_size=16, person=role.encode()).digest()


@cache
def _codec() -> _Codec:
    return _Codec()


class _Codec:
    """Answers as bytes."""

    def __init__(self) -> None:
        import msgspec

        from compliance.licenses.answer import Answer

        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Answer)
        self._wrong = msgspec.DecodeError

    def encode(self, answer: Answer) -> bytes:
        """Pack an answer."""
        return self._encoder.encode(answer)

    def decode(self, data: bytes) -> Answer | None:
        """The answer; None for anything else."""
        try:
            return self._decoder.decode(data)
        except self._wrong:
            return None
