"""`compliance modules` and `compliance packages`: the parts of a scan that Go defines."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from compliance.config import ScanRequest
from compliance.errors import ModuleUnavailableError
from compliance.findings import Finding, Severity
from compliance.golang import refusals
from compliance.integrity import Verification, Voucher
from compliance.pipeline.inventory import Inventory, Say, take_inventory
from compliance.report import ModuleListing, ModuleSums, PackageListing
from compliance.sources import read_build_info

if TYPE_CHECKING:
    from compliance.golang import Module

INCOMPLETE_CODES = frozenset({
    "module-unavailable", "file-unreadable", "limit-exceeded", "package-missing",
    "package-invalid", "checksum-mismatch", "build-undetermined",
})  # fmt: skip
"""Findings that say that something needed was not seen: with one of them nothing passes."""


def list_modules(request: ScanRequest, say: Say) -> ModuleListing:
    """The build list, what go.sum says of it and what vouches for the bytes at hand."""
    inventory = take_inventory(request, say)
    sums = {m.id: module_sums(inventory, m) for m in inventory.build.modules}
    return ModuleListing(
        build_list=inventory.build,
        sums=sums,
        incomplete=any(is_missing(f) for f in inventory.build.findings),
        trace=inventory.trace,
    )


def list_binary(path: str) -> ModuleListing:
    """The modules that an executable says it was built from; it is read, never run.

    Raises:
        UsageError: no such file.
        MalformedInputError: no Go build information, or none that can be read.
    """
    info = read_build_info(path)
    totals = dict(info.sums)
    because = f"as {info.go_version} wrote it into the executable"
    found = Verification(voucher=Voucher.UNVERIFIABLE, because=because)
    sums = {
        m.id: ModuleSums(sum=totals.get(m.id), gomod_sum=None, verification=found)
        for m in info.build_list.modules
    }
    return ModuleListing(build_list=info.build_list, sums=sums, incomplete=False)


def list_packages(request: ScanRequest, say: Say) -> PackageListing:
    """The packages linked into each main package on each platform."""
    inventory = take_inventory(request, say)
    inventory.trees.fetch(inventory.build.modules, say)
    say("following imports")
    loader = inventory.loader()
    cells = loader.cells(inventory.find_mains(loader))
    own = inventory.matrix.findings if inventory.matrix else ()
    own += (*loader.nameless, *refusals(inventory.workspace, inventory.build, cells))
    findings = once((*inventory.build.findings, *own, *(f for c in cells for f in c.findings)))
    return PackageListing(
        cells=cells,
        findings=findings,
        incomplete=any(is_missing(f) for f in findings),
        trace=inventory.trace,
    )


def once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Without repetitions: of a module that several programs need, what the first of them says."""
    found: dict[object, Finding] = {}
    for finding in findings:
        place = (finding.code, finding.component, finding.location)
        found.setdefault(finding if finding.component is None else place, finding)
    return tuple(found.values())


def is_missing(finding: Finding) -> bool:
    """Whether a finding says that something that is needed for a true answer was not seen."""
    return finding.code in INCOMPLETE_CODES and finding.severity is Severity.BLOCK


def module_sums(inventory: Inventory, module: Module, *, at_hand: bool = True) -> ModuleSums:
    """Sums and voucher of a module, from what is on this machine; nothing is fetched.

    Args:
        inventory: The repository.
        module: A module of its build list.
        at_hand: Whether to judge the source that lies in a cache, too, where this run read none
            of it: what a scan says must not depend on what else is in the caches.
    """
    source = module.source
    if source is None or module.main:
        because = "main module" if module.main else "replaced by a folder"
        found = Verification(voucher=Voucher.UNVERIFIABLE, because=because)
        return ModuleSums(sum=None, gomod_sum=None, verification=found)
    sums = inventory.acquirer.go_sum.listed(source)
    return ModuleSums(
        sum=sums[0],
        gomod_sum=sums[1],
        verification=_vouched(inventory, module, sums, at_hand=at_hand),
    )


def _vouched(
    inventory: Inventory, module: Module, sums: tuple[str | None, str | None], *, at_hand: bool
) -> Verification:
    if inventory.workspace.vendor is not None:
        because = "vendored: the repository's own copy counts"
        return Verification(voucher=Voucher.VENDORED, because=because)
    known = inventory.trees.known(module)
    if known is not None:
        return known.verification
    if at_hand:
        with suppress(ModuleUnavailableError):
            return inventory.gomods.near.upstream(module, origin=False).verification
    if module.source is not None and inventory.gomods.differs(module.source):
        because = "its go.mod differs from the one that go.sum or the checksum database lists"
        return Verification(voucher=Voucher.MISMATCH, because=because)
    if any(sums):
        because = "its go.mod has the sum that go.sum lists; its source was not needed"
        return Verification(voucher=Voucher.GO_SUM, because=because)
    return Verification(voucher=Voucher.MISSING, because="go.sum does not list it")
