"""One detector for all tests of the room: opening it is cheap, warming it is not."""

from __future__ import annotations

import pytest

from compliance.licenses import Detector


@pytest.fixture(scope="session")
def detector() -> Detector:
    return Detector.open()
