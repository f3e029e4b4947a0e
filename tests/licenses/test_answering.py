"""Answers about texts, remembered: the same as if every text were read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from compliance.licenses import Answer, Detector, Index, RememberingReader, Text, TextReader

FILES = [
    ("LICENSE", "MIT"), ("COPYING", "GPL-3.0-only"), ("a/LICENSE", "MIT"), ("NOTICE", "Apache-2.0"),
    ("README.md", "ISC"), ("x.go", "BSD-3-Clause"),
]  # fmt: skip


class Held(dict[bytes, bytes]):
    """An `AnswerStore` in memory."""

    def put(self, key: bytes, value: bytes) -> None:
        self[key] = value


class Counting(TextReader):
    """Counts the texts that had to be read."""

    count = 0

    def read(self, texts: Sequence[Text]) -> list[Answer]:
        self.count += len(texts)
        return super().read(texts)


def contents(detector: Detector) -> list[tuple[str, bytes]]:
    found = []
    for name, license_ in FILES:
        text = (detector.index.text(license_) or "").replace("Software", "Soft ware", 1)
        text = f"Copyright 2020 J\u00f6rg A.\n\n{text}"
        found.append((name, (f"/*\n{text}*/\npackage x\n" if name == "x.go" else text).encode()))
    return found


def test_what_is_remembered_is_what_would_be_read(detector: Detector) -> None:
    files, store = contents(detector), Held()
    fresh = list(Detector(detector.index).detect_many(files))
    for asked in (5, 0):  # two files hold the same text
        reader = Counting(detector.index)
        remembering = Detector(detector.index, RememberingReader(reader, store))
        assert list(remembering.detect_many(files)) == fresh
        assert reader.count == asked


def test_what_cannot_be_read_back_is_read_anew(detector: Detector) -> None:
    files, store = contents(detector), Held()
    fresh = list(Detector(detector.index).detect_many(files))
    list(
        Detector(detector.index, RememberingReader(Counting(detector.index), store)).detect_many(
            files
        )
    )
    for number, key in enumerate(sorted(store)):
        store[key] = (b"", b"\xc1", store[key][:-1], store[key] + b"\x00", b"\x80")[number % 5]
    reader = Counting(detector.index)
    again = Detector(detector.index, RememberingReader(reader, store))
    assert list(again.detect_many(files)) == fresh
    assert reader.count == 5


def test_many_statements_take_no_more_than_linear_time(detector: Detector) -> None:
    """Texts that took minutes when their statements were compared in pairs."""
    lines = b"GPL-2.0-only\nClasspath-exception-2.0\n" * 5000
    tags = b"".join(b"// SPDX-License-Identifier: LicenseRef-%d OR MIT\n" % n for n in range(5000))
    assert "Classpath" in (detector.detect("LICENSE", lines).expression or "")
    found = detector.detect("x.go", tags)
    assert found.confidence == "review"
    assert any("more than 2000 different ones" in f.message for f in found.findings)


class Waiting(TextReader):
    """Counts the questions that wait."""

    ahead = 8
    now = most = 0

    def ask(self, texts: Sequence[Text]) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        super().ask(texts)

    def answers(self) -> list[Answer]:
        self.now -= 1
        return super().answers()


@pytest.mark.parametrize(("files", "size", "most"), [(6000, 0, 9), (6, 9_000_000, 3)])
def test_questions_wait_up_to_a_number_and_up_to_a_size(files: int, size: int, most: int) -> None:
    reader = Waiting(Index.open())
    file = b"// SPDX-License-Identifier: MIT\n\n" + b"a\n" * size
    names = (f"{n}.go" for n in range(files))
    found = list(Detector(Index.open(), reader).detect_many((n, file) for n in names))
    assert {f.expression for f in found} == {"MIT"}
    assert reader.most == most
