"""go.sum as the go command reads it, and the sums themselves."""

from __future__ import annotations

import hashlib

import pytest

from compliance.errors import LimitExceededError, MalformedInputError
from compliance.golang import ModuleVersion
from compliance.integrity import (
    DatabaseAnswer,
    Voucher,
    h1,
    h1_gomod,
    merge_gosums,
    parse_gosum,
    verify_sum,
)
from compliance.integrity.gosum import MAX_GOSUM_BYTES

M = ModuleVersion("example.com/m", "v1.0.0")


def test_zip_and_gomod_lines():
    sums = parse_gosum(
        b"example.com/m v1.0.0 h1:zip=\nexample.com/m v1.0.0/go.mod h1:mod=\n", file="go.sum"
    )
    assert (sums.of_zip(M), sums.of_gomod(M)) == ("h1:zip=", "h1:mod=")
    assert sums.of_zip(ModuleVersion("example.com/m", "v1.0.1")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"example.com/m v1.0.0 h1:a=\nexample.com/m v1.0.0 h1:b=\n", "h1:a="),
        (b"example.com/m v1.0.0 h2:x=\nexample.com/m v1.0.0 h1:b=\n", "h1:b="),
        (b"example.com/m v1.0.0 h2:x=\n", None),
        (b"\r\n\r\nexample.com/m v1.0.0 h1:a=\r\n", "h1:a="),
        (b"\texample.com/m   v1.0.0\th1:a=  ", "h1:a="),
        (b"example.com/m v1.0.0 h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=\n", None),
        (b"", None),
    ],
    ids=["first wins", "unknown kind", "only unknown", "CRLF", "blanks", "old bug", "empty"],
)
def test_which_line_decides(text, expected):
    assert parse_gosum(text, file="go.sum").of_zip(M) == expected


@pytest.mark.parametrize("line", [b"a b", b"a b c d", b"a", b"<<<<<<< HEAD", b"\xff\xfe"])
def test_a_malformed_line_has_a_place(line):
    with pytest.raises(MalformedInputError) as caught:
        parse_gosum(b"example.com/m v1.0.0 h1:a=\n" + line + b"\n", file="go.sum")
    assert (caught.value.file, caught.value.line) == ("go.sum", 2)


def test_a_giant_is_refused():
    with pytest.raises(LimitExceededError):
        parse_gosum(b"\n" * (MAX_GOSUM_BYTES + 1), file="go.sum")


def test_go_work_sum_decides_and_others_must_agree():
    work = parse_gosum(b"example.com/m v1.0.0 h1:a=\n", file="go.work.sum")
    one = parse_gosum(b"example.com/m v1.0.0 h1:b=\nx v1 h1:c=\ny v1 h1:e=\n", file="a/go.sum")
    two = parse_gosum(b"x v1 h1:c=\ny v1 h1:d=\n", file="b/go.sum")
    merged = merge_gosums([one, two], over=work)
    assert merged.of_zip(M) == "h1:a="
    assert merged.of_zip(ModuleVersion("x", "v1")) == "h1:c="
    contradictory = ModuleVersion("y", "v1")
    assert merged.of_zip(contradictory) == "h1:e= against h1:d="
    assert verify_sum("h1:d=", go_sum=merged.of_zip(contradictory)).voucher is Voucher.MISMATCH
    assert merged.listed(contradictory) == (None, None)


def test_h1_is_the_hash_of_a_sorted_listing():
    # Reference: one line '%s  %s\n' per file, sorted by name, through sha256sum and base64.
    digests = [("b", hashlib.sha256(b"2").digest()), ("a", hashlib.sha256(b"1").digest())]
    assert h1(digests) == "h1:aMKRn0MF5QgACCq38R6xfZbHgy9ZFU6XsdNzpReaY+o="
    assert h1(digests) == h1(reversed(digests))
    with pytest.raises(MalformedInputError):
        h1([("a\nb", b"")])


def test_h1_of_a_gomod_is_that_of_a_one_file_listing():
    data = b"module example.com/m\n"
    assert h1_gomod(data) == h1([("go.mod", hashlib.sha256(data).digest())])


ASKED = DatabaseAnswer(sum="h1:a=")
FORKED = DatabaseAnswer(sum="h1:a=", because="the log forked", refused=True)


@pytest.mark.parametrize(
    ("go_sum", "database", "private", "voucher"),
    [
        ("h1:a=", DatabaseAnswer(), "", Voucher.GO_SUM),
        ("h1:a=", DatabaseAnswer(), "private", Voucher.GO_SUM),
        ("h1:x=", DatabaseAnswer(), "", Voucher.MISMATCH),
        ("h1:x=", ASKED, "private", Voucher.MISMATCH),
        ("h1:a=", FORKED, "", Voucher.MISMATCH),
        (None, ASKED, "", Voucher.CHECKSUM_DATABASE),
        (None, DatabaseAnswer(sum="h1:x="), "", Voucher.MISMATCH),
        (None, FORKED, "", Voucher.MISMATCH),
        (None, DatabaseAnswer(because="not asked"), "private", Voucher.UNVERIFIABLE),
        (None, DatabaseAnswer(because="not asked"), "", Voucher.MISSING),
    ],
)
def test_who_vouches(go_sum, database, private, voucher):
    answer = verify_sum("h1:a=", go_sum=go_sum, database=database, private=private)
    assert answer.voucher is voucher
    assert answer.verified == (voucher in (Voucher.GO_SUM, Voucher.CHECKSUM_DATABASE))
    assert answer.actual == "h1:a="
    assert answer.because or answer.verified
