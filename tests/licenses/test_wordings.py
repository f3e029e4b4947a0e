"""Statements in words that rules do not have: names in full, versions behind names, denials."""

from __future__ import annotations

import pytest

from compliance.licenses import Detector

C, DOC, LICENSE = "x.c", "README.md", "LICENSE"


def said(detector: Detector, name: str, words: str) -> tuple[str | None, str]:
    lines = words.split("\n")
    if name == C:
        text = (
            "/* Copyright 2021 Jane Doe\n" + "".join(f" * {x}\n" for x in lines) + " */\nint x;\n"
        )
    elif name == DOC:
        text = f"# Thing\n\n## License\n\n{words}\n"
    else:
        text = f"Copyright 2021 Jane Doe\n\n{words}\n"
    found = detector.detect(name, text.encode())
    return found.expression, found.confidence


@pytest.mark.parametrize("name", [C, DOC])
@pytest.mark.parametrize(("words", "expected"), [
    ("Licensed under the SGI Free Software License B (Version 2.0).", "SGI-B-2.0"),
    ("Under the Functional Source License, Version 1.1, MIT Future License", "FSL-1.1-MIT"),
    ("Licensed under the European Union Public Licence v1.2.", "EUPL-1.2"),
    ("Licensed under the Zimbra Public License v1.3.", "Zimbra-1.3"),
    ("Licensed under the Apache License 1.1.", "Apache-1.1"),
    ("Licensed under the Mozilla Public License 1.1.", "MPL-1.1"),
    ("Licensed under Eclipse Public License - v 2.0.", "EPL-2.0"),
    ("Licensed under GPL v3.0 or later.", "GPL-3.0-or-later"),
    ("Licensed under the GNU GPL v2 or v3.", "GPL-2.0-only OR GPL-3.0-only"),
    ("licensed under cc by-nc-sa 4.0", "CC-BY-NC-SA-4.0"),
    ("This file is GPLv2.", "GPL-2.0-only"),
    ("This code is MIT.", "MIT"),
    ("The MIT license does not apply to this file.", None),
    ("GPL-2.0 does not cover this file; it is licensed under the MIT license.", "MIT"),
    ("You may place your modifications in the public domain.", None),
    ("This header is BSD or GPLv2.", "BSD-3-Clause OR GPL-2.0-only"),
])  # fmt: skip
def test_what_a_statement_says(
    detector: Detector, name: str, words: str, expected: str | None
) -> None:
    assert said(detector, name, words)[0] == expected


@pytest.mark.parametrize("words", ["GPLv3+, see LICENSE.", "LGPL 2.1 (see COPYING)"])
def test_a_name_that_points_at_the_license_file(detector: Detector, words: str) -> None:
    assert said(detector, C, words)[0] in ("GPL-3.0-or-later", "LGPL-2.1-only")


@pytest.mark.parametrize("name", [C, DOC])
def test_a_name_without_its_version_is_for_review(detector: Detector, name: str) -> None:
    words = "This document is licensed under the SGI Free Software B License."
    assert said(detector, name, words) == ("SGI-B-2.0", "review")


@pytest.mark.parametrize("words", [
    "On or after that date, you may use the Software under the MIT License.",
    "Two years after the release date of a version you may use it under the Apache License 2.0.",
    "We grant you a license under the MIT License that is effective on the second anniversary.",
    "See https://example.com/FSX-1.1-Apache-2.0.txt",
    "It used to be released under the MIT license.",
    "Formerly MIT licensed; all rights reserved since 2021.",
    "If you need an MIT licensed version, contact us.",
    "We considered the MIT license but rejected it.",
    "Licensed under the MIT license for students.",
    "After 1 January 2030 this is licensed under the Apache License 2.0.",
    "This becomes available under the MIT license four years after its release.",
])  # fmt: skip
@pytest.mark.parametrize("name", [DOC, LICENSE])
def test_what_is_granted_some_day_or_in_another_id_is_not_sure(
    detector: Detector, name: str, words: str
) -> None:
    assert said(detector, name, words)[1] == "review" or said(detector, name, words)[0] is None


def test_a_duty_put_between_the_words_of_a_license_is_for_review(detector: Detector) -> None:
    text = detector.index.text("MIT")
    assert text is not None
    changed = text.replace("shall be included in", "shall be included, and the author informed, in")
    assert changed != text
    assert detector.detect(LICENSE, changed.encode()).confidence == "review"


@pytest.mark.parametrize("text", [
    "(* Copyright 2021 Jane Doe\n   Licensed under the GPLv3. *)\nlet x = 1\n",
    "{- Copyright 2021 Jane Doe\n   Licensed under the GPLv3. -}\nx = 1\n",
])  # fmt: skip
def test_blocks_whose_lines_have_no_sign_are_comments(detector: Detector, text: str) -> None:
    name = {"(": "x.ml", "{": "x.hs"}
    assert detector.detect(name[text[0]], text.encode()).expression == "GPL-3.0-only"


def test_what_stands_behind_a_block_is_code(detector: Detector) -> None:
    text = '(* x *)\nlet text = "\nLicensed under the GPLv3.\n"\n'
    assert detector.detect("x.ml", text.encode()).expression is None


@pytest.mark.parametrize("words", ["Elastic-2.0", "License: Hippocratic-2.1"])
def test_ids_that_no_rule_has(detector: Detector, words: str) -> None:
    assert said(detector, DOC, words)[0] == words.rpartition(" ")[2]


def test_one_of_several_in_a_row_may_be_chosen(detector: Detector) -> None:
    words = "Licensed under one of the following, as you like: MIT, Apache-2.0, BSD-3-Clause."
    assert said(detector, DOC, words)[0] == "MIT OR Apache-2.0 OR BSD-3-Clause"


def test_the_preamble_of_a_license_without_derivatives_is_not_the_one_that_allows_them(
    detector: Detector,
) -> None:
    text = detector.index.text("CC-BY-ND-3.0")
    assert text is not None
    third = "\n".join(f"// {line}" for line in text[: len(text) // 5].split("\n"))
    found = detector.detect("x.go", f"{third}\n\npackage x\n".encode())
    assert found.expression != "CC-BY-3.0" or found.confidence == "review"


@pytest.mark.parametrize(("name", "text", "expected"), [
    ("package.json", '{"name": "x",\n "licenses": [{"type": "MIT"}, {"type": "GPL-2.0-only"}]}',
     "MIT OR GPL-2.0-only"),
    ("composer.json", '{"name": "x",\n "license": ["LGPL-2.1-only", "GPL-3.0-or-later"]}',
     "LGPL-2.1-only OR GPL-3.0-or-later"),
    ("package.json", '{"name": "x",\n "licenses": [{"type": "GPL-3.0-only"}, {"type": "Acme"}]}',
     "GPL-3.0-only"),
    ("package.json", '{"name": "x",\n "licenses": [{"type": "MIT", "url": "a"}]}', "MIT"),
])  # fmt: skip
def test_lists_of_licenses_in_manifests(
    detector: Detector, name: str, text: str, expected: str
) -> None:
    assert detector.detect(name, text.encode()).expression == expected


@pytest.mark.parametrize("words", [
    "Please consider telling us about your project.",
    "The list was generated with an iterative training against a corpus of the web.",
])  # fmt: skip
def test_what_is_no_demand_beside_a_license(detector: Detector, words: str) -> None:
    text = detector.index.text("MIT")
    assert text is not None
    found = detector.detect(LICENSE, f"Copyright 2021 Jane Doe\n\n{words}\n\n{text}".encode())
    assert (found.expression, found.confidence, found.findings) == ("MIT", "high", ())


@pytest.mark.parametrize("words", [
    "Please consider that commercial use needs our consent.",
    "It may not be used for training AI models.",
    "Training neural networks with it costs a fee.",
])  # fmt: skip
def test_what_is_a_demand_beside_a_license(detector: Detector, words: str) -> None:
    text = detector.index.text("MIT")
    assert text is not None
    found = detector.detect(LICENSE, f"Copyright 2021 Jane Doe\n\n{words}\n\n{text}".encode())
    assert found.confidence == "review"


@pytest.mark.parametrize(("text", "expected"), [
    ("MIT\n", "MIT"),
    ("mit", "MIT"),
    ("ISC.\n", "ISC"),
    ("# Zlib\n", "Zlib"),
    ("Copyright (c) 2021 Jane Doe\n\nNCSA\n", "NCSA"),
    ("PostgreSQL OR MIT", "PostgreSQL OR MIT"),
    ("BSD\n", None),
    ("NONE\n", None),
    ("MIT\nISC\n", None),
    ("Proprietary\n", None),
    ("MIT, but not for military use\n", None),
])  # fmt: skip
def test_a_license_file_that_is_an_id_and_nothing_else(
    detector: Detector, text: str, expected: str | None
) -> None:
    assert detector.detect("LICENSE", text.encode()).expression == expected
    assert detector.detect("x/notes.txt", text.encode()).expression is None
