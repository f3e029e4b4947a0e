"""The license index: one file, mapped into memory, read where it is needed.

Layout: magic (8 bytes) · length of the header (u32, little endian) · header (JSON) · padding ·
sections at multiples of 64 bytes. The header names every section (type, count, offset), the
sources it was made from, the tokenizer it was cut with and the SHA-256 of all that follows it.
Opening checks everything but that hash, which `verify` does: 40 ms that a scan need not pay.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import struct
import zlib
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from compliance.errors import MalformedInputError
from compliance.value import dataclass, field

if TYPE_CHECKING:
    import numpy.typing as npt

MAGIC: Final = b"CLICIDX\n"
FORMAT_VERSION: Final = 2
ALIGNMENT: Final = 64
FILE_NAME: Final = "licenses.idx"
DEFAULT_PATH: Final = Path(__file__).parent.parent / "_bundled" / "index" / FILE_NAME
_HEADER_LIMIT: Final = 1 << 20
_TEXT_LIMIT: Final = 4 << 20  # the longest text of the data has 0.4 MB

_DTYPES: Final = frozenset({"u1", "<u2", "<u4", "<u8", "<i4", "<i8"})


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the file: numpy type string, number of elements, byte offset from the start."""

    dtype: str
    count: int
    offset: int


def _fail(path: Path, why: str) -> MalformedInputError:
    return MalformedInputError(f"license index {why}; run `make` to build it anew", file=str(path))


def _read_header(path: Path, data: mmap.mmap) -> tuple[dict[str, Any], int]:
    if len(data) < len(MAGIC) + 4 or data[: len(MAGIC)] != MAGIC:
        raise _fail(path, "is no license index or of another format")
    (length,) = struct.unpack_from("<I", data, len(MAGIC))
    begin = len(MAGIC) + 4
    if length > min(_HEADER_LIMIT, len(data) - begin):
        raise _fail(path, "is cut short")
    try:
        header = json.loads(data[begin : begin + length])
    except ValueError as error:
        raise _fail(path, "has a damaged header") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT_VERSION:
        raise _fail(path, "is of another format version")
    if header.get("size") != len(data):
        raise _fail(path, "is cut short")
    return header, begin + length


def _sections(path: Path, header: dict[str, Any]) -> dict[str, Section]:
    found: dict[str, Section] = {}
    for name, (dtype, count, offset) in header["sections"].items():
        width = int(dtype[-1]) if dtype in _DTYPES else 0
        if not width or count < 0 or offset < 0 or offset + count * width > header["size"]:
            raise _fail(path, f"has a damaged section {name}")
        found[name] = Section(dtype, count, offset)
    return found


@dataclass(frozen=True, slots=True)
class Index:
    """The mapped file. Read-only, safe to share with forked processes."""

    path: Path
    digest: str
    sources: tuple[str, ...]
    tokenizer: int
    _data: mmap.mmap
    _sections: Mapping[str, Section]
    _documents: MutableMapping[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path | None = None) -> Index:
        """Map the index at `path` (a file or its folder), by default the one in the package.

        Raises:
            MalformedInputError: The file is missing, damaged or of another version.
        """
        place = path or DEFAULT_PATH
        if place.is_dir():
            place = place / FILE_NAME
        try:
            with place.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise _fail(place, f"cannot be read ({error})") from error
        header, _ = _read_header(place, data)
        return cls(
            place, str(header["digest"]), tuple(header["sources"]), int(header["tokenizer"]),
            data, _sections(place, header),
        )  # fmt: skip

    def array(self, name: str) -> npt.NDArray[Any]:
        """A section as a read-only numpy array, without a copy."""
        import numpy as np

        part = self._sections[name]
        return np.frombuffer(self._data, part.dtype, part.count, part.offset)

    def blob(self, name: str) -> bytes:
        """A section of bytes, copied."""
        part = self._sections[name]
        return self._data[part.offset : part.offset + part.count]

    def document(self, name: str) -> dict[str, Any]:
        """A section that holds JSON; parsed once."""
        if name not in self._documents:
            self._documents[name] = json.loads(self.blob(name))
        found: dict[str, Any] = self._documents[name]
        return found

    def strings(self, name: str) -> tuple[str, ...]:
        """A section of line-separated text."""
        if name not in self._documents:
            self._documents[name] = tuple(self.blob(name).decode("utf-8").split("\n"))
        result: tuple[str, ...] = self._documents[name]
        return result

    def verify(self) -> None:
        """Hash the whole content.

        Raises:
            MalformedInputError: It is not what was built.
        """
        first = min(part.offset for part in self._sections.values())
        if hashlib.sha256(memoryview(self._data)[first:]).hexdigest() != self.digest:
            raise _fail(self.path, "does not have the content it was built with")

    def text(self, spdx_id: str) -> str | None:
        """The text of a license or exception, by SPDX id in any case, or None."""
        place = self.document("texts").get(spdx_id.lower())
        if place is None:
            return None
        offset, size = place
        packed = self._sections["text_data"]
        begin = packed.offset + offset
        unpacked = zlib.decompressobj().decompress(self._data[begin : begin + size], _TEXT_LIMIT)
        return unpacked.decode("utf-8")

    def text_ids(self) -> tuple[str, ...]:
        """Ids (lower case) that have a text, sorted."""
        return tuple(sorted(self.document("texts")))
