"""The number of variable width of git's files."""

from __future__ import annotations

LARGEST = 0xFFFF_FFFF_FFFF_FFFF


def offset_number(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and what follows it.

    Offsets of deltas in packs (gitformat-pack, OBJ_OFS_DELTA), paths of index version 4
    (gitformat-index) and numbers of reftables are written so.

    Raises:
        IndexError: it does not end.
        ValueError: it has more than 64 bits.
    """
    byte = data[at]
    value = byte & 127
    while byte & 128:
        at += 1
        byte = data[at]
        value = (value + 1) << 7 | byte & 127
        if value > LARGEST:
            raise ValueError(value)
    return value, at + 1
