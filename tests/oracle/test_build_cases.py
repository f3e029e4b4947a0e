"""The build list cases of this repository against the go command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golang.buildcases import Case, all_cases
from tests.oracle.goworld import GO, Go, assert_same

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(GO is None, reason="no go command")]


@pytest.mark.parametrize("file", all_cases(), ids=lambda f: f.stem)
def test_case_is_what_the_go_command_says(file: Path, tmp_path: Path) -> None:
    case = Case.read(file)
    go = Go(tmp_path / "go", case.universe)
    ours = case.situation.ours(case.universe)
    theirs = case.situation.theirs(go, tmp_path / "case")
    if "can't compute 'all' using the vendor directory" in theirs.refusal:
        assert not ours.refusal  # the vendoring is consistent; go gives no list in this mode
        assert case.build()[0].vendor
    else:
        assert_same(ours, theirs)
