"""Choices in words, as headers of real code make them: every one that is named can be chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.licenses import Detector
from compliance.licenses.choice import offered
from compliance.licenses.deciding import statement_of
from compliance.licenses.expression import Expression

TABLE = Path(__file__).parent.parent / "data" / "licenses" / "dual_statements.tsv"
CASES = [
    line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")
]


def arms(expression: str | None) -> set[str]:
    return {str(t) for t in Expression.parse(expression).licenses()} if expression else set()


@pytest.mark.parametrize(("expected", "words"), CASES)
def test_a_header_offers_what_it_names(detector: Detector, expected: str, words: str) -> None:
    said = ["Copyright (c) 2019 Jane Doe", *words.split("\\n")]
    text = "/*\n" + "\n".join(f" * {line}".rstrip() for line in said) + "\n */\nint x;\n"
    found = statement_of(detector.detect("x.c", text.encode()), lambda _: text.split("\n"))
    assert found.expression is not None
    assert arms(found.expression.text) == arms(expected)
    assert found.expression.has_choice == (" OR " in expected)


@pytest.mark.parametrize(("expected", "words"), CASES)
def test_a_license_file_offers_the_same(detector: Detector, expected: str, words: str) -> None:
    text = "Copyright (c) 2019 Jane Doe\n" + words.replace("\\n", "\n")
    found = detector.detect("LICENSE", text.encode())
    choice = offered(found.matches, text.split("\n")) if len(found.matches) > 1 else None
    said = choice.text if choice else found.expression
    assert arms(said) == arms(expected)
    assert (" OR " in str(said)) == (" OR " in expected)


@pytest.mark.parametrize("words", [
    "Some files are under the MIT license or the BSD license.",
    "Licensed under the MIT license and the ISC license.",
    "The parts are under the MIT license or the ISC license, depending on the folder.",
    "This code is compatible with MIT or BSD licensed code.",
])  # fmt: skip
def test_no_choice_is_made_of_a_sum(detector: Detector, words: str) -> None:
    found = detector.detect("x.c", f"/*\n * {words}\n */\nint x;\n".encode())
    assert " OR " not in str(found.expression)


@pytest.mark.parametrize(("line", "expected"), [
    ('char _license[] SEC("license") = "Dual BSD/GPL";', "BSD-2-Clause OR GPL-2.0-only"),
    ('MODULE_LICENSE("Dual MIT/GPL");', "MIT OR GPL-2.0-only"),
    ('MODULE_LICENSE("GPL v2");', "GPL-2.0-only"),
    ('char l[] __attribute__((section("license"), used)) = "GPL";', "GPL-2.0-only"),
    ('MODULE_LICENSE("Acme");', None),
    ('// MODULE_LICENSE("GPL");', None),
])  # fmt: skip
def test_strings_that_the_kernel_reads(detector: Detector, line: str, expected: str | None) -> None:
    code = f"#include <linux/module.h>\n\nint x;\n{line}\n"
    assert detector.detect("x.c", code.encode()).expression == expected
    headed = f"// SPDX-License-Identifier: ISC\n{code}"
    assert detector.detect("x.c", headed.encode()).expression == "ISC"
