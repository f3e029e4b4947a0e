"""A first .compliance.yaml for a repository: what the repository says, and questions for people.

Only what can be seen is written as a fact: main packages, platforms of a release file, the license
at the root. Everything else (who gets the program, what runs beside it) is a comment with the
place that raises the question.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.golang import EntryKind, UnreadableFileError
from compliance.graph import Main as NamedMain
from compliance.graph import artifact_names
from compliance.pipeline.builds import is_helper
from compliance.pipeline.inventory import Inventory, Say, take_inventory
from compliance.pipeline.matrix import Matrix, read_matrix
from compliance.pipeline.sides import license_names, says
from compliance.pipeline.suspects import Suspect, suspects
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.config import ScanRequest
    from compliance.golang import BuildContext, Cell, Main, Package, PackageLoader

RELEASE_FILES = (
    ".goreleaser.yaml", ".goreleaser.yml", "goreleaser.yaml", "goreleaser.yml",
    ".config/goreleaser.yaml", ".config/goreleaser.yml",
)  # fmt: skip
"""Where GoReleaser looks for its file."""
RELEASE_NAMES = frozenset(posixpath.basename(n) for n in RELEASE_FILES)

MOST_SUSPECTS = 60
"""Questions that a person can still go through; the rest is counted."""

MOST_BUILD_FILES = 200
"""Dockerfiles and Makefiles that are read."""

DEEPEST = 4
"""Folders below the root in which they are looked for."""

PROFILES = "saas | internal | on-prem | image | library | firmware | browser"

_SKIPPED = frozenset({"vendor", "node_modules", "testdata", ".git"})
_STARTS = re.compile(rb"^\s*(?:ENTRYPOINT|CMD)\s+(?P<rest>.+)$", re.MULTILINE | re.IGNORECASE)
_FLAGS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"-tags(?:=|[ \t]+)[\"']?(?P<value>[\w,.$(){}]{1,80})"), "build tags"),
    (re.compile(rb"\bbuildmode[=: ]+(?P<value>plugin|c-shared|c-archive)\b"), "build mode"),
    (re.compile(rb"-linkmode[= ]+[\"']?(?P<value>external)"), "linker of the system"),
    (
        re.compile(rb"CGO_LDFLAGS[ \t]*[:?+]?=[\"' \t]*(?P<value>[^\n]{0,60}-static)"),
        "static linking",
    ),
    (re.compile(rb"-extldflags[= ]+[\"']?(?P<value>[^\n]{0,40}-static)"), "static linking"),
    (re.compile(rb"^(?P<value>(?:GO)?(?:BUILD)?_?TAGS\s*[:?+]?=[^\n]{1,80})", re.M), "build tags"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A file for people to finish, and the remarks that go to the terminal."""

    text: str
    deployments: int
    questions: int


def propose(request: ScanRequest, say: Say) -> Proposal:
    """Look at a repository and write a first .compliance.yaml.

    Raises:
        UsageError: no go.mod or go.work.
        MalformedInputError: one of them cannot be parsed.
    """
    inventory = take_inventory(request, say)
    loader = inventory.loader()
    say("looking at main packages")
    release = _release(inventory)
    matrix, problem = _matrix(inventory, release)
    contexts = tuple(dict.fromkeys((*inventory.contexts, *(matrix.contexts if matrix else ()))))
    mains = loader.find_mains(contexts)
    released = {m.import_path: m.contexts for m in matrix.find_mains(loader)} if matrix else {}
    named = [_named(inventory, m) for m in mains]
    builds = tuple(_build_files(inventory))
    known = _Known(
        names=artifact_names(named), released=released, starts=dict(_started(builds)),
        release=release,
    )  # fmt: skip
    say("following imports")
    found = suspects(inventory.repository.files, _own_packages(inventory, loader, mains))
    writer = _Writer(inventory)
    writer.head(_root_license(inventory))
    if problem:
        writer.note(f"{release} was not used: {problem}", "  ")
    chosen = [m for m in named if _is_shipped(m, released, known.starts)] or named
    writer.deployments(chosen, known)
    writer.libraries(inventory, has_mains=bool(named))
    writer.left_out([m for m in named if m not in chosen], known.names)
    writer.others(inventory.other_modules(inventory.repository.aside()[1]))
    writer.flags(builds)
    writer.links(found)
    return Proposal(
        text=writer.text(), deployments=len(chosen), questions=min(len(found), MOST_SUSPECTS)
    )


# What is looked at


def _release(inventory: Inventory) -> str:
    files = inventory.repository.files
    for name in RELEASE_FILES:
        folder, _, base = name.rpartition("/")
        if files.listing(folder or ".").get(base) is EntryKind.FILE:
            return name
    return ""


def _matrix(inventory: Inventory, release: str) -> tuple[Matrix | None, str]:
    """The builds of the release file, or why they cannot be used."""
    if not release:
        return None, ""
    full = posixpath.join(inventory.repository.root, release)
    try:
        matrix = read_matrix(
            full, inventory.repository, inventory.folder, inventory.settings, inventory.workspace,
            inventory.trace,
        )  # fmt: skip
    except UsageError as problem:
        return None, str(problem)
    return matrix, ""


def _named(inventory: Inventory, main: Main) -> NamedMain:
    holders = [m.path for m in inventory.workspace.mains if _holds(m.path, main.import_path)]
    return NamedMain(
        import_path=main.import_path, folder=main.folder or ".",
        module=max(holders, key=len, default=main.import_path),
    )  # fmt: skip


def _holds(module: str, path: str) -> bool:
    return path == module or path.startswith(f"{module}/")


def _root_license(inventory: Inventory) -> tuple[str, str]:
    """(expression, file) of the license at the root; "" where there is none or none is known."""
    files = inventory.repository.files
    names = license_names(files, ".")
    for name in names:
        if found := says(files, name):
            return found, name
    return "", names[0] if names else ""


def _build_files(inventory: Inventory) -> Iterator[tuple[str, bytes]]:
    """Dockerfiles, Makefiles, scripts and release files, near the root first."""
    files = inventory.repository.files
    level, count = ["."], 0
    for _ in range(DEEPEST + 1):
        below: list[str] = []
        for folder in level:
            for name, kind in sorted(files.listing(folder).items()):
                path = name if folder == "." else f"{folder}/{name}"
                if kind is EntryKind.FOLDER and name not in _SKIPPED:
                    below.append(path)
                elif kind is EntryKind.FILE and _is_build_file(name) and count < MOST_BUILD_FILES:
                    count += 1
                    try:
                        yield path, files.read(path)
                    except UnreadableFileError:
                        continue
        level = below


def _is_build_file(name: str) -> bool:
    return name.startswith(("Dockerfile", "Containerfile", "Makefile", "GNUmakefile")) or (
        name.endswith((".Dockerfile", ".dockerfile", ".mk", ".sh")) or name in RELEASE_NAMES
    )


def _started(builds: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    """(program, `file:line`) of what images start."""
    for path, data in builds:
        if "docker" not in path.lower() and "container" not in path.lower():
            continue
        for match in _STARTS.finditer(data):
            line = data.count(b"\n", 0, match.start("rest")) + 1
            for word in re.findall(r"[\w./-]+", match["rest"].decode("utf-8", "replace")):
                yield posixpath.basename(word), f"{path}:{line}"


def _is_shipped(main: NamedMain, released: Collection[str], starts: Collection[str]) -> bool:
    """Whether something says that a program is handed over, or nothing says that it is not."""
    if main.import_path in released:
        return True
    if released:
        return False
    last = posixpath.basename(main.folder) if main.folder != "." else main.module
    helper = is_helper(main.folder)
    return posixpath.basename(last) in starts or not helper


def _own_packages(
    inventory: Inventory, loader: PackageLoader, mains: Sequence[Main]
) -> list[Package]:
    """First-party packages linked into the main packages; all of them in a library."""
    own = {m.path for m in inventory.workspace.mains}
    found: dict[str, Package] = {}
    cells = loader.cells(tuple(mains)) if mains else _library_cells(inventory, loader)
    for cell in cells:
        for package in cell.packages:
            if package.module is not None and package.module.path in own:
                found.setdefault(package.import_path, package)
    return [found[key] for key in sorted(found)]


def _library_cells(inventory: Inventory, loader: PackageLoader) -> tuple[Cell, ...]:
    paths = tuple(path for path, _ in loader.libraries(inventory.contexts))
    return tuple(loader.closure("library", paths, c) for c in inventory.contexts)


# What is written


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was found of main packages: names by import path, the contexts of those that a release
    file builds, the places where images start a program, and the name of the release file."""  # noqa: D205, D209

    names: Mapping[str, str]
    released: Mapping[str, tuple[BuildContext, ...]]
    starts: Mapping[str, str]
    release: str


class _Writer:
    """Lines of the file."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._lines: list[str] = []

    def text(self) -> str:
        return "\n".join(self._lines).rstrip("\n") + "\n"

    def note(self, text: str, indent: str = "") -> None:
        self._lines.append(f"{indent}# {_plain(text)}")

    def head(self, license_: tuple[str, str]) -> None:
        module = self._inventory.workspace.mains[0].path if self._inventory.workspace.mains else ""
        expression, file = license_
        self.note(f"What is true of {module}: what is built, where it goes, what runs beside it.")
        self.note("A first version by `compliance init`; lines with ? are questions for people.")
        self.note("`compliance policy check` checks the file, `compliance scan` judges by it.")
        if expression:
            self.note(f"{file} says {expression}: the outbound license where none is named below.")
        elif file:
            self.note(f"? {file} is no license that is known here. Name the outbound license.")
        else:
            self.note("No license file at the root: first-party code counts as proprietary.")
        self._lines += ["version: 1", "", "deployments:"]
        self.note(f"profile: {PROFILES}", "  ")
        self.note("? Who gets a copy? saas and internal hand over nothing; on-prem does.", "  ")

    def deployments(self, mains: Sequence[NamedMain], known: _Known) -> None:
        for main in mains:
            name = known.names[main.import_path]
            contexts = known.released.get(main.import_path, ())
            place = known.starts.get(posixpath.basename(name))
            if contexts:
                self.note(f"built by {known.release}", "  ")
            if place:
                self.note(f"started by an image: {place}", "  ")
            profile = "browser" if any(c.goos == "js" for c in contexts) else "on-prem"
            self._lines.append(f"  {_key(name)}:")
            self._lines.append(f"    build: {_key(_shown(main.folder))}")
            self._lines.append(f"    profile: {profile}")
            if contexts:
                labels = list(dict.fromkeys(_platform(c) for c in contexts))
                self._lines.append(f"    platforms: [{', '.join(_key(x) for x in labels)}]")
        if mains:
            self.note("? In a service: may_ship_later: yes, offers_as_service: yes.", "    ")
            self.note("? In a device: profile: firmware, locked_boot: yes.", "    ")

    def libraries(self, inventory: Inventory, *, has_mains: bool) -> None:
        if has_mains:
            self.note("? Do others import the module? Then it is a library as well:", "  ")
            self.note("library: {build: ./..., profile: library}", "  ")
            return
        module = posixpath.basename(inventory.workspace.mains[0].path)
        self._lines += [f"  {_key(module)}:", "    build: ./...", "    profile: library"]

    def left_out(self, mains: Sequence[NamedMain], names: Mapping[str, str]) -> None:
        if mains:
            self.note("? Not declared, so not judged. Add what is shipped:", "  ")
        for main in mains:
            line = f"{_key(names[main.import_path])}: {{build: {_key(_shown(main.folder))}}}"
            self.note(line, "  ")

    def others(self, modules: Sequence[str]) -> None:
        if not modules:
            return
        self.note(
            "? Modules of their own, which no scan of this folder looks at. Where they ship,", "  "
        )
        self.note(
            "give each its .compliance.yaml (`compliance init FOLDER`), or join them in a go.work:",
            "  ",
        )
        for folder in modules[:MOST_SUSPECTS]:
            self.note(folder, "  ")
        if len(modules) > MOST_SUSPECTS:
            self.note(f"and {len(modules) - MOST_SUSPECTS} more", "  ")

    def flags(self, builds: Iterable[tuple[str, bytes]]) -> None:
        found: dict[str, str] = {}
        for path, data in builds:
            for pattern, what in _FLAGS:
                if what == "build tags" and posixpath.basename(path) in RELEASE_NAMES:
                    continue  # they stand among the platforms
                for match in pattern.finditer(data):
                    line = data.count(b"\n", 0, match.start("value")) + 1
                    value = " ".join(match["value"].decode("utf-8", "replace").split())
                    found.setdefault(f"{what}: {value}", f"{path}:{line}")
        if found:
            self._lines.append("")
            self.note('? Flags of builds. Tags belong to platforms: ["linux/amd64,netgo"]. A')
            self.note("plugin or shared library is a deployment; declare what loads it as a link.")
            self.note("Static linking puts C libraries inside: declare them with kind cgo-static.")
            for text, place in list(found.items())[:MOST_SUSPECTS]:
                self.note(f"  {place}: {text}")

    def links(self, found: Sequence[Suspect]) -> None:
        if not found:
            return
        self._lines.append("")
        self.note("What the code uses besides its imports. Handed over with the program (by: us),")
        self.note("fetched by the user (by: user), or part of the system (by: system)? Declare")
        self.note("what counts: the component with its license, and the link.")
        self._lines.append("components: []")
        self._lines.append("links: []")
        groups: dict[tuple[str, str], list[Suspect]] = {}
        for one in found:
            groups.setdefault((one.name or f"{one.file}:{one.line}", one.kind), []).append(one)
        for several in list(groups.values())[:MOST_SUSPECTS]:
            self._asked(several)
        if len(groups) > MOST_SUSPECTS:
            self.note(f"{len(groups) - MOST_SUSPECTS} more are not listed.")

    def _asked(self, several: Sequence[Suspect]) -> None:
        """One question about one thing, with a link for each package that uses it."""
        one, more = several[0], len(several) - 1
        usually = f" (usually {one.hint})" if one.hint else ""
        others = f" and {more} more place{'s' * (more > 1)}:" if more else ""
        self.note(f"? {one.file}:{one.line}{others} {one.what}{usually}")
        if one.name:
            node = "service" if one.kind == "network" else "tool"
            self.note(f"  - {{id: {_key(one.name)}, license: ?, kind: {node}}}")
        to = _key(one.name) if one.name else "?"
        for package in dict.fromkeys(s.package for s in several):
            self.note(f"  - {{from: {_key(package)}, to: {to}, kind: {one.kind}, by: user}}")


def _platform(context: BuildContext) -> str:
    """A context as `--platform` takes it."""
    from compliance.golang import cgo_supported

    words = [f"{context.goos}/{context.goarch}"]
    if not context.cgo and cgo_supported(context.goos, context.goarch):
        words.append("nocgo")
    return ",".join((*words, *context.tags))


def _shown(folder: str) -> str:
    return "." if folder in ("", ".") else f"./{folder}"


_SAFE = re.compile(r"[A-Za-z0-9./_][A-Za-z0-9./_+-]*")
_WORDS = frozenset({"yes", "no", "true", "false", "null", "~"})


def _key(text: str) -> str:
    """A plain YAML scalar where that is safe, else a quoted one."""
    if _SAFE.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return "'" + _plain(text).replace("'", "''") + "'"


def _plain(text: str) -> str:
    """Text without line breaks and control characters, as comments need it."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
