"""Copyright statements: found where they stand, and nowhere else."""

from __future__ import annotations

import random
import re
import subprocess
import time
from pathlib import Path

import pytest

from compliance.licenses import Copyright, Detector, merge_copyrights
from compliance.licenses.copyrights import _signs, find_copyrights
from compliance.licenses.evidence import MOST_STATEMENTS

LABELS = Path(__file__).parent.parent / "data/licenses/copyright-holders.txt"


def found(text):
    return [(c.holder, c.years) for c in find_copyrights(text.encode())]


@pytest.mark.parametrize(
    ("text", "holder", "years"),
    [
        ("// Copyright (c) 2015 A. Author", "A. Author", "2015"),
        ("/* Copyright 2014 Example GmbH */", "Example GmbH", "2014"),
        (" * Copyright (C) 2011-2014, Example Inc. All rights reserved.", "Example Inc.",
         "2011-2014"),
        ("# Copyright © 2012, 2014 Anna Author <anna@example.com>", "Anna Author", "2012, 2014"),
        ("-- (c) 2014 Foo Bar", "Foo Bar", "2014"),
        ("; Copyright 2016+ Karl Post. All rights reserved.", "Karl Post", "2016+"),
        ("<!-- Copyright &copy; 2001 by Foo Ltd. -->", "Foo Ltd.", "2001"),
        ("dnl Copyright 2003 The Example Authors.", "The Example Authors", "2003"),
        ('.\\" Copyright (c) 1990 The Regents', "The Regents", "1990"),
        ("Copyright The Example Authors", "The Example Authors", ""),
        ("Copyright (c) Microsoft Corporation.", "Microsoft Corporation", ""),
        ("Copyright Example Corp. 2014, 2025", "Example Corp.", "2014, 2025"),
        ("Copyright 2014 example.tools authors", "example.tools authors", "2014"),
        ("Copyright (c) 2015-Present Example.org Foundation, Inc. All Rights Reserved.",
         "Example.org Foundation, Inc.", "2015-Present"),
        ("Copyright 2014 Amazing.com, Inc. or its affiliates. All Rights Reserved.",
         "Amazing.com, Inc. or its affiliates", "2014"),
        ("Copyright © 2015 Example, Inc. go-events is licensed under the Apache License,",
         "Example, Inc.", "2015"),
        ("Copyright 2015 Example, inc. Code released under the [Apache 2.0 license](LICENSE).",
         "Example, inc.", "2015"),
        ("Copyright © 2019 [Faye Maker](https://example.com/faye).", "Faye Maker", "2019"),
        ("// SPDX-FileCopyrightText: 2020 Jane Doe <jane@example.com>", "Jane Doe", "2020"),
        ("// SPDX-FileCopyrightText: Copyright 2015-2025 go-example maintainers",
         "go-example maintainers", "2015-2025"),
        ("SPDX-SnippetCopyrightText: © 2021 Jo", "Jo", "2021"),
        ("// Copied from example/example, copyright The example Authors.", "The example Authors",
         ""),
        ("// Based on work Copyright (c) 2013, Jan Coder, released under BSD License.",
         "Jan Coder", "2013"),
        ("ZTool Copyright 2015 Regents of the University of Michigan",
         "Regents of the University of Michigan", "2015"),
        ("Copyright 2014 (c) Foo GmbH", "Foo GmbH", "2014"),
        ("2014 Copyright Foo GmbH", "Foo GmbH", "2014"),
        ("(C) Copyright 2024 Example-Benz Tech GmbH", "Example-Benz Tech GmbH", "2024"),
        ("Copyright (c) 2013, Georg R (<georg at example dot com>), Google", "Georg R, Google",
         "2013"),
        ("Copyright (c) 2014 Will Field. All rights reserved.", "Will Field", "2014"),
        ("Modified for deflate by Karl Post (c) 2015.", "Karl Post", "2015"),
        ("Inconsolata is copyright Rolf T and Cyr. This package is licensed", "Rolf T and Cyr",
         ""),
        ("Copyright (C) 2018 G.J.R. Tim <g@example.com>.", "G.J.R. Tim", "2018"),
        ("Copyright (c) 2022. Nude Developers. All rights reserved.", "Nude Developers", "2022"),
        ("const h = `// Copyright 2013 Mik Gib. All rights reserved.", "Mik Gib", "2013"),
        ("Copyright (c) 2015 Karl Post, released under MIT License. See LICENSE file.", "Karl Post",
         "2015"),
        ("Copyright (C) 1991 Free Software, Inc., 51 Franklin Street, Paris", "Free Software, Inc.",
         "1991"),
    ],
)  # fmt: skip
def test_a_statement_names_its_holder_and_years(text, holder, years):
    assert found(text) == [(holder, years)]


@pytest.mark.parametrize(
    "text",
    [
        "The above copyright notice and this permission notice shall be included in all copies.",
        "THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS",
        "DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE",
        '"Licensor" shall mean the copyright owner or entity authorized by the copyright owner',
        "2. Grant of Copyright License. Subject to the terms and conditions of this License,",
        "   Copyright [yyyy] [name of copyright owner]",
        "   Copyright {yyyy} {name of copyright owner}",
        "    Copyright (C) <year>  <name of author>",
        "Copyright (C) 19yy <name of author>",
        "Copyright YEAR COPYRIGHT HOLDER",
        "Copyright 2018-{{ YEAR }} The Example Authors. All rights reserved.",
        "Copyright (c) %s %s",
        "For software which is copyrighted by the Free Software Foundation, write to",
        "# This is the official list of authors for copyright purposes.",
        "\tFileCopyrightText string `json:\"copyrightText\"`",
        "func (c *Client) Do(c) 2014",
        "checkCopyright(dir string) ([]string, error)",
        "copyright staring in 2011 when the project was ported over:",
        "  (1) copyright the software, and (2) offer you this license",
        "applicable copyright doctrines of fair use, fair dealing, or other",
        "// TODO: add copyright headers at top of all files",
        "OU=(c) 2007 GeoTrust Inc. - For authorized use only",
        '"\u65e5a\u672cb\u00a9\u8a9e"',
        "// Copyright 2014",
        "COPYRIGHT SIGN (ExtPict)",
        "Universal Copyright Convention",
    ],
)  # fmt: skip
def test_prose_templates_and_code_state_nothing(text):
    assert found(text) == []


def test_the_copyright_of_a_license_document_is_no_ones_code():
    assert found(
        " Copyright (C) 1989, 1991 Free Software Foundation, Inc.,\n"
        " 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA\n"
        " Everyone is permitted to copy and distribute verbatim copies\n"
        " of this license document, but changing it is not allowed.\n"
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("text", "holders"),
    [
        ("/*\n * Copyright (c) 2009, 2010\n *   The Regents of X. All rights reserved.\n */",
         [("The Regents of X.", "2009, 2010")]),
        ("// Copyright 2012-2015 Ape Inc.,\n//   2016-2018 The NET Authors\n",
         [("Ape Inc.", "2012-2015"), ("The NET Authors", "2016-2018")]),
        ("Copyright (c) 2013 A B <a@b.c>\n              2014 C D <c@d.e>\n",
         [("A B", "2013"), ("C D", "2014")]),
        ("Copyright 2012 P. Sur. Portions Copyright (c) 2009 The Go\nAuthors. All rights reserved.",
         [("P. Sur", "2012"), ("The Go Authors", "2009")]),
        ("// Copyright (c) 2015, The Masters of the University\n// of Oxford. All rights reserved.",
         [("The Masters of the University of Oxford", "2015")]),
        ("Copyright Anna Author <anna@example.com>\nAll rights reserved.\n", [("Anna Author", "")]),
        ("Copyright 2014 A B\n\n2015 was a good year.\n", [("A B", "2014")]),
    ],
)  # fmt: skip
def test_statements_go_on_in_the_next_line(text, holders):
    assert found(text) == holders


def test_lines_count_from_one_whatever_stands_above():
    text = "\n" * 6 + "// Copyright 2014 A. Author\n" + "x\n" * 1000 + "// Copyright 2015 Bo\n"

    assert [c.line for c in find_copyrights(text.encode())] == [7, 1008]


@pytest.mark.parametrize(
    "data",
    [
        "// Copyright 2014 Örjan Å".encode(),
        "// Copyright 2014 Örjan Å".encode("latin-1"),
        "// Copyright 2014 Örjan Å".encode("utf-16"),
        "// Copyright 2014 Örjan Å\r\n".encode(),
    ],
    ids=["utf-8", "latin-1", "utf-16", "crlf"],
)
def test_encodings(data):
    assert [c.holder for c in find_copyrights(data)] == ["Örjan Å"]


def test_binary_lines_hold_no_statement():
    assert find_copyrights(b"\x00\x01 (c) 2014 abc \x00") == ()


def test_the_statement_keeps_its_wording_without_reservation_of_rights():
    (one,) = find_copyrights(b"/* Copyright (c)  2014   Foo <f@x.org>.  All rights reserved. */")

    assert one.statement == "Copyright (c) 2014 Foo <f@x.org>"


@pytest.mark.parametrize(
    "unit",
    [
        b"copyright (c) 2014 ", b"copyright 2014 " + b"," * 300 + b"7\n",
        b"copyright 2014 " + b'" ' * 150 + b"x\n", b"copyright 2014 " + b"<a " * 100 + b"\n",
        b"copyright 2014 " + b"a." * 150 + b"\n", b"copyright 2014 " + b"1 A. B. C. " * 30 + b"\n",
        b"copyright " + b"2014," * 60 + b"\n", b"(c) 2014 " + b"(" * 300 + b"\n",
    ],
    ids=range(8),
)  # fmt: skip
def test_hostile_text_costs_linear_time(unit):
    lines = (unit.replace(b"2014", b"%d" % (1900 + n % 120)) + b"%d" % n for n in range(400))
    started = time.perf_counter()

    find_copyrights(b"".join(lines))
    find_copyrights(unit * 4000)

    assert time.perf_counter() - started < 5


def test_holders_are_merged_with_their_years_united():
    texts = [
        "Copyright 2014 The Example Authors", "Copyright 2016 the example authors.",
        "Copyright 2015 The Example Authors", "(c) 2019-21 The Example Authors",
        "Copyright 2010 B. Author", "Copyright 2018-present Cy", "Copyright 2016 Cy",
        "Copyright The D Authors",
    ]  # fmt: skip
    statements = [c for t in texts for c in find_copyrights(t.encode())]

    merged = merge_copyrights(statements)

    assert [c.statement for c in merged] == [
        "Copyright 2010 B. Author",
        "Copyright 2016, 2018-present Cy",
        "Copyright The D Authors",
        "Copyright 2014-2016, 2019-2021 The Example Authors",
    ]
    assert merge_copyrights(reversed(statements)) is not None
    assert [c.holder for c in merge_copyrights(merged)] == [c.holder for c in merged]


def test_one_statement_keeps_its_own_words():
    one = Copyright(statement="(c) 2014 Foo <f@x.org>", holder="Foo", years="2014", line=3)

    assert merge_copyrights([one, one]) == (one,)


def _labelled():
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            module, path, holders = (part.strip() for part in line.split(" | ", 2))
            yield module, path, {h.strip() for h in holders.split(";") if h.strip()}


def test_signs_are_found_as_one_expression_would_find_them():
    one = re.compile(
        rb"\(c\)[\s,:\-]{0,4}(?:by\s+)?(?:copyright|(?:19|20)\d\d)|(?:19|20)\d\d[\s,:]{0,3}\(c\)"
    )
    parts = ["(c)", " ", ",", ":", "-", "by ", "copyright", "2003", "1998", "20", "\n", "x"]
    pick = random.Random(5)  # noqa: S311 - no secret
    for _ in range(20_000):
        text = "".join(pick.choices(parts, k=pick.randrange(1, 12))).encode()
        assert list(_signs(text)) == [m.start() for m in one.finditer(text)], text


def test_the_list_of_real_files_is_large_enough():
    assert len(list(_labelled())) >= 300


@pytest.mark.online
def test_holders_of_real_files_are_found():
    """Files of modules in the module cache, labelled by reading; at least F1 .95."""
    try:
        cache = subprocess.run(
            ["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=True, timeout=60
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        pytest.skip("no go command, so no module cache")
    right = wrong = missed = files = 0
    for module, path, expected in _labelled():
        escaped = re.sub(r"[A-Z]", lambda m: f"!{m.group().lower()}", module)
        place = Path(cache) / escaped / path
        if place.is_file():
            holders = {c.holder for c in find_copyrights(place.read_bytes())}
            files += 1
            right += len(holders & expected)
            wrong += len(holders - expected)
            missed += len(expected - holders)
    if files < 50:
        pytest.skip(f"only {files} of the labelled files are in the module cache")
    precision, recall = right / (right + wrong), right / (right + missed)
    assert 2 * precision * recall / (precision + recall) >= 0.95


def test_statements_beyond_the_limit_are_told(detector: Detector) -> None:
    names = ("".join(chr(97 + int(d)) for d in str(n)) for n in range(MOST_STATEMENTS + 5))
    lines = "".join(f"Copyright 2020 Author X{name}\n" for name in names).encode()

    file = detector.detect("NOTICE", b"One more\n" + lines)
    whole = detector.detect("NOTICE", lines[: lines.index(b"Author Xjjjj")])

    assert len(file.copyrights) == MOST_STATEMENTS
    assert [(f.code, f.location and f.location.line) for f in file.findings] == [
        ("limit-exceeded", MOST_STATEMENTS + 1)
    ]
    assert whole.findings == ()
