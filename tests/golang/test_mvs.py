"""Build lists, case by case."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.golang import load_workspace, select
from tests.golang.buildcases import FOLDER, Case, all_cases
from tests.oracle.goworld import MemoryFiles


@pytest.mark.parametrize("file", all_cases(), ids=lambda f: f.stem)
def test_case_comes_out_as_it_says(file: Path, update_golden: bool) -> None:
    case = Case.read(file)
    outcome = case.outcome()
    if update_golden:
        case.accept(outcome)
    assert outcome == Case.read(file).expect


def test_a_go_mod_that_neither_graph_nor_go_sum_need_is_not_read() -> None:
    case = Case.read(FOLDER / "pruned.txt")
    files = MemoryFiles({**case.situation.files, "go.sum": "x.io/a v1.0.0/go.mod h1:x=\n"})
    build = select(load_workspace(files), files, case.universe.read)
    assert [str(m) for m in case.universe.reads] == ["x.io/a@v1.0.0", "x.io/b@v1.1.0"]
    assert build.by_path()["x.io/c"].go_version is None
