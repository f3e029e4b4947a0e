"""One folder of Go code: what stands in it, and what a build context takes of it.

A folder is listed once and each of its files read and parsed at most once, whatever the number
of build contexts (https://pkg.go.dev/go/build#Context.ImportDir says what the go command takes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from compliance.golang.buildcontext import Matcher, name_tags
from compliance.golang.files import EntryKind, Files, UnreadableFileError, read_head
from compliance.golang.gofile import GoFile, GoFileReader
from compliance.golang.header import Header, read_other_header

HEAD_BYTES = 4096
"""Read first of a Go file: the imports of 99 in 100 end there."""

_C = frozenset((".c",))
_CXX = frozenset((".cc", ".cpp", ".cxx"))
_OBJECTIVE_C = frozenset((".m",))
_HEADERS = frozenset((".h", ".hh", ".hpp", ".hxx"))
_FORTRAN = frozenset((".f", ".F", ".for", ".f90"))
_ASSEMBLY = frozenset((".s",))
_CGO_ASSEMBLY = frozenset((".S", ".sx"))
_SWIG = frozenset((".swig", ".swigcxx"))
_OBJECTS = frozenset((".syso",))
_CGO_ONLY = _C | _CXX | _OBJECTIVE_C | _SWIG
OTHER_EXTENSIONS = _CGO_ONLY | _HEADERS | _FORTRAN | _ASSEMBLY | _CGO_ASSEMBLY | _OBJECTS
_LANGUAGES = (
    ("C", _C), ("C++", _CXX), ("Objective-C", _OBJECTIVE_C), ("Fortran", _FORTRAN),
)  # fmt: skip


class GoFileCache(Protocol):
    """Parsed files of earlier runs, by folder. The owner decides whether they are still true.

    `tree` and `place` are those of a folder in `files`; keys of the mapping are file names.
    """

    def get(self, tree: str, files: Files, place: str) -> Mapping[str, GoFile] | None:
        """Facts of Go files of the folder that were read before and did not change since."""
        ...

    def put(self, tree: str, files: Files, place: str, parsed: Mapping[str, GoFile]) -> None:
        """Remember the facts of a folder's files."""
        ...


class Problem(NamedTuple):
    """Why the go command refuses a file or a package: `file` is relative to the folder, or ""."""

    message: str
    file: str = ""
    line: int = 0


class Selection(NamedTuple):
    """What a build context takes of a folder, and what the go command says against it.

    `facts` are those of the Go files taken, in the order of their names; `unused_cgo` are files
    that are left out only because cgo is off.
    """

    name: str
    go_files: tuple[str, ...]
    cgo_files: tuple[str, ...]
    other_files: tuple[str, ...]
    uses_swig: bool
    problems: tuple[Problem, ...]
    facts: Mapping[str, GoFile]
    unused_cgo: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """No Go file for this context."""
        return not (self.go_files or self.cgo_files)

    @property
    def refused(self) -> bool:
        """Whether a Go file of this context is one that the go command refuses."""
        return any(p.file.endswith(".go") for p in self.problems)


class Folder:
    """A listed folder. `has_go` and `has_gomod` are what module resolution asks."""

    __slots__ = (
        "_files", "_go", "_others", "_parsed", "_path", "_reader", "_same", "_selections",
        "_unreadable", "folders", "go_names", "has_go", "has_gomod", "other_names", "test_names",
    )  # fmt: skip

    def __init__(self, files: Files, path: str, reader: GoFileReader) -> None:
        listing = files.listing(path)
        go: list[str] = []
        tests: list[str] = []
        others: list[str] = []
        folders: list[str] = []
        self.has_go = False
        file_kind, unreadable = EntryKind.FILE, EntryKind.UNREADABLE
        for name, kind in listing.items():
            if kind is not file_kind and kind is not unreadable:
                if kind is EntryKind.FOLDER:
                    folders.append(name)
                continue
            if name.endswith(".go"):
                if kind is file_kind:
                    self.has_go = True
                if name[0] not in "._":
                    (tests if name.endswith("_test.go") else go).append(name)
            elif name[name.rfind(".") :] in OTHER_EXTENSIONS and name[0] not in "._":
                others.append(name)
        go.sort()
        others.sort()
        tests.sort()
        self.folders = tuple(sorted(folders))
        self.go_names = tuple(go)
        self.test_names = tuple(tests)
        self.other_names = tuple(others)
        self.has_gomod = listing.get("go.mod") is file_kind
        self._files = files
        self._path = path
        self._reader = reader
        self._parsed: dict[str, GoFile] = {}
        self._unreadable: dict[str, str] = {}
        self._go: tuple[tuple[str, tuple[str, ...]], ...] | None = None
        self._others: dict[str, Header] = {}
        self._selections: dict[object, Selection] = {}
        self._same: Selection | None = None

    def known(self, files: Mapping[str, GoFile]) -> None:
        """Take over facts of an earlier run."""
        self._parsed.update(files)

    @property
    def parsed(self) -> Mapping[str, GoFile]:
        """The files read so far."""
        return self._parsed

    @property
    def files(self) -> Files:
        """The tree that it was listed in."""
        return self._files

    def file(self, name: str) -> GoFile | None:
        """Facts of a Go file of the folder; None if it cannot be read (see `unreadable`)."""
        known = self._parsed.get(name)
        if known is None and name not in self._unreadable:
            try:
                known = self._parsed[name] = self._read(self.where(name))
            except UnreadableFileError as error:
                self._unreadable[name] = str(error) or "cannot be read"
        return known

    def _read(self, path: str) -> GoFile:
        """What the go command reads of a file ends with its imports, mostly near its start."""
        data = read_head(self._files, path, HEAD_BYTES)
        if len(data) == HEAD_BYTES:
            known = self._reader.read_head(data)
            if known is not None:
                return known
            data = self._files.read(path)
        return self._reader.read(data)

    def where(self, name: str) -> str:
        """Path of a file in the tree."""
        return name if self._path == "." else f"{self._path}/{name}"

    def select(self, matcher: Matcher) -> Selection:
        """What the context takes: GoFiles, CgoFiles and the files beside them."""
        if self._same is not None:
            return self._same
        if self._go is None:
            self._go = tuple((name, name_tags(name)) for name in self.go_names)
        taken, always = self._take(matcher, self._go)
        cgo = matcher.context.cgo
        if always and not self.other_names:
            self._same = self._build(taken, (), cgo=cgo)
            return self._same
        others = self._select_others(matcher) if self.other_names else ()
        key = (cgo, tuple([name for name, _ in taken]), others)
        known = self._selections.get(key)
        if known is None:
            known = self._selections[key] = self._build(taken, others, cgo=cgo)
        return known

    def _take(
        self, matcher: Matcher, names: Iterable[tuple[str, tuple[str, ...]]]
    ) -> tuple[list[tuple[str, GoFile | None]], bool]:
        """Go files whose names and constraints fit, and whether they would fit any context."""
        taken: list[tuple[str, GoFile | None]] = []
        always = True
        parsed = self._parsed
        for name, tags in names:
            if tags:
                always = False
                if not matcher.name(tags):
                    continue
            facts = parsed.get(name) or self.file(name)
            if facts is not None and (facts.constraints or "C" in facts.imports):
                always = False
                if not matcher.holds(facts.constraints):
                    continue
            taken.append((name, facts))
        return taken, always

    def selected_tests(self, matcher: Matcher) -> tuple[tuple[str, GoFile], ...]:
        """Test files that the context takes, with their facts."""
        found = []
        for name in self.test_names:
            if not matcher.name(name_tags(name)):
                continue
            facts = self.file(name)
            if facts is not None and matcher.holds(facts.constraints):
                found.append((name, facts))
        return tuple(found)

    def _select_others(self, matcher: Matcher) -> tuple[str, ...]:
        return tuple(
            name
            for name in self.other_names
            if matcher.name(name_tags(name)) and self._other_holds(name, matcher)
        )

    def _other_holds(self, name: str, matcher: Matcher) -> bool:
        if name.endswith(".syso"):
            return True
        header = self._others.get(name)
        if header is None:
            try:
                header = read_other_header(self._files.read(self.where(name)))
            except UnreadableFileError:
                header = Header(problem="cannot be read")
            self._others[name] = header
        return not header.problem and matcher.holds(header.constraints)

    def _build(
        self, taken: list[tuple[str, GoFile | None]], others: tuple[str, ...], *, cgo: bool
    ) -> Selection:
        go: list[str] = []
        with_cgo: list[str] = []
        unused: list[str] = []
        problems: list[Problem] = []
        used: dict[str, GoFile] = {}
        package = first = ""
        for name, facts in taken:
            if facts is None or facts.problem:
                problems.append(self._refused(name, facts))
            if facts is None or not facts.counts or facts.package == "documentation":
                continue
            if not package:
                package, first = facts.package, name
            elif facts.package != package and facts.package:
                both = f"{package} ({first}) and {facts.package} ({name})"
                problems.append(Problem(f"found packages {both}", name))
            if "C" not in facts.imports:
                go.append(name)
            elif cgo:
                with_cgo.append(name)
            else:
                unused.append(name)
                continue
            used[name] = facts
        kept = _kept_others(others, cgo=cgo, uses_cgo=bool(with_cgo))
        # The go command adds what SWIG imports before it drops the files that need cgo.
        swig = any(_extension(n) in _SWIG for n in others)
        if kept and not with_cgo and not (swig and cgo):
            problems += _misplaced(kept)
        return Selection(
            package, tuple(go), tuple(with_cgo), kept, swig, tuple(problems), used, tuple(unused)
        )

    def _refused(self, name: str, facts: GoFile | None) -> Problem:
        if facts is None:
            return Problem(self._unreadable[name], name)
        return Problem(facts.problem, name, facts.problem_line)


def _kept_others(others: tuple[str, ...], *, cgo: bool, uses_cgo: bool) -> tuple[str, ...]:
    """Without cgo its sources do not count; .S and .sx need a file that imports "C"."""
    return tuple(
        name
        for name in others
        if (cgo or _extension(name) not in _CGO_ONLY)
        and (uses_cgo or _extension(name) not in _CGO_ASSEMBLY)
    )


def _misplaced(others: Iterable[str]) -> list[Problem]:
    for language, extensions in _LANGUAGES:
        names = [n for n in others if _extension(n) in extensions]
        if names:
            message = f"{language} source files not allowed when not using cgo or SWIG: "
            return [Problem(message + " ".join(names), names[0])]
    return []


def _extension(name: str) -> str:
    return name[name.rfind(".") :]
