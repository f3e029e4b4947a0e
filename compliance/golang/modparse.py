"""Read go.mod and go.work (https://go.dev/ref/mod#go-mod-file).

Main modules are read strictly: every error is collected and reported with its line. The go.mod of
a dependency is read as the go command reads it: `module`, `go`, `require`, `retract` and `ignore`
count, everything else may come from a newer Go and is skipped.
"""

from __future__ import annotations

from collections.abc import Callable

from compliance import patterns as re
from compliance.golang import garbage, modsyntax, semver
from compliance.golang.modfile import (
    Exclude,
    GoDebug,
    Ignore,
    ModFile,
    Replace,
    Require,
    Retract,
    Tool,
    Use,
    WorkFile,
)  # fmt: skip
from compliance.golang.modsyntax import Block, Line, Problems
from compliance.golang.module import ModuleVersion, major_problem, split_path_version

_GO_VERSION = re.compile(r"[1-9][0-9]*\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?(?:[a-z]+[0-9]+)?")
_LAX_GO_VERSION = re.compile(r"v?([1-9][0-9]*\.(?:0|[1-9][0-9]*))[^0-9].*")
_TOOLCHAIN = re.compile(r"default|go1(?:\..*)?", re.DOTALL)
_DEPRECATED = re.compile(r"(?:\A|\n\n)Deprecated: *(.*?)(?:\Z|\n\n)", re.DOTALL)
_WINDOWS_PATH = re.compile(r"\.{0,2}\\|[A-Za-z]:")
_SIMPLE_REQUIRE = re.compile(
    r"[ \t]*+((?:[A-Za-z0-9._~-]++/?)++)[ \t]++"
    r"(v(?:0|[1-9][0-9]*+)\.(?:0|[1-9][0-9]*+)\.(?:0|[1-9][0-9]*+)"
    r"(?:-(?:(?:[A-Za-z][0-9A-Za-z]*+\.)?0\.)?[0-9]{14}-[0-9a-f]{12})?(?:\+incompatible)?)"
    r"[ \t\r]*+(//.*)?"
)  # releases and pseudo-versions; what else is allowed goes the general way
_LAX_VERBS = frozenset({"go", "module", "retract", "require", "ignore"})
_MOD_BLOCKS = frozenset(
    {"module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"}
)
_WORK_BLOCKS = frozenset({"godebug", "use", "replace"})


def parse_mod_file(data: bytes, *, file: str, strict: bool = True) -> ModFile:
    """Read a go.mod file.

    Args:
        data: Its content.
        file: Its name, for messages.
        strict: True for a main module, False for a dependency.

    Raises:
        MalformedInputError: With `FILE:LINE`; its message lists every error of the file.
        LimitExceededError: The file is larger than any go.mod may be.
    """
    builder = _ModBuilder(file, strict=strict)
    limit = modsyntax.MAX_OWN_BYTES if strict else modsyntax.MAX_FETCHED_BYTES
    with garbage.paused():
        builder.read(modsyntax.decode(data, file, limit))
        return builder.finish()


def parse_work_file(data: bytes, *, file: str) -> WorkFile:
    """Read a go.work file (https://go.dev/ref/mod#go-work-file); raises as `parse_mod_file`."""
    builder = _WorkBuilder(file)
    builder.read(modsyntax.decode(data, file))
    return builder.finish()


def is_directory_path(path: str) -> bool:
    """Whether the right side of a replace means a folder: `./x`, `../x`, `/x`, `C:...`."""
    return (
        path in (".", "..")
        or path.startswith(("./", "../", "/"))
        or bool(_WINDOWS_PATH.match(path))
    )


class _Builder:
    """What go.mod and go.work have in common: go, toolchain, godebug, replace."""

    blocks: frozenset[str]
    verbs: frozenset[str]

    def __init__(self, file: str, *, strict: bool) -> None:
        self.file = file
        self.strict = strict
        self.fix_versions = strict
        self.problems = Problems(file)
        self.go: tuple[str, int] | None = None
        self.toolchain: tuple[str, int] | None = None
        self.godebugs: list[GoDebug] = []
        self.replaces: list[Replace] = []

    def read(self, text: str) -> None:
        for statement in modsyntax.statements(text, self.file):
            if isinstance(statement, Block):
                self._block(statement)
            else:
                self._line(statement, statement.tokens[0], statement.tokens[1:], None)

    def _block(self, block: Block) -> None:
        verb = block.header[0]
        if len(block.header) > 1 or verb not in self.blocks:
            if self.strict:
                self.problems.add(block.number, f"unknown block type: {' '.join(block.header)}")
            modsyntax.check_lexically(block, self.file)
        elif not self.strict and verb not in _LAX_VERBS:
            modsyntax.check_lexically(block, self.file)
        else:
            for line in modsyntax.block_lines(block, self.file):
                self._line(line, verb, line.tokens, block)

    def _line(self, line: Line, verb: str, args: tuple[str, ...], block: Block | None) -> None:
        if not self.strict and verb not in _LAX_VERBS:
            return
        if verb not in self.verbs:
            self.problems.add(line.number, f"unknown directive: {verb}")
            return
        handler: Callable[[Line, tuple[str, ...], Block | None], None]
        handler = getattr(self, f"read_{verb}")
        handler(line, args, block)

    def read_go(self, line: Line, args: tuple[str, ...], _: Block | None) -> None:
        if self.go is not None:
            self.problems.add(line.number, "repeated go statement")
            return
        if len(args) != 1:
            self.problems.add(line.number, "go directive expects exactly one argument")
            return
        version = args[0]
        if not _GO_VERSION.fullmatch(version):
            lax = None if self.strict else _LAX_GO_VERSION.fullmatch(version)
            if lax is None:
                message = f"invalid go version {version!r}: must match format 1.23.0"
                self.problems.add(line.number, message)
                return
            version = lax.group(1)
        self.go = (version, line.number)

    def read_toolchain(self, line: Line, args: tuple[str, ...], _: Block | None) -> None:
        if self.toolchain is not None:
            self.problems.add(line.number, "repeated toolchain statement")
        elif len(args) != 1:
            self.problems.add(line.number, "toolchain directive expects exactly one argument")
        elif not _TOOLCHAIN.fullmatch(args[0]):
            message = (
                f"invalid toolchain version {args[0]!r}: must match format go1.23.0 or default"
            )
            self.problems.add(line.number, message)
        else:
            self.toolchain = (args[0], line.number)

    def read_godebug(self, line: Line, args: tuple[str, ...], _: Block | None) -> None:
        key, equals, value = args[0].partition("=") if len(args) == 1 else ("", "", "")
        if not equals or any(c in args[0] for c in "\"`',"):
            self.problems.add(line.number, "usage: godebug key=value")
        else:
            self.godebugs.append(GoDebug(key=key, value=value, line=line.number))

    def read_replace(self, line: Line, args: tuple[str, ...], _: Block | None) -> None:
        arrow = args.index("=>") if "=>" in args[1:3] else 0
        if arrow not in (1, 2) or len(args) - arrow not in (2, 3):
            usage = "usage: replace module/path [v1.2.3] => other/module v1.4 or ../local/directory"
            self.problems.add(line.number, usage)
            return
        old = self._module(line, "replace", args[0], args[1] if arrow == 2 else "")  # noqa: PLR2004
        new = self._replacement(line, args[arrow + 1 :])
        if old is not None and new is not None:
            self.replaces.append(Replace(old=old, new=new, line=line.number))

    def _replacement(self, line: Line, args: tuple[str, ...]) -> ModuleVersion | None:
        path = self._string(line, args[0])
        if path is None:
            return None
        folder = is_directory_path(path)
        if len(args) > 1:
            version = self._version(line, "replace", path, args[1])
            if version is None:
                return None
            problem = f"directory path {path!r} cannot have version" if folder else ""
            if not problem and (
                not self.fix_versions or self._major_fits(line, "replace", path, version)
            ):
                return ModuleVersion(path, version)
        elif not folder:
            problem = "module without version must be directory path (rooted or starting with .)"
        else:
            problem = "directory appears to be a Windows path" if "\\" in path else ""
            if not problem:
                return ModuleVersion(path)
        if problem:
            self.problems.add(line.number, f"replacement {problem}")
        return None

    def _string(self, line: Line, token: str) -> str | None:
        value = modsyntax.unquote(token)
        if value is None:
            self.problems.add(line.number, f"invalid quoted string: {token}")
        return value

    def _version(self, line: Line, verb: str, path: str, token: str) -> str | None:
        value = self._string(line, token)
        if value is None:
            return None
        canonical = semver.canonical(value)
        if not canonical:
            message = f"{verb} {path}: version {value!r} invalid: must be of the form v1.2.3"
        elif self.fix_versions and canonical != value:
            message = (
                f"{verb} {path}: version {value!r} is not canonical: go would write {canonical}"
            )
        else:
            return canonical
        self.problems.add(line.number, message)
        return None

    def _major_fits(self, line: Line, verb: str, path: str, version: str) -> bool:
        parts = split_path_version(path)
        problem = major_problem(version, parts[1]) if parts else "invalid module path"
        if problem:
            text = f"version {version!r} invalid: {problem}" if parts else problem
            self.problems.add(line.number, f"{verb} {path}: {text}")
        return not problem

    def _module(self, line: Line, verb: str, path: str, version: str) -> ModuleVersion | None:
        """Path and version as two tokens; without a version only the path is checked."""
        name = self._string(line, path)
        if name is None:
            return None
        if not version:
            if split_path_version(name) is not None:
                return ModuleVersion(name)
            self.problems.add(line.number, f"{verb} {name}: invalid module path")
            return None
        number = self._version(line, verb, name, version)
        if number is None or not self._major_fits(line, verb, name, number):
            return None
        return ModuleVersion(name, number)


class _ModBuilder(_Builder):
    """Collects the parts of a go.mod file."""

    blocks = _MOD_BLOCKS
    verbs = _MOD_BLOCKS | {"go", "toolchain"}

    def __init__(self, file: str, *, strict: bool) -> None:
        super().__init__(file, strict=strict)
        self.module: tuple[str, int] | None = None
        self.deprecated: str | None = None
        self.requires: list[Require] = []
        self.excludes: list[Exclude] = []
        self.retracts: list[Retract] = []
        self.tools: list[Tool] = []
        self.ignores: list[Ignore] = []

    def finish(self) -> ModFile:
        self._check_retracts()
        self.problems.raise_if_any()
        go, go_line = self.go or (None, 0)
        toolchain, toolchain_line = self.toolchain or (None, 0)
        module, module_line = self.module or ("", 0)
        return ModFile(
            file=self.file, module=module, module_line=module_line, deprecated=self.deprecated,
            go=go, go_line=go_line, toolchain=toolchain, toolchain_line=toolchain_line,
            requires=tuple(self.requires), excludes=tuple(self.excludes),
            replaces=tuple(self.replaces), retracts=tuple(self.retracts), tools=tuple(self.tools),
            ignores=tuple(self.ignores), godebugs=tuple(self.godebugs),
        )  # fmt: skip

    def _block(self, block: Block) -> None:
        if block.header == ("require",):
            self._require_block(block)
        else:
            super()._block(block)

    def _require_block(self, block: Block) -> None:
        """The block that makes up most of any go.mod: one expression reads its usual line."""
        match, append = _SIMPLE_REQUIRE.fullmatch, self.requires.append
        for number, raw in enumerate(block.raw, block.first):
            found = match(raw)
            if found is None:
                self._odd_require(raw, number)
                continue
            path, version, comment = found.groups()
            if version[1:3] in ("0.", "1."):
                may_differ = path[-1] in "0123456789." and "/v" in path
            else:
                may_differ = not path.endswith("/" + version.partition(".")[0])
            may_differ = may_differ or path.startswith("gopkg.in/")
            if may_differ and not self._major_fits(Line((), number), "require", path, version):
                continue
            indirect = comment == "// indirect" or (
                comment is not None and modsyntax.is_indirect(comment)
            )
            append(Require(ModuleVersion(path, version), indirect, number))

    def _odd_require(self, raw: str, number: int) -> None:
        words, comment = modsyntax.tokens(raw, number, self.file)
        if words:
            self.read_require(Line(words, number, (), comment), words, None)

    def read_module(self, line: Line, args: tuple[str, ...], block: Block | None) -> None:
        if self.module is not None:
            self.problems.add(line.number, "repeated module statement")
            return
        path = self._string(line, args[0]) if len(args) == 1 else None
        if len(args) != 1:
            self.problems.add(line.number, "usage: module module/path")
        self.module = (path or "", line.number)
        found = _DEPRECATED.search(_directive_comment(line, block))
        self.deprecated = (found.group(1) or None) if found else None

    def read_require(self, line: Line, args: tuple[str, ...], _: Block | None) -> None:
        id_ = self._pair(line, "require", args)
        if id_ is not None:
            self.requires.append(Require(id_, line.indirect, line.number))

    def read_exclude(self, line: Line, args: tuple[str, ...], _: Block | None) -> None:
        id_ = self._pair(line, "exclude", args)
        if id_ is not None:
            self.excludes.append(Exclude(id=id_, line=line.number))

    def _pair(self, line: Line, verb: str, args: tuple[str, ...]) -> ModuleVersion | None:
        match args:
            case (path, version):
                return self._module(line, verb, path, version)
        self.problems.add(line.number, f"usage: {verb} module/path v1.2.3")
        return None

    def read_retract(self, line: Line, args: tuple[str, ...], block: Block | None) -> None:
        match args:
            case ("[", low, ",", high, "]", *rest):
                pass
            case (single, *rest) if single not in ("[", "("):
                low = high = single
            case _:
                if self.strict:
                    self.problems.add(line.number, "retract expects a version or [low, high]")
                return
        ends = (modsyntax.unquote(low), modsyntax.unquote(high))
        if ends[0] is None or ends[1] is None or (rest and self.strict):
            if self.strict:
                self.problems.add(line.number, "retract expects a version or [low, high]")
            return
        rationale = _directive_comment(line, block)
        self.retracts.append(
            Retract(low=ends[0], high=ends[1], rationale=rationale, line=line.number)
        )

    def _check_retracts(self) -> None:
        if not self.strict:
            return
        for retract in self.retracts:
            line = Line((), retract.line)
            if not self.module:
                self.problems.add(line.number, "no module directive, so retract cannot be used")
                return
            for end in dict.fromkeys((retract.low, retract.high)):
                version = self._version(line, "retract", self.module[0], end)
                if version is None or not self._major_fits(
                    line, "retract", self.module[0], version
                ):
                    break

    def read_tool(self, line: Line, args: tuple[str, ...], _: Block | None) -> None:
        path = self._single(line, "tool", args)
        if path is not None:
            self.tools.append(Tool(path=path, line=line.number))

    def read_ignore(self, line: Line, args: tuple[str, ...], _: Block | None) -> None:
        path = self._single(line, "ignore", args)
        if path is not None:
            self.ignores.append(Ignore(path=path, line=line.number))

    def _single(self, line: Line, verb: str, args: tuple[str, ...]) -> str | None:
        if len(args) == 1:
            return self._string(line, args[0])
        self.problems.add(line.number, f"{verb} directive expects exactly one argument")
        return None


class _WorkBuilder(_Builder):
    """Collects the parts of a go.work file, which has no lax reading."""

    blocks = _WORK_BLOCKS
    verbs = _WORK_BLOCKS | {"go", "toolchain"}

    def __init__(self, file: str) -> None:
        super().__init__(file, strict=True)
        self.fix_versions = False
        self.uses: list[Use] = []

    def finish(self) -> WorkFile:
        self.problems.raise_if_any()
        go, go_line = self.go or (None, 0)
        toolchain, toolchain_line = self.toolchain or (None, 0)
        return WorkFile(
            file=self.file, go=go, go_line=go_line, toolchain=toolchain,
            toolchain_line=toolchain_line, uses=tuple(self.uses), replaces=tuple(self.replaces),
            godebugs=tuple(self.godebugs),
        )  # fmt: skip

    def read_use(self, line: Line, args: tuple[str, ...], _: Block | None) -> None:
        if len(args) != 1:
            self.problems.add(line.number, "usage: use local/dir")
            return
        path = self._string(line, args[0])
        if path is not None:
            self.uses.append(Use(path=path, line=line.number))


def _directive_comment(line: Line, block: Block | None) -> str:
    """Comments of a line, or of its block when the line has none of its own."""
    if block is not None and not line.before and not line.suffix:
        return modsyntax.comment_text(block.before)
    return modsyntax.comment_text([*line.before, *([line.suffix] if line.suffix else [])])
