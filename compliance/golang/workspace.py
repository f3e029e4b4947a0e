"""Workspace: the main modules of a run and where their dependencies come from."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.findings import Finding
from compliance.golang.buildlist import Mode
from compliance.golang.modfile import ModFile, WorkFile
from compliance.golang.vendored import VendorList


@dataclass(frozen=True, slots=True, kw_only=True)
class MainModule:
    """A main module: `folder` relative to the repository root with slashes, "." for the root."""

    path: str
    folder: str
    gomod: ModFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What the go command would work on in this folder.

    `vendor` is the vendor folder in use (relative to the root) with its list, or None when module
    mode is in force. `go_version` is the language version that governs the run.
    """

    mode: Mode
    mains: tuple[MainModule, ...]
    work: WorkFile | None
    vendor: str | None
    vendor_list: VendorList | None
    go_version: str
    toolchain: str | None
    findings: tuple[Finding, ...] = ()
