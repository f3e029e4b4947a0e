"""Go as its files tell it: modules, workspaces, version selection, packages. No I/O."""

from typing import TYPE_CHECKING

from compliance.facade import fetcher

if TYPE_CHECKING:
    from compliance.golang.buildcontext import PLATFORMS, Matcher, cgo_supported, level_of
    from compliance.golang.buildinfo import MAGIC as BUILD_INFO_MAGIC
    from compliance.golang.buildinfo import MAX_INFO_BYTES as MAX_BUILD_INFO_BYTES
    from compliance.golang.buildinfo import BuildInfo, parse_build_info
    from compliance.golang.buildlist import BuildList, GoModReader, Mode, Module, Replacement
    from compliance.golang.cinclude import Included, in_tree, included_files, library_folders
    from compliance.golang.ebpf import EbpfObject, read_ebpf
    from compliance.golang.exefile import build_data
    from compliance.golang.files import EntryKind, Files, LinkAware, UnreadableFileError
    from compliance.golang.folder import OTHER_EXTENSIONS, Folder, GoFileCache
    from compliance.golang.gofile import GoFile, GoFileReader, parse_gofile
    from compliance.golang.imports import (
        LoadRequest,
        Main,
        PackageLoader,
        SideEdge,
        SideScope,
        load_cells,
    )
    from compliance.golang.leftout import OTHER_TOOLCHAINS, LeftOut
    from compliance.golang.literal import Literal, object_literals
    from compliance.golang.modfile import ModFile, Replace, Require, WorkFile
    from compliance.golang.modparse import parse_mod_file, parse_work_file
    from compliance.golang.module import (
        ModuleVersion,
        escape_path,
        escape_version,
        file_path_problem,
        fold_case,
        import_path_problem,
        module_path_problem,
        path_contains,
        split_path_version,
        unescape_path,
        unescape_version,
    )
    from compliance.golang.mvs import LatestReader, select
    from compliance.golang.package import BuildContext, Cell, CgoDirectives, Import, Package
    from compliance.golang.patterns import IgnoreRules
    from compliance.golang.place import Outside
    from compliance.golang.replacement import MainModule
    from compliance.golang.requirements import needed_modules, refusals
    from compliance.golang.resolve import TreeProvider
    from compliance.golang.semver import canonical as canonical_version
    from compliance.golang.semver import compare as compare_versions
    from compliance.golang.semver import compare_go as compare_go_versions
    from compliance.golang.semver import is_canonical as is_canonical_version
    from compliance.golang.semver import is_pseudo as is_pseudo_version
    from compliance.golang.semver import pseudo as pseudo_version
    from compliance.golang.semver import sort_key as version_key
    from compliance.golang.semver import toolchain_version
    from compliance.golang.summary import Prefetch
    from compliance.golang.vendored import VendoredModule, VendorList, parse_vendor_list
    from compliance.golang.workspace import Workspace, WorkspaceSettings, load_workspace
else:
    __getattr__ = fetcher(__name__, {
        "buildcontext": "PLATFORMS Matcher cgo_supported level_of",
        "buildinfo": (
            "BuildInfo parse_build_info BUILD_INFO_MAGIC=MAGIC MAX_BUILD_INFO_BYTES=MAX_INFO_BYTES"
        ),
        "buildlist": "BuildList GoModReader Mode Module Replacement",
        "cinclude": "Included in_tree included_files library_folders",
        "ebpf": "EbpfObject read_ebpf",
        "exefile": "build_data",
        "files": "EntryKind Files LinkAware UnreadableFileError",
        "folder": "OTHER_EXTENSIONS Folder GoFileCache",
        "gofile": "GoFile GoFileReader parse_gofile",
        "imports": "LoadRequest Main PackageLoader SideEdge SideScope load_cells",
        "leftout": "OTHER_TOOLCHAINS LeftOut",
        "literal": "Literal object_literals",
        "modfile": "ModFile Replace Require WorkFile",
        "modparse": "parse_mod_file parse_work_file",
        "module": (
            "ModuleVersion escape_path escape_version file_path_problem fold_case"
            " import_path_problem module_path_problem path_contains split_path_version"
            " unescape_path unescape_version"
        ),
        "mvs": "LatestReader select",
        "package": "BuildContext Cell CgoDirectives Import Package",
        "patterns": "IgnoreRules",
        "place": "Outside",
        "replacement": "MainModule",
        "requirements": "needed_modules refusals",
        "resolve": "TreeProvider",
        "semver": (
            "canonical_version=canonical compare_versions=compare compare_go_versions=compare_go"
            " is_canonical_version=is_canonical is_pseudo_version=is_pseudo pseudo_version=pseudo"
            " version_key=sort_key toolchain_version"
        ),
        "summary": "Prefetch",
        "vendored": "VendoredModule VendorList parse_vendor_list",
        "workspace": "Workspace WorkspaceSettings load_workspace",
    })  # fmt: skip

__all__ = [
    "BUILD_INFO_MAGIC",
    "MAX_BUILD_INFO_BYTES",
    "OTHER_EXTENSIONS",
    "OTHER_TOOLCHAINS",
    "PLATFORMS",
    "BuildContext",
    "BuildInfo",
    "BuildList",
    "Cell",
    "CgoDirectives",
    "EbpfObject",
    "EntryKind",
    "Files",
    "Folder",
    "GoFile",
    "GoFileCache",
    "GoFileReader",
    "GoModReader",
    "IgnoreRules",
    "Import",
    "Included",
    "LatestReader",
    "LeftOut",
    "LinkAware",
    "Literal",
    "LoadRequest",
    "Main",
    "MainModule",
    "Matcher",
    "ModFile",
    "Mode",
    "Module",
    "ModuleVersion",
    "Outside",
    "Package",
    "PackageLoader",
    "Prefetch",
    "Replace",
    "Replacement",
    "Require",
    "SideEdge",
    "SideScope",
    "TreeProvider",
    "UnreadableFileError",
    "VendorList",
    "VendoredModule",
    "WorkFile",
    "Workspace",
    "WorkspaceSettings",
    "build_data",
    "canonical_version",
    "cgo_supported",
    "compare_go_versions",
    "compare_versions",
    "escape_path",
    "escape_version",
    "file_path_problem",
    "fold_case",
    "import_path_problem",
    "in_tree",
    "included_files",
    "is_canonical_version",
    "is_pseudo_version",
    "level_of",
    "library_folders",
    "load_cells",
    "load_workspace",
    "module_path_problem",
    "needed_modules",
    "object_literals",
    "parse_build_info",
    "parse_gofile",
    "parse_mod_file",
    "parse_vendor_list",
    "parse_work_file",
    "path_contains",
    "pseudo_version",
    "read_ebpf",
    "refusals",
    "select",
    "split_path_version",
    "toolchain_version",
    "unescape_path",
    "unescape_version",
    "version_key",
]
