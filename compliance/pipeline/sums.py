"""What go.sum and the checksum database say of the modules that were read, as findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compliance.findings import Finding, Severity
from compliance.integrity import Voucher
from compliance.pipeline.learned import purl_of
from compliance.sources import diagnose

if TYPE_CHECKING:
    from compliance.golang import Module
    from compliance.pipeline.learned import Learned
    from compliance.sources import SourceTree

OF_SUMS = frozenset({"checksum-mismatch", "checksum-database-fork"})
MAX_DIAGNOSES = 10
"""Mismatches whose copies are compared: each reads them all, and asks every proxy."""


def findings_of_sums(learned: Learned, linked: set[str]) -> Iterator[Finding]:
    """Modules whose bytes are not what go.sum lists, or that it does not list."""
    diagnosed = 0
    if (fork := learned.inventory.acquirer.fork) is not None:
        kept = f"; both are kept in {fork.path}" if fork.path else ""
        yield Finding(
            code="checksum-database-fork",
            severity=Severity.BLOCK,
            message=f"{fork.database} signed two histories that exclude each other{kept}: "
            + " and ".join(" ".join(tree.split()) for tree in fork.trees),
            remedy="trust nothing that it vouches for, and send both signed trees to its operators",
        )
    for module in learned.inventory.build.modules:
        tree = learned.inventory.trees.known(module)
        if tree is None:
            continue
        found = tree.verification
        if found.voucher is Voucher.MISMATCH:
            diagnosed += 1
            yield _mismatch(learned, module, tree, diagnosed <= MAX_DIAGNOSES)
        elif found.voucher is Voucher.MISSING and str(module.id) in linked:
            yield Finding(
                code="checksum-missing",
                severity=Severity.REVIEW,
                message=f"{module.id}: go.sum has no sum for it, so nobody vouches for its bytes",
                remedy="run `go mod tidy`, and commit go.sum",
                component=purl_of(module),
                location=module.location,
            )


def _mismatch(learned: Learned, module: Module, tree: SourceTree, look: bool) -> Finding:
    """Bytes that are not the expected ones: who gave them, how they differ, what to do."""
    found = tree.verification
    told = [f"{tree.place} has {found.actual}, expected {found.expected or 'another sum'}"]
    told += [found.because] if found.because else []
    remedy = "find out who changed it: compare with another proxy, run `go mod verify`"
    if look and found.expected and module.source is not None:
        diagnosis = diagnose(learned.inventory.acquirer, module.source, found.expected)
        told += diagnosis.lines
        remedy = diagnosis.remedy or remedy
    return Finding(
        code="checksum-mismatch",
        severity=Severity.BLOCK,
        message=f"{module.id}: {'; '.join(told)}",
        remedy=remedy,
        component=purl_of(module),
        location=module.location,
    )
