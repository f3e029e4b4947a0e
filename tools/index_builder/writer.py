"""Writes the sections as one file (see compliance.licenses.index for the layout)."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

from compliance.licenses.index import ALIGNMENT, FORMAT_VERSION, MAGIC
from compliance.licenses.tokens import TOKENIZER_VERSION
from tools.index_builder.columns import Columns


def pack_texts(texts: dict[str, str]) -> tuple[dict[str, tuple[int, int]], bytes]:
    """Places {id: (offset, size)} and the compressed texts; equal texts are stored once."""
    places: dict[str, tuple[int, int]] = {}
    stored: dict[str, tuple[int, int]] = {}
    data = bytearray()
    for name, text in sorted(texts.items()):
        if text not in stored:
            packed = zlib.compress(text.encode(), 9)
            stored[text] = (len(data), len(packed))
            data += packed
        places[name] = stored[text]
    return places, bytes(data)


def _pad(data: bytearray) -> None:
    data.extend(b"\0" * (-len(data) % ALIGNMENT))


def write_index(
    path: Path, columns: Columns, blobs: dict[str, bytes], sources: list[str]
) -> tuple[int, str]:
    """Write the file; returns (size in bytes, digest of the content)."""
    body = bytearray()
    sections: dict[str, tuple[str, int, int]] = {}
    for name, column in sorted(columns.items()):
        _pad(body)
        little = column.astype(column.dtype.newbyteorder("<"))
        kind = little.dtype.str.replace("|", "")
        sections[name] = (kind, int(little.size), len(body))
        body += little.tobytes()
    for name, blob in sorted(blobs.items()):
        _pad(body)
        sections[name] = ("u1", len(blob), len(body))
        body += blob
    digest = hashlib.sha256(body).hexdigest()
    header, shift = _header(sections, len(body), digest, sources)
    head = MAGIC + len(header).to_bytes(4, "little") + header
    path.write_bytes(head + b"\0" * (shift - len(head)) + body)
    return shift + len(body), digest


def _header(
    sections: dict[str, tuple[str, int, int]], size: int, digest: str, sources: list[str]
) -> tuple[bytes, int]:
    """The header and where the first section starts: the offsets depend on its own length."""
    shift = 0
    while True:
        fields: dict[str, Any] = {
            "format": FORMAT_VERSION,
            "tokenizer": TOKENIZER_VERSION,
            "digest": digest,
            "sources": sources,
            "size": shift + size,
            "sections": {n: (k, c, o + shift) for n, (k, c, o) in sections.items()},
        }
        header = json.dumps(fields, separators=(",", ":"), sort_keys=True).encode()
        needed = len(MAGIC) + 4 + len(header)
        needed += -needed % ALIGNMENT
        if needed == shift:
            return header, shift
        shift = max(needed, shift)
