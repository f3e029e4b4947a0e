"""Build lists in every module and workspace that the go command's own scripts set up."""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path

import pytest

from tests.oracle.goworld import (
    GO,
    Answer,
    Go,
    Situation,
    Universe,
    assert_same,
    goroot,
    read_txtar,
)

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(GO is None, reason="no go command")]

# docs/go-fidelity.md: what the go command refuses for want of another toolchain, a known godebug,
# or an answer in vendor mode.
NAMED_DIFFERENCES = ("requires go >=", " godebug ", "can't compute 'all' using the vendor")


def _situations(script: Path) -> list[Situation]:
    archive = read_txtar(script.read_text(encoding="utf-8", errors="replace"))[1]
    files = {
        posixpath.normpath(name.removeprefix("$WORK/").removeprefix("$GOPATH/src/")): text
        for name, text in archive.items()
        if not name.startswith(("/", "$GOROOT", ".."))
    }
    folders = {parent for name in files for parent in map(str, Path(name).parents)}
    files = {name: text for name, text in files.items() if name not in folders}
    governed = {
        posixpath.dirname(name) or "."
        for name, text in files.items()
        if posixpath.basename(name) == "go.work"
        or (posixpath.basename(name) == "go.mod" and re.search(r"^(require|replace)", text, re.M))
    }
    return [Situation(files, folder=folder) for folder in sorted(governed)]


def _named(ours: Answer, theirs: Answer) -> bool:
    return not ours.refusal and any(text in theirs.refusal for text in NAMED_DIFFERENCES)


def test_all_modules_and_workspaces_of_the_scripts_select_alike(tmp_path: Path) -> None:
    universe = Universe.of_goroot()
    go = Go(tmp_path / "go", universe)
    judged = answered = 0
    for script in sorted((goroot() / "src/cmd/go/testdata/script").glob("*.txt")):
        if not script.name.startswith(("mod_", "work_")):
            continue
        for situation in _situations(script):
            place = tmp_path / "case"
            theirs = situation.theirs(go, place)
            shutil.rmtree(place, ignore_errors=True)
            ours = situation.ours(universe)
            judged += 1
            answered += not theirs.refusal
            if not _named(ours, theirs):
                assert_same(ours, theirs, (script.name, situation.folder))
    assert judged > 300
    assert answered > judged / 2
