"""Which GNU license, and which versions of it, a header of any style says in any usual wording."""

from __future__ import annotations

import pytest

from compliance.licenses import Detector

ONLY = (
    "licensed under the {n}, version {v} only.",
    "licensed under version {v} only of the {n}.",
    "You may use this file under {n} {v} (only).",
    "Subject to the {n}, v. {v}, not any later version.",
    "Distributed under the {n}, Version {v}. See the file COPYING.",
    "This program is free software; you can redistribute it and/or modify it\n"
    "under the terms of version {v} of the {n} as published by the\nFree Software Foundation.",
    "{n} version {v}",
)
LATER = (
    "licensed under the {n}, version {v} or later.",
    "licensed under version {v} or (at your option) any later version of the {n}.",
    "Released under the {n} v{v} or newer.",
    "This program is free software: you can redistribute it and/or modify\n"
    "it under the terms of the {n} as published by\n"
    "the Free Software Foundation, either version {v} of the License, or\n"
    "(at your option) any later version.",
    "{n} version {v} or any later version",
)
STYLES = {
    "a.go": "// {}",
    "a.c": " * {}",
    "a.py": "# {}",
    "a.sql": "-- {}",
    "a.el": ";; {}",
}
CODE = {
    "a.go": "{}\n\npackage a\n",
    "a.c": "/*\n{}\n */\n\nint a;\n",
    "a.py": "{}\n\nx = 1\n",
    "a.sql": "{}\n\nselect 1;\n",
    "a.el": "{}\n\n(a)\n",
}
NAMES = (
    ("GPL", "GPL", "2", "GPL-2.0"),
    ("GNU GPL", "GPL", "3", "GPL-3.0"),
    ("LGPL", "LGPL", "2.1", "LGPL-2.1"),
    ("GNU LGPL", "LGPL", "3", "LGPL-3.0"),
    ("AGPL", "AGPL", "3", "AGPL-3.0"),
    ("GNU Affero General Public License", "AGPL", "3", "AGPL-3.0"),
)


@pytest.mark.parametrize("file", STYLES)
@pytest.mark.parametrize(("name", "family", "version", "license"), NAMES, ids=[n[0] for n in NAMES])
@pytest.mark.parametrize(
    ("wording", "suffix"), [*((w, "only") for w in ONLY), *((w, "or-later") for w in LATER)]
)
def test_a_wording_names_its_license(  # noqa: PLR0913, PLR0917 - the axes of the table
    detector: Detector,
    wording: str,
    suffix: str,
    name: str,
    family: str,
    version: str,
    license: str,
    file: str,
) -> None:
    said = f"Copyright (C) 2020 Jane Doe\n\n{wording.format(n=name, v=version)}"
    head = "\n".join(STYLES[file].format(line).rstrip() for line in said.splitlines())

    found = detector.detect(file, CODE[file].format(head).encode())

    assert family in license
    assert found.expression == f"{license}-{suffix}"


@pytest.mark.parametrize(
    "said",
    [
        "The GPL version 2 parser reads lists of licenses.",
        "Names in tables, for example\n//\n// GPL-2.0\n//\n// and others.",
        "gpl2json turns them into JSON.",
    ],
)
def test_talk_of_a_license_is_none(detector: Detector, said: str) -> None:
    assert detector.detect("a.go", f"// {said}\n\npackage a\n".encode()).expression is None


WHOLE = """// This program is free software: you can redistribute it and/or modify it
// under the terms of the GNU {word}General Public License as published
// by the Free Software Foundation, version {version}.
//
// This program is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the
// GNU {word}General Public License for more details.
//
// You should have received a copy of the GNU {word}General Public License
// along with this program. If not, see <https://www.gnu.org/licenses/>.

package a
"""


@pytest.mark.parametrize(
    ("word", "version", "license", "sure"),
    [
        ("", "2", "GPL-2.0-only", True),
        ("", "3", "GPL-3.0-only", True),
        ("Affero ", "3", "AGPL-3.0-only", True),
        ("Lesser ", "2.1", "LGPL-2.1-only", True),
        ("Lesser ", "3", "LGPL-3.0-only", True),
        ("Library ", "2.1", "LGPL-2.1-only", True),
        ("Lesser ", "2", "LGPL-2.0-only", False),
        ("Affero ", "2", "AGPL-3.0-only", False),
    ],
)
def test_a_version_that_ends_the_sentence_counts(
    detector: Detector, word: str, version: str, license: str, *, sure: bool
) -> None:
    """Without "of the License", and the paragraphs behind it name the license again."""
    answer = detector.detect("a.go", WHOLE.format(word=word, version=version).encode())
    assert (answer.expression, answer.confidence != "review") == (license, sure)
