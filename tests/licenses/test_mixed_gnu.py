"""Headers that mix the names of the GNU family: the sentence that grants decides."""

from __future__ import annotations

import pytest

from compliance.licenses import Detector

_GRANT = (
    "This library is free software; you can redistribute it and/or modify it under the terms\n"
    "of the GNU {} as published by the Free Software Foundation; {}."
)
_REST = (
    "This library is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY;\n"
    "without even the implied warranty of MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.\n"
    "See the GNU {} for more details.\n\n"
    "You should have received a copy of the GNU {} along with this library; if not, write to\n"
    "the Free Software Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301\n"
    "USA"
)
_LIBRARY, _LESSER, _GENERAL = (
    "Library General Public License",
    "Lesser General Public License",
    "General Public License",
)
_V2 = "either version 2 of the License, or (at your option) any later version"
_V21 = "version 2.1 of the License"
_V3 = "either version 3 of the License, or (at your option) any later version"


@pytest.mark.parametrize(
    ("names", "version", "license"),
    [
        ((_LIBRARY, _LESSER, _LIBRARY), _V2, "LGPL-2.0-or-later"),
        ((_LIBRARY, _GENERAL, _GENERAL), _V2, "LGPL-2.0-or-later"),
        ((_LIBRARY, _LESSER, _GENERAL), _V2, "LGPL-2.0-or-later"),
        ((_LIBRARY, _LIBRARY, _LIBRARY), _V21, "LGPL-2.1-only"),
        ((_LIBRARY, _LESSER, _LESSER), _V21, "LGPL-2.1-only"),
        ((_LIBRARY, _GENERAL, _GENERAL), _V3, "LGPL-3.0-or-later"),
        ((_LESSER, _LIBRARY, _LIBRARY), _V2, "LGPL-2.0-or-later"),
        ((_LESSER, _GENERAL, _GENERAL), _V2, "LGPL-2.0-or-later"),
        ((_LESSER, _LIBRARY, _GENERAL), _V21, "LGPL-2.1-only"),
        ((_GENERAL, _LESSER, _LESSER), _V2, "GPL-2.0-or-later"),
        ((_GENERAL, _LESSER, _LIBRARY), _V3, "GPL-3.0-or-later"),
        ((_GENERAL, _LESSER, _GENERAL), "version 3 of the License", "GPL-3.0-only"),
        ((_GENERAL, _LIBRARY, _LIBRARY), "version 2 of the License", "GPL-2.0-only"),
        ((_GENERAL, _GENERAL, _LIBRARY), "version 2 of the License", "GPL-2.0-only"),
    ],
)
@pytest.mark.parametrize("sign", ["//", " *", "#"])
def test_the_grant_decides(
    detector: Detector, names: tuple[str, str, str], version: str, license: str, sign: str
) -> None:
    granted, disclaimed, received = names
    text = f"{_GRANT.format(granted, version)}\n\n{_REST.format(disclaimed, received)}"
    lines = "\n".join(f"{sign} {line}".rstrip() for line in text.splitlines())
    text, name = (
        (f"{lines}\n\npackage a\n", "a.go") if sign == "//" else (f"/*\n{lines}\n */\n", "a.c")
    )
    if sign == "#":
        text, name = f"{lines}\n\nx = 1\n", "a.py"

    found = detector.detect(name, text.encode())

    assert found.expression == license


LESSER = (
    "{what} is free software; you can redistribute it and/or modify it under the terms of the\n"
    "GNU Lesser General Public License as published by the Free Software Foundation; either\n"
    "version {version} of the License, or (at your option) any later version.\n\n"
)
HOPE = (
    "{what} is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without\n"
    "even the implied warranty of MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the\n"
    "GNU General Public License for more details.\n"
)
PROGRAMS = (
    "The programs in bin are licensed under the GNU General Public License.\n",
    "Files in tools are distributed under the terms of the GNU General Public License as\n"
    "published by the Free Software Foundation.\n",
)


@pytest.mark.parametrize("name", ["LICENSE", "README.md", "a.c"])
@pytest.mark.parametrize("version", ["2", "2.1", "3"])
@pytest.mark.parametrize("programs", PROGRAMS)
def test_programs_under_the_gpl_stay_beside_a_lesser_library(
    detector: Detector, name: str, version: str, programs: str
) -> None:
    text = LESSER.format(what="The library", version=version) + programs
    said = f"/*\n{text}*/\n" if name == "a.c" else text

    found = detector.detect(name, said.encode())

    full = version if "." in version else f"{version}.0"
    assert found.expression == f"LGPL-{full}-or-later AND GPL-1.0-or-later"


@pytest.mark.parametrize("version", ["2", "2.1", "3"])
@pytest.mark.parametrize("what", ["This library", "Libacme"])
def test_the_warranty_of_a_lesser_notice_may_name_the_gpl(
    detector: Detector, version: str, what: str
) -> None:
    text = (LESSER + HOPE).format(what=what, version=version)

    found = detector.detect("a.c", f"/*\n{text}*/\n".encode())

    full = version if "." in version else f"{version}.0"
    assert found.expression == f"LGPL-{full}-or-later"
