"""Transparency log: Merkle tree hashes and tiles (RFC 6962, golang.org/x/mod/sumdb/tlog).

A tree of N records is cut into tiles of 256 hashes at every eighth level. The tiles at the right
edge that are not full hold exactly the complete subtrees that N is made of, so the signed root
authenticates them; a full tile is authenticated by its hash in the tile above.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache

from compliance import patterns as re
from compliance.errors import MalformedInputError
from compliance.value import dataclass

HEIGHT = 8
"""Levels in a tile; the only height that go.sum databases serve."""
WIDTH = 1 << HEIGHT
HASH_BYTES = 32
_MAX_RECORDS = 1 << 40  # far beyond any log; keeps shifts and paths small
_EMPTY = hashlib.sha256(b"").digest()

_TREE = re.compile(r"go\.sum database tree\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/=]{44})\n(?s:.*)")
_RECORD = re.compile(rb"(0|[1-9][0-9]{0,15})\n((?:[^\x00-\x09\x0b-\x1f\n]+\n)+)\n(?s:(.*))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Number of records and root hash."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tile:
    """`width` hashes of tree level 8 * `level`, from 256 * `number` on."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """`tile/8/LEVEL/x001/234`, with `.p/WIDTH` where it is not full."""
        number, rest = divmod(self.number, 1000)
        text = f"{rest:03d}"
        while number:
            number, rest = divmod(number, 1000)
            text = f"x{rest:03d}/{text}"
        part = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{HEIGHT}/{self.level}/{text}{part}"


ReadTile = Callable[[Tile], bytes]
"""The bytes of a tile, authentic or not."""


def parse_tree(text: str) -> Tree:
    """Read the text of a signed tree head. Raises MalformedInputError."""
    match = _TREE.fullmatch(text)
    if match is None or int(match[1]) > _MAX_RECORDS:
        raise MalformedInputError("malformed tree head")
    try:
        root = base64.b64decode(match[2], validate=True)
    except binascii.Error as error:
        raise MalformedInputError("malformed tree head") from error
    return Tree(size=int(match[1]), root=root)


def parse_record(data: bytes) -> tuple[int, bytes, bytes]:
    """Number, text and signed tree head of a lookup answer. Raises MalformedInputError."""
    match = _RECORD.fullmatch(data)
    if match is None:
        raise MalformedInputError("malformed record")
    return int(match[1]), match[2], match[3]


def record_hash(text: bytes) -> bytes:
    """Hash of a leaf (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\0" + text).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def complete_subtrees(size: int) -> Iterator[tuple[int, int]]:
    """(level, number) of the complete subtrees that `size` records are made of, left to right."""
    start = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            yield level, start >> level
            start += 1 << level


def join(hashes: list[bytes]) -> bytes:
    """Root over complete subtrees, left to right."""
    if not hashes:
        return _EMPTY
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


class TreeReader:
    """Authentic hashes of a tree whose root is known.

    Args:
        tree: The signed tree.
        read: Where tiles come from; what it returns is checked against the root.
    """

    __slots__ = ("_rooted", "_tiles", "read", "tree")

    def __init__(self, *, tree: Tree, read: ReadTile) -> None:
        self.tree = tree
        self.read = read
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._rooted = False

    def prefix_root(self, size: int) -> bytes:
        """Root that the first `size` records have. Raises MalformedInputError."""
        if size > self.tree.size:
            raise MalformedInputError(f"tree of {self.tree.size} records is asked for {size}")
        return join([self.node(level, number) for level, number in complete_subtrees(size)])

    def node(self, level: int, number: int) -> bytes:
        """Hash of a complete subtree: record hashes are level 0.

        Raises:
            MalformedInputError: It is not in the tree, or a tile is not that of the tree.
        """
        if (number + 1) << level > self.tree.size:
            raise MalformedInputError("hash beyond the tree")
        if not self._rooted:
            self._root()
        tile_level, height = divmod(level, HEIGHT)
        first = number << height
        data = self._tile(tile_level, first >> HEIGHT)
        start = first % WIDTH
        return _fold(data, start, start + (1 << height))

    def _root(self) -> None:
        """Read the right edge and check it against the root."""
        hashes: list[bytes] = []
        # From the top level down, the edge holds the complete subtrees from left to right.
        for level in range(self.tree.size.bit_length() // HEIGHT, -1, -1):
            number, width = divmod(self.tree.size >> HEIGHT * level, WIDTH)
            if not width:
                continue
            data = self._fetch(Tile(level=level, number=number, width=width))
            self._tiles[level, number] = data
            for height, part in complete_subtrees(width):
                hashes.append(_fold(data, part << height, (part + 1) << height))
        if join(hashes) != self.tree.root:
            raise MalformedInputError("tiles do not have the root that is signed")
        self._rooted = True

    def _tile(self, level: int, number: int) -> bytes:
        """A tile of the edge, or a full tile that its parent authenticates."""
        data = self._tiles.get((level, number))
        if data is None:
            data = self._fetch(Tile(level=level, number=number))
            if _fold(data, 0, WIDTH) != self.node((level + 1) * HEIGHT, number):
                raise MalformedInputError(f"{Tile(level=level, number=number).path} is not genuine")
            self._tiles[level, number] = data
        return data

    def _fetch(self, tile: Tile) -> bytes:
        data = self.read(tile)
        if len(data) != tile.width * HASH_BYTES:
            raise MalformedInputError(f"{tile.path} has {len(data)} bytes")
        return data


@lru_cache(maxsize=1024)
def _fold(data: bytes, start: int, end: int) -> bytes:
    """Hash over a power of two of neighbouring hashes.

    Each newer tree is read through the same few tiles: 1,024 of them have 8 MB.
    """
    row = [data[i * HASH_BYTES : (i + 1) * HASH_BYTES] for i in range(start, end)]
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]
