"""Addresses of license texts that only the data about licenses has."""

from __future__ import annotations

import pytest

from compliance.licenses import Detector


@pytest.mark.parametrize(("address", "expected"), [
    ("https://polyformproject.org/licenses/noncommercial/1.0.0/", "PolyForm-Noncommercial-1.0.0"),
    ("https://polyformproject.org/licenses/small-business/1.0.0", "PolyForm-Small-Business-1.0.0"),
    ("https://blueoakcouncil.org/license/1.0.0", "BlueOak-1.0.0"),
    ("https://opensource.org/licenses/MIT", "MIT"),
    ("https://openfontlicense.org/", "OFL-1.1"),
    ("https://mariadb.com/bsl11/", "BUSL-1.1"),
    ("https://fsl.software/FSL-1.1-Apache-2.0.template.md", "FSL-1.1-ALv2"),
    ("https://fsl.software", "FSL-1.1-MIT"),
    ("https://prosperitylicense.com/versions/3.0.0", "LicenseRef-scancode-prosperity-3.0"),
    ("https://commonsclause.com/", "LicenseRef-scancode-commons-clause"),
    ("https://spdx.org/licenses/BUSL-1.1.html", "BUSL-1.1"),
])  # fmt: skip
@pytest.mark.parametrize("words", ["Licensed under the terms at {}", "License: {}"])
def test_an_address_of_one_license_names_it(
    detector: Detector, address: str, expected: str, words: str
) -> None:
    head = f"// Copyright 2024 Jane Doe\n// {words.format(address)}\n\npackage x\n"
    assert detector.detect("x.go", head.encode()).expression == expected


@pytest.mark.parametrize(
    "address", ["https://polyformproject.org/licenses/", "https://github.com/a/b/blob/main/LICENSE"]
)
def test_an_address_of_many_or_of_a_project_names_none(detector: Detector, address: str) -> None:
    found = detector.detect("x.go", f"// Licensed under {address}\n\npackage x\n".encode())
    assert found.expression is None
