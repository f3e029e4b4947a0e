"""Detector: bytes of a file in, licenses with their places out. Pure, apart from the index.

License files and documents are read whole. Source files are read in the paragraphs round
keywords; a file without any is done after one pass. Equal paragraphs (headers) are read once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from compliance.findings import Finding, Location, Severity
from compliance.licenses.decoding import Decoded, is_binary, to_utf8
from compliance.licenses.evidence import Confidence, FileLicense, Kind, Match
from compliance.licenses.index import Index
from compliance.licenses.names import Role, role_of
from compliance.licenses.regions import Keywords, paragraphs
from compliance.licenses.statement import Said, join
from compliance.licenses.tags import Grammar, Tag, find_tags

if TYPE_CHECKING:
    from compliance.licenses.reading import Reading
    from compliance.licenses.resolve import Claim
    from compliance.licenses.rules import RuleTable

ENGINE_VERSION: Final = 1
"""Part of cache keys: raise it whenever the same text may get another answer."""

MEMO_BYTES: Final = 64 << 20
"""Texts remembered in one run; beyond that the memory starts anew."""

MOST_MATCHES: Final = 20_000
"""Matches listed per file; further ones still count for the expression."""

_BATCH: Final = 256
_ORDER: Final[dict[Confidence, int]] = {"high": 0, "medium": 1, "review": 2}
_SURE_WORDS: Final = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A match relative to the text it was found in; `words` is the length of its rule."""

    license: str
    kind: Kind
    start: int
    end: int
    coverage: float
    similarity: float
    confidence: Confidence
    rule: str
    words: int


@dataclass(slots=True)
class _Pending:
    """A source file that waits for its paragraphs to be read."""

    name: str
    data: bytes
    decoded: Decoded
    spans: list[tuple[int, int]]


class _Memo:
    """Answers by the text they belong to, bounded in bytes."""

    def __init__(self) -> None:
        self._answers: dict[bytes, tuple[Hit, ...]] = {}
        self._size = 0

    def get(self, text: bytes) -> tuple[Hit, ...] | None:
        return self._answers.get(text)

    def put(self, text: bytes, hits: tuple[Hit, ...]) -> None:
        if self._size + len(text) > MEMO_BYTES:
            self._answers.clear()
            self._size = 0
        if len(text) <= MEMO_BYTES:
            self._answers[text] = hits
            self._size += len(text)


def _confidence(claim: Claim) -> Confidence:
    if claim.exact:
        return "high" if claim.length >= _SURE_WORDS else "medium"
    if claim.telling or claim.binding or claim.coverage < 0.9:  # noqa: PLR2004 - calibrated
        return "review"
    return "medium"


def _kind(claim: Claim) -> Kind:
    from compliance.licenses.rules import Use

    for flag, kind in _KINDS:
        if claim.use & Use[flag]:
            return kind
    return "reference"


_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("EXCEPTION", "exception"), ("TEXT", "text"), ("NOTICE", "notice"), ("TAG", "tag"),
)  # fmt: skip


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
        if role == "source" and not hits:
            return FileLicense(path=name, sha256="", expression=None)
        if is_binary(data):
            return FileLicense(path=name, sha256="", expression=None)
        decoded = to_utf8(data)
        if role == "source":
            if decoded.text is not data:
                hits = self._keywords.find(decoded.text)
            return _Pending(name, data, decoded, paragraphs(decoded.text, hits))
        return self._whole(name, data, decoded, role)

    def _finish(self, batch: list[_Pending | FileLicense]) -> Iterator[FileLicense]:
        wanted: dict[bytes, None] = {}
        for item in batch:
            if isinstance(item, _Pending):
                for begin, end in item.spans:
                    text = item.decoded.text[begin:end]
                    if self._memo.get(text) is None:
                        wanted[text] = None
        self._read(list(wanted))
        for item in batch:
            yield item if isinstance(item, FileLicense) else self._assemble(item)

    def _read(self, texts: list[bytes]) -> None:
        from compliance.licenses.reading import CHUNK, read_many, read_text

        small: list[bytes] = []
        size = 0
        for text in texts:
            if b"\x01" in text or len(text) > CHUNK // 2:
                self._memo.put(text, tuple(self._hits_of(read_text(self._rules, text))))
                continue
            if size + len(text) > CHUNK:
                self._read_small(small)
                small, size = [], 0
            small.append(text)
            size += len(text)
        self._read_small(small)
        del read_many

    def _read_small(self, texts: list[bytes]) -> None:
        from compliance.licenses.reading import read_many

        for text, reading in zip(texts, read_many(self._rules, texts), strict=True):
            self._memo.put(text, tuple(self._hits_of([(0, len(text), reading)])))

    def _hits_of(self, readings: Iterable[tuple[int, int, Reading]]) -> Iterator[Hit]:
        from compliance.licenses.rules import Use

        last = 0
        for offset, following, reading in readings:
            for claim in reading.claims:
                if claim.use & (Use.CLUE | Use.INTRO | Use.VAGUE):
                    continue
                start, end = reading.offsets(claim)
                start, end = start + offset, end + offset
                if start < last and start < offset or start >= following:
                    continue
                last = end
                yield Hit(
                    claim.expression, _kind(claim), start, end, round(claim.coverage, 4),
                    round(claim.similarity, 4), _confidence(claim), self._rules.name(claim.rule),
                    claim.length,
                )  # fmt: skip

    def _whole(self, name: str, data: bytes, decoded: Decoded, role: Role) -> FileLicense:
        from compliance.licenses.reading import read_text

        hits = self._memo.get(decoded.text)
        if hits is None:
            hits = tuple(self._hits_of(read_text(self._rules, decoded.text)))
            self._memo.put(decoded.text, hits)
        return self._result(name, data, decoded, [(0, h) for h in hits])

    def _assemble(self, item: _Pending) -> FileLicense:
        found: list[tuple[int, Hit]] = []
        for begin, end in item.spans:
            text = item.decoded.text[begin:end]
            hits = self._memo.get(text)
            if hits is None:
                self._read([text])
                hits = self._memo.get(text) or ()
            found.extend((begin, h) for h in hits)
        return self._result(item.name, item.data, item.decoded, found)

    def _result(
        self, name: str, data: bytes, decoded: Decoded, found: list[tuple[int, Hit]]
    ) -> FileLicense:
        text = decoded.text
        tags = list(find_tags(text, self.grammar)) if b"-License-Ident" in text else []
        matches, findings = self._with_tags(name, decoded, found, tags)
        expression = join([Said(m.license, m.kind) for m in matches])
        weakest = max((m.confidence for m in matches), key=_ORDER.__getitem__, default="high")
        return FileLicense(
            path=name, sha256=hashlib.sha256(data).hexdigest(), expression=expression,
            confidence=weakest, matches=tuple(matches[:MOST_MATCHES]), findings=tuple(findings),
        )  # fmt: skip

    def _with_tags(
        self, name: str, decoded: Decoded, found: list[tuple[int, Hit]], tags: list[Tag]
    ) -> tuple[list[Match], list[Finding]]:
        lines = _Lines(decoded.text)
        matches: list[Match] = []
        findings: list[Finding] = []
        valid = [(t.start, t.end) for t in tags if t.expression]
        for base, hit in found:
            start, end = hit.start + base, hit.end + base
            if any(start < e and s < end for s, e in valid) and hit.words < _SURE_WORDS:
                continue
            matches.append(
                Match(
                    license=hit.license,
                    kind=hit.kind,
                    start_line=lines.of(start),
                    end_line=lines.of(end - 1),
                    coverage=hit.coverage,
                    similarity=hit.similarity,
                    confidence=hit.confidence,
                    rule=hit.rule,
                    start=decoded.original_offset(start),
                    end=decoded.original_offset(end),
                )  # fmt: skip
            )
        for tag in tags:
            line = lines.of(tag.start)
            if tag.expression is None:
                findings.append(_invalid_tag(name, line, tag))
                continue
            matches.append(
                Match(
                    license=tag.expression,
                    kind="tag",
                    start_line=line,
                    end_line=line,
                    coverage=1.0,
                    similarity=1.0,
                    confidence="high",
                    rule="spdx-license-identifier",
                    start=decoded.original_offset(tag.start),
                    end=decoded.original_offset(tag.end),
                )  # fmt: skip
            )
        matches.sort(key=lambda m: (m.start, m.end, m.license))
        return matches, findings


def _invalid_tag(name: str, line: int, tag: Tag) -> Finding:
    return Finding(
        code="spdx-expression-invalid",
        severity=Severity.REVIEW,
        message=f"SPDX-License-Identifier {tag.written!r} is not valid: {tag.problem}",
        remedy="Write an SPDX license expression with ids of the SPDX license list.",
        location=Location(file=name, line=line),
    )


class _Lines:
    """Line numbers of rising offsets, without counting from the start each time."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def of(self, offset: int) -> int:
        """Line of an offset, from 1."""
        if offset < self._at:
            self._line -= self._text.count(b"\n", offset, self._at)
        else:
            self._line += self._text.count(b"\n", self._at, offset)
        self._at = offset
        return self._line
