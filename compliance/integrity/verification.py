"""Verification: what vouches for the bytes of a module."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Voucher(Enum):
    """The answers; only GO_SUM and CHECKSUM_DATABASE count as verified."""

    GO_SUM = "go.sum"
    CHECKSUM_DATABASE = "checksum-database"
    VENDORED = "vendored"
    MISSING = "missing"
    MISMATCH = "mismatch"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One answer with its reason; sums are `h1:...` or ""."""

    voucher: Voucher
    because: str = ""
    expected: str = ""
    actual: str = ""

    @property
    def verified(self) -> bool:
        """Whether somebody other than the deliverer of the bytes vouches for them."""
        return self.voucher in (Voucher.GO_SUM, Voucher.CHECKSUM_DATABASE)
