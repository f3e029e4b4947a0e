"""Go as its files tell it: modules, workspaces, version selection, packages. No I/O."""

from compliance.golang.buildlist import BuildList, GoModReader, Mode, Module, Replacement
from compliance.golang.files import EntryKind, Files, UnreadableFileError
from compliance.golang.module import ModuleVersion
from compliance.golang.package import BuildContext, Cell, CgoDirectives, Import, Package

__all__ = [
    "BuildContext", "BuildList", "Cell", "CgoDirectives", "EntryKind", "Files", "GoModReader",
    "Import", "Mode", "Module", "ModuleVersion", "Package", "Replacement", "UnreadableFileError",
]  # fmt: skip
