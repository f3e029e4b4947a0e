"""`compliance/modules/1`, `compliance/packages/1` and `compliance/detect/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compliance.outputs.document import finding_document, hop_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compliance.findings import Finding
    from compliance.golang import Cell, Module, Package
    from compliance.licenses import FileLicense, Match
    from compliance.report import ModuleListing, ModuleSums, PackageListing, Why


def modules_document(listing: ModuleListing) -> dict[str, Any]:
    """Keys as in `go list -m -json all` where they mean the same."""
    build = listing.build_list
    return {
        "schema": "compliance/modules/1",
        "mode": build.mode,
        "modules": [_module(m, listing.sums[m.id]) for m in build.modules],
        "edges": [list(edge) for edge in build.edges],
        "findings": _findings(build.findings),
    }


def packages_document(listing: PackageListing) -> dict[str, Any]:
    """One cell per main package and build context, packages sorted by import path."""
    return {
        "schema": "compliance/packages/1",
        "cells": [_cell(c) for c in listing.cells],
        "findings": _findings(listing.findings),
    }


def detect_document(files: Iterable[FileLicense], findings: Iterable[Finding]) -> dict[str, Any]:
    """One entry per file that was read, sorted by path."""
    listed = sorted(files, key=lambda f: f.path)
    inside = [note for f in listed for note in f.findings]
    said = _Files()
    return {
        "schema": "compliance/detect/1",
        "files": [said.entry(f) for f in listed],
        "findings": _findings((*findings, *inside)),
    }


def _findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [finding_document(f) for f in sorted(findings, key=lambda f: f.sort_key())]


def _module(module: Module, sums: ModuleSums) -> dict[str, Any]:
    replace = module.replace
    return {
        "path": module.id.path,
        "version": module.id.version or None,
        "main": module.main,
        "indirect": module.indirect,
        "go_version": module.go_version,
        "replace": None if replace is None else {"path": replace.path, "version": replace.version},
        "retracted": list(module.retracted),
        "deprecated": module.deprecated,
        "sum": sums.sum,
        "gomod_sum": sums.gomod_sum,
        "verification": sums.verification.voucher.value,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "main": cell.main,
        "platform": cell.context.platform,
        "cgo": cell.context.cgo,
        "tags": list(cell.context.tags),
        "arch_level": cell.context.arch_level or None,
        "experiments": list(cell.context.experiments),
        "packages": [_package(p) for p in sorted(cell.packages, key=lambda p: p.import_path)],
    }


def _package(package: Package) -> dict[str, Any]:
    module = package.module
    return {
        "import_path": package.import_path,
        "name": package.name,
        "module": None
        if module is None
        else {"path": module.path, "version": module.version or None},
        "standard": package.standard,
        "dir": package.folder,
        "imports": list(package.listed_imports),
        "go_files": list(package.go_files),
        "cgo_files": list(package.cgo_files),
        "other_files": list(package.other_files),
        "embed_files": list(package.embed_files),
    }


class _Files:
    """Entries of files; files that say the same in the same words share what they say."""

    def __init__(self) -> None:
        self._matches: dict[int, list[dict[str, Any]]] = {}
        self._copyrights: dict[int, list[dict[str, Any]]] = {}

    def entry(self, file: FileLicense) -> dict[str, Any]:
        """One file. It must live as long as this does: what is shared is known by its identity."""
        matches = self._matches.get(id(file.matches))
        if matches is None:
            matches = self._matches[id(file.matches)] = [_match(m) for m in file.matches]
        copyrights = self._copyrights.get(id(file.copyrights))
        if copyrights is None:
            copyrights = self._copyrights[id(file.copyrights)] = [
                {"statement": c.statement, "holder": c.holder, "years": c.years, "line": c.line}
                for c in file.copyrights
            ]
        return {
            "path": file.path,
            "sha256": file.sha256,
            "expression": file.expression,
            "matches": matches,
            "copyrights": copyrights,
        }


def _match(match: Match) -> dict[str, Any]:
    return {
        "license": match.license,
        "kind": match.kind,
        "start_line": match.start_line,
        "end_line": match.end_line,
        "coverage": round(match.coverage, 4),
        "similarity": round(match.similarity, 4),
        "confidence": match.confidence,
        "rule": match.rule,
    }


def why_document(answer: Why) -> dict[str, Any]:
    """The chain of each artifact that contains the target; `path` is empty where none does.

    `aside` then shows how tests, tools or the requirements of go.mod files need it. `under` lists
    what ships under a license that was asked for.
    """
    return {
        "schema": "compliance/why/1",
        "target": answer.target,
        "matched": list(answer.matched),
        "artifacts": [
            {
                "artifact": reason.artifact,
                "path": [hop_document(h) for h in reason.path],
                "findings": _findings(reason.findings),
            }
            for reason in answer.reasons
        ],
        "scope": answer.scope,
        "aside": [hop_document(h) for h in answer.aside],
        "under": list(answer.under),
        "findings": _findings(answer.findings),
    }
