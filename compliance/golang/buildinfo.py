"""Build information that the Go linker writes into every executable (debug/buildinfo).

A header of 32 bytes at a multiple of 16: the magic text, the size of a pointer, and flags. From Go
1.18 on (flag 2) two strings follow, each with its length as a varint: the Go version, and the
module information between two marks of 16 bytes, one tab-separated line for each module
(https://pkg.go.dev/debug/buildinfo, https://pkg.go.dev/runtime/debug#BuildInfo).
"""

from __future__ import annotations

from compliance.errors import MalformedInputError
from compliance.golang.buildlist import BuildList, Module, Replacement
from compliance.golang.module import ModuleVersion
from compliance.value import dataclass

MAGIC = b"\xff Go buildinf:"
HEADER_BYTES = 32
MAX_INFO_BYTES = 16 << 20
"""Longer information would name some 100,000 modules."""

_INLINE = 2
_MARK_BYTES = 16
_LINE_FIELDS = 3
_VARINT_BYTES = 10
_VARINT_GOES_ON = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInfo:
    """What an executable says of its build.

    `path` is the import path of the main package, `sums` the h1 of each module's zip where the
    linker knew it, `settings` are build settings such as ("GOOS", "linux").
    """

    go_version: str
    path: str
    build_list: BuildList
    sums: tuple[tuple[ModuleVersion, str], ...]
    settings: tuple[tuple[str, str], ...]


def parse_build_info(data: bytes, *, file: str) -> BuildInfo:
    """Read the information from its header on.

    Args:
        data: Bytes of the executable that begin with the header.
        file: Name for messages.

    Raises:
        MalformedInputError: cut short, damaged, or written by a Go before 1.18.
    """
    if len(data) < HEADER_BYTES or not data.startswith(MAGIC):
        raise MalformedInputError("no Go build information", file=file)
    if not data[15] & _INLINE:
        raise MalformedInputError("was built with a Go before 1.18", file=file)
    version, at = _string(data, HEADER_BYTES, file)
    info, _ = _string(data, at, file)
    text = version.decode("utf-8", "replace")
    if not text.startswith(("go", "devel")):
        raise MalformedInputError("the Go version of the build is damaged", file=file)
    if len(info) < 2 * _MARK_BYTES or info[-_MARK_BYTES - 1 : -_MARK_BYTES] != b"\n":
        raise MalformedInputError("was built without module information", file=file)
    lines = info[_MARK_BYTES:-_MARK_BYTES].decode("utf-8", "replace").split("\n")
    return _read(text, lines, file)


def _string(data: bytes, at: int, file: str) -> tuple[bytes, int]:
    """A string behind its length (a varint), and the offset behind it."""
    size = shift = 0
    for position in range(at, min(at + _VARINT_BYTES, len(data))):
        byte = data[position]
        size |= (byte & ~_VARINT_GOES_ON) << shift
        shift += 7
        if byte < _VARINT_GOES_ON:
            start = position + 1
            if size > MAX_INFO_BYTES or start + size > len(data):
                break
            return data[start : start + size], start + size
    raise MalformedInputError("the Go build information is cut short or damaged", file=file)


def _read(version: str, lines: list[str], file: str) -> BuildInfo:
    path = ""
    modules: list[Module] = []
    sums: list[tuple[ModuleVersion, str]] = []
    settings: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        kind, _, rest = line.partition("\t")
        fields = rest.split("\t")
        if kind == "path":
            path = rest
        elif kind in ("mod", "dep"):
            module, total = _module(kind, fields, file, number)
            modules.append(module)
            sums += [(module.id, total)] if total else []
        elif kind == "=>" and modules:
            modules[-1], total = _replaced(modules[-1], fields, file, number)
            sums += [(modules[-1].id, total)] if total else []
        elif kind == "build":
            name, _, value = rest.partition("=")
            settings.append((name, value))
    modules.sort(key=lambda m: (not m.main, m.id))
    return BuildInfo(
        go_version=version,
        path=path,
        build_list=BuildList(mode="mod", modules=tuple(modules), edges=()),
        sums=tuple(sorted(sums)),
        settings=tuple(settings),
    )


def _module(kind: str, fields: list[str], file: str, line: int) -> tuple[Module, str]:
    if len(fields) < _LINE_FIELDS - 1:
        raise MalformedInputError(f"module line {line} of the build information", file=file)
    name, version = fields[0], fields[1]
    main = kind == "mod"
    # A main module built from a work tree has "(devel)" or a version made from the commit.
    id_ = ModuleVersion(name, "" if main and version == "(devel)" else version)
    total = fields[2] if len(fields) >= _LINE_FIELDS else ""
    return Module(id=id_, main=main), total


def _replaced(module: Module, fields: list[str], file: str, line: int) -> tuple[Module, str]:
    if len(fields) < _LINE_FIELDS - 1:
        raise MalformedInputError(f"replace line {line} of the build information", file=file)
    target = Replacement(path=fields[0], version=fields[1] or None)
    total = fields[2] if len(fields) >= _LINE_FIELDS else ""
    return Module(id=module.id, main=module.main, replace=target), total
