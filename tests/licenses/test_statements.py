"""What files of all kinds say in a line or two: tests/data/licenses/statements.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from compliance.licenses import Detector

CASES = yaml.safe_load(
    (Path(__file__).parent.parent / "data/licenses/statements.yaml").read_text("utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{c['file']}" for n, c in enumerate(CASES)])
def test_statement_says(detector: Detector, case: dict[str, str]) -> None:
    found = detector.detect(case["file"], case["text"].encode())

    assert (found.expression or "nothing") == case["says"]
