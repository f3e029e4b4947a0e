"""Verification: what vouches for the bytes of a module."""

from __future__ import annotations

from enum import Enum

from compliance.value import dataclass


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAnswer:
    """What the checksum database says of one sum.

    `sum` is its h1, or "" when the database was not asked or has no such module, for the reason
    `because`. `refused` says that the database gave a wrong proof: then nothing is trusted.
    """

    sum: str = ""
    because: str = ""
    refused: bool = False


NOT_ASKED = DatabaseAnswer(because="the checksum database was not asked")


def verify_sum(
    actual: str, *, go_sum: str | None, database: DatabaseAnswer = NOT_ASKED, private: str = ""
) -> Verification:
    """Judge the h1 sum of the bytes at hand.

    Args:
        actual: h1 of the bytes.
        go_sum: What go.sum expects, None when it does not list the module.
        database: Answer of the checksum database.
        private: Why the module is not looked up in it (`GONOSUMDB matches`), "" when it may be.
    """
    # 1. go.sum decides where it speaks: it is what the main module's authors pinned.
    if go_sum is not None and actual != go_sum:
        because = "the bytes differ from those that go.sum lists"
        return _answer(Voucher.MISMATCH, because, go_sum, actual)
    # 2. A checksum database that cannot prove its answer is an attack or a fork, never ignored.
    if database.refused:
        return _answer(Voucher.MISMATCH, database.because, database.sum, actual)
    if go_sum is not None:
        return _answer(Voucher.GO_SUM, "", go_sum, actual)
    # 3. Without go.sum, the public log is what everybody else saw.
    if database.sum:
        differs = actual != database.sum
        because = "the bytes differ from those in the checksum database" if differs else ""
        voucher = Voucher.MISMATCH if differs else Voucher.CHECKSUM_DATABASE
        return _answer(voucher, because, database.sum, actual)
    # 4. A private module is in no public log: nobody can vouch for it, which is not an error.
    if private:
        return _answer(Voucher.UNVERIFIABLE, private, "", actual)
    # 5. Nobody was found who vouches for it.
    because = f"go.sum does not list it; {database.because}".rstrip("; ")
    return _answer(Voucher.MISSING, because, "", actual)


def _answer(voucher: Voucher, because: str, expected: str, actual: str) -> Verification:
    return Verification(voucher=voucher, because=because, expected=expected, actual=actual)
