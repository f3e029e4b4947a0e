"""Which vendor folder counts, and which is consistent, against the go command."""

from __future__ import annotations

import posixpath
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.errors import ComplianceError
from compliance.golang import WorkspaceSettings, load_workspace, select
from tests.oracle.goworld import GO, Go, MemoryFiles, Universe

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(GO is None, reason="no go command")]

SETTINGS = settings(
    derandomize=True,
    deadline=None,
    max_examples=120,
    database=None,
    suppress_health_check=list(HealthCheck),
)
PATHS = ("x.io/a", "x.io/b", "x.io/c/v2")
VERSIONS = {p: [("v2" if p.endswith("v2") else "v1") + t for t in (".0.0", ".1.0")] for p in PATHS}
TARGETS = (("./local", ""), ("../local", ""), ("./x/../local", ""), ("y.io/r", "v1.0.0"))
GO_LINES = ("", "go 1.13", "go 1.14", "go 1.16", "go 1.17", "go 1.20", "go 1.22")

Key = tuple[str, str]


@dataclass
class Entry:
    """A module of modules.txt, as `go mod vendor` would write it, or spoiled."""

    explicit: bool = False
    go: str = ""
    packages: bool = False
    replace: Key | None = None

    def text(self, key: Key, newline: str) -> str:
        path, version = key
        lines = [f"# {path}" + (f" {version}" if version else "")]
        if self.replace:
            lines[0] += f" => {' '.join(filter(None, self.replace))}"
        notes = "; ".join(filter(None, ("explicit" if self.explicit else "", self.go)))
        lines += [f"## {notes}"] if notes else []
        lines += [path] if self.packages else []
        return "".join(line + newline for line in lines)


@dataclass
class Repository:
    files: dict[str, str] = field(default_factory=dict)
    folder: str = "."
    mod: str = ""


@st.composite
def mains(draw: st.DrawFn) -> tuple[str, dict[str, str], dict[Key, Key]]:
    """Go line, requirements and replaces of a main module."""
    chosen = draw(st.lists(st.sampled_from(PATHS), max_size=3, unique=True))
    requires = {p: draw(st.sampled_from(VERSIONS[p])) for p in chosen}
    replaced = draw(st.lists(st.sampled_from(PATHS), max_size=1))
    replaces = {
        (p, draw(st.sampled_from(["", *VERSIONS[p]]))): draw(st.sampled_from(TARGETS))
        for p in replaced
    }
    return draw(st.sampled_from(GO_LINES)), requires, replaces


def _replace_lines(replaces: dict[Key, Key]) -> str:
    return "".join(f"replace {p} {v} => {a} {b}\n" for (p, v), (a, b) in replaces.items())


def _write_main(
    repository: Repository,
    entries: dict[Key, Entry],
    main: tuple[str, dict[str, str], dict[Key, Key]],
    folder: str,
) -> None:
    go, requires, replaces = main
    lines = "".join(f"require {p} {v}\n" for p, v in requires.items())
    text = f"module example.org/m{folder.strip('.')}\n{go}\n{lines}{_replace_lines(replaces)}"
    repository.files[posixpath.normpath(f"{folder}/go.mod")] = text
    for key, (place, version) in replaces.items():
        local = place.startswith(".") and folder != "."
        shown = "./" + posixpath.normpath(f"{folder}/{place}") if local else place
        entries.setdefault(key, Entry()).replace = (shown, version)
    for path, version in requires.items():
        entry = entries.setdefault((path, version), Entry())
        entry.explicit, entry.go, entry.packages = True, "go 1.20", True
        wild = entries.get((path, ""))
        if entry.replace is None and wild is not None:
            entry.replace = wild.replace


@st.composite
def repositories(draw: st.DrawFn) -> Repository:
    repository, entries = Repository(), dict[Key, Entry]()
    workspace = draw(st.booleans())
    for folder in ("one", "two") if workspace else (".",):
        _write_main(repository, entries, draw(mains()), folder)
    if workspace:
        go = draw(st.sampled_from(("", "go 1.18", "go 1.22")))
        repository.files["go.work"] = f"{go}\nuse ./one\nuse ./two\n"
        repository.folder = draw(st.sampled_from((".", "one")))
    for key in list(entries):
        spoil = draw(st.sampled_from(("", "", "", "", "", "mark", "drop", "target", "go", "empty")))
        entry = entries[key]
        if spoil == "drop":
            del entries[key]
        elif spoil == "mark":
            entry.explicit = not entry.explicit
        elif spoil == "target":
            entry.replace = draw(st.sampled_from((None, ("./other", ""))))
        elif spoil == "go":
            entry.go = "go 1.3; shiny"
        elif spoil == "empty":
            entry.packages = False
    marked = workspace != draw(st.sampled_from((False, False, False, True)))
    newline = draw(st.sampled_from(("\n", "\r\n")))
    text = "".join(e.text(k, newline) for k, e in entries.items())
    repository.files["vendor/modules.txt"] = ("## workspace\n" if marked else "") + text
    repository.mod = draw(st.sampled_from(("", "", "vendor")))
    return repository


def _ours(repository: Repository) -> str:
    """Why we would refuse; "" where we would not."""
    files = MemoryFiles(repository.files)
    setting = WorkspaceSettings(mod="vendor" if repository.mod else "")
    try:
        workspace = load_workspace(files, folder=repository.folder, settings=setting)
        if workspace.vendor:
            select(workspace, files, Universe().read)
    except ComplianceError as error:
        return str(error)
    return "\n".join(f.message for f in workspace.findings)


@SETTINGS
@given(repositories())
def test_vendor_folders_are_used_and_refused_alike(
    tmp_path_factory: pytest.TempPathFactory, repository: Repository
) -> None:
    scratch = tmp_path_factory.mktemp("vendor")
    for name, text in repository.files.items():
        file = scratch / "repo" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, newline="")
    flags = f"-mod={repository.mod}" if repository.mod else ""
    go = Go(scratch / "go", None)
    listed = go.run(
        scratch / "repo" / repository.folder, "list", "-m", GOFLAGS=flags, GOPROXY="off"
    )
    shutil.rmtree(scratch, ignore_errors=True)
    refusal = _ours(repository)
    assert bool(refusal) == bool(listed.returncode), (repository, refusal, listed.stderr)


def test_an_empty_vendor_folder_is_refused_by_both(tmp_path: Path) -> None:
    text = "module example.org/m\ngo 1.20\nrequire x.io/a v1.0.0\n"
    (tmp_path / "vendor").mkdir()
    (tmp_path / "go.mod").write_text(text)
    assert Go(tmp_path / "go", None).run(tmp_path, "list", "-m").returncode
    workspace = load_workspace(MemoryFiles({"go.mod": text, "vendor/x/README": ""}))
    assert [f.code for f in workspace.findings] == ["vendor-inconsistent"]
