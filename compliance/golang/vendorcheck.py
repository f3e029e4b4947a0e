"""Agreement of vendor/modules.txt with go.mod and go.work (https://go.dev/ref/mod#vendoring).

The go command refuses to build where it does not. What it checks, and nothing more: versions and
the explicit mark of every requirement, and the targets of replaces.
"""

from __future__ import annotations

from collections.abc import Sequence

from compliance.findings import Finding, Location, Severity
from compliance.golang import semver
from compliance.golang.module import ModuleVersion
from compliance.golang.replacement import MainModule, Replacements
from compliance.golang.vendored import VendoredModule, VendorList

_FIRST_STRICT_GO = "1.14"


def vendor_findings(
    vendor: VendorList, mains: Sequence[MainModule], replacements: Replacements, *, workspace: bool
) -> tuple[Finding, ...]:
    """One finding `vendor-inconsistent` per disagreement, at the line to look at."""
    check = _Check(vendor, mains, replacements, workspace=workspace)
    return (
        *check.missing_requirements(),
        *check.changed_replaces(),
        *check.stray_marks(),
        *check.stray_replaces(),
        *check.pruned_requirements(),
    )


class _Check:
    def __init__(
        self,
        vendor: VendorList,
        mains: Sequence[MainModule],
        replacements: Replacements,
        *,
        workspace: bool,
    ) -> None:
        self.vendor = vendor
        self.mains = mains
        self.replacements = replacements
        self.workspace = workspace
        self.listed = vendor.by_id()
        self.provided = {m.id.path: m.id.version for m in vendor.providers()}
        go = mains[0].gomod.go if mains else None
        self.before_114 = not workspace and semver.compare_go(go or "", _FIRST_STRICT_GO) < 0

    def finding(self, message: str, file: str, line: int, module: ModuleVersion) -> Finding:
        command = "go work vendor" if self.workspace else "go mod vendor"
        return Finding(
            code="vendor-inconsistent",
            severity=Severity.BLOCK,
            message=message,
            remedy=f"run `{command}` and commit what it writes",
            location=Location(file=file, line=line or None),
            component=module.purl,
        )

    def missing_requirements(self) -> list[Finding]:
        found: list[Finding] = []
        name = self.vendor.file
        for main in self.mains:
            file = main.gomod.file
            for require in main.gomod.requires:
                id_ = require.id
                entry = self.listed.get(id_)
                if entry is not None and entry.explicit:
                    continue
                version = self.provided.get(id_.path)
                if not self.before_114:
                    message = f"{id_} is required in {file}, but not marked explicit in {name}"
                elif version is not None and version != id_.version:
                    message = f"{id_} is required in {file}, but {name} holds {version}"
                else:
                    continue
                found.append(self.finding(message, file, require.line, id_))
        return found

    def changed_replaces(self) -> list[Finding]:
        found: list[Finding] = []
        seen: set[ModuleVersion] = set()
        name = self.vendor.file
        for old, _ in self.replacements.all():
            target = self.replacements.find(old)
            if old in seen or target is None:
                continue
            seen.add(old)
            entry = self.listed.get(old)
            vendored = entry.replace if entry else None
            if vendored == target.id:
                continue
            if vendored is None:
                if self.before_114 and (
                    not old.version or self.provided.get(old.path) != old.version
                ):
                    continue
                message = f"{old} is replaced, but not marked as replaced in {name}"
            else:
                message = f"{old} is replaced by {target.id}, but by {vendored} in {name}"
            place = target.location
            found.append(self.finding(message, place.file, place.line or 0, old))
        return found

    def stray_marks(self) -> list[Finding]:
        required = {r.id for main in self.mains for r in main.gomod.requires}
        return [
            self.stray(m, "is marked explicit, but no go.mod requires it")
            for m in self.vendor.contributors()
            if m.explicit and m.id not in required
        ]

    def stray_replaces(self) -> list[Finding]:
        return [
            self.stray(m, "is marked as replaced, but nothing replaces it")
            for m in sorted(self.listed.values(), key=lambda m: m.line)
            if m.replace is not None and self.replacements.find(m.id) is None
        ]

    def pruned_requirements(self) -> list[Finding]:
        """From go 1.17 on, go.mod must itself require every module that provides a package."""
        go = self.mains[0].gomod.go if self.mains else None
        if self.workspace or semver.compare_go(go or "", "1.17") < 0:
            return []
        main = self.mains[0]
        excluded = {x.id for x in main.gomod.excludes}
        roots: dict[str, str] = {}
        for require in main.gomod.requires:
            path, version = require.id.path, require.id.version
            if require.id not in excluded and semver.compare(roots.get(path, ""), version) < 0:
                roots[path] = version
        roots[main.path] = ""
        required = {r.id for r in main.gomod.requires}
        return [
            self.stray(m, "provides packages, but go.mod does not select it")
            for m in self.vendor.contributors()
            if roots.get(m.id.path) != m.id.version and (m.id in required or not m.explicit)
        ]

    def stray(self, module: VendoredModule, what: str) -> Finding:
        return self.finding(f"{module.id} {what}", self.vendor.file, module.line, module.id)
