"""Parts of license texts in comments and license files: never a sure answer for another license."""

from __future__ import annotations

import re

import pytest

from compliance.licenses import Detector


def part(detector: Detector, name: str, first: float, last: float) -> str:
    text = detector.index.text(name)
    assert text is not None
    words = re.findall(r"\S+\s*", text)
    return "".join(words[int(first * len(words)) : int(last * len(words))])


def in_go(text: str) -> bytes:
    return f"/*\n{text}\n*/\npackage x\n\nfunc F() int {{ return 1 }}\n".encode()


@pytest.mark.parametrize("name", ["MPL-2.0", "GPL-3.0-only", "Apache-2.0", "EUPL-1.2", "SSPL-1.0",
                                  "CDDL-1.0", "APSL-2.0", "EPL-2.0", "CECILL-2.1"])  # fmt: skip
@pytest.mark.parametrize(("first", "last"), [(0, 0.5), (0.5, 1), (0, 0.34)])
def test_a_part_of_a_text_in_a_comment_tells_its_license_for_review(
    detector: Detector, name: str, first: float, last: float
) -> None:
    found = detector.detect("x.go", in_go(part(detector, name, first, last)))
    family = name.partition("-")[0]
    assert found.confidence == "review"
    assert any(m.license.startswith(family) for m in found.matches), found.expression


@pytest.mark.parametrize(("name", "other"), [("MPL-2.0", "AGPL"), ("GFDL-1.1-only", "GPL-1.0"),
                                             ("OSET-PL-2.1", "MPL-2.0")])  # fmt: skip
def test_licenses_that_a_part_names_are_not_those_of_the_file(
    detector: Detector, name: str, other: str
) -> None:
    found = detector.detect("x.go", in_go(part(detector, name, 0, 0.5)))
    assert not any(m.license.startswith(other) for m in found.matches)


@pytest.mark.parametrize("name", ["BSD-4-Clause", "PHP-3.0", "OLDAP-2.0", "ZPL-2.0", "Spencer-99"])
def test_the_disclaimer_of_a_license_alone_is_no_license(detector: Detector, name: str) -> None:
    text = detector.index.text(name) or ""
    disclaimer = text[re.search("THIS SOFTWARE IS PROVIDED|In no event", text, re.I).start() :]  # type: ignore[union-attr]
    for file, data in (("x.go", in_go(disclaimer)), ("LICENSE", disclaimer.encode())):
        sure = [m.license for m in detector.detect(file, data).matches if m.confidence != "review"]
        assert not any(s.startswith("LicenseRef-") for s in sure)


@pytest.mark.parametrize(("said", "expected"), [
    ("the OpenLDAP Public License\n Version 2.4, 8 December 2000", "OLDAP-2.4"),
    ("the Open Software License, Version 1.1", "OSL-1.1"),
    ("the Apple Public Source License Version 2.0", "APSL-2.0"),
])  # fmt: skip
def test_the_version_behind_a_name_counts(detector: Detector, said: str, expected: str) -> None:
    found = detector.detect("x.go", in_go(f"This file is licensed under {said}."))
    assert found.expression == expected


def test_a_version_that_no_license_has_is_for_review(detector: Detector) -> None:
    found = detector.detect("x.go", in_go("Licensed under the Apple Public Source License v7.3."))
    assert found.confidence == "review"
