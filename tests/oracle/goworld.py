"""The go command as judge of build lists: module universes, file proxies, situations."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import posixpath
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compliance.errors import ComplianceError, ModuleUnavailableError
from compliance.golang import (
    BuildList,
    EntryKind,
    ModuleVersion,
    Outside,
    UnreadableFileError,
    Workspace,
    WorkspaceSettings,
    escape_path,
    escape_version,
    load_workspace,
    select,
    unescape_path,
    unescape_version,
    version_key,
)

GO = shutil.which("go")


def goroot() -> Path:
    assert GO is not None
    return Path(subprocess.check_output([GO, "env", "GOROOT"], text=True).strip())


def read_txtar(text: str) -> tuple[str, dict[str, str]]:
    """Comment and files of a txtar archive."""
    comment, files = [], {}
    name = None
    for line in text.splitlines(keepends=True):
        if line.startswith("-- ") and line.rstrip().endswith(" --"):
            name = line.rstrip()[3:-3].strip()
            files[name] = ""
        elif name is None:
            comment.append(line)
        else:
            files[name] += line
    return "".join(comment), files


class MemoryFiles:
    """A tree that is a mapping of paths to contents."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = {p: c.encode() if isinstance(c, str) else c for p, c in files.items()}
        self._folders: dict[str, dict[str, EntryKind]] = {".": {}}
        for path in self._files:
            name, kind = path, EntryKind.FILE
            while name:
                folder, base = posixpath.split(name)
                self._folders.setdefault(folder or ".", {})[base] = kind
                name, kind = folder, EntryKind.FOLDER

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        return self._folders.get(folder, {})

    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise UnreadableFileError(f"{path}: no such file")
        return self._files[path]


@dataclass
class Universe:
    """Published modules: go.mod by module version; `latest` pins what @latest answers."""

    gomods: dict[ModuleVersion, bytes] = field(default_factory=dict)
    reads: list[ModuleVersion] = field(default_factory=list)

    @classmethod
    def of_goroot(cls) -> Universe:
        """The modules that the go command's own tests use."""
        universe = cls()
        for file in sorted((goroot() / "src/cmd/go/testdata/mod").glob("*.txt")):
            escaped, _, version = file.stem.rpartition("_v")
            files = read_txtar(file.read_text(encoding="utf-8", errors="surrogateescape"))[1]
            try:
                path = unescape_path(escaped.replace("_", "/"))
                id_ = ModuleVersion(path, unescape_version("v" + version))
            except ComplianceError:
                continue
            if ".mod" in files and version_key(id_.version) != (0,):
                universe.gomods[id_] = files[".mod"].encode("utf-8", "surrogateescape")
        return universe

    def add(self, path: str, version: str, gomod: str) -> None:
        self.gomods[ModuleVersion(path, version)] = gomod.encode()

    def read(self, module: ModuleVersion) -> bytes:
        self.reads.append(module)
        try:
            return self.gomods[module]
        except KeyError:
            raise ModuleUnavailableError(f"{module}: not found", tried=("universe",)) from None

    def write_proxy(self, folder: Path) -> None:
        for id_, gomod in self.gomods.items():
            place = folder / escape_path(id_.path) / "@v"
            place.mkdir(parents=True, exist_ok=True)
            name = escape_version(id_.version)
            (place / f"{name}.mod").write_bytes(gomod)
            info = {"Version": id_.version, "Time": "2020-01-01T00:00:00Z"}
            (place / f"{name}.info").write_text(json.dumps(info))
            with (place / "list").open("a") as out:
                out.write(id_.version + "\n")

    def sums(self) -> str:
        """A go.sum with the go.mod hash of every module."""
        lines = []
        for id_, gomod in self.gomods.items():
            inner = f"{hashlib.sha256(gomod).hexdigest()}  go.mod\n".encode()
            digest = base64.b64encode(hashlib.sha256(inner).digest()).decode()
            lines.append(f"{id_.path} {id_.version}/go.mod h1:{digest}\n")
        return "".join(sorted(lines))


@dataclass(frozen=True)
class Listed:
    """What `go list -m -json all` says of a module, or we do."""

    path: str
    version: str
    main: bool
    indirect: bool
    go_version: str
    replace: tuple[str, str] | None


@dataclass(frozen=True)
class Answer:
    """Build list and edges, or the reason of a refusal."""

    modules: tuple[Listed, ...] = ()
    edges: frozenset[tuple[str, str]] = frozenset()
    refusal: str = ""


class Go:
    """Runs the go command offline against a file proxy."""

    def __init__(self, scratch: Path, universe: Universe | None) -> None:
        self.universe = universe
        self.scratch = scratch
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(scratch),
            "GOTOOLCHAIN": "local",
            "GOSUMDB": "off",
            "GOTELEMETRY": "off",
            "GOENV": "off",
            "GOCACHE": str(scratch / "cache"),
            "GOMODCACHE": str(scratch / "mod"),
        }
        proxy = scratch / "proxy"
        if universe is not None:
            universe.write_proxy(proxy)
            self.env["GOPROXY"] = proxy.as_uri()

    def run(self, folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        assert GO is not None
        return subprocess.run(
            [GO, *args], cwd=folder, env=self.env | env, capture_output=True, text=True, check=False
        )

    def answer(self, folder: Path, mod: str = "", gowork: str = "") -> Answer:
        env = {"GOWORK": gowork, "GOFLAGS": f"-mod={mod}" if mod else ""}
        listed = self.run(folder, "list", "-m", "-json", "all", **env)
        if listed.returncode:
            return Answer(refusal=listed.stderr)
        modules = tuple(
            Listed(
                path=m["Path"],
                version=m.get("Version", ""),
                main=m.get("Main", False),
                indirect=m.get("Indirect", False),
                go_version=m.get("GoVersion", ""),
                replace=(m["Replace"]["Path"], m["Replace"].get("Version", ""))
                if "Replace" in m
                else None,
            )
            for m in _json_stream(listed.stdout)
        )
        if len(modules) == 1:
            return Answer(modules=modules)
        graph = self.run(folder, "mod", "graph", GOWORK=gowork)
        assert graph.returncode == 0, graph.stderr
        return Answer(modules=modules, edges=_selected_edges(modules, graph.stdout))


def _json_stream(text: str) -> list[dict]:
    decoder = json.JSONDecoder()
    found, position = [], 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        found.append(value)
        while position < len(text) and text[position].isspace():
            position += 1
    return found


def _selected_edges(modules: tuple[Listed, ...], graph: str) -> frozenset[tuple[str, str]]:
    name = {m.path: f"{m.path}@{m.version}" if m.version else m.path for m in modules}
    edges = set()
    for line in graph.splitlines():
        source, target = line.split(" ")
        chosen = name.get(target.partition("@")[0])
        if name.get(source.partition("@")[0]) == source and chosen and chosen != source:
            edges.add((source, chosen))
    return frozenset(edges)


def as_answer(build: BuildList) -> Answer:
    """Our build list in the terms of the go command."""
    lacking = [f for f in build.findings if f.code in ("module-unavailable", "vendor-inconsistent")]
    if lacking:
        return Answer(refusal="\n".join(f.message for f in lacking))
    return Answer(
        modules=tuple(
            Listed(
                path=m.id.path,
                version=m.id.version,
                main=m.main,
                indirect=m.indirect,
                go_version=m.go_version or "",
                replace=(m.replace.path, m.replace.version or "") if m.replace else None,
            )
            for m in build.modules
        ),
        edges=frozenset(build.edges),
    )


@dataclass
class Situation:
    """Files of a repository, and where in it the go command runs."""

    files: dict[str, str]
    folder: str = "."
    settings: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    around: dict[str, str] = field(default_factory=dict)

    def tree(self, universe: Universe) -> dict[str, str]:
        """The files, with a complete go.sum beside each go.mod."""
        sums = universe.sums()
        folders = {posixpath.dirname(p) for p in self.files if posixpath.basename(p) == "go.mod"}
        return self.files | {posixpath.join(f, "go.sum"): sums for f in folders}

    def ours(self, universe: Universe) -> Answer:
        try:
            return as_answer(self.build(universe)[1])
        except ComplianceError as error:
            return Answer(refusal=str(error))

    def build(self, universe: Universe) -> tuple[Workspace, BuildList]:
        files = MemoryFiles(self.tree(universe))
        beyond = MemoryFiles(self.around)
        outside = Outside(root="/w/repo", read=lambda p: beyond.read(p.removeprefix("/w/")))
        workspace = load_workspace(
            files, folder=self.folder, settings=self.settings, outside=outside
        )
        return workspace, select(workspace, files, universe.read, outside=outside)

    def theirs(self, go: Go, place: Path) -> Answer:
        root = place / "repo"
        for name, text in self.around.items():
            _write(place / name, text)
        root.mkdir(parents=True)
        for name, text in self.tree(go.universe or Universe()).items():
            _write(root / name, text)
        return go.answer(root / self.folder, self.settings.mod, self.settings.gowork)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, newline="")


def assert_same(ours: Answer, theirs: Answer, case: object = "") -> None:
    """Both refuse, or both give the same list in the same order with the same edges."""
    if ours.refusal or theirs.refusal:
        assert bool(ours.refusal) == bool(theirs.refusal), (case, ours, theirs)
        return
    assert ours.modules == theirs.modules, case
    assert ours.edges == theirs.edges, case
