"""Finding go.mod, go.work and vendor/, and what cannot be read of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from compliance.errors import ComplianceError, IncompleteError, MalformedInputError, UsageError
from compliance.golang import (
    EntryKind,
    Outside,
    UnreadableFileError,
    Workspace,
    WorkspaceSettings,
    load_workspace,
)
from tests.oracle.goworld import MemoryFiles

MOD = "module example.com/m\n\ngo 1.20\n"


class OddFiles(MemoryFiles):
    """A tree in which some names are links or devices."""

    def __init__(self, files: Mapping[str, str], odd: Mapping[str, EntryKind]) -> None:
        super().__init__(files)
        for path, kind in odd.items():
            folder, _, name = path.rpartition("/")
            self._folders.setdefault(folder or ".", {})[name] = kind


def load(files: dict[str, str], folder: str = ".", **settings: str) -> Workspace:
    return load_workspace(MemoryFiles(files), folder=folder, settings=WorkspaceSettings(**settings))


def test_the_nearest_go_mod_above_counts() -> None:
    files = {"go.mod": MOD, "a/go.mod": "module example.com/a\n", "a/b/x.go": "", "c/x.go": ""}
    assert load(files, "a/b").mains[0].path == "example.com/a"
    assert load(files, "a/b").folder == "a"
    assert load(files, "c").mains[0].path == "example.com/m"


def test_a_workspace_above_counts_even_for_a_module_it_does_not_use() -> None:
    files = {"go.work": "go 1.20\nuse ./a\n", "a/go.mod": MOD, "b/go.mod": "module b\n"}
    assert [m.path for m in load(files, "b").mains] == ["example.com/m"]
    assert [m.path for m in load(files, "b", gowork="off").mains] == ["b"]


def test_gowork_may_name_another_file() -> None:
    files = {"go.work": "broken", "ci/all.work": "go 1.20\nuse ..\n", "go.mod": MOD}
    workspace = load(files, gowork="ci/all.work")
    assert workspace.in_workspace
    assert (workspace.folder, workspace.mains[0].folder) == ("ci", ".")
    with pytest.raises(UsageError, match="cannot be read"):
        load(files, gowork="ci/none.work")


def test_what_was_looked_for_is_said_where_there_is_nothing() -> None:
    with pytest.raises(UsageError, match=r"a/b/go\.mod or a/go\.mod or go\.mod, and no go\.work"):
        load({"a/b/x.go": ""}, "a/b")


def test_a_folder_outside_the_tree_is_no_place_to_start() -> None:
    with pytest.raises(UsageError, match="outside"):
        load({"go.mod": MOD}, "../x")


@pytest.mark.parametrize("name", ["go.mod", "go.work"])
def test_a_governing_file_behind_a_link_out_of_the_tree_is_not_guessed_around(name: str) -> None:
    files = OddFiles({"go.mod": MOD} | {"a/x.go": ""}, {f"a/{name}": EntryKind.UNREADABLE})
    with pytest.raises(IncompleteError) as caught:
        load_workspace(files, folder="a")
    assert caught.value.file == f"a/{name}"


def test_a_vendor_folder_behind_a_link_out_of_the_tree_is_not_ignored() -> None:
    files = OddFiles({"go.mod": MOD}, {"vendor": EntryKind.UNREADABLE})
    with pytest.raises(IncompleteError, match="folder inside the tree"):
        load_workspace(files)


def test_a_linked_vendor_folder_counts() -> None:
    files = OddFiles({"go.mod": MOD, "vendor/modules.txt": ""}, {"vendor": EntryKind.LINKED_FOLDER})
    assert load_workspace(files).vendor == "vendor"


def test_a_file_named_vendor_is_no_vendor_folder() -> None:
    assert load({"go.mod": MOD, "vendor": ""}).mode == "mod"


@pytest.mark.parametrize(
    ("go", "mod", "mark", "reason"),
    [
        ("", "", False, "go.mod has no go line"),
        ("1.13", "", False, "the go line of go.mod is 1.13, below 1.14"),
        ("1.20", "readonly", False, "-mod=readonly is set"),
        ("1.20", "", True, "modules.txt is marked for a workspace"),
        ("1.20", "", False, ""),
        ("1.13", "vendor", True, ""),
    ],
)
def test_why_a_vendor_folder_does_not_count(go: str, mod: str, mark: bool, reason: str) -> None:
    text = "## workspace\n" if mark else ""
    head = f"module m\ngo {go}\n" if go else "module m\n"
    workspace = load({"go.mod": head, "vendor/modules.txt": text}, mod=mod)
    assert workspace.vendor_unused == reason
    assert workspace.mode == ("mod" if reason else "vendor")


@pytest.mark.parametrize(("go", "codes"), [("1.13", []), ("1.14", ["vendor-inconsistent"])])
def test_requirements_are_marked_in_modules_txt_since_go_1_14(go: str, codes: list[str]) -> None:
    workspace = load({
        "go.mod": f"module m\ngo {go}\nrequire a.example/b v1.0.0\n",
        "vendor/modules.txt": "# a.example/b v1.0.0\na.example/b\n",
    }, mod="vendor")  # fmt: skip
    assert [f.code for f in workspace.findings] == codes


def test_a_workspace_without_modules_is_a_mistake_of_use() -> None:
    with pytest.raises(UsageError, match="uses no module"):
        load({"go.work": "go 1.20\n"})


def test_a_module_beyond_the_tree_is_read_when_the_caller_says_how() -> None:
    files = MemoryFiles({"go.work": "go 1.20\nuse .\nuse ../other\n", "go.mod": MOD})
    around = MemoryFiles({"other/go.mod": "module example.com/other\n"})
    outside = Outside(root="/src/repo", read=lambda p: around.read(p.removeprefix("/src/")))
    workspace = load_workspace(files, outside=outside)
    assert [(m.path, m.folder) for m in workspace.mains] == [
        ("example.com/m", "."),
        ("example.com/other", "/src/other"),
    ]


def test_a_module_beyond_the_tree_is_unavailable_otherwise() -> None:
    workspace = load({"go.work": "go 1.20\nuse .\nuse ../other\n", "go.mod": MOD})
    (finding,) = workspace.findings
    assert (finding.code, finding.severity.word) == ("module-unavailable", "block")
    assert (finding.location.file, finding.location.line) == ("go.work", 3)


def test_an_absolute_path_into_the_tree_lies_inside() -> None:
    files = MemoryFiles({"go.work": "go 1.20\nuse /src/repo/a\n", "a/go.mod": MOD})

    def read(path: str) -> bytes:
        raise UnreadableFileError(path)

    workspace = load_workspace(files, outside=Outside(root="/src/repo", read=read))
    assert workspace.mains[0].folder == "a"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("go 1.20\n", 0, "missing module declaration"),
        ("\nmodule go\n", 2, "reserved"),
        ("module ../m\n", 1, "malformed module path"),
        ("module m\ntool a b c\n", 2, "exactly one argument"),
        ("module m\ntool ../x\n", 2, "malformed tool path"),
        ("module m\ngodebug default=1.21\n", 2, "must be goVERSION"),
    ],
)
def test_a_main_module_that_go_refuses_is_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(MalformedInputError) as caught:
        load({"go.mod": text})
    assert (caught.value.file, caught.value.line) == ("go.mod", line)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("local", "gotoolchain", "lines", "version", "other"),
    [
        ("", "", "", None, ""),
        ("", "auto", "go 1.22\ntoolchain default", "1.22", ""),
        ("", "auto", "go 1.22\ntoolchain go1.24.1", "1.24.1", ""),
        ("1.26.8", "", "", "1.26.8", ""),
        ("1.26.8", "auto", "go 1.22", "1.26.8", ""),
        ("1.21.0", "auto", "go 1.22\ntoolchain go1.24.1-corp", "1.24.1", "go1.24.1-corp"),
        ("1.24.0", "local", "go 1.22\ntoolchain go1.24.1", "1.24.0", ""),
        ("1.24.0", "go1.22.3", "go 1.22", "1.22.3", "go1.22.3"),
        ("1.21.0", "go1.20.3", "go 1.22", "1.20.3", "go1.20.3"),
    ],
)
def test_the_toolchain_that_runs_is_the_one_that_go_would_choose(
    local: str, gotoolchain: str, lines: str, version: str | None, other: str
) -> None:
    found = load({"go.mod": f"module m\n{lines}\n"}, local_go=local, gotoolchain=gotoolchain)
    assert (found.toolchain, found.other_toolchain) == (version, other)


@pytest.mark.parametrize(
    ("local", "gotoolchain", "lines", "line", "running"),
    [
        ("1.21.0", "local", "go 1.22", 2, "1.21.0; GOTOOLCHAIN=local"),
        ("1.21.0", "", "go 1.22.1", 2, "1.21.0"),
        ("1.21.0", "auto", "go 1.22\ntoolchain default", 2, "1.21.0"),
        ("1.26.8", "go1.25.1", "\ngo 1.26.0", 3, "1.25.1; GOTOOLCHAIN=go1.25.1"),
        ("1.26.8", "local", "go 1.27\nnovelty x", 2, "1.26.8; GOTOOLCHAIN=local"),
        ("1.26.8", "local", "go 1.27\ngodebug default=x", 2, "1.26.8; GOTOOLCHAIN=local"),
    ],
)
def test_a_newer_go_than_may_run_is_refused(
    local: str, gotoolchain: str, lines: str, line: int, running: str
) -> None:
    with pytest.raises(IncompleteError) as caught:
        load({"go.mod": f"module m\n{lines}\n"}, local_go=local, gotoolchain=gotoolchain)
    error = caught.value
    assert (error.file, error.line, error.status) == ("go.mod", line, 3)
    assert f"(running go {running})" in str(error)


def test_a_workspace_and_vendored_modules_may_be_too_new_as_well() -> None:
    files = {"go.work": "go 1.27\nuse .\n", "go.mod": "module m\n"}
    with pytest.raises(IncompleteError, match=r"^go\.work:1: requires go >= 1\.27 "):
        load(files, local_go="1.26.8", gotoolchain="local")
    files = {
        "go.mod": "module m\ngo 1.21\nrequire example.com/a v1.0.0\n",
        "vendor/modules.txt": "# example.com/a v1.0.0\n## explicit; go 1.27\nexample.com/a\n",
    }
    with pytest.raises(IncompleteError, match=r"^vendor/modules\.txt:1: example\.com/a@v1\.0\.0 "):
        load(files, local_go="1.26.8", gotoolchain="auto")
    assert load(files).vendor == "vendor"


def test_errors_carry_their_exit_status() -> None:
    for files, status in (({}, 2), ({"go.mod": "nonsense"}, 3)):
        with pytest.raises(ComplianceError) as caught:
            load(files)
        assert caught.value.status == status
