"""Nodes, edges and artifacts: who uses whom, and what ships where (policy-model 3.1)."""

from __future__ import annotations

from typing import Literal

from compliance.value import dataclass

NodeKind = Literal[
    "package", "file-set", "c-lib", "binary", "service", "asset", "dataset", "model", "ebpf",
    "kernel-module", "kernel", "image", "tool",
]  # fmt: skip
EdgeKind = Literal[
    "import-static", "cgo-static", "cgo-dynamic", "vendored", "modified-copy", "copies-output",
    "plugin", "embed-code", "embed-data", "ebpf-load", "exec", "ipc", "network", "kernel-load",
    "syscall", "generated-by", "build-tool", "test", "aggregate",
]  # fmt: skip
Provider = Literal["us", "user", "system"]
Profile = Literal["saas", "internal", "on-prem", "image", "library", "firmware", "browser"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Something with a license: a Go package, or a declared component.

    `id` is the import path of a package or the id of a component; `component` is the package URL
    of the module that holds it (None for first-party code). `license` is an SPDX expression or
    None for unknown; for first-party code it is the outbound license of the artifact, whatever is
    given here. `gpl_only_helpers` and `elf_license` serve eBPF objects.

    `unresolved` says that files offer several licenses without stating whether all or any of them
    hold; `license` then joins them with OR. `change_date` (ISO 8601 day) and `change_license` are
    the terms of a license that turns into another one, such as BUSL-1.1. `version` and `supplier`
    of a declared component stand in bills of materials and judge nothing. `header_material` are
    licenses of a package of which it has only constants and types of header files. `file` and
    `line` say where the node is declared or its module required. `needed_by` are, of a C library,
    the packages of which a build without cgo has no Go file, and `maybe_needed_by` those with Go
    files of which none is written for such a build.
    """

    id: str
    kind: NodeKind = "package"
    component: str | None = None
    license: str | None = None
    first_party: bool = False
    modified: bool = False
    gpl_only_helpers: bool = False
    elf_license: str | None = None
    license_text_sha256: str | None = None
    unresolved: bool = False
    header_material: tuple[str, ...] = ()
    change_date: str | None = None
    change_license: str | None = None
    version: str | None = None
    supplier: str | None = None
    file: str | None = None
    line: int | None = None
    needed_by: tuple[str, ...] = ()
    maybe_needed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """`source` uses `target`. `cells` names the build cells it holds in (empty: all)."""

    source: str
    target: str
    kind: EdgeKind
    by: Provider = "us"
    tight: bool = False
    file: str | None = None
    line: int | None = None
    cells: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """What is built, where it goes, and under which license we ship it.

    `root` is the node it starts from; `outbound` an SPDX expression, `LicenseRef-proprietary` for
    closed code. The remaining fields are facts that a deployment declares (contract.md).
    """

    name: str
    root: str
    main: str
    platforms: tuple[str, ...] = ()
    profile: Profile = "on-prem"
    outbound: str = "LicenseRef-proprietary"
    relink_kit: bool = False
    may_ship_later: bool = False
    offers_as_service: bool = False
    competes: bool = False
    commercial: bool = True
    production: bool = True
    locked_boot: bool = False
    eula_allows_re: bool = True
