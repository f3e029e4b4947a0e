"""Parts: what is in a binary besides the files that the go command compiles.

Embedded eBPF objects and programs, embedded folders with a license file of their own, static C
libraries that lie in the module, C code that cgo includes from other folders, and the generators
of generated code. Each part is concluded like a package of its module: by the statements in its
files, else by the license file that governs its folder.
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.golang import (
    EbpfObject,
    EntryKind,
    Files,
    Included,
    UnreadableFileError,
    in_tree,
    included_files,
    library_folders,
    object_literals,
    read_ebpf,
)
from compliance.licenses import is_license_name
from compliance.pipeline.makers import OBJECT_MAKER
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.golang import Package
    from compliance.graph import EdgeKind, NodeKind

LARGEST_LOOKED_INTO = 64 * 1024 * 1024
"""Bytes of an embedded file that is read for its kind."""

INTERPRETERS = {
    ".wasm": (
        "github.com/tetratelabs/wazero", "github.com/bytecodealliance/wasmtime-go",
        "github.com/wasmerio/wasmer-go", "github.com/second-state/WasmEdge-go",
        "github.com/wasmvm/", "github.com/CosmWasm/wasmvm", "github.com/extism/go-sdk",
        "github.com/perlin-network/life", "github.com/go-interpreter/wagon",
    ),
    ".js": (
        "github.com/dop251/goja", "github.com/robertkrimen/otto", "rogchap.com/v8go",
        "github.com/grafana/sobek", "modernc.org/quickjs", "github.com/fastschema/qjs",
    ),
    ".lua": (
        "github.com/yuin/gopher-lua", "github.com/Shopify/go-lua", "github.com/Azure/golua",
        "github.com/aarzilli/golua", "github.com/milochristiansen/lua", "github.com/arnodel/golua",
    ),
    ".star": ("go.starlark.net",), ".bzl": ("go.starlark.net",),
    ".tengo": ("github.com/d5/tengo",),
    ".py": ("github.com/go-python/gpython", "go.starlark.net"),
    ".risor": ("github.com/risor-io/risor",),
    ".ank": ("github.com/mattn/anko",),
    ".rego": (),
}  # fmt: skip
"""Kind of embedded program to the modules that run it inside the process."""

SCRIPTS = frozenset(INTERPRETERS) - {".wasm"}
"""Endings of programs that are text: what nothing runs inside the process is data."""

PACKED_PROGRAMS = frozenset({".jar", ".war", ".ear", ".aar", ".apk", ".whl", ".nupkg", ".xpi"})
"""Endings of zip archives that a machine runs or links as they are."""

EBPF_LOADERS = ("cilium/ebpf", "iovisor/gobpf", "libbpfgo", "dropbox/goebpf", "florianl/go-tc")
"""Parts of the paths of modules that load eBPF objects into the kernel."""

_PLAIN = frozenset({
    ".css", ".html", ".htm", ".tmpl", ".gotmpl", ".tpl", ".json", ".yaml", ".yml", ".toml", ".txt",
    ".md", ".sql", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".woff", ".woff2", ".ttf",
    ".otf", ".eot", ".map", ".csv", ".xml", ".pem", ".crt", ".gz", ".proto", ".ts", ".tsx",
    ".scss", ".go", ".graphql", ".po", ".mo", ".ini", ".conf", ".cue", ".jsonnet", ".rst",
    ".webp", ".mp4", ".key", ".pdf", ".zip",
})  # fmt: skip
"""Endings of embedded files that are no programs; others are looked into."""

LEAST_COLLECTED = 20
"""License files that one package embeds when licenses are its data: a detector, a list to choose
from, the notices of a program. A program with fonts, pages and pictures of others has some."""

_TEXTS = frozenset({"", ".txt", ".md"})

_GENERATE = re.compile(
    rb"^//go:generate[ \t].*?\b%b\b(?P<rest>[^\n]*)" % OBJECT_MAKER, re.MULTILINE
)  # fmt: skip
_EMBED = re.compile(rb"^//go:embed[ \t]+([^\n]+)", re.MULTILINE)
_ARCHIVE = re.compile(r"(?:.*/)?(?:lib)?([^/]+?)\.a$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something in a binary with a license of its own, maybe.

    `id` names it in the graph; `user` is the import path of the package that uses it, at `file`
    and `line`. `folder` and `files` are where its license is looked for. `own` says that it is
    a component even where its license is that of its module. `library` is the name by which the
    linker knows a C library that was found here.
    """

    id: str
    user: str
    kind: NodeKind
    edge: EdgeKind
    folder: str
    files: tuple[str, ...]
    own: bool = False
    file: str | None = None
    line: int | None = None
    ebpf: EbpfObject | None = None
    sources: tuple[str, ...] = ()
    library: str = ""


def find_parts(files: Files, packages: Iterable[Package], root: str) -> tuple[Part, ...]:
    """The parts of the packages of one module, by id.

    Args:
        files: The tree that holds them.
        packages: Packages that are linked, of one module.
        root: Folder of the module in the tree.
    """
    found: dict[str, Part] = {}
    everything = tuple(packages)
    embedding = any(p.embed_files for p in everything)
    imported = {i.path for p in everything for i in p.imports} if embedding else set()
    for package in everything:
        if package.embed_files:
            looked = _Embedded(files, package, imported)
            for part in (*looked.programs(), *looked.folders()):
                found.setdefault(part.id, part)
        if package.cgo_files or package.other_files:
            for part in (*_included(files, package, root), *_archives(files, package, root)):
                found.setdefault(part.id, part)
        if not package.embed_files and any("cilium/ebpf" in i.path for i in package.imports):
            for part in _beside(files, package):
                found.setdefault(part.id, part)
        if loads_ebpf(package):
            for part in _written(files, package, found):
                found.setdefault(part.id, part)
    return tuple(found[key] for key in sorted(found))


# Embedded files


class _Embedded:
    """The embedded files of one package."""

    def __init__(self, files: Files, package: Package, imported: Collection[str]) -> None:
        self._files = files
        self._package = package
        self._imported = imported
        self._programs: set[str] = set()

    def programs(self) -> Iterator[Part]:
        """EBPF objects, programs that run in the process, and executables."""
        for name in self._package.embed_files:
            ending = posixpath.splitext(name)[1].lower()
            if ending in _PLAIN:
                continue
            part = self._program(name, ending)
            if part is not None:
                self._programs.add(name)
                yield part

    def _program(self, name: str, ending: str) -> Part | None:
        if ending in INTERPRETERS and self._runs(ending):
            return self._part(name, "binary", "embed-code")
        if ending in SCRIPTS:
            return None
        head = _read(self._files, _join(self._package.folder, name))
        if (ebpf := read_ebpf(head)) is not None:
            return self._part(name, "ebpf", "ebpf-load", ebpf=ebpf)
        return self._part(name, "binary", "embed-data") if is_program(head, ending) else None

    def _runs(self, ending: str) -> bool:
        """Whether the program runs files of this kind inside its process.

        JavaScript is mostly for browsers, so there the package that embeds it has to import the
        interpreter; elsewhere any package of the module may.
        """
        own = (i.path for i in self._package.imports)
        known = own if ending == ".js" else self._imported
        return any(path.startswith(INTERPRETERS[ending]) for path in known)

    def _part(
        self, name: str, kind: NodeKind, edge: EdgeKind, *, ebpf: EbpfObject | None = None
    ) -> Part:
        package = self._package
        folder = _folder_of(_join(package.folder, name))
        file, line = _embed_place(self._files, package, name)
        made = Part(
            id=f"{package.import_path}/{name}", user=package.import_path, kind=kind, edge=edge,
            folder=folder, files=(posixpath.basename(name),), own=ebpf is not None, file=file,
            line=line, ebpf=ebpf,
        )  # fmt: skip
        return made if ebpf is None else _with_sources(self._files, package, name, made)

    def folders(self) -> Iterator[Part]:
        """Embedded folders below the package's that a license file of their own governs."""
        package = self._package
        grouped: dict[str, list[str]] = {}
        for name in self._package.embed_files:
            if name not in self._programs:
                grouped.setdefault(posixpath.dirname(name), []).append(posixpath.basename(name))
        governed: dict[str, str | None] = {"": None}
        for folder in sorted(grouped):
            if not folder:
                continue
            top = ""
            for i, _ in enumerate(folder.split("/"), 1):
                step = "/".join(folder.split("/")[:i])
                if step not in governed:
                    names = self._files.listing(_join(package.folder, step))
                    has = any(is_license_name(n) and k is EntryKind.FILE for n, k in names.items())
                    governed[step] = step if has else governed.get(top)
                top = step
        owners: dict[str, list[str]] = {}
        for folder, here in grouped.items():
            owner = governed.get(folder)
            if owner is not None:
                below = folder[len(owner) :].strip("/")
                owners.setdefault(owner, []).extend(f"{below}/{n}" if below else n for n in here)
        collected = collects_licenses(package)
        for owner, inside in sorted((k, v) for k, v in owners.items() if _content(v, collected)):
            file, line = _embed_place(self._files, package, f"{owner}/{inside[0]}")
            governed_here = (n for n in inside if "/" in n or not is_license_name(n))
            yield Part(
                id=f"{package.import_path}/{owner}/", user=package.import_path, kind="asset",
                edge="embed-data", folder=_join(package.folder, owner),
                files=tuple(sorted(governed_here)), file=file, line=line,
            )  # fmt: skip


def collects_licenses(package: Package) -> bool:
    """Whether a package embeds so many license files that they are its data."""
    names = map(posixpath.basename, package.embed_files)
    return sum(map(is_license_name, names)) >= LEAST_COLLECTED


def _content(names: Iterable[str], collected: bool) -> bool:
    """Whether embedded files hold more than license texts, which govern nothing by themselves."""
    return not all(
        is_license_name(posixpath.basename(n)) or (collected and is_plain_text(n)) for n in names
    )


def is_plain_text(name: str) -> bool:
    """Whether a file is prose by its name, as license texts and what is said of them are."""
    return posixpath.splitext(name)[1].lower() in _TEXTS


def is_program(head: bytes, ending: str) -> bool:
    """Whether a file is a program or library as it is, by its first bytes (and a zip its ending).

    ELF, PE and Mach-O, WebAssembly (core specification, 5.5.16), static libraries and Debian
    packages (ar), RPM packages, Dalvik and Java archives.
    """
    if ending in PACKED_PROGRAMS:
        return head[:4] == b"PK\x03\x04"
    return is_executable(head) or head.startswith(
        (b"\0asm", b"!<arch>\n", b"\xed\xab\xee\xdb", b"dex\n")
    )


def is_executable(head: bytes) -> bool:
    """Whether bytes begin as a program or library of a usual system: ELF, PE, Mach-O."""
    return head[:4] in (
        b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
    ) or (head[:2] == b"MZ" and b"PE\0\0" in head[:4096])  # fmt: skip


def _ebpf_sources(files: Files, package: Package, name: str) -> tuple[str, ...]:
    """Paths in the tree of the C files an object was made from.

    bpf2go says so in its go:generate line (`bpf2go [flags] IDENT SOURCE`) and names the object
    after the identifier; otherwise a C file of the same stem counts.
    """
    stem = posixpath.basename(name).split(".")[0].lower()
    found: list[str] = []
    for order in _bpf2go_orders(files, package):
        if order.makes(stem):
            found.append(_clean(package.folder, order.source))
    folder = _folder_of(_join(package.folder, name))
    for entry in sorted(files.listing(folder)):
        if entry.endswith(".c") and entry.split(".")[0].lower() == stem:
            found.append(_join(folder, entry))
    return tuple(dict.fromkeys(p for p in found if _exists(files, p)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectOrder:
    """A go:generate line that has bpf2go make objects of a C file: `file` and `line` of it."""

    ident: str
    source: str
    file: str
    line: int

    def makes(self, stem: str) -> bool:
        """Whether files of this stem, in lower case, are what the line makes."""
        ident = self.ident.lower()
        return stem == ident or stem.startswith(f"{ident}_")


def _bpf2go_orders(
    files: Files, package: Package, plain: Collection[str] = ()
) -> Iterator[ObjectOrder]:
    for name in package.go_files:
        place = _join(package.folder, name)
        if place in plain:
            continue
        data = _read(files, place)
        for match in _GENERATE.finditer(data):
            words = match["rest"].decode("utf-8", "replace").partition(" -- ")[0].split()
            source = next((w for w in words if w.endswith(".c")), "")
            at = words.index(source) if source else 0
            if at:
                line = data.count(b"\n", 0, match.start()) + 1
                yield ObjectOrder(ident=words[at - 1], source=source, file=place, line=line)


def missing_objects(
    files: Files, package: Package, plain: Collection[str] = ()
) -> Iterator[ObjectOrder]:
    """What bpf2go would make for a package, and no file of its folder is.

    `plain` are files of the tree that are known not to mention it.
    """
    orders = tuple(_bpf2go_orders(files, package, plain))
    if orders:
        stems = [n.partition(".")[0].lower() for n in files.listing(package.folder)]
        yield from (o for o in orders if not any(map(o.makes, stems)))


def _with_sources(files: Files, package: Package, name: str, part: Part) -> Part:
    """An object with the C files whose license is its own."""
    sources = _ebpf_sources(files, package, name)
    if not sources:
        return part
    folder = _folder_of(sources[0])
    here = tuple(sorted(posixpath.basename(s) for s in sources if _folder_of(s) == folder))
    return replace(part, folder=folder, files=here, sources=sources)


def loads_ebpf(package: Package) -> bool:
    """Whether a package imports a library that loads eBPF objects."""
    paths = "\n".join([i.path for i in package.imports])
    return any(lib in paths for lib in EBPF_LOADERS)


def _written(files: Files, package: Package, known: Collection[str]) -> Iterator[Part]:
    """EBPF objects that stand as literals in Go source, unless the file they came from is known."""
    for name in (*package.go_files, *package.cgo_files):
        place = _join(package.folder, name)
        stem = posixpath.splitext(name)[0]
        literals = object_literals(_read(files, place))
        objects = [(x.line, read_ebpf(x.data)) for x in literals if x.data]
        for number, (line, ebpf) in enumerate((n, e) for n, e in objects if e is not None):
            if number == 0 and f"{package.import_path}/{stem}.o" in known:
                continue
            part = Part(
                id=f"{package.import_path}/{name}" + (f":{line}" if number else ""),
                user=package.import_path, kind="ebpf", edge="ebpf-load", folder=package.folder,
                files=(), own=True, file=place, line=line, ebpf=ebpf,
            )  # fmt: skip
            yield _with_sources(files, package, name, part)


def _beside(files: Files, package: Package) -> Iterator[Part]:
    """EBPF objects in the folder of a package that loads such objects and embeds none."""
    listing = files.listing(package.folder)
    for name in sorted(n for n, k in listing.items() if k is EntryKind.FILE and n.endswith(".o")):
        ebpf = read_ebpf(_read(files, _join(package.folder, name)))
        if ebpf is not None:
            part = Part(
                id=f"{package.import_path}/{name}", user=package.import_path, kind="ebpf",
                edge="ebpf-load", folder=package.folder, files=(name,), own=True, ebpf=ebpf,
                file=_join(package.folder, name),
            )  # fmt: skip
            yield _with_sources(files, package, name, part)


MOST_PLACEHOLDERS = 3
"""Files of an embedded folder that a build fills: `.gitkeep`, an empty `index.html`."""

LARGEST_PLACEHOLDER = 1024
"""Bytes of a file that says that something else will stand in its place."""

_PLACEHOLDER_NAME = re.compile(
    r"(?:git[-_]?)?(?:keep|ignore)|place[-_]?holder|dummy|empty|stub|read[-_]?me|do[-_]not[-_]delete",
    re.IGNORECASE,
)
_PLACEHOLDER_WORDS = re.compile(
    rb"placeholder|(?:not|to|must|has to|needs to) be(?:en)? (?:built|compiled|generated|replaced)"
    rb"|not (?:built|compiled|generated)\b|keep this (?:file|folder|directory)"
    rb"|\b(?:npm|yarn|pnpm|make) (?:run )?[a-z]",
    re.IGNORECASE,
)


def unfilled_embeds(files: Files, package: Package) -> Iterator[tuple[str, str | None, int | None]]:
    """Embedded folders that hold nothing but placeholders, each with the //go:embed that takes it.

    Go refuses an embed pattern without a file; a folder that a build fills (a web page made by
    npm, mostly) therefore has one in the repository that is empty, begins with a dot, or is named
    or written as what it is: a placeholder.
    """
    folders: dict[str, list[str]] = {}
    for name in package.embed_files:
        top, slash, _ = name.partition("/")
        if slash:
            folders.setdefault(top, []).append(name)
    for top, names in folders.items():
        if len(names) <= MOST_PLACEHOLDERS and all(
            _holds_a_place(posixpath.basename(n), _read(files, _join(package.folder, n)))
            for n in names
        ):
            yield (_join(package.folder, top), *_embed_place(files, package, names[0]))


def _holds_a_place(name: str, data: bytes) -> bool:
    if name.startswith(".") or not data.strip():
        return True
    if len(data) > LARGEST_PLACEHOLDER:
        return False
    stem = posixpath.splitext(name)[0]
    return bool(_PLACEHOLDER_NAME.fullmatch(stem) or _PLACEHOLDER_WORDS.search(data))


def _embed_place(files: Files, package: Package, name: str) -> tuple[str | None, int | None]:
    """File and line of the //go:embed that takes a file."""
    for go_file in package.go_files:
        path = _join(package.folder, go_file)
        data = _read(files, path)
        for match in _EMBED.finditer(data):
            for word in match[1].decode("utf-8", "replace").split():
                pattern = word.strip('"`').removeprefix("all:")
                if fnmatch.fnmatchcase(name, pattern) or name.startswith(f"{pattern}/"):
                    return path, data.count(b"\n", 0, match.start()) + 1
    return None, None


# C code


def _included(files: Files, package: Package, root: str) -> Iterator[Part]:
    """C code and assembly that is compiled into the package though it does not list it."""
    grouped: dict[str, list[Included]] = {}
    for found in included_files(files, package, root):
        grouped.setdefault(_folder_of(found.path), []).append(found)
    for folder, found_here in sorted(grouped.items()):
        relative = posixpath.relpath(folder, root) if root != "." else folder
        first = min(found_here, key=lambda f: (_folder_of(f.by) != package.folder, f.by, f.line))
        yield Part(
            id=f"c:{_module_path(package, root)}/{relative}".removesuffix("/."),
            user=package.import_path, kind="file-set", edge="cgo-static", folder=folder,
            files=tuple(posixpath.basename(f.path) for f in found_here), file=first.by,
            line=first.line,
        )  # fmt: skip


def _module_path(package: Package, root: str) -> str:
    return package.module.path if package.module is not None else root


def _archives(files: Files, package: Package, root: str) -> Iterator[Part]:
    """Static C libraries that lie in the module: `-L${SRCDIR}/x -lfoo`, `${SRCDIR}/libfoo.a`."""
    folders = library_folders(package, root)
    for text, go_file, line in package.cgo.ldflags:
        for word in text.split():
            place = _archive_of(files, package, word, folders, root)
            if place is None:
                continue
            folder, _, base = place.rpartition("/")
            matched = _ARCHIVE.match(base)
            yield Part(
                id=f"{package.import_path}/{posixpath.relpath(place, package.folder)}",
                user=package.import_path, kind="c-lib", edge="cgo-static", folder=folder or ".",
                files=(base,), own=True, file=_join(package.folder, go_file), line=line,
                library=matched[1] if matched else base,
            )  # fmt: skip


def _archive_of(
    files: Files, package: Package, word: str, folders: Sequence[str], root: str
) -> str | None:
    if word.endswith(".a") and not word.startswith("-"):
        place = in_tree(package, word, root)
        return place if place is not None and _exists(files, place) else None
    if not word.startswith("-l") or word == "-l":
        return None
    name = word[2:]
    base = name.removeprefix(":") if name.startswith(":") else f"lib{name}.a"
    return next((_join(f, base) for f in folders if _exists(files, _join(f, base))), None)


# Reading


def _read(files: Files, path: str) -> bytes:
    """Content of a file; what cannot be read is reported by those who detect its license."""
    try:
        return files.read(path)[:LARGEST_LOOKED_INTO]
    except UnreadableFileError:
        return b""


def _exists(files: Files, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return files.listing(folder or ".").get(name) is EntryKind.FILE


def _folder_of(path: str) -> str:
    return posixpath.dirname(path) or "."


def _clean(folder: str, name: str) -> str:
    return posixpath.normpath(_join(folder, name))


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"
