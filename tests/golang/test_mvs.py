"""Build lists, case by case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golang.buildcases import Case, all_cases


@pytest.mark.parametrize("file", all_cases(), ids=lambda f: f.stem)
def test_case_comes_out_as_it_says(file: Path, update_golden: bool) -> None:
    case = Case.read(file)
    outcome = case.outcome()
    if update_golden:
        case.accept(outcome)
    assert outcome == Case.read(file).expect
