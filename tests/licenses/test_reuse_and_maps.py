"""Files that say which license other files have."""

import time

import pytest

from compliance.licenses import Expression, FileLicense, Match
from compliance.licenses.debian import parse_debian_copyright, spdx_name
from compliance.licenses.maps import parse_licensing
from compliance.licenses.reuse import MOST_RULES, MalformedMapError, PathRule, parse_reuse_toml
from compliance.licenses.sections import cut_at_files


def license_of(rules, path):
    found = [r for r in rules if r.expression is not None and r.matches(path)]
    return found[-1].expression.text if found else None


def reuse(text, folder="."):
    return parse_reuse_toml(text.encode(), folder=folder, source="REUSE.toml")


def debian(text):
    return parse_debian_copyright(text.encode(), folder=".", source="debian/copyright")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.go", "a.go", True),
        ("*.go", "sub/a.go", False),
        ("**/*.go", "sub/deep/a.go", True),
        ("**", "anything/at/all", True),
        ("src/*", "src/a", True),
        ("src/*", "src/a/b", False),
        ("src/**", "src/a/b", True),
        (r"star\*.go", "star*.go", True),
        (r"star\*.go", "starx.go", False),
        ("a.go", "axgo", False),
        ("a(b.go", "a(b.go", True),
        ("**a*b", "a/ab", True),
        ("**a*b", "a/a/b", False),
        ("*", "", True),
    ],
)
def test_reuse_patterns(pattern, path, matches):
    rule = PathRule(folder=".", pattern=pattern, expression=None, source="x", line=1)

    assert rule.matches(path) is matches


def test_reuse_patterns_are_relative_to_their_file():
    rules = reuse(
        "version = 1\n[[annotations]]\npath = '*.c'\nSPDX-License-Identifier = 'mit'\n", "sub"
    )

    assert license_of(rules, "sub/a.c") == "MIT"
    assert license_of(rules, "a.c") is None
    assert license_of(rules, "subway/a.c") is None


def test_the_last_annotation_counts_and_lists_are_conjoined():
    rules = reuse(
        "version = 1\n"
        "[[annotations]]\npath = '**'\nSPDX-License-Identifier = 'MIT'\n"
        "[[annotations]]\npath = ['a.c', 'b.c']\n"
        "SPDX-License-Identifier = ['ISC', 'Apache-2.0 OR MIT']\nprecedence = 'override'\n"
        "[[annotations]]\npath = 'b.c'\nSPDX-FileCopyrightText = '2020 A'\n"
    )

    assert license_of(rules, "a.c") == "(Apache-2.0 OR MIT) AND ISC"
    assert license_of(rules, "b.c") == "(Apache-2.0 OR MIT) AND ISC"
    assert license_of(rules, "c.c") == "MIT"
    assert {r.precedence for r in rules if r.pattern == "a.c"} == {"override"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("version = 2", "version 1"),
        ("= nothing", "no valid TOML"),
        ("version = 1\nannotations = 'x'", "version 1"),
        ("version = 1\nannotations = ['x']", r"annotations\[0\] is no table"),
        ("version = 1\n[[annotations]]\npath = 3", r"annotations\[0\].path"),
        ("version = 1\n[[annotations]]\npath = 'x'\nSPDX-License-Identifier = 'FOO'", "no SPDX"),
        ("version = 1\n[[annotations]]\npath = 'x'\nprecedence = 'first'", "precedence"),
        ("version = 1\n[[annotations]]\npath = '" + "*a" * 501 + "'", "signs"),
        ("x = " + "[" * 100_000, "no valid TOML"),
    ],
)
def test_a_map_that_cannot_be_read_says_why(text, reason):
    with pytest.raises(MalformedMapError, match=reason):
        reuse(text)


def test_bytes_that_are_no_text_are_no_map():
    with pytest.raises(MalformedMapError):
        parse_reuse_toml(b"\xff\xfe\x00", folder=".", source="REUSE.toml")


def test_too_many_patterns_are_refused():
    paths = ", ".join(f"'{n}'" for n in range(MOST_RULES + 1))

    with pytest.raises(MalformedMapError, match="path patterns"):
        reuse(f"version = 1\n[[annotations]]\npath = [{paths}]\n")


def test_stars_do_not_cost_exponential_time():
    rule = PathRule(folder=".", pattern="*a" * 400, expression=None, source="x", line=1)
    started = time.perf_counter()

    assert not rule.matches("a" * 4000 + "b/" + "a" * 40)
    assert rule.matches("a" * 4000)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("name", "spdx"),
    [
        ("Expat", "MIT"),
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-3", "GPL-3.0-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("AGPL-3+", "AGPL-3.0-or-later"),
        ("GFDL-1.3+", "GFDL-1.3-or-later"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("Apache-2", "Apache-2.0"),
        ("CC0", "CC0-1.0"),
        ("GPL-2+ with Font exception", "GPL-2.0-or-later WITH Font-exception-2.0"),
        ("ISC", "ISC"),
    ],
)
def test_debian_names(name, spdx):
    assert spdx_name(name) == spdx
    assert Expression.parse(spdx_name(name)).text == spdx


FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"


def test_debian_patterns_cross_folders_and_the_last_paragraph_counts():
    rules = debian(
        FORMAT + "\nFiles: *\nCopyright: A\nLicense: Expat\n Permission is\n"
        "\nFiles: third/*\n ext/?.c\nLicense: GPL-2+ or BSD-3-clause, and ISC\n"
    )

    assert license_of(rules, "a/b/c.go") == "MIT"
    assert license_of(rules, "third/deep/x.c") == "GPL-2.0-or-later OR (BSD-3-Clause AND ISC)"
    assert license_of(rules, "ext/a.c") == "GPL-2.0-or-later OR (BSD-3-Clause AND ISC)"
    assert rules[-1].line == 8


@pytest.mark.parametrize(
    "text", ["", "This package was debianized by hand.\n\nLicense: MIT", FORMAT.replace("F", "f-")]
)
def test_a_copyright_file_in_prose_is_no_map(text):
    with pytest.raises(MalformedMapError):
        debian(text)


def test_an_unknown_debian_license_names_its_line():
    with pytest.raises(MalformedMapError) as caught:
        debian(FORMAT + "\nFiles: *\nLicense: Other-Thing\n")

    assert caught.value.line == 3


def test_folders_below_a_heading_with_one_id():
    rules = parse_licensing(
        "# Licensing\n\nThe default license is [AGPL-3.0-only](LICENSE).\n\n"
        "## Apache-2.0\n\nThe following folders are under Apache-2.0:\n\n"
        "```\nclients/\npkg/util\n```\n\n- [`cmd/tool`](cmd/tool)\n* production/\n\n"
        "## Other\nvendor/\n",
        folder=".",
        source="LICENSING.md",
    )

    assert license_of(rules, "clients/a.go") == "Apache-2.0"
    assert license_of(rules, "pkg/util/deep/a.go") == "Apache-2.0"
    assert license_of(rules, "pkg/utility/a.go") is None
    assert license_of(rules, "cmd/tool/main.go") == "Apache-2.0"
    assert license_of(rules, "production/x.go") == "Apache-2.0"
    assert license_of(rules, "vendor/x.go") is None
    assert license_of(rules, "main.go") is None


def _match(license_id, line):
    return Match(
        license=license_id, kind="text", start_line=line, end_line=line, coverage=1.0,
        similarity=1.0, confidence="high", rule="r",
    )  # fmt: skip


def test_files_lines_share_the_text_below_the_last_of_them():
    text = "bsd\nFiles: a/*\napache\n---\nFiles: b/*\nFiles: c.go, d.go\nmit\n"
    file = FileLicense(
        path="LICENSE", sha256="0", expression="x",
        matches=(_match("BSD-3-Clause", 1), _match("Apache-2.0", 3), _match("MIT", 7)),
    )  # fmt: skip

    cut = cut_at_files(file, text, folder=".")

    assert cut is not None
    assert cut.general.expression == "BSD-3-Clause"
    assert license_of(cut.rules, "a/deep/x.go") == "Apache-2.0"
    assert license_of(cut.rules, "b/x.go") == license_of(cut.rules, "d.go") == "MIT"
    assert license_of(cut.rules, "main.go") is None


def test_a_license_without_files_lines_is_not_cut():
    file = FileLicense(path="LICENSE", sha256="0", expression="MIT", matches=(_match("MIT", 1),))

    assert cut_at_files(file, "MIT\nfiles and such\n", folder=".") is None
    assert cut_at_files(file, "Files: x/*\nMIT\n", folder=".") is None
