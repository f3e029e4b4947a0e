"""Are these the bytes the world saw? No I/O."""

from compliance.integrity.dirhash import h1, h1_gomod
from compliance.integrity.gosum import EMPTY_GOSUM, GoSum, merge_gosums, parse_gosum
from compliance.integrity.verification import (
    NOT_ASKED,
    DatabaseAnswer,
    Verification,
    Voucher,
    verify_sum,
)

__all__ = [
    "EMPTY_GOSUM", "NOT_ASKED", "DatabaseAnswer", "GoSum", "Verification", "Voucher", "h1",
    "h1_gomod", "merge_gosums", "parse_gosum", "verify_sum",
]  # fmt: skip
