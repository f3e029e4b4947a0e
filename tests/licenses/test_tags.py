"""SPDX tags: what is read, what is left alone, what is wrong."""

from __future__ import annotations

import pytest

from compliance.licenses import Detector
from compliance.licenses.tags import MOST_DIFFERENT, MOST_TAGS, find_tags


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("SPDX-License-Identifier: MIT", "MIT"),
        ("/* SPDX-License-Identifier: GPL-2.0+ */", "GPL-2.0-or-later"),
        ("<!-- SPDX-License-Identifier: mit -->", "MIT"),
        ("# SPDX-License-Identifier:Apache-2.0", "Apache-2.0"),
        ("spdx-license-identifier: ISC", "ISC"),
        ("{# SPDX-License-Identifier: (MIT OR ISC) AND 0BSD #}", "(MIT OR ISC) AND 0BSD"),
        (
            "// SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note",
            "GPL-2.0-only WITH Linux-syscall-note",
        ),
        ("SPDX-License-Identifier: LicenseRef-Foo.Bar-1", "LicenseRef-Foo.Bar-1"),
        ("x = 1  // SPDX-License-Identifier: MIT\r", "MIT"),
    ],
)
def test_valid_tags(line: str, expected: str) -> None:
    (tag,) = find_tags(f"a\n{line}\nb\n".encode())
    assert tag.expression == expected


@pytest.mark.parametrize(
    "value",
    [
        "MIT/Apache-2.0",
        "MIT Apache-2.0",
        "(MIT",
        "MIT)",
        "MIT OR",
        "AND MIT",
        "Foo",
        "MIT WITH Foo",
        "GPL-2.0 WITH MIT",
        "()",
        "(" * 10_000 + "MIT" + ")" * 10_000,
        "MIT, ISC and BSD",
    ],
)
def test_invalid_tags_say_why(value: str) -> None:
    tags = find_tags(f"// SPDX-License-Identifier: {value}\n".encode())
    assert [t.expression for t in tags] == [None]
    assert tags[0].problem


@pytest.mark.parametrize(
    "value", ["%s", "{{.License}}", "${LICENSE}", "<id>", "", '"', "NOASSERTION", "NONE", "[id]"]
)
def test_templates_are_no_tags(value: str) -> None:
    assert find_tags(f"// SPDX-License-Identifier: {value}\n".encode()) == []


def test_offsets_frame_the_tag() -> None:
    text = b"package x\n// SPDX-License-Identifier: MIT\n"
    (tag,) = find_tags(text)
    assert text[tag.start : tag.end] == b"SPDX-License-Identifier: MIT"


def test_many_tags_cost_linear_time() -> None:
    assert len(find_tags(b"SPDX-License-Identifier: MIT\n" * 50_000)) == MOST_TAGS


@pytest.mark.parametrize(
    ("name", "line"),
    [("x.go", "// SPDX-License-Identifier: {}\n"), ("Cargo.toml", 'license = "{}"\n')],
)
def test_of_very_many_tags_only_new_ones_count(detector: Detector, name: str, line: str) -> None:
    same = line.format("MIT") * (MOST_TAGS + 10)

    found = detector.detect(name, (same + line.format("ISC") + line.format("MIT")).encode())

    assert found.expression == "MIT AND ISC"
    assert len(found.matches) == MOST_TAGS
    assert found.findings == ()


def test_of_very_many_different_fields_the_rest_is_told(detector: Detector) -> None:
    fields = (f'license = "LicenseRef-{n}"\n' for n in range(MOST_DIFFERENT + 2))

    found = detector.detect("Cargo.toml", "".join(fields).encode())

    assert [f.code for f in found.findings] == ["spdx-expression-invalid"]
    assert found.confidence == "review"


def test_the_readme_in_the_metadata_of_a_package_has_no_fields(detector: Detector) -> None:
    text = "Name: x\r\nLicense-Expression: MIT\r\n\r\nlicense: LicenseRef-of-an-example\r\n"

    found = detector.detect("x-1.dist-info/METADATA", text.encode())

    assert found.expression == "MIT"
    assert [m.rule for m in found.matches] == ["license-field"]
