"""Notices that differ from a known one in the name of the license alone are no notices of it."""

from __future__ import annotations

import pytest

from compliance.licenses import Detector, Index
from compliance.licenses.rules import RuleTable
from compliance.licenses.tokens import word_hashes

NOTICES = (
    (
        "Apache-2.0",
        "Licensed under the {} License, Version 2.0 (the License); you may not use this file\n"
        "except in compliance with the License. You may obtain a copy of the License at\n"
        "the address in the file README. Unless required by applicable law or agreed to in\n"
        "writing, software distributed under the License is distributed on an AS IS BASIS,\n"
        "WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.",
    ),
    (
        "GPL-2.0-or-later",
        "This program is free software; you can redistribute it and/or modify it under the\n"
        "terms of the {} License as published by the Free Software Foundation;\n"
        "either version 2 of the License, or (at your option) any later version.",
    ),
    (
        "BSD-3-Clause",
        "Use of this source code is governed by a {}-style license that can be found in the\n"
        "LICENSE file.",
    ),
    (
        "MPL-2.0",
        "This Source Code Form is subject to the terms of the {} License, v. 2.0.\n"
        "If a copy was not distributed with this file, ask the author for one.",
    ),
)
NAMES = ("Wombat", "Sleepycat", "Zope", "Artistic", "Hippocratic", "Sybase")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("license", "notice"), NOTICES, ids=[n for n, _ in NOTICES])
def test_a_notice_with_another_name_is_not_of_its_license(
    detector: Detector, license: str, notice: str, name: str
) -> None:
    text = "\n".join(f"// {line}" for line in notice.format(name).splitlines())

    found = detector.detect("a.go", f"{text}\n\npackage a\n".encode())

    assert license not in {m.license for m in found.matches if m.confidence != "review"}


@pytest.mark.parametrize(
    ("license", "said", "silent"),
    [
        ("Apache-2.0", "apache apache2", "mozilla software foundation public"),
        ("MPL-2.0", "mozilla mpl mplv2", "apache public source"),
        ("GPL-2.0-or-later", "gnu gpl general gplv2 gplv3", "lgpl mozilla license later"),
        ("BSD-3-Clause", "bsd", "mit clause"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "gpl classpath", "bison"),
    ],
)
def test_names_come_from_the_data(license: str, said: str, silent: str) -> None:
    table = RuleTable(Index.open())
    rule = next(n for n in range(len(table)) if table.expression(n) == license)

    names = table.names(rule)

    assert names >= set(table.spell(word_hashes(said.split())))
    assert names.isdisjoint(table.spell(word_hashes(silent.split())))
    assert names <= table.all_names
