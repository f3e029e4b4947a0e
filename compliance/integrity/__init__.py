"""Are these the bytes the world saw? No I/O."""

from compliance.integrity.verification import Verification, Voucher

__all__ = ["Verification", "Voucher"]
