"""What the go command refuses in the requirements once it loads packages, though all is known.

From go 1.17 on, go.mod names every module that provides a package to the main module, even
through others (https://go.dev/ref/mod#go-mod-file-go); before, those that it imports from itself.
The build list has a version of them all the same (cmd/go/internal/modload, updateRequirements).
And no two module paths may lead to the same code (checkMultiplePaths).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from compliance.findings import Finding, Location, Severity
from compliance.golang import semver
from compliance.golang.module import ModuleVersion
from compliance.golang.summary import FIRST_PRUNED_GO
from compliance.golang.workspace import DEFAULT_GO

if TYPE_CHECKING:
    from compliance.golang.buildlist import BuildList, Module, Replacement
    from compliance.golang.package import Cell, Package
    from compliance.golang.workspace import Workspace


def needed_modules(workspace: Workspace) -> frozenset[str] | None:
    """Paths of the modules that may provide packages to the main modules, by their go.mod files.

    None where these need not name them all: before go 1.17.
    """
    files = [main.gomod for main in workspace.mains]
    if any(semver.compare_go(f.go or DEFAULT_GO, FIRST_PRUNED_GO) < 0 for f in files):
        return None
    return frozenset(r.id.path for f in files for r in f.requires)


def refusals(workspace: Workspace, build: BuildList, cells: Iterable[Cell]) -> tuple[Finding, ...]:
    """Findings for what the go command refuses to build although it is known what is meant."""
    return *_unrequired(workspace, cells), *_used_twice(workspace, build)


def _unrequired(workspace: Workspace, cells: Iterable[Cell]) -> tuple[Finding, ...]:
    """One finding `requirement-missing` for each module that go.mod would have to name."""
    if workspace.in_workspace or workspace.update:
        return ()
    (main,) = workspace.mains
    named = {main.path, *(r.id.path for r in main.gomod.requires)}
    pruned = semver.compare_go(workspace.go_version, FIRST_PRUNED_GO) >= 0
    found: dict[ModuleVersion, str] = {}
    done: set[int] = set()
    for cell in cells:
        lacking = {
            p.import_path: p.module
            for p in cell.packages
            if p.module is not None and p.module.path not in named
        }
        if lacking:
            for path in lacking if pruned else _imported(main.path, cell.packages, done):
                if (module := lacking.get(path)) is not None:
                    found[module] = min(path, found.get(module, path))
    return tuple(
        _finding(module, path, main.gomod.file)
        for module, path in sorted(found.items(), key=lambda item: item[1])
    )


def _used_twice(workspace: Workspace, build: BuildList) -> tuple[Finding, ...]:
    """One finding `module-used-twice` for each path that leads to the code of an earlier one.

    With a pruned graph the go command looks at what go.mod itself requires; in a workspace it
    does not look.
    """
    if workspace.in_workspace:
        return ()
    pruned = semver.compare_go(workspace.go_version, FIRST_PRUNED_GO) >= 0
    only_named = pruned and workspace.vendor_list is None
    named = {r.id.path for m in workspace.mains for r in m.gomod.requires}
    first: dict[tuple[str, str | None], Module] = {}
    found = []
    for module in build.modules:
        if module.main or (only_named and module.id.path not in named):
            continue
        put = module.replace
        code = (put.path, put.version) if put else (module.id.path, module.id.version)
        earlier = first.setdefault(code, module)
        if earlier is not module and (put := put or earlier.replace):
            found.append(_twice(put, earlier, module))
    return tuple(found)


def _twice(put: Replacement, earlier: Module, module: Module) -> Finding:
    return Finding(
        code="module-used-twice",
        severity=Severity.WARN,
        message=f"{ModuleVersion(put.path, put.version or '')} is used for two module paths,"
        f" {earlier.id.path} and {module.id.path}; the go command refuses to build",
        remedy="Require it under one path only.",
        component=module.id.purl,
        location=put.location,
    )


def _imported(main: str, packages: Iterable[Package], done: set[int]) -> Iterator[str]:
    """What packages of the main module import."""
    for package in packages:
        if package.module is not None and package.module.path == main and id(package) not in done:
            done.add(id(package))
            yield from (i.path for i in package.imports)


def _finding(module: ModuleVersion, path: str, file: str) -> Finding:
    return Finding(
        code="requirement-missing",
        severity=Severity.WARN,
        message=f"updates to go.mod needed: the package {path} is linked, but go.mod does not"
        f" require {module}; the go command refuses to build",
        remedy="Run `go mod tidy`.",
        component=module.purl,
        location=Location(file=file),
    )
