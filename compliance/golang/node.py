"""One package in one build context: what it holds, what it needs, what go has against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from compliance import patterns as re
from compliance.findings import Finding, Location, Severity
from compliance.golang.buildcontext import Matcher, linker_dependencies, links_externally
from compliance.golang.cgo import cgo_directives
from compliance.golang.embed import Embedder, EmbedError, NothingToEmbedError
from compliance.golang.folder import Folder, Problem, Selection
from compliance.golang.gofile import GoFile
from compliance.golang.module import fold_case
from compliance.golang.package import CgoDirectives, Import, Package
from compliance.golang.resolve import Resolver, Target, Unresolved, has_path_prefix
from compliance.value import replace

_WITHOUT_CGO_IMPORT = frozenset(("runtime/cgo",))
_WITHOUT_SYSCALL_IMPORT = frozenset(("runtime/cgo", "runtime/race", "runtime/msan", "runtime/asan"))
_FLAG_LIKE = re.compile(r"^(?![0-9A-Za-z._/])[\x00-\x7f]", re.MULTILINE)
_FIPS = "crypto/internal/fips140"


class Node(NamedTuple):
    """A package, the import paths of the packages it needs, and findings about it.

    `absent` says that it has no Go file for the context: a fault of whoever imports it.
    """

    package: Package
    dependencies: tuple[str, ...]
    findings: tuple[Finding, ...]
    absent: str = ""


class NodeBuilder:
    """Builds nodes; contexts that take the same files share the very same node."""

    def __init__(self, resolver: Resolver, like: NodeBuilder | None = None) -> None:
        """`like` built nodes of much the same packages: those that hold here, too, are kept."""
        self._resolver = resolver
        self._like = like
        self._known: dict[object, Node] = {}

    def build(self, target: Target, matcher: Matcher) -> Node:
        """The node of a package that resolution found."""
        folder = target.here
        if folder is None:
            return self._leaf(target)
        selection = folder.select(matcher)
        name, cgo = selection.name, CgoDirectives()
        findings: list[Finding] = []
        preambles = selection.cgo_files or selection.unused_cgo
        if preambles:  # a malformed #cgo line is refused with cgo off as well
            cgo, problems = cgo_directives(folder, preambles, matcher)
            findings = [problem(target, p) for p in problems]
            if not selection.cgo_files:
                cgo = CgoDirectives()
        if name == "main" and links_externally(matcher.context) and not matcher.context.cgo:
            platform = matcher.context.platform
            message = f"{platform} requires external (cgo) linking, but cgo is not enabled"
            findings.append(problem(target, Problem(message)))
        implicit = self._implicit(target, selection, matcher)
        key = (target.import_path, id(selection), implicit, cgo, len(findings))
        known = self._known.get(key)
        if known is None and self._like is not None:
            known = self._kept(key, target, self._like)
        if known is None:
            absent = ""
            if selection.empty and not selection.refused:
                from_tests, absent = _without_files(target, folder, matcher)
                name = name or from_tests
            known = self._build(target, selection, (name, cgo, implicit, findings))
            self._known[key] = known = known._replace(absent=absent)
        return known

    def _kept(self, key: object, target: Target, like: NodeBuilder) -> Node | None:
        """The node that another builder made from this selection of files, if it holds here.

        That is so where nothing was found against it, it embeds nothing, it is the same place of
        the same module, and each of its imports is answered as it was there.
        """
        node = like._known.get(key)
        if node is None or node.findings or node.absent or node.package.embed_files:
            return None
        package = node.package
        there = (package.module, package.standard, package.tree, package.folder)
        here = (target.module, target.standard, target.tree, target.folder)
        needed = (*node.dependencies, *package.implicit)
        same = there == here and self._resolver.agrees(like._resolver, needed)
        if not same:
            return None
        self._known[key] = node
        return node

    def _leaf(self, target: Target) -> Node:
        known = self._known.get(target.import_path)
        if known is None:
            package = Package(
                import_path=target.import_path,
                name=target.import_path.rpartition("/")[2],
                module=None,
                standard=True,
                tree=target.tree,
                folder=target.folder,
                imports=(),
                go_files=(),
            )
            known = self._known[target.import_path] = Node(package, (), ())
        return known

    def _build(
        self,
        target: Target,
        selection: Selection,
        parts: tuple[str, CgoDirectives, tuple[str, ...], list[Finding]],
    ) -> Node:
        name, cgo, implicit, findings = parts
        findings += [problem(target, p) for p in selection.problems]
        files = selection.facts
        imports, needed = self.imports(target, files, findings)
        for path in implicit:
            if path not in needed:
                answer = self._resolver.resolve(path)
                if isinstance(answer, Target):
                    needed[path] = None
        embeds = self._embed(target, files, findings)
        findings += _name_findings(target, embeds)
        package = Package(
            import_path=target.import_path,
            name=name,
            module=target.module,
            standard=target.standard,
            tree=target.tree,
            folder=target.folder,
            imports=imports,
            go_files=selection.go_files,
            cgo_files=selection.cgo_files,
            other_files=selection.other_files,
            embed_files=embeds,
            cgo=cgo,
            implicit=implicit,
        )
        return Node(package, tuple(needed), tuple(findings))

    def imports(
        self, target: Target, files: Mapping[str, GoFile], findings: list[Finding]
    ) -> tuple[tuple[Import, ...], dict[str, None]]:
        """Imports of files, and the paths among them that name a package."""
        first: dict[str, tuple[str, int]] = {}
        for file, facts in files.items():
            for written, line in zip(facts.imports, facts.lines, strict=True):
                if written not in first:
                    first[written] = (file, line)
        first.pop("C", None)
        new = tuple.__new__
        if target.standard:
            resolve = self._resolver.vendored_std
            paths = {written: resolve(target.import_path, written) for written in sorted(first)}
        else:
            paths = {written: written for written in sorted(first)}
        imports = tuple(
            [new(Import, (paths[written], *first[written], written)) for written in paths]
        )
        needed = dict.fromkeys(paths.values())
        if not self._resolver.harmless.issuperset(needed):
            for entry in imports:
                if entry.path not in self._resolver.harmless:
                    self._check_import(target, entry, needed, findings)
        return imports, needed

    def _check_import(
        self, target: Target, entry: Import, needed: dict[str, None], findings: list[Finding]
    ) -> None:
        answer = self._resolver.resolve(entry.path)
        if isinstance(answer, Unresolved):
            findings.append(_missing(target, answer, entry))
            needed.pop(entry.path, None)
        elif answer.guarded:
            refused = _disallowed(target, answer, entry.written)
            if refused:
                findings.append(problem(target, Problem(refused, entry.file, entry.line)))

    def _implicit(self, target: Target, selection: Selection, matcher: Matcher) -> tuple[str, ...]:
        """Packages added by cgo and SWIG, and to a main package by the linker."""
        path, standard = target.import_path, target.standard
        needed: list[str] = []
        if selection.cgo_files or selection.uses_swig:
            needed.append("unsafe")
            if not (standard and path in _WITHOUT_CGO_IMPORT):
                needed.append("runtime/cgo")
            if not (standard and path in _WITHOUT_SYSCALL_IMPORT):
                needed.append("syscall")
            if selection.uses_swig:
                needed.append("sync")
        if selection.name == "main":
            needed += [p for p in linker_dependencies(matcher.context) if p not in needed]
        return tuple(needed)

    def _embed(
        self, target: Target, files: Mapping[str, GoFile], findings: list[Finding]
    ) -> tuple[str, ...]:
        wanted = {
            pattern: (file, line)
            for file, facts in reversed(tuple(files.items()))
            for pattern, line in reversed(facts.embeds)
        }
        if not wanted or target.files is None:
            return ()
        found: set[str] = set()
        embedder = Embedder(target.files, target.place)
        for pattern in sorted(wanted):
            file, line = wanted[pattern]
            try:
                found.update(embedder.resolve(pattern))
            except EmbedError as error:
                message = f"pattern {pattern}: {error}"
                told = problem(target, Problem(message, file, line))
                if isinstance(error, NothingToEmbedError):
                    told = replace(told, remedy=f"{told.remedy} {TO_BE_MADE}")
                findings.append(told)
        return tuple(sorted(found))


TO_BE_MADE = "Where a build makes the embedded files (a web page, mostly), scan the tree as built."


def problem(target: Target, found: Problem) -> Finding:
    """Finding for something in a package that the go command refuses."""
    return Finding(
        code="package-invalid",
        severity=Severity.BLOCK,
        message=f"package {target.import_path}: {found.message}",
        remedy="The go command refuses this package: what a build would link is not known.",
        location=location(target, found.file, found.line),
    )


def location(target: Target, file: str, line: int) -> Location:
    """Place of a file of a package, relative to the repository or to the tree it is in."""
    return place(target.tree, target.folder, file, line)


def place(tree: str, folder: str, file: str, line: int = 0) -> Location:
    """Place of a file of a package in the words of findings; see `location`."""
    path = "/".join(p for p in (folder, file) if p not in ("", ".")) or folder
    if tree and not path.startswith("/"):
        path = f"{tree}/{path}"
    return Location(file=path, line=line or None)


def _missing(target: Target, answer: Unresolved, at: Import) -> Finding:
    return Finding(
        code=answer.code,
        severity=Severity.BLOCK,
        message=f"{answer.message} (imported by {target.import_path})",
        remedy=answer.remedy,
        component=answer.component,
        location=location(target, at.file, at.line),
    )


def _without_files(target: Target, folder: Folder, matcher: Matcher) -> tuple[str, str]:
    """Name (from test files, if any) of a package without files for the context, and why."""
    tests = folder.selected_tests(matcher)
    if tests:
        return tests[0][1].package.removesuffix("_test"), f"no non-test Go files in {target.folder}"
    return "", f"build constraints exclude all Go files in {target.folder}"


def _name_findings(target: Target, embeds: tuple[str, ...]) -> list[Finding]:
    """Names that differ only in case, or that a command could take for a flag."""
    folder = target.here
    if folder is None:
        return []
    names = folder.go_names + folder.test_names + folder.other_names
    if embeds:
        have = set(names)
        names += tuple(e for e in embeds if e not in have)
    text = "\n".join(names)
    if len(set(fold_case(text).split("\n"))) == len(names) and not _FLAG_LIKE.search(text):
        return []
    findings = []
    seen: dict[str, str] = {}
    for name in sorted(names):
        other = seen.setdefault(fold_case(name), name)
        if other != name:
            message = f'case-insensitive file name collision: "{other}" and "{name}"'
            findings.append(problem(target, Problem(message, name)))
        if _FLAG_LIKE.match(name):
            findings.append(problem(target, Problem(f"invalid input file name {name!r}", name)))
    return findings


def _disallowed(importer: Target, target: Target, written: str) -> str:
    """Why the importer may not import the package: internal and vendor rules."""
    path, source = target.import_path, importer.import_path
    at = _element(path, "internal")
    if at >= 0 and not _internal_allowed(importer, target, path[: max(at - 1, 0)]):
        return f"use of internal package {path} not allowed"
    at = _element(path, "vendor")
    if at >= 0 and not path.endswith("/vendor") and path != "vendor":
        parent = path[: max(at - 1, 0)]
        if not has_path_prefix(source, parent) or (not parent and not importer.standard):
            return f"use of vendored package {path} not allowed"
    at = _element(written, "vendor")
    if at >= 0 and not written.endswith("/vendor") and written != "vendor":
        return f"{written} must be imported as {written[at + len('vendor/') :]}"
    return ""


def _internal_allowed(importer: Target, target: Target, parent: str) -> bool:
    path, source = target.import_path, importer.import_path
    if target.standard:
        if not importer.standard:
            return False
        if has_path_prefix(source, "crypto") and has_path_prefix(path, _FIPS):
            return True
        if has_path_prefix(source, _FIPS):
            return has_path_prefix(path, "crypto/internal")
    return has_path_prefix(source, parent)


def _element(path: str, name: str) -> int:
    """Offset of the last element `name` in a path, -1 if there is none."""
    if path == name or path.endswith(f"/{name}"):
        return len(path) - len(name)
    at = path.rfind(f"/{name}/")
    if at >= 0:
        return at + 1
    return 0 if path.startswith(f"{name}/") else -1
