"""Are these the bytes the world saw? No I/O."""

from typing import TYPE_CHECKING

from compliance.facade import fetcher

if TYPE_CHECKING:
    from compliance.integrity.diagnosis import (
        Copy,
        Diagnosis,
        Difference,
        compare_copies,
        diagnose_copies,
    )
    from compliance.integrity.dirhash import h1, h1_gomod
    from compliance.integrity.gosum import EMPTY_GOSUM, GoSum, merge_gosums, parse_gosum
    from compliance.integrity.mirrors import (
        PARTS,
        SHOWN_VERSIONS,
        STATUSES,
        MirrorSummary,
        ModuleAudit,
        Part,
        Sample,
        judge,
        summarize,
    )
    from compliance.integrity.note import VerifierKey, parse_verifier_key
    from compliance.integrity.sumdb import ForkError, Memory, ReadRemote, RemoteError, SumDatabase
    from compliance.integrity.verification import (
        NOT_ASKED,
        DatabaseAnswer,
        Verification,
        Voucher,
        verify_sum,
    )
else:
    __getattr__ = fetcher(__name__, {
        "diagnosis": "Copy Diagnosis Difference compare_copies diagnose_copies",
        "dirhash": "h1 h1_gomod",
        "gosum": "EMPTY_GOSUM GoSum merge_gosums parse_gosum",
        "mirrors": "PARTS SHOWN_VERSIONS STATUSES MirrorSummary ModuleAudit Part Sample judge "
        "summarize",
        "note": "VerifierKey parse_verifier_key",
        "sumdb": "ForkError Memory ReadRemote RemoteError SumDatabase",
        "verification": "NOT_ASKED DatabaseAnswer Verification Voucher verify_sum",
    })  # fmt: skip

__all__ = [
    "EMPTY_GOSUM",
    "NOT_ASKED",
    "PARTS",
    "SHOWN_VERSIONS",
    "STATUSES",
    "Copy",
    "DatabaseAnswer",
    "Diagnosis",
    "Difference",
    "ForkError",
    "GoSum",
    "Memory",
    "MirrorSummary",
    "ModuleAudit",
    "Part",
    "ReadRemote",
    "RemoteError",
    "Sample",
    "SumDatabase",
    "Verification",
    "VerifierKey",
    "Voucher",
    "compare_copies",
    "diagnose_copies",
    "h1",
    "h1_gomod",
    "judge",
    "merge_gosums",
    "parse_gosum",
    "parse_verifier_key",
    "summarize",
    "verify_sum",
]  # fmt: skip
