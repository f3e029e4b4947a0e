"""Numpy columns of the index: words, anchors of the exact layer, seeds of the other one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from compliance.licenses.rules import ANCHOR_BITS, ANCHOR_WIDTHS, SEED_BITS, SEED_WIDTH, Use
from compliance.licenses.tokens import grams, run_hashes, run_sums
from tools.index_builder.rows import Row

if TYPE_CHECKING:
    from compliance.licenses.tokens import I64, U64

Columns = dict[str, npt.NDArray[Any]]

COMMON_SEED = 400
"""A 5-word run in more rules than this tells nothing and costs time."""

FEWEST_SEEDS = 16
"""A rule keeps its rarest runs up to this number even where all of them are common (BSD)."""

SHORTEST_SEEDED = 12
_SEEDED = Use.TEXT | Use.NOTICE | Use.REFERENCE | Use.INTRO
_UNSEEDED = Use.FALSE_POSITIVE | Use.CONTINUOUS | Use.TAG | Use.CLUE


def _first(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    first = np.zeros(len(lengths) + 1, dtype=np.uint32)
    np.cumsum(lengths, out=first[1:])
    return first


def _word_columns(rows: list[Row]) -> Columns:
    lengths = np.array([len(r.words) for r in rows], dtype=np.int64)
    every = np.concatenate([r.words for r in rows])
    vocabulary, ids = np.unique(every, return_inverse=True)
    if len(vocabulary) > 1 << 16:
        raise SystemExit(f"{len(vocabulary)} words do not fit 16 bits")
    sums = run_sums(every)
    first = _first(lengths)
    return {
        "vocabulary": vocabulary,
        "words": ids.astype(np.uint16),
        "first_word": first,
        "lengths": lengths.astype(np.int32),
        "hashes": run_hashes(sums, first[:-1].astype(np.int64), lengths),
    }


def _anchor_columns(rows: list[Row], width: int) -> Columns:
    per_rule = [grams(run_sums(r.words), width) for r in rows]
    known, counts = np.unique(np.concatenate(per_rule), return_counts=True)
    picked: list[tuple[int, int, int]] = []
    for number, found in enumerate(per_rule):
        if width == min(ANCHOR_WIDTHS[-1], len(rows[number].words)):
            rarest = int(np.argmin(counts[np.searchsorted(known, found)]))
            picked.append((int(found[rarest]), number, rarest))
    picked.sort()
    hashes = np.array([p[0] for p in picked], dtype=np.uint64)
    distinct, first = np.unique(hashes, return_index=True)
    bitmap = np.zeros(1 << ANCHOR_BITS, dtype=np.uint8)
    bitmap[(distinct >> np.uint64(64 - ANCHOR_BITS)).astype(np.int64)] = 1
    return {
        f"anchor{width}_bitmap": bitmap,
        f"anchor{width}_grams": distinct,
        f"anchor{width}_first": np.append(first, len(picked)).astype(np.uint32),
        f"anchor{width}_rules": np.array([p[1] for p in picked], dtype=np.uint32),
        f"anchor{width}_offsets": np.array([p[2] for p in picked], dtype=np.uint32),
    }


def _sampling(length: int) -> int:
    """Every how many runs of a rule are kept: long rules have more than enough."""
    for limit, step in ((64, 1), (250, 2), (1000, 4)):
        if length < limit:
            return step
    return 8


def _all_seeds(rows: list[Row]) -> tuple[U64, I64, I64]:
    """(hash, rule, offset) of the sampled 5-word runs of every rule that may be changed."""
    hashes: list[U64] = []
    rules: list[I64] = []
    offsets: list[I64] = []
    for number, row in enumerate(rows):
        length = len(row.words)
        if length < SHORTEST_SEEDED or row.flags & _UNSEEDED or not row.flags & _SEEDED:
            continue
        found = grams(run_sums(row.words), SEED_WIDTH)
        step = np.uint64(_sampling(length))
        kept = np.flatnonzero((found >> np.uint64(64 - SEED_BITS)) % step == 0)
        hashes.append(found[kept])
        rules.append(np.full(len(kept), number, dtype=np.int64))
        offsets.append(kept)
    return np.concatenate(hashes), np.concatenate(rules), np.concatenate(offsets)


def _useful(gram: U64, rule: I64) -> npt.NDArray[np.bool_]:
    """Seeds that are not too common, and the rarest ones of rules that would have too few."""
    _, inverse, counts = np.unique(gram, return_inverse=True, return_counts=True)
    frequency = counts[inverse]
    order = np.lexsort((frequency, rule))
    first = np.searchsorted(rule[order], rule[order])
    rank = np.empty(len(gram), dtype=np.int64)
    rank[order] = np.arange(len(gram)) - first
    useful: npt.NDArray[np.bool_] = (frequency <= COMMON_SEED) | (rank < FEWEST_SEEDS)
    return useful


def _seed_columns(rows: list[Row]) -> Columns:
    gram, rule, offset = _all_seeds(rows)
    kept = _useful(gram, rule)
    gram, rule, offset = gram[kept], rule[kept], offset[kept]
    order = np.lexsort((offset, rule, gram))
    gram, rule, offset = gram[order], rule[order], offset[order]
    distinct, first = np.unique(gram, return_index=True)
    bits = np.zeros(1 << SEED_BITS, dtype=np.bool_)
    bits[(distinct >> np.uint64(64 - SEED_BITS)).astype(np.int64)] = True
    return {
        "seed_bitmap": np.packbits(bits, bitorder="little"),
        "seed_grams": distinct,
        "seed_first": np.append(first, len(gram)).astype(np.uint32),
        "seed_rules": rule.astype(np.int32),
        "seed_offsets": offset.astype(np.int32),
        "seed_per_rule": np.bincount(rule, minlength=len(rows)).astype(np.int32),
    }


def make_columns(rows: list[Row]) -> tuple[Columns, tuple[str, ...]]:
    """All numeric sections, and the expressions that `expression_ids` counts through."""
    expressions = tuple(sorted({r.expression for r in rows}))
    places = {text: number for number, text in enumerate(expressions)}
    required = [span for r in rows for span in r.required]
    columns = _word_columns(rows)
    columns |= {
        "flags": np.array([int(r.flags) for r in rows], dtype=np.uint16),
        "relevance": np.array([r.relevance for r in rows], dtype=np.uint8),
        "minimum_coverage": np.array([r.minimum_coverage for r in rows], dtype=np.uint8),
        "expression_ids": np.array([places[r.expression] for r in rows], dtype=np.uint16),
        "required_first": _first(np.array([len(r.required) for r in rows], dtype=np.int64)),
        "required": np.array(required, dtype=np.uint32).reshape(-1),
    }
    for width in ANCHOR_WIDTHS:
        columns |= _anchor_columns(rows, width)
    return columns | _seed_columns(rows), expressions
