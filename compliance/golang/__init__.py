"""Go as its files tell it: modules, workspaces, version selection, packages. No I/O."""

from compliance.golang.buildcontext import PLATFORMS, cgo_supported
from compliance.golang.buildlist import BuildList, GoModReader, Mode, Module, Replacement
from compliance.golang.files import EntryKind, Files, UnreadableFileError
from compliance.golang.folder import GoFileCache
from compliance.golang.gofile import GoFile, parse_gofile
from compliance.golang.imports import LoadRequest, Main, PackageLoader, SideScope, load_cells
from compliance.golang.module import ModuleVersion
from compliance.golang.package import BuildContext, Cell, CgoDirectives, Import, Package
from compliance.golang.resolve import TreeProvider

__all__ = [
    "PLATFORMS", "BuildContext", "BuildList", "Cell", "CgoDirectives", "EntryKind", "Files",
    "GoFile", "GoFileCache", "GoModReader", "Import", "LoadRequest", "Main", "Mode", "Module",
    "ModuleVersion", "Package", "PackageLoader", "Replacement", "SideScope", "TreeProvider",
    "UnreadableFileError", "cgo_supported", "load_cells", "parse_gofile",
]  # fmt: skip
