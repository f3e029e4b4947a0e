"""Licenses that heads of source files name and that nobody knows: never passed over."""

from __future__ import annotations

import pytest

from compliance.findings import Severity
from compliance.licenses import Detector
from compliance.licenses.unlisted import NAMED

STATED = (
    "License: Proprietary",
    "License: Commercial",
    "License: UNLICENSED",
    "License: see https://acme.example/eula",
    "License: https://acme.example/terms",
    "@license Commercial",
    "Licensed under the Acme Public License v1.",
    "Licensed under the Acme Software License Agreement.",
    'This code is released under the "Anyone But Foo" license.',
    "You may use it under the terms of the Acme Source License.",
    "Licensed under AcmeSL 2.0.",
    "Use is subject to the Acme Developer Licence.",
    "Use is governed by the Acme Source License that can be found in LICENSE.acme.",
)
SILENT = (
    'Licensed under the Apache License, Version 2.0 (the "License").',
    "License: MIT",
    "License: see LICENSE",
    "License: LICENSE.md",
    "License: https://code.example/foo/bar/blob/master/LICENSE",
    "License: same as Go",
    "@license Chart v17.0.2\nThis source code is licensed under the MIT license.",
    "License: pick the one which suits you:\n  GPL v3 see <https://www.gnu.org/licenses/gpl.html>\n"
    "  APL v2 see <http://www.apache.org/licenses/LICENSE-2.0>",
    "Use of this source code is governed by a BSD-style license.",
    "Use of this source code is governed by an Apache2 license.",
    "Use of this source code is governed by the Foo License found in the LICENSE file.",
    "Use of this source code is governed by a BSS-style license that is in the LICENSE file.",
    "Licensed under the same License as the Project.",
    "The original is dual licensed under GPL and Apache 2.0.",
    "It is not licensed under the Acme Public License.",
    "Package license reads the License field of a package.",
)


def _told(detector: Detector, name: str, text: str) -> list[tuple[Severity, str, int | None]]:
    return [
        (f.severity, f.code, f.location.line if f.location else None)
        for f in detector.detect(name, text.encode()).findings
        if f.message.startswith(NAMED)
    ]


def _head(said: str, sign: str) -> str:
    lines = ["Copyright 2020 The Authors.", *said.split("\n")]
    return "".join(f"{sign} {line}\n" for line in lines)


@pytest.mark.parametrize("said", STATED)
def test_a_name_that_no_rule_has_is_for_review(said: str, detector: Detector) -> None:
    review = [(Severity.REVIEW, "unknown-license", 2)]
    assert _told(detector, "a.go", _head(said, "//") + "\npackage a\n") == review
    assert _told(detector, "a.py", _head(said, "#") + "\nimport a\n") == review
    block = f"/*\n * {said}\n */\nint a;\n"
    assert _told(detector, "a.c", block) == review


@pytest.mark.parametrize("said", SILENT)
def test_known_licenses_and_pointers_are_none(said: str, detector: Detector) -> None:
    assert _told(detector, "a.go", _head(said, "//") + "\npackage a\n") == []


@pytest.mark.parametrize("said", STATED)
def test_code_and_comments_below_the_head_state_nothing(said: str, detector: Detector) -> None:
    assert _told(detector, "a.go", f"package a\n\n// {said}\nfunc f() {{}}\n") == []
